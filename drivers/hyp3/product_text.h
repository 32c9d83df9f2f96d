/* SPDX-License-Identifier: MIT
 *
 * The metadata text of a HyP3 product: lines "Key: value" (hyp3-products 3). Keys keep their
 * spelling and order; they are compared without spaces and without case. libc only, thread-safe as
 * long as one object is used by one thread. Hostile input is expected: any bytes, any length.
 */
#ifndef IH_PRODUCT_TEXT_H
#define IH_PRODUCT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Texts are a few kB; what is longer is cut here and *truncated says so. */
#define IH_PRODUCT_TEXT_MAX_BYTES ((size_t)1 << 20)
#define IH_PRODUCT_TEXT_MAX_KEYS  512

typedef struct ih_product_text ih_product_text;

/* Parses size bytes (need not end with 0; NUL bytes and invalid UTF-8 are replaced by '?'). NULL
 * only when memory is short. Lines without a colon are skipped. A repeated key keeps its first
 * value. */
ih_product_text *ih_product_text_parse(const char *bytes, size_t size, bool *truncated);
void ih_product_text_free(ih_product_text *text);

size_t ih_product_text_count(const ih_product_text *text);
const char *ih_product_text_key(const ih_product_text *text, size_t index);
const char *ih_product_text_value(const ih_product_text *text, size_t index);

/* Value of a key, NULL when absent. With `prefix`, the first key that starts with the given words
 * (5.1.0 spelled the reference-point keys differently). text may be NULL. */
const char *ih_product_text_get(const ih_product_text *text, const char *key);
const char *ih_product_text_get_prefix(const ih_product_text *text, const char *prefix);

/* Number of a key; false when absent or not a finite number as a whole. */
bool ih_product_text_number(const ih_product_text *text, const char *key, double *value);

/* yes,true,on,1 / no,false,off,0,none by any case: 1 / 0; -1 when absent or neither. */
int ih_product_text_flag(const ih_product_text *text, const char *key);

#ifdef __cplusplus
}
#endif
#endif
