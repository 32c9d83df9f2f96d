/* SPDX-License-Identifier: MIT
 *
 * What a stack consists of: every interferogram with its dates, layers, grid and the facts of its
 * metadata, found from the words of a command line without reading a pixel. What cannot be used is
 * listed with its reason, never dropped in silence.
 */
#ifndef IH_CATALOGUE_H
#define IH_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ogr_srs_api.h>

#include "algorithms/grid.h"
#include "algorithms/status.h"

enum ih_stack_layer {
    IH_STACK_UNW = 0,
    IH_STACK_CORR,
    IH_STACK_CONNCOMP,
    IH_STACK_DEM,
    IH_STACK_LV_THETA,
    IH_STACK_LV_PHI,
    IH_STACK_WATER_MASK,
    IH_STACK_LAYERS
};

typedef struct {
    char *path; /* dataset to open; NULL = the product has no such layer */
    int band;   /* from 1 */
} ih_layer_source;

/* One interferogram. Numbers are NaN where the metadata do not tell. */
typedef struct {
    char *name;                             /* product name, else the name of the phase file */
    char *path;                             /* as it is opened */
    bool is_hyp3;                           /* opened by the HYP3 driver */
    int32_t reference_days, secondary_days; /* since 1970-01-01 */
    ih_layer_source layers[IH_STACK_LAYERS];
    ih_grid grid;
    OGRSpatialReferenceH srs; /* traditional axis order; NULL when unknown */
    double perpendicular_baseline_m, wavelength_m, incidence_deg, heading_deg, utc_seconds;
    double earth_radius_m, sensor_height_m; /* sensor above the sphere of this radius */
    double range_looks, azimuth_looks;
    double relative_orbit;
    bool ascending_known, ascending;
    char processor[16];              /* "GAMMA", "ISCE2"; empty when unknown */
    char polarisation[4];            /* "VV", "HH", ...; empty when unknown */
    char bursts[64];                 /* what the product's name tells of its bursts, or "" */
    bool has_reference_point;        /* the producer's own, where a phase of 0 is data */
    double reference_x, reference_y; /* map coordinates in srs */
    int64_t size_bytes, modified;    /* of path; modified in seconds since 1970, UTC */
    uint8_t verdict;                 /* enum ih_pair_verdict of the selection of pairs */
    double mean_coherence, area_ratio, valid_fraction; /* over the common grid; NaN until read */
} ih_interferogram;

enum ih_skip_kind {
    IH_SKIP_IGNORED,   /* not an interferogram: nothing is missing without it */
    IH_SKIP_DUPLICATE, /* another product of the same pair was taken */
    IH_SKIP_UNUSABLE   /* meant to be in the stack, but cannot */
};

typedef struct {
    char *what, *why;
    enum ih_skip_kind kind;
    int32_t reference_days, secondary_days; /* of one that was dropped; else 0 */
} ih_skipped;

/* A product or list that words led to. */
typedef struct {
    char *path;
    int64_t size_bytes, modified; /* 0 when unknown */
} ih_source;

typedef struct {
    ih_interferogram *items; /* ascending by (reference, secondary), distinct */
    size_t count;
    ih_interferogram *aside; /* usable, but not selected; in any order */
    size_t n_aside;
    ih_skipped *skipped;
    size_t n_skipped;
    ih_source *sources; /* all that was looked at but what was ignored, in its order */
    size_t n_sources;
} ih_catalogue;

/* inputs is a NULL-terminated list of words: products, folders, patterns, @lists, pairs.csv.
 * Products are opened by several threads. IH_E_DATA when no interferogram is left, or a list or
 * pairs.csv has faults; every fault has then been raised by CPLError before. */
IH_MUST_CHECK ih_status ih_catalogue_read(char **inputs, int threads, ih_catalogue **out,
                                          ih_error *err);

/* What a program bears that does not solve a stack. */
typedef struct {
    bool any_form;        /* products of several processors and pixel sizes side by side */
    bool keep_duplicates; /* products of one pair, but not several copies of one product */
    bool look_only;       /* nothing is refused or dropped for what it is beside others, and none
                             may be left */
    bool any_scene;       /* products of different ground and geometry: the program judges them */
} ih_catalogue_rules;

IH_MUST_CHECK ih_status ih_catalogue_read_by(char **inputs, int threads,
                                             const ih_catalogue_rules *rules, ih_catalogue **out,
                                             ih_error *err);
void ih_catalogue_free(ih_catalogue *catalogue);

/* Takes an interferogram out, with its reason. Order and memory of the others stay. */
IH_MUST_CHECK ih_status ih_catalogue_drop(ih_catalogue *catalogue, size_t index, const char *why,
                                          ih_error *err);

/* The same for any kind of reason. */
IH_MUST_CHECK ih_status ih_catalogue_leave_out(ih_catalogue *catalogue, size_t index,
                                               enum ih_skip_kind kind, const char *why,
                                               ih_error *err);

/* Moves the interferograms with keep[i] == 0 to those set aside; the order of the others stays. */
IH_MUST_CHECK ih_status ih_catalogue_set_aside(ih_catalogue *catalogue, const uint8_t *keep,
                                               ih_error *err);
/* Takes all of them back. */
IH_MUST_CHECK ih_status ih_catalogue_take_back(ih_catalogue *catalogue, ih_error *err);

/* For qsort of pointers to interferograms: by reference date, then by secondary date. */
int ih_catalogue_by_dates(const void *a, const void *b);

/* How many skipped entries are of a kind. */
size_t ih_catalogue_count_skipped(const ih_catalogue *catalogue, enum ih_skip_kind kind);

#endif
