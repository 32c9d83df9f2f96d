/* SPDX-License-Identifier: MIT
 *
 * Error of the elevation model, found from its correlation with the perpendicular baseline
 * (Fattahi and Amelung 2013; docs/algorithms/topographic_residual.md): displacement is fitted with
 * z b(t)/(R sin(incidence)), a polynomial in time and steps. Everything but the factor 1/(R sin) is
 * common to all pixels, so that one decomposition serves all of them.
 */
#ifndef IH_TOPOGRAPHIC_RESIDUAL_H
#define IH_TOPOGRAPHIC_RESIDUAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "algorithms/status.h"
#include "algorithms/time_model.h"

typedef struct {
    int polynomial;                    /* degree 0 to 16 */
    const ih_time_model_moment *steps; /* 1[t > T] */
    size_t n_steps;
    const uint8_t *used; /* [date] 0 = not fitted, but corrected; NULL = all are */
    bool phase_velocity; /* fit the velocity between consecutive dates used instead of displacement;
                            there is no constant then */
    bool remove_constant; /* with phase_velocity: take the mean over the dates used off the
                             residuals, which have the constant otherwise */
} ih_topographic_residual_options;
#define IH_TOPOGRAPHIC_RESIDUAL_DEFAULTS                                                           \
    {                                                                                              \
        .polynomial = 2                                                                            \
    }

typedef struct {
    size_t n_dates;
    const int32_t *date_days; /* [date] days since 1970-01-01, ascending and distinct */
    const double *years;      /* [date] decimal years (ih_decimal_year), ascending */
    const double *baseline_m; /* [date] perpendicular baseline; that of the first date is taken off
                               */
} ih_topographic_residual_dates;

typedef struct ih_topographic_residual ih_topographic_residual;

/* All arrays are used only during the call. IH_E_ARGUMENT when dates or options are out of range,
 * a baseline is not finite or a step not between the first and last date used; IH_E_DATA when the
 * dates do not determine the model, or the polynomial and the steps explain the baselines so that
 * height cannot be told from motion. */
IH_MUST_CHECK ih_status ih_topographic_residual_new(const ih_topographic_residual_dates *dates,
                                                    const ih_topographic_residual_options *options,
                                                    ih_topographic_residual **out, ih_error *err);
void ih_topographic_residual_free(ih_topographic_residual *plan);

/* Figures to warn with. Correlation of the baselines used with time, -1..1, NaN when all are the
 * same: beyond 0.5 height leaks into velocity. Condition number of the design with its columns
 * scaled to length 1. Share of the baselines' variation that polynomial and steps do not explain,
 * 0..1. Standard deviation of z, in metres, for a displacement noise of 1 m at R sin(incidence) of
 * 1 m: it grows in proportion to both. */
double ih_topographic_residual_correlation(const ih_topographic_residual *plan);
double ih_topographic_residual_condition(const ih_topographic_residual *plan);
double ih_topographic_residual_unexplained(const ih_topographic_residual *plan);
double ih_topographic_residual_unit_deviation(const ih_topographic_residual *plan);

typedef struct {
    size_t n_pixels, stride;
    const float *displacement_m; /* [date][stride], missing where not finite */
    const float *slant_range_m;  /* [pixel], 0 or not finite: no result */
    const float *incidence_deg;  /* [pixel] from the vertical, the same */
} ih_topographic_residual_input;

/* Each may be NULL. One of the series may be the input's displacement. */
typedef struct {
    float *height_m;    /* [pixel] z: true height less that of the elevation model */
    float *corrected_m; /* [date][stride] displacement - z b/(R sin), all dates */
    float *residual_m;  /* [date][stride] displacement - model, all dates */
} ih_topographic_residual_output;

/* A pixel without geometry, or that lacks a date that is fitted, has no result: NaN at all dates.
 * Returns how many there were in *n_skipped (added to, may be NULL). IH_E_ARGUMENT when stride <
 * n_pixels; the padding is not touched. A pixel's result depends on that pixel alone. Thread-safe
 * on a shared plan. */
IH_MUST_CHECK ih_status ih_topographic_residual_correct(const ih_topographic_residual *plan,
                                                        const ih_topographic_residual_input *in,
                                                        const ih_topographic_residual_output *out,
                                                        size_t *n_skipped, ih_error *err);

/* Slant range, metres, of a place seen under an incidence (degrees from the vertical) by a sensor
 * at sensor_height_m above a sphere of earth_radius_m; NaN where incidence is not between 0 and 90.
 */
double ih_slant_range(double incidence_deg, double earth_radius_m, double sensor_height_m);

#endif
