/* SPDX-License-Identifier: MIT
 *
 * The pixel of a grid that -ref_pixel, -ref_lonlat or -ref_xy name.
 */
#ifndef IH_REFERENCE_PLACE_H
#define IH_REFERENCE_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "utilities/lib/common_grid.h"

typedef struct {
    bool pixel_given, lonlat_given; /* else xy */
    double pixel[2];                /* column, row from 0 */
    double lonlat[2];               /* degrees (WGS 84) */
    double xy[2];                   /* map coordinates of the grid */
} ih_reference_place;

/* IH_E_ARGUMENT, with the bounds of the grid, when the place lies outside. */
IH_MUST_CHECK ih_status ih_reference_place_find(const ih_reference_place *place,
                                                const ih_common_grid *common, size_t *column,
                                                size_t *row, ih_error *err);

#endif
