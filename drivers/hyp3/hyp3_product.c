/* SPDX-License-Identifier: MIT
 *
 * One product as a dataset: which of its layers are bands, which subdatasets, and what is said
 * about them.
 */
#include <string.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <ogr_srs_api.h>

#include "drivers/hyp3/hyp3_dataset.h"
#include "drivers/hyp3/hyp3_metadata.h"
#include "drivers/hyp3/hyp3_report.h"

/* los_rdr has incidence and azimuth; no layer has more. */
#define MOST_BANDS 2

/* A product with its layer headers, while it is being opened. */
typedef struct {
    ih_source *source;
    ih_layer_header *headers; /* one per file */
    bool *readable;
    bool *wanted; /* may become a band */
} product;

static const char *suffix_of(const ih_source_file *file)
{
    return ih_layer_at((size_t)file->layer)->suffix;
}

/* Names of the layers, separated by commas; the caller frees it with CPLFree. */
static char *layer_names(const ih_source *source)
{
    char *names = CPLStrdup("");

    for (size_t i = 0; i < source->count; i++) {
        const char *suffix = suffix_of(&source->files[i]);
        names = CPLRealloc(names, strlen(names) + strlen(suffix) + 3);
        strcat(names, i ? ", " : "");
        strcat(names, suffix);
    }
    return names;
}

static int find_layer(const ih_source *source, const char *word)
{
    int index = ih_source_find(source, ih_layer_find(word));

    if (index < 0) {
        char *names = layer_names(source);
        ih_hyp3_report(CE_Failure, CPLE_OpenFailed, "%.300s has no layer '%.80s'. It has: %s.",
                       source->path, word, names);
        CPLFree(names);
    }
    return index;
}

/* Marks the layers that may become bands: those of LAYERS, or all with a map grid. */
static bool choose_layers(product *p, const char *list)
{
    const ih_source *source = p->source;
    char **words = list ? CSLTokenizeString2(list, ", ", 0) : NULL;
    bool fits = true;

    if (!words || !words[0]) {
        for (size_t i = 0; i < source->count; i++)
            p->wanted[i] = !ih_layer_at((size_t)source->files[i].layer)->radar_geometry;
        CSLDestroy(words);
        return true;
    }
    for (int w = 0; fits && words[w]; w++) {
        int index = find_layer(source, words[w]);
        fits = index >= 0;
        if (fits && ih_layer_at((size_t)source->files[index].layer)->radar_geometry) {
            ih_hyp3_report(
                CE_Failure, CPLE_IllegalArg,
                "Layer %s is in radar geometry and cannot be a band: open HYP3:\"%.300s\":%s.",
                words[w], source->path, words[w]);
            fits = false;
        }
        if (fits)
            p->wanted[index] = true;
    }
    CSLDestroy(words);
    return fits;
}

static void read_headers(product *p)
{
    char why[IH_WHY_ROOM];

    for (size_t i = 0; i < p->source->count; i++) {
        if (!p->wanted[i])
            continue;
        p->readable[i] = ih_source_header(p->source, &p->source->files[i], &p->headers[i], why);
        if (!p->readable[i])
            ih_hyp3_report(CE_Warning, CPLE_AppDefined, "%.300s: layer %s is left out: %.200s",
                           p->source->path, suffix_of(&p->source->files[i]), why);
    }
}

void ih_dataset_band_fill(ih_dataset_band *band, const ih_source *source,
                          const ih_source_file *file, const ih_layer_header *header,
                          int band_of_file)
{
    const ih_layer *layer = ih_layer_at((size_t)file->layer);
    ih_hyp3_band *shown = &band->shown;

    band->source = source;
    band->file = file;
    band->band_of_file = band_of_file;
    band->width = header->width;
    band->height = header->height;
    band->description = header->bands > 1 && layer->radar_geometry
                            ? CPLStrdup(CPLSPrintf("%s_%d", layer->suffix, band_of_file))
                            : CPLStrdup(layer->suffix);
    shown->description = band->description;
    shown->unit = layer->unit;
    shown->type = header->type;
    shown->block_x = header->block_x;
    shown->block_y = header->block_y;
    /* In a water mask 0 is water, whatever the tag says. */
    shown->has_nodata = header->has_nodata && (layer->zero_is_nodata || header->nodata != 0.0);
    shown->nodata = header->nodata;
    band->reads_windows = shown->has_nodata == header->has_nodata;
    shown->metadata = ih_metadata_add_sign(NULL, layer);
    shown->categories = CSLDuplicate((char **)layer->categories);
    shown->overview_count = header->overview_count;
    memcpy(band->overview_width, header->overview_width, sizeof band->overview_width);
    memcpy(band->overview_height, header->overview_height, sizeof band->overview_height);
}

void ih_dataset_take_grid(ih_hyp3_dataset *dataset, const ih_layer_header *header)
{
    dataset->width = header->width;
    dataset->height = header->height;
    dataset->has_geotransform = header->has_geotransform;
    memcpy(dataset->geotransform, header->geotransform, sizeof dataset->geotransform);
    dataset->srs = header->srs ? OSRClone(header->srs) : NULL;
}

void ih_dataset_add_subdataset(ih_hyp3_dataset *dataset, const char *path, const char *layer,
                               const char *description)
{
    char ***list = &dataset->metadata[IH_DOMAIN_SUBDATASETS];
    int number = CSLCount(*list) / 2 + 1;
    char *name = CPLMalloc(strlen(path) + strlen(layer) + 16);

    strcpy(name, "HYP3:\"");
    strcat(strcat(strcat(name, path), "\":"), layer);
    *list = CSLSetNameValue(*list, CPLSPrintf("SUBDATASET_%d_NAME", number), name);
    *list = CSLSetNameValue(*list, CPLSPrintf("SUBDATASET_%d_DESC", number), description);
    CPLFree(name);
}

static void list_subdatasets(ih_hyp3_dataset *dataset, const product *p)
{
    const ih_source *source = p->source;

    for (size_t i = 0; i < source->count; i++) {
        const ih_layer *layer = ih_layer_at((size_t)source->files[i].layer);
        const ih_layer_header *header = &p->headers[i];
        char description[200];

        if (p->readable[i])
            CPLsnprintf(description, sizeof description, "[%dx%d] %s (%s)", header->width,
                        header->height, layer->title, GDALGetDataTypeName(header->type));
        else
            CPLsnprintf(description, sizeof description, "%s", layer->title);
        ih_dataset_add_subdataset(dataset, source->path, layer->suffix, description);
    }
}

/* Layers on the grid of the first are bands; the others stay subdatasets, and are named. */
static void make_bands(ih_hyp3_dataset *dataset, const product *p)
{
    const ih_source *source = p->source;
    const ih_layer_header *first = NULL;
    char others[300] = "";

    for (size_t i = 0; i < source->count; i++) {
        if (!p->readable[i])
            continue;
        if (!first) {
            first = &p->headers[i];
            ih_dataset_take_grid(dataset, first);
        }
        if (ih_layer_header_same_grid(first, &p->headers[i])) {
            ih_dataset_band_fill(&dataset->bands[dataset->band_count++], source, &source->files[i],
                                 &p->headers[i], 1);
            continue;
        }
        if (strlen(others) < sizeof others - 40)
            CPLsnprintf(others + strlen(others), sizeof others - strlen(others), "%s%s",
                        others[0] ? ", " : "", suffix_of(&source->files[i]));
    }
    if (others[0])
        ih_hyp3_report(
            CE_Warning, CPLE_AppDefined,
            "%.300s: not on the grid of the first layer, so not bands but subdatasets: %s.",
            source->path, others);
    dataset->metadata[IH_DOMAIN_DEFAULT] = ih_metadata_of_product(source, first);
}

static bool make_subdataset(ih_hyp3_dataset *dataset, product *p, const char *word)
{
    int index = find_layer(p->source, word);
    char why[IH_WHY_ROOM];
    ih_layer_header *header;
    const ih_source_file *file;

    if (index < 0)
        return false;
    file = &p->source->files[index];
    header = &p->headers[index];
    if (!ih_source_header(p->source, file, header, why)) {
        ih_hyp3_report(CE_Failure, CPLE_OpenFailed, "%.300s: layer %s cannot be read: %.200s",
                       p->source->path, suffix_of(file), why);
        return false;
    }
    p->readable[index] = true;
    if (header->bands > MOST_BANDS) {
        ih_hyp3_report(CE_Warning, CPLE_AppDefined,
                       "%.300s: layer %s has %d bands, only the first %d are shown.",
                       p->source->path, suffix_of(file), header->bands, MOST_BANDS);
        header->bands = MOST_BANDS;
    }
    dataset->bands = CPLCalloc((size_t)header->bands, sizeof *dataset->bands);
    for (int b = 1; b <= header->bands; b++)
        ih_dataset_band_fill(&dataset->bands[dataset->band_count++], p->source, file, header, b);
    ih_dataset_take_grid(dataset, header);
    dataset->metadata[IH_DOMAIN_DEFAULT] = ih_metadata_of_product(p->source, header);
    dataset->pam_subset = CPLStrdup(suffix_of(file));
    return true;
}

static bool make_whole(ih_hyp3_dataset *dataset, product *p, char **options)
{
    const char *layers = CSLFetchNameValue(options, "LAYERS");

    if (!choose_layers(p, layers))
        return false;
    read_headers(p);
    dataset->bands = CPLCalloc(p->source->count + 1, sizeof *dataset->bands);
    make_bands(dataset, p);
    list_subdatasets(dataset, p);
    if (layers && layers[0]) {
        dataset->pam_subset = CPLStrdup("");
        for (int b = 0; b < dataset->band_count; b++) {
            char *joined = CPLStrdup(CPLSPrintf("%s%s%s", dataset->pam_subset, b ? "," : "",
                                                dataset->bands[b].description));
            CPLFree(dataset->pam_subset);
            dataset->pam_subset = joined;
        }
    }
    if (dataset->band_count > 0)
        return true;
    for (size_t i = 0; i < p->source->count; i++) {
        if (p->wanted[i]) {
            ih_hyp3_report(CE_Failure, CPLE_OpenFailed, "%.500s: no layer can be read.",
                           p->source->path);
            return false;
        }
    }
    /* Only layers in radar geometry: subdatasets without bands, which have no size of their own. */
    dataset->width = dataset->height = 512;
    return true;
}

char *ih_dataset_physical_file(const char *path)
{
    static const char *const read_only[] = {"/vsizip/", "/vsitar/", "/vsigzip/", "/vsicurl"};

    for (size_t i = 0; i < sizeof read_only / sizeof *read_only; i++) {
        if (strstr(path, read_only[i]))
            return NULL;
    }
    if (EQUAL(path, ".") || EQUAL(path, ".."))
        return NULL;
    return CPLStrdup(path);
}

static void list_files(ih_hyp3_dataset *dataset, const ih_source *source)
{
    if (source->is_zip) {
        dataset->files = CSLAddString(dataset->files, source->path);
        return;
    }
    for (size_t i = 0; i < source->count; i++)
        dataset->files = CSLAddString(dataset->files, source->files[i].path);
    if (source->text_path)
        dataset->files = CSLAddString(dataset->files, source->text_path);
}

/* Nothing there that is InSAR: silent, unless the user or the name says HyP3. */
static void explain_no_product(const ih_location *location)
{
    char *base = ih_location_base_name(location->path);
    const char *what = NULL;

    if (ih_product_name_is_other(base, &what) ||
        (location->inside && ih_product_name_is_other(location->inside, &what)))
        ih_hyp3_report(
            CE_Failure, CPLE_OpenFailed,
            "%.300s is a HyP3 product, but not InSAR (%s): the HYP3 driver does not read it.",
            location->path, what);
    else if (location->prefixed)
        ih_hyp3_report(CE_Failure, CPLE_OpenFailed,
                       "%.300s holds no layer of a HyP3 InSAR product.", location->path);
    CPLFree(base);
}

bool ih_product_fill(ih_hyp3_dataset *dataset, const ih_location *location, char **options)
{
    product p = {0};
    char why[IH_WHY_ROOM];
    bool filled = false;
    enum ih_source_result result = ih_source_open(location, &p.source, why);

    if (result == IH_SOURCE_NONE)
        explain_no_product(location);
    else if (result == IH_SOURCE_BROKEN)
        ih_hyp3_report(CE_Failure, CPLE_OpenFailed, "%s", why);
    if (result != IH_SOURCE_OPEN)
        return false;

    p.headers = CPLCalloc(p.source->count, sizeof *p.headers);
    p.readable = CPLCalloc(p.source->count, sizeof *p.readable);
    p.wanted = CPLCalloc(p.source->count, sizeof *p.wanted);
    if (p.source->others > 0)
        ih_hyp3_report(
            CE_Warning, CPLE_AppDefined,
            "%.300s: %zu layer files of other products are not shown, only those of %.200s.",
            p.source->path, p.source->others, p.source->name);
    dataset->sources = CPLCalloc(1, sizeof *dataset->sources);
    dataset->sources[0] = p.source;
    dataset->source_count = 1;

    filled = location->layer ? make_subdataset(dataset, &p, location->layer)
                             : make_whole(dataset, &p, options);
    if (filled) {
        dataset->metadata[IH_DOMAIN_HYP3] = ih_metadata_of_text(p.source);
        dataset->physical_file = ih_dataset_physical_file(p.source->path);
        list_files(dataset, p.source);
        ih_source_rest(p.source);
        ih_dataset_make_slots(dataset, p.source->count);
    }
    for (size_t i = 0; i < p.source->count; i++)
        ih_layer_header_clear(&p.headers[i]);
    CPLFree(p.headers);
    CPLFree(p.readable);
    CPLFree(p.wanted);
    return filled;
}
