/* SPDX-License-Identifier: MIT
 *
 * Times as the services write them: YYYY-MM-DD, YYYY-MM-DDTHH:MM:SS[.fraction][Z|+HH:MM]; no zone
 * means UTC.
 */
#ifndef IH_NET_ISO_TIME_H
#define IH_NET_ISO_TIME_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    int64_t seconds; /* since 1970-01-01T00:00:00Z */
    double fraction; /* [0, 1) */
    bool date_only;
} ih_time;

/* False when it is no time of the calendar, or something follows it. */
bool ih_time_parse(const char *text, ih_time *out);
/* a - b in seconds, exact to the fraction. */
double ih_time_difference(const ih_time *a, const ih_time *b);
/* 1..366 */
int ih_time_day_of_year(const ih_time *time);
/* Whole UTC days since 1970. */
int64_t ih_time_day(const ih_time *time);

#endif
