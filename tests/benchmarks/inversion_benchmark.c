/* SPDX-License-Identifier: MIT
 *
 * Time of the weighted inversion per pixel on one core, temporal coherence included, beside a
 * float32 singular value solver called for every pixel (what MintPy does, without its interpreter).
 *
 *   inversion_benchmark [share of missing values, 0.02]
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <lapacke.h>

#include "algorithms/alloc.h"
#include "algorithms/sbas.h"
#include "algorithms/solve.h"

#define CONNECTIONS   3
#define PIXELS        4096
#define PIXELS_BY_SVD 40
#define LEAST_SECONDS 1.0

struct stack {
    ih_network *network;
    float *phase, *series, *coherence;
    uint8_t *quality, *components;
    uint16_t *valid;
    double *squares;
    uint64_t *count;
};

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double uniform(void)
{
    return (double)rand() / ((double)RAND_MAX + 1);
}

static void free_stack(struct stack *s)
{
    ih_network_free(s->network);
    free(s->phase);
    free(s->series);
    free(s->coherence);
    free(s->quality);
    free(s->components);
    free(s->valid);
    free(s->squares);
    free(s->count);
}

static ih_status make_network(size_t n_dates, ih_network **network)
{
    int32_t *reference = ih_alloc(n_dates * CONNECTIONS, sizeof *reference);
    int32_t *secondary = ih_alloc(n_dates * CONNECTIONS, sizeof *secondary);
    size_t n = 0;
    ih_status st = IH_E_MEMORY;

    if (reference && secondary) {
        for (size_t i = 0; i < n_dates; i++)
            for (size_t j = i + 1; j <= i + CONNECTIONS && j < n_dates; j++) {
                reference[n] = (int32_t)(12 * i);
                secondary[n++] = (int32_t)(12 * j);
            }
        st = ih_network_new(n, reference, secondary, NULL, network, NULL);
    }
    free(secondary);
    free(reference);
    return st;
}

/* Phases of a random walk with noise. */
static void fill(struct stack *s, double missing, double *x)
{
    const ih_network *net = s->network;

    for (size_t p = 0; p < PIXELS; p++) {
        x[0] = 0;
        for (size_t d = 1; d < net->n_dates; d++)
            x[d] = x[d - 1] + 2 * uniform() - 1;
        for (size_t k = 0; k < net->n_pairs; k++) {
            double phase = x[net->secondary_index[k]] - x[net->reference_index[k]];

            s->phase[k * PIXELS + p] =
                uniform() < missing ? NAN : (float)(phase + 2 * uniform() - 1);
            s->quality[k * PIXELS + p] = (uint8_t)(200 * uniform());
        }
    }
}

static ih_status make_stack(struct stack *s, size_t n_dates, double missing)
{
    double *x = ih_alloc(n_dates, sizeof *x);
    ih_status st = make_network(n_dates, &s->network);

    if (st == IH_OK && x) {
        size_t n_pairs = s->network->n_pairs;

        s->phase = ih_alloc(n_pairs * PIXELS, sizeof *s->phase);
        s->quality = ih_alloc(n_pairs * PIXELS, 1);
        s->series = ih_alloc(n_dates * PIXELS, sizeof *s->series);
        s->coherence = ih_alloc(PIXELS, sizeof *s->coherence);
        s->components = ih_alloc(PIXELS, 1);
        s->valid = ih_alloc(PIXELS, sizeof *s->valid);
        s->squares = ih_calloc(n_pairs, sizeof *s->squares);
        s->count = ih_calloc(n_pairs, sizeof *s->count);
        if (s->phase && s->quality && s->series && s->coherence && s->components && s->valid &&
            s->squares && s->count)
            fill(s, missing, x);
        else
            st = IH_E_MEMORY;
    }
    free(x);
    return st;
}

/* Microseconds per pixel of the inversion. */
static ih_status time_inversion(struct stack *s, double *microseconds)
{
    ih_sbas_options options = IH_SBAS_DEFAULTS;
    ih_sbas_input in = {.n_pixels = PIXELS,
                        .phase_rad = s->phase,
                        .quality = s->quality,
                        .pair_stride = PIXELS,
                        .quality_stride = PIXELS};
    ih_sbas_output out = {.phase_rad = s->series,
                          .date_stride = PIXELS,
                          .temporal_coherence = s->coherence,
                          .valid_pairs = s->valid,
                          .n_components = s->components,
                          .residual_sum_squares = s->squares,
                          .residual_count = s->count};
    ih_sbas_plan *plan = NULL;
    ih_sbas_workspace *ws = NULL;
    double begin, seconds;
    size_t rounds = 0;
    ih_status st;

    options.looks = 41;
    st = ih_sbas_plan_new(s->network, &options, &plan, NULL);
    if (st == IH_OK)
        st = ih_sbas_workspace_new(plan, &ws, NULL);
    if (st == IH_OK)
        st = ih_sbas_invert(plan, ws, &in, &out, NULL); /* touches all memory */
    begin = now();
    do {
        if (st == IH_OK)
            st = ih_sbas_invert(plan, ws, &in, &out, NULL);
        rounds++;
        seconds = now() - begin;
    } while (st == IH_OK && seconds < LEAST_SECONDS);
    *microseconds = 1e6 * seconds / ((double)rounds * PIXELS);
    ih_sbas_workspace_free(ws);
    ih_sbas_plan_free(plan);
    return st;
}

/* Weighted rows of the velocity design for one pixel; returns how many are valid. */
static size_t weighted_system(const struct stack *s, const float *weights, size_t pixel, float *a,
                              float *b)
{
    const ih_network *net = s->network;
    size_t n = net->n_dates - 1, m = 0;

    for (size_t k = 0; k < net->n_pairs; k++) {
        float value = s->phase[k * PIXELS + pixel];
        float root = sqrtf(weights[s->quality[k * PIXELS + pixel]]);

        if (isnan(value))
            continue;
        memset(a + m * n, 0, n * sizeof *a);
        for (size_t d = net->reference_index[k]; d < net->secondary_index[k]; d++)
            a[m * n + d] = root * 12.0f / 365.25f;
        b[m++] = root * value;
    }
    return m;
}

/* Microseconds per pixel of sgelsd. */
static ih_status time_svd(const struct stack *s, double *microseconds)
{
    size_t n = s->network->n_dates - 1, m = s->network->n_pairs;
    float weights[IH_QUALITY_LEVELS];
    float *a = ih_alloc(m * n, sizeof *a), *b = ih_alloc(m, sizeof *b),
          *values = ih_alloc(n, sizeof *b);
    ih_status st = ih_weight_table(IH_WEIGHT_VARIANCE, 41, weights, NULL);
    double begin = now();
    lapack_int rank;

    if (!a || !b || !values)
        st = IH_E_MEMORY;
    for (size_t p = 0; st == IH_OK && p < PIXELS_BY_SVD; p++) {
        size_t rows = weighted_system(s, weights, p, a, b);

        if (rows < n || LAPACKE_sgelsd(LAPACK_ROW_MAJOR, (lapack_int)rows, (lapack_int)n, 1, a,
                                       (lapack_int)n, b, 1, values, 1e-5f, &rank) != 0)
            st = IH_E_NUMERIC;
    }
    *microseconds = 1e6 * (now() - begin) / PIXELS_BY_SVD;
    free(values);
    free(b);
    free(a);
    return st;
}

int main(int argc, char **argv)
{
    static const size_t dates[] = {30, 100, 300};
    double missing = argc > 1 ? atof(argv[1]) : 0.02;

    ih_solve_single_threaded();
    printf("dates pairs  inversion us/pixel  float32 SVD us/pixel  ratio\n");
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
        struct stack stack = {0};
        double inversion = 0, svd = 0;
        ih_status st = make_stack(&stack, dates[i], missing);

        if (st == IH_OK)
            st = time_inversion(&stack, &inversion);
        if (st == IH_OK)
            st = time_svd(&stack, &svd);
        if (st == IH_OK)
            printf("%5zu %5zu %19.2f %21.0f %6.0f\n", dates[i], stack.network->n_pairs, inversion,
                   svd, svd / inversion);
        else
            fprintf(stderr, "%zu dates: %s\n", dates[i], ih_status_text(st));
        free_stack(&stack);
        if (st != IH_OK)
            return 1;
    }
    return 0;
}
