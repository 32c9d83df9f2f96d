/* SPDX-License-Identifier: MIT */
#include "algorithms/checksum.h"

#include <string.h>

#define PRIME_1 0x9E3779B185EBCA87u
#define PRIME_2 0xC2B2AE3D27D4EB4Fu
#define PRIME_3 0x165667B19E3779F9u
#define PRIME_4 0x85EBCA77C2B2AE63u
#define PRIME_5 0x27D4EB2F165667C5u

enum { STRIPE = 32 };

static uint64_t rotate(uint64_t value, int by)
{
    return value << by | value >> (64 - by);
}

static uint64_t read_64(const unsigned char *at)
{
    uint64_t value;

    memcpy(&value, at, sizeof value);
    return value;
}

static uint32_t read_32(const unsigned char *at)
{
    uint32_t value;

    memcpy(&value, at, sizeof value);
    return value;
}

static uint64_t mix(uint64_t lane, uint64_t input)
{
    return rotate(lane + input * PRIME_2, 31) * PRIME_1;
}

static uint64_t join(uint64_t sum, uint64_t lane)
{
    return (sum ^ mix(0, lane)) * PRIME_1 + PRIME_4;
}

/* Whole stripes in four lanes; *at moves behind them. */
static uint64_t stripes(uint64_t seed, const unsigned char **at, size_t size)
{
    uint64_t a = seed + PRIME_1 + PRIME_2, b = seed + PRIME_2, c = seed, d = seed - PRIME_1, sum;
    const unsigned char *end = *at + size / STRIPE * STRIPE;

    for (; *at < end; *at += STRIPE) {
        a = mix(a, read_64(*at));
        b = mix(b, read_64(*at + 8));
        c = mix(c, read_64(*at + 16));
        d = mix(d, read_64(*at + 24));
    }
    sum = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
    return join(join(join(join(sum, a), b), c), d);
}

uint64_t ih_checksum(uint64_t seed, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    size_t left = size % STRIPE;
    uint64_t sum = size >= STRIPE ? stripes(seed, &at, size) : seed + PRIME_5;

    sum += size;
    for (; left >= 8; left -= 8, at += 8)
        sum = rotate(sum ^ mix(0, read_64(at)), 27) * PRIME_1 + PRIME_4;
    for (; left >= 4; left -= 4, at += 4)
        sum = rotate(sum ^ (uint64_t)read_32(at) * PRIME_1, 23) * PRIME_2 + PRIME_3;
    for (; left > 0; left--, at++)
        sum = rotate(sum ^ *at * PRIME_5, 11) * PRIME_1;
    sum = (sum ^ sum >> 33) * PRIME_2;
    sum = (sum ^ sum >> 29) * PRIME_3;
    return sum ^ sum >> 32;
}
