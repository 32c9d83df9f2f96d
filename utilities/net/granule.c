/* SPDX-License-Identifier: MIT */
#include "utilities/net/granule.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "utilities/net/json.h"

/* What the catalogue knows of one record, by the places where it is kept. */
typedef struct {
    const cJSON *umm, *attributes;
    bool is_burst;
    cJSON *out;
} record;

static bool says_nothing(const char *text)
{
    return !text || !*text || strcmp(text, "NA") == 0 || strcmp(text, "N/A") == 0 ||
           strcmp(text, "NULL") == 0;
}

/* First value of an additional attribute; NULL when it says nothing. */
static const char *attribute(const record *r, const char *name)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, r->attributes)
    {
        const char *its = ih_json_text(item, "Name");
        const char *value;

        if (!its || strcmp(its, name) != 0)
            continue;
        value = cJSON_GetStringValue(cJSON_GetArrayItem(ih_json_get(item, "Values"), 0));
        return says_nothing(value) ? NULL : value;
    }
    return NULL;
}

static const cJSON *first_of(const cJSON *object, const char *key)
{
    return cJSON_GetArrayItem(ih_json_get(object, key), 0);
}

static void put_text(cJSON *out, const char *key, const char *value)
{
    if (says_nothing(value))
        cJSON_AddNullToObject(out, key);
    else
        cJSON_AddStringToObject(out, key, value);
}

static void put_number(cJSON *out, const char *key, const char *text, bool whole)
{
    char *end = NULL;
    double value = text ? strtod(text, &end) : NAN;

    if (!text || end == text || *end || !isfinite(value))
        cJSON_AddNullToObject(out, key);
    else
        cJSON_AddNumberToObject(out, key, whole ? round(value) : value);
}

static bool has_prefix(const char *text, const char *prefix)
{
    return text && strncasecmp(text, prefix, strlen(prefix)) == 0;
}

/* The n-th related address of a type whose text begins with prefix. */
static const char *related(const record *r, const char *type, const char *prefix, int n)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, ih_json_get(r->umm, "RelatedUrls"))
    {
        const char *its = ih_json_text(item, "Type"), *url = ih_json_text(item, "URL");

        if (its && (!type || strcmp(its, type) == 0) && has_prefix(url, prefix) && n-- == 0)
            return url;
    }
    return NULL;
}

static void put_list(const record *r, const char *key, const char *type, const char *prefix)
{
    cJSON *list = cJSON_AddArrayToObject(r->out, key);
    const char *url;

    for (int i = 0; (url = related(r, type, prefix, i)) != NULL; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(url));
}

static const char *scene_name(const record *r, const char *id)
{
    const cJSON *item;

    if (r->is_burst)
        return id;
    cJSON_ArrayForEach(item, ih_json_get(ih_json_get(r->umm, "DataGranule"), "Identifiers"))
    {
        const char *type = ih_json_text(item, "IdentifierType");

        if (type && strcmp(type, "ProducerGranuleId") == 0 && ih_json_text(item, "Identifier"))
            return ih_json_text(item, "Identifier");
    }
    return id;
}

/* Without the query, and without any folder. */
static void put_file_name(const record *r, const char *id, const char *url)
{
    char name[512];
    const char *last;

    if (r->is_burst) {
        snprintf(name, sizeof name, "%s.tiff", id);
    } else {
        size_t length = url ? strcspn(url, "?#") : 0;

        last = url ? memrchr(url, '/', length) : NULL;
        snprintf(name, sizeof name, "%.*s", last ? (int)(url + length - last - 1) : 0,
                 last ? last + 1 : "");
    }
    put_text(r->out, "fileName", name);
}

static void put_burst(const record *r)
{
    cJSON *burst;

    if (!r->is_burst)
        return;
    burst = cJSON_AddObjectToObject(r->out, "burst");
    put_number(burst, "absoluteBurstID", attribute(r, "BURST_ID_ABSOLUTE"), true);
    put_text(burst, "azimuthAnxTime", attribute(r, "AZIMUTH_ANX_TIME"));
    put_text(burst, "azimuthTime", attribute(r, "AZIMUTH_TIME"));
    put_number(burst, "burstIndex", attribute(r, "BURST_INDEX"), true);
    put_text(burst, "fullBurstID", attribute(r, "BURST_ID_FULL"));
    put_number(burst, "relativeBurstID", attribute(r, "BURST_ID_RELATIVE"), true);
    put_number(burst, "samplesPerBurst", attribute(r, "SAMPLES_PER_BURST"), true);
    put_text(burst, "subswath", attribute(r, "SUBSWATH_NAME"));
}

static void put_parent(const record *r)
{
    const char *parent = cJSON_GetStringValue(first_of(r->umm, "InputGranules"));
    char name[256];
    size_t length;

    if (!r->is_burst)
        return;
    snprintf(name, sizeof name, "%s", parent ? parent : "");
    length = strlen(name);
    if (length > 4 && strcmp(name + length - 4, "-SLC") == 0)
        name[length - 4] = '\0';
    put_text(r->out, "parentScene", name);
}

/* In alphabetical order of the keys. */
static void put_properties(const record *r, const char *id)
{
    const cJSON *platform = first_of(r->umm, "Platforms");
    const cJSON *times = ih_json_get(ih_json_get(r->umm, "TemporalExtent"), "RangeDateTime");
    const cJSON *orbit = first_of(r->umm, "OrbitCalculatedSpatialDomains");
    const char *asf = attribute(r, "ASF_PLATFORM");
    const char *type = r->is_burst ? "USE SERVICE API" : "GET DATA";
    const char *url = related(r, type, "https://", 0);
    double number;

    if (r->is_burst) {
        cJSON *more = cJSON_AddArrayToObject(r->out, "additionalUrls");
        const char *second = related(r, type, "https://", 1);

        if (second)
            cJSON_AddItemToArray(more, cJSON_CreateString(second));
    }
    put_text(r->out, "beamModeType", attribute(r, "BEAM_MODE"));
    put_list(r, "browse", "GET RELATED VISUALIZATION", "https://");
    put_burst(r);
    put_number(r->out, "bytes", attribute(r, r->is_burst ? "BYTE_LENGTH" : "BYTES"), true);
    put_number(r->out, "centerLat", attribute(r, "CENTER_LAT"), false);
    put_number(r->out, "centerLon", attribute(r, "CENTER_LON"), false);
    put_text(r->out, "fileID", id);
    put_file_name(r, id, url);
    put_text(r->out, "flightDirection", attribute(r, "ASCENDING_DESCENDING"));
    put_number(r->out, "frameNumber", r->is_burst ? NULL : attribute(r, "FRAME_NUMBER"), true);
    put_text(r->out, "granuleType", attribute(r, "GRANULE_TYPE"));
    put_text(r->out, "groupID", attribute(r, "GROUP_ID"));
    put_text(r->out, "lookDirection", attribute(r, "LOOK_DIRECTION"));
    put_text(r->out, "md5sum", attribute(r, "MD5SUM"));
    if (ih_json_number(orbit, "OrbitNumber", &number))
        cJSON_AddNumberToObject(r->out, "orbit", number);
    else
        cJSON_AddNullToObject(r->out, "orbit");
    put_parent(r);
    put_number(r->out, "pathNumber", attribute(r, "PATH_NUMBER"), true);
    put_text(r->out, "pgeVersion",
             ih_json_text(ih_json_get(r->umm, "PGEVersionClass"), "PGEVersion"));
    put_text(r->out, "platform", asf ? asf : ih_json_text(platform, "ShortName"));
    put_text(r->out, "polarization", attribute(r, "POLARIZATION"));
    put_text(r->out, "processingDate",
             ih_json_text(ih_json_get(r->umm, "DataGranule"), "ProductionDateTime"));
    put_text(r->out, "processingLevel", attribute(r, "PROCESSING_TYPE"));
    put_list(r, "s3Urls", NULL, "s3://");
    put_text(r->out, "sceneName", scene_name(r, id));
    put_text(r->out, "sensor", ih_json_text(first_of(platform, "Instruments"), "ShortName"));
    put_text(r->out, "startTime", ih_json_text(times, "BeginningDateTime"));
    put_text(r->out, "stopTime", ih_json_text(times, "EndingDateTime"));
    put_text(r->out, "url", url);
}

static void put_extras(const record *r, cJSON *extras)
{
    static const char *const names[] = {
        "ASC_NODE_TIME",    "SV_POSITION_PRE",  "SV_POSITION_POST", "SV_VELOCITY_PRE",
        "SV_VELOCITY_POST", "ACQUISITION_DATE", "NEAR_START_LAT",   "NEAR_START_LON",
        "FAR_START_LAT",    "FAR_START_LON",    "NEAR_END_LAT",     "NEAR_END_LON",
        "FAR_END_LAT",      "FAR_END_LON",      "FARADAY_ROTATION", "OFF_NADIR_ANGLE",
        "INSAR_STACK_SIZE", "DOPPLER",          "POINTING_ANGLE"};
    const cJSON *archive =
        first_of(ih_json_get(r->umm, "DataGranule"), "ArchiveAndDistributionInformation");
    double size;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (attribute(r, names[i]))
            cJSON_AddStringToObject(extras, names[i], attribute(r, names[i]));
    if (ih_json_number(archive, "Size", &size))
        cJSON_AddNumberToObject(extras, "SIZE_MB", size);
}

static ih_status read_ring(const record *r, ih_granule *out, ih_error *err)
{
    const cJSON *polygons = ih_json_get(
        ih_json_get(ih_json_get(ih_json_get(r->umm, "SpatialExtent"), "HorizontalSpatialDomain"),
                    "Geometry"),
        "GPolygons");
    const cJSON *points =
        ih_json_get(ih_json_get(cJSON_GetArrayItem(polygons, 0), "Boundary"), "Points");
    int n = cJSON_IsArray(points) ? cJSON_GetArraySize(points) : 0;
    const cJSON *point;

    out->n_polygons = cJSON_IsArray(polygons) ? (size_t)cJSON_GetArraySize(polygons) : 0;
    if (n < 3)
        return IH_OK;
    out->ring = malloc(((size_t)n + 1) * 2 * sizeof *out->ring);
    if (!out->ring)
        return ih_fail(err, IH_E_MEMORY, "no memory for a footprint");
    cJSON_ArrayForEach(point, points)
    {
        double *at = out->ring + 2 * out->n_corners;

        if (ih_json_number(point, "Longitude", at) && ih_json_number(point, "Latitude", at + 1) &&
            fabs(at[0]) <= 360 && fabs(at[1]) <= 90)
            out->n_corners++;
    }
    if (out->n_corners > 0 &&
        memcmp(out->ring, out->ring + 2 * (out->n_corners - 1), 2 * sizeof *out->ring) != 0) {
        memcpy(out->ring + 2 * out->n_corners, out->ring, 2 * sizeof *out->ring);
        out->n_corners++;
    }
    if (out->n_corners < 4) {
        free(out->ring);
        out->ring = NULL;
        out->n_corners = 0;
    }
    return IH_OK;
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

/* A path or a frame; -1 for what cannot be one. */
static long small_number(const cJSON *object, const char *key)
{
    double number;

    return ih_json_number(object, key, &number) && number >= 0 && number <= 1e6 ? (long)number : -1;
}

static void take_facts(ih_granule *out)
{
    const cJSON *p = out->properties;

    out->id = or_empty(ih_json_text(p, "fileID"));
    out->name = or_empty(ih_json_text(p, "sceneName"));
    out->direction = or_empty(ih_json_text(p, "flightDirection"));
    out->polarization = or_empty(ih_json_text(p, "polarization"));
    out->level = or_empty(ih_json_text(p, "processingLevel"));
    out->burst = or_empty(ih_json_text(ih_json_get(p, "burst"), "fullBurstID"));
    out->path = small_number(p, "pathNumber");
    out->frame = small_number(p, "frameNumber");
}

ih_status ih_granule_read(const cJSON *item, ih_granule *out, ih_error *err)
{
    const cJSON *umm = ih_json_get(item, "umm");
    record r = {.umm = umm, .attributes = ih_json_get(umm, "AdditionalAttributes")};
    const char *id = ih_json_text(umm, "GranuleUR");
    const char *collection = ih_json_text(ih_json_get(umm, "CollectionReference"), "ShortName");
    ih_status status;

    memset(out, 0, sizeof *out);
    if (!id || !*id)
        return ih_fail(err, IH_E_DATA, "a record without a name");
    if (!cJSON_IsArray(r.attributes))
        r.attributes = NULL;
    r.is_burst = out->is_burst = collection && strcmp(collection, "SENTINEL-1_BURSTS") == 0;
    r.out = out->properties = cJSON_CreateObject();
    out->extras = cJSON_CreateObject();
    if (!out->properties || !out->extras) {
        ih_granule_free(out);
        return ih_fail(err, IH_E_MEMORY, "no memory for a record");
    }
    put_properties(&r, id);
    put_extras(&r, out->extras);
    take_facts(out);
    status = read_ring(&r, out, err);
    if (status == IH_OK &&
        (!ih_time_parse(ih_json_text(out->properties, "startTime"), &out->start) ||
         !ih_time_parse(ih_json_text(out->properties, "stopTime"), &out->stop)))
        status = ih_fail(err, IH_E_DATA, "%.100s: its record has no times", id);
    if (status != IH_OK)
        ih_granule_free(out);
    return status;
}

void ih_granule_free(ih_granule *granule)
{
    if (!granule)
        return;
    cJSON_Delete(granule->properties);
    cJSON_Delete(granule->extras);
    free(granule->ring);
    memset(granule, 0, sizeof *granule);
}

ih_status ih_granules_add(ih_granules *list, ih_granule *granule, ih_error *err)
{
    if (list->n == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 256;
        ih_granule *grown = capacity > SIZE_MAX / sizeof *grown
                                ? NULL
                                : realloc(list->items, capacity * sizeof *grown);

        if (!grown)
            return ih_fail(err, IH_E_MEMORY, "no memory for %zu records", capacity);
        list->items = grown;
        list->capacity = capacity;
    }
    list->items[list->n++] = *granule;
    memset(granule, 0, sizeof *granule);
    return IH_OK;
}

static int latest_first(const void *a, const void *b)
{
    const ih_granule *x = a, *y = b;
    double later = ih_time_difference(&y->stop, &x->stop);

    if (later != 0)
        return later > 0 ? 1 : -1;
    return strcmp(y->id, x->id);
}

/* The same burst of the same pass, cut from two overlapping slices. */
static bool same_burst(const ih_granule *a, const ih_granule *b)
{
    const char *x = ih_json_text(ih_json_get(a->properties, "burst"), "azimuthTime");
    const char *y = ih_json_text(ih_json_get(b->properties, "burst"), "azimuthTime");

    return a->is_burst && b->is_burst && a->burst[0] && strcmp(a->burst, b->burst) == 0 &&
           strcmp(a->polarization, b->polarization) == 0 && x && y && strncmp(x, y, 19) == 0;
}

/* Which of two to keep: the one processed later, else the first. */
static bool is_newer(const ih_granule *a, const ih_granule *b)
{
    const char *x = ih_json_text(a->properties, "processingDate");
    const char *y = ih_json_text(b->properties, "processingDate");

    return x && (!y || strcmp(x, y) > 0);
}

size_t ih_granules_settle(ih_granules *list)
{
    size_t kept = 0, before = list->n;

    if (list->n > 1)
        qsort(list->items, list->n, sizeof *list->items, latest_first);
    for (size_t i = 0; i < list->n; i++) {
        ih_granule *item = &list->items[i];
        ih_granule *same = NULL;

        /* A burst's twin ends within the second, so it is among the few before it. */
        for (size_t j = kept; !same && j > 0; j--) {
            ih_granule *other = &list->items[j - 1];

            if (ih_time_difference(&other->stop, &item->stop) > 2.0)
                break;
            if (strcmp(other->id, item->id) == 0 || same_burst(other, item))
                same = other;
        }
        if (same && same_burst(same, item) && is_newer(item, same)) {
            ih_granule swap = *same;

            *same = *item;
            *item = swap;
        }
        if (same) {
            ih_granule_free(item);
        } else if (kept++ < i) {
            list->items[kept - 1] = *item;
            memset(item, 0, sizeof *item);
        }
    }
    list->n = kept;
    return before - kept;
}

void ih_granules_free(ih_granules *list)
{
    if (!list)
        return;
    for (size_t i = 0; i < list->n; i++)
        ih_granule_free(&list->items[i]);
    free(list->items);
    memset(list, 0, sizeof *list);
}
