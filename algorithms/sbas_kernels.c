/* SPDX-License-Identifier: MIT */
#include "algorithms/sbas_plan.h"

#include <string.h>

#include "algorithms/simd.h"

#define L IH_LANES

/* Adding it rounds a double below 2^51 to a whole number, whose parity is then the lowest bit; the
 * same in every instruction set. */
#define ROUNDER 0x1.8p52

/* Pairs whose weights are looked up before they are used: the processor cannot forward sixteen
 * single stores to one wide load, and meanwhile the phases arrive from memory. */
#define AHEAD 8

/* Weights of n pairs from pair k0. Rows lie far apart, out of the hardware prefetcher's reach: also
 * asks for the phases of this group, and for what the next group will need. */
static inline __attribute__((always_inline)) void
look_up_weights(const struct ih_sbas_plan *plan, const ih_sbas_input *in,
                const struct ih_sbas_group *group, size_t k0, size_t n, double weights[AHEAD][L])
{
    for (size_t k = 0; k < n; k++) {
        const float *source = group->phase + (k0 + k) * in->pair_stride;

        __builtin_prefetch(source);
        __builtin_prefetch(source + L);
    }
    for (size_t k = 0; k < n; k++) {
        const uint8_t *restrict quality;

        if (group->weight) {
            const float *restrict weight = group->weight + (k0 + k) * in->weight_stride;

            IH_LANE_LOOP
            for (size_t l = 0; l < L; l++) {
                double root = (double)sqrtf(weight[l]);

                weights[k][l] = root * root;
            }
            continue;
        }
        if (!group->quality) {
            IH_LANE_LOOP
            for (size_t l = 0; l < L; l++)
                weights[k][l] = 1.0;
            continue;
        }
        quality = group->quality + (k0 + k) * in->quality_stride;
        __builtin_prefetch(quality + L);
        for (size_t l = 0; l < L; l++)
            weights[k][l] = plan->weights[quality[l]];
    }
}

/* Adds pair k to the normal equations. A pair whose reference phase is missing is NaN, so unused,
 * in all pixels. */
static inline __attribute__((always_inline)) void
add_pair(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws,
         const float *restrict source, float reference, size_t k, const double *restrict weight)
{
    size_t i = plan->network->reference_index[k], j = plan->network->secondary_index[k];
    float *restrict phase = ws->phase + k * L;
    double *restrict coupling = ws->envelope + plan->entry[k] * L;
    double *restrict diagonal_i = ws->diagonal + i * L, *restrict diagonal_j = ws->diagonal + j * L;
    double *restrict rhs_i = ws->solution + i * L, *restrict rhs_j = ws->solution + j * L;
    int32_t *restrict later = ws->later + i * L, *restrict earlier = ws->earlier + j * L;

    IH_LANE_LOOP
    for (size_t l = 0; l < L; l++) {
        float value = source[l] - reference;
        int32_t valid = fabsf(value) < IH_MAX_PHASE;

        phase[l] = valid ? value : NAN;
        later[l] += valid;
        earlier[l] += valid;
    }
    IH_LANE_LOOP
    for (size_t l = 0; l < L; l++) {
        float value = phase[l];
        double w = value == value ? weight[l] : 0.0;
        double p = value == value ? (double)value * weight[l] : 0.0;

        coupling[l] = -w;
        diagonal_i[l] += w;
        diagonal_j[l] += w;
        rhs_i[l] -= p;
        rhs_j[l] += p;
    }
}

IH_SIMD void ih_sbas_assemble(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws,
                              const ih_sbas_input *in, const struct ih_sbas_group *group)
{
    const ih_network *network = plan->network;
    size_t n = network->n_dates * L;

    memset(ws->diagonal, 0, n * sizeof *ws->diagonal);
    memset(ws->solution, 0, n * sizeof *ws->solution);
    memset(ws->later, 0, n * sizeof *ws->later);
    memset(ws->earlier, 0, n * sizeof *ws->earlier);
    for (size_t f = 0; f < plan->n_fill; f++)
        memset(ws->envelope + plan->fill[f] * L, 0, L * sizeof *ws->envelope);

    for (size_t k0 = 0; k0 < network->n_pairs; k0 += AHEAD) {
        size_t end = network->n_pairs - k0 < AHEAD ? network->n_pairs : k0 + AHEAD;
        double weights[AHEAD][L];

        look_up_weights(plan, in, group, k0, end - k0, weights);
        for (size_t k = k0; k < end; k++) {
            float reference = in->reference_phase_rad ? in->reference_phase_rad[k] : 0.0f;

            if (!(fabsf(reference) < IH_MAX_PHASE))
                reference = NAN;
            add_pair(plan, ws, group->phase + k * in->pair_stride, reference, k, weights[k - k0]);
        }
    }
}

IH_SIMD void ih_sbas_assemble_lanes(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws,
                                    const float *phase, const float *weight, double ridge)
{
    const ih_network *network = plan->network;

    for (size_t i = 0; i < network->n_dates * L; i++)
        ws->diagonal[i] = ridge;
    memset(ws->solution, 0, network->n_dates * L * sizeof *ws->solution);
    for (size_t f = 0; f < plan->n_fill; f++)
        memset(ws->envelope + plan->fill[f] * L, 0, L * sizeof *ws->envelope);
    for (size_t k = 0; k < network->n_pairs; k++) {
        size_t i = network->reference_index[k], j = network->secondary_index[k];
        const float *restrict observed = phase + k * L, *restrict own = weight + k * L;
        double *restrict coupling = ws->envelope + plan->entry[k] * L;
        double *restrict diagonal_i = ws->diagonal + i * L, *restrict diagonal_j =
                                                                ws->diagonal + j * L;
        double *restrict rhs_i = ws->solution + i * L, *restrict rhs_j = ws->solution + j * L;

        IH_LANE_LOOP
        for (size_t l = 0; l < L; l++) {
            double w = own[l];
            double p = w > 0.0 ? (double)observed[l] * w : 0.0;

            coupling[l] = -w;
            diagonal_i[l] += w;
            diagonal_j[l] += w;
            rhs_i[l] -= p;
            rhs_j[l] += p;
        }
    }
}

IH_SIMD void ih_sbas_count(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws)
{
    size_t n_dates = plan->network->n_dates;
    int32_t valid[L], weakest[L], all_earlier[L], all_later[L];

    for (size_t l = 0; l < L; l++) {
        valid[l] = ws->later[l];
        weakest[l] = INT32_MAX;
        all_earlier[l] = INT32_MAX;
        all_later[l] = ws->later[l];
    }
    for (size_t d = 1; d < n_dates; d++) {
        const int32_t *restrict later = ws->later + d * L, *restrict earlier = ws->earlier + d * L;
        int32_t last = d + 1 == n_dates ? INT32_MAX : 0;

        for (size_t l = 0; l < L; l++) {
            int32_t a = later[l], b = earlier[l], pairs = a + b, bound = a | last;

            valid[l] += a;
            weakest[l] = pairs < weakest[l] ? pairs : weakest[l];
            all_earlier[l] = b < all_earlier[l] ? b : all_earlier[l];
            all_later[l] = bound < all_later[l] ? bound : all_later[l];
        }
    }
    for (size_t l = 0; l < L; l++) {
        ws->n_valid[l] = valid[l];
        ws->weakest_date[l] = weakest[l];
        ws->chained[l] = all_earlier[l] > 0 || all_later[l] > 0;
    }
}

/* a -= b * c */
static inline __attribute__((always_inline)) void
subtract_product(double *restrict a, const double *restrict b, const double *restrict c)
{
    IH_LANE_LOOP
    for (size_t l = 0; l < L; l++)
        a[l] -= b[l] * c[l];
}

/* Root-free Cholesky by rows: the matrix is F D F' with unit lower triangle F in the envelope's
 * place; the forward substitution goes along. */
static inline __attribute__((always_inline)) void factor_row(const struct ih_sbas_plan *plan,
                                                             struct ih_sbas_workspace *ws, size_t d)
{
    double *restrict row = ws->envelope + plan->row[d] * L;
    double *restrict pivot = ws->diagonal + d * L, *restrict rhs = ws->solution + d * L;
    size_t begin = plan->first[d];

    for (size_t c = begin + 1; c < d; c++) {
        size_t from = plan->first[c] > begin ? plan->first[c] : begin;
        const double *other = ws->envelope + (plan->row[c] + from - plan->first[c]) * L;

        for (size_t k = from; k < c; k++)
            subtract_product(row + (c - begin) * L, row + (k - begin) * L, other + (k - from) * L);
    }
    for (size_t c = begin; c < d; c++) {
        double *restrict entry = row + (c - begin) * L;
        const double *restrict inverse = ws->diagonal + c * L, *restrict solved =
                                                                   ws->solution + c * L;

        IH_LANE_LOOP
        for (size_t l = 0; l < L; l++) {
            double factor = entry[l] * inverse[l];

            pivot[l] -= entry[l] * factor;
            rhs[l] -= factor * solved[l];
            entry[l] = factor;
        }
    }
    IH_LANE_LOOP
    for (size_t l = 0; l < L; l++)
        pivot[l] = 1.0 / pivot[l];
}

/* What follows the forward substitution. */
static inline __attribute__((always_inline)) void
substitute_back(const struct ih_sbas_plan *plan, const struct ih_sbas_workspace *ws, double *x)
{
    size_t n_dates = plan->network->n_dates;

    for (size_t i = 0; i < n_dates * L; i++)
        x[i] *= ws->diagonal[i];
    for (size_t d = n_dates; d-- > 0;) {
        const double *row = ws->envelope + plan->row[d] * L;

        for (size_t c = plan->first[d]; c < d; c++)
            subtract_product(x + c * L, row + (c - plan->first[d]) * L, x + d * L);
    }
}

IH_SIMD void ih_sbas_solve(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws)
{
    for (size_t d = 0; d < plan->network->n_dates; d++)
        factor_row(plan, ws, d);
    substitute_back(plan, ws, ws->solution);
}

IH_SIMD void ih_sbas_substitute(const struct ih_sbas_plan *plan, const struct ih_sbas_workspace *ws,
                                double *x)
{
    for (size_t d = 0; d < plan->network->n_dates; d++) {
        const double *row = ws->envelope + plan->row[d] * L;

        for (size_t c = plan->first[d]; c < d; c++)
            subtract_product(x + d * L, row + (c - plan->first[d]) * L, x + c * L);
    }
    substitute_back(plan, ws, x);
}

static inline __attribute__((always_inline)) void keep_used(const float *restrict phase,
                                                            float *restrict value)
{
    IH_LANE_LOOP
    for (size_t l = 0; l < L; l++)
        value[l] = phase[l] == phase[l] ? value[l] : 0.0f;
}

IH_SIMD void ih_sbas_look_up_roots(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws,
                                   const ih_sbas_input *in, const struct ih_sbas_group *group)
{
    for (size_t k = 0; k < plan->network->n_pairs; k++) {
        const uint8_t *quality = group->quality ? group->quality + k * in->quality_stride : NULL;
        const float *weight = group->weight ? group->weight + k * in->weight_stride : NULL;
        float *restrict value = ws->pair_value + k * L;

        for (size_t l = 0; l < L; l++)
            value[l] = weight ? sqrtf(weight[l]) : quality ? plan->roots[quality[l]] : 1.0f;
        keep_used(ws->phase + k * L, value);
    }
}

IH_SIMD void ih_sbas_look_up_spreads(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws,
                                     const ih_sbas_input *in, const struct ih_sbas_group *group)
{
    for (size_t k = 0; k < plan->network->n_pairs; k++) {
        const uint8_t *quality = group->quality + k * in->quality_stride;
        const float *weight = group->weight ? group->weight + k * in->weight_stride : NULL;
        float *restrict value = ws->pair_value + k * L;

        for (size_t l = 0; l < L; l++)
            value[l] = weight ? weight[l] * weight[l] * plan->variances[quality[l]]
                              : plan->spreads[quality[l]];
        keep_used(ws->phase + k * L, value);
    }
}

/* Sine and cosine with an absolute error below 1e-8 for |angle| < 2^25: the nearest multiple of pi
 * is taken off, then polynomials in the square of the rest, of least greatest error on [-pi/2,
 * pi/2] with the first coefficient kept 1 so that an angle of 0 gives exactly (0, 1). Operations
 * are the four of IEEE 754 only, so the result is the same everywhere. */
static inline __attribute__((always_inline)) void sine_cosine(double angle, double *sine,
                                                              double *cosine)
{
    double rounded = angle * M_1_PI + ROUNDER;
    double rest = angle - (rounded - ROUNDER) * M_PI;
    double u = rest * rest;
    double s = rest + rest * u *
                          (-0.16666657096500867 +
                           u * (0.008333017291467694 +
                                u * (-0.0001980661519447803 + u * 2.6000547526069195e-06)));
    double c = 1.0 + u * (-0.4999999954955699 +
                          u * (0.041666640728050056 +
                               u * (-0.0013888403508084555 +
                                    u * (2.47618862412412e-05 + u * -2.6077105224668477e-07))));
    union {
        double value;
        uint64_t bits;
    } parity = {.value = rounded}, a = {.value = s}, b = {.value = c};

    /* an odd number of half turns changes both signs */
    a.bits ^= parity.bits << 63;
    b.bits ^= parity.bits << 63;
    *sine = a.value;
    *cosine = b.value;
}

IH_SIMD void ih_sbas_residuals(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws)
{
    const ih_network *network = plan->network;
    double *restrict cosines = ws->cosines, *restrict sines = ws->sines;

    memset(cosines, 0, L * sizeof *cosines);
    memset(sines, 0, L * sizeof *sines);
    for (size_t k = 0; k < network->n_pairs; k++) {
        const double *restrict x_i = ws->solution + (size_t)network->reference_index[k] * L;
        const double *restrict x_j = ws->solution + (size_t)network->secondary_index[k] * L;
        const float *restrict phase = ws->phase + k * L;
        double *restrict squares = ws->squares + k * L;

        IH_LANE_LOOP
        for (size_t l = 0; l < L; l++) {
            double residual = (double)phase[l] - (x_j[l] - x_i[l]);
            double s, c;

            residual = residual == residual ? residual : 0.0;
            sine_cosine(residual, &s, &c);
            sines[l] += s;
            cosines[l] += c;
            squares[l] = residual * residual;
        }
    }
}

void ih_sbas_add_squares(const struct ih_sbas_plan *plan, const struct ih_sbas_workspace *ws,
                         double *sums)
{
    for (size_t k = 0; k < plan->network->n_pairs; k++) {
        double sum = sums[k];

        for (size_t l = 0; l < L; l++)
            sum += ws->squares[k * L + l];
        sums[k] = sum;
    }
}

IH_SIMD void ih_sbas_add_counts(const struct ih_sbas_plan *plan, const struct ih_sbas_workspace *ws,
                                uint64_t *counts)
{
    int32_t solved[L];

    for (size_t l = 0; l < L; l++)
        solved[l] = ws->n_parts[l] > 0;
    for (size_t k = 0; k < plan->network->n_pairs; k++) {
        const float *restrict phase = ws->phase + k * L;
        int32_t count = 0;

        for (size_t l = 0; l < L; l++)
            count += phase[l] == phase[l] ? solved[l] : 0;
        counts[k] += (uint64_t)count;
    }
}

IH_SIMD void ih_sbas_store(const struct ih_sbas_plan *plan, const struct ih_sbas_workspace *ws,
                           float *phase, size_t stride)
{
    for (size_t d = 0; d < plan->network->n_dates; d++) {
        const double *restrict x = ws->solution + d * L;
        float *restrict row = phase + d * stride;

        IH_LANE_LOOP
        for (size_t l = 0; l < L; l++)
            row[l] = x[l] == x[l] ? (float)x[l] : NAN; /* a NaN of computation may have any sign */
    }
}
