/* SPDX-License-Identifier: MIT */
#include "utilities/net/netrc.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "utilities/net/text.h"

typedef struct {
    const char *at, *end;
} reader;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

static void skip_blanks(reader *r)
{
    while (r->at < r->end && is_blank(*r->at))
        r->at++;
}

static void skip_line(reader *r)
{
    while (r->at < r->end && *r->at != '\n')
        r->at++;
}

/* A macro's lines, up to an empty one. */
static void skip_macro(reader *r)
{
    skip_line(r);
    while (r->at < r->end) {
        const char *line = ++r->at;

        skip_line(r);
        if (r->at == line || (r->at == line + 1 && *line == '\r'))
            return;
    }
}

/* A word of the grammar, behind comments; false at the end. */
static bool next_keyword(reader *r, ih_text *word)
{
    ih_text_free(word);
    for (skip_blanks(r); r->at < r->end && *r->at == '#'; skip_blanks(r))
        skip_line(r);
    if (r->at == r->end)
        return false;
    while (r->at < r->end && !is_blank(*r->at))
        ih_text_add(word, r->at++, 1);
    return ih_text_good(word);
}

/* A value, in which # is a letter like any other; false when there is none. */
static bool next_value(reader *r, ih_text *value)
{
    ih_text_free(value);
    skip_blanks(r);
    if (r->at == r->end)
        return false;
    if (*r->at != '"') {
        while (r->at < r->end && !is_blank(*r->at))
            ih_text_add(value, r->at++, 1);
        return ih_text_good(value);
    }
    for (r->at++; r->at < r->end && *r->at != '"'; r->at++) {
        if (*r->at == '\\' && r->at + 1 < r->end)
            r->at++;
        ih_text_add(value, r->at, 1);
    }
    if (r->at == r->end)
        return false;
    r->at++;
    ih_text_add(value, "", 0);
    return ih_text_good(value);
}

static ih_status keep(char **target, const ih_text *value, ih_error *err)
{
    if (memchr(value->data, '\0', value->length))
        return ih_fail(err, IH_E_DATA, "a NUL in a value");
    ih_free_secret(*target);
    *target = ih_copy_text(value->data);
    return *target ? IH_OK : ih_fail(err, IH_E_MEMORY, "no memory for a netrc entry");
}

ih_status ih_netrc_find(const char *text, size_t size, const char *machine, ih_netrc_entry *out,
                        ih_error *err)
{
    reader r = {text, text + size};
    ih_text word = {0}, value = {0};
    bool wanted = false, found = false;
    ih_status status = IH_OK;

    memset(out, 0, sizeof *out);
    while (status == IH_OK && next_keyword(&r, &word)) {
        bool is_machine = strcasecmp(word.data, "machine") == 0;
        bool is_login = strcasecmp(word.data, "login") == 0;
        bool is_password = strcasecmp(word.data, "password") == 0;

        if (is_machine || strcasecmp(word.data, "default") == 0) {
            if (found)
                break;
            wanted = false;
        }
        if (strcasecmp(word.data, "macdef") == 0) {
            skip_macro(&r);
            continue;
        }
        if (!is_machine && !is_login && !is_password && strcasecmp(word.data, "account") != 0)
            continue;
        if (!next_value(&r, &value)) {
            status = ih_fail(err, IH_E_DATA, "it ends behind the word %.20s", word.data);
        } else if (is_machine) {
            wanted = found = strcasecmp(value.data, machine) == 0;
        } else if (wanted && (is_login || is_password)) {
            status = keep(is_login ? &out->login : &out->password, &value, err);
        }
    }
    if (status == IH_OK && found && (!out->login || !out->password))
        status = ih_fail(err, IH_E_DATA, "the entry of %s has no %s", machine,
                         out->login ? "password" : "login");
    if (status != IH_OK)
        ih_netrc_free(out);
    ih_text_free(&word);
    ih_text_free(&value);
    return status;
}

void ih_netrc_free(ih_netrc_entry *entry)
{
    if (!entry)
        return;
    ih_free_secret(entry->login);
    ih_free_secret(entry->password);
    memset(entry, 0, sizeof *entry);
}
