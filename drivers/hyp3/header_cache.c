/* SPDX-License-Identifier: MIT */
#include "drivers/hyp3/header_cache.h"

#include <string.h>

#include <cpl_conv.h>
#include <cpl_multiproc.h>
#include <ogr_srs_api.h>

/* The dozen layers of some three hundred products: a stack is opened twice, and a cache that is too
 * small for the first time is of no use the second. */
#define ENTRY_COUNT 4096
/* GDAL's lock calls ask for a time limit but wait for ever on POSIX systems. */
#define LOCK_SECONDS 1000.0

typedef struct {
    char *archive; /* NULL: free */
    uint32_t crc32;
    uint64_t compressed_size, size, header_offset;
    ih_layer_header header;
    unsigned long last_use;
} entry;

static CPLMutex *mutex;
static entry entries[ENTRY_COUNT];
static unsigned long clock_ticks;

static bool fits(const entry *e, const char *archive, const ih_zip_member *member)
{
    return e->archive && e->crc32 == member->crc32 && e->size == member->size &&
           e->compressed_size == member->compressed_size &&
           e->header_offset == member->header_offset && strcmp(e->archive, archive) == 0;
}

static void free_entry(entry *e)
{
    CPLFree(e->archive);
    ih_layer_header_clear(&e->header);
    memset(e, 0, sizeof *e);
}

bool ih_header_cache_get(const char *archive, const ih_zip_member *member, ih_layer_header *header)
{
    bool found = false;

    if (!CPLCreateOrAcquireMutex(&mutex, LOCK_SECONDS))
        return false;
    for (size_t i = 0; i < ENTRY_COUNT && !found; i++) {
        if (fits(&entries[i], archive, member)) {
            ih_layer_header_copy(header, &entries[i].header);
            entries[i].last_use = ++clock_ticks;
            found = true;
        }
    }
    CPLReleaseMutex(mutex);
    return found;
}

void ih_header_cache_put(const char *archive, const ih_zip_member *member,
                         const ih_layer_header *header)
{
    entry *oldest = &entries[0];

    if (!CPLCreateOrAcquireMutex(&mutex, LOCK_SECONDS))
        return;
    for (size_t i = 0; i < ENTRY_COUNT; i++) {
        if (fits(&entries[i], archive, member)) {
            oldest = &entries[i];
            break;
        }
        if (entries[i].last_use < oldest->last_use)
            oldest = &entries[i];
    }
    free_entry(oldest);
    oldest->archive = CPLStrdup(archive);
    oldest->crc32 = member->crc32;
    oldest->compressed_size = member->compressed_size;
    oldest->size = member->size;
    oldest->header_offset = member->header_offset;
    ih_layer_header_copy(&oldest->header, header);
    oldest->last_use = ++clock_ticks;
    CPLReleaseMutex(mutex);
}

void ih_header_cache_clear(void)
{
    if (!mutex)
        return;
    CPLAcquireMutex(mutex, LOCK_SECONDS);
    for (size_t i = 0; i < ENTRY_COUNT; i++)
        free_entry(&entries[i]);
    CPLReleaseMutex(mutex);
    CPLDestroyMutex(mutex);
    mutex = NULL;
}
