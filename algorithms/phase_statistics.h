/* SPDX-License-Identifier: MIT
 *
 * Phase noise of multilooked interferograms as a function of coherence and number of looks
 * (Tough et al. 1995 eq. 66; Hanssen 2001 eq. 4.2.32).
 * Thread-safe: no state.
 */
#ifndef IH_PHASE_STATISTICS_H
#define IH_PHASE_STATISTICS_H

#include <stddef.h>
#include <stdint.h>

#include "algorithms/status.h"

/* Coherence is kept in one byte: the index of a bin of 0.005. */
#define IH_QUALITY_LEVELS 200

enum ih_weight {
    IH_WEIGHT_VARIANCE = 0, /* 1 / phase variance */
    IH_WEIGHT_COHERENCE,
    IH_WEIGHT_FISHER, /* 2 L c^2 / (1 - c^2) */
    IH_WEIGHT_NONE
};

/* Independent looks of a HyP3 interferogram: max(1, rint(range * azimuth / 1.94)). */
double ih_independent_looks(double range_looks, double azimuth_looks);

/* Phase variance, rad^2, of each quality level; looks >= 1 (else IH_E_ARGUMENT), rounded to a
 * whole number; above 80 counts as 80. */
IH_MUST_CHECK ih_status ih_phase_variance_table(double looks,
                                                double variance_rad2[IH_QUALITY_LEVELS],
                                                ih_error *err);

/* Weight of each quality level for one of the four weightings. Coherence below 0.05 counts as 0.05;
 * the coherence and Fisher weights are those of the middle of the level, 0.005 (level + 1). */
IH_MUST_CHECK ih_status ih_weight_table(enum ih_weight weight, double looks,
                                        float weights[IH_QUALITY_LEVELS], ih_error *err);

/* Replaces n coherences by their coherence or Fisher weights, of themselves instead of their
 * quality level; NaN counts as 0. */
void ih_weigh(enum ih_weight weight, double looks, size_t n, float *coherence);

/* Quality level of a coherence; NaN counts as 0. */
uint8_t ih_quality_of_coherence(float coherence);

/* Of many. */
void ih_qualities_of_coherence(size_t n, const float *coherence, uint8_t *quality);

#endif
