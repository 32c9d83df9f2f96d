/* SPDX-License-Identifier: MIT
 *
 * What the stages of gdal_ih_clip share.
 */
#ifndef IH_CLIP_RUN_H
#define IH_CLIP_RUN_H

#include "utilities/lib/clip_manifest.h"
#include "utilities/lib/clip_product.h"

typedef struct {
    const ih_clip_request *request;
    ih_clip_plan *plan;
    ih_clip_manifest *manifest;
    ih_result_folder *folder;
    cJSON *content;          /* what the files depend on */
    cJSON *files;            /* of the run itself, beside those of the products */
    ih_clip_result *results; /* [product of the plan's catalogue] */
    cJSON **entries;         /* [product] that of the result, for the manifest */
    size_t n;
    int threads;
    size_t n_kept, n_made, n_removed; /* products of an earlier run, products made, files */
    size_t n_sidecars;                /* that stay */
    size_t n_network_parts;
} ih_clip_state;

/* One raster per layer, in the folder's hidden place; files are then moved by the caller. */
IH_MUST_CHECK ih_status ih_clip_cube_make(ih_clip_state *state, ih_error *err);

/* Finds, and with -clean_sidecars removes, what keeps MintPy from loading the clips. */
void ih_clip_sidecars(ih_clip_state *state);

/* "left_out", "limits", "network" and the like, for the manifest. */
IH_MUST_CHECK ih_status ih_clip_facts(ih_clip_state *state, cJSON **out, ih_error *err);

/* Lines for people; malloc. */
char *ih_clip_summary(const ih_clip_state *state, const cJSON *facts);

#endif
