/* SPDX-License-Identifier: MIT
 *
 * What has to be known of the pixels of all products before the first one is clipped: the land that
 * all masks agree on, and the best pixel for a reference.
 */
#ifndef IH_CLIP_SURVEY_H
#define IH_CLIP_SURVEY_H

#include "utilities/lib/clip_plan.h"

/* Fills in the plan's land (-combine_water_masks) and reference (-ref_best), and reads nothing when
 * neither is asked for. Products that cannot be read do not count, and a note names them; they are
 * left out later, for the same reason. IH_E_DATA when no product has a mask, or no pixel has a
 * phase in all of them. The same for any number of threads. */
IH_MUST_CHECK ih_status ih_clip_survey(ih_clip_plan *plan, int threads, ih_error *err);

#endif
