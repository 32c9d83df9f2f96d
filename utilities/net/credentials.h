/* SPDX-License-Identifier: MIT
 *
 * Where the account of Earthdata Login comes from. Sources, in this order: a token file,
 * EARTHDATA_TOKEN; EARTHDATA_USERNAME with EARTHDATA_PASSWORD; netrc; the token kept from an
 * earlier login; a question on the terminal. Never the command line.
 */
#ifndef IH_NET_CREDENTIALS_H
#define IH_NET_CREDENTIALS_H

#include <stdbool.h>

#include "algorithms/status.h"

typedef enum {
    IH_SOURCE_NONE,
    IH_SOURCE_TOKEN_FILE,
    IH_SOURCE_TOKEN_VARIABLE,
    IH_SOURCE_PASSWORD_VARIABLE,
    IH_SOURCE_NETRC,
    IH_SOURCE_CACHE,
    IH_SOURCE_TERMINAL
} ih_credential_source;

typedef struct {
    ih_credential_source source;
    char *where;    /* the file, or the name of the variable; for messages */
    char *user;     /* NULL for a token that does not tell it */
    char *password; /* NULL when there is a token */
    char *token;    /* NULL when there is a password */
} ih_credentials;

typedef struct {
    const char *token_file; /* NULL for none */
    const char *login_url;  /* whose account it is: the host in netrc, the owner of a kept token */
    bool open_to_others;    /* use files that others can read */
    bool ask;               /* on the terminal, when there is one and nothing was found */
    bool (*cancelled)(void);
} ih_credentials_request;

/* IH_E_ARGUMENT when there are none, or a source is half filled in: the text names it and says what
 * to do. */
IH_MUST_CHECK ih_status ih_credentials_find(const ih_credentials_request *request,
                                            ih_credentials *out, ih_error *err);
void ih_credentials_free(ih_credentials *credentials);

/* "netrc file", "EARTHDATA_TOKEN", ... */
const char *ih_credential_source_name(ih_credential_source source);

#endif
