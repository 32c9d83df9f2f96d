/* SPDX-License-Identifier: MIT
 *
 * How a side-looking radar on a circular orbit sees a map: slant range, incidence and look vector
 * of every place, on a spherical earth. Positions are metres east and north of the scene centre.
 * Thread-safe: no state.
 */
#ifndef IH_VIEWING_GEOMETRY_H
#define IH_VIEWING_GEOMETRY_H

typedef struct {
    double heading_rad;          /* flight direction, clockwise from north */
    double incidence_centre_rad; /* at the scene centre */
    double earth_radius_m;       /* below the sensor */
    double sensor_height_m;
    double latitude_rad; /* of the scene centre */
} ih_viewing_geometry;

typedef struct {
    double range_m;
    double incidence_rad; /* at the ellipsoid */
    double elevation_rad; /* of the line of sight above the horizontal: HyP3's lv_theta */
    double azimuth_rad; /* of ground to sensor, anticlockwise from east, (-pi, pi]: HyP3's lv_phi */
} ih_line_of_sight;

/* Looking right. */
ih_line_of_sight ih_viewing_geometry_at(const ih_viewing_geometry *geometry, double east_m,
                                        double north_m);

/* Distance from the scene centre along the flight direction, and across it to the right, metres. */
void ih_viewing_geometry_track(const ih_viewing_geometry *geometry, double east_m, double north_m,
                               double *along_m, double *across_m);

/* Angle between the line of sight and the normal of terrain that rises by the two slopes (metres
 * per metre). */
double ih_viewing_geometry_local_incidence(const ih_line_of_sight *sight, double slope_east,
                                           double slope_north);

/* What a line of sight sees of a motion, positive toward the sensor. */
double ih_viewing_geometry_project(const ih_line_of_sight *sight, double east, double north,
                                   double up);

#endif
