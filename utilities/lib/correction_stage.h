/* SPDX-License-Identifier: MIT
 *
 * Between the inversion and the time model: the delay that grows with height, ramps, the error of
 * the elevation model, a judgement of the dates, the reference date, then the fit of the model, in
 * sweeps over the series in the work cube. A sweep works on strips of whole rows whose height
 * depends on the width of the raster alone, and adds their sums in their order: the same bytes
 * whatever the memory, threads and blocks of the cube.
 */
#ifndef IH_CORRECTION_STAGE_H
#define IH_CORRECTION_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "algorithms/height_correlation.h"
#include "algorithms/ramp.h"
#include "algorithms/status.h"
#include "algorithms/topographic_residual.h"

struct ih_sbas_state;

typedef struct {
    size_t reference_date; /* displacement counts from it */
    uint8_t *modelled; /* [date] 0 = left out of the time model by an option, or as an outlier */
    ih_height_correlation *height_fit; /* [date] NULL = not removed */
    ih_ramp *ramp;                     /* [date] NULL = not removed */
    ih_topographic_residual *plan;     /* NULL = no error of the elevation model */
    float *dem_error_m;                /* [pixel] NULL = not estimated */
    bool judged;
    double *rms_m;    /* [date] of the residual over reliable pixels, NULL unless judged */
    uint8_t *outlier; /* [date] 1 = not in the time model */
    double threshold_m;
    size_t n_outliers;
    double earth_radius_m, sensor_height_m; /* NaN when unknown or not needed */
} ih_corrections;

/* Finds out early, before anything is solved, whether what is wanted can be had: the time model,
 * the baselines, the reference date. Sets model, corrections and, where needed, viewing. */
IH_MUST_CHECK ih_status ih_corrections_prepare(struct ih_sbas_state *state, ih_error *err);

/* All sweeps, after solving; nothing when no option asks for it. Replaces the model by one of the
 * dates used. */
IH_MUST_CHECK ih_status ih_corrections_run(struct ih_sbas_state *state, ih_error *err);

/* Bytes per pixel of planes that the options ask for beyond those of an ordinary run. */
double ih_corrections_plane_bytes(const struct ih_sbas_state *state);

void ih_corrections_free(ih_corrections *corrections);

/* Adds "corrections" and "time_model" to run.json. */
void ih_corrections_report(const struct ih_sbas_state *state, cJSON *json);

/* dem_error.tif and residual_rms_dates.csv, where there is anything to write. */
IH_MUST_CHECK ih_status ih_corrections_write(const struct ih_sbas_state *state, ih_error *err);

#endif
