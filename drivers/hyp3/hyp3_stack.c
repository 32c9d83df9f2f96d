/* SPDX-License-Identifier: MIT
 *
 * A folder of products as a dataset: without a layer the list of layers, with one a band per pair
 * in the order of the dates, on the part of the ground that all products share. Of each product its
 * directory, its text and the header of one layer are read.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <ogr_srs_api.h>

#include "algorithms/grid.h"
#include "drivers/hyp3/hyp3_dataset.h"
#include "drivers/hyp3/hyp3_metadata.h"
#include "drivers/hyp3/hyp3_report.h"

#define DEFAULT_MAX_OPEN 8
#define LARGEST_MAX_OPEN 1000
#define MAX_BANDS        65535
/* Rows of a block where the files are in strips; their own one-row strips would make blocks of one
 * row. */
#define STRIP_BLOCK_ROWS 64
#define NAMES_SHOWN      20

enum reason {
    LEFT_DAMAGED,
    LEFT_WITHOUT_LAYER,
    LEFT_UNDATED,
    LEFT_OTHER_PLACE,
    LEFT_OTHER_GRID,
    LEFT_NO_OVERLAP,
    LEFT_DUPLICATE,
    REASON_COUNT
};

static const char *const reason_texts[REASON_COUNT] = {
    [LEFT_DAMAGED] = "cannot be read",
    [LEFT_WITHOUT_LAYER] = "without this layer",
    [LEFT_UNDATED] = "of unknown date",
    [LEFT_OTHER_PLACE] = "of another burst",
    [LEFT_OTHER_GRID] = "on another grid or projection",
    [LEFT_NO_OVERLAP] = "without a pixel in common",
    [LEFT_DUPLICATE] = "of a pair that is there already",
};

/* A product that may become a band. */
typedef struct {
    const ih_source *source;
    const ih_source_file *file;
    ih_layer_header header;
    ih_grid grid;
    char reference[9], secondary[9];
    size_t group;
} pair;

typedef struct {
    pair *pairs;
    size_t count;
    char **left_out[REASON_COUNT]; /* names */
} stack;

static int compare_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void leave_out(stack *s, enum reason reason, const char *name)
{
    s->left_out[reason] = CSLAddString(s->left_out[reason], name);
}

/* Frees the pair in place of keeping it. */
static void drop_pair(stack *s, size_t index, enum reason reason)
{
    leave_out(s, reason, s->pairs[index].source->name);
    ih_layer_header_clear(&s->pairs[index].header);
    s->pairs[index].source = NULL;
}

static void close_gaps(stack *s)
{
    size_t kept = 0;

    for (size_t i = 0; i < s->count; i++) {
        if (s->pairs[i].source)
            s->pairs[kept++] = s->pairs[i];
    }
    s->count = kept;
}

/* Products as archives or folders. Of folders only those with a product's name: anything may lie
 * around. */
static bool entry_location(const char *folder, const char *name, ih_location *location)
{
    ih_product_name product;
    VSIStatBufL status;

    memset(location, 0, sizeof *location);
    location->is_zip = EQUAL(CPLGetExtension(name), "zip");
    if (name[0] == '.' || (!location->is_zip && !ih_product_name_parse(name, &product)))
        return false;
    location->path = CPLStrdup(CPLFormFilename(folder, name, NULL));
    location->inside = CPLStrdup("");
    if (VSIStatExL(location->path, &status, VSI_STAT_EXISTS_FLAG | VSI_STAT_NATURE_FLAG) == 0 &&
        location->is_zip == !VSI_ISDIR(status.st_mode))
        return true;
    ih_location_free(location);
    return false;
}

static void open_sources(ih_hyp3_dataset *dataset, const char *folder, stack *s)
{
    char **names = VSIReadDir(folder);
    size_t count = (size_t)CSLCount(names);

    /* Folders are listed in any order. */
    if (count > 1)
        qsort(names, count, sizeof *names, compare_text);
    dataset->sources = CPLCalloc(count + 1, sizeof *dataset->sources);
    for (size_t i = 0; i < count; i++) {
        ih_location location;
        ih_product_name product;
        char why[IH_WHY_ROOM];
        ih_source *source = NULL;

        if (!entry_location(folder, names[i], &location))
            continue;
        switch (ih_source_open(&location, &source, why)) {
        case IH_SOURCE_OPEN:
            ih_source_rest(source);
            dataset->sources[dataset->source_count++] = source;
            break;
        case IH_SOURCE_BROKEN:
            CPLDebug("HYP3", "%s", why);
            leave_out(s, LEFT_DAMAGED, names[i]);
            break;
        case IH_SOURCE_NONE:
            if (ih_product_name_parse(names[i], &product))
                leave_out(s, LEFT_WITHOUT_LAYER, names[i]);
            break;
        }
        ih_location_free(&location);
    }
    CSLDestroy(names);
}

static void open_pairs(const ih_hyp3_dataset *dataset, int layer, stack *s)
{
    s->pairs = CPLCalloc(dataset->source_count + 1, sizeof *s->pairs);
    for (size_t i = 0; i < dataset->source_count; i++) {
        ih_source *source = dataset->sources[i];
        int index = ih_source_find(source, layer);
        pair *p = &s->pairs[s->count];
        char why[IH_WHY_ROOM];
        ih_error error;

        memset(p, 0, sizeof *p);
        if (index < 0) {
            leave_out(s, LEFT_WITHOUT_LAYER, source->name);
            continue;
        }
        p->source = source;
        p->file = &source->files[index];
        if (!ih_metadata_dates(source, p->reference, p->secondary)) {
            leave_out(s, LEFT_UNDATED, source->name);
            continue;
        }
        if (!ih_source_header(source, p->file, &p->header, why)) {
            CPLDebug("HYP3", "%s: %s", p->file->path, why);
            leave_out(s, LEFT_DAMAGED, source->name);
            ih_source_rest(source);
            continue;
        }
        ih_source_rest(source);
        if (!p->header.has_geotransform ||
            ih_grid_from_geotransform(p->header.geotransform, (size_t)p->header.width,
                                      (size_t)p->header.height, &p->grid, &error) != IH_OK) {
            leave_out(s, LEFT_OTHER_GRID, source->name);
            ih_layer_header_clear(&p->header);
            continue;
        }
        s->count++;
    }
}

static int compare_pairs(const void *first, const void *second)
{
    const pair *a = first, *b = second;
    int order = strcmp(a->reference, b->reference);

    if (order == 0)
        order = strcmp(a->secondary, b->secondary);
    if (order == 0)
        order = strcmp(a->source->name, b->source->name);
    /* The same product twice: an extracted folder before its archive, as it is quicker to read. */
    if (order == 0)
        order = (int)a->source->is_zip - (int)b->source->is_zip;
    return order != 0 ? order : strcmp(a->source->path, b->source->path);
}

/* Bursts of other places may be on one grid; their names say which burst they are. */
static bool same_place(const pair *a, const pair *b)
{
    const ih_product_name *first = &a->source->product, *second = &b->source->product;
    const char *end;

    if (first->kind != second->kind)
        return true;
    if (first->kind != IH_PRODUCT_BURST && first->kind != IH_PRODUCT_MULTI_BURST)
        return true;
    end = strstr(first->name, first->reference_date);
    return end && strncmp(first->name, second->name, (size_t)(end - first->name)) == 0;
}

static bool same_lattice(const pair *a, const pair *b)
{
    int64_t column, row;

    return ih_grid_offset(&a->grid, &b->grid, &column, &row, NULL) &&
           ih_layer_header_same_srs(&a->header, &b->header);
}

/* Keeps the largest set of products of one place on one lattice; of equal sets the one with the
 * earliest pair. */
static void keep_largest_group(stack *s)
{
    size_t best = 0, best_size = 0;

    for (size_t i = 0; i < s->count; i++) {
        s->pairs[i].group = i;
        for (size_t j = 0; j < i; j++) {
            if (s->pairs[j].group == j && same_place(&s->pairs[j], &s->pairs[i]) &&
                same_lattice(&s->pairs[j], &s->pairs[i])) {
                s->pairs[i].group = j;
                break;
            }
        }
    }
    for (size_t i = 0; i < s->count; i++) {
        size_t size = 0;
        for (size_t j = i; j < s->count; j++)
            size += s->pairs[j].group == i;
        if (size > best_size) {
            best = i;
            best_size = size;
        }
    }
    for (size_t i = 0; i < s->count; i++) {
        if (s->pairs[i].group != best && i != best)
            drop_pair(s, i,
                      same_lattice(&s->pairs[best], &s->pairs[i]) ? LEFT_OTHER_PLACE
                                                                  : LEFT_OTHER_GRID);
    }
    close_gaps(s);
}

/* Reprocessings carry random ids, so "newest" cannot be told; the last name is as good and always
 * the same. */
static void keep_one_of_each_pair(stack *s)
{
    for (size_t i = 0; i + 1 < s->count; i++) {
        pair *a = &s->pairs[i], *b = &s->pairs[i + 1];

        if (strcmp(a->reference, b->reference) != 0 || strcmp(a->secondary, b->secondary) != 0)
            continue;
        if (strcmp(a->source->name, b->source->name) == 0) {
            /* The folder came first; it goes on, the archive is dropped. */
            pair folder = *a;
            *a = *b;
            *b = folder;
        }
        drop_pair(s, i, LEFT_DUPLICATE);
    }
    close_gaps(s);
}

static bool find_common_grid(stack *s, ih_grid *common)
{
    ih_error error;

    *common = s->pairs[0].grid;
    for (size_t i = 1; i < s->count; i++) {
        if (ih_grid_intersection(common, &s->pairs[i].grid, common, &error) != IH_OK)
            drop_pair(s, i, LEFT_NO_OVERLAP);
    }
    close_gaps(s);
    return common->nx <= INT32_MAX && common->ny <= INT32_MAX;
}

/* One warning for all that is left out: how many, why, and which. */
static void report_left_out(const char *folder, const stack *s)
{
    char *text = CPLStrdup("");
    int total = 0;

    for (int reason = 0; reason < REASON_COUNT; reason++) {
        int count = CSLCount(s->left_out[reason]);
        if (count == 0)
            continue;
        for (int i = 0; i <= count && i <= NAMES_SHOWN; i++) {
            char part[400];
            if (i == 0)
                CPLsnprintf(part, sizeof part, "%s%d %s:", total ? "; " : "", count,
                            reason_texts[reason]);
            else
                CPLsnprintf(part, sizeof part, "%s %.300s", i > 1 ? "," : "",
                            s->left_out[reason][i - 1]);
            text = CPLRealloc(text, strlen(text) + strlen(part) + 1);
            strcat(text, part);
        }
        if (count > NAMES_SHOWN) {
            text = CPLRealloc(text, strlen(text) + 16);
            strcat(text, ", ...");
        }
        total += count;
    }
    if (total > 0)
        ih_hyp3_report(CE_Warning, CPLE_AppDefined, "%.300s: %d products are left out: %s.", folder,
                       total, text);
    CPLFree(text);
}

/* Items that have the same value in every product. */
static char **common_metadata(const stack *s)
{
    char **common = ih_metadata_of_product(s->pairs[0].source, &s->pairs[0].header);

    for (size_t i = 1; i < s->count; i++) {
        char **list = ih_metadata_of_product(s->pairs[i].source, &s->pairs[i].header);
        char **kept = NULL;
        for (int k = 0; common && common[k]; k++) {
            if (CSLFindString(list, common[k]) >= 0)
                kept = CSLAddString(kept, common[k]);
        }
        CSLDestroy(common);
        CSLDestroy(list);
        common = kept;
    }
    return common;
}

/* Statistics that PAM keeps hold for just this list of products on just this grid. */
static char *selection_name(const ih_hyp3_dataset *dataset, const stack *s, const char *suffix)
{
    uint64_t hash = 14695981039346656037U; /* FNV-1a */
    char grid[200];

    CPLsnprintf(grid, sizeof grid, "%.17g %.17g %d %d", dataset->geotransform[0],
                dataset->geotransform[3], dataset->width, dataset->height);
    for (size_t i = 0; i <= s->count; i++) {
        for (const char *c = i < s->count ? s->pairs[i].source->name : grid; *c; c++)
            hash = (hash ^ (unsigned char)*c) * 1099511628211U;
        hash = (hash ^ '\n') * 1099511628211U;
    }
    return CPLStrdup(
        CPLSPrintf("%s of %d pairs %016llx", suffix, (int)s->count, (unsigned long long)hash));
}

static void make_band(ih_dataset_band *band, const pair *p, const ih_grid *common,
                      const pair *first)
{
    int64_t column = 0, row = 0;
    ih_hyp3_band *shown = &band->shown;

    ih_dataset_band_fill(band, p->source, p->file, &p->header, 1);
    ih_grid_offset(&p->grid, common, &column, &row, NULL);
    band->column = (int)column;
    band->row = (int)row;
    CPLFree(band->description);
    band->description = CPLStrdup(CPLSPrintf("%s_%s", p->reference, p->secondary));
    shown->description = band->description;
    shown->metadata = ih_metadata_add_pair(shown->metadata, p->source);
    shown->metadata = CSLSetNameValue(shown->metadata, "PRODUCT", p->source->name);
    shown->overview_count = 0;
    if (first->header.block_x < first->header.width) {
        shown->block_x = first->header.block_x;
        shown->block_y = first->header.block_y;
    } else {
        shown->block_x = (int)common->nx;
        shown->block_y = common->ny < STRIP_BLOCK_ROWS ? (int)common->ny : STRIP_BLOCK_ROWS;
    }
}

static bool make_bands(ih_hyp3_dataset *dataset, stack *s, const ih_layer *layer, char **options)
{
    ih_grid common;
    int max_open =
        atoi(CSLFetchNameValueDef(options, "MAX_OPEN", CPLSPrintf("%d", DEFAULT_MAX_OPEN)));

    if (!find_common_grid(s, &common) || s->count > MAX_BANDS)
        return false;
    dataset->bands = CPLCalloc(s->count, sizeof *dataset->bands);
    dataset->band_count = (int)s->count;
    for (size_t i = 0; i < s->count; i++)
        make_band(&dataset->bands[i], &s->pairs[i], &common, &s->pairs[0]);
    ih_dataset_take_grid(dataset, &s->pairs[0].header);
    ih_grid_to_geotransform(&common, dataset->geotransform);
    dataset->width = (int)common.nx;
    dataset->height = (int)common.ny;

    dataset->metadata[IH_DOMAIN_DEFAULT] =
        CSLSetNameValue(common_metadata(s), "LAYER", layer->suffix);
    dataset->metadata[IH_DOMAIN_DEFAULT] = CSLSetNameValue(
        dataset->metadata[IH_DOMAIN_DEFAULT], "PAIRS", CPLSPrintf("%d", (int)s->count));
    dataset->pam_subset = selection_name(dataset, s, layer->suffix);
    for (size_t i = 0; i < s->count; i++) {
        dataset->files =
            CSLAddString(dataset->files, s->pairs[i].source->is_zip ? s->pairs[i].source->path
                                                                    : s->pairs[i].file->path);
    }
    max_open = max_open < 1 ? 1 : max_open > LARGEST_MAX_OPEN ? LARGEST_MAX_OPEN : max_open;
    ih_dataset_make_slots(dataset, (size_t)max_open);
    return true;
}

static bool fill_layer(ih_hyp3_dataset *dataset, const ih_location *location, const char *name,
                       stack *s, char **options)
{
    int index = ih_layer_find(name);
    const ih_layer *layer = index >= 0 ? ih_layer_at((size_t)index) : NULL;
    bool filled;

    if (!layer || layer->radar_geometry) {
        ih_hyp3_report(CE_Failure, CPLE_OpenFailed, "A stack cannot be made of '%.80s': %s.", name,
                       layer ? "it has no map grid" : "there is no such layer");
        return false;
    }
    open_pairs(dataset, index, s);
    if (s->count > 0) {
        qsort(s->pairs, s->count, sizeof *s->pairs, compare_pairs);
        keep_largest_group(s);
        keep_one_of_each_pair(s);
    }
    filled = s->count > 0 && make_bands(dataset, s, layer, options);
    report_left_out(location->path, s);
    if (!filled)
        ih_hyp3_report(CE_Failure, CPLE_OpenFailed, "%.300s: no stack of layer %s can be made.",
                       location->path, layer->suffix);
    return filled;
}

/* Whether a layer is among the words; without any all are. */
static bool is_wanted(char **words, int layer)
{
    bool found = !words || !words[0];

    for (int w = 0; words && words[w] && !found; w++)
        found = ih_layer_find(words[w]) == layer;
    return found;
}

static bool check_words(char **words)
{
    for (int w = 0; words && words[w]; w++) {
        int index = ih_layer_find(words[w]);

        if (index >= 0 && !ih_layer_at((size_t)index)->radar_geometry)
            continue;
        ih_hyp3_report(CE_Failure, CPLE_OpenFailed, "A stack cannot be made of '%.80s': %s.",
                       words[w], index >= 0 ? "it has no map grid" : "there is no such layer");
        return false;
    }
    return true;
}

/* Which of the layers asked for there are, and in how many products. */
static void fill_list(ih_hyp3_dataset *dataset, const ih_location *location, char **words,
                      const stack *s)
{
    for (size_t i = 0; i < ih_layer_count(); i++) {
        const ih_layer *layer = ih_layer_at(i);
        int count = 0;
        char description[200];

        for (size_t k = 0; k < dataset->source_count; k++)
            count += ih_source_find(dataset->sources[k], (int)i) >= 0;
        if (count == 0 || layer->radar_geometry || !is_wanted(words, (int)i))
            continue;
        CPLsnprintf(description, sizeof description, "%s of %d product%s", layer->title, count,
                    count == 1 ? "" : "s");
        ih_dataset_add_subdataset(dataset, location->path, layer->suffix, description);
    }
    for (size_t k = 0; k < dataset->source_count; k++) {
        if (dataset->sources[k]->is_zip)
            dataset->files = CSLAddString(dataset->files, dataset->sources[k]->path);
    }
    dataset->metadata[IH_DOMAIN_DEFAULT] =
        CSLSetNameValue(NULL, "PRODUCTS", CPLSPrintf("%d", (int)dataset->source_count));
    dataset->width = dataset->height = 512; /* GDAL's size of a dataset without bands */
    report_left_out(location->path, s);
}

bool ih_stack_fill(ih_hyp3_dataset *dataset, const ih_location *location, char **options)
{
    stack s = {0};
    char **words = CSLTokenizeString2(CSLFetchNameValueDef(options, "LAYERS", ""), ", ", 0);
    const char *layer = location->layer ? location->layer : CSLCount(words) == 1 ? words[0] : NULL;
    bool filled = false;

    open_sources(dataset, location->path, &s);
    if (dataset->source_count == 0) {
        report_left_out(location->path, &s);
        ih_hyp3_report(CE_Failure, CPLE_OpenFailed, "%.500s holds no HyP3 InSAR product.",
                       location->path);
    } else if (layer) {
        filled = fill_layer(dataset, location, layer, &s, options);
    } else if (check_words(words)) {
        fill_list(dataset, location, words, &s);
        filled = true;
    }
    CSLDestroy(words);
    if (filled)
        dataset->physical_file = ih_dataset_physical_file(location->path);
    for (size_t i = 0; i < s.count; i++)
        ih_layer_header_clear(&s.pairs[i].header);
    CPLFree(s.pairs);
    for (int reason = 0; reason < REASON_COUNT; reason++)
        CSLDestroy(s.left_out[reason]);
    return filled;
}
