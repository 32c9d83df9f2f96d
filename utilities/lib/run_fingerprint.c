/* SPDX-License-Identifier: MIT */
#include "utilities/lib/run_fingerprint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <gdal.h>

#include "algorithms/checksum.h"
#include "utilities/lib/pairs_csv.h"
#include "utilities/lib/report.h"
#include "utilities/lib/sbas_state.h"

/* Changes that are told one by one. */
enum { MOST_TOLD = 4 };

/* Options that nothing uses before the inversion. One that is missing here costs a second reading
 * when it changes, never a wrong result. */
static const char *const solving_options[] = {"weight",
                                              "norm",
                                              "nsbas",
                                              "min_norm",
                                              "min_redundancy",
                                              "looks",
                                              "incidence",
                                              "troposphere",
                                              "deramp",
                                              "dem_error",
                                              "slant_range",
                                              "dem_error_polynomial",
                                              "polynomial",
                                              "periodic",
                                              "step",
                                              "polyline",
                                              "exponential",
                                              "logarithmic",
                                              "uncertainty",
                                              "bootstrap_count",
                                              "seed",
                                              "outlier_cutoff",
                                              "reference_date",
                                              "residual_ramp",
                                              "troposphere_polynomial",
                                              "troposphere_looks",
                                              "troposphere_min_correlation",
                                              "dem_error_exclude_date",
                                              "dem_error_velocity",
                                              "model_start_date",
                                              "model_end_date",
                                              "model_exclude_date"};
/* Options that solved blocks do not depend on either. */
static const char *const later_options[] = {"min_temporal_coherence", "co"};

static bool is_one_of(const char *name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

#define IS_ONE_OF(name, names) is_one_of(name, names, sizeof(names) / sizeof *(names))

/* Checksum of the file that a word names, as itself or as a list (@FILE); any other word has none.
 */
static void add_file(const cJSON *word, cJSON *files)
{
    const char *path = word->valuestring;
    GByte *bytes = NULL;
    vsi_l_offset size = 0;
    VSIStatBufL about;

    if (!cJSON_IsString(word))
        return;
    path += path[0] == '@';
    if (VSIStatL(path, &about) == 0 && VSI_ISREG(about.st_mode) &&
        VSIIngestFile(NULL, path, &bytes, &size, -1))
        cJSON_AddStringToObject(files, path,
                                CPLSPrintf("%016" PRIx64, ih_checksum(0, bytes, (size_t)size)));
    VSIFree(bytes);
}

static void add_files(const cJSON *option, cJSON *files)
{
    const cJSON *word;

    add_file(option, files);
    cJSON_ArrayForEach(word, option)
    {
        add_file(word, files);
    }
}

/* Continuous weights need the coherence, which is not kept: the choice then belongs to the reading.
 */
static bool is_of_solving(const ih_sbas_state *s, const char *name)
{
    if (s->compat->continuous_weights && strcmp(name, "weight") == 0)
        return false;
    return IS_ONE_OF(name, solving_options);
}

/* The options of one stage, taken out of a report of all. */
static cJSON *options_of(const ih_sbas_state *s, bool of_solving, cJSON *files)
{
    cJSON *all = cJSON_CreateObject(), *kept = cJSON_CreateObject();

    if (all)
        ih_sbas_options_report(&s->options, all);
    while (all && kept && all->child) {
        cJSON *option = cJSON_DetachItemViaPointer(all, all->child);
        const char *name = option->string;
        bool is_solving = is_of_solving(s, name);

        if (is_solving == of_solving && !IS_ONE_OF(name, later_options) &&
            !ih_sbas_option_is_of_machine(name)) {
            add_files(option, files);
            cJSON_AddItemToObject(kept, name, option);
        } else {
            cJSON_Delete(option);
        }
    }
    cJSON_Delete(all);
    return kept;
}

/* Size and time of a layer's own file, when it is a file. */
static void put_layer(const ih_interferogram *item, int layer, FILE *text)
{
    const char *path = item->layers[layer].path;
    VSIStatBufL about;

    if (!path || strcmp(path, item->path) == 0)
        return;
    fprintf(text, " %d %s", layer, path);
    if (VSIStatL(path, &about) == 0)
        fprintf(text, " %" PRId64 " %" PRId64, (int64_t)about.st_size, (int64_t)about.st_mtime);
}

static void add_input(const ih_interferogram *item, cJSON *inputs)
{
    char *text = NULL, reference[16], secondary[16];
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return;
    ih_iso_date(item->reference_days, reference);
    ih_iso_date(item->secondary_days, secondary);
    fprintf(out, "%" PRId64 " %" PRId64 " %.17g", item->size_bytes, item->modified,
            item->perpendicular_baseline_m);
    for (int layer = 0; layer < IH_STACK_LAYERS; layer++)
        put_layer(item, layer, out);
    if (fclose(out) == 0)
        cJSON_AddStringToObject(
            inputs, CPLSPrintf("%s (%s to %s)", item->path, reference, secondary), text);
    free(text);
}

cJSON *ih_fingerprint_of_reading(const ih_sbas_state *s)
{
    cJSON *json = cJSON_CreateObject(), *program, *inputs, *files;

    if (!json)
        return NULL;
    program = cJSON_AddObjectToObject(json, "program");
    cJSON_AddStringToObject(program, "version", IH_VERSION);
    cJSON_AddStringToObject(program, "GDAL", GDALVersionInfo("RELEASE_NAME"));
    cJSON_AddStringToObject(program, "IH_BLOCK_PIXELS", CPLGetConfigOption("IH_BLOCK_PIXELS", "0"));
    cJSON_AddBoolToObject(program, "keeping of coherence", ih_sbas_weighs_continuously(s));
    inputs = cJSON_AddObjectToObject(json, "inputs");
    for (size_t i = 0; i < s->catalogue->count; i++)
        add_input(&s->catalogue->items[i], inputs);
    for (size_t i = 0; i < s->catalogue->n_aside; i++)
        add_input(&s->catalogue->aside[i], inputs);
    files = cJSON_AddObjectToObject(json, "files");
    cJSON_AddItemToObject(json, "options", options_of(s, false, files));
    return json;
}

cJSON *ih_fingerprint_of_option_files(const ih_sbas_run_options *options)
{
    cJSON *all = cJSON_CreateObject(), *files = cJSON_CreateObject();
    const cJSON *option;

    if (all)
        ih_sbas_options_report(options, all);
    cJSON_ArrayForEach(option, all)
    {
        if (!ih_sbas_option_is_of_machine(option->string))
            add_files(option, files);
    }
    cJSON_Delete(all);
    return files;
}

cJSON *ih_fingerprint_of_solving(const ih_sbas_state *s)
{
    cJSON *json = cJSON_CreateObject(), *files;

    if (!json)
        return NULL;
    files = cJSON_AddObjectToObject(json, "files");
    cJSON_AddItemToObject(json, "options", options_of(s, true, files));
    return json;
}

typedef struct {
    FILE *text;
    size_t n;
} changes;

static void tell(changes *c, const char *what, const char *name, const char *how)
{
    if (c->n++ < MOST_TOLD)
        fprintf(c->text, "%s%s%s %s", c->n > 1 ? ", " : "", what, name, how);
}

static void compare_inputs(const cJSON *before, const cJSON *now, changes *c)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, now)
    {
        const cJSON *old = cJSON_GetObjectItemCaseSensitive(before, item->string);

        if (!old)
            tell(c, "input ", item->string, "is new");
        else if (!cJSON_Compare(old, item, true))
            tell(c, "input ", item->string, "has changed");
    }
    cJSON_ArrayForEach(item, before)
    {
        if (!cJSON_GetObjectItemCaseSensitive(now, item->string))
            tell(c, "input ", item->string, "is gone");
    }
}

static void compare_values(const char *what, const cJSON *before, const cJSON *now, changes *c)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, now)
    {
        const cJSON *old = cJSON_GetObjectItemCaseSensitive(before, item->string);
        char *was = NULL, *is = NULL, how[300];

        if (old && cJSON_Compare(old, item, true))
            continue;
        was = old ? cJSON_PrintUnformatted(old) : NULL;
        is = cJSON_PrintUnformatted(item);
        snprintf(how, sizeof how, "was %.100s and is %.100s", was ? was : "not given",
                 is ? is : "another");
        tell(c, what, item->string, how);
        cJSON_free(was);
        cJSON_free(is);
    }
    cJSON_ArrayForEach(item, before)
    {
        if (!cJSON_GetObjectItemCaseSensitive(now, item->string))
            tell(c, what, item->string, "is not given any more");
    }
}

char *ih_fingerprint_difference(const cJSON *before, const cJSON *now)
{
    static const char *const parts[][2] = {
        {"program", "the program's "}, {"options", "option -"}, {"files", "the file "}};
    char *text = NULL;
    size_t size = 0;
    changes c = {open_memstream(&text, &size), 0};

    if (!c.text)
        return NULL;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        compare_values(parts[i][1], cJSON_GetObjectItemCaseSensitive(before, parts[i][0]),
                       cJSON_GetObjectItemCaseSensitive(now, parts[i][0]), &c);
    compare_inputs(cJSON_GetObjectItemCaseSensitive(before, "inputs"),
                   cJSON_GetObjectItemCaseSensitive(now, "inputs"), &c);
    if (c.n > MOST_TOLD)
        fprintf(c.text, " and %zu more changes", c.n - MOST_TOLD);
    if (fclose(c.text) != 0) {
        free(text);
        return NULL;
    }
    return text;
}
