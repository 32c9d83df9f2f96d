/* SPDX-License-Identifier: MIT
 *
 * Bridging of the regions of one interferogram: whole cycles between regions that unwrapping left
 * apart (water, lost coherence) are set so that the phase differs by less than half a cycle across
 * the shortest gaps (Yunjun et al. 2019 section 3.1). Regions are joined by the minimum spanning
 * tree of their distances, rooted at the region of the reference pixel. Right where the phase
 * varies by less than half a cycle across a gap; it looks at one pair only. Thread-safe: no state.
 */
#ifndef IH_BRIDGING_H
#define IH_BRIDGING_H

#include <stddef.h>
#include <stdint.h>

#include "algorithms/connected_components.h"
#include "algorithms/status.h"

typedef struct {
    double least_area_pixels; /* regions smaller than this, or 0.3 % of the raster, stay */
    size_t erosion;           /* width of the erosion before boundaries are sought, odd */
    size_t window_radius;     /* half width of the windows at the ends of a bridge, pixels; at most
                                 5 % of the shorter side is used */
} ih_bridging_options;
#define IH_BRIDGING_DEFAULTS                                                                       \
    {                                                                                              \
        .least_area_pixels = 2500.0, .erosion = 5, .window_radius = 50                             \
    }

typedef struct {
    uint32_t n_regions;        /* that were considered */
    uint32_t n_shifted;        /* of them, those whose phase changes */
    uint32_t reference_region; /* label; 0: the reference pixel lies in none, so nothing was done */
} ih_bridging_result;

/* component is [pixel], 0 = none (water should be 0); phase_rad likewise, NaN = no data (a ramp may
 * be taken off before); reference_pixel is row * nx + column. cycles, [pixel], receives the whole
 * cycles that are too many: subtract 2 pi times these (ih_cycles_subtract). Pixels of small regions
 * and of no component get 0. */
IH_MUST_CHECK ih_status ih_bridging_find(size_t nx, size_t ny, const uint16_t *component,
                                         const float *phase_rad, size_t reference_pixel,
                                         const ih_bridging_options *options, int16_t *cycles,
                                         ih_bridging_result *result, ih_error *err);

/* phase_rad -= 2 pi cycles where cycles are not 0; all other pixels, no data too, keep their bits.
 */
void ih_cycles_subtract(size_t n_pixels, const int16_t *cycles, float *phase_rad);

#endif
