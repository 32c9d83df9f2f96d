/* SPDX-License-Identifier: MIT */
#include "utilities/lib/clip.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <omp.h>

#include "algorithms/alloc.h"
#include "drivers/hyp3/layers.h"
#include "utilities/lib/cli.h"
#include "utilities/lib/clip_layout.h"
#include "utilities/lib/clip_reference.h"
#include "utilities/lib/clip_run.h"
#include "utilities/lib/clip_survey.h"
#include "utilities/lib/layer_files.h"
#include "utilities/lib/report.h"

/* Products between two writings of the manifest. */
enum { PRODUCTS_PER_MANIFEST = 16 };

/* First failure of a parallel loop. */
typedef struct {
    ih_status status;
    ih_error error;
    size_t index, done;
} parallel;

static void fail_parallel(parallel *p, size_t index, ih_status status, const ih_error *err)
{
#pragma omp critical(ih_clip_failure)
    if (p->status == IH_OK || index < p->index) {
        p->status = status;
        p->error = *err;
        p->index = index;
    }
}

static bool stopped(parallel *p)
{
    bool stop;

#pragma omp critical(ih_clip_failure)
    stop = p->status != IH_OK;
    return stop || ih_cli_interrupted();
}

static ih_status end_parallel(const parallel *p, ih_error *err)
{
    if (p->status == IH_OK && ih_cli_interrupted())
        return ih_fail(err, IH_E_CANCELLED, "interrupted");
    if (p->status != IH_OK && err)
        *err = p->error;
    return p->status;
}

/* What is wrong with one product alone; the others go on. */
static bool is_of_product(ih_status status)
{
    return status == IH_E_DATA || status == IH_E_UNSUPPORTED;
}

static void leave_out(ih_clip_result *result, const ih_error *err)
{
    result->why = CPLStrdup(err->text);
    result->is_unusable = true;
}

/* Each thread inflates a layer, holds its packed bytes, and has some strips. */
static int affordable_threads(const ih_clip_state *s)
{
    const ih_clip_options *o = &s->request->options;
    double largest = 0, need;

    for (size_t i = 0; i < s->n; i++) {
        const ih_grid *g = &s->plan->catalogue->items[i].grid;

        largest = fmax(largest, 4.0 * (double)g->nx * (double)g->ny);
    }
    need = 2 * largest + 8.0 * 4 * IH_CLIP_STRIP_ROWS * (double)s->plan->common->grid.nx;
    return (int)fmax(1, fmin((double)o->threads, floor(0.75 * o->working_memory_bytes / need)));
}

static void identify(ih_clip_state *s, size_t i, parallel *p)
{
    ih_clip_source *source = NULL;
    cJSON *entry = NULL;
    ih_error err;
    ih_status status = ih_clip_product_open(s->plan, i, &source, &entry, &err);
    cJSON *old;

    if (is_of_product(status))
        leave_out(&s->results[i], &err);
    else if (status != IH_OK)
        fail_parallel(p, i, status, &err);
    ih_clip_source_free(source);
    if (s->request->options.layout != IH_CLIP_CUBE && entry &&
        (old = ih_clip_manifest_take(s->manifest, s->content, entry)) != NULL) {
        cJSON_Delete(entry);
        entry = old;
        s->results[i].reused = true;
    }
    s->results[i].entry = s->results[i].reused ? entry : NULL;
    if (!s->results[i].reused)
        s->entries[i] = entry;
}

/* Opens every product to see which have to be made. Their new entries are in entries for now. */
static ih_status identify_all(ih_clip_state *s, ih_error *err)
{
    parallel p = {0};

#pragma omp parallel for schedule(dynamic, 1) num_threads(s->threads)
    for (size_t i = 0; i < s->n; i++)
        if (!stopped(&p))
            identify(s, i, &p);
    for (size_t i = 0; i < s->n; i++) {
        if (!s->results[i].reused)
            continue;
        s->entries[i] = s->results[i].entry;
        s->n_kept++;
    }
    return end_parallel(&p, err);
}

static void make(ih_clip_state *s, size_t i, parallel *p)
{
    ih_clip_result *result = &s->results[i];
    ih_clip_source *source = NULL;
    cJSON *entry = NULL;
    ih_error err;
    ih_status status = ih_clip_product_open(s->plan, i, &source, &entry, &err);

    result->entry = entry;
    if (status == IH_OK)
        status = ih_clip_product_make(s->plan, i, source, s->folder, result, &err);
    if (is_of_product(status))
        leave_out(result, &err);
    else if (status != IH_OK)
        fail_parallel(p, i, status, &err);
    ih_clip_source_free(source);
    if (status != IH_OK || result->why) {
        cJSON_Delete(result->entry);
        result->entry = NULL;
    }
}

static ih_status write_incomplete(ih_clip_state *s, ih_error *err)
{
    cJSON *more = cJSON_CreateObject();
    const ih_clip_record record = {s->content, s->entries, s->n, false, more};
    ih_status status;

    if (!more)
        return ih_fail(err, IH_E_MEMORY, "manifest");
    /* All files of the earlier run, so that what is not made again can be found and removed. */
    cJSON_AddItemToObject(more, "files", ih_clip_manifest_files(s->manifest));
    status = ih_clip_manifest_write(s->manifest, &record, NULL, err);
    cJSON_Delete(more);
    return status;
}

static void advance(ih_clip_state *s, size_t i, size_t n_to_make, parallel *p)
{
    const ih_clip_request *r = s->request;
    ih_error err;
    ih_status status = IH_OK;

#pragma omp critical(ih_clip_manifest)
    {
        s->entries[i] = s->results[i].entry;
        s->n_made += s->results[i].entry != NULL;
        if (++p->done % PRODUCTS_PER_MANIFEST == 0)
            status = write_incomplete(s, &err);
    }
    if (status != IH_OK)
        fail_parallel(p, i, status, &err);
    if (omp_get_thread_num() == 0 && r->progress &&
        !r->progress((double)p->done / (double)n_to_make, "Products", r->progress_data)) {
        status = ih_fail(&err, IH_E_CANCELLED, "interrupted");
        fail_parallel(p, i, status, &err);
    }
}

static ih_status make_all(ih_clip_state *s, ih_error *err)
{
    size_t n_to_make = s->n - s->n_kept;
    parallel p = {0};
    ih_status status;

    for (size_t i = 0; i < s->n; i++)
        if (!s->results[i].reused) {
            cJSON_Delete(s->entries[i]);
            s->entries[i] = NULL;
            n_to_make -= s->results[i].why != NULL;
        }
    status = write_incomplete(s, err);
    if (status != IH_OK)
        return status;
#pragma omp parallel for schedule(dynamic, 1) num_threads(s->threads)
    for (size_t i = 0; i < s->n; i++) {
        if (s->results[i].reused || s->results[i].why || stopped(&p))
            continue;
        make(s, i, &p);
        advance(s, i, n_to_make, &p);
    }
    status = end_parallel(&p, err);
    if (status == IH_OK && s->request->progress && n_to_make)
        s->request->progress(1.0, "Products", s->request->progress_data);
    if (status != IH_OK) {
        ih_error ignored;

        /* What is complete stays, and is known. */
        if (write_incomplete(s, &ignored) != IH_OK)
            CPLError(CE_Warning, CPLE_FileIO, "%s", ignored.text);
    }
    return status;
}

static void layers_of_all(const ih_clip_state *s, bool *has)
{
    for (size_t i = 0; i < s->plan->n_layers; i++) {
        const char *suffix = ih_layer_at(s->plan->layers[i])->suffix;
        bool all = true;

        for (size_t k = 0; k < s->n; k++) {
            const cJSON *layer;
            bool mine = s->entries[k] == NULL;

            cJSON_ArrayForEach(layer, cJSON_GetObjectItem(s->entries[k], "layers")) mine =
                mine || strcmp(cJSON_GetStringValue(layer), suffix) == 0;
            all = all && mine;
        }
        has[s->plan->layers[i]] = all;
    }
}

static void add_file(ih_clip_state *s, const char *relative, size_t bytes)
{
    cJSON *item = cJSON_CreateObject();

    cJSON_AddNumberToObject(item, "bytes", (double)bytes);
    cJSON_AddStringToObject(item, "path", relative);
    cJSON_AddItemToArray(s->files, item);
}

/* A template that a user has changed stays. */
static ih_status write_template(ih_clip_state *s, ih_error *err)
{
    const ih_clip_options *o = &s->request->options;
    const char *name = ih_clip_layout_template_name(o);
    bool *has = name ? ih_calloc(ih_layer_count(), sizeof *has) : NULL;
    char *text, *path;
    VSIStatBufL stat;
    ih_status status = IH_OK;

    if (!name)
        return IH_OK;
    if (!has)
        return ih_fail(err, IH_E_MEMORY, "template");
    layers_of_all(s, has);
    text = ih_clip_layout_template(o, has);
    path = CPLStrdup(CPLFormFilename(s->request->out_dir, name, NULL));
    if (!o->overwrite && VSIStatL(path, &stat) == 0 &&
        !ih_clip_manifest_knows(s->manifest, name, (double)stat.st_size))
        ih_clip_plan_note(s->plan, CPLSPrintf("%s was changed by hand and is kept", name));
    else
        status = ih_write_file_atomically(path, text, strlen(text), err);
    /* With the length of what we would write, so that a changed one is known the next time. */
    if (status == IH_OK)
        add_file(s, name, strlen(text));
    CPLFree(path);
    CPLFree(text);
    free(has);
    return status;
}

/* Left-out products leave the plan, last first, so that their numbers hold. */
static ih_status take_out(ih_clip_state *s, ih_error *err)
{
    size_t n_left = 0;
    ih_status status = IH_OK;

    for (size_t i = s->n; i-- > 0 && status == IH_OK;)
        if (s->results[i].why)
            status = ih_catalogue_leave_out(s->plan->catalogue, i,
                                            s->results[i].is_unusable ? IH_SKIP_UNUSABLE
                                                                      : IH_SKIP_IGNORED,
                                            s->results[i].why, err);
    for (size_t i = 0; i < s->n; i++)
        n_left += s->entries[i] != NULL;
    if (status == IH_OK && n_left == 0) {
        for (size_t i = 0; i < s->plan->catalogue->n_skipped; i++)
            CPLError(CE_Failure, CPLE_AppDefined, "%s: %s", s->plan->catalogue->skipped[i].what,
                     s->plan->catalogue->skipped[i].why);
        status = ih_fail(err, IH_E_DATA, "no product could be clipped");
    }
    return status;
}

static ih_status finish(ih_clip_state *s, ih_clip_outcome *out, ih_error *err)
{
    cJSON *facts = NULL;
    ih_status status = IH_OK;

    if (!s->request->options.dry_run) {
        status = take_out(s, err);
        if (status == IH_OK)
            status = write_template(s, err);
    }
    if (status == IH_OK && !s->request->options.dry_run)
        ih_clip_sidecars(s);
    if (status == IH_OK)
        status = ih_clip_facts(s, &facts, err);
    if (status == IH_OK && !s->request->options.dry_run) {
        cJSON_AddItemToObject(facts, "files", cJSON_Duplicate(s->files, true));
        const ih_clip_record record = {s->content, s->entries, s->n, true, facts};

        s->n_removed = ih_clip_manifest_remove_stale(s->manifest, &record);
        status = ih_clip_manifest_write(s->manifest, &record, &out->json, err);
    } else if (status == IH_OK) {
        cJSON_AddItemToObject(facts, "content", cJSON_Duplicate(s->content, true));
        out->json = cJSON_Print(facts);
    }
    if (status == IH_OK) {
        out->summary = ih_clip_summary(s, facts);
        out->n_unusable =
            ih_catalogue_count_skipped(s->plan->catalogue, IH_SKIP_UNUSABLE) + s->n_sidecars;
    }
    cJSON_Delete(facts);
    return status;
}

static void free_state(ih_clip_state *s)
{
    ih_result_folder_abort(s->folder);
    for (size_t i = 0; s->results && i < s->n; i++) {
        if (s->entries && s->entries[i] && s->entries[i] != s->results[i].entry)
            cJSON_Delete(s->entries[i]);
        cJSON_Delete(s->results[i].entry);
        CPLFree(s->results[i].why);
    }
    free(s->results);
    free(s->entries);
    cJSON_Delete(s->content);
    cJSON_Delete(s->files);
    ih_clip_manifest_free(s->manifest);
    ih_clip_plan_free(s->plan);
}

static ih_status prepare(ih_clip_state *s, ih_error *err)
{
    const ih_clip_options *o = &s->request->options;
    const cJSON *frozen = NULL;
    ih_status status =
        ih_clip_manifest_open(s->request->out_dir, o->overwrite || o->dry_run, &s->manifest, err);

    if (status == IH_OK && o->frozen_grid) {
        frozen = cJSON_GetObjectItem(ih_clip_manifest_content(s->manifest), "grid");
        if (!frozen)
            status =
                ih_fail(err, IH_E_ARGUMENT, "-frozen_grid: %s holds no clip", s->request->out_dir);
    }
    if (status == IH_OK)
        status = ih_clip_plan_new(s->request, frozen, &s->plan, err);
    if (status != IH_OK)
        return status;
    s->n = s->plan->catalogue->count;
    s->threads = affordable_threads(s);
    s->results = ih_calloc(s->n, sizeof *s->results);
    s->entries = ih_calloc(s->n, sizeof *s->entries);
    s->content = cJSON_CreateObject();
    s->files = cJSON_CreateArray();
    if (!s->results || !s->entries || !s->content || !s->files)
        return ih_fail(err, IH_E_MEMORY, "list of products");
    for (size_t i = 0; i < s->n; i++)
        s->results[i].valid_fraction = s->results[i].mean_coherence = NAN;
    status = ih_clip_reference_find(s->plan, err);
    if (status == IH_OK && !o->dry_run)
        status = ih_clip_survey(s->plan, s->threads, err);
    if (status == IH_OK)
        ih_clip_plan_content(s->plan, s->content);
    return status;
}

ih_status ih_clip_run(const ih_clip_request *given, ih_clip_outcome *out, ih_error *err)
{
    static const char *const no_names[] = {NULL};
    ih_clip_request request = *given;
    ih_clip_state s = {.request = &request};
    ih_status status = ih_clip_options_resolve(&request.options, err);

    *out = (ih_clip_outcome){0};
    if (status == IH_OK) {
        /* A cube's writers have blocks of all products in memory, beside inflated members. */
        ih_layer_files_bound_memory(request.options.working_memory_bytes,
                                    request.options.layout == IH_CLIP_CUBE ? 0.25 : 0.5);
        status = prepare(&s, err);
    }
    if (status == IH_OK && !request.options.dry_run) {
        status = ih_result_folder_open(request.out_dir, no_names, true, &s.folder, err);
        if (status == IH_OK)
            status = identify_all(&s, err);
        if (status == IH_OK && request.options.layout == IH_CLIP_CUBE)
            status = ih_clip_cube_make(&s, err);
        else if (status == IH_OK)
            status = make_all(&s, err);
    }
    if (status == IH_OK)
        status = finish(&s, out, err);
    if (status != IH_OK)
        ih_clip_outcome_free(out);
    free_state(&s);
    return status;
}

void ih_clip_outcome_free(ih_clip_outcome *outcome)
{
    free(outcome->summary);
    cJSON_free(outcome->json);
    *outcome = (ih_clip_outcome){0};
}
