/* SPDX-License-Identifier: MIT
 *
 * gdal_ih_hub stack and neighbours: the scenes that pair with a reference.
 */
#include "utilities/lib/hub.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_string.h>

#include "utilities/lib/baseline_stack.h"
#include "utilities/lib/report.h"
#include "utilities/lib/search_find.h"
#include "utilities/lib/search_output.h"
#include "utilities/lib/search_query.h"
#include "utilities/net/json.h"

typedef struct {
    ih_hub_network network;
    ih_scenes_target target;
    ih_stack_choice choice;
    const char *start, *end;
    long page_size, n_neighbours; /* 0 = the whole stack */
} hub_stack_options;

typedef struct {
    const hub_stack_options *options;
    const char *program, *reference_name;
    ih_search_found reference, found;
    ih_baseline_stack stack;
    char **notes; /* CPL list */
} stack_run;

#define IH_ROWS_OF hub_stack_options
#include "utilities/lib/option_rows.h"

#define STACK_ROWS                                                                                 \
    TEXT("start", "TIME", start, "Scenes", "Acquired since this date or time (UTC)."),             \
        TEXT("end", "TIME", end, "Scenes", "Acquired until this time, or the end of this day."),   \
        FLAG("same_frame", choice.same_frame, "Scenes",                                            \
             "Only scenes of the reference's frame; default all that contain its centre."),        \
        NUMBERS("min_overlap", "SHARE", 1, choice.least_overlap, 0, 1, "Scenes",                   \
                "Only scenes that cover this share of the reference's footprint; default 0."),     \
        FLAG("every_scene", choice.every_scene, "Scenes",                                          \
             "Keep several scenes of one date; default the one that covers most of the "           \
             "reference."),                                                                        \
        IH_SCENES_ROWS,                                                                            \
        TEXT("cmr_url", "URL", network.cmr_url, "Network",                                         \
             "The catalogue; default https://cmr.earthdata.nasa.gov/search."),                     \
        INTEGER("page_size", "N", page_size, 1, 2000, "Network",                                   \
                "Records in one answer; default 250."),                                            \
        IH_HUB_TRANSPORT_ROWS

static const ih_option stack_table[] = {
    STACK_ROWS,
    END_OF_OPTIONS,
};

static const ih_option neighbours_table[] = {
    INTEGER("n", "N", n_neighbours, 1, 1000, "Scenes", "How many; default 2."),
    STACK_ROWS,
    END_OF_OPTIONS,
};

const ih_program ih_hub_stack_program = {
    .name = "gdal_ih_hub stack",
    .summary = "List the scenes that pair with a reference, with their baselines.",
    .arguments = "REFERENCE [OUTPUT]",
    .description =
        "REFERENCE is the name of a scene or burst. Its stack are all scenes of the same path, "
        "direction and kind of polarisation that contain the centre of its footprint, or all "
        "acquisitions of the same burst. Temporal baselines are differences of UTC dates; "
        "perpendicular baselines come from the state vectors of the catalogue, with fractions of "
        "seconds: they may differ by some metres from those of asf_search, which drops these.",
    .examples = "gdal_ih_hub stack "
                "S1B_IW_SLC__1SDV_20210102T032031_20210102T032058_024970_02F8C3_C081 stack.csv\n"
                "gdal_ih_hub stack S1_372326_IW3_20180815T151558_VV_6BD3-BURST -start 2018-01-01",
    .options = stack_table,
    .min_arguments = 1,
    .max_arguments = 2,
};

const ih_program ih_hub_neighbours_program = {
    .name = "gdal_ih_hub neighbours",
    .summary = "List the nearest earlier scenes that pair with a reference.",
    .arguments = "REFERENCE [OUTPUT]",
    .description = "The last N scenes of the stack before the reference, as sequential pairs of "
                   "new scenes want them. See gdal_ih_hub stack.",
    .examples = "gdal_ih_hub neighbours -n 3 "
                "S1B_IW_SLC__1SDV_20210102T032031_20210102T032058_024970_02F8C3_C081",
    .options = neighbours_table,
    .min_arguments = 1,
    .max_arguments = 2,
};

static ih_status ask(const ih_hub_session *session, const stack_run *run,
                     const ih_search_options *search, ih_cli_progress *progress,
                     ih_search_found *out, ih_error *err)
{
    ih_search_query query;
    ih_status status = ih_search_query_open(search, &query, err);

    if (status != IH_OK)
        return status;
    status = ih_search_find(session, &run->options->network, &query,
                            progress ? ih_cli_show_progress : NULL, progress, out, err);
    ih_search_query_close(&query);
    return status;
}

static ih_status find_reference(const ih_hub_session *session, stack_run *run, ih_error *err)
{
    ih_search_options search = IH_SEARCH_DEFAULTS;
    ih_granules *found = &run->reference.scenes;
    ih_status status;

    search.granules = CSLAddString(NULL, run->reference_name);
    status = ask(session, run, &search, NULL, &run->reference, err);
    ih_search_options_free(&search);
    if (status == IH_OK && found->n == 0)
        status = ih_fail(err, IH_E_ARGUMENT, "%.200s is not in the catalogue", run->reference_name);
    if (status == IH_OK && found->n > 1)
        status = ih_fail(err, IH_E_ARGUMENT, "%.200s are %zu records in the catalogue",
                         run->reference_name, found->n);
    return status;
}

/* Centre of a footprint, which may cross 180 degrees. */
static bool centre_of(const ih_granule *g, double centre[2])
{
    double sum[2] = {0, 0}, first;

    if (g->n_corners < 4)
        return ih_json_number(g->properties, "centerLon", &centre[0]) &&
               ih_json_number(g->properties, "centerLat", &centre[1]);
    first = g->ring[0];
    for (size_t i = 0; i + 1 < g->n_corners; i++) {
        sum[0] += first + remainder(g->ring[2 * i] - first, 360.0);
        sum[1] += g->ring[2 * i + 1];
    }
    centre[0] = remainder(sum[0] / (double)(g->n_corners - 1), 360.0);
    centre[1] = sum[1] / (double)(g->n_corners - 1);
    return true;
}

/* Scenes of one polarisation pair with those of two that share it. */
static char **polarizations_of(const ih_granule *g)
{
    bool horizontal = strncmp(g->polarization, "HH", 2) == 0;
    char **list;

    if (g->is_burst)
        return CSLAddString(NULL, g->polarization);
    list = CSLAddString(NULL, horizontal ? "HH" : "VV");
    return CSLAddString(list, horizontal ? "HH+HV" : "VV+VH");
}

static ih_status find_others(const ih_hub_session *session, stack_run *run,
                             ih_cli_progress *progress, ih_error *err)
{
    const ih_granule *g = &run->reference.scenes.items[0];
    const hub_stack_options *o = run->options;
    ih_search_options search = IH_SEARCH_DEFAULTS;
    ih_status status = IH_OK;

    search.start = o->start;
    search.end = o->end;
    search.page_size = o->page_size;
    search.beam_mode = ih_json_text(g->properties, "beamModeType");
    search.polarizations = polarizations_of(g);
    if (g->is_burst) {
        search.bursts = CSLAddString(NULL, g->burst);
    } else {
        search.paths = CSLAddString(NULL, CPLSPrintf("%ld", g->path));
        search.direction_given = g->direction[0] != '\0';
        search.direction =
            g->direction[0] == 'A' ? IH_DIRECTION_ASCENDING : IH_DIRECTION_DESCENDING;
        search.point_given = true;
        if (g->path < 1 || !centre_of(g, search.point))
            status = ih_fail(err, IH_E_DATA,
                             "%.200s: its record has no path or no footprint, so no stack",
                             run->reference_name);
    }
    if (status == IH_OK)
        status = ask(session, run, &search, progress, &run->found, err);
    ih_search_options_free(&search);
    return status;
}

/* Its index among what was found; added to them when it is not there. */
static ih_status place_reference(stack_run *run, size_t *index, ih_error *err)
{
    ih_granules *list = &run->found.scenes;
    ih_granule *reference = &run->reference.scenes.items[0];

    for (*index = 0; *index < list->n; (*index)++)
        if (strcmp(list->items[*index].id, reference->id) == 0)
            return IH_OK;
    return ih_granules_add(list, reference, err);
}

static void note(stack_run *run, size_t n, const char *what)
{
    if (n > 0)
        run->notes = CSLAddString(run->notes, CPLSPrintf("%zu %s", n, what));
}

static void make_notes(stack_run *run)
{
    const ih_baseline_stack *s = &run->stack;

    note(run, s->other_frames, "of other frames are left out");
    note(run, s->little_overlap, "overlap the reference too little and are left out");
    note(run, s->same_dates, "of a date that another scene covers better are left out");
    note(run, s->without_baseline,
         "have no perpendicular baseline: the catalogue lacks their state vectors");
    note(run, run->found.repeated, "were found more than once and are told once");
    note(run, run->found.unreadable, "records cannot be read and are left out");
}

/* Only the last n before the reference. */
static void keep_neighbours(ih_baseline_stack *stack, size_t n)
{
    size_t earlier = 0, first;

    while (earlier < stack->n && stack->scenes[earlier].temporal_days < 0)
        earlier++;
    first = earlier > n ? earlier - n : 0;
    memmove(stack->scenes, stack->scenes + first, (earlier - first) * sizeof *stack->scenes);
    stack->n = earlier - first;
    stack->without_baseline = 0;
    for (size_t i = 0; i < stack->n; i++)
        stack->without_baseline += isnan(stack->scenes[i].perpendicular_m) ? 1 : 0;
}

static ih_status put_baselines(const ih_baseline_stack *stack, ih_error *err)
{
    for (size_t i = 0; i < stack->n; i++) {
        const ih_stack_scene *s = &stack->scenes[i];
        cJSON *p = s->granule->properties;

        if (!ih_json_put_sorted(p, "temporalBaseline",
                                cJSON_CreateNumber((double)s->temporal_days)) ||
            !ih_json_put_sorted(p, "perpendicularBaseline",
                                isnan(s->perpendicular_m)
                                    ? cJSON_CreateNull()
                                    : cJSON_CreateNumber(rint(s->perpendicular_m) + 0.0)))
            return ih_fail(err, IH_E_MEMORY, "no memory for baselines");
    }
    return IH_OK;
}

/* The stack's scenes in its order, as the writers want them; the granules stay the list's. */
static ih_status write_scenes(const stack_run *run, const char *output, ih_error *err)
{
    ih_granules list = {.n = run->stack.n, .capacity = run->stack.n};
    ih_status status;

    list.items = calloc(list.n + 1, sizeof *list.items);
    if (!list.items)
        return ih_fail(err, IH_E_MEMORY, "no memory for %zu scenes", list.n);
    for (size_t i = 0; i < list.n; i++)
        list.items[i] = *run->stack.scenes[i].granule;
    status = ih_scenes_write(&list, (ih_scenes_format)run->options->target.format, output, err);
    free(list.items);
    return status;
}

static void date_of(const ih_granule *g, char text[16])
{
    const char *start = ih_json_text(g->properties, "startTime");

    snprintf(text, 16, "%.10s", start ? start : "");
}

static void print_text(const stack_run *run, const char *output)
{
    ih_text text = {0};

    ih_text_print(&text, "date        days  B_perp_m  overlap  scene\n");
    for (size_t i = 0; i < run->stack.n; i++) {
        const ih_stack_scene *s = &run->stack.scenes[i];
        char date[16], metres[32] = "-";

        date_of(s->granule, date);
        if (!isnan(s->perpendicular_m))
            snprintf(metres, sizeof metres, "%.0f", rint(s->perpendicular_m) + 0.0);
        ih_text_print(&text, "%s %5lld %9s %7.0f%%  %s\n", date, (long long)s->temporal_days,
                      metres, 100.0 * s->overlap, s->granule->name);
    }
    for (int i = 0; run->notes && run->notes[i]; i++)
        ih_text_print(&text, "Note: %s\n", run->notes[i]);
    ih_text_print(&text, "%zu scenes%s%s\n", run->stack.n, output ? " in " : "",
                  output ? output : "");
    if (ih_text_good(&text))
        ih_cli_print(text.data);
    ih_text_free(&text);
}

static ih_status print_json(const stack_run *run, const char *output, ih_error *err)
{
    cJSON *json = ih_report_new(run->program), *array;

    if (!json)
        return ih_fail(err, IH_E_MEMORY, "no memory for a report");
    cJSON_AddStringToObject(json, "reference", run->reference_name);
    if (output)
        cJSON_AddStringToObject(json, "output", output);
    cJSON_AddNumberToObject(json, "count", (double)run->stack.n);
    cJSON_AddNumberToObject(json, "without_baseline", (double)run->stack.without_baseline);
    array = cJSON_AddArrayToObject(json, "scenes");
    for (size_t i = 0; i < run->stack.n; i++) {
        const ih_stack_scene *s = &run->stack.scenes[i];
        cJSON *scene = cJSON_CreateObject();
        char date[16];

        date_of(s->granule, date);
        cJSON_AddStringToObject(scene, "name", s->granule->name);
        cJSON_AddStringToObject(scene, "date", date);
        cJSON_AddNumberToObject(scene, "temporal_baseline_days", (double)s->temporal_days);
        ih_report_number(scene, "perpendicular_baseline_m", s->perpendicular_m);
        ih_report_number(scene, "overlap", s->overlap);
        cJSON_AddItemToArray(array, scene);
    }
    cJSON_AddItemToObject(
        json, "notes",
        cJSON_CreateStringArray((const char *const *)run->notes, CSLCount(run->notes)));
    ih_hub_print_json(json);
    return IH_OK;
}

static ih_status make_stack(stack_run *run, ih_cli_progress *progress, ih_error *err)
{
    const hub_stack_options *o = run->options;
    ih_hub_session session = {0};
    size_t index = 0;
    ih_status status = ih_hub_open(&o->network, 0, &session, err);

    if (status == IH_OK)
        status = find_reference(&session, run, err);
    if (status == IH_OK)
        status = find_others(&session, run, progress, err);
    ih_hub_close(&session);
    if (status == IH_OK)
        status = place_reference(run, &index, err);
    if (status == IH_OK)
        status = ih_baseline_stack_make(&run->found.scenes, index, &o->choice, &run->stack, err);
    if (status == IH_OK && o->n_neighbours > 0)
        keep_neighbours(&run->stack, (size_t)o->n_neighbours);
    if (status == IH_OK)
        status = put_baselines(&run->stack, err);
    return status;
}

static int run_verb(const ih_program *program, hub_stack_options *options, int argc, char **argv)
{
    stack_run run = {.options = options, .program = program->name};
    ih_cli_progress progress = {0};
    ih_error err = {IH_OK, ""};
    ih_cli cli;
    const char *output;
    bool to_output;
    ih_status status;
    int leave = ih_cli_begin_verb(program, argc, argv, options, &cli);

    if (leave >= 0)
        return leave;
    run.reference_name = cli.arguments[0];
    output = cli.n_arguments > 1 ? cli.arguments[1] : NULL;
    to_output = output && strcmp(output, "-") == 0;
    progress.quiet = cli.quiet || options->target.json || to_output;
    status = ih_scenes_check_target(&options->target, output, &err);
    if (status == IH_OK)
        status = make_stack(&run, &progress, &err);
    if (status == IH_OK && output)
        status = write_scenes(&run, output, &err);
    if (status == IH_OK) {
        make_notes(&run);
        if (options->target.json)
            status = print_json(&run, output, &err);
        else if (!cli.quiet && !to_output)
            print_text(&run, output);
    }
    leave = status == IH_OK
                ? ih_cli_finish_output(run.found.unreadable ? IH_EXIT_PARTLY : IH_EXIT_DONE)
                : ih_cli_fail(&progress, status, &err);
    ih_baseline_stack_free(&run.stack);
    ih_search_found_free(&run.found);
    ih_search_found_free(&run.reference);
    CSLDestroy(run.notes);
    ih_cli_end(&cli);
    return leave;
}

int ih_hub_stack(int argc, char **argv)
{
    hub_stack_options options = {.network = IH_HUB_NETWORK_DEFAULTS, .page_size = 250};

    return run_verb(&ih_hub_stack_program, &options, argc, argv);
}

int ih_hub_neighbours(int argc, char **argv)
{
    hub_stack_options options = {
        .network = IH_HUB_NETWORK_DEFAULTS, .page_size = 250, .n_neighbours = 2};

    return run_verb(&ih_hub_neighbours_program, &options, argc, argv);
}
