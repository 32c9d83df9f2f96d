/* SPDX-License-Identifier: MIT
 *
 * Least-squares fit of a time model (docs/algorithms/velocity.md) to displacement series. Every
 * term is one or two columns of a design matrix, functions of the time t in decimal years since the
 * first date used, also for a pixel that lacks that date, so the intercept means the same
 * everywhere. One pseudo-inverse serves all pixels without gaps; a pixel with NaN dates is fitted
 * on its own dates.
 */
#ifndef IH_TIME_MODEL_H
#define IH_TIME_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "algorithms/status.h"

/* An instant of UTC. */
typedef struct {
    int32_t days_since_1970;
    double seconds_of_day; /* 0 to below 86400 */
} ih_time_model_moment;

/* A term that begins at its onset and decays with a time constant. */
typedef struct {
    ih_time_model_moment onset;
    int32_t tau_days; /* > 0 */
} ih_time_model_decay;

/* Where standard deviations come from. */
enum ih_time_model_deviation {
    IH_DEVIATION_RESIDUAL = 0, /* the residuals (Fattahi and Amelung 2015, eq. 10, generalised) */
    IH_DEVIATION_COVARIANCE,   /* a given covariance of the dates, carried through the fit */
    IH_DEVIATION_BOOTSTRAP     /* the scatter of fits on resampled dates */
};

typedef struct {
    int polynomial;                          /* degree 0 to 16, 1 = velocity: t^k/k! */
    const uint8_t *used;                     /* [date] 0 = not fitted; NULL = all are */
    const double *periods_years;             /* cos and sin of 2 pi t/P */
    const ih_time_model_moment *steps;       /* 1[t > T] */
    const ih_time_model_moment *polylines;   /* max(t - T, 0): changes of velocity */
    const ih_time_model_decay *exponentials; /* 1[t > T] (1 - exp(-(t - T)/tau)) */
    const ih_time_model_decay *logarithms;   /* 1[t > T] ln(1 + (t - T)/tau) */
    size_t n_periods, n_steps, n_polylines, n_exponentials, n_logarithms;

    enum ih_time_model_deviation deviation;
    const double *covariance_m2; /* [date][date] for IH_DEVIATION_COVARIANCE, the same for all
                                    pixels; NULL = it comes with every block */
    size_t bootstrap_count;      /* resamples, 2 to 100000 */
    uint64_t bootstrap_seed;     /* the same seed gives the same resamples, for all pixels */
    bool independent_terms;      /* deviations of derived parameters as if terms were uncorrelated,
                                    as MintPy has them */
} ih_time_model_options;
#define IH_TIME_MODEL_DEFAULTS                                                                     \
    {                                                                                              \
        .polynomial = 1, .bootstrap_count = 400                                                    \
    }

typedef struct ih_time_model ih_time_model;

/* Decimal year as MintPy counts it: Y + (day_of_year - 1)/365.25 + seconds/(365.25*86400). */
double ih_decimal_year(int32_t days_since_1970, double seconds_of_day);

/* years[date], ascending (else IH_E_ARGUMENT). All arrays, those of options too, are used only
 * during the call. IH_E_ARGUMENT when a number is out of range, there are more than 64 parameters,
 * a step or polyline does not lie between the first and the last date used, or the onset of a decay
 * does not come before the last. IH_E_DATA when there are fewer dates than parameters, or they do
 * not determine them. */
IH_MUST_CHECK ih_status ih_time_model_new(size_t n_dates, const double *years,
                                          const ih_time_model_options *options, ih_time_model **out,
                                          ih_error *err);
void ih_time_model_free(ih_time_model *model);

/* Parameters are those of the result, as many as the design matrix has columns, in the order of the
 * options:
 *   "intercept" m, "velocity" m/year, "acceleration" m/year^2, "poly3" m/year^3, ...
 *   "annualAmplitude" m and "annualPhase" rad: the term is amplitude sin(2 pi t/P + phase);
 *     "semiAnnual..." and "period2.0Y..." for other periods
 *   "step20200101" m
 *   "velocityPost20200101" m/year: the velocity after that date
 *   "exp20200101Tau30D", "log20200101Tau30D" m
 * Dates are followed by THHMM when they are not at midnight. */
size_t ih_time_model_parameters(const ih_time_model *model);
const char *ih_time_model_name(const ih_time_model *model, size_t parameter);
const char *ih_time_model_unit(const ih_time_model *model, size_t parameter);

/* The model is linear in the coefficients of its columns, of which parameters such as amplitude and
 * phase, or a velocity after a date, derive. design[date][column] are the columns at all dates, the
 * first column being the constant; inverse[column][date] gives the coefficients of a pixel that
 * has all dates used (0 at dates not used). As many columns as parameters. */
void ih_time_model_design(const ih_time_model *model, double *design);
void ih_time_model_inverse(const ih_time_model *model, double *inverse);

typedef struct {
    size_t n_pixels, stride;
    const float *displacement_m; /* [date][stride], missing where not finite */
    /* For IH_DEVIATION_COVARIANCE without a common matrix, one of them; values at dates a pixel
     * lacks are not looked at. */
    const float *variance_m2;   /* [date][stride] dates are independent */
    const float *covariance_m2; /* [date][date][stride] */
    /* Or that of the coefficients themselves, [column i][column j <= i][stride], for pixels that
     * have all dates used; others get no deviation (NaN). */
    const float *coefficient_covariance;
} ih_time_model_input;

/* Each may be NULL. */
typedef struct {
    float *estimate;           /* [parameter][stride] */
    float *standard_deviation; /* [parameter][stride] */
    float *residual_norm_m;    /* [pixel] root of the sum of squared residuals (MintPy: residue) */
    float *residual_m;         /* [date][stride] displacement less model, also at dates not used;
                                  may be the displacement itself */
    const uint8_t *removed;    /* [parameter] terms that residual_m is without: 0 = the term stays.
                                  Amplitude stands for cosine and phase for sine. NULL = all */
} ih_time_model_output;

/* Fits a block. A pixel with fewer valid dates than parameters, or whose dates do not determine
 * them, gets NaN; with as many dates as parameters, its deviation from the residuals is NaN. The
 * deviations of amplitude, phase and velocity after a date are propagated linearly with the
 * covariance of the terms; that of a phase is NaN where the amplitude is 0. stride >= n_pixels,
 * else IH_E_ARGUMENT; the padding is not touched. A pixel's result depends on that pixel alone.
 * Thread-safe on a shared model. */
IH_MUST_CHECK ih_status ih_time_model_fit_block(const ih_time_model *model,
                                                const ih_time_model_input *in,
                                                const ih_time_model_output *out, ih_error *err);

/* The same for estimate and standard deviation, [parameter][stride], either NULL if not wanted. */
IH_MUST_CHECK ih_status ih_time_model_fit(const ih_time_model *model, size_t n_pixels,
                                          size_t stride, const float *displacement_m,
                                          float *estimate, float *standard_deviation,
                                          ih_error *err);

#endif
