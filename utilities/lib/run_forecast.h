/* SPDX-License-Identifier: MIT
 *
 * What a run of gdal_ih_sbas will need, from the size of its stack alone. Sizes follow from how the
 * run stores things; times from rates measured on one processor of 2022 (docs/performance.md),
 * which others may miss by a factor of two.
 */
#ifndef IH_RUN_FORECAST_H
#define IH_RUN_FORECAST_H

#include <stddef.h>

#include "algorithms/status.h"

typedef struct {
    size_t n_pixels; /* of the common area */
    size_t n_pairs, n_dates;
    double product_pixels; /* of the phases of all pairs: whole layers are inflated */
    double largest_product_pixels;
    int threads;
} ih_run_size;

typedef struct {
    double cube_file_bytes;   /* work cube of a run that can be continued */
    double cube_memory_bytes; /* the same in memory, with -no_resume */
    double result_bytes;      /* compressed, at most */
    double temporary_bytes;   /* largest raster while it is written */
    double disk_bytes;        /* all of these but the cube in memory */
    double memory_bytes;      /* without the cube: planes, layers, caches, program */
    double catalogue_seconds, read_seconds, overview_seconds, solve_seconds, write_seconds;
    double total_seconds; /* wall time: the sum over the threads */
} ih_run_forecast;

/* IH_E_ARGUMENT for a stack without pixels or pairs, IH_E_MEMORY when its cube cannot be
 * addressed. */
IH_MUST_CHECK ih_status ih_run_forecast_make(const ih_run_size *size, ih_run_forecast *out,
                                             ih_error *err);

#endif
