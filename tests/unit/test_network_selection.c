/* SPDX-License-Identifier: MIT */
#include "algorithms/network_selection.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* Six dates 12 days apart, nearest 3:
 *   0: 0-1   1: 0-2   2: 0-3   3: 1-2   4: 1-3   5: 1-4
 *   6: 2-3   7: 2-4   8: 2-5   9: 3-4  10: 3-5  11: 4-5 */
enum { N = 6, M = 12 };
static const double baselines[M] = {10, -150, 30, 40, 50, 60, NAN, 80, 90, 100, 110, 120};
static ih_network *network;

static int make_network(void **state)
{
    int32_t reference[M], secondary[M];
    size_t m = 0;

    (void)state;
    for (int32_t i = 0; i < N; i++)
        for (int32_t j = i + 1; j <= i + 3 && j < N; j++) {
            reference[m] = 12 * i;
            secondary[m++] = 12 * j;
        }
    return ih_network_new(m, reference, secondary, baselines, &network, NULL) == IH_OK ? 0 : -1;
}

static int drop_network(void **state)
{
    (void)state;
    ih_network_free(network);
    return 0;
}

/* One letter a pair, in the order of the verdicts. */
static void expect(const ih_selection_criteria *criteria, const ih_pair_quality *quality,
                   const char *letters)
{
    static const char names[] = "KTltpcidxseqa";
    uint8_t verdict[M];
    char found[M + 1] = "";
    size_t kept = 0;
    ih_selection_summary summary;

    assert_int_equal(ih_network_select(network, criteria, quality, verdict, &summary, NULL), IH_OK);
    for (size_t k = 0; k < M; k++) {
        found[k] = names[verdict[k]];
        kept += ih_pair_is_kept(verdict[k]);
    }
    assert_string_equal(found, letters);
    assert_int_equal(summary.n_kept, kept);
}

static void without_criteria_every_pair_is_kept(void **state)
{
    ih_selection_criteria c = IH_SELECTION_DEFAULTS;

    (void)state;
    expect(&c, NULL, "KKKKKKKKKKKK");
}

static void each_criterion_drops_its_pairs(void **state)
{
    static const ih_pair_days pairs[] = {{12, 24}, {0, 12}, {12, 36}, {0, 12}};
    static const ih_index_range ranges[] = {{0, 1}, {11, 11}};
    static const int32_t days[] = {48, 0};
    ih_selection_criteria c = IH_SELECTION_DEFAULTS;
    const ih_selection_criteria none = IH_SELECTION_DEFAULTS;

    (void)state;
    c.listed_pairs = pairs;
    c.n_listed_pairs = 4;
    expect(&c, NULL, "KllKKlllllll");
    c = none;
    c.max_temporal_baseline_days = 24;
    expect(&c, NULL, "KKtKKtKKtKKK");
    c = none;
    c.max_perpendicular_baseline_m = 100; /* the limit itself is kept, and the unknown one */
    expect(&c, NULL, "KpKKKKKKKKpp");
    c = none;
    c.max_connections = 1;
    expect(&c, NULL, "KccKccKccKcK");
    c = none;
    c.excluded_indices = ranges;
    c.n_excluded_indices = 2;
    expect(&c, NULL, "iiKKKKKKKKKi");
    c = none;
    c.excluded_pairs = pairs;
    c.n_excluded_pairs = 4;
    expect(&c, NULL, "dKKddKKKKKKK");
    c = none;
    c.excluded_days = days;
    c.n_excluded_days = 2;
    expect(&c, NULL, "xxxKKxKxKxKx");
    c = none;
    c.start_days = 12;
    c.end_days = 48;
    expect(&c, NULL, "sssKKKKKeKee");
}

static void the_first_criterion_that_drops_a_pair_is_its_verdict(void **state)
{
    static const ih_pair_days listed[] = {{0, 12},  {0, 24},  {0, 36},  {12, 24}, {12, 36},
                                          {12, 48}, {24, 36}, {24, 48}, {24, 60}, {48, 60}};
    static const ih_index_range range = {0, 3};
    static const ih_pair_days pair = {12, 36};
    static const int32_t day = 24;
    ih_selection_criteria c = IH_SELECTION_DEFAULTS;

    (void)state;
    c.listed_pairs = listed;
    c.n_listed_pairs = 10;
    c.max_temporal_baseline_days = 24;
    c.max_perpendicular_baseline_m = 100;
    c.max_connections = 1;
    c.excluded_indices = &range;
    c.n_excluded_indices = 1;
    c.excluded_pairs = &pair;
    c.n_excluded_pairs = 1;
    c.excluded_days = &day;
    c.n_excluded_days = 1;
    c.start_days = 1;
    c.end_days = 59;
    /* connections come before the excluded pair; date 24 before the end date */
    uint8_t verdict[M];
    static const uint8_t wanted[M] = {IH_PAIR_EXCLUDED_INDEX,    IH_PAIR_PERPENDICULAR_BASELINE,
                                      IH_PAIR_TEMPORAL_BASELINE, IH_PAIR_EXCLUDED_INDEX,
                                      IH_PAIR_CONNECTION,        IH_PAIR_TEMPORAL_BASELINE,
                                      IH_PAIR_EXCLUDED_DATE,     IH_PAIR_CONNECTION,
                                      IH_PAIR_TEMPORAL_BASELINE, IH_PAIR_NOT_LISTED,
                                      IH_PAIR_NOT_LISTED,        IH_PAIR_PERPENDICULAR_BASELINE};
    ih_error err;

    assert_int_equal(ih_network_select(network, &c, NULL, verdict, NULL, &err), IH_E_DATA);
    assert_memory_equal(verdict, wanted, sizeof wanted);
    assert_non_null(strstr(err.text, "2 not in the list of pairs, 3 temporal baseline too long, "
                                     "2 perpendicular baseline too long"));
}

static void connections_count_dates_that_other_criteria_drop(void **state)
{
    static const int32_t day = 24;
    ih_selection_criteria c = IH_SELECTION_DEFAULTS;

    (void)state;
    c.excluded_days = &day;
    c.n_excluded_days = 1;
    c.max_connections = 1;
    /* 1-3 stays two connections apart although date 2 is gone */
    expect(&c, NULL, "KccxccxccKcK");
}

static void low_coherence_is_dropped_but_for_the_tree(void **state)
{
    /* date 5 hangs on 2-5, 3-5, 4-5, all bad: the best of them stays; 0-1 is worse than 0-2 and
     * date 1 has good pairs */
    static const double coherence[M] = {.3, .8, .9, .9, .9, .2, .9, .9, .1, .9, .4, .4};
    ih_selection_criteria c = IH_SELECTION_DEFAULTS;
    ih_pair_quality quality = {.mean_coherence = coherence};

    (void)state;
    c.min_coherence = .8; /* itself kept */
    expect(&c, &quality, "qKKKKqKKqKTq");
    c.keep_minimum_spanning_tree = false;
    expect(&c, &quality, "qKKKKqKKqKqq");
}

static void the_tree_has_only_pairs_that_earlier_criteria_left(void **state)
{
    static const double coherence[M] = {.3, .8, .9, .9, .9, .2, .9, .9, .1, .9, .4, .4};
    static const ih_index_range range = {10, 10};
    ih_selection_criteria c = IH_SELECTION_DEFAULTS;
    ih_pair_quality quality = {.mean_coherence = coherence};

    (void)state;
    c.min_coherence = .8;
    c.excluded_indices = &range;
    c.n_excluded_indices = 1;
    expect(&c, &quality, "qKKKKqKKqKiT");
}

static void unknown_quality_is_the_worst(void **state)
{
    static const double coherence[M] = {.9, .9, .9, .9, .9, .9, .9, .9, NAN, .9, .1, NAN};
    ih_selection_criteria c = IH_SELECTION_DEFAULTS;
    ih_pair_quality quality = {.mean_coherence = coherence};

    (void)state;
    c.min_coherence = .5;
    expect(&c, &quality, "KKKKKKKKqKTq");
    c.min_coherence = 0; /* even then: nothing is known of it */
    expect(&c, &quality, "KKKKKKKKqKKq");
}

static void the_area_ratio_comes_after_coherence_with_a_tree_of_its_own(void **state)
{
    static const double coherence[M] = {.9, .9, .9, .9, .9, .9, .9, .9, .9, .9, .9, .1};
    static const double ratio[M] = {.9, .9, .9, .9, .9, .9, .9, .9, .3, .9, .2, .9};
    ih_selection_criteria c = IH_SELECTION_DEFAULTS;
    ih_pair_quality quality = {.mean_coherence = coherence, .area_ratio = ratio};

    (void)state;
    c.min_coherence = .5;
    c.min_area_ratio = .75;
    expect(&c, &quality, "KKKKKKKKTKaq");
    c.min_coherence = NAN;
    quality.mean_coherence = NULL;
    expect(&c, &quality, "KKKKKKKKaKaK");
}

static void four_decimals_decide_as_the_text_file_does(void **state)
{
    /* 0.69996 is written 0.7000, which passes 0.7; 0.69994 is not */
    double coherence[M];
    ih_selection_criteria c = IH_SELECTION_DEFAULTS;
    ih_pair_quality quality = {.mean_coherence = coherence};

    (void)state;
    for (size_t k = 0; k < M; k++)
        coherence[k] = k % 2 ? .69996 : .69994;
    c.min_coherence = .7;
    c.keep_minimum_spanning_tree = false;
    c.four_decimals = true;
    expect(&c, &quality, "qKqKqKqKqKqK");
    c.four_decimals = false;
    uint8_t verdict[M];
    assert_int_equal(ih_network_select(network, &c, &quality, verdict, NULL, NULL), IH_E_DATA);

    /* halves that binary can hold go to the even neighbour, as in every C library */
    assert_true(ih_round_to_four_decimals(.03125) == .0312);
    assert_true(ih_round_to_four_decimals(.09375) == .0938);
    /* as a double just above half a unit, as float32 just below */
    assert_true(ih_round_to_four_decimals(.00005) == 0);
    assert_true(isnan(ih_round_to_four_decimals(NAN)));
}

static void equal_quality_goes_to_the_earlier_pairs(void **state)
{
    static const double same[M] = {.5, .5, .5, .5, .5, .5, .5, .5, .5, .5, .5, .5};
    static const uint8_t wanted[M] = {1, 1, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0};
    uint8_t tree[M];

    (void)state;
    assert_int_equal(ih_network_spanning_tree(network, NULL, same, tree, NULL), IH_OK);
    assert_memory_equal(tree, wanted, sizeof wanted);
}

static uint64_t seed = 7;

static double uniform(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(seed >> 11) * 0x1p-53;
}

/* Parts of the graph of the chosen edges, by spreading labels until nothing changes. */
static size_t count_parts(size_t n, size_t m, const size_t *a, const size_t *b, unsigned chosen)
{
    size_t label[8], parts = 0;
    int changed = 1;

    for (size_t i = 0; i < n; i++)
        label[i] = i;
    while (changed) {
        changed = 0;
        for (size_t e = 0; e < m; e++)
            if ((chosen >> e & 1) && label[a[e]] != label[b[e]]) {
                size_t low = label[a[e]] < label[b[e]] ? label[a[e]] : label[b[e]];

                label[a[e]] = label[b[e]] = low;
                changed = 1;
            }
    }
    for (size_t i = 0; i < n; i++)
        parts += label[i] == i;
    return parts;
}

/* Every subset of the edges that joins what the whole joins; least sum of 1/c. */
static double least_sum(size_t n, size_t m, const size_t *a, const size_t *b, const double *c)
{
    size_t parts = count_parts(n, m, a, b, (1u << m) - 1);
    double best = INFINITY;

    for (unsigned chosen = 0; chosen < 1u << m; chosen++) {
        double sum = 0;

        if ((size_t)__builtin_popcount(chosen) != n - parts ||
            count_parts(n, m, a, b, chosen) != parts)
            continue;
        for (size_t e = 0; e < m; e++)
            if (chosen >> e & 1)
                sum += 1 / c[e];
        best = sum < best ? sum : best;
    }
    return best;
}

static void the_tree_is_the_least_of_all_trees(void **state)
{
    (void)state;
    for (int round = 0; round < 60; round++) {
        int32_t reference[21], secondary[21];
        size_t a[21], b[21], m = 0;
        double c[21], sum = 0;
        uint8_t tree[21];
        ih_network *random;

        for (int32_t i = 0; i < 7; i++)
            for (int32_t j = i + 1; j < 7; j++)
                if (uniform() < .45 && m < 11) {
                    reference[m] = i;
                    secondary[m] = j;
                    c[m++] = ceil(uniform() * 8) / 8; /* with ties */
                }
        if (m == 0)
            continue;
        assert_int_equal(ih_network_new(m, reference, secondary, NULL, &random, NULL), IH_OK);
        assert_int_equal(ih_network_spanning_tree(random, NULL, c, tree, NULL), IH_OK);
        for (size_t e = 0; e < m; e++) {
            a[e] = random->reference_index[e];
            b[e] = random->secondary_index[e];
            sum += tree[e] ? 1 / c[e] : 0;
        }
        /* sums of at most six terms below 8: rounding 1e-14 */
        assert_true(fabs(sum - least_sum(random->n_dates, m, a, b, c)) < 1e-12);
        ih_network_free(random);
    }
}

static void what_lists_name_in_vain_is_counted(void **state)
{
    static const ih_pair_days listed[] = {{0, 12}, {0, 60}, {1, 2}}, pairs[] = {{12, 13}};
    static const int32_t days[] = {-1, 7, 1000};
    ih_selection_criteria c = IH_SELECTION_DEFAULTS;
    ih_selection_summary summary;
    uint8_t verdict[M];

    (void)state;
    c.listed_pairs = listed;
    c.n_listed_pairs = 3;
    c.excluded_pairs = pairs;
    c.n_excluded_pairs = 1;
    c.excluded_days = days;
    c.n_excluded_days = 3;
    assert_int_equal(ih_network_select(network, &c, NULL, verdict, &summary, NULL), IH_OK);
    assert_int_equal(summary.n_kept, 1);
    assert_int_equal(summary.n_with[IH_PAIR_NOT_LISTED], 11);
    assert_int_equal(summary.n_unmatched_listed, 2);
    assert_int_equal(summary.n_unmatched_pairs, 1);
    assert_int_equal(summary.n_unmatched_days, 3);
    assert_int_equal(summary.n_unknown_baseline, 0);
    c = (ih_selection_criteria)IH_SELECTION_DEFAULTS;
    c.max_perpendicular_baseline_m = 1000;
    assert_int_equal(ih_network_select(network, &c, NULL, verdict, &summary, NULL), IH_OK);
    assert_int_equal(summary.n_unknown_baseline, 1);
}

static void impossible_criteria_are_refused(void **state)
{
    static const ih_index_range beyond = {3, M}, backward = {4, 3};
    ih_selection_criteria c = IH_SELECTION_DEFAULTS;
    uint8_t verdict[M];
    ih_error err;

    (void)state;
    c.excluded_indices = &beyond;
    c.n_excluded_indices = 1;
    assert_int_equal(ih_network_select(network, &c, NULL, verdict, NULL, &err), IH_E_ARGUMENT);
    assert_non_null(strstr(err.text, "3:12"));
    c.excluded_indices = &backward;
    assert_int_equal(ih_network_select(network, &c, NULL, verdict, NULL, &err), IH_E_ARGUMENT);
    c = (ih_selection_criteria)IH_SELECTION_DEFAULTS;
    c.min_coherence = .7;
    assert_int_equal(ih_network_select(network, &c, NULL, verdict, NULL, &err), IH_E_ARGUMENT);
    assert_non_null(strstr(err.text, "coherence"));
    c.min_coherence = NAN;
    c.min_area_ratio = .7;
    assert_int_equal(ih_network_select(network, &c, NULL, verdict, NULL, &err), IH_E_ARGUMENT);
    assert_non_null(strstr(err.text, "area"));
}

static void every_verdict_has_a_text(void **state)
{
    (void)state;
    for (unsigned v = 0; v < 256; v++)
        assert_true(strlen(ih_pair_verdict_text((uint8_t)v)) > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_criteria_every_pair_is_kept),
        cmocka_unit_test(each_criterion_drops_its_pairs),
        cmocka_unit_test(the_first_criterion_that_drops_a_pair_is_its_verdict),
        cmocka_unit_test(connections_count_dates_that_other_criteria_drop),
        cmocka_unit_test(low_coherence_is_dropped_but_for_the_tree),
        cmocka_unit_test(the_tree_has_only_pairs_that_earlier_criteria_left),
        cmocka_unit_test(unknown_quality_is_the_worst),
        cmocka_unit_test(the_area_ratio_comes_after_coherence_with_a_tree_of_its_own),
        cmocka_unit_test(four_decimals_decide_as_the_text_file_does),
        cmocka_unit_test(equal_quality_goes_to_the_earlier_pairs),
        cmocka_unit_test(the_tree_is_the_least_of_all_trees),
        cmocka_unit_test(what_lists_name_in_vain_is_counted),
        cmocka_unit_test(impossible_criteria_are_refused),
        cmocka_unit_test(every_verdict_has_a_text),
    };

    return cmocka_run_group_tests(tests, make_network, drop_network);
}
