/* SPDX-License-Identifier: MIT */
#include "algorithms/fft.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "algorithms/alloc.h"

static const double pi = 3.14159265358979323846;

static int is_power_of_two(size_t n)
{
    return n != 0 && (n & (n - 1)) == 0;
}

size_t ih_fft_size(size_t n)
{
    size_t size = 1;

    while (size != 0 && size < n)
        size <<= 1;
    return size;
}

/* exp(sign i 2 pi k / n) for k below n / 2. */
static void fill_twiddles(size_t n, int sign, ih_complex *twiddle)
{
    for (size_t k = 0; k < n / 2; k++) {
        double angle = 2.0 * pi * (double)k / (double)n;
        twiddle[k].re = cos(angle);
        twiddle[k].im = sign * sin(angle);
    }
}

static void reverse_bits(size_t n, ih_complex *line)
{
    for (size_t i = 1, j = 0; i < n; i++) {
        size_t bit = n >> 1;
        for (; j & bit; bit >>= 1)
            j ^= bit;
        j ^= bit;
        if (i < j) {
            ih_complex swap = line[i];
            line[i] = line[j];
            line[j] = swap;
        }
    }
}

static void transform_line(size_t n, const ih_complex *twiddle, ih_complex *line)
{
    reverse_bits(n, line);
    for (size_t length = 2; length <= n; length *= 2) {
        size_t half = length / 2, step = n / length;
        for (size_t start = 0; start < n; start += length) {
            ih_complex *low = line + start, *high = low + half;
            for (size_t k = 0; k < half; k++) {
                ih_complex w = twiddle[k * step];
                ih_complex t = {high[k].re * w.re - high[k].im * w.im,
                                high[k].re * w.im + high[k].im * w.re};
                high[k] = (ih_complex){low[k].re - t.re, low[k].im - t.im};
                low[k] = (ih_complex){low[k].re + t.re, low[k].im + t.im};
            }
        }
    }
}

ih_status ih_fft_2d(size_t n_columns, size_t n_rows, int sign, ih_complex *data, ih_error *err)
{
    ih_status st = IH_OK;
    ih_complex *twiddle = NULL, *column = NULL;

    if (!is_power_of_two(n_columns) || !is_power_of_two(n_rows))
        return ih_fail(err, IH_E_ARGUMENT, "Fourier transform of %zu x %zu: not powers of two",
                       n_columns, n_rows);

    size_t longest = n_columns > n_rows ? n_columns : n_rows;
    twiddle = ih_alloc(longest, sizeof *twiddle);
    column = ih_alloc(n_rows, sizeof *column);
    if (!twiddle || !column) {
        st = ih_fail(err, IH_E_MEMORY, "Fourier transform of %zu x %zu", n_columns, n_rows);
        goto done;
    }

    fill_twiddles(n_columns, sign, twiddle);
    for (size_t row = 0; row < n_rows; row++)
        transform_line(n_columns, twiddle, data + row * n_columns);

    fill_twiddles(n_rows, sign, twiddle);
    for (size_t x = 0; x < n_columns; x++) {
        for (size_t y = 0; y < n_rows; y++)
            column[y] = data[y * n_columns + x];
        transform_line(n_rows, twiddle, column);
        for (size_t y = 0; y < n_rows; y++)
            data[y * n_columns + x] = column[y];
    }

done:
    free(column);
    free(twiddle);
    return st;
}
