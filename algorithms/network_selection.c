/* SPDX-License-Identifier: MIT */
#include "algorithms/network_selection.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "algorithms/alloc.h"
#include "algorithms/disjoint_sets.h"

static const char *const verdict_texts[IH_PAIR_VERDICTS] = {
    [IH_PAIR_KEPT] = "kept",
    [IH_PAIR_KEPT_BY_TREE] = "kept for the minimum spanning tree",
    [IH_PAIR_NOT_LISTED] = "not in the list of pairs",
    [IH_PAIR_TEMPORAL_BASELINE] = "temporal baseline too long",
    [IH_PAIR_PERPENDICULAR_BASELINE] = "perpendicular baseline too long",
    [IH_PAIR_CONNECTION] = "beyond the number of connections",
    [IH_PAIR_EXCLUDED_INDEX] = "index excluded",
    [IH_PAIR_EXCLUDED_PAIR] = "pair excluded",
    [IH_PAIR_EXCLUDED_DATE] = "date excluded",
    [IH_PAIR_BEFORE_START] = "before the start date",
    [IH_PAIR_AFTER_END] = "after the end date",
    [IH_PAIR_COHERENCE] = "mean coherence too low",
    [IH_PAIR_AREA_RATIO] = "coherent area too small",
};

const char *ih_pair_verdict_text(uint8_t verdict)
{
    return verdict < IH_PAIR_VERDICTS ? verdict_texts[verdict] : "unknown";
}

double ih_round_to_four_decimals(double value)
{
    char text[64]; /* float32 has at most 39 digits before the point */

    if (!isfinite(value))
        return value;
    snprintf(text, sizeof text, "%.4f", (double)(float)value);
    return strtod(text, NULL);
}

/* A pair's quality and its place in the stack. */
struct edge {
    double quality;
    size_t pair;
};

static int best_first(const void *a, const void *b)
{
    const struct edge *x = a, *y = b;

    if (x->quality != y->quality)
        return x->quality > y->quality ? -1 : 1;
    return (x->pair > y->pair) - (x->pair < y->pair);
}

ih_status ih_network_spanning_tree(const ih_network *network, const uint8_t *candidate,
                                   const double *quality, uint8_t *in_tree, ih_error *err)
{
    struct edge *edges = ih_alloc(network->n_pairs, sizeof *edges);
    uint32_t *sets = ih_alloc(network->n_dates, sizeof *sets);
    size_t n = 0;
    ih_status st = IH_OK;

    if (!edges || !sets) {
        st = ih_fail(err, IH_E_MEMORY, "a spanning tree of %zu pairs", network->n_pairs);
        goto done;
    }
    for (size_t k = 0; k < network->n_pairs; k++)
        if (!candidate || candidate[k])
            edges[n++] = (struct edge){.quality = quality[k] > 0 ? quality[k] : 0, .pair = k};
    qsort(edges, n, sizeof *edges, best_first);

    memset(in_tree, 0, network->n_pairs);
    ih_sets_clear(sets, network->n_dates);
    for (size_t e = 0; e < n; e++) {
        uint32_t i = network->reference_index[edges[e].pair];
        uint32_t j = network->secondary_index[edges[e].pair];

        if (ih_sets_find(sets, i) == ih_sets_find(sets, j))
            continue;
        ih_sets_join(sets, i, j);
        in_tree[edges[e].pair] = 1;
    }

done:
    free(sets);
    free(edges);
    return st;
}

static int32_t reference_days(const ih_network *network, size_t pair)
{
    return network->date_days[network->reference_index[pair]];
}

static int32_t secondary_days(const ih_network *network, size_t pair)
{
    return network->date_days[network->secondary_index[pair]];
}

/* Index of a pair of dates, n_pairs when the stack has none: pairs are in order of their dates. */
static size_t find_pair(const ih_network *network, ih_pair_days wanted)
{
    size_t low = 0, high = network->n_pairs;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int32_t r = reference_days(network, middle), s = secondary_days(network, middle);

        if (r < wanted.reference_days || (r == wanted.reference_days && s < wanted.secondary_days))
            low = middle + 1;
        else
            high = middle;
    }
    if (low < network->n_pairs && reference_days(network, low) == wanted.reference_days &&
        secondary_days(network, low) == wanted.secondary_days)
        return low;
    return network->n_pairs;
}

static size_t find_date(const ih_network *network, int32_t days)
{
    size_t d = 0;

    while (d < network->n_dates && network->date_days[d] != days)
        d++;
    return d;
}

static void drop(uint8_t *verdict, enum ih_pair_verdict why)
{
    if (ih_pair_is_kept(*verdict))
        *verdict = (uint8_t)why;
}

static ih_status keep_listed(const ih_network *network, const ih_selection_criteria *c,
                             uint8_t *verdict, ih_selection_summary *summary, ih_error *err)
{
    uint8_t *listed = ih_calloc(network->n_pairs, 1);

    if (!listed)
        return ih_fail(err, IH_E_MEMORY, "a selection of %zu pairs", network->n_pairs);
    for (size_t i = 0; i < c->n_listed_pairs; i++) {
        size_t k = find_pair(network, c->listed_pairs[i]);

        if (k < network->n_pairs)
            listed[k] = 1;
        else
            summary->n_unmatched_listed++;
    }
    for (size_t k = 0; k < network->n_pairs; k++)
        if (!listed[k])
            drop(&verdict[k], IH_PAIR_NOT_LISTED);
    free(listed);
    return IH_OK;
}

static void limit_baselines(const ih_network *network, const ih_selection_criteria *c,
                            uint8_t *verdict, ih_selection_summary *summary)
{
    for (size_t k = 0; k < network->n_pairs; k++) {
        double days = (double)secondary_days(network, k) - (double)reference_days(network, k);
        double baseline = fabs(network->perpendicular_baseline_m[k]);
        uint32_t steps = network->secondary_index[k] - network->reference_index[k];

        if (days > c->max_temporal_baseline_days)
            drop(&verdict[k], IH_PAIR_TEMPORAL_BASELINE);
        if (baseline > c->max_perpendicular_baseline_m)
            drop(&verdict[k], IH_PAIR_PERPENDICULAR_BASELINE);
        if (isnan(baseline) && !isnan(c->max_perpendicular_baseline_m) &&
            ih_pair_is_kept(verdict[k]))
            summary->n_unknown_baseline++;
        if (c->max_connections && steps > c->max_connections)
            drop(&verdict[k], IH_PAIR_CONNECTION);
    }
}

static ih_status exclude_indices(const ih_network *network, const ih_selection_criteria *c,
                                 uint8_t *verdict, ih_error *err)
{
    for (size_t i = 0; i < c->n_excluded_indices; i++) {
        ih_index_range range = c->excluded_indices[i];

        if (range.first > range.last || range.last >= network->n_pairs)
            return ih_fail(err, IH_E_ARGUMENT,
                           "excluded pairs %zu:%zu: a range ascends within 0:%zu", range.first,
                           range.last, network->n_pairs - 1);
        for (size_t k = range.first; k <= range.last; k++)
            drop(&verdict[k], IH_PAIR_EXCLUDED_INDEX);
    }
    return IH_OK;
}

static void exclude_dates(const ih_network *network, const ih_selection_criteria *c,
                          uint8_t *verdict, ih_selection_summary *summary)
{
    for (size_t i = 0; i < c->n_excluded_pairs; i++) {
        size_t k = find_pair(network, c->excluded_pairs[i]);

        if (k < network->n_pairs)
            drop(&verdict[k], IH_PAIR_EXCLUDED_PAIR);
        else
            summary->n_unmatched_pairs++;
    }
    for (size_t i = 0; i < c->n_excluded_days; i++) {
        size_t d = find_date(network, c->excluded_days[i]);

        summary->n_unmatched_days += d == network->n_dates;
        for (size_t k = 0; d < network->n_dates && k < network->n_pairs; k++)
            if (network->reference_index[k] == d || network->secondary_index[k] == d)
                drop(&verdict[k], IH_PAIR_EXCLUDED_DATE);
    }
    for (size_t k = 0; k < network->n_pairs; k++) {
        if (reference_days(network, k) < c->start_days)
            drop(&verdict[k], IH_PAIR_BEFORE_START);
        if (secondary_days(network, k) > c->end_days)
            drop(&verdict[k], IH_PAIR_AFTER_END);
    }
}

/* Drops what is below the threshold and not needed by the tree. */
static ih_status require_quality(const ih_network *network, const ih_selection_criteria *c,
                                 const double *values, enum ih_pair_verdict why, uint8_t *verdict,
                                 ih_error *err)
{
    double threshold = why == IH_PAIR_COHERENCE ? c->min_coherence : c->min_area_ratio;
    size_t n = network->n_pairs;
    double *quality;
    uint8_t *kept = NULL, *in_tree = NULL;
    ih_status st = IH_OK;

    if (isnan(threshold))
        return IH_OK;
    if (!values)
        return ih_fail(err, IH_E_ARGUMENT, "a threshold of %s, but no %s is known",
                       why == IH_PAIR_COHERENCE ? "coherence" : "coherent area",
                       why == IH_PAIR_COHERENCE ? "coherence" : "area");
    quality = ih_alloc(n, sizeof *quality);
    kept = ih_alloc(n, 1);
    in_tree = ih_calloc(n, 1);
    if (!quality || !kept || !in_tree) {
        st = ih_fail(err, IH_E_MEMORY, "a selection of %zu pairs", n);
        goto done;
    }
    for (size_t k = 0; k < n; k++) {
        quality[k] = c->four_decimals ? ih_round_to_four_decimals(values[k]) : values[k];
        kept[k] = ih_pair_is_kept(verdict[k]);
    }
    if (c->keep_minimum_spanning_tree)
        st = ih_network_spanning_tree(network, kept, quality, in_tree, err);
    for (size_t k = 0; k < n && st == IH_OK; k++)
        if (kept[k] && !(quality[k] >= threshold))
            verdict[k] = (uint8_t)(in_tree[k] ? IH_PAIR_KEPT_BY_TREE : why);

done:
    free(in_tree);
    free(kept);
    free(quality);
    return st;
}

/* Names the criteria by what they dropped, in their order. */
static ih_status nothing_left(size_t n_pairs, const ih_selection_summary *summary, ih_error *err)
{
    char text[700] = "";
    size_t used = 0;

    for (size_t v = IH_PAIR_NOT_LISTED; v < IH_PAIR_VERDICTS; v++)
        if (summary->n_with[v] && used < sizeof text)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%zu %s", used ? ", " : "",
                                     summary->n_with[v], verdict_texts[v]);
    return ih_fail(err, IH_E_DATA, "none of %zu pairs is left: %s", n_pairs, text);
}

static ih_status apply(const ih_network *network, const ih_selection_criteria *c,
                       const ih_pair_quality *quality, uint8_t *verdict,
                       ih_selection_summary *summary, ih_error *err)
{
    ih_status st = IH_OK;

    if (c->listed_pairs)
        st = keep_listed(network, c, verdict, summary, err);
    if (st != IH_OK)
        return st;
    limit_baselines(network, c, verdict, summary);
    st = exclude_indices(network, c, verdict, err);
    if (st != IH_OK)
        return st;
    exclude_dates(network, c, verdict, summary);
    st = require_quality(network, c, quality ? quality->mean_coherence : NULL, IH_PAIR_COHERENCE,
                         verdict, err);
    if (st == IH_OK)
        st = require_quality(network, c, quality ? quality->area_ratio : NULL, IH_PAIR_AREA_RATIO,
                             verdict, err);
    return st;
}

ih_status ih_network_select(const ih_network *network, const ih_selection_criteria *criteria,
                            const ih_pair_quality *quality, uint8_t *verdict,
                            ih_selection_summary *summary, ih_error *err)
{
    ih_selection_summary counts = {0};
    ih_status st;

    memset(verdict, IH_PAIR_KEPT, network->n_pairs);
    st = apply(network, criteria, quality, verdict, &counts, err);
    for (size_t k = 0; k < network->n_pairs; k++) {
        counts.n_with[verdict[k]]++;
        counts.n_kept += ih_pair_is_kept(verdict[k]);
    }
    if (summary)
        *summary = counts;
    if (st == IH_OK && counts.n_kept == 0)
        st = nothing_left(network->n_pairs, &counts, err);
    return st;
}
