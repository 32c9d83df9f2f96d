/* SPDX-License-Identifier: MIT */
#include "utilities/lib/overview_stage.h"

#include <math.h>
#include <stdlib.h>

#include <cpl_string.h>

#include "algorithms/alloc.h"
#include "algorithms/stacking.h"
#include "utilities/lib/pairs_csv.h"
#include "utilities/lib/parallel_work.h"
#include "utilities/lib/report.h"
#include "utilities/lib/sbas_state.h"

typedef struct {
    ih_sbas_state *state;
    ih_stacking_options stacking;
    ih_closure_counter *total;
    bool closures_only; /* no maps */
} overview;

/* One thread's memory. */
typedef struct {
    ih_closure_counter *counter;
    void *cube;
    uint32_t *ambiguous, *checked; /* [pixel] */
} overview_buffer;

/* The reference that stacking subtracts, NULL for none. */
static const float *stacking_reference(const ih_sbas_state *s)
{
    const ih_reference *r = s->reference;
    bool beyond = r->row > s->common->grid.nx || r->column > s->common->grid.ny;

    return s->compat->sides_swapped && beyond ? NULL : r->phase_rad;
}

static ih_status new_buffer(void *shared, void *local, ih_error *err)
{
    const overview *o = shared;
    overview_buffer *b = local;
    const ih_work_cube *cube = o->state->cube;
    size_t bytes = ih_work_cube_buffer_bytes(cube), n = ih_work_cube_block_pixels(cube);

    b->cube = bytes ? ih_alloc_aligned(bytes, 1) : NULL;
    b->ambiguous = ih_alloc(n, sizeof *b->ambiguous);
    b->checked = ih_alloc(n, sizeof *b->checked);
    if ((bytes && !b->cube) || !b->ambiguous || !b->checked)
        return ih_fail(err, IH_E_MEMORY, "buffers for closures");
    return ih_closure_counter_new(o->state->overview.triplets, o->state->compat->missing_phase,
                                  &b->counter, err);
}

/* Sums of whole numbers: the order of threads does not matter. */
static void merge_buffer(void *shared, void *local, bool done)
{
    const overview *o = shared;
    overview_buffer *b = local;

    if (done)
        ih_closure_merge(o->total, b->counter);
    ih_closure_counter_free(b->counter);
    free(b->cube);
    free(b->ambiguous);
    free(b->checked);
}

static ih_status look_at_block(void *shared, void *local, size_t number, ih_error *err)
{
    const overview *o = shared;
    const overview_buffer *b = local;
    const ih_sbas_state *s = o->state;
    ih_work_block in;
    ih_status status = ih_work_cube_load(s->cube, number, b->cube, &in, err);

    if (status != IH_OK)
        return status;
    {
        const uint8_t *land = s->land.land ? s->land.land + in.first_pixel : NULL;
        const ih_phase_block block = {.n_pixels = in.n_pixels,
                                      .phase_rad = in.phase,
                                      .pair_stride = in.phase_stride,
                                      .reference_phase_rad = s->reference->phase_rad,
                                      .mask = land};
        const ih_closure_map_input map = {.n_pixels = in.n_pixels,
                                          .n_triplets = s->overview.triplets->n_triplets,
                                          .ambiguous = b->ambiguous,
                                          .checked = b->checked,
                                          .land = land,
                                          .average_coherence =
                                              s->ingest->average_coherence + in.first_pixel,
                                          .missing = s->compat->missing_phase};
        ih_phase_block stack = block;

        stack.reference_phase_rad = stacking_reference(s);
        if (s->compat->stacking_on_water)
            stack.mask = NULL;

        status = ih_closure_count(b->counter, &block, b->ambiguous, b->checked, err);
        if (status != IH_OK || o->closures_only)
            return status;
        ih_closure_map(&map, s->overview.ambiguous_triplets + in.first_pixel);
        return ih_stacking_velocity(&o->stacking, &stack,
                                    s->overview.stacking_velocity + in.first_pixel, NULL, err);
    }
}

static ih_status look_at_all(overview *o, const char *what, ih_error *err)
{
    const ih_parallel_work work = {.n_items = ih_work_cube_blocks(o->state->cube),
                                   .threads = (int)o->state->options.threads,
                                   .shared = o,
                                   .local_bytes = sizeof(overview_buffer),
                                   .begin = new_buffer,
                                   .work = look_at_block,
                                   .end = merge_buffer,
                                   .progress = o->state->request->progress,
                                   .progress_data = o->state->request->progress_data,
                                   .what = what,
                                   .to = 1.0};

    return ih_parallel_work_run(&work, err);
}

/* Leaves none when no overview is wanted or possible. */
static ih_status list_triplets(ih_sbas_state *s, ih_error *err)
{
    ih_overview *v = &s->overview;
    ih_error why = {0};
    ih_status status;

    if (s->options.no_overview || v->triplets || v->too_large)
        return IH_OK;
    status = ih_triplet_list_new(s->network, NULL, &v->triplets, &why);
    v->too_large = status == IH_E_UNSUPPORTED;
    if (status == IH_OK)
        return IH_OK;
    if (!v->too_large)
        return ih_fail(err, status, "%s", why.text);
    s->facts.warnings = CSLAddString(s->facts.warnings, CPLSPrintf("no overview: %s", why.text));
    return IH_OK;
}

ih_status ih_overview_count_uncorrected(ih_sbas_state *s, ih_error *err)
{
    ih_overview *v = &s->overview;
    overview o = {.state = s, .closures_only = true};
    ih_status status = list_triplets(s, err);

    if (status != IH_OK || !v->triplets)
        return status;
    status = ih_closure_counter_new(v->triplets, s->compat->missing_phase, &v->uncorrected, err);
    o.total = v->uncorrected;
    return status == IH_OK ? look_at_all(&o, "closures before correction", err) : status;
}

double ih_overview_ambiguous_share(const ih_closure_counter *counter)
{
    double checked = 0, ambiguous = 0;

    for (size_t i = 0; counter && i < counter->list->n_triplets; i++) {
        checked += (double)counter->checked[i];
        ambiguous += (double)counter->ambiguous[i];
    }
    return checked > 0 ? ambiguous / checked : NAN;
}

ih_status ih_overview_prepare(ih_sbas_state *s, ih_error *err)
{
    ih_overview *v = &s->overview;
    size_t n = ih_sbas_pixels(s);
    ih_status status = list_triplets(s, err);

    if (status != IH_OK || !v->triplets)
        return status;
    status = ih_closure_counter_new(v->triplets, s->compat->missing_phase, &v->closure, err);
    if (status != IH_OK)
        return status;
    v->ambiguous_triplets = ih_alloc(n, sizeof *v->ambiguous_triplets);
    v->stacking_velocity = ih_alloc(n, sizeof *v->stacking_velocity);
    v->ranked = ih_alloc(s->network->n_pairs, sizeof *v->ranked);
    if (!v->ambiguous_triplets || !v->stacking_velocity || !v->ranked)
        return ih_fail(err, IH_E_MEMORY, "overview of %zu pixels", n);
    return IH_OK;
}

ih_status ih_overview_make(ih_sbas_state *s, ih_error *err)
{
    ih_overview *v = &s->overview;
    overview o = {.state = s,
                  .stacking = {.network = s->network,
                               .wavelength_m = s->facts.wavelength_m,
                               .weight = s->compat->stacking_weight,
                               .missing = s->compat->missing_phase}};
    double before, after;
    ih_status status = ih_overview_prepare(s, err);

    if (status != IH_OK || !v->triplets)
        return status;
    o.total = v->closure;
    status = look_at_all(&o, "overview", err);
    if (status == IH_OK)
        status = ih_closure_rank_pairs(v->closure, v->ranked, err);
    if (status != IH_OK)
        return status;
    after = ih_overview_ambiguous_share(v->closure);
    before = ih_overview_ambiguous_share(v->uncorrected);
    if (after > before)
        s->facts.warnings = CSLAddString(
            s->facts.warnings,
            CPLSPrintf("after the correction of unwrapping errors fewer triplets close than before "
                       "(%.2f %% have whole cycles, before %.2f %%): do not trust it here",
                       100.0 * after, 100.0 * before));
    return IH_OK;
}

static void put_date(FILE *text, const ih_network *network, uint32_t date, const char *after)
{
    char iso[16];

    ih_iso_date(network->date_days[date], iso);
    fprintf(text, "%s%s", iso, after);
}

static void put(FILE *text, double value)
{
    fputc(',', text);
    if (!isnan(value))
        fprintf(text, "%.6f", value);
}

static void put_triplets(const ih_sbas_state *s, FILE *text)
{
    const ih_overview *v = &s->overview;

    fputs("date_1,date_2,date_3,pixels,ambiguous_pixels,ambiguous_share,mean_closure_rad,"
          "mean_rest_rad,ambiguous_pixels_uncorrected\n",
          text);
    for (size_t i = 0; i < v->triplets->n_triplets; i++) {
        const ih_triplet *t = &v->triplets->triplets[i];
        ih_triplet_closure closure = ih_closure_of_triplet(v->closure, i);

        put_date(text, s->network, s->network->reference_index[t->pair_12], ",");
        put_date(text, s->network, s->network->secondary_index[t->pair_12], ",");
        put_date(text, s->network, s->network->secondary_index[t->pair_13], ",");
        fprintf(text, "%llu,%llu", (unsigned long long)v->closure->checked[i],
                (unsigned long long)v->closure->ambiguous[i]);
        put(text, closure.ambiguous_share);
        put(text, closure.mean_rad);
        put(text, closure.mean_rest_rad);
        if (v->uncorrected)
            fprintf(text, ",%llu\n", (unsigned long long)v->uncorrected->ambiguous[i]);
        else
            fputs(",\n", text);
    }
}

static void put_ranking(const ih_sbas_state *s, FILE *text)
{
    fputs("rank,reference_date,secondary_date,triplets,least_ambiguous_share,ambiguous_share,"
          "charged_share\n",
          text);
    for (size_t i = 0; i < s->network->n_pairs; i++) {
        const ih_pair_closure *pair = &s->overview.ranked[i];

        fprintf(text, "%zu,", i + 1);
        put_date(text, s->network, s->network->reference_index[pair->pair], ",");
        put_date(text, s->network, s->network->secondary_index[pair->pair], "");
        fprintf(text, ",%u", pair->n_triplets);
        put(text, pair->least_share);
        put(text, pair->ambiguous_share);
        put(text, pair->n_triplets ? pair->charged_share : NAN);
        fputc('\n', text);
    }
}

ih_status ih_overview_write_tables(const ih_sbas_state *s, ih_error *err)
{
    ih_status status;

    if (!s->overview.triplets)
        return IH_OK;
    status = ih_sbas_write_table(s, "closures.csv", put_triplets, err);
    if (status == IH_OK)
        status = ih_sbas_write_table(s, "closure_ranking.csv", put_ranking, err);
    return status;
}

void ih_overview_free(ih_overview *v)
{
    free(v->ambiguous_triplets);
    free(v->stacking_velocity);
    free(v->ranked);
    ih_closure_counter_free(v->closure);
    ih_closure_counter_free(v->uncorrected);
    ih_triplet_list_free(v->triplets);
    *v = (ih_overview){0};
}
