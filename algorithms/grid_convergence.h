/* SPDX-License-Identifier: MIT
 *
 * Which way the columns of a map run. Angles such as HyP3's lv_phi are counted from the map's east,
 * so they change when a raster is brought to another map; by how much is the difference of the
 * two maps' bearings at the place. Thread-safe: no state.
 */
#ifndef IH_GRID_CONVERGENCE_H
#define IH_GRID_CONVERGENCE_H

/* Bearing of the short line from the first place to the second, anticlockwise from true east,
 * radians in (-pi, pi], on the WGS 84 ellipsoid; degrees in. The second place a step of the map
 * east of the first gives the bearing of the map's east: minus the grid convergence. */
double ih_bearing_from_east_rad(double longitude_deg, double latitude_deg, double longitude2_deg,
                                double latitude2_deg);

/* The angle, counted from the east of a map whose bearing is from_rad, counted from the east of one
 * whose bearing is to_rad: both as above, result in (-pi, pi]. */
double ih_angle_of_map_rad(double angle_rad, double from_rad, double to_rad);

#endif
