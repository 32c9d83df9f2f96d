/* SPDX-License-Identifier: MIT
 *
 * The 4-connected regions of a mask that is seen row by row, twice, for rasters that memory does
 * not hold: a first pass finds out what hangs together (union-find over runs, as Rosenfeld and
 * Pfaltz 1966), a second one tells the labels. The labels are those of ih_regions_label: 1.. in
 * raster order of first pixels. One object per thread.
 */
#ifndef IH_ROW_REGIONS_H
#define IH_ROW_REGIONS_H

#include <stddef.h>
#include <stdint.h>

#include "algorithms/status.h"

typedef struct ih_row_regions ih_row_regions;

IH_MUST_CHECK ih_status ih_row_regions_new(size_t nx, ih_row_regions **out, ih_error *err);
void ih_row_regions_free(ih_row_regions *regions);

/* First pass, from the top row down; inside is [column], 0 or 1. IH_E_MEMORY. */
IH_MUST_CHECK ih_status ih_row_regions_add(ih_row_regions *regions, const uint8_t *inside,
                                           ih_error *err);

/* Ends the first pass; regions of fewer pixels than the least area are left out. Returns their
 * number. */
uint32_t ih_row_regions_finish(ih_row_regions *regions, size_t least_area);
/* Pixels of a region by its label, from 1. */
uint64_t ih_row_regions_area(const ih_row_regions *regions, uint32_t label);

/* Second pass, as often as wanted, also side by side in several threads: the same rows in the same
 * order. */
typedef struct {
    uint32_t *above; /* [column] */
    uint32_t next;
} ih_row_cursor;

/* At the top; above is allocated when it is NULL. IH_E_MEMORY. */
IH_MUST_CHECK ih_status ih_row_cursor_begin(const ih_row_regions *regions, ih_row_cursor *cursor,
                                            ih_error *err);
void ih_row_cursor_free(ih_row_cursor *cursor);

/* label is [column], 0 = none. */
void ih_row_regions_next(const ih_row_regions *regions, ih_row_cursor *cursor,
                         const uint8_t *inside, uint32_t *label);

#endif
