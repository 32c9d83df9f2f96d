/* SPDX-License-Identifier: MIT
 *
 * When a request is sent again, and after how long. Pure.
 */
#ifndef IH_NET_RETRY_H
#define IH_NET_RETRY_H

#include <stdbool.h>
#include <stdint.h>

typedef enum {
    IH_ATTEMPT_NOT_SENT, /* no connection: the server has seen nothing */
    IH_ATTEMPT_LOST,     /* sent, and no whole answer came */
    IH_ATTEMPT_ANSWERED
} ih_attempt_end;

typedef struct {
    ih_attempt_end end;
    int http_status;  /* of an answer */
    bool creates;     /* the request makes something that must not be made twice */
    bool unavailable; /* a 503 whose body says that the service is switched off */
    int attempt;      /* 0 for the first */
} ih_attempt;

/* A lost creating request is never repeated blindly, nor is one that a gateway gave up on. */
bool ih_retry_is_safe(const ih_attempt *attempt);

/* first, 2, 4, 8, 16 times first ..., each changed by up to a quarter; unit is random in [0, 1). */
double ih_retry_wait_s(int attempt, double first_s, double unit);

/* Seconds that a Retry-After header asks for, as a number or a date; -1 when it is neither. */
double ih_retry_after_s(const char *value, int64_t now);

#endif
