/* SPDX-License-Identifier: MIT */
#include "algorithms/speckle.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

/* In double, and false for NaN. */
#define assert_near(value, expected, tolerance)                                                    \
    assert_true(fabs((double)(value) - (double)(expected)) <= (tolerance))

#define NX 600
#define NY 500
#define N  (NX * NY)

typedef struct {
    ih_speckle speckle;
    float *coherence;
    double phase_variance, mean_coherence, mean_power, power_variance, lag_1;
} sample;

static void take(sample *s, double looks, double coherence, int image)
{
    ih_random r = ih_random_stream(2024, 5, (uint64_t)(looks * 1000 + coherence * 100 + image));
    double phases = 0.0, coherences = 0.0, powers = 0.0, squares = 0.0, products = 0.0;

    *s = (sample){.coherence = malloc(N * sizeof(float))};
    assert_non_null(s->coherence);
    assert_int_equal(ih_speckle_new(N, &s->speckle, NULL), IH_OK);
    for (int i = 0; i < N; i++)
        s->coherence[i] = (float)coherence;
    if (image)
        assert_int_equal(
            ih_speckle_sample_image(&(ih_speckle_image){.nx = NX, .ny = NY, .looks = looks},
                                    s->coherence, &r, &s->speckle, NULL),
            IH_OK);
    else
        ih_speckle_sample(N, looks, s->coherence, &r, &s->speckle);
    for (size_t i = 0; i < N; i++) {
        double phase = ih_speckle_phase_rad(&s->speckle, i);
        double power = s->speckle.reference_power[i];
        phases += phase * phase;
        coherences += ih_speckle_coherence(&s->speckle, i);
        powers += power;
        squares += power * power;
        if (i % NX > 0)
            products += (power - 1.0) * (s->speckle.reference_power[i - 1] - 1.0);
    }
    s->phase_variance = phases / N;
    s->mean_coherence = coherences / N;
    s->mean_power = powers / N;
    s->power_variance = squares / N - s->mean_power * s->mean_power;
    s->lag_1 = products / N / s->power_variance;
}

static void drop(sample *s)
{
    ih_speckle_free(&s->speckle);
    free(s->coherence);
}

/* Phase variance by L and coherence as published tables of the multilook phase distribution (Tough
 * et al. 1995) give it. They are sums of 200 terms over 199 intervals, hence the factor. */
static const struct {
    double looks, coherence, variance;
} table[] = {
    {3, 0.2475, 1.95929225290},    {3, 0.6975, 0.361847539709},   {10, 0.0975, 2.29146362462},
    {10, 0.4975, 0.226855920655},  {10, 0.8975, 0.0135588242649}, {41, 0.2475, 0.264009790597},
    {41, 0.4975, 0.0394883526917},
};

static void phase_noise_has_the_variance_of_the_multilook_distribution(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        sample s;
        take(&s, table[i].looks, table[i].coherence, 0);
        /* 300000 samples: relative standard error of a variance 0.3 to 0.6 %. */
        assert_near(s.phase_variance / (table[i].variance * 200.0 / 199.0), 1.0, 0.02);
        drop(&s);
    }
}

static void smoothing_keeps_the_looks(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        sample s;
        take(&s, table[i].looks, table[i].coherence, 1);
        /* Exact only in the second moments of the matrices, and neighbours are correlated. */
        assert_near(s.phase_variance / table[i].variance, 1.0, 0.06);
        /* The power of L looks has the variance 1/L. */
        assert_near(s.mean_power, 1.0, 0.01);
        assert_near(s.power_variance * table[i].looks, 1.0, 0.03);
        drop(&s);
    }
}

static void neighbours_are_correlated_as_the_binomial_filter_makes_them(void **state)
{
    sample s;

    (void)state;
    take(&s, 41.0, 0.6, 1);
    /* Autocorrelation of (1/4, 1/2, 1/4) at lag 1: (1/8 + 1/8) / (3/8) = 2/3. */
    assert_near(s.lag_1, 2.0 / 3.0, 0.02);
    drop(&s);
}

/* Expected coherence estimate (Touzi et al. 1999): Gamma(L) Gamma(3/2) / Gamma(L + 1/2) * 3F2(3/2,
 * L, L; L + 1/2, 1; g^2) (1 - g^2)^L, by its series. */
static double expected_coherence(double looks, double g)
{
    double term = 1.0, sum = 1.0;

    for (int k = 0; k < 2000; k++) {
        term *= (1.5 + k) * (looks + k) * (looks + k) / ((looks + 0.5 + k) * (1.0 + k)) * g * g /
                (1.0 + k);
        sum += term;
    }
    return exp(lgamma(looks) + lgamma(1.5) - lgamma(looks + 0.5)) * sum * pow(1.0 - g * g, looks);
}

static void estimated_coherence_has_its_known_bias(void **state)
{
    const double looks[] = {3, 10, 41}, coherence[] = {0.0, 0.2, 0.5, 0.8};

    (void)state;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 4; j++) {
            sample s;
            take(&s, looks[i], coherence[j], 0);
            /* Standard error of the mean below 0.0005. */
            assert_near(s.mean_coherence, expected_coherence(looks[i], coherence[j]), 0.002);
            drop(&s);
        }
}

static void a_single_look_is_fully_coherent_by_estimate(void **state)
{
    sample s;

    (void)state;
    take(&s, 1.0, 0.3, 0);
    assert_near(s.mean_coherence, 1.0, 1e-6);
    drop(&s);
}

static void full_coherence_has_no_phase_noise(void **state)
{
    sample s;

    (void)state;
    take(&s, 10.0, 1.0, 1);
    assert_near(s.phase_variance, 0.0, 1e-10);
    assert_near(s.mean_coherence, 1.0, 1e-6);
    drop(&s);
}

static void the_expectation_has_the_true_coherence_and_no_phase(void **state)
{
    const float coherence[3] = {0.0f, 0.25f, 1.0f};
    ih_speckle s;

    (void)state;
    assert_int_equal(ih_speckle_new(3, &s, NULL), IH_OK);
    ih_speckle_expectation(3, coherence, &s);
    for (size_t i = 0; i < 3; i++) {
        assert_true(ih_speckle_coherence(&s, i) == coherence[i]);
        assert_true(ih_speckle_phase_rad(&s, i) == 0.0f);
    }
    ih_speckle_free(&s);
}

static void windows_estimate_as_their_plain_sums_do(void **state)
{
    enum { WX = 9, WY = 7, HALF = 2 };
    float coherence[WX * WY], window[WX * WY];
    ih_random r = ih_random_stream(1, 2, 3);
    ih_speckle s;

    (void)state;
    for (int i = 0; i < WX * WY; i++)
        coherence[i] = 0.4f;
    assert_int_equal(ih_speckle_new(WX * WY, &s, NULL), IH_OK);
    ih_speckle_sample(WX * WY, 3.0, coherence, &r, &s);
    assert_int_equal(ih_speckle_window_coherence(&s, &(ih_speckle_image){.nx = WX, .ny = WY}, HALF,
                                                 window, NULL),
                     IH_OK);
    for (int y = 0; y < WY; y++)
        for (int x = 0; x < WX; x++) {
            double re = 0, im = 0, p1 = 0, p2 = 0;
            for (int v = y - HALF; v <= y + HALF; v++)
                for (int u = x - HALF; u <= x + HALF; u++)
                    if (v >= 0 && v < WY && u >= 0 && u < WX) {
                        re += s.real[v * WX + u];
                        im += s.imaginary[v * WX + u];
                        p1 += s.reference_power[v * WX + u];
                        p2 += s.secondary_power[v * WX + u];
                    }
            assert_near(window[y * WX + x], sqrt((re * re + im * im) / (p1 * p2)), 1e-5);
        }
    ih_speckle_free(&s);
}

static int no_more(double done, const char *what, void *data)
{
    int *calls = data;

    (void)what;
    (void)done;
    return --*calls > 0;
}

/* Every row of every pass asks: sampling, eight directions of smoothing, windows. */
static void each_pass_over_an_image_can_be_stopped(void **state)
{
    enum { SIDE = 20, PASSES = 9 };
    static float coherence[SIDE * SIDE];
    int calls = 0;
    const ih_speckle_image image = {
        .nx = SIDE, .ny = SIDE, .looks = 41, .progress = no_more, .progress_data = &calls};
    ih_speckle s;

    (void)state;
    assert_int_equal(ih_speckle_new(SIDE * SIDE, &s, NULL), IH_OK);
    for (int stop = 1; stop <= PASSES * SIDE + 1; stop += SIDE / 2) {
        ih_random r = ih_random_stream(1, 2, 3);

        calls = stop;
        assert_int_equal(ih_speckle_sample_image(&image, coherence, &r, &s, NULL),
                         stop <= PASSES * SIDE ? IH_E_CANCELLED : IH_OK);
    }
    calls = 3;
    assert_int_equal(ih_speckle_window_coherence(&s, &image, 1, coherence, NULL), IH_E_CANCELLED);
    ih_speckle_free(&s);
}

static void less_than_one_look_is_refused(void **state)
{
    float coherence = 0.5f;
    ih_random r = ih_random_stream(1, 2, 3);
    ih_speckle s;
    ih_error err;

    (void)state;
    assert_int_equal(ih_speckle_new(1, &s, NULL), IH_OK);
    assert_int_equal(ih_speckle_sample_image(&(ih_speckle_image){.nx = 1, .ny = 1, .looks = 0.5},
                                             &coherence, &r, &s, &err),
                     IH_E_ARGUMENT);
    assert_int_equal(ih_speckle_sample_image(&(ih_speckle_image){.nx = 1, .ny = 1, .looks = 41.0},
                                             &coherence, &r, &s, &err),
                     IH_OK);
    ih_speckle_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(phase_noise_has_the_variance_of_the_multilook_distribution),
        cmocka_unit_test(smoothing_keeps_the_looks),
        cmocka_unit_test(neighbours_are_correlated_as_the_binomial_filter_makes_them),
        cmocka_unit_test(estimated_coherence_has_its_known_bias),
        cmocka_unit_test(a_single_look_is_fully_coherent_by_estimate),
        cmocka_unit_test(full_coherence_has_no_phase_noise),
        cmocka_unit_test(the_expectation_has_the_true_coherence_and_no_phase),
        cmocka_unit_test(windows_estimate_as_their_plain_sums_do),
        cmocka_unit_test(less_than_one_look_is_refused),
        cmocka_unit_test(each_pass_over_an_image_can_be_stopped),
    };
    return cmocka_run_group_tests_name("speckle", tests, NULL, NULL);
}
