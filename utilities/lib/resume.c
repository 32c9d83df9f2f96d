/* SPDX-License-Identifier: MIT */
#include "utilities/lib/resume.h"

#include <stdlib.h>

#include <cpl_error.h>
#include <cpl_string.h>

#include "algorithms/alloc.h"
#include "utilities/lib/reading_state.h"
#include "utilities/lib/report.h"
#include "utilities/lib/run_fingerprint.h"
#include "utilities/lib/sbas_state.h"
#include "utilities/lib/work_folder.h"

#define STATE     "state.json"
#define BLOCKS    "blocks"
#define SOLVE     "solve.json"
#define FINISHING "finishing"

struct ih_resume {
    ih_work_folder *folder;
    char *cube, *coherence, *cycles, *blocks; /* paths */
    cJSON *fingerprint;                       /* of the reading */
    cJSON *state;                             /* of the interrupted run, until it was taken */
    ih_reading_start before;
    bool keeps;    /* else the folder is but a lock */
    bool has_kept; /* state.json is there, and so is the cube */
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
    r->before.n_skipped = s->catalogue->n_skipped;
    r->before.n_warnings = CSLCount(s->facts.warnings);
    r->cube = ih_work_folder_path(r->folder, "cube");
    r->coherence = ih_work_folder_path(r->folder, "coherence");
    r->cycles = ih_work_folder_path(r->folder, "cycles");
    r->blocks = ih_work_folder_path(r->folder, BLOCKS);
    r->fingerprint = ih_fingerprint_of_reading(s);
    if (!r->cube || !r->coherence || !r->cycles || !r->blocks || !r->fingerprint)
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

const char *ih_resume_coherence_path(const ih_sbas_state *s)
{
    return s->resume && s->resume->keeps ? s->resume->coherence : NULL;
}

const char *ih_resume_cycles_path(const ih_sbas_state *s)
{
    return s->resume && s->resume->keeps ? s->resume->cycles : NULL;
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

ih_status ih_resume_keep_reading(ih_sbas_state *s, ih_error *err)
{
    ih_resume *r = s->resume;
    cJSON *state;
    ih_status status;

    if (!r || !r->keeps || r->has_kept)
        return IH_OK;
    state = cJSON_CreateObject();
    if (!state)
        return ih_fail(err, IH_E_MEMORY, "work folder");
    cJSON_AddItemToObject(state, "fingerprint", cJSON_Duplicate(r->fingerprint, true));
    status = ih_reading_state_put(s, &r->before, r->folder, state, err);
    if (status == IH_OK)
        status = ih_work_folder_save_json(r->folder, STATE, state, err);
    cJSON_Delete(state);
    r->has_kept = status == IH_OK;
    return status;
}

ih_status ih_resume_take_reading(ih_sbas_state *s, ih_error *err)
{
    ih_resume *r = s->resume;
    ih_status status = ih_reading_state_take(s, &r->before, r->folder, r->state, err);

    if (status == IH_OK) {
        CPLError(CE_Warning, CPLE_AppDefined,
                 "continuing an interrupted run: its %d pairs need not be read again",
                 (int)s->network->n_pairs);
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
    free(r->coherence);
    free(r->cycles);
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
