/* SPDX-License-Identifier: MIT */
#include "algorithms/topographic_residual.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <lapacke.h>

#define N       36 /* dates, three years of them */
#define PIXELS  37 /* two groups and a tail */
#define DAY0    17897
#define COLUMNS 5 /* baseline, 1, t, t^2/2, step */

static uint64_t seed;

static double uniform(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(seed >> 11) * 0x1p-53;
}

struct scene {
    int32_t days[N];
    double years[N], baseline_m[N];
    uint8_t used[N];
    float range_m[PIXELS], incidence_deg[PIXELS];
    float y[N * PIXELS], corrected[N * PIXELS], residual[N * PIXELS], height[PIXELS];
};

static const ih_time_model_moment step_at = {DAY0 + 401, 0};

/* Baselines of some 60 m, motion and noise; steps of 24 and 36 days. */
static void make_scene(struct scene *s, double noise_m)
{
    seed = 11;
    for (int d = 0; d < N; d++) {
        s->days[d] = d ? s->days[d - 1] + (d % 3 ? 24 : 36) : DAY0;
        s->years[d] = ih_decimal_year(s->days[d], 50000);
        s->baseline_m[d] = 200 * (uniform() - 0.5) + 33;
        s->used[d] = d != 0 && d != 17;
    }
    for (int p = 0; p < PIXELS; p++) {
        s->range_m[p] = (float)(850e3 + 1e3 * p);
        s->incidence_deg[p] = (float)(33 + 0.2 * p);
        for (int d = 0; d < N; d++) {
            double t = s->years[d] - s->years[0];

            s->y[d * PIXELS + p] = (float)(0.01 * t * (p - 9) - 0.002 * t * t +
                                           0.02 * (s->days[d] > step_at.days_since_1970) +
                                           noise_m * (uniform() - 0.5));
        }
    }
}

static ih_topographic_residual_dates dates_of(const struct scene *s)
{
    return (ih_topographic_residual_dates){
        .n_dates = N, .date_days = s->days, .years = s->years, .baseline_m = s->baseline_m};
}

static ih_topographic_residual *plan_of(const struct scene *s,
                                        const ih_topographic_residual_options *options)
{
    const ih_topographic_residual_dates dates = dates_of(s);
    ih_topographic_residual *plan;
    ih_error err;

    if (ih_topographic_residual_new(&dates, options, &plan, &err) != IH_OK)
        fail_msg("%s", err.text);
    return plan;
}

static size_t correct(const ih_topographic_residual *plan, struct scene *s)
{
    const ih_topographic_residual_input in = {.n_pixels = PIXELS,
                                              .stride = PIXELS,
                                              .displacement_m = s->y,
                                              .slant_range_m = s->range_m,
                                              .incidence_deg = s->incidence_deg};
    const ih_topographic_residual_output out = {
        .height_m = s->height, .corrected_m = s->corrected, .residual_m = s->residual};
    size_t n_skipped = 0;

    assert_int_equal(ih_topographic_residual_correct(plan, &in, &out, &n_skipped, NULL), IH_OK);
    return n_skipped;
}

static double ground_range(const struct scene *s, int p)
{
    return (double)s->range_m[p] * sin((double)s->incidence_deg[p] * acos(-1.0) / 180);
}

/* A row of the full design at one pixel, the baseline's column in units of 1e-4. */
static void design_row(const struct scene *s, int p, int d, double row[COLUMNS])
{
    double t = s->years[d] - s->years[0];

    row[0] = (s->baseline_m[d] - s->baseline_m[0]) / ground_range(s, p) * 1e4;
    row[1] = 1;
    row[2] = t;
    row[3] = t * t / 2;
    row[4] = s->days[d] > step_at.days_since_1970;
}

/* Height and other parameters of a pixel by LAPACK; phase velocity has no constant. */
static void dense_fit(const struct scene *s, int p, const uint8_t *used, bool velocity,
                      double x[COLUMNS])
{
    double a[N * COLUMNS], b[N], row[COLUMNS], before[COLUMNS];
    lapack_int n = 0, m = velocity ? COLUMNS - 1 : COLUMNS;
    int last = -1;

    for (int d = 0; d < N; d++) {
        double y = (double)s->y[d * PIXELS + p], scale = 1;

        if (!used[d])
            continue;
        design_row(s, p, d, row);
        if (velocity && last >= 0) {
            design_row(s, p, last, before);
            scale = 365.25 / (s->days[d] - s->days[last]);
            y = (y - (double)s->y[last * PIXELS + p]) * scale;
            for (int j = 0; j < COLUMNS; j++)
                row[j] = (row[j] - before[j]) * scale;
            row[1] = row[4]; /* in the constant's place */
        }
        if (!velocity || last >= 0) {
            memcpy(a + n * m, row, (size_t)m * sizeof *a);
            b[n++] = y;
        }
        last = d;
    }
    assert_int_equal(LAPACKE_dgels(LAPACK_ROW_MAJOR, 'N', n, m, 1, a, m, b, 1), 0);
    memcpy(x, b, (size_t)m * sizeof *b);
    if (velocity) {
        x[4] = x[1];
        x[1] = 0;
    }
    x[0] *= 1e4; /* now metres */
}

static void check_against_lapack(const struct scene *s, const uint8_t *used, bool velocity,
                                 bool remove_constant)
{
    for (int p = 0; p < PIXELS; p++) {
        double x[COLUMNS], row[COLUMNS], mean = 0, n = 0, residual[N];

        dense_fit(s, p, used, velocity, x);
        assert_true(fabs((double)s->height[p] - x[0]) < 1e-6 * fabs(x[0]) + 1e-6);
        for (int d = 0; d < N; d++) {
            double topography;

            design_row(s, p, d, row);
            topography = row[0] * 1e-4 * x[0];
            residual[d] = (double)s->y[d * PIXELS + p] - topography;
            /* displacements below 1 m are rounded by 3e-8 m */
            assert_true(fabs((double)s->corrected[d * PIXELS + p] - residual[d]) < 5e-8);
            for (int j = 1; j < COLUMNS; j++)
                residual[d] -= row[j] * x[j];
            if (used[d]) {
                mean += residual[d];
                n += 1;
            }
        }
        for (int d = 0; d < N; d++) {
            double expected = residual[d] - (remove_constant ? mean / n : 0);

            assert_true(fabs((double)s->residual[d * PIXELS + p] - expected) < 5e-8);
        }
    }
}

static void heights_and_series_agree_with_lapack(void **state)
{
    static struct scene s;
    uint8_t all[N];

    (void)state;
    make_scene(&s, 0.02);
    memset(all, 1, sizeof all);
    for (int k = 0; k < 6; k++) {
        ih_topographic_residual_options options = {
            .polynomial = 2, .steps = &step_at, .n_steps = 1, .used = k % 2 ? s.used : NULL};
        ih_topographic_residual *plan;

        options.phase_velocity = k >= 2;
        options.remove_constant = k >= 4;
        plan = plan_of(&s, &options);
        assert_int_equal(correct(plan, &s), 0);
        check_against_lapack(&s, k % 2 ? s.used : all, k >= 2, k >= 4);
        ih_topographic_residual_free(plan);
    }
}

/* Planted heights come back, with noise as wide as the unit deviation says. */
static void planted_heights_are_recovered(void **state)
{
    static struct scene s;
    const ih_topographic_residual_options options = {
        .polynomial = 2, .steps = &step_at, .n_steps = 1};
    ih_topographic_residual *plan;
    double squares = 0;

    (void)state;
    for (int noisy = 0; noisy < 2; noisy++) {
        make_scene(&s, noisy ? 0.02 : 0);
        for (int p = 0; p < PIXELS; p++)
            for (int d = 0; d < N; d++)
                s.y[d * PIXELS + p] +=
                    (float)((2.5 * p - 40) * (s.baseline_m[d] - s.baseline_m[0]) /
                            ground_range(&s, p));
        plan = plan_of(&s, &options);
        correct(plan, &s);
        for (int p = 0; p < PIXELS; p++) {
            double error = (double)s.height[p] - (2.5 * p - 40);
            double sigma = ih_topographic_residual_unit_deviation(plan) * ground_range(&s, p) *
                           0.02 / sqrt(12);

            assert_true(noisy || fabs(error) < 1e-3); /* float32 displacements: 1e-8 m / 1e-4 */
            squares += noisy ? pow(error / sigma, 2) : 0;
        }
        ih_topographic_residual_free(plan);
    }
    /* chi-square of 37 values: 1 +- 3 * sqrt(2/37) */
    assert_true(fabs(squares / PIXELS - 1) < 0.7);
}

static void pixels_without_geometry_or_dates_have_no_result(void **state)
{
    static struct scene s;
    ih_topographic_residual_options options = {.polynomial = 1, .used = s.used};
    ih_topographic_residual *plan;

    (void)state;
    make_scene(&s, 0.02);
    s.range_m[3] = 0;
    s.range_m[4] = NAN;
    s.incidence_deg[5] = 0;
    s.incidence_deg[36] = INFINITY;
    s.y[20 * PIXELS + 7] = NAN; /* a date that is fitted */
    s.y[17 * PIXELS + 8] = NAN; /* a date that is not */
    for (int d = 0; d < N; d++)
        s.y[d * PIXELS + 9] = 0; /* the reference pixel */
    plan = plan_of(&s, &options);
    assert_int_equal(correct(plan, &s), 5);
    for (int p = 0; p < PIXELS; p++) {
        int skipped = p == 3 || p == 4 || p == 5 || p == 36 || p == 7;

        assert_true(!isnan(s.height[p]) == !skipped);
        for (int d = 0; d < N; d++) {
            int missing = skipped || (p == 8 && d == 17);

            assert_true(!isnan(s.corrected[d * PIXELS + p]) == !missing);
            assert_true(!isnan(s.residual[d * PIXELS + p]) == !missing);
            assert_true(p != 9 ||
                        (s.corrected[d * PIXELS + 9] == 0 && s.residual[d * PIXELS + 9] == 0));
        }
    }
    assert_true(s.height[9] == 0);
    ih_topographic_residual_free(plan);
    ih_topographic_residual_free(NULL);
}

static void results_do_not_depend_on_the_block_and_may_replace_the_input(void **state)
{
    static struct scene s;
    static float whole[N * PIXELS];
    ih_topographic_residual_options options = IH_TOPOGRAPHIC_RESIDUAL_DEFAULTS;
    ih_topographic_residual *plan;

    (void)state;
    make_scene(&s, 0.02);
    plan = plan_of(&s, &options);
    correct(plan, &s);
    memcpy(whole, s.corrected, sizeof whole);
    for (size_t p = 0; p < PIXELS; p++) {
        const ih_topographic_residual_input in = {.n_pixels = 1,
                                                  .stride = PIXELS,
                                                  .displacement_m = s.y + p,
                                                  .slant_range_m = s.range_m + p,
                                                  .incidence_deg = s.incidence_deg + p};
        const ih_topographic_residual_output out = {.corrected_m = s.y + p};

        assert_int_equal(ih_topographic_residual_correct(plan, &in, &out, NULL, NULL), IH_OK);
    }
    assert_memory_equal(s.y, whole, sizeof whole);
    ih_topographic_residual_free(plan);
}

static void figures_tell_when_height_and_motion_mix(void **state)
{
    static struct scene s;
    const ih_topographic_residual_options line = {.polynomial = 1}, constant = {.polynomial = 0};
    const ih_topographic_residual_dates dates = dates_of(&s);
    double correlation, condition, unexplained;
    ih_topographic_residual *plan;

    (void)state;
    make_scene(&s, 0);
    plan = plan_of(&s, &line);
    assert_true(fabs(ih_topographic_residual_correlation(plan)) < 0.4);
    assert_true(ih_topographic_residual_unexplained(plan) > 0.6);
    condition = ih_topographic_residual_condition(plan);
    unexplained = ih_topographic_residual_unexplained(plan);
    ih_topographic_residual_free(plan);
    for (int d = 0; d < N; d++) /* an orbit that drifts */
        s.baseline_m[d] = 100 * (s.years[d] - s.years[0]) + (d % 2);
    plan = plan_of(&s, &line);
    correlation = ih_topographic_residual_correlation(plan);
    assert_true(correlation > 0.9999 && correlation <= 1);
    assert_true(ih_topographic_residual_condition(plan) > 20 * condition);
    assert_true(ih_topographic_residual_unexplained(plan) < 0.05 * unexplained);
    ih_topographic_residual_free(plan);
    for (int d = 0; d < N; d++)
        s.baseline_m[d] = 100 * (s.years[d] - s.years[0]) + 5;
    assert_int_equal(ih_topographic_residual_new(&dates, &line, &plan, NULL), IH_E_DATA);
    assert_null(plan);
    /* beside a constant alone, height and trend cannot be told apart but height is determined; the
     * condition number of two columns of length 1 is sqrt((1 + c)/(1 - c)) of their product c */
    plan = plan_of(&s, &constant);
    {
        double ones = 0, squares = 0, c;

        for (int d = 0; d < N; d++) {
            ones += s.baseline_m[d] - s.baseline_m[0];
            squares += pow(s.baseline_m[d] - s.baseline_m[0], 2);
        }
        c = ones / sqrt(squares * N);
        assert_true(fabs(ih_topographic_residual_condition(plan) - sqrt((1 + c) / (1 - c))) < 1e-9);
        assert_true(fabs(ih_topographic_residual_unexplained(plan) - 1) < 1e-12);
    }
    ih_topographic_residual_free(plan);
    memset(s.baseline_m, 0, sizeof s.baseline_m);
    assert_int_equal(ih_topographic_residual_new(&dates, &constant, &plan, NULL), IH_E_DATA);
}

static void impossible_arguments_are_refused(void **state)
{
    static struct scene s;
    ih_topographic_residual_dates dates = dates_of(&s);
    const ih_time_model_moment outside = {DAY0 - 5, 0};
    ih_topographic_residual_options options = IH_TOPOGRAPHIC_RESIDUAL_DEFAULTS;
    const ih_topographic_residual_options velocity = {.polynomial = 0, .phase_velocity = true};
    ih_topographic_residual_input in = {.n_pixels = 2, .stride = 1};
    const ih_topographic_residual_output out = {0};
    ih_topographic_residual *plan;

    (void)state;
    make_scene(&s, 0);
    dates.n_dates = 3; /* height and three parameters need four */
    assert_int_equal(ih_topographic_residual_new(&dates, &options, &plan, NULL), IH_E_DATA);
    dates.n_dates = 0;
    assert_int_equal(ih_topographic_residual_new(&dates, &options, &plan, NULL), IH_E_DATA);
    dates.n_dates = 2; /* a velocity of baseline and displacement: just enough */
    assert_int_equal(ih_topographic_residual_new(&dates, &velocity, &plan, NULL), IH_OK);
    assert_int_equal(ih_topographic_residual_correct(plan, &in, &out, NULL, NULL), IH_E_ARGUMENT);
    ih_topographic_residual_free(plan);
    dates.n_dates = N;
    options.steps = &outside;
    options.n_steps = 1;
    assert_int_equal(ih_topographic_residual_new(&dates, &options, &plan, NULL), IH_E_ARGUMENT);
    options.n_steps = 0;
    s.baseline_m[4] = (double)NAN;
    assert_int_equal(ih_topographic_residual_new(&dates, &options, &plan, NULL), IH_E_ARGUMENT);
    make_scene(&s, 0);
    s.days[4] = s.days[3];
    assert_int_equal(ih_topographic_residual_new(&dates, &options, &plan, NULL), IH_E_ARGUMENT);
    options.polynomial = 17;
    assert_int_equal(ih_topographic_residual_new(&dates, &options, &plan, NULL), IH_E_ARGUMENT);
}

/* The triangle of earth centre, place and sensor. */
static void slant_ranges_close_the_triangle(void **state)
{
    const double r = 6371000, h = 693000;

    (void)state;
    for (double incidence = 1; incidence < 90; incidence += 4) {
        double range = ih_slant_range(incidence, r, h);
        double across = range * sin(incidence * acos(-1.0) / 180);
        double up = r + range * cos(incidence * acos(-1.0) / 180);

        assert_true(fabs(sqrt(across * across + up * up) - (r + h)) < 1e-6);
    }
    assert_true(isnan(ih_slant_range(0, r, h)) && isnan(ih_slant_range(90, r, h)) &&
                isnan(ih_slant_range((double)NAN, r, h)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heights_and_series_agree_with_lapack),
        cmocka_unit_test(planted_heights_are_recovered),
        cmocka_unit_test(pixels_without_geometry_or_dates_have_no_result),
        cmocka_unit_test(results_do_not_depend_on_the_block_and_may_replace_the_input),
        cmocka_unit_test(figures_tell_when_height_and_motion_mix),
        cmocka_unit_test(impossible_arguments_are_refused),
        cmocka_unit_test(slant_ranges_close_the_triangle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
