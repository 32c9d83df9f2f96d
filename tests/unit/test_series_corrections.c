/* SPDX-License-Identifier: MIT
 *
 * The corrections of a series one after the other, on a scene of which everything is known.
 */
#include "algorithms/height_correlation.h"
#include "algorithms/ramp.h"
#include "algorithms/reference_date.h"
#include "algorithms/residual_rms.h"
#include "algorithms/time_model.h"
#include "algorithms/topographic_residual.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define NX        64
#define NY        48
#define PIXELS    (NX * NY)
#define N         40 /* dates, 24 days apart: over two changes of year */
#define REFERENCE (3 * NX + 4)
#define BAD_DATE  23

static uint64_t seed;

static double uniform(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(seed >> 11) * 0x1p-53 - 0.5;
}

struct scene {
    int32_t days[N];
    double years[N], baseline_m[N];
    float height_m[PIXELS], slant_m[PIXELS], range_m[PIXELS], incidence_deg[PIXELS];
    float velocity[PIXELS], dem_error_m[PIXELS]; /* truth */
    float series[N * PIXELS], residual[N * PIXELS], found_m[PIXELS];
    uint8_t mask[PIXELS], used[N];
};

static void make_ground(struct scene *s)
{
    for (int d = 0; d < N; d++) {
        s->days[d] = 17897 + 24 * d;
        s->years[d] = ih_decimal_year(s->days[d], 50000);
        s->baseline_m[d] = 200 * uniform();
        s->used[d] = 1;
    }
    for (int p = 0; p < PIXELS; p++) {
        double x = p % NX - 36.0, y = p / NX - 28.0, bowl = exp(-(x * x + y * y) / 50);

        s->range_m[p] = 850e3f;
        s->incidence_deg[p] = (float)(36 + 0.02 * x);
        s->height_m[p] = (float)(600 + 500 * sin(x / 2.7) * cos(y / 3.1));
        s->velocity[p] = (float)(-0.05 * bowl);
        s->dem_error_m[p] = p == REFERENCE ? 0 : (float)(20 * uniform());
        s->mask[p] = bowl < 1e-3;
    }
    ih_slant_height(PIXELS, s->height_m, s->incidence_deg, (double)s->height_m[REFERENCE],
                    (double)s->incidence_deg[REFERENCE], s->slant_m);
}

/* Motion, wrong heights, a plane, a delay with height, noise of 0.4 mm (one date: 20 mm), relative
 * to the first date and the reference pixel. */
static void make_series(struct scene *s)
{
    for (int d = 0; d < N; d++) {
        double east = 4e-4 * uniform(), north = 4e-4 * uniform(), delay = 4e-5 * uniform();

        for (int p = 0; p < PIXELS; p++) {
            double ground =
                (double)s->range_m[p] * sin((double)s->incidence_deg[p] * acos(-1.0) / 180);
            double value = (double)s->velocity[p] * (s->years[d] - s->years[0]);

            value += (double)s->dem_error_m[p] * (s->baseline_m[d] - s->baseline_m[0]) / ground;
            value += east * (p % NX - REFERENCE % NX) + north * (p / NX - REFERENCE / NX) +
                     delay * (double)s->slant_m[p] + (d == BAD_DATE ? 0.07 : 0.0014) * uniform();
            s->series[d * PIXELS + p] = d == 0 || p == REFERENCE ? 0 : (float)value;
        }
    }
}

static void remove_height_correlation(struct scene *s)
{
    ih_height_correlation_options options = IH_HEIGHT_CORRELATION_DEFAULTS;
    const ih_height_correlation_strip strip = {.n_rows = NY,
                                               .n_dates = N,
                                               .stride = PIXELS,
                                               .values = s->series,
                                               .slant_height_m = s->slant_m,
                                               .mask = s->mask};
    ih_height_correlation_sums sums[N] = {0};
    ih_height_correlation fits[N];

    options.nx = NX;
    options.ny = NY;
    options.looks = 2;
    assert_int_equal(ih_height_correlation_accumulate(&options, &strip, sums, NULL), IH_OK);
    assert_int_equal(ih_height_correlation_solve(&options, N, sums, fits), 0);
    ih_height_correlation_remove(&options, N, fits, PIXELS, PIXELS, s->slant_m, s->series,
                                 s->series);
}

static void remove_ramps(struct scene *s)
{
    ih_ramp_options options = {
        .nx = NX, .ny = NY, .shape = IH_RAMP_LINEAR, .zero_is_no_data = true};
    const ih_ramp_block block = {
        .n_pixels = PIXELS, .n_dates = N, .stride = PIXELS, .values = s->series, .mask = s->mask};
    ih_ramp_sums sums[N] = {{0}};
    const size_t reference = REFERENCE;
    ih_ramp ramps[N];

    ih_ramp_accumulate(&options, &block, sums);
    assert_int_equal(ih_ramp_solve(&options, N, sums, &reference, 1, ramps), 0);
    ih_ramp_remove(&options, &block, ramps, s->series);
}

static void remove_height_errors(struct scene *s)
{
    const ih_topographic_residual_dates dates = {
        .n_dates = N, .date_days = s->days, .years = s->years, .baseline_m = s->baseline_m};
    ih_topographic_residual_options options = IH_TOPOGRAPHIC_RESIDUAL_DEFAULTS;
    const ih_topographic_residual_input in = {.n_pixels = PIXELS,
                                              .stride = PIXELS,
                                              .displacement_m = s->series,
                                              .slant_range_m = s->range_m,
                                              .incidence_deg = s->incidence_deg};
    const ih_topographic_residual_output out = {
        .height_m = s->found_m, .corrected_m = s->series, .residual_m = s->residual};
    ih_topographic_residual *plan;

    options.used = s->used;
    assert_int_equal(ih_topographic_residual_new(&dates, &options, &plan, NULL), IH_OK);
    assert_int_equal(ih_topographic_residual_correct(plan, &in, &out, NULL, NULL), IH_OK);
    ih_topographic_residual_free(plan);
}

/* Marks outliers as not used; returns the best reference date. */
static size_t judge_dates(struct scene *s)
{
    ih_ramp_options options = {
        .nx = NX, .ny = NY, .shape = IH_RAMP_QUADRATIC, .zero_is_no_data = true};
    const ih_ramp_block block = {
        .n_pixels = PIXELS, .n_dates = N, .stride = PIXELS, .values = s->residual, .mask = s->mask};
    ih_ramp_sums sums[N] = {{0}};
    double rms[N], threshold;
    uint8_t outlier[N];
    ih_ramp ramps[N];

    ih_ramp_accumulate(&options, &block, sums);
    ih_ramp_solve(&options, N, sums, NULL, 0, ramps);
    ih_residual_rms(N, sums, ramps, rms);
    assert_int_equal(ih_residual_rms_threshold(N, rms, 3, &threshold, NULL), IH_OK);
    assert_int_equal(ih_residual_rms_outliers(N, rms, threshold, outlier), 1);
    assert_true(outlier[BAD_DATE]);
    s->used[BAD_DATE] = 0;
    return ih_residual_rms_reference_date(N, rms);
}

static void a_known_scene_comes_back_from_all_corrections(void **state)
{
    static struct scene s;
    static float estimate[2 * PIXELS], deviation[2 * PIXELS], first[N * PIXELS];
    ih_time_model_options options = {.polynomial = 1, .used = s.used};
    ih_time_model *model;
    size_t reference_date, outside = 0;

    (void)state;
    seed = 31;
    make_ground(&s);
    make_series(&s);
    remove_height_correlation(&s);
    remove_ramps(&s);
    memcpy(first, s.series, sizeof first);
    remove_height_errors(&s);
    reference_date = judge_dates(&s);
    assert_true(reference_date < N && reference_date != BAD_DATE);
    memcpy(s.series, first, sizeof first);
    remove_height_errors(&s); /* without the bad date */
    assert_int_equal(ih_reference_date_set(N, reference_date, PIXELS, PIXELS, s.series, NULL),
                     IH_OK);
    assert_int_equal(ih_time_model_new(N, s.years, &options, &model, NULL), IH_OK);
    assert_int_equal(ih_time_model_fit(model, PIXELS, PIXELS, s.series, estimate, deviation, NULL),
                     IH_OK);
    ih_time_model_free(model);
    for (int p = 0; p < PIXELS; p++) {
        double error = (double)estimate[PIXELS + p] - (double)s.velocity[p];

        /* noise of 0.4 mm: 0.09 mm/year and 0.55 m of height; the planes and delays were
         * estimated from 2500 pixels with wrong heights, which adds a little */
        assert_true(fabs(error) < 5e-4);
        assert_true(fabs((double)s.found_m[p] - (double)s.dem_error_m[p]) < 3);
        outside += fabs(error) > 2 * (double)deviation[PIXELS + p];
    }
    assert_true(estimate[PIXELS + REFERENCE] == 0);
    /* 5 % of a normal distribution; heights, fitted as well, are not in the deviation */
    assert_true(outside < 0.09 * PIXELS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_known_scene_comes_back_from_all_corrections),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
