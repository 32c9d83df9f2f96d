/* SPDX-License-Identifier: MIT */
#include "utilities/net/retry.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <curl/curl.h>

enum { LONGEST_DOUBLING = 4 };

bool ih_retry_is_safe(const ih_attempt *attempt)
{
    if (attempt->end == IH_ATTEMPT_NOT_SENT)
        return true;
    if (attempt->end == IH_ATTEMPT_LOST)
        return !attempt->creates;
    switch (attempt->http_status) {
    case 429:
        return true;
    case 503:
        return !attempt->creates || attempt->unavailable;
    case 502:
    case 504:
        return !attempt->creates;
    case 500:
        return !attempt->creates && attempt->attempt == 0;
    default:
        return false;
    }
}

double ih_retry_wait_s(int attempt, double first_s, double unit)
{
    int doublings = attempt < LONGEST_DOUBLING ? attempt : LONGEST_DOUBLING;

    return ldexp(first_s, doublings) * (0.75 + 0.5 * unit);
}

double ih_retry_after_s(const char *value, int64_t now)
{
    size_t digits;
    time_t when;

    value += strspn(value, " \t");
    digits = strspn(value, "0123456789");
    if (digits > 0 && value[digits + strspn(value + digits, " \t\r\n")] == '\0')
        return digits > 9 ? 1e9 : (double)strtol(value, NULL, 10);
    when = curl_getdate(value, NULL);
    if (when == -1)
        return -1.0;
    return when > now ? (double)(when - now) : 0.0;
}
