/* SPDX-License-Identifier: MIT */
#include "algorithms/mosaic_blending.h"

#include <math.h>
#include <stdbool.h>

static const double half_cycle = 3.14159265358979323846;

typedef struct {
    double value, weight;
    bool found;
} heaviest;

static bool value_at(const ih_blend_source *s, size_t x, double *value)
{
    if (x < s->first || x - s->first >= s->count || isnan(s->value[x - s->first]))
        return false;
    *value = (double)s->value[x - s->first];
    return true;
}

static heaviest find_heaviest(const ih_blend_source *sources, size_t n, size_t x)
{
    heaviest best = {0};
    double value;

    for (size_t k = 0; k < n; k++) {
        double weight;

        if (!value_at(&sources[k], x, &value))
            continue;
        weight = (double)sources[k].weight[x - sources[k].first];
        if (!best.found || weight > best.weight)
            best = (heaviest){value, weight, true};
    }
    return best;
}

static double smallest(const ih_blend_source *sources, size_t n, size_t x)
{
    double value, least = INFINITY;

    for (size_t k = 0; k < n; k++)
        if (value_at(&sources[k], x, &value))
            least = fmin(least, value);
    return least;
}

/* Sums relative to the heaviest value, so that a single value comes out as it is. */
static double average(enum ih_blending blending, const ih_blend_source *sources, size_t n, size_t x,
                      const heaviest *best, bool *apart)
{
    double sum = 0, weights = 0, cosine = 0, sine = 0, value;

    for (size_t k = 0; k < n; k++) {
        double weight, away;

        if (!value_at(&sources[k], x, &value))
            continue;
        weight = (double)sources[k].weight[x - sources[k].first];
        if (weight < IH_BLEND_LEAST_SHARE * best->weight)
            continue;
        away = value - best->value;
        if (blending == IH_BLEND_PHASE && fabs(away) >= half_cycle) {
            *apart = best->weight >= IH_BLEND_LEAST_SHARE;
            continue;
        }
        sum += weight * away;
        weights += weight;
        if (blending == IH_BLEND_ANGLE) {
            cosine += weight * cos(away);
            sine += weight * sin(away);
        }
    }
    if (blending == IH_BLEND_ANGLE) {
        double angle = best->value + atan2(sine, cosine);

        return fabs(angle) > half_cycle ? remainder(angle, 2 * half_cycle) : angle;
    }
    return best->value + sum / weights;
}

size_t ih_blend_row(enum ih_blending blending, const ih_blend_source *sources, size_t n_sources,
                    size_t nx, float *out)
{
    size_t n_apart = 0;

    for (size_t x = 0; x < nx; x++) {
        heaviest best = find_heaviest(sources, n_sources, x);
        bool apart = false;

        if (!best.found)
            out[x] = NAN;
        else if (blending == IH_BLEND_HEAVIEST)
            out[x] = (float)best.value;
        else if (blending == IH_BLEND_LEAST)
            out[x] = (float)smallest(sources, n_sources, x);
        else
            out[x] = (float)average(blending, sources, n_sources, x, &best, &apart);
        n_apart += apart;
    }
    return n_apart;
}
