/* SPDX-License-Identifier: MIT
 *
 * The files of one product, for a program that copies them: every layer as its own TIFF, on its own
 * grid, with its own tags, whether packed, unpacked or on a server. One source per thread.
 */
#ifndef IH_CLIP_SOURCE_H
#define IH_CLIP_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>
#include <gdal.h>
#include <ogr_srs_api.h>

#include "algorithms/grid.h"
#include "algorithms/status.h"

typedef struct ih_clip_source ih_clip_source;

/* path as the catalogue has it. IH_E_DATA when it cannot be opened any more. */
IH_MUST_CHECK ih_status ih_clip_source_open(const char *path, ih_clip_source **out, ih_error *err);
void ih_clip_source_free(ih_clip_source *source);

/* Whether there is a layer, by its row in the driver's table of layers. */
bool ih_clip_source_has(const ih_clip_source *source, size_t layer);

/* How GDAL opens the layer without this suite; NULL when there is none. */
const char *ih_clip_source_file(const ih_clip_source *source, size_t layer);

/* The parameter text as it stands, CPLFree, and its length; NULL when there is none. */
char *ih_clip_source_text(const ih_clip_source *source, size_t *size);

/* What tells this product from another of its name: checksums of its members, or sizes and times of
 * its files. NULL when memory is short. */
cJSON *ih_clip_source_identity(const ih_clip_source *source);

typedef struct {
    GDALDatasetH dataset;
    GDALRasterBandH band;
    void *copy; /* inflated member */
    ih_grid grid;
    OGRSpatialReferenceH srs; /* owned, traditional axis order */
    GDALDataType type;
    bool has_no_data, point; /* point: AREA_OR_POINT=Point */
    double no_data;
    bool tiled, lzw;
} ih_clip_band;

/* Inflates a packed layer and checks its checksum. */
IH_MUST_CHECK ih_status ih_clip_band_open(const ih_clip_source *source, size_t layer,
                                          ih_clip_band *out, ih_error *err);
void ih_clip_band_close(ih_clip_band *band); /* one of zeros is fine */

#endif
