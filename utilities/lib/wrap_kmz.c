/* SPDX-License-Identifier: MIT */
#include "utilities/lib/wrap_kmz.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <gdal_alg.h>
#include <gdalwarper.h>
#include <ogr_srs_api.h>

#include "algorithms/alloc.h"
#include "algorithms/phase_wrapping.h"
#include "utilities/lib/zip_writer.h"

enum {
    LARGEST_PICTURE = 2048, /* a larger raster becomes a pyramid */
    TILE = 512,
    /* A picture appears when its side takes this many pixels of the screen, and one of an upper
     * level leaves when its successors, of half the side, are there: what has no data in them shall
     * not show what lies beneath. */
    APPEARS_AT = 256,
    LEAVES_AT = 4 * APPEARS_AT,
    MOST_PIXELS = 1 << 22 /* of a side */
};

/* Of the warper's chunks, bytes. */
#define WARP_MEMORY (32.0 * 1024 * 1024)
/* Of the approximation of the transformation, in pixels. */
#define WARP_TOLERANCE 0.03

typedef struct {
    const ih_wrap_kmz *kmz;
    GDALDatasetH raster; /* in longitude and latitude */
    bool own_raster;
    double origin_x, origin_y, step_x, step_y; /* degrees; step_y downwards, positive */
    size_t nx, ny;
    int n_levels;
    ih_zip_writer *zip;
    GDALColorTableH table;
    char picture_name[64]; /* in /vsimem */
    size_t n_leaves, n_done, n_pictures;
} pyramid;

/* Where a picture lies: level 0 is the top, column and row count tiles. */
typedef struct {
    int level;
    size_t column, row;
} place;

GDALColorTableH ih_wrap_colour_table(const uint8_t *colours)
{
    GDALColorTableH table = GDALCreateColorTable(GPI_RGB);
    GDALColorEntry entry = {0, 0, 0, 0};

    for (int i = 0; table && i <= IH_TURN_CLASSES; i++) {
        if (i > 0)
            entry =
                (GDALColorEntry){colours[3 * i - 3], colours[3 * i - 2], colours[3 * i - 1], 255};
        GDALSetColorEntry(table, i, &entry);
    }
    return table;
}

static bool is_longitude_latitude(GDALDatasetH raster)
{
    static const char *const options[] = {"IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES", NULL};
    OGRSpatialReferenceH wgs84 = OSRNewSpatialReference(NULL), own = GDALGetSpatialRef(raster);
    double gt[6];
    bool same = wgs84 && own && OSRImportFromEPSG(wgs84, 4326) == OGRERR_NONE &&
                OSRIsSameEx(own, wgs84, options) && GDALGetGeoTransform(raster, gt) == CE_None &&
                gt[1] > 0 && gt[5] < 0 && gt[2] == 0 && gt[4] == 0;

    OSRDestroySpatialReference(wgs84);
    return same;
}

static void *make_transformer(GDALDatasetH raster, const char *target, double *extent)
{
    char **options = CSLSetNameValue(NULL, "DST_SRS", target);
    void *transformer = GDALCreateGenImgProjTransformer2(raster, NULL, options);
    double gt[6];
    int nx, ny;

    CSLDestroy(options);
    if (transformer && GDALSuggestedWarpOutput2(raster, GDALGenImgProjTransform, transformer, gt,
                                                &nx, &ny, extent, 0) != CE_None) {
        GDALDestroyGenImgProjTransformer(transformer);
        transformer = NULL;
    }
    return transformer;
}

/* Degrees that a pixel in the middle of the raster takes, in longitude and latitude. */
static bool measure_pixel(GDALDatasetH raster, void *transformer, double *step_x, double *step_y)
{
    double x0 = GDALGetRasterXSize(raster) / 2.0, y0 = GDALGetRasterYSize(raster) / 2.0;
    double x[3] = {x0, x0 + 1, x0}, y[3] = {y0, y0, y0 + 1}, z[3] = {0, 0, 0};
    int done[3] = {0, 0, 0};

    if (!GDALGenImgProjTransform(transformer, FALSE, 3, x, y, z, done) || !done[0] || !done[1] ||
        !done[2])
        return false;
    *step_x = hypot(x[1] - x[0], x[2] - x[0]);
    *step_y = hypot(y[1] - y[0], y[2] - y[0]);
    return *step_x > 0 && *step_y > 0;
}

/* A dataset that warps when it is read. */
static GDALDatasetH open_warped(GDALDatasetH source, void *transformer, const double *gt, int nx,
                                int ny, ih_wrap_resampling resampling)
{
    GDALWarpOptions *options = GDALCreateWarpOptions();
    void *approximate =
        GDALCreateApproxTransformer(GDALGenImgProjTransform, transformer, WARP_TOLERANCE);
    GDALDatasetH warped;

    GDALSetGenImgProjTransformerDstGeoTransform(transformer, gt);
    GDALApproxTransformerOwnsSubtransformer(approximate, TRUE);
    options->hSrcDS = source;
    options->eResampleAlg = resampling == IH_WRAP_NEAR ? GRA_NearestNeighbour : GRA_Bilinear;
    options->dfWarpMemoryLimit = WARP_MEMORY;
    options->pfnTransformer = GDALApproxTransform;
    options->pTransformerArg = approximate;
    options->nBandCount = 2;
    options->panSrcBands = CPLMalloc(2 * sizeof(int));
    options->panDstBands = CPLMalloc(2 * sizeof(int));
    options->padfSrcNoDataReal = CPLMalloc(2 * sizeof(double));
    options->padfDstNoDataReal = CPLMalloc(2 * sizeof(double));
    for (int i = 0; i < 2; i++) {
        options->panSrcBands[i] = options->panDstBands[i] = i + 1;
        options->padfSrcNoDataReal[i] = options->padfDstNoDataReal[i] = IH_PHASOR_NONE;
    }
    options->papszWarpOptions = CSLSetNameValue(NULL, "INIT_DEST", "NO_DATA");
    options->papszWarpOptions =
        CSLSetNameValue(options->papszWarpOptions, "UNIFIED_SRC_NODATA", "YES");
    warped = GDALCreateWarpedVRT(source, nx, ny, (double *)(uintptr_t)gt, options);
    if (!warped)
        GDALDestroyApproxTransformer(approximate);
    GDALDestroyWarpOptions(options);
    return warped;
}

static ih_status warp(pyramid *p, ih_error *err)
{
    GDALDatasetH source = p->kmz->phasors;
    double extent[4], gt[6] = {0};
    void *transformer = make_transformer(source, "EPSG:4326", extent);

    /* Longitudes that jump at 180 degrees: count on from there instead. */
    if (transformer && extent[2] - extent[0] > 180) {
        GDALDestroyGenImgProjTransformer(transformer);
        transformer =
            make_transformer(source, "+proj=longlat +datum=WGS84 +lon_wrap=180 +no_defs", extent);
    }
    if (!transformer || !measure_pixel(source, transformer, &p->step_x, &p->step_y)) {
        GDALDestroyGenImgProjTransformer(transformer);
        return ih_fail(err, IH_E_DATA,
                       "%s: the raster cannot be brought to longitude and "
                       "latitude: %s",
                       p->kmz->path, CPLGetLastErrorMsg());
    }
    p->origin_x = extent[0];
    p->origin_y = extent[3];
    p->nx = (size_t)ceil((extent[2] - extent[0]) / p->step_x - 1e-6);
    p->ny = (size_t)ceil((extent[3] - extent[1]) / p->step_y - 1e-6);
    if (p->nx < 1 || p->ny < 1 || p->nx > MOST_PIXELS || p->ny > MOST_PIXELS) {
        GDALDestroyGenImgProjTransformer(transformer);
        return ih_fail(err, IH_E_DATA, "%s: %g x %g degrees in pixels of %g x %g are too many",
                       p->kmz->path, extent[2] - extent[0], extent[3] - extent[1], p->step_x,
                       p->step_y);
    }
    gt[0] = p->origin_x;
    gt[1] = p->step_x;
    gt[3] = p->origin_y;
    gt[5] = -p->step_y;
    p->raster = open_warped(source, transformer, gt, (int)p->nx, (int)p->ny, p->kmz->resampling);
    p->own_raster = true;
    if (!p->raster)
        return ih_fail(err, IH_E_DATA, "%s: %s", p->kmz->path, CPLGetLastErrorMsg());
    return IH_OK;
}

static ih_status bring_to_longitude_latitude(pyramid *p, ih_error *err)
{
    double gt[6];

    if (!GDALGetSpatialRef(p->kmz->phasors))
        return ih_fail(
            err, IH_E_ARGUMENT,
            "%s: a KMZ needs the place on Earth, and the raster has no coordinate system",
            p->kmz->path);
    if (!is_longitude_latitude(p->kmz->phasors))
        return warp(p, err);
    if (GDALGetGeoTransform(p->kmz->phasors, gt) != CE_None)
        return ih_fail(err, IH_E_DATA, "%s: the raster has no place", p->kmz->path);
    p->raster = p->kmz->phasors;
    p->origin_x = gt[0];
    p->origin_y = gt[3];
    p->step_x = gt[1];
    p->step_y = -gt[5];
    p->nx = (size_t)GDALGetRasterXSize(p->raster);
    p->ny = (size_t)GDALGetRasterYSize(p->raster);
    return IH_OK;
}

/* Pixels of the raster per pixel of a level. */
static size_t scale_of(const pyramid *p, int level)
{
    return (size_t)1 << (p->n_levels - 1 - level);
}

/* Columns or rows of a picture: those of a tile, less what lies beyond the raster. */
static size_t extent_of(size_t n, size_t scale, size_t tile)
{
    size_t first = tile * TILE * scale;
    size_t left = n > first ? (n - first + scale - 1) / scale : 0;

    return left < TILE ? left : TILE;
}

/* The side of a leaf: a small raster is one picture. */
static bool is_single(const pyramid *p)
{
    return p->nx <= LARGEST_PICTURE && p->ny <= LARGEST_PICTURE;
}

static ih_status add_picture(pyramid *p, const uint8_t *classes, size_t nx, size_t ny,
                             const char *name, ih_error *err)
{
    GDALDriverH memory = GDALGetDriverByName("MEM"), png = GDALGetDriverByName("PNG");
    GDALDatasetH picture =
        memory ? GDALCreate(memory, "", (int)nx, (int)ny, 1, GDT_Byte, NULL) : NULL;
    GDALRasterBandH band = picture ? GDALGetRasterBand(picture, 1) : NULL;
    GDALDatasetH made = NULL;
    vsi_l_offset size = 0;
    GByte *bytes = NULL;
    ih_status status = IH_OK;

    CPLErrorReset();
    if (band && png && GDALSetRasterColorTable(band, p->table) == CE_None &&
        GDALRasterIO(band, GF_Write, 0, 0, (int)nx, (int)ny, (void *)(uintptr_t)classes, (int)nx,
                     (int)ny, GDT_Byte, 0, 0) == CE_None)
        made = GDALCreateCopy(png, p->picture_name, picture, FALSE, NULL, NULL, NULL);
    if (made)
        GDALClose(made);
    if (made)
        bytes = VSIGetMemFileBuffer(p->picture_name, &size, TRUE);
    if (picture)
        GDALClose(picture);
    if (!bytes)
        status = ih_fail(err, IH_E_IO, "%s: a picture cannot be made: %s", p->kmz->path,
                         CPLGetLastErrorMsg());
    else
        status = ih_zip_writer_add(p->zip, name, bytes, (size_t)size, 0, err);
    CPLFree(bytes);
    p->n_pictures++;
    return status;
}

static ih_status add_text(pyramid *p, const char *name, FILE *file, char **text, ih_error *err)
{
    ih_status status;

    if (fclose(file) != 0 || !*text)
        return ih_fail(err, IH_E_MEMORY, "%s: %s", p->kmz->path, name);
    status = ih_zip_writer_add(p->zip, name, *text, strlen(*text), 6, err);
    free(*text);
    *text = NULL;
    return status;
}

static void write_box(FILE *file, const pyramid *p, const place *at, const char *element,
                      size_t width, size_t height)
{
    double scale = (double)scale_of(p, at->level);
    double west = p->origin_x + (double)(at->column * TILE) * scale * p->step_x;
    double north = p->origin_y - (double)(at->row * TILE) * scale * p->step_y;

    fprintf(file,
            "<%s><north>%.10f</north><south>%.10f</south><east>%.10f</east><west>%.10f</west></%s>",
            element, north, north - (double)height * scale * p->step_y,
            west + (double)width * scale * p->step_x, west, element);
}

/* When the picture is to be seen. */
static void write_region(FILE *file, const pyramid *p, const place *at, bool is_last)
{
    size_t scale = scale_of(p, at->level);

    fputs("<Region>", file);
    write_box(file, p, at, "LatLonAltBox", extent_of(p->nx, scale, at->column),
              extent_of(p->ny, scale, at->row));
    fprintf(file,
            "<Lod><minLodPixels>%d</minLodPixels><maxLodPixels>%d</maxLodPixels></Lod></Region>\n",
            at->level == 0 ? 1 : APPEARS_AT, is_last ? -1 : LEAVES_AT);
}

static void write_head(FILE *file)
{
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
          "<kml xmlns=\"http://www.opengis.net/kml/2.2\">\n<Document>\n",
          file);
}

static void write_link(FILE *file, const pyramid *p, const place *at, const char *above)
{
    fprintf(file, "<NetworkLink><name>%d/%zu/%zu</name>", at->level, at->column, at->row);
    write_region(file, p, at, true);
    fprintf(file,
            "<Link><href>%s%d/%zu/%zu.kml</href><viewRefreshMode>onRegion</viewRefreshMode></Link>"
            "</NetworkLink>\n",
            above, at->level, at->column, at->row);
}

static void write_text_element(FILE *file, const char *element, const char *text)
{
    char *escaped = CPLEscapeString(text, -1, CPLES_XML);

    fprintf(file, "<%s>%s</%s>\n", element, escaped, element);
    CPLFree(escaped);
}

/* The page of a picture of a pyramid, with links to the pictures below it. */
static ih_status add_page(pyramid *p, const place *at, size_t width, size_t height,
                          const place *below, int n_below, ih_error *err)
{
    char *text = NULL, name[64];
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);

    if (!file)
        return ih_fail(err, IH_E_MEMORY, "%s: a page", p->kmz->path);
    snprintf(name, sizeof name, "%d/%zu/%zu.kml", at->level, at->column, at->row);
    write_head(file);
    write_region(file, p, at, n_below == 0);
    fprintf(file, "<GroundOverlay><drawOrder>%d</drawOrder><Icon><href>%zu.png</href></Icon>\n",
            at->level, at->row);
    write_box(file, p, at, "LatLonBox", width, height);
    fputs("\n</GroundOverlay>\n", file);
    for (int i = 0; i < n_below; i++)
        write_link(file, p, &below[i], "../../");
    fputs("</Document>\n</kml>\n", file);
    return add_text(p, name, file, &text, err);
}

/* doc.kml comes first, because that is what Google Earth opens. */
static ih_status add_front_page(pyramid *p, ih_error *err)
{
    const place top = {0, 0, 0};
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);

    if (!file)
        return ih_fail(err, IH_E_MEMORY, "%s: doc.kml", p->kmz->path);
    write_head(file);
    write_text_element(file, "name", p->kmz->name);
    write_text_element(file, "description", p->kmz->description);
    fputs("<ScreenOverlay><name>legend</name><Icon><href>legend.png</href></Icon>"
          "<overlayXY x=\"0\" y=\"0\" xunits=\"fraction\" yunits=\"fraction\"/>"
          "<screenXY x=\"0.02\" y=\"0.05\" xunits=\"fraction\" yunits=\"fraction\"/>"
          "</ScreenOverlay>\n",
          file);
    if (is_single(p)) {
        fputs("<GroundOverlay><name>fringes</name><Icon><href>fringes.png</href></Icon>\n", file);
        write_box(file, p, &top, "LatLonBox", p->nx, p->ny);
        fputs("\n</GroundOverlay>\n", file);
    } else {
        write_link(file, p, &top, "");
    }
    fputs("</Document>\n</kml>\n", file);
    return add_text(p, "doc.kml", file, &text, err);
}

static ih_status add_legend(pyramid *p, ih_error *err)
{
    ih_status status = ih_canvas_save_png(p->kmz->legend, p->picture_name, err);
    vsi_l_offset size = 0;
    GByte *bytes;

    if (status != IH_OK)
        return status;
    bytes = VSIGetMemFileBuffer(p->picture_name, &size, TRUE);
    status = bytes ? ih_zip_writer_add(p->zip, "legend.png", bytes, (size_t)size, 0, err)
                   : ih_fail(err, IH_E_MEMORY, "%s: legend", p->kmz->path);
    CPLFree(bytes);
    return status;
}

/* Phasors of a window of the raster as [row][stride][2] floats, NaN where there are none. */
static ih_status read_window(const pyramid *p, size_t column, size_t row, size_t nx, size_t ny,
                             size_t stride, float *phasors, ih_error *err)
{
    int16_t *pair = ih_alloc(2 * nx * ny, sizeof *pair);
    ih_status status = IH_OK;

    if (!pair)
        return ih_fail(err, IH_E_MEMORY, "a picture of %zu x %zu pixels", nx, ny);
    CPLErrorReset();
    if (GDALDatasetRasterIO(p->raster, GF_Read, (int)column, (int)row, (int)nx, (int)ny, pair,
                            (int)nx, (int)ny, GDT_Int16, 2, NULL, 4, (int)(4 * nx), 2))
        status = ih_fail(err, IH_E_IO, "%s: the raster cannot be warped: %s", p->kmz->path,
                         CPLGetLastErrorMsg());
    for (size_t y = 0; status == IH_OK && y < ny; y++)
        for (size_t x = 0; x < nx; x++)
            for (size_t k = 0; k < 2; k++) {
                int16_t value = pair[2 * (y * nx + x) + k];

                phasors[2 * (y * stride + x) + k] =
                    value == IH_PHASOR_NONE ? NAN : (float)value / IH_PHASOR_ONE;
            }
    free(pair);
    return status;
}

/* Classes of phasors, of which *n_valid have data. */
static ih_status classify(const float *phasors, size_t stride, size_t nx, size_t ny,
                          uint8_t *classes, size_t *n_valid, ih_error *err)
{
    double *turns = ih_alloc(nx * ny, sizeof *turns);

    *n_valid = 0;
    if (!turns)
        return ih_fail(err, IH_E_MEMORY, "a picture of %zu x %zu pixels", nx, ny);
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < nx * ny; i++) {
        const float *phasor = phasors + 2 * (i / nx * stride + i % nx);
        bool none = isnan(phasor[0]) || (phasor[0] == 0 && phasor[1] == 0);

        turns[i] =
            none ? NAN : ih_wrap_turns(atan2((double)phasor[1], (double)phasor[0]) / (2 * M_PI));
    }
    ih_turns_to_classes(turns, nx * ny, classes);
    for (size_t i = 0; i < nx * ny; i++)
        *n_valid += classes[i] != 0;
    free(turns);
    return IH_OK;
}

/* Means of 2 x 2 phasors of a tile into a quarter of the tile above it. */
static void halve(const float *from, float *to)
{
    for (size_t y = 0; y < TILE / 2; y++)
        for (size_t x = 0; x < TILE / 2; x++) {
            float sum[2] = {0, 0};
            int n = 0;

            for (size_t k = 0; k < 4; k++) {
                const float *phasor = from + 2 * ((2 * y + k / 2) * TILE + 2 * x + k % 2);

                if (isnan(phasor[0]))
                    continue;
                sum[0] += phasor[0];
                sum[1] += phasor[1];
                n++;
            }
            to[2 * (y * TILE + x)] = n ? sum[0] / (float)n : NAN;
            to[2 * (y * TILE + x) + 1] = n ? sum[1] / (float)n : NAN;
        }
}

static ih_status tell(pyramid *p, ih_error *err)
{
    p->n_done++;
    if (p->kmz->progress && !p->kmz->progress((double)p->n_done / (double)p->n_leaves,
                                              p->kmz->stage, p->kmz->progress_data))
        return ih_fail(err, IH_E_CANCELLED, "%s: interrupted", p->kmz->path);
    return IH_OK;
}

static ih_status add_tile(pyramid *p, const place *at, float *phasors, bool *has_data,
                          ih_error *err);

/* The four tiles below, halved into phasors; those with data are listed. */
static ih_status gather(pyramid *p, const place *at, float *phasors, place *below, int *n_below,
                        ih_error *err)
{
    size_t scale = scale_of(p, at->level + 1);
    float *tile = ih_alloc((size_t)TILE * TILE * 2, sizeof *tile);
    ih_status status = tile ? IH_OK : ih_fail(err, IH_E_MEMORY, "a picture");

    *n_below = 0;
    for (size_t k = 0; k < 4 && status == IH_OK; k++) {
        place child = {at->level + 1, 2 * at->column + k % 2, 2 * at->row + k / 2};
        bool has_data = false;

        if (extent_of(p->nx, scale, child.column) == 0 || extent_of(p->ny, scale, child.row) == 0)
            continue;
        status = add_tile(p, &child, tile, &has_data, err);
        if (status != IH_OK || !has_data)
            continue;
        halve(tile, phasors + 2 * ((k / 2) * (TILE / 2) * TILE + (k % 2) * (TILE / 2)));
        below[(*n_below)++] = child;
    }
    free(tile);
    return status;
}

/* A tile and all below it; phasors [TILE][TILE][2] is what the tile above needs. Every pixel of the
 * raster is read once, and no more than a tile per level is held. */
static ih_status add_tile(pyramid *p, const place *at, float *phasors, bool *has_data,
                          ih_error *err)
{
    size_t scale = scale_of(p, at->level);
    size_t width = extent_of(p->nx, scale, at->column), height = extent_of(p->ny, scale, at->row);
    uint8_t *classes = NULL;
    place below[4];
    int n_below = 0;
    size_t n_valid;
    char name[64];
    ih_status status = IH_OK;

    *has_data = false;
    for (size_t i = 0; i < (size_t)TILE * TILE * 2; i++)
        phasors[i] = NAN;
    if (at->level < p->n_levels - 1)
        status = gather(p, at, phasors, below, &n_below, err);
    else {
        status =
            read_window(p, at->column * TILE, at->row * TILE, width, height, TILE, phasors, err);
        if (status == IH_OK)
            status = tell(p, err);
    }
    if (status != IH_OK)
        return status;
    classes = ih_alloc(width * height, 1);
    if (!classes)
        return ih_fail(err, IH_E_MEMORY, "a picture of %zu x %zu pixels", width, height);
    status = classify(phasors, TILE, width, height, classes, &n_valid, err);
    *has_data = n_valid > 0;
    snprintf(name, sizeof name, "%d/%zu/%zu.png", at->level, at->column, at->row);
    if (*has_data && status == IH_OK)
        status = add_picture(p, classes, width, height, name, err);
    if (*has_data && status == IH_OK)
        status = add_page(p, at, width, height, below, n_below, err);
    free(classes);
    return status;
}

static ih_status add_single(pyramid *p, bool *has_data, ih_error *err)
{
    float *phasors = ih_alloc(2 * p->nx * p->ny, sizeof *phasors);
    uint8_t *classes = ih_alloc(p->nx * p->ny, 1);
    size_t n_valid = 0;
    ih_status status = IH_OK;

    if (!phasors || !classes)
        status = ih_fail(err, IH_E_MEMORY, "a picture of %zu x %zu pixels", p->nx, p->ny);
    if (status == IH_OK)
        status = read_window(p, 0, 0, p->nx, p->ny, p->nx, phasors, err);
    if (status == IH_OK)
        status = classify(phasors, p->nx, p->nx, p->ny, classes, &n_valid, err);
    *has_data = n_valid > 0;
    if (status == IH_OK)
        status = add_picture(p, classes, p->nx, p->ny, "fringes.png", err);
    if (status == IH_OK)
        status = tell(p, err);
    free(classes);
    free(phasors);
    return status;
}

static ih_status add_pyramid(pyramid *p, bool *has_data, ih_error *err)
{
    const place top = {0, 0, 0};
    float *tile = ih_alloc((size_t)TILE * TILE * 2, sizeof *tile);
    ih_status status =
        tile ? add_tile(p, &top, tile, has_data, err) : ih_fail(err, IH_E_MEMORY, "a picture");

    free(tile);
    return status;
}

static void count_levels(pyramid *p)
{
    size_t columns = (p->nx + TILE - 1) / TILE, rows = (p->ny + TILE - 1) / TILE;
    size_t longest = columns > rows ? columns : rows;

    p->n_leaves = is_single(p) ? 1 : columns * rows;
    p->n_levels = 1;
    for (size_t n = longest; n > 1 && !is_single(p); n = (n + 1) / 2)
        p->n_levels++;
}

static ih_status fill(pyramid *p, ih_error *err)
{
    bool has_data = false;
    ih_status status = add_front_page(p, err);

    if (status == IH_OK)
        status = add_legend(p, err);
    if (status == IH_OK)
        status = is_single(p) ? add_single(p, &has_data, err) : add_pyramid(p, &has_data, err);
    if (status == IH_OK && !has_data)
        status = ih_fail(err, IH_E_DATA, "%s: no pixel has data", p->kmz->path);
    return status;
}

ih_status ih_wrap_kmz_write(const ih_wrap_kmz *kmz, ih_wrap_kmz_report *report, ih_error *err)
{
    pyramid p = {.kmz = kmz};
    ih_status status = bring_to_longitude_latitude(&p, err);

    memset(report, 0, sizeof *report);
    snprintf(p.picture_name, sizeof p.picture_name, "/vsimem/ih_wrap_%ld_%p.png", (long)getpid(),
             (void *)&p);
    p.table = ih_wrap_colour_table(kmz->colours);
    if (status == IH_OK && !p.table)
        status = ih_fail(err, IH_E_MEMORY, "a colour table");
    if (status == IH_OK) {
        count_levels(&p);
        status = ih_zip_writer_new(kmz->path, &p.zip, err);
    }
    if (status == IH_OK)
        status = fill(&p, err);
    if (status == IH_OK)
        status = ih_zip_writer_commit(p.zip, err);
    else
        ih_zip_writer_abort(p.zip);
    if (p.table)
        GDALDestroyColorTable(p.table);
    if (p.own_raster && p.raster)
        GDALClose(p.raster);
    *report = (ih_wrap_kmz_report){p.nx,
                                   p.ny,
                                   p.origin_x,
                                   p.origin_y - (double)p.ny * p.step_y,
                                   p.origin_x + (double)p.nx * p.step_x,
                                   p.origin_y,
                                   p.n_levels,
                                   p.n_pictures};
    return status;
}
