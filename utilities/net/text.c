/* SPDX-License-Identifier: MIT */
#include "utilities/net/text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char base64_letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void ih_wipe(void *bytes, size_t size)
{
    if (bytes)
        explicit_bzero(bytes, size);
}

void ih_free_secret(char *text)
{
    if (text)
        ih_wipe(text, strlen(text));
    free(text);
}

char *ih_copy_text(const char *text)
{
    return text ? strdup(text) : NULL;
}

static bool make_room(ih_text *text, size_t more)
{
    size_t wanted, size;
    char *grown;

    if (text->failed || more > SIZE_MAX / 4 - text->length) {
        text->failed = true;
        return false;
    }
    wanted = text->length + more + 1;
    if (wanted <= text->capacity)
        return true;
    size = wanted + wanted / 2 + 64;
    /* Not realloc, which would leave the old bytes behind. */
    grown = malloc(size);
    if (!grown) {
        text->failed = true;
        return false;
    }
    if (text->data) {
        memcpy(grown, text->data, text->length + 1);
        ih_wipe(text->data, text->capacity);
        free(text->data);
    }
    text->data = grown;
    text->capacity = size;
    return true;
}

void ih_text_add(ih_text *text, const char *bytes, size_t length)
{
    if (!make_room(text, length))
        return;
    if (length > 0)
        memcpy(text->data + text->length, bytes, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void ih_text_print(ih_text *text, const char *format, ...)
{
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0 || !make_room(text, (size_t)length)) {
        text->failed = true;
        return;
    }
    va_start(arguments, format);
    vsnprintf(text->data + text->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    text->length += (size_t)length;
}

bool ih_text_good(const ih_text *text)
{
    return !text->failed;
}

void ih_text_free(ih_text *text)
{
    if (!text)
        return;
    ih_wipe(text->data, text->capacity);
    free(text->data);
    memset(text, 0, sizeof *text);
}

void ih_text_add_field(ih_text *text, const char *name, const char *value)
{
    static const char digits[] = "0123456789ABCDEF";

    if (text->length > 0)
        ih_text_add(text, "&", 1);
    ih_text_add(text, name, strlen(name));
    ih_text_add(text, "=", 1);
    for (; *value; value++) {
        unsigned char c = (unsigned char)*value;
        char coded[3] = {'%', digits[c >> 4], digits[c & 15]};

        if (c < 128 && (isalnum(c) || strchr("-._~", c)))
            ih_text_add(text, value, 1);
        else
            ih_text_add(text, coded, 3);
    }
}

void ih_text_add_base64(ih_text *text, const void *bytes, size_t length)
{
    const unsigned char *in = bytes;

    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i;
        uint32_t group = (uint32_t)in[i] << 16 | (left > 1 ? (uint32_t)in[i + 1] << 8 : 0) |
                         (left > 2 ? (uint32_t)in[i + 2] : 0);
        char out[4] = {base64_letters[group >> 18], base64_letters[group >> 12 & 63],
                       left > 1 ? base64_letters[group >> 6 & 63] : '=',
                       left > 2 ? base64_letters[group & 63] : '='};

        ih_text_add(text, out, 4);
    }
}

bool ih_text_decode_base64url(ih_text *text, const char *encoded, size_t length)
{
    uint32_t bits = 0;
    int n_bits = 0;

    for (size_t i = 0; i < length; i++) {
        char c = encoded[i] == '-' ? '+' : encoded[i] == '_' ? '/' : encoded[i];
        const char *at = c ? memchr(base64_letters, c, 64) : NULL;

        if (!at || encoded[i] == '+' || encoded[i] == '/')
            return false;
        bits = (bits << 6 | (uint32_t)(at - base64_letters)) & 0xFFFFF;
        n_bits += 6;
        if (n_bits >= 8) {
            char byte = (char)(bits >> (n_bits - 8) & 255);

            n_bits -= 8;
            ih_text_add(text, &byte, 1);
        }
    }
    return ih_text_good(text);
}
