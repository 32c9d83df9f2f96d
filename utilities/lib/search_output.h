/* SPDX-License-Identifier: MIT
 *
 * Scenes as files: GeoJSON, CSV, GeoPackage, KML, metalink.
 */
#ifndef IH_SEARCH_OUTPUT_H
#define IH_SEARCH_OUTPUT_H

#include <stdbool.h>

#include "algorithms/status.h"
#include "utilities/net/granule.h"

typedef enum {
    IH_SCENES_GEOJSON,
    IH_SCENES_CSV,
    IH_SCENES_GPKG,
    IH_SCENES_KML,
    IH_SCENES_METALINK
} ih_scenes_format;

extern const char *const ih_scenes_format_names[];

/* By the extension of a path: false when it tells none. */
bool ih_scenes_format_of(const char *path, int *format);

/* path "-" is standard output, but not of GeoPackages. Written beside its name and renamed. */
IH_MUST_CHECK ih_status ih_scenes_write(const ih_granules *scenes, ih_scenes_format format,
                                        const char *path, ih_error *err);

#endif
