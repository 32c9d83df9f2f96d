/* SPDX-License-Identifier: MIT */
#include "algorithms/overlap_statistics.h"

#include <math.h>

#include "algorithms/order_statistic.h"

static const double two_pi = 6.28318530717958647692;

/* Variance below which agreement counts no more, rad^2. */
#define LEAST_VARIANCE 0.01
/* Variance of places, as a share of the overlap's sides, below which no plane is fitted. */
#define LEAST_SPREAD 1e-4
/* From the median of absolute deviations to the standard deviation of a normal distribution. */
#define NORMAL_SPREAD 1.4826

static double wrapped(double angle)
{
    return angle - two_pi * round(angle / two_pi);
}

/* Least squares of a plane through wrapped differences. */
static void fit_plane(const ih_overlap_samples *s, double remainder, double trend[2])
{
    double n = (double)s->n, x = 0, y = 0, r = 0, xx = 0, xy = 0, yy = 0, xr = 0, yr = 0, det;

    for (size_t i = 0; i < s->n; i++) {
        x += (double)s->x[i] / n;
        y += (double)s->y[i] / n;
        r += wrapped((double)s->difference_rad[i] - remainder) / n;
    }
    for (size_t i = 0; i < s->n; i++) {
        double dx = (double)s->x[i] - x, dy = (double)s->y[i] - y;
        double dr = wrapped((double)s->difference_rad[i] - remainder) - r;

        xx += dx * dx / n;
        xy += dx * dy / n;
        yy += dy * dy / n;
        xr += dx * dr / n;
        yr += dy * dr / n;
    }
    det = xx * yy - xy * xy;
    trend[0] = trend[1] = 0;
    if (det <= LEAST_SPREAD * LEAST_SPREAD)
        return;
    trend[0] = (xr * yy - yr * xy) / det;
    trend[1] = (yr * xx - xr * xy) / det;
}

void ih_overlap_statistics_find(const ih_overlap_samples *samples, ih_overlap_statistics *out)
{
    float *d = samples->difference_rad, *weight = samples->weight;
    size_t n = samples->n, off = 0;
    double cosine = 0, sine = 0, sum = 0, square = 0;

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
    fit_plane(samples, out->remainder_rad, out->trend_rad);
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
