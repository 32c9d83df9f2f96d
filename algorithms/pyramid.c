/* SPDX-License-Identifier: MIT */
#include "algorithms/pyramid.h"

#include <math.h>
#include <stdlib.h>

#include "algorithms/alloc.h"
#include "algorithms/simd.h"

/* Pixel k of the next level covers the pixels 2k - 1, 2k and 2k + 1 with these weights. */
enum { TAPS = 3 };

size_t ih_pyramid_size(size_t n)
{
    return n / 2 + n % 2;
}

/* Of an even axis two whole pixels; of an odd one the last of three is what the first of the next
 * pixel's three leaves. */
static void weights(size_t n, size_t k, float w[TAPS])
{
    double m = (double)ih_pyramid_size(n);

    w[0] = n % 2 ? (float)((double)k / m) : 0.0f;
    w[1] = 1.0f;
    w[2] = n % 2 ? (float)(1.0 - (double)(k + 1) / m) : 1.0f;
}

void ih_pyramid_source_rows(size_t n_rows, size_t first, size_t count, size_t *source_first,
                            size_t *source_count)
{
    size_t begin = first == 0 ? 0 : 2 * first - 1, end = 2 * (first + count);

    *source_first = begin;
    *source_count = (end < n_rows ? end : n_rows) - begin;
}

/* Adds a row, weighted, where it has values. */
IH_SIMD static void add_row(const float *restrict row, size_t n, float weight, float *restrict sum,
                            float *restrict share)
{
    for (size_t i = 0; i < n; i++) {
        float value = row[i];
        int known = value == value;

        sum[i] += known ? weight * value : 0.0f;
        share[i] += known ? weight : 0.0f;
    }
}

/* Averages of three neighbours of a row of sums; sum and share have a zero before and behind. */
IH_SIMD static void average_row(const float *restrict sum, const float *restrict share, size_t n,
                                const float *restrict left, const float *restrict right,
                                float *restrict out)
{
    for (size_t k = 0; k < n; k++) {
        float a = left[k] * sum[2 * k] + sum[2 * k + 1] + right[k] * sum[2 * k + 2];
        float b = left[k] * share[2 * k] + share[2 * k + 1] + right[k] * share[2 * k + 2];

        out[k] = b > 0.0f ? a / b : NAN;
    }
}

ih_status ih_pyramid_average(const ih_pyramid_part *part, const float *in, float *out,
                             ih_error *err)
{
    size_t nx = part->nx, n = ih_pyramid_size(nx), source_first, source_count;
    float *sum = ih_alloc(nx + TAPS, sizeof *sum), *share = ih_alloc(nx + TAPS, sizeof *share);
    float *left = ih_alloc(n, sizeof *left), *right = ih_alloc(n, sizeof *right), w[TAPS];
    ih_status status = IH_OK;

    if (!sum || !share || !left || !right) {
        status = ih_fail(err, IH_E_MEMORY, "rows of an overview");
        goto done;
    }
    for (size_t k = 0; k < n; k++) {
        weights(nx, k, w);
        left[k] = w[0];
        right[k] = w[2];
    }
    ih_pyramid_source_rows(part->ny, part->first, part->count, &source_first, &source_count);
    for (size_t row = part->first; row < part->first + part->count; row++) {
        for (size_t i = 0; i < nx + TAPS; i++)
            sum[i] = share[i] = 0.0f;
        weights(part->ny, row, w);
        for (size_t tap = 0; tap < TAPS; tap++) {
            size_t source = 2 * row + tap; /* one more than the row */

            if (w[tap] > 0.0f && source > source_first && source <= source_first + source_count)
                add_row(in + (source - 1 - source_first) * nx, nx, w[tap], sum + 1, share + 1);
        }
        average_row(sum, share, n, left, right, out + (row - part->first) * n);
    }

done:
    free(sum);
    free(share);
    free(left);
    free(right);
    return status;
}
