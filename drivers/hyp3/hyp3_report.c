/* SPDX-License-Identifier: MIT */
#include "drivers/hyp3/hyp3_report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_string.h>

char *ih_hyp3_clean_text(const char *text)
{
    char *copy = CPLStrdup(text);

    /* One replaced byte is as good as a decoded guess: nobody knows the encoding. */
    if (!CPLIsUTF8(copy, -1)) {
        for (char *c = copy; *c; c++) {
            if ((unsigned char)*c >= 0x80)
                *c = '?';
        }
    }
    return copy;
}

void ih_hyp3_report(CPLErr kind, CPLErrorNum number, const char *format, ...)
{
    va_list arguments;
    char *text = NULL, *clean;
    int length;

    va_start(arguments, format);
    length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0) {
        CPLError(kind, number, "%s", "Out of memory.");
        return;
    }
    clean = ih_hyp3_clean_text(text);
    CPLError(kind, number, "%s", clean);
    CPLFree(clean);
    free(text);
}
