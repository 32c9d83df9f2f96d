/* SPDX-License-Identifier: MIT
 *
 * NASA's Common Metadata Repository: searches for granules, all pages of them or none.
 */
#ifndef IH_NET_CMR_H
#define IH_NET_CMR_H

#include <cjson/cJSON.h>
#include <stdint.h>

#include "algorithms/progress.h"
#include "algorithms/status.h"
#include "utilities/net/http.h"

typedef struct {
    ih_http *http;   /* not owned; no credentials are sent */
    const char *url; /* base address, ".../search" */
    double timeout_s;
    int page_size; /* 1..2000 */
} ih_cmr;

/* Called for each record; anything but IH_OK ends the search. */
typedef ih_status (*ih_cmr_record)(const cJSON *item, void *data, ih_error *err);

/* form: the search's own parameters (utilities/net/text.h); provider, order and page size are
 * added. *hits is the number of matches. IH_E_DATA when pages are missing, the catalogue timed out,
 * or the count at the end is short of the hits: what was found is then not complete. show (may be
 * NULL) is told the share done. */
typedef struct {
    const char *form;
    ih_cmr_record record;
    void *record_data;
    ih_progress show;
    void *show_data;
    double done_before, share; /* of the whole */
} ih_cmr_search;
IH_MUST_CHECK ih_status ih_cmr_find(const ih_cmr *cmr, const ih_cmr_search *search, int64_t *hits,
                                    ih_error *err);
IH_MUST_CHECK ih_status ih_cmr_count(const ih_cmr *cmr, const char *form, int64_t *hits,
                                     ih_error *err);

#endif
