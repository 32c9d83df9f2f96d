/* SPDX-License-Identifier: MIT */
#include "utilities/lib/area_of_interest.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <gdal.h>
#include <gdal_alg.h>

#include "utilities/lib/lattice_choice.h"

/* A straight edge in one coordinate system is curved in another: it is cut into pieces of this
 * share of the polygon's size before it is transformed, which leaves 1/16384 of the curvature. */
#define EDGE_PIECES 128.0

/* Collections within collections are not followed deeper. */
enum { DEEPEST = 8 };

/* Names of layers shown in a message. */
enum { NAMES_SHOWN = 6 };

static ih_status bad(const ih_area_words *words, const char *why, ih_error *err)
{
    return ih_fail(err, IH_E_ARGUMENT, "%s %.200s: %s", words->option, words->text, why);
}

/* Polygons wherever they are in a geometry, as straight pieces. */
static void collect(OGRGeometryH from, OGRGeometryH into, int depth)
{
    OGRwkbGeometryType type = wkbFlatten(OGR_G_GetGeometryType(from));

    if (OGR_G_IsEmpty(from))
        return;
    if (type == wkbPolygon) {
        OGRGeometryH flat = OGR_G_Clone(from);

        OGR_G_FlattenTo2D(flat);
        OGR_G_AddGeometryDirectly(into, flat);
        return;
    }
    for (int i = 0; depth < DEEPEST && i < OGR_G_GetGeometryCount(from); i++)
        collect(OGR_G_GetGeometryRef(from, i), into, depth + 1);
}

int ih_area_of_interest_collect(OGRGeometryH geometry, OGRGeometryH area)
{
    OGRGeometryH straight = geometry ? OGR_G_GetLinearGeometry(geometry, 0.0, NULL) : NULL;
    int before = OGR_G_GetGeometryCount(area);

    if (straight)
        collect(straight, area, 0);
    OGR_G_DestroyGeometry(straight);
    return OGR_G_GetGeometryCount(area) - before;
}

/* Four numbers between commas or blanks; true when the text is that and nothing else. */
static bool parse_box(const char *text, double box[4])
{
    int n = 0;

    for (int i = 0; i < 4; i++) {
        int used = 0;

        if (sscanf(text + n, "%lf%n", &box[i], &used) != 1)
            return false;
        n += used;
        n += (int)strspn(text + n, ", ");
    }
    return text[n] == '\0';
}

static ih_status read_box(const ih_area_words *words, const double box[4], OGRGeometryH into,
                          ih_error *err)
{
    OGRGeometryH ring, polygon;

    if (!(box[0] < box[2] && box[1] < box[3]))
        return bad(words, "a box is XMIN,YMIN,XMAX,YMAX, the smaller numbers first", err);
    ring = OGR_G_CreateGeometry(wkbLinearRing);
    OGR_G_AddPoint_2D(ring, box[0], box[1]);
    OGR_G_AddPoint_2D(ring, box[2], box[1]);
    OGR_G_AddPoint_2D(ring, box[2], box[3]);
    OGR_G_AddPoint_2D(ring, box[0], box[3]);
    OGR_G_AddPoint_2D(ring, box[0], box[1]);
    polygon = OGR_G_CreateGeometry(wkbPolygon);
    OGR_G_AddGeometryDirectly(polygon, ring);
    OGR_G_AddGeometryDirectly(into, polygon);
    return IH_OK;
}

ih_status ih_area_of_interest_layer(const ih_area_words *words, const char *hint,
                                    GDALDatasetH source, OGRLayerH *layer, ih_error *err)
{
    int n = GDALDatasetGetLayerCount(source);
    char names[400] = "";

    *layer = words->layer ? GDALDatasetGetLayerByName(source, words->layer)
                          : GDALDatasetGetLayer(source, 0);
    if (*layer && (words->layer || n == 1))
        return IH_OK;
    if (n == 0)
        return bad(words, "the file has no layer of polygons", err);
    for (int i = 0; i < n && i < NAMES_SHOWN; i++) {
        const char *next = OGR_L_GetName(GDALDatasetGetLayer(source, i));
        size_t used = strlen(names);

        snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", next ? next : "");
    }
    return ih_fail(err, IH_E_ARGUMENT, "%s %.200s: %s; its %d layers: %s%s (%s)", words->option,
                   words->text,
                   words->layer ? "there is no such layer" : "the file has several layers", n,
                   names, n > NAMES_SHOWN ? ", ..." : "", hint);
}

static ih_status read_features(const ih_area_words *words, OGRLayerH layer, OGRGeometryH into,
                               ih_error *err)
{
    OGRFeatureH feature;

    if (words->where && OGR_L_SetAttributeFilter(layer, words->where) != OGRERR_NONE)
        return bad(
            words,
            CPLSPrintf("the filter %s is not understood: %s", words->where, CPLGetLastErrorMsg()),
            err);
    OGR_L_ResetReading(layer);
    while ((feature = OGR_L_GetNextFeature(layer)) != NULL) {
        ih_area_of_interest_collect(OGR_F_GetGeometryRef(feature), into);
        OGR_F_Destroy(feature);
    }
    return IH_OK;
}

static ih_status read_source(const ih_area_words *words, OGRGeometryH into,
                             OGRSpatialReferenceH *srs, ih_error *err)
{
    GDALDatasetH source =
        GDALOpenEx(words->text, GDAL_OF_VECTOR | GDAL_OF_READONLY, NULL, NULL, NULL);
    OGRLayerH layer = NULL;
    ih_status status;

    if (!source)
        return bad(words, "neither a box, WKT, GeoJSON nor a vector file that can be read", err);
    status = ih_area_of_interest_layer(words, "-cl names one", source, &layer, err);
    if (status == IH_OK)
        status = read_features(words, layer, into, err);
    if (status == IH_OK && OGR_L_GetSpatialRef(layer)) {
        *srs = OSRClone(OGR_L_GetSpatialRef(layer));
        OSRSetAxisMappingStrategy(*srs, OAMS_TRADITIONAL_GIS_ORDER);
    }
    GDALClose(source);
    return status;
}

static bool looks_like_degrees(OGRGeometryH area)
{
    OGREnvelope e;

    OGR_G_GetEnvelope(area, &e);
    return e.MinX >= -180 && e.MaxX <= 360 && e.MinY >= -90 && e.MaxY <= 90;
}

/* Text that is no file name is itself the geometry. */
static ih_status read_any(const ih_area_words *words, OGRGeometryH into, OGRSpatialReferenceH *srs,
                          ih_error *err)
{
    const char *text = words->text + strspn(words->text, " \t\r\n");
    OGRGeometryH geometry = NULL;
    double box[4];

    if (parse_box(text, box))
        return read_box(words, box, into, err);
    if (*text != '{') {
        char *wkt = CPLStrdup(text), *at = wkt;
        bool good = OGR_G_CreateFromWkt(&at, NULL, &geometry) == OGRERR_NONE;

        CPLFree(wkt);
        if (good) {
            ih_area_of_interest_collect(geometry, into);
            OGR_G_DestroyGeometry(geometry);
            return IH_OK;
        }
    } else if ((geometry = OGR_G_CreateGeometryFromJson(text)) != NULL) {
        ih_area_of_interest_collect(geometry, into);
        OGR_G_DestroyGeometry(geometry);
        return IH_OK;
    }
    return read_source(words, into, srs, err);
}

static ih_status choose_srs(const ih_area_words *words, OGRGeometryH area,
                            OGRSpatialReferenceH *srs, ih_error *err)
{
    if (!words->srs && *srs)
        return IH_OK;
    if (!words->srs && !looks_like_degrees(area))
        return bad(words,
                   "it has no coordinate system and its numbers are no degrees; name it "
                   "(-aoi_srs)",
                   err);
    OSRDestroySpatialReference(*srs);
    *srs = ih_srs_of_text(words->srs ? words->srs : "EPSG:4326");
    return *srs ? IH_OK : bad(words, "its coordinate system is not understood", err);
}

bool ih_area_of_interest_transform(OGRGeometryH area, OGRCoordinateTransformationH transformation)
{
    OGREnvelope e;
    double piece;

    OGR_G_GetEnvelope(area, &e);
    piece = fmax(e.MaxX - e.MinX, e.MaxY - e.MinY) / EDGE_PIECES;
    if (piece > 0 && isfinite(piece))
        OGR_G_Segmentize(area, piece);
    return OGR_G_Transform(area, transformation) == OGRERR_NONE;
}

static ih_status transform(const ih_area_words *words, OGRGeometryH area, OGRSpatialReferenceH from,
                           OGRSpatialReferenceH to, ih_error *err)
{
    OGRCoordinateTransformationH t;
    bool ok;

    if (!to || ih_same_srs(from, to))
        return IH_OK;
    t = OCTNewCoordinateTransformation(from, to);
    ok = t && ih_area_of_interest_transform(area, t);
    if (t)
        OCTDestroyCoordinateTransformation(t);
    return ok ? IH_OK : bad(words, "it has no coordinates in the grid's system", err);
}

ih_status ih_area_of_interest_read(const ih_area_words *words, OGRSpatialReferenceH target,
                                   OGRGeometryH *out, ih_error *err)
{
    OGRGeometryH area = OGR_G_CreateGeometry(wkbMultiPolygon);
    OGRSpatialReferenceH srs = NULL;
    ih_status status;

    CPLPushErrorHandler(CPLQuietErrorHandler);
    status = read_any(words, area, &srs, err);
    if (status == IH_OK && OGR_G_GetGeometryCount(area) == 0)
        status = bad(words, "there is no polygon in it", err);
    if (status == IH_OK)
        status = choose_srs(words, area, &srs, err);
    if (status == IH_OK)
        status = transform(words, area, srs, target, err);
    CPLPopErrorHandler();
    OSRDestroySpatialReference(srs);
    if (status != IH_OK) {
        OGR_G_DestroyGeometry(area);
        area = NULL;
    }
    *out = area;
    return status;
}

void ih_area_of_interest_box(OGRGeometryH area, double box[4])
{
    OGREnvelope e;

    OGR_G_GetEnvelope(area, &e);
    box[0] = e.MinX;
    box[1] = e.MinY;
    box[2] = e.MaxX;
    box[3] = e.MaxY;
}

ih_status ih_area_of_interest_draw(OGRGeometryH area, const ih_grid *grid, uint8_t *inside,
                                   size_t *n_inside, ih_error *err)
{
    const int nx = (int)grid->nx, ny = (int)grid->ny, band = 1;
    const double one = 1.0;
    GDALDatasetH raster = GDALCreate(GDALGetDriverByName("MEM"), "", nx, ny, 1, GDT_Byte, NULL);
    double gt[6];
    bool ok;

    ih_grid_to_geotransform(grid, gt);
    ok = raster && GDALSetGeoTransform(raster, gt) == CE_None;
    /* One by one: where polygons of one geometry overlap the rasteriser sees a hole. */
    for (int i = 0; ok && i < OGR_G_GetGeometryCount(area); i++) {
        OGRGeometryH part = OGR_G_GetGeometryRef(area, i);

        ok = GDALRasterizeGeometries(raster, 1, &band, 1, &part, NULL, NULL, &one, NULL, NULL,
                                     NULL) == CE_None;
    }
    ok = ok && GDALRasterIO(GDALGetRasterBand(raster, 1), GF_Read, 0, 0, nx, ny, inside, nx, ny,
                            GDT_Byte, 0, 0) == CE_None;
    if (raster)
        GDALClose(raster);
    if (!ok)
        return ih_fail(err, IH_E_MEMORY, "area of interest on %d x %d pixels", nx, ny);
    *n_inside = 0;
    for (size_t i = 0; i < grid->nx * grid->ny; i++)
        *n_inside += inside[i];
    return IH_OK;
}
