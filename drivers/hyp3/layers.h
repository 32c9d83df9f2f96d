/* SPDX-License-Identifier: MIT
 *
 * Table of the raster layers of HyP3 InSAR products (hyp3-products 2.2), one row per layer, in the
 * order in which the driver shows them as bands; radar-geometry layers follow. libc only.
 */
#ifndef IH_LAYERS_H
#define IH_LAYERS_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum ih_layer_sign { IH_SIGN_NONE = 0, IH_SIGN_POSITIVE_AWAY, IH_SIGN_POSITIVE_TOWARD };

typedef struct {
    const char *suffix; /* "unw_phase" */
    const char *title;  /* for subdataset lists: "unwrapped phase" */
    const char *unit;   /* GDAL unit type: "rad", "m", "deg" or "" */
    enum ih_layer_sign sign;
    bool radar_geometry;           /* no map grid: shown as a subdataset only */
    bool identifies;               /* its presence makes an archive an InSAR product (section 6) */
    bool zero_is_nodata;           /* false: a no-data tag of 0 in the file is wrong (water_mask) */
    const char *const *categories; /* NULL-terminated category names, or NULL */
} ih_layer;

/* Number of rows, and row i (NULL beyond the end). */
size_t ih_layer_count(void);
const ih_layer *ih_layer_at(size_t index);

/* Row index of a suffix such as "unw_phase", -1 when unknown. Case is ignored. */
int ih_layer_find(const char *suffix);

/* Row index of the layer of a file name ("NAME_unw_phase.tif", also NAME_unw_phase_clip.tif and the
 * other infixes of 1.5), the longest suffix winning; -1 when it is none. *stem_length (may be NULL)
 * gets the length of the product name in front of the underscore. */
int ih_layer_of_file(const char *file_name, size_t *stem_length);

#ifdef __cplusplus
}
#endif
#endif
