/* SPDX-License-Identifier: MIT */
#include "algorithms/grid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* Origins seen in real products: GAMMA half a pixel off the multiples of the spacing, ISCE2 on them. */
static const ih_grid gamma = {392680, 3990440, 80, -80, 100, 90};
static const ih_grid isce2 = {392720, 3990480, 80, -80, 100, 90};

static ih_grid shifted(ih_grid g, int columns, int rows)
{
    g.x0 += columns * g.dx;
    g.y0 += rows * g.dy;
    return g;
}

static void products_of_one_family_are_whole_pixels_apart(void **state)
{
    ih_grid b = shifted(gamma, -7, 3);
    int64_t c, r;
    double residue;

    (void)state;
    assert_int_equal(ih_grid_offset(&gamma, &b, &c, &r, &residue), 1);
    assert_int_equal(c, -7);
    assert_int_equal(r, 3);
    assert_true(residue < 1e-9);
}

static void the_two_families_are_half_a_pixel_apart(void **state)
{
    int64_t c, r;
    double residue;

    (void)state;
    assert_int_equal(ih_grid_offset(&gamma, &isce2, &c, &r, &residue), 0);
    assert_true(residue > 0.49 && residue < 0.51);
}

static void other_spacings_are_another_lattice(void **state)
{
    ih_grid b = gamma;
    int64_t c, r;

    (void)state;
    b.dx = 40;
    b.dy = -40;
    assert_int_equal(ih_grid_offset(&gamma, &b, &c, &r, NULL), 0);
}

static void intersection_and_union_of_shifted_grids(void **state)
{
    ih_grid b = shifted(gamma, 30, -20), both, all;
    ih_error err;

    (void)state;
    assert_int_equal(ih_grid_intersection(&gamma, &b, &both, &err), IH_OK);
    assert_int_equal(both.nx, 70);
    assert_int_equal(both.ny, 70);
    assert_true(both.x0 == b.x0 && both.y0 == gamma.y0);
    assert_int_equal(ih_grid_union(&gamma, &b, &all, &err), IH_OK);
    assert_int_equal(all.nx, 130);
    assert_int_equal(all.ny, 110);
    assert_true(all.x0 == gamma.x0 && all.y0 == b.y0);
}

static void disjoint_grids_have_no_intersection(void **state)
{
    ih_grid b = shifted(gamma, 100, 0), out;
    ih_error err;

    (void)state;
    assert_int_equal(ih_grid_intersection(&gamma, &b, &out, &err), IH_E_DATA);
}

static void a_box_is_snapped_outward_to_the_lattice(void **state)
{
    ih_grid out;
    ih_error err;

    (void)state;
    assert_int_equal(ih_grid_cover_box(&gamma, 392681, 3990000, 392761, 3990439.5, &out, &err), IH_OK);
    assert_true(out.x0 == 392680 && out.y0 == 3990440);
    assert_int_equal(out.nx, 2);
    assert_int_equal(out.ny, 6);
    /* edges on the lattice stay where they are */
    assert_int_equal(ih_grid_cover_box(&gamma, 392680, 3990360, 392760, 3990440, &out, &err), IH_OK);
    assert_int_equal(out.nx, 1);
    assert_int_equal(out.ny, 1);
    assert_int_equal(ih_grid_cover_box(&gamma, 5, 5, 5, 9, &out, &err), IH_E_ARGUMENT);
}

static void a_centre_is_found_in_its_own_pixel(void **state)
{
    size_t c, r;
    double x, y;

    (void)state;
    ih_grid_centre(&gamma, 99, 0, &x, &y);
    assert_int_equal(ih_grid_locate(&gamma, x, y, &c, &r), 1);
    assert_int_equal(c, 99);
    assert_int_equal(r, 0);
    assert_int_equal(ih_grid_locate(&gamma, x + 80, y, &c, &r), 0);
}

static void rotated_and_degenerate_geotransforms_are_refused(void **state)
{
    const double rotated[6] = {0, 1, 0.1, 0, 0, -1}, flat[6] = {0, 0, 0, 0, 0, -1}, bad[6] = {0, 1, 0, 1.0 / 0.0, 0, -1};
    ih_grid g;
    ih_error err;

    (void)state;
    assert_int_equal(ih_grid_from_geotransform(rotated, 5, 5, &g, &err), IH_E_UNSUPPORTED);
    assert_int_equal(ih_grid_from_geotransform(flat, 5, 5, &g, &err), IH_E_DATA);
    assert_int_equal(ih_grid_from_geotransform(bad, 5, 5, &g, &err), IH_E_DATA);
    assert_int_equal(ih_grid_from_geotransform(bad, 0, 5, &g, NULL), IH_E_DATA);
}

/* Pixels that the grids share without one, by trying all others in turn. */
static double shared_by_force(const ih_grid *grids, size_t n, size_t without)
{
    size_t first = without == 0 && n > 1 ? 1 : 0;
    ih_grid area = grids[first];

    for (size_t i = first + 1; i < n; i++)
        if (i != without && ih_grid_intersection(&area, &grids[i], &area, NULL) != IH_OK)
            return 0;
    return (double)area.nx * (double)area.ny;
}

static void shared_areas_are_those_of_brute_force(void **state)
{
    enum { N = 7, ROUNDS = 200 };
    ih_grid grids[N];
    double all, without[N];
    uint32_t random = 12345;
    size_t n_empty = 0, n_rescued = 0;

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < N; i++) {
            int step[2];

            for (int k = 0; k < 2; k++) {
                random = random * 1664525u + 1013904223u;
                step[k] = (int)(random >> 16) % (round % 2 ? 20 : 130) - 10;
            }
            grids[i] = shifted(gamma, step[0], step[1]);
            grids[i].nx -= i;
        }
        assert_int_equal(ih_grid_shared_area(grids, N, &all, without, NULL), IH_OK);
        assert_true(all == shared_by_force(grids, N, SIZE_MAX));
        n_empty += all == 0;
        for (size_t i = 0; i < N; i++) {
            assert_true(without[i] == shared_by_force(grids, N, i));
            n_rescued += all == 0 && without[i] > 0;
        }
    }
    /* Both kinds of case were met. */
    assert_true(n_empty > 10 && n_empty < ROUNDS);
    assert_true(n_rescued > 0);
}

static void shared_areas_of_one_grid_and_of_other_lattices(void **state)
{
    const ih_grid both[] = {gamma, isce2};
    double all, without[2];

    (void)state;
    assert_int_equal(ih_grid_shared_area(&gamma, 1, &all, without, NULL), IH_OK);
    assert_true(all == 9000 && without[0] == 9000);
    assert_int_equal(ih_grid_shared_area(both, 2, &all, without, NULL), IH_E_ARGUMENT);
}

static void sides_in_common_are_named(void **state)
{
    const ih_grid moved = shifted(gamma, 5, -3);
    ih_grid area;

    (void)state;
    assert_int_equal(ih_grid_common_sides(&gamma, &gamma), 15);
    assert_int_equal(ih_grid_intersection(&gamma, &moved, &area, NULL), IH_OK);
    /* Moved east and north: it ends the area in the west and in the south. */
    assert_int_equal(ih_grid_common_sides(&moved, &area), 1 | 2);
    assert_int_equal(ih_grid_common_sides(&gamma, &area), 4 | 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_of_one_family_are_whole_pixels_apart),
        cmocka_unit_test(the_two_families_are_half_a_pixel_apart),
        cmocka_unit_test(other_spacings_are_another_lattice),
        cmocka_unit_test(intersection_and_union_of_shifted_grids),
        cmocka_unit_test(disjoint_grids_have_no_intersection),
        cmocka_unit_test(a_box_is_snapped_outward_to_the_lattice),
        cmocka_unit_test(a_centre_is_found_in_its_own_pixel),
        cmocka_unit_test(rotated_and_degenerate_geotransforms_are_refused),
        cmocka_unit_test(shared_areas_are_those_of_brute_force),
        cmocka_unit_test(shared_areas_of_one_grid_and_of_other_lattices),
        cmocka_unit_test(sides_in_common_are_named),
    };
    return cmocka_run_group_tests_name("grid", tests, NULL, NULL);
}
