/* SPDX-License-Identifier: MIT */
#include "utilities/lib/area_mask.h"

#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <gdal.h>
#include <ogr_api.h>
#include <ogr_srs_api.h>

#include "algorithms/alloc.h"
#include "utilities/lib/area_of_interest.h"

typedef struct {
    const ih_area_choice *choice;
    const ih_common_grid *common;
    OGRGeometryH area;                           /* a multipolygon in the grid's system */
    OGRCoordinateTransformationH transformation; /* NULL: the polygons are in the grid's system */
    ih_area_mask *out;
} polygon_reader;

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

static ih_status new_transformation(polygon_reader *r, OGRLayerH layer, ih_error *err)
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

/* Brings the last n polygons, each with edges cut by its own size, to the grid's system. */
static ih_status transform_last(polygon_reader *r, int n, ih_error *err)
{
    int count = OGR_G_GetGeometryCount(r->area);

    for (int i = count - n; r->transformation && i < count; i++)
        if (!ih_area_of_interest_transform(OGR_G_GetGeometryRef(r->area, i), r->transformation))
            return ih_fail(err, IH_E_ARGUMENT,
                           "-%s %s: a polygon has no coordinates in the grid's system",
                           r->choice->option, r->choice->datasource);
    return IH_OK;
}

static ih_status read_layer(polygon_reader *r, OGRLayerH layer, ih_error *err)
{
    ih_status status = new_transformation(r, layer, err);
    OGRFeatureH feature;

    OGR_L_ResetReading(layer);
    while (status == IH_OK && (feature = OGR_L_GetNextFeature(layer)) != NULL) {
        int n = ih_area_of_interest_collect(OGR_F_GetGeometryRef(feature), r->area);

        status = transform_last(r, n, err);
        r->out->n_polygons += (size_t)n;
        r->out->n_ignored += n == 0;
        OGR_F_Destroy(feature);
    }
    if (status == IH_OK && r->out->n_polygons == 0)
        status = ih_fail(err, IH_E_ARGUMENT, "-%s %s: there is no polygon in it", r->choice->option,
                         r->choice->datasource);
    return status;
}

static ih_status polygon_mask(const ih_area_choice *choice, const ih_common_grid *common,
                              ih_area_mask *out, ih_error *err)
{
    polygon_reader r = {.choice = choice,
                        .common = common,
                        .area = OGR_G_CreateGeometry(wkbMultiPolygon),
                        .out = out};
    char *name = NULL, *option = CPLStrdup(CPLSPrintf("-%s", choice->option));
    GDALDatasetH source = open_source(choice->datasource, &name);
    const ih_area_words words = {.option = option, .text = choice->datasource, .layer = name};
    OGRLayerH layer = NULL;
    ih_status status;

    if (source)
        status = ih_area_of_interest_layer(&words, "append a comma and the name of one", source,
                                           &layer, err);
    else
        status = ih_fail(err, IH_E_ARGUMENT, "-%s %s: not a vector file that can be read",
                         choice->option, choice->datasource);
    if (status == IH_OK)
        status = read_layer(&r, layer, err);
    if (status == IH_OK)
        status = ih_area_of_interest_draw(r.area, &common->grid, out->inside, &out->n_pixels, err);
    if (r.transformation)
        OCTDestroyCoordinateTransformation(r.transformation);
    OGR_G_DestroyGeometry(r.area);
    if (source)
        GDALClose(source);
    CPLFree(option);
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
