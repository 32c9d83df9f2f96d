/* SPDX-License-Identifier: MIT
 *
 * Scenes by stacks: those of one path and frame, or of one burst.
 */
#ifndef IH_SEARCH_SUMMARY_H
#define IH_SEARCH_SUMMARY_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "algorithms/status.h"
#include "utilities/net/granule.h"
#include "utilities/net/text.h"

/* Lines such as
 *
 *     === ASCENDING ORBITS (14 Stacks) ===
 *     relativeOrbit 20 frame 118 | Count: 156 | 2016-12-13 --> 2026-02-24
 *
 * with each scene and its date below its stack when list. */
IH_MUST_CHECK ih_status ih_search_summary_text(const ih_granules *scenes, bool list, ih_text *out,
                                               ih_error *err);
/* An array of objects: path, frame or burst, direction, count, dates, first, last, longest gap in
 * days, platforms, polarizations; and the scenes when list. */
IH_MUST_CHECK ih_status ih_search_summary_json(const ih_granules *scenes, bool list, cJSON **out,
                                               ih_error *err);

#endif
