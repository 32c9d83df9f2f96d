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
    /* 8000 pixels over 4096 classes: some ten share the one of the threshold */
    assert_true(fabs(ih_coherent_area_ratio(area, threshold) - share / (double)n_land) < 2e-3);
    /* exact where a class begins */
    share = 0;
    for (size_t p = 0; p < N; p++)
        share += layer->land[p] && layer->in_area[p] && layer->coherence[p] >= .25f;
    assert_true(ih_coherent_area_ratio(area, .25) == share / (double)n_land);
    assert_true(ih_coherent_area_ratio(area, -.1) == 1 && ih_coherent_area_ratio(area, 1) == 0);
    assert_true(isnan(ih_coherent_area_ratio(area, NAN)));
    free(area);
    free(layer);
}

static void pieces_in_any_order_give_the_same_bytes(void **state)
{
    struct layer *layer = make_layer();
    ih_coherent_area *whole = calloc(1, sizeof *whole), *pieces = calloc(1, sizeof *pieces);

    (void)state;
    ih_coherent_area_add(whole, N, layer->coherence, layer->land, layer->in_area);
    for (size_t end = N; end > 0;) {
        size_t begin = end > 777 ? end - 777 : 0;

        ih_coherent_area_add(pieces, end - begin, layer->coherence + begin, layer->land + begin,
                             layer->in_area + begin);
        end = begin;
    }
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
    assert_true(isnan(ih_coherent_area_ratio(area, .5)));
    ih_coherent_area_add(area, 6, layer, NULL, NULL);
    assert_int_equal(area->land_count, 2);
    assert_true(ih_coherent_area_land_mean(area) == 1);
    assert_true(ih_coherent_area_ratio(area, .999) == 1);
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
