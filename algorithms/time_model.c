/* SPDX-License-Identifier: MIT
 *
 * For a pixel with gaps the rows of U (time_model_parts.h) at its own dates make small normal
 * equations that stay well conditioned.
 */
#include "algorithms/time_model.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "algorithms/alloc.h"
#include "algorithms/simd.h"
#include "algorithms/solve.h"
#include "algorithms/time_model_parts.h"

#define LANES          IH_TIME_MODEL_LANES
#define MAX_PARAMETERS IH_TIME_MODEL_MAX_PARAMETERS

static ih_status check_years(size_t n_dates, const double *years, ih_error *err)
{
    if (n_dates > INT32_MAX / MAX_PARAMETERS)
        return ih_fail(err, IH_E_ARGUMENT, "a time model of %zu dates", n_dates);
    for (size_t d = 0; d < n_dates; d++)
        if (!isfinite(years[d]) || (d > 0 && years[d] < years[d - 1]))
            return ih_fail(err, IH_E_ARGUMENT,
                           "date %zu of the time model is not after the one before", d);
    return IH_OK;
}

static size_t count_used(size_t n_dates, const uint8_t *used)
{
    size_t n = 0;

    for (size_t d = 0; d < n_dates; d++)
        n += !used || used[d];
    return n;
}

/* From the decomposition of the design: basis is in place, values and right become to_parameters
 * and cofactor. */
static ih_status set_inverse(ih_time_model *model, const double *values, const double *right,
                             ih_error *err)
{
    size_t n = model->n_parameters;
    double tolerance = (double)(model->n_used > n ? model->n_used : n) * DBL_EPSILON * values[0];

    if (!(values[n - 1] > tolerance))
        return ih_fail(
            err, IH_E_DATA,
            "the %zu dates do not determine the %zu parameters of the time model: some of its "
            "terms are the same on them",
            model->n_used, n);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            model->to_parameters[i * n + j] = right[i * n + j] / values[j];
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = 0.0;

            for (size_t k = 0; k < n; k++)
                sum += model->to_parameters[i * n + k] * model->to_parameters[j * n + k];
            model->cofactor[i * n + j] = sum;
        }
    return IH_OK;
}

static ih_status decompose(ih_time_model *model, const double *years, ih_error *err)
{
    size_t n = model->n_parameters;
    double *design = ih_alloc(model->n_used * n, sizeof *design);
    double *values = ih_alloc(n, sizeof *values);
    double *right = ih_alloc(n * n, sizeof *right);
    ih_status st = IH_OK;

    if (!design || !values || !right) {
        st = ih_fail(err, IH_E_MEMORY, "a time model of %zu dates", model->n_used);
        goto done;
    }
    for (size_t d = 0; d < model->n_dates; d++)
        for (size_t j = 0; j < n; j++)
            model->design[d * n + j] =
                ih_time_column_value(&model->columns[j], years[d], years[model->used[0]]);
    for (size_t k = 0; k < model->n_used; k++)
        memcpy(design + k * n, model->design + model->used[k] * n, n * sizeof *design);
    st = ih_solve_svd(model->n_used, n, design, model->basis, values, right, err);
    if (st == IH_OK)
        st = set_inverse(model, values, right, err);

done:
    free(right);
    free(values);
    free(design);
    return st;
}

static bool allocate(ih_time_model *model)
{
    size_t n = model->n_parameters;

    model->used = ih_alloc(model->n_used, sizeof *model->used);
    model->columns = ih_calloc(n, sizeof *model->columns);
    model->design = ih_alloc(model->n_dates * n, sizeof *model->design);
    model->basis = ih_alloc(model->n_used * n, sizeof *model->basis);
    model->to_parameters = ih_alloc(n * n, sizeof *model->to_parameters);
    model->cofactor = ih_alloc(n * n, sizeof *model->cofactor);
    return model->used && model->columns && model->design && model->basis && model->to_parameters &&
           model->cofactor;
}

/* Everything but memory for the model itself. */
static ih_status build(ih_time_model *model, const double *years,
                       const ih_time_model_options *options, ih_error *err)
{
    ih_status st = IH_OK;
    size_t n = 0;

    if (!allocate(model))
        return ih_fail(err, IH_E_MEMORY, "a time model of %zu dates", model->n_dates);
    for (size_t d = 0; d < model->n_dates; d++)
        if (!options->used || options->used[d])
            model->used[n++] = d;
    st = ih_time_model_set_columns(options, years[model->used[0]], years[model->used[n - 1]],
                                   model->columns, err);
    if (st != IH_OK)
        return st;
    for (size_t i = 0; i < model->n_parameters; i++)
        model->derived = model->derived || model->columns[i].kind == IH_COLUMN_COSINE ||
                         model->columns[i].kind == IH_COLUMN_POLYLINE;
    st = decompose(model, years, err);
    if (st == IH_OK)
        st = ih_time_model_prepare_deviation(model, options, err);
    return st;
}

ih_status ih_time_model_new(size_t n_dates, const double *years,
                            const ih_time_model_options *options, ih_time_model **out,
                            ih_error *err)
{
    ih_time_model *model = NULL;
    ih_status st;
    size_t n = 0, n_used;

    *out = NULL;
    st = ih_time_model_count_columns(options, &n, err);
    if (st == IH_OK)
        st = check_years(n_dates, years, err);
    if (st != IH_OK)
        return st;
    n_used = count_used(n_dates, options->used);
    if (n_used < n)
        return ih_fail(err, IH_E_DATA,
                       "%zu dates do not determine the %zu parameters of the time model", n_used,
                       n);

    model = ih_calloc(1, sizeof *model);
    if (!model)
        return ih_fail(err, IH_E_MEMORY, "a time model of %zu dates", n_dates);
    model->n_dates = n_dates;
    model->n_used = n_used;
    model->n_parameters = n;
    st = build(model, years, options, err);
    if (st != IH_OK) {
        ih_time_model_free(model);
        model = NULL;
    }
    *out = model;
    return st;
}

void ih_time_model_free(ih_time_model *model)
{
    if (!model)
        return;
    free(model->used);
    free(model->columns);
    free(model->design);
    free(model->basis);
    free(model->to_parameters);
    free(model->cofactor);
    free(model->date_covariance);
    free(model->parameter_covariance);
    free(model->multiplicity);
    free(model->resample_inverse);
    free(model);
}

size_t ih_time_model_parameters(const ih_time_model *model)
{
    return model->n_parameters;
}

const char *ih_time_model_name(const ih_time_model *model, size_t parameter)
{
    return parameter < model->n_parameters ? model->columns[parameter].name : NULL;
}

const char *ih_time_model_unit(const ih_time_model *model, size_t parameter)
{
    return parameter < model->n_parameters ? model->columns[parameter].unit : NULL;
}

void ih_time_model_design(const ih_time_model *model, double *design)
{
    memcpy(design, model->design, model->n_dates * model->n_parameters * sizeof *design);
}

void ih_time_model_inverse(const ih_time_model *model, double *inverse)
{
    size_t n = model->n_parameters;

    memset(inverse, 0, n * model->n_dates * sizeof *inverse);
    for (size_t i = 0; i < n; i++)
        for (size_t d = 0; d < model->n_used; d++)
            for (size_t j = 0; j < n; j++)
                inverse[i * model->n_dates + model->used[d]] +=
                    model->to_parameters[i * n + j] * model->basis[d * n + j];
}

/* A group of at most LANES pixels: width of them exist. */
struct group {
    const float *displacement_m;
    size_t stride, width;
    double coefficients[MAX_PARAMETERS][LANES];
    double linear[MAX_PARAMETERS][LANES];
    double sum_squares[LANES]; /* of the residuals */
    int32_t n_valid[LANES];    /* dates */
    int32_t solved[LANES];
    double *residual; /* [used][lane] wanted, or NULL */
};

static inline __attribute__((always_inline)) void
add_products(double factor, const float *restrict y, size_t width, double *restrict sum)
{
    IH_TIME_MODEL_KEEP_LOOP
    for (size_t l = 0; l < width; l++)
        sum[l] += factor * (double)y[l];
}

static inline __attribute__((always_inline)) void
subtract_multiples(double factor, const double *restrict x, size_t width, double *restrict from)
{
    IH_TIME_MODEL_KEEP_LOOP
    for (size_t l = 0; l < width; l++)
        from[l] -= factor * x[l];
}

/* Coefficients in the orthonormal basis and the residuals left; right for pixels without gaps. */
static inline __attribute__((always_inline)) void
project_width(const ih_time_model *model, struct group *group, size_t width, size_t n)
{

    memset(group->coefficients, 0, n * sizeof group->coefficients[0]);
    memset(group->sum_squares, 0, sizeof group->sum_squares);
    memset(group->n_valid, 0, sizeof group->n_valid);
    for (size_t d = 0; d < model->n_used; d++) {
        const float *restrict y = group->displacement_m + model->used[d] * group->stride;
        int32_t *restrict n_valid = group->n_valid;

        IH_TIME_MODEL_KEEP_LOOP
        for (size_t l = 0; l < width; l++)
            n_valid[l] += fabsf(y[l]) < INFINITY;
        for (size_t j = 0; j < n; j++)
            add_products(model->basis[d * n + j], y, width, group->coefficients[j]);
    }
    for (size_t d = 0; d < model->n_used; d++) {
        const float *restrict y = group->displacement_m + model->used[d] * group->stride;
        double residual[LANES], *restrict sum_squares = group->sum_squares;

        IH_TIME_MODEL_KEEP_LOOP
        for (size_t l = 0; l < width; l++)
            residual[l] = (double)y[l];
        for (size_t j = 0; j < n; j++)
            subtract_multiples(model->basis[d * n + j], group->coefficients[j], width, residual);
        IH_TIME_MODEL_KEEP_LOOP
        for (size_t l = 0; l < width; l++)
            sum_squares[l] += residual[l] * residual[l];
        if (group->residual)
            memcpy(group->residual + d * LANES, residual, width * sizeof *residual);
    }
}

IH_SIMD static void project(const ih_time_model *model, struct group *group)
{
    /* whole groups, and intercept and velocity, with numbers known to the compiler */
    if (group->width == LANES && model->n_parameters == 2)
        project_width(model, group, LANES, 2);
    else if (group->width == LANES)
        project_width(model, group, LANES, model->n_parameters);
    else
        project_width(model, group, group->width, model->n_parameters);
}

/* What a single pixel with gaps needs beyond its group. */
struct gap_fit {
    double normal[MAX_PARAMETERS *
                  MAX_PARAMETERS]; /* U'U on the pixel's dates, then its Cholesky factor */
    double coefficients[MAX_PARAMETERS];
    double sum_squares;
    double *value; /* [used] the pixel's valid displacements, one after the other */
    uint32_t *row; /* [used] their rows of the basis */
};

/* Least squares on the n_valid dates a pixel has; false when they do not determine the parameters.
 */
static inline __attribute__((always_inline)) bool
fit_gathered(const double *restrict basis, size_t n, size_t n_valid, struct gap_fit *restrict fit)
{
    double *restrict normal = fit->normal, *restrict c = fit->coefficients;

    memset(normal, 0, n * n * sizeof *normal);
    memset(c, 0, n * sizeof *c);
    for (size_t k = 0; k < n_valid; k++) {
        const double *u = basis + fit->row[k] * n;

        for (size_t i = 0; i < n; i++) {
            c[i] += u[i] * fit->value[k];
            for (size_t j = 0; j <= i; j++)
                normal[i * n + j] += u[i] * u[j];
        }
    }
    if (!ih_time_model_factor(normal, n))
        return false;
    ih_time_model_solve_forward(normal, c, n);
    ih_time_model_solve_backward(normal, c, n);

    fit->sum_squares = 0.0;
    for (size_t k = 0; k < n_valid; k++) {
        double residual = fit->value[k];

        for (size_t j = 0; j < n; j++)
            residual -= basis[fit->row[k] * n + j] * c[j];
        fit->sum_squares += residual * residual;
    }
    return true;
}

static bool fit_with_gaps(const ih_time_model *model, const float *y, size_t stride,
                          struct gap_fit *fit)
{
    size_t n_valid = 0;

    for (size_t d = 0; d < model->n_used; d++) {
        float value = y[model->used[d] * stride];

        /* written always, kept when valid */
        fit->value[n_valid] = (double)value;
        fit->row[n_valid] = (uint32_t)d;
        n_valid += fabsf(value) < INFINITY;
    }
    switch (model->n_parameters) {
    case 2: /* intercept and velocity: by far the most frequent */
        return fit_gathered(model->basis, 2, n_valid, fit);
    default:
        return fit_gathered(model->basis, model->n_parameters, n_valid, fit);
    }
}

/* Variances and covariances of a pixel's linear parameters: covariance * factor / divisor. */
struct spread {
    const double *covariance; /* [parameter][parameter] */
    double factor, divisor;
};

/* (G'G)^-1 on a pixel's own dates. */
static void gap_cofactor(const ih_time_model *model, const struct gap_fit *fit, double *cofactor)
{
    size_t n = model->n_parameters;
    double rows[MAX_PARAMETERS * MAX_PARAMETERS];

    memcpy(rows, model->to_parameters, n * n * sizeof *rows);
    for (size_t i = 0; i < n; i++) {
        ih_time_model_solve_forward(fit->normal, rows + i * n, n);
        for (size_t j = 0; j <= i; j++) {
            double sum = 0.0;

            for (size_t k = 0; k < n; k++)
                sum += rows[i * n + k] * rows[j * n + k];
            cofactor[i * n + j] = cofactor[j * n + i] = sum;
        }
    }
}

/* What fitting one block needs. */
struct fitter {
    const ih_time_model *model;
    const ih_time_model_input *in;
    const ih_time_model_output *out;
    ih_time_deviation *deviation; /* NULL when residuals suffice */
    struct group group;
    struct gap_fit gap;
    double covariance[MAX_PARAMETERS * MAX_PARAMETERS];
    size_t begin; /* first pixel of the group */
};

static struct spread spread_of_pixel(struct fitter *f, size_t lane, bool complete)
{
    const ih_time_model *model = f->model;
    size_t n = model->n_parameters, n_valid = (size_t)f->group.n_valid[lane];
    struct spread spread = {.covariance = f->covariance, .factor = 1.0, .divisor = 1.0};

    if (f->deviation) {
        double coefficients[MAX_PARAMETERS];
        ih_time_deviation_pixel pixel = {.in = f->in,
                                         .pixel = f->begin + lane,
                                         .lane = lane,
                                         .gap_factor = complete ? NULL : f->gap.normal,
                                         .coefficients = coefficients};

        for (size_t j = 0; j < n; j++)
            coefficients[j] = complete ? f->group.coefficients[j][lane] : f->gap.coefficients[j];
        ih_time_deviation_covariance(model, f->deviation, &pixel, f->covariance);
        return spread;
    }
    spread.factor = complete ? f->group.sum_squares[lane] : f->gap.sum_squares;
    spread.divisor = n_valid > n ? (double)(n_valid - n) : (double)NAN;
    if (complete)
        spread.covariance = model->cofactor;
    else
        gap_cofactor(model, &f->gap, f->covariance);
    return spread;
}

/* A parameter of the result and its derivatives with respect to linear ones. */
struct derived {
    double value;
    size_t n, index[MAX_PARAMETERS];
    double gradient[MAX_PARAMETERS];
};

static void add_term(struct derived *derived, size_t index, double gradient)
{
    derived->index[derived->n] = index;
    derived->gradient[derived->n++] = gradient;
}

/* Velocity after the onset of polyline i. */
static void derive_velocity(const ih_time_model *model, const double *linear, size_t i,
                            struct derived *out)
{
    const ih_time_column *columns = model->columns;

    for (size_t k = 0; k < model->n_parameters; k++) {
        bool velocity = columns[k].kind == IH_COLUMN_POWER && columns[k].power == 1;
        bool change =
            columns[k].kind == IH_COLUMN_POLYLINE && columns[k].onset_year <= columns[i].onset_year;

        if (!velocity && !change)
            continue;
        out->value += linear[k];
        add_term(out, k, 1.0);
    }
}

static void derive(const ih_time_model *model, const double *linear, size_t i, struct derived *out)
{
    double c, s, amplitude;

    out->value = 0.0;
    out->n = 0;
    switch (model->columns[i].kind) {
    case IH_COLUMN_COSINE:
        c = linear[i];
        s = linear[i + 1];
        out->value = amplitude = hypot(c, s);
        /* at an amplitude of 0 the direction is any: that of the cosine */
        add_term(out, i, amplitude > 0.0 ? c / amplitude : 1.0);
        add_term(out, i + 1, amplitude > 0.0 ? s / amplitude : 0.0);
        break;
    case IH_COLUMN_SINE:
        c = linear[i - 1];
        s = linear[i];
        amplitude = hypot(c, s);
        out->value = atan2(c, s);
        add_term(out, i - 1, s / amplitude / amplitude);
        add_term(out, i, -c / amplitude / amplitude);
        break;
    case IH_COLUMN_POLYLINE:
        derive_velocity(model, linear, i, out);
        break;
    default:
        out->value = linear[i];
        add_term(out, i, 1.0);
    }
}

static double deviation_of(const ih_time_model *model, const struct derived *derived,
                           const struct spread *spread)
{
    size_t n = model->n_parameters;
    double variance = 0.0;

    for (size_t a = 0; a < derived->n; a++)
        for (size_t b = 0; b < derived->n; b++)
            if (a == b || !model->independent_terms)
                variance += derived->gradient[a] * derived->gradient[b] *
                            spread->covariance[derived->index[a] * n + derived->index[b]];
    /* rounding may leave a covariance that is singular a little negative */
    return sqrt(fmax(variance, variance * 0.0) * spread->factor / spread->divisor);
}

/* One NaN, whatever made it. */
static float one_nan(double value)
{
    return isnan(value) ? NAN : (float)value;
}

static void write_derived(struct fitter *f, const double *linear, const struct spread *spread,
                          float *estimate, float *standard_deviation)
{
    struct derived derived;

    for (size_t i = 0; i < f->model->n_parameters; i++) {
        derive(f->model, linear, i, &derived);
        if (estimate)
            estimate[i * f->in->stride] = (float)derived.value;
        if (standard_deviation)
            standard_deviation[i * f->in->stride] =
                one_nan(deviation_of(f->model, &derived, spread));
    }
}

static void write_direct(const struct fitter *f, const double *linear, const struct spread *spread,
                         float *estimate, float *standard_deviation)
{
    size_t n = f->model->n_parameters;

    for (size_t i = 0; i < n; i++) {
        if (estimate)
            estimate[i * f->in->stride] = (float)linear[i];
        if (standard_deviation)
            standard_deviation[i * f->in->stride] =
                one_nan(sqrt(spread->covariance[i * n + i] * spread->factor / spread->divisor));
    }
}

static void write_nothing(const struct fitter *f, float *estimate, float *standard_deviation)
{
    for (size_t i = 0; i < f->model->n_parameters; i++) {
        if (estimate)
            estimate[i * f->in->stride] = NAN;
        if (standard_deviation)
            standard_deviation[i * f->in->stride] = NAN;
    }
}

static void finish_pixel(struct fitter *f, size_t lane)
{
    const ih_time_model *model = f->model;
    struct group *group = &f->group;
    size_t n = model->n_parameters, n_valid = (size_t)group->n_valid[lane], p = f->begin + lane;
    bool complete = n_valid == model->n_used;
    bool solved = complete || (n_valid >= n && fit_with_gaps(model, group->displacement_m + lane,
                                                             group->stride, &f->gap));
    float *estimate = f->out->estimate ? f->out->estimate + p : NULL;
    float *deviation = f->out->standard_deviation ? f->out->standard_deviation + p : NULL;
    struct spread spread = {0};
    double linear[MAX_PARAMETERS];

    group->solved[lane] = solved;
    if (f->out->residual_norm_m)
        f->out->residual_norm_m[p] =
            solved ? (float)sqrt(complete ? group->sum_squares[lane] : f->gap.sum_squares) : NAN;
    if (!solved) {
        write_nothing(f, estimate, deviation);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        linear[i] = 0.0;
        for (size_t j = 0; j < n; j++)
            linear[i] += model->to_parameters[i * n + j] *
                         (complete ? group->coefficients[j][lane] : f->gap.coefficients[j]);
        group->linear[i][lane] = linear[i];
    }
    if (deviation)
        spread = spread_of_pixel(f, lane, complete);
    if (model->derived)
        write_derived(f, linear, &spread, estimate, deviation);
    else
        write_direct(f, linear, &spread, estimate, deviation);
}

/* Displacement less the terms removed, of a group whose pixels are finished. */
static void write_residuals(struct fitter *f)
{
    const ih_time_model *model = f->model;
    const struct group *group = &f->group;
    size_t n = model->n_parameters;

    for (size_t d = 0; d < model->n_dates; d++) {
        const float *y = group->displacement_m + d * group->stride;
        float *out = f->out->residual_m + d * group->stride + f->begin;
        double residual[LANES];

        for (size_t l = 0; l < group->width; l++)
            residual[l] = group->solved[l] ? (double)y[l] : (double)NAN;
        for (size_t j = 0; j < n; j++) {
            double g = model->design[d * n + j];

            if (f->out->removed && !f->out->removed[j])
                continue;
            for (size_t l = 0; l < group->width; l++)
                residual[l] -= g * group->linear[j][l];
        }
        for (size_t l = 0; l < group->width; l++)
            out[l] = isfinite(residual[l]) ? (float)residual[l] : NAN;
    }
}

static void fit_group(struct fitter *f)
{
    const ih_time_model_input *in = f->in;

    f->group.displacement_m = in->displacement_m + f->begin;
    f->group.stride = in->stride;
    f->group.width = in->n_pixels - f->begin < LANES ? in->n_pixels - f->begin : LANES;
    project(f->model, &f->group);
    if (f->group.residual)
        ih_time_deviation_resample(f->model, f->deviation);
    for (size_t l = 0; l < f->group.width; l++)
        finish_pixel(f, l);
    if (f->out->residual_m)
        write_residuals(f);
}

ih_status ih_time_model_fit_block(const ih_time_model *model, const ih_time_model_input *in,
                                  const ih_time_model_output *out, ih_error *err)
{
    struct fitter *f = NULL;
    ih_status st = IH_OK;

    if (in->stride < in->n_pixels)
        return ih_fail(err, IH_E_ARGUMENT, "rows of %zu pixels in a stride of %zu", in->n_pixels,
                       in->stride);
    if (out->standard_deviation && model->deviation == IH_DEVIATION_COVARIANCE &&
        !model->date_covariance && !in->covariance_m2 && !in->variance_m2 &&
        !in->coefficient_covariance)
        return ih_fail(err, IH_E_ARGUMENT, "the covariance of the dates is missing");
    f = ih_alloc_aligned(1, sizeof *f);
    if (!f)
        return ih_fail(err, IH_E_MEMORY, "the fit of a time model");
    memset(f, 0, sizeof *f);
    f->model = model;
    f->in = in;
    f->out = out;
    f->gap.value = ih_alloc(model->n_used, sizeof *f->gap.value);
    f->gap.row = ih_alloc(model->n_used, sizeof *f->gap.row);
    if (!f->gap.value || !f->gap.row) {
        st = ih_fail(err, IH_E_MEMORY, "the fit of a time model");
        goto done;
    }
    if (out->standard_deviation && model->deviation != IH_DEVIATION_RESIDUAL) {
        st = ih_time_deviation_new(model, &f->deviation, err);
        if (st != IH_OK)
            goto done;
        f->group.residual = ih_time_deviation_residuals(f->deviation);
    }
    for (f->begin = 0; f->begin < in->n_pixels; f->begin += LANES)
        fit_group(f);

done:
    free(f->gap.value);
    free(f->gap.row);
    ih_time_deviation_free(f->deviation);
    free(f);
    return st;
}

ih_status ih_time_model_fit(const ih_time_model *model, size_t n_pixels, size_t stride,
                            const float *displacement_m, float *estimate, float *standard_deviation,
                            ih_error *err)
{
    const ih_time_model_input in = {
        .n_pixels = n_pixels, .stride = stride, .displacement_m = displacement_m};
    const ih_time_model_output out = {.estimate = estimate,
                                      .standard_deviation = standard_deviation};

    return ih_time_model_fit_block(model, &in, &out, err);
}
