/* SPDX-License-Identifier: MIT */
#include "utilities/lib/ingest.h"

#include <math.h>
#include <omp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_string.h>

#include "algorithms/alloc.h"
#include "algorithms/observation.h"
#include "algorithms/phase_statistics.h"
#include "utilities/lib/stack_reader.h"

/* Rows are read in bands of about this many bytes per layer, so that all passes over a band find it
 * in the processor's cache. */
#define BAND_BYTES ((size_t)512 << 10)

/* Locks for the per-pixel sums, each for every 64th run of pixels: threads seldom meet. */
enum { N_LOCKS = 64 };

typedef struct {
    const ih_catalogue *catalogue;
    const ih_common_grid *common;
    const uint8_t *land, *coherence_area;
    ih_work_cube *cube, *coherence;
    ih_ingest_result *result;
    uint64_t *coherence_sum;   /* [pixel] fixed point */
    uint16_t *coherence_count; /* [pixel] */
    omp_lock_t lock[N_LOCKS];
    size_t band_rows;
    bool zero_is_no_data;
    double min_coherence;
    bool mask_unconnected;
    ih_progress progress;
    void *progress_data;
    char **remark; /* [pair] about its values; NULL = none */
    atomic_size_t rows_done;
    atomic_int cancelled;
    atomic_int cube_failed;
    double shown;
} ingest;

/* What one thread needs for a band of rows. */
typedef struct {
    float *phase, *coherence;
    float *component; /* NULL when nobody asks for them */
    uint8_t *quality;
    int32_t *fixed; /* coherence in fixed point, -1 where it is not known */
    ih_coherent_area *area;
} band_buffer;

static bool new_buffer(band_buffer *b, size_t n, bool with_components)
{
    b->phase = ih_alloc_aligned(n, sizeof *b->phase);
    b->coherence = ih_alloc_aligned(n, sizeof *b->coherence);
    b->component = with_components ? ih_alloc_aligned(n, sizeof *b->component) : NULL;
    b->quality = ih_alloc_aligned(n, sizeof *b->quality);
    b->fixed = ih_alloc_aligned(n, sizeof *b->fixed);
    b->area = ih_alloc(1, sizeof *b->area);
    return b->phase && b->coherence && (b->component || !with_components) && b->quality &&
           b->fixed && b->area;
}

static void free_buffer(band_buffer *b)
{
    free(b->phase);
    free(b->coherence);
    free(b->component);
    free(b->quality);
    free(b->fixed);
    free(b->area);
}

/* Takes out the phases of too little coherence, in float32 as both are stored; returns how many. */
static uint64_t mask_incoherent(float *phase, const float *coherence, size_t n, float least)
{
    uint64_t masked = 0;

    for (size_t i = 0; i < n; i++) {
        int out = !(coherence[i] >= least) & (phase[i] == phase[i]);

        phase[i] = out ? NAN : phase[i];
        masked += (uint64_t)out;
    }
    return masked;
}

/* Takes out the phases of no component, which is 0 or no data; returns how many. */
static uint64_t mask_unconnected(float *phase, const float *component, size_t n, float no_data)
{
    uint64_t masked = 0;

    for (size_t i = 0; i < n; i++) {
        int in_any = (component[i] > 0.0f) & (component[i] != no_data);
        int out = !in_any & (phase[i] == phase[i]);

        phase[i] = out ? NAN : phase[i];
        masked += (uint64_t)out;
    }
    return masked;
}

/* Runs of a block's length, each under its own lock, so that threads in different rows do not wait.
 */
static void sum_pixels_locked(ingest *in, size_t first, size_t n, const float *phase,
                              const int32_t *fixed)
{
    size_t run = ih_work_cube_block_pixels(in->cube);

    while (n > 0) {
        size_t part = run - first % run < n ? run - first % run : n;
        omp_lock_t *lock = &in->lock[first / run % N_LOCKS];

        omp_set_lock(lock);
        {
            const ih_pair_sums sums = {in->coherence_sum + first, in->coherence_count + first,
                                       in->result->valid_pairs + first};

            ih_pair_sums_add(&sums, part, phase, fixed);
        }
        omp_unset_lock(lock);
        first += part;
        phase += part;
        fixed += part;
        n -= part;
    }
}

/* Pixel of the producer's reference point on the common grid; SIZE_MAX when it has none or it lies
 * outside. */
static size_t producer_reference(const ingest *in, const ih_interferogram *item)
{
    double x = item->reference_x, y = item->reference_y;
    size_t column, row;

    if (!item->has_reference_point || !ih_common_grid_from_srs(in->common, item->srs, &x, &y) ||
        !ih_grid_locate(&in->common->grid, x, y, &column, &row))
        return SIZE_MAX;
    return row * in->common->grid.nx + column;
}

static void show_progress(ingest *in, size_t n_rows)
{
    size_t done = atomic_fetch_add(&in->rows_done, n_rows) + n_rows;
    double share = (double)done / ((double)in->common->grid.ny * (double)in->catalogue->count);

    if (omp_get_thread_num() != 0 || share < in->shown + 0.004)
        return;
    in->shown = share;
    if (in->progress && !in->progress(share, "reading", in->progress_data))
        atomic_store(&in->cancelled, 1);
}

typedef struct {
    ih_stack_reader *unw, *corr;
    ih_stack_reader *components; /* NULL: none are asked for, or the pair has none */
    float unw_no_data, corr_no_data, component_no_data; /* NaN: none */
    size_t reference_pixel;
} pair_readers;

static ih_status open_pair(const ingest *in, size_t pair, pair_readers *r, ih_error *err)
{
    ih_status status;

    status = ih_stack_reader_new(in->catalogue, pair, IH_STACK_UNW, in->common, &r->unw, err);
    if (status == IH_OK)
        status = ih_stack_reader_new(in->catalogue, pair, IH_STACK_CORR, in->common, &r->corr, err);
    if (status == IH_OK && in->mask_unconnected &&
        in->catalogue->items[pair].layers[IH_STACK_CONNCOMP].path)
        status = ih_stack_reader_new(in->catalogue, pair, IH_STACK_CONNCOMP, in->common,
                                     &r->components, err);
    if (status != IH_OK)
        return status;
    /* A coherence of 0 is a measurement as well as the usual no-data: it counts in averages. */
    if (!ih_stack_reader_no_data(r->unw, &r->unw_no_data))
        r->unw_no_data = NAN;
    if (!ih_stack_reader_no_data(r->corr, &r->corr_no_data) || r->corr_no_data == 0.0f)
        r->corr_no_data = NAN;
    if (!r->components || !ih_stack_reader_no_data(r->components, &r->component_no_data))
        r->component_no_data = NAN;
    r->reference_pixel =
        in->zero_is_no_data ? SIZE_MAX : producer_reference(in, &in->catalogue->items[pair]);
    return IH_OK;
}

/* What the options keep out of everything that follows. */
static void mask_observations(ingest *in, size_t pair, const pair_readers *r, size_t n,
                              const band_buffer *b)
{
    uint64_t masked = 0;

    if (!isnan(in->min_coherence))
        masked += mask_incoherent(b->phase, b->coherence, n, (float)in->min_coherence);
    if (r->components)
        masked += mask_unconnected(b->phase, b->component, n, r->component_no_data);
    in->result->masked_pixels[pair] += masked;
    in->result->valid_pixels[pair] -= masked;
}

static ih_status read_band(ingest *in, size_t pair, const pair_readers *r, size_t row,
                           size_t n_rows, const band_buffer *b, ih_error *err)
{
    size_t nx = in->common->grid.nx, first = row * nx, n = n_rows * nx;
    size_t reference = r->reference_pixel - first; /* wraps far beyond n when it lies elsewhere */
    ih_status status = ih_stack_reader_rows(r->unw, row, n_rows, b->phase, err);
    bool zero_at_reference;

    if (status == IH_OK)
        status = ih_stack_reader_rows(r->corr, row, n_rows, b->coherence, err);
    if (status == IH_OK && r->components)
        status = ih_stack_reader_rows(r->components, row, n_rows, b->component, err);
    if (status != IH_OK)
        return status;
    zero_at_reference = r->reference_pixel != SIZE_MAX && reference < n &&
                        b->phase[reference] == 0.0f && b->coherence[reference] > 0.0f;
    in->result->valid_pixels[pair] += ih_clean_phase(n, b->phase, r->unw_no_data);
    ih_clean_coherence(n, b->coherence, b->fixed, r->corr_no_data);
    ih_qualities_of_coherence(n, b->coherence, b->quality);
    if (zero_at_reference) {
        b->phase[reference] = 0.0f;
        in->result->valid_pixels[pair]++;
    }
    mask_observations(in, pair, r, n, b);
    ih_coherent_area_add(b->area, n, b->coherence, in->land ? in->land + first : NULL,
                         in->coherence_area ? in->coherence_area + first : NULL);
    sum_pixels_locked(in, first, n, b->phase, b->fixed);
    status = ih_work_cube_store(in->cube, pair, first, n, b->phase, b->quality, err);
    if (status == IH_OK && in->coherence)
        status = ih_work_cube_store(in->coherence, pair, first, n, b->coherence, NULL, err);
    if (status != IH_OK)
        atomic_store(&in->cube_failed, 1);
    return status;
}

/* What the readers have found wrong with the values, one a line. */
static ih_status keep_remarks(ingest *in, size_t pair, const pair_readers *r, ih_error *err)
{
    const char *unw = ih_stack_reader_remark(r->unw), *corr = ih_stack_reader_remark(r->corr);

    if (!*unw && !*corr)
        return IH_OK;
    if (asprintf(&in->remark[pair], "%s\n%s", unw, corr) < 0) {
        in->remark[pair] = NULL;
        return ih_fail(err, IH_E_MEMORY, "remarks");
    }
    return IH_OK;
}

/* Reads one pair; a failure of the pair alone is kept in the result, one of the cube is returned.
 */
static ih_status read_pair(ingest *in, size_t pair, const band_buffer *buffer, ih_error *err)
{
    size_t ny = in->common->grid.ny;
    pair_readers readers = {0};
    ih_error why = {0};
    ih_status status = open_pair(in, pair, &readers, &why);

    memset(buffer->area, 0, sizeof *buffer->area);
    for (size_t row = 0; row < ny && status == IH_OK; row += in->band_rows) {
        size_t n_rows = ny - row < in->band_rows ? ny - row : in->band_rows;

        status = read_band(in, pair, &readers, row, n_rows, buffer, &why);
        show_progress(in, n_rows);
        if (atomic_load(&in->cancelled))
            status = ih_fail(&why, IH_E_CANCELLED, "reading was interrupted");
    }
    if (status == IH_OK)
        status = keep_remarks(in, pair, &readers, &why);
    ih_stack_reader_free(readers.unw);
    ih_stack_reader_free(readers.corr);
    ih_stack_reader_free(readers.components);
    in->result->mean_coherence[pair] = ih_coherent_area_land_mean(buffer->area);
    in->result->water_coherence[pair] = ih_coherent_area_water_mean(buffer->area);
    if (in->result->areas)
        in->result->areas[pair] = *buffer->area;
    if (status == IH_OK)
        return IH_OK;
    /* The cube's own failures and cancelling concern all pairs. */
    if (status == IH_E_CANCELLED || atomic_load(&in->cube_failed))
        return ih_fail(err, status, "%s", why.text);
    in->result->failure[pair] = strdup(why.text);
    return IH_OK;
}

static void *zeros(size_t count, size_t size, bool *ok)
{
    void *memory = ih_calloc(count, size);

    *ok = *ok && memory;
    return memory;
}

static bool new_result(ingest *in, size_t n_pixels, size_t n_pairs, bool keep_areas)
{
    bool ok = true;

    in->result = zeros(1, sizeof *in->result, &ok);
    if (!ok)
        return false;
    in->result->average_coherence = zeros(n_pixels, sizeof(float), &ok);
    in->result->valid_pairs = zeros(n_pixels, sizeof(uint16_t), &ok);
    in->result->mean_coherence = zeros(n_pairs, sizeof(double), &ok);
    in->result->water_coherence = zeros(n_pairs, sizeof(double), &ok);
    if (keep_areas)
        in->result->areas = zeros(n_pairs, sizeof(ih_coherent_area), &ok);
    in->result->masked_pixels = zeros(n_pairs, sizeof(uint64_t), &ok);
    in->result->valid_pixels = zeros(n_pairs, sizeof(uint64_t), &ok);
    in->result->failure = zeros(n_pairs, sizeof(char *), &ok);
    in->remark = zeros(n_pairs, sizeof(char *), &ok);
    in->coherence_sum = zeros(n_pixels, sizeof(uint64_t), &ok);
    in->coherence_count = zeros(n_pixels, sizeof(uint16_t), &ok);
    return ok;
}

static void average(ingest *in, size_t n_pixels)
{
    float *average = in->result->average_coherence;

    for (size_t i = 0; i < n_pixels; i++)
        average[i] = in->coherence_count[i]
                         ? (float)((double)in->coherence_sum[i] / (double)IH_COHERENCE_ONE /
                                   (double)in->coherence_count[i])
                         : NAN;
}

/* Where an allocation or the cube fails, the first thread to notice records it and the others stop.
 */
static ih_status read_all(ingest *in, int threads, ih_error *err)
{
    size_t n_pairs = in->catalogue->count, nx = in->common->grid.nx;
    ih_status status = IH_OK;

#pragma omp parallel num_threads(threads)
    {
        band_buffer buffer = {0};
        bool ok = new_buffer(&buffer, in->band_rows * nx, in->mask_unconnected);

#pragma omp for schedule(dynamic, 1)
        for (size_t pair = 0; pair < n_pairs; pair++) {
            ih_error why = {0};
            ih_status failed;

            if (atomic_load(&in->cancelled))
                continue;
            failed = ok ? read_pair(in, pair, &buffer, &why)
                        : ih_fail(&why, IH_E_MEMORY, "buffers for reading");
            if (failed == IH_OK)
                continue;
            atomic_store(&in->cancelled, 1);
#pragma omp critical(ingest_failure)
            if (status == IH_OK)
                status = ih_fail(err, failed, "%s", why.text);
        }
        free_buffer(&buffer);
    }
    if (status == IH_OK && !atomic_load(&in->cancelled) && in->progress &&
        !in->progress(1.0, "reading", in->progress_data))
        atomic_store(&in->cancelled, 1);
    if (status == IH_OK && atomic_load(&in->cancelled))
        status = ih_fail(err, IH_E_CANCELLED, "reading was interrupted");
    return status;
}

/* In the order of the pairs, whichever thread came first. */
static void gather_remarks(ingest *in, size_t n_pairs)
{
    for (size_t i = 0; in->remark && i < n_pairs; i++) {
        char **lines = in->remark[i] ? CSLTokenizeString2(in->remark[i], "\n", 0) : NULL;

        in->result->remarks = CSLInsertStrings(in->result->remarks, -1, lines);
        CSLDestroy(lines);
        free(in->remark[i]);
    }
    free(in->remark);
}

ih_status ih_ingest(const ih_ingest_request *request, ih_ingest_result **out, ih_error *err)
{
    ingest in = {.catalogue = request->catalogue,
                 .common = request->common,
                 .land = request->land,
                 .coherence_area = request->coherence_area,
                 .cube = request->cube,
                 .coherence = request->coherence,
                 .zero_is_no_data = request->zero_is_no_data,
                 .min_coherence = request->min_coherence,
                 .mask_unconnected = request->mask_unconnected,
                 .progress = request->progress,
                 .progress_data = request->progress_data};
    size_t nx = in.common->grid.nx, ny = in.common->grid.ny, n_pixels = nx * ny;
    size_t n_pairs = in.catalogue->count;
    ih_status status;

    in.band_rows = BAND_BYTES / (nx * sizeof(float));
    in.band_rows = in.band_rows < 1 ? 1 : in.band_rows > ny ? ny : in.band_rows;
    for (int i = 0; i < N_LOCKS; i++)
        omp_init_lock(&in.lock[i]);
    if (new_result(&in, n_pixels, n_pairs, request->keep_areas))
        status = read_all(&in, request->threads, err);
    else
        status = ih_fail(err, IH_E_MEMORY, "sums over %zu pixels", n_pixels);
    if (status == IH_OK)
        average(&in, n_pixels);
    for (size_t i = 0; status == IH_OK && i < n_pairs; i++)
        in.result->n_failures += in.result->failure[i] != NULL;
    gather_remarks(&in, n_pairs);
    for (int i = 0; i < N_LOCKS; i++)
        omp_destroy_lock(&in.lock[i]);
    free(in.coherence_sum);
    free(in.coherence_count);
    if (status != IH_OK) {
        ih_ingest_result_free(in.result, n_pairs);
        in.result = NULL;
    }
    *out = in.result;
    return status;
}

/* Buffers of ih_ingest_select for one block. */
typedef struct {
    void *phase, *coherence; /* of the cubes */
    uint64_t *sum;
    uint16_t *count;
} selection_buffer;

static bool new_selection_buffer(const ih_ingest_request *q, selection_buffer *b)
{
    size_t n = ih_work_cube_block_pixels(q->cube);
    size_t phase = ih_work_cube_buffer_bytes(q->cube);
    size_t coherence = ih_work_cube_buffer_bytes(q->coherence);

    b->phase = phase ? ih_alloc_aligned(phase, 1) : NULL;
    b->coherence = coherence ? ih_alloc_aligned(coherence, 1) : NULL;
    b->sum = ih_alloc(n, sizeof *b->sum);
    b->count = ih_alloc(n, sizeof *b->count);
    return (b->phase || !phase) && (b->coherence || !coherence) && b->sum && b->count;
}

/* Averages of one block over the pairs that are left: the same whole numbers as while reading. */
static ih_status average_block(const ih_ingest_request *q, ih_ingest_result *result, size_t block,
                               const selection_buffer *b, size_t n_pairs, ih_error *err)
{
    ih_work_block phase, coherence;
    ih_status status = ih_work_cube_load(q->cube, block, b->phase, &phase, err);
    uint16_t *valid;

    if (status == IH_OK)
        status = ih_work_cube_load(q->coherence, block, b->coherence, &coherence, err);
    if (status != IH_OK)
        return status;
    valid = result->valid_pairs + phase.first_pixel;
    memset(b->sum, 0, phase.n_pixels * sizeof *b->sum);
    memset(b->count, 0, phase.n_pixels * sizeof *b->count);
    memset(valid, 0, phase.n_pixels * sizeof *valid);
    for (size_t pair = 0; pair < n_pairs; pair++) {
        const float *p = phase.phase + pair * phase.phase_stride;
        const float *c = coherence.phase + pair * coherence.phase_stride;

        for (size_t i = 0; i < phase.n_pixels; i++) {
            int known = c[i] == c[i];

            b->sum[i] += known ? (uint64_t)(int32_t)(c[i] * IH_COHERENCE_ONE) : 0;
            b->count[i] = (uint16_t)(b->count[i] + known);
            valid[i] = (uint16_t)(valid[i] + (p[i] == p[i]));
        }
    }
    for (size_t i = 0; i < phase.n_pixels; i++)
        result->average_coherence[phase.first_pixel + i] =
            b->count[i]
                ? (float)((double)b->sum[i] / (double)IH_COHERENCE_ONE / (double)b->count[i])
                : NAN;
    return IH_OK;
}

ih_status ih_ingest_select(const ih_ingest_request *request, ih_ingest_result *result,
                           size_t n_pairs, const uint32_t *row, ih_error *err)
{
    size_t n_blocks = ih_work_cube_blocks(request->cube);
    ih_status status = IH_OK;

#pragma omp parallel num_threads(request->threads)
    {
        selection_buffer buffer = {0};
        ih_error why = {0};
        ih_status mine = new_selection_buffer(request, &buffer)
                             ? IH_OK
                             : ih_fail(&why, IH_E_MEMORY, "buffers for averages");

#pragma omp for schedule(dynamic, 1)
        for (size_t block = 0; block < n_blocks; block++)
            if (mine == IH_OK)
                mine = average_block(request, result, block, &buffer, n_pairs, &why);
#pragma omp critical(ingest_failure)
        if (mine != IH_OK && status == IH_OK)
            status = ih_fail(err, mine, "%s", why.text);
        free(buffer.phase);
        free(buffer.coherence);
        free(buffer.sum);
        free(buffer.count);
    }
    for (size_t pair = 0; pair < n_pairs; pair++) {
        result->mean_coherence[pair] = result->mean_coherence[row[pair]];
        result->valid_pixels[pair] = result->valid_pixels[row[pair]];
        result->masked_pixels[pair] = result->masked_pixels[row[pair]];
    }
    free(result->areas);
    free(result->water_coherence);
    result->areas = NULL;
    result->water_coherence = NULL;
    return status;
}

void ih_ingest_result_free(ih_ingest_result *result, size_t n_pairs)
{
    if (!result)
        return;
    for (size_t i = 0; result->failure && i < n_pairs; i++)
        free(result->failure[i]);
    free(result->failure);
    CSLDestroy(result->remarks);
    free(result->average_coherence);
    free(result->valid_pairs);
    free(result->mean_coherence);
    free(result->water_coherence);
    free(result->areas);
    free(result->valid_pixels);
    free(result->masked_pixels);
    free(result);
}
