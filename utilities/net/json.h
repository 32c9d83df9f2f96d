/* SPDX-License-Identifier: MIT
 *
 * JSON from other people: parsed within limits, read without surprises. Keys are compared exactly;
 * an absent key and null are the same.
 */
#ifndef IH_NET_JSON_H
#define IH_NET_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#include "algorithms/status.h"

/* Deeper or larger than any answer of the services. */
enum { IH_JSON_DEPTH = 64, IH_JSON_VALUES = 4000000 };

/* IH_E_DATA when the text is no JSON, is not UTF-8, has more after its value, or exceeds the
 * limits; the caller deletes *out. */
IH_MUST_CHECK ih_status ih_json_parse(const char *text, size_t size, cJSON **out, ih_error *err);

/* Member of an object; NULL when json is no object, or the member is absent or null. */
const cJSON *ih_json_get(const cJSON *json, const char *key);
/* Its text; NULL when it is none. */
const char *ih_json_text(const cJSON *json, const char *key);
/* Its number, which may also be written as a text; false when it is neither. */
bool ih_json_number(const cJSON *json, const char *key, double *value);
/* Puts a member (value is taken over) where its key belongs by the alphabet; false when memory is
 * short. */
bool ih_json_put_sorted(cJSON *object, const char *key, cJSON *value);
/* Overwrites a text before it is freed, because it is a secret; nothing when there is none. */
void ih_json_wipe_text(cJSON *json, const char *key);
bool ih_json_is_true(const cJSON *json, const char *key);

#endif
