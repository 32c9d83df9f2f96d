/* SPDX-License-Identifier: MIT
 *
 * netrc files. Parsed here and not by libcurl, which has sent the first host's password to the
 * second after a redirect (CVE-2024-11053) and believes `default` entries.
 */
#ifndef IH_NET_NETRC_H
#define IH_NET_NETRC_H

#include <stddef.h>

#include "algorithms/status.h"

typedef struct {
    char *login, *password; /* NULL: no entry for the machine */
} ih_netrc_entry;

/* The first entry of a machine (compared without regard to case); `default` is ignored. IH_E_DATA
 * when that entry lacks its login or password or the text ends in the middle of something. size
 * counts the bytes of text, which need not end with a NUL. */
IH_MUST_CHECK ih_status ih_netrc_find(const char *text, size_t size, const char *machine,
                                      ih_netrc_entry *out, ih_error *err);
void ih_netrc_free(ih_netrc_entry *entry);

#endif
