/* SPDX-License-Identifier: MIT */
#include "utilities/lib/overview_stage.h"

#include <math.h>
#include <omp.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <cpl_string.h>

#include "algorithms/alloc.h"
#include "algorithms/stacking.h"
#include "utilities/lib/pairs_csv.h"
#include "utilities/lib/report.h"
#include "utilities/lib/sbas_state.h"

typedef struct {
    ih_sbas_state *state;
    ih_stacking_options stacking;
    atomic_size_t blocks_done;
    atomic_int stop;
    double shown;
} overview;

/* One thread's memory. */
typedef struct {
    ih_closure_counter *counter;
    void *cube;
    uint32_t *ambiguous, *checked; /* [pixel] */
} overview_buffer;

static ih_status new_buffer(const overview *o, overview_buffer *b, ih_error *err)
{
    const ih_work_cube *cube = o->state->cube;
    size_t bytes = ih_work_cube_buffer_bytes(cube), n = ih_work_cube_block_pixels(cube);

    b->cube = bytes ? ih_alloc_aligned(bytes, 1) : NULL;
    b->ambiguous = ih_alloc(n, sizeof *b->ambiguous);
    b->checked = ih_alloc(n, sizeof *b->checked);
    if ((bytes && !b->cube) || !b->ambiguous || !b->checked)
        return ih_fail(err, IH_E_MEMORY, "buffers for closures");
    return ih_closure_counter_new(o->state->overview.triplets, IH_MISSING_LEFT_OUT, &b->counter,
                                  err);
}

static void free_buffer(overview_buffer *b)
{
    ih_closure_counter_free(b->counter);
    free(b->cube);
    free(b->ambiguous);
    free(b->checked);
}

static ih_status look_at_block(const overview *o, size_t number, const overview_buffer *b,
                               ih_error *err)
{
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
                                          .missing = IH_MISSING_LEFT_OUT};

        status = ih_closure_count(b->counter, &block, b->ambiguous, b->checked, err);
        if (status == IH_OK)
            ih_closure_map(&map, s->overview.ambiguous_triplets + in.first_pixel);
        if (status == IH_OK)
            status = ih_stacking_velocity(
                &o->stacking, &block, s->overview.stacking_velocity + in.first_pixel, NULL, err);
    }
    return status;
}

static void show_progress(overview *o)
{
    const ih_sbas_request *request = o->state->request;
    size_t done = atomic_fetch_add(&o->blocks_done, 1) + 1;
    double share = (double)done / (double)ih_work_cube_blocks(o->state->cube);

    if (omp_get_thread_num() != 0 || share < o->shown + 0.004)
        return;
    o->shown = share;
    if (request->progress && !request->progress(share, "overview", request->progress_data))
        atomic_store(&o->stop, 1);
}

static ih_status look_at_all(overview *o, ih_error *err)
{
    const ih_sbas_request *request = o->state->request;
    size_t n_blocks = ih_work_cube_blocks(o->state->cube);
    ih_status status = IH_OK;

#pragma omp parallel num_threads((int)o->state->options.threads)
    {
        overview_buffer buffer = {0};
        ih_error why = {0};
        ih_status mine = new_buffer(o, &buffer, &why);

#pragma omp for schedule(dynamic, 1)
        for (size_t block = 0; block < n_blocks; block++) {
            if (atomic_load(&o->stop))
                continue;
            if (mine == IH_OK)
                mine = look_at_block(o, block, &buffer, &why);
            if (mine != IH_OK)
                atomic_store(&o->stop, 1);
            else
                show_progress(o);
        }
        /* Sums of whole numbers: the order of threads does not matter. */
#pragma omp critical(overview_sums)
        {
            if (mine == IH_OK)
                ih_closure_merge(o->state->overview.closure, buffer.counter);
            else if (status == IH_OK)
                status = ih_fail(err, mine, "%s", why.text);
        }
        free_buffer(&buffer);
    }
    if (status == IH_OK && !atomic_load(&o->stop) && request->progress &&
        !request->progress(1.0, "overview", request->progress_data))
        atomic_store(&o->stop, 1);
    if (status == IH_OK && atomic_load(&o->stop))
        status = ih_fail(err, IH_E_CANCELLED, "the overview was interrupted");
    return status;
}

ih_status ih_overview_make(ih_sbas_state *s, ih_error *err)
{
    overview o = {.state = s,
                  .stacking = {.network = s->network,
                               .wavelength_m = s->facts.wavelength_m,
                               .weight = IH_STACKING_LEAST_SQUARES,
                               .missing = IH_MISSING_LEFT_OUT}};
    ih_overview *v = &s->overview;
    size_t n = ih_sbas_pixels(s);
    ih_error why = {0};
    ih_status status;

    if (s->options.no_overview)
        return IH_OK;
    status = ih_triplet_list_new(s->network, NULL, &v->triplets, &why);
    if (status == IH_E_UNSUPPORTED) {
        s->facts.warnings =
            CSLAddString(s->facts.warnings, CPLSPrintf("no overview: %s", why.text));
        return IH_OK;
    }
    if (status != IH_OK)
        return ih_fail(err, status, "%s", why.text);
    status = ih_closure_counter_new(v->triplets, IH_MISSING_LEFT_OUT, &v->closure, err);
    if (status != IH_OK)
        return status;
    v->ambiguous_triplets = ih_alloc(n, sizeof *v->ambiguous_triplets);
    v->stacking_velocity = ih_alloc(n, sizeof *v->stacking_velocity);
    v->ranked = ih_alloc(s->network->n_pairs, sizeof *v->ranked);
    if (!v->ambiguous_triplets || !v->stacking_velocity || !v->ranked)
        return ih_fail(err, IH_E_MEMORY, "overview of %zu pixels", n);
    status = look_at_all(&o, err);
    if (status == IH_OK)
        ih_closure_rank_pairs(v->closure, v->ranked);
    return status;
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
          "mean_rest_rad\n",
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
        fputc('\n', text);
    }
}

static void put_ranking(const ih_sbas_state *s, FILE *text)
{
    fputs("rank,reference_date,secondary_date,triplets,least_ambiguous_share,ambiguous_share\n",
          text);
    for (size_t i = 0; i < s->network->n_pairs; i++) {
        const ih_pair_closure *pair = &s->overview.ranked[i];

        fprintf(text, "%zu,", i + 1);
        put_date(text, s->network, s->network->reference_index[pair->pair], ",");
        put_date(text, s->network, s->network->secondary_index[pair->pair], "");
        fprintf(text, ",%u", pair->n_triplets);
        put(text, pair->least_share);
        put(text, pair->ambiguous_share);
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
    ih_triplet_list_free(v->triplets);
    *v = (ih_overview){0};
}
