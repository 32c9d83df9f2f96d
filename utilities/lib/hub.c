/* SPDX-License-Identifier: MIT */
#include "utilities/lib/hub.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

static const ih_program *const verb_programs[] = {
    &ih_hub_login_program,      &ih_hub_search_program,
    &ih_hub_count_program,      &ih_hub_stack_program,
    &ih_hub_neighbours_program, &ih_hub_jobs_program,
    &ih_hub_user_program,       &ih_hub_cost_program,
    &ih_hub_watch_program,      NULL};
static int (*const verb_runs[])(int argc, char **argv) = {
    ih_hub_login, ih_hub_search, ih_hub_count, ih_hub_stack, ih_hub_neighbours,
    ih_hub_jobs,  ih_hub_user,   ih_hub_cost,  ih_hub_watch};

const ih_verb_program ih_hub_program = {
    .name = "gdal_ih_hub",
    .summary = "Talk to the services that hold scenes and make InSAR products.",
    .description =
        "The account of Earthdata Login comes from, in this order: -token_file; EARTHDATA_TOKEN; "
        "EARTHDATA_USERNAME with EARTHDATA_PASSWORD; the entry of urs.earthdata.nasa.gov in the "
        "file named by NETRC, else ~/.netrc; the token kept from an earlier login; a question on "
        "the terminal. Secrets are never taken from the command line, and never shown.",
    .examples = "gdal_ih_hub login\n"
                "gdal_ih_hub search -aoi -113.05,37.74,-112.68,38.00 scenes.geojson",
    .verbs = verb_programs,
};

int ih_hub_main(int argc, char **argv)
{
    size_t index;
    int leave = ih_cli_choose_verb(&ih_hub_program, argc, argv, &index);

    return leave >= 0 ? leave : verb_runs[index](argc, argv);
}

/* The default services are known by their domains; those of the user by their own address. */
static ih_status name_services(const ih_hub_network *network, ih_access *access, ih_error *err)
{
    ih_status status = ih_access_start(access, network->login_url, err);

    if (status == IH_OK)
        status = ih_url_check_base("hyp3_url", network->hyp3_url, err);
    if (status == IH_OK)
        status = ih_url_check_base("cmr_url", network->cmr_url, err);
    if (status == IH_OK)
        status = ih_url_check_base("archive_login_url", network->archive_login_url, err);
    if (status == IH_OK)
        status = ih_access_name(access, network->hyp3_url, IH_SEND_BEARER, err);
    if (status == IH_OK)
        status = ih_access_name(access, network->archive_login_url, IH_SEND_BEARER | IH_SEND_COOKIE,
                                err);
    return status;
}

static ih_status open_account(const ih_hub_network *network, unsigned flags,
                              ih_hub_session *session, ih_error *err)
{
    const ih_credentials_request request = {.token_file = network->token_file,
                                            .login_url = network->login_url,
                                            .open_to_others = network->any_permissions,
                                            .ask = (flags & IH_HUB_ASK) != 0,
                                            .cancelled = ih_cli_interrupted};
    ih_credentials found = {0};
    ih_status status = ih_credentials_find(&request, &found, err);

    if (status != IH_OK)
        return status;
    session->has_account = true;
    status = ih_account_open(&session->account, session->http, network->login_url, &found, err);
    session->account.timeout_s = network->timeout_s;
    return status;
}

ih_status ih_hub_open(const ih_hub_network *network, unsigned flags, ih_hub_session *session,
                      ih_error *err)
{
    ih_http_options options = {.program = "gdal_ih_hub",
                               .ca_file = network->ca_file,
                               .access = &session->access,
                               .retries = network->retries,
                               .first_wait_s = network->retry_delay_s,
                               .retry_limit_s = network->retry_limit_s,
                               .stall_s = 60.0,
                               .seed = (uint64_t)time(NULL) ^ (uint64_t)getpid() << 32,
                               .cancelled = ih_cli_interrupted};
    ih_status status;

    memset(session, 0, sizeof *session);
    status = name_services(network, &session->access, err);
    if (status == IH_OK) {
        session->timeout_s = network->timeout_s;
        session->http = ih_http_open(&options);
        if (!session->http)
            status = ih_fail(err, IH_E_MEMORY, "no memory for a connection");
    }
    if (status == IH_OK && (flags & IH_HUB_ACCOUNT))
        status = open_account(network, flags, session, err);
    if (status != IH_OK)
        ih_hub_close(session);
    return status;
}

void ih_hub_close(ih_hub_session *session)
{
    if (session->has_account)
        ih_account_close(&session->account);
    ih_http_close(session->http);
    memset(session, 0, sizeof *session);
}

void ih_hub_print_json(cJSON *json)
{
    char *text = json ? cJSON_Print(json) : NULL;

    if (text) {
        ih_cli_print(text);
        ih_cli_print("\n");
    }
    cJSON_free(text);
    cJSON_Delete(json);
}
