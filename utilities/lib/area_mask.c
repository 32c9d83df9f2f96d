/* SPDX-License-Identifier: MIT */
#include "utilities/lib/area_mask.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <gdal.h>
#include <gdal_alg.h>
#include <ogr_api.h>
#include <ogr_srs_api.h>

#include "algorithms/alloc.h"

/* A straight edge in one coordinate system is curved in another: it is cut into pieces of this
 * share of the polygon's size before it is transformed, which leaves 1/16384 of the curvature. */
#define EDGE_PIECES 128.0

/* Names of layers shown in a message. */
enum { NAMES_SHOWN = 6 };

typedef struct {
    const ih_area_choice *choice;
    const ih_common_grid *common;
    GDALDatasetH raster;                         /* one byte per pixel of the grid, in memory */
    OGRCoordinateTransformationH transformation; /* NULL: the polygons are in the grid's system */
    ih_area_mask *out;
} rasteriser;

static ih_status no_pixel(const ih_area_choice *choice, const ih_common_grid *common, ih_error *err)
{
    const ih_grid *g = &common->grid;

    return ih_fail(err, IH_E_ARGUMENT,
                   "-%s: the area holds no centre of a pixel of the grid, which covers x %.10g to "
                   "%.10g, y %.10g to %.10g",
                   choice->option, g->x0, g->x0 + (double)g->nx * g->dx,
                   g->y0 + (double)g->ny * g->dy, g->y0);
}

static ih_status box_mask(const ih_area_choice *choice, const ih_common_grid *common,
                          ih_area_mask *out, ih_error *err)
{
    const ih_grid *g = &common->grid;
    const double *box = choice->box;

    if (!(box[0] < box[2] && box[1] < box[3]))
        return ih_fail(err, IH_E_ARGUMENT,
                       "-%s %.10g %.10g %.10g %.10g: not a box (xmin ymin xmax ymax)",
                       choice->option, box[0], box[1], box[2], box[3]);
    for (size_t row = 0; row < g->ny; row++)
        for (size_t column = 0; column < g->nx; column++) {
            double x, y;
            int inside;

            ih_grid_centre(g, column, row, &x, &y);
            inside = x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3];
            out->inside[row * g->nx + column] = (uint8_t)inside;
            out->n_pixels += (size_t)inside;
        }
    return IH_OK;
}

/* "FILE", or "FILE,LAYER" when there is no data source of the whole name. */
static GDALDatasetH open_source(const char *text, char **layer)
{
    const unsigned flags = GDAL_OF_VECTOR | GDAL_OF_READONLY;
    const char *comma = strrchr(text, ',');
    GDALDatasetH source;

    *layer = NULL;
    CPLPushErrorHandler(CPLQuietErrorHandler);
    source = GDALOpenEx(text, flags, NULL, NULL, NULL);
    if (!source && comma) {
        char *file = CPLStrdup(text);

        file[comma - text] = '\0';
        source = GDALOpenEx(file, flags, NULL, NULL, NULL);
        *layer = CPLStrdup(comma + 1);
        CPLFree(file);
    }
    CPLPopErrorHandler();
    return source;
}

static ih_status choose_layer(const ih_area_choice *choice, GDALDatasetH source, const char *name,
                              OGRLayerH *layer, ih_error *err)
{
    int n = GDALDatasetGetLayerCount(source);
    char names[400] = "";

    *layer = name ? GDALDatasetGetLayerByName(source, name) : GDALDatasetGetLayer(source, 0);
    if (*layer && (name || n == 1))
        return IH_OK;
    for (int i = 0; i < n && i < NAMES_SHOWN; i++) {
        const char *next = OGR_L_GetName(GDALDatasetGetLayer(source, i));
        size_t used = strlen(names);

        snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", next ? next : "");
    }
    if (n == 0)
        return ih_fail(err, IH_E_ARGUMENT, "-%s %s: the file has no layer of polygons",
                       choice->option, choice->datasource);
    return ih_fail(err, IH_E_ARGUMENT,
                   "-%s %s: %s; its %d layers: %s%s (append a comma and the name of one)",
                   choice->option, choice->datasource,
                   name ? "there is no such layer" : "the file has several layers", n, names,
                   n > NAMES_SHOWN ? ", ..." : "");
}

static ih_status new_transformation(rasteriser *r, OGRLayerH layer, ih_error *err)
{
    OGRSpatialReferenceH own = OGR_L_GetSpatialRef(layer), from;

    r->out->srs_assumed = !own != !r->common->srs;
    if (!own || !r->common->srs)
        return IH_OK;
    from = OSRClone(own);
    OSRSetAxisMappingStrategy(from, OAMS_TRADITIONAL_GIS_ORDER);
    if (!OSRIsSame(from, r->common->srs)) {
        r->transformation = OCTNewCoordinateTransformation(from, r->common->srs);
        if (!r->transformation) {
            OSRDestroySpatialReference(from);
            return ih_fail(err, IH_E_ARGUMENT,
                           "-%s %s: its coordinate system cannot be brought to the grid's",
                           r->choice->option, r->choice->datasource);
        }
    }
    OSRDestroySpatialReference(from);
    return IH_OK;
}

/* One polygon with its holes; parts are burned one by one, because where parts of one geometry
 * overlap the rasteriser would take the overlap for a hole. */
static ih_status burn_polygon(rasteriser *r, OGRGeometryH polygon, ih_error *err)
{
    static const double inside = 1.0;
    static const int band = 1;
    OGRGeometryH copy = OGR_G_Clone(polygon);
    OGREnvelope size = {0};
    CPLErr burned = CE_Failure;

    if (copy && r->transformation) {
        double piece;

        OGR_G_GetEnvelope(copy, &size);
        piece = fmax(size.MaxX - size.MinX, size.MaxY - size.MinY) / EDGE_PIECES;
        if (piece > 0 && isfinite(piece))
            OGR_G_Segmentize(copy, piece);
        if (OGR_G_Transform(copy, r->transformation) != OGRERR_NONE) {
            OGR_G_DestroyGeometry(copy);
            return ih_fail(err, IH_E_ARGUMENT,
                           "-%s %s: a polygon has no coordinates in the grid's system",
                           r->choice->option, r->choice->datasource);
        }
    }
    if (copy)
        burned = GDALRasterizeGeometries(r->raster, 1, &band, 1, &copy, NULL, NULL, &inside, NULL,
                                         NULL, NULL);
    OGR_G_DestroyGeometry(copy);
    r->out->n_polygons++;
    return burned == CE_None ? IH_OK
                             : ih_fail(err, IH_E_MEMORY, "-%s %s: a polygon cannot be drawn",
                                       r->choice->option, r->choice->datasource);
}

/* Polygons wherever they are in a geometry. */
static ih_status burn(rasteriser *r, OGRGeometryH geometry, int depth, ih_error *err)
{
    OGRwkbGeometryType type = wkbFlatten(OGR_G_GetGeometryType(geometry));
    ih_status status = IH_OK;

    if (OGR_G_IsEmpty(geometry))
        return IH_OK;
    if (type == wkbPolygon)
        return burn_polygon(r, geometry, err);
    /* Multipolygons and collections, which may hold each other. */
    for (int i = 0; depth < 8 && i < OGR_G_GetGeometryCount(geometry) && status == IH_OK; i++)
        status = burn(r, OGR_G_GetGeometryRef(geometry, i), depth + 1, err);
    return status;
}

static ih_status burn_layer(rasteriser *r, OGRLayerH layer, ih_error *err)
{
    ih_status status = new_transformation(r, layer, err);
    OGRFeatureH feature;

    OGR_L_ResetReading(layer);
    while (status == IH_OK && (feature = OGR_L_GetNextFeature(layer)) != NULL) {
        OGRGeometryH geometry = OGR_F_GetGeometryRef(feature);
        size_t before = r->out->n_polygons;

        if (geometry) {
            /* Curves become straight pieces; the feature's own geometry stays. */
            OGRGeometryH linear = OGR_G_GetLinearGeometry(geometry, 0.0, NULL);

            status = linear ? burn(r, linear, 0, err) : IH_OK;
            OGR_G_DestroyGeometry(linear);
        }
        r->out->n_ignored += r->out->n_polygons == before;
        OGR_F_Destroy(feature);
    }
    if (status == IH_OK && r->out->n_polygons == 0)
        status = ih_fail(err, IH_E_ARGUMENT, "-%s %s: there is no polygon in it", r->choice->option,
                         r->choice->datasource);
    return status;
}

static ih_status new_raster(rasteriser *r, ih_error *err)
{
    const ih_grid *g = &r->common->grid;
    double geotransform[6];

    ih_grid_to_geotransform(g, geotransform);
    r->raster =
        GDALCreate(GDALGetDriverByName("MEM"), "", (int)g->nx, (int)g->ny, 1, GDT_Byte, NULL);
    if (!r->raster || GDALSetGeoTransform(r->raster, geotransform) != CE_None)
        return ih_fail(err, IH_E_MEMORY, "-%s: mask of %zu x %zu pixels", r->choice->option, g->nx,
                       g->ny);
    return IH_OK;
}

static ih_status read_raster(rasteriser *r, ih_error *err)
{
    const ih_grid *g = &r->common->grid;
    int nx = (int)g->nx, ny = (int)g->ny;

    if (GDALRasterIO(GDALGetRasterBand(r->raster, 1), GF_Read, 0, 0, nx, ny, r->out->inside, nx, ny,
                     GDT_Byte, 0, 0) != CE_None)
        return ih_fail(err, IH_E_MEMORY, "-%s: %s", r->choice->option, CPLGetLastErrorMsg());
    for (size_t i = 0; i < g->nx * g->ny; i++)
        r->out->n_pixels += r->out->inside[i];
    return IH_OK;
}

static ih_status polygon_mask(const ih_area_choice *choice, const ih_common_grid *common,
                              ih_area_mask *out, ih_error *err)
{
    rasteriser r = {.choice = choice, .common = common, .out = out};
    char *name = NULL;
    GDALDatasetH source = open_source(choice->datasource, &name);
    OGRLayerH layer = NULL;
    ih_status status;

    if (source)
        status = choose_layer(choice, source, name, &layer, err);
    else
        status = ih_fail(err, IH_E_ARGUMENT, "-%s %s: not a vector file that can be read",
                         choice->option, choice->datasource);
    if (status == IH_OK)
        status = new_raster(&r, err);
    if (status == IH_OK)
        status = burn_layer(&r, layer, err);
    if (status == IH_OK)
        status = read_raster(&r, err);
    if (r.transformation)
        OCTDestroyCoordinateTransformation(r.transformation);
    if (r.raster)
        GDALClose(r.raster);
    if (source)
        GDALClose(source);
    CPLFree(name);
    return status;
}

ih_status ih_area_mask_new(const ih_area_choice *choice, const ih_common_grid *common,
                           ih_area_mask *out, ih_error *err)
{
    ih_status status;

    *out = (ih_area_mask){.inside = ih_calloc(common->grid.nx, common->grid.ny)};
    if (!out->inside)
        status = ih_fail(err, IH_E_MEMORY, "-%s: mask of %zu x %zu pixels", choice->option,
                         common->grid.nx, common->grid.ny);
    else if (choice->datasource)
        status = polygon_mask(choice, common, out, err);
    else
        status = box_mask(choice, common, out, err);
    if (status == IH_OK && out->n_pixels == 0)
        status = no_pixel(choice, common, err);
    if (status != IH_OK)
        ih_area_mask_free(out);
    return status;
}

void ih_area_mask_free(ih_area_mask *mask)
{
    free(mask->inside);
    mask->inside = NULL;
}
