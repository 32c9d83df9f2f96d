/* SPDX-License-Identifier: MIT */
#include "utilities/lib/clip_source.h"

#include <string.h>

#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_error.h>
#include <cpl_vsi.h>

#include "algorithms/alloc.h"
#include "drivers/hyp3/member_cache.h"
#include "utilities/lib/product_files.h"

struct ih_clip_source {
    ih_source *files;
};

ih_status ih_clip_source_open(const char *path, ih_clip_source **out, ih_error *err)
{
    ih_clip_source *source = ih_calloc(1, sizeof *source);
    ih_status status = source ? ih_product_files_open(path, &source->files, err)
                              : ih_fail(err, IH_E_MEMORY, "%s", path);

    *out = NULL;
    if (status != IH_OK) {
        ih_clip_source_free(source);
        return status;
    }
    *out = source;
    return IH_OK;
}

void ih_clip_source_free(ih_clip_source *source)
{
    if (!source)
        return;
    ih_source_free(source->files);
    free(source);
}

bool ih_clip_source_has(const ih_clip_source *source, size_t layer)
{
    return ih_source_find(source->files, (int)layer) >= 0;
}

const char *ih_clip_source_file(const ih_clip_source *source, size_t layer)
{
    int index = ih_source_find(source->files, (int)layer);

    return index < 0 ? NULL : source->files->files[index].path;
}

char *ih_clip_source_text(const ih_clip_source *source, size_t *size)
{
    GByte *bytes = NULL;
    vsi_l_offset length = 0;

    *size = 0;
    if (!source->files->text_path)
        return NULL;
    CPLPushErrorHandler(CPLQuietErrorHandler);
    if (!VSIIngestFile(NULL, source->files->text_path, &bytes, &length, IH_PRODUCT_TEXT_MAX_BYTES))
        bytes = NULL;
    CPLPopErrorHandler();
    *size = (size_t)length;
    return (char *)bytes;
}

cJSON *ih_clip_source_identity(const ih_clip_source *source)
{
    cJSON *object = cJSON_CreateObject();

    for (size_t i = 0; object && i < source->files->count; i++) {
        const ih_source_file *file = &source->files->files[i];
        const char *layer = ih_layer_at((size_t)file->layer)->suffix, *text = "unknown";
        VSIStatBufL stat;

        if (file->member)
            text = CPLSPrintf("%llu bytes crc32 %08x", (unsigned long long)file->member->size,
                              (unsigned)file->member->crc32);
        else if (VSIStatL(file->path, &stat) == 0)
            text = CPLSPrintf("%llu bytes of time %lld", (unsigned long long)stat.st_size,
                              (long long)stat.st_mtime);
        cJSON_AddStringToObject(object, layer, text);
    }
    return object;
}

static ih_status cannot_read(const ih_source_file *file, const char *what, ih_error *err)
{
    const char *text = CPLGetLastErrorMsg();

    return ih_fail(err, IH_E_DATA, "%s: %s%s%s", CPLGetFilename(file->path), what,
                   *text ? ": " : "", text);
}

static ih_status read_header(const ih_source_file *file, ih_clip_band *band, ih_error *err)
{
    OGRSpatialReferenceH srs = GDALGetSpatialRef(band->dataset);
    const char *point = GDALGetMetadataItem(band->dataset, "AREA_OR_POINT", NULL);
    const char *compression = GDALGetMetadataItem(band->dataset, "COMPRESSION", "IMAGE_STRUCTURE");
    double gt[6];
    int has = FALSE, block_x, block_y;

    if (GDALGetRasterCount(band->dataset) != 1 || GDALGetGeoTransform(band->dataset, gt) != CE_None)
        return cannot_read(file, "it is no georeferenced raster of one band", err);
    band->band = GDALGetRasterBand(band->dataset, 1);
    band->type = GDALGetRasterDataType(band->band);
    band->no_data = GDALGetRasterNoDataValue(band->band, &has);
    band->has_no_data = has;
    band->point = point && EQUAL(point, "Point");
    GDALGetBlockSize(band->band, &block_x, &block_y);
    band->tiled = block_x != GDALGetRasterBandXSize(band->band);
    band->lzw = compression && EQUAL(compression, "LZW");
    if (srs) {
        band->srs = OSRClone(srs);
        OSRSetAxisMappingStrategy(band->srs, OAMS_TRADITIONAL_GIS_ORDER);
    }
    return ih_grid_from_geotransform(gt, (size_t)GDALGetRasterBandXSize(band->band),
                                     (size_t)GDALGetRasterBandYSize(band->band), &band->grid, err);
}

ih_status ih_clip_band_open(const ih_clip_source *source, size_t layer, ih_clip_band *out,
                            ih_error *err)
{
    int index = ih_source_find(source->files, (int)layer);
    const ih_source_file *file = &source->files->files[index];
    const char *path = file->path;
    ih_member_copy *copy = NULL;
    ih_status status = IH_OK;

    *out = (ih_clip_band){0};
    CPLErrorReset();
    CPLPushErrorHandler(CPLQuietErrorHandler);
    if (file->member) {
        enum ih_member_result result =
            ih_member_acquire(source->files->path, source->files->directory, file->member, &copy);

        if (result == IH_MEMBER_DAMAGED)
            status = cannot_read(file, "it is damaged", err);
        else if (result == IH_MEMBER_READY)
            path = ih_member_path(copy);
        out->copy = result == IH_MEMBER_READY ? copy : NULL;
    }
    if (status == IH_OK && !(out->dataset = ih_source_open_file(file, path)))
        status = cannot_read(file, "it cannot be opened", err);
    if (status == IH_OK)
        status = read_header(file, out, err);
    CPLPopErrorHandler();
    if (status != IH_OK)
        ih_clip_band_close(out);
    return status;
}

void ih_clip_band_close(ih_clip_band *band)
{
    if (band->dataset)
        GDALClose(band->dataset);
    if (band->copy)
        ih_member_release(band->copy);
    OSRDestroySpatialReference(band->srs);
    *band = (ih_clip_band){0};
}
