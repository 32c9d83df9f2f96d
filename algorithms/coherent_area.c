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
            size_t class = (size_t)(value * IH_COHERENCE_CLASSES);

            area->land_sum += fixed;
            area->land_count++;
            area->land_classes[class < IH_COHERENCE_CLASSES ? class : IH_COHERENCE_CLASSES - 1]++;
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

double ih_coherent_area_ratio(const ih_coherent_area *area, double threshold)
{
    double position = threshold * IH_COHERENCE_CLASSES, above = 0;
    size_t class;

    if (area->land_count == 0 || isnan(threshold))
        return (double)NAN;
    if (position < 0)
        return 1.0;
    if (position >= IH_COHERENCE_CLASSES)
        return 0.0;
    class = (size_t)position;
    for (size_t c = class + 1; c < IH_COHERENCE_CLASSES; c++)
        above += (double)area->land_classes[c];
    above += (double)area->land_classes[class] * ((double)class + 1.0 - position);
    return above / (double)area->land_count;
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
