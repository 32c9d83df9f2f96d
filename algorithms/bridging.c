/* SPDX-License-Identifier: MIT */
#include "algorithms/bridging.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "algorithms/alloc.h"

#define WINDOW_SHARE 0.05

/* Boundary pixels of all regions, in raster order within each. */
struct outline {
    size_t *begin;          /* [region + 1] into column and row */
    uint32_t *column, *row; /* of the boundary pixels */
    uint32_t *left, *right; /* [region] box */
    uint32_t *top, *bottom; /* [region] */
    uint32_t n_regions;
    void *memory;
};

/* The best way known from the tree to a region outside of it. */
struct bridge {
    double squared;   /* distance, pixels */
    size_t near, far; /* boundary pixels: in the tree, in the region */
    uint32_t parent;
    bool joined;
};

struct work {
    ih_regions regions;
    uint32_t *boundary; /* first the eroded labels */
    struct outline outline;
    struct bridge *bridge; /* [region] */
    int32_t *shift;        /* [region] cycles */
    float *values;         /* of a window */
};

static void free_work(struct work *w)
{
    ih_regions_free(&w->regions);
    free(w->boundary);
    free(w->outline.begin);
    free(w->outline.memory);
    free(w->bridge);
    free(w->shift);
    free(w->values);
}

static void enter_boundary(struct outline *o, size_t nx, size_t ny, const uint32_t *boundary)
{
    for (size_t p = 0; p < nx * ny; p++) {
        uint32_t x = (uint32_t)(p % nx), y = (uint32_t)(p / nx), r;
        size_t at;

        if (!boundary[p])
            continue;
        r = boundary[p] - 1;
        at = o->begin[r + 1]++;
        o->column[at] = x;
        o->row[at] = y;
        o->left[r] = x < o->left[r] ? x : o->left[r];
        o->right[r] = x > o->right[r] ? x : o->right[r];
        o->top[r] = y < o->top[r] ? y : o->top[r];
        o->bottom[r] = y;
    }
}

static ih_status make_outline(struct outline *o, const ih_regions *regions,
                              const uint32_t *boundary, ih_error *err)
{
    size_t n = regions->n_regions, total = 0, pixels = regions->nx * regions->ny;

    o->n_regions = regions->n_regions;
    o->begin = ih_calloc(n + 2, sizeof *o->begin);
    if (!o->begin)
        return ih_fail(err, IH_E_MEMORY, "%zu regions", n);
    for (size_t p = 0; p < pixels; p++)
        if (boundary[p]) {
            /* two places ahead: filling turns beginnings into ends, which are the next beginnings
             */
            o->begin[boundary[p] + 1]++;
            total++;
        }
    for (size_t r = 1; r <= n; r++)
        o->begin[r + 1] += o->begin[r];
    o->memory = ih_calloc(2 * total + 4 * n, sizeof *o->column);
    if (!o->memory)
        return ih_fail(err, IH_E_MEMORY, "boundaries of %zu pixels", total);
    o->column = o->memory;
    o->row = o->column + total;
    o->left = o->row + total;
    o->right = o->left + n;
    o->top = o->right + n;
    o->bottom = o->top + n;
    for (size_t r = 0; r < n; r++)
        o->left[r] = o->top[r] = UINT32_MAX;
    enter_boundary(o, regions->nx, regions->ny, boundary);
    return IH_OK;
}

static double square(double x)
{
    return x * x;
}

/* Squared distance of two boxes: no two of their pixels are nearer. */
static double box_distance(const struct outline *o, uint32_t a, uint32_t b)
{
    double x = fmax(0.0, fmax((double)o->left[a] - o->right[b], (double)o->left[b] - o->right[a]));
    double y = fmax(0.0, fmax((double)o->top[a] - o->bottom[b], (double)o->top[b] - o->bottom[a]));

    return x * x + y * y;
}

/* First boundary pixel of region a in or below a row. */
static size_t first_in_row(const struct outline *o, uint32_t a, double row)
{
    size_t low = o->begin[a], high = o->begin[a + 1];

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if ((double)o->row[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Nearest pair of boundary pixels of the tree's region a and region b, when nearer than what is
 * known: the first pixel of b that reaches the distance, and for it the first of a. */
static void find_bridge(const struct outline *o, uint32_t a, uint32_t b, struct bridge *best)
{
    for (size_t q = o->begin[b]; q < o->begin[b + 1]; q++) {
        double y = o->row[q], x = o->column[q], reach = sqrt(best->squared);

        for (size_t p = first_in_row(o, a, y - reach);
             p < o->begin[a + 1] && (double)o->row[p] <= y + reach; p++) {
            double squared = square((double)o->row[p] - y) + square((double)o->column[p] - x);

            if (squared < best->squared) {
                *best = (struct bridge){.squared = squared, .near = p, .far = q, .parent = a};
                reach = sqrt(squared);
            }
        }
    }
}

static int ascending(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;

    return (x > y) - (x < y);
}

/* Median phase of a region within the window around a boundary pixel; NaN without data. */
static float window_median(const struct work *w, const float *phase, uint32_t region, size_t at,
                           size_t radius)
{
    const ih_regions *r = &w->regions;
    size_t x = w->outline.column[at], y = w->outline.row[at], n = 0;
    size_t left = x > radius ? x - radius : 0, right = r->nx - x > radius ? x + radius : r->nx;
    size_t top = y > radius ? y - radius : 0, bottom = r->ny - y > radius ? y + radius : r->ny;

    for (size_t v = top; v < bottom; v++)
        for (size_t u = left; u < right; u++) {
            size_t p = v * r->nx + u;

            if (r->label[p] == region + 1 && isfinite(phase[p]))
                w->values[n++] = phase[p];
        }
    if (n == 0)
        return NAN;
    qsort(w->values, n, sizeof *w->values, ascending);
    return n % 2 ? w->values[n / 2] : 0.5f * (w->values[n / 2 - 1] + w->values[n / 2]);
}

/* Cycles that region `to` is above its parent. */
static int32_t cycles_across(const struct work *w, const float *phase, uint32_t to, size_t radius)
{
    const struct bridge *b = &w->bridge[to];
    double difference = (double)window_median(w, phase, to, b->far, radius) -
                        (double)window_median(w, phase, b->parent, b->near, radius);
    double cycles;

    if (isnan(difference))
        return w->shift[b->parent];
    /* relative to the parent as it will be */
    difference += 2.0 * M_PI * w->shift[b->parent];
    cycles = floor((fabs(difference) + M_PI) / (2.0 * M_PI));
    return (int32_t)fmin(cycles, INT16_MAX) * (difference > 0.0 ? 1 : -1);
}

/* Grows the tree from the root (Prim), every region shifted as it is joined. */
static void grow_tree(struct work *w, const float *phase, uint32_t root, size_t radius)
{
    uint32_t n = w->regions.n_regions, joined = root;

    for (uint32_t r = 0; r < n; r++)
        w->bridge[r] = (struct bridge){.squared = INFINITY};
    for (uint32_t count = 1; count <= n; count++) {
        double least = INFINITY;
        uint32_t next = joined;

        w->bridge[joined].joined = true;
        for (uint32_t r = 0; r < n; r++) {
            if (w->bridge[r].joined)
                continue;
            if (box_distance(&w->outline, joined, r) < w->bridge[r].squared)
                find_bridge(&w->outline, joined, r, &w->bridge[r]);
            if (w->bridge[r].squared < least) {
                least = w->bridge[r].squared;
                next = r;
            }
        }
        if (next == joined)
            return;
        joined = next;
        w->shift[joined] = cycles_across(w, phase, joined, radius);
    }
}

static ih_status prepare(struct work *w, const ih_bridging_options *options,
                         const uint16_t *component, size_t nx, size_t ny, ih_error *err)
{
    ih_status st = ih_regions_label(nx, ny, component, &w->regions, err);
    uint32_t *eroded = NULL;

    if (st != IH_OK)
        return st;
    if (w->regions.n_regions > 1)
        ih_regions_remove_small(&w->regions,
                                ih_regions_least_area(options->least_area_pixels, nx, ny));
    eroded = ih_alloc(nx * ny, sizeof *eroded);
    w->boundary = ih_alloc(nx * ny, sizeof *w->boundary);
    if (!eroded || !w->boundary)
        st = ih_fail(err, IH_E_MEMORY, "boundaries of %zu x %zu pixels", nx, ny);
    else
        st = ih_regions_erode(&w->regions, options->erosion, eroded, err);
    if (st == IH_OK && w->regions.n_regions > 1) {
        ih_regions_boundary(nx, ny, eroded, w->boundary);
        st = make_outline(&w->outline, &w->regions, w->boundary, err);
    }
    free(eroded);
    return st;
}

ih_status ih_bridging_find(size_t nx, size_t ny, const uint16_t *component, const float *phase_rad,
                           size_t reference_pixel, const ih_bridging_options *options,
                           int16_t *cycles, ih_bridging_result *result, ih_error *err)
{
    size_t shorter = nx < ny ? nx : ny, radius = (size_t)(WINDOW_SHARE * (double)shorter);
    struct work w = {0};
    ih_status st;

    *result = (ih_bridging_result){0};
    if (reference_pixel >= nx * ny)
        return ih_fail(err, IH_E_ARGUMENT, "a reference pixel outside of %zu x %zu", nx, ny);
    if (radius > options->window_radius)
        radius = options->window_radius;
    if (radius == 0)
        radius = 1;
    memset(cycles, 0, nx * ny * sizeof *cycles);
    st = prepare(&w, options, component, nx, ny, err);
    if (st != IH_OK)
        goto done;
    result->n_regions = w.regions.n_regions;
    result->reference_region = w.regions.label[reference_pixel];
    if (result->reference_region == 0 || w.regions.n_regions < 2)
        goto done;
    w.bridge = ih_alloc(w.regions.n_regions, sizeof *w.bridge);
    w.shift = ih_calloc(w.regions.n_regions, sizeof *w.shift);
    w.values = ih_alloc(4 * radius * radius, sizeof *w.values);
    if (!w.bridge || !w.shift || !w.values) {
        st = ih_fail(err, IH_E_MEMORY, "bridges of %u regions", w.regions.n_regions);
        goto done;
    }
    grow_tree(&w, phase_rad, result->reference_region - 1, radius);
    for (uint32_t r = 0; r < w.regions.n_regions; r++)
        result->n_shifted += w.shift[r] != 0;
    for (size_t p = 0; p < nx * ny; p++)
        if (w.regions.label[p])
            cycles[p] = (int16_t)w.shift[w.regions.label[p] - 1];

done:
    free_work(&w);
    return st;
}

void ih_cycles_subtract(size_t n_pixels, const int16_t *cycles, float *phase_rad)
{
    for (size_t p = 0; p < n_pixels; p++)
        if (cycles[p] != 0)
            phase_rad[p] = (float)((double)phase_rad[p] - 2.0 * M_PI * cycles[p]);
}
