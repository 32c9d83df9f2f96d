/* SPDX-License-Identifier: MIT
 *
 * gdal_ih_sbas as a function: a stack of interferograms in, a folder of results out.
 * docs/architecture.md tells how the stages fit together.
 */
#ifndef IH_UTILITIES_SBAS_H
#define IH_UTILITIES_SBAS_H

#include <stddef.h>

#include "algorithms/progress.h"
#include "utilities/lib/sbas_options.h"

typedef struct {
    ih_sbas_run_options options;
    char **inputs;        /* NULL-terminated words */
    char **given_options; /* names of the options that were given; recorded in run.json */
    const char *out_dir;
    const char *command_line; /* recorded in run.json; may be NULL */
    ih_progress progress;     /* may be NULL */
    void *progress_data;
} ih_sbas_request;

typedef struct {
    char *summary;     /* for people, lines */
    char *json;        /* content of run.json */
    size_t n_unusable; /* inputs that had to be left out: the result is partial when it is not 0 */
} ih_sbas_outcome;

/* Warnings go through CPLError. On failure nothing is left in out_dir, and *out is empty. */
IH_MUST_CHECK ih_status ih_sbas_run(const ih_sbas_request *request, ih_sbas_outcome *out,
                                    ih_error *err);
void ih_sbas_outcome_free(ih_sbas_outcome *outcome);

#endif
