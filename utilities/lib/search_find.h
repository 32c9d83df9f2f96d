/* SPDX-License-Identifier: MIT
 *
 * Asking the catalogue all requests of a search, and gathering what is wanted of the answers.
 */
#ifndef IH_SEARCH_FIND_H
#define IH_SEARCH_FIND_H

#include <stddef.h>

#include "algorithms/progress.h"
#include "algorithms/status.h"
#include "utilities/lib/hub.h"
#include "utilities/lib/search_query.h"
#include "utilities/net/granule.h"

typedef struct {
    ih_granules scenes;      /* latest first, none twice */
    size_t unreadable;       /* records without name or times */
    size_t repeated;         /* found more than once */
    size_t several_polygons; /* footprints of which only the first polygon is used */
    char **complaints;       /* CPL list: of unreadable records, the first few */
} ih_search_found;

enum { IH_SEARCH_COMPLAINTS = 5 };

/* Longest time for one request: the catalogue's own limit unless the user has set another. */
double ih_search_timeout_s(const ih_hub_network *network);

/* All or nothing. Counts of the query (outside, unlike) grow. show may be NULL. */
IH_MUST_CHECK ih_status ih_search_find(const ih_hub_session *session, const ih_hub_network *network,
                                       ih_search_query *query, ih_progress show, void *show_data,
                                       ih_search_found *out, ih_error *err);
void ih_search_found_free(ih_search_found *found);

#endif
