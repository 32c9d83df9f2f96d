/* SPDX-License-Identifier: MIT
 *
 * Which products gdal_ih_clip takes, by dates and lists, and how well they hold together.
 */
#ifndef IH_CLIP_SELECTION_H
#define IH_CLIP_SELECTION_H

#include <cjson/cJSON.h>

#include "utilities/lib/catalogue.h"
#include "utilities/lib/clip_options.h"

/* Leaves out what is not selected, with its reason. IH_E_DATA when nothing remains. */
IH_MUST_CHECK ih_status ih_clip_select(const ih_clip_options *options, ih_catalogue *catalogue,
                                       ih_error *err);

/* Adds "network" to an object: pairs, dates, parts. *parts is their number. */
IH_MUST_CHECK ih_status ih_clip_network(const ih_catalogue *catalogue, cJSON *object, size_t *parts,
                                        ih_error *err);

#endif
