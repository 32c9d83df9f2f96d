/* SPDX-License-Identifier: MIT */
#include "algorithms/reference_point.h"

#include <math.h>

#include "algorithms/order_statistic.h"

/* Wider rasters are taken for mistakes; squares of twice the size still fit in 64 bits. */
#define MAX_SIZE ((size_t)1 << 30)

/* How far the conditions get, for the message when none is left. */
struct survey {
    size_t in_all_pairs, in_mask, coherent;
    float best_coherence; /* of the pixels that meet the first two conditions */
};

/* Square of twice the distance from the image centre: whole numbers, so ties are exact. */
static uint64_t centre_distance(size_t nx, size_t ny, size_t column, size_t row)
{
    int64_t dx = 2 * (int64_t)column - ((int64_t)nx - 1), dy = 2 * (int64_t)row - ((int64_t)ny - 1);

    return (uint64_t)(dx * dx) + (uint64_t)(dy * dy);
}

static ih_status none_left(const struct survey *seen, size_t n_pairs, float min_coherence,
                           ih_error *err)
{
    if (seen->in_all_pairs == 0)
        return ih_fail(err, IH_E_DATA, "no reference pixel: none is valid in all %zu pairs",
                       n_pairs);
    if (seen->in_mask == 0)
        return ih_fail(
            err, IH_E_DATA,
            "no reference pixel: the mask excludes all %zu that are valid in all %zu pairs",
            seen->in_all_pairs, n_pairs);
    if (isnan(seen->best_coherence))
        return ih_fail(err, IH_E_DATA,
                       "no reference pixel: none of the %zu valid in all %zu pairs has a coherence",
                       seen->in_mask, n_pairs);
    return ih_fail(
        err, IH_E_DATA,
        "no reference pixel: the best average coherence of the %zu valid in all %zu pairs is "
        "%.3f, below %.3f",
        seen->in_mask, n_pairs, (double)seen->best_coherence, (double)min_coherence);
}

ih_status ih_reference_point_choose(size_t nx, size_t ny, const float *average_coherence,
                                    const uint16_t *valid_pairs, size_t n_pairs,
                                    const uint8_t *mask, float min_coherence,
                                    ih_reference_point *out, ih_error *err)
{
    struct survey seen = {.best_coherence = NAN};
    ih_reference_point best = {0};
    uint64_t best_distance = 0;

    if (nx == 0 || ny == 0 || nx > MAX_SIZE || ny > MAX_SIZE)
        return ih_fail(err, IH_E_ARGUMENT, "a raster of %zu x %zu pixels", nx, ny);
    for (size_t p = 0; p < nx * ny; p++) {
        float coherence = average_coherence[p];
        uint64_t distance;

        if (valid_pairs[p] != n_pairs)
            continue;
        seen.in_all_pairs++;
        if (mask && mask[p] == 0)
            continue;
        seen.in_mask++;
        /* also true for the first, when the best is still NaN */
        if (!isnan(coherence) && !(coherence <= seen.best_coherence))
            seen.best_coherence = coherence;
        if (!(coherence >= min_coherence))
            continue;
        distance = centre_distance(nx, ny, p % nx, p / nx);
        if (seen.coherent == 0 || coherence > best.average_coherence ||
            (coherence == best.average_coherence && distance < best_distance)) {
            best.column = p % nx;
            best.row = p / nx;
            best.average_coherence = coherence;
            best_distance = distance;
        }
        seen.coherent++;
    }
    if (seen.coherent == 0)
        return none_left(&seen, n_pairs, min_coherence, err);
    best.n_candidates = seen.coherent;
    *out = best;
    return IH_OK;
}

ih_reference_phase ih_reference_average_phase(enum ih_reference_average how, size_t n,
                                              float *phase_rad)
{
    ih_reference_phase out = {.phase_rad = NAN};
    double sum = 0, cycles = 0, median;

    for (size_t i = 0; i < n; i++) {
        float phase = phase_rad[i];

        if (isnan(phase))
            continue;
        sum += (double)phase;
        phase_rad[out.n_valid++] = phase;
    }
    if (out.n_valid == 0)
        return out;
    median = ih_median(phase_rad, out.n_valid);
    /* Whole numbers, so their sum does not depend on the order that the median has left. */
    for (size_t i = 0; i < out.n_valid; i++) {
        double away = rint(((double)phase_rad[i] - median) / (2.0 * M_PI));

        cycles += away;
        out.n_unwrapped += away != 0.0;
    }
    if (how == IH_REFERENCE_MEDIAN)
        out.phase_rad = median;
    else if (how == IH_REFERENCE_MEAN)
        out.phase_rad = sum / (double)out.n_valid;
    else
        out.phase_rad = (sum - 2.0 * M_PI * cycles) / (double)out.n_valid;
    return out;
}
