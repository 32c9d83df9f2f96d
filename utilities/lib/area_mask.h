/* SPDX-License-Identifier: MIT
 *
 * An area on the grid of a stack, as a mask of its pixels: the polygons of a vector file, or a box.
 * A pixel belongs to the area when its centre does.
 */
#ifndef IH_AREA_MASK_H
#define IH_AREA_MASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "utilities/lib/common_grid.h"

typedef struct {
    const char *option;     /* name on the command line, for messages */
    const char *datasource; /* any vector data source, "FILE" or "FILE,LAYER"; NULL = the box */
    double box[4];          /* xmin ymin xmax ymax in the grid's coordinates, edges included */
} ih_area_choice;

typedef struct {
    uint8_t *inside;   /* [row][column] 1 = in the area */
    size_t n_pixels;   /* of the area within the grid, at least 1 */
    size_t n_polygons; /* parts counted one by one; 0 = a box */
    size_t n_ignored;  /* features that are no polygons */
    bool srs_assumed;  /* the file has no coordinate system: it was taken for the grid's */
} ih_area_mask;

/* Polygons of any coordinate system are brought to the grid's, edges followed in between their
 * corners; parts that overlap count once, holes are left out. IH_E_ARGUMENT when the file cannot be
 * read, has several layers and none is named, has no polygon, or when no centre of a pixel lies
 * within the area. */
IH_MUST_CHECK ih_status ih_area_mask_new(const ih_area_choice *choice, const ih_common_grid *common,
                                         ih_area_mask *out, ih_error *err);
void ih_area_mask_free(ih_area_mask *mask);

#endif
