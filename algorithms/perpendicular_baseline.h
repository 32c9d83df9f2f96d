/* SPDX-License-Identifier: MIT
 *
 * Perpendicular baseline of two passes from the two state vectors that a catalogue keeps of each.
 *
 * The positions of both satellites at the same time after their ascending nodes are compared, so
 * that an offset of the scenes along the track does not count; between two vectors, and a little
 * beyond them, the orbit is taken as a chord rescaled to the orbit's radius. It is the procedure of
 * ASF's search tools with fractions of seconds kept, which changes their values by up to 6 m.
 */
#ifndef IH_PERPENDICULAR_BASELINE_H
#define IH_PERPENDICULAR_BASELINE_H

/* Earth-fixed Cartesian coordinates, m and m/s; times in seconds after the ascending node. */
typedef struct {
    double pre_s, post_s;
    double pre_position_m[3], post_position_m[3];
    double pre_velocity_m_s[3], post_velocity_m_s[3]; /* used of the reference alone */
} ih_orbit_arc;

/* Positive where the secondary lies on the side of reference velocity x look direction, i.e. as
 * ASF's tools and the "Baseline" of HyP3 products have it; metres, not rounded. The ground point is
 * on the ellipsoid (WGS 84) at a geodetic latitude and longitude in degrees. NaN when a time or a
 * vector leaves no answer. Pure; thread-safe. */
double ih_perpendicular_baseline_m(const ih_orbit_arc *reference, double latitude_deg,
                                   double longitude_deg, const ih_orbit_arc *secondary);

/* The common time after the nodes at which positions are compared. */
double ih_baseline_common_time_s(const ih_orbit_arc *reference, const ih_orbit_arc *secondary);
/* Position at a time after the node, m. */
void ih_orbit_arc_position_m(const ih_orbit_arc *arc, double time_s, double position_m[3]);

#endif
