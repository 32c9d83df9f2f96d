/* SPDX-License-Identifier: MIT */
#include "utilities/net/url.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "utilities/net/text.h"

/* Schemes are checked by us, so that the reason for a refusal can be told. */
static CURLU *parse(const char *url)
{
    CURLU *handle = curl_url();

    if (handle && curl_url_set(handle, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK)
        return handle;
    curl_url_cleanup(handle);
    return NULL;
}

static bool has_part(CURLU *handle, CURLUPart part)
{
    char *text = NULL;
    bool there = curl_url_get(handle, part, &text, 0) == CURLUE_OK && text;

    curl_free(text);
    return there;
}

bool ih_url_origin(const char *url, ih_origin *out)
{
    CURLU *handle = parse(url);
    char *scheme = NULL, *host = NULL, *port = NULL;
    bool good = false;

    memset(out, 0, sizeof *out);
    if (!handle)
        return false;
    if (!has_part(handle, CURLUPART_USER) && !has_part(handle, CURLUPART_PASSWORD) &&
        curl_url_get(handle, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
        curl_url_get(handle, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
        curl_url_get(handle, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
        strlen(host) < sizeof out->host &&
        (strcasecmp(scheme, "https") == 0 || strcasecmp(scheme, "http") == 0)) {
        good = true;
        out->secure = strcasecmp(scheme, "https") == 0;
        out->port = atoi(port);
        for (size_t i = 0; host[i]; i++)
            out->host[i] = (char)tolower((unsigned char)host[i]);
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(handle);
    return good;
}

bool ih_origin_equal(const ih_origin *a, const ih_origin *b)
{
    return a->secure == b->secure && a->port == b->port && strcmp(a->host, b->host) == 0;
}

bool ih_origin_is_loopback(const ih_origin *origin)
{
    unsigned a, b, c, d;
    char rest;

    if (strcmp(origin->host, "localhost") == 0 || strcmp(origin->host, "[::1]") == 0)
        return true;
    return sscanf(origin->host, "%u.%u.%u.%u%c", &a, &b, &c, &d, &rest) == 4 && a == 127 &&
           b < 256 && c < 256 && d < 256;
}

bool ih_origin_is_safe(const ih_origin *origin)
{
    return origin->secure || ih_origin_is_loopback(origin);
}

bool ih_host_in_domain(const char *host, const char *domain)
{
    size_t length = strlen(host), tail = strlen(domain);

    if (strcasecmp(host, domain + 1) == 0)
        return true;
    return length > tail && strcasecmp(host + length - tail, domain) == 0;
}

ih_status ih_url_check_base(const char *option, const char *url, ih_error *err)
{
    char shown[IH_URL_SHOWN];
    ih_origin origin;
    CURLU *handle;
    bool plain;

    ih_url_show(url, shown, sizeof shown);
    if (!ih_url_origin(url, &origin))
        return ih_fail(err, IH_E_ARGUMENT,
                       "-%s %s: an address such as https://host/path is needed, without user and "
                       "password",
                       option, shown);
    if (!ih_origin_is_safe(&origin))
        return ih_fail(err, IH_E_ARGUMENT, "-%s %s: https is needed, except on this machine",
                       option, shown);
    handle = parse(url);
    plain = handle && !has_part(handle, CURLUPART_QUERY) && !has_part(handle, CURLUPART_FRAGMENT);
    curl_url_cleanup(handle);
    if (!plain)
        return ih_fail(err, IH_E_ARGUMENT, "-%s %s: ends before ? and #", option, shown);
    return IH_OK;
}

char *ih_url_join(const char *base, const char *path)
{
    size_t length = strlen(base);
    char *url = NULL;

    while (length > 0 && base[length - 1] == '/')
        length--;
    if (asprintf(&url, "%.*s%s", (int)length, base, path) < 0)
        return NULL;
    return url;
}

char *ih_url_resolve(const char *current, const char *location)
{
    CURLU *handle = parse(current);
    char *joined = NULL, *copy = NULL;

    if (handle &&
        curl_url_set(handle, CURLUPART_URL, location, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
        curl_url_get(handle, CURLUPART_URL, &joined, 0) == CURLUE_OK)
        copy = ih_copy_text(joined);
    curl_free(joined);
    curl_url_cleanup(handle);
    return copy;
}

char *ih_url_query_value(const char *url, const char *name)
{
    CURLU *handle = parse(url);
    char *query = NULL, *value = NULL, *rest = NULL;

    if (handle && curl_url_get(handle, CURLUPART_QUERY, &query, 0) == CURLUE_OK)
        for (char *part = strtok_r(query, "&", &rest); part; part = strtok_r(NULL, "&", &rest)) {
            size_t length = strlen(name);
            char *decoded;

            if (strncmp(part, name, length) != 0 || part[length] != '=')
                continue;
            for (char *c = part + length; *c; c++)
                if (*c == '+')
                    *c = ' ';
            decoded = curl_easy_unescape(NULL, part + length + 1, 0, NULL);
            value = ih_copy_text(decoded);
            curl_free(decoded);
            break;
        }
    curl_free(query);
    curl_url_cleanup(handle);
    return value;
}

/* A query is shown only when every name in it is known to carry no secret. */
static bool query_is_public(const char *query)
{
    static const char *const harmless[] = {"start",    "end",          "name",      "status_code",
                                           "user_id",  "job_type",     "page_size", "response_type",
                                           "app_type", "redirect_uri", "splash"};

    while (*query) {
        size_t length = strcspn(query, "=&");
        bool known = false;

        for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
            known = known ||
                    (strlen(harmless[i]) == length && strncmp(harmless[i], query, length) == 0);
        if (!known)
            return false;
        query += strcspn(query, "&");
        query += *query == '&';
    }
    return true;
}

void ih_url_show(const char *url, char *text, size_t size)
{
    const char *host = strstr(url, "://");
    const char *start = host ? host + 3 : url;
    size_t authority = strcspn(start, "/?#");
    const char *at = memrchr(start, '@', authority);
    const char *path = start + authority;
    size_t path_length = strcspn(path, "?#");
    const char *query = path[path_length] == '?' ? path + path_length + 1 : "";
    int query_length = (int)strcspn(query, "#");

    if (at) {
        authority -= (size_t)(at + 1 - start);
        start = at + 1;
    }
    snprintf(text, size, "%.*s%.*s%.*s%s%.*s", (int)(host ? host + 3 - url : 0), url,
             (int)authority, start, (int)path_length, path, *query ? "?" : "",
             query_is_public(query) ? query_length : 3, query_is_public(query) ? query : "***");
    for (char *c = text; *c; c++)
        if (!isprint((unsigned char)*c))
            *c = '?';
}
