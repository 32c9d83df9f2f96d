/* SPDX-License-Identifier: MIT
 *
 * First steps with the phases and coherences of a pair as they come from a file: what is data, and
 * sums over pairs in whole numbers, so that the order of addition does not matter. Thread-safe: no
 * state.
 */
#ifndef IH_OBSERVATION_H
#define IH_OBSERVATION_H

#include <stddef.h>
#include <stdint.h>

/* Coherence 1 as a whole number: exact for a float, and 65535 of them fit 64 bits, as do all pixels
 * of a raster. */
#define IH_COHERENCE_ONE 1073741824.0f

typedef struct {
    uint64_t n_valid, n_bad; /* bad: valid, but outside the bounds */
    float lowest, highest;   /* of the valid ones; start from INFINITY and -INFINITY */
} ih_value_range;

/* Adds the values that are finite and not no_data (NaN: there is none) to range. */
void ih_value_range_add(ih_value_range *range, size_t n, const float *values, float no_data,
                        const float bounds[2]);

/* 0, no_data (NaN: there is none), infinities and NaN become NaN. Returns how many values remain.
 */
uint64_t ih_clean_phase(size_t n, float *phase, float no_data);

/* Brings coherence to 0..1, with NaN where it is no_data or not finite, and to whole numbers in
 * units of 1 / IH_COHERENCE_ONE, -1 where it is not known. */
void ih_clean_coherence(size_t n, float *coherence, int32_t *fixed, float no_data);

/* [pixel] over the pairs. */
typedef struct {
    uint64_t *coherence_sum;
    uint16_t *coherence_count, *valid_pairs;
} ih_pair_sums;

/* Adds one pair; coherence is that of ih_clean_coherence, phase that of ih_clean_phase. */
void ih_pair_sums_add(const ih_pair_sums *sums, size_t n, const float *phase,
                      const int32_t *coherence);

#endif
