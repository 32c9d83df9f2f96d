/* SPDX-License-Identifier: MIT */
#include "algorithms/network.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <lapacke.h>

static void dates_and_indices_come_from_the_pairs(void **state)
{
    static const int32_t reference[] = {-12, -12, 0, 36}, secondary[] = {0, 36, 36, 48};
    static const int32_t days[] = {-12, 0, 36, 48};
    static const uint32_t first[] = {0, 0, 1, 2}, second[] = {1, 2, 2, 3};
    ih_network *n;

    (void)state;
    assert_int_equal(ih_network_new(4, reference, secondary, NULL, &n, NULL), IH_OK);
    assert_int_equal(n->n_dates, 4);
    assert_int_equal(n->n_pairs, 4);
    assert_memory_equal(n->date_days, days, sizeof days);
    assert_memory_equal(n->reference_index, first, sizeof first);
    assert_memory_equal(n->secondary_index, second, sizeof second);
    assert_int_equal(n->bandwidth, 2);
    assert_int_equal(n->n_components, 1);
    assert_true(isnan(n->perpendicular_baseline_m[3]));
    ih_network_free(n);
    ih_network_free(NULL);
}

static void parts_are_numbered_by_their_first_dates(void **state)
{
    /* dates 0..6; parts {0,3}, {1,2,6}, {4,5}: the second is joined late */
    static const int32_t reference[] = {0, 1, 2, 4}, secondary[] = {3, 6, 6, 5};
    static const uint32_t component[] = {0, 1, 1, 0, 2, 2, 1};
    ih_network *n;

    (void)state;
    assert_int_equal(ih_network_new(4, reference, secondary, NULL, &n, NULL), IH_OK);
    assert_int_equal(n->n_components, 3);
    assert_memory_equal(n->component, component, sizeof component);
    ih_network_free(n);
}

static void the_extremes_of_the_calendar_are_no_trouble(void **state)
{
    static const int32_t reference[] = {INT32_MIN, INT32_MIN}, secondary[] = {0, INT32_MAX};
    ih_network *n;

    (void)state;
    assert_int_equal(ih_network_new(2, reference, secondary, NULL, &n, NULL), IH_OK);
    assert_int_equal(n->n_dates, 3);
    assert_int_equal(n->bandwidth, 2);
    ih_network_free(n);
}

static void pairs_that_are_not_in_order_are_refused(void **state)
{
    static const int32_t backward_r[] = {0, 12}, backward_s[] = {12, 12};
    static const int32_t twice_r[] = {0, 0}, twice_s[] = {12, 12};
    static const int32_t unsorted_r[] = {12, 0}, unsorted_s[] = {24, 12};
    static const int32_t second_r[] = {0, 0}, second_s[] = {24, 12};
    ih_network *n;
    ih_error err;

    (void)state;
    assert_int_equal(ih_network_new(0, NULL, NULL, NULL, &n, &err), IH_E_ARGUMENT);
    assert_int_equal(ih_network_new(SIZE_MAX / 2, NULL, NULL, NULL, &n, &err), IH_E_ARGUMENT);
    assert_int_equal(ih_network_new(2, backward_r, backward_s, NULL, &n, &err), IH_E_ARGUMENT);
    assert_non_null(strstr(err.text, "pair 1"));
    assert_int_equal(ih_network_new(2, twice_r, twice_s, NULL, &n, &err), IH_E_ARGUMENT);
    assert_non_null(strstr(err.text, "twice"));
    assert_int_equal(ih_network_new(2, unsorted_r, unsorted_s, NULL, &n, &err), IH_E_ARGUMENT);
    assert_int_equal(ih_network_new(2, second_r, second_s, NULL, &n, &err), IH_E_ARGUMENT);
    assert_null(n);
}

static uint64_t seed = 1;

static double uniform(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(seed >> 11) * 0x1p-53;
}

/* 30 dates, 3 connections, inconsistent baselines: dgelsd on the incidence matrix without the first
 * date. */
static void baselines_agree_with_lapack(void **state)
{
    enum { N = 30, M = 84 };
    int32_t reference[M], secondary[M];
    double baseline[M], a[M * (N - 1)] = {0}, b[M], values[N - 1], found[N];
    size_t m = 0;
    lapack_int rank;
    ih_network *n;

    (void)state;
    for (int32_t i = 0; i < N; i++)
        for (int32_t j = i + 1; j <= i + 3 && j < N; j++) {
            reference[m] = 12 * i;
            secondary[m] = 12 * j;
            baseline[m] = b[m] = 400 * uniform() - 200;
            if (i > 0)
                a[m * (N - 1) + (size_t)i - 1] = -1;
            a[m * (N - 1) + (size_t)j - 1] = 1;
            m++;
        }
    assert_int_equal(m, M);
    assert_int_equal(
        LAPACKE_dgelsd(LAPACK_ROW_MAJOR, M, N - 1, 1, a, N - 1, b, 1, values, 1e-10, &rank), 0);
    assert_int_equal(ih_network_new(M, reference, secondary, baseline, &n, NULL), IH_OK);
    assert_int_equal(ih_network_date_baselines(n, found, NULL), IH_OK);
    assert_true(found[0] == 0);
    for (size_t d = 1; d < N; d++)
        assert_true(fabs(found[d] - b[d - 1]) < 1e-9);
    ih_network_free(n);
}

static void every_part_has_its_first_date_at_baseline_0(void **state)
{
    static const int32_t reference[] = {0, 1, 2, 4, 6, 7}, secondary[] = {2, 3, 4, 5, 7, 8};
    static const double baseline[] = {10, -7, 5, NAN, NAN, 3};
    ih_network *n;
    double b[9];

    (void)state;
    assert_int_equal(ih_network_new(6, reference, secondary, baseline, &n, NULL), IH_OK);
    assert_int_equal(ih_network_date_baselines(n, b, NULL), IH_OK);
    assert_true(b[0] == 0 && fabs(b[2] - 10) < 1e-12 && fabs(b[4] - 15) < 1e-12);
    assert_true(b[1] == 0 && fabs(b[3] + 7) < 1e-12);
    /* no known baseline touches dates 5 and 6; that of 7 and 8 stands alone */
    assert_true(isnan(b[5]) && isnan(b[6]));
    assert_true(b[7] == 0 && fabs(b[8] - 3) < 1e-12);
    ih_network_free(n);
}

static void later_parts_may_have_zero_mean_baselines(void **state)
{
    static const int32_t reference[] = {0, 1, 3, 5}, secondary[] = {2, 3, 5, 7};
    static const double baseline[] = {10, -7, 5, 4};
    ih_network *n;
    double b[6];

    (void)state;
    assert_int_equal(ih_network_new(4, reference, secondary, baseline, &n, NULL), IH_OK);
    assert_int_equal(ih_network_date_baselines(n, b, NULL), IH_OK);
    ih_network_centre_baselines(n, b);
    /* dates 0, 2 are the first part; 1, 3, 5, 7 at 0, -7, -2, 2 of mean -1.75 the other */
    assert_true(b[0] == 0 && fabs(b[2] - 10) < 1e-12);
    assert_true(fabs(b[1] - 1.75) < 1e-12 && fabs(b[3] + 5.25) < 1e-12);
    assert_true(fabs(b[4] + 0.25) < 1e-12 && fabs(b[5] - 3.75) < 1e-12);
    ih_network_free(n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_and_indices_come_from_the_pairs),
        cmocka_unit_test(parts_are_numbered_by_their_first_dates),
        cmocka_unit_test(the_extremes_of_the_calendar_are_no_trouble),
        cmocka_unit_test(pairs_that_are_not_in_order_are_refused),
        cmocka_unit_test(baselines_agree_with_lapack),
        cmocka_unit_test(every_part_has_its_first_date_at_baseline_0),
        cmocka_unit_test(later_parts_may_have_zero_mean_baselines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
