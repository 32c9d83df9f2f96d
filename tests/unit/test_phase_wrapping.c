/* SPDX-License-Identifier: MIT */
#include "algorithms/phase_wrapping.h"

#include <complex.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "algorithms/random.h"

#define WAVELENGTH_M 0.055465764662349676

static void turns_lie_in_the_half_open_cycle_and_differ_by_whole_cycles(void **state)
{
    (void)state;
    for (int i = -4000; i <= 4000; i++) {
        double cycles = i * 0.037, turn = ih_wrap_turns(cycles);

        assert_true(turn >= -0.5 && turn < 0.5);
        /* 148 cycles in double have a spacing of 3e-14. */
        assert_true(fabs(cycles - turn - round(cycles - turn)) < 1e-12);
    }
    assert_true(ih_wrap_turns(0.5) == -0.5 && ih_wrap_turns(-0.5) == -0.5);
    assert_true(ih_wrap_turns(nextafter(0.5, 0)) < 0.5);
    assert_true(ih_wrap_turns(nextafter(-0.5, -1)) < 0.5);
}

static void what_is_not_finite_has_no_turn(void **state)
{
    double values[] = {NAN, INFINITY, -INFINITY, 1.25}, turns[4];
    float floats[4];
    uint8_t classes[4];

    (void)state;
    ih_wrap_values(values, NULL, 4, 1, turns);
    ih_turns_to_floats(turns, 4, 2 * M_PI, floats);
    ih_turns_to_classes(turns, 4, classes);
    for (int i = 0; i < 3; i++)
        assert_true(isnan(turns[i]) && isnan(floats[i]) && classes[i] == 0);
    assert_true(turns[3] == 0.25 && classes[3] != 0);
}

/* Against the angle of the complex exponential, for 40 m of displacement both ways. */
static void a_wrapped_displacement_is_the_angle_of_its_exponential(void **state)
{
    (void)state;
    for (int i = -2000; i <= 2000; i++) {
        double d = i * 0.0201, phase = -4 * M_PI * d / WAVELENGTH_M, turn;
        double complex difference;
        float wrapped;

        ih_wrap_values(&d, NULL, 1, -2 / WAVELENGTH_M, &turn);
        ih_turns_to_floats(&turn, 1, 2 * M_PI, &wrapped);
        assert_true((double)wrapped >= -M_PI && (double)wrapped < M_PI);
        difference = cexp(I * phase) * cexp(-I * (double)wrapped);
        /* Half the spacing of floats near pi is 1.2e-7; at a bound a value moves by one. */
        assert_true(fabs(carg(difference)) < 1e-6);
    }
}

static void a_fringe_is_half_a_wavelength(void **state)
{
    double d[9], turns[9];

    (void)state;
    for (int i = 0; i < 9; i++)
        d[i] = 0.003 + (i - 4) * WAVELENGTH_M / 2;
    ih_wrap_values(d, NULL, 9, -2 / WAVELENGTH_M, turns);
    for (int i = 0; i < 9; i++)
        assert_true(fabs(turns[i] - turns[4]) < 1e-14);
    assert_true(fabs(turns[4] + 0.003 / (WAVELENGTH_M / 2)) < 1e-15);
}

static void differences_are_wrapped_after_subtraction(void **state)
{
    const double later[] = {3.4, -7.25, NAN, 1}, earlier[] = {1.15, -7.0, 1, NAN};
    double turns[4];

    (void)state;
    ih_wrap_values(later, earlier, 4, 1, turns);
    assert_true(fabs(turns[0] - 0.25) < 1e-12 && turns[1] == -0.25);
    assert_true(isnan(turns[2]) && isnan(turns[3]));
}

static void classes_divide_the_cycle_into_equal_parts(void **state)
{
    enum { N = 255 * 40 };
    int count[256] = {0};

    (void)state;
    for (int i = 0; i < N; i++) {
        double turn = (i + 0.5) / N - 0.5;
        uint8_t class;

        ih_turns_to_classes(&turn, 1, &class);
        count[class]++;
        assert_int_equal(class, i / 40 + 1);
    }
    assert_int_equal(count[0], 0);
    for (int i = 1; i < 256; i++)
        assert_int_equal(count[i], 40);
}

/* Whole factors against plain sums of exponentials. */
static void whole_factors_average_exponentials(void **state)
{
    enum { NX = 21, NY = 12, FX = 3, FY = 4 };
    const ih_phase_averaging averaging = {NX, NY, NX / FX, NY / FY, FX, FY, 0};
    double turns[NY * NX], averaged[NX / FX * (NY / FY)];
    ih_random random = ih_random_stream(7, 1, 0);

    (void)state;
    for (size_t i = 0; i < NX * NY; i++)
        turns[i] = i % 11 == 5 ? NAN : ih_random_uniform(&random) - 0.5;
    assert_int_equal(ih_phase_average(&averaging, turns, 0, NY / FY, averaged, NULL), IH_OK);
    for (int y = 0; y < NY / FY; y++)
        for (int x = 0; x < NX / FX; x++) {
            double complex sum = 0;

            for (int k = 0; k < FX * FY; k++) {
                double turn = turns[(y * FY + k / FX) * NX + x * FX + k % FX];

                if (!isnan(turn))
                    sum += cexp(2 * M_PI * I * turn);
            }
            assert_true(fabs(averaged[y * (NX / FX) + x] - carg(sum) / (2 * M_PI)) < 1e-12);
        }
}

static void the_mean_of_two_phases_beside_the_jump_is_at_the_jump(void **state)
{
    const ih_phase_averaging averaging = {2, 1, 1, 1, 2, 1, 0};
    const double turns[] = {-0.49, 0.48};
    double mean;

    (void)state;
    assert_int_equal(ih_phase_average(&averaging, turns, 0, 1, &mean, NULL), IH_OK);
    assert_true(fabs(mean - 0.495) < 1e-12);
}

/* 5 pixels to 2 cells: the third is shared half and half. */
static void a_pixel_across_the_border_of_two_cells_counts_in_both_by_its_share(void **state)
{
    const ih_phase_averaging averaging = {5, 5, 2, 2, 2.5, 2.5, 0};
    const double weight[2][5] = {{1, 1, 0.5, 0, 0}, {0, 0, 0.5, 1, 1}};
    double turns[25], averaged[4];

    (void)state;
    for (int i = 0; i < 25; i++)
        turns[i] = ih_wrap_turns(i * i * 0.013);
    assert_int_equal(ih_phase_average(&averaging, turns, 0, 2, averaged, NULL), IH_OK);
    for (int cell = 0; cell < 4; cell++) {
        double complex sum = 0;

        for (int i = 0; i < 25; i++)
            sum +=
                weight[cell / 2][i / 5] * weight[cell % 2][i % 5] * cexp(2 * M_PI * I * turns[i]);
        assert_true(fabs(averaged[cell] - carg(sum) / (2 * M_PI)) < 1e-12);
    }
}

static void rows_of_a_result_can_be_made_one_by_one(void **state)
{
    enum { NX = 17, NY = 23, OUT_NX = 5, OUT_NY = 7 };
    const ih_phase_averaging averaging = {
        NX, NY, OUT_NX, OUT_NY, (double)NX / OUT_NX, (double)NY / OUT_NY, 0};
    double turns[NY * NX], whole[OUT_NY * OUT_NX], row[OUT_NX];

    (void)state;
    for (int i = 0; i < NX * NY; i++)
        turns[i] = ih_wrap_turns(i * 0.0173);
    assert_int_equal(ih_phase_average(&averaging, turns, 0, OUT_NY, whole, NULL), IH_OK);
    for (size_t y = 0; y < OUT_NY; y++) {
        size_t first, count;

        ih_phase_averaging_rows(&averaging, y, 1, &first, &count);
        assert_true(count >= 3 && count <= 5 && first + count <= NY);
        assert_int_equal(ih_phase_average(&averaging, turns + first * NX, y, 1, row, NULL), IH_OK);
        assert_memory_equal(row, whole + y * OUT_NX, sizeof row);
    }
}

static void phases_without_a_common_direction_have_no_mean(void **state)
{
    const double opposite[] = {-0.25, 0.25}, apart[] = {-0.1, 0.1};
    ih_phase_averaging averaging = {2, 1, 1, 1, 2, 1, 0};
    double mean;

    (void)state;
    assert_int_equal(ih_phase_average(&averaging, opposite, 0, 1, &mean, NULL), IH_OK);
    assert_true(isnan(mean));
    /* The mean exponential of +-36 degrees is as long as cos(36 degrees) = 0.809. */
    averaging.least_resultant = 0.80;
    assert_int_equal(ih_phase_average(&averaging, apart, 0, 1, &mean, NULL), IH_OK);
    assert_true(fabs(mean) < 1e-12);
    averaging.least_resultant = 0.82;
    assert_int_equal(ih_phase_average(&averaging, apart, 0, 1, &mean, NULL), IH_OK);
    assert_true(isnan(mean));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turns_lie_in_the_half_open_cycle_and_differ_by_whole_cycles),
        cmocka_unit_test(what_is_not_finite_has_no_turn),
        cmocka_unit_test(a_wrapped_displacement_is_the_angle_of_its_exponential),
        cmocka_unit_test(a_fringe_is_half_a_wavelength),
        cmocka_unit_test(differences_are_wrapped_after_subtraction),
        cmocka_unit_test(classes_divide_the_cycle_into_equal_parts),
        cmocka_unit_test(whole_factors_average_exponentials),
        cmocka_unit_test(the_mean_of_two_phases_beside_the_jump_is_at_the_jump),
        cmocka_unit_test(a_pixel_across_the_border_of_two_cells_counts_in_both_by_its_share),
        cmocka_unit_test(rows_of_a_result_can_be_made_one_by_one),
        cmocka_unit_test(phases_without_a_common_direction_have_no_mean),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
