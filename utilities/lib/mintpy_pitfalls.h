/* SPDX-License-Identifier: MIT
 *
 * What keeps MintPy from loading rasters that are right in themselves.
 */
#ifndef IH_MINTPY_PITFALLS_H
#define IH_MINTPY_PITFALLS_H

#include <ogr_srs_api.h>

#include "algorithms/grid.h"

/* Files beside a raster (the path of a local file) that MintPy takes for its metadata once it has
 * put an .rsc of its own there. A CPL list, NULL when there are none. */
char **ih_mintpy_sidecars(const char *path);

/* Why MintPy cannot convert the coordinates of a grid; NULL when it can. */
const char *ih_mintpy_grid_fault(OGRSpatialReferenceH srs, const ih_grid *grid);

#endif
