/* SPDX-License-Identifier: MIT */
#include "algorithms/coherent_area.h"

#include <math.h>

#include "algorithms/network_selection.h"

/* Float32 coherences above 1/2 are multiples of it. */
#define ONE 16777216.0

void ih_coherent_area_add(ih_coherent_area *area, size_t n, const float *coherence,
                          const uint8_t *land, const uint8_t *in_area)
{
    for (size_t p = 0; p < n; p++) {
        float value = coherence[p] < 1.0f ? coherence[p] : 1.0f;
        uint64_t fixed;

        if (!(coherence[p] > 0.0f))
            continue;
        fixed = (uint64_t)((double)value * ONE + 0.5);
        if (land && !land[p]) {
            area->water_sum += fixed;
            area->water_count++;
        } else if (!in_area || in_area[p]) {
            area->land_sum += fixed;
            area->land_count++;
        }
    }
}

static double mean(uint64_t sum, uint64_t count)
{
    return count ? (double)sum / ONE / (double)count : (double)NAN;
}

double ih_coherent_area_land_mean(const ih_coherent_area *area)
{
    return mean(area->land_sum, area->land_count);
}

double ih_coherent_area_water_mean(const ih_coherent_area *area)
{
    return mean(area->water_sum, area->water_count);
}

uint64_t ih_coherent_area_above(size_t n, const float *coherence, const uint8_t *land,
                                const uint8_t *in_area, double threshold)
{
    uint64_t above = 0;

    for (size_t p = 0; p < n; p++) {
        float value = coherence[p] < 1.0f ? coherence[p] : 1.0f;
        int counts = coherence[p] > 0.0f && (!land || land[p]) && (!in_area || in_area[p]);

        above += counts && (double)value > threshold;
    }
    return above;
}

double ih_coherent_area_ratio(const ih_coherent_area *area, uint64_t above)
{
    return area->land_count ? (double)above / (double)area->land_count : (double)NAN;
}

ih_status ih_water_coherence_threshold(size_t n_pairs, const double *water_mean, bool four_decimals,
                                       double *threshold, ih_error *err)
{
    double sum = 0;
    size_t count = 0;

    for (size_t k = 0; k < n_pairs; k++) {
        double value = four_decimals ? ih_round_to_four_decimals(water_mean[k]) : water_mean[k];

        if (isnan(value))
            continue;
        sum += value;
        count++;
    }
    if (count == 0)
        return ih_fail(err, IH_E_DATA,
                       "the coherent area is measured against the coherence of water, but no pair "
                       "has water within the stack");
    *threshold = sum / (double)count;
    return IH_OK;
}
