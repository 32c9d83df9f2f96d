/* SPDX-License-Identifier: MIT
 *
 * Reads every interferogram of a stack once, front to back, into the work cube, and gathers on the
 * way what later choices need, so that none of them costs a second reading. Pairs are read in
 * parallel; the sums are of whole numbers, so they do not depend on the order in which threads
 * come.
 *
 * Phase: 0, the file's declared no-data, NaN and infinities are no data, except a 0 at the
 * producer's own reference point where the coherence is positive. Coherence: clamped to 0..1; NaN
 * counts as 0 for the weight and not at all in averages.
 */
#ifndef IH_INGEST_H
#define IH_INGEST_H

#include <stdint.h>

#include "algorithms/coherent_area.h"
#include "algorithms/progress.h"
#include "utilities/lib/catalogue.h"
#include "utilities/lib/common_grid.h"
#include "utilities/lib/work_cube.h"

typedef struct {
    /* [row][column] of the common grid */
    float *average_coherence; /* over the pairs that reach the pixel, zeros included; NaN where none
                                 does */
    uint16_t *valid_pairs;    /* pairs with a phase */
    /* [pair] */
    double *mean_coherence;  /* of land in the coherence area, over the pixels of coherence above
                                0; NaN without one */
    double *water_coherence; /* the same of water anywhere */
    ih_coherent_area *areas; /* NULL unless asked for */
    uint64_t *valid_pixels;
    uint64_t *masked_pixels; /* observations left out for their coherence or component */
    char **failure;          /* why the pair could not be read; NULL when it was */
    size_t n_failures;
    char **remarks; /* CPL list: values that cannot be, file by file in the order of the pairs */
} ih_ingest_result;

typedef struct {
    const ih_catalogue *catalogue;
    const ih_common_grid *common;
    const uint8_t *land;           /* [row][column] 0 = water; NULL = all land */
    const uint8_t *coherence_area; /* [row][column] 0 = land that a pair's coherence is not taken
                                      over; NULL = all land counts */
    ih_work_cube *cube;
    ih_work_cube *coherence; /* receives the coherence in the place of phases; NULL = not kept */
    bool keep_areas;
    bool zero_is_no_data;  /* also at the producer's own reference point */
    double min_coherence;  /* of an observation: below it there is no phase; NaN = any will do */
    bool mask_unconnected; /* nor outside the connected components of products that have them */
    int threads;
    ih_progress progress;
    void *progress_data;
} ih_ingest_request;

/* A pair that cannot be read is no failure of the function: the others are read and its reason is
 * kept. The cube and the averages then hold part of it, so the caller has to start again without
 * it. */
IH_MUST_CHECK ih_status ih_ingest(const ih_ingest_request *request, ih_ingest_result **out,
                                  ih_error *err);

/* What reading the n_pairs pairs row[0] < row[1] < ... alone would have given. Both cubes of the
 * request hold these pairs only by now (ih_work_cube_select). Frees areas and water_coherence. */
IH_MUST_CHECK ih_status ih_ingest_select(const ih_ingest_request *request, ih_ingest_result *result,
                                         size_t n_pairs, const uint32_t *row, ih_error *err);
void ih_ingest_result_free(ih_ingest_result *result, size_t n_pairs);

#endif
