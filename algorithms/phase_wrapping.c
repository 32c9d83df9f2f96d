/* SPDX-License-Identifier: MIT */
#include "algorithms/phase_wrapping.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "algorithms/alloc.h"

/* A resultant shorter than this is rounding, not a direction. */
#define CANCELLED 1e-12

double ih_wrap_turns(double cycles)
{
    double turn = cycles - floor(cycles + 0.5);

    if (!isfinite(cycles))
        return NAN;
    /* The addition rounds, so the largest number below a half comes out one step too low. */
    return turn < -0.5 ? -0.5 : turn < 0.5 ? turn : -0.5;
}

void ih_wrap_values(const double *values, const double *subtracted, size_t n,
                    double cycles_per_unit, double *turns)
{
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < n; i++) {
        double value = subtracted ? values[i] - subtracted[i] : values[i];

        turns[i] = ih_wrap_turns(value * cycles_per_unit);
    }
}

/* The float nearest to half on the side of zero. */
static float inside(double half)
{
    float nearest = (float)half;

    return (double)nearest < half ? nearest : nextafterf(nearest, 0.0f);
}

void ih_turns_to_floats(const double *turns, size_t n, double units_per_cycle, float *floats)
{
    float largest = inside(units_per_cycle / 2), smallest = -(float)(units_per_cycle / 2);

    if ((double)smallest < -units_per_cycle / 2)
        smallest = nextafterf(smallest, 0.0f);
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < n; i++) {
        float value = (float)(turns[i] * units_per_cycle);

        floats[i] = value > largest ? largest : value < smallest ? smallest : value;
    }
}

void ih_turns_to_classes(const double *turns, size_t n, uint8_t *classes)
{
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < n; i++) {
        int step = isnan(turns[i]) ? -1 : (int)((turns[i] + 0.5) * IH_TURN_CLASSES);

        classes[i] = (uint8_t)((step < IH_TURN_CLASSES ? step : IH_TURN_CLASSES - 1) + 1);
    }
}

double ih_class_to_turns(uint8_t class)
{
    return class ? (class - 0.5) / IH_TURN_CLASSES - 0.5 : NAN;
}

void ih_phase_averaging_rows(const ih_phase_averaging *averaging, size_t out_row, size_t n_out,
                             size_t *first, size_t *count)
{
    double begin = (double)out_row * averaging->step_y;
    double end = ceil((double)(out_row + n_out) * averaging->step_y);
    size_t last = end < (double)averaging->ny ? (size_t)end : averaging->ny;

    *first = begin < (double)averaging->ny ? (size_t)begin : averaging->ny;
    *count = last > *first ? last - *first : 0;
}

/* Length that the pixel [i, i + 1) shares with the cell [cell * step, (cell + 1) * step). */
static double shared_length(size_t i, size_t cell, double step)
{
    double begin = fmax((double)i, (double)cell * step);
    double end = fmin((double)i + 1, (double)(cell + 1) * step);

    return end > begin ? end - begin : 0;
}

/* Pixels [*begin, *end) that share something with a cell. */
static void pixels_of_cell(size_t cell, double step, size_t n, size_t *begin, size_t *end)
{
    double first = (double)cell * step, last = ceil((double)(cell + 1) * step);

    *begin = first < (double)n ? (size_t)first : n;
    *end = last < (double)n ? (size_t)last : n;
}

void ih_phasor_sums_add(const ih_phase_averaging *averaging, const double *turns, size_t first,
                        size_t count, size_t out_row, size_t n_out, ih_phasor_sum *sums)
{
    size_t width = averaging->out_nx;

#pragma omp parallel for schedule(static)
    for (size_t cell = 0; cell < n_out * width; cell++) {
        size_t row, last_row, begin, end, y = out_row + cell / width, x = cell % width;
        ih_phasor_sum *sum = &sums[cell];

        pixels_of_cell(y, averaging->step_y, averaging->ny, &row, &last_row);
        pixels_of_cell(x, averaging->step_x, averaging->nx, &begin, &end);
        row = row < first ? first : row;
        last_row = last_row > first + count ? first + count : last_row;
        for (; row < last_row; row++)
            for (size_t i = begin; i < end; i++) {
                double turn = turns[(row - first) * averaging->nx + i];
                double weight = shared_length(row, y, averaging->step_y) *
                                shared_length(i, x, averaging->step_x);

                if (isnan(turn))
                    continue;
                sum->cosine += weight * cos(2 * M_PI * turn);
                sum->sine += weight * sin(2 * M_PI * turn);
                sum->weight += weight;
            }
    }
}

void ih_phasor_sums_finish(const ih_phase_averaging *averaging, const ih_phasor_sum *sums, size_t n,
                           double *turns)
{
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < n; i++) {
        double length = hypot(sums[i].cosine, sums[i].sine);
        bool none = !(sums[i].weight > 0) || length <= CANCELLED * sums[i].weight ||
                    length < averaging->least_resultant * sums[i].weight;

        turns[i] = none ? NAN : ih_wrap_turns(atan2(sums[i].sine, sums[i].cosine) / (2 * M_PI));
    }
}

ih_status ih_phase_average(const ih_phase_averaging *averaging, const double *turns, size_t out_row,
                           size_t n_out, double *averaged, ih_error *err)
{
    size_t first, count, width = averaging->out_nx;
    ih_phasor_sum *sums;

    if (n_out == 0)
        return IH_OK;
    ih_phase_averaging_rows(averaging, out_row, n_out, &first, &count);
    sums = width > SIZE_MAX / n_out ? NULL : ih_calloc(n_out * width, sizeof *sums);
    if (!sums)
        return ih_fail(err, IH_E_MEMORY, "averages of %zu x %zu pixels", width, n_out);
    ih_phasor_sums_add(averaging, turns, first, count, out_row, n_out, sums);
    ih_phasor_sums_finish(averaging, sums, n_out * width, averaged);
    free(sums);
    return IH_OK;
}
