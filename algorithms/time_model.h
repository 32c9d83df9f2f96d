/* SPDX-License-Identifier: MIT
 *
 * Least-squares fit of a time model (docs/algorithms/velocity.md) to displacement series:
 * polynomial terms now, further terms are further columns. Column k of the polynomial is t^k/k!
 * with t in years since the first date of the model, also for a pixel that lacks that date, so the
 * intercept means the same everywhere. One pseudo-inverse serves all pixels without gaps; a pixel
 * with NaN dates is fitted on its own dates.
 */
#ifndef IH_TIME_MODEL_H
#define IH_TIME_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "algorithms/status.h"

typedef struct {
    int polynomial; /* degree, 1 = velocity */
} ih_time_model_options;
#define IH_TIME_MODEL_DEFAULTS                                                                     \
    {                                                                                              \
        .polynomial = 1                                                                            \
    }

typedef struct ih_time_model ih_time_model;

/* Decimal year as MintPy counts it: Y + (day_of_year - 1)/365.25 + seconds/(365.25*86400). */
double ih_decimal_year(int32_t days_since_1970, double seconds_of_day);

/* years[date], ascending (else IH_E_ARGUMENT), used only during the call. degree 0 to 16. IH_E_DATA
 * when there are fewer dates than parameters, or they do not determine them. */
IH_MUST_CHECK ih_status ih_time_model_new(size_t n_dates, const double *years,
                                          const ih_time_model_options *options, ih_time_model **out,
                                          ih_error *err);
void ih_time_model_free(ih_time_model *model);

size_t ih_time_model_parameters(const ih_time_model *model);
/* "intercept", "velocity", "acceleration", "poly3", ... and "m", "m/year", "m/year^2", ... */
const char *ih_time_model_name(const ih_time_model *model, size_t parameter);
const char *ih_time_model_unit(const ih_time_model *model, size_t parameter);

/* Fits a block: displacement_m [date][stride]; estimate and standard_deviation [parameter][stride]
 * (the latter from the residuals, Fattahi and Amelung 2015 eq. 10; either may be NULL). A pixel
 * with fewer valid dates than parameters gets NaN; with as many, its standard deviation is NaN. A
 * date is valid when finite. stride >= n_pixels, else IH_E_ARGUMENT; the padding is not touched.
 * Thread-safe on a shared model. */
IH_MUST_CHECK ih_status ih_time_model_fit(const ih_time_model *model, size_t n_pixels,
                                          size_t stride, const float *displacement_m,
                                          float *estimate, float *standard_deviation,
                                          ih_error *err);

#endif
