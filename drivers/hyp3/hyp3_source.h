/* SPDX-License-Identifier: MIT
 *
 * One product as files: which layers there are in an archive or a folder, how GDAL opens each, the
 * parameter text and the name. No pixel is read here, and of a raster only its header when asked.
 * Errors are returned as text, because who opens a stack treats them differently from who opens one
 * product.
 */
#ifndef IH_HYP3_SOURCE_H
#define IH_HYP3_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include <gdal.h>

#include "drivers/hyp3/hyp3_location.h"
#include "drivers/hyp3/layer_header.h"
#include "drivers/hyp3/layers.h"
#include "drivers/hyp3/product_name.h"
#include "drivers/hyp3/product_text.h"
#include "drivers/hyp3/zip_directory.h"

typedef struct {
    int layer;                   /* row of the layer table */
    char *path;                  /* as GDAL opens it */
    const ih_zip_member *member; /* NULL in a folder */
} ih_source_file;

typedef struct {
    bool is_zip;
    char *path;                  /* archive or folder */
    ih_zip_directory *directory; /* of an archive */
    VSILFILE *archive;           /* open while headers are being read, else NULL */
    int coordinate_system;       /* number of srs, the one met last; 0: none */
    OGRSpatialReferenceH srs;
    ih_product_name product; /* kind IH_PRODUCT_NONE when no name fits the grammar */
    char *name;              /* product name, or what stands for it */
    char *text_path;         /* NULL when there is no parameter text */
    ih_product_text *text;   /* may be NULL */
    ih_source_file *files;   /* one per layer, in the order of the layer table */
    size_t count;
    size_t others; /* layer files of other products in the same place, not shown */
} ih_source;

enum ih_source_result {
    IH_SOURCE_OPEN,
    IH_SOURCE_NONE,  /* readable, but no product */
    IH_SOURCE_BROKEN /* cannot be read; why says so */
};

#define IH_WHY_ROOM 512

enum ih_source_result ih_source_open(const ih_location *location, ih_source **out,
                                     char why[IH_WHY_ROOM]);
void ih_source_free(ih_source *source); /* NULL is fine */

/* Index of the file of a layer, -1 when the product lacks it. */
int ih_source_find(const ih_source *source, int layer);

/* How GDAL opens a member of the archive, by its whole name. The caller frees it with CPLFree. */
char *ih_source_member_path(const ih_source *source, const char *member);

/* Opens the file as a TIFF without looking for files beside it when it is in an archive. */
GDALDatasetH ih_source_open_file(const ih_source_file *file, const char *path);

/* What is known of an archived file is not read again. */
bool ih_source_header(ih_source *source, const ih_source_file *file, ih_layer_header *header,
                      char why[IH_WHY_ROOM]);

/* Closes the archive until something is asked of it again: opening and reading headers leave it
 * open. */
void ih_source_rest(ih_source *source);

#endif
