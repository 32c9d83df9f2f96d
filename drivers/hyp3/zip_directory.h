/* SPDX-License-Identifier: MIT
 *
 * The central directory of a zip archive, zip64 included: where each member's compressed bytes lie,
 * how many, and their CRC-32. Knows nothing of GDAL: bytes come through a callback, so it serves
 * local files, memory and range requests alike. Nothing is believed: counts, offsets and sizes are
 * checked against the archive's size. libc only; thread-safe as long as one object is used by one
 * thread at a time (reading is const).
 */
#ifndef IH_ZIP_DIRECTORY_H
#define IH_ZIP_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A product has some 30 members; an archive with more than this many is not read. */
#define IH_ZIP_MAX_MEMBERS 4096
/* A member name longer than this makes the member invisible (it is counted as skipped). */
#define IH_ZIP_MAX_NAME 1024

enum ih_zip_method { IH_ZIP_STORED = 0, IH_ZIP_DEFLATED = 8 };

typedef struct {
    char *name;      /* as stored, '\\' turned to '/'; ends with '/' for folders */
    unsigned method; /* enum ih_zip_method; others are listed but cannot be read */
    bool encrypted;
    uint32_t crc32;
    uint64_t compressed_size;
    uint64_t size;          /* claimed size after inflation; may lie */
    uint64_t header_offset; /* of the local header, from the start of the file */
} ih_zip_member;

typedef struct {
    ih_zip_member *members;
    size_t count;
    size_t skipped; /* members left out: unsafe or over-long names ("..", absolute, empty), bad
                       ranges, second of one name */
    uint64_t archive_size;
} ih_zip_directory;

/* Reads exactly size bytes at offset; false on failure. */
typedef bool (*ih_zip_read_at)(void *source, uint64_t offset, void *buffer, size_t size);

/* Lists the archive. NULL when it is no (complete) zip archive, has too many members, or memory is
 * short; *why (may be NULL) then points to a static sentence. Memory used is bounded by
 * IH_ZIP_MAX_MEMBERS * (IH_ZIP_MAX_NAME + sizeof(ih_zip_member)). Prefixed data (self-extracting
 * archives) is not supported. */
ih_zip_directory *ih_zip_directory_read(ih_zip_read_at read_at, void *source, uint64_t archive_size,
                                        const char **why);
void ih_zip_directory_free(ih_zip_directory *directory);

/* Member of an exact name, NULL when there is none. */
const ih_zip_member *ih_zip_find(const ih_zip_directory *directory, const char *name);

/* Offset of the member's compressed bytes, from its local header, checked against the archive's
 * size. */
bool ih_zip_data_offset(const ih_zip_directory *directory, const ih_zip_member *member,
                        ih_zip_read_at read_at, void *source, uint64_t *offset);

#ifdef __cplusplus
}
#endif
#endif
