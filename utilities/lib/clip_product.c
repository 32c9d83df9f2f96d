/* SPDX-License-Identifier: MIT */
#include "utilities/lib/clip_product.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <cpl_vsi.h>

#include "algorithms/alloc.h"
#include "drivers/hyp3/layers.h"
#include "utilities/lib/cli.h"
#include "utilities/lib/clip_layout.h"
#include "utilities/lib/clip_reference.h"
#include "utilities/lib/clip_text.h"
#include "utilities/lib/clip_view.h"
#include "utilities/lib/clip_vrt.h"
#include "utilities/lib/clip_water.h"
#include "utilities/lib/pairs_csv.h"
#include "utilities/lib/layer_files.h"
#include "utilities/lib/report.h"

/* A product while its files are made. */
typedef struct {
    const ih_clip_plan *plan;
    const ih_clip_options *options;
    ih_clip_view view;
    const ih_result_folder *folder;
    const char *name;
    size_t product; /* of the plan's catalogue */
    size_t *layers, n_layers;
    ih_clip_sums sums;
    char **files; /* CPL list: paths in the output folder, of what is made so far */
    ih_error *err;
} making;

ih_status ih_clip_product_open(const ih_clip_plan *plan, size_t index, ih_clip_source **source,
                               cJSON **entry, ih_error *err)
{
    const ih_interferogram *item = &plan->catalogue->items[index];
    char date[16];
    ih_status status = ih_clip_source_open(item->path, source, err);

    *entry = NULL;
    if (status != IH_OK)
        return status;
    if (!(*entry = cJSON_CreateObject())) {
        ih_clip_source_free(*source);
        *source = NULL;
        return ih_fail(err, IH_E_MEMORY, "%s", item->name);
    }
    cJSON_AddStringToObject(*entry, "name", item->name);
    cJSON_AddStringToObject(*entry, "path", item->path);
    ih_iso_date(item->reference_days, date);
    cJSON_AddStringToObject(*entry, "reference_date", date);
    ih_iso_date(item->secondary_days, date);
    cJSON_AddStringToObject(*entry, "secondary_date", date);
    cJSON_AddBoolToObject(*entry, "on_lattice", plan->common->on_lattice[index]);
    ih_report_number(*entry, "residue_pixels", plan->common->residue[index]);
    cJSON_AddItemToObject(*entry, "source", ih_clip_source_identity(*source));
    return IH_OK;
}

const char *ih_clip_layers_of(const ih_clip_plan *plan, const ih_clip_source *source,
                              size_t *layers, size_t *n)
{
    static const char *const needed[] = {"unw_phase", "corr"};

    *n = 0;
    for (size_t i = 0; i < plan->n_layers; i++) {
        if (ih_clip_source_has(source, plan->layers[i]))
            layers[(*n)++] = plan->layers[i];
        else if (plan->named_layers)
            return CPLSPrintf("it has no %s", ih_layer_at(plan->layers[i])->suffix);
    }
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!ih_clip_source_has(source, (size_t)ih_layer_find(needed[i])))
            return CPLSPrintf("it has no %s", needed[i]);
    if (plan->request->options.water_mask == IH_CLIP_WATER_APPLY && !plan->land &&
        !ih_clip_source_has(source, (size_t)ih_layer_find("water_mask")))
        return "it has no water_mask to apply";
    return NULL;
}

static double value_at(const void *values, GDALDataType type, size_t i)
{
    double value;

    if (type == GDT_Float32)
        return (double)((const float *)values)[i];
    if (type == GDT_Byte)
        return ((const uint8_t *)values)[i];
    GDALCopyWords64((const char *)values + i * (size_t)GDALGetDataTypeSizeBytes(type), type, 0,
                    &value, GDT_Float64, 0, 1);
    return value;
}

static void set_value(void *values, GDALDataType type, size_t i, double value)
{
    GDALCopyWords64(&value, GDT_Float64, 0,
                    (char *)values + i * (size_t)GDALGetDataTypeSizeBytes(type), type, 0, 1);
}

/* A phase of 0 would be no data anywhere but at the reference. */
#define ALMOST_ZERO 1e-7

static void subtract_offset(const ih_clip_plan *plan, const ih_clip_rows *rows, void *values,
                            size_t i)
{
    GDALDataType type = ih_clip_pixels_form(rows->pixels)->type;
    size_t nx = plan->common->grid.nx, column = i % nx, row = rows->row + i / nx;
    double value = value_at(values, type, i);

    if (!ih_clip_pixels_is_data(rows->pixels, (float)value, column, row))
        return;
    value -= rows->offset;
    if ((float)value == 0.0f && (column != plan->reference.column || row != plan->reference.row))
        value = ALMOST_ZERO;
    set_value(values, type, i, value);
}

void ih_clip_finish_rows(const ih_clip_plan *plan, const ih_clip_rows *rows, void *values,
                         ih_clip_sums *sums)
{
    const ih_clip_form *form = ih_clip_pixels_form(rows->pixels);
    size_t nx = plan->common->grid.nx, n = nx * rows->n_rows;
    bool unw = rows->layer == (size_t)ih_layer_find("unw_phase");
    bool corr = rows->layer == (size_t)ih_layer_find("corr");
    bool referenced = plan->reference.given && form->is_phase;
    const uint8_t *inside = plan->inside ? plan->inside + rows->row * nx : NULL;

    for (size_t i = 0; i < n; i++) {
        double value;

        if ((inside && !inside[i]) || (rows->land && !rows->is_land && !rows->land[i])) {
            set_value(values, form->type, i, form->fill);
            continue;
        }
        if (rows->land && rows->is_land)
            set_value(values, form->type, i, rows->land[i]);
        if (!unw && !corr && !referenced)
            continue;
        value = value_at(values, form->type, i);
        if (unw && isfinite(value) && value != 0 && value != form->fill)
            sums->n_valid++;
        if (corr && isfinite(value) && value > 0 && value != form->fill) {
            sums->coherence += value;
            sums->n_coherent++;
        }
        if (referenced)
            subtract_offset(plan, rows, values, i);
    }
}

const char *ih_clip_judge(const ih_clip_plan *plan, const ih_clip_sums *sums, bool *is_unusable)
{
    const ih_clip_options *o = &plan->request->options;
    double valid = (double)sums->n_valid / (double)plan->n_inside;
    double coherence = sums->n_coherent ? sums->coherence / (double)sums->n_coherent : 0.0;

    *is_unusable = sums->n_valid == 0;
    if (sums->n_valid == 0)
        return "it has no phase in the area";
    if (valid < o->min_valid)
        return CPLSPrintf("%.1f %% of the area has a phase (-min_valid)", 100 * valid);
    if (coherence < o->min_coherence)
        return CPLSPrintf("its mean coherence is %.3f (-min_coherence)", coherence);
    return NULL;
}

/* What a layer is made of. */
typedef struct {
    size_t layer;
    ih_clip_pixels *pixels;
    ih_clip_water water;
    double offset;
} layer_source;

static ih_status copy_rows(making *m, layer_source *from, GDALDatasetH raster, const char *path)
{
    const ih_grid *grid = &m->plan->common->grid;
    GDALDataType type = ih_clip_pixels_form(from->pixels)->type;
    void *values = ih_alloc(grid->nx * IH_CLIP_STRIP_ROWS, (size_t)GDALGetDataTypeSizeBytes(type));
    ih_status status = values ? IH_OK : ih_fail(m->err, IH_E_MEMORY, "a strip");

    for (size_t row = 0; row < grid->ny && status == IH_OK; row += IH_CLIP_STRIP_ROWS) {
        size_t n = grid->ny - row < IH_CLIP_STRIP_ROWS ? grid->ny - row : IH_CLIP_STRIP_ROWS;
        ih_clip_rows rows = {from->layer, from->pixels,         row,         n,
                             NULL,        from->water.replaces, from->offset};

        status = ih_clip_pixels_rows(from->pixels, row, n, values, m->err);
        if (status == IH_OK)
            status = ih_clip_water_rows(&from->water, row, n, &rows.land, m->err);
        if (status != IH_OK)
            break;
        ih_clip_finish_rows(m->plan, &rows, values, &m->sums);
        if (raster &&
            GDALRasterIO(GDALGetRasterBand(raster, 1), GF_Write, 0, (int)row, (int)grid->nx, (int)n,
                         values, (int)grid->nx, (int)n, type, 0, 0) != CE_None)
            status = ih_layer_file_failure(path, m->err);
        if (status == IH_OK && ih_cli_interrupted())
            status = ih_fail(m->err, IH_E_CANCELLED, "interrupted");
    }
    free(values);
    return status;
}

/* Where a file is made, malloc; and its path in the output folder into the list. */
static char *staged(making *m, const char *suffix, const char *extension)
{
    char *path = ih_clip_layout_path(m->options, m->name, suffix, extension);
    char *at = ih_result_folder_path(m->folder, CPLGetFilename(path));

    m->files = CSLAddString(m->files, path);
    CPLFree(path);
    return at;
}

/* With write false only the sums are wanted. */
static ih_status make_layer(making *m, size_t layer, bool write)
{
    char *suffix = CPLStrdup(CPLSPrintf("_%s", ih_layer_at(layer)->suffix));
    char *path = write ? staged(m, suffix, "tif") : NULL;
    layer_source from = {.layer = layer};
    GDALDatasetH raster = NULL;
    ih_status status = ih_clip_pixels_new(&m->view, layer, &from.pixels, m->err);

    if (status == IH_OK)
        status = ih_clip_water_open(m->plan, &m->view, layer, &from.water, m->err);
    if (status == IH_OK)
        status = ih_clip_reference_mean(m->plan, &m->view, from.pixels, &from.offset, m->err);
    CPLPushErrorHandler(CPLQuietErrorHandler);
    if (status == IH_OK && write) {
        raster = ih_layer_file_create(m->view.common, ih_clip_pixels_form(from.pixels),
                                      m->options->creation_options, path);
        if (!raster)
            status = ih_layer_file_failure(path, m->err);
    }
    if (status == IH_OK)
        status = copy_rows(m, &from, raster, path);
    status = ih_layer_file_close(raster, path, status, m->err);
    CPLPopErrorHandler();
    ih_clip_water_close(&from.water);
    ih_clip_pixels_free(from.pixels);
    CPLFree(suffix);
    free(path);
    return status;
}

static ih_status make_virtual_layer(making *m, size_t layer)
{
    const char *suffix = ih_layer_at(layer)->suffix;
    ih_clip_band band;
    ih_status status;
    char *path;

    if (!m->view.common->on_lattice[m->product] && ih_clip_layer_is_angle(layer))
        return make_layer(m, layer, true);
    status = ih_clip_band_open(m->view.source, layer, &band, m->err);
    if (status != IH_OK)
        return status;
    path = staged(m, CPLSPrintf("_%s", suffix), "vrt");
    status = ih_clip_vrt_write(&m->view, layer, &band, path, m->err);
    ih_clip_band_close(&band);
    free(path);
    return status;
}

static ih_status make_text(making *m)
{
    size_t size;
    char *text = ih_clip_source_text(m->view.source, &size), *edited, *path;
    ih_status status;

    if (!text)
        return IH_OK;
    edited = ih_clip_text_on_grid(text, size, &m->view, &m->plan->reference);
    path = staged(m, "", "txt");
    status = ih_write_file_atomically(path, edited, strlen(edited), m->err);
    free(path);
    CPLFree(edited);
    CPLFree(text);
    return status;
}

static ih_status make_files(making *m, ih_clip_result *result)
{
    size_t unw = (size_t)ih_layer_find("unw_phase"), corr = (size_t)ih_layer_find("corr");
    bool listed[2] = {false, false}, vrt = m->options->layout == IH_CLIP_VRT;
    ih_status status = IH_OK;
    const char *why;

    for (size_t i = 0; i < m->n_layers; i++) {
        listed[0] = listed[0] || m->layers[i] == unw;
        listed[1] = listed[1] || m->layers[i] == corr;
    }
    /* First what decides whether the product is kept. Virtual rasters read no pixels, so nothing is
     * known of them unless it is asked. */
    if (!vrt || !isnan(m->options->min_valid) || !isnan(m->options->min_coherence)) {
        status = make_layer(m, unw, listed[0] && !vrt);
        if (status == IH_OK)
            status = make_layer(m, corr, listed[1] && !vrt);
        if (status != IH_OK)
            return status;
        result->valid_fraction = (double)m->sums.n_valid / (double)m->plan->n_inside;
        if (m->sums.n_coherent)
            result->mean_coherence = m->sums.coherence / (double)m->sums.n_coherent;
        why = ih_clip_judge(m->plan, &m->sums, &result->is_unusable);
        result->why = why ? CPLStrdup(why) : NULL;
    }
    for (size_t i = 0; i < m->n_layers && status == IH_OK && !result->why; i++) {
        if (vrt)
            status = make_virtual_layer(m, m->layers[i]);
        else if (m->layers[i] != unw && m->layers[i] != corr)
            status = make_layer(m, m->layers[i], true);
    }
    if (status == IH_OK && !result->why)
        status = make_text(m);
    return status;
}

/* All files of the product as one archive in place of them. */
static ih_status pack(making *m)
{
    ih_status status = ih_layer_files_pack(m->folder, m->name, m->files, m->err);

    CSLDestroy(m->files);
    m->files = CSLAddString(NULL, CPLSPrintf("%s.zip", m->name));
    return status;
}

/* From the hidden folder to their places; "files" of the entry lists them with their sizes. */
static ih_status move_files(const making *m, cJSON *entry)
{
    cJSON *list = cJSON_AddArrayToObject(entry, "files");
    ih_status status = IH_OK;

    for (char **file = m->files; file && *file && status == IH_OK; file++) {
        char *from = ih_result_folder_path(m->folder, CPLGetFilename(*file));
        char *to = CPLStrdup(CPLFormFilename(m->plan->request->out_dir, *file, NULL));
        char *parent = CPLStrdup(CPLGetDirname(to));
        cJSON *item = cJSON_CreateObject();
        VSIStatBufL stat;

        mkdir(parent, 0777);
        if (rename(from, to) != 0 || VSIStatL(to, &stat) != 0)
            status =
                ih_fail(m->err, IH_E_IO, "%s cannot be moved into place: %s", to, strerror(errno));
        else
            cJSON_AddNumberToObject(item, "bytes", (double)stat.st_size);
        cJSON_AddStringToObject(item, "path", *file);
        cJSON_AddItemToArray(list, item);
        CPLFree(parent);
        CPLFree(to);
        free(from);
    }
    return status;
}

/* What a product that is not kept has left in the hidden folder. */
static void remove_staged(const making *m)
{
    for (char **file = m->files; file && *file; file++) {
        char *path = ih_result_folder_path(m->folder, CPLGetFilename(*file));

        VSIUnlink(path);
        free(path);
    }
}

static void add_facts(const making *m, const ih_clip_result *result)
{
    cJSON *list = cJSON_AddArrayToObject(result->entry, "layers");

    for (size_t i = 0; i < m->n_layers; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(ih_layer_at(m->layers[i])->suffix));
    ih_report_number(result->entry, "valid_fraction", result->valid_fraction);
    ih_report_number(result->entry, "mean_coherence", result->mean_coherence);
}

ih_status ih_clip_product_make(const ih_clip_plan *plan, size_t index, const ih_clip_source *source,
                               const ih_result_folder *folder, ih_clip_result *result,
                               ih_error *err)
{
    const ih_interferogram *item = &plan->catalogue->items[index];
    making m = {.plan = plan,
                .options = &plan->request->options,
                .folder = folder,
                .name = item->name,
                .product = index,
                .layers = ih_calloc(ih_layer_count(), sizeof *m.layers),
                .err = err};
    ih_clip_own_view own;
    const char *why;
    ih_status status = IH_OK;

    if (!m.layers)
        return ih_fail(err, IH_E_MEMORY, "%s", item->name);
    ih_clip_own_view_open(plan, index, &own);
    m.view = own.view;
    m.view.source = source;
    why = ih_clip_layers_of(plan, source, m.layers, &m.n_layers);
    if (why) {
        result->why = CPLStrdup(why);
        result->is_unusable = true;
    } else {
        status = make_files(&m, result);
    }
    if (status == IH_OK && !result->why && m.options->zip)
        status = pack(&m);
    if (status == IH_OK && !result->why) {
        add_facts(&m, result);
        status = move_files(&m, result->entry);
    }
    if (status != IH_OK || result->why)
        remove_staged(&m);
    ih_clip_own_view_close(&own);
    CSLDestroy(m.files);
    free(m.layers);
    return status;
}
