/* SPDX-License-Identifier: MIT
 *
 * The pixels of one simulated pair, made from a scene and the phases of its two dates. Arrays are
 * [row][column] of the scene grid; outside of the product's footprint everything is 0, HyP3's
 * no-data. One per thread.
 */
#ifndef IH_INTERFEROGRAM_H
#define IH_INTERFEROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "algorithms/speckle.h"
#include "algorithms/status.h"
#include "utilities/lib/scene.h"

typedef struct {
    uint8_t *valid;       /* 1 inside the footprint */
    float *unwrapped_rad; /* 0 where unwrapping gave up */
    float *wrapped_rad;
    float *coherence;           /* as estimated, one for each pixel */
    float *power;               /* sigma nought of the reference scene */
    float *component;           /* labels 1.. by decreasing size, burst products only */
    double reference_phase_rad; /* taken from the unwrapped phase, GAMMA products only */
    size_t reference_column, reference_row;

    /* Scratch. */
    ih_speckle speckle;
    float *window_coherence;
    uint32_t *stack;
} ih_interferogram;

IH_MUST_CHECK ih_status ih_interferogram_new(size_t n_pixels, ih_interferogram **out,
                                             ih_error *err);
void ih_interferogram_free(ih_interferogram *interferogram);
size_t ih_interferogram_bytes_per_pixel(void);

/* The phases are those of ih_scene_date_phase for the pair's dates. */
IH_MUST_CHECK ih_status ih_interferogram_form(const ih_scene *scene, size_t pair,
                                              const float *reference_phase_rad,
                                              const float *secondary_phase_rad,
                                              ih_interferogram *out, ih_error *err);

#endif
