/* SPDX-License-Identifier: MIT */
#include "utilities/net/account.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cpl_error.h>

#include "utilities/net/json.h"
#include "utilities/net/text.h"
#include "utilities/net/token.h"

/* ASF's name at Earthdata Login. */
static const char asf_client[] = "BO_n7nTIlMljdvU6kRRB3g";

enum { DAY_S = 86400 };

static ih_status take_claims(ih_account *account, const char *token, ih_error *err)
{
    int64_t now = (int64_t)time(NULL);
    ih_token_claims claims;
    char *where = account->credentials.where;

    if (!ih_token_read_claims(token, &claims))
        return IH_OK;
    account->expires = claims.expires;
    if (claims.user[0])
        snprintf(account->user, sizeof account->user, "%s", claims.user);
    if (claims.expires && claims.expires <= now)
        return ih_fail(err, IH_E_ARGUMENT,
                       "the token of %s has expired; make another at Earthdata Login",
                       where ? where : "");
    if (claims.expires && claims.expires <= now + DAY_S)
        CPLError(CE_Warning, CPLE_AppDefined, "the token of %s expires within a day",
                 where ? where : "");
    return IH_OK;
}

ih_status ih_account_open(ih_account *account, ih_http *http, const char *login_url,
                          ih_credentials *credentials, ih_error *err)
{
    const ih_credentials *c = &account->credentials;

    memset(account, 0, sizeof *account);
    account->http = http;
    account->login_url = login_url;
    account->credentials = *credentials;
    memset(credentials, 0, sizeof *credentials);
    if (c->user)
        snprintf(account->user, sizeof account->user, "%s", c->user);
    if (c->token)
        return take_claims(account, c->token, err);
    return ih_http_set_password(http, c->user, c->password, err);
}

void ih_account_close(ih_account *account)
{
    ih_credentials_free(&account->credentials);
}

static ih_status wrong_password(const ih_account *account, ih_error *err)
{
    return ih_fail(err, IH_E_ARGUMENT,
                   "Earthdata Login does not accept user %s with the password of the %s (%s)",
                   account->credentials.user,
                   ih_credential_source_name(account->credentials.source),
                   account->credentials.where);
}

static ih_status read_token(ih_account *account, const ih_http_response *answer,
                            ih_cached_token *out, ih_error *err)
{
    cJSON *json = NULL;
    const char *token;
    ih_token_claims claims;
    ih_status status = IH_OK;

    if (ih_json_parse(answer->body, answer->size, &json, NULL) != IH_OK ||
        !(token = ih_json_text(json, "access_token"))) {
        status = ih_fail(err, IH_E_DATA, "Earthdata Login answered without a token");
    } else {
        out->token = ih_copy_text(token);
        snprintf(out->user, sizeof out->user, "%s", account->credentials.user);
        out->expires = ih_token_expiration_date(ih_json_text(json, "expiration_date"));
        if (ih_token_read_claims(token, &claims) && claims.expires)
            out->expires = claims.expires;
        if (!out->token)
            status = ih_fail(err, IH_E_MEMORY, "no memory for a token");
    }
    ih_json_wipe_text(json, "access_token");
    cJSON_Delete(json);
    return status;
}

static ih_status ask_for_token(ih_account *account, ih_cached_token *out, ih_error *err)
{
    char *url = ih_url_join(account->login_url, "/api/users/find_or_create_token");
    ih_http_request request = {.method = "POST",
                               .url = url,
                               .send = IH_SEND_BASIC,
                               .secret_answer = true,
                               .timeout_s = account->timeout_s};
    ih_http_response answer = {0};
    ih_error why = {IH_OK, ""};
    ih_status status;

    if (!url)
        return ih_fail(err, IH_E_MEMORY, "no memory for an address");
    status = ih_http_perform(account->http, &request, &answer, err);
    if (status == IH_OK)
        status = read_token(account, &answer, out, err);
    else if (answer.status == 401)
        status = wrong_password(account, err);
    if (status == IH_OK && ih_token_cache_write(account->login_url, out, &why) != IH_OK)
        CPLError(CE_Warning, CPLE_FileIO, "the token is not kept for the next run: %s", why.text);
    ih_http_response_free(&answer);
    free(url);
    return status;
}

static ih_status set_token(ih_account *account, const char *token, int64_t expires, ih_error *err)
{
    ih_status status = ih_http_set_token(account->http, token, err);

    account->has_token = status == IH_OK;
    if (expires)
        account->expires = expires;
    return status;
}

ih_status ih_account_use_token(ih_account *account, ih_error *err)
{
    const ih_credentials *c = &account->credentials;
    ih_cached_token kept = {0};
    ih_status status;

    if (account->has_token)
        return IH_OK;
    if (c->token)
        return set_token(account, c->token, 0, err);
    status = ih_token_cache_read(account->login_url, c->user, (int64_t)time(NULL), &kept, err);
    if (status == IH_OK && !kept.token)
        status = ask_for_token(account, &kept, err);
    if (status == IH_OK)
        status = set_token(account, kept.token, kept.expires, err);
    ih_free_secret(kept.token);
    return status;
}

bool ih_account_renew(ih_account *account)
{
    ih_cached_token fresh = {0};
    bool good = false;

    if (account->renewed)
        return false;
    account->renewed = true;
    if (account->credentials.source == IH_SOURCE_CACHE)
        ih_token_cache_forget();
    if (!account->credentials.password)
        return false;
    ih_token_cache_forget();
    if (ask_for_token(account, &fresh, NULL) == IH_OK)
        good = set_token(account, fresh.token, fresh.expires, NULL) == IH_OK;
    ih_free_secret(fresh.token);
    return good;
}

/* What Earthdata Login says by the address at which its redirects end, whatever the status. */
static ih_status read_refusal(const char *url, ih_error *err)
{
    char *message = ih_url_query_value(url, "error_msg");
    char *link = ih_url_query_value(url, "resolution_url");
    char *error = ih_url_query_value(url, "error");
    ih_status status = IH_OK;
    char text[512] = "", where[512] = "";

    if (message)
        ih_http_explain(message, strlen(message), text);
    if (link)
        ih_http_explain(link, strlen(link), where);
    if (message && strstr(message, "update your profile"))
        status = ih_fail(err, IH_E_ARGUMENT,
                         "the profile at Earthdata Login is incomplete, the password is right: %s "
                         "(https://urs.earthdata.nasa.gov/profile)",
                         text);
    else if (message || link)
        status = ih_fail(err, IH_E_ARGUMENT,
                         "an application has to be approved at Earthdata Login, the password is "
                         "right: %s%s%s",
                         text, *where ? ": " : "", where);
    else if (error) {
        ih_http_explain(error, strlen(error), text);
        status = ih_fail(err, IH_E_ARGUMENT, "Earthdata Login refuses the archive: %s", text);
    }
    free(message);
    free(link);
    free(error);
    return status;
}

ih_status ih_account_use_cookie(ih_account *account, const char *callback_url, ih_error *err)
{
    bool by_password = account->credentials.password != NULL;
    char *base = ih_url_join(account->login_url, "/oauth/authorize");
    ih_text url = {0}, query = {0};
    ih_http_request request = {.method = "GET",
                               .send = IH_SEND_BASIC | IH_SEND_BEARER | IH_SEND_COOKIE,
                               .secret_answer = true,
                               .timeout_s = account->timeout_s};
    ih_http_response answer = {0};
    ih_status status, refused;

    ih_text_add_field(&query, "response_type", "code");
    ih_text_add_field(&query, "client_id", asf_client);
    ih_text_add_field(&query, "redirect_uri", callback_url);
    ih_text_add_field(&query, by_password ? "app_type" : "splash", by_password ? "401" : "false");
    ih_text_print(&url, "%s?%s", base ? base : "", query.data ? query.data : "");
    free(base);
    if (!base || !ih_text_good(&url) || !ih_text_good(&query)) {
        ih_text_free(&url);
        ih_text_free(&query);
        return ih_fail(err, IH_E_MEMORY, "no memory for an address");
    }
    request.url = url.data;
    status = ih_http_perform(account->http, &request, &answer, err);
    if (answer.url && status != IH_E_CANCELLED) {
        refused = read_refusal(answer.url, err);
        if (refused != IH_OK)
            status = refused;
        else if (answer.status == 401 && by_password)
            status = wrong_password(account, err);
    }
    if (status == IH_OK && !ih_http_has_cookie(account->http))
        status =
            ih_fail(err, IH_E_DATA, "the login of ASF's archive ended without its cookie (HTTP %d)",
                    answer.status);
    ih_http_response_free(&answer);
    ih_text_free(&url);
    ih_text_free(&query);
    return status;
}
