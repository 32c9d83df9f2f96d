/* SPDX-License-Identifier: MIT
 *
 * Whether products may be merged: the same dates, polarisation, relative orbit, looks, processor
 * and pixel size, and bursts or frames that follow each other without a gap. Nothing here reads a
 * pixel.
 */
#ifndef IH_MERGE_ELIGIBILITY_H
#define IH_MERGE_ELIGIBILITY_H

#include <stddef.h>

#include "utilities/lib/catalogue.h"

enum { IH_MERGE_SWATHS = 3 };

/* Bursts that names tell, by subswath. */
typedef struct {
    long first[IH_MERGE_SWATHS];
    size_t count[IH_MERGE_SWATHS]; /* 0: none, or unknown */
    bool known;                    /* every product tells its bursts */
} ih_merge_bursts;

/* One value of everything but dates in all products; the message names the condition, the values
 * and a product of each. */
IH_MUST_CHECK ih_status ih_merge_check_form(const ih_catalogue *catalogue, ih_error *err);

/* One pair of dates. */
IH_MUST_CHECK ih_status ih_merge_check_dates(const ih_catalogue *catalogue, ih_error *err);

/* Bursts of each subswath without gap, subswaths beside each other, and grids that overlap: of
 * items first..first + count - 1. IH_E_DATA. */
IH_MUST_CHECK ih_status ih_merge_check_contiguous(const ih_catalogue *catalogue, size_t first,
                                                  size_t count, ih_error *err);

/* All bursts of some items; known is false when a name tells none or one of them has a gap. */
void ih_merge_find_bursts(const ih_catalogue *catalogue, size_t first, size_t count,
                          ih_merge_bursts *out);

#endif
