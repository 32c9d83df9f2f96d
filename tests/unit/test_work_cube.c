/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "utilities/lib/work_cube.h"

/* Small enough to enumerate, with a last block that is not full. */
enum { PIXELS = 100, PAIRS = 5, BLOCK = 32 };

static char scratch[] = "/tmp/ih_test_work_cube_XXXXXX";

static ih_work_cube *make(size_t n_dates, double memory_bytes)
{
    const ih_work_cube_spec spec = {.n_pixels = PIXELS,
                                    .n_pairs = PAIRS,
                                    .n_dates = n_dates,
                                    .block_pixels = BLOCK,
                                    .memory_bytes = memory_bytes,
                                    .scratch = scratch};
    ih_work_cube *cube = NULL;
    ih_error err = {0};

    assert_int_equal(ih_work_cube_new(&spec, &cube, &err), IH_OK);
    return cube;
}

static float phase_of(size_t pair, size_t pixel)
{
    return (float)(pair * 1000 + pixel) + 0.25f;
}

static uint8_t quality_of(size_t pair, size_t pixel)
{
    return (uint8_t)((pair * 31 + pixel * 7) % 200);
}

/* Stores each pair in uneven parts that straddle blocks. */
static void fill(ih_work_cube *cube)
{
    static const size_t parts[] = {1, 30, 2, 40, 27};

    for (size_t pair = 0; pair < PAIRS; pair++) {
        size_t first = 0;

        for (size_t part = 0; part < sizeof parts / sizeof *parts; part++) {
            float phase[PIXELS];
            uint8_t quality[PIXELS];

            for (size_t i = 0; i < parts[part]; i++) {
                phase[i] = phase_of(pair, first + i);
                quality[i] = quality_of(pair, first + i);
            }
            assert_int_equal(
                ih_work_cube_store(cube, pair, first, parts[part], phase, quality, NULL), IH_OK);
            first += parts[part];
        }
        assert_int_equal(first, PIXELS);
    }
}

static void check_blocks(ih_work_cube *cube)
{
    size_t bytes = ih_work_cube_buffer_bytes(cube), seen = 0;
    void *buffer = bytes ? aligned_alloc(64, (bytes + 63) / 64 * 64) : NULL;

    for (size_t b = 0; b < ih_work_cube_blocks(cube); b++) {
        ih_work_block block;

        assert_int_equal(ih_work_cube_load(cube, b, buffer, &block, NULL), IH_OK);
        assert_int_equal(block.first_pixel, seen);
        for (size_t pair = 0; pair < PAIRS; pair++)
            for (size_t i = 0; i < block.n_pixels; i++) {
                assert_true(block.phase[pair * block.phase_stride + i] ==
                            phase_of(pair, block.first_pixel + i));
                assert_int_equal(block.quality[pair * block.quality_stride + i],
                                 quality_of(pair, block.first_pixel + i));
            }
        seen += block.n_pixels;
    }
    assert_int_equal(seen, PIXELS);
    free(buffer);
}

static void check_series(ih_work_cube *cube, size_t n_dates)
{
    enum { STRIDE = BLOCK + 3 };
    float *series = calloc(n_dates * STRIDE, sizeof *series), read[PIXELS];

    for (size_t b = 0; b < ih_work_cube_blocks(cube); b++) {
        for (size_t date = 0; date < n_dates; date++)
            for (size_t i = 0; i < BLOCK; i++)
                series[date * STRIDE + i] = (float)(date * 500 + b * BLOCK + i);
        assert_int_equal(ih_work_cube_store_series(cube, b, series, STRIDE, NULL), IH_OK);
    }
    for (size_t date = 0; date < n_dates; date++) {
        assert_int_equal(ih_work_cube_read_series(cube, date, 5, PIXELS - 5, read, NULL), IH_OK);
        for (size_t i = 0; i < PIXELS - 5; i++)
            assert_true(read[i] == (float)(date * 500 + i + 5));
    }
    for (size_t i = 0; i < PIXELS; i++)
        read[i] = -(float)i;
    assert_int_equal(ih_work_cube_write_series(cube, 1, 7, PIXELS - 10, read, NULL), IH_OK);
    assert_int_equal(ih_work_cube_read_series(cube, 1, 0, PIXELS, read, NULL), IH_OK);
    for (size_t i = 0; i < PIXELS; i++) /* the ends are as they were, across all blocks */
        assert_true(read[i] == (i < 7 || i >= PIXELS - 3 ? (float)(500 + i) : -(float)(i - 7)));
    free(series);
}

static void whole_life(size_t n_dates, double memory_bytes, bool in_file)
{
    ih_work_cube *cube = make(n_dates, memory_bytes);
    float phase;

    assert_int_equal(ih_work_cube_in_file(cube), in_file);
    fill(cube);
    check_blocks(cube);
    assert_int_equal(ih_work_cube_phase_at(cube, 3, 77, &phase, NULL), IH_OK);
    assert_true(phase == phase_of(3, 77));
    check_series(cube, n_dates);
    ih_work_cube_free(cube);
}

static void what_is_stored_in_memory_comes_back(void **state)
{
    (void)state;
    whole_life(4, 1e9, false);
}

static void what_is_stored_in_a_file_comes_back(void **state)
{
    (void)state;
    whole_life(4, 0, true);
}

/* A network of separate pairs has more dates than pairs. */
static void a_series_may_be_longer_than_the_list_of_pairs(void **state)
{
    (void)state;
    whole_life(2 * PAIRS, 1e9, false);
    whole_life(2 * PAIRS, 0, true);
}

static void the_scratch_file_has_no_name(void **state)
{
    ih_work_cube *cube = make(4, 0);
    DIR *folder = opendir(scratch);
    struct dirent *entry;

    (void)state;
    fill(cube);
    assert_non_null(folder);
    while ((entry = readdir(folder)))
        assert_true(entry->d_name[0] == '.' && strlen(entry->d_name) <= 2);
    closedir(folder);
    ih_work_cube_free(cube);
}

/* Keeps pairs 0, 2 and 4, then of these the last two; the series has fewer dates than before. */
static void selection(double memory_bytes)
{
    static const uint32_t first[] = {0, 2, 4}, second[] = {1, 2}, left[] = {2, 4};
    ih_work_cube *cube = make(4, memory_bytes);
    size_t bytes, n_blocks = ih_work_cube_blocks(cube);
    void *buffer;
    float phase;

    fill(cube);
    assert_int_equal(ih_work_cube_select(cube, 3, first, 4, NULL), IH_OK);
    assert_int_equal(ih_work_cube_phase_at(cube, 1, 40, &phase, NULL), IH_OK);
    assert_true(phase == phase_of(2, 40));
    assert_int_equal(ih_work_cube_select(cube, 2, second, 3, NULL), IH_OK);
    bytes = ih_work_cube_buffer_bytes(cube);
    buffer = bytes ? aligned_alloc(64, (bytes + 63) / 64 * 64) : NULL;
    for (size_t b = 0; b < n_blocks; b++) {
        ih_work_block block;

        assert_int_equal(ih_work_cube_load(cube, b, buffer, &block, NULL), IH_OK);
        for (size_t pair = 0; pair < 2; pair++)
            for (size_t i = 0; i < block.n_pixels; i++) {
                assert_true(block.phase[pair * block.phase_stride + i] ==
                            phase_of(left[pair], block.first_pixel + i));
                assert_int_equal(block.quality[pair * block.quality_stride + i],
                                 quality_of(left[pair], block.first_pixel + i));
            }
    }
    free(buffer);
    check_series(cube, 3);
    ih_work_cube_free(cube);
}

static void a_selection_leaves_the_kept_pairs(void **state)
{
    (void)state;
    selection(1e9);
    selection(0);
}

static void *new_buffer(const ih_work_cube *cube)
{
    size_t bytes = ih_work_cube_buffer_bytes(cube);

    return bytes ? aligned_alloc(64, (bytes + 63) / 64 * 64) : NULL;
}

/* Phases of every block are negated, qualities are meant to stay; then one pair is fetched. */
static void changed_blocks(double memory_bytes)
{
    ih_work_cube *cube = make(4, memory_bytes);
    void *buffer = new_buffer(cube);
    float phase[PIXELS];
    uint8_t quality[PIXELS];

    fill(cube);
    for (size_t b = 0; b < ih_work_cube_blocks(cube); b++) {
        ih_work_block block;

        assert_int_equal(ih_work_cube_load(cube, b, buffer, &block, NULL), IH_OK);
        for (size_t pair = 0; pair < PAIRS; pair++)
            for (size_t i = 0; i < block.n_pixels; i++)
                block.phase[pair * block.phase_stride + i] *= -1.0f;
        block.quality = NULL;
        assert_int_equal(ih_work_cube_store_block(cube, &block, NULL), IH_OK);
    }
    assert_int_equal(ih_work_cube_fetch(cube, 3, 5, 90, phase, quality, NULL), IH_OK);
    for (size_t i = 0; i < 90; i++) {
        assert_true(phase[i] == -phase_of(3, 5 + i));
        assert_int_equal(quality[i], quality_of(3, 5 + i));
    }
    free(buffer);
    ih_work_cube_free(cube);
}

static void a_changed_block_is_kept(void **state)
{
    (void)state;
    changed_blocks(1e9);
    changed_blocks(0);
}

static void bytes_alone(double memory_bytes, bool in_file)
{
    const ih_work_cube_spec spec = {.n_pixels = PIXELS,
                                    .n_pairs = PAIRS,
                                    .block_pixels = BLOCK,
                                    .memory_bytes = memory_bytes,
                                    .scratch = scratch,
                                    .bytes_only = true};
    ih_work_cube *cube = NULL;
    uint8_t quality[PIXELS];
    float phase;
    void *buffer;

    assert_int_equal(ih_work_cube_new(&spec, &cube, NULL), IH_OK);
    assert_int_equal(ih_work_cube_in_file(cube), in_file);
    assert_true(ih_work_cube_bytes(cube) < 2.0 * PIXELS * PAIRS + 64.0 * PAIRS * 4.0);
    buffer = new_buffer(cube);
    for (size_t pair = 0; pair < PAIRS; pair++) {
        for (size_t i = 0; i < PIXELS; i++)
            quality[i] = quality_of(pair, i);
        assert_int_equal(ih_work_cube_store(cube, pair, 0, PIXELS, NULL, quality, NULL), IH_OK);
    }
    for (size_t b = 0; b < ih_work_cube_blocks(cube); b++) {
        ih_work_block block;

        assert_int_equal(ih_work_cube_load(cube, b, buffer, &block, NULL), IH_OK);
        assert_null(block.phase);
        for (size_t i = 0; i < block.n_pixels; i++)
            assert_int_equal(block.quality[2 * block.quality_stride + i]++,
                             quality_of(2, block.first_pixel + i));
        assert_int_equal(ih_work_cube_store_block(cube, &block, NULL), IH_OK);
    }
    assert_int_equal(ih_work_cube_fetch(cube, 2, 0, PIXELS, NULL, quality, NULL), IH_OK);
    for (size_t i = 0; i < PIXELS; i++)
        assert_int_equal(quality[i], quality_of(2, i) + 1);
    assert_int_equal(ih_work_cube_fetch(cube, 2, 0, 1, &phase, NULL, NULL), IH_E_ARGUMENT);
    free(buffer);
    ih_work_cube_free(cube);
}

static void a_cube_of_bytes_has_no_phases(void **state)
{
    (void)state;
    bytes_alone(1e9, false);
    bytes_alone(0, true);
}

static void impossible_selections_are_refused(void **state)
{
    static const uint32_t beyond[] = {0, PAIRS}, twice[] = {1, 1}, back[] = {2, 1}, fine[] = {0, 1};
    ih_work_cube *cube = make(4, 1e9);

    (void)state;
    assert_int_equal(ih_work_cube_select(cube, 2, beyond, 4, NULL), IH_E_ARGUMENT);
    assert_int_equal(ih_work_cube_select(cube, 2, twice, 4, NULL), IH_E_ARGUMENT);
    assert_int_equal(ih_work_cube_select(cube, 2, back, 4, NULL), IH_E_ARGUMENT);
    assert_int_equal(ih_work_cube_select(cube, 2, fine, 5, NULL), IH_E_ARGUMENT);
    assert_int_equal(ih_work_cube_select(cube, 0, fine, 4, NULL), IH_E_ARGUMENT);
    ih_work_cube_free(cube);
}

static void pixels_outside_are_refused(void **state)
{
    ih_work_cube *cube = make(4, 1e9);
    float phase[4] = {0};
    uint8_t quality[4] = {0};

    (void)state;
    assert_int_equal(ih_work_cube_store(cube, 0, PIXELS - 2, 3, phase, quality, NULL),
                     IH_E_ARGUMENT);
    assert_int_equal(ih_work_cube_store(cube, PAIRS, 0, 1, phase, quality, NULL), IH_E_ARGUMENT);
    assert_int_equal(ih_work_cube_store(cube, 0, SIZE_MAX, 2, phase, quality, NULL), IH_E_ARGUMENT);
    ih_work_cube_free(cube);
}

static void impossible_sizes_are_refused(void **state)
{
    ih_work_cube_spec spec = {.n_pixels = SIZE_MAX / 8,
                              .n_pairs = 1000,
                              .n_dates = 10,
                              .block_pixels = BLOCK,
                              .memory_bytes = 1e9,
                              .scratch = scratch};
    ih_work_cube *cube = NULL;
    ih_error err = {0};

    (void)state;
    assert_int_equal(ih_work_cube_new(&spec, &cube, &err), IH_E_MEMORY);
    assert_null(cube);
    spec = (ih_work_cube_spec){.n_pixels = PIXELS,
                               .n_pairs = PAIRS,
                               .n_dates = 4,
                               .block_pixels = BLOCK + 1,
                               .memory_bytes = 1e9,
                               .scratch = scratch};
    assert_int_equal(ih_work_cube_new(&spec, &cube, &err), IH_E_ARGUMENT);
    assert_null(cube);
}

static void a_missing_scratch_folder_is_an_error(void **state)
{
    const ih_work_cube_spec spec = {.n_pixels = PIXELS,
                                    .n_pairs = PAIRS,
                                    .n_dates = 4,
                                    .block_pixels = BLOCK,
                                    .scratch = "/no/such/folder"};
    ih_work_cube *cube = NULL;
    ih_error err = {0};

    (void)state;
    assert_int_equal(ih_work_cube_new(&spec, &cube, &err), IH_E_IO);
    assert_null(cube);
    assert_non_null(strstr(err.text, "/no/such/folder"));
}

static ih_status open_named(const char *path, bool existing, size_t n_pairs, ih_work_cube **out,
                            ih_error *err)
{
    const ih_work_cube_spec spec = {.n_pixels = PIXELS,
                                    .n_pairs = n_pairs,
                                    .n_dates = 4,
                                    .block_pixels = BLOCK,
                                    .memory_bytes = 1e9,
                                    .path = path,
                                    .existing = existing};

    return ih_work_cube_new(&spec, out, err);
}

static void named_path(char path[64])
{
    snprintf(path, 64, "%s/cube", scratch);
}

static void a_named_cube_outlives_its_process_and_its_series(void **state)
{
    char path[64];
    ih_work_cube *cube = NULL;

    (void)state;
    named_path(path);
    assert_int_equal(open_named(path, false, PAIRS, &cube, NULL), IH_OK);
    assert_true(ih_work_cube_in_file(cube));
    fill(cube);
    check_series(cube, 4);
    check_blocks(cube); /* the series has a place of its own */
    ih_work_cube_free(cube);

    assert_int_equal(open_named(path, true, PAIRS, &cube, NULL), IH_OK);
    check_blocks(cube);
    check_series(cube, 4);
    ih_work_cube_free(cube);
    unlink(path);
}

static void a_new_named_cube_replaces_an_earlier_one(void **state)
{
    char path[64];
    ih_work_cube *cube = NULL;
    float phase = 1;

    (void)state;
    named_path(path);
    assert_int_equal(open_named(path, false, PAIRS, &cube, NULL), IH_OK);
    fill(cube);
    ih_work_cube_free(cube);
    assert_int_equal(open_named(path, false, PAIRS, &cube, NULL), IH_OK);
    assert_int_equal(ih_work_cube_phase_at(cube, 3, 77, &phase, NULL), IH_OK);
    assert_true(phase == 0);
    ih_work_cube_free(cube);
    unlink(path);
}

static void a_file_of_another_size_is_no_earlier_cube(void **state)
{
    char path[64];
    ih_work_cube *cube = NULL;
    ih_error err = {0};

    (void)state;
    named_path(path);
    assert_int_equal(open_named(path, true, PAIRS, &cube, &err), IH_E_DATA); /* none is there */
    assert_null(cube);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(open_named(path, false, PAIRS, &cube, &err), IH_OK);
    fill(cube);
    ih_work_cube_free(cube);
    cube = NULL;
    assert_int_equal(open_named(path, true, PAIRS + 1, &cube, &err), IH_E_DATA);
    assert_null(cube);
    assert_non_null(strstr(err.text, path));
    assert_int_equal(truncate(path, 1000), 0);
    assert_int_equal(open_named(path, true, PAIRS, &cube, &err), IH_E_DATA);
    assert_null(cube);
    assert_int_equal(access(path, F_OK), 0); /* whose it is, is not for the cube to say */
    unlink(path);
    assert_int_equal(open_named("/no/such/folder/cube", false, PAIRS, &cube, &err), IH_E_IO);
    assert_null(cube);
}

static void a_size_is_known_before_a_cube_is_made(void **state)
{
    char path[64];
    ih_work_cube_spec spec = {.n_pixels = PIXELS,
                              .n_pairs = PAIRS,
                              .n_dates = 7,
                              .block_pixels = BLOCK,
                              .memory_bytes = 1e9,
                              .scratch = scratch};

    (void)state;
    snprintf(path, sizeof path, "%s/cube", scratch);
    for (int named = 0; named < 2; named++) {
        ih_work_cube *cube = NULL;
        double bytes = 0;

        spec.path = named ? path : NULL;
        assert_int_equal(ih_work_cube_size(&spec, &bytes, NULL), IH_OK);
        assert_int_equal(ih_work_cube_new(&spec, &cube, NULL), IH_OK);
        assert_true(bytes == ih_work_cube_bytes(cube));
        assert_true(bytes > 5.0 * PIXELS * PAIRS);
        ih_work_cube_free(cube);
    }
    unlink(path);
    spec.n_pixels = 0;
    assert_int_equal(ih_work_cube_size(&spec, &(double){0}, NULL), IH_E_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_stored_in_memory_comes_back),
        cmocka_unit_test(what_is_stored_in_a_file_comes_back),
        cmocka_unit_test(a_series_may_be_longer_than_the_list_of_pairs),
        cmocka_unit_test(the_scratch_file_has_no_name),
        cmocka_unit_test(a_selection_leaves_the_kept_pairs),
        cmocka_unit_test(a_changed_block_is_kept),
        cmocka_unit_test(a_cube_of_bytes_has_no_phases),
        cmocka_unit_test(a_size_is_known_before_a_cube_is_made),
        cmocka_unit_test(impossible_selections_are_refused),
        cmocka_unit_test(pixels_outside_are_refused),
        cmocka_unit_test(impossible_sizes_are_refused),
        cmocka_unit_test(a_missing_scratch_folder_is_an_error),
        cmocka_unit_test(a_named_cube_outlives_its_process_and_its_series),
        cmocka_unit_test(a_new_named_cube_replaces_an_earlier_one),
        cmocka_unit_test(a_file_of_another_size_is_no_earlier_cube),
    };
    int failed;

    if (!mkdtemp(scratch))
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(scratch);
    return failed;
}
