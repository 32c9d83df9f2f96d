/* SPDX-License-Identifier: MIT */
#include "utilities/lib/search_query.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>

const char *const ih_dataset_names[] = {"SLC", "SLC-BURST", NULL};
const char *const ih_direction_names[] = {"ascending", "descending", NULL};

/* Names in one request, and requests of one search. */
enum { NAMES_AT_ONCE = 250, MOST_REQUESTS = 1000, SHORTEST_NAME = 20 };

static const char earliest[] = "1978-01-01T00:00:00Z";

/* A form that has one more field. */
static char *with_field(const char *form, const char *name, const char *value)
{
    ih_text text = {0};
    char *out;

    ih_text_print(&text, "%s", form);
    ih_text_add_field(&text, name, value);
    out = CPLStrdup(text.data ? text.data : "");
    ih_text_free(&text);
    return out;
}

/* Every form so far with each of the values: alternatives of one attribute are requests of their
 * own, because the catalogue wants all attributes of a request at once. */
static ih_status multiply(ih_search_query *q, const char *field, char **values, ih_error *err)
{
    char **out = NULL;

    if (!values)
        return IH_OK;
    if ((long)CSLCount(q->forms) * CSLCount(values) > MOST_REQUESTS)
        return ih_fail(err, IH_E_ARGUMENT, "the search would need more than %d requests",
                       MOST_REQUESTS);
    for (int i = 0; q->forms[i]; i++)
        for (int j = 0; values[j]; j++) {
            char *form = with_field(q->forms[i], field, values[j]);

            out = CSLAddString(out, form);
            CPLFree(form);
        }
    CSLDestroy(q->forms);
    q->forms = out;
    return IH_OK;
}

static ih_status multiply_by(ih_search_query *q, const char *field, const char *value,
                             ih_error *err)
{
    char **one = CSLAddString(NULL, value);
    ih_status status = multiply(q, field, one, err);

    CSLDestroy(one);
    return status;
}

/* "12" or "12-20" as first and last. */
static bool parse_range(const char *text, long *first, long *last)
{
    char *end;

    *first = *last = strtol(text, &end, 10);
    if (end == text || *first < 0)
        return false;
    if (*end == '-') {
        const char *second = end + 1;

        *last = strtol(second, &end, 10);
        if (end == second)
            return false;
    }
    return *end == '\0' && *last >= *first;
}

static ih_status add_ranges(ih_search_query *q, const char *option, char **words,
                            const char *attribute, ih_error *err)
{
    char **values = NULL;
    ih_status status = IH_OK;

    for (int i = 0; status == IH_OK && words && words[i]; i++) {
        char **parts = CSLTokenizeString2(words[i], ",", 0);

        for (int j = 0; parts && parts[j]; j++) {
            char text[96];
            long first, last;

            if (!parse_range(parts[j], &first, &last)) {
                status = ih_fail(err, IH_E_ARGUMENT, "-%s: '%.40s' is neither a number nor a range",
                                 option, parts[j]);
                break;
            }
            snprintf(text, sizeof text, first == last ? "%s%s%ld" : "%s%s%ld,%ld",
                     attribute ? attribute : "", attribute ? "," : "", first, last);
            values = CSLAddString(values, text);
        }
        CSLDestroy(parts);
    }
    if (status == IH_OK)
        status = multiply(q, attribute ? "attribute[]" : "orbit_number", values, err);
    CSLDestroy(values);
    return status;
}

static bool in_ranges(char **words, long value)
{
    bool found = !words;

    for (int i = 0; !found && words[i]; i++) {
        char **parts = CSLTokenizeString2(words[i], ",", 0);

        for (int j = 0; !found && parts && parts[j]; j++) {
            long first, last;

            found = parse_range(parts[j], &first, &last) && value >= first && value <= last;
        }
        CSLDestroy(parts);
    }
    return found;
}

static char *upper(const char *text)
{
    char *copy = CPLStrdup(text);

    for (char *c = copy; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    return copy;
}

/* SENTINEL-1A of S1A, SA, Sentinel-1A; NULL for anything else. */
static const char *platform_name(const char *word)
{
    static const char *const names[] = {"SENTINEL-1A", "SENTINEL-1B", "SENTINEL-1C", "SENTINEL-1D"};
    size_t length = strlen(word);

    for (size_t i = 0; i < 4; i++)
        if (EQUAL(word, names[i]) ||
            (length >= 2 && length <= 3 && toupper((unsigned char)word[0]) == 'S' &&
             (length == 2 || word[1] == '1') &&
             toupper((unsigned char)word[length - 1]) == names[i][10]))
            return names[i];
    return NULL;
}

/* The collections, by name: their identifiers change when they are made anew. */
static ih_status add_collections(ih_search_query *q, ih_error *err)
{
    char **platforms = q->options->platforms;
    ih_status status = IH_OK;

    if (q->is_burst)
        status = multiply_by(q, "short_name[]", "SENTINEL-1_BURSTS", err);
    for (int i = 0; i < (platforms ? CSLCount(platforms) : 4) && status == IH_OK; i++) {
        const char letter[2] = {(char)('A' + i), '\0'};
        const char *name = platform_name(platforms ? platforms[i] : CPLSPrintf("S%s", letter));

        if (!name)
            return ih_fail(err, IH_E_ARGUMENT, "-platform: '%.40s' is none of S1A, S1B, S1C, S1D",
                           platforms[i]);
        if (!q->is_burst)
            status = multiply_by(q, "short_name[]", CPLSPrintf("%s_SLC", name), err);
        else if (platforms)
            status = multiply_by(q, "platform[]", name, err);
    }
    return status;
}

static ih_status read_time(const char *option, const char *text, bool is_end, ih_time *out,
                           bool *given, ih_error *err)
{
    *given = text != NULL;
    if (!text)
        return IH_OK;
    if (!ih_time_parse(text, out))
        return ih_fail(
            err, IH_E_ARGUMENT,
            "-%s %.60s: a date such as 2020-01-31 or a time such as 2020-01-31T12:00:00Z "
            "is needed",
            option, text);
    if (is_end && out->date_only) {
        out->seconds += 86399;
        out->fraction = 0.999999;
    }
    return IH_OK;
}

static void time_text(const ih_time *time, char text[40])
{
    time_t seconds = (time_t)time->seconds;
    struct tm when;
    size_t used;

    gmtime_r(&seconds, &when);
    used = strftime(text, 32, "%Y-%m-%dT%H:%M:%S", &when);
    if (time->fraction > 0)
        used +=
            (size_t)snprintf(text + used, 40 - used, ".%06d", (int)(time->fraction * 1e6 + 0.5));
    snprintf(text + used, 40 - used, "Z");
}

static ih_status add_times(ih_search_query *q, ih_error *err)
{
    const ih_search_options *o = q->options;
    char first[40], last[40], season[40] = "", text[160];
    ih_time now = {(int64_t)time(NULL), 0.0, false};
    ih_status status = read_time("start", o->start, false, &q->start, &q->has_start, err);

    if (status == IH_OK)
        status = read_time("end", o->end, true, &q->end, &q->has_end, err);
    if (status != IH_OK)
        return status;
    if (q->has_start && q->has_end && ih_time_difference(&q->end, &q->start) < 0)
        return ih_fail(err, IH_E_ARGUMENT, "-start %s is after -end %s", o->start, o->end);
    snprintf(first, sizeof first, "%s", earliest);
    if (q->has_start)
        time_text(&q->start, first);
    time_text(q->has_end ? &q->end : &now, last);
    /* The catalogue knows no season across the new year; that is left to us. */
    if (o->season_given && o->season[0] <= o->season[1])
        snprintf(season, sizeof season, "%.0f,%.0f", o->season[0], o->season[1]);
    snprintf(text, sizeof text, "%s,%s,%s", first, last, season);
    return multiply_by(q, "temporal", text, err);
}

static void add_name(ih_search_query *q, const char *word)
{
    char *name = CPLStrdup(word), *dot = strrchr(name, '.');

    if (dot)
        *dot = '\0';
    if (strlen(name) >= SHORTEST_NAME && CSLFindStringCaseSensitive(q->names, name) < 0)
        q->names = CSLAddString(q->names, name);
    else if (strlen(name) < SHORTEST_NAME && *name)
        q->notes = CSLAddString(q->notes, CPLSPrintf("'%.60s' is no name of a scene", name));
    CPLFree(name);
}

static void add_names(ih_search_query *q, const char *line)
{
    char **parts = CSLTokenizeString2(line, ", \t;\"", 0);

    for (int i = 0; parts && parts[i] && parts[i][0] != '#'; i++)
        add_name(q, parts[i]);
    CSLDestroy(parts);
}

static ih_status read_names(ih_search_query *q, ih_error *err)
{
    const ih_search_options *o = q->options;
    VSILFILE *file;
    const char *line;

    for (int i = 0; o->granules && o->granules[i]; i++)
        add_names(q, o->granules[i]);
    if (o->granule_file) {
        file = VSIFOpenL(o->granule_file, "rb");
        if (!file)
            return ih_fail(err, IH_E_ARGUMENT, "-granule_file %s: it cannot be opened",
                           o->granule_file);
        while ((line = CPLReadLineL(file)) != NULL)
            add_names(q, line);
        CPLReadLineL(NULL);
        VSIFCloseL(file);
    }
    if ((o->granules || o->granule_file) && !q->names)
        return ih_fail(err, IH_E_ARGUMENT,
                       "there is no name of a scene in -granule or "
                       "-granule_file");
    for (int i = 0; q->names && q->names[i]; i++)
        if (strlen(q->names[i]) > 6 && EQUAL(q->names[i] + strlen(q->names[i]) - 6, "-BURST"))
            q->is_burst = true;
    return IH_OK;
}

/* Chunks of names; a request for names alone needs no other condition than they. */
static ih_status add_name_chunks(ih_search_query *q, ih_error *err)
{
    char **chunks = NULL;
    int n = CSLCount(q->names);
    ih_status status;

    if (n == 0)
        return IH_OK;
    for (int i = 0; i < n; i += NAMES_AT_ONCE) {
        ih_text text = {0};

        for (int j = i; j < n && j < i + NAMES_AT_ONCE; j++)
            ih_text_add_field(&text, q->is_burst ? "granule_ur[]" : "readable_granule_name[]",
                              q->names[j]);
        chunks = CSLAddString(chunks, text.data ? text.data : "");
        ih_text_free(&text);
    }
    /* As with multiply, but the value is a piece of a form already. */
    {
        char **out = NULL;

        for (int i = 0; q->forms[i]; i++)
            for (int j = 0; chunks[j]; j++) {
                ih_text text = {0};

                ih_text_print(&text, "%s&%s", q->forms[i], chunks[j]);
                out = CSLAddString(out, text.data ? text.data : "");
                ih_text_free(&text);
            }
        CSLDestroy(q->forms);
        q->forms = out;
    }
    status = CSLCount(q->forms) > MOST_REQUESTS
                 ? ih_fail(err, IH_E_ARGUMENT, "the search would need more than %d requests",
                           MOST_REQUESTS)
                 : IH_OK;
    CSLDestroy(chunks);
    return status;
}

static ih_status add_bursts(ih_search_query *q, ih_error *err)
{
    char **words = q->options->bursts, **values = NULL;
    ih_status status = IH_OK;

    for (int i = 0; status == IH_OK && words && words[i]; i++) {
        int path, number, swath, used = 0;

        if (sscanf(words[i], "%3d_%6d_%*1[Ii]%*1[Ww]%1d%n", &path, &number, &swath, &used) == 3 &&
            used && words[i][used] == '\0')
            values = CSLAddString(
                values, CPLSPrintf("string,BURST_ID_FULL,%03d_%06d_IW%d", path, number, swath));
        else if (words[i][0] && words[i][strspn(words[i], "0123456789")] == '\0')
            values = CSLAddString(values, CPLSPrintf("int,BURST_ID_RELATIVE,%d", atoi(words[i])));
        else
            status =
                ih_fail(err, IH_E_ARGUMENT,
                        "-burst: '%.40s' is neither such as 174_372326_IW3 nor a number", words[i]);
    }
    if (status == IH_OK)
        status = multiply(q, "attribute[]", values, err);
    CSLDestroy(values);
    return status;
}

static ih_status parse_stack(const char *word, long *path, long *frame, ih_error *err)
{
    int used = 0;

    if (sscanf(word, "%ld:%ld%n", path, frame, &used) == 2 && used && word[used] == '\0')
        return IH_OK;
    return ih_fail(err, IH_E_ARGUMENT, "-stack: '%.40s' is not PATH:FRAME", word);
}

/* Each stack is a request of its own, with path and frame. */
static ih_status add_stacks(ih_search_query *q, ih_error *err)
{
    char **words = q->options->stacks, **out = NULL;
    ih_status status = IH_OK;

    if (!words)
        return IH_OK;
    if (q->options->paths || q->options->frames)
        return ih_fail(err, IH_E_ARGUMENT, "-stack and -path or -frame exclude each other");
    for (int i = 0; status == IH_OK && q->forms[i]; i++)
        for (int j = 0; status == IH_OK && words[j]; j++) {
            long path, frame;
            char text[64], *first, *second;

            status = parse_stack(words[j], &path, &frame, err);
            if (status != IH_OK)
                break;
            snprintf(text, sizeof text, "int,PATH_NUMBER,%ld", path);
            first = with_field(q->forms[i], "attribute[]", text);
            snprintf(text, sizeof text, "int,FRAME_NUMBER,%ld", frame);
            second = with_field(first, "attribute[]", text);
            out = CSLAddString(out, second);
            CPLFree(first);
            CPLFree(second);
        }
    CSLDestroy(q->forms);
    q->forms = out;
    return status;
}

static ih_status add_attributes(ih_search_query *q, ih_error *err)
{
    const ih_search_options *o = q->options;
    const char *beam = o->beam_mode ? o->beam_mode : "IW";
    char **values = NULL;
    ih_status status = IH_OK;

    if (!q->is_burst && !q->names && !EQUAL(beam, "any")) {
        char *name = upper(beam);

        status = multiply_by(q, "attribute[]", CPLSPrintf("string,BEAM_MODE,%s", name), err);
        CPLFree(name);
    }
    if (status == IH_OK && o->direction_given) {
        char *name = upper(ih_direction_names[o->direction]);

        status =
            multiply_by(q, "attribute[]", CPLSPrintf("string,ASCENDING_DESCENDING,%s", name), err);
        CPLFree(name);
    }
    for (int i = 0; o->polarizations && o->polarizations[i]; i++) {
        char *name = upper(o->polarizations[i]);

        values = CSLAddString(values, CPLSPrintf("string,POLARIZATION,%s", name));
        CPLFree(name);
    }
    if (status == IH_OK)
        status = multiply(q, "attribute[]", values, err);
    CSLDestroy(values);
    if (status == IH_OK)
        status = add_ranges(q, "path", o->paths, "int,PATH_NUMBER", err);
    if (status == IH_OK && o->frames && q->is_burst)
        status = ih_fail(err, IH_E_ARGUMENT, "-frame: bursts have none");
    if (status == IH_OK)
        status = add_ranges(q, "frame", o->frames, "int,FRAME_NUMBER", err);
    if (status == IH_OK)
        status = add_ranges(q, "orbit", o->orbits, NULL, err);
    if (status == IH_OK)
        status = add_stacks(q, err);
    return status == IH_OK ? add_bursts(q, err) : status;
}

static ih_status add_area(ih_search_query *q, ih_error *err)
{
    const ih_search_options *o = q->options;
    const ih_area_words words = {
        .option = "-aoi", .text = o->aoi, .srs = o->aoi_srs, .layer = o->layer, .where = o->where};
    char **out = NULL;
    ih_status status;

    if (o->point_given)
        return multiply_by(q, "point", CPLSPrintf("%.8f,%.8f", o->point[0], o->point[1]), err);
    if (!o->aoi)
        return IH_OK;
    status = ih_search_area_open(&words, &q->area, err);
    if (status != IH_OK)
        return status;
    q->has_area = true;
    for (int i = 0; q->forms[i]; i++) {
        ih_text text = {0};

        ih_text_print(&text, "%s&%s", q->forms[i], q->area.form.data);
        out = CSLAddString(out, text.data ? text.data : "");
        ih_text_free(&text);
    }
    CSLDestroy(q->forms);
    q->forms = out;
    if (q->area.tolerance_deg > 0)
        q->notes = CSLAddString(
            q->notes,
            CPLSPrintf("the area is searched with %zu corners in %zu parts, simplified by "
                       "%.4f degrees and %.2g %% larger; what is found is tested with "
                       "the area itself",
                       q->area.n_corners, q->area.n_parts, q->area.tolerance_deg,
                       q->area.growth_percent));
    return IH_OK;
}

static ih_status check(const ih_search_options *o, ih_error *err)
{
    bool limited = o->aoi || o->point_given || o->start || o->end || o->paths || o->frames ||
                   o->stacks || o->orbits || o->bursts || o->granules || o->granule_file;

    if (o->aoi && o->point_given)
        return ih_fail(err, IH_E_ARGUMENT, "-aoi and -point exclude each other");
    if (o->point_given && (o->point[1] < -90 || o->point[1] > 90))
        return ih_fail(err, IH_E_ARGUMENT, "-point is longitude and latitude");
    if ((o->aoi_srs || o->layer || o->where) && !o->aoi)
        return ih_fail(err, IH_E_ARGUMENT, "-aoi_srs, -cl and -cwhere need -aoi");
    if (!limited && !o->whole_archive)
        return ih_fail(err, IH_E_ARGUMENT,
                       "nothing limits the search: give an area, times, an orbit, a path or names, "
                       "or -whole_archive");
    return IH_OK;
}

ih_status ih_search_query_open(const ih_search_options *options, ih_search_query *out,
                               ih_error *err)
{
    ih_status status = check(options, err);

    memset(out, 0, sizeof *out);
    out->options = options;
    out->is_burst = options->dataset == IH_DATASET_BURST || options->bursts;
    out->forms = CSLAddString(NULL, "");
    if (status == IH_OK)
        status = read_names(out, err);
    if (status == IH_OK)
        status = add_times(out, err);
    if (status == IH_OK)
        status = add_collections(out, err);
    if (status == IH_OK)
        status = add_attributes(out, err);
    if (status == IH_OK)
        status = add_area(out, err);
    if (status == IH_OK)
        status = add_name_chunks(out, err);
    if (status != IH_OK)
        ih_search_query_close(out);
    return status;
}

void ih_search_query_close(ih_search_query *query)
{
    if (!query)
        return;
    ih_search_area_close(&query->area);
    CSLDestroy(query->names);
    CSLDestroy(query->forms);
    CSLDestroy(query->notes);
    memset(query, 0, sizeof *query);
}

void ih_search_options_free(ih_search_options *options)
{
    char ***lists[] = {&options->paths,  &options->frames,    &options->stacks,
                       &options->orbits, &options->platforms, &options->polarizations,
                       &options->bursts, &options->granules};

    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        CSLDestroy(*lists[i]);
        *lists[i] = NULL;
    }
}

static bool in_season(const ih_search_options *o, const ih_granule *granule)
{
    int day = ih_time_day_of_year(&granule->start);

    if (!o->season_given)
        return true;
    if (o->season[0] <= o->season[1])
        return day >= o->season[0] && day <= o->season[1];
    return day >= o->season[0] || day <= o->season[1];
}

bool ih_search_query_wants(ih_search_query *q, const ih_granule *granule)
{
    const ih_search_options *o = q->options;

    /* Each scene has a second record that describes the first. */
    if (strncmp(granule->level, "METADATA", 8) == 0 || strstr(granule->id, "-METADATA_"))
        return false;
    if (granule->is_burst != q->is_burst || !in_season(o, granule) ||
        !in_ranges(o->paths, granule->path) || !in_ranges(o->frames, granule->frame)) {
        q->unlike++;
        return false;
    }
    if (q->has_area && !o->no_area_check &&
        !ih_search_area_meets(&q->area, granule->ring, granule->n_corners)) {
        q->outside++;
        return false;
    }
    return true;
}
