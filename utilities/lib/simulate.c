/* SPDX-License-Identifier: MIT */
#include "utilities/lib/simulate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <omp.h>

#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>

#include <cjson/cJSON.h>

#include "algorithms/alloc.h"
#include "drivers/hyp3/product_name.h"
#include "utilities/lib/cli.h"
#include "utilities/lib/interferogram.h"
#include "utilities/lib/product_metadata.h"
#include "utilities/lib/product_writer.h"
#include "utilities/lib/scene.h"
#include "utilities/lib/truth_writer.h"

/* Phases of dates are kept up to this size; the pairs are done in batches whose dates fit. */
#define DATE_BYTES ((size_t)512 << 20)

/* The wavelength that GAMMA's displacements are made with. */
#define GAMMA_WAVELENGTH_M 0.0554657595

typedef struct {
    const ih_scene *scene;
    const char *folder;
    float **phase; /* [date % window], phases of the dates of a batch */
    size_t window; /* dates kept at a time */
    ih_progress progress;
    void *progress_data;
    size_t done; /* pairs, shared among threads */
    bool stop;
    ih_status status;
    size_t failed; /* first item that failed, so that the same failure is reported for any number of
                      threads */
    ih_error error;
} job;

/* Pixels of one thread. */
typedef struct {
    ih_interferogram *pixels;
    float *layer;
    uint8_t *bytes;
} worker;

static void fail(job *j, size_t item, ih_status st, const ih_error *err)
{
#pragma omp critical(ih_simulate_failure)
    {
        if (j->status == IH_OK || item < j->failed) {
            j->status = st;
            j->failed = item;
            j->error = *err;
        }
        j->stop = true;
    }
}

static bool stopped(job *j)
{
    bool stop;

#pragma omp atomic read
    stop = j->stop;
    return stop || ih_cli_interrupted();
}

/* Geographic coordinates of the reference pixel; NaN where PROJ has none. */
static void locate_reference(const ih_scene *scene, const ih_grid *product, ih_product_reference *r)
{
    OGRSpatialReferenceH geographic = OSRNewSpatialReference(NULL);
    OGRCoordinateTransformationH transform = NULL;

    ih_grid_centre(product, r->column, r->row, &r->x, &r->y);
    r->longitude = r->x;
    r->latitude = r->y;
    if (geographic && OSRImportFromEPSG(geographic, 4326) == OGRERR_NONE) {
        OSRSetAxisMappingStrategy(geographic, OAMS_TRADITIONAL_GIS_ORDER);
        transform = OCTNewCoordinateTransformation(scene->srs, geographic);
    }
    if (!transform || !OCTTransform(transform, 1, &r->longitude, &r->latitude, NULL))
        r->longitude = r->latitude = NAN;
    if (transform)
        OCTDestroyCoordinateTransformation(transform);
    if (geographic)
        OSRDestroySpatialReference(geographic);
}

static float displacement(const worker *w, const ih_scene *scene, size_t i)
{
    (void)scene;
    return (float)(-GAMMA_WAVELENGTH_M / (16.0 * atan(1.0)) * w->pixels->unwrapped_rad[i]);
}

static float vertical(const worker *w, const ih_scene *scene, size_t i)
{
    return (float)(displacement(w, scene, i) / sin(scene->elevation_rad[i]));
}

static float elevation(const worker *w, const ih_scene *scene, size_t i)
{
    (void)w;
    return scene->elevation_rad[i];
}

static float azimuth(const worker *w, const ih_scene *scene, size_t i)
{
    (void)w;
    return scene->azimuth_rad[i];
}

static float height(const worker *w, const ih_scene *scene, size_t i)
{
    (void)w;
    return scene->height_m[i];
}

static float ellipsoid_incidence(const worker *w, const ih_scene *scene, size_t i)
{
    (void)w;
    return (float)(2.0 * atan(1.0) - scene->elevation_rad[i]);
}

static float local_incidence(const worker *w, const ih_scene *scene, size_t i)
{
    size_t nx = scene->grid.nx, column = i % nx, row = i / nx;
    size_t east = column + 1 < nx ? i + 1 : i, west = column > 0 ? i - 1 : i;
    size_t south = row + 1 < scene->grid.ny ? i + nx : i, north = row > 0 ? i - nx : i;
    const ih_line_of_sight sight = {.elevation_rad = scene->elevation_rad[i],
                                    .azimuth_rad = scene->azimuth_rad[i]};
    const float *h = scene->height_m;
    double run_x = (double)(east - west) * scene->grid.dx;
    double run_y = (double)((south - north) / nx) * scene->grid.dx;

    (void)w;
    return (float)ih_viewing_geometry_local_incidence(&sight, (h[east] - h[west]) / run_x,
                                                      (h[north] - h[south]) / run_y);
}

static float unwrapped(const worker *w, const ih_scene *scene, size_t i)
{
    (void)scene;
    return w->pixels->unwrapped_rad[i];
}

static float wrapped(const worker *w, const ih_scene *scene, size_t i)
{
    (void)scene;
    return w->pixels->wrapped_rad[i];
}

static float coherence(const worker *w, const ih_scene *scene, size_t i)
{
    (void)scene;
    return w->pixels->coherence[i];
}

static float power(const worker *w, const ih_scene *scene, size_t i)
{
    (void)scene;
    return w->pixels->power[i];
}

static float component(const worker *w, const ih_scene *scene, size_t i)
{
    (void)scene;
    return w->pixels->component[i];
}

enum { IN_GAMMA = 1, IN_BURST = 2, IN_BOTH = 3 };

static const struct {
    const char *suffix;
    int families;
    float (*value)(const worker *, const ih_scene *, size_t);
    bool no_data_in_gamma;
} layers[] = {
    {"unw_phase", IN_BOTH, unwrapped, true},
    {"wrapped_phase", IN_BOTH, wrapped, true},
    {"corr", IN_BOTH, coherence, true},
    {"conncomp", IN_BURST, component, true},
    {"amp", IN_GAMMA, power, true},
    {"los_disp", IN_GAMMA, displacement, true},
    {"vert_disp", IN_GAMMA, vertical, true},
    {"dem", IN_BOTH, height, false},
    {"lv_theta", IN_BOTH, elevation, true},
    {"lv_phi", IN_BOTH, azimuth, true},
    {"inc_map", IN_GAMMA, local_incidence, true},
    {"inc_map_ell", IN_GAMMA, ellipsoid_incidence, true},
};

static ih_status add_layers(job *j, const ih_scene_pair *pair, worker *w, ih_product_writer *writer,
                            ih_error *err)
{
    const ih_scene *scene = j->scene;
    const bool gamma = scene->options.family == IH_SIMULATE_GAMMA;
    ih_status st = IH_OK;

    for (size_t k = 0; k < sizeof layers / sizeof layers[0] && st == IH_OK; k++) {
        if (!(layers[k].families & (gamma ? IN_GAMMA : IN_BURST)))
            continue;
        size_t n = 0;
        for (size_t row = pair->row; row < pair->row + pair->ny; row++) {
            if (stopped(j))
                return ih_fail(err, IH_E_CANCELLED, "interrupted");
            for (size_t column = pair->column; column < pair->column + pair->nx; column++) {
                size_t i = row * scene->grid.nx + column;
                float value = w->pixels->valid[i] ? layers[k].value(w, scene, i) : 0.0f;
                w->layer[n++] = value == 0.0f ? 0.0f : value; /* no -0 */
            }
        }
        const ih_product_layer layer = {.suffix = layers[k].suffix,
                                        .type = GDT_Float32,
                                        .pixels = w->layer,
                                        .row_pixels = pair->nx,
                                        .has_no_data = layers[k].no_data_in_gamma || !gamma};
        st = ih_product_writer_add_layer(writer, &layer, err);
    }
    if (st != IH_OK)
        return st;

    const ih_product_layer water = {.suffix = "water_mask",
                                    .type = GDT_Byte,
                                    .pixels =
                                        scene->land + pair->row * scene->grid.nx + pair->column,
                                    .row_pixels = scene->grid.nx,
                                    .has_no_data = true,
                                    .no_data = 255,
                                    .area = true};
    return ih_product_writer_add_layer(writer, &water, err);
}

static ih_status add_texts(const ih_scene *scene, const ih_scene_pair *pair, const worker *w,
                           ih_product_writer *writer, ih_error *err)
{
    ih_grid product = ih_scene_product_grid(scene, pair);
    ih_product_reference reference = {0};
    char *text, *readme;
    ih_status st = IH_OK;

    if (scene->options.family == IH_SIMULATE_GAMMA) {
        reference.phase_rad = w->pixels->reference_phase_rad;
        reference.column = w->pixels->reference_column - pair->column;
        reference.row = w->pixels->reference_row - pair->row;
        locate_reference(scene, &product, &reference);
    }
    text = ih_product_metadata_text(scene, pair, &reference);
    readme = ih_product_metadata_readme(scene, pair);
    if (!text || !readme)
        st = ih_fail(err, IH_E_MEMORY, "not enough memory for texts of %s", pair->name);
    if (st == IH_OK)
        st = ih_product_writer_add_text(writer, ".txt", text, err);
    if (st == IH_OK)
        st = ih_product_writer_add_text(writer, ih_product_metadata_readme_suffix(scene), readme,
                                        err);
    CPLFree(readme);
    CPLFree(text);
    return st;
}

static ih_status write_pair(job *j, size_t k, worker *w, ih_error *err)
{
    const ih_scene *scene = j->scene;
    const ih_scene_pair *pair = &scene->pairs[k];
    const ih_product_writer_spec spec = {.folder = j->folder,
                                         .name = pair->name,
                                         .zip = scene->options.format == IH_SIMULATE_ZIP,
                                         .deflate_level = (int)scene->options.deflate_level,
                                         .gamma = scene->options.family == IH_SIMULATE_GAMMA,
                                         .grid = ih_scene_product_grid(scene, pair),
                                         .srs = scene->srs};
    ih_product_writer *writer = NULL;
    ih_status st = ih_interferogram_form(scene, k, j->phase[pair->reference % j->window],
                                         j->phase[pair->secondary % j->window], w->pixels, err);

    if (st == IH_OK)
        st = ih_product_writer_new(&spec, &writer, err);
    if (st == IH_OK)
        st = add_layers(j, pair, w, writer, err);
    if (st == IH_OK)
        st = add_texts(scene, pair, w, writer, err);
    if (st == IH_OK && stopped(j))
        st = ih_fail(err, IH_E_CANCELLED, "interrupted");
    if (st != IH_OK) {
        ih_product_writer_abort(writer);
        return st;
    }
    return ih_product_writer_commit(writer, err);
}

/* Counts a pair; the first thread shows progress and asks whether to go on. */
static void advance(job *j, size_t k)
{
    size_t done;

#pragma omp atomic capture
    done = ++j->done;
    if (omp_get_thread_num() == 0 && j->progress &&
        !j->progress((double)done / (double)j->scene->n_pairs, "Products", j->progress_data)) {
        ih_error err;
        ih_status st = ih_fail(&err, IH_E_CANCELLED, "interrupted");
        fail(j, k, st, &err);
    }
}

static void free_worker(worker *w)
{
    ih_interferogram_free(w->pixels);
    free(w->layer);
}

static ih_status new_worker(const ih_scene *scene, worker *w, ih_error *err)
{
    ih_status st;

    *w = (worker){.layer = ih_alloc(scene->n_pixels, sizeof(float))};
    if (!w->layer)
        return ih_fail(err, IH_E_MEMORY, "not enough memory for layer of %zu pixels",
                       scene->n_pixels);
    st = ih_interferogram_new(scene->n_pixels, &w->pixels, err);
    if (st != IH_OK)
        free_worker(w);
    return st;
}

/* Phases of the dates [first, last) that the window does not hold yet. */
static void make_dates(job *j, size_t first, size_t last)
{
#pragma omp parallel for schedule(dynamic)
    for (size_t date = first; date < last; date++) {
        ih_error err;
        if (stopped(j))
            continue;
        ih_status st = ih_scene_date_phase(j->scene, date, j->phase[date % j->window], &err);
        if (st != IH_OK)
            fail(j, date, st, &err);
    }
}

static void make_pairs(job *j, size_t first, size_t last)
{
#pragma omp parallel
    {
        ih_error err;
        worker w;
        ih_status st = new_worker(j->scene, &w, &err);
        if (st != IH_OK)
            fail(j, first, st, &err);
#pragma omp for schedule(dynamic)
        for (size_t k = first; k < last; k++) {
            if (stopped(j))
                continue;
            st = write_pair(j, k, &w, &err);
            if (st != IH_OK)
                fail(j, k, st, &err);
            else
                advance(j, k);
        }
        free_worker(&w);
    }
}

/* Pairs are sorted by reference date: a batch is the pairs of some reference dates, and the window
 * of dates moves along. */
static void make_products(job *j)
{
    const ih_scene *scene = j->scene;
    size_t connections = (size_t)scene->options.connections;
    size_t batch = j->window - connections, made = 0, pair = 0;

    for (size_t first = 0; first + 1 < scene->n_dates && !stopped(j); first += batch) {
        size_t end = first + batch, needed = end + connections;
        if (needed > scene->n_dates)
            needed = scene->n_dates;
        make_dates(j, made, needed);
        made = needed > made ? needed : made;
        size_t last = pair;
        while (last < scene->n_pairs && scene->pairs[last].reference < end)
            last++;
        if (!stopped(j))
            make_pairs(j, pair, last);
        pair = last;
    }
}

static ih_status run(const ih_scene *scene, const char *folder, ih_progress progress,
                     void *progress_data, ih_error *err)
{
    ih_status st = IH_OK;
    size_t date_bytes = scene->n_pixels * sizeof(float);
    size_t connections = (size_t)scene->options.connections;
    job j = {
        .scene = scene, .folder = folder, .progress = progress, .progress_data = progress_data};

    j.window = DATE_BYTES / date_bytes;
    if (j.window < connections + 2)
        j.window = connections + 2;
    if (j.window > scene->n_dates)
        j.window = scene->n_dates;
    j.phase = ih_calloc(j.window, sizeof *j.phase);
    for (size_t i = 0; j.phase && i < j.window && st == IH_OK; i++)
        if (!(j.phase[i] = ih_alloc(scene->n_pixels, sizeof(float))))
            st =
                ih_fail(err, IH_E_MEMORY, "not enough memory for phases of %zu dates of %zu pixels",
                        j.window, scene->n_pixels);
    if (!j.phase)
        st = ih_fail(err, IH_E_MEMORY, "not enough memory for %zu dates", j.window);
    if (st == IH_OK) {
        make_products(&j);
        if (j.status == IH_OK && ih_cli_interrupted())
            j.status = ih_fail(&j.error, IH_E_CANCELLED, "interrupted");
        /* The first thread need not have made the last product. */
        if (j.status == IH_OK && progress)
            progress(1.0, "Products", progress_data);
        st = j.status;
        if (st != IH_OK && err)
            *err = j.error;
    }
    for (size_t i = 0; j.phase && i < j.window; i++)
        free(j.phase[i]);
    free(j.phase);
    return st;
}

/* Removes the products that a report of a simulation lists, and its truth. */
static ih_status remove_simulation(const char *folder, const char *truth, const cJSON *report,
                                   ih_error *err)
{
    const cJSON *pair;

    cJSON_ArrayForEach(pair, cJSON_GetObjectItem(report, "pairs"))
    {
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(pair, "product"));
        ih_product_name parsed;
        VSIStatBufL stat;

        /* The name becomes a path that is deleted: nothing but a whole product name will do. */
        if (!name || !ih_product_name_parse(name, &parsed) || strcmp(parsed.name, name) != 0)
            return ih_fail(err, IH_E_DATA, "%s lists a product of the name \"%s\"", truth,
                           name ? name : "");
        char *zip = CPLStrdup(CPLFormFilename(folder, name, "zip"));
        char *directory = CPLStrdup(CPLFormFilename(folder, name, NULL));
        bool gone = (VSIStatL(zip, &stat) != 0 || VSIUnlink(zip) == 0) &&
                    (VSIStatL(directory, &stat) != 0 || VSIRmdirRecursive(directory) == 0);
        CPLFree(zip);
        CPLFree(directory);
        if (!gone)
            return ih_fail(err, IH_E_IO, "cannot remove the earlier product %s", name);
    }
    if (VSIRmdirRecursive(truth) != 0)
        return ih_fail(err, IH_E_IO, "cannot remove %s", truth);
    return IH_OK;
}

static bool is_empty(const char *folder)
{
    char **names = VSIReadDir(folder);
    bool empty = true;

    for (int i = 0; names && names[i]; i++)
        if (strcmp(names[i], ".") != 0 && strcmp(names[i], "..") != 0)
            empty = false;
    CSLDestroy(names);
    return empty;
}

static ih_status clear_folder(const char *folder, const char *truth, bool overwrite, ih_error *err)
{
    ih_status st;
    char *path = CPLStrdup(CPLFormFilename(truth, IH_TRUTH_REPORT, NULL));
    GByte *bytes = NULL;
    vsi_l_offset size = 0;
    VSIStatBufL stat;
    cJSON *report = NULL;

    if (!overwrite)
        st = ih_fail(err, IH_E_ARGUMENT, "%s is not empty: use -overwrite to replace a simulation",
                     folder);
    else if (VSIStatL(path, &stat) != 0 || !VSIIngestFile(NULL, path, &bytes, &size, 64 << 20) ||
             !(report = cJSON_Parse((const char *)bytes)))
        st = ih_fail(err, IH_E_ARGUMENT,
                     "%s is not empty and not a simulation (no readable %s/%s): it is left alone",
                     folder, IH_TRUTH_FOLDER, IH_TRUTH_REPORT);
    else
        st = remove_simulation(folder, truth, report, err);
    cJSON_Delete(report);
    VSIFree(bytes);
    CPLFree(path);
    return st;
}

static ih_status prepare_folder(const char *folder, const char *truth, bool overwrite,
                                ih_error *err)
{
    VSIStatBufL stat;

    if (VSIStatL(folder, &stat) == 0) {
        if (!VSI_ISDIR(stat.st_mode))
            return ih_fail(err, IH_E_ARGUMENT, "%s is a file, not a folder", folder);
        if (!is_empty(folder)) {
            ih_status st = clear_folder(folder, truth, overwrite, err);
            if (st != IH_OK)
                return st;
        }
    } else if (VSIMkdir(folder, 0777) != 0 && VSIMkdirRecursive(folder, 0777) != 0) {
        /* The recursive one alone fails on a relative name without a slash. */
        return ih_fail(err, IH_E_IO, "cannot make the folder %s", folder);
    }
    if (VSIMkdir(truth, 0777) != 0)
        return ih_fail(err, IH_E_IO, "cannot make the folder %s", truth);
    return IH_OK;
}

ih_status ih_simulate(const ih_simulate_options *options, const char *folder, ih_progress progress,
                      void *progress_data, ih_error *err)
{
    ih_status st;
    ih_scene *scene = NULL;
    char *truth = CPLStrdup(CPLFormFilename(folder, IH_TRUTH_FOLDER, NULL));

    st = ih_scene_new(options, &scene, err);
    if (st == IH_OK)
        st = prepare_folder(folder, truth, options->overwrite, err);
    /* The report first: it is what makes the folder of an interrupted run recognisable. */
    if (st == IH_OK)
        st = ih_truth_write_report(scene, truth, err);
    if (st == IH_OK)
        st = ih_truth_write_rasters(scene, truth, progress, progress_data, err);
    if (st == IH_OK)
        st = run(scene, folder, progress, progress_data, err);
    ih_scene_free(scene);
    CPLFree(truth);
    return st;
}
