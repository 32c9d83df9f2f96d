/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include <cpl_string.h>

#include "utilities/lib/pairs_csv.h"
#include "utilities/lib/sbas_options.h"

#define HEADER "reference_date,secondary_date,perpendicular_baseline_m,unw,corr\n"

static ih_pairs_csv *parse(const char *text, const char *folder)
{
    ih_pairs_csv *csv = NULL;
    ih_error err = {0};

    assert_int_equal(ih_pairs_csv_parse(text, folder, &csv, &err), IH_OK);
    return csv;
}

static void a_line_becomes_a_pair(void **state)
{
    ih_pairs_csv *csv = parse(HEADER "2018-01-06,2018-01-30,-12.5,a/u.tif,c.tif\n", "/data");

    (void)state;
    assert_int_equal(csv->n_pairs, 1);
    assert_int_equal(csv->pairs[0].reference_days, 17537); /* date -d 2018-01-06 +%s / 86400 */
    assert_int_equal(csv->pairs[0].secondary_days, 17561);
    assert_true(csv->pairs[0].perpendicular_baseline_m == -12.5);
    assert_string_equal(csv->pairs[0].unw, "/data/a/u.tif");
    assert_string_equal(csv->pairs[0].corr, "/data/c.tif");
    assert_null(csv->pairs[0].conncomp);
    assert_null(csv->faults);
    ih_pairs_csv_free(csv);
}

static void columns_may_come_in_any_order_and_with_others(void **state)
{
    ih_pairs_csv *csv = parse("corr,note,unw,Secondary_Date,reference_date,conncomp\r\n"
                              "c.tif,\"hello, you\",u.tif,20180130,20180106,/k.tif\r\n",
                              "");

    (void)state;
    assert_int_equal(csv->n_pairs, 1);
    assert_string_equal(csv->pairs[0].unw, "u.tif");
    assert_string_equal(csv->pairs[0].conncomp, "/k.tif");
    assert_true(isnan(csv->pairs[0].perpendicular_baseline_m));
    ih_pairs_csv_free(csv);
}

static void absolute_and_virtual_paths_stay(void **state)
{
    ih_pairs_csv *csv =
        parse(HEADER "2018-01-06,2018-01-30,,/vsizip/x.zip/u.tif,/abs/c.tif\n", "/data");

    (void)state;
    assert_string_equal(csv->pairs[0].unw, "/vsizip/x.zip/u.tif");
    assert_string_equal(csv->pairs[0].corr, "/abs/c.tif");
    ih_pairs_csv_free(csv);
}

static void blank_and_comment_lines_and_a_byte_order_mark_are_skipped(void **state)
{
    ih_pairs_csv *csv = parse(
        "\xef\xbb\xbf# made by hand\n\n" HEADER "\n# x\n2018-01-06,2018-01-30,,u,c\n,,,\n", NULL);

    (void)state;
    assert_int_equal(csv->n_pairs, 1);
    assert_int_equal(csv->pairs[0].line, 6);
    assert_null(csv->faults);
    ih_pairs_csv_free(csv);
}

static void every_fault_is_told_with_its_line(void **state)
{
    ih_pairs_csv *csv = parse(HEADER "2018-02-30,2018-03-01,,u,c\n"
                                     "2018-01-30,2018-01-06,,u,c\n"
                                     "2018-01-06,2018-01-30,x,u,c\n"
                                     "2018-01-06,2018-01-30,,,c\n"
                                     "2018-01-06,2018-01-30,,u\n"
                                     "2018-01-06,2018-01-30,,u,c\n",
                              NULL);

    (void)state;
    assert_int_equal(csv->n_pairs, 1);
    assert_int_equal(CSLCount(csv->faults), 5);
    assert_non_null(strstr(csv->faults[0], "line 2: reference_date"));
    assert_non_null(strstr(csv->faults[1], "line 3: reference_date is not before"));
    assert_non_null(strstr(csv->faults[2], "line 4: perpendicular_baseline_m"));
    assert_non_null(strstr(csv->faults[3], "line 5: unw"));
    assert_non_null(strstr(csv->faults[4], "line 6: corr"));
    ih_pairs_csv_free(csv);
}

static void a_header_without_a_needed_column_is_refused(void **state)
{
    ih_pairs_csv *csv = NULL;
    ih_error err = {0};

    (void)state;
    assert_int_equal(ih_pairs_csv_parse("reference_date,secondary_date,unw\n", NULL, &csv, &err),
                     IH_E_DATA);
    assert_null(csv);
    assert_non_null(strstr(err.text, "corr"));
    assert_int_equal(ih_pairs_csv_parse("", NULL, &csv, &err), IH_E_DATA);
    assert_int_equal(ih_pairs_csv_parse("\n\n", NULL, &csv, &err), IH_E_DATA);
}

static void dates_are_read_and_written(void **state)
{
    static const char *const wrong[] = {"",         "2018",      "2018-13-01",
                                        "2018-1-6", "20180106x", "18-01-06"};
    char text[16];
    int32_t days;

    (void)state;
    assert_true(ih_days_of_iso_date("1970-01-01", &days) && days == 0);
    assert_true(ih_days_of_iso_date("2018-01-06T00:40:21", &days) && days == 17537);
    ih_iso_date(17537, text);
    assert_string_equal(text, "2018-01-06");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(ih_days_of_iso_date(wrong[i], &days));
}

static void times_of_day_are_read(void **state)
{
    static const char *const wrong[] = {"",   "x",     "24:00:00", "12:60",
                                        "-1", "86400", "1:2:3:4",  "12:"};

    (void)state;
    assert_true(ih_seconds_of_day("00:40:21") == 2421.0);
    assert_true(ih_seconds_of_day("13:51:58.5Z") == 49918.5);
    assert_true(ih_seconds_of_day("12:30") == 45000.0);
    assert_true(ih_seconds_of_day("74714.869576") == 74714.869576);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_true(isnan(ih_seconds_of_day(wrong[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_becomes_a_pair),
        cmocka_unit_test(columns_may_come_in_any_order_and_with_others),
        cmocka_unit_test(absolute_and_virtual_paths_stay),
        cmocka_unit_test(blank_and_comment_lines_and_a_byte_order_mark_are_skipped),
        cmocka_unit_test(every_fault_is_told_with_its_line),
        cmocka_unit_test(a_header_without_a_needed_column_is_refused),
        cmocka_unit_test(dates_are_read_and_written),
        cmocka_unit_test(times_of_day_are_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
