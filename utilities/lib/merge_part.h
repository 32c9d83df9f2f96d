/* SPDX-License-Identifier: MIT
 *
 * A product that is merged: its rows on the part of the common grid that it covers, and the
 * connected components of its phase, the nodes of the graph of offsets. Parts are shared by
 * threads, rows and scans belong to one.
 */
#ifndef IH_MERGE_PART_H
#define IH_MERGE_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "algorithms/row_regions.h"
#include "utilities/lib/clip_pixels.h"
#include "utilities/lib/merge_plan.h"

#define IH_MERGE_NO_NODE UINT32_MAX

typedef struct {
    const ih_interferogram *item;
    ih_clip_source *source;
    ih_common_grid own; /* the common grid's part that the product covers */
    ih_clip_view view;  /* of it */
    size_t column, row; /* of its first pixel in the common grid */
    size_t zero_column,
        zero_row;    /* of its own grid: there a phase of 0 is data; SIZE_MAX for none */
    bool has_labels; /* a conncomp layer; else components are regions of valid phase */
    uint32_t first_node, n_nodes; /* of all nodes of the pair */
    size_t n_labels;
    uint32_t *label_size;    /* [label] pixels, from label 0 */
    uint32_t *node_of_label; /* [label] within the part, or IH_MERGE_NO_NODE */
    ih_row_regions *regions; /* without labels */
} ih_merge_part;

/* Opens a product; nodes are not known yet. */
IH_MUST_CHECK ih_status ih_merge_part_open(const ih_merge_plan *plan, const ih_merge_pair *pair,
                                           size_t index, ih_merge_part *out, ih_error *err);
void ih_merge_part_close(ih_merge_part *part); /* one of zeros is fine */

/* Reads phase and labels once to find the nodes. */
IH_MUST_CHECK ih_status ih_merge_part_find_nodes(ih_merge_part *part, ih_error *err);
/* Pixels of a node, and the label that the product has for it (the number of its region without
 * labels). */
double ih_merge_part_node_size(const ih_merge_part *part, uint32_t node);
uint32_t ih_merge_part_node_label(const ih_merge_part *part, uint32_t node);

/* A layer, row by row in rising order; NaN where there is no data. */
typedef struct ih_merge_rows ih_merge_rows;
IH_MUST_CHECK ih_status ih_merge_rows_open(const ih_merge_part *part, size_t layer,
                                           ih_merge_rows **out, ih_error *err);
void ih_merge_rows_close(ih_merge_rows *rows);
const ih_clip_form *ih_merge_rows_form(const ih_merge_rows *rows);
/* Valid until the next call; NULL on failure. */
const float *ih_merge_rows_at(ih_merge_rows *rows, size_t row, ih_error *err);
size_t ih_merge_rows_bytes_per_column(void);

/* Phase and nodes, row by row from the top. */
typedef struct {
    const ih_merge_part *part;
    ih_merge_rows *phase_rows, *label_rows;
    ih_row_cursor cursor;
    uint8_t *inside;
    const float *phase; /* [column] of the row read last */
    uint32_t *node;     /* [column] of all nodes of the pair, or IH_MERGE_NO_NODE */
} ih_merge_scan;

IH_MUST_CHECK ih_status ih_merge_scan_open(const ih_merge_part *part, ih_merge_scan *out,
                                           ih_error *err);
void ih_merge_scan_close(ih_merge_scan *scan); /* one of zeros is fine */
IH_MUST_CHECK ih_status ih_merge_scan_row(ih_merge_scan *scan, size_t row, ih_error *err);

#endif
