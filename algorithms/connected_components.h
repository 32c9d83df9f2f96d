/* SPDX-License-Identifier: MIT
 *
 * Regions of a raster whose pixels hang together by their edges, as unwrapping leaves them: labels
 * in raster order of their first pixel, removal of small ones, erosion, boundaries. Rasters are
 * [row][column], below 2^32 - 1 pixels. Thread-safe: no state.
 */
#ifndef IH_CONNECTED_COMPONENTS_H
#define IH_CONNECTED_COMPONENTS_H

#include <stddef.h>
#include <stdint.h>

#include "algorithms/status.h"

typedef struct {
    size_t nx, ny;
    uint32_t n_regions;
    uint32_t *label; /* [pixel] 0 = none, else 1..n_regions */
    uint32_t *area;  /* [region] pixels; region r has label r + 1 */
} ih_regions;

/* Numbers the 4-connected regions of equal value; 0 is no region. Touching regions of different
 * values stay apart. out must be released with ih_regions_free, also after a failure. */
IH_MUST_CHECK ih_status ih_regions_label(size_t nx, size_t ny, const uint16_t *value,
                                         ih_regions *out, ih_error *err);
void ih_regions_free(ih_regions *regions);

/* Smallest area that is kept: least_pixels, but never more than 0.3 % of the raster. */
double ih_regions_least_area(double least_pixels, size_t nx, size_t ny);

/* Removes regions of less than least_area pixels and numbers the rest anew, in the same order. */
void ih_regions_remove_small(ih_regions *regions, double least_area);

/* Minimum filter of the labels over width x width pixels (odd, cut at the border of the raster, so
 * that the border does not erode) into eroded, [pixel]. Where regions touch, the lower label
 * advances. Regions that vanish are removed from both and the rest numbered anew. */
IH_MUST_CHECK ih_status ih_regions_erode(ih_regions *regions, size_t width, uint32_t *eroded,
                                         ih_error *err);

/* boundary[p]: the label of p where a 4-neighbour has another label or none, else 0. */
void ih_regions_boundary(size_t nx, size_t ny, const uint32_t *label, uint32_t *boundary);

/* Components for products that have none: 1 where there is phase (finite, below 2^24 rad) and the
 * quality level (phase_statistics.h) is at least least_quality, else 0. */
void ih_components_of_quality(size_t n_pixels, const float *phase_rad, const uint8_t *quality,
                              uint8_t least_quality, uint16_t *component);

#endif
