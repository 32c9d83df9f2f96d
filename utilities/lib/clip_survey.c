/* SPDX-License-Identifier: MIT */
#include "utilities/lib/clip_survey.h"

#include <math.h>
#include <stdlib.h>

#include <cpl_conv.h>
#include <cpl_string.h>

#include "algorithms/alloc.h"
#include "algorithms/reference_point.h"
#include "drivers/hyp3/layers.h"
#include "utilities/lib/cli.h"
#include "utilities/lib/clip_reference.h"
#include "utilities/lib/clip_view.h"
#include "utilities/lib/parallel_work.h"

/* Coherences are added as whole numbers of this part of 1: sums that no order of products changes,
 * and 32 bits for 65536 of them. */
#define COHERENCE_STEPS 65535.0f

enum { MASK, COHERENCE, PHASE, N_KINDS };

typedef struct {
    ih_clip_plan *plan;
    bool wants_land, wants_best;
    uint8_t *seen, *water;    /* [row][column] a product with a mask has data; one says water */
    uint32_t *coherence;      /* [row][column] sum over products */
    uint16_t *valid;          /* [row][column] products with a phase */
    size_t n_masks, n_phases; /* products that have any */
    char **faults;            /* [product] why it counts for nothing, CPLFree; NULL = it counts */
} survey;

/* One product while it is read; what is not asked for, or not there, is NULL. */
typedef struct {
    ih_clip_source *source;
    ih_clip_pixels *pixels[N_KINDS];
    float *values[N_KINDS]; /* a strip */
    bool has_phase;
} reading;

static void close_reading(reading *r)
{
    for (int i = 0; i < N_KINDS; i++) {
        ih_clip_pixels_free(r->pixels[i]);
        free(r->values[i]);
    }
    ih_clip_source_free(r->source);
}

static ih_status open_reading(const survey *s, ih_clip_view *view, reading *r, ih_error *err)
{
    static const char *const layers[N_KINDS] = {"water_mask", "corr", "unw_phase"};
    const bool wanted[N_KINDS] = {s->wants_land, true, s->wants_best};
    ih_status status = ih_clip_source_open(view->item->path, &r->source, err);

    view->source = r->source;
    for (int i = 0; i < N_KINDS && status == IH_OK; i++) {
        size_t layer = (size_t)ih_layer_find(layers[i]);

        if (!wanted[i] || !ih_clip_source_has(r->source, layer))
            continue;
        r->values[i] = ih_alloc(view->common->grid.nx * IH_CLIP_STRIP_ROWS, sizeof *r->values[i]);
        status = r->values[i] ? ih_clip_pixels_new(view, layer, &r->pixels[i], err)
                              : ih_fail(err, IH_E_MEMORY, "rows of %s", view->item->name);
    }
    return status;
}

/* Rows from row; called by one thread at a time. */
static void add_rows(survey *s, reading *r, size_t row, size_t n_rows)
{
    size_t nx = s->plan->common->grid.nx;

    for (size_t i = 0; i < nx * n_rows; i++) {
        size_t at = row * nx + i;
        float coherence = r->values[COHERENCE][i];
        bool covered = coherence > 0.0f;

        /* A mask says nothing where the product has no data: beyond its edges it is 0. */
        if (r->pixels[MASK] && covered) {
            s->seen[at] = 1;
            s->water[at] |= r->values[MASK][i] != 1.0f;
        }
        if (r->pixels[PHASE] && covered &&
            ih_clip_pixels_is_data(r->pixels[PHASE], r->values[PHASE][i], i % nx, row + i / nx)) {
            s->valid[at]++;
            s->coherence[at] += (uint32_t)lroundf(fminf(coherence, 1.0f) * COHERENCE_STEPS);
            r->has_phase = true;
        }
    }
}

static ih_status look_at(survey *s, size_t product, ih_error *err)
{
    const ih_clip_plan *plan = s->plan;
    const ih_grid *g = &plan->common->grid;
    ih_clip_own_view own;
    reading r = {0};
    ih_status status;

    ih_clip_own_view_open(plan, product, &own);
    status = open_reading(s, &own.view, &r, err);
    for (size_t row = 0; row < g->ny && status == IH_OK && r.pixels[COHERENCE];
         row += IH_CLIP_STRIP_ROWS) {
        size_t n = g->ny - row < IH_CLIP_STRIP_ROWS ? g->ny - row : IH_CLIP_STRIP_ROWS;

        for (int i = 0; i < N_KINDS && status == IH_OK; i++)
            if (r.pixels[i])
                status = ih_clip_pixels_floats(r.pixels[i], row, n, r.values[i], err);
        if (status == IH_OK && ih_cli_interrupted())
            status = ih_fail(err, IH_E_CANCELLED, "interrupted");
        if (status == IH_OK) {
#pragma omp critical(ih_clip_survey)
            add_rows(s, &r, row, n);
        }
    }
    if (status == IH_OK) {
#pragma omp critical(ih_clip_survey)
        {
            s->n_masks += r.pixels[MASK] && r.pixels[COHERENCE];
            s->n_phases += r.has_phase;
        }
    }
    close_reading(&r);
    ih_clip_own_view_close(&own);
    return status;
}

/* A product that cannot be read counts for nothing, and does not end the survey. */
static ih_status look_at_item(void *shared, void *local, size_t product, ih_error *err)
{
    survey *s = shared;
    ih_status status = look_at(s, product, err);

    (void)local;
    if (status != IH_E_DATA && status != IH_E_UNSUPPORTED)
        return status;
    s->faults[product] = CPLStrdup(err->text);
    return IH_OK;
}

static ih_status look_at_all(survey *s, int threads, ih_error *err)
{
    const ih_parallel_work work = {.n_items = s->plan->catalogue->count,
                                   .threads = threads,
                                   .shared = s,
                                   .work = look_at_item,
                                   .what = "survey"};

    return ih_parallel_work_run(&work, err);
}

/* Land where there is data and nobody says water, in place of what was seen. */
static ih_status find_land(survey *s, ih_error *err)
{
    const ih_catalogue *c = s->plan->catalogue;
    size_t n = s->plan->common->grid.nx * s->plan->common->grid.ny;

    if (s->n_masks == 0)
        return ih_fail(err, IH_E_DATA, "-combine_water_masks: no product has a water_mask");
    if (s->n_masks < c->count)
        ih_clip_plan_note(s->plan, CPLSPrintf("water masks of %d of %d products were combined; the "
                                              "others have none",
                                              (int)s->n_masks, (int)c->count));
    for (size_t i = 0; i < n; i++)
        s->seen[i] = s->seen[i] && !s->water[i];
    s->plan->land = s->seen;
    s->seen = NULL;
    return IH_OK;
}

static ih_status find_best(survey *s, ih_error *err)
{
    const ih_grid *g = &s->plan->common->grid;
    size_t n = g->nx * g->ny;
    float *mean = ih_alloc(n, sizeof *mean);
    ih_reference_point point;
    ih_status status;

    if (!mean)
        return ih_fail(err, IH_E_MEMORY, "mean coherence");
    for (size_t i = 0; i < n; i++) {
        mean[i] =
            s->valid[i] ? (float)s->coherence[i] / (COHERENCE_STEPS * (float)s->valid[i]) : NAN;
        if (s->plan->inside && !s->plan->inside[i])
            s->valid[i] = 0;
        /* One whose reading ended half-way is none of those that count. */
        if (s->valid[i] > s->n_phases)
            s->valid[i] = (uint16_t)s->n_phases;
    }
    status = ih_reference_point_choose(g->nx, g->ny, mean, s->valid, s->n_phases, s->plan->land,
                                       0.0f, &point, err);
    free(mean);
    if (status != IH_OK)
        return ih_fail(err, status, "-ref_best: no pixel of the area has a phase in all products");
    ih_clip_reference_set(s->plan, point.column, point.row);
    s->plan->reference.mean_coherence = (double)point.average_coherence;
    return IH_OK;
}

static ih_status allocate(survey *s, ih_error *err)
{
    const ih_grid *g = &s->plan->common->grid;

    if (s->wants_land) {
        s->seen = ih_calloc(g->nx, g->ny);
        s->water = ih_calloc(g->nx, g->ny);
    }
    if (s->wants_best) {
        s->coherence = ih_calloc(g->nx * g->ny, sizeof *s->coherence);
        s->valid = ih_calloc(g->nx * g->ny, sizeof *s->valid);
    }
    if ((s->wants_land && !(s->seen && s->water)) || (s->wants_best && !(s->coherence && s->valid)))
        return ih_fail(err, IH_E_MEMORY, "planes of %zu x %zu pixels", g->nx, g->ny);
    if (s->wants_best && s->plan->catalogue->count > UINT16_MAX)
        return ih_fail(err, IH_E_UNSUPPORTED, "-ref_best: more than %d products", UINT16_MAX);
    return IH_OK;
}

ih_status ih_clip_survey(ih_clip_plan *plan, int threads, ih_error *err)
{
    const ih_clip_options *o = &plan->request->options;
    survey s = {.plan = plan,
                .wants_land = o->combine_water_masks,
                .wants_best = o->ref_best,
                .faults = ih_calloc(plan->catalogue->count, sizeof *s.faults)};
    ih_status status = s.faults ? IH_OK : ih_fail(err, IH_E_MEMORY, "survey");

    if (status == IH_OK && (s.wants_land || s.wants_best)) {
        status = allocate(&s, err);
        if (status == IH_OK)
            status = look_at_all(&s, threads, err);
        for (size_t i = 0; status == IH_OK && i < plan->catalogue->count; i++)
            if (s.faults[i])
                ih_clip_plan_note(plan, CPLSPrintf("%s counts for neither water nor reference: %s",
                                                   plan->catalogue->items[i].name, s.faults[i]));
        if (status == IH_OK && s.wants_land)
            status = find_land(&s, err);
        if (status == IH_OK && s.wants_best)
            status = find_best(&s, err);
    }
    for (size_t i = 0; s.faults && i < plan->catalogue->count; i++)
        CPLFree(s.faults[i]);
    free(s.faults);
    free(s.seen);
    free(s.water);
    free(s.coherence);
    free(s.valid);
    return status;
}
