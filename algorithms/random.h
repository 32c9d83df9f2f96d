/* SPDX-License-Identifier: MIT
 *
 * Seeded random numbers for simulation: the same seed gives the same numbers on every machine and
 * thread count. A stream is made from a seed and a purpose number, so that parts of a simulation
 * can be switched off without changing the others.
 */
#ifndef IH_RANDOM_H
#define IH_RANDOM_H

#include <stdint.h>

typedef struct {
    uint64_t state[4];
} ih_random;

ih_random ih_random_stream(uint64_t seed, uint64_t purpose, uint64_t index);
uint64_t ih_random_bits(ih_random *random);
double ih_random_uniform(ih_random *random);             /* [0, 1) */
double ih_random_normal(ih_random *random);              /* mean 0, variance 1 */
double ih_random_gamma(ih_random *random, double shape); /* scale 1, shape > 0 */

#endif
