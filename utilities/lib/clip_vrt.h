/* SPDX-License-Identifier: MIT
 *
 * A clipped layer as a virtual raster, without a copy of its pixels.
 */
#ifndef IH_CLIP_VRT_H
#define IH_CLIP_VRT_H

#include "utilities/lib/clip_pixels.h"

/* A window of what lies on the lattice, warped otherwise (0 is no data to the warper; angles are
 * for ih_clip_pixels). The file opens without this suite. */
IH_MUST_CHECK ih_status ih_clip_vrt_write(const ih_clip_view *view, size_t layer,
                                          const ih_clip_band *band, const char *path,
                                          ih_error *err);

#endif
