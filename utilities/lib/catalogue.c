/* SPDX-License-Identifier: MIT */
#include "utilities/lib/catalogue.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <gdal.h>

#include "algorithms/alloc.h"
#include "drivers/hyp3/product_name.h"
#include "utilities/lib/cli.h"
#include "utilities/lib/input_words.h"
#include "utilities/lib/pairs_csv.h"
#include "utilities/lib/report.h"
#include "utilities/lib/sbas_options.h"
#include "utilities/lib/stack_facts.h"

static const char *const layer_names[IH_STACK_LAYERS] = {
    [IH_STACK_UNW] = "unw_phase",        [IH_STACK_CORR] = "corr",
    [IH_STACK_CONNCOMP] = "conncomp",    [IH_STACK_DEM] = "dem",
    [IH_STACK_LV_THETA] = "lv_theta",    [IH_STACK_LV_PHI] = "lv_phi",
    [IH_STACK_WATER_MASK] = "water_mask"};

static void clear(ih_interferogram *item)
{
    free(item->name);
    free(item->path);
    for (int i = 0; i < IH_STACK_LAYERS; i++)
        free(item->layers[i].path);
    OSRDestroySpatialReference(item->srs);
    memset(item, 0, sizeof *item);
}

/* What is behind a path that the reason starts with: the two are shown together. */
static const char *without_path(const char *what, const char *why)
{
    const char *const starts[] = {what, CPLGetFilename(what)};

    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        size_t n = strlen(starts[i]);

        if (n > 0 && strncmp(why, starts[i], n) == 0 && strncmp(why + n, ": ", 2) == 0)
            return why + n + 2;
    }
    return why;
}

static bool skip(ih_catalogue *c, const char *what, enum ih_skip_kind kind, const char *why)
{
    ih_skipped *list = realloc(c->skipped, (c->n_skipped + 1) * sizeof *list);

    why = without_path(what, why);
    if (!list)
        return false;
    c->skipped = list;
    list[c->n_skipped] = (ih_skipped){.what = strdup(what), .why = strdup(why), .kind = kind};
    c->n_skipped++;
    return list[c->n_skipped - 1].what && list[c->n_skipped - 1].why;
}

static bool add(ih_catalogue *c, const ih_interferogram *item)
{
    ih_interferogram *items = realloc(c->items, (c->count + 1) * sizeof *items);

    if (!items)
        return false;
    c->items = items;
    items[c->count] = *item;
    items[c->count].mean_coherence = items[c->count].area_ratio = NAN;
    items[c->count++].valid_fraction = NAN;
    return true;
}

/* First of several metadata items that is a number, else NaN. */
static double number_of(GDALDatasetH ds, const char *const *keys)
{
    for (; *keys; keys++) {
        const char *text = GDALGetMetadataItem(ds, *keys, NULL);
        char *end;
        double value;

        if (!text)
            continue;
        value = CPLStrtod(text, &end);
        if (end != text && isfinite(value))
            return value;
    }
    return NAN;
}

/* The names of the HYP3 driver first, then those other software leaves in its rasters. */
static void read_facts(GDALDatasetH ds, ih_interferogram *item)
{
    static const char *const wavelength[] = {"WAVELENGTH_M", "WAVELENGTH_METRES", "WAVELENGTH",
                                             NULL};
    static const char *const incidence[] = {"INCIDENCE_DEG", "INCIDENCE_DEGREES", NULL};
    static const char *const radius[] = {"EARTH_RADIUS_M", "EARTH_RADIUS", NULL};
    static const char *const height[] = {"SPACECRAFT_HEIGHT_M", NULL};
    static const char *const heading[] = {"HEADING_DEG", "HEADING", NULL};
    static const char *const range_looks[] = {"RANGE_LOOKS", "RLOOKS", NULL};
    static const char *const azimuth_looks[] = {"AZIMUTH_LOOKS", "ALOOKS", NULL};
    static const char *const baseline[] = {"PERPENDICULAR_BASELINE_M", NULL};
    static const char *const orbit[] = {"RELATIVE_ORBIT", NULL};
    static const char *const utc[] = {"UTC_TIME_SECONDS", NULL};
    static const char *const x[] = {"REFERENCE_POINT_X", NULL};
    static const char *const y[] = {"REFERENCE_POINT_Y", NULL};
    const char *direction = GDALGetMetadataItem(ds, "ORBIT_DIRECTION", NULL);
    const char *first_time = GDALGetMetadataItem(ds, "FIRST_TIME", NULL);

    item->wavelength_m = number_of(ds, wavelength);
    item->incidence_deg = number_of(ds, incidence);
    item->earth_radius_m = number_of(ds, radius);
    item->sensor_height_m = number_of(ds, height);
    item->heading_deg = number_of(ds, heading);
    item->range_looks = number_of(ds, range_looks);
    item->azimuth_looks = number_of(ds, azimuth_looks);
    item->relative_orbit = number_of(ds, orbit);
    item->utc_seconds = number_of(ds, utc);
    if (isnan(item->utc_seconds) && first_time)
        item->utc_seconds = ih_seconds_of_day(first_time);
    if (isnan(item->perpendicular_baseline_m))
        item->perpendicular_baseline_m = number_of(ds, baseline);
    item->reference_x = number_of(ds, x);
    item->reference_y = number_of(ds, y);
    item->has_reference_point = isfinite(item->reference_x) && isfinite(item->reference_y);
    if (direction && (direction[0] == 'A' || direction[0] == 'D')) {
        item->ascending_known = true;
        item->ascending = direction[0] == 'A';
    }
}

/* Grid and coordinate system; a sentence when they cannot be used. */
static const char *read_grid(GDALDatasetH ds, ih_interferogram *item)
{
    OGRSpatialReferenceH srs = GDALGetSpatialRef(ds);
    double gt[6];
    ih_error err;

    if (GDALGetGeoTransform(ds, gt) != CE_None)
        return "the raster is not georeferenced";
    if (ih_grid_from_geotransform(gt, (size_t)GDALGetRasterXSize(ds),
                                  (size_t)GDALGetRasterYSize(ds), &item->grid, &err) != IH_OK)
        return CPLSPrintf("%s", err.text);
    if (item->grid.dx < 0 || item->grid.dy > 0)
        return "the raster is not north up";
    if (srs) {
        item->srs = OSRClone(srs);
        if (item->srs)
            OSRSetAxisMappingStrategy(item->srs, OAMS_TRADITIONAL_GIS_ORDER);
    }
    return NULL;
}

static void read_file_facts(ih_interferogram *item)
{
    VSIStatBufL stat;

    if (VSIStatL(item->path, &stat) == 0) {
        item->size_bytes = (int64_t)stat.st_size;
        item->modified = (int64_t)stat.st_mtime;
    }
}

static const char *last_error(const char *otherwise)
{
    const char *text = CPLGetLastErrorMsg();

    return text && *text ? CPLSPrintf("%s", text) : otherwise;
}

/* A reason that lasts, free; those from CPLSPrintf() are overwritten by GDAL before long. */
static char *keep(const char *why)
{
    return why ? strdup(why) : NULL;
}

static GDALDatasetH open_with(const char *path, const char *driver)
{
    const char *drivers[] = {driver, NULL};

    CPLErrorReset();
    return GDALOpenEx(path, GDAL_OF_RASTER | GDAL_OF_READONLY | GDAL_OF_VERBOSE_ERROR,
                      driver ? drivers : NULL, NULL, NULL);
}

static GDALDatasetH open_quietly(const char *path, const char *driver)
{
    GDALDatasetH ds;

    CPLPushErrorHandler(CPLQuietErrorHandler);
    ds = open_with(path, driver);
    CPLPopErrorHandler();
    return ds;
}

static const char *read_product_bands(GDALDatasetH ds, ih_interferogram *item)
{
    for (int band = 1; band <= GDALGetRasterCount(ds); band++) {
        const char *name = GDALGetDescription(GDALGetRasterBand(ds, band));

        for (int i = 0; i < IH_STACK_LAYERS; i++)
            if (!item->layers[i].path && strcmp(name, layer_names[i]) == 0)
                item->layers[i] = (ih_layer_source){strdup(item->path), band};
    }
    if (!item->layers[IH_STACK_UNW].path)
        return "it has no unwrapped phase (unw_phase)";
    if (!item->layers[IH_STACK_CORR].path)
        return "it has no coherence (corr) on the grid of the phase";
    return NULL;
}

static const char *read_product_dates(GDALDatasetH ds, ih_interferogram *item)
{
    const char *reference = GDALGetMetadataItem(ds, "REFERENCE_DATE", NULL);
    const char *secondary = GDALGetMetadataItem(ds, "SECONDARY_DATE", NULL);

    if (!reference || !secondary || !ih_days_of_iso_date(reference, &item->reference_days) ||
        !ih_days_of_iso_date(secondary, &item->secondary_days))
        return "its dates are unknown";
    if (item->reference_days >= item->secondary_days)
        return "its reference date is not before its secondary date";
    return NULL;
}

/* Bursts as the name tells them: all before the dates. A burst keeps its number over all versions
 * of the products; names of other kinds hold corners or nothing, which may vary within a stack. */
static void read_identity(GDALDatasetH ds, ih_interferogram *item)
{
    const char *processor = GDALGetMetadataItem(ds, "PROCESSOR", NULL), *end;
    const char *polarisation = GDALGetMetadataItem(ds, "POLARIZATION", NULL);
    ih_product_name name;

    snprintf(item->processor, sizeof item->processor, "%s", processor ? processor : "");
    snprintf(item->polarisation, sizeof item->polarisation, "%s", polarisation ? polarisation : "");
    if (!ih_product_name_parse(item->name, &name))
        return;
    if (name.kind != IH_PRODUCT_BURST && name.kind != IH_PRODUCT_MULTI_BURST &&
        !(name.kind == IH_PRODUCT_GRANULES && strstr(name.name, "BURST")))
        return;
    end = strstr(name.name, name.reference_date);
    if (end && end > name.name)
        snprintf(item->bursts, sizeof item->bursts, "%.*s", (int)(end - name.name - 1), name.name);
}

/* Size and ends of a zip archive tell a download that failed; NULL when they look right. */
static const char *broken_archive(const char *path)
{
    static const char end_record[] = "PK\005\006";
    enum { LONGEST_END = 65536 + 22 };
    const char *why = NULL;
    char *tail = NULL;
    char head[4] = "";
    vsi_l_offset size;
    size_t n;
    VSILFILE *file = VSIFOpenL(path, "rb");

    if (!file)
        return NULL;
    VSIFSeekL(file, 0, SEEK_END);
    size = VSIFTellL(file);
    n = size < LONGEST_END ? (size_t)size : LONGEST_END;
    tail = ih_alloc(n + 1, 1);
    VSIFSeekL(file, 0, SEEK_SET);
    if (size == 0) {
        why = "it is empty";
    } else if (tail && strstr(CPLGetFilename(path), ".zip")) {
        bool complete = VSIFReadL(head, 1, 4, file) == 4 && memcmp(head, "PK", 2) == 0;

        VSIFSeekL(file, size - n, SEEK_SET);
        complete = complete && VSIFReadL(tail, 1, n, file) == n && memmem(tail, n, end_record, 4);
        if (!complete)
            why = "it is no complete zip archive";
    }
    free(tail);
    VSIFCloseL(file);
    return why;
}

static void CPL_STDCALL collect_damage(CPLErr class, CPLErrorNum number, const char *text)
{
    char ***said = CPLGetErrorHandlerUserData();

    if (class == CE_Debug)
        CPLDefaultErrorHandler(class, number, text);
    else if (class >= CE_Warning && strstr(text, "damaged"))
        *said = CSLAddString(*said, text);
}

/* What opening a product has told of damage to its text or to a layer that cannot be missing. */
static const char *needed_damage(char **said)
{
    static const char *const needed[] = {"parameter text", "layer unw_phase", "layer corr"};

    for (char **text = said; text && *text; text++)
        for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
            if (strstr(*text, needed[i]))
                return *text;
    return NULL;
}

/* Fills *item from a HyP3 product; returns why it cannot be used, free, or NULL. */
static char *read_product(const char *path, ih_interferogram *item, bool *is_product)
{
    char **said = NULL;
    GDALDatasetH ds;
    const char *why, *name;
    char *kept;

    CPLPushErrorHandlerEx(collect_damage, &said);
    ds = open_with(path, "HYP3");
    CPLPopErrorHandler();
    *is_product = ds != NULL;
    if (!ds) {
        CSLDestroy(said);
        why = broken_archive(path);
        return keep(why ? why : last_error("it is not a HyP3 InSAR product"));
    }
    item->is_hyp3 = true;
    item->path = strdup(path);
    name = GDALGetMetadataItem(ds, "PRODUCT_NAME", NULL);
    item->name = strdup(name ? name : CPLGetBasename(path));
    item->perpendicular_baseline_m = NAN;
    if (!item->path || !item->name) {
        why = "out of memory";
    } else if (GDALGetRasterCount(ds) == 0) {
        *is_product = false;
        why = "it is not a single HyP3 InSAR product";
    } else {
        why = needed_damage(said);
        if (!why)
            why = read_grid(ds, item);
        if (!why)
            why = read_product_dates(ds, item);
        if (!why)
            why = read_product_bands(ds, item);
    }
    kept = keep(why);
    CSLDestroy(said);
    if (item->name)
        read_identity(ds, item);
    read_facts(ds, item);
    read_file_facts(item);
    GDALClose(ds);
    return kept;
}

/* A product after it was opened: its facts, or why it cannot be used. */
typedef struct {
    ih_interferogram item;
    char *why;
    bool is_product;
} opened_product;

static void open_product(const char *path, opened_product *out)
{
    out->why = read_product(path, &out->item, &out->is_product);
    if (out->why)
        clear(&out->item);
}

static bool add_product(ih_catalogue *c, const ih_input *input, opened_product *opened,
                        char ***faults)
{
    const char *other = NULL, *why = opened->why ? opened->why : "";

    if (ih_product_name_is_other(CPLGetFilename(input->path), &other))
        return skip(
            c, input->path, IH_SKIP_IGNORED,
            CPLSPrintf("it is %s, not an interferogram", other ? other : "another product"));
    if (opened->item.path) {
        bool ok = add(c, &opened->item);

        memset(&opened->item, 0, sizeof opened->item);
        return ok;
    }
    /* A file named on the command line that is no product at all is a mistake to be told at once;
     * one that lay in a folder, or a damaged product, costs only itself. */
    if (!opened->is_product && !input->found && !strstr(CPLGetFilename(input->path), ".zip")) {
        *faults = CSLAddString(*faults, CPLSPrintf("%s: %s", input->path, why));
        return true;
    }
    return skip(c, input->path, IH_SKIP_UNUSABLE, why);
}

static const char *open_coherence(const char *path, const ih_interferogram *item)
{
    GDALDatasetH ds = open_quietly(path, NULL);
    ih_interferogram other = {0};
    const char *why;
    int64_t column, row;

    if (!ds)
        return last_error("the coherence cannot be opened");
    why = read_grid(ds, &other);
    GDALClose(ds);
    if (!why && (!ih_grid_offset(&item->grid, &other.grid, &column, &row, NULL) || column || row ||
                 item->grid.nx != other.grid.nx || item->grid.ny != other.grid.ny))
        why = "coherence and phase have different grids";
    OSRDestroySpatialReference(other.srs);
    return why;
}

static bool is_complex(GDALDatasetH ds)
{
    return GDALGetRasterCount(ds) > 0 &&
           GDALDataTypeIsComplex(GDALGetRasterDataType(GDALGetRasterBand(ds, 1)));
}

/* A wrapped phase or an interferogram in the place of a phase or a coherence. */
static const char *find_complex(const ih_csv_pair *pair)
{
    const char *const paths[] = {pair->unw, pair->corr};

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        GDALDatasetH ds = open_quietly(paths[i], NULL);
        bool yes = ds && is_complex(ds);

        if (ds)
            GDALClose(ds);
        if (yes)
            return CPLSPrintf("%s: its values are complex; needed are the unwrapped phase in "
                              "radians and the coherence",
                              CPLGetFilename(paths[i]));
    }
    return NULL;
}

/* Why the pair cannot be used, free, or NULL. */
static char *read_csv_pair(const ih_csv_pair *pair, ih_interferogram *item)
{
    GDALDatasetH ds = open_quietly(pair->unw, NULL);
    char *why;

    if (!ds)
        return keep(last_error("the phase cannot be opened"));
    item->reference_days = pair->reference_days;
    item->secondary_days = pair->secondary_days;
    item->perpendicular_baseline_m = pair->perpendicular_baseline_m;
    item->path = strdup(pair->unw);
    item->name = strdup(CPLGetFilename(pair->unw));
    item->layers[IH_STACK_UNW] = (ih_layer_source){strdup(pair->unw), 1};
    item->layers[IH_STACK_CORR] = (ih_layer_source){strdup(pair->corr), 1};
    if (pair->conncomp)
        item->layers[IH_STACK_CONNCOMP] = (ih_layer_source){strdup(pair->conncomp), 1};
    why = keep(GDALGetRasterCount(ds) < 1 ? "the phase has no band" : read_grid(ds, item));
    read_facts(ds, item);
    GDALClose(ds);
    if (!why && (!item->path || !item->name))
        why = keep("out of memory");
    if (!why)
        why = keep(open_coherence(pair->corr, item));
    read_file_facts(item);
    return why;
}

static bool add_csv_pairs(ih_catalogue *c, const char *path, const ih_pairs_csv *csv,
                          char ***faults)
{
    bool ok = true;

    for (size_t i = 0; ok && i < csv->n_pairs; i++) {
        const ih_csv_pair *pair = &csv->pairs[i];
        ih_interferogram item = {0};
        char *why = keep(find_complex(pair));

        if (why) {
            *faults =
                CSLAddString(*faults, CPLSPrintf("%s line %d: %s", path, (int)pair->line, why));
            free(why);
            continue;
        }
        why = read_csv_pair(pair, &item);
        if (!why) {
            ok = add(c, &item);
            continue;
        }
        ok = skip(c, pair->unw, IH_SKIP_UNUSABLE,
                  CPLSPrintf("%s line %d: %s", CPLGetFilename(path), (int)pair->line, why));
        free(why);
        clear(&item);
    }
    return ok;
}

/* Of a table of pairs; a thousand bytes a line, and there are never so many pairs. */
#define MOST_CSV_BYTES ((size_t)64 << 20)

static bool add_csv(ih_catalogue *c, const char *path, char ***faults)
{
    GByte *bytes;
    size_t size;
    ih_pairs_csv *csv = NULL;
    char *folder = NULL;
    ih_error err;
    bool ok = true;

    if (!ih_report_read(path, MOST_CSV_BYTES, &bytes, &size)) {
        *faults = CSLAddString(*faults, CPLSPrintf("%s: it cannot be read", path));
        return true;
    }
    /* A copy, because GDAL's path functions hand out buffers that they use again. */
    folder = CPLStrdup(CPLGetDirname(path));
    if (ih_pairs_csv_check_text((const char *)bytes, size, &err) != IH_OK ||
        ih_pairs_csv_parse((const char *)bytes, folder, &csv, &err) != IH_OK) {
        *faults = CSLAddString(*faults, CPLSPrintf("%s: %s", path, err.text));
    } else if (csv->faults) {
        for (char **f = csv->faults; *f; f++)
            *faults = CSLAddString(*faults, CPLSPrintf("%s %s", path, *f));
    } else {
        ok = add_csv_pairs(c, path, csv, faults);
    }
    ih_pairs_csv_free(csv);
    CPLFree(folder);
    VSIFree(bytes);
    return ok;
}

static bool same_dates(const ih_interferogram *a, const ih_interferogram *b)
{
    return a->reference_days == b->reference_days && a->secondary_days == b->secondary_days;
}

/* By pair, the last name first: products do not tell when they were processed, and the time of a
 * file is that of its copy. Of one product an extracted folder is quicker to read than its archive.
 */
static int compare_items(const void *a, const void *b)
{
    const ih_interferogram *p = a, *q = b;
    int order;

    if (p->reference_days != q->reference_days)
        return p->reference_days < q->reference_days ? -1 : 1;
    if (p->secondary_days != q->secondary_days)
        return p->secondary_days < q->secondary_days ? -1 : 1;
    order = strcmp(q->name, p->name);
    if (order == 0)
        order = (strstr(p->path, ".zip") != NULL) - (strstr(q->path, ".zip") != NULL);
    return order ? order : strcmp(p->path, q->path);
}

static ih_status keep_one_of_each_pair(ih_catalogue *c, bool keep_duplicates, ih_error *err)
{
    for (size_t i = 1; i < c->count;) {
        ih_interferogram *a = &c->items[i - 1], *b = &c->items[i];
        bool same_name = strcmp(a->name, b->name) == 0;

        if (!same_dates(a, b) || (keep_duplicates && !same_name)) {
            i++;
            continue;
        }
        if (!skip(c, b->path, IH_SKIP_DUPLICATE,
                  CPLSPrintf("%s as %s%s", same_name ? "the same name and pair" : "the same pair",
                             a->path, same_name ? "" : ", whose name is later")))
            return ih_fail(err, IH_E_MEMORY, "list of skipped products");
        clear(b);
        memmove(b, b + 1, (c->count - i - 1) * sizeof *b);
        c->count--;
    }
    return IH_OK;
}

static ih_status raise_faults(char **faults, const char *what, ih_error *err)
{
    int n = CSLCount(faults);

    if (n == 1)
        return ih_fail(err, IH_E_DATA, "%s", faults[0]);
    for (int i = 0; i < n; i++)
        CPLError(CE_Failure, CPLE_AppDefined, "%s", faults[i]);
    return n ? ih_fail(err, IH_E_DATA, "%d faults in the %s, listed above", n, what) : IH_OK;
}

/* Nothing left: then the reasons are the message. */
static ih_status check_not_empty(const ih_catalogue *c, ih_error *err)
{
    if (c->count > 0)
        return IH_OK;
    for (size_t i = 0; i < c->n_skipped; i++)
        CPLError(CE_Failure, CPLE_AppDefined, "%s: %s", c->skipped[i].what, c->skipped[i].why);
    return ih_fail(err, IH_E_DATA, "no interferogram to work on (%zu of the inputs cannot be used)",
                   c->n_skipped);
}

/* Opens the products in parallel, then adds everything in the order of the inputs. */
static bool add_inputs(ih_catalogue *c, const ih_inputs *in, int threads, char ***faults)
{
    opened_product *opened = ih_calloc(in->count ? in->count : 1, sizeof *opened);
    bool ok = opened != NULL;

    if (!ok)
        return false;
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
    for (size_t i = 0; i < in->count; i++)
        if (!in->items[i].is_csv && !ih_cli_interrupted() &&
            !ih_product_name_is_other(CPLGetFilename(in->items[i].path), NULL))
            open_product(in->items[i].path, &opened[i]);
    for (size_t i = 0; ok && i < in->count; i++)
        ok = in->items[i].is_csv ? add_csv(c, in->items[i].path, faults)
                                 : add_product(c, &in->items[i], &opened[i], faults);
    for (size_t i = 0; i < in->count; i++) {
        clear(&opened[i].item);
        free(opened[i].why);
    }
    free(opened);
    return ok;
}

static bool was_ignored(const ih_catalogue *c, const char *path)
{
    for (size_t i = 0; i < c->n_skipped; i++)
        if (c->skipped[i].kind == IH_SKIP_IGNORED && strcmp(c->skipped[i].what, path) == 0)
            return true;
    return false;
}

static bool keep_sources(ih_catalogue *c, const ih_inputs *in)
{
    c->sources = ih_calloc(in->count ? in->count : 1, sizeof *c->sources);
    for (size_t i = 0; c->sources && i < in->count; i++) {
        ih_source *source = &c->sources[c->n_sources];
        VSIStatBufL about;

        if (was_ignored(c, in->items[i].path))
            continue;
        source->path = strdup(in->items[i].path);
        if (!source->path)
            return false;
        c->n_sources++;
        if (VSIStatL(source->path, &about) == 0) {
            source->size_bytes = (int64_t)about.st_size;
            source->modified = (int64_t)about.st_mtime;
        }
    }
    return c->sources != NULL;
}

ih_status ih_catalogue_read(char **inputs, int threads, ih_catalogue **out, ih_error *err)
{
    const ih_catalogue_rules strict = {0};

    return ih_catalogue_read_by(inputs, threads, &strict, out, err);
}

ih_status ih_catalogue_read_by(char **inputs, int threads, const ih_catalogue_rules *rules,
                               ih_catalogue **out, ih_error *err)
{
    ih_catalogue *c = ih_calloc(1, sizeof *c);
    ih_inputs *in = NULL;
    char **faults = NULL;
    ih_status status = c ? ih_inputs_expand(inputs, &in, err)
                         : ih_fail(err, IH_E_MEMORY, "catalogue of the inputs");

    if (status == IH_OK) {
        faults = CSLDuplicate(in->faults);
        if (!add_inputs(c, in, threads, &faults))
            status = ih_fail(err, IH_E_MEMORY, "catalogue of the inputs");
    }
    if (status == IH_OK && !keep_sources(c, in))
        status = ih_fail(err, IH_E_MEMORY, "catalogue of the inputs");
    if (status == IH_OK && ih_cli_interrupted())
        status = ih_fail(err, IH_E_CANCELLED, "the catalogue was interrupted");
    if (status == IH_OK)
        status = raise_faults(faults, "inputs", err);
    if (status == IH_OK && c->count) {
        qsort(c->items, c->count, sizeof *c->items, compare_items);
        if (!rules->look_only && !rules->any_scene)
            status = ih_stack_facts_check_one_scene(c, rules->any_form, err);
    }
    if (status == IH_OK && !rules->look_only)
        status = keep_one_of_each_pair(c, rules->keep_duplicates, err);
    if (status == IH_OK && !rules->look_only)
        status = check_not_empty(c, err);

    CSLDestroy(faults);
    ih_inputs_free(in);
    if (status != IH_OK) {
        ih_catalogue_free(c);
        c = NULL;
    }
    *out = c;
    return status;
}

void ih_catalogue_free(ih_catalogue *catalogue)
{
    if (!catalogue)
        return;
    for (size_t i = 0; i < catalogue->count; i++)
        clear(&catalogue->items[i]);
    for (size_t i = 0; i < catalogue->n_aside; i++)
        clear(&catalogue->aside[i]);
    for (size_t i = 0; i < catalogue->n_skipped; i++) {
        free(catalogue->skipped[i].what);
        free(catalogue->skipped[i].why);
    }
    free(catalogue->items);
    free(catalogue->aside);
    free(catalogue->skipped);
    for (size_t i = 0; i < catalogue->n_sources; i++)
        free(catalogue->sources[i].path);
    free(catalogue->sources);
    free(catalogue);
}

ih_status ih_catalogue_drop(ih_catalogue *c, size_t index, const char *why, ih_error *err)
{
    return ih_catalogue_leave_out(c, index, IH_SKIP_UNUSABLE, why, err);
}

ih_status ih_catalogue_leave_out(ih_catalogue *c, size_t index, enum ih_skip_kind kind,
                                 const char *why, ih_error *err)
{
    if (!skip(c, c->items[index].path, kind, why))
        return ih_fail(err, IH_E_MEMORY, "list of skipped products");
    c->skipped[c->n_skipped - 1].reference_days = c->items[index].reference_days;
    c->skipped[c->n_skipped - 1].secondary_days = c->items[index].secondary_days;
    clear(&c->items[index]);
    memmove(c->items + index, c->items + index + 1, (c->count - index - 1) * sizeof *c->items);
    c->count--;
    return IH_OK;
}

ih_status ih_catalogue_set_aside(ih_catalogue *c, const uint8_t *keep, ih_error *err)
{
    ih_interferogram *aside = realloc(c->aside, (c->n_aside + c->count) * sizeof *aside);
    size_t n_kept = 0;

    if (!aside)
        return ih_fail(err, IH_E_MEMORY, "list of dropped pairs");
    c->aside = aside;
    for (size_t i = 0; i < c->count; i++) {
        if (keep[i])
            c->items[n_kept++] = c->items[i];
        else
            aside[c->n_aside++] = c->items[i];
    }
    c->count = n_kept;
    return IH_OK;
}

ih_status ih_catalogue_take_back(ih_catalogue *c, ih_error *err)
{
    ih_interferogram *items;

    if (c->n_aside == 0)
        return IH_OK;
    items = realloc(c->items, (c->count + c->n_aside) * sizeof *items);
    if (!items)
        return ih_fail(err, IH_E_MEMORY, "list of pairs");
    c->items = items;
    memcpy(items + c->count, c->aside, c->n_aside * sizeof *items);
    c->count += c->n_aside;
    c->n_aside = 0;
    qsort(items, c->count, sizeof *items, compare_items);
    return IH_OK;
}

int ih_catalogue_by_dates(const void *a, const void *b)
{
    const ih_interferogram *p = *(const ih_interferogram *const *)a;
    const ih_interferogram *q = *(const ih_interferogram *const *)b;

    if (p->reference_days != q->reference_days)
        return p->reference_days < q->reference_days ? -1 : 1;
    return (p->secondary_days > q->secondary_days) - (p->secondary_days < q->secondary_days);
}

size_t ih_catalogue_count_skipped(const ih_catalogue *catalogue, enum ih_skip_kind kind)
{
    size_t n = 0;

    for (size_t i = 0; i < catalogue->n_skipped; i++)
        n += catalogue->skipped[i].kind == kind;
    return n;
}
