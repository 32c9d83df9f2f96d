/* SPDX-License-Identifier: MIT */
#include "algorithms/coherent_area.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { N = 20000 };

static uint64_t seed = 3;

static double uniform(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(seed >> 11) * 0x1p-53;
}

struct layer {
    float coherence[N];
    uint8_t land[N], in_area[N];
};

static struct layer *make_layer(void)
{
    struct layer *layer = malloc(sizeof *layer);

    for (size_t p = 0; p < N; p++) {
        layer->land[p] = uniform() < .7;
        layer->in_area[p] = uniform() < .6;
        layer->coherence[p] = (float)(layer->land[p] ? uniform() : .4 * uniform());
        if (p % 50 == 0)
            layer->coherence[p] = p % 100 ? 0 : NAN;
    }
    return layer;
}

static void means_and_share_agree_with_counting(void **state)
{
    struct layer *layer = make_layer();
    ih_coherent_area *area = calloc(1, sizeof *area);
    double land = 0, water = 0, share = 0, threshold = .2371;
    size_t n_land = 0, n_water = 0;
    uint64_t above;

    (void)state;
    ih_coherent_area_add(area, N, layer->coherence, layer->land, layer->in_area);
    for (size_t p = 0; p < N; p++) {
        if (!(layer->coherence[p] > 0))
            continue;
        if (!layer->land[p]) {
            water += (double)layer->coherence[p];
            n_water++;
        } else if (layer->in_area[p]) {
            land += (double)layer->coherence[p];
            share += (double)layer->coherence[p] > threshold;
            n_land++;
        }
    }
    /* half a unit of the fixed point */
    assert_true(fabs(ih_coherent_area_land_mean(area) - land / (double)n_land) < 3e-8);
    assert_true(fabs(ih_coherent_area_water_mean(area) - water / (double)n_water) < 3e-8);
    above = ih_coherent_area_above(N, layer->coherence, layer->land, layer->in_area, threshold);
    assert_int_equal(above, share);
    assert_true(ih_coherent_area_ratio(area, above) == share / (double)n_land);
    /* what equals the threshold is not above it */
    assert_int_equal(ih_coherent_area_above(1, &(float){.25f}, NULL, NULL, .25), 0);
    assert_int_equal(ih_coherent_area_above(1, &(float){.25f}, NULL, NULL, .2499999), 1);
    assert_int_equal(ih_coherent_area_above(N, layer->coherence, layer->land, layer->in_area, -.1),
                     n_land);
    assert_int_equal(ih_coherent_area_above(N, layer->coherence, layer->land, layer->in_area, NAN),
                     0);
    free(area);
    free(layer);
}

static void pieces_in_any_order_give_the_same_bytes(void **state)
{
    struct layer *layer = make_layer();
    ih_coherent_area *whole = calloc(1, sizeof *whole), *pieces = calloc(1, sizeof *pieces);
    uint64_t above = 0;

    (void)state;
    ih_coherent_area_add(whole, N, layer->coherence, layer->land, layer->in_area);
    for (size_t end = N; end > 0;) {
        size_t begin = end > 777 ? end - 777 : 0;

        ih_coherent_area_add(pieces, end - begin, layer->coherence + begin, layer->land + begin,
                             layer->in_area + begin);
        above += ih_coherent_area_above(end - begin, layer->coherence + begin, layer->land + begin,
                                        layer->in_area + begin, .3);
        end = begin;
    }
    assert_int_equal(above,
                     ih_coherent_area_above(N, layer->coherence, layer->land, layer->in_area, .3));
    assert_memory_equal(whole, pieces, sizeof *whole);
    free(pieces);
    free(whole);
    free(layer);
}

static void nothing_known_is_nan_and_too_much_is_one(void **state)
{
    static const float layer[] = {1.5f, INFINITY, -1, -INFINITY, NAN, 0};
    static const uint8_t water[6] = {0};
    ih_coherent_area *area = calloc(1, sizeof *area);

    (void)state;
    assert_true(isnan(ih_coherent_area_land_mean(area)));
    assert_true(isnan(ih_coherent_area_water_mean(area)));
    assert_true(isnan(ih_coherent_area_ratio(area, 0)));
    ih_coherent_area_add(area, 6, layer, NULL, NULL);
    assert_int_equal(area->land_count, 2);
    assert_true(ih_coherent_area_land_mean(area) == 1);
    assert_int_equal(ih_coherent_area_above(6, layer, NULL, NULL, .999), 2);
    assert_int_equal(ih_coherent_area_above(6, layer, NULL, NULL, 1), 0);
    assert_int_equal(ih_coherent_area_above(6, layer, water, NULL, 0), 0);
    ih_coherent_area_add(area, 6, layer, water, NULL);
    assert_int_equal(area->water_count, 2);
    free(area);
}

static void the_threshold_is_the_mean_over_pairs_with_water(void **state)
{
    static const double water[] = {.10004, NAN, .20004, .30004}, dry[] = {NAN, NAN};
    double threshold = -1;
    ih_error err;

    (void)state;
    assert_int_equal(ih_water_coherence_threshold(4, water, false, &threshold, &err), IH_OK);
    assert_true(fabs(threshold - .20004) < 1e-15);
    assert_int_equal(ih_water_coherence_threshold(4, water, true, &threshold, &err), IH_OK);
    assert_true(fabs(threshold - .2) < 1e-15);
    assert_int_equal(ih_water_coherence_threshold(2, dry, false, &threshold, &err), IH_E_DATA);
    assert_non_null(strstr(err.text, "water"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means_and_share_agree_with_counting),
        cmocka_unit_test(pieces_in_any_order_give_the_same_bytes),
        cmocka_unit_test(nothing_known_is_nan_and_too_much_is_one),
        cmocka_unit_test(the_threshold_is_the_mean_over_pairs_with_water),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
