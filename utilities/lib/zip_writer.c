/* SPDX-License-Identifier: MIT
 *
 * Format: PKWARE APPNOTE 6.3.10, sections 4.3 to 4.5. Sizes are known before a member is written,
 * so no data descriptors.
 */
#include "utilities/lib/zip_writer.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>

#include "algorithms/alloc.h"
#include "algorithms/crc32.h"

/* 2020-01-01 00:00: year - 1980 in bits 9 to 15, month in 5 to 8, day in 0 to 4. */
#define DOS_DATE 0x5021u
#define DOS_TIME 0u

#define SIZE_LIMIT  0xFFFFFFFFu
#define COUNT_LIMIT 0xFFFFu

enum {
    METHOD_STORE = 0,
    METHOD_DEFLATE = 8,
    VERSION_DEFLATE = 20,
    VERSION_ZIP64 = 45,
    MADE_BY_UNIX = 3 << 8,
    FLAG_UTF8 = 1 << 11,
    ZIP64_EXTRA = 1,
    ZLIB_HEAD = 2,
    ZLIB_TAIL = 4,
    LONGEST_NAME = 65535,
    LARGEST_PIECE = 1 << 30
};

typedef struct {
    char *name;
    uint32_t crc;
    uint64_t size, packed_size, offset;
    unsigned method;
} entry;

struct ih_zip_writer {
    char *path, *temporary;
    VSILFILE *file;
    entry *entries;
    size_t n_entries, capacity;
    uint64_t position;
    bool damaged;             /* a member was written in part: the archive must not be committed */
    ih_crc32_table crc_table; /* of its own, so that writers share no state */
};

typedef struct {
    uint8_t bytes[128];
    size_t used;
} record;

static void put(record *r, uint64_t value, int n_bytes)
{
    for (int i = 0; i < n_bytes; i++)
        r->bytes[r->used++] = (uint8_t)(value >> (8 * i));
}

static void free_writer(ih_zip_writer *writer)
{
    if (!writer)
        return;
    for (size_t i = 0; i < writer->n_entries; i++)
        CPLFree(writer->entries[i].name);
    free(writer->entries);
    CPLFree(writer->path);
    CPLFree(writer->temporary);
    free(writer);
}

ih_status ih_zip_writer_new(const char *path, ih_zip_writer **out, ih_error *err)
{
    ih_zip_writer *writer = ih_calloc(1, sizeof *writer);

    *out = NULL;
    if (!writer)
        return ih_fail(err, IH_E_MEMORY, "%s: no memory for a zip writer", path);
    writer->path = CPLStrdup(path);
    writer->temporary = CPLStrdup(CPLSPrintf("%s.%ld.tmp", path, (long)getpid()));
    writer->file = VSIFOpenL(writer->temporary, "wb");
    if (!writer->file) {
        free_writer(writer);
        return ih_fail(err, IH_E_IO, "%s: cannot be created", path);
    }
    ih_crc32_fill(&writer->crc_table);
    *out = writer;
    return IH_OK;
}

static ih_status write_bytes(ih_zip_writer *writer, const void *bytes, size_t size, ih_error *err)
{
    const uint8_t *next = bytes;

    for (size_t left = size; left > 0;) {
        size_t piece = left < LARGEST_PIECE ? left : LARGEST_PIECE;

        if (VSIFWriteL(next, 1, piece, writer->file) != piece)
            return ih_fail(err, IH_E_IO, "%s: cannot be written (disk full?)", writer->path);
        next += piece;
        left -= piece;
    }
    writer->position += size;
    return IH_OK;
}

static ih_status write_record(ih_zip_writer *writer, const record *r, ih_error *err)
{
    return write_bytes(writer, r->bytes, r->used, err);
}

static bool is_large(const entry *e)
{
    return e->size >= SIZE_LIMIT || e->packed_size >= SIZE_LIMIT;
}

static uint64_t capped(uint64_t value)
{
    return value < SIZE_LIMIT ? value : SIZE_LIMIT;
}

static unsigned flags_of(const entry *e)
{
    for (const char *c = e->name; *c; c++)
        if ((unsigned char)*c >= 0x80)
            return FLAG_UTF8;
    return 0;
}

static ih_status write_local_header(ih_zip_writer *writer, const entry *e, ih_error *err)
{
    record r = {.used = 0};
    size_t name_length = strlen(e->name);
    bool large = is_large(e);
    ih_status status;

    put(&r, 0x04034b50, 4);
    put(&r, large ? VERSION_ZIP64 : VERSION_DEFLATE, 2);
    put(&r, flags_of(e), 2);
    put(&r, e->method, 2);
    put(&r, DOS_TIME, 2);
    put(&r, DOS_DATE, 2);
    put(&r, e->crc, 4);
    put(&r, large ? SIZE_LIMIT : e->packed_size, 4);
    put(&r, large ? SIZE_LIMIT : e->size, 4);
    put(&r, name_length, 2);
    put(&r, large ? 20 : 0, 2);
    status = write_record(writer, &r, err);
    if (status == IH_OK)
        status = write_bytes(writer, e->name, name_length, err);
    if (status != IH_OK || !large)
        return status;

    r.used = 0;
    put(&r, ZIP64_EXTRA, 2);
    put(&r, 16, 2);
    put(&r, e->size, 8);
    put(&r, e->packed_size, 8);
    return write_record(writer, &r, err);
}

static ih_status write_directory_entry(ih_zip_writer *writer, const entry *e, ih_error *err)
{
    record r = {.used = 0}, extra = {.used = 0};
    size_t name_length = strlen(e->name);
    bool folder = name_length > 0 && e->name[name_length - 1] == '/';
    ih_status status;

    /* Of the zip64 fields only those stand that do not fit, in this order. */
    put(&extra, ZIP64_EXTRA, 2);
    put(&extra, 0, 2);
    if (e->size >= SIZE_LIMIT)
        put(&extra, e->size, 8);
    if (e->packed_size >= SIZE_LIMIT)
        put(&extra, e->packed_size, 8);
    if (e->offset >= SIZE_LIMIT)
        put(&extra, e->offset, 8);
    extra.bytes[2] = (uint8_t)(extra.used - 4);
    if (extra.used == 4)
        extra.used = 0;

    put(&r, 0x02014b50, 4);
    put(&r, MADE_BY_UNIX | VERSION_ZIP64, 2);
    put(&r, extra.used ? VERSION_ZIP64 : VERSION_DEFLATE, 2);
    put(&r, flags_of(e), 2);
    put(&r, e->method, 2);
    put(&r, DOS_TIME, 2);
    put(&r, DOS_DATE, 2);
    put(&r, e->crc, 4);
    put(&r, capped(e->packed_size), 4);
    put(&r, capped(e->size), 4);
    put(&r, name_length, 2);
    put(&r, extra.used, 2);
    put(&r, 0, 2); /* comment */
    put(&r, 0, 2); /* disk */
    put(&r, 0, 2); /* internal attributes */
    /* Unix mode in the upper half: drwxr-xr-x or -rw-r--r--; the DOS folder bit below. */
    put(&r, folder ? 0x41ED0010u : 0x81A40000u, 4);
    put(&r, capped(e->offset), 4);
    status = write_record(writer, &r, err);
    if (status == IH_OK)
        status = write_bytes(writer, e->name, name_length, err);
    if (status == IH_OK)
        status = write_record(writer, &extra, err);
    return status;
}

static ih_status write_end(ih_zip_writer *writer, uint64_t directory, ih_error *err)
{
    record r = {.used = 0};
    uint64_t size = writer->position - directory, end = writer->position;
    uint64_t n = writer->n_entries;

    if (n >= COUNT_LIMIT || size >= SIZE_LIMIT || directory >= SIZE_LIMIT) {
        put(&r, 0x06064b50, 4);
        put(&r, 44, 8); /* size of the rest of this record */
        put(&r, MADE_BY_UNIX | VERSION_ZIP64, 2);
        put(&r, VERSION_ZIP64, 2);
        put(&r, 0, 4); /* this disk */
        put(&r, 0, 4); /* disk of the directory */
        put(&r, n, 8);
        put(&r, n, 8);
        put(&r, size, 8);
        put(&r, directory, 8);
        put(&r, 0x07064b50, 4); /* locator */
        put(&r, 0, 4);
        put(&r, end, 8);
        put(&r, 1, 4);
    }
    put(&r, 0x06054b50, 4);
    put(&r, 0, 2);
    put(&r, 0, 2);
    put(&r, n < COUNT_LIMIT ? n : COUNT_LIMIT, 2);
    put(&r, n < COUNT_LIMIT ? n : COUNT_LIMIT, 2);
    put(&r, capped(size), 4);
    put(&r, capped(directory), 4);
    put(&r, 0, 2); /* comment */
    return write_record(writer, &r, err);
}

static ih_status grow(ih_zip_writer *writer, ih_error *err)
{
    size_t capacity = writer->capacity ? 2 * writer->capacity : 16;
    entry *entries;

    if (writer->n_entries < writer->capacity)
        return IH_OK;
    if (capacity > SIZE_MAX / sizeof *entries ||
        !(entries = realloc(writer->entries, capacity * sizeof *entries)))
        return ih_fail(err, IH_E_MEMORY, "%s: no memory for the zip directory", writer->path);
    writer->entries = entries;
    writer->capacity = capacity;
    return IH_OK;
}

ih_status ih_zip_writer_add(ih_zip_writer *writer, const char *name, const void *bytes, size_t size,
                            int level, ih_error *err)
{
    entry e = {.size = size, .packed_size = size, .method = METHOD_STORE};
    const uint8_t *packed = bytes;
    uint8_t *zlib = NULL;
    size_t zlib_size = 0;
    ih_status status;

    if (*name == '\0' || strlen(name) > LONGEST_NAME)
        return ih_fail(err, IH_E_ARGUMENT, "%s: the name of a member is empty or too long",
                       writer->path);
    if (size > 0 && name[strlen(name) - 1] == '/')
        return ih_fail(err, IH_E_ARGUMENT, "%s: the folder %s cannot have content", writer->path,
                       name);
    status = grow(writer, err);
    if (status != IH_OK)
        return status;

    if (level > 0 && size > 0) {
        zlib = CPLZLibDeflate(bytes, size, level, NULL, 0, &zlib_size);
        if (!zlib || zlib_size < ZLIB_HEAD + ZLIB_TAIL) {
            status = ih_fail(err, IH_E_MEMORY, "%s: %s cannot be deflated", writer->path, name);
            goto done;
        }
        packed = zlib + ZLIB_HEAD;
        e.packed_size = zlib_size - ZLIB_HEAD - ZLIB_TAIL;
        e.method = METHOD_DEFLATE;
    }
    e.crc = ih_crc32(&writer->crc_table, 0, bytes, size);
    e.offset = writer->position;
    e.name = CPLStrdup(name);
    writer->entries[writer->n_entries++] = e;
    status = write_local_header(writer, &e, err);
    if (status == IH_OK)
        status = write_bytes(writer, packed, (size_t)e.packed_size, err);
    writer->damaged |= status != IH_OK;

done:
    CPLFree(zlib);
    return status;
}

ih_status ih_zip_writer_commit(ih_zip_writer *writer, ih_error *err)
{
    uint64_t directory = writer->position;
    ih_status status = IH_OK;

    if (writer->damaged)
        status = ih_fail(err, IH_E_IO, "%s: a member could not be written", writer->path);
    for (size_t i = 0; status == IH_OK && i < writer->n_entries; i++)
        status = write_directory_entry(writer, &writer->entries[i], err);
    if (status == IH_OK)
        status = write_end(writer, directory, err);
    if (VSIFCloseL(writer->file) != 0 && status == IH_OK)
        status = ih_fail(err, IH_E_IO, "%s: cannot be written (disk full?)", writer->path);
    writer->file = NULL;
    if (status == IH_OK && VSIRename(writer->temporary, writer->path) != 0)
        status =
            ih_fail(err, IH_E_IO, "%s: cannot be renamed from %s", writer->path, writer->temporary);
    if (status != IH_OK)
        VSIUnlink(writer->temporary);
    free_writer(writer);
    return status;
}

void ih_zip_writer_abort(ih_zip_writer *writer)
{
    if (!writer)
        return;
    if (writer->file)
        VSIFCloseL(writer->file);
    VSIUnlink(writer->temporary);
    free_writer(writer);
}
