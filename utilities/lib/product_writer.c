/* SPDX-License-Identifier: MIT */
#include "utilities/lib/product_writer.h"

#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>

#include "algorithms/alloc.h"
#include "utilities/lib/cli.h"
#include "utilities/lib/zip_writer.h"

struct ih_product_writer {
    ih_product_writer_spec spec;
    ih_zip_writer *zip;
    char *name;
    char *target;    /* final path */
    char *temporary; /* folder being filled; NULL for a zip */
};

static void release(ih_product_writer *writer)
{
    CPLFree(writer->name);
    CPLFree(writer->target);
    CPLFree(writer->temporary);
    free(writer);
}

ih_status ih_product_writer_new(const ih_product_writer_spec *spec, ih_product_writer **out,
                                ih_error *err)
{
    ih_status st = IH_OK;
    ih_product_writer *writer = ih_calloc(1, sizeof *writer);

    *out = NULL;
    if (!writer)
        return ih_fail(err, IH_E_MEMORY, "product %s", spec->name);
    writer->spec = *spec;
    writer->name = CPLStrdup(spec->name);
    writer->target = CPLStrdup(CPLFormFilename(spec->folder, spec->name, spec->zip ? "zip" : NULL));
    if (spec->zip) {
        char *entry = CPLStrdup(CPLSPrintf("%s/", spec->name));
        st = ih_zip_writer_new(writer->target, &writer->zip, err);
        if (st == IH_OK)
            st = ih_zip_writer_add(writer->zip, entry, "", 0, 0, err);
        CPLFree(entry);
    } else {
        writer->temporary = CPLStrdup(CPLSPrintf("%s.part", writer->target));
        VSIRmdirRecursive(writer->temporary);
        if (VSIMkdir(writer->temporary, 0777) != 0)
            st = ih_fail(err, IH_E_IO, "cannot make the folder %s", writer->temporary);
    }
    if (st != IH_OK) {
        ih_product_writer_abort(writer);
        return st;
    }
    *out = writer;
    return IH_OK;
}

void ih_product_writer_abort(ih_product_writer *writer)
{
    if (!writer)
        return;
    ih_zip_writer_abort(writer->zip);
    if (writer->temporary)
        VSIRmdirRecursive(writer->temporary);
    release(writer);
}

ih_status ih_product_writer_commit(ih_product_writer *writer, ih_error *err)
{
    ih_status st = IH_OK;

    if (writer->zip) {
        st = ih_zip_writer_commit(writer->zip, err);
    } else if (VSIRename(writer->temporary, writer->target) != 0) {
        st = ih_fail(err, IH_E_IO, "cannot rename %s to %s", writer->temporary, writer->target);
        VSIRmdirRecursive(writer->temporary);
    }
    release(writer);
    return st;
}

static ih_status write_file(const char *path, const void *bytes, size_t size, ih_error *err)
{
    VSILFILE *file = VSIFOpenL(path, "wb");
    bool good = file && (size == 0 || VSIFWriteL(bytes, size, 1, file) == 1);

    if (file && VSIFCloseL(file) != 0)
        good = false;
    return good ? IH_OK : ih_fail(err, IH_E_IO, "cannot write %s", path);
}

/* file_name is that inside the product. */
static ih_status add_bytes(ih_product_writer *writer, const char *file_name, const void *bytes,
                           size_t size, ih_error *err)
{
    ih_status st;
    char *path;

    if (writer->zip) {
        path = CPLStrdup(CPLSPrintf("%s/%s", writer->name, file_name));
        st = ih_zip_writer_add(writer->zip, path, bytes, size, writer->spec.deflate_level, err);
    } else {
        path = CPLStrdup(CPLFormFilename(writer->temporary, file_name, NULL));
        st = write_file(path, bytes, size, err);
    }
    CPLFree(path);
    return st;
}

ih_status ih_product_writer_add_text(ih_product_writer *writer, const char *suffix,
                                     const char *text, ih_error *err)
{
    char *name = CPLStrdup(CPLSPrintf("%s%s", writer->name, suffix));
    ih_status st = add_bytes(writer, name, text, strlen(text), err);

    CPLFree(name);
    return st;
}

static char **creation_options(const ih_product_writer_spec *spec)
{
    char **options = NULL;

    if (spec->gamma)
        return CSLSetNameValue(options, "BLOCKYSIZE", "1");
    options = CSLSetNameValue(options, "TILED", "YES");
    options = CSLSetNameValue(options, "BLOCKXSIZE", "256");
    options = CSLSetNameValue(options, "BLOCKYSIZE", "256");
    return CSLSetNameValue(options, "COMPRESS", "LZW");
}

static int CPL_STDCALL go_on(double done, const char *what, void *data)
{
    (void)done;
    (void)what;
    (void)data;
    return !ih_cli_interrupted();
}

/* Writes the layer as a TIFF in memory. */
static ih_status write_tiff(const ih_product_writer *writer, const ih_product_layer *layer,
                            const char *path, ih_error *err)
{
    const ih_grid *g = &writer->spec.grid;
    const char *registration = writer->spec.gamma && !layer->area ? "Point" : "Area";
    char **options = creation_options(&writer->spec);
    GSpacing pixel = layer->type == GDT_Byte ? 1 : 4;
    GDALDriverH driver = GDALGetDriverByName("GTiff");
    GDALDatasetH dataset =
        driver ? GDALCreate(driver, path, (int)g->nx, (int)g->ny, 1, layer->type, options) : NULL;
    GDALRasterBandH band = dataset ? GDALGetRasterBand(dataset, 1) : NULL;
    GDALRasterIOExtraArg extra;
    double gt[6];
    bool good = band != NULL;

    INIT_RASTERIO_EXTRA_ARG(extra);
    extra.pfnProgress = go_on;

    ih_grid_to_geotransform(g, gt);
    /* The registration first: it decides how the geotransform is stored. */
    good = good && GDALSetMetadataItem(dataset, "AREA_OR_POINT", registration, NULL) == CE_None &&
           GDALSetSpatialRef(dataset, writer->spec.srs) == CE_None &&
           GDALSetGeoTransform(dataset, gt) == CE_None;
    if (good && layer->has_no_data)
        good = GDALSetRasterNoDataValue(band, layer->no_data) == CE_None;
    good = good && GDALRasterIOEx(band, GF_Write, 0, 0, (int)g->nx, (int)g->ny,
                                  (void *)layer->pixels, (int)g->nx, (int)g->ny, layer->type, pixel,
                                  pixel * (GSpacing)layer->row_pixels, &extra) == CE_None;
    if (dataset) {
        GDALFlushCache(dataset);
        GDALClose(dataset);
    }
    CSLDestroy(options);
    if (ih_cli_interrupted())
        return ih_fail(err, IH_E_CANCELLED, "interrupted");
    return good ? IH_OK
                : ih_fail(err, IH_E_IO, "cannot write layer %s of %s", layer->suffix, writer->name);
}

ih_status ih_product_writer_add_layer(ih_product_writer *writer, const ih_product_layer *layer,
                                      ih_error *err)
{
    /* The writer's address keeps threads apart. */
    char *path =
        CPLStrdup(CPLSPrintf("/vsimem/ih_product_%p_%s.tif", (void *)writer, layer->suffix));
    char *name = CPLStrdup(CPLSPrintf("%s_%s.tif", writer->name, layer->suffix));
    ih_status st = write_tiff(writer, layer, path, err);

    if (st == IH_OK) {
        vsi_l_offset size = 0;
        const GByte *bytes = VSIGetMemFileBuffer(path, &size, FALSE);
        st = bytes ? add_bytes(writer, name, bytes, (size_t)size, err)
                   : ih_fail(err, IH_E_MEMORY, "layer %s of %s", layer->suffix, writer->name);
    }
    VSIUnlink(path);
    CPLFree(name);
    CPLFree(path);
    return st;
}
