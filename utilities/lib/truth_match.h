/* SPDX-License-Identifier: MIT
 *
 * A result raster of gdal_ih_sbas and that of a simulation's truth laid over each other, and the
 * sums of their differences.
 */
#ifndef IH_TRUTH_MATCH_H
#define IH_TRUTH_MATCH_H

#include <stddef.h>
#include <stdint.h>

#include <gdal.h>

#include "algorithms/grid.h"
#include "algorithms/status.h"

/* A result raster and its truth, on their common pixels. */
typedef struct {
    GDALDatasetH result, truth;
    int result_base, truth_base;      /* bands to subtract: the first common date; 0 = none */
    size_t nx, ny;                    /* common pixels */
    size_t result_column, result_row; /* of the first one */
    size_t truth_column, truth_row;
} ih_truth_matched;

typedef struct {
    const char *result_folder, *truth_folder;
    GDALDatasetH mask; /* 1 = compared; NULL: all pixels */
    GDALDatasetH area; /* 1 = of the reference area; NULL: the reference is a point */
    double x, y;       /* reference point */
    uint8_t *mask_rows;
    float *result_rows, *truth_rows, *deviation_rows;
} ih_truth_comparison;

typedef struct {
    double n, sum, squares, predicted, n_predicted, within_1, within_2;
} ih_truth_totals;

/* folder/name.tif; NULL when it is not there. */
GDALDatasetH ih_truth_open(const char *folder, const char *name);
void ih_truth_close(GDALDatasetH dataset);

IH_MUST_CHECK ih_status ih_truth_grid_of(GDALDatasetH dataset, ih_grid *grid, ih_error *err);

/* Opens result_name.tif of the result and truth_name.tif of the truth. Without the result's file,
 * m->result stays NULL and IH_OK is returned. */
IH_MUST_CHECK ih_status ih_truth_match(const ih_truth_comparison *c, const char *result_name,
                                       const char *truth_name, ih_truth_matched *m, ih_error *err);
void ih_truth_unmatch(ih_truth_matched *m);

/* window: column, row, columns, rows. */
IH_MUST_CHECK ih_status ih_truth_read(GDALDatasetH dataset, int band, const size_t window[4],
                                      GDALDataType type, void *values, ih_error *err);

/* Buffers of c for rows of m. */
size_t ih_truth_rows_per_block(const ih_truth_matched *m);
IH_MUST_CHECK ih_status ih_truth_new_rows(ih_truth_comparison *c, const ih_truth_matched *m,
                                          ih_error *err);
void ih_truth_free_rows(ih_truth_comparison *c);

/* Adds the differences of a band of the result, less offset, from the truth. The mean deviation is
 * read when deviation_band > 0. */
IH_MUST_CHECK ih_status ih_truth_add_band(const ih_truth_comparison *c, const ih_truth_matched *m,
                                          const int bands[2], int deviation_band, double offset,
                                          ih_truth_totals *t, ih_error *err);

/* How far result and truth are apart at the reference, where the result is relative to. */
IH_MUST_CHECK ih_status ih_truth_reference_offset(const ih_truth_comparison *c,
                                                  const ih_truth_matched *m, const int bands[2],
                                                  double *offset, ih_error *err);

#endif
