/* SPDX-License-Identifier: MIT
 *
 * Three passes over Alaska in January 2021, as the catalogue has them, and what a published stack
 * says of them.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "algorithms/perpendicular_baseline.h"

/* Times of the vectors less the ascending node: 03:20:43 - 03:02:58.934857 and so on. */
static const ih_orbit_arc first = {
    .pre_s = 1064.065143,
    .post_s = 1074.065143,
    .pre_position_m = {-2893767.065414, -1235752.268405, 6327528.043215},
    .post_position_m = {-2845284.115433, -1186496.621016, 6358798.348458},
    .pre_velocity_m_s = {4828.593801, 4922.268943, 3162.776438},
    .post_velocity_m_s = {4867.907153, 4928.758938, 3091.226142},
};
static const ih_orbit_arc second = {
    .pre_s = 1063.585478,
    .post_s = 1073.585478,
    .pre_position_m = {-2893725.563321, -1235772.278165, 6327540.675522},
    .post_position_m = {-2845242.394622, -1186516.792913, 6358810.884979},
};
static const ih_orbit_arc third = {
    .pre_s = 1064.005753,
    .post_s = 1074.005753,
    .pre_position_m = {-2893709.242044, -1235768.184608, 6327545.175914},
    .post_position_m = {-2845226.283146, -1186512.31404, 6358815.223669},
};
static const double latitude = 64.9861, longitude = -147.0909;

static void near(double value, double expected, double tolerance)
{
    assert_true(fabs(value - expected) <= tolerance);
}

static void the_published_baselines_come_out(void **state)
{
    (void)state;
    /* Given to four decimals. */
    near(ih_perpendicular_baseline_m(&first, latitude, longitude, &second), 36.5556, 5.1e-5);
    near(ih_perpendicular_baseline_m(&first, latitude, longitude, &third), 40.3483, 5.1e-5);
}

static void positions_are_those_at_the_common_time(void **state)
{
    static const double wanted[][3] = {{-2891407.6027717, -1233412.9099533, 6329057.2504869},
                                       {-2893422.2856241, -1235476.0739070, 6327733.0413306}};
    const ih_orbit_arc *const arcs[] = {&second, &third};

    (void)state;
    for (int i = 0; i < 2; i++) {
        double time_s = ih_baseline_common_time_s(&first, arcs[i]), position[3];

        assert_true(time_s == first.pre_s);
        ih_orbit_arc_position_m(arcs[i], time_s, position);
        /* Times are exact to 1e-6 s, in which the satellite moves 7 mm. */
        for (int k = 0; k < 3; k++)
            near(position[k], wanted[i][k], 0.01);
    }
}

static void a_scene_has_no_baseline_to_itself(void **state)
{
    (void)state;
    near(ih_perpendicular_baseline_m(&first, latitude, longitude, &first), 0.0, 1e-6);
}

static void a_satellite_moved_away_from_the_ground_along_its_sight_has_none(void **state)
{
    ih_orbit_arc moved = first;
    const double ground[3] = {-2270403.8087889, -1469301.6596078, 5757054.7202722};

    (void)state;
    for (int k = 0; k < 3; k++)
        moved.pre_position_m[k] += 1e-3 * (first.pre_position_m[k] - ground[k]);
    near(ih_perpendicular_baseline_m(&first, latitude, longitude, &moved), 0.0, 1e-4);
}

static void a_satellite_moved_along_the_perpendicular_has_that_baseline(void **state)
{
    ih_orbit_arc moved = first;
    const double up[3] = {0.3111703867, -0.7106721885, 0.6309659507};

    (void)state;
    for (int k = 0; k < 3; k++)
        moved.pre_position_m[k] += 100.0 * up[k];
    near(ih_perpendicular_baseline_m(&first, latitude, longitude, &moved), 100.0, 1e-4);
    for (int k = 0; k < 3; k++)
        moved.pre_position_m[k] -= 200.0 * up[k];
    near(ih_perpendicular_baseline_m(&first, latitude, longitude, &moved), -100.0, 1e-4);
}

static void vectors_that_say_nothing_have_no_baseline(void **state)
{
    ih_orbit_arc broken = second;

    (void)state;
    broken.post_s = broken.pre_s;
    assert_true(isnan(ih_perpendicular_baseline_m(&first, latitude, longitude, &broken)));
    broken = second;
    broken.pre_position_m[1] = NAN;
    assert_true(isnan(ih_perpendicular_baseline_m(&first, latitude, longitude, &broken)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_baselines_come_out),
        cmocka_unit_test(positions_are_those_at_the_common_time),
        cmocka_unit_test(a_scene_has_no_baseline_to_itself),
        cmocka_unit_test(a_satellite_moved_away_from_the_ground_along_its_sight_has_none),
        cmocka_unit_test(a_satellite_moved_along_the_perpendicular_has_that_baseline),
        cmocka_unit_test(vectors_that_say_nothing_have_no_baseline),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
