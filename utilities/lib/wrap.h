/* SPDX-License-Identifier: MIT
 *
 * gdal_ih_wrap as a function: displacement, velocity or unwrapped phase in, fringes out.
 *
 * The raster is read and written a few rows at a time, so memory does not depend on its size. Same input, same bytes, whatever
 * the number of threads.
 */
#ifndef IH_UTILITIES_WRAP_H
#define IH_UTILITIES_WRAP_H

#include "algorithms/progress.h"
#include "utilities/lib/wrap_options.h"

typedef struct {
    ih_wrap_options options;
    const char *input, *output;
    const char *command_line; /* for the report; may be NULL */
    ih_progress progress;     /* may be NULL */
    void *progress_data;
} ih_wrap_request;

typedef struct {
    char *summary; /* for people, lines */
    char *json;
} ih_wrap_outcome;

/* Warnings go through CPLError. On failure nothing is left of the output, and *out is empty. Sets GDAL's cache to what the
 * input needs, unless the user has set it. */
IH_MUST_CHECK ih_status ih_wrap_run(const ih_wrap_request *request, ih_wrap_outcome *out,
                                    ih_error *err);
void ih_wrap_outcome_free(ih_wrap_outcome *outcome);

#endif
