/* SPDX-License-Identifier: MIT */
#include "utilities/lib/search_find.h"

#include <string.h>

#include <cpl_string.h>

#include "utilities/net/cmr.h"

static const double catalogue_limit_s = 180.0;

typedef struct {
    ih_search_query *query;
    ih_search_found *found;
} gathering;

double ih_search_timeout_s(const ih_hub_network *network)
{
    const ih_hub_network defaults = IH_HUB_NETWORK_DEFAULTS;

    return network->timeout_s == defaults.timeout_s ? catalogue_limit_s : network->timeout_s;
}

static ih_status take_record(const cJSON *item, void *data, ih_error *err)
{
    gathering *g = data;
    ih_granule granule;
    ih_error why = {IH_OK, ""};
    ih_status status = ih_granule_read(item, &granule, &why);

    if (status == IH_E_DATA) {
        if (g->found->unreadable++ < IH_SEARCH_COMPLAINTS)
            g->found->complaints = CSLAddString(g->found->complaints, why.text);
        return IH_OK;
    }
    if (status != IH_OK)
        return ih_fail(err, status, "%s", why.text);
    if (ih_search_query_wants(g->query, &granule)) {
        g->found->several_polygons += granule.n_polygons > 1;
        status = ih_granules_add(&g->found->scenes, &granule, err);
    }
    ih_granule_free(&granule);
    return status;
}

ih_status ih_search_find(const ih_hub_session *session, const ih_hub_network *network,
                         ih_search_query *query, ih_progress show, void *show_data,
                         ih_search_found *out, ih_error *err)
{
    gathering g = {query, out};
    ih_status status = IH_OK;
    int n = CSLCount(query->forms);

    memset(out, 0, sizeof *out);
    for (int i = 0; status == IH_OK && i < n; i++) {
        const ih_cmr cmr = {session->http, network->cmr_url, ih_search_timeout_s(network),
                            (int)query->options->page_size};
        const ih_cmr_search search = {.form = query->forms[i],
                                      .record = take_record,
                                      .record_data = &g,
                                      .show = show,
                                      .show_data = show_data,
                                      .done_before = (double)i / n,
                                      .share = 1.0 / n};
        int64_t hits;

        status = ih_cmr_find(&cmr, &search, &hits, err);
    }
    if (status == IH_OK)
        out->repeated = ih_granules_settle(&out->scenes);
    else
        ih_search_found_free(out);
    return status;
}

void ih_search_found_free(ih_search_found *found)
{
    if (!found)
        return;
    ih_granules_free(&found->scenes);
    CSLDestroy(found->complaints);
    memset(found, 0, sizeof *found);
}
