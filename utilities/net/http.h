/* SPDX-License-Identifier: MIT
 *
 * Requests over libcurl. Redirects are followed here, hop by hop, because libcurl would decide by
 * itself which credentials go along; retries, limits on size and time, and what may be shown of a
 * request are here as well. One ih_http is for one thread at a time.
 *
 * Never shown, in messages or with --debug: tokens, passwords, cookies, and queries that may hold a
 * signature.
 */
#ifndef IH_NET_HTTP_H
#define IH_NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "algorithms/status.h"
#include "utilities/net/access.h"

typedef struct ih_http ih_http;

typedef struct {
    const char *program; /* User-Agent: program/version */
    const char *ca_file; /* certificates to trust instead of the system's; NULL = the system's */
    const ih_access *access; /* copied */
    long retries;            /* after the first attempt */
    double first_wait_s;     /* before the first of them; then doubled */
    double retry_limit_s;    /* no retry begins later than this after the first attempt */
    double stall_s;          /* a transfer slower than 1 byte/s for so long ends */
    uint64_t seed;           /* of the jitter */
    bool (*cancelled)(void); /* asked several times a second; may be NULL */
} ih_http_options;

typedef struct {
    const char *method; /* "GET", "HEAD", "POST", "PATCH" */
    const char *url;
    const char *body; /* NULL for none */
    size_t body_size;
    const char *content_type;
    const char *const *headers; /* "Name: value", ends with NULL; may be NULL; no secrets */
    unsigned send;              /* credentials that may go along: IH_SEND_ bits */
    bool creates;               /* never sent twice unless the server has surely not acted */
    bool secret_answer;         /* the answer holds a secret: no part of it is ever shown */
    double timeout_s;           /* whole request; 0 = only stall_s */
    size_t max_bytes;           /* of the answer; 0 = 64 MiB */
} ih_http_request;

typedef struct {
    int status;     /* of the last answer; 0 when there was none */
    bool ambiguous; /* a creating request may or may not have been carried out */
    char *body;     /* ends with a NUL that size does not count; never NULL after IH_OK */
    size_t size;
    char *url;      /* where the redirects ended */
    char **headers; /* "name: value" with lower-case names */
    size_t n_headers;
} ih_http_response;

/* NULL when memory or libcurl fails. */
ih_http *ih_http_open(const ih_http_options *options);
void ih_http_close(ih_http *http);

/* Credentials, copied; NULL takes one away. */
IH_MUST_CHECK ih_status ih_http_set_token(ih_http *http, const char *token, ih_error *err);
IH_MUST_CHECK ih_status ih_http_set_password(ih_http *http, const char *user, const char *password,
                                             ih_error *err);
/* The asf-urs cookie that answers have set; false when none has. */
bool ih_http_has_cookie(const ih_http *http);

/* IH_OK for an answer of 200 to 299. Otherwise *err has method, address, status and the server's
 * words; out->status, url and headers are those of the last answer. out is freed by the caller in
 * any case.
 *
 * IH_E_CANCELLED when asked to stop, IH_E_ARGUMENT for an address that is not allowed, IH_E_DATA
 * for an answer beyond the limits, IH_E_IO for everything else. */
IH_MUST_CHECK ih_status ih_http_perform(ih_http *http, const ih_http_request *request,
                                        ih_http_response *out, ih_error *err);
void ih_http_response_free(ih_http_response *response);

/* Value of a header of the last answer (name in lower case), NULL when it is absent. */
const char *ih_http_header(const ih_http_response *response, const char *name);

/* What a server says of a failure: the text of its JSON, or its page without tags, at most 500
 * printable characters. */
void ih_http_explain(const char *body, size_t size, char text[512]);

/* The value of the asf-urs cookie in a Set-Cookie header; malloc'ed, NULL when the header sets
 * another cookie, takes this one away, or is for another domain than the host's own or
 * .asf.alaska.edu. */
char *ih_cookie_from_header(const char *value, const char *host);

#endif
