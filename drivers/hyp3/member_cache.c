/* SPDX-License-Identifier: MIT */
#include "drivers/hyp3/member_cache.h"

#include <stdio.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_multiproc.h>
#include <cpl_string.h>
#include <cpl_vsi.h>

#include "drivers/hyp3/buffer_pool.h"
#include "drivers/hyp3/hyp3_report.h"
#include "drivers/hyp3/member_bytes.h"

#define MEBIBYTE          ((uint64_t)1 << 20)
#define DEFAULT_BUDGET_MB 512
#define MEMORY_SHARE      10
#define PACKED_SHARE      4
/* GDAL's lock calls ask for a time limit but wait for ever on POSIX systems. */
#define LOCK_SECONDS 1000.0
#define MESSAGE_ROOM 600

struct ih_member_copy {
    char *key;
    char *path;
    void *pixels;
    size_t room; /* of the memory behind pixels */
    uint64_t bytes;
    int references;
    uint64_t last_use;
    CPLMutex *loading; /* held by the thread that inflates; others wait for it */
    bool done;
    enum ih_member_result result;
    char message[MESSAGE_ROOM];
    struct ih_member_copy *next;
};

static CPLMutex *cache_mutex;
static struct ih_member_copy *copies;
static uint64_t bytes_held;
static uint64_t clock_ticks;
static bool keeps_buffers; /* somebody discards copies */

static uint64_t budget_bytes(void)
{
    const char *option = CPLGetConfigOption("IH_CACHE_MB", NULL);
    uint64_t share = (uint64_t)CPLGetUsablePhysicalRAM() / MEMORY_SHARE;
    uint64_t budget = DEFAULT_BUDGET_MB * MEBIBYTE;

    if (option) {
        double megabytes = CPLAtof(option);
        if (!(megabytes >= 0.0))
            megabytes = 0.0;
        if (megabytes > 1e9)
            megabytes = 1e9;
        return (uint64_t)(megabytes * (double)MEBIBYTE);
    }
    return share > 0 && share < budget ? share : budget;
}

static void free_copy(struct ih_member_copy *copy)
{
    if (copy->path)
        VSIUnlink(copy->path);
    ih_buffer_give(copy->pixels, copy->room);
    if (copy->loading)
        CPLDestroyMutex(copy->loading);
    CPLFree(copy->path);
    CPLFree(copy->key);
    CPLFree(copy);
}

/* With the cache locked. */
static void remove_copy(struct ih_member_copy *copy)
{
    struct ih_member_copy **link = &copies;

    while (*link != copy)
        link = &(*link)->next;
    *link = copy->next;
    bytes_held -= copy->bytes;
    free_copy(copy);
}

/* Drops unreferenced copies, least recently used first, until `bytes` more fit. With the cache
 * locked. */
static bool make_room(uint64_t bytes, uint64_t budget)
{
    while (bytes_held + bytes > budget) {
        struct ih_member_copy *oldest = NULL;
        for (struct ih_member_copy *copy = copies; copy; copy = copy->next) {
            if (copy->references == 0 && (!oldest || copy->last_use < oldest->last_use))
                oldest = copy;
        }
        if (!oldest)
            return false;
        remove_copy(oldest);
    }
    return true;
}

static bool read_whole(const char *archive, const ih_zip_directory *directory,
                       const ih_zip_member *member, ih_member_gzip *gzip)
{
    VSILFILE *file = VSIFOpenL(archive, "rb");
    bool ok = file && ih_member_gzip_read(file, directory, member, UINT64_MAX, gzip);

    if (file)
        (void)VSIFCloseL(file); /* read only: nothing can be lost */
    return ok;
}

/* Inflates the member and publishes it; the outcome is in copy->result. */
static void load(struct ih_member_copy *copy, const char *archive,
                 const ih_zip_directory *directory, const ih_zip_member *member)
{
    ih_member_gzip gzip = {0};
    size_t wanted = (size_t)member->size;
    VSILFILE *published;

    copy->result = IH_MEMBER_DAMAGED;
    if (!read_whole(archive, directory, member, &gzip)) {
        snprintf(copy->message, MESSAGE_ROOM, "%.300s: %.150s cannot be read.", archive,
                 member->name);
        goto done;
    }
    copy->pixels = ih_buffer_take(wanted, &copy->room);
    if (!copy->pixels) {
        copy->result = IH_MEMBER_STREAM;
        goto done;
    }
    if (!ih_member_gzip_inflate(&gzip, copy->pixels, wanted)) {
        snprintf(
            copy->message, MESSAGE_ROOM,
            "%.300s: %.150s is damaged: its checksum or size is wrong. Download the product again.",
            archive, member->name);
        goto done;
    }
    published = VSIFileFromMemBuffer(copy->path, copy->pixels, wanted, FALSE);
    if (!published) {
        copy->result = IH_MEMBER_STREAM;
        goto done;
    }
    (void)VSIFCloseL(published); /* a file in memory */
    copy->result = IH_MEMBER_READY;
done:
    ih_member_gzip_free(&gzip);
    copy->done = true;
}

/* What is known without reading: READY means that a copy is worth making. */
static enum ih_member_result judge(const char *archive, const ih_zip_directory *directory,
                                   const ih_zip_member *member, uint64_t budget,
                                   VSIStatBufL *status)
{
    if (member->encrypted ||
        (member->method != IH_ZIP_STORED && member->method != IH_ZIP_DEFLATED)) {
        ih_hyp3_report(
            CE_Failure, CPLE_NotSupported, "%.300s: %.150s is %s.", archive, member->name,
            member->encrypted ? "encrypted" : "packed with a method that is not supported");
        return IH_MEMBER_DAMAGED;
    }
    if (member->method == IH_ZIP_STORED || member->size == 0)
        return IH_MEMBER_STREAM;
    if (!ih_member_claims_possible_size(member)) {
        ih_hyp3_report(CE_Failure, CPLE_AppDefined,
                       "%.300s: %.150s claims more bytes than its compressed data can hold.",
                       archive, member->name);
        return IH_MEMBER_DAMAGED;
    }
    if (member->size > budget || member->size > UINT32_MAX) {
        CPLDebug("HYP3", "%s: %s is larger than IH_CACHE_MB allows, it is read as a stream",
                 archive, member->name);
        return IH_MEMBER_STREAM;
    }
    if (VSIStatL(archive, status) != 0 || (uint64_t)status->st_size != directory->archive_size) {
        ih_hyp3_report(CE_Failure, CPLE_FileIO,
                       "%.300s has changed or vanished since it was opened.", archive);
        return IH_MEMBER_DAMAGED;
    }
    return IH_MEMBER_READY;
}

/* With the cache locked. Packed bytes of members that are being inflated are not counted, so a
 * share for them is kept in any case. */
static void limit_buffers(uint64_t budget)
{
    uint64_t free = bytes_held < budget ? budget - bytes_held : 0;

    if (keeps_buffers)
        ih_buffer_pool_limit(free > budget / PACKED_SHARE ? free : budget / PACKED_SHARE);
}

static struct ih_member_copy *find(const char *key)
{
    for (struct ih_member_copy *copy = copies; copy; copy = copy->next) {
        if (strcmp(copy->key, key) == 0)
            return copy;
    }
    return NULL;
}

/* With the cache locked; the address tells apart two libraries of one process that hold this code.
 */
static struct ih_member_copy *insert(const char *key, const ih_zip_member *member)
{
    struct ih_member_copy *copy = CPLCalloc(1, sizeof *copy);

    copy->key = CPLStrdup(key);
    copy->path =
        CPLStrdup(CPLSPrintf("/vsimem/hyp3_%p_%llu_%s", (void *)&copies,
                             (unsigned long long)clock_ticks, CPLGetFilename(member->name)));
    copy->bytes = member->size;
    copy->loading = CPLCreateMutex();
    if (copy->loading)
        CPLReleaseMutex(copy->loading);
    copy->next = copies;
    copies = copy;
    bytes_held += copy->bytes;
    return copy;
}

static char *make_key(const char *archive, const ih_zip_directory *directory,
                      const ih_zip_member *member, const VSIStatBufL *status)
{
    char facts[100];
    char *key = CPLMalloc(sizeof facts + strlen(archive));

    snprintf(facts, sizeof facts, "%llu|%lld|%08x|%llu|",
             (unsigned long long)directory->archive_size, (long long)status->st_mtime,
             member->crc32, (unsigned long long)member->header_offset);
    strcpy(key, facts);
    strcat(key, archive);
    return key;
}

/* The copy of that key with one more reference, made when there is room for it; NULL when there is
 * none. */
static struct ih_member_copy *reserve(const char *key, const ih_zip_member *member, uint64_t budget)
{
    struct ih_member_copy *copy;

    if (!CPLCreateOrAcquireMutex(&cache_mutex, LOCK_SECONDS))
        return NULL;
    clock_ticks++;
    copy = find(key);
    if (!copy && make_room(member->size, budget))
        copy = insert(key, member);
    if (copy) {
        copy->references++;
        copy->last_use = clock_ticks;
    }
    CPLReleaseMutex(cache_mutex);
    return copy;
}

/* A budget that was lowered takes effect with the next layer, whether or not that one gets a copy.
 */
static void trim(uint64_t budget)
{
    if (CPLCreateOrAcquireMutex(&cache_mutex, LOCK_SECONDS)) {
        (void)make_room(0, budget);
        limit_buffers(budget);
        CPLReleaseMutex(cache_mutex);
    }
}

enum ih_member_result ih_member_acquire(const char *archive, const ih_zip_directory *directory,
                                        const ih_zip_member *member, ih_member_copy **out)
{
    uint64_t budget = budget_bytes();
    VSIStatBufL status;
    enum ih_member_result result = judge(archive, directory, member, budget, &status);
    struct ih_member_copy *copy;
    char *key;

    *out = NULL;
    trim(budget);
    if (result != IH_MEMBER_READY)
        return result;
    key = make_key(archive, directory, member, &status);
    copy = reserve(key, member, budget);
    CPLFree(key);
    if (!copy) {
        CPLDebug("HYP3", "IH_CACHE_MB is used up by open datasets: %s is read as a stream",
                 member->name);
        return IH_MEMBER_STREAM;
    }

    /* Outside the cache's lock, so that different members are inflated at the same time. */
    CPLAcquireMutex(copy->loading, LOCK_SECONDS);
    if (!copy->done)
        load(copy, archive, directory, member);
    CPLReleaseMutex(copy->loading);

    result = copy->result;
    if (result == IH_MEMBER_READY) {
        *out = copy;
        return result;
    }
    if (result == IH_MEMBER_DAMAGED)
        ih_hyp3_report(CE_Failure, CPLE_FileIO, "%s", copy->message);
    ih_member_release(copy);
    return result;
}

static void give_back(ih_member_copy *copy, bool discard)
{
    if (!copy)
        return;
    CPLAcquireMutex(cache_mutex, LOCK_SECONDS);
    if (discard)
        keeps_buffers = true;
    copy->references--;
    if (copy->references == 0 && (discard || copy->result != IH_MEMBER_READY))
        remove_copy(copy);
    CPLReleaseMutex(cache_mutex);
}

void ih_member_release(ih_member_copy *copy)
{
    give_back(copy, false);
}

void ih_member_discard(ih_member_copy *copy)
{
    give_back(copy, true);
}

const char *ih_member_path(const ih_member_copy *copy)
{
    return copy->path;
}

void ih_member_cache_clear(void)
{
    struct ih_member_copy *next;

    if (!cache_mutex)
        return;
    CPLAcquireMutex(cache_mutex, LOCK_SECONDS);
    for (struct ih_member_copy *copy = copies; copy; copy = next) {
        next = copy->next;
        if (copy->references == 0)
            remove_copy(copy);
    }
    keeps_buffers = false;
    ih_buffer_pool_limit(0);
    CPLReleaseMutex(cache_mutex);
    if (!copies) {
        CPLDestroyMutex(cache_mutex);
        cache_mutex = NULL;
    }
}
