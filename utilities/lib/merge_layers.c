/* SPDX-License-Identifier: MIT */
#include "utilities/lib/merge_layers.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <cpl_vsi.h>

#include "algorithms/alloc.h"
#include "algorithms/mosaic_blending.h"
#include "drivers/hyp3/layers.h"
#include "utilities/lib/cli.h"
#include "utilities/lib/merge_text.h"
#include "utilities/lib/parallel_work.h"
#include "utilities/lib/layer_files.h"
#include "utilities/lib/report.h"

/* Weight of a pixel of no component beside one of a component, and least weight of one. */
#define UNLABELLED   1e-6f
#define LEAST_WEIGHT 0.01f
/* In place of a phase of exactly 0, which would be no data. */
#define NEARLY_ZERO 1e-20f

enum kind { UNWRAPPED, WRAPPED, COMPONENT, NEAREST, AVERAGE, MASK, DERIVED };

typedef struct {
    const ih_merge_offsets *offsets;
    const ih_result_folder *folder;
    const ih_merge_options *options;
    ih_merge_written *written;
    char **files; /* CPL list, [layer] and the text */
} product;

/* A part while a layer is made. */
typedef struct {
    const ih_merge_part *part;
    ih_merge_scan scan; /* of phases and components */
    ih_merge_rows *rows, *coherence, *water;
    float *value, *weight; /* [column] */
} layer_part;

typedef struct {
    const product *product;
    size_t layer;
    enum kind kind;
    layer_part *parts;
    ih_blend_source *sources, *water_sources;
    float *row, *water; /* [column] of the mosaic */
    size_t n_valid, n_apart;
} mosaic;

static enum kind kind_of(size_t layer)
{
    static const struct {
        const char *suffix;
        enum kind kind;
    } kinds[] = {{"unw_phase", UNWRAPPED}, {"wrapped_phase", WRAPPED}, {"conncomp", COMPONENT},
                 {"lv_theta", NEAREST},    {"lv_phi", NEAREST},        {"inc_map", NEAREST},
                 {"inc_map_ell", NEAREST}, {"water_mask", MASK},       {"los_disp", DERIVED},
                 {"vert_disp", DERIVED}};
    const char *suffix = ih_layer_at(layer)->suffix;

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].suffix, suffix) == 0)
            return kinds[i].kind;
    return AVERAGE;
}

static bool all_have(const ih_merge_offsets *o, size_t layer)
{
    for (size_t i = 0; i < o->n_parts; i++)
        if (!ih_clip_source_has(o->parts[i].source, layer))
            return false;
    return true;
}

static bool any_has(const ih_merge_offsets *o, size_t layer)
{
    for (size_t i = 0; i < o->n_parts; i++)
        if (ih_clip_source_has(o->parts[i].source, layer))
            return true;
    return false;
}

static bool is_wanted(char **named, size_t layer)
{
    return !named || CSLFindString(named, ih_layer_at(layer)->suffix) >= 0;
}

static ih_status check_names(char **named, ih_error *err)
{
    for (char **name = named; name && *name; name++) {
        int layer = ih_layer_find(*name);

        if (layer < 0 || ih_layer_at((size_t)layer)->radar_geometry ||
            kind_of((size_t)layer) == DERIVED)
            return ih_fail(err, IH_E_ARGUMENT, "-layers %s: there is no such layer to merge",
                           *name);
    }
    return IH_OK;
}

static ih_status choose_layers(product *p, ih_error *err)
{
    const ih_merge_offsets *o = p->offsets;
    ih_merge_written *w = p->written;
    char **named = p->options->layers ? CSLTokenizeString2(p->options->layers, ", ", 0) : NULL;
    ih_status status = check_names(named, err);

    w->layers = ih_calloc(ih_layer_count(), sizeof *w->layers);
    if (status == IH_OK && !w->layers)
        status = ih_fail(err, IH_E_MEMORY, "layers");
    for (size_t i = 0; i < ih_layer_count() && status == IH_OK; i++) {
        const char *suffix = ih_layer_at(i)->suffix;

        if (!is_wanted(named, i) || !any_has(o, i))
            continue;
        if (all_have(o, i) && !ih_layer_at(i)->radar_geometry && kind_of(i) != DERIVED)
            w->layers[w->n_layers++] = i;
        else if (named)
            status = ih_fail(err, IH_E_DATA, "not all products of the pair have %s", suffix);
        else
            w->left_out = CSLAddString(w->left_out, suffix);
    }
    if (status == IH_OK && w->n_layers == 0)
        status = ih_fail(err, IH_E_DATA, "the products have none of the layers asked for");
    if (status == IH_OK && p->options->water_mask &&
        !all_have(o, (size_t)ih_layer_find("water_mask")))
        status = ih_fail(err, IH_E_DATA, "not all products of the pair have a water_mask to apply");
    CSLDestroy(named);
    return status;
}

static bool needs_scan(const mosaic *m)
{
    return m->kind == UNWRAPPED || m->kind == COMPONENT;
}

static bool needs_water(const mosaic *m)
{
    return m->product->options->water_mask && needs_scan(m);
}

static ih_status open_part(mosaic *m, size_t i, ih_error *err)
{
    const ih_merge_part *part = &m->product->offsets->parts[i];
    layer_part *p = &m->parts[i];
    size_t nx = part->own.grid.nx;
    bool weighted = needs_scan(m) || m->kind == WRAPPED;
    ih_status status = IH_OK;

    p->part = part;
    p->value = ih_alloc(nx, sizeof *p->value);
    p->weight = ih_alloc(nx, sizeof *p->weight);
    if (!p->value || !p->weight)
        return ih_fail(err, IH_E_MEMORY, "rows of %s", part->item->name);
    status = needs_scan(m) ? ih_merge_scan_open(part, &p->scan, err)
                           : ih_merge_rows_open(part, m->layer, &p->rows, err);
    if (status == IH_OK && weighted && m->product->options->blend == IH_MERGE_WEIGHTED)
        status = ih_merge_rows_open(part, (size_t)ih_layer_find("corr"), &p->coherence, err);
    if (status == IH_OK && needs_water(m))
        status = ih_merge_rows_open(part, (size_t)ih_layer_find("water_mask"), &p->water, err);
    return status;
}

static ih_status open_parts(mosaic *m, ih_error *err)
{
    size_t n = m->product->offsets->n_parts, nx = m->product->offsets->plan->common->grid.nx;
    ih_status status = IH_OK;

    m->parts = ih_calloc(n, sizeof *m->parts);
    m->sources = ih_calloc(n, sizeof *m->sources);
    m->water_sources = ih_calloc(n, sizeof *m->water_sources);
    m->row = ih_alloc(nx, sizeof *m->row);
    m->water = ih_alloc(nx, sizeof *m->water);
    if (!m->parts || !m->sources || !m->water_sources || !m->row || !m->water)
        return ih_fail(err, IH_E_MEMORY, "rows of a mosaic");
    for (size_t i = 0; i < n && status == IH_OK; i++)
        status = open_part(m, i, err);
    return status;
}

static void close_parts(mosaic *m)
{
    for (size_t i = 0; m->parts && i < m->product->offsets->n_parts; i++) {
        layer_part *p = &m->parts[i];

        ih_merge_scan_close(&p->scan);
        ih_merge_rows_close(p->rows);
        ih_merge_rows_close(p->coherence);
        ih_merge_rows_close(p->water);
        free(p->value);
        free(p->weight);
    }
    free(m->parts);
    free(m->sources);
    free(m->water_sources);
    free(m->row);
    free(m->water);
}

/* Phases or labels, as they are in the mosaic. */
static void place_components(const mosaic *m, size_t i)
{
    const ih_merge_offsets *o = m->product->offsets;
    const layer_part *p = &m->parts[i];
    bool drop = m->product->options->drop_unjoined;

    for (size_t x = 0; x < p->part->own.grid.nx; x++) {
        uint32_t node = p->scan.node[x];
        uint32_t group = node == IH_MERGE_NO_NODE ? UINT32_MAX : o->solution.group[node];
        bool dropped = drop && group != UINT32_MAX && !o->joined[group];

        if (dropped || isnan(p->scan.phase[x]))
            p->value[x] = NAN;
        else if (m->kind == UNWRAPPED)
            p->value[x] = (float)((double)p->scan.phase[x] - ih_merge_offset(o, i, node));
        else
            p->value[x] = group == UINT32_MAX ? NAN : (float)o->label_of_group[group];
        if (node == IH_MERGE_NO_NODE)
            p->weight[x] *= UNLABELLED;
    }
}

static void weigh(const mosaic *m, layer_part *p, const float *coherence, size_t row)
{
    const ih_grid *g = &p->part->own.grid;
    float y = (float)row - 0.5f * (float)(g->ny - 1);

    for (size_t x = 0; x < g->nx; x++) {
        float across = (float)x - 0.5f * (float)(g->nx - 1);

        if (coherence)
            p->weight[x] = coherence[x] > LEAST_WEIGHT ? coherence[x] : LEAST_WEIGHT;
        else if (m->kind == NEAREST)
            p->weight[x] = 1.0f / (1.0f + across * across + y * y);
        else
            p->weight[x] = 1.0f;
    }
}

static ih_status place_row(mosaic *m, size_t i, size_t row, ih_error *err)
{
    layer_part *p = &m->parts[i];
    const ih_merge_part *part = p->part;
    size_t nx = part->own.grid.nx;
    const float *coherence = NULL, *values = NULL, *water = NULL;
    double constant = m->product->offsets->wrapped_constant_rad[i];

    if (needs_scan(m) && ih_merge_scan_row(&p->scan, row, err) != IH_OK)
        return IH_E_DATA;
    if (p->rows && !(values = ih_merge_rows_at(p->rows, row, err)))
        return IH_E_DATA;
    if (p->coherence && !(coherence = ih_merge_rows_at(p->coherence, row, err)))
        return IH_E_DATA;
    if (p->water && !(water = ih_merge_rows_at(p->water, row, err)))
        return IH_E_DATA;
    weigh(m, p, coherence, row);
    if (needs_scan(m))
        place_components(m, i);
    else if (m->kind == WRAPPED && constant != 0)
        for (size_t x = 0; x < nx; x++)
            p->value[x] = (float)remainder((double)values[x] - constant, 6.28318530717958647692);
    else
        memcpy(p->value, values, nx * sizeof *values);
    m->sources[i] = (ih_blend_source){p->value, p->weight, part->column, nx};
    m->water_sources[i] = (ih_blend_source){water, p->weight, part->column, water ? nx : 0};
    return IH_OK;
}

static enum ih_blending blending_of(const mosaic *m)
{
    bool first = m->product->options->blend == IH_MERGE_FIRST;

    switch (m->kind) {
    case UNWRAPPED:
        return first ? IH_BLEND_HEAVIEST : IH_BLEND_PHASE;
    case WRAPPED:
        return first ? IH_BLEND_HEAVIEST : IH_BLEND_ANGLE;
    case COMPONENT:
    case NEAREST:
        return IH_BLEND_HEAVIEST;
    case MASK:
        return IH_BLEND_LEAST;
    case AVERAGE:
    case DERIVED:
        break;
    }
    return IH_BLEND_MEAN;
}

/* A row of the mosaic, in m->row. */
static ih_status make_row(mosaic *m, size_t row, ih_error *err)
{
    const ih_merge_offsets *o = m->product->offsets;
    size_t nx = o->plan->common->grid.nx;
    ih_status status = IH_OK;

    for (size_t i = 0; i < o->n_parts && status == IH_OK; i++) {
        const ih_merge_part *part = &o->parts[i];

        m->sources[i].count = m->water_sources[i].count = 0;
        if (row >= part->row && row - part->row < part->own.grid.ny)
            status = place_row(m, i, row - part->row, err);
    }
    if (status != IH_OK)
        return status;
    m->n_apart += ih_blend_row(blending_of(m), m->sources, o->n_parts, nx, m->row);
    if (needs_water(m)) {
        ih_blend_row(IH_BLEND_LEAST, m->water_sources, o->n_parts, nx, m->water);
        for (size_t x = 0; x < nx; x++)
            if (m->water[x] == 0.0f)
                m->row[x] = NAN;
    }
    for (size_t x = 0; x < nx && m->kind == UNWRAPPED; x++) {
        m->n_valid += isnan(m->row[x]) ? 0 : 1;
        if (m->row[x] == 0.0f)
            m->row[x] = NEARLY_ZERO;
    }
    return IH_OK;
}

/* The file's own form of the first part's layer. */
static ih_status write_rows(mosaic *m, const ih_clip_form *form, GDALDatasetH raster,
                            const char *path, ih_error *err)
{
    const ih_grid *grid = &m->product->offsets->plan->common->grid;
    size_t size = (size_t)GDALGetDataTypeSizeBytes(form->type);
    char *strip = ih_alloc(grid->nx * IH_CLIP_STRIP_ROWS, size);
    ih_status status = strip ? IH_OK : ih_fail(err, IH_E_MEMORY, "a strip of a mosaic");

    for (size_t row = 0; row < grid->ny && status == IH_OK; row += IH_CLIP_STRIP_ROWS) {
        size_t n = grid->ny - row < IH_CLIP_STRIP_ROWS ? grid->ny - row : IH_CLIP_STRIP_ROWS;

        for (size_t k = 0; k < n && status == IH_OK; k++) {
            status = make_row(m, row + k, err);
            for (size_t x = 0; x < grid->nx && status == IH_OK; x++)
                if (isnan(m->row[x]))
                    m->row[x] = (float)form->fill;
            if (status == IH_OK)
                GDALCopyWords64(m->row, GDT_Float32, 4, strip + k * grid->nx * size, form->type,
                                (int)size, (GPtrDiff_t)grid->nx);
        }
        if (status == IH_OK &&
            GDALRasterIO(GDALGetRasterBand(raster, 1), GF_Write, 0, (int)row, (int)grid->nx, (int)n,
                         strip, (int)grid->nx, (int)n, form->type, 0, 0) != CE_None)
            status = ih_layer_file_failure(path, err);
        if (status == IH_OK && ih_cli_interrupted())
            status = ih_fail(err, IH_E_CANCELLED, "interrupted");
    }
    free(strip);
    return status;
}

static ih_status make_layer(void *shared, void *local, size_t index, ih_error *err)
{
    product *p = shared;
    mosaic m = {.product = p, .layer = p->written->layers[index]};
    const ih_merge_offsets *o = p->offsets;
    char *path = ih_result_folder_path(p->folder, CPLGetFilename(p->files[index]));
    GDALDatasetH raster = NULL;
    const ih_clip_form *form = NULL;
    ih_status status;

    (void)local;
    m.kind = kind_of(m.layer);
    status = path ? open_parts(&m, err) : ih_fail(err, IH_E_MEMORY, "a mosaic");
    CPLPushErrorHandler(CPLQuietErrorHandler);
    if (status == IH_OK) {
        const layer_part *first = &m.parts[0];

        form = ih_merge_rows_form(m.kind == COMPONENT   ? first->scan.label_rows
                                  : m.kind == UNWRAPPED ? first->scan.phase_rows
                                                        : first->rows);
        raster = ih_layer_file_create(o->plan->common, form, p->options->creation_options, path);
        if (!raster)
            status = ih_layer_file_failure(path, err);
    }
    if (status == IH_OK)
        status = write_rows(&m, form, raster, path, err);
    status = ih_layer_file_close(raster, path, status, err);
    CPLPopErrorHandler();
    if (m.kind == UNWRAPPED) {
        p->written->n_valid = m.n_valid;
        p->written->n_apart = m.n_apart;
    }
    close_parts(&m);
    free(path);
    return status;
}

static ih_status make_layers(product *p, int threads, ih_error *err)
{
    const ih_parallel_work work = {.n_items = p->written->n_layers,
                                   .threads = threads,
                                   .shared = p,
                                   .work = make_layer,
                                   .what = "merging"};

    for (size_t i = 0; i < p->written->n_layers; i++)
        p->files = CSLAddString(p->files, CPLSPrintf("%s/%s_%s.tif", p->offsets->pair->name,
                                                     p->offsets->pair->name,
                                                     ih_layer_at(p->written->layers[i])->suffix));
    return ih_parallel_work_run(&work, err);
}

static ih_status make_text(product *p, ih_error *err)
{
    const ih_merge_offsets *o = p->offsets;
    ih_clip_source **sources = ih_alloc(o->n_parts, sizeof *sources);
    char *text, *path;
    ih_status status = IH_OK;

    if (!sources)
        return ih_fail(err, IH_E_MEMORY, "text of %s", o->pair->name);
    for (size_t i = 0; i < o->n_parts; i++)
        sources[i] = o->parts[i].source;
    text = ih_merge_text(o->plan, o->pair, sources);
    free(sources);
    if (!text)
        return IH_OK;
    p->files = CSLAddString(p->files, CPLSPrintf("%s/%s.txt", o->pair->name, o->pair->name));
    path = ih_result_folder_path(p->folder, CPLSPrintf("%s.txt", o->pair->name));
    status = path ? ih_write_file_atomically(path, text, strlen(text), err)
                  : ih_fail(err, IH_E_MEMORY, "text of %s", o->pair->name);
    free(path);
    CPLFree(text);
    return status;
}

static ih_status move(const char *from, const char *to, ih_error *err)
{
    if (rename(from, to) != 0)
        return ih_fail(err, IH_E_IO, "%s cannot be moved into place: %s", to, strerror(errno));
    return IH_OK;
}

static void remove_target(const char *target)
{
    VSIStatBufL info;

    if (VSIStatL(target, &info) != 0)
        return;
    if (VSI_ISDIR(info.st_mode))
        VSIRmdirRecursive(target);
    else
        VSIUnlink(target);
}

/* A hidden folder beside the target is filled and takes its name, so that there is all of the
 * product or nothing. */
static ih_status move_folder(const product *p, const char *target, ih_error *err)
{
    char *parent = CPLStrdup(CPLGetDirname(target));
    char *part = CPLStrdup(CPLSPrintf("%s/.%s.part", parent, CPLGetFilename(target)));
    ih_status status = IH_OK;

    remove_target(part);
    if (mkdir(part, 0777) != 0)
        status = ih_fail(err, IH_E_IO, "%s cannot be made: %s", part, strerror(errno));
    for (char **file = p->files; file && *file && status == IH_OK; file++) {
        char *from = ih_result_folder_path(p->folder, CPLGetFilename(*file));
        char *to = CPLStrdup(CPLSPrintf("%s/%s", part, CPLGetFilename(*file)));

        status = move(from, to, err);
        CPLFree(to);
        free(from);
    }
    if (status == IH_OK) {
        remove_target(target);
        status = move(part, target, err);
    }
    if (status != IH_OK)
        remove_target(part);
    CPLFree(part);
    CPLFree(parent);
    return status;
}

static ih_status move_zip(const product *p, const char *target, ih_error *err)
{
    const char *name = p->offsets->pair->name;
    char *from = ih_result_folder_path(p->folder, CPLSPrintf("%s.zip", name));
    ih_status status = ih_layer_files_pack(p->folder, name, p->files, err);
    VSIStatBufL info;

    if (status == IH_OK && VSIStatL(target, &info) == 0 && VSI_ISDIR(info.st_mode))
        remove_target(target);
    if (status == IH_OK)
        status = move(from, target, err);
    free(from);
    return status;
}

/* What a product that failed has left in the hidden folder. */
static void remove_staged(const product *p)
{
    for (char **file = p->files; file && *file; file++) {
        char *path = ih_result_folder_path(p->folder, CPLGetFilename(*file));

        if (path)
            VSIUnlink(path);
        free(path);
    }
}

ih_status ih_merge_write(const ih_merge_offsets *offsets, const ih_result_folder *folder,
                         const char *target, int threads, ih_merge_written *out, ih_error *err)
{
    product p = {.offsets = offsets,
                 .folder = folder,
                 .options = &offsets->plan->request->options,
                 .written = out};
    ih_status status;

    *out = (ih_merge_written){0};
    status = choose_layers(&p, err);
    if (status == IH_OK)
        status = make_layers(&p, threads, err);
    if (status == IH_OK)
        status = make_text(&p, err);
    if (status == IH_OK)
        status = offsets->plan->zip ? move_zip(&p, target, err) : move_folder(&p, target, err);
    if (status != IH_OK)
        remove_staged(&p);
    CSLDestroy(p.files);
    return status;
}

void ih_merge_written_free(ih_merge_written *written)
{
    free(written->layers);
    CSLDestroy(written->left_out);
    *written = (ih_merge_written){0};
}
