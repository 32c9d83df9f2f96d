/* SPDX-License-Identifier: MIT */
#include "algorithms/ramp.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <lapacke.h>

#include "algorithms/reference_date.h"
#include "algorithms/residual_rms.h"

#define NX     53
#define NY     37
#define PIXELS (NX * NY)
#define DATES  3
#define SHAPES 6
#define STEPS  16

static const char *const names[SHAPES] = {"linear",         "quadratic",       "linear_range",
                                          "linear_azimuth", "quadratic_range", "quadratic_azimuth"};

static uint64_t seed;

static double uniform(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(seed >> 11) * 0x1p-53;
}

/* Columns of MintPy, in pixels counted from 0. */
static int columns_at(int shape, double x, double y, double row[6])
{
    const double all[SHAPES][6] = {
        {y, x, 1}, {y * y, x * x, x * y, y, x, 1}, {x, 1}, {y, 1}, {x * x, x, 1}, {y * y, y, 1}};
    static const int n[SHAPES] = {3, 6, 2, 2, 3, 3};

    memcpy(row, all[shape], sizeof all[shape]);
    return n[shape];
}

/* Noise on a hill, with missing values, zeros and a mask with a hole. */
static void make_scene(float *values, uint8_t *mask)
{
    for (int p = 0; p < PIXELS; p++) {
        double x = p % NX, y = p / NX;

        mask[p] = !(x > 10 && x < 25 && y > 5 && y < 20);
        for (int d = 0; d < DATES; d++)
            values[d * PIXELS + p] =
                (float)(0.02 * d + 1e-3 * x - 2e-5 * x * y + 1e-5 * y * y + 0.01 * uniform());
        if (uniform() < 0.05)
            values[p] = NAN;
        if (uniform() < 0.05)
            values[PIXELS + p] = 0;
        if (uniform() < 0.02)
            values[2 * PIXELS + p] = -INFINITY;
    }
}

static int is_used(const float *value, const uint8_t *mask, int p, size_t step)
{
    size_t x = (size_t)p % NX, y = (size_t)p / NX, start = step / 2;

    return mask[p] && isfinite(*value) && *value != 0 && x >= start && y >= start &&
           (x - start) % step == 0 && (y - start) % step == 0;
}

/* Ramp of one date at every pixel, 0 at the reference, by LAPACK. */
static void dense_ramp(int shape, const float *values, const uint8_t *mask, size_t step,
                       int reference, double *ramp)
{
    double *a = malloc(PIXELS * 6 * sizeof *a), *b = malloc(PIXELS * sizeof *b), row[6];
    double at_reference;
    lapack_int n = 0, m = 0;

    for (int p = 0; p < PIXELS; p++) {
        m = columns_at(shape, p % NX, p / NX, row);
        if (!is_used(&values[p], mask, p, step))
            continue;
        memcpy(a + n * m, row, (size_t)m * sizeof *a);
        b[n++] = (double)values[p];
    }
    assert_int_equal(LAPACKE_dgels(LAPACK_ROW_MAJOR, 'N', n, m, 1, a, m, b, 1), 0);
    for (int p = 0; p < PIXELS; p++) {
        columns_at(shape, p % NX, p / NX, row);
        ramp[p] = 0;
        for (int i = 0; i < m; i++)
            ramp[p] += row[i] * b[i];
    }
    at_reference = ramp[reference];
    for (int p = 0; p < PIXELS; p++)
        ramp[p] -= at_reference;
    free(a);
    free(b);
}

/* Sums, block by block of the given length. */
static void sum_blocks(const ih_ramp_options *options, const float *values, const uint8_t *mask,
                       size_t length, ih_ramp_sums *sums)
{
    size_t n = ih_ramp_steps(options) * DATES;

    assert_true(n <= STEPS * DATES);
    memset(sums, 0, n * sizeof *sums);
    for (size_t first = 0; first < PIXELS; first += length) {
        ih_ramp_sums mine[STEPS * DATES] = {0};
        const ih_ramp_block block = {.first_pixel = first,
                                     .n_pixels = PIXELS - first < length ? PIXELS - first : length,
                                     .n_dates = DATES,
                                     .stride = PIXELS,
                                     .values = values + first,
                                     .mask = mask + first};

        ih_ramp_accumulate(options, &block, mine);
        ih_ramp_add(n, mine, sums);
    }
}

static void remove_ramps(const ih_ramp_options *options, const ih_ramp *ramps, const float *values,
                         size_t length, float *result)
{
    for (size_t first = 0; first < PIXELS; first += length) {
        const ih_ramp_block block = {.first_pixel = first,
                                     .n_pixels = PIXELS - first < length ? PIXELS - first : length,
                                     .n_dates = DATES,
                                     .stride = PIXELS,
                                     .values = values + first};

        ih_ramp_remove(options, &block, ramps, result + first);
    }
}

static void check_against_lapack(int shape, size_t max_samples, size_t expected_step)
{
    static float values[DATES * PIXELS], result[DATES * PIXELS];
    static double ramp[PIXELS];
    static uint8_t mask[PIXELS];
    ih_ramp_options options = IH_RAMP_DEFAULTS;
    static ih_ramp_sums sums[STEPS * DATES];
    const int reference = 20 * NX + 31;
    const size_t reference_pixel = (size_t)reference;
    ih_ramp ramps[DATES];

    seed = (uint64_t)shape;
    make_scene(values, mask);
    assert_true(ih_ramp_shape_of_name(names[shape], &options.shape));
    options.nx = NX;
    options.ny = NY;
    options.max_samples = max_samples;
    assert_int_equal(ih_ramp_check(&options, NULL), IH_OK);
    sum_blocks(&options, values, mask, 112, sums);
    assert_int_equal(ih_ramp_solve(&options, DATES, sums, &reference_pixel, 1, ramps), 0);
    remove_ramps(&options, ramps, values, 112, result);
    for (int d = 0; d < DATES; d++) {
        assert_int_equal(ramps[d].step, expected_step);
        dense_ramp(shape, values + d * PIXELS, mask, expected_step, reference, ramp);
        for (int p = 0; p < PIXELS; p++) {
            float v = values[d * PIXELS + p], r = result[d * PIXELS + p];

            /* condition numbers of 1e4 in pixels: LAPACK is good to 1e-11 */
            assert_true(fabs(ih_ramp_value(&options, &ramps[d], (size_t)p % NX, (size_t)p / NX) -
                             ramp[p]) < 1e-10);
            if (v == 0 || isinf(v))
                assert_true(r == v);
            else if (isnan(v))
                assert_true(isnan(r));
            else
                assert_true(fabs((double)r - ((double)v - ramp[p])) < 1e-8);
        }
        assert_true(isnan(result[d * PIXELS + reference]) ||
                    result[d * PIXELS + reference] == values[d * PIXELS + reference]);
    }
}

static void every_shape_agrees_with_lapack(void **state)
{
    (void)state;
    for (int shape = 0; shape < SHAPES; shape++)
        check_against_lapack(shape, 1000000, 1);
}

static void large_rasters_are_sampled_by_rows_and_columns(void **state)
{
    ih_ramp_options full = IH_RAMP_DEFAULTS;

    (void)state;
    full.nx = full.ny = 3000;
    assert_int_equal(ih_ramp_steps(&full), 3);
    full.nx = 1000;
    full.ny = 1000;
    assert_int_equal(ih_ramp_steps(&full), 1);
    full.ny = 1001;
    assert_int_equal(ih_ramp_steps(&full), 2);
    full.max_samples = 0;
    assert_int_equal(ih_ramp_steps(&full), 1);
    /* of 1961 pixels some 1600 to 1700 are fitted: steps of 3 and of 4 */
    for (int shape = 0; shape < SHAPES; shape++) {
        check_against_lapack(shape, 200, 3);
        check_against_lapack(shape, 110, 4);
    }
}

static void the_sampling_step_follows_from_the_pixels_fitted(void **state)
{
    static float values[DATES * PIXELS];
    static uint8_t mask[PIXELS];
    ih_ramp_options options = {.nx = NX, .ny = NY, .max_samples = PIXELS / 4};
    static ih_ramp_sums sums[STEPS * DATES];
    ih_ramp ramps[DATES];
    uint64_t counted = 0;

    (void)state;
    seed = 40;
    make_scene(values, mask);
    for (int p = 0; p < PIXELS; p++) { /* a date with a fifth of the pixels */
        if (p % 5)
            values[p] = NAN;
        counted += mask[p] && isfinite(values[p]);
    }
    options.zero_is_no_data = true;
    sum_blocks(&options, values, mask, 64, sums);
    ih_ramp_solve(&options, DATES, sums, NULL, 0, ramps);
    assert_int_equal(ramps[0].step, 1);
    assert_int_equal(ramps[0].count, counted);
    assert_int_equal(ramps[1].step, 2);
}

static void zeros_are_data_when_asked_for(void **state)
{
    static float values[DATES * PIXELS], result[DATES * PIXELS];
    static uint8_t mask[PIXELS];
    ih_ramp_options options = {.nx = NX, .ny = NY, .shape = IH_RAMP_LINEAR};
    ih_ramp_sums sums[DATES];
    ih_ramp ramps[DATES];
    double mean = 0;
    int n = 0;

    (void)state;
    seed = 41;
    memset(mask, 1, sizeof mask);
    for (int i = 0; i < DATES * PIXELS; i++) /* half zeros, half ones: no slope but by chance */
        values[i] = uniform() < 0.5 ? 0 : 1;
    sum_blocks(&options, values, mask, PIXELS, sums);
    assert_int_equal(ih_ramp_solve(&options, DATES, sums, NULL, 0, ramps), 0);
    remove_ramps(&options, ramps, values, PIXELS, result);
    for (int p = 0; p < PIXELS; p++) {
        mean += (double)result[p];
        n += result[p] == 0;
    }
    assert_int_equal(ramps[0].count, PIXELS);
    assert_int_equal(n, 0);
    assert_true(fabs(mean) < 1e-4);
}

static void blocks_change_sums_by_rounding_and_removal_not_at_all(void **state)
{
    static float values[DATES * PIXELS], a[DATES * PIXELS], b[DATES * PIXELS];
    static uint8_t mask[PIXELS];
    ih_ramp_options options = IH_RAMP_DEFAULTS;
    static ih_ramp_sums whole[STEPS * DATES], pieces[STEPS * DATES], again[STEPS * DATES];
    ih_ramp ramps[DATES];

    (void)state;
    seed = 42;
    make_scene(values, mask);
    options.shape = IH_RAMP_QUADRATIC;
    options.nx = NX;
    options.ny = NY;
    options.max_samples = 300;
    sum_blocks(&options, values, mask, PIXELS, whole);
    sum_blocks(&options, values, mask, 16, pieces);
    sum_blocks(&options, values, mask, 16, again);
    assert_memory_equal(pieces, again, ih_ramp_steps(&options) * DATES * sizeof *pieces);
    for (size_t k = 0; k < ih_ramp_steps(&options) * DATES; k++) {
        assert_int_equal(whole[k].count, pieces[k].count);
        assert_int_equal(whole[k].finite, pieces[k].finite);
        for (int i = 0; i < 21; i++)
            assert_true(fabs(whole[k].normal[i] - pieces[k].normal[i]) < 1e-11);
        for (int i = 0; i < 6; i++)
            assert_true(fabs(whole[k].right[i] - pieces[k].right[i]) < 1e-12);
    }
    ih_ramp_solve(&options, DATES, whole, NULL, 0, ramps);
    remove_ramps(&options, ramps, values, PIXELS, a);
    remove_ramps(&options, ramps, values, 48, b);
    assert_memory_equal(a, b, sizeof a);
    remove_ramps(&options, ramps, values, PIXELS, values);
    assert_memory_equal(a, values, sizeof a);
}

static void undetermined_ramps_are_zero_and_counted(void **state)
{
    static float values[DATES * PIXELS], result[DATES * PIXELS];
    static uint8_t mask[PIXELS];
    ih_ramp_options options = IH_RAMP_DEFAULTS;
    ih_ramp_sums sums[DATES];
    size_t reference = 7;
    ih_ramp ramps[DATES];

    (void)state;
    options.nx = NX;
    options.ny = NY;
    memset(mask, 1, sizeof mask);
    for (int p = 0; p < PIXELS; p++) {
        values[p] = 0;                                     /* the reference date */
        values[PIXELS + p] = p / NX == 4 ? (float)p : NAN; /* all in one row */
        values[2 * PIXELS + p] = (float)(p % NX);
    }
    sum_blocks(&options, values, mask, PIXELS, sums);
    assert_int_equal(ih_ramp_solve(&options, DATES, sums, &reference, 1, ramps), 1);
    assert_true(!ramps[0].determined && !ramps[1].determined && ramps[2].determined);
    remove_ramps(&options, ramps, values, PIXELS, result);
    for (int p = 0; p < PIXELS; p++) {
        assert_true(result[p] == 0);
        assert_true(p / NX != 4 || result[PIXELS + p] == values[PIXELS + p]);
        /* less the slope, 0 at the reference: its own value is left */
        assert_true(p % NX == 0 || fabsf(result[2 * PIXELS + p] - 7) < 1e-5f);
    }
    options.shape = (enum ih_ramp_shape)17;
    assert_int_equal(ih_ramp_check(&options, NULL), IH_E_ARGUMENT);
    options = (ih_ramp_options)IH_RAMP_DEFAULTS;
    assert_int_equal(ih_ramp_check(&options, NULL), IH_E_ARGUMENT);
    options.nx = options.ny = (size_t)1 << 40;
    assert_int_equal(ih_ramp_check(&options, NULL), IH_E_ARGUMENT);
}

static void shapes_have_the_names_of_mintpy(void **state)
{
    enum ih_ramp_shape shape;

    (void)state;
    for (int i = 0; i < SHAPES; i++) {
        assert_true(ih_ramp_shape_of_name(names[i], &shape));
        assert_int_equal(shape, i);
        assert_string_equal(ih_ramp_shape_name(shape), names[i]);
    }
    assert_false(ih_ramp_shape_of_name("cubic", &shape));
    assert_false(ih_ramp_shape_of_name(NULL, &shape));
}

static void the_rms_is_that_of_a_series_without_its_ramps(void **state)
{
    static float values[DATES * PIXELS], result[DATES * PIXELS];
    static uint8_t mask[PIXELS];
    ih_ramp_options options = IH_RAMP_DEFAULTS;
    static ih_ramp_sums sums[STEPS * DATES];
    size_t reference = 30 * NX + 3;
    ih_ramp ramps[DATES];
    double rms[DATES];

    (void)state;
    seed = 43;
    make_scene(values, mask);
    options.nx = NX;
    options.ny = NY;
    options.shape = IH_RAMP_QUADRATIC;
    for (int sampled = 0; sampled < 2; sampled++) {
        options.max_samples = sampled ? 150 : 0;
        sum_blocks(&options, values, mask, 128, sums);
        ih_ramp_solve(&options, DATES, sums, &reference, 1, ramps);
        ih_residual_rms(DATES, sums, ramps, rms);
        remove_ramps(&options, ramps, values, PIXELS, result);
        for (int d = 0; d < DATES; d++) {
            double squares = 0, n = 0;

            for (int p = 0; p < PIXELS; p++)
                if (mask[p] && isfinite(result[d * PIXELS + p])) {
                    squares += pow((double)result[d * PIXELS + p], 2);
                    n += 1; /* zeros count */
                }
            /* float32 values of 0.01: 1e-9 each */
            assert_true(fabs(rms[d] - sqrt(squares / n)) < 1e-9);
        }
    }
    memset(sums, 0, sizeof sums);
    ih_residual_rms(DATES, sums, ramps, rms);
    assert_true(isnan(rms[0]));
}

static void noisy_dates_are_found_by_the_median_about_zero(void **state)
{
    const double nan = (double)NAN, odd[] = {1, 5, 2, nan, 3, 20}, even[] = {4, 1, 2, 3};
    uint8_t outlier[6];
    double threshold;

    (void)state;
    assert_int_equal(ih_residual_rms_threshold(6, odd, 3, &threshold, NULL), IH_OK);
    assert_true(fabs(threshold - 3 * 3 / 0.67449) < 1e-12);
    assert_int_equal(ih_residual_rms_outliers(6, odd, threshold, outlier), 1);
    assert_true(outlier[5] && !outlier[1] && !outlier[3]);
    assert_int_equal(ih_residual_rms_reference_date(6, odd), 0);
    assert_int_equal(ih_residual_rms_threshold(4, even, 1, &threshold, NULL), IH_OK);
    assert_true(fabs(threshold - 2.5 / 0.67449) < 1e-12);
    assert_int_equal(ih_residual_rms_reference_date(4, even), 1);
    assert_int_equal(ih_residual_rms_threshold(1, &nan, 3, &threshold, NULL), IH_OK);
    assert_true(isnan(threshold));
    assert_int_equal(ih_residual_rms_outliers(1, &nan, threshold, outlier), 0);
    assert_int_equal(ih_residual_rms_reference_date(1, &nan), 1);
    assert_int_equal(ih_residual_rms_threshold(0, NULL, 3, &threshold, NULL), IH_OK);
}

static void displacements_count_from_another_date(void **state)
{
    float values[3][5] = {{0, 0, 0, 0, 9}, {1, 2, NAN, 4, 9}, {5, NAN, 7, INFINITY, 9}};

    (void)state;
    assert_int_equal(ih_reference_date_set(3, 1, 4, 5, &values[0][0], NULL), IH_OK);
    assert_true(values[0][0] == -1 && values[1][0] == 0 && values[2][0] == 4);
    assert_true(values[0][1] == -2 && values[1][1] == 0 && isnan(values[2][1]));
    assert_true(isnan(values[0][2]) && isnan(values[1][2]) && isnan(values[2][2]));
    assert_true(isnan(values[2][3]) && values[0][3] == -4);
    assert_true(values[0][4] == 9 && values[2][4] == 9);
    assert_int_equal(ih_reference_date_set(3, 3, 4, 5, &values[0][0], NULL), IH_E_ARGUMENT);
    assert_int_equal(ih_reference_date_set(3, 0, 6, 5, &values[0][0], NULL), IH_E_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shape_agrees_with_lapack),
        cmocka_unit_test(large_rasters_are_sampled_by_rows_and_columns),
        cmocka_unit_test(the_sampling_step_follows_from_the_pixels_fitted),
        cmocka_unit_test(zeros_are_data_when_asked_for),
        cmocka_unit_test(blocks_change_sums_by_rounding_and_removal_not_at_all),
        cmocka_unit_test(undetermined_ramps_are_zero_and_counted),
        cmocka_unit_test(shapes_have_the_names_of_mintpy),
        cmocka_unit_test(the_rms_is_that_of_a_series_without_its_ramps),
        cmocka_unit_test(noisy_dates_are_found_by_the_median_about_zero),
        cmocka_unit_test(displacements_count_from_another_date),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
