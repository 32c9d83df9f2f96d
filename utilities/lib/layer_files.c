/* SPDX-License-Identifier: MIT */
#include "utilities/lib/layer_files.h"

#include <stdlib.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <cpl_vsi.h>

#include "utilities/lib/zip_writer.h"

enum { DEFLATE_LEVEL = 6 };

#define MEBIBYTE (1024.0 * 1024.0)

void ih_layer_files_bound_memory(double working_memory_bytes, double inflated_share)
{
    if (!CPLGetConfigOption("IH_CACHE_MB", NULL))
        CPLSetConfigOption("IH_CACHE_MB",
                           CPLSPrintf("%.0f", working_memory_bytes * inflated_share / MEBIBYTE));
    GDALSetCacheMax64((GIntBig)(working_memory_bytes / 8));
    /* MintPy takes side-cars for something else. */
    CPLSetConfigOption("GDAL_PAM_ENABLED", "NO");
}

static char **options_of_form(const ih_clip_form *form)
{
    char **options = NULL;

    if (form->tiled) {
        options = CSLSetNameValue(options, "TILED", "YES");
        options = CSLSetNameValue(options, "BLOCKXSIZE", "256");
        options = CSLSetNameValue(options, "BLOCKYSIZE", "256");
    }
    return form->lzw ? CSLSetNameValue(options, "COMPRESS", "LZW") : options;
}

GDALDatasetH ih_layer_file_create(const ih_common_grid *common, const ih_clip_form *form,
                                  char **creation_options, const char *path)
{
    char **options = creation_options ? CSLDuplicate(creation_options) : options_of_form(form);
    GDALDatasetH ds = GDALCreate(GDALGetDriverByName("GTiff"), path, (int)common->grid.nx,
                                 (int)common->grid.ny, 1, form->type, options);
    double gt[6];
    bool ok = ds != NULL;

    CSLDestroy(options);
    ih_grid_to_geotransform(&common->grid, gt);
    /* The registration first: it decides how the geotransform is stored. */
    ok =
        ok &&
        GDALSetMetadataItem(ds, "AREA_OR_POINT", form->point ? "Point" : "Area", NULL) == CE_None &&
        (!common->srs || GDALSetSpatialRef(ds, common->srs) == CE_None) &&
        GDALSetGeoTransform(ds, gt) == CE_None &&
        (!form->has_no_data ||
         GDALSetRasterNoDataValue(GDALGetRasterBand(ds, 1), form->fill) == CE_None);
    if (!ok && ds) {
        GDALClose(ds);
        ds = NULL;
    }
    return ds;
}

ih_status ih_layer_file_failure(const char *path, ih_error *err)
{
    const char *text = CPLGetLastErrorMsg();

    return ih_fail(err, IH_E_IO, "%s cannot be written%s%s", path, *text ? ": " : "", text);
}

ih_status ih_layer_file_close(GDALDatasetH raster, const char *path, ih_status status,
                              ih_error *err)
{
    if (!raster)
        return status;
    CPLErrorReset();
    GDALClose(raster);
    if (status == IH_OK && CPLGetLastErrorType() >= CE_Failure)
        status = ih_layer_file_failure(path, err);
    return status;
}

ih_status ih_layer_files_pack(const ih_result_folder *folder, const char *name, char **files,
                              ih_error *err)
{
    char *target = ih_result_folder_path(folder, CPLSPrintf("%s.zip", name));
    char *root = CPLStrdup(CPLSPrintf("%s/", name));
    ih_zip_writer *zip = NULL;
    ih_status status = ih_zip_writer_new(target, &zip, err);

    if (status == IH_OK)
        status = ih_zip_writer_add(zip, root, "", 0, 0, err);
    for (char **file = files; file && *file && status == IH_OK; file++) {
        char *path = ih_result_folder_path(folder, CPLGetFilename(*file));
        GByte *bytes = NULL;
        vsi_l_offset size = 0;

        if (VSIIngestFile(NULL, path, &bytes, &size, -1))
            status = ih_zip_writer_add(zip, *file, bytes, (size_t)size, DEFLATE_LEVEL, err);
        else
            status = ih_fail(err, IH_E_IO, "%s cannot be read again", path);
        VSIFree(bytes);
        VSIUnlink(path);
        free(path);
    }
    if (zip) {
        if (status == IH_OK)
            status = ih_zip_writer_commit(zip, err);
        else
            ih_zip_writer_abort(zip);
    }
    CPLFree(root);
    free(target);
    return status;
}
