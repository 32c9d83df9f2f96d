/* SPDX-License-Identifier: MIT
 *
 * Land and water of a stack, from the water_mask of its first product that has one (those on the
 * common lattice first). 0 is water, everything else, also what the mask does not reach, is land.
 */
#ifndef IH_LAND_MASK_H
#define IH_LAND_MASK_H

#include <stdint.h>

#include "utilities/lib/catalogue.h"
#include "utilities/lib/common_grid.h"

typedef struct {
    uint8_t *land;     /* [row][column] 1 land, 0 water; NULL when no product has a mask */
    size_t source;     /* interferogram it came from */
    char *source_name; /* NULL without mask */
    size_t water_pixels;
} ih_land_mask;

IH_MUST_CHECK ih_status ih_land_mask_read(const ih_catalogue *catalogue,
                                          const ih_common_grid *common, ih_land_mask *out,
                                          ih_error *err);
void ih_land_mask_free(ih_land_mask *mask);

/* First interferogram that has the layers, on the common lattice if there is such a one;
 * catalogue->count for none. */
size_t ih_first_with_layers(const ih_catalogue *catalogue, const ih_common_grid *common,
                            const enum ih_stack_layer *layers, size_t n_layers);

#endif
