/* SPDX-License-Identifier: MIT */
#include "utilities/lib/input_words.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <cpl_vsi.h>

#include "algorithms/alloc.h"
#include "drivers/hyp3/layers.h"
#include "drivers/hyp3/product_name.h"

enum { LIST_DEPTH = 4 };

/* The list a word stands in, and the lists around it. */
typedef struct list_chain {
    const char *path; /* the real one */
    int depth;        /* 1 in a list of the command line */
    const struct list_chain *outer;
} list_chain;

static bool add_word(ih_inputs *in, const char *word, const list_chain *chain);

/* Path without links and dots; that of a thing that is no local file is its own. */
static char *real_path(const char *path)
{
    char *real = realpath(path, NULL);

    return real ? real : strdup(path);
}

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
    const char *text = CPLSPrintf("%s: %s", *word ? word : "''", why);

    if (CSLFindStringCaseSensitive(in->faults, text) < 0)
        in->faults = CSLAddString(in->faults, text);
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

/* Where clips of many products lie in one folder, each is known by its parameter text. Adds these
 * texts when there are several and every phase has one. */
static bool add_flat_folder(ih_inputs *in, const char *folder, char **names, bool *is_flat)
{
    int wanted = ih_layer_find("unw_phase");
    char **texts = NULL;
    bool ok = true, complete = true;

    for (int i = 0; names[i] && complete; i++) {
        size_t length = 0;
        const char *text;
        ih_product_name product;

        if (names[i][0] == '.' || !ends_with(names[i], ".tif") ||
            ih_layer_of_file(names[i], &length) != wanted)
            continue;
        text = CPLSPrintf("%.*s.txt", (int)length, names[i]);
        complete = CSLFindStringCaseSensitive(names, text) >= 0 &&
                   ih_product_name_parse(text, &product) && strlen(product.name) == length;
        if (complete && CSLFindStringCaseSensitive(texts, text) < 0)
            texts = CSLAddString(texts, text);
    }
    *is_flat = complete && CSLCount(texts) > 1;
    for (int i = 0; *is_flat && ok && texts[i]; i++) {
        char *path = strdup(CPLFormFilename(folder, texts[i], NULL));

        ok = path && add(in, path, false, true);
        free(path);
    }
    CSLDestroy(texts);
    return ok;
}

static bool is_product_folder(const char *path)
{
    char **names = list_folder(path);
    ih_product_name name;
    bool yes = holds_phase(names) || ih_product_name_parse(CPLGetFilename(path), &name);

    CSLDestroy(names);
    return yes;
}

/* True, with errno, for a local folder that the system does not let be read. */
static bool unreadable(const char *folder)
{
    DIR *open = strncmp(folder, "/vsi", 4) == 0 ? NULL : opendir(folder);

    if (open)
        closedir(open);
    return !open && strncmp(folder, "/vsi", 4) != 0;
}

static bool add_folder(ih_inputs *in, const char *folder)
{
    char **names = list_folder(folder);
    size_t before = in->count;
    bool ok = true;

    if (!names && unreadable(folder)) {
        fault(in, folder, strerror(errno));
        return true;
    }
    if (holds_phase(names)) {
        bool is_flat;

        ok = add_flat_folder(in, folder, names, &is_flat);
        CSLDestroy(names);
        return ok && (is_flat || add(in, folder, false, false));
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
        char *csv = strdup(CPLFormFilename(folder, "pairs.csv", NULL));
        bool there = csv && exists(csv);

        ok = csv && (!there || add(in, csv, true, false));
        free(csv);
        if (there || !ok)
            return ok;
        fault(in, folder, "the folder holds no product (zip or folder) and no pairs.csv");
    }
    return ok;
}

static bool add_pattern(ih_inputs *in, const char *pattern, const list_chain *chain)
{
    glob_t found;
    bool ok = true;

    if (glob(pattern, 0, NULL, &found) != 0) {
        fault(in, pattern, "the pattern fits no file");
        return true;
    }
    for (size_t i = 0; ok && i < found.gl_pathc; i++)
        ok = add_word(in, found.gl_pathv[i], chain);
    globfree(&found);
    return ok;
}

/* A word of a list: paths are relative to the list, also behind "@". */
static char *word_of_list(const char *folder, const char *word)
{
    bool at = word[0] == '@';
    const char *path = word + at;

    if (*path && CPLIsFilenameRelative(path) && strncmp(path, "http", 4) != 0)
        path = CPLFormFilename(folder, path, NULL);
    return strdup(CPLSPrintf("%s%s", at ? "@" : "", path));
}

static bool add_lines(ih_inputs *in, char **lines, const char *folder, const list_chain *chain)
{
    bool ok = true;

    for (int i = 0; ok && lines[i]; i++) {
        char *word = lines[i] + strspn(lines[i], " \t");
        size_t n = strlen(word);
        char *full;

        while (n > 0 && (word[n - 1] == ' ' || word[n - 1] == '\r'))
            word[--n] = '\0';
        if (n == 0 || *word == '#')
            continue;
        full = word_of_list(folder, word);
        ok = full && add_word(in, full, chain);
        free(full);
    }
    return ok;
}

static bool add_list(ih_inputs *in, const char *path, const list_chain *outer)
{
    char *real = real_path(path), *folder = strdup(CPLGetDirname(path)), **lines;
    list_chain here = {real, outer ? outer->depth + 1 : 1, outer};
    bool ok = real && folder;

    for (const list_chain *l = outer; ok && l; l = l->outer)
        if (strcmp(l->path, real) == 0) {
            fault(in, real, "the list includes itself");
            goto done;
        }
    if (ok && here.depth > LIST_DEPTH) {
        fault(in, path, "lists within lists are too deep");
        goto done;
    }
    CPLPushErrorHandler(CPLQuietErrorHandler);
    lines = ok ? CSLLoad2(path, 1000000, 65536, NULL) : NULL;
    CPLPopErrorHandler();
    if (ok && !lines)
        fault(in, path, "the list cannot be read or is empty");
    ok = ok && (!lines || add_lines(in, lines, folder, &here));
    CSLDestroy(lines);

done:
    free(real);
    free(folder);
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

static bool add_at_list(ih_inputs *in, const char *word, const list_chain *chain)
{
    if (word[1] == '\0') {
        fault(in, word, "behind it goes the name of a list");
        return true;
    }
    if (!exists(word + 1) || is_folder(word + 1)) {
        fault(in, word, is_folder(word + 1) ? "it is a folder, no list" : "no such list");
        return true;
    }
    return add_list(in, word + 1, chain);
}

static bool add_word(ih_inputs *in, const char *word, const list_chain *chain)
{
    if (word[0] == '\0') {
        fault(in, word, "an empty word is no input");
        return true;
    }
    if (word[0] == '@')
        return add_at_list(in, word, chain);
    if (is_remote(word) && !is_folder(word))
        return add(in, word, ends_with(word, ".csv"), false);
    if (!exists(word)) {
        if (strpbrk(word, "*?["))
            return add_pattern(in, word, chain);
        fault(in, word, "no such file or folder");
        return true;
    }
    if (is_folder(word) && !ends_with(word, ".zip"))
        return add_folder(in, word);
    if (is_list(word))
        return add_list(in, word, chain);
    return add(in, word, ends_with(word, ".csv"), false);
}

typedef struct {
    char *real;
    size_t index;
} real_input;

static int compare_real(const void *a, const void *b)
{
    const real_input *p = a, *q = b;
    int order = strcmp(p->real, q->real);

    return order ? order : p->index < q->index ? -1 : 1;
}

/* A file given several times, by whatever way, is one. The first stays. */
static bool drop_repeated(ih_inputs *in)
{
    real_input *all = ih_calloc(in->count ? in->count : 1, sizeof *all);
    bool ok = all != NULL;
    size_t n = 0, kept = 0;

    for (; ok && n < in->count; n++) {
        all[n] = (real_input){real_path(in->items[n].path), n};
        ok = all[n].real != NULL;
    }
    if (ok && n)
        qsort(all, n, sizeof *all, compare_real);
    for (size_t i = 1; ok && i < n; i++)
        if (strcmp(all[i].real, all[i - 1].real) == 0) {
            free(in->items[all[i].index].path);
            in->items[all[i].index].path = NULL;
        }
    for (size_t i = 0; ok && i < n; i++)
        if (in->items[i].path)
            in->items[kept++] = in->items[i];
    if (ok)
        in->count = kept;
    for (size_t i = 0; all && i < n; i++)
        free(all[i].real);
    free(all);
    return ok;
}

ih_status ih_inputs_expand(char **words, ih_inputs **out, ih_error *err)
{
    ih_inputs *in = ih_calloc(1, sizeof *in);
    bool ok = in != NULL;

    for (int i = 0; ok && words && words[i]; i++)
        ok = add_word(in, words[i], NULL);
    ok = ok && drop_repeated(in);
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
