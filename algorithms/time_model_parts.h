/* SPDX-License-Identifier: MIT
 *
 * What the files of the time model share; not for others.
 *
 * The design matrix G of the dates used is decomposed once, G = U S V'. A pixel's coefficients in
 * the orthonormal basis U come first, for a pixel without gaps simply c = U'y, and the parameters
 * of the columns, "linear" here, are V S^-1 c. Results derive from the linear ones: amplitude and
 * phase from cosine and sine.
 */
#ifndef IH_TIME_MODEL_PARTS_H
#define IH_TIME_MODEL_PARTS_H

#include <math.h>

#include "algorithms/time_model.h"

#define IH_TIME_MODEL_LANES          16
#define IH_TIME_MODEL_MAX_PARAMETERS 64
#define IH_TIME_MODEL_TEXT           56

/* A loop over lanes that is unrolled whole leaves the loop around it, over parameters, to be made
 * vectors of, with many times the instructions. */
#if defined(__GNUC__) && !defined(__clang__)
#define IH_TIME_MODEL_KEEP_LOOP _Pragma("GCC unroll 1")
#else
#define IH_TIME_MODEL_KEEP_LOOP
#endif

enum ih_time_column_kind {
    IH_COLUMN_POWER,
    IH_COLUMN_COSINE, /* always followed by its sine */
    IH_COLUMN_SINE,
    IH_COLUMN_STEP,
    IH_COLUMN_POLYLINE,
    IH_COLUMN_EXPONENTIAL,
    IH_COLUMN_LOGARITHM
};

typedef struct {
    enum ih_time_column_kind kind;
    int power;
    double period_years, onset_year, tau_years;
    char name[IH_TIME_MODEL_TEXT], unit[IH_TIME_MODEL_TEXT];
} ih_time_column;

struct ih_time_model {
    size_t n_dates, n_parameters, n_used;
    size_t *used;            /* [used] date */
    ih_time_column *columns; /* [parameter] */
    double *design;          /* [date][parameter] G, all dates */
    double *basis;           /* [used][parameter] U */
    double *to_parameters;   /* [parameter][parameter] V S^-1 */
    double *cofactor;        /* [parameter][parameter] (G'G)^-1 */
    bool derived;            /* some parameter is not the coefficient of its column */

    enum ih_time_model_deviation deviation;
    bool independent_terms;
    double *date_covariance;      /* [used][used] or NULL */
    double *parameter_covariance; /* [parameter][parameter] of a pixel without gaps, from it */
    size_t n_resamples;
    uint16_t *multiplicity;   /* [resample][used] times a date was drawn */
    double *resample_inverse; /* [resample][parameter][used] residuals to change of coefficients */
};

/* Number of columns that options ask for; IH_E_ARGUMENT when a number is out of range. */
ih_status ih_time_model_count_columns(const ih_time_model_options *options, size_t *n_columns,
                                      ih_error *err);

/* first_year and last_year are of the dates used. */
ih_status ih_time_model_set_columns(const ih_time_model_options *options, double first_year,
                                    double last_year, ih_time_column *columns, ih_error *err);

double ih_time_column_value(const ih_time_column *column, double year, double first_year);

/* A gap pattern whose smallest pivot in the orthonormal basis is below this does not determine the
 * parameters. */
#define IH_TIME_MODEL_SMALLEST_PIVOT 1e-10

/* Small symmetric systems, in place: the lower Cholesky factor F (false when the matrix is not
 * safely positive definite), the solutions of F x = x and F'x = x. */
static inline bool ih_time_model_factor(double *normal, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = normal[i * n + j];

            for (size_t k = 0; k < j; k++)
                sum -= normal[i * n + k] * normal[j * n + k];
            if (i == j && !(sum > IH_TIME_MODEL_SMALLEST_PIVOT))
                return false;
            normal[i * n + j] = i == j ? sqrt(sum) : sum / normal[j * n + j];
        }
    return true;
}

static inline void ih_time_model_solve_forward(const double *factor, double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            x[i] -= factor[i * n + k] * x[k];
        x[i] /= factor[i * n + i];
    }
}

static inline void ih_time_model_solve_backward(const double *factor, double *x, size_t n)
{
    for (size_t i = n; i-- > 0;) {
        x[i] /= factor[i * n + i];
        for (size_t k = 0; k < i; k++)
            x[k] -= factor[i * n + k] * x[i];
    }
}

/* The part of a model that only the deviations need. */
ih_status ih_time_model_prepare_deviation(ih_time_model *model,
                                          const ih_time_model_options *options, ih_error *err);

/* Scratch memory for deviations that cost more than a product; NULL where a model needs none is no
 * error. */
typedef struct ih_time_deviation ih_time_deviation;
ih_status ih_time_deviation_new(const ih_time_model *model, ih_time_deviation **out, ih_error *err);
void ih_time_deviation_free(ih_time_deviation *deviation);

/* Residuals of a group of pixels without gaps, [used][lane], to be filled in before
 * ih_time_deviation_resample; NULL when the model does not resample. */
double *ih_time_deviation_residuals(ih_time_deviation *deviation);
void ih_time_deviation_resample(const ih_time_model *model, ih_time_deviation *deviation);

typedef struct {
    const ih_time_model_input *in;
    size_t pixel;
    size_t lane;                /* in the group last resampled */
    const double *gap_factor;   /* Cholesky factor of U'U on the pixel's dates; NULL = no gaps */
    const double *coefficients; /* in the basis */
} ih_time_deviation_pixel;

/* Covariance [parameter][parameter] of a pixel's linear parameters, all NaN when there is none. For
 * covariance and bootstrap. */
void ih_time_deviation_covariance(const ih_time_model *model, ih_time_deviation *deviation,
                                  const ih_time_deviation_pixel *pixel, double *covariance);

#endif
