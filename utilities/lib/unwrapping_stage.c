/* SPDX-License-Identifier: MIT */
#include "utilities/lib/unwrapping_stage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_string.h>

#include "algorithms/alloc.h"
#include "utilities/lib/parallel_work.h"
#include "utilities/lib/sbas_state.h"

/* Other ways between the dates of a pair without which its errors are not corrected. */
enum { LEAST_WAYS = 2 };

static const char *const what = "correcting unwrapping errors";

/* The passes of algorithms/unwrapping_error.h, and their ends on the progress bar. */
enum pass { RESIDUAL, SMOOTH, CORRECT, SPREAD, ADOPT, PASSES };
static const double ends[PASSES] = {0.2, 0.35, 0.7, 0.85, 1.0};

typedef struct {
    ih_sbas_state *state;
    ih_unwrapping_plan *plan;
    enum pass pass;
} stage;

/* One thread's memory. */
typedef struct {
    ih_unwrapping_workspace *workspace;
    void *phases, *cycles; /* blocks of cubes in files */
    int8_t *raster;        /* of one pair */
    ih_unwrapping_counts counts;
} buffer;

static void free_counts(ih_unwrapping_counts *c)
{
    free(c->corrected);
    free(c->adopted);
    free(c->inconclusive);
    free(c->cycles_up);
    free(c->cycles_down);
    *c = (ih_unwrapping_counts){0};
}

static bool new_counts(size_t n_pairs, ih_unwrapping_counts *c)
{
    c->corrected = ih_calloc(n_pairs, sizeof *c->corrected);
    c->adopted = ih_calloc(n_pairs, sizeof *c->adopted);
    c->inconclusive = ih_calloc(n_pairs, sizeof *c->inconclusive);
    c->cycles_up = ih_calloc(n_pairs, sizeof *c->cycles_up);
    c->cycles_down = ih_calloc(n_pairs, sizeof *c->cycles_down);
    return c->corrected && c->adopted && c->inconclusive && c->cycles_up && c->cycles_down;
}

static void add_counts(size_t n_pairs, const ih_unwrapping_counts *from, ih_unwrapping_counts *to)
{
    for (size_t k = 0; k < n_pairs; k++) {
        to->corrected[k] += from->corrected[k];
        to->adopted[k] += from->adopted[k];
        to->inconclusive[k] += from->inconclusive[k];
        to->cycles_up[k] += from->cycles_up[k];
        to->cycles_down[k] += from->cycles_down[k];
    }
}

/* Zeroed, because the lanes beyond the last pixel are read as well. NULL for a cube in memory. */
static void *block_buffer(const ih_work_cube *cube, bool *ok)
{
    size_t bytes = ih_work_cube_buffer_bytes(cube);
    void *memory = bytes ? ih_alloc_aligned(bytes, 1) : NULL;

    if (memory)
        memset(memory, 0, bytes);
    *ok = *ok && (memory || !bytes);
    return memory;
}

static ih_status begin_blocks(void *shared, void *local, ih_error *err)
{
    const stage *g = shared;
    const ih_sbas_state *s = g->state;
    buffer *b = local;
    bool ok = new_counts(s->network->n_pairs, &b->counts);

    b->phases = block_buffer(s->cube, &ok);
    b->cycles = block_buffer(s->unwrapping.cycles, &ok);
    if (!ok)
        return ih_fail(err, IH_E_MEMORY, "buffers for unwrapping errors");
    return ih_unwrapping_workspace_new(g->plan, &b->workspace, err);
}

static void end_blocks(void *shared, void *local, bool done)
{
    const stage *g = shared;
    buffer *b = local;

    if (done)
        add_counts(g->state->network->n_pairs, &b->counts, &g->state->unwrapping.counts);
    free_counts(&b->counts);
    ih_unwrapping_workspace_free(b->workspace);
    free(b->phases);
    free(b->cycles);
}

static uint64_t total(const uint64_t *count, size_t n)
{
    uint64_t sum = 0;

    for (size_t k = 0; k < n; k++)
        sum += count[k];
    return sum;
}

static void mark_missing(const ih_work_block *phases, const ih_work_block *cycles, size_t n_pairs)
{
    for (size_t k = 0; k < n_pairs; k++) {
        const float *phase = phases->phase + k * phases->phase_stride;
        uint8_t *cycle = cycles->quality + k * cycles->quality_stride;

        for (size_t i = 0; i < phases->n_pixels; i++)
            cycle[i] = isnan(phase[i]) ? (uint8_t)IH_CYCLES_NONE : cycle[i];
    }
}

static ih_status correct_block(const stage *g, buffer *b, const ih_unwrapping_block *block,
                               ih_error *err)
{
    if (g->pass == RESIDUAL)
        return ih_unwrapping_residual(g->plan, b->workspace, block, err);
    if (g->pass == CORRECT)
        return ih_unwrapping_correct(g->plan, b->workspace, block, &b->counts, err);
    return ih_unwrapping_adopt(g->plan, b->workspace, block, &b->counts, err);
}

static ih_status work_on_block(void *shared, void *local, size_t number, ih_error *err)
{
    const stage *g = shared;
    const ih_sbas_state *s = g->state;
    buffer *b = local;
    size_t n_pairs = s->network->n_pairs;
    uint64_t before = total(b->counts.corrected, n_pairs);
    ih_work_block phases, cycles;
    ih_status status = ih_work_cube_load(s->cube, number, b->phases, &phases, err);

    if (status == IH_OK)
        status = ih_work_cube_load(s->unwrapping.cycles, number, b->cycles, &cycles, err);
    if (status != IH_OK)
        return status;
    {
        const ih_unwrapping_block block = {.n_pixels = phases.n_pixels,
                                           .phase_rad = phases.phase,
                                           .pair_stride = phases.phase_stride,
                                           .misclosure = (int8_t *)cycles.quality,
                                           .misclosure_stride = cycles.quality_stride,
                                           .reference_phase_rad = s->reference->phase_rad,
                                           .mask = s->land.land ? s->land.land + phases.first_pixel
                                                                : NULL};

        status = correct_block(g, b, &block, err);
    }
    if (status == IH_OK && g->pass == ADOPT)
        mark_missing(&phases, &cycles, n_pairs);
    if (status == IH_OK)
        status = ih_work_cube_store_block(s->unwrapping.cycles, &cycles, err);
    phases.quality = NULL;
    if (status == IH_OK && total(b->counts.corrected, n_pairs) > before)
        status = ih_work_cube_store_block(s->cube, &phases, err);
    return status;
}

static ih_status begin_rasters(void *shared, void *local, ih_error *err)
{
    const stage *g = shared;
    buffer *b = local;

    b->raster = ih_alloc(ih_sbas_pixels(g->state), 1);
    return b->raster ? IH_OK : ih_fail(err, IH_E_MEMORY, "raster of misclosures");
}

static void end_rasters(void *shared, void *local, bool done)
{
    buffer *b = local;

    (void)shared;
    (void)done;
    free(b->raster);
}

static ih_status work_on_raster(void *shared, void *local, size_t pair, ih_error *err)
{
    const stage *g = shared;
    const ih_sbas_state *s = g->state;
    const ih_grid *grid = &s->common->grid;
    ih_work_cube *cycles = s->unwrapping.cycles;
    size_t n = ih_sbas_pixels(s);
    int8_t *raster = ((buffer *)local)->raster;
    ih_status status = ih_work_cube_fetch(cycles, pair, 0, n, NULL, (uint8_t *)raster, err);

    if (status != IH_OK)
        return status;
    status = g->pass == SMOOTH
                 ? ih_unwrapping_smooth(raster, grid->nx, grid->ny, IH_UNWRAPPING_RADIUS, err)
                 : ih_unwrapping_spread(raster, grid->nx, grid->ny, IH_UNWRAPPING_REACH, err);
    if (status == IH_OK)
        status = ih_work_cube_store(cycles, pair, 0, n, NULL, (const uint8_t *)raster, err);
    return status;
}

static ih_status run_pass(stage *g, ih_error *err)
{
    const ih_sbas_state *s = g->state;
    bool rasters = g->pass == SMOOTH || g->pass == SPREAD;
    const ih_parallel_work work = {.n_items =
                                       rasters ? s->network->n_pairs : ih_work_cube_blocks(s->cube),
                                   .threads = (int)s->options.threads,
                                   .shared = g,
                                   .local_bytes = sizeof(buffer),
                                   .begin = rasters ? begin_rasters : begin_blocks,
                                   .work = rasters ? work_on_raster : work_on_block,
                                   .end = rasters ? end_rasters : end_blocks,
                                   .progress = s->request->progress,
                                   .progress_data = s->request->progress_data,
                                   .what = what,
                                   .from = g->pass == RESIDUAL ? 0.0 : ends[g->pass - 1],
                                   .to = ends[g->pass]};

    return ih_parallel_work_run(&work, err);
}

static ih_status correct_by_misclosure(ih_sbas_state *s, ih_error *err)
{
    stage g = {.state = s};
    ih_status status = ih_unwrapping_plan_new(s->network, &g.plan, err);

    for (int pass = 0; pass < PASSES && status == IH_OK; pass++) {
        g.pass = (enum pass)pass;
        status = run_pass(&g, err);
    }
    ih_unwrapping_plan_free(g.plan);
    return status;
}

static ih_work_cube_spec bytes_spec(const ih_sbas_state *s)
{
    const ih_work_cube *others[] = {s->cube, s->unwrapping.cycles};
    ih_work_cube_spec spec = {.n_pixels = ih_sbas_pixels(s),
                              .n_pairs = s->network->n_pairs,
                              .block_pixels = ih_work_cube_block_pixels(s->cube),
                              .memory_bytes = ih_sbas_cube_memory(s),
                              .scratch =
                                  s->options.scratch ? s->options.scratch : s->request->out_dir,
                              .bytes_only = true};

    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i] && !ih_work_cube_in_file(others[i]))
            spec.memory_bytes -= ih_work_cube_bytes(others[i]);
    return spec;
}

ih_status ih_unwrapping_new_bytes(const ih_sbas_state *s, ih_work_cube **out, ih_error *err)
{
    const ih_work_cube_spec spec = bytes_spec(s);

    return ih_work_cube_new(&spec, out, err);
}

/* Regions are not counted on the way, because two methods may follow each other. */
static ih_status count_pair(void *shared, void *local, size_t pair, ih_error *err)
{
    const stage *g = shared;
    const ih_unwrapping *u = &g->state->unwrapping;
    size_t n = ih_sbas_pixels(g->state);
    int8_t *raster = ((buffer *)local)->raster;
    ih_status status = ih_work_cube_fetch(u->cycles, pair, 0, n, NULL, (uint8_t *)raster, err);

    for (size_t i = 0; i < n && status == IH_OK; i++) {
        int cycles = raster[i] == IH_CYCLES_NONE ? 0 : raster[i];

        u->counts.corrected[pair] += cycles != 0;
        u->counts.cycles_up[pair] += cycles < 0 ? (uint64_t)-cycles : 0;
        u->counts.cycles_down[pair] += cycles > 0 ? (uint64_t)cycles : 0;
    }
    return status;
}

static ih_status correct_by_regions(ih_sbas_state *s, ih_error *err)
{
    int method = s->options.unwrap_error;
    stage g = {.state = s};
    const ih_parallel_work count = {.n_items = s->network->n_pairs,
                                    .threads = (int)s->options.threads,
                                    .shared = &g,
                                    .local_bytes = sizeof(buffer),
                                    .begin = begin_rasters,
                                    .work = count_pair,
                                    .end = end_rasters,
                                    .what = what};
    ih_status status = ih_unwrapping_regions_correct(s, method != IH_UNWRAP_ERROR_CLOSURE,
                                                     method != IH_UNWRAP_ERROR_BRIDGING, err);

    return status == IH_OK ? ih_parallel_work_run(&count, err) : status;
}

static ih_status find_redundancy(ih_sbas_state *s, ih_error *err)
{
    ih_unwrapping *u = &s->unwrapping;
    size_t n_pairs = s->network->n_pairs;
    ih_status status;

    u->redundancy = ih_alloc(n_pairs, 1);
    if (!u->redundancy || !new_counts(n_pairs, &u->counts))
        return ih_fail(err, IH_E_MEMORY, "counts of %zu pairs", n_pairs);
    status = ih_unwrapping_redundancy(s->network, u->redundancy, err);
    for (size_t k = 0; k < n_pairs && status == IH_OK; k++)
        u->n_weak += u->redundancy[k] < LEAST_WAYS;
    if (u->n_weak && s->options.unwrap_error != IH_UNWRAP_ERROR_BRIDGING)
        s->facts.warnings = CSLAddString(
            s->facts.warnings,
            CPLSPrintf("%d of %d pairs have fewer than two other ways between their dates, so it "
                       "cannot be told whether an unwrapping error is theirs; add pairs there",
                       (int)u->n_weak, (int)n_pairs));
    return status;
}

ih_status ih_unwrapping_prepare(ih_sbas_state *s, bool existing, ih_error *err)
{
    bool of_regions = s->options.unwrap_error != IH_UNWRAP_ERROR_L1;
    ih_work_cube_spec spec = bytes_spec(s);
    ih_status status = find_redundancy(s, err);

    spec.path = ih_resume_cycles_path(s);
    spec.existing = existing;
    if (status == IH_OK)
        status = ih_work_cube_new(&spec, &s->unwrapping.cycles, err);
    if (status == IH_OK && of_regions)
        status = ih_unwrapping_regions_new(s->network->n_pairs, &s->unwrapping.of_regions, err);
    return status;
}

/* Pixels of a reference area may have been corrected; a single point is as it was. */
static ih_status measure_reference(ih_sbas_state *s, ih_error *err)
{
    const ih_reference_request request = ih_sbas_reference_request(s);

    return ih_reference_measure(&request, s->reference, err);
}

ih_status ih_unwrapping_correct_stack(ih_sbas_state *s, ih_error *err)
{
    ih_status status;

    if (s->options.unwrap_error == IH_UNWRAP_ERROR_NONE)
        return IH_OK;
    status = ih_overview_count_uncorrected(s, err);
    if (status == IH_OK)
        status = ih_unwrapping_prepare(s, false, err);
    if (status != IH_OK)
        return status;
    status = s->options.unwrap_error == IH_UNWRAP_ERROR_L1 ? correct_by_misclosure(s, err)
                                                           : correct_by_regions(s, err);
    return status == IH_OK ? measure_reference(s, err) : status;
}

double ih_unwrapping_plane_bytes(const ih_sbas_state *s)
{
    /* A raster of one pair for every thread, and what pass 4 notes of uncertain places. */
    return s->options.unwrap_error == IH_UNWRAP_ERROR_NONE ? 0.0 : 2.0 * (double)s->options.threads;
}

void ih_unwrapping_free(ih_unwrapping *u)
{
    ih_work_cube_free(u->cycles);
    free(u->redundancy);
    free_counts(&u->counts);
    ih_unwrapping_regions_free(&u->of_regions);
    *u = (ih_unwrapping){0};
}
