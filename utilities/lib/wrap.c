/* SPDX-License-Identifier: MIT */
#include "utilities/lib/wrap.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cpl_conv.h>
#include <cpl_string.h>

#include "algorithms/alloc.h"
#include "algorithms/phase_wrapping.h"
#include "utilities/lib/raster_out.h"
#include "utilities/lib/report.h"
#include "utilities/lib/wrap_legend.h"
#include "utilities/lib/wrap_output.h"

/* Of one buffer of doubles; there are up to four. */
#define SLAB_BYTES ((size_t)8 << 20)
/* Of GDAL's cache: enough for temporary files, and a row of the input's blocks on top. */
#define LEAST_CACHE ((GIntBig)64 << 20)

/* Share of reading in the progress. */
#define READING_SHARE 0.6

/* Of one item, over the pixels of the result. */
typedef struct {
    size_t n_valid;
} item_counts;

typedef struct {
    const ih_wrap_request *request;
    ih_wrap_options options;
    ih_wrap_input input;
    bool averages;
    ih_phase_averaging averaging;
    ih_grid grid;               /* of the result */
    size_t slab_rows, out_rows; /* of the input read, and of the result made, at a time */
    ih_wrap_rows rows;
    double *turns, *averaged;
    ih_phasor_sum *sums; /* [item][out_rows][column] */
    item_counts *counts;
    ih_wrap_output *output;
} run;

/* Columns and rows of the result and how many pixels make one of its own. */
static ih_status find_averaging(run *r, ih_error *err)
{
    const ih_grid *g = &r->input.grid;
    const ih_wrap_options *o = &r->options;
    ih_phase_averaging *a = &r->averaging;
    double columns = o->size[0], rows = o->size[1];

    *a = (ih_phase_averaging){g->nx, g->ny, g->nx, g->ny, 1, 1, o->least_resultant};
    r->averages = o->size_given || o->resolution_given;
    if (o->resolution_given) {
        a->step_x = o->resolution[0] / fabs(g->dx);
        a->step_y = o->resolution[1] / fabs(g->dy);
        columns = ceil((double)g->nx / a->step_x - 1e-6);
        rows = ceil((double)g->ny / a->step_y - 1e-6);
    } else if (o->size_given) {
        if (columns == 0 && rows == 0)
            return ih_fail(err, IH_E_ARGUMENT, "-outsize 0 0 is no size");
        if (columns == 0)
            columns = fmax(1, round(rows * (double)g->nx / (double)g->ny));
        if (rows == 0)
            rows = fmax(1, round(columns * (double)g->ny / (double)g->nx));
        if (columns != floor(columns) || rows != floor(rows))
            return ih_fail(err, IH_E_ARGUMENT, "-outsize %g %g: whole numbers are needed", columns,
                           rows);
        a->step_x = (double)g->nx / columns;
        a->step_y = (double)g->ny / rows;
    }
    if (a->step_x < 1 - 1e-9 || a->step_y < 1 - 1e-9)
        return ih_fail(err, IH_E_ARGUMENT,
                       "%s: its %zu x %zu pixels of %g x %g can only be made fewer, not more",
                       r->request->input, g->nx, g->ny, fabs(g->dx), fabs(g->dy));
    a->step_x = fmax(a->step_x, 1);
    a->step_y = fmax(a->step_y, 1);
    if (r->averages) {
        a->out_nx = (size_t)fmax(columns, 1);
        a->out_ny = (size_t)fmax(rows, 1);
    }
    r->grid = (ih_grid){g->x0, g->y0, g->dx * a->step_x, g->dy * a->step_y, a->out_nx, a->out_ny};
    return IH_OK;
}

/* Rows to read at a time: whole blocks when they fit. */
static void choose_slab(run *r)
{
    size_t nx = r->input.grid.nx, rows = SLAB_BYTES / sizeof(double) / nx, cells;
    int block_x, block_y;

    GDALGetBlockSize(GDALGetRasterBand(r->input.dataset, r->input.items[0].band), &block_x,
                     &block_y);
    if (rows > (size_t)block_y)
        rows = rows / (size_t)block_y * (size_t)block_y;
    r->slab_rows = rows < 1 ? 1 : rows > r->input.grid.ny ? r->input.grid.ny : rows;
    r->out_rows = (size_t)((double)r->slab_rows / r->averaging.step_y);
    cells = r->input.n_items * r->averaging.out_nx * sizeof(ih_phasor_sum);
    if (r->averages && r->out_rows > SLAB_BYTES / cells)
        r->out_rows = SLAB_BYTES / cells;
    if (r->out_rows < 1)
        r->out_rows = 1;
}

/* GDAL would take a twentieth of the memory. A row of blocks of the input has to fit, or blocks
 * would be inflated for every slab anew; where the bands of a block lie together, all of them. */
static void set_cache(const run *r)
{
    GDALDatasetH ds = r->input.dataset;
    GDALRasterBandH band = GDALGetRasterBand(ds, r->input.items[0].band);
    const char *interleave = GDALGetMetadataItem(ds, "INTERLEAVE", "IMAGE_STRUCTURE");
    bool together = interleave && EQUAL(interleave, "PIXEL");
    GIntBig bytes = GDALGetDataTypeSizeBytes(GDALGetRasterDataType(band)),
            most = GDALGetCacheMax64();
    int block_x, block_y;

    if (CPLGetConfigOption("GDAL_CACHEMAX", NULL))
        return;
    GDALGetBlockSize(band, &block_x, &block_y);
    bytes *= (GIntBig)block_y * GDALGetRasterXSize(ds) *
             (together                       ? GDALGetRasterCount(ds)
              : r->input.items[0].subtracted ? 2
                                             : 1);
    bytes = LEAST_CACHE + bytes + bytes / 4;
    if (bytes < most)
        GDALSetCacheMax64(bytes);
}

/* -overwrite is for results of before, not for what they are made from. */
static ih_status check_output(const run *r, ih_error *err)
{
    struct stat input, output;

    if (stat(r->request->input, &input) == 0 && stat(r->request->output, &output) == 0 &&
        input.st_dev == output.st_dev && input.st_ino == output.st_ino)
        return ih_fail(err, IH_E_ARGUMENT, "%s is the input; another name is needed for the output",
                       r->request->output);
    return IH_OK;
}

static ih_status prepare(run *r, ih_error *err)
{
    size_t n_items, cells;
    ih_status status = check_output(r, err);

    if (status == IH_OK)
        status = ih_wrap_input_open(r->request->input, &r->options, &r->input, err);
    if (status == IH_OK)
        status = find_averaging(r, err);
    if (status != IH_OK)
        return status;
    choose_slab(r);
    set_cache(r);
    n_items = r->input.n_items;
    cells = r->out_rows * r->grid.nx;
    r->turns = ih_alloc(r->slab_rows * r->input.grid.nx, sizeof *r->turns);
    r->counts = ih_calloc(n_items, sizeof *r->counts);
    if (r->averages) {
        r->averaged = ih_alloc(cells, sizeof *r->averaged);
        r->sums = ih_alloc(n_items * cells, sizeof *r->sums);
    }
    if (!r->turns || !r->counts || (r->averages && (!r->averaged || !r->sums)))
        return ih_fail(err, IH_E_MEMORY, "%zu rows of %zu pixels", r->slab_rows, r->input.grid.nx);
    status = ih_wrap_rows_new(&r->input, r->slab_rows, &r->rows, err);
    if (status == IH_OK)
        status = ih_wrap_output_new(r->request->output, &r->input, &r->options, &r->grid,
                                    r->averages ? r->out_rows : r->slab_rows, &r->output, err);
    return status;
}

static ih_status tell(const run *r, double done, ih_error *err)
{
    if (r->request->progress && !r->request->progress(done, "wrapping", r->request->progress_data))
        return ih_fail(err, IH_E_CANCELLED, "interrupted");
    return IH_OK;
}

static ih_status write_turns(run *r, size_t item, size_t row, size_t n_rows, const double *turns,
                             ih_error *err)
{
    for (size_t i = 0; i < n_rows * r->grid.nx; i++)
        if (!isnan(turns[i]))
            r->counts[item].n_valid++;
    return ih_wrap_output_write(r->output, item, row, n_rows, turns, err);
}

static ih_status wrap_all(run *r, ih_error *err)
{
    size_t ny = r->input.grid.ny;
    ih_status status = IH_OK;

    for (size_t row = 0; row < ny && status == IH_OK; row += r->slab_rows) {
        size_t n = ny - row < r->slab_rows ? ny - row : r->slab_rows;

        status = ih_wrap_rows_begin(&r->input, &r->rows, row, n, err);
        for (size_t item = 0; item < r->input.n_items && status == IH_OK; item++) {
            status = ih_wrap_rows_read(&r->input, &r->rows, item, row, n, r->turns, err);
            if (status == IH_OK)
                status = write_turns(r, item, row, n, r->turns, err);
            if (status == IH_OK)
                status = tell(r, READING_SHARE * (double)(row + n) / (double)ny, err);
        }
    }
    return status;
}

/* The rows that some rows of the result need, a slab at a time. */
static ih_status sum_rows(run *r, size_t out_row, size_t n_out, ih_error *err)
{
    size_t first, count, cells = n_out * r->grid.nx;
    ih_status status = IH_OK;

    memset(r->sums, 0, r->input.n_items * cells * sizeof *r->sums);
    ih_phase_averaging_rows(&r->averaging, out_row, n_out, &first, &count);
    for (size_t done = 0; done < count && status == IH_OK; done += r->slab_rows) {
        size_t n = count - done < r->slab_rows ? count - done : r->slab_rows;

        status = ih_wrap_rows_begin(&r->input, &r->rows, first + done, n, err);
        for (size_t item = 0; item < r->input.n_items && status == IH_OK; item++) {
            status = ih_wrap_rows_read(&r->input, &r->rows, item, first + done, n, r->turns, err);
            if (status == IH_OK)
                ih_phasor_sums_add(&r->averaging, r->turns, first + done, n, out_row, n_out,
                                   r->sums + item * cells);
        }
        if (status == IH_OK)
            status =
                tell(r, READING_SHARE * (double)(first + done + n) / (double)r->input.grid.ny, err);
    }
    return status;
}

static ih_status average_all(run *r, ih_error *err)
{
    ih_status status = IH_OK;

    for (size_t row = 0; row < r->grid.ny && status == IH_OK; row += r->out_rows) {
        size_t n = r->grid.ny - row < r->out_rows ? r->grid.ny - row : r->out_rows;
        size_t cells = n * r->grid.nx;

        status = sum_rows(r, row, n, err);
        for (size_t item = 0; item < r->input.n_items && status == IH_OK; item++) {
            ih_phasor_sums_finish(&r->averaging, r->sums + item * cells, cells, r->averaged);
            status = write_turns(r, item, row, n, r->averaged, err);
        }
    }
    return status;
}

static const char *name_of_kind(ih_wrap_kind kind)
{
    return kind == IH_WRAP_PHASE ? "phase" : kind == IH_WRAP_RATE ? "velocity" : "displacement";
}

static void report_cycle(const run *r, FILE *file)
{
    const ih_wrap_input *in = &r->input;
    char length[48] = "";

    if (!isnan(in->cycle_m))
        ih_wrap_length_text(in->cycle_m, length, sizeof length);
    fprintf(file, "one fringe: ");
    if (length[0])
        fprintf(file, "%s along the line of sight", length);
    if (!isnan(in->cycle_rad))
        fprintf(file, "%s%.6g rad of phase", length[0] ? ", " : "", in->cycle_rad);
    fprintf(file, "; positive %s the satellite\n",
            r->options.direction == IH_WRAP_TOWARD ? "toward" : "away from");
}

static char *make_summary(const run *r)
{
    const ih_wrap_input *in = &r->input;
    char *text = NULL, **files = ih_wrap_output_files(r->output);
    size_t size = 0, n_pixels = r->grid.nx * r->grid.ny, n_valid = 0;
    FILE *file = open_memstream(&text, &size);

    if (!file)
        return NULL;
    for (size_t i = 0; i < in->n_items; i++)
        n_valid += r->counts[i].n_valid;
    fprintf(file, "input: %s in %s, %d of %d bands%s%s\n", name_of_kind(in->kind), in->unit,
            GDALGetRasterCount(in->dataset) - in->n_left_out, GDALGetRasterCount(in->dataset),
            in->unit_from_name ? "; unit by the file's name" : "",
            in->no_data_from_name ? "; 0 is taken for no data" : "");
    report_cycle(r, file);
    fprintf(file, "result: %zu x %zu pixels, %.1f %% with data\n", r->grid.nx, r->grid.ny,
            100.0 * (double)n_valid / (double)(n_pixels * in->n_items));
    for (int i = 0; files[i]; i++) {
        const ih_wrap_kmz_report *kmz = ih_wrap_output_kmz(r->output, (size_t)i);

        fprintf(file, "wrote: %s", files[i]);
        if (kmz->n_pictures)
            fprintf(file, " (%zu x %zu pixels in %zu picture%s)", kmz->nx, kmz->ny, kmz->n_pictures,
                    kmz->n_pictures == 1 ? "" : "s");
        fputc('\n', file);
    }
    return fclose(file) == 0 ? text : NULL;
}

static cJSON *report_item(const run *r, size_t item)
{
    const ih_wrap_item *it = &r->input.items[item];
    cJSON *object = cJSON_CreateObject();
    const char *first = CSLFetchNameValue(it->metadata, "REFERENCE_DATE");
    const char *last = CSLFetchNameValue(it->metadata, "SECONDARY_DATE");

    cJSON_AddNumberToObject(object, "band", it->band);
    if (it->subtracted)
        cJSON_AddNumberToObject(object, "subtracted_band", it->subtracted);
    cJSON_AddStringToObject(object, "description", it->description);
    if (first)
        cJSON_AddStringToObject(object, "reference_date", first);
    if (last)
        cJSON_AddStringToObject(object, "secondary_date", last);
    cJSON_AddNumberToObject(object, "valid_pixels", (double)r->counts[item].n_valid);
    return object;
}

static cJSON *report_file(const run *r, size_t index)
{
    const ih_wrap_kmz_report *kmz = ih_wrap_output_kmz(r->output, index);
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "path", ih_wrap_output_files(r->output)[index]);
    if (kmz->n_pictures) {
        const double box[4] = {kmz->west, kmz->south, kmz->east, kmz->north};

        cJSON_AddItemToObject(object, "bbox", cJSON_CreateDoubleArray(box, 4));
        cJSON_AddNumberToObject(object, "columns", (double)kmz->nx);
        cJSON_AddNumberToObject(object, "rows", (double)kmz->ny);
        cJSON_AddNumberToObject(object, "levels", kmz->n_levels);
        cJSON_AddNumberToObject(object, "pictures", (double)kmz->n_pictures);
    }
    return object;
}

static char *make_json(const run *r)
{
    const ih_wrap_input *in = &r->input;
    cJSON *json = ih_report_new("gdal_ih_wrap"), *items, *files;
    char *text;

    if (r->request->command_line)
        cJSON_AddStringToObject(json, "command_line", r->request->command_line);
    cJSON_AddStringToObject(json, "input", in->path);
    cJSON_AddStringToObject(json, "quantity", name_of_kind(in->kind));
    cJSON_AddStringToObject(json, "unit", in->unit);
    cJSON_AddBoolToObject(json, "unit_from_name", in->unit_from_name);
    cJSON_AddBoolToObject(json, "zero_taken_for_no_data", in->no_data_from_name);
    cJSON_AddNumberToObject(json, "bands_left_out", in->n_left_out);
    ih_report_number(json, "wavelength_m", in->wavelength_m);
    ih_report_number(json, "cycle_m", in->cycle_m);
    ih_report_number(json, "cycle_rad", in->cycle_rad);
    ih_report_number(json, "cycles_per_unit", in->cycles_per_unit);
    cJSON_AddStringToObject(json, "positive",
                            r->options.direction == IH_WRAP_TOWARD ? "toward" : "away");
    cJSON_AddNumberToObject(json, "columns", (double)r->grid.nx);
    cJSON_AddNumberToObject(json, "rows", (double)r->grid.ny);
    cJSON_AddBoolToObject(json, "averaged", r->averages);
    items = cJSON_AddArrayToObject(json, "items");
    for (size_t i = 0; i < in->n_items; i++)
        cJSON_AddItemToArray(items, report_item(r, i));
    files = cJSON_AddArrayToObject(json, "files");
    for (size_t i = 0; ih_wrap_output_files(r->output)[i]; i++)
        cJSON_AddItemToArray(files, report_file(r, i));
    text = json ? cJSON_Print(json) : NULL;
    cJSON_Delete(json);
    return text;
}

static ih_status report(const run *r, ih_wrap_outcome *out, ih_error *err)
{
    out->summary = make_summary(r);
    out->json = make_json(r);
    if (!out->summary || !out->json)
        return ih_fail(err, IH_E_MEMORY, "no memory for the report");
    return IH_OK;
}

static int later_part(double done, const char *what, void *data)
{
    const run *r = data;

    return r->request->progress(READING_SHARE + (1 - READING_SHARE) * done, "wrapping",
                                ((void)what, r->request->progress_data));
}

ih_status ih_wrap_run(const ih_wrap_request *request, ih_wrap_outcome *out, ih_error *err)
{
    run r = {.request = request, .options = request->options};
    GIntBig cache = GDALGetCacheMax64();
    ih_status status;

    memset(out, 0, sizeof *out);
    status = ih_wrap_options_resolve(&r.options, request->output, err);
    if (status == IH_OK)
        status = ih_raster_out_check_options(r.options.creation_options, err);
    if (status != IH_OK)
        return status;
    omp_set_num_threads((int)r.options.threads);
    status = prepare(&r, err);
    if (status == IH_OK)
        status = r.averages ? average_all(&r, err) : wrap_all(&r, err);
    if (status == IH_OK)
        status = ih_wrap_output_finish(r.output, request->progress ? later_part : NULL, &r, err);
    if (status == IH_OK)
        status = report(&r, out, err);
    ih_wrap_output_free(r.output);
    ih_wrap_rows_free(&r.rows);
    free(r.turns);
    free(r.averaged);
    free(r.sums);
    free(r.counts);
    ih_wrap_input_close(&r.input);
    GDALSetCacheMax64(cache);
    if (status != IH_OK)
        ih_wrap_outcome_free(out);
    return status;
}

void ih_wrap_outcome_free(ih_wrap_outcome *outcome)
{
    free(outcome->summary);
    cJSON_free(outcome->json);
    memset(outcome, 0, sizeof *outcome);
}
