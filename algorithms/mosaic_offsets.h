/* SPDX-License-Identifier: MIT
 *
 * Offsets that bring the unwrapped phases of overlapping products together. Nodes are the connected
 * components of the products, links the differences of phase where two of them overlap. Sought are
 * a real constant of each product (its reference is arbitrary) and whole cycles of each component
 * (unwrapping leaves them arbitrary), such that
 *
 *     difference(a, b) = constant(product of a) - constant(product of b) + 2 pi (cycles(a) -
 * cycles(b))
 *
 * holds as well as possible. Constants: the spanning tree of the strongest links, then weighted
 * least squares of what is left, wrapped. Cycles: exact integer least squares by steepest descent
 * over cuts (Bioucas-Dias and Valadao 2007, IEEE TIP 16(3)). A loop of links whose cycles do not
 * add up to 0 tells of an unwrapping error inside a component, and is listed. Thread-safe.
 */
#ifndef IH_MOSAIC_OFFSETS_H
#define IH_MOSAIC_OFFSETS_H

#include <stddef.h>
#include <stdint.h>

#include "algorithms/status.h"

typedef struct {
    uint32_t a, b;         /* nodes of different products */
    double difference_rad; /* phase of a minus phase of b */
    double weight;         /* above 0 */
} ih_mosaic_link;

enum ih_mosaic_mode {
    IH_MOSAIC_CONSTANTS = 0, /* constants of products and cycles of components */
    IH_MOSAIC_CYCLES,        /* cycles alone: no constant is taken off */
    IH_MOSAIC_MEDIAN         /* a real offset of each component */
};

typedef struct {
    size_t n_products, n_nodes, n_links;
    const uint32_t *product; /* [node] */
    const double *size;      /* [node] pixels; the largest of what hangs together stays as it is */
    const ih_mosaic_link *links;
    enum ih_mosaic_mode mode;
} ih_mosaic_graph;

/* A loop of links that does not close, by its nodes in their order. */
typedef struct {
    size_t begin, count; /* in loop_nodes */
    int32_t cycles;      /* what is left over once around */
    size_t link;         /* that closes the loop */
} ih_mosaic_loop;

typedef struct {
    double *constant_rad; /* [product] to subtract */
    int32_t *cycles;      /* [node] to subtract, times 2 pi */
    double *offset_rad;   /* [node] both together */
    uint32_t *group;      /* [node] 0..n_groups-1: nodes that links join, in order of first node */
    double *residual_rad; /* [link] what is left of its difference */
    size_t n_groups;
    ih_mosaic_loop *loops; /* [n_loops] */
    size_t n_loops;
    uint32_t *loop_nodes;
    double *misclosure_rad; /* [n_product_loops] of independent loops of products, wrapped */
    size_t n_product_loops;
} ih_mosaic_solution;

/* out must be released with ih_mosaic_solution_free, also after a failure. IH_E_MEMORY. */
IH_MUST_CHECK ih_status ih_mosaic_solve(const ih_mosaic_graph *graph, ih_mosaic_solution *out,
                                        ih_error *err);
void ih_mosaic_solution_free(ih_mosaic_solution *solution);

/* Constants alone, from differences known up to whole cycles: links join products, a and b being
 * products. size is [product]. *misclosures_rad, malloc, are those of the *n_misclosures
 * independent loops; both may be NULL. */
IH_MUST_CHECK ih_status ih_mosaic_constants(size_t n_products, const double *size,
                                            const ih_mosaic_link *links, size_t n_links,
                                            double *constant_rad, double **misclosures_rad,
                                            size_t *n_misclosures, ih_error *err);

#endif
