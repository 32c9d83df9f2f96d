/* SPDX-License-Identifier: MIT
 *
 * Offsets of products and components on graphs: planted ones are found, and what does not close is
 * solved as well as trying everything solves it.
 */
#include "algorithms/mosaic_offsets.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "algorithms/minimum_cut.h"
#include "algorithms/random.h"
#include "algorithms/spanning_forest.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const double two_pi = 6.28318530717958647692;

static double wrapped(double angle)
{
    return angle - two_pi * round(angle / two_pi);
}

static int whole_number(ih_random *random, int low, int high)
{
    return low + (int)(ih_random_uniform(random) * (high - low + 1));
}

static ih_mosaic_solution solve(const ih_mosaic_graph *graph)
{
    ih_mosaic_solution solution;

    assert_int_equal(ih_mosaic_solve(graph, &solution, NULL), IH_OK);
    return solution;
}

/* Six products in two rows of three, two components each. */
enum { PRODUCTS = 6, NODES = 12 };

static const uint32_t product_of[NODES] = {0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5};
static const uint32_t neighbours[][2] = {{0, 1}, {1, 2}, {3, 4}, {4, 5},
                                         {0, 3}, {1, 4}, {2, 5}, {0, 4}};

static void planted_constants_and_cycles_are_found(void **state)
{
    ih_random random = ih_random_stream(7, 1, 1);
    (void)state;

    for (int trial = 0; trial < 200; trial++) {
        double constant[PRODUCTS], size[NODES];
        int cycles[NODES];
        ih_mosaic_link links[2 * COUNT(neighbours)];
        ih_mosaic_graph graph = {PRODUCTS, NODES, 0, product_of, size, links, IH_MOSAIC_CONSTANTS};
        ih_mosaic_solution s;

        for (int p = 0; p < PRODUCTS; p++)
            constant[p] = 6 * ih_random_uniform(&random) - 3;
        for (int i = 0; i < NODES; i++) {
            cycles[i] = whole_number(&random, -4, 4);
            size[i] = i == 0 ? 1000 : i == 5 ? 900 : 100;
        }
        for (size_t k = 0; k < 2 * COUNT(neighbours); k++) {
            uint32_t a = 2 * neighbours[k / 2][0] + (uint32_t)(k % 2);
            uint32_t b = 2 * neighbours[k / 2][1] + (uint32_t)(k % 2);

            links[graph.n_links++] = (ih_mosaic_link){
                a, b, constant[a / 2] - constant[b / 2] + two_pi * (cycles[a] - cycles[b]),
                1 + ih_random_uniform(&random)};
        }
        s = solve(&graph);
        assert_int_equal(s.n_groups, 2);
        assert_int_equal(s.n_loops, 0);
        /* The largest of each group, nodes 0 and 5, stay; product 0 has the most pixels. */
        assert_true(s.constant_rad[0] == 0 && s.cycles[0] == 0 && s.cycles[5] == 0);
        for (int i = 0; i < NODES; i++) {
            int root = i % 2 ? 5 : 0;
            double truth =
                constant[i / 2] - constant[root / 2] + two_pi * (cycles[i] - cycles[root]);

            assert_int_equal(s.group[i], i % 2);
            assert_true(fabs(s.offset_rad[i] - s.offset_rad[root] - truth) < 1e-9);
        }
        for (size_t k = 0; k < graph.n_links; k++)
            assert_true(fabs(s.residual_rad[k]) < 1e-9);
        assert_int_equal(s.n_product_loops, COUNT(neighbours) - PRODUCTS + 1);
        for (size_t k = 0; k < s.n_product_loops; k++)
            assert_true(fabs(s.misclosure_rad[k]) < 1e-9);
        ih_mosaic_solution_free(&s);
    }
}

enum { SMALL = 5, REACH = 4 };

static int64_t cost_of(const ih_mosaic_link *links, const int64_t *weight, size_t n,
                       const int *cycles)
{
    int64_t cost = 0;

    for (size_t k = 0; k < n; k++) {
        int64_t left = (int64_t)round(links[k].difference_rad / two_pi) -
                       (cycles[links[k].a] - cycles[links[k].b]);

        cost += weight[k] * left * left;
    }
    return cost;
}

/* The least cost of all choices with node 0 at 0. */
static int64_t least_cost(const ih_mosaic_link *links, const int64_t *weight, size_t n)
{
    int cycles[SMALL] = {0}, choices = 1;
    int64_t least = INT64_MAX;

    for (int i = 1; i < SMALL; i++)
        choices *= 2 * REACH + 1;
    for (int choice = 0; choice < choices; choice++) {
        int64_t cost;

        for (int i = 1, rest = choice; i < SMALL; i++, rest /= 2 * REACH + 1)
            cycles[i] = rest % (2 * REACH + 1) - REACH;
        cost = cost_of(links, weight, n, cycles);
        least = cost < least ? cost : least;
    }
    return least;
}

static void cycles_that_do_not_close_are_solved_as_well_as_by_trying_all(void **state)
{
    static const uint32_t product[SMALL] = {0, 1, 2, 3, 4};
    static const double size[SMALL] = {9, 1, 1, 1, 1};
    ih_random random = ih_random_stream(11, 1, 1);
    int n_open = 0;
    (void)state;

    for (int trial = 0; trial < 150; trial++) {
        ih_mosaic_link links[SMALL * (SMALL - 1) / 2];
        int64_t weight[COUNT(links)];
        int found[SMALL];
        ih_mosaic_graph graph = {SMALL, SMALL, 0, product, size, links, IH_MOSAIC_CYCLES};
        ih_mosaic_solution s;

        for (uint32_t a = 0; a < SMALL; a++)
            for (uint32_t b = a + 1; b < SMALL; b++) {
                weight[graph.n_links] = whole_number(&random, 1, 64);
                links[graph.n_links] = (ih_mosaic_link){a, b, two_pi * whole_number(&random, -2, 2),
                                                        (double)weight[graph.n_links]};
                graph.n_links++;
            }
        /* The heaviest is a power of two, so that weights stay whole when they are scaled. */
        weight[0] = 64;
        links[0].weight = 64;
        s = solve(&graph);
        for (int i = 0; i < SMALL; i++)
            found[i] = s.cycles[i];
        assert_true(cost_of(links, weight, graph.n_links, found) ==
                    least_cost(links, weight, graph.n_links));
        n_open += s.n_loops > 0;
        ih_mosaic_solution_free(&s);
    }
    assert_true(n_open > 100);
}

static void a_loop_that_does_not_close_is_listed_with_its_components(void **state)
{
    /* A square; the last link is a cycle off, and weak. */
    static const uint32_t product[] = {0, 1, 2, 3};
    static const double size[] = {4, 3, 2, 1};
    const ih_mosaic_link links[] = {{0, 1, 0.4, 10},
                                    {1, 2, 0.3, 10},
                                    {2, 3, -0.2, 10},
                                    {0, 3, 0.5 + 6.28318530717958647692, 1}};
    const ih_mosaic_graph graph = {4, 4, 4, product, size, links, IH_MOSAIC_CONSTANTS};
    ih_mosaic_solution s = solve(&graph);
    unsigned seen = 0;
    (void)state;

    assert_int_equal(s.n_loops, 1);
    assert_int_equal(s.loops[0].cycles, 1);
    assert_int_equal(s.loops[0].link, 3);
    assert_int_equal(s.loops[0].count, 4);
    for (size_t i = 0; i < 4; i++)
        seen |= 1u << s.loop_nodes[s.loops[0].begin + i];
    assert_int_equal(seen, 15);
    /* The three strong links decide. */
    for (int k = 0; k < 3; k++)
        assert_true(fabs(s.residual_rad[k]) < 1e-9);
    assert_true(fabs(s.residual_rad[3] - two_pi) < 1e-9);
    ih_mosaic_solution_free(&s);
}

static void constants_of_loops_that_do_not_close_are_the_weighted_least_squares(void **state)
{
    /* A triangle that is 0.6 rad open: each side takes its share by the inverse of its weight. */
    static const double size[] = {3, 2, 1};
    const ih_mosaic_link links[] = {{0, 1, 0.1, 1}, {1, 2, 0.1, 2}, {0, 2, -0.4, 3}};
    const double share[] = {1.0 / 1, 1.0 / 2, 1.0 / 3};
    double constant[3], *misclosure, sum = share[0] + share[1] + share[2];
    size_t n;
    (void)state;

    assert_int_equal(ih_mosaic_constants(3, size, links, 3, constant, &misclosure, &n, NULL),
                     IH_OK);
    assert_int_equal(n, 1);
    assert_true(fabs(fabs(misclosure[0]) - 0.6) < 1e-12);
    assert_true(constant[0] == 0);
    assert_true(fabs(constant[0] - constant[1] - (0.1 - 0.6 * share[0] / sum)) < 1e-9);
    assert_true(fabs(constant[1] - constant[2] - (0.1 - 0.6 * share[1] / sum)) < 1e-9);
    free(misclosure);
}

static void constants_near_half_a_cycle_are_found_modulo_a_cycle(void **state)
{
    static const double size[] = {3, 2, 1};
    const double truth[] = {0, 3.1, -3.1};
    ih_mosaic_link links[3] = {{0, 1, 0, 1}, {1, 2, 0, 1}, {0, 2, 0, 1}};
    double constant[3];
    (void)state;

    for (int k = 0; k < 3; k++)
        links[k].difference_rad = wrapped(truth[links[k].a] - truth[links[k].b]) + two_pi * (k - 1);
    assert_int_equal(ih_mosaic_constants(3, size, links, 3, constant, NULL, NULL, NULL), IH_OK);
    for (int p = 0; p < 3; p++)
        assert_true(fabs(wrapped(constant[p] - truth[p])) < 1e-9);
}

static void components_without_links_stay_as_they_are(void **state)
{
    static const uint32_t product[] = {0, 1, 1};
    static const double size[] = {4, 3, 2};
    const ih_mosaic_link link = {0, 1, 7.0, 1};
    const ih_mosaic_graph graph = {2, 3, 1, product, size, &link, IH_MOSAIC_CYCLES};
    ih_mosaic_solution s = solve(&graph);
    (void)state;

    assert_int_equal(s.n_groups, 2);
    assert_true(s.offset_rad[2] == 0);
    assert_int_equal(s.cycles[1], -1);
    ih_mosaic_solution_free(&s);
}

static void real_offsets_of_components_follow_their_medians(void **state)
{
    static const uint32_t product[] = {0, 0, 1, 1};
    static const double size[] = {9, 8, 2, 1};
    const ih_mosaic_link links[] = {{0, 2, 1.25, 1}, {1, 3, -9.5, 1}};
    const ih_mosaic_graph graph = {2, 4, 2, product, size, links, IH_MOSAIC_MEDIAN};
    ih_mosaic_solution s = solve(&graph);
    (void)state;

    assert_true(fabs(s.offset_rad[2] + 1.25) < 1e-12);
    assert_true(fabs(s.offset_rad[3] - 9.5) < 1e-12);
    ih_mosaic_solution_free(&s);
}

enum { VARIABLES = 7 };

static void a_minimum_cut_is_that_of_trying_all(void **state)
{
    ih_random random = ih_random_stream(13, 1, 1);
    (void)state;

    for (int trial = 0; trial < 300; trial++) {
        int64_t single[VARIABLES], least = 0, minimum;
        ih_cut_term terms[12];
        uint8_t chosen[VARIABLES];
        unsigned found = 0;
        int64_t found_cost = 0;

        for (int i = 0; i < VARIABLES; i++)
            single[i] = whole_number(&random, -9, 9);
        for (size_t k = 0; k < COUNT(terms); k++) {
            uint32_t yes = (uint32_t)whole_number(&random, 0, VARIABLES - 1);

            terms[k] = (ih_cut_term){
                yes, (yes + (uint32_t)whole_number(&random, 1, VARIABLES - 1)) % VARIABLES,
                whole_number(&random, 0, 6)};
        }
        assert_int_equal(
            ih_minimum_cut(VARIABLES, single, terms, COUNT(terms), chosen, &minimum, NULL), IH_OK);
        for (int i = 0; i < VARIABLES; i++)
            found |= (unsigned)chosen[i] << i;
        for (unsigned set = 0; set < 1u << VARIABLES; set++) {
            int64_t cost = 0;

            for (int i = 0; i < VARIABLES; i++)
                cost += set >> i & 1 ? single[i] : 0;
            for (size_t k = 0; k < COUNT(terms); k++)
                cost += (set >> terms[k].yes & 1) && !(set >> terms[k].no & 1) ? terms[k].cost : 0;
            least = cost < least ? cost : least;
            found_cost = set == found ? cost : found_cost;
        }
        assert_true(minimum == least);
        assert_true(found_cost == least);
    }
}

static void a_forest_takes_the_heaviest_links_and_its_loops_are_ways_along_them(void **state)
{
    static const double size[] = {1, 5, 1, 1, 7};
    const ih_graph_link links[] = {{0, 1, 1, 1}, {1, 2, 2, 9}, {2, 3, 3, 8}, {0, 3, 5, 7}};
    ih_spanning_forest forest;
    double values[5];
    uint32_t nodes[5];
    (void)state;

    assert_int_equal(ih_spanning_forest_new(5, size, links, 4, &forest, NULL), IH_OK);
    assert_int_equal(forest.n_parts, 2);
    assert_int_equal(forest.link[1], IH_FOREST_ROOT);
    assert_int_equal(forest.link[4], IH_FOREST_ROOT);
    ih_forest_values(&forest, links, values);
    /* 1 - 2 = 2, 2 - 3 = 3, 0 - 3 = 5 */
    assert_true(values[1] == 0 && values[2] == -2 && values[3] == -5 && values[0] == 0);
    assert_int_equal(ih_forest_loop(&forest, &links[0], nodes), 4);
    assert_true(nodes[0] == 0 && nodes[1] == 3 && nodes[2] == 2 && nodes[3] == 1);
    ih_spanning_forest_free(&forest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planted_constants_and_cycles_are_found),
        cmocka_unit_test(cycles_that_do_not_close_are_solved_as_well_as_by_trying_all),
        cmocka_unit_test(a_loop_that_does_not_close_is_listed_with_its_components),
        cmocka_unit_test(constants_of_loops_that_do_not_close_are_the_weighted_least_squares),
        cmocka_unit_test(constants_near_half_a_cycle_are_found_modulo_a_cycle),
        cmocka_unit_test(components_without_links_stay_as_they_are),
        cmocka_unit_test(real_offsets_of_components_follow_their_medians),
        cmocka_unit_test(a_minimum_cut_is_that_of_trying_all),
        cmocka_unit_test(a_forest_takes_the_heaviest_links_and_its_loops_are_ways_along_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
