/* SPDX-License-Identifier: MIT
 *
 * gdal_ih_hub: one program with verbs. Each verb has its options, its run and its words in a file
 * of its own, hub_<verb>.c; what they share (options of the network, opening a session, ending a
 * verb) is here.
 */
#ifndef IH_HUB_H
#define IH_HUB_H

#include <cjson/cJSON.h>

#include "algorithms/status.h"
#include "utilities/lib/cli.h"
#include "utilities/net/account.h"
#include "utilities/net/http.h"
#include "utilities/net/text.h"

extern const ih_verb_program ih_hub_program;
/* Runs the verb of the command line; the exit status of main. */
int ih_hub_main(int argc, char **argv);

/* Options of every verb; the first member of each verb's options, as `network`. */
typedef struct {
    const char *login_url, *hyp3_url, *cmr_url, *archive_login_url;
    const char *ca_file, *token_file;
    bool any_permissions;
    long retries;
    double retry_delay_s, retry_limit_s, timeout_s;
} ih_hub_network;

#define IH_HUB_NETWORK_DEFAULTS                                                                    \
    {                                                                                              \
        .login_url = "https://urs.earthdata.nasa.gov",                                             \
        .hyp3_url = "https://hyp3-api.asf.alaska.edu",                                             \
        .cmr_url = "https://cmr.earthdata.nasa.gov/search",                                        \
        .archive_login_url = "https://cumulus.asf.alaska.edu/login", .retries = 5,                 \
        .retry_delay_s = 1.0, .retry_limit_s = 300.0, .timeout_s = 60.0                            \
    }

/* Rows for a verb's option table, after option_rows.h. */
#define IH_HUB_TRANSPORT_ROWS                                                                      \
    TEXT("ca_file", "FILE", network.ca_file, "Network",                                            \
         "Certificates to trust, as PEM, instead of the system's."),                               \
        NUMBERS("timeout", "SECONDS", 1, network.timeout_s, 0.01, 86400, "Network",                \
                "Longest time for one request; default 60, searches 180."),                        \
        INTEGER("retries", "N", network.retries, 0, 100, "Network",                                \
                "Attempts after a failed one, where repeating is safe; default 5."),               \
        NUMBERS("retry_delay", "SECONDS", 1, network.retry_delay_s, 0, 3600, "Network",            \
                "Wait before the first of them, doubled for each further one; default 1."),        \
        NUMBERS("retry_limit", "SECONDS", 1, network.retry_limit_s, 0, 86400, "Network",           \
                "No attempt begins later than this after the first; default 300.")
#define IH_HUB_ACCOUNT_ROWS                                                                        \
    TEXT("token_file", "FILE", network.token_file, "Account",                                      \
         "File with a token of Earthdata Login, readable by its owner alone; default see the "     \
         "description."),                                                                          \
        FLAG("any_permissions", network.any_permissions, "Account",                                \
             "Use netrc and token files that others can read."),                                   \
        TEXT("login_url", "URL", network.login_url, "Account",                                     \
             "Earthdata Login; default https://urs.earthdata.nasa.gov.")
#define IH_HUB_HYP3_ROW                                                                            \
    TEXT("hyp3_url", "URL", network.hyp3_url, "Account",                                           \
         "HyP3; default https://hyp3-api.asf.alaska.edu.")

typedef struct {
    ih_access access;
    ih_http *http;
    ih_account account;
    bool has_account;
    double timeout_s;
} ih_hub_session;

enum { IH_HUB_ASK = 1, IH_HUB_ACCOUNT = 2 };

/* Checks addresses and opens a session. flags: IH_HUB_ACCOUNT finds credentials, IH_HUB_ASK may ask
 * on the terminal for them. */
IH_MUST_CHECK ih_status ih_hub_open(const ih_hub_network *network, unsigned flags,
                                    ih_hub_session *session, ih_error *err);
void ih_hub_close(ih_hub_session *session);

/* Prints JSON (deleted) or the text (freed) to standard output. */
void ih_hub_print_json(cJSON *json);

/* The verbs. */
extern const ih_program ih_hub_login_program;
int ih_hub_login(int argc, char **argv);
extern const ih_program ih_hub_search_program, ih_hub_count_program;
int ih_hub_search(int argc, char **argv);
int ih_hub_count(int argc, char **argv);
extern const ih_program ih_hub_stack_program, ih_hub_neighbours_program;
int ih_hub_stack(int argc, char **argv);
int ih_hub_neighbours(int argc, char **argv);
extern const ih_program ih_hub_jobs_program, ih_hub_user_program, ih_hub_cost_program;
int ih_hub_jobs(int argc, char **argv);
int ih_hub_user(int argc, char **argv);
int ih_hub_cost(int argc, char **argv);
extern const ih_program ih_hub_watch_program;
int ih_hub_watch(int argc, char **argv);

#endif
