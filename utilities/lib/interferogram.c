/* SPDX-License-Identifier: MIT */
#include "utilities/lib/interferogram.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "algorithms/alloc.h"
#include "utilities/lib/cli.h"

static const double pi = 3.14159265358979323846;

/* GAMMA leaves out what the filtered interferogram's coherence says is noise; windows of 5 x 5
 * stand for the filter. */
#define LEAST_COHERENCE 0.10f
#define WINDOW_HALF     2
/* What SNAPHU takes for a component, and how many it keeps. */
#define COMPONENT_COHERENCE 0.30f
#define COMPONENT_PIXELS    100
#define MOST_COMPONENTS     20

ih_status ih_interferogram_new(size_t n, ih_interferogram **out, ih_error *err)
{
    ih_interferogram *i = ih_calloc(1, sizeof *i);
    ih_status st;

    *out = NULL;
    if (!i)
        return ih_fail(err, IH_E_MEMORY, "interferogram");
    i->valid = ih_alloc(n, 1);
    i->unwrapped_rad = ih_alloc(n, sizeof(float));
    i->wrapped_rad = ih_alloc(n, sizeof(float));
    i->coherence = ih_alloc(n, sizeof(float));
    i->power = ih_alloc(n, sizeof(float));
    i->component = ih_alloc(n, sizeof(float));
    i->window_coherence = ih_alloc(n, sizeof(float));
    i->stack = ih_alloc(n, sizeof(uint32_t));
    st = ih_speckle_new(n, &i->speckle, err);
    if (st == IH_OK && (!i->valid || !i->unwrapped_rad || !i->wrapped_rad || !i->coherence ||
                        !i->power || !i->component || !i->window_coherence || !i->stack))
        st = ih_fail(err, IH_E_MEMORY, "interferogram of %zu pixels", n);
    if (st != IH_OK) {
        ih_interferogram_free(i);
        return st;
    }
    *out = i;
    return IH_OK;
}

void ih_interferogram_free(ih_interferogram *i)
{
    if (!i)
        return;
    free(i->valid);
    free(i->unwrapped_rad);
    free(i->wrapped_rad);
    free(i->coherence);
    free(i->power);
    free(i->component);
    free(i->window_coherence);
    free(i->stack);
    ih_speckle_free(&i->speckle);
    free(i);
}

size_t ih_interferogram_bytes_per_pixel(void)
{
    return 1 + 6 * sizeof(float) + sizeof(uint32_t) + 4 * sizeof(float);
}

/* Coherence goes in through out->coherence and comes out as estimated. */
static int go_on(double done, const char *what, void *data)
{
    (void)done;
    (void)what;
    (void)data;
    return !ih_cli_interrupted();
}

static ih_status add_speckle(const ih_scene *scene, const ih_scene_pair *pair,
                             ih_interferogram *out, ih_error *err)
{
    const ih_speckle_image image = {
        .nx = scene->grid.nx, .ny = scene->grid.ny, .looks = scene->looks, .progress = go_on};
    ih_status st;
    ih_random stream =
        ih_scene_stream(scene, IH_SCENE_SPECKLE, pair->reference * 100000 + pair->secondary);

    ih_scene_coherence(scene, pair, out->coherence);
    if (scene->options.no_noise) {
        ih_speckle_expectation(scene->n_pixels, out->coherence, &out->speckle);
        memcpy(out->window_coherence, out->coherence, scene->n_pixels * sizeof(float));
        return IH_OK;
    }
    st = ih_speckle_sample_image(&image, out->coherence, &stream, &out->speckle, err);
    if (st == IH_OK)
        st = ih_speckle_window_coherence(&out->speckle, &image, WINDOW_HALF, out->window_coherence,
                                         err);
    for (size_t i = 0; i < scene->n_pixels && st == IH_OK; i++)
        out->coherence[i] = ih_speckle_coherence(&out->speckle, i);
    return st;
}

/* Sigma nought, power: rough slopes toward the radar are bright, coherent ground is built up, water
 * is dark. */
static float backscatter(const ih_scene *scene, size_t column, size_t row)
{
    const ih_grid *g = &scene->grid;
    size_t i = row * g->nx + column;
    size_t east = column + 1 < g->nx ? i + 1 : i, west = column > 0 ? i - 1 : i;
    size_t south = row + 1 < g->ny ? i + g->nx : i, north = row > 0 ? i - g->nx : i;
    const float *h = scene->height_m;
    double run_x = (double)(east - west) * g->dx;
    double run_y = (double)(south - north) / (double)g->nx * g->dx;

    if (!scene->land[i])
        return 0.008f;
    double slope_east = run_x > 0.0 ? (h[east] - h[west]) / run_x : 0.0;
    double slope_north = run_y > 0.0 ? (h[north] - h[south]) / run_y : 0.0;
    ih_line_of_sight sight = {.elevation_rad = scene->elevation_rad[i],
                              .azimuth_rad = scene->azimuth_rad[i]};
    double local = ih_viewing_geometry_local_incidence(&sight, slope_east, slope_north);
    double flat = 0.5 * pi - sight.elevation_rad;
    double lasting = scene->decorrelation.long_term[i];
    double cover = scene->forest[i] ? 0.09 : 0.05 + 0.30 * lasting * lasting;
    return (float)(cover * pow(fmax(0.02, cos(local)) / cos(flat), 2.5));
}

static ih_status fill_phases(const ih_scene *scene, const ih_scene_pair *pair, const float *first,
                             const float *second, ih_interferogram *out, ih_error *err)
{
    const bool gamma = scene->options.family == IH_SIMULATE_GAMMA;
    size_t nx = scene->grid.nx;

    for (size_t i = 0; i < scene->n_pixels; i++) {
        if (i % nx == 0 && ih_cli_interrupted())
            return ih_fail(err, IH_E_CANCELLED, "interrupted");
        if (!out->valid[i]) {
            out->unwrapped_rad[i] = out->wrapped_rad[i] = 0.0f;
            out->coherence[i] = out->power[i] = 0.0f;
            continue;
        }
        double phase = (double)second[i] - first[i] + ih_speckle_phase_rad(&out->speckle, i);
        bool lost = (gamma && out->window_coherence[i] < LEAST_COHERENCE) ||
                    (scene->options.apply_water_mask && !scene->land[i]);
        int cycles = pair->whole_cycles + ih_scene_planted_cycles(pair, i % nx, i / nx);
        out->wrapped_rad[i] = (float)remainder(phase, 2.0 * pi);
        out->unwrapped_rad[i] = lost ? 0.0f : (float)(phase + 2.0 * pi * cycles);
        out->power[i] = backscatter(scene, i % nx, i / nx) * out->speckle.reference_power[i];
    }
    return IH_OK;
}

/* The service takes the most coherent place; it lies where no error was planted, so that it stays
 * the reference. */
static void subtract_reference(const ih_scene *scene, const ih_scene_pair *pair,
                               ih_interferogram *out)
{
    size_t nx = scene->grid.nx, best = 0;
    float highest = 0.0f;

    for (size_t i = 0; i < scene->n_pixels; i++)
        if (out->valid[i] && scene->land[i] && out->unwrapped_rad[i] != 0.0f &&
            out->window_coherence[i] > highest &&
            ih_scene_planted_cycles(pair, i % nx, i / nx) == 0) {
            highest = out->window_coherence[i];
            best = i;
        }
    if (highest == 0.0f)
        best = (pair->row + pair->ny / 2) * nx + pair->column + pair->nx / 2;
    out->reference_column = best % nx;
    out->reference_row = best / nx;
    out->reference_phase_rad = out->unwrapped_rad[best];
    for (size_t i = 0; i < scene->n_pixels; i++)
        if (out->unwrapped_rad[i] != 0.0f)
            out->unwrapped_rad[i] = (float)(out->unwrapped_rad[i] - out->reference_phase_rad);
}

/* Gives the connected area around start a label; returns its pixels, which are left in the stack.
 */
static size_t flood(const ih_scene *scene, size_t start, float label, ih_interferogram *out)
{
    size_t nx = scene->grid.nx, count = 1;

    out->component[start] = label;
    out->stack[0] = (uint32_t)start;
    for (size_t done = 0; done < count; done++) {
        size_t i = out->stack[done], column = i % nx, row = i / nx;
        const size_t next[4] = {column > 0 ? i - 1 : i, column + 1 < nx ? i + 1 : i,
                                row > 0 ? i - nx : i, row + 1 < scene->grid.ny ? i + nx : i};
        for (int k = 0; k < 4; k++)
            if (out->component[next[k]] < 0.0f) {
                out->component[next[k]] = label;
                out->stack[count++] = (uint32_t)next[k];
            }
    }
    return count;
}

typedef struct {
    size_t start, pixels;
} component;

static int larger_first(const void *a, const void *b)
{
    const component *x = a, *y = b;

    if (x->pixels != y->pixels)
        return x->pixels < y->pixels ? 1 : -1;
    return x->start < y->start ? -1 : 1;
}

/* 4-connected areas of good coherence, the MOST_COMPONENTS largest, numbered by decreasing size. */
static void label_components(const ih_scene *scene, ih_interferogram *out)
{
    component kept[MOST_COMPONENTS + 1];
    size_t n_kept = 0;

    /* -1 waits for a label. */
    for (size_t i = 0; i < scene->n_pixels; i++)
        out->component[i] =
            out->unwrapped_rad[i] != 0.0f && out->window_coherence[i] >= COMPONENT_COHERENCE ? -1.0f
                                                                                             : 0.0f;
    for (size_t i = 0; i < scene->n_pixels; i++) {
        if (out->component[i] >= 0.0f)
            continue;
        /* All areas get 0 and their first pixel is noted: labels follow when the sizes are known.
         */
        size_t pixels = flood(scene, i, 0.0f, out);
        if (pixels < COMPONENT_PIXELS)
            continue;
        kept[n_kept++] = (component){i, pixels};
        qsort(kept, n_kept, sizeof kept[0], larger_first);
        if (n_kept > MOST_COMPONENTS)
            n_kept = MOST_COMPONENTS;
    }
    for (size_t i = 0; i < scene->n_pixels; i++)
        out->component[i] =
            out->unwrapped_rad[i] != 0.0f && out->window_coherence[i] >= COMPONENT_COHERENCE ? -1.0f
                                                                                             : 0.0f;
    for (size_t k = 0; k < n_kept; k++)
        flood(scene, kept[k].start, (float)(k + 1), out);
    for (size_t i = 0; i < scene->n_pixels; i++)
        out->component[i] = fmaxf(0.0f, out->component[i]);
}

ih_status ih_interferogram_form(const ih_scene *scene, size_t pair_index,
                                const float *reference_phase_rad, const float *secondary_phase_rad,
                                ih_interferogram *out, ih_error *err)
{
    const ih_scene_pair *pair = &scene->pairs[pair_index];
    ih_status st = add_speckle(scene, pair, out, err);

    if (st != IH_OK)
        return st;
    ih_scene_footprint(scene, pair, out->valid);
    st = fill_phases(scene, pair, reference_phase_rad, secondary_phase_rad, out, err);
    if (st != IH_OK)
        return st;
    if (scene->options.family == IH_SIMULATE_GAMMA)
        subtract_reference(scene, pair, out);
    else
        label_components(scene, out);
    return IH_OK;
}
