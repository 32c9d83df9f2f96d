/* SPDX-License-Identifier: MIT
 *
 * The files of a merged product: every layer as a mosaic of its parts.
 */
#ifndef IH_MERGE_LAYERS_H
#define IH_MERGE_LAYERS_H

#include "utilities/lib/merge_offsets.h"
#include "utilities/lib/result_folder.h"

/* What was written. */
typedef struct {
    size_t *layers; /* [n_layers] rows of the driver's table */
    size_t n_layers;
    char **left_out; /* CPL list of layers that not all parts have, or that follow from others */
    size_t n_valid;  /* pixels with unwrapped phase */
    size_t n_apart;  /* common pixels that differ by half a cycle or more after all */
} ih_merge_written;

/* Makes layers and text in the folder's hidden place, then moves the whole product to target: a zip
 * or a folder, which is replaced when it is there. */
IH_MUST_CHECK ih_status ih_merge_write(const ih_merge_offsets *offsets,
                                       const ih_result_folder *folder, const char *target,
                                       int threads, ih_merge_written *out, ih_error *err);
void ih_merge_written_free(ih_merge_written *written);

#endif
