/* SPDX-License-Identifier: MIT
 *
 * clip.json of an output folder: what is there, of which products, on which grid. It is true at
 * every moment of a run: what is about to be replaced leaves it first, what is complete enters it.
 */
#ifndef IH_CLIP_MANIFEST_H
#define IH_CLIP_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include "algorithms/status.h"

typedef struct ih_clip_manifest ih_clip_manifest;

/* Reads the one in the folder, if there is one. IH_E_ARGUMENT when the folder holds something else
 * and overwrite is false. */
IH_MUST_CHECK ih_status ih_clip_manifest_open(const char *folder, bool overwrite,
                                              ih_clip_manifest **out, ih_error *err);
void ih_clip_manifest_free(ih_clip_manifest *manifest);

/* "content" of the earlier run, NULL when there was none. */
const cJSON *ih_clip_manifest_content(const ih_clip_manifest *manifest);

/* The earlier run's entry of a product of which nothing has changed: same content, same source, all
 * its files there. Taken over by the caller; NULL when it has to be made. */
cJSON *ih_clip_manifest_take(ih_clip_manifest *manifest, const cJSON *content, const cJSON *entry);

/* The same for everything at once, with -layout cube: the files of the earlier run, when its
 * entries are those of the list. */
cJSON *ih_clip_manifest_take_all(ih_clip_manifest *manifest, const cJSON *content,
                                 const cJSON *entries);

/* All files of the earlier run, with and without product; a new list. */
cJSON *ih_clip_manifest_files(const ih_clip_manifest *manifest);

/* Whether a file of the run itself was that long when the earlier run wrote it. */
bool ih_clip_manifest_knows(const ih_clip_manifest *manifest, const char *path, double bytes);

/* What a manifest says; all of it stays the caller's. */
typedef struct {
    const cJSON *content;  /* what the files depend on */
    cJSON *const *entries; /* [n] of the products; NULL for those that have none */
    size_t n;
    bool complete;     /* the run is over */
    const cJSON *more; /* an object whose items are added: "files" of the run itself and others */
} ih_clip_record;

/* *text, which may be NULL, receives what was written, cJSON_free. */
IH_MUST_CHECK ih_status ih_clip_manifest_write(const ih_clip_manifest *manifest,
                                               const ih_clip_record *record, char **text,
                                               ih_error *err);

/* Removes files of the earlier run that the record does not name. Returns their number. */
size_t ih_clip_manifest_remove_stale(const ih_clip_manifest *manifest,
                                     const ih_clip_record *record);

#endif
