/* SPDX-License-Identifier: MIT
 *
 * Result rasters: written row block by row block into memory or into a temporary GeoTIFF beside the final name, turned into a cloud-optimised
 * GeoTIFF (overviews included) at the end and renamed. Nothing half-written ever has the final name. Float rasters declare NaN as
 * no-data. Same input, same bytes, whatever NUM_THREADS (default GDAL_NUM_THREADS, else all). One writer per thread.
 *
 * The COG is DEFLATE with a predictor, at the fastest level for floats; its tiles are made smaller the more bands there are, because GDAL before 3.11 interleaves
 * the bands of a COG and one tile of all bands has to be inflated for a single value. Overviews average floats (without
 * no-data; made here unless a creation option is about overviews) and take the nearest of integers; the caller
 * may make them in its own way. Rows that were never written are no-data (0 when an integer type has none).
 */
#ifndef IH_RASTER_OUT_H
#define IH_RASTER_OUT_H

#include <stddef.h>

#include <gdal.h>

#include "algorithms/grid.h"
#include "algorithms/pyramid.h"
#include "algorithms/status.h"

typedef struct {
    const char *description; /* band description */
    const char *unit;        /* "" for none */
    char **metadata;         /* NAME=VALUE list, may be NULL */
} ih_raster_band;

/* Rows of an overview from those of the level below, with the layout of ih_pyramid_average, of the raster's type. */
typedef ih_status (*ih_make_overview)(const ih_pyramid_part *part, const void *in, void *out,
                                      void *data, ih_error *err);

typedef struct {
    const ih_grid *grid;
    OGRSpatialReferenceH srs;    /* may be NULL */
    GDALDataType type;           /* GDT_Float32 (NaN no-data), GDT_Byte, GDT_UInt16 or GDT_Int16 (no_data if has_no_data) */
    int n_bands;
    const ih_raster_band *bands;
    int has_no_data;             /* for integer types */
    double no_data;
    char **metadata;             /* dataset items, may be NULL */
    char **creation_options;     /* user's -co, for the COG driver; may be NULL */
    GDALColorTableH colour_table;   /* of a single band of bytes; may be NULL */
    const GDALColorInterp *colours; /* one per band, such as red, green, blue; may be NULL */
    ih_make_overview make_overview; /* of types up to 4 bytes; NULL for averages or nearest pixels */
    void *overview_data;            /* handed to make_overview */
    double memory_bytes;            /* a raster that fits this, with its overviews, has no temporary file; the COG is the same */
} ih_raster_spec;

typedef struct ih_raster_out ih_raster_out;

/* Whether creation options are of use, before any work: their form, names and values, and a small raster of floats and of bytes
 * made with them in memory. IH_E_ARGUMENT with the reason; NULL is fine. */
IH_MUST_CHECK ih_status ih_raster_out_check_options(char **creation_options, ih_error *err);

IH_MUST_CHECK ih_status ih_raster_out_new(const char *path, const ih_raster_spec *spec, ih_raster_out **out,
                                          ih_error *err);
/* Rows of a tile: whole ones, from a multiple of this, are written with the least work. */
size_t ih_raster_out_rows(const ih_raster_out *out);
/* Rows [row, row + n_rows) of one band (from 0); data is contiguous float, uint8, uint16 or int16 as the spec's type. */
IH_MUST_CHECK ih_status ih_raster_out_write(ih_raster_out *out, int band, size_t row, size_t n_rows,
                                            const void *data, ih_error *err);
/* Finishes, renames to the final path and frees. On failure everything temporary is removed, and out is freed as well. */
IH_MUST_CHECK ih_status ih_raster_out_commit(ih_raster_out *out, ih_error *err);
/* Removes everything temporary and frees; NULL is fine. */
void ih_raster_out_abort(ih_raster_out *out);

#endif
