/* SPDX-License-Identifier: MIT */
#include "algorithms/status.h"

#include <stdarg.h>
#include <stdio.h>

const char *ih_status_text(ih_status status)
{
    static const char *const texts[] = {
        [IH_OK] = "success",
        [IH_E_MEMORY] = "out of memory",
        [IH_E_ARGUMENT] = "invalid argument",
        [IH_E_DATA] = "unusable data",
        [IH_E_IO] = "input or output failed",
        [IH_E_NUMERIC] = "no numerical solution",
        [IH_E_UNSUPPORTED] = "not supported",
        [IH_E_CANCELLED] = "cancelled",
    };
    size_t n = sizeof texts / sizeof *texts;

    return (size_t)status < n ? texts[status] : "unknown status";
}

ih_status ih_fail(ih_error *err, ih_status status, const char *format, ...)
{
    if (err) {
        va_list args;

        err->status = status;
        va_start(args, format);
        vsnprintf(err->text, sizeof err->text, format, args);
        va_end(args);
    }
    return status;
}
