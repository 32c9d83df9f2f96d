/* SPDX-License-Identifier: MIT */
#include "utilities/net/access.h"

#include <string.h>

static const char nasa_domain[] = ".earthdata.nasa.gov";
static const char asf_domain[] = ".asf.alaska.edu";

enum { HTTPS_PORT = 443 };

ih_status ih_access_start(ih_access *access, const char *login_url, ih_error *err)
{
    ih_status status = ih_url_check_base("login_url", login_url, err);

    memset(access, 0, sizeof *access);
    if (status == IH_OK && !ih_url_origin(login_url, &access->login))
        status = ih_fail(err, IH_E_ARGUMENT, "-login_url: no address");
    return status;
}

ih_status ih_access_name(ih_access *access, const char *base_url, unsigned send, ih_error *err)
{
    ih_origin origin;

    if (!ih_url_origin(base_url, &origin) || !ih_origin_is_safe(&origin))
        return ih_fail(err, IH_E_ARGUMENT, "a service needs an https address");
    for (size_t i = 0; i < access->n_named; i++)
        if (ih_origin_equal(&access->named[i], &origin)) {
            access->named_send[i] |= send;
            return IH_OK;
        }
    if (access->n_named == IH_ACCESS_ORIGINS)
        return ih_fail(err, IH_E_ARGUMENT, "more than %d services", IH_ACCESS_ORIGINS);
    access->named[access->n_named] = origin;
    access->named_send[access->n_named++] = send;
    return IH_OK;
}

unsigned ih_access_allowed(const ih_access *access, const char *url)
{
    ih_origin origin;
    unsigned send = IH_SEND_NOTHING;

    if (!ih_url_origin(url, &origin) || !ih_origin_is_safe(&origin))
        return IH_SEND_NOTHING;
    if (ih_origin_equal(&origin, &access->login))
        return IH_SEND_BASIC | IH_SEND_BEARER;
    for (size_t i = 0; i < access->n_named; i++)
        if (ih_origin_equal(&origin, &access->named[i]))
            send |= access->named_send[i];
    if (!origin.secure || origin.port != HTTPS_PORT ||
        !ih_host_in_domain(access->login.host, nasa_domain))
        return send;
    if (ih_host_in_domain(origin.host, nasa_domain))
        send |= IH_SEND_BEARER;
    if (ih_host_in_domain(origin.host, asf_domain))
        send |= IH_SEND_BEARER | IH_SEND_COOKIE;
    return send;
}
