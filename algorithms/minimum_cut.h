/* SPDX-License-Identifier: MIT
 *
 * Minimum of a function of yes-or-no variables that is a sum of terms of one variable and of costs
 * for two that differ, as the minimum cut of a graph (Kolmogorov and Zabih 2004, IEEE PAMI 26(2),
 * section 4), found by blocking flows (Dinic 1970). Whole numbers, so the result is exact.
 * Thread-safe: no state.
 */
#ifndef IH_MINIMUM_CUT_H
#define IH_MINIMUM_CUT_H

#include <stddef.h>
#include <stdint.h>

#include "algorithms/status.h"

/* Cost, at least 0, when `yes` is chosen and `no` is not. */
typedef struct {
    uint32_t yes, no;
    int64_t cost;
} ih_cut_term;

/* Minimises the sum of single[i] over all chosen i plus the costs of the terms. chosen[i] becomes 1
 * or 0; of several minima the one with the fewest chosen is found. *minimum is its value, at most
 * 0. The sums of all |single| and of all costs must be below 2^62. IH_E_MEMORY. */
IH_MUST_CHECK ih_status ih_minimum_cut(size_t n, const int64_t *single, const ih_cut_term *terms,
                                       size_t n_terms, uint8_t *chosen, int64_t *minimum,
                                       ih_error *err);

#endif
