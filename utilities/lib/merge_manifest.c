/* SPDX-License-Identifier: MIT */
#include "utilities/lib/merge_manifest.h"

#include <string.h>

#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>

#include "utilities/lib/clip_source.h"
#include "utilities/lib/pairs_csv.h"
#include "utilities/lib/report.h"

enum { LONGEST_REPORT = 256 << 20 };

cJSON *ih_merge_content(const ih_merge_plan *plan)
{
    cJSON *content = cJSON_CreateObject(), *software = ih_report_new("gdal_ih_merge"), *grid;
    const cJSON *version = cJSON_GetObjectItem(software, "version");
    double gt[6];
    char *wkt = NULL;

    if (!content || !software) {
        cJSON_Delete(content);
        cJSON_Delete(software);
        return NULL;
    }
    cJSON_AddItemToObject(content, "version", cJSON_Duplicate(version, true));
    cJSON_AddItemToObject(content, "options", ih_merge_options_content(&plan->request->options));
    grid = cJSON_AddObjectToObject(content, "grid");
    ih_grid_to_geotransform(&plan->common->grid, gt);
    if (plan->common->srs && OSRExportToWkt(plan->common->srs, &wkt) == OGRERR_NONE)
        cJSON_AddStringToObject(grid, "srs", wkt);
    CPLFree(wkt);
    cJSON_AddItemToObject(grid, "geotransform", cJSON_CreateDoubleArray(gt, 6));
    cJSON_AddNumberToObject(grid, "width", (double)plan->common->grid.nx);
    cJSON_AddNumberToObject(grid, "height", (double)plan->common->grid.ny);
    cJSON_Delete(software);
    return content;
}

/* Name of the file or folder in the plan's folder; CPLFree. */
static char *file_of(const ih_merge_plan *plan, const ih_merge_pair *pair)
{
    if (plan->file_name)
        return CPLStrdup(plan->file_name);
    return CPLStrdup(plan->zip ? CPLSPrintf("%s.zip", pair->name) : pair->name);
}

char *ih_merge_target(const ih_merge_plan *plan, const ih_merge_pair *pair)
{
    char *file = file_of(plan, pair);
    char *path = CPLStrdup(CPLFormFilename(plan->folder, file, NULL));

    CPLFree(file);
    return path;
}

ih_status ih_merge_entry_new(const ih_merge_plan *plan, const ih_merge_pair *pair, cJSON **out,
                             ih_error *err)
{
    const ih_interferogram *any = ih_merge_pair_item(plan, pair, 0);
    cJSON *entry = cJSON_CreateObject(), *list;
    char *file = file_of(plan, pair), date[16];
    ih_status status = IH_OK;

    cJSON_AddStringToObject(entry, "name", pair->name);
    cJSON_AddStringToObject(entry, "file", file);
    CPLFree(file);
    ih_iso_date(any->reference_days, date);
    cJSON_AddStringToObject(entry, "reference_date", date);
    ih_iso_date(any->secondary_days, date);
    cJSON_AddStringToObject(entry, "secondary_date", date);
    list = cJSON_AddArrayToObject(entry, "sources");
    for (size_t i = 0; i < pair->count && status == IH_OK; i++) {
        const ih_interferogram *item = ih_merge_pair_item(plan, pair, i);
        cJSON *source = cJSON_CreateObject();
        ih_clip_source *files;

        cJSON_AddItemToArray(list, source);
        cJSON_AddStringToObject(source, "name", item->name);
        cJSON_AddStringToObject(source, "path", item->path);
        status = ih_clip_source_open(item->path, &files, err);
        if (status == IH_OK)
            cJSON_AddItemToObject(source, "layers", ih_clip_source_identity(files));
        if (status == IH_OK)
            ih_clip_source_free(files);
    }
    if (status != IH_OK) {
        cJSON_Delete(entry);
        entry = NULL;
    }
    *out = entry;
    return status;
}

cJSON *ih_merge_read_report(const ih_merge_plan *plan)
{
    GByte *bytes = NULL;
    vsi_l_offset size = 0;
    VSIStatBufL info;
    cJSON *report = NULL;
    const char *program;

    if (VSIStatL(plan->report, &info) == 0 &&
        VSIIngestFile(NULL, plan->report, &bytes, &size, LONGEST_REPORT))
        report = cJSON_Parse((const char *)bytes);
    VSIFree(bytes);
    program = cJSON_GetStringValue(cJSON_GetObjectItem(report, "program"));
    if (!program || strcmp(program, "gdal_ih_merge") != 0) {
        cJSON_Delete(report);
        report = NULL;
    }
    return report;
}

const cJSON *ih_merge_find_entry(const cJSON *report, const char *name)
{
    const cJSON *entry;

    cJSON_ArrayForEach(entry, cJSON_GetObjectItem(report, "products"))
    {
        const char *its = cJSON_GetStringValue(cJSON_GetObjectItem(entry, "name"));

        if (its && strcmp(its, name) == 0)
            return entry;
    }
    return NULL;
}

static bool is_there(const ih_merge_plan *plan, const cJSON *entry)
{
    const char *file = cJSON_GetStringValue(cJSON_GetObjectItem(entry, "file"));
    VSIStatBufL info;

    return file && VSIStatL(CPLFormFilename(plan->folder, file, NULL), &info) == 0;
}

bool ih_merge_is_current(const ih_merge_plan *plan, const cJSON *report, const cJSON *old,
                         const cJSON *entry, const cJSON *content)
{
    return old && is_there(plan, old) &&
           cJSON_Compare(cJSON_GetObjectItem(report, "content"), content, true) &&
           cJSON_Compare(cJSON_GetObjectItem(old, "file"), cJSON_GetObjectItem(entry, "file"),
                         true) &&
           cJSON_Compare(cJSON_GetObjectItem(old, "sources"), cJSON_GetObjectItem(entry, "sources"),
                         true);
}

size_t ih_merge_remove_stale(const ih_merge_plan *plan, const cJSON *report)
{
    const cJSON *entry;
    size_t n = 0;

    cJSON_ArrayForEach(entry, cJSON_GetObjectItem(report, "products"))
    {
        const char *file = cJSON_GetStringValue(cJSON_GetObjectItem(entry, "file"));
        bool wanted = false;

        /* Names from a file are not to lead elsewhere. */
        if (!file || strchr(file, '/') || file[0] == '.')
            continue;
        for (size_t i = 0; i < plan->n_pairs && !wanted; i++) {
            char *own = file_of(plan, &plan->pairs[i]);

            wanted = strcmp(own, file) == 0;
            CPLFree(own);
        }
        if (!wanted && is_there(plan, entry)) {
            char *path = CPLStrdup(CPLFormFilename(plan->folder, file, NULL));
            VSIStatBufL info;

            if (VSIStatL(path, &info) == 0)
                n += (VSI_ISDIR(info.st_mode) ? VSIRmdirRecursive(path) : VSIUnlink(path)) == 0;
            CPLFree(path);
        }
    }
    return n;
}
