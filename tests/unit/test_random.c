/* SPDX-License-Identifier: MIT */
#include "algorithms/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* In double, and false for NaN. */
#define assert_near(value, expected, tolerance)                                                    \
    assert_true(fabs((double)(value) - (double)(expected)) <= (tolerance))

#define N 400000

typedef struct {
    double mean, variance, skewness;
} moments;

/* Moments of N values; gamma variates when shape > 0, else normal ones, uniform ones when shape <
 * 0. */
static moments sample(double shape)
{
    ih_random r = ih_random_stream(11, 1, (uint64_t)(100.0 * fabs(shape)));
    double sum = 0.0, squares = 0.0, cubes = 0.0;
    moments m;

    for (int i = 0; i < N; i++) {
        double x = shape > 0.0   ? ih_random_gamma(&r, shape)
                   : shape < 0.0 ? ih_random_uniform(&r)
                                 : ih_random_normal(&r);
        sum += x;
        squares += x * x;
        cubes += x * x * x;
    }
    m.mean = sum / N;
    m.variance = squares / N - m.mean * m.mean;
    m.skewness =
        (cubes / N - 3.0 * m.mean * squares / N + 2.0 * pow(m.mean, 3)) / pow(m.variance, 1.5);
    return m;
}

/* Five standard errors of a mean of N values. */
static double five_errors(double standard_deviation)
{
    return 5.0 * standard_deviation / sqrt(N);
}

static void uniform_values_fill_the_unit_interval(void **state)
{
    moments m = sample(-1.0);

    (void)state;
    assert_near(m.mean, 0.5, five_errors(sqrt(1.0 / 12.0)));
    /* The variance of (x - 1/2)^2 is 1/180. */
    assert_near(m.variance, 1.0 / 12.0, five_errors(sqrt(1.0 / 180.0)));
}

static void normal_values_have_the_moments_of_the_normal_distribution(void **state)
{
    moments m = sample(0.0);

    (void)state;
    assert_near(m.mean, 0.0, five_errors(1.0));
    assert_near(m.variance, 1.0, five_errors(sqrt(2.0)));
    assert_near(m.skewness, 0.0, five_errors(sqrt(6.0)));
}

static void gamma_values_have_mean_variance_and_skewness_of_their_shape(void **state)
{
    const double shapes[] = {0.3, 1.0, 1.4, 5.77, 40.0};

    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        double k = shapes[i];
        moments m = sample(k);
        /* Central moments of the gamma distribution: k, k, 2 k, 3 k^2 + 6 k. */
        assert_near(m.mean, k, five_errors(sqrt(k)));
        assert_near(m.variance, k, five_errors(sqrt(2.0 * k * k + 6.0 * k)));
        assert_near(m.skewness, 2.0 / sqrt(k), 0.08 * (1.0 + 2.0 / sqrt(k)));
    }
}

static void the_median_of_normal_values_is_zero_and_tails_are_right(void **state)
{
    ih_random r = ih_random_stream(3, 2, 1);
    int above_zero = 0, above_two = 0;

    (void)state;
    for (int i = 0; i < N; i++) {
        double x = ih_random_normal(&r);
        above_zero += x > 0.0;
        above_two += x > 2.0;
    }
    assert_near((double)above_zero / N, 0.5, five_errors(0.5));
    assert_near((double)above_two / N, 0.5 * erfc(sqrt(2.0)), five_errors(0.15));
}

static void a_stream_repeats_itself(void **state)
{
    ih_random a = ih_random_stream(42, 7, 9), b = ih_random_stream(42, 7, 9);

    (void)state;
    for (int i = 0; i < 100; i++)
        assert_true(ih_random_bits(&a) == ih_random_bits(&b));
}

static void seed_purpose_and_index_each_make_another_stream(void **state)
{
    const uint64_t keys[][3] = {{1, 2, 3}, {2, 2, 3}, {1, 3, 3}, {1, 2, 4},
                                {1, 3, 2}, {3, 2, 1}, {2, 1, 3}};
    uint64_t first[7];

    (void)state;
    for (int i = 0; i < 7; i++) {
        ih_random r = ih_random_stream(keys[i][0], keys[i][1], keys[i][2]);
        first[i] = ih_random_bits(&r);
        for (int j = 0; j < i; j++)
            assert_true(first[i] != first[j]);
    }
}

static void neighbouring_streams_are_not_correlated(void **state)
{
    ih_random a = ih_random_stream(1, 5, 10), b = ih_random_stream(1, 5, 11);
    double product = 0.0;

    (void)state;
    for (int i = 0; i < N; i++)
        product += ih_random_normal(&a) * ih_random_normal(&b);
    assert_near(product / N, 0.0, five_errors(1.0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uniform_values_fill_the_unit_interval),
        cmocka_unit_test(normal_values_have_the_moments_of_the_normal_distribution),
        cmocka_unit_test(gamma_values_have_mean_variance_and_skewness_of_their_shape),
        cmocka_unit_test(the_median_of_normal_values_is_zero_and_tails_are_right),
        cmocka_unit_test(a_stream_repeats_itself),
        cmocka_unit_test(seed_purpose_and_index_each_make_another_stream),
        cmocka_unit_test(neighbouring_streams_are_not_correlated),
    };
    return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
