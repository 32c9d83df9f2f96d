/* SPDX-License-Identifier: MIT */
#include "drivers/hyp3/product_text.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static ih_product_text *parsed(const char *words)
{
    ih_product_text *text = ih_product_text_parse(words, strlen(words), NULL);

    assert_non_null(text);
    return text;
}

/* Asserts that a text of one line `K: words` is cleaned to `expected`. */
static void assert_value(const char *words, size_t size, const char *expected)
{
    char line[64] = "K: ";
    ih_product_text *text;

    memcpy(line + 3, words, size);
    text = ih_product_text_parse(line, size + 3, NULL);
    assert_non_null(text);
    assert_string_equal(ih_product_text_get(text, "k"), expected);
    ih_product_text_free(text);
}

static void keys_and_values_keep_order_and_spelling(void **state)
{
    ih_product_text *text = parsed("Reference Granule: S1A_X\n"
                                   "Radar sensing stop: 2022-08-14T12:58:32.201805\n"
                                   "Secondary Granule: a, b, c\n"
                                   "  DEM resolution (m) :\t30  \n"
                                   "Empty:\n");

    (void)state;
    assert_int_equal(ih_product_text_count(text), 5);
    assert_string_equal(ih_product_text_key(text, 0), "Reference Granule");
    assert_string_equal(ih_product_text_value(text, 1), "2022-08-14T12:58:32.201805");
    assert_string_equal(ih_product_text_value(text, 2), "a, b, c");
    assert_string_equal(ih_product_text_key(text, 3), "DEM resolution (m)");
    assert_string_equal(ih_product_text_value(text, 3), "30");
    assert_string_equal(ih_product_text_value(text, 4), "");
    assert_null(ih_product_text_key(text, 5));
    assert_null(ih_product_text_value(text, SIZE_MAX));
    ih_product_text_free(text);
}

static void keys_are_compared_without_spaces_and_case(void **state)
{
    ih_product_text *text = parsed("UTCtime: 5\nWater mask: yes\n");

    (void)state;
    assert_string_equal(ih_product_text_get(text, "UTC time"), "5");
    assert_string_equal(ih_product_text_get(text, " utc TIME "), "5");
    assert_string_equal(ih_product_text_get(text, "WATERMASK"), "yes");
    assert_null(ih_product_text_get(text, "UTC tim"));
    assert_null(ih_product_text_get(text, "UTC time s"));
    assert_null(ih_product_text_get(text, ""));
    assert_null(ih_product_text_get(text, NULL));
    ih_product_text_free(text);
}

static void a_prefix_finds_the_first_of_its_keys(void **state)
{
    ih_product_text *text =
        parsed("Azimuth looks: 4\nAzimuth line of the reference point in SAR: 497\n"
               "Azimuth line of the reference point in SAR space: 1\n");

    (void)state;
    assert_string_equal(ih_product_text_get_prefix(text, "azimuth line of"), "497");
    assert_string_equal(ih_product_text_get_prefix(text, "Azimuth"), "4");
    assert_string_equal(ih_product_text_get_prefix(text, "Azimuth looks"), "4");
    assert_null(ih_product_text_get_prefix(text, "Range"));
    assert_null(ih_product_text_get_prefix(text, NULL));
    ih_product_text_free(text);
}

static void every_kind_of_line_end_is_read(void **state)
{
    ih_product_text *text = parsed("\xef\xbb\xbf"
                                   "A: 1\r\nB: 2\rC: 3\n\n\r\nD: 4");

    (void)state;
    assert_int_equal(ih_product_text_count(text), 4);
    assert_string_equal(ih_product_text_get(text, "A"), "1");
    assert_string_equal(ih_product_text_get(text, "B"), "2");
    assert_string_equal(ih_product_text_get(text, "C"), "3");
    assert_string_equal(ih_product_text_get(text, "D"), "4");
    ih_product_text_free(text);
}

static void lines_without_key_are_skipped_and_the_first_of_a_key_counts(void **state)
{
    ih_product_text *text =
        parsed("prose\n: value\n \t: value\nBaseline: 1\nbase line: 2\nBaseline: 3\n");

    (void)state;
    assert_int_equal(ih_product_text_count(text), 1);
    assert_string_equal(ih_product_text_get(text, "Baseline"), "1");
    ih_product_text_free(text);
}

static void bytes_that_are_no_text_become_question_marks(void **state)
{
    (void)state;
    assert_value("a\0b", 3, "a?b");
    assert_value("\xc3\xa9", 2, "\xc3\xa9");
    assert_value("\xe2\x82\xac", 3, "\xe2\x82\xac");
    assert_value("\xf0\x9f\x9b\xb0", 4, "\xf0\x9f\x9b\xb0");
    assert_value("\xff", 1, "?");
    assert_value("x\xc3", 2, "x?");              /* cut sequence */
    assert_value("\xc0\xaf", 2, "??");           /* overlong slash */
    assert_value("\xe0\x80\x80", 3, "???");      /* overlong */
    assert_value("\xed\xa0\x80", 3, "???");      /* surrogate */
    assert_value("\xf4\x90\x80\x80", 4, "????"); /* beyond the last code point */
}

static void numbers_are_read_as_a_whole_and_finite(void **state)
{
    const struct {
        const char *words;
        bool good;
        double value;
    } cases[] = {
        {"48.0195", true, 48.0195},
        {"-18.1505111", true, -18.1505111},
        {"33.88969537726557", true, 33.88969537726557},
        {"1e3", true, 1000},
        {"+7", true, 7},
        {"", false, 0},
        {"12 m", false, 0},
        {"1,5", false, 0},
        {"nan", false, 0},
        {"inf", false, 0},
        {"1e999", false, 0},
        {"0x10", false, 0},
        {"--1", false, 0},
        {"none", false, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char line[64];
        double value = -1;
        ih_product_text *text;

        snprintf(line, sizeof line, "K: %s\n", cases[i].words);
        text = parsed(line);
        assert_int_equal(ih_product_text_number(text, "K", &value), cases[i].good);
        /* The nearest double of the digits, so no tolerance. */
        assert_true(value == (cases[i].good ? cases[i].value : -1));
        assert_false(ih_product_text_number(text, "L", &value));
        ih_product_text_free(text);
    }
}

static void a_program_with_a_decimal_comma_reads_the_same_numbers(void **state)
{
    const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE", "fr_FR"};
    ih_product_text *text;
    double value = 0;
    bool set = false;

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names && !set; i++)
        set = setlocale(LC_ALL, names[i]) != NULL;
    if (!set)
        skip();
    text = parsed("Baseline: 48.5\n");
    assert_true(ih_product_text_number(text, "Baseline", &value));
    setlocale(LC_ALL, "C");
    assert_true(value == 48.5);
    ih_product_text_free(text);
}

static void flags_are_read_in_every_spelling(void **state)
{
    ih_product_text *text =
        parsed("A: yes\nB: True\nC: ON\nD: 1\nE: no\nF: False\nG: off\nH: 0\nI: none\n"
               "J: maybe\nK:\n");

    (void)state;
    for (char key[] = "A"; key[0] <= 'D'; key[0]++)
        assert_int_equal(ih_product_text_flag(text, key), 1);
    for (char key[] = "E"; key[0] <= 'I'; key[0]++)
        assert_int_equal(ih_product_text_flag(text, key), 0);
    for (char key[] = "J"; key[0] <= 'L'; key[0]++)
        assert_int_equal(ih_product_text_flag(text, key), -1);
    ih_product_text_free(text);
}

static void a_huge_text_is_cut_and_said_to_be(void **state)
{
    size_t size = 3 * IH_PRODUCT_TEXT_MAX_BYTES;
    char *bytes = malloc(size);
    bool truncated = false;
    ih_product_text *text;

    (void)state;
    assert_non_null(bytes);
    memset(bytes, 'x', size);
    memcpy(bytes, "First: 1\n", 9);
    memcpy(bytes + size - 9, "\nLast: 2\n", 9);
    text = ih_product_text_parse(bytes, size, &truncated);
    assert_non_null(text);
    assert_true(truncated);
    assert_int_equal(ih_product_text_count(text), 1);
    assert_null(ih_product_text_get(text, "Last"));
    ih_product_text_free(text);

    text = ih_product_text_parse("First: 1\n", 9, &truncated);
    assert_false(truncated);
    ih_product_text_free(text);
    free(bytes);
}

static void no_more_keys_than_the_limit_are_kept(void **state)
{
    char *bytes = malloc(16 * (IH_PRODUCT_TEXT_MAX_KEYS + 2));
    size_t used = 0;
    bool truncated = true;
    ih_product_text *text;

    (void)state;
    assert_non_null(bytes);
    for (int i = 0; i < IH_PRODUCT_TEXT_MAX_KEYS; i++)
        used += (size_t)sprintf(bytes + used, "key%d: %d\n", i, i);
    text = ih_product_text_parse(bytes, used, &truncated);
    assert_int_equal(ih_product_text_count(text), IH_PRODUCT_TEXT_MAX_KEYS);
    assert_false(truncated);
    ih_product_text_free(text);

    used += (size_t)sprintf(bytes + used, "more: 1\n");
    text = ih_product_text_parse(bytes, used, &truncated);
    assert_int_equal(ih_product_text_count(text), IH_PRODUCT_TEXT_MAX_KEYS);
    assert_true(truncated);
    ih_product_text_free(text);
    free(bytes);
}

static void an_absent_text_has_no_keys(void **state)
{
    ih_product_text *text = ih_product_text_parse(NULL, 100, NULL);

    (void)state;
    assert_int_equal(ih_product_text_count(text), 0);
    ih_product_text_free(text);
    assert_int_equal(ih_product_text_count(NULL), 0);
    assert_null(ih_product_text_get(NULL, "Baseline"));
    assert_null(ih_product_text_get_prefix(NULL, "Baseline"));
    assert_null(ih_product_text_key(NULL, 0));
    assert_int_equal(ih_product_text_flag(NULL, "Water mask"), -1);
    assert_false(ih_product_text_number(NULL, "Baseline", NULL));
    ih_product_text_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_and_values_keep_order_and_spelling),
        cmocka_unit_test(keys_are_compared_without_spaces_and_case),
        cmocka_unit_test(a_prefix_finds_the_first_of_its_keys),
        cmocka_unit_test(every_kind_of_line_end_is_read),
        cmocka_unit_test(lines_without_key_are_skipped_and_the_first_of_a_key_counts),
        cmocka_unit_test(bytes_that_are_no_text_become_question_marks),
        cmocka_unit_test(numbers_are_read_as_a_whole_and_finite),
        cmocka_unit_test(a_program_with_a_decimal_comma_reads_the_same_numbers),
        cmocka_unit_test(flags_are_read_in_every_spelling),
        cmocka_unit_test(a_huge_text_is_cut_and_said_to_be),
        cmocka_unit_test(no_more_keys_than_the_limit_are_kept),
        cmocka_unit_test(an_absent_text_has_no_keys),
    };
    return cmocka_run_group_tests_name("product_text", tests, NULL, NULL);
}
