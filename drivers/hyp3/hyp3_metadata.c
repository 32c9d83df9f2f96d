/* SPDX-License-Identifier: MIT */
#include "drivers/hyp3/hyp3_metadata.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_string.h>
#include <ogr_srs_api.h>

#define SECONDS_PER_HOUR   3600
#define SECONDS_PER_MINUTE 60
#define STAMP_LENGTH       15 /* YYYYMMDDTHHMMSS */

/* Looks of the service's spacings: 4 m times the larger of range looks and five azimuth looks. */
static const struct {
    int spacing_m;
    const char *range, *azimuth;
} service_looks[] = {{80, "20", "4"}, {40, "10", "2"}, {20, "5", "1"}};

static const struct {
    enum ih_product_kind kind;
    const char *type, *processor;
} kinds[] = {
    {IH_PRODUCT_GAMMA, "INSAR_GAMMA", "GAMMA"},
    {IH_PRODUCT_GAMMA_V1, "INSAR_GAMMA", "GAMMA"},
    {IH_PRODUCT_BURST, "INSAR_ISCE_BURST", "ISCE2"},
    {IH_PRODUCT_MULTI_BURST, "INSAR_ISCE_MULTI_BURST", "ISCE2"},
    {IH_PRODUCT_MERGED, "INSAR_ISCE_MULTI_BURST", "ISCE2"},
    {IH_PRODUCT_CORNER, "INSAR_ISCE_MULTI_BURST", "ISCE2"},
};

/* Keys whose number is taken over in the text's own digits. */
static const struct {
    const char *name, *key;
} numbers[] = {
    {"EARTH_RADIUS_M", "Earth radius at nadir"},
    {"SPACECRAFT_HEIGHT_M", "Spacecraft height"},
    {"SLANT_RANGE_NEAR_M", "Slant range near"},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool digits(const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!isdigit((unsigned char)text[i]))
            return false;
    }
    return true;
}

/* Earliest YYYYMMDDTHHMMSS that starts a granule of a list: the first stamp of each granule. The
 * order of the list is the user's, so all are looked at. */
static bool earliest_stamp(const char *granules, char stamp[STAMP_LENGTH + 1])
{
    bool found = false, wanted = true;

    stamp[0] = '\0';
    for (const char *c = granules; c && *c; c++) {
        long days;
        char date[9] = "";

        if (*c == ',')
            wanted = true;
        if (!wanted || *c != '_' || strlen(c + 1) < STAMP_LENGTH || !digits(c + 1, 8) ||
            c[9] != 'T' || !digits(c + 10, 6))
            continue;
        memcpy(date, c + 1, 8);
        if (!ih_date_to_days(date, &days))
            continue;
        if (!found || strncmp(c + 1, stamp, STAMP_LENGTH) < 0) {
            memcpy(stamp, c + 1, STAMP_LENGTH);
            stamp[STAMP_LENGTH] = '\0';
        }
        found = true;
        wanted = false;
    }
    return found;
}

/* Acquisition start of the reference or the secondary, from the text before the name (bursts have
 * no time there). */
static bool start_stamp(const ih_source *source, bool reference, char stamp[STAMP_LENGTH + 1])
{
    const ih_product_name *name = &source->product;
    const char *date = reference ? name->reference_date : name->secondary_date;
    const char *time = reference ? name->reference_time : name->secondary_time;

    if (time[0]) {
        snprintf(stamp, STAMP_LENGTH + 1, "%.8sT%.6s", date, time);
        return true;
    }
    return earliest_stamp(
        ih_product_text_get(source->text, reference ? "Reference Granule" : "Secondary Granule"),
        stamp);
}

bool ih_metadata_dates(const ih_source *source, char reference[9], char secondary[9])
{
    char stamp[STAMP_LENGTH + 1];

    reference[0] = secondary[0] = '\0';
    if (source->product.kind != IH_PRODUCT_NONE) {
        memcpy(reference, source->product.reference_date, 9);
        memcpy(secondary, source->product.secondary_date, 9);
        return true;
    }
    if (!start_stamp(source, true, stamp))
        return false;
    snprintf(reference, 9, "%.8s", stamp);
    if (!start_stamp(source, false, stamp))
        return false;
    snprintf(secondary, 9, "%.8s", stamp);
    return true;
}

static char **set_date(char **list, const char *name, const char *date)
{
    return CSLSetNameValue(list, name, CPLSPrintf("%.4s-%.2s-%.2s", date, date + 4, date + 6));
}

/* A number of the text with the digits it has there. */
static char **set_number(char **list, const char *name, const ih_source *source, const char *key)
{
    double value;

    if (!ih_product_text_number(source->text, key, &value))
        return list;
    return CSLSetNameValue(list, name, ih_product_text_get(source->text, key));
}

char **ih_metadata_add_pair(char **list, const ih_source *source)
{
    char reference[9], secondary[9];
    long first, second;

    if (ih_metadata_dates(source, reference, secondary)) {
        list = set_date(list, "REFERENCE_DATE", reference);
        list = set_date(list, "SECONDARY_DATE", secondary);
        /* Never from the days of the name: versions before 4.0.3 truncated them. */
        if (ih_date_to_days(reference, &first) && ih_date_to_days(secondary, &second))
            list =
                CSLSetNameValue(list, "TEMPORAL_BASELINE_DAYS", CPLSPrintf("%ld", second - first));
    }
    return set_number(list, "PERPENDICULAR_BASELINE_M", source, "Baseline");
}

char **ih_metadata_add_sign(char **list, const ih_layer *layer)
{
    if (layer->sign == IH_SIGN_POSITIVE_AWAY)
        return CSLSetNameValue(list, "SIGN", "positive_away");
    if (layer->sign == IH_SIGN_POSITIVE_TOWARD)
        return CSLSetNameValue(list, "SIGN", "positive_toward");
    return list;
}

static const char *processor_of(const ih_source *source, const char **type)
{
    const char *unwrapper = ih_product_text_get(source->text, "Unwrapping type");

    *type = NULL;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        if (kinds[i].kind == source->product.kind) {
            *type = kinds[i].type;
            return kinds[i].processor;
        }
    }
    if (source->product.kind == IH_PRODUCT_GRANULES) {
        *type =
            strstr(source->product.name, "BURST") ? "INSAR_ISCE_BURST" : "INSAR_ISCE_MULTI_BURST";
        return "ISCE2";
    }
    /* Without a name the unwrapper tells: SNAPHU comes with ISCE2 only. */
    if (!unwrapper)
        return NULL;
    return STARTS_WITH_CI(unwrapper, "snaphu") ? "ISCE2" : "GAMMA";
}

/* Orbit of a scene name, S1A_IW_SLC__1SDV_start_stop_ORBIT_..., or of a burst name, S1_NUMBER_IW...
 */
static int orbit_of_granule(const char *granule)
{
    int field = 0;

    if (!granule || strncmp(granule, "S1", 2) != 0)
        return 0;
    if (granule[2] == '_')
        return digits(granule + 3, strnlen(granule + 3, 6))
                   ? ih_relative_orbit_of_burst(strtol(granule + 3, NULL, 10))
                   : 0;
    for (const char *c = granule; *c && *c != ','; c++) {
        if (*c == '_' && ++field == 7 && digits(c + 1, strnlen(c + 1, 6)))
            return ih_relative_orbit(granule[2], strtol(c + 1, NULL, 10));
    }
    return 0;
}

static char **add_orbit(char **list, const ih_source *source)
{
    const char *granule = ih_product_text_get(source->text, "Reference Granule");
    const char *direction = ih_product_text_get(source->text, "Reference Pass Direction");
    const char *heading_text = ih_product_text_get(source->text, "Heading");
    int orbit = source->product.relative_orbit;
    char platform = source->product.platforms[0];
    double absolute, heading;

    if (!platform && granule && strncmp(granule, "S1", 2) == 0 && granule[2] != '_')
        platform = granule[2];
    if (orbit == 0 && platform &&
        ih_product_text_number(source->text, "Reference Orbit Number", &absolute) &&
        absolute > 0.0 && absolute < 1e6)
        orbit = ih_relative_orbit(platform, (long)absolute);
    if (orbit == 0)
        orbit = orbit_of_granule(granule);
    if (orbit > 0)
        list = CSLSetNameValue(list, "RELATIVE_ORBIT", CPLSPrintf("%d", orbit));

    if (ih_product_text_number(source->text, "Heading", &heading)) {
        double turned = heading - 360.0 * round(heading / 360.0);
        if (turned == heading)
            list = CSLSetNameValue(list, "HEADING_DEG", heading_text);
        else
            list = CSLSetNameValue(list, "HEADING_DEG", CPLSPrintf("%.10g", turned));
        if (!direction)
            direction = fabs(turned) < 90.0 ? "ASCENDING" : "DESCENDING";
    }
    if (direction)
        list = CSLSetNameValue(list, "ORBIT_DIRECTION", direction);
    return list;
}

static char **add_looks(char **list, const ih_source *source)
{
    double range_looks, azimuth_looks;
    const char *range = NULL, *azimuth = NULL;

    if (ih_product_text_number(source->text, "Range looks", &range_looks) &&
        ih_product_text_number(source->text, "Azimuth looks", &azimuth_looks)) {
        range = ih_product_text_get(source->text, "Range looks");
        azimuth = ih_product_text_get(source->text, "Azimuth looks");
    }
    for (size_t i = 0; !range && i < COUNT(service_looks); i++) {
        if (service_looks[i].spacing_m == source->product.pixel_spacing_m) {
            range = service_looks[i].range;
            azimuth = service_looks[i].azimuth;
        }
    }
    if (!range)
        return list;
    list = CSLSetNameValue(list, "RANGE_LOOKS", range);
    list = CSLSetNameValue(list, "AZIMUTH_LOOKS", azimuth);
    return CSLSetNameValue(list, "LOOKS", CPLSPrintf("%.50sx%.50s", range, azimuth));
}

static char **add_spacing(char **list, const ih_source *source, const ih_layer_header *header)
{
    if (header && header->has_geotransform && header->srs && OSRIsProjected(header->srs))
        return CSLSetNameValue(list, "PIXEL_SPACING",
                               CPLSPrintf("%.10g", fabs(header->geotransform[1])));
    if (source->product.pixel_spacing_m > 0)
        return CSLSetNameValue(list, "PIXEL_SPACING",
                               CPLSPrintf("%d", source->product.pixel_spacing_m));
    return list;
}

/* Burst products before 1.0.0 have a wrong UTC time (minutes and seconds slipped); only from 1.0.0
 * on does the text say yes or no to the water mask. */
static bool utc_time_is_wrong(const ih_source *source)
{
    const char *mask = ih_product_text_get(source->text, "Water mask");

    if (source->product.kind != IH_PRODUCT_BURST && source->product.kind != IH_PRODUCT_GRANULES)
        return false;
    return !mask || !(EQUAL(mask, "yes") || EQUAL(mask, "no"));
}

static char **add_times(char **list, const ih_source *source)
{
    char stamp[STAMP_LENGTH + 1];
    double seconds;
    bool known = start_stamp(source, true, stamp);

    if (known)
        list = CSLSetNameValue(list, "REFERENCE_TIME_UTC",
                               CPLSPrintf("%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", stamp, stamp + 4,
                                          stamp + 6, stamp + 9, stamp + 11, stamp + 13));
    if (ih_product_text_number(source->text, "UTC time", &seconds) && !utc_time_is_wrong(source))
        return CSLSetNameValue(list, "UTC_TIME_SECONDS",
                               ih_product_text_get(source->text, "UTC time"));
    if (known) {
        int time = atoi(stamp + 9);
        list = CSLSetNameValue(list, "UTC_TIME_SECONDS",
                               CPLSPrintf("%d", time / 10000 * SECONDS_PER_HOUR +
                                                    time / 100 % 100 * SECONDS_PER_MINUTE +
                                                    time % 100));
    }
    return list;
}

static char **add_platforms(char **list, const ih_source *source)
{
    const char *letters = source->product.platforms;
    const char *reference = ih_product_text_get(source->text, "Reference Granule");
    const char *secondary = ih_product_text_get(source->text, "Secondary Granule");

    if (letters[0] && letters[1])
        return CSLSetNameValue(list, "PLATFORMS", CPLSPrintf("S1%c,S1%c", letters[0], letters[1]));
    if (reference && secondary && strncmp(reference, "S1", 2) == 0 &&
        strncmp(secondary, "S1", 2) == 0 && isupper((unsigned char)reference[2]) &&
        isupper((unsigned char)secondary[2]))
        return CSLSetNameValue(list, "PLATFORMS",
                               CPLSPrintf("S1%c,S1%c", reference[2], secondary[2]));
    return list;
}

static char **add_reference_point(char **list, const ih_source *source)
{
    static const char *const axes[] = {"X", "Y"};

    for (int i = 0; i < 2; i++) {
        char prefix[80], name[32];
        const char *value;
        char *end = NULL;

        snprintf(prefix, sizeof prefix, "%s coordinate of the reference point in the map", axes[i]);
        snprintf(name, sizeof name, "REFERENCE_POINT_%s", axes[i]);
        value = ih_product_text_get_prefix(source->text, prefix);
        if (!value) {
            snprintf(prefix, sizeof prefix, "%s of the reference point in MAP", axes[i]);
            value = ih_product_text_get_prefix(source->text, prefix);
        }
        if (!value || !isfinite(CPLStrtod(value, &end)) || end == value)
            continue;
        list = CSLSetNameValue(list, name, value);
    }
    return list;
}

static char **add_water_mask(char **list, const ih_source *source)
{
    int masked = ih_product_text_flag(source->text, "Water mask");

    if (masked < 0 && source->product.kind != IH_PRODUCT_NONE)
        masked = source->product.water_masked;
    if (masked < 0)
        return list;
    return CSLSetNameValue(list, "WATER_MASK", masked ? "YES" : "NO");
}

static char **set_text(char **list, const char *name, const char *value)
{
    return value && value[0] ? CSLSetNameValue(list, name, value) : list;
}

char **ih_metadata_of_product(const ih_source *source, const ih_layer_header *header)
{
    const ih_product_text *text = source->text;
    const char *type;
    const char *processor = processor_of(source, &type);
    char **list = NULL;

    list = set_text(list, "PRODUCT_TYPE", type);
    list = set_text(list, "PRODUCT_NAME", source->name);
    list = ih_metadata_add_pair(list, source);
    list = add_orbit(list, source);
    list = add_looks(list, source);
    list = add_spacing(list, source, header);
    list = add_water_mask(list, source);
    list = CSLSetNameValue(list, "WAVELENGTH_M", IH_WAVELENGTH_M);
    list = set_text(list, "REFERENCE_GRANULE", ih_product_text_get(text, "Reference Granule"));
    list = set_text(list, "SECONDARY_GRANULE", ih_product_text_get(text, "Secondary Granule"));
    list = add_times(list, source);
    list = set_text(list, "PROCESSOR", processor);
    list = set_text(list, "UNWRAPPER", ih_product_text_get(text, "Unwrapping type"));
    for (size_t i = 0; i < COUNT(numbers); i++)
        list = set_number(list, numbers[i].name, source, numbers[i].key);
    list = add_reference_point(list, source);
    list = add_platforms(list, source);
    list = set_text(list, "POLARIZATION", source->product.polarization);
    list = set_text(list, "SWATHS", source->product.swaths);
    if (header)
        list = CSLSetNameValue(list, GDALMD_AREA_OR_POINT,
                               header->point ? GDALMD_AOP_POINT : GDALMD_AOP_AREA);
    return list;
}

char **ih_metadata_of_text(const ih_source *source)
{
    char **list = NULL;

    for (size_t i = 0; source->text && i < ih_product_text_count(source->text); i++)
        list = CSLSetNameValue(list, ih_product_text_key(source->text, i),
                               ih_product_text_value(source->text, i));
    return list;
}
