/* SPDX-License-Identifier: MIT */
#include "utilities/lib/wrap_input.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>

#include "algorithms/alloc.h"
#include "algorithms/phase_wrapping.h"
#include "drivers/hyp3/layers.h"
#include "utilities/lib/pairs_csv.h"

static const struct unit {
    const char *name;
    ih_wrap_kind kind;
    double metres;
} units[] = {
    {"m", IH_WRAP_LENGTH, 1},        {"metre", IH_WRAP_LENGTH, 1},  {"meter", IH_WRAP_LENGTH, 1},
    {"metres", IH_WRAP_LENGTH, 1},   {"meters", IH_WRAP_LENGTH, 1}, {"cm", IH_WRAP_LENGTH, 1e-2},
    {"mm", IH_WRAP_LENGTH, 1e-3},    {"m/year", IH_WRAP_RATE, 1},   {"m/yr", IH_WRAP_RATE, 1},
    {"cm/year", IH_WRAP_RATE, 1e-2}, {"cm/yr", IH_WRAP_RATE, 1e-2}, {"mm/year", IH_WRAP_RATE, 1e-3},
    {"mm/yr", IH_WRAP_RATE, 1e-3},   {"rad", IH_WRAP_PHASE, NAN},   {"radian", IH_WRAP_PHASE, NAN},
    {"radians", IH_WRAP_PHASE, NAN},
};

static const struct unit *find_unit(const char *name)
{
    for (size_t i = 0; name && i < sizeof units / sizeof *units; i++)
        if (strcasecmp(units[i].name, name) == 0)
            return &units[i];
    return NULL;
}

/* The layer that a file is by its name alone, as when it was taken out of its product; NULL for
 * none. */
static const ih_layer *layer_of_name(const char *path)
{
    int index = ih_layer_of_file(CPLGetFilename(path), NULL);

    return index < 0 ? NULL : ih_layer_at((size_t)index);
}

static const struct unit *unit_of_band(const ih_wrap_input *in, const ih_wrap_options *options,
                                       int band)
{
    const ih_layer *layer = in->unit_from_name ? layer_of_name(in->path) : NULL;
    const char *own = GDALGetRasterUnitType(GDALGetRasterBand(in->dataset, band));

    if (options->unit)
        return find_unit(options->unit);
    return find_unit(layer ? layer->unit : own);
}

static const char *description_of(const ih_wrap_input *in, int band)
{
    const char *text = GDALGetDescription(GDALGetRasterBand(in->dataset, band));

    return text ? text : "";
}

static bool is_deviation(const char *description)
{
    return strstr(description, "standard deviation") != NULL;
}

static const char *item_of_band(const ih_wrap_input *in, int band, const char *name)
{
    return GDALGetMetadataItem(GDALGetRasterBand(in->dataset, band), name, NULL);
}

/* Days of the date a band stands for; 0 when it has none. */
static int days_of_band(const ih_wrap_input *in, int band, int32_t *days)
{
    const char *date = item_of_band(in, band, "DATE");

    return ih_days_of_iso_date(date ? date : description_of(in, band), days);
}

/* The band of a word of -b: a number, a date or a description; 0 for none. */
static int find_band(const ih_wrap_input *in, const char *word)
{
    int n = GDALGetRasterCount(in->dataset);
    int32_t wanted, days;
    char *end;
    long number = strtol(word, &end, 10);

    for (int band = 1; band <= n; band++)
        if (strcasecmp(description_of(in, band), word) == 0)
            return band;
    if (end != word && *end == '\0' && number >= 1 && number <= n)
        return (int)number;
    if (!ih_days_of_iso_date(word, &wanted))
        return 0;
    for (int band = 1; band <= n; band++)
        if (days_of_band(in, band, &days) && days == wanted)
            return band;
    return 0;
}

static ih_status no_band(const ih_wrap_input *in, const char *word, ih_error *err)
{
    char list[600];
    size_t used = 0;
    int n = GDALGetRasterCount(in->dataset);

    list[0] = '\0';
    for (int band = 1; band <= n && used < sizeof list - 80; band++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%.60s", band > 1 ? ", " : "",
                                 description_of(in, band)[0] ? description_of(in, band) : "-");
    return ih_fail(err, IH_E_ARGUMENT, "%s has no band %s; its %d bands are: %s", in->path, word, n,
                   list);
}

/* Bands by what they are; *n of them in bands, which has room for all. */
static void choose_bands(const ih_wrap_input *in, const ih_wrap_options *options, int *bands,
                         size_t *n)
{
    static const char *const layers[] = {"unw_phase", "wrapped_phase"};
    const struct unit *first = NULL;
    int count = GDALGetRasterCount(in->dataset);

    *n = 0;
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
        for (int band = 1; band <= count; band++)
            if (strcasecmp(description_of(in, band), layers[i]) == 0) {
                bands[(*n)++] = band;
                return;
            }
    for (int band = 1; band <= count; band++) {
        const struct unit *unit = unit_of_band(in, options, band);

        if (!unit || is_deviation(description_of(in, band)))
            continue;
        if (!first)
            first = unit;
        if (unit->kind == first->kind &&
            (unit == first || unit->metres == first->metres || first->kind == IH_WRAP_PHASE))
            bands[(*n)++] = band;
    }
}

static ih_status find_bands(const ih_wrap_input *in, const ih_wrap_options *options, int *bands,
                            size_t *n, ih_error *err)
{
    *n = 0;
    if (!options->bands) {
        choose_bands(in, options, bands, n);
        if (*n == 0)
            return ih_fail(err, IH_E_ARGUMENT,
                           "%s: no band says that it is in metres, metres per year or radians; say "
                           "so with -unit",
                           in->path);
        return IH_OK;
    }
    for (char **word = options->bands; *word; word++) {
        int band = find_band(in, *word);

        if (band == 0)
            return no_band(in, *word, err);
        for (size_t i = 0; i < *n; i++)
            if (bands[i] == band)
                return ih_fail(err, IH_E_ARGUMENT, "-b %s: band %d is given twice", *word, band);
        bands[(*n)++] = band;
    }
    return IH_OK;
}

static double wavelength_of(GDALMajorObjectH object)
{
    static const char *const keys[] = {"WAVELENGTH_M", "WAVELENGTH_METRES", "WAVELENGTH"};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *text = GDALGetMetadataItem(object, keys[i], NULL);

        if (text && CPLAtof(text) > 0)
            return CPLAtof(text);
    }
    return NAN;
}

static void find_wavelength(ih_wrap_input *in, const ih_wrap_options *options, int band)
{
    in->wavelength_m = options->wavelength_m;
    if (isnan(in->wavelength_m))
        in->wavelength_m = wavelength_of(in->dataset);
    if (isnan(in->wavelength_m))
        in->wavelength_m = wavelength_of(GDALGetRasterBand(in->dataset, band));
}

static ih_status need_wavelength(const ih_wrap_input *in, const char *why, ih_error *err)
{
    return ih_fail(
        err, IH_E_ARGUMENT,
        "%s: the wavelength is needed %s and is not in the metadata (WAVELENGTH_M); give "
        "-wavelength METRES (Sentinel-1: 0.0554658)",
        in->path, why);
}

/* The motion that makes a fringe, in metres or radians: the other follows from the wavelength. */
static ih_status find_cycle(ih_wrap_input *in, const ih_wrap_options *options, ih_error *err)
{
    double phase_per_metre = 4 * M_PI / in->wavelength_m, value = 2 * M_PI;
    const struct unit *unit = find_unit("rad");
    char *end;

    if (options->cycle) {
        value = CPLStrtod(options->cycle, &end);
        while (*end == ' ')
            end++;
        unit = find_unit(*end ? end : "m");
        if (end == options->cycle || !unit || unit->kind == IH_WRAP_RATE || !(value > 0) ||
            !isfinite(value))
            return ih_fail(err, IH_E_ARGUMENT,
                           "-cycle %s: a positive number of m, cm, mm or rad is needed",
                           options->cycle);
    }
    if (unit->kind == IH_WRAP_PHASE) {
        in->cycle_rad = value;
        in->cycle_m = value / phase_per_metre;
    } else {
        in->cycle_m = value * unit->metres;
        in->cycle_rad = in->cycle_m * phase_per_metre;
    }
    if (in->kind == IH_WRAP_PHASE && isnan(in->cycle_rad))
        return need_wavelength(in, "for a cycle in metres of a phase", err);
    if (in->kind != IH_WRAP_PHASE && isnan(in->cycle_m))
        return need_wavelength(in, "for a fringe of half a wavelength", err);
    if (options->quantity == IH_WRAP_METRES && isnan(in->cycle_m))
        return need_wavelength(in, "for -as metres", err);
    return IH_OK;
}

/* Which motion makes the values grow: stated by the band, else phase grows with distance and
 * displacement toward the satellite. */
static ih_wrap_direction direction_of(const ih_wrap_input *in, int band)
{
    const char *sign = item_of_band(in, band, "SIGN");
    const ih_layer *layer = in->unit_from_name ? layer_of_name(in->path) : NULL;

    if (sign && strcasecmp(sign, "positive_toward") == 0)
        return IH_WRAP_TOWARD;
    if (sign && strcasecmp(sign, "positive_away") == 0)
        return IH_WRAP_AWAY;
    if (layer && layer->sign != IH_SIGN_NONE)
        return layer->sign == IH_SIGN_POSITIVE_TOWARD ? IH_WRAP_TOWARD : IH_WRAP_AWAY;
    return in->kind == IH_WRAP_PHASE ? IH_WRAP_AWAY : IH_WRAP_TOWARD;
}

static void find_reference(ih_wrap_input *in)
{
    const char *x = GDALGetMetadataItem(in->dataset, "REFERENCE_POINT_X", NULL);
    const char *y = GDALGetMetadataItem(in->dataset, "REFERENCE_POINT_Y", NULL);

    in->has_reference = in->kind == IH_WRAP_PHASE && x && y &&
                        ih_grid_locate(&in->grid, CPLAtof(x), CPLAtof(y), &in->reference_column,
                                       &in->reference_row);
}

static ih_status find_scale(ih_wrap_input *in, const ih_wrap_options *options, const int *bands,
                            size_t n, ih_error *err)
{
    const struct unit *unit = unit_of_band(in, options, bands[0]);
    ih_wrap_direction direction;
    ih_status status;

    if (!unit)
        return ih_fail(err, IH_E_ARGUMENT, "%s: the unit of band %d is %s; give -unit", in->path,
                       bands[0], options->unit ? options->unit : "unknown");
    in->kind = unit->kind;
    in->unit = unit->name;
    in->metres_per_unit = unit->metres;
    find_reference(in);
    direction = direction_of(in, bands[0]);
    for (size_t i = 1; i < n; i++)
        if (unit_of_band(in, options, bands[i]) != unit || direction_of(in, bands[i]) != direction)
            return ih_fail(err, IH_E_ARGUMENT,
                           "%s: bands %d and %d differ in unit or sign; wrap them "
                           "one by one (-b)",
                           in->path, bands[0], bands[i]);
    find_wavelength(in, options, bands[0]);
    status = find_cycle(in, options, err);
    if (in->kind == IH_WRAP_PHASE)
        in->cycles_per_unit = 1 / in->cycle_rad;
    else
        in->cycles_per_unit =
            in->metres_per_unit / in->cycle_m * (in->kind == IH_WRAP_RATE ? options->years : 1);
    if (direction != (ih_wrap_direction)options->direction)
        in->cycles_per_unit = -in->cycles_per_unit;
    return status;
}

static void set_no_data(ih_wrap_input *in, const ih_wrap_options *options, ih_wrap_item *item)
{
    GDALRasterBandH band = GDALGetRasterBand(in->dataset, item->band);
    const ih_layer *layer = layer_of_name(in->path);
    int flags = GDALGetMaskFlags(band), declared = FALSE;

    item->no_data = GDALGetRasterNoDataValue(band, &declared);
    item->masked = !(flags & (GMF_ALL_VALID | GMF_NODATA));
    /* A no-data value such as -3.4e38 is declared with more digits than floats have. */
    if (GDALGetRasterDataType(band) == GDT_Float32)
        item->no_data = (double)(float)item->no_data;
    if (options->no_data_given) {
        item->no_data = options->no_data;
    } else if (!declared) {
        item->no_data = NAN;
        /* Layers of products have 0 where nothing was measured, and some do not declare it. */
        if (layer && layer->zero_is_nodata && GDALGetRasterCount(in->dataset) == 1) {
            item->no_data = 0;
            in->no_data_from_name = true;
        }
    }
}

/* YYYY-MM-DD without the dashes, into text of 9. */
static void compact(const char *iso, char *text)
{
    snprintf(text, 9, "%.4s%.2s%.2s", iso, iso + 5, iso + 8);
}

/* Letters, digits, dots and underscores of a description, else the number of the band. */
static char *tag_of_description(const char *description, int band)
{
    size_t length = strlen(description);
    char *tag;

    if (length == 0 || length > 60)
        return CPLStrdup(CPLSPrintf("band%d", band));
    tag = CPLStrdup(description);
    for (char *c = tag; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '_' && *c != '.')
            *c = '_';
    return tag;
}

/* Dates between which an item tells the motion, where they are known; "" else. */
static void dates_of_item(const ih_wrap_input *in, const ih_wrap_item *item, char first[16],
                          char last[16])
{
    const char *reference = item_of_band(in, item->band, "REFERENCE_DATE");
    const char *secondary = item_of_band(in, item->band, "SECONDARY_DATE");
    int32_t days;

    first[0] = last[0] = '\0';
    if (days_of_band(in, item->band, &days)) {
        ih_iso_date(days, last);
        reference = GDALGetMetadataItem(in->dataset, "REFERENCE_DATE", NULL);
    } else {
        if (!secondary && in->kind != IH_WRAP_RATE) {
            reference = GDALGetMetadataItem(in->dataset, "REFERENCE_DATE", NULL);
            secondary = GDALGetMetadataItem(in->dataset, "SECONDARY_DATE", NULL);
        }
        if (secondary && ih_days_of_iso_date(secondary, &days))
            ih_iso_date(days, last);
    }
    if (item->subtracted && days_of_band(in, item->subtracted, &days))
        ih_iso_date(days, first);
    else if (last[0] && reference && ih_days_of_iso_date(reference, &days))
        ih_iso_date(days, first);
}

static void describe_item(ih_wrap_input *in, ih_wrap_item *item, bool is_interval)
{
    char first[16], last[16], compact_first[9], compact_last[9];
    const char *own = description_of(in, item->band);
    char **metadata = GDALGetMetadata(GDALGetRasterBand(in->dataset, item->band), NULL);
    int32_t days;

    dates_of_item(in, item, first, last);
    if (first[0])
        compact(first, compact_first);
    if (last[0])
        compact(last, compact_last);
    if (is_interval) {
        item->description = CPLStrdup(CPLSPrintf("%s_%s", first, last));
        item->tag = CPLStrdup(CPLSPrintf("%s_%s", compact_first, compact_last));
    } else if (days_of_band(in, item->band, &days)) {
        item->description = CPLStrdup(last);
        item->tag = CPLStrdup(compact_last);
    } else {
        item->description = CPLStrdup(own);
        item->tag = tag_of_description(own, item->band);
    }
    for (char **m = metadata; m && *m; m++)
        if (!STARTS_WITH_CI(*m, "STATISTICS_") && !STARTS_WITH_CI(*m, "SIGN="))
            item->metadata = CSLAddString(item->metadata, *m);
    if (first[0])
        item->metadata = CSLSetNameValue(item->metadata, "REFERENCE_DATE", first);
    if (last[0])
        item->metadata = CSLSetNameValue(item->metadata, "SECONDARY_DATE", last);
}

/* What every item subtracts: the band of a date, the band before, or nothing. */
static ih_status pair_up(ih_wrap_input *in, const ih_wrap_options *options, const int *bands,
                         size_t n, ih_error *err)
{
    bool is_interval = options->series == IH_WRAP_INTERVAL;
    int reference = 0;
    int32_t days, before = 0;

    if (is_interval || options->reference_date) {
        for (size_t i = 0; i < n; i++) {
            if (in->kind == IH_WRAP_RATE || !days_of_band(in, bands[i], &days))
                return ih_fail(err, IH_E_ARGUMENT, "%s: band %d has no date; %s is for a series",
                               in->path, bands[i],
                               is_interval ? "-series interval" : "-reference_date");
            if (is_interval && i > 0 && days <= before)
                return ih_fail(err, IH_E_ARGUMENT, "%s: the dates of bands %d and %d do not ascend",
                               in->path, bands[i - 1], bands[i]);
            before = days;
        }
    }
    if (is_interval && n < 2)
        return ih_fail(err, IH_E_ARGUMENT, "%s: an interval needs two dates", in->path);
    if (options->reference_date) {
        if (!ih_days_of_iso_date(options->reference_date, &days))
            return ih_fail(err, IH_E_ARGUMENT, "-reference_date %s is no date",
                           options->reference_date);
        reference = find_band(in, options->reference_date);
        if (reference == 0)
            return no_band(in, options->reference_date, err);
    }
    in->n_items = is_interval ? n - 1 : n;
    in->items = ih_calloc(in->n_items, sizeof *in->items);
    if (!in->items)
        return ih_fail(err, IH_E_MEMORY, "a list of %zu bands", n);
    for (size_t i = 0; i < in->n_items; i++) {
        ih_wrap_item *item = &in->items[i];

        item->band = bands[is_interval ? i + 1 : i];
        item->subtracted = is_interval ? bands[i] : reference;
        set_no_data(in, options, item);
        describe_item(in, item, is_interval);
    }
    return IH_OK;
}

/* Files of the items must differ in their names. */
static void make_tags_differ(ih_wrap_input *in)
{
    bool alike = false;

    for (size_t i = 1; i < in->n_items && !alike; i++)
        for (size_t k = 0; k < i && !alike; k++)
            alike = strcasecmp(in->items[i].tag, in->items[k].tag) == 0;
    for (size_t i = 0; i < in->n_items && alike; i++) {
        CPLFree(in->items[i].tag);
        in->items[i].tag = CPLStrdup(CPLSPrintf("band%d", in->items[i].band));
    }
}

static ih_status open_mask(ih_wrap_input *in, const char *path, ih_error *err)
{
    CPLErrorReset();
    CPLPushErrorHandler(CPLQuietErrorHandler);
    in->mask = GDALOpenEx(path, GDAL_OF_RASTER | GDAL_OF_VERBOSE_ERROR, NULL, NULL, NULL);
    CPLPopErrorHandler();
    if (!in->mask)
        return ih_fail(err, IH_E_IO, "-mask %s cannot be opened: %s", path, CPLGetLastErrorMsg());
    if ((size_t)GDALGetRasterXSize(in->mask) != in->grid.nx ||
        (size_t)GDALGetRasterYSize(in->mask) != in->grid.ny)
        return ih_fail(err, IH_E_ARGUMENT, "-mask %s has %d x %d pixels, %s has %zu x %zu", path,
                       GDALGetRasterXSize(in->mask), GDALGetRasterYSize(in->mask), in->path,
                       in->grid.nx, in->grid.ny);
    return IH_OK;
}

static ih_status open_dataset(const char *path, ih_wrap_input *in, ih_error *err)
{
    static const double identity[6] = {0, 1, 0, 0, 0, 1};
    double geotransform[6];
    char **subdatasets;

    CPLErrorReset();
    CPLPushErrorHandler(CPLQuietErrorHandler);
    in->dataset = GDALOpenEx(path, GDAL_OF_RASTER | GDAL_OF_VERBOSE_ERROR, NULL, NULL, NULL);
    CPLPopErrorHandler();
    if (!in->dataset)
        return ih_fail(err, IH_E_IO, "%s cannot be opened: %s", path, CPLGetLastErrorMsg());
    subdatasets = GDALGetMetadata(in->dataset, "SUBDATASETS");
    if (GDALGetRasterCount(in->dataset) == 0)
        return ih_fail(err, IH_E_ARGUMENT, "%s has no bands%s%s", path,
                       subdatasets ? "; give one of its subdatasets, such as " : "",
                       subdatasets ? strchr(subdatasets[0], '=') + 1 : "");
    if (GDALGetGeoTransform(in->dataset, geotransform) != CE_None)
        memcpy(geotransform, identity, sizeof identity);
    in->srs = GDALGetSpatialRef(in->dataset);
    return ih_grid_from_geotransform(geotransform, (size_t)GDALGetRasterXSize(in->dataset),
                                     (size_t)GDALGetRasterYSize(in->dataset), &in->grid, err);
}

/* Whether the unit has to be taken from the file's name. */
static bool has_no_unit(const ih_wrap_input *in)
{
    const char *unit = GDALGetRasterUnitType(GDALGetRasterBand(in->dataset, 1));

    return GDALGetRasterCount(in->dataset) == 1 && (!unit || !unit[0]) && layer_of_name(in->path);
}

ih_status ih_wrap_input_open(const char *path, const ih_wrap_options *options, ih_wrap_input *in,
                             ih_error *err)
{
    ih_status status;
    int *bands = NULL;
    size_t n = 0;

    memset(in, 0, sizeof *in);
    in->path = path;
    if (options->unit && !find_unit(options->unit))
        return ih_fail(err, IH_E_ARGUMENT,
                       "-unit %s is not known: m, cm, mm, m/year, cm/year, mm/year or rad",
                       options->unit);
    status = open_dataset(path, in, err);
    if (status == IH_OK && options->mask)
        status = open_mask(in, options->mask, err);
    if (status != IH_OK)
        goto done;
    in->unit_from_name = !options->unit && has_no_unit(in);
    bands = ih_calloc((size_t)GDALGetRasterCount(in->dataset), sizeof *bands);
    if (!bands) {
        status = ih_fail(err, IH_E_MEMORY, "a list of bands");
        goto done;
    }
    status = find_bands(in, options, bands, &n, err);
    if (status == IH_OK)
        status = find_scale(in, options, bands, n, err);
    if (status == IH_OK)
        status = pair_up(in, options, bands, n, err);
    if (status == IH_OK) {
        in->n_left_out = GDALGetRasterCount(in->dataset) - (int)n;
        make_tags_differ(in);
    }

done:
    free(bands);
    if (status != IH_OK)
        ih_wrap_input_close(in);
    return status;
}

void ih_wrap_input_close(ih_wrap_input *in)
{
    for (size_t i = 0; i < in->n_items; i++) {
        CPLFree(in->items[i].description);
        CPLFree(in->items[i].tag);
        CSLDestroy(in->items[i].metadata);
    }
    free(in->items);
    if (in->mask)
        GDALClose(in->mask);
    if (in->dataset)
        GDALClose(in->dataset);
    memset(in, 0, sizeof *in);
}

ih_status ih_wrap_rows_new(const ih_wrap_input *in, size_t most_rows, ih_wrap_rows *out,
                           ih_error *err)
{
    bool subtracts = in->items[0].subtracted != 0, masks = false;

    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < in->n_items; i++)
        masks = masks || in->items[i].masked;
    if (most_rows > SIZE_MAX / in->grid.nx)
        return ih_fail(err, IH_E_MEMORY, "rows of %zu pixels", in->grid.nx);
    out->n = most_rows * in->grid.nx;
    out->values = ih_alloc(out->n, sizeof *out->values);
    if (subtracts)
        out->subtracted = ih_alloc(out->n, sizeof *out->subtracted);
    if (masks)
        out->mask = ih_alloc(out->n, 1);
    if (in->mask)
        out->user_mask = ih_alloc(out->n, 1);
    if (!out->values || (subtracts && !out->subtracted) || (masks && !out->mask) ||
        (in->mask && !out->user_mask)) {
        ih_wrap_rows_free(out);
        return ih_fail(err, IH_E_MEMORY, "%zu rows of %zu pixels", most_rows, in->grid.nx);
    }
    return IH_OK;
}

void ih_wrap_rows_free(ih_wrap_rows *rows)
{
    free(rows->values);
    free(rows->subtracted);
    free(rows->mask);
    free(rows->user_mask);
    memset(rows, 0, sizeof *rows);
}

static ih_status transfer(const ih_wrap_input *in, GDALRasterBandH band, size_t row, size_t n_rows,
                          void *data, GDALDataType type, ih_error *err)
{
    CPLErrorReset();
    if (GDALRasterIO(band, GF_Read, 0, (int)row, (int)in->grid.nx, (int)n_rows, data,
                     (int)in->grid.nx, (int)n_rows, type, 0, 0))
        return ih_fail(err, IH_E_IO, "%s: rows from %zu cannot be read: %s", in->path, row,
                       CPLGetLastErrorMsg());
    return IH_OK;
}

static void blank(const uint8_t *mask, size_t n, double *values)
{
    for (size_t i = 0; i < n; i++)
        if (!mask[i])
            values[i] = NAN;
}

/* A band with NaN where it has no data. */
static ih_status read_band(const ih_wrap_input *in, ih_wrap_rows *rows, const ih_wrap_item *item,
                           int number, size_t row, size_t n_rows, double *values, ih_error *err)
{
    GDALRasterBandH band = GDALGetRasterBand(in->dataset, number);
    size_t n = n_rows * in->grid.nx;
    ih_status status = transfer(in, band, row, n_rows, values, GDT_Float64, err);
    size_t reference;
    bool keep;

    keep = status == IH_OK && in->has_reference && item->no_data == 0 && in->reference_row >= row &&
           in->reference_row < row + n_rows;
    reference = keep ? (in->reference_row - row) * in->grid.nx + in->reference_column : 0;
    keep = keep && values[reference] == 0;
    for (size_t i = 0; status == IH_OK && !isnan(item->no_data) && i < n; i++)
        if (values[i] == item->no_data)
            values[i] = NAN;
    if (keep)
        values[reference] = 0;
    if (status == IH_OK && item->masked) {
        status = transfer(in, GDALGetMaskBand(band), row, n_rows, rows->mask, GDT_Byte, err);
        if (status == IH_OK)
            blank(rows->mask, n, values);
    }
    return status;
}

ih_status ih_wrap_rows_begin(const ih_wrap_input *in, ih_wrap_rows *rows, size_t row, size_t n_rows,
                             ih_error *err)
{
    GDALRasterBandH band = in->mask ? GDALGetRasterBand(in->mask, 1) : NULL;
    size_t n = n_rows * in->grid.nx;
    int declared = FALSE;
    double no_data = band ? GDALGetRasterNoDataValue(band, &declared) : 0;
    ih_status status = IH_OK;

    if (n > rows->n)
        return ih_fail(err, IH_E_ARGUMENT, "%zu rows are too many", n_rows);
    rows->values_band = rows->subtracted_band = 0;
    if (!band)
        return IH_OK;
    status = transfer(in, band, row, n_rows, rows->values, GDT_Float64, err);
    for (size_t i = 0; status == IH_OK && i < n; i++) {
        double value = rows->values[i];

        rows->user_mask[i] = value != 0 && !isnan(value) && !(declared && value == no_data);
    }
    return status;
}

ih_status ih_wrap_rows_read(const ih_wrap_input *in, ih_wrap_rows *rows, size_t index, size_t row,
                            size_t n_rows, double *turns, ih_error *err)
{
    const ih_wrap_item *item = &in->items[index];
    size_t n = n_rows * in->grid.nx;
    ih_status status = IH_OK;

    /* In a series of intervals the band read for the item before is what this one subtracts. */
    if (item->subtracted && rows->values_band == item->subtracted) {
        double *values = rows->values;

        rows->values = rows->subtracted;
        rows->subtracted = values;
        rows->subtracted_band = item->subtracted;
        rows->values_band = 0;
    }
    if (item->subtracted && rows->subtracted_band != item->subtracted) {
        status = read_band(in, rows, item, item->subtracted, row, n_rows, rows->subtracted, err);
        rows->subtracted_band = item->subtracted;
    }
    if (status == IH_OK)
        status = read_band(in, rows, item, item->band, row, n_rows, rows->values, err);
    rows->values_band = item->band;
    if (status != IH_OK)
        return status;
    ih_wrap_values(rows->values, item->subtracted ? rows->subtracted : NULL, n, in->cycles_per_unit,
                   turns);
    if (rows->user_mask)
        blank(rows->user_mask, n, turns);
    return IH_OK;
}
