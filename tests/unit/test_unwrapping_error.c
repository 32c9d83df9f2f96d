/* SPDX-License-Identifier: MIT
 *
 * Oracles: planted cycles, which are known; the least sum of absolute whole cycles found by trying
 * all levels of the dates; means and cuts by brute force.
 */
#include "algorithms/unwrapping_error.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "algorithms/sbas.h"

#define MAX_PAIRS 200
#define NX        37
#define NY        23
#define PIXELS    (NX * NY)
#define STRIDE    ((PIXELS + 15) / 16 * 16)

static const double cycle = 2 * 3.14159265358979323846;

static uint64_t seed;

static double uniform(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(seed >> 11) * 0x1p-53;
}

struct scene {
    ih_network *network;
    float *phase, *truth; /* [pair][STRIDE]; truth without planted cycles */
    int8_t *misclosure, *planted;
    float reference[MAX_PAIRS];
    uint8_t *mask;
    size_t radius;
    uint64_t corrected[MAX_PAIRS], adopted[MAX_PAIRS], inconclusive[MAX_PAIRS], up[MAX_PAIRS],
        down[MAX_PAIRS];
};

static size_t nearest_pairs(size_t n_dates, size_t connections, int32_t *reference,
                            int32_t *secondary)
{
    size_t n = 0;

    for (size_t i = 0; i < n_dates; i++)
        for (size_t j = i + 1; j <= i + connections && j < n_dates; j++) {
            reference[n] = (int32_t)(12 * i);
            secondary[n++] = (int32_t)(12 * j);
        }
    return n;
}

/* Phases of dates that vary by many cycles from pixel to pixel, so that only loops can tell an
 * error, and noise of each pair. */
static void make_scene(struct scene *s, size_t n_dates, size_t connections, double noise_rad)
{
    int32_t reference[MAX_PAIRS], secondary[MAX_PAIRS];
    size_t n = nearest_pairs(n_dates, connections, reference, secondary);
    double *x = calloc(n_dates, sizeof *x);

    memset(s, 0, sizeof *s);
    assert_int_equal(ih_network_new(n, reference, secondary, NULL, &s->network, NULL), IH_OK);
    s->phase = calloc(n * STRIDE, sizeof *s->phase);
    s->truth = calloc(n * STRIDE, sizeof *s->truth);
    s->misclosure = calloc(n * STRIDE, 1);
    s->planted = calloc(n * STRIDE, 1);
    s->radius = IH_UNWRAPPING_RADIUS;
    for (size_t p = 0; p < PIXELS; p++) {
        for (size_t d = 0; d < n_dates; d++)
            x[d] = 40 * uniform();
        for (size_t k = 0; k < n; k++) {
            double value = x[s->network->secondary_index[k]] - x[s->network->reference_index[k]] +
                           noise_rad * (2 * uniform() - 1);

            s->truth[k * STRIDE + p] = s->phase[k * STRIDE + p] = (float)value;
        }
    }
    free(x);
}

static void free_scene(struct scene *s)
{
    ih_network_free(s->network);
    free(s->phase);
    free(s->truth);
    free(s->misclosure);
    free(s->planted);
    free(s->mask);
}

static size_t pair_of(const struct scene *s, uint32_t i, uint32_t j)
{
    size_t k = 0;

    while (s->network->reference_index[k] != i || s->network->secondary_index[k] != j)
        k++;
    return k;
}

/* Adds cycles in a disc. */
static void plant(struct scene *s, size_t pair, int cycles, int column, int row, int radius)
{
    for (int y = 0; y < NY; y++)
        for (int x = 0; x < NX; x++) {
            size_t p = pair * STRIDE + (size_t)(y * NX + x);

            if ((x - column) * (x - column) + (y - row) * (y - row) > radius * radius)
                continue;
            s->planted[p] = (int8_t)(s->planted[p] + cycles);
            s->phase[p] = (float)((double)s->phase[p] + cycle * cycles);
        }
}

static ih_unwrapping_block block_of(struct scene *s, size_t begin, size_t n)
{
    return (ih_unwrapping_block){.n_pixels = n,
                                 .phase_rad = s->phase + begin,
                                 .pair_stride = STRIDE,
                                 .misclosure = s->misclosure + begin,
                                 .misclosure_stride = STRIDE,
                                 .reference_phase_rad = s->reference,
                                 .mask = s->mask ? s->mask + begin : NULL};
}

static void correct_in_blocks(struct scene *s, size_t block)
{
    const ih_unwrapping_counts counts = {.corrected = s->corrected,
                                         .adopted = s->adopted,
                                         .inconclusive = s->inconclusive,
                                         .cycles_up = s->up,
                                         .cycles_down = s->down};
    ih_unwrapping_plan *plan;
    ih_unwrapping_workspace *ws;

    assert_int_equal(ih_unwrapping_plan_new(s->network, &plan, NULL), IH_OK);
    assert_int_equal(ih_unwrapping_workspace_new(plan, &ws, NULL), IH_OK);
    for (size_t begin = 0; begin < PIXELS; begin += block) {
        ih_unwrapping_block b = block_of(s, begin, PIXELS - begin < block ? PIXELS - begin : block);

        assert_int_equal(ih_unwrapping_residual(plan, ws, &b, NULL), IH_OK);
    }
    for (size_t k = 0; k < s->network->n_pairs; k++)
        assert_int_equal(ih_unwrapping_smooth(s->misclosure + k * STRIDE, NX, NY, s->radius, NULL),
                         IH_OK);
    for (size_t begin = 0; begin < PIXELS; begin += block) {
        ih_unwrapping_block b = block_of(s, begin, PIXELS - begin < block ? PIXELS - begin : block);

        assert_int_equal(ih_unwrapping_correct(plan, ws, &b, &counts, NULL), IH_OK);
    }
    for (size_t k = 0; k < s->network->n_pairs; k++)
        assert_int_equal(
            ih_unwrapping_spread(s->misclosure + k * STRIDE, NX, NY, IH_UNWRAPPING_REACH, NULL),
            IH_OK);
    for (size_t begin = 0; begin < PIXELS; begin += block) {
        ih_unwrapping_block b = block_of(s, begin, PIXELS - begin < block ? PIXELS - begin : block);

        assert_int_equal(ih_unwrapping_adopt(plan, ws, &b, &counts, NULL), IH_OK);
    }
    ih_unwrapping_workspace_free(ws);
    ih_unwrapping_plan_free(plan);
}

static void correct(struct scene *s)
{
    correct_in_blocks(s, PIXELS);
}

static int8_t cycles_at(const struct scene *s, size_t pair, size_t p)
{
    return s->misclosure[pair * STRIDE + p];
}

/* Of the pixels with planted cycles at least `share` were repaired; of the others at most `harm`
 * changed, and all those without a cycle to show for it kept every bit. */
static void assert_repaired_but(const struct scene *s, double share, double harm)
{
    size_t bad = 0, repaired = 0, good = 0, harmed = 0;

    for (size_t k = 0; k < s->network->n_pairs; k++)
        for (size_t p = 0; p < PIXELS; p++) {
            size_t i = k * STRIDE + p;

            if (s->planted[i] == 0) {
                good++;
                harmed += cycles_at(s, k, p) != 0;
                if (cycles_at(s, k, p) == 0)
                    assert_memory_equal(s->phase + i, s->truth + i, sizeof(float));
                continue;
            }
            bad++;
            repaired += cycles_at(s, k, p) == s->planted[i] &&
                        fabsf(s->phase[i] - s->truth[i]) < 1e-4f; /* float32 rounding at 60 rad */
        }
    assert_true((double)repaired >= share * (double)bad);
    assert_true((double)harmed <= harm * (double)good);
}

static void assert_repaired(const struct scene *s, double share)
{
    assert_repaired_but(s, share, 0);
}

/* Every pair of a nearest-3 network, the first and the newest too, one after the other; without
 * noise only the rounding of the disc's outline by the window is missed. */
static void an_error_of_any_single_pair_is_repaired(void **state)
{
    size_t n_pairs = 0;

    (void)state;
    for (size_t k = 0; k == 0 || k < n_pairs; k++) {
        struct scene s;

        seed = k;
        make_scene(&s, 8, 3, 0);
        n_pairs = s.network->n_pairs;
        plant(&s, k, k % 2 ? -1 : 2, 15, 11, 8);
        correct(&s);
        assert_repaired(&s, 0.95);
        free_scene(&s);
    }
}

static void errors_are_repaired_under_noise_that_exceeds_what_a_single_pixel_bears(void **state)
{
    struct scene s;

    (void)state;
    seed = 7;
    make_scene(&s, 12, 3, 2.0);
    plant(&s, pair_of(&s, 0, 1), 1, 12, 10, 7);
    plant(&s, pair_of(&s, 5, 7), -1, 18, 12, 7);
    plant(&s, pair_of(&s, 8, 11), 2, 25, 9, 7);
    correct(&s);
    assert_repaired_but(&s, 0.9, 0.001);
    free_scene(&s);
}

static void errors_of_two_pairs_at_the_same_place_are_told_apart(void **state)
{
    struct scene s;

    (void)state;
    seed = 8;
    make_scene(&s, 12, 3, 0.3);
    plant(&s, pair_of(&s, 4, 5), 1, 15, 11, 8);
    plant(&s, pair_of(&s, 5, 8), 3, 17, 11, 8);
    correct(&s);
    assert_repaired(&s, 0.93);
    free_scene(&s);
}

static void noise_alone_changes_nothing(void **state)
{
    struct scene s;

    (void)state;
    seed = 9;
    make_scene(&s, 12, 3, 2.5);
    correct(&s);
    assert_repaired(&s, 1);
    for (size_t k = 0; k < s.network->n_pairs; k++)
        assert_int_equal(s.corrected[k], 0);
    free_scene(&s);
}

/* In a nearest-2 network the first date has two pairs: they contradict each other, and nothing
 * tells which is right. */
static void a_tie_at_the_end_of_the_series_is_reported_and_left_alone(void **state)
{
    struct scene s;
    size_t first, inner;

    (void)state;
    seed = 10;
    make_scene(&s, 10, 2, 0.3);
    first = pair_of(&s, 0, 1);
    inner = pair_of(&s, 4, 5);
    plant(&s, first, 1, 10, 11, 7);
    plant(&s, inner, 1, 26, 11, 7);
    correct(&s);
    for (size_t k = 0; k < s.network->n_pairs; k++)
        assert_int_equal(s.corrected[k] > 0, k == inner);
    assert_true(s.inconclusive[first] > 100);
    free_scene(&s);
}

static void a_network_without_loops_stays_as_it_is(void **state)
{
    struct scene s;

    (void)state;
    seed = 11;
    make_scene(&s, 10, 1, 0);
    plant(&s, 3, 1, 15, 11, 8);
    memcpy(s.truth, s.phase, s.network->n_pairs * STRIDE * sizeof(float));
    correct(&s);
    assert_memory_equal(s.phase, s.truth, s.network->n_pairs * STRIDE * sizeof(float));
    free_scene(&s);
}

static void no_data_stays_no_data_and_masked_pixels_stay(void **state)
{
    struct scene s;
    size_t bad;

    (void)state;
    seed = 12;
    make_scene(&s, 10, 3, 0.3);
    s.mask = malloc(PIXELS);
    bad = pair_of(&s, 4, 6);
    plant(&s, bad, 1, 15, 11, 9);
    for (size_t p = 0; p < PIXELS; p++) {
        s.mask[p] = p % NX != 15;
        for (size_t k = 0; k < s.network->n_pairs; k++)
            if (uniform() < 0.1)
                s.phase[k * STRIDE + p] = k % 3 == 0 ? INFINITY : NAN;
    }
    memcpy(s.truth, s.phase, s.network->n_pairs * STRIDE * sizeof(float));
    correct(&s);
    for (size_t k = 0; k < s.network->n_pairs; k++)
        for (size_t p = 0; p < PIXELS; p++) {
            size_t i = k * STRIDE + p;

            if (k == bad && s.mask[p] && isfinite(s.truth[i]))
                continue;
            assert_memory_equal(s.phase + i, s.truth + i, sizeof(float));
            assert_int_equal(cycles_at(&s, k, p), 0);
        }
    assert_true(s.corrected[bad] > 150);
    free_scene(&s);
}

/* Pixels whose gaps leave one other way between the dates of the wrong pair cannot tell which pair
 * is at fault, but their surroundings can. */
static void pixels_with_too_few_pairs_take_the_cycles_of_their_surroundings(void **state)
{
    struct scene s;
    size_t bad;

    (void)state;
    seed = 13;
    make_scene(&s, 6, 3, 0.2);
    bad = pair_of(&s, 0, 1);
    plant(&s, bad, 1, 15, 11, 8);
    for (size_t y = 9; y < 14; y++)
        for (size_t x = 13; x < 18; x++)
            s.phase[pair_of(&s, 0, 2) * STRIDE + y * NX + x] = NAN;
    correct(&s);
    for (size_t y = 9; y < 14; y++)
        for (size_t x = 13; x < 18; x++)
            assert_int_equal(cycles_at(&s, bad, y * NX + x), 1);
    for (size_t k = 0; k < s.network->n_pairs; k++) {
        assert_int_equal(s.corrected[k] > 0, k == bad);
        assert_true(s.adopted[k] == 0 || k == bad);
    }
    assert_true(s.adopted[bad] >= 25);
    free_scene(&s);
}

/* Where all pixels lack the same pair nobody knows, and nothing is changed. */
static void without_any_certain_pixel_nothing_is_adopted(void **state)
{
    struct scene s;

    (void)state;
    seed = 19;
    make_scene(&s, 6, 3, 0.2);
    plant(&s, pair_of(&s, 0, 1), 1, 15, 11, 8);
    for (size_t p = 0; p < PIXELS; p++)
        s.phase[pair_of(&s, 0, 2) * STRIDE + p] = NAN;
    correct(&s);
    for (size_t k = 0; k < s.network->n_pairs; k++)
        assert_int_equal(s.corrected[k], 0);
    free_scene(&s);
}

/* An error that holds the reference pixel shifts the pair everywhere else; relative to the
 * reference the rest of the scene is what has to be moved. */
static void an_error_at_the_reference_is_repaired_relative_to_it(void **state)
{
    struct scene s;
    size_t bad, at = 11 * NX + 15;

    (void)state;
    seed = 14;
    make_scene(&s, 10, 3, 0.2);
    bad = pair_of(&s, 3, 5);
    plant(&s, bad, 1, 15, 11, 6);
    for (size_t k = 0; k < s.network->n_pairs; k++)
        s.reference[k] = s.phase[k * STRIDE + at];
    correct(&s);
    assert_int_equal(cycles_at(&s, bad, at), 0);
    assert_int_equal(cycles_at(&s, bad, 2 * NX + 3), -1);
    assert_true(s.corrected[bad] > PIXELS - 160);
    for (size_t k = 0; k < s.network->n_pairs; k++)
        assert_int_equal(s.corrected[k] > 0, k == bad);
    free_scene(&s);
}

static void a_pair_without_reference_is_not_used(void **state)
{
    struct scene s;
    size_t lost;

    (void)state;
    seed = 15;
    make_scene(&s, 10, 3, 0.2);
    lost = pair_of(&s, 3, 5);
    plant(&s, lost, 1, 15, 11, 8);
    s.reference[lost] = NAN;
    memcpy(s.truth, s.phase, s.network->n_pairs * STRIDE * sizeof(float));
    correct(&s);
    assert_memory_equal(s.phase, s.truth, s.network->n_pairs * STRIDE * sizeof(float));
    free_scene(&s);
}

static void counts_tell_what_was_done(void **state)
{
    struct scene s;
    uint64_t corrected = 0, up = 0, down = 0;
    size_t bad;

    (void)state;
    seed = 16;
    make_scene(&s, 10, 3, 0.3);
    bad = pair_of(&s, 3, 5);
    plant(&s, bad, 2, 10, 11, 6);
    plant(&s, bad, -1, 27, 11, 6);
    correct(&s);
    for (size_t p = 0; p < PIXELS; p++) {
        int c = cycles_at(&s, bad, p);

        corrected += c != 0;
        down += c > 0 ? (uint64_t)c : 0;
        up += c < 0 ? (uint64_t)-c : 0;
    }
    assert_true(up > 0 && down > 0);
    assert_int_equal(s.corrected[bad], corrected);
    assert_int_equal(s.up[bad], up);
    assert_int_equal(s.down[bad], down);
    free_scene(&s);
}

static void blocks_do_not_change_the_result(void **state)
{
    static const size_t blocks[] = {16, 48, 256};

    (void)state;
    for (size_t b = 0; b < 3; b++) {
        struct scene whole, parts;
        size_t n;

        seed = 17;
        make_scene(&whole, 12, 3, 1.5);
        seed = 17;
        make_scene(&parts, 12, 3, 1.5);
        plant(&whole, 7, 1, 15, 11, 8);
        plant(&parts, 7, 1, 15, 11, 8);
        correct(&whole);
        n = whole.network->n_pairs;
        correct_in_blocks(&parts, blocks[b]);
        assert_memory_equal(whole.phase, parts.phase, n * STRIDE * sizeof(float));
        assert_memory_equal(whole.corrected, parts.corrected, sizeof whole.corrected);
        free_scene(&whole);
        free_scene(&parts);
    }
}

/* Least sum of absolute cycles over all levels -2..2 of dates 1 to 4; *ties counts the levels that
 * reach it. */
static int least_sum(const ih_network *net, const int *n, int best[MAX_PAIRS], int *ties)
{
    int least = 1000;

    for (int code = 0; code < 625; code++) {
        int level[5] = {0, code % 5 - 2, code / 5 % 5 - 2, code / 25 % 5 - 2, code / 125 - 2};
        int sum = 0, rest[MAX_PAIRS];

        for (size_t k = 0; k < net->n_pairs; k++) {
            rest[k] = n[k] - (level[net->secondary_index[k]] - level[net->reference_index[k]]);
            sum += abs(rest[k]);
        }
        if (sum < least) {
            least = sum;
            *ties = 0;
        }
        if (sum == least && ++*ties == 1)
            memcpy(best, rest, net->n_pairs * sizeof *best);
    }
    return least;
}

/* Whole scenes with the same errors, up to three of ten pairs: what is changed is what the unique
 * least sum asks for. */
static void corrections_are_those_of_the_least_sum(void **state)
{
    int agreed = 0;

    (void)state;
    for (uint64_t round = 0; round < 60; round++) {
        struct scene s;
        int n[MAX_PAIRS] = {0}, best[MAX_PAIRS], ties = 0, least;

        seed = 100 + round;
        make_scene(&s, 5, 4, 0.1);
        for (int e = 0; e < 3; e++) {
            size_t k = (size_t)(uniform() * 10);
            int c = (int)(uniform() * 5) - 2;

            n[k] += c;
            plant(&s, k, c, 15, 11, 100);
        }
        least = least_sum(s.network, n, best, &ties);
        correct(&s);
        for (size_t k = 0; k < s.network->n_pairs && ties == 1; k++) {
            int found = cycles_at(&s, k, 11 * NX + 15);

            assert_true(found == 0 || found == best[k]);
            agreed += found != 0;
            least -= abs(found);
        }
        assert_true(ties > 1 || least >= 0);
        free_scene(&s);
    }
    assert_true(agreed > 40);
}

static void smoothing_is_the_mean_of_the_square(void **state)
{
    static const size_t sizes[][3] = {{9, 7, 1}, {9, 7, 2}, {3, 2, 4},
                                      {1, 8, 2}, {8, 1, 3}, {1, 1, 1}};

    (void)state;
    for (size_t c = 0; c < 6; c++) {
        int nx = (int)sizes[c][0], ny = (int)sizes[c][1], r = (int)sizes[c][2];
        int8_t before[80], after[80];

        seed = c;
        for (int i = 0; i < nx * ny; i++)
            before[i] = uniform() < 0.3 ? IH_MISCLOSURE_NONE : (int8_t)(255 * uniform() - 127);
        memcpy(after, before, sizeof after);
        assert_int_equal(ih_unwrapping_smooth(after, (size_t)nx, (size_t)ny, (size_t)r, NULL),
                         IH_OK);
        for (int y = 0; y < ny; y++)
            for (int x = 0; x < nx; x++) {
                double sum = 0, n = 0;

                for (int v = y - r; v <= y + r; v++)
                    for (int u = x - r; u <= x + r; u++)
                        if (v >= 0 && v < ny && u >= 0 && u < nx &&
                            before[v * nx + u] != IH_MISCLOSURE_NONE) {
                            sum += before[v * nx + u];
                            n++;
                        }
                assert_int_equal(after[y * nx + x], before[y * nx + x] == IH_MISCLOSURE_NONE
                                                        ? IH_MISCLOSURE_NONE
                                                        : (int)round(sum / n));
            }
    }
}

/* Codes: 127 is open; what is proposed comes as 64 more. */
static void proposals_grow_from_certain_pixels_and_end_at_their_reach(void **state)
{
    int8_t row[] = {2, 127, 127, 127, 127, 0, 127, -128, 127, 127, -1};
    static const int8_t expected[] = {2, 66, 66, 64, 64, 0, 64, -128, 63, 63, -1};
    int8_t far[] = {1, 127, 127, 127, 127, -128};
    static const int8_t two[] = {1, 65, 65, 0, 0, -128};
    int8_t lonely[] = {127, 127, -128, 127};
    static const int8_t none[] = {0, 0, -128, 0};
    int8_t majority[] = {1, 1, 0, 3, 127, 0, 1, -128, -128};

    (void)state;
    assert_int_equal(ih_unwrapping_spread(row, 11, 1, 50, NULL), IH_OK);
    assert_memory_equal(row, expected, sizeof expected);
    assert_int_equal(ih_unwrapping_spread(far, 6, 1, 2, NULL), IH_OK);
    assert_memory_equal(far, two, sizeof two);
    assert_int_equal(ih_unwrapping_spread(lonely, 1, 4, 50, NULL), IH_OK);
    assert_memory_equal(lonely, none, sizeof none);
    assert_int_equal(ih_unwrapping_spread(majority, 3, 3, 50, NULL), IH_OK);
    assert_int_equal(majority[4], 65);
    assert_int_equal(ih_unwrapping_spread(majority, 0, 3, 50, NULL), IH_E_ARGUMENT);
}

/* Fewest other pairs that separate the dates of a pair, by trying all sets of dates (Menger). */
static int smallest_cut(const ih_network *net, size_t pair)
{
    int least = 1000;

    for (unsigned set = 0; set < 1u << net->n_dates; set++) {
        int cut = 0;

        if (!(set >> net->reference_index[pair] & 1) || set >> net->secondary_index[pair] & 1)
            continue;
        for (size_t k = 0; k < net->n_pairs; k++)
            cut += k != pair &&
                   (set >> net->reference_index[k] & 1) != (set >> net->secondary_index[k] & 1);
        least = cut < least ? cut : least;
    }
    return least;
}

static void redundancy_is_the_smallest_cut(void **state)
{
    (void)state;
    for (uint64_t round = 0; round < 60; round++) {
        int32_t reference[MAX_PAIRS], secondary[MAX_PAIRS];
        uint8_t redundancy[MAX_PAIRS];
        double density = 0.2 + 0.7 * (double)round / 60;
        size_t n = 0;
        ih_network *net;

        seed = round;
        for (int i = 0; i < 8; i++)
            for (int j = i + 1; j < 8; j++)
                if (uniform() < density) {
                    reference[n] = i;
                    secondary[n++] = j;
                }
        if (n == 0)
            continue;
        assert_int_equal(ih_network_new(n, reference, secondary, NULL, &net, NULL), IH_OK);
        assert_int_equal(ih_unwrapping_redundancy(net, redundancy, NULL), IH_OK);
        for (size_t k = 0; k < n; k++)
            assert_int_equal(redundancy[k], smallest_cut(net, k));
        ih_network_free(net);
    }
}

static void wrong_arguments_are_refused(void **state)
{
    ih_unwrapping_plan *plan;
    ih_unwrapping_workspace *ws;
    ih_unwrapping_block b;
    struct scene s;

    (void)state;
    make_scene(&s, 5, 3, 0);
    assert_int_equal(ih_unwrapping_plan_new(s.network, &plan, NULL), IH_OK);
    assert_int_equal(ih_unwrapping_workspace_new(plan, &ws, NULL), IH_OK);
    assert_true(ih_unwrapping_workspace_bytes(plan) > 1000);
    b = block_of(&s, 0, PIXELS);
    b.pair_stride = PIXELS;
    assert_int_equal(ih_unwrapping_residual(plan, ws, &b, NULL), IH_E_ARGUMENT);
    b.pair_stride = STRIDE;
    b.misclosure_stride = PIXELS;
    assert_int_equal(ih_unwrapping_correct(plan, ws, &b, NULL, NULL), IH_E_ARGUMENT);
    b.misclosure = NULL;
    assert_int_equal(ih_unwrapping_correct(plan, ws, &b, NULL, NULL), IH_E_ARGUMENT);
    assert_int_equal(ih_unwrapping_smooth(s.misclosure, NX, NY, 5000, NULL), IH_E_ARGUMENT);
    ih_unwrapping_workspace_free(ws);
    ih_unwrapping_plan_free(plan);
    ih_unwrapping_workspace_free(NULL);
    ih_unwrapping_plan_free(NULL);
    free_scene(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_of_any_single_pair_is_repaired),
        cmocka_unit_test(errors_are_repaired_under_noise_that_exceeds_what_a_single_pixel_bears),
        cmocka_unit_test(errors_of_two_pairs_at_the_same_place_are_told_apart),
        cmocka_unit_test(noise_alone_changes_nothing),
        cmocka_unit_test(a_tie_at_the_end_of_the_series_is_reported_and_left_alone),
        cmocka_unit_test(a_network_without_loops_stays_as_it_is),
        cmocka_unit_test(no_data_stays_no_data_and_masked_pixels_stay),
        cmocka_unit_test(pixels_with_too_few_pairs_take_the_cycles_of_their_surroundings),
        cmocka_unit_test(without_any_certain_pixel_nothing_is_adopted),
        cmocka_unit_test(proposals_grow_from_certain_pixels_and_end_at_their_reach),
        cmocka_unit_test(an_error_at_the_reference_is_repaired_relative_to_it),
        cmocka_unit_test(a_pair_without_reference_is_not_used),
        cmocka_unit_test(counts_tell_what_was_done),
        cmocka_unit_test(blocks_do_not_change_the_result),
        cmocka_unit_test(corrections_are_those_of_the_least_sum),
        cmocka_unit_test(smoothing_is_the_mean_of_the_square),
        cmocka_unit_test(redundancy_is_the_smallest_cut),
        cmocka_unit_test(wrong_arguments_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
