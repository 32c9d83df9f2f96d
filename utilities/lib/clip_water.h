/* SPDX-License-Identifier: MIT
 *
 * Land and water for a layer of a product that is clipped: by the product's own mask, or by those
 * of all products.
 */
#ifndef IH_CLIP_WATER_H
#define IH_CLIP_WATER_H

#include <stdbool.h>
#include <stdint.h>

#include "utilities/lib/clip_pixels.h"
#include "utilities/lib/clip_plan.h"

typedef struct {
    const ih_clip_plan *plan;
    ih_clip_pixels *own; /* of the product; NULL when all masks are combined */
    uint8_t *strip;
    bool masks;    /* no data on water */
    bool replaces; /* the layer is the mask itself, and becomes that of all */
} ih_clip_water;

/* IH_E_DATA when the product has no mask that could be used. One of zeros may be closed. */
IH_MUST_CHECK ih_status ih_clip_water_open(const ih_clip_plan *plan, const ih_clip_view *view,
                                           size_t layer, ih_clip_water *out, ih_error *err);
void ih_clip_water_close(ih_clip_water *water);

/* *land is [row][column] of the rows, 1 on land; NULL when water is nothing to the layer. Valid
 * until the next call. */
IH_MUST_CHECK ih_status ih_clip_water_rows(ih_clip_water *water, size_t row, size_t n_rows,
                                           const uint8_t **land, ih_error *err);

#endif
