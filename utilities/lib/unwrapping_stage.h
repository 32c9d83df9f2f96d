/* SPDX-License-Identifier: MIT
 *
 * Correction of unwrapping errors in the work cube, between reading and inversion: whole cycles are
 * subtracted from the phases and remembered for every pixel of every pair
 * (docs/algorithms/unwrapping-errors.md). The same bytes whatever the memory, threads and blocks.
 */
#ifndef IH_UNWRAPPING_STAGE_H
#define IH_UNWRAPPING_STAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <cjson/cJSON.h>

#include "algorithms/status.h"
#include "algorithms/unwrapping_error.h"
#include "utilities/lib/unwrapping_regions.h"
#include "utilities/lib/work_cube.h"

/* Stands in the cycles where a pair has no phase. */
#define IH_CYCLES_NONE INT8_MIN

enum ih_unwrap_error {
    IH_UNWRAP_ERROR_NONE = 0,
    IH_UNWRAP_ERROR_L1,       /* least absolute misclosure, pixel by pixel */
    IH_UNWRAP_ERROR_BRIDGING, /* regions, from the phase of one pair */
    IH_UNWRAP_ERROR_CLOSURE,  /* regions, from the closure of triplets */
    IH_UNWRAP_ERROR_BRIDGING_CLOSURE
};

typedef struct {
    ih_work_cube *cycles; /* bytes, int8: what was subtracted; NULL = nothing was to be corrected */
    /* [pair] */
    uint8_t *redundancy;         /* ih_unwrapping_redundancy */
    ih_unwrapping_counts counts; /* adopted and inconclusive: of l1 alone */
    ih_unwrapping_regions of_regions;
    size_t n_weak; /* pairs of a redundancy below 2 */
} ih_unwrapping;

struct ih_sbas_state;

/* Phases read become phases corrected, as the options say, which may be not at all. Fills
 * state->unwrapping and the closures of before in state->overview. A failure leaves the phases
 * partly corrected. */
IH_MUST_CHECK ih_status ih_unwrapping_correct_stack(struct ih_sbas_state *state, ih_error *err);
void ih_unwrapping_free(ih_unwrapping *unwrapping);

/* Everything in state->unwrapping but its content; existing: the cycles are those that an
 * interrupted run has left. */
IH_MUST_CHECK ih_status ih_unwrapping_prepare(struct ih_sbas_state *state, bool existing,
                                              ih_error *err);

/* A cube of bytes for all pixels of all pairs, in what the others have left of the memory. */
IH_MUST_CHECK ih_status ih_unwrapping_new_bytes(const struct ih_sbas_state *state,
                                                ih_work_cube **out, ih_error *err);

/* Bytes per pixel that the correction needs beside the cubes. */
double ih_unwrapping_plane_bytes(const struct ih_sbas_state *state);

/* unwrapping_cycles.tif and unwrapping.csv, when there was a correction
 * (utilities/lib/unwrapping_report.c). */
IH_MUST_CHECK ih_status ih_unwrapping_write(const struct ih_sbas_state *state, ih_error *err);

/* Sums over pairs. */
typedef struct {
    size_t pairs; /* with any correction */
    double corrected, adopted, inconclusive, values;
} ih_unwrapping_totals;
ih_unwrapping_totals ih_unwrapping_sum(const struct ih_sbas_state *state);

/* Its line of the summary, if there was a correction. */
void ih_unwrapping_summarise(const struct ih_sbas_state *state, FILE *out);

/* Adds "unwrapping" to run.json, null without correction. */
void ih_unwrapping_report(const struct ih_sbas_state *state, cJSON *json);

#endif
