/* SPDX-License-Identifier: MIT
 *
 * Stratified troposphere, as a polynomial of displacement in height fitted to every date over a
 * mask (Doin et al. 2009; docs/algorithms/height_correlation.md). Two sweeps over the series: sums,
 * then removal. Thread-safe: no state.
 */
#ifndef IH_HEIGHT_CORRELATION_H
#define IH_HEIGHT_CORRELATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "algorithms/status.h"

#define IH_HEIGHT_CORRELATION_MAX_DEGREE 3

typedef struct {
    size_t nx, ny;          /* of the raster */
    int degree;             /* of the polynomial in height, 1 to 3 */
    size_t looks;           /* the fit is to means of looks x looks pixels; what is left over at the
                               right and lower edge is not fitted */
    double min_correlation; /* dates correlated less with height are left as they are; 0 to 1 */
    bool zero_is_no_data;   /* MintPy: a value of exactly 0 is not changed (it is fitted) */
} ih_height_correlation_options;
#define IH_HEIGHT_CORRELATION_DEFAULTS                                                             \
    {                                                                                              \
        .degree = 1, .looks = 8, .min_correlation = 0.0, .zero_is_no_data = true                   \
    }

/* Whole rows of the raster. */
typedef struct {
    size_t first_row, n_rows; /* multiples of looks, but for n_rows at the raster's end */
    size_t n_dates, stride;
    const float *values;         /* [date][stride] pixels of the rows, missing where not finite */
    const float *slant_height_m; /* [pixel] from ih_slant_height */
    const uint8_t *mask;         /* [pixel] 0 = not fitted; NULL = all are */
} ih_height_correlation_strip;

/* Sums over means of looks x looks pixels; heights in km. */
typedef struct {
    uint64_t count;
    double height[2 * IH_HEIGHT_CORRELATION_MAX_DEGREE + 1]; /* powers */
    double product[IH_HEIGHT_CORRELATION_MAX_DEGREE + 1];    /* powers times value */
    double square;                                           /* of the value */
} ih_height_correlation_sums;

typedef struct {
    double coefficient[IH_HEIGHT_CORRELATION_MAX_DEGREE + 1]; /* metres per km^k of slant height; 0
                                                                 when not applied */
    double correlation; /* of height and value; 0 when one of them is constant */
    bool determined;    /* false: too few cells, or too few heights */
    bool applied;
} ih_height_correlation;

/* height/cos(incidence) less the same at the reference pixel, metres; NaN where a height or an
 * incidence is missing. */
void ih_slant_height(size_t n_pixels, const float *height_m, const float *incidence_deg,
                     double reference_height_m, double reference_incidence_deg,
                     float *slant_height_m);

IH_MUST_CHECK ih_status ih_height_correlation_check(const ih_height_correlation_options *options,
                                                    ih_error *err);

/* Adds a strip to sums[date], to be zeroed before. Added strip by strip in their order, always
 * with strips of the same height, sums have the same bytes in every run. IH_E_ARGUMENT when the
 * rows do not fit the looks or the raster, or stride is less than their pixels. */
IH_MUST_CHECK ih_status ih_height_correlation_accumulate(
    const ih_height_correlation_options *options, const ih_height_correlation_strip *strip,
    ih_height_correlation_sums *sums, ih_error *err);
void ih_height_correlation_add(size_t n_dates, const ih_height_correlation_sums *from,
                               ih_height_correlation_sums *into);

/* fits[date] from complete sums. Returns the number of dates not determined though they have values
 * other than 0. */
size_t ih_height_correlation_solve(const ih_height_correlation_options *options, size_t n_dates,
                                   const ih_height_correlation_sums *sums,
                                   ih_height_correlation *fits);

/* Subtracts from any n_pixels, masked or not, what depends on height: 0 at the reference's height.
 * values and result are [date][stride], and may be the same; a pixel of unknown height becomes NaN
 * at the dates that are corrected. */
void ih_height_correlation_remove(const ih_height_correlation_options *options, size_t n_dates,
                                  const ih_height_correlation *fits, size_t n_pixels, size_t stride,
                                  const float *slant_height_m, const float *values, float *result);

#endif
