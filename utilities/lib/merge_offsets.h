/* SPDX-License-Identifier: MIT
 *
 * How the products of a pair fit together: their components, what the overlaps say of them, and the
 * constants and cycles that follow.
 */
#ifndef IH_MERGE_OFFSETS_H
#define IH_MERGE_OFFSETS_H

#include "algorithms/mosaic_offsets.h"
#include "algorithms/overlap_statistics.h"
#include "utilities/lib/merge_part.h"

typedef struct {
    ih_mosaic_link link;
    ih_overlap_statistics found;
} ih_merge_link;

/* Two parts, a before b, whose grids overlap. */
typedef struct {
    size_t a, b;
    size_t n_common;     /* pixels in which both products have data */
    double cosine, sine; /* of the difference of their wrapped phases, weighted by coherence */
    size_t n_wrapped;
} ih_merge_overlap;

typedef struct {
    const ih_merge_plan *plan;
    const ih_merge_pair *pair;
    ih_merge_part *parts; /* [n_parts] in ascending order of names */
    size_t n_parts, n_nodes;
    uint32_t *part_of_node; /* [node] */
    double *node_size;      /* [node] pixels */
    double *node_share;     /* [node] pixels that no part before it has */
    ih_merge_link *links;
    size_t n_links;
    ih_merge_overlap *overlaps;
    size_t n_overlaps;
    ih_mosaic_solution solution;
    double *wrapped_constant_rad; /* [part] to subtract from wrapped phases */
    uint32_t *label_of_group;     /* [group] 1.. by decreasing size */
    uint32_t *main_node;          /* [part] its largest, or IH_MERGE_NO_NODE */
    bool *joined;                 /* [group] it is the largest, or more than one part is in it */
} ih_merge_offsets;

/* IH_E_DATA when a part cannot be read, or when valid pixels do not lead from every part to every
 * other. */
IH_MUST_CHECK ih_status ih_merge_offsets_find(const ih_merge_plan *plan, const ih_merge_pair *pair,
                                              ih_merge_offsets **out, ih_error *err);
void ih_merge_offsets_free(ih_merge_offsets *offsets);

/* Phase to subtract from a pixel of a part; pixels of no node follow the part's largest. */
double ih_merge_offset(const ih_merge_offsets *offsets, size_t part, uint32_t node);

/* RMS of the differences in all overlaps, before and after; NaN without any. */
void ih_merge_overlap_rms(const ih_merge_offsets *offsets, double *before_rad, double *after_rad);

#endif
