/* SPDX-License-Identifier: MIT */
#include "utilities/lib/clip_text.h"

#include <math.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_string.h>

/* The new value of a key, or NULL when it stays. */
static const char *new_value(const char *key, size_t length, const ih_clip_view *view)
{
    static const char x_key[] = "X coordinate of the reference point in the map projection";
    static const char y_key[] = "Y coordinate of the reference point in the map projection";
    static const char size_key[] = "Resolution of output (m)";
    const ih_interferogram *item = view->item;
    double x = item->reference_x, y = item->reference_y;
    bool is_x = length == strlen(x_key) && strncmp(key, x_key, length) == 0;
    bool is_y = length == strlen(y_key) && strncmp(key, y_key, length) == 0;

    if ((is_x || is_y) && item->has_reference_point && !ih_same_srs(item->srs, view->common->srs) &&
        ih_common_grid_from_srs(view->common, item->srs, &x, &y))
        return CPLSPrintf("%.4f", is_x ? x : y);
    if (length == strlen(size_key) && strncmp(key, size_key, length) == 0 &&
        fabs(view->common->grid.dx - item->grid.dx) > 1e-6 * item->grid.dx && view->common->srs &&
        OSRIsProjected(view->common->srs))
        return CPLSPrintf("%.12g", view->common->grid.dx);
    return NULL;
}

char *ih_clip_text_on_grid(const char *text, size_t size, const ih_clip_view *view)
{
    /* No line grows by more than a number. */
    char *result = CPLMalloc(size + 1024), *to = result;

    for (size_t at = 0; at < size;) {
        size_t n = strcspn(text + at, "\n");
        const char *colon;
        const char *value = NULL;

        n = at + n > size ? size - at : n;
        colon = memchr(text + at, ':', n);
        if (colon)
            value = new_value(text + at, (size_t)(colon - text) - at, view);
        if (value && (size_t)(to - result) + n < size + 512) {
            to += sprintf(to, "%.*s: %s", (int)((size_t)(colon - text) - at), text + at, value);
            if (n > 0 && text[at + n - 1] == '\r')
                *to++ = '\r';
        } else {
            memcpy(to, text + at, n);
            to += n;
        }
        at += n;
        if (at < size && text[at] == '\n') {
            *to++ = '\n';
            at++;
        } else if (at < size) {
            /* A NUL byte ends the text for everybody else as well. */
            break;
        }
    }
    *to = '\0';
    return result;
}
