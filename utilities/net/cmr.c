/* SPDX-License-Identifier: MIT */
#include "utilities/net/cmr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "utilities/net/json.h"
#include "utilities/net/text.h"

/* Pages of a search that never ends. */
enum { MOST_PAGES = 20000 };

typedef struct {
    const ih_cmr *cmr;
    ih_text body;
    char *url, *after; /* after: what the header asks to send back, NULL on the first page */
    int64_t hits;      /* -1 before the first page */
} paging;

static ih_status begin(paging *p, const ih_cmr *cmr, const char *form, int page_size, ih_error *err)
{
    char number[16];

    memset(p, 0, sizeof *p);
    p->cmr = cmr;
    p->hits = -1;
    p->url = ih_url_join(cmr->url, "/granules.umm_json");
    ih_text_print(&p->body, "%s", form);
    snprintf(number, sizeof number, "%d", page_size);
    ih_text_add_field(&p->body, "provider", "ASF");
    ih_text_add_field(&p->body, "page_size", number);
    ih_text_add_field(&p->body, "sort_key[]", "-end_date");
    ih_text_add_field(&p->body, "sort_key[]", "granule_ur");
    ih_text_add_field(&p->body, "options[temporal][and]", "true");
    ih_text_add_field(&p->body, "options[platform][ignore_case]", "true");
    return p->url && ih_text_good(&p->body) ? IH_OK
                                            : ih_fail(err, IH_E_MEMORY, "no memory for a search");
}

static void end(paging *p)
{
    ih_text_free(&p->body);
    free(p->url);
    free(p->after);
}

static bool says_true(const ih_http_response *answer, const char *name)
{
    const char *value = ih_http_header(answer, name);

    return value && strcasecmp(value, "true") == 0;
}

static ih_status read_page(paging *p, const ih_http_response *answer, cJSON **out, ih_error *err)
{
    const char *hits = ih_http_header(answer, "cmr-hits");
    const char *after = ih_http_header(answer, "cmr-search-after");
    const char *number = ih_http_header(answer, "cmr-request-id");
    ih_error why = {IH_OK, ""};
    double value;

    if (ih_json_parse(answer->body, answer->size, out, &why) != IH_OK)
        return ih_fail(err, IH_E_DATA, "the catalogue's answer %s cannot be read: %s",
                       number ? number : "", why.text);
    if (says_true(answer, "cmr-timed-out") || says_true(answer, "cmr-time-out"))
        return ih_fail(err, IH_E_DATA,
                       "the catalogue ran out of time in request %s and found only a part; ask for "
                       "a shorter time, a smaller area or a smaller -page_size",
                       number ? number : "");
    if (!cJSON_IsArray(ih_json_get(*out, "items")))
        return ih_fail(err, IH_E_DATA, "the catalogue's answer %s has no items",
                       number ? number : "");
    if (p->hits < 0) {
        if (hits)
            p->hits = strtoll(hits, NULL, 10);
        else if (ih_json_number(*out, "hits", &value) && value >= 0 && value < 1e15)
            p->hits = (int64_t)value;
        else
            return ih_fail(err, IH_E_DATA,
                           "the catalogue does not tell how many records there are");
    }
    free(p->after);
    p->after = after ? strdup(after) : NULL;
    if (after && !p->after)
        return ih_fail(err, IH_E_MEMORY, "no memory for a search");
    return IH_OK;
}

static ih_status next_page(paging *p, cJSON **out, ih_error *err)
{
    ih_text after = {0};
    const char *headers[] = {"Client-Id: gdal_ih_hub", NULL, NULL};
    ih_http_request request = {.method = "POST",
                               .url = p->url,
                               .body = p->body.data,
                               .body_size = p->body.length,
                               .content_type = "application/x-www-form-urlencoded",
                               .headers = headers,
                               .timeout_s = p->cmr->timeout_s};
    ih_http_response answer = {0};
    ih_status status;

    *out = NULL;
    if (p->after) {
        ih_text_print(&after, "CMR-Search-After: %s", p->after);
        headers[1] = after.data;
        if (!ih_text_good(&after))
            return ih_fail(err, IH_E_MEMORY, "no memory for a search");
    }
    status = ih_http_perform(p->cmr->http, &request, &answer, err);
    if (status == IH_OK)
        status = read_page(p, &answer, out, err);
    if (status != IH_OK) {
        cJSON_Delete(*out);
        *out = NULL;
    }
    ih_http_response_free(&answer);
    ih_text_free(&after);
    return status;
}

static ih_status take_items(const cJSON *json, const ih_cmr_search *search, int64_t *n,
                            ih_error *err)
{
    const cJSON *item;
    ih_status status = IH_OK;

    cJSON_ArrayForEach(item, ih_json_get(json, "items"))
    {
        status = search->record(item, search->record_data, err);
        if (status != IH_OK)
            break;
        ++*n;
    }
    return status;
}

ih_status ih_cmr_find(const ih_cmr *cmr, const ih_cmr_search *search, int64_t *hits, ih_error *err)
{
    int64_t n = 0, before;
    paging p;
    ih_status status = begin(&p, cmr, search->form, cmr->page_size, err);

    for (int page = 0; status == IH_OK; page++) {
        cJSON *json;

        before = n;
        status = next_page(&p, &json, err);
        if (status == IH_OK)
            status = take_items(json, search, &n, err);
        cJSON_Delete(json);
        if (status == IH_OK && search->show &&
            !search->show(search->done_before +
                              search->share * (p.hits > n ? (double)n / (double)p.hits : 1.0),
                          "searching", search->show_data))
            status = ih_fail(err, IH_E_CANCELLED, "interrupted");
        if (status != IH_OK || !p.after || n == before || n >= p.hits)
            break;
        if (page == MOST_PAGES)
            status = ih_fail(err, IH_E_DATA, "more than %d pages", MOST_PAGES);
    }
    if (status == IH_OK && n < p.hits)
        status = ih_fail(err, IH_E_DATA,
                         "incomplete: the catalogue has %lld records and sent %lld; try again",
                         (long long)p.hits, (long long)n);
    *hits = p.hits;
    end(&p);
    return status;
}

ih_status ih_cmr_count(const ih_cmr *cmr, const char *form, int64_t *hits, ih_error *err)
{
    cJSON *json = NULL;
    paging p;
    ih_status status = begin(&p, cmr, form, 0, err);

    if (status == IH_OK)
        status = next_page(&p, &json, err);
    *hits = p.hits;
    cJSON_Delete(json);
    end(&p);
    return status;
}
