/* SPDX-License-Identifier: MIT */
#include "utilities/lib/run_forecast.h"

#include <math.h>

#include "utilities/lib/memory_shares.h"
#include "utilities/lib/work_cube.h"

/* Rates of docs/programs/gdal_ih_check.md, processor seconds. */
#define SECONDS_PER_PRODUCT             0.01
#define READ_SECONDS_PER_PRODUCT_PIXEL  60e-9
#define OVERVIEW_SECONDS_PER_PAIR_PIXEL 7e-9
#define SOLVE_SECONDS_PER_PAIR_PIXEL    12e-9
#define WRITE_SECONDS_PER_DATE_PIXEL    100e-9

/* Of n threads so much of n processors is used. */
#define THREAD_EFFICIENCY 0.85

/* Floats of noise compress to nine tenths; overviews add a third. */
#define RESULT_BYTES_PER_DATE_PIXEL (4.0 * 0.9 * 4.0 / 3.0)
/* In whole tiles, with overviews. */
#define TEMPORARY_BYTES_PER_DATE_PIXEL 6.2
/* Velocity, coherences, geometry, masks, counts and closures, with overviews. */
#define RESULT_BYTES_PER_PIXEL 50.0
/* Tables, figures, styles and headers. */
#define RESULT_BYTES_PER_PAIR 4096.0
#define RESULT_BYTES          4e6

/* The program and its libraries. */
#define PROGRAM_BYTES 50e6

static void forecast_times(const ih_run_size *s, ih_run_forecast *out)
{
    double pair_pixels = (double)s->n_pixels * (double)s->n_pairs, sum;

    out->catalogue_seconds = SECONDS_PER_PRODUCT * (double)s->n_pairs;
    out->read_seconds = READ_SECONDS_PER_PRODUCT_PIXEL * s->product_pixels;
    out->overview_seconds = OVERVIEW_SECONDS_PER_PAIR_PIXEL * pair_pixels;
    out->solve_seconds = SOLVE_SECONDS_PER_PAIR_PIXEL * pair_pixels;
    out->write_seconds =
        WRITE_SECONDS_PER_DATE_PIXEL * (double)s->n_pixels * ((double)s->n_dates + 10);
    sum = out->catalogue_seconds + out->read_seconds + out->overview_seconds + out->solve_seconds +
          out->write_seconds;
    out->total_seconds = s->threads > 1 ? sum / (THREAD_EFFICIENCY * s->threads) : sum;
}

ih_status ih_run_forecast_make(const ih_run_size *s, ih_run_forecast *out, ih_error *err)
{
    ih_work_cube_spec spec = {
        .n_pixels = s->n_pixels, .n_pairs = s->n_pairs, .n_dates = s->n_dates, .path = "cube"};
    ih_status status = ih_work_cube_size(&spec, &out->cube_file_bytes, err);

    spec.path = NULL;
    if (status == IH_OK)
        status = ih_work_cube_size(&spec, &out->cube_memory_bytes, err);
    if (status != IH_OK)
        return status;
    out->result_bytes = (double)s->n_pixels * (RESULT_BYTES_PER_PIXEL +
                                               RESULT_BYTES_PER_DATE_PIXEL * (double)s->n_dates) +
                        RESULT_BYTES_PER_PAIR * (double)s->n_pairs + RESULT_BYTES;
    out->temporary_bytes =
        TEMPORARY_BYTES_PER_DATE_PIXEL * (double)s->n_pixels * (double)s->n_dates;
    out->disk_bytes = out->cube_file_bytes + out->result_bytes + out->temporary_bytes;
    out->memory_bytes =
        PROGRAM_BYTES + IH_PLANE_BYTES * (double)s->n_pixels + IH_LEAST_BLOCK_BYTES +
        fmax(IH_LEAST_MEMBER_BYTES,
             2.0 * s->threads * sizeof(float) * s->largest_product_pixels * IH_MEMBER_SLACK);
    forecast_times(s, out);
    return IH_OK;
}
