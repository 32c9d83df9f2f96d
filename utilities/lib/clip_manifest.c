/* SPDX-License-Identifier: MIT */
#include "utilities/lib/clip_manifest.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cpl_conv.h>
#include <cpl_vsi.h>

#include "algorithms/alloc.h"
#include "utilities/lib/clip_layout.h"
#include "utilities/lib/report.h"

enum { LONGEST_MANIFEST = 256 << 20 };

struct ih_clip_manifest {
    char *folder, *path;
    cJSON *old;
    bool reuse;
};

/* Hidden files are none of ours. */
static bool is_empty(const char *folder)
{
    DIR *directory = opendir(folder);
    struct dirent *entry;
    bool empty = true;

    while (directory && (entry = readdir(directory)))
        empty = empty && entry->d_name[0] == '.';
    if (directory)
        closedir(directory);
    return empty;
}

ih_status ih_clip_manifest_open(const char *folder, bool overwrite, ih_clip_manifest **out,
                                ih_error *err)
{
    ih_clip_manifest *m = ih_calloc(1, sizeof *m);
    GByte *bytes = NULL;
    vsi_l_offset size = 0;
    struct stat info;
    const char *program;

    *out = NULL;
    if (!m)
        return ih_fail(err, IH_E_MEMORY, "manifest");
    m->folder = CPLStrdup(folder);
    m->path = CPLStrdup(CPLFormFilename(folder, IH_CLIP_MANIFEST, NULL));
    m->reuse = !overwrite;
    if (access(m->path, F_OK) == 0 && VSIIngestFile(NULL, m->path, &bytes, &size, LONGEST_MANIFEST))
        m->old = cJSON_Parse((const char *)bytes);
    VSIFree(bytes);
    program = cJSON_GetStringValue(cJSON_GetObjectItem(m->old, "program"));
    if (!program || strcmp(program, "gdal_ih_clip") != 0) {
        cJSON_Delete(m->old);
        m->old = NULL;
    }
    if (!m->old && !overwrite && stat(folder, &info) == 0 && S_ISDIR(info.st_mode) &&
        !is_empty(folder)) {
        ih_clip_manifest_free(m);
        return ih_fail(err, IH_E_ARGUMENT,
                       "%s is not empty and holds no clip; name another folder, or use -overwrite",
                       folder);
    }
    *out = m;
    return IH_OK;
}

void ih_clip_manifest_free(ih_clip_manifest *m)
{
    if (!m)
        return;
    CPLFree(m->folder);
    CPLFree(m->path);
    cJSON_Delete(m->old);
    free(m);
}

const cJSON *ih_clip_manifest_content(const ih_clip_manifest *m)
{
    return cJSON_GetObjectItem(m->old, "content");
}

/* A manifest is a file that anybody may have written: no path may lead out of the folder. */
static bool is_safe(const char *path)
{
    return path && *path && *path != '/' && !strstr(path, "..");
}

static char *full_path(const ih_clip_manifest *m, const cJSON *file)
{
    const char *path = cJSON_GetStringValue(cJSON_GetObjectItem(file, "path"));

    return is_safe(path) ? CPLStrdup(CPLFormFilename(m->folder, path, NULL)) : NULL;
}

static bool files_are_there(const ih_clip_manifest *m, const cJSON *entry)
{
    const cJSON *file, *files = cJSON_GetObjectItem(entry, "files");
    bool there = cJSON_GetArraySize(files) > 0;

    cJSON_ArrayForEach(file, files)
    {
        char *path = full_path(m, file);
        double size = cJSON_GetNumberValue(cJSON_GetObjectItem(file, "bytes"));
        VSIStatBufL stat;

        there = there && path && VSIStatL(path, &stat) == 0 && (double)stat.st_size == size;
        CPLFree(path);
    }
    return there;
}

static bool same_item(const cJSON *a, const cJSON *b, const char *key)
{
    const cJSON *x = cJSON_GetObjectItem(a, key), *y = cJSON_GetObjectItem(b, key);

    return x && y && cJSON_Compare(x, y, true);
}

static bool same_product(const cJSON *a, const cJSON *b)
{
    return same_item(a, b, "name") && same_item(a, b, "source");
}

cJSON *ih_clip_manifest_take(ih_clip_manifest *m, const cJSON *content, const cJSON *entry)
{
    cJSON *old, *products = cJSON_GetObjectItem(m->old, "products");

    if (!m->reuse || !cJSON_Compare(ih_clip_manifest_content(m), content, true))
        return NULL;
    cJSON_ArrayForEach(old, products)
    {
        if (same_product(old, entry))
            return files_are_there(m, old) ? cJSON_Duplicate(old, true) : NULL;
    }
    return NULL;
}

cJSON *ih_clip_manifest_take_all(ih_clip_manifest *m, const cJSON *content, const cJSON *entries)
{
    const cJSON *old, *products = cJSON_GetObjectItem(m->old, "products"), *entry = NULL;

    if (!m->reuse || !cJSON_Compare(ih_clip_manifest_content(m), content, true) ||
        cJSON_GetArraySize(products) != cJSON_GetArraySize(entries) || !files_are_there(m, m->old))
        return NULL;
    entry = entries->child;
    cJSON_ArrayForEach(old, products)
    {
        if (!same_product(old, entry))
            return NULL;
        entry = entry->next;
    }
    return cJSON_Duplicate(products, true);
}

static void add_files(cJSON *list, const cJSON *owner)
{
    const cJSON *file;

    cJSON_ArrayForEach(file, cJSON_GetObjectItem(owner, "files"))
        cJSON_AddItemToArray(list, cJSON_Duplicate(file, true));
}

cJSON *ih_clip_manifest_files(const ih_clip_manifest *m)
{
    cJSON *list = cJSON_CreateArray();
    const cJSON *product;

    add_files(list, m->old);
    cJSON_ArrayForEach(product, cJSON_GetObjectItem(m->old, "products")) add_files(list, product);
    return list;
}

bool ih_clip_manifest_knows(const ih_clip_manifest *m, const char *path, double bytes)
{
    const cJSON *file;

    cJSON_ArrayForEach(file, cJSON_GetObjectItem(m->old, "files"))
    {
        const char *mine = cJSON_GetStringValue(cJSON_GetObjectItem(file, "path"));

        if (mine && strcmp(mine, path) == 0)
            return cJSON_GetNumberValue(cJSON_GetObjectItem(file, "bytes")) == bytes;
    }
    return false;
}

ih_status ih_clip_manifest_write(const ih_clip_manifest *m, const ih_clip_record *record,
                                 char **text, ih_error *err)
{
    cJSON *report = ih_report_new("gdal_ih_clip"), *list;
    const cJSON *item;
    ih_status status;

    if (text)
        *text = NULL;
    if (!report)
        return ih_fail(err, IH_E_MEMORY, "manifest");
    cJSON_AddBoolToObject(report, "complete", record->complete);
    cJSON_AddItemToObject(report, "content", cJSON_Duplicate(record->content, true));
    list = cJSON_AddArrayToObject(report, "products");
    for (size_t i = 0; i < record->n; i++)
        if (record->entries[i])
            cJSON_AddItemToArray(list, cJSON_Duplicate(record->entries[i], true));
    cJSON_ArrayForEach(item, record->more)
        cJSON_AddItemToObject(report, item->string, cJSON_Duplicate(item, true));
    status = ih_report_write_json(m->path, report, err);
    if (status == IH_OK && text)
        *text = cJSON_Print(report);
    cJSON_Delete(report);
    return status;
}

static bool names_path(const cJSON *files, const char *path)
{
    const cJSON *file;

    cJSON_ArrayForEach(file, files)
    {
        const char *mine = cJSON_GetStringValue(cJSON_GetObjectItem(file, "path"));

        if (mine && strcmp(mine, path) == 0)
            return true;
    }
    return false;
}

/* Whether a product's entry or the run itself still names a path. Product names differ, so only an
 * entry of the same name needs a look. */
static bool is_wanted(const cJSON *old, const char *path, const ih_clip_record *record)
{
    cJSON *const *entries = record->entries;

    if (names_path(cJSON_GetObjectItem(record->more, "files"), path))
        return true;
    for (size_t i = 0; i < record->n; i++)
        if (entries[i] && (!old || same_item(old, entries[i], "name")) &&
            names_path(cJSON_GetObjectItem(entries[i], "files"), path))
            return true;
    return false;
}

static size_t remove_files(const ih_clip_manifest *m, const cJSON *owner, const cJSON *old,
                           const ih_clip_record *record)
{
    const cJSON *file;
    size_t removed = 0;

    cJSON_ArrayForEach(file, cJSON_GetObjectItem(owner, "files"))
    {
        const char *relative = cJSON_GetStringValue(cJSON_GetObjectItem(file, "path"));
        char *path = full_path(m, file);

        if (path && !is_wanted(old, relative, record)) {
            removed += unlink(path) == 0;
            /* The product's own folder goes with its last file. */
            if (strchr(relative, '/'))
                rmdir(CPLGetDirname(path));
        }
        CPLFree(path);
    }
    return removed;
}

size_t ih_clip_manifest_remove_stale(const ih_clip_manifest *m, const ih_clip_record *record)
{
    const cJSON *old;
    size_t removed = remove_files(m, m->old, NULL, record);

    cJSON_ArrayForEach(old, cJSON_GetObjectItem(m->old, "products")) removed +=
        remove_files(m, old, old, record);
    return removed;
}
