/* SPDX-License-Identifier: MIT
 *
 * Options of gdal_ih_merge: one struct, filled with IH_MERGE_DEFAULTS and then by the command line
 * through the table ih_merge_program.
 */
#ifndef IH_MERGE_OPTIONS_H
#define IH_MERGE_OPTIONS_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "utilities/lib/cli.h"

enum ih_merge_blend { IH_MERGE_WEIGHTED = 0, IH_MERGE_MEAN, IH_MERGE_FIRST };

typedef struct {
    int mode; /* enum ih_mosaic_mode */
    long min_overlap;
    double min_coherence;
    int blend; /* enum ih_merge_blend */
    bool drop_unjoined;
    bool allow_incomplete;
    const char *t_srs;
    const char *layers; /* names with commas; NULL = all that the products of a pair have */
    bool water_mask, zip;
    char **creation_options; /* -co, CPL list */
    bool overwrite, dry_run, json;
    double working_memory_bytes; /* 0 = 512 MB */
    long threads;                /* 0 = GDAL_NUM_THREADS, else all CPUs */
} ih_merge_options;

#define IH_MERGE_DEFAULTS                                                                          \
    {                                                                                              \
        .min_overlap = 50, .min_coherence = 0.3                                                    \
    }

extern const ih_program ih_merge_program;
extern const char *const ih_merge_mode_names[];

void ih_merge_options_free(ih_merge_options *options);

/* Fills in what depends on the machine. */
void ih_merge_options_resolve(ih_merge_options *options);

/* The options that decide what is in the files, for merge.json. NULL when memory is short. */
cJSON *ih_merge_options_content(const ih_merge_options *options);

#endif
