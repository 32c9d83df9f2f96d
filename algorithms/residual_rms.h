/* SPDX-License-Identifier: MIT
 *
 * How noisy each date is: the root mean square of its residual over a mask, after a ramp was taken
 * off (docs/algorithms/residual_rms.md). Dates far above the others are outliers, the quietest is
 * the best reference date. Thread-safe: no state.
 */
#ifndef IH_RESIDUAL_RMS_H
#define IH_RESIDUAL_RMS_H

#include <stddef.h>
#include <stdint.h>

#include "algorithms/ramp.h"

/* rms[date], in the unit of the series, from the sums of step 1 over its residuals and the ramps
 * solved from them: as if the ramps had been removed from the series. Values of 0 count as pixels.
 * NaN where a date has no pixel. */
void ih_residual_rms(size_t n_dates, const ih_ramp_sums *sums, const ih_ramp *ramps, double *rms);

/* cutoff * median(rms) / 0.67449: the median absolute deviation about 0, scaled to a standard
 * deviation of the normal distribution. NaN dates are left out; NaN when none remains. IH_E_MEMORY.
 */
IH_MUST_CHECK ih_status ih_residual_rms_threshold(size_t n_dates, const double *rms, double cutoff,
                                                  double *threshold, ih_error *err);

/* outlier[date] = 1 where rms > threshold, else 0 (NaN too); returns how many. */
size_t ih_residual_rms_outliers(size_t n_dates, const double *rms, double threshold,
                                uint8_t *outlier);

/* Date of the least rms, the first of equals; n_dates when all are NaN. */
size_t ih_residual_rms_reference_date(size_t n_dates, const double *rms);

#endif
