/* SPDX-License-Identifier: MIT
 *
 * quicklook.png: a velocity map to look at: diverging ramp centred on zero (red away, blue toward), hill-shaded height under it where
 * given, colour bar with units, scale bar, north-up outline, reference point, title and one line of figures.
 */
#ifndef IH_QUICKLOOK_H
#define IH_QUICKLOOK_H

#include <stddef.h>
#include <stdint.h>

#include "algorithms/grid.h"
#include "algorithms/status.h"

typedef struct {
    const ih_grid *grid;
    double metres_per_map_unit;        /* 1 for UTM, about 111320 for degrees; for the scale bar and hill shade */
    const float *velocity_m_per_year;  /* [row][column], NaN = no data */
    const uint8_t *mask;               /* 0 = shown pale, lonely others too; may be NULL */
    const float *height_m;             /* may be NULL */
    size_t reference_column, reference_row;
    const uint8_t *reference_area;     /* other than 0: outlined instead of marking the point; may be NULL */
    const char *title, *subtitle;
} ih_quicklook;

/* Rasters larger than about 1400 pixels a side are averaged down, smaller than 500 enlarged by whole factors. */
IH_MUST_CHECK ih_status ih_quicklook_write(const char *path, const ih_quicklook *map, ih_error *err);

#endif
