/* SPDX-License-Identifier: MIT
 *
 * Outcome of a function that can fail, and the text that explains a failure. Every such function
 * returns ih_status; the detail goes into an ih_error given by the caller (may be NULL) and is
 * written once, where the failure is understood. Thread-safe: no shared state.
 */
#ifndef IH_STATUS_H
#define IH_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    IH_OK = 0,
    IH_E_MEMORY,      /* an allocation failed or would exceed its limit */
    IH_E_ARGUMENT,    /* the caller or the user asked for something impossible */
    IH_E_DATA,        /* the input is damaged, inconsistent or insufficient */
    IH_E_IO,          /* a file could not be read or written */
    IH_E_NUMERIC,     /* a computation has no usable answer */
    IH_E_UNSUPPORTED, /* understood, but not something this software does */
    IH_E_CANCELLED    /* the progress function asked to stop */
} ih_status;

typedef struct {
    ih_status status;
    char text[1024];
} ih_error;

#define IH_MUST_CHECK __attribute__((warn_unused_result))

/* Name of a status for messages, never NULL. */
const char *ih_status_text(ih_status status);

/* Records status and the formatted text in *err (when err is not NULL) and returns status. */
ih_status ih_fail(ih_error *err, ih_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#ifdef __cplusplus
}
#endif
#endif
