/* SPDX-License-Identifier: MIT
 *
 * Any bytes as what servers and files of users say: the first byte chooses the parser.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "utilities/net/access.h"
#include "utilities/net/granule.h"
#include "utilities/net/http.h"
#include "utilities/net/hyp3_jobs.h"
#include "utilities/net/iso_time.h"
#include "utilities/net/json.h"
#include "utilities/net/netrc.h"
#include "utilities/net/retry.h"
#include "utilities/net/token.h"
#include "utilities/net/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool fact)
{
    if (!fact)
        abort();
}

static void check_json(const char *text, size_t size)
{
    cJSON *json = NULL;
    ih_granule granule;
    double credits;

    if (ih_json_parse(text, size, &json, NULL) != IH_OK) {
        require(json == NULL);
        return;
    }
    if (ih_granule_read(json, &granule, NULL) == IH_OK) {
        require(granule.id[0] != '\0' && (granule.n_corners == 0 || granule.n_corners >= 4));
        ih_granule_free(&granule);
    }
    (void)ih_hyp3_price(json, "RTC_GAMMA", json, &credits);
    require(ih_hyp3_count_jobs(json).n <= size);
    cJSON_Delete(json);
}

static void check_netrc(const char *text, size_t size)
{
    ih_netrc_entry entry;
    ih_status status = ih_netrc_find(text, size, "h", &entry, NULL);

    require((entry.login == NULL) == (entry.password == NULL));
    require(status == IH_OK || entry.login == NULL);
    ih_netrc_free(&entry);
}

static void check_cookie(const char *text)
{
    char *value = ih_cookie_from_header(text, "cumulus.asf.alaska.edu");

    for (const char *c = value ? value : ""; *c; c++)
        require((unsigned char)*c > ' ' && (unsigned char)*c < 127 && *c != ';');
    free(value);
}

/* No address of a stranger may ever be allowed anything. */
static void check_url(const char *text)
{
    char shown[IH_URL_SHOWN], *next = ih_url_resolve("https://hyp3-api.asf.alaska.edu/jobs", text);
    ih_access access;
    ih_origin origin;

    require(ih_access_start(&access, "https://urs.earthdata.nasa.gov", NULL) == IH_OK);
    if (ih_access_allowed(&access, text) != IH_SEND_NOTHING)
        require(ih_url_origin(text, &origin) && origin.secure &&
                (ih_host_in_domain(origin.host, ".asf.alaska.edu") ||
                 ih_host_in_domain(origin.host, ".earthdata.nasa.gov")));
    ih_url_show(text, shown, sizeof shown);
    for (const char *c = shown; *c; c++)
        require((unsigned char)*c >= ' ' && (unsigned char)*c < 127);
    free(ih_url_query_value(text, "error_msg"));
    free(next);
}

static void check_words(const char *text, size_t size)
{
    char said[512];
    ih_token_claims claims;
    ih_time time;

    ih_http_explain(text, size, said);
    require(strlen(said) <= 501);
    for (const char *c = said; *c; c++)
        require((unsigned char)*c >= ' ' && (unsigned char)*c < 127);
    require(ih_retry_after_s(text, 1700000000) >= -1.0);
    (void)ih_token_read_claims(text, &claims);
    require(strlen(claims.user) < sizeof claims.user && claims.expires >= 0);
    if (ih_time_parse(text, &time))
        require(time.fraction >= 0 && time.fraction < 1 && ih_time_day_of_year(&time) <= 366);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text;

    if (size == 0)
        return 0;
    /* Ends with a NUL and not one byte later, so that reading beyond it is noticed. */
    text = malloc(size);
    require(text != NULL);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    switch (data[0] % 5) {
    case 0:
        check_json(text, size - 1);
        break;
    case 1:
        check_netrc(text, size - 1);
        break;
    case 2:
        check_cookie(text);
        break;
    case 3:
        check_url(text);
        break;
    default:
        check_words(text, size - 1);
        break;
    }
    free(text);
    return 0;
}
