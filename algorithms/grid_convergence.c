/* SPDX-License-Identifier: MIT */
#include "algorithms/grid_convergence.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

/* WGS 84. */
static const double flattening = 1.0 / 298.257223563;

static double wrapped_degrees(double angle)
{
    return remainder(angle, 360.0);
}

double ih_bearing_from_east_rad(double longitude_deg, double latitude_deg, double longitude2_deg,
                                double latitude2_deg)
{
    const double e2 = flattening * (2.0 - flattening);
    double middle = (latitude_deg + latitude2_deg) / 2.0 * pi / 180.0;
    double s = sin(middle);
    /* Radii of curvature across and along the meridian, over the equatorial radius: only their
     * ratio counts. */
    double across = 1.0 / sqrt(1.0 - e2 * s * s);
    double along = (1.0 - e2) * across * across * across;
    double east = wrapped_degrees(longitude2_deg - longitude_deg) * across * cos(middle);
    double north = (latitude2_deg - latitude_deg) * along;

    return atan2(north, east);
}

double ih_angle_of_map_rad(double angle_rad, double from_rad, double to_rad)
{
    double turned = remainder(angle_rad + (from_rad - to_rad), 2.0 * pi);

    return turned <= -pi ? pi : turned;
}
