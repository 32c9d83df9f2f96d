/* SPDX-License-Identifier: MIT
 *
 * What gdal_ih_merge is going to do, decided before a pixel is read: which products belong
 * together, on which grid, and how the results are called.
 */
#ifndef IH_MERGE_PLAN_H
#define IH_MERGE_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "drivers/hyp3/product_name.h"
#include "utilities/lib/catalogue.h"
#include "utilities/lib/common_grid.h"
#include "utilities/lib/merge.h"

/* Products of one pair of dates: items of the catalogue, which has them in descending order of
 * their names. */
typedef struct {
    size_t first, count;
    char name[IH_PRODUCT_NAME_MAX + 1]; /* of the merged product */
} ih_merge_pair;

typedef struct {
    const ih_merge_request *request;
    ih_catalogue *catalogue; /* what is left of the inputs, and what was left out and why */
    ih_common_grid *common;
    ih_merge_pair *pairs;
    size_t n_pairs;
    bool one_product; /* OUT is the product itself, not a folder of products */
    bool zip;
    char *folder;    /* in which products appear */
    char *file_name; /* of the one product in it; NULL = after its name */
    char *report;    /* path of the report */
    char **notes;    /* CPL list: what people should know */
} ih_merge_plan;

IH_MUST_CHECK ih_status ih_merge_plan_new(const ih_merge_request *request, ih_merge_plan **out,
                                          ih_error *err);
void ih_merge_plan_free(ih_merge_plan *plan);

void ih_merge_plan_note(ih_merge_plan *plan, const char *text);

/* A product of a pair in ascending order of names. */
const ih_interferogram *ih_merge_pair_item(const ih_merge_plan *plan, const ih_merge_pair *pair,
                                           size_t part);

#endif
