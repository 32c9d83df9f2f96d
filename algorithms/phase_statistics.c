/* SPDX-License-Identifier: MIT */
#include "algorithms/phase_statistics.h"

#include <math.h>

#include "algorithms/simd.h"

#define QUALITY_STEP    0.005
#define LOWEST_QUALITY  0.0025 /* lower edge of the first bin */
#define HIGHEST_QUALITY 0.9975 /* from here on the last bin */
#define MIN_COHERENCE                                                                              \
    0.05 /* worse is indistinguishable from this in an estimate from a few looks */
#define MAX_FISHER    0.999 /* the information is infinite at 1 */
#define MAX_LOOKS     80.0
#define PHASE_SAMPLES 200

/* Area of independent resolution cells of a Sentinel-1 IW product in single-look pixels. */
#define PIXELS_PER_LOOK 1.94

double ih_independent_looks(double range_looks, double azimuth_looks)
{
    double looks = rint(range_looks * azimuth_looks / PIXELS_PER_LOOK);

    return looks > 1.0 ? looks : 1.0;
}

/* Density of the phase about its mean for b = coherence * cos(phase), but for the factor (1 -
 * coherence^2)^L / 2 pi (Tough et al. 1995 eq. 66). scale is Gamma(2L - 1) / (Gamma(L)^2 2^(2L -
 * 2)). */
static double phase_density(double b, int looks, double scale)
{
    double rest = 1.0 - b * b, ratio = 1.0, power = rest * rest, sum = 0.0;
    double density = scale * ((2 * looks - 1) * b * (M_PI_2 + asin(b)) / pow(rest, looks + 0.5) +
                              1.0 / pow(rest, looks));

    if (looks == 1)
        return density;
    for (int r = 0; r <= looks - 2; r++) {
        /* the ratio of Gamma functions, by recurrence */
        if (r > 0)
            ratio *= (looks - 0.5 - r) / (looks - 1.0 - r);
        sum += ratio * (1.0 + (2 * r + 1) * b * b) / power;
        power *= rest;
    }
    return density + sum / (2.0 * (looks - 1));
}

/* The sample points include both ends while the step is that of a closed circle: the sum is kept as
 * the established implementations have it, so that weights agree. */
static double phase_variance(double coherence, int looks, double scale)
{
    double sum = 0.0;

    for (int j = 0; j < PHASE_SAMPLES; j++) {
        double phase = -M_PI + 2.0 * M_PI * j / (PHASE_SAMPLES - 1);

        sum += phase * phase * phase_density(coherence * cos(phase), looks, scale);
    }
    return sum * pow(1.0 - coherence * coherence, looks) / (2.0 * M_PI) *
           (2.0 * M_PI / PHASE_SAMPLES);
}

ih_status ih_phase_variance_table(double looks, double variance_rad2[IH_QUALITY_LEVELS],
                                  ih_error *err)
{
    double smallest = INFINITY, scale = 1.0;
    int whole;

    if (!(looks >= 1.0) || !isfinite(looks))
        return ih_fail(err, IH_E_ARGUMENT, "%g looks: at least 1 is needed", looks);
    whole = (int)rint(fmin(looks, MAX_LOOKS));
    /* as a product: the terms of the density cancel, so that its last digits count */
    for (int k = 1; k < whole; k++)
        scale *= (2.0 * k - 1.0) / (2.0 * k);

    for (int i = 0; i < IH_QUALITY_LEVELS; i++) {
        variance_rad2[i] = phase_variance(QUALITY_STEP * (i + 1) - LOWEST_QUALITY, whole, scale);
        if (variance_rad2[i] > 0.0 && variance_rad2[i] < smallest)
            smallest = variance_rad2[i];
    }
    for (int i = 0; i < IH_QUALITY_LEVELS; i++)
        if (!(variance_rad2[i] > 0.0))
            variance_rad2[i] = smallest;
    return IH_OK;
}

static double fisher_information(double coherence, double looks)
{
    double c = fmin(coherence, MAX_FISHER);

    return 2.0 * looks * c * c / (1.0 - c * c);
}

static double weight_of_level(enum ih_weight weight, double looks, const double *variance_rad2,
                              int level)
{
    /* the middle of the bin, as a float32 raster would hold it */
    double coherence = (double)(float)(QUALITY_STEP * (level + 1));

    switch (weight) {
    case IH_WEIGHT_VARIANCE:
        return 1.0 / variance_rad2[level];
    case IH_WEIGHT_COHERENCE:
        return coherence;
    case IH_WEIGHT_FISHER:
        return fisher_information(coherence, looks);
    case IH_WEIGHT_NONE:
        break;
    }
    return 1.0;
}

ih_status ih_weight_table(enum ih_weight weight, double looks, float weights[IH_QUALITY_LEVELS],
                          ih_error *err)
{
    double variance_rad2[IH_QUALITY_LEVELS];
    int lowest = ih_quality_of_coherence((float)MIN_COHERENCE);
    ih_status st = ih_phase_variance_table(looks, variance_rad2, err);

    if (st != IH_OK)
        return st;
    if ((int)weight < IH_WEIGHT_VARIANCE || (int)weight > IH_WEIGHT_NONE)
        return ih_fail(err, IH_E_ARGUMENT, "%d is not a weighting", (int)weight);
    for (int i = 0; i < IH_QUALITY_LEVELS; i++)
        weights[i] = (float)weight_of_level(weight, looks, variance_rad2, i > lowest ? i : lowest);
    return IH_OK;
}

void ih_weigh(enum ih_weight weight, double looks, size_t n, float *coherence)
{
    for (size_t i = 0; i < n; i++) {
        double c = coherence[i] > (float)MIN_COHERENCE ? (double)coherence[i]
                                                       : (double)(float)MIN_COHERENCE;

        if (weight == IH_WEIGHT_FISHER)
            coherence[i] = (float)fisher_information(c, looks);
        else
            coherence[i] = (float)c;
    }
}

/* Without a branch, so that many become vectors; a false comparison makes NaN 0. */
static inline uint8_t quality_of(float coherence)
{
    double c = (double)coherence, position = (c - LOWEST_QUALITY) / QUALITY_STEP;
    int level;

    position = c > LOWEST_QUALITY ? position : 0.0;
    /* the same in float, where 0.9975 may lie below the double */
    position = coherence >= (float)HIGHEST_QUALITY ? IH_QUALITY_LEVELS - 1 : position;
    level = (int)position;
    return (uint8_t)level;
}

uint8_t ih_quality_of_coherence(float coherence)
{
    return quality_of(coherence);
}

IH_SIMD void ih_qualities_of_coherence(size_t n, const float *restrict coherence,
                                       uint8_t *restrict quality)
{
    for (size_t i = 0; i < n; i++)
        quality[i] = quality_of(coherence[i]);
}
