/* SPDX-License-Identifier: MIT
 *
 * What is searched for: the options shared by the verbs that ask the catalogue, the requests they
 * become, and the test of each record on our side.
 */
#ifndef IH_SEARCH_QUERY_H
#define IH_SEARCH_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include "algorithms/status.h"
#include "utilities/lib/hub.h"
#include "utilities/lib/search_area.h"
#include "utilities/net/granule.h"
#include "utilities/net/iso_time.h"

enum { IH_DATASET_SLC, IH_DATASET_BURST };
enum { IH_DIRECTION_ASCENDING, IH_DIRECTION_DESCENDING };

typedef struct {
    int dataset, direction;
    bool direction_given, point_given, season_given;
    const char *aoi, *aoi_srs, *layer, *where;
    double point[2], season[2];
    const char *start, *end;
    char **paths, **frames, **stacks, **orbits, **platforms, **polarizations, **bursts, **granules;
    const char *granule_file, *beam_mode;
    long page_size;
    bool no_area_check, whole_archive;
} ih_search_options;

#define IH_SEARCH_DEFAULTS                                                                         \
    {                                                                                              \
        .page_size = 250                                                                           \
    }

extern const char *const ih_dataset_names[], *const ih_direction_names[];

/* Rows for an option table whose struct has the members ih_hub_network `network` and
 * ih_search_options `search`. */
#define IH_SEARCH_ROWS                                                                             \
    TEXT("aoi", "AREA", search.aoi, "Area",                                                        \
         "Scenes that touch this area: XMIN,YMIN,XMAX,YMAX in degrees (XMIN greater than XMAX "    \
         "crosses 180 degrees), WKT, GeoJSON, or a vector file."),                                 \
        TEXT("aoi_srs", "SRS", search.aoi_srs, "Area",                                             \
             "Coordinate system of -aoi; default degrees (WGS 84), of a file its own."),           \
        TEXT("cl", "LAYER", search.layer, "Area", "Layer of the file of -aoi."),                   \
        TEXT("cwhere", "EXPRESSION", search.where, "Area",                                         \
             "Features of the file of -aoi to use, by their attributes."),                         \
        NUMBERS_GIVEN("point", "LON LAT", 2, search.point, -180, 180, "Area",                      \
                      "Scenes that contain this point."),                                          \
        FLAG("no_area_check", search.no_area_check, "Area",                                        \
             "Keep also what the catalogue finds and whose footprint does not touch -aoi."),       \
        CHOICE("dataset", search.dataset, ih_dataset_names, "Scenes",                              \
               "Whole scenes (default) or single bursts."),                                        \
        TEXT("start", "TIME", search.start, "Scenes", "Acquired since this date or time (UTC)."),  \
        TEXT("end", "TIME", search.end, "Scenes",                                                  \
             "Acquired until this time, or the end of this day."),                                 \
        NUMBERS_GIVEN("season", "FIRST LAST", 2, search.season, 1, 366, "Scenes",                  \
                      "Acquired between these days of the year, the first and last included; the " \
                      "first may be the greater."),                                                \
        LISTED("path", "N", search.paths, "Scenes", "Relative orbit, or a range FIRST-LAST."),     \
        LISTED("frame", "N", search.frames, "Scenes", "ASF frame, or a range; not of bursts."),    \
        LISTED("stack", "PATH:FRAME", search.stacks, "Scenes",                                     \
               "Scenes of this path and frame together."),                                         \
        LISTED("orbit", "N", search.orbits, "Scenes", "Absolute orbit, or a range."),              \
        CHOICE_GIVEN("direction", search.direction, ih_direction_names, "Scenes",                  \
                     "Flight direction."),                                                         \
        LISTED("platform", "NAME", search.platforms, "Scenes", "S1A, S1B, S1C or S1D."),           \
        LISTED("polarization", "NAME", search.polarizations, "Scenes",                             \
               "As in the catalogue: VV, VV+VH, HH, HH+HV; of bursts VV, VH, HH, HV."),            \
        TEXT("beam_mode", "NAME", search.beam_mode, "Scenes",                                      \
             "Default IW, the only one HyP3 makes interferograms of; any for all."),               \
        LISTED("burst", "ID", search.bursts, "Scenes",                                             \
               "Burst: 174_372326_IW3, or its number 372326; makes bursts the dataset."),          \
        LISTED("granule", "NAME", search.granules, "Scenes",                                       \
               "Scene or burst by its name; several may be between commas."),                      \
        TEXT("granule_file", "FILE", search.granule_file, "Scenes",                                \
             "File of such names, one or several in a line, # before a comment."),                 \
        FLAG("whole_archive", search.whole_archive, "Scenes",                                      \
             "Search although nothing limits it."),                                                \
        TEXT("cmr_url", "URL", network.cmr_url, "Network",                                         \
             "The catalogue; default https://cmr.earthdata.nasa.gov/search."),                     \
        INTEGER("page_size", "N", search.page_size, 1, 2000, "Network",                            \
                "Records in one answer; default 250.")

/* A search ready to be asked. */
typedef struct {
    const ih_search_options *options;
    ih_search_area area;
    bool has_area;
    bool is_burst;
    ih_time start, end;
    bool has_start, has_end;
    char **names; /* CPL list, unique, in order */
    char **forms; /* CPL list: the parameters of each request, which are not the catalogue's own */
    char **notes; /* CPL list of what the user should know */
    size_t outside,
        unlike; /* records found that do not touch the area, or are not what was asked for */
} ih_search_query;

IH_MUST_CHECK ih_status ih_search_query_open(const ih_search_options *options, ih_search_query *out,
                                             ih_error *err);
void ih_search_query_close(ih_search_query *query);
void ih_search_options_free(ih_search_options *options);
/* Whether a record is wanted; counts why not. Metadata records are never. */
bool ih_search_query_wants(ih_search_query *query, const ih_granule *granule);

#endif
