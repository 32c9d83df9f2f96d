/* SPDX-License-Identifier: MIT
 *
 * Connected parts of a graph by union-find. parent[i] is a member of i's set that is not larger
 * than i; the smallest member of a set is its own parent. No allocation.
 */
#ifndef IH_DISJOINT_SETS_H
#define IH_DISJOINT_SETS_H

#include <stddef.h>
#include <stdint.h>

/* Every element its own set. */
static inline void ih_sets_clear(uint32_t *parent, size_t n)
{
    for (size_t i = 0; i < n; i++)
        parent[i] = (uint32_t)i;
}

/* Smallest member of the set of i; shortens the path on the way. */
static inline uint32_t ih_sets_find(uint32_t *parent, uint32_t i)
{
    while (parent[i] != i) {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    return i;
}

static inline void ih_sets_join(uint32_t *parent, uint32_t i, uint32_t j)
{
    uint32_t a = ih_sets_find(parent, i), b = ih_sets_find(parent, j);

    if (a < b)
        parent[b] = a;
    else
        parent[a] = b;
}

/* Turns parents into set numbers 0, 1, ... in order of each set's smallest member; returns how many
 * sets there are. */
static inline size_t ih_sets_number(uint32_t *parent, size_t n)
{
    size_t count = 0;

    /* A parent is never larger than its child, so it has its number already. */
    for (size_t i = 0; i < n; i++)
        parent[i] = parent[i] == i ? (uint32_t)count++ : parent[parent[i]];
    return count;
}

#endif
