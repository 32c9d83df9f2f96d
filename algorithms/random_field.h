/* SPDX-License-Identifier: MIT
 *
 * Random fields with a power-law spectrum: turbulent troposphere, topography, land cover. White
 * noise is filtered in the frequency domain. The two-dimensional power spectrum falls as
 * k^exponent; a cut along a line then falls as k^(exponent + 1), so the -8/3 of tropospheric
 * turbulence is an exponent of -11/3 (Hanssen 2001, section 4.7). Thread-safe: no state.
 */
#ifndef IH_RANDOM_FIELD_H
#define IH_RANDOM_FIELD_H

#include <stddef.h>

#include "algorithms/progress.h"
#include "algorithms/random.h"
#include "algorithms/status.h"

#define IH_TURBULENCE_EXPONENT (-11.0 / 3.0)

typedef struct {
    size_t nx, ny;
    double exponent;      /* of the two-dimensional power spectrum, negative */
    double longest_px;    /* the spectrum is flat above this wavelength, pixels; 0 = nowhere */
    double shortest_px;   /* wavelengths below fade out, pixels; 0 = none */
    ih_progress progress; /* asked now and then whether to go on (IH_E_CANCELLED); may be NULL */
    void *progress_data;
} ih_random_field_spec;

/* field is [row][column], of zero mean and unit root mean square over the array. Needs 16 bytes for
 * each node of a transform of at most 2048 x 2048 nodes; larger fields are interpolated (bilinear)
 * between nodes. */
IH_MUST_CHECK ih_status ih_random_field_make(const ih_random_field_spec *spec, ih_random *random,
                                             float *field, ih_error *err);

/* Shifts and scales n values to zero mean and unit root mean square; constant ones become 0. */
void ih_random_field_normalise(size_t n, float *values);

#endif
