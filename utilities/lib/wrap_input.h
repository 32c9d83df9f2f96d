/* SPDX-License-Identifier: MIT
 *
 * What gdal_ih_wrap reads: which bands of a raster are displacement, velocity or phase, how many cycles a unit of theirs is, and
 * their rows as turns. Not thread-safe: one reader per dataset.
 */
#ifndef IH_WRAP_INPUT_H
#define IH_WRAP_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gdal.h>
#include <ogr_srs_api.h>

#include "algorithms/grid.h"
#include "utilities/lib/wrap_options.h"

typedef enum { IH_WRAP_LENGTH, IH_WRAP_RATE, IH_WRAP_PHASE } ih_wrap_kind;

/* One band of the result. */
typedef struct {
    int band, subtracted; /* of the input, from 1; subtracted 0 for none */
    char *description;    /* "2020-01-16", "2020-01-04_2020-01-16", or that of the band */
    char *tag;            /* what distinguishes its file: the dates without dashes, or "band3" */
    char **metadata;      /* items of the band, with REFERENCE_DATE and SECONDARY_DATE when known */
    double no_data;       /* of the input band, NaN for none but NaN */
    bool masked;          /* the band has a mask that is not its no-data value */
} ih_wrap_item;

typedef struct {
    GDALDatasetH dataset, mask; /* mask NULL for none */
    const char *path;
    ih_grid grid;
    OGRSpatialReferenceH srs; /* of the dataset; NULL for none */
    double wavelength_m;      /* NaN when unknown */
    ih_wrap_kind kind;
    double metres_per_unit;   /* of lengths and rates */
    const char *unit;         /* as understood: "m", "cm/year", "rad" */
    double cycle_m;           /* motion that makes a fringe, NaN when unknown */
    double cycle_rad;         /* the same as phase, NaN when unknown */
    double cycles_per_unit;   /* signed: what a value is multiplied by */
    size_t n_items;
    ih_wrap_item *items;
    int n_left_out;           /* bands of the raster that are something else */
    bool unit_from_name, no_data_from_name; /* told by the file's name alone */
    /* The producer's own reference pixel, where a phase of 0 is data although 0 is no data elsewhere. */
    bool has_reference;
    size_t reference_column, reference_row;
} ih_wrap_input;

/* IH_E_ARGUMENT or IH_E_DATA with what the user can do when unit, wavelength or bands cannot be found. */
IH_MUST_CHECK ih_status ih_wrap_input_open(const char *path, const ih_wrap_options *options,
                                           ih_wrap_input *out, ih_error *err);
void ih_wrap_input_close(ih_wrap_input *input);

/* Rows [row, row + n_rows) of items in their order: keeps what the next item subtracts, so that every band is read once. */
typedef struct {
    size_t n;                  /* values per buffer */
    double *values, *subtracted;
    int values_band, subtracted_band;
    uint8_t *mask;      /* of a band, when it has one */
    uint8_t *user_mask; /* 0 where -mask leaves out; NULL without */
} ih_wrap_rows;

IH_MUST_CHECK ih_status ih_wrap_rows_new(const ih_wrap_input *input, size_t most_rows,
                                         ih_wrap_rows *out, ih_error *err);
void ih_wrap_rows_free(ih_wrap_rows *rows);
/* To be called before the items of other rows; reads the user's mask. */
IH_MUST_CHECK ih_status ih_wrap_rows_begin(const ih_wrap_input *input, ih_wrap_rows *rows,
                                           size_t row, size_t n_rows, ih_error *err);
/* turns is [n_rows][nx]. */
IH_MUST_CHECK ih_status ih_wrap_rows_read(const ih_wrap_input *input, ih_wrap_rows *rows,
                                          size_t item, size_t row, size_t n_rows, double *turns,
                                          ih_error *err);

#endif
