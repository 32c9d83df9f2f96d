/* SPDX-License-Identifier: MIT
 *
 * What merging does with pixels: regions seen row by row, statistics of overlaps, blending of rows.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "algorithms/connected_components.h"
#include "algorithms/mosaic_blending.h"
#include "algorithms/overlap_statistics.h"
#include "algorithms/random.h"
#include "algorithms/row_regions.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const double two_pi = 6.28318530717958647692;

enum { NX = 37, NY = 23, N = NX * NY };

static void regions_of_rows_are_those_of_the_whole_raster(void **state)
{
    ih_random random = ih_random_stream(3, 1, 1);
    (void)state;

    for (int trial = 0; trial < 60; trial++) {
        double share = 0.3 + 0.4 * trial / 60;
        size_t least = trial % 3 == 0 ? 1 : 6;
        uint8_t mask[N];
        uint16_t value[N];
        uint32_t label[NX];
        ih_regions whole;
        ih_row_regions *rows;
        ih_row_cursor cursor = {0};

        for (int p = 0; p < N; p++)
            value[p] = mask[p] = ih_random_uniform(&random) < share;
        assert_int_equal(ih_regions_label(NX, NY, value, &whole, NULL), IH_OK);
        /* Without its share of the raster, which rows do not know. */
        ih_regions_remove_small(&whole, (double)least);
        assert_int_equal(ih_row_regions_new(NX, &rows, NULL), IH_OK);
        for (int y = 0; y < NY; y++)
            assert_int_equal(ih_row_regions_add(rows, mask + y * NX, NULL), IH_OK);
        assert_int_equal(ih_row_regions_finish(rows, least), whole.n_regions);
        for (uint32_t r = 0; r < whole.n_regions; r++)
            assert_int_equal(ih_row_regions_area(rows, r + 1), whole.area[r]);
        for (int pass = 0; pass < 2; pass++) {
            assert_int_equal(ih_row_cursor_begin(rows, &cursor, NULL), IH_OK);
            for (int y = 0; y < NY; y++) {
                ih_row_regions_next(rows, &cursor, mask + y * NX, label);
                assert_memory_equal(label, whole.label + y * NX, sizeof label);
            }
        }
        ih_row_cursor_free(&cursor);
        ih_row_regions_free(rows);
        ih_regions_free(&whole);
    }
}

static void an_overlap_tells_cycles_and_constant_in_spite_of_noise_and_outliers(void **state)
{
    enum { SAMPLES = 2000, OUTLIERS = 240 };
    ih_random random = ih_random_stream(5, 1, 1);
    static float difference[SAMPLES], weight[SAMPLES], x[SAMPLES], y[SAMPLES];
    const ih_overlap_samples samples = {difference, weight, x, y, SAMPLES};
    const double truth = 0.7 - 3 * two_pi, noise = 0.3;
    ih_overlap_statistics found;
    (void)state;

    for (int i = 0; i < SAMPLES; i++) {
        difference[i] =
            (float)(truth + noise * ih_random_normal(&random) + (i < OUTLIERS ? two_pi : 0));
        weight[i] = 0.5f;
    }
    ih_overlap_statistics_find(&samples, &found);
    /* Five standard errors of a mean. */
    assert_true(fabs(found.difference_rad - truth) < 5 * noise / sqrt(SAMPLES));
    assert_true(fabs(found.remainder_rad - 0.7) < 5 * noise / sqrt(SAMPLES));
    assert_true(fabs(found.spread_rad - noise) < 0.05);
    /* Noise of 0.3 rad carries no pixel half a cycle away, so these are the planted ones. */
    assert_true(found.off_share == (double)OUTLIERS / SAMPLES);
    assert_true(fabs(found.weight - SAMPLES / (found.spread_rad * found.spread_rad + 0.01)) < 1e-6);
}

static void the_ramp_of_an_overlap_is_told_along_both_sides(void **state)
{
    enum { SIDE = 30 };
    static float difference[SIDE * SIDE], weight[SIDE * SIDE], x[SIDE * SIDE], y[SIDE * SIDE];
    const ih_overlap_samples samples = {difference, weight, x, y, SIDE * SIDE};
    ih_overlap_statistics found;
    (void)state;

    for (int i = 0; i < SIDE * SIDE; i++) {
        x[i] = (float)(i % SIDE) / SIDE;
        y[i] = (float)(i / SIDE) / SIDE;
        difference[i] = (float)(2 * two_pi + 0.3 + 0.8 * (double)x[i] - 1.1 * (double)y[i]);
        weight[i] = 1;
    }
    ih_overlap_statistics_find(&samples, &found);
    assert_true(fabs(found.trend_rad[0] - 0.8) < 1e-5 && fabs(found.trend_rad[1] + 1.1) < 1e-5);
    /* Pixels of one column tell nothing across it. */
    for (int i = 0; i < SIDE * SIDE; i++)
        x[i] = 0.5f;
    ih_overlap_statistics_find(&samples, &found);
    assert_true(found.trend_rad[0] == 0 && found.trend_rad[1] == 0);
}

static void phases_half_a_cycle_apart_are_not_averaged(void **state)
{
    const float a[] = {1, 1, 1, NAN}, b[] = {3, 8, NAN, NAN};
    const float heavy[] = {3, 3, 3, 3}, light[] = {1, 1, 1, 1};
    const ih_blend_source sources[] = {{b, light, 0, 4}, {a, heavy, 0, 4}};
    float out[4];
    (void)state;

    assert_int_equal(ih_blend_row(IH_BLEND_PHASE, sources, 2, 4, out), 1);
    assert_true(fabs((double)out[0] - 1.5) < 1e-6);
    assert_true(out[1] == 1.0f && out[2] == 1.0f && isnan(out[3]));
}

static void a_single_value_comes_out_as_it_is(void **state)
{
    const float value[] = {3.14159274f, -1.2345678f, 1e-20f};
    const float weight[] = {0.1f, 0.37f, 0.9f};
    const ih_blend_source source = {value, weight, 1, 3};
    const enum ih_blending all[] = {IH_BLEND_MEAN, IH_BLEND_PHASE, IH_BLEND_HEAVIEST,
                                    IH_BLEND_LEAST};
    float out[5];
    (void)state;

    for (size_t k = 0; k < COUNT(all); k++) {
        ih_blend_row(all[k], &source, 1, 5, out);
        assert_true(isnan(out[0]) && isnan(out[4]));
        assert_memory_equal(out + 1, value, sizeof value);
    }
}

static void angles_are_averaged_across_the_cut(void **state)
{
    const float a[] = {3.1f}, b[] = {-3.1f}, same[] = {1};
    const ih_blend_source sources[] = {{a, same, 0, 1}, {b, same, 0, 1}};
    float out;
    (void)state;

    ih_blend_row(IH_BLEND_ANGLE, sources, 2, 1, &out);
    assert_true(fabs(fabs((double)out) - two_pi / 2) < 1e-6);
}

static void what_is_unreliable_fills_gaps_only(void **state)
{
    const float good[] = {1, NAN}, poor[] = {2, 2};
    const float heavy[] = {0.01f, 0.01f}, light[] = {1e-6f, 1e-6f};
    const ih_blend_source sources[] = {{poor, light, 0, 2}, {good, heavy, 0, 2}};
    float out[2];
    (void)state;

    ih_blend_row(IH_BLEND_MEAN, sources, 2, 2, out);
    assert_true(out[0] == 1.0f && out[1] == 2.0f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regions_of_rows_are_those_of_the_whole_raster),
        cmocka_unit_test(an_overlap_tells_cycles_and_constant_in_spite_of_noise_and_outliers),
        cmocka_unit_test(the_ramp_of_an_overlap_is_told_along_both_sides),
        cmocka_unit_test(phases_half_a_cycle_apart_are_not_averaged),
        cmocka_unit_test(a_single_value_comes_out_as_it_is),
        cmocka_unit_test(angles_are_averaged_across_the_cut),
        cmocka_unit_test(what_is_unreliable_fills_gaps_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
