/* SPDX-License-Identifier: MIT */
#include "algorithms/closure.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { N = 30, M = 84, PIXELS = 700 };

static uint64_t seed = 5;

static double uniform(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(seed >> 11) * 0x1p-53;
}

/* 30 dates, nearest 3. */
static ih_network *nearest_three(void)
{
    int32_t reference[M], secondary[M];
    size_t m = 0;
    ih_network *network = NULL;

    for (int32_t i = 0; i < N; i++)
        for (int32_t j = i + 1; j <= i + 3 && j < N; j++) {
            reference[m] = 12 * i;
            secondary[m++] = 12 * j;
        }
    assert_int_equal(ih_network_new(m, reference, secondary, NULL, &network, NULL), IH_OK);
    return network;
}

static size_t pair_of(const ih_network *network, uint32_t i, uint32_t j)
{
    for (size_t k = 0; k < network->n_pairs; k++)
        if (network->reference_index[k] == i && network->secondary_index[k] == j)
            return k;
    return SIZE_MAX;
}

static void triplets_are_those_of_three_nested_loops(void **state)
{
    size_t found = 0;

    (void)state;
    for (int round = 0; round < 100; round++) {
        int32_t reference[66], secondary[66];
        uint8_t keep[66];
        size_t m = 0, t = 0;
        ih_network *network;
        ih_triplet_list *list;

        for (int32_t i = 0; i < 12; i++)
            for (int32_t j = i + 1; j < 12; j++)
                if (uniform() < .5 || (i == 0 && j == 1)) {
                    reference[m] = i;
                    secondary[m] = j;
                    keep[m++] = uniform() < .9;
                }
        assert_int_equal(ih_network_new(m, reference, secondary, NULL, &network, NULL), IH_OK);
        assert_int_equal(ih_triplet_list_new(network, keep, &list, NULL), IH_OK);
        for (uint32_t a = 0; a < 12; a++)
            for (uint32_t b = a + 1; b < 12; b++)
                for (uint32_t c = b + 1; c < 12; c++) {
                    size_t ab = pair_of(network, a, b), bc = pair_of(network, b, c);
                    size_t ac = pair_of(network, a, c);

                    if (ab == SIZE_MAX || bc == SIZE_MAX || ac == SIZE_MAX || !keep[ab] ||
                        !keep[bc] || !keep[ac])
                        continue;
                    assert_true(t < list->n_triplets);
                    assert_int_equal(list->triplets[t].pair_12, ab);
                    assert_int_equal(list->triplets[t].pair_23, bc);
                    assert_int_equal(list->triplets[t].pair_13, ac);
                    t++;
                }
        assert_int_equal(list->n_triplets, t);
        found += t;
        ih_triplet_list_free(list);
        ih_network_free(network);
    }
    assert_true(found > 500);
}

struct stack {
    ih_network *network;
    ih_triplet_list *list;
    float phase[M][PIXELS], reference[M];
    uint8_t mask[PIXELS];
    uint32_t ambiguous[PIXELS], checked[PIXELS];
};

/* Date phases of a random walk, noise small enough that triplets close, references of any size. */
static struct stack *make_stack(void)
{
    struct stack *s = calloc(1, sizeof *s);
    double x[N];

    s->network = nearest_three();
    assert_int_equal(ih_triplet_list_new(s->network, NULL, &s->list, NULL), IH_OK);
    assert_int_equal(s->list->n_triplets, 28 + 27 + 27);
    for (size_t k = 0; k < M; k++)
        s->reference[k] = (float)(100 * uniform() - 50);
    for (size_t p = 0; p < PIXELS; p++) {
        s->mask[p] = uniform() < .9;
        x[0] = 0;
        for (size_t d = 1; d < N; d++)
            x[d] = x[d - 1] + 6 * uniform() - 3;
        for (size_t k = 0; k < M; k++) {
            double phase = x[s->network->secondary_index[k]] - x[s->network->reference_index[k]];

            s->phase[k][p] = s->reference[k] + (float)(phase + uniform() - .5);
        }
    }
    return s;
}

static void free_stack(struct stack *s)
{
    ih_triplet_list_free(s->list);
    ih_network_free(s->network);
    free(s);
}

static ih_closure_counter *count(struct stack *s, enum ih_missing_phase missing)
{
    ih_phase_block block = {.n_pixels = PIXELS,
                            .phase_rad = s->phase[0],
                            .pair_stride = PIXELS,
                            .reference_phase_rad = s->reference,
                            .mask = s->mask};
    ih_closure_counter *counter;

    assert_int_equal(ih_closure_counter_new(s->list, missing, &counter, NULL), IH_OK);
    assert_int_equal(ih_closure_count(counter, &block, s->ambiguous, s->checked, NULL), IH_OK);
    return counter;
}

static void consistent_phases_close(void **state)
{
    struct stack *s = make_stack();
    ih_closure_counter *counter = count(s, IH_MISSING_LEFT_OUT);
    size_t seen = 0;

    (void)state;
    for (size_t p = 0; p < PIXELS; p++) {
        assert_int_equal(s->ambiguous[p], 0);
        assert_int_equal(s->checked[p], s->mask[p] ? 82 : 0);
        seen += s->mask[p];
    }
    for (size_t t = 0; t < 82; t++) {
        assert_int_equal(counter->checked[t], seen);
        assert_int_equal(counter->ambiguous[t], 0);
        assert_int_equal(counter->cycles[t], 0);
        /* noise of three uniforms: standard error 0.5 / sqrt(630) */
        assert_true(fabs(ih_closure_of_triplet(counter, t).mean_rad) < .12);
    }
    ih_closure_counter_free(counter);
    free_stack(s);
}

static void a_jump_shows_in_every_triplet_of_its_pair_and_names_it(void **state)
{
    struct stack *s = make_stack();
    uint32_t bad = (uint32_t)pair_of(s->network, 10, 12);
    ih_closure_counter *counter;
    ih_pair_closure ranked[M];
    size_t jumped = 0, seen = 0, in = 0;

    (void)state;
    for (size_t p = 0; p < PIXELS; p += 2) {
        s->phase[bad][p] += 2 * (float)M_PI;
        jumped += s->mask[p];
    }
    counter = count(s, IH_MISSING_LEFT_OUT);
    for (size_t t = 0; t < s->list->n_triplets; t++) {
        ih_triplet tri = s->list->triplets[t];
        int sign = tri.pair_13 == bad ? -1 : tri.pair_12 == bad || tri.pair_23 == bad;

        in += sign != 0;
        seen = counter->checked[t];
        assert_int_equal(counter->ambiguous[t], sign ? jumped : 0);
        assert_int_equal(counter->cycles[t], sign * (int)jumped);
        assert_true(fabs(ih_closure_of_triplet(counter, t).mean_rest_rad) < .12);
        assert_true(fabs(ih_closure_of_triplet(counter, t).mean_rad -
                         sign * 2 * M_PI * (double)jumped / (double)seen) < .12);
    }
    for (size_t p = 0; p < PIXELS; p++)
        assert_int_equal(s->ambiguous[p], s->mask[p] && p % 2 == 0 ? in : 0);
    assert_int_equal(ih_closure_rank_pairs(counter, ranked, NULL), IH_OK);
    assert_int_equal(ranked[0].pair, bad);
    assert_int_equal(ranked[0].n_triplets, in);
    assert_true(ranked[0].least_share == (double)jumped / (double)seen);
    assert_true(ranked[0].ambiguous_share == ranked[0].least_share);
    /* its neighbours share triplets with it, but have others that close */
    assert_true(ranked[1].least_share == 0 && ranked[1].ambiguous_share > 0);
    ih_closure_counter_free(counter);
    free_stack(s);
}

static void several_bad_pairs_come_first(void **state)
{
    struct stack *s = make_stack();
    size_t bad[] = {pair_of(s->network, 3, 4), pair_of(s->network, 14, 17),
                    pair_of(s->network, 25, 26)};
    ih_closure_counter *counter;
    ih_pair_closure ranked[M];
    size_t named = 0;

    (void)state;
    for (size_t b = 0; b < 3; b++)
        for (size_t p = 0; p < PIXELS; p++)
            if (uniform() < .2)
                s->phase[bad[b]][p] -= 4 * (float)M_PI;
    counter = count(s, IH_MISSING_LEFT_OUT);
    assert_int_equal(ih_closure_rank_pairs(counter, ranked, NULL), IH_OK);
    for (size_t b = 0; b < 3; b++)
        for (size_t r = 0; r < 3; r++)
            named += ranked[r].pair == bad[b];
    assert_int_equal(named, 3);
    ih_closure_counter_free(counter);
    free_stack(s);
}

/* floor((C + pi) / 2 pi) in long double, pixel after pixel. */
static void brute_force(const struct stack *s, const float (*phase)[PIXELS], size_t p,
                        uint32_t *ambiguous, uint32_t *checked)
{
    *ambiguous = *checked = 0;
    for (size_t t = 0; t < s->list->n_triplets; t++) {
        ih_triplet tri = s->list->triplets[t];
        long double c = (long double)phase[tri.pair_12][p] + (long double)phase[tri.pair_23][p] -
                        (long double)phase[tri.pair_13][p];

        if (isnan(c))
            continue;
        (*checked)++;
        *ambiguous += floorl((c + (long double)M_PI) / (2 * (long double)M_PI)) != 0;
    }
}

/* Closures stay 0.001 rad away from odd multiples of pi, so rounding cannot decide. */
static void spread(struct stack *s)
{
    for (size_t p = 0; p < PIXELS; p++)
        for (size_t k = 0; k < M; k++) {
            float value = (float)(round(400 * uniform() - 200) / 8);

            if (uniform() < .1)
                value = uniform() < .5 ? NAN : INFINITY;
            if (uniform() < .02)
                value = 0;
            s->phase[k][p] = value;
        }
}

static void missing_phases_are_left_out(void **state)
{
    struct stack *s = make_stack();
    ih_closure_counter *counter;
    size_t different = 0;

    (void)state;
    spread(s);
    for (size_t k = 0; k < M; k++)
        s->reference[k] = k == 17 ? NAN : (float)(k % 5) / 4;
    counter = count(s, IH_MISSING_LEFT_OUT);
    for (size_t k = 0; k < M; k++)
        for (size_t p = 0; p < PIXELS; p++)
            s->phase[k][p] =
                s->mask[p] && isfinite(s->phase[k][p]) ? s->phase[k][p] - s->reference[k] : NAN;
    for (size_t p = 0; p < PIXELS; p++) {
        uint32_t ambiguous, checked;

        brute_force(s, (const float(*)[PIXELS])s->phase, p, &ambiguous, &checked);
        assert_int_equal(s->ambiguous[p], ambiguous);
        assert_int_equal(s->checked[p], checked);
        different += checked < 82 && ambiguous > 0;
    }
    assert_true(different > PIXELS / 2);
    for (size_t t = 0; t < s->list->n_triplets; t++)
        if (s->list->triplets[t].pair_12 == 17) {
            assert_int_equal(counter->checked[t], 0);
            assert_true(isnan(ih_closure_of_triplet(counter, t).ambiguous_share));
            assert_true(isnan(ih_closure_of_triplet(counter, t).mean_rad));
        }
    ih_closure_counter_free(counter);
    free_stack(s);
}

static void missing_phases_count_as_zero_for_agreement(void **state)
{
    struct stack *s = make_stack();
    ih_closure_counter *counter;

    (void)state;
    spread(s);
    for (size_t k = 0; k < M; k++)
        s->reference[k] = k == 17 ? NAN : (float)(k % 5) / 4 + .25f;
    counter = count(s, IH_MISSING_IS_ZERO);
    for (size_t k = 0; k < M; k++)
        for (size_t p = 0; p < PIXELS; p++) {
            float value = isfinite(s->phase[k][p]) ? s->phase[k][p] : 0;

            /* an unknown reference leaves the pair as it is; 0 is never referenced */
            s->phase[k][p] = !s->mask[p]         ? NAN
                             : k == 17 || !value ? value
                                                 : value - s->reference[k];
        }
    for (size_t p = 0; p < PIXELS; p++) {
        uint32_t ambiguous, checked;

        brute_force(s, (const float(*)[PIXELS])s->phase, p, &ambiguous, &checked);
        assert_int_equal(s->ambiguous[p], ambiguous);
        assert_int_equal(s->checked[p], checked);
    }
    ih_closure_counter_free(counter);
    free_stack(s);
}

static void blocks_in_any_order_on_any_counter_give_the_same_bytes(void **state)
{
    struct stack *s = make_stack();
    ih_closure_counter *whole, *part[2];
    uint32_t ambiguous[PIXELS], checked[PIXELS];

    (void)state;
    spread(s);
    whole = count(s, IH_MISSING_LEFT_OUT);
    for (int i = 0; i < 2; i++)
        assert_int_equal(ih_closure_counter_new(s->list, IH_MISSING_LEFT_OUT, &part[i], NULL),
                         IH_OK);
    for (size_t end = PIXELS, i = 0; end > 0; i++) {
        size_t begin = end > 100 ? end - 100 : 0;
        ih_phase_block block = {.n_pixels = end - begin,
                                .phase_rad = s->phase[0] + begin,
                                .pair_stride = PIXELS,
                                .reference_phase_rad = s->reference,
                                .mask = s->mask + begin};

        assert_int_equal(
            ih_closure_count(part[i % 2], &block, ambiguous + begin, checked + begin, NULL), IH_OK);
        end = begin;
    }
    ih_closure_merge(part[1], part[0]);
    assert_memory_equal(ambiguous, s->ambiguous, sizeof ambiguous);
    assert_memory_equal(checked, s->checked, sizeof checked);
    assert_memory_equal(part[1]->checked, whole->checked, 82 * sizeof *whole->checked);
    assert_memory_equal(part[1]->ambiguous, whole->ambiguous, 82 * sizeof *whole->ambiguous);
    assert_memory_equal(part[1]->cycles, whole->cycles, 82 * sizeof *whole->cycles);
    assert_memory_equal(part[1]->rest, whole->rest, 82 * sizeof *whole->rest);
    ih_closure_counter_free(part[0]);
    ih_closure_counter_free(part[1]);
    ih_closure_counter_free(whole);
    free_stack(s);
}

static void the_rest_is_the_wrapped_mean(void **state)
{
    struct stack *s = make_stack();
    ih_closure_counter *counter;
    ih_triplet tri = s->list->triplets[40];
    double rest = 0;

    (void)state;
    spread(s);
    memset(s->reference, 0, sizeof s->reference);
    memset(s->mask, 1, sizeof s->mask);
    counter = count(s, IH_MISSING_LEFT_OUT);
    for (size_t p = 0; p < PIXELS; p++) {
        double c = (double)s->phase[tri.pair_12][p] + (double)s->phase[tri.pair_23][p] -
                   (double)s->phase[tri.pair_13][p];

        rest += isfinite(c) ? c - 2 * M_PI * floor((c + M_PI) / (2 * M_PI)) : 0;
    }
    /* half a unit of 2^-16 rad, and float32 for closures of some 50 rad */
    assert_true(fabs(ih_closure_of_triplet(counter, 40).mean_rest_rad -
                     rest / (double)counter->checked[40]) < 1.5e-5);
    ih_closure_counter_free(counter);
    free_stack(s);
}

static void absurd_phases_do_no_harm(void **state)
{
    struct stack *s = make_stack();
    static const float odd[] = {1.67e7f,  -1.67e7f, 3e38f, -3e38f,      1e-40f,
                                INFINITY, NAN,      -0.0f, 16777216.0f, 1e7f};
    ih_closure_counter *counter;

    (void)state;
    for (size_t k = 0; k < M; k++)
        for (size_t p = 0; p < PIXELS; p++)
            s->phase[k][p] = odd[(size_t)(10 * uniform())];
    for (size_t k = 0; k < M; k++)
        s->reference[k] = odd[k % 10];
    for (int missing = 0; missing < 2; missing++) {
        counter = count(s, (enum ih_missing_phase)missing);
        for (size_t t = 0; t < 82; t++)
            assert_true(counter->ambiguous[t] <= counter->checked[t] &&
                        counter->checked[t] <= PIXELS);
        ih_closure_counter_free(counter);
    }
    free_stack(s);
}

/* Pair 12 of the dates 0..3 is a cycle off in 60 of 400 pixels. Of the triplet 123, where pair 13
 * lacks a phase, only a part of them is seen, so the share of its triplet 012 is greater, and pair
 * 01 has no other triplet that would speak for it. */
static void a_neighbour_with_one_triplet_does_not_outrank_the_bad_pair(void **state)
{
    enum { PAIRS_OF = 5, WIDTH = 400, WRONG = 60, MISSING = 10 };
    /* 01 02 12 13 23 */
    static const int32_t reference[] = {0, 0, 1, 1, 2}, secondary[] = {1, 2, 2, 3, 3};
    static float phase[PAIRS_OF][WIDTH];
    ih_phase_block block = {.n_pixels = WIDTH, .phase_rad = phase[0], .pair_stride = WIDTH};
    ih_network *network;
    ih_triplet_list *list;
    ih_closure_counter *counter;
    ih_pair_closure ranked[PAIRS_OF];

    (void)state;
    for (size_t p = 0; p < WIDTH; p++) {
        for (size_t k = 0; k < PAIRS_OF; k++)
            phase[k][p] = 0.5f;
        phase[1][p] = phase[3][p] = 1.0f;
        if (p < WRONG)
            phase[2][p] += 2 * (float)M_PI;
        if (p < MISSING)
            phase[3][p] = NAN;
    }
    assert_int_equal(ih_network_new(PAIRS_OF, reference, secondary, NULL, &network, NULL), IH_OK);
    assert_int_equal(ih_triplet_list_new(network, NULL, &list, NULL), IH_OK);
    assert_int_equal(ih_closure_counter_new(list, IH_MISSING_LEFT_OUT, &counter, NULL), IH_OK);
    assert_int_equal(ih_closure_count(counter, &block, NULL, NULL, NULL), IH_OK);
    assert_int_equal(ih_closure_rank_pairs(counter, ranked, NULL), IH_OK);
    assert_int_equal(ranked[0].pair, 2);
    assert_int_equal(ranked[0].n_triplets, 2);
    for (int r = 1; r < PAIRS_OF; r++) {
        /* Alone its share is greater, but the bad pair accounts for most of it: of 0.15 all but the
         * 0.13 that the other triplet confirms, less the width of the interval. */
        assert_int_equal(ranked[r].n_triplets, 1);
        assert_true(ranked[r].charged_share < 0.5 * ranked[0].charged_share);
        if (ranked[r].pair < 2)
            assert_true(ranked[r].least_share > ranked[0].least_share);
    }
    ih_closure_counter_free(counter);
    ih_triplet_list_free(list);
    ih_network_free(network);
}

static void pairs_that_cannot_be_checked_come_last(void **state)
{
    /* a triangle and a tail */
    static const int32_t reference[] = {0, 0, 1, 2, 3}, secondary[] = {1, 2, 2, 3, 4};
    static const float phase[] = {1, 9, 1, 5, 5};
    ih_phase_block block = {.n_pixels = 1, .phase_rad = phase, .pair_stride = 1};
    ih_network *network;
    ih_triplet_list *list;
    ih_closure_counter *counter;
    ih_pair_closure ranked[5];

    (void)state;
    assert_int_equal(ih_network_new(5, reference, secondary, NULL, &network, NULL), IH_OK);
    assert_int_equal(ih_triplet_list_new(network, NULL, &list, NULL), IH_OK);
    assert_int_equal(ih_closure_counter_new(list, IH_MISSING_LEFT_OUT, &counter, NULL), IH_OK);
    assert_int_equal(ih_closure_count(counter, &block, NULL, NULL, NULL), IH_OK);
    assert_int_equal(ih_closure_rank_pairs(counter, ranked, NULL), IH_OK);
    for (uint32_t k = 0; k < 5; k++) {
        assert_int_equal(ranked[k].pair, k);
        assert_true(k < 3 ? ranked[k].least_share == 1 : isnan(ranked[k].least_share));
    }
    block.n_pixels = 2;
    assert_int_equal(ih_closure_count(counter, &block, NULL, NULL, NULL), IH_E_ARGUMENT);
    ih_closure_counter_free(counter);
    ih_triplet_list_free(list);
    ih_network_free(network);
}

static void a_network_without_triplets_counts_nothing(void **state)
{
    static const int32_t reference[] = {0, 1}, secondary[] = {1, 2};
    static const float phase[] = {1, 9};
    ih_phase_block block = {.n_pixels = 1, .phase_rad = phase, .pair_stride = 1};
    ih_network *network;
    ih_triplet_list *list;
    ih_closure_counter *counter;
    uint32_t ambiguous = 7, checked = 7;

    (void)state;
    assert_int_equal(ih_network_new(2, reference, secondary, NULL, &network, NULL), IH_OK);
    assert_int_equal(ih_triplet_list_new(network, NULL, &list, NULL), IH_OK);
    assert_int_equal(list->n_triplets, 0);
    assert_int_equal(ih_closure_counter_new(list, IH_MISSING_LEFT_OUT, &counter, NULL), IH_OK);
    assert_int_equal(ih_closure_count(counter, &block, &ambiguous, &checked, NULL), IH_OK);
    assert_true(ambiguous == 0 && checked == 0);
    ih_closure_counter_free(counter);
    ih_closure_counter_free(NULL);
    ih_triplet_list_free(list);
    ih_triplet_list_free(NULL);
    ih_network_free(network);
}

static void the_map_is_missing_where_its_rule_says(void **state)
{
    static const uint32_t ambiguous[] = {0, 2, 3, 1, 0, 3}, checked[] = {3, 3, 3, 3, 0, 3};
    static const uint8_t land[] = {1, 1, 1, 0, 1, 1};
    static const float coherence[] = {.5f, 0, .5f, .5f, .5f, NAN};
    static const float left_out[] = {0, 2, 3, NAN, NAN, 3}, zero[] = {0, NAN, NAN, NAN, 0, NAN};
    ih_closure_map_input in = {.n_pixels = 6,
                               .n_triplets = 3,
                               .ambiguous = ambiguous,
                               .checked = checked,
                               .land = land,
                               .average_coherence = coherence,
                               .missing = IH_MISSING_LEFT_OUT};
    float map[6];

    (void)state;
    ih_closure_map(&in, map);
    for (size_t p = 0; p < 6; p++)
        assert_true(isnan(left_out[p]) ? isnan(map[p]) : map[p] == left_out[p]);
    in.missing = IH_MISSING_IS_ZERO;
    ih_closure_map(&in, map);
    for (size_t p = 0; p < 6; p++)
        assert_true(isnan(zero[p]) ? isnan(map[p]) : map[p] == zero[p]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(triplets_are_those_of_three_nested_loops),
        cmocka_unit_test(consistent_phases_close),
        cmocka_unit_test(a_jump_shows_in_every_triplet_of_its_pair_and_names_it),
        cmocka_unit_test(several_bad_pairs_come_first),
        cmocka_unit_test(missing_phases_are_left_out),
        cmocka_unit_test(missing_phases_count_as_zero_for_agreement),
        cmocka_unit_test(blocks_in_any_order_on_any_counter_give_the_same_bytes),
        cmocka_unit_test(the_rest_is_the_wrapped_mean),
        cmocka_unit_test(absurd_phases_do_no_harm),
        cmocka_unit_test(a_neighbour_with_one_triplet_does_not_outrank_the_bad_pair),
        cmocka_unit_test(pairs_that_cannot_be_checked_come_last),
        cmocka_unit_test(a_network_without_triplets_counts_nothing),
        cmocka_unit_test(the_map_is_missing_where_its_rule_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
