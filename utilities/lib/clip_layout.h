/* SPDX-License-Identifier: MIT
 *
 * What goes where in each form of output of gdal_ih_clip, and the texts that other programs want
 * beside the rasters.
 */
#ifndef IH_CLIP_LAYOUT_H
#define IH_CLIP_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "utilities/lib/clip_options.h"

/* Name of the manifest in the output folder. */
#define IH_CLIP_MANIFEST "clip.json"

/* Whether the layout writes the layer when no layers were named: those that MintPy loads for
 * MintPy, all on a map grid otherwise. */
bool ih_clip_layout_takes(const ih_clip_options *options, size_t layer);

/* Path of a product's file, relative to the output folder; suffix is "_unw_phase" for a layer, with
 * extension "tif" or "vrt", or "" with "txt". The caller frees it with CPLFree. */
char *ih_clip_layout_path(const ih_clip_options *options, const char *product, const char *suffix,
                          const char *extension);

/* Name of MintPy's template in the output folder and its text (CPLFree); NULL when the layout has
 * none. has tells, by rows of the driver's table, which layers all products have. */
const char *ih_clip_layout_template_name(const ih_clip_options *options);
char *ih_clip_layout_template(const ih_clip_options *options, const bool *has);

#endif
