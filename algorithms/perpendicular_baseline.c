/* SPDX-License-Identifier: MIT */
#include "algorithms/perpendicular_baseline.h"

#include <math.h>

static const double semi_major_axis_m = 6378137.0;
static const double flattening = 1.0 / 298.257224;
static const double radians_per_degree = 3.14159265358979323846 / 180.0;

static double norm(const double v[3])
{
    return sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
}

static void normalise(double v[3])
{
    double length = norm(v);

    for (int i = 0; i < 3; i++)
        v[i] /= length;
}

double ih_baseline_common_time_s(const ih_orbit_arc *reference, const ih_orbit_arc *secondary)
{
    double start = fmax(reference->pre_s, secondary->pre_s);
    double end = fmax(reference->post_s, secondary->post_s);

    /* A vector of the reference itself, where there is one. */
    if (start == reference->pre_s)
        return start;
    return end == reference->post_s ? end : start;
}

void ih_orbit_arc_position_m(const ih_orbit_arc *arc, double time_s, double position_m[3])
{
    double x = (time_s - arc->pre_s) / (arc->post_s - arc->pre_s);
    double before = norm(arc->pre_position_m), after = norm(arc->post_position_m);
    double scale;

    for (int i = 0; i < 3; i++)
        position_m[i] =
            time_s == arc->pre_s ? arc->pre_position_m[i]
            : time_s == arc->post_s
                ? arc->post_position_m[i]
                : arc->pre_position_m[i] + x * (arc->post_position_m[i] - arc->pre_position_m[i]);
    if (time_s == arc->pre_s || time_s == arc->post_s)
        return;
    scale = (before + x * (after - before)) / norm(position_m);
    for (int i = 0; i < 3; i++)
        position_m[i] *= scale;
}

static void ground_point_m(double latitude_deg, double longitude_deg, double point_m[3])
{
    double latitude = latitude_deg * radians_per_degree;
    double longitude = longitude_deg * radians_per_degree;
    double q = (1.0 - flattening) * (1.0 - flattening);
    double c = 1.0 / sqrt(cos(latitude) * cos(latitude) + q * sin(latitude) * sin(latitude));

    point_m[0] = semi_major_axis_m * c * cos(latitude) * cos(longitude);
    point_m[1] = semi_major_axis_m * c * cos(latitude) * sin(longitude);
    point_m[2] = semi_major_axis_m * q * c * sin(latitude);
}

double ih_perpendicular_baseline_m(const ih_orbit_arc *reference, double latitude_deg,
                                   double longitude_deg, const ih_orbit_arc *secondary)
{
    double time_s = ih_baseline_common_time_s(reference, secondary);
    double x = (time_s - reference->pre_s) / (reference->post_s - reference->pre_s);
    double ground[3], from[3], to[3], velocity[3], along[3], up[3], baseline = 0.0;

    ground_point_m(latitude_deg, longitude_deg, ground);
    ih_orbit_arc_position_m(reference, time_s, from);
    ih_orbit_arc_position_m(secondary, time_s, to);
    for (int i = 0; i < 3; i++) {
        velocity[i] = reference->pre_velocity_m_s[i] +
                      x * (reference->post_velocity_m_s[i] - reference->pre_velocity_m_s[i]);
        along[i] = from[i] - ground[i];
    }
    normalise(along);
    for (int i = 0; i < 3; i++) {
        int j = (i + 1) % 3, k = (i + 2) % 3;

        up[i] = velocity[j] * along[k] - velocity[k] * along[j];
    }
    normalise(up);
    for (int i = 0; i < 3; i++)
        baseline += up[i] * (to[i] - ground[i]);
    return isfinite(baseline) ? baseline : NAN;
}
