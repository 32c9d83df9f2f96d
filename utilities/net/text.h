/* SPDX-License-Identifier: MIT
 *
 * A text that grows, and the encodings that requests need. Failure of memory is remembered and told
 * once, by ih_text_good.
 */
#ifndef IH_NET_TEXT_H
#define IH_NET_TEXT_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    char *data; /* ends with a NUL that length does not count; NULL when empty */
    size_t length, capacity;
    bool failed;
} ih_text;

void ih_text_add(ih_text *text, const char *bytes, size_t length);
void ih_text_print(ih_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool ih_text_good(const ih_text *text);
/* Overwrites what was there before it is given back, so that a secret does not stay in memory. */
void ih_text_free(ih_text *text);
void ih_wipe(void *bytes, size_t size);
/* free() after overwriting; NULL is accepted. */
void ih_free_secret(char *text);
/* malloc'ed copy, NULL for NULL or when memory is short. */
char *ih_copy_text(const char *text);

/* Adds name=value of a query or a form, with & before it unless it is the first. Everything but
 * letters, digits, - . _ ~ is percent-encoded in the value; names are sent as they are. */
void ih_text_add_field(ih_text *text, const char *name, const char *value);

/* Base64 as in RFC 4648, with padding. */
void ih_text_add_base64(ih_text *text, const void *bytes, size_t length);

/* Decodes base64url without padding (RFC 7515); false on any other character. */
bool ih_text_decode_base64url(ih_text *text, const char *encoded, size_t length);

#endif
