/* SPDX-License-Identifier: MIT
 *
 * Phases and displacements of a clipped product, made 0 at a place.
 */
#ifndef IH_CLIP_REFERENCE_H
#define IH_CLIP_REFERENCE_H

#include "utilities/lib/clip_pixels.h"
#include "utilities/lib/clip_plan.h"

/* Finds the place that the options name, when they name one; -ref_best is left to the survey. */
IH_MUST_CHECK ih_status ih_clip_reference_find(ih_clip_plan *plan, ih_error *err);

/* Makes a pixel the reference. */
void ih_clip_reference_set(ih_clip_plan *plan, size_t column, size_t row);

/* Mean of the layer around the reference, over pixels that have data; 0 without a reference and
 * for layers that have none. IH_E_DATA when the reference itself has no data. */
IH_MUST_CHECK ih_status ih_clip_reference_mean(const ih_clip_plan *plan, const ih_clip_view *view,
                                               ih_clip_pixels *pixels, double *mean, ih_error *err);

/* Whether a value of 0 is data somewhere, and where: at the reference, or else at the producer's
 * own for a product on the lattice. */
bool ih_clip_zero_is_data(const ih_clip_plan *plan, const ih_clip_view *view,
                          const ih_clip_form *form, size_t *column, size_t *row);

#endif
