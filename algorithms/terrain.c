/* SPDX-License-Identifier: MIT */
#include "algorithms/terrain.h"

#include <math.h>
#include <stdlib.h>

#include "algorithms/alloc.h"
#include "algorithms/random_field.h"

/* Where the sea begins on the way from the centre (0) to the south-west corner (1). */
#define COAST 0.62
/* Centre and radius of the lake in units of the shorter side, from the scene's centre. */
#define LAKE_X      0.25
#define LAKE_Y      0.22
#define LAKE_RADIUS 0.075
/* Width over which land rises to its full height, same unit. */
#define SHORE 0.30
/* How far the shore lines wander. */
#define WANDER 0.045

static double smooth_step(double x)
{
    double t = fmax(0.0, fmin(1.0, x));

    return t * t * (3.0 - 2.0 * t);
}

/* Distance to the nearest water in units of the shorter side, negative on water. */
static double shore_distance(const ih_terrain_spec *spec, size_t x, size_t y, double wander)
{
    double shorter = (double)(spec->nx < spec->ny ? spec->nx : spec->ny);
    double u = ((double)x - 0.5 * (double)spec->nx) / shorter;
    double v = ((double)y - 0.5 * (double)spec->ny) / shorter;

    /* Along the diagonal towards the south-west corner. */
    double west = 0.5 * (double)spec->nx / shorter, south = 0.5 * (double)spec->ny / shorter;
    double diagonal = sqrt(west * west + south * south);
    double sea = COAST * diagonal - (-u * west + v * south) / diagonal;
    double lake = sqrt((u - LAKE_X) * (u - LAKE_X) + (v - LAKE_Y) * (v - LAKE_Y)) - LAKE_RADIUS;
    return fmin(sea, lake) + WANDER * wander;
}

/* Broad shape and detail become a height between 0 and about 1: sharp crests where broad crosses
 * zero. */
static double ridged_height(double broad, double detail)
{
    double ridge = 1.0 - fmin(1.0, fabs(broad) / 1.8);

    return 0.85 * ridge * ridge + ridge * 0.10 * detail + 0.02 * detail;
}

static void scale_heights(const ih_terrain_spec *spec, const uint8_t *land, float *height_m)
{
    size_t n = spec->nx * spec->ny;
    float low = INFINITY, high = -INFINITY;

    for (size_t i = 0; i < n; i++) {
        low = fminf(low, height_m[i]);
        high = fmaxf(high, height_m[i]);
    }
    double scale = high > low ? spec->relief_m / (double)(high - low) : 0.0;
    for (size_t i = 0; i < n; i++) {
        double above = land[i] ? scale * (double)(height_m[i] - low) : 0.0;
        height_m[i] = (float)(spec->sea_level_m + above);
    }
}

ih_status ih_terrain_make(const ih_terrain_spec *spec, ih_random *random, float *height_m,
                          uint8_t *land, ih_error *err)
{
    ih_status st;
    size_t n = spec->nx * spec->ny;
    double shorter = (double)(spec->nx < spec->ny ? spec->nx : spec->ny);
    ih_random_field_spec field = {.nx = spec->nx,
                                  .ny = spec->ny,
                                  .progress = spec->progress,
                                  .progress_data = spec->progress_data};
    float *detail = ih_alloc(n, sizeof *detail), *wander = ih_alloc(n, sizeof *wander);

    if (!detail || !wander) {
        st = ih_fail(err, IH_E_MEMORY, "not enough memory for terrain of %zu x %zu pixels",
                     spec->nx, spec->ny);
        goto done;
    }

    field.exponent = -4.2;
    field.longest_px = 0.7 * shorter;
    st = ih_random_field_make(&field, random, height_m, err);
    if (st != IH_OK)
        goto done;
    field.exponent = -3.4;
    field.longest_px = 0.3 * shorter;
    st = ih_random_field_make(&field, random, detail, err);
    if (st != IH_OK)
        goto done;
    st = ih_random_field_make(&field, random, wander, err);
    if (st != IH_OK)
        goto done;

    for (size_t y = 0; y < spec->ny; y++) {
        if (spec->progress &&
            !spec->progress((double)y / (double)spec->ny, "Terrain", spec->progress_data)) {
            st = ih_fail(err, IH_E_CANCELLED, "interrupted");
            goto done;
        }
        for (size_t x = 0; x < spec->nx; x++) {
            size_t i = y * spec->nx + x;
            double distance = shore_distance(spec, x, y, wander[i]);
            double rise = 0.04 + 0.96 * smooth_step(distance / SHORE);
            land[i] = distance >= 0.0;
            height_m[i] = (float)(rise * fmax(0.0, ridged_height(height_m[i], detail[i]) + 0.03));
        }
    }
    scale_heights(spec, land, height_m);

done:
    free(wander);
    free(detail);
    return st;
}
