/* SPDX-License-Identifier: MIT
 *
 * The tables of a result folder: one line per pair.
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

static void put_dates(const ih_sbas_state *s, size_t pair, FILE *text)
{
    char reference[16], secondary[16];

    ih_iso_date(s->catalogue->items[pair].reference_days, reference);
    ih_iso_date(s->catalogue->items[pair].secondary_days, secondary);
    fprintf(text, "%s,%s", reference, secondary);
}

static void put_network(const ih_sbas_state *s, FILE *text)
{
    double n_pixels = (double)ih_sbas_pixels(s);

    fputs("reference_date,secondary_date,temporal_baseline_days,perpendicular_baseline_m,"
          "mean_coherence,valid_fraction,component,product\n",
          text);
    for (size_t i = 0; i < s->network->n_pairs; i++) {
        const ih_interferogram *item = &s->catalogue->items[i];

        put_dates(s, i, text);
        fprintf(text, ",%d", item->secondary_days - item->reference_days);
        put(text, "%.4f", item->perpendicular_baseline_m);
        put(text, "%.6f", s->ingest->mean_coherence[i]);
        put(text, "%.6f", (double)s->ingest->valid_pixels[i] / n_pixels);
        fprintf(text, ",%u,\"", s->network->component[s->network->reference_index[i]] + 1);
        for (const char *c = item->name; *c; c++)
            fprintf(text, *c == '"' ? "\"\"" : "%c", *c);
        fputs("\"\n", text);
    }
}

static void put_residuals(const ih_sbas_state *s, FILE *text)
{
    double millimetres = s->facts.wavelength_m / (4.0 * M_PI) * 1e3;

    fputs("reference_date,secondary_date,residual_rms_rad,residual_rms_mm,pixels\n", text);
    for (size_t i = 0; i < s->network->n_pairs; i++) {
        put_dates(s, i, text);
        put(text, "%.6g", s->solution->residual_rms_rad[i]);
        put(text, "%.6g", s->solution->residual_rms_rad[i] * millimetres);
        fprintf(text, ",%llu\n", (unsigned long long)s->solution->residual_count[i]);
    }
}

static ih_status write_table(const ih_sbas_state *s, const char *name,
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
    ih_status status = write_table(s, "network.csv", put_network, err);

    if (status == IH_OK)
        status = write_table(s, "residual_rms.csv", put_residuals, err);
    return status;
}
