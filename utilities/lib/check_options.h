/* SPDX-License-Identifier: MIT
 *
 * Options of gdal_ih_check: one struct, filled with IH_CHECK_DEFAULTS and then by the command line
 * through the table ih_check_program.
 */
#ifndef IH_CHECK_OPTIONS_H
#define IH_CHECK_OPTIONS_H

#include <math.h>
#include <stdbool.h>

#include "utilities/lib/cli.h"

typedef struct {
    bool deep, json, clean_sidecars, list_codes, overwrite;
    char **ignored; /* -ignore, CPL list of codes after ih_check_options_resolve */
    double max_shrink, min_valid, min_coherence;
    double max_gap_days; /* NaN: from the interval of most dates */
    const char *footprints, *scratch;
    double working_memory_bytes; /* 0 = a quarter of the machine's */
    long threads;                /* 0 = GDAL_NUM_THREADS, else all CPUs */
} ih_check_options;

#define IH_CHECK_DEFAULTS                                                                          \
    {                                                                                              \
        .max_shrink = 0.1, .min_valid = 0.1, .min_coherence = 0.2, .max_gap_days = NAN             \
    }

extern const ih_program ih_check_program;

void ih_check_options_free(ih_check_options *options);

/* Fills in what depends on the machine, and checks the codes of -ignore. */
IH_MUST_CHECK ih_status ih_check_options_resolve(ih_check_options *options, ih_error *err);

#endif
