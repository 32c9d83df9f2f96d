/* SPDX-License-Identifier: MIT
 *
 * Inflated copies of zip members, shared by all datasets of the process, reference-counted and
 * bounded (gdal-conventions 3.2). A copy is published as a /vsimem/ file so that GDAL's own TIFF
 * driver reads it. The CRC is checked before a copy is handed out. Budget: configuration option
 * IH_CACHE_MB (default 512, at most a tenth of the machine's memory unless set); unreferenced
 * copies are dropped, least recently used first. Who reads each layer once gives copies back with
 * ih_member_discard, whose memory then serves the next ones. Thread-safe.
 */
#ifndef IH_MEMBER_CACHE_H
#define IH_MEMBER_CACHE_H

#include "drivers/hyp3/zip_directory.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ih_member_copy ih_member_copy;

enum ih_member_result {
    IH_MEMBER_READY,  /* *copy holds the inflated member */
    IH_MEMBER_STREAM, /* too large for the budget, stored, or no memory: read it through /vsizip/
                         instead */
    IH_MEMBER_DAMAGED /* CRC or size disagree, or the archive cannot be read; CPLError raised */
};

/* archive: path of the zip as GDAL opens it (plain, /vsicurl/...). The key is path, size,
 * modification time, member. */
enum ih_member_result ih_member_acquire(const char *archive, const ih_zip_directory *directory,
                                        const ih_zip_member *member, ih_member_copy **copy);
void ih_member_release(ih_member_copy *copy);

/* The same, and the copy is dropped unless somebody else has it. Its memory is kept for the next
 * copy, within the budget, until the cache is cleared. */
void ih_member_discard(ih_member_copy *copy);

/* The /vsimem/ path of the copy. */
const char *ih_member_path(const ih_member_copy *copy);

/* Drops every unreferenced copy, and memory kept for more; called when the driver is unloaded. */
void ih_member_cache_clear(void);

#ifdef __cplusplus
}
#endif
#endif
