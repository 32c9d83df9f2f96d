/* SPDX-License-Identifier: MIT */
#include "drivers/hyp3/member_bytes.h"

#include <string.h>

#include <cpl_conv.h>

#include "drivers/hyp3/buffer_pool.h"

#define DEFLATE_BEST_RATIO  1032
#define DEFLATE_SLACK_BYTES 1024
#define GZIP_HEADER         10
#define GZIP_TRAILER        8
#define LOCAL_HEADER        30
/* Extra fields of local headers are rarely longer; when one is, the rest is read separately. */
#define USUAL_EXTRA 64

/* A part of the archive in memory. */
typedef struct {
    const unsigned char *bytes;
    uint64_t offset;
    size_t size;
} piece;

bool ih_member_read_at(void *archive, uint64_t offset, void *buffer, size_t size)
{
    VSILFILE *file = archive;

    return VSIFSeekL(file, offset, SEEK_SET) == 0 && VSIFReadL(buffer, 1, size, file) == size;
}

static bool read_piece(void *source, uint64_t offset, void *buffer, size_t size)
{
    const piece *p = source;

    if (offset < p->offset || offset - p->offset > p->size ||
        size > p->size - (size_t)(offset - p->offset))
        return false;
    memcpy(buffer, p->bytes + (offset - p->offset), size);
    return true;
}

static void put_little_endian(unsigned char *bytes, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        bytes[i] = (unsigned char)(value >> (8 * i));
}

bool ih_member_claims_possible_size(const ih_zip_member *member)
{
    return member->size / DEFLATE_BEST_RATIO <= member->compressed_size + DEFLATE_SLACK_BYTES;
}

bool ih_member_gzip_read(VSILFILE *archive, const ih_zip_directory *directory,
                         const ih_zip_member *member, uint64_t most, ih_member_gzip *gzip)
{
    static const unsigned char header[GZIP_HEADER] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
    size_t packed = (size_t)(most < member->compressed_size ? most : member->compressed_size),
           before, got;
    uint64_t rest, offset;
    piece p = {.offset = member->header_offset};

    memset(gzip, 0, sizeof *gzip);
    if (member->header_offset > directory->archive_size)
        return false;
    rest = directory->archive_size - member->header_offset;
    p.size = LOCAL_HEADER + strlen(member->name) + USUAL_EXTRA + packed;
    if (p.size > rest)
        p.size = (size_t)rest;
    gzip->room = ih_buffer_take(p.size + GZIP_TRAILER, &gzip->room_size);
    p.bytes = gzip->room;
    if (!gzip->room || !ih_member_read_at(archive, p.offset, gzip->room, p.size) ||
        !ih_zip_data_offset(directory, member, read_piece, &p, &offset))
        return false;

    before = (size_t)(offset - p.offset);
    got = p.size > before ? p.size - before : 0;
    if (got < packed) {
        size_t longer_size = before + packed + GZIP_TRAILER;
        unsigned char *longer = VSI_REALLOC_VERBOSE(gzip->room, longer_size);

        if (!longer)
            return false;
        gzip->room = longer;
        gzip->room_size = longer_size;
        if (!ih_member_read_at(archive, offset + got, longer + before + got, packed - got))
            return false;
    }
    /* The frame's header takes the place of the end of the local one, which is longer. */
    gzip->bytes = gzip->room + before - GZIP_HEADER;
    memcpy(gzip->bytes, header, GZIP_HEADER);
    gzip->size = GZIP_HEADER + packed;
    gzip->whole = packed == member->compressed_size;
    if (gzip->whole) {
        put_little_endian(gzip->bytes + gzip->size, member->crc32);
        put_little_endian(gzip->bytes + gzip->size + 4, (uint32_t)member->size);
        gzip->size += GZIP_TRAILER;
    }
    return true;
}

void ih_member_gzip_free(ih_member_gzip *gzip)
{
    ih_buffer_give(gzip->room, gzip->room_size);
    memset(gzip, 0, sizeof *gzip);
}

bool ih_member_gzip_inflate(const ih_member_gzip *gzip, void *buffer, size_t size)
{
    size_t inflated = 0;

    return gzip->whole && CPLZLibInflate(gzip->bytes, gzip->size, buffer, size, &inflated) &&
           inflated == size;
}
