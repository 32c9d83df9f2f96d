/* SPDX-License-Identifier: MIT
 *
 * gdal_ih_hub search and count: which scenes there are.
 */
#include "utilities/lib/hub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>

#include "utilities/lib/report.h"
#include "utilities/lib/search_find.h"
#include "utilities/lib/search_output.h"
#include "utilities/lib/search_query.h"
#include "utilities/lib/search_summary.h"
#include "utilities/net/cmr.h"

typedef struct {
    ih_hub_network network;
    ih_search_options search;
    ih_scenes_target target;
    bool list;
    long max_results;
} hub_search_options;

/* A search on its way. */
typedef struct {
    const hub_search_options *options;
    ih_search_query *query;
    ih_search_found found;
} search_run;

#define IH_ROWS_OF hub_search_options
#include "utilities/lib/option_rows.h"

static const ih_option search_table[] = {
    IH_SEARCH_ROWS,
    IH_SCENES_ROWS,
    FLAG("list", list, "Output", "List the scenes of each stack in the summary."),
    INTEGER("max_results", "N", max_results, 0, 100000000, "Output",
            "Keep only the latest N scenes; default all."),
    IH_HUB_TRANSPORT_ROWS,
    END_OF_OPTIONS,
};

static const ih_option count_table[] = {
    IH_SEARCH_ROWS,
    FLAG("json", target.json, "Output", "Print the count as JSON."),
    IH_HUB_TRANSPORT_ROWS,
    END_OF_OPTIONS,
};

const ih_program ih_hub_search_program = {
    .name = "gdal_ih_hub search",
    .summary = "Find Sentinel-1 scenes or bursts, and tell which stacks they form.",
    .arguments = "[OUTPUT]",
    .description =
        "Asks NASA's Common Metadata Repository for scenes of ASF's archive; no account is needed. "
        "Prints the stacks (path and frame, or burst) with their count and dates, and writes the "
        "scenes to OUTPUT, \"-\" for standard output. An option given several times means any of "
        "its values; different options all have to hold. Either all that there is is found, or the "
        "search fails.",
    .examples = "gdal_ih_hub search -aoi -113.05,37.74,-112.68,38.00 scenes.geojson\n"
                "gdal_ih_hub search -aoi valley.gpkg -path 100 -start 2020-01-01 -end 2020-12-31 "
                "scenes.gpkg\n"
                "gdal_ih_hub search -burst 174_372326_IW3 -polarization VV -list\n"
                "gdal_ih_hub search -granule_file names.txt -of metalink scenes.metalink",
    .options = search_table,
    .min_arguments = 0,
    .max_arguments = 1,
};

const ih_program ih_hub_count_program = {
    .name = "gdal_ih_hub count",
    .summary = "Tell how many records a search would find.",
    .arguments = "",
    .description =
        "Takes the options of the search. The catalogue counts what lies in the "
        "simplified area, and what several requests find is counted several times: where "
        "that is possible the answer says \"at most\".",
    .examples = "gdal_ih_hub count -aoi -113.05,37.74,-112.68,38.00 -start 2020-01-01",
    .options = count_table,
    .min_arguments = 0,
    .max_arguments = 0,
};

static ih_status find(search_run *run, ih_cli_progress *progress, ih_error *err)
{
    const hub_search_options *o = run->options;
    ih_granules *scenes = &run->found.scenes;
    ih_hub_session session = {0};
    ih_status status = ih_hub_open(&o->network, 0, &session, err);

    if (status == IH_OK)
        status = ih_search_find(&session, &o->network, run->query, ih_cli_show_progress, progress,
                                &run->found, err);
    ih_hub_close(&session);
    while (status == IH_OK && o->max_results > 0 && scenes->n > (size_t)o->max_results)
        ih_granule_free(&scenes->items[--scenes->n]);
    return status;
}

/* What was asked for by name and is not there. */
static char **missing_names(const search_run *run)
{
    char **missing = NULL;

    for (int i = 0; run->query->names && run->query->names[i]; i++) {
        bool there = false;

        for (size_t j = 0; !there && j < run->found.scenes.n; j++)
            there = EQUAL(run->found.scenes.items[j].name, run->query->names[i]) ||
                    EQUAL(run->found.scenes.items[j].id, run->query->names[i]);
        if (!there)
            missing = CSLAddString(missing, run->query->names[i]);
    }
    return missing;
}

static void note_count(char ***notes, size_t n, const char *what)
{
    if (n > 0)
        *notes = CSLAddString(*notes, CPLSPrintf("%zu %s", n, what));
}

/* Everything that is not as one might think. */
static char **make_notes(const search_run *run, char **missing)
{
    char **notes = CSLDuplicate(run->query->notes);

    note_count(&notes, run->query->outside,
               "found by the catalogue do not touch the area and are left out");
    note_count(&notes, run->query->unlike,
               "found by the catalogue are not what was asked for and are left out");
    note_count(&notes, run->found.repeated, "were found more than once and are told once");
    note_count(&notes, run->found.several_polygons,
               "have a footprint of several polygons, of which the first is used");
    note_count(&notes, run->found.unreadable, "records cannot be read and are left out");
    for (int i = 0; run->found.complaints && run->found.complaints[i]; i++)
        notes = CSLAddString(notes, run->found.complaints[i]);
    for (int i = 0; missing && missing[i] && i < IH_SEARCH_COMPLAINTS; i++)
        notes = CSLAddString(notes, CPLSPrintf("not in the catalogue: %.100s", missing[i]));
    if (CSLCount(missing) > IH_SEARCH_COMPLAINTS)
        notes = CSLAddString(notes, CPLSPrintf("not in the catalogue: %d more",
                                               CSLCount(missing) - IH_SEARCH_COMPLAINTS));
    return notes;
}

static ih_status print_text(const search_run *run, char **notes, const char *output, ih_error *err)
{
    ih_text text = {0};
    ih_status status = ih_search_summary_text(&run->found.scenes, run->options->list, &text, err);

    if (status == IH_OK) {
        for (int i = 0; notes && notes[i]; i++)
            ih_text_print(&text, "Note: %s\n", notes[i]);
        ih_text_print(&text, "%zu %s%s%s\n", run->found.scenes.n,
                      run->query->is_burst ? "bursts" : "scenes", output ? " in " : "",
                      output ? output : "");
        if (ih_text_good(&text))
            ih_cli_print(text.data);
        else
            status = ih_fail(err, IH_E_MEMORY, "no memory for a summary");
    }
    ih_text_free(&text);
    return status;
}

static ih_status print_json(const search_run *run, char **notes, char **missing, const char *output,
                            ih_error *err)
{
    cJSON *json = ih_report_new("gdal_ih_hub search"), *stacks = NULL;
    ih_status status =
        json ? ih_search_summary_json(&run->found.scenes, run->options->list, &stacks, err)
             : ih_fail(err, IH_E_MEMORY, "no memory for a summary");

    if (status != IH_OK) {
        cJSON_Delete(json);
        return status;
    }
    cJSON_AddNumberToObject(json, "count", (double)run->found.scenes.n);
    if (output)
        cJSON_AddStringToObject(json, "output", output);
    cJSON_AddItemToObject(json, "stacks", stacks);
    cJSON_AddNumberToObject(json, "outside_area", (double)run->query->outside);
    cJSON_AddNumberToObject(json, "not_as_asked", (double)run->query->unlike);
    cJSON_AddNumberToObject(json, "repeated", (double)run->found.repeated);
    cJSON_AddNumberToObject(json, "unreadable", (double)run->found.unreadable);
    cJSON_AddItemToObject(json, "missing",
                          cJSON_CreateStringArray((const char *const *)missing, CSLCount(missing)));
    cJSON_AddItemToObject(json, "notes",
                          cJSON_CreateStringArray((const char *const *)notes, CSLCount(notes)));
    ih_hub_print_json(json);
    return IH_OK;
}

/* Everything between the command line and the exit status. */
static ih_status search(hub_search_options *o, const char *output, bool quiet,
                        ih_cli_progress *progress, bool *partly, ih_error *err)
{
    bool to_output = output && strcmp(output, "-") == 0;
    ih_search_query query;
    search_run run = {.options = o, .query = &query};
    char **missing = NULL, **notes = NULL;
    ih_status status = ih_scenes_check_target(&o->target, output, err);

    if (status != IH_OK)
        return status;
    status = ih_search_query_open(&o->search, &query, err);
    if (status != IH_OK)
        return status;
    progress->quiet = quiet || o->target.json || to_output;
    status = find(&run, progress, err);
    if (status == IH_OK && output)
        status =
            ih_scenes_write(&run.found.scenes, (ih_scenes_format)o->target.format, output, err);
    if (status == IH_OK) {
        missing = missing_names(&run);
        notes = make_notes(&run, missing);
        *partly = run.found.unreadable > 0 || missing;
    }
    if (status == IH_OK && o->target.json)
        status = print_json(&run, notes, missing, output, err);
    else if (status == IH_OK && !quiet && !to_output)
        status = print_text(&run, notes, output, err);
    CSLDestroy(missing);
    CSLDestroy(notes);
    ih_search_found_free(&run.found);
    ih_search_query_close(&query);
    return status;
}

int ih_hub_search(int argc, char **argv)
{
    hub_search_options options = {.network = IH_HUB_NETWORK_DEFAULTS, .search = IH_SEARCH_DEFAULTS};
    ih_cli_progress progress = {0};
    ih_error err = {IH_OK, ""};
    bool partly = false;
    ih_cli cli;
    ih_status status;
    int leave = ih_cli_begin_verb(&ih_hub_search_program, argc, argv, &options, &cli);

    if (leave >= 0)
        return leave;
    status = search(&options, cli.n_arguments ? cli.arguments[0] : NULL, cli.quiet, &progress,
                    &partly, &err);
    leave = status == IH_OK ? ih_cli_finish_output(partly ? IH_EXIT_PARTLY : IH_EXIT_DONE)
                            : ih_cli_fail(&progress, status, &err);
    ih_search_options_free(&options.search);
    ih_cli_end(&cli);
    return leave;
}

static ih_status count(const hub_search_options *o, bool quiet, ih_error *err)
{
    ih_search_query query;
    ih_hub_session session = {0};
    int64_t sum = 0, hits;
    bool at_most;
    ih_status status = ih_search_query_open(&o->search, &query, err);

    if (status != IH_OK)
        return status;
    status = ih_hub_open(&o->network, 0, &session, err);
    for (int i = 0; status == IH_OK && query.forms[i]; i++) {
        const ih_cmr cmr = {session.http, o->network.cmr_url, ih_search_timeout_s(&o->network), 0};

        status = ih_cmr_count(&cmr, query.forms[i], &hits, err);
        sum += status == IH_OK ? hits : 0;
    }
    at_most = CSLCount(query.forms) > 1 || query.has_area || query.names ||
              (o->search.season_given && o->search.season[0] > o->search.season[1]);
    if (status == IH_OK && o->target.json) {
        cJSON *json = ih_report_new("gdal_ih_hub count");

        cJSON_AddNumberToObject(json, "count", (double)sum);
        cJSON_AddBoolToObject(json, "at_most", at_most);
        cJSON_AddNumberToObject(json, "requests", (double)CSLCount(query.forms));
        ih_hub_print_json(json);
    } else if (status == IH_OK) {
        ih_cli_print(CPLSPrintf("%s%lld\n", at_most && !quiet ? "at most " : "", (long long)sum));
    }
    ih_hub_close(&session);
    ih_search_query_close(&query);
    return status;
}

int ih_hub_count(int argc, char **argv)
{
    hub_search_options options = {.network = IH_HUB_NETWORK_DEFAULTS, .search = IH_SEARCH_DEFAULTS};
    ih_cli_progress progress = {0};
    ih_error err = {IH_OK, ""};
    ih_cli cli;
    ih_status status;
    int leave = ih_cli_begin_verb(&ih_hub_count_program, argc, argv, &options, &cli);

    if (leave >= 0)
        return leave;
    status = count(&options, cli.quiet, &err);
    leave =
        status == IH_OK ? ih_cli_finish_output(IH_EXIT_DONE) : ih_cli_fail(&progress, status, &err);
    ih_search_options_free(&options.search);
    ih_cli_end(&cli);
    return leave;
}
