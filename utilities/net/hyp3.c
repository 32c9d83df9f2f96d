/* SPDX-License-Identifier: MIT */
#include "utilities/net/hyp3.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utilities/net/json.h"

static ih_status parse_answer(const ih_http_response *answer, cJSON **out, ih_error *err)
{
    char shown[IH_URL_SHOWN];
    ih_error why = {IH_OK, ""};

    if (ih_json_parse(answer->body, answer->size, out, &why) == IH_OK)
        return IH_OK;
    ih_url_show(answer->url, shown, sizeof shown);
    return ih_fail(err, IH_E_DATA, "%s: the answer cannot be read: %s", shown, why.text);
}

ih_status ih_hyp3_ask(const ih_hyp3 *hyp3, const ih_hyp3_request *request, cJSON **out,
                      bool *ambiguous, ih_error *err)
{
    char *url = ih_url_join(hyp3->url, request->path);
    ih_http_request http = {.method = request->method,
                            .url = url,
                            .body = request->body,
                            .body_size = request->body ? strlen(request->body) : 0,
                            .content_type = "application/json",
                            .send = request->needs_login ? IH_SEND_BEARER : IH_SEND_NOTHING,
                            .creates = request->creates,
                            .timeout_s = hyp3->timeout_s};
    ih_http_response answer = {0};
    ih_status status = IH_OK;

    *out = NULL;
    if (!url)
        return ih_fail(err, IH_E_MEMORY, "no memory for an address");
    if (request->needs_login)
        status = ih_account_use_token(hyp3->account, err);
    if (status == IH_OK)
        status = ih_http_perform(hyp3->http, &http, &answer, err);
    if (status != IH_OK && answer.status == 401 && request->needs_login &&
        ih_account_renew(hyp3->account)) {
        ih_http_response_free(&answer);
        status = ih_http_perform(hyp3->http, &http, &answer, err);
    }
    if (ambiguous)
        *ambiguous = answer.ambiguous;
    /* What the service refuses it will refuse again. */
    if (status == IH_E_IO && answer.status >= 400 && answer.status < 500 && answer.status != 429) {
        status = IH_E_ARGUMENT;
        if (err)
            err->status = status;
    }
    if (status == IH_OK)
        status = parse_answer(&answer, out, err);
    ih_http_response_free(&answer);
    free(url);
    return status;
}

ih_status ih_hyp3_read_user(const ih_hyp3 *hyp3, ih_hyp3_user *out, ih_error *err)
{
    const ih_hyp3_request request = {.method = "GET", .path = "/user", .needs_login = true};
    cJSON *json = NULL;
    ih_status status = ih_hyp3_ask(hyp3, &request, &json, NULL, err);
    const char *text;

    memset(out, 0, sizeof *out);
    if (status != IH_OK)
        return status;
    text = ih_json_text(json, "user_id");
    snprintf(out->user, sizeof out->user, "%s", text ? text : "");
    text = ih_json_text(json, "application_status");
    snprintf(out->application_status, sizeof out->application_status, "%s", text ? text : "");
    if (!ih_json_number(json, "remaining_credits", &out->remaining_credits))
        out->remaining_credits = NAN;
    out->unlimited = cJSON_IsObject(json) &&
                     cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(json, "remaining_credits"));
    if (!ih_json_number(json, "credits_per_month", &out->credits_per_month))
        out->credits_per_month = NAN;
    if (!out->user[0])
        status = ih_fail(err, IH_E_DATA, "HyP3's answer about the user names no user");
    cJSON_Delete(json);
    return status;
}
