/* SPDX-License-Identifier: MIT */
#include "utilities/lib/wrap_output.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <cpl_vsi.h>

#include "algorithms/alloc.h"
#include "algorithms/cyclic_ramp.h"
#include "algorithms/phase_wrapping.h"
#include "algorithms/pyramid.h"
#include "utilities/lib/raster_out.h"
#include "utilities/lib/report.h"
#include "utilities/lib/result_folder.h"
#include "utilities/lib/style.h"
#include "utilities/lib/wrap_legend.h"

enum { TILE = 512, OVERVIEW_ROWS = 16 };

/* What a function that makes overviews has to know. */
typedef struct {
    double units_per_cycle; /* of floats; 0 for classes */
} halving;

/* A file in the making. */
typedef struct {
    char *name;            /* in the folder of results */
    ih_raster_out *raster; /* a GeoTIFF */
    GDALDatasetH work;     /* pixels of a PNG, or phasors of a KMZ */
    char *work_path;
    ih_wrap_kmz_report kmz;
} file;

struct ih_wrap_output {
    const ih_wrap_input *input;
    const ih_wrap_options *options;
    ih_grid grid;
    char *folder_path, *stem; /* stem: the name without extension */
    ih_result_folder *folder;
    char **names; /* all that can come into being, for the folder */
    size_t n_files;
    file *files; /* one for all items, or one per item */
    char **paths;
    uint8_t colours[3 * IH_TURN_CLASSES];
    GDALColorTableH table;
    size_t n;         /* values per buffer */
    void *row_buffer; /* floats, classes or phasors */
    uint8_t *channel;
    halving halving;
};

static bool in_one_file(const ih_wrap_options *options)
{
    return options->format == IH_WRAP_COG && options->form == IH_WRAP_FLOAT;
}

/* Bands of a file of colours. */
static int n_channels(const ih_wrap_options *options)
{
    return options->form == IH_WRAP_RGBA ? 4 : options->form == IH_WRAP_RGB ? 3 : 1;
}

static double units_per_cycle(const ih_wrap_input *input, const ih_wrap_options *options)
{
    switch ((ih_wrap_quantity)options->quantity) {
    case IH_WRAP_RADIANS:
        return 2 * M_PI;
    case IH_WRAP_FRINGES:
        return 1;
    case IH_WRAP_METRES:
        break;
    }
    return input->cycle_m;
}

static char **add_name(char **list, const char *stem, const char *suffix)
{
    return CSLAddString(list, CPLSPrintf("%s%s", stem, suffix));
}

/* Names of the files, and of what accompanies them. */
static ih_status name_files(ih_wrap_output *o, const char *path, ih_error *err)
{
    static const char *const extensions[] = {
        [IH_WRAP_COG] = "tif", [IH_WRAP_PNG] = "png", [IH_WRAP_KMZ] = "kmz"};
    /* A copy: GDAL's own is lost after some more names have been put together. */
    char *extension = CPLStrdup(CPLGetExtension(path)[0] ? CPLGetExtension(path)
                                                         : extensions[o->options->format]);

    o->folder_path = CPLStrdup(CPLGetPath(path)[0] ? CPLGetPath(path) : ".");
    o->stem = CPLStrdup(CPLGetBasename(path));
    if (!o->stem[0]) {
        CPLFree(extension);
        return ih_fail(err, IH_E_ARGUMENT, "%s is no name of a file", path);
    }
    if (o->options->legend && o->options->format != IH_WRAP_KMZ)
        o->names = add_name(o->names, o->stem, "_legend.png");
    for (size_t i = 0; i < o->n_files; i++) {
        char *stem = CPLStrdup(o->n_files > 1 ? CPLSPrintf("%s_%s", o->stem, o->input->items[i].tag)
                                              : o->stem);

        o->files[i].name = CPLStrdup(CPLSPrintf("%s.%s", stem, extension));
        if (o->options->format == IH_WRAP_PNG)
            o->names = add_name(o->names, stem, ".pgw");
        if (o->options->format != IH_WRAP_KMZ)
            o->names = add_name(o->names, o->files[i].name, ".aux.xml");
        o->names = CSLAddString(o->names, o->files[i].name);
        o->paths = CSLAddString(o->paths, CPLFormFilename(o->folder_path, o->files[i].name, NULL));
        CPLFree(stem);
    }
    CPLFree(extension);
    return IH_OK;
}

/* Items of the dataset: those of the input that stay true, and what was done. */
static char **dataset_metadata(const ih_wrap_output *o)
{
    static const char *const kept[] = {"REFERENCE_DATE",  "SECONDARY_DATE",    "START_DATE",
                                       "END_DATE",        "REFERENCE_POINT_X", "REFERENCE_POINT_Y",
                                       "ORBIT_DIRECTION", "HEADING_DEG",       "RELATIVE_ORBIT",
                                       "PRODUCT_NAME",    "AREA_OR_POINT"};
    const ih_wrap_input *in = o->input;
    char **list = NULL;

    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        const char *value = GDALGetMetadataItem(in->dataset, kept[i], NULL);

        if (value)
            list = CSLSetNameValue(list, kept[i], value);
    }
    if (in->items[0].subtracted)
        list = CSLSetNameValue(list, "REFERENCE_DATE", NULL);
    list = CSLSetNameValue(list, "SOFTWARE", "InSARHub for GDAL " IH_VERSION);
    if (!isnan(in->wavelength_m))
        list = CSLSetNameValue(list, "WAVELENGTH_M", CPLSPrintf("%.10g", in->wavelength_m));
    if (!isnan(in->cycle_m))
        list = CSLSetNameValue(list, "CYCLE_M", CPLSPrintf("%.10g", in->cycle_m));
    if (!isnan(in->cycle_rad))
        list = CSLSetNameValue(list, "CYCLE_RAD", CPLSPrintf("%.10g", in->cycle_rad));
    if (in->kind == IH_WRAP_RATE)
        list = CSLSetNameValue(list, "YEARS", CPLSPrintf("%.10g", o->options->years));
    return list;
}

static char **item_metadata(const ih_wrap_output *o, size_t item)
{
    char **list = CSLDuplicate(o->input->items[item].metadata);

    return CSLSetNameValue(list, "SIGN",
                           o->options->direction == IH_WRAP_TOWARD ? "positive_toward"
                                                                   : "positive_away");
}

/* Some rows of an overview. */
static ih_status average_rows(const ih_pyramid_part *part, const void *rows, size_t first,
                              size_t count, void *result, const halving *h, ih_error *err)
{
    size_t nx = part->nx, out_nx = ih_pyramid_size(nx), out_ny = ih_pyramid_size(part->ny);
    const ih_phase_averaging averaging = {nx,
                                          part->ny,
                                          out_nx,
                                          out_ny,
                                          (double)nx / (double)out_nx,
                                          (double)part->ny / (double)out_ny,
                                          0};
    size_t n = nx * count, n_averages = out_nx * part->count;
    double *turns = ih_alloc(n > n_averages ? n : n_averages, sizeof *turns);
    ih_phasor_sum *sums = ih_calloc(n_averages, sizeof *sums);
    ih_status status = IH_OK;

    if (turns && sums) {
        for (size_t i = 0; i < n; i++)
            turns[i] = h->units_per_cycle > 0
                           ? (double)((const float *)rows)[i] / h->units_per_cycle
                           : ih_class_to_turns(((const uint8_t *)rows)[i]);
        ih_phasor_sums_add(&averaging, turns, first, count, part->first, part->count, sums);
        ih_phasor_sums_finish(&averaging, sums, n_averages, turns);
        if (h->units_per_cycle > 0)
            ih_turns_to_floats(turns, n_averages, h->units_per_cycle, result);
        else
            ih_turns_to_classes(turns, n_averages, result);
    } else {
        status = ih_fail(err, IH_E_MEMORY, "%zu rows of an overview", part->count);
    }
    free(turns);
    free(sums);
    return status;
}

/* Means of exp(i phase), not of numbers or classes, for the overviews; a few rows at a time. */
static ih_status make_overview(const ih_pyramid_part *part, const void *in, void *out, void *data,
                               ih_error *err)
{
    const halving *h = data;
    size_t bytes = h->units_per_cycle > 0 ? sizeof(float) : 1, given, all;
    ih_status status = IH_OK;

    ih_pyramid_source_rows(part->ny, part->first, part->count, &given, &all);
    for (size_t done = 0; done < part->count && status == IH_OK; done += OVERVIEW_ROWS) {
        ih_pyramid_part rows = *part;
        size_t first, count;

        rows.first = part->first + done;
        rows.count = part->count - done < OVERVIEW_ROWS ? part->count - done : OVERVIEW_ROWS;
        ih_pyramid_source_rows(part->ny, rows.first, rows.count, &first, &count);
        status =
            average_rows(&rows, (const uint8_t *)in + (first - given) * part->nx * bytes, first,
                         count, (uint8_t *)out + done * ih_pyramid_size(part->nx) * bytes, h, err);
    }
    return status;
}

static ih_status open_raster(ih_wrap_output *o, size_t index, ih_error *err)
{
    static const GDALColorInterp channels[] = {GCI_RedBand, GCI_GreenBand, GCI_BlueBand,
                                               GCI_AlphaBand};
    const ih_wrap_options *options = o->options;
    bool numbers = in_one_file(options), classes = options->form == IH_WRAP_BYTE;
    static const char *const units[] = {"rad", "", "m"};
    size_t n_bands = numbers ? o->input->n_items : (size_t)n_channels(options);
    ih_raster_band *bands = ih_calloc(n_bands, sizeof *bands);
    char *path = ih_result_folder_path(o->folder, o->files[index].name);
    ih_raster_spec spec = {.grid = &o->grid,
                           .srs = o->input->srs,
                           .type = numbers ? GDT_Float32 : GDT_Byte,
                           .n_bands = (int)n_bands,
                           .bands = bands,
                           .has_no_data = classes,
                           .metadata = dataset_metadata(o),
                           .creation_options = options->creation_options,
                           .colour_table = classes ? o->table : NULL,
                           .colours = numbers || classes ? NULL : channels,
                           .make_overview = numbers || classes ? make_overview : NULL,
                           .overview_data = &o->halving};
    ih_status status = bands && path ? IH_OK : ih_fail(err, IH_E_MEMORY, "%zu bands", n_bands);

    for (size_t i = 0; bands && i < n_bands; i++) {
        size_t item = numbers ? i : index;

        bands[i] =
            (ih_raster_band){o->input->items[item].description,
                             numbers ? units[options->quantity] : "", item_metadata(o, item)};
    }
    if (status == IH_OK)
        status = ih_raster_out_new(path, &spec, &o->files[index].raster, err);
    for (size_t i = 0; bands && i < n_bands; i++)
        CSLDestroy(bands[i].metadata);
    CSLDestroy(spec.metadata);
    free(bands);
    free(path);
    return status;
}

/* Pixels of a PNG, or phasors of a KMZ, in a temporary file. */
static ih_status open_work(ih_wrap_output *o, size_t index, ih_error *err)
{
    bool phasors = o->options->format == IH_WRAP_KMZ;
    GDALDriverH driver = GDALGetDriverByName("GTiff");
    char **creation = CSLSetNameValue(NULL, "INTERLEAVE", "PIXEL");
    file *f = &o->files[index];
    char *path = ih_result_folder_path(o->folder, f->name);
    double gt[6];
    CPLErr failed = CE_None;

    if (!path)
        return ih_fail(err, IH_E_MEMORY, "%s", f->name);
    f->work_path = CPLStrdup(CPLSPrintf("%s.work", path));
    free(path);
    creation = CSLSetNameValue(creation, "BIGTIFF", "IF_SAFER");
    creation = CSLSetNameValue(creation, "SPARSE_OK", "TRUE");
    creation = CSLSetNameValue(creation, "PHOTOMETRIC", phasors ? "MINISBLACK" : NULL);
    if (phasors) {
        creation = CSLSetNameValue(creation, "TILED", "YES");
        creation = CSLSetNameValue(creation, "BLOCKXSIZE", CPLSPrintf("%d", TILE));
        creation = CSLSetNameValue(creation, "BLOCKYSIZE", CPLSPrintf("%d", TILE));
    }
    CPLErrorReset();
    f->work = driver ? GDALCreate(driver, f->work_path, (int)o->grid.nx, (int)o->grid.ny,
                                  phasors ? 2 : n_channels(o->options),
                                  phasors ? GDT_Int16 : GDT_Byte, creation)
                     : NULL;
    CSLDestroy(creation);
    if (!f->work)
        return ih_fail(err, IH_E_IO, "%s: no room for a temporary file: %s", f->name,
                       CPLGetLastErrorMsg());
    ih_grid_to_geotransform(&o->grid, gt);
    failed = GDALSetGeoTransform(f->work, gt);
    if (!failed && o->input->srs)
        failed = GDALSetSpatialRef(f->work, o->input->srs);
    if (!failed && phasors)
        failed = GDALSetRasterNoDataValue(GDALGetRasterBand(f->work, 1), IH_PHASOR_NONE);
    if (!failed && !phasors && o->options->form == IH_WRAP_BYTE)
        failed = GDALSetRasterColorTable(GDALGetRasterBand(f->work, 1), o->table);
    return failed ? ih_fail(err, IH_E_IO, "%s: %s", f->name, CPLGetLastErrorMsg()) : IH_OK;
}

static ih_status allocate(ih_wrap_output *o, size_t most_rows, ih_error *err)
{
    size_t nx = o->grid.nx, bytes = 4; /* a float, or a phasor of two 16-bit numbers */

    if (most_rows == 0 || nx > SIZE_MAX / bytes / most_rows)
        return ih_fail(err, IH_E_MEMORY, "rows of %zu pixels", nx);
    o->n = most_rows * nx;
    o->row_buffer = ih_alloc(o->n, bytes);
    o->channel = ih_alloc(o->n, 1);
    o->halving.units_per_cycle =
        in_one_file(o->options) ? units_per_cycle(o->input, o->options) : 0;
    o->table = ih_wrap_colour_table(o->colours);
    if (!o->row_buffer || !o->channel || !o->table)
        return ih_fail(err, IH_E_MEMORY, "%zu rows of %zu pixels", most_rows, nx);
    return IH_OK;
}

ih_status ih_wrap_output_new(const char *path, const ih_wrap_input *input,
                             const ih_wrap_options *options, const ih_grid *grid, size_t most_rows,
                             ih_wrap_output **out, ih_error *err)
{
    ih_wrap_output *o = ih_calloc(1, sizeof *o);
    ih_status status;

    *out = NULL;
    if (!o)
        return ih_fail(err, IH_E_MEMORY, "%s", path);
    o->input = input;
    o->options = options;
    o->grid = *grid;
    o->n_files = in_one_file(options) ? 1 : input->n_items;
    o->files = ih_calloc(o->n_files, sizeof *o->files);
    ih_cyclic_ramp_colours((ih_cyclic_ramp)options->ramp, IH_TURN_CLASSES, 0.5, o->colours);
    status = o->files ? name_files(o, path, err) : ih_fail(err, IH_E_MEMORY, "%s", path);
    if (status == IH_OK)
        status = allocate(o, most_rows, err);
    if (status == IH_OK)
        status = ih_result_folder_open(o->folder_path, (const char *const *)o->names,
                                       options->overwrite, &o->folder, err);
    for (size_t i = 0; status == IH_OK && i < o->n_files; i++)
        status = options->format == IH_WRAP_COG ? open_raster(o, i, err) : open_work(o, i, err);
    if (status == IH_OK)
        *out = o;
    else
        ih_wrap_output_free(o);
    return status;
}

static int16_t phasor_part(double value)
{
    return (int16_t)lround(IH_PHASOR_ONE * value);
}

static ih_status write_phasors(ih_wrap_output *o, file *f, size_t row, size_t n_rows,
                               const double *turns, ih_error *err)
{
    int16_t *pairs = o->row_buffer;
    int nx = (int)o->grid.nx;

#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < n_rows * o->grid.nx; i++) {
        double angle = 2 * M_PI * turns[i];

        pairs[2 * i] = isnan(angle) ? IH_PHASOR_NONE : phasor_part(cos(angle));
        pairs[2 * i + 1] = isnan(angle) ? IH_PHASOR_NONE : phasor_part(sin(angle));
    }
    if (GDALDatasetRasterIO(f->work, GF_Write, 0, (int)row, nx, (int)n_rows, pairs, nx, (int)n_rows,
                            GDT_Int16, 2, NULL, 4, 4 * nx, 2))
        return ih_fail(err, IH_E_IO, "%s: the temporary file cannot be written: %s", f->name,
                       CPLGetLastErrorMsg());
    return IH_OK;
}

/* One band of a picture: classes, or a channel of their colours. What has no data is white without
 * a channel of transparency. */
static void make_channel(const ih_wrap_output *o, const uint8_t *classes, size_t n, int channel,
                         uint8_t *values)
{
    uint8_t table[IH_TURN_CLASSES + 1];

    table[0] = o->options->form == IH_WRAP_RGB ? 255 : 0;
    for (size_t i = 1; i <= IH_TURN_CLASSES; i++)
        table[i] = channel == 3 ? 255 : o->colours[3 * (i - 1) + (size_t)channel];
    for (size_t i = 0; i < n; i++)
        values[i] = table[classes[i]];
}

static ih_status write_colours(ih_wrap_output *o, file *f, size_t row, size_t n_rows,
                               const double *turns, ih_error *err)
{
    size_t n = n_rows * o->grid.nx;
    int nx = (int)o->grid.nx;
    ih_status status = IH_OK;

    ih_turns_to_classes(turns, n, o->row_buffer);
    for (int k = 0; k < n_channels(o->options) && status == IH_OK; k++) {
        uint8_t *values = o->row_buffer;

        if (o->options->form != IH_WRAP_BYTE) {
            values = o->channel;
            make_channel(o, o->row_buffer, n, k, values);
        }
        if (f->raster)
            status = ih_raster_out_write(f->raster, k, row, n_rows, values, err);
        else if (GDALRasterIO(GDALGetRasterBand(f->work, k + 1), GF_Write, 0, (int)row, nx,
                              (int)n_rows, values, nx, (int)n_rows, GDT_Byte, 0, 0))
            status = ih_fail(err, IH_E_IO, "%s: the temporary file cannot be written: %s", f->name,
                             CPLGetLastErrorMsg());
    }
    return status;
}

ih_status ih_wrap_output_write(ih_wrap_output *o, size_t item, size_t row, size_t n_rows,
                               const double *turns, ih_error *err)
{
    size_t n = n_rows * o->grid.nx;

    if (n > o->n)
        return ih_fail(err, IH_E_ARGUMENT, "%zu rows are too many", n_rows);
    CPLErrorReset();
    if (o->options->format == IH_WRAP_KMZ)
        return write_phasors(o, &o->files[item], row, n_rows, turns, err);
    if (!in_one_file(o->options))
        return write_colours(o, &o->files[item], row, n_rows, turns, err);
    ih_turns_to_floats(turns, n, o->halving.units_per_cycle, o->row_buffer);
    return ih_raster_out_write(o->files[0].raster, (int)item, row, n_rows, o->row_buffer, err);
}

/* What is shown, such as "LOS velocity, 2 years". */
static void title_of(const ih_wrap_output *o, char *text, size_t size)
{
    const char *what = o->input->kind == IH_WRAP_PHASE  ? "Interferometric phase"
                       : o->input->kind == IH_WRAP_RATE ? "LOS velocity"
                                                        : "LOS displacement";

    if (o->input->kind == IH_WRAP_RATE)
        snprintf(text, size, "%s x %.4g years", what, o->options->years);
    else
        snprintf(text, size, "%s", what);
}

/* "2020-01-04 to 2020-01-16", a date, or nothing. */
static void dates_of(const ih_wrap_item *item, char *text, size_t size)
{
    const char *first = CSLFetchNameValueDef(item->metadata, "REFERENCE_DATE", "");
    const char *last = CSLFetchNameValueDef(item->metadata, "SECONDARY_DATE", "");

    snprintf(text, size, "%s%s%s", first, first[0] && last[0] ? " to " : "", last);
}

static ih_status draw_legend(const ih_wrap_output *o, const char *subtitle, ih_canvas *canvas,
                             ih_error *err)
{
    char title[80];
    const ih_wrap_legend legend = {.colours = o->colours,
                                   .cycle_m = o->input->cycle_m,
                                   .cycle_rad = o->input->cycle_rad,
                                   .direction = (ih_wrap_direction)o->options->direction,
                                   .title = title,
                                   .subtitle = subtitle};

    title_of(o, title, sizeof title);
    return ih_wrap_legend_draw(&legend, canvas, err);
}

static ih_status write_legend(const ih_wrap_output *o, ih_error *err)
{
    char *name = CPLStrdup(CPLSPrintf("%s_legend.png", o->stem));
    char *path = ih_result_folder_path(o->folder, name), dates[64] = "";
    ih_canvas canvas = {0};
    ih_status status = path ? IH_OK : ih_fail(err, IH_E_MEMORY, "legend");

    if (o->input->n_items == 1)
        dates_of(&o->input->items[0], dates, sizeof dates);
    if (status == IH_OK)
        status = draw_legend(o, dates, &canvas, err);
    if (status == IH_OK)
        status = ih_canvas_save_png(&canvas, path, err);
    ih_canvas_free(&canvas);
    free(path);
    CPLFree(name);
    return status;
}

/* Progress of a file among others. */
typedef struct {
    ih_progress report;
    void *data;
    const char *stage;
    size_t index, count;
} part;

static int CPL_STDCALL show_part(double done, const char *text, void *data)
{
    const part *p = data;

    (void)text;
    if (ih_cli_interrupted())
        return FALSE;
    return !p->report || p->report(((double)p->index + done) / (double)p->count, p->stage, p->data);
}

static ih_status write_world_file(const ih_wrap_output *o, const char *png_path, ih_error *err)
{
    char *path = CPLStrdup(CPLResetExtension(png_path, "pgw"));
    char *text = CPLStrdup(CPLSPrintf("%.12g\n0\n0\n%.12g\n%.15g\n%.15g\n", o->grid.dx, o->grid.dy,
                                      o->grid.x0 + o->grid.dx / 2, o->grid.y0 + o->grid.dy / 2));
    ih_status status = ih_report_write_text(path, text, err);

    CPLFree(text);
    CPLFree(path);
    return status;
}

/* The items of a PNG go into its side-car, with the coordinate system. */
static ih_status describe_picture(const ih_wrap_output *o, size_t index, ih_error *err)
{
    char **metadata = CSLMerge(dataset_metadata(o), o->input->items[index].metadata);
    const char *sign =
        o->options->direction == IH_WRAP_TOWARD ? "positive_toward" : "positive_away";
    CPLErr failed;

    metadata = CSLSetNameValue(metadata, "SIGN", sign);
    failed = GDALSetMetadata(o->files[index].work, metadata, NULL);
    CSLDestroy(metadata);
    return failed ? ih_fail(err, IH_E_IO, "%s: %s", o->files[index].name, CPLGetLastErrorMsg())
                  : IH_OK;
}

static ih_status finish_png(ih_wrap_output *o, size_t index, part *progress, ih_error *err)
{
    GDALDriverH driver = GDALGetDriverByName("PNG");
    char *path = ih_result_folder_path(o->folder, o->files[index].name);
    GDALDatasetH png = NULL;
    ih_status status = path ? describe_picture(o, index, err) : ih_fail(err, IH_E_MEMORY, "PNG");

    if (status == IH_OK) {
        CPLErrorReset();
        if (driver)
            png = GDALCreateCopy(driver, path, o->files[index].work, FALSE, NULL, show_part,
                                 progress);
        if (png)
            GDALClose(png);
        if (ih_cli_interrupted())
            status = ih_fail(err, IH_E_CANCELLED, "%s: interrupted", o->files[index].name);
        else if (!png || CPLGetLastErrorType() >= CE_Failure)
            status = ih_fail(err, IH_E_IO, "%s: cannot be written: %s", o->files[index].name,
                             CPLGetLastErrorMsg());
    }
    if (status == IH_OK)
        status = write_world_file(o, path, err);
    free(path);
    return status;
}

static int show_kmz(double done, const char *what, void *data)
{
    return show_part(done, what, data);
}

static ih_status finish_kmz(ih_wrap_output *o, size_t index, part *progress, ih_error *err)
{
    char *path = ih_result_folder_path(o->folder, o->files[index].name);
    char title[80], dates[64], name[160], length[48], text[400];
    ih_canvas legend = {0};
    ih_wrap_kmz kmz = {.phasors = o->files[index].work,
                       .path = path,
                       .name = name,
                       .description = text,
                       .legend = &legend,
                       .colours = o->colours,
                       .resampling = (ih_wrap_resampling)o->options->resampling,
                       .progress = show_kmz,
                       .progress_data = progress,
                       .stage = progress->stage};
    ih_status status = path ? IH_OK : ih_fail(err, IH_E_MEMORY, "KMZ");

    title_of(o, title, sizeof title);
    dates_of(&o->input->items[index], dates, sizeof dates);
    snprintf(name, sizeof name, "%s%s%s", title, dates[0] ? ", " : "", dates);
    if (isnan(o->input->cycle_m))
        snprintf(length, sizeof length, "%.4g rad of phase", o->input->cycle_rad);
    else
        ih_wrap_length_text(o->input->cycle_m, length, sizeof length);
    snprintf(text, sizeof text,
             "One fringe is %s%s. The colours follow the %s, positive %s the satellite.", length,
             isnan(o->input->cycle_m) ? "" : " of motion along the line of sight", "phase",
             o->options->direction == IH_WRAP_TOWARD ? "toward" : "away from");
    if (status == IH_OK)
        status = draw_legend(o, dates, &legend, err);
    if (status == IH_OK)
        status = ih_wrap_kmz_write(&kmz, &o->files[index].kmz, err);
    ih_canvas_free(&legend);
    free(path);
    return status;
}

static void drop_work(file *f)
{
    if (f->work)
        GDALClose(f->work);
    f->work = NULL;
    if (f->work_path) {
        char *side_car = CPLStrdup(CPLSPrintf("%s.aux.xml", f->work_path));
        VSIStatBufL info;

        VSIUnlink(f->work_path);
        if (VSIStatExL(side_car, &info, VSI_STAT_EXISTS_FLAG) == 0)
            VSIUnlink(side_car);
        CPLFree(side_car);
    }
    CPLFree(f->work_path);
    f->work_path = NULL;
}

static ih_status finish_file(ih_wrap_output *o, size_t index, part *progress, ih_error *err)
{
    file *f = &o->files[index];
    ih_raster_out *raster = f->raster;
    ih_status status;

    progress->index = index;
    if (!show_part(0, NULL, progress))
        return ih_fail(err, IH_E_CANCELLED, "%s: interrupted", f->name);
    if (o->options->format == IH_WRAP_COG) {
        f->raster = NULL;
        return ih_raster_out_commit(raster, err);
    }
    if (GDALFlushCache(f->work), CPLGetLastErrorType() >= CE_Failure)
        return ih_fail(err, IH_E_IO, "%s: the temporary file cannot be written: %s", f->name,
                       CPLGetLastErrorMsg());
    status = o->options->format == IH_WRAP_PNG ? finish_png(o, index, progress, err)
                                               : finish_kmz(o, index, progress, err);
    drop_work(f);
    return status;
}

/* QGIS colours for numbers: the cycle in their unit. An existing style is the user's, unless
 * everything is to be replaced; a missing one is worth a warning. */
static void write_style(const ih_wrap_output *o)
{
    double half = units_per_cycle(o->input, o->options) / 2;
    const ih_style style = {.name = "wrapped_phase", .minimum = -half, .maximum = half};
    ih_error err = {0};

    if (!in_one_file(o->options))
        return;
    if (ih_style_write(o->paths[0], &style, o->options->overwrite, &err) != IH_OK)
        CPLError(CE_Warning, CPLE_AppDefined, "%s", err.text);
}

ih_status ih_wrap_output_finish(ih_wrap_output *o, ih_progress progress, void *progress_data,
                                ih_error *err)
{
    part p = {progress, progress_data, "writing", 0, o->n_files};
    ih_result_folder *folder = o->folder;
    ih_status status = IH_OK;

    if (o->options->legend && o->options->format != IH_WRAP_KMZ)
        status = write_legend(o, err);
    for (size_t i = 0; status == IH_OK && i < o->n_files; i++)
        status = finish_file(o, i, &p, err);
    if (status != IH_OK)
        return status;
    o->folder = NULL;
    status = ih_result_folder_commit(folder, err);
    if (status == IH_OK) {
        p.index = p.count - 1;
        show_part(1, NULL, &p);
        write_style(o);
    }
    return status;
}

void ih_wrap_output_free(ih_wrap_output *o)
{
    if (!o)
        return;
    for (size_t i = 0; o->files && i < o->n_files; i++) {
        ih_raster_out_abort(o->files[i].raster);
        drop_work(&o->files[i]);
        CPLFree(o->files[i].name);
    }
    free(o->files);
    ih_result_folder_abort(o->folder);
    CSLDestroy(o->names);
    CSLDestroy(o->paths);
    if (o->table)
        GDALDestroyColorTable(o->table);
    CPLFree(o->folder_path);
    CPLFree(o->stem);
    free(o->row_buffer);
    free(o->channel);
    free(o);
}

char **ih_wrap_output_files(const ih_wrap_output *o)
{
    return o->paths;
}

const ih_wrap_kmz_report *ih_wrap_output_kmz(const ih_wrap_output *o, size_t item)
{
    return &o->files[item].kmz;
}
