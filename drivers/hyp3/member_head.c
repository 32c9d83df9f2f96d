/* SPDX-License-Identifier: MIT */
#include "drivers/hyp3/member_head.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>

#include "drivers/hyp3/member_bytes.h"

/* A header that lies deeper is read in another way. */
#define MOST_INFLATED ((uint64_t)1 << 20)
/* Offsets and lengths of 2700 strips, and the tags behind them, pack to some 10 kB. */
#define FIRST_PACKED ((uint64_t)12 << 10)
#define MORE_PACKED  4 /* each time that does not suffice */
#define STEP         ((size_t)1 << 10)
#define PREFIX_ROOM  50
#define PATH_ROOM    100

struct ih_member_head {
    VSILFILE *archive;
    const ih_zip_directory *directory;
    const ih_zip_member *member;
    char path[PATH_ROOM];
    const char *name; /* the path as GDAL hands it to a file system, without its prefix */
    char packed_path[PATH_ROOM];
    uint64_t packed_most;
    ih_member_gzip gzip;
    VSILFILE *inflating;
    unsigned char *bytes;
    size_t count, room;
    bool failed;
    uint64_t position;
    bool at_end;
    ih_member_head *outer;
};

static _Thread_local ih_member_head *current;
/* No name is used twice, as /vsigzip/ remembers what it had open under which name. */
static _Atomic unsigned long serial;
/* Of the file system; GDAL keeps this pointer. Holds an address, which tells apart two libraries of
 * one process that have this code. */
static char prefix[PREFIX_ROOM];

static void stop_inflating(ih_member_head *head)
{
    if (head->inflating) {
        /* In this order, so that /vsigzip/ finds nothing to remember. */
        VSIUnlink(head->packed_path);
        (void)VSIFCloseL(head->inflating); /* read only: nothing can be lost */
    }
    head->inflating = NULL;
    ih_member_gzip_free(&head->gzip);
}

static bool start_inflating(ih_member_head *head, uint64_t most)
{
    VSILFILE *published;
    char path[PATH_ROOM + 10];

    stop_inflating(head);
    head->count = 0;
    head->packed_most = most;
    if (!ih_member_gzip_read(head->archive, head->directory, head->member, most, &head->gzip))
        return false;
    snprintf(head->packed_path, PATH_ROOM, "/vsimem/hyp3head_%p_%lu.gz", (void *)&serial, ++serial);
    published = VSIFileFromMemBuffer(head->packed_path, head->gzip.bytes, head->gzip.size, FALSE);
    if (!published)
        return false;
    (void)VSIFCloseL(published); /* a file in memory */
    snprintf(path, sizeof path, "/vsigzip/%s", head->packed_path);
    head->inflating = VSIFOpenL(path, "rb");
    if (!head->inflating)
        VSIUnlink(head->packed_path);
    return head->inflating != NULL;
}

static bool make_room(ih_member_head *head, size_t room)
{
    unsigned char *bytes;

    if (room <= head->room)
        return true;
    bytes = VSI_REALLOC_VERBOSE(head->bytes, 2 * room);
    if (!bytes)
        return false;
    head->bytes = bytes;
    head->room = 2 * room;
    return true;
}

/* In steps, as GDAL asks for a few bytes at a time; from a longer start of the member when that one
 * does not suffice. */
static bool inflate_until(ih_member_head *head, uint64_t end)
{
    uint64_t upto = (end / STEP + 1) * STEP;

    if (end <= head->count)
        return true;
    if (end > MOST_INFLATED)
        return false;
    if (upto > head->member->size)
        upto = head->member->size;
    if (!make_room(head, (size_t)upto) ||
        (!head->inflating && !start_inflating(head, FIRST_PACKED)))
        return false;
    for (;;) {
        size_t wanted = (size_t)upto - head->count;

        if (VSIFReadL(head->bytes + head->count, 1, wanted, head->inflating) == wanted) {
            head->count += wanted;
            return true;
        }
        if (head->gzip.whole || !start_inflating(head, head->packed_most * MORE_PACKED))
            return false;
    }
}

static bool read_stored(const ih_member_head *head, uint64_t offset, void *buffer, size_t size)
{
    uint64_t data;

    return ih_zip_data_offset(head->directory, head->member, ih_member_read_at, head->archive,
                              &data) &&
           ih_member_read_at(head->archive, data + offset, buffer, size);
}

bool ih_member_head_read_at(void *source, uint64_t offset, void *buffer, size_t size)
{
    ih_member_head *head = source;
    uint64_t all = head->member->size;

    if (head->failed || offset > all || size > all - offset)
        return false;
    if (head->member->method == IH_ZIP_STORED)
        head->failed = !read_stored(head, offset, buffer, size);
    else if (!inflate_until(head, offset + size))
        head->failed = true;
    else
        memcpy(buffer, head->bytes + offset, size);
    return !head->failed;
}

/* ---- the file system */

static int stat_head(void *user, const char *name, VSIStatBufL *status, int flags)
{
    (void)user;
    (void)flags;
    memset(status, 0, sizeof *status);
    if (!current || strcmp(name, current->name) != 0)
        return -1;
    status->st_mode = S_IFREG;
    status->st_size = (off_t)current->member->size;
    return 0;
}

static void *open_head(void *user, const char *name, const char *access)
{
    (void)user;
    if (!current || strcmp(name, current->name) != 0 || strpbrk(access, "wa+"))
        return NULL;
    current->position = 0;
    current->at_end = false;
    return current;
}

static vsi_l_offset tell_head(void *file)
{
    return ((ih_member_head *)file)->position;
}

static int seek_head(void *file, vsi_l_offset offset, int whence)
{
    ih_member_head *head = file;

    head->at_end = false;
    head->position = offset + (whence == SEEK_END   ? head->member->size
                               : whence == SEEK_CUR ? head->position
                                                    : 0);
    return 0;
}

static size_t read_head(void *file, void *buffer, size_t size, size_t count)
{
    ih_member_head *head = file;
    uint64_t left = head->position < head->member->size ? head->member->size - head->position : 0;

    if (size == 0 || count == 0)
        return 0;
    if (count > left / size) {
        count = (size_t)(left / size);
        head->at_end = true;
    }
    if (count == 0 || !ih_member_head_read_at(head, head->position, buffer, size * count))
        return 0;
    head->position += size * count;
    return count;
}

static int is_at_end(void *file)
{
    return ((ih_member_head *)file)->at_end;
}

static int close_head(void *file)
{
    (void)file;
    return 0;
}

void ih_member_head_register(void)
{
    VSIFilesystemPluginCallbacksStruct *calls = VSIAllocFilesystemPluginCallbacksStruct();

    calls->stat = stat_head;
    calls->open = open_head;
    calls->tell = tell_head;
    calls->seek = seek_head;
    calls->read = read_head;
    calls->eof = is_at_end;
    calls->close = close_head;
    snprintf(prefix, sizeof prefix, "/vsihyp3_%p/", (void *)prefix);
    if (VSIInstallPluginHandler(prefix, calls) != 0)
        CPLDebug("HYP3", "headers are read through /vsizip/");
    VSIFreeFilesystemPluginCallbacksStruct(calls);
}

ih_member_head *ih_member_head_open(VSILFILE *archive, const ih_zip_directory *directory,
                                    const ih_zip_member *member)
{
    ih_member_head *head;

    if (member->encrypted || member->size == 0 ||
        (member->method != IH_ZIP_STORED && member->method != IH_ZIP_DEFLATED) ||
        !ih_member_claims_possible_size(member))
        return NULL;
    head = CPLCalloc(1, sizeof *head);
    head->archive = archive;
    head->directory = directory;
    head->member = member;
    snprintf(head->path, PATH_ROOM, "%s%lu.tif", prefix, ++serial);
    head->name = head->path + strlen(prefix);
    head->outer = current;
    current = head;
    return head;
}

void ih_member_head_close(ih_member_head *head)
{
    if (!head)
        return;
    current = head->outer;
    stop_inflating(head);
    VSIFree(head->bytes);
    CPLFree(head);
}

const char *ih_member_head_path(const ih_member_head *head)
{
    return head->path;
}

bool ih_member_head_sufficed(const ih_member_head *head)
{
    return !head->failed;
}
