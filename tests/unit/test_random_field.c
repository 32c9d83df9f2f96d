/* SPDX-License-Identifier: MIT */
#include "algorithms/fft.h"
#include "algorithms/random_field.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* In double, and false for NaN. */
#define assert_near(value, expected, tolerance)                                                    \
    assert_true(fabs((double)(value) - (double)(expected)) <= (tolerance))

static const double pi = 3.14159265358979323846;

static void the_transform_equals_the_defining_sum(void **state)
{
    enum { NX = 8, NY = 4 };
    ih_complex data[NX * NY], given[NX * NY];
    ih_random r = ih_random_stream(1, 1, 1);

    (void)state;
    for (int i = 0; i < NX * NY; i++)
        data[i] = given[i] = (ih_complex){ih_random_normal(&r), ih_random_normal(&r)};
    assert_int_equal(ih_fft_2d(NX, NY, -1, data, NULL), IH_OK);
    for (int v = 0; v < NY; v++)
        for (int u = 0; u < NX; u++) {
            double re = 0.0, im = 0.0;
            for (int y = 0; y < NY; y++)
                for (int x = 0; x < NX; x++) {
                    double angle = -2.0 * pi * ((double)u * x / NX + (double)v * y / NY);
                    ih_complex g = given[y * NX + x];
                    re += g.re * cos(angle) - g.im * sin(angle);
                    im += g.re * sin(angle) + g.im * cos(angle);
                }
            assert_near(data[v * NX + u].re, re, 1e-12);
            assert_near(data[v * NX + u].im, im, 1e-12);
        }
}

static void forward_and_backward_give_the_data_times_their_number(void **state)
{
    ih_complex data[64 * 16], given[64 * 16];
    ih_random r = ih_random_stream(1, 1, 2);

    (void)state;
    for (int i = 0; i < 64 * 16; i++)
        data[i] = given[i] = (ih_complex){ih_random_normal(&r), ih_random_normal(&r)};
    assert_int_equal(ih_fft_2d(64, 16, -1, data, NULL), IH_OK);
    assert_int_equal(ih_fft_2d(64, 16, 1, data, NULL), IH_OK);
    for (int i = 0; i < 64 * 16; i++) {
        assert_near(data[i].re, 1024.0 * given[i].re, 1e-10);
        assert_near(data[i].im, 1024.0 * given[i].im, 1e-10);
    }
}

static void sides_that_are_no_powers_of_two_are_refused(void **state)
{
    ih_complex data[12];
    ih_error err;

    (void)state;
    assert_int_equal(ih_fft_2d(3, 4, 1, data, &err), IH_E_ARGUMENT);
    assert_int_equal(ih_fft_2d(4, 0, 1, data, &err), IH_E_ARGUMENT);
    assert_int_equal(ih_fft_size(1), 1);
    assert_int_equal(ih_fft_size(5), 8);
    assert_int_equal(ih_fft_size(8), 8);
    assert_int_equal(ih_fft_size(SIZE_MAX), 0);
}

/* Power of rows at frequency k of n, by the defining sum; the Hann window keeps the crop's ends
 * from leaking. */
static double row_power(const float *field, int n, int rows, int k)
{
    double power = 0.0;

    for (int y = 0; y < rows; y++) {
        double re = 0.0, im = 0.0;
        for (int x = 0; x < n; x++) {
            double window = 0.5 - 0.5 * cos(2.0 * pi * x / n);
            re += window * field[y * n + x] * cos(2.0 * pi * k * x / n);
            im += window * field[y * n + x] * sin(2.0 * pi * k * x / n);
        }
        power += re * re + im * im;
    }
    return power;
}

static void turbulence_falls_along_a_line_with_the_power_of_minus_eight_thirds(void **state)
{
    enum { N = 256, FIELDS = 6 };
    const int k[] = {6, 8, 11, 16, 22, 32, 44};
    double power[7] = {0}, sx = 0, sy = 0, sxx = 0, sxy = 0;
    const ih_random_field_spec spec = {.nx = N, .ny = N, .exponent = IH_TURBULENCE_EXPONENT};
    float *field = malloc(N * N * sizeof *field);

    (void)state;
    assert_non_null(field);
    for (int f = 0; f < FIELDS; f++) {
        ih_random r = ih_random_stream(5, 1, (uint64_t)f);
        assert_int_equal(ih_random_field_make(&spec, &r, field, NULL), IH_OK);
        for (int i = 0; i < 7; i++)
            power[i] += row_power(field, N, N, k[i]);
    }
    for (int i = 0; i < 7; i++) {
        double x = log(k[i]), y = log(power[i]);
        sx += x;
        sy += y;
        sxx += x * x;
        sxy += x * y;
    }
    double slope = (7 * sxy - sx * sy) / (7 * sxx - sx * sx);
    /* Six fields of 256 rows, of which perhaps 60 are independent, leave some hundredths of error.
     */
    assert_near(slope, -8.0 / 3.0, 0.12);
    free(field);
}

static void fields_have_zero_mean_and_unit_variance(void **state)
{
    enum { NX = 37, NY = 61 };
    const ih_random_field_spec spec = {
        .nx = NX, .ny = NY, .exponent = -3.0, .longest_px = 20.0, .shortest_px = 1.0};
    float field[NX * NY];
    double sum = 0.0, squares = 0.0;
    ih_random r = ih_random_stream(5, 1, 0);

    (void)state;
    assert_int_equal(ih_random_field_make(&spec, &r, field, NULL), IH_OK);
    for (int i = 0; i < NX * NY; i++) {
        sum += field[i];
        squares += (double)field[i] * field[i];
    }
    assert_near(sum / (NX * NY), 0.0, 1e-6);
    assert_near(squares / (NX * NY), 1.0, 1e-5);
}

static void opposite_sides_are_not_alike(void **state)
{
    enum { NX = 128, NY = 128 };
    const ih_random_field_spec spec = {
        .nx = NX, .ny = NY, .exponent = -11.0 / 3.0, .longest_px = 30};
    float *field = malloc(NX * NY * sizeof *field);
    double wrapped = 0.0, next = 0.0;
    ih_random r = ih_random_stream(5, 3, 0);

    (void)state;
    assert_non_null(field);
    assert_int_equal(ih_random_field_make(&spec, &r, field, NULL), IH_OK);
    for (int y = 0; y < NY; y++) {
        wrapped += pow(field[y * NX] - field[y * NX + NX - 1], 2) / NY;
        next += pow(field[y * NX] - field[y * NX + 1], 2) / NY;
    }
    /* A field without surplus would have the same difference across the seam as between neighbours.
     */
    assert_true(wrapped > 20.0 * next);
    free(field);
}

static void large_fields_are_interpolated_without_seams(void **state)
{
    enum { NX = 4000, NY = 3 };
    const ih_random_field_spec spec = {.nx = NX, .ny = NY, .exponent = -11.0 / 3.0};
    float *field = malloc(NX * NY * sizeof *field);
    double largest = 0.0;
    ih_random r = ih_random_stream(5, 4, 0);

    (void)state;
    assert_non_null(field);
    assert_int_equal(ih_random_field_make(&spec, &r, field, NULL), IH_OK);
    for (int x = 1; x < NX; x++)
        largest = fmax(largest, fabs(field[x] - field[x - 1]));
    assert_true(largest > 0.0 && largest < 0.5);
    free(field);
}

static void empty_and_rising_spectra_are_refused(void **state)
{
    const ih_random_field_spec empty = {.nx = 0, .ny = 5, .exponent = -3};
    const ih_random_field_spec rising = {.nx = 5, .ny = 5, .exponent = 1};
    float field[25];
    ih_random r = ih_random_stream(1, 1, 1);

    (void)state;
    assert_int_equal(ih_random_field_make(&empty, &r, field, NULL), IH_E_ARGUMENT);
    assert_int_equal(ih_random_field_make(&rising, &r, field, NULL), IH_E_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_transform_equals_the_defining_sum),
        cmocka_unit_test(forward_and_backward_give_the_data_times_their_number),
        cmocka_unit_test(sides_that_are_no_powers_of_two_are_refused),
        cmocka_unit_test(turbulence_falls_along_a_line_with_the_power_of_minus_eight_thirds),
        cmocka_unit_test(fields_have_zero_mean_and_unit_variance),
        cmocka_unit_test(opposite_sides_are_not_alike),
        cmocka_unit_test(large_fields_are_interpolated_without_seams),
        cmocka_unit_test(empty_and_rising_spectra_are_refused),
    };
    return cmocka_run_group_tests_name("random_field", tests, NULL, NULL);
}
