/* SPDX-License-Identifier: MIT
 *
 * Motion of the ground with a closed form in space and time: a subsiding bowl, strain across a
 * locked strike-slip fault (Savage and Burford 1973), a seasonal breathing of the basin around the
 * bowl, and a step of a dislocation. displacement(t) = rate t + seasonal (cos 2 pi (t - peak) - cos
 * 2 pi peak) + step [t > time of the step], in metres along the line of sight, positive toward the
 * satellite, 0 at t = 0; t in years of 365.25 days since the first date. Thread-safe: no state.
 */
#ifndef IH_DEFORMATION_H
#define IH_DEFORMATION_H

#include <stddef.h>

#include "algorithms/status.h"
#include "algorithms/viewing_geometry.h"

typedef struct {
    double bowl_m_per_year;     /* greatest sinking of the bowl, vertical, positive down */
    double fault_m_per_year;    /* slip rate of the fault, horizontal */
    double seasonal_m;          /* amplitude of the basin's seasonal motion, vertical */
    double seasonal_peak_years; /* time of the highest ground */
    double step_m;              /* largest vertical step */
    double step_years;          /* time of the step */
    double size_m;              /* scene size that the shapes scale with (its shorter side) */
} ih_deformation_spec;

typedef struct {
    float *rate_m_per_year, *seasonal_m, *step_m; /* [pixel], line of sight */
} ih_deformation;

IH_MUST_CHECK ih_status ih_deformation_new(size_t n_pixels, ih_deformation *out, ih_error *err);
void ih_deformation_free(ih_deformation *maps);

/* Sets pixel i, which lies east and north of the scene centre and is seen along a line of sight. */
void ih_deformation_set(const ih_deformation_spec *spec, const ih_line_of_sight *sight,
                        double east_m, double north_m, size_t i, const ih_deformation *maps);

/* Displacement of pixel i, metres. */
double ih_deformation_displacement(const ih_deformation_spec *spec, const ih_deformation *maps,
                                   size_t i, double years);

#endif
