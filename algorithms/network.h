/* SPDX-License-Identifier: MIT
 *
 * The small-baseline network: dates as nodes, interferometric pairs as edges. A date is given in
 * whole days since 1970-01-01. Immutable after creation, so it may be shared among threads.
 */
#ifndef IH_NETWORK_H
#define IH_NETWORK_H

#include <stddef.h>
#include <stdint.h>

#include "algorithms/status.h"

typedef struct {
    size_t n_dates, n_pairs;
    int32_t *date_days;               /* [date] ascending, days since 1970-01-01 */
    uint32_t *reference_index;        /* [pair] index of the earlier date */
    uint32_t *secondary_index;        /* [pair] index of the later date */
    double *perpendicular_baseline_m; /* [pair] NaN where unknown */
    size_t bandwidth;                 /* largest secondary_index - reference_index */
    size_t n_components;              /* connected parts of the graph */
    uint32_t *component; /* [date] number of the part, in order of each part's first date */
} ih_network;

/* Pairs must be ascending by (reference, secondary), distinct, reference before secondary; else
 * IH_E_ARGUMENT naming the pair. perpendicular_baseline_m may be NULL. At least one pair. */
IH_MUST_CHECK ih_status ih_network_new(size_t n_pairs, const int32_t *reference_days,
                                       const int32_t *secondary_days,
                                       const double *perpendicular_baseline_m, ih_network **out,
                                       ih_error *err);
void ih_network_free(ih_network *network);

/* Perpendicular baseline of every date relative to the first date of its connected part, by
 * unweighted least squares baseline_m is [date]. A date no pair with a known
 * baseline touches gets NaN. */
IH_MUST_CHECK ih_status ih_network_date_baselines(const ih_network *network, double *baseline_m,
                                                  ih_error *err);

/* Gives every connected part but the first zero mean instead: the solution of least norm. */
void ih_network_centre_baselines(const ih_network *network, double *baseline_m);

#endif
