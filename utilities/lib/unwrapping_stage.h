/* SPDX-License-Identifier: MIT
 *
 * Correction of unwrapping errors in the work cube, between reading and inversion: whole cycles are
 * subtracted from the phases and remembered for every pixel of every pair
 * (docs/algorithms/unwrapping-errors.md). The same bytes whatever the memory, threads and blocks.
 */
#ifndef IH_UNWRAPPING_STAGE_H
#define IH_UNWRAPPING_STAGE_H

#include <stdint.h>

#include <cjson/cJSON.h>

#include "algorithms/status.h"
#include "algorithms/unwrapping_error.h"
#include "utilities/lib/work_cube.h"

/* Stands in the cycles where a pair has no phase. */
#define IH_CYCLES_NONE INT8_MIN

enum ih_unwrap_error {
    IH_UNWRAP_ERROR_NONE = 0,
    IH_UNWRAP_ERROR_L1 /* least absolute misclosure, pixel by pixel */
};

typedef struct {
    ih_work_cube *cycles; /* bytes, int8: what was subtracted; NULL = nothing was to be corrected */
    /* [pair] */
    uint8_t *redundancy; /* ih_unwrapping_redundancy */
    ih_unwrapping_counts counts;
    size_t n_weak; /* pairs of a redundancy below 2 */
} ih_unwrapping;

struct ih_sbas_state;

/* Phases read become phases corrected, as the options say, which may be not at all. Fills
 * state->unwrapping and the closures of before in state->overview. A failure leaves the phases
 * partly corrected. */
IH_MUST_CHECK ih_status ih_unwrapping_correct_stack(struct ih_sbas_state *state, ih_error *err);
void ih_unwrapping_free(ih_unwrapping *unwrapping);

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

/* Adds "unwrapping" to run.json, null without correction. */
void ih_unwrapping_report(const struct ih_sbas_state *state, cJSON *json);

#endif
