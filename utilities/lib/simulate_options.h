/* SPDX-License-Identifier: MIT
 *
 * Options of gdal_ih_simulate, and its command line.
 */
#ifndef IH_SIMULATE_OPTIONS_H
#define IH_SIMULATE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "algorithms/status.h"
#include "utilities/lib/cli.h"

enum ih_simulate_family { IH_SIMULATE_GAMMA = 0, IH_SIMULATE_BURST };
enum ih_simulate_format { IH_SIMULATE_ZIP = 0, IH_SIMULATE_FOLDER };
enum ih_simulate_direction { IH_SIMULATE_ASCENDING = 0, IH_SIMULATE_DESCENDING };

typedef struct {
    /* Stack. */
    int family, format, direction;
    long dates, interval_days, connections, seed;
    const char *start; /* YYYY-MM-DD */

    /* Grid. */
    double size[2]; /* columns, rows of a product */
    int spacing;    /* index into {20, 40, 80} */
    double lonlat[2];
    long zone;  /* 0 = from the longitude */
    long shift; /* largest shift of a product's extent, pixels */
    bool same_extent, no_margins;

    /* Ground. */
    double relief_m, sea_level_m;
    bool no_water, apply_water_mask;

    /* Deformation, mm and years in the line of motion. */
    double bowl_mm, fault_mm, seasonal_mm, step_mm;
    const char *step_date; /* NULL = at 60 % of the series */
    bool no_bowl, no_fault, no_seasonal, no_step;

    /* Errors. */
    double turbulence_mm, stratified_mm_per_km, dem_error_m, baseline_m;
    double unwrap_errors; /* share of pairs */
    double coherence, long_term, decay_days, patches;
    bool no_turbulence, no_stratified, no_dem_error, no_unwrap_errors, no_noise, no_decorrelation;
    bool no_errors;

    /* Output and report. */
    long deflate_level;
    bool overwrite, json;
    const char *compare; /* result folder, NULL = simulate */
} ih_simulate_options;

extern const ih_simulate_options ih_simulate_defaults;
extern const ih_program ih_simulate_program;

/* Applies the switches to the amounts (a source switched off has the amount 0) and checks what the
 * table cannot. */
IH_MUST_CHECK ih_status ih_simulate_options_resolve(ih_simulate_options *options, ih_error *err);

int ih_simulate_spacing_m(const ih_simulate_options *options);

/* Days since 1970-01-01 of YYYY-MM-DD (or YYYYMMDD); false when it is no date. */
bool ih_simulate_parse_date(const char *text, int32_t *days);
/* The date as YYYYMMDD, or with dashes; text holds 11 bytes or more. */
void ih_simulate_format_date(int32_t days, bool dashes, char text[16]);

#endif
