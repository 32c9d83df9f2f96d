/* SPDX-License-Identifier: MIT
 *
 * Choice of the reference pixel, deterministic, and the phase of a reference area
 * (docs/algorithms/inversion.md).
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

enum ih_reference_average {
    IH_REFERENCE_ROBUST = 0, /* mean after whole cycles have been taken off */
    IH_REFERENCE_MEAN,
    IH_REFERENCE_MEDIAN
};

typedef struct {
    double phase_rad;   /* NaN when no pixel has a phase */
    size_t n_valid;     /* pixels with a phase */
    size_t n_unwrapped; /* of them, those half a cycle or more away from the median */
} ih_reference_phase;

/* Phase of an area in one pair, from the n phases of its pixels (radians, NaN = no data;
 * reordered). The robust average is the mean of all phases, each brought within half a cycle of
 * their median by whole cycles: unlike the plain mean it does not follow pixels that were unwrapped
 * wrongly, as long as they are fewer than half, and unlike the median it is linear, so that what
 * pairs close to with the same pixels their references close to as well. An area whose phases
 * really differ by more than a cycle needs one of the others. Summed in order, in double:
 * deterministic. */
ih_reference_phase ih_reference_average_phase(enum ih_reference_average how, size_t n,
                                              float *phase_rad);

#endif
