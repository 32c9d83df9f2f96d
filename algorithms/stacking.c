/* SPDX-License-Identifier: MIT */
#include "algorithms/stacking.h"

#include <math.h>
#include <string.h>

#include "algorithms/simd.h"

#define CHUNK         256
#define DAYS_PER_YEAR 365.25

/* Of n <= CHUNK pixels. */
struct sums {
    double phase[CHUNK], years[CHUNK]; /* weighted */
    int32_t pairs[CHUNK];
} __attribute__((aligned(64)));

/* One pair; a phase that is missing adds nothing. */
static inline __attribute__((always_inline)) void add_pair(const float *restrict source,
                                                           double reference, double weight,
                                                           double years, size_t n,
                                                           struct sums *restrict sums)
{
    IH_LANE_LOOP
    for (size_t p = 0; p < n; p++) {
        double value = (double)source[p] - reference;
        int32_t valid = fabs(value) < (double)IH_PHASE_LIMIT_RAD;

        sums->phase[p] += valid ? weight * value : 0.0;
        sums->years[p] += valid ? weight * years : 0.0;
        sums->pairs[p] += valid;
    }
}

static inline __attribute__((always_inline)) void zero_missing(const float *restrict source,
                                                               size_t n, float *restrict phase)
{
    IH_LANE_LOOP
    for (size_t p = 0; p < n; p++)
        phase[p] = fabsf(source[p]) < IH_PHASE_LIMIT_RAD ? source[p] : 0.0f;
}

static IH_SIMD void add_pairs(const ih_stacking_options *o, const ih_phase_block *block,
                              size_t begin, size_t n, struct sums *sums)
{
    const ih_network *network = o->network;
    float phase[CHUNK];

    for (size_t k = 0; k < network->n_pairs; k++) {
        const float *source = block->phase_rad + k * block->pair_stride + begin;
        double reference = block->reference_phase_rad ? (double)block->reference_phase_rad[k] : 0.0;
        double days = (double)network->date_days[network->secondary_index[k]] -
                      (double)network->date_days[network->reference_index[k]];
        double years = days / DAYS_PER_YEAR;
        double weight = o->weight == IH_STACKING_MEAN_RATE ? 1.0 / years : years;

        if (o->keep && !o->keep[k])
            continue;
        if (o->missing == IH_MISSING_IS_ZERO) {
            zero_missing(source, n, phase);
            source = phase;
            reference = fabs(reference) < (double)IH_PHASE_LIMIT_RAD ? reference : 0.0;
        }
        add_pair(source, reference, weight, years, n, sums);
    }
}

ih_status ih_stacking_velocity(const ih_stacking_options *options, const ih_phase_block *block,
                               float *velocity_m_per_year, uint32_t *n_pairs, ih_error *err)
{
    double metres_per_rad = -options->wavelength_m / (4.0 * M_PI);

    if (!(options->wavelength_m > 0) || !isfinite(options->wavelength_m))
        return ih_fail(err, IH_E_ARGUMENT, "a wavelength of %g m", options->wavelength_m);
    if (block->pair_stride < block->n_pixels)
        return ih_fail(err, IH_E_ARGUMENT, "rows of %zu phases for %zu pixels", block->pair_stride,
                       block->n_pixels);
    for (size_t begin = 0; begin < block->n_pixels; begin += CHUNK) {
        size_t n = block->n_pixels - begin < CHUNK ? block->n_pixels - begin : CHUNK;
        struct sums sums = {0};

        add_pairs(options, block, begin, n, &sums);
        for (size_t p = 0; p < n; p++) {
            uint32_t used = !block->mask || block->mask[begin + p] ? (uint32_t)sums.pairs[p] : 0;

            velocity_m_per_year[begin + p] =
                used ? (float)(metres_per_rad * (sums.phase[p] / sums.years[p])) : NAN;
            if (n_pairs)
                n_pairs[begin + p] = used;
        }
    }
    return IH_OK;
}
