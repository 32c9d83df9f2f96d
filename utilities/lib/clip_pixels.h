/* SPDX-License-Identifier: MIT
 *
 * A layer of a product as the common grid sees it. On the lattice its pixels are those of the file,
 * bit for bit. Off it continuous layers are resampled from valid pixels alone, angles as unit
 * vectors, masks and components by the nearest pixel; lv_phi, which counts from the map's east, is
 * turned where the map is another. One per thread.
 */
#ifndef IH_CLIP_PIXELS_H
#define IH_CLIP_PIXELS_H

#include <stdbool.h>
#include <stddef.h>

#include <gdal.h>
#include <gdalwarper.h>

#include "utilities/lib/catalogue.h"
#include "utilities/lib/clip_source.h"
#include "utilities/lib/common_grid.h"

/* Rows are asked for in strips of this height, whatever memory there is: then the same pixels come
 * from the same computation. */
enum { IH_CLIP_STRIP_ROWS = 256 };

typedef struct {
    const ih_clip_source *source;
    const ih_interferogram *item;
    const ih_common_grid *common;
    GDALResampleAlg resampling; /* of continuous layers and angles off the lattice */
} ih_clip_view;

typedef struct {
    GDALDataType type;
    double fill;      /* where there is no data: what the file declares, else 0 */
    bool has_no_data; /* declared */
    bool on_lattice;
    bool point, tiled, lzw; /* form of the file */
    bool is_phase;          /* 0 is no data but at the producer's reference point */
} ih_clip_form;

typedef struct ih_clip_pixels ih_clip_pixels;

/* layer is a row of the driver's table. */
IH_MUST_CHECK ih_status ih_clip_pixels_new(const ih_clip_view *view, size_t layer,
                                           ih_clip_pixels **out, ih_error *err);
void ih_clip_pixels_free(ih_clip_pixels *pixels);

const ih_clip_form *ih_clip_pixels_form(const ih_clip_pixels *pixels);

/* Rows from row, a multiple of the strip's height, in the form's type, [row][column]. */
IH_MUST_CHECK ih_status ih_clip_pixels_rows(ih_clip_pixels *pixels, size_t row, size_t n_rows,
                                            void *values, ih_error *err);

/* The same as floats. */
IH_MUST_CHECK ih_status ih_clip_pixels_floats(ih_clip_pixels *pixels, size_t row, size_t n_rows,
                                              float *values, ih_error *err);

/* Whether a value of a phase or a displacement, at a pixel of the common grid, is data. */
bool ih_clip_pixels_is_data(const ih_clip_pixels *pixels, float value, size_t column, size_t row);

/* Whether the producer's reference point is this pixel of the common grid and the product is on the
 * lattice: a phase of 0 is data there. */
bool ih_clip_reference_pixel(const ih_clip_view *view, size_t *column, size_t *row);

/* Whether virtual rasters can show the layer off the lattice: angles need arithmetic. */
bool ih_clip_layer_is_angle(size_t layer);
bool ih_clip_layer_is_class(size_t layer);

#endif
