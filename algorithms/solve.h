/* SPDX-License-Identifier: MIT
 *
 * Small dense systems: the LAPACK library's threads, and the decomposition of design matrices.
 */
#ifndef IH_SOLVE_H
#define IH_SOLVE_H

#include <stddef.h>

#include "algorithms/status.h"

/* Keeps the linear algebra library, where it has threads of its own (OpenBLAS), to one: the
 * programs share out pixels instead. Called whenever a plan or model is made; repeated calls do
 * nothing. Thread-safe. */
void ih_solve_single_threaded(void);

/* Thin singular value decomposition of a matrix given as [row][column], n_rows >= n_columns >= 1:
 * matrix = left * diag(values) * right'. left is [row][column], right is [column][value] and values
 * descend. IH_E_MEMORY, or IH_E_NUMERIC when it does not converge. Thread-safe. */
IH_MUST_CHECK ih_status ih_solve_svd(size_t n_rows, size_t n_columns, const double *matrix,
                                     double *left, double *values, double *right, ih_error *err);

#endif
