/* SPDX-License-Identifier: MIT
 *
 * An area of interest for a catalogue on the sphere: cut at 180 degrees, simplified to what the
 * catalogue takes, and kept as it is to test what was found.
 */
#ifndef IH_SEARCH_AREA_H
#define IH_SEARCH_AREA_H

#include <stdbool.h>
#include <stddef.h>

#include <ogr_api.h>

#include "algorithms/status.h"
#include "utilities/lib/area_of_interest.h"
#include "utilities/net/text.h"

/* The most corners of a search, all polygons together. */
enum { IH_SEARCH_CORNERS = 300 };

typedef struct {
    OGRGeometryH exact;            /* multipolygon of longitudes from -180 to 180 */
    OGRPreparedGeometryH prepared; /* the same */
    ih_text form;                  /* bounding_box=..., or polygon[]=... */
    size_t n_corners, n_parts;     /* of the search */
    double tolerance_deg;          /* of the simplification, 0 when there was none */
    double growth_percent; /* area of the search beyond the area, in square degrees of the map */
} ih_search_area;

/* A box may have XMIN greater than XMAX: it then crosses 180 degrees. The search's polygons contain
 * the area. IH_E_ARGUMENT for what is no area. */
IH_MUST_CHECK ih_status ih_search_area_open(const ih_area_words *words, ih_search_area *out,
                                            ih_error *err);
void ih_search_area_close(ih_search_area *area);

/* Whether a footprint (longitude, latitude of n corners, closed) has something in common with the
 * area. True when it is no polygon: what cannot be tested is not dropped. */
bool ih_search_area_meets(const ih_search_area *area, const double *ring, size_t n);

/* A multipolygon of longitudes from -180 to 180 out of one whose rings may run beyond them, or jump
 * from 180 to -180; valid. NULL when the geometry library fails. Also for footprints on output. */
OGRGeometryH ih_cut_at_180(OGRGeometryH polygons);
OGRGeometryH ih_polygon_of_ring(const double *ring, size_t n);

#endif
