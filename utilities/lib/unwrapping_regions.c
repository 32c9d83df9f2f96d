/* SPDX-License-Identifier: MIT */
#include "utilities/lib/unwrapping_regions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_string.h>

#include "algorithms/alloc.h"
#include "algorithms/bridging.h"
#include "algorithms/closure_correction.h"
#include "algorithms/connected_components.h"
#include "algorithms/phase_statistics.h"
#include "algorithms/ramp.h"
#include "utilities/lib/parallel_work.h"
#include "utilities/lib/sbas_state.h"
#include "utilities/lib/stack_reader.h"

/* Values of a layer that are read at a time. */
#define BAND_VALUES ((size_t)1 << 20)

/* What bridging and labelling hold of one raster: phase, component as byte and word, cycles,
 * labels, eroded labels and a copy of them, stack, phase without ramp and where it is fitted. */
#define THREAD_BYTES 30.0

/* The plane of what is common to all pairs, and its labels while they are made. */
#define COMMON_BYTES 14.0

/* Largest number of cycles that a byte holds. */
enum { MOST_CYCLES = INT8_MAX };

/* A region of all pairs, but that of the reference. */
typedef struct {
    uint32_t label, area;
    size_t n_samples;
    uint32_t *sample;
    int16_t *cycles; /* [pair] that are too many */
} common_region;

typedef struct {
    ih_sbas_state *state;
    ih_bridging_options options;
    ih_work_cube *components; /* bytes, 0 = none */
    uint16_t *common;         /* [pixel] 1 = a component in every pair */
    ih_triplet_list *triplets;
    common_region *region; /* largest first */
    size_t n_regions;
} stage;

/* One thread's memory. */
typedef struct {
    float *phase, *layer;
    uint8_t *bytes, *quality;
    uint16_t *component;
    int16_t *cycles;
    uint32_t *eroded;
    size_t n_unread, n_unrooted, n_beyond;
} buffer;

static void end_thread(void *shared, void *local, bool done)
{
    const stage *g = shared;
    ih_unwrapping_regions *r = &g->state->unwrapping.of_regions;
    buffer *b = local;

    (void)done;
    r->n_unread += b->n_unread;
    r->n_unrooted += b->n_unrooted;
    r->n_beyond += b->n_beyond;
    free(b->phase);
    free(b->layer);
    free(b->bytes);
    free(b->quality);
    free(b->component);
    free(b->cycles);
    free(b->eroded);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* -------- components ---------------------------------------------------------------------------
 */

static size_t rows_of_band(const ih_grid *grid)
{
    size_t rows = BAND_VALUES / grid->nx;

    return rows < 1 ? 1 : least(rows, grid->ny);
}

static ih_status begin_components(void *shared, void *local, ih_error *err)
{
    const stage *g = shared;
    const ih_grid *grid = &g->state->common->grid;
    size_t n = rows_of_band(grid) * grid->nx;
    buffer *b = local;

    b->phase = ih_alloc(n, sizeof *b->phase);
    b->layer = ih_alloc(n, sizeof *b->layer);
    b->bytes = ih_alloc(n, 1);
    b->quality = ih_alloc(n, 1);
    b->component = ih_alloc(n, sizeof *b->component);
    return b->phase && b->layer && b->bytes && b->quality && b->component
               ? IH_OK
               : ih_fail(err, IH_E_MEMORY, "rows of components");
}

/* The reader of a pair's components; NULL when it has none that can be read. */
static ih_stack_reader *open_components(const stage *g, size_t pair, buffer *b)
{
    const ih_sbas_state *s = g->state;
    ih_stack_reader *reader = NULL;
    ih_error why = {0};

    if (!s->catalogue->items[pair].layers[IH_STACK_CONNCOMP].path)
        return NULL;
    if (ih_stack_reader_new(s->catalogue, pair, IH_STACK_CONNCOMP, s->common, &reader, &why) !=
        IH_OK)
        b->n_unread++;
    return reader;
}

/* Numbers beyond a byte, of which unwrappers that sort by size make none, are no component. */
static void components_of_layer(const buffer *b, size_t n, float no_data)
{
    for (size_t i = 0; i < n; i++) {
        float value = b->layer[i];
        bool known = value >= 1.0f && value <= 255.0f && value != no_data && !isnan(b->phase[i]);

        b->bytes[i] = known ? (uint8_t)value : 0;
    }
}

static void components_of_coherence(const buffer *b, size_t n)
{
    ih_components_of_quality(n, b->phase, b->quality, ih_quality_of_coherence(IH_REGION_COHERENCE),
                             b->component);
    for (size_t i = 0; i < n; i++)
        b->bytes[i] = (uint8_t)b->component[i];
}

/* One band of rows of one pair: its components, and 0 cycles where it has a phase. */
static ih_status make_band(const stage *g, size_t pair, size_t row, ih_stack_reader *reader,
                           buffer *b, ih_error *err)
{
    const ih_sbas_state *s = g->state;
    const ih_grid *grid = &s->common->grid;
    size_t n_rows = least(rows_of_band(grid), grid->ny - row);
    size_t first = row * grid->nx, n = n_rows * grid->nx;
    float no_data = NAN;
    ih_status status = ih_work_cube_fetch(s->cube, pair, first, n, b->phase, b->quality, err);

    if (status == IH_OK && reader) {
        status = ih_stack_reader_rows(reader, row, n_rows, b->layer, err);
        if (!ih_stack_reader_no_data(reader, &no_data))
            no_data = NAN;
    }
    if (status != IH_OK)
        return status;
    if (reader)
        components_of_layer(b, n, no_data);
    else
        components_of_coherence(b, n);
    for (size_t i = 0; s->land.land && i < n; i++)
        b->bytes[i] = s->land.land[first + i] ? b->bytes[i] : 0;
    status = ih_work_cube_store(g->components, pair, first, n, NULL, b->bytes, err);
    for (size_t i = 0; i < n; i++)
        b->bytes[i] = isnan(b->phase[i]) ? (uint8_t)IH_CYCLES_NONE : 0;
    return status == IH_OK
               ? ih_work_cube_store(s->unwrapping.cycles, pair, first, n, NULL, b->bytes, err)
               : status;
}

static ih_status make_bands(const stage *g, size_t pair, ih_stack_reader *reader, buffer *b,
                            ih_error *err)
{
    const ih_grid *grid = &g->state->common->grid;
    ih_status status = IH_OK;

    for (size_t row = 0; row < grid->ny && status == IH_OK; row += rows_of_band(grid))
        status = make_band(g, pair, row, reader, b, err);
    return status;
}

static ih_status make_components(void *shared, void *local, size_t pair, ih_error *err)
{
    const stage *g = shared;
    buffer *b = local;
    ih_stack_reader *reader = open_components(g, pair, b);
    ih_error why = {0};
    ih_status status = make_bands(g, pair, reader, b, &why);

    g->state->unwrapping.of_regions.source[pair] =
        reader ? IH_COMPONENTS_OF_UNWRAPPER : IH_COMPONENTS_OF_COHERENCE;
    if (status != IH_OK && reader) {
        /* It opens, but is damaged further on. */
        b->n_unread++;
        g->state->unwrapping.of_regions.source[pair] = IH_COMPONENTS_OF_COHERENCE;
        status = make_bands(g, pair, NULL, b, &why);
    }
    ih_stack_reader_free(reader);
    return status == IH_OK ? IH_OK : ih_fail(err, status, "%s", why.text);
}

/* -------- one pair as a raster -----------------------------------------------------------------
 */

static bool takes_ramp_off(const stage *g)
{
    return g->state->options.bridge_ramp != IH_DERAMP_NONE;
}

static ih_status begin_pairs(void *shared, void *local, ih_error *err)
{
    const stage *g = shared;
    size_t n = ih_sbas_pixels(g->state);
    buffer *b = local;

    b->phase = ih_alloc(n, sizeof *b->phase);
    b->bytes = ih_alloc(n, 1);
    b->component = ih_alloc(n, sizeof *b->component);
    b->cycles = ih_alloc(n, sizeof *b->cycles);
    if (g->region || takes_ramp_off(g))
        b->eroded = ih_alloc(n, sizeof *b->eroded);
    if (!g->region && takes_ramp_off(g)) {
        b->layer = ih_alloc(n, sizeof *b->layer);
        b->quality = ih_alloc(n, 1);
    }
    return b->phase && b->bytes && b->component && b->cycles &&
                   (b->eroded || !(g->region || takes_ramp_off(g))) &&
                   ((b->layer && b->quality) || g->region || !takes_ramp_off(g))
               ? IH_OK
               : ih_fail(err, IH_E_MEMORY, "rasters of a pair");
}

static ih_status fetch_components(const stage *g, size_t pair, const buffer *b, ih_error *err)
{
    size_t n = ih_sbas_pixels(g->state);
    ih_status status = ih_work_cube_fetch(g->components, pair, 0, n, NULL, b->bytes, err);

    for (size_t i = 0; i < n && status == IH_OK; i++)
        b->component[i] = b->bytes[i];
    return status;
}

/* Subtracts b->cycles from the phase of a pair, in b->phase, and adds them to those of before. */
static ih_status apply_cycles(const stage *g, size_t pair, buffer *b, ih_error *err)
{
    const ih_sbas_state *s = g->state;
    size_t n = ih_sbas_pixels(s);
    ih_status status = ih_work_cube_fetch(s->unwrapping.cycles, pair, 0, n, NULL, b->bytes, err);

    if (status != IH_OK)
        return status;
    for (size_t i = 0; i < n; i++) {
        int cycles = (int8_t)b->bytes[i];

        if (cycles == IH_CYCLES_NONE) {
            b->cycles[i] = 0;
            continue;
        }
        if (abs(cycles + b->cycles[i]) > MOST_CYCLES) {
            b->n_beyond++;
            return IH_OK;
        }
        b->bytes[i] = (uint8_t)(int8_t)(cycles + b->cycles[i]);
    }
    ih_cycles_subtract(n, b->cycles, b->phase);
    status = ih_work_cube_store(s->cube, pair, 0, n, b->phase, NULL, err);
    return status == IH_OK
               ? ih_work_cube_store(s->unwrapping.cycles, pair, 0, n, NULL, b->bytes, err)
               : status;
}

static ih_status fetch_pair(const stage *g, size_t pair, const buffer *b, ih_error *err)
{
    const ih_sbas_state *s = g->state;
    ih_status status = fetch_components(g, pair, b, err);

    return status == IH_OK
               ? ih_work_cube_fetch(s->cube, pair, 0, ih_sbas_pixels(s), b->phase, NULL, err)
               : status;
}

static size_t reference_pixel(const ih_sbas_state *s)
{
    return s->reference->row * s->common->grid.nx + s->reference->column;
}

/* Regions of a raster as bridging makes them, without those that are small or vanish by erosion. */
static ih_status label_regions(const stage *g, const uint16_t *component, uint32_t *eroded,
                               ih_regions *out, ih_error *err)
{
    const ih_grid *grid = &g->state->common->grid;
    double least_area = ih_regions_least_area(g->options.least_area_pixels, grid->nx, grid->ny);
    ih_status status = ih_regions_label(grid->nx, grid->ny, component, out, err);

    if (status != IH_OK)
        return status;
    if (out->n_regions > 1)
        ih_regions_remove_small(out, least_area);
    return ih_regions_erode(out, g->options.erosion, eroded, err);
}

/* The phase of a pair, in b->phase, less the ramp of the reference's region, into b->layer. Without
 * such a region, or in one too narrow for a ramp, it stays as it is. */
static ih_status take_ramp_off(const stage *g, const buffer *b, ih_error *err)
{
    const ih_sbas_state *s = g->state;
    size_t n = ih_sbas_pixels(s);
    const ih_ramp_options options = {
        .nx = s->common->grid.nx,
        .ny = s->common->grid.ny,
        .shape = (enum ih_ramp_shape)(s->options.bridge_ramp - IH_DERAMP_FIRST),
        .max_samples = 1000000};
    const ih_ramp_block block = {
        .n_pixels = n, .n_dates = 1, .stride = n, .values = b->phase, .mask = b->quality};
    ih_ramp_sums *sums = ih_calloc(ih_ramp_steps(&options), sizeof *sums);
    ih_regions regions = {0};
    ih_ramp ramp;
    ih_status status = sums ? label_regions(g, b->component, b->eroded, &regions, err)
                            : ih_fail(err, IH_E_MEMORY, "ramp of a pair");

    if (status == IH_OK) {
        uint32_t reference = regions.label[reference_pixel(s)];

        for (size_t i = 0; i < n; i++)
            b->quality[i] = reference && regions.label[i] == reference;
        ih_ramp_accumulate(&options, &block, sums);
        (void)ih_ramp_solve(&options, 1, sums, NULL, 0, &ramp);
        ih_ramp_remove(&options, &block, &ramp, b->layer);
    }
    ih_regions_free(&regions);
    free(sums);
    return status;
}

static ih_status bridge_pair(void *shared, void *local, size_t pair, ih_error *err)
{
    const stage *g = shared;
    const ih_sbas_state *s = g->state;
    const ih_grid *grid = &s->common->grid;
    buffer *b = local;
    ih_bridging_result result;
    ih_status status = fetch_pair(g, pair, b, err);

    if (status == IH_OK && takes_ramp_off(g))
        status = take_ramp_off(g, b, err);
    if (status == IH_OK)
        status = ih_bridging_find(grid->nx, grid->ny, b->component,
                                  takes_ramp_off(g) ? b->layer : b->phase, reference_pixel(s),
                                  &g->options, b->cycles, &result, err);
    if (status != IH_OK)
        return status;
    s->unwrapping.of_regions.regions[pair] = result.n_regions;
    s->unwrapping.of_regions.shifted[pair] = result.n_shifted;
    b->n_unrooted += result.reference_region == 0;
    return result.n_shifted ? apply_cycles(g, pair, b, err) : IH_OK;
}

/* -------- regions common to all pairs ----------------------------------------------------------
 */

static ih_status begin_common(void *shared, void *local, ih_error *err)
{
    const stage *g = shared;
    size_t bytes = ih_work_cube_buffer_bytes(g->components);
    buffer *b = local;

    b->bytes = bytes ? ih_alloc_aligned(bytes, 1) : NULL;
    return b->bytes || !bytes ? IH_OK : ih_fail(err, IH_E_MEMORY, "a block of components");
}

static ih_status find_common(void *shared, void *local, size_t number, ih_error *err)
{
    const stage *g = shared;
    const buffer *b = local;
    ih_work_block block;
    ih_status status = ih_work_cube_load(g->components, number, b->bytes, &block, err);
    uint16_t *common = g->common + block.first_pixel;

    if (status != IH_OK)
        return status;
    for (size_t i = 0; i < block.n_pixels; i++)
        common[i] = 1;
    for (size_t k = 0; k < g->state->network->n_pairs; k++)
        for (size_t i = 0; i < block.n_pixels; i++)
            common[i] &= block.quality[k * block.quality_stride + i] != 0;
    return IH_OK;
}

static int larger_first(const void *a, const void *b)
{
    const common_region *x = a, *y = b;

    if (x->area != y->area)
        return x->area < y->area ? 1 : -1;
    return x->label < y->label ? -1 : 1;
}

/* All regions of the common raster but that of the reference, with their samples. */
static ih_status list_regions(stage *g, const ih_regions *regions, ih_error *err)
{
    size_t n_pairs = g->state->network->n_pairs;
    size_t samples = (size_t)g->state->options.closure_samples;
    uint32_t reference = regions->label[reference_pixel(g->state)];

    g->state->unwrapping.of_regions.reference_common = reference != 0;
    g->region = ih_calloc((size_t)regions->n_regions + 1, sizeof *g->region);
    if (!g->region)
        return ih_fail(err, IH_E_MEMORY, "%u regions", regions->n_regions);
    for (uint32_t label = 1; label <= regions->n_regions && reference != 0; label++) {
        common_region *region = &g->region[g->n_regions];

        if (label == reference)
            continue;
        region->label = label;
        region->area = regions->area[label - 1];
        region->sample = ih_alloc(samples, sizeof *region->sample);
        region->cycles = ih_calloc(n_pairs, sizeof *region->cycles);
        g->n_regions++;
        if (!region->sample || !region->cycles)
            return ih_fail(err, IH_E_MEMORY, "cycles of %u regions", regions->n_regions);
        region->n_samples = ih_region_samples(regions, label, samples, region->sample);
    }
    qsort(g->region, g->n_regions, sizeof *g->region, larger_first);
    g->state->unwrapping.of_regions.n_common = g->n_regions;
    return IH_OK;
}

static ih_status make_regions(stage *g, ih_error *err)
{
    uint32_t *eroded = ih_alloc(ih_sbas_pixels(g->state), sizeof *eroded);
    ih_regions regions = {0};
    ih_status status = eroded ? label_regions(g, g->common, eroded, &regions, err)
                              : ih_fail(err, IH_E_MEMORY, "labels of regions");

    free(eroded);
    if (status == IH_OK)
        status = list_regions(g, &regions, err);
    ih_regions_free(&regions);
    return status;
}

/* The cycles of every pair in one common region. */
static ih_status close_region(void *shared, void *local, size_t number, ih_error *err)
{
    const stage *g = shared;
    const ih_sbas_state *s = g->state;
    common_region *region = &g->region[number];
    size_t n_pairs = s->network->n_pairs, n_used;
    float *phase = ih_alloc(n_pairs * region->n_samples, sizeof *phase);
    ih_status status = phase ? IH_OK : ih_fail(err, IH_E_MEMORY, "samples of %zu pairs", n_pairs);

    (void)local;
    for (size_t k = 0; k < n_pairs && status == IH_OK; k++)
        for (size_t i = 0; i < region->n_samples && status == IH_OK; i++) {
            float *value = &phase[k * region->n_samples + i];

            status = ih_work_cube_phase_at(s->cube, k, region->sample[i], value, err);
            *value -= s->reference->phase_rad[k];
        }
    if (status == IH_OK)
        status = ih_closure_correction_find(g->triplets, region->n_samples, phase,
                                            region->n_samples, region->cycles, &n_used, err);
    free(phase);
    return status;
}

/* Moves the pair's own regions: each by the largest common region that lies in it, and none that
 * holds the reference. */
static void cycles_of_regions(const stage *g, size_t pair, const ih_regions *own, int16_t *cycles,
                              int16_t *of_region)
{
    size_t n = ih_sbas_pixels(g->state);
    uint8_t *decided = (uint8_t *)(of_region + own->n_regions + 1);

    memset(of_region, 0, (own->n_regions + 1) * sizeof *of_region);
    memset(decided, 0, own->n_regions + 1);
    decided[0] = decided[own->label[reference_pixel(g->state)]] = 1;
    for (size_t i = 0; i < g->n_regions; i++) {
        const common_region *region = &g->region[i];
        uint32_t label = ih_region_of_samples(own, region->n_samples, region->sample);

        if (!decided[label])
            of_region[label] = region->cycles[pair];
        decided[label] = 1;
    }
    for (size_t i = 0; i < n; i++)
        cycles[i] = of_region[own->label[i]];
}

static bool any_cycles(const stage *g, size_t pair)
{
    bool any = false;

    for (size_t i = 0; i < g->n_regions; i++)
        any = any || g->region[i].cycles[pair] != 0;
    return any;
}

static ih_status close_pair(void *shared, void *local, size_t pair, ih_error *err)
{
    const stage *g = shared;
    buffer *b = local;
    ih_regions own = {0};
    int16_t *of_region = NULL;
    ih_status status = IH_OK;

    if (!any_cycles(g, pair))
        return IH_OK;
    status = fetch_pair(g, pair, b, err);
    if (status == IH_OK)
        status = label_regions(g, b->component, b->eroded, &own, err);
    if (status == IH_OK) {
        of_region = ih_alloc((size_t)own.n_regions + 1, sizeof *of_region + 1);
        if (of_region)
            cycles_of_regions(g, pair, &own, b->cycles, of_region);
        status = of_region ? apply_cycles(g, pair, b, err)
                           : ih_fail(err, IH_E_MEMORY, "%u regions", own.n_regions);
    }
    free(of_region);
    ih_regions_free(&own);
    return status;
}

/* -------- the whole ----------------------------------------------------------------------------
 */

/* As many threads as the memory beside the cubes has room for; what they do does not depend on it.
 */
static int threads_for_rasters(const stage *g)
{
    const ih_sbas_state *s = g->state;
    const ih_work_cube *cubes[] = {s->cube, s->unwrapping.cycles, g->components};
    double room = ih_sbas_cube_memory(s), threads;

    for (size_t i = 0; i < sizeof cubes / sizeof *cubes; i++)
        room -= ih_work_cube_in_file(cubes[i]) ? 0 : ih_work_cube_bytes(cubes[i]);
    threads = 1.0 + floor(fmax(room, 0.0) / (THREAD_BYTES * (double)ih_sbas_pixels(s)));
    return (int)fmin(threads, (double)s->options.threads);
}

/* The parts of the progress bar. */
static ih_parallel_work work_of(stage *g, double from, double to)
{
    const ih_sbas_request *request = g->state->request;

    return (ih_parallel_work){.threads = (int)g->state->options.threads,
                              .shared = g,
                              .local_bytes = sizeof(buffer),
                              .end = end_thread,
                              .progress = request->progress,
                              .progress_data = request->progress_data,
                              .what = "correcting unwrapping errors",
                              .from = from,
                              .to = to};
}

static ih_status run_components(stage *g, ih_error *err)
{
    ih_parallel_work work = work_of(g, 0.0, 0.3);

    work.n_items = g->state->network->n_pairs;
    work.begin = begin_components;
    work.work = make_components;
    return ih_parallel_work_run(&work, err);
}

static ih_status run_bridging(stage *g, ih_error *err)
{
    ih_parallel_work work = work_of(g, 0.3, 0.6);

    work.n_items = g->state->network->n_pairs;
    work.threads = threads_for_rasters(g);
    work.begin = begin_pairs;
    work.work = bridge_pair;
    return ih_parallel_work_run(&work, err);
}

static ih_status run_closure(stage *g, ih_error *err)
{
    ih_parallel_work blocks = work_of(g, 0.6, 0.7), regions = work_of(g, 0.7, 0.8),
                     pairs = work_of(g, 0.8, 1.0);
    ih_status status = ih_triplet_list_new(g->state->network, NULL, &g->triplets, err);

    if (status != IH_OK)
        return status;
    g->common = ih_alloc(ih_sbas_pixels(g->state), sizeof *g->common);
    if (!g->common)
        return ih_fail(err, IH_E_MEMORY, "regions common to all pairs");
    blocks.n_items = ih_work_cube_blocks(g->components);
    blocks.begin = begin_common;
    blocks.work = find_common;
    status = ih_parallel_work_run(&blocks, err);
    if (status == IH_OK)
        status = make_regions(g, err);
    if (status != IH_OK)
        return status;
    regions.n_items = g->n_regions;
    regions.work = close_region;
    status = ih_parallel_work_run(&regions, err);
    pairs.n_items = g->state->network->n_pairs;
    pairs.threads = threads_for_rasters(g);
    pairs.begin = begin_pairs;
    pairs.work = close_pair;
    return status == IH_OK ? ih_parallel_work_run(&pairs, err) : status;
}

static void free_stage(stage *g)
{
    for (size_t i = 0; g->region && i < g->n_regions; i++) {
        free(g->region[i].cycles);
        free(g->region[i].sample);
    }
    free(g->region);
    free(g->common);
    ih_triplet_list_free(g->triplets);
    ih_work_cube_free(g->components);
}

static void warn_about_regions(ih_sbas_state *s, bool closure)
{
    const ih_unwrapping_regions *r = &s->unwrapping.of_regions;
    char **list = s->facts.warnings;

    if (r->n_unread)
        list = CSLAddString(list, CPLSPrintf("the connected components of %d pairs cannot be read; "
                                             "areas of coherence take their place",
                                             (int)r->n_unread));
    if (r->n_unrooted)
        list = CSLAddString(list, CPLSPrintf("the reference point lies in no region of %d pairs: "
                                             "they are not bridged",
                                             (int)r->n_unrooted));
    if (r->n_beyond)
        list = CSLAddString(list, CPLSPrintf("%d pairs would need more than %d cycles: they are "
                                             "left alone",
                                             (int)r->n_beyond, MOST_CYCLES));
    if (closure && !r->reference_common)
        list = CSLAddString(list, "the reference point lies in no region common to all pairs: "
                                  "nothing is corrected by the closure of regions");
    else if (closure && r->n_common == 0)
        list = CSLAddString(list, "there is no region common to all pairs but that of the "
                                  "reference point: closure of regions has nothing to correct");
    s->facts.warnings = list;
}

ih_status ih_unwrapping_regions_new(size_t n_pairs, ih_unwrapping_regions *r, ih_error *err)
{
    r->source = ih_calloc(n_pairs, sizeof *r->source);
    r->regions = ih_calloc(n_pairs, sizeof *r->regions);
    r->shifted = ih_calloc(n_pairs, sizeof *r->shifted);
    if (!r->source || !r->regions || !r->shifted)
        return ih_fail(err, IH_E_MEMORY, "regions of %zu pairs", n_pairs);
    return IH_OK;
}

ih_status ih_unwrapping_regions_correct(ih_sbas_state *s, bool bridging, bool closure,
                                        ih_error *err)
{
    stage g = {.state = s, .options = IH_BRIDGING_DEFAULTS};
    ih_status status = ih_unwrapping_new_bytes(s, &g.components, err);

    g.options.least_area_pixels = s->options.region_min_area;
    g.options.window_radius = (size_t)s->options.bridge_radius;
    if (status == IH_OK)
        status = run_components(&g, err);
    if (status == IH_OK && bridging)
        status = run_bridging(&g, err);
    if (status == IH_OK && closure)
        status = run_closure(&g, err);
    if (status == IH_OK)
        warn_about_regions(s, closure);
    free_stage(&g);
    return status;
}

void ih_unwrapping_regions_free(ih_unwrapping_regions *r)
{
    free(r->source);
    free(r->regions);
    free(r->shifted);
    *r = (ih_unwrapping_regions){0};
}

double ih_unwrapping_regions_plane_bytes(void)
{
    return THREAD_BYTES + COMMON_BYTES;
}
