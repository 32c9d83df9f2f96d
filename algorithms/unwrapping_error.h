/* SPDX-License-Identifier: MIT
 *
 * Correction of unwrapping errors, whole cycles that an unwrapper put on an area of one pair, by
 * the redundancy of the network (docs/algorithms/unwrapping-errors.md). An error of one pair breaks
 * every loop of pairs it lies in; the least sum of absolute residuals puts it back on that pair
 * (Lauknes et al. 2011), provided noise is small against a cycle. So residuals are averaged over
 * neighbouring pixels first: they hold no ground motion and no atmosphere, which belong to dates.
 *
 * Five passes over a byte for every pixel of every pair:
 *   1. ih_unwrapping_residual, by blocks of pixels: misclosure
 *   2. ih_unwrapping_smooth, pair by pair, over its raster: mean misclosure of the surroundings
 *   3. ih_unwrapping_correct, by blocks: finds and subtracts the cycles where they are certain
 *   4. ih_unwrapping_spread, pair by pair: proposes those of the surroundings elsewhere
 *   5. ih_unwrapping_adopt, by blocks: subtracts these too where they mend the pixel
 *
 * Layout of a block as in algorithms/sbas.h: [pair][stride], pixels innermost. Passes over blocks
 * treat every pixel by itself and those over rasters count in whole numbers, so any blocking and
 * any number of threads gives the same bytes. Phase in radians.
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

/* Distance over which pass 4 carries cycles into places with too few pairs, pixels. */
#define IH_UNWRAPPING_REACH 50

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
    uint64_t *adopted;      /* of them, those that took the cycles of their surroundings */
    uint64_t *inconclusive; /* pixels whose surroundings show an error of the pair that pass 3 did
                               not correct: which pair is at fault is not certain, the pixel itself
                               contradicts (as just outside of an error), or nothing is mended */
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

/* Pass 3: from the smoothed misclosure to cycles, which are subtracted from phase_rad; the byte
 * then is a code for pass 4. A correction is made only if the pixel has two other ways, free of
 * suspicion, between the dates of the pair, and the sum of its squared misclosures gets less.
 * counts may be NULL. */
IH_MUST_CHECK ih_status ih_unwrapping_correct(const ih_unwrapping_plan *plan,
                                              ih_unwrapping_workspace *workspace,
                                              const ih_unwrapping_block *block,
                                              const ih_unwrapping_counts *counts, ih_error *err);

/* Pass 4: in the raster of one pair, pixels where pass 3 saw an error but could not be certain get
 * the most frequent cycles of their eight neighbours, up to reach pixels away from certain ones.
 * Below 2^32 pixels. Memory: 8 bytes for each such pixel. Thread-safe for different rasters. */
IH_MUST_CHECK ih_status ih_unwrapping_spread(int8_t *misclosure, size_t nx, size_t ny, size_t reach,
                                             ih_error *err);

/* Pass 5: subtracts what pass 4 proposes, at pixels where that clearly lessens the misclosure. In
 * the place of the misclosure it leaves all cycles that were subtracted, 0 where there is no data.
 * Reads and writes phases only where something was proposed. counts may be NULL. */
IH_MUST_CHECK ih_status ih_unwrapping_adopt(const ih_unwrapping_plan *plan,
                                            ih_unwrapping_workspace *workspace,
                                            const ih_unwrapping_block *block,
                                            const ih_unwrapping_counts *counts, ih_error *err);

#endif
