/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_string.h>

#include "utilities/lib/check_findings.h"

static void every_code_has_a_name_of_its_own_and_a_meaning(void **state)
{
    (void)state;
    for (int code = 0; code < IH_CHECK_CODES; code++) {
        const char *name = ih_check_code_name((enum ih_check_code)code);

        assert_non_null(name);
        for (const char *c = name; *c; c++)
            assert_true(islower((unsigned char)*c) || *c == '_');
        assert_int_equal(ih_check_code_of(name), code);
        assert_true(strlen(ih_check_code_meaning((enum ih_check_code)code)) > 10);
    }
    assert_int_equal(ih_check_code_of("no_such_code"), IH_CHECK_CODES);
}

static void errors_come_first_and_equals_keep_their_order(void **state)
{
    ih_findings f = {0};
    static const struct {
        enum ih_check_code code;
        int number;
    } sorted[] = {{IH_CHECK_DAMAGED_LAYER, 3},
                  {IH_CHECK_EMPTY, 1},
                  {IH_CHECK_EMPTY, 4},
                  {IH_CHECK_MISSING_LAYER, 5},
                  {IH_CHECK_GAP, 0},
                  {IH_CHECK_GAP, 2}};

    (void)state;
    ih_findings_add(&f, IH_CHECK_GAP, NULL, "0");
    ih_findings_add(&f, IH_CHECK_EMPTY, NULL, "1");
    ih_findings_add(&f, IH_CHECK_GAP, NULL, "2");
    ih_findings_add(&f, IH_CHECK_DAMAGED_LAYER, NULL, "3");
    ih_findings_add(&f, IH_CHECK_EMPTY, NULL, "%d", 4);
    ih_findings_add(&f, IH_CHECK_MISSING_LAYER, NULL, "5");
    ih_findings_sort(&f);
    assert_int_equal(f.count, 6);
    assert_int_equal(ih_findings_count_errors(&f), 3);
    for (size_t i = 0; i < f.count; i++) {
        assert_int_equal(f.items[i].code, sorted[i].code);
        assert_int_equal(f.items[i].message[0] - '0', sorted[i].number);
    }
    ih_findings_free(&f);
}

static void ignored_codes_are_counted_but_not_kept(void **state)
{
    char *ignored[] = {"gap", NULL};
    ih_findings f = {.ignored = ignored};

    (void)state;
    ih_findings_add(&f, IH_CHECK_GAP, CSLAddString(NULL, "a"), "a gap");
    ih_findings_add(&f, IH_CHECK_BRIDGE, NULL, "a bridge");
    assert_int_equal(f.count, 1);
    assert_int_equal(f.n_ignored, 1);
    ih_findings_free(&f);
}

static void codes_of_a_product_are_told_once(void **state)
{
    ih_findings f = {0};
    char *codes;

    (void)state;
    ih_findings_add(&f, IH_CHECK_GAP, NULL, "of the stack");
    ih_findings_add(&f, IH_CHECK_BRIDGE, CSLAddString(CSLAddString(NULL, "a"), "b"), "bridges");
    ih_findings_add(&f, IH_CHECK_WEAK_DATE, CSLAddString(NULL, "b"), "one");
    ih_findings_add(&f, IH_CHECK_WEAK_DATE, CSLAddString(NULL, "b"), "two");
    codes = ih_findings_of_product(&f, "b");
    assert_string_equal(codes, "bridge,weak_date");
    CPLFree(codes);
    codes = ih_findings_of_product(&f, "c");
    assert_string_equal(codes, "");
    CPLFree(codes);
    ih_findings_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_a_name_of_its_own_and_a_meaning),
        cmocka_unit_test(errors_come_first_and_equals_keep_their_order),
        cmocka_unit_test(ignored_codes_are_counted_but_not_kept),
        cmocka_unit_test(codes_of_a_product_are_told_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
