/* SPDX-License-Identifier: MIT
 *
 * Which coordinate system, pixel size and lattice a stack is brought to: those of most of its
 * interferograms, or what the user asks for.
 */
#ifndef IH_LATTICE_CHOICE_H
#define IH_LATTICE_CHOICE_H

#include <stdbool.h>
#include <stddef.h>

#include <ogr_srs_api.h>

#include "algorithms/grid.h"
#include "utilities/lib/catalogue.h"

typedef struct {
    const char *srs;   /* as a user writes it; NULL = that of most interferograms */
    double spacing[2]; /* pixel size along x and y; 0 = that of most */
    bool aligned;      /* pixel edges on multiples of the pixel size, as gdalwarp -tap */
    bool has_centre;   /* of the area of interest: decides between coordinate systems that as */
    double centre_lon_lat[2]; /* many interferograms have; else the middle of all decides */
} ih_lattice_request;

typedef struct {
    OGRSpatialReferenceH srs;     /* owned; NULL when the inputs have none */
    ih_grid lattice;              /* that of a model interferogram, or one pixel somewhere on it */
    bool from_interferogram;      /* some interferogram lies on it */
    size_t n_systems, n_spacings; /* distinct among the interferograms */
} ih_lattice_choice;

/* Ties go to the interferogram met first. IH_E_ARGUMENT when the coordinate system asked for is not
 * understood or cannot be reached. */
IH_MUST_CHECK ih_status ih_lattice_choose(const ih_catalogue *catalogue,
                                          const ih_lattice_request *request, ih_lattice_choice *out,
                                          ih_error *err);

/* A box brought to another coordinate system, edges followed in between the corners; false when
 * PROJ cannot tell. */
bool ih_transform_box(OGRSpatialReferenceH from, OGRSpatialReferenceH to, double box[4]);

/* A transformation, OCTDestroyCoordinateTransformation, NULL when PROJ knows none. */
OGRCoordinateTransformationH ih_transformation(OGRSpatialReferenceH from, OGRSpatialReferenceH to);

/* GDAL's coordinate systems are not to be used by two threads at once, not even for reading. These
 * functions, and those of common_grid.h and grid_reader.h, wait for each other and may be called by
 * several threads with one system; GDAL's own may not. */
bool ih_same_srs(OGRSpatialReferenceH a, OGRSpatialReferenceH b);

/* From what a user writes, in traditional axis order; NULL when it is not understood. */
OGRSpatialReferenceH ih_srs_of_text(const char *text);

#endif
