/* SPDX-License-Identifier: MIT
 *
 * The rasters of a result folder and their picture.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>

#include "algorithms/alloc.h"
#include "utilities/lib/model_rasters.h"
#include "utilities/lib/pairs_csv.h"
#include "utilities/lib/quicklook.h"
#include "utilities/lib/raster_out.h"
#include "utilities/lib/result_rasters.h"
#include "utilities/lib/result_styles.h"
#include "utilities/lib/sbas_state.h"

const char *const ih_sbas_result_names[] = {"velocity.tif",
                                            "displacement.tif",
                                            "displacement_deviation.tif",
                                            "temporal_coherence.tif",
                                            "average_coherence.tif",
                                            "valid_pairs.tif",
                                            "mask.tif",
                                            "closure.tif",
                                            "stacking_velocity.tif",
                                            "unwrapping_cycles.tif",
                                            "unwrapping.csv",
                                            "dem_error.tif",
                                            "residual_rms_dates.csv",
                                            "acceleration.tif",
                                            "annual_amplitude.tif",
                                            "semi_annual_amplitude.tif",
                                            "periodic_amplitudes.tif",
                                            "steps.tif",
                                            "velocity_changes.tif",
                                            "decays.tif",
                                            "closures.csv",
                                            "closure_ranking.csv",
                                            "geometry.tif",
                                            "reference_area.tif",
                                            "network.csv",
                                            "dates.csv",
                                            "residual_rms.csv",
                                            "network.svg",
                                            "coherence_matrix.svg",
                                            "quicklook.png",
                                            "run.json",
                                            NULL};

/* Rows of displacement written at a time: large enough for the disk, small beside any -wm. */
#define SLAB_BYTES ((size_t)8 << 20)

/* Share of the progress bar of writing: copying the series, before it is compressed. */
#define COPYING_SHARE 0.35

static int tell(const ih_sbas_state *s, double done)
{
    return !s->request->progress ||
           s->request->progress(done, "writing", s->request->progress_data);
}

static ih_status write_quality(ih_sbas_state *s, ih_error *err)
{
    const ih_raster_band velocity_bands[] = {{"velocity", "m/year", NULL},
                                             {"velocity standard deviation", "m/year", NULL}};
    const ih_raster_band temporal[] = {{"temporal coherence", "", NULL}};
    const ih_raster_band average[] = {{"average coherence", "", NULL}};
    const ih_raster_band pairs[] = {{"valid pairs", "", NULL}, {"connected parts", "", NULL}};
    const ih_raster_band closure[] = {{"ambiguous triplets", "", NULL}};
    const ih_raster_band stacking[] = {{"stacking velocity", "m/year", NULL}};
    const ih_raster_band mask[] = {{"reliable pixels", "", NULL}};
    const ih_raster_band area[] = {{"reference area: 1 used, 2 left out", "", NULL}};
    const ih_solution *r = s->solution;
    const struct {
        ih_sbas_raster kind;
        const void *planes[2];
    } table[] = {
        {{"velocity.tif", GDT_Float32, 2, velocity_bands, 0, false},
         {r->velocity, r->velocity_deviation}},
        {{"temporal_coherence.tif", GDT_Float32, 1, temporal, 0, false},
         {r->temporal_coherence, NULL}},
        {{"average_coherence.tif", GDT_Float32, 1, average, 0, false},
         {s->ingest->average_coherence, NULL}},
        {{"valid_pairs.tif", GDT_UInt16, 2, pairs, 1, false}, {r->valid_pairs, r->n_components}},
        {{"mask.tif", GDT_Byte, 1, mask, 0, false}, {s->mask, NULL}},
        {{"reference_area.tif", GDT_Byte, 1, area, 0, false}, {s->reference->plane, NULL}},
        {{"closure.tif", GDT_Float32, 1, closure, 0, false},
         {s->overview.ambiguous_triplets, NULL}},
        {{"stacking_velocity.tif", GDT_Float32, 1, stacking, 0, false},
         {s->overview.stacking_velocity, NULL}}};
    size_t n = sizeof table / sizeof *table;
    ih_status status = IH_OK;

    for (size_t i = 0; i < n && status == IH_OK; i++) {
        if (!table[i].planes[0])
            continue;
        status = ih_sbas_write_raster(s, &table[i].kind, table[i].planes, err);
    }
    return status;
}

static ih_raster_band *date_bands(const ih_sbas_state *s)
{
    size_t n = s->network->n_dates;
    ih_raster_band *bands = ih_calloc(n, sizeof *bands);

    for (size_t i = 0; bands && i < n; i++) {
        char date[16], **list = NULL;

        ih_iso_date(s->network->date_days[i], date);
        list = CSLSetNameValue(list, "DATE", date);
        if (!isnan(s->date_baselines_m[i]))
            list = CSLSetNameValue(list, "PERPENDICULAR_BASELINE_M",
                                   CPLSPrintf("%.4f", s->date_baselines_m[i]));
        bands[i] = (ih_raster_band){CPLStrdup(date), "m", list};
    }
    return bands;
}

/* Slots of the work cube's series to a raster of a band per date; part tells which raster of how
 * many it is. */
static ih_status copy_series(const ih_sbas_state *s, size_t part, ih_raster_out *out, ih_error *err)
{
    size_t n_dates = s->network->n_dates, n_parts = ih_inversion_series_slots(s) / n_dates;
    size_t nx = s->common->grid.nx, ny = s->common->grid.ny;
    size_t tile = ih_raster_out_rows(out), rows = SLAB_BYTES / (nx * sizeof(float)) / tile * tile;
    float *slab;
    ih_status status = IH_OK;

    rows = rows < tile ? tile : rows;
    rows = rows > ny ? ny : rows;
    slab = ih_alloc(rows * nx, sizeof *slab);
    if (!slab)
        return ih_fail(err, IH_E_MEMORY, "rows of the displacement");
    for (size_t row = 0; row < ny && status == IH_OK; row += rows) {
        size_t n = ny - row < rows ? ny - row : rows;

        for (size_t date = 0; date < n_dates && status == IH_OK; date++) {
            status = ih_work_cube_read_series(s->cube, part * n_dates + date, row * nx, n * nx,
                                              slab, err);
            if (status == IH_OK)
                status = ih_raster_out_write(out, (int)date, row, n, slab, err);
        }
        if (status == IH_OK &&
            !tell(s, COPYING_SHARE * ((double)part + (double)(row + n) / (double)ny) /
                         (double)n_parts))
            status = ih_fail(err, IH_E_CANCELLED, "writing was interrupted");
    }
    free(slab);
    return status;
}

static ih_status write_series(const ih_sbas_state *s, const char *name, size_t part, ih_error *err)
{
    ih_raster_band *bands = date_bands(s);
    const ih_sbas_raster kind = {name, GDT_Float32, (int)s->network->n_dates, bands, 0, true};
    ih_raster_out *out = NULL;
    ih_status status = bands ? ih_sbas_open_raster(s, &kind, &out, err)
                             : ih_fail(err, IH_E_MEMORY, "displacement bands");

    if (status == IH_OK)
        status = copy_series(s, part, out, err);
    ih_sbas_free_bands(bands, s->network->n_dates);
    if (status == IH_OK)
        return ih_raster_out_commit(out, err);
    ih_raster_out_abort(out);
    return status;
}

ih_status ih_sbas_write_geometry(ih_sbas_state *s, ih_error *err)
{
    if (s->viewing_known)
        return IH_OK;
    s->viewing_known = true;
    char *path = ih_result_folder_path(s->folder, "geometry.tif");
    ih_status status = path ? ih_viewing_write(s->catalogue, s->common, path,
                                               s->options.creation_options, &s->viewing, err)
                            : ih_fail(err, IH_E_MEMORY, "geometry.tif");

    free(path);
    return status;
}

static ih_status write_quicklook(const ih_sbas_state *s, ih_error *err)
{
    char *path = ih_result_folder_path(s->folder, "quicklook.png");
    char first[16], last[16], title[128], subtitle[200];
    ih_status status;

    ih_iso_date(s->network->date_days[0], first);
    ih_iso_date(s->network->date_days[s->network->n_dates - 1], last);
    snprintf(title, sizeof title, "Line-of-sight velocity, %s to %s", first, last);
    snprintf(subtitle, sizeof subtitle,
             "%zu dates, %zu pairs; %.0f to %.0f mm/yr; %.0f %% reliable", s->network->n_dates,
             s->network->n_pairs, s->statistics.minimum * 1e3, s->statistics.maximum * 1e3,
             100.0 * ih_sbas_reliable_share(s));
    {
        const ih_quicklook map = {.grid = &s->common->grid,
                                  .metres_per_map_unit = ih_common_grid_metres_per_unit(s->common),
                                  .velocity_m_per_year = s->solution->velocity,
                                  .mask = s->mask,
                                  .height_m = s->viewing.height_m,
                                  .reference_area = s->reference->plane,
                                  .reference_column = s->reference->column,
                                  .reference_row = s->reference->row,
                                  .title = title,
                                  .subtitle = subtitle};

        status =
            path ? ih_quicklook_write(path, &map, err) : ih_fail(err, IH_E_MEMORY, "quicklook.png");
    }
    free(path);
    return status;
}

/* What has a band per date: most of the bytes. */
static ih_status write_all_series(const ih_sbas_state *s, ih_error *err)
{
    ih_status status = write_series(s, "displacement.tif", 0, err);

    if (status == IH_OK && s->options.displacement_deviation)
        status = write_series(s, "displacement_deviation.tif", 1, err);
    return status;
}

static ih_status write_maps(ih_sbas_state *s, ih_error *err)
{
    ih_status status = write_quality(s, err);

    if (status == IH_OK)
        status = ih_model_rasters_write(s, err);
    if (status == IH_OK)
        status = ih_corrections_write(s, err);
    if (status == IH_OK)
        status = ih_unwrapping_write(s, err);
    if (status == IH_OK)
        status = ih_sbas_write_geometry(s, err);
    if (status == IH_OK)
        status = write_quicklook(s, err);
    return status;
}

/* Series and maps at a time: of either, making the uncompressed raster and its overviews is work
 * for one thread, and only the compression for several. */
ih_status ih_sbas_write_rasters(ih_sbas_state *s, ih_error *err)
{
    char threads[24];
    ih_status status = IH_OK, maps_status = IH_OK;
    ih_error maps_error = {0};

    snprintf(threads, sizeof threads, "%ld", s->options.threads);
#pragma omp parallel sections num_threads(s->options.threads > 1 ? 2 : 1)
    {
#pragma omp section
        {
            CPLSetThreadLocalConfigOption("GDAL_NUM_THREADS", threads);
            status = write_all_series(s, err);
            CPLSetThreadLocalConfigOption("GDAL_NUM_THREADS", NULL);
        }
#pragma omp section
        {
            CPLSetThreadLocalConfigOption("GDAL_NUM_THREADS", threads);
            maps_status = write_maps(s, &maps_error);
            CPLSetThreadLocalConfigOption("GDAL_NUM_THREADS", NULL);
        }
    }
    if (status == IH_OK && maps_status != IH_OK) {
        status = maps_status;
        *err = maps_error;
    }
    if (status == IH_OK)
        ih_result_styles_write(s);
    if (status == IH_OK && !tell(s, 1.0))
        status = ih_fail(err, IH_E_CANCELLED, "writing was interrupted");
    return status;
}
