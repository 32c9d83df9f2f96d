/* SPDX-License-Identifier: MIT
 *
 * Headers of archived layers that were read lately, for the whole process. Reading one inflates the
 * start of a member and has GDAL open it, some milliseconds for a product; programs that open a
 * dataset for every window, and viewers that hold several handles, would pay that each time.
 * Bounded, thread-safe.
 */
#ifndef IH_HEADER_CACHE_H
#define IH_HEADER_CACHE_H

#include "drivers/hyp3/layer_header.h"
#include "drivers/hyp3/zip_directory.h"

/* The key names the content: path of the archive, checksum, size and place of the member. What is
 * got has the number of its coordinate system only; a header whose coordinate system has no number
 * is not kept. */
bool ih_header_cache_get(const char *archive, const ih_zip_member *member, ih_layer_header *header);
void ih_header_cache_put(const char *archive, const ih_zip_member *member,
                         const ih_layer_header *header);
void ih_header_cache_clear(void);

#endif
