/* SPDX-License-Identifier: MIT */
#include "algorithms/observation.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "algorithms/phase_statistics.h"

enum { N = 37 }; /* no multiple of the lanes of any vector */

/* Every kind of value a file may hold, in all lanes. */
static float value_at(size_t i)
{
    static const float values[] = {0.0f,  -0.0f, 0.3f,     -0.2f,     1.0f,    1.5f,
                                   -9999, NAN,   INFINITY, -INFINITY, 0.9975f, 0.0025f};

    return values[i * 5 % (sizeof values / sizeof *values)];
}

static void phases_that_are_no_data_become_nan(void **state)
{
    float phase[N];
    uint64_t expected = 0;

    (void)state;
    for (size_t i = 0; i < N; i++)
        phase[i] = value_at(i);
    for (size_t i = 0; i < N; i++)
        expected += isfinite(value_at(i)) && value_at(i) != 0.0f && value_at(i) != -9999.0f;
    assert_int_equal(ih_clean_phase(N, phase, -9999.0f), expected);
    for (size_t i = 0; i < N; i++) {
        if (isfinite(value_at(i)) && value_at(i) != 0.0f && value_at(i) != -9999.0f)
            assert_true(phase[i] == value_at(i));
        else
            assert_true(isnan(phase[i]));
    }
}

static void coherence_is_clamped_and_counted_in_whole_numbers(void **state)
{
    float coherence[N];
    int32_t fixed[N];

    (void)state;
    for (size_t i = 0; i < N; i++)
        coherence[i] = value_at(i);
    ih_clean_coherence(N, coherence, fixed, -9999.0f);
    for (size_t i = 0; i < N; i++) {
        float v = value_at(i);

        if (!isfinite(v) || v == -9999.0f) {
            assert_true(isnan(coherence[i]));
            assert_int_equal(fixed[i], -1);
            continue;
        }
        v = v < 0 ? 0 : v > 1 ? 1 : v;
        assert_true(coherence[i] == v);
        assert_true((double)fixed[i] == floor((double)v * (double)IH_COHERENCE_ONE));
    }
}

static void without_no_data_every_finite_value_counts(void **state)
{
    float phase[3] = {-9999.0f, 1.0f, NAN}, coherence[2] = {-9999.0f, 0.5f};
    int32_t fixed[2];

    (void)state;
    assert_int_equal(ih_clean_phase(3, phase, NAN), 2);
    ih_clean_coherence(2, coherence, fixed, NAN);
    assert_int_equal(fixed[0], 0);
}

static void sums_count_what_is_known(void **state)
{
    float phase[N];
    int32_t fixed[N];
    uint64_t sum[N];
    uint16_t count[N], valid[N];
    const ih_pair_sums sums = {sum, count, valid};

    (void)state;
    for (size_t i = 0; i < N; i++) {
        phase[i] = i % 3 ? (float)i : NAN;
        fixed[i] = i % 4 ? (int32_t)i * 20000000 : -1;
        sum[i] = 5;
        count[i] = valid[i] = (uint16_t)i;
    }
    ih_pair_sums_add(&sums, N, phase, fixed);
    ih_pair_sums_add(&sums, N, phase, fixed);
    for (size_t i = 0; i < N; i++) {
        assert_true(sum[i] == 5 + (i % 4 ? 2 * (uint64_t)i * 20000000 : 0));
        assert_int_equal(count[i], i + (i % 4 ? 2 : 0));
        assert_int_equal(valid[i], i + (i % 3 ? 2 : 0));
    }
}

static void ranges_grow_and_count_values_beyond_the_bounds(void **state)
{
    static const float bounds[] = {-0.1f, 1.0f};
    ih_value_range range = {.lowest = INFINITY, .highest = -INFINITY};
    float values[N];
    uint64_t n_valid = 0, n_bad = 0;

    (void)state;
    for (size_t i = 0; i < N; i++) {
        values[i] = value_at(i);
        if (!isfinite(values[i]) || values[i] == -9999.0f)
            continue;
        n_valid++;
        n_bad += values[i] < bounds[0] || values[i] > bounds[1];
    }
    ih_value_range_add(&range, N, values, -9999.0f, bounds);
    ih_value_range_add(&range, 5, values, -9999.0f, bounds);
    for (size_t i = 0; i < 5; i++)
        if (isfinite(values[i]) && values[i] != -9999.0f) {
            n_valid++;
            n_bad += values[i] < bounds[0] || values[i] > bounds[1];
        }
    assert_true(range.n_valid == n_valid && n_valid > 0);
    assert_true(range.n_bad == n_bad && n_bad > 0);
    assert_true(range.lowest == -0.2f && range.highest == 1.5f);
    /* Nothing but no data changes nothing. */
    ih_value_range_add(&range, 0, values, -9999.0f, bounds);
    assert_true(range.n_valid == n_valid);
}

/* The level of a coherence c is the whole number below (c - 0.0025) / 0.005, and ends at 199. */
static void many_qualities_are_the_single_ones(void **state)
{
    enum { MANY = 100003 };
    float *coherence = malloc(MANY * sizeof *coherence);
    uint8_t *quality = malloc(MANY);

    (void)state;
    assert_non_null(coherence);
    assert_non_null(quality);
    for (size_t i = 0; i < MANY; i++)
        coherence[i] = i % 1000 == 7 ? NAN : (float)i / (MANY - 1) * 1.2f - 0.1f;
    ih_qualities_of_coherence(MANY, coherence, quality);
    for (size_t i = 0; i < MANY; i++) {
        double c = (double)coherence[i];
        int level = c > 0.0025 ? (int)((c - 0.0025) / 0.005) : 0;

        assert_int_equal(quality[i], coherence[i] >= 0.9975f ? 199 : level);
        assert_int_equal(quality[i], ih_quality_of_coherence(coherence[i]));
    }
    free(coherence);
    free(quality);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(phases_that_are_no_data_become_nan),
        cmocka_unit_test(coherence_is_clamped_and_counted_in_whole_numbers),
        cmocka_unit_test(without_no_data_every_finite_value_counts),
        cmocka_unit_test(sums_count_what_is_known),
        cmocka_unit_test(ranges_grow_and_count_values_beyond_the_bounds),
        cmocka_unit_test(many_qualities_are_the_single_ones),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
