/* SPDX-License-Identifier: MIT */
#include "utilities/lib/correction_stage.h"

#include <math.h>
#include <omp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>

#include "algorithms/alloc.h"
#include "algorithms/reference_date.h"
#include "algorithms/residual_rms.h"
#include "utilities/lib/sbas_state.h"

/* Pixels of a strip, about: enough to hide the cost of a strip, little beside any -wm. */
enum { STRIP_PIXELS = 8192 };

typedef struct {
    ih_sbas_state *s;
    ih_corrections *c;
    ih_height_correlation_options height;
    ih_ramp_options ramp, judge;
    double reference_height_m, reference_incidence_deg;
    ih_time_model *smooth; /* motion that the judgement of dates takes off; NULL = the plan does */
    ih_height_correlation_sums *height_sums; /* [date] */
    ih_ramp_sums *ramp_sums;                 /* [step][date] of the ramps or the judgement */
    size_t n_sums;
    int n_sweeps, sweep; /* for the progress bar */
    atomic_int stop;
} stage;

/* Whole rows of the raster, and one thread's memory for them. */
typedef struct {
    size_t first_row, n_rows, first_pixel, n_pixels, stride;
    float *series, *residual;    /* [date][stride] */
    float *estimate, *deviation; /* [parameter][stride] */
    float *covariance;           /* [coefficient i][coefficient j <= i][stride], or NULL */
    float *slant_height_m, *slant_range_m;
    ih_height_correlation_sums *height_sums;
    ih_ramp_sums *ramp_sums;
} strip;

typedef struct {
    size_t rows; /* of a strip */
    bool writes; /* the series is changed */
    ih_status (*work)(stage *, strip *, ih_error *);
    void (*reduce)(stage *, const strip *); /* called in the order of the strips; may be NULL */
} sweep;

static size_t strip_rows(const stage *t, size_t multiple)
{
    size_t rows = STRIP_PIXELS / (t->s->common->grid.nx * multiple);

    return (rows < 1 ? 1 : rows) * multiple;
}

static bool new_strip(const stage *t, size_t rows, strip *b)
{
    size_t n_dates = t->s->network->n_dates, n = ih_time_model_parameters(t->s->model);

    b->stride = rows * t->s->common->grid.nx + 64 / sizeof(float);
    b->series = ih_alloc_aligned(n_dates * b->stride, sizeof(float));
    b->residual = ih_alloc_aligned(n_dates * b->stride, sizeof(float));
    b->estimate = ih_alloc_aligned(n * b->stride, sizeof(float));
    b->deviation = ih_alloc_aligned(n * b->stride, sizeof(float));
    b->covariance = ih_alloc_aligned(t->s->solution->n_covariances * b->stride, sizeof(float));
    b->slant_height_m = ih_alloc(b->stride, sizeof(float));
    b->slant_range_m = ih_alloc(b->stride, sizeof(float));
    b->height_sums = ih_alloc(n_dates, sizeof *b->height_sums);
    b->ramp_sums = ih_alloc(t->n_sums, sizeof *b->ramp_sums);
    return (b->covariance || !t->s->solution->n_covariances) && b->series && b->residual &&
           b->estimate && b->deviation && b->slant_height_m && b->slant_range_m && b->height_sums &&
           b->ramp_sums;
}

static void free_strip(strip *b)
{
    free(b->series);
    free(b->residual);
    free(b->estimate);
    free(b->deviation);
    free(b->covariance);
    free(b->slant_height_m);
    free(b->slant_range_m);
    free(b->height_sums);
    free(b->ramp_sums);
}

static ih_status run_strip(stage *t, const sweep *w, size_t number, strip *b, ih_error *err)
{
    size_t nx = t->s->common->grid.nx, ny = t->s->common->grid.ny;
    ih_status status = IH_OK;

    b->first_row = number * w->rows;
    b->n_rows = ny - b->first_row < w->rows ? ny - b->first_row : w->rows;
    b->first_pixel = b->first_row * nx;
    b->n_pixels = b->n_rows * nx;
    memset(b->height_sums, 0, t->s->network->n_dates * sizeof *b->height_sums);
    memset(b->ramp_sums, 0, t->n_sums * sizeof *b->ramp_sums);
    for (size_t date = 0; date < t->s->network->n_dates && status == IH_OK; date++)
        status = ih_work_cube_read_series(t->s->cube, date, b->first_pixel, b->n_pixels,
                                          b->series + date * b->stride, err);
    if (status == IH_OK)
        status = w->work(t, b, err);
    for (size_t date = 0; date < t->s->network->n_dates && w->writes && status == IH_OK; date++)
        status = ih_work_cube_write_series(t->s->cube, date, b->first_pixel, b->n_pixels,
                                           b->series + date * b->stride, err);
    return status;
}

static void tell(stage *t, size_t number, size_t n_strips)
{
    double done = ((double)t->sweep + (double)number / (double)n_strips) / (double)t->n_sweeps;
    const ih_sbas_request *q = t->s->request;

    if (omp_get_thread_num() == 0 && q->progress &&
        !q->progress(done, "correcting", q->progress_data))
        atomic_store(&t->stop, 1);
}

static ih_status run_sweep(stage *t, const sweep *w, ih_error *err)
{
    size_t ny = t->s->common->grid.ny, n_strips = (ny + w->rows - 1) / w->rows;
    ih_status status = IH_OK;

#pragma omp parallel num_threads((int)t->s->options.threads)
    {
        strip b = {0};
        ih_error why = {0};
        ih_status mine =
            new_strip(t, w->rows, &b) ? IH_OK : ih_fail(&why, IH_E_MEMORY, "rows of the series");

#pragma omp for ordered schedule(dynamic, 1)
        for (size_t i = 0; i < n_strips; i++) {
            if (mine == IH_OK && !atomic_load(&t->stop))
                mine = run_strip(t, w, i, &b, &why);
            if (mine != IH_OK)
                atomic_store(&t->stop, 1);
#pragma omp ordered
            if (!atomic_load(&t->stop)) {
                if (w->reduce)
                    w->reduce(t, &b);
                tell(t, i, n_strips);
            }
        }
#pragma omp critical(correction_failure)
        if (mine != IH_OK && status == IH_OK)
            status = ih_fail(err, mine, "%s", why.text);
        free_strip(&b);
    }
    t->sweep++;
    if (status == IH_OK && atomic_load(&t->stop))
        status = ih_fail(err, IH_E_CANCELLED, "correcting was interrupted");
    return status;
}

/* ---- the work on a strip ---- */

static void set_slant_height(const stage *t, strip *b)
{
    ih_slant_height(b->n_pixels, t->s->viewing.height_m + b->first_pixel,
                    t->s->viewing.incidence_deg + b->first_pixel, t->reference_height_m,
                    t->reference_incidence_deg, b->slant_height_m);
}

static ih_ramp_block ramp_block(const stage *t, const strip *b, const float *values)
{
    return (ih_ramp_block){.first_pixel = b->first_pixel,
                           .n_pixels = b->n_pixels,
                           .n_dates = t->s->network->n_dates,
                           .stride = b->stride,
                           .values = values,
                           .mask = t->s->mask + b->first_pixel};
}

static ih_status sum_heights(stage *t, strip *b, ih_error *err)
{
    const ih_height_correlation_strip rows = {.first_row = b->first_row,
                                              .n_rows = b->n_rows,
                                              .n_dates = t->s->network->n_dates,
                                              .stride = b->stride,
                                              .values = b->series,
                                              .slant_height_m = b->slant_height_m,
                                              .mask = t->s->mask + b->first_pixel};

    set_slant_height(t, b);
    return ih_height_correlation_accumulate(&t->height, &rows, b->height_sums, err);
}

static void remove_heights(stage *t, strip *b)
{
    set_slant_height(t, b);
    ih_height_correlation_remove(&t->height, t->s->network->n_dates, t->c->height_fit, b->n_pixels,
                                 b->stride, b->slant_height_m, b->series, b->series);
}

static ih_status sum_ramps(stage *t, strip *b, ih_error *err)
{
    ih_ramp_block block = ramp_block(t, b, b->series);

    (void)err;
    if (t->c->height_fit)
        remove_heights(t, b);
    ih_ramp_accumulate(&t->ramp, &block, b->ramp_sums);
    return IH_OK;
}

static ih_status correct_heights(stage *t, strip *b, ih_error *err)
{
    const float *incidence = t->s->viewing.incidence_deg + b->first_pixel;
    const ih_topographic_residual_input in = {.n_pixels = b->n_pixels,
                                              .stride = b->stride,
                                              .displacement_m = b->series,
                                              .slant_range_m = b->slant_range_m,
                                              .incidence_deg = incidence};
    const ih_topographic_residual_output out = {.height_m = t->c->dem_error_m + b->first_pixel,
                                                .corrected_m = b->series,
                                                .residual_m = b->residual};
    double given = t->s->options.slant_range_m;

    for (size_t i = 0; i < b->n_pixels; i++)
        b->slant_range_m[i] =
            (float)(isnan(given) ? ih_slant_range((double)incidence[i], t->c->earth_radius_m,
                                                  t->c->sensor_height_m)
                                 : given);
    return ih_topographic_residual_correct(t->c->plan, &in, &out, NULL, err);
}

/* The last that happens to a series: its reference date and its model. */
static ih_status finish(stage *t, strip *b, ih_error *err)
{
    const ih_time_model_input in = {
        .n_pixels = b->n_pixels,
        .stride = b->stride,
        .displacement_m = b->series,
        .coefficient_covariance = ih_solution_read_covariance(
            t->s->solution, b->first_pixel, b->n_pixels, b->covariance, b->stride)};
    const ih_time_model_output out = {.estimate = b->estimate, .standard_deviation = b->deviation};
    size_t n_dates = t->s->network->n_dates;
    ih_status status = IH_OK;

    if (t->c->reference_date != 0)
        status = ih_reference_date_set(n_dates, t->c->reference_date, b->n_pixels, b->stride,
                                       b->series, err);
    if (status == IH_OK)
        status = ih_time_model_fit_block(t->s->model, &in, &out, err);
    if (status == IH_OK)
        ih_solution_keep_fit(t->s->solution, b->first_pixel, b->n_pixels, b->estimate, b->deviation,
                             b->stride);
    return status;
}

/* Everything after the ramps are known, but what depends on the judgement of dates. */
static ih_status correct(stage *t, strip *b, ih_error *err)
{
    const ih_ramp_block series = ramp_block(t, b, b->series);
    const ih_ramp_block residual = ramp_block(t, b, b->residual);
    ih_status status = IH_OK;

    if (t->c->height_fit && !t->c->ramp)
        remove_heights(t, b);
    if (t->c->ramp)
        ih_ramp_remove(&t->ramp, &series, t->c->ramp, b->series);
    if (t->c->plan)
        status = correct_heights(t, b, err);
    if (status == IH_OK && t->smooth) {
        const ih_time_model_input in = {
            .n_pixels = b->n_pixels, .stride = b->stride, .displacement_m = b->series};
        const ih_time_model_output out = {.residual_m = b->residual};

        status = ih_time_model_fit_block(t->smooth, &in, &out, err);
    }
    if (status == IH_OK && !t->c->judged)
        return finish(t, b, err);
    if (status == IH_OK)
        ih_ramp_accumulate(&t->judge, &residual, b->ramp_sums);
    return status;
}

static void add_heights(stage *t, const strip *b)
{
    ih_height_correlation_add(t->s->network->n_dates, b->height_sums, t->height_sums);
}

static void add_ramps(stage *t, const strip *b)
{
    ih_ramp_add(t->n_sums, b->ramp_sums, t->ramp_sums);
}

/* ---- between the sweeps ---- */

static void warn(ih_sbas_state *s, const char *text)
{
    s->facts.warnings = CSLAddString(s->facts.warnings, text);
    CPLError(CE_Warning, CPLE_AppDefined, "%s", text);
}

static ih_status solve_heights(stage *t, ih_error *err)
{
    size_t n = t->s->network->n_dates, lost;

    t->c->height_fit = ih_calloc(n, sizeof *t->c->height_fit);
    if (!t->c->height_fit)
        return ih_fail(err, IH_E_MEMORY, "delays with height");
    lost = ih_height_correlation_solve(&t->height, n, t->height_sums, t->c->height_fit);
    if (lost)
        warn(t->s, CPLSPrintf("%d of %d dates have too few reliable pixels for -troposphere "
                              "height_correlation and are left as they are",
                              (int)lost, (int)n));
    return IH_OK;
}

static ih_status solve_ramps(stage *t, ih_error *err)
{
    const ih_reference *r = t->s->reference;
    size_t n = t->s->network->n_dates, lost;

    t->c->ramp = ih_calloc(n, sizeof *t->c->ramp);
    if (!t->c->ramp)
        return ih_fail(err, IH_E_MEMORY, "ramps");
    lost = ih_ramp_solve(&t->ramp, n, t->ramp_sums, r->pixels, r->n_pixels, t->c->ramp);
    if (lost)
        warn(t->s, CPLSPrintf("%d of %d dates have too few reliable pixels for -deramp and are "
                              "left as they are",
                              (int)lost, (int)n));
    memset(t->ramp_sums, 0, t->n_sums * sizeof *t->ramp_sums);
    return IH_OK;
}

/* The model again, without the outliers. */
static ih_status exclude_outliers(stage *t, ih_error *err)
{
    ih_time_model_options options;
    ih_time_model *model;
    ih_status status;

    for (size_t i = 0; i < t->s->network->n_dates; i++)
        t->c->modelled[i] = t->c->modelled[i] && !t->c->outlier[i];
    options = ih_series_time_model(&t->s->options, &t->s->series, t->c->modelled);
    status = ih_time_model_new(t->s->network->n_dates, t->s->years, &options, &model, err);
    if (status != IH_OK)
        return status;
    ih_time_model_free(t->s->model);
    t->s->model = model;
    return IH_OK;
}

static ih_status judge_dates(stage *t, ih_error *err)
{
    ih_corrections *c = t->c;
    size_t n = t->s->network->n_dates;
    ih_ramp *ramps = ih_calloc(n, sizeof *ramps);
    double cutoff = t->s->options.outlier_cutoff;
    const ih_reference *r = t->s->reference;
    ih_status status = IH_OK;

    c->rms_m = ih_calloc(n, sizeof *c->rms_m);
    c->outlier = ih_calloc(n, 1);
    if (!ramps || !c->rms_m || !c->outlier) {
        status = ih_fail(err, IH_E_MEMORY, "residuals of %zu dates", n);
        goto done;
    }
    if (t->s->options.residual_ramp)
        (void)ih_ramp_solve(&t->judge, n, t->ramp_sums, r->pixels,
                            t->s->compat->offset_in_residual ? r->n_pixels : 0, ramps);
    ih_residual_rms(n, t->ramp_sums, ramps, c->rms_m);
    if (!isnan(cutoff)) {
        status = ih_residual_rms_threshold(n, c->rms_m, cutoff, &c->threshold_m, err);
        if (status != IH_OK)
            goto done;
        c->n_outliers = ih_residual_rms_outliers(n, c->rms_m, c->threshold_m, c->outlier);
    }
    if (c->n_outliers) {
        warn(t->s, CPLSPrintf("%d of %d dates are outliers and not in the time model "
                              "(residual_rms_dates.csv)",
                              (int)c->n_outliers, (int)n));
        status = exclude_outliers(t, err);
    }
    if (status == IH_OK && t->s->series.reference_automatic) {
        c->reference_date = ih_residual_rms_reference_date(n, c->rms_m);
        if (c->reference_date == n)
            status = ih_fail(err, IH_E_DATA,
                             "-reference_date auto: no date has a residual, because no pixel is "
                             "reliable");
    }

done:
    free(ramps);
    return status;
}

/* ---- preparation ---- */

static double first_known(const ih_catalogue *catalogue, bool of_earth)
{
    for (size_t i = 0; i < catalogue->count; i++) {
        double value =
            of_earth ? catalogue->items[i].earth_radius_m : catalogue->items[i].sensor_height_m;

        if (value > 0)
            return value;
    }
    return NAN;
}

/* Incidences everywhere: those of the layers, their mean in holes, else the one of the facts. What
 * is taken off depends on it only through a factor common to estimate and correction. */
static ih_status complete_incidence(ih_sbas_state *s, ih_error *err)
{
    double mean = s->viewing.written ? s->viewing.mean_incidence_deg : s->facts.incidence_deg;
    size_t n = ih_sbas_pixels(s);

    if (!(mean > 0 && mean < 90))
        return ih_fail(err, IH_E_DATA,
                       "-dem_error needs the incidence angle: the inputs have no look vectors "
                       "(lv_theta, lv_phi, dem) and no INCIDENCE_DEG; give -incidence DEGREES");
    if (!s->viewing.incidence_deg) {
        s->viewing.incidence_deg = ih_alloc(n, sizeof(float));
        if (!s->viewing.incidence_deg)
            return ih_fail(err, IH_E_MEMORY, "incidence angles");
        for (size_t i = 0; i < n; i++)
            s->viewing.incidence_deg[i] = NAN;
    }
    for (size_t i = 0; i < n && !(s->viewing.written && s->compat->geometry_has_holes); i++)
        if (isnan(s->viewing.incidence_deg[i]))
            s->viewing.incidence_deg[i] = (float)mean;
    return IH_OK;
}

/* What the heights are estimated with. */
static ih_status new_plan(ih_sbas_state *s, ih_error *err)
{
    uint8_t *used = ih_alloc(s->network->n_dates, 1);
    const ih_topographic_residual_options options = {
        .polynomial = (int)s->options.dem_error_polynomial,
        .steps = s->series.steps,
        .n_steps = s->series.n_steps,
        .used = used,
        .phase_velocity = s->options.dem_error_velocity,
        .remove_constant = !s->compat->constant_in_residual};
    const ih_topographic_residual_dates dates = {.n_dates = s->network->n_dates,
                                                 .date_days = s->network->date_days,
                                                 .years = s->years,
                                                 .baseline_m = s->date_baselines_m};
    ih_status status =
        used ? ih_series_dates_of_heights(&s->series, dates.n_dates, dates.date_days, used, err)
             : ih_fail(err, IH_E_MEMORY, "dates of -dem_error");

    if (status == IH_OK)
        status = ih_topographic_residual_new(&dates, &options, &s->corrections.plan, err);
    free(used);
    return status;
}

static ih_status prepare_dem_error(ih_sbas_state *s, ih_error *err)
{
    ih_corrections *c = &s->corrections;
    ih_status status;

    for (size_t i = 0; i < s->network->n_dates; i++)
        if (!isfinite(s->date_baselines_m[i]))
            return ih_fail(err, IH_E_DATA,
                           "-dem_error needs the perpendicular baseline of every date, and the "
                           "inputs do not tell all of them");
    status = complete_incidence(s, err);
    if (status != IH_OK)
        return status;
    c->earth_radius_m = first_known(s->catalogue, true);
    c->sensor_height_m = first_known(s->catalogue, false);
    if (isnan(s->options.slant_range_m) && isnan(c->earth_radius_m + c->sensor_height_m))
        return ih_fail(err, IH_E_DATA,
                       "-dem_error needs the distance to the satellite: the inputs do not tell "
                       "EARTH_RADIUS_M and SPACECRAFT_HEIGHT_M; give -slant_range METRES");
    status = new_plan(s, err);
    if (status == IH_OK && fabs(ih_topographic_residual_correlation(c->plan)) > 0.5)
        warn(s, CPLSPrintf("perpendicular baselines are correlated with time (%.2f): with "
                           "-dem_error, heights and velocity are hard to tell apart",
                           ih_topographic_residual_correlation(c->plan)));
    c->dem_error_m = ih_calloc(ih_sbas_pixels(s), sizeof *c->dem_error_m);
    if (status == IH_OK && !c->dem_error_m)
        status = ih_fail(err, IH_E_MEMORY, "heights");
    return status;
}

static ih_status find_reference_date(ih_sbas_state *s, ih_error *err)
{
    ih_corrections *c = &s->corrections;

    c->reference_date = 0;
    if (!s->series.reference_given)
        return IH_OK;
    while (c->reference_date < s->network->n_dates &&
           s->network->date_days[c->reference_date] != s->series.reference_days)
        c->reference_date++;
    if (c->reference_date == s->network->n_dates)
        return ih_fail(err, IH_E_ARGUMENT, "-reference_date %s is no date of the stack",
                       s->options.reference_date);
    return IH_OK;
}

static ih_status new_model(ih_sbas_state *s, ih_error *err)
{
    size_t n = s->network->n_dates;
    uint8_t *used = ih_alloc(n, 1);
    ih_time_model_options options;
    ih_status status;

    s->corrections.modelled = used;
    if (!used)
        return ih_fail(err, IH_E_MEMORY, "dates of the time model");
    status = ih_series_dates_of_model(&s->series, n, s->network->date_days, used, err);
    if (status != IH_OK)
        return status;
    options = ih_series_time_model(&s->options, &s->series, used);
    return ih_time_model_new(n, s->years, &options, &s->model, err);
}

ih_status ih_corrections_prepare(ih_sbas_state *s, ih_error *err)
{
    ih_corrections *c = &s->corrections;
    ih_status status;

    *c = (ih_corrections){.threshold_m = NAN, .earth_radius_m = NAN, .sensor_height_m = NAN};
    status = new_model(s, err);
    if (status == IH_OK)
        status = find_reference_date(s, err);
    c->judged =
        s->options.dem_error || !isnan(s->options.outlier_cutoff) || s->series.reference_automatic;
    if (status == IH_OK && (s->options.dem_error || s->options.troposphere)) {
        s->viewing.keep_incidence = true;
        status = ih_sbas_write_geometry(s, err);
    }
    if (status == IH_OK && s->options.troposphere && !s->viewing.written)
        status = ih_fail(err, IH_E_DATA,
                         "-troposphere height_correlation needs heights and incidence angles, but "
                         "no product has the layers dem, lv_theta and lv_phi");
    if (status == IH_OK && s->options.dem_error)
        status = prepare_dem_error(s, err);
    return status;
}

/* Of an area, the mean of height/cos(incidence), so that the delays taken off have no mean there.
 */
static ih_status find_reference_height(stage *t, ih_error *err)
{
    const ih_viewing *viewing = &t->s->viewing;
    const ih_reference *r = t->s->reference;
    double sum = 0, n = 0;

    if (r->kind == IH_REFERENCE_POINT) {
        t->reference_height_m = (double)viewing->height_m[r->pixels[0]];
        t->reference_incidence_deg = (double)viewing->incidence_deg[r->pixels[0]];
    } else {
        for (size_t i = 0; i < r->n_pixels; i++) {
            double incidence = (double)viewing->incidence_deg[r->pixels[i]] * M_PI / 180.0;
            double slant = (double)viewing->height_m[r->pixels[i]] / cos(incidence);

            sum += isnan(slant) ? 0.0 : slant;
            n += !isnan(slant);
        }
        t->reference_height_m = n > 0 ? sum / n : NAN;
        t->reference_incidence_deg = 0;
    }
    if (isnan(t->reference_height_m + t->reference_incidence_deg))
        return ih_fail(err, IH_E_DATA,
                       "-troposphere height_correlation: the reference has no height");
    return IH_OK;
}

static ih_status set_up(stage *t, ih_error *err)
{
    ih_sbas_state *s = t->s;
    size_t nx = s->common->grid.nx, ny = s->common->grid.ny, n = s->network->n_dates, steps;
    ih_status status = IH_OK;

    t->height = (ih_height_correlation_options)IH_HEIGHT_CORRELATION_DEFAULTS;
    t->height.degree = (int)s->options.troposphere_polynomial;
    t->height.looks = (size_t)s->options.troposphere_looks;
    t->height.min_correlation = s->options.troposphere_min_correlation;
    t->ramp = t->judge = (ih_ramp_options)IH_RAMP_DEFAULTS;
    t->height.nx = t->ramp.nx = t->judge.nx = nx;
    t->height.ny = t->ramp.ny = t->judge.ny = ny;
    if (s->options.residual_ramp)
        t->judge.shape = (enum ih_ramp_shape)(s->options.residual_ramp - IH_DERAMP_FIRST);
    if (s->options.deramp)
        t->ramp.shape = (enum ih_ramp_shape)(s->options.deramp - IH_DERAMP_FIRST);
    status = ih_ramp_check(&t->ramp, err);
    if (status == IH_OK)
        status = ih_height_correlation_check(&t->height, err);
    steps = ih_ramp_steps(&t->ramp);
    t->n_sums = steps * n;
    t->ramp_sums = ih_calloc(t->n_sums, sizeof *t->ramp_sums);
    t->height_sums = ih_calloc(n, sizeof *t->height_sums);
    if (status == IH_OK && (!t->ramp_sums || !t->height_sums))
        status = ih_fail(err, IH_E_MEMORY, "sums of %zu dates", n);
    if (status == IH_OK && s->options.troposphere)
        status = find_reference_height(t, err);
    if (status == IH_OK && t->c->judged && !t->c->plan) {
        const ih_time_model_options smooth = {.polynomial = (int)s->options.dem_error_polynomial,
                                              .steps = s->series.steps,
                                              .n_steps = s->series.n_steps};

        status = ih_time_model_new(n, s->years, &smooth, &t->smooth, err);
    }
    return status;
}

static ih_status run_all(stage *t, ih_error *err)
{
    const ih_sbas_run_options *o = &t->s->options;
    const sweep heights = {strip_rows(t, t->height.looks), false, sum_heights, add_heights};
    const sweep ramps = {strip_rows(t, 1), o->troposphere != 0, sum_ramps, add_ramps};
    const sweep corrections = {strip_rows(t, 1), true, correct, t->c->judged ? add_ramps : NULL};
    const sweep last = {strip_rows(t, 1), true, finish, NULL};
    ih_status status = IH_OK;

    t->n_sweeps = 1 + (o->troposphere != 0) + (o->deramp != 0) + t->c->judged;
    if (o->troposphere) {
        status = run_sweep(t, &heights, err);
        if (status == IH_OK)
            status = solve_heights(t, err);
    }
    if (status == IH_OK && o->deramp) {
        status = run_sweep(t, &ramps, err);
        if (status == IH_OK)
            status = solve_ramps(t, err);
    }
    if (status == IH_OK)
        status = run_sweep(t, &corrections, err);
    if (status == IH_OK && t->c->judged)
        status = judge_dates(t, err);
    if (status == IH_OK && t->c->judged)
        status = run_sweep(t, &last, err);
    if (status == IH_OK && t->s->request->progress &&
        !t->s->request->progress(1.0, "correcting", t->s->request->progress_data))
        status = ih_fail(err, IH_E_CANCELLED, "correcting was interrupted");
    return status;
}

ih_status ih_corrections_run(ih_sbas_state *s, ih_error *err)
{
    stage t = {.s = s, .c = &s->corrections};
    ih_status status;

    if (!s->series.corrects)
        return IH_OK;
    status = set_up(&t, err);
    if (status == IH_OK)
        status = run_all(&t, err);
    ih_time_model_free(t.smooth);
    free(t.ramp_sums);
    free(t.height_sums);
    return status;
}

double ih_corrections_plane_bytes(const ih_sbas_state *s)
{
    const ih_series_choice *c = &s->series;
    size_t parameters = 1 + (size_t)s->options.polynomial + 2 * c->n_periods + c->n_steps +
                        c->n_polylines + c->n_exponentials + c->n_logarithms;
    double beyond_velocity = ih_solution_plane_bytes(parameters) - ih_solution_plane_bytes(2);

    return beyond_velocity + ih_inversion_plane_bytes(s, parameters) +
           (s->options.troposphere || s->options.dem_error ? 4.0 : 0.0) +
           (s->options.dem_error ? 4.0 : 0.0);
}

void ih_corrections_free(ih_corrections *c)
{
    free(c->modelled);
    free(c->height_fit);
    free(c->ramp);
    ih_topographic_residual_free(c->plan);
    free(c->dem_error_m);
    free(c->rms_m);
    free(c->outlier);
    *c = (ih_corrections){0};
}
