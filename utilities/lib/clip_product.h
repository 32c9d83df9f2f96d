/* SPDX-License-Identifier: MIT
 *
 * Clips one product: all its layers, or none.
 */
#ifndef IH_CLIP_PRODUCT_H
#define IH_CLIP_PRODUCT_H

#include <cjson/cJSON.h>

#include "utilities/lib/clip_pixels.h"
#include "utilities/lib/clip_plan.h"
#include "utilities/lib/result_folder.h"

/* What became of a product. */
typedef struct {
    cJSON *entry;     /* of the manifest; NULL when it was left out or failed */
    char *why;        /* why it was left out, CPLFree */
    bool is_unusable; /* it was meant to be in the output, but cannot */
    bool reused;      /* of an earlier run */
    double valid_fraction, mean_coherence; /* NaN when not looked at */
} ih_clip_result;

/* Opens the product and makes the entry that tells which it is: name, dates, source. */
IH_MUST_CHECK ih_status ih_clip_product_open(const ih_clip_plan *plan, size_t index,
                                             ih_clip_source **source, cJSON **entry, ih_error *err);

/* Makes the files in the folder's hidden place and moves them to where they belong. A product that
 * is left out is no error; one that cannot be read is, and the caller decides. Thread-safe for
 * different products. */
IH_MUST_CHECK ih_status ih_clip_product_make(const ih_clip_plan *plan, size_t index,
                                             const ih_clip_source *source,
                                             const ih_result_folder *folder, ih_clip_result *result,
                                             ih_error *err);

/* Values of the pixels that have to become no data, or that judge the product. Shared with the
 * cube. */
typedef struct {
    size_t n_valid;   /* of the phase */
    double coherence; /* sum over pixels that have one */
    size_t n_coherent;
} ih_clip_sums;

/* Rows of a layer. */
typedef struct {
    size_t layer; /* row of the driver's table */
    const ih_clip_pixels *pixels;
    size_t row, n_rows;
    const uint8_t *land; /* [row][column] 0 on water; or NULL */
    bool is_land;        /* the layer is the mask itself, and becomes this land */
    double offset;       /* is subtracted from phases and displacements that have a reference */
} ih_clip_rows;

/* Applies cutline, water and reference to the values of rows and adds phase and coherence to the
 * sums. */
void ih_clip_finish_rows(const ih_clip_plan *plan, const ih_clip_rows *rows, void *values,
                         ih_clip_sums *sums);

/* Why the sums leave a product out; NULL when they do not. */
const char *ih_clip_judge(const ih_clip_plan *plan, const ih_clip_sums *sums, bool *is_unusable);

/* Which of the plan's layers the product has, *n of them; why it has to be left out, or NULL. */
const char *ih_clip_layers_of(const ih_clip_plan *plan, const ih_clip_source *source,
                              size_t *layers, size_t *n);

#endif
