/* SPDX-License-Identifier: MIT
 *
 * Scenes and bursts as the catalogue describes them (UMM-G), in the words that asf_search made
 * usual.
 */
#ifndef IH_NET_GRANULE_H
#define IH_NET_GRANULE_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#include "algorithms/status.h"
#include "utilities/net/iso_time.h"

enum { IH_GRANULE_CORNERS = 8 };

typedef struct {
    cJSON *
        properties; /* object; keys in alphabetical order; texts that say nothing ("NA") are null */
    cJSON *extras; /* object: ASC_NODE_TIME, state vectors, corners and the like, not for GeoJSON */
    const char *name; /* sceneName, in properties */
    const char *id;   /* fileID, in properties */
    ih_time start, stop;
    bool is_burst;
    long path, frame;                             /* -1 when not told */
    const char *burst;                            /* fullBurstID of a burst, else "" */
    const char *direction, *polarization, *level; /* "" when not told */
    double *ring; /* footprint: longitude, latitude of each corner, the first repeated; NULL when
                     there is none */
    size_t n_corners;
    size_t n_polygons; /* that the record has; only the first is kept */
} ih_granule;

/* IH_E_DATA when the record has no name or no times: it is then nothing that can be told apart. */
IH_MUST_CHECK ih_status ih_granule_read(const cJSON *item, ih_granule *out, ih_error *err);
void ih_granule_free(ih_granule *granule);

typedef struct {
    ih_granule *items;
    size_t n, capacity;
} ih_granules;

/* Moves *granule into the list. */
IH_MUST_CHECK ih_status ih_granules_add(ih_granules *list, ih_granule *granule, ih_error *err);
/* Latest first: by stop, then by fileID, both descending; of equal fileIDs one stays; of a burst
 * that two overlapping slices hold, the one processed later. Returns how many were dropped. */
size_t ih_granules_settle(ih_granules *list);
void ih_granules_free(ih_granules *list);

#endif
