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

/* Factors the symmetric positive definite n x n matrix in place, lower triangle only. An unknown
 * whose squared pivot is not above least_pivot (NULL = all are) gets an infinite one: it becomes 0,
 * and the others do as if it were not there. */
static void factor_dense(double *matrix, size_t n, const double *least_pivot)
{
    for (size_t i = 0; i < n; i++) {
        double *row = matrix + i * n;

        for (size_t j = 0; j <= i; j++) {
            double sum = row[j];

            for (size_t k = 0; k < j; k++)
                sum -= row[k] * matrix[j * n + k];
            row[j] = i == j ? sqrt(sum) : sum / matrix[j * n + j];
            if (i == j && least_pivot && !(sum > least_pivot[i]))
                row[j] = INFINITY;
        }
    }
}

static void substitute_dense(const double *matrix, double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            x[i] -= matrix[i * n + k] * x[k];
        x[i] /= matrix[i * n + i];
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
    factor_dense(ws->part_matrix, n, NULL);
    substitute_dense(ws->part_matrix, ws->part_offset + 1, n);
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

/* Term j of the motion at date d less its mean over the date's part. */
static inline double centred_term(const struct ih_sbas_plan *plan,
                                  const struct ih_sbas_workspace *ws, size_t lane, size_t d,
                                  size_t j)
{
    size_t n = plan->options.n_join_terms;
    size_t part = ws->parts[lane * plan->network->n_dates + d];

    return plan->join_terms[d * n + j] - ws->part_terms[part * n + j];
}

/* The motion has a constant of its own, so every part may lie at any level: what the motion is
 * follows from how phases and terms vary within the parts. Factors those normal equations; leaves
 * the means of the terms over each part. */
static void factor_motion(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws,
                          size_t lane)
{
    size_t n = plan->options.n_join_terms, n_dates = plan->network->n_dates;
    const uint32_t *parts = ws->parts + lane * n_dates;

    memset(ws->part_terms, 0, ws->n_parts[lane] * n * sizeof *ws->part_terms);
    memset(ws->part_count, 0, ws->n_parts[lane] * sizeof *ws->part_count);
    memset(ws->join_matrix, 0, n * n * sizeof *ws->join_matrix);
    for (size_t d = 0; d < n_dates; d++) {
        ws->part_count[parts[d]] += 1.0;
        for (size_t j = 0; j < n; j++)
            ws->part_terms[parts[d] * n + j] += plan->join_terms[d * n + j];
    }
    for (size_t c = 0; c < ws->n_parts[lane]; c++)
        for (size_t j = 0; j < n; j++)
            ws->part_terms[c * n + j] /= ws->part_count[c];
    for (size_t d = 0; d < n_dates; d++)
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j <= i; j++)
                ws->join_matrix[i * n + j] +=
                    centred_term(plan, ws, lane, d, i) * centred_term(plan, ws, lane, d, j);
    factor_dense(ws->join_matrix, n, plan->least_pivot);
}

/* Offsets that leave the least squared misfit to a motion through all parts. */
static void motion_offsets(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws,
                           size_t lane)
{
    size_t n = plan->options.n_join_terms, n_dates = plan->network->n_dates;
    const uint32_t *parts = ws->parts + lane * n_dates;
    double *motion = ws->join_vector, *offset = ws->part_offset;
    double first_mean;

    factor_motion(plan, ws, lane);
    memset(motion, 0, n * sizeof *motion);
    for (size_t d = 0; d < n_dates; d++) {
        double x = ws->solution[d * IH_LANES + lane];

        offset[parts[d]] -= x / ws->part_count[parts[d]];
        for (size_t j = 0; j < n; j++)
            motion[j] += x * centred_term(plan, ws, lane, d, j);
    }
    substitute_dense(ws->join_matrix, motion, n);
    first_mean = -offset[0];
    for (size_t c = 0; c < ws->n_parts[lane]; c++) {
        offset[c] += first_mean;
        for (size_t j = 0; j < n; j++)
            offset[c] += (ws->part_terms[c * n + j] - ws->part_terms[j]) * motion[j];
    }
    offset[0] = 0.0; /* the part of the first date, which is 0 */
}

/* The transpose of what motion_offsets and the addition of the offsets do. */
void ih_sbas_join_adjoint(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws,
                          size_t lane, double *function)
{
    size_t n = plan->options.n_join_terms, n_dates = plan->network->n_dates;
    const uint32_t *parts = ws->parts + lane * n_dates;
    double *motion = ws->join_vector, *sum = ws->part_offset;

    factor_motion(plan, ws, lane);
    memset(sum, 0, ws->n_parts[lane] * sizeof *sum);
    memset(motion, 0, n * sizeof *motion);
    for (size_t d = 0; d < n_dates; d++)
        if (parts[d] > 0)
            sum[parts[d]] += function[d * IH_LANES + lane];
    for (size_t c = 1; c < ws->n_parts[lane]; c++) {
        sum[0] -= sum[c];
        for (size_t j = 0; j < n; j++)
            motion[j] += sum[c] * (ws->part_terms[c * n + j] - ws->part_terms[j]);
    }
    substitute_dense(ws->join_matrix, motion, n);
    for (size_t d = 0; d < n_dates; d++) {
        double *f = function + d * IH_LANES + lane;

        *f -= sum[parts[d]] / ws->part_count[parts[d]];
        for (size_t j = 0; j < n; j++)
            *f += motion[j] * centred_term(plan, ws, lane, d, j);
    }
}

void ih_sbas_join_parts(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws, size_t lane)
{
    const uint32_t *parts = ws->parts + lane * plan->network->n_dates;

    memset(ws->part_offset, 0, ws->n_parts[lane] * sizeof *ws->part_offset);
    if (plan->join_terms)
        motion_offsets(plan, ws, lane);
    else if (plan->options.min_norm_velocity)
        minimum_norm_offsets(plan, ws, lane);
    else
        zero_mean_offsets(plan, ws, lane);
    for (size_t d = 0; d < plan->network->n_dates; d++)
        ws->solution[d * IH_LANES + lane] += ws->part_offset[parts[d]];
}
