/* SPDX-License-Identifier: MIT
 *
 * HyP3's programming interface.
 */
#ifndef IH_NET_HYP3_H
#define IH_NET_HYP3_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "algorithms/status.h"
#include "utilities/net/account.h"

typedef struct {
    ih_http *http;       /* not owned */
    ih_account *account; /* not owned; NULL for what needs no login */
    const char *url;     /* base address, not owned */
    double timeout_s;
} ih_hyp3;

/* A request with path (from "/") and, when not NULL, a JSON body; *out is the answer's JSON,
 * deleted by the caller. A token that was refused is replaced once when that is possible.
 * IH_E_ARGUMENT for other refusals (4xx but 429). *ambiguous (may be NULL): a creating request may
 * have been carried out. */
typedef struct {
    const char *method, *path;
    const char *body;
    bool creates, needs_login;
} ih_hyp3_request;
IH_MUST_CHECK ih_status ih_hyp3_ask(const ih_hyp3 *hyp3, const ih_hyp3_request *request,
                                    cJSON **out, bool *ambiguous, ih_error *err);

typedef struct {
    char user[128];
    char application_status[32];
    bool unlimited;           /* no limit on credits */
    double remaining_credits; /* NaN when not told */
    double credits_per_month; /* NaN when not told */
} ih_hyp3_user;

IH_MUST_CHECK ih_status ih_hyp3_read_user(const ih_hyp3 *hyp3, ih_hyp3_user *out, ih_error *err);

#endif
