/* SPDX-License-Identifier: MIT
 *
 * A first look at a stack before it is inverted: which triplets of pairs do not close, which pairs
 * are to blame, and the average phase velocity. Runs over the cube while it still holds phases; the
 * same bytes whatever blocks and threads are. Where unwrapping errors are corrected, it shows what
 * is left of them, and beside it the counts of before.
 */
#ifndef IH_OVERVIEW_STAGE_H
#define IH_OVERVIEW_STAGE_H

#include <stdbool.h>

#include "algorithms/closure.h"
#include "algorithms/status.h"

typedef struct {
    float *ambiguous_triplets;       /* [pixel] of ih_closure_map */
    float *stacking_velocity;        /* [pixel] m/year */
    ih_triplet_list *triplets;       /* NULL: no overview was made */
    ih_closure_counter *closure;     /* over all pixels */
    ih_closure_counter *uncorrected; /* the same before unwrapping errors were corrected; or NULL */
    ih_pair_closure *ranked;         /* [pair] the most suspicious first */
    bool too_large;                  /* more triplets than can be listed */
} ih_overview;

struct ih_sbas_state;

/* Counts the closures of phases that are about to be corrected. */
IH_MUST_CHECK ih_status ih_overview_count_uncorrected(struct ih_sbas_state *state, ih_error *err);

/* Share of ambiguous closures among those that were checked; NaN without one. */
double ih_overview_ambiguous_share(const ih_closure_counter *counter);

/* Fills state->overview. A network of more triplets than can be listed has a warning instead. */
IH_MUST_CHECK ih_status ih_overview_make(struct ih_sbas_state *state, ih_error *err);

/* Memory for an overview, without looking at a pixel; none when there will not be any. */
IH_MUST_CHECK ih_status ih_overview_prepare(struct ih_sbas_state *state, ih_error *err);

/* closures.csv, a line per triplet, and closure_ranking.csv, a line per pair. */
IH_MUST_CHECK ih_status ih_overview_write_tables(const struct ih_sbas_state *state, ih_error *err);

void ih_overview_free(ih_overview *overview);

#endif
