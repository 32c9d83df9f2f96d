/* SPDX-License-Identifier: MIT
 *
 * Quality of a pair over an area: mean coherence on land and on water, and the share of land more
 * coherent than water. Filled while a layer passes by once, in any pieces and any order: sums are
 * of whole numbers. Thread-safe for different pairs.
 */
#ifndef IH_COHERENT_AREA_H
#define IH_COHERENT_AREA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "algorithms/status.h"

/* Classes of coherence from 0 to 1. */
#define IH_COHERENCE_CLASSES 4096

typedef struct {
    uint64_t land_sum, land_count, water_sum, water_count; /* sums in 2^-24 */
    uint64_t land_classes[IH_COHERENCE_CLASSES]; /* land pixels by coherence, equal steps */
} ih_coherent_area;

/* Adds n pixels. Coherence of 0, less, or NaN is no data; above 1 counts as 1. land[p] == 0 is
 * water (NULL = all land); in_area[p] == 0 leaves land out (NULL = all in), but water counts
 * everywhere. Start from zeros. */
void ih_coherent_area_add(ih_coherent_area *area, size_t n, const float *coherence,
                          const uint8_t *land, const uint8_t *in_area);

/* Mean coherence of land, of water; NaN when there is no pixel. */
double ih_coherent_area_land_mean(const ih_coherent_area *area);
double ih_coherent_area_water_mean(const ih_coherent_area *area);

/* Share of the land pixels above threshold, 0..1; NaN without land. Within the class that holds the
 * threshold pixels count as evenly spread, so the error is at most the share of that one class, a
 * step of 1/4096 in coherence. */
double ih_coherent_area_ratio(const ih_coherent_area *area, double threshold);

/* Coherence that water reaches by chance: the mean over the pairs of water_mean, [pair], pairs of
 * NaN left out. four_decimals rounds every mean first (ih_round_to_four_decimals). IH_E_DATA when
 * no pair has water: the threshold then does not exist. */
IH_MUST_CHECK ih_status ih_water_coherence_threshold(size_t n_pairs, const double *water_mean,
                                                     bool four_decimals, double *threshold,
                                                     ih_error *err);

#endif
