/* SPDX-License-Identifier: MIT
 *
 * The rasters of a time model's parameters beyond intercept and velocity, one per kind of term:
 * every parameter is a band, followed by its standard deviation, named and measured as
 * ih_time_model_name and ih_time_model_unit say.
 */
#ifndef IH_MODEL_RASTERS_H
#define IH_MODEL_RASTERS_H

#include "algorithms/status.h"

struct ih_sbas_state;

/* Name of the raster that holds a parameter; NULL for the intercept and the velocity. */
const char *ih_model_raster_of(const char *parameter);

IH_MUST_CHECK ih_status ih_model_rasters_write(const struct ih_sbas_state *state, ih_error *err);

#endif
