/* SPDX-License-Identifier: MIT */
#include "utilities/lib/reading_state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_string.h>

#include "algorithms/alloc.h"
#include "algorithms/checksum.h"
#include "utilities/lib/parallel_work.h"
#include "utilities/lib/report.h"
#include "utilities/lib/sbas_state.h"

/* Numbers kept of every pair that was read. */
enum { PAIR_NUMBERS = 4 };

/* What the functions here work on. */
typedef struct {
    ih_sbas_state *s;
    const ih_reading_start *start;
    const ih_work_folder *folder;
    cJSON *index;
} keeper;

/* ---- checksums of cubes ---- */

typedef struct {
    ih_work_cube *cube;
    size_t n_pairs;
    uint64_t *sums; /* [block] */
} summing;

static ih_status begin_sums(void *shared, void *local, ih_error *err)
{
    size_t bytes = ih_work_cube_buffer_bytes(((summing *)shared)->cube);
    void **buffer = local;

    *buffer = bytes ? ih_alloc_aligned(bytes, 1) : NULL;
    return *buffer || !bytes ? IH_OK : ih_fail(err, IH_E_MEMORY, "buffers for checking");
}

static void end_sums(void *shared, void *local, bool done)
{
    (void)shared;
    (void)done;
    free(*(void **)local);
}

static ih_status sum_block(void *shared, void *local, size_t number, ih_error *err)
{
    summing *q = shared;
    ih_work_block block;
    uint64_t sum = 0;
    ih_status status = ih_work_cube_load(q->cube, number, *(void **)local, &block, err);

    for (size_t pair = 0; pair < q->n_pairs && status == IH_OK; pair++) {
        if (block.phase)
            sum = ih_checksum(sum, block.phase + pair * block.phase_stride,
                              block.n_pixels * sizeof(float));
        sum = ih_checksum(sum, block.quality + pair * block.quality_stride, block.n_pixels);
    }
    q->sums[number] = sum;
    return status;
}

/* Of every block, over the pairs that are left. */
static ih_status sum_cube(const ih_sbas_state *s, ih_work_cube *cube, uint64_t *sums, ih_error *err)
{
    summing shared = {cube, s->network->n_pairs, sums};
    const ih_parallel_work work = {.n_items = ih_work_cube_blocks(cube),
                                   .threads = (int)s->options.threads,
                                   .shared = &shared,
                                   .local_bytes = sizeof(void *),
                                   .begin = begin_sums,
                                   .work = sum_block,
                                   .end = end_sums,
                                   .progress = s->request->progress,
                                   .progress_data = s->request->progress_data,
                                   .what = "checking",
                                   .to = 1.0};

    return ih_parallel_work_run(&work, err);
}

static ih_status put_sums(const keeper *k, ih_work_cube *cube, const char *file, ih_error *err)
{
    size_t n = cube ? ih_work_cube_blocks(cube) : 0;
    uint64_t *sums;
    ih_status status;

    if (!cube)
        return IH_OK;
    sums = ih_alloc(n, sizeof *sums);
    status = sums ? sum_cube(k->s, cube, sums, err)
                  : ih_fail(err, IH_E_MEMORY, "checksums of %zu blocks", n);
    if (status == IH_OK)
        status = ih_work_folder_save(k->folder, file, sums, n * sizeof *sums, k->index, err);
    free(sums);
    return status;
}

static ih_status check_sums(const keeper *k, ih_work_cube *cube, const char *file, ih_error *err)
{
    size_t n = cube ? ih_work_cube_blocks(cube) : 0;
    uint64_t *sums, *kept;
    ih_status status;

    if (!cube)
        return IH_OK;
    sums = ih_alloc(n, sizeof *sums);
    kept = ih_alloc(n, sizeof *kept);
    status = sums && kept
                 ? ih_work_folder_load(k->folder, file, kept, n * sizeof *kept, k->index, err)
                 : ih_fail(err, IH_E_MEMORY, "checksums of %zu blocks", n);
    if (status == IH_OK)
        status = sum_cube(k->s, cube, sums, err);
    if (status == IH_OK && memcmp(sums, kept, n * sizeof *sums) != 0)
        status =
            ih_fail(err, IH_E_DATA, "a work cube in %s is damaged", ih_work_folder_name(k->folder));
    free(sums);
    free(kept);
    return status;
}

/* ---- arrays ---- */

enum { MOST_ARRAYS = 32 };

/* Arrays that are kept, or to be filled. */
typedef struct {
    struct {
        const char *file;
        void *bytes;
        size_t size;
    } items[MOST_ARRAYS];
    size_t n;
} array_list;

/* Without an array nothing is added. */
static void add_array(array_list *list, const char *file, void *bytes, size_t count, size_t size)
{
    if (!bytes || count == 0)
        return;
    list->items[list->n].file = file;
    list->items[list->n].bytes = bytes;
    list->items[list->n++].size = count * size;
}

static void add_averages(const ih_sbas_state *s, array_list *list)
{
    const ih_ingest_result *r = s->ingest;
    size_t n_pixels = ih_sbas_pixels(s), n_pairs = s->network->n_pairs;

    add_array(list, "average_coherence", r->average_coherence, n_pixels, sizeof(float));
    add_array(list, "valid_pairs", r->valid_pairs, n_pixels, sizeof(uint16_t));
    add_array(list, "mean_coherence", r->mean_coherence, n_pairs, sizeof(double));
    add_array(list, "valid_pixels", r->valid_pixels, n_pairs, sizeof(uint64_t));
    add_array(list, "masked_pixels", r->masked_pixels, n_pairs, sizeof(uint64_t));
}

static void add_closures(const ih_sbas_state *s, array_list *list)
{
    const ih_overview *v = &s->overview;
    const ih_closure_counter *c = v->closure;
    size_t n_pixels = ih_sbas_pixels(s), n = v->triplets ? v->triplets->n_triplets : 0;

    add_array(list, "ambiguous_triplets", v->ambiguous_triplets, n_pixels, sizeof(float));
    add_array(list, "stacking_velocity", v->stacking_velocity, n_pixels, sizeof(float));
    if (c) {
        add_array(list, "closure_checked", c->checked, n, sizeof(uint64_t));
        add_array(list, "closure_ambiguous", c->ambiguous, n, sizeof(uint64_t));
        add_array(list, "closure_cycles", c->cycles, n, sizeof(int64_t));
        add_array(list, "closure_rest", c->rest, n, sizeof(int64_t));
    }
    c = v->uncorrected;
    if (c) {
        add_array(list, "uncorrected_checked", c->checked, n, sizeof(uint64_t));
        add_array(list, "uncorrected_ambiguous", c->ambiguous, n, sizeof(uint64_t));
        add_array(list, "uncorrected_cycles", c->cycles, n, sizeof(int64_t));
        add_array(list, "uncorrected_rest", c->rest, n, sizeof(int64_t));
    }
}

static void add_unwrapping(const ih_sbas_state *s, array_list *list)
{
    const ih_unwrapping *u = &s->unwrapping;
    size_t n = s->network->n_pairs;

    if (!u->cycles)
        return;
    add_array(list, "corrected", u->counts.corrected, n, sizeof(uint64_t));
    add_array(list, "adopted", u->counts.adopted, n, sizeof(uint64_t));
    add_array(list, "inconclusive", u->counts.inconclusive, n, sizeof(uint64_t));
    add_array(list, "cycles_up", u->counts.cycles_up, n, sizeof(uint64_t));
    add_array(list, "cycles_down", u->counts.cycles_down, n, sizeof(uint64_t));
    add_array(list, "region_source", u->of_regions.source, n, sizeof(uint8_t));
    add_array(list, "regions", u->of_regions.regions, n, sizeof(uint32_t));
    add_array(list, "shifted_regions", u->of_regions.shifted, n, sizeof(uint32_t));
}

static array_list all_arrays(const ih_sbas_state *s)
{
    array_list list = {.n = 0};

    add_averages(s, &list);
    add_closures(s, &list);
    add_unwrapping(s, &list);
    return list;
}

static ih_status put_arrays(const keeper *k, ih_error *err)
{
    const array_list list = all_arrays(k->s);
    ih_status status = IH_OK;

    for (size_t i = 0; i < list.n && status == IH_OK; i++)
        status = ih_work_folder_save(k->folder, list.items[i].file, list.items[i].bytes,
                                     list.items[i].size, k->index, err);
    return status;
}

static ih_status take_arrays(const keeper *k, const array_list *list, ih_error *err)
{
    ih_status status = IH_OK;

    for (size_t i = 0; i < list->n && status == IH_OK; i++)
        status = ih_work_folder_load(k->folder, list->items[i].file, list->items[i].bytes,
                                     list->items[i].size, k->index, err);
    return status;
}

/* ---- pairs and texts ---- */

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
        qsort(items, *n, sizeof *items, ih_catalogue_by_dates);
    return items;
}

static ih_status put_pairs(const keeper *k, ih_error *err)
{
    const ih_sbas_state *s = k->s;
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
        cJSON_AddNumberToObject(k->index, "pairs_read", (double)n);
        ih_report_number(k->index, "water_coherence", s->selection.water_coherence);
        status = ih_work_folder_save(k->folder, "pairs", numbers,
                                     n * PAIR_NUMBERS * sizeof *numbers, k->index, err);
    } else {
        status = ih_fail(err, IH_E_MEMORY, "pairs of the work folder");
    }
    free(items);
    free(numbers);
    return status;
}

/* The inputs that had to be dropped, in their order. */
static void put_dropped(const keeper *k)
{
    const ih_catalogue *c = k->s->catalogue;
    cJSON *list = cJSON_AddArrayToObject(k->index, "dropped");

    for (size_t i = k->start->n_skipped; i < c->n_skipped; i++) {
        cJSON *entry = cJSON_CreateObject();

        cJSON_AddNumberToObject(entry, "reference", c->skipped[i].reference_days);
        cJSON_AddNumberToObject(entry, "secondary", c->skipped[i].secondary_days);
        cJSON_AddStringToObject(entry, "why", c->skipped[i].why);
        cJSON_AddItemToArray(list, entry);
    }
}

static void put_texts(cJSON *state, const char *key, char **texts)
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
static void put_warnings(const keeper *k)
{
    char **warnings = k->s->facts.warnings;

    put_texts(k->index, "warnings", warnings ? warnings + k->start->n_warnings : NULL);
    put_texts(k->index, "remarks", k->s->ingest->remarks);
}

/* In place of what was said again now. */
static void take_warnings(const keeper *k)
{
    ih_sbas_state *s = k->s;
    char **all = NULL;

    for (int i = 0; i < k->start->n_warnings; i++)
        all = CSLAddString(all, s->facts.warnings[i]);
    CSLDestroy(s->facts.warnings);
    s->facts.warnings = take_texts(k->index, "warnings", all);
    s->ingest->remarks = take_texts(k->index, "remarks", s->ingest->remarks);
}

static const char *const region_names[] = {"unread", "unrooted", "beyond", "common",
                                           "reference_common"};

static void put_regions(const keeper *k)
{
    const ih_unwrapping_regions *r = &k->s->unwrapping.of_regions;
    const double numbers[] = {(double)r->n_unread, (double)r->n_unrooted, (double)r->n_beyond,
                              (double)r->n_common, r->reference_common};

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        cJSON_AddNumberToObject(k->index, region_names[i], numbers[i]);
}

static void take_regions(const keeper *k)
{
    ih_unwrapping_regions *r = &k->s->unwrapping.of_regions;
    size_t *const numbers[] = {&r->n_unread, &r->n_unrooted, &r->n_beyond, &r->n_common};
    const cJSON *item;

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        item = cJSON_GetObjectItemCaseSensitive(k->index, region_names[i]);
        *numbers[i] = cJSON_IsNumber(item) ? (size_t)item->valuedouble : 0;
    }
    item = cJSON_GetObjectItemCaseSensitive(k->index, region_names[4]);
    r->reference_common = cJSON_IsNumber(item) && item->valueint != 0;
}

ih_status ih_reading_state_put(const ih_sbas_state *s, const ih_reading_start *start,
                               const ih_work_folder *folder, cJSON *index, ih_error *err)
{
    /* Nothing of the state is changed. */
    const keeper k = {(ih_sbas_state *)(uintptr_t)s, start, folder, index};
    ih_status status;

    put_dropped(&k);
    put_warnings(&k);
    put_regions(&k);
    cJSON_AddBoolToObject(index, "overview", s->overview.triplets != NULL);
    status = put_pairs(&k, err);
    if (status == IH_OK)
        status = put_arrays(&k, err);
    if (status == IH_OK)
        status = put_sums(&k, s->coherence, "coherence.sums", err);
    if (status == IH_OK)
        status = put_sums(&k, s->unwrapping.cycles, "cycles.sums", err);
    return status == IH_OK ? put_sums(&k, s->cube, "cube.sums", err) : status;
}

/* ---- taking it back ---- */

static ih_status drop_again(const keeper *k, ih_error *err)
{
    ih_sbas_state *s = k->s;
    const cJSON *entry;
    ih_status status = ih_catalogue_take_back(s->catalogue, err);

    cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(k->index, "dropped"))
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
                           ih_work_folder_name(k->folder));
        status = ih_catalogue_drop(s->catalogue, i, why->valuestring, err);
    }
    if (status == IH_OK)
        status = ih_select_before_reading(s, err);
    return status;
}

/* Verdicts of the pairs that were read, into the catalogue; keep is [pair]. */
static ih_status take_pairs(const keeper *k, uint8_t *keep, ih_error *err)
{
    ih_sbas_state *s = k->s;
    const cJSON *state = k->index;
    const cJSON *stored = cJSON_GetObjectItemCaseSensitive(state, "pairs_read");
    const cJSON *water = cJSON_GetObjectItemCaseSensitive(state, "water_coherence");
    size_t n = s->catalogue->count;
    double *numbers;
    ih_status status;

    if (!cJSON_IsNumber(stored) || (size_t)stored->valuedouble != n)
        return ih_fail(err, IH_E_DATA, "%s does not fit the inputs",
                       ih_work_folder_name(k->folder));
    numbers = ih_alloc(n, PAIR_NUMBERS * sizeof *numbers);
    status = numbers ? ih_work_folder_load(k->folder, "pairs", numbers,
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

static ih_status open_cubes(const keeper *k, ih_error *err)
{
    ih_sbas_state *s = k->s;
    ih_work_cube_spec spec;
    ih_status status = ih_sbas_cube_spec(s, &spec, err);

    if (status != IH_OK)
        return status;
    spec.existing = true;
    status = ih_work_cube_new(&spec, &s->cube, err);
    if (status != IH_OK || !ih_sbas_weighs_continuously(s))
        return status;
    spec.path = ih_resume_coherence_path(s);
    spec.n_dates = 1;
    return ih_work_cube_new(&spec, &s->coherence, err);
}

/* Grid, network and cubes of all that was read, then of the pairs that were kept. */
static ih_status take_cubes(const keeper *k, ih_error *err)
{
    ih_sbas_state *s = k->s;
    size_t n = s->catalogue->count, n_kept = 0;
    uint8_t *keep = ih_alloc(n, sizeof *keep);
    uint32_t *row = ih_alloc(n, sizeof *row);
    ih_status status =
        keep && row ? take_pairs(k, keep, err) : ih_fail(err, IH_E_MEMORY, "work folder");

    if (status == IH_OK)
        status = ih_sbas_find_grid(s, err);
    if (status == IH_OK)
        status = open_cubes(k, err);
    for (size_t i = 0; i < n && status == IH_OK; i++)
        if (keep[i])
            row[n_kept++] = (uint32_t)i;
    if (status == IH_OK && n_kept < n) {
        status = ih_catalogue_set_aside(s->catalogue, keep, err);
        if (status == IH_OK)
            status = ih_network_keep(s, n_kept, row, err);
        if (status == IH_OK)
            status = ih_work_cube_select(s->cube, n_kept, row, s->network->n_dates, err);
        if (status == IH_OK && s->coherence)
            status = ih_work_cube_select(s->coherence, n_kept, row, 1, err);
    }
    free(keep);
    free(row);
    if (status == IH_OK)
        status = check_sums(k, s->coherence, "coherence.sums", err);
    return status == IH_OK ? check_sums(k, s->cube, "cube.sums", err) : status;
}

static ih_status take_averages(const keeper *k, ih_error *err)
{
    ih_sbas_state *s = k->s;
    size_t n_pixels = ih_sbas_pixels(s), n_pairs = s->network->n_pairs;
    ih_ingest_result *r = s->ingest = ih_calloc(1, sizeof *r);
    array_list list = {.n = 0};

    if (!r)
        return ih_fail(err, IH_E_MEMORY, "averages");
    r->average_coherence = ih_alloc(n_pixels, sizeof *r->average_coherence);
    r->valid_pairs = ih_alloc(n_pixels, sizeof *r->valid_pairs);
    r->mean_coherence = ih_alloc(n_pairs, sizeof *r->mean_coherence);
    r->valid_pixels = ih_alloc(n_pairs, sizeof *r->valid_pixels);
    r->masked_pixels = ih_alloc(n_pairs, sizeof *r->masked_pixels);
    if (!r->average_coherence || !r->valid_pairs || !r->mean_coherence || !r->valid_pixels ||
        !r->masked_pixels)
        return ih_fail(err, IH_E_MEMORY, "averages");
    add_averages(s, &list);
    return take_arrays(k, &list, err);
}

/* After the averages; the phases in the cube are those that were corrected. */
static ih_status take_reference(const keeper *k, ih_error *err)
{
    size_t n_dropped = 0;
    ih_status status = ih_sbas_find_reference(k->s, &n_dropped, err);

    if (status == IH_OK && n_dropped)
        status = ih_fail(err, IH_E_DATA, "%s does not fit the reference",
                         ih_work_folder_name(k->folder));
    return status;
}

static ih_status take_unwrapping(const keeper *k, ih_error *err)
{
    ih_sbas_state *s = k->s;
    array_list list = {.n = 0};
    ih_status status;

    if (s->options.unwrap_error == IH_UNWRAP_ERROR_NONE)
        return IH_OK;
    status = ih_unwrapping_prepare(s, true, err);
    if (status == IH_OK)
        status = check_sums(k, s->unwrapping.cycles, "cycles.sums", err);
    add_unwrapping(s, &list);
    take_regions(k);
    return status == IH_OK ? take_arrays(k, &list, err) : status;
}

static ih_status take_closures(const keeper *k, ih_error *err)
{
    ih_sbas_state *s = k->s;
    array_list list = {.n = 0};
    ih_status status;

    /* None was made, for a reason that still holds. */
    if (!cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(k->index, "overview"))) {
        status = ih_whole_network_gather(s, err);
        return status == IH_OK ? ih_overview_make(s, err) : status;
    }
    status = ih_overview_prepare(s, err);
    if (status == IH_OK && !s->overview.triplets)
        status =
            ih_fail(err, IH_E_DATA, "%s does not fit the network", ih_work_folder_name(k->folder));
    if (status == IH_OK && s->unwrapping.cycles)
        status = ih_closure_counter_new(s->overview.triplets, s->compat->missing_phase,
                                        &s->overview.uncorrected, err);
    if (status != IH_OK)
        return status;
    add_closures(s, &list);
    status = take_arrays(k, &list, err);
    if (status == IH_OK)
        status = ih_closure_rank_pairs(s->overview.closure, s->overview.ranked, err);
    return status == IH_OK ? ih_whole_network_gather(s, err) : status;
}

ih_status ih_reading_state_take(ih_sbas_state *s, const ih_reading_start *start,
                                const ih_work_folder *folder, const cJSON *index, ih_error *err)
{
    /* Nothing of the index is changed. */
    const keeper k = {s, start, folder, (cJSON *)(uintptr_t)index};
    ih_status status = drop_again(&k, err);

    if (status == IH_OK)
        status = take_cubes(&k, err);
    if (status == IH_OK)
        status = ih_land_mask_read(s->catalogue, s->common, &s->land, err);
    if (status == IH_OK)
        status = ih_coherence_area_find(s, err);
    if (status == IH_OK)
        status = take_averages(&k, err);
    if (status == IH_OK)
        status = take_reference(&k, err);
    if (status == IH_OK)
        status = take_unwrapping(&k, err);
    if (status == IH_OK)
        status = take_closures(&k, err);
    if (status == IH_OK)
        take_warnings(&k);
    return status;
}
