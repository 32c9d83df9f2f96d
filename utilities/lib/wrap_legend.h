/* SPDX-License-Identifier: MIT
 *
 * The legend of fringes: one cycle of the colours, and how much motion it is.
 */
#ifndef IH_WRAP_LEGEND_H
#define IH_WRAP_LEGEND_H

#include "utilities/lib/canvas.h"
#include "utilities/lib/wrap_options.h"

typedef struct {
    const uint8_t *colours; /* [IH_TURN_CLASSES][3], of classes 1 and up */
    double cycle_m;         /* NaN when unknown: the legend then speaks of phase */
    double cycle_rad;       /* for that case */
    ih_wrap_direction direction; /* of positive turns */
    const char *title, *subtitle; /* may be NULL or "" */
} ih_wrap_legend;

/* The caller frees the canvas. */
IH_MUST_CHECK ih_status ih_wrap_legend_draw(const ih_wrap_legend *legend, ih_canvas *out,
                                            ih_error *err);

/* A length as people say it, "2.773 cm": four digits at most. */
void ih_wrap_length_text(double metres, char *text, size_t size);

#endif
