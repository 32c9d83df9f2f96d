/* SPDX-License-Identifier: MIT
 *
 * Rows of one layer of one interferogram, on the common grid of its stack. A layer on the grid's
 * lattice is read by a whole-pixel window; any other through GDAL's warper with the nearest
 * neighbour. One reader per thread.
 */
#ifndef IH_STACK_READER_H
#define IH_STACK_READER_H

#include <stddef.h>

#include "utilities/lib/catalogue.h"
#include "utilities/lib/common_grid.h"

typedef struct ih_stack_reader ih_stack_reader;

IH_MUST_CHECK ih_status ih_stack_reader_new(const ih_catalogue *catalogue, size_t index,
                                            enum ih_stack_layer layer, const ih_common_grid *common,
                                            ih_stack_reader **out, ih_error *err);
void ih_stack_reader_free(ih_stack_reader *reader);

/* Rows [row, row + n_rows) of the common grid, [row][column]; NaN where the layer's raster does not
 * reach, and for phases of 1e6 rad and more. Values are those of the file otherwise, no-data
 * included. With the last row, phases and coherences that cannot be are told by the remark, having
 * been counted over all rows read; IH_E_DATA when more than 1 % of coherences are outside 0..1.
 * Fastest when rows are asked for from the top down. */
IH_MUST_CHECK ih_status ih_stack_reader_rows(ih_stack_reader *reader, size_t row, size_t n_rows,
                                             float *values, ih_error *err);

/* What was wrong with the values, after the last row was read; empty when nothing. Lives as long as
 * the reader. */
const char *ih_stack_reader_remark(const ih_stack_reader *reader);

/* The no-data value the file declares; 0 when it declares none or NaN. */
int ih_stack_reader_no_data(const ih_stack_reader *reader, float *no_data);

#endif
