/* SPDX-License-Identifier: MIT */
#include "algorithms/time_model_parts.h"

#include <math.h>
#include <string.h>

#include "algorithms/alloc.h"
#include "algorithms/random.h"
#include "algorithms/simd.h"

#define LANES          IH_TIME_MODEL_LANES
#define MAX_PARAMETERS IH_TIME_MODEL_MAX_PARAMETERS
#define MAX_RESAMPLES  100000

/* Draws of one resample before it is given up that the dates drawn determine the model. */
#define MOST_DRAWS     1000
#define RANDOM_PURPOSE 0x626f6f74u

struct ih_time_deviation {
    double *residual; /* [used][lane] */
    double *moment;   /* [coefficient][lane] sums of changes, then [coefficient pair][lane] of their
                         products */
    double *inverse;  /* [parameter][used] of one pixel with a given covariance */
    double *product;  /* [parameter][used] inverse times covariance */
    double normal[MAX_PARAMETERS * MAX_PARAMETERS];
    double spread[MAX_PARAMETERS * MAX_PARAMETERS]; /* of the coefficients */
};

/* M K M', M being to_parameters; K and the result are symmetric, result may not be K. */
static void to_parameter_covariance(const ih_time_model *model, const double *coefficients,
                                    double *result)
{
    size_t n = model->n_parameters;
    const double *m = model->to_parameters;

    for (size_t i = 0; i < n; i++) {
        double row[MAX_PARAMETERS];

        for (size_t k = 0; k < n; k++) {
            row[k] = 0.0;
            for (size_t j = 0; j < n; j++)
                row[k] += m[i * n + j] * coefficients[j * n + k];
        }
        for (size_t j = 0; j < n; j++) {
            result[i * n + j] = 0.0;
            for (size_t k = 0; k < n; k++)
                result[i * n + j] += row[k] * m[j * n + k];
        }
    }
}

static ih_status copy_date_covariance(ih_time_model *model, const double *covariance_m2,
                                      ih_error *err)
{
    size_t n = model->n_used, p = model->n_parameters;
    double projected[MAX_PARAMETERS * MAX_PARAMETERS] = {0};

    model->date_covariance = ih_alloc(n * n, sizeof *model->date_covariance);
    model->parameter_covariance = ih_alloc(p * p, sizeof *model->parameter_covariance);
    if (!model->date_covariance || !model->parameter_covariance)
        return ih_fail(err, IH_E_MEMORY, "the covariance of %zu dates", n);
    for (size_t d = 0; d < n; d++)
        for (size_t e = 0; e < n; e++) {
            double value = covariance_m2[model->used[d] * model->n_dates + model->used[e]];

            if (!isfinite(value) || (d == e && value < 0.0))
                return ih_fail(err, IH_E_ARGUMENT, "the covariance of dates %zu and %zu is %g m^2",
                               model->used[d], model->used[e], value);
            model->date_covariance[d * n + e] = value;
            for (size_t i = 0; i < p; i++)
                for (size_t j = 0; j < p; j++)
                    projected[i * p + j] +=
                        model->basis[d * p + i] * value * model->basis[e * p + j];
        }
    to_parameter_covariance(model, projected, model->parameter_covariance);
    return IH_OK;
}

/* U'WU of a resample over the dates where y is finite; y NULL = all. */
static void weigh_normal(const ih_time_model *model, const uint16_t *multiplicity, const float *y,
                         size_t stride, double *normal)
{
    size_t n = model->n_parameters;

    memset(normal, 0, n * n * sizeof *normal);
    for (size_t d = 0; d < model->n_used; d++) {
        const double *u = model->basis + d * n;

        if (multiplicity[d] == 0 || (y && !isfinite(y[model->used[d] * stride])))
            continue;
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j <= i; j++)
                normal[i * n + j] += multiplicity[d] * u[i] * u[j];
    }
}

/* Draws dates until they determine the model; the factor of their normal equations is left in
 * normal. */
static bool draw(const ih_time_model *model, ih_random *random, uint16_t *multiplicity,
                 double *normal)
{
    for (int attempt = 0; attempt < MOST_DRAWS; attempt++) {
        memset(multiplicity, 0, model->n_used * sizeof *multiplicity);
        for (size_t k = 0; k < model->n_used; k++)
            multiplicity[(size_t)(ih_random_uniform(random) * (double)model->n_used)]++;
        weigh_normal(model, multiplicity, NULL, 0, normal);
        if (ih_time_model_factor(normal, model->n_parameters))
            return true;
    }
    return false;
}

static ih_status draw_resamples(ih_time_model *model, const ih_time_model_options *options,
                                ih_error *err)
{
    size_t n = model->n_parameters, n_used = model->n_used;
    double normal[MAX_PARAMETERS * MAX_PARAMETERS], column[MAX_PARAMETERS];

    if (options->bootstrap_count < 2 || options->bootstrap_count > MAX_RESAMPLES)
        return ih_fail(err, IH_E_ARGUMENT, "%zu bootstrap resamples: 2 to %d are possible",
                       options->bootstrap_count, MAX_RESAMPLES);
    if (n_used > UINT16_MAX)
        return ih_fail(err, IH_E_ARGUMENT, "a bootstrap of %zu dates", n_used);
    model->n_resamples = options->bootstrap_count;
    model->multiplicity = ih_alloc(model->n_resamples * n_used, sizeof *model->multiplicity);
    model->resample_inverse =
        ih_alloc(model->n_resamples * n * n_used, sizeof *model->resample_inverse);
    if (!model->multiplicity || !model->resample_inverse)
        return ih_fail(err, IH_E_MEMORY, "%zu bootstrap resamples of %zu dates", model->n_resamples,
                       n_used);
    for (size_t b = 0; b < model->n_resamples; b++) {
        ih_random random = ih_random_stream(options->bootstrap_seed, RANDOM_PURPOSE, b);
        uint16_t *multiplicity = model->multiplicity + b * n_used;

        if (!draw(model, &random, multiplicity, normal))
            return ih_fail(err, IH_E_DATA,
                           "%zu dates are too few to be resampled for a time model of %zu "
                           "parameters",
                           n_used, n);
        for (size_t d = 0; d < n_used; d++) {
            for (size_t i = 0; i < n; i++)
                column[i] = multiplicity[d] * model->basis[d * n + i];
            ih_time_model_solve_forward(normal, column, n);
            ih_time_model_solve_backward(normal, column, n);
            for (size_t i = 0; i < n; i++)
                model->resample_inverse[(b * n + i) * n_used + d] = column[i];
        }
    }
    return IH_OK;
}

ih_status ih_time_model_prepare_deviation(ih_time_model *model,
                                          const ih_time_model_options *options, ih_error *err)
{
    model->deviation = options->deviation;
    model->independent_terms = options->independent_terms;
    switch (options->deviation) {
    case IH_DEVIATION_RESIDUAL:
        return IH_OK;
    case IH_DEVIATION_COVARIANCE:
        return options->covariance_m2 ? copy_date_covariance(model, options->covariance_m2, err)
                                      : IH_OK;
    case IH_DEVIATION_BOOTSTRAP:
        return draw_resamples(model, options, err);
    }
    return ih_fail(err, IH_E_ARGUMENT, "standard deviations of kind %d", (int)options->deviation);
}

ih_status ih_time_deviation_new(const ih_time_model *model, ih_time_deviation **out, ih_error *err)
{
    size_t n = model->n_parameters;
    ih_time_deviation *v = ih_alloc_aligned(1, sizeof *v);
    bool ok = v != NULL;

    *out = NULL;
    if (ok)
        memset(v, 0, sizeof *v);
    if (ok && model->deviation == IH_DEVIATION_BOOTSTRAP) {
        v->residual = ih_alloc_aligned(model->n_used * LANES, sizeof *v->residual);
        v->moment = ih_alloc_aligned((n + n * n) * LANES, sizeof *v->moment);
        ok = v->residual && v->moment;
        if (ok)
            memset(v->residual, 0, model->n_used * LANES * sizeof *v->residual);
    } else if (ok && model->deviation == IH_DEVIATION_COVARIANCE) {
        v->inverse = ih_alloc(n * model->n_used, sizeof *v->inverse);
        v->product = ih_alloc(n * model->n_used, sizeof *v->product);
        ok = v->inverse && v->product;
    }
    if (!ok) {
        ih_time_deviation_free(v);
        return ih_fail(err, IH_E_MEMORY, "standard deviations of a time model");
    }
    *out = v;
    return IH_OK;
}

void ih_time_deviation_free(ih_time_deviation *v)
{
    if (!v)
        return;
    free(v->residual);
    free(v->moment);
    free(v->inverse);
    free(v->product);
    free(v);
}

double *ih_time_deviation_residuals(ih_time_deviation *v)
{
    return v->residual;
}

static inline __attribute__((always_inline)) void add_lanes(double factor, const double *restrict x,
                                                            double *restrict sum)
{
    IH_TIME_MODEL_KEEP_LOOP
    for (size_t l = 0; l < LANES; l++)
        sum[l] += factor * x[l];
}

IH_SIMD static void resample_lanes(size_t n, size_t n_used, size_t n_resamples,
                                   const double *inverse, const double *residual, double *moment)
{
    double change[MAX_PARAMETERS][LANES];

    memset(moment, 0, (n + n * n) * LANES * sizeof *moment);
    for (size_t b = 0; b < n_resamples; b++) {
        for (size_t i = 0; i < n; i++) {
            const double *row = inverse + (b * n + i) * n_used;
            double sum[LANES] = {0};

            for (size_t d = 0; d < n_used; d++)
                add_lanes(row[d], residual + d * LANES, sum);
            memcpy(change[i], sum, sizeof sum);
        }
        for (size_t i = 0; i < n; i++) {
            double *first = moment + i * LANES;

            for (size_t l = 0; l < LANES; l++)
                first[l] += change[i][l];
            for (size_t j = 0; j <= i; j++) {
                double *second = moment + (n + i * n + j) * LANES;

                for (size_t l = 0; l < LANES; l++)
                    second[l] += change[i][l] * change[j][l];
            }
        }
    }
}

void ih_time_deviation_resample(const ih_time_model *model, ih_time_deviation *v)
{
    resample_lanes(model->n_parameters, model->n_used, model->n_resamples, model->resample_inverse,
                   v->residual, v->moment);
}

/* Sums over n_resamples fits to the covariance of the coefficients (population, ddof 0); stride is
 * that of the sums. */
static void spread_of_moments(const double *moment, size_t stride, size_t n, double n_resamples,
                              double *spread)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double mean = moment[i * stride] / n_resamples * moment[j * stride] / n_resamples;

            spread[i * n + j] = moment[(n + i * n + j) * stride] / n_resamples - mean;
            spread[j * n + i] = spread[i * n + j];
        }
}

/* Residual-based changes of the coefficients of a pixel with gaps; false when the dates drawn do
 * not determine them. */
static bool resample_gaps(const ih_time_model *model, const ih_time_deviation_pixel *pixel,
                          const uint16_t *multiplicity, double *normal, double *change)
{
    size_t n = model->n_parameters, stride = pixel->in->stride;
    const float *y = pixel->in->displacement_m + pixel->pixel;

    weigh_normal(model, multiplicity, y, stride, normal);
    if (!ih_time_model_factor(normal, n))
        return false;
    memset(change, 0, n * sizeof *change);
    for (size_t d = 0; d < model->n_used; d++) {
        const double *u = model->basis + d * n;
        double residual = (double)y[model->used[d] * stride];

        if (multiplicity[d] == 0 || !isfinite(residual))
            continue;
        for (size_t i = 0; i < n; i++)
            residual -= u[i] * pixel->coefficients[i];
        for (size_t i = 0; i < n; i++)
            change[i] += multiplicity[d] * u[i] * residual;
    }
    ih_time_model_solve_forward(normal, change, n);
    ih_time_model_solve_backward(normal, change, n);
    return true;
}

/* False when fewer than half of the resamples determine the pixel's coefficients. */
static bool spread_of_gaps(const ih_time_model *model, ih_time_deviation *v,
                           const ih_time_deviation_pixel *pixel)
{
    size_t n = model->n_parameters, n_solved = 0;
    double moment[MAX_PARAMETERS + MAX_PARAMETERS * MAX_PARAMETERS], change[MAX_PARAMETERS];

    memset(moment, 0, (n + n * n) * sizeof *moment);
    for (size_t b = 0; b < model->n_resamples; b++) {
        if (!resample_gaps(model, pixel, model->multiplicity + b * model->n_used, v->normal,
                           change))
            continue;
        n_solved++;
        for (size_t i = 0; i < n; i++) {
            moment[i] += change[i];
            for (size_t j = 0; j <= i; j++)
                moment[n + i * n + j] += change[i] * change[j];
        }
    }
    if (2 * n_solved < model->n_resamples || n_solved < 2)
        return false;
    spread_of_moments(moment, 1, n, (double)n_solved, v->spread);
    return true;
}

/* Covariance of dates used d and e at a pixel. */
static double date_covariance(const ih_time_model *model, const ih_time_deviation_pixel *pixel,
                              size_t d, size_t e)
{
    const ih_time_model_input *in = pixel->in;

    if (model->date_covariance)
        return model->date_covariance[d * model->n_used + e];
    if (in->covariance_m2)
        return (double)
            in->covariance_m2[(model->used[d] * model->n_dates + model->used[e]) * in->stride +
                              pixel->pixel];
    return d == e ? (double)in->variance_m2[model->used[d] * in->stride + pixel->pixel] : 0.0;
}

/* The pseudo-inverse of a pixel, [parameter][used]; 0 at dates it lacks. */
static void pixel_inverse(const ih_time_model *model, const ih_time_deviation_pixel *pixel,
                          double *inverse)
{
    size_t n = model->n_parameters, n_used = model->n_used;
    const float *y = pixel->in->displacement_m + pixel->pixel;

    for (size_t d = 0; d < n_used; d++) {
        double u[MAX_PARAMETERS];
        bool valid = isfinite(y[model->used[d] * pixel->in->stride]);

        memcpy(u, model->basis + d * n, n * sizeof *u);
        if (valid && pixel->gap_factor) {
            ih_time_model_solve_forward(pixel->gap_factor, u, n);
            ih_time_model_solve_backward(pixel->gap_factor, u, n);
        }
        for (size_t i = 0; i < n; i++) {
            double sum = 0.0;

            for (size_t j = 0; valid && j < n; j++)
                sum += model->to_parameters[i * n + j] * u[j];
            inverse[i * n_used + d] = sum;
        }
    }
}

static void carry_covariance(const ih_time_model *model, ih_time_deviation *v,
                             const ih_time_deviation_pixel *pixel, double *covariance)
{
    size_t n = model->n_parameters, n_used = model->n_used, stride = pixel->in->stride;
    const float *y = pixel->in->displacement_m + pixel->pixel;
    bool diagonal = !model->date_covariance && !pixel->in->covariance_m2;

    pixel_inverse(model, pixel, v->inverse);
    memset(v->product, 0, n * n_used * sizeof *v->product);
    for (size_t d = 0; d < n_used; d++) {
        if (!isfinite(y[model->used[d] * stride]))
            continue;
        for (size_t e = diagonal ? d : 0; e < (diagonal ? d + 1 : n_used); e++) {
            double c;

            if (!isfinite(y[model->used[e] * stride]))
                continue;
            c = date_covariance(model, pixel, d, e);
            for (size_t i = 0; i < n; i++)
                v->product[i * n_used + e] += v->inverse[i * n_used + d] * c;
        }
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = 0.0;

            for (size_t e = 0; e < n_used; e++)
                sum += v->product[i * n_used + e] * v->inverse[j * n_used + e];
            covariance[i * n + j] = sum;
        }
}

static void copy_covariance(const ih_time_deviation_pixel *pixel, size_t n, double *covariance)
{
    const float *given = pixel->in->coefficient_covariance + pixel->pixel;

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++, given += pixel->in->stride) {
            double value = pixel->gap_factor ? (double)NAN : (double)*given;

            covariance[i * n + j] = covariance[j * n + i] = value;
        }
}

void ih_time_deviation_covariance(const ih_time_model *model, ih_time_deviation *v,
                                  const ih_time_deviation_pixel *pixel, double *covariance)
{
    size_t n = model->n_parameters;

    if (model->deviation == IH_DEVIATION_COVARIANCE) {
        if (model->date_covariance && !pixel->gap_factor)
            memcpy(covariance, model->parameter_covariance, n * n * sizeof *covariance);
        else if (!model->date_covariance && pixel->in->coefficient_covariance)
            copy_covariance(pixel, n, covariance);
        else
            carry_covariance(model, v, pixel, covariance);
        return;
    }
    if (!pixel->gap_factor) {
        spread_of_moments(v->moment + pixel->lane, LANES, n, (double)model->n_resamples, v->spread);
    } else if (!spread_of_gaps(model, v, pixel)) {
        for (size_t i = 0; i < n * n; i++)
            covariance[i] = (double)NAN;
        return;
    }
    to_parameter_covariance(model, v->spread, covariance);
}
