/* SPDX-License-Identifier: MIT
 *
 * Quality of a pair over an area: mean coherence on land and on water, while a layer passes by in
 * any pieces and any order: sums are of whole numbers. Then, when the coherence of water in all
 * pairs is known, the share of land that is more coherent. Thread-safe for different pairs.
 */
#ifndef IH_COHERENT_AREA_H
#define IH_COHERENT_AREA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "algorithms/status.h"

typedef struct {
    uint64_t land_sum, land_count, water_sum, water_count; /* sums in 2^-24 */
} ih_coherent_area;

/* Adds n pixels. Coherence of 0, less, or NaN is no data; above 1 counts as 1. land[p] == 0 is
 * water (NULL = all land); in_area[p] == 0 leaves land out (NULL = all in), but water counts
 * everywhere. Start from zeros. */
void ih_coherent_area_add(ih_coherent_area *area, size_t n, const float *coherence,
                          const uint8_t *land, const uint8_t *in_area);

/* Mean coherence of land, of water; NaN when there is no pixel. */
double ih_coherent_area_land_mean(const ih_coherent_area *area);
double ih_coherent_area_water_mean(const ih_coherent_area *area);

/* Of the pixels that count as land, those of a coherence above threshold; for a second pass over
 * the layer, in any pieces. */
uint64_t ih_coherent_area_above(size_t n, const float *coherence, const uint8_t *land,
                                const uint8_t *in_area, double threshold);

/* Share of the land pixels that are `above` in all pieces, 0..1; NaN without land. */
double ih_coherent_area_ratio(const ih_coherent_area *area, uint64_t above);

/* Coherence that water reaches by chance: the mean over the pairs of water_mean, [pair], pairs of
 * NaN left out. four_decimals rounds every mean first (ih_round_to_four_decimals). IH_E_DATA when
 * no pair has water: the threshold then does not exist. */
IH_MUST_CHECK ih_status ih_water_coherence_threshold(size_t n_pairs, const double *water_mean,
                                                     bool four_decimals, double *threshold,
                                                     ih_error *err);

#endif
