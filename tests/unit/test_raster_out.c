/* SPDX-License-Identifier: MIT */
#include "utilities/lib/raster_out.h"

#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmocka.h>

#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <ogr_srs_api.h>

enum { NX = 700, NY = 530, ROWS = 53 };
static const ih_grid grid = {392680, 3990440, 80, -80, NX, NY};

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/ih_raster_out_XXXXXX");
    GDALAllRegister();
    signal(SIGXFSZ, SIG_IGN);
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return VSIRmdirRecursive(folder);
}

static const char *in_folder(const char *name)
{
    return CPLSPrintf("%s/%s", folder, name);
}

static int count_files(void)
{
    char **names = VSIReadDir(folder);
    int n = 0;

    for (char **name = names; name && *name; name++)
        n += (*name)[0] != '.';
    CSLDestroy(names);
    return n;
}

static void empty_folder(void)
{
    char **names = VSIReadDir(folder);

    for (char **name = names; name && *name; name++)
        if ((*name)[0] != '.')
            VSIUnlink(in_folder(*name));
    CSLDestroy(names);
}

/* The value of a pixel; every 17th is missing. */
static float value_at(int band, size_t row, size_t column)
{
    if ((row * NX + column) % 17 == 3)
        return NAN;
    return (float)(band * 1000) + (float)row + (float)column / 1024.0f;
}

static ih_status write_floats(ih_raster_out *out, int n_bands, ih_error *err)
{
    float *rows = malloc(sizeof *rows * NX * ROWS);
    ih_status status = IH_OK;

    assert_non_null(rows);
    for (size_t row = 0; row < NY && status == IH_OK; row += ROWS)
        for (int band = 0; band < n_bands && status == IH_OK; band++) {
            for (size_t i = 0; i < (size_t)NX * ROWS; i++)
                rows[i] = value_at(band, row + i / NX, i % NX);
            status = ih_raster_out_write(out, band, row, ROWS, rows, err);
        }
    free(rows);
    return status;
}

/* Three bands of floats with everything a result raster carries. */
static ih_status write_example(const char *path, char **creation_options, bool commit,
                               ih_error *err)
{
    char *dates[3][2] = {{"DATE=2020-01-05", NULL}, {"DATE=2020-01-17", NULL}, {NULL, NULL}};
    ih_raster_band bands[3] = {
        {"2020-01-05", "m", dates[0]}, {"2020-01-17", "m", dates[1]}, {"no date", "", NULL}};
    char *items[] = {"WAVELENGTH_M=0.0554658", NULL};
    OGRSpatialReferenceH srs = OSRNewSpatialReference(NULL);
    ih_raster_spec spec = {.grid = &grid,
                           .srs = srs,
                           .type = GDT_Float32,
                           .n_bands = 3,
                           .bands = bands,
                           .metadata = items,
                           .creation_options = creation_options};
    ih_raster_out *out = NULL;
    ih_status status;

    OSRImportFromEPSG(srs, 32611);
    status = ih_raster_out_new(path, &spec, &out, err);
    OSRDestroySpatialReference(srs);
    if (status != IH_OK)
        return status;
    status = write_floats(out, 3, err);
    if (status == IH_OK && commit)
        return ih_raster_out_commit(out, err);
    ih_raster_out_abort(out);
    return status;
}

static void what_was_written_is_read_back(void **state)
{
    ih_error err = {IH_OK, ""};
    GDALDatasetH raster;
    double gt[6];
    float *rows = malloc(sizeof *rows * NX * NY);

    (void)state;
    assert_int_equal(write_example(in_folder("a.tif"), NULL, true, &err), IH_OK);
    assert_int_equal(count_files(), 1);
    raster = GDALOpen(in_folder("a.tif"), GA_ReadOnly);
    assert_non_null(raster);
    assert_int_equal(GDALGetRasterCount(raster), 3);
    assert_int_equal(GDALGetGeoTransform(raster, gt), CE_None);
    assert_true(gt[0] == grid.x0 && gt[1] == 80 && gt[3] == grid.y0 && gt[5] == -80);
    assert_string_equal(OSRGetAuthorityCode(GDALGetSpatialRef(raster), NULL), "32611");
    for (int b = 0; b < 3; b++) {
        assert_int_equal(GDALRasterIO(GDALGetRasterBand(raster, b + 1), GF_Read, 0, 0, NX, NY, rows,
                                      NX, NY, GDT_Float32, 0, 0),
                         CE_None);
        for (size_t i = 0; i < (size_t)NX * NY; i++) {
            float expected = value_at(b, i / NX, i % NX);

            assert_true(isnan(expected) ? isnan(rows[i]) : rows[i] == expected);
        }
    }
    GDALClose(raster);
    free(rows);
    empty_folder();
}

static void descriptions_units_dates_and_no_data_survive(void **state)
{
    GDALDatasetH raster;
    GDALRasterBandH band;
    int has = 0;

    (void)state;
    assert_int_equal(write_example(in_folder("a.tif"), NULL, true, NULL), IH_OK);
    raster = GDALOpen(in_folder("a.tif"), GA_ReadOnly);
    band = GDALGetRasterBand(raster, 2);
    assert_string_equal(GDALGetDescription(band), "2020-01-17");
    assert_string_equal(GDALGetRasterUnitType(band), "m");
    assert_string_equal(GDALGetMetadataItem(band, "DATE", NULL), "2020-01-17");
    assert_true(isnan(GDALGetRasterNoDataValue(band, &has)) && has);
    assert_string_equal(GDALGetRasterUnitType(GDALGetRasterBand(raster, 3)), "");
    assert_null(GDALGetMetadataItem(GDALGetRasterBand(raster, 3), "DATE", NULL));
    assert_string_equal(GDALGetMetadataItem(raster, "WAVELENGTH_M", NULL), "0.0554658");
    GDALClose(raster);
    empty_folder();
}

static void the_file_is_a_compressed_cog_with_averaging_overviews(void **state)
{
    GDALDatasetH raster;
    GDALRasterBandH band, overview;
    float expected, average;

    (void)state;
    assert_int_equal(write_example(in_folder("a.tif"), NULL, true, NULL), IH_OK);
    raster = GDALOpen(in_folder("a.tif"), GA_ReadOnly);
    assert_string_equal(GDALGetMetadataItem(raster, "LAYOUT", "IMAGE_STRUCTURE"), "COG");
    assert_string_equal(GDALGetMetadataItem(raster, "COMPRESSION", "IMAGE_STRUCTURE"), "DEFLATE");
    assert_string_equal(GDALGetMetadataItem(raster, "PREDICTOR", "IMAGE_STRUCTURE"), "3");
    band = GDALGetRasterBand(raster, 1);
    assert_int_equal(GDALGetOverviewCount(band), 1);
    overview = GDALGetOverview(band, 0);
    assert_int_equal(GDALGetRasterBandXSize(overview), NX / 2);
    /* Pixel (2, 0) covers columns 4 and 5 of rows 0 and 1, none of which is missing. */
    expected = (value_at(0, 0, 4) + value_at(0, 0, 5) + value_at(0, 1, 4) + value_at(0, 1, 5)) / 4;
    assert_int_equal(GDALRasterIO(overview, GF_Read, 2, 0, 1, 1, &average, 1, 1, GDT_Float32, 0, 0),
                     CE_None);
    assert_true(fabsf(average - expected) < 1e-6f);
    /* Pixel (1, 0) lacks column 3 of row 0: the mean of the other three. */
    expected = (value_at(0, 0, 2) + value_at(0, 1, 2) + value_at(0, 1, 3)) / 3;
    assert_int_equal(GDALRasterIO(overview, GF_Read, 1, 0, 1, 1, &average, 1, 1, GDT_Float32, 0, 0),
                     CE_None);
    assert_true(fabsf(average - expected) < 1e-6f);
    GDALClose(raster);
    empty_folder();
}

static void a_users_creation_options_win(void **state)
{
    char *options[] = {"COMPRESS=NONE", "BLOCKSIZE=128", "OVERVIEWS=NONE", NULL};
    GDALDatasetH raster;
    int x, y;

    (void)state;
    assert_int_equal(write_example(in_folder("a.tif"), options, true, NULL), IH_OK);
    raster = GDALOpen(in_folder("a.tif"), GA_ReadOnly);
    assert_null(GDALGetMetadataItem(raster, "COMPRESSION", "IMAGE_STRUCTURE"));
    GDALGetBlockSize(GDALGetRasterBand(raster, 1), &x, &y);
    assert_int_equal(x, 128);
    assert_int_equal(GDALGetOverviewCount(GDALGetRasterBand(raster, 1)), 0);
    GDALClose(raster);
    empty_folder();
}

static void integers_keep_their_no_data_and_nearest_overviews(void **state)
{
    static const ih_raster_band about = {"mask", "", NULL};
    ih_raster_spec spec = {.grid = &grid,
                           .type = GDT_Byte,
                           .n_bands = 1,
                           .bands = &about,
                           .has_no_data = 1,
                           .no_data = 255};
    uint8_t *rows = malloc((size_t)NX * NY), pixel = 9;
    ih_raster_out *out;
    GDALDatasetH raster;
    GDALRasterBandH band;
    int has = 0;

    (void)state;
    for (size_t i = 0; i < (size_t)NX * NY; i++)
        rows[i] = (uint8_t)((i % NX + i / NX) % 2 ? 200 : 100);
    assert_int_equal(ih_raster_out_new(in_folder("m.tif"), &spec, &out, NULL), IH_OK);
    /* The last rows are never written. */
    assert_int_equal(ih_raster_out_write(out, 0, 0, NY - 10, rows, NULL), IH_OK);
    assert_int_equal(ih_raster_out_commit(out, NULL), IH_OK);
    raster = GDALOpen(in_folder("m.tif"), GA_ReadOnly);
    band = GDALGetRasterBand(raster, 1);
    assert_true(GDALGetRasterNoDataValue(band, &has) == 255 && has);
    assert_int_equal(GDALRasterIO(band, GF_Read, 5, NY - 1, 1, 1, &pixel, 1, 1, GDT_Byte, 0, 0),
                     CE_None);
    assert_int_equal(pixel, 255);
    /* An average would be 150. */
    assert_int_equal(
        GDALRasterIO(GDALGetOverview(band, 0), GF_Read, 7, 7, 1, 1, &pixel, 1, 1, GDT_Byte, 0, 0),
        CE_None);
    assert_true(pixel == 100 || pixel == 200);
    GDALClose(raster);
    free(rows);
    empty_folder();
}

static void many_bands_make_small_tiles(void **state)
{
    static const struct {
        int n_bands, tile;
    } cases[] = {{16, 512}, {17, 256}, {64, 256}, {65, 128}};
    ih_raster_band bands[65] = {{NULL, NULL, NULL}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ih_raster_spec spec = {
            .grid = &grid, .type = GDT_Float32, .n_bands = cases[i].n_bands, .bands = bands};
        ih_raster_out *out;
        GDALDatasetH raster;
        int x, y;

        assert_int_equal(ih_raster_out_new(in_folder("t.tif"), &spec, &out, NULL), IH_OK);
        assert_int_equal(ih_raster_out_commit(out, NULL), IH_OK);
        raster = GDALOpen(in_folder("t.tif"), GA_ReadOnly);
        GDALGetBlockSize(GDALGetRasterBand(raster, 1), &x, &y);
        assert_int_equal(x, cases[i].tile);
        GDALClose(raster);
    }
    empty_folder();
}

static void threads_do_not_change_a_byte(void **state)
{
    char *one[] = {"NUM_THREADS=1", NULL}, *two[] = {"NUM_THREADS=2", NULL};
    GByte *a = NULL, *b = NULL;
    vsi_l_offset a_size = 0, b_size = 0;

    (void)state;
    assert_int_equal(write_example(in_folder("1.tif"), one, true, NULL), IH_OK);
    assert_int_equal(write_example(in_folder("2.tif"), two, true, NULL), IH_OK);
    assert_true(VSIIngestFile(NULL, in_folder("1.tif"), &a, &a_size, -1));
    assert_true(VSIIngestFile(NULL, in_folder("2.tif"), &b, &b_size, -1));
    assert_true(a_size == b_size);
    assert_memory_equal(a, b, a_size);
    VSIFree(a);
    VSIFree(b);
    empty_folder();
}

static void aborting_leaves_nothing(void **state)
{
    (void)state;
    assert_int_equal(write_example(in_folder("a.tif"), NULL, false, NULL), IH_OK);
    assert_int_equal(count_files(), 0);
    ih_raster_out_abort(NULL);
}

static void an_aborted_rewrite_keeps_the_old_file(void **state)
{
    VSILFILE *old = VSIFOpenL(in_folder("a.tif"), "wb");
    VSIStatBufL info;

    (void)state;
    VSIFWriteL("old", 1, 3, old);
    VSIFCloseL(old);
    assert_int_equal(write_example(in_folder("a.tif"), NULL, false, NULL), IH_OK);
    assert_int_equal(VSIStatL(in_folder("a.tif"), &info), 0);
    assert_int_equal(info.st_size, 3);
    assert_int_equal(count_files(), 1);
    empty_folder();
}

static void a_rewrite_forgets_old_statistics(void **state)
{
    VSILFILE *aux = VSIFOpenL(in_folder("a.tif.aux.xml"), "wb");

    (void)state;
    VSIFCloseL(aux);
    assert_int_equal(write_example(in_folder("a.tif"), NULL, true, NULL), IH_OK);
    assert_int_equal(count_files(), 1);
    empty_folder();
}

/* A full disk is imitated by the limit on a file's size; each limit fails at another place. */
static void a_full_disk_fails_and_leaves_nothing(void **state)
{
    static const rlim_t limits[] = {100, 100000, 3000000, 4600000};
    char *options[] = {"COMPRESS=NONE", NULL};
    struct rlimit before, limit;

    (void)state;
    getrlimit(RLIMIT_FSIZE, &before);
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        ih_error err = {IH_OK, ""};
        ih_status status;

        limit = before;
        limit.rlim_cur = limits[i];
        setrlimit(RLIMIT_FSIZE, &limit);
        status = write_example(in_folder("a.tif"), options, true, &err);
        setrlimit(RLIMIT_FSIZE, &before);
        assert_int_equal(status, IH_E_IO);
        assert_non_null(strstr(err.text, "a.tif"));
        assert_int_equal(count_files(), 0);
    }
}

static void impossible_rasters_are_refused(void **state)
{
    static const ih_raster_band about = {NULL, NULL, NULL};
    ih_raster_spec spec = {.grid = &grid, .type = GDT_CFloat64, .n_bands = 1, .bands = &about};
    ih_grid wide = {0, 0, 1, -1, (size_t)INT32_MAX + 1, 1};
    ih_raster_out *out = NULL;
    float row[NX] = {0};
    ih_error err;

    (void)state;
    assert_int_equal(ih_raster_out_new(in_folder("a.tif"), &spec, &out, &err), IH_E_UNSUPPORTED);
    spec.type = GDT_Float32;
    spec.grid = &wide;
    assert_int_equal(ih_raster_out_new(in_folder("a.tif"), &spec, &out, &err), IH_E_ARGUMENT);
    spec.grid = &grid;
    assert_int_equal(ih_raster_out_new(in_folder("none/a.tif"), &spec, &out, &err), IH_E_IO);
    assert_null(out);
    assert_int_equal(ih_raster_out_new(in_folder("a.tif"), &spec, &out, &err), IH_OK);
    assert_int_equal(ih_raster_out_write(out, 1, 0, 1, row, &err), IH_E_ARGUMENT);
    assert_int_equal(ih_raster_out_write(out, 0, NY, 1, row, &err), IH_E_ARGUMENT);
    assert_int_equal(ih_raster_out_write(out, 0, 1, SIZE_MAX, row, &err), IH_E_ARGUMENT);
    ih_raster_out_abort(out);
    assert_int_equal(count_files(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read_back),
        cmocka_unit_test(descriptions_units_dates_and_no_data_survive),
        cmocka_unit_test(the_file_is_a_compressed_cog_with_averaging_overviews),
        cmocka_unit_test(a_users_creation_options_win),
        cmocka_unit_test(integers_keep_their_no_data_and_nearest_overviews),
        cmocka_unit_test(many_bands_make_small_tiles),
        cmocka_unit_test(threads_do_not_change_a_byte),
        cmocka_unit_test(aborting_leaves_nothing),
        cmocka_unit_test(an_aborted_rewrite_keeps_the_old_file),
        cmocka_unit_test(a_rewrite_forgets_old_statistics),
        cmocka_unit_test(a_full_disk_fails_and_leaves_nothing),
        cmocka_unit_test(impossible_rasters_are_refused),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
