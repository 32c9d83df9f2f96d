/* SPDX-License-Identifier: MIT */
#include "utilities/lib/simulate_compare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <gdal.h>

#include "algorithms/alloc.h"
#include "algorithms/grid.h"
#include "utilities/lib/report.h"
#include "utilities/lib/truth_cycles.h"
#include "utilities/lib/truth_match.h"
#include "utilities/lib/truth_writer.h"

static double mean(double sum, double n)
{
    return n > 0.0 ? sum / n : NAN;
}

static ih_status compare_map(ih_truth_comparison *c, const char *name, int deviation_band,
                             ih_truth_totals *t, ih_error *err)
{
    const int bands[2] = {1, 1};
    ih_truth_matched m;
    double offset;
    ih_status st = ih_truth_match(c, name, name, &m, err);

    if (st != IH_OK || !m.result)
        return st;
    if (deviation_band > GDALGetRasterCount(m.result))
        deviation_band = 0;
    st = ih_truth_new_rows(c, &m, err);
    if (st == IH_OK)
        st = ih_truth_reference_offset(c, &m, bands, &offset, err);
    if (st == IH_OK)
        st = ih_truth_add_band(c, &m, bands, deviation_band, offset, t, err);
    ih_truth_unmatch(&m);
    return st;
}

/* ISO date of a band: its DATE item or its description. */
static const char *band_date(GDALDatasetH dataset, int band)
{
    GDALRasterBandH b = GDALGetRasterBand(dataset, band);
    const char *date = GDALGetMetadataItem(b, "DATE", NULL);

    return date ? date : GDALGetDescription(b);
}

/* Band of the truth with the date of a band of the result; 0 = none. */
static int same_date(const ih_truth_matched *m, int result_band)
{
    const char *date = band_date(m->result, result_band);

    for (int band = 1; band <= GDALGetRasterCount(m->truth); band++)
        if (strncmp(date, band_date(m->truth, band), 10) == 0)
            return band;
    return 0;
}

/* Adds a date to the list, which has room for it. */
static void keep_date(const ih_truth_matched *m, int band, const ih_truth_totals *t,
                      ih_simulate_comparison *out)
{
    ih_simulate_date *date = &out->date[out->n_listed++];

    snprintf(date->date, sizeof date->date, "%s", band_date(m->result, band));
    date->bias_mm = 1e3 * mean(t->sum, t->n);
    date->rms_mm = 1e3 * sqrt(mean(t->squares, t->n));
}

static ih_status compare_dates(ih_truth_comparison *c, ih_truth_matched *m, ih_truth_totals *all,
                               ih_simulate_comparison *out, ih_error *err)
{
    ih_status st = ih_truth_new_rows(c, m, err);

    for (int band = 1; band <= GDALGetRasterCount(m->result) && st == IH_OK; band++) {
        const int bands[2] = {band, same_date(m, band)};
        ih_truth_totals t = {0};
        double offset;

        if (bands[1] == 0)
            continue;
        out->n_dates += 1.0;
        if (m->result_base == 0) {
            m->result_base = bands[0];
            m->truth_base = bands[1];
            continue;
        }
        st = ih_truth_reference_offset(c, m, bands, &offset, err);
        if (st == IH_OK)
            st = ih_truth_add_band(c, m, bands, 0, offset, &t, err);
        if (st != IH_OK)
            break;
        all->n += t.n;
        all->squares += t.squares;
        keep_date(m, band, &t, out);
    }
    return st;
}

/* Displacements of each date since the first common one: result and truth may start at different
 * dates. */
static ih_status compare_series(ih_truth_comparison *c, ih_simulate_comparison *out, ih_error *err)
{
    ih_truth_matched m;
    ih_truth_totals all = {0};
    ih_status st = ih_truth_match(c, "displacement", "displacement", &m, err);

    if (st == IH_OK && m.result) {
        out->date = ih_calloc((size_t)GDALGetRasterCount(m.result) + 1, sizeof *out->date);
        st = out->date ? compare_dates(c, &m, &all, out, err)
                       : ih_fail(err, IH_E_MEMORY, "dates of %s", c->result_folder);
    }
    out->displacement_rms_mm = 1e3 * sqrt(mean(all.squares, all.n));
    ih_truth_unmatch(&m);
    return st;
}

static ih_status compare_heights(ih_truth_comparison *c, ih_simulate_comparison *out, ih_error *err)
{
    GDALDatasetH truth = ih_truth_open(c->truth_folder, "dem_error");
    ih_truth_totals t = {0};
    ih_status st = truth ? compare_map(c, "dem_error", 0, &t, err) : IH_OK;

    out->dem_error_bias_m = mean(t.sum, t.n);
    out->dem_error_rms_m = sqrt(mean(t.squares, t.n));
    ih_truth_close(truth);
    return st;
}

static ih_status compare_cycles(ih_truth_comparison *c, ih_simulate_comparison *out, ih_error *err)
{
    ih_truth_cycles t;
    ih_status st = ih_truth_compare_cycles(c, &t, err);

    out->planted_values = t.planted + t.good > 0.0 ? t.planted : NAN;
    out->repaired_share = mean(t.repaired, t.planted);
    out->harmed_share = mean(t.harmed, t.good);
    return st;
}

/* "reference": {"x": .., "y": ..} of run.json. */
static bool reported_reference(const char *folder, double *x, double *y)
{
    char *path = CPLStrdup(CPLFormFilename(folder, "run", "json"));
    GByte *bytes = NULL;
    vsi_l_offset size = 0;
    VSIStatBufL stat;
    bool found = false;

    if (VSIStatL(path, &stat) == 0 && VSIIngestFile(NULL, path, &bytes, &size, 64 << 20)) {
        cJSON *json = cJSON_Parse((const char *)bytes);
        const cJSON *reference = cJSON_GetObjectItem(json, "reference");
        const cJSON *item_x = cJSON_GetObjectItem(reference, "x");
        const cJSON *item_y = cJSON_GetObjectItem(reference, "y");
        found = cJSON_IsNumber(item_x) && cJSON_IsNumber(item_y);
        if (found) {
            *x = item_x->valuedouble;
            *y = item_y->valuedouble;
        }
        cJSON_Delete(json);
    }
    VSIFree(bytes);
    CPLFree(path);
    return found;
}

/* The first pixel whose displacement is 0 in the last and the middle band, which no other pixel is
 * by chance. */
static ih_status search_reference(const char *folder, double *x, double *y, ih_error *err)
{
    GDALDatasetH series = ih_truth_open(folder, "displacement");
    float *last = NULL, *middle = NULL;
    bool found = false;
    ih_grid grid;
    ih_status st = IH_OK;

    if (!series)
        return ih_fail(err, IH_E_DATA,
                       "%s has neither a reference in run.json nor a displacement.tif", folder);
    st = ih_truth_grid_of(series, &grid, err);
    if (st == IH_OK && (!(last = ih_alloc(grid.nx, sizeof *last)) ||
                        !(middle = ih_alloc(grid.nx, sizeof *middle))))
        st = ih_fail(err, IH_E_MEMORY, "%zu columns", grid.nx);
    int bands = GDALGetRasterCount(series);
    for (size_t row = 0; row < (st == IH_OK ? grid.ny : 0) && !found; row++) {
        const size_t window[4] = {0, row, grid.nx, 1};
        st = ih_truth_read(series, bands, window, GDT_Float32, last, err);
        if (st == IH_OK)
            st = ih_truth_read(series, bands / 2 + 1, window, GDT_Float32, middle, err);
        for (size_t column = 0; column < grid.nx && st == IH_OK && !found; column++)
            if (last[column] == 0.0f && middle[column] == 0.0f) {
                ih_grid_centre(&grid, column, row, x, y);
                found = true;
            }
        if (st != IH_OK)
            break;
    }
    if (st == IH_OK && !found)
        st = ih_fail(err, IH_E_DATA,
                     "%s: no reference in run.json, and no pixel with displacement 0 at all dates",
                     folder);
    free(middle);
    free(last);
    ih_truth_close(series);
    return st;
}

static ih_status compare_all(ih_truth_comparison *c, ih_simulate_comparison *out, ih_error *err)
{
    ih_truth_totals velocity = {0};
    ih_status st;

    if (reported_reference(c->result_folder, &c->x, &c->y))
        st = IH_OK;
    else
        st = search_reference(c->result_folder, &c->x, &c->y, err);
    if (st == IH_OK)
        st = compare_map(c, "velocity", 2, &velocity, err);
    if (st == IH_OK && velocity.n == 0.0)
        st = ih_fail(err, IH_E_DATA, "%s has no velocity.tif with valid pixels in common with %s",
                     c->result_folder, c->truth_folder);
    if (st == IH_OK)
        st = compare_series(c, out, err);
    if (st == IH_OK)
        st = compare_heights(c, out, err);
    if (st == IH_OK)
        st = compare_cycles(c, out, err);

    out->reference_x = c->x;
    out->reference_y = c->y;
    out->n_pixels = velocity.n;
    out->bias_mm_per_year = 1e3 * mean(velocity.sum, velocity.n);
    out->rms_mm_per_year = 1e3 * sqrt(mean(velocity.squares, velocity.n));
    out->predicted_mm_per_year = 1e3 * mean(velocity.predicted, velocity.n_predicted);
    out->ratio = out->rms_mm_per_year / out->predicted_mm_per_year;
    out->share_within_1 = mean(velocity.within_1, velocity.n_predicted);
    out->share_within_2 = mean(velocity.within_2, velocity.n_predicted);
    return st;
}

ih_status ih_simulate_compare(const char *result_folder, const char *simulation_folder,
                              ih_simulate_comparison *out, ih_error *err)
{
    char *truth = CPLStrdup(CPLFormFilename(simulation_folder, IH_TRUTH_FOLDER, NULL));
    ih_truth_comparison c = {.result_folder = result_folder, .truth_folder = truth};
    VSIStatBufL stat;
    ih_status st;

    *out = (ih_simulate_comparison){0};
    if (VSIStatL(truth, &stat) != 0 || !VSI_ISDIR(stat.st_mode))
        st =
            ih_fail(err, IH_E_ARGUMENT, "%s is not the folder of a simulation: it has no folder %s",
                    simulation_folder, IH_TRUTH_FOLDER);
    else if (VSIStatL(result_folder, &stat) != 0)
        st = ih_fail(err, IH_E_ARGUMENT, "there is no result folder %s", result_folder);
    else {
        c.mask = ih_truth_open(result_folder, "mask");
        c.area = ih_truth_open(result_folder, "reference_area");
        st = compare_all(&c, out, err);
    }
    ih_truth_close(c.mask);
    ih_truth_close(c.area);
    ih_truth_free_rows(&c);
    CPLFree(truth);
    if (st != IH_OK)
        ih_simulate_comparison_free(out);
    return st;
}

void ih_simulate_comparison_free(ih_simulate_comparison *c)
{
    free(c->date);
    *c = (ih_simulate_comparison){0};
}

cJSON *ih_simulate_comparison_json(const ih_simulate_comparison *c)
{
    cJSON *json = ih_report_new("gdal_ih_simulate"), *dates;

    if (!json)
        return NULL;
    ih_report_number(json, "pixels", c->n_pixels);
    ih_report_number(json, "reference_x", c->reference_x);
    ih_report_number(json, "reference_y", c->reference_y);
    ih_report_number(json, "velocity_bias_mm_per_year", c->bias_mm_per_year);
    ih_report_number(json, "velocity_rms_mm_per_year", c->rms_mm_per_year);
    ih_report_number(json, "predicted_standard_deviation_mm_per_year", c->predicted_mm_per_year);
    ih_report_number(json, "rms_to_predicted", c->ratio);
    ih_report_number(json, "share_within_1_standard_deviation", c->share_within_1);
    ih_report_number(json, "share_within_2_standard_deviations", c->share_within_2);
    ih_report_number(json, "dates", c->n_dates);
    ih_report_number(json, "displacement_rms_mm", c->displacement_rms_mm);
    dates = cJSON_AddArrayToObject(json, "displacement_of_dates");
    for (size_t i = 0; i < c->n_listed; i++) {
        cJSON *date = cJSON_CreateObject();

        cJSON_AddStringToObject(date, "date", c->date[i].date);
        ih_report_number(date, "rms_mm", c->date[i].rms_mm);
        ih_report_number(date, "bias_mm", c->date[i].bias_mm);
        cJSON_AddItemToArray(dates, date);
    }
    ih_report_number(json, "dem_error_rms_m", c->dem_error_rms_m);
    ih_report_number(json, "dem_error_bias_m", c->dem_error_bias_m);
    ih_report_number(json, "planted_unwrapping_errors", c->planted_values);
    ih_report_number(json, "repaired_share", c->repaired_share);
    ih_report_number(json, "harmed_share", c->harmed_share);
    return json;
}

void ih_simulate_comparison_print(const ih_simulate_comparison *c)
{
    printf("Pixels compared:                 %.0f\n", c->n_pixels);
    printf("Reference point:                 %.2f %.2f\n", c->reference_x, c->reference_y);
    printf("Velocity, bias:                  %.3f mm/year\n", c->bias_mm_per_year);
    printf("Velocity, RMS:                   %.3f mm/year\n", c->rms_mm_per_year);
    printf("Velocity, stated deviation:      %.3f mm/year (mean)\n", c->predicted_mm_per_year);
    printf("RMS / stated deviation:          %.3f\n", c->ratio);
    printf("Within 1 standard deviation:     %.1f %% (normal: 68.3 %%)\n", 1e2 * c->share_within_1);
    printf("Within 2 standard deviations:    %.1f %% (normal: 95.4 %%)\n", 1e2 * c->share_within_2);
    printf("Dates compared:                  %.0f\n", c->n_dates);
    printf("Displacement, RMS:               %.3f mm\n", c->displacement_rms_mm);
    for (size_t i = 0; i < c->n_listed; i++)
        printf("  %s, RMS:               %.3f mm\n", c->date[i].date, c->date[i].rms_mm);
    if (isfinite(c->dem_error_rms_m))
        printf("DEM error, RMS:                  %.3f m, bias %.3f m\n", c->dem_error_rms_m,
               c->dem_error_bias_m);
    if (isfinite(c->planted_values))
        printf("Unwrapping errors planted:       %.0f values\n", c->planted_values);
    if (isfinite(c->repaired_share))
        printf("Of them repaired:                %.2f %%\n", 1e2 * c->repaired_share);
    if (isfinite(c->harmed_share))
        printf("Good values harmed:              %.4f %%\n", 1e2 * c->harmed_share);
}
