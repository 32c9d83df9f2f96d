/* SPDX-License-Identifier: MIT
 *
 * gdal_ih_check as a function: a stack in, findings out.
 */
#ifndef IH_CHECK_H
#define IH_CHECK_H

#include <stddef.h>

#include "algorithms/progress.h"
#include "utilities/lib/check_options.h"

typedef struct {
    ih_check_options options;
    char **inputs;        /* NULL-terminated words */
    ih_progress progress; /* may be NULL */
    void *progress_data;
} ih_check_request;

typedef struct {
    char *summary; /* for people, lines */
    char *json;
    size_t n_findings;
} ih_check_outcome;

/* What is wrong with the stack is no failure. IH_E_DATA when words lead to nothing. */
IH_MUST_CHECK ih_status ih_check_run(const ih_check_request *request, ih_check_outcome *out,
                                     ih_error *err);
void ih_check_outcome_free(ih_check_outcome *outcome);

/* The codes with their severities and meanings, lines; CPLFree. */
char *ih_check_list_codes(void);

#endif
