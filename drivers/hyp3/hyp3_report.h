/* SPDX-License-Identifier: MIT
 *
 * Messages of the driver. File names of any bytes end up in them, and GDAL's bindings want UTF-8.
 */
#ifndef IH_HYP3_REPORT_H
#define IH_HYP3_REPORT_H

#include <cpl_error.h>

/* CPLError with everything that is not UTF-8 replaced. Thread-safe. */
void ih_hyp3_report(CPLErr kind, CPLErrorNum number, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Copy of a text in valid UTF-8; the caller frees it with CPLFree. */
char *ih_hyp3_clean_text(const char *text);

#endif
