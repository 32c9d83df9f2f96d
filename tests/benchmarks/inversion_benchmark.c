/* SPDX-License-Identifier: MIT
 *
 * Time of the weighted inversion per pixel on one core, with gaps and temporal coherence, beside a
 * float32 singular value solver called for every pixel (what MintPy does, without its interpreter);
 * what the choices of the inversion cost beside it; and what a second thread gains.
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
    float *covariance, *variance; /* of the functions and of the dates; NULL = not wanted */
};

/* Processor time of the thread. */
static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
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
    free(s->covariance);
    free(s->variance);
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

/* Inverts a stack again and again; *pixels counts those done after the first round, which touches
 * all memory. */
static ih_status invert_rounds(struct stack *s, const ih_sbas_plan *plan, double least_seconds,
                               double *seconds, double *pixels)
{
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
                          .residual_count = s->count,
                          .function_covariance = s->covariance,
                          .date_variance_rad2 = s->variance};
    ih_sbas_workspace *ws = NULL;
    ih_status st = ih_sbas_workspace_new(plan, &ws, NULL);
    double begin;

    if (st == IH_OK)
        st = ih_sbas_invert(plan, ws, &in, &out, NULL);
    begin = now();
    *pixels = 0;
    do {
        if (st == IH_OK)
            st = ih_sbas_invert(plan, ws, &in, &out, NULL);
        *pixels += PIXELS;
        *seconds = now() - begin;
    } while (st == IH_OK && *seconds < least_seconds);
    ih_sbas_workspace_free(ws);
    return st;
}

/* Microseconds per pixel of the inversion. */
static ih_status time_inversion(struct stack *s, const ih_sbas_options *options,
                                double *microseconds)
{
    ih_sbas_plan *plan = NULL;
    double seconds = 0, pixels = 1;
    ih_status st = ih_sbas_plan_new(s->network, options, &plan, NULL);

    if (st == IH_OK)
        st = invert_rounds(s, plan, LEAST_SECONDS, &seconds, &pixels);
    *microseconds = 1e6 * seconds / pixels;
    ih_sbas_plan_free(plan);
    return st;
}

/* Pixels per second on two threads over that of one, each with pixels of its own; seconds are those
 * of the processor, so other programs do not matter. */
static ih_status time_threads(struct stack *stacks, const ih_sbas_options *options, double *gain)
{
    double rate[2] = {0};
    ih_sbas_plan *plan = NULL;
    ih_status st = ih_sbas_plan_new(stacks[0].network, options, &plan, NULL);

    for (int threads = 1; threads <= 2 && st == IH_OK; threads++)
#pragma omp parallel for num_threads(threads)
        for (int i = 0; i < threads; i++) {
            double seconds = 1, pixels = 0;
            ih_status mine =
                invert_rounds(&stacks[i], plan, threads * LEAST_SECONDS, &seconds, &pixels);

#pragma omp critical
            {
                st = mine != IH_OK ? mine : st;
                rate[threads - 1] += pixels / seconds;
            }
        }
    *gain = rate[1] / rate[0];
    ih_sbas_plan_free(plan);
    return st;
}

/* Cost of each choice as a multiple of the plain inversion. */
static ih_status print_choices(struct stack *s, double plain)
{
    size_t n = s->network->n_dates;
    double *functions = ih_calloc(2 * n, sizeof *functions), microseconds;
    ih_sbas_options options = IH_SBAS_DEFAULTS;
    ih_status st = functions ? IH_OK : IH_E_MEMORY;

    options.looks = 41;
    options.norm = IH_NORM_L1;
    if (st == IH_OK)
        st = time_inversion(s, &options, &microseconds);
    if (st == IH_OK)
        printf("    least absolute residuals     %8.2f us/pixel, %5.1f times\n", microseconds,
               microseconds / plain);
    for (size_t d = 0; st == IH_OK && d < n; d++) {
        functions[d] = 1.0;
        functions[n + d] = (double)d;
    }
    options.norm = IH_NORM_L2;
    options.functions = functions;
    options.n_functions = 2;
    s->covariance = ih_alloc(3 * PIXELS, sizeof *s->covariance);
    if (st == IH_OK)
        st = time_inversion(s, &options, &microseconds);
    if (st == IH_OK)
        printf("    covariance of two functions  %8.2f us/pixel, %5.1f times\n", microseconds,
               microseconds / plain);
    free(s->covariance);
    s->covariance = NULL;
    options.n_functions = 0;
    options.date_variance = true;
    s->variance = ih_alloc(n * PIXELS, sizeof *s->variance);
    if (st == IH_OK)
        st = time_inversion(s, &options, &microseconds);
    if (st == IH_OK)
        printf("    variance of every date       %8.2f us/pixel, %5.1f times\n", microseconds,
               microseconds / plain);
    free(s->variance);
    s->variance = NULL;
    free(functions);
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

/* One line for a network of so many dates, and the choices below it. */
static ih_status print_network(size_t n_dates, double missing)
{
    struct stack stacks[2] = {{0}, {0}};
    ih_sbas_options options = IH_SBAS_DEFAULTS;
    double inversion = 0, svd = 0, gain = 0;
    ih_status st = make_stack(&stacks[0], n_dates, missing);

    options.looks = 41;
    if (st == IH_OK)
        st = make_stack(&stacks[1], n_dates, missing);
    if (st == IH_OK)
        st = time_inversion(&stacks[0], &options, &inversion);
    if (st == IH_OK)
        st = time_threads(stacks, &options, &gain);
    if (st == IH_OK)
        st = time_svd(&stacks[0], &svd);
    if (st == IH_OK) {
        printf("%5zu %5zu %19.2f %16.2f %21.0f %6.0f %8.2f\n", n_dates, stacks[0].network->n_pairs,
               inversion, 1 / inversion, svd, svd / inversion, gain);
        st = print_choices(&stacks[0], inversion);
    }
    free_stack(&stacks[0]);
    free_stack(&stacks[1]);
    return st;
}

int main(int argc, char **argv)
{
    static const size_t dates[] = {30, 100, 300};
    double missing = argc > 1 ? atof(argv[1]) : 0.02;

    ih_solve_single_threaded();
    printf("%g of the observations missing, all weighted, temporal coherence included\n", missing);
    printf("dates pairs  inversion us/pixel  million pixels/s  float32 SVD us/pixel  ratio  "
           "2 threads\n");
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
        ih_status st = print_network(dates[i], missing);

        if (st != IH_OK) {
            fprintf(stderr, "%zu dates: %s\n", dates[i], ih_status_text(st));
            return 1;
        }
    }
    return 0;
}
