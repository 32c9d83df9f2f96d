/* SPDX-License-Identifier: MIT
 *
 * The one grid that a stack is brought to: coordinate system and lattice of most of its
 * interferograms, or as asked for, area by their intersection, their union or a box. Interferograms
 * on that lattice are read by whole-pixel windows, the others are resampled by the nearest
 * neighbour.
 */
#ifndef IH_COMMON_GRID_H
#define IH_COMMON_GRID_H

#include <stdbool.h>
#include <stddef.h>

#include <ogr_srs_api.h>

#include "algorithms/grid.h"
#include "utilities/lib/catalogue.h"
#include "utilities/lib/lattice_choice.h"

typedef struct {
    bool union_of_all; /* else the intersection */
    bool has_box;
    double box[4];          /* xmin ymin xmax ymax in box_srs */
    const char *box_srs;    /* NULL = the grid's own */
    const char *box_option; /* where the box comes from, for messages; NULL = "-te" */
    ih_lattice_request lattice;
} ih_area_request;

typedef struct {
    ih_grid grid;
    OGRSpatialReferenceH srs; /* owned; NULL when the inputs have none */
    bool *on_lattice;         /* [interferogram] */
    double *residue;     /* [interferogram] distance to the lattice, pixels, at most 0.5; NaN in
                            another coordinate system or of another pixel size */
    ih_grid *footprints; /* [interferogram] each one's area on the lattice */
    size_t n_resampled;
    bool box_clipped; /* the box reaches beyond what the interferograms cover */
    size_t n_systems, n_spacings; /* distinct among the interferograms */
} ih_common_grid;

/* IH_E_DATA when nothing is in common, naming the interferograms that lie apart, or when some have
 * a coordinate system and others none. */
IH_MUST_CHECK ih_status ih_common_grid_new(const ih_catalogue *catalogue,
                                           const ih_area_request *area, ih_common_grid **out,
                                           ih_error *err);

/* The same for a grid and a coordinate system (WKT; NULL = none) that were chosen before. */
IH_MUST_CHECK ih_status ih_common_grid_fixed(const ih_catalogue *catalogue, const ih_grid *grid,
                                             const char *wkt, ih_common_grid **out, ih_error *err);
void ih_common_grid_free(ih_common_grid *common);

/* Degrees (WGS 84) of map coordinates and back; false when the grid has no coordinate system or
 * PROJ cannot tell. */
bool ih_common_grid_to_lonlat(const ih_common_grid *common, double x, double y, double *longitude,
                              double *latitude);
bool ih_common_grid_from_lonlat(const ih_common_grid *common, double longitude, double latitude,
                                double *x, double *y);

/* Point of another coordinate system, NULL meaning the grid's own, in map coordinates of the grid.
 */
bool ih_common_grid_from_srs(const ih_common_grid *common, OGRSpatialReferenceH srs, double *x,
                             double *y);

/* Metres per map unit at the middle of the grid, for scale bars: about 111320 for degrees. */
double ih_common_grid_metres_per_unit(const ih_common_grid *common);

#endif
