/* SPDX-License-Identifier: MIT
 *
 * The made-up world that gdal_ih_simulate photographs: grid, landscape, viewing geometry, dates,
 * pairs, and what each date adds to the phase. Everything follows from the options and their seed.
 * Arrays are [row][column] of the scene grid, which contains the extents of all products. After
 * creation it is read only, so threads may share it.
 */
#ifndef IH_SCENE_H
#define IH_SCENE_H

#include <stddef.h>
#include <stdint.h>

#include <ogr_srs_api.h>

#include "algorithms/decorrelation.h"
#include "algorithms/deformation.h"
#include "algorithms/grid.h"
#include "algorithms/random.h"
#include "algorithms/status.h"
#include "algorithms/viewing_geometry.h"
#include "utilities/lib/simulate_options.h"

#define IH_SCENE_WAVELENGTH_M (299792458.0 / 5.405e9)
#define IH_SCENE_MAX_PATCHES  2

/* A random stream for each purpose; the index is the date or the pair. */
enum ih_scene_purpose {
    IH_SCENE_TERRAIN = 1,
    IH_SCENE_LAND_COVER,
    IH_SCENE_FOREST,
    IH_SCENE_DEM_ERROR,
    IH_SCENE_BASELINE,
    IH_SCENE_TURBULENCE,
    IH_SCENE_STRATIFIED,
    IH_SCENE_ACQUISITION,
    IH_SCENE_EXTENT,
    IH_SCENE_CYCLES,
    IH_SCENE_UNWRAP_ERRORS,
    IH_SCENE_SPECKLE,
    IH_SCENE_PRODUCT_ID
};

typedef struct {
    int32_t days;        /* since 1970-01-01 */
    double years;        /* of 365.25 days since the first date */
    double seconds;      /* of the day, start of the acquisition, UTC */
    double baseline_m;   /* perpendicular position relative to the first date */
    double turbulence_m; /* root mean square of the delay over the scene */
    double stratified;   /* delay per height, metres per metre */
    char platform;       /* 'A' or 'B' */
    long absolute_orbit;
    unsigned datatake, scene_id; /* for the granule's name */
} ih_scene_date;

/* An area whose unwrapped phase is wrong: distance from the centre below a radius that varies with
 * direction. */
typedef struct {
    double column, row, radius; /* pixels of the scene grid */
    double wave_phase[2];       /* of the outline's 3 and 5 waves */
    int cycles;                 /* added to the unwrapped phase */
} ih_scene_patch;

typedef struct {
    size_t reference, secondary; /* indices of dates */
    double baseline_m;           /* secondary minus reference */
    size_t column, row, nx, ny;  /* extent of the product in the scene grid */
    int whole_cycles;            /* arbitrary constant of the unwrapping */
    size_t n_patches;
    ih_scene_patch patches[IH_SCENE_MAX_PATCHES];
    char id[5];
    char name[128]; /* of the product */
} ih_scene_pair;

typedef struct {
    ih_simulate_options options;
    ih_grid grid;
    int epsg;
    OGRSpatialReferenceH srs;
    ih_viewing_geometry view;
    ih_deformation_spec motion;
    double looks; /* independent ones */
    int range_looks, azimuth_looks;
    size_t n_pixels;

    float *height_m; /* true height is this plus dem_error_m; products hold this */
    float *elevation_rad, *azimuth_rad;
    float *baseline_sensitivity; /* 1 / (range sin incidence) */
    float *dem_error_m;
    uint8_t *land;   /* 0 water */
    uint8_t *forest; /* 1 decorrelated patch */
    ih_decorrelation decorrelation;
    ih_deformation deformation;

    size_t n_dates, n_pairs;
    ih_scene_date *dates;
    ih_scene_pair *pairs;
} ih_scene;

IH_MUST_CHECK ih_status ih_scene_new(const ih_simulate_options *options, ih_scene **out,
                                     ih_error *err);
void ih_scene_free(ih_scene *scene);

ih_random ih_scene_stream(const ih_scene *scene, enum ih_scene_purpose purpose, size_t index);

/* True ground displacement of a date, metres, positive toward the satellite. */
void ih_scene_displacement(const ih_scene *scene, size_t date, float *displacement_m);

/* Delay of the troposphere at a date, metres one way along the line of sight. */
IH_MUST_CHECK ih_status ih_scene_troposphere(const ih_scene *scene, size_t date, float *delay_m,
                                             ih_error *err);

/* Phase that a date contributes, radians: 4 pi / wavelength (delay - displacement - baseline *
 * sensitivity * dem_error). The phase of a pair is that of its secondary minus that of its
 * reference. */
IH_MUST_CHECK ih_status ih_scene_date_phase(const ih_scene *scene, size_t date, float *phase_rad,
                                            ih_error *err);

/* True coherence of a pair; 0 on water. */
void ih_scene_coherence(const ih_scene *scene, const ih_scene_pair *pair, float *coherence);

/* 1 inside the footprint of a pair's product. */
void ih_scene_footprint(const ih_scene *scene, const ih_scene_pair *pair, uint8_t *valid);

/* Whole cycles that planted unwrapping errors add at a pixel. */
int ih_scene_planted_cycles(const ih_scene_pair *pair, size_t column, size_t row);

/* Grid of a pair's product. */
ih_grid ih_scene_product_grid(const ih_scene *scene, const ih_scene_pair *pair);

#endif
