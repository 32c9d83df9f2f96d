/* SPDX-License-Identifier: MIT */
#include "drivers/hyp3/buffer_pool.h"

#include <cpl_multiproc.h>
#include <cpl_vsi.h>

/* Phase and coherence, packed and inflated, of a few threads. */
#define BUFFER_COUNT 32
/* GDAL's lock calls ask for a time limit but wait for ever on POSIX systems. */
#define LOCK_SECONDS 1000.0

static CPLMutex *mutex;
static struct {
    void *bytes;
    size_t room;
} buffers[BUFFER_COUNT];
static int buffer_count;
static uint64_t bytes_kept, bytes_limit;

/* With the pool locked. */
static void *remove_buffer(int index)
{
    void *bytes = buffers[index].bytes;

    bytes_kept -= buffers[index].room;
    buffers[index] = buffers[--buffer_count];
    return bytes;
}

void *ih_buffer_take(size_t size, size_t *room)
{
    void *bytes = NULL;
    int best = -1;

    *room = size;
    if (CPLCreateOrAcquireMutex(&mutex, LOCK_SECONDS)) {
        /* Not one of twice the size, which somebody else will want. */
        for (int i = 0; i < buffer_count; i++)
            if (buffers[i].room >= size && buffers[i].room / 2 <= size &&
                (best < 0 || buffers[i].room < buffers[best].room))
                best = i;
        if (best >= 0) {
            *room = buffers[best].room;
            bytes = remove_buffer(best);
        }
        CPLReleaseMutex(mutex);
    }
    return bytes ? bytes : VSI_MALLOC_VERBOSE(size);
}

void ih_buffer_give(void *buffer, size_t room)
{
    if (!buffer)
        return;
    if (CPLCreateOrAcquireMutex(&mutex, LOCK_SECONDS)) {
        if (buffer_count < BUFFER_COUNT && room <= bytes_limit &&
            bytes_kept <= bytes_limit - room) {
            buffers[buffer_count].bytes = buffer;
            buffers[buffer_count++].room = room;
            bytes_kept += room;
            buffer = NULL;
        }
        CPLReleaseMutex(mutex);
    }
    VSIFree(buffer);
}

void ih_buffer_pool_limit(uint64_t bytes)
{
    if (!CPLCreateOrAcquireMutex(&mutex, LOCK_SECONDS))
        return;
    bytes_limit = bytes;
    while (bytes_kept > bytes_limit)
        VSIFree(remove_buffer(buffer_count - 1));
    CPLReleaseMutex(mutex);
}
