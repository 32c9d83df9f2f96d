/* SPDX-License-Identifier: MIT
 *
 * Wrapping of displacement or phase into fringes, and averages of wrapped phase.
 *
 * A displacement d along the line of sight changes the phase by -4 pi d / wavelength (two ways, positive away), so a fringe is
 * half a wavelength. Everything here counts in cycles: a value times cycles_per_unit is an angle in cycles, of which wrapping
 * keeps the part in [-0.5, 0.5), the turn. NaN is no data, and what is not finite becomes NaN.
 *
 * Turns must not be averaged as numbers: the mean of -0.49 and 0.49 is 0.5, not 0. The mean here is the direction of the sum of
 * exp(2 pi i turn), as for an interferogram that is multilooked (Goldstein, Zebker and Werner 1988, Radio Science 23(4)).
 * Thread-safe: no state; each value or row of the result depends on the input alone.
 */
#ifndef IH_PHASE_WRAPPING_H
#define IH_PHASE_WRAPPING_H

#include <stddef.h>
#include <stdint.h>

#include "algorithms/status.h"

/* The part of an angle in cycles that lies in [-0.5, 0.5); NaN when it is not finite. */
double ih_wrap_turns(double cycles);

/* turns[i] = wrapped (values[i] - subtracted[i]) * cycles_per_unit; subtracted may be NULL, and turns may be values. */
void ih_wrap_values(const double *values, const double *subtracted, size_t n,
                    double cycles_per_unit, double *turns);

/* turns * units_per_cycle as floats. None lies outside [-units_per_cycle / 2, units_per_cycle / 2), though the nearest float of
 * a bound may (float pi is above pi): such values move by one float, 2.4e-7 rad for phases. */
void ih_turns_to_floats(const double *turns, size_t n, double units_per_cycle, float *floats);

/* Classes of a cyclic colour table: 0 for no data, else 1 to 255 in equal steps from -0.5 to 0.5. */
enum { IH_TURN_CLASSES = 255 };
void ih_turns_to_classes(const double *turns, size_t n, uint8_t *classes);
/* The middle of a class, NaN for 0. */
double ih_class_to_turns(uint8_t class);

/* Averages over the cells of a coarser grid whose upper left corner is that of the raster. */
typedef struct {
    size_t nx, ny;         /* columns and rows of the raster */
    size_t out_nx, out_ny; /* of the result */
    double step_x, step_y; /* raster pixels per cell, at least 1; cells may reach beyond the raster */
    double least_resultant; /* cells whose mean exp(2 pi i turn) is shorter, 0 to 1, have no value */
} ih_phase_averaging;

/* Rows of the raster that rows [out_row, out_row + n_out) of the result need: [*first, *first + *count). */
void ih_phase_averaging_rows(const ih_phase_averaging *averaging, size_t out_row, size_t n_out,
                             size_t *first, size_t *count);

/* Sums of exp(2 pi i turn) over the pixels of a cell, weighted by the area that they share with it. */
typedef struct {
    double cosine, sine, weight;
} ih_phasor_sum;

/* Adds rows [first, first + count) of the raster, [row - first][column], to sums[n_out][out_nx] of rows [out_row, out_row + n_out)
 * of the result; rows that lie elsewhere, and pixels without data, do not count. */
void ih_phasor_sums_add(const ih_phase_averaging *averaging, const double *turns, size_t first,
                        size_t count, size_t out_row, size_t n_out, ih_phasor_sum *sums);
/* The directions of n sums; NaN for a cell without data, or whose phases cancel. */
void ih_phasor_sums_finish(const ih_phase_averaging *averaging, const ih_phasor_sum *sums, size_t n,
                           double *turns);

/* Both at once, for the rows that ih_phase_averaging_rows tells; averaged is [n_out][out_nx]. IH_E_MEMORY. */
IH_MUST_CHECK ih_status ih_phase_average(const ih_phase_averaging *averaging, const double *turns,
                                         size_t out_row, size_t n_out, double *averaged,
                                         ih_error *err);

#endif
