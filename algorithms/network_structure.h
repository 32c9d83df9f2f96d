/* SPDX-License-Identifier: MIT
 *
 * How well the kept pairs of a network hold its dates together: parts, dates without a pair, and
 * bridges, the pairs whose loss would split a part (Tarjan 1974). Coherence as a matrix of dates.
 * Thread-safe: no state.
 */
#ifndef IH_NETWORK_STRUCTURE_H
#define IH_NETWORK_STRUCTURE_H

#include <stddef.h>
#include <stdint.h>

#include "algorithms/network.h"
#include "algorithms/status.h"

#define IH_NO_COMPONENT UINT32_MAX

typedef struct {
    size_t n_pairs;           /* kept */
    size_t n_dates;           /* with a kept pair */
    size_t n_isolated;        /* dates of the stack without one */
    size_t n_components;      /* parts of the dates with a pair */
    size_t n_bridges;         /* pairs in no loop: an error in one cannot be noticed */
    size_t weakest_date;      /* fewest kept pairs but not none; ties by the lower mean coherence of
                                 these (unknown lowest), then the earlier */
    uint32_t *component;      /* [date] in order of each part's first date; IH_NO_COMPONENT without
                                 pair */
    uint32_t *pairs_per_date; /* [date] kept pairs */
    uint8_t *bridge;          /* [pair] 1 = a kept pair that is a bridge */
} ih_network_structure;

/* keep is [pair], NULL = all; mean_coherence is [pair], for ties only, NULL = unknown. At least one
 * pair must be kept (IH_E_ARGUMENT). */
IH_MUST_CHECK ih_status ih_network_structure_new(const ih_network *network, const uint8_t *keep,
                                                 const double *mean_coherence,
                                                 ih_network_structure **out, ih_error *err);
void ih_network_structure_free(ih_network_structure *structure);

/* The network of the kept pairs alone; dates without a pair vanish. pair_of, [kept pair], receives
 * their numbers in the old network, date_of, [kept date], the same of dates; both may be NULL and
 * are at most as long as the old arrays. */
IH_MUST_CHECK ih_status ih_network_subset(const ih_network *network, const uint8_t *keep,
                                          ih_network **out, uint32_t *pair_of, uint32_t *date_of,
                                          ih_error *err);

/* Square matrix [date][date] of a value of the pairs: above the diagonal (row = reference date) of
 * the kept pairs, below it (row = secondary date) of all; NaN elsewhere. */
void ih_network_matrix(const ih_network *network, const uint8_t *keep, const double *value,
                       double *matrix);

#endif
