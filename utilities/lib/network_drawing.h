/* SPDX-License-Identifier: MIT
 *
 * What the figures of a network share: SVG text, colours, legend and what hovering tells. Private
 * to utilities/lib/network_figure.c.
 */
#ifndef IH_NETWORK_DRAWING_H
#define IH_NETWORK_DRAWING_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "utilities/lib/network_figure.h"

#define IH_INK   "#222222"
#define IH_FAINT "#767676"
#define IH_GRID  "#e4e4e4"
#define IH_GREY  "#a8a8a8"

/* Of the row of dates of unknown baseline, pixels. */
#define IH_ROW_HEIGHT 40.0

typedef struct {
    FILE *out;
    const ih_network_figure *figure;
    double left, top, right, bottom;      /* of the plot, pixels */
    double first_day, last_day;           /* at left and right */
    double low_m, high_m, mean_m;         /* baseline less mean at bottom and top; the mean */
    double low_coherence, high_coherence; /* ends of the colours */
    bool some_known, some_unknown;        /* baselines */
    bool some_dropped, some_colourless;   /* pairs */
    bool some_lonely;                     /* dates that lost all pairs */
    bool dropped_coloured;                /* else only kept pairs decide the ends of the colours */
    uint32_t *pairs_of_date;              /* [date] kept */
    double row_y;                         /* of the dates of unknown baseline */
    double longest_days;                  /* of the pairs */
} ih_drawing;

/* Surveys the network, lets draw write into d->out, and returns the text, which the caller frees.
 * The plot's box is set in d beforehand. NULL when memory is short or draw says so. */
char *ih_drawing_render(const ih_network_figure *figure, ih_drawing *d, bool (*draw)(ih_drawing *));

/* Numbers with a decimal point in every locale; 511 bytes at most. */
void ih_drawing_put(const ih_drawing *d, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A colour between quotes; grey for NaN. */
void ih_drawing_put_colour(const ih_drawing *d, double coherence);

/* Head of the file with title; the caller ends it. */
void ih_drawing_open(const ih_drawing *d, double width, double height, const char *plain_title);
void ih_drawing_put_subtitle(const ih_drawing *d);
void ih_drawing_put_frame(const ih_drawing *d);
/* Of the vertical axis. */
void ih_drawing_put_axis_title(const ih_drawing *d, const char *text);
void ih_drawing_put_pair_title(const ih_drawing *d, size_t pair);
void ih_drawing_put_colour_bar(const ih_drawing *d, double x, double y, double height);

bool ih_drawing_is_kept(const ih_network_figure *f, size_t pair);
double ih_drawing_coherence(const ih_network_figure *f, size_t pair);  /* NaN where unknown */
double ih_drawing_baseline_m(const ih_network_figure *f, size_t date); /* NaN where unknown */
double ih_drawing_days(const ih_network_figure *f, size_t date);       /* since 1970-01-01 */
double ih_drawing_length_days(const ih_network_figure *f, size_t pair);

#endif
