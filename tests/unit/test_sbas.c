/* SPDX-License-Identifier: MIT */
#include "tests/unit/sbas_scene.h"

/* Oracle and inversion agree on all pixels that have a solution; there must be at least `wanted` of
 * them. Results are float32, phases below some 60 rad: half a unit in the last place is 2e-6. */
static void assert_agrees_with_lapack(struct scene *s, size_t wanted)
{
    double roots[IH_QUALITY_LEVELS];
    size_t solved = 0;

    root_weights(s, roots);
    invert(s);
    for (size_t p = 0; p < s->n_pixels; p++) {
        double x[MAX_DATES];

        if (s->components[p] == 0)
            continue;
        solved++;
        oracle(s, roots, p, x);
        for (size_t d = 0; d < s->network->n_dates; d++)
            assert_true(fabs((double)s->series[d * s->stride + p] - x[d]) < 5e-6);
    }
    assert_true(solved >= wanted);
}

static void a_noise_free_network_gives_back_the_phases(void **state)
{
    struct scene s;

    (void)state;
    nearest_scene(&s, 30, 3, 40);
    s.with_quality = true;
    /* multiples of 1/64 rad below 16: differences are exact in float32, so any error is the
     * inversion's */
    for (size_t p = 0; p < 40; p++)
        for (size_t k = 0; k < s.network->n_pairs; k++) {
            int i = (int)s.network->reference_index[k], j = (int)s.network->secondary_index[k];

            s.phase[k * s.stride + p] =
                (float)((j * j % 97 * (int)(p + 1)) % 1024 - (i * i % 97 * (int)(p + 1)) % 1024) /
                64;
            s.quality[k * s.stride + p] = (uint8_t)((k * 37 + p * 11) % 200);
        }
    invert(&s);
    for (size_t p = 0; p < 40; p++) {
        for (int d = 0; d < 30; d++)
            assert_true(fabs((double)s.series[(size_t)d * s.stride + p] -
                             (d * d % 97 * (int)(p + 1)) % 1024 / 64.0) < 1e-6);
        assert_true(s.coherence[p] == 1);
        assert_int_equal(s.valid[p], 84);
        assert_int_equal(s.components[p], 1);
    }
    free_scene(&s);
}

static void weighted_solutions_agree_with_lapack(void **state)
{
    static const enum ih_weight weights[] = {IH_WEIGHT_VARIANCE, IH_WEIGHT_COHERENCE,
                                             IH_WEIGHT_FISHER, IH_WEIGHT_NONE};

    (void)state;
    for (int w = 0; w < 4; w++) {
        struct scene s;

        seed = 11 + (uint64_t)w;
        nearest_scene(&s, 20, 4, 35);
        s.with_quality = true;
        s.options.weight = weights[w];
        fill_scene(&s, 1.5, 0);
        assert_agrees_with_lapack(&s, 35);
        free_scene(&s);
    }
}

/* So the weights of the table, given one by one, give the same bytes, whatever the quality is. */
static void weights_replace_those_of_the_quality(void **state)
{
    struct scene s;
    float table[IH_QUALITY_LEVELS], *series;
    size_t size;

    (void)state;
    seed = 77;
    nearest_scene(&s, 20, 3, 45);
    fill_scene(&s, 0.5, 0.1);
    size = s.network->n_dates * s.stride * sizeof *s.series;
    s.with_quality = true;
    invert(&s);
    series = malloc(size);
    assert_non_null(series);
    memcpy(series, s.series, size);
    assert_int_equal(ih_weight_table(IH_WEIGHT_VARIANCE, 41, table, NULL), IH_OK);
    for (size_t i = 0; i < s.network->n_pairs * s.stride; i++)
        s.weight[i] = table[s.quality[i] < IH_QUALITY_LEVELS ? s.quality[i] : 199];
    s.with_weight = true;
    for (int with_quality = 0; with_quality < 2; with_quality++) {
        s.with_quality = with_quality;
        memset(s.quality, 7, s.network->n_pairs * s.stride);
        invert(&s);
        for (size_t d = 0; d < s.network->n_dates; d++)
            assert_memory_equal(series + d * s.stride, s.series + d * s.stride,
                                s.n_pixels * sizeof *series);
    }
    free(series);
    free_scene(&s);
}

static void solutions_with_gaps_agree_with_lapack(void **state)
{
    struct scene s;

    (void)state;
    seed = 3;
    nearest_scene(&s, 25, 4, 50);
    s.with_quality = true;
    fill_scene(&s, 1.5, 0.3);
    assert_agrees_with_lapack(&s, 40);
    free_scene(&s);
}

/* Long pairs beside short ones leave holes in the envelope. */
static void random_networks_agree_with_lapack(void **state)
{
    (void)state;
    for (uint64_t round = 0; round < 20; round++) {
        int32_t reference[MAX_PAIRS], secondary[MAX_PAIRS];
        size_t n = 0;
        struct scene s;

        seed = 100 + round;
        for (int32_t i = 0; i < 18; i++)
            for (int32_t j = i + 1; j < 18; j++)
                if (uniform() < 0.22) {
                    reference[n] = i * i;
                    secondary[n++] = j * j;
                }
        make_scene(&s, n, reference, secondary, 17);
        s.with_quality = true;
        fill_scene(&s, 1, 0.1);
        assert_agrees_with_lapack(&s, 1);
        s.options.min_norm_velocity = false;
        assert_agrees_with_lapack(&s, 1);
        free_scene(&s);
    }
}

static void interleaved_networks_agree_with_lapack(void **state)
{
    (void)state;
    for (int form = 0; form < 8; form++) {
        struct scene s;
        size_t parts = form & 4 ? 3 : 2;

        seed = 40 + (uint64_t)form;
        interleaved_scene(&s, parts);
        assert_int_equal(s.network->n_components, parts);
        s.with_quality = form & 1;
        s.options.min_norm_velocity = form & 2;
        assert_agrees_with_lapack(&s, 20);
        for (size_t p = 0; p < s.n_pixels; p++)
            assert_int_equal(s.components[p], parts);
        free_scene(&s);
    }
}

/* A connected network with so many gaps that many pixels fall apart, in ways of their own. */
static void pixels_cut_by_gaps_agree_with_lapack(void **state)
{
    (void)state;
    for (int form = 0; form < 4; form++) {
        struct scene s;
        size_t cut = 0;

        seed = 60 + (uint64_t)form;
        nearest_scene(&s, 20, 3, 150);
        s.with_quality = form & 1;
        s.options.min_norm_velocity = form & 2;
        fill_scene(&s, 1, 0.55);
        assert_agrees_with_lapack(&s, 10);
        for (size_t p = 0; p < s.n_pixels; p++)
            cut += s.components[p] > 1;
        assert_true(cut > 3);
        free_scene(&s);
    }
}

/* The first date is not tested for redundancy: without pairs it is a part of its own. */
static void a_lone_first_date_is_joined_like_any_part(void **state)
{
    struct scene s;

    (void)state;
    for (int form = 0; form < 2; form++) {
        seed = 5;
        nearest_scene(&s, 10, 2, 3);
        s.options.min_norm_velocity = form;
        fill_scene(&s, 0.5, 0);
        for (size_t k = 0; k < s.network->n_pairs; k++)
            if (s.network->reference_index[k] == 0)
                s.phase[k * s.stride + 1] = NAN;
        assert_agrees_with_lapack(&s, 3);
        assert_int_equal(s.components[0], 1);
        assert_int_equal(s.components[1], 2);
        /* the least velocity from the first date to the second is none */
        assert_true(!form || fabsf(s.series[s.stride + 1]) < 1e-6f);
        free_scene(&s);
    }
}

static void a_date_without_pairs_leaves_no_solution(void **state)
{
    struct scene s;

    (void)state;
    seed = 6;
    nearest_scene(&s, 10, 2, 18);
    fill_scene(&s, 0.5, 0);
    for (size_t k = 0; k < s.network->n_pairs; k++)
        if (s.network->reference_index[k] == 4 || s.network->secondary_index[k] == 4)
            s.phase[k * s.stride + 17] = k % 2 ? NAN : INFINITY;
    invert(&s);
    assert_no_solution(&s, 17);
    assert_int_equal(s.components[16], 1);
    /* unless it may be redundant in nothing: then it is a part of one date */
    s.options.min_redundancy = 0;
    assert_agrees_with_lapack(&s, 18);
    assert_int_equal(s.components[17], 2);
    free_scene(&s);
}

static void redundancy_is_demanded_of_every_date_but_the_first(void **state)
{
    struct scene s;

    (void)state;
    seed = 7;
    nearest_scene(&s, 10, 3, 2);
    fill_scene(&s, 0.5, 0);
    /* pixel 0 whole: dates 1..9 have 4,5,6,..,4,3 pairs; pixel 1 loses the pair of dates 8 and 9 */
    s.phase[(s.network->n_pairs - 1) * s.stride + 1] = NAN;
    s.options.min_redundancy = 3;
    invert(&s);
    assert_int_equal(s.components[0], 1);
    assert_no_solution(&s, 1);
    s.options.min_redundancy = 4;
    invert(&s);
    assert_no_solution(&s, 0);
    free_scene(&s);
}

static void one_pair_and_two_dates_are_enough(void **state)
{
    const int32_t reference[] = {100}, secondary[] = {112};
    struct scene s;

    (void)state;
    make_scene(&s, 1, reference, secondary, 2);
    s.phase[0] = -1.25f;
    s.phase[1] = NAN;
    invert(&s);
    assert_true(s.series[0] == 0 && s.series[s.stride] == -1.25f && s.coherence[0] == 1);
    assert_int_equal(s.valid[0], 1);
    assert_no_solution(&s, 1);
    free_scene(&s);
}

static void the_reference_phase_is_subtracted(void **state)
{
    struct scene s;

    (void)state;
    seed = 8;
    nearest_scene(&s, 15, 3, 20);
    fill_scene(&s, 1, 0.05);
    s.with_reference = true;
    for (size_t k = 0; k < s.network->n_pairs; k++)
        s.reference[k] = (float)(6 * uniform() - 3);
    assert_agrees_with_lapack(&s, 15);
    free_scene(&s);
}

static void a_pair_without_reference_phase_is_unused_everywhere(void **state)
{
    struct scene s, t;

    (void)state;
    seed = 9;
    nearest_scene(&s, 15, 3, 20);
    fill_scene(&s, 1, 0);
    seed = 9;
    nearest_scene(&t, 15, 3, 20);
    fill_scene(&t, 1, 0);
    s.with_reference = true;
    s.reference[7] = NAN;
    for (size_t p = 0; p < 20; p++)
        t.phase[7 * t.stride + p] = NAN;
    invert(&s);
    invert(&t);
    assert_memory_equal(s.series, t.series, 15 * s.stride * sizeof *s.series);
    assert_memory_equal(s.coherence, t.coherence, 20 * sizeof *s.coherence);
    assert_int_equal(s.count[7], 0);
    assert_int_equal(s.valid[0], s.network->n_pairs - 1);
    free_scene(&s);
    free_scene(&t);
}

static void masked_pixels_are_skipped(void **state)
{
    struct scene s;

    (void)state;
    seed = 10;
    nearest_scene(&s, 12, 3, 33);
    fill_scene(&s, 1, 0);
    s.with_mask = true;
    for (size_t p = 0; p < 33; p++)
        s.mask[p] = p % 3 ? 200 : 0;
    invert(&s);
    for (size_t p = 0; p < 33; p++)
        if (p % 3)
            assert_int_equal(s.components[p], 1);
        else
            assert_no_solution(&s, p);
    assert_int_equal(s.count[0], 22);
    free_scene(&s);
}

static void coherence_0_everywhere_is_still_solved(void **state)
{
    struct scene s;

    (void)state;
    seed = 12;
    nearest_scene(&s, 12, 3, 16);
    fill_scene(&s, 1, 0);
    memset(s.quality, 0, s.network->n_pairs * s.stride);
    s.with_quality = true;
    assert_agrees_with_lapack(&s, 16);
    free_scene(&s);
}

static void qualities_beyond_the_last_level_count_as_the_last(void **state)
{
    struct scene s;
    float expected[12];

    (void)state;
    seed = 13;
    nearest_scene(&s, 12, 3, 1);
    fill_scene(&s, 1, 0);
    s.with_quality = true;
    s.quality[0] = 199;
    invert(&s);
    for (size_t d = 0; d < 12; d++)
        expected[d] = s.series[d * s.stride];
    s.quality[0] = 255;
    invert(&s);
    for (size_t d = 0; d < 12; d++)
        assert_true(s.series[d * s.stride] == expected[d]);
    free_scene(&s);
}

/* Three dates, three pairs with equal weights: a closure error e leaves residuals e/3, e/3 and
 * -e/3. */
static void temporal_coherence_of_a_triangle_has_a_closed_form(void **state)
{
    const int32_t reference[] = {0, 0, 12}, secondary[] = {12, 24, 24};
    struct scene s;

    (void)state;
    make_scene(&s, 3, reference, secondary, 200);
    for (size_t p = 0; p < 200; p++) {
        s.phase[p] = (float)p;                                  /* 0 to 1 */
        s.phase[2 * s.stride + p] = 0.5f;                       /* 1 to 2 */
        s.phase[s.stride + p] = (float)p + 0.5f - (float)p / 4; /* 0 to 2, short by p/4 */
    }
    invert(&s);
    for (size_t p = 0; p < 200; p++) {
        double e = (double)p / 12;
        double expected = sqrt(pow(3 * cos(e), 2) + pow(sin(e), 2)) / 3;

        /* half a unit in the last place of a float below 1, and the 1e-8 of sine and cosine */
        assert_true(fabs((double)s.coherence[p] - expected) < 5e-8);
    }
    free_scene(&s);
}

static void temporal_coherence_counts_valid_pairs_only(void **state)
{
    struct scene s;
    double roots[IH_QUALITY_LEVELS];

    (void)state;
    seed = 14;
    nearest_scene(&s, 16, 4, 24);
    s.with_quality = true;
    fill_scene(&s, 6, 0.2);
    root_weights(&s, roots);
    invert(&s);
    for (size_t p = 0; p < 24; p++) {
        double x[MAX_DATES], c = 0, t = 0, n = 0;

        if (s.components[p] == 0)
            continue;
        oracle(&s, roots, p, x);
        for (size_t k = 0; k < s.network->n_pairs; k++) {
            double e = observation(&s, k, p) -
                       (x[s.network->secondary_index[k]] - x[s.network->reference_index[k]]);

            if (isnan(e))
                continue;
            c += cos(e);
            t += sin(e);
            n++;
        }
        assert_int_equal(s.valid[p], n);
        assert_true(fabs((double)s.coherence[p] - sqrt(c * c + t * t) / n) < 1e-7);
    }
    free_scene(&s);
}

static void residual_sums_are_those_of_the_solved_pixels(void **state)
{
    struct scene s;
    double squares[MAX_PAIRS] = {0};
    uint64_t count[MAX_PAIRS] = {0};
    double roots[IH_QUALITY_LEVELS];

    (void)state;
    seed = 15;
    nearest_scene(&s, 14, 3, 37);
    s.with_quality = true;
    fill_scene(&s, 2, 0.35);
    root_weights(&s, roots);
    invert(&s);
    for (size_t p = 0; p < 37; p++) {
        double x[MAX_DATES];

        if (s.components[p] == 0)
            continue;
        oracle(&s, roots, p, x);
        for (size_t k = 0; k < s.network->n_pairs; k++) {
            double e = observation(&s, k, p) -
                       (x[s.network->secondary_index[k]] - x[s.network->reference_index[k]]);

            if (isnan(e))
                continue;
            squares[k] += e * e;
            count[k]++;
        }
    }
    for (size_t k = 0; k < s.network->n_pairs; k++) {
        assert_int_equal(s.count[k], count[k]);
        /* double against double, through two different factorizations */
        assert_true(fabs(s.squares[k] - squares[k]) < 1e-9 * (1 + squares[k]));
    }
    free_scene(&s);
}

static void any_blocking_gives_the_same_bytes(void **state)
{
    static const size_t blocks[] = {1, 7, 16, 48, 64};
    struct scene s;
    size_t n;

    (void)state;
    seed = 16;
    nearest_scene(&s, 14, 3, 101);
    /* blocks that do not begin at a multiple of the lanes read past the end of a row by one group
     */
    n = s.stride;
    free(s.phase);
    free(s.quality);
    free(s.series);
    s.stride = n + IH_LANES;
    s.phase = calloc((s.network->n_pairs + 1) * s.stride, sizeof *s.phase);
    s.quality = calloc((s.network->n_pairs + 1) * s.stride, 1);
    s.series = calloc((14 + 1) * s.stride, sizeof *s.series);
    s.with_quality = true;
    fill_scene(&s, 2, 0.4);
    invert(&s);
    for (int b = 0; b < 5; b++) {
        float series[14 * 101], coherence[101];
        double squares[MAX_PAIRS];

        for (size_t d = 0; d < 14; d++)
            memcpy(series + d * 101, s.series + d * s.stride, 101 * sizeof *series);
        memcpy(coherence, s.coherence, sizeof coherence);
        memcpy(squares, s.squares, sizeof squares);
        invert_in_blocks(&s, blocks[b]);
        for (size_t d = 0; d < 14; d++)
            assert_memory_equal(series + d * 101, s.series + d * s.stride, 101 * sizeof *series);
        assert_memory_equal(coherence, s.coherence, sizeof coherence);
        assert_memory_equal(squares, s.squares, sizeof squares);
    }
    free_scene(&s);
}

/* What lies in the padding and in the neighbouring pixels must not matter. */
static void a_pixel_depends_on_itself_alone(void **state)
{
    struct scene s;
    float before[12];

    (void)state;
    seed = 17;
    nearest_scene(&s, 12, 3, 5);
    s.with_quality = true;
    fill_scene(&s, 2, 0);
    invert(&s);
    for (size_t d = 0; d < 12; d++)
        before[d] = s.series[d * s.stride + 3];
    for (size_t k = 0; k < s.network->n_pairs; k++)
        for (size_t p = 0; p < s.stride; p++)
            if (p != 3) {
                s.phase[k * s.stride + p] = p % 2 ? NAN : 3e38f;
                s.quality[k * s.stride + p] = 255;
            }
    invert(&s);
    for (size_t d = 0; d < 12; d++)
        assert_true(s.series[d * s.stride + 3] == before[d]);
    assert_no_solution(&s, 2);
    free_scene(&s);
}

/* Only operations that IEEE 754 defines to the last bit lead from these phases and coherence
 * weights to the result, so one checksum (FNV-1a) holds for every instruction set, compiler and
 * processor of little-endian order. */
static void every_instruction_set_gives_the_same_bytes(void **state)
{
    struct scene s;
    uint64_t hash = 0xcbf29ce484222325u;

    (void)state;
    seed = 19;
    nearest_scene(&s, 20, 4, 48);
    s.with_quality = true;
    s.options.weight = IH_WEIGHT_COHERENCE;
    for (size_t k = 0; k < s.network->n_pairs; k++)
        for (size_t p = 0; p < s.stride; p++) {
            s.phase[k * s.stride + p] =
                uniform() < 0.3 ? NAN : (float)(int)(20000 * uniform()) / 1024;
            s.quality[k * s.stride + p] = (uint8_t)(200 * uniform());
        }
    invert(&s);
    hash = checksum(hash, s.series, 20 * s.stride * sizeof *s.series);
    hash = checksum(hash, s.coherence, 48 * sizeof *s.coherence);
    hash = checksum(hash, s.squares, s.network->n_pairs * sizeof *s.squares);
    assert_int_equal(hash, 0x10cfd247cc12c1dc);
    free_scene(&s);
}

static void outputs_that_are_not_wanted_may_be_missing(void **state)
{
    struct scene s;
    ih_sbas_plan *plan;
    ih_sbas_workspace *ws;
    float expected[12 * 16];

    (void)state;
    seed = 18;
    nearest_scene(&s, 12, 3, 16);
    fill_scene(&s, 2, 0);
    invert(&s);
    memcpy(expected, s.series, sizeof expected);
    memset(s.series, 0, sizeof expected);
    assert_int_equal(ih_sbas_plan_new(s.network, &s.options, &plan, NULL), IH_OK);
    assert_int_equal(ih_sbas_workspace_new(plan, &ws, NULL), IH_OK);
    assert_true(ih_sbas_workspace_bytes(plan) > 12 * 16 * sizeof(double));
    assert_int_equal(
        ih_sbas_invert(plan, ws,
                       &(ih_sbas_input){.n_pixels = 16, .phase_rad = s.phase, .pair_stride = 16},
                       &(ih_sbas_output){.phase_rad = s.series, .date_stride = 16}, NULL),
        IH_OK);
    assert_memory_equal(expected, s.series, sizeof expected);
    ih_sbas_workspace_free(ws);
    ih_sbas_plan_free(plan);
    free_scene(&s);
}

static void impossible_arguments_are_refused(void **state)
{
    struct scene s;
    ih_sbas_options options = IH_SBAS_DEFAULTS;
    ih_sbas_plan *plan;
    ih_sbas_workspace *ws;
    ih_error err;
    ih_sbas_input in;
    ih_sbas_output out;

    (void)state;
    nearest_scene(&s, 12, 3, 17);
    options.looks = 0;
    assert_int_equal(ih_sbas_plan_new(s.network, &options, &plan, &err), IH_E_ARGUMENT);
    assert_null(plan);
    options.looks = 1;
    options.weight = (enum ih_weight)9;
    assert_int_equal(ih_sbas_plan_new(s.network, &options, &plan, &err), IH_E_ARGUMENT);

    options.weight = IH_WEIGHT_NONE;
    assert_int_equal(ih_sbas_plan_new(s.network, &options, &plan, &err), IH_OK);
    assert_int_equal(ih_sbas_workspace_new(plan, &ws, &err), IH_OK);
    in = (ih_sbas_input){.n_pixels = 17, .phase_rad = s.phase, .pair_stride = 32};
    out = (ih_sbas_output){.phase_rad = s.series, .date_stride = 17};
    assert_int_equal(ih_sbas_invert(plan, ws, &in, &out, &err), IH_E_ARGUMENT);
    out.date_stride = 32;
    in.pair_stride = 17;
    assert_int_equal(ih_sbas_invert(plan, ws, &in, &out, &err), IH_E_ARGUMENT);
    in.pair_stride = 32;
    in.quality = s.quality;
    assert_int_equal(ih_sbas_invert(plan, ws, &in, &out, &err), IH_E_ARGUMENT);
    in.quality = NULL;
    in.n_pixels = SIZE_MAX - 3;
    assert_int_equal(ih_sbas_invert(plan, ws, &in, &out, &err), IH_E_ARGUMENT);
    in.n_pixels = 17;
    in.phase_rad = NULL;
    assert_int_equal(ih_sbas_invert(plan, ws, &in, &out, &err), IH_E_ARGUMENT);
    ih_sbas_workspace_free(ws);
    ih_sbas_plan_free(plan);
    ih_sbas_workspace_free(NULL);
    ih_sbas_plan_free(NULL);
    free_scene(&s);
}

static void more_pairs_than_can_be_counted_are_refused(void **state)
{
    enum { N = 65536 };
    int32_t *reference = calloc(N, sizeof *reference), *secondary = calloc(N, sizeof *secondary);
    ih_sbas_options options = IH_SBAS_DEFAULTS;
    ih_network *network;
    ih_sbas_plan *plan;

    (void)state;
    for (int32_t k = 0; k < N; k++)
        secondary[k] = k + 1;
    assert_int_equal(ih_network_new(N, reference, secondary, NULL, &network, NULL), IH_OK);
    assert_int_equal(ih_sbas_plan_new(network, &options, &plan, NULL), IH_E_UNSUPPORTED);
    ih_network_free(network);
    free(reference);
    free(secondary);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_noise_free_network_gives_back_the_phases),
        cmocka_unit_test(weighted_solutions_agree_with_lapack),
        cmocka_unit_test(weights_replace_those_of_the_quality),
        cmocka_unit_test(solutions_with_gaps_agree_with_lapack),
        cmocka_unit_test(random_networks_agree_with_lapack),
        cmocka_unit_test(interleaved_networks_agree_with_lapack),
        cmocka_unit_test(pixels_cut_by_gaps_agree_with_lapack),
        cmocka_unit_test(a_lone_first_date_is_joined_like_any_part),
        cmocka_unit_test(a_date_without_pairs_leaves_no_solution),
        cmocka_unit_test(redundancy_is_demanded_of_every_date_but_the_first),
        cmocka_unit_test(one_pair_and_two_dates_are_enough),
        cmocka_unit_test(the_reference_phase_is_subtracted),
        cmocka_unit_test(a_pair_without_reference_phase_is_unused_everywhere),
        cmocka_unit_test(masked_pixels_are_skipped),
        cmocka_unit_test(coherence_0_everywhere_is_still_solved),
        cmocka_unit_test(qualities_beyond_the_last_level_count_as_the_last),
        cmocka_unit_test(temporal_coherence_of_a_triangle_has_a_closed_form),
        cmocka_unit_test(temporal_coherence_counts_valid_pairs_only),
        cmocka_unit_test(residual_sums_are_those_of_the_solved_pixels),
        cmocka_unit_test(any_blocking_gives_the_same_bytes),
        cmocka_unit_test(a_pixel_depends_on_itself_alone),
        cmocka_unit_test(every_instruction_set_gives_the_same_bytes),
        cmocka_unit_test(outputs_that_are_not_wanted_may_be_missing),
        cmocka_unit_test(impossible_arguments_are_refused),
        cmocka_unit_test(more_pairs_than_can_be_counted_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
