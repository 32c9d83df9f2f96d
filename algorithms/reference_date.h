/* SPDX-License-Identifier: MIT
 *
 * Change of the date that displacements count from. Thread-safe: no state.
 */
#ifndef IH_REFERENCE_DATE_H
#define IH_REFERENCE_DATE_H

#include <stddef.h>

#include "algorithms/status.h"

/* Subtracts the values of one date from those of every date, in place: values is [date][stride]. A
 * pixel that lacks the date becomes NaN at all dates. IH_E_ARGUMENT when there is no such date or
 * stride < n_pixels. */
IH_MUST_CHECK ih_status ih_reference_date_set(size_t n_dates, size_t reference_date,
                                              size_t n_pixels, size_t stride, float *values,
                                              ih_error *err);

#endif
