/* SPDX-License-Identifier: MIT */
#include "utilities/lib/stack_reader.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <gdal.h>

#include "algorithms/alloc.h"
#include "algorithms/observation.h"
#include "utilities/lib/grid_reader.h"

/* The float before 1e6: phases beyond are the no-data of some software, never a phase. */
#define LARGEST_PHASE_RAD 999999.9375f

/* Coherence beyond 0..1 by more is no rounding; more of it than this share is another unit. */
#define COHERENCE_SLACK   1e-3f
#define LARGEST_BAD_SHARE 0.01

struct ih_stack_reader {
    const char *name, *path;
    enum ih_stack_layer layer;
    ih_value_range range;        /* of the values so far; bad are those that cannot be */
    GDALDatasetH source, warped; /* warped: NULL on the lattice */
    GDALRasterBandH source_band, band;
    ih_grid grid;
    int64_t column, row; /* of the grid's first pixel in the band */
    char remark[400];
};

static ih_status gdal_failure(const ih_stack_reader *reader, const char *what, ih_error *err)
{
    const char *text = CPLGetLastErrorMsg();

    return ih_fail(err, IH_E_IO, "%s: %s%s%s", reader->name, what, text && *text ? ": " : "",
                   text ? text : "");
}

static ih_status open_source(ih_stack_reader *reader, const ih_interferogram *item,
                             const ih_layer_source *layer, ih_error *err)
{
    static const char *const hyp3[] = {"HYP3", NULL};
    /* Every layer is read from front to back by one reader. */
    static const char *const once[] = {"CACHE=ONCE", NULL};

    reader->name = item->name;
    reader->path = layer->path;
    reader->source =
        GDALOpenEx(layer->path, GDAL_OF_RASTER | GDAL_OF_READONLY | GDAL_OF_VERBOSE_ERROR,
                   item->is_hyp3 ? hyp3 : NULL, item->is_hyp3 ? once : NULL, NULL);
    if (!reader->source)
        return gdal_failure(reader, "it cannot be opened again", err);
    if (layer->band > GDALGetRasterCount(reader->source) ||
        (size_t)GDALGetRasterXSize(reader->source) != item->grid.nx ||
        (size_t)GDALGetRasterYSize(reader->source) != item->grid.ny)
        return ih_fail(err, IH_E_DATA, "%s: %s has another size than the phase", item->name,
                       layer->path);
    return IH_OK;
}

ih_status ih_stack_reader_new(const ih_catalogue *catalogue, size_t index,
                              enum ih_stack_layer layer, const ih_common_grid *common,
                              ih_stack_reader **out, ih_error *err)
{
    const ih_interferogram *item = &catalogue->items[index];
    const ih_layer_source *source = &item->layers[layer];
    ih_stack_reader *reader = ih_calloc(1, sizeof *reader);
    ih_status status = IH_OK;

    *out = NULL;
    if (!reader)
        return ih_fail(err, IH_E_MEMORY, "reader of %s", item->name);
    reader->grid = common->grid;
    reader->layer = layer;
    reader->range = (ih_value_range){.lowest = INFINITY, .highest = -INFINITY};
    CPLPushErrorHandler(CPLQuietErrorHandler);
    CPLErrorReset();
    status = open_source(reader, item, source, err);
    if (status == IH_OK)
        reader->source_band = GDALGetRasterBand(reader->source, source->band);
    if (status == IH_OK && common->on_lattice[index]) {
        reader->band = reader->source_band;
        if (!ih_grid_offset(&item->grid, &common->grid, &reader->column, &reader->row, NULL))
            status = ih_fail(err, IH_E_DATA, "%s: not on the common lattice", item->name);
    } else if (status == IH_OK) {
        const ih_grid_warp warp = {.source = reader->source,
                                   .first_band = source->band,
                                   .n_bands = 1,
                                   .from = item->srs,
                                   .to = common->srs,
                                   .grid = &common->grid,
                                   .resampling = GRA_NearestNeighbour};

        reader->warped = ih_grid_warp_new(&warp);
        if (reader->warped)
            reader->band = GDALGetRasterBand(reader->warped, 1);
        else
            status = gdal_failure(reader, "it cannot be brought to the common grid", err);
    }
    CPLPopErrorHandler();
    if (status != IH_OK) {
        ih_stack_reader_free(reader);
        return status;
    }
    *out = reader;
    return IH_OK;
}

void ih_stack_reader_free(ih_stack_reader *reader)
{
    if (!reader)
        return;
    if (reader->warped)
        GDALClose(reader->warped);
    if (reader->source)
        GDALClose(reader->source);
    free(reader);
}

static const char *bad_file(const ih_stack_reader *reader)
{
    const char *name = CPLGetFilename(reader->path);

    return *name ? name : reader->name;
}

/* Takes impossible phases for no data, and counts what cannot be. */
static void check_values(ih_stack_reader *reader, float *values, size_t n)
{
    static const float phases[] = {-LARGEST_PHASE_RAD, LARGEST_PHASE_RAD};
    static const float coherences[] = {-COHERENCE_SLACK, 1.0f + COHERENCE_SLACK};
    bool is_phase = reader->layer == IH_STACK_UNW;
    uint64_t n_bad = reader->range.n_bad;
    float no_data;

    if (!ih_stack_reader_no_data(reader, &no_data))
        no_data = NAN;
    ih_value_range_add(&reader->range, n, values, no_data, is_phase ? phases : coherences);
    if (!is_phase || reader->range.n_bad == n_bad)
        return;
    for (size_t i = 0; i < n; i++)
        if (fabsf(values[i]) > LARGEST_PHASE_RAD && values[i] != no_data)
            values[i] = NAN;
}

/* What has been counted, once the last row is read. */
static ih_status judge_values(ih_stack_reader *reader, ih_error *err)
{
    const char *file = bad_file(reader);

    if (reader->range.n_bad == 0)
        return IH_OK;
    if (reader->layer == IH_STACK_UNW) {
        snprintf(reader->remark, sizeof reader->remark,
                 "%s: %llu phases of 1e6 rad and more are taken for no data", file,
                 (unsigned long long)reader->range.n_bad);
        return IH_OK;
    }
    if ((double)reader->range.n_bad > LARGEST_BAD_SHARE * (double)reader->range.n_valid)
        return ih_fail(err, IH_E_DATA,
                       "%s: %llu of %llu coherences are outside 0 to 1 (from %g to %g); scale them "
                       "to 0..1",
                       file, (unsigned long long)reader->range.n_bad,
                       (unsigned long long)reader->range.n_valid, (double)reader->range.lowest,
                       (double)reader->range.highest);
    snprintf(reader->remark, sizeof reader->remark,
             "%s: %llu of %llu coherences are outside 0 to 1 (from %g to %g) and are clamped", file,
             (unsigned long long)reader->range.n_bad, (unsigned long long)reader->range.n_valid,
             (double)reader->range.lowest, (double)reader->range.highest);
    return IH_OK;
}

ih_status ih_stack_reader_rows(ih_stack_reader *reader, size_t row, size_t n_rows, float *values,
                               ih_error *err)
{
    size_t nx = reader->grid.nx;
    const ih_grid_window window = {.column = reader->column,
                                   .row = reader->row + (int64_t)row,
                                   .nx = nx,
                                   .ny = n_rows,
                                   .type = GDT_Float32,
                                   .fill = (double)NAN};
    ih_status status = IH_OK;

    CPLPushErrorHandler(CPLQuietErrorHandler);
    CPLErrorReset();
    if (!ih_grid_read_window(reader->band, &window, values))
        status = gdal_failure(reader, "its pixels cannot be read", err);
    CPLPopErrorHandler();
    if (status == IH_OK && (reader->layer == IH_STACK_UNW || reader->layer == IH_STACK_CORR))
        check_values(reader, values, n_rows * nx);
    if (status == IH_OK && row + n_rows == reader->grid.ny)
        status = judge_values(reader, err);
    return status;
}

const char *ih_stack_reader_remark(const ih_stack_reader *reader)
{
    return reader->remark;
}

int ih_stack_reader_no_data(const ih_stack_reader *reader, float *no_data)
{
    int has = 0;
    double value = GDALGetRasterNoDataValue(reader->source_band, &has);

    *no_data = (float)value;
    return has && isfinite(value);
}
