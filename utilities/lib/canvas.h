/* SPDX-License-Identifier: MIT
 *
 * A small RGB picture: fill, blend, lines, and text in a built-in bitmap font, saved as PNG through GDAL. For quicklooks and legends.
 */
#ifndef IH_CANVAS_H
#define IH_CANVAS_H

#include <stddef.h>
#include <stdint.h>

#include "algorithms/status.h"

typedef struct {
    uint8_t red, green, blue;
} ih_colour;

typedef struct {
    int width, height;
    uint8_t *rgb; /* [row][column][3] */
} ih_canvas;

IH_MUST_CHECK ih_status ih_canvas_new(int width, int height, ih_colour background, ih_canvas *out,
                                      ih_error *err);
void ih_canvas_free(ih_canvas *canvas);
void ih_canvas_fill(ih_canvas *canvas, int x, int y, int width, int height, ih_colour colour);
void ih_canvas_line(ih_canvas *canvas, int x0, int y0, int x1, int y1, ih_colour colour);
void ih_canvas_pixel(ih_canvas *canvas, int x, int y, ih_colour colour);
/* Mixes a colour in: coverage 0 (nothing) to 256 (as ih_canvas_pixel). */
void ih_canvas_blend(ih_canvas *canvas, int x, int y, ih_colour colour, int coverage);
/* ASCII text with its upper left corner at x, y, each font pixel scale x scale (slants smoothed); capitals are 7 font pixels
 * high, two more lie below the line; widths vary but for digits. Returns the width in pixels. Everything outside is clipped. */
int ih_canvas_text(ih_canvas *canvas, int x, int y, const char *text, int scale, ih_colour colour);
int ih_canvas_text_width(const char *text, int scale);
IH_MUST_CHECK ih_status ih_canvas_save_png(const ih_canvas *canvas, const char *path, ih_error *err);

#endif
