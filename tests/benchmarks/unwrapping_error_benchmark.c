/* SPDX-License-Identifier: MIT
 *
 * Corrects the unwrapping errors of a stack in a plain file and tells the time of each pass on one
 * core; unwrapping_error_benchmark.py makes the file from a simulation and judges the result.
 *
 *   unwrapping_error_benchmark RADIUS < stack > cycles
 *
 * stack, in the machine's byte order: int64 pairs, columns, rows; int32 reference days, secondary
 * days, [pair]; float32 phase of the reference pixel, [pair]; float32 phase, [pair][row][column].
 * cycles: int8, [pair][row][column]. Times go to standard error.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "algorithms/alloc.h"
#include "algorithms/sbas.h"
#include "algorithms/unwrapping_error.h"

struct stack {
    int64_t n_pairs, nx, ny;
    size_t n_pixels, stride;
    int32_t *reference_days, *secondary_days;
    float *reference_phase, *phase;
    int8_t *misclosure;
    ih_network *network;
};

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int read_array(void *array, size_t size, size_t n)
{
    return array && fread(array, size, n, stdin) == n;
}

static void free_stack(struct stack *s)
{
    ih_network_free(s->network);
    free(s->reference_days);
    free(s->secondary_days);
    free(s->reference_phase);
    free(s->phase);
    free(s->misclosure);
}

static int read_stack(struct stack *s)
{
    size_t n;

    if (!read_array(&s->n_pairs, 8, 1) || !read_array(&s->nx, 8, 1) || !read_array(&s->ny, 8, 1) ||
        s->n_pairs < 1 || s->nx < 1 || s->ny < 1 || s->n_pairs > 65535 || s->nx > 100000 ||
        s->ny > 100000)
        return 0;
    n = (size_t)s->n_pairs;
    s->n_pixels = (size_t)s->nx * (size_t)s->ny;
    s->stride = (s->n_pixels + IH_LANES - 1) / IH_LANES * IH_LANES;
    s->reference_days = ih_alloc(n, sizeof *s->reference_days);
    s->secondary_days = ih_alloc(n, sizeof *s->secondary_days);
    s->reference_phase = ih_alloc(n, sizeof *s->reference_phase);
    s->phase = ih_calloc(n * s->stride, sizeof *s->phase);
    s->misclosure = ih_calloc(n * s->stride, sizeof *s->misclosure);
    if (!s->misclosure || !read_array(s->reference_days, 4, n) ||
        !read_array(s->secondary_days, 4, n) || !read_array(s->reference_phase, 4, n) || !s->phase)
        return 0;
    for (size_t k = 0; k < n; k++)
        if (!read_array(s->phase + k * s->stride, 4, s->n_pixels))
            return 0;
    return 1;
}

static ih_status correct(struct stack *s, size_t radius, double seconds[5], ih_error *err)
{
    const ih_unwrapping_block block = {.n_pixels = s->n_pixels,
                                       .phase_rad = s->phase,
                                       .pair_stride = s->stride,
                                       .misclosure = s->misclosure,
                                       .misclosure_stride = s->stride,
                                       .reference_phase_rad = s->reference_phase};
    ih_unwrapping_plan *plan = NULL;
    ih_unwrapping_workspace *ws = NULL;
    double begin;
    ih_status st = ih_network_new((size_t)s->n_pairs, s->reference_days, s->secondary_days, NULL,
                                  &s->network, err);

    if (st == IH_OK)
        st = ih_unwrapping_plan_new(s->network, &plan, err);
    if (st == IH_OK)
        st = ih_unwrapping_workspace_new(plan, &ws, err);
    begin = now();
    if (st == IH_OK)
        st = ih_unwrapping_residual(plan, ws, &block, err);
    seconds[0] = now() - begin;
    begin = now();
    for (size_t k = 0; k < (size_t)s->n_pairs && st == IH_OK; k++)
        st = ih_unwrapping_smooth(s->misclosure + k * s->stride, (size_t)s->nx, (size_t)s->ny,
                                  radius, err);
    seconds[1] = now() - begin;
    begin = now();
    if (st == IH_OK)
        st = ih_unwrapping_correct(plan, ws, &block, NULL, err);
    seconds[2] = now() - begin;
    begin = now();
    for (size_t k = 0; k < (size_t)s->n_pairs && st == IH_OK; k++)
        st = ih_unwrapping_spread(s->misclosure + k * s->stride, (size_t)s->nx, (size_t)s->ny,
                                  IH_UNWRAPPING_REACH, err);
    seconds[3] = now() - begin;
    begin = now();
    if (st == IH_OK)
        st = ih_unwrapping_adopt(plan, ws, &block, NULL, err);
    seconds[4] = now() - begin;
    ih_unwrapping_workspace_free(ws);
    ih_unwrapping_plan_free(plan);
    return st;
}

int main(int argc, char **argv)
{
    static const char *const passes[] = {"misclosure", "smoothing", "correction", "spreading",
                                         "adoption"};
    struct stack s = {0};
    double seconds[5] = {0};
    ih_error err = {0};
    int status = EXIT_FAILURE;

    if (argc != 2 || !read_stack(&s)) {
        fprintf(stderr, "usage: %s RADIUS < stack > cycles\n", argv[0]);
        goto done;
    }
    if (correct(&s, strtoul(argv[1], NULL, 10), seconds, &err) != IH_OK) {
        fprintf(stderr, "%s\n", err.text);
        goto done;
    }
    for (int i = 0; i < 5; i++)
        fprintf(stderr, "%s: %.2f us per pixel\n", passes[i],
                1e6 * seconds[i] / (double)s.n_pixels);
    for (size_t k = 0; k < (size_t)s.n_pairs; k++)
        if (fwrite(s.misclosure + k * s.stride, 1, s.n_pixels, stdout) != s.n_pixels)
            goto done;
    status = EXIT_SUCCESS;

done:
    free_stack(&s);
    return status;
}
