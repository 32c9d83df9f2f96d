/* SPDX-License-Identifier: MIT */
#include "algorithms/unwrapping_error.h"

#include <string.h>

#include "algorithms/alloc.h"

/* Sums over a column of at most 2 * radius + 1 rows. */
struct window {
    int8_t *rows; /* [2 * radius + 1][nx] values before smoothing, a ring */
    int32_t *sum; /* [nx + 1]: then running sums along the row */
    int32_t *count;
    size_t nx, height;
};

static void add_row(struct window *w, const int8_t *row, int32_t sign)
{
    for (size_t x = 0; x < w->nx; x++) {
        int used = row[x] != IH_MISCLOSURE_NONE;

        w->sum[x] += used ? sign * row[x] : 0;
        w->count[x] += used ? sign : 0;
    }
}

/* Rounded to the nearest, halves away from zero; |sum| <= 127 * count. */
static int8_t mean(int64_t sum, int64_t count)
{
    return (int8_t)(sum >= 0 ? (2 * sum + count) / (2 * count)
                             : -((count - 2 * sum) / (2 * count)));
}

static void smooth_row(const struct window *w, const int8_t *centre, int8_t *out, size_t radius)
{
    int64_t sum = 0, count = 0;

    for (size_t x = 0; x < radius && x < w->nx; x++) {
        sum += w->sum[x];
        count += w->count[x];
    }
    for (size_t x = 0; x < w->nx; x++) {
        if (w->nx - x > radius) {
            sum += w->sum[x + radius];
            count += w->count[x + radius];
        }
        out[x] = centre[x] == IH_MISCLOSURE_NONE ? IH_MISCLOSURE_NONE : mean(sum, count);
        if (x >= radius) {
            sum -= w->sum[x - radius];
            count -= w->count[x - radius];
        }
    }
}

ih_status ih_unwrapping_smooth(int8_t *misclosure, size_t nx, size_t ny, size_t radius,
                               ih_error *err)
{
    struct window w = {.nx = nx};
    ih_status st = IH_OK;

    if (radius == 0 || nx == 0 || ny == 0)
        return IH_OK;
    if (radius > 1000)
        return ih_fail(err, IH_E_ARGUMENT, "a window of radius %zu", radius);
    w.height = 2 * radius + 1;
    w.rows = ih_alloc(nx, w.height);
    w.sum = ih_calloc(nx, sizeof *w.sum);
    w.count = ih_calloc(nx, sizeof *w.count);
    if (!w.rows || !w.sum || !w.count) {
        st = ih_fail(err, IH_E_MEMORY, "smoothing rows of %zu pixels", nx);
        goto done;
    }
    /* row y is read radius rows before it is overwritten, and kept until no window needs it */
    for (size_t y = 0; y < ny + radius; y++) {
        int8_t *slot = w.rows + y % w.height * nx;

        if (y >= w.height)
            add_row(&w, slot, -1);
        if (y < ny) {
            memcpy(slot, misclosure + y * nx, nx);
        } else {
            memset(slot, (unsigned char)IH_MISCLOSURE_NONE, nx);
        }
        add_row(&w, slot, 1);
        if (y >= radius)
            smooth_row(&w, w.rows + (y - radius) % w.height * nx, misclosure + (y - radius) * nx,
                       radius);
    }

done:
    free(w.rows);
    free(w.sum);
    free(w.count);
    return st;
}
