/* SPDX-License-Identifier: MIT */
#include "algorithms/observation.h"

#include <math.h>

#include "algorithms/simd.h"

/* Values that are looked at together, one per vector lane. */
enum { LANES = 16 };

typedef struct {
    float lowest[LANES], highest[LANES];
    uint32_t valid[LANES], bad[LANES];
} range_lanes;

/* n is a multiple of LANES, and small enough for 32 bits. */
IH_SIMD static void add_lanes(range_lanes *restrict r, size_t n, const float *restrict values,
                              float no_data, const float bounds[2])
{
    float low = bounds[0], high = bounds[1];

    for (size_t i = 0; i < n; i += LANES) {
        IH_LANE_LOOP
        for (size_t k = 0; k < LANES; k++) {
            float v = values[i + k];
            int valid = (fabsf(v) < INFINITY) & (v != no_data);
            int bad = valid & ((v < low) | (v > high));

            r->valid[k] += (uint32_t)valid;
            r->bad[k] += (uint32_t)bad;
            r->lowest[k] = valid & (v < r->lowest[k]) ? v : r->lowest[k];
            r->highest[k] = valid & (v > r->highest[k]) ? v : r->highest[k];
        }
    }
}

void ih_value_range_add(ih_value_range *range, size_t n, const float *values, float no_data,
                        const float bounds[2])
{
    /* What does not fill the lanes is filled up with no data. */
    float rest[LANES];
    const size_t part = (size_t)1 << 30;

    for (size_t first = 0; first < n; first += part) {
        size_t count = n - first < part ? n - first : part, whole = count / LANES * LANES;
        range_lanes r;

        for (size_t k = 0; k < LANES; k++) {
            r.lowest[k] = range->lowest;
            r.highest[k] = range->highest;
            r.valid[k] = r.bad[k] = 0;
            rest[k] = whole + k < count ? values[first + whole + k] : NAN;
        }
        add_lanes(&r, whole, values + first, no_data, bounds);
        add_lanes(&r, LANES, rest, no_data, bounds);
        for (size_t k = 0; k < LANES; k++) {
            range->lowest = fminf(range->lowest, r.lowest[k]);
            range->highest = fmaxf(range->highest, r.highest[k]);
            range->n_valid += r.valid[k];
            range->n_bad += r.bad[k];
        }
    }
}

/* The comparisons are false for NaN, which stays. */
IH_SIMD uint64_t ih_clean_phase(size_t n, float *phase, float no_data)
{
    uint64_t valid = 0;

    for (size_t i = 0; i < n; i++) {
        float value = phase[i];
        int keep = (value != 0.0f) & (value != no_data) & (fabsf(value) < INFINITY);

        phase[i] = keep ? value : NAN;
        valid += (uint64_t)keep;
    }
    return valid;
}

IH_SIMD void ih_clean_coherence(size_t n, float *restrict coherence, int32_t *restrict fixed,
                                float no_data)
{
    for (size_t i = 0; i < n; i++) {
        float value = coherence[i];
        int known = (fabsf(value) < INFINITY) & (value != no_data);
        float positive = value > 0.0f ? value : 0.0f;
        float clamped = positive < 1.0f ? positive : 1.0f;

        coherence[i] = known ? clamped : NAN;
        fixed[i] = known ? (int32_t)(clamped * IH_COHERENCE_ONE) : -1;
    }
}

IH_SIMD static void add_pair(size_t n, const float *restrict phase,
                             const int32_t *restrict coherence, uint64_t *restrict sum,
                             uint16_t *restrict count, uint16_t *restrict valid)
{
    for (size_t i = 0; i < n; i++) {
        sum[i] += coherence[i] >= 0 ? (uint64_t)coherence[i] : 0;
        count[i] = (uint16_t)(count[i] + (coherence[i] >= 0));
        valid[i] = (uint16_t)(valid[i] + (phase[i] == phase[i]));
    }
}

void ih_pair_sums_add(const ih_pair_sums *sums, size_t n, const float *phase,
                      const int32_t *coherence)
{
    add_pair(n, phase, coherence, sums->coherence_sum, sums->coherence_count, sums->valid_pairs);
}
