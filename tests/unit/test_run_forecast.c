/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "utilities/lib/run_forecast.h"

/* The frame of docs/performance.md. */
static const ih_run_size frame = {.n_pixels = (size_t)3400 * 2700,
                                  .n_pairs = 84,
                                  .n_dates = 30,
                                  .product_pixels = 84.0 * 3400 * 2700,
                                  .largest_product_pixels = 3400.0 * 2700,
                                  .threads = 2};

/* Figures of that page: 3.9 GB of phases and qualities in the cube, to which a run that can be
 * continued adds the series (1.1 GB); 1.7 GB for the largest raster; 440 MB of planes and 147 MB of
 * layers within what is held; 121 s of two processors, before it was made faster. Rounded there, so
 * a tenth is allowed. */
static void a_frame_needs_what_was_measured(void **state)
{
    ih_run_forecast f;
    double pixels = (double)frame.n_pixels;

    (void)state;
    assert_int_equal(ih_run_forecast_make(&frame, &f, NULL), IH_OK);
    assert_true(f.cube_memory_bytes > 0.99 * 3.86e9 && f.cube_memory_bytes < 1.1 * 3.9e9);
    assert_true(f.cube_file_bytes >= pixels * (5 * 84 + 4 * 30));
    assert_true(f.cube_file_bytes < 1.01 * pixels * (5 * 84 + 4 * 30));
    assert_true(f.temporary_bytes > 0.9 * 1.7e9 && f.temporary_bytes < 1.1 * 1.7e9);
    assert_true(f.memory_bytes > 440e6 + 64e6 + 50e6);
    assert_true(f.memory_bytes < 1.1 * (440e6 + 147e6 + 67e6 + 50e6));
    assert_true(f.read_seconds + f.overview_seconds + f.solve_seconds + f.write_seconds < 121);
    assert_true(f.total_seconds > 121.0 / 4 && f.total_seconds < 121);
    assert_true(f.disk_bytes == f.cube_file_bytes + f.temporary_bytes + f.result_bytes);
}

static void more_threads_are_faster_and_hold_more(void **state)
{
    ih_run_size size = frame;
    ih_run_forecast one, two, eight;

    (void)state;
    size.threads = 1;
    assert_int_equal(ih_run_forecast_make(&size, &one, NULL), IH_OK);
    size.threads = 2;
    assert_int_equal(ih_run_forecast_make(&size, &two, NULL), IH_OK);
    size.threads = 8;
    assert_int_equal(ih_run_forecast_make(&size, &eight, NULL), IH_OK);
    assert_true(one.total_seconds > two.total_seconds && two.total_seconds > eight.total_seconds);
    assert_true(eight.memory_bytes > one.memory_bytes);
    assert_true(eight.disk_bytes == one.disk_bytes);
}

static void a_stack_of_nothing_is_refused(void **state)
{
    ih_run_size size = frame;
    ih_run_forecast f;

    (void)state;
    size.n_pixels = 0;
    assert_int_equal(ih_run_forecast_make(&size, &f, NULL), IH_E_ARGUMENT);
    size.n_pixels = SIZE_MAX / 16;
    size.n_pairs = 65535;
    assert_int_equal(ih_run_forecast_make(&size, &f, NULL), IH_E_MEMORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_needs_what_was_measured),
        cmocka_unit_test(more_threads_are_faster_and_hold_more),
        cmocka_unit_test(a_stack_of_nothing_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
