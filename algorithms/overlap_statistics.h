/* SPDX-License-Identifier: MIT
 *
 * What the difference of two phases over their common pixels says: how many cycles lie between
 * them, what constant remains, and how far the pixels agree. Thread-safe: no state.
 */
#ifndef IH_OVERLAP_STATISTICS_H
#define IH_OVERLAP_STATISTICS_H

#include <stddef.h>

typedef struct {
    size_t count;
    double median_rad;
    double remainder_rad;  /* direction of the weighted sum of exp(i difference), -pi..pi */
    double difference_rad; /* remainder and the whole cycles that bring it nearest to the median */
    double spread_rad;     /* 1.4826 times the median of |wrapped difference - remainder| */
    double weight;         /* count / (spread^2 + 0.01) */
    double mean_rad, mean_square_rad2; /* of the differences */
    double off_share; /* of pixels that are more than half a cycle from difference_rad: unwrapping
                         errors inside a component */
} ih_overlap_statistics;

/* difference and weight are [n], n > 0, finite; both are overwritten. */
void ih_overlap_statistics_find(float *difference_rad, float *weight, size_t n,
                                ih_overlap_statistics *out);

#endif
