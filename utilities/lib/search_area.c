/* SPDX-License-Identifier: MIT */
#include "utilities/lib/search_area.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <ogr_srs_api.h>

#include "utilities/lib/lattice_choice.h"

/* Simplification begins with so many degrees, each step half as coarse again, as asf_search does.
 */
#define FIRST_TOLERANCE_DEG 0.0004
#define TOLERANCE_STEP      1.5
/* A buffer's round corners are chords, up to 8 % nearer than its distance. */
#define BUFFER_MARGIN 1.1

enum { MOST_STEPS = 20, BUFFER_SEGMENTS = 2 };

OGRGeometryH ih_polygon_of_ring(const double *ring, size_t n)
{
    OGRGeometryH line = OGR_G_CreateGeometry(wkbLinearRing);
    OGRGeometryH polygon = OGR_G_CreateGeometry(wkbPolygon);

    for (size_t i = 0; i < n; i++)
        OGR_G_AddPoint_2D(line, ring[2 * i], ring[2 * i + 1]);
    OGR_G_AddGeometryDirectly(polygon, line);
    return polygon;
}

/* Whether a ring jumps from 180 to -180: brought beyond it, it is less than half the globe wide. A
 * box that is wide by intention has no edge that is neither wide nor upright. */
static bool jumps_at_180(OGRGeometryH ring)
{
    double west = INFINITY, east = -INFINITY, other_edges = 0;
    bool jumps = false;

    for (int i = 0; i < OGR_G_GetPointCount(ring); i++) {
        double x = OGR_G_GetX(ring, i);
        double step = i > 0 ? fabs(x - OGR_G_GetX(ring, i - 1)) : 0.0;

        if (step > 180.0)
            jumps = true;
        else
            other_edges += step;
        x += x < 0 ? 360.0 : 0.0;
        west = fmin(west, x);
        east = fmax(east, x);
    }
    return jumps && other_edges > 0 && east - west < 180.0;
}

static void make_continuous(OGRGeometryH polygon)
{
    for (int r = 0; r < OGR_G_GetGeometryCount(polygon); r++) {
        OGRGeometryH ring = OGR_G_GetGeometryRef(polygon, r);

        if (!jumps_at_180(ring))
            continue;
        for (int i = 0; i < OGR_G_GetPointCount(ring); i++)
            if (OGR_G_GetX(ring, i) < 0)
                OGR_G_SetPoint_2D(ring, i, OGR_G_GetX(ring, i) + 360.0, OGR_G_GetY(ring, i));
    }
}

static void shift(OGRGeometryH geometry, double degrees)
{
    for (int i = 0; i < OGR_G_GetGeometryCount(geometry); i++)
        shift(OGR_G_GetGeometryRef(geometry, i), degrees);
    for (int i = 0; i < OGR_G_GetPointCount(geometry); i++)
        OGR_G_SetPoint_2D(geometry, i, OGR_G_GetX(geometry, i) + degrees, OGR_G_GetY(geometry, i));
}

/* The part between two meridians, brought home. */
static void add_strip(OGRGeometryH from, double west, OGRGeometryH into)
{
    const double box[] = {west, -90.0, west + 360.0, -90.0, west + 360.0,
                          90.0, west,  90.0,         west,  -90.0};
    OGRGeometryH frame = ih_polygon_of_ring(box, 5);
    OGRGeometryH part = OGR_G_Intersection(from, frame);

    if (part) {
        shift(part, -180.0 - west);
        ih_area_of_interest_collect(part, into);
    }
    OGR_G_DestroyGeometry(part);
    OGR_G_DestroyGeometry(frame);
}

OGRGeometryH ih_cut_at_180(OGRGeometryH polygons)
{
    OGRGeometryH all = OGR_G_CreateGeometry(wkbMultiPolygon), merged = NULL;
    OGRGeometryH out = OGR_G_CreateGeometry(wkbMultiPolygon);

    for (int i = 0; i < OGR_G_GetGeometryCount(polygons); i++) {
        OGRGeometryH copy = OGR_G_Clone(OGR_G_GetGeometryRef(polygons, i)), valid;

        make_continuous(copy);
        valid = OGR_G_MakeValid(copy);
        ih_area_of_interest_collect(valid, all);
        OGR_G_DestroyGeometry(valid);
        OGR_G_DestroyGeometry(copy);
    }
    for (double west = -540.0; west <= 180.0; west += 360.0)
        add_strip(all, west, out);
    /* Strips of several polygons may lie upon each other. */
    merged = OGR_G_UnionCascaded(out);
    OGR_G_DestroyGeometry(out);
    OGR_G_DestroyGeometry(all);
    out = OGR_G_CreateGeometry(wkbMultiPolygon);
    if (merged)
        ih_area_of_interest_collect(merged, out);
    OGR_G_DestroyGeometry(merged);
    if (OGR_G_GetGeometryCount(out) > 0)
        return out;
    OGR_G_DestroyGeometry(out);
    return NULL;
}

/* Only outlines are searched: a hole would ask for what lies in it as well. */
static OGRGeometryH without_holes(OGRGeometryH polygons)
{
    OGRGeometryH out = OGR_G_CreateGeometry(wkbMultiPolygon);

    for (int i = 0; i < OGR_G_GetGeometryCount(polygons); i++) {
        OGRGeometryH polygon = OGR_G_CreateGeometry(wkbPolygon);

        OGR_G_AddGeometry(polygon, OGR_G_GetGeometryRef(OGR_G_GetGeometryRef(polygons, i), 0));
        OGR_G_AddGeometryDirectly(out, polygon);
    }
    return out;
}

static size_t count_corners(OGRGeometryH polygons)
{
    size_t n = 0;

    for (int i = 0; i < OGR_G_GetGeometryCount(polygons); i++)
        n +=
            (size_t)OGR_G_GetPointCount(OGR_G_GetGeometryRef(OGR_G_GetGeometryRef(polygons, i), 0));
    return n;
}

/* Grown by more than what simplifying can take away, so that nothing of the area is lost. */
static OGRGeometryH coarser(OGRGeometryH polygons, double tolerance)
{
    OGRGeometryH grown = OGR_G_Buffer(polygons, BUFFER_MARGIN * tolerance, BUFFER_SEGMENTS);
    OGRGeometryH simple = grown ? OGR_G_SimplifyPreserveTopology(grown, tolerance) : NULL;
    OGRGeometryH collected = OGR_G_CreateGeometry(wkbMultiPolygon), cut = NULL;

    if (simple && ih_area_of_interest_collect(simple, collected) > 0)
        cut = ih_cut_at_180(collected);
    OGR_G_DestroyGeometry(collected);
    OGR_G_DestroyGeometry(simple);
    OGR_G_DestroyGeometry(grown);
    return cut;
}

static OGRGeometryH hull_of(OGRGeometryH polygons)
{
    OGRGeometryH hull = OGR_G_ConvexHull(polygons);
    OGRGeometryH out = OGR_G_CreateGeometry(wkbMultiPolygon);

    if (hull)
        ih_area_of_interest_collect(hull, out);
    OGR_G_DestroyGeometry(hull);
    return out;
}

/* The outlines to search, at most IH_SEARCH_CORNERS corners. */
static OGRGeometryH simplify(ih_search_area *area)
{
    OGRGeometryH search = without_holes(area->exact), next;
    double tolerance = FIRST_TOLERANCE_DEG;

    for (int i = 0; count_corners(search) > IH_SEARCH_CORNERS && i < MOST_STEPS; i++) {
        OGRGeometryH cut = coarser(area->exact, tolerance);

        if (cut) {
            OGR_G_DestroyGeometry(search);
            search = without_holes(cut);
            area->tolerance_deg = tolerance;
            OGR_G_DestroyGeometry(cut);
        }
        tolerance *= TOLERANCE_STEP;
    }
    if (count_corners(search) > IH_SEARCH_CORNERS) {
        OGREnvelope e;

        next = hull_of(search);
        OGR_G_DestroyGeometry(search);
        search = next;
        OGR_G_GetEnvelope(search, &e);
        if (count_corners(search) > IH_SEARCH_CORNERS) {
            const double box[] = {e.MinX, e.MinY, e.MaxX, e.MinY, e.MaxX,
                                  e.MaxY, e.MinX, e.MaxY, e.MinX, e.MinY};

            OGR_G_DestroyGeometry(search);
            search = OGR_G_CreateGeometry(wkbMultiPolygon);
            OGR_G_AddGeometryDirectly(search, ih_polygon_of_ring(box, 5));
        }
    }
    return search;
}

/* Plain decimals, without zeros at the end. */
static void add_number(ih_text *text, double value)
{
    char number[40];
    size_t length;

    snprintf(number, sizeof number, "%.10f", value);
    length = strlen(number);
    while (number[length - 1] == '0')
        number[--length] = '\0';
    if (number[length - 1] == '.')
        number[--length] = '\0';
    ih_text_print(text, "%s%s", text->length ? "," : "", strcmp(number, "-0") == 0 ? "0" : number);
}

/* Twice the signed area; positive is counter-clockwise. */
static double orientation(OGRGeometryH ring)
{
    double sum = 0;

    for (int i = 1; i < OGR_G_GetPointCount(ring); i++)
        sum += OGR_G_GetX(ring, i - 1) * OGR_G_GetY(ring, i) -
               OGR_G_GetX(ring, i) * OGR_G_GetY(ring, i - 1);
    return sum;
}

static void add_polygon(ih_text *form, OGRGeometryH ring)
{
    int n = OGR_G_GetPointCount(ring);
    bool clockwise = orientation(ring) < 0;
    ih_text list = {0};

    for (int i = 0; i < n; i++) {
        int at = clockwise ? n - 1 - i : i;

        add_number(&list, OGR_G_GetX(ring, at));
        add_number(&list, OGR_G_GetY(ring, at));
    }
    if (ih_text_good(&list) && list.data)
        ih_text_add_field(form, "polygon[]", list.data);
    form->failed = form->failed || list.failed;
    ih_text_free(&list);
}

static bool is_box(OGRGeometryH ring, const OGREnvelope *e)
{
    if (OGR_G_GetPointCount(ring) != 5)
        return false;
    for (int i = 0; i < 5; i++) {
        double x = OGR_G_GetX(ring, i), y = OGR_G_GetY(ring, i);

        if ((x != e->MinX && x != e->MaxX) || (y != e->MinY && y != e->MaxY))
            return false;
    }
    return true;
}

static void write_form(ih_search_area *area, OGRGeometryH search)
{
    int n = OGR_G_GetGeometryCount(search);
    OGRGeometryH first = OGR_G_GetGeometryRef(OGR_G_GetGeometryRef(search, 0), 0);
    OGREnvelope e;

    area->n_parts = (size_t)n;
    area->n_corners = count_corners(search);
    OGR_G_GetEnvelope(search, &e);
    if (n == 1 && is_box(first, &e)) {
        ih_text list = {0};

        add_number(&list, e.MinX);
        add_number(&list, e.MinY);
        add_number(&list, e.MaxX);
        add_number(&list, e.MaxY);
        if (ih_text_good(&list))
            ih_text_add_field(&area->form, "bounding_box", list.data);
        area->form.failed = area->form.failed || list.failed;
        ih_text_free(&list);
        return;
    }
    for (int i = 0; i < n; i++)
        add_polygon(&area->form, OGR_G_GetGeometryRef(OGR_G_GetGeometryRef(search, i), 0));
    if (n > 1)
        ih_text_add_field(&area->form, "options[polygon][or]", "true");
}

/* XMIN,YMIN,XMAX,YMAX with XMIN > XMAX as one that runs beyond 180 degrees; NULL when the text is
 * something else. */
static char *crossing_box(const char *text)
{
    double b[4];
    int used = 0;

    if (sscanf(text, "%lf%*[, ]%lf%*[, ]%lf%*[, ]%lf %n", &b[0], &b[1], &b[2], &b[3], &used) != 4 ||
        text[used] != '\0' || !(b[0] > b[2]) || fabs(b[0]) > 180 || fabs(b[2]) > 180)
        return NULL;
    return CPLStrdup(CPLSPrintf("%.15g,%.15g,%.15g,%.15g", b[0], b[1], b[2] + 360.0, b[3]));
}

ih_status ih_search_area_open(const ih_area_words *words, ih_search_area *out, ih_error *err)
{
    OGRSpatialReferenceH degrees = ih_srs_of_text("EPSG:4326");
    char *crossing = crossing_box(words->text);
    ih_area_words ours = *words;
    OGRGeometryH given = NULL, search = NULL;
    double exact;
    ih_status status;

    memset(out, 0, sizeof *out);
    if (crossing)
        ours.text = crossing;
    status = degrees ? ih_area_of_interest_read(&ours, degrees, &given, err)
                     : ih_fail(err, IH_E_ARGUMENT, "PROJ's data base was not found");
    CPLPushErrorHandler(CPLQuietErrorHandler);
    if (status == IH_OK) {
        out->exact = ih_cut_at_180(given);
        if (!out->exact)
            status = ih_fail(err, IH_E_ARGUMENT, "%s %.200s: it has no area", words->option,
                             words->text);
    }
    if (status == IH_OK) {
        search = simplify(out);
        write_form(out, search);
        exact = OGR_G_Area(out->exact);
        out->growth_percent = exact > 0 ? 100.0 * (OGR_G_Area(search) / exact - 1.0) : 0.0;
        out->prepared = OGRCreatePreparedGeometry(out->exact);
        if (!ih_text_good(&out->form))
            status = ih_fail(err, IH_E_MEMORY, "no memory for an area");
    }
    CPLPopErrorHandler();
    OGR_G_DestroyGeometry(search);
    OGR_G_DestroyGeometry(given);
    OSRDestroySpatialReference(degrees);
    CPLFree(crossing);
    if (status != IH_OK)
        ih_search_area_close(out);
    return status;
}

void ih_search_area_close(ih_search_area *area)
{
    if (!area)
        return;
    OGRDestroyPreparedGeometry(area->prepared);
    OGR_G_DestroyGeometry(area->exact);
    ih_text_free(&area->form);
    memset(area, 0, sizeof *area);
}

bool ih_search_area_meets(const ih_search_area *area, const double *ring, size_t n)
{
    OGRGeometryH footprint, cut;
    bool meets = true;

    if (!ring || n < 4)
        return true;
    footprint = OGR_G_CreateGeometry(wkbMultiPolygon);
    OGR_G_AddGeometryDirectly(footprint, ih_polygon_of_ring(ring, n));
    CPLPushErrorHandler(CPLQuietErrorHandler);
    cut = ih_cut_at_180(footprint);
    if (cut)
        meets = area->prepared ? OGRPreparedGeometryIntersects(area->prepared, cut)
                               : OGR_G_Intersects(area->exact, cut);
    CPLPopErrorHandler();
    OGR_G_DestroyGeometry(cut);
    OGR_G_DestroyGeometry(footprint);
    return meets;
}
