/* SPDX-License-Identifier: MIT
 *
 * An account of Earthdata Login in use: a token for the services, obtained when it is first needed,
 * kept between runs, asked for anew when it is refused; and the cookie of ASF's archive.
 */
#ifndef IH_NET_ACCOUNT_H
#define IH_NET_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "algorithms/status.h"
#include "utilities/net/credentials.h"
#include "utilities/net/http.h"

typedef struct {
    ih_http *http;         /* not owned */
    const char *login_url; /* not owned */
    ih_credentials credentials;
    char user[128];  /* "" while unknown */
    int64_t expires; /* of the token, 0 while unknown */
    bool has_token;
    bool renewed; /* a refused token is replaced once */
    double timeout_s;
} ih_account;

/* Takes the credentials, which are emptied. A token that has expired is refused here
 * (IH_E_ARGUMENT), one that will within a day is warned of; no server is asked. */
IH_MUST_CHECK ih_status ih_account_open(ih_account *account, ih_http *http, const char *login_url,
                                        ih_credentials *credentials, ih_error *err);
void ih_account_close(ih_account *account);

/* The session can send a token afterwards. With a password: the token kept for this user, else one
 * from Earthdata Login, which is then kept. */
IH_MUST_CHECK ih_status ih_account_use_token(ih_account *account, ih_error *err);

/* After a service has refused the token with 401: a new one when the old one was obtained by us,
 * which happens once. False with *err left as it was when there is no other. */
bool ih_account_renew(ih_account *account);

/* The login of ASF's archive: Earthdata Login sends the browser to callback_url, which sets a
 * cookie. Fails with the words and the link of the service when an application has to be approved,
 * or the profile is incomplete. */
IH_MUST_CHECK ih_status ih_account_use_cookie(ih_account *account, const char *callback_url,
                                              ih_error *err);

#endif
