/* SPDX-License-Identifier: MIT */
#include "utilities/net/credentials.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "utilities/net/netrc.h"
#include "utilities/net/text.h"
#include "utilities/net/token.h"
#include "utilities/net/url.h"

enum { LONGEST_ANSWER = 4096 };

const char *ih_credential_source_name(ih_credential_source source)
{
    static const char *const names[] = {
        [IH_SOURCE_NONE] = "none",
        [IH_SOURCE_TOKEN_FILE] = "token file",
        [IH_SOURCE_TOKEN_VARIABLE] = "environment, token",
        [IH_SOURCE_PASSWORD_VARIABLE] = "environment, user and password",
        [IH_SOURCE_NETRC] = "netrc file",
        [IH_SOURCE_CACHE] = "token of an earlier login",
        [IH_SOURCE_TERMINAL] = "terminal",
    };

    return (size_t)source < sizeof names / sizeof *names ? names[source] : "";
}

static ih_status short_of_memory(ih_error *err)
{
    return ih_fail(err, IH_E_MEMORY, "no memory for credentials");
}

static ih_status from_token(ih_credentials *out, ih_credential_source source, const char *where,
                            const char *token, ih_error *err)
{
    ih_token_claims claims;

    out->source = source;
    out->where = ih_copy_text(where);
    out->token = ih_copy_text(token);
    if (out->token && ih_token_read_claims(out->token, &claims) && claims.user[0])
        out->user = ih_copy_text(claims.user);
    return out->where && out->token ? IH_OK : short_of_memory(err);
}

static ih_status from_token_file(const ih_credentials_request *request, ih_credentials *out,
                                 ih_error *err)
{
    const char *path = request->token_file;
    char *text = NULL, *start, *end;
    size_t size;
    ih_status status = ih_secret_file_read(path, request->open_to_others, &text, &size, err);

    if (status != IH_OK)
        return status;
    if (!text)
        return ih_fail(err, IH_E_ARGUMENT, "-token_file %s: there is no such file", path);
    start = text + strspn(text, " \t\r\n");
    end = start + strcspn(start, " \t\r\n");
    if (end == start || end[strspn(end, " \t\r\n")] != '\0' || strlen(text) != size) {
        status =
            ih_fail(err, IH_E_ARGUMENT, "-token_file %s: the token alone has to be in it", path);
    } else {
        *end = '\0';
        status = from_token(out, IH_SOURCE_TOKEN_FILE, path, start, err);
    }
    ih_wipe(text, size);
    free(text);
    return status;
}

static ih_status from_password_variables(ih_credentials *out, ih_error *err)
{
    const char *user = getenv("EARTHDATA_USERNAME"), *password = getenv("EARTHDATA_PASSWORD");

    if (!user || !*user || !password || !*password)
        return ih_fail(err, IH_E_ARGUMENT,
                       "EARTHDATA_USERNAME and EARTHDATA_PASSWORD belong together; %s is not set",
                       user && *user ? "EARTHDATA_PASSWORD" : "EARTHDATA_USERNAME");
    out->source = IH_SOURCE_PASSWORD_VARIABLE;
    out->where = ih_copy_text("EARTHDATA_USERNAME");
    out->user = ih_copy_text(user);
    out->password = ih_copy_text(password);
    return out->where && out->user && out->password ? IH_OK : short_of_memory(err);
}

static char *netrc_path(void)
{
    const char *named = getenv("NETRC"), *home = getenv("HOME");
    char *path = NULL;

    if (named && *named)
        return ih_copy_text(named);
    if (!home || asprintf(&path, "%s/.netrc", home) < 0)
        return NULL;
    return path;
}

/* The source stays IH_SOURCE_NONE when there is no file, or no entry in it. */
static ih_status from_netrc(const ih_credentials_request *request, ih_credentials *out,
                            ih_error *err)
{
    char *path = netrc_path(), *text = NULL;
    ih_netrc_entry entry = {0};
    ih_error why = {IH_OK, ""};
    ih_origin origin;
    size_t size = 0;
    ih_status status = IH_OK;

    if (path)
        status = ih_secret_file_read(path, request->open_to_others, &text, &size, err);
    if (status == IH_OK && text && ih_url_origin(request->login_url, &origin)) {
        status = ih_netrc_find(text, size, origin.host, &entry, &why);
        if (status != IH_OK)
            ih_fail(err, status, "%s: %s", path, why.text);
    }
    if (status == IH_OK && entry.login) {
        out->source = IH_SOURCE_NETRC;
        out->where = ih_copy_text(path);
        out->user = ih_copy_text(entry.login);
        out->password = ih_copy_text(entry.password);
        if (!out->where || !out->user || !out->password)
            status = short_of_memory(err);
    }
    ih_netrc_free(&entry);
    ih_wipe(text, size);
    free(text);
    free(path);
    return status;
}

static ih_status from_cache(const ih_credentials_request *request, ih_credentials *out,
                            ih_error *err)
{
    ih_cached_token kept = {0};
    char *path = ih_token_cache_path();
    ih_status status =
        ih_token_cache_read(request->login_url, NULL, (int64_t)time(NULL), &kept, err);

    if (status == IH_OK && kept.token) {
        status = from_token(out, IH_SOURCE_CACHE, path ? path : "", kept.token, err);
        if (!out->user)
            out->user = ih_copy_text(kept.user);
    }
    ih_free_secret(kept.token);
    free(path);
    return status;
}

/* A line from the terminal. Signals only set a flag here, so reading is by poll, which they
 * interrupt. */
static ih_status read_line(const ih_credentials_request *request, char *line, ih_error *err)
{
    size_t used = 0;

    for (;;) {
        struct pollfd input = {STDIN_FILENO, POLLIN, 0};
        int ready = poll(&input, 1, 200);
        char c = '\n';

        if (request->cancelled && request->cancelled())
            return ih_fail(err, IH_E_CANCELLED, "interrupted");
        if (ready <= 0)
            continue;
        if (read(STDIN_FILENO, &c, 1) != 1)
            return ih_fail(err, IH_E_IO, "the terminal was closed");
        if (c == '\n' || c == '\r')
            break;
        if (used + 1 < LONGEST_ANSWER)
            line[used++] = c;
    }
    line[used] = '\0';
    return IH_OK;
}

static ih_status ask(const ih_credentials_request *request, const char *question, bool hidden,
                     char **answer, ih_error *err)
{
    char line[LONGEST_ANSWER];
    struct termios before, silent;
    ih_status status;

    /* Before the question, which whoever answers waits for. */
    if (hidden) {
        if (tcgetattr(STDIN_FILENO, &before) != 0)
            return ih_fail(err, IH_E_IO, "the terminal does not hide what is typed");
        silent = before;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) != 0)
            return ih_fail(err, IH_E_IO, "the terminal does not hide what is typed");
    }
    fprintf(stderr, "%s", question);
    fflush(stderr);
    status = read_line(request, line, err);
    if (hidden) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        fputc('\n', stderr);
    }
    if (status == IH_OK && !(*answer = ih_copy_text(line)))
        status = short_of_memory(err);
    ih_wipe(line, sizeof line);
    return status;
}

static ih_status from_terminal(const ih_credentials_request *request, ih_credentials *out,
                               ih_error *err)
{
    char *answer = NULL;
    ih_status status = ask(
        request, "Earthdata Login user name, or nothing to give a token: ", false, &out->user, err);

    if (status != IH_OK)
        return status;
    if (out->user[0]) {
        out->source = IH_SOURCE_TERMINAL;
        out->where = ih_copy_text("terminal");
        status = ask(request, "Password: ", true, &out->password, err);
        return status == IH_OK && !out->where ? short_of_memory(err) : status;
    }
    free(out->user);
    out->user = NULL;
    status = ask(request, "Token: ", true, &answer, err);
    if (status == IH_OK && !*answer)
        status = ih_fail(err, IH_E_ARGUMENT, "neither a user name nor a token was given");
    if (status == IH_OK)
        status = from_token(out, IH_SOURCE_TERMINAL, "terminal", answer, err);
    ih_free_secret(answer);
    return status;
}

ih_status ih_credentials_find(const ih_credentials_request *request, ih_credentials *out,
                              ih_error *err)
{
    const char *token = getenv("EARTHDATA_TOKEN");
    const char *user = getenv("EARTHDATA_USERNAME"), *password = getenv("EARTHDATA_PASSWORD");
    ih_status status = IH_OK;

    memset(out, 0, sizeof *out);
    if (request->token_file)
        status = from_token_file(request, out, err);
    else if (token && *token)
        status = from_token(out, IH_SOURCE_TOKEN_VARIABLE, "EARTHDATA_TOKEN", token, err);
    else if ((user && *user) || (password && *password))
        status = from_password_variables(out, err);
    if (status == IH_OK && out->source == IH_SOURCE_NONE)
        status = from_netrc(request, out, err);
    if (status == IH_OK && out->source == IH_SOURCE_NONE)
        status = from_cache(request, out, err);
    if (status == IH_OK && out->source == IH_SOURCE_NONE && request->ask && isatty(STDIN_FILENO))
        status = from_terminal(request, out, err);
    if (status == IH_OK && out->source == IH_SOURCE_NONE)
        status = ih_fail(err, IH_E_ARGUMENT,
                         "no account of Earthdata Login was found: set EARTHDATA_TOKEN, or "
                         "EARTHDATA_USERNAME and EARTHDATA_PASSWORD, write an entry for its host "
                         "to ~/.netrc, or run gdal_ih_hub login on a terminal");
    if (status != IH_OK)
        ih_credentials_free(out);
    return status;
}

void ih_credentials_free(ih_credentials *credentials)
{
    if (!credentials)
        return;
    free(credentials->where);
    ih_free_secret(credentials->user);
    ih_free_secret(credentials->password);
    ih_free_secret(credentials->token);
    memset(credentials, 0, sizeof *credentials);
}
