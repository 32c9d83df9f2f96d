/* SPDX-License-Identifier: MIT
 *
 * The tables of a result folder: one line per pair or date.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "utilities/lib/pairs_csv.h"
#include "utilities/lib/report.h"
#include "utilities/lib/sbas_state.h"

/* A number, or nothing when it is unknown. */
static void put(FILE *text, const char *format, double value)
{
    fputc(',', text);
    if (!isnan(value))
        fprintf(text, format, value);
}

static void put_dates(const ih_interferogram *item, FILE *text)
{
    char reference[16], secondary[16];

    ih_iso_date(item->reference_days, reference);
    ih_iso_date(item->secondary_days, secondary);
    fprintf(text, "%s,%s", reference, secondary);
}

/* A text in quotation marks. */
static void put_text(FILE *text, const char *c)
{
    fputs(",\"", text);
    for (; *c; c++)
        fprintf(text, *c == '"' ? "\"\"" : "%c", *c);
    fputc('"', text);
}

static void put_network(const ih_sbas_state *s, FILE *text)
{
    const ih_whole_network *w = &s->selection.whole;

    fputs("reference_date,secondary_date,temporal_baseline_days,perpendicular_baseline_m,"
          "mean_coherence,area_ratio,valid_fraction,component,bridge,verdict,product\n",
          text);
    for (size_t i = 0; i < w->n_pairs; i++) {
        const ih_interferogram *item = w->items[i];
        uint32_t part = w->structure->component[w->network->reference_index[i]];

        put_dates(item, text);
        fprintf(text, ",%d", item->secondary_days - item->reference_days);
        put(text, "%.4f", item->perpendicular_baseline_m);
        put(text, "%.6f", item->mean_coherence);
        put(text, "%.6f", item->area_ratio);
        put(text, "%.6f", item->valid_fraction);
        if (ih_pair_is_kept(w->verdict[i]))
            fprintf(text, ",%u,%d", part + 1, w->structure->bridge[i]);
        else
            fputs(",,", text);
        fprintf(text, ",%s", ih_pair_verdict_text(w->verdict[i]));
        put_text(text, item->name);
        fputc('\n', text);
    }
}

/* Least mean coherence of the kept pairs of a date; NaN without one that is known. */
static double weakest_coherence(const ih_whole_network *w, size_t date)
{
    double weakest = NAN;

    for (size_t i = 0; i < w->n_pairs; i++)
        if (ih_pair_is_kept(w->verdict[i]) &&
            (w->network->reference_index[i] == date || w->network->secondary_index[i] == date))
            weakest = fmin(weakest, w->mean_coherence[i]);
    return weakest;
}

/* All dates of the stack. Baselines are those of displacement.tif, so a date that lost its pairs
 * has none. */
static void put_date_table(const ih_sbas_state *s, FILE *text)
{
    const ih_whole_network *w = &s->selection.whole;
    size_t kept = 0;

    fputs("date,pairs,perpendicular_baseline_m,weakest_coherence,component\n", text);
    for (size_t i = 0; i < w->network->n_dates; i++) {
        bool used = w->structure->pairs_per_date[i] > 0;
        char date[16];

        ih_iso_date(w->network->date_days[i], date);
        fprintf(text, "%s,%u", date, w->structure->pairs_per_date[i]);
        put(text, "%.4f", used ? s->date_baselines_m[kept] : NAN);
        put(text, "%.6f", weakest_coherence(w, i));
        if (used)
            fprintf(text, ",%u\n", w->structure->component[i] + 1);
        else
            fputs(",\n", text);
        kept += used;
    }
}

static void put_residuals(const ih_sbas_state *s, FILE *text)
{
    double millimetres = s->facts.wavelength_m / (4.0 * M_PI) * 1e3;

    fputs("reference_date,secondary_date,residual_rms_rad,residual_rms_mm,pixels\n", text);
    for (size_t i = 0; i < s->network->n_pairs; i++) {
        put_dates(&s->catalogue->items[i], text);
        put(text, "%.6g", s->solution->residual_rms_rad[i]);
        put(text, "%.6g", s->solution->residual_rms_rad[i] * millimetres);
        fprintf(text, ",%llu\n", (unsigned long long)s->solution->residual_count[i]);
    }
}

ih_status ih_sbas_write_table(const ih_sbas_state *s, const char *name,
                              void (*put_table)(const ih_sbas_state *, FILE *), ih_error *err)
{
    char *path = ih_result_folder_path(s->folder, name), *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    ih_status status;

    if (stream) {
        put_table(s, stream);
        fclose(stream);
    }
    status = path && text ? ih_report_write_text(path, text, err)
                          : ih_fail(err, IH_E_MEMORY, "%s", name);
    free(text);
    free(path);
    return status;
}

ih_status ih_sbas_write_tables(const ih_sbas_state *s, ih_error *err)
{
    ih_status status = ih_sbas_write_table(s, "network.csv", put_network, err);

    if (status == IH_OK)
        status = ih_sbas_write_table(s, "dates.csv", put_date_table, err);
    if (status == IH_OK)
        status = ih_sbas_write_table(s, "residual_rms.csv", put_residuals, err);
    return status;
}
