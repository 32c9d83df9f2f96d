/* SPDX-License-Identifier: MIT */
#include "algorithms/unwrapping_error_plan.h"

#include <string.h>

#include "algorithms/simd.h"

#define L IH_LANES

/* On the diagonal of every date. It fixes what differences leave open, the level of each connected
 * part, without asking for the parts; the part that it takes of residuals is below 1e-6. */
#define RIDGE 1e-9

IH_SIMD void ih_unwrapping_read_phase(const struct ih_unwrapping_plan *plan,
                                      struct ih_unwrapping_workspace *ws,
                                      const ih_unwrapping_block *block, size_t begin)
{
    const float cycles_per_rad = (float)(0.5 * M_1_PI);

    for (size_t k = 0; k < plan->network->n_pairs; k++) {
        const float *restrict source = block->phase_rad + k * block->pair_stride + begin;
        float *restrict observed = ws->observed + k * L;
        float reference = block->reference_phase_rad ? block->reference_phase_rad[k] : 0.0f;

        if (!(fabsf(reference) < IH_MAX_PHASE))
            reference = NAN;
        __builtin_prefetch(source + L);
        IH_LANE_LOOP
        for (size_t l = 0; l < L; l++) {
            float value = source[l] - reference;

            observed[l] = fabsf(value) < IH_MAX_PHASE ? value * cycles_per_rad : NAN;
        }
    }
}

IH_SIMD void ih_unwrapping_read_misclosure(const struct ih_unwrapping_plan *plan,
                                           struct ih_unwrapping_workspace *ws,
                                           const ih_unwrapping_block *block, size_t begin)
{
    for (size_t k = 0; k < plan->network->n_pairs; k++) {
        const int8_t *restrict source = block->misclosure + k * block->misclosure_stride + begin;
        float *restrict observed = ws->observed + k * L;

        __builtin_prefetch(source + L);
        IH_LANE_LOOP
        for (size_t l = 0; l < L; l++)
            observed[l] = source[l] == IH_MISCLOSURE_NONE
                              ? NAN
                              : (float)source[l] * (1.0f / IH_MISCLOSURE_PER_CYCLE);
    }
}

IH_SIMD void ih_unwrapping_set_equal_weights(const struct ih_unwrapping_plan *plan,
                                             struct ih_unwrapping_workspace *ws)
{
    const float *restrict observed = ws->observed;
    float *restrict weight = ws->weight;

    IH_LANE_LOOP
    for (size_t i = 0; i < plan->network->n_pairs * L; i++)
        weight[i] = observed[i] == observed[i] ? 1.0f : 0.0f;
}

IH_SIMD void ih_unwrapping_set_inverse_weights(const struct ih_unwrapping_plan *plan,
                                               struct ih_unwrapping_workspace *ws, float least)
{
    const float *restrict observed = ws->observed, *restrict residual = ws->residual;
    float *restrict weight = ws->weight;

    IH_LANE_LOOP
    for (size_t i = 0; i < plan->network->n_pairs * L; i++) {
        float size = fabsf(residual[i]);
        float inverse = 1.0f / (size > least ? size : least);

        weight[i] = observed[i] == observed[i] ? inverse : 0.0f;
    }
}

IH_SIMD void ih_unwrapping_fit(const struct ih_unwrapping_plan *plan,
                               struct ih_unwrapping_workspace *ws)
{
    const ih_network *network = plan->network;

    ih_sbas_assemble_lanes(plan->solver, ws->solver, ws->observed, ws->weight, RIDGE);
    ih_sbas_solve(plan->solver, ws->solver);
    for (size_t k = 0; k < network->n_pairs; k++) {
        const double *restrict x_i = ws->solver->solution + (size_t)network->reference_index[k] * L;
        const double *restrict x_j = ws->solver->solution + (size_t)network->secondary_index[k] * L;
        const float *restrict observed = ws->observed + k * L;
        float *restrict residual = ws->residual + k * L;

        IH_LANE_LOOP
        for (size_t l = 0; l < L; l++) {
            double e = (double)observed[l] - (x_j[l] - x_i[l]);

            residual[l] = e == e ? (float)e : 0.0f;
        }
    }
}

IH_SIMD void ih_unwrapping_subtract(const struct ih_unwrapping_plan *plan,
                                    struct ih_unwrapping_workspace *ws)
{
    const int8_t *restrict cycles = ws->cycles;
    float *restrict observed = ws->observed;

    IH_LANE_LOOP
    for (size_t i = 0; i < plan->network->n_pairs * L; i++)
        observed[i] -= (float)cycles[i];
}

IH_SIMD void ih_unwrapping_misfit(const struct ih_unwrapping_plan *plan,
                                  const struct ih_unwrapping_workspace *ws, float misfit[L])
{
    memset(misfit, 0, L * sizeof *misfit);
    for (size_t k = 0; k < plan->network->n_pairs; k++) {
        const float *restrict residual = ws->residual + k * L;

        IH_LANE_LOOP
        for (size_t l = 0; l < L; l++)
            misfit[l] += residual[l] * residual[l];
    }
}
