/* SPDX-License-Identifier: MIT
 *
 * A product and the common grid as one thread sees them. Coordinate systems of GDAL are not to be
 * used by two threads at once, not even for reading: each has copies.
 */
#ifndef IH_CLIP_VIEW_H
#define IH_CLIP_VIEW_H

#include "utilities/lib/clip_pixels.h"
#include "utilities/lib/clip_plan.h"

typedef struct {
    ih_clip_view view; /* of the two below; its source is the caller's to set */
    ih_interferogram item;
    ih_common_grid common;
} ih_clip_own_view;

/* Lasts no longer than the plan, and is not to be moved. */
void ih_clip_own_view_open(const ih_clip_plan *plan, size_t product, ih_clip_own_view *out);
void ih_clip_own_view_close(ih_clip_own_view *own);

/* A copy of the common grid's coordinate system, OSRDestroySpatialReference; NULL for none. */
OGRSpatialReferenceH ih_clip_own_srs(const ih_clip_plan *plan);

#endif
