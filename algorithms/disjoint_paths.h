/* SPDX-License-Identifier: MIT
 *
 * Ways between two dates of a network that share no pair (Menger 1927): how many pairs must fail
 * before the two dates lose each other.
 */
#ifndef IH_DISJOINT_PATHS_H
#define IH_DISJOINT_PATHS_H

#include <stddef.h>
#include <stdint.h>

#include "algorithms/network.h"
#include "algorithms/status.h"

/* Pairs of each date, as a list; immutable. */
typedef struct {
    size_t *begin;  /* [date + 1] */
    uint32_t *pair; /* [2 * pair] */
} ih_incidence;

IH_MUST_CHECK ih_status ih_incidence_new(const ih_network *network, ih_incidence *out,
                                         ih_error *err);
void ih_incidence_free(ih_incidence *incidence);

/* Scratch memory of one thread. */
typedef struct {
    int8_t *flow;    /* [pair] 1: a way runs from reference to secondary, -1: the other way */
    uint32_t *queue; /* [date] */
    uint32_t *from;  /* [date] pair by which the date was reached */
} ih_path_scratch;

IH_MUST_CHECK ih_status ih_path_scratch_new(const ih_network *network, ih_path_scratch *out,
                                            ih_error *err);
void ih_path_scratch_free(ih_path_scratch *scratch);

/* Ways between the dates of `pair` through pairs k with usable[k * stride] != 0, other than the
 * pair itself; counting stops at most. */
size_t ih_disjoint_paths(const ih_network *network, const ih_incidence *incidence,
                         ih_path_scratch *scratch, const uint8_t *usable, size_t stride,
                         size_t pair, size_t most);

#endif
