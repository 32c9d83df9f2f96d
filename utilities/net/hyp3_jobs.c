/* SPDX-License-Identifier: MIT */
#include "utilities/net/hyp3_jobs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utilities/net/json.h"
#include "utilities/net/text.h"

enum { MOST_PAGES = 5000, LONGEST_QUERY = 16384 };

/* Queries that were asked, one in a line. */
typedef struct {
    ih_text asked;
    char *next; /* path and query of the next page; NULL at the end */
} paging;

static void add_filter(ih_text *query, const char *name, const char *value)
{
    if (value)
        ih_text_add_field(query, name, value);
}

static char *first_path(const ih_hyp3_filter *f)
{
    ih_text query = {0}, path = {0};
    char *out = NULL;

    add_filter(&query, "name", f->name);
    add_filter(&query, "status_code", f->status_code);
    add_filter(&query, "job_type", f->job_type);
    add_filter(&query, "user_id", f->user_id);
    add_filter(&query, "start", f->start);
    add_filter(&query, "end", f->end);
    ih_text_print(&path, "/jobs%s%s", query.length ? "?" : "", query.length ? query.data : "");
    if (ih_text_good(&query) && ih_text_good(&path))
        out = ih_copy_text(path.data);
    ih_text_free(&query);
    ih_text_free(&path);
    return out;
}

static bool is_query(const char *text)
{
    size_t length = strlen(text);

    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] <= ' ' || (unsigned char)text[i] >= 127 || text[i] == '#')
            return false;
    return length > 0 && length < LONGEST_QUERY;
}

/* Takes from an answer where the next page is. */
static ih_status take_next(paging *p, const cJSON *answer, ih_error *err)
{
    const char *next = ih_json_text(answer, "next");
    const char *query = next ? strchr(next, '?') : NULL;
    ih_text line = {0}, path = {0};
    ih_status status = IH_OK;

    free(p->next);
    p->next = NULL;
    if (!next)
        return IH_OK;
    if (!query || !is_query(query + 1))
        return ih_fail(err, IH_E_DATA, "HyP3 names a next page that cannot be asked for");
    ih_text_print(&line, "\n%s\n", query + 1);
    ih_text_print(&path, "/jobs%s", query);
    if (!ih_text_good(&line) || !ih_text_good(&path) || !(p->next = ih_copy_text(path.data)))
        status = ih_fail(err, IH_E_MEMORY, "no memory for a list of jobs");
    else if (p->asked.data && strstr(p->asked.data, line.data))
        status = ih_fail(err, IH_E_DATA,
                         "HyP3 names a page as the next that was read already; the "
                         "list of jobs would not end");
    else
        ih_text_print(&p->asked, "%s", line.data);
    ih_text_free(&line);
    ih_text_free(&path);
    return status;
}

static ih_status take_jobs(cJSON *answer, cJSON *jobs, ih_error *err)
{
    const cJSON *list = ih_json_get(answer, "jobs");
    cJSON *item;

    if (!cJSON_IsArray(list))
        return ih_fail(err, IH_E_DATA, "HyP3's answer has no list of jobs");
    while ((item = list->child) != NULL)
        cJSON_AddItemToArray(jobs, cJSON_DetachItemViaPointer((cJSON *)list, item));
    return IH_OK;
}

ih_status ih_hyp3_list_jobs(const ih_hyp3 *hyp3, const ih_hyp3_filter *filter, ih_progress show,
                            void *show_data, cJSON **out, ih_error *err)
{
    paging p = {.next = first_path(filter)};
    cJSON *jobs = cJSON_CreateArray();
    ih_status status =
        p.next && jobs ? IH_OK : ih_fail(err, IH_E_MEMORY, "no memory for a list of jobs");

    for (int page = 0; status == IH_OK && p.next; page++) {
        const ih_hyp3_request request = {.method = "GET", .path = p.next, .needs_login = true};
        cJSON *answer = NULL;

        if (page == MOST_PAGES)
            status = ih_fail(err, IH_E_DATA, "more than %d pages of jobs", MOST_PAGES);
        else
            status = ih_hyp3_ask(hyp3, &request, &answer, NULL, err);
        if (status == IH_OK)
            status = take_jobs(answer, jobs, err);
        if (status == IH_OK)
            status = take_next(&p, answer, err);
        cJSON_Delete(answer);
        if (status == IH_OK && show && !show(0.0, "listing", show_data))
            status = ih_fail(err, IH_E_CANCELLED, "interrupted");
    }
    ih_text_free(&p.asked);
    free(p.next);
    if (status != IH_OK) {
        cJSON_Delete(jobs);
        jobs = NULL;
    }
    *out = jobs;
    return status;
}

ih_hyp3_tally ih_hyp3_count_jobs(const cJSON *jobs)
{
    ih_hyp3_tally tally = {0};
    const cJSON *job;

    cJSON_ArrayForEach(job, jobs)
    {
        const char *status = ih_json_text(job, "status_code");
        double credits;

        tally.n++;
        if (status && strcmp(status, "SUCCEEDED") == 0)
            tally.succeeded++;
        else if (status && strcmp(status, "FAILED") == 0)
            tally.failed++;
        else if (status && strcmp(status, "RUNNING") == 0)
            tally.running++;
        else if (status && strcmp(status, "PENDING") == 0)
            tally.pending++;
        else
            tally.other++;
        if (ih_json_number(job, "credit_cost", &credits))
            tally.credits += credits;
    }
    return tally;
}

/* The value of a parameter as a key of the table: the length of an array, a whole number without
 * decimals, else its text. */
static bool key_of(const cJSON *parameters, const char *name, char key[64])
{
    const cJSON *value = ih_json_get(parameters, name);

    if (cJSON_IsArray(value))
        snprintf(key, 64, "%d", cJSON_GetArraySize(value));
    else if (cJSON_IsNumber(value) && value->valuedouble == rint(value->valuedouble))
        snprintf(key, 64, "%.0f", value->valuedouble);
    else if (cJSON_IsNumber(value))
        snprintf(key, 64, "%g", value->valuedouble);
    else if (cJSON_IsString(value))
        snprintf(key, 64, "%s", value->valuestring);
    else if (!value && strcmp(name, "looks") == 0)
        snprintf(key, 64, "20x4");
    else if (!value && strcmp(name, "resolution") == 0)
        snprintf(key, 64, "30");
    else
        return false;
    return true;
}

bool ih_hyp3_price(const cJSON *costs, const char *job_type, const cJSON *parameters,
                   double *credits)
{
    const cJSON *type = ih_json_get(costs, job_type), *at = ih_json_get(type, "cost_table");
    const cJSON *name;
    char key[64];

    if (ih_json_number(type, "cost", credits))
        return true;
    cJSON_ArrayForEach(name, ih_json_get(type, "cost_parameters"))
    {
        if (!cJSON_IsString(name) || !key_of(parameters, name->valuestring, key))
            return false;
        at = ih_json_get(at, key);
    }
    if (!cJSON_IsNumber(at))
        return false;
    *credits = at->valuedouble;
    return true;
}
