/* SPDX-License-Identifier: MIT */
#include "utilities/lib/reference_place.h"

#include <math.h>

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

ih_status ih_reference_place_find(const ih_reference_place *place, const ih_common_grid *common,
                                  size_t *column, size_t *row, ih_error *err)
{
    const ih_grid *g = &common->grid;
    double x = place->xy[0], y = place->xy[1];

    if (place->pixel_given) {
        double c = place->pixel[0], l = place->pixel[1];

        if (!(c >= 0 && l >= 0 && c < (double)g->nx && l < (double)g->ny))
            return outside(common, "ref_pixel", c, l, err);
        *column = (size_t)c;
        *row = (size_t)l;
        return IH_OK;
    }
    if (place->lonlat_given &&
        !ih_common_grid_from_lonlat(common, place->lonlat[0], place->lonlat[1], &x, &y)) {
        if (!common->srs)
            return ih_fail(err, IH_E_ARGUMENT,
                           "-ref_lonlat needs rasters with a coordinate system; use -ref_xy");
        return outside_in_degrees(common, place->lonlat, err);
    }
    if (!ih_grid_locate(g, x, y, column, row))
        return place->lonlat_given ? outside_in_degrees(common, place->lonlat, err)
                                   : outside(common, "ref_xy", x, y, err);
    return IH_OK;
}
