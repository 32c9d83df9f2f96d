/* SPDX-License-Identifier: MIT
 *
 * A synthetic landscape: ridges, valleys and plains from power-law fields (ridged noise: Musgrave
 * 1989), a coast in one corner and a lake. Arrays are [row][column], row 0 in the north.
 * Thread-safe: no state.
 */
#ifndef IH_TERRAIN_H
#define IH_TERRAIN_H

#include <stddef.h>
#include <stdint.h>

#include "algorithms/progress.h"
#include "algorithms/random.h"
#include "algorithms/status.h"

typedef struct {
    size_t nx, ny;
    double sea_level_m;   /* height of the water, and the lowest of the land */
    double relief_m;      /* from the lowest to the highest land, >= 0 */
    ih_progress progress; /* asked now and then whether to go on (IH_E_CANCELLED); may be NULL */
    void *progress_data;
} ih_terrain_spec;

/* height_m is flat on water. land is 1 on land, 0 on water. Land lies low near water, whether or
 * not the caller makes use of the water. */
IH_MUST_CHECK ih_status ih_terrain_make(const ih_terrain_spec *spec, ih_random *random,
                                        float *height_m, uint8_t *land, ih_error *err);

#endif
