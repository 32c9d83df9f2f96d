/* SPDX-License-Identifier: MIT */
#include "algorithms/residual_rms.h"

#include <math.h>

#include "algorithms/alloc.h"

/* Three quarters of the normal distribution lie below this; as many digits as MintPy has. */
#define NORMAL_QUARTILE 0.67449

void ih_residual_rms(size_t n_dates, const ih_ramp_sums *sums, const ih_ramp *ramps, double *rms)
{
    for (size_t d = 0; d < n_dates; d++)
        rms[d] = sums[d].finite
                     ? sqrt(ih_ramp_residual_squares(&sums[d], &ramps[d]) / (double)sums[d].finite)
                     : (double)NAN;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

ih_status ih_residual_rms_threshold(size_t n_dates, const double *rms, double cutoff,
                                    double *threshold, ih_error *err)
{
    double *sorted = NULL;
    size_t n = 0;

    *threshold = (double)NAN;
    if (n_dates == 0)
        return IH_OK;
    sorted = ih_alloc(n_dates, sizeof *sorted);
    if (!sorted)
        return ih_fail(err, IH_E_MEMORY, "the residuals of %zu dates", n_dates);
    for (size_t d = 0; d < n_dates; d++)
        if (!isnan(rms[d]))
            sorted[n++] = rms[d];
    qsort(sorted, n, sizeof *sorted, ascending);
    if (n > 0)
        *threshold = cutoff * 0.5 * (sorted[(n - 1) / 2] + sorted[n / 2]) / NORMAL_QUARTILE;
    free(sorted);
    return IH_OK;
}

size_t ih_residual_rms_outliers(size_t n_dates, const double *rms, double threshold,
                                uint8_t *outlier)
{
    size_t n = 0;

    for (size_t d = 0; d < n_dates; d++) {
        outlier[d] = rms[d] > threshold;
        n += outlier[d];
    }
    return n;
}

size_t ih_residual_rms_reference_date(size_t n_dates, const double *rms)
{
    size_t best = n_dates;

    for (size_t d = 0; d < n_dates; d++)
        if (!isnan(rms[d]) && (best == n_dates || rms[d] < rms[best]))
            best = d;
    return best;
}
