/* SPDX-License-Identifier: MIT
 *
 * Rasters of a result folder, whoever writes them: all lie on the common grid and say in their
 * metadata what they refer to.
 */
#ifndef IH_RESULT_RASTERS_H
#define IH_RESULT_RASTERS_H

#include <stdbool.h>

#include "algorithms/status.h"
#include "utilities/lib/raster_out.h"

struct ih_sbas_state;

typedef struct {
    const char *name;
    GDALDataType type;
    int n_bands;
    const ih_raster_band *bands;
    int has_no_data; /* integers: the least value of GDT_Int16, else 0 */
    bool per_date;   /* a band per date, rather than a few */
} ih_sbas_raster;

/* A raster of the result folder, to be written and committed. */
IH_MUST_CHECK ih_status ih_sbas_open_raster(const struct ih_sbas_state *state,
                                            const ih_sbas_raster *kind, ih_raster_out **out,
                                            ih_error *err);

/* The whole of a raster whose bands lie in memory as planes, [row][column] of its type. */
IH_MUST_CHECK ih_status ih_sbas_write_raster(const struct ih_sbas_state *state,
                                             const ih_sbas_raster *kind, const void *const *planes,
                                             ih_error *err);

/* The same of float planes, NaN = no data. */
IH_MUST_CHECK ih_status ih_sbas_write_planes(const struct ih_sbas_state *state, const char *name,
                                             int n_bands, const ih_raster_band *bands,
                                             const float *const *planes, ih_error *err);

/* Frees bands whose descriptions and metadata are their own; NULL is fine. */
void ih_sbas_free_bands(ih_raster_band *bands, size_t n);

#endif
