/* SPDX-License-Identifier: MIT
 *
 * Time per pixel, on one core, of counting ambiguous triplets and of the average phase velocity,
 * for networks of nearest 3.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "algorithms/alloc.h"
#include "algorithms/closure.h"
#include "algorithms/stacking.h"

#define CONNECTIONS   3
#define PIXELS        8192
#define LEAST_SECONDS 0.5

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
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

/* Microseconds per pixel of one of the two, for a counter or, without, for stacking. */
static ih_status measure(const ih_phase_block *block, ih_closure_counter *counter,
                         const ih_stacking_options *stacking, double *microseconds)
{
    uint32_t *counts = ih_alloc(2 * PIXELS, sizeof *counts);
    float *velocity = ih_alloc(PIXELS, sizeof *velocity);
    ih_status st = counts && velocity ? IH_OK : IH_E_MEMORY;
    double begin = now(), seconds = 0;
    size_t rounds = 0;

    while (st == IH_OK && seconds < LEAST_SECONDS) {
        st = counter ? ih_closure_count(counter, block, counts, counts + PIXELS, NULL)
                     : ih_stacking_velocity(stacking, block, velocity, counts, NULL);
        rounds++;
        seconds = now() - begin;
    }
    *microseconds = 1e6 * seconds / ((double)rounds * PIXELS);
    free(velocity);
    free(counts);
    return st;
}

static ih_status run(size_t n_dates)
{
    ih_network *network = NULL;
    ih_triplet_list *list = NULL;
    ih_closure_counter *counter = NULL;
    float *phase = NULL;
    double closure = 0, stacking = 0;
    ih_status st = make_network(n_dates, &network);

    if (st == IH_OK)
        st = ih_triplet_list_new(network, NULL, &list, NULL);
    if (st == IH_OK)
        st = ih_closure_counter_new(list, IH_MISSING_LEFT_OUT, &counter, NULL);
    if (st == IH_OK) {
        phase = ih_alloc(network->n_pairs * PIXELS, sizeof *phase);
        st = phase ? IH_OK : IH_E_MEMORY;
    }
    if (st == IH_OK) {
        ih_phase_block block = {.n_pixels = PIXELS, .phase_rad = phase, .pair_stride = PIXELS};
        ih_stacking_options options = {.network = network, .wavelength_m = 0.0555};

        for (size_t i = 0; i < network->n_pairs * PIXELS; i++)
            phase[i] = rand() % 50 ? (float)(rand() % 2000) / 100.0f : NAN;
        st = measure(&block, counter, NULL, &closure);
        if (st == IH_OK)
            st = measure(&block, NULL, &options, &stacking);
    }
    if (st == IH_OK)
        printf("%5zu %5zu %8zu %16.3f %17.3f\n", n_dates, network->n_pairs, list->n_triplets,
               closure, stacking);
    free(phase);
    ih_closure_counter_free(counter);
    ih_triplet_list_free(list);
    ih_network_free(network);
    return st;
}

int main(void)
{
    static const size_t dates[] = {30, 100, 300};

    printf("dates pairs triplets  closure us/pixel  stacking us/pixel\n");
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
        ih_status st = run(dates[i]);

        if (st != IH_OK) {
            fprintf(stderr, "%zu dates: %s\n", dates[i], ih_status_text(st));
            return 1;
        }
    }
    return 0;
}
