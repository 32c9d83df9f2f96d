/* SPDX-License-Identifier: MIT */
#include "utilities/net/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>

#include "utilities/net/text.h"

/* Bytes of the UTF-8 sequence at text, 0 when it is none: no overlong forms, no surrogates. */
static size_t sequence_length(const unsigned char *text, size_t left)
{
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = text[0] < 0x80   ? 1
               : text[0] < 0xC2 ? 0
               : text[0] < 0xE0 ? 2
               : text[0] < 0xF0 ? 3
               : text[0] < 0xF5 ? 4
                                : 0;
    unsigned code;

    if (n < 2 || n > left)
        return n > left ? 0 : n;
    code = text[0] & (0x7Fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((text[i] & 0xC0) != 0x80)
            return 0;
        code = code << 6 | (text[i] & 0x3F);
    }
    return code < least[n] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000) ? 0 : n;
}

static ih_status check_limits(const char *text, size_t size, ih_error *err)
{
    const unsigned char *bytes = (const unsigned char *)text;
    long depth = 0, values = 0;
    bool in_string = false;

    for (size_t i = 0; i < size;) {
        size_t n = sequence_length(bytes + i, size - i);

        if (n == 0)
            return ih_fail(err, IH_E_DATA, "not UTF-8 at byte %zu", i);
        if (bytes[i] == 0)
            return ih_fail(err, IH_E_DATA, "a NUL at byte %zu", i);
        if (in_string) {
            if (bytes[i] == '\\')
                n += i + 1 < size && bytes[i + 1] < 0x80;
            else if (bytes[i] == '"')
                in_string = false;
        } else if (bytes[i] == '"') {
            in_string = true;
        } else if (bytes[i] == '[' || bytes[i] == '{') {
            values++;
            if (++depth > IH_JSON_DEPTH)
                return ih_fail(err, IH_E_DATA, "nested deeper than %d", IH_JSON_DEPTH);
        } else if (bytes[i] == ']' || bytes[i] == '}') {
            depth--;
        } else if (bytes[i] == ',' && ++values > IH_JSON_VALUES) {
            return ih_fail(err, IH_E_DATA, "more than %d values", IH_JSON_VALUES);
        }
        i += n;
    }
    return IH_OK;
}

ih_status ih_json_parse(const char *text, size_t size, cJSON **out, ih_error *err)
{
    const char *end = NULL;

    *out = NULL;
    if (check_limits(text, size, err) != IH_OK)
        return IH_E_DATA;
    *out = cJSON_ParseWithLengthOpts(text, size, &end, 0);
    if (!*out)
        return ih_fail(err, IH_E_DATA, "no JSON");
    for (; end < text + size; end++)
        if (!strchr(" \t\r\n", *end)) {
            cJSON_Delete(*out);
            *out = NULL;
            return ih_fail(err, IH_E_DATA, "more than one JSON value");
        }
    return IH_OK;
}

const cJSON *ih_json_get(const cJSON *json, const char *key)
{
    const cJSON *item = cJSON_IsObject(json) ? cJSON_GetObjectItemCaseSensitive(json, key) : NULL;

    return item && !cJSON_IsNull(item) ? item : NULL;
}

const char *ih_json_text(const cJSON *json, const char *key)
{
    return cJSON_GetStringValue(ih_json_get(json, key));
}

bool ih_json_number(const cJSON *json, const char *key, double *value)
{
    const cJSON *item = ih_json_get(json, key);
    const char *text = cJSON_GetStringValue(item);
    char *end = NULL;

    if (cJSON_IsNumber(item)) {
        *value = item->valuedouble;
        return isfinite(*value);
    }
    if (!text)
        return false;
    *value = CPLStrtod(text, &end);
    return end != text && *end == '\0' && isfinite(*value);
}

void ih_json_wipe_text(cJSON *json, const char *key)
{
    const cJSON *item = ih_json_get(json, key);

    if (cJSON_IsString(item))
        ih_wipe(item->valuestring, strlen(item->valuestring));
}

bool ih_json_is_true(const cJSON *json, const char *key)
{
    return cJSON_IsTrue(ih_json_get(json, key));
}

bool ih_json_put_sorted(cJSON *object, const char *key, cJSON *value)
{
    cJSON *later = cJSON_CreateArray(), *item;
    bool good;

    cJSON_DeleteItemFromObjectCaseSensitive(object, key);
    /* What belongs behind it steps aside. */
    item = later ? object->child : NULL;
    while (item) {
        cJSON *next = item->next;

        if (strcmp(item->string, key) > 0)
            cJSON_AddItemToArray(later, cJSON_DetachItemViaPointer(object, item));
        item = next;
    }
    good = value && later && cJSON_AddItemToObject(object, key, value);
    if (!good)
        cJSON_Delete(value);
    while (later && later->child)
        cJSON_AddItemToArray(object, cJSON_DetachItemViaPointer(later, later->child));
    cJSON_Delete(later);
    return good;
}
