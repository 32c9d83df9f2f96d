/* SPDX-License-Identifier: MIT
 *
 * gdal_ih_hub jobs, user and cost: what HyP3 has, whose it is, and what it would charge.
 */
#include "utilities/lib/hub.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>

#include "utilities/lib/report.h"
#include "utilities/net/hyp3_jobs.h"
#include "utilities/net/iso_time.h"
#include "utilities/net/json.h"

enum { LONGEST_NAME = 100 };

static const char *const status_names[] = {"PENDING", "RUNNING", "SUCCEEDED", "FAILED", NULL};

typedef struct {
    ih_hub_network network;
    const char *name, *job_type, *user_id, *start, *end;
    int status;
    bool status_given, json, overwrite;
    char **parameters;
    long count;
} hub_jobs_options;

#define IH_ROWS_OF hub_jobs_options
#include "utilities/lib/option_rows.h"

static const ih_option jobs_table[] = {
    TEXT("name", "NAME", name, "Jobs", "Jobs of exactly this name."),
    CHOICE_GIVEN("status", status, status_names, "Jobs", "Jobs in this state."),
    TEXT("job_type", "TYPE", job_type, "Jobs", "Jobs of this type, such as INSAR_GAMMA."),
    TEXT("user_id", "USER", user_id, "Jobs", "Jobs of this user; default your own."),
    TEXT("start", "TIME", start, "Jobs", "Requested since this date or time (UTC)."),
    TEXT("end", "TIME", end, "Jobs", "Requested until this time, or the end of this day."),
    FLAG("overwrite", overwrite, "Output", "Replace an existing file."),
    FLAG("json", json, "Output", "Print the records as JSON."),
    IH_HUB_ACCOUNT_ROWS,
    IH_HUB_HYP3_ROW,
    IH_HUB_TRANSPORT_ROWS,
    END_OF_OPTIONS,
};

static const ih_option user_table[] = {
    FLAG("json", json, "Output", "Print the service's record as JSON."),
    IH_HUB_ACCOUNT_ROWS,
    IH_HUB_HYP3_ROW,
    IH_HUB_TRANSPORT_ROWS,
    END_OF_OPTIONS,
};

static const ih_option cost_table[] = {
    TEXT("job_type", "TYPE", job_type, "Jobs", "The price of this type; default a list of all."),
    LISTED("param", "NAME=VALUE", parameters, "Jobs",
           "Parameter of the job that the price depends on, such as looks=10x2; a number stands "
           "for a list of that length where a list is wanted."),
    INTEGER("count", "N", count, 1, 1000000, "Jobs", "So many such jobs; default 1."),
    FLAG("json", json, "Output", "Print the price, or the service's table, as JSON."),
    IH_HUB_HYP3_ROW,
    IH_HUB_TRANSPORT_ROWS,
    END_OF_OPTIONS,
};

const ih_program ih_hub_jobs_program = {
    .name = "gdal_ih_hub jobs",
    .summary = "List HyP3 jobs.",
    .arguments = "[OUTPUT]",
    .description =
        "Prints name, identifier, type and state of each job, newest first, and their number by "
        "state. OUTPUT gets the whole records as a JSON array. All jobs at HyP3 can be read by all "
        "its users: names and parameters are public.",
    .examples = "gdal_ih_hub jobs -status FAILED\n"
                "gdal_ih_hub jobs -name petrinja-2020 -start 2026-01-01 jobs.json",
    .options = jobs_table,
    .min_arguments = 0,
    .max_arguments = 1,
};

const ih_program ih_hub_user_program = {
    .name = "gdal_ih_hub user",
    .summary = "Tell HyP3's record of the user: application, credits, names of jobs.",
    .arguments = "",
    .examples = "gdal_ih_hub user",
    .options = user_table,
    .min_arguments = 0,
    .max_arguments = 0,
};

const ih_program ih_hub_cost_program = {
    .name = "gdal_ih_hub cost",
    .summary = "Tell what jobs cost at HyP3; needs no account.",
    .arguments = "",
    .examples = "gdal_ih_hub cost\n"
                "gdal_ih_hub cost -job_type INSAR_GAMMA -param looks=10x2 -count 65\n"
                "gdal_ih_hub cost -job_type INSAR_ISCE_MULTI_BURST -param looks=5x1 -param "
                "reference=11",
    .options = cost_table,
    .min_arguments = 0,
    .max_arguments = 0,
};

/* Whole seconds with Z; NULL stays NULL. */
static ih_status service_time(const char *option, const char *text, bool is_end, char out[40],
                              int64_t *seconds, ih_error *err)
{
    ih_time time;

    if (!text)
        return IH_OK;
    if (!ih_time_parse(text, &time))
        return ih_fail(err, IH_E_ARGUMENT,
                       "-%s %.60s: a date such as 2026-01-31 or a time such as "
                       "2026-01-31T12:00:00Z is needed",
                       option, text);
    *seconds = time.seconds + (is_end && time.date_only ? 86399 : 0);
    ih_report_time_text(*seconds, out);
    return IH_OK;
}

static ih_status make_filter(const hub_jobs_options *o, char start[40], char end[40],
                             ih_hyp3_filter *out, ih_error *err)
{
    int64_t first = INT64_MIN, last = INT64_MAX;
    ih_status status = service_time("start", o->start, false, start, &first, err);

    if (status == IH_OK)
        status = service_time("end", o->end, true, end, &last, err);
    /* The service answers 500 to it. */
    if (status == IH_OK && first > last)
        status = ih_fail(err, IH_E_ARGUMENT, "-start %s is after -end %s", o->start, o->end);
    if (status == IH_OK && o->name && (!o->name[0] || strlen(o->name) > LONGEST_NAME))
        status =
            ih_fail(err, IH_E_ARGUMENT, "-name: names of jobs have 1 to %d letters", LONGEST_NAME);
    *out = (ih_hyp3_filter){.name = o->name,
                            .status_code = o->status_given ? status_names[o->status] : NULL,
                            .job_type = o->job_type,
                            .user_id = o->user_id,
                            .start = o->start ? start : NULL,
                            .end = o->end ? end : NULL};
    return status;
}

static const char *or_dash(const char *text)
{
    return text && *text ? text : "-";
}

static ih_status print_jobs(const cJSON *jobs, const char *output, ih_error *err)
{
    const ih_hyp3_tally t = ih_hyp3_count_jobs(jobs);
    ih_text text = {0};
    ih_status status = IH_OK;
    const cJSON *job;

    cJSON_ArrayForEach(job, jobs)
        ih_text_print(&text, "%s %s %s %s\n", or_dash(ih_json_text(job, "name")),
                      or_dash(ih_json_text(job, "job_id")), or_dash(ih_json_text(job, "job_type")),
                      or_dash(ih_json_text(job, "status_code")));
    ih_text_print(&text, "%zu HyP3 Jobs: %zu succeeded, %zu failed, %zu running, %zu pending", t.n,
                  t.succeeded, t.failed, t.running, t.pending);
    if (t.other)
        ih_text_print(&text, ", %zu in another state", t.other);
    ih_text_print(&text, ".%s%s\n", output ? " Written to " : "", output ? output : "");
    /* Names come from other people: nothing in them may steer the terminal. */
    for (size_t i = 0; i < text.length; i++)
        if ((unsigned char)text.data[i] < ' ' && text.data[i] != '\n')
            text.data[i] = '?';
    if (ih_text_good(&text))
        ih_cli_print(text.data);
    else
        status = ih_fail(err, IH_E_MEMORY, "no memory for a list of jobs");
    ih_text_free(&text);
    return status;
}

static ih_status check_output(const hub_jobs_options *o, const char *output, ih_error *err)
{
    VSIStatBufL facts;

    if (output && !o->overwrite && VSIStatL(output, &facts) == 0)
        return ih_fail(err, IH_E_ARGUMENT, "%s exists; -overwrite replaces it", output);
    return IH_OK;
}

static ih_status open_hyp3(const hub_jobs_options *o, bool with_account, ih_hub_session *session,
                           ih_hyp3 *hyp3, ih_error *err)
{
    ih_status status = ih_hub_open(&o->network, with_account ? IH_HUB_ACCOUNT : 0, session, err);

    if (status == IH_OK)
        *hyp3 = (ih_hyp3){session->http, with_account ? &session->account : NULL,
                          o->network.hyp3_url, o->network.timeout_s};
    return status;
}

static ih_status list(const hub_jobs_options *o, const char *output, bool quiet, ih_error *err)
{
    char start[40], end[40];
    ih_hub_session session = {0};
    ih_hyp3_filter filter;
    cJSON *jobs = NULL;
    ih_hyp3 hyp3;
    ih_status status = make_filter(o, start, end, &filter, err);

    if (status == IH_OK)
        status = check_output(o, output, err);
    if (status != IH_OK)
        return status;
    status = open_hyp3(o, true, &session, &hyp3, err);
    if (status == IH_OK)
        status = ih_hyp3_list_jobs(&hyp3, &filter, NULL, NULL, &jobs, err);
    if (status == IH_OK && output)
        status = ih_report_write_json(output, jobs, err);
    if (status == IH_OK && o->json)
        ih_hub_print_json(cJSON_Duplicate(jobs, true));
    else if (status == IH_OK && !quiet)
        status = print_jobs(jobs, output, err);
    cJSON_Delete(jobs);
    ih_hub_close(&session);
    return status;
}

static void print_user(const cJSON *record)
{
    const cJSON *names = ih_json_get(record, "job_names");
    double credits, monthly;
    ih_text text = {0};

    ih_text_print(&text, "User: %s\nApplication: %s\n", or_dash(ih_json_text(record, "user_id")),
                  or_dash(ih_json_text(record, "application_status")));
    if (ih_json_number(record, "remaining_credits", &credits))
        ih_text_print(&text, "Credits left: %g\n", credits);
    else
        ih_text_print(&text, "Credits left: unlimited\n");
    if (ih_json_number(record, "credits_per_month", &monthly))
        ih_text_print(&text, "Credits per month: %g\n", monthly);
    if (cJSON_IsArray(names))
        ih_text_print(&text, "Names of jobs: %d\n", cJSON_GetArraySize(names));
    if (ih_text_good(&text))
        ih_cli_print(text.data);
    ih_text_free(&text);
}

static ih_status tell_user(const hub_jobs_options *o, const char *output, bool quiet, ih_error *err)
{
    const ih_hyp3_request request = {.method = "GET", .path = "/user", .needs_login = true};
    ih_hub_session session = {0};
    cJSON *record = NULL;
    ih_hyp3 hyp3;
    ih_status status = open_hyp3(o, true, &session, &hyp3, err);

    (void)output;
    if (status == IH_OK)
        status = ih_hyp3_ask(&hyp3, &request, &record, NULL, err);
    if (status == IH_OK && !ih_json_text(record, "user_id"))
        status = ih_fail(err, IH_E_DATA, "HyP3's answer about the user names no user");
    if (status == IH_OK && o->json)
        ih_hub_print_json(cJSON_Duplicate(record, true));
    else if (status == IH_OK && !quiet)
        print_user(record);
    cJSON_Delete(record);
    ih_hub_close(&session);
    return status;
}

/* job_parameters of NAME=VALUE words; a number becomes a list of that length for parameters that
 * are lists. */
static ih_status make_parameters(char **words, cJSON *out, ih_error *err)
{
    for (int i = 0; words && words[i]; i++) {
        const char *equals = strchr(words[i], '=');
        char *name, *end;
        long n;

        if (!equals || equals == words[i])
            return ih_fail(err, IH_E_ARGUMENT, "-param %.60s: NAME=VALUE is needed", words[i]);
        n = strtol(equals + 1, &end, 10);
        name = CPLStrdup(words[i]);
        name[equals - words[i]] = '\0';
        if ((EQUAL(name, "reference") || EQUAL(name, "secondary")) && end != equals + 1 && !*end &&
            n > 0 && n < 1000) {
            cJSON *array = cJSON_AddArrayToObject(out, name);

            while (n-- > 0)
                cJSON_AddItemToArray(array, cJSON_CreateString(""));
        } else {
            cJSON_AddStringToObject(out, name, equals + 1);
        }
        CPLFree(name);
    }
    return IH_OK;
}

static ih_status print_price(const hub_jobs_options *o, const cJSON *costs, const cJSON *parameters,
                             ih_error *err)
{
    double count = (double)(o->count > 0 ? o->count : 1), price;
    cJSON *json;

    if (!ih_json_get(costs, o->job_type))
        return ih_fail(err, IH_E_ARGUMENT, "%.60s is no job type of %s", o->job_type,
                       o->network.hyp3_url);
    if (!ih_hyp3_price(costs, o->job_type, parameters, &price))
        return ih_fail(err, IH_E_DATA,
                       "the service's table does not tell the price of %.60s with these parameters",
                       o->job_type);
    if (!o->json) {
        char text[64];

        snprintf(text, sizeof text, "%g credits\n", price * count);
        ih_cli_print(text);
        return IH_OK;
    }
    json = ih_report_new("gdal_ih_hub cost");
    cJSON_AddStringToObject(json, "job_type", o->job_type);
    cJSON_AddNumberToObject(json, "count", count);
    cJSON_AddNumberToObject(json, "credits_each", price);
    cJSON_AddNumberToObject(json, "credits", price * count);
    ih_hub_print_json(json);
    return IH_OK;
}

/* One line per price: type and the keys that lead to it. */
static void add_prices(ih_text *text, const char *type, const cJSON *at, const char *keys)
{
    const cJSON *item;

    if (cJSON_IsNumber(at)) {
        ih_text_print(text, "%-24s %-12s %g\n", type, keys, at->valuedouble);
        return;
    }
    cJSON_ArrayForEach(item, at)
    {
        char longer[128];

        snprintf(longer, sizeof longer, "%s%s%s", keys, *keys ? " " : "",
                 item->string ? item->string : "");
        add_prices(text, type, item, longer);
    }
}

static void print_all_prices(const cJSON *costs)
{
    ih_text text = {0};
    const cJSON *type;

    cJSON_ArrayForEach(type, costs)
    {
        const cJSON *cost = ih_json_get(type, "cost");

        add_prices(&text, type->string ? type->string : "",
                   cost ? cost : ih_json_get(type, "cost_table"), "");
    }
    if (ih_text_good(&text) && text.data)
        ih_cli_print(text.data);
    ih_text_free(&text);
}

static ih_status tell_cost(const hub_jobs_options *o, const char *output, bool quiet, ih_error *err)
{
    const ih_hyp3_request request = {.method = "GET", .path = "/costs"};
    cJSON *costs = NULL, *parameters = cJSON_CreateObject();
    ih_hub_session session = {0};
    ih_hyp3 hyp3;
    ih_status status = make_parameters(o->parameters, parameters, err);

    (void)output, (void)quiet;
    if (status == IH_OK && !o->job_type && (o->parameters || o->count > 0))
        status = ih_fail(err, IH_E_ARGUMENT, "-param and -count need -job_type");
    if (status == IH_OK)
        status = open_hyp3(o, false, &session, &hyp3, err);
    if (status == IH_OK)
        status = ih_hyp3_ask(&hyp3, &request, &costs, NULL, err);
    if (status == IH_OK && !cJSON_IsObject(costs))
        status = ih_fail(err, IH_E_DATA, "HyP3's answer has no prices");
    if (status == IH_OK && o->job_type)
        status = print_price(o, costs, parameters, err);
    else if (status == IH_OK && o->json)
        ih_hub_print_json(cJSON_Duplicate(costs, true));
    else if (status == IH_OK)
        print_all_prices(costs);
    cJSON_Delete(costs);
    cJSON_Delete(parameters);
    ih_hub_close(&session);
    return status;
}

typedef ih_status (*verb_function)(const hub_jobs_options *options, const char *output, bool quiet,
                                   ih_error *err);

static int run_verb(const ih_program *program, verb_function run, int argc, char **argv)
{
    hub_jobs_options options = {.network = IH_HUB_NETWORK_DEFAULTS};
    ih_error err = {IH_OK, ""};
    ih_cli cli;
    ih_status status;
    int leave = ih_cli_begin_verb(program, argc, argv, &options, &cli);

    if (leave >= 0)
        return leave;
    status = run(&options, cli.n_arguments ? cli.arguments[0] : NULL, cli.quiet, &err);
    if (status != IH_OK)
        ih_cli_report(status, &err);
    leave = ih_cli_finish_output(status == IH_OK ? IH_EXIT_DONE : IH_EXIT_FAILED);
    CSLDestroy(options.parameters);
    ih_cli_end(&cli);
    return leave;
}

int ih_hub_jobs(int argc, char **argv)
{
    return run_verb(&ih_hub_jobs_program, list, argc, argv);
}

int ih_hub_user(int argc, char **argv)
{
    return run_verb(&ih_hub_user_program, tell_user, argc, argv);
}

int ih_hub_cost(int argc, char **argv)
{
    return run_verb(&ih_hub_cost_program, tell_cost, argc, argv);
}
