/* SPDX-License-Identifier: MIT */
#include "drivers/hyp3/product_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Real names, and what each says. */
static const ih_product_name vectors[] = {
    {IH_PRODUCT_GAMMA, "S1AB_20171111T150004_20171117T145926_VVP006_INT80_G_ueF_4D09", "20171111",
     "20171117", "150004", "145926", "AB", "VV", "123", 0, 80, 0, "4D09"},
    {IH_PRODUCT_GAMMA, "S1AC_20251001T204513_20251007T204359_HHR006_INT40_G_ueF_1DBE", "20251001",
     "20251007", "204513", "204359", "AC", "HH", "123", 0, 40, 0, "1DBE"},
    {IH_PRODUCT_GAMMA, "S1BC_20210807T053645_20250729T053630_VVP1452_INT80_G_weF_9C74", "20210807",
     "20250729", "053645", "053630", "BC", "VV", "123", 0, 80, 1, "9C74"},
    {IH_PRODUCT_GAMMA, "S1DD_20260101T000000_20260113T235959_VVO012_INT80_G_wc2_abcd", "20260101",
     "20260113", "000000", "235959", "DD", "VV", "2", 0, 80, 1, "abcd"},
    {IH_PRODUCT_BURST, "S1_136231_IW2_20200604_20200616_VV_INT80_663F", "20200604", "20200616", "",
     "", "", "VV", "2", 64, 80, -1, "663F"},
    {IH_PRODUCT_BURST, "S1_056072_IW2_20220814_20220907_VV_INT80_E09B", "20220814", "20220907", "",
     "", "", "VV", "2", 27, 80, -1, "E09B"},
    {IH_PRODUCT_BURST, "S1_372326_IW3_20180628_20190705_HH_INT20_4673", "20180628", "20190705", "",
     "", "", "HH", "3", 174, 20, -1, "4673"},
    {IH_PRODUCT_MULTI_BURST,
     "S1_044_000000s1n00-093117s2n01-093118s3n01_IW_20250718_20250730_VV_INT80_B4FA", "20250718",
     "20250730", "", "", "", "VV", "23", 44, 80, -1, "B4FA"},
    {IH_PRODUCT_MULTI_BURST,
     "S1_027_000000s1n00-136229s2n05-136229s3n04_IW_20200604_20200616_HH_INT40_CD34", "20200604",
     "20200616", "", "", "", "HH", "23", 27, 40, -1, "CD34"},
    {IH_PRODUCT_MULTI_BURST,
     "S1_064_000000s1n00-136231s2n02-000000s3n00_IW_20200604_20200616_VV_INT80_77F1", "20200604",
     "20200616", "", "", "", "VV", "2", 64, 80, -1, "77F1"},
    {IH_PRODUCT_MULTI_BURST,
     "S1_064_136230s1n15-136231s2n15-136231s3n15_IW_20200604_20200616_VV_INT160_77F1", "20200604",
     "20200616", "", "", "", "VV", "123", 64, 160, -1, "77F1"},
    {IH_PRODUCT_MERGED, "S1_064__20200604_20200616_VV_INT80_ABCD", "20200604", "20200616", "", "",
     "", "VV", "", 64, 80, -1, "ABCD"},
    {IH_PRODUCT_CORNER, "S1A_064_E053_1_N27_3_E054_1_N27_8_20200604_20200616_VV_INT80_7EB5",
     "20200604", "20200616", "", "", "A", "VV", "", 64, 80, -1, "7EB5"},
    {IH_PRODUCT_GRANULES,
     "S1_136231_IW2_20200604T022312_VV_7C85-BURSTxS1_136231_IW2_20200616T022313_VV_5D11-BURST",
     "20200604", "20200616", "022312", "022313", "", "VV", "2", 64, 0, -1, ""},
    {IH_PRODUCT_GRANULES,
     "S1A_IW_SLC__1SDV_20200604T022251_20200604T022318_032861_03CE65_7C85x"
     "S1A_IW_SLC__1SSV_20200616T022252_20200616T022319_033036_03D3A3_5D11",
     "20200604", "20200616", "022251", "022252", "AA", "VV", "", 64, 0, -1, ""},
    {IH_PRODUCT_GAMMA_V1, "S1AB-20171111T150004-20171117T145926-VV-POEORB-6d-20x4-int-gamma",
     "20171111", "20171117", "150004", "145926", "AB", "VV", "", 0, 0, -1, ""},
};

static void assert_same(const ih_product_name *got, const ih_product_name *expected)
{
    assert_int_equal(got->kind, expected->kind);
    assert_string_equal(got->name, expected->name);
    assert_string_equal(got->reference_date, expected->reference_date);
    assert_string_equal(got->secondary_date, expected->secondary_date);
    assert_string_equal(got->reference_time, expected->reference_time);
    assert_string_equal(got->secondary_time, expected->secondary_time);
    assert_string_equal(got->platforms, expected->platforms);
    assert_string_equal(got->polarization, expected->polarization);
    assert_string_equal(got->swaths, expected->swaths);
    assert_int_equal(got->relative_orbit, expected->relative_orbit);
    assert_int_equal(got->pixel_spacing_m, expected->pixel_spacing_m);
    assert_int_equal(got->water_masked, expected->water_masked);
    assert_string_equal(got->id, expected->id);
}

static void refuse(const char *text)
{
    ih_product_name name;

    if (ih_product_name_parse(text, &name))
        fail_msg("taken for a product: %s", text ? text : "NULL");
    assert_int_equal(name.kind, IH_PRODUCT_NONE);
    assert_string_equal(name.name, "");
}

static void every_generation_of_names_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        ih_product_name name;

        if (!ih_product_name_parse(vectors[i].name, &name))
            fail_msg("not read: %s", vectors[i].name);
        assert_same(&name, &vectors[i]);
    }
}

static void what_users_append_is_tolerated(void **state)
{
    const char *const endings[] = {".zip",  " (1)", " (1).zip",       "_1",   "_clip",   "/",
                                   "-copy", ".txt", "_unw_phase.tif", "?x=1", "\xc3\xa9"};

    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        for (size_t k = 0; k < COUNT(endings); k++) {
            char text[300];
            ih_product_name name;

            snprintf(text, sizeof text, "%s%s", vectors[i].name, endings[k]);
            assert_true(ih_product_name_parse(text, &name));
            assert_same(&name, &vectors[i]);
        }
    }
}

static void a_further_letter_or_digit_makes_another_word(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        char text[300];

        snprintf(text, sizeof text, "%s0", vectors[i].name);
        refuse(text);
        snprintf(text, sizeof text, "%sz", vectors[i].name);
        refuse(text);
        snprintf(text, sizeof text, "x%s", vectors[i].name);
        refuse(text);
    }
}

static void every_proper_start_of_a_name_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        for (size_t n = 0; n < strlen(vectors[i].name); n++) {
            char text[IH_PRODUCT_NAME_MAX + 1] = "";

            memcpy(text, vectors[i].name, n);
            refuse(text);
        }
    }
}

static void every_platform_is_read(void **state)
{
    (void)state;
    for (char a = 'A'; a <= 'D'; a++) {
        for (char b = 'A'; b <= 'D'; b++) {
            char text[] = "S1AB_20171111T150004_20171117T145926_VVP006_INT80_G_ueF_4D09";
            ih_product_name name;

            text[2] = a;
            text[3] = b;
            assert_true(ih_product_name_parse(text, &name));
            assert_int_equal(name.platforms[0], a);
            assert_int_equal(name.platforms[1], b);
        }
    }
    refuse("S1AE_20171111T150004_20171117T145926_VVP006_INT80_G_ueF_4D09");
}

static void impossible_values_are_refused(void **state)
{
    (void)state;
    refuse("S1AB_20171111T250004_20171117T145926_VVP006_INT80_G_ueF_4D09");
    refuse("S1AB_20171111T156004_20171117T145926_VVP006_INT80_G_ueF_4D09");
    refuse("S1AB_20171111T150061_20171117T145926_VVP006_INT80_G_ueF_4D09");
    refuse("S1AB_20171311T150004_20171117T145926_VVP006_INT80_G_ueF_4D09");
    refuse("S1AB_20171111T150004_20170229T145926_VVP006_INT80_G_ueF_4D09");
    refuse("S1AB_20171111T150004_20171117T145926_VVX006_INT80_G_ueF_4D09");
    refuse("S1AB_20171111T150004_20171117T145926_VVP06_INT80_G_ueF_4D09");
    refuse("S1AB_20171111T150004_20171117T145926_VVP006_INT80_I_ueF_4D09");
    refuse("S1AB_20171111T150004_20171117T145926_VVP006_INT80_G_xeF_4D09");
    refuse("S1AB_20171111T150004_20171117T145926_VVP006_INT80_G_ueF_4G09");
    refuse("S1_136231_IW4_20200604_20200616_VV_INT80_663F");
    refuse("S1_136231_IW2_20200631_20200616_VV_INT80_663F");
    refuse("S1_136231_IW2_20200604_20200616_VX_INT80_663F");
    refuse("S1_064__20200604_20200616_VH_INT80_ABCD");
    refuse("S1_064_20200604_20200616_VV_INT80_ABCD");
    refuse("S1_136231_IW2_20200604_20200616_VV_INT8_663F");
    refuse("S1_136231_IW2_20200604_20200616_VV_INT00_663F");
    refuse("s1_136231_iw2_20200604_20200616_vv_int80_663f");
}

static void an_orbit_that_does_not_exist_is_unknown(void **state)
{
    ih_product_name name;

    (void)state;
    assert_true(ih_product_name_parse("S1_176__20200604_20200616_VV_INT80_ABCD", &name));
    assert_int_equal(name.relative_orbit, 0);
    assert_true(ih_product_name_parse("S1_000__20200604_20200616_VV_INT80_ABCD", &name));
    assert_int_equal(name.relative_orbit, 0);
    assert_true(ih_product_name_parse("S1_999999_IW2_20200604_20200616_VV_INT80_663F", &name));
    assert_int_equal(name.relative_orbit, 0);
}

static void hostile_text_is_refused(void **state)
{
    char longest[IH_PRODUCT_NAME_MAX + 2];
    ih_product_name name;
    char *huge = malloc(1 << 20);

    (void)state;
    assert_non_null(huge);
    memset(huge, 'S', (1 << 20) - 1);
    huge[(1 << 20) - 1] = '\0';
    refuse(huge);
    free(huge);
    refuse("");
    refuse(NULL);
    refuse("%s%s%s%n");
    refuse("S1_\xff\xfe\x80");
    assert_false(ih_product_name_parse(vectors[0].name, NULL));

    /* Exactly the longest name that is looked at, and one more. */
    memset(longest, ' ', sizeof longest);
    memcpy(longest, vectors[0].name, strlen(vectors[0].name));
    longest[IH_PRODUCT_NAME_MAX] = '\0';
    assert_true(ih_product_name_parse(longest, &name));
    longest[IH_PRODUCT_NAME_MAX] = ' ';
    longest[IH_PRODUCT_NAME_MAX + 1] = '\0';
    refuse(longest);
}

static void other_products_are_told_apart(void **state)
{
    const struct {
        const char *name, *what;
    } others[] = {
        {"S1A_IW_20180128T161201_DVP_RTC30_G_gpuned_FD6A", "RTC"},
        {"S1A_IW_20180128T161201_DVP_RTC30_G_gpuned_FD6A_VV.tif", "RTC"},
        {"S1B_S6_20210101T000000_SHO_RTC10_G_sduflm_0000.zip", "RTC"},
        {"S1-GUNW-A-R-064-tops-20200616_20200604-015043-00054E_00036N-PP-9c71-v2_0_6.nc",
         "ARIA GUNW"},
        {"S1AA_20170221T204710_X_S1A_20170227T204628_G0120V02_P094.nc", "autoRIFT"},
        {"OPERA_L2_RTC-S1_T069-147178-IW3_20231006T183321Z", "OPERA"},
        {"S1A_IW_20180128T161201_DVP_RTC30_G_gpuned_FD6A_WM.tif", "water or flood map"},
        {"S1A_IW_20180128T161201_DVP_RTC30_G_gpuned_FD6A_WATER_MAP", "water or flood map"},
        {"S1A_IW_20180128T161201_DVP_RTC30_G_gpuned_FD6A_FM.tif", "water or flood map"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(others); i++) {
        const char *what = NULL;

        refuse(others[i].name);
        assert_true(ih_product_name_is_other(others[i].name, &what));
        assert_string_equal(what, others[i].what);
        assert_true(ih_product_name_is_other(others[i].name, NULL));
    }
    for (size_t i = 0; i < COUNT(vectors); i++)
        assert_false(ih_product_name_is_other(vectors[i].name, NULL));
    assert_false(ih_product_name_is_other("photos", NULL));
    assert_false(ih_product_name_is_other("", NULL));
    assert_false(ih_product_name_is_other(NULL, NULL));
}

static void relative_orbits_follow_from_absolute_ones(void **state)
{
    (void)state;
    assert_int_equal(ih_relative_orbit('A', 61237), 90);
    assert_int_equal(ih_relative_orbit('A', 44549), 27);
    assert_int_equal(ih_relative_orbit('A', 60141), 44);
    assert_int_equal(ih_relative_orbit('A', 73), 1);
    assert_int_equal(ih_relative_orbit('A', 72), 175);
    assert_int_equal(ih_relative_orbit('A', 1), (1 + 175 - 73) + 1);
    assert_int_equal(ih_relative_orbit('B', 27), 1);
    assert_int_equal(ih_relative_orbit('B', 201), 175);
    assert_int_equal(ih_relative_orbit('C', 172), 1);
    assert_int_equal(ih_relative_orbit('C', 8018), (8018 - 172) % 175 + 1);
    assert_int_equal(ih_relative_orbit('C', 8019), (8019 - 99) % 175 + 1);
    assert_int_equal(ih_relative_orbit('D', 42), 1);
    assert_int_equal(ih_relative_orbit('E', 100), 0);
    assert_int_equal(ih_relative_orbit('a', 100), 0);
    assert_int_equal(ih_relative_orbit('A', 0), 0);
    assert_int_equal(ih_relative_orbit('A', -5), 0);
}

static void relative_orbits_follow_from_burst_numbers(void **state)
{
    (void)state;
    assert_int_equal(ih_relative_orbit_of_burst(136231), 64);
    assert_int_equal(ih_relative_orbit_of_burst(93117), 44);
    assert_int_equal(ih_relative_orbit_of_burst(372326), 174);
    assert_int_equal(ih_relative_orbit_of_burst(1), 1);
    assert_int_equal(ih_relative_orbit_of_burst(375887), 175);
    assert_int_equal(ih_relative_orbit_of_burst(375888), 0);
    assert_int_equal(ih_relative_orbit_of_burst(0), 0);
    assert_int_equal(ih_relative_orbit_of_burst(-1), 0);
}

static void days_agree_with_the_calendar_of_libc(void **state)
{
    (void)state;
    for (int year = 1970; year < 2110; year++) {
        for (int month = 1; month <= 12; month++) {
            for (int day = 1; day <= 31; day++) {
                struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
                time_t seconds = timegm(&tm);
                char text[32];
                long days = -1;

                snprintf(text, sizeof text, "%04d%02d%02d", year, month, day);
                /* timegm() turns the 31st of June into the 1st of July. */
                if (tm.tm_mday != day) {
                    assert_false(ih_date_to_days(text, &days));
                } else {
                    assert_true(ih_date_to_days(text, &days));
                    assert_int_equal(days, (long)(seconds / 86400));
                }
            }
        }
    }
}

static void what_is_no_date_is_refused(void **state)
{
    long days = 7;

    (void)state;
    assert_true(ih_date_to_days("20000229", NULL));
    assert_true(ih_date_to_days("00010101", &days));
    assert_int_equal(days, -719162);
    assert_false(ih_date_to_days("19000229", &days));
    assert_false(ih_date_to_days("00000101", &days));
    assert_false(ih_date_to_days("20200001", &days));
    assert_false(ih_date_to_days("20200100", &days));
    assert_false(ih_date_to_days("20201301", &days));
    assert_false(ih_date_to_days("2020060", &days));
    assert_false(ih_date_to_days("202006041", &days));
    assert_false(ih_date_to_days("2020-6-4", &days));
    assert_false(ih_date_to_days("+2020604", &days));
    assert_false(ih_date_to_days("", &days));
    assert_false(ih_date_to_days(NULL, &days));
    assert_int_equal(days, -719162);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_generation_of_names_is_read),
        cmocka_unit_test(what_users_append_is_tolerated),
        cmocka_unit_test(a_further_letter_or_digit_makes_another_word),
        cmocka_unit_test(every_proper_start_of_a_name_is_refused),
        cmocka_unit_test(every_platform_is_read),
        cmocka_unit_test(impossible_values_are_refused),
        cmocka_unit_test(an_orbit_that_does_not_exist_is_unknown),
        cmocka_unit_test(hostile_text_is_refused),
        cmocka_unit_test(other_products_are_told_apart),
        cmocka_unit_test(relative_orbits_follow_from_absolute_ones),
        cmocka_unit_test(relative_orbits_follow_from_burst_numbers),
        cmocka_unit_test(days_agree_with_the_calendar_of_libc),
        cmocka_unit_test(what_is_no_date_is_refused),
    };
    return cmocka_run_group_tests_name("product_name", tests, NULL, NULL);
}
