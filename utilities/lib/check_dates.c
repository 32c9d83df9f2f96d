/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>

#include <cpl_conv.h>
#include <cpl_string.h>

#include "algorithms/alloc.h"
#include "algorithms/network_structure.h"
#include "algorithms/order_statistic.h"
#include "utilities/lib/check_state.h"
#include "utilities/lib/pairs_csv.h"
#include "utilities/lib/report.h"

/* A gap is longer than so many usual intervals, and than what no stack is bothered by. */
#define INTERVALS_IN_GAP 3.0
#define LEAST_GAP_DAYS   60.0

/* Names of the interferograms of the pairs with bit, [pair], set; NULL = those of one date. */
static char **products_of(const ih_check_state *s, const uint8_t *bit, size_t date)
{
    const ih_network *network = s->network;
    char **names = NULL;

    for (size_t i = 0; i < s->catalogue->count; i++) {
        size_t pair = s->pair_of[i];
        bool yes =
            bit ? bit[pair]
                : network->reference_index[pair] == date || network->secondary_index[pair] == date;

        if (yes && (i == 0 || s->pair_of[i - 1] != pair))
            names = CSLAddString(names, s->catalogue->items[i].name);
    }
    return names;
}

static void check_parts(ih_check_state *s, const ih_network_structure *structure)
{
    size_t n = structure->n_components, smallest = 0;
    size_t *dates = ih_calloc(n, sizeof *dates);
    uint8_t *in_smallest = ih_calloc(s->network->n_pairs, 1);

    for (size_t d = 0; dates && d < s->network->n_dates; d++)
        dates[structure->component[d]]++;
    for (size_t p = 1; dates && p < n; p++)
        if (dates[p] < dates[smallest])
            smallest = p;
    for (size_t k = 0; in_smallest && k < s->network->n_pairs; k++)
        in_smallest[k] = structure->component[s->network->reference_index[k]] == smallest;
    if (n > 1 && dates && in_smallest)
        ih_findings_add(&s->findings, IH_CHECK_DISCONNECTED, products_of(s, in_smallest, 0),
                        "The dates fall into %zu parts that no pair joins, the smallest of %zu "
                        "dates (its pairs are listed); order pairs between them, or give "
                        "gdal_ih_sbas -nsbas.",
                        n, dates[smallest]);
    free(dates);
    free(in_smallest);
}

static void check_strength(ih_check_state *s, const ih_network_structure *structure)
{
    char date[16];

    if (structure->n_bridges)
        ih_findings_add(&s->findings, IH_CHECK_BRIDGE, products_of(s, structure->bridge, 0),
                        "Pairs that are in no loop: %zu. Without one the dates fall apart, and an "
                        "error in one cannot be noticed; order more pairs beside them.",
                        structure->n_bridges);
    for (size_t d = 0; d < s->network->n_dates; d++) {
        if (structure->pairs_per_date[d] != 1)
            continue;
        ih_iso_date(s->network->date_days[d], date);
        ih_findings_add(&s->findings, IH_CHECK_WEAK_DATE, products_of(s, NULL, d),
                        "The date %s has a single pair; order more of it, or leave it out.", date);
    }
}

/* NaN for fewer than three dates, of which nothing is usual. */
static double usual_interval(const ih_network *network)
{
    size_t n = network->n_dates - 1;
    float *days = n >= 2 ? ih_alloc(n, sizeof *days) : NULL;
    double median = NAN;

    for (size_t d = 0; days && d < n; d++)
        days[d] = (float)(network->date_days[d + 1] - network->date_days[d]);
    if (days)
        median = ih_median(days, n);
    free(days);
    return median;
}

static void check_gaps(ih_check_state *s, cJSON *report)
{
    const ih_network *network = s->network;
    double usual = usual_interval(network), limit = s->options->max_gap_days;
    int32_t longest = 0;
    size_t at = 0;
    char from[16], to[16];

    if (isnan(limit))
        limit = isnan(usual) ? INFINITY : fmax(LEAST_GAP_DAYS, INTERVALS_IN_GAP * usual);
    for (size_t d = 0; d + 1 < network->n_dates; d++) {
        int32_t days = network->date_days[d + 1] - network->date_days[d];

        ih_iso_date(network->date_days[d], from);
        ih_iso_date(network->date_days[d + 1], to);
        if (days > limit)
            ih_findings_add(&s->findings, IH_CHECK_GAP, NULL,
                            "There is no date for %d days from %s to %s; order what was acquired "
                            "between them, or expect an uncertain step there.",
                            (int)days, from, to);
        if (days > longest) {
            longest = days;
            at = d;
        }
    }
    ih_report_number(report, "median_interval_days", usual);
    cJSON_AddNumberToObject(report, "longest_gap_days", longest);
    ih_iso_date(network->date_days[at], from);
    cJSON_AddStringToObject(report, "longest_gap_from", from);
}

static void report_network(const ih_check_state *s, const ih_network_structure *structure,
                           cJSON *report)
{
    const ih_network *n = s->network;
    cJSON *list;
    char date[16];

    cJSON_AddNumberToObject(report, "pairs", (double)n->n_pairs);
    cJSON_AddNumberToObject(report, "dates", (double)n->n_dates);
    ih_iso_date(n->date_days[0], date);
    cJSON_AddStringToObject(report, "first_date", date);
    ih_iso_date(n->date_days[n->n_dates - 1], date);
    cJSON_AddStringToObject(report, "last_date", date);
    cJSON_AddNumberToObject(report, "parts", (double)structure->n_components);
    cJSON_AddNumberToObject(report, "bridges", (double)structure->n_bridges);
    ih_iso_date(n->date_days[structure->weakest_date], date);
    cJSON_AddStringToObject(report, "weakest_date", date);
    cJSON_AddNumberToObject(report, "pairs_of_weakest_date",
                            (double)structure->pairs_per_date[structure->weakest_date]);
    list = cJSON_AddArrayToObject(report, "pairs_per_date");
    for (size_t d = 0; d < n->n_dates; d++) {
        cJSON *object = cJSON_CreateObject();

        ih_iso_date(n->date_days[d], date);
        cJSON_AddStringToObject(object, "date", date);
        cJSON_AddNumberToObject(object, "pairs", structure->pairs_per_date[d]);
        cJSON_AddNumberToObject(object, "part", structure->component[d]);
        cJSON_AddItemToArray(list, object);
    }
}

/* Mean coherence of the pairs, for ties, when -deep has read it; NULL otherwise. */
static double *pair_coherence(const ih_check_state *s)
{
    double *coherence = s->options->deep ? ih_alloc(s->network->n_pairs, sizeof *coherence) : NULL;

    for (size_t i = s->catalogue->count; coherence && i-- > 0;)
        coherence[s->pair_of[i]] = s->mean_coherence[i];
    return coherence;
}

ih_status ih_check_dates(ih_check_state *s, ih_error *err)
{
    ih_network_structure *structure = NULL;
    double *coherence;
    cJSON *report;
    ih_status status;

    if (!s->network)
        return IH_OK;
    coherence = pair_coherence(s);
    status = ih_network_structure_new(s->network, NULL, coherence, &structure, err);
    if (status == IH_OK) {
        report = cJSON_AddObjectToObject(s->report, "network");
        report_network(s, structure, report);
        check_parts(s, structure);
        check_strength(s, structure);
        check_gaps(s, report);
    }
    ih_network_structure_free(structure);
    free(coherence);
    return status;
}
