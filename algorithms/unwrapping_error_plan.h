/* SPDX-License-Identifier: MIT
 *
 * Inside of the correction of unwrapping errors: what unwrapping_error.c and
 * unwrapping_error_kernels.c share. Arrays named "lanes" hold IH_LANES values, one per pixel of a
 * group, beside each other. Phases are in cycles here.
 */
#ifndef IH_UNWRAPPING_ERROR_PLAN_H
#define IH_UNWRAPPING_ERROR_PLAN_H

#include "algorithms/disjoint_paths.h"
#include "algorithms/sbas_plan.h"
#include "algorithms/unwrapping_error.h"

/* What a byte says between the passes 3 and 5: cycles found, -30 to 30; cycles that the
 * surroundings propose, 64 more; a pixel whose cycles are open; no data, IH_MISCLOSURE_NONE. */
#define IH_MOST_CYCLES 30
#define IH_PROPOSED    64
#define IH_OPEN        INT8_MAX

struct ih_unwrapping_plan {
    const ih_network *network;
    ih_sbas_plan *solver; /* envelope of the normal matrix */
    ih_incidence incidence;
    float *trigger; /* [pair] misclosure from which on an error is looked for */
};

struct ih_unwrapping_workspace {
    ih_sbas_workspace *solver;
    ih_path_scratch paths;
    float *observed; /* [pair] lanes: NaN where unused */
    float *residual; /* [pair] lanes: 0 where unused */
    float *evidence; /* [pair] lanes: residual of the surroundings */
    float *weight;   /* [pair] lanes: 0 where unused */
    int8_t *cycles;  /* [pair] lanes */
    uint8_t *clean;  /* [pair] lanes: 1 = valid and beyond suspicion */
};

/* observed from phases of one group (radians, first pixel), or from misclosures. */
void ih_unwrapping_read_phase(const struct ih_unwrapping_plan *plan,
                              struct ih_unwrapping_workspace *ws, const ih_unwrapping_block *block,
                              size_t begin);
void ih_unwrapping_read_misclosure(const struct ih_unwrapping_plan *plan,
                                   struct ih_unwrapping_workspace *ws,
                                   const ih_unwrapping_block *block, size_t begin);

/* weight: 1 for used pairs. */
void ih_unwrapping_set_equal_weights(const struct ih_unwrapping_plan *plan,
                                     struct ih_unwrapping_workspace *ws);
/* weight: 1 / |residual|, at most 1 / least. */
void ih_unwrapping_set_inverse_weights(const struct ih_unwrapping_plan *plan,
                                       struct ih_unwrapping_workspace *ws, float least);

/* Weighted least squares: residual from observed and weight. */
void ih_unwrapping_fit(const struct ih_unwrapping_plan *plan, struct ih_unwrapping_workspace *ws);

/* observed -= cycles */
void ih_unwrapping_subtract(const struct ih_unwrapping_plan *plan,
                            struct ih_unwrapping_workspace *ws);

/* Sum of the squared residuals of each lane. */
void ih_unwrapping_misfit(const struct ih_unwrapping_plan *plan,
                          const struct ih_unwrapping_workspace *ws, float misfit[IH_LANES]);

#endif
