/* SPDX-License-Identifier: MIT */
#include "utilities/lib/clip_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_string.h>

enum { X, Y, LATITUDE, LONGITUDE, N_PLACES };

static const char *const place_keys[N_PLACES] = {
    "X coordinate of the reference point in the map projection",
    "Y coordinate of the reference point in the map projection",
    "Latitude of the reference point (WGS84)", "Longitude of the reference point (WGS84)"};

/* Of the producer's reference, and untrue of another. */
static const char *const producer_keys[] = {"Phase at reference point",
                                            "Azimuth line of the reference point in SAR space",
                                            "Range pixel of the reference point in SAR space"};

/* What is written in place of lines of the text. */
typedef struct {
    char *places[N_PLACES]; /* CPLFree; NULL: as it stands */
    bool found[N_PLACES];
    char *pixel_size; /* CPLFree */
    bool other_reference;
} changes;

static char *number(const char *format, double value)
{
    return isfinite(value) ? CPLStrdup(CPLSPrintf(format, value)) : NULL;
}

static void find_changes(const ih_clip_view *view, const ih_clip_reference *reference, changes *c)
{
    const ih_interferogram *item = view->item;
    bool projected = view->common->srs && OSRIsProjected(view->common->srs);
    const char *map = projected ? "%.4f" : "%.10f";
    double x = item->reference_x, y = item->reference_y;

    c->other_reference = reference->given;
    if (reference->given) {
        c->places[X] = number(map, reference->x);
        c->places[Y] = number(map, reference->y);
        c->places[LATITUDE] = number("%.8f", reference->latitude);
        c->places[LONGITUDE] = number("%.8f", reference->longitude);
    } else if (item->has_reference_point && !ih_same_srs(item->srs, view->common->srs) &&
               ih_common_grid_from_srs(view->common, item->srs, &x, &y)) {
        c->places[X] = number(map, x);
        c->places[Y] = number(map, y);
    }
    if (projected && fabs(view->common->grid.dx - item->grid.dx) > 1e-6 * item->grid.dx)
        c->pixel_size = number("%.12g", view->common->grid.dx);
}

static bool is_key(const char *key, const char *line, size_t length)
{
    return length == strlen(key) && strncmp(key, line, length) == 0;
}

/* The new value of a key, or NULL when it stays. */
static const char *new_value(changes *c, const char *line, size_t length)
{
    for (int i = 0; i < N_PLACES; i++)
        if (is_key(place_keys[i], line, length)) {
            c->found[i] = true;
            return c->places[i];
        }
    return is_key("Resolution of output (m)", line, length) ? c->pixel_size : NULL;
}

static bool is_dropped(const changes *c, const char *line, size_t length)
{
    for (size_t i = 0; c->other_reference && i < sizeof producer_keys / sizeof *producer_keys; i++)
        if (is_key(producer_keys[i], line, length))
            return true;
    return false;
}

/* A line without its end. */
static void write_line(FILE *out, changes *c, const char *line, size_t n, const char *end)
{
    const char *colon = memchr(line, ':', n);
    size_t key = colon ? (size_t)(colon - line) : n;
    const char *value = colon ? new_value(c, line, key) : NULL;

    if (colon && is_dropped(c, line, key))
        return;
    if (value)
        fprintf(out, "%.*s: %s%s", (int)key, line, value, n > 0 && line[n - 1] == '\r' ? "\r" : "");
    else
        fwrite(line, 1, n, out);
    fputs(end, out);
}

char *ih_clip_text_on_grid(const char *text, size_t size, const ih_clip_view *view,
                           const ih_clip_reference *reference)
{
    changes c = {.places = {NULL}};
    char *result = NULL, *copy;
    size_t length = 0;
    FILE *out = open_memstream(&result, &length);

    if (!out)
        return CPLStrdup(text);
    find_changes(view, reference, &c);
    /* A NUL byte ends the text for everybody else as well. */
    size = strnlen(text, size);
    for (size_t at = 0; at < size;) {
        const char *line = text + at, *stop = memchr(line, '\n', size - at);
        size_t n = stop ? (size_t)(stop - line) : size - at;

        write_line(out, &c, line, n, stop ? "\n" : "");
        at += n + 1;
    }
    if (c.other_reference && size > 0 && text[size - 1] != '\n')
        fputs("\n", out);
    for (int i = 0; c.other_reference && i < N_PLACES; i++)
        if (!c.found[i] && c.places[i])
            fprintf(out, "%s: %s\n", place_keys[i], c.places[i]);
    fclose(out);
    for (int i = 0; i < N_PLACES; i++)
        CPLFree(c.places[i]);
    CPLFree(c.pixel_size);
    copy = CPLStrdup(result);
    free(result);
    return copy;
}
