/* SPDX-License-Identifier: MIT
 *
 * Selection of pairs within a run of gdal_ih_sbas (docs/algorithms/network.md), and what is told of
 * the network. A pair that is dropped by what is known beforehand is never read; one that is
 * dropped for its coherence has been read once like the others and then leaves catalogue, network,
 * cube and averages, so that all later stages see the kept pairs alone.
 */
#ifndef IH_NETWORK_STAGE_H
#define IH_NETWORK_STAGE_H

#include "algorithms/network_selection.h"
#include "algorithms/network_structure.h"
#include "utilities/lib/catalogue.h"
#include "utilities/lib/ingest.h"
#include "utilities/lib/pair_criteria.h"

/* All pairs of the stack, kept and dropped, in order of their dates. */
typedef struct {
    size_t n_pairs;
    const ih_interferogram **items; /* [pair] in the catalogue */
    uint8_t *verdict;               /* [pair] */
    double *mean_coherence;         /* [pair] NaN when it was not read */
    double *date_baselines_m;       /* [date] */
    ih_network *network;
    ih_network_structure *structure; /* of the kept pairs */
} ih_whole_network;

typedef struct {
    ih_pair_criteria criteria;
    ih_selection_summary before_reading;
    double water_coherence; /* threshold of the coherent area; NaN = not asked for */
    ih_whole_network whole;
} ih_pair_selection;

struct ih_sbas_state;

/* Whether pairs are selected by their coherence. */
bool ih_selects_by_coherence(const ih_pair_selection *selection);

/* Takes back what was set aside and sets aside what the criteria drop that need no pixels. */
IH_MUST_CHECK ih_status ih_select_before_reading(struct ih_sbas_state *state, ih_error *err);

/* Network of the catalogue, years and baselines of its dates. */
IH_MUST_CHECK ih_status ih_network_of_catalogue(struct ih_sbas_state *state, ih_error *err);

/* The area that the coherence of pairs is taken over, once grid and land are known; IH_E_ARGUMENT
 * when it holds no land. */
IH_MUST_CHECK ih_status ih_coherence_area_find(struct ih_sbas_state *state, ih_error *err);

/* Grid and network of the pairs row[0] < row[1] < ... of those they were made for, which are all
 * that the catalogue has by now. */
IH_MUST_CHECK ih_status ih_network_keep(struct ih_sbas_state *state, size_t n_pairs,
                                        const uint32_t *row, ih_error *err);

/* Sets aside what the criteria of coherence drop. reading is the request that has been read. */
IH_MUST_CHECK ih_status ih_select_after_reading(struct ih_sbas_state *state,
                                                const ih_ingest_request *reading, ih_error *err);

/* Fills selection.whole, once nothing changes any more, and adds warnings. */
IH_MUST_CHECK ih_status ih_whole_network_gather(struct ih_sbas_state *state, ih_error *err);

/* network.svg and coherence_matrix.svg. */
IH_MUST_CHECK ih_status ih_network_figures_write(const struct ih_sbas_state *state, ih_error *err);

void ih_pair_selection_free(ih_pair_selection *selection);

#endif
