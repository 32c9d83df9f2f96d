/* SPDX-License-Identifier: MIT */
#include "drivers/hyp3/layers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void assert_layer_of_file(const char *file_name, const char *suffix, const char *stem)
{
    size_t length = 999;
    int index = ih_layer_of_file(file_name, &length);

    if (!suffix) {
        assert_int_equal(index, -1);
        assert_int_equal(length, 999);
        return;
    }
    assert_true(index >= 0);
    assert_string_equal(ih_layer_at((size_t)index)->suffix, suffix);
    assert_int_equal(length, strlen(stem));
    assert_memory_equal(file_name, stem, length);
}

static void map_layers_come_in_band_order_and_radar_layers_after_them(void **state)
{
    const char *const order[] = {
        "unw_phase", "wrapped_phase", "corr",       "conncomp",          "amp",
        "los_disp",  "vert_disp",     "dem",        "lv_theta",          "lv_phi",
        "inc_map",   "inc_map_ell",   "water_mask", "wrapped_phase_rdr", "lat_rdr",
        "lon_rdr",   "los_rdr"};
    const size_t n = sizeof order / sizeof *order;

    (void)state;
    assert_int_equal(ih_layer_count(), n);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(ih_layer_at(i)->suffix, order[i]);
        assert_int_equal(ih_layer_at(i)->radar_geometry, i >= 13);
        assert_int_equal(ih_layer_find(order[i]), (int)i);
    }
    assert_null(ih_layer_at(n));
    assert_null(ih_layer_at(SIZE_MAX));
}

static void a_suffix_is_found_whatever_its_case(void **state)
{
    (void)state;
    assert_int_equal(ih_layer_find("UNW_Phase"), 0);
    assert_int_equal(ih_layer_find("unw"), -1);
    assert_int_equal(ih_layer_find("unw_phase2"), -1);
    assert_int_equal(ih_layer_find(""), -1);
    assert_int_equal(ih_layer_find(NULL), -1);
}

static void the_longest_suffix_of_a_file_name_wins(void **state)
{
    (void)state;
    assert_layer_of_file("N_inc_map_ell.tif", "inc_map_ell", "N");
    assert_layer_of_file("N_inc_map.tif", "inc_map", "N");
    assert_layer_of_file("N_wrapped_phase_rdr.tif", "wrapped_phase_rdr", "N");
    assert_layer_of_file("N_wrapped_phase.tif", "wrapped_phase", "N");
    assert_layer_of_file("S1_136231_IW2_20200604_20200616_VV_INT80_663F_unw_phase.tif", "unw_phase",
                         "S1_136231_IW2_20200604_20200616_VV_INT80_663F");
}

static void infixes_of_clip_recipes_are_tolerated(void **state)
{
    (void)state;
    assert_layer_of_file("N_unw_phase_clip.tif", "unw_phase", "N");
    assert_layer_of_file("N_unw_phase_clipped.tif", "unw_phase", "N");
    assert_layer_of_file("N_unw_phase_crop.tif", "unw_phase", "N");
    assert_layer_of_file("N_unw_phase_geo_clip.TIF", "unw_phase", "N");
    assert_layer_of_file("N_clip_corr.tiff", "corr", "N_clip");
    assert_layer_of_file("N_unw_phase_filtered.tif", NULL, NULL);
}

static void other_files_of_a_product_are_no_layers(void **state)
{
    (void)state;
    assert_layer_of_file("N.txt", NULL, NULL);
    assert_layer_of_file("N_unw_phase.png", NULL, NULL);
    assert_layer_of_file("N_unw_phase.tif.xml", NULL, NULL);
    assert_layer_of_file("N_unw_phase", NULL, NULL);
    assert_layer_of_file("unw_phase.tif", NULL, NULL);
    assert_layer_of_file("_unw_phase.tif", NULL, NULL);
    assert_layer_of_file("N-unw_phase.tif", NULL, NULL);
    assert_layer_of_file("N_VV.tif", NULL, NULL);
    assert_layer_of_file(".tif", NULL, NULL);
    assert_layer_of_file("_clip.tif", NULL, NULL);
    assert_layer_of_file("", NULL, NULL);
    assert_layer_of_file(NULL, NULL, NULL);
}

static void only_interferometric_layers_identify_a_product(void **state)
{
    (void)state;
    for (size_t i = 0; i < ih_layer_count(); i++) {
        const char *suffix = ih_layer_at(i)->suffix;
        /* RTC products have a DEM and an incidence map too. */
        bool interferometric = strncmp(suffix, "unw", 3) == 0 ||
                               strncmp(suffix, "wrapped", 7) == 0 || strcmp(suffix, "corr") == 0;

        assert_int_equal(ih_layer_at(i)->identifies, interferometric);
    }
}

static void only_the_water_mask_must_not_lose_its_zeros(void **state)
{
    int mask = ih_layer_find("water_mask");

    (void)state;
    for (size_t i = 0; i < ih_layer_count(); i++)
        assert_int_equal(ih_layer_at(i)->zero_is_nodata, (int)i != mask);
    assert_string_equal(ih_layer_at((size_t)mask)->categories[0], "water");
    assert_string_equal(ih_layer_at((size_t)mask)->categories[1], "land");
    assert_null(ih_layer_at((size_t)mask)->categories[2]);
}

static void component_labels_are_their_own_index(void **state)
{
    const ih_layer *layer = ih_layer_at((size_t)ih_layer_find("conncomp"));

    (void)state;
    assert_string_equal(layer->categories[0], "no component");
    assert_string_equal(layer->categories[1], "component 1");
    assert_string_equal(layer->categories[20], "component 20");
    assert_null(layer->categories[21]);
}

static void phase_grows_away_from_the_satellite_and_displacement_toward_it(void **state)
{
    (void)state;
    assert_int_equal(ih_layer_at(0)->sign, IH_SIGN_POSITIVE_AWAY);
    assert_int_equal(ih_layer_at((size_t)ih_layer_find("wrapped_phase"))->sign,
                     IH_SIGN_POSITIVE_AWAY);
    assert_int_equal(ih_layer_at((size_t)ih_layer_find("los_disp"))->sign, IH_SIGN_POSITIVE_TOWARD);
    assert_int_equal(ih_layer_at((size_t)ih_layer_find("corr"))->sign, IH_SIGN_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(map_layers_come_in_band_order_and_radar_layers_after_them),
        cmocka_unit_test(a_suffix_is_found_whatever_its_case),
        cmocka_unit_test(the_longest_suffix_of_a_file_name_wins),
        cmocka_unit_test(infixes_of_clip_recipes_are_tolerated),
        cmocka_unit_test(other_files_of_a_product_are_no_layers),
        cmocka_unit_test(only_interferometric_layers_identify_a_product),
        cmocka_unit_test(only_the_water_mask_must_not_lose_its_zeros),
        cmocka_unit_test(component_labels_are_their_own_index),
        cmocka_unit_test(phase_grows_away_from_the_satellite_and_displacement_toward_it),
    };
    return cmocka_run_group_tests_name("layers", tests, NULL, NULL);
}
