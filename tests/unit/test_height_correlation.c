/* SPDX-License-Identifier: MIT */
#include "algorithms/height_correlation.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <lapacke.h>

#define NX     45
#define NY     38
#define PIXELS (NX * NY)
#define DATES  3
#define LOOKS  4

static uint64_t seed;

static double uniform(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(seed >> 11) * 0x1p-53;
}

struct scene {
    float height[PIXELS], values[DATES * PIXELS], result[DATES * PIXELS];
    uint8_t mask[PIXELS];
};

/* Hills, a delay that grows with height, noise, holes in mask, heights and values. */
static void make_scene(struct scene *s)
{
    for (int p = 0; p < PIXELS; p++) {
        double x = p % NX, y = p / NX;

        s->height[p] = (float)(800 * sin(x / 9) * cos(y / 7) + 300 * uniform());
        s->mask[p] = !(x > 12 && x < 20 && y > 8 && y < 22) && uniform() > 0.1;
        for (int d = 0; d < DATES; d++)
            s->values[d * PIXELS + p] =
                (float)(0.01 - 2e-5 * d * (double)s->height[p] +
                        1e-8 * d * pow((double)s->height[p], 2) + 0.005 * uniform());
        if (uniform() < 0.03)
            s->values[PIXELS + p] = NAN;
    }
    for (int p = 0; p < 3 * NX; p++)
        s->height[p] = p % NX < 5 ? NAN : s->height[p];
}

static ih_height_correlation_options options_of(int degree)
{
    ih_height_correlation_options options = IH_HEIGHT_CORRELATION_DEFAULTS;

    options.nx = NX;
    options.ny = NY;
    options.looks = LOOKS;
    options.degree = degree;
    return options;
}

static void sum_strips(const ih_height_correlation_options *options, const struct scene *s,
                       size_t rows, ih_height_correlation_sums *sums)
{
    memset(sums, 0, DATES * sizeof *sums);
    for (size_t row = 0; row < NY; row += rows) {
        ih_height_correlation_sums mine[DATES] = {0};
        const ih_height_correlation_strip strip = {.first_row = row,
                                                   .n_rows = NY - row < rows ? NY - row : rows,
                                                   .n_dates = DATES,
                                                   .stride = PIXELS,
                                                   .values = s->values + row * NX,
                                                   .slant_height_m = s->height + row * NX,
                                                   .mask = s->mask + row * NX};

        assert_int_equal(ih_height_correlation_accumulate(options, &strip, mine, NULL), IH_OK);
        ih_height_correlation_add(DATES, mine, sums);
    }
}

/* Means over the cells of pixels of the mask. */
static double mean_of(const float *values, const uint8_t *mask, int row, int column)
{
    double sum = 0;
    int n = 0;

    for (int y = row; y < row + LOOKS; y++)
        for (int x = column; x < column + LOOKS; x++)
            if (mask[y * NX + x] && !isnan(values[y * NX + x])) {
                sum += (double)values[y * NX + x];
                n++;
            }
    return n ? sum / n : (double)NAN;
}

/* Polynomial by LAPACK and Pearson's r, metres. */
static void dense_fit(const struct scene *s, int date, int degree, double *x, double *correlation)
{
    double a[PIXELS * 4], b[PIXELS], h[PIXELS], mh = 0, mb = 0, hh = 0, bb = 0, hb = 0;
    lapack_int n = 0;

    for (int row = 0; row + LOOKS <= NY; row += LOOKS)
        for (int column = 0; column + LOOKS <= NX; column += LOOKS) {
            double height = mean_of(s->height, s->mask, row, column);
            double value = mean_of(s->values + date * PIXELS, s->mask, row, column);

            if (isnan(height) || isnan(value))
                continue;
            for (int k = 0; k <= degree; k++)
                a[n * (degree + 1) + k] = pow(height / 1000, k);
            h[n] = height;
            b[n++] = value;
        }
    for (int i = 0; i < n; i++) {
        mh += h[i] / n;
        mb += b[i] / n;
    }
    for (int i = 0; i < n; i++) {
        hh += (h[i] - mh) * (h[i] - mh);
        bb += (b[i] - mb) * (b[i] - mb);
        hb += (h[i] - mh) * (b[i] - mb);
    }
    *correlation = hb / sqrt(hh * bb);
    assert_int_equal(LAPACKE_dgels(LAPACK_ROW_MAJOR, 'N', n, degree + 1, 1, a, degree + 1, b, 1),
                     0);
    memcpy(x, b, (size_t)(degree + 1) * sizeof *x);
}

static void every_degree_agrees_with_lapack(void **state)
{
    static struct scene s;

    (void)state;
    seed = 21;
    make_scene(&s);
    s.values[7] = 0;
    for (int degree = 1; degree <= 3; degree++) {
        const ih_height_correlation_options options = options_of(degree);
        ih_height_correlation_sums sums[DATES];
        ih_height_correlation fits[DATES];

        sum_strips(&options, &s, 8, sums);
        assert_int_equal(ih_height_correlation_solve(&options, DATES, sums, fits), 0);
        ih_height_correlation_remove(&options, DATES, fits, PIXELS, PIXELS, s.height, s.values,
                                     s.result);
        for (int d = 0; d < DATES; d++) {
            double x[4], r;

            dense_fit(&s, d, degree, x, &r);
            assert_true(fabs(fits[d].correlation - r) < 1e-10);
            assert_true(fits[d].applied && fits[d].determined);
            for (int k = 0; k <= degree; k++)
                assert_true(fabs(fits[d].coefficient[k] - x[k]) < 1e-9);
            for (int p = 0; p < PIXELS; p++) {
                float v = s.values[d * PIXELS + p], left = s.result[d * PIXELS + p];
                double h = (double)s.height[p] / 1000, delay = 0;

                for (int k = 1; k <= degree; k++)
                    delay += x[k] * pow(h, k);
                if (v == 0)
                    assert_true(left == 0);
                else if (isnan(v) || isnan(h))
                    assert_true(isnan(left));
                else
                    assert_true(fabs((double)left - ((double)v - delay)) < 5e-9);
            }
        }
    }
}

static void a_planted_slope_vanishes(void **state)
{
    static struct scene s;
    const ih_height_correlation_options options = options_of(1);
    ih_height_correlation_sums sums[DATES];
    ih_height_correlation fits[DATES];

    (void)state;
    seed = 22;
    make_scene(&s);
    for (int p = 0; p < PIXELS; p++) { /* 0 at height 0, the reference */
        s.values[p] = 0;
        s.values[PIXELS + p] = -3e-5f * s.height[p];
        s.values[2 * PIXELS + p] = 0.02f;
    }
    sum_strips(&options, &s, 12, sums);
    assert_int_equal(ih_height_correlation_solve(&options, DATES, sums, fits), 0);
    ih_height_correlation_remove(&options, DATES, fits, PIXELS, PIXELS, s.height, s.values,
                                 s.values);
    assert_true(fabs(fits[1].correlation + 1) < 1e-9);
    assert_true(fits[0].correlation == 0 && !fits[0].applied);
    for (int p = 0; p < PIXELS; p++) {
        assert_true(s.values[p] == 0);
        assert_true(isnan(s.height[p]) || fabsf(s.values[PIXELS + p]) < 5e-9f);
        assert_true(isnan(s.height[p]) || fabsf(s.values[2 * PIXELS + p] - 0.02f) < 5e-9f);
    }
}

static void weakly_correlated_dates_stay_as_they_are(void **state)
{
    static struct scene s;
    ih_height_correlation_options options = options_of(1);
    ih_height_correlation_sums sums[DATES];
    ih_height_correlation fits[DATES];

    (void)state;
    seed = 23;
    make_scene(&s);
    options.min_correlation = 0.6;
    sum_strips(&options, &s, 4, sums);
    ih_height_correlation_solve(&options, DATES, sums, fits);
    assert_true(fabs(fits[0].correlation) < 0.6 && !fits[0].applied);
    assert_true(fabs(fits[2].correlation) > 0.6 && fits[2].applied);
    ih_height_correlation_remove(&options, DATES, fits, PIXELS, PIXELS, s.height, s.values,
                                 s.result);
    assert_memory_equal(s.result, s.values, PIXELS * sizeof(float));
}

static void strips_change_nothing_but_rounding(void **state)
{
    static struct scene s;
    const ih_height_correlation_options options = options_of(2);
    ih_height_correlation_sums whole[DATES], strips[DATES];

    (void)state;
    seed = 24;
    make_scene(&s);
    sum_strips(&options, &s, NY, whole);
    sum_strips(&options, &s, LOOKS, strips);
    for (int d = 0; d < DATES; d++) {
        assert_int_equal(whole[d].count, strips[d].count);
        /* 9 x 11 cells, fewer without the hole */
        assert_true(whole[d].count > 80 && whole[d].count < 99);
        for (int k = 0; k < 5; k++)
            assert_true(fabs(whole[d].height[k] - strips[d].height[k]) < 1e-12);
        for (int k = 0; k < 3; k++)
            assert_true(fabs(whole[d].product[k] - strips[d].product[k]) < 1e-13);
    }
}

static void flat_ground_and_bad_arguments_are_told(void **state)
{
    static struct scene s;
    ih_height_correlation_options options = options_of(1);
    ih_height_correlation_sums sums[DATES] = {{0}};
    ih_height_correlation fits[DATES];
    ih_height_correlation_strip strip = {.first_row = 2, .n_rows = 4, .stride = PIXELS};

    (void)state;
    seed = 25;
    make_scene(&s);
    for (int p = 0; p < PIXELS; p++)
        s.height[p] = 100;
    sum_strips(&options, &s, 8, sums);
    assert_int_equal(ih_height_correlation_solve(&options, DATES, sums, fits), DATES);
    assert_false(fits[0].determined || fits[0].applied);
    assert_int_equal(ih_height_correlation_accumulate(&options, &strip, sums, NULL), IH_E_ARGUMENT);
    strip.first_row = 0;
    strip.n_rows = 5;
    assert_int_equal(ih_height_correlation_accumulate(&options, &strip, sums, NULL), IH_E_ARGUMENT);
    strip.n_rows = 4;
    strip.stride = 4 * NX - 1;
    assert_int_equal(ih_height_correlation_accumulate(&options, &strip, sums, NULL), IH_E_ARGUMENT);
    strip.first_row = 36;
    assert_int_equal(ih_height_correlation_accumulate(&options, &strip, sums, NULL), IH_E_ARGUMENT);
    assert_int_equal(ih_height_correlation_check(&options, NULL), IH_OK);
    options.degree = 4;
    assert_int_equal(ih_height_correlation_check(&options, NULL), IH_E_ARGUMENT);
    options = options_of(1);
    options.looks = 0;
    assert_int_equal(ih_height_correlation_check(&options, NULL), IH_E_ARGUMENT);
    options.looks = NY + 1;
    assert_int_equal(ih_height_correlation_check(&options, NULL), IH_E_ARGUMENT);
    options = options_of(1);
    options.min_correlation = (double)NAN;
    assert_int_equal(ih_height_correlation_check(&options, NULL), IH_E_ARGUMENT);
}

static void slant_heights_count_from_the_reference(void **state)
{
    const float height[] = {100, 200, NAN, 50}, incidence[] = {60, 0, 30, NAN};
    float slant[4];

    (void)state;
    ih_slant_height(4, height, incidence, 30, 60, slant);
    assert_true(fabsf(slant[0] - 140) < 1e-4f && fabsf(slant[1] - 140) < 1e-4f);
    assert_true(isnan(slant[2]) && isnan(slant[3]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_degree_agrees_with_lapack),
        cmocka_unit_test(a_planted_slope_vanishes),
        cmocka_unit_test(weakly_correlated_dates_stay_as_they_are),
        cmocka_unit_test(strips_change_nothing_but_rounding),
        cmocka_unit_test(flat_ground_and_bad_arguments_are_told),
        cmocka_unit_test(slant_heights_count_from_the_reference),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
