/* SPDX-License-Identifier: MIT */
#include "utilities/lib/reference.h"

#include <math.h>
#include <stdlib.h>

#include "algorithms/alloc.h"
#include "algorithms/reference_point.h"

/* Bounds of the grid in degrees: west south east north. */
static bool bounds_in_degrees(const ih_common_grid *common, double box[4])
{
    const ih_grid *g = &common->grid;

    box[0] = box[1] = INFINITY;
    box[2] = box[3] = -INFINITY;
    for (int corner = 0; corner < 4; corner++) {
        double x = g->x0 + (corner & 1 ? (double)g->nx * g->dx : 0), longitude;
        double y = g->y0 + (corner & 2 ? (double)g->ny * g->dy : 0), latitude;

        if (!ih_common_grid_to_lonlat(common, x, y, &longitude, &latitude))
            return false;
        box[0] = fmin(box[0], longitude);
        box[1] = fmin(box[1], latitude);
        box[2] = fmax(box[2], longitude);
        box[3] = fmax(box[3], latitude);
    }
    return true;
}

static ih_status outside(const ih_common_grid *common, const char *option, double a, double b,
                         ih_error *err)
{
    const ih_grid *g = &common->grid;

    return ih_fail(err, IH_E_ARGUMENT,
                   "the reference point -%s %.10g %.10g lies outside the grid: x %.10g to %.10g, y "
                   "%.10g to %.10g, %zu columns, %zu rows",
                   option, a, b, g->x0, g->x0 + (double)g->nx * g->dx,
                   g->y0 + (double)g->ny * g->dy, g->y0, g->nx, g->ny);
}

static ih_status outside_in_degrees(const ih_common_grid *common, const double lonlat[2],
                                    ih_error *err)
{
    double box[4], a = lonlat[0], b = lonlat[1];
    bool swapped;

    if (!bounds_in_degrees(common, box))
        return outside(common, "ref_lonlat", a, b, err);
    swapped = b >= box[0] && b <= box[2] && a >= box[1] && a <= box[3];
    return ih_fail(err, IH_E_ARGUMENT,
                   "the reference point -ref_lonlat %.10g %.10g lies outside the grid: longitude "
                   "%.6f to %.6f, latitude %.6f to %.6f, %zu columns, %zu rows%s",
                   a, b, box[0], box[2], box[1], box[3], common->grid.nx, common->grid.ny,
                   swapped ? " (are longitude and latitude swapped?)" : "");
}

static ih_status from_options(const ih_sbas_run_options *o, const ih_common_grid *common,
                              ih_reference *r, ih_error *err)
{
    const ih_grid *g = &common->grid;
    double x = o->ref_xy[0], y = o->ref_xy[1];

    if (o->ref_pixel_given) {
        double c = o->ref_pixel[0], l = o->ref_pixel[1];

        if (!(c >= 0 && l >= 0 && c < (double)g->nx && l < (double)g->ny))
            return outside(common, "ref_pixel", c, l, err);
        r->column = (size_t)c;
        r->row = (size_t)l;
        return IH_OK;
    }
    if (o->ref_lonlat_given &&
        !ih_common_grid_from_lonlat(common, o->ref_lonlat[0], o->ref_lonlat[1], &x, &y)) {
        if (!common->srs)
            return ih_fail(err, IH_E_ARGUMENT,
                           "-ref_lonlat needs rasters with a coordinate system; use -ref_xy");
        return outside_in_degrees(common, o->ref_lonlat, err);
    }
    if (!ih_grid_locate(g, x, y, &r->column, &r->row))
        return o->ref_lonlat_given ? outside_in_degrees(common, o->ref_lonlat, err)
                                   : outside(common, "ref_xy", x, y, err);
    return IH_OK;
}

static ih_status automatic(const ih_sbas_run_options *o, const ih_common_grid *common,
                           size_t n_pairs, const ih_ingest_result *in, const uint8_t *land,
                           ih_reference *r, ih_error *err)
{
    ih_reference_point point;
    ih_status status;

    r->automatic = true;
    status = ih_reference_point_choose(common->grid.nx, common->grid.ny, in->average_coherence,
                                       in->valid_pairs, n_pairs, land, (float)o->ref_min_coherence,
                                       &point, err);
    /* The default threshold is a wish; one that the user gave is a condition. */
    if (status == IH_E_DATA && !o->ref_min_coherence_given) {
        r->relaxed = true;
        status = ih_reference_point_choose(common->grid.nx, common->grid.ny, in->average_coherence,
                                           in->valid_pairs, n_pairs, land, 0.0f, &point, err);
    }
    if (status == IH_OK) {
        r->column = point.column;
        r->row = point.row;
    }
    return status;
}

static ih_status read_phases(const ih_common_grid *common, size_t n_pairs, ih_work_cube *cube,
                             ih_reference *r, ih_error *err)
{
    size_t pixel = r->row * common->grid.nx + r->column;
    ih_status status = IH_OK;

    for (size_t pair = 0; pair < n_pairs && status == IH_OK; pair++) {
        status = ih_work_cube_phase_at(cube, pair, pixel, &r->phase_rad[pair], err);
        if (status == IH_OK && isnan(r->phase_rad[pair]))
            r->invalid[r->n_invalid++] = pair;
    }
    return status;
}

ih_status ih_reference_find(const ih_sbas_run_options *options, const ih_common_grid *common,
                            size_t n_pairs, const ih_ingest_result *ingest, const uint8_t *land,
                            ih_work_cube *cube, ih_reference **out, ih_error *err)
{
    ih_reference *r = ih_calloc(1, sizeof *r);
    ih_status status = IH_OK;

    if (r) {
        r->phase_rad = ih_calloc(n_pairs, sizeof *r->phase_rad);
        r->invalid = ih_calloc(n_pairs, sizeof *r->invalid);
    }
    if (!r || !r->phase_rad || !r->invalid)
        status = ih_fail(err, IH_E_MEMORY, "reference point");
    else if (options->ref_lonlat_given || options->ref_xy_given || options->ref_pixel_given)
        status = from_options(options, common, r, err);
    else
        status = automatic(options, common, n_pairs, ingest, land, r, err);
    if (status == IH_OK) {
        ih_grid_centre(&common->grid, r->column, r->row, &r->x, &r->y);
        if (!ih_common_grid_to_lonlat(common, r->x, r->y, &r->longitude, &r->latitude))
            r->longitude = r->latitude = NAN;
        r->average_coherence = ingest->average_coherence[r->row * common->grid.nx + r->column];
        status = read_phases(common, n_pairs, cube, r, err);
        /* Nothing would be left to leave out. */
        if (status == IH_OK && n_pairs > 0 && r->n_invalid == n_pairs)
            status = ih_fail(err, IH_E_DATA,
                             "the reference point (column %zu, row %zu) has no phase in any of the "
                             "%zu pairs; choose another point",
                             r->column, r->row, n_pairs);
    }
    if (status != IH_OK) {
        ih_reference_free(r);
        r = NULL;
    }
    *out = r;
    return status;
}

void ih_reference_free(ih_reference *reference)
{
    if (!reference)
        return;
    free(reference->phase_rad);
    free(reference->invalid);
    free(reference);
}
