/* SPDX-License-Identifier: MIT */
#include "utilities/lib/merge_offsets.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "algorithms/alloc.h"
#include "algorithms/disjoint_sets.h"
#include "drivers/hyp3/layers.h"
#include "utilities/lib/cli.h"

/* Common pixels that are compared, of two parts; of larger overlaps every k-th is taken. */
enum { MOST_SAMPLES = 1 << 18 };

typedef struct {
    uint32_t a, b;   /* nodes */
    uint32_t number; /* keeps the order of pixels */
    float difference, weight;
    float x, y; /* place in the overlap, 0 to 1 */
} sample;

/* Two parts while rows pass by. */
typedef struct {
    size_t a, b;
    size_t first_column, end_column, first_row, end_row; /* of the common grid */
    size_t stride;
    sample *samples;
    size_t n_samples;
} meeting;

/* A part while rows pass by. */
typedef struct {
    ih_merge_scan scan;
    ih_merge_rows *coherence_rows, *wrapped_rows;
    const float *coherence, *wrapped; /* wrapped NULL without the layer */
} passing;

typedef struct {
    ih_merge_offsets *o;
    passing *parts;    /* [part] */
    meeting *meetings; /* [overlap] */
    uint8_t *taken;    /* [column] a part before has a node there */
} passage;

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static ih_status list_overlaps(passage *p, ih_error *err)
{
    ih_merge_offsets *o = p->o;
    size_t most = o->n_parts * (o->n_parts - 1) / 2;

    o->overlaps = ih_calloc(most, sizeof *o->overlaps);
    p->meetings = ih_calloc(most, sizeof *p->meetings);
    if (!o->overlaps || !p->meetings)
        return ih_fail(err, IH_E_MEMORY, "overlaps");
    for (size_t a = 0; a < o->n_parts; a++)
        for (size_t b = a + 1; b < o->n_parts; b++) {
            const ih_merge_part *s = &o->parts[a], *t = &o->parts[b];
            meeting *m = &p->meetings[o->n_overlaps];
            size_t pixels;

            *m = (meeting){.a = a,
                           .b = b,
                           .first_column = larger(s->column, t->column),
                           .end_column =
                               smaller(s->column + s->own.grid.nx, t->column + t->own.grid.nx),
                           .first_row = larger(s->row, t->row),
                           .end_row = smaller(s->row + s->own.grid.ny, t->row + t->own.grid.ny)};
            if (m->first_column >= m->end_column || m->first_row >= m->end_row)
                continue;
            pixels = (m->end_column - m->first_column) * (m->end_row - m->first_row);
            m->stride = 1 + (pixels - 1) / MOST_SAMPLES;
            m->samples = ih_alloc(1 + (pixels - 1) / m->stride, sizeof *m->samples);
            if (!m->samples)
                return ih_fail(err, IH_E_MEMORY, "overlap of %s", s->item->name);
            o->overlaps[o->n_overlaps++] = (ih_merge_overlap){.a = a, .b = b};
        }
    return IH_OK;
}

static ih_status open_passing(passage *p, ih_error *err)
{
    size_t wrapped = (size_t)ih_layer_find("wrapped_phase"), n = p->o->n_parts;
    ih_status status = IH_OK;

    p->parts = ih_calloc(n, sizeof *p->parts);
    p->taken = ih_alloc(p->o->plan->common->grid.nx, 1);
    if (!p->parts || !p->taken)
        return ih_fail(err, IH_E_MEMORY, "rows of products");
    for (size_t i = 0; i < n && status == IH_OK; i++) {
        const ih_merge_part *part = &p->o->parts[i];

        status = ih_merge_scan_open(part, &p->parts[i].scan, err);
        if (status == IH_OK)
            status = ih_merge_rows_open(part, (size_t)ih_layer_find("corr"),
                                        &p->parts[i].coherence_rows, err);
        if (status == IH_OK && ih_clip_source_has(part->source, wrapped))
            status = ih_merge_rows_open(part, wrapped, &p->parts[i].wrapped_rows, err);
    }
    return status;
}

static void close_passage(passage *p)
{
    for (size_t i = 0; p->parts && i < p->o->n_parts; i++) {
        ih_merge_scan_close(&p->parts[i].scan);
        ih_merge_rows_close(p->parts[i].coherence_rows);
        ih_merge_rows_close(p->parts[i].wrapped_rows);
    }
    for (size_t i = 0; p->meetings && i < p->o->n_parts * (p->o->n_parts - 1) / 2; i++)
        free(p->meetings[i].samples);
    free(p->parts);
    free(p->meetings);
    free(p->taken);
}

static ih_status read_row(passage *p, size_t row, ih_error *err)
{
    ih_status status = IH_OK;

    for (size_t i = 0; i < p->o->n_parts && status == IH_OK; i++) {
        const ih_merge_part *part = &p->o->parts[i];
        passing *at = &p->parts[i];

        if (row < part->row || row - part->row >= part->own.grid.ny)
            continue;
        status = ih_merge_scan_row(&at->scan, row - part->row, err);
        if (status == IH_OK &&
            !(at->coherence = ih_merge_rows_at(at->coherence_rows, row - part->row, err)))
            status = IH_E_DATA;
        if (status == IH_OK && at->wrapped_rows &&
            !(at->wrapped = ih_merge_rows_at(at->wrapped_rows, row - part->row, err)))
            status = IH_E_DATA;
    }
    return status;
}

/* Pixels of nodes that no part before has, so that sizes of what is joined count every pixel once.
 */
static void count_shares(passage *p, size_t row)
{
    ih_merge_offsets *o = p->o;

    memset(p->taken, 0, o->plan->common->grid.nx);
    for (size_t i = 0; i < o->n_parts; i++) {
        const ih_merge_part *part = &o->parts[i];

        if (row < part->row || row - part->row >= part->own.grid.ny)
            continue;
        for (size_t x = 0; x < part->own.grid.nx; x++) {
            uint32_t node = p->parts[i].scan.node[x];

            if (node == IH_MERGE_NO_NODE || p->taken[part->column + x])
                continue;
            p->taken[part->column + x] = 1;
            o->node_share[node]++;
        }
    }
}

/* A common pixel: x and y are its columns in the two parts, number its place in the overlap. */
static void compare_pixel(const passage *p, meeting *m, ih_merge_overlap *overlap, size_t x,
                          size_t y, size_t number)
{
    const passing *a = &p->parts[m->a], *b = &p->parts[m->b];
    float coherence = fminf(a->coherence[x], b->coherence[y]);
    size_t width = m->end_column - m->first_column;
    bool coherent = coherence >= (float)p->o->plan->request->options.min_coherence;

    overlap->n_common += (!isnan(a->coherence[x]) || !isnan(a->scan.phase[x])) &&
                         (!isnan(b->coherence[y]) || !isnan(b->scan.phase[y]));
    if (!coherent || isnan(a->coherence[x]) || isnan(b->coherence[y]))
        return;
    if (a->wrapped && b->wrapped && !isnan(a->wrapped[x]) && !isnan(b->wrapped[y])) {
        double difference = (double)a->wrapped[x] - (double)b->wrapped[y];

        overlap->cosine += (double)coherence * cos(difference);
        overlap->sine += (double)coherence * sin(difference);
        overlap->n_wrapped++;
    }
    if (number % m->stride == 0 && a->scan.node[x] != IH_MERGE_NO_NODE &&
        b->scan.node[y] != IH_MERGE_NO_NODE) {
        m->samples[m->n_samples] =
            (sample){.a = a->scan.node[x],
                     .b = b->scan.node[y],
                     .number = (uint32_t)m->n_samples,
                     .difference = (float)((double)a->scan.phase[x] - (double)b->scan.phase[y]),
                     .weight = fmaxf(coherence, 0.01f),
                     .x = (float)(number % width) / (float)width,
                     .y = (float)(number / width) / (float)(m->end_row - m->first_row)};
        m->n_samples++;
    }
}

static void compare_row(passage *p, size_t row)
{
    for (size_t k = 0; k < p->o->n_overlaps; k++) {
        meeting *m = &p->meetings[k];
        size_t width = m->end_column - m->first_column;

        if (row < m->first_row || row >= m->end_row)
            continue;
        for (size_t x = 0; x < width; x++)
            compare_pixel(p, m, &p->o->overlaps[k], m->first_column - p->o->parts[m->a].column + x,
                          m->first_column - p->o->parts[m->b].column + x,
                          (row - m->first_row) * width + x);
    }
}

static int by_nodes(const void *a, const void *b)
{
    const sample *s = a, *t = b;

    if (s->a != t->a)
        return s->a < t->a ? -1 : 1;
    if (s->b != t->b)
        return s->b < t->b ? -1 : 1;
    return (s->number > t->number) - (s->number < t->number);
}

static ih_status add_link(ih_merge_offsets *o, const ih_merge_link *link, ih_error *err)
{
    ih_merge_link *grown = realloc(o->links, (o->n_links + 1) * sizeof *grown);

    if (!grown)
        return ih_fail(err, IH_E_MEMORY, "links of components");
    o->links = grown;
    grown[o->n_links++] = *link;
    return IH_OK;
}

/* Links of the components of two parts from their common pixels. */
static ih_status find_links(ih_merge_offsets *o, meeting *m, ih_error *err)
{
    size_t most = m->n_samples + 1;
    float *values = ih_alloc(most, 4 * sizeof *values);
    float *difference = values, *weight = values + most, *x = values + 2 * most,
          *y = values + 3 * most;
    ih_status status = values ? IH_OK : ih_fail(err, IH_E_MEMORY, "links of components");

    qsort(m->samples, m->n_samples, sizeof *m->samples, by_nodes);
    for (size_t i = 0, n = 0; i < m->n_samples && status == IH_OK; i += n) {
        const sample *first = &m->samples[i];
        ih_merge_link link;

        for (n = 0; i + n < m->n_samples && first[n].a == first->a && first[n].b == first->b; n++) {
            difference[n] = first[n].difference;
            weight[n] = first[n].weight;
            x[n] = first[n].x;
            y[n] = first[n].y;
        }
        if (n * m->stride < (size_t)o->plan->request->options.min_overlap)
            continue;
        ih_overlap_statistics_find(&(ih_overlap_samples){difference, weight, x, y, n}, &link.found);
        link.found.count *= m->stride;
        link.found.weight *= (double)m->stride;
        link.link =
            (ih_mosaic_link){first->a, first->b, link.found.difference_rad, link.found.weight};
        status = add_link(o, &link, err);
    }
    free(values);
    return status;
}

static ih_status compare_parts(ih_merge_offsets *o, ih_error *err)
{
    passage p = {.o = o};
    ih_status status = list_overlaps(&p, err);

    if (status == IH_OK)
        status = open_passing(&p, err);
    for (size_t row = 0; row < o->plan->common->grid.ny && status == IH_OK; row++) {
        status = read_row(&p, row, err);
        if (status != IH_OK)
            break;
        count_shares(&p, row);
        compare_row(&p, row);
        if (ih_cli_interrupted())
            status = ih_fail(err, IH_E_CANCELLED, "interrupted");
    }
    for (size_t k = 0; k < o->n_overlaps && status == IH_OK; k++)
        status = find_links(o, &p.meetings[k], err);
    close_passage(&p);
    return status;
}

/* The last of the five conditions: data that lead from every part to every other. */
static ih_status check_contiguous(const ih_merge_offsets *o, ih_error *err)
{
    uint32_t *set = ih_alloc(o->n_parts, sizeof *set);
    ih_status status = IH_OK;

    if (!set)
        return ih_fail(err, IH_E_MEMORY, "parts");
    ih_sets_clear(set, o->n_parts);
    for (size_t k = 0; k < o->n_overlaps; k++)
        if (o->overlaps[k].n_common)
            ih_sets_join(set, (uint32_t)o->overlaps[k].a, (uint32_t)o->overlaps[k].b);
    for (size_t i = 1; i < o->n_parts && status == IH_OK; i++)
        if (ih_sets_find(set, (uint32_t)i) != 0)
            status =
                ih_fail(err, IH_E_DATA,
                        "the products are not contiguous: %s has no valid pixel in common with "
                        "those that %s leads to",
                        o->parts[i].item->name, o->parts[0].item->name);
    free(set);
    return status;
}

/* Constants of wrapped phases: those of the unwrapped ones where both come from one interferogram,
 * else from the overlaps of the wrapped phases themselves. */
static ih_status find_wrapped_constants(ih_merge_offsets *o, ih_error *err)
{
    bool gamma = strcmp(o->parts[0].item->processor, "GAMMA") == 0;
    int mode = o->plan->request->options.mode;
    ih_mosaic_link *links = ih_alloc(o->n_overlaps + 1, sizeof *links);
    double *size = ih_calloc(o->n_parts, sizeof *size);
    size_t n = 0;
    ih_status status = links && size ? IH_OK : ih_fail(err, IH_E_MEMORY, "constants");

    if (status == IH_OK && mode == IH_MOSAIC_CONSTANTS && !gamma) {
        memcpy(o->wrapped_constant_rad, o->solution.constant_rad,
               o->n_parts * sizeof *o->wrapped_constant_rad);
    } else if (status == IH_OK && mode != IH_MOSAIC_CYCLES) {
        for (size_t i = 0; i < o->n_nodes; i++)
            size[o->part_of_node[i]] += o->node_size[i];
        for (size_t k = 0; k < o->n_overlaps; k++) {
            const ih_merge_overlap *overlap = &o->overlaps[k];

            if (overlap->n_wrapped >= (size_t)o->plan->request->options.min_overlap)
                links[n++] = (ih_mosaic_link){(uint32_t)overlap->a, (uint32_t)overlap->b,
                                              atan2(overlap->sine, overlap->cosine),
                                              fmax(1e-3, hypot(overlap->sine, overlap->cosine))};
        }
        status = ih_mosaic_constants(o->n_parts, size, links, n, o->wrapped_constant_rad, NULL,
                                     NULL, err);
    }
    free(links);
    free(size);
    return status;
}

typedef struct {
    double size;
    uint32_t group;
} group_size;

static int larger_first(const void *a, const void *b)
{
    const group_size *p = a, *q = b;

    if (p->size != q->size)
        return p->size < q->size ? 1 : -1;
    return (p->group > q->group) - (p->group < q->group);
}

static ih_status number_groups(ih_merge_offsets *o, ih_error *err)
{
    size_t n = o->solution.n_groups;
    group_size *order = ih_calloc(n, sizeof *order);
    uint32_t *first = ih_alloc(n, sizeof *first);

    o->label_of_group = ih_alloc(n, sizeof *o->label_of_group);
    o->joined = ih_calloc(n, sizeof *o->joined);
    if (!order || !first || !o->label_of_group || !o->joined) {
        free(order);
        free(first);
        return ih_fail(err, IH_E_MEMORY, "labels of components");
    }
    memset(first, 0xff, n * sizeof *first);
    for (size_t g = 0; g < n; g++)
        order[g].group = (uint32_t)g;
    for (size_t i = 0; i < o->n_nodes; i++) {
        uint32_t g = o->solution.group[i];

        order[g].size += o->node_share[i];
        if (first[g] == UINT32_MAX)
            first[g] = o->part_of_node[i];
        else if (first[g] != o->part_of_node[i])
            o->joined[g] = true;
    }
    qsort(order, n, sizeof *order, larger_first);
    for (size_t k = 0; k < n; k++)
        o->label_of_group[order[k].group] = (uint32_t)k + 1;
    o->joined[order[0].group] = true;
    free(order);
    free(first);
    return IH_OK;
}

static ih_status solve(ih_merge_offsets *o, ih_error *err)
{
    ih_mosaic_link *links = ih_alloc(o->n_links + 1, sizeof *links);
    ih_mosaic_graph graph = {.n_products = o->n_parts,
                             .n_nodes = o->n_nodes,
                             .n_links = o->n_links,
                             .product = o->part_of_node,
                             .size = o->node_size,
                             .links = links,
                             .mode = (enum ih_mosaic_mode)o->plan->request->options.mode};
    ih_status status = links ? IH_OK : ih_fail(err, IH_E_MEMORY, "links of components");

    for (size_t k = 0; k < o->n_links && status == IH_OK; k++)
        links[k] = o->links[k].link;
    if (status == IH_OK)
        status = ih_mosaic_solve(&graph, &o->solution, err);
    if (status == IH_OK)
        status = number_groups(o, err);
    if (status == IH_OK)
        status = find_wrapped_constants(o, err);
    free(links);
    return status;
}

static ih_status list_nodes(ih_merge_offsets *o, ih_error *err)
{
    for (size_t i = 0; i < o->n_parts; i++) {
        o->parts[i].first_node = (uint32_t)o->n_nodes;
        o->n_nodes += o->parts[i].n_nodes;
    }
    if (o->n_nodes == 0)
        return ih_fail(err, IH_E_DATA,
                       "%s and the other products of its pair have no unwrapped "
                       "phase in any component",
                       o->parts[0].item->name);
    o->part_of_node = ih_alloc(o->n_nodes, sizeof *o->part_of_node);
    o->node_size = ih_alloc(o->n_nodes, sizeof *o->node_size);
    o->node_share = ih_calloc(o->n_nodes, sizeof *o->node_share);
    o->main_node = ih_alloc(o->n_parts, sizeof *o->main_node);
    o->wrapped_constant_rad = ih_calloc(o->n_parts, sizeof *o->wrapped_constant_rad);
    if (!o->part_of_node || !o->node_size || !o->node_share || !o->main_node ||
        !o->wrapped_constant_rad)
        return ih_fail(err, IH_E_MEMORY, "components");
    for (size_t i = 0; i < o->n_parts; i++) {
        const ih_merge_part *part = &o->parts[i];

        o->main_node[i] = IH_MERGE_NO_NODE;
        for (uint32_t node = part->first_node; node < part->first_node + part->n_nodes; node++) {
            o->part_of_node[node] = (uint32_t)i;
            o->node_size[node] = ih_merge_part_node_size(part, node);
            if (o->main_node[i] == IH_MERGE_NO_NODE ||
                o->node_size[node] > o->node_size[o->main_node[i]])
                o->main_node[i] = node;
        }
    }
    return IH_OK;
}

ih_status ih_merge_offsets_find(const ih_merge_plan *plan, const ih_merge_pair *pair,
                                ih_merge_offsets **out, ih_error *err)
{
    ih_merge_offsets *o = ih_calloc(1, sizeof *o);
    ih_status status = IH_OK;

    *out = NULL;
    if (!o)
        return ih_fail(err, IH_E_MEMORY, "%s", pair->name);
    o->plan = plan;
    o->pair = pair;
    o->n_parts = pair->count;
    o->parts = ih_calloc(pair->count, sizeof *o->parts);
    if (!o->parts)
        status = ih_fail(err, IH_E_MEMORY, "%s", pair->name);
    for (size_t i = 0; i < o->n_parts && status == IH_OK; i++) {
        status = ih_merge_part_open(plan, pair, i, &o->parts[i], err);
        if (status == IH_OK)
            status = ih_merge_part_find_nodes(&o->parts[i], err);
        if (status == IH_OK && ih_cli_interrupted())
            status = ih_fail(err, IH_E_CANCELLED, "interrupted");
    }
    if (status == IH_OK)
        status = list_nodes(o, err);
    if (status == IH_OK)
        status = compare_parts(o, err);
    if (status == IH_OK)
        status = check_contiguous(o, err);
    if (status == IH_OK)
        status = solve(o, err);
    if (status != IH_OK) {
        ih_merge_offsets_free(o);
        return status;
    }
    *out = o;
    return IH_OK;
}

void ih_merge_offsets_free(ih_merge_offsets *o)
{
    if (!o)
        return;
    for (size_t i = 0; o->parts && i < o->n_parts; i++)
        ih_merge_part_close(&o->parts[i]);
    ih_mosaic_solution_free(&o->solution);
    free(o->parts);
    free(o->part_of_node);
    free(o->node_size);
    free(o->node_share);
    free(o->links);
    free(o->overlaps);
    free(o->wrapped_constant_rad);
    free(o->label_of_group);
    free(o->main_node);
    free(o->joined);
    free(o);
}

double ih_merge_offset(const ih_merge_offsets *o, size_t part, uint32_t node)
{
    if (node == IH_MERGE_NO_NODE)
        node = o->main_node[part];
    return node == IH_MERGE_NO_NODE ? o->solution.constant_rad[part] : o->solution.offset_rad[node];
}

void ih_merge_overlap_rms(const ih_merge_offsets *o, double *before_rad, double *after_rad)
{
    double before = 0, after = 0, n = 0;

    for (size_t k = 0; k < o->n_links; k++) {
        const ih_overlap_statistics *found = &o->links[k].found;
        double offset = found->difference_rad - o->solution.residual_rad[k];
        double count = (double)found->count;

        before += count * found->mean_square_rad2;
        after += count * (found->mean_square_rad2 - 2 * offset * found->mean_rad + offset * offset);
        n += count;
    }
    *before_rad = n > 0 ? sqrt(before / n) : NAN;
    *after_rad = n > 0 ? sqrt(fmax(0, after / n)) : NAN;
}
