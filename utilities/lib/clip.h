/* SPDX-License-Identifier: MIT
 *
 * gdal_ih_clip as a function: products in, a folder of clipped products out.
 */
#ifndef IH_CLIP_H
#define IH_CLIP_H

#include <stddef.h>

#include "algorithms/progress.h"
#include "utilities/lib/clip_options.h"

typedef struct {
    ih_clip_options options;
    char **inputs; /* NULL-terminated words */
    const char *out_dir;
    const char *command_line; /* recorded in clip.json; may be NULL */
    ih_progress progress;     /* may be NULL */
    void *progress_data;
} ih_clip_request;

typedef struct {
    char *summary;     /* for people, lines */
    char *json;        /* content of clip.json */
    size_t n_unusable; /* inputs that could not be used, and side-cars that stayed */
} ih_clip_outcome;

/* Warnings go through CPLError. On failure what was complete stays, with its manifest; nothing
 * half-made does, and *out is empty. */
IH_MUST_CHECK ih_status ih_clip_run(const ih_clip_request *request, ih_clip_outcome *out,
                                    ih_error *err);
void ih_clip_outcome_free(ih_clip_outcome *outcome);

#endif
