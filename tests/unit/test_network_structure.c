/* SPDX-License-Identifier: MIT */
#include "algorithms/network_structure.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static uint64_t seed = 11;

static double uniform(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(seed >> 11) * 0x1p-53;
}

enum { MOST = 12, MOST_PAIRS = MOST * (MOST - 1) / 2 };

/* Smallest date that can be reached from every date, by spreading labels. */
static void label_dates(const ih_network *n, const uint8_t *keep, size_t without, size_t *label)
{
    int changed = 1;

    for (size_t d = 0; d < n->n_dates; d++)
        label[d] = d;
    while (changed) {
        changed = 0;
        for (size_t k = 0; k < n->n_pairs; k++) {
            size_t i = n->reference_index[k], j = n->secondary_index[k];

            if (!keep[k] || k == without || label[i] == label[j])
                continue;
            label[i] = label[j] = label[i] < label[j] ? label[i] : label[j];
            changed = 1;
        }
    }
}

static ih_network *random_network(double share)
{
    int32_t reference[MOST_PAIRS], secondary[MOST_PAIRS];
    size_t m = 0;
    ih_network *n = NULL;

    for (int32_t i = 0; i < MOST; i++)
        for (int32_t j = i + 1; j < MOST; j++)
            if (uniform() < share || (i == 0 && j == 1)) {
                reference[m] = 5 * i;
                secondary[m++] = 5 * j;
            }
    assert_int_equal(ih_network_new(m, reference, secondary, NULL, &n, NULL), IH_OK);
    return n;
}

static void compare(const ih_network *n, const uint8_t *keep, const ih_network_structure *s)
{
    size_t label[MOST], other[MOST], parts = 0, dates = 0, pairs = 0, bridges = 0;

    label_dates(n, keep, SIZE_MAX, label);
    for (size_t d = 0; d < n->n_dates; d++) {
        uint32_t degree = 0;

        for (size_t k = 0; k < n->n_pairs; k++)
            degree += keep[k] && (n->reference_index[k] == d || n->secondary_index[k] == d);
        assert_int_equal(s->pairs_per_date[d], degree);
        dates += degree > 0;
        if (degree == 0)
            assert_int_equal(s->component[d], IH_NO_COMPONENT);
        else
            assert_int_equal(s->component[d], label[d] == d ? parts : s->component[label[d]]);
        parts += degree > 0 && label[d] == d;
    }
    for (size_t k = 0; k < n->n_pairs; k++) {
        size_t i = n->reference_index[k], j = n->secondary_index[k];
        int is_bridge;

        label_dates(n, keep, k, other);
        is_bridge = keep[k] && other[i] != other[j];
        assert_int_equal(s->bridge[k], is_bridge);
        bridges += (size_t)is_bridge;
        pairs += keep[k];
    }
    assert_int_equal(s->n_components, parts);
    assert_int_equal(s->n_dates, dates);
    assert_int_equal(s->n_isolated, n->n_dates - dates);
    assert_int_equal(s->n_pairs, pairs);
    assert_int_equal(s->n_bridges, bridges);
}

static void structure_agrees_with_removing_each_pair(void **state)
{
    size_t seen_bridges = 0, seen_parts = 0, seen_isolated = 0;

    (void)state;
    for (int round = 0; round < 300; round++) {
        ih_network *n = random_network(.08 + .25 * uniform());
        uint8_t keep[MOST_PAIRS];
        ih_network_structure *s;

        for (size_t k = 0; k < n->n_pairs; k++)
            keep[k] = k == 0 || uniform() < .8;
        assert_int_equal(ih_network_structure_new(n, keep, NULL, &s, NULL), IH_OK);
        compare(n, keep, s);
        seen_bridges += s->n_bridges;
        seen_parts += s->n_components > 1;
        seen_isolated += s->n_isolated;
        ih_network_structure_free(s);
        ih_network_free(n);
    }
    /* the comparison was about something */
    assert_true(seen_bridges > 100 && seen_parts > 30 && seen_isolated > 30);
}

static void a_chain_of_many_dates_is_all_bridges(void **state)
{
    enum { LONG = 200000 };
    int32_t *reference = malloc(LONG * sizeof *reference), *secondary = malloc(LONG * sizeof(int));
    ih_network *n;
    ih_network_structure *s;

    (void)state;
    for (int32_t k = 0; k < LONG; k++) {
        reference[k] = k;
        secondary[k] = k + 1;
    }
    assert_int_equal(ih_network_new(LONG, reference, secondary, NULL, &n, NULL), IH_OK);
    assert_int_equal(ih_network_structure_new(n, NULL, NULL, &s, NULL), IH_OK);
    assert_int_equal(s->n_bridges, LONG);
    assert_int_equal(s->n_components, 1);
    assert_int_equal(s->weakest_date, 0);
    ih_network_structure_free(s);
    ih_network_free(n);
    free(reference);
    free(secondary);
}

static void the_weakest_date_has_fewest_pairs_then_least_coherence(void **state)
{
    /* square 0-1-2-3 with one diagonal 0-2: dates 1 and 3 have two pairs */
    static const int32_t reference[] = {0, 0, 0, 1, 2}, secondary[] = {1, 2, 3, 2, 3};
    static const double coherence[] = {.9, .1, .4, .3, .7}, unknown[] = {.9, .1, .4, .3, NAN};
    static const uint8_t keep[] = {1, 1, 1, 0, 1};
    ih_network *n;
    ih_network_structure *s;

    (void)state;
    assert_int_equal(ih_network_new(5, reference, secondary, NULL, &n, NULL), IH_OK);
    assert_int_equal(ih_network_structure_new(n, NULL, coherence, &s, NULL), IH_OK);
    assert_int_equal(s->weakest_date, 3); /* .4 + .7 against .9 + .3 */
    ih_network_structure_free(s);
    assert_int_equal(ih_network_structure_new(n, NULL, NULL, &s, NULL), IH_OK);
    assert_int_equal(s->weakest_date, 1); /* the earlier */
    ih_network_structure_free(s);
    assert_int_equal(ih_network_structure_new(n, NULL, unknown, &s, NULL), IH_OK);
    assert_int_equal(s->weakest_date, 3);
    ih_network_structure_free(s);
    assert_int_equal(ih_network_structure_new(n, keep, coherence, &s, NULL), IH_OK);
    assert_int_equal(s->weakest_date, 1); /* one pair left, a bridge */
    assert_int_equal(s->n_bridges, 1);
    assert_int_equal(s->bridge[0], 1);
    ih_network_structure_free(s);
    ih_network_free(n);
}

static void a_network_without_pairs_has_no_structure(void **state)
{
    static const int32_t reference[] = {0}, secondary[] = {1};
    static const uint8_t keep[] = {0};
    ih_network *n, *none;
    ih_network_structure *s;

    (void)state;
    assert_int_equal(ih_network_new(1, reference, secondary, NULL, &n, NULL), IH_OK);
    assert_int_equal(ih_network_structure_new(n, keep, NULL, &s, NULL), IH_E_ARGUMENT);
    assert_null(s);
    assert_int_equal(ih_network_subset(n, keep, &none, NULL, NULL, NULL), IH_E_ARGUMENT);
    assert_null(none);
    ih_network_structure_free(NULL);
    ih_network_free(n);
}

static void a_subset_keeps_pairs_and_forgets_lonely_dates(void **state)
{
    static const int32_t reference[] = {0, 0, 10, 20}, secondary[] = {10, 20, 30, 30};
    static const double baseline[] = {1, 2, 3, 4};
    static const uint8_t keep[] = {0, 1, 0, 1};
    static const uint32_t pairs[] = {1, 3}, dates[] = {0, 2, 3};
    static const int32_t days[] = {0, 20, 30};
    uint32_t pair_of[4], date_of[4];
    ih_network *n, *subset;

    (void)state;
    assert_int_equal(ih_network_new(4, reference, secondary, baseline, &n, NULL), IH_OK);
    assert_int_equal(ih_network_subset(n, keep, &subset, pair_of, date_of, NULL), IH_OK);
    assert_int_equal(subset->n_pairs, 2);
    assert_int_equal(subset->n_dates, 3);
    assert_memory_equal(pair_of, pairs, sizeof pairs);
    assert_memory_equal(date_of, dates, sizeof dates);
    assert_memory_equal(subset->date_days, days, sizeof days);
    assert_true(subset->perpendicular_baseline_m[1] == 4);
    ih_network_free(subset);
    ih_network_free(n);
}

static void the_matrix_has_kept_pairs_above_and_all_below(void **state)
{
    static const int32_t reference[] = {0, 0, 1}, secondary[] = {1, 2, 2};
    static const double coherence[] = {.5, .6, .7};
    static const uint8_t keep[] = {1, 0, 1};
    static const double wanted[] = {NAN, .5, NAN, .5, NAN, .7, .6, .7, NAN};
    double matrix[9];
    ih_network *n;

    (void)state;
    assert_int_equal(ih_network_new(3, reference, secondary, NULL, &n, NULL), IH_OK);
    ih_network_matrix(n, keep, coherence, matrix);
    for (size_t i = 0; i < 9; i++)
        assert_true(isnan(wanted[i]) ? isnan(matrix[i]) : matrix[i] == wanted[i]);
    ih_network_free(n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(structure_agrees_with_removing_each_pair),
        cmocka_unit_test(a_chain_of_many_dates_is_all_bridges),
        cmocka_unit_test(the_weakest_date_has_fewest_pairs_then_least_coherence),
        cmocka_unit_test(a_network_without_pairs_has_no_structure),
        cmocka_unit_test(a_subset_keeps_pairs_and_forgets_lonely_dates),
        cmocka_unit_test(the_matrix_has_kept_pairs_above_and_all_below),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
