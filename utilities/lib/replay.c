/* SPDX-License-Identifier: MIT */
#include "utilities/lib/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <cpl_vsi.h>

#include "utilities/lib/report.h"
#include "utilities/lib/run_fingerprint.h"

/* Changed inputs that are told one by one. */
enum { MOST_TOLD = 3 };

/* Largest report that is read. */
#define MOST_BYTES (256 << 20)

typedef struct {
    const char *path;   /* of the report */
    const cJSON *json;  /* the report */
    const char *folder; /* where the earlier run was started; may be NULL */
    size_t n_changed, n_missing;
    char first_missing[600];
} replaying;

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static const char *text_of(const cJSON *object, const char *name)
{
    const cJSON *item = member(object, name);

    return cJSON_IsString(item) ? item->valuestring : NULL;
}

static cJSON *read_report(const char *path, ih_error *err)
{
    GByte *bytes;
    cJSON *json = NULL;
    const char *program;

    if (!ih_report_read(path, MOST_BYTES, &bytes, NULL)) {
        ih_fail(err, IH_E_ARGUMENT, "-config %s: it cannot be read", path);
        return NULL;
    }
    json = cJSON_Parse((const char *)bytes);
    VSIFree(bytes);
    program = text_of(json, "program");
    if (program && strcmp(program, ih_sbas_program.name) == 0 &&
        cJSON_IsObject(member(json, "options")))
        return json;
    ih_fail(err, IH_E_ARGUMENT, "-config %s: it is no run.json of %s", path, ih_sbas_program.name);
    cJSON_Delete(json);
    return NULL;
}

static void compare_version(const replaying *r)
{
    const char *version = text_of(r->json, "version"), *gdal = text_of(r->json, "gdal_version");
    cJSON *now = ih_report_new(ih_sbas_program.name);

    if (now && version && gdal &&
        (strcmp(version, text_of(now, "version")) != 0 ||
         strcmp(gdal, text_of(now, "gdal_version")) != 0))
        CPLError(CE_Warning, CPLE_AppDefined,
                 "%s was made by version %s with GDAL %s, this is %s with GDAL %s: results and "
                 "defaults may differ",
                 r->path, version, gdal, text_of(now, "version"), text_of(now, "gdal_version"));
    cJSON_Delete(now);
}

/* Options of which one replaces the others. */
static bool excludes(char **given, const char *name)
{
    static const char *const groups[][6] = {
        {"ref_lonlat", "ref_xy", "ref_pixel", "ref_area", "ref_box", NULL},
        {"keep_spanning_tree", "no_spanning_tree", NULL},
        {"te", "te_srs", "extent", NULL}};

    for (size_t g = 0; g < sizeof groups / sizeof *groups; g++) {
        bool member_of = false, other = false;

        for (const char *const *n = groups[g]; *n; n++) {
            member_of = member_of || strcmp(*n, name) == 0;
            other = other || CSLFindString(given, *n) >= 0;
        }
        if (member_of && other)
            return true;
    }
    return CSLFindString(given, name) >= 0;
}

static char **add_value(char **words, const cJSON *value)
{
    if (cJSON_IsString(value))
        return CSLAddString(words, value->valuestring);
    return CSLAddString(words, CPLSPrintf("%.17g", value->valuedouble));
}

/* An option as it would be typed. */
static char **add_option(char **words, const ih_option *option, const cJSON *value)
{
    const cJSON *item;

    if (cJSON_IsNull(value))
        return words;
    if (cJSON_IsBool(value))
        return CSLAddString(words,
                            CPLSPrintf("-%s=%s", option->name, cJSON_IsTrue(value) ? "yes" : "no"));
    if (!cJSON_IsArray(value) || option->type != IH_OPTION_LIST)
        words = CSLAddString(words, CPLSPrintf("-%s", option->name));
    if (!cJSON_IsArray(value))
        return add_value(words, value);
    cJSON_ArrayForEach(item, value)
    {
        if (option->type == IH_OPTION_LIST)
            words = CSLAddString(words, CPLSPrintf("-%s", option->name));
        words = add_value(words, item);
    }
    return words;
}

/* Whether the earlier run was given the option. A report without the list of them, which somebody
 * has written by hand, means all that it has. */
static bool was_given(const cJSON *json, const char *name)
{
    const cJSON *list = member(json, "given_options"), *item;

    if (!cJSON_IsArray(list))
        return member(member(json, "options"), name) != NULL;
    cJSON_ArrayForEach(item, list)
    {
        if (cJSON_IsString(item) && strcmp(item->valuestring, name) == 0)
            return true;
    }
    return false;
}

static ih_status take_options(const replaying *r, char **given, ih_sbas_run_options *options,
                              ih_replay *out, ih_error *err)
{
    char **nothing = NULL;
    ih_error why = {0};
    ih_status status;

    out->given = CSLDuplicate(given);
    for (const ih_option *o = ih_sbas_program.options; o->name; o++) {
        const cJSON *value = member(member(r->json, "options"), o->name);

        if (!value || !was_given(r->json, o->name) || excludes(given, o->name))
            continue;
        out->words = add_option(out->words, o, value);
        out->given = CSLAddString(out->given, o->name);
    }
    /* So many positional words as the parser wants. */
    out->words = CSLAddString(out->words, "OUT_DIR");
    status = ih_cli_parse(&ih_sbas_program, out->words, options, &nothing, &why);
    CSLDestroy(nothing);
    return status == IH_OK ? IH_OK : ih_fail(err, status, "%s: %s", r->path, why.text);
}

/* As it was named, else from where the earlier run was started; CPLFree. NULL when it is not
 * there. */
static char *find_file(const replaying *r, const char *path, VSIStatBufL *about)
{
    char *there;

    if (VSIStatL(path, about) == 0)
        return CPLStrdup(path);
    if (!r->folder || !CPLIsFilenameRelative(path))
        return NULL;
    there = CPLStrdup(CPLFormFilename(r->folder, path, NULL));
    if (VSIStatL(there, about) == 0)
        return there;
    CPLFree(there);
    return NULL;
}

static void check_input(replaying *r, const cJSON *entry, ih_replay *out, bool is_source)
{
    const char *path = text_of(entry, "path"), *modified = text_of(entry, "modified");
    char *found;
    const cJSON *size = member(entry, "size_bytes");
    VSIStatBufL about;
    char time[32];

    if (!path)
        return;
    found = find_file(r, path, &about);
    if (!found) {
        if (r->n_missing++ == 0)
            snprintf(r->first_missing, sizeof r->first_missing, "%s", path);
        return;
    }
    if (is_source)
        out->inputs = CSLAddString(out->inputs, found);
    CPLFree(found);
    ih_report_time_text((int64_t)about.st_mtime, time);
    if ((!cJSON_IsNumber(size) || size->valuedouble == (double)about.st_size) &&
        (!modified || strcmp(modified, time) == 0))
        return;
    if (r->n_changed++ < MOST_TOLD)
        CPLError(CE_Warning, CPLE_AppDefined, "%s has changed since the run of %s", path, r->path);
}

/* Sources are what was named or found; inputs may be rasters that a list names. */
static ih_status take_inputs(replaying *r, ih_replay *out, ih_error *err)
{
    const cJSON *entry;

    cJSON_ArrayForEach(entry, member(r->json, "sources"))
    {
        check_input(r, entry, out, true);
    }
    cJSON_ArrayForEach(entry, member(r->json, "inputs"))
    {
        const char *path = text_of(entry, "path");

        if (path && CSLFindString(out->inputs, path) < 0)
            check_input(r, entry, out, false);
    }
    if (r->n_changed > MOST_TOLD)
        CPLError(CE_Warning, CPLE_AppDefined, "%d more inputs have changed",
                 (int)(r->n_changed - MOST_TOLD));
    if (r->n_missing)
        return ih_fail(
            err, IH_E_ARGUMENT,
            "-config %s: %s is not there%s (INPUT on the command line replaces the inputs)",
            r->path, r->first_missing,
            r->n_missing > 1 ? CPLSPrintf(", nor are %d other inputs", (int)r->n_missing - 1) : "");
    return out->inputs ? IH_OK
                       : ih_fail(err, IH_E_ARGUMENT, "-config %s: it names no inputs", r->path);
}

/* Lists and outlines that options name. */
static void compare_files(const replaying *r, const ih_sbas_run_options *options)
{
    cJSON *now = ih_fingerprint_of_option_files(options);
    const cJSON *file;

    cJSON_ArrayForEach(file, member(r->json, "option_files"))
    {
        const cJSON *same = member(now, file->string);

        if (same && !cJSON_Compare(same, file, true))
            CPLError(CE_Warning, CPLE_AppDefined, "%s has changed since the run of %s",
                     file->string, r->path);
    }
    cJSON_Delete(now);
}

ih_status ih_replay_read(const char *path, char **given, bool with_inputs,
                         ih_sbas_run_options *options, ih_replay *out, ih_error *err)
{
    replaying r = {.path = path};
    cJSON *json = read_report(path, err);
    ih_status status;

    *out = (ih_replay){0};
    if (!json)
        return IH_E_ARGUMENT;
    r.json = json;
    r.folder = text_of(member(json, "execution"), "working_folder");
    compare_version(&r);
    status = take_options(&r, given, options, out, err);
    if (status == IH_OK)
        compare_files(&r, options);
    if (status == IH_OK && with_inputs)
        status = take_inputs(&r, out, err);
    cJSON_Delete(json);
    if (status != IH_OK)
        ih_replay_free(out);
    return status;
}

void ih_replay_free(ih_replay *replay)
{
    CSLDestroy(replay->given);
    CSLDestroy(replay->inputs);
    CSLDestroy(replay->words);
    *replay = (ih_replay){0};
}
