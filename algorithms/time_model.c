/* SPDX-License-Identifier: MIT
 *
 * The design matrix G is decomposed once, G = U S V'. A pixel's coefficients in the orthonormal
 * basis U come first, for a pixel without gaps simply U'y, and the parameters are V S^-1 times
 * them: together the pseudo-inverse. For a pixel with gaps the rows of U at its own dates make
 * small normal equations that stay well conditioned.
 */
#include "algorithms/time_model.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "algorithms/alloc.h"
#include "algorithms/simd.h"
#include "algorithms/solve.h"

#define DAYS_PER_YEAR  365.25
#define LANES          16
#define MAX_DEGREE     16
#define MAX_PARAMETERS 64
#define TEXT_SIZE      24

/* A gap pattern whose smallest pivot in the orthonormal basis is below this does not determine the
 * parameters. */
#define SMALLEST_PIVOT 1e-10

/* A column of the design matrix: what it is a function of time of. */
enum column_kind { COLUMN_POWER };

struct column {
    enum column_kind kind;
    int power;
    char name[TEXT_SIZE], unit[TEXT_SIZE];
};

struct ih_time_model {
    size_t n_dates, n_parameters;
    struct column *columns; /* [parameter] */
    double *basis;          /* [date][parameter] U */
    double *to_parameters;  /* [parameter][parameter] V S^-1 */
    double *cofactor;       /* [parameter] diagonal of (G'G)^-1 */
};

static int64_t days_before_year(int64_t year)
{
    int64_t y = year - 1;

    /* floor divisions: years before 1 are legal arguments */
    return 365 * y + (y >= 0 ? y / 4 : (y - 3) / 4) - (y >= 0 ? y / 100 : (y - 99) / 100) +
           (y >= 0 ? y / 400 : (y - 399) / 400) - 719162;
}

double ih_decimal_year(int32_t days_since_1970, double seconds_of_day)
{
    /* the estimate is right to within one year */
    int64_t year = 1970 + (int64_t)floor(days_since_1970 / 365.2425);

    while (days_before_year(year) > days_since_1970)
        year--;
    while (days_before_year(year + 1) <= days_since_1970)
        year++;
    return (double)year + (double)(days_since_1970 - days_before_year(year)) / DAYS_PER_YEAR +
           seconds_of_day / (DAYS_PER_YEAR * 86400.0);
}

static void name_power(struct column *column)
{
    static const char *const names[] = {"intercept", "velocity", "acceleration"};
    static const char *const units[] = {"m", "m/year"};
    int k = column->power;

    if (k < 3)
        snprintf(column->name, TEXT_SIZE, "%s", names[k]);
    else
        snprintf(column->name, TEXT_SIZE, "poly%d", k);
    if (k < 2)
        snprintf(column->unit, TEXT_SIZE, "%s", units[k]);
    else
        snprintf(column->unit, TEXT_SIZE, "m/year^%d", k);
}

/* Value of a column t years after the model's first date. */
static double column_value(const struct column *column, double t)
{
    double value = 1.0;

    for (int k = 1; k <= column->power; k++)
        value *= t / k;
    return value;
}

static ih_status check_years(size_t n_dates, const double *years, size_t n_parameters,
                             ih_error *err)
{
    if (n_dates < n_parameters)
        return ih_fail(err, IH_E_DATA,
                       "%zu dates do not determine the %zu parameters of the time model", n_dates,
                       n_parameters);
    for (size_t d = 0; d < n_dates; d++)
        if (!isfinite(years[d]) || (d > 0 && years[d] < years[d - 1]))
            return ih_fail(err, IH_E_ARGUMENT,
                           "date %zu of the time model is not after the one before", d);
    return IH_OK;
}

/* From the decomposition of the design: basis is in place, values and right become to_parameters
 * and cofactor. */
static ih_status set_inverse(ih_time_model *model, const double *values, const double *right,
                             ih_error *err)
{
    size_t n = model->n_parameters;
    double tolerance = (double)(model->n_dates > n ? model->n_dates : n) * DBL_EPSILON * values[0];

    if (!(values[n - 1] > tolerance))
        return ih_fail(
            err, IH_E_DATA,
            "the %zu dates do not determine the %zu parameters of the time model: some of its "
            "terms are the same on them",
            model->n_dates, n);
    for (size_t i = 0; i < n; i++) {
        model->cofactor[i] = 0.0;
        for (size_t j = 0; j < n; j++) {
            double entry = right[i * n + j] / values[j];

            model->to_parameters[i * n + j] = entry;
            model->cofactor[i] += entry * entry;
        }
    }
    return IH_OK;
}

static ih_status decompose(ih_time_model *model, const double *years, ih_error *err)
{
    size_t n = model->n_parameters;
    double *design = ih_alloc(model->n_dates * n, sizeof *design);
    double *values = ih_alloc(n, sizeof *values);
    double *right = ih_alloc(n * n, sizeof *right);
    ih_status st = IH_OK;

    if (!design || !values || !right) {
        st = ih_fail(err, IH_E_MEMORY, "a time model of %zu dates", model->n_dates);
        goto done;
    }
    for (size_t d = 0; d < model->n_dates; d++)
        for (size_t j = 0; j < n; j++)
            design[d * n + j] = column_value(&model->columns[j], years[d] - years[0]);
    st = ih_solve_svd(model->n_dates, n, design, model->basis, values, right, err);
    if (st == IH_OK)
        st = set_inverse(model, values, right, err);

done:
    free(right);
    free(values);
    free(design);
    return st;
}

ih_status ih_time_model_new(size_t n_dates, const double *years,
                            const ih_time_model_options *options, ih_time_model **out,
                            ih_error *err)
{
    ih_time_model *model = NULL;
    ih_status st = IH_OK;
    size_t n;

    *out = NULL;
    if (options->polynomial < 0 || options->polynomial > MAX_DEGREE)
        return ih_fail(err, IH_E_ARGUMENT, "a polynomial of degree %d: 0 to %d are possible",
                       options->polynomial, MAX_DEGREE);
    n = (size_t)options->polynomial + 1;
    if (n_dates > INT32_MAX / MAX_PARAMETERS)
        return ih_fail(err, IH_E_ARGUMENT, "a time model of %zu dates", n_dates);
    st = check_years(n_dates, years, n, err);
    if (st != IH_OK)
        return st;

    model = ih_calloc(1, sizeof *model);
    if (!model)
        return ih_fail(err, IH_E_MEMORY, "a time model of %zu dates", n_dates);
    model->n_dates = n_dates;
    model->n_parameters = n;
    model->columns = ih_calloc(n, sizeof *model->columns);
    model->basis = ih_alloc(n_dates * n, sizeof *model->basis);
    model->to_parameters = ih_alloc(n * n, sizeof *model->to_parameters);
    model->cofactor = ih_alloc(n, sizeof *model->cofactor);
    if (!model->columns || !model->basis || !model->to_parameters || !model->cofactor) {
        st = ih_fail(err, IH_E_MEMORY, "a time model of %zu dates", n_dates);
        goto done;
    }
    for (size_t k = 0; k < n; k++) {
        model->columns[k] = (struct column){.kind = COLUMN_POWER, .power = (int)k};
        name_power(&model->columns[k]);
    }
    st = decompose(model, years, err);

done:
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
    free(model->columns);
    free(model->basis);
    free(model->to_parameters);
    free(model->cofactor);
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

/* A group of at most LANES pixels: width of them exist. */
struct group {
    const float *displacement_m;
    size_t stride, width;
    double coefficients[MAX_PARAMETERS][LANES];
    double sum_squares[LANES]; /* of the residuals */
    int32_t n_valid[LANES];
};

/* Coefficients in the orthonormal basis and the residuals left; right for pixels without gaps. */
static inline __attribute__((always_inline)) void project_width(const ih_time_model *model,
                                                                struct group *group, size_t width)
{
    size_t n = model->n_parameters;

    memset(group->coefficients, 0, n * sizeof group->coefficients[0]);
    memset(group->sum_squares, 0, sizeof group->sum_squares);
    memset(group->n_valid, 0, sizeof group->n_valid);
    for (size_t d = 0; d < model->n_dates; d++) {
        const float *restrict y = group->displacement_m + d * group->stride;

        for (size_t l = 0; l < width; l++)
            group->n_valid[l] += fabsf(y[l]) < INFINITY;
        for (size_t j = 0; j < n; j++) {
            double u = model->basis[d * n + j], *restrict c = group->coefficients[j];

            for (size_t l = 0; l < width; l++)
                c[l] += u * (double)y[l];
        }
    }
    for (size_t d = 0; d < model->n_dates; d++) {
        const float *restrict y = group->displacement_m + d * group->stride;
        double residual[LANES];

        for (size_t l = 0; l < width; l++)
            residual[l] = (double)y[l];
        for (size_t j = 0; j < n; j++) {
            double u = model->basis[d * n + j];
            const double *restrict c = group->coefficients[j];

            for (size_t l = 0; l < width; l++)
                residual[l] -= u * c[l];
        }
        for (size_t l = 0; l < width; l++)
            group->sum_squares[l] += residual[l] * residual[l];
    }
}

IH_SIMD static void project(const ih_time_model *model, struct group *group)
{
    /* the whole group with a width known to the compiler */
    if (group->width == LANES)
        project_width(model, group, LANES);
    else
        project_width(model, group, group->width);
}

/* What a single pixel with gaps needs beyond its group. */
struct gap_fit {
    double normal[MAX_PARAMETERS *
                  MAX_PARAMETERS]; /* U'U on the pixel's dates, then its Cholesky factor */
    double coefficients[MAX_PARAMETERS];
    double sum_squares;
};

/* Lower Cholesky factor in place; 0 when the matrix is not safely positive definite. */
static int factor_normal(double *normal, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = normal[i * n + j];

            for (size_t k = 0; k < j; k++)
                sum -= normal[i * n + k] * normal[j * n + k];
            if (i == j && !(sum > SMALLEST_PIVOT))
                return 0;
            normal[i * n + j] = i == j ? sqrt(sum) : sum / normal[j * n + j];
        }
    return 1;
}

/* Solves F x = x in place, F the lower factor. */
static void solve_forward(const double *factor, double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            x[i] -= factor[i * n + k] * x[k];
        x[i] /= factor[i * n + i];
    }
}

static void solve_backward(const double *factor, double *x, size_t n)
{
    for (size_t i = n; i-- > 0;) {
        x[i] /= factor[i * n + i];
        for (size_t k = 0; k < i; k++)
            x[k] -= factor[i * n + k] * x[i];
    }
}

/* Least squares on the dates a pixel has; 0 when they do not determine the parameters. */
static int fit_with_gaps(const ih_time_model *model, const float *y, size_t stride,
                         struct gap_fit *fit)
{
    size_t n = model->n_parameters;

    memset(fit->normal, 0, n * n * sizeof *fit->normal);
    memset(fit->coefficients, 0, n * sizeof *fit->coefficients);
    fit->sum_squares = 0.0;
    for (size_t d = 0; d < model->n_dates; d++) {
        const double *u = model->basis + d * n;
        double value = (double)y[d * stride];

        if (!isfinite(value))
            continue;
        for (size_t i = 0; i < n; i++) {
            fit->coefficients[i] += u[i] * value;
            for (size_t j = 0; j <= i; j++)
                fit->normal[i * n + j] += u[i] * u[j];
        }
    }
    if (!factor_normal(fit->normal, n))
        return 0;
    solve_forward(fit->normal, fit->coefficients, n);
    solve_backward(fit->normal, fit->coefficients, n);

    for (size_t d = 0; d < model->n_dates; d++) {
        double residual = (double)y[d * stride];

        if (!isfinite(residual))
            continue;
        for (size_t j = 0; j < n; j++)
            residual -= model->basis[d * n + j] * fit->coefficients[j];
        fit->sum_squares += residual * residual;
    }
    return 1;
}

/* Diagonal entry of (G'G)^-1 on the pixel's own dates. */
static double gap_cofactor(const ih_time_model *model, const struct gap_fit *fit, size_t parameter)
{
    size_t n = model->n_parameters;
    double row[MAX_PARAMETERS], sum = 0.0;

    memcpy(row, model->to_parameters + parameter * n, n * sizeof *row);
    solve_forward(fit->normal, row, n);
    for (size_t j = 0; j < n; j++)
        sum += row[j] * row[j];
    return sum;
}

static double deviation(double cofactor, double sum_squares, size_t n_valid, size_t n_parameters)
{
    if (n_valid <= n_parameters)
        return (double)NAN;
    return sqrt(cofactor * sum_squares / (double)(n_valid - n_parameters));
}

/* Where the results of one pixel go. */
struct target {
    float *estimate, *standard_deviation; /* at the pixel; either may be NULL */
    size_t stride;
};

static void write_pixel(const ih_time_model *model, const struct group *group, size_t lane,
                        struct gap_fit *fit, const struct target *target)
{
    size_t n = model->n_parameters, n_valid = (size_t)group->n_valid[lane];
    int complete = n_valid == model->n_dates;
    int solved = complete || (n_valid >= n && fit_with_gaps(model, group->displacement_m + lane,
                                                            group->stride, fit));
    double sum_squares = complete ? group->sum_squares[lane] : fit->sum_squares;

    for (size_t i = 0; i < n; i++) {
        double estimate = 0.0;

        for (size_t j = 0; solved && j < n; j++)
            estimate += model->to_parameters[i * n + j] *
                        (complete ? group->coefficients[j][lane] : fit->coefficients[j]);
        if (target->estimate)
            target->estimate[i * target->stride] = solved ? (float)estimate : NAN;
        if (target->standard_deviation && solved)
            target->standard_deviation[i * target->stride] =
                (float)deviation(complete ? model->cofactor[i] : gap_cofactor(model, fit, i),
                                 sum_squares, n_valid, n);
        else if (target->standard_deviation)
            target->standard_deviation[i * target->stride] = NAN;
    }
}

ih_status ih_time_model_fit(const ih_time_model *model, size_t n_pixels, size_t stride,
                            const float *displacement_m, float *estimate, float *standard_deviation,
                            ih_error *err)
{
    struct group *group = NULL;
    struct gap_fit *fit = NULL;
    ih_status st = IH_OK;

    if (stride < n_pixels)
        return ih_fail(err, IH_E_ARGUMENT, "rows of %zu pixels in a stride of %zu", n_pixels,
                       stride);
    group = ih_alloc_aligned(1, sizeof *group);
    fit = ih_alloc_aligned(1, sizeof *fit);
    if (!group || !fit) {
        st = ih_fail(err, IH_E_MEMORY, "the fit of a time model");
        goto done;
    }
    fit->sum_squares = 0.0;
    for (size_t begin = 0; begin < n_pixels; begin += LANES) {
        group->displacement_m = displacement_m + begin;
        group->stride = stride;
        group->width = n_pixels - begin < LANES ? n_pixels - begin : LANES;
        project(model, group);
        for (size_t l = 0; l < group->width; l++) {
            struct target target = {.estimate = estimate ? estimate + begin + l : NULL,
                                    .standard_deviation =
                                        standard_deviation ? standard_deviation + begin + l : NULL,
                                    .stride = stride};

            write_pixel(model, group, l, fit, &target);
        }
    }

done:
    free(fit);
    free(group);
    return st;
}
