/* SPDX-License-Identifier: MIT */
#include "utilities/lib/model_rasters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "algorithms/alloc.h"
#include "utilities/lib/result_rasters.h"
#include "utilities/lib/sbas_state.h"

/* Parameters by the beginning of their names; a raster's parameters follow each other. */
static const struct {
    const char *prefix, *raster;
} kinds[] = {{"acceleration", "acceleration.tif"},
             {"poly", "acceleration.tif"},
             {"annual", "annual_amplitude.tif"},
             {"semiAnnual", "semi_annual_amplitude.tif"},
             {"period", "periodic_amplitudes.tif"},
             {"step", "steps.tif"},
             {"velocityPost", "velocity_changes.tif"},
             {"exp", "decays.tif"},
             {"log", "decays.tif"}};

const char *ih_model_raster_of(const char *parameter)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strncmp(parameter, kinds[i].prefix, strlen(kinds[i].prefix)) == 0)
            return kinds[i].raster;
    return NULL;
}

typedef struct {
    ih_raster_band *bands;
    const float **planes;
    char (*names)[96]; /* of the standard deviations */
} term_bands;

static ih_status write_raster(const ih_sbas_state *s, const char *raster, term_bands *b,
                              ih_error *err)
{
    int n = 0;

    for (size_t k = 0; k < ih_time_model_parameters(s->model); k++) {
        const char *name = ih_time_model_name(s->model, k);
        const char *unit = ih_time_model_unit(s->model, k), *mine = ih_model_raster_of(name);

        if (!mine || strcmp(mine, raster) != 0)
            continue;
        snprintf(b->names[k], sizeof b->names[k], "%s standard deviation", name);
        b->bands[n] = (ih_raster_band){name, unit, NULL};
        b->planes[n++] = s->solution->estimate[k];
        b->bands[n] = (ih_raster_band){b->names[k], unit, NULL};
        b->planes[n++] = s->solution->deviation[k];
    }
    return n ? ih_sbas_write_planes(s, raster, n, b->bands, b->planes, err) : IH_OK;
}

ih_status ih_model_rasters_write(const ih_sbas_state *s, ih_error *err)
{
    size_t n = ih_time_model_parameters(s->model);
    term_bands b = {.bands = ih_calloc(2 * n, sizeof *b.bands),
                    .planes = ih_calloc(2 * n, sizeof *b.planes),
                    .names = ih_calloc(n, sizeof *b.names)};
    ih_status status = b.bands && b.planes && b.names
                           ? IH_OK
                           : ih_fail(err, IH_E_MEMORY, "rasters of the time model");

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && status == IH_OK; i++)
        if (i == 0 || strcmp(kinds[i].raster, kinds[i - 1].raster) != 0)
            status = write_raster(s, kinds[i].raster, &b, err);
    free(b.bands);
    free(b.planes);
    free(b.names);
    return status;
}
