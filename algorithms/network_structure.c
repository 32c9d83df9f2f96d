/* SPDX-License-Identifier: MIT */
#include "algorithms/network_structure.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "algorithms/alloc.h"
#include "algorithms/disjoint_sets.h"

static bool kept(const uint8_t *keep, size_t pair)
{
    return !keep || keep[pair];
}

static void number_components(const ih_network *network, const uint8_t *keep,
                              ih_network_structure *s)
{
    uint32_t n = 0;

    /* Sets of one are the dates without a pair; they get no number. */
    ih_sets_clear(s->component, network->n_dates);
    for (size_t k = 0; k < network->n_pairs; k++)
        if (kept(keep, k))
            ih_sets_join(s->component, network->reference_index[k], network->secondary_index[k]);
    for (size_t d = 0; d < network->n_dates; d++) {
        if (s->component[d] == d)
            s->component[d] = s->pairs_per_date[d] ? n++ : IH_NO_COMPONENT;
        else /* parents come first, so they have their number already */
            s->component[d] = s->component[s->component[d]];
    }
    s->n_components = n;
}

/* Depth-first search without recursion, which a long chain of dates would exhaust. */
struct search {
    size_t *first;      /* [date + 1] where a date's partners begin */
    uint32_t *partner;  /* [2 pair] */
    uint32_t *via;      /* [2 pair] the pair that leads there */
    size_t *next;       /* [date] partner to look at next */
    uint32_t *stack;    /* [date] dates from the root to the present one */
    uint32_t *entered;  /* [date] order of discovery from 1; 0 = not yet */
    uint32_t *earliest; /* [date] earliest discovered date within reach */
    uint32_t *entry;    /* [date] pair by which it was discovered */
};

static void free_search(struct search *s)
{
    free(s->first);
    free(s->partner);
    free(s->via);
    free(s->next);
    free(s->stack);
    free(s->entered);
    free(s->earliest);
    free(s->entry);
}

static bool new_search(const ih_network *network, struct search *s)
{
    size_t n = network->n_dates, m = network->n_pairs;

    s->first = ih_calloc(n + 1, sizeof *s->first);
    s->partner = ih_alloc(2 * m, sizeof *s->partner);
    s->via = ih_alloc(2 * m, sizeof *s->via);
    s->next = ih_alloc(n, sizeof *s->next);
    s->stack = ih_alloc(n, sizeof *s->stack);
    s->entered = ih_calloc(n, sizeof *s->entered);
    s->earliest = ih_alloc(n, sizeof *s->earliest);
    s->entry = ih_alloc(n, sizeof *s->entry);
    return s->first && s->partner && s->via && s->next && s->stack && s->entered && s->earliest &&
           s->entry;
}

static void list_partners(const ih_network *network, const uint8_t *keep, struct search *s)
{
    for (size_t k = 0; k < network->n_pairs; k++)
        if (kept(keep, k)) {
            s->first[network->reference_index[k] + 1]++;
            s->first[network->secondary_index[k] + 1]++;
        }
    for (size_t d = 0; d < network->n_dates; d++) {
        s->first[d + 1] += s->first[d];
        s->next[d] = s->first[d];
    }
    for (size_t k = 0; k < network->n_pairs; k++) {
        uint32_t i = network->reference_index[k], j = network->secondary_index[k];

        if (!kept(keep, k))
            continue;
        s->via[s->next[i]] = s->via[s->next[j]] = (uint32_t)k;
        s->partner[s->next[i]++] = j;
        s->partner[s->next[j]++] = i;
    }
    for (size_t d = 0; d < network->n_dates; d++)
        s->next[d] = s->first[d];
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* A date from which nothing before its discoverer can be reached hangs on a bridge. */
static void search_from(struct search *s, uint32_t root, uint32_t *order, uint8_t *bridge)
{
    size_t depth = 0;

    s->stack[0] = root;
    s->entry[root] = UINT32_MAX;
    s->entered[root] = s->earliest[root] = ++*order;
    for (;;) {
        uint32_t d = s->stack[depth];

        if (s->next[d] < s->first[d + 1]) {
            size_t e = s->next[d]++;
            uint32_t to = s->partner[e];

            if (s->via[e] == s->entry[d])
                continue;
            if (s->entered[to]) {
                s->earliest[d] = smaller(s->earliest[d], s->entered[to]);
                continue;
            }
            s->entry[to] = s->via[e];
            s->entered[to] = s->earliest[to] = ++*order;
            s->stack[++depth] = to;
            continue;
        }
        if (depth-- == 0)
            return;
        s->earliest[s->stack[depth]] = smaller(s->earliest[s->stack[depth]], s->earliest[d]);
        if (s->earliest[d] > s->entered[s->stack[depth]])
            bridge[s->entry[d]] = 1;
    }
}

static ih_status find_bridges(const ih_network *network, const uint8_t *keep,
                              ih_network_structure *out, ih_error *err)
{
    struct search s = {0};
    uint32_t order = 0;
    ih_status st = IH_OK;

    if (new_search(network, &s)) {
        list_partners(network, keep, &s);
        for (size_t d = 0; d < network->n_dates; d++)
            if (!s.entered[d])
                search_from(&s, (uint32_t)d, &order, out->bridge);
        for (size_t k = 0; k < network->n_pairs; k++)
            out->n_bridges += out->bridge[k];
    } else {
        st = ih_fail(err, IH_E_MEMORY, "the structure of %zu pairs", network->n_pairs);
    }
    free_search(&s);
    return st;
}

static size_t find_weakest(const ih_network *network, const uint8_t *keep,
                           const double *mean_coherence, const ih_network_structure *s,
                           double *sums)
{
    size_t weakest = SIZE_MAX;

    for (size_t k = 0; mean_coherence && k < network->n_pairs; k++)
        if (kept(keep, k) && mean_coherence[k] > 0) {
            sums[network->reference_index[k]] += mean_coherence[k];
            sums[network->secondary_index[k]] += mean_coherence[k];
        }
    for (size_t d = 0; d < network->n_dates; d++) {
        uint32_t n = s->pairs_per_date[d];

        if (n == 0)
            continue;
        /* with as many pairs, the lower sum is the lower mean */
        if (weakest == SIZE_MAX || n < s->pairs_per_date[weakest] ||
            (n == s->pairs_per_date[weakest] && sums[d] < sums[weakest]))
            weakest = d;
    }
    return weakest;
}

static void count_pairs(const ih_network *network, const uint8_t *keep, ih_network_structure *s)
{
    for (size_t k = 0; k < network->n_pairs; k++)
        if (kept(keep, k)) {
            s->n_pairs++;
            s->pairs_per_date[network->reference_index[k]]++;
            s->pairs_per_date[network->secondary_index[k]]++;
        }
    for (size_t d = 0; d < network->n_dates; d++)
        s->n_dates += s->pairs_per_date[d] > 0;
    s->n_isolated = network->n_dates - s->n_dates;
}

ih_status ih_network_structure_new(const ih_network *network, const uint8_t *keep,
                                   const double *mean_coherence, ih_network_structure **out,
                                   ih_error *err)
{
    ih_network_structure *s = ih_calloc(1, sizeof *s);
    double *sums = ih_calloc(network->n_dates, sizeof *sums);
    ih_status st = IH_OK;

    *out = NULL;
    if (s) {
        s->component = ih_alloc(network->n_dates, sizeof *s->component);
        s->pairs_per_date = ih_calloc(network->n_dates, sizeof *s->pairs_per_date);
        s->bridge = ih_calloc(network->n_pairs, 1);
    }
    if (!s || !sums || !s->component || !s->pairs_per_date || !s->bridge) {
        st = ih_fail(err, IH_E_MEMORY, "the structure of %zu pairs", network->n_pairs);
        goto done;
    }
    count_pairs(network, keep, s);
    if (s->n_pairs == 0) {
        st = ih_fail(err, IH_E_ARGUMENT, "none of %zu pairs is kept", network->n_pairs);
        goto done;
    }
    number_components(network, keep, s);
    st = find_bridges(network, keep, s, err);
    s->weakest_date = find_weakest(network, keep, mean_coherence, s, sums);

done:
    free(sums);
    if (st == IH_OK)
        *out = s;
    else
        ih_network_structure_free(s);
    return st;
}

void ih_network_structure_free(ih_network_structure *structure)
{
    if (!structure)
        return;
    free(structure->component);
    free(structure->pairs_per_date);
    free(structure->bridge);
    free(structure);
}

/* Dates of both networks ascend. */
static void match_dates(const ih_network *network, const ih_network *subset, uint32_t *date_of)
{
    size_t d = 0;

    for (size_t i = 0; i < subset->n_dates; i++) {
        while (network->date_days[d] != subset->date_days[i])
            d++;
        date_of[i] = (uint32_t)d;
    }
}

ih_status ih_network_subset(const ih_network *network, const uint8_t *keep, ih_network **out,
                            uint32_t *pair_of, uint32_t *date_of, ih_error *err)
{
    size_t m = network->n_pairs, n = 0;
    int32_t *reference = ih_alloc(m, sizeof *reference),
            *secondary = ih_alloc(m, sizeof *reference);
    double *baseline = ih_alloc(m, sizeof *baseline);
    ih_status st;

    *out = NULL;
    if (!reference || !secondary || !baseline) {
        st = ih_fail(err, IH_E_MEMORY, "a network of %zu pairs", m);
        goto done;
    }
    for (size_t k = 0; k < m; k++) {
        if (!kept(keep, k))
            continue;
        reference[n] = network->date_days[network->reference_index[k]];
        secondary[n] = network->date_days[network->secondary_index[k]];
        baseline[n] = network->perpendicular_baseline_m[k];
        if (pair_of)
            pair_of[n] = (uint32_t)k;
        n++;
    }
    st = ih_network_new(n, reference, secondary, baseline, out, err);
    if (st == IH_OK && date_of)
        match_dates(network, *out, date_of);

done:
    free(baseline);
    free(secondary);
    free(reference);
    return st;
}

void ih_network_matrix(const ih_network *network, const uint8_t *keep, const double *value,
                       double *matrix)
{
    size_t n = network->n_dates;

    for (size_t i = 0; i < n * n; i++)
        matrix[i] = (double)NAN;
    for (size_t k = 0; k < network->n_pairs; k++) {
        size_t i = network->reference_index[k], j = network->secondary_index[k];

        matrix[j * n + i] = value[k];
        if (kept(keep, k))
            matrix[i * n + j] = value[k];
    }
}
