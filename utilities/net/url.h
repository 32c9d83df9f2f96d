/* SPDX-License-Identifier: MIT
 *
 * Addresses: where they lead, how they combine, and how they may be shown. Syntax is libcurl's, so
 * that what is checked is what is contacted.
 */
#ifndef IH_NET_URL_H
#define IH_NET_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "algorithms/status.h"

enum { IH_URL_SHOWN = 400 }; /* room for an address in a message */

/* Who answers: scheme, host, port. */
typedef struct {
    bool secure;    /* https; else http */
    char host[256]; /* lower case; an IPv6 address in brackets */
    int port;
} ih_origin;

/* False when the address is not absolute http or https, or carries a user or a password. */
bool ih_url_origin(const char *url, ih_origin *out);
bool ih_origin_equal(const ih_origin *a, const ih_origin *b);
/* 127.0.0.0/8, ::1, localhost. */
bool ih_origin_is_loopback(const ih_origin *origin);
/* https, or http on a loopback address: nothing else is ever contacted. */
bool ih_origin_is_safe(const ih_origin *origin);

/* domain starts with a dot, ".asf.alaska.edu": that name itself or one below it. */
bool ih_host_in_domain(const char *host, const char *domain);

/* A base address from the user: safe, without user, query and fragment. */
IH_MUST_CHECK ih_status ih_url_check_base(const char *option, const char *url, ih_error *err);

/* malloc'ed; NULL when memory is short. The base may have a path, and a slash at its end or not. */
char *ih_url_join(const char *base, const char *path);
/* A Location header on the address that sent it; NULL when it cannot be understood. */
char *ih_url_resolve(const char *current, const char *location);
/* Value of a query parameter, decoded; NULL when there is none. */
char *ih_url_query_value(const char *url, const char *name);

/* For messages and logs: without user, password and fragment, and with the whole query starred out
 * when it holds a signature, a token or a code. */
void ih_url_show(const char *url, char *text, size_t size);

#endif
