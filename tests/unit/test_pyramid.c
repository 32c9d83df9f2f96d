/* SPDX-License-Identifier: MIT */
#include "algorithms/pyramid.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

/* Values of about one: sums of nine in single precision. */
#define ROUNDING 1e-6

static float value_at(size_t row, size_t column)
{
    uint32_t x = (uint32_t)(row * 7919 + column * 104729 + 13);

    x = (x ^ (x >> 7)) * 2654435761u;
    return x % 5 == 0 ? NAN : (float)(x >> 8) / 16777216.0f;
}

static float *make_raster(size_t nx, size_t ny)
{
    float *raster = malloc(nx * ny * sizeof *raster);

    assert_non_null(raster);
    for (size_t i = 0; i < nx * ny; i++)
        raster[i] = value_at(i / nx, i % nx);
    return raster;
}

static double overlap(double a0, double a1, double b0, double b1)
{
    return fmax(0.0, fmin(a1, b1) - fmax(a0, b0));
}

/* The mean of what has a value, by the area that every pixel shares with the wider one. */
static double mean_by_area(const float *raster, size_t nx, size_t ny, size_t row, size_t column)
{
    double rx = (double)nx / (double)ih_pyramid_size(nx);
    double ry = (double)ny / (double)ih_pyramid_size(ny), sum = 0, area = 0;

    for (size_t i = 0; i < nx * ny; i++) {
        double x = (double)(i % nx), y = (double)(i / nx);
        double shared = overlap(x, x + 1, (double)column * rx, (double)(column + 1) * rx) *
                        overlap(y, y + 1, (double)row * ry, (double)(row + 1) * ry);

        /* Less is rounding of the bounds. */
        if (shared < 1e-9 || isnan(raster[i]))
            continue;
        sum += shared * (double)raster[i];
        area += shared;
    }
    return area > 0 ? sum / area : (double)NAN;
}

static void averages_are_by_shared_area(void **state)
{
    static const size_t sizes[][2] = {{8, 6}, {9, 6}, {8, 7}, {13, 11}, {1, 1},
                                      {1, 9}, {2, 1}, {3, 3}, {40, 1},  {35, 22}};

    (void)state;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        size_t nx = sizes[s][0], ny = sizes[s][1];
        size_t n = ih_pyramid_size(nx), m = ih_pyramid_size(ny);
        const ih_pyramid_part whole = {.nx = nx, .ny = ny, .first = 0, .count = m};
        float *in = make_raster(nx, ny), *out = malloc(n * m * sizeof *out);
        ih_error err;

        assert_non_null(out);
        assert_int_equal(ih_pyramid_average(&whole, in, out, &err), IH_OK);
        for (size_t i = 0; i < n * m; i++) {
            double expected = mean_by_area(in, nx, ny, i / n, i % n);

            if (isnan(expected))
                assert_true(isnan(out[i]));
            else
                assert_true(fabs((double)out[i] - expected) <= ROUNDING);
        }
        free(in);
        free(out);
    }
}

static void parts_of_the_rows_give_the_same_as_all(void **state)
{
    enum { NX = 37, NY = 53 };
    size_t n = ih_pyramid_size(NX), m = ih_pyramid_size(NY);
    const ih_pyramid_part whole = {.nx = NX, .ny = NY, .first = 0, .count = m};
    float *in = make_raster(NX, NY), *out = malloc(n * m * sizeof *out);
    float *rows = malloc(n * m * sizeof *rows);
    ih_error err;

    (void)state;
    assert_non_null(out);
    assert_non_null(rows);
    assert_int_equal(ih_pyramid_average(&whole, in, out, &err), IH_OK);
    for (size_t count = 1; count < 9; count += 3)
        for (size_t first = 0; first < m; first += count) {
            const ih_pyramid_part part = {
                .nx = NX, .ny = NY, .first = first, .count = m - first < count ? m - first : count};
            size_t source_first, source_count;
            float *copy;

            ih_pyramid_source_rows(NY, part.first, part.count, &source_first, &source_count);
            assert_true(source_first + source_count <= NY);
            /* A copy of just these rows, so that a look beyond is seen by the sanitizer. */
            copy = malloc(source_count * NX * sizeof *copy);
            assert_non_null(copy);
            for (size_t i = 0; i < source_count * NX; i++)
                copy[i] = in[source_first * NX + i];
            assert_int_equal(ih_pyramid_average(&part, copy, rows, &err), IH_OK);
            assert_memory_equal(rows, out + first * n, part.count * n * sizeof *rows);
            free(copy);
        }
    free(in);
    free(out);
    free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(averages_are_by_shared_area),
        cmocka_unit_test(parts_of_the_rows_give_the_same_as_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
