/* SPDX-License-Identifier: MIT
 *
 * A block of pixels for tests of the small-baseline inversion. Oracle: the minimum-norm
 * least-squares solution of LAPACK (dgelsd, double, singular values below 1e-5 of the greatest
 * dropped) for the velocities between dates, or for the phases of the dates, pixel by pixel.
 */
#ifndef SBAS_SCENE_H
#define SBAS_SCENE_H

#include "algorithms/sbas.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <lapacke.h>

#define MAX_PAIRS 400
#define MAX_DATES 64

/* A block of pixels with everything that belongs to it. */
struct scene {
    ih_network *network;
    size_t n_pixels, stride;
    float *phase, *weight, *series, *coherence;
    float *covariance, *variance; /* of functions and dates; NULL unless a test sets them */
    uint8_t *quality, *mask, *components;
    uint16_t *valid;
    float reference[MAX_PAIRS];
    double squares[MAX_PAIRS];
    uint64_t count[MAX_PAIRS];
    bool with_quality, with_weight, with_mask, with_reference;
    ih_sbas_options options;
};

static uint64_t seed;

/* Uniform in [0, 1): a linear congruential generator is random enough for test data. */
static inline double uniform(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(seed >> 11) * 0x1p-53;
}

static inline void make_scene(struct scene *s, size_t n_pairs, const int32_t *reference,
                              const int32_t *secondary, size_t n_pixels)
{
    size_t padded = (n_pixels + IH_LANES - 1) / IH_LANES * IH_LANES;

    memset(s, 0, sizeof *s);
    assert_int_equal(ih_network_new(n_pairs, reference, secondary, NULL, &s->network, NULL), IH_OK);
    s->n_pixels = n_pixels;
    s->stride = padded;
    s->options = (ih_sbas_options)IH_SBAS_DEFAULTS;
    s->options.looks = 41;
    s->phase = calloc(n_pairs * padded, sizeof *s->phase);
    s->quality = calloc(n_pairs * padded, 1);
    s->weight = calloc(n_pairs * padded, sizeof *s->weight);
    s->series = calloc(s->network->n_dates * padded, sizeof *s->series);
    s->coherence = calloc(n_pixels, sizeof *s->coherence);
    s->mask = calloc(n_pixels, 1);
    s->components = calloc(n_pixels, 1);
    s->valid = calloc(n_pixels, sizeof *s->valid);
}

static inline void free_scene(struct scene *s)
{
    ih_network_free(s->network);
    free(s->phase);
    free(s->quality);
    free(s->weight);
    free(s->series);
    free(s->coherence);
    free(s->covariance);
    free(s->variance);
    free(s->mask);
    free(s->components);
    free(s->valid);
}

/* Every date with its next `connections` dates, 12 days apart but for some gaps. */
static inline size_t nearest_pairs(size_t n_dates, size_t connections, int32_t *reference,
                                   int32_t *secondary)
{
    int32_t days[MAX_DATES];
    size_t n = 0;

    days[0] = 17000;
    for (size_t d = 1; d < n_dates; d++)
        days[d] = days[d - 1] + (d % 5 == 0 ? 24 : 12);
    for (size_t i = 0; i < n_dates; i++)
        for (size_t j = i + 1; j <= i + connections && j < n_dates; j++) {
            reference[n] = days[i];
            secondary[n++] = days[j];
        }
    return n;
}

static inline void nearest_scene(struct scene *s, size_t n_dates, size_t connections,
                                 size_t n_pixels)
{
    int32_t reference[MAX_PAIRS], secondary[MAX_PAIRS];
    size_t n = nearest_pairs(n_dates, connections, reference, secondary);

    make_scene(s, n, reference, secondary, n_pixels);
}

/* Random phases (a random walk of the dates plus noise), qualities, and a share of missing values.
 */
static inline void fill_scene(struct scene *s, double noise_rad, double missing)
{
    for (size_t p = 0; p < s->n_pixels; p++) {
        double x[MAX_DATES] = {0};

        for (size_t d = 1; d < s->network->n_dates; d++)
            x[d] = x[d - 1] + 4 * uniform() - 2;
        for (size_t k = 0; k < s->network->n_pairs; k++) {
            double phase = x[s->network->secondary_index[k]] - x[s->network->reference_index[k]];

            phase += noise_rad * (2 * uniform() - 1);
            s->quality[k * s->stride + p] = (uint8_t)(200 * uniform());
            s->phase[k * s->stride + p] = uniform() < missing ? NAN : (float)phase;
        }
    }
}

/* Inverts pixels [begin, begin + n) of the scene as one block. */
static inline ih_status invert_part(struct scene *s, const ih_sbas_plan *plan,
                                    ih_sbas_workspace *ws, size_t begin, size_t n)
{
    ih_sbas_input in = {.n_pixels = n,
                        .phase_rad = s->phase + begin,
                        .quality = s->with_quality ? s->quality + begin : NULL,
                        .weight = s->with_weight ? s->weight + begin : NULL,
                        .pair_stride = s->stride,
                        .quality_stride = s->stride,
                        .weight_stride = s->stride,
                        .reference_phase_rad = s->with_reference ? s->reference : NULL,
                        .mask = s->with_mask ? s->mask + begin : NULL};
    ih_sbas_output out = {.phase_rad = s->series + begin,
                          .date_stride = s->stride,
                          .temporal_coherence = s->coherence + begin,
                          .valid_pairs = s->valid + begin,
                          .n_components = s->components + begin,
                          .residual_sum_squares = s->squares,
                          .residual_count = s->count,
                          .function_covariance = s->covariance ? s->covariance + begin : NULL,
                          .date_variance_rad2 = s->variance ? s->variance + begin : NULL};

    return ih_sbas_invert(plan, ws, &in, &out, NULL);
}

static inline void invert_in_blocks(struct scene *s, size_t block)
{
    ih_sbas_plan *plan;
    ih_sbas_workspace *ws;

    memset(s->squares, 0, sizeof s->squares);
    memset(s->count, 0, sizeof s->count);
    assert_int_equal(ih_sbas_plan_new(s->network, &s->options, &plan, NULL), IH_OK);
    assert_int_equal(ih_sbas_workspace_new(plan, &ws, NULL), IH_OK);
    for (size_t begin = 0; begin < s->n_pixels; begin += block)
        assert_int_equal(invert_part(s, plan, ws, begin,
                                     s->n_pixels - begin < block ? s->n_pixels - begin : block),
                         IH_OK);
    ih_sbas_workspace_free(ws);
    ih_sbas_plan_free(plan);
}

static inline void invert(struct scene *s)
{
    invert_in_blocks(s, s->n_pixels);
}

/* Referenced phase of a pair, NaN where the pair is unused. */
static inline double observation(const struct scene *s, size_t pair, size_t pixel)
{
    float reference = s->with_reference ? s->reference[pair] : 0;

    return (double)(s->phase[pair * s->stride + pixel] - reference);
}

/* Roots of the weights from the definition: the table's float32, rooted in float32. */
static inline void root_weights(const struct scene *s, double roots[IH_QUALITY_LEVELS])
{
    float weights[IH_QUALITY_LEVELS];

    assert_int_equal(ih_weight_table(s->options.weight, s->options.looks, weights, NULL), IH_OK);
    for (int q = 0; q < IH_QUALITY_LEVELS; q++)
        roots[q] = (double)sqrtf(weights[q]);
}

/* Row of the design matrix for velocities (B) or phases (A) of the dates but the first. */
static inline void design_row(const struct scene *s, size_t pair, double *row)
{
    const ih_network *net = s->network;
    size_t i = net->reference_index[pair], j = net->secondary_index[pair];

    memset(row, 0, (net->n_dates - 1) * sizeof *row);
    if (!s->options.min_norm_velocity) {
        if (i > 0)
            row[i - 1] = -1;
        row[j - 1] = 1;
        return;
    }
    for (size_t d = i; d < j; d++)
        row[d] = (net->date_days[d + 1] - net->date_days[d]) / 365.25;
}

/* Phases of the dates by dgelsd. */
static inline void oracle(const struct scene *s, const double *roots, size_t pixel, double *x)
{
    const ih_network *net = s->network;
    size_t n = net->n_dates - 1, m = 0, rows = net->n_pairs > n ? net->n_pairs : n;
    double *a = calloc(rows * n, sizeof *a), *b = calloc(rows, sizeof *b), values[MAX_DATES];
    double day_years[MAX_DATES];
    lapack_int rank;

    for (size_t k = 0; k < net->n_pairs; k++) {
        double value = observation(s, k, pixel);
        double w = s->with_quality ? roots[s->quality[k * s->stride + pixel]] : 1;

        if (!isfinite(value))
            continue;
        design_row(s, k, a + m * n);
        for (size_t d = 0; d < n; d++)
            a[m * n + d] *= w;
        b[m++] = value * w;
    }
    assert_int_equal(LAPACKE_dgelsd(LAPACK_ROW_MAJOR, (lapack_int)m, (lapack_int)n, 1, a,
                                    (lapack_int)n, b, 1, values, 1e-5, &rank),
                     0);
    for (size_t d = 0; d < n; d++)
        day_years[d] = (net->date_days[d + 1] - net->date_days[d]) / 365.25;
    x[0] = 0;
    for (size_t d = 0; d < n; d++)
        x[d + 1] = s->options.min_norm_velocity ? x[d] + b[d] * day_years[d] : b[d];
    free(a);
    free(b);
}

/* Even and odd dates never meet: two networks interleaved in time. */
static inline void interleaved_scene(struct scene *s, size_t parts)
{
    int32_t reference[MAX_PAIRS], secondary[MAX_PAIRS];
    size_t n = 0;

    for (size_t i = 0; i < 24; i++)
        for (size_t j = i + parts; j <= i + 2 * parts && j < 24; j += parts) {
            reference[n] = (int32_t)(17000 + 12 * i + i % 3);
            secondary[n++] = (int32_t)(17000 + 12 * j + j % 3);
        }
    make_scene(s, n, reference, secondary, 20);
    fill_scene(s, 1, 0);
}

static inline void assert_no_solution(const struct scene *s, size_t p)
{
    for (size_t d = 0; d < s->network->n_dates; d++)
        assert_true(isnan(s->series[d * s->stride + p]));
    assert_true(isnan(s->coherence[p]));
    assert_int_equal(s->valid[p], 0);
    assert_int_equal(s->components[p], 0);
}

static inline uint64_t checksum(uint64_t hash, const void *data, size_t n)
{
    const unsigned char *bytes = data;

    for (size_t i = 0; i < n; i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3u;
    return hash;
}

#endif
