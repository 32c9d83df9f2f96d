/* SPDX-License-Identifier: MIT
 *
 * What the options of gdal_ih_sbas say of the series: its time model, its corrections, its
 * reference date. Read once, before anything else, so that a slip of the pen costs no reading.
 */
#ifndef IH_SERIES_OPTIONS_H
#define IH_SERIES_OPTIONS_H

#include "algorithms/ramp.h"
#include "algorithms/time_model.h"
#include "utilities/lib/sbas_options.h"

enum ih_uncertainty {
    IH_UNCERTAINTY_RESIDUAL = 0,
    IH_UNCERTAINTY_BOOTSTRAP,
    IH_UNCERTAINTY_COVARIANCE
};
enum ih_troposphere { IH_TROPOSPHERE_NONE = 0, IH_TROPOSPHERE_HEIGHT };
enum ih_deramp { IH_DERAMP_NONE = 0, IH_DERAMP_FIRST /* + enum ih_ramp_shape */ };

typedef struct {
    double *periods_years;
    ih_time_model_moment *steps, *polylines;
    ih_time_model_decay *exponentials, *logarithms;
    size_t n_periods, n_steps, n_polylines, n_exponentials, n_logarithms;
    bool corrects; /* the series needs more than a fit: a correction, a judgement of its dates or
                      another reference date */
    bool reference_given, reference_automatic;
    int32_t reference_days;                 /* when given */
    int32_t *model_excluded, *dem_excluded; /* days since 1970-01-01 */
    size_t n_model_excluded, n_dem_excluded;
    int32_t model_first, model_last; /* likewise; the least and the greatest there is: no limit */
} ih_series_choice;

/* IH_E_ARGUMENT with the option and the word that is wrong. */
IH_MUST_CHECK ih_status ih_series_choice_read(const ih_sbas_run_options *options,
                                              ih_series_choice *out, ih_error *err);
/* used[date]: 1 but for what the options leave out of the time model, or out of the estimate of the
 * elevation model's error. IH_E_ARGUMENT when a date that is named is none of the stack. */
IH_MUST_CHECK ih_status ih_series_dates_of_model(const ih_series_choice *choice, size_t n_dates,
                                                 const int32_t *date_days, uint8_t *used,
                                                 ih_error *err);
IH_MUST_CHECK ih_status ih_series_dates_of_heights(const ih_series_choice *choice, size_t n_dates,
                                                   const int32_t *date_days, uint8_t *used,
                                                   ih_error *err);
void ih_series_choice_free(ih_series_choice *choice);

/* The time model; used[date] may be NULL. Points into choice. */
ih_time_model_options ih_series_time_model(const ih_sbas_run_options *options,
                                           const ih_series_choice *choice, const uint8_t *used);

#endif
