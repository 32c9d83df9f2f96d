/* SPDX-License-Identifier: MIT
 *
 * The packed bytes of a zip member with a gzip frame around them. A zip entry is a raw deflate
 * stream with CRC-32 and size, which is what gzip has around one, so GDAL's decoders can be used,
 * and check the CRC. Read straight from where the central directory says the member lies.
 * Thread-safe as long as one handle is used by one thread at a time.
 */
#ifndef IH_MEMBER_BYTES_H
#define IH_MEMBER_BYTES_H

#include <stdbool.h>
#include <stddef.h>

#include <cpl_vsi.h>

#include "drivers/hyp3/zip_directory.h"

typedef struct {
    unsigned char *room; /* what is to be freed */
    size_t room_size;
    unsigned char *bytes; /* gzip header, packed bytes, and the trailer when they are all there */
    size_t size;
    bool whole;
} ih_member_gzip;

/* Deflate cannot do better than 1032 to 1: false for a member that claims more, which is damaged or
 * made to exhaust memory. */
bool ih_member_claims_possible_size(const ih_zip_member *member);

/* Reads the member's first `most` packed bytes, usually in one piece with its local header. False
 * when they are not there or memory is short. Free in any case. */
bool ih_member_gzip_read(VSILFILE *archive, const ih_zip_directory *directory,
                         const ih_zip_member *member, uint64_t most, ih_member_gzip *gzip);
void ih_member_gzip_free(ih_member_gzip *gzip);

/* Inflates a whole member into the `size` bytes it claims; false when size or CRC disagree. */
bool ih_member_gzip_inflate(const ih_member_gzip *gzip, void *buffer, size_t size);

/* ih_zip_read_at for a VSILFILE. */
bool ih_member_read_at(void *archive, uint64_t offset, void *buffer, size_t size);

#endif
