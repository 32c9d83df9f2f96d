/* SPDX-License-Identifier: MIT */
#include "algorithms/speckle.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "algorithms/alloc.h"

/* Bartlett's decomposition needs a shape above 1 before smoothing. */
static const double smallest_shape = 1.2;

ih_status ih_speckle_new(size_t n_pixels, ih_speckle *out, ih_error *err)
{
    *out = (ih_speckle){
        .reference_power = ih_alloc(n_pixels, sizeof(float)),
        .secondary_power = ih_alloc(n_pixels, sizeof(float)),
        .real = ih_alloc(n_pixels, sizeof(float)),
        .imaginary = ih_alloc(n_pixels, sizeof(float)),
    };
    if (!out->reference_power || !out->secondary_power || !out->real || !out->imaginary) {
        ih_speckle_free(out);
        return ih_fail(err, IH_E_MEMORY, "speckle of %zu pixels", n_pixels);
    }
    return IH_OK;
}

void ih_speckle_free(ih_speckle *speckle)
{
    if (!speckle)
        return;
    free(speckle->reference_power);
    free(speckle->secondary_power);
    free(speckle->real);
    free(speckle->imaginary);
    *speckle = (ih_speckle){0};
}

/* Averaging with weights (a, 1 - 2a, a) along both axes leaves the variance times (1 - 4a +
 * 6a^2)^2. */
double ih_speckle_smoothing_looks(double neighbour_weight)
{
    double a = neighbour_weight;
    double axis = 1.0 - 4.0 * a + 6.0 * a * a;

    return 1.0 / (axis * axis);
}

double ih_speckle_neighbour_weight(double looks)
{
    const double binomial = 0.25;

    return looks / ih_speckle_smoothing_looks(binomial) >= smallest_shape ? binomial : 0.0;
}

void ih_speckle_sample(size_t n, double looks, const float *coherence, ih_random *random,
                       const ih_speckle *out)
{
    for (size_t i = 0; i < n; i++) {
        double c = coherence[i], s = sqrt(fmax(0.0, 1.0 - c * c));
        double t11 = sqrt(ih_random_gamma(random, looks));
        double t22_squared = looks > 1.0 ? ih_random_gamma(random, looks - 1.0) : 0.0;
        double t21_re = ih_random_normal(random) * sqrt(0.5);
        double t21_im = ih_random_normal(random) * sqrt(0.5);

        /* Second row of the Cholesky factor of the coherence matrix times Bartlett's triangle. */
        double re = c * t11 + s * t21_re, im = s * t21_im;
        out->reference_power[i] = (float)(t11 * t11 / looks);
        out->secondary_power[i] = (float)((re * re + im * im + s * s * t22_squared) / looks);
        out->real[i] = (float)(t11 * re / looks);
        out->imaginary[i] = (float)(t11 * im / looks);
    }
}

static void smooth_line(size_t n, size_t stride, double a, const float *line, float *values)
{
    for (size_t i = 0; i < n; i++) {
        /* Mirrored at the ends, which keeps the mean. */
        double before = line[i > 0 ? i - 1 : (n > 1 ? 1 : 0)];
        double after = line[i + 1 < n ? i + 1 : (n > 1 ? n - 2 : 0)];
        values[i * stride] = (float)((1.0 - 2.0 * a) * line[i] + a * (before + after));
    }
}

static bool goes_on(const ih_speckle_image *image, size_t done, size_t of)
{
    return !image->progress ||
           image->progress((double)done / (double)of, "Speckle", image->progress_data);
}

static bool smooth(const ih_speckle_image *image, double a, float *values, float *line)
{
    size_t nx = image->nx, ny = image->ny;

    for (size_t y = 0; y < ny; y++) {
        if (!goes_on(image, y, ny))
            return false;
        memcpy(line, values + y * nx, nx * sizeof *line);
        smooth_line(nx, 1, a, line, values + y * nx);
    }
    for (size_t x = 0; x < nx; x++) {
        if (!goes_on(image, x, nx))
            return false;
        for (size_t y = 0; y < ny; y++)
            line[y] = values[y * nx + x];
        smooth_line(ny, nx, a, line, values + x);
    }
    return true;
}

/* Row after row, which takes the same random numbers as all at once. */
static bool sample_rows(const ih_speckle_image *image, double looks, const float *coherence,
                        ih_random *random, const ih_speckle *out)
{
    for (size_t y = 0; y < image->ny; y++) {
        size_t first = y * image->nx;
        const ih_speckle row = {.reference_power = out->reference_power + first,
                                .secondary_power = out->secondary_power + first,
                                .real = out->real + first,
                                .imaginary = out->imaginary + first};

        if (!goes_on(image, y, image->ny))
            return false;
        ih_speckle_sample(image->nx, looks, coherence + first, random, &row);
    }
    return true;
}

ih_status ih_speckle_sample_image(const ih_speckle_image *image, const float *coherence,
                                  ih_random *random, const ih_speckle *out, ih_error *err)
{
    size_t nx = image->nx, ny = image->ny;
    double looks = image->looks;
    bool whole;

    if (!(looks >= 1.0) || !isfinite(looks))
        return ih_fail(err, IH_E_ARGUMENT, "%g looks: at least 1 is needed", looks);

    double a = ih_speckle_neighbour_weight(looks);
    float *line = ih_alloc(nx > ny ? nx : ny, sizeof *line);
    if (!line)
        return ih_fail(err, IH_E_MEMORY, "speckle of %zu x %zu pixels", nx, ny);

    whole = sample_rows(image, looks / ih_speckle_smoothing_looks(a), coherence, random, out);
    if (a > 0.0)
        whole = whole && smooth(image, a, out->reference_power, line) &&
                smooth(image, a, out->secondary_power, line) && smooth(image, a, out->real, line) &&
                smooth(image, a, out->imaginary, line);
    free(line);
    return whole ? IH_OK : ih_fail(err, IH_E_CANCELLED, "interrupted");
}

void ih_speckle_expectation(size_t n, const float *coherence, const ih_speckle *out)
{
    for (size_t i = 0; i < n; i++) {
        out->reference_power[i] = 1.0f;
        out->secondary_power[i] = 1.0f;
        out->real[i] = coherence[i];
        out->imaginary[i] = 0.0f;
    }
}

static float coherence_of(double re, double im, double reference, double secondary)
{
    double power = reference * secondary;

    if (!(power > 0.0))
        return 0.0f;
    return (float)fmin(1.0, sqrt((re * re + im * im) / power));
}

float ih_speckle_coherence(const ih_speckle *s, size_t pixel)
{
    return coherence_of(s->real[pixel], s->imaginary[pixel], s->reference_power[pixel],
                        s->secondary_power[pixel]);
}

float ih_speckle_phase_rad(const ih_speckle *s, size_t pixel)
{
    return (float)atan2(s->imaginary[pixel], s->real[pixel]);
}

/* Adds (or, with factor -1, takes away) one row of the four quantities. */
static void add_row(const ih_speckle *s, size_t nx, size_t row, double factor, double *sums)
{
    for (size_t x = 0; x < nx; x++) {
        size_t p = row * nx + x;
        sums[4 * x + 0] += factor * s->real[p];
        sums[4 * x + 1] += factor * s->imaginary[p];
        sums[4 * x + 2] += factor * s->reference_power[p];
        sums[4 * x + 3] += factor * s->secondary_power[p];
    }
}

ih_status ih_speckle_window_coherence(const ih_speckle *speckle, const ih_speckle_image *image,
                                      size_t half, float *coherence, ih_error *err)
{
    size_t nx = image->nx, ny = image->ny;
    double *sums = ih_calloc(nx, 4 * sizeof *sums);

    if (!sums)
        return ih_fail(err, IH_E_MEMORY, "coherence of %zu columns", nx);

    for (size_t row = 0; row < half && row < ny; row++)
        add_row(speckle, nx, row, 1.0, sums);
    for (size_t y = 0; y < ny; y++) {
        if (!goes_on(image, y, ny)) {
            free(sums);
            return ih_fail(err, IH_E_CANCELLED, "interrupted");
        }
        if (y + half < ny)
            add_row(speckle, nx, y + half, 1.0, sums);
        if (y > half)
            add_row(speckle, nx, y - half - 1, -1.0, sums);
        for (size_t x = 0; x < nx; x++) {
            size_t last = x + half < nx ? x + half : nx - 1;
            double w[4] = {0.0, 0.0, 0.0, 0.0};
            for (size_t k = x > half ? x - half : 0; k <= last; k++)
                for (int q = 0; q < 4; q++)
                    w[q] += sums[4 * k + (size_t)q];
            coherence[y * nx + x] = coherence_of(w[0], w[1], w[2], w[3]);
        }
    }
    free(sums);
    return IH_OK;
}
