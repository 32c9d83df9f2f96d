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

#define DAY0  17897 /* 2019-01-01 */
#define TERMS 11

static const double two_periods[] = {1.0, 0.5};
static const ih_time_model_moment one_step[] = {{DAY0 + 100, 0}};
static const ih_time_model_moment two_bends[] = {{DAY0 + 300, 0}, {DAY0 + 200, 43200}};
static const ih_time_model_decay one_exponential[] = {{{DAY0 + 150, 0}, 60}};
static const ih_time_model_decay one_logarithm[] = {{{DAY0 - 30, 0}, 90}};

static ih_time_model_options all_terms(void)
{
    return (ih_time_model_options){.polynomial = 1,
                                   .periods_years = two_periods,
                                   .n_periods = 2,
                                   .steps = one_step,
                                   .n_steps = 1,
                                   .polylines = two_bends,
                                   .n_polylines = 2,
                                   .exponentials = one_exponential,
                                   .n_exponentials = 1,
                                   .logarithms = one_logarithm,
                                   .n_logarithms = 1,
                                   .bootstrap_count = 400};
}

static ih_time_model *model_of(const double *years, const ih_time_model_options *options)
{
    ih_time_model *model;
    ih_error err;

    if (ih_time_model_new(N, years, options, &model, &err) != IH_OK)
        fail_msg("%s", err.text);
    return model;
}

/* The terms of all_terms at a time, written down once more. */
static void terms_at(double year, double row[TERMS])
{
    const double t = year - ih_decimal_year(DAY0, 50000), pi = acos(-1.0);
    const double step = ih_decimal_year(DAY0 + 100, 0), bend1 = ih_decimal_year(DAY0 + 300, 0);
    const double bend2 = ih_decimal_year(DAY0 + 200, 43200);
    const double onset1 = ih_decimal_year(DAY0 + 150, 0), onset2 = ih_decimal_year(DAY0 - 30, 0);

    row[0] = 1;
    row[1] = t;
    row[2] = cos(2 * pi * t);
    row[3] = sin(2 * pi * t);
    row[4] = cos(4 * pi * t);
    row[5] = sin(4 * pi * t);
    row[6] = year > step ? 1 : 0;
    row[7] = year > bend1 ? year - bend1 : 0;
    row[8] = year > bend2 ? year - bend2 : 0;
    row[9] = year > onset1 ? 1 - exp(-(year - onset1) * 365.25 / 60) : 0;
    row[10] = year > onset2 ? log(1 + (year - onset2) * 365.25 / 90) : 0;
}

/* Least squares by LAPACK on the dates where y is finite; covariance is (G'G)^-1. */
static size_t dense_fit(const double *years, const float *y, size_t stride, double x[TERMS],
                        double covariance[TERMS * TERMS], double *sum_squares)
{
    double a[N * TERMS], b[N], kept[N * TERMS], rhs[N];
    lapack_int n = 0;

    for (int d = 0; d < N; d++)
        if (isfinite(y[(size_t)d * stride])) {
            terms_at(years[d], a + n * TERMS);
            b[n++] = (double)y[(size_t)d * stride];
        }
    memcpy(kept, a, sizeof a);
    memcpy(rhs, b, sizeof b);
    assert_int_equal(LAPACKE_dgels(LAPACK_ROW_MAJOR, 'N', n, TERMS, 1, a, TERMS, b, 1), 0);
    memcpy(x, b, TERMS * sizeof *x);
    for (int i = 0; i < TERMS; i++)
        for (int j = 0; j < TERMS; j++) {
            covariance[i * TERMS + j] = 0;
            for (int d = 0; d < n; d++)
                covariance[i * TERMS + j] += kept[d * TERMS + i] * kept[d * TERMS + j];
        }
    assert_int_equal(LAPACKE_dpotrf(LAPACK_ROW_MAJOR, 'L', TERMS, covariance, TERMS), 0);
    assert_int_equal(LAPACKE_dpotri(LAPACK_ROW_MAJOR, 'L', TERMS, covariance, TERMS), 0);
    for (int i = 0; i < TERMS; i++)
        for (int j = i + 1; j < TERMS; j++)
            covariance[i * TERMS + j] = covariance[j * TERMS + i];
    *sum_squares = 0;
    for (int d = 0; d < n; d++) {
        double r = rhs[d];

        for (int j = 0; j < TERMS; j++)
            r -= kept[d * TERMS + j] * x[j];
        *sum_squares += r * r;
    }
    return (size_t)n;
}

/* Parameter i of the result from the coefficients of the columns. */
static double derived_of(const double x[TERMS], int i)
{
    switch (i) {
    case 2:
    case 4:
        return sqrt(x[i] * x[i] + x[i + 1] * x[i + 1]);
    case 3:
    case 5:
        return atan2(x[i - 1], x[i]);
    case 7: /* the later of the two bends */
        return x[1] + x[7] + x[8];
    case 8:
        return x[1] + x[8];
    default:
        return x[i];
    }
}

/* Linear propagation with derivatives by differences. */
static double derived_deviation(const double x[TERMS], const double covariance[TERMS * TERMS],
                                double scale, int i, bool independent)
{
    double gradient[TERMS], variance = 0;

    for (int k = 0; k < TERMS; k++) {
        double up[TERMS], down[TERMS], h = 1e-6;

        memcpy(up, x, sizeof up);
        memcpy(down, x, sizeof down);
        up[k] += h;
        down[k] -= h;
        gradient[k] = (derived_of(up, i) - derived_of(down, i)) / (2 * h);
    }
    for (int k = 0; k < TERMS; k++)
        for (int l = 0; l < TERMS; l++)
            if (k == l || !independent)
                variance += gradient[k] * gradient[l] * covariance[k * TERMS + l] * scale;
    return sqrt(variance);
}

static int near(float value, double expected, double relative)
{
    return fabs((double)value - expected) <= relative * fabs(expected) + 1e-7;
}

static void random_series(float *y, double share_missing)
{
    for (int i = 0; i < N * PIXELS; i++)
        y[i] = uniform() < share_missing ? NAN : (float)(uniform() - 0.3);
}

static void every_term_and_deviation_agrees_with_dense_least_squares(void **state)
{
    double years[N];
    static float y[N * PIXELS], estimate[TERMS * PIXELS], deviation[TERMS * PIXELS], norm[PIXELS];
    ih_time_model_options options = all_terms();

    (void)state;
    seed = 5;
    twelve_day_years(years);
    random_series(y, 0);
    for (int p = 1; p < PIXELS; p += 2)
        for (int d = 0; d < N; d++)
            if (uniform() < 0.2)
                y[d * PIXELS + p] = NAN;
    for (int independent = 0; independent < 2; independent++) {
        const ih_time_model_input in = {.n_pixels = PIXELS, .stride = PIXELS, .displacement_m = y};
        const ih_time_model_output out = {
            .estimate = estimate, .standard_deviation = deviation, .residual_norm_m = norm};
        ih_time_model *model;

        options.independent_terms = independent;
        model = model_of(years, &options);
        assert_int_equal(ih_time_model_parameters(model), TERMS);
        assert_int_equal(ih_time_model_fit_block(model, &in, &out, NULL), IH_OK);
        for (int p = 0; p < PIXELS; p++) {
            double x[TERMS], covariance[TERMS * TERMS], squares;
            size_t n = dense_fit(years, y + p, PIXELS, x, covariance, &squares);

            assert_true(near(norm[p], sqrt(squares), 1e-6));
            for (int i = 0; i < TERMS; i++) {
                double expected =
                    derived_deviation(x, covariance, squares / (double)(n - TERMS), i, independent);

                /* condition number 1e3: both solutions are good to 1e-10, float32 to 6e-8 */
                assert_true(near(estimate[i * PIXELS + p], derived_of(x, i), 1e-6));
                /* differences of 1e-6 are good to 1e-6 where amplitudes are not tiny */
                assert_true(near(deviation[i * PIXELS + p], expected, 1e-4));
            }
        }
        ih_time_model_free(model);
    }
}

static void terms_are_named_after_their_dates(void **state)
{
    static const char *const names[TERMS] = {"intercept",
                                             "velocity",
                                             "annualAmplitude",
                                             "annualPhase",
                                             "semiAnnualAmplitude",
                                             "semiAnnualPhase",
                                             "step20190411",
                                             "velocityPost20191028",
                                             "velocityPost20190720T1200",
                                             "exp20190531Tau60D",
                                             "log20181202Tau90D"};
    static const char *const units[TERMS] = {"m", "m/year", "m",      "rad", "m", "rad",
                                             "m", "m/year", "m/year", "m",   "m"};
    const double periods[] = {2.0, 0.25, 1.0 / 3};
    ih_time_model_options options = all_terms();
    double years[N];
    ih_time_model *model;

    (void)state;
    twelve_day_years(years);
    model = model_of(years, &options);
    for (size_t i = 0; i < TERMS; i++) {
        assert_string_equal(ih_time_model_name(model, i), names[i]);
        assert_string_equal(ih_time_model_unit(model, i), units[i]);
    }
    ih_time_model_free(model);
    options = (ih_time_model_options){.periods_years = periods, .n_periods = 3};
    model = model_of(years, &options);
    assert_string_equal(ih_time_model_name(model, 1), "period2.0YAmplitude");
    assert_string_equal(ih_time_model_name(model, 4), "period0.25YPhase");
    assert_string_equal(ih_time_model_name(model, 5), "period0.3333333333333333YAmplitude");
    ih_time_model_free(model);
}

static void a_step_on_an_acquisition_date_begins_after_midnight(void **state)
{
    /* the tenth acquisition, at the time of day of the others */
    ih_time_model_moment step = {DAY0 + 12 * 9, 0};
    ih_time_model_options options = {.polynomial = 0, .steps = &step, .n_steps = 1};
    double years[N];
    float y[N], estimate[2];

    (void)state;
    for (int at_midnight = 0; at_midnight < 2; at_midnight++) {
        ih_time_model *model;

        for (int d = 0; d < N; d++) {
            years[d] = ih_decimal_year(DAY0 + 12 * d, at_midnight ? 0 : 50000);
            /* an acquisition at the very instant of the step is before it */
            y[d] = d < 9 + at_midnight ? 0.5f : 2.0f;
        }
        model = model_of(years, &options);
        assert_int_equal(ih_time_model_fit(model, 1, 1, y, estimate, NULL, NULL), IH_OK);
        assert_true(fabsf(estimate[0] - 0.5f) < 1e-6f && fabsf(estimate[1] - 1.5f) < 1e-6f);
        ih_time_model_free(model);
    }
}

static void terms_outside_the_dates_used_are_refused(void **state)
{
    ih_time_model_moment moment = {DAY0 - 1, 0};
    ih_time_model_decay decay = {{DAY0 - 1000, 0}, 10};
    ih_time_model_options steps = {.polynomial = 1, .steps = &moment, .n_steps = 1};
    ih_time_model_options bends = {.polynomial = 1, .polylines = &moment, .n_polylines = 1};
    ih_time_model_options decays = {.polynomial = 1, .logarithms = &decay, .n_logarithms = 1};
    ih_time_model_options twice = {.polynomial = 1, .periods_years = two_periods, .n_periods = 2};
    const double zero_period[] = {0.0}, same[] = {1.0, 1.0};
    uint8_t used[N];
    double years[N];
    ih_time_model *model;
    ih_error err;

    (void)state;
    twelve_day_years(years);
    assert_int_equal(ih_time_model_new(N, years, &steps, &model, &err), IH_E_ARGUMENT);
    assert_non_null(strstr(err.text, "step20181231"));
    assert_int_equal(ih_time_model_new(N, years, &bends, &model, &err), IH_E_ARGUMENT);
    assert_int_equal(ih_time_model_new(N, years, &decays, &model, &err), IH_OK);
    ih_time_model_free(model);
    moment.days_since_1970 = DAY0 + 12 * (N - 1) + 1;
    assert_int_equal(ih_time_model_new(N, years, &steps, &model, &err), IH_E_ARGUMENT);
    decay.onset = moment;
    assert_int_equal(ih_time_model_new(N, years, &decays, &model, &err), IH_E_ARGUMENT);
    decay.onset.days_since_1970 = DAY0;
    decay.tau_days = 0;
    assert_int_equal(ih_time_model_new(N, years, &decays, &model, &err), IH_E_ARGUMENT);
    /* before the last date, but not before the last date used */
    moment.days_since_1970 = DAY0 + 12 * (N - 2) + 1;
    assert_int_equal(ih_time_model_new(N, years, &steps, &model, &err), IH_OK);
    ih_time_model_free(model);
    memset(used, 1, sizeof used);
    used[N - 1] = 0;
    steps.used = used;
    assert_int_equal(ih_time_model_new(N, years, &steps, &model, &err), IH_E_ARGUMENT);
    moment.seconds_of_day = 86400;
    assert_int_equal(ih_time_model_new(N, years, &steps, &model, &err), IH_E_ARGUMENT);
    twice.periods_years = zero_period;
    twice.n_periods = 1;
    assert_int_equal(ih_time_model_new(N, years, &twice, &model, &err), IH_E_ARGUMENT);
    twice.periods_years = same;
    twice.n_periods = 2;
    assert_int_equal(ih_time_model_new(N, years, &twice, &model, &err), IH_E_DATA);
    twice.n_periods = SIZE_MAX / 2;
    assert_int_equal(ih_time_model_new(N, years, &twice, &model, &err), IH_E_ARGUMENT);
}

static void dates_not_used_have_residuals_but_no_influence(void **state)
{
    double years[N], fewer[N];
    uint8_t used[N];
    static float y[N * PIXELS], kept[N * PIXELS], residual[N * PIXELS];
    float estimate[2 * PIXELS], deviation[2 * PIXELS], expected[2 * PIXELS], spread[2 * PIXELS];
    ih_time_model_options options = {.polynomial = 1, .used = used};
    const ih_time_model_input in = {.n_pixels = PIXELS, .stride = PIXELS, .displacement_m = y};
    const ih_time_model_output out = {
        .estimate = estimate, .standard_deviation = deviation, .residual_m = residual};
    ih_time_model *model;
    size_t n = 0;

    (void)state;
    seed = 6;
    twelve_day_years(years);
    random_series(y, 0.02);
    for (size_t d = 0; d < N; d++) {
        used[d] = d > 1 && d % 7 != 3; /* the first date used is the third */
        for (size_t p = 0; !used[d] && p < PIXELS; p++)
            y[d * PIXELS + p] = p % 5 ? 1000.0f : NAN;
        if (used[d]) {
            fewer[n] = years[d];
            memcpy(kept + n++ * PIXELS, y + d * PIXELS, PIXELS * sizeof *y);
        }
    }
    model = model_of(years, &options);
    assert_int_equal(ih_time_model_fit_block(model, &in, &out, NULL), IH_OK);
    ih_time_model_free(model);
    model = new_model(n, fewer, 1);
    assert_int_equal(ih_time_model_fit(model, PIXELS, PIXELS, kept, expected, spread, NULL), IH_OK);
    ih_time_model_free(model);
    assert_memory_equal(estimate, expected, sizeof expected);
    assert_memory_equal(deviation, spread, sizeof spread);
    for (size_t d = 0; d < N; d++)
        for (size_t p = 0; p < PIXELS; p++) {
            double r = (double)y[d * PIXELS + p] - (double)estimate[p] -
                       (double)estimate[PIXELS + p] * (years[d] - fewer[0]);

            if (isnan(y[d * PIXELS + p]))
                assert_true(isnan(residual[d * PIXELS + p]));
            else /* estimates are rounded to float32 here */
                assert_true(fabs((double)residual[d * PIXELS + p] - r) < 1e-6 + 1e-7 * fabs(r));
        }
}

static void residuals_may_keep_some_terms_and_replace_their_input(void **state)
{
    const ih_time_model_options options = {
        .polynomial = 1, .periods_years = two_periods, .n_periods = 1};
    const uint8_t removed[] = {0, 0, 1, 1};
    double years[N];
    static float y[N * PIXELS], line[N * PIXELS];
    const ih_time_model_input in = {.n_pixels = PIXELS, .stride = PIXELS, .displacement_m = y};
    const ih_time_model_output out = {.residual_m = y, .removed = removed};
    ih_time_model *model;

    (void)state;
    seed = 7;
    twelve_day_years(years);
    for (int p = 0; p < PIXELS; p++) {
        double amplitude = uniform(), phase = 6 * uniform();

        for (int d = 0; d < N; d++) {
            double t = years[d] - years[0];

            line[d * PIXELS + p] = (float)(0.1 + 0.02 * p * t);
            y[d * PIXELS + p] =
                (float)(0.1 + 0.02 * p * t + amplitude * sin(2 * acos(-1.0) * t + phase));
        }
    }
    model = model_of(years, &options);
    assert_int_equal(ih_time_model_fit_block(model, &in, &out, NULL), IH_OK);
    for (int i = 0; i < N * PIXELS; i++)
        assert_true(fabsf(y[i] - line[i]) < 5e-7f);
    ih_time_model_free(model);
}

static void an_annual_signal_has_its_amplitude_and_phase(void **state)
{
    const ih_time_model_options options = {
        .polynomial = 0, .periods_years = two_periods, .n_periods = 1};
    double years[N];
    float y[2 * N], estimate[6], deviation[6];
    ih_time_model *model;

    (void)state;
    twelve_day_years(years);
    for (int d = 0; d < N; d++) {
        y[2 * d] = (float)(0.03 * sin(2 * acos(-1.0) * (years[d] - years[0]) + 0.7));
        y[2 * d + 1] = 0.0f; /* as the reference pixel */
    }
    model = model_of(years, &options);
    assert_int_equal(ih_time_model_fit(model, 2, 2, y, estimate, deviation, NULL), IH_OK);
    assert_true(fabs((double)estimate[2] - 0.03) < 1e-8);
    assert_true(fabs((double)estimate[4] - 0.7) < 1e-6);
    assert_true(estimate[3] == 0 && deviation[3] == 0);
    assert_true(isnan(deviation[5])); /* a phase of nothing */
    ih_time_model_free(model);
}

/* A pixel's own pseudo-inverse by LAPACK on the identity; [2][N] with zeros at dates it lacks. */
static void line_inverse(const double *years, const float *y, size_t stride, double *inverse)
{
    double normal[4] = {0}, determinant;

    for (int d = 0; d < N; d++)
        if (isfinite(y[(size_t)d * stride])) {
            double t = years[d] - years[0];

            normal[0] += 1;
            normal[1] += t;
            normal[3] += t * t;
        }
    determinant = normal[0] * normal[3] - normal[1] * normal[1];
    for (int d = 0; d < N; d++) {
        double t = years[d] - years[0];
        bool valid = isfinite(y[(size_t)d * stride]);

        inverse[d] = valid ? (normal[3] - normal[1] * t) / determinant : 0;
        inverse[N + d] = valid ? (normal[0] * t - normal[1]) / determinant : 0;
    }
}

static void a_given_covariance_is_carried_through_the_fit(void **state)
{
    double years[N], covariance[N * N];
    static float y[N * PIXELS], per_pixel[N * N * PIXELS], variance[N * PIXELS];
    float common[2 * PIXELS], own[2 * PIXELS], diagonal[2 * PIXELS];
    ih_time_model_options options = {
        .polynomial = 1, .deviation = IH_DEVIATION_COVARIANCE, .covariance_m2 = covariance};
    ih_time_model_input in = {.n_pixels = PIXELS, .stride = PIXELS, .displacement_m = y};
    ih_time_model_output out = {.standard_deviation = common};
    ih_time_model *model;

    (void)state;
    seed = 8;
    twelve_day_years(years);
    random_series(y, 0);
    for (int i = 1; i < PIXELS; i += 2)
        for (int d = 0; d < N; d++)
            if (uniform() < 0.3)
                y[d * PIXELS + i] = NAN;
    for (int d = 0; d < N; d++)
        for (int e = 0; e < N; e++) {
            covariance[d * N + e] = (double)(float)(1e-4 * exp(-abs(d - e) / 3.0));
            for (int p = 0; p < PIXELS; p++) {
                bool missing = isnan(y[d * PIXELS + p]) || isnan(y[e * PIXELS + p]);

                per_pixel[(d * N + e) * PIXELS + p] = missing ? NAN : (float)covariance[d * N + e];
                if (d == e)
                    variance[d * PIXELS + p] = missing ? NAN : (float)(1e-4 * (d + 1));
            }
        }
    model = model_of(years, &options);
    assert_int_equal(ih_time_model_fit_block(model, &in, &out, NULL), IH_OK);
    ih_time_model_free(model);
    options.covariance_m2 = NULL;
    model = model_of(years, &options);
    assert_int_equal(ih_time_model_fit_block(model, &in, &out, NULL), IH_E_ARGUMENT);
    in.covariance_m2 = per_pixel;
    out.standard_deviation = own;
    assert_int_equal(ih_time_model_fit_block(model, &in, &out, NULL), IH_OK);
    in.covariance_m2 = NULL;
    in.variance_m2 = variance;
    out.standard_deviation = diagonal;
    assert_int_equal(ih_time_model_fit_block(model, &in, &out, NULL), IH_OK);
    ih_time_model_free(model);
    for (int p = 0; p < PIXELS; p++) {
        double inverse[2 * N];

        line_inverse(years, y + p, PIXELS, inverse);
        for (int i = 0; i < 2; i++) {
            double full = 0, sum = 0;

            for (int d = 0; d < N; d++) {
                for (int e = 0; e < N; e++)
                    full += inverse[i * N + d] * covariance[d * N + e] * inverse[i * N + e];
                sum += pow(inverse[i * N + d], 2) * (double)(float)(1e-4 * (d + 1));
            }
            assert_true(close_to(common[i * PIXELS + p], sqrt(full)));
            assert_true(close_to(own[i * PIXELS + p], sqrt(full)));
            assert_true(close_to(diagonal[i * PIXELS + p], sqrt(sum)));
        }
    }
    covariance[N + 1] = -1;
    options.covariance_m2 = covariance;
    assert_int_equal(ih_time_model_new(N, years, &options, &model, NULL), IH_E_ARGUMENT);
}

/* The same covariance of the dates, given once as such and once as that of the coefficients that
 * the inverse makes of it, gives the same deviations of all parameters, derived ones too. */
static void a_covariance_of_coefficients_does_as_that_of_the_dates(void **state)
{
    enum { P = 5 };
    const double period = 1;
    const ih_time_model_moment change = {.days_since_1970 = 18100};
    double years[N], inverse[P * N], design[N * P], *covariance = calloc(N * N, sizeof(double));
    float y[N * PIXELS], a[P * PIXELS], b[P * PIXELS], given[P * (P + 1) / 2 * PIXELS];
    uint8_t used[N];
    ih_time_model_options options = {.polynomial = 1,
                                     .used = used,
                                     .periods_years = &period,
                                     .n_periods = 1,
                                     .polylines = &change,
                                     .n_polylines = 1,
                                     .deviation = IH_DEVIATION_COVARIANCE};
    ih_time_model_input in = {.n_pixels = PIXELS, .stride = PIXELS, .displacement_m = y};
    ih_time_model *model;

    (void)state;
    seed = 77;
    twelve_day_years(years);
    for (int d = 0; d < N; d++) {
        used[d] = d % 9 != 4;
        for (int e = 0; e < N; e++)
            covariance[d * N + e] = 1e-4 * ((d == e) + exp(-abs(d - e) / 4.0));
    }
    for (int i = 0; i < N * PIXELS; i++)
        y[i] = (float)(uniform() - 0.3);
    y[7 * PIXELS + 3] = NAN; /* a gap */
    y[4 * PIXELS + 5] = NAN; /* none: the date is not used */

    assert_int_equal(ih_time_model_new(N, years, &options, &model, NULL), IH_OK);
    ih_time_model_inverse(model, inverse);
    ih_time_model_design(model, design);
    for (int i = 0; i < P; i++)
        for (int j = 0; j < P; j++) {
            double sum = 0;

            for (int d = 0; d < N; d++)
                sum += inverse[i * N + d] * design[d * P + j];
            assert_true(fabs(sum - (i == j)) < 1e-10);
        }
    assert_true(design[11 * P] == 1 && inverse[4] == 0);
    for (int i = 0, c = 0; i < P; i++)
        for (int j = 0; j <= i; j++, c++) {
            double sum = 0;

            for (int d = 0; d < N; d++)
                for (int e = 0; e < N; e++)
                    sum += inverse[i * N + d] * covariance[d * N + e] * inverse[j * N + e];
            for (int p = 0; p < PIXELS; p++)
                given[c * PIXELS + p] = (float)sum;
        }
    in.coefficient_covariance = given;
    assert_int_equal(
        ih_time_model_fit_block(model, &in, &(ih_time_model_output){.standard_deviation = a}, NULL),
        IH_OK);
    ih_time_model_free(model);

    in.coefficient_covariance = NULL;
    options.covariance_m2 = covariance;
    assert_int_equal(ih_time_model_new(N, years, &options, &model, NULL), IH_OK);
    assert_int_equal(
        ih_time_model_fit_block(model, &in, &(ih_time_model_output){.standard_deviation = b}, NULL),
        IH_OK);
    for (int i = 0; i < P; i++)
        for (int p = 0; p < PIXELS; p++)
            if (p == 3)
                assert_true(isnan(a[i * PIXELS + p]) && b[i * PIXELS + p] > 0);
            else
                /* float32 covariances; those of a velocity and its change nearly cancel */
                assert_true(fabsf(a[i * PIXELS + p] / b[i * PIXELS + p] - 1) < 1e-5f);
    ih_time_model_free(model);
    free(covariance);
}

/* For independent residuals of equal variance both deviations estimate the same. */
static void the_bootstrap_agrees_with_the_residuals_on_average(void **state)
{
    double years[N], sum = 0, sum_gaps = 0;
    static float y[N * PIXELS];
    float estimate[2 * PIXELS], resampled[2 * PIXELS], from_residuals[2 * PIXELS];
    float own_estimate[2 * PIXELS];
    ih_time_model_options options = {.polynomial = 1,
                                     .deviation = IH_DEVIATION_BOOTSTRAP,
                                     .bootstrap_count = 1000,
                                     .bootstrap_seed = 1};
    ih_time_model *model;

    (void)state;
    seed = 9;
    twelve_day_years(years);
    random_series(y, 0);
    for (int p = 1; p < PIXELS; p += 2)
        for (int d = 0; d < N; d++)
            if (uniform() < 0.2)
                y[d * PIXELS + p] = NAN;
    model = model_of(years, &options);
    assert_int_equal(ih_time_model_fit(model, PIXELS, PIXELS, y, estimate, resampled, NULL), IH_OK);
    ih_time_model_free(model);
    model = new_model(N, years, 1);
    assert_int_equal(
        ih_time_model_fit(model, PIXELS, PIXELS, y, own_estimate, from_residuals, NULL), IH_OK);
    ih_time_model_free(model);
    /* the estimate stays that of least squares */
    assert_memory_equal(estimate, own_estimate, sizeof estimate);
    for (int p = 0; p < PIXELS; p++) {
        double ratio = (double)resampled[PIXELS + p] / (double)from_residuals[PIXELS + p];

        *(p % 2 ? &sum_gaps : &sum) += ratio;
        assert_true(ratio > 0.6 && ratio < 1.4);
    }
    /* pairs bootstrap of 40 or 32 dates: biased low by about 1/N, scatter 8 % / sqrt(18) */
    assert_true(fabs(sum / 19 - 0.98) < 0.06);
    assert_true(fabs(sum_gaps / 18 - 0.98) < 0.06);
}

static void resamples_are_the_same_for_all_pixels_and_blocks(void **state)
{
    double years[N];
    static float y[N * PIXELS];
    float whole[4 * PIXELS], single[4 * PIXELS], other[4 * PIXELS];
    ih_time_model_options options = {.polynomial = 1,
                                     .periods_years = two_periods,
                                     .n_periods = 1,
                                     .deviation = IH_DEVIATION_BOOTSTRAP,
                                     .bootstrap_count = 50,
                                     .bootstrap_seed = 3};
    ih_time_model *model;

    (void)state;
    seed = 10;
    twelve_day_years(years);
    random_series(y, 0.01);
    for (int d = 0; d < N; d++) /* a pixel beside its double */
        y[d * PIXELS + 20] = 2 * y[d * PIXELS + 3];
    model = model_of(years, &options);
    assert_int_equal(ih_time_model_fit(model, PIXELS, PIXELS, y, NULL, whole, NULL), IH_OK);
    for (size_t p = 0; p < PIXELS; p++)
        assert_int_equal(ih_time_model_fit(model, 1, PIXELS, y + p, NULL, single + p, NULL), IH_OK);
    ih_time_model_free(model);
    assert_memory_equal(whole, single, sizeof whole);
    for (int i = 0; i < 3; i++)
        assert_true(whole[i * PIXELS + 20] == 2 * whole[i * PIXELS + 3]);
    assert_true(whole[3 * PIXELS + 20] == whole[3 * PIXELS + 3]);
    options.bootstrap_seed = 4;
    model = model_of(years, &options);
    assert_int_equal(ih_time_model_fit(model, PIXELS, PIXELS, y, NULL, other, NULL), IH_OK);
    ih_time_model_free(model);
    assert_true(other[0] != whole[0]);
    options.bootstrap_count = 1;
    assert_int_equal(ih_time_model_new(N, years, &options, &model, NULL), IH_E_ARGUMENT);
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
        cmocka_unit_test(every_term_and_deviation_agrees_with_dense_least_squares),
        cmocka_unit_test(terms_are_named_after_their_dates),
        cmocka_unit_test(a_step_on_an_acquisition_date_begins_after_midnight),
        cmocka_unit_test(terms_outside_the_dates_used_are_refused),
        cmocka_unit_test(dates_not_used_have_residuals_but_no_influence),
        cmocka_unit_test(residuals_may_keep_some_terms_and_replace_their_input),
        cmocka_unit_test(an_annual_signal_has_its_amplitude_and_phase),
        cmocka_unit_test(a_given_covariance_is_carried_through_the_fit),
        cmocka_unit_test(a_covariance_of_coefficients_does_as_that_of_the_dates),
        cmocka_unit_test(the_bootstrap_agrees_with_the_residuals_on_average),
        cmocka_unit_test(resamples_are_the_same_for_all_pixels_and_blocks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
