/* SPDX-License-Identifier: MIT */
#include "drivers/hyp3/coordinate_systems.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_multiproc.h>

#define ENTRY_COUNT 64
/* GDAL's lock calls ask for a time limit but wait for ever on POSIX systems. */
#define LOCK_SECONDS 1000.0

typedef struct {
    unsigned char *keys;
    size_t size;
    OGRSpatialReferenceH srs;
    int number;
} entry;

static CPLMutex *mutex;
static entry entries[ENTRY_COUNT];
static int entry_count;
static int last_number;

static bool lock(void)
{
    return CPLCreateOrAcquireMutex(&mutex, LOCK_SECONDS) != 0;
}

/* With the table locked. */
static int find(const unsigned char *keys, size_t size)
{
    for (int i = 0; i < entry_count; i++)
        if (entries[i].size == size && memcmp(entries[i].keys, keys, size) == 0)
            return entries[i].number;
    return 0;
}

int ih_coordinate_system_find(const unsigned char *keys, size_t size)
{
    int number;

    if (size == 0 || !lock())
        return 0;
    number = find(keys, size);
    CPLReleaseMutex(mutex);
    return number;
}

int ih_coordinate_system_add(const unsigned char *keys, size_t size, OGRSpatialReferenceH srs)
{
    OGRSpatialReferenceH copy;
    int number;

    if (size == 0 || !srs || !lock())
        return 0;
    number = find(keys, size);
    copy = number == 0 && entry_count < ENTRY_COUNT ? OSRClone(srs) : NULL;
    if (copy) {
        entry *e = &entries[entry_count++];

        e->keys = CPLMalloc(size);
        memcpy(e->keys, keys, size);
        e->size = size;
        e->srs = copy;
        e->number = number = ++last_number;
    }
    CPLReleaseMutex(mutex);
    return number;
}

int ih_coordinate_system_add_by_text(OGRSpatialReferenceH srs)
{
    static const char *const options[] = {"FORMAT=WKT2_2019", NULL};
    char *text = NULL, *key = NULL;
    int number = 0;

    if (srs && OSRExportToWktEx(srs, &text, options) == OGRERR_NONE && text) {
        size_t room = strlen(text) + 40;

        key = CPLMalloc(room);
        snprintf(key, room, "%.17g %s", OSRGetCoordinateEpoch(srs), text);
        number = ih_coordinate_system_add((const unsigned char *)key, strlen(key), srs);
    }
    CPLFree(key);
    CPLFree(text);
    return number;
}

OGRSpatialReferenceH ih_coordinate_system_copy(int number)
{
    OGRSpatialReferenceH copy = NULL;

    if (number == 0 || !lock())
        return NULL;
    for (int i = 0; i < entry_count && !copy; i++)
        if (entries[i].number == number)
            copy = OSRClone(entries[i].srs);
    CPLReleaseMutex(mutex);
    return copy;
}

void ih_coordinate_systems_clear(void)
{
    if (!mutex)
        return;
    CPLAcquireMutex(mutex, LOCK_SECONDS);
    for (int i = 0; i < entry_count; i++) {
        OSRDestroySpatialReference(entries[i].srs);
        CPLFree(entries[i].keys);
    }
    memset(entries, 0, sizeof entries);
    entry_count = 0;
    CPLReleaseMutex(mutex);
    CPLDestroyMutex(mutex);
    mutex = NULL;
}
