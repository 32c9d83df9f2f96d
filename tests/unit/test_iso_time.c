/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "utilities/net/iso_time.h"

static void times_of_every_form_are_read(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds;
        double fraction;
    } cases[] = {
        {"1970-01-01", 0, 0},
        {"2021-01-02T03:20:31.092706Z", 1609557631, 0.092706},
        {"2021-01-02T03:20:31", 1609557631, 0},
        {"2021-01-02 03:20:31Z", 1609557631, 0},
        {"2021-01-02T05:20:31+02:00", 1609557631, 0},
        {"2021-01-01T21:50:31-05:30", 1609557631, 0},
        {"2020-02-29T00:00:00Z", 1582934400, 0},
        {"3022-04-01T00:00:00+00:00", INT64_C(33205680000), 0},
        {"1969-12-31T23:59:59Z", -1, 0},
    };
    ih_time time;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(ih_time_parse(cases[i].text, &time));
        assert_true(time.seconds == cases[i].seconds);
        /* Ten digits of a fraction add up to within some roundings. */
        assert_true(fabs(time.fraction - cases[i].fraction) < 1e-14);
    }
    assert_true(ih_time_parse("2020-01-31", &time) && time.date_only);
}

static void what_is_no_time_is_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "2020",
                                      "2020-13-01",
                                      "2020-02-30",
                                      "2021-02-29",
                                      "2020-01-00",
                                      "20200131",
                                      "2020-01-31x",
                                      "2020-01-31T",
                                      "2020-01-31T25:00:00",
                                      "2020-01-31T00:00:00+2",
                                      "2020-01-31T00:00",
                                      "2020-01-31T00:00:00Zx",
                                      "0000-01-01",
                                      "-020-01-01"};
    ih_time time;

    (void)state;
    assert_false(ih_time_parse(NULL, &time));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(ih_time_parse(bad[i], &time));
}

static void days_and_differences_follow_the_calendar(void **state)
{
    ih_time a, b;

    (void)state;
    assert_true(ih_time_parse("2021-01-01T23:59:59Z", &a));
    assert_true(ih_time_parse("2021-01-13T00:00:01.5Z", &b));
    assert_true(ih_time_day(&b) - ih_time_day(&a) == 12);
    assert_true(ih_time_difference(&b, &a) == 11 * 86400.0 + 2.5);
    assert_true(ih_time_parse("1969-12-31T23:59:59Z", &a) && ih_time_day(&a) == -1);
    assert_true(ih_time_parse("2020-12-31", &a) && ih_time_day_of_year(&a) == 366);
    assert_true(ih_time_parse("2021-01-01", &a) && ih_time_day_of_year(&a) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_of_every_form_are_read),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(days_and_differences_follow_the_calendar),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
