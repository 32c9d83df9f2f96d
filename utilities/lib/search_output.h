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

/* Where a verb writes scenes; its member `target`. */
typedef struct {
    int format;
    bool format_given, overwrite, json;
} ih_scenes_target;

/* Rows for an option table, after option_rows.h. */
#define IH_SCENES_ROWS                                                                             \
    CHOICE_GIVEN("of", target.format, ih_scenes_format_names, "Output",                            \
                 "Format; default from the name (.geojson, .csv, .gpkg, .kml, .metalink), else "   \
                 "GeoJSON."),                                                                      \
        FLAG("overwrite", target.overwrite, "Output", "Replace an existing file."),                \
        FLAG("json", target.json, "Output", "Print the summary as JSON, and no progress.")

/* Before any work: chooses the format by the name of the output (NULL = none, "-" = standard
 * output) and refuses what cannot be. */
IH_MUST_CHECK ih_status ih_scenes_check_target(ih_scenes_target *target, const char *output,
                                               ih_error *err);

/* By the extension of a path: false when it tells none. */
bool ih_scenes_format_of(const char *path, int *format);

/* path "-" is standard output, but not of GeoPackages. Written beside its name and renamed. */
IH_MUST_CHECK ih_status ih_scenes_write(const ih_granules *scenes, ih_scenes_format format,
                                        const char *path, ih_error *err);

#endif
