/* SPDX-License-Identifier: MIT */
#include "drivers/hyp3/hyp3_source.h"

#include <stdio.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <ogr_srs_api.h>

#include "drivers/hyp3/coordinate_systems.h"
#include "drivers/hyp3/geo_keys.h"
#include "drivers/hyp3/header_cache.h"
#include "drivers/hyp3/hyp3_report.h"
#include "drivers/hyp3/member_bytes.h"
#include "drivers/hyp3/member_head.h"

/* A folder with more entries than this is not searched to its end. */
#define MAX_FOLDER_ENTRIES 20000

/* A layer file that was seen, before it is known which product is meant. */
typedef struct {
    char *folder; /* inside the archive or "", with its last slash */
    char *file;
    int layer;
    size_t stem_length;
    const ih_zip_member *member;
} candidate;

typedef struct {
    candidate *items;
    size_t count, room;
} candidate_list;

static bool open_archive(ih_source *source)
{
    if (!source->archive)
        source->archive = VSIFOpenL(source->path, "rb");
    return source->archive != NULL;
}

void ih_source_rest(ih_source *source)
{
    if (source->archive && VSIFCloseL(source->archive) != 0)
        CPLDebug("HYP3", "%s: closing failed", source->path);
    source->archive = NULL;
}

static bool read_directory(ih_source *source, char why[IH_WHY_ROOM])
{
    const char *reason = "it cannot be opened";

    if (open_archive(source)) {
        reason = "it is empty or cannot be read";
        if (VSIFSeekL(source->archive, 0, SEEK_END) == 0 && VSIFTellL(source->archive) > 0)
            source->directory = ih_zip_directory_read(ih_member_read_at, source->archive,
                                                      VSIFTellL(source->archive), &reason);
    }
    if (!source->directory)
        snprintf(why, IH_WHY_ROOM, "%.300s: %s.", source->path, reason);
    else if (source->directory->skipped > 0)
        ih_hyp3_report(CE_Warning, CPLE_AppDefined,
                       "%.300s: %zu members with unusable names, sizes or places are left out.",
                       source->path, source->directory->skipped);
    return source->directory != NULL;
}

static void add_candidate(candidate_list *list, const char *path, const ih_zip_member *member)
{
    const char *slash = strrchr(path, '/');
    const char *file = slash ? slash + 1 : path;
    size_t stem_length = 0;
    int layer = ih_layer_of_file(file, &stem_length);

    /* "._NAME.tif" is what macOS puts beside a file. */
    if (layer < 0 || file[0] == '.')
        return;
    if (list->count == list->room) {
        list->room = list->room ? 2 * list->room : 32;
        list->items = CPLRealloc(list->items, list->room * sizeof *list->items);
    }
    candidate *item = &list->items[list->count++];
    item->folder = CPLStrdup(path);
    item->folder[file - path] = '\0';
    item->file = CPLStrdup(file);
    item->layer = layer;
    item->stem_length = stem_length;
    item->member = member;
}

static void free_candidates(candidate_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        CPLFree(list->items[i].folder);
        CPLFree(list->items[i].file);
    }
    CPLFree(list->items);
}

static bool same_product(const candidate *a, const candidate *b)
{
    return a->stem_length == b->stem_length && strncmp(a->file, b->file, a->stem_length) == 0 &&
           strcmp(a->folder, b->folder) == 0;
}

/* How well the product of a candidate fits what was asked for: the name first, then the number of
 * layers. */
static size_t score(const candidate_list *list, size_t index, const char *wanted)
{
    const candidate *item = &list->items[index];
    size_t layers = 0;
    bool known = false;

    for (size_t i = 0; i < list->count; i++) {
        if (same_product(item, &list->items[i])) {
            layers++;
            known = known || ih_layer_at((size_t)list->items[i].layer)->identifies;
        }
    }
    if (wanted && strlen(wanted) == item->stem_length &&
        strncmp(item->file, wanted, item->stem_length) == 0)
        layers += (size_t)1 << 24;
    return layers + (known ? (size_t)1 << 20 : 0);
}

/* The candidate whose product is meant; ties go to the first name, so that the order in the archive
 * does not matter. */
static const candidate *choose(const candidate_list *list, const char *wanted)
{
    const candidate *best = NULL;
    size_t best_score = 0;

    for (size_t i = 0; i < list->count; i++) {
        const candidate *item = &list->items[i];
        if (best && same_product(best, item))
            continue;
        size_t s = score(list, i, wanted);
        if (!best || s > best_score || (s == best_score && strcmp(item->file, best->file) < 0)) {
            best = item;
            best_score = s;
        }
    }
    return best;
}

char *ih_source_member_path(const ih_source *source, const char *member)
{
    /* Braces allow any extension and query strings, but cannot hold a brace of the path. */
    if (strpbrk(source->path, "{}"))
        return CPLStrdup(CPLSPrintf("/vsizip/%s/%s", source->path, member));
    return CPLStrdup(CPLSPrintf("/vsizip/{%s}/%s", source->path, member));
}

static char *member_path(const ih_source *source, const char *folder, const char *file)
{
    char *member, *path;

    if (!source->is_zip)
        return CPLStrdup(CPLFormFilename(source->path, file, NULL));
    member = CPLStrdup(CPLSPrintf("%s%s", folder, file));
    path = ih_source_member_path(source, member);
    CPLFree(member);
    return path;
}

/* One file per layer; of "x_unw_phase.tif" and "x_unw_phase_clip.tif" the plain one. */
static void take_files(ih_source *source, const candidate_list *list, const candidate *chosen)
{
    source->files = CPLCalloc(ih_layer_count(), sizeof *source->files);
    for (size_t layer = 0; layer < ih_layer_count(); layer++) {
        const candidate *best = NULL;
        for (size_t i = 0; i < list->count; i++) {
            const candidate *item = &list->items[i];
            if (item->layer != (int)layer || !same_product(item, chosen))
                continue;
            if (!best || strlen(item->file) < strlen(best->file) ||
                (strlen(item->file) == strlen(best->file) && strcmp(item->file, best->file) < 0))
                best = item;
        }
        if (!best)
            continue;
        ih_source_file *file = &source->files[source->count++];
        file->layer = (int)layer;
        file->path = member_path(source, best->folder, best->file);
        file->member = best->member;
    }
    for (size_t i = 0; i < list->count; i++)
        source->others += !same_product(&list->items[i], chosen);
}

/* The name inside counts more than that of the archive: copies are renamed. */
static void find_name(ih_source *source, const candidate *chosen)
{
    char *stem = CPLStrdup(chosen->file);
    char *inner = CPLStrdup(chosen->folder);
    char *outer = ih_location_base_name(source->path);
    char *names[3];

    stem[chosen->stem_length] = '\0';
    if (inner[0])
        inner[strlen(inner) - 1] = '\0';
    names[0] = inner;
    names[1] = stem;
    names[2] = outer;

    for (int i = 0; i < 3 && source->product.kind == IH_PRODUCT_NONE; i++) {
        const char *slash = i == 0 ? strrchr(inner, '/') : NULL;
        if (!ih_product_name_parse(slash ? slash + 1 : names[i], &source->product))
            memset(&source->product, 0, sizeof source->product);
    }
    source->name =
        ih_hyp3_clean_text(source->product.kind == IH_PRODUCT_NONE ? stem : source->product.name);
    CPLFree(stem);
    CPLFree(inner);
    CPLFree(outer);
}

/* The text as an archive of one piece has it, with its checksum; false when it has to be read
 * through /vsizip/, which gives what there is of a damaged one. */
static bool inflate_text(ih_source *source, const ih_zip_member *member, char *bytes, size_t *size)
{
    ih_member_gzip gzip = {0};
    bool ok = member->method == IH_ZIP_DEFLATED && !member->encrypted && member->size > 0 &&
              member->size <= IH_PRODUCT_TEXT_MAX_BYTES &&
              member->compressed_size <= IH_PRODUCT_TEXT_MAX_BYTES && open_archive(source);

    CPLPushErrorHandler(CPLQuietErrorHandler);
    ok = ok && ih_member_gzip_read(source->archive, source->directory, member, UINT64_MAX, &gzip) &&
         ih_member_gzip_inflate(&gzip, bytes, (size_t)member->size);
    CPLPopErrorHandler();
    CPLErrorReset();
    ih_member_gzip_free(&gzip);
    *size = ok ? (size_t)member->size : 0;
    return ok;
}

/* False when the file cannot be opened. */
static bool read_text_file(const ih_source *source, char *bytes, size_t *size)
{
    VSILFILE *file = VSIFOpenL(source->text_path, "rb");
    bool damaged;

    if (!file)
        return false;
    CPLPushErrorHandler(CPLQuietErrorHandler);
    CPLErrorReset();
    *size = VSIFReadL(bytes, 1, IH_PRODUCT_TEXT_MAX_BYTES + 1, file);
    damaged = CPLGetLastErrorType() >= CE_Failure;
    CPLPopErrorHandler();
    if (damaged) {
        CPLDebug("HYP3", "%s: %s", source->text_path, CPLGetLastErrorMsg());
        CPLErrorReset();
        ih_hyp3_report(CE_Warning, CPLE_AppDefined,
                       "%.300s: its parameter text is damaged. Download the product again.",
                       source->path);
    }
    (void)VSIFCloseL(file); /* read only: nothing can be lost */
    return true;
}

/* A missing or unreadable text leaves the name to tell what it can. */
static void read_text(ih_source *source, const candidate *chosen)
{
    size_t length = chosen->stem_length;
    char *file_name = CPLMalloc(length + sizeof ".txt");
    const ih_zip_member *member = NULL;
    char *bytes = NULL;
    size_t size;
    bool truncated = false;

    memcpy(file_name, chosen->file, length);
    strcpy(file_name + length, ".txt");
    if (source->is_zip) {
        member = ih_zip_find(source->directory, CPLSPrintf("%s%s", chosen->folder, file_name));
        if (!member)
            goto done;
    }
    source->text_path = member_path(source, chosen->folder, file_name);
    bytes = VSI_MALLOC_VERBOSE(IH_PRODUCT_TEXT_MAX_BYTES + 1);
    if (!bytes || (!(member && inflate_text(source, member, bytes, &size)) &&
                   !read_text_file(source, bytes, &size))) {
        CPLFree(source->text_path);
        source->text_path = NULL;
        goto done;
    }
    source->text = ih_product_text_parse(bytes, size, &truncated);
    if (truncated)
        ih_hyp3_report(CE_Warning, CPLE_AppDefined, "%s: longer than a parameter text can be, cut.",
                       source->text_path);
done:
    VSIFree(bytes);
    CPLFree(file_name);
}

static bool list_files(const ih_location *location, ih_source *source, candidate_list *list,
                       char why[IH_WHY_ROOM])
{
    if (!location->is_zip) {
        char **names = VSIReadDirEx(location->path, MAX_FOLDER_ENTRIES);
        for (int i = 0; names && names[i]; i++)
            add_candidate(list, names[i], NULL);
        CSLDestroy(names);
        return true;
    }
    if (!read_directory(source, why))
        return false;
    size_t length = strlen(location->inside);
    for (size_t i = 0; i < source->directory->count; i++) {
        const ih_zip_member *member = &source->directory->members[i];
        if (length > 0 &&
            (strncmp(member->name, location->inside, length) != 0 || member->name[length] != '/'))
            continue;
        add_candidate(list, member->name, member);
    }
    return true;
}

enum ih_source_result ih_source_open(const ih_location *location, ih_source **out,
                                     char why[IH_WHY_ROOM])
{
    enum ih_source_result result = IH_SOURCE_BROKEN;
    candidate_list list = {0};
    ih_source *source = CPLCalloc(1, sizeof *source);
    char *base = ih_location_base_name(location->inside && location->inside[0] ? location->inside
                                                                               : location->path);
    const candidate *chosen;
    bool known = false;

    *out = NULL;
    why[0] = '\0';
    source->is_zip = location->is_zip;
    source->path = CPLStrdup(location->path);
    if (!list_files(location, source, &list, why))
        goto done;

    result = IH_SOURCE_NONE;
    chosen = choose(&list, location->stem ? location->stem : base);
    if (!chosen && source->directory && source->directory->skipped > 0) {
        snprintf(why, IH_WHY_ROOM, "%.300s: none of its members has a usable name and place.",
                 location->path);
        result = IH_SOURCE_BROKEN;
    }
    if (!chosen)
        goto done;
    take_files(source, &list, chosen);
    find_name(source, chosen);
    for (size_t i = 0; i < source->count; i++)
        known = known || ih_layer_at((size_t)source->files[i].layer)->identifies;
    if (!known && source->product.kind == IH_PRODUCT_NONE)
        goto done;
    read_text(source, chosen);
    result = IH_SOURCE_OPEN;
    *out = source;
    source = NULL;
done:
    free_candidates(&list);
    CPLFree(base);
    ih_source_free(source);
    return result;
}

void ih_source_free(ih_source *source)
{
    if (!source)
        return;
    for (size_t i = 0; i < source->count; i++)
        CPLFree(source->files[i].path);
    CPLFree(source->files);
    ih_product_text_free(source->text);
    ih_source_rest(source);
    if (source->srs)
        OSRRelease(source->srs);
    ih_zip_directory_free(source->directory);
    CPLFree(source->path);
    CPLFree(source->name);
    CPLFree(source->text_path);
    CPLFree(source);
}

int ih_source_find(const ih_source *source, int layer)
{
    for (size_t i = 0; i < source->count; i++) {
        if (source->files[i].layer == layer)
            return (int)i;
    }
    return -1;
}

GDALDatasetH ih_source_open_file(const ih_source_file *file, const char *path)
{
    static const char *const tiff_only[] = {"GTiff", NULL};
    /* A list that holds only the file itself: nothing beside it is probed inside the archive. */
    const char *alone[] = {CPLGetFilename(path), NULL};

    return GDALOpenEx(path, GDAL_OF_RASTER | GDAL_OF_INTERNAL | GDAL_OF_VERBOSE_ERROR, tiff_only,
                      NULL, file->member ? alone : NULL);
}

/* One reference of the coordinate system of this number; NULL when it is not known. */
static OGRSpatialReferenceH take_srs(ih_source *source, int number)
{
    if (number == 0)
        return NULL;
    if (source->coordinate_system != number) {
        if (source->srs)
            OSRRelease(source->srs);
        source->srs = ih_coordinate_system_copy(number);
        source->coordinate_system = source->srs ? number : 0;
    }
    if (source->srs)
        OSRReference(source->srs);
    return source->srs;
}

/* As the file declares it, without asking GDAL when the same keys have been met before. read_at is
 * NULL when they alone do not tell. */
static void read_srs(ih_source *source, ih_zip_read_at read_at, void *bytes, GDALDatasetH dataset,
                     ih_layer_header *header)
{
    unsigned char keys[IH_GEO_KEYS_ROOM];
    size_t size = read_at ? ih_geo_keys_read(read_at, bytes, keys) : 0;

    header->coordinate_system = ih_coordinate_system_find(keys, size);
    header->srs = take_srs(source, header->coordinate_system);
    if (header->srs)
        return;
    ih_layer_header_read_srs(dataset, header);
    header->coordinate_system = size > 0 ? ih_coordinate_system_add(keys, size, header->srs)
                                         : ih_coordinate_system_add_by_text(header->srs);
}

/* Reads the header from the start of an archived file; false when that cannot be done, or is not
 * sure, which is no failure yet. */
static bool read_head(ih_source *source, const ih_source_file *file, ih_layer_header *header)
{
    ih_member_head *head = NULL;
    GDALDatasetH dataset = NULL;
    bool ok = false;

    if (!file->member || !open_archive(source))
        return false;
    CPLPushErrorHandler(CPLQuietErrorHandler);
    head = ih_member_head_open(source->archive, source->directory, file->member);
    if (head)
        dataset = ih_source_open_file(file, ih_member_head_path(head));
    if (dataset) {
        ok = ih_layer_header_read(dataset, header);
        if (ok)
            read_srs(source, ih_member_head_read_at, head, dataset, header);
        GDALClose(dataset);
    }
    if (!head || !ih_member_head_sufficed(head))
        ok = false;
    ih_member_head_close(head);
    CPLPopErrorHandler();
    CPLErrorReset();
    if (!ok)
        ih_layer_header_clear(header);
    return ok;
}

/* GDAL keeps beside a file what was said about it after it was written. */
static bool has_side_file(const char *path)
{
    VSIStatBufL status;
    char *aux_xml = CPLStrdup(CPLSPrintf("%s.aux.xml", path));
    char *aux = CPLStrdup(CPLResetExtension(path, "aux"));
    bool found = CPLGetConfigOption("GDAL_PAM_PROXY_DIR", NULL) ||
                 VSIStatExL(aux_xml, &status, VSI_STAT_EXISTS_FLAG) == 0 ||
                 VSIStatExL(aux, &status, VSI_STAT_EXISTS_FLAG) == 0;

    CPLFree(aux);
    CPLFree(aux_xml);
    return found;
}

/* Reads the header of a layer; false with why when it cannot be used. */
static bool read_header(ih_source *source, const ih_source_file *file, ih_layer_header *header,
                        char why[IH_WHY_ROOM])
{
    GDALDatasetH dataset;
    VSILFILE *bytes = NULL;
    bool ok;

    CPLPushErrorHandler(CPLQuietErrorHandler);
    dataset = ih_source_open_file(file, file->path);
    CPLPopErrorHandler();
    if (!dataset) {
        /* The reason is that of a library, about functions and states; what to do is the same. */
        CPLDebug("HYP3", "%s: %s", file->path, CPLGetLastErrorMsg());
        snprintf(why, IH_WHY_ROOM, "%.180s is damaged. Download the product again.",
                 CPLGetFilename(file->path));
        CPLErrorReset();
        return false;
    }
    ok = ih_layer_header_read(dataset, header);
    if (ok) {
        /* Of an archived file that has come here the start alone does not tell. */
        bytes = file->member || has_side_file(file->path) ? NULL : VSIFOpenL(file->path, "rb");
        read_srs(source, bytes ? ih_member_read_at : NULL, bytes, dataset, header);
    } else {
        snprintf(why, IH_WHY_ROOM, "its header claims no band, or blocks of more than %d MB",
                 IH_HEADER_MAX_BLOCK_MB);
    }
    if (bytes)
        (void)VSIFCloseL(bytes); /* read only: nothing can be lost */
    GDALClose(dataset);
    return ok;
}

bool ih_source_header(ih_source *source, const ih_source_file *file, ih_layer_header *header,
                      char why[IH_WHY_ROOM])
{
    if (file->member && ih_header_cache_get(source->path, file->member, header)) {
        header->srs = take_srs(source, header->coordinate_system);
        if (header->srs || header->coordinate_system == 0)
            return true;
    }
    if (!read_head(source, file, header) && !read_header(source, file, header, why))
        return false;
    if (file->member)
        ih_header_cache_put(source->path, file->member, header);
    return true;
}
