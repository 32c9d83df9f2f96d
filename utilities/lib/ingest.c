/* SPDX-License-Identifier: MIT */
#include "utilities/lib/ingest.h"

#include <math.h>
#include <omp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>

#include "algorithms/alloc.h"
#include "algorithms/phase_statistics.h"
#include "utilities/lib/stack_reader.h"

/* Coherence as a whole number: exact for a float, and 65535 of them fit 64 bits, as do all pixels
 * of a raster. */
#define FIXED_ONE 1073741824.0f

/* Rows are read in bands of about this many bytes per layer, a compromise between calls and cache.
 */
#define BAND_BYTES ((size_t)4 << 20)

/* Locks for the per-pixel sums, each for every 64th run of pixels: threads seldom meet. */
enum { N_LOCKS = 64 };

typedef struct {
    const ih_catalogue *catalogue;
    const ih_common_grid *common;
    ih_work_cube *cube;
    ih_ingest_result *result;
    uint64_t *coherence_sum;   /* [pixel] fixed point */
    uint16_t *coherence_count; /* [pixel] */
    omp_lock_t lock[N_LOCKS];
    size_t band_rows;
    ih_progress progress;
    void *progress_data;
    atomic_size_t rows_done;
    atomic_int cancelled;
    atomic_int cube_failed;
    double shown;
} ingest;

/* What one thread needs for a band of rows. */
typedef struct {
    float *phase, *coherence;
    uint8_t *quality;
    int32_t *fixed; /* coherence in fixed point, -1 where it is not known */
} band_buffer;

typedef struct {
    uint64_t coherence_sum, coherence_count, valid;
} pair_sums;

static bool new_buffer(band_buffer *b, size_t n)
{
    b->phase = ih_alloc_aligned(n, sizeof *b->phase);
    b->coherence = ih_alloc_aligned(n, sizeof *b->coherence);
    b->quality = ih_alloc_aligned(n, sizeof *b->quality);
    b->fixed = ih_alloc_aligned(n, sizeof *b->fixed);
    return b->phase && b->coherence && b->quality && b->fixed;
}

static void free_buffer(band_buffer *b)
{
    free(b->phase);
    free(b->coherence);
    free(b->quality);
    free(b->fixed);
}

/* Everything that is no data becomes NaN. The comparisons are false for NaN, which stays. */
static void clean_phase(float *phase, size_t n, float no_data)
{
    for (size_t i = 0; i < n; i++) {
        float value = phase[i];
        int keep = (value != 0.0f) & (value != no_data) & (fabsf(value) < INFINITY);

        phase[i] = keep ? value : NAN;
    }
}

/* Brings coherence to 0..1 with NaN for unknown, and to fixed point. */
static void clean_coherence(float *coherence, int32_t *fixed, size_t n, float no_data)
{
    for (size_t i = 0; i < n; i++) {
        float value = coherence[i];
        int known = (fabsf(value) < INFINITY) & (value != no_data);
        float clamped = value > 0.0f ? (value < 1.0f ? value : 1.0f) : 0.0f;

        coherence[i] = known ? clamped : NAN;
        fixed[i] = known ? (int32_t)(clamped * FIXED_ONE) : -1;
    }
}

static void sum_pair(const float *phase, const int32_t *fixed, size_t n, pair_sums *sums)
{
    uint64_t sum = 0, count = 0, valid = 0;

    for (size_t i = 0; i < n; i++) {
        sum += fixed[i] > 0 ? (uint64_t)fixed[i] : 0;
        count += fixed[i] > 0;
        valid += phase[i] == phase[i];
    }
    sums->coherence_sum += sum;
    sums->coherence_count += count;
    sums->valid += valid;
}

static void sum_pixels(ingest *in, size_t first, size_t n, const float *phase, const int32_t *fixed)
{
    uint64_t *sum = in->coherence_sum + first;
    uint16_t *count = in->coherence_count + first, *valid = in->result->valid_pairs + first;

    for (size_t i = 0; i < n; i++) {
        sum[i] += fixed[i] >= 0 ? (uint64_t)fixed[i] : 0;
        count[i] = (uint16_t)(count[i] + (fixed[i] >= 0));
        valid[i] = (uint16_t)(valid[i] + (phase[i] == phase[i]));
    }
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
        sum_pixels(in, first, part, phase, fixed);
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
    float unw_no_data, corr_no_data; /* NaN: none */
    size_t reference_pixel;
} pair_readers;

static ih_status open_pair(const ingest *in, size_t pair, pair_readers *r, ih_error *err)
{
    ih_status status;

    status = ih_stack_reader_new(in->catalogue, pair, IH_STACK_UNW, in->common, &r->unw, err);
    if (status == IH_OK)
        status = ih_stack_reader_new(in->catalogue, pair, IH_STACK_CORR, in->common, &r->corr, err);
    if (status != IH_OK)
        return status;
    /* A coherence of 0 is a measurement as well as the usual no-data: it counts in averages. */
    if (!ih_stack_reader_no_data(r->unw, &r->unw_no_data))
        r->unw_no_data = NAN;
    if (!ih_stack_reader_no_data(r->corr, &r->corr_no_data) || r->corr_no_data == 0.0f)
        r->corr_no_data = NAN;
    r->reference_pixel = producer_reference(in, &in->catalogue->items[pair]);
    return IH_OK;
}

static ih_status read_band(ingest *in, size_t pair, const pair_readers *r, size_t row,
                           size_t n_rows, const band_buffer *b, pair_sums *sums, ih_error *err)
{
    size_t nx = in->common->grid.nx, first = row * nx, n = n_rows * nx;
    size_t reference = r->reference_pixel - first; /* wraps far beyond n when it lies elsewhere */
    ih_status status = ih_stack_reader_rows(r->unw, row, n_rows, b->phase, err);
    bool zero_at_reference;

    if (status == IH_OK)
        status = ih_stack_reader_rows(r->corr, row, n_rows, b->coherence, err);
    if (status != IH_OK)
        return status;
    zero_at_reference = r->reference_pixel != SIZE_MAX && reference < n &&
                        b->phase[reference] == 0.0f && b->coherence[reference] > 0.0f;
    clean_phase(b->phase, n, r->unw_no_data);
    clean_coherence(b->coherence, b->fixed, n, r->corr_no_data);
    if (zero_at_reference)
        b->phase[reference] = 0.0f;
    for (size_t i = 0; i < n; i++)
        b->quality[i] = ih_quality_of_coherence(b->coherence[i]);
    sum_pair(b->phase, b->fixed, n, sums);
    sum_pixels_locked(in, first, n, b->phase, b->fixed);
    status = ih_work_cube_store(in->cube, pair, first, n, b->phase, b->quality, err);
    if (status != IH_OK)
        atomic_store(&in->cube_failed, 1);
    return status;
}

/* Reads one pair; a failure of the pair alone is kept in the result, one of the cube is returned.
 */
static ih_status read_pair(ingest *in, size_t pair, const band_buffer *buffer, ih_error *err)
{
    size_t ny = in->common->grid.ny;
    pair_readers readers = {0};
    pair_sums sums = {0};
    ih_error why = {0};
    ih_status status = open_pair(in, pair, &readers, &why);

    for (size_t row = 0; row < ny && status == IH_OK; row += in->band_rows) {
        size_t n_rows = ny - row < in->band_rows ? ny - row : in->band_rows;

        status = read_band(in, pair, &readers, row, n_rows, buffer, &sums, &why);
        show_progress(in, n_rows);
        if (atomic_load(&in->cancelled))
            status = ih_fail(&why, IH_E_CANCELLED, "reading was interrupted");
    }
    ih_stack_reader_free(readers.unw);
    ih_stack_reader_free(readers.corr);
    in->result->valid_pixels[pair] = sums.valid;
    in->result->mean_coherence[pair] =
        sums.coherence_count
            ? (double)sums.coherence_sum / (double)FIXED_ONE / (double)sums.coherence_count
            : NAN;
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

static bool new_result(ingest *in, size_t n_pixels, size_t n_pairs)
{
    bool ok = true;

    in->result = zeros(1, sizeof *in->result, &ok);
    if (!ok)
        return false;
    in->result->average_coherence = zeros(n_pixels, sizeof(float), &ok);
    in->result->valid_pairs = zeros(n_pixels, sizeof(uint16_t), &ok);
    in->result->mean_coherence = zeros(n_pairs, sizeof(double), &ok);
    in->result->valid_pixels = zeros(n_pairs, sizeof(uint64_t), &ok);
    in->result->failure = zeros(n_pairs, sizeof(char *), &ok);
    in->coherence_sum = zeros(n_pixels, sizeof(uint64_t), &ok);
    in->coherence_count = zeros(n_pixels, sizeof(uint16_t), &ok);
    return ok;
}

static void average(ingest *in, size_t n_pixels)
{
    float *average = in->result->average_coherence;

    for (size_t i = 0; i < n_pixels; i++)
        average[i] = in->coherence_count[i]
                         ? (float)((double)in->coherence_sum[i] / (double)FIXED_ONE /
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
        bool ok = new_buffer(&buffer, in->band_rows * nx);

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

ih_status ih_ingest(const ih_catalogue *catalogue, const ih_common_grid *common, ih_work_cube *cube,
                    int threads, ih_progress progress, void *progress_data, ih_ingest_result **out,
                    ih_error *err)
{
    ingest in = {.catalogue = catalogue,
                 .common = common,
                 .cube = cube,
                 .progress = progress,
                 .progress_data = progress_data};
    size_t nx = common->grid.nx, ny = common->grid.ny, n_pixels = nx * ny;
    ih_status status;

    in.band_rows = BAND_BYTES / (nx * sizeof(float));
    in.band_rows = in.band_rows < 1 ? 1 : in.band_rows > ny ? ny : in.band_rows;
    for (int i = 0; i < N_LOCKS; i++)
        omp_init_lock(&in.lock[i]);
    if (new_result(&in, n_pixels, catalogue->count))
        status = read_all(&in, threads, err);
    else
        status = ih_fail(err, IH_E_MEMORY, "sums over %zu pixels", n_pixels);
    if (status == IH_OK)
        average(&in, n_pixels);
    for (size_t i = 0; status == IH_OK && i < catalogue->count; i++)
        in.result->n_failures += in.result->failure[i] != NULL;
    for (int i = 0; i < N_LOCKS; i++)
        omp_destroy_lock(&in.lock[i]);
    free(in.coherence_sum);
    free(in.coherence_count);
    if (status != IH_OK) {
        ih_ingest_result_free(in.result, catalogue->count);
        in.result = NULL;
    }
    *out = in.result;
    return status;
}

void ih_ingest_result_free(ih_ingest_result *result, size_t n_pairs)
{
    if (!result)
        return;
    for (size_t i = 0; result->failure && i < n_pairs; i++)
        free(result->failure[i]);
    free(result->failure);
    free(result->average_coherence);
    free(result->valid_pairs);
    free(result->mean_coherence);
    free(result->valid_pixels);
    free(result);
}
