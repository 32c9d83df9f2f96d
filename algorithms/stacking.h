/* SPDX-License-Identifier: MIT
 *
 * Average phase velocity of a stack without inversion, for a quick look
 * (docs/algorithms/stacking.md).
 */
#ifndef IH_STACKING_H
#define IH_STACKING_H

#include "algorithms/network.h"
#include "algorithms/phase_block.h"
#include "algorithms/status.h"

enum ih_stacking_weight {
    IH_STACKING_MEAN_RATE = 0, /* mean over the pairs of phase / time, as MintPy */
    IH_STACKING_LEAST_SQUARES  /* sum(time * phase) / sum(time^2): long pairs count for what they
                                  are worth when noise does not depend on time (Sandwell and Price
                                  1998 add all phases likewise) */
};

typedef struct {
    const ih_network *network;
    const uint8_t *keep; /* [pair], NULL = all */
    double wavelength_m; /* above 0 */
    enum ih_stacking_weight weight;
    enum ih_missing_phase missing; /* IH_MISSING_IS_ZERO: the reference is subtracted from missing
                                      phases too, as MintPy does */
} ih_stacking_options;

/* velocity_m_per_year is [pixel], positive toward the satellite, NaN where the mask is 0 or no kept
 * pair has a phase; n_pairs, [pixel], the pairs used, may be NULL. IH_E_ARGUMENT for a stride
 * that is too small or a wavelength that is none. A pixel's result depends on that pixel alone.
 * Thread-safe. */
IH_MUST_CHECK ih_status ih_stacking_velocity(const ih_stacking_options *options,
                                             const ih_phase_block *block,
                                             float *velocity_m_per_year, uint32_t *n_pairs,
                                             ih_error *err);

#endif
