/* SPDX-License-Identifier: MIT
 *
 * Whole cycles of regions from the closure of triplets (Yunjun et al. 2019 section 3.2): in a
 * region that is connected in all pairs, a pair is wrong everywhere by the same cycles e. They are
 * the sparse answer to C e = n, n the whole cycles of the triplets' closures: least sum of squares
 * plus a penalty on the sum of absolute values (lasso), at some pixels of the region, rounded, and
 * the median over the pixels. Thread-safe: no state.
 */
#ifndef IH_CLOSURE_CORRECTION_H
#define IH_CLOSURE_CORRECTION_H

#include <stddef.h>
#include <stdint.h>

#include "algorithms/closure.h"
#include "algorithms/connected_components.h"
#include "algorithms/status.h"

#define IH_CLOSURE_CORRECTION_PENALTY 0.01
#define IH_CLOSURE_CORRECTION_SAMPLES 100

/* At most n pixels of the region with this label, evenly spaced in raster order, into pixel;
 * returns how many. */
size_t ih_region_samples(const ih_regions *regions, uint32_t label, size_t n, uint32_t *pixel);

/* Minimises |C e - closure|^2 + penalty |e|_1 by coordinate descent from 0 until no cycle moves by
 * more than 1e-7; closure is [triplet], e is [pair]. IH_E_NUMERIC when it does not settle. */
IH_MUST_CHECK ih_status ih_closure_lasso(const ih_triplet_list *list, const double *closure,
                                         double penalty, double *e, ih_error *err);

/* cycles, [pair]: what is too many in the samples' region. phase_rad is [pair][stride], referenced,
 * one column per sample; samples without phase in some pair are left out, and *n_used tells how
 * many are not. Even medians take the lower. With no sample left cycles are 0. */
IH_MUST_CHECK ih_status ih_closure_correction_find(const ih_triplet_list *list, size_t n_samples,
                                                   const float *phase_rad, size_t stride,
                                                   int16_t *cycles, size_t *n_used, ih_error *err);

/* Label of the region of one pair that holds all samples of a common region; 0 when none does. */
uint32_t ih_region_of_samples(const ih_regions *regions, size_t n_samples, const uint32_t *pixel);

#endif
