/* SPDX-License-Identifier: MIT
 *
 * Correction of unwrapping errors, whole cycles that an unwrapper put on an area of one pair, by
 * the redundancy of the network (docs/algorithms/unwrapping-errors.md). An error of one pair breaks
 * every loop of pairs it lies in; the least sum of absolute residuals puts it back on that pair
 * (Lauknes et al. 2011), provided noise is small against a cycle. So residuals are averaged over
 * neighbouring pixels first: they hold no ground motion and no atmosphere, which belong to dates.
 *
 * Three passes:
 *   1. ih_unwrapping_residual, by blocks of pixels: misclosure of every pair, in one byte
 *   2. ih_unwrapping_smooth, pair by pair, over the raster of that byte
 *   3. ih_unwrapping_correct, by blocks of pixels: finds and subtracts the cycles
 *
 * Layout of a block as in algorithms/sbas.h: [pair][stride], pixels innermost. Passes 1 and 3 treat
 * every pixel by itself and pass 2 sums whole numbers, so any blocking and any number of threads
 * gives the same bytes. Phase in radians.
 */
#ifndef IH_UNWRAPPING_ERROR_H
#define IH_UNWRAPPING_ERROR_H

#include <stddef.h>
#include <stdint.h>

#include "algorithms/network.h"
#include "algorithms/status.h"

/* Unit of a misclosure: 1/16 cycle, so it reaches from -7.9 to 7.9 cycles; larger ones are cut off
 * there. */
#define IH_MISCLOSURE_PER_CYCLE 16
#define IH_MISCLOSURE_NONE      INT8_MIN

/* Half width of the window of pass 2 that suits errors of more than a few pixels. */
#define IH_UNWRAPPING_RADIUS 2

typedef struct {
    size_t n_pixels;
    float *phase_rad; /* [pair][pair_stride]; no data as in ih_sbas_input */
    size_t pair_stride;
    int8_t *misclosure; /* [pair][misclosure_stride] */
    size_t misclosure_stride;
    const float *reference_phase_rad; /* [pair], NaN makes the pair unused; NULL = zeros */
    const uint8_t *mask;              /* [pixel] 0 = leave alone; NULL = none */
} ih_unwrapping_block;

/* Counts over pixels, [pair]; any may be NULL; added to. */
typedef struct {
    uint64_t *corrected;    /* pixels that were changed */
    uint64_t *inconclusive; /* pixels where an error was seen, but the pair at fault is not certain
                               or the correction does not lower the misclosure: left alone */
    uint64_t *cycles_up;    /* sum of the cycles added to the phase */
    uint64_t *cycles_down;  /* sum of the cycles subtracted */
} ih_unwrapping_counts;

typedef struct ih_unwrapping_plan ih_unwrapping_plan;
typedef struct ih_unwrapping_workspace ih_unwrapping_workspace;

/* What all pixels share. Immutable afterwards, so one plan serves all threads; network must outlive
 * it. At most 65535 pairs. */
IH_MUST_CHECK ih_status ih_unwrapping_plan_new(const ih_network *network, ih_unwrapping_plan **out,
                                               ih_error *err);
void ih_unwrapping_plan_free(ih_unwrapping_plan *plan);

/* Ways from one date of the pair to the other through different pairs, without the pair itself, at
 * most 255, in the whole network. 0: in no loop, errors cannot be noticed; 1: noticed, but the pair
 * at fault is not certain; 2 or more: corrected. redundancy is [pair]. */
IH_MUST_CHECK ih_status ih_unwrapping_redundancy(const ih_network *network, uint8_t *redundancy,
                                                 ih_error *err);

/* Scratch memory of one thread; its contents do not influence results. */
IH_MUST_CHECK ih_status ih_unwrapping_workspace_new(const ih_unwrapping_plan *plan,
                                                    ih_unwrapping_workspace **out, ih_error *err);
void ih_unwrapping_workspace_free(ih_unwrapping_workspace *workspace);
size_t ih_unwrapping_workspace_bytes(const ih_unwrapping_plan *plan);

/* Pass 1: writes misclosure, the residual of an unweighted least-squares fit of dates;
 * IH_MISCLOSURE_NONE without data. Phases are not changed. IH_E_ARGUMENT when a stride is shorter
 * than the number of pixels rounded up to IH_LANES. */
IH_MUST_CHECK ih_status ih_unwrapping_residual(const ih_unwrapping_plan *plan,
                                               ih_unwrapping_workspace *workspace,
                                               const ih_unwrapping_block *block, ih_error *err);

/* Pass 2: replaces every value of an nx x ny raster of one pair by the mean of the values within
 * radius columns and rows (a square, cut at the border), without data where it had none. Memory:
 * nx * (2 * radius + 6) bytes or so. Thread-safe for different rasters. */
IH_MUST_CHECK ih_status ih_unwrapping_smooth(int8_t *misclosure, size_t nx, size_t ny,
                                             size_t radius, ih_error *err);

/* Pass 3: from the smoothed misclosure to cycles; subtracts them from phase_rad and leaves them
 * in the place of the misclosure (0 where nothing was done or there is no data). A correction is
 * made only if the pixel has two other ways, free of errors, between the dates of the pair, and the
 * sum of its squared misclosures gets less. counts may be NULL. */
IH_MUST_CHECK ih_status ih_unwrapping_correct(const ih_unwrapping_plan *plan,
                                              ih_unwrapping_workspace *workspace,
                                              const ih_unwrapping_block *block,
                                              const ih_unwrapping_counts *counts, ih_error *err);

#endif
