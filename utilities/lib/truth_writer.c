/* SPDX-License-Identifier: MIT */
#include "utilities/lib/truth_writer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_string.h>

#include "algorithms/alloc.h"
#include "utilities/lib/raster_out.h"
#include "utilities/lib/report.h"

static const char *family_name(const ih_scene *scene)
{
    return scene->options.family == IH_SIMULATE_GAMMA ? "gamma" : "burst";
}

static void add_options(const ih_simulate_options *o, cJSON *json)
{
    cJSON *options = cJSON_AddObjectToObject(json, "options");
    const struct {
        const char *key;
        double value;
    } numbers[] = {
        {"columns", o->size[0]},
        {"rows", o->size[1]},
        {"spacing_m", ih_simulate_spacing_m(o)},
        {"longitude", o->lonlat[0]},
        {"latitude", o->lonlat[1]},
        {"shift_pixels", (double)o->shift},
        {"dates", (double)o->dates},
        {"interval_days", (double)o->interval_days},
        {"connections", (double)o->connections},
        {"relief_m", o->relief_m},
        {"sea_level_m", o->sea_level_m},
        {"bowl_mm_per_year", o->bowl_mm},
        {"fault_mm_per_year", o->fault_mm},
        {"seasonal_mm", o->seasonal_mm},
        {"step_mm", o->step_mm},
        {"turbulence_mm", o->turbulence_mm},
        {"stratified_mm_per_km", o->stratified_mm_per_km},
        {"dem_error_m", o->dem_error_m},
        {"baseline_m", o->baseline_m},
        {"unwrap_errors_share", o->unwrap_errors},
        {"coherence", o->coherence},
        {"long_term", o->long_term},
        {"decay_days", o->decay_days},
        {"patches_share", o->patches},
    };
    const struct {
        const char *key;
        bool value;
    } switches[] = {
        {"same_extent", o->same_extent}, {"margins", !o->no_margins},
        {"water", !o->no_water},         {"water_mask_applied", o->apply_water_mask},
        {"noise", !o->no_noise},         {"decorrelation", !o->no_decorrelation},
    };

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        ih_report_number(options, numbers[i].key, numbers[i].value);
    for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++)
        cJSON_AddBoolToObject(options, switches[i].key, switches[i].value);
}

static void add_grid(const ih_scene *scene, cJSON *json)
{
    cJSON *grid = cJSON_AddObjectToObject(json, "grid");

    cJSON_AddNumberToObject(grid, "epsg", scene->epsg);
    cJSON_AddNumberToObject(grid, "x0", scene->grid.x0);
    cJSON_AddNumberToObject(grid, "y0", scene->grid.y0);
    cJSON_AddNumberToObject(grid, "dx", scene->grid.dx);
    cJSON_AddNumberToObject(grid, "dy", scene->grid.dy);
    cJSON_AddNumberToObject(grid, "columns", (double)scene->grid.nx);
    cJSON_AddNumberToObject(grid, "rows", (double)scene->grid.ny);
}

static void add_dates(const ih_scene *scene, cJSON *json)
{
    cJSON *dates = cJSON_AddArrayToObject(json, "dates");

    for (size_t i = 0; i < scene->n_dates; i++) {
        const ih_scene_date *d = &scene->dates[i];
        cJSON *item = cJSON_CreateObject();
        char text[16];
        ih_simulate_format_date(d->days, true, text);
        cJSON_AddStringToObject(item, "date", text);
        cJSON_AddNumberToObject(item, "years", d->years);
        cJSON_AddNumberToObject(item, "perpendicular_baseline_m", d->baseline_m);
        cJSON_AddNumberToObject(item, "turbulence_rms_mm", 1e3 * d->turbulence_m);
        cJSON_AddNumberToObject(item, "stratified_mm_per_km", 1e6 * d->stratified);
        cJSON_AddItemToArray(dates, item);
    }
}

static void add_patches(const ih_scene *scene, const ih_scene_pair *p, cJSON *item)
{
    cJSON *list = cJSON_AddArrayToObject(item, "unwrapping_errors");

    for (size_t i = 0; i < p->n_patches; i++) {
        cJSON *patch = cJSON_CreateObject();
        cJSON_AddNumberToObject(patch, "cycles", p->patches[i].cycles);
        cJSON_AddNumberToObject(patch, "x",
                                scene->grid.x0 + (p->patches[i].column + 0.5) * scene->grid.dx);
        cJSON_AddNumberToObject(patch, "y",
                                scene->grid.y0 + (p->patches[i].row + 0.5) * scene->grid.dy);
        cJSON_AddNumberToObject(patch, "radius_m", p->patches[i].radius * scene->grid.dx);
        cJSON_AddItemToArray(list, patch);
    }
}

static void add_pairs(const ih_scene *scene, cJSON *json)
{
    cJSON *pairs = cJSON_AddArrayToObject(json, "pairs");

    for (size_t i = 0; i < scene->n_pairs; i++) {
        const ih_scene_pair *p = &scene->pairs[i];
        cJSON *item = cJSON_CreateObject();
        char reference[16], secondary[16];
        ih_simulate_format_date(scene->dates[p->reference].days, true, reference);
        ih_simulate_format_date(scene->dates[p->secondary].days, true, secondary);
        cJSON_AddStringToObject(item, "product", p->name);
        cJSON_AddStringToObject(item, "reference_date", reference);
        cJSON_AddStringToObject(item, "secondary_date", secondary);
        cJSON_AddNumberToObject(item, "perpendicular_baseline_m", p->baseline_m);
        cJSON_AddNumberToObject(item, "column", (double)p->column);
        cJSON_AddNumberToObject(item, "row", (double)p->row);
        cJSON_AddNumberToObject(item, "columns", (double)p->nx);
        cJSON_AddNumberToObject(item, "rows", (double)p->ny);
        cJSON_AddNumberToObject(item, "whole_cycles", p->whole_cycles);
        add_patches(scene, p, item);
        cJSON_AddItemToArray(pairs, item);
    }
}

ih_status ih_truth_write_report(const ih_scene *scene, const char *folder, ih_error *err)
{
    ih_status st;
    cJSON *json = ih_report_new("gdal_ih_simulate");
    char *path = CPLStrdup(CPLFormFilename(folder, IH_TRUTH_REPORT, NULL));
    char step[16];

    if (!json) {
        CPLFree(path);
        return ih_fail(err, IH_E_MEMORY, "not enough memory for the report of the simulation");
    }
    ih_simulate_format_date(
        scene->dates[0].days + (int32_t)ceil(scene->motion.step_years * 365.25 - 1e-6), true, step);
    cJSON_AddNumberToObject(json, "seed", (double)scene->options.seed);
    cJSON_AddStringToObject(json, "family", family_name(scene));
    cJSON_AddStringToObject(json, "direction",
                            scene->options.direction == IH_SIMULATE_ASCENDING ? "ascending"
                                                                              : "descending");
    cJSON_AddNumberToObject(json, "wavelength_m", IH_SCENE_WAVELENGTH_M);
    cJSON_AddNumberToObject(json, "independent_looks", scene->looks);
    cJSON_AddStringToObject(json, "step_date", step);
    cJSON_AddNumberToObject(json, "seasonal_peak_years", scene->motion.seasonal_peak_years);
    add_options(&scene->options, json);
    add_grid(scene, json);
    add_dates(scene, json);
    add_pairs(scene, json);
    st = ih_report_write_json(path, json, err);
    cJSON_Delete(json);
    CPLFree(path);
    return st;
}

/* All bands are of one type and unit and cover the scene. */
static ih_status open_raster(const ih_scene *scene, const char *folder, const char *name,
                             GDALDataType type, int n_bands, const ih_raster_band *bands,
                             ih_raster_out **out, ih_error *err)
{
    const ih_raster_spec spec = {
        .grid = &scene->grid, .srs = scene->srs, .type = type, .n_bands = n_bands, .bands = bands};
    char *path = CPLStrdup(CPLFormFilename(folder, name, "tif"));
    ih_status st = ih_raster_out_new(path, &spec, out, err);

    CPLFree(path);
    return st;
}

static ih_status write_map(const ih_scene *scene, const char *folder, const char *name,
                           const char *unit, GDALDataType type, const void *values, ih_error *err)
{
    const ih_raster_band band = {name, unit, NULL};
    ih_raster_out *out = NULL;
    ih_status st = open_raster(scene, folder, name, type, 1, &band, &out, err);

    if (st != IH_OK)
        return st;
    st = ih_raster_out_write(out, 0, 0, scene->grid.ny, values, err);
    if (st != IH_OK) {
        ih_raster_out_abort(out);
        return st;
    }
    return ih_raster_out_commit(out, err);
}

void ih_truth_velocity_weights(const ih_scene *scene, double *weights)
{
    double mean = 0.0, squares = 0.0;

    for (size_t i = 0; i < scene->n_dates; i++)
        mean += scene->dates[i].years / (double)scene->n_dates;
    for (size_t i = 0; i < scene->n_dates; i++)
        squares += (scene->dates[i].years - mean) * (scene->dates[i].years - mean);
    for (size_t i = 0; i < scene->n_dates; i++)
        weights[i] = (scene->dates[i].years - mean) / squares;
}

enum cube { CUBE_DISPLACEMENT, CUBE_TROPOSPHERE };

/* A band per date. */
static ih_status write_cube(const ih_scene *scene, const char *folder, enum cube cube, float *work,
                            ih_error *err)
{
    ih_status st = IH_OK;
    ih_raster_out *out = NULL;
    ih_raster_band *bands = ih_calloc(scene->n_dates, sizeof *bands);
    char(*dates)[16] = ih_calloc(scene->n_dates, sizeof *dates);

    if (!bands || !dates) {
        st = ih_fail(err, IH_E_MEMORY, "not enough memory for %zu bands", scene->n_dates);
        goto done;
    }
    for (size_t i = 0; i < scene->n_dates; i++) {
        ih_simulate_format_date(scene->dates[i].days, true, dates[i]);
        bands[i] = (ih_raster_band){dates[i], "m", CSLSetNameValue(NULL, "DATE", dates[i])};
    }
    st = open_raster(scene, folder, cube == CUBE_DISPLACEMENT ? "displacement" : "troposphere",
                     GDT_Float32, (int)scene->n_dates, bands, &out, err);
    for (size_t i = 0; i < scene->n_dates && st == IH_OK; i++) {
        if (ih_cli_interrupted())
            st = ih_fail(err, IH_E_CANCELLED, "interrupted");
        else if (cube == CUBE_DISPLACEMENT)
            ih_scene_displacement(scene, i, work);
        else
            st = ih_scene_troposphere(scene, i, work, err);
        if (st == IH_OK)
            st = ih_raster_out_write(out, (int)i, 0, scene->grid.ny, work, err);
    }
    if (st == IH_OK) {
        st = ih_raster_out_commit(out, err);
        out = NULL;
    }

done:
    ih_raster_out_abort(out);
    for (size_t i = 0; bands && i < scene->n_dates; i++)
        CSLDestroy(bands[i].metadata);
    free(dates);
    free(bands);
    return st;
}

/* A band of whole cycles for each pair that has planted errors; no file when none has. */
static ih_status write_unwrapping_errors(const ih_scene *scene, const char *folder, float *work,
                                         ih_error *err)
{
    ih_status st = IH_OK;
    ih_raster_out *out = NULL;
    ih_raster_band *bands = ih_calloc(scene->n_pairs, sizeof *bands);
    int n_bands = 0, band = 0;

    if (!bands)
        return ih_fail(err, IH_E_MEMORY, "not enough memory for %zu pairs", scene->n_pairs);
    for (size_t k = 0; k < scene->n_pairs; k++)
        if (scene->pairs[k].n_patches > 0)
            bands[n_bands++] = (ih_raster_band){scene->pairs[k].name, "cycles", NULL};
    if (n_bands > 0)
        st =
            open_raster(scene, folder, "unwrapping_errors", GDT_Float32, n_bands, bands, &out, err);
    for (size_t k = 0; k < scene->n_pairs && n_bands > 0 && st == IH_OK; k++) {
        if (scene->pairs[k].n_patches == 0)
            continue;
        for (size_t i = 0; i < scene->n_pixels && !ih_cli_interrupted(); i++)
            work[i] = (float)ih_scene_planted_cycles(&scene->pairs[k], i % scene->grid.nx,
                                                     i / scene->grid.nx);
        st = ih_cli_interrupted() ? ih_fail(err, IH_E_CANCELLED, "interrupted")
                                  : ih_raster_out_write(out, band++, 0, scene->grid.ny, work, err);
    }
    if (st == IH_OK && out) {
        st = ih_raster_out_commit(out, err);
        out = NULL;
    }
    ih_raster_out_abort(out);
    free(bands);
    return st;
}

static ih_status write_velocity(const ih_scene *scene, const char *folder, float *work,
                                ih_error *err)
{
    ih_status st = IH_E_MEMORY;
    double *weights = ih_alloc(scene->n_dates, sizeof *weights);
    double *sum = ih_calloc(scene->n_pixels, sizeof *sum);

    if (!weights || !sum) {
        st = ih_fail(err, IH_E_MEMORY, "not enough memory for velocity of %zu pixels",
                     scene->n_pixels);
        goto done;
    }
    ih_truth_velocity_weights(scene, weights);
    for (size_t d = 0; d < scene->n_dates; d++) {
        if (ih_cli_interrupted()) {
            st = ih_fail(err, IH_E_CANCELLED, "interrupted");
            goto done;
        }
        ih_scene_displacement(scene, d, work);
        for (size_t i = 0; i < scene->n_pixels; i++)
            sum[i] += weights[d] * work[i];
    }
    for (size_t i = 0; i < scene->n_pixels; i++)
        work[i] = (float)sum[i];
    st = write_map(scene, folder, "velocity", "m/year", GDT_Float32, work, err);

done:
    free(sum);
    free(weights);
    return st;
}

static ih_status write_maps(const ih_scene *scene, const char *folder, float *work, ih_error *err)
{
    const struct {
        const char *name, *unit;
        GDALDataType type;
        const void *values;
    } maps[] = {
        {"dem_error", "m", GDT_Float32, scene->dem_error_m},
        {"height", "m", GDT_Float32, scene->height_m},
        {"land", "", GDT_Byte, scene->land},
        {"decorrelated_patches", "", GDT_Byte, scene->forest},
        {"initial_coherence", "", GDT_Float32, scene->decorrelation.initial},
        {"long_term_coherence", "", GDT_Float32, scene->decorrelation.long_term},
        {"decay_days", "d", GDT_Float32, scene->decorrelation.decay_days},
        {"rate", "m/year", GDT_Float32, scene->deformation.rate_m_per_year},
        {"seasonal", "m", GDT_Float32, scene->deformation.seasonal_m},
        {"step", "m", GDT_Float32, scene->deformation.step_m},
    };
    ih_status st = write_velocity(scene, folder, work, err);

    for (size_t i = 0; i < sizeof maps / sizeof maps[0] && st == IH_OK; i++)
        st =
            write_map(scene, folder, maps[i].name, maps[i].unit, maps[i].type, maps[i].values, err);
    return st;
}

ih_status ih_truth_write_rasters(const ih_scene *scene, const char *folder, ih_progress progress,
                                 void *progress_data, ih_error *err)
{
    ih_status st = IH_OK;
    float *work = ih_alloc(scene->n_pixels, sizeof *work);

    if (!work)
        return ih_fail(err, IH_E_MEMORY, "not enough memory for truth of %zu pixels",
                       scene->n_pixels);
    for (int step = 0; step <= 4 && st == IH_OK; step++) {
        if (progress && !progress(step / 4.0, "Truth", progress_data))
            st = ih_fail(err, IH_E_CANCELLED, "interrupted");
        else if (step == 0)
            st = write_maps(scene, folder, work, err);
        else if (step == 1)
            st = write_cube(scene, folder, CUBE_DISPLACEMENT, work, err);
        else if (step == 2)
            st = write_cube(scene, folder, CUBE_TROPOSPHERE, work, err);
        else if (step == 3)
            st = write_unwrapping_errors(scene, folder, work, err);
    }
    free(work);
    return st;
}
