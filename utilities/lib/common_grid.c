/* SPDX-License-Identifier: MIT */
#include "utilities/lib/common_grid.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_error.h>

#include "algorithms/alloc.h"

#define METRES_PER_DEGREE 111320.0

enum { NAMES_SHOWN = 5 };

static bool transform_point(OGRSpatialReferenceH from, OGRSpatialReferenceH to, double *x,
                            double *y)
{
    OGRCoordinateTransformationH t = ih_transformation(from, to);
    bool ok;

    CPLPushErrorHandler(CPLQuietErrorHandler);
    ok = t && OCTTransform(t, 1, x, y, NULL) && isfinite(*x) && isfinite(*y);
    CPLPopErrorHandler();
    if (t)
        OCTDestroyCoordinateTransformation(t);
    return ok;
}

/* An interferogram's area on the common lattice. */
static ih_status footprint(const ih_common_grid *common, const ih_interferogram *item,
                           bool on_lattice, const ih_grid *lattice, ih_grid *out, ih_error *err)
{
    const ih_grid *g = &item->grid;
    double box[4] = {g->x0, g->y0 + (double)g->ny * g->dy, g->x0 + (double)g->nx * g->dx, g->y0};

    if (on_lattice) {
        *out = *g;
        return IH_OK;
    }
    if (!ih_transform_box(item->srs, common->srs, box))
        return ih_fail(err, IH_E_DATA, "%s: its coordinate system cannot be brought to the grid's",
                       item->name);
    return ih_grid_cover_box(lattice, box[0], box[1], box[2], box[3], out, err);
}

static bool overlap(const ih_grid *a, const ih_grid *b)
{
    ih_grid both;

    return ih_grid_intersection(a, b, &both, NULL) == IH_OK;
}

/* Names the interferograms that miss most of the others. */
static ih_status nothing_in_common(const ih_catalogue *c, const ih_grid *areas, ih_error *err)
{
    size_t *misses = ih_calloc(c->count, sizeof *misses), most = 0, shown = 0, n = 0;
    char names[700] = "";

    if (!misses)
        return ih_fail(err, IH_E_MEMORY, "common grid");
    for (size_t i = 0; i < c->count; i++) {
        for (size_t k = 0; k < c->count; k++)
            misses[i] += !overlap(&areas[i], &areas[k]);
        most = misses[i] > most ? misses[i] : most;
    }
    for (size_t i = 0; i < c->count; i++) {
        if (misses[i] < most)
            continue;
        n++;
        if (shown < NAMES_SHOWN && strlen(names) + strlen(c->items[i].name) + 3 < sizeof names) {
            strcat(names, shown ? ", " : "");
            strcat(names, c->items[i].name);
            shown++;
        }
    }
    free(misses);
    return ih_fail(err, IH_E_DATA,
                   "the interferograms have no area in common; farthest from the others: %s%s "
                   "(leave them out, or use -extent union or -te)",
                   names, n > shown ? ", ..." : "");
}

static ih_status area_of_all(const ih_catalogue *c, const ih_grid *areas, bool union_of_all,
                             ih_grid *out, ih_error *err)
{
    ih_grid grid = areas[0];
    ih_status status = IH_OK;

    for (size_t i = 1; i < c->count && status == IH_OK; i++) {
        if (union_of_all) {
            status = ih_grid_union(&grid, &areas[i], &grid, err);
        } else {
            status = ih_grid_intersection(&grid, &areas[i], &grid, err);
            if (status == IH_E_DATA)
                return nothing_in_common(c, areas, err);
        }
    }
    *out = grid;
    return status;
}

static const char *option_of(const ih_area_request *area)
{
    return area->box_option ? area->box_option : "-te";
}

static ih_status outside_box(const ih_common_grid *common, const ih_area_request *area,
                             const double cover[4], ih_error *err)
{
    const double *b = area->box;
    bool degrees = !area->box_srs && common->srs && !OSRIsGeographic(common->srs) &&
                   fabs(b[0]) <= 360 && fabs(b[2]) <= 360 && fabs(b[1]) <= 90 && fabs(b[3]) <= 90;

    return ih_fail(err, IH_E_ARGUMENT,
                   "the box of %s lies outside the interferograms, which cover x %.10g to %.10g, "
                   "y %.10g to %.10g%s",
                   option_of(area), cover[0], cover[2], cover[1], cover[3],
                   degrees ? " (a box in degrees needs -te_srs EPSG:4326)" : "");
}

/* The part of the box that the data cover, in the grid's coordinates. The cover is brought to the
 * box's coordinate system, not the other way round: a box may reach where the grid's projection
 * has no coordinates. */
static ih_status clip_box(ih_common_grid *common, const ih_area_request *area,
                          OGRSpatialReferenceH srs, const ih_grid *cover, double box[4],
                          bool *contains, ih_error *err)
{
    double all[4] = {cover->x0, cover->y0 + (double)cover->ny * cover->dy,
                     cover->x0 + (double)cover->nx * cover->dx, cover->y0};
    const double own[4] = {all[0], all[1], all[2], all[3]};
    bool reaches = false;

    if (srs && !ih_transform_box(common->srs, srs, all))
        return ih_fail(err, IH_E_ARGUMENT,
                       "the box of %s cannot be brought to the grid's coordinate system",
                       option_of(area));
    *contains = true;
    for (int i = 0; i < 4; i++) {
        double room = 1e-9 * (all[i % 2 + 2] - all[i % 2]);
        bool beyond = i < 2 ? area->box[i] < all[i] - room : area->box[i] > all[i] + room;
        bool within = i < 2 ? area->box[i] > all[i] + room : area->box[i] < all[i] - room;

        box[i] = beyond ? all[i] : area->box[i];
        reaches = reaches || beyond;
        *contains = *contains && !within;
    }
    if (!(box[0] < box[2] && box[1] < box[3]))
        return outside_box(common, area, own, err);
    common->box_clipped = reaches;
    if (srs && !*contains && !ih_transform_box(srs, common->srs, box))
        return ih_fail(err, IH_E_ARGUMENT,
                       "the box of %s cannot be brought to the grid's coordinate system",
                       option_of(area));
    return IH_OK;
}

static ih_status box_area(ih_common_grid *common, const ih_area_request *area,
                          const ih_grid *lattice, const ih_grid *cover, ih_grid *out, ih_error *err)
{
    double box[4];
    OGRSpatialReferenceH srs = NULL;
    ih_status status = IH_OK;
    bool contains = false;

    if (area->box_srs) {
        srs = ih_srs_of_text(area->box_srs);
        if (!srs)
            status = ih_fail(err, IH_E_ARGUMENT, "-te_srs %s is not understood", area->box_srs);
    }
    if (status == IH_OK)
        status = clip_box(common, area, srs, cover, box, &contains, err);
    *out = *cover;
    if (status == IH_OK && !contains) {
        ih_grid asked;

        status = ih_grid_cover_box(lattice, box[0], box[1], box[2], box[3], &asked, err);
        if (status == IH_OK)
            status = ih_grid_intersection(&asked, cover, out, err);
    }
    OSRDestroySpatialReference(srs);
    return status;
}

static ih_status find_area(const ih_catalogue *c, const ih_area_request *request,
                           const ih_grid *lattice, ih_common_grid *common, ih_error *err)
{
    ih_grid cover = {0};
    ih_status status = IH_OK;

    for (size_t i = 0; i < c->count && status == IH_OK; i++)
        status = footprint(common, &c->items[i], common->on_lattice[i], lattice,
                           &common->footprints[i], err);
    if (status == IH_OK)
        status = area_of_all(c, common->footprints, request->union_of_all || request->has_box,
                             &cover, err);
    common->grid = cover;
    if (status == IH_OK && request->has_box)
        status = box_area(common, request, lattice, &cover, &common->grid, err);
    return status;
}

/* Where an interferogram lies to the lattice. */
static ih_status compare(const ih_interferogram *item, const ih_grid *lattice, size_t i,
                         ih_common_grid *common, ih_error *err)
{
    int64_t column, row;

    if (!item->srs != !common->srs)
        return ih_fail(err, IH_E_DATA,
                       "%s: some interferograms have a coordinate system, others have none",
                       item->name);
    common->residue[i] = NAN;
    if (!ih_same_srs(item->srs, common->srs))
        return IH_OK;
    common->on_lattice[i] =
        ih_grid_offset(lattice, &item->grid, &column, &row, &common->residue[i]);
    if (fabs(item->grid.dx - lattice->dx) > IH_GRID_TOLERANCE * lattice->dx)
        common->residue[i] = NAN;
    return IH_OK;
}

static ih_status allocate(const ih_catalogue *c, ih_common_grid **out, ih_error *err)
{
    ih_common_grid *common = ih_calloc(1, sizeof *common);

    *out = common;
    if (common) {
        common->on_lattice = ih_calloc(c->count, sizeof *common->on_lattice);
        common->residue = ih_calloc(c->count, sizeof *common->residue);
        common->footprints = ih_calloc(c->count, sizeof *common->footprints);
    }
    if (!common || !common->on_lattice || !common->residue || !common->footprints)
        return ih_fail(err, IH_E_MEMORY, "common grid");
    return IH_OK;
}

static ih_status compare_all(const ih_catalogue *c, const ih_grid *lattice, ih_common_grid *common,
                             ih_error *err)
{
    ih_status status = IH_OK;

    for (size_t i = 0; i < c->count && status == IH_OK; i++) {
        status = compare(&c->items[i], lattice, i, common, err);
        common->n_resampled += !common->on_lattice[i];
    }
    return status;
}

ih_status ih_common_grid_new(const ih_catalogue *c, const ih_area_request *area,
                             ih_common_grid **out, ih_error *err)
{
    ih_common_grid *common;
    ih_lattice_choice choice = {0};
    ih_status status = allocate(c, &common, err);

    if (status == IH_OK)
        status = ih_lattice_choose(c, &area->lattice, &choice, err);
    if (status == IH_OK) {
        common->srs = choice.srs;
        common->n_systems = choice.n_systems;
        common->n_spacings = choice.n_spacings;
        status = compare_all(c, &choice.lattice, common, err);
    }
    if (status == IH_OK)
        status = find_area(c, area, &choice.lattice, common, err);
    if (status != IH_OK) {
        ih_common_grid_free(common);
        common = NULL;
    }
    *out = common;
    return status;
}

ih_status ih_common_grid_fixed(const ih_catalogue *c, const ih_grid *grid, const char *wkt,
                               ih_common_grid **out, ih_error *err)
{
    ih_common_grid *common;
    ih_status status = allocate(c, &common, err);

    if (status == IH_OK && wkt && !(common->srs = ih_srs_of_text(wkt)))
        status = ih_fail(err, IH_E_DATA, "the coordinate system of the grid is not understood");
    if (status == IH_OK) {
        common->grid = *grid;
        status = compare_all(c, grid, common, err);
    }
    for (size_t i = 0; i < c->count && status == IH_OK; i++)
        status = footprint(common, &c->items[i], common->on_lattice[i], grid,
                           &common->footprints[i], err);
    if (status != IH_OK) {
        ih_common_grid_free(common);
        common = NULL;
    }
    *out = common;
    return status;
}

void ih_common_grid_free(ih_common_grid *common)
{
    if (!common)
        return;
    OSRDestroySpatialReference(common->srs);
    free(common->on_lattice);
    free(common->residue);
    free(common->footprints);
    free(common);
}

bool ih_common_grid_to_lonlat(const ih_common_grid *common, double x, double y, double *longitude,
                              double *latitude)
{
    OGRSpatialReferenceH degrees = ih_srs_of_text("EPSG:4326");
    bool ok;

    *longitude = x;
    *latitude = y;
    ok = transform_point(common->srs, degrees, longitude, latitude);
    OSRDestroySpatialReference(degrees);
    return ok;
}

bool ih_common_grid_from_lonlat(const ih_common_grid *common, double longitude, double latitude,
                                double *x, double *y)
{
    OGRSpatialReferenceH degrees = ih_srs_of_text("EPSG:4326");
    bool ok;

    *x = longitude;
    *y = latitude;
    ok = transform_point(degrees, common->srs, x, y);
    OSRDestroySpatialReference(degrees);
    return ok;
}

bool ih_common_grid_from_srs(const ih_common_grid *common, OGRSpatialReferenceH srs, double *x,
                             double *y)
{
    return ih_same_srs(srs, common->srs) || transform_point(srs, common->srs, x, y);
}

double ih_common_grid_metres_per_unit(const ih_common_grid *common)
{
    if (!common->srs)
        return 1.0;
    if (OSRIsGeographic(common->srs))
        return METRES_PER_DEGREE;
    return OSRGetLinearUnits(common->srs, NULL);
}
