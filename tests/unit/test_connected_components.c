/* SPDX-License-Identifier: MIT
 *
 * Oracle: labels spread from neighbour to neighbour until nothing changes; minima by definition.
 */
#include "algorithms/connected_components.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define NX 41
#define NY 29
#define N  (NX * NY)

static uint64_t seed;

static double uniform(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(seed >> 11) * 0x1p-53;
}

/* Every pixel takes the smallest pixel number of its region, by repeated comparison. */
static void first_pixels(const uint16_t *value, int *first)
{
    int changed = 1;

    for (int p = 0; p < N; p++)
        first[p] = value[p] ? p : -1;
    while (changed) {
        changed = 0;
        for (int p = 0; p < N; p++)
            for (int i = 0; i < 4; i++) {
                int x = p % NX + (i == 0) - (i == 1), y = p / NX + (i == 2) - (i == 3);
                int q = y * NX + x;

                if (x < 0 || x >= NX || y < 0 || y >= NY || value[q] != value[p] || !value[p])
                    continue;
                if (first[q] < first[p]) {
                    first[p] = first[q];
                    changed = 1;
                }
            }
    }
}

static void regions_are_those_of_repeated_comparison(void **state)
{
    (void)state;
    for (int round = 0; round < 20; round++) {
        uint16_t value[N];
        int first[N];
        uint32_t label_of[N] = {0}, next = 0;
        ih_regions r;

        seed = (uint64_t)round;
        for (int p = 0; p < N; p++)
            value[p] = (uint16_t)(uniform() * (2 + round % 3));
        first_pixels(value, first);
        assert_int_equal(ih_regions_label(NX, NY, value, &r, NULL), IH_OK);
        for (int p = 0; p < N; p++) {
            if (first[p] < 0) {
                assert_int_equal(r.label[p], 0);
                continue;
            }
            if (first[p] == p)
                label_of[p] = ++next;
            assert_int_equal(r.label[p], label_of[first[p]]);
        }
        assert_int_equal(r.n_regions, next);
        ih_regions_free(&r);
    }
}

static void more_regions_than_a_byte_counts_stay_apart(void **state)
{
    uint16_t value[N] = {0};
    ih_regions r;
    uint32_t n = 0;

    (void)state;
    for (int y = 0; y < NY; y += 2)
        for (int x = 0; x < NX; x += 2)
            value[y * NX + x] = 1;
    assert_int_equal(ih_regions_label(NX, NY, value, &r, NULL), IH_OK);
    assert_int_equal(r.n_regions, 15 * 21);
    for (int p = 0; p < N; p++)
        if (value[p])
            assert_int_equal(r.label[p], ++n);
    ih_regions_free(&r);
}

static void touching_regions_of_other_value_stay_apart(void **state)
{
    static const uint16_t value[] = {1, 1, 2, 2, 1, 1, 2, 1};
    static const uint32_t label[] = {1, 1, 2, 2, 1, 1, 2, 3};
    ih_regions r;

    (void)state;
    assert_int_equal(ih_regions_label(4, 2, value, &r, NULL), IH_OK);
    assert_memory_equal(r.label, label, sizeof label);
    assert_int_equal(r.area[0], 4);
    assert_int_equal(r.area[1], 3);
    assert_int_equal(r.area[2], 1);
    ih_regions_free(&r);
}

static void small_regions_vanish_and_the_order_stays(void **state)
{
    static const uint16_t value[] = {1, 0, 1, 1, 0, 1, 1, 1};
    static const uint32_t label[] = {0, 0, 1, 1, 0, 2, 2, 2};
    ih_regions r;

    (void)state;
    assert_int_equal(ih_regions_label(8, 1, value, &r, NULL), IH_OK);
    assert_int_equal(r.n_regions, 3);
    ih_regions_remove_small(&r, 1.5);
    assert_int_equal(r.n_regions, 2);
    assert_memory_equal(r.label, label, sizeof label);
    assert_int_equal(r.area[0], 2);
    assert_int_equal(r.area[1], 3);
    ih_regions_remove_small(&r, 100);
    assert_int_equal(r.n_regions, 0);
    ih_regions_free(&r);
}

static void the_least_area_is_at_most_three_thousandths(void **state)
{
    (void)state;
    assert_true(ih_regions_least_area(2500, 3000, 3000) == 2500);
    assert_true(fabs(ih_regions_least_area(2500, 400, 300) - 360) < 1e-9);
}

static void erosion_is_the_minimum_within_the_raster(void **state)
{
    (void)state;
    for (int round = 0; round < 10; round++) {
        uint16_t value[N];
        uint32_t before[N], eroded[N], number[N + 1] = {0};
        ih_regions r;

        seed = (uint64_t)round;
        for (int y = 0; y < NY; y++)
            for (int x = 0; x < NX; x++)
                value[y * NX + x] = (uint16_t)((x / 8 + y / 9 * 3 + round) % 4);
        for (int i = 0; i < 12; i++)
            value[(int)(uniform() * N)] = 0;
        assert_int_equal(ih_regions_label(NX, NY, value, &r, NULL), IH_OK);
        memcpy(before, r.label, sizeof before);
        assert_int_equal(ih_regions_erode(&r, 5, eroded, NULL), IH_OK);
        for (int p = 0; p < N; p++)
            if (r.label[p])
                number[before[p]] = r.label[p];
        for (int y = 0; y < NY; y++)
            for (int x = 0; x < NX; x++) {
                uint32_t least = UINT32_MAX;

                for (int v = y - 2; v <= y + 2; v++)
                    for (int u = x - 2; u <= x + 2; u++)
                        if (v >= 0 && v < NY && u >= 0 && u < NX && before[v * NX + u] < least)
                            least = before[v * NX + u];
                assert_int_equal(eroded[y * NX + x], number[least]);
            }
        ih_regions_free(&r);
    }
}

static void what_erosion_removes_is_removed_everywhere(void **state)
{
    uint16_t value[N] = {0};
    uint32_t eroded[N];
    ih_regions r;

    (void)state;
    for (int y = 0; y < NY; y++)
        for (int x = 0; x < NX; x++)
            value[y * NX + x] = x == 3 || (x > 10 && x < 30 && y > 5);
    assert_int_equal(ih_regions_label(NX, NY, value, &r, NULL), IH_OK);
    assert_int_equal(r.n_regions, 2);
    assert_int_equal(ih_regions_erode(&r, 5, eroded, NULL), IH_OK);
    assert_int_equal(r.n_regions, 1);
    assert_int_equal(r.label[3], 0);
    assert_int_equal(r.label[10 * NX + 20], 1);
    assert_int_equal(r.area[0], 19 * 23);
    /* the border of the raster does not erode */
    assert_int_equal(eroded[(NY - 1) * NX + 20], 1);
    assert_int_equal(eroded[6 * NX + 20], 0);
    assert_int_equal(ih_regions_erode(&r, 4, eroded, NULL), IH_E_ARGUMENT);
    ih_regions_free(&r);
}

static void one_region_over_all_has_no_boundary(void **state)
{
    uint16_t value[N];
    uint32_t boundary[N];
    ih_regions r;

    (void)state;
    for (int p = 0; p < N; p++)
        value[p] = 7;
    assert_int_equal(ih_regions_label(NX, NY, value, &r, NULL), IH_OK);
    assert_int_equal(r.n_regions, 1);
    ih_regions_boundary(NX, NY, r.label, boundary);
    for (int p = 0; p < N; p++)
        assert_int_equal(boundary[p], 0);
    ih_regions_free(&r);
}

static void boundaries_lie_on_both_sides(void **state)
{
    static const uint32_t label[] = {1, 1, 2, 2, 0, 1, 1, 2, 2, 0};
    static const uint32_t expected[] = {0, 1, 2, 2, 0, 0, 1, 2, 2, 0};
    uint32_t boundary[10];

    (void)state;
    ih_regions_boundary(5, 2, label, boundary);
    assert_memory_equal(boundary, expected, sizeof expected);
}

static void components_of_quality_need_phase_and_coherence(void **state)
{
    static const float phase[] = {1, NAN, INFINITY, 2, 0, 4e7f};
    static const uint8_t quality[] = {100, 100, 100, 59, 60, 100};
    static const uint16_t expected[] = {1, 0, 0, 0, 1, 0};
    uint16_t component[6];

    (void)state;
    ih_components_of_quality(6, phase, quality, 60, component);
    assert_memory_equal(component, expected, sizeof expected);
}

static void impossible_rasters_are_refused(void **state)
{
    uint16_t value = 1;
    ih_regions r;

    (void)state;
    assert_int_equal(ih_regions_label(0, 5, &value, &r, NULL), IH_E_ARGUMENT);
    ih_regions_free(&r);
    assert_int_equal(ih_regions_label(70000, 70000, &value, &r, NULL), IH_E_ARGUMENT);
    ih_regions_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regions_are_those_of_repeated_comparison),
        cmocka_unit_test(more_regions_than_a_byte_counts_stay_apart),
        cmocka_unit_test(touching_regions_of_other_value_stay_apart),
        cmocka_unit_test(small_regions_vanish_and_the_order_stays),
        cmocka_unit_test(the_least_area_is_at_most_three_thousandths),
        cmocka_unit_test(erosion_is_the_minimum_within_the_raster),
        cmocka_unit_test(what_erosion_removes_is_removed_everywhere),
        cmocka_unit_test(one_region_over_all_has_no_boundary),
        cmocka_unit_test(boundaries_lie_on_both_sides),
        cmocka_unit_test(components_of_quality_need_phase_and_coherence),
        cmocka_unit_test(impossible_rasters_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
