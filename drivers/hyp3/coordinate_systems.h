/* SPDX-License-Identifier: MIT
 *
 * Coordinate systems met lately by the bytes of the GeoTIFF keys that stand for them, for the whole
 * process: making one from its keys takes half a millisecond of database look-ups, and the layers
 * and products of a stack have one or two. Bounded, thread-safe.
 */
#ifndef IH_COORDINATE_SYSTEMS_H
#define IH_COORDINATE_SYSTEMS_H

#include <stddef.h>

#include <ogr_srs_api.h>

/* Number of the coordinate system of these keys, 0 when it is not known. */
int ih_coordinate_system_find(const unsigned char *keys, size_t size);

/* Remembers a coordinate system (copied) and gives its number; 0 when there is no room. */
int ih_coordinate_system_add(const unsigned char *keys, size_t size, OGRSpatialReferenceH srs);

/* The same for one whose keys are not at hand, told apart by its text. */
int ih_coordinate_system_add_by_text(OGRSpatialReferenceH srs);

/* A copy of the caller's own; NULL for a number that is not known. */
OGRSpatialReferenceH ih_coordinate_system_copy(int number);

/* Numbers are not used again, as headers may hold them. */
void ih_coordinate_systems_clear(void);

#endif
