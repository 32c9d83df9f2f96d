/* SPDX-License-Identifier: MIT */
#include "utilities/lib/lattice_choice.h"

#include <math.h>
#include <stdlib.h>

#include <cpl_conv.h>
#include <cpl_error.h>

#include "algorithms/alloc.h"

/* Points along each edge of a box when it is carried to another coordinate system. */
enum { EDGE_POINTS = 21 };

/* Pixel sizes that differ by less are one. */
#define SPACING_TOLERANCE 1e-6

bool ih_same_srs(OGRSpatialReferenceH a, OGRSpatialReferenceH b)
{
    bool same = a == b;

    if (a && b && !same) {
#pragma omp critical(ih_shared_srs)
        same = OSRIsSame(a, b);
    }
    return same;
}

OGRCoordinateTransformationH ih_transformation(OGRSpatialReferenceH from, OGRSpatialReferenceH to)
{
    OGRCoordinateTransformationH t = NULL;

    if (!from || !to)
        return NULL;
    CPLPushErrorHandler(CPLQuietErrorHandler);
#pragma omp critical(ih_shared_srs)
    t = OCTNewCoordinateTransformation(from, to);
    CPLPopErrorHandler();
    return t;
}

OGRSpatialReferenceH ih_srs_of_text(const char *text)
{
    OGRSpatialReferenceH srs = OSRNewSpatialReference(NULL);

    CPLPushErrorHandler(CPLQuietErrorHandler);
    if (srs && OSRSetFromUserInput(srs, text) != OGRERR_NONE) {
        OSRDestroySpatialReference(srs);
        srs = NULL;
    }
    CPLPopErrorHandler();
    if (srs)
        OSRSetAxisMappingStrategy(srs, OAMS_TRADITIONAL_GIS_ORDER);
    return srs;
}

bool ih_transform_box(OGRSpatialReferenceH from, OGRSpatialReferenceH to, double box[4])
{
    OGRCoordinateTransformationH t;
    bool ok;

    if (ih_same_srs(from, to))
        return true;
    t = ih_transformation(from, to);
    CPLPushErrorHandler(CPLQuietErrorHandler);
    ok = t && OCTTransformBounds(t, box[0], box[1], box[2], box[3], &box[0], &box[1], &box[2],
                                 &box[3], EDGE_POINTS);
    CPLPopErrorHandler();
    if (t)
        OCTDestroyCoordinateTransformation(t);
    return ok;
}

static bool same_spacing(const ih_interferogram *a, const ih_interferogram *b)
{
    return fabs(a->grid.dx - b->grid.dx) <= SPACING_TOLERANCE * fabs(a->grid.dx) &&
           fabs(a->grid.dy - b->grid.dy) <= SPACING_TOLERANCE * fabs(a->grid.dy);
}

static bool same_system(const ih_interferogram *a, const ih_interferogram *b)
{
    return ih_same_srs(a->srs, b->srs);
}

static bool same_lattice(const ih_interferogram *a, const ih_interferogram *b)
{
    int64_t column, row;

    return ih_grid_offset(&a->grid, &b->grid, &column, &row, NULL);
}

typedef bool (*same_kind)(const ih_interferogram *, const ih_interferogram *);

/* group[i] becomes the first candidate of the same kind as i, votes[i] the number of its kind when
 * it is the first; returns the number of kinds. */
static size_t sort_by_kind(const ih_catalogue *c, const bool *candidate, same_kind same,
                           size_t *group, size_t *votes)
{
    size_t kinds = 0;

    for (size_t i = 0; i < c->count; i++) {
        votes[i] = 0;
        if (!candidate[i])
            continue;
        group[i] = i;
        for (size_t k = 0; k < i; k++)
            if (candidate[k] && group[k] == k && same(&c->items[k], &c->items[i])) {
                group[i] = k;
                break;
            }
        votes[group[i]]++;
        kinds += group[i] == i;
    }
    return kinds;
}

/* Keeps the candidates of the kind with most votes that is preferred, or met first. */
static void keep_most(const ih_catalogue *c, bool *candidate, const size_t *group,
                      const size_t *votes, const bool *preferred)
{
    size_t best = SIZE_MAX;

    for (size_t i = 0; i < c->count; i++)
        if (candidate[i] && group[i] == i &&
            (best == SIZE_MAX || votes[i] > votes[best] ||
             (votes[i] == votes[best] && preferred && preferred[i] && !preferred[best])))
            best = i;
    for (size_t i = 0; i < c->count; i++)
        candidate[i] = candidate[i] && group[i] == best;
}

/* Middle of all footprints in degrees. */
static bool middle_of_all(const ih_catalogue *c, double lon_lat[2])
{
    OGRSpatialReferenceH degrees = ih_srs_of_text("EPSG:4326");
    double all[4] = {INFINITY, INFINITY, -INFINITY, -INFINITY};

    for (size_t i = 0; degrees && i < c->count; i++) {
        const ih_grid *g = &c->items[i].grid;
        double box[4] = {g->x0, g->y0 + (double)g->ny * g->dy, g->x0 + (double)g->nx * g->dx,
                         g->y0};

        if (!c->items[i].srs || !ih_transform_box(c->items[i].srs, degrees, box))
            continue;
        for (int k = 0; k < 2; k++) {
            all[k] = fmin(all[k], box[k]);
            all[k + 2] = fmax(all[k + 2], box[k + 2]);
        }
    }
    OSRDestroySpatialReference(degrees);
    lon_lat[0] = (all[0] + all[2]) / 2;
    lon_lat[1] = (all[1] + all[3]) / 2;
    return isfinite(lon_lat[0]) && isfinite(lon_lat[1]);
}

/* Whether the place lies where the coordinate system is meant to be used: in its zone. */
static bool holds_place(OGRSpatialReferenceH srs, const double lon_lat[2])
{
    double west, south, east, north;

    return srs && OSRGetAreaOfUse(srs, &west, &south, &east, &north, NULL) && lon_lat[0] >= west &&
           lon_lat[0] <= east;
}

static size_t choose_system(const ih_catalogue *c, const ih_lattice_request *request,
                            bool *candidate, size_t *group, size_t *votes, bool *preferred)
{
    size_t kinds = sort_by_kind(c, candidate, same_system, group, votes);
    double place[2] = {request->centre_lon_lat[0], request->centre_lon_lat[1]};

    if (kinds > 1 && (request->has_centre || middle_of_all(c, place)))
        for (size_t i = 0; i < c->count; i++)
            preferred[i] = group[i] == i && holds_place(c->items[i].srs, place);
    keep_most(c, candidate, group, votes, preferred);
    return kinds;
}

static size_t first_candidate(const ih_catalogue *c, const bool *candidate)
{
    size_t i = 0;

    while (i < c->count && !candidate[i])
        i++;
    return i;
}

static double on_multiples(double value, double spacing)
{
    return floor(value / spacing + 0.5) * spacing;
}

/* Square pixels in another coordinate system, as many along the diagonal as the model has. */
static ih_status derive_lattice(const ih_interferogram *model, OGRSpatialReferenceH srs,
                                ih_grid *out, ih_error *err)
{
    const ih_grid *g = &model->grid;
    double box[4] = {g->x0, g->y0 + (double)g->ny * g->dy, g->x0 + (double)g->nx * g->dx, g->y0};
    double size;

    if (!ih_transform_box(model->srs, srs, box))
        return ih_fail(err, IH_E_ARGUMENT,
                       "%s cannot be brought to the coordinate system of -t_srs", model->name);
    size = hypot(box[2] - box[0], box[3] - box[1]) / hypot((double)g->nx, (double)g->ny);
    *out = (ih_grid){.x0 = on_multiples(box[0], size),
                     .y0 = on_multiples(box[3], size),
                     .dx = size,
                     .dy = -size,
                     .nx = 1,
                     .ny = 1};
    return IH_OK;
}

/* The lattice asked for, starting from that of the model. */
static void apply_request(const ih_lattice_request *request, ih_lattice_choice *out)
{
    ih_grid *g = &out->lattice;
    bool other = false;

    if (request->spacing[0] > 0) {
        other = fabs(request->spacing[0] - g->dx) > SPACING_TOLERANCE * g->dx ||
                fabs(request->spacing[1] + g->dy) > SPACING_TOLERANCE * -g->dy;
        if (other)
            *g = (ih_grid){g->x0, g->y0, request->spacing[0], -request->spacing[1], 1, 1};
    }
    if (request->aligned) {
        double x0 = on_multiples(g->x0, g->dx), y0 = on_multiples(g->y0, -g->dy);

        other = other || fabs(x0 - g->x0) > IH_GRID_TOLERANCE * g->dx ||
                fabs(y0 - g->y0) > -IH_GRID_TOLERANCE * g->dy;
        g->x0 = x0;
        g->y0 = y0;
    }
    out->from_interferogram = out->from_interferogram && !other;
}

static ih_status choose(const ih_catalogue *c, const ih_lattice_request *request, bool *candidate,
                        size_t *work, ih_lattice_choice *out, ih_error *err)
{
    size_t *group = work, *votes = work + c->count, model;
    bool *preferred = candidate + c->count;

    for (size_t i = 0; i < c->count; i++)
        candidate[i] = true;
    out->n_spacings = sort_by_kind(c, candidate, same_spacing, group, votes);
    out->n_systems = choose_system(c, request, candidate, group, votes, preferred);
    model = first_candidate(c, candidate);
    if (request->srs) {
        out->srs = ih_srs_of_text(request->srs);
        if (!out->srs)
            return ih_fail(err, IH_E_ARGUMENT, "-t_srs %s is not understood", request->srs);
        for (size_t i = 0; i < c->count; i++)
            candidate[i] = ih_same_srs(c->items[i].srs, out->srs);
        if (first_candidate(c, candidate) == c->count) {
            ih_lattice_request on_multiples_too = *request;
            ih_status status = derive_lattice(&c->items[model], out->srs, &out->lattice, err);

            on_multiples_too.aligned = true;
            if (status == IH_OK)
                apply_request(&on_multiples_too, out);
            return status;
        }
    } else if (c->items[model].srs) {
        out->srs = OSRClone(c->items[model].srs);
    }
    if (request->spacing[0] > 0) {
        const ih_interferogram wanted = {
            .grid = {.dx = request->spacing[0], .dy = -request->spacing[1]}};
        bool any = false;

        for (size_t i = 0; i < c->count; i++)
            any = any || (candidate[i] && same_spacing(&wanted, &c->items[i]));
        for (size_t i = 0; any && i < c->count; i++)
            candidate[i] = candidate[i] && same_spacing(&wanted, &c->items[i]);
    }
    sort_by_kind(c, candidate, same_spacing, group, votes);
    keep_most(c, candidate, group, votes, NULL);
    sort_by_kind(c, candidate, same_lattice, group, votes);
    keep_most(c, candidate, group, votes, NULL);
    out->lattice = c->items[first_candidate(c, candidate)].grid;
    out->from_interferogram = true;
    apply_request(request, out);
    return IH_OK;
}

ih_status ih_lattice_choose(const ih_catalogue *catalogue, const ih_lattice_request *request,
                            ih_lattice_choice *out, ih_error *err)
{
    bool *flags = ih_calloc(catalogue->count, 2 * sizeof *flags);
    size_t *work = ih_calloc(catalogue->count, 2 * sizeof *work);
    ih_status status;

    *out = (ih_lattice_choice){0};
    if (flags && work)
        status = choose(catalogue, request, flags, work, out, err);
    else
        status = ih_fail(err, IH_E_MEMORY, "common grid");
    if (status != IH_OK) {
        OSRDestroySpatialReference(out->srs);
        out->srs = NULL;
    }
    free(flags);
    free(work);
    return status;
}
