/* SPDX-License-Identifier: MIT */
#include "utilities/lib/viewing.h"

#include <math.h>
#include <stdlib.h>

#include "algorithms/alloc.h"
#include "utilities/lib/land_mask.h"
#include "utilities/lib/raster_out.h"
#include "utilities/lib/stack_reader.h"

#define DEGREES (180.0 / M_PI)

/* HyP3's no-data for heights, besides 0 outside the footprint. */
#define NO_HEIGHT (-32768.0f)

enum { HEIGHT, THETA, PHI, N_LAYERS, ROWS = 128 };

static const enum ih_stack_layer wanted[N_LAYERS] = {IH_STACK_DEM, IH_STACK_LV_THETA,
                                                     IH_STACK_LV_PHI};

typedef struct {
    double sum_incidence, sum_east, sum_north;
    size_t count;
} means;

/* Turns elevation above the horizon and azimuth from east into incidence and azimuth from north, in
 * place. */
static void convert(float *height, float *theta, float *phi, size_t n, means *m)
{
    for (size_t i = 0; i < n; i++) {
        double incidence, azimuth;

        if (!(theta[i] != 0.0f) || isnan(theta[i]) || isnan(phi[i])) {
            height[i] = theta[i] = phi[i] = NAN;
            continue;
        }
        incidence = 90.0 - (double)theta[i] * DEGREES;
        azimuth = (double)phi[i] * DEGREES - 90.0;
        azimuth -= 360.0 * floor((azimuth + 180.0) / 360.0);
        m->sum_incidence += incidence;
        m->sum_east += cos((double)phi[i]);
        m->sum_north += sin((double)phi[i]);
        m->count++;
        theta[i] = (float)incidence;
        phi[i] = (float)azimuth;
        if (height[i] == NO_HEIGHT)
            height[i] = NAN;
    }
}

static ih_status copy_rows(ih_stack_reader *const readers[N_LAYERS], const ih_grid *grid,
                           float *const rows[N_LAYERS], ih_raster_out *raster, ih_viewing *out,
                           ih_error *err)
{
    ih_status status = IH_OK;
    means m = {0, 0, 0, 0};

    for (size_t row = 0; row < grid->ny && status == IH_OK; row += ROWS) {
        size_t n = grid->ny - row < ROWS ? grid->ny - row : ROWS;

        for (int k = 0; k < N_LAYERS && status == IH_OK; k++)
            status = ih_stack_reader_rows(readers[k], row, n, rows[k], err);
        if (status != IH_OK)
            break;
        convert(rows[HEIGHT], rows[THETA], rows[PHI], n * grid->nx, &m);
        for (size_t i = 0; i < n * grid->nx; i++)
            out->height_m[row * grid->nx + i] = rows[HEIGHT][i];
        for (size_t i = 0; out->incidence_deg && i < n * grid->nx; i++)
            out->incidence_deg[row * grid->nx + i] = rows[THETA][i];
        for (int k = 0; k < N_LAYERS && status == IH_OK; k++)
            status = ih_raster_out_write(raster, k, row, n, rows[k], err);
    }
    if (status == IH_OK && m.count) {
        out->mean_incidence_deg = m.sum_incidence / (double)m.count;
        out->mean_azimuth_deg = atan2(m.sum_north, m.sum_east) * DEGREES - 90.0;
        if (out->mean_azimuth_deg < -180.0)
            out->mean_azimuth_deg += 360.0;
    }
    return status;
}

static ih_status new_raster(const ih_common_grid *common, const char *path, char **creation_options,
                            ih_raster_out **raster, ih_error *err)
{
    const ih_raster_band bands[N_LAYERS] = {
        {"height", "m", NULL}, {"incidence", "deg", NULL}, {"azimuth", "deg", NULL}};
    const ih_raster_spec spec = {.grid = &common->grid,
                                 .srs = common->srs,
                                 .type = GDT_Float32,
                                 .n_bands = N_LAYERS,
                                 .bands = bands,
                                 .creation_options = creation_options};

    return ih_raster_out_new(path, &spec, raster, err);
}

ih_status ih_viewing_write(const ih_catalogue *catalogue, const ih_common_grid *common,
                           const char *path, char **creation_options, ih_viewing *out,
                           ih_error *err)
{
    size_t nx = common->grid.nx, ny = common->grid.ny;
    ih_stack_reader *readers[N_LAYERS] = {NULL};
    float *rows[N_LAYERS] = {NULL};
    ih_raster_out *raster = NULL;
    ih_status status = IH_OK;

    *out = (ih_viewing){
        .mean_incidence_deg = NAN, .mean_azimuth_deg = NAN, .keep_incidence = out->keep_incidence};
    out->source = ih_first_with_layers(catalogue, common, wanted, N_LAYERS);
    if (out->source == catalogue->count)
        return IH_OK;
    out->height_m = ih_alloc(nx * ny, sizeof(float));
    if (out->keep_incidence)
        out->incidence_deg = ih_alloc(nx * ny, sizeof(float));
    if (!out->height_m || (out->keep_incidence && !out->incidence_deg))
        status = ih_fail(err, IH_E_MEMORY, "heights");
    for (int k = 0; k < N_LAYERS && status == IH_OK; k++) {
        rows[k] = ih_alloc(nx * ROWS, sizeof(float));
        status = rows[k] ? ih_stack_reader_new(catalogue, out->source, wanted[k], common,
                                               &readers[k], err)
                         : ih_fail(err, IH_E_MEMORY, "rows of the geometry");
    }
    if (status == IH_OK)
        status = new_raster(common, path, creation_options, &raster, err);
    if (status == IH_OK)
        status = copy_rows(readers, &common->grid, rows, raster, out, err);
    for (int k = 0; k < N_LAYERS; k++) {
        ih_stack_reader_free(readers[k]);
        free(rows[k]);
    }
    if (status == IH_OK)
        status = ih_raster_out_commit(raster, err);
    else
        ih_raster_out_abort(raster);
    out->written = status == IH_OK;
    if (status != IH_OK)
        ih_viewing_free(out);
    return status;
}

void ih_viewing_free(ih_viewing *viewing)
{
    free(viewing->height_m);
    free(viewing->incidence_deg);
    viewing->height_m = viewing->incidence_deg = NULL;
}
