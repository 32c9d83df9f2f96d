/* SPDX-License-Identifier: MIT */
#include "utilities/lib/merge_part.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "algorithms/alloc.h"
#include "drivers/hyp3/layers.h"

/* Regions of fewer pixels are no components (of products that have no labels). */
enum { LEAST_REGION = 100, MOST_LABELS = 65536 };

struct ih_merge_rows {
    const ih_merge_part *part;
    ih_clip_pixels *pixels;
    bool is_phase, zero_is_missing;
    size_t nx, ny, first, count; /* rows of the strip that is loaded */
    void *raw;
    float *values; /* [row][column] of the strip */
};

ih_status ih_merge_part_open(const ih_merge_plan *plan, const ih_merge_pair *pair, size_t index,
                             ih_merge_part *out, ih_error *err)
{
    const ih_interferogram *item = ih_merge_pair_item(plan, pair, index);
    const ih_common_grid *common = plan->common;
    int64_t column = 0, row = 0;
    ih_status status;

    *out = (ih_merge_part){.item = item, .own = *common};
    out->own.grid = common->footprints[item - plan->catalogue->items];
    if (!ih_grid_offset(&common->grid, &out->own.grid, &column, &row, NULL) || column < 0 ||
        row < 0)
        return ih_fail(err, IH_E_DATA, "%s does not lie on the common grid", item->name);
    out->column = (size_t)column;
    out->row = (size_t)row;
    out->view =
        (ih_clip_view){.item = item, .common = &out->own, .resampling = GRA_NearestNeighbour};
    status = ih_clip_source_open(item->path, &out->source, err);
    out->view.source = out->source;
    out->has_labels =
        status == IH_OK && ih_clip_source_has(out->source, (size_t)ih_layer_find("conncomp"));
    if (status != IH_OK || !ih_clip_reference_pixel(&out->view, &out->zero_column, &out->zero_row))
        out->zero_column = out->zero_row = SIZE_MAX;
    return status;
}

void ih_merge_part_close(ih_merge_part *part)
{
    ih_clip_source_free(part->source);
    ih_row_regions_free(part->regions);
    free(part->label_size);
    free(part->node_of_label);
    *part = (ih_merge_part){0};
}

ih_status ih_merge_rows_open(const ih_merge_part *part, size_t layer, ih_merge_rows **out,
                             ih_error *err)
{
    ih_merge_rows *r = ih_calloc(1, sizeof *r);
    size_t n = part->own.grid.nx;
    ih_status status;

    *out = NULL;
    if (!r)
        return ih_fail(err, IH_E_MEMORY, "rows of %s", part->item->name);
    r->part = part;
    r->nx = part->own.grid.nx;
    r->ny = part->own.grid.ny;
    r->is_phase = strcmp(ih_layer_at(layer)->suffix, "unw_phase") == 0;
    r->zero_is_missing = ih_layer_at(layer)->zero_is_nodata;
    status = ih_clip_pixels_new(&part->view, layer, &r->pixels, err);
    if (status == IH_OK) {
        size_t size = (size_t)GDALGetDataTypeSizeBytes(ih_clip_pixels_form(r->pixels)->type);

        r->raw = ih_alloc(n * IH_CLIP_STRIP_ROWS, size);
        r->values = ih_alloc(n * IH_CLIP_STRIP_ROWS, sizeof *r->values);
        if (!r->raw || !r->values)
            status = ih_fail(err, IH_E_MEMORY, "rows of %s", part->item->name);
    }
    if (status != IH_OK) {
        ih_merge_rows_close(r);
        return status;
    }
    *out = r;
    return IH_OK;
}

void ih_merge_rows_close(ih_merge_rows *r)
{
    if (!r)
        return;
    ih_clip_pixels_free(r->pixels);
    free(r->raw);
    free(r->values);
    free(r);
}

const ih_clip_form *ih_merge_rows_form(const ih_merge_rows *r)
{
    return ih_clip_pixels_form(r->pixels);
}

size_t ih_merge_rows_bytes_per_column(void)
{
    return IH_CLIP_STRIP_ROWS * 2 * sizeof(float);
}

static void mark_missing(ih_merge_rows *r)
{
    const ih_clip_form *form = ih_clip_pixels_form(r->pixels);
    const ih_merge_part *p = r->part;
    float fill = (float)form->fill;
    bool fill_is_missing = r->zero_is_missing || form->fill != 0;

    for (size_t i = 0; i < r->count * r->nx; i++)
        if ((fill_is_missing && r->values[i] == fill) || !isfinite(r->values[i]) ||
            (r->zero_is_missing && r->values[i] == 0.0f))
            r->values[i] = NAN;
    if (r->is_phase && p->zero_row - r->first < r->count &&
        isnan(r->values[(p->zero_row - r->first) * r->nx + p->zero_column]))
        r->values[(p->zero_row - r->first) * r->nx + p->zero_column] = 0.0f;
}

const float *ih_merge_rows_at(ih_merge_rows *r, size_t row, ih_error *err)
{
    if (row - r->first >= r->count) {
        const ih_clip_form *form = ih_clip_pixels_form(r->pixels);
        size_t first = row - row % IH_CLIP_STRIP_ROWS;
        size_t count = r->ny - first < IH_CLIP_STRIP_ROWS ? r->ny - first : IH_CLIP_STRIP_ROWS;
        ih_error why;

        r->count = 0;
        if (ih_clip_pixels_rows(r->pixels, first, count, r->raw, &why) != IH_OK) {
            ih_fail(err, why.status, "%s: %s", r->part->item->name, why.text);
            return NULL;
        }
        GDALCopyWords64(r->raw, form->type, GDALGetDataTypeSizeBytes(form->type), r->values,
                        GDT_Float32, 4, (GPtrDiff_t)(count * r->nx));
        r->first = first;
        r->count = count;
        mark_missing(r);
    }
    return r->values + (row - r->first) * r->nx;
}

ih_status ih_merge_scan_open(const ih_merge_part *part, ih_merge_scan *out, ih_error *err)
{
    size_t nx = part->own.grid.nx;
    ih_status status;

    *out = (ih_merge_scan){
        .part = part, .inside = ih_alloc(nx, 1), .node = ih_alloc(nx, sizeof *out->node)};
    if (!out->inside || !out->node)
        return ih_fail(err, IH_E_MEMORY, "rows of %s", part->item->name);
    status = ih_merge_rows_open(part, (size_t)ih_layer_find("unw_phase"), &out->phase_rows, err);
    if (status == IH_OK && part->has_labels)
        status = ih_merge_rows_open(part, (size_t)ih_layer_find("conncomp"), &out->label_rows, err);
    if (status == IH_OK && part->regions)
        status = ih_row_cursor_begin(part->regions, &out->cursor, err);
    return status;
}

void ih_merge_scan_close(ih_merge_scan *scan)
{
    ih_merge_rows_close(scan->phase_rows);
    ih_merge_rows_close(scan->label_rows);
    ih_row_cursor_free(&scan->cursor);
    free(scan->inside);
    free(scan->node);
    *scan = (ih_merge_scan){0};
}

/* 0 when it is none. */
static size_t label_of(float value)
{
    return value >= 0.5f && value < (float)MOST_LABELS ? (size_t)lrintf(value) : 0;
}

static void nodes_of_labels(const ih_merge_part *p, const float *labels, const float *phase,
                            uint32_t *node)
{
    for (size_t x = 0; x < p->own.grid.nx; x++) {
        size_t label = isnan(phase[x]) ? 0 : label_of(labels[x]);

        node[x] = label && label < p->n_labels && p->node_of_label[label] != IH_MERGE_NO_NODE
                      ? p->first_node + p->node_of_label[label]
                      : IH_MERGE_NO_NODE;
    }
}

ih_status ih_merge_scan_row(ih_merge_scan *s, size_t row, ih_error *err)
{
    const ih_merge_part *p = s->part;
    ih_error why;

    s->phase = ih_merge_rows_at(s->phase_rows, row, &why);
    if (s->phase && p->has_labels) {
        const float *labels = ih_merge_rows_at(s->label_rows, row, &why);

        if (!labels)
            s->phase = NULL;
        else
            nodes_of_labels(p, labels, s->phase, s->node);
    } else if (s->phase) {
        for (size_t x = 0; x < p->own.grid.nx; x++)
            s->inside[x] = (uint8_t)!isnan(s->phase[x]);
        ih_row_regions_next(p->regions, &s->cursor, s->inside, s->node);
        for (size_t x = 0; x < p->own.grid.nx; x++)
            s->node[x] = s->node[x] ? p->first_node + s->node[x] - 1 : IH_MERGE_NO_NODE;
    }
    return s->phase ? IH_OK : ih_fail(err, why.status, "%s", why.text);
}

static ih_status count_label(ih_merge_part *p, size_t label, ih_error *err)
{
    if (label >= p->n_labels) {
        size_t n = label + 16;
        uint32_t *grown = realloc(p->label_size, n * sizeof *grown);

        if (!grown)
            return ih_fail(err, IH_E_MEMORY, "components of %s", p->item->name);
        memset(grown + p->n_labels, 0, (n - p->n_labels) * sizeof *grown);
        p->label_size = grown;
        p->n_labels = n;
    }
    p->label_size[label]++;
    return IH_OK;
}

static ih_status count_labels(ih_merge_part *p, ih_merge_scan *s, ih_error *err)
{
    ih_status status = IH_OK;

    for (size_t row = 0; row < p->own.grid.ny && status == IH_OK; row++) {
        const float *phase = ih_merge_rows_at(s->phase_rows, row, err);
        const float *labels = phase ? ih_merge_rows_at(s->label_rows, row, err) : NULL;

        if (!labels)
            return IH_E_DATA;
        for (size_t x = 0; x < p->own.grid.nx && status == IH_OK; x++)
            if (!isnan(phase[x]) && label_of(labels[x]))
                status = count_label(p, label_of(labels[x]), err);
    }
    if (status != IH_OK)
        return status;
    p->node_of_label = ih_alloc(p->n_labels ? p->n_labels : 1, sizeof *p->node_of_label);
    if (!p->node_of_label)
        return ih_fail(err, IH_E_MEMORY, "components of %s", p->item->name);
    for (size_t label = 0; label < p->n_labels; label++)
        p->node_of_label[label] = p->label_size[label] ? p->n_nodes++ : IH_MERGE_NO_NODE;
    return IH_OK;
}

static ih_status find_regions(ih_merge_part *p, ih_merge_scan *s, ih_error *err)
{
    ih_status status = ih_row_regions_new(p->own.grid.nx, &p->regions, err);

    for (size_t row = 0; row < p->own.grid.ny && status == IH_OK; row++) {
        const float *phase = ih_merge_rows_at(s->phase_rows, row, err);

        if (!phase)
            return IH_E_DATA;
        for (size_t x = 0; x < p->own.grid.nx; x++)
            s->inside[x] = (uint8_t)!isnan(phase[x]);
        status = ih_row_regions_add(p->regions, s->inside, err);
    }
    if (status == IH_OK)
        p->n_nodes = ih_row_regions_finish(p->regions, LEAST_REGION);
    return status;
}

ih_status ih_merge_part_find_nodes(ih_merge_part *part, ih_error *err)
{
    ih_merge_scan scan = {0};
    ih_status status = ih_merge_scan_open(part, &scan, err);

    if (status == IH_OK)
        status = part->has_labels ? count_labels(part, &scan, err) : find_regions(part, &scan, err);
    ih_merge_scan_close(&scan);
    return status;
}

uint32_t ih_merge_part_node_label(const ih_merge_part *p, uint32_t node)
{
    uint32_t local = node - p->first_node;

    if (!p->has_labels)
        return local + 1;
    for (size_t label = 1; label < p->n_labels; label++)
        if (p->node_of_label[label] == local)
            return (uint32_t)label;
    return 0;
}

double ih_merge_part_node_size(const ih_merge_part *p, uint32_t node)
{
    uint32_t label = ih_merge_part_node_label(p, node);

    return p->has_labels ? (double)p->label_size[label]
                         : (double)ih_row_regions_area(p->regions, label);
}
