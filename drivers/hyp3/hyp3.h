/* SPDX-License-Identifier: MIT
 *
 * The C side of the HYP3 driver: everything that is decided, behind a few functions that the C++ shim
 * (gdal_hyp3.cpp) calls. Two kinds of dataset: a product (one band per layer of one pair) and a stack (one
 * layer, one band per pair, on the common grid). Both are described by ih_hyp3_dataset and ih_hyp3_band.
 *
 * Errors are raised with CPLError; a NULL without an error means "not ours" (GDAL then tries other drivers).
 * One dataset belongs to one thread at a time; the member cache behind it is shared and locked.
 */
#ifndef IH_HYP3_H
#define IH_HYP3_H

#include <stdbool.h>
#include <stddef.h>

#include <gdal.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ih_open_request {
    const char *name;          /* as given to GDALOpen */
    const unsigned char *head; /* first bytes of the file, may be NULL */
    int head_size;
    bool is_directory;
    bool update;
    char **options;            /* open options, NAME=VALUE list */
};

typedef struct ih_hyp3_dataset ih_hyp3_dataset;

/* What a band looks like; strings live as long as the dataset. */
typedef struct {
    const char *description;     /* layer suffix, or YYYYMMDD_YYYYMMDD in a stack */
    const char *unit;
    GDALDataType type;
    int block_x, block_y;
    bool has_nodata;
    double nodata;
    char **metadata;             /* NAME=VALUE list of the default domain */
    char **categories;           /* NULL-terminated, or NULL */
} ih_hyp3_band;

/* 1: certainly ours, 0: certainly not. No I/O (gdal-conventions 4.1). */
int ih_hyp3_identify(const struct ih_open_request *request);

ih_hyp3_dataset *ih_hyp3_open(const struct ih_open_request *request);
void ih_hyp3_close(ih_hyp3_dataset *dataset);

int ih_hyp3_width(const ih_hyp3_dataset *dataset);
int ih_hyp3_height(const ih_hyp3_dataset *dataset);
int ih_hyp3_band_count(const ih_hyp3_dataset *dataset);
const ih_hyp3_band *ih_hyp3_band_at(const ih_hyp3_dataset *dataset, int band); /* from 0 */
bool ih_hyp3_geotransform(const ih_hyp3_dataset *dataset, double gt[6]);
OGRSpatialReferenceH ih_hyp3_srs(const ih_hyp3_dataset *dataset);              /* borrowed, may be NULL */

/* Metadata of a domain ("" default, "HYP3", "SUBDATASETS", ...) as a list; domains() is NULL-terminated. */
const char *const *ih_hyp3_domains(const ih_hyp3_dataset *dataset);
char **ih_hyp3_metadata(const ih_hyp3_dataset *dataset, const char *domain);

/* File beside which PAM keeps statistics and overviews (never inside an archive). */
const char *ih_hyp3_physical_file(const ih_hyp3_dataset *dataset);

/* Pixels: the band's dataset opened for reading, from the shared member cache where that pays, together with
 * where this dataset's first pixel lies in it (0,0 for a product; the common grid's offset for a stack). The
 * handle is borrowed and valid until the next call for a stack (a bounded number stays open), or until close for
 * a product. NULL: failed, error raised. */
GDALRasterBandH ih_hyp3_pixels(ih_hyp3_dataset *dataset, int band, int *column, int *row);

#ifdef __cplusplus
}
#endif
#endif
