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
#include "utilities/lib/truth_writer.h"

/* Rows are read in blocks of about this many values. */
#define BLOCK_VALUES ((size_t)1 << 20)

/* A result raster and its truth, on their common pixels. */
typedef struct {
    GDALDatasetH result, truth;
    int result_base, truth_base;      /* bands to subtract: the first common date; 0 = none */
    size_t nx, ny;                    /* common pixels */
    size_t result_column, result_row; /* of the first one */
    size_t truth_column, truth_row;
} matched;

typedef struct {
    const char *result_folder, *truth_folder;
    GDALDatasetH mask; /* 1 = compared; NULL: all pixels */
    GDALDatasetH area; /* 1 = of the reference area; NULL: the reference is a point */
    double x, y;       /* reference point */
    uint8_t *mask_rows;
    float *result_rows, *truth_rows, *deviation_rows;
} comparison;

static GDALDatasetH open_raster(const char *folder, const char *name)
{
    char *path = CPLStrdup(CPLFormFilename(folder, name, "tif"));
    VSIStatBufL stat;
    GDALDatasetH dataset = VSIStatL(path, &stat) == 0 ? GDALOpen(path, GA_ReadOnly) : NULL;

    CPLFree(path);
    return dataset;
}

static void close_raster(GDALDatasetH dataset)
{
    if (dataset)
        GDALClose(dataset);
}

static ih_status grid_of(GDALDatasetH dataset, ih_grid *grid, ih_error *err)
{
    double gt[6];

    if (GDALGetGeoTransform(dataset, gt) != CE_None)
        return ih_fail(err, IH_E_DATA, "%s has no georeferencing", GDALGetDescription(dataset));
    return ih_grid_from_geotransform(gt, (size_t)GDALGetRasterXSize(dataset),
                                     (size_t)GDALGetRasterYSize(dataset), grid, err);
}

static void unmatch(matched *m)
{
    close_raster(m->result);
    close_raster(m->truth);
    *m = (matched){0};
}

/* Opens name.tif of both folders. Without the result's file, m->result stays NULL and IH_OK is
 * returned. */
static ih_status match(const comparison *c, const char *name, matched *m, ih_error *err)
{
    ih_grid result, truth, common;
    int64_t column, row;
    ih_status st;

    *m = (matched){.result = open_raster(c->result_folder, name)};
    if (!m->result)
        return IH_OK;
    m->truth = open_raster(c->truth_folder, name);
    if (!m->truth) {
        st = ih_fail(err, IH_E_IO, "cannot open %s.tif in %s", name, c->truth_folder);
        goto failed;
    }
    st = grid_of(m->result, &result, err);
    if (st == IH_OK)
        st = grid_of(m->truth, &truth, err);
    if (st == IH_OK)
        st = ih_grid_intersection(&result, &truth, &common, err);
    if (st != IH_OK)
        goto failed;

    m->nx = common.nx;
    m->ny = common.ny;
    ih_grid_offset(&result, &common, &column, &row, NULL);
    m->result_column = (size_t)column;
    m->result_row = (size_t)row;
    ih_grid_offset(&truth, &common, &column, &row, NULL);
    m->truth_column = (size_t)column;
    m->truth_row = (size_t)row;
    return IH_OK;

failed:
    unmatch(m);
    return st;
}

static ih_status read_window(GDALDatasetH dataset, int band, const size_t window[4],
                             GDALDataType type, void *values, ih_error *err)
{
    if (GDALRasterIO(GDALGetRasterBand(dataset, band), GF_Read, (int)window[0], (int)window[1],
                     (int)window[2], (int)window[3], values, (int)window[2], (int)window[3], type,
                     0, 0) != CE_None)
        return ih_fail(err, IH_E_IO, "cannot read %s", GDALGetDescription(dataset));
    return IH_OK;
}

/* Value of a band at the reference point; NaN when it lies outside. */
static ih_status value_at(const comparison *c, GDALDatasetH dataset, int band, float *value,
                          ih_error *err)
{
    ih_grid grid;
    size_t window[4] = {0, 0, 1, 1};
    ih_status st = grid_of(dataset, &grid, err);

    if (st != IH_OK)
        return st;
    if (!ih_grid_locate(&grid, c->x, c->y, &window[0], &window[1]))
        return ih_fail(err, IH_E_DATA, "the reference point %.2f %.2f lies outside of %s", c->x,
                       c->y, GDALGetDescription(dataset));
    return read_window(dataset, band, window, GDT_Float32, value, err);
}

static size_t rows_per_block(const matched *m)
{
    size_t rows = BLOCK_VALUES / m->nx;

    return rows == 0 ? 1 : rows > m->ny ? m->ny : rows;
}

static void free_rows(comparison *c)
{
    free(c->mask_rows);
    free(c->result_rows);
    free(c->truth_rows);
    free(c->deviation_rows);
    c->mask_rows = NULL;
    c->result_rows = c->truth_rows = c->deviation_rows = NULL;
}

static ih_status new_rows(comparison *c, const matched *m, ih_error *err)
{
    size_t n = rows_per_block(m) * m->nx;

    if (c->mask && (GDALGetRasterXSize(c->mask) != GDALGetRasterXSize(m->result) ||
                    GDALGetRasterYSize(c->mask) != GDALGetRasterYSize(m->result)))
        return ih_fail(err, IH_E_DATA, "%s and %s differ in size", GDALGetDescription(c->mask),
                       GDALGetDescription(m->result));
    free_rows(c);
    c->mask_rows = ih_alloc(n, 1);
    c->result_rows = ih_alloc(n, sizeof(float));
    c->truth_rows = ih_alloc(n, sizeof(float));
    c->deviation_rows = ih_alloc(n, sizeof(float));
    if (!c->mask_rows || !c->result_rows || !c->truth_rows || !c->deviation_rows)
        return ih_fail(err, IH_E_MEMORY, "rows of %zu pixels", m->nx);
    return IH_OK;
}

/* Reads rows of one band, less those of a base band when there is one; scratch holds as many
 * values. */
static ih_status read_difference(GDALDatasetH dataset, const int bands[2], const size_t window[4],
                                 float *values, float *scratch, ih_error *err)
{
    ih_status st = read_window(dataset, bands[0], window, GDT_Float32, values, err);

    if (st != IH_OK || bands[1] == 0)
        return st;
    st = read_window(dataset, bands[1], window, GDT_Float32, scratch, err);
    for (size_t i = 0; i < window[2] * window[3] && st == IH_OK; i++)
        values[i] -= scratch[i];
    return st;
}

/* Reads a block of rows of both rasters and of the mask. */
static ih_status read_rows(const comparison *c, const matched *m, const int bands[2], size_t row,
                           size_t n_rows, ih_error *err)
{
    const size_t result[4] = {m->result_column, m->result_row + row, m->nx, n_rows};
    const size_t truth[4] = {m->truth_column, m->truth_row + row, m->nx, n_rows};
    const int result_bands[2] = {bands[0], m->result_base},
              truth_bands[2] = {bands[1], m->truth_base};
    ih_status st =
        read_difference(m->result, result_bands, result, c->result_rows, c->deviation_rows, err);

    if (st == IH_OK)
        st = read_difference(m->truth, truth_bands, truth, c->truth_rows, c->deviation_rows, err);
    if (st == IH_OK && c->mask)
        st = read_window(c->mask, 1, result, GDT_Byte, c->mask_rows, err);
    else
        memset(c->mask_rows, 1, m->nx * n_rows);
    return st;
}

typedef struct {
    double n, sum, squares, predicted, n_predicted, within_1, within_2;
} totals;

/* Adds the differences of a band of the result, less offset, from the truth. The mean deviation is
 * read when deviation_band > 0. */
static ih_status add_band(const comparison *c, const matched *m, const int bands[2],
                          int deviation_band, double offset, totals *t, ih_error *err)
{
    size_t step = rows_per_block(m);

    for (size_t row = 0; row < m->ny; row += step) {
        size_t n_rows = row + step > m->ny ? m->ny - row : step;
        ih_status st = read_rows(c, m, bands, row, n_rows, err);
        if (st == IH_OK && deviation_band > 0) {
            const size_t window[4] = {m->result_column, m->result_row + row, m->nx, n_rows};
            st =
                read_window(m->result, deviation_band, window, GDT_Float32, c->deviation_rows, err);
        }
        if (st != IH_OK)
            return st;
        for (size_t i = 0; i < n_rows * m->nx; i++) {
            double difference = (double)c->result_rows[i] - c->truth_rows[i] - offset;
            if (c->mask_rows[i] != 1 || !isfinite(difference))
                continue;
            t->n += 1.0;
            t->sum += difference;
            t->squares += difference * difference;
            double deviation = deviation_band > 0 ? (double)c->deviation_rows[i] : 0.0;
            if (!(deviation > 0.0) || !isfinite(deviation))
                continue;
            t->n_predicted += 1.0;
            t->predicted += deviation;
            t->within_1 += fabs(difference) <= deviation;
            t->within_2 += fabs(difference) <= 2.0 * deviation;
        }
    }
    return IH_OK;
}

/* The same over a reference area: the mean over its pixels. */
static ih_status area_offset(const comparison *c, const matched *m, const int bands[2],
                             double *offset, ih_error *err)
{
    comparison area = *c;
    totals t = {0};
    ih_status st;

    area.mask = c->area;
    st = add_band(&area, m, bands, 0, 0.0, &t, err);
    if (st == IH_OK && t.n == 0.0)
        st = ih_fail(err, IH_E_DATA, "%s: the reference area has no pixel in common with %s",
                     c->result_folder, c->truth_folder);
    *offset = t.sum / t.n;
    return st;
}

/* How far result and truth are apart at the reference, where the result is relative to. */
static ih_status reference_offset(const comparison *c, const matched *m, const int bands[2],
                                  double *offset, ih_error *err)
{
    float result = 0.0f, truth = 0.0f, result_base = 0.0f, truth_base = 0.0f;
    ih_status st;

    if (c->area)
        return area_offset(c, m, bands, offset, err);
    st = value_at(c, m->result, bands[0], &result, err);
    if (st == IH_OK)
        st = value_at(c, m->truth, bands[1], &truth, err);
    if (st == IH_OK && m->result_base > 0)
        st = value_at(c, m->result, m->result_base, &result_base, err);
    if (st == IH_OK && m->truth_base > 0)
        st = value_at(c, m->truth, m->truth_base, &truth_base, err);
    /* A result may leave its own reference pixel out: by definition it is 0 there. */
    double own = isfinite(result) && isfinite(result_base) ? (double)result - result_base : 0.0;
    *offset = own - ((double)truth - truth_base);
    return st;
}

static ih_status compare_map(comparison *c, const char *name, int deviation_band, totals *t,
                             ih_error *err)
{
    const int bands[2] = {1, 1};
    matched m;
    double offset;
    ih_status st = match(c, name, &m, err);

    if (st != IH_OK || !m.result)
        return st;
    if (deviation_band > GDALGetRasterCount(m.result))
        deviation_band = 0;
    st = new_rows(c, &m, err);
    if (st == IH_OK)
        st = reference_offset(c, &m, bands, &offset, err);
    if (st == IH_OK)
        st = add_band(c, &m, bands, deviation_band, offset, t, err);
    unmatch(&m);
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
static int same_date(const matched *m, int result_band)
{
    const char *date = band_date(m->result, result_band);

    for (int band = 1; band <= GDALGetRasterCount(m->truth); band++)
        if (strncmp(date, band_date(m->truth, band), 10) == 0)
            return band;
    return 0;
}

/* Displacements of each date since the first common one: result and truth may start at different
 * dates. */
static ih_status compare_series(comparison *c, totals *t, double *n_dates, ih_error *err)
{
    matched m;
    ih_status st = match(c, "displacement", &m, err);

    *n_dates = 0.0;
    if (st != IH_OK || !m.result)
        return st;
    st = new_rows(c, &m, err);
    for (int band = 1; band <= GDALGetRasterCount(m.result) && st == IH_OK; band++) {
        const int bands[2] = {band, same_date(&m, band)};
        double offset;
        if (bands[1] == 0)
            continue;
        *n_dates += 1.0;
        if (m.result_base == 0) {
            m.result_base = bands[0];
            m.truth_base = bands[1];
            continue;
        }
        st = reference_offset(c, &m, bands, &offset, err);
        if (st == IH_OK)
            st = add_band(c, &m, bands, 0, offset, t, err);
    }
    unmatch(&m);
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
    GDALDatasetH series = open_raster(folder, "displacement");
    float *last = NULL, *middle = NULL;
    bool found = false;
    ih_grid grid;
    ih_status st = IH_OK;

    if (!series)
        return ih_fail(err, IH_E_DATA,
                       "%s has neither a reference in run.json nor a displacement.tif", folder);
    st = grid_of(series, &grid, err);
    if (st == IH_OK && (!(last = ih_alloc(grid.nx, sizeof *last)) ||
                        !(middle = ih_alloc(grid.nx, sizeof *middle))))
        st = ih_fail(err, IH_E_MEMORY, "%zu columns", grid.nx);
    int bands = GDALGetRasterCount(series);
    for (size_t row = 0; row < (st == IH_OK ? grid.ny : 0) && !found; row++) {
        const size_t window[4] = {0, row, grid.nx, 1};
        st = read_window(series, bands, window, GDT_Float32, last, err);
        if (st == IH_OK)
            st = read_window(series, bands / 2 + 1, window, GDT_Float32, middle, err);
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
    close_raster(series);
    return st;
}

static double mean(double sum, double n)
{
    return n > 0.0 ? sum / n : NAN;
}

static ih_status compare_all(comparison *c, ih_simulate_comparison *out, ih_error *err)
{
    totals velocity = {0}, series = {0}, dem = {0};
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
        st = compare_series(c, &series, &out->n_dates, err);
    if (st == IH_OK)
        st = compare_map(c, "dem_error", 0, &dem, err);

    out->reference_x = c->x;
    out->reference_y = c->y;
    out->n_pixels = velocity.n;
    out->bias_mm_per_year = 1e3 * mean(velocity.sum, velocity.n);
    out->rms_mm_per_year = 1e3 * sqrt(mean(velocity.squares, velocity.n));
    out->predicted_mm_per_year = 1e3 * mean(velocity.predicted, velocity.n_predicted);
    out->ratio = out->rms_mm_per_year / out->predicted_mm_per_year;
    out->share_within_1 = mean(velocity.within_1, velocity.n_predicted);
    out->share_within_2 = mean(velocity.within_2, velocity.n_predicted);
    out->displacement_rms_mm = 1e3 * sqrt(mean(series.squares, series.n));
    out->dem_error_rms_m = sqrt(mean(dem.squares, dem.n));
    return st;
}

ih_status ih_simulate_compare(const char *result_folder, const char *simulation_folder,
                              ih_simulate_comparison *out, ih_error *err)
{
    char *truth = CPLStrdup(CPLFormFilename(simulation_folder, IH_TRUTH_FOLDER, NULL));
    comparison c = {.result_folder = result_folder, .truth_folder = truth};
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
        c.mask = open_raster(result_folder, "mask");
        c.area = open_raster(result_folder, "reference_area");
        st = compare_all(&c, out, err);
    }
    close_raster(c.mask);
    close_raster(c.area);
    free_rows(&c);
    CPLFree(truth);
    return st;
}

cJSON *ih_simulate_comparison_json(const ih_simulate_comparison *c)
{
    cJSON *json = ih_report_new("gdal_ih_simulate");

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
    ih_report_number(json, "dem_error_rms_m", c->dem_error_rms_m);
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
    if (isfinite(c->dem_error_rms_m))
        printf("DEM error, RMS:                  %.3f m\n", c->dem_error_rms_m);
}
