/* SPDX-License-Identifier: MIT */
#include "algorithms/sbas_plan.h"

#include <string.h>

#include "algorithms/disjoint_sets.h"

size_t ih_sbas_find_parts(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws,
                          size_t lane)
{
    const ih_network *network = plan->network;
    uint32_t *parts = ws->parts + lane * network->n_dates;

    if ((size_t)ws->n_valid[lane] == network->n_pairs) {
        memcpy(parts, network->component, network->n_dates * sizeof *parts);
        return network->n_components;
    }
    ih_sets_clear(parts, network->n_dates);
    for (size_t k = 0; k < network->n_pairs; k++)
        if (!isnan(ws->phase[k * IH_LANES + lane]))
            ih_sets_join(parts, network->reference_index[k], network->secondary_index[k]);
    return ih_sets_number(parts, network->n_dates);
}

/* Solves the symmetric positive definite n x n system in place, lower triangle only. */
static void solve_dense(double *matrix, double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double *row = matrix + i * n;

        for (size_t j = 0; j <= i; j++) {
            double sum = row[j];

            for (size_t k = 0; k < j; k++)
                sum -= row[k] * matrix[j * n + k];
            row[j] = i == j ? sqrt(sum) : sum / matrix[j * n + j];
        }
        for (size_t k = 0; k < i; k++)
            x[i] -= row[k] * x[k];
        x[i] /= row[i];
    }
    for (size_t i = n; i-- > 0;) {
        x[i] /= matrix[i * n + i];
        for (size_t k = 0; k < i; k++)
            x[k] -= matrix[i * n + k] * x[i];
    }
}

/* Offsets of the parts that make the sum of squared velocities between consecutive dates least. The
 * parts are nodes again, joined by the steps from one to another with weight 1 / dt^2: a small
 * Laplacian with the first part grounded. */
static void minimum_norm_offsets(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws,
                                 size_t lane)
{
    const uint32_t *parts = ws->parts + lane * plan->network->n_dates;
    const int32_t *days = plan->network->date_days;
    size_t n = ws->n_parts[lane] - 1;

    memset(ws->part_matrix, 0, n * n * sizeof *ws->part_matrix);
    for (size_t d = 0; d + 1 < plan->network->n_dates; d++) {
        size_t a = parts[d], b = parts[d + 1];
        double dt = (double)days[d + 1] - (double)days[d], weight = 1.0 / (dt * dt);
        double step =
            (ws->solution[(d + 1) * IH_LANES + lane] - ws->solution[d * IH_LANES + lane]) * weight;

        if (a == b)
            continue;
        if (a > 0) {
            ws->part_matrix[(a - 1) * n + a - 1] += weight;
            ws->part_offset[a] += step;
        }
        if (b > 0) {
            ws->part_matrix[(b - 1) * n + b - 1] += weight;
            ws->part_offset[b] -= step;
        }
        if (a > 0 && b > 0) {
            ws->part_matrix[(a - 1) * n + b - 1] -= weight;
            ws->part_matrix[(b - 1) * n + a - 1] -= weight;
        }
    }
    solve_dense(ws->part_matrix, ws->part_offset + 1, n);
}

/* Offsets that give every part but the first zero mean: the minimum-norm solution for the phases
 * themselves. */
static void zero_mean_offsets(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws,
                              size_t lane)
{
    const uint32_t *parts = ws->parts + lane * plan->network->n_dates;
    double *count = ws->part_matrix;

    memset(count, 0, ws->n_parts[lane] * sizeof *count);
    for (size_t d = 0; d < plan->network->n_dates; d++) {
        if (parts[d] == 0)
            continue;
        ws->part_offset[parts[d]] -= ws->solution[d * IH_LANES + lane];
        count[parts[d]] += 1.0;
    }
    for (size_t c = 1; c < ws->n_parts[lane]; c++)
        ws->part_offset[c] /= count[c];
}

void ih_sbas_join_parts(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws, size_t lane)
{
    const uint32_t *parts = ws->parts + lane * plan->network->n_dates;

    memset(ws->part_offset, 0, ws->n_parts[lane] * sizeof *ws->part_offset);
    if (plan->options.min_norm_velocity)
        minimum_norm_offsets(plan, ws, lane);
    else
        zero_mean_offsets(plan, ws, lane);
    for (size_t d = 0; d < plan->network->n_dates; d++)
        ws->solution[d * IH_LANES + lane] += ws->part_offset[parts[d]];
}
