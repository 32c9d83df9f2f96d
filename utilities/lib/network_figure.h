/* SPDX-License-Identifier: MIT
 *
 * Figures of a network of interferometric pairs as SVG: pairs over time and perpendicular baseline,
 * and their coherence as a matrix of dates. Text stays text, and hovering over a pair or date tells
 * about it. The same input gives the same bytes, whatever the locale.
 */
#ifndef IH_NETWORK_FIGURE_H
#define IH_NETWORK_FIGURE_H

#include <stdint.h>

#include "algorithms/network.h"
#include "algorithms/network_structure.h"
#include "algorithms/status.h"

typedef struct {
    const ih_network *network;     /* all pairs, dropped ones too */
    const uint8_t *verdict;        /* [pair] of ih_network_select; NULL = all kept */
    const double *mean_coherence;  /* [pair] NaN where unknown; NULL = all unknown */
    const double *date_baseline_m; /* [date] NaN where unknown; NULL = all unknown */
    const ih_network_structure
        *structure;       /* of the kept pairs, for parts and bridges; may be NULL */
    double min_coherence; /* marked in the legend; NaN = none */
    const char *title;    /* UTF-8; NULL = a plain one */
} ih_network_figure;

/* Time on x, perpendicular baseline of the dates less their mean on y; kept pairs coloured by mean
 * coherence, dropped pairs dashed grey, dates that lost all pairs hollow. Dates of unknown baseline
 * lie in a row of their own below the others; if all are unknown, pairs are arcs over a row of
 * dates, as high as the pair is long. */
IH_MUST_CHECK ih_status ih_network_figure_write(const ih_network_figure *figure, const char *path,
                                                ih_error *err);

/* Dates on both axes: kept pairs above the diagonal, all pairs below. */
IH_MUST_CHECK ih_status ih_coherence_matrix_write(const ih_network_figure *figure, const char *path,
                                                  ih_error *err);

/* The same as texts; the caller frees. NULL when memory is short. */
char *ih_network_figure_svg(const ih_network_figure *figure);
char *ih_coherence_matrix_svg(const ih_network_figure *figure);

#endif
