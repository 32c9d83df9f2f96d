/* SPDX-License-Identifier: MIT */
#include "utilities/lib/footprint_file.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <gdal.h>
#include <ogr_api.h>

#include "utilities/lib/lattice_choice.h"
#include "utilities/lib/pairs_csv.h"

/* Points along each edge: straight lines of a map are none in degrees. */
enum { EDGE_POINTS = 21 };

struct ih_footprint_file {
    char *path, *folder; /* folder beside path, in which it is made */
    GDALDatasetH dataset;
    OGRLayerH layer;
    OGRSpatialReferenceH degrees;
};

static const struct {
    const char *name;
    OGRFieldType type;
} fields[] = {{"role", OFTString},
              {"name", OFTString},
              {"path", OFTString},
              {"reference_date", OFTString},
              {"secondary_date", OFTString},
              {"temporal_baseline_days", OFTInteger},
              {"perpendicular_baseline_m", OFTReal},
              {"relative_orbit", OFTInteger},
              {"orbit_direction", OFTString},
              {"polarisation", OFTString},
              {"processor", OFTString},
              {"crs", OFTString},
              {"pixel_size", OFTReal},
              {"columns", OFTInteger64},
              {"rows", OFTInteger64},
              {"shrinks_common_area", OFTReal},
              {"residue_pixels", OFTReal},
              {"findings", OFTString}};

static GDALDriverH driver_of(const char *path)
{
    char *extension = CPLStrdup(CPLGetExtension(path));
    GDALDriverH found = *extension ? NULL : GDALGetDriverByName("GeoJSON");

    for (int i = 0; !found && i < GDALGetDriverCount(); i++) {
        GDALDriverH driver = GDALGetDriver(i);
        const char *known = GDALGetMetadataItem(driver, GDAL_DMD_EXTENSIONS, NULL);
        char **words = CSLTokenizeString2(known ? known : "", " ", 0);

        if (GDALGetMetadataItem(driver, GDAL_DCAP_VECTOR, NULL) &&
            GDALGetMetadataItem(driver, GDAL_DCAP_CREATE, NULL) &&
            CSLFindString(words, extension) >= 0)
            found = driver;
        CSLDestroy(words);
    }
    CPLFree(extension);
    return found;
}

static bool make_layer(ih_footprint_file *f, GDALDriverH driver)
{
    char *base = CPLStrdup(CPLGetFilename(f->path));
    char *inside = CPLStrdup(CPLFormFilename(f->folder, base, NULL));
    char *name = CPLStrdup(CPLGetBasename(f->path));

    f->dataset = GDALCreate(driver, inside, 0, 0, 0, GDT_Unknown, NULL);
    if (f->dataset)
        f->layer = GDALDatasetCreateLayer(f->dataset, name, f->degrees, wkbUnknown, NULL);
    for (size_t i = 0; f->layer && i < sizeof fields / sizeof *fields; i++) {
        OGRFieldDefnH field = OGR_Fld_Create(fields[i].name, fields[i].type);

        if (OGR_L_CreateField(f->layer, field, TRUE) != OGRERR_NONE)
            f->layer = NULL;
        OGR_Fld_Destroy(field);
    }
    CPLFree(base);
    CPLFree(inside);
    CPLFree(name);
    return f->layer != NULL;
}

ih_status ih_footprint_file_new(const char *path, bool overwrite, ih_footprint_file **out,
                                ih_error *err)
{
    GDALDriverH driver = driver_of(path);
    ih_footprint_file *f;
    VSIStatBufL stat;
    ih_status status = IH_OK;

    *out = NULL;
    if (!driver)
        return ih_fail(err, IH_E_ARGUMENT, "-footprints %s: no vector format has this extension",
                       path);
    if (!overwrite && VSIStatL(path, &stat) == 0)
        return ih_fail(err, IH_E_ARGUMENT, "-footprints %s exists (-overwrite replaces it)", path);
    f = CPLCalloc(1, sizeof *f);
    f->path = CPLStrdup(path);
    f->folder = CPLStrdup(CPLSPrintf("%s.%ld.tmp", path, (long)getpid()));
    f->degrees = ih_srs_of_text("EPSG:4326");
    CPLErrorReset();
    CPLPushErrorHandler(CPLQuietErrorHandler);
    if (VSIMkdir(f->folder, 0755) != 0)
        status = ih_fail(err, IH_E_IO, "%s cannot be written: its folder refuses", path);
    else if (!make_layer(f, driver))
        status = ih_fail(err, IH_E_IO, "%s cannot be written: %s", path, CPLGetLastErrorMsg());
    CPLPopErrorHandler();
    if (status != IH_OK) {
        ih_footprint_file_abort(f);
        return status;
    }
    *out = f;
    return IH_OK;
}

static OGRGeometryH outline(const ih_grid *g)
{
    OGRGeometryH ring = OGR_G_CreateGeometry(wkbLinearRing);
    OGRGeometryH polygon = OGR_G_CreateGeometry(wkbPolygon);
    double west = g->x0, east = g->x0 + (double)g->nx * g->dx;
    double north = g->y0, south = g->y0 + (double)g->ny * g->dy;
    const double corners[5][2] = {
        {west, south}, {east, south}, {east, north}, {west, north}, {west, south}};

    for (int i = 0; i < 4; i++)
        for (int k = 0; k < EDGE_POINTS; k++) {
            double t = (double)k / EDGE_POINTS;

            OGR_G_AddPoint_2D(ring, corners[i][0] + t * (corners[i + 1][0] - corners[i][0]),
                              corners[i][1] + t * (corners[i + 1][1] - corners[i][1]));
        }
    OGR_G_AddPoint_2D(ring, west, south);
    OGR_G_AddGeometryDirectly(polygon, ring);
    return polygon;
}

/* In degrees, cut where it crosses the antimeridian; NULL when PROJ cannot tell. */
static OGRGeometryH polygon_of(const ih_footprint_file *f, const ih_footprint *footprint)
{
    char **options = CSLSetNameValue(NULL, "WRAPDATELINE", "YES");
    OGRCoordinateTransformationH t = OCTNewCoordinateTransformation(footprint->srs, f->degrees);
    OGRGeomTransformerH transformer = t ? OGR_GeomTransformer_Create(t, options) : NULL;
    OGRGeometryH map = outline(footprint->grid), degrees = NULL;

    if (transformer)
        degrees = OGR_GeomTransformer_Transform(transformer, map);
    OGR_G_DestroyGeometry(map);
    if (transformer)
        OGR_GeomTransformer_Destroy(transformer);
    if (t)
        OCTDestroyCoordinateTransformation(t);
    CSLDestroy(options);
    return degrees;
}

/* By position: some formats shorten the names. */
static void set_text(OGRFeatureH feature, int field, const char *text)
{
    if (text && *text)
        OGR_F_SetFieldString(feature, field, text);
}

static void set_number(OGRFeatureH feature, int field, double value)
{
    if (isfinite(value))
        OGR_F_SetFieldDouble(feature, field, value);
}

static void set_item(OGRFeatureH feature, const ih_interferogram *item)
{
    char date[16];

    set_text(feature, 2, item->path);
    ih_iso_date(item->reference_days, date);
    set_text(feature, 3, date);
    ih_iso_date(item->secondary_days, date);
    set_text(feature, 4, date);
    OGR_F_SetFieldInteger(feature, 5, item->secondary_days - item->reference_days);
    set_number(feature, 6, item->perpendicular_baseline_m);
    if (isfinite(item->relative_orbit))
        OGR_F_SetFieldInteger(feature, 7, (int)item->relative_orbit);
    if (item->ascending_known)
        set_text(feature, 8, item->ascending ? "ascending" : "descending");
    set_text(feature, 9, item->polarisation);
    set_text(feature, 10, item->processor);
}

static OGRFeatureH feature_of(const ih_footprint_file *f, const ih_footprint *p)
{
    OGRFeatureH feature = OGR_F_Create(OGR_L_GetLayerDefn(f->layer));
    const char *code = OSRGetAuthorityCode(p->srs, NULL);

    set_text(feature, 0, p->role);
    set_text(feature, 1, p->name);
    if (p->item)
        set_item(feature, p->item);
    set_text(feature, 11, code ? CPLSPrintf("EPSG:%s", code) : OSRGetName(p->srs));
    set_number(feature, 12, fabs(p->grid->dx));
    OGR_F_SetFieldInteger64(feature, 13, (GIntBig)p->grid->nx);
    OGR_F_SetFieldInteger64(feature, 14, (GIntBig)p->grid->ny);
    set_number(feature, 15, p->shrinks_common_area);
    set_number(feature, 16, p->residue_pixels);
    set_text(feature, 17, p->findings);
    return feature;
}

ih_status ih_footprint_file_add(ih_footprint_file *f, const ih_footprint *p, ih_error *err)
{
    OGRGeometryH polygon;
    OGRFeatureH feature;
    ih_status status = IH_OK;

    if (!p->srs)
        return IH_OK;
    CPLPushErrorHandler(CPLQuietErrorHandler);
    polygon = polygon_of(f, p);
    feature = polygon ? feature_of(f, p) : NULL;
    if (feature && (OGR_F_SetGeometryDirectly(feature, polygon) != OGRERR_NONE ||
                    OGR_L_CreateFeature(f->layer, feature) != OGRERR_NONE))
        status = ih_fail(err, IH_E_IO, "%s cannot be written: %s", f->path, CPLGetLastErrorMsg());
    if (feature)
        OGR_F_Destroy(feature);
    CPLPopErrorHandler();
    return status;
}

/* A format may make several files. */
static ih_status move_files(const ih_footprint_file *f, ih_error *err)
{
    char **names = VSIReadDir(f->folder);
    char *target = CPLStrdup(CPLGetPath(f->path));
    ih_status status = IH_OK;

    for (int i = 0; names && names[i] && status == IH_OK; i++) {
        char *from, *to;

        if (EQUAL(names[i], ".") || EQUAL(names[i], ".."))
            continue;
        from = CPLStrdup(CPLFormFilename(f->folder, names[i], NULL));
        to = CPLStrdup(CPLFormFilename(*target ? target : ".", names[i], NULL));
        if (VSIRename(from, to) != 0)
            status = ih_fail(err, IH_E_IO, "%s cannot be moved into place", to);
        CPLFree(from);
        CPLFree(to);
    }
    CSLDestroy(names);
    CPLFree(target);
    return status;
}

ih_status ih_footprint_file_commit(ih_footprint_file *f, ih_error *err)
{
    ih_status status;

    CPLErrorReset();
    CPLPushErrorHandler(CPLQuietErrorHandler);
    GDALClose(f->dataset);
    f->dataset = NULL;
    status = CPLGetLastErrorType() >= CE_Failure
                 ? ih_fail(err, IH_E_IO, "%s cannot be written: %s", f->path, CPLGetLastErrorMsg())
                 : move_files(f, err);
    CPLPopErrorHandler();
    ih_footprint_file_abort(f);
    return status;
}

void ih_footprint_file_abort(ih_footprint_file *f)
{
    if (!f)
        return;
    if (f->dataset)
        GDALClose(f->dataset);
    VSIRmdirRecursive(f->folder);
    OSRDestroySpatialReference(f->degrees);
    CPLFree(f->path);
    CPLFree(f->folder);
    CPLFree(f);
}
