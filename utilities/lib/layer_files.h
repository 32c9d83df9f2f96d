/* SPDX-License-Identifier: MIT
 *
 * The files of a product that is written layer by layer, in strips: rasters in the form of the
 * service's, made in the hidden place of an output folder, and all of them as one archive.
 */
#ifndef IH_LAYER_FILES_H
#define IH_LAYER_FILES_H

#include <gdal.h>

#include "utilities/lib/clip_pixels.h"
#include "utilities/lib/common_grid.h"
#include "utilities/lib/result_folder.h"

/* Divides the memory among the driver's cache of inflated layers (unless IH_CACHE_MB is set) and
 * GDAL's of blocks, and keeps side-cars from being written beside products. */
void ih_layer_files_bound_memory(double working_memory_bytes, double inflated_share);

/* A GeoTIFF of one band; creation_options is a CPL list, NULL = compression and tiles of the form.
 * NULL on failure, with CPL's last error. */
GDALDatasetH ih_layer_file_create(const ih_common_grid *common, const ih_clip_form *form,
                                  char **creation_options, const char *path);

/* IH_E_IO with the path and CPL's last error. */
ih_status ih_layer_file_failure(const char *path, ih_error *err);

/* Closes a raster, which may be NULL; a full disk may show only now. status is what happened before
 * and is returned when it is a failure. */
IH_MUST_CHECK ih_status ih_layer_file_close(GDALDatasetH raster, const char *path, ih_status status,
                                            ih_error *err);

/* NAME.zip in the hidden place, of files that are there under the last parts of their paths in the
 * archive; they are removed. */
IH_MUST_CHECK ih_status ih_layer_files_pack(const ih_result_folder *folder, const char *name,
                                            char **files, ih_error *err);

#endif
