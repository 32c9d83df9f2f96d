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
    double trend_rad[2]; /* change of the plane through wrapped differences from place 0 to place 1,
                            along x and y: misregistration; 0 where places do not tell */
    double off_share; /* of pixels that are more than half a cycle from difference_rad: unwrapping
                         errors inside a component */
} ih_overlap_statistics;

/* Common pixels; all finite. */
typedef struct {
    float *difference_rad, *weight; /* [n] overwritten */
    const float *x, *y;             /* [n] places, 0 to 1 along each side of the overlap */
    size_t n;                       /* above 0 */
} ih_overlap_samples;

void ih_overlap_statistics_find(const ih_overlap_samples *samples, ih_overlap_statistics *out);

#endif
