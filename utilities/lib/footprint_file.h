/* SPDX-License-Identifier: MIT
 *
 * Extents as polygons in degrees, in a vector file of any format that GDAL writes.
 */
#ifndef IH_FOOTPRINT_FILE_H
#define IH_FOOTPRINT_FILE_H

#include <stdbool.h>

#include <ogr_srs_api.h>

#include "algorithms/grid.h"
#include "algorithms/status.h"
#include "utilities/lib/catalogue.h"

typedef struct ih_footprint_file ih_footprint_file;

/* One polygon; numbers are NaN where they are unknown or make no sense. */
typedef struct {
    const char *role; /* "product", "common area", "union" */
    const char *name;
    const ih_interferogram *item; /* NULL but for products */
    const ih_grid *grid;
    OGRSpatialReferenceH srs;
    double shrinks_common_area, residue_pixels;
    const char *findings; /* codes with commas; may be NULL */
} ih_footprint;

/* The format is that of the extension, GeoJSON without one. IH_E_ARGUMENT when there is no such
 * format, or the file exists and overwrite is false. */
IH_MUST_CHECK ih_status ih_footprint_file_new(const char *path, bool overwrite,
                                              ih_footprint_file **out, ih_error *err);
/* Without a coordinate system the polygon is left out. */
IH_MUST_CHECK ih_status ih_footprint_file_add(ih_footprint_file *file,
                                              const ih_footprint *footprint, ih_error *err);
/* Puts the file under its name, and frees also on failure. */
IH_MUST_CHECK ih_status ih_footprint_file_commit(ih_footprint_file *file, ih_error *err);
void ih_footprint_file_abort(ih_footprint_file *file); /* NULL is fine */

#endif
