/* SPDX-License-Identifier: MIT */
#include "algorithms/random_field.h"

#include <math.h>
#include <stdlib.h>

#include "algorithms/alloc.h"
#include "algorithms/fft.h"

/* Largest side of the transform. */
#define MAX_NODES 2048

/* The transform is periodic; the surplus keeps opposite sides of the field independent. */
#define SURPLUS 1.25

typedef struct {
    size_t n_columns, n_rows; /* nodes of the transform */
    double step_px;           /* pixels from node to node */
} lattice;

static lattice choose_lattice(size_t nx, size_t ny)
{
    lattice l;
    size_t longest = nx > ny ? nx : ny;
    double needed = SURPLUS * (double)longest;

    l.step_px = needed > MAX_NODES ? needed / MAX_NODES : 1.0;
    l.n_columns = ih_fft_size((size_t)ceil(SURPLUS * (double)nx / l.step_px));
    l.n_rows = ih_fft_size((size_t)ceil(SURPLUS * (double)ny / l.step_px));
    return l;
}

/* Cycles per pixel of node k of n. */
static double frequency(size_t k, size_t n, double step_px)
{
    double signed_k = k <= n / 2 ? (double)k : (double)k - (double)n;

    return signed_k / ((double)n * step_px);
}

static double amplitude(const ih_random_field_spec *spec, double f)
{
    double gain = 1.0;

    if (f == 0.0)
        return 0.0;
    if (spec->shortest_px > 0.0)
        gain = exp(-0.5 * f * f * spec->shortest_px * spec->shortest_px);
    if (spec->longest_px > 0.0 && f < 1.0 / spec->longest_px)
        f = 1.0 / spec->longest_px;
    return gain * pow(f, 0.5 * spec->exponent);
}

static void fill_spectrum(const ih_random_field_spec *spec, const lattice *l, ih_random *random,
                          ih_complex *spectrum)
{
    for (size_t row = 0; row < l->n_rows; row++) {
        double fy = frequency(row, l->n_rows, l->step_px);
        for (size_t column = 0; column < l->n_columns; column++) {
            double fx = frequency(column, l->n_columns, l->step_px);
            double a = amplitude(spec, sqrt(fx * fx + fy * fy));
            ih_complex *s = &spectrum[row * l->n_columns + column];
            s->re = a * ih_random_normal(random);
            s->im = a * ih_random_normal(random);
        }
    }
}

static ih_status interpolate(const ih_random_field_spec *spec, const lattice *l,
                             const ih_complex *nodes, float *field, ih_error *err)
{
    for (size_t y = 0; y < spec->ny; y++) {
        if (spec->progress &&
            !spec->progress((double)y / (double)spec->ny, "Random field", spec->progress_data))
            return ih_fail(err, IH_E_CANCELLED, "interrupted");
        double v = (double)y / l->step_px;
        size_t row = (size_t)v;
        double wy = v - (double)row;
        const ih_complex *upper = nodes + row % l->n_rows * l->n_columns;
        const ih_complex *lower = nodes + (row + 1) % l->n_rows * l->n_columns;
        for (size_t x = 0; x < spec->nx; x++) {
            double u = (double)x / l->step_px;
            size_t column = (size_t)u;
            double wx = u - (double)column;
            size_t left = column % l->n_columns, right = (column + 1) % l->n_columns;
            double above = (1.0 - wx) * upper[left].re + wx * upper[right].re;
            double below = (1.0 - wx) * lower[left].re + wx * lower[right].re;
            field[y * spec->nx + x] = (float)((1.0 - wy) * above + wy * below);
        }
    }
    return IH_OK;
}

void ih_random_field_normalise(size_t n, float *values)
{
    double sum = 0.0, squares = 0.0;

    if (n == 0)
        return;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    double mean = sum / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    double rms = sqrt(squares / (double)n);
    for (size_t i = 0; i < n; i++)
        values[i] = rms > 0.0 ? (float)((values[i] - mean) / rms) : 0.0f;
}

ih_status ih_random_field_make(const ih_random_field_spec *spec, ih_random *random, float *field,
                               ih_error *err)
{
    ih_status st;
    ih_complex *nodes = NULL;

    if (spec->nx == 0 || spec->ny == 0 || !(spec->exponent <= 0.0) ||
        spec->nx > SIZE_MAX / 16 / spec->ny)
        return ih_fail(err, IH_E_ARGUMENT, "random field of %zu x %zu, exponent %g", spec->nx,
                       spec->ny, spec->exponent);

    lattice l = choose_lattice(spec->nx, spec->ny);
    nodes = ih_alloc(l.n_columns * l.n_rows, sizeof *nodes);
    if (!nodes)
        return ih_fail(err, IH_E_MEMORY, "not enough memory for a random field of %zu x %zu pixels",
                       spec->nx, spec->ny);

    fill_spectrum(spec, &l, random, nodes);
    st = ih_fft_2d(l.n_columns, l.n_rows, 1, nodes, err);
    if (st == IH_OK)
        st = interpolate(spec, &l, nodes, field, err);
    if (st == IH_OK)
        ih_random_field_normalise(spec->nx * spec->ny, field);
    free(nodes);
    return st;
}
