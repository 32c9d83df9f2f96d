/* SPDX-License-Identifier: MIT
 *
 * Overviews of a raster by averaging: each level has half the columns and rows of the one before,
 * rounded up. A pixel of the next level covers n / ceil(n / 2) pixels of an axis of n, so the level
 * covers the same ground; where n is odd, border pixels count in parts. NaN is left out, and where
 * all is NaN the average is NaN. Thread-safe: no state.
 */
#ifndef IH_PYRAMID_H
#define IH_PYRAMID_H

#include <stddef.h>

#include "algorithms/status.h"

/* Pixels of the next level along an axis of n. */
size_t ih_pyramid_size(size_t n);

/* The rows of a level of n_rows rows that rows [first, first + count) of the next level cover. */
void ih_pyramid_source_rows(size_t n_rows, size_t first, size_t count, size_t *source_first,
                            size_t *source_count);

typedef struct {
    size_t nx, ny;       /* of the level that is averaged */
    size_t first, count; /* rows of the next level */
} ih_pyramid_part;

/* Rows of the next level, out [part->count][ih_pyramid_size(nx)], from the rows that
 * ih_pyramid_source_rows tells, in [source_count][nx]. IH_E_MEMORY. */
IH_MUST_CHECK ih_status ih_pyramid_average(const ih_pyramid_part *part, const float *in, float *out,
                                           ih_error *err);

#endif
