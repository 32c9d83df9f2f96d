/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <cpl_vsi.h>

#include "algorithms/alloc.h"
#include "drivers/hyp3/layers.h"
#include "utilities/lib/cli.h"
#include "utilities/lib/clip_reference.h"
#include "utilities/lib/clip_run.h"
#include "utilities/lib/clip_view.h"
#include "utilities/lib/clip_water.h"
#include "utilities/lib/netcdf_cube.h"
#include "utilities/lib/pairs_csv.h"
#include "utilities/lib/parallel_work.h"
#include "utilities/lib/raster_out.h"
#include "utilities/lib/report.h"

/* No-data of masks, which have no NaN. */
#define NO_CLASS 255

/* One layer of all products while it is written. */
typedef struct {
    ih_clip_state *state;
    size_t layer;
    size_t *products, n; /* that have the layer, in the order of the bands */
    bool is_class;
    ih_raster_band *bands;
    char **texts;             /* CPL list that owns the bands' descriptions */
    OGRSpatialReferenceH srs; /* own, because layers are written side by side */
} cube_layer;

/* The file of a layer: one of the two. */
typedef struct {
    ih_raster_out *raster;
    ih_netcdf_cube *netcdf;
} cube_file;

/* A product's band while it is written. */
typedef struct {
    const cube_file *file;
    size_t band;
    ih_clip_sums *sums;
} cube_band;

/* Layers that are written at a time. */
typedef struct {
    ih_clip_state *state;
    const size_t *layers;
    ih_clip_sums
        *sums; /* [product] what its judgement needs, from the two layers that come first */
} layer_work;

static void free_layer(cube_layer *c)
{
    for (size_t i = 0; c->bands && i < c->n; i++)
        CSLDestroy(c->bands[i].metadata);
    free(c->bands);
    free(c->products);
    CSLDestroy(c->texts);
    OSRDestroySpatialReference(c->srs);
    *c = (cube_layer){0};
}

static bool entry_has(const cJSON *entry, const char *suffix)
{
    const cJSON *layer;

    cJSON_ArrayForEach(layer, cJSON_GetObjectItem(entry, "layers"))
    {
        if (strcmp(cJSON_GetStringValue(layer), suffix) == 0)
            return true;
    }
    return false;
}

static void describe_band(cube_layer *c, size_t i)
{
    const ih_interferogram *item = &c->state->plan->catalogue->items[c->products[i]];
    char reference[16], secondary[16];
    char **metadata = NULL;

    ih_iso_date(item->reference_days, reference);
    ih_iso_date(item->secondary_days, secondary);
    c->texts =
        CSLAddString(c->texts, CPLSPrintf("%.4s%.2s%.2s_%.4s%.2s%.2s", reference, reference + 5,
                                          reference + 8, secondary, secondary + 5, secondary + 8));
    metadata = CSLSetNameValue(metadata, "REFERENCE_DATE", reference);
    metadata = CSLSetNameValue(metadata, "SECONDARY_DATE", secondary);
    metadata = CSLSetNameValue(metadata, "PRODUCT", item->name);
    if (isfinite(item->perpendicular_baseline_m))
        metadata = CSLSetNameValue(metadata, "PERPENDICULAR_BASELINE_M",
                                   CPLSPrintf("%.10g", item->perpendicular_baseline_m));
    c->bands[i].metadata = metadata;
    c->bands[i].unit = ih_layer_at(c->layer)->unit;
}

static ih_status prepare_layer(ih_clip_state *s, size_t layer, cube_layer *c, ih_error *err)
{
    *c = (cube_layer){.state = s, .layer = layer, .is_class = ih_clip_layer_is_class(layer)};
    c->products = ih_calloc(s->n, sizeof *c->products);
    c->bands = ih_calloc(s->n, sizeof *c->bands);
    if (!c->products || !c->bands)
        return ih_fail(err, IH_E_MEMORY, "cube");
    c->srs = ih_clip_own_srs(s->plan);
    /* Phase and coherence, which every product has, are made to judge by even if nobody wants them;
     * such files stay in the hidden folder. */
    for (size_t i = 0; i < s->n; i++)
        if (!s->results[i].why && (!ih_clip_plan_has_layer(s->plan, layer) ||
                                   entry_has(s->entries[i], ih_layer_at(layer)->suffix)))
            c->products[c->n++] = i;
    for (size_t i = 0; i < c->n; i++)
        describe_band(c, i);
    for (size_t i = 0; i < c->n; i++)
        c->bands[i].description = c->texts[i];
    return IH_OK;
}

/* Missing values become NaN, or NO_CLASS in masks. */
static void convert(const cube_layer *c, const ih_clip_view *view, const ih_clip_rows *rows,
                    const void *values, float *numbers, uint8_t *classes)
{
    const ih_clip_form *form = ih_clip_pixels_form(rows->pixels);
    size_t nx = view->common->grid.nx, n = nx * rows->n_rows, column0 = 0, row0 = 0;
    bool has_reference = ih_clip_zero_is_data(c->state->plan, view, form, &column0, &row0);

    GDALCopyWords64(values, form->type, GDALGetDataTypeSizeBytes(form->type), numbers, GDT_Float32,
                    (int)sizeof(float), (GPtrDiff_t)n);
    for (size_t i = 0; i < n; i++) {
        bool missing = (form->has_no_data && numbers[i] == (float)form->fill) ||
                       (form->is_phase && numbers[i] == 0.0f);

        if (has_reference && rows->row + i / nx == row0 && i % nx == column0)
            missing = false;
        if (!c->is_class)
            numbers[i] = missing ? NAN : numbers[i];
        else
            classes[i] = numbers[i] >= 0 && numbers[i] < NO_CLASS ? (uint8_t)numbers[i] : NO_CLASS;
    }
}

static ih_status write_to(const cube_band *to, size_t row, size_t n_rows, const void *values,
                          ih_error *err)
{
    if (to->file->netcdf)
        return ih_netcdf_cube_write(to->file->netcdf, to->band, row, n_rows, values, err);
    return ih_raster_out_write(to->file->raster, (int)to->band, row, n_rows, values, err);
}

/* What a band is made of. */
typedef struct {
    const ih_clip_view *view;
    ih_clip_pixels *pixels;
    ih_clip_water water;
    double offset;
} band_source;

static ih_status write_rows(const cube_layer *c, band_source *from, const cube_band *to,
                            ih_error *err)
{
    const ih_grid *g = &from->view->common->grid;
    const ih_clip_form *form = ih_clip_pixels_form(from->pixels);
    size_t strip = g->nx * IH_CLIP_STRIP_ROWS;
    void *values = ih_alloc(strip, (size_t)GDALGetDataTypeSizeBytes(form->type));
    float *numbers = ih_alloc(strip, sizeof *numbers);
    uint8_t *classes = ih_alloc(strip, 1);
    ih_status status =
        values && numbers && classes ? IH_OK : ih_fail(err, IH_E_MEMORY, "a strip of the cube");

    for (size_t row = 0; row < g->ny && status == IH_OK; row += IH_CLIP_STRIP_ROWS) {
        size_t n = g->ny - row < IH_CLIP_STRIP_ROWS ? g->ny - row : IH_CLIP_STRIP_ROWS;
        ih_clip_rows rows = {c->layer, from->pixels,         row,         n,
                             NULL,     from->water.replaces, from->offset};

        status = ih_clip_pixels_rows(from->pixels, row, n, values, err);
        if (status == IH_OK)
            status = ih_clip_water_rows(&from->water, row, n, &rows.land, err);
        if (status != IH_OK)
            break;
        ih_clip_finish_rows(c->state->plan, &rows, values, to->sums);
        convert(c, from->view, &rows, values, numbers, classes);
        status = write_to(to, row, n, c->is_class ? (const void *)classes : numbers, err);
        if (status == IH_OK && ih_cli_interrupted())
            status = ih_fail(err, IH_E_CANCELLED, "interrupted");
    }
    free(values);
    free(numbers);
    free(classes);
    return status;
}

/* A product that cannot be read is left out; the layer is then made again without it. */
static ih_status write_product(const cube_layer *c, const cube_band *to, ih_error *err)
{
    const ih_clip_plan *plan = c->state->plan;
    size_t product = c->products[to->band];
    ih_clip_own_view own;
    ih_clip_source *source = NULL;
    band_source from = {.view = &own.view};
    ih_status status = ih_clip_source_open(plan->catalogue->items[product].path, &source, err);

    ih_clip_own_view_open(plan, product, &own);
    own.view.source = source;
    if (status == IH_OK)
        status = ih_clip_pixels_new(&own.view, c->layer, &from.pixels, err);
    if (status == IH_OK)
        status = ih_clip_water_open(plan, &own.view, c->layer, &from.water, err);
    if (status == IH_OK)
        status = ih_clip_reference_mean(plan, &own.view, from.pixels, &from.offset, err);
    if (status == IH_OK)
        status = write_rows(c, &from, to, err);
    ih_clip_water_close(&from.water);
    ih_clip_pixels_free(from.pixels);
    ih_clip_own_view_close(&own);
    ih_clip_source_free(source);
    if (status == IH_E_DATA) {
#pragma omp critical(ih_clip_cube)
        if (!c->state->results[product].why) {
            c->state->results[product].why = CPLStrdup(err->text);
            c->state->results[product].is_unusable = true;
        }
    }
    return status;
}

static bool is_netcdf(const ih_clip_state *s)
{
    return s->request->options.cube_format == IH_CLIP_NETCDF;
}

/* Of the layer's file, CPLFree. */
static char *name_of(const ih_clip_state *s, size_t layer)
{
    return CPLStrdup(CPLSPrintf("%s.%s", ih_layer_at(layer)->suffix, is_netcdf(s) ? "nc" : "tif"));
}

static ih_status new_raster(const cube_layer *c, const char *path, cube_file *file, ih_error *err)
{
    const ih_clip_state *s = c->state;
    const ih_raster_spec spec = {.grid = &s->plan->common->grid,
                                 .srs = c->srs,
                                 .type = c->is_class ? GDT_Byte : GDT_Float32,
                                 .n_bands = (int)c->n,
                                 .bands = c->bands,
                                 .has_no_data = c->is_class,
                                 .no_data = NO_CLASS,
                                 .creation_options = s->request->options.creation_options};

    return ih_raster_out_new(path, &spec, &file->raster, err);
}

static ih_status new_netcdf(const cube_layer *c, const char *path, cube_file *file, ih_error *err)
{
    static const char *const signs[] = {
        [IH_SIGN_POSITIVE_AWAY] = "positive_away", [IH_SIGN_POSITIVE_TOWARD] = "positive_toward"};
    const ih_clip_state *s = c->state;
    const ih_layer *about = ih_layer_at(c->layer);
    ih_netcdf_pair *pairs = ih_calloc(c->n, sizeof *pairs);
    const ih_netcdf_spec spec = {.grid = &s->plan->common->grid,
                                 .srs = c->srs,
                                 .name = about->suffix,
                                 .long_name = about->title,
                                 .unit = about->unit,
                                 .sign = signs[about->sign],
                                 .type = c->is_class ? GDT_Byte : GDT_Float32,
                                 .no_data = c->is_class ? NO_CLASS : (double)NAN,
                                 .pairs = pairs,
                                 .n_pairs = c->n,
                                 .creation_options = s->request->options.creation_options};
    ih_status status;

    if (!pairs)
        return ih_fail(err, IH_E_MEMORY, "cube");
    for (size_t i = 0; i < c->n; i++) {
        const ih_interferogram *item = &s->plan->catalogue->items[c->products[i]];

        pairs[i] = (ih_netcdf_pair){item->name, item->reference_days, item->secondary_days,
                                    item->perpendicular_baseline_m};
    }
    status = ih_netcdf_cube_new(path, &spec, &file->netcdf, err);
    free(pairs);
    return status;
}

static ih_status close_file(cube_file *file, bool good, ih_error *err)
{
    if (good)
        return file->netcdf ? ih_netcdf_cube_commit(file->netcdf, err)
                            : ih_raster_out_commit(file->raster, err);
    ih_netcdf_cube_abort(file->netcdf);
    ih_raster_out_abort(file->raster);
    return IH_OK;
}

/* A product that cannot be read ends the layer; the caller makes it again without the product. */
static ih_status write_layer(ih_clip_state *s, size_t layer, ih_clip_sums *all_sums, ih_error *err)
{
    cube_layer c;
    cube_file file = {0};
    char *name = name_of(s, layer), *path = ih_result_folder_path(s->folder, name);
    ih_status status = prepare_layer(s, layer, &c, err), read = IH_OK;

    if (status == IH_OK && c.n > 0) {
        status = is_netcdf(s) ? new_netcdf(&c, path, &file, err) : new_raster(&c, path, &file, err);
        for (size_t band = 0; band < c.n && status == IH_OK && read == IH_OK; band++) {
            const cube_band to = {&file, band, &all_sums[c.products[band]]};

            status = write_product(&c, &to, err);
            if (status == IH_E_DATA) {
                read = status;
                status = IH_OK;
            }
        }
        if (status == IH_OK && read == IH_OK)
            status = close_file(&file, true, err);
        else
            (void)close_file(&file, false, NULL);
    }
    free_layer(&c);
    free(path);
    CPLFree(name);
    return status;
}

static ih_status write_item(void *shared, void *local, size_t item, ih_error *err)
{
    const layer_work *w = shared;

    (void)local;
    return write_layer(w->state, w->layers[item], w->sums, err);
}

static ih_status write_layers(ih_clip_state *s, const size_t *layers, size_t n, ih_clip_sums *sums,
                              ih_error *err)
{
    layer_work shared = {s, layers, sums};
    const ih_parallel_work work = {.n_items = n,
                                   .threads = (int)s->threads,
                                   .shared = &shared,
                                   .work = write_item,
                                   .what = "cube"};

    return ih_parallel_work_run(&work, err);
}

static size_t n_left_out(const ih_clip_state *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->n; i++)
        n += s->results[i].why != NULL;
    return n;
}

/* Which layers each product has, into its entry. */
static ih_status find_layers(ih_clip_state *s, ih_error *err)
{
    size_t *layers = ih_calloc(ih_layer_count(), sizeof *layers), n;
    ih_status status = layers ? IH_OK : ih_fail(err, IH_E_MEMORY, "layers");

    for (size_t i = 0; i < s->n && status == IH_OK; i++) {
        ih_clip_source *source = NULL;
        const char *why;
        cJSON *list;

        if (s->results[i].why)
            continue;
        status = ih_clip_source_open(s->plan->catalogue->items[i].path, &source, err);
        if (status != IH_OK)
            break;
        why = ih_clip_layers_of(s->plan, source, layers, &n);
        if (why) {
            s->results[i].why = CPLStrdup(why);
            s->results[i].is_unusable = true;
        }
        list = cJSON_AddArrayToObject(s->entries[i], "layers");
        for (size_t k = 0; k < n; k++)
            cJSON_AddItemToArray(list, cJSON_CreateString(ih_layer_at(layers[k])->suffix));
        ih_clip_source_free(source);
    }
    free(layers);
    return status;
}

static void judge(ih_clip_state *s, const ih_clip_sums *sums)
{
    for (size_t i = 0; i < s->n; i++) {
        ih_clip_result *r = &s->results[i];
        const char *why;

        if (r->why)
            continue;
        r->valid_fraction = (double)sums[i].n_valid / (double)s->plan->n_inside;
        if (sums[i].n_coherent)
            r->mean_coherence = sums[i].coherence / (double)sums[i].n_coherent;
        why = ih_clip_judge(s->plan, &sums[i], &r->is_unusable);
        r->why = why ? CPLStrdup(why) : NULL;
    }
}

/* Phase and coherence first, over and over until no product has to go; then the rest, and if one of
 * its files is damaged everything again without the product. */
static ih_status write_all(ih_clip_state *s, ih_clip_sums *sums, ih_error *err)
{
    const size_t first[2] = {(size_t)ih_layer_find("unw_phase"), (size_t)ih_layer_find("corr")};
    size_t before, *rest = ih_calloc(s->plan->n_layers, sizeof *rest), n_rest = 0;
    ih_status status;

    if (!rest)
        return ih_fail(err, IH_E_MEMORY, "layers");
    for (size_t i = 0; i < s->plan->n_layers; i++)
        if (s->plan->layers[i] != first[0] && s->plan->layers[i] != first[1])
            rest[n_rest++] = s->plan->layers[i];
    do {
        do {
            before = n_left_out(s);
            memset(sums, 0, s->n * sizeof *sums);
            status = write_layers(s, first, 2, sums, err);
            if (status == IH_OK && n_left_out(s) == before)
                judge(s, sums);
        } while (status == IH_OK && n_left_out(s) > before && n_left_out(s) < s->n);
        if (status == IH_OK)
            status = write_layers(s, rest, n_rest, sums, err);
    } while (status == IH_OK && n_left_out(s) > before && n_left_out(s) < s->n);
    free(rest);
    return status;
}

/* Into place, and into the list of files. */
static ih_status move_layers(ih_clip_state *s, ih_error *err)
{
    ih_status status = IH_OK;

    for (size_t i = 0; i < ih_layer_count() && status == IH_OK; i++) {
        char *name = name_of(s, i), *from = ih_result_folder_path(s->folder, name);
        char *to = CPLStrdup(CPLFormFilename(s->request->out_dir, name, NULL));
        bool wanted = ih_clip_plan_has_layer(s->plan, i);
        VSIStatBufL stat;

        if (VSIStatL(from, &stat) == 0 && !wanted) {
            VSIUnlink(from);
        } else if (wanted && VSIStatL(from, &stat) == 0) {
            cJSON *item = cJSON_CreateObject();

            if (rename(from, to) != 0)
                status = ih_fail(err, IH_E_IO, "%s cannot be moved into place", to);
            cJSON_AddNumberToObject(item, "bytes", (double)stat.st_size);
            cJSON_AddStringToObject(item, "path", CPLGetFilename(to));
            cJSON_AddItemToArray(s->files, item);
        }
        free(from);
        CPLFree(to);
        CPLFree(name);
    }
    return status;
}

static ih_status reuse(ih_clip_state *s, bool *all, ih_error *err)
{
    cJSON *list = cJSON_CreateArray(), *old;

    *all = false;
    if (!list)
        return ih_fail(err, IH_E_MEMORY, "manifest");
    for (size_t i = 0; i < s->n; i++)
        if (s->entries[i])
            cJSON_AddItemReferenceToArray(list, s->entries[i]);
    old = n_left_out(s) ? NULL : ih_clip_manifest_take_all(s->manifest, s->content, list);
    cJSON_Delete(list);
    if (!old)
        return IH_OK;
    for (size_t i = 0; i < s->n; i++) {
        cJSON_Delete(s->entries[i]);
        s->entries[i] = s->results[i].entry = cJSON_DetachItemFromArray(old, 0);
        s->results[i].reused = true;
    }
    cJSON_Delete(old);
    cJSON_Delete(s->files);
    s->files = ih_clip_manifest_files(s->manifest);
    s->n_kept = s->n;
    *all = true;
    return IH_OK;
}

ih_status ih_clip_cube_make(ih_clip_state *s, ih_error *err)
{
    ih_clip_sums *sums = ih_calloc(s->n, sizeof *sums);
    bool all = false;
    ih_status status = sums ? reuse(s, &all, err) : ih_fail(err, IH_E_MEMORY, "cube");

    if (status == IH_OK && !all) {
        status = find_layers(s, err);
        if (status == IH_OK && n_left_out(s) < s->n)
            status = write_all(s, sums, err);
        if (status == IH_OK && n_left_out(s) < s->n)
            status = move_layers(s, err);
        for (size_t i = 0; i < s->n && status == IH_OK; i++) {
            if (s->results[i].why) {
                cJSON_Delete(s->entries[i]);
                s->entries[i] = NULL;
            } else {
                ih_report_number(s->entries[i], "valid_fraction", s->results[i].valid_fraction);
                ih_report_number(s->entries[i], "mean_coherence", s->results[i].mean_coherence);
                s->results[i].entry = s->entries[i];
                s->n_made++;
            }
        }
    }
    free(sums);
    return status;
}
