/* SPDX-License-Identifier: MIT */
#include "algorithms/spanning_forest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "algorithms/alloc.h"
#include "algorithms/disjoint_sets.h"

#define RELATIVE_TOLERANCE 1e-13

typedef struct {
    double weight;
    uint32_t link;
} ranked;

static int heavier_first(const void *a, const void *b)
{
    const ranked *p = a, *q = b;

    if (p->weight != q->weight)
        return p->weight < q->weight ? 1 : -1;
    return (p->link > q->link) - (p->link < q->link);
}

/* taken[k] tells which links are in the forest; part gets the number of each node's part. */
static ih_status choose_links(ih_spanning_forest *f, const ih_graph_link *links, size_t n_links,
                              uint8_t *taken, ih_error *err)
{
    ranked *order = ih_alloc(n_links + 1, sizeof *order);

    if (!order)
        return ih_fail(err, IH_E_MEMORY, "a forest of %zu links", n_links);
    for (size_t k = 0; k < n_links; k++)
        order[k] = (ranked){links[k].weight, (uint32_t)k};
    qsort(order, n_links, sizeof *order, heavier_first);
    ih_sets_clear(f->part, f->n);
    for (size_t k = 0; k < n_links; k++) {
        const ih_graph_link *link = &links[order[k].link];

        taken[order[k].link] = ih_sets_find(f->part, link->a) != ih_sets_find(f->part, link->b);
        if (taken[order[k].link])
            ih_sets_join(f->part, link->a, link->b);
    }
    f->n_parts = ih_sets_number(f->part, f->n);
    free(order);
    return IH_OK;
}

/* Links of each node as lists: first[node], then next[2 * link + end]. */
static void list_links(size_t n, const ih_graph_link *links, size_t n_links, const uint8_t *taken,
                       uint32_t *first, uint32_t *next)
{
    memset(first, 0xff, n * sizeof *first);
    for (size_t k = n_links; k-- > 0;) {
        if (!taken[k])
            continue;
        next[2 * k] = first[links[k].a];
        first[links[k].a] = (uint32_t)(2 * k);
        next[2 * k + 1] = first[links[k].b];
        first[links[k].b] = (uint32_t)(2 * k + 1);
    }
}

static void find_roots(ih_spanning_forest *f, const double *size, uint32_t *root)
{
    memset(root, 0xff, f->n_parts * sizeof *root);
    for (size_t i = 0; i < f->n; i++) {
        uint32_t *best = &root[f->part[i]];

        if (*best == UINT32_MAX || size[i] > size[*best])
            *best = (uint32_t)i;
    }
}

static void walk(ih_spanning_forest *f, const ih_graph_link *links, const uint32_t *first,
                 const uint32_t *next)
{
    size_t n = f->n_parts; /* the roots are in the order already */

    for (size_t i = 0; i < n; i++) {
        f->up[f->order[i]] = f->order[i];
        f->link[f->order[i]] = IH_FOREST_ROOT;
        f->depth[f->order[i]] = 0;
    }
    for (size_t done = 0; done < n; done++) {
        uint32_t at = f->order[done];

        for (uint32_t end = first[at]; end != UINT32_MAX; end = next[end]) {
            const ih_graph_link *link = &links[end / 2];
            uint32_t other = link->a == at ? link->b : link->a;

            if (end / 2 == f->link[at])
                continue;
            f->up[other] = at;
            f->link[other] = end / 2;
            f->depth[other] = f->depth[at] + 1;
            f->order[n++] = other;
        }
    }
}

ih_status ih_spanning_forest_new(size_t n, const double *size, const ih_graph_link *links,
                                 size_t n_links, ih_spanning_forest *out, ih_error *err)
{
    uint8_t *taken = ih_calloc(n_links + 1, 1);
    uint32_t *first = ih_alloc(n, sizeof *first);
    uint32_t *next = ih_alloc(2 * n_links + 1, sizeof *next);
    ih_status status = IH_OK;

    *out = (ih_spanning_forest){.n = n,
                                .link = ih_alloc(n, sizeof *out->link),
                                .up = ih_alloc(n, sizeof *out->up),
                                .depth = ih_alloc(n, sizeof *out->depth),
                                .order = ih_alloc(n, sizeof *out->order),
                                .part = ih_alloc(n, sizeof *out->part)};
    if (!taken || !first || !next || !out->link || !out->up || !out->depth || !out->order ||
        !out->part || n >= UINT32_MAX || n_links >= UINT32_MAX / 2)
        status = ih_fail(err, IH_E_MEMORY, "a forest of %zu nodes", n);
    if (status == IH_OK)
        status = choose_links(out, links, n_links, taken, err);
    if (status == IH_OK) {
        list_links(n, links, n_links, taken, first, next);
        find_roots(out, size, out->order);
        walk(out, links, first, next);
    }
    free(taken);
    free(first);
    free(next);
    return status;
}

void ih_spanning_forest_free(ih_spanning_forest *f)
{
    free(f->link);
    free(f->up);
    free(f->depth);
    free(f->order);
    free(f->part);
    *f = (ih_spanning_forest){0};
}

void ih_forest_values(const ih_spanning_forest *f, const ih_graph_link *links, double *values)
{
    for (size_t i = 0; i < f->n; i++) {
        uint32_t at = f->order[i];
        const ih_graph_link *link;

        values[at] = 0;
        if (f->link[at] == IH_FOREST_ROOT)
            continue;
        link = &links[f->link[at]];
        values[at] = values[f->up[at]] + (link->a == at ? link->value : -link->value);
    }
}

size_t ih_forest_loop(const ih_spanning_forest *f, const ih_graph_link *link, uint32_t *nodes)
{
    uint32_t a = link->a, b = link->b;
    size_t n = 0, last = f->n;

    while (a != b) {
        if (f->depth[a] >= f->depth[b]) {
            nodes[n++] = a;
            a = f->up[a];
        } else {
            nodes[--last] = b;
            b = f->up[b];
        }
    }
    nodes[n++] = a;
    memmove(nodes + n, nodes + last, (f->n - last) * sizeof *nodes);
    return n + f->n - last;
}

/* The normal equations' matrix times v; roots stay where they are. */
static void apply(const ih_spanning_forest *f, const ih_graph_link *links, size_t n_links,
                  const double *v, double *result)
{
    memset(result, 0, f->n * sizeof *result);
    for (size_t k = 0; k < n_links; k++) {
        double flow = links[k].weight * (v[links[k].a] - v[links[k].b]);

        result[links[k].a] += flow;
        result[links[k].b] -= flow;
    }
    for (size_t i = 0; i < f->n; i++)
        if (f->link[i] == IH_FOREST_ROOT)
            result[i] = 0;
}

static double dot(size_t n, const double *a, const double *b)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

ih_status ih_forest_least_squares(const ih_spanning_forest *f, const ih_graph_link *links,
                                  size_t n_links, double *values, ih_error *err)
{
    size_t n = f->n;
    double *work = ih_calloc(n, 5 * sizeof *work);
    double *residual = work, *way = work + n, *image = work + 2 * n, *scaled = work + 3 * n,
           *diagonal = work + 4 * n;
    double rho, first = 0;

    if (!work)
        return ih_fail(err, IH_E_MEMORY, "least squares of %zu nodes", n);
    for (size_t k = 0; k < n_links; k++) {
        const ih_graph_link *link = &links[k];
        double flow = link->weight * (link->value - (values[link->a] - values[link->b]));

        residual[link->a] += flow;
        residual[link->b] -= flow;
        diagonal[link->a] += link->weight;
        diagonal[link->b] += link->weight;
    }
    for (size_t i = 0; i < n; i++) {
        if (f->link[i] == IH_FOREST_ROOT)
            residual[i] = 0;
        scaled[i] = diagonal[i] > 0 ? residual[i] / diagonal[i] : 0;
        way[i] = scaled[i];
        first += residual[i] * scaled[i];
    }
    rho = first;
    for (size_t step = 0;
         step < 4 * n + 20 && rho > first * RELATIVE_TOLERANCE * RELATIVE_TOLERANCE; step++) {
        double length, next;

        apply(f, links, n_links, way, image);
        length = rho / dot(n, way, image);
        for (size_t i = 0; i < n; i++) {
            values[i] += length * way[i];
            residual[i] -= length * image[i];
            scaled[i] = diagonal[i] > 0 ? residual[i] / diagonal[i] : 0;
        }
        next = dot(n, residual, scaled);
        for (size_t i = 0; i < n; i++)
            way[i] = scaled[i] + next / rho * way[i];
        rho = next;
    }
    free(work);
    return IH_OK;
}
