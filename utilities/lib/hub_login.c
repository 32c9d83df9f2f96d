/* SPDX-License-Identifier: MIT
 *
 * gdal_ih_hub login: which account is found, and whether the services take it.
 */
#include "utilities/lib/hub.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_error.h>

#include "utilities/lib/report.h"
#include "utilities/net/hyp3.h"
#include "utilities/net/token.h"

typedef struct {
    ih_hub_network network;
    bool forget, no_archive, json;
} login_options;

typedef struct {
    ih_hyp3_user user;
    bool has_token, has_user, has_archive;
    ih_error token, hyp3, archive; /* why not */
} login_outcome;

#define IH_ROWS_OF login_options
#include "utilities/lib/option_rows.h"

static const ih_option options_table[] = {
    IH_HUB_ACCOUNT_ROWS,
    IH_HUB_HYP3_ROW,
    TEXT("archive_login_url", "URL", network.archive_login_url, "Account",
         "Where Earthdata Login returns to for ASF's archive; default "
         "https://cumulus.asf.alaska.edu/login."),
    FLAG("no_archive", no_archive, "Account", "Do not try the login of ASF's archive."),
    FLAG("forget", forget, "Account", "Remove the token kept from an earlier login, and stop."),
    FLAG("json", json, "Output", "Print a report as JSON."),
    IH_HUB_TRANSPORT_ROWS,
    END_OF_OPTIONS,
};

const ih_program ih_hub_login_program = {
    .name = "gdal_ih_hub login",
    .summary = "Tell which account is found, whether it works, and the credits left.",
    .arguments = "",
    .description =
        "Finds an account of Earthdata Login, obtains a token where there is a password, and tries "
        "it at HyP3 and at ASF's archive. A token obtained this way is kept for the next run, "
        "readable by its owner alone, until a day before it expires.",
    .examples = "gdal_ih_hub login\n"
                "gdal_ih_hub login -json\n"
                "gdal_ih_hub login -forget",
    .options = options_table,
    .min_arguments = 0,
    .max_arguments = 0,
};

static bool may_go_on(ih_status status)
{
    return status != IH_E_CANCELLED && status != IH_E_MEMORY;
}

/* All checks are made, whichever fails: each tells something of its own. */
static ih_status try_account(const login_options *o, ih_hub_session *session, login_outcome *out,
                             ih_error *err)
{
    const ih_hyp3 hyp3 = {session->http, &session->account, o->network.hyp3_url,
                          o->network.timeout_s};
    ih_status status = ih_account_use_token(&session->account, &out->token);

    out->has_token = status == IH_OK;
    if (!may_go_on(status))
        goto stopped;
    if (out->has_token) {
        status = ih_hyp3_read_user(&hyp3, &out->user, &out->hyp3);
        out->has_user = status == IH_OK;
        if (!may_go_on(status))
            goto stopped;
    }
    if (!o->no_archive && out->has_token) {
        status =
            ih_account_use_cookie(&session->account, o->network.archive_login_url, &out->archive);
        out->has_archive = status == IH_OK;
        if (!may_go_on(status))
            goto stopped;
    }
    return IH_OK;

stopped:
    return ih_fail(err, status, "%s",
                   out->archive.text[0] ? out->archive.text
                   : out->hyp3.text[0]  ? out->hyp3.text
                                        : out->token.text);
}

static void print_credits(const ih_hyp3_user *user, char *text, size_t size)
{
    int used;

    if (user->unlimited || isnan(user->remaining_credits)) {
        snprintf(text, size, "%s credits", user->unlimited ? "unlimited" : "unknown");
        return;
    }
    used = snprintf(text, size, "%g", user->remaining_credits);
    if (!isnan(user->credits_per_month) && used > 0 && (size_t)used < size)
        used += snprintf(text + used, size - (size_t)used, " of %g", user->credits_per_month);
    if (used > 0 && (size_t)used < size)
        snprintf(text + used, size - (size_t)used, " credits left");
}

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *format, ...)
{
    char text[2048];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    ih_cli_print(text);
}

static void print_words(const login_options *o, const ih_account *account, const login_outcome *out)
{
    const ih_credentials *c = &account->credentials;
    char until[32] = "", credits[128];

    say("Account: %s%s%s (%s)\n", account->user[0] ? "user " : "user not told by the token",
        account->user, c->source == IH_SOURCE_TERMINAL ? ", asked for" : "",
        c->source == IH_SOURCE_TERMINAL ? "terminal" : c->where);
    if (account->expires)
        ih_report_time_text(account->expires, until);
    if (out->has_token)
        say("Token: %s%s\n", *until ? "valid until " : "of unknown validity", until);
    else
        say("Token: none: %s\n", out->token.text);
    if (out->has_user) {
        print_credits(&out->user, credits, sizeof credits);
        say("HyP3: user %s, application %s, %s (%s)\n", out->user.user,
            out->user.application_status, credits, o->network.hyp3_url);
    } else if (out->has_token) {
        say("HyP3: not usable: %s\n", out->hyp3.text);
    }
    if (out->has_token && !o->no_archive)
        say("Archive: %s%s\n", out->has_archive ? "accepted" : "not usable: ",
            out->has_archive ? "" : out->archive.text);
}

static void add_state(cJSON *json, const char *name, bool good, const ih_error *why)
{
    cJSON *state = cJSON_AddObjectToObject(json, name);

    cJSON_AddBoolToObject(state, "accepted", good);
    if (!good)
        cJSON_AddStringToObject(state, "reason", why->text);
}

static cJSON *make_json(const login_options *o, const ih_account *account, const login_outcome *out)
{
    cJSON *json = ih_report_new("gdal_ih_hub login"), *part;
    char until[32];

    if (!json)
        return NULL;
    part = cJSON_AddObjectToObject(json, "credentials");
    cJSON_AddStringToObject(part, "source", ih_credential_source_name(account->credentials.source));
    cJSON_AddStringToObject(part, "where", account->credentials.where);
    if (account->user[0])
        cJSON_AddStringToObject(part, "user", account->user);
    add_state(json, "token", out->has_token, &out->token);
    if (account->expires) {
        ih_report_time_text(account->expires, until);
        cJSON_AddStringToObject(cJSON_GetObjectItem(json, "token"), "expires", until);
    }
    if (out->has_token) {
        add_state(json, "hyp3", out->has_user, &out->hyp3);
        part = cJSON_GetObjectItem(json, "hyp3");
        cJSON_AddStringToObject(part, "url", o->network.hyp3_url);
    }
    if (out->has_user) {
        cJSON_AddStringToObject(part, "user", out->user.user);
        cJSON_AddStringToObject(part, "application_status", out->user.application_status);
        cJSON_AddBoolToObject(part, "unlimited", out->user.unlimited);
        ih_report_number(part, "remaining_credits", out->user.remaining_credits);
        ih_report_number(part, "credits_per_month", out->user.credits_per_month);
    }
    if (out->has_token && !o->no_archive)
        add_state(json, "archive", out->has_archive, &out->archive);
    return json;
}

static int verdict(const login_options *o, const login_outcome *out)
{
    if (!out->has_token || (!out->has_user && !out->has_archive))
        return IH_EXIT_FAILED;
    return out->has_user && (out->has_archive || o->no_archive) ? IH_EXIT_DONE : IH_EXIT_PARTLY;
}

static int forget(const ih_cli *cli)
{
    bool there = ih_token_cache_forget();

    if (!cli->quiet)
        ih_cli_print(there ? "The kept token was removed.\n" : "There was no kept token.\n");
    return ih_cli_finish_output(IH_EXIT_DONE);
}

int ih_hub_login(int argc, char **argv)
{
    login_options options = {.network = IH_HUB_NETWORK_DEFAULTS};
    ih_hub_session session = {0};
    login_outcome outcome = {0};
    ih_error err = {IH_OK, ""};
    ih_cli cli;
    ih_status status;
    int leave = ih_cli_begin_verb(&ih_hub_login_program, argc, argv, &options, &cli);

    if (leave >= 0)
        return leave;
    if (options.forget) {
        leave = forget(&cli);
        ih_cli_end(&cli);
        return leave;
    }
    status = ih_hub_open(&options.network, IH_HUB_ACCOUNT | IH_HUB_ASK, &session, &err);
    if (status == IH_OK)
        status = try_account(&options, &session, &outcome, &err);
    if (status != IH_OK) {
        ih_cli_report(status, &err);
        leave = IH_EXIT_FAILED;
    } else {
        leave = verdict(&options, &outcome);
        if (options.json)
            ih_hub_print_json(make_json(&options, &session.account, &outcome));
        else if (!cli.quiet)
            print_words(&options, &session.account, &outcome);
        else if (leave != IH_EXIT_DONE)
            ih_cli_report(IH_E_IO, !outcome.has_token  ? &outcome.token
                                   : !outcome.has_user ? &outcome.hyp3
                                                       : &outcome.archive);
        leave = ih_cli_finish_output(leave);
    }
    ih_hub_close(&session);
    ih_cli_end(&cli);
    return leave;
}
