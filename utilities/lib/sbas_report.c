/* SPDX-License-Identifier: MIT
 *
 * What a run of gdal_ih_sbas tells of itself: run.json for programs, the summary for people.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cpl_conv.h>
#include <cpl_string.h>

#include "utilities/lib/pairs_csv.h"
#include "utilities/lib/report.h"
#include "utilities/lib/run_fingerprint.h"
#include "utilities/lib/sbas_state.h"

static const char *const stage_names[IH_STAGES] = {"catalogue", "read",  "unwrapping",
                                                   "overview",  "solve", "write"};

enum { WORST_PAIRS = 3 };

static void add_text(cJSON *object, const char *key, const char *text)
{
    if (text)
        cJSON_AddStringToObject(object, key, text);
    else
        cJSON_AddNullToObject(object, key);
}

static void add_date(cJSON *object, const char *key, int32_t days)
{
    char date[16];

    ih_iso_date(days, date);
    cJSON_AddStringToObject(object, key, date);
}

static void add_grid(const ih_sbas_state *s, cJSON *json)
{
    const ih_grid *g = &s->common->grid;
    cJSON *grid = cJSON_AddObjectToObject(json, "grid");
    const char *code = s->common->srs ? OSRGetAuthorityCode(s->common->srs, NULL) : NULL;
    const char *name = s->common->srs ? OSRGetAuthorityName(s->common->srs, NULL) : NULL;
    double gt[6];
    char *wkt = NULL;

    ih_grid_to_geotransform(g, gt);
    ih_report_number(grid, "columns", (double)g->nx);
    ih_report_number(grid, "rows", (double)g->ny);
    cJSON_AddItemToObject(grid, "geotransform", cJSON_CreateDoubleArray(gt, 6));
    add_text(json, "crs", code && name ? CPLSPrintf("%s:%s", name, code) : NULL);
    if (s->common->srs)
        OSRExportToWkt(s->common->srs, &wkt);
    add_text(json, "crs_wkt", wkt);
    CPLFree(wkt);
}

/* Null for a point. */
static void add_reference_area(const ih_sbas_state *s, cJSON *object)
{
    const ih_reference *r = s->reference;
    const ih_reference_summary t = ih_reference_summarise(r, s->network->n_pairs);
    cJSON *area, *pairs;

    if (r->kind == IH_REFERENCE_POINT) {
        cJSON_AddNullToObject(object, "area");
        return;
    }
    area = cJSON_AddObjectToObject(object, "area");
    ih_report_number(area, "polygons", (double)r->area.polygons);
    ih_report_number(area, "pixels", (double)r->area.pixels);
    ih_report_number(area, "used_pixels", (double)r->n_pixels);
    ih_report_number(area, "water_pixels", (double)r->area.water);
    ih_report_number(area, "pixels_without_data", (double)r->area.no_data);
    ih_report_number(area, "pixels_below_coherence", (double)r->area.incoherent);
    ih_report_number(area, "pixels_with_gaps_left_out", (double)r->area.gaps);
    ih_report_number(area, "greatest_share_a_cycle_away", t.greatest_unwrapped_share);
    pairs = cJSON_AddArrayToObject(area, "pairs_with_fewer_pixels");
    for (size_t i = 0; i < s->network->n_pairs; i++) {
        cJSON *pair;

        if (r->n_valid[i] == r->n_pixels)
            continue;
        pair = cJSON_CreateObject();
        add_date(pair, "reference_date", s->catalogue->items[i].reference_days);
        add_date(pair, "secondary_date", s->catalogue->items[i].secondary_days);
        ih_report_number(pair, "pixels", (double)r->n_valid[i]);
        cJSON_AddItemToArray(pairs, pair);
    }
}

static void add_reference(const ih_sbas_state *s, cJSON *json)
{
    static const char *const kinds[] = {"point", "polygons", "box"};
    const ih_reference *r = s->reference;
    cJSON *object = cJSON_AddObjectToObject(json, "reference");

    cJSON_AddStringToObject(object, "kind", kinds[r->kind]);
    ih_report_number(object, "column", (double)r->column);
    ih_report_number(object, "row", (double)r->row);
    ih_report_number(object, "x", r->x);
    ih_report_number(object, "y", r->y);
    ih_report_number(object, "lon", r->longitude);
    ih_report_number(object, "lat", r->latitude);
    ih_report_number(object, "average_coherence", (double)r->average_coherence);
    cJSON_AddBoolToObject(object, "automatic", r->automatic);
    cJSON_AddBoolToObject(object, "below_wanted_coherence", r->relaxed);
    add_reference_area(s, object);
}

static void add_facts(const ih_sbas_state *s, cJSON *json)
{
    cJSON *facts = cJSON_AddObjectToObject(json, "facts");

    ih_report_number(facts, "wavelength_m", s->facts.wavelength_m);
    ih_report_number(facts, "looks", s->facts.looks);
    ih_report_number(facts, "utc_seconds", s->facts.utc_seconds);
    ih_report_number(facts, "incidence_deg",
                     s->viewing.written ? s->viewing.mean_incidence_deg : s->facts.incidence_deg);
    ih_report_number(facts, "azimuth_deg", s->viewing.mean_azimuth_deg);
    ih_report_number(facts, "heading_deg", s->facts.heading_deg);
    ih_report_number(facts, "relative_orbit", s->facts.relative_orbit);
    add_text(facts, "orbit_direction", s->facts.orbit_direction);
    add_text(facts, "water_mask_from", s->land.source_name);
    add_text(facts, "geometry_from",
             s->viewing.written ? s->catalogue->items[s->viewing.source].name : NULL);
}

static cJSON *pair_object(const ih_interferogram *item)
{
    cJSON *pair = cJSON_CreateObject();

    add_date(pair, "reference_date", item->reference_days);
    add_date(pair, "secondary_date", item->secondary_days);
    return pair;
}

/* How well the kept pairs hold together, and what was dropped. */
static void add_structure(const ih_sbas_state *s, cJSON *network)
{
    const ih_whole_network *w = &s->selection.whole;
    cJSON *isolated = cJSON_AddArrayToObject(network, "dates_without_pair");
    cJSON *bridges = cJSON_AddArrayToObject(network, "bridges");
    cJSON *dropped = cJSON_AddArrayToObject(network, "dropped");
    cJSON *weakest = cJSON_AddObjectToObject(network, "weakest_date");

    add_date(weakest, "date", w->network->date_days[w->structure->weakest_date]);
    ih_report_number(weakest, "pairs",
                     (double)w->structure->pairs_per_date[w->structure->weakest_date]);
    for (size_t i = 0; i < w->network->n_dates; i++) {
        char date[16];

        ih_iso_date(w->network->date_days[i], date);
        if (w->structure->pairs_per_date[i] == 0)
            cJSON_AddItemToArray(isolated, cJSON_CreateString(date));
    }
    for (size_t i = 0; i < w->n_pairs; i++) {
        if (w->structure->bridge[i])
            cJSON_AddItemToArray(bridges, pair_object(w->items[i]));
        if (!ih_pair_is_kept(w->verdict[i])) {
            cJSON *pair = pair_object(w->items[i]);

            cJSON_AddStringToObject(pair, "reason", ih_pair_verdict_text(w->verdict[i]));
            cJSON_AddStringToObject(pair, "name", w->items[i]->name);
            cJSON_AddItemToArray(dropped, pair);
        }
    }
    ih_report_number(network, "water_coherence", s->selection.water_coherence);
    if (s->coherence_area.inside) {
        cJSON *area = cJSON_AddObjectToObject(network, "coherence_area");

        ih_report_number(area, "polygons", (double)s->coherence_area.n_polygons);
        ih_report_number(area, "pixels", (double)s->coherence_area.n_pixels);
        ih_report_number(area, "land_pixels", (double)s->coherence_pixels);
    } else {
        cJSON_AddNullToObject(network, "coherence_area");
    }
}

static void add_dates(const ih_sbas_state *s, cJSON *json)
{
    cJSON *dates = cJSON_AddArrayToObject(json, "dates");
    cJSON *network = cJSON_AddObjectToObject(json, "network");

    for (size_t i = 0; i < s->network->n_dates; i++) {
        cJSON *date = cJSON_CreateObject();

        add_date(date, "date", s->network->date_days[i]);
        ih_report_number(date, "decimal_year", s->years[i]);
        ih_report_number(date, "perpendicular_baseline_m", s->date_baselines_m[i]);
        ih_report_number(date, "component", (double)s->network->component[i] + 1);
        cJSON_AddItemToArray(dates, date);
    }
    ih_report_number(network, "dates", (double)s->network->n_dates);
    ih_report_number(network, "pairs", (double)s->network->n_pairs);
    ih_report_number(network, "components", (double)s->network->n_components);
    ih_report_number(network, "bandwidth", (double)s->network->bandwidth);
    add_structure(s, network);
}

static cJSON *pair_of_network(const ih_network *network, uint32_t pair)
{
    cJSON *object = cJSON_CreateObject();

    add_date(object, "reference_date", network->date_days[network->reference_index[pair]]);
    add_date(object, "secondary_date", network->date_days[network->secondary_index[pair]]);
    return object;
}

/* Null without overview. Suspicious are pairs none of whose triplets closes everywhere. */
static void add_closure(const ih_sbas_state *s, cJSON *json)
{
    const ih_overview *v = &s->overview;
    cJSON *closure, *suspicious;

    if (!v->triplets) {
        cJSON_AddNullToObject(json, "closure");
        return;
    }
    closure = cJSON_AddObjectToObject(json, "closure");
    ih_report_number(closure, "triplets", (double)v->triplets->n_triplets);
    ih_report_number(closure, "ambiguous_share", ih_overview_ambiguous_share(v->closure));
    suspicious = cJSON_AddArrayToObject(closure, "suspicious_pairs");
    for (size_t i = 0; i < s->network->n_pairs && v->ranked[i].least_share > 0; i++) {
        cJSON *pair = pair_of_network(s->network, v->ranked[i].pair);

        ih_report_number(pair, "triplets", (double)v->ranked[i].n_triplets);
        ih_report_number(pair, "least_ambiguous_share", v->ranked[i].least_share);
        cJSON_AddItemToArray(suspicious, pair);
    }
}

static void add_time(cJSON *object, const char *key, int64_t seconds)
{
    char text[32];

    ih_report_time_text(seconds, text);
    cJSON_AddStringToObject(object, key, text);
}

/* What -config needs beside the options: everything that was looked at, as it was named or found.
 */
static void add_sources(const ih_sbas_state *s, cJSON *json)
{
    cJSON *sources = cJSON_AddArrayToObject(json, "sources");

    for (size_t i = 0; i < s->catalogue->n_sources; i++) {
        const ih_source *source = &s->catalogue->sources[i];
        cJSON *entry = cJSON_CreateObject();

        cJSON_AddStringToObject(entry, "path", source->path);
        if (source->modified != 0) {
            ih_report_number(entry, "size_bytes", (double)source->size_bytes);
            add_time(entry, "modified", source->modified);
        }
        cJSON_AddItemToArray(sources, entry);
    }
}

/* In the order of the table of options. */
static void add_given_options(const ih_sbas_state *s, cJSON *json)
{
    cJSON *given = cJSON_AddArrayToObject(json, "given_options");

    for (const ih_option *o = ih_sbas_program.options; o->name; o++)
        if (CSLFindString(s->request->given_options, o->name) >= 0 &&
            !ih_sbas_option_is_of_machine(o->name))
            cJSON_AddItemToArray(given, cJSON_CreateString(o->name));
}

static void add_inputs(const ih_sbas_state *s, cJSON *json)
{
    cJSON *inputs = cJSON_AddArrayToObject(json, "inputs");
    cJSON *skipped = cJSON_AddArrayToObject(json, "skipped");
    static const char *const kinds[] = {"ignored", "duplicate", "unusable"};

    for (size_t i = 0; i < s->catalogue->count; i++) {
        const ih_interferogram *item = &s->catalogue->items[i];
        cJSON *input = cJSON_CreateObject();

        cJSON_AddStringToObject(input, "name", item->name);
        cJSON_AddStringToObject(input, "path", item->path);
        ih_report_number(input, "size_bytes", (double)item->size_bytes);
        add_time(input, "modified", item->modified);
        add_date(input, "reference_date", item->reference_days);
        add_date(input, "secondary_date", item->secondary_days);
        ih_report_number(input, "perpendicular_baseline_m", item->perpendicular_baseline_m);
        cJSON_AddBoolToObject(input, "resampled", !s->common->on_lattice[i]);
        cJSON_AddItemToArray(inputs, input);
    }
    for (size_t i = 0; i < s->catalogue->n_skipped; i++) {
        const ih_skipped *item = &s->catalogue->skipped[i];
        cJSON *entry = cJSON_CreateObject();

        cJSON_AddStringToObject(entry, "path", item->what);
        cJSON_AddStringToObject(entry, "kind", kinds[item->kind]);
        cJSON_AddStringToObject(entry, "reason", item->why);
        cJSON_AddItemToArray(skipped, entry);
    }
}

static void add_statistics(const ih_sbas_state *s, cJSON *json)
{
    cJSON *object = cJSON_AddObjectToObject(json, "statistics");
    const ih_sbas_statistics *t = &s->statistics;
    double n = (double)ih_sbas_pixels(s);

    ih_report_number(object, "velocity_min_m_per_year", t->minimum);
    ih_report_number(object, "velocity_median_m_per_year", t->median);
    ih_report_number(object, "velocity_max_m_per_year", t->maximum);
    ih_report_number(object, "pixels", n);
    ih_report_number(object, "water_pixels", (double)s->land.water_pixels);
    ih_report_number(object, "solved_pixels", (double)t->solved);
    ih_report_number(object, "gap_pixels", (double)t->gaps);
    ih_report_number(object, "masked_observations", t->masked);
    ih_report_number(object, "pairs_without_components", (double)ih_sbas_without_components(s));
    ih_report_number(object, "unchecked_pixels", (double)t->unchecked);
    ih_report_number(object, "reliable_pixels", (double)t->reliable);
    ih_report_number(object, "observed_pixels", (double)t->observed);
    ih_report_number(object, "reliable_fraction", ih_sbas_reliable_share(s));
    ih_report_number(object, "resampled_products", (double)s->common->n_resampled);
}

/* Time and traffic, stage by stage. The bytes of the inputs are those of the whole archives, of
 * which only the layers in use are read. */
static void add_costs(const ih_sbas_state *s, cJSON *object)
{
    cJSON *seconds = cJSON_AddObjectToObject(object, "seconds");
    cJSON *cpu = cJSON_AddObjectToObject(object, "cpu_seconds");
    cJSON *read = cJSON_AddObjectToObject(object, "bytes_read");
    cJSON *written = cJSON_AddObjectToObject(object, "bytes_written");
    double inputs = 0;

    for (int i = 0; i < IH_STAGES; i++) {
        const ih_stage_cost *cost = &s->costs[i];

        ih_report_number(seconds, stage_names[i], round(s->seconds[i] * 1e3) / 1e3);
        ih_report_number(cpu, stage_names[i], round(cost->cpu_seconds * 1e3) / 1e3);
        ih_report_number(read, stage_names[i], cost->bytes_read);
        ih_report_number(written, stage_names[i], cost->bytes_written);
    }
    for (size_t i = 0; i < s->catalogue->count; i++)
        inputs += (double)s->catalogue->items[i].size_bytes;
    ih_report_number(object, "input_bytes", inputs);
    ih_report_number(object, "peak_memory_bytes", ih_peak_memory_bytes());
}

/* All that may differ between runs that give the same results. */
static void add_execution(const ih_sbas_state *s, cJSON *json, cJSON *options)
{
    cJSON *object = cJSON_AddObjectToObject(json, "execution");
    cJSON *option = options->child;
    char *folder = CPLGetCurrentDir();

    add_text(object, "command_line", s->request->command_line);
    add_text(object, "working_folder", folder);
    CPLFree(folder);
    add_text(object, "output", s->request->out_dir);
    while (option) {
        cJSON *next = option->next;

        if (ih_sbas_option_is_of_machine(option->string))
            cJSON_AddItemToObject(object, option->string,
                                  cJSON_DetachItemViaPointer(options, option));
        option = next;
    }
    ih_resume_report(s, object);
    ih_report_number(object, "work_cube_bytes", ih_work_cube_bytes(s->cube));
    cJSON_AddBoolToObject(object, "work_cube_in_file", ih_work_cube_in_file(s->cube));
    ih_report_number(object, "readings", (double)s->n_passes);
    add_costs(s, object);
}

char *ih_sbas_run_json(const ih_sbas_state *s)
{
    cJSON *json = ih_report_new("gdal_ih_sbas"), *options, *warnings;
    char *text;

    if (!json)
        return NULL;
    options = cJSON_AddObjectToObject(json, "options");
    ih_sbas_options_report(&s->options, options);
    add_given_options(s, json);
    cJSON_AddItemToObject(json, "option_files", ih_fingerprint_of_option_files(&s->options));
    add_facts(s, json);
    add_grid(s, json);
    add_reference(s, json);
    add_dates(s, json);
    ih_unwrapping_report(s, json);
    add_closure(s, json);
    ih_corrections_report(s, json);
    add_statistics(s, json);
    warnings = cJSON_AddArrayToObject(json, "warnings");
    for (char **w = s->facts.warnings; w && *w; w++)
        cJSON_AddItemToArray(warnings, cJSON_CreateString(*w));
    add_inputs(s, json);
    add_sources(s, json);
    add_execution(s, json, options);
    text = cJSON_Print(json);
    cJSON_Delete(json);
    if (text) {
        /* Whoever gets it frees it with free(), and a text file ends with a line end. */
        char *copy = NULL;

        if (asprintf(&copy, "%s\n", text) < 0)
            copy = NULL;
        cJSON_free(text);
        text = copy;
    }
    return text;
}

static void summarise_grid(const ih_sbas_state *s, FILE *out)
{
    const ih_grid *g = &s->common->grid;
    const char *code = s->common->srs ? OSRGetAuthorityCode(s->common->srs, NULL) : NULL;
    const char *name = s->common->srs ? OSRGetAuthorityName(s->common->srs, NULL) : NULL;

    fprintf(out, "Grid:        %zu x %zu pixels of %g x %g", g->nx, g->ny, g->dx, -g->dy);
    if (code && name)
        fprintf(out, ", %s:%s", name, code);
    if (s->common->n_resampled)
        fprintf(out, ", %zu products resampled", s->common->n_resampled);
    fputc('\n', out);
}

static void summarise_reference_area(const ih_sbas_state *s, FILE *out)
{
    const ih_reference *r = s->reference;
    const ih_reference_summary t = ih_reference_summarise(r, s->network->n_pairs);
    const struct {
        size_t n;
        const char *what;
    } left_out[] = {{r->area.water, "water"},
                    {r->area.no_data, "without data"},
                    {r->area.incoherent, "of low coherence"},
                    {r->area.gaps, "with gaps"}};

    fprintf(out, "Reference:   %zu of the %zu pixels of the %s, average coherence %.3f",
            r->n_pixels, r->area.pixels, r->kind == IH_REFERENCE_BOX ? "box" : "area",
            (double)r->average_coherence);
    for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
        if (left_out[i].n)
            fprintf(out, ", %zu %s", left_out[i].n, left_out[i].what);
    if (t.incomplete_pairs)
        fprintf(out, "; fewer in %zu pairs, down to %zu", t.incomplete_pairs, t.least_pixels);
    if (t.unwrapped_pairs)
        fprintf(out, "; in %zu pairs some are a cycle off, up to %.1f %%", t.unwrapped_pairs,
                100.0 * t.greatest_unwrapped_share);
    fputc('\n', out);
}

static void summarise_reference(const ih_sbas_state *s, FILE *out)
{
    const ih_reference *r = s->reference;

    if (r->kind != IH_REFERENCE_POINT) {
        summarise_reference_area(s, out);
        return;
    }
    fprintf(out, "Reference:   column %zu, row %zu", r->column, r->row);
    if (!isnan(r->longitude))
        fprintf(out, ", lon %.5f, lat %.5f", r->longitude, r->latitude);
    fprintf(out, ", average coherence %.3f, %s\n", (double)r->average_coherence,
            r->automatic ? "chosen automatically" : "as given");
}

/* Dropped pairs by reason, and where the network is weak. */
static void summarise_network(const ih_sbas_state *s, FILE *out)
{
    const ih_whole_network *w = &s->selection.whole;
    const ih_network_structure *t = w->structure;
    size_t n_with[IH_PAIR_VERDICTS] = {0};
    char date[16];

    for (size_t i = 0; i < w->n_pairs; i++)
        n_with[w->verdict[i]]++;
    if (t->n_pairs < w->n_pairs || n_with[IH_PAIR_KEPT_BY_TREE]) {
        const char *before = "";

        fprintf(out, "Selection:   %zu of %zu pairs kept", t->n_pairs, w->n_pairs);
        for (uint8_t v = IH_PAIR_KEPT_BY_TREE; v < IH_PAIR_VERDICTS; v++) {
            if (n_with[v])
                fprintf(out, "%s%zu %s", *before ? before : "; ", n_with[v],
                        ih_pair_verdict_text(v));
            before = n_with[v] ? ", " : before;
        }
        if (t->n_isolated)
            fprintf(out, "; %zu dates lost all their pairs", t->n_isolated);
        fputc('\n', out);
    }
    if (s->coherence_area.inside)
        fprintf(out, "Coherence:   of pairs over %zu pixels of land in the %s\n",
                s->coherence_pixels, s->options.coherence_area ? "area" : "box");
    ih_iso_date(w->network->date_days[t->weakest_date], date);
    fprintf(out, "Weakest:     %s with %u pair%s", date, t->pairs_per_date[t->weakest_date],
            t->pairs_per_date[t->weakest_date] == 1 ? "" : "s");
    if (t->n_bridges)
        fprintf(out, "; %zu pair%s in no loop, so an error in %s cannot be noticed", t->n_bridges,
                t->n_bridges == 1 ? "" : "s", t->n_bridges == 1 ? "it" : "them");
    fputc('\n', out);
}

/* The pairs whose triplets testify most against them. */
static void summarise_closure(const ih_sbas_state *s, FILE *out)
{
    const ih_overview *v = &s->overview;

    if (!v->triplets)
        return;
    fprintf(out, "Closure:     %zu triplets", v->triplets->n_triplets);
    for (size_t i = 0; i < WORST_PAIRS && i < s->network->n_pairs; i++) {
        const ih_interferogram *item = &s->catalogue->items[v->ranked[i].pair];
        char reference[16], secondary[16];

        if (!(v->ranked[i].least_share > 0))
            break;
        ih_iso_date(item->reference_days, reference);
        ih_iso_date(item->secondary_days, secondary);
        fprintf(out, "%s %s/%s %.1f %%",
                i ? "," : "; least share of pixels that do not close:", reference, secondary,
                100.0 * v->ranked[i].least_share);
    }
    fputc('\n', out);
}

/* Pairs of greatest residual, worst first. */
static void summarise_residuals(const ih_sbas_state *s, FILE *out)
{
    const double *rms = s->solution->residual_rms_rad;
    double millimetres = s->facts.wavelength_m / (4.0 * M_PI) * 1e3, below = INFINITY;

    fputs("Residuals:   worst pairs", out);
    for (int k = 0; k < WORST_PAIRS; k++) {
        size_t worst = s->network->n_pairs;
        char reference[16], secondary[16];

        for (size_t i = 0; i < s->network->n_pairs; i++)
            if (rms[i] < below && (worst == s->network->n_pairs || rms[i] > rms[worst]))
                worst = i;
        if (worst == s->network->n_pairs)
            break;
        below = rms[worst];
        ih_iso_date(s->catalogue->items[worst].reference_days, reference);
        ih_iso_date(s->catalogue->items[worst].secondary_days, secondary);
        fprintf(out, "%s %s/%s %.2f mm", k ? "," : "", reference, secondary, below * millimetres);
    }
    fputc('\n', out);
}

/* Of the observations that the products have. */
static double masked_share(const ih_sbas_state *s)
{
    double valid = 0;

    for (size_t i = 0; i < s->network->n_pairs; i++)
        valid += (double)s->ingest->valid_pixels[i];
    return s->statistics.masked > 0 ? s->statistics.masked / (s->statistics.masked + valid) : 0.0;
}

static void summarise_masked(const ih_sbas_state *s, FILE *out)
{
    const char *unconnected = s->options.mask_unconnected ? "outside of connected components" : "";
    char incoherent[64] = "";

    if (!isnan(s->options.min_pixel_coherence))
        snprintf(incoherent, sizeof incoherent, "of coherence below %g%s",
                 s->options.min_pixel_coherence, *unconnected ? " or " : "");
    if (*incoherent || *unconnected)
        fprintf(out, "Masked:      %.0f observations %s%s, %.1f %% of all\n", s->statistics.masked,
                incoherent, unconnected, 100.0 * masked_share(s));
}

static void summarise(const ih_sbas_state *s, FILE *out)
{
    const ih_sbas_statistics *t = &s->statistics;
    size_t unusable = ih_catalogue_count_skipped(s->catalogue, IH_SKIP_UNUSABLE);
    size_t duplicate = ih_catalogue_count_skipped(s->catalogue, IH_SKIP_DUPLICATE);
    char first[16], last[16];

    ih_iso_date(s->network->date_days[0], first);
    ih_iso_date(s->network->date_days[s->network->n_dates - 1], last);
    fprintf(out, "Dates:       %zu, %s to %s\n", s->network->n_dates, first, last);
    fprintf(out, "Pairs:       %zu in %zu connected part%s", s->network->n_pairs,
            s->network->n_components, s->network->n_components == 1 ? "" : "s");
    if (duplicate)
        fprintf(out, ", %zu duplicate%s left out", duplicate, duplicate == 1 ? "" : "s");
    if (unusable)
        fprintf(out, ", %zu unusable", unusable);
    fputc('\n', out);
    summarise_network(s, out);
    summarise_grid(s, out);
    summarise_reference(s, out);
    fprintf(out,
            "Reliable:    %.1f %% of the land with data (temporal coherence >= %g), %zu of %zu "
            "solved pixels\n",
            100.0 * ih_sbas_reliable_share(s), s->options.min_temporal_coherence, t->reliable,
            t->solved);
    summarise_masked(s, out);
    if (t->gaps)
        fprintf(out, "Gaps:        %zu solved pixels lack the pairs that join all dates: %s\n",
                t->gaps, s->options.nsbas ? "joined by the time model" : "not reliable");
    if (t->unchecked)
        fprintf(out,
                "Unchecked:   %zu solved pixels have no pair more than they need: not reliable\n",
                t->unchecked);
    fprintf(out,
            "Velocity:    min %.1f, median %.1f, max %.1f mm/yr (positive toward the satellite)\n",
            t->minimum * 1e3, t->median * 1e3, t->maximum * 1e3);
    summarise_residuals(s, out);
    ih_unwrapping_summarise(s, out);
    summarise_closure(s, out);
    fputs("Time:        ", out);
    for (int i = 0; i < IH_STAGES; i++)
        fprintf(out, "%s%s %.2f s", i ? ", " : "", stage_names[i], s->seconds[i]);
    fprintf(out,
            "\nResults:     %s (velocity.tif, displacement.tif, quicklook.png, run.json, ...)\n",
            s->request->out_dir);
}

char *ih_sbas_summary(const ih_sbas_state *s)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    summarise(s, out);
    fclose(out);
    return text;
}
