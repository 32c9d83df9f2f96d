/* SPDX-License-Identifier: MIT */
#include "drivers/hyp3/product_text.h"

#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Longer keys are prose with a colon in it, not keys; the bound keeps comparing cheap. */
#define MAX_KEY_BYTES 256

/* key and value point into the object's own copy of the text. */
struct line {
    const char *key, *value;
    uint32_t hash; /* of the key without spaces and case */
};

struct ih_product_text {
    char *bytes;
    size_t count;
    struct line lines[IH_PRODUCT_TEXT_MAX_KEYS];
};

/* Not isspace() and tolower(): they depend on the locale of the program around us. */
static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r' || c == '\n';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static uint32_t hash_of(const char *key)
{
    uint32_t hash = 2166136261u; /* FNV-1a */

    for (; *key; key++)
        if (!is_space(*key))
            hash = (hash ^ (unsigned char)lower(*key)) * 16777619u;
    return hash;
}

/* True when key, without spaces and case, is wanted, or begins with it when prefix is set. */
static bool same_key(const char *key, const char *wanted, bool prefix)
{
    for (;;) {
        while (is_space(*key))
            key++;
        while (is_space(*wanted))
            wanted++;
        if (*wanted == '\0')
            return prefix || *key == '\0';
        if (lower(*key++) != lower(*wanted++))
            return false;
    }
}

/* Length of the valid UTF-8 sequence at s (RFC 3629), 0 when there is none. */
static size_t utf8_length(const unsigned char *s, size_t left)
{
    size_t n = s[0] < 0x80   ? 1
               : s[0] < 0xc2 ? 0
               : s[0] < 0xe0 ? 2
               : s[0] < 0xf0 ? 3
               : s[0] < 0xf5 ? 4
                             : 0;

    if (n > left)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    /* Overlong forms, surrogates, beyond U+10FFFF. */
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
        (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
        return 0;
    return n;
}

static void copy_clean(char *to, const char *from, size_t size)
{
    const unsigned char *s = (const unsigned char *)from;

    for (size_t i = 0; i < size;) {
        size_t n = s[i] == '\0' ? 0 : utf8_length(s + i, size - i);

        if (n == 0) {
            to[i++] = '?';
        } else {
            memcpy(to + i, from + i, n);
            i += n;
        }
    }
    to[size] = '\0';
}

/* Cuts white space off both ends, in place. */
static char *trimmed(char *text)
{
    size_t n;

    while (is_space(*text))
        text++;
    n = strlen(text);
    while (n > 0 && is_space(text[n - 1]))
        n--;
    text[n] = '\0';
    return text;
}

static const struct line *find(const ih_product_text *text, const char *key, uint32_t hash)
{
    for (size_t i = 0; i < text->count; i++)
        if (text->lines[i].hash == hash && same_key(text->lines[i].key, key, false))
            return &text->lines[i];
    return NULL;
}

/* Takes one line, without its end; false when there is no room for its key. */
static bool add_line(ih_product_text *text, char *line)
{
    char *colon = strchr(line, ':');
    struct line entry;

    if (!colon || colon - line > MAX_KEY_BYTES)
        return true;
    *colon = '\0';
    entry.key = trimmed(line);
    entry.value = trimmed(colon + 1);
    entry.hash = hash_of(entry.key);
    if (*entry.key == '\0' || find(text, entry.key, entry.hash))
        return true;
    if (text->count == IH_PRODUCT_TEXT_MAX_KEYS)
        return false;
    text->lines[text->count++] = entry;
    return true;
}

ih_product_text *ih_product_text_parse(const char *bytes, size_t size, bool *truncated)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    ih_product_text *text;
    char *line;
    bool cut = size > IH_PRODUCT_TEXT_MAX_BYTES;

    if (cut)
        size = IH_PRODUCT_TEXT_MAX_BYTES;
    if (!bytes)
        size = 0;
    if (size >= 3 && memcmp(bytes, byte_order_mark, 3) == 0) {
        bytes += 3;
        size -= 3;
    }
    text = calloc(1, sizeof *text);
    if (!text)
        return NULL;
    text->bytes = malloc(size + 1);
    if (!text->bytes) {
        free(text);
        return NULL;
    }
    copy_clean(text->bytes, bytes, size);

    for (line = text->bytes; *line;) {
        size_t length = strcspn(line, "\r\n");
        bool last = line[length] == '\0';

        line[length] = '\0';
        if (!add_line(text, line)) {
            cut = true;
            break;
        }
        line += length + !last;
    }
    if (truncated)
        *truncated = cut;
    return text;
}

void ih_product_text_free(ih_product_text *text)
{
    if (!text)
        return;
    free(text->bytes);
    free(text);
}

size_t ih_product_text_count(const ih_product_text *text)
{
    return text ? text->count : 0;
}

const char *ih_product_text_key(const ih_product_text *text, size_t index)
{
    return text && index < text->count ? text->lines[index].key : NULL;
}

const char *ih_product_text_value(const ih_product_text *text, size_t index)
{
    return text && index < text->count ? text->lines[index].value : NULL;
}

const char *ih_product_text_get(const ih_product_text *text, const char *key)
{
    const struct line *line = text && key ? find(text, key, hash_of(key)) : NULL;

    return line ? line->value : NULL;
}

const char *ih_product_text_get_prefix(const ih_product_text *text, const char *prefix)
{
    if (!text || !prefix)
        return NULL;
    for (size_t i = 0; i < text->count; i++)
        if (same_key(text->lines[i].key, prefix, true))
            return text->lines[i].value;
    return NULL;
}

bool ih_product_text_number(const ih_product_text *text, const char *key, double *value)
{
    const char *words = ih_product_text_get(text, key);
    locale_t c_locale;
    char *end;
    double number;

    /* No "nan", "inf" or hexadecimal numbers, which strtod() would take. */
    if (!words || *words == '\0' || words[strspn(words, "0123456789+-.eE")] != '\0')
        return false;
    c_locale = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    if (!c_locale)
        return false;
    number = strtod_l(words, &end, c_locale);
    freelocale(c_locale);
    if (end == words || *end != '\0' || !isfinite(number))
        return false;
    if (value)
        *value = number;
    return true;
}

int ih_product_text_flag(const ih_product_text *text, const char *key)
{
    static const struct {
        const char *word;
        int flag;
    } words[] = {{"yes", 1}, {"true", 1},  {"on", 1}, {"1", 1},   {"no", 0},
                 {"off", 0}, {"false", 0}, {"0", 0},  {"none", 0}};
    const char *value = ih_product_text_get(text, key);

    if (value)
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
            if (strcasecmp(value, words[i].word) == 0)
                return words[i].flag;
    return -1;
}
