/* SPDX-License-Identifier: MIT
 *
 * Which interferometric pairs of a stack are used (docs/algorithms/network.md). Criteria are
 * applied in a fixed order; the first that drops a pair gives its verdict, and nothing is ever
 * taken back. Thread-safe: no state.
 */
#ifndef IH_NETWORK_SELECTION_H
#define IH_NETWORK_SELECTION_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "algorithms/network.h"
#include "algorithms/status.h"

/* What became of a pair, in the order of the criteria. */
enum ih_pair_verdict {
    IH_PAIR_KEPT = 0,
    IH_PAIR_KEPT_BY_TREE, /* below a quality threshold, but in the minimum spanning tree */
    IH_PAIR_NOT_LISTED,
    IH_PAIR_TEMPORAL_BASELINE,
    IH_PAIR_PERPENDICULAR_BASELINE,
    IH_PAIR_CONNECTION,
    IH_PAIR_EXCLUDED_INDEX,
    IH_PAIR_EXCLUDED_PAIR,
    IH_PAIR_EXCLUDED_DATE,
    IH_PAIR_BEFORE_START,
    IH_PAIR_AFTER_END,
    IH_PAIR_COHERENCE,
    IH_PAIR_AREA_RATIO,
    IH_PAIR_VERDICTS
};

static inline bool ih_pair_is_kept(uint8_t verdict)
{
    return verdict <= IH_PAIR_KEPT_BY_TREE;
}

/* Reason for reports, such as "temporal baseline too long"; never NULL. */
const char *ih_pair_verdict_text(uint8_t verdict);

typedef struct {
    int32_t reference_days, secondary_days; /* since 1970-01-01 */
} ih_pair_days;

typedef struct {
    size_t first, last; /* both included, from 0 */
} ih_index_range;

/* Lists in any order, repetitions allowed. A criterion that is not set drops nothing. */
typedef struct {
    const ih_pair_days *listed_pairs; /* only these are kept; NULL = not set */
    size_t n_listed_pairs;
    double max_temporal_baseline_days;   /* NaN = not set */
    double max_perpendicular_baseline_m; /* of the magnitude; NaN = not set. A pair of unknown
                                            baseline is kept and counted */
    size_t max_connections; /* pairs of a date with that many earlier dates, counted over all dates
                               of the stack; 0 = not set */
    const ih_index_range *excluded_indices;
    size_t n_excluded_indices;
    const ih_pair_days *excluded_pairs;
    size_t n_excluded_pairs;
    const int32_t *excluded_days; /* every pair of such a date is dropped */
    size_t n_excluded_days;
    int32_t start_days, end_days; /* both dates of a pair within, ends included */
    double min_coherence;         /* NaN = not set */
    double min_area_ratio;        /* NaN = not set */
    bool keep_minimum_spanning_tree;
    bool four_decimals; /* quality is rounded to float32 and then to 4 decimals before it is
                           compared, as MintPy does by way of its text files */
} ih_selection_criteria;
#define IH_SELECTION_DEFAULTS                                                                      \
    {                                                                                              \
        .max_temporal_baseline_days = NAN, .max_perpendicular_baseline_m = NAN,                    \
        .start_days = INT32_MIN, .end_days = INT32_MAX, .min_coherence = NAN,                      \
        .min_area_ratio = NAN, .keep_minimum_spanning_tree = true                                  \
    }

/* Quality of the pairs, NaN where unknown (below any threshold). An array may be NULL when its
 * criterion is not set. */
typedef struct {
    const double *mean_coherence; /* [pair] spatial mean over land and area of interest */
    const double *area_ratio;     /* [pair] coherent share of that area, 0..1 */
} ih_pair_quality;

/* What a report should not be silent about. */
typedef struct {
    size_t n_kept;
    size_t n_with[IH_PAIR_VERDICTS]; /* pairs of each verdict */
    size_t n_unknown_baseline; /* pairs a limit of the perpendicular baseline let pass unknown */
    size_t n_unmatched_listed, n_unmatched_pairs, n_unmatched_days; /* entries of the lists that
                                                                       name nothing in the stack */
} ih_selection_summary;

/* Fills verdict, [pair]. With a quality threshold and keep_minimum_spanning_tree, pairs below it
 * are kept where they belong to the minimum spanning tree (a forest, if the network is in parts) of
 * the pairs that reached that criterion: edges of greatest quality first, unknown and 0 last, ties
 * by the order of the pairs. IH_E_ARGUMENT for impossible criteria (an index beyond the stack, a
 * threshold without its quality); IH_E_DATA when no pair is left, naming the criteria that dropped
 * them; verdict and summary are then filled nevertheless. summary may be NULL. */
IH_MUST_CHECK ih_status ih_network_select(const ih_network *network,
                                          const ih_selection_criteria *criteria,
                                          const ih_pair_quality *quality, uint8_t *verdict,
                                          ih_selection_summary *summary, ih_error *err);

/* Minimum spanning forest of the pairs with candidate[k] != 0 (NULL = all): sets in_tree, [pair],
 * to 1 for its edges. Kruskal: greatest quality first, ties by the order of the pairs. */
IH_MUST_CHECK ih_status ih_network_spanning_tree(const ih_network *network,
                                                 const uint8_t *candidate, const double *quality,
                                                 uint8_t *in_tree, ih_error *err);

/* Nearest number of 4 decimals to value as float32, as "%.4f" prints it; NaN stays NaN. */
double ih_round_to_four_decimals(double value);

#endif
