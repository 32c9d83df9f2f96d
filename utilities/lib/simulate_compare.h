/* SPDX-License-Identifier: MIT
 *
 * How near a result of gdal_ih_sbas comes to the truth of the simulation it was made from.
 */
#ifndef IH_SIMULATE_COMPARE_H
#define IH_SIMULATE_COMPARE_H

#include <stddef.h>

#include <cjson/cJSON.h>

#include "algorithms/status.h"

typedef struct {
    char date[11]; /* YYYY-MM-DD */
    double rms_mm, bias_mm;
} ih_simulate_date;

typedef struct {
    double n_pixels;                 /* common, inside the result's mask */
    double reference_x, reference_y; /* map coordinates of the place both are relative to */
    double bias_mm_per_year;         /* mean of velocity minus truth */
    double rms_mm_per_year;
    double predicted_mm_per_year; /* mean standard deviation that the result states; NaN without
                                     band 2 */
    double ratio;                 /* rms / predicted */
    double share_within_1, share_within_2; /* standard deviations */
    double n_dates;                        /* common dates */
    double displacement_rms_mm; /* over common pixels and dates but the first; NaN without
                                   displacement.tif */
    ih_simulate_date *date;     /* [n_listed] common dates but the first */
    size_t n_listed;
    double dem_error_rms_m, dem_error_bias_m; /* NaN without dem_error.tif */
    /* Of unwrapping_cycles.tif, whatever the mask; NaN without it, shares of nothing too. */
    double planted_values; /* pixels of pairs that are wrong relative to the reference */
    double repaired_share; /* of them, where the right cycles were subtracted */
    double harmed_share;   /* of the other values, where any were */
} ih_simulate_comparison;

/* Velocities and displacements are compared relative to the result's reference point (run.json
 * "reference", else the pixel whose displacement is 0 at all dates) on the pixels where the
 * result's mask is not 0. */
IH_MUST_CHECK ih_status ih_simulate_compare(const char *result_folder,
                                            const char *simulation_folder,
                                            ih_simulate_comparison *out, ih_error *err);

void ih_simulate_comparison_free(ih_simulate_comparison *c);

/* As JSON (cJSON_Delete; NULL when memory is short), and as text on stdout. */
cJSON *ih_simulate_comparison_json(const ih_simulate_comparison *c);
void ih_simulate_comparison_print(const ih_simulate_comparison *c);

#endif
