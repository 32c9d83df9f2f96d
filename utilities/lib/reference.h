/* SPDX-License-Identifier: MIT
 *
 * The reference of a stack: a point or the pixels of an area, from the options or chosen
 * automatically, and its phase in every pair.
 */
#ifndef IH_REFERENCE_H
#define IH_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "algorithms/reference_point.h"
#include "utilities/lib/area_mask.h"
#include "utilities/lib/common_grid.h"
#include "utilities/lib/ingest.h"
#include "utilities/lib/sbas_options.h"
#include "utilities/lib/work_cube.h"

enum ih_reference_kind { IH_REFERENCE_POINT = 0, IH_REFERENCE_POLYGONS, IH_REFERENCE_BOX };

/* What became of the pixels of an area; each is counted once. */
typedef struct {
    size_t pixels;     /* in the area */
    size_t water;      /* left out, as for the next three, in this order */
    size_t no_data;    /* without a phase in any pair */
    size_t incoherent; /* below -ref_min_coherence */
    size_t gaps;       /* without a phase in some pair, where others have one in all */
    size_t polygons, ignored;
    bool srs_assumed;
} ih_reference_area;

typedef struct {
    enum ih_reference_kind kind;
    size_t column, row;         /* of an area: its pixel nearest the middle of its pixels */
    double x, y;                /* map coordinates of that pixel's centre */
    double longitude, latitude; /* NaN when the grid has no coordinate system */
    float average_coherence;    /* of an area: the mean over its pixels */
    bool automatic;
    bool relaxed; /* automatic, and below the coherence that is asked for by default */

    size_t *pixels; /* [n_pixels] what the reference is made of, in raster order; 1 for a point */
    size_t n_pixels;
    ih_reference_area area; /* zeros for a point */
    uint8_t *plane; /* [row][column] 0 outside the area, 1 of the reference, 2 left out; NULL for a
                       point */

    /* [pair], by ih_reference_measure */
    float *phase_rad;      /* NaN where no pixel has data */
    uint32_t *n_valid;     /* pixels with a phase */
    uint32_t *n_unwrapped; /* of them half a cycle or more from their median */
    size_t *invalid;       /* [n_invalid] pairs in which no pixel has a phase */
    size_t n_invalid;
} ih_reference;

typedef struct {
    const ih_sbas_run_options *options;
    const ih_common_grid *common;
    size_t n_pairs;
    const ih_ingest_result *ingest;
    const uint8_t *land; /* [row][column] 0 = not eligible; may be NULL */
    ih_work_cube *cube;
} ih_reference_request;

/* Fails when a point lies outside the grid, an area has no pixel with data or no automatic point
 * can be found; a reference without data in some pairs is told by n_invalid, in all pairs it is
 * IH_E_DATA. Of an area, the pixels with a phase in every pair are taken, so that all pairs refer
 * to the same ground; when they are fewer than a tenth of those with a phase in some pair, all of
 * these are taken and every pair is averaged over what it has. */
IH_MUST_CHECK ih_status ih_reference_find(const ih_reference_request *request, ih_reference **out,
                                          ih_error *err);
void ih_reference_free(ih_reference *reference);

/* Phase of the reference in every pair, again after the phases in the cube were changed. */
IH_MUST_CHECK ih_status ih_reference_measure(const ih_reference_request *request,
                                             ih_reference *reference, ih_error *err);

/* Pairs in which some of the pixels have no phase; pairs in which some lie half a cycle or more
 * from the median, and the greatest share of such pixels in a pair. */
typedef struct {
    size_t incomplete_pairs, least_pixels;
    size_t unwrapped_pairs;
    double greatest_unwrapped_share;
} ih_reference_summary;

ih_reference_summary ih_reference_summarise(const ih_reference *reference, size_t n_pairs);

#endif
