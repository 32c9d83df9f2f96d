/* SPDX-License-Identifier: MIT
 *
 * What a correction of unwrapping errors leaves behind: unwrapping_cycles.tif, unwrapping.csv and
 * figures in run.json.
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <cpl_conv.h>
#include <cpl_string.h>

#include "algorithms/alloc.h"
#include "utilities/lib/pairs_csv.h"
#include "utilities/lib/report.h"
#include "utilities/lib/result_rasters.h"
#include "utilities/lib/sbas_state.h"
#include "utilities/lib/unwrapping_stage.h"

/* Where this begins on the progress bar of writing. */
#define SHARE_BEFORE 0.95

/* Values handed on at a time. */
#define SLAB_VALUES ((size_t)4 << 20)

ih_unwrapping_totals ih_unwrapping_sum(const ih_sbas_state *s)
{
    const ih_unwrapping_counts *c = &s->unwrapping.counts;
    ih_unwrapping_totals t = {0};

    for (size_t k = 0; c->corrected && k < s->network->n_pairs; k++) {
        t.pairs += c->corrected[k] > 0;
        t.corrected += (double)c->corrected[k];
        t.adopted += (double)c->adopted[k];
        t.inconclusive += (double)c->inconclusive[k];
        t.values += (double)s->ingest->valid_pixels[k];
    }
    return t;
}

/* Pairs whose regions come from the components of the unwrapper. */
static size_t count_components(const ih_sbas_state *s)
{
    const uint8_t *source = s->unwrapping.of_regions.source;
    size_t n = 0;

    for (size_t k = 0; k < s->network->n_pairs; k++)
        n += source[k] == IH_COMPONENTS_OF_UNWRAPPER;
    return n;
}

static void report_regions(const ih_sbas_state *s, cJSON *object)
{
    const ih_unwrapping_regions *r = &s->unwrapping.of_regions;
    cJSON *regions;
    size_t of_unwrapper;

    if (!r->source) {
        cJSON_AddNullToObject(object, "regions");
        return;
    }
    of_unwrapper = count_components(s);
    regions = cJSON_AddObjectToObject(object, "regions");
    ih_report_number(regions, "pairs_by_components", (double)of_unwrapper);
    ih_report_number(regions, "pairs_by_coherence", (double)(s->network->n_pairs - of_unwrapper));
    ih_report_number(regions, "least_coherence", round((double)IH_REGION_COHERENCE * 1e6) / 1e6);
    ih_report_number(regions, "pairs_without_reference", (double)r->n_unrooted);
    ih_report_number(regions, "pairs_of_too_many_cycles", (double)r->n_beyond);
    ih_report_number(regions, "common_regions", (double)r->n_common);
}

void ih_unwrapping_report(const ih_sbas_state *s, cJSON *json)
{
    const ih_unwrapping_totals t = ih_unwrapping_sum(s);
    bool by_regions = s->unwrapping.of_regions.source != NULL;
    cJSON *object;

    if (!s->unwrapping.cycles) {
        cJSON_AddNullToObject(json, "unwrapping");
        return;
    }
    object = cJSON_AddObjectToObject(json, "unwrapping");
    ih_report_number(object, "corrected_pairs", (double)t.pairs);
    ih_report_number(object, "corrected_values", t.corrected);
    ih_report_number(object, "adopted_values", by_regions ? NAN : t.adopted);
    ih_report_number(object, "inconclusive_values", by_regions ? NAN : t.inconclusive);
    ih_report_number(object, "values", t.values);
    report_regions(s, object);
    ih_report_number(object, "pairs_of_low_redundancy", (double)s->unwrapping.n_weak);
    ih_report_number(object, "ambiguous_share_uncorrected",
                     ih_overview_ambiguous_share(s->overview.uncorrected));
    ih_report_number(object, "ambiguous_share", ih_overview_ambiguous_share(s->overview.closure));
}

void ih_unwrapping_summarise(const ih_sbas_state *s, FILE *out)
{
    const ih_unwrapping_totals t = ih_unwrapping_sum(s);
    double share = t.values > 0 ? 100.0 * t.corrected / t.values : 0.0;

    if (!s->unwrapping.cycles)
        return;
    fprintf(out, "Unwrapping:  %.0f values (%.2f %%) of %zu pairs corrected", t.corrected, share,
            t.pairs);
    if (s->unwrapping.of_regions.source)
        fprintf(out, ", by regions of %zu pairs from components, of %zu from coherence",
                count_components(s), s->network->n_pairs - count_components(s));
    else
        fprintf(out, ", %.0f left doubtful", t.inconclusive);
    if (s->overview.uncorrected)
        fprintf(out, "; closures with whole cycles %.2f %%, before %.2f %%",
                100.0 * ih_overview_ambiguous_share(s->overview.closure),
                100.0 * ih_overview_ambiguous_share(s->overview.uncorrected));
    fputc('\n', out);
}

/* A count that only one method makes. */
static void put_count(FILE *text, bool known, uint64_t count)
{
    fputc(',', text);
    if (known)
        fprintf(text, "%llu", (unsigned long long)count);
}

static void put_table(const ih_sbas_state *s, FILE *text)
{
    static const char *const sources[] = {"coherence", "unwrapper"};
    const ih_unwrapping_counts *c = &s->unwrapping.counts;
    const ih_unwrapping_regions *r = &s->unwrapping.of_regions;
    bool by_regions = r->source != NULL;
    bool bridged = by_regions && s->options.unwrap_error != IH_UNWRAP_ERROR_CLOSURE;

    fputs("reference_date,secondary_date,redundancy,pixels,corrected_pixels,adopted_pixels,"
          "inconclusive_pixels,cycles_added,cycles_subtracted,components,regions,bridged_regions\n",
          text);
    for (size_t k = 0; k < s->network->n_pairs; k++) {
        char reference[16], secondary[16];

        ih_iso_date(s->catalogue->items[k].reference_days, reference);
        ih_iso_date(s->catalogue->items[k].secondary_days, secondary);
        fprintf(text, "%s,%s,%u", reference, secondary, s->unwrapping.redundancy[k]);
        put_count(text, true, s->ingest->valid_pixels[k]);
        put_count(text, true, c->corrected[k]);
        put_count(text, !by_regions, c->adopted[k]);
        put_count(text, !by_regions, c->inconclusive[k]);
        put_count(text, true, c->cycles_up[k]);
        put_count(text, true, c->cycles_down[k]);
        fprintf(text, ",%s", by_regions ? sources[r->source[k]] : "");
        put_count(text, bridged, bridged ? r->regions[k] : 0);
        put_count(text, bridged, bridged ? r->shifted[k] : 0);
        fputc('\n', text);
    }
}

/* Named as -include_pair takes them. */
static ih_raster_band *pair_bands(const ih_sbas_state *s)
{
    size_t n = s->network->n_pairs;
    ih_raster_band *bands = ih_calloc(n, sizeof *bands);

    for (size_t k = 0; bands && k < n; k++) {
        const ih_interferogram *item = &s->catalogue->items[k];
        char reference[16], secondary[16], **list = NULL;

        ih_iso_date(item->reference_days, reference);
        ih_iso_date(item->secondary_days, secondary);
        list = CSLSetNameValue(list, "REFERENCE_DATE", reference);
        list = CSLSetNameValue(list, "SECONDARY_DATE", secondary);
        list = CSLSetNameValue(list, "PRODUCT", item->name);
        bands[k] = (ih_raster_band){
            CPLStrdup(CPLSPrintf("%.4s%.2s%.2s_%.4s%.2s%.2s", reference, reference + 5,
                                 reference + 8, secondary, secondary + 5, secondary + 8)),
            "cycles", list};
    }
    return bands;
}

static ih_status copy_rows(const ih_sbas_state *s, size_t pair, size_t row, size_t n_rows,
                           int16_t *values, ih_raster_out *out, ih_error *err)
{
    size_t nx = s->common->grid.nx, n = n_rows * nx;
    /* The bytes lie in the second half of what they are widened to, from the front on. */
    int8_t *bytes = (int8_t *)values + n;
    ih_status status =
        ih_work_cube_fetch(s->unwrapping.cycles, pair, row * nx, n, NULL, (uint8_t *)bytes, err);

    for (size_t i = 0; i < n && status == IH_OK; i++)
        values[i] = bytes[i] == IH_CYCLES_NONE ? INT16_MIN : bytes[i];
    return status == IH_OK ? ih_raster_out_write(out, (int)pair, row, n_rows, values, err) : status;
}

static ih_status copy_cycles(const ih_sbas_state *s, ih_raster_out *out, ih_error *err)
{
    size_t nx = s->common->grid.nx, ny = s->common->grid.ny;
    size_t rows = nx < SLAB_VALUES ? SLAB_VALUES / nx : 1;
    int16_t *slab;
    ih_status status = IH_OK;

    rows = rows > ny ? ny : rows;
    slab = ih_alloc(rows * nx, sizeof *slab);
    if (!slab)
        return ih_fail(err, IH_E_MEMORY, "rows of the cycles");
    for (size_t k = 0; k < s->network->n_pairs && status == IH_OK; k++) {
        for (size_t row = 0; row < ny && status == IH_OK; row += rows)
            status = copy_rows(s, k, row, ny - row < rows ? ny - row : rows, slab, out, err);
        if (status == IH_OK && s->request->progress &&
            !s->request->progress(SHARE_BEFORE + (1.0 - SHARE_BEFORE) * (double)k /
                                                     (double)s->network->n_pairs,
                                  "writing", s->request->progress_data))
            status = ih_fail(err, IH_E_CANCELLED, "writing was interrupted");
    }
    free(slab);
    return status;
}

static ih_status write_cycles(const ih_sbas_state *s, ih_error *err)
{
    ih_raster_band *bands = pair_bands(s);
    const ih_sbas_raster kind = {.name = "unwrapping_cycles.tif",
                                 .type = GDT_Int16,
                                 .n_bands = (int)s->network->n_pairs,
                                 .bands = bands,
                                 .has_no_data = 1};
    ih_raster_out *out = NULL;
    ih_status status =
        bands ? ih_sbas_open_raster(s, &kind, &out, err) : ih_fail(err, IH_E_MEMORY, "pair bands");

    if (status == IH_OK)
        status = copy_cycles(s, out, err);
    ih_sbas_free_bands(bands, s->network->n_pairs);
    if (status == IH_OK)
        return ih_raster_out_commit(out, err);
    ih_raster_out_abort(out);
    return status;
}

ih_status ih_unwrapping_write(const ih_sbas_state *s, ih_error *err)
{
    ih_status status;

    if (!s->unwrapping.cycles)
        return IH_OK;
    status = ih_sbas_write_table(s, "unwrapping.csv", put_table, err);
    return status == IH_OK ? write_cycles(s, err) : status;
}
