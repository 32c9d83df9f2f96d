/* SPDX-License-Identifier: MIT
 *
 * Choices on which numerical agreement with another program depends (-compat): every place where
 * that program and this one part ways has a member here, and one table holds what each of them
 * does. Nothing else in the suite knows another program by name. docs/mintpy.md tells the reasons.
 */
#ifndef IH_COMPAT_H
#define IH_COMPAT_H

#include <stdbool.h>

#include "algorithms/phase_block.h"
#include "algorithms/stacking.h"

enum ih_compat_mode { IH_COMPAT_NONE = 0, IH_COMPAT_MINTPY };

typedef struct {
    /* what is no data */
    bool zero_phase_is_no_data;     /* also at the producer's reference point, and where a phase
                                       equals that of the reference point */
    bool zero_coherence_is_no_data; /* no solution where the average coherence is 0 */
    bool geometry_has_holes;        /* no height error where there is no incidence angle, instead of
                                       the mean angle */
    enum ih_missing_phase missing_phase; /* in the first look at the pairs */
    /* how a number is found */
    bool continuous_weights; /* coherence and Fisher weights of the coherence itself, instead of its
                                class of 0.005 */
    bool four_decimals;      /* quality of pairs is rounded before it is compared */
    bool mean_baselines;     /* in a later part of a network baselines have zero mean, instead of
                                being 0 at the part's first date */
    bool independent_terms;  /* deviations of sums of terms as if terms were uncorrelated */
    enum ih_stacking_weight stacking_weight;
    bool stacking_on_water;
    bool offset_in_residual;   /* dates are judged with the ramps of the residual 0 at the reference
                                  point, so that their mean offset stays in */
    bool constant_in_residual; /* heights fitted to velocities leave their constant in the residual
                                  that dates are judged by */
    bool sides_swapped; /* the stacking velocity is not referenced when the row of the reference
                           point exceeds the number of columns or its column that of rows */
    /* what is reliable */
    bool mask_by_coherence_alone; /* mask.tif ignores gaps and lack of redundancy */
} ih_compat;

/* The choices of an enum ih_compat_mode. */
const ih_compat *ih_compat_of(int mode);

#endif
