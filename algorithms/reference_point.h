/* SPDX-License-Identifier: MIT
 *
 * Choice of the reference pixel, deterministic (docs/algorithms/inversion.md).
 */
#ifndef IH_REFERENCE_POINT_H
#define IH_REFERENCE_POINT_H

#include <stddef.h>
#include <stdint.h>

#include "algorithms/status.h"

typedef struct {
    size_t column, row;
    float average_coherence;
    size_t n_candidates; /* pixels that were eligible */
} ih_reference_point;

/* Among pixels valid in all kept pairs (valid_pairs[p] == n_pairs), with mask[p] != 0 (mask may be
 * NULL) and average_coherence[p] >= min_coherence, the one of greatest average coherence; ties go
 * to the one nearest the image centre, then to the first in raster order. Arrays are [row][column].
 * IH_E_DATA when there is none; the text says which of the conditions left nothing and the best
 * coherence found. */
IH_MUST_CHECK ih_status ih_reference_point_choose(size_t nx, size_t ny,
                                                  const float *average_coherence,
                                                  const uint16_t *valid_pairs, size_t n_pairs,
                                                  const uint8_t *mask, float min_coherence,
                                                  ih_reference_point *out, ih_error *err);

#endif
