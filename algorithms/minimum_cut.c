/* SPDX-License-Identifier: MIT */
#include "algorithms/minimum_cut.h"

#include <string.h>

#include "algorithms/alloc.h"

#define NONE UINT32_MAX

/* Arcs come in twos: arc k and its opposite k ^ 1. */
typedef struct {
    uint32_t source, sink;
    uint32_t *first;   /* [node] of a list of arcs that leave it */
    uint32_t *next;    /* [arc] */
    uint32_t *to;      /* [arc] */
    int64_t *room;     /* [arc] */
    uint32_t *level;   /* [node] arcs from the source, NONE beyond reach */
    uint32_t *current; /* [node] arc tried next */
    uint32_t *queue;   /* [node]; also the arcs of the way being searched */
    size_t n_nodes, n_arcs;
} flow_graph;

static void add_arc(flow_graph *g, uint32_t from, uint32_t to, int64_t room)
{
    for (int k = 0; k < 2; k++) {
        g->to[g->n_arcs] = k == 0 ? to : from;
        g->room[g->n_arcs] = k == 0 ? room : 0;
        g->next[g->n_arcs] = g->first[k == 0 ? from : to];
        g->first[k == 0 ? from : to] = (uint32_t)g->n_arcs++;
    }
}

static void find_levels(flow_graph *g)
{
    size_t n = 1;

    for (size_t i = 0; i < g->n_nodes; i++)
        g->level[i] = NONE;
    g->level[g->source] = 0;
    g->queue[0] = g->source;
    for (size_t done = 0; done < n; done++)
        for (uint32_t k = g->first[g->queue[done]]; k != NONE; k = g->next[k])
            if (g->room[k] > 0 && g->level[g->to[k]] == NONE) {
                g->level[g->to[k]] = g->level[g->queue[done]] + 1;
                g->queue[n++] = g->to[k];
            }
}

/* One way from source to sink along rising levels, its arcs in the queue; 0 when there is none. */
static size_t find_way(flow_graph *g)
{
    uint32_t at = g->source;
    size_t n = 0;

    while (at != g->sink) {
        uint32_t k = g->current[at];

        while (k != NONE && !(g->room[k] > 0 && g->level[g->to[k]] == g->level[at] + 1))
            k = g->next[k];
        g->current[at] = k;
        if (k != NONE) {
            g->queue[n++] = k;
            at = g->to[k];
        } else if (n == 0) {
            return 0;
        } else {
            /* A dead end is not entered again. */
            g->level[at] = NONE;
            at = g->to[g->queue[--n] ^ 1];
        }
    }
    return n;
}

static int64_t fill_way(flow_graph *g, size_t n)
{
    int64_t least = INT64_MAX;

    for (size_t i = 0; i < n; i++)
        least = g->room[g->queue[i]] < least ? g->room[g->queue[i]] : least;
    for (size_t i = 0; i < n; i++) {
        g->room[g->queue[i]] -= least;
        g->room[g->queue[i] ^ 1] += least;
    }
    return least;
}

static int64_t maximum_flow(flow_graph *g)
{
    int64_t flow = 0;

    for (find_levels(g); g->level[g->sink] != NONE; find_levels(g)) {
        size_t n;

        memcpy(g->current, g->first, g->n_nodes * sizeof *g->current);
        while ((n = find_way(g)) > 0)
            flow += fill_way(g, n);
    }
    return flow;
}

static void release(flow_graph *g)
{
    free(g->first);
    free(g->next);
    free(g->to);
    free(g->room);
    free(g->level);
    free(g->current);
    free(g->queue);
}

ih_status ih_minimum_cut(size_t n, const int64_t *single, const ih_cut_term *terms, size_t n_terms,
                         uint8_t *chosen, int64_t *minimum, ih_error *err)
{
    size_t n_nodes = n + 2, most_arcs = 2 * (n + n_terms + 1);
    flow_graph g = {.source = (uint32_t)n, .sink = (uint32_t)n + 1, .n_nodes = n_nodes};

    *minimum = 0;
    g.first = ih_alloc(n_nodes, sizeof *g.first);
    g.next = ih_alloc(most_arcs, sizeof *g.next);
    g.to = ih_alloc(most_arcs, sizeof *g.to);
    g.room = ih_alloc(most_arcs, sizeof *g.room);
    g.level = ih_alloc(n_nodes, sizeof *g.level);
    g.current = ih_alloc(n_nodes, sizeof *g.current);
    g.queue = ih_alloc(n_nodes, sizeof *g.queue);
    if (!g.first || !g.next || !g.to || !g.room || !g.level || !g.current || !g.queue ||
        most_arcs >= NONE) {
        release(&g);
        return ih_fail(err, IH_E_MEMORY, "a cut of %zu variables", n);
    }
    memset(g.first, 0xff, n_nodes * sizeof *g.first);
    for (size_t i = 0; i < n; i++) {
        if (single[i] < 0) {
            add_arc(&g, g.source, (uint32_t)i, -single[i]);
            *minimum += single[i];
        } else {
            add_arc(&g, (uint32_t)i, g.sink, single[i]);
        }
    }
    for (size_t k = 0; k < n_terms; k++)
        add_arc(&g, terms[k].yes, terms[k].no, terms[k].cost);
    *minimum += maximum_flow(&g);
    for (size_t i = 0; i < n; i++)
        chosen[i] = g.level[i] != NONE;
    release(&g);
    return IH_OK;
}
