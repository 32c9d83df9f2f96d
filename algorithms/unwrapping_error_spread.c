/* SPDX-License-Identifier: MIT */
#include "algorithms/unwrapping_error.h"

#include <string.h>

#include "algorithms/alloc.h"
#include "algorithms/unwrapping_error_plan.h"

/* An open pixel and what its surroundings say, entered when its round is over. */
struct opinion {
    uint32_t pixel;
    int8_t cycles;
};

/* Whether a code is the number of cycles of a pixel, and of how many. */
static int says(int8_t code, int *cycles)
{
    if (code >= -IH_MOST_CYCLES && code <= IH_MOST_CYCLES)
        *cycles = code;
    else if (code >= IH_PROPOSED - IH_MOST_CYCLES && code <= IH_PROPOSED + IH_MOST_CYCLES)
        *cycles = code - IH_PROPOSED;
    else
        return 0;
    return 1;
}

/* The most frequent cycles of the eight neighbours, of equally frequent ones the smaller, then the
 * positive; 0 when none has an opinion. */
static int ask_neighbours(const int8_t *code, size_t nx, size_t ny, size_t p, int8_t *answer)
{
    uint8_t votes[2 * IH_MOST_CYCLES + 1] = {0};
    size_t x = p % nx, y = p / nx;
    int most = 0;

    for (size_t v = y > 0 ? y - 1 : 0; v <= y + 1 && v < ny; v++)
        for (size_t u = x > 0 ? x - 1 : 0; u <= x + 1 && u < nx; u++) {
            int cycles;

            if (says(code[v * nx + u], &cycles))
                votes[cycles + IH_MOST_CYCLES]++;
        }
    for (int c = 0; c <= IH_MOST_CYCLES; c++)
        for (int sign = 1; sign >= -1; sign -= 2)
            if (votes[sign * c + IH_MOST_CYCLES] > most) {
                most = votes[sign * c + IH_MOST_CYCLES];
                *answer = (int8_t)(sign * c);
            }
    return most > 0;
}

/* One round over the open pixels; returns how many stay open, at the front of the list. */
static size_t spread_once(int8_t *code, size_t nx, size_t ny, struct opinion *open, size_t n)
{
    size_t left = 0, settled = n;

    for (size_t i = 0; i < settled;) {
        int8_t answer;

        if (ask_neighbours(code, nx, ny, open[i].pixel, &answer)) {
            struct opinion done = {open[i].pixel, answer};

            open[i] = open[--settled];
            open[settled] = done;
        } else {
            i++;
        }
    }
    left = settled;
    for (size_t i = left; i < n; i++)
        code[open[i].pixel] = (int8_t)(IH_PROPOSED + open[i].cycles);
    return left;
}

ih_status ih_unwrapping_spread(int8_t *code, size_t nx, size_t ny, size_t reach, ih_error *err)
{
    struct opinion *open;
    size_t n = 0, i = 0, before;

    if (nx == 0 || ny == 0 || nx > UINT32_MAX / ny)
        return ih_fail(err, IH_E_ARGUMENT, "a raster of %zu x %zu pixels", nx, ny);
    for (size_t p = 0; p < nx * ny; p++)
        n += code[p] == IH_OPEN;
    if (n == 0)
        return IH_OK;
    open = ih_alloc(n, sizeof *open);
    if (!open)
        return ih_fail(err, IH_E_MEMORY, "%zu pixels", n);
    for (size_t p = 0; p < nx * ny; p++)
        if (code[p] == IH_OPEN)
            open[i++].pixel = (uint32_t)p;
    do {
        before = n;
        n = spread_once(code, nx, ny, open, n);
    } while (n > 0 && n < before && --reach > 0);
    for (i = 0; i < n; i++)
        code[open[i].pixel] = 0;
    free(open);
    return IH_OK;
}
