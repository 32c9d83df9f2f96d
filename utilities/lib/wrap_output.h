/* SPDX-License-Identifier: MIT
 *
 * The files of gdal_ih_wrap: takes turns row by row, item by item, and makes GeoTIFFs, PNGs or KMZs of them. Everything is made
 * in a hidden folder beside the results and appears at once.
 */
#ifndef IH_WRAP_OUTPUT_H
#define IH_WRAP_OUTPUT_H

#include "algorithms/progress.h"
#include "utilities/lib/wrap_input.h"
#include "utilities/lib/wrap_kmz.h"

typedef struct ih_wrap_output ih_wrap_output;

/* grid is that of the results, most_rows the largest number of rows written at a time. input and options are used until the
 * output is committed or aborted. IH_E_ARGUMENT when a file exists and may not be replaced. */
IH_MUST_CHECK ih_status ih_wrap_output_new(const char *path, const ih_wrap_input *input,
                                           const ih_wrap_options *options, const ih_grid *grid,
                                           size_t most_rows, ih_wrap_output **out, ih_error *err);
/* turns is [n_rows][grid nx]; rows of an item come in their order. */
IH_MUST_CHECK ih_status ih_wrap_output_write(ih_wrap_output *output, size_t item, size_t row,
                                             size_t n_rows, const double *turns, ih_error *err);
/* Finishes all files and moves them to their names. The output stays to be asked. */
IH_MUST_CHECK ih_status ih_wrap_output_finish(ih_wrap_output *output, ih_progress progress,
                                              void *progress_data, ih_error *err);
/* Removes what was not finished, and frees; NULL is fine. */
void ih_wrap_output_free(ih_wrap_output *output);

/* Paths of the result, NULL-terminated, without what accompanies them; owned by the output. */
char **ih_wrap_output_files(const ih_wrap_output *output);
/* Of the KMZ of an item. */
const ih_wrap_kmz_report *ih_wrap_output_kmz(const ih_wrap_output *output, size_t item);

#endif
