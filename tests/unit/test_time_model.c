/* SPDX-License-Identifier: MIT */
#include "algorithms/time_model.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <lapacke.h>

#define N      40 /* dates */
#define PIXELS 37 /* two groups and a tail */

static uint64_t seed;

static double uniform(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(seed >> 11) * 0x1p-53;
}

/* 12-day steps from 2019-01-01, counted in decimal years. */
static void twelve_day_years(double *years)
{
    for (int d = 0; d < N; d++)
        years[d] = ih_decimal_year(17897 + 12 * d, 50000);
}

static ih_time_model *new_model(size_t n_dates, const double *years, int degree)
{
    ih_time_model_options options = {.polynomial = degree};
    ih_time_model *model;

    assert_int_equal(ih_time_model_new(n_dates, years, &options, &model, NULL), IH_OK);
    assert_non_null(model);
    return model;
}

static void decimal_years_restart_with_the_calendar_year(void **state)
{
    (void)state;
    assert_true(fabs(ih_decimal_year(17896, 0) - 2018.996577686516) < 1e-12);
    assert_true(ih_decimal_year(17897, 0) == 2019.0);
    assert_true(fabs(ih_decimal_year(18321, 0) - 2020.1615331964408) < 1e-12);
    assert_true(fabs(ih_decimal_year(18627, 0) - 2020.9993155373031) < 1e-12);
    assert_true(fabs(ih_decimal_year(17897, 50000) - 2019.0015844043908) < 1e-12);
    assert_true(ih_decimal_year(0, 0) == 1970.0);
    assert_true(fabs(ih_decimal_year(-1, 0) - (1969 + 364 / 365.25)) < 1e-12);
    assert_true(ih_decimal_year(10957, 0) == 2000.0);
    assert_true(ih_decimal_year(-25567, 0) == 1900.0);
}

/* Day by day through leap years and centuries: either a day on, or the first of January. */
static void decimal_years_advance_day_by_day(void **state)
{
    int new_years = 0;

    (void)state;
    for (int32_t day = -200000; day < 200000; day++) {
        double a = ih_decimal_year(day, 0), b = ih_decimal_year(day + 1, 0);

        if (floor(a) == floor(b)) {
            assert_true(fabs(b - a - 1 / 365.25) < 1e-9);
        } else {
            assert_true(b == floor(a) + 1);
            new_years++;
        }
    }
    /* 400000 days are 1095.16 mean Gregorian years */
    assert_true(new_years == 1095 || new_years == 1096);
    assert_true(isfinite(ih_decimal_year(INT32_MIN, 0)) && isfinite(ih_decimal_year(INT32_MAX, 0)));
}

static void an_exact_line_is_recovered_over_a_year_boundary(void **state)
{
    double years[N];
    float y[N * PIXELS], estimate[2 * PIXELS], deviation[2 * PIXELS];
    ih_time_model *model;

    (void)state;
    twelve_day_years(years);
    assert_true(floor(years[N - 1]) > floor(years[0]));
    for (int d = 0; d < N; d++)
        for (int p = 0; p < PIXELS; p++)
            y[d * PIXELS + p] = (float)(0.001 * p + 0.01 * (p - 18) * (years[d] - years[0]));
    model = new_model(N, years, 1);
    assert_int_equal(ih_time_model_fit(model, PIXELS, PIXELS, y, estimate, deviation, NULL), IH_OK);
    for (int p = 0; p < PIXELS; p++) {
        /* 0.3 m in float32 is good to 3e-8 m */
        assert_true(fabs((double)estimate[p] - 0.001 * p) < 2e-8);
        assert_true(fabs((double)estimate[PIXELS + p] - 0.01 * (p - 18)) < 5e-8);
        assert_true(deviation[PIXELS + p] < 1e-8f);
    }
    ih_time_model_free(model);
}

/* Textbook simple regression: intercept (at t = 0), slope, and their standard errors. */
static void simple_regression(const double *t, const double *y, size_t n, double result[4])
{
    double mt = 0, my = 0, stt = 0, sty = 0, squares = 0, slope;

    for (size_t i = 0; i < n; i++) {
        mt += t[i] / (double)n;
        my += y[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        stt += (t[i] - mt) * (t[i] - mt);
        sty += (t[i] - mt) * (y[i] - my);
    }
    slope = sty / stt;
    for (size_t i = 0; i < n; i++)
        squares += pow(y[i] - my - slope * (t[i] - mt), 2);
    result[0] = my - slope * mt;
    result[1] = slope;
    result[2] = sqrt(squares / (double)(n - 2) * (1 / (double)n + mt * mt / stt));
    result[3] = sqrt(squares / (double)(n - 2) / stt);
}

static int close_to(float value, double expected)
{
    return fabs((double)value - expected) < 3e-7 * fabs(expected) + 1e-9;
}

static void velocity_and_deviation_follow_simple_regression(void **state)
{
    double years[N];
    float y[N * PIXELS], estimate[2 * PIXELS], deviation[2 * PIXELS];
    ih_time_model *model;

    (void)state;
    seed = 1;
    twelve_day_years(years);
    for (int i = 0; i < N * PIXELS; i++)
        y[i] = (float)(uniform() - 0.3);
    /* every other pixel loses dates, some its first ones: time still counts from the model's first
     * date */
    for (int p = 1; p < PIXELS; p += 2)
        for (int d = 0; d < N; d++)
            if (uniform() < 0.4 || (p % 4 == 1 && d < 5))
                y[d * PIXELS + p] = d % 2 ? NAN : INFINITY;
    model = new_model(N, years, 1);
    assert_int_equal(ih_time_model_fit(model, PIXELS, PIXELS, y, estimate, deviation, NULL), IH_OK);
    for (int p = 0; p < PIXELS; p++) {
        double t[N], v[N], expected[4];
        size_t n = 0;

        for (int d = 0; d < N; d++)
            if (isfinite(y[d * PIXELS + p])) {
                t[n] = years[d] - years[0];
                v[n++] = (double)y[d * PIXELS + p];
            }
        assert_true(n > 5);
        simple_regression(t, v, n, expected);
        assert_true(close_to(estimate[p], expected[0]));
        assert_true(close_to(estimate[PIXELS + p], expected[1]));
        assert_true(close_to(deviation[p], expected[2]));
        assert_true(close_to(deviation[PIXELS + p], expected[3]));
    }
    ih_time_model_free(model);
}

/* Columns t^k/k! and dgels. */
static void cubic_polynomials_agree_with_lapack(void **state)
{
    double years[N];
    float y[N * PIXELS], estimate[4 * PIXELS];
    ih_time_model *model;

    (void)state;
    seed = 2;
    twelve_day_years(years);
    for (int i = 0; i < N * PIXELS; i++)
        y[i] = uniform() < 0.1 ? NAN : (float)uniform();
    model = new_model(N, years, 3);
    assert_int_equal(ih_time_model_parameters(model), 4);
    assert_int_equal(ih_time_model_fit(model, PIXELS, PIXELS, y, estimate, NULL, NULL), IH_OK);
    for (int p = 0; p < PIXELS; p++) {
        double a[N * 4], b[N];
        lapack_int n = 0;

        for (int d = 0; d < N; d++) {
            double t = years[d] - years[0];

            if (isnan(y[d * PIXELS + p]))
                continue;
            a[n * 4] = 1;
            a[n * 4 + 1] = t;
            a[n * 4 + 2] = t * t / 2;
            a[n * 4 + 3] = t * t * t / 6;
            b[n++] = (double)y[d * PIXELS + p];
        }
        assert_int_equal(LAPACKE_dgels(LAPACK_ROW_MAJOR, 'N', n, 4, 1, a, 4, b, 1), 0);
        for (int i = 0; i < 4; i++)
            assert_true(close_to(estimate[i * PIXELS + p], b[i]));
    }
    ih_time_model_free(model);
}

static void parameters_have_names_and_units(void **state)
{
    static const char *const names[] = {"intercept", "velocity", "acceleration", "poly3"};
    static const char *const units[] = {"m", "m/year", "m/year^2", "m/year^3"};
    double years[N];
    ih_time_model *model;

    (void)state;
    twelve_day_years(years);
    model = new_model(N, years, 3);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(ih_time_model_name(model, i), names[i]);
        assert_string_equal(ih_time_model_unit(model, i), units[i]);
    }
    assert_null(ih_time_model_name(model, 4));
    assert_null(ih_time_model_unit(model, 4));
    ih_time_model_free(model);
    ih_time_model_free(NULL);
}

static void too_few_valid_dates_give_nan(void **state)
{
    const double years[] = {2019, 2019.5, 2020.25, 2021};
    /* pixels with 4, 3, 2, 1 and 0 dates */
    float y[4 * 5] = {1, 1, 1,   1,   NAN, 2, 2,   2,   NAN, NAN,
                      2, 3, NAN, NAN, NAN, 5, NAN, NAN, NAN, NAN};
    float estimate[2 * 5], deviation[2 * 5];
    ih_time_model *model;

    (void)state;
    model = new_model(4, years, 1);
    assert_int_equal(ih_time_model_fit(model, 5, 5, y, estimate, deviation, NULL), IH_OK);
    for (int p = 0; p < 5; p++) {
        assert_true(isnan(estimate[p]) == (p >= 3) && isnan(estimate[5 + p]) == (p >= 3));
        assert_true(isnan(deviation[p]) == (p >= 2) && isnan(deviation[5 + p]) == (p >= 2));
    }
    /* two dates: the line through them */
    assert_true(fabsf(estimate[2] - 1) < 1e-6f && fabsf(estimate[5 + 2] - 2) < 1e-6f);
    ih_time_model_free(model);
}

static void as_many_dates_as_parameters_have_no_deviation(void **state)
{
    const double years[] = {2019, 2020};
    const float y[] = {1, 4};
    float estimate[2], deviation[2];
    ih_time_model *model;

    (void)state;
    model = new_model(2, years, 1);
    assert_int_equal(ih_time_model_fit(model, 1, 1, y, estimate, deviation, NULL), IH_OK);
    assert_true(fabsf(estimate[0] - 1) < 1e-6f && fabsf(estimate[1] - 3) < 1e-6f);
    assert_true(isnan(deviation[0]) && isnan(deviation[1]));
    ih_time_model_free(model);
}

static void results_do_not_depend_on_the_block(void **state)
{
    double years[N];
    float y[N * PIXELS], whole[2 * PIXELS], single[2 * PIXELS];
    ih_time_model *model;

    (void)state;
    seed = 4;
    twelve_day_years(years);
    for (int i = 0; i < N * PIXELS; i++)
        y[i] = i % 11 == 3 && i % 7 == 0 ? NAN : (float)uniform();
    model = new_model(N, years, 1);
    assert_int_equal(ih_time_model_fit(model, PIXELS, PIXELS, y, whole, NULL, NULL), IH_OK);
    for (size_t p = 0; p < PIXELS; p++)
        assert_int_equal(ih_time_model_fit(model, 1, PIXELS, y + p, single + p, NULL, NULL), IH_OK);
    assert_memory_equal(whole, single, sizeof whole);
    ih_time_model_free(model);
}

static void dates_that_do_not_determine_the_model_are_refused(void **state)
{
    const double equal[] = {2019, 2019, 2019}, falling[] = {2019, 2018}, bad[] = {2019, NAN};
    ih_time_model_options options = IH_TIME_MODEL_DEFAULTS;
    ih_time_model *model;
    ih_error err;

    (void)state;
    assert_int_equal(ih_time_model_new(0, equal, &options, &model, &err), IH_E_DATA);
    assert_int_equal(ih_time_model_new(1, equal, &options, &model, &err), IH_E_DATA);
    assert_null(model);
    assert_int_equal(ih_time_model_new(3, equal, &options, &model, &err), IH_E_DATA);
    assert_int_equal(ih_time_model_new(2, falling, &options, &model, &err), IH_E_ARGUMENT);
    assert_int_equal(ih_time_model_new(2, bad, &options, &model, &err), IH_E_ARGUMENT);
    assert_int_equal(ih_time_model_new(SIZE_MAX / 4, equal, &options, &model, &err), IH_E_ARGUMENT);
    options.polynomial = -1;
    assert_int_equal(ih_time_model_new(3, equal, &options, &model, &err), IH_E_ARGUMENT);
    options.polynomial = 1000;
    assert_int_equal(ih_time_model_new(3, equal, &options, &model, &err), IH_E_ARGUMENT);
}

static void a_stride_below_the_width_is_refused(void **state)
{
    const double years[] = {2019, 2020};
    const float y[4] = {0};
    float estimate[4];
    ih_time_model *model;

    (void)state;
    model = new_model(2, years, 1);
    assert_int_equal(ih_time_model_fit(model, 2, 1, y, estimate, NULL, NULL), IH_E_ARGUMENT);
    ih_time_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimal_years_restart_with_the_calendar_year),
        cmocka_unit_test(decimal_years_advance_day_by_day),
        cmocka_unit_test(an_exact_line_is_recovered_over_a_year_boundary),
        cmocka_unit_test(velocity_and_deviation_follow_simple_regression),
        cmocka_unit_test(cubic_polynomials_agree_with_lapack),
        cmocka_unit_test(parameters_have_names_and_units),
        cmocka_unit_test(too_few_valid_dates_give_nan),
        cmocka_unit_test(as_many_dates_as_parameters_have_no_deviation),
        cmocka_unit_test(results_do_not_depend_on_the_block),
        cmocka_unit_test(dates_that_do_not_determine_the_model_are_refused),
        cmocka_unit_test(a_stride_below_the_width_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
