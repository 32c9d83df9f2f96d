/* SPDX-License-Identifier: MIT */
#include "utilities/lib/grid_reader.h"

#include <math.h>

#include <cpl_conv.h>
#include <cpl_string.h>
#include <gdal_alg.h>
#include <ogr_srs_api.h>

#include "utilities/lib/lattice_choice.h"

/* The scale of a map differs by less from that of a neighbouring zone. */
#define NEARLY_ONE 0.05

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

bool ih_grid_read_window(GDALRasterBandH band, const ih_grid_window *w, void *values)
{
    int64_t band_nx = GDALGetRasterBandXSize(band), band_ny = GDALGetRasterBandYSize(band);
    int64_t x0 = clamp(w->column, 0, band_nx);
    int64_t x1 = clamp(w->column + (int64_t)w->nx, 0, band_nx);
    int64_t y0 = clamp(w->row, 0, band_ny), y1 = clamp(w->row + (int64_t)w->ny, 0, band_ny);
    int size = GDALGetDataTypeSizeBytes(w->type);
    char *first = values;

    if (x1 - x0 != (int64_t)w->nx || y1 - y0 != (int64_t)w->ny)
        GDALCopyWords64(&w->fill, GDT_Float64, 0, values, w->type, size,
                        (GPtrDiff_t)(w->nx * w->ny));
    if (x1 <= x0 || y1 <= y0)
        return true;
    first += ((size_t)(y0 - w->row) * w->nx + (size_t)(x0 - w->column)) * (size_t)size;
    return GDALRasterIOEx(band, GF_Read, (int)x0, (int)y0, (int)(x1 - x0), (int)(y1 - y0), first,
                          (int)(x1 - x0), (int)(y1 - y0), w->type, 0,
                          (GSpacing)w->nx * (GSpacing)size, NULL) == CE_None;
}

static char **transformer_options(const ih_grid_warp *warp)
{
    char *from_wkt = NULL, *to_wkt = NULL, **options = NULL;

    if (warp->from && warp->to) {
#pragma omp critical(ih_shared_srs)
        {
            OSRExportToWkt(warp->from, &from_wkt);
            OSRExportToWkt(warp->to, &to_wkt);
        }
        options = CSLSetNameValue(options, "SRC_SRS", from_wkt);
        options = CSLSetNameValue(options, "DST_SRS", to_wkt);
    }
    CPLFree(from_wkt);
    CPLFree(to_wkt);
    return options;
}

void ih_grid_steps(const ih_grid *source, OGRSpatialReferenceH from, const ih_grid *grid,
                   OGRSpatialReferenceH to, double step[2])
{
    double x[3], y[3];
    OGRCoordinateTransformationH t = NULL;

    ih_grid_centre(grid, grid->nx / 2, grid->ny / 2, &x[0], &y[0]);
    x[1] = x[0] + grid->dx;
    y[1] = y[0];
    x[2] = x[0];
    y[2] = y[0] + grid->dy;
    if (from && to && !ih_same_srs(from, to)) {
        t = ih_transformation(to, from);
        if (!t || !OCTTransform(t, 3, x, y, NULL))
            x[0] = NAN;
        if (t)
            OCTDestroyCoordinateTransformation(t);
    }
    for (int axis = 0; axis < 2; axis++) {
        step[axis] = hypot((x[axis + 1] - x[0]) / source->dx, (y[axis + 1] - y[0]) / source->dy);
        if (fabs(step[axis] - 1) < NEARLY_ONE || !isfinite(step[axis]))
            step[axis] = 1.0;
    }
}

/* Target pixels per source pixel. GDAL would take it from every block anew, and the kernel of an
 * average would change from block to block. */
static void fix_scale(const double step[2], GDALWarpOptions *options)
{
    options->papszWarpOptions =
        CSLSetNameValue(options->papszWarpOptions, "XSCALE", CPLSPrintf("%.12g", 1.0 / step[0]));
    options->papszWarpOptions =
        CSLSetNameValue(options->papszWarpOptions, "YSCALE", CPLSPrintf("%.12g", 1.0 / step[1]));
}

static void set_bands(const ih_grid_warp *warp, GDALWarpOptions *options)
{
    size_t n = (size_t)warp->n_bands;

    options->nBandCount = warp->n_bands;
    options->panSrcBands = CPLMalloc(n * sizeof(int));
    options->panDstBands = CPLMalloc(n * sizeof(int));
    options->padfDstNoDataReal = CPLMalloc(n * sizeof(double));
    if (warp->nan_is_no_data)
        options->padfSrcNoDataReal = CPLMalloc(n * sizeof(double));
    for (int i = 0; i < warp->n_bands; i++) {
        options->panSrcBands[i] = warp->first_band + i;
        options->panDstBands[i] = i + 1;
        options->padfDstNoDataReal[i] = (double)NAN;
        if (warp->nan_is_no_data)
            options->padfSrcNoDataReal[i] = (double)NAN;
    }
}

GDALDatasetH ih_grid_warp_new(const ih_grid_warp *warp)
{
    GDALWarpOptions *options = GDALCreateWarpOptions();
    char **transformer = transformer_options(warp);
    double gt[6];
    GDALDatasetH warped = NULL;
    void *argument;

    ih_grid_to_geotransform(warp->grid, gt);
    argument = GDALCreateGenImgProjTransformer2(warp->source, NULL, transformer);
    if (argument) {
        GDALSetGenImgProjTransformerDstGeoTransform(argument, gt);
        options->hSrcDS = warp->source;
        set_bands(warp, options);
        options->eResampleAlg = warp->resampling;
        options->eWorkingDataType = GDT_Float32;
        options->pfnTransformer = GDALGenImgProjTransform;
        options->pTransformerArg = argument;
        options->papszWarpOptions =
            CSLSetNameValue(options->papszWarpOptions, "INIT_DEST", "NO_DATA");
        if (warp->step[0] > 0 && warp->step[1] > 0)
            fix_scale(warp->step, options);
        warped = GDALCreateWarpedVRT(warp->source, (int)warp->grid->nx, (int)warp->grid->ny, gt,
                                     options);
        if (!warped)
            GDALDestroyGenImgProjTransformer(argument);
    }
    GDALDestroyWarpOptions(options);
    CSLDestroy(transformer);
    return warped;
}
