/* SPDX-License-Identifier: MIT
 *
 * Oracles: the conditions that a minimum of the lasso fulfils and nothing else does (its
 * subdifferential contains 0); planted cycles, which are known.
 */
#include "algorithms/closure_correction.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define MAX_PAIRS    120
#define MAX_TRIPLETS 200
#define SAMPLES      100

static const double cycle = 2 * 3.14159265358979323846;

static uint64_t seed;

static double uniform(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(seed >> 11) * 0x1p-53;
}

struct setting {
    ih_network *network;
    ih_triplet_list *list;
    float phase[MAX_PAIRS * SAMPLES];
};

static void make_setting(struct setting *s, int n_dates, int connections, double noise_rad)
{
    int32_t reference[MAX_PAIRS], secondary[MAX_PAIRS];
    size_t n = 0;

    for (int i = 0; i < n_dates; i++)
        for (int j = i + 1; j <= i + connections && j < n_dates; j++) {
            reference[n] = 12 * i;
            secondary[n++] = 12 * j;
        }
    assert_int_equal(ih_network_new(n, reference, secondary, NULL, &s->network, NULL), IH_OK);
    assert_int_equal(ih_triplet_list_new(s->network, NULL, &s->list, NULL), IH_OK);
    for (int p = 0; p < SAMPLES; p++) {
        double x[64];

        for (int d = 0; d < n_dates; d++)
            x[d] = 30 * uniform();
        for (size_t k = 0; k < n; k++)
            s->phase[k * SAMPLES + (size_t)p] =
                (float)(x[s->network->secondary_index[k]] - x[s->network->reference_index[k]] +
                        noise_rad * (2 * uniform() - 1));
    }
}

static void free_setting(struct setting *s)
{
    ih_triplet_list_free(s->list);
    ih_network_free(s->network);
}

static void plant(struct setting *s, size_t pair, int cycles)
{
    for (int p = 0; p < SAMPLES; p++)
        s->phase[pair * SAMPLES + (size_t)p] += (float)(cycle * cycles);
}

/* Sign of a pair in a triplet. */
static double entry(const ih_triplet *t, size_t pair)
{
    return t->pair_12 == pair || t->pair_23 == pair ? 1 : t->pair_13 == pair ? -1 : 0;
}

static void the_lasso_fulfils_the_conditions_of_a_minimum(void **state)
{
    static struct setting s;

    (void)state;
    for (int round = 0; round < 20; round++) {
        double closure[MAX_TRIPLETS], e[MAX_PAIRS], penalty = round % 2 ? 0.01 : 0.7;

        seed = (uint64_t)round;
        make_setting(&s, 14, 3 + round % 2, 0);
        for (size_t t = 0; t < s.list->n_triplets; t++)
            closure[t] = uniform() < 0.6 ? 0 : floor(5 * uniform()) - 2;
        assert_int_equal(ih_closure_lasso(s.list, closure, penalty, e, NULL), IH_OK);
        for (size_t k = 0; k < s.network->n_pairs; k++) {
            double slope = 0;

            for (size_t t = 0; t < s.list->n_triplets; t++) {
                double rest = -closure[t];

                for (size_t m = 0; m < s.network->n_pairs; m++)
                    rest += entry(&s.list->triplets[t], m) * e[m];
                slope += 2 * entry(&s.list->triplets[t], k) * rest;
            }
            /* a sweep that moves nothing by 1e-7 leaves slopes of some 1e-6 */
            if (e[k] > 0)
                assert_true(fabs(slope + penalty) < 1e-4);
            else if (e[k] < 0)
                assert_true(fabs(slope - penalty) < 1e-4);
            else
                assert_true(fabs(slope) < penalty + 1e-4);
        }
        free_setting(&s);
    }
}

static void planted_cycles_of_single_pairs_are_found(void **state)
{
    static struct setting s;
    static const int planted[][2] = {{4, 1}, {20, -1}, {33, 2}};

    (void)state;
    for (int i = 0; i < 3; i++) {
        int16_t cycles[MAX_PAIRS];
        size_t used;

        seed = (uint64_t)i;
        make_setting(&s, 16, 4, 0.6);
        plant(&s, (size_t)planted[i][0], planted[i][1]);
        assert_int_equal(
            ih_closure_correction_find(s.list, SAMPLES, s.phase, SAMPLES, cycles, &used, NULL),
            IH_OK);
        assert_int_equal(used, SAMPLES);
        for (size_t k = 0; k < s.network->n_pairs; k++)
            assert_int_equal(cycles[k], k == (size_t)planted[i][0] ? planted[i][1] : 0);
        free_setting(&s);
    }
}

static void several_planted_pairs_are_found(void **state)
{
    static struct setting s;
    int16_t cycles[MAX_PAIRS];
    size_t used;

    (void)state;
    seed = 5;
    make_setting(&s, 20, 4, 0.5);
    plant(&s, 10, 1);
    plant(&s, 40, -2);
    plant(&s, 60, 1);
    assert_int_equal(
        ih_closure_correction_find(s.list, SAMPLES, s.phase, SAMPLES, cycles, &used, NULL), IH_OK);
    for (size_t k = 0; k < s.network->n_pairs; k++)
        assert_int_equal(cycles[k], k == 10 || k == 60 ? 1 : k == 40 ? -2 : 0);
    free_setting(&s);
}

static void samples_with_gaps_are_left_out(void **state)
{
    static struct setting s;
    int16_t cycles[MAX_PAIRS];
    size_t used;

    (void)state;
    seed = 6;
    make_setting(&s, 16, 4, 0.3);
    plant(&s, 20, 1);
    for (size_t p = 0; p < 30; p++)
        s.phase[(p % 7) * SAMPLES + 3 * p] = NAN;
    assert_int_equal(
        ih_closure_correction_find(s.list, SAMPLES, s.phase, SAMPLES, cycles, &used, NULL), IH_OK);
    assert_int_equal(used, 70);
    assert_int_equal(cycles[20], 1);
    for (size_t p = 0; p < SAMPLES; p++)
        s.phase[p] = NAN;
    assert_int_equal(
        ih_closure_correction_find(s.list, SAMPLES, s.phase, SAMPLES, cycles, &used, NULL), IH_OK);
    assert_int_equal(used, 0);
    assert_int_equal(cycles[20], 0);
    free_setting(&s);
}

static void a_network_without_triplets_has_nothing_to_correct(void **state)
{
    static struct setting s;
    int16_t cycles[MAX_PAIRS];
    size_t used;

    (void)state;
    make_setting(&s, 10, 1, 0);
    plant(&s, 3, 1);
    assert_int_equal(s.list->n_triplets, 0);
    assert_int_equal(
        ih_closure_correction_find(s.list, SAMPLES, s.phase, SAMPLES, cycles, &used, NULL), IH_OK);
    for (size_t k = 0; k < s.network->n_pairs; k++)
        assert_int_equal(cycles[k], 0);
    free_setting(&s);
}

static void samples_are_spread_evenly_over_their_region(void **state)
{
    uint16_t value[60 * 50];
    uint32_t pixel[SAMPLES];
    ih_regions r;
    size_t n;

    (void)state;
    for (int p = 0; p < 3000; p++)
        value[p] = p % 60 < 40 ? 1 : p % 60 < 41 ? 0 : 2;
    assert_int_equal(ih_regions_label(60, 50, value, &r, NULL), IH_OK);
    n = ih_region_samples(&r, 2, SAMPLES, pixel);
    assert_int_equal(n, SAMPLES);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(r.label[pixel[i]], 2);
        /* 950 pixels: 9 or 10 from one to the next, 19 in a row */
        assert_int_equal(pixel[i] / 60, (2 * i + 1) * 950 / 200 / 19);
    }
    assert_int_equal(ih_region_of_samples(&r, n, pixel), 2);
    pixel[7] = 0;
    assert_int_equal(ih_region_of_samples(&r, n, pixel), 0);
    assert_int_equal(ih_region_of_samples(&r, 0, pixel), 0);
    ih_regions_free(&r);

    memset(value, 0, sizeof value);
    value[5] = value[6] = value[7] = 1;
    assert_int_equal(ih_regions_label(60, 50, value, &r, NULL), IH_OK);
    assert_int_equal(ih_region_samples(&r, 1, SAMPLES, pixel), 3);
    assert_int_equal(pixel[0], 5);
    assert_int_equal(pixel[2], 7);
    ih_regions_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lasso_fulfils_the_conditions_of_a_minimum),
        cmocka_unit_test(planted_cycles_of_single_pairs_are_found),
        cmocka_unit_test(several_planted_pairs_are_found),
        cmocka_unit_test(samples_with_gaps_are_left_out),
        cmocka_unit_test(a_network_without_triplets_has_nothing_to_correct),
        cmocka_unit_test(samples_are_spread_evenly_over_their_region),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
