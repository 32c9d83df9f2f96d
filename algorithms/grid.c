/* SPDX-License-Identifier: MIT */
#include "algorithms/grid.h"

#include <math.h>

#include "algorithms/alloc.h"

/* Rasters larger than this are taken for damaged headers; it also keeps every offset exact in a double. */
#define MAX_SIZE ((size_t)1 << 31)

/* A box edge this close to a lattice line, in pixels, is on it: decimal coordinates are not exact. */
#define SNAP_SLACK 1e-6

ih_status ih_grid_from_geotransform(const double gt[6], size_t nx, size_t ny, ih_grid *grid,
                                    ih_error *err)
{
    for (int i = 0; i < 6; i++)
        if (!isfinite(gt[i]))
            return ih_fail(err, IH_E_DATA, "the geotransform is not finite");
    if (gt[2] != 0.0 || gt[4] != 0.0)
        return ih_fail(err, IH_E_UNSUPPORTED, "the raster is rotated");
    if (gt[1] == 0.0 || gt[5] == 0.0 || nx == 0 || ny == 0 || nx > MAX_SIZE || ny > MAX_SIZE)
        return ih_fail(err, IH_E_DATA, "a grid of %zu x %zu pixels of %g x %g is not usable", nx, ny,
                       gt[1], gt[5]);

    *grid = (ih_grid){.x0 = gt[0], .y0 = gt[3], .dx = gt[1], .dy = gt[5], .nx = nx, .ny = ny};
    return IH_OK;
}

void ih_grid_to_geotransform(const ih_grid *grid, double gt[6])
{
    gt[0] = grid->x0;
    gt[1] = grid->dx;
    gt[2] = 0.0;
    gt[3] = grid->y0;
    gt[4] = 0.0;
    gt[5] = grid->dy;
}

/* Spacings agree when they drift apart by less than the tolerance over the larger grid. */
static int same_spacing(double a, double b, size_t n)
{
    return fabs(a - b) * (double)n <= IH_GRID_TOLERANCE * fabs(a);
}

int ih_grid_offset(const ih_grid *a, const ih_grid *b, int64_t *column, int64_t *row, double *residue)
{
    double x = (b->x0 - a->x0) / a->dx;
    double y = (b->y0 - a->y0) / a->dy;
    double off = fmax(fabs(x - nearbyint(x)), fabs(y - nearbyint(y)));

    if (residue)
        *residue = off;
    if (!(fabs(x) < 1e15 && fabs(y) < 1e15))
        return 0;
    *column = (int64_t)nearbyint(x);
    *row = (int64_t)nearbyint(y);
    return off <= IH_GRID_TOLERANCE && same_spacing(a->dx, b->dx, a->nx > b->nx ? a->nx : b->nx) &&
           same_spacing(a->dy, b->dy, a->ny > b->ny ? a->ny : b->ny);
}

/* The window of a's lattice from (c0,r0) to (c1,r1), end exclusive. */
static ih_status window(const ih_grid *a, int64_t c0, int64_t r0, int64_t c1, int64_t r1, ih_grid *out,
                        ih_error *err)
{
    if (c1 <= c0 || r1 <= r0)
        return ih_fail(err, IH_E_DATA, "the grids have no pixel in common");
    if ((uint64_t)(c1 - c0) > MAX_SIZE || (uint64_t)(r1 - r0) > MAX_SIZE)
        return ih_fail(err, IH_E_DATA, "the common grid would be larger than %zu pixels a side",
                       MAX_SIZE);
    *out = (ih_grid){.x0 = a->x0 + (double)c0 * a->dx,
                     .y0 = a->y0 + (double)r0 * a->dy,
                     .dx = a->dx,
                     .dy = a->dy,
                     .nx = (size_t)(c1 - c0),
                     .ny = (size_t)(r1 - r0)};
    return IH_OK;
}

static int64_t min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t max64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

ih_status ih_grid_intersection(const ih_grid *a, const ih_grid *b, ih_grid *out, ih_error *err)
{
    int64_t c, r;

    if (!ih_grid_offset(a, b, &c, &r, NULL))
        return ih_fail(err, IH_E_ARGUMENT, "the grids are not on one lattice");
    return window(a, max64(0, c), max64(0, r), min64((int64_t)a->nx, c + (int64_t)b->nx),
                  min64((int64_t)a->ny, r + (int64_t)b->ny), out, err);
}

ih_status ih_grid_union(const ih_grid *a, const ih_grid *b, ih_grid *out, ih_error *err)
{
    int64_t c, r;

    if (!ih_grid_offset(a, b, &c, &r, NULL))
        return ih_fail(err, IH_E_ARGUMENT, "the grids are not on one lattice");
    return window(a, min64(0, c), min64(0, r), max64((int64_t)a->nx, c + (int64_t)b->nx),
                  max64((int64_t)a->ny, r + (int64_t)b->ny), out, err);
}

/* Columns and rows of the first grid, as far as they are shared; empty when end <= begin. */
typedef struct {
    int64_t begin[2], end[2];
} extent;

static extent shared(extent a, const extent *b)
{
    for (int i = 0; i < 2; i++) {
        a.begin[i] = max64(a.begin[i], b->begin[i]);
        a.end[i] = min64(a.end[i], b->end[i]);
    }
    return a;
}

static double pixels_of(const extent *e)
{
    return e->end[0] > e->begin[0] && e->end[1] > e->begin[1]
               ? (double)(e->end[0] - e->begin[0]) * (double)(e->end[1] - e->begin[1])
               : 0.0;
}

/* What all before a grid share and what all behind it share is what all but it share. */
ih_status ih_grid_shared_area(const ih_grid *grids, size_t n, double *all, double *without,
                              ih_error *err)
{
    const extent everything = {{INT64_MIN, INT64_MIN}, {INT64_MAX, INT64_MAX}};
    extent *own = ih_alloc(n, sizeof *own), *before = ih_alloc(n, sizeof *before);
    extent behind = everything;
    ih_status status =
        own && before ? IH_OK : ih_fail(err, IH_E_MEMORY, "common area of %zu grids", n);

    for (size_t i = 0; i < n && status == IH_OK; i++) {
        if (!ih_grid_offset(&grids[0], &grids[i], &own[i].begin[0], &own[i].begin[1], NULL))
            status = ih_fail(err, IH_E_ARGUMENT, "the grids are not on one lattice");
        own[i].end[0] = own[i].begin[0] + (int64_t)grids[i].nx;
        own[i].end[1] = own[i].begin[1] + (int64_t)grids[i].ny;
        before[i] = i ? shared(before[i - 1], &own[i - 1]) : everything;
    }
    for (size_t i = n; i-- > 0 && status == IH_OK;) {
        extent rest = n > 1 ? shared(before[i], &behind) : own[i];

        without[i] = pixels_of(&rest);
        behind = shared(behind, &own[i]);
    }
    *all = status == IH_OK ? pixels_of(&behind) : 0.0;
    free(own);
    free(before);
    return status;
}

unsigned ih_grid_common_sides(const ih_grid *grid, const ih_grid *area)
{
    int64_t column = 0, row = 0;

    (void)ih_grid_offset(area, grid, &column, &row, NULL);
    return (column == 0 ? 1u : 0u) | (row + (int64_t)grid->ny == (int64_t)area->ny ? 2u : 0u) |
           (column + (int64_t)grid->nx == (int64_t)area->nx ? 4u : 0u) | (row == 0 ? 8u : 0u);
}

ih_status ih_grid_cover_box(const ih_grid *lattice, double xmin, double ymin, double xmax, double ymax,
                            ih_grid *out, ih_error *err)
{
    double c0 = ((lattice->dx > 0 ? xmin : xmax) - lattice->x0) / lattice->dx;
    double c1 = ((lattice->dx > 0 ? xmax : xmin) - lattice->x0) / lattice->dx;
    double r0 = ((lattice->dy > 0 ? ymin : ymax) - lattice->y0) / lattice->dy;
    double r1 = ((lattice->dy > 0 ? ymax : ymin) - lattice->y0) / lattice->dy;

    if (!(xmin < xmax && ymin < ymax))
        return ih_fail(err, IH_E_ARGUMENT, "the box %g %g %g %g is empty", xmin, ymin, xmax, ymax);
    if (!(fabs(c0) < 1e15 && fabs(c1) < 1e15 && fabs(r0) < 1e15 && fabs(r1) < 1e15))
        return ih_fail(err, IH_E_ARGUMENT, "the box is too far from the grid");
    return window(lattice, (int64_t)floor(c0 + SNAP_SLACK), (int64_t)floor(r0 + SNAP_SLACK),
                  (int64_t)ceil(c1 - SNAP_SLACK), (int64_t)ceil(r1 - SNAP_SLACK), out, err);
}

int ih_grid_locate(const ih_grid *grid, double x, double y, size_t *column, size_t *row)
{
    double c = floor((x - grid->x0) / grid->dx);
    double r = floor((y - grid->y0) / grid->dy);

    if (!(c >= 0 && r >= 0 && c < (double)grid->nx && r < (double)grid->ny))
        return 0;
    *column = (size_t)c;
    *row = (size_t)r;
    return 1;
}

void ih_grid_centre(const ih_grid *grid, size_t column, size_t row, double *x, double *y)
{
    *x = grid->x0 + ((double)column + 0.5) * grid->dx;
    *y = grid->y0 + ((double)row + 0.5) * grid->dy;
}
