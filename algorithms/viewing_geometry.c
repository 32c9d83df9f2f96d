/* SPDX-License-Identifier: MIT */
#include "algorithms/viewing_geometry.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

void ih_viewing_geometry_track(const ih_viewing_geometry *g, double east_m, double north_m,
                               double *along_m, double *across_m)
{
    double s = sin(g->heading_rad), c = cos(g->heading_rad);

    *along_m = s * east_m + c * north_m;
    *across_m = c * east_m - s * north_m;
}

ih_line_of_sight ih_viewing_geometry_at(const ih_viewing_geometry *g, double east_m, double north_m)
{
    ih_line_of_sight sight;
    double along, across;
    double ground = g->earth_radius_m, sensor = g->earth_radius_m + g->sensor_height_m;

    ih_viewing_geometry_track(g, east_m, north_m, &along, &across);

    /* Angle at the earth's centre between the point below the sensor and the place. */
    double look_centre = asin(ground / sensor * sin(g->incidence_centre_rad));
    double centre_angle = g->incidence_centre_rad - look_centre + across / ground;

    sight.range_m =
        sqrt(ground * ground + sensor * sensor - 2.0 * ground * sensor * cos(centre_angle));
    sight.incidence_rad = centre_angle + asin(ground * sin(centre_angle) / sight.range_m);
    sight.elevation_rad = 0.5 * pi - sight.incidence_rad;

    /* The line of sight keeps to a great circle, so its bearing turns with the meridians. */
    double turn = across / ground * tan(g->latitude_rad) * cos(g->heading_rad);
    sight.azimuth_rad = remainder(pi - g->heading_rad - turn, 2.0 * pi);
    return sight;
}

double ih_viewing_geometry_project(const ih_line_of_sight *sight, double east, double north,
                                   double up)
{
    double horizontal = cos(sight->elevation_rad);

    return east * horizontal * cos(sight->azimuth_rad) +
           north * horizontal * sin(sight->azimuth_rad) + up * sin(sight->elevation_rad);
}

double ih_viewing_geometry_local_incidence(const ih_line_of_sight *sight, double slope_east,
                                           double slope_north)
{
    double length = sqrt(1.0 + slope_east * slope_east + slope_north * slope_north);
    double cosine = ih_viewing_geometry_project(sight, -slope_east, -slope_north, 1.0) / length;

    return acos(fmax(-1.0, fmin(1.0, cosine)));
}
