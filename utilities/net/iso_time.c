/* SPDX-License-Identifier: MIT */
#include "utilities/net/iso_time.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DAY_S = 86400, HOUR_S = 3600, MINUTE_S = 60 };

/* A number of exactly so many digits; -1 when it is none. */
static int digits(const char *text, int n)
{
    int value = 0;

    for (int i = 0; i < n; i++) {
        if (!isdigit((unsigned char)text[i]))
            return -1;
        value = 10 * value + text[i] - '0';
    }
    return value;
}

/* Seconds east of UTC of what stands at the end; false when that is no zone. */
static bool parse_zone(const char *text, long *offset_s)
{
    int hours, minutes;

    *offset_s = 0;
    if (*text == '\0' || strcmp(text, "Z") == 0)
        return true;
    if ((*text != '+' && *text != '-') || strlen(text) != 6 || text[3] != ':')
        return false;
    hours = digits(text + 1, 2);
    minutes = digits(text + 4, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
        return false;
    *offset_s = (hours * HOUR_S + minutes * MINUTE_S) * (*text == '-' ? -1L : 1L);
    return true;
}

static bool parse_clock(const char *text, struct tm *when, double *fraction, long *offset_s)
{
    *fraction = 0.0;
    if (strlen(text) < 8 || text[2] != ':' || text[5] != ':')
        return false;
    when->tm_hour = digits(text, 2);
    when->tm_min = digits(text + 3, 2);
    when->tm_sec = digits(text + 6, 2);
    if (when->tm_hour < 0 || when->tm_hour > 23 || when->tm_min < 0 || when->tm_min > 59 ||
        when->tm_sec < 0 || when->tm_sec > 60)
        return false;
    text += 8;
    if (*text == '.') {
        double unit = 0.1;

        for (text++; isdigit((unsigned char)*text); text++, unit /= 10)
            *fraction += unit * (*text - '0');
        if (*fraction >= 1.0)
            *fraction = 0.0;
    }
    return parse_zone(text, offset_s);
}

bool ih_time_parse(const char *text, ih_time *out)
{
    struct tm when = {0};
    long offset_s = 0;
    int month, day;

    memset(out, 0, sizeof *out);
    if (!text || strlen(text) < 10 || text[4] != '-' || text[7] != '-')
        return false;
    when.tm_year = digits(text, 4) - 1900;
    month = digits(text + 5, 2);
    day = digits(text + 8, 2);
    when.tm_mon = month - 1;
    when.tm_mday = day;
    if (digits(text, 4) < 1 || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    out->date_only = text[10] == '\0';
    if (!out->date_only && ((text[10] != 'T' && text[10] != ' ') ||
                            !parse_clock(text + 11, &when, &out->fraction, &offset_s)))
        return false;
    out->seconds = (int64_t)timegm(&when) - offset_s;
    /* The 31st of a month of 30 days has become another day. */
    return when.tm_mday == day;
}

double ih_time_difference(const ih_time *a, const ih_time *b)
{
    return (double)(a->seconds - b->seconds) + (a->fraction - b->fraction);
}

int64_t ih_time_day(const ih_time *time)
{
    int64_t day = time->seconds / DAY_S;

    return time->seconds % DAY_S < 0 ? day - 1 : day;
}

int ih_time_day_of_year(const ih_time *time)
{
    time_t seconds = (time_t)time->seconds;
    struct tm when;

    gmtime_r(&seconds, &when);
    return when.tm_yday + 1;
}
