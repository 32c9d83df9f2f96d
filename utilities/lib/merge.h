/* SPDX-License-Identifier: MIT
 *
 * gdal_ih_merge as a function: products of bursts or frames in, merged products out.
 */
#ifndef IH_MERGE_H
#define IH_MERGE_H

#include <stddef.h>

#include "algorithms/progress.h"
#include "utilities/lib/merge_options.h"

typedef struct {
    ih_merge_options options;
    char **inputs; /* NULL-terminated words */
    const char *out;
    const char *command_line; /* recorded in the report; may be NULL */
    ih_progress progress;     /* may be NULL */
    void *progress_data;
} ih_merge_request;

typedef struct {
    char *summary;     /* for people, lines */
    char *json;        /* the report */
    size_t n_unusable; /* inputs that could not be used */
} ih_merge_outcome;

/* Warnings go through CPLError. On failure merged products that are complete stay, with the report
 * that lists them; nothing half-made does, and *out is empty. */
IH_MUST_CHECK ih_status ih_merge_run(const ih_merge_request *request, ih_merge_outcome *out,
                                     ih_error *err);
void ih_merge_outcome_free(ih_merge_outcome *outcome);

#endif
