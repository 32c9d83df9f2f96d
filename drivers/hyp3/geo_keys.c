/* SPDX-License-Identifier: MIT */
#include "drivers/hyp3/geo_keys.h"

#include <string.h>

/* Sizes and numbers of TIFF 6.0, section 2, and GeoTIFF 1.1, 7.1. */
#define HEADER_SIZE  8
#define ENTRY_SIZE   12
#define INLINE_SIZE  4
#define MOST_ENTRIES 256
#define GEO_KEYS     34735 /* and 34736 the doubles, 34737 the text they refer to */
#define GEO_TEXT     34737
#define TYPE_ASCII   2
#define TYPE_SHORT   3
#define TYPE_DOUBLE  12

static uint32_t le16(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t le32(const unsigned char *p)
{
    return le16(p) | le16(p + 2) << 16;
}

static size_t size_of_type(uint32_t type)
{
    return type == TYPE_ASCII ? 1 : type == TYPE_SHORT ? 2 : type == TYPE_DOUBLE ? 8 : 0;
}

/* Appends an entry and what it refers to; false when it does not fit. */
static bool add_entry(const unsigned char *entry, ih_zip_read_at read_at, void *source,
                      unsigned char *keys, size_t *used)
{
    size_t size = size_of_type(le16(entry + 2)), room = IH_GEO_KEYS_ROOM - *used, head = 8;
    uint32_t count = le32(entry + 4);

    if (size == 0 || room < head || count > (room - head) / size)
        return false;
    size *= count;
    memcpy(keys + *used, entry, head);
    if (size <= INLINE_SIZE)
        memcpy(keys + *used + head, entry + head, size);
    else if (!read_at(source, le32(entry + head), keys + *used + head, size))
        return false;
    *used += head + size;
    return true;
}

size_t ih_geo_keys_read(ih_zip_read_at read_at, void *source, unsigned char keys[IH_GEO_KEYS_ROOM])
{
    unsigned char bytes[MOST_ENTRIES * ENTRY_SIZE];
    uint32_t directory, entries;
    size_t used = 0;
    bool found = false;

    if (!read_at(source, 0, bytes, HEADER_SIZE) || memcmp(bytes, "II*\0", 4) != 0)
        return 0;
    directory = le32(bytes + 4);
    if (!read_at(source, directory, bytes, 2))
        return 0;
    entries = le16(bytes);
    if (entries > MOST_ENTRIES ||
        !read_at(source, (uint64_t)directory + 2, bytes, entries * ENTRY_SIZE))
        return 0;
    for (uint32_t i = 0; i < entries; i++) {
        const unsigned char *entry = bytes + i * ENTRY_SIZE;
        uint32_t tag = le16(entry);

        if (tag < GEO_KEYS || tag > GEO_TEXT)
            continue;
        found = found || tag == GEO_KEYS;
        if (!add_entry(entry, read_at, source, keys, &used))
            return 0;
    }
    return found ? used : 0;
}
