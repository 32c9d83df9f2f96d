/* SPDX-License-Identifier: MIT */
#include "algorithms/cyclic_ramp.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { N = 64 };

static const ih_cyclic_ramp uniform[] = {IH_CYCLIC_RAMP_HUE, IH_CYCLIC_RAMP_EVEN,
                                         IH_CYCLIC_RAMP_BLUE_RED};

static double linear(uint8_t byte)
{
    double c = byte / 255.0;

    return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

/* CIE L*a*b* of D65, not the space the ramps are made in. */
static void to_cielab(const uint8_t *rgb, double *lab)
{
    static const double matrix[3][3] = {{0.4123908, 0.3575843, 0.1804808},
                                        {0.2126390, 0.7151687, 0.0721923},
                                        {0.0193308, 0.1191948, 0.9505322}};
    static const double white[3] = {0.9504559, 1.0, 1.0890578};
    double f[3];

    for (int i = 0; i < 3; i++) {
        double t = 0;

        for (int k = 0; k < 3; k++)
            t += matrix[i][k] * linear(rgb[k]);
        t /= white[i];
        f[i] = t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116;
    }
    lab[0] = 116 * f[1] - 16;
    lab[1] = 500 * (f[0] - f[1]);
    lab[2] = 200 * (f[1] - f[2]);
}

/* Oklab after its definition, from sRGB: the way back from that of the ramps. */
static void to_oklab(const uint8_t *rgb, double *lab)
{
    double r = linear(rgb[0]), g = linear(rgb[1]), b = linear(rgb[2]);
    double l = cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
    double m = cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
    double s = cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);

    lab[0] = 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s;
    lab[1] = 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s;
    lab[2] = 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s;
}

typedef void transformation(const uint8_t *rgb, double *lab);

/* Least and largest distance of neighbours, the last and the first included. */
static void steps(const uint8_t *colours, transformation *transform, double *least, double *most)
{
    *least = INFINITY;
    *most = 0;
    for (int i = 0; i < N; i++) {
        double x[3], y[3], distance;

        transform(colours + 3 * i, x);
        transform(colours + 3 * ((i + 1) % N), y);
        distance = sqrt(pow(x[0] - y[0], 2) + pow(x[1] - y[1], 2) + pow(x[2] - y[2], 2));
        *least = fmin(*least, distance);
        *most = fmax(*most, distance);
    }
}

static void uniform_ramps_have_equal_steps_all_the_way_round(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof uniform / sizeof *uniform; i++) {
        uint8_t colours[3 * N];
        double least, most;

        ih_cyclic_ramp_colours(uniform[i], N, 0.5, colours);
        steps(colours, to_oklab, &least, &most);
        /* A step is 0.012 to 0.024, and rounding to bytes moves a colour by some 0.001; a colour
         * cut at the bounds of sRGB would show as well. */
        assert_true(least > 0.01 && most < 1.35 * least);
        /* In CIE L*a*b*, which judges blues and dark colours differently, the steps of the
         * notebook's ramp differ more than tenfold. */
        steps(colours, to_cielab, &least, &most);
        assert_true(most < 3.3 * least);
    }
}

static void the_notebooks_ramp_is_far_from_uniform(void **state)
{
    uint8_t colours[3 * N];
    double least, most;

    (void)state;
    ih_cyclic_ramp_colours(IH_CYCLIC_RAMP_NOTEBOOK, N, 0.5, colours);
    steps(colours, to_oklab, &least, &most);
    assert_true(most > 2.5 * least);
}

static void the_notebooks_ramp_passes_blue_red_yellow_green(void **state)
{
    static const uint8_t expected[] = {0, 0, 255, 255, 0, 0, 255, 255, 0, 0, 255, 0};
    uint8_t colours[12], between[24];

    (void)state;
    ih_cyclic_ramp_colours(IH_CYCLIC_RAMP_NOTEBOOK, 4, 0, colours);
    assert_memory_equal(colours, expected, sizeof expected);
    ih_cyclic_ramp_colours(IH_CYCLIC_RAMP_NOTEBOOK, 8, 0, between);
    assert_int_equal(between[3], 128); /* half way from blue to red */
    assert_int_equal(between[5], 128);
}

static void the_even_ramp_has_one_lightness(void **state)
{
    uint8_t colours[3 * N];

    (void)state;
    ih_cyclic_ramp_colours(IH_CYCLIC_RAMP_EVEN, N, 0, colours);
    for (int i = 0; i < N; i++) {
        double lab[3];

        to_oklab(colours + 3 * i, lab);
        assert_true(fabs(lab[0] - 0.75) < 0.004);
    }
}

static void blue_red_is_light_at_zero_and_dark_at_the_ends(void **state)
{
    uint8_t colours[12];
    double ends[3], blue[3], zero[3], red[3];

    (void)state;
    ih_cyclic_ramp_colours(IH_CYCLIC_RAMP_BLUE_RED, 4, 0, colours);
    to_cielab(colours, ends);
    to_cielab(colours + 3, blue);
    to_cielab(colours + 6, zero);
    to_cielab(colours + 9, red);
    assert_true(ends[0] < 20 && zero[0] > 80);
    assert_true(fabs(blue[0] - red[0]) < 12);
    assert_true(colours[5] > colours[3] + 80 && colours[9] > colours[11] + 80);
    assert_true(blue[2] < -20 && red[1] > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uniform_ramps_have_equal_steps_all_the_way_round),
        cmocka_unit_test(the_notebooks_ramp_is_far_from_uniform),
        cmocka_unit_test(the_notebooks_ramp_passes_blue_red_yellow_green),
        cmocka_unit_test(the_even_ramp_has_one_lightness),
        cmocka_unit_test(blue_red_is_light_at_zero_and_dark_at_the_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
