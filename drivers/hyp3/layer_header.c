/* SPDX-License-Identifier: MIT */
#include "drivers/hyp3/layer_header.h"

#include <math.h>
#include <string.h>

#include <cpl_string.h>

#include "algorithms/grid.h"

#define MEBIBYTE ((int64_t)1 << 20)

static void read_overviews(GDALRasterBandH band, ih_layer_header *header)
{
    int count = GDALGetOverviewCount(band);

    for (int i = 0; i < count && header->overview_count < IH_HEADER_OVERVIEWS; i++) {
        GDALRasterBandH overview = GDALGetOverview(band, i);
        if (!overview)
            break;
        header->overview_width[i] = GDALGetRasterBandXSize(overview);
        header->overview_height[i] = GDALGetRasterBandYSize(overview);
        header->overview_count++;
    }
}

/* GDAL keeps a block of all bands at once when they are interleaved. */
static bool has_sane_blocks(const ih_layer_header *header)
{
    int64_t pixel = (int64_t)GDALGetDataTypeSizeBytes(header->type) * header->bands;

    return header->block_x > 0 && header->block_y > 0 && pixel > 0 &&
           header->block_x <= IH_HEADER_MAX_BLOCK_MB * MEBIBYTE / header->block_y / pixel;
}

bool ih_layer_header_read(GDALDatasetH dataset, ih_layer_header *header)
{
    GDALRasterBandH band;
    const char *registration;
    int has_nodata = 0;

    memset(header, 0, sizeof *header);
    header->bands = GDALGetRasterCount(dataset);
    band = header->bands > 0 ? GDALGetRasterBand(dataset, 1) : NULL;
    if (!band)
        return false;
    header->width = GDALGetRasterXSize(dataset);
    header->height = GDALGetRasterYSize(dataset);
    header->type = GDALGetRasterDataType(band);
    GDALGetBlockSize(band, &header->block_x, &header->block_y);
    if (!has_sane_blocks(header))
        return false;
    header->nodata = GDALGetRasterNoDataValue(band, &has_nodata);
    header->has_nodata = has_nodata != 0;
    header->has_geotransform = GDALGetGeoTransform(dataset, header->geotransform) == CE_None;
    registration = GDALGetMetadataItem(dataset, GDALMD_AREA_OR_POINT, NULL);
    header->point = registration && EQUAL(registration, GDALMD_AOP_POINT);
    read_overviews(band, header);
    return true;
}

void ih_layer_header_read_srs(GDALDatasetH dataset, ih_layer_header *header)
{
    OGRSpatialReferenceH srs = GDALGetSpatialRef(dataset);

    header->srs = srs ? OSRClone(srs) : NULL;
}

bool ih_layer_header_same_srs(const ih_layer_header *a, const ih_layer_header *b)
{
    if (a->coordinate_system != 0 && a->coordinate_system == b->coordinate_system)
        return true;
    if (!a->srs || !b->srs)
        return !a->srs == !b->srs;
    return OSRIsSame(a->srs, b->srs);
}

void ih_layer_header_clear(ih_layer_header *header)
{
    if (header->srs)
        OSRRelease(header->srs);
    memset(header, 0, sizeof *header);
}

bool ih_layer_header_same_grid(const ih_layer_header *a, const ih_layer_header *b)
{
    if (a->width != b->width || a->height != b->height ||
        a->has_geotransform != b->has_geotransform)
        return false;
    for (int i = 0; a->has_geotransform && i < 6; i++) {
        double tolerance = IH_GRID_TOLERANCE * fabs(a->geotransform[i < 3 ? 1 : 5]);
        /* Over the whole raster a wrong spacing adds up. */
        if (i % 3 != 0)
            tolerance /= a->width > a->height ? a->width : a->height;
        if (!(fabs(a->geotransform[i] - b->geotransform[i]) <= tolerance))
            return false;
    }
    return ih_layer_header_same_srs(a, b);
}
