/* SPDX-License-Identifier: MIT
 *
 * With b the baselines and P the polynomial and step columns, both possibly differenced, and Q an
 * orthonormal basis of P: the part of b that P does not explain is p = b - QQ'b. The apparent
 * slope of displacement on baseline is k = p'y / p'p, height z = k R sin(incidence), and the other
 * parameters are P^+ (y - k b). All are products of fixed vectors, [date], with a pixel's series.
 */
#include "algorithms/topographic_residual.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "algorithms/alloc.h"
#include "algorithms/simd.h"
#include "algorithms/solve.h"
#include "algorithms/time_model_parts.h"

#define LANES         256
#define MAX_COLUMNS   IH_TIME_MODEL_MAX_PARAMETERS
#define DAYS_PER_YEAR 365.25

/* Baselines whose unexplained part is a smaller share than this do not determine a height. */
#define LEAST_UNEXPLAINED 1e-6

struct ih_topographic_residual {
    size_t n_dates, n_used, n_columns; /* of P; without its constant for phase velocity */
    size_t *used;                      /* [used] date */
    double *baseline;                  /* [date] relative to the first */
    double *columns;                   /* [date][column] P, not differenced */
    double *slope;                     /* [used] k = slope'y */
    double *inverse;                   /* [column][used] other parameters, at k taken off */
    bool remove_constant;
    double correlation, condition, unexplained, unit_deviation;
};

/* The equations that are fitted: rows are dates, or for phase velocity steps between dates. */
struct equations {
    size_t n_rows, n_columns;
    bool differenced;
    double *years_between; /* [row] when differenced */
    double *matrix;        /* [row][column] of P */
    double *baseline;      /* [row] */
    double *basis, *values, *right;
    double *unexplained; /* [row] p */
};

double ih_slant_range(double incidence_deg, double earth_radius_m, double sensor_height_m)
{
    double incidence = incidence_deg * M_PI / 180.0, orbit = earth_radius_m + sensor_height_m, look;

    if (!(incidence_deg > 0.0 && incidence_deg < 90.0))
        return (double)NAN;
    look = asin(earth_radius_m * sin(incidence) / orbit);
    return orbit * sin(incidence - look) / sin(incidence);
}

static ih_status check_dates(const ih_topographic_residual_dates *dates, ih_error *err)
{
    if (dates->n_dates > INT32_MAX / MAX_COLUMNS)
        return ih_fail(err, IH_E_ARGUMENT, "a series of %zu dates", dates->n_dates);
    for (size_t d = 0; d < dates->n_dates; d++) {
        if (!isfinite(dates->years[d]) ||
            (d > 0 && (dates->years[d] < dates->years[d - 1] ||
                       dates->date_days[d] <= dates->date_days[d - 1])))
            return ih_fail(err, IH_E_ARGUMENT, "date %zu is not after the one before", d);
        if (!isfinite(dates->baseline_m[d]))
            return ih_fail(err, IH_E_ARGUMENT, "the perpendicular baseline of date %zu is unknown",
                           d);
    }
    return IH_OK;
}

static void free_equations(struct equations *e)
{
    free(e->years_between);
    free(e->matrix);
    free(e->baseline);
    free(e->basis);
    free(e->values);
    free(e->right);
    free(e->unexplained);
}

static bool new_equations(struct equations *e, size_t n_used, size_t n_columns, bool differenced)
{
    size_t rows = differenced ? n_used - 1 : n_used;

    e->n_rows = rows;
    e->n_columns = n_columns;
    e->differenced = differenced;
    e->years_between = ih_calloc(n_used, sizeof(double));
    e->baseline = ih_alloc(rows, sizeof(double));
    e->unexplained = ih_alloc(rows, sizeof(double));
    if (!e->years_between || !e->baseline || !e->unexplained)
        return false;
    if (n_columns == 0)
        return true;
    e->matrix = ih_alloc(rows * n_columns, sizeof(double));
    e->basis = ih_alloc(rows * n_columns, sizeof(double));
    e->values = ih_alloc(n_columns, sizeof(double));
    e->right = ih_alloc(n_columns * n_columns, sizeof(double));
    return e->matrix && e->basis && e->values && e->right;
}

/* Row i of what is fitted, of a quantity given at the dates. */
static double row_of(const struct equations *e, const size_t *used, const double *quantity,
                     size_t stride, size_t i)
{
    if (e->differenced)
        return (quantity[used[i + 1] * stride] - quantity[used[i] * stride]) / e->years_between[i];
    return quantity[used[i] * stride];
}

static void fill_equations(const ih_topographic_residual *plan, const int32_t *days,
                           struct equations *e)
{
    for (size_t i = 0; e->differenced && i < e->n_rows; i++)
        e->years_between[i] =
            ((double)days[plan->used[i + 1]] - (double)days[plan->used[i]]) / DAYS_PER_YEAR;
    for (size_t i = 0; i < e->n_rows; i++) {
        e->baseline[i] = row_of(e, plan->used, plan->baseline, 1, i);
        for (size_t j = 0; j < e->n_columns; j++)
            e->matrix[i * e->n_columns + j] =
                row_of(e, plan->used, plan->columns + j, e->n_columns, i);
    }
}

/* The part of the baselines that is left; twice, for orthogonality to rounding. */
static void project_baselines(ih_topographic_residual *plan, struct equations *e)
{
    size_t n = e->n_columns;
    double mean = 0.0, all = 0.0, left = 0.0;

    memcpy(e->unexplained, e->baseline, e->n_rows * sizeof(double));
    for (int pass = 0; pass < 2; pass++)
        for (size_t j = 0; j < n; j++) {
            double sum = 0.0;

            for (size_t i = 0; i < e->n_rows; i++)
                sum += e->basis[i * n + j] * e->unexplained[i];
            for (size_t i = 0; i < e->n_rows; i++)
                e->unexplained[i] -= e->basis[i * n + j] * sum;
        }
    for (size_t i = 0; !e->differenced && i < e->n_rows; i++)
        mean += e->baseline[i] / (double)e->n_rows;
    for (size_t i = 0; i < e->n_rows; i++) {
        all += (e->baseline[i] - mean) * (e->baseline[i] - mean);
        left += e->unexplained[i] * e->unexplained[i];
    }
    plan->unexplained = all > 0.0 ? sqrt(left / all) : 0.0;
}

/* Turns weights of rows into weights of dates: y enters by its rows. */
static void spread_to_dates(const struct equations *e, const double *of_rows, double *of_dates,
                            size_t n_used)
{
    memset(of_dates, 0, n_used * sizeof *of_dates);
    for (size_t i = 0; i < e->n_rows; i++) {
        if (e->differenced) {
            of_dates[i + 1] += of_rows[i] / e->years_between[i];
            of_dates[i] -= of_rows[i] / e->years_between[i];
        } else {
            of_dates[i] = of_rows[i];
        }
    }
}

/* slope and inverse from the decomposed equations. */
static ih_status set_products(ih_topographic_residual *plan, const struct equations *e,
                              ih_error *err)
{
    size_t n = e->n_columns;
    double squares = 0.0, *row = ih_alloc(e->n_rows, sizeof *row);

    if (!row)
        return ih_fail(err, IH_E_MEMORY, "a series of %zu dates", plan->n_dates);
    for (size_t i = 0; i < e->n_rows; i++)
        squares += e->unexplained[i] * e->unexplained[i];
    for (size_t i = 0; i < e->n_rows; i++)
        row[i] = e->unexplained[i] / squares;
    spread_to_dates(e, row, plan->slope, plan->n_used);
    plan->unit_deviation = 0.0;
    for (size_t d = 0; d < plan->n_used; d++)
        plan->unit_deviation += plan->slope[d] * plan->slope[d];
    plan->unit_deviation = sqrt(plan->unit_deviation);

    for (size_t c = 0; c < n; c++) {
        double of_baseline = 0.0;

        for (size_t i = 0; i < e->n_rows; i++) {
            row[i] = 0.0;
            for (size_t j = 0; j < n; j++)
                row[i] += e->right[c * n + j] / e->values[j] * e->basis[i * n + j];
            of_baseline += row[i] * e->baseline[i];
        }
        spread_to_dates(e, row, plan->inverse + c * plan->n_used, plan->n_used);
        for (size_t d = 0; d < plan->n_used; d++)
            plan->inverse[c * plan->n_used + d] -= of_baseline * plan->slope[d];
    }
    free(row);
    return IH_OK;
}

/* Condition number of [b, P] with columns of length 1. */
static ih_status set_condition(ih_topographic_residual *plan, const struct equations *e,
                               ih_error *err)
{
    size_t n = e->n_columns + 1;
    double *matrix = ih_alloc(e->n_rows * n, sizeof *matrix);
    double *left = ih_alloc(e->n_rows * n, sizeof *left);
    double *right = ih_alloc(n * n, sizeof *right), values[MAX_COLUMNS + 1];
    ih_status st;

    if (!matrix || !left || !right) {
        st = ih_fail(err, IH_E_MEMORY, "a series of %zu dates", plan->n_dates);
        goto done;
    }
    for (size_t j = 0; j < n; j++) {
        double squares = 0.0;

        for (size_t i = 0; i < e->n_rows; i++) {
            matrix[i * n + j] = j == 0 ? e->baseline[i] : e->matrix[i * (n - 1) + j - 1];
            squares += matrix[i * n + j] * matrix[i * n + j];
        }
        for (size_t i = 0; squares > 0.0 && i < e->n_rows; i++)
            matrix[i * n + j] /= sqrt(squares);
    }
    st = ih_solve_svd(e->n_rows, n, matrix, left, values, right, err);
    if (st == IH_OK)
        plan->condition = values[n - 1] > 0.0 ? values[0] / values[n - 1] : (double)INFINITY;

done:
    free(right);
    free(left);
    free(matrix);
    return st;
}

static void set_correlation(ih_topographic_residual *plan, const double *years)
{
    double n = (double)plan->n_used, mean_t = 0.0, mean_b = 0.0, tt = 0.0, bb = 0.0, tb = 0.0;

    for (size_t k = 0; k < plan->n_used; k++) {
        mean_t += (years[plan->used[k]] - years[0]) / n;
        mean_b += plan->baseline[plan->used[k]] / n;
    }
    for (size_t k = 0; k < plan->n_used; k++) {
        double t = years[plan->used[k]] - years[0] - mean_t;
        double b = plan->baseline[plan->used[k]] - mean_b;

        tt += t * t;
        bb += b * b;
        tb += t * b;
    }
    plan->correlation = tt > 0.0 && bb > 0.0 ? tb / sqrt(tt * bb) : (double)NAN;
}

static ih_status solve_plan(ih_topographic_residual *plan, struct equations *e, ih_error *err)
{
    size_t n = e->n_columns;
    ih_status st = IH_OK;

    if (n > 0)
        st = ih_solve_svd(e->n_rows, n, e->matrix, e->basis, e->values, e->right, err);
    if (st != IH_OK)
        return st;
    if (n > 0 && !(e->values[n - 1] > (double)e->n_rows * DBL_EPSILON * e->values[0]))
        return ih_fail(err, IH_E_DATA,
                       "%zu dates do not determine the polynomial and steps beside the height",
                       plan->n_used);
    project_baselines(plan, e);
    if (!(plan->unexplained > LEAST_UNEXPLAINED))
        return ih_fail(err, IH_E_DATA,
                       "the perpendicular baselines change as the motion that is fitted does: "
                       "height cannot be told from motion");
    st = set_products(plan, e, err);
    return st == IH_OK ? set_condition(plan, e, err) : st;
}

/* The columns P at all dates; for phase velocity without the constant, which comes first. */
static ih_status set_columns(ih_topographic_residual *plan, const double *years,
                             const ih_time_model_options *model, ih_error *err)
{
    ih_time_column columns[MAX_COLUMNS];
    size_t skip = (size_t)model->polynomial + 1 + model->n_steps - plan->n_columns;
    double first = years[plan->used[0]];
    ih_status st =
        ih_time_model_set_columns(model, first, years[plan->used[plan->n_used - 1]], columns, err);

    /* time counts from the first date of the series: only the parameters depend on it */
    for (size_t d = 0; st == IH_OK && d < plan->n_dates; d++)
        for (size_t j = 0; j < plan->n_columns; j++)
            plan->columns[d * plan->n_columns + j] =
                ih_time_column_value(&columns[skip + j], years[d], years[0]);
    return st;
}

static bool allocate(ih_topographic_residual *plan)
{
    size_t n = plan->n_columns > 0 ? plan->n_columns : 1;

    plan->used = ih_alloc(plan->n_used, sizeof *plan->used);
    plan->baseline = ih_alloc(plan->n_dates, sizeof(double));
    plan->columns = ih_calloc(plan->n_dates * n, sizeof(double));
    plan->slope = ih_alloc(plan->n_used, sizeof(double));
    plan->inverse = ih_calloc(n * plan->n_used, sizeof(double));
    return plan->used && plan->baseline && plan->columns && plan->slope && plan->inverse;
}

static ih_status build(ih_topographic_residual *plan, const ih_topographic_residual_dates *dates,
                       const ih_topographic_residual_options *options,
                       const ih_time_model_options *model, ih_error *err)
{
    struct equations e = {0};
    ih_status st = IH_OK;
    size_t k = 0;

    if (!allocate(plan) ||
        !new_equations(&e, plan->n_used, plan->n_columns, options->phase_velocity)) {
        st = ih_fail(err, IH_E_MEMORY, "a series of %zu dates", plan->n_dates);
        goto done;
    }
    for (size_t d = 0; d < plan->n_dates; d++) {
        plan->baseline[d] = dates->baseline_m[d] - dates->baseline_m[0];
        if (!options->used || options->used[d])
            plan->used[k++] = d;
    }
    st = set_columns(plan, dates->years, model, err);
    if (st != IH_OK)
        goto done;
    fill_equations(plan, dates->date_days, &e);
    set_correlation(plan, dates->years);
    st = solve_plan(plan, &e, err);

done:
    free_equations(&e);
    return st;
}

ih_status ih_topographic_residual_new(const ih_topographic_residual_dates *dates,
                                      const ih_topographic_residual_options *options,
                                      ih_topographic_residual **out, ih_error *err)
{
    const ih_time_model_options model = {
        .polynomial = options->polynomial, .steps = options->steps, .n_steps = options->n_steps};
    ih_topographic_residual *plan;
    size_t n_columns = 0, n_used = 0;
    ih_status st;

    *out = NULL;
    st = ih_time_model_count_columns(&model, &n_columns, err);
    if (st == IH_OK)
        st = check_dates(dates, err);
    if (st != IH_OK)
        return st;
    for (size_t d = 0; d < dates->n_dates; d++)
        n_used += !options->used || options->used[d];
    /* a differenced constant is 0: one unknown and one equation fewer */
    if (n_used < n_columns + 1)
        return ih_fail(err, IH_E_DATA, "%zu dates do not determine a height and %zu parameters",
                       n_used, n_columns);

    plan = ih_calloc(1, sizeof *plan);
    if (!plan)
        return ih_fail(err, IH_E_MEMORY, "a series of %zu dates", dates->n_dates);
    plan->n_dates = dates->n_dates;
    plan->n_used = n_used;
    plan->n_columns = options->phase_velocity ? n_columns - 1 : n_columns;
    plan->remove_constant = options->phase_velocity && options->remove_constant;
    st = build(plan, dates, options, &model, err);
    if (st != IH_OK) {
        ih_topographic_residual_free(plan);
        plan = NULL;
    }
    *out = plan;
    return st;
}

void ih_topographic_residual_free(ih_topographic_residual *plan)
{
    if (!plan)
        return;
    free(plan->used);
    free(plan->baseline);
    free(plan->columns);
    free(plan->slope);
    free(plan->inverse);
    free(plan);
}

double ih_topographic_residual_correlation(const ih_topographic_residual *plan)
{
    return plan->correlation;
}

double ih_topographic_residual_condition(const ih_topographic_residual *plan)
{
    return plan->condition;
}

double ih_topographic_residual_unexplained(const ih_topographic_residual *plan)
{
    return plan->unexplained;
}

double ih_topographic_residual_unit_deviation(const ih_topographic_residual *plan)
{
    return plan->unit_deviation;
}

/* A group of at most LANES pixels: enough for long loops, few enough to stay in the cache. */
struct group {
    size_t begin, width;
    double slope[LANES];
    double parameter[MAX_COLUMNS][LANES];
    double constant[LANES];
    float known[LANES]; /* 0, or NaN for a pixel without result */
};

static inline __attribute__((always_inline)) void
add_products(double factor, const float *restrict y, size_t width, double *restrict sum)
{
    for (size_t l = 0; l < width; l++)
        sum[l] += factor * (double)y[l];
}

static inline __attribute__((always_inline)) void
add_multiples(double factor, const double *restrict x, size_t width, double *restrict sum)
{
    for (size_t l = 0; l < width; l++)
        sum[l] += factor * x[l];
}

IH_SIMD static void fit_group(const ih_topographic_residual *plan,
                              const ih_topographic_residual_input *in, struct group *g)
{
    size_t n = plan->n_columns, width = g->width;

    memset(g->slope, 0, sizeof g->slope);
    memset(g->parameter, 0, n * sizeof g->parameter[0]);
    memset(g->constant, 0, sizeof g->constant);
    for (size_t k = 0; k < plan->n_used; k++) {
        const float *restrict y = in->displacement_m + plan->used[k] * in->stride + g->begin;
        float *restrict known = g->known;

        /* 0 for every number, NaN for NaN and infinities */
        for (size_t l = 0; l < width; l++)
            known[l] += y[l] * 0.0f;
        add_products(plan->slope[k], y, width, g->slope);
        for (size_t j = 0; j < n; j++)
            add_products(plan->inverse[j * plan->n_used + k], y, width, g->parameter[j]);
    }
}

/* Residual at a date, without the constant of phase velocity. */
static inline double residual_at(const ih_topographic_residual *plan, const struct group *g,
                                 size_t date, size_t lane, double displacement)
{
    double left = displacement - g->slope[lane] * plan->baseline[date];

    for (size_t j = 0; j < plan->n_columns; j++)
        left -= plan->columns[date * plan->n_columns + j] * g->parameter[j][lane];
    return left;
}

static void find_constants(const ih_topographic_residual *plan,
                           const ih_topographic_residual_input *in, struct group *g)
{
    for (size_t k = 0; k < plan->n_used; k++) {
        const float *y = in->displacement_m + plan->used[k] * in->stride + g->begin;

        for (size_t l = 0; l < g->width; l++)
            g->constant[l] +=
                residual_at(plan, g, plan->used[k], l, (double)y[l]) / (double)plan->n_used;
    }
}

/* Values less what was modelled, as float; NaN where a value is missing or without result. */
static inline __attribute__((always_inline)) void write_values(const float *restrict y,
                                                               const double *restrict modelled,
                                                               const float *restrict known,
                                                               size_t width, float *restrict out)
{
    for (size_t l = 0; l < width; l++) {
        float left = (float)((double)y[l] - modelled[l]), missing = known[l] + y[l] * 0.0f;

        /* one NaN, whatever made it */
        out[l] = missing == 0.0f ? left : NAN;
    }
}

IH_SIMD static void write_group(const ih_topographic_residual *plan,
                                const ih_topographic_residual_input *in,
                                const ih_topographic_residual_output *out, const struct group *g)
{
    size_t n = plan->n_columns, width = g->width;

    for (size_t d = 0; d < plan->n_dates; d++) {
        size_t at = d * in->stride + g->begin;
        double topography[LANES], all[LANES];
        float y[LANES];

        /* a copy, because the results may replace it */
        memcpy(y, in->displacement_m + at, width * sizeof *y);
        memset(topography, 0, sizeof topography);
        add_multiples(plan->baseline[d], g->slope, width, topography);
        memcpy(all, g->constant, sizeof all);
        add_multiples(1.0, topography, width, all);
        for (size_t j = 0; out->residual_m && j < n; j++)
            add_multiples(plan->columns[d * n + j], g->parameter[j], width, all);
        if (out->residual_m)
            write_values(y, all, g->known, width, out->residual_m + at);
        if (out->corrected_m)
            write_values(y, topography, g->known, width, out->corrected_m + at);
    }
}

static bool has_geometry(const ih_topographic_residual_input *in, size_t p)
{
    float range = in->slant_range_m[p], incidence = in->incidence_deg[p];

    return isfinite(range) && range != 0.0f && isfinite(incidence) && incidence != 0.0f;
}

ih_status ih_topographic_residual_correct(const ih_topographic_residual *plan,
                                          const ih_topographic_residual_input *in,
                                          const ih_topographic_residual_output *out,
                                          size_t *n_skipped, ih_error *err)
{
    struct group *g;

    if (in->stride < in->n_pixels)
        return ih_fail(err, IH_E_ARGUMENT, "rows of %zu pixels in a stride of %zu", in->n_pixels,
                       in->stride);
    g = ih_alloc_aligned(1, sizeof *g);
    if (!g)
        return ih_fail(err, IH_E_MEMORY, "the correction of heights");
    for (g->begin = 0; g->begin < in->n_pixels; g->begin += LANES) {
        g->width = in->n_pixels - g->begin < LANES ? in->n_pixels - g->begin : LANES;
        for (size_t l = 0; l < g->width; l++)
            g->known[l] = has_geometry(in, g->begin + l) ? 0.0f : NAN;
        fit_group(plan, in, g);
        if (plan->remove_constant)
            find_constants(plan, in, g);
        write_group(plan, in, out, g);
        for (size_t l = 0; l < g->width; l++) {
            size_t p = g->begin + l;
            double ground_range =
                (double)in->slant_range_m[p] * sin((double)in->incidence_deg[p] * M_PI / 180.0);

            if (out->height_m)
                out->height_m[p] = isnan(g->known[l]) ? NAN : (float)(g->slope[l] * ground_range);
            if (n_skipped)
                *n_skipped += isnan(g->known[l]) != 0;
        }
    }
    free(g);
    return IH_OK;
}
