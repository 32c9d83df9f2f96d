/* SPDX-License-Identifier: MIT
 *
 * Spanning forest of the heaviest links of a graph (Kruskal 1956), rooted at the largest node of
 * each part, and least squares of differences along links. Thread-safe: no state.
 */
#ifndef IH_SPANNING_FOREST_H
#define IH_SPANNING_FOREST_H

#include <stddef.h>
#include <stdint.h>

#include "algorithms/status.h"

#define IH_FOREST_ROOT UINT32_MAX

typedef struct {
    uint32_t a, b;
    double value;  /* value of a minus value of b */
    double weight; /* above 0 */
} ih_graph_link;

typedef struct {
    size_t n;
    uint32_t *link;  /* [node] by which it is reached, IH_FOREST_ROOT for a root */
    uint32_t *up;    /* [node] next node toward the root; a root is its own */
    uint32_t *depth; /* [node] links to the root */
    uint32_t *order; /* [node] nodes, every one behind the one above it */
    uint32_t *part;  /* [node] 0.., in order of the parts' first nodes */
    size_t n_parts;
} ih_spanning_forest;

/* size, [node], chooses the roots; ties go to the first. out must be released, also after a
 * failure. IH_E_MEMORY. */
IH_MUST_CHECK ih_status ih_spanning_forest_new(size_t n, const double *size,
                                               const ih_graph_link *links, size_t n_links,
                                               ih_spanning_forest *out, ih_error *err);
void ih_spanning_forest_free(ih_spanning_forest *forest);

/* Values of all nodes along the forest alone, 0 at roots. */
void ih_forest_values(const ih_spanning_forest *forest, const ih_graph_link *links, double *values);

/* Nodes of the loop that a link closes, from its a up, over to its b; nodes has room for n. Returns
 * their number. */
size_t ih_forest_loop(const ih_spanning_forest *forest, const ih_graph_link *link, uint32_t *nodes);

/* Weighted least squares of all links, 0 at roots, by conjugate gradients from the values given.
 * IH_E_MEMORY. */
IH_MUST_CHECK ih_status ih_forest_least_squares(const ih_spanning_forest *forest,
                                                const ih_graph_link *links, size_t n_links,
                                                double *values, ih_error *err);

#endif
