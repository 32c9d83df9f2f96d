/* SPDX-License-Identifier: MIT
 *
 * Ramps: a plane or a second-degree surface fitted to every date of a series over the pixels of a
 * mask, and subtracted (docs/algorithms/ramp.md). Two sweeps over the series: sums, then, once they
 * are complete and the ramps are solved, removal. Columns and rows are scaled to -1..1 over the
 * raster, so the sums stay well conditioned in double.
 *
 * A block is a run of pixels in raster order. Sums are added per block in a fixed order; give the
 * blocks a length that does not depend on memory or threads, and add their sums in their order, and
 * the result has the same bytes in every run.
 */
#ifndef IH_RAMP_H
#define IH_RAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "algorithms/status.h"

/* Columns of the raster are the range, rows the azimuth direction, as in radar coordinates. */
enum ih_ramp_shape {
    IH_RAMP_LINEAR = 0,     /* y, x, 1 */
    IH_RAMP_QUADRATIC,      /* y^2, x^2, xy, y, x, 1 */
    IH_RAMP_LINEAR_RANGE,   /* x, 1 */
    IH_RAMP_LINEAR_AZIMUTH, /* y, 1 */
    IH_RAMP_QUADRATIC_RANGE,
    IH_RAMP_QUADRATIC_AZIMUTH
};

#define IH_RAMP_COLUMNS 6

typedef struct {
    size_t nx, ny; /* of the raster */
    enum ih_ramp_shape shape;
    bool zero_is_no_data; /* MintPy: a value of exactly 0 is neither fitted nor changed */
    size_t max_samples;   /* with more pixels than this, only every s-th row and column is fitted, s
                             = ceil(sqrt(pixels / max_samples)), beginning at s/2; 0 = no limit */
} ih_ramp_options;
#define IH_RAMP_DEFAULTS                                                                           \
    {                                                                                              \
        .shape = IH_RAMP_LINEAR, .zero_is_no_data = true, .max_samples = 1000000                   \
    }

typedef struct {
    size_t first_pixel, n_pixels; /* in the raster */
    size_t n_dates, stride;
    const float *values; /* [date][stride], missing where not finite */
    const uint8_t *mask; /* [pixel of the block] 0 = not fitted; NULL = all are */
} ih_ramp_block;

/* Sums over the pixels fitted, of columns 1, x, y, x^2, xy, y^2. */
typedef struct {
    uint64_t count;     /* pixels fitted */
    uint64_t finite;    /* pixels of the mask that are finite, zeros included */
    double normal[21];  /* products of columns, upper triangle by rows */
    double right[6];    /* columns times value */
    double sum_squares; /* of the values */
} ih_ramp_sums;

typedef struct {
    double coefficient[IH_RAMP_COLUMNS]; /* of the scaled columns, 0 where the shape has none */
    bool determined;                     /* false: too few pixels, or in line; the ramp is 0 */
    size_t step;                         /* every step-th row and column was fitted */
    uint64_t count;                      /* pixels fitted */
} ih_ramp;

/* The shape named "linear", "quadratic", "linear_range", ... as MintPy has it; false if none. */
bool ih_ramp_shape_of_name(const char *name, enum ih_ramp_shape *shape);
const char *ih_ramp_shape_name(enum ih_ramp_shape shape);

/* IH_E_ARGUMENT when the raster is empty, too large to count in doubles, or the shape unknown. */
IH_MUST_CHECK ih_status ih_ramp_check(const ih_ramp_options *options, ih_error *err);

/* Steps of sampling that may turn out to be needed, at least 1: all are summed in one sweep,
 * because the number of pixels is known at its end only. */
size_t ih_ramp_steps(const ih_ramp_options *options);

/* Adds a block to sums[step - 1][date], to be zeroed before. Thread-safe on different sums. */
void ih_ramp_accumulate(const ih_ramp_options *options, const ih_ramp_block *block,
                        ih_ramp_sums *sums);
void ih_ramp_add(size_t n, const ih_ramp_sums *from, ih_ramp_sums *into);

/* Ramps of all dates from complete sums, [step][date]. Every ramp is made 0 on average over the
 * reference pixels (indices in the raster; none = it stays). Returns the number of dates whose ramp
 * is not determined though they have values other than 0. */
size_t ih_ramp_solve(const ih_ramp_options *options, size_t n_dates, const ih_ramp_sums *sums,
                     const size_t *reference_pixels, size_t n_reference, ih_ramp *ramps);

/* Value of a ramp at a pixel. */
double ih_ramp_value(const ih_ramp_options *options, const ih_ramp *ramp, size_t column,
                     size_t row);

/* Subtracts the ramps, [date], from all pixels of a block, masked or not; result is [date][stride]
 * and may be the values themselves. What is not finite stays. Thread-safe. */
void ih_ramp_remove(const ih_ramp_options *options, const ih_ramp_block *block,
                    const ih_ramp *ramps, float *result);

/* Sum of the squares that are left after removal, over the pixels of sums: those of step 1 for all
 * pixels of the mask. In closed form, without another sweep. */
double ih_ramp_residual_squares(const ih_ramp_sums *sums, const ih_ramp *ramp);

#endif
