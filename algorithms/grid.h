/* SPDX-License-Identifier: MIT
 *
 * Raster grids without rotation, and how they lie to each other. The only place that does arithmetic
 * on geotransforms: the driver's stacks, the programs' stacks and every clip ask here.
 *
 * Two grids are on one lattice when their spacings agree and their origins differ by a whole number
 * of pixels within IH_GRID_TOLERANCE. HyP3 GAMMA products have pixel centres, ISCE2 products pixel
 * edges on multiples of the spacing, so the families are half a pixel out of step (hyp3-products 2.4).
 * Thread-safe: no state.
 */
#ifndef IH_GRID_H
#define IH_GRID_H

#include <stddef.h>
#include <stdint.h>

#include "algorithms/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Largest distance between two lattices, in pixels, that still counts as the same lattice. */
#define IH_GRID_TOLERANCE 1e-3

typedef struct {
    double x0, y0;  /* map coordinates of the outer corner of the first pixel */
    double dx, dy;  /* spacing along a row and down a column, map units; dy is negative for north up */
    size_t nx, ny;  /* columns, rows */
} ih_grid;

/* Takes over a GDAL geotransform; IH_E_UNSUPPORTED when it is rotated, IH_E_DATA when a spacing is 0
 * or not finite, or a size is 0. */
IH_MUST_CHECK ih_status ih_grid_from_geotransform(const double gt[6], size_t nx, size_t ny,
                                                  ih_grid *grid, ih_error *err);
void ih_grid_to_geotransform(const ih_grid *grid, double gt[6]);

/* Column and row, in a, of the first pixel of b, rounded; *residue (may be NULL) gets the larger of the
 * two distances from a whole pixel, in pixels. Returns 1 when both are on one lattice, else 0. */
int ih_grid_offset(const ih_grid *a, const ih_grid *b, int64_t *column, int64_t *row, double *residue);

/* Common part and smallest cover of two grids on one lattice. IH_E_ARGUMENT when the lattices differ;
 * the intersection gives IH_E_DATA when nothing is in common. out may be a or b. */
IH_MUST_CHECK ih_status ih_grid_intersection(const ih_grid *a, const ih_grid *b, ih_grid *out,
                                             ih_error *err);
IH_MUST_CHECK ih_status ih_grid_union(const ih_grid *a, const ih_grid *b, ih_grid *out, ih_error *err);

/* Pixels that n grids on one lattice share, in *all, and that the others share without each, in
 * without, [grid]; 0 when they have nothing in common. Without one of one grid it is the grid's own. */
IH_MUST_CHECK ih_status ih_grid_shared_area(const ih_grid *grids, size_t n, double *all,
                                            double *without, ih_error *err);

/* Sides of area that are those of a grid on its lattice: bit 0 west (first column), 1 south (last row),
 * 2 east, 3 north. */
unsigned ih_grid_common_sides(const ih_grid *grid, const ih_grid *area);

/* The grid on the lattice of `lattice` that covers the box, snapped outward. */
IH_MUST_CHECK ih_status ih_grid_cover_box(const ih_grid *lattice, double xmin, double ymin, double xmax,
                                          double ymax, ih_grid *out, ih_error *err);

/* Pixel that holds a map coordinate; 0 when it lies outside the grid. */
int ih_grid_locate(const ih_grid *grid, double x, double y, size_t *column, size_t *row);

/* Map coordinates of a pixel's centre. */
void ih_grid_centre(const ih_grid *grid, size_t column, size_t row, double *x, double *y);

#ifdef __cplusplus
}
#endif
#endif
