/* SPDX-License-Identifier: MIT */
#include "utilities/lib/network_stage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_string.h>

#include "algorithms/alloc.h"
#include "utilities/lib/network_figure.h"
#include "utilities/lib/pairs_csv.h"
#include "utilities/lib/parallel_work.h"
#include "utilities/lib/sbas_state.h"

bool ih_selects_by_coherence(const ih_pair_selection *selection)
{
    return !isnan(selection->criteria.criteria.min_coherence) ||
           !isnan(selection->criteria.criteria.min_area_ratio);
}

static ih_status network_of(const ih_interferogram *const *items, size_t n, ih_network **out,
                            ih_error *err)
{
    int32_t *reference = ih_alloc(n, sizeof *reference);
    int32_t *secondary = ih_alloc(n, sizeof *secondary);
    double *baseline = ih_alloc(n, sizeof *baseline);
    ih_status status;

    if (reference && secondary && baseline) {
        for (size_t i = 0; i < n; i++) {
            reference[i] = items[i]->reference_days;
            secondary[i] = items[i]->secondary_days;
            baseline[i] = items[i]->perpendicular_baseline_m;
        }
        status = ih_network_new(n, reference, secondary, baseline, out, err);
    } else {
        status = ih_fail(err, IH_E_MEMORY, "network of %zu pairs", n);
    }
    free(reference);
    free(secondary);
    free(baseline);
    return status;
}

static ih_status catalogue_network(const ih_catalogue *c, ih_network **out, ih_error *err)
{
    const ih_interferogram **items = ih_alloc(c->count, sizeof *items);
    ih_status status;

    if (!items)
        return ih_fail(err, IH_E_MEMORY, "network of %zu pairs", c->count);
    for (size_t i = 0; i < c->count; i++)
        items[i] = &c->items[i];
    status = network_of(items, c->count, out, err);
    free(items);
    return status;
}

ih_status ih_network_of_catalogue(ih_sbas_state *s, ih_error *err)
{
    ih_status status = catalogue_network(s->catalogue, &s->network, err);

    if (status != IH_OK)
        return status;
    s->years = ih_alloc(s->network->n_dates, sizeof *s->years);
    s->date_baselines_m = ih_alloc(s->network->n_dates, sizeof *s->date_baselines_m);
    if (!s->years || !s->date_baselines_m)
        return ih_fail(err, IH_E_MEMORY, "network of %zu dates", s->network->n_dates);
    for (size_t i = 0; i < s->network->n_dates; i++)
        s->years[i] = ih_decimal_year(s->network->date_days[i], s->facts.utc_seconds);
    status = ih_network_date_baselines(s->network, s->date_baselines_m, err);
    if (status == IH_OK && s->compat->mean_baselines)
        ih_network_centre_baselines(s->network, s->date_baselines_m);
    if (status == IH_OK && s->network->n_dates < 3)
        status = ih_fail(err, IH_E_DATA, "%zu dates are too few for a velocity; 3 are needed",
                         s->network->n_dates);
    return status;
}

/* Verdicts into the catalogue; keep becomes the flags that ih_catalogue_set_aside wants. */
static size_t take_verdicts(ih_catalogue *c, const uint8_t *verdict, uint8_t *keep)
{
    size_t n_kept = 0;

    for (size_t i = 0; i < c->count; i++) {
        c->items[i].verdict = verdict[i];
        keep[i] = ih_pair_is_kept(verdict[i]);
        n_kept += keep[i];
    }
    return n_kept;
}

ih_status ih_select_before_reading(ih_sbas_state *s, ih_error *err)
{
    ih_selection_criteria criteria = s->selection.criteria.criteria;
    ih_network *network = NULL;
    uint8_t *verdict = NULL;
    ih_status status = ih_catalogue_take_back(s->catalogue, err);

    if (status != IH_OK || s->catalogue->count == 0)
        return status;
    for (size_t i = 0; i < s->catalogue->count; i++) {
        ih_interferogram *item = &s->catalogue->items[i];

        item->mean_coherence = item->area_ratio = item->valid_fraction = NAN;
    }
    criteria.min_coherence = criteria.min_area_ratio = NAN;
    status = catalogue_network(s->catalogue, &network, err);
    if (status == IH_OK && !(verdict = ih_alloc(s->catalogue->count, sizeof *verdict)))
        status = ih_fail(err, IH_E_MEMORY, "selection of pairs");
    if (status == IH_OK)
        status =
            ih_network_select(network, &criteria, NULL, verdict, &s->selection.before_reading, err);
    if (status == IH_OK) {
        uint8_t *keep = verdict;

        take_verdicts(s->catalogue, verdict, keep);
        status = ih_catalogue_set_aside(s->catalogue, keep, err);
    }
    free(verdict);
    ih_network_free(network);
    return status;
}

ih_status ih_coherence_area_find(ih_sbas_state *s, ih_error *err)
{
    const ih_sbas_run_options *o = &s->options;
    ih_area_choice choice = {.option = o->coherence_area ? "coherence_area" : "coherence_box",
                             .datasource = o->coherence_area};
    ih_status status;

    if (!o->coherence_area && !o->coherence_box_given)
        return IH_OK;
    memcpy(choice.box, o->coherence_box, sizeof choice.box);
    status = ih_area_mask_new(&choice, s->common, &s->coherence_area, err);
    s->coherence_pixels = 0;
    for (size_t i = 0; status == IH_OK && i < ih_sbas_pixels(s); i++)
        s->coherence_pixels += s->coherence_area.inside[i] && (!s->land.land || s->land.land[i]);
    if (status == IH_OK && s->coherence_pixels == 0)
        status = ih_fail(err, IH_E_ARGUMENT, "-%s: all %zu pixels of the area are water",
                         choice.option, s->coherence_area.n_pixels);
    return status;
}

/* Pixels of a layer that are counted at a time. */
enum { COUNTED_PIXELS = 1 << 18 };

static ih_status begin_counting(void *shared, void *local, ih_error *err)
{
    float **coherence = local;

    (void)shared;
    *coherence = ih_alloc_aligned(COUNTED_PIXELS, sizeof **coherence);
    return *coherence ? IH_OK : ih_fail(err, IH_E_MEMORY, "rows of coherence");
}

static void end_counting(void *shared, void *local, bool done)
{
    float **coherence = local;

    (void)shared;
    (void)done;
    free(*coherence);
}

/* Coherent area of a pair into the catalogue. */
static ih_status find_area_ratio(void *shared, void *local, size_t pair, ih_error *err)
{
    const ih_sbas_state *s = shared;
    const uint8_t *land = s->land.land, *inside = s->coherence_area.inside;
    float **coherence = local;
    size_t n_pixels = ih_sbas_pixels(s);
    uint64_t above = 0;
    ih_status status = IH_OK;

    for (size_t first = 0; first < n_pixels && status == IH_OK; first += COUNTED_PIXELS) {
        size_t left = n_pixels - first, n = left < COUNTED_PIXELS ? left : COUNTED_PIXELS;

        status = ih_work_cube_fetch(s->coherence, pair, first, n, *coherence, NULL, err);
        if (status == IH_OK)
            above += ih_coherent_area_above(n, *coherence, land ? land + first : NULL,
                                            inside ? inside + first : NULL,
                                            s->selection.water_coherence);
    }
    s->catalogue->items[pair].area_ratio = ih_coherent_area_ratio(&s->ingest->areas[pair], above);
    return status;
}

/* The coherence, which is kept until pairs have been selected, passes by a second time, because
 * what it is compared with is the mean of all pairs. */
static ih_status find_area_ratios(ih_sbas_state *s, ih_error *err)
{
    const ih_parallel_work work = {.n_items = s->catalogue->count,
                                   .threads = (int)s->options.threads,
                                   .shared = s,
                                   .local_bytes = sizeof(float *),
                                   .begin = begin_counting,
                                   .work = find_area_ratio,
                                   .end = end_counting,
                                   .what = "measuring coherent areas"};
    ih_status status;

    if (isnan(s->selection.criteria.criteria.min_area_ratio))
        return IH_OK;
    status =
        ih_water_coherence_threshold(s->catalogue->count, s->ingest->water_coherence,
                                     s->compat->four_decimals, &s->selection.water_coherence, err);
    return status == IH_OK ? ih_parallel_work_run(&work, err) : status;
}

ih_status ih_network_keep(ih_sbas_state *s, size_t n, const uint32_t *row, ih_error *err)
{
    s->common->n_resampled = 0;
    for (size_t i = 0; i < n; i++) {
        s->common->on_lattice[i] = s->common->on_lattice[row[i]];
        s->common->n_resampled += !s->common->on_lattice[i];
    }
    ih_network_free(s->network);
    free(s->years);
    free(s->date_baselines_m);
    s->network = NULL;
    s->years = s->date_baselines_m = NULL;
    return ih_network_of_catalogue(s, err);
}

/* Everything that is one per pair, after the pairs row[0], row[1], ... alone were kept. */
static ih_status shrink(ih_sbas_state *s, const ih_ingest_request *reading, size_t n,
                        const uint32_t *row, ih_error *err)
{
    ih_status status = ih_network_keep(s, n, row, err);

    if (status == IH_OK)
        status = ih_work_cube_select(s->cube, n, row, ih_inversion_series_slots(s), err);
    if (status == IH_OK)
        status = ih_work_cube_select(reading->coherence, n, row, 1, err);
    if (status == IH_OK)
        status = ih_ingest_select(reading, s->ingest, n, row, err);
    return status;
}

/* Drops the pairs whose verdict says so. */
static ih_status apply_verdicts(ih_sbas_state *s, const ih_ingest_request *reading,
                                uint8_t *verdict, ih_error *err)
{
    size_t n = s->catalogue->count, n_kept = take_verdicts(s->catalogue, verdict, verdict), k = 0;
    uint32_t *row;
    ih_status status;

    if (n_kept == n)
        return IH_OK;
    row = ih_alloc(n_kept, sizeof *row);
    if (!row)
        return ih_fail(err, IH_E_MEMORY, "selection of pairs");
    for (size_t i = 0; i < n; i++)
        if (verdict[i])
            row[k++] = (uint32_t)i;
    status = ih_catalogue_set_aside(s->catalogue, verdict, err);
    if (status == IH_OK)
        status = shrink(s, reading, n_kept, row, err);
    free(row);
    return status;
}

ih_status ih_select_after_reading(ih_sbas_state *s, const ih_ingest_request *reading, ih_error *err)
{
    const ih_selection_criteria *wanted = &s->selection.criteria.criteria;
    ih_selection_criteria criteria = IH_SELECTION_DEFAULTS;
    size_t n = s->catalogue->count;
    double *ratio = NULL;
    uint8_t *verdict = NULL;
    ih_status status;

    for (size_t i = 0; i < n; i++) {
        s->catalogue->items[i].mean_coherence = s->ingest->mean_coherence[i];
        s->catalogue->items[i].valid_fraction =
            (double)s->ingest->valid_pixels[i] / (double)ih_sbas_pixels(s);
    }
    s->selection.water_coherence = NAN;
    if (!ih_selects_by_coherence(&s->selection))
        return IH_OK;
    criteria.min_coherence = wanted->min_coherence;
    criteria.min_area_ratio = wanted->min_area_ratio;
    criteria.keep_minimum_spanning_tree = wanted->keep_minimum_spanning_tree;
    criteria.four_decimals = wanted->four_decimals;
    status = find_area_ratios(s, err);
    if (status != IH_OK)
        return status;
    ratio = ih_alloc(n, sizeof *ratio);
    verdict = ih_alloc(n, sizeof *verdict);
    if (ratio && verdict) {
        const ih_pair_quality quality = {s->ingest->mean_coherence, ratio};

        for (size_t i = 0; i < n; i++)
            ratio[i] = s->catalogue->items[i].area_ratio;
        status = ih_network_select(s->network, &criteria, &quality, verdict, NULL, err);
    } else {
        status = ih_fail(err, IH_E_MEMORY, "selection of pairs");
    }
    if (status == IH_OK)
        status = apply_verdicts(s, reading, verdict, err);
    free(ratio);
    free(verdict);
    return status;
}

static void warn_about_selection(ih_sbas_state *s)
{
    const ih_selection_summary *t = &s->selection.before_reading;
    const struct {
        size_t n;
        const char *text;
    } table[] = {{t->n_unmatched_listed, "%d entries of -include_pair name no pair of the stack"},
                 {t->n_unmatched_pairs, "%d entries of -exclude_pair name no pair of the stack"},
                 {t->n_unmatched_days, "%d entries of -exclude_date name no date of the stack"},
                 {t->n_unknown_baseline,
                  "%d pairs of unknown perpendicular baseline passed -max_perpendicular_baseline"}};

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].n)
            s->facts.warnings =
                CSLAddString(s->facts.warnings, CPLSPrintf(table[i].text, (int)table[i].n));
}

ih_status ih_whole_network_gather(ih_sbas_state *s, ih_error *err)
{
    const ih_catalogue *c = s->catalogue;
    ih_whole_network *w = &s->selection.whole;
    size_t n = c->count + c->n_aside;
    uint8_t *keep = ih_alloc(n, sizeof *keep);
    ih_status status;

    w->n_pairs = n;
    w->items = ih_alloc(n, sizeof *w->items);
    w->verdict = ih_alloc(n, sizeof *w->verdict);
    w->mean_coherence = ih_alloc(n, sizeof *w->mean_coherence);
    if (!keep || !w->items || !w->verdict || !w->mean_coherence) {
        status = ih_fail(err, IH_E_MEMORY, "network of %zu pairs", n);
        goto done;
    }
    for (size_t i = 0; i < n; i++)
        w->items[i] = i < c->count ? &c->items[i] : &c->aside[i - c->count];
    qsort(w->items, n, sizeof *w->items, ih_catalogue_by_dates);
    for (size_t i = 0; i < n; i++) {
        w->verdict[i] = w->items[i]->verdict;
        keep[i] = ih_pair_is_kept(w->verdict[i]);
        w->mean_coherence[i] = w->items[i]->mean_coherence;
    }
    status = network_of(w->items, n, &w->network, err);
    if (status != IH_OK)
        goto done;
    w->date_baselines_m = ih_alloc(w->network->n_dates, sizeof *w->date_baselines_m);
    status = w->date_baselines_m ? ih_network_date_baselines(w->network, w->date_baselines_m, err)
                                 : ih_fail(err, IH_E_MEMORY, "network");
    if (status == IH_OK)
        status = ih_network_structure_new(w->network, keep, w->mean_coherence, &w->structure, err);
    if (status == IH_OK)
        warn_about_selection(s);

done:
    free(keep);
    return status;
}

ih_status ih_network_figures_write(const ih_sbas_state *s, ih_error *err)
{
    const ih_whole_network *w = &s->selection.whole;
    const ih_network_figure figure = {.network = w->network,
                                      .verdict = w->verdict,
                                      .mean_coherence = w->mean_coherence,
                                      .date_baseline_m = w->date_baselines_m,
                                      .structure = w->structure,
                                      .min_coherence =
                                          s->selection.criteria.criteria.min_coherence};
    char *network = ih_result_folder_path(s->folder, "network.svg");
    char *matrix = ih_result_folder_path(s->folder, "coherence_matrix.svg");
    ih_status status = network && matrix ? ih_network_figure_write(&figure, network, err)
                                         : ih_fail(err, IH_E_MEMORY, "figures of the network");

    if (status == IH_OK)
        status = ih_coherence_matrix_write(&figure, matrix, err);
    free(network);
    free(matrix);
    return status;
}

void ih_pair_selection_free(ih_pair_selection *selection)
{
    ih_whole_network *w = &selection->whole;

    ih_pair_criteria_free(&selection->criteria);
    free(w->items);
    free(w->verdict);
    free(w->mean_coherence);
    free(w->date_baselines_m);
    ih_network_free(w->network);
    ih_network_structure_free(w->structure);
    *w = (ih_whole_network){0};
}
