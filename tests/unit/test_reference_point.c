/* SPDX-License-Identifier: MIT */
#include "algorithms/reference_point.h"

#include "algorithms/order_statistic.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define NX 5
#define NY 4

/* All pixels valid in all of 7 pairs with coherence 0.5. */
struct scene {
    float coherence[NX * NY];
    uint16_t valid[NX * NY];
    uint8_t mask[NX * NY];
};

static struct scene even_scene(void)
{
    struct scene s;

    for (int p = 0; p < NX * NY; p++) {
        s.coherence[p] = 0.5f;
        s.valid[p] = 7;
        s.mask[p] = 1;
    }
    return s;
}

static ih_status choose(const struct scene *s, float min_coherence, ih_reference_point *out,
                        ih_error *err)
{
    return ih_reference_point_choose(NX, NY, s->coherence, s->valid, 7, s->mask, min_coherence, out,
                                     err);
}

static void assert_is_at(const ih_reference_point *point, size_t column, size_t row)
{
    assert_int_equal(point->column, column);
    assert_int_equal(point->row, row);
}

static void the_greatest_coherence_wins(void **state)
{
    struct scene s = even_scene();
    ih_reference_point point;

    (void)state;
    s.coherence[3 * NX + 4] = 0.9f;
    s.coherence[1 * NX + 2] = 0.89f;
    assert_int_equal(choose(&s, 0.85f, &point, NULL), IH_OK);
    assert_is_at(&point, 4, 3);
    assert_int_equal(point.n_candidates, 2);
    assert_true(point.average_coherence == 0.9f);
}

static void ties_go_to_the_centre_and_then_to_raster_order(void **state)
{
    struct scene s = even_scene();
    ih_reference_point point;

    (void)state;
    /* centre of 5 x 4 is (2, 1.5): rows 1 and 2 of column 2 are equally near */
    assert_int_equal(choose(&s, 0, &point, NULL), IH_OK);
    assert_is_at(&point, 2, 1);
    s.mask[1 * NX + 2] = 0;
    assert_int_equal(choose(&s, 0, &point, NULL), IH_OK);
    assert_is_at(&point, 2, 2);
    s.mask[2 * NX + 2] = 0;
    assert_int_equal(choose(&s, 0, &point, NULL), IH_OK);
    assert_is_at(&point, 1, 1);
    assert_int_equal(point.n_candidates, NX * NY - 2);
}

static void gaps_masks_and_nan_exclude(void **state)
{
    struct scene s = even_scene();
    ih_reference_point point;

    (void)state;
    s.coherence[0] = 0.99f;
    s.valid[0] = 6;
    s.coherence[1] = 0.98f;
    s.mask[1] = 0;
    s.coherence[2] = NAN;
    s.coherence[3] = 0.85f;
    assert_int_equal(choose(&s, 0.85f, &point, NULL), IH_OK);
    assert_is_at(&point, 3, 0);
    assert_int_equal(point.n_candidates, 1);
    assert_int_equal(
        ih_reference_point_choose(NX, NY, s.coherence, s.valid, 7, NULL, 0.85f, &point, NULL),
        IH_OK);
    assert_is_at(&point, 1, 0);
}

static void the_message_says_what_left_nothing(void **state)
{
    struct scene s = even_scene();
    ih_reference_point point;
    ih_error err;

    (void)state;
    s.coherence[7] = 0.625f;
    assert_int_equal(choose(&s, 0.85f, &point, &err), IH_E_DATA);
    assert_non_null(strstr(err.text, "0.625"));
    memset(s.mask, 0, sizeof s.mask);
    assert_int_equal(choose(&s, 0, &point, &err), IH_E_DATA);
    assert_non_null(strstr(err.text, "mask"));
    memset(s.valid, 0, sizeof s.valid);
    assert_int_equal(choose(&s, 0, &point, &err), IH_E_DATA);
    assert_non_null(strstr(err.text, "7 pairs"));
    s = even_scene();
    for (int p = 0; p < NX * NY; p++)
        s.coherence[p] = NAN;
    assert_int_equal(choose(&s, 0, &point, &err), IH_E_DATA);
    assert_non_null(strstr(err.text, "has a coherence"));
}

static void impossible_sizes_are_refused(void **state)
{
    struct scene s = even_scene();
    ih_reference_point point;

    (void)state;
    assert_int_equal(
        ih_reference_point_choose(0, 4, s.coherence, s.valid, 7, NULL, 0, &point, NULL),
        IH_E_ARGUMENT);
    assert_int_equal(ih_reference_point_choose(SIZE_MAX, SIZE_MAX, s.coherence, s.valid, 7, NULL, 0,
                                               &point, NULL),
                     IH_E_ARGUMENT);
}

/* Deviations of 0.1 rad around 7 rad, one pixel without data. */
static void an_area_without_errors_has_the_mean_of_its_pixels(void **state)
{
    float phase[] = {7.1f, 6.9f, NAN, 7.3f, 6.7f, 7.5f};
    ih_reference_phase robust, median;

    (void)state;
    robust = ih_reference_average_phase(IH_REFERENCE_ROBUST, 6, phase);
    assert_int_equal(robust.n_valid, 5);
    assert_int_equal(robust.n_unwrapped, 0);
    assert_true(fabs(robust.phase_rad - 7.1) < 1e-6);
    median = ih_reference_average_phase(IH_REFERENCE_MEDIAN, 5, phase);
    assert_true(fabs(median.phase_rad - 7.1) < 1e-6);
}

/* Fewer than half of the pixels are one or two cycles off, to either side. */
static void whole_cycles_are_taken_off_by_the_robust_average_alone(void **state)
{
    const float right[] = {1.0f, 1.2f, 0.8f, 1.1f, 0.9f, 1.05f, 0.95f};
    const float cycles[] = {0, 1, 0, 0, -2, 1, 0};
    const enum ih_reference_average kinds[] = {IH_REFERENCE_ROBUST, IH_REFERENCE_MEAN};

    (void)state;
    for (int k = 0; k < 2; k++) {
        float phase[7];
        ih_reference_phase got;

        for (int i = 0; i < 7; i++)
            phase[i] = right[i] + cycles[i] * (float)(2.0 * M_PI);
        got = ih_reference_average_phase(kinds[k], 7, phase);
        assert_int_equal(got.n_unwrapped, 3);
        /* Float32 rounding of phases below 16 rad. The cycles cancel in the plain mean. */
        assert_true(fabs(got.phase_rad - 1.0) < 1e-6);
    }
    {
        float phase[] = {1.0f, 1.0f, 1.0f, 1.0f + (float)(2.0 * M_PI)};

        assert_true(
            fabs(ih_reference_average_phase(IH_REFERENCE_ROBUST, 4, phase).phase_rad - 1.0) < 1e-6);
        assert_true(ih_reference_average_phase(IH_REFERENCE_MEAN, 4, phase).phase_rad > 2.0);
    }
}

static void one_pixel_is_its_own_average(void **state)
{
    (void)state;
    for (int k = IH_REFERENCE_ROBUST; k <= IH_REFERENCE_MEDIAN; k++) {
        float phase = -123.456f;
        ih_reference_phase got =
            ih_reference_average_phase((enum ih_reference_average)k, 1, &phase);

        assert_true((float)got.phase_rad == -123.456f);
    }
}

static void an_area_without_data_has_no_phase(void **state)
{
    float phase[] = {NAN, NAN};
    ih_reference_phase got = ih_reference_average_phase(IH_REFERENCE_ROBUST, 2, phase);

    (void)state;
    assert_true(isnan(got.phase_rad));
    assert_int_equal(got.n_valid, 0);
}

static void an_even_median_lies_between_the_middle_two(void **state)
{
    float values[] = {4, 1, 3, 9, 2, 8};

    (void)state;
    assert_true(ih_median(values, 6) == 3.5);
    assert_true(ih_median(values, 1) == (double)values[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_greatest_coherence_wins),
        cmocka_unit_test(ties_go_to_the_centre_and_then_to_raster_order),
        cmocka_unit_test(gaps_masks_and_nan_exclude),
        cmocka_unit_test(the_message_says_what_left_nothing),
        cmocka_unit_test(impossible_sizes_are_refused),
        cmocka_unit_test(an_area_without_errors_has_the_mean_of_its_pixels),
        cmocka_unit_test(whole_cycles_are_taken_off_by_the_robust_average_alone),
        cmocka_unit_test(one_pixel_is_its_own_average),
        cmocka_unit_test(an_area_without_data_has_no_phase),
        cmocka_unit_test(an_even_median_lies_between_the_middle_two),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
