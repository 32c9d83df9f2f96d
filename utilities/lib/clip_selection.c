/* SPDX-License-Identifier: MIT */
#include "utilities/lib/clip_selection.h"

#include <stdlib.h>

#include "algorithms/alloc.h"
#include "algorithms/network_structure.h"
#include "utilities/lib/catalogue_network.h"
#include "utilities/lib/pair_criteria.h"

static ih_status select_pairs(const ih_selection_criteria *criteria, ih_catalogue *c, ih_error *err)
{
    ih_network *network = NULL;
    uint8_t *verdict = ih_alloc(c->count, sizeof *verdict);
    size_t *pair_of = ih_alloc(c->count, sizeof *pair_of);
    ih_status status = verdict && pair_of ? ih_catalogue_network(c, pair_of, &network, err)
                                          : ih_fail(err, IH_E_MEMORY, "selection of pairs");

    if (status == IH_OK)
        status = ih_network_select(network, criteria, NULL, verdict, NULL, err);
    for (size_t i = c->count; status == IH_OK && i-- > 0;)
        if (!ih_pair_is_kept(verdict[pair_of[i]]))
            status = ih_catalogue_leave_out(c, i, IH_SKIP_IGNORED,
                                            ih_pair_verdict_text(verdict[pair_of[i]]), err);
    ih_network_free(network);
    free(verdict);
    free(pair_of);
    return status;
}

ih_status ih_clip_select(const ih_clip_options *o, ih_catalogue *c, ih_error *err)
{
    ih_sbas_run_options words = IH_SBAS_RUN_DEFAULTS;
    ih_pair_criteria criteria;
    ih_status status = IH_OK;

    for (size_t i = c->count; status == IH_OK && i-- > 0;)
        if (!c->items[i].is_hyp3)
            status = ih_catalogue_leave_out(c, i, IH_SKIP_UNUSABLE, "it is no HyP3 product", err);
    if (status == IH_OK && c->count == 0)
        status = ih_fail(err, IH_E_DATA, "none of the inputs is a HyP3 product");
    if (status != IH_OK)
        return status;
    words.start_date = o->start_date;
    words.end_date = o->end_date;
    words.include_pairs = o->include_pairs;
    words.exclude_pairs = o->exclude_pairs;
    words.exclude_dates = o->exclude_dates;
    status = ih_pair_criteria_read(&words, &criteria, err);
    if (status == IH_OK)
        status = select_pairs(&criteria.criteria, c, err);
    ih_pair_criteria_free(&criteria);
    return status;
}

ih_status ih_clip_network(const ih_catalogue *c, cJSON *object, size_t *parts, ih_error *err)
{
    ih_network *network = NULL;
    ih_network_structure *structure = NULL;
    cJSON *json;
    ih_status status = ih_catalogue_network(c, NULL, &network, err);

    *parts = 0;
    if (status == IH_OK)
        status = ih_network_structure_new(network, NULL, NULL, &structure, err);
    if (status == IH_OK) {
        *parts = structure->n_components;
        json = cJSON_AddObjectToObject(object, "network");
        cJSON_AddNumberToObject(json, "pairs", (double)structure->n_pairs);
        cJSON_AddNumberToObject(json, "dates", (double)structure->n_dates);
        cJSON_AddNumberToObject(json, "parts", (double)structure->n_components);
        cJSON_AddNumberToObject(json, "bridges", (double)structure->n_bridges);
    }
    ih_network_structure_free(structure);
    ih_network_free(network);
    return status;
}
