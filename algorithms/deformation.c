/* SPDX-License-Identifier: MIT */
#include "algorithms/deformation.h"

#include <math.h>
#include <stdlib.h>

#include "algorithms/alloc.h"

static const double pi = 3.14159265358979323846;

/* Places and sizes in units of the scene's shorter side, from its centre. */
#define BOWL_EAST        (-0.18)
#define BOWL_NORTH       0.10
#define BOWL_SIGMA       0.09
#define BASIN_SIGMA      0.20
#define FAULT_STRIKE_DEG 40.0 /* clockwise from north */
#define FAULT_EAST       0.20
#define FAULT_LOCKING    0.06
#define STEP_EAST        0.30
#define STEP_NORTH       (-0.05)
#define STEP_SIGMA       0.07

ih_status ih_deformation_new(size_t n_pixels, ih_deformation *out, ih_error *err)
{
    *out = (ih_deformation){
        .rate_m_per_year = ih_alloc(n_pixels, sizeof(float)),
        .seasonal_m = ih_alloc(n_pixels, sizeof(float)),
        .step_m = ih_alloc(n_pixels, sizeof(float)),
    };
    if (!out->rate_m_per_year || !out->seasonal_m || !out->step_m) {
        ih_deformation_free(out);
        return ih_fail(err, IH_E_MEMORY, "deformation of %zu pixels", n_pixels);
    }
    return IH_OK;
}

void ih_deformation_free(ih_deformation *maps)
{
    if (!maps)
        return;
    free(maps->rate_m_per_year);
    free(maps->seasonal_m);
    free(maps->step_m);
    *maps = (ih_deformation){0};
}

static double gaussian(double x, double y, double sigma)
{
    return exp(-0.5 * (x * x + y * y) / (sigma * sigma));
}

void ih_deformation_set(const ih_deformation_spec *spec, const ih_line_of_sight *sight,
                        double east_m, double north_m, size_t i, const ih_deformation *maps)
{
    double x = east_m / spec->size_m, y = north_m / spec->size_m;
    double strike = FAULT_STRIKE_DEG * pi / 180.0;

    /* Right-lateral: the side to the right of the strike moves against it. */
    double across = (x - FAULT_EAST) * cos(strike) - y * sin(strike);
    double slip = -spec->fault_m_per_year / pi * atan(across / FAULT_LOCKING);
    double sinking = spec->bowl_m_per_year * gaussian(x - BOWL_EAST, y - BOWL_NORTH, BOWL_SIGMA);
    maps->rate_m_per_year[i] =
        (float)ih_viewing_geometry_project(sight, slip * sin(strike), slip * cos(strike), -sinking);

    double basin = spec->seasonal_m * gaussian(x - BOWL_EAST, y - BOWL_NORTH, BASIN_SIGMA);
    maps->seasonal_m[i] = (float)ih_viewing_geometry_project(sight, 0.0, 0.0, basin);

    /* One lobe up, one down, across the fault's strike; the factor makes the extremes +-1. */
    double u = (x - STEP_EAST) * cos(strike) - (y - STEP_NORTH) * sin(strike);
    double v = (x - STEP_EAST) * sin(strike) + (y - STEP_NORTH) * cos(strike);
    double lobes = -u / STEP_SIGMA * exp(0.5) * gaussian(u, 0.7 * v, STEP_SIGMA);
    maps->step_m[i] = (float)ih_viewing_geometry_project(sight, 0.0, 0.0, spec->step_m * lobes);
}

double ih_deformation_displacement(const ih_deformation_spec *spec, const ih_deformation *maps,
                                   size_t i, double years)
{
    double season = cos(2.0 * pi * (years - spec->seasonal_peak_years)) -
                    cos(2.0 * pi * spec->seasonal_peak_years);
    double step = years > spec->step_years ? maps->step_m[i] : 0.0;

    return maps->rate_m_per_year[i] * years + maps->seasonal_m[i] * season + step;
}
