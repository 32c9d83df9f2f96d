/* SPDX-License-Identifier: MIT
 *
 * What the TIFF header of a layer says, as plain data that outlives the dataset it was read from.
 */
#ifndef IH_LAYER_HEADER_H
#define IH_LAYER_HEADER_H

#include <stdbool.h>

#include <gdal.h>
#include <ogr_srs_api.h>

/* A header that claims larger blocks is damaged or made to exhaust memory. A whole layer of the
 * largest real products in one strip has 100 MB. */
#define IH_HEADER_MAX_BLOCK_MB 512

#define IH_HEADER_OVERVIEWS 16

/* What the header of a layer says. */
typedef struct {
    int width, height, bands;
    GDALDataType type;
    int block_x, block_y;
    bool has_nodata;
    double nodata;
    bool has_geotransform;
    double geotransform[6];
    OGRSpatialReferenceH srs; /* one reference to it, may be NULL */
    int coordinate_system;    /* its number (coordinate_systems.h), 0 when it has none */
    bool point;               /* AREA_OR_POINT=Point */
    int overview_count;
    int overview_width[IH_HEADER_OVERVIEWS], overview_height[IH_HEADER_OVERVIEWS];
} ih_layer_header;

/* All but the coordinate system. False when there is no band or the blocks are too large; header is
 * then empty but for sizes. */
bool ih_layer_header_read(GDALDatasetH dataset, ih_layer_header *header);

/* The coordinate system that the file declares, in place of none. */
void ih_layer_header_read_srs(GDALDatasetH dataset, ih_layer_header *header);

/* Two files without any have the same one. */
bool ih_layer_header_same_srs(const ih_layer_header *a, const ih_layer_header *b);
/* Size, place and coordinate system; a thousandth of a pixel apart at any end is the same. */
bool ih_layer_header_same_grid(const ih_layer_header *a, const ih_layer_header *b);
void ih_layer_header_clear(ih_layer_header *header);

#endif
