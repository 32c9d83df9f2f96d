/* SPDX-License-Identifier: MIT */
#include "algorithms/phase_statistics.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void looks_of_the_three_hyp3_multilookings(void **state)
{
    (void)state;
    assert_true(ih_independent_looks(20, 4) == 41);
    assert_true(ih_independent_looks(10, 2) == 10);
    assert_true(ih_independent_looks(5, 1) == 3);
    assert_true(ih_independent_looks(1, 1) == 1);
}

/* Values computed with 60 digits; nine are given, so 1e-9 is what they can show. */
static void variance_agrees_with_extended_precision(void **state)
{
    static const int level[] = {0, 19, 49, 99, 139, 179, 189, 198, 199};
    static const double looks[] = {3, 10, 41, 80};
    static const double expected[9][4] = {
        {3.30792525921, 3.29474286326, 3.26538418608, 3.24250776791},
        {2.75428366887, 2.29146362462, 1.43293266604, 0.947725789769},
        {1.95929225290, 1.09782387670, 0.264009790597, 0.111458613383},
        {0.910612893015, 0.226855920655, 0.0394883526917, 0.0195410412463},
        {0.361847539709, 0.0636227116977, 0.0133121164906, 0.00669262192147},
        {0.0695495195403, 0.0135588242649, 0.0030124765245, 0.00152292050078},
        {0.0304182921008, 0.00634130923728, 0.00141855974375, 0.000717787886149},
        {0.00380485629663, 0.000839633501850, 0.000246362367019, 0.00017262260920},
        {0.00125251771029, 0.000308756963968, 0.000106536378577, 2.25156935172e-05}};
    double variance[IH_QUALITY_LEVELS];

    (void)state;
    for (int l = 0; l < 4; l++) {
        assert_int_equal(ih_phase_variance_table(looks[l], variance, NULL), IH_OK);
        for (int i = 0; i < 9; i++)
            assert_true(fabs(variance[level[i]] / expected[i][l] - 1) < 1e-9);
    }
}

/* A single look has closed forms: density at pi, and variance pi^2/3 - pi asin c + asin^2 c -
 * Li2(c^2)/2 (Bamler and Hartl 1998). The table is a sum of 200 samples 2 pi/199 apart, times 2
 * pi/200: by Euler and Maclaurin that is the integral, half a step of either end, and a twelfth of
 * the step squared times the slopes there; the next term is below 1e-6. */
static void variance_of_one_look_is_the_closed_form(void **state)
{
    double variance[IH_QUALITY_LEVELS], h = 2 * M_PI / 199;

    (void)state;
    assert_int_equal(ih_phase_variance_table(1, variance, NULL), IH_OK);
    for (int i = 0; i < 180; i++) {
        double c = 0.005 * (i + 1) - 0.0025, dilogarithm = 0, rest = 1 - c * c;
        double at_pi = rest / (2 * M_PI) * (1 / rest - c * acos(c) / pow(rest, 1.5));
        double integral;

        for (int k = 1; k < 2000; k++)
            dilogarithm += pow(c, 2 * k) / ((double)k * k);
        integral = M_PI * M_PI / 3 - M_PI * asin(c) + asin(c) * asin(c) - dilogarithm / 2;
        integral += h * M_PI * M_PI * at_pi + h * h / 12 * 4 * M_PI * at_pi;
        assert_true(fabs(variance[i] - integral * 199 / 200) < 1e-5);
    }
}

static void variance_falls_with_coherence_and_with_looks(void **state)
{
    double few[IH_QUALITY_LEVELS], many[IH_QUALITY_LEVELS];

    (void)state;
    assert_int_equal(ih_phase_variance_table(10, few, NULL), IH_OK);
    assert_int_equal(ih_phase_variance_table(41, many, NULL), IH_OK);
    for (int i = 0; i < IH_QUALITY_LEVELS; i++) {
        assert_true(few[i] > 0 && many[i] > 0 && many[i] < few[i]);
        assert_true(i == 0 || (few[i] < few[i - 1] && many[i] < many[i - 1]));
    }
}

static void looks_beyond_80_count_as_80(void **state)
{
    double a[IH_QUALITY_LEVELS], b[IH_QUALITY_LEVELS];

    (void)state;
    assert_int_equal(ih_phase_variance_table(80, a, NULL), IH_OK);
    assert_int_equal(ih_phase_variance_table(1e6, b, NULL), IH_OK);
    assert_memory_equal(a, b, sizeof a);
}

static void variance_weights_are_those_of_the_established_implementation(void **state)
{
    static const float coherence[] = {0,    0.05f, 0.2f,  0.25f,  0.5f,    0.7f,
                                      0.9f, 0.95f, 0.99f, 0.995f, 0.9975f, 1};
    static const float expected[] = {0.43539175f, 0.43539175f, 2.1455855f, 3.7877383f,
                                     25.323923f,  75.11954f,   331.9528f,  704.94037f,
                                     3003.915f,   4059.0615f,  9386.465f,  9386.465f};
    float weights[IH_QUALITY_LEVELS];

    (void)state;
    assert_int_equal(ih_weight_table(IH_WEIGHT_VARIANCE, 41, weights, NULL), IH_OK);
    for (int i = 0; i < 12; i++)
        assert_true(weights[ih_quality_of_coherence(coherence[i])] == expected[i]);
}

static void fisher_and_coherence_weights_follow_their_formulae(void **state)
{
    float fisher[IH_QUALITY_LEVELS], plain[IH_QUALITY_LEVELS], none[IH_QUALITY_LEVELS];

    (void)state;
    assert_int_equal(ih_weight_table(IH_WEIGHT_FISHER, 41, fisher, NULL), IH_OK);
    assert_int_equal(ih_weight_table(IH_WEIGHT_COHERENCE, 41, plain, NULL), IH_OK);
    assert_int_equal(ih_weight_table(IH_WEIGHT_NONE, 41, none, NULL), IH_OK);
    assert_true(fisher[ih_quality_of_coherence(0.5f)] == 27.333334f);
    assert_true(fisher[ih_quality_of_coherence(0.9f)] == 349.57886f);
    assert_true(fisher[ih_quality_of_coherence(1)] == 40938.51f);
    for (int i = 10; i < 200; i++) {
        float c = (float)(0.005 * i);

        assert_true(fabsf(plain[ih_quality_of_coherence(c)] - c) <= 0.0051f);
        assert_true(none[i] == 1);
    }
    assert_true(fabsf(plain[0] - 0.05f) < 1e-7f && plain[199] == 1);
}

/* At a quality level's own coherence the weight is that of the level. */
static void continuous_weights_pass_through_those_of_the_levels(void **state)
{
    (void)state;
    for (int w = IH_WEIGHT_COHERENCE; w <= IH_WEIGHT_FISHER; w++) {
        float levels[IH_QUALITY_LEVELS], at_levels[IH_QUALITY_LEVELS];
        float odd[] = {NAN, 0, 0.01f, 0.0512f, 0.9995f};

        assert_int_equal(ih_weight_table((enum ih_weight)w, 41, levels, NULL), IH_OK);
        for (int i = 0; i < IH_QUALITY_LEVELS; i++)
            at_levels[i] = (float)(0.005 * (i + 1));
        ih_weigh((enum ih_weight)w, 41, IH_QUALITY_LEVELS, at_levels);
        for (int i = 10; i < IH_QUALITY_LEVELS; i++)
            assert_true(at_levels[i] == levels[i]);
        ih_weigh((enum ih_weight)w, 41, 5, odd);
        assert_true(odd[0] == odd[1] && odd[1] == odd[2] && odd[2] < odd[3]);
    }
    {
        float c = 0.4f, f = 0.4f;

        ih_weigh(IH_WEIGHT_COHERENCE, 41, 1, &c);
        ih_weigh(IH_WEIGHT_FISHER, 41, 1, &f);
        assert_true(c == 0.4f);
        assert_true(fabs((double)f - 82 * 0.16 / 0.84) < 1e-5);
    }
}

/* The bin is found by truncation in double of what a float coherence holds. */
static void quality_is_the_bin_of_the_coherence(void **state)
{
    (void)state;
    assert_int_equal(ih_quality_of_coherence(NAN), 0);
    assert_int_equal(ih_quality_of_coherence(-3), 0);
    assert_int_equal(ih_quality_of_coherence(0.0025f), 0);
    assert_int_equal(ih_quality_of_coherence(0.25f), 49);
    assert_int_equal(ih_quality_of_coherence(0.5f), 99);
    assert_int_equal(ih_quality_of_coherence(0.9974f), 198);
    assert_int_equal(ih_quality_of_coherence(0.9975f), 199);
    assert_int_equal(ih_quality_of_coherence(1), 199);
    assert_int_equal(ih_quality_of_coherence(INFINITY), 199);
    for (int i = 0; i < 200; i++)
        assert_int_equal(ih_quality_of_coherence((float)(0.005 * (i + 1))), i);
}

static void impossible_looks_and_weightings_are_refused(void **state)
{
    double variance[IH_QUALITY_LEVELS];
    float weights[IH_QUALITY_LEVELS];
    ih_error err;

    (void)state;
    assert_int_equal(ih_phase_variance_table(0.5, variance, &err), IH_E_ARGUMENT);
    assert_int_equal(ih_phase_variance_table(NAN, variance, &err), IH_E_ARGUMENT);
    assert_int_equal(ih_phase_variance_table(INFINITY, variance, &err), IH_E_ARGUMENT);
    assert_int_equal(ih_weight_table((enum ih_weight)7, 41, weights, &err), IH_E_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(looks_of_the_three_hyp3_multilookings),
        cmocka_unit_test(variance_agrees_with_extended_precision),
        cmocka_unit_test(variance_of_one_look_is_the_closed_form),
        cmocka_unit_test(variance_falls_with_coherence_and_with_looks),
        cmocka_unit_test(looks_beyond_80_count_as_80),
        cmocka_unit_test(variance_weights_are_those_of_the_established_implementation),
        cmocka_unit_test(fisher_and_coherence_weights_follow_their_formulae),
        cmocka_unit_test(continuous_weights_pass_through_those_of_the_levels),
        cmocka_unit_test(quality_is_the_bin_of_the_coherence),
        cmocka_unit_test(impossible_looks_and_weightings_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
