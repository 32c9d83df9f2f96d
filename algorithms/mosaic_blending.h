/* SPDX-License-Identifier: MIT
 *
 * Values of several overlapping products in one row of a mosaic, made one value per pixel. NaN is
 * no data. Thread-safe: no state.
 */
#ifndef IH_MOSAIC_BLENDING_H
#define IH_MOSAIC_BLENDING_H

#include <stddef.h>

enum ih_blending {
    IH_BLEND_MEAN = 0, /* weighted mean */
    IH_BLEND_PHASE, /* weighted mean of what lies within half a cycle (pi) of the heaviest value */
    IH_BLEND_ANGLE, /* direction of the weighted sum of exp(i value) */
    IH_BLEND_HEAVIEST, /* the heaviest value itself */
    IH_BLEND_LEAST     /* the smallest value */
};

/* Values far lighter than the heaviest do not count at all, so that what is unreliable fills gaps
 * only. */
#define IH_BLEND_LEAST_SHARE 1e-3

/* A product's part of the row. */
typedef struct {
    const float *value;
    const float *weight; /* above 0; of equal weights the first product's counts as the heaviest */
    size_t first, count; /* columns of the mosaic */
} ih_blend_source;

/* out is [nx]; returns the pixels in which a value was left out as half a cycle or more from the
 * heaviest (IH_BLEND_PHASE). */
size_t ih_blend_row(enum ih_blending blending, const ih_blend_source *sources, size_t n_sources,
                    size_t nx, float *out);

#endif
