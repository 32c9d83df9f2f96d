/* SPDX-License-Identifier: MIT */
#include "utilities/lib/merge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_vsi.h>

#include "algorithms/alloc.h"
#include "utilities/lib/cli.h"
#include "utilities/lib/merge_layers.h"
#include "utilities/lib/merge_manifest.h"
#include "utilities/lib/merge_offsets.h"
#include "utilities/lib/merge_plan.h"
#include "utilities/lib/merge_report.h"
#include "utilities/lib/parallel_work.h"
#include "utilities/lib/layer_files.h"
#include "utilities/lib/report.h"

typedef struct {
    ih_merge_request request; /* with its options filled in */
    ih_merge_plan *plan;
    ih_result_folder *folder;
    cJSON *content, *old;
    cJSON **entries; /* [pair] that are there */
    bool *kept;      /* [pair] of an earlier run */
    char **failures; /* [pair] why it could not be merged, CPLFree */
    size_t n_made, n_kept, n_removed;
    int threads, inner_threads; /* pairs at a time, layers of a pair at a time */
} merge_state;

static ih_merge_record record_of(const merge_state *s, bool complete)
{
    return (ih_merge_record){.plan = s->plan,
                             .entries = s->entries,
                             .content = s->content,
                             .old = s->old,
                             .n_made = s->n_made,
                             .n_kept = s->n_kept,
                             .n_removed = s->n_removed,
                             .threads = (int)s->request.options.threads,
                             .complete = complete};
}

/* Products of a pair at a time hold strips of some layers, and common pixels to compare. */
static void share_threads(merge_state *s)
{
    const ih_merge_options *o = &s->request.options;
    double most = 0, pairs;

    for (size_t i = 0; i < s->plan->n_pairs; i++) {
        const ih_merge_pair *pair = &s->plan->pairs[i];
        double columns = 0, layers = 4;

        for (size_t k = 0; k < pair->count; k++)
            columns += (double)s->plan->common->footprints[pair->first + k].nx;
        most = fmax(most, columns * layers * (double)ih_merge_rows_bytes_per_column());
    }
    pairs = fmax(1, floor(0.375 * o->working_memory_bytes / fmax(1, most)));
    pairs = fmin(pairs, (double)o->threads);
    s->threads = (int)fmin(pairs, (double)s->plan->n_pairs);
    s->inner_threads = s->threads > 1 ? 1 : (int)pairs;
}

static ih_status write_report(const merge_state *s, bool complete, char **text, ih_error *err)
{
    const ih_merge_record record = record_of(s, complete);
    cJSON *report = ih_merge_report(&record);
    ih_status status = report ? IH_OK : ih_fail(err, IH_E_MEMORY, "report");

    if (status == IH_OK && !s->request.options.dry_run)
        status = ih_report_write_json(s->plan->report, report, err);
    if (status == IH_OK && text)
        *text = cJSON_Print(report);
    cJSON_Delete(report);
    return status;
}

/* Which merged products are there already, and whether the others would replace something that is
 * none of ours. */
static ih_status look_around(merge_state *s, ih_error *err)
{
    const ih_merge_options *o = &s->request.options;
    ih_status status = IH_OK;

    s->old = o->overwrite ? NULL : ih_merge_read_report(s->plan);
    for (size_t i = 0; i < s->plan->n_pairs && status == IH_OK; i++) {
        const ih_merge_pair *pair = &s->plan->pairs[i];
        const cJSON *old = ih_merge_find_entry(s->old, pair->name);
        char *target = ih_merge_target(s->plan, pair);
        cJSON *entry = NULL;
        VSIStatBufL info;

        status = ih_merge_entry_new(s->plan, pair, &entry, err);
        if (status == IH_OK && ih_merge_is_current(s->plan, s->old, old, entry, s->content)) {
            s->entries[i] = cJSON_Duplicate(old, true);
            s->kept[i] = true;
            s->n_kept++;
        } else if (status == IH_OK && o->dry_run) {
            s->entries[i] = entry;
            entry = NULL;
        } else if (status == IH_OK && !o->overwrite && !old && VSIStatL(target, &info) == 0) {
            status =
                ih_fail(err, IH_E_ARGUMENT, "%s is there already; -overwrite replaces it", target);
        }
        cJSON_Delete(entry);
        CPLFree(target);
    }
    return status;
}

static ih_status merge_pair(merge_state *s, size_t i, ih_error *err)
{
    const ih_merge_pair *pair = &s->plan->pairs[i];
    char *target = ih_merge_target(s->plan, pair);
    ih_merge_offsets *offsets = NULL;
    ih_merge_written written = {0};
    cJSON *entry = NULL;
    ih_status status = ih_merge_entry_new(s->plan, pair, &entry, err);

    if (status == IH_OK)
        status = ih_merge_offsets_find(s->plan, pair, &offsets, err);
    if (status == IH_OK)
        status = ih_merge_write(offsets, s->folder, target, s->inner_threads, &written, err);
    if (status == IH_OK) {
        ih_merge_report_pair(offsets, &written, entry);
        if (offsets->solution.n_loops)
            CPLError(CE_Warning, CPLE_AppDefined,
                     "%s: %zu loops of components do not close; see the report", pair->name,
                     offsets->solution.n_loops);
#pragma omp critical(ih_merge_report)
        {
            s->entries[i] = entry;
            s->n_made++;
            status = write_report(s, false, NULL, err);
        }
        entry = NULL;
    }
    cJSON_Delete(entry);
    ih_merge_written_free(&written);
    ih_merge_offsets_free(offsets);
    CPLFree(target);
    return status;
}

/* What is wrong with one pair costs that pair alone, unless there is no other. */
static ih_status work_on_pair(void *shared, void *local, size_t i, ih_error *err)
{
    merge_state *s = shared;
    ih_error why = {0};
    ih_status status;

    (void)local;
    if (s->kept[i])
        return IH_OK;
    status = merge_pair(s, i, &why);
    if (status == IH_OK)
        return IH_OK;
    if (s->plan->n_pairs > 1 && (status == IH_E_DATA || status == IH_E_UNSUPPORTED)) {
        s->failures[i] = CPLStrdup(why.text);
        return IH_OK;
    }
    return ih_fail(err, status, "%s", why.text);
}

static ih_status merge_all(merge_state *s, ih_error *err)
{
    static const char *const no_names[] = {NULL};
    const ih_parallel_work work = {.n_items = s->plan->n_pairs,
                                   .threads = s->threads,
                                   .shared = s,
                                   .work = work_on_pair,
                                   .progress = s->request.progress,
                                   .progress_data = s->request.progress_data,
                                   .what = "Pairs",
                                   .to = 1.0};
    ih_status status = ih_result_folder_open(s->plan->folder, no_names, true, &s->folder, err);

    /* What is about to be replaced is no longer that of the earlier report. */
    if (status == IH_OK && s->old && s->n_kept < s->plan->n_pairs)
        status = write_report(s, false, NULL, err);
    if (status == IH_OK)
        status = ih_parallel_work_run(&work, err);
    return status;
}

/* Pairs that failed, as inputs that were left out. Nothing uses places in the catalogue any more.
 */
static ih_status list_failures(merge_state *s, ih_error *err)
{
    ih_status status = IH_OK;

    for (size_t i = s->plan->n_pairs; i-- > 0 && status == IH_OK;)
        for (size_t k = s->plan->pairs[i].count; k-- > 0 && s->failures[i] && status == IH_OK;)
            status = ih_catalogue_drop(s->plan->catalogue, s->plan->pairs[i].first + k,
                                       s->failures[i], err);
    return status;
}

static ih_status finish(merge_state *s, ih_merge_outcome *out, ih_error *err)
{
    ih_merge_record record;
    ih_status status = list_failures(s, err);

    if (status == IH_OK && !s->request.options.dry_run && s->n_made + s->n_kept == 0) {
        for (size_t i = 0; i < s->plan->n_pairs; i++)
            CPLError(CE_Failure, CPLE_AppDefined, "%s: %s", s->plan->pairs[i].name,
                     s->failures[i] ? s->failures[i] : "");
        status = ih_fail(err, IH_E_DATA, "no pair could be merged");
    }
    if (status == IH_OK && !s->request.options.dry_run && !s->plan->one_product)
        s->n_removed = ih_merge_remove_stale(s->plan, s->old);
    if (status == IH_OK)
        status = write_report(s, true, &out->json, err);
    if (status == IH_OK) {
        record = record_of(s, true);
        out->summary = ih_merge_summary(&record);
        out->n_unusable = ih_catalogue_count_skipped(s->plan->catalogue, IH_SKIP_UNUSABLE);
    }
    return status;
}

static ih_status prepare(merge_state *s, ih_error *err)
{
    ih_status status = ih_merge_plan_new(&s->request, &s->plan, err);
    size_t n;

    if (status != IH_OK)
        return status;
    n = s->plan->n_pairs;
    s->content = ih_merge_content(s->plan);
    s->entries = ih_calloc(n, sizeof *s->entries);
    s->kept = ih_calloc(n, sizeof *s->kept);
    s->failures = ih_calloc(n, sizeof *s->failures);
    if (!s->content || !s->entries || !s->kept || !s->failures)
        return ih_fail(err, IH_E_MEMORY, "list of pairs");
    share_threads(s);
    return look_around(s, err);
}

static void free_state(merge_state *s)
{
    ih_result_folder_abort(s->folder);
    for (size_t i = 0; s->plan && i < s->plan->n_pairs; i++) {
        if (s->entries)
            cJSON_Delete(s->entries[i]);
        if (s->failures)
            CPLFree(s->failures[i]);
    }
    free(s->entries);
    free(s->kept);
    free(s->failures);
    cJSON_Delete(s->content);
    cJSON_Delete(s->old);
    ih_merge_plan_free(s->plan);
}

ih_status ih_merge_run(const ih_merge_request *given, ih_merge_outcome *out, ih_error *err)
{
    merge_state s = {.request = *given};
    ih_status status;

    *out = (ih_merge_outcome){0};
    ih_merge_options_resolve(&s.request.options);
    ih_layer_files_bound_memory(s.request.options.working_memory_bytes, 0.5);
    status = prepare(&s, err);
    if (status == IH_OK && !s.request.options.dry_run)
        status = merge_all(&s, err);
    if (status == IH_OK)
        status = finish(&s, out, err);
    if (status != IH_OK)
        ih_merge_outcome_free(out);
    free_state(&s);
    return status;
}

void ih_merge_outcome_free(ih_merge_outcome *outcome)
{
    free(outcome->summary);
    cJSON_free(outcome->json);
    *outcome = (ih_merge_outcome){0};
}
