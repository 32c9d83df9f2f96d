/* SPDX-License-Identifier: MIT
 *
 * Tokens of Earthdata Login: what they say of themselves, and the file in which one is kept between
 * runs.
 */
#ifndef IH_NET_TOKEN_H
#define IH_NET_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "algorithms/status.h"

typedef struct {
    char user[128];  /* "" when it does not tell */
    int64_t expires; /* seconds since 1970, 0 when it does not tell */
} ih_token_claims;

/* Reads the payload of a JSON web token; the signature is for the servers to verify. False when the
 * token is none: it may be valid all the same. */
bool ih_token_read_claims(const char *token, ih_token_claims *out);

/* "03/14/2026" as seconds since 1970; 0 when it is no date. */
int64_t ih_token_expiration_date(const char *text);

/* A whole file that nobody else may read: a regular file of the user's own, without permissions for
 * group and others unless `open_to_others`, below 1 MB. IH_OK with *text NULL when there is no
 * file. The caller frees *text by ih_free_secret. */
IH_MUST_CHECK ih_status ih_secret_file_read(const char *path, bool open_to_others, char **text,
                                            size_t *size, ih_error *err);

typedef struct {
    char *token;
    char user[128];
    int64_t expires;
} ih_cached_token;

/* Path of the cache: insarhub-gdal/earthdata_token.json in XDG_CACHE_HOME or ~/.cache. malloc'ed;
 * NULL without a home. */
char *ih_token_cache_path(void);
/* The token of a login service and a user (NULL = any) that is valid for at least a day; out->token
 * NULL when there is none. A file that cannot be understood counts as none. */
IH_MUST_CHECK ih_status ih_token_cache_read(const char *login_url, const char *user, int64_t now,
                                            ih_cached_token *out, ih_error *err);
/* Replaces the cache: mode 0600 from the start, in a folder of mode 0700. */
IH_MUST_CHECK ih_status ih_token_cache_write(const char *login_url, const ih_cached_token *token,
                                             ih_error *err);
/* True when there was a cache. */
bool ih_token_cache_forget(void);

#endif
