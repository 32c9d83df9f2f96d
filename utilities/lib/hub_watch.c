/* SPDX-License-Identifier: MIT
 *
 * gdal_ih_hub watch: waits until HyP3 jobs are complete.
 */
#include "utilities/lib/hub.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_multiproc.h>
#include <cpl_vsi.h>

#include "utilities/lib/report.h"
#include "utilities/net/hyp3_jobs.h"
#include "utilities/net/iso_time.h"
#include "utilities/net/json.h"

/* Few jobs are asked for one by one, many by one list. */
enum { ONE_BY_ONE = 5, MOST_BAD_ROUNDS = 10, LARGEST_FILE = 64 << 20 };

typedef struct {
    ih_hub_network network;
    const char *name;
    double interval_s, wait_s;
    bool json;
} hub_watch_options;

typedef struct {
    const hub_watch_options *options;
    ih_hyp3 hyp3;
    const char *file; /* NULL: jobs by name */
    cJSON *jobs;      /* array */
    bool quiet, changed;
} watching;

#define IH_ROWS_OF hub_watch_options
#include "utilities/lib/option_rows.h"

static const ih_option watch_table[] = {
    TEXT("name", "NAME", name, "Jobs", "The jobs of this name, instead of those of a file."),
    NUMBERS("interval", "SECONDS", 1, interval_s, 0.01, 86400, "Jobs",
            "Time between two looks; default 60. Be polite: not below 10."),
    NUMBERS("wait", "SECONDS", 1, wait_s, 0, 1e9, "Jobs",
            "Give up after this time; default 10800, 0 never. The jobs go on all the same."),
    FLAG("json", json, "Output", "Print the records as JSON at the end, and nothing before."),
    IH_HUB_ACCOUNT_ROWS,
    IH_HUB_HYP3_ROW,
    IH_HUB_TRANSPORT_ROWS,
    END_OF_OPTIONS,
};

const ih_program ih_hub_watch_program = {
    .name = "gdal_ih_hub watch",
    .summary = "Wait until HyP3 jobs are complete.",
    .arguments = "[JOBS]",
    .description =
        "JOBS is a file of records as gdal_ih_hub jobs writes it; it is brought up to date after "
        "every look. A line is printed for each job that changes its state. Failures of the "
        "network or the service are waited out: only ten looks in a row that fail end the watch.",
    .examples = "gdal_ih_hub watch jobs.json\n"
                "gdal_ih_hub watch -name petrinja-2020 -wait 0",
    .options = watch_table,
    .min_arguments = 0,
    .max_arguments = 1,
};

static const char *status_of(const cJSON *job)
{
    const char *status = ih_json_text(job, "status_code");

    return status ? status : "";
}

static bool is_complete(const cJSON *job)
{
    return strcmp(status_of(job), "SUCCEEDED") == 0 || strcmp(status_of(job), "FAILED") == 0;
}

static size_t count_open(const cJSON *jobs)
{
    const cJSON *job;
    size_t n = 0;

    cJSON_ArrayForEach(job, jobs) n += !is_complete(job);
    return n;
}

/* An identifier goes into an address: 36 letters of hexadecimal digits and dashes. */
static bool is_identifier(const char *text)
{
    return text && strlen(text) == 36 && strspn(text, "0123456789abcdefABCDEF-") == 36;
}

static ih_status read_jobs(watching *w, ih_error *err)
{
    GByte *bytes = NULL;
    vsi_l_offset size = 0;
    ih_error why = {IH_OK, ""};
    const cJSON *job;
    ih_status status;

    if (!VSIIngestFile(NULL, w->file, &bytes, &size, LARGEST_FILE))
        return ih_fail(err, IH_E_IO, "%s: it cannot be read", w->file);
    status = ih_json_parse((const char *)bytes, (size_t)size, &w->jobs, &why);
    VSIFree(bytes);
    if (status != IH_OK)
        return ih_fail(err, IH_E_DATA, "%s: %s", w->file, why.text);
    if (!cJSON_IsArray(w->jobs))
        return ih_fail(err, IH_E_DATA, "%s: no array of jobs", w->file);
    cJSON_ArrayForEach(job, w->jobs) if (
        !is_identifier(ih_json_text(
            job, "job_"
                 "id"))) return ih_fail(err, IH_E_DATA,
                                        "%s: a record in it has no job_id that HyP3 could know",
                                        w->file);
    return IH_OK;
}

static void say_change(const watching *w, const cJSON *old, const cJSON *job)
{
    const char *name = ih_json_text(job, "name");
    char text[400];

    if (w->quiet || w->options->json || strcmp(status_of(old), status_of(job)) == 0)
        return;
    snprintf(text, sizeof text, "%.120s %.60s %.30s -> %.30s\n", name ? name : "-",
             ih_json_text(job, "job_id"), *status_of(old) ? status_of(old) : "-", status_of(job));
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' && *c != '\n')
            *c = '?';
    ih_cli_print(text);
    ih_cli_flush();
}

/* Puts a fresh record (taken over) in the place of the old one of the same job; unknown members
 * that the fresh one lacks are kept. */
static void update(watching *w, cJSON *fresh)
{
    const char *id = ih_json_text(fresh, "job_id");
    cJSON *old, *member, *next;
    int at = 0;

    cJSON_ArrayForEach(old, w->jobs)
    {
        const char *its = ih_json_text(old, "job_id");

        if (id && its && strcmp(id, its) == 0)
            break;
        at++;
    }
    if (!old) {
        cJSON_Delete(fresh);
        return;
    }
    say_change(w, old, fresh);
    w->changed = w->changed || strcmp(status_of(old), status_of(fresh)) != 0;
    for (member = old->child; member; member = next) {
        next = member->next;
        if (!cJSON_GetObjectItemCaseSensitive(fresh, member->string))
            cJSON_AddItemToObject(fresh, member->string, cJSON_Duplicate(member, true));
    }
    cJSON_ReplaceItemInArray(w->jobs, at, fresh);
}

static ih_status look_one_by_one(watching *w, ih_error *err)
{
    ih_status status = IH_OK;

    for (int i = 0; status == IH_OK && i < cJSON_GetArraySize(w->jobs); i++) {
        const cJSON *job = cJSON_GetArrayItem(w->jobs, i);
        ih_hyp3_request request = {.method = "GET", .needs_login = true};
        char path[64];
        cJSON *fresh = NULL;

        if (is_complete(job))
            continue;
        snprintf(path, sizeof path, "/jobs/%.40s", ih_json_text(job, "job_id"));
        request.path = path;
        status = ih_hyp3_ask(&w->hyp3, &request, &fresh, NULL, err);
        if (status == IH_OK)
            update(w, fresh);
    }
    return status;
}

/* The earliest request among those that are not complete. */
static bool earliest_request(const cJSON *jobs, char text[40])
{
    const cJSON *job;
    int64_t first = INT64_MAX;
    ih_time time;

    cJSON_ArrayForEach(job, jobs)
    {
        if (is_complete(job))
            continue;
        if (!ih_time_parse(ih_json_text(job, "request_time"), &time))
            return false;
        first = time.seconds < first ? time.seconds : first;
    }
    if (first == INT64_MAX)
        return false;
    ih_report_time_text(first, text);
    return true;
}

static ih_status look_at_all(watching *w, ih_error *err)
{
    char start[40];
    ih_hyp3_filter filter = {.name = w->options->name};
    cJSON *list = NULL, *job;
    ih_status status;

    if (earliest_request(w->jobs, start))
        filter.start = start;
    status = ih_hyp3_list_jobs(&w->hyp3, &filter, NULL, NULL, &list, err);
    while (status == IH_OK && (job = list->child) != NULL)
        update(w, cJSON_DetachItemViaPointer(list, job));
    cJSON_Delete(list);
    return status;
}

static ih_status look(watching *w, ih_error *err)
{
    ih_status status = IH_OK;

    w->changed = false;
    if (count_open(w->jobs) > ONE_BY_ONE)
        status = look_at_all(w, err);
    /* Those of other users, or of another name, are not in the list. */
    if (status == IH_OK && count_open(w->jobs) > 0 && count_open(w->jobs) <= ONE_BY_ONE)
        status = look_one_by_one(w, err);
    if (w->file && w->changed) {
        ih_status written = ih_report_write_json(w->file, w->jobs, err);

        status = status == IH_OK ? written : status;
    }
    return status;
}

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool pause_s(double seconds)
{
    double end = now_s() + seconds;

    while (now_s() < end && !ih_cli_interrupted())
        CPLSleep(fmin(0.05, fmax(end - now_s(), 0.0)));
    return !ih_cli_interrupted();
}

/* Whether waiting may help: the network, the service; not a refusal of ours. */
static bool may_pass(ih_status status)
{
    return status == IH_E_IO || status == IH_E_DATA;
}

static ih_status wait_for_all(watching *w, bool *timed_out, ih_error *err)
{
    const hub_watch_options *o = w->options;
    double began = now_s();
    int bad_rounds = 0;

    while (count_open(w->jobs) > 0) {
        ih_status status = look(w, err);

        bad_rounds = status == IH_OK ? 0 : bad_rounds + 1;
        if (status != IH_OK && (!may_pass(status) || bad_rounds == MOST_BAD_ROUNDS))
            return status;
        if (status != IH_OK)
            CPLError(CE_Warning, CPLE_AppDefined, "this look failed, the watch goes on: %s",
                     err->text);
        if (count_open(w->jobs) == 0)
            break;
        if (o->wait_s > 0 && now_s() - began + o->interval_s > o->wait_s) {
            *timed_out = true;
            return IH_OK;
        }
        if (!pause_s(o->interval_s))
            return ih_fail(err, IH_E_CANCELLED, "interrupted; the jobs go on");
    }
    return IH_OK;
}

static void print_end(const watching *w, bool timed_out)
{
    const ih_hyp3_tally t = ih_hyp3_count_jobs(w->jobs);
    char text[400];

    if (w->options->json) {
        ih_hub_print_json(cJSON_Duplicate(w->jobs, true));
        return;
    }
    if (w->quiet)
        return;
    snprintf(text, sizeof text,
             "%zu HyP3 Jobs: %zu succeeded, %zu failed, %zu running, %zu pending.\n", t.n,
             t.succeeded, t.failed, t.running, t.pending);
    ih_cli_print(text);
    if (timed_out)
        ih_cli_print("The time of -wait is over. The jobs go on at HyP3; the same command "
                     "continues to watch them.\n");
}

static ih_status prepare(watching *w, ih_hub_session *session, ih_error *err)
{
    const hub_watch_options *o = w->options;
    const ih_hyp3_filter filter = {.name = o->name};
    ih_status status = IH_OK;

    if (!w->file == !o->name)
        return ih_fail(err, IH_E_ARGUMENT, "either a file of jobs or -name is needed");
    if (w->file)
        status = read_jobs(w, err);
    if (status == IH_OK)
        status = ih_hub_open(&o->network, IH_HUB_ACCOUNT, session, err);
    if (status != IH_OK)
        return status;
    w->hyp3 =
        (ih_hyp3){session->http, &session->account, o->network.hyp3_url, o->network.timeout_s};
    if (o->name)
        status = ih_hyp3_list_jobs(&w->hyp3, &filter, NULL, NULL, &w->jobs, err);
    return status;
}

int ih_hub_watch(int argc, char **argv)
{
    hub_watch_options options = {
        .network = IH_HUB_NETWORK_DEFAULTS, .interval_s = 60.0, .wait_s = 10800.0};
    watching w = {.options = &options};
    ih_hub_session session = {0};
    ih_error err = {IH_OK, ""};
    bool timed_out = false;
    ih_cli cli;
    ih_status status;
    int leave = ih_cli_begin_verb(&ih_hub_watch_program, argc, argv, &options, &cli);

    if (leave >= 0)
        return leave;
    w.file = cli.n_arguments ? cli.arguments[0] : NULL;
    w.quiet = cli.quiet;
    status = prepare(&w, &session, &err);
    if (status == IH_OK)
        status = wait_for_all(&w, &timed_out, &err);
    if (status == IH_OK) {
        print_end(&w, timed_out);
        leave = timed_out                               ? IH_EXIT_FAILED
                : ih_hyp3_count_jobs(w.jobs).failed > 0 ? IH_EXIT_PARTLY
                                                        : IH_EXIT_DONE;
    } else {
        ih_cli_report(status, &err);
        leave = IH_EXIT_FAILED;
    }
    leave = ih_cli_finish_output(leave);
    cJSON_Delete(w.jobs);
    ih_hub_close(&session);
    ih_cli_end(&cli);
    return leave;
}
