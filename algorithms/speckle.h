/* SPDX-License-Identifier: MIT
 *
 * Multilooked pairs of SAR images with a given coherence: samples of the complex Wishart
 * distribution by Bartlett's decomposition (Goodman 1963; Nagar and Gupta 2011), so that phase
 * noise, estimated coherence and its bias, and intensities have their true joint distribution.
 * Neighbouring pixels are made alike by a small binomial smoothing of the sampled matrices; the
 * shape before it is chosen such that looks remain. Exact at each pixel without smoothing; with it
 * the first two moments are, and the variance of the phase within 1 % at 41 looks and 6 % (too
 * small) at 10. The interferometric phase is that of the noise alone (mean 0), so steep fringes
 * lose no coherence. Arrays are [row][column]. Thread-safe: no state.
 */
#ifndef IH_SPECKLE_H
#define IH_SPECKLE_H

#include <stddef.h>

#include "algorithms/progress.h"
#include "algorithms/random.h"
#include "algorithms/status.h"

typedef struct {
    float *reference_power, *secondary_power; /* mean 1 */
    float *real, *imaginary;                  /* mean is the coherence, and 0 */
} ih_speckle;

IH_MUST_CHECK ih_status ih_speckle_new(size_t n_pixels, ih_speckle *out, ih_error *err);
void ih_speckle_free(ih_speckle *speckle);

/* Weight of each of the two neighbours along an axis that the smoothing gives for a number of looks
 * (1/4, or 0 below about 8 looks, which leave too few for each pixel before smoothing), and the
 * number of independent pixels that it averages. */
double ih_speckle_neighbour_weight(double looks);
double ih_speckle_smoothing_looks(double neighbour_weight);

/* Independent pixels: n values of one shape (looks >= 1, need not be whole) and their true
 * coherence, 0..1. */
void ih_speckle_sample(size_t n, double looks, const float *coherence, ih_random *random,
                       const ih_speckle *out);

/* An image, and whether to go on with it, which is asked row by row (NULL = always). */
typedef struct {
    size_t nx, ny;
    double looks;
    ih_progress progress;
    void *progress_data;
} ih_speckle_image;

/* The same with smoothing over an image. looks below 1 is IH_E_ARGUMENT. */
IH_MUST_CHECK ih_status ih_speckle_sample_image(const ih_speckle_image *image,
                                                const float *coherence, ih_random *random,
                                                const ih_speckle *out, ih_error *err);

/* What samples without noise would be. */
void ih_speckle_expectation(size_t n, const float *coherence, const ih_speckle *out);

/* Coherence estimated at a pixel, 0..1, and its phase noise in radians, (-pi, pi]. */
float ih_speckle_coherence(const ih_speckle *speckle, size_t pixel);
float ih_speckle_phase_rad(const ih_speckle *speckle, size_t pixel);

/* Coherence estimated over windows of (2 half + 1)^2 pixels, cut at the edges of the image. */
IH_MUST_CHECK ih_status ih_speckle_window_coherence(const ih_speckle *speckle,
                                                    const ih_speckle_image *image, size_t half,
                                                    float *coherence, ih_error *err);

#endif
