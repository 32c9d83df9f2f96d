/* SPDX-License-Identifier: MIT */
#include "algorithms/reference_date.h"

#include <math.h>

ih_status ih_reference_date_set(size_t n_dates, size_t reference_date, size_t n_pixels,
                                size_t stride, float *values, ih_error *err)
{
    float *reference;

    if (reference_date >= n_dates)
        return ih_fail(err, IH_E_ARGUMENT, "reference date %zu of %zu dates", reference_date,
                       n_dates);
    if (stride < n_pixels)
        return ih_fail(err, IH_E_ARGUMENT, "rows of %zu pixels in a stride of %zu", n_pixels,
                       stride);
    reference = values + reference_date * stride;
    for (size_t d = 0; d < n_dates; d++) {
        float *v = values + d * stride;

        if (d == reference_date)
            continue;
        for (size_t p = 0; p < n_pixels; p++) {
            float left = v[p] - reference[p];

            /* infinities too are missing values */
            v[p] = isfinite(left) ? left : NAN;
        }
    }
    for (size_t p = 0; p < n_pixels; p++)
        reference[p] = isfinite(reference[p]) ? 0.0f : NAN;
    return IH_OK;
}
