/* SPDX-License-Identifier: MIT
 *
 * Which credential may go to which host. Asked anew for every request and every hop of a redirect;
 * the answer depends on the address alone.
 */
#ifndef IH_NET_ACCESS_H
#define IH_NET_ACCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "algorithms/status.h"
#include "utilities/net/url.h"

enum { IH_ACCESS_ORIGINS = 8 };

/* Credentials, as bits. */
enum {
    IH_SEND_NOTHING = 0,
    IH_SEND_BEARER = 1, /* token of Earthdata Login */
    IH_SEND_COOKIE = 2, /* asf-urs */
    IH_SEND_BASIC = 4   /* user and password */
};

typedef struct {
    ih_origin login; /* Earthdata Login; the only one that is ever told the password */
    /* Services the user has named: exactly these, host and port. */
    ih_origin named[IH_ACCESS_ORIGINS];
    unsigned named_send[IH_ACCESS_ORIGINS]; /* what they may be told */
    size_t n_named;
} ih_access;

IH_MUST_CHECK ih_status ih_access_start(ih_access *access, const char *login_url, ih_error *err);
/* Allows the origin of a service's base address what `send` says. */
IH_MUST_CHECK ih_status ih_access_name(ih_access *access, const char *base_url, unsigned send,
                                       ih_error *err);

/* The credentials that may go to an address: IH_SEND_ bits. Hosts at or below .earthdata.nasa.gov
 * and .asf.alaska.edu get the token (.asf.alaska.edu the cookie as well), by https on its usual
 * port and when the login service is NASA's own: a token from elsewhere is nothing they know. */
unsigned ih_access_allowed(const ih_access *access, const char *url);

#endif
