/* SPDX-License-Identifier: MIT */
#include "algorithms/height_correlation.h"

#include <math.h>
#include <string.h>

#define MAX_TERMS     (IH_HEIGHT_CORRELATION_MAX_DEGREE + 1)
#define METRES_PER_KM 1000.0

/* A power of height whose remainder after the lower ones, relative to itself, is below this says
 * nothing new. */
#define SMALLEST_PIVOT 1e-12

void ih_slant_height(size_t n_pixels, const float *height_m, const float *incidence_deg,
                     double reference_height_m, double reference_incidence_deg,
                     float *slant_height_m)
{
    double reference = reference_height_m / cos(reference_incidence_deg * M_PI / 180.0);

    for (size_t p = 0; p < n_pixels; p++) {
        double height =
            (double)height_m[p] / cos((double)incidence_deg[p] * M_PI / 180.0) - reference;

        slant_height_m[p] = isfinite(height) ? (float)height : NAN;
    }
}

ih_status ih_height_correlation_check(const ih_height_correlation_options *options, ih_error *err)
{
    if (options->degree < 1 || options->degree > IH_HEIGHT_CORRELATION_MAX_DEGREE)
        return ih_fail(err, IH_E_ARGUMENT,
                       "a polynomial of degree %d in height: 1 to %d are possible", options->degree,
                       IH_HEIGHT_CORRELATION_MAX_DEGREE);
    if (options->looks == 0 || options->nx < options->looks || options->ny < options->looks)
        return ih_fail(err, IH_E_ARGUMENT, "%zu x %zu looks in a raster of %zu x %zu",
                       options->looks, options->looks, options->nx, options->ny);
    if (!(options->min_correlation >= 0.0 && options->min_correlation <= 1.0))
        return ih_fail(err, IH_E_ARGUMENT, "a smallest correlation of %g",
                       options->min_correlation);
    return IH_OK;
}

static ih_status check_strip(const ih_height_correlation_options *options,
                             const ih_height_correlation_strip *strip, ih_error *err)
{
    size_t end = strip->first_row + strip->n_rows;

    if (strip->first_row > options->ny || strip->n_rows > options->ny - strip->first_row ||
        strip->first_row % options->looks != 0 ||
        (strip->n_rows % options->looks != 0 && end != options->ny))
        return ih_fail(err, IH_E_ARGUMENT, "rows %zu to %zu of %zu do not fit %zu looks",
                       strip->first_row, end, options->ny, options->looks);
    if (strip->n_rows > 0 && strip->stride / strip->n_rows < options->nx)
        return ih_fail(err, IH_E_ARGUMENT, "%zu rows of %zu pixels in a stride of %zu",
                       strip->n_rows, options->nx, strip->stride);
    return IH_OK;
}

/* Mean over the cell whose first pixel is at; NaN when it has none. */
static double cell_mean(const ih_height_correlation_options *options, const float *values,
                        const uint8_t *mask, size_t at)
{
    double sum = 0.0, n = 0.0;

    for (size_t row = 0; row < options->looks; row++)
        for (size_t column = 0; column < options->looks; column++) {
            size_t p = at + row * options->nx + column;
            int used = (!mask || mask[p]) && isfinite(values[p]);

            sum += used ? (double)values[p] : 0.0;
            n += used ? 1.0 : 0.0;
        }
    return n > 0.0 ? sum / n : (double)NAN;
}

static void add_cell(int degree, double height_km, double value, ih_height_correlation_sums *sums)
{
    double power = 1.0;

    sums->count++;
    sums->square += value * value;
    for (int k = 0; k <= 2 * degree; k++) {
        sums->height[k] += power;
        if (k <= degree)
            sums->product[k] += power * value;
        power *= height_km;
    }
}

ih_status ih_height_correlation_accumulate(const ih_height_correlation_options *options,
                                           const ih_height_correlation_strip *strip,
                                           ih_height_correlation_sums *sums, ih_error *err)
{
    size_t looks = options->looks;
    ih_status st = check_strip(options, strip, err);

    if (st != IH_OK)
        return st;
    for (size_t row = 0; row + looks <= strip->n_rows; row += looks)
        for (size_t column = 0; column + looks <= options->nx; column += looks) {
            size_t at = row * options->nx + column;
            double height =
                cell_mean(options, strip->slant_height_m, strip->mask, at) / METRES_PER_KM;

            if (isnan(height))
                continue;
            for (size_t d = 0; d < strip->n_dates; d++) {
                double value =
                    cell_mean(options, strip->values + d * strip->stride, strip->mask, at);

                if (!isnan(value))
                    add_cell(options->degree, height, value, &sums[d]);
            }
        }
    return IH_OK;
}

void ih_height_correlation_add(size_t n_dates, const ih_height_correlation_sums *from,
                               ih_height_correlation_sums *into)
{
    for (size_t d = 0; d < n_dates; d++) {
        into[d].count += from[d].count;
        into[d].square += from[d].square;
        for (size_t k = 0; k < 2 * MAX_TERMS - 1; k++)
            into[d].height[k] += from[d].height[k];
        for (size_t k = 0; k < MAX_TERMS; k++)
            into[d].product[k] += from[d].product[k];
    }
}

/* Pearson's r of height and value. */
static double correlate(const ih_height_correlation_sums *sums)
{
    double n = (double)sums->count, mean_h, mean_v, hh, vv, hv;

    if (sums->count == 0)
        return 0.0;
    mean_h = sums->height[1] / n;
    mean_v = sums->product[0] / n;
    hh = sums->height[2] / n - mean_h * mean_h;
    vv = sums->square / n - mean_v * mean_v;
    hv = sums->product[1] / n - mean_h * mean_v;
    return hh > 0.0 && vv > 0.0 ? fmax(-1.0, fmin(1.0, hv / sqrt(hh * vv))) : 0.0;
}

/* Normal equations by Cholesky, the diagonal scaled to 1; false when they are singular. */
static bool solve_polynomial(const ih_height_correlation_sums *sums, size_t n, double *x)
{
    double f[MAX_TERMS][MAX_TERMS], scale[MAX_TERMS];

    if (sums->count < n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!(sums->height[2 * i] > 0.0))
            return false;
        scale[i] = 1.0 / sqrt(sums->height[2 * i]);
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sum = sums->height[i + j] * scale[i] * scale[j];

            for (size_t k = 0; k < j; k++)
                sum -= f[i][k] * f[j][k];
            if (i == j && !(sum > SMALLEST_PIVOT))
                return false;
            f[i][j] = i == j ? sqrt(sum) : sum / f[j][j];
        }
        x[i] = sums->product[i] * scale[i];
        for (size_t k = 0; k < i; k++)
            x[i] -= f[i][k] * x[k];
        x[i] /= f[i][i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++)
            x[i] -= f[k][i] * x[k];
        x[i] /= f[i][i];
    }
    for (size_t i = 0; i < n; i++)
        x[i] *= scale[i];
    return true;
}

size_t ih_height_correlation_solve(const ih_height_correlation_options *options, size_t n_dates,
                                   const ih_height_correlation_sums *sums,
                                   ih_height_correlation *fits)
{
    size_t n_undetermined = 0, n = (size_t)options->degree + 1;

    for (size_t d = 0; d < n_dates; d++) {
        ih_height_correlation *fit = &fits[d];
        double x[MAX_TERMS] = {0};

        *fit = (ih_height_correlation){.correlation = correlate(&sums[d])};
        fit->determined = solve_polynomial(&sums[d], n, x);
        fit->applied = fit->determined && fabs(fit->correlation) >= options->min_correlation &&
                       sums[d].square > 0.0;
        if (fit->applied)
            memcpy(fit->coefficient, x, sizeof x);
        n_undetermined += !fit->determined && sums[d].square > 0.0;
    }
    return n_undetermined;
}

void ih_height_correlation_remove(const ih_height_correlation_options *options, size_t n_dates,
                                  const ih_height_correlation *fits, size_t n_pixels, size_t stride,
                                  const float *slant_height_m, const float *values, float *result)
{
    for (size_t d = 0; d < n_dates; d++) {
        const double *c = fits[d].coefficient;
        const float *v = values + d * stride;
        float *out = result + d * stride;

        if (!fits[d].applied) {
            memmove(out, v, n_pixels * sizeof *out);
            continue;
        }
        for (size_t p = 0; p < n_pixels; p++) {
            double h = (double)slant_height_m[p] / METRES_PER_KM;
            /* without the constant: it is what the reference has too */
            double left = (double)v[p] - ((c[3] * h + c[2]) * h + c[1]) * h;
            bool kept = !isfinite(v[p]) || (options->zero_is_no_data && v[p] == 0.0f);

            out[p] = kept ? v[p] : isnan(left) ? NAN : (float)left;
        }
    }
}
