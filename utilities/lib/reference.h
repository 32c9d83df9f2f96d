/* SPDX-License-Identifier: MIT
 *
 * The reference point of a stack: from the options or chosen automatically, and its phase in every
 * pair.
 */
#ifndef IH_REFERENCE_H
#define IH_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "utilities/lib/common_grid.h"
#include "utilities/lib/ingest.h"
#include "utilities/lib/sbas_options.h"
#include "utilities/lib/work_cube.h"

typedef struct {
    size_t column, row;
    double x, y;                /* map coordinates of the pixel's centre */
    double longitude, latitude; /* NaN when the grid has no coordinate system */
    float average_coherence;
    bool automatic;
    bool relaxed;     /* automatic, and below the coherence that is asked for by default */
    float *phase_rad; /* [pair]; NaN where the point has no data */
    size_t *invalid;  /* pairs in which it has none */
    size_t n_invalid;
} ih_reference;

/* land is [row][column], 0 = not eligible; may be NULL. Fails when a point given lies outside the
 * grid or no automatic one can be found; a point without data in some pairs is told by n_invalid,
 * in all pairs it is IH_E_DATA.
 */
IH_MUST_CHECK ih_status ih_reference_find(const ih_sbas_run_options *options,
                                          const ih_common_grid *common, size_t n_pairs,
                                          const ih_ingest_result *ingest, const uint8_t *land,
                                          ih_work_cube *cube, ih_reference **out, ih_error *err);
void ih_reference_free(ih_reference *reference);

#endif
