/* SPDX-License-Identifier: MIT */
#include "algorithms/mosaic_offsets.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "algorithms/alloc.h"
#include "algorithms/minimum_cut.h"
#include "algorithms/spanning_forest.h"

static const double two_pi = 6.28318530717958647692;

/* Weights become whole numbers with this many steps below the heaviest. */
#define WEIGHT_STEPS 1048576.0
/* Wrapped least squares settles at once unless loops are badly open. */
enum { MOST_ROUNDS = 50, MOST_MOVES = 100000 };

static double wrapped(double angle)
{
    return angle - two_pi * round(angle / two_pi);
}

/* What links are short of a wrapped fit, as links. */
static double take_residuals(const ih_graph_link *links, size_t n, const double *values,
                             ih_graph_link *left)
{
    double cost = 0;

    for (size_t k = 0; k < n; k++) {
        left[k] = links[k];
        left[k].value = wrapped(links[k].value - (values[links[k].a] - values[links[k].b]));
        cost += links[k].weight * left[k].value * left[k].value;
    }
    return cost;
}

/* Least squares of what is left, wrapped anew as long as that makes it less. */
static ih_status refine(const ih_spanning_forest *forest, const ih_graph_link *links, size_t n,
                        double *values, ih_error *err)
{
    ih_graph_link *left = ih_alloc(n + 1, sizeof *left);
    double *step = ih_alloc(forest->n, 2 * sizeof *step), *trial = step + forest->n;
    ih_status status = left && step ? IH_OK : ih_fail(err, IH_E_MEMORY, "constants of products");
    double cost = status == IH_OK ? take_residuals(links, n, values, left) : 0;

    for (int round = 0; round < MOST_ROUNDS && status == IH_OK && cost > 0; round++) {
        double next;

        memset(step, 0, forest->n * sizeof *step);
        status = ih_forest_least_squares(forest, left, n, step, err);
        if (status != IH_OK)
            break;
        for (size_t i = 0; i < forest->n; i++)
            trial[i] = values[i] + step[i];
        next = take_residuals(links, n, trial, left);
        if (!(next < cost))
            break;
        memcpy(values, trial, forest->n * sizeof *values);
        if (next > cost * (1 - 1e-12))
            break;
        cost = next;
    }
    free(left);
    free(step);
    return status;
}

static bool is_of_forest(const ih_spanning_forest *f, const ih_graph_link *link, size_t k)
{
    return f->link[link->a] == k || f->link[link->b] == k;
}

static ih_status find_misclosures(const ih_spanning_forest *forest, const ih_graph_link *links,
                                  size_t n, const double *values, double **out, size_t *n_out,
                                  ih_error *err)
{
    *n_out = 0;
    *out = ih_alloc(n + 1, sizeof **out);
    if (!*out)
        return ih_fail(err, IH_E_MEMORY, "loops of products");
    for (size_t k = 0; k < n; k++)
        if (!is_of_forest(forest, &links[k], k))
            (*out)[(*n_out)++] =
                wrapped(links[k].value - (values[links[k].a] - values[links[k].b]));
    return IH_OK;
}

ih_status ih_mosaic_constants(size_t n_products, const double *size, const ih_mosaic_link *links,
                              size_t n_links, double *constant_rad, double **misclosures_rad,
                              size_t *n_misclosures, ih_error *err)
{
    ih_graph_link *graph = ih_alloc(n_links + 1, sizeof *graph);
    ih_spanning_forest forest = {0};
    ih_status status = graph ? IH_OK : ih_fail(err, IH_E_MEMORY, "links of products");

    for (size_t k = 0; k < n_links && status == IH_OK; k++)
        graph[k] = (ih_graph_link){links[k].a, links[k].b, wrapped(links[k].difference_rad),
                                   links[k].weight};
    if (status == IH_OK)
        status = ih_spanning_forest_new(n_products, size, graph, n_links, &forest, err);
    if (status == IH_OK) {
        ih_forest_values(&forest, graph, constant_rad);
        if (misclosures_rad)
            status = find_misclosures(&forest, graph, n_links, constant_rad, misclosures_rad,
                                      n_misclosures, err);
    }
    if (status == IH_OK)
        status = refine(&forest, graph, n_links, constant_rad, err);
    for (size_t p = 0; p < n_products && status == IH_OK; p++)
        constant_rad[p] = wrapped(constant_rad[p]);
    ih_spanning_forest_free(&forest);
    free(graph);
    return status;
}

typedef struct {
    uint32_t a, b;
    double cosine, sine, weight;
} product_link;

static int by_products(const void *a, const void *b)
{
    const product_link *p = a, *q = b;

    if (p->a != q->a)
        return p->a < q->a ? -1 : 1;
    if (p->b != q->b)
        return p->b < q->b ? -1 : 1;
    if (p->weight != q->weight)
        return p->weight < q->weight ? -1 : 1;
    return (p->cosine > q->cosine) - (p->cosine < q->cosine);
}

/* Links of components as links of their products: one for each two products, by the mean direction.
 * Returns their number. */
static size_t join_products(const ih_mosaic_graph *g, product_link *all, ih_mosaic_link *joined)
{
    size_t n = 0;

    for (size_t k = 0; k < g->n_links; k++) {
        const ih_mosaic_link *link = &g->links[k];
        uint32_t a = g->product[link->a], b = g->product[link->b];
        double sign = a < b ? 1 : -1;

        all[k] =
            (product_link){a < b ? a : b, a < b ? b : a, link->weight * cos(link->difference_rad),
                           sign * link->weight * sin(link->difference_rad), link->weight};
    }
    qsort(all, g->n_links, sizeof *all, by_products);
    for (size_t k = 0; k < g->n_links;) {
        product_link sum = {.a = all[k].a, .b = all[k].b};

        for (; k < g->n_links && all[k].a == sum.a && all[k].b == sum.b; k++) {
            sum.cosine += all[k].cosine;
            sum.sine += all[k].sine;
            sum.weight += all[k].weight;
        }
        joined[n++] = (ih_mosaic_link){sum.a, sum.b, atan2(sum.sine, sum.cosine), sum.weight};
    }
    return n;
}

static ih_status find_constants(const ih_mosaic_graph *g, ih_mosaic_solution *s, ih_error *err)
{
    product_link *all = ih_alloc(g->n_links + 1, sizeof *all);
    ih_mosaic_link *joined = ih_alloc(g->n_links + 1, sizeof *joined);
    double *size = ih_calloc(g->n_products, sizeof *size);
    ih_status status =
        all && joined && size ? IH_OK : ih_fail(err, IH_E_MEMORY, "links of products");

    if (status == IH_OK) {
        size_t n = join_products(g, all, joined);

        for (size_t i = 0; i < g->n_nodes; i++)
            size[g->product[i]] += g->size[i];
        status = ih_mosaic_constants(g->n_products, size, joined, n, s->constant_rad,
                                     &s->misclosure_rad, &s->n_product_loops, err);
    }
    free(all);
    free(joined);
    free(size);
    return status;
}

/* Cost of adding a cycle to some nodes, as a cut (the energy of a link is a square). */
static void build_cut(const ih_graph_link *links, const int64_t *weight, size_t n,
                      const int32_t *cycles, int64_t *single, ih_cut_term *terms)
{
    for (size_t k = 0; k < n; k++) {
        const ih_graph_link *link = &links[k];
        int64_t left = (int64_t)link->value - (cycles[link->a] - cycles[link->b]);
        int64_t up = weight[k] * (1 - 2 * left);

        single[link->a] += up;
        single[link->b] -= up;
        terms[k] = (ih_cut_term){link->b, link->a, 2 * weight[k]};
    }
}

/* The integer least squares solution, from any integers. */
static ih_status descend(size_t n_nodes, const ih_graph_link *links, size_t n, int32_t *cycles,
                         ih_error *err)
{
    int64_t *weight = ih_alloc(n + 1, sizeof *weight);
    int64_t *single = ih_alloc(n_nodes, sizeof *single), change = -1;
    ih_cut_term *terms = ih_alloc(n + 1, sizeof *terms);
    uint8_t *chosen = ih_alloc(n_nodes, 1);
    double heaviest = 0;
    ih_status status = weight && single && terms && chosen
                           ? IH_OK
                           : ih_fail(err, IH_E_MEMORY, "cycles of components");

    for (size_t k = 0; k < n; k++)
        heaviest = fmax(heaviest, links[k].weight);
    for (size_t k = 0; k < n && status == IH_OK; k++)
        weight[k] = (int64_t)fmax(1.0, round(links[k].weight / heaviest * WEIGHT_STEPS));
    for (int move = 0; move < MOST_MOVES && status == IH_OK && change < 0; move++) {
        memset(single, 0, n_nodes * sizeof *single);
        build_cut(links, weight, n, cycles, single, terms);
        status = ih_minimum_cut(n_nodes, single, terms, n, chosen, &change, err);
        for (size_t i = 0; i < n_nodes && status == IH_OK && change < 0; i++)
            cycles[i] += chosen[i];
    }
    free(weight);
    free(single);
    free(terms);
    free(chosen);
    return status;
}

static ih_status list_loops(const ih_spanning_forest *forest, const ih_graph_link *links, size_t n,
                            const double *tree, ih_mosaic_solution *s, ih_error *err)
{
    size_t n_open = 0, room = 0;
    uint32_t *nodes = ih_alloc(forest->n, sizeof *nodes);

    for (size_t k = 0; k < n; k++)
        n_open += links[k].value != tree[links[k].a] - tree[links[k].b];
    s->loops = ih_alloc(n_open + 1, sizeof *s->loops);
    if (!nodes || !s->loops) {
        free(nodes);
        return ih_fail(err, IH_E_MEMORY, "loops of components");
    }
    for (size_t k = 0; k < n; k++) {
        double left = links[k].value - (tree[links[k].a] - tree[links[k].b]);
        size_t count;
        uint32_t *grown;

        if (left == 0)
            continue;
        count = ih_forest_loop(forest, &links[k], nodes);
        grown = realloc(s->loop_nodes, (room + count) * sizeof *grown);
        if (!grown) {
            free(nodes);
            return ih_fail(err, IH_E_MEMORY, "loops of components");
        }
        s->loop_nodes = grown;
        memcpy(grown + room, nodes, count * sizeof *nodes);
        s->loops[s->n_loops++] =
            (ih_mosaic_loop){.begin = room, .count = count, .cycles = (int32_t)left, .link = k};
        room += count;
    }
    free(nodes);
    return IH_OK;
}

/* The largest node of a group keeps its cycles. */
static void make_relative(const ih_spanning_forest *forest, int32_t *cycles)
{
    for (size_t i = forest->n_parts; i < forest->n; i++) {
        uint32_t at = forest->order[i], root = forest->order[forest->part[at]];

        cycles[at] -= cycles[root];
    }
    for (size_t i = 0; i < forest->n_parts; i++)
        cycles[forest->order[i]] = 0;
}

static ih_status find_cycles(const ih_mosaic_graph *g, const ih_spanning_forest *forest,
                             ih_graph_link *links, ih_mosaic_solution *s, ih_error *err)
{
    double *values = ih_alloc(g->n_nodes, sizeof *values);
    ih_status status = values ? IH_OK : ih_fail(err, IH_E_MEMORY, "cycles of components");

    for (size_t k = 0; k < g->n_links && status == IH_OK; k++)
        links[k].value =
            round((g->links[k].difference_rad - (s->constant_rad[g->product[links[k].a]] -
                                                 s->constant_rad[g->product[links[k].b]])) /
                  two_pi);
    if (status == IH_OK) {
        ih_forest_values(forest, links, values);
        status = list_loops(forest, links, g->n_links, values, s, err);
    }
    if (status == IH_OK && s->n_loops)
        status = ih_forest_least_squares(forest, links, g->n_links, values, err);
    for (size_t i = 0; i < g->n_nodes && status == IH_OK; i++)
        s->cycles[i] = (int32_t)round(values[i]);
    if (status == IH_OK && s->n_loops)
        status = descend(g->n_nodes, links, g->n_links, s->cycles, err);
    if (status == IH_OK)
        make_relative(forest, s->cycles);
    for (size_t i = 0; i < g->n_nodes && status == IH_OK; i++)
        s->offset_rad[i] = s->constant_rad[g->product[i]] + two_pi * s->cycles[i];
    free(values);
    return status;
}

static ih_status find_offsets(const ih_mosaic_graph *g, const ih_spanning_forest *forest,
                              ih_graph_link *links, ih_mosaic_solution *s, ih_error *err)
{
    if (g->mode == IH_MOSAIC_MEDIAN) {
        ih_forest_values(forest, links, s->offset_rad);
        return ih_forest_least_squares(forest, links, g->n_links, s->offset_rad, err);
    }
    return find_cycles(g, forest, links, s, err);
}

ih_status ih_mosaic_solve(const ih_mosaic_graph *g, ih_mosaic_solution *s, ih_error *err)
{
    ih_graph_link *links = ih_alloc(g->n_links + 1, sizeof *links);
    ih_spanning_forest forest = {0};
    ih_status status = IH_OK;

    *s = (ih_mosaic_solution){.constant_rad = ih_calloc(g->n_products, sizeof *s->constant_rad),
                              .cycles = ih_calloc(g->n_nodes, sizeof *s->cycles),
                              .offset_rad = ih_calloc(g->n_nodes, sizeof *s->offset_rad),
                              .group = ih_alloc(g->n_nodes, sizeof *s->group),
                              .residual_rad = ih_alloc(g->n_links + 1, sizeof *s->residual_rad)};
    if (!links || !s->constant_rad || !s->cycles || !s->offset_rad || !s->group || !s->residual_rad)
        status = ih_fail(err, IH_E_MEMORY, "offsets of %zu components", g->n_nodes);
    for (size_t k = 0; k < g->n_links && status == IH_OK; k++)
        links[k] = (ih_graph_link){g->links[k].a, g->links[k].b, g->links[k].difference_rad,
                                   g->links[k].weight};
    if (status == IH_OK)
        status = ih_spanning_forest_new(g->n_nodes, g->size, links, g->n_links, &forest, err);
    if (status == IH_OK && g->mode == IH_MOSAIC_CONSTANTS)
        status = find_constants(g, s, err);
    if (status == IH_OK) {
        s->n_groups = forest.n_parts;
        memcpy(s->group, forest.part, g->n_nodes * sizeof *s->group);
        status = find_offsets(g, &forest, links, s, err);
    }
    for (size_t k = 0; k < g->n_links && status == IH_OK; k++)
        s->residual_rad[k] =
            g->links[k].difference_rad - (s->offset_rad[links[k].a] - s->offset_rad[links[k].b]);
    ih_spanning_forest_free(&forest);
    free(links);
    return status;
}

void ih_mosaic_solution_free(ih_mosaic_solution *s)
{
    free(s->constant_rad);
    free(s->cycles);
    free(s->offset_rad);
    free(s->group);
    free(s->residual_rad);
    free(s->loops);
    free(s->loop_nodes);
    free(s->misclosure_rad);
    *s = (ih_mosaic_solution){0};
}
