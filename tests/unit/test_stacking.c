/* SPDX-License-Identifier: MIT */
#include "algorithms/stacking.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define WAVELENGTH 0.055465764662349676

enum { M = 5, PIXELS = 600 };
static const int32_t reference_days[M] = {0, 0, 12, 12, 24},
                     secondary_days[M] = {12, 36, 24, 36, 36};
static ih_network *network;
static float phase[M][PIXELS], reference[M];

static uint64_t seed = 9;

static double uniform(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(seed >> 11) * 0x1p-53;
}

static int make_network(void **state)
{
    (void)state;
    return ih_network_new(M, reference_days, secondary_days, NULL, &network, NULL) == IH_OK ? 0
                                                                                            : -1;
}

static int drop_network(void **state)
{
    (void)state;
    ih_network_free(network);
    return 0;
}

static double days(size_t k)
{
    return secondary_days[k] - reference_days[k];
}

static void make_phases(void)
{
    for (size_t k = 0; k < M; k++) {
        reference[k] = (float)(20 * uniform() - 10);
        for (size_t p = 0; p < PIXELS; p++)
            phase[k][p] = uniform() < .2 ? NAN : (float)(20 * uniform() - 10);
    }
}

static const ih_phase_block block = {.n_pixels = PIXELS,
                                     .phase_rad = phase[0],
                                     .pair_stride = PIXELS,
                                     .reference_phase_rad = reference};

static void steady_motion_is_found_whatever_the_weight(void **state)
{
    float velocity[PIXELS];

    (void)state;
    for (int weight = 0; weight < 2; weight++) {
        ih_stacking_options o = {.network = network,
                                 .wavelength_m = WAVELENGTH,
                                 .weight = (enum ih_stacking_weight)weight};

        make_phases();
        /* 10 mm/year away from the satellite: phase grows, velocity is negative */
        for (size_t k = 0; k < M; k++)
            for (size_t p = 0; p < PIXELS; p++)
                if (!isnan(phase[k][p]))
                    phase[k][p] =
                        reference[k] + (float)(4 * M_PI / WAVELENGTH * .010 * days(k) / 365.25);
        assert_int_equal(ih_stacking_velocity(&o, &block, velocity, NULL, NULL), IH_OK);
        for (size_t p = 0; p < PIXELS; p++) {
            int any = 0;

            for (size_t k = 0; k < M; k++)
                any |= !isnan(phase[k][p]);
            /* phases of 10 rad in float32: 5e-7 rad is 1.3e-7 m/year over 12 days, once for the
             * sum and once for the reference */
            assert_true(any ? fabs((double)velocity[p] + .010) < 3e-7 : isnan(velocity[p]));
        }
    }
}

static void both_rules_agree_with_the_formula(void **state)
{
    static const uint8_t keep[M] = {1, 1, 0, 1, 1};
    static uint8_t mask[PIXELS];
    float velocity[PIXELS];
    uint32_t pairs[PIXELS];
    size_t gaps = 0;

    (void)state;
    for (int rule = 0; rule < 4; rule++) {
        ih_stacking_options o = {.network = network,
                                 .keep = keep,
                                 .wavelength_m = WAVELENGTH,
                                 .weight = (enum ih_stacking_weight)(rule / 2),
                                 .missing = (enum ih_missing_phase)(rule % 2)};
        ih_phase_block masked = block;

        make_phases();
        reference[3] = NAN;
        for (size_t p = 0; p < PIXELS; p++)
            mask[p] = uniform() < .8;
        masked.mask = mask;
        assert_int_equal(ih_stacking_velocity(&o, &masked, velocity, pairs, NULL), IH_OK);
        for (size_t p = 0; p < PIXELS; p++) {
            double above = 0, below = 0, wanted;
            uint32_t n = 0;

            for (size_t k = 0; k < M; k++) {
                double value = (double)phase[k][p], known = (double)reference[k];
                double t = days(k) / 365.25;

                if (rule % 2) {
                    value = isnan(value) ? 0 : value;
                    known = isnan(known) ? 0 : known;
                }
                if (!keep[k] || !mask[p] || isnan(value - known))
                    continue;
                above += rule / 2 ? t * (value - known) : (value - known) / t;
                below += rule / 2 ? t * t : 1;
                n++;
            }
            gaps += n > 0 && n < 4;
            assert_int_equal(pairs[p], n);
            wanted = -WAVELENGTH / (4 * M_PI) * above / below;
            assert_true(n ? fabs((double)velocity[p] - wanted) <= 1e-6 * fabs(wanted) + 1e-9
                          : isnan(velocity[p]));
        }
    }
    assert_true(gaps > 100);
}

static void blocks_do_not_matter(void **state)
{
    ih_stacking_options o = {.network = network, .wavelength_m = WAVELENGTH};
    float whole[PIXELS], pieces[PIXELS];

    (void)state;
    make_phases();
    assert_int_equal(ih_stacking_velocity(&o, &block, whole, NULL, NULL), IH_OK);
    for (size_t begin = 0; begin < PIXELS; begin += 37) {
        ih_phase_block piece = block;

        piece.phase_rad = phase[0] + begin;
        piece.n_pixels = PIXELS - begin < 37 ? PIXELS - begin : 37;
        assert_int_equal(ih_stacking_velocity(&o, &piece, pieces + begin, NULL, NULL), IH_OK);
    }
    assert_memory_equal(whole, pieces, sizeof whole);
}

static void nonsense_is_refused(void **state)
{
    ih_stacking_options o = {.network = network, .wavelength_m = 0};
    ih_phase_block narrow = block;
    float velocity[PIXELS];

    (void)state;
    assert_int_equal(ih_stacking_velocity(&o, &block, velocity, NULL, NULL), IH_E_ARGUMENT);
    o.wavelength_m = NAN;
    assert_int_equal(ih_stacking_velocity(&o, &block, velocity, NULL, NULL), IH_E_ARGUMENT);
    o.wavelength_m = WAVELENGTH;
    narrow.pair_stride = PIXELS - 1;
    assert_int_equal(ih_stacking_velocity(&o, &narrow, velocity, NULL, NULL), IH_E_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steady_motion_is_found_whatever_the_weight),
        cmocka_unit_test(both_rules_agree_with_the_formula),
        cmocka_unit_test(blocks_do_not_matter),
        cmocka_unit_test(nonsense_is_refused),
    };

    return cmocka_run_group_tests(tests, make_network, drop_network);
}
