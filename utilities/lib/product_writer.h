/* SPDX-License-Identifier: MIT
 *
 * One HyP3 product as a zip or a folder: layers as the service's TIFFs, and texts. The product has
 * its final name only when it is complete. One writer per thread.
 */
#ifndef IH_PRODUCT_WRITER_H
#define IH_PRODUCT_WRITER_H

#include <stdbool.h>
#include <stddef.h>

#include <gdal.h>

#include "algorithms/grid.h"
#include "algorithms/status.h"

typedef struct {
    const char *folder; /* where the product goes */
    const char *name;   /* of the product */
    bool zip;           /* else a folder */
    int deflate_level;  /* 0..9 */
    bool gamma;         /* uncompressed strips and points; else LZW tiles of 256 and areas */
    ih_grid grid;
    OGRSpatialReferenceH srs;
} ih_product_writer_spec;

typedef struct {
    const char *suffix; /* "unw_phase" */
    GDALDataType type;  /* GDT_Float32 or GDT_Byte */
    const void *pixels; /* first pixel of the window */
    size_t row_pixels;  /* from one row of the window to the next */
    bool has_no_data;
    double no_data;
    bool area; /* AREA_OR_POINT=Area in spite of the family */
} ih_product_layer;

typedef struct ih_product_writer ih_product_writer;

IH_MUST_CHECK ih_status ih_product_writer_new(const ih_product_writer_spec *spec,
                                              ih_product_writer **out, ih_error *err);
IH_MUST_CHECK ih_status ih_product_writer_add_layer(ih_product_writer *writer,
                                                    const ih_product_layer *layer, ih_error *err);
/* The file is named by the product and the suffix, e.g. ".txt". */
IH_MUST_CHECK ih_status ih_product_writer_add_text(ih_product_writer *writer, const char *suffix,
                                                   const char *text, ih_error *err);
/* Frees, also on failure. */
IH_MUST_CHECK ih_status ih_product_writer_commit(ih_product_writer *writer, ih_error *err);
void ih_product_writer_abort(ih_product_writer *writer); /* NULL is fine */

#endif
