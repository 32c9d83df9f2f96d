/* SPDX-License-Identifier: MIT */
#include "drivers/hyp3/header_cache.h"

#include <string.h>

#include <cpl_conv.h>
#include <cpl_multiproc.h>

/* The dozen layers of some three hundred products: a stack is opened twice, and a cache that is too
 * small for the first time is of no use the second. */
#define ENTRY_COUNT 4096
/* GDAL's lock calls ask for a time limit but wait for ever on POSIX systems. */
#define LOCK_SECONDS 1000.0

typedef struct {
    char *archive; /* NULL: free */
    uint32_t crc32;
    uint64_t compressed_size, size, header_offset;
    ih_layer_header header; /* without its coordinate system, of which it has the number */
    unsigned long last_use;
    int next; /* entry of the same bucket, from 1; 0: the last */
} entry;

static CPLMutex *mutex;
static entry entries[ENTRY_COUNT];
static int entries_used;
static int buckets[ENTRY_COUNT]; /* first entry, from 1 */
static unsigned long clock_ticks;

static int *bucket_of(uint32_t crc32)
{
    return &buckets[crc32 % ENTRY_COUNT];
}

static bool fits(const entry *e, const char *archive, const ih_zip_member *member)
{
    return e->crc32 == member->crc32 && e->size == member->size &&
           e->compressed_size == member->compressed_size &&
           e->header_offset == member->header_offset && strcmp(e->archive, archive) == 0;
}

static entry *find(const char *archive, const ih_zip_member *member)
{
    for (int i = *bucket_of(member->crc32); i > 0; i = entries[i - 1].next)
        if (fits(&entries[i - 1], archive, member))
            return &entries[i - 1];
    return NULL;
}

static void free_entry(entry *e)
{
    CPLFree(e->archive);
    memset(e, 0, sizeof *e);
}

/* A free entry, at the cost of the least recently used when there is none. */
static entry *make_free_entry(void)
{
    entry *oldest = &entries[0];
    int *link;

    if (entries_used < ENTRY_COUNT)
        return &entries[entries_used++];
    for (size_t i = 1; i < ENTRY_COUNT; i++)
        if (entries[i].last_use < oldest->last_use)
            oldest = &entries[i];
    link = bucket_of(oldest->crc32);
    while (&entries[*link - 1] != oldest)
        link = &entries[*link - 1].next;
    *link = oldest->next;
    free_entry(oldest);
    return oldest;
}

bool ih_header_cache_get(const char *archive, const ih_zip_member *member, ih_layer_header *header)
{
    entry *e;

    if (!CPLCreateOrAcquireMutex(&mutex, LOCK_SECONDS))
        return false;
    e = find(archive, member);
    if (e) {
        *header = e->header;
        e->last_use = ++clock_ticks;
    }
    CPLReleaseMutex(mutex);
    return e != NULL;
}

void ih_header_cache_put(const char *archive, const ih_zip_member *member,
                         const ih_layer_header *header)
{
    entry *e;

    if ((header->srs && header->coordinate_system == 0) ||
        !CPLCreateOrAcquireMutex(&mutex, LOCK_SECONDS))
        return;
    if (!find(archive, member)) {
        int *bucket = bucket_of(member->crc32);

        e = make_free_entry();
        e->archive = CPLStrdup(archive);
        e->crc32 = member->crc32;
        e->compressed_size = member->compressed_size;
        e->size = member->size;
        e->header_offset = member->header_offset;
        e->header = *header;
        e->header.srs = NULL;
        e->last_use = ++clock_ticks;
        e->next = *bucket;
        *bucket = (int)(e - entries) + 1;
    }
    CPLReleaseMutex(mutex);
}

void ih_header_cache_clear(void)
{
    if (!mutex)
        return;
    CPLAcquireMutex(mutex, LOCK_SECONDS);
    for (int i = 0; i < entries_used; i++)
        free_entry(&entries[i]);
    entries_used = 0;
    memset(buckets, 0, sizeof buckets);
    CPLReleaseMutex(mutex);
    CPLDestroyMutex(mutex);
    mutex = NULL;
}
