/* SPDX-License-Identifier: MIT */
#include "utilities/lib/solution.h"

#include <math.h>
#include <omp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "algorithms/alloc.h"
#include "algorithms/checksum.h"
#include "utilities/lib/block_records.h"

/* A plane of the solution whose values of a solved block are kept. */
typedef struct {
    void *values; /* [pixel] */
    size_t size;  /* of one */
} plane;

typedef struct {
    const ih_solution_request *request;
    ih_work_cube *cube;
    ih_sbas_plan *plan;
    ih_solution *solution;
    double *residual_sum;      /* [block][pair] */
    uint64_t *residual_count;  /* [block][pair] */
    ih_block_records *records; /* of solved blocks; NULL = they are not kept */
    plane *planes;
    size_t n_planes;
    atomic_size_t blocks_taken;
    ih_progress progress;
    void *progress_data;
    atomic_size_t blocks_done;
    atomic_int stop;
    double shown;
} solver;

/* One thread's memory. */
typedef struct {
    ih_sbas_workspace *workspace;
    void *cube_buffer, *coherence_buffer;
    uint8_t *parts;              /* [pixel] connected parts */
    float *series;               /* [date][stride] phase, then displacement; deviations follow */
    float *covariance;           /* [coefficient i][coefficient j <= i][stride], or NULL */
    float *estimate, *deviation; /* [parameter][stride] */
    unsigned char *record;       /* of a solved block */
    size_t stride;
} solver_buffer;

/* Dates whose displacement, or its deviation, the cube keeps. */
static size_t series_slots(const ih_solution_request *q)
{
    return q->network->n_dates * (q->options.date_variance ? 2 : 1);
}

static size_t covariances(const ih_solution_request *q)
{
    return q->options.n_functions * (q->options.n_functions + 1) / 2;
}

/* Everything per pixel that solve_block sets. */
static void list_planes(solver *s)
{
    const ih_solution *out = s->solution;

    s->n_planes = 0;
    s->planes[s->n_planes++] = (plane){out->temporal_coherence, sizeof(float)};
    s->planes[s->n_planes++] = (plane){out->valid_pairs, sizeof(uint16_t)};
    s->planes[s->n_planes++] = (plane){out->n_components, sizeof(uint16_t)};
    for (size_t i = 0; i < out->n_covariances; i++)
        s->planes[s->n_planes++] = (plane){out->covariance[i], sizeof(float)};
    for (size_t k = 0; k < out->n_parameters && !s->request->series_only; k++) {
        if (!out->estimate[k])
            continue;
        s->planes[s->n_planes++] = (plane){out->estimate[k], sizeof(float)};
        s->planes[s->n_planes++] = (plane){out->deviation[k], sizeof(float)};
    }
}

/* A record is the checksum of the series, the sums per pair, and the planes. */
static size_t record_bytes(const solver *s)
{
    size_t per_pixel = 0;

    for (size_t i = 0; i < s->n_planes; i++)
        per_pixel += s->planes[i].size;
    return sizeof(uint64_t) +
           s->request->network->n_pairs * (sizeof *s->residual_sum + sizeof *s->residual_count) +
           per_pixel * ih_work_cube_block_pixels(s->cube);
}

static uint64_t sum_of_series(const solver *s, const solver_buffer *b, size_t n)
{
    uint64_t sum = 0;

    for (size_t slot = 0; slot < series_slots(s->request); slot++)
        sum = ih_checksum(sum, b->series + slot * b->stride, n * sizeof(float));
    return sum;
}

static unsigned char *copy(void *values, size_t size, unsigned char *record, bool to_record)
{
    memcpy(to_record ? record : values, to_record ? values : record, size);
    return record + size;
}

/* Copies the sums and planes of a block into a record or out of it. */
static void copy_block(const solver *s, size_t block, unsigned char *at, bool to_record)
{
    size_t n_pairs = s->request->network->n_pairs, first, n;

    ih_work_cube_pixels_of_block(s->cube, block, &first, &n);
    at = copy(s->residual_sum + block * n_pairs, n_pairs * sizeof *s->residual_sum, at, to_record);
    at = copy(s->residual_count + block * n_pairs, n_pairs * sizeof *s->residual_count, at,
              to_record);
    for (size_t i = 0; i < s->n_planes; i++)
        at = copy((unsigned char *)s->planes[i].values + first * s->planes[i].size,
                  n * s->planes[i].size, at, to_record);
}

static ih_status keep_block(solver *s, size_t block, size_t n, const solver_buffer *b,
                            ih_error *err)
{
    uint64_t sum;

    if (!s->records)
        return IH_OK;
    sum = sum_of_series(s, b, n);
    memcpy(b->record, &sum, sizeof sum);
    copy_block(s, block, b->record + sizeof sum, true);
    return ih_block_records_write(s->records, block, b->record, err);
}

/* *taken tells whether the block was solved before. */
static ih_status take_block(solver *s, size_t block, const solver_buffer *b, bool *taken,
                            ih_error *err)
{
    uint64_t sum;
    size_t first, n;
    ih_status status;

    *taken = false;
    if (!s->request->take_blocks || !s->records ||
        !ih_block_records_read(s->records, block, b->record))
        return IH_OK;
    status = ih_work_cube_load_series(s->cube, block, b->series, b->stride, err);
    ih_work_cube_pixels_of_block(s->cube, block, &first, &n);
    memcpy(&sum, b->record, sizeof sum);
    if (status != IH_OK || sum != sum_of_series(s, b, n))
        return status;
    copy_block(s, block, b->record + sizeof sum, false);
    atomic_fetch_add(&s->blocks_taken, 1);
    *taken = true;
    return IH_OK;
}

static bool new_buffer(const solver *s, solver_buffer *b)
{
    size_t bytes = ih_work_cube_buffer_bytes(s->cube);
    size_t more = s->request->coherence ? ih_work_cube_buffer_bytes(s->request->coherence) : 0;
    size_t parameters = ih_time_model_parameters(s->request->model);

    /* One cache line more than a block, so that dates do not share a set of the cache. */
    b->stride = ih_work_cube_block_pixels(s->cube) + 64 / sizeof(float);
    b->cube_buffer = bytes ? ih_alloc_aligned(bytes, 1) : NULL;
    if (b->cube_buffer)
        memset(b->cube_buffer, 0, bytes); /* the lanes beyond the last pixel are read as well */
    b->coherence_buffer = more ? ih_alloc_aligned(more, 1) : NULL;
    if (b->coherence_buffer)
        memset(b->coherence_buffer, 0, more);
    b->series = ih_alloc_aligned(series_slots(s->request) * b->stride, sizeof(float));
    b->covariance = ih_alloc_aligned(covariances(s->request) * b->stride, sizeof(float));
    b->estimate = ih_alloc_aligned(parameters * b->stride, sizeof(float));
    b->deviation = ih_alloc_aligned(parameters * b->stride, sizeof(float));
    b->parts = ih_alloc(b->stride, sizeof *b->parts);
    b->record = ih_calloc(1, record_bytes(s));
    return b->record && (b->covariance || !covariances(s->request)) && (!bytes || b->cube_buffer) &&
           (!more || b->coherence_buffer) && b->parts && b->series && b->estimate && b->deviation;
}

static void free_buffer(solver_buffer *b)
{
    ih_sbas_workspace_free(b->workspace);
    free(b->cube_buffer);
    free(b->coherence_buffer);
    free(b->parts);
    free(b->record);
    free(b->series);
    free(b->covariance);
    free(b->estimate);
    free(b->deviation);
}

/* In place. Subtracted from 0 rather than negated, so that the first date is 0 and not -0. */
static void to_displacement(float *series, size_t n_dates, size_t stride, size_t n, double scale)
{
    for (size_t date = 0; date < n_dates; date++)
        for (size_t i = 0; i < n; i++)
            series[date * stride + i] = (float)(0.0 - scale * (double)series[date * stride + i]);
}

/* What equals the reference is 0 once it is referenced. */
static void blank_zeros(const ih_solution_request *q, const ih_work_block *block)
{
    for (size_t pair = 0; pair < q->network->n_pairs; pair++) {
        float reference = q->reference_phase_rad[pair];
        float *phase = block->phase + pair * block->phase_stride;

        for (size_t i = 0; i < block->n_pixels; i++)
            if (phase[i] == reference && block->first_pixel + i != q->reference_pixel)
                phase[i] = NAN;
    }
}

/* The weights of a block in the place of its coherence. */
static ih_status load_weights(const ih_solution_request *q, size_t block, void *buffer,
                              ih_work_block *out, ih_error *err)
{
    ih_status status = ih_work_cube_load(q->coherence, block, buffer, out, err);

    for (size_t pair = 0; pair < q->network->n_pairs && status == IH_OK; pair++)
        ih_weigh(q->options.weight, q->options.looks, out->n_pixels,
                 out->phase + pair * out->phase_stride);
    return status;
}

/* In place, from variances of phases. */
static void to_deviation(float *series, size_t n_dates, size_t stride, size_t n, double scale)
{
    for (size_t date = 0; date < n_dates; date++)
        for (size_t i = 0; i < n; i++)
            series[date * stride + i] = (float)(scale * sqrt((double)series[date * stride + i]));
}

/* Fits the model to a block, or keeps what a later fit will need. */
static ih_status fit_block(solver *s, size_t first, size_t n, const solver_buffer *b, ih_error *err)
{
    const ih_time_model_input in = {.n_pixels = n,
                                    .stride = b->stride,
                                    .displacement_m = b->series,
                                    .coefficient_covariance = b->covariance};
    const ih_time_model_output out = {.estimate = b->estimate, .standard_deviation = b->deviation};
    ih_status status;

    if (s->request->series_only) {
        for (size_t i = 0; i < s->solution->n_covariances; i++)
            memcpy(s->solution->covariance[i] + first, b->covariance + i * b->stride,
                   n * sizeof(float));
        return IH_OK;
    }
    status = ih_time_model_fit_block(s->request->model, &in, &out, err);
    if (status == IH_OK)
        ih_solution_keep_fit(s->solution, first, n, b->estimate, b->deviation, b->stride);
    return status;
}

static ih_status solve_block(solver *s, size_t block, solver_buffer *b, ih_error *err)
{
    const ih_solution_request *q = s->request;
    size_t n_dates = q->network->n_dates, n_pairs = q->network->n_pairs, first, n;
    ih_solution *out = s->solution;
    ih_work_block in, weights = {0};
    ih_status status = ih_work_cube_load(s->cube, block, b->cube_buffer, &in, err);

    if (status != IH_OK)
        return status;
    first = in.first_pixel;
    n = in.n_pixels;
    if (q->zero_phase_is_no_data)
        blank_zeros(q, &in);
    if (q->coherence)
        status = load_weights(q, block, b->coherence_buffer, &weights, err);
    if (status != IH_OK)
        return status;
    {
        const ih_sbas_input input = {.n_pixels = n,
                                     .phase_rad = in.phase,
                                     .quality = in.quality,
                                     .pair_stride = in.phase_stride,
                                     .quality_stride = in.quality_stride,
                                     .reference_phase_rad = q->reference_phase_rad,
                                     .weight = weights.phase,
                                     .weight_stride = weights.phase_stride,
                                     .mask = q->mask ? q->mask + first : NULL};
        const ih_sbas_output output = {.phase_rad = b->series,
                                       .date_stride = b->stride,
                                       .temporal_coherence = out->temporal_coherence + first,
                                       .valid_pairs = out->valid_pairs + first,
                                       .n_components = b->parts,
                                       .residual_sum_squares = s->residual_sum + block * n_pairs,
                                       .residual_count = s->residual_count + block * n_pairs,
                                       .function_covariance = b->covariance,
                                       .date_variance_rad2 = q->options.date_variance
                                                                 ? b->series + n_dates * b->stride
                                                                 : NULL};

        status = ih_sbas_invert(s->plan, b->workspace, &input, &output, err);
    }
    if (status != IH_OK)
        return status;
    for (size_t i = 0; i < n; i++)
        out->n_components[first + i] = b->parts[i];
    to_displacement(b->series, n_dates, b->stride, n, q->wavelength_m / (4.0 * M_PI));
    if (q->options.date_variance)
        to_deviation(b->series + n_dates * b->stride, n_dates, b->stride, n,
                     q->wavelength_m / (4.0 * M_PI));
    status = fit_block(s, first, n, b, err);
    if (status == IH_OK)
        status = ih_work_cube_store_series(s->cube, block, b->series, b->stride, err);
    return status == IH_OK ? keep_block(s, block, n, b, err) : status;
}

void ih_solution_keep_fit(ih_solution *solution, size_t first_pixel, size_t n_pixels,
                          const float *estimate, const float *deviation, size_t stride)
{
    for (size_t k = 0; k < solution->n_parameters; k++) {
        if (!solution->estimate[k])
            continue;
        memcpy(solution->estimate[k] + first_pixel, estimate + k * stride,
               n_pixels * sizeof(float));
        memcpy(solution->deviation[k] + first_pixel, deviation + k * stride,
               n_pixels * sizeof(float));
    }
}

const float *ih_solution_read_covariance(const ih_solution *solution, size_t first_pixel,
                                         size_t n_pixels, float *covariance, size_t stride)
{
    for (size_t i = 0; i < solution->n_covariances; i++)
        memcpy(covariance + i * stride, solution->covariance[i] + first_pixel,
               n_pixels * sizeof(float));
    return solution->n_covariances ? covariance : NULL;
}

static void show_progress(solver *s)
{
    size_t done = atomic_fetch_add(&s->blocks_done, 1) + 1;
    double share = (double)done / (double)ih_work_cube_blocks(s->cube);

    if (omp_get_thread_num() != 0 || share < s->shown + 0.004)
        return;
    s->shown = share;
    if (s->progress && !s->progress(share, "solving", s->progress_data))
        atomic_store(&s->stop, 1);
}

static ih_status solve_all(solver *s, ih_error *err)
{
    size_t n_blocks = ih_work_cube_blocks(s->cube);
    ih_status status = IH_OK;

#pragma omp parallel num_threads(s->request->threads)
    {
        solver_buffer buffer = {0};
        ih_error why = {0};
        ih_status mine = new_buffer(s, &buffer)
                             ? ih_sbas_workspace_new(s->plan, &buffer.workspace, &why)
                             : ih_fail(&why, IH_E_MEMORY, "buffers for solving");

#pragma omp for schedule(dynamic, 1)
        for (size_t block = 0; block < n_blocks; block++) {
            bool taken = false;

            if (atomic_load(&s->stop))
                continue;
            if (mine == IH_OK)
                mine = take_block(s, block, &buffer, &taken, &why);
            if (mine == IH_OK && !taken)
                mine = solve_block(s, block, &buffer, &why);
            if (mine != IH_OK)
                atomic_store(&s->stop, 1);
            else
                show_progress(s);
        }
#pragma omp critical(solution_failure)
        if (mine != IH_OK && status == IH_OK)
            status = ih_fail(err, mine, "%s", why.text);
        free_buffer(&buffer);
    }
    if (status == IH_OK && !atomic_load(&s->stop) && s->progress &&
        !s->progress(1.0, "solving", s->progress_data))
        atomic_store(&s->stop, 1);
    if (status == IH_OK && atomic_load(&s->stop))
        status = ih_fail(err, IH_E_CANCELLED, "solving was interrupted");
    return status;
}

/* Over blocks in their order. */
static void reduce_residuals(const solver *s)
{
    size_t n_blocks = ih_work_cube_blocks(s->cube), n_pairs = s->request->network->n_pairs;

    for (size_t pair = 0; pair < n_pairs; pair++) {
        double sum = 0.0;
        uint64_t count = 0;

        for (size_t block = 0; block < n_blocks; block++) {
            sum += s->residual_sum[block * n_pairs + pair];
            count += s->residual_count[block * n_pairs + pair];
        }
        s->solution->residual_count[pair] = count;
        s->solution->residual_rms_rad[pair] = count ? sqrt(sum / (double)count) : NAN;
    }
}

static void *zeros(size_t count, size_t size, bool *ok)
{
    void *memory = ih_calloc(count, size);

    *ok = *ok && memory;
    return memory;
}

double ih_solution_plane_bytes(size_t n_parameters)
{
    return n_parameters > 1 ? 2.0 * sizeof(float) * (double)(n_parameters - 1) : 0.0;
}

static void allocate_planes(const ih_time_model *model, ih_solution *out, size_t n_pixels, bool *ok)
{
    size_t n = ih_time_model_parameters(model);

    out->estimate = zeros(n, sizeof *out->estimate, ok);
    out->deviation = zeros(n, sizeof *out->deviation, ok);
    for (size_t k = 0; *ok && k < n; k++) {
        const char *name = ih_time_model_name(model, k);

        if (strcmp(name, "intercept") == 0)
            continue;
        out->n_parameters = k + 1;
        out->estimate[k] = zeros(n_pixels, sizeof(float), ok);
        out->deviation[k] = zeros(n_pixels, sizeof(float), ok);
        if (strcmp(name, "velocity") == 0) {
            out->velocity = out->estimate[k];
            out->velocity_deviation = out->deviation[k];
        }
    }
}

static bool allocate(solver *s, size_t n_pixels)
{
    size_t n_pairs = s->request->network->n_pairs, n_blocks = ih_work_cube_blocks(s->cube);
    bool ok = true;
    ih_solution *out = s->solution = zeros(1, sizeof *s->solution, &ok);

    if (!ok)
        return false;
    allocate_planes(s->request->model, out, n_pixels, &ok);
    if (s->request->series_only)
        out->n_covariances = covariances(s->request);
    if (out->n_covariances)
        out->covariance = zeros(out->n_covariances, sizeof *out->covariance, &ok);
    for (size_t i = 0; ok && i < out->n_covariances; i++)
        out->covariance[i] = zeros(n_pixels, sizeof(float), &ok);
    out->temporal_coherence = zeros(n_pixels, sizeof(float), &ok);
    out->valid_pairs = zeros(n_pixels, sizeof(uint16_t), &ok);
    out->n_components = zeros(n_pixels, sizeof(uint16_t), &ok);
    out->residual_rms_rad = zeros(n_pairs, sizeof(double), &ok);
    out->residual_count = zeros(n_pairs, sizeof(uint64_t), &ok);
    s->residual_sum = zeros(n_blocks * n_pairs, sizeof(double), &ok);
    s->residual_count = zeros(n_blocks * n_pairs, sizeof(uint64_t), &ok);
    s->planes = zeros(3 + out->n_covariances + 2 * out->n_parameters, sizeof *s->planes, &ok);
    if (ok)
        list_planes(s);
    return ok;
}

static ih_status open_records(solver *s, ih_error *err)
{
    const ih_solution_request *q = s->request;

    return q->blocks_path ? ih_block_records_open(q->blocks_path, ih_work_cube_blocks(s->cube),
                                                  record_bytes(s), q->take_blocks, &s->records, err)
                          : IH_OK;
}

ih_status ih_solution_compute(const ih_solution_request *request, ih_work_cube *cube,
                              size_t n_pixels, ih_progress progress, void *progress_data,
                              ih_solution **out, ih_error *err)
{
    solver s = {
        .request = request, .cube = cube, .progress = progress, .progress_data = progress_data};
    ih_status status = ih_sbas_plan_new(request->network, &request->options, &s.plan, err);

    if (status == IH_OK && !allocate(&s, n_pixels))
        status = ih_fail(err, IH_E_MEMORY, "solution of %zu pixels", n_pixels);
    if (status == IH_OK)
        status = open_records(&s, err);
    if (status == IH_OK)
        status = solve_all(&s, err);
    if (status == IH_OK)
        reduce_residuals(&s);
    if (status == IH_OK)
        s.solution->n_taken_blocks = atomic_load(&s.blocks_taken);
    ih_block_records_close(s.records);
    free(s.planes);
    ih_sbas_plan_free(s.plan);
    free(s.residual_sum);
    free(s.residual_count);
    if (status != IH_OK) {
        ih_solution_free(s.solution);
        s.solution = NULL;
    }
    *out = s.solution;
    return status;
}

void ih_solution_free(ih_solution *solution)
{
    if (!solution)
        return;
    for (size_t k = 0; k < solution->n_parameters; k++) {
        free(solution->estimate[k]);
        free(solution->deviation[k]);
    }
    free(solution->estimate);
    free(solution->deviation);
    for (size_t i = 0; solution->covariance && i < solution->n_covariances; i++)
        free(solution->covariance[i]);
    free(solution->covariance);
    free(solution->temporal_coherence);
    free(solution->valid_pairs);
    free(solution->n_components);
    free(solution->residual_rms_rad);
    free(solution->residual_count);
    free(solution);
}
