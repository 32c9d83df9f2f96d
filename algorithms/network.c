/* SPDX-License-Identifier: MIT */
#include "algorithms/network.h"

#include <math.h>
#include <string.h>

#include <lapacke.h>

#include "algorithms/alloc.h"
#include "algorithms/disjoint_sets.h"
#include "algorithms/solve.h"

/* Far above any archive; keeps every index in 32 bits. */
#define MAX_PAIRS ((size_t)1 << 24)

static ih_status check_pairs(size_t n_pairs, const int32_t *reference_days,
                             const int32_t *secondary_days, ih_error *err)
{
    for (size_t k = 0; k < n_pairs; k++) {
        if (reference_days[k] >= secondary_days[k])
            return ih_fail(
                err, IH_E_ARGUMENT,
                "pair %zu (days %d and %d): the reference date is not before the secondary", k,
                (int)reference_days[k], (int)secondary_days[k]);
        if (k > 0 && (reference_days[k] < reference_days[k - 1] ||
                      (reference_days[k] == reference_days[k - 1] &&
                       secondary_days[k] <= secondary_days[k - 1])))
            return ih_fail(err, IH_E_ARGUMENT, "pair %zu (days %d and %d) is %s", k,
                           (int)reference_days[k], (int)secondary_days[k],
                           reference_days[k] == reference_days[k - 1] &&
                                   secondary_days[k] == secondary_days[k - 1]
                               ? "there twice"
                               : "out of order");
    }
    return IH_OK;
}

static int compare_days(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

    return (x > y) - (x < y);
}

/* Sorts the dates of all pairs in place and keeps each once; returns how many are left. */
static size_t unique_days(int32_t *days, size_t n)
{
    size_t kept = 0;

    qsort(days, n, sizeof *days, compare_days);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || days[kept - 1] != days[i])
            days[kept++] = days[i];
    return kept;
}

/* The day is known to be among the dates. */
static uint32_t index_of_day(const ih_network *network, int32_t day)
{
    const int32_t *found =
        bsearch(&day, network->date_days, network->n_dates, sizeof day, compare_days);

    return (uint32_t)(found - network->date_days);
}

static void index_pairs(ih_network *network, const int32_t *reference_days,
                        const int32_t *secondary_days)
{
    for (size_t k = 0; k < network->n_pairs; k++) {
        uint32_t i = index_of_day(network, reference_days[k]);
        uint32_t j = index_of_day(network, secondary_days[k]);

        network->reference_index[k] = i;
        network->secondary_index[k] = j;
        if (j - i > network->bandwidth)
            network->bandwidth = j - i;
    }
}

ih_status ih_network_new(size_t n_pairs, const int32_t *reference_days,
                         const int32_t *secondary_days, const double *perpendicular_baseline_m,
                         ih_network **out, ih_error *err)
{
    ih_network *network = NULL;
    ih_status st = IH_OK;

    *out = NULL;
    if (n_pairs == 0)
        return ih_fail(err, IH_E_ARGUMENT, "a network needs at least one pair");
    if (n_pairs > MAX_PAIRS)
        return ih_fail(err, IH_E_ARGUMENT, "%zu pairs are more than the %zu a network can hold",
                       n_pairs, MAX_PAIRS);
    st = check_pairs(n_pairs, reference_days, secondary_days, err);
    if (st != IH_OK)
        return st;

    network = ih_calloc(1, sizeof *network);
    if (!network)
        goto no_memory;
    network->n_pairs = n_pairs;
    network->date_days = ih_alloc(2 * n_pairs, sizeof *network->date_days);
    network->reference_index = ih_alloc(n_pairs, sizeof *network->reference_index);
    network->secondary_index = ih_alloc(n_pairs, sizeof *network->secondary_index);
    network->perpendicular_baseline_m =
        ih_alloc(n_pairs, sizeof *network->perpendicular_baseline_m);
    if (!network->date_days || !network->reference_index || !network->secondary_index ||
        !network->perpendicular_baseline_m)
        goto no_memory;

    memcpy(network->date_days, reference_days, n_pairs * sizeof *reference_days);
    memcpy(network->date_days + n_pairs, secondary_days, n_pairs * sizeof *secondary_days);
    network->n_dates = unique_days(network->date_days, 2 * n_pairs);
    index_pairs(network, reference_days, secondary_days);
    for (size_t k = 0; k < n_pairs; k++)
        network->perpendicular_baseline_m[k] =
            perpendicular_baseline_m ? perpendicular_baseline_m[k] : (double)NAN;

    network->component = ih_alloc(network->n_dates, sizeof *network->component);
    if (!network->component)
        goto no_memory;
    ih_sets_clear(network->component, network->n_dates);
    for (size_t k = 0; k < n_pairs; k++)
        ih_sets_join(network->component, network->reference_index[k], network->secondary_index[k]);
    network->n_components = ih_sets_number(network->component, network->n_dates);

    *out = network;
    return IH_OK;

no_memory:
    ih_network_free(network);
    return ih_fail(err, IH_E_MEMORY, "a network of %zu pairs", n_pairs);
}

void ih_network_free(ih_network *network)
{
    if (!network)
        return;
    free(network->date_days);
    free(network->reference_index);
    free(network->secondary_index);
    free(network->perpendicular_baseline_m);
    free(network->component);
    free(network);
}

/* Normal equations of the pairs with known baseline, lower band, one column per date. */
static void assemble_baselines(const ih_network *network, double *band, double *rhs)
{
    size_t rows = network->bandwidth + 1;

    for (size_t k = 0; k < network->n_pairs; k++) {
        size_t i = network->reference_index[k], j = network->secondary_index[k];
        double b = network->perpendicular_baseline_m[k];

        if (!isfinite(b))
            continue;
        band[i * rows] += 1.0;
        band[j * rows] += 1.0;
        band[i * rows + (j - i)] = -1.0;
        rhs[i] -= b;
        rhs[j] += b;
    }
}

/* Fixes the first date of every part, which has later partners only, at 0: its row and column
 * become those of the unit matrix. sets[d] is a smaller date of the same part, or d itself for the
 * first. */
static void ground_baselines(const ih_network *network, const uint32_t *sets, double *band,
                             double *rhs)
{
    size_t rows = network->bandwidth + 1;

    for (size_t d = 0; d < network->n_dates; d++) {
        if (sets[d] != d)
            continue;
        band[d * rows] = 1.0;
        for (size_t r = 1; r < rows; r++)
            band[d * rows + r] = 0.0;
        rhs[d] = 0.0;
    }
}

ih_status ih_network_date_baselines(const ih_network *network, double *baseline_m, ih_error *err)
{
    size_t n = network->n_dates, rows = network->bandwidth + 1;
    double *band = NULL;
    uint32_t *sets = NULL, *touched = NULL;
    ih_status st = IH_OK;

    if (n <= SIZE_MAX / rows)
        band = ih_calloc(n * rows, sizeof *band);
    sets = ih_alloc(n, sizeof *sets);
    touched = ih_calloc(n, sizeof *touched);
    if (!band || !sets || !touched) {
        st = ih_fail(err, IH_E_MEMORY, "baselines of %zu dates", n);
        goto done;
    }

    ih_sets_clear(sets, n);
    for (size_t k = 0; k < network->n_pairs; k++) {
        if (!isfinite(network->perpendicular_baseline_m[k]))
            continue;
        ih_sets_join(sets, network->reference_index[k], network->secondary_index[k]);
        touched[network->reference_index[k]] = touched[network->secondary_index[k]] = 1;
    }
    memset(baseline_m, 0, n * sizeof *baseline_m);
    assemble_baselines(network, band, baseline_m);
    ground_baselines(network, sets, band, baseline_m);

    ih_solve_single_threaded();
    if (LAPACKE_dpbsv(LAPACK_COL_MAJOR, 'L', (lapack_int)n, (lapack_int)network->bandwidth, 1, band,
                      (lapack_int)rows, baseline_m, (lapack_int)n) != 0) {
        st = ih_fail(err, IH_E_NUMERIC, "the baselines of the dates have no solution");
        goto done;
    }
    for (size_t d = 0; d < n; d++)
        if (!touched[d])
            baseline_m[d] = (double)NAN;

done:
    free(touched);
    free(sets);
    free(band);
    return st;
}

void ih_network_centre_baselines(const ih_network *network, double *baseline_m)
{
    for (uint32_t part = 1; part < network->n_components; part++) {
        double sum = 0.0, count = 0.0;

        for (size_t d = 0; d < network->n_dates; d++)
            if (network->component[d] == part) {
                sum += baseline_m[d];
                count += 1.0;
            }
        for (size_t d = 0; d < network->n_dates; d++)
            if (network->component[d] == part)
                baseline_m[d] -= sum / count;
    }
}
