/* SPDX-License-Identifier: MIT */
#include "algorithms/reference_point.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_greatest_coherence_wins),
        cmocka_unit_test(ties_go_to_the_centre_and_then_to_raster_order),
        cmocka_unit_test(gaps_masks_and_nan_exclude),
        cmocka_unit_test(the_message_says_what_left_nothing),
        cmocka_unit_test(impossible_sizes_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
