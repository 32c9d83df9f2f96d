/* SPDX-License-Identifier: MIT */
#include "utilities/lib/compat.h"

static const ih_compat table[] = {[IH_COMPAT_NONE] = {.missing_phase = IH_MISSING_LEFT_OUT,
                                                      .stacking_weight = IH_STACKING_LEAST_SQUARES},
                                  [IH_COMPAT_MINTPY] = {.zero_phase_is_no_data = true,
                                                        .zero_coherence_is_no_data = true,
                                                        .geometry_has_holes = true,
                                                        .missing_phase = IH_MISSING_IS_ZERO,
                                                        .continuous_weights = true,
                                                        .four_decimals = true,
                                                        .mean_baselines = true,
                                                        .independent_terms = true,
                                                        .stacking_weight = IH_STACKING_MEAN_RATE,
                                                        .stacking_on_water = true,
                                                        .offset_in_residual = true,
                                                        .constant_in_residual = true,
                                                        .sides_swapped = true,
                                                        .mask_by_coherence_alone = true}};

const ih_compat *ih_compat_of(int mode)
{
    return &table[mode];
}
