/* SPDX-License-Identifier: MIT */
#include "utilities/lib/raster_out.h"

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_minixml.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <ogr_srs_api.h>

#include "algorithms/alloc.h"
#include "algorithms/pyramid.h"
#include "utilities/lib/cli.h"

/* A tile of all bands should not be larger than this: a client inflates it whole. */
#define LARGEST_TILE_BYTES 16777216.0

enum { LARGEST_TILE = 512, SMALLEST_TILE = 128 };
#define DEFAULT_TILE "512"

/* Bytes of a raster and its overviews, each a quarter of the one before, against those of it alone.
 */
#define WITH_OVERVIEWS 1.34

/* Rows of an overview made at a time: those of the tiles in which GDAL keeps it. */
enum { OVERVIEW_ROWS = 128 };

/* Levels beyond would be smaller than a pixel of any raster. */
enum { MOST_LEVELS = 31 };

/* The low bits of measured floats are noise: more effort makes them smaller by some two percent and
 * takes half as long again. */
#define FAST_LEVEL "1"

/* Of a tile size that a user may ask for; GDAL wants 128 at least, TIFF multiples of 16. */
enum { LEAST_TILE = 128, MOST_TILE = 4096, TILE_STEP = 16 };

/* GDAL 3.6 tells of failed deferred writes only by raising an error, so errors are collected. */
typedef struct {
    int failures;
    bool failed; /* the text is that of a failure */
    char text[512];
} error_log;

struct ih_raster_out {
    char *path, *work_path, *cog_path;
    GDALDatasetH work;
    GDALDataType type;
    size_t nx, ny;
    int n_bands;
    char **cog_options;
    bool own_overviews; /* averages of floats are made here, faster than GDAL's */
    ih_make_overview make_overview;
    void *overview_data;
};

static void CPL_STDCALL collect_error(CPLErr class, CPLErrorNum number, const char *text)
{
    error_log *log = CPLGetErrorHandlerUserData();

    if (class != CE_Failure) {
        CPLDefaultErrorHandler(class, number, text);
        return;
    }
    if (log->failures++ == 0)
        snprintf(log->text, sizeof log->text, "%s", text);
}

static const char *reason(const error_log *log)
{
    return log->failures ? log->text : "no reason given";
}

static bool is_float(GDALDataType type)
{
    return type == GDT_Float32 || type == GDT_Float64;
}

/* The largest of 512, 256, 128 that keeps a tile of all bands within bounds. */
static int tile_size(GDALDataType type, int n_bands)
{
    int size = LARGEST_TILE;

    while (size > SMALLEST_TILE &&
           (double)size * size * n_bands * GDALGetDataTypeSizeBytes(type) > LARGEST_TILE_BYTES)
        size /= 2;
    return size;
}

static bool has_predictor(const char *compression)
{
    return EQUAL(compression, "DEFLATE") || EQUAL(compression, "LZW") || EQUAL(compression, "ZSTD");
}

static bool has_level(const char *compression)
{
    return EQUAL(compression, "DEFLATE") || EQUAL(compression, "ZSTD");
}

/* Whether the user leaves the overviews to us, and the grid as it is. */
static bool wants_own_overviews(char **creation_options)
{
    static const char *const theirs[] = {
        "OVERVIEWS",     "OVERVIEW_COUNT", "RESAMPLING", "OVERVIEW_RESAMPLING",
        "TILING_SCHEME", "TARGET_SRS",     "RES",        "EXTENT"};

    for (size_t i = 0; i < sizeof theirs / sizeof *theirs; i++)
        if (CSLFetchNameValue(creation_options, theirs[i]))
            return false;
    return true;
}

static char **cog_options(const ih_raster_spec *spec)
{
    char **options = NULL;

    options = CSLSetNameValue(options, "COMPRESS", "DEFLATE");
    options = CSLSetNameValue(options, "BIGTIFF", "IF_SAFER");
    options = CSLSetNameValue(options, "OVERVIEWS", "AUTO");
    options = CSLSetNameValue(options, "RESAMPLING",
                              is_float(spec->type) && !spec->make_overview ? "AVERAGE" : "NEAREST");
    options = CSLSetNameValue(options, "BLOCKSIZE",
                              CPLSPrintf("%d", tile_size(spec->type, spec->n_bands)));
    options =
        CSLSetNameValue(options, "NUM_THREADS", CPLGetConfigOption("GDAL_NUM_THREADS", "ALL_CPUS"));
    options = CSLMerge(options, spec->creation_options);
    if (!CSLFetchNameValue(options, "PREDICTOR") &&
        has_predictor(CSLFetchNameValueDef(options, "COMPRESS", "")))
        options = CSLSetNameValue(options, "PREDICTOR", is_float(spec->type) ? "3" : "2");
    if (!CSLFetchNameValue(options, "LEVEL") && is_float(spec->type) &&
        has_level(CSLFetchNameValueDef(options, "COMPRESS", "")))
        options = CSLSetNameValue(options, "LEVEL", FAST_LEVEL);
    return options;
}

static void CPL_STDCALL collect_complaint(CPLErr class, CPLErrorNum number, const char *text)
{
    error_log *log = CPLGetErrorHandlerUserData();

    (void)number;
    if (class < CE_Warning)
        return;
    /* A failure says more than the warnings that led to it. */
    if (log->failures++ == 0 || (class >= CE_Failure && !log->failed))
        snprintf(log->text, sizeof log->text, "%s", text);
    log->failed = log->failed || class >= CE_Failure;
}

/* "COMPRESS, LEVEL, ...": what GDAL's list of the driver declares. */
static void list_names(GDALDriverH driver, char *names, size_t size)
{
    const char *list = GDALGetMetadataItem(driver, GDAL_DMD_CREATIONOPTIONLIST, NULL);
    CPLXMLNode *root = list ? CPLParseXMLString(list) : NULL;
    size_t used = 0;

    names[0] = '\0';
    for (CPLXMLNode *n = root ? root->psChild : NULL; n && used < size; n = n->psNext)
        if (n->eType == CXT_Element && EQUAL(n->pszValue, "Option"))
            used += (size_t)snprintf(names + used, size - used, "%s%s", used ? ", " : "",
                                     CPLGetXMLValue(n, "name", ""));
    CPLDestroyXMLNode(root);
}

static bool is_name(GDALDriverH driver, const char *name)
{
    const char *list = GDALGetMetadataItem(driver, GDAL_DMD_CREATIONOPTIONLIST, NULL);
    CPLXMLNode *root = list ? CPLParseXMLString(list) : NULL;
    bool found = false;

    for (CPLXMLNode *n = root ? root->psChild : NULL; n; n = n->psNext)
        found = found || (n->eType == CXT_Element && EQUAL(n->pszValue, "Option") &&
                          EQUAL(CPLGetXMLValue(n, "name", ""), name));
    CPLDestroyXMLNode(root);
    return found;
}

/* GDAL takes any tile size and fails, or worse, when it comes to memory. */
static ih_status check_tile_size(const char *text, ih_error *err)
{
    char *end;
    long size = strtol(text, &end, 10);

    if (end == text || *end != '\0' || size < LEAST_TILE || size > MOST_TILE || size % TILE_STEP)
        return ih_fail(err, IH_E_ARGUMENT,
                       "-co BLOCKSIZE=%s: a multiple of %d from %d to %d is needed", text,
                       TILE_STEP, LEAST_TILE, MOST_TILE);
    return IH_OK;
}

/* Makes a small raster, which shows what the list of options does not tell. */
static ih_status try_options(GDALDriverH driver, GDALDataType type, char **user, ih_error *err)
{
    static const char *const path = "/vsimem/ih_creation_options.tif";
    const ih_grid grid = {.nx = 16, .ny = 16, .dx = 1, .dy = -1};
    const ih_raster_spec spec = {
        .grid = &grid, .type = type, .n_bands = 1, .creation_options = user};
    GDALDatasetH source = GDALCreate(GDALGetDriverByName("MEM"), "", 16, 16, 1, type, NULL), made;
    char **options = cog_options(&spec);
    error_log log = {0};
    ih_status status = IH_OK;

    /* With more, tiles are compressed in threads that this error handler does not reach. */
    options = CSLSetNameValue(options, "NUM_THREADS", "1");
    CPLPushErrorHandlerEx(collect_complaint, &log);
    made = source ? GDALCreateCopy(driver, path, source, FALSE, options, NULL, NULL) : NULL;
    if (made)
        GDALClose(made);
    if (!made || log.failures)
        status = ih_fail(err, IH_E_ARGUMENT, "-co: GDAL cannot write %s rasters with it: %s",
                         GDALGetDataTypeName(type), reason(&log));
    if (made)
        VSIUnlink(path);
    CPLPopErrorHandler();
    if (source)
        GDALClose(source);
    CSLDestroy(options);
    return status;
}

ih_status ih_raster_out_check_options(char **creation_options, ih_error *err)
{
    GDALDriverH driver = GDALGetDriverByName("COG");
    bool warps = false;
    error_log log = {0};
    ih_status status = IH_OK;

    if (!driver)
        return ih_fail(err, IH_E_UNSUPPORTED, "this GDAL cannot write cloud-optimised GeoTIFF");
    for (char **o = creation_options; o && *o && status == IH_OK; o++) {
        char *name = NULL, names[900];
        const char *value = CPLParseNameValue(*o, &name);

        if (!value || !name || !name[0]) {
            status = ih_fail(err, IH_E_ARGUMENT, "-co %s: NAME=VALUE is needed", *o);
        } else if (!is_name(driver, name)) {
            list_names(driver, names, sizeof names);
            status = ih_fail(err, IH_E_ARGUMENT, "-co %s: there is no such option; there are %s",
                             *o, names);
        } else if (EQUAL(name, "BLOCKSIZE")) {
            status = check_tile_size(value, err);
        }
        warps = warps || (name && (EQUAL(name, "TILING_SCHEME") || EQUAL(name, "TARGET_SRS") ||
                                   EQUAL(name, "RES") || EQUAL(name, "EXTENT")));
        CPLFree(name);
    }
    if (status != IH_OK || !creation_options)
        return status;
    CPLPushErrorHandlerEx(collect_complaint, &log);
    if (!GDALValidateCreationOptions(driver, creation_options) || log.failures)
        status = ih_fail(err, IH_E_ARGUMENT, "-co: %s", reason(&log));
    CPLPopErrorHandler();
    /* Without georeferencing there is nothing to warp. */
    if (status == IH_OK && !warps)
        status = try_options(driver, GDT_Float32, creation_options, err);
    if (status == IH_OK && !warps)
        status = try_options(driver, GDT_Byte, creation_options, err);
    if (status == IH_OK && !warps)
        status = try_options(driver, GDT_UInt16, creation_options, err);
    return status;
}

static CPLErr describe_band(GDALRasterBandH band, const ih_raster_spec *spec,
                            const ih_raster_band *about)
{
    CPLErr failed = CE_None;

    if (is_float(spec->type))
        failed = GDALSetRasterNoDataValue(band, (double)NAN);
    else if (spec->has_no_data)
        failed = GDALSetRasterNoDataValue(band, spec->no_data);
    if (!failed && about->metadata)
        failed = GDALSetMetadata(band, about->metadata, NULL);
    if (!failed && about->unit && about->unit[0])
        failed = GDALSetRasterUnitType(band, about->unit);
    if (about->description)
        GDALSetDescription(band, about->description);
    return failed;
}

static CPLErr describe(GDALDatasetH dataset, const ih_raster_spec *spec)
{
    double geotransform[6];
    CPLErr failed;

    ih_grid_to_geotransform(spec->grid, geotransform);
    failed = GDALSetGeoTransform(dataset, geotransform);
    if (!failed && spec->srs)
        failed = GDALSetSpatialRef(dataset, spec->srs);
    if (!failed && spec->metadata)
        failed = GDALSetMetadata(dataset, spec->metadata, NULL);
    for (int b = 0; !failed && b < spec->n_bands; b++) {
        GDALRasterBandH band = GDALGetRasterBand(dataset, b + 1);

        failed = describe_band(band, spec, &spec->bands[b]);
        if (!failed && spec->colour_table)
            failed = GDALSetRasterColorTable(band, spec->colour_table);
        if (!failed && spec->colours)
            failed = GDALSetRasterColorInterpretation(band, spec->colours[b]);
    }
    return failed;
}

/* Uncompressed, so that nothing is ever rewritten elsewhere, and in the tiles of the COG: it is
 * read tile by tile for all bands, and from strips each would be read once per tile that it
 * crosses. */
static GDALDatasetH create_work_file(const ih_raster_out *out)
{
    const char *tile = CSLFetchNameValueDef(out->cog_options, "BLOCKSIZE", DEFAULT_TILE);
    GDALDriverH driver = GDALGetDriverByName("GTiff");
    char **options = NULL;
    GDALDatasetH work;

    options = CSLSetNameValue(options, "INTERLEAVE", "BAND");
    options = CSLSetNameValue(options, "TILED", "YES");
    options = CSLSetNameValue(options, "BLOCKXSIZE", tile);
    options = CSLSetNameValue(options, "BLOCKYSIZE", tile);
    options = CSLSetNameValue(options, "SPARSE_OK", "TRUE");
    options = CSLSetNameValue(options, "BIGTIFF", "IF_SAFER");
    options = CSLSetNameValue(options, "PHOTOMETRIC", "MINISBLACK");
    options = CSLSetNameValue(options, "ALPHA", "NO");
    work = driver ? GDALCreate(driver, out->work_path, (int)out->nx, (int)out->ny, out->n_bands,
                               out->type, options)
                  : NULL;
    CSLDestroy(options);
    return work;
}

/* Bands of memory are as those of a new GeoTIFF: no data, and the first of them grey. */
static bool prepare_memory(GDALDatasetH work, const ih_raster_spec *spec)
{
    double value = is_float(spec->type) ? (double)NAN : spec->no_data;
    bool ready = !GDALSetRasterColorInterpretation(GDALGetRasterBand(work, 1), GCI_GrayIndex);

    for (int b = 0; ready && b < spec->n_bands; b++)
        if (is_float(spec->type) || spec->has_no_data)
            ready = !GDALFillRaster(GDALGetRasterBand(work, b + 1), value, 0);
    return ready;
}

/* NULL when it would not fit, or memory is short. */
static GDALDatasetH create_work_memory(const ih_raster_out *out, const ih_raster_spec *spec)
{
    double bytes = (double)out->nx * (double)out->ny * (double)out->n_bands *
                   (double)GDALGetDataTypeSizeBytes(out->type);
    GDALDriverH driver = GDALGetDriverByName("MEM");
    GDALDatasetH work;

    if (!driver || bytes * WITH_OVERVIEWS > spec->memory_bytes)
        return NULL;
    CPLPushErrorHandler(CPLQuietErrorHandler);
    work = GDALCreate(driver, "", (int)out->nx, (int)out->ny, out->n_bands, out->type, NULL);
    if (work && !prepare_memory(work, spec)) {
        GDALClose(work);
        work = NULL;
    }
    CPLPopErrorHandler();
    return work;
}

/* Deletes a temporary file and what GDAL may have put beside it. */
static void remove_temporary(const char *path)
{
    static const char *const suffixes[] = {"", ".aux.xml", ".ovr", ".ovr.tmp", ".msk.ovr.tmp"};
    VSIStatBufL info;

    for (size_t i = 0; path && i < sizeof suffixes / sizeof *suffixes; i++) {
        char *name = CPLStrdup(CPLSPrintf("%s%s", path, suffixes[i]));

        if (VSIStatExL(name, &info, VSI_STAT_EXISTS_FLAG) == 0)
            VSIUnlink(name);
        CPLFree(name);
    }
}

void ih_raster_out_abort(ih_raster_out *out)
{
    error_log log = {0};

    if (!out)
        return;
    /* What cannot be flushed any more does not matter. */
    CPLPushErrorHandlerEx(collect_error, &log);
    if (out->work)
        GDALClose(out->work);
    remove_temporary(out->work_path);
    remove_temporary(out->cog_path);
    CPLPopErrorHandler();
    CPLFree(out->path);
    CPLFree(out->work_path);
    CPLFree(out->cog_path);
    CSLDestroy(out->cog_options);
    free(out);
}

static ih_status check_spec(const char *path, const ih_raster_spec *spec, ih_error *err)
{
    if (spec->type != GDT_Float32 && spec->type != GDT_Byte && spec->type != GDT_UInt16 &&
        spec->type != GDT_Int16)
        return ih_fail(err, IH_E_UNSUPPORTED, "%s: rasters of type %s are not written", path,
                       GDALGetDataTypeName(spec->type));
    if (spec->grid->nx == 0 || spec->grid->ny == 0 || spec->grid->nx > INT_MAX ||
        spec->grid->ny > INT_MAX || spec->n_bands < 1)
        return ih_fail(err, IH_E_ARGUMENT, "%s: a raster of %zu x %zu pixels, %d bands", path,
                       spec->grid->nx, spec->grid->ny, spec->n_bands);
    return IH_OK;
}

ih_status ih_raster_out_new(const char *path, const ih_raster_spec *spec, ih_raster_out **result,
                            ih_error *err)
{
    error_log log = {0};
    ih_raster_out *out = NULL;
    ih_status status;

    *result = NULL;
    status = check_spec(path, spec, err);
    if (status != IH_OK)
        return status;
    out = ih_calloc(1, sizeof *out);
    if (!out)
        return ih_fail(err, IH_E_MEMORY, "%s: no memory for a raster writer", path);
    out->type = spec->type;
    out->nx = spec->grid->nx;
    out->ny = spec->grid->ny;
    out->n_bands = spec->n_bands;
    out->path = CPLStrdup(path);
    out->work_path = CPLStrdup(CPLSPrintf("%s.%ld.work.tmp", path, (long)getpid()));
    out->cog_path = CPLStrdup(CPLSPrintf("%s.%ld.cog.tmp", path, (long)getpid()));
    out->cog_options = cog_options(spec);
    out->own_overviews = (spec->type == GDT_Float32 || spec->make_overview) &&
                         wants_own_overviews(spec->creation_options);
    out->make_overview = spec->make_overview;
    out->overview_data = spec->overview_data;

    out->work = create_work_memory(out, spec);
    CPLPushErrorHandlerEx(collect_error, &log);
    if (!out->work)
        out->work = create_work_file(out);
    if (!out->work || describe(out->work, spec) || log.failures)
        status = ih_fail(err, IH_E_IO, "%s: cannot be created: %s", path, reason(&log));
    CPLPopErrorHandler();
    if (status != IH_OK)
        ih_raster_out_abort(out);
    else
        *result = out;
    return status;
}

ih_status ih_raster_out_write(ih_raster_out *out, int band, size_t row, size_t n_rows,
                              const void *data, ih_error *err)
{
    error_log log = {0};
    ih_status status = IH_OK;
    CPLErr failed;

    if (band < 0 || band >= out->n_bands || row > out->ny || n_rows > out->ny - row)
        return ih_fail(err, IH_E_ARGUMENT, "%s: rows %zu + %zu of band %d lie outside", out->path,
                       row, n_rows, band);
    if (n_rows == 0)
        return IH_OK;
    CPLPushErrorHandlerEx(collect_error, &log);
    /* GDAL does not write to the buffer; its interface predates const. */
    failed = GDALRasterIO(GDALGetRasterBand(out->work, band + 1), GF_Write, 0, (int)row,
                          (int)out->nx, (int)n_rows, (void *)(uintptr_t)data, (int)out->nx,
                          (int)n_rows, out->type, 0, 0);
    CPLPopErrorHandler();
    if (failed || log.failures)
        status = ih_fail(err, IH_E_IO, "%s: cannot be written: %s", out->path, reason(&log));
    return status;
}

size_t ih_raster_out_rows(const ih_raster_out *out)
{
    return (size_t)atoi(CSLFetchNameValueDef(out->cog_options, "BLOCKSIZE", DEFAULT_TILE));
}

static int CPL_STDCALL go_on(double done, const char *text, void *data)
{
    (void)done;
    (void)text;
    (void)data;
    return !ih_cli_interrupted();
}

/* Factors of the overviews that a COG has: until one fits a tile. */
static int overview_factors(const ih_raster_out *out, int factors[MOST_LEVELS])
{
    size_t tile = ih_raster_out_rows(out), nx = out->nx, ny = out->ny;
    int n = 0;

    while ((nx > tile || ny > tile) && n < MOST_LEVELS - 1) {
        nx = ih_pyramid_size(nx);
        ny = ih_pyramid_size(ny);
        factors[n] = 2 << n;
        n++;
    }
    return n;
}

/* One level from the one before; rows holds the rows of both for a part of OVERVIEW_ROWS. */
static ih_status average_level(const ih_raster_out *out, GDALRasterBandH from, GDALRasterBandH to,
                               float *rows, ih_error *err)
{
    int nx = GDALGetRasterBandXSize(from), n = GDALGetRasterBandXSize(to);
    size_t ny = (size_t)GDALGetRasterBandYSize(from), n_rows = (size_t)GDALGetRasterBandYSize(to);
    float *averages = rows + (size_t)nx * (2 * OVERVIEW_ROWS + 1);
    ih_pyramid_part part = {.nx = (size_t)nx, .ny = ny};
    ih_status status = IH_OK;

    for (; part.first < n_rows && status == IH_OK; part.first += part.count) {
        size_t left = n_rows - part.first, first, count;
        CPLErr failed;

        part.count = left < OVERVIEW_ROWS ? left : OVERVIEW_ROWS;
        ih_pyramid_source_rows(ny, part.first, part.count, &first, &count);
        failed = GDALRasterIO(from, GF_Read, 0, (int)first, nx, (int)count, rows, nx, (int)count,
                              out->type, 0, 0);
        if (!failed)
            status = out->make_overview
                         ? out->make_overview(&part, rows, averages, out->overview_data, err)
                         : ih_pyramid_average(&part, rows, averages, err);
        if (!failed && status == IH_OK)
            failed = GDALRasterIO(to, GF_Write, 0, (int)part.first, n, (int)part.count, averages, n,
                                  (int)part.count, out->type, 0, 0);
        if (failed)
            status = ih_fail(err, IH_E_IO, "%s: overviews cannot be made", out->path);
    }
    return status;
}

/* In the temporary raster, from which the COG takes them. */
static ih_status make_overviews(ih_raster_out *out, ih_error *err)
{
    int factors[MOST_LEVELS], n_levels = overview_factors(out, factors);
    float *rows;
    ih_status status = IH_OK;

    if (n_levels == 0)
        return IH_OK;
    rows = ih_alloc(out->nx + ih_pyramid_size(out->nx), (2 * OVERVIEW_ROWS + 1) * sizeof *rows);
    if (!rows)
        return ih_fail(err, IH_E_MEMORY, "%s: rows of the overviews", out->path);
    if (GDALBuildOverviews(out->work, "NONE", n_levels, factors, 0, NULL, NULL, NULL))
        status = ih_fail(err, IH_E_IO, "%s: overviews cannot be made", out->path);
    for (int b = 0; b < out->n_bands && status == IH_OK; b++) {
        GDALRasterBandH band = GDALGetRasterBand(out->work, b + 1), from = band;

        for (int level = 0; level < n_levels && status == IH_OK; level++) {
            GDALRasterBandH to = GDALGetOverview(band, level);

            status = to ? average_level(out, from, to, rows, err)
                        : ih_fail(err, IH_E_IO, "%s: overview %d is missing", out->path, level);
            from = to;
        }
        if (ih_cli_interrupted())
            status = ih_fail(err, IH_E_CANCELLED, "%s: interrupted", out->path);
    }
    free(rows);
    return status;
}

static ih_status make_cog(ih_raster_out *out, ih_error *err)
{
    GDALDriverH driver = GDALGetDriverByName("COG");
    error_log log = {0};
    GDALDatasetH cog = NULL;
    ih_status status = IH_OK;

    CPLPushErrorHandlerEx(collect_error, &log);
    GDALFlushCache(out->work);
    if (log.failures == 0 && out->own_overviews)
        status = make_overviews(out, err);
    if (status == IH_OK && log.failures == 0 && driver)
        cog =
            GDALCreateCopy(driver, out->cog_path, out->work, FALSE, out->cog_options, go_on, NULL);
    if (cog)
        GDALClose(cog);
    CPLPopErrorHandler();
    if (ih_cli_interrupted())
        status = ih_fail(err, IH_E_CANCELLED, "%s: interrupted", out->path);
    else if (log.failures || (status == IH_OK && !cog))
        status = ih_fail(err, IH_E_IO, "%s: cannot be written: %s", out->path, reason(&log));
    return status;
}

ih_status ih_raster_out_commit(ih_raster_out *out, ih_error *err)
{
    char *statistics;
    VSIStatBufL info;
    ih_status status = make_cog(out, err);

    if (status == IH_OK && VSIRename(out->cog_path, out->path) != 0)
        status = ih_fail(err, IH_E_IO, "%s: cannot be renamed from %s", out->path, out->cog_path);
    /* Statistics that GDAL kept of an earlier raster of this name are no longer true. */
    statistics = CPLStrdup(CPLSPrintf("%s.aux.xml", out->path));
    if (status == IH_OK && VSIStatExL(statistics, &info, VSI_STAT_EXISTS_FLAG) == 0)
        VSIUnlink(statistics);
    CPLFree(statistics);
    ih_raster_out_abort(out);
    return status;
}
