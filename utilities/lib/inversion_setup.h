/* SPDX-License-Identifier: MIT
 *
 * Options of the inversion, with what it has to know of the stages after it: the terms of the time
 * model, to join the parts of a network by them, and the linear functions of the dates that the
 * model's coefficients will be, to tell their covariance.
 */
#ifndef IH_INVERSION_SETUP_H
#define IH_INVERSION_SETUP_H

#include "algorithms/sbas.h"
#include "algorithms/status.h"

struct ih_sbas_state;

typedef struct {
    ih_sbas_options options; /* points to the arrays below */
    double *join_terms;      /* [date][term] */
    double *functions;       /* [coefficient][date] m per rad of the dates' phases */
} ih_inversion_setup;

/* After ih_corrections_prepare. The coefficients are those of the series without the error of the
 * elevation model, where that is taken off; what is estimated from many pixels, delays with height
 * and ramps, counts as free of noise. */
IH_MUST_CHECK ih_status ih_inversion_set_up(const struct ih_sbas_state *state,
                                            ih_inversion_setup *out, ih_error *err);
void ih_inversion_setup_free(ih_inversion_setup *setup);

/* Dates of the series that the work cube keeps: twice the stack's when their deviations are wanted,
 * which follow the displacements. */
size_t ih_inversion_series_slots(const struct ih_sbas_state *state);

/* Bytes per pixel of planes for the covariance of a model with so many parameters. */
double ih_inversion_plane_bytes(const struct ih_sbas_state *state, size_t n_parameters);

#endif
