/* SPDX-License-Identifier: MIT */
#include "utilities/lib/truth_match.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_vsi.h>

#include "algorithms/alloc.h"
#include "algorithms/grid.h"

/* Rows are read in blocks of about this many values. */
#define BLOCK_VALUES ((size_t)1 << 20)

GDALDatasetH ih_truth_open(const char *folder, const char *name)
{
    char *path = CPLStrdup(CPLFormFilename(folder, name, "tif"));
    VSIStatBufL stat;
    GDALDatasetH dataset = VSIStatL(path, &stat) == 0 ? GDALOpen(path, GA_ReadOnly) : NULL;

    CPLFree(path);
    return dataset;
}

void ih_truth_close(GDALDatasetH dataset)
{
    if (dataset)
        GDALClose(dataset);
}

ih_status ih_truth_grid_of(GDALDatasetH dataset, ih_grid *grid, ih_error *err)
{
    double gt[6];

    if (GDALGetGeoTransform(dataset, gt) != CE_None)
        return ih_fail(err, IH_E_DATA, "%s has no georeferencing", GDALGetDescription(dataset));
    return ih_grid_from_geotransform(gt, (size_t)GDALGetRasterXSize(dataset),
                                     (size_t)GDALGetRasterYSize(dataset), grid, err);
}

void ih_truth_unmatch(ih_truth_matched *m)
{
    ih_truth_close(m->result);
    ih_truth_close(m->truth);
    *m = (ih_truth_matched){0};
}

ih_status ih_truth_match(const ih_truth_comparison *c, const char *result_name,
                         const char *truth_name, ih_truth_matched *m, ih_error *err)
{
    ih_grid result, truth, common;
    int64_t column, row;
    ih_status st;

    *m = (ih_truth_matched){.result = ih_truth_open(c->result_folder, result_name)};
    if (!m->result)
        return IH_OK;
    m->truth = ih_truth_open(c->truth_folder, truth_name);
    if (!m->truth) {
        st = ih_fail(err, IH_E_IO, "cannot open %s.tif in %s", truth_name, c->truth_folder);
        goto failed;
    }
    st = ih_truth_grid_of(m->result, &result, err);
    if (st == IH_OK)
        st = ih_truth_grid_of(m->truth, &truth, err);
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
    ih_truth_unmatch(m);
    return st;
}

ih_status ih_truth_read(GDALDatasetH dataset, int band, const size_t window[4], GDALDataType type,
                        void *values, ih_error *err)
{
    if (GDALRasterIO(GDALGetRasterBand(dataset, band), GF_Read, (int)window[0], (int)window[1],
                     (int)window[2], (int)window[3], values, (int)window[2], (int)window[3], type,
                     0, 0) != CE_None)
        return ih_fail(err, IH_E_IO, "cannot read %s", GDALGetDescription(dataset));
    return IH_OK;
}

/* Value of a band at the reference point; NaN when it lies outside. */
static ih_status value_at(const ih_truth_comparison *c, GDALDatasetH dataset, int band,
                          float *value, ih_error *err)
{
    ih_grid grid;
    size_t window[4] = {0, 0, 1, 1};
    ih_status st = ih_truth_grid_of(dataset, &grid, err);

    if (st != IH_OK)
        return st;
    if (!ih_grid_locate(&grid, c->x, c->y, &window[0], &window[1]))
        return ih_fail(err, IH_E_DATA, "the reference point %.2f %.2f lies outside of %s", c->x,
                       c->y, GDALGetDescription(dataset));
    return ih_truth_read(dataset, band, window, GDT_Float32, value, err);
}

size_t ih_truth_rows_per_block(const ih_truth_matched *m)
{
    size_t rows = BLOCK_VALUES / m->nx;

    return rows == 0 ? 1 : rows > m->ny ? m->ny : rows;
}

void ih_truth_free_rows(ih_truth_comparison *c)
{
    free(c->mask_rows);
    free(c->result_rows);
    free(c->truth_rows);
    free(c->deviation_rows);
    c->mask_rows = NULL;
    c->result_rows = c->truth_rows = c->deviation_rows = NULL;
}

ih_status ih_truth_new_rows(ih_truth_comparison *c, const ih_truth_matched *m, ih_error *err)
{
    size_t n = ih_truth_rows_per_block(m) * m->nx;

    if (c->mask && (GDALGetRasterXSize(c->mask) != GDALGetRasterXSize(m->result) ||
                    GDALGetRasterYSize(c->mask) != GDALGetRasterYSize(m->result)))
        return ih_fail(err, IH_E_DATA, "%s and %s differ in size", GDALGetDescription(c->mask),
                       GDALGetDescription(m->result));
    ih_truth_free_rows(c);
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
    ih_status st = ih_truth_read(dataset, bands[0], window, GDT_Float32, values, err);

    if (st != IH_OK || bands[1] == 0)
        return st;
    st = ih_truth_read(dataset, bands[1], window, GDT_Float32, scratch, err);
    for (size_t i = 0; i < window[2] * window[3] && st == IH_OK; i++)
        values[i] -= scratch[i];
    return st;
}

/* Reads a block of rows of both rasters and of the mask. */
static ih_status read_rows(const ih_truth_comparison *c, const ih_truth_matched *m,
                           const int bands[2], size_t row, size_t n_rows, ih_error *err)
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
        st = ih_truth_read(c->mask, 1, result, GDT_Byte, c->mask_rows, err);
    else
        memset(c->mask_rows, 1, m->nx * n_rows);
    return st;
}

ih_status ih_truth_add_band(const ih_truth_comparison *c, const ih_truth_matched *m,
                            const int bands[2], int deviation_band, double offset,
                            ih_truth_totals *t, ih_error *err)
{
    size_t step = ih_truth_rows_per_block(m);

    for (size_t row = 0; row < m->ny; row += step) {
        size_t n_rows = row + step > m->ny ? m->ny - row : step;
        ih_status st = read_rows(c, m, bands, row, n_rows, err);
        if (st == IH_OK && deviation_band > 0) {
            const size_t window[4] = {m->result_column, m->result_row + row, m->nx, n_rows};
            st = ih_truth_read(m->result, deviation_band, window, GDT_Float32, c->deviation_rows,
                               err);
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
static ih_status area_offset(const ih_truth_comparison *c, const ih_truth_matched *m,
                             const int bands[2], double *offset, ih_error *err)
{
    ih_truth_comparison area = *c;
    ih_truth_totals t = {0};
    ih_status st;

    area.mask = c->area;
    st = ih_truth_add_band(&area, m, bands, 0, 0.0, &t, err);
    if (st == IH_OK && t.n == 0.0)
        st = ih_fail(err, IH_E_DATA, "%s: the reference area has no pixel in common with %s",
                     c->result_folder, c->truth_folder);
    *offset = t.sum / t.n;
    return st;
}

ih_status ih_truth_reference_offset(const ih_truth_comparison *c, const ih_truth_matched *m,
                                    const int bands[2], double *offset, ih_error *err)
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
