/* SPDX-License-Identifier: MIT */
#include "utilities/lib/input_words.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>

#include "algorithms/alloc.h"
#include "drivers/hyp3/layers.h"
#include "drivers/hyp3/product_name.h"

enum { LIST_DEPTH = 4 };

static bool add_word(ih_inputs *in, const char *word, int depth);

static bool add(ih_inputs *in, const char *path, bool is_csv, bool found)
{
    ih_input *items = realloc(in->items, (in->count + 1) * sizeof *items);

    if (!items)
        return false;
    in->items = items;
    items[in->count] = (ih_input){.path = strdup(path), .is_csv = is_csv, .found = found};
    return items[in->count].path && ++in->count;
}

static void fault(ih_inputs *in, const char *word, const char *why)
{
    in->faults = CSLAddString(in->faults, CPLSPrintf("%s: %s", word, why));
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), k = strlen(end);

    return n >= k && strcasecmp(text + n - k, end) == 0;
}

static bool is_folder(const char *path)
{
    VSIStatBufL stat;

    return VSIStatExL(path, &stat, VSI_STAT_EXISTS_FLAG | VSI_STAT_NATURE_FLAG) == 0 &&
           VSI_ISDIR(stat.st_mode);
}

static bool exists(const char *path)
{
    VSIStatBufL stat;

    return VSIStatExL(path, &stat, VSI_STAT_EXISTS_FLAG) == 0;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names in a folder, in byte order. */
static char **list_folder(const char *folder)
{
    char **names = VSIReadDir(folder);

    if (names)
        qsort(names, (size_t)CSLCount(names), sizeof *names, compare_names);
    return names;
}

static bool holds_phase(char **names)
{
    int wanted = ih_layer_find("unw_phase");

    for (int i = 0; names && names[i]; i++)
        if (ends_with(names[i], ".tif") && ih_layer_of_file(names[i], NULL) == wanted)
            return true;
    return false;
}

static bool is_product_folder(const char *path)
{
    char **names = list_folder(path);
    ih_product_name name;
    bool yes = holds_phase(names) || ih_product_name_parse(CPLGetFilename(path), &name);

    CSLDestroy(names);
    return yes;
}

static bool add_folder(ih_inputs *in, const char *folder)
{
    char **names = list_folder(folder);
    size_t before = in->count;
    bool ok = true;

    if (holds_phase(names)) {
        CSLDestroy(names);
        return add(in, folder, false, false);
    }
    for (int i = 0; ok && names && names[i]; i++) {
        char *path;

        if (names[i][0] == '.')
            continue;
        path = strdup(CPLFormFilename(folder, names[i], NULL));
        if (!path)
            ok = false;
        else if (ends_with(names[i], ".zip") || (is_folder(path) && is_product_folder(path)))
            ok = add(in, path, false, true);
        free(path);
    }
    CSLDestroy(names);
    if (ok && in->count == before) {
        const char *csv = CPLFormFilename(folder, "pairs.csv", NULL);

        if (exists(csv))
            return add(in, csv, true, false);
        fault(in, folder, "the folder holds no product (zip or folder) and no pairs.csv");
    }
    return ok;
}

static bool add_pattern(ih_inputs *in, const char *pattern, int depth)
{
    glob_t found;
    bool ok = true;

    if (glob(pattern, 0, NULL, &found) != 0) {
        fault(in, pattern, "the pattern fits no file");
        return true;
    }
    for (size_t i = 0; ok && i < found.gl_pathc; i++)
        ok = add_word(in, found.gl_pathv[i], depth);
    globfree(&found);
    return ok;
}

/* Paths in a list are relative to the list. */
static bool add_list(ih_inputs *in, const char *path, int depth)
{
    char **lines = CSLLoad2(path, 1000000, 65536, NULL);
    char *folder = strdup(CPLGetDirname(path));
    bool ok = folder != NULL;

    if (!lines)
        fault(in, path, "the list cannot be read or is empty");
    for (int i = 0; ok && lines && lines[i]; i++) {
        char *word = lines[i] + strspn(lines[i], " \t");
        size_t n = strlen(word);
        char *full;

        while (n > 0 && (word[n - 1] == ' ' || word[n - 1] == '\r'))
            word[--n] = '\0';
        if (n == 0 || *word == '#')
            continue;
        full = strdup(CPLIsFilenameRelative(word) && strncmp(word, "http", 4) != 0
                          ? CPLFormFilename(folder, word, NULL)
                          : word);
        ok = full && add_word(in, full, depth);
        free(full);
    }
    free(folder);
    CSLDestroy(lines);
    return ok;
}

static bool is_list(const char *word)
{
    ih_product_name name;

    return (ends_with(word, ".txt") || ends_with(word, ".lst")) &&
           !ih_product_name_parse(CPLGetFilename(word), &name);
}

static bool is_remote(const char *word)
{
    return strncmp(word, "http://", 7) == 0 || strncmp(word, "https://", 8) == 0 ||
           strncmp(word, "/vsi", 4) == 0;
}

static bool add_word(ih_inputs *in, const char *word, int depth)
{
    if (depth > LIST_DEPTH) {
        fault(in, word, "lists within lists are too deep");
        return true;
    }
    if (word[0] == '@')
        return add_list(in, word + 1, depth + 1);
    if (is_remote(word) && !is_folder(word))
        return add(in, word, ends_with(word, ".csv"), false);
    if (!exists(word)) {
        if (strpbrk(word, "*?["))
            return add_pattern(in, word, depth + 1);
        fault(in, word, "no such file or folder");
        return true;
    }
    if (is_folder(word) && !ends_with(word, ".zip"))
        return add_folder(in, word);
    if (is_list(word))
        return add_list(in, word, depth + 1);
    return add(in, word, ends_with(word, ".csv"), false);
}

ih_status ih_inputs_expand(char **words, ih_inputs **out, ih_error *err)
{
    ih_inputs *in = ih_calloc(1, sizeof *in);
    bool ok = in != NULL;

    for (int i = 0; ok && words && words[i]; i++)
        ok = add_word(in, words[i], 0);
    if (!ok) {
        ih_inputs_free(in);
        *out = NULL;
        return ih_fail(err, IH_E_MEMORY, "list of inputs");
    }
    *out = in;
    return IH_OK;
}

void ih_inputs_free(ih_inputs *inputs)
{
    if (!inputs)
        return;
    for (size_t i = 0; i < inputs->count; i++)
        free(inputs->items[i].path);
    free(inputs->items);
    CSLDestroy(inputs->faults);
    free(inputs);
}
