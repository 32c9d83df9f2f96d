/* SPDX-License-Identifier: MIT */
#include "utilities/lib/netcdf_cube.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <cpl_vsi.h>

#include "algorithms/alloc.h"

enum { BLOCK = 256 };

enum { PAIR, Y, X, N_DIMENSIONS };

struct ih_netcdf_cube {
    const ih_netcdf_spec *spec; /* while the file is set up */
    char *path;
    GDALDatasetH dataset;
    GDALGroupH root;
    GDALDimensionH dimensions[N_DIMENSIONS];
    GDALMDArrayH values;
    size_t nx;
    GDALDataType type;
    double reserved_bytes;
};

/* Room that files in the making may still take, all threads together. */
static double all_reserved_bytes;

/* Whole blocks without any compression, as they are for noise, and what describes them. */
static double greatest_bytes(const ih_netcdf_spec *spec)
{
    double rows = ceil((double)spec->grid->ny / BLOCK) * BLOCK;
    double columns = ceil((double)spec->grid->nx / BLOCK) * BLOCK;
    double values = (double)spec->n_pairs * fmin(rows, (double)spec->grid->ny + BLOCK) *
                    fmin(columns, (double)spec->grid->nx + BLOCK) *
                    GDALGetDataTypeSizeBytes(spec->type);

    return 1.01 * values + 1e6;
}

/* A disk that is full while HDF5 writes ends the whole process, later, so room is asked for before
 * a file is begun. */
static ih_status reserve(ih_netcdf_cube *cube, ih_error *err)
{
    char *folder = CPLStrdup(CPLGetDirname(cube->path));
    double need = greatest_bytes(cube->spec), room, others;

#pragma omp critical(ih_netcdf_room)
    {
        room = (double)VSIGetDiskFreeSpace(folder);
        others = all_reserved_bytes;
        if (room < 0 || others + need <= room) {
            cube->reserved_bytes = need;
            all_reserved_bytes += need;
        }
    }
    CPLFree(folder);
    if (cube->reserved_bytes > 0)
        return IH_OK;
    return ih_fail(err, IH_E_IO,
                   "%s: No space left: a netCDF file may need %.1f MB while it is written, %.1f MB "
                   "are free%s",
                   cube->path, need / 1e6, fmax(0, room - others) / 1e6,
                   others > 0 ? " beside others that are being written" : "");
}

static void give_back(ih_netcdf_cube *cube)
{
#pragma omp critical(ih_netcdf_room)
    all_reserved_bytes -= cube->reserved_bytes;
    cube->reserved_bytes = 0;
}

static GDALDriverH find_driver(void)
{
    GDALDriverH driver = GDALGetDriverByName("netCDF");
    const char *can =
        driver ? GDALGetMetadataItem(driver, GDAL_DCAP_CREATE_MULTIDIMENSIONAL, NULL) : NULL;

    return can && CPLTestBool(can) ? driver : NULL;
}

ih_status ih_netcdf_cube_check(char **creation_options, ih_error *err)
{
    static const char *const known[] = {"COMPRESS", "ZLEVEL", "BLOCKSIZE", "CHECKSUM"};

    if (!find_driver())
        return ih_fail(
            err, IH_E_UNSUPPORTED,
            "-of netCDF: this GDAL has no netCDF driver that can write; the package that "
            "brings it, or -of COG, helps");
    for (char **option = creation_options; option && *option; option++) {
        char *name = NULL;
        bool found = false;

        CPLParseNameValue(*option, &name);
        for (size_t i = 0; name && i < sizeof known / sizeof *known; i++)
            found = found || EQUAL(name, known[i]);
        CPLFree(name);
        if (!found)
            return ih_fail(err, IH_E_ARGUMENT,
                           "-co %s: of a netCDF file there are COMPRESS, ZLEVEL, BLOCKSIZE and "
                           "CHECKSUM",
                           *option);
    }
    return IH_OK;
}

static ih_status failure(const ih_netcdf_cube *cube, ih_error *err)
{
    const char *text = CPLGetLastErrorMsg();

    return ih_fail(err, IH_E_IO, "%s cannot be written%s%s", cube->path, *text ? ": " : "", text);
}

/* An attribute of the array, or of the group when array is NULL. */
static bool set_text(GDALGroupH group, GDALMDArrayH array, const char *name, const char *text)
{
    GDALExtendedDataTypeH type = GDALExtendedDataTypeCreateString(0);
    GDALAttributeH attribute = NULL;
    bool ok;

    if (type)
        attribute = array ? GDALMDArrayCreateAttribute(array, name, 0, NULL, type, NULL)
                          : GDALGroupCreateAttribute(group, name, 0, NULL, type, NULL);
    ok = attribute && GDALAttributeWriteString(attribute, text);
    if (attribute)
        GDALAttributeRelease(attribute);
    if (type)
        GDALExtendedDataTypeRelease(type);
    return ok;
}

/* An array of one dimension. */
typedef struct {
    const char *name;
    int dimension;
    GDALDataType type;         /* GDT_Unknown: texts */
    const void *values;        /* [size of the dimension] */
    const char *attributes[7]; /* name, text, name, text, ..., NULL */
} coordinate;

static bool add_coordinate(const ih_netcdf_cube *cube, const coordinate *c)
{
    GDALExtendedDataTypeH type = c->type == GDT_Unknown ? GDALExtendedDataTypeCreateString(0)
                                                        : GDALExtendedDataTypeCreate(c->type);
    GDALDimensionH dimension = cube->dimensions[c->dimension];
    const GUInt64 start = 0;
    const size_t count = (size_t)GDALDimensionGetSize(dimension);
    GDALMDArrayH array =
        type ? GDALGroupCreateMDArray(cube->root, c->name, 1, &dimension, type, NULL) : NULL;
    bool ok = array != NULL;

    for (size_t i = 0; ok && c->attributes[i]; i += 2)
        ok = set_text(cube->root, array, c->attributes[i], c->attributes[i + 1]);
    ok = ok && GDALMDArrayWrite(array, &start, &count, NULL, NULL, type, c->values, NULL, 0);
    if (array)
        GDALMDArrayRelease(array);
    if (type)
        GDALExtendedDataTypeRelease(type);
    return ok;
}

/* Centres of columns and rows; their attributes follow from the coordinate system. */
static bool add_axes(const ih_netcdf_cube *cube)
{
    const ih_grid *g = cube->spec->grid;
    double *x = ih_alloc(g->nx, sizeof *x), *y = ih_alloc(g->ny, sizeof *y), ignored;
    const coordinate axes[] = {{.name = "x", .dimension = X, .type = GDT_Float64, .values = x},
                               {.name = "y", .dimension = Y, .type = GDT_Float64, .values = y}};
    bool ok = x && y;

    for (size_t i = 0; ok && i < g->nx; i++)
        ih_grid_centre(g, i, 0, &x[i], &ignored);
    for (size_t i = 0; ok && i < g->ny; i++)
        ih_grid_centre(g, 0, i, &ignored, &y[i]);
    ok = ok && add_coordinate(cube, &axes[0]) && add_coordinate(cube, &axes[1]);
    free(x);
    free(y);
    return ok;
}

static bool add_pairs(const ih_netcdf_cube *cube)
{
    static const char since[] = "days since 1970-01-01";
    size_t n = cube->spec->n_pairs;
    int32_t *number = ih_alloc(n, sizeof *number), *first = ih_alloc(n, sizeof *first),
            *second = ih_alloc(n, sizeof *second);
    double *baseline = ih_alloc(n, sizeof *baseline);
    const char **product = ih_alloc(n, sizeof *product);
    const coordinate arrays[] = {
        {"pair", PAIR, GDT_Int32, number, {"long_name", "number of the interferogram"}},
        {"reference_time",
         PAIR,
         GDT_Int32,
         first,
         {"long_name", "date of the earlier acquisition", "units", since, "calendar", "standard"}},
        {"secondary_time",
         PAIR,
         GDT_Int32,
         second,
         {"long_name", "date of the later acquisition", "units", since, "calendar", "standard"}},
        {"perpendicular_baseline",
         PAIR,
         GDT_Float64,
         baseline,
         {"long_name", "perpendicular baseline", "units", "m"}},
        {"product", PAIR, GDT_Unknown, product, {"long_name", "name of the product"}}};
    bool ok = number && first && second && baseline && product;

    for (size_t i = 0; ok && i < n; i++) {
        const ih_netcdf_pair *pair = &cube->spec->pairs[i];

        number[i] = (int32_t)i;
        first[i] = pair->reference_days;
        second[i] = pair->secondary_days;
        baseline[i] = pair->perpendicular_baseline_m;
        product[i] = pair->product;
    }
    for (size_t i = 0; ok && i < sizeof arrays / sizeof *arrays; i++)
        ok = add_coordinate(cube, &arrays[i]);
    free(number);
    free(first);
    free(second);
    free(baseline);
    free(product);
    return ok;
}

static char **array_options(const ih_netcdf_spec *spec)
{
    size_t rows = spec->grid->ny < BLOCK ? spec->grid->ny : BLOCK;
    size_t columns = spec->grid->nx < BLOCK ? spec->grid->nx : BLOCK;
    char **options = CSLDuplicate(spec->creation_options);

    if (!CSLFetchNameValue(options, "COMPRESS"))
        options = CSLSetNameValue(options, "COMPRESS", "DEFLATE");
    if (!CSLFetchNameValue(options, "ZLEVEL"))
        options = CSLSetNameValue(options, "ZLEVEL", "1");
    if (!CSLFetchNameValue(options, "BLOCKSIZE"))
        options = CSLSetNameValue(options, "BLOCKSIZE", CPLSPrintf("1,%zu,%zu", rows, columns));
    return options;
}

static bool add_values(ih_netcdf_cube *cube)
{
    const ih_netcdf_spec *spec = cube->spec;
    GDALExtendedDataTypeH type = GDALExtendedDataTypeCreate(spec->type);
    char **options = array_options(spec);
    bool ok = type && (cube->values = GDALGroupCreateMDArray(cube->root, spec->name, N_DIMENSIONS,
                                                             cube->dimensions, type, options));

    CSLDestroy(options);
    if (type)
        GDALExtendedDataTypeRelease(type);
    return ok && (!spec->srs || GDALMDArraySetSpatialRef(cube->values, spec->srs)) &&
           GDALMDArraySetNoDataValueAsDouble(cube->values, spec->no_data) &&
           (!*spec->unit || GDALMDArraySetUnit(cube->values, spec->unit)) &&
           set_text(cube->root, cube->values, "long_name", spec->long_name) &&
           (!spec->sign || set_text(cube->root, cube->values, "sign", spec->sign)) &&
           set_text(cube->root, cube->values, "coordinates",
                    "reference_time secondary_time perpendicular_baseline product");
}

static bool set_up(ih_netcdf_cube *cube)
{
    const ih_grid *g = cube->spec->grid;

    return (cube->root = GDALDatasetGetRootGroup(cube->dataset)) != NULL &&
           (cube->dimensions[PAIR] = GDALGroupCreateDimension(cube->root, "pair", NULL, NULL,
                                                              cube->spec->n_pairs, NULL)) &&
           (cube->dimensions[Y] =
                GDALGroupCreateDimension(cube->root, "y", "HORIZONTAL_Y", "SOUTH", g->ny, NULL)) &&
           (cube->dimensions[X] =
                GDALGroupCreateDimension(cube->root, "x", "HORIZONTAL_X", "EAST", g->nx, NULL)) &&
           set_text(cube->root, NULL, "title", cube->spec->long_name) &&
           set_text(cube->root, NULL, "source", "InSARHub for GDAL " IH_VERSION) &&
           add_axes(cube) && add_pairs(cube) && add_values(cube);
}

ih_status ih_netcdf_cube_new(const char *path, const ih_netcdf_spec *spec, ih_netcdf_cube **out,
                             ih_error *err)
{
    char **format = CSLSetNameValue(NULL, "FORMAT", "NC4");
    ih_netcdf_cube *cube = ih_calloc(1, sizeof *cube);
    GDALDriverH driver = find_driver();
    ih_status status = IH_OK;

    *out = NULL;
    if (!cube) {
        CSLDestroy(format);
        return ih_fail(err, IH_E_MEMORY, "%s", path);
    }
    cube->spec = spec;
    cube->path = CPLStrdup(path);
    cube->nx = spec->grid->nx;
    cube->type = spec->type;
    status = reserve(cube, err);
    CPLErrorReset();
    CPLPushErrorHandler(CPLQuietErrorHandler);
    if (status == IH_OK && driver)
        cube->dataset = GDALCreateMultiDimensional(driver, path, NULL, format);
    if (status == IH_OK && (!cube->dataset || !set_up(cube)))
        status = failure(cube, err);
    CPLPopErrorHandler();
    CSLDestroy(format);
    cube->spec = NULL;
    if (status == IH_OK)
        *out = cube;
    else
        ih_netcdf_cube_abort(cube);
    return status;
}

ih_status ih_netcdf_cube_write(ih_netcdf_cube *cube, size_t pair, size_t row, size_t n_rows,
                               const void *values, ih_error *err)
{
    const GUInt64 start[N_DIMENSIONS] = {pair, row, 0};
    const size_t count[N_DIMENSIONS] = {1, n_rows, cube->nx};
    GDALExtendedDataTypeH type = GDALExtendedDataTypeCreate(cube->type);
    bool ok;

    CPLErrorReset();
    CPLPushErrorHandler(CPLQuietErrorHandler);
    ok = type && GDALMDArrayWrite(cube->values, start, count, NULL, NULL, type, values, NULL, 0);
    CPLPopErrorHandler();
    if (type)
        GDALExtendedDataTypeRelease(type);
    return ok ? IH_OK : failure(cube, err);
}

/* True when what was held back reached the file. */
static bool close_file(ih_netcdf_cube *cube)
{
    CPLErrorReset();
    CPLPushErrorHandler(CPLQuietErrorHandler);
    if (cube->values)
        GDALMDArrayRelease(cube->values);
    for (int i = 0; i < N_DIMENSIONS; i++)
        if (cube->dimensions[i])
            GDALDimensionRelease(cube->dimensions[i]);
    if (cube->root)
        GDALGroupRelease(cube->root);
    if (cube->dataset)
        GDALReleaseDataset(cube->dataset);
    CPLPopErrorHandler();
    return CPLGetLastErrorType() < CE_Failure;
}

ih_status ih_netcdf_cube_commit(ih_netcdf_cube *cube, ih_error *err)
{
    ih_status status = close_file(cube) ? IH_OK : failure(cube, err);

    if (status != IH_OK)
        VSIUnlink(cube->path);
    give_back(cube);
    CPLFree(cube->path);
    free(cube);
    return status;
}

void ih_netcdf_cube_abort(ih_netcdf_cube *cube)
{
    VSIStatBufL info;

    if (!cube)
        return;
    close_file(cube);
    if (VSIStatExL(cube->path, &info, VSI_STAT_EXISTS_FLAG) == 0)
        VSIUnlink(cube->path);
    give_back(cube);
    CPLFree(cube->path);
    free(cube);
}
