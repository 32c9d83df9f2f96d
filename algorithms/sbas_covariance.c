/* SPDX-License-Identifier: MIT
 *
 * Covariance of linear functions of the dates' phases. The phases are x = N^-1 A'W y with N = A'WA,
 * the noise of the pairs y is independent with variances V, so functions f'x and g'x have the
 * covariance a'(A'WVWA) b with N a = f and N b = g: one more right-hand side per function, and a
 * sum over the pairs. Neither N^-1 nor the covariance of the dates is ever formed. Where W is the
 * inverse of V the covariance of the dates is N^-1 itself, and its elements within the envelope
 * follow from each other (Takahashi et al. 1973).
 */
#include "algorithms/sbas_plan.h"

#include <string.h>

#include "algorithms/simd.h"

#define L IH_LANES

static void set_lanes(double *lanes, double value)
{
    for (size_t l = 0; l < L; l++)
        lanes[l] = value;
}

/* One function, [date] lanes, from a function of the joined phases to N^-1 times that of the phases
 * before. */
static void solve_function(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws,
                           double *function)
{
    if (plan->join_terms)
        for (size_t l = 0; l < L; l++)
            if (ws->n_parts[l] > 1)
                ih_sbas_join_adjoint(plan, ws, l, function);
    ih_sbas_substitute(plan, ws, function);
}

/* Sums over the pairs of pair_value times the products of the functions' differences, for each two
 * of the n functions in adjoint. */
IH_SIMD static void add_products(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws,
                                 size_t n)
{
    const ih_network *network = plan->network;

    memset(ws->products, 0, n * (n + 1) / 2 * L * sizeof *ws->products);
    for (size_t k = 0; k < network->n_pairs; k++) {
        size_t i = network->reference_index[k], j = network->secondary_index[k];
        const float *restrict value = ws->pair_value + k * L;
        double *restrict product = ws->products;

        for (size_t f = 0; f < n; f++) {
            const double *restrict a = ws->adjoint + f * network->n_dates * L;
            double scaled[L];

            IH_LANE_LOOP
            for (size_t l = 0; l < L; l++)
                scaled[l] = (double)value[l] * (a[j * L + l] - a[i * L + l]);
            for (size_t g = 0; g <= f; g++, product += L) {
                const double *restrict b = ws->adjoint + g * network->n_dates * L;

                IH_LANE_LOOP
                for (size_t l = 0; l < L; l++)
                    product[l] += scaled[l] * (b[j * L + l] - b[i * L + l]);
            }
        }
    }
}

static void store(const struct ih_sbas_plan *plan, const struct ih_sbas_workspace *ws,
                  const double *lanes, float *out)
{
    for (size_t l = 0; l < L; l++) {
        bool known = ws->n_parts[l] == 1 || (ws->n_parts[l] > 1 && plan->join_terms);

        out[l] = known ? (float)lanes[l] : NAN;
    }
}

static void write_functions(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws,
                            const ih_sbas_output *out, size_t begin)
{
    size_t n = plan->options.n_functions, n_dates = plan->network->n_dates;

    for (size_t f = 0; f < n; f++) {
        double *function = ws->adjoint + f * n_dates * L;

        for (size_t d = 0; d < n_dates; d++)
            set_lanes(function + d * L, plan->functions[f * n_dates + d]);
        solve_function(plan, ws, function);
    }
    add_products(plan, ws, n);
    for (size_t e = 0; e < n * (n + 1) / 2; e++)
        store(plan, ws, ws->products + e * L,
              out->function_covariance + e * out->date_stride + begin);
}

/* Variance of date d relative to the reference date, in products, from a right-hand side. */
static void solve_date(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws, size_t d)
{
    size_t n_dates = plan->network->n_dates, reference = plan->options.reference_date;

    memset(ws->adjoint, 0, n_dates * L * sizeof *ws->adjoint);
    if (d != reference) {
        set_lanes(ws->adjoint + d * L, 1.0);
        set_lanes(ws->adjoint + reference * L, -1.0);
        solve_function(plan, ws, ws->adjoint);
    }
    add_products(plan, ws, 1);
}

/* The elements of the inverse of F D F' within the envelope, from the last column to the first. */
IH_SIMD static void invert_envelope(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws)
{
    for (size_t c = plan->network->n_dates; c-- > 0;) {
        const uint32_t *rows = plan->below + plan->below_from[c];
        size_t n = plan->below_from[c + 1] - plan->below_from[c];
        double *restrict diagonal = ws->inverse_diagonal + c * L;

        memcpy(diagonal, ws->diagonal + c * L, L * sizeof *diagonal);
        for (size_t a = 0; a < n; a++) {
            size_t place = (plan->row[rows[a]] + c - plan->first[rows[a]]) * L;
            const double *restrict own = ws->envelope + place;
            double *restrict element = ws->inverse + place;
            double sum[L] = {0};

            for (size_t b = 0; b < n; b++) {
                size_t high = rows[a > b ? a : b], low = rows[a > b ? b : a];
                const double *restrict factor =
                    ws->envelope + (plan->row[rows[b]] + c - plan->first[rows[b]]) * L;
                const double *restrict known =
                    a == b ? ws->inverse_diagonal + high * L
                           : ws->inverse + (plan->row[high] + low - plan->first[high]) * L;

                IH_LANE_LOOP
                for (size_t l = 0; l < L; l++)
                    sum[l] -= factor[l] * known[l];
            }
            IH_LANE_LOOP
            for (size_t l = 0; l < L; l++) {
                element[l] = sum[l];
                diagonal[l] -= own[l] * sum[l];
            }
        }
    }
}

/* inverse_diagonal becomes the variance of every date relative to the reference date. */
static void relate_to_reference(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws)
{
    size_t n_dates = plan->network->n_dates, reference = plan->options.reference_date;
    double own[L], *column = ws->adjoint;

    memset(column, 0, n_dates * L * sizeof *column);
    set_lanes(column + reference * L, 1.0);
    ih_sbas_substitute(plan, ws, column);
    memcpy(own, ws->inverse_diagonal + reference * L, sizeof own);
    for (size_t d = 0; d < n_dates; d++)
        for (size_t l = 0; l < L; l++)
            ws->inverse_diagonal[d * L + l] += own[l] - 2.0 * column[d * L + l];
    set_lanes(ws->inverse_diagonal + reference * L, 0.0);
}

/* A lane whose parts are joined needs a right-hand side for every date, the others only where the
 * inverse does not tell. */
static void write_dates(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws,
                        const struct ih_sbas_group *group, const ih_sbas_output *out, size_t begin)
{
    bool from_inverse = plan->below && !group->weight, joined = false;

    for (size_t l = 0; l < L; l++)
        joined = joined || (ws->n_parts[l] > 1 && plan->join_terms);
    if (from_inverse) {
        invert_envelope(plan, ws);
        relate_to_reference(plan, ws);
    }
    for (size_t d = 0; d < plan->network->n_dates; d++) {
        double *variance = from_inverse ? ws->inverse_diagonal + d * L : ws->products;

        if (joined || !from_inverse)
            solve_date(plan, ws, d);
        for (size_t l = 0; l < L; l++)
            variance[l] = joined && ws->n_parts[l] > 1 ? ws->products[l] : variance[l];
        store(plan, ws, variance, out->date_variance_rad2 + d * out->date_stride + begin);
    }
}

void ih_sbas_write_covariance(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws,
                              const ih_sbas_input *in, const struct ih_sbas_group *group,
                              const ih_sbas_output *out, size_t begin)
{
    ih_sbas_look_up_spreads(plan, ws, in, group);
    if (out->function_covariance)
        write_functions(plan, ws, out, begin);
    if (out->date_variance_rad2)
        write_dates(plan, ws, group, out, begin);
}
