/* SPDX-License-Identifier: MIT */
#include "utilities/lib/search_output.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <gdal.h>
#include <ogr_api.h>
#include <ogr_srs_api.h>

#include "utilities/lib/cli.h"
#include "utilities/lib/lattice_choice.h"
#include "utilities/lib/report.h"
#include "utilities/lib/search_area.h"
#include "utilities/net/json.h"
#include "utilities/net/text.h"

const char *const ih_scenes_format_names[] = {"GeoJSON", "CSV", "GPKG", "KML", "metalink", NULL};

bool ih_scenes_format_of(const char *path, int *format)
{
    static const struct {
        const char *extension;
        ih_scenes_format format;
    } known[] = {{"geojson", IH_SCENES_GEOJSON}, {"json", IH_SCENES_GEOJSON},
                 {"csv", IH_SCENES_CSV},         {"gpkg", IH_SCENES_GPKG},
                 {"kml", IH_SCENES_KML},         {"metalink", IH_SCENES_METALINK},
                 {"meta4", IH_SCENES_METALINK}};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (EQUAL(CPLGetExtension(path), known[i].extension)) {
            *format = (int)known[i].format;
            return true;
        }
    return false;
}

ih_status ih_scenes_check_target(ih_scenes_target *target, const char *output, ih_error *err)
{
    VSIStatBufL facts;

    if (!output)
        return IH_OK;
    if (!target->format_given && !ih_scenes_format_of(output, &target->format))
        target->format = IH_SCENES_GEOJSON;
    if (strcmp(output, "-") == 0)
        return target->json || target->format == IH_SCENES_GPKG
                   ? ih_fail(err, IH_E_ARGUMENT,
                             "standard output is for one thing: - goes neither with -json nor with "
                             "a GeoPackage")
                   : IH_OK;
    if (!target->overwrite && VSIStatL(output, &facts) == 0)
        return ih_fail(err, IH_E_ARGUMENT, "%s exists; -overwrite replaces it", output);
    return IH_OK;
}

/* As short as it can be and still the same number to 1e-10 degrees. */
static void add_degrees(ih_text *out, double value)
{
    ih_text_print(out, "%.10g", value);
}

static void add_rings(ih_text *out, OGRGeometryH polygon)
{
    for (int r = 0; r < OGR_G_GetGeometryCount(polygon); r++) {
        OGRGeometryH ring = OGR_G_GetGeometryRef(polygon, r);

        ih_text_print(out, "%s[", r ? "," : "");
        for (int i = 0; i < OGR_G_GetPointCount(ring); i++) {
            ih_text_print(out, "%s[", i ? "," : "");
            add_degrees(out, OGR_G_GetX(ring, i));
            ih_text_add(out, ",", 1);
            add_degrees(out, OGR_G_GetY(ring, i));
            ih_text_add(out, "]", 1);
        }
        ih_text_add(out, "]", 1);
    }
}

static bool crosses_180(const ih_granule *g)
{
    for (size_t i = 1; i < g->n_corners; i++)
        if (fabs(g->ring[2 * i] - g->ring[2 * i - 2]) > 180.0)
            return true;
    return false;
}

/* A footprint as it is, or cut where it crosses 180 degrees, as RFC 7946 wants it. The caller
 * destroys it; NULL for none. */
static OGRGeometryH footprint(const ih_granule *g)
{
    OGRGeometryH polygon, all, cut;

    if (!g->ring)
        return NULL;
    polygon = ih_polygon_of_ring(g->ring, g->n_corners);
    if (!crosses_180(g))
        return polygon;
    all = OGR_G_CreateGeometry(wkbMultiPolygon);
    OGR_G_AddGeometryDirectly(all, polygon);
    cut = ih_cut_at_180(all);
    OGR_G_DestroyGeometry(all);
    return cut;
}

static void add_geometry(ih_text *out, const ih_granule *g)
{
    OGRGeometryH shape = footprint(g);

    if (!shape) {
        ih_text_print(out, "null");
    } else if (wkbFlatten(OGR_G_GetGeometryType(shape)) == wkbPolygon) {
        ih_text_print(out, "{\"coordinates\":[");
        add_rings(out, shape);
        ih_text_print(out, "],\"type\":\"Polygon\"}");
    } else {
        ih_text_print(out, "{\"coordinates\":[");
        for (int i = 0; i < OGR_G_GetGeometryCount(shape); i++) {
            ih_text_print(out, "%s[", i ? "," : "");
            add_rings(out, OGR_G_GetGeometryRef(shape, i));
            ih_text_add(out, "]", 1);
        }
        ih_text_print(out, "],\"type\":\"MultiPolygon\"}");
    }
    OGR_G_DestroyGeometry(shape);
}

static void write_geojson(const ih_granules *scenes, ih_text *out)
{
    ih_text_print(out, "{\"features\":[");
    for (size_t i = 0; i < scenes->n; i++) {
        char *properties = cJSON_PrintUnformatted(scenes->items[i].properties);

        ih_text_print(out, "%s\n{\"geometry\":", i ? "," : "");
        add_geometry(out, &scenes->items[i]);
        ih_text_print(out, ",\"properties\":%s,\"type\":\"Feature\"}",
                      properties ? properties : "");
        out->failed = out->failed || !properties;
        cJSON_free(properties);
    }
    ih_text_print(out, "\n],\"type\":\"FeatureCollection\"}\n");
}

/* Where a column's value is: in the properties, in "burst", or among the extras. */
typedef struct {
    const char *title, *property, *burst, *extra;
} column;

static const column columns[] = {
    {"Granule Name", "sceneName", NULL, NULL},
    {"Platform", "platform", NULL, NULL},
    {"Sensor", "sensor", NULL, NULL},
    {"Beam Mode", "beamModeType", NULL, NULL},
    {"Beam Mode Description", NULL, NULL, NULL},
    {"Orbit", "orbit", NULL, NULL},
    {"Path Number", "pathNumber", NULL, NULL},
    {"Frame Number", "frameNumber", NULL, NULL},
    {"Acquisition Date", NULL, NULL, "ACQUISITION_DATE"},
    {"Processing Date", "processingDate", NULL, NULL},
    {"Processing Level", "processingLevel", NULL, NULL},
    {"Start Time", "startTime", NULL, NULL},
    {"End Time", "stopTime", NULL, NULL},
    {"Center Lat", "centerLat", NULL, NULL},
    {"Center Lon", "centerLon", NULL, NULL},
    {"Near Start Lat", NULL, NULL, "NEAR_START_LAT"},
    {"Near Start Lon", NULL, NULL, "NEAR_START_LON"},
    {"Far Start Lat", NULL, NULL, "FAR_START_LAT"},
    {"Far Start Lon", NULL, NULL, "FAR_START_LON"},
    {"Near End Lat", NULL, NULL, "NEAR_END_LAT"},
    {"Near End Lon", NULL, NULL, "NEAR_END_LON"},
    {"Far End Lat", NULL, NULL, "FAR_END_LAT"},
    {"Far End Lon", NULL, NULL, "FAR_END_LON"},
    {"Faraday Rotation", NULL, NULL, "FARADAY_ROTATION"},
    {"Ascending or Descending?", "flightDirection", NULL, NULL},
    {"URL", "url", NULL, NULL},
    {"Size (MB)", NULL, NULL, "SIZE_MB"},
    {"Off Nadir Angle", NULL, NULL, "OFF_NADIR_ANGLE"},
    {"Stack Size", NULL, NULL, "INSAR_STACK_SIZE"},
    {"Doppler", NULL, NULL, "DOPPLER"},
    {"GroupID", "groupID", NULL, NULL},
    {"Pointing Angle", NULL, NULL, "POINTING_ANGLE"},
    {"TemporalBaseline", "temporalBaseline", NULL, NULL},
    {"PerpendicularBaseline", "perpendicularBaseline", NULL, NULL},
    {"relativeBurstID", NULL, "relativeBurstID", NULL},
    {"absoluteBurstID", NULL, "absoluteBurstID", NULL},
    {"fullBurstID", NULL, "fullBurstID", NULL},
    {"burstIndex", NULL, "burstIndex", NULL},
    {"azimuthTime", NULL, "azimuthTime", NULL},
    {"azimuthAnxTime", NULL, "azimuthAnxTime", NULL},
    {"samplesPerBurst", NULL, "samplesPerBurst", NULL},
    {"subswath", NULL, "subswath", NULL},
};

/* A value as text; "" for none. */
static void value_text(const cJSON *value, char *text, size_t size)
{
    text[0] = '\0';
    if (cJSON_IsString(value))
        snprintf(text, size, "%s", value->valuestring);
    else if (cJSON_IsNumber(value))
        snprintf(text, size, "%.15g", value->valuedouble);
}

static void write_csv(const ih_granules *scenes, ih_text *out)
{
    size_t n = sizeof columns / sizeof *columns;

    for (size_t c = 0; c < n; c++)
        ih_text_print(out, "%s\"%s\"", c ? "," : "", columns[c].title);
    ih_text_add(out, "\n", 1);
    for (size_t i = 0; i < scenes->n; i++) {
        const ih_granule *g = &scenes->items[i];

        for (size_t c = 0; c < n; c++) {
            const column *k = &columns[c];
            const cJSON *value = k->property ? ih_json_get(g->properties, k->property)
                                 : k->burst
                                     ? ih_json_get(ih_json_get(g->properties, "burst"), k->burst)
                                 : k->extra ? ih_json_get(g->extras, k->extra)
                                            : NULL;
            char text[1024];

            value_text(value, text, sizeof text);
            ih_text_print(out, "%s\"", c ? "," : "");
            for (const char *t = text; *t; t++)
                ih_text_add(out, *t == '"' ? "\"\"" : t, *t == '"' ? 2 : 1);
            ih_text_add(out, "\"", 1);
        }
        ih_text_add(out, "\n", 1);
    }
}

static void add_xml(ih_text *out, const char *value)
{
    char *safe = CPLEscapeString(value, -1, CPLES_XML);

    ih_text_print(out, "%s", safe);
    CPLFree(safe);
}

static void add_kml_polygon(ih_text *out, OGRGeometryH polygon)
{
    OGRGeometryH ring = OGR_G_GetGeometryRef(polygon, 0);

    ih_text_print(out,
                  "<Polygon><tessellate>1</tessellate><outerBoundaryIs><LinearRing><coordinates>");
    for (int i = 0; i < OGR_G_GetPointCount(ring); i++)
        ih_text_print(out, "%s%.10g,%.10g", i ? " " : "", OGR_G_GetX(ring, i), OGR_G_GetY(ring, i));
    ih_text_print(out, "</coordinates></LinearRing></outerBoundaryIs></Polygon>");
}

static void write_kml(const ih_granules *scenes, ih_text *out)
{
    static const char *const told[] = {
        "startTime",       "platform",     "pathNumber", "frameNumber",
        "flightDirection", "polarization", "orbit",      "url"};

    ih_text_print(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                       "<kml xmlns=\"http://www.opengis.net/kml/2.2\"><Document>\n"
                       "<Style id=\"scene\"><LineStyle><width>2</width></LineStyle>"
                       "<PolyStyle><fill>0</fill></PolyStyle></Style>\n");
    for (size_t i = 0; i < scenes->n; i++) {
        const ih_granule *g = &scenes->items[i];
        OGRGeometryH shape = footprint(g);
        bool single = shape && wkbFlatten(OGR_G_GetGeometryType(shape)) == wkbPolygon;

        ih_text_print(out, "<Placemark><name>");
        add_xml(out, g->name);
        ih_text_print(out, "</name><styleUrl>#scene</styleUrl><ExtendedData>");
        for (size_t t = 0; t < sizeof told / sizeof *told; t++) {
            char text[1024];

            value_text(ih_json_get(g->properties, told[t]), text, sizeof text);
            if (!*text)
                continue;
            ih_text_print(out, "<Data name=\"%s\"><value>", told[t]);
            add_xml(out, text);
            ih_text_print(out, "</value></Data>");
        }
        ih_text_print(out, "</ExtendedData>");
        if (single)
            add_kml_polygon(out, shape);
        for (int p = 0; shape && !single && p < OGR_G_GetGeometryCount(shape); p++) {
            ih_text_print(out, "%s", p == 0 ? "<MultiGeometry>" : "");
            add_kml_polygon(out, OGR_G_GetGeometryRef(shape, p));
        }
        ih_text_print(out, "%s</Placemark>\n", shape && !single ? "</MultiGeometry>" : "");
        OGR_G_DestroyGeometry(shape);
    }
    ih_text_print(out, "</Document></kml>\n");
}

static void write_metalink(const ih_granules *scenes, ih_text *out)
{
    ih_text_print(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                       "<metalink xmlns=\"http://www.metalinker.org/\" version=\"3.0\">\n"
                       "<publisher><name>InSARHub for GDAL</name></publisher>\n<files>\n");
    for (size_t i = 0; i < scenes->n; i++) {
        const cJSON *p = scenes->items[i].properties;
        const char *url = ih_json_text(p, "url"), *name = ih_json_text(p, "fileName");
        const char *md5 = ih_json_text(p, "md5sum");
        double bytes;

        if (!url || !name)
            continue;
        ih_text_print(out, "<file name=\"");
        add_xml(out, name);
        ih_text_print(out, "\"><resources><url type=\"http\">");
        add_xml(out, url);
        ih_text_print(out, "</url></resources>");
        if (md5) {
            ih_text_print(out, "<verification><hash type=\"md5\">");
            add_xml(out, md5);
            ih_text_print(out, "</hash></verification>");
        }
        /* What the catalogue tells of a burst is its size within the scene. */
        if (!scenes->items[i].is_burst && ih_json_number(p, "bytes", &bytes))
            ih_text_print(out, "<size>%.0f</size>", bytes);
        ih_text_print(out, "</file>\n");
    }
    ih_text_print(out, "</files>\n</metalink>\n");
}

/* Fields of the layer, from properties or from "burst". */
typedef struct {
    const char *name;
    OGRFieldType type;
    bool of_burst;
} field;

static const field fields[] = {
    {"sceneName", OFTString, false},
    {"fileID", OFTString, false},
    {"startTime", OFTDateTime, false},
    {"stopTime", OFTDateTime, false},
    {"platform", OFTString, false},
    {"pathNumber", OFTInteger, false},
    {"frameNumber", OFTInteger, false},
    {"orbit", OFTInteger, false},
    {"flightDirection", OFTString, false},
    {"polarization", OFTString, false},
    {"beamModeType", OFTString, false},
    {"processingLevel", OFTString, false},
    {"processingDate", OFTString, false},
    {"bytes", OFTReal, false},
    {"md5sum", OFTString, false},
    {"groupID", OFTString, false},
    {"url", OFTString, false},
    {"fullBurstID", OFTString, true},
    {"subswath", OFTString, true},
    {"burstIndex", OFTInteger, true},
};

static ih_status write_feature(OGRLayerH layer, const ih_granule *g, ih_error *err)
{
    OGRFeatureH feature = OGR_F_Create(OGR_L_GetLayerDefn(layer));
    bool good;

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const cJSON *value =
            ih_json_get(fields[i].of_burst ? ih_json_get(g->properties, "burst") : g->properties,
                        fields[i].name);

        if (cJSON_IsString(value))
            OGR_F_SetFieldString(feature, (int)i, value->valuestring);
        else if (cJSON_IsNumber(value))
            OGR_F_SetFieldDouble(feature, (int)i, value->valuedouble);
    }
    if (g->ring) {
        OGRGeometryH shape = footprint(g), multi = shape ? OGR_G_ForceToMultiPolygon(shape) : NULL;

        if (multi)
            OGR_F_SetGeometryDirectly(feature, multi);
    }
    good = OGR_L_CreateFeature(layer, feature) == OGRERR_NONE;
    OGR_F_Destroy(feature);
    return good ? IH_OK : ih_fail(err, IH_E_IO, "%s: it cannot be written", g->id);
}

static ih_status fill_layer(OGRLayerH layer, const ih_granules *scenes, ih_error *err)
{
    ih_status status = IH_OK;

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        OGRFieldDefnH definition = OGR_Fld_Create(fields[i].name, fields[i].type);

        if (OGR_L_CreateField(layer, definition, TRUE) != OGRERR_NONE)
            status = ih_fail(err, IH_E_IO, "the field %s cannot be made", fields[i].name);
        OGR_Fld_Destroy(definition);
    }
    for (size_t i = 0; status == IH_OK && i < scenes->n; i++)
        status = write_feature(layer, &scenes->items[i], err);
    return status;
}

static ih_status write_geopackage(const ih_granules *scenes, const char *path, ih_error *err)
{
    GDALDriverH driver = GDALGetDriverByName("GPKG");
    OGRSpatialReferenceH degrees = ih_srs_of_text("EPSG:4326");
    char *temporary = CPLStrdup(CPLSPrintf("%s.%ld.tmp.gpkg", path, (long)getpid()));
    GDALDatasetH file = NULL;
    OGRLayerH layer = NULL;
    ih_status status = IH_OK;

    if (!driver) {
        status = ih_fail(err, IH_E_UNSUPPORTED, "this GDAL writes no GeoPackages");
        goto done;
    }
    file = GDALCreate(driver, temporary, 0, 0, 0, GDT_Unknown, NULL);
    if (file)
        layer = GDALDatasetCreateLayer(file, "scenes", degrees, wkbMultiPolygon, NULL);
    if (!layer || GDALDatasetStartTransaction(file, FALSE) != OGRERR_NONE)
        status = ih_fail(err, IH_E_IO, "%s: it cannot be created", path);
    if (status == IH_OK)
        status = fill_layer(layer, scenes, err);
    if (status == IH_OK && GDALDatasetCommitTransaction(file) != OGRERR_NONE)
        status = ih_fail(err, IH_E_IO, "%s: it cannot be written", path);
    if (file)
        GDALClose(file);
    if (status == IH_OK && VSIRename(temporary, path) != 0)
        status = ih_fail(err, IH_E_IO, "%s: it cannot be renamed", path);
    if (status != IH_OK)
        VSIUnlink(temporary);

done:
    OSRDestroySpatialReference(degrees);
    CPLFree(temporary);
    return status;
}

ih_status ih_scenes_write(const ih_granules *scenes, ih_scenes_format format, const char *path,
                          ih_error *err)
{
    static void (*const writers[])(const ih_granules *scenes, ih_text *out) = {
        [IH_SCENES_GEOJSON] = write_geojson,
        [IH_SCENES_CSV] = write_csv,
        [IH_SCENES_KML] = write_kml,
        [IH_SCENES_METALINK] = write_metalink,
    };
    bool to_output = strcmp(path, "-") == 0;
    ih_text text = {0};
    ih_status status = IH_OK;

    if (format == IH_SCENES_GPKG)
        return to_output ? ih_fail(err, IH_E_ARGUMENT, "a GeoPackage needs a file")
                         : write_geopackage(scenes, path, err);
    writers[format](scenes, &text);
    if (!ih_text_good(&text))
        status = ih_fail(err, IH_E_MEMORY, "no memory for %zu scenes", scenes->n);
    else if (to_output)
        ih_cli_print(text.data);
    else
        status = ih_write_file_atomically(path, text.data, text.length, err);
    ih_text_free(&text);
    return status;
}
