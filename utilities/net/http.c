/* SPDX-License-Identifier: MIT */
#include "utilities/net/http.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <cpl_error.h>
#include <curl/curl.h>

#include "algorithms/random.h"
#include "utilities/net/retry.h"
#include "utilities/net/text.h"

#define CONNECT_TIMEOUT_MS 30000L
#define LONGEST_SLEEP_S    0.05

enum { MOST_REDIRECTS = 10, MOST_HEADERS = 200, BODY_LIMIT_MIB = 64 };

struct ih_http {
    CURL *curl;
    ih_http_options options;
    ih_access access;
    ih_random random;
    char *user_agent, *ca_file;
    char *bearer, *basic, *cookie; /* the words after "Bearer ", "Basic " and "asf-urs=" */
};

/* One exchange with one server. */
typedef struct {
    ih_http *http;
    const ih_http_request *request;
    const char *url;
    ih_text body;
    size_t limit;
    char **headers;
    size_t n_headers;
    int status;
    bool too_large, stopped;
    char curl_text[CURL_ERROR_SIZE];
} exchange;

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool is_cancelled(const ih_http *http)
{
    return http->options.cancelled && http->options.cancelled();
}

/* False when asked to stop meanwhile. */
static bool sleep_s(const ih_http *http, double seconds)
{
    double end = now_s() + seconds;

    for (double left = seconds; left > 0; left = end - now_s()) {
        double part = left < LONGEST_SLEEP_S ? left : LONGEST_SLEEP_S;
        struct timespec t = {0, (long)(part * 1e9)};

        if (is_cancelled(http))
            return false;
        nanosleep(&t, NULL);
    }
    return !is_cancelled(http);
}

ih_http *ih_http_open(const ih_http_options *options)
{
    ih_http *http = calloc(1, sizeof *http);
    char *agent = NULL;

    if (!http || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(http);
        return NULL;
    }
    http->options = *options;
    http->access = *options->access;
    http->random = ih_random_stream(options->seed, 0, 0);
    http->curl = curl_easy_init();
    if (asprintf(&agent, "%s/%s", options->program, IH_VERSION) >= 0)
        http->user_agent = agent;
    http->ca_file = ih_copy_text(options->ca_file);
    if (http->curl && http->user_agent && (http->ca_file || !options->ca_file))
        return http;
    ih_http_close(http);
    return NULL;
}

void ih_http_close(ih_http *http)
{
    if (!http)
        return;
    curl_easy_cleanup(http->curl);
    free(http->user_agent);
    free(http->ca_file);
    ih_free_secret(http->bearer);
    ih_free_secret(http->basic);
    ih_free_secret(http->cookie);
    free(http);
}

/* Nothing that could end a header line. */
static bool fits_header(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 127)
            return false;
    return true;
}

ih_status ih_http_set_token(ih_http *http, const char *token, ih_error *err)
{
    ih_free_secret(http->bearer);
    http->bearer = NULL;
    if (!token)
        return IH_OK;
    if (!*token || strchr(token, ' ') || !fits_header(token))
        return ih_fail(err, IH_E_ARGUMENT, "the token has blanks or control characters in it");
    http->bearer = ih_copy_text(token);
    return http->bearer ? IH_OK : ih_fail(err, IH_E_MEMORY, "no memory for a token");
}

ih_status ih_http_set_password(ih_http *http, const char *user, const char *password, ih_error *err)
{
    ih_text pair = {0}, coded = {0};
    ih_status status = IH_OK;

    ih_free_secret(http->basic);
    http->basic = NULL;
    if (!user || !password)
        return IH_OK;
    if (strchr(user, ':'))
        return ih_fail(err, IH_E_ARGUMENT, "a user name cannot contain a colon");
    ih_text_print(&pair, "%s:%s", user, password);
    if (ih_text_good(&pair))
        ih_text_add_base64(&coded, pair.data, pair.length);
    if (ih_text_good(&pair) && ih_text_good(&coded))
        http->basic = ih_copy_text(coded.data);
    if (!http->basic)
        status = ih_fail(err, IH_E_MEMORY, "no memory for a password");
    ih_text_free(&pair);
    ih_text_free(&coded);
    return status;
}

bool ih_http_has_cookie(const ih_http *http)
{
    return http->cookie != NULL;
}

static void forget_headers(exchange *x)
{
    for (size_t i = 0; i < x->n_headers; i++)
        ih_free_secret(x->headers[i]);
    free(x->headers);
    x->headers = NULL;
    x->n_headers = 0;
}

static size_t take_header(char *line, size_t size, size_t n, void *data)
{
    exchange *x = data;
    size_t length = size * n, name;
    char *copy, **grown;

    /* Another status line: what came before was "100 Continue" or a proxy's answer. */
    if (length > 5 && strncmp(line, "HTTP/", 5) == 0) {
        forget_headers(x);
        return length;
    }
    name = length;
    for (size_t i = 0; i < length && name == length; i++)
        if (line[i] == ':')
            name = i;
    if (name == length || x->n_headers >= MOST_HEADERS)
        return length;
    copy = strndup(line, length);
    grown = copy ? realloc(x->headers, (x->n_headers + 1) * sizeof *grown) : NULL;
    if (!grown) {
        free(copy);
        return 0;
    }
    for (size_t i = 0; i < name && copy[i]; i++)
        copy[i] = (char)tolower((unsigned char)copy[i]);
    copy[strcspn(copy, "\r\n")] = '\0';
    x->headers = grown;
    x->headers[x->n_headers++] = copy;
    return length;
}

static size_t take_body(char *bytes, size_t size, size_t n, void *data)
{
    exchange *x = data;
    size_t length = size * n;

    if (length > x->limit - x->body.length) {
        x->too_large = true;
        return 0;
    }
    ih_text_add(&x->body, bytes, length);
    return ih_text_good(&x->body) ? length : 0;
}

static int watch(void *data, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    exchange *x = data;

    (void)a, (void)b, (void)c, (void)d;
    x->stopped = is_cancelled(x->http);
    return x->stopped;
}

static struct curl_slist *add_header(struct curl_slist *list, const char *name, const char *value)
{
    ih_text line = {0};
    struct curl_slist *longer = list;

    ih_text_print(&line, "%s%s", name, value);
    if (ih_text_good(&line))
        longer = curl_slist_append(list, line.data);
    ih_text_free(&line);
    return longer ? longer : list;
}

static struct curl_slist *make_headers(const exchange *x)
{
    const ih_http *http = x->http;
    unsigned send = x->request->send & ih_access_allowed(&http->access, x->url);
    struct curl_slist *list = NULL;
    ih_origin origin;

    /* The password only to the login service, which the token is for everybody else. */
    if ((send & IH_SEND_BASIC) && http->basic)
        list = add_header(list, "Authorization: Basic ", http->basic);
    else if ((send & IH_SEND_BEARER) && http->bearer)
        list = add_header(list, "Authorization: Bearer ", http->bearer);
    if ((send & IH_SEND_COOKIE) && http->cookie && ih_url_origin(x->url, &origin))
        list = add_header(list, "Cookie: asf-urs=", http->cookie);
    if (x->request->body && x->request->content_type)
        list = add_header(list, "Content-Type: ", x->request->content_type);
    list = add_header(list, "Expect:", "");
    for (size_t i = 0; x->request->headers && x->request->headers[i]; i++)
        list = add_header(list, "", x->request->headers[i]);
    return list;
}

static void wipe_headers(struct curl_slist *list)
{
    for (struct curl_slist *item = list; item; item = item->next)
        ih_wipe(item->data, strlen(item->data));
    curl_slist_free_all(list);
}

static void set_options(exchange *x, struct curl_slist *headers, const ih_origin *origin)
{
    CURL *curl = x->http->curl;
    const ih_http_request *r = x->request;
    const ih_http_options *o = &x->http->options;

    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, x->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, origin->secure ? "https" : "http");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(curl, CURLOPT_UNRESTRICTED_AUTH, 0L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, lround(ceil(o->stall_s)));
    if (r->timeout_s > 0)
        curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, lround(r->timeout_s * 1000.0));
    if (x->http->ca_file)
        curl_easy_setopt(curl, CURLOPT_CAINFO, x->http->ca_file);
    /* A proxy would be told what is meant for this machine. */
    if (ih_origin_is_loopback(origin))
        curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_USERAGENT, x->http->user_agent);
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, x);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, x);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, watch);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, x);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, x->curl_text);
    /* libcurl sends again by itself on a kept connection that turns out to be closed. */
    if (r->creates)
        curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
    if (strcmp(r->method, "HEAD") == 0)
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    else if (strcmp(r->method, "GET") != 0) {
        curl_easy_setopt(curl, CURLOPT_POST, 1L);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, r->body ? r->body : "");
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                         (curl_off_t)(r->body ? r->body_size : 0));
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, r->method);
    }
}

static ih_attempt_end end_of(CURL *curl, CURLcode code)
{
    curl_off_t sent_us = 0;

    if (code == CURLE_OK)
        return IH_ATTEMPT_ANSWERED;
    if (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY ||
        code == CURLE_COULDNT_CONNECT || code == CURLE_SSL_CONNECT_ERROR)
        return IH_ATTEMPT_NOT_SENT;
    curl_easy_getinfo(curl, CURLINFO_PRETRANSFER_TIME_T, &sent_us);
    return code == CURLE_OPERATION_TIMEDOUT && sent_us == 0 ? IH_ATTEMPT_NOT_SENT : IH_ATTEMPT_LOST;
}

/* Failures that another attempt would only repeat. */
static bool is_final(CURLcode code)
{
    return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
           code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL ||
           code == CURLE_OUT_OF_MEMORY;
}

static const char *find_header(char *const *headers, size_t n, const char *name)
{
    size_t length = strlen(name);

    for (size_t i = 0; i < n; i++)
        if (strncmp(headers[i], name, length) == 0 && headers[i][length] == ':')
            return headers[i] + length + 1 + strspn(headers[i] + length + 1, " \t");
    return NULL;
}

const char *ih_http_header(const ih_http_response *response, const char *name)
{
    return find_header(response->headers, response->n_headers, name);
}

/* Only who may be told the cookie may set it. */
static void take_cookie(exchange *x)
{
    static const char name[] = "set-cookie:";
    ih_origin origin;

    if (!(ih_access_allowed(&x->http->access, x->url) & IH_SEND_COOKIE) ||
        !ih_url_origin(x->url, &origin))
        return;
    for (size_t i = 0; i < x->n_headers; i++) {
        char *value = strncmp(x->headers[i], name, sizeof name - 1) == 0
                          ? ih_cookie_from_header(x->headers[i] + sizeof name - 1, origin.host)
                          : NULL;

        if (value) {
            ih_free_secret(x->http->cookie);
            x->http->cookie = value;
        }
    }
}

/* One exchange. On anything but an answer *err says why. */
static ih_status send_once(exchange *x, ih_attempt *attempt, bool *final, ih_error *err)
{
    struct curl_slist *headers;
    char shown[IH_URL_SHOWN];
    ih_origin origin;
    double began = now_s();
    long status = 0;
    CURLcode code;

    ih_url_show(x->url, shown, sizeof shown);
    *final = true;
    if (!ih_url_origin(x->url, &origin) || !ih_origin_is_safe(&origin))
        return ih_fail(err, IH_E_ARGUMENT, "%s %s: only https is allowed", x->request->method,
                       shown);
    headers = make_headers(x);
    set_options(x, headers, &origin);
    code = curl_easy_perform(x->http->curl);
    curl_easy_getinfo(x->http->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_setopt(x->http->curl, CURLOPT_HTTPHEADER, NULL);
    wipe_headers(headers);
    x->status = (int)status;
    attempt->end = end_of(x->http->curl, code);
    attempt->http_status = x->status;
    CPLDebug("IH", "%s %s: %ld, %zu bytes, %.3f s%s%s", x->request->method, shown, status,
             x->body.length, now_s() - began, code ? ": " : "",
             code ? curl_easy_strerror(code) : "");
    if (x->stopped)
        return ih_fail(err, IH_E_CANCELLED, "%s %s: interrupted", x->request->method, shown);
    if (x->too_large)
        return ih_fail(err, IH_E_DATA, "%s %s: the answer has more than %zu bytes",
                       x->request->method, shown, x->limit);
    *final = is_final(code);
    if (code != CURLE_OK)
        return ih_fail(err, IH_E_IO, "%s %s: %s", x->request->method, shown,
                       x->curl_text[0] ? x->curl_text : curl_easy_strerror(code));
    *final = false;
    take_cookie(x);
    return IH_OK;
}

static bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* The next address, or NULL with the reason why there is none. */
static char *next_hop(const exchange *x, ih_error *err)
{
    const char *location = find_header(x->headers, x->n_headers, "location");
    char from_text[IH_URL_SHOWN], to_text[IH_URL_SHOWN] = "";
    char *next = location ? ih_url_resolve(x->url, location) : NULL;
    bool reads = strcmp(x->request->method, "GET") == 0 || strcmp(x->request->method, "HEAD") == 0;
    ih_origin from, to;
    const char *why = NULL;

    ih_url_show(x->url, from_text, sizeof from_text);
    if (next)
        ih_url_show(next, to_text, sizeof to_text);
    if (!next)
        why = location ? "cannot be understood" : "names no address";
    else if (!ih_url_origin(next, &to) || !ih_url_origin(x->url, &from))
        why = "is neither http nor https, or carries a user";
    else if (from.secure && !to.secure)
        why = "leads from https to http";
    else if (!ih_origin_is_safe(&to))
        why = "leads to http";
    else if (!reads && (!ih_origin_equal(&from, &to) || (x->status != 307 && x->status != 308)))
        why = "would send or drop what is to be sent";
    if (!why)
        return next;
    free(next);
    ih_fail(err, IH_E_IO, "%s %s: the redirect %s%s%s, so it is not followed", x->request->method,
            from_text, to_text, *to_text ? " " : "", why);
    return NULL;
}

static void clear_exchange(exchange *x)
{
    ih_text_free(&x->body);
    forget_headers(x);
    x->status = 0;
    x->curl_text[0] = '\0';
}

/* From the first address over all redirects to an answer that is none. *url is replaced. */
static ih_status walk(exchange *x, char **url, ih_attempt *attempt, bool *final, ih_error *err)
{
    for (int hop = 0;; hop++) {
        ih_status status;
        char *next;

        x->url = *url;
        status = send_once(x, attempt, final, err);
        if (status != IH_OK || !is_redirect(x->status))
            return status;
        *final = true;
        if (hop == MOST_REDIRECTS)
            return ih_fail(err, IH_E_IO, "%s: more than %d redirects", x->request->method,
                           MOST_REDIRECTS);
        next = next_hop(x, err);
        if (!next)
            return IH_E_IO;
        clear_exchange(x);
        free(*url);
        *url = next;
    }
}

static ih_status refusal(const exchange *x, ih_error *err)
{
    char shown[IH_URL_SHOWN], said[512] = "";

    ih_url_show(x->url, shown, sizeof shown);
    if (!x->request->secret_answer)
        ih_http_explain(x->body.data, x->body.length, said);
    /* A server may repeat what it was sent. */
    if ((x->http->bearer && strstr(said, x->http->bearer)) ||
        (x->http->basic && strstr(said, x->http->basic)) ||
        (x->http->cookie && strstr(said, x->http->cookie)))
        snprintf(said, sizeof said, "(the answer repeats a secret and is not shown)");
    return ih_fail(err, IH_E_IO, "%s %s: HTTP %d%s%s", x->request->method, shown, x->status,
                   *said ? ": " : "", said);
}

static void hand_over(exchange *x, char *url, ih_http_response *out)
{
    out->status = x->status;
    out->url = url;
    out->headers = x->headers;
    out->n_headers = x->n_headers;
    out->size = x->body.length;
    out->body = x->body.data ? x->body.data : calloc(1, 1);
    memset(&x->body, 0, sizeof x->body);
    x->headers = NULL;
    x->n_headers = 0;
}

/* Waits before the next attempt; false when there will be none, with *err saying why if it was not
 * said before. */
static bool wait_for_next(ih_http *http, const exchange *x, int attempt, double began)
{
    const char *asked = find_header(x->headers, x->n_headers, "retry-after");
    double wait =
        ih_retry_wait_s(attempt, http->options.first_wait_s, ih_random_uniform(&http->random));
    double asked_s = asked ? ih_retry_after_s(asked, (int64_t)time(NULL)) : -1.0;

    if (asked_s >= 0)
        wait = asked_s;
    if (now_s() - began + wait > http->options.retry_limit_s) {
        CPLDebug("IH", "no further attempt: it would begin later than %.0f s after the first",
                 http->options.retry_limit_s);
        return false;
    }
    CPLDebug("IH", "attempt %d failed; the next in %.2f s", attempt + 1, wait);
    return sleep_s(http, wait);
}

ih_status ih_http_perform(ih_http *http, const ih_http_request *request, ih_http_response *out,
                          ih_error *err)
{
    ih_attempt attempt = {.creates = request->creates};
    exchange x = {.http = http, .request = request};
    double began = now_s();
    ih_status status;
    char *url = NULL;

    memset(out, 0, sizeof *out);
    x.limit = request->max_bytes ? request->max_bytes : (size_t)BODY_LIMIT_MIB << 20;
    for (;; attempt.attempt++) {
        bool final = false;

        clear_exchange(&x);
        free(url);
        url = ih_copy_text(request->url);
        if (!url)
            return ih_fail(err, IH_E_MEMORY, "no memory for a request");
        status = walk(&x, &url, &attempt, &final, err);
        x.url = url;
        if (status == IH_OK && x.status >= 200 && x.status < 300)
            break;
        if (status == IH_OK) {
            status = refusal(&x, err);
            attempt.unavailable =
                x.body.data && strcasestr(x.body.data, "currently unavailable") != NULL;
        }
        out->ambiguous = request->creates &&
                         (attempt.end == IH_ATTEMPT_LOST || x.status == 502 || x.status == 504);
        if (final || attempt.attempt >= http->options.retries || !ih_retry_is_safe(&attempt) ||
            !wait_for_next(http, &x, attempt.attempt, began))
            break;
    }
    if (status != IH_OK && status != IH_E_CANCELLED && is_cancelled(http))
        status = ih_fail(err, IH_E_CANCELLED, "interrupted");
    hand_over(&x, url, out);
    return status;
}

void ih_http_response_free(ih_http_response *response)
{
    if (!response)
        return;
    if (response->body)
        ih_wipe(response->body, response->size);
    free(response->body);
    free(response->url);
    for (size_t i = 0; i < response->n_headers; i++)
        ih_free_secret(response->headers[i]);
    free(response->headers);
    memset(response, 0, sizeof *response);
}
