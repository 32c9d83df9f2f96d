/* SPDX-License-Identifier: MIT */
#include "algorithms/overlap_statistics.h"

#include <math.h>

#include "algorithms/order_statistic.h"

static const double two_pi = 6.28318530717958647692;

/* Variance below which agreement counts no more, rad^2. */
#define LEAST_VARIANCE 0.01
/* From the median of absolute deviations to the standard deviation of a normal distribution. */
#define NORMAL_SPREAD 1.4826

static double wrapped(double angle)
{
    return angle - two_pi * round(angle / two_pi);
}

void ih_overlap_statistics_find(float *d, float *weight, size_t n, ih_overlap_statistics *out)
{
    double cosine = 0, sine = 0, sum = 0, square = 0;
    size_t off = 0;

    *out = (ih_overlap_statistics){.count = n};
    for (size_t i = 0; i < n; i++) {
        cosine += (double)weight[i] * cos((double)d[i]);
        sine += (double)weight[i] * sin((double)d[i]);
        sum += (double)d[i];
        square += (double)d[i] * (double)d[i];
    }
    out->mean_rad = sum / (double)n;
    out->mean_square_rad2 = square / (double)n;
    out->remainder_rad = atan2(sine, cosine);
    for (size_t i = 0; i < n; i++)
        weight[i] = (float)fabs(wrapped((double)d[i] - out->remainder_rad));
    out->spread_rad = NORMAL_SPREAD * ih_median(weight, n);
    out->median_rad = ih_median(d, n);
    out->difference_rad =
        out->remainder_rad + two_pi * round((out->median_rad - out->remainder_rad) / two_pi);
    for (size_t i = 0; i < n; i++)
        off += fabs((double)d[i] - out->difference_rad) > two_pi / 2;
    out->off_share = (double)off / (double)n;
    out->weight = (double)n / (out->spread_rad * out->spread_rad + LEAST_VARIANCE);
}
