/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "algorithms/grid_convergence.h"

static const double pi = 3.14159265358979323846;

static void assert_near(double found, double expected, double tolerance)
{
    assert_true(fabs(found - expected) <= tolerance);
}

static void east_and_north_have_their_bearings(void **state)
{
    (void)state;
    assert_near(ih_bearing_from_east_rad(10, 45, 10.001, 45), 0.0, 1e-12);
    assert_near(ih_bearing_from_east_rad(10, 45, 10, 45.001), pi / 2, 1e-12);
    assert_near(ih_bearing_from_east_rad(10, 45, 9.999, 45), pi, 1e-12);
    assert_near(ih_bearing_from_east_rad(10, 45, 10, 44.999), -pi / 2, 1e-12);
}

/* A degree of longitude is cos(latitude) of one of latitude, but for the ellipsoid, whose ratio of
 * radii at 60 degrees is (1 - e2 sin2) / (1 - e2) = 1.001684. */
static void a_diagonal_follows_the_ellipsoid(void **state)
{
    double ratio = (1.0 - 0.00669437999 * 0.75) / (1.0 - 0.00669437999);

    (void)state;
    assert_near(ih_bearing_from_east_rad(0, 60, 2e-6, 60 + 1e-6), atan2(1.0, ratio), 1e-6);
}

static void the_antimeridian_is_no_obstacle(void **state)
{
    (void)state;
    assert_near(ih_bearing_from_east_rad(179.9995, 10, -179.9995, 10), 0.0, 1e-12);
}

/* East of the central meridian a transverse Mercator map's north leans east, so its east bears
 * south of true east by the convergence. A direction counted from true east grows by it. */
static void an_angle_turns_by_the_difference_of_bearings(void **state)
{
    (void)state;
    assert_near(ih_angle_of_map_rad(0.5, 0.0, -0.03), 0.53, 1e-15);
    assert_near(ih_angle_of_map_rad(0.5, 0.02, -0.03), 0.55, 1e-15);
    assert_near(ih_angle_of_map_rad(pi - 0.01, 0.0, -0.03), -pi + 0.02, 1e-12);
    assert_near(ih_angle_of_map_rad(-pi + 0.01, 0.0, 0.03), pi - 0.02, 1e-12);
    assert_near(ih_angle_of_map_rad(ih_angle_of_map_rad(-3.1, 0.4, -0.7), -0.7, 0.4), -3.1, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(east_and_north_have_their_bearings),
        cmocka_unit_test(a_diagonal_follows_the_ellipsoid),
        cmocka_unit_test(the_antimeridian_is_no_obstacle),
        cmocka_unit_test(an_angle_turns_by_the_difference_of_bearings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
