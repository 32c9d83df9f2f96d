/* SPDX-License-Identifier: MIT
 *
 * Discrete Fourier transform of two-dimensional complex arrays whose sides are powers of two
 * (Cooley and Tukey 1965), for synthetic fields. No state: thread-safe.
 */
#ifndef IH_FFT_H
#define IH_FFT_H

#include <stddef.h>

#include "algorithms/status.h"

typedef struct {
    double re, im;
} ih_complex;

/* The smallest power of two that is at least n; 0 when it does not fit size_t. */
size_t ih_fft_size(size_t n);

/* In place, data is [row][column], both sides powers of two (else IH_E_ARGUMENT). sign -1 is the
 * forward transform, +1 the backward one; neither is scaled. */
IH_MUST_CHECK ih_status ih_fft_2d(size_t n_columns, size_t n_rows, int sign, ih_complex *data,
                                  ih_error *err);

#endif
