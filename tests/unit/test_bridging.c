/* SPDX-License-Identifier: MIT
 *
 * Planted cycles on smooth phase with gaps; the answer is known in closed form.
 */
#include "algorithms/bridging.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define NX 160
#define NY 120
#define N  (NX * NY)

static const double cycle = 2 * 3.14159265358979323846;

struct scene {
    uint16_t component[N];
    float phase[N], smooth[N];
    int16_t planted[N], cycles[N];
};

static const ih_bridging_options defaults = IH_BRIDGING_DEFAULTS;

/* A slope of less than half a cycle over the gaps; every component but 0 gets its cycles; the phase
 * of component 0 is NaN. */
static void fill(struct scene *s, const int *cycles)
{
    for (int p = 0; p < N; p++) {
        int x = p % NX, y = p / NX;

        s->smooth[p] = (float)(0.03 * x - 0.02 * y + 0.3 * sin(0.2 * x) * cos(0.17 * y));
        s->planted[p] = (int16_t)cycles[s->component[p]];
        s->phase[p] = s->component[p] ? (float)((double)s->smooth[p] + cycle * s->planted[p]) : NAN;
    }
}

static ih_bridging_result find(struct scene *s, size_t reference)
{
    ih_bridging_result result;

    assert_int_equal(ih_bridging_find(NX, NY, s->component, s->phase, reference, &defaults,
                                      s->cycles, &result, NULL),
                     IH_OK);
    return result;
}

/* Relative to the reference's component every planted cycle was found. */
static void assert_found(const struct scene *s, int reference_cycles)
{
    for (int p = 0; p < N; p++)
        assert_int_equal(s->cycles[p], s->component[p] ? s->planted[p] - reference_cycles : 0);
}

static void cycles_across_ten_pixels_of_water_are_found(void **state)
{
    static struct scene s;

    (void)state;
    for (int c = -2; c <= 2; c++)
        for (int side = 0; side < 2; side++) {
            const int cycles[] = {0, side ? c : 0, side ? 0 : c};
            ih_bridging_result result;

            for (int p = 0; p < N; p++)
                s.component[p] = (uint16_t)(p % NX < 75 ? 1 : p % NX < 85 ? 0 : 2);
            fill(&s, cycles);
            result = find(&s, 60 * NX + 20);
            assert_int_equal(result.n_regions, 2);
            assert_int_equal(result.reference_region, 1);
            assert_int_equal(result.n_shifted, c != 0);
            assert_found(&s, side ? c : 0);
            ih_cycles_subtract(N, s.cycles, s.phase);
            for (int p = 0; p < N; p++) {
                if (s.component[p] == 0)
                    assert_true(isnan(s.phase[p]));
                else if (s.cycles[p] == 0)
                    assert_true(s.phase[p] == (float)((double)s.smooth[p] + cycle * s.planted[p]));
                else /* rounding of float32 below 16 rad */
                    assert_true(fabs((double)s.phase[p] - (double)s.smooth[p] -
                                     (side ? c * cycle : 0)) < 2e-6);
            }
        }
}

/* Islands in a row: the level goes from one to the next, and each is 1 cycle above the last. */
static void a_chain_of_regions_is_followed(void **state)
{
    static struct scene s;
    static const int cycles[] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    ih_bridging_result result;

    (void)state;
    for (int p = 0; p < N; p++)
        s.component[p] = (uint16_t)(p % NX % 22 < 16 ? p % NX / 22 + 1 : 0);
    /* the last strip has 6 columns and erodes to 4 */
    fill(&s, cycles);
    result = find(&s, 60 * NX + 50);
    assert_int_equal(result.n_regions, 8);
    assert_int_equal(result.reference_region, 3);
    assert_int_equal(result.n_shifted, 7);
    assert_found(&s, cycles[3]);
}

static void touching_components_are_joined(void **state)
{
    static struct scene s;
    static const int cycles[] = {0, 0, -3};

    (void)state;
    for (int p = 0; p < N; p++)
        s.component[p] = (uint16_t)(p / NX < 50 ? 1 : 2);
    fill(&s, cycles);
    assert_int_equal(find(&s, 3).n_shifted, 1);
    assert_found(&s, 0);
}

static void small_regions_keep_their_cycles(void **state)
{
    static struct scene s;
    static const int cycles[] = {0, 0, 4, 1};
    ih_bridging_result result;

    (void)state;
    for (int p = 0; p < N; p++) {
        int x = p % NX, y = p / NX;

        /* 49 pixels are less than 0.3 % of the raster, 57.6 */
        s.component[p] = (uint16_t)(x < 70                                 ? 1
                                    : x > 100                              ? 3
                                    : x > 80 && x < 88 && y > 40 && y < 48 ? 2
                                                                           : 0);
    }
    fill(&s, cycles);
    result = find(&s, 3);
    assert_int_equal(result.n_regions, 2);
    for (int p = 0; p < N; p++)
        assert_int_equal(s.cycles[p], s.component[p] == 3 ? 1 : 0);
}

static void nothing_is_done_when_the_reference_lies_in_no_region(void **state)
{
    static struct scene s;
    static const int cycles[] = {0, 0, 2};
    ih_bridging_result result;

    (void)state;
    for (int p = 0; p < N; p++)
        s.component[p] = (uint16_t)(p % NX < 75 ? 1 : p % NX < 85 ? 0 : 2);
    fill(&s, cycles);
    result = find(&s, 60 * NX + 80);
    assert_int_equal(result.reference_region, 0);
    for (int p = 0; p < N; p++)
        assert_int_equal(s.cycles[p], 0);
}

static void one_region_over_all_and_none_at_all_are_left_alone(void **state)
{
    static struct scene s;
    static const int cycles[] = {0, 1};

    (void)state;
    for (int all = 0; all < 2; all++) {
        for (int p = 0; p < N; p++)
            s.component[p] = (uint16_t)all;
        fill(&s, cycles);
        assert_int_equal(find(&s, 3).n_regions, all);
        for (int p = 0; p < N; p++)
            assert_int_equal(s.cycles[p], 0);
    }
}

/* 300 islands of 10 x 10 pixels, each 1 cycle above its left neighbour. */
static void more_regions_than_a_byte_counts_are_bridged(void **state)
{
    enum { WIDE = 20 * 18, HIGH = 15 * 18, ALL = WIDE * HIGH };
    uint16_t *component = calloc(ALL, sizeof *component);
    float *phase = calloc(ALL, sizeof *phase);
    int16_t *cycles = calloc(ALL, sizeof *cycles);
    const ih_bridging_options options = {.least_area_pixels = 50, .erosion = 5, .window_radius = 9};
    ih_bridging_result result;

    (void)state;
    for (int p = 0; p < ALL; p++) {
        int x = p % WIDE, y = p / WIDE;

        component[p] = x % 18 < 10 && y % 18 < 10;
        phase[p] = component[p] ? (float)(cycle * (x / 18) + 0.001 * y) : NAN;
    }
    assert_int_equal(
        ih_bridging_find(WIDE, HIGH, component, phase, 0, &options, cycles, &result, NULL), IH_OK);
    assert_int_equal(result.n_regions, 300);
    assert_int_equal(result.n_shifted, 285);
    for (int p = 0; p < ALL; p++)
        assert_int_equal(cycles[p], component[p] ? p % WIDE / 18 : 0);
    free(component);
    free(phase);
    free(cycles);
}

static void a_reference_outside_is_refused(void **state)
{
    static struct scene s;
    ih_bridging_result result;

    (void)state;
    assert_int_equal(
        ih_bridging_find(NX, NY, s.component, s.phase, N, &defaults, s.cycles, &result, NULL),
        IH_E_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cycles_across_ten_pixels_of_water_are_found),
        cmocka_unit_test(a_chain_of_regions_is_followed),
        cmocka_unit_test(touching_components_are_joined),
        cmocka_unit_test(small_regions_keep_their_cycles),
        cmocka_unit_test(nothing_is_done_when_the_reference_lies_in_no_region),
        cmocka_unit_test(one_region_over_all_and_none_at_all_are_left_alone),
        cmocka_unit_test(more_regions_than_a_byte_counts_are_bridged),
        cmocka_unit_test(a_reference_outside_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
