/* SPDX-License-Identifier: MIT
 *
 * Viewing geometry, deformation, decorrelation and terrain: what the simulated radar looks at.
 */
#include "algorithms/decorrelation.h"
#include "algorithms/deformation.h"
#include "algorithms/terrain.h"
#include "algorithms/viewing_geometry.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* In double, and false for NaN. */
#define assert_near(value, expected, tolerance)                                                    \
    assert_true(fabs((double)(value) - (double)(expected)) <= (tolerance))

static const double degree = 3.14159265358979323846 / 180.0;

static ih_viewing_geometry orbit(double heading_degrees)
{
    return (ih_viewing_geometry){.heading_rad = heading_degrees * degree,
                                 .incidence_centre_rad = 39.0 * degree,
                                 .earth_radius_m = 6368000.0,
                                 .sensor_height_m = 702000.0,
                                 .latitude_rad = 40.0 * degree};
}

static void uplift_and_eastward_motion_are_seen_with_the_signs_of_sentinel_1(void **state)
{
    ih_viewing_geometry ascending = orbit(-13.0), descending = orbit(-167.0);
    ih_line_of_sight a = ih_viewing_geometry_at(&ascending, 0.0, 0.0);
    ih_line_of_sight d = ih_viewing_geometry_at(&descending, 0.0, 0.0);

    (void)state;
    assert_true(ih_viewing_geometry_project(&a, 0, 0, 1) > 0.7);
    assert_true(ih_viewing_geometry_project(&d, 0, 0, 1) > 0.7);
    assert_true(ih_viewing_geometry_project(&a, 1, 0, 0) < -0.5);
    assert_true(ih_viewing_geometry_project(&d, 1, 0, 0) > 0.5);
    /* LOS azimuth from north, anticlockwise, is 90 - heading: 103 ascending, -103 descending;
     * HyP3's is 90 more. */
    assert_near(remainder(a.azimuth_rad / degree - 193.0, 360.0), 0.0, 1e-9);
    assert_near(remainder(d.azimuth_rad / degree + 13.0, 360.0), 0.0, 1e-9);
}

static void range_and_incidence_close_the_triangle_of_a_spherical_earth(void **state)
{
    ih_viewing_geometry g = orbit(-13.0);
    double earth = g.earth_radius_m, sensor = earth + g.sensor_height_m;

    (void)state;
    for (double east = -120e3; east <= 120e3; east += 40e3) {
        ih_line_of_sight s = ih_viewing_geometry_at(&g, east, 0.0);
        /* The sensor's distance from the earth's centre by the law of cosines at the ground point.
         */
        double rebuilt = sqrt(earth * earth + s.range_m * s.range_m +
                              2.0 * earth * s.range_m * cos(s.incidence_rad));
        assert_near(rebuilt, sensor, 1e-3);
        assert_near(s.elevation_rad + s.incidence_rad, 90.0 * degree, 1e-12);
    }
    /* Sentinel-1's swath of 250 km spans 30 to 46 degrees of incidence. */
    assert_true(ih_viewing_geometry_at(&g, -120e3, 0).incidence_rad < 33.5 * degree);
    assert_true(ih_viewing_geometry_at(&g, 120e3, 0).incidence_rad > 43.0 * degree);
    assert_near(ih_viewing_geometry_at(&g, 0, 0).incidence_rad, 39.0 * degree, 1e-12);
}

static void slopes_toward_the_radar_are_seen_steeper(void **state)
{
    ih_viewing_geometry ascending = orbit(0.0);
    ih_line_of_sight s = ih_viewing_geometry_at(&ascending, 0.0, 0.0);

    (void)state;
    /* The sensor is in the west: ground rising to the east faces it. */
    assert_near(ih_viewing_geometry_local_incidence(&s, 0, 0), 39.0 * degree, 1e-12);
    assert_near(ih_viewing_geometry_local_incidence(&s, tan(10.0 * degree), 0), 29.0 * degree,
                1e-12);
    assert_near(ih_viewing_geometry_local_incidence(&s, -tan(10.0 * degree), 0), 49.0 * degree,
                1e-12);
}

static const ih_deformation_spec motion = {.bowl_m_per_year = 0.06,
                                           .fault_m_per_year = 0.02,
                                           .seasonal_m = 0.01,
                                           .seasonal_peak_years = 0.2,
                                           .step_m = 0.05,
                                           .step_years = 1.5,
                                           .size_m = 20000.0};

static void displacement_starts_at_zero_and_returns_the_rate_each_year(void **state)
{
    ih_viewing_geometry g = orbit(-13.0);
    ih_line_of_sight s = ih_viewing_geometry_at(&g, 0, 0);
    ih_deformation maps;

    (void)state;
    assert_int_equal(ih_deformation_new(1, &maps, NULL), IH_OK);
    ih_deformation_set(&motion, &s, 3000.0, 500.0, 0, &maps);
    assert_near(ih_deformation_displacement(&motion, &maps, 0, 0.0), 0.0, 1e-15);
    /* After a whole year the season is where it was. */
    assert_near(ih_deformation_displacement(&motion, &maps, 0, 1.0), maps.rate_m_per_year[0], 1e-9);
    assert_near(ih_deformation_displacement(&motion, &maps, 0, 2.0),
                2.0 * maps.rate_m_per_year[0] + maps.step_m[0], 1e-9);
    ih_deformation_free(&maps);
}

static void the_bowl_sinks_by_its_rate_seen_along_the_line_of_sight(void **state)
{
    ih_deformation_spec bowl = {.bowl_m_per_year = 0.06, .size_m = 20000.0};
    ih_viewing_geometry g = orbit(-13.0);
    ih_line_of_sight s = ih_viewing_geometry_at(&g, 0, 0);
    ih_deformation maps;
    double lowest = 0.0;

    (void)state;
    assert_int_equal(ih_deformation_new(1, &maps, NULL), IH_OK);
    for (double north = -10000; north <= 10000; north += 100)
        for (double east = -10000; east <= 10000; east += 100) {
            ih_deformation_set(&bowl, &s, east, north, 0, &maps);
            lowest = fmin(lowest, maps.rate_m_per_year[0]);
        }
    assert_near(lowest, -0.06 * cos(39.0 * degree), 1e-5);
    ih_deformation_free(&maps);
}

static void coherence_decays_to_its_floor(void **state)
{
    float initial = 0.9f, floor = 0.3f, decay = 40.0f;
    ih_decorrelation maps = {&initial, &floor, &decay};

    (void)state;
    assert_near(ih_decorrelation_coherence(&maps, 0, 0.0, 1.0), 0.9, 1e-6);
    assert_near(ih_decorrelation_coherence(&maps, 0, 40.0, 1.0), 0.9 * (0.3 + 0.7 * exp(-1.0)),
                1e-6);
    assert_near(ih_decorrelation_coherence(&maps, 0, 1e6, 1.0), 0.27, 1e-6);
    assert_near(ih_decorrelation_coherence(&maps, 0, 0.0, 0.5), 0.45, 1e-6);
    assert_near(ih_decorrelation_baseline(-1250.0, 5000.0), 0.75, 1e-12);
    assert_near(ih_decorrelation_baseline(9000.0, 5000.0), 0.0, 0.0);
}

static void patches_cover_their_share_and_leave_the_rest_alone(void **state)
{
    enum { NX = 200, NY = 150, N = NX * NY };
    ih_decorrelation_spec spec = {.nx = NX,
                                  .ny = NY,
                                  .initial = 0.85,
                                  .long_term = 0.4,
                                  .decay_days = 50,
                                  .patch_share = 0.2};
    ih_decorrelation with, without;
    ih_random cover = ih_random_stream(1, 1, 1), patch = ih_random_stream(1, 2, 1);
    uint8_t *patches = malloc(N);
    int covered = 0, unchanged = 0;

    (void)state;
    assert_non_null(patches);
    assert_int_equal(ih_decorrelation_new(N, &with, NULL), IH_OK);
    assert_int_equal(ih_decorrelation_new(N, &without, NULL), IH_OK);
    assert_int_equal(ih_decorrelation_make(&spec, &cover, &patch, &with, patches, NULL), IH_OK);
    spec.patch_share = 0.0;
    cover = ih_random_stream(1, 1, 1);
    assert_int_equal(ih_decorrelation_make(&spec, &cover, &patch, &without, NULL, NULL), IH_OK);
    for (int i = 0; i < N; i++) {
        assert_true(with.initial[i] >= 0.0f && with.initial[i] <= 1.0f);
        assert_true(with.long_term[i] >= 0.0f && with.long_term[i] <= 1.0f);
        assert_true(with.decay_days[i] > 0.0f);
        covered += patches[i];
        unchanged += with.initial[i] == without.initial[i];
    }
    /* A smooth field is not normally distributed over one scene: the share is met roughly. */
    assert_true(covered > 0.1 * N && covered < 0.3 * N);
    assert_true(unchanged > 0.6 * N);
    ih_decorrelation_free(&with);
    ih_decorrelation_free(&without);
    free(patches);
}

static void terrain_keeps_its_limits_and_has_a_sea_and_a_lake(void **state)
{
    enum { NX = 240, NY = 180, N = NX * NY };
    const ih_terrain_spec spec = {.nx = NX, .ny = NY, .sea_level_m = 45.0, .relief_m = 1200.0};
    float *height = malloc(N * sizeof *height);
    uint8_t *land = malloc(N);
    ih_random r = ih_random_stream(1, 1, 1);
    float low = INFINITY, high = -INFINITY;
    int water = 0;

    (void)state;
    assert_non_null(height);
    assert_non_null(land);
    assert_int_equal(ih_terrain_make(&spec, &r, height, land, NULL), IH_OK);
    for (int i = 0; i < N; i++) {
        low = fminf(low, height[i]);
        high = fmaxf(high, height[i]);
        if (!land[i]) {
            water++;
            assert_near(height[i], 45.0, 1e-4);
        }
    }
    assert_near(low, 45.0, 1e-4);
    assert_near(high, 1245.0, 1e-2);
    assert_true(water > 0.02 * N && water < 0.3 * N);
    assert_int_equal(land[(NY - 1) * NX], 0); /* the sea is in the south-west */
    assert_int_equal(land[NX - 1], 1);
    free(land);
    free(height);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uplift_and_eastward_motion_are_seen_with_the_signs_of_sentinel_1),
        cmocka_unit_test(range_and_incidence_close_the_triangle_of_a_spherical_earth),
        cmocka_unit_test(slopes_toward_the_radar_are_seen_steeper),
        cmocka_unit_test(displacement_starts_at_zero_and_returns_the_rate_each_year),
        cmocka_unit_test(the_bowl_sinks_by_its_rate_seen_along_the_line_of_sight),
        cmocka_unit_test(coherence_decays_to_its_floor),
        cmocka_unit_test(patches_cover_their_share_and_leave_the_rest_alone),
        cmocka_unit_test(terrain_keeps_its_limits_and_has_a_sea_and_a_lake),
    };
    return cmocka_run_group_tests_name("synthetic_ground", tests, NULL, NULL);
}
