/* SPDX-License-Identifier: MIT */
#include "utilities/lib/resume.h"

#include <math.h>
#include <omp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_error.h>
#include <cpl_string.h>

#include "algorithms/alloc.h"
#include "algorithms/checksum.h"
#include "utilities/lib/report.h"
#include "utilities/lib/run_fingerprint.h"
#include "utilities/lib/sbas_state.h"
#include "utilities/lib/work_folder.h"

#define CUBE      "cube"
#define STATE     "state.json"
#define BLOCKS    "blocks"
#define SOLVE     "solve.json"
#define FINISHING "finishing"

/* Numbers kept of every pair that was read. */
enum { PAIR_NUMBERS = 4 };

struct ih_resume {
    ih_work_folder *folder;
    char *cube, *blocks; /* paths */
    cJSON *fingerprint;  /* of the reading */
    cJSON *state;        /* of the interrupted run, until it was taken */
    size_t n_skipped;    /* of the catalogue, before the reading dropped any */
    int n_warnings;      /* before the reading had any */
    bool keeps;          /* else the folder is but a lock */
    bool has_kept;       /* state.json is there, and so is the cube */
    bool continued;
    size_t blocks_taken;
};

bool ih_resume_was_finishing(const ih_sbas_state *s)
{
    return ih_work_folder_has(s->options.scratch, s->request->out_dir, FINISHING);
}

static void start_anew(ih_resume *r)
{
    ih_work_folder_clear(r->folder);
    cJSON_Delete(r->state);
    r->state = NULL;
    r->has_kept = false;
}

/* Whether the folder's state is of this run. */
static void judge_state(ih_resume *r)
{
    char *difference;

    r->state = ih_work_folder_load_json(r->folder, STATE);
    if (!r->state) {
        if (ih_work_folder_exists(r->folder, STATE))
            CPLError(CE_Warning, CPLE_AppDefined,
                     "what an interrupted run has left in %s is damaged: starting from the "
                     "beginning",
                     ih_work_folder_name(r->folder));
        else if (!ih_work_folder_is_empty(r->folder))
            CPLError(CE_Warning, CPLE_AppDefined,
                     "an earlier run was interrupted before all pairs had been read: starting from "
                     "the beginning");
        start_anew(r);
        return;
    }
    difference = ih_fingerprint_difference(
        cJSON_GetObjectItemCaseSensitive(r->state, "fingerprint"), r->fingerprint);
    if (difference && !*difference) {
        r->has_kept = true;
    } else {
        CPLError(CE_Warning, CPLE_AppDefined,
                 "since an earlier run was interrupted, %s: starting from the beginning",
                 difference ? difference : "something has changed");
        start_anew(r);
    }
    free(difference);
}

ih_status ih_resume_begin(ih_sbas_state *s, ih_error *err)
{
    ih_resume *r = s->resume = ih_calloc(1, sizeof *r);
    ih_status status;

    if (!r)
        return ih_fail(err, IH_E_MEMORY, "work folder");
    status = ih_work_folder_open(s->options.scratch, s->request->out_dir, &r->folder, err);
    if (status != IH_OK)
        return status;
    r->keeps = !s->options.no_resume;
    r->n_skipped = s->catalogue->n_skipped;
    r->n_warnings = CSLCount(s->facts.warnings);
    r->cube = ih_work_folder_path(r->folder, CUBE);
    r->blocks = ih_work_folder_path(r->folder, BLOCKS);
    r->fingerprint = ih_fingerprint_of_reading(s);
    if (!r->cube || !r->blocks || !r->fingerprint)
        return ih_fail(err, IH_E_MEMORY, "work folder");
    if (r->keeps)
        judge_state(r);
    else
        start_anew(r);
    return IH_OK;
}

const char *ih_resume_cube_path(const ih_sbas_state *s)
{
    return s->resume && s->resume->keeps ? s->resume->cube : NULL;
}

void ih_resume_give_up(ih_sbas_state *s, const char *why)
{
    CPLError(CE_Warning, CPLE_AppDefined,
             "nothing can be kept for the case that this run is interrupted: %s", why);
    s->resume->keeps = false;
    start_anew(s->resume);
}

bool ih_resume_has_reading(const ih_sbas_state *s)
{
    return s->resume && s->resume->state;
}

/* ---- the cube's checksums ---- */

static uint64_t sum_of_block(const ih_work_block *block, size_t n_pairs)
{
    uint64_t sum = 0;

    for (size_t pair = 0; pair < n_pairs; pair++) {
        sum = ih_checksum(sum, block->phase + pair * block->phase_stride,
                          block->n_pixels * sizeof(float));
        sum = ih_checksum(sum, block->quality + pair * block->quality_stride, block->n_pixels);
    }
    return sum;
}

/* Of every block, over the pairs that are left. */
static ih_status sum_cube(const ih_sbas_state *s, uint64_t *sums, ih_error *err)
{
    size_t n_blocks = ih_work_cube_blocks(s->cube), bytes = ih_work_cube_buffer_bytes(s->cube);
    const ih_sbas_request *q = s->request;
    atomic_int stop = 0;
    ih_status status = IH_OK;

#pragma omp parallel num_threads((int)s->options.threads)
    {
        void *buffer = ih_alloc_aligned(bytes, 1);
        ih_error why = {0};
        ih_status mine = buffer ? IH_OK : ih_fail(&why, IH_E_MEMORY, "buffers for checking");

#pragma omp for schedule(dynamic, 1)
        for (size_t i = 0; i < n_blocks; i++) {
            ih_work_block block;

            if (mine == IH_OK && !atomic_load(&stop))
                mine = ih_work_cube_load(s->cube, i, buffer, &block, &why);
            if (mine != IH_OK)
                atomic_store(&stop, 1);
            if (atomic_load(&stop))
                continue;
            sums[i] = sum_of_block(&block, s->network->n_pairs);
            if (omp_get_thread_num() == 0 && q->progress &&
                !q->progress((double)i / (double)n_blocks, "checking", q->progress_data))
                atomic_store(&stop, 1);
        }
#pragma omp critical(resume_failure)
        if (mine != IH_OK && status == IH_OK)
            status = ih_fail(err, mine, "%s", why.text);
        free(buffer);
    }
    if (status == IH_OK && !atomic_load(&stop) && q->progress &&
        !q->progress(1.0, "checking", q->progress_data))
        atomic_store(&stop, 1);
    if (status == IH_OK && atomic_load(&stop))
        status = ih_fail(err, IH_E_CANCELLED, "checking was interrupted");
    return status;
}

static ih_status keep_sums(const ih_sbas_state *s, cJSON *state, ih_error *err)
{
    size_t n = ih_work_cube_blocks(s->cube);
    uint64_t *sums = ih_alloc(n, sizeof *sums);
    ih_status status =
        sums ? sum_cube(s, sums, err) : ih_fail(err, IH_E_MEMORY, "checksums of %zu blocks", n);

    if (status == IH_OK)
        status =
            ih_work_folder_save(s->resume->folder, "cube.sums", sums, n * sizeof *sums, state, err);
    free(sums);
    return status;
}

static ih_status check_sums(const ih_sbas_state *s, ih_error *err)
{
    size_t n = ih_work_cube_blocks(s->cube);
    uint64_t *sums = ih_alloc(n, sizeof *sums), *kept = ih_alloc(n, sizeof *kept);
    ih_status status = sums && kept ? ih_work_folder_load(s->resume->folder, "cube.sums", kept,
                                                          n * sizeof *kept, s->resume->state, err)
                                    : ih_fail(err, IH_E_MEMORY, "checksums of %zu blocks", n);

    if (status == IH_OK)
        status = sum_cube(s, sums, err);
    if (status == IH_OK && memcmp(sums, kept, n * sizeof *sums) != 0)
        status = ih_fail(err, IH_E_DATA, "%s is damaged", s->resume->cube);
    free(sums);
    free(kept);
    return status;
}

/* ---- what the reading found ---- */

/* An array that is kept, or to be filled. */
typedef struct {
    const char *file;
    void *bytes;
    size_t size;
} kept_array;

static ih_status save_all(const ih_sbas_state *s, const kept_array *arrays, size_t n, cJSON *state,
                          ih_error *err)
{
    ih_status status = IH_OK;

    for (size_t i = 0; i < n && status == IH_OK; i++)
        status = arrays[i].bytes ? ih_work_folder_save(s->resume->folder, arrays[i].file,
                                                       arrays[i].bytes, arrays[i].size, state, err)
                                 : ih_fail(err, IH_E_MEMORY, "%s", arrays[i].file);
    return status;
}

static ih_status load_all(const ih_sbas_state *s, const kept_array *arrays, size_t n, ih_error *err)
{
    ih_status status = IH_OK;

    for (size_t i = 0; i < n && status == IH_OK; i++)
        status = arrays[i].bytes
                     ? ih_work_folder_load(s->resume->folder, arrays[i].file, arrays[i].bytes,
                                           arrays[i].size, s->resume->state, err)
                     : ih_fail(err, IH_E_MEMORY, "%s", arrays[i].file);
    return status;
}

enum { INGEST_ARRAYS = 4, OVERVIEW_ARRAYS = 6 };

static void ingest_arrays(const ih_sbas_state *s, kept_array out[INGEST_ARRAYS])
{
    const ih_ingest_result *r = s->ingest;
    size_t n_pixels = ih_sbas_pixels(s), n_pairs = s->network->n_pairs;

    out[0] = (kept_array){"average_coherence", r->average_coherence, n_pixels * sizeof(float)};
    out[1] = (kept_array){"valid_pairs", r->valid_pairs, n_pixels * sizeof(uint16_t)};
    out[2] = (kept_array){"mean_coherence", r->mean_coherence, n_pairs * sizeof(double)};
    out[3] = (kept_array){"valid_pixels", r->valid_pixels, n_pairs * sizeof(uint64_t)};
}

static void overview_arrays(const ih_sbas_state *s, kept_array out[OVERVIEW_ARRAYS])
{
    const ih_overview *v = &s->overview;
    size_t n_pixels = ih_sbas_pixels(s), n = v->triplets->n_triplets;

    out[0] = (kept_array){"ambiguous_triplets", v->ambiguous_triplets, n_pixels * sizeof(float)};
    out[1] = (kept_array){"stacking_velocity", v->stacking_velocity, n_pixels * sizeof(float)};
    out[2] = (kept_array){"closure_checked", v->closure->checked, n * sizeof(uint64_t)};
    out[3] = (kept_array){"closure_ambiguous", v->closure->ambiguous, n * sizeof(uint64_t)};
    out[4] = (kept_array){"closure_cycles", v->closure->cycles, n * sizeof(int64_t)};
    out[5] = (kept_array){"closure_rest", v->closure->rest, n * sizeof(int64_t)};
}

static size_t overview_count(const ih_sbas_state *s)
{
    return s->overview.triplets->n_triplets ? OVERVIEW_ARRAYS : 2;
}

static int by_dates(const void *a, const void *b)
{
    const ih_interferogram *p = *(const ih_interferogram *const *)a;
    const ih_interferogram *q = *(const ih_interferogram *const *)b;

    if (p->reference_days != q->reference_days)
        return p->reference_days < q->reference_days ? -1 : 1;
    return (p->secondary_days > q->secondary_days) - (p->secondary_days < q->secondary_days);
}

/* The pairs that were read, kept or not, in the order in which the cube has them; *n of them. */
static const ih_interferogram **pairs_read(const ih_catalogue *c, size_t *n)
{
    const ih_interferogram **items = ih_alloc(c->count + c->n_aside, sizeof *items);

    *n = 0;
    for (size_t i = 0; items && i < c->count + c->n_aside; i++) {
        const ih_interferogram *item = i < c->count ? &c->items[i] : &c->aside[i - c->count];

        if (!isnan(item->valid_fraction))
            items[(*n)++] = item;
    }
    if (items)
        qsort(items, *n, sizeof *items, by_dates);
    return items;
}

static ih_status keep_pairs(const ih_sbas_state *s, cJSON *state, ih_error *err)
{
    size_t n = 0;
    const ih_interferogram **items = pairs_read(s->catalogue, &n);
    double *numbers = ih_alloc(n, PAIR_NUMBERS * sizeof *numbers);
    ih_status status;

    if (items && numbers) {
        for (size_t i = 0; i < n; i++) {
            double *of_pair = numbers + i * PAIR_NUMBERS;

            of_pair[0] = items[i]->verdict;
            of_pair[1] = items[i]->mean_coherence;
            of_pair[2] = items[i]->area_ratio;
            of_pair[3] = items[i]->valid_fraction;
        }
        cJSON_AddNumberToObject(state, "pairs_read", (double)n);
        ih_report_number(state, "water_coherence", s->selection.water_coherence);
        status = ih_work_folder_save(s->resume->folder, "pairs", numbers,
                                     n * PAIR_NUMBERS * sizeof *numbers, state, err);
    } else {
        status = ih_fail(err, IH_E_MEMORY, "pairs of the work folder");
    }
    free(items);
    free(numbers);
    return status;
}

/* The inputs that had to be dropped, in their order. */
static void keep_dropped(const ih_sbas_state *s, cJSON *state)
{
    cJSON *list = cJSON_AddArrayToObject(state, "dropped");

    for (size_t i = s->resume->n_skipped; i < s->catalogue->n_skipped; i++) {
        cJSON *entry = cJSON_CreateObject();

        cJSON_AddNumberToObject(entry, "reference", s->catalogue->skipped[i].reference_days);
        cJSON_AddNumberToObject(entry, "secondary", s->catalogue->skipped[i].secondary_days);
        cJSON_AddStringToObject(entry, "why", s->catalogue->skipped[i].why);
        cJSON_AddItemToArray(list, entry);
    }
}

static void keep_texts(cJSON *state, const char *key, char **texts)
{
    cJSON *list = cJSON_AddArrayToObject(state, key);

    for (; texts && *texts; texts++)
        cJSON_AddItemToArray(list, cJSON_CreateString(*texts));
}

/* Appends what was kept to a list. */
static char **take_texts(const cJSON *state, const char *key, char **list)
{
    const cJSON *text;

    cJSON_ArrayForEach(text, cJSON_GetObjectItemCaseSensitive(state, key))
    {
        if (cJSON_IsString(text))
            list = CSLAddString(list, text->valuestring);
    }
    return list;
}

/* What the stages had to say since the catalogue was read, and the readers of the values. */
static void keep_warnings(const ih_sbas_state *s, cJSON *state)
{
    char **warnings = s->facts.warnings;

    keep_texts(state, "warnings", warnings ? warnings + s->resume->n_warnings : NULL);
    keep_texts(state, "remarks", s->ingest->remarks);
}

/* In place of what was said again now. */
static void take_warnings(ih_sbas_state *s)
{
    char **all = NULL;

    for (int i = 0; i < s->resume->n_warnings; i++)
        all = CSLAddString(all, s->facts.warnings[i]);
    CSLDestroy(s->facts.warnings);
    s->facts.warnings = take_texts(s->resume->state, "warnings", all);
    s->ingest->remarks = take_texts(s->resume->state, "remarks", s->ingest->remarks);
}

ih_status ih_resume_keep_reading(ih_sbas_state *s, ih_error *err)
{
    ih_resume *r = s->resume;
    kept_array arrays[INGEST_ARRAYS], overview[OVERVIEW_ARRAYS];
    cJSON *state;
    ih_status status;

    if (!r || !r->keeps || r->has_kept || s->unwrapping.cycles || s->coherence)
        return IH_OK;
    state = cJSON_CreateObject();
    if (!state)
        return ih_fail(err, IH_E_MEMORY, "work folder");
    cJSON_AddItemToObject(state, "fingerprint", cJSON_Duplicate(r->fingerprint, true));
    keep_dropped(s, state);
    keep_warnings(s, state);
    ingest_arrays(s, arrays);
    status = keep_pairs(s, state, err);
    if (status == IH_OK)
        status = save_all(s, arrays, INGEST_ARRAYS, state, err);
    if (status == IH_OK && s->overview.triplets) {
        overview_arrays(s, overview);
        cJSON_AddTrueToObject(state, "overview");
        status = save_all(s, overview, overview_count(s), state, err);
    }
    if (status == IH_OK)
        status = keep_sums(s, state, err);
    if (status == IH_OK)
        status = ih_work_folder_save_json(r->folder, STATE, state, err);
    cJSON_Delete(state);
    r->has_kept = status == IH_OK;
    return status;
}

void ih_resume_phases_change(ih_sbas_state *s)
{
    if (!s->resume)
        return;
    s->resume->has_kept = false;
    ih_work_folder_delete(s->resume->folder, STATE);
}

/* ---- taking it back ---- */

static ih_status drop_again(ih_sbas_state *s, ih_error *err)
{
    const cJSON *entry;
    ih_status status = ih_catalogue_take_back(s->catalogue, err);

    cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(s->resume->state, "dropped"))
    {
        const cJSON *reference = cJSON_GetObjectItemCaseSensitive(entry, "reference");
        const cJSON *secondary = cJSON_GetObjectItemCaseSensitive(entry, "secondary");
        const cJSON *why = cJSON_GetObjectItemCaseSensitive(entry, "why");
        size_t i = 0;

        if (status != IH_OK)
            return status;
        while (i < s->catalogue->count && cJSON_IsNumber(reference) && cJSON_IsNumber(secondary) &&
               (s->catalogue->items[i].reference_days != reference->valueint ||
                s->catalogue->items[i].secondary_days != secondary->valueint))
            i++;
        if (i == s->catalogue->count || !cJSON_IsNumber(reference) || !cJSON_IsNumber(secondary) ||
            !cJSON_IsString(why))
            return ih_fail(err, IH_E_DATA, "%s does not fit the inputs",
                           ih_work_folder_name(s->resume->folder));
        status = ih_catalogue_drop(s->catalogue, i, why->valuestring, err);
    }
    if (status == IH_OK)
        status = ih_select_before_reading(s, err);
    return status;
}

/* Verdicts of the pairs that were read, into the catalogue; keep is [pair]. */
static ih_status take_pairs(ih_sbas_state *s, uint8_t *keep, ih_error *err)
{
    const cJSON *state = s->resume->state;
    const cJSON *stored = cJSON_GetObjectItemCaseSensitive(state, "pairs_read");
    const cJSON *water = cJSON_GetObjectItemCaseSensitive(state, "water_coherence");
    size_t n = s->catalogue->count;
    double *numbers;
    ih_status status;

    if (!cJSON_IsNumber(stored) || (size_t)stored->valuedouble != n)
        return ih_fail(err, IH_E_DATA, "%s does not fit the inputs",
                       ih_work_folder_name(s->resume->folder));
    numbers = ih_alloc(n, PAIR_NUMBERS * sizeof *numbers);
    status = numbers ? ih_work_folder_load(s->resume->folder, "pairs", numbers,
                                           n * PAIR_NUMBERS * sizeof *numbers, state, err)
                     : ih_fail(err, IH_E_MEMORY, "pairs of the work folder");
    for (size_t i = 0; i < n && status == IH_OK; i++) {
        const double *of_pair = numbers + i * PAIR_NUMBERS;
        ih_interferogram *item = &s->catalogue->items[i];

        item->verdict = (uint8_t)of_pair[0];
        item->mean_coherence = of_pair[1];
        item->area_ratio = of_pair[2];
        item->valid_fraction = of_pair[3];
        keep[i] = ih_pair_is_kept(item->verdict);
    }
    s->selection.water_coherence = cJSON_IsNumber(water) ? water->valuedouble : NAN;
    free(numbers);
    return status;
}

/* Grid, network and cube of all that was read, then of the pairs that were kept. */
static ih_status take_cube(ih_sbas_state *s, ih_error *err)
{
    size_t n = s->catalogue->count, n_kept = 0;
    uint8_t *keep = ih_alloc(n, sizeof *keep);
    uint32_t *row = ih_alloc(n, sizeof *row);
    ih_work_cube_spec spec;
    ih_status status =
        keep && row ? take_pairs(s, keep, err) : ih_fail(err, IH_E_MEMORY, "work folder");

    if (status == IH_OK)
        status = ih_sbas_find_grid(s, err);
    if (status == IH_OK)
        status = ih_sbas_cube_spec(s, &spec, err);
    if (status == IH_OK) {
        spec.existing = true;
        status = ih_work_cube_new(&spec, &s->cube, err);
    }
    for (size_t i = 0; i < n && status == IH_OK; i++)
        if (keep[i])
            row[n_kept++] = (uint32_t)i;
    if (status == IH_OK && n_kept < n) {
        status = ih_catalogue_set_aside(s->catalogue, keep, err);
        if (status == IH_OK)
            status = ih_network_keep(s, n_kept, row, err);
        if (status == IH_OK)
            status = ih_work_cube_select(s->cube, n_kept, row, s->network->n_dates, err);
    }
    free(keep);
    free(row);
    return status;
}

static ih_status take_ingest(ih_sbas_state *s, ih_error *err)
{
    size_t n_pixels = ih_sbas_pixels(s), n_pairs = s->network->n_pairs;
    ih_ingest_result *r = s->ingest = ih_calloc(1, sizeof *r);
    kept_array arrays[INGEST_ARRAYS];

    if (!r)
        return ih_fail(err, IH_E_MEMORY, "averages");
    r->average_coherence = ih_alloc(n_pixels, sizeof *r->average_coherence);
    r->valid_pairs = ih_alloc(n_pixels, sizeof *r->valid_pairs);
    r->mean_coherence = ih_alloc(n_pairs, sizeof *r->mean_coherence);
    r->valid_pixels = ih_alloc(n_pairs, sizeof *r->valid_pixels);
    ingest_arrays(s, arrays);
    return load_all(s, arrays, INGEST_ARRAYS, err);
}

static ih_status take_overview(ih_sbas_state *s, ih_error *err)
{
    kept_array arrays[OVERVIEW_ARRAYS];
    ih_status status;

    /* None was made, for a reason that still holds. */
    if (!cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(s->resume->state, "overview"))) {
        status = ih_whole_network_gather(s, err);
        return status == IH_OK ? ih_overview_make(s, err) : status;
    }
    status = ih_overview_prepare(s, err);
    if (status != IH_OK)
        return status;
    if (!s->overview.triplets)
        return ih_fail(err, IH_E_DATA, "%s does not fit the network",
                       ih_work_folder_name(s->resume->folder));
    overview_arrays(s, arrays);
    status = load_all(s, arrays, overview_count(s), err);
    if (status == IH_OK)
        status = ih_closure_rank_pairs(s->overview.closure, s->overview.ranked, err);
    return status == IH_OK ? ih_whole_network_gather(s, err) : status;
}

ih_status ih_resume_take_reading(ih_sbas_state *s, ih_error *err)
{
    ih_resume *r = s->resume;
    size_t n_dropped = 0;
    ih_status status = drop_again(s, err);

    if (status == IH_OK)
        status = take_cube(s, err);
    if (status == IH_OK)
        status = check_sums(s, err);
    if (status == IH_OK)
        status = ih_land_mask_read(s->catalogue, s->common, &s->land, err);
    if (status == IH_OK)
        status = ih_coherence_area_find(s, err);
    if (status == IH_OK)
        status = take_ingest(s, err);
    if (status == IH_OK)
        status = ih_sbas_find_reference(s, &n_dropped, err);
    if (status == IH_OK && n_dropped)
        status = ih_fail(err, IH_E_DATA, "%s does not fit the reference",
                         ih_work_folder_name(r->folder));
    if (status == IH_OK)
        status = take_overview(s, err);
    if (status == IH_OK) {
        CPLError(CE_Warning, CPLE_AppDefined,
                 "continuing an interrupted run: its %d pairs need not be read again",
                 (int)s->network->n_pairs);
        take_warnings(s);
        r->continued = true;
        cJSON_Delete(r->state);
        r->state = NULL;
    } else if (status == IH_E_DATA) {
        start_anew(r);
    }
    return status;
}

/* ---- solved blocks ---- */

ih_status ih_resume_blocks(ih_sbas_state *s, ih_solution_request *request, ih_error *err)
{
    ih_resume *r = s->resume;
    cJSON *now, *before;
    char *difference = NULL;
    ih_status status = IH_OK;

    request->blocks_path = NULL;
    if (!r || !r->has_kept)
        return IH_OK;
    request->blocks_path = r->blocks;
    now = ih_fingerprint_of_solving(s);
    before = ih_work_folder_load_json(r->folder, SOLVE);
    if (before)
        difference = ih_fingerprint_difference(before, now);
    request->take_blocks = difference && !*difference;
    if (!request->take_blocks) {
        if (difference)
            CPLError(CE_Warning, CPLE_AppDefined,
                     "since an earlier run was interrupted, %s: all pixels are solved again",
                     difference);
        ih_work_folder_delete(r->folder, SOLVE);
        ih_work_folder_delete(r->folder, BLOCKS);
        status = now ? ih_work_folder_save_json(r->folder, SOLVE, now, err)
                     : ih_fail(err, IH_E_MEMORY, "work folder");
    }
    free(difference);
    cJSON_Delete(before);
    cJSON_Delete(now);
    return status;
}

void ih_resume_series_change(ih_sbas_state *s)
{
    if (s->resume)
        ih_work_folder_delete(s->resume->folder, SOLVE);
}

/* ---- the end ---- */

ih_status ih_resume_finish(ih_sbas_state *s, ih_error *err)
{
    char *path = s->resume ? ih_work_folder_path(s->resume->folder, FINISHING) : NULL;
    ih_status status = path ? ih_report_write_text(path, "", err) : IH_OK;

    free(path);
    return status;
}

void ih_resume_end(ih_sbas_state *s, ih_status status)
{
    ih_resume *r = s->resume;
    bool may_go_on = status == IH_E_CANCELLED || status == IH_E_IO || status == IH_E_MEMORY;

    s->resume = NULL;
    if (!r)
        return;
    if (r->folder && r->has_kept && may_go_on) {
        CPLError(CE_Warning, CPLE_AppDefined,
                 "the same command will continue from what is complete; it is kept in %s (%.0f MB)",
                 ih_work_folder_name(r->folder), ih_work_folder_bytes(r->folder) / 1e6);
        ih_work_folder_leave(r->folder);
    } else {
        ih_work_folder_remove(r->folder);
    }
    cJSON_Delete(r->fingerprint);
    cJSON_Delete(r->state);
    free(r->cube);
    free(r->blocks);
    free(r);
}

void ih_resume_report(const ih_sbas_state *s, cJSON *object)
{
    const ih_resume *r = s->resume;
    cJSON *continued;

    cJSON_AddBoolToObject(object, "resumable", r && r->keeps);
    if (!r || !r->continued) {
        cJSON_AddNullToObject(object, "continued");
        return;
    }
    continued = cJSON_AddObjectToObject(object, "continued");
    cJSON_AddNumberToObject(continued, "blocks", (double)s->solution->n_taken_blocks);
    cJSON_AddNumberToObject(continued, "blocks_in_all", (double)ih_work_cube_blocks(s->cube));
}
