/* SPDX-License-Identifier: MIT
 *
 * Rasters as a common grid sees them: whole-pixel windows of what lies on its lattice, GDAL's
 * warper for the rest. The one place where pixels move from grid to grid. A dataset belongs to one
 * thread at a time.
 */
#ifndef IH_GRID_READER_H
#define IH_GRID_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gdal.h>
#include <gdalwarper.h>

#include "algorithms/grid.h"
#include "algorithms/status.h"

/* A window that may reach beyond its raster. */
typedef struct {
    int64_t column, row; /* of its first pixel in the raster */
    size_t nx, ny;
    GDALDataType type; /* of the values */
    double fill;       /* value where the raster does not reach */
} ih_grid_window;

/* values is [row][column]; false on failure, with CPL's last error. */
bool ih_grid_read_window(GDALRasterBandH band, const ih_grid_window *window, void *values);

/* Source pixels from one pixel of a grid to the next along its rows and its columns, in its middle;
 * 1 when it is nearly 1. */
void ih_grid_steps(const ih_grid *source, OGRSpatialReferenceH from, const ih_grid *grid,
                   OGRSpatialReferenceH to, double step[2]);

typedef struct {
    GDALDatasetH source; /* stays open as long as the result */
    int first_band, n_bands;
    OGRSpatialReferenceH from, to; /* either may be NULL: then both systems are one */
    const ih_grid *grid;           /* of the result */
    GDALResampleAlg resampling;
    double step[2];      /* from ih_grid_steps; 0 lets GDAL choose */
    bool nan_is_no_data; /* NaN of the source takes no part in any value */
} ih_grid_warp;

/* Float32 bands on another grid, NaN where the source has none: a dataset that computes its pixels
 * when they are read, exactly and each for itself, so that blocks do not matter. NULL on failure,
 * with CPL's last error. */
GDALDatasetH ih_grid_warp_new(const ih_grid_warp *warp);

#endif
