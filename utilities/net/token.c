/* SPDX-License-Identifier: MIT */
#include "utilities/net/token.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "utilities/net/json.h"
#include "utilities/net/text.h"

enum { LARGEST_SECRET_FILE = 1 << 20, DAY_S = 86400 };

bool ih_token_read_claims(const char *token, ih_token_claims *out)
{
    const char *first = strchr(token, '.');
    const char *second = first ? strchr(first + 1, '.') : NULL;
    ih_text payload = {0};
    cJSON *json = NULL;
    const char *user;
    double expires = 0;
    bool good = false;

    memset(out, 0, sizeof *out);
    if (second && ih_text_decode_base64url(&payload, first + 1, (size_t)(second - first - 1)) &&
        payload.data && ih_json_parse(payload.data, payload.length, &json, NULL) == IH_OK) {
        good = true;
        user = ih_json_text(json, "uid");
        snprintf(out->user, sizeof out->user, "%s", user ? user : "");
        if (ih_json_number(json, "exp", &expires) && expires > 0 && expires < 1e15)
            out->expires = (int64_t)expires;
    }
    cJSON_Delete(json);
    ih_text_free(&payload);
    return good;
}

int64_t ih_token_expiration_date(const char *text)
{
    struct tm date = {0};
    const char *end = text ? strptime(text, "%m/%d/%Y", &date) : NULL;

    return end && *end == '\0' ? (int64_t)timegm(&date) : 0;
}

static ih_status check_owner(const char *path, const struct stat *facts, bool open_to_others,
                             ih_error *err)
{
    if (!S_ISREG(facts->st_mode) || facts->st_size > LARGEST_SECRET_FILE)
        return ih_fail(err, IH_E_ARGUMENT, "%s: no file of secrets", path);
    if (open_to_others)
        return IH_OK;
    if (facts->st_uid != geteuid())
        return ih_fail(err, IH_E_ARGUMENT, "%s belongs to somebody else, so it is not used", path);
    if (facts->st_mode & (S_IRWXG | S_IRWXO))
        return ih_fail(err, IH_E_ARGUMENT,
                       "%s can be read or written by others, so it is not used; chmod 600 %s", path,
                       path);
    return IH_OK;
}

ih_status ih_secret_file_read(const char *path, bool open_to_others, char **text, size_t *size,
                              ih_error *err)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat facts;
    ih_status status = IH_OK;
    ssize_t n = 1;

    *text = NULL;
    *size = 0;
    if (file < 0 && (errno == ENOENT || errno == ENOTDIR))
        return IH_OK;
    if (file < 0 || fstat(file, &facts) != 0)
        status = ih_fail(err, IH_E_IO, "%s: %s", path, strerror(errno));
    if (status == IH_OK)
        status = check_owner(path, &facts, open_to_others, err);
    if (status == IH_OK) {
        *text = calloc(1, (size_t)facts.st_size + 1);
        if (!*text)
            status = ih_fail(err, IH_E_MEMORY, "%s: no memory", path);
    }
    while (status == IH_OK && n > 0 && *size < (size_t)facts.st_size) {
        n = read(file, *text + *size, (size_t)facts.st_size - *size);
        if (n > 0)
            *size += (size_t)n;
        else if (n < 0 && errno == EINTR)
            n = 1;
        else if (n < 0)
            status = ih_fail(err, IH_E_IO, "%s: %s", path, strerror(errno));
    }
    if (file >= 0)
        close(file);
    if (status != IH_OK) {
        free(*text);
        *text = NULL;
    }
    return status;
}

static char *cache_folder(void)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    char *folder = NULL;
    int length = -1;

    if (cache && cache[0] == '/')
        length = asprintf(&folder, "%s/insarhub-gdal", cache);
    else if (home && home[0] == '/')
        length = asprintf(&folder, "%s/.cache/insarhub-gdal", home);
    return length < 0 ? NULL : folder;
}

char *ih_token_cache_path(void)
{
    char *folder = cache_folder(), *path = NULL;

    if (folder && asprintf(&path, "%s/earthdata_token.json", folder) < 0)
        path = NULL;
    free(folder);
    return path;
}

static bool is_wanted(const cJSON *json, const char *login_url, const char *user, int64_t now,
                      ih_cached_token *out)
{
    const char *url = ih_json_text(json, "login_url"), *its = ih_json_text(json, "user");
    double expires = 0;

    if (!url || strcmp(url, login_url) != 0 || !its || !*its || (user && strcmp(user, its) != 0) ||
        strlen(its) >= sizeof out->user || !ih_json_text(json, "access_token"))
        return false;
    if (!ih_json_number(json, "expires", &expires) || !(expires > (double)(now + DAY_S)) ||
        expires > 1e15)
        return false;
    out->expires = (int64_t)expires;
    snprintf(out->user, sizeof out->user, "%s", its);
    return true;
}

ih_status ih_token_cache_read(const char *login_url, const char *user, int64_t now,
                              ih_cached_token *out, ih_error *err)
{
    char *path = ih_token_cache_path(), *text = NULL;
    cJSON *json = NULL;
    size_t size;
    ih_status status = IH_OK;

    memset(out, 0, sizeof *out);
    if (path)
        status = ih_secret_file_read(path, false, &text, &size, err);
    if (status == IH_OK && text && ih_json_parse(text, size, &json, NULL) == IH_OK &&
        is_wanted(json, login_url, user, now, out)) {
        out->token = ih_copy_text(ih_json_text(json, "access_token"));
        if (!out->token)
            status = ih_fail(err, IH_E_MEMORY, "no memory for a token");
    }
    ih_json_wipe_text(json, "access_token");
    cJSON_Delete(json);
    ih_free_secret(text);
    free(path);
    return status;
}

/* Like mkdir -p, for the user alone. */
static bool make_folder(char *folder)
{
    for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(folder, 0700);
        *slash = '/';
    }
    return mkdir(folder, 0700) == 0 || (errno == EEXIST && access(folder, W_OK | X_OK) == 0);
}

static ih_status write_secret(const char *path, const char *text, ih_error *err)
{
    char *temporary = NULL;
    size_t left = strlen(text);
    ih_status status = IH_OK;
    int file;

    if (asprintf(&temporary, "%s.%ld.tmp", path, (long)getpid()) < 0)
        return ih_fail(err, IH_E_MEMORY, "no memory for a path");
    unlink(temporary);
    file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        status = ih_fail(err, IH_E_IO, "%s: %s", temporary, strerror(errno));
    while (status == IH_OK && left > 0) {
        ssize_t n = write(file, text, left);

        if (n < 0 && errno != EINTR)
            status = ih_fail(err, IH_E_IO, "%s: %s", temporary, strerror(errno));
        text += n > 0 ? n : 0;
        left -= n > 0 ? (size_t)n : 0;
    }
    if (file >= 0 && close(file) != 0 && status == IH_OK)
        status = ih_fail(err, IH_E_IO, "%s: %s", temporary, strerror(errno));
    if (status == IH_OK && rename(temporary, path) != 0)
        status = ih_fail(err, IH_E_IO, "%s: %s", path, strerror(errno));
    if (status != IH_OK && file >= 0)
        unlink(temporary);
    free(temporary);
    return status;
}

ih_status ih_token_cache_write(const char *login_url, const ih_cached_token *token, ih_error *err)
{
    char *folder = cache_folder(), *path = ih_token_cache_path(), *text = NULL;
    cJSON *json = cJSON_CreateObject();
    ih_status status;

    if (!folder || !path) {
        status = ih_fail(err, IH_E_IO, "neither XDG_CACHE_HOME nor HOME is set");
    } else if (!make_folder(folder)) {
        status = ih_fail(err, IH_E_IO, "%s: %s", folder, strerror(errno));
    } else if (!json || !cJSON_AddStringToObject(json, "login_url", login_url) ||
               !cJSON_AddStringToObject(json, "user", token->user) ||
               !cJSON_AddNumberToObject(json, "expires", (double)token->expires) ||
               !cJSON_AddStringToObject(json, "access_token", token->token) ||
               !(text = cJSON_Print(json))) {
        status = ih_fail(err, IH_E_MEMORY, "no memory for a token");
    } else {
        status = write_secret(path, text, err);
    }
    cJSON_Delete(json);
    ih_free_secret(text);
    free(folder);
    free(path);
    return status;
}

bool ih_token_cache_forget(void)
{
    char *path = ih_token_cache_path();
    bool there = path && unlink(path) == 0;

    free(path);
    return there;
}
