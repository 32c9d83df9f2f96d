/* SPDX-License-Identifier: MIT */
#include "utilities/lib/wrap_legend.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "algorithms/phase_wrapping.h"

enum {
    MARGIN = 16,
    BAR_WIDTH = 320,
    BAR_HEIGHT = 26,
    TEXT = 2,
    LINE = 22, /* distance of lines of text */
    TICKS = 4,
    TICK_LENGTH = 6
};

static const ih_colour white = {255, 255, 255};
static const ih_colour ink = {34, 38, 44};
static const ih_colour soft_ink = {104, 110, 118};

/* A unit in which a length has one to three digits before the point. */
static double unit_of(double metres, const char **name)
{
    *name = metres >= 1 ? "m" : metres >= 0.01 ? "cm" : "mm";
    return metres >= 1 ? 1 : metres >= 0.01 ? 1e-2 : 1e-3;
}

void ih_wrap_length_text(double metres, char *text, size_t size)
{
    const char *name;
    double unit = unit_of(metres, &name);

    snprintf(text, size, "%.4g %s", metres / unit, name);
}

/* The colour of a motion toward the satellite (or a phase), as a share of the cycle. */
static ih_colour colour_at(const ih_wrap_legend *legend, double share)
{
    bool turned = !isnan(legend->cycle_m) && legend->direction == IH_WRAP_AWAY;
    double turn = ih_wrap_turns(turned ? -share : share);
    const uint8_t *rgb;
    uint8_t class;

    ih_turns_to_classes(&turn, 1, &class);
    rgb = legend->colours + 3 * (class - 1);
    return (ih_colour){rgb[0], rgb[1], rgb[2]};
}

static void draw_bar(ih_canvas *canvas, const ih_wrap_legend *legend, int y)
{
    ih_canvas_fill(canvas, MARGIN - 1, y - 1, BAR_WIDTH + 2, BAR_HEIGHT + 2, ink);
    for (int x = 0; x < BAR_WIDTH; x++)
        ih_canvas_fill(canvas, MARGIN + x, y, 1, BAR_HEIGHT,
                       colour_at(legend, (x + 0.5) / BAR_WIDTH));
}

/* Labels under the bar: nothing, half and whole cycle, with marks at the quarters. */
static void draw_ticks(ih_canvas *canvas, const ih_wrap_legend *legend, int y)
{
    const char *unit = "rad";
    double whole = legend->cycle_rad;
    char text[48];

    if (!isnan(legend->cycle_m))
        whole = legend->cycle_m / unit_of(legend->cycle_m, &unit);
    for (int tick = 0; tick <= TICKS; tick++)
        ih_canvas_fill(canvas, MARGIN + tick * BAR_WIDTH / TICKS - (tick == TICKS), y, 1,
                       tick % 2 ? TICK_LENGTH / 2 : TICK_LENGTH, ink);
    y += TICK_LENGTH + 5;
    ih_canvas_text(canvas, MARGIN, y, "0", TEXT, ink);
    snprintf(text, sizeof text, "%.4g", whole / 2);
    ih_canvas_text(canvas, MARGIN + (BAR_WIDTH - ih_canvas_text_width(text, TEXT)) / 2, y, text,
                   TEXT, ink);
    snprintf(text, sizeof text, "%.4g %s", whole, unit);
    ih_canvas_text(canvas, MARGIN + BAR_WIDTH - ih_canvas_text_width(text, TEXT), y, text, TEXT,
                   ink);
}

static void draw_arrow(ih_canvas *canvas, int x, int y, int length)
{
    enum { HEAD = 5 };

    ih_canvas_fill(canvas, x, y, length, 2, soft_ink);
    for (int i = 0; i <= HEAD; i++)
        ih_canvas_fill(canvas, x + length - i, y - i, 2, 2 * i + 2, soft_ink);
}

ih_status ih_wrap_legend_draw(const ih_wrap_legend *legend, ih_canvas *out, ih_error *err)
{
    bool has_title = legend->title && legend->title[0];
    bool has_subtitle = legend->subtitle && legend->subtitle[0];
    const char *direction = !isnan(legend->cycle_m)             ? "toward the satellite"
                            : legend->direction == IH_WRAP_AWAY ? "phase, positive away"
                                                                : "phase, positive toward";
    int y = MARGIN;
    ih_status status = ih_canvas_new(BAR_WIDTH + 2 * MARGIN,
                                     2 * MARGIN + LINE * (has_title + has_subtitle + 1) +
                                         BAR_HEIGHT + TICK_LENGTH + LINE + 16,
                                     white, out, err);

    if (status != IH_OK)
        return status;
    if (has_title) {
        ih_canvas_text(out, MARGIN, y, legend->title, TEXT, ink);
        y += LINE;
    }
    if (has_subtitle) {
        ih_canvas_text(out, MARGIN, y, legend->subtitle, TEXT, soft_ink);
        y += LINE;
    }
    y += 6;
    draw_bar(out, legend, y);
    y += BAR_HEIGHT + 1;
    draw_ticks(out, legend, y);
    y += TICK_LENGTH + LINE + 10;
    y = out->height - MARGIN - 14;
    draw_arrow(out, MARGIN + ih_canvas_text(out, MARGIN, y, direction, TEXT, soft_ink) + 12, y + 6,
               40);
    return IH_OK;
}
