/* SPDX-License-Identifier: MIT
 *
 * An area of interest as a user gives it: a box, WKT, GeoJSON or any vector data source, brought to
 * the coordinate system of a grid.
 */
#ifndef IH_AREA_OF_INTEREST_H
#define IH_AREA_OF_INTEREST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gdal.h>
#include <ogr_api.h>
#include <ogr_srs_api.h>

#include "algorithms/grid.h"
#include "algorithms/status.h"

typedef struct {
    const char *option; /* as on the command line, for messages: "-aoi" */
    /* "XMIN,YMIN,XMAX,YMAX", WKT, GeoJSON, or a data source. */
    const char *text;
    const char *srs;   /* of the text, or instead of that of the data source; NULL = WGS 84
                          degrees, of a data source its own */
    const char *layer; /* NULL: the data source has one */
    const char *where; /* attribute filter; NULL = all features */
} ih_area_words;

/* A multipolygon of all polygons. Edges are followed in between their corners. IH_E_ARGUMENT when
 * it cannot be read, has no polygon, or has no coordinate system and cannot be degrees. The caller
 * destroys *out. */
IH_MUST_CHECK ih_status ih_area_of_interest_read(const ih_area_words *words,
                                                 OGRSpatialReferenceH target, OGRGeometryH *out,
                                                 ih_error *err);

/* The layer that the words name, else the only one of a data source. IH_E_ARGUMENT, with the names
 * that there are and a hint how to choose, when there is none or the choice is open. */
IH_MUST_CHECK ih_status ih_area_of_interest_layer(const ih_area_words *words, const char *hint,
                                                  GDALDatasetH source, OGRLayerH *layer,
                                                  ih_error *err);

/* Adds the polygons in a geometry (NULL has none), also those of collections and curves as straight
 * pieces, to a multipolygon; returns how many. */
int ih_area_of_interest_collect(OGRGeometryH geometry, OGRGeometryH area);

/* In place, edges followed in between their corners. False when there are no coordinates. */
bool ih_area_of_interest_transform(OGRGeometryH area, OGRCoordinateTransformationH transformation);

/* xmin ymin xmax ymax. */
void ih_area_of_interest_box(OGRGeometryH area, double box[4]);

/* inside is [row][column], 1 where a pixel's centre lies in a polygon of the area, else 0;
 * *n_inside counts the ones. */
IH_MUST_CHECK ih_status ih_area_of_interest_draw(OGRGeometryH area, const ih_grid *grid,
                                                 uint8_t *inside, size_t *n_inside, ih_error *err);

#endif
