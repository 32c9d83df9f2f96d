/* SPDX-License-Identifier: MIT
 *
 * What is read from answers: cookies, and the reason for a refusal.
 */
#include "utilities/net/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "utilities/net/json.h"
#include "utilities/net/text.h"
#include "utilities/net/url.h"

static const char cookie_name[] = "asf-urs=";
static const char cookie_domain[] = ".asf.alaska.edu";

enum { EXPLAINED = 500, LONGEST_COOKIE = 8192 };

/* Attribute of a Set-Cookie header, e.g. "domain"; its length goes to *length. */
static const char *attribute(const char *value, const char *name, size_t *length)
{
    size_t wanted = strlen(name);

    while ((value = strchr(value, ';')) != NULL) {
        value += 1 + strspn(value + 1, " \t");
        if (strncasecmp(value, name, wanted) == 0 && value[wanted] == '=') {
            value += wanted + 1;
            *length = strcspn(value, "; \t");
            return value;
        }
    }
    return NULL;
}

char *ih_cookie_from_header(const char *value, const char *host)
{
    char domain[256] = "";
    size_t length, domain_length = 0;
    const char *named, *content;

    value += strspn(value, " \t");
    if (strncmp(value, cookie_name, sizeof cookie_name - 1) != 0)
        return NULL;
    content = value + sizeof cookie_name - 1;
    length = strcspn(content, "; \t,\"");
    if (length == 0 || length > LONGEST_COOKIE ||
        (content[length] != '\0' && content[length] != ';'))
        return NULL;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)content[i] <= ' ' || (unsigned char)content[i] >= 127)
            return NULL;
    named = attribute(value, "domain", &domain_length);
    if (named && domain_length > 0) {
        named += *named == '.';
        domain_length = strcspn(named, "; \t");
        if (domain_length >= sizeof domain - 1)
            return NULL;
        snprintf(domain, sizeof domain, ".%.*s", (int)domain_length, named);
        if (strcasecmp(domain + 1, host) != 0 &&
            (strcasecmp(domain, cookie_domain) != 0 || !ih_host_in_domain(host, cookie_domain)))
            return NULL;
    }
    return strndup(content, length);
}

/* Visible text: printable ASCII and whole UTF-8 letters, white space as one blank, tags left out.
 */
static void copy_visible(const char *from, size_t size, bool strip_tags, char *text)
{
    size_t used = 0;
    bool in_tag = false, blank = false;

    for (size_t i = 0; i < size && from[i] && used < EXPLAINED; i++) {
        unsigned char c = (unsigned char)from[i];

        if (strip_tags && c == '<')
            in_tag = blank = true;
        else if (strip_tags && in_tag)
            in_tag = c != '>';
        else if (c <= ' ' || c == 127)
            blank = true;
        else {
            if (blank && used > 0)
                text[used++] = ' ';
            blank = false;
            if (used < EXPLAINED)
                text[used++] = c < 128 ? (char)c : '?';
        }
    }
    text[used] = '\0';
}

void ih_http_explain(const char *body, size_t size, char text[512])
{
    static const char *const keys[] = {
        "detail", "error_description", "error_msg", "message", "error", "report"};
    cJSON *json = NULL;
    const char *said = NULL;
    ih_text several = {0};

    text[0] = '\0';
    if (!body || size == 0)
        return;
    if (ih_json_parse(body, size, &json, NULL) == IH_OK) {
        for (size_t i = 0; !said && i < sizeof keys / sizeof *keys; i++)
            said = ih_json_text(json, keys[i]);
        if (!said) {
            const cJSON *item;

            cJSON_ArrayForEach(item, ih_json_get(json, "errors")) if (cJSON_IsString(item))
                ih_text_print(&several, "%s%s", several.length ? "; " : "", item->valuestring);
            said = several.data;
        }
        if (said)
            copy_visible(said, strlen(said), false, text);
    }
    if (!text[0])
        copy_visible(body, size, true, text);
    ih_text_free(&several);
    cJSON_Delete(json);
}
