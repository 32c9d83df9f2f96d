/* SPDX-License-Identifier: MIT
 *
 * Generator xoshiro256** (Blackman and Vigna 2021), seeded by splitmix64 as its authors advise.
 */
#include "algorithms/random.h"

#include <math.h>

static uint64_t splitmix(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint64_t rotate_left(uint64_t x, int bits)
{
    return (x << bits) | (x >> (64 - bits));
}

ih_random ih_random_stream(uint64_t seed, uint64_t purpose, uint64_t index)
{
    ih_random random;
    uint64_t state = seed;

    /* Hashing between the parts keeps (1, 2) apart from (2, 1) and from sums that coincide. */
    state = splitmix(&state) ^ purpose;
    state = splitmix(&state) ^ index;
    for (int i = 0; i < 4; i++)
        random.state[i] = splitmix(&state);
    return random;
}

uint64_t ih_random_bits(ih_random *random)
{
    uint64_t *s = random->state;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

double ih_random_uniform(ih_random *random)
{
    return (double)(ih_random_bits(random) >> 11) * 0x1p-53;
}

/* Marsaglia's polar method. Its second value is thrown away: a stream has no state but its
 * generator. */
double ih_random_normal(ih_random *random)
{
    double u, v, square;

    do {
        u = 2.0 * ih_random_uniform(random) - 1.0;
        v = 2.0 * ih_random_uniform(random) - 1.0;
        square = u * u + v * v;
    } while (square >= 1.0 || square == 0.0);
    return u * sqrt(-2.0 * log(square) / square);
}

/* Marsaglia and Tsang 2000; below shape 1 by the boost of their section 6. */
double ih_random_gamma(ih_random *random, double shape)
{
    double boost = 1.0;

    if (shape < 1.0) {
        boost = pow(1.0 - ih_random_uniform(random), 1.0 / shape);
        shape += 1.0;
    }

    const double d = shape - 1.0 / 3.0;
    const double c = 1.0 / sqrt(9.0 * d);
    for (;;) {
        double x = ih_random_normal(random);
        double v = 1.0 + c * x;
        if (v <= 0.0)
            continue;
        v = v * v * v;
        double u = 1.0 - ih_random_uniform(random);
        if (log(u) < 0.5 * x * x + d * (1.0 - v + log(v)))
            return boost * d * v;
    }
}
