/* SPDX-License-Identifier: MIT
 *
 * Least absolute residuals by iteratively reweighted least squares: every round divides the root of
 * a pair's weight by its residual of the round before, at least by a softening that shrinks from
 * round to round. The number of rounds is fixed, so a pixel's result depends on that pixel alone.
 */
#include "algorithms/sbas_plan.h"

#include <string.h>

#include "algorithms/simd.h"

#define L IH_LANES

/* Residuals below it count as their squares. It begins at the mean of a pixel's residuals, each
 * times the root of its weight. */
#define SHRINKING       0.6f
#define LEAST_SOFTENING 1e-6f
#define ROUNDS          20

/* Absolute residual times rooted weight of pair k, 0 where it is unused. */
static inline __attribute__((always_inline)) void
scaled_residual(const struct ih_sbas_plan *plan, const struct ih_sbas_workspace *ws, size_t k,
                float *restrict scaled)
{
    const ih_network *network = plan->network;
    const double *restrict x_i = ws->solution + (size_t)network->reference_index[k] * L;
    const double *restrict x_j = ws->solution + (size_t)network->secondary_index[k] * L;
    const float *restrict phase = ws->phase + k * L, *restrict root = ws->pair_value + k * L;

    IH_LANE_LOOP
    for (size_t l = 0; l < L; l++) {
        float size = root[l] * fabsf((float)((double)phase[l] - (x_j[l] - x_i[l])));

        scaled[l] = size == size ? size : 0.0f;
    }
}

IH_SIMD static void first_softening(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws,
                                    float softening[L])
{
    memset(softening, 0, L * sizeof *softening);
    for (size_t k = 0; k < plan->network->n_pairs; k++) {
        float scaled[L];

        scaled_residual(plan, ws, k, scaled);
        for (size_t l = 0; l < L; l++)
            softening[l] += scaled[l];
    }
    for (size_t l = 0; l < L; l++) {
        float mean = softening[l] / (float)(ws->n_valid[l] > 0 ? ws->n_valid[l] : 1);

        softening[l] = fmaxf(mean, LEAST_SOFTENING);
    }
}

IH_SIMD static void reweigh(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws,
                            const float *softening)
{
    for (size_t k = 0; k < plan->network->n_pairs; k++) {
        const float *restrict root = ws->pair_value + k * L;
        float *restrict weight = ws->weight + k * L;
        float scaled[L];

        scaled_residual(plan, ws, k, scaled);
        IH_LANE_LOOP
        for (size_t l = 0; l < L; l++) {
            float size = scaled[l] > softening[l] ? scaled[l] : softening[l];

            weight[l] = root[l] * root[l] / size;
        }
    }
}

void ih_sbas_solve_absolute(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws,
                            const ih_sbas_input *in, const struct ih_sbas_group *group)
{
    float softening[L];

    ih_sbas_look_up_roots(plan, ws, in, group);
    first_softening(plan, ws, softening);
    for (int round = 0; round < ROUNDS; round++) {
        reweigh(plan, ws, softening);
        ih_sbas_assemble_lanes(plan, ws, ws->phase, ws->weight, 0.0);
        ih_sbas_ground(plan, ws);
        ih_sbas_solve(plan, ws);
        for (size_t l = 0; l < L; l++)
            softening[l] *= SHRINKING;
    }
}
