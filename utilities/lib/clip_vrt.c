/* SPDX-License-Identifier: MIT */
#include "utilities/lib/clip_vrt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <gdal_utils.h>

#include "utilities/lib/clip_options.h"
#include "utilities/lib/report.h"

/* The part that both grids cover. */
static void write_source(FILE *out, const ih_clip_view *view, const ih_clip_band *band,
                         const char *file)
{
    const ih_grid *to = &view->common->grid, *from = &band->grid;
    int64_t column, row, x0, y0, x1, y1;
    char *name;

    if (!ih_grid_offset(from, to, &column, &row, NULL))
        return;
    x0 = column > 0 ? column : 0;
    y0 = row > 0 ? row : 0;
    x1 = column + (int64_t)to->nx;
    y1 = row + (int64_t)to->ny;
    x1 = x1 < (int64_t)from->nx ? x1 : (int64_t)from->nx;
    y1 = y1 < (int64_t)from->ny ? y1 : (int64_t)from->ny;
    if (x1 <= x0 || y1 <= y0)
        return;
    name = CPLEscapeString(file, -1, CPLES_XML);
    fprintf(out,
            "    <SimpleSource>\n"
            "      <SourceFilename relativeToVRT=\"0\">%s</SourceFilename>\n"
            "      <SourceBand>1</SourceBand>\n"
            "      <SrcRect xOff=\"%lld\" yOff=\"%lld\" xSize=\"%lld\" ySize=\"%lld\"/>\n"
            "      <DstRect xOff=\"%lld\" yOff=\"%lld\" xSize=\"%lld\" ySize=\"%lld\"/>\n"
            "    </SimpleSource>\n",
            name, (long long)x0, (long long)y0, (long long)(x1 - x0), (long long)(y1 - y0),
            (long long)(x0 - column), (long long)(y0 - row), (long long)(x1 - x0),
            (long long)(y1 - y0));
    CPLFree(name);
}

static ih_status write_window(const ih_clip_view *view, const ih_clip_band *band, const char *file,
                              const char *path, ih_error *err)
{
    const ih_grid *grid = &view->common->grid;
    char *text = NULL, *wkt = NULL, *srs;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    ih_status status;
    double gt[6];

    if (!out)
        return ih_fail(err, IH_E_MEMORY, "%s", path);
    ih_grid_to_geotransform(grid, gt);
    if (view->common->srs)
        OSRExportToWkt(view->common->srs, &wkt);
    srs = CPLEscapeString(wkt ? wkt : "", -1, CPLES_XML);
    fprintf(out,
            "<VRTDataset rasterXSize=\"%zu\" rasterYSize=\"%zu\">\n"
            "  <SRS dataAxisToSRSAxisMapping=\"1,2\">%s</SRS>\n"
            "  <GeoTransform>%.17g, %.17g, 0, %.17g, 0, %.17g</GeoTransform>\n"
            "  <Metadata><MDI key=\"AREA_OR_POINT\">%s</MDI></Metadata>\n"
            "  <VRTRasterBand dataType=\"%s\" band=\"1\">\n",
            grid->nx, grid->ny, srs, gt[0], gt[1], gt[3], gt[5], band->point ? "Point" : "Area",
            GDALGetDataTypeName(band->type));
    if (band->has_no_data)
        fprintf(out, "    <NoDataValue>%.17g</NoDataValue>\n", band->no_data);
    write_source(out, view, band, file);
    fputs("  </VRTRasterBand>\n</VRTDataset>\n", out);
    status = fclose(out) == 0 ? ih_write_file_atomically(path, text, size, err)
                              : ih_fail(err, IH_E_MEMORY, "%s", path);
    free(text);
    CPLFree(srs);
    CPLFree(wkt);
    return status;
}

static char **warp_words(const ih_clip_view *view, size_t layer, const ih_clip_band *band)
{
    const ih_grid *g = &view->common->grid;
    const char *method =
        ih_clip_layer_is_class(layer) ? "near" : ih_clip_resampling_name(view->resampling);
    char **words = NULL, *wkt = NULL;

    words = CSLAddString(words, "-of");
    words = CSLAddString(words, "VRT");
    words = CSLAddString(words, "-et");
    words = CSLAddString(words, "0");
    words = CSLAddString(words, "-r");
    words = CSLAddString(words, method);
    words = CSLAddString(words, "-te");
    words = CSLAddString(words, CPLSPrintf("%.17g", g->x0));
    words = CSLAddString(words, CPLSPrintf("%.17g", g->y0 + (double)g->ny * g->dy));
    words = CSLAddString(words, CPLSPrintf("%.17g", g->x0 + (double)g->nx * g->dx));
    words = CSLAddString(words, CPLSPrintf("%.17g", g->y0));
    words = CSLAddString(words, "-ts");
    words = CSLAddString(words, CPLSPrintf("%zu", g->nx));
    words = CSLAddString(words, CPLSPrintf("%zu", g->ny));
    if (view->common->srs && OSRExportToWkt(view->common->srs, &wkt) == OGRERR_NONE) {
        words = CSLAddString(words, "-t_srs");
        words = CSLAddString(words, wkt);
    }
    CPLFree(wkt);
    if (!ih_clip_layer_is_class(layer)) {
        words = CSLAddString(words, "-srcnodata");
        words = CSLAddString(words, "0");
        words = CSLAddString(words, "-dstnodata");
        words = CSLAddString(words, CPLSPrintf("%.17g", band->has_no_data ? band->no_data : 0.0));
    }
    return words;
}

static ih_status write_warp(const ih_clip_view *view, size_t layer, const ih_clip_band *band,
                            const char *file, const char *path, ih_error *err)
{
    char **words = warp_words(view, layer, band);
    GDALWarpAppOptions *options = GDALWarpAppOptionsNew(words, NULL);
    GDALDatasetH source = GDALOpenEx(file, GDAL_OF_RASTER | GDAL_OF_INTERNAL, NULL, NULL, NULL);
    GDALDatasetH made = options && source ? GDALWarp(path, NULL, 1, &source, options, NULL) : NULL;
    ih_status status = IH_OK;

    if (made)
        GDALClose(made);
    else
        status = ih_fail(err, IH_E_IO, "%s cannot be made: %s", path, CPLGetLastErrorMsg());
    if (source)
        GDALClose(source);
    GDALWarpAppOptionsFree(options);
    CSLDestroy(words);
    return status;
}

ih_status ih_clip_vrt_write(const ih_clip_view *view, size_t layer, const ih_clip_band *band,
                            const char *path, ih_error *err)
{
    const char *file = ih_clip_source_file(view->source, layer);
    int64_t column, row;
    ih_status status;

    CPLErrorReset();
    CPLPushErrorHandler(CPLQuietErrorHandler);
    if (ih_same_srs(band->srs, view->common->srs) &&
        ih_grid_offset(&band->grid, &view->common->grid, &column, &row, NULL))
        status = write_window(view, band, file, path, err);
    else
        status = write_warp(view, layer, band, file, path, err);
    CPLPopErrorHandler();
    return status;
}
