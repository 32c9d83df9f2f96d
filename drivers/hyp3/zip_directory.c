/* SPDX-License-Identifier: MIT */
#include "drivers/hyp3/zip_directory.h"

#include <stdlib.h>
#include <string.h>

#include "algorithms/alloc.h"

/* Record sizes and signatures of the format (PKWARE APPNOTE 6.3, sections 4.3.7 to 4.3.16). */
#define LOCAL_SIZE          30u
#define CENTRAL_SIZE        46u
#define END_SIZE            22u
#define LOCATOR64_SIZE      20u
#define END64_SIZE          56u
#define LOCAL_SIGNATURE     0x04034b50u
#define CENTRAL_SIGNATURE   0x02014b50u
#define END_SIGNATURE       0x06054b50u
#define LOCATOR64_SIGNATURE 0x07064b50u
#define END64_SIGNATURE     0x06064b50u
#define ZIP64_EXTRA         1u
#define MAX_COMMENT         65535u
/* End record and directory of a product lie within. */
#define USUAL_TAIL (16u << 10)

/* Flag bits: encrypted, strongly encrypted, directory itself masked. */
#define ENCRYPTION_FLAGS (1u | 1u << 6 | 1u << 13)

/* Enough for the fixed part, the longest name and the longest extra field of one entry. */
#define WINDOW_SIZE (CENTRAL_SIZE + 65535u + 65535u)

/* Where the central directory is. */
struct extent {
    uint64_t offset, size, count;
};

/* The piece of the archive that is in memory. */
struct window {
    ih_zip_read_at read_at;
    void *source;
    unsigned char *bytes;
    uint64_t offset, size;
    uint64_t end; /* nothing is read from here on */
};

static uint32_t le16(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t le32(const unsigned char *p)
{
    return le16(p) | le16(p + 2) << 16;
}

static uint64_t le64(const unsigned char *p)
{
    return (uint64_t)le32(p) | (uint64_t)le32(p + 4) << 32;
}

/* True when [offset, offset + size) lies before end. */
static bool within(uint64_t offset, uint64_t size, uint64_t end)
{
    return size <= end && offset <= end - size;
}

/* size bytes at offset, NULL when they are not there. Valid until the next call. */
static const unsigned char *bytes_at(struct window *window, uint64_t offset, uint64_t size)
{
    if (size > WINDOW_SIZE || !within(offset, size, window->end))
        return NULL;
    if (offset < window->offset || !within(offset - window->offset, size, window->size)) {
        uint64_t wanted = window->end - offset;

        if (wanted > WINDOW_SIZE)
            wanted = WINDOW_SIZE;
        window->size = 0;
        if (!window->read_at(window->source, offset, window->bytes, (size_t)wanted))
            return NULL;
        window->offset = offset;
        window->size = wanted;
    }
    return window->bytes + (offset - window->offset);
}

/* Reads the zip64 records in front of the end record at end_offset; false when they are needed and
 * bad. */
static bool read_zip64_extent(struct window *window, uint64_t end_offset, struct extent *extent)
{
    const unsigned char *p;
    uint64_t offset;

    if (end_offset < LOCATOR64_SIZE ||
        !(p = bytes_at(window, end_offset - LOCATOR64_SIZE, LOCATOR64_SIZE)))
        return false;
    if (le32(p) != LOCATOR64_SIGNATURE || le32(p + 4) != 0 || le32(p + 16) > 1)
        return false;
    offset = le64(p + 8);
    if (!within(offset, END64_SIZE, end_offset - LOCATOR64_SIZE) ||
        !(p = bytes_at(window, offset, END64_SIZE)))
        return false;
    if (le32(p) != END64_SIGNATURE || le32(p + 16) != 0 || le32(p + 20) != 0 ||
        le64(p + 24) != le64(p + 32))
        return false;
    extent->count = le64(p + 32);
    extent->size = le64(p + 40);
    extent->offset = le64(p + 48);
    return within(extent->offset, extent->size, offset);
}

static bool find_end_within(struct window *window, uint64_t tail, uint64_t *offset)
{
    /* From the start of the tail, so that one read serves the whole search. */
    const unsigned char *p = bytes_at(window, window->end - tail, tail);

    for (uint64_t back = END_SIZE; p && back <= tail; back++) {
        const unsigned char *end = p + tail - back;

        if (le32(end) == END_SIGNATURE && le16(end + 20) == back - END_SIZE) {
            *offset = window->end - back;
            return true;
        }
    }
    return false;
}

/* Offset of the end record: the last one whose comment reaches exactly to the end of the archive,
 * so that the end record of an archive inside a truncated archive is not taken for it. */
static bool find_end(struct window *window, uint64_t *offset)
{
    uint64_t size = window->end, most = MAX_COMMENT + END_SIZE;

    if (size < END_SIZE)
        return false;
    return find_end_within(window, size < USUAL_TAIL ? size : USUAL_TAIL, offset) ||
           (size > USUAL_TAIL && find_end_within(window, size < most ? size : most, offset));
}

static bool find_extent(struct window *window, struct extent *extent, const char **why)
{
    const unsigned char *p;
    uint64_t end_offset;
    bool fits;

    if (!find_end(window, &end_offset) || !(p = bytes_at(window, end_offset, END_SIZE))) {
        *why = "no end record: not a zip archive, or not all of one";
        return false;
    }
    extent->count = le16(p + 10);
    extent->size = le32(p + 12);
    extent->offset = le32(p + 16);
    if (extent->count == 0xffff || extent->size == 0xffffffff || extent->offset == 0xffffffff)
        fits = read_zip64_extent(window, end_offset, extent);
    else
        fits = le16(p + 4) == 0 && le16(p + 6) == 0 && le16(p + 8) == extent->count &&
               within(extent->offset, extent->size, end_offset);
    if (!fits)
        *why = "the end record does not fit the archive";
    else if (extent->count > IH_ZIP_MAX_MEMBERS)
        *why = "the archive has too many members";
    else if (extent->count * CENTRAL_SIZE > extent->size)
        *why = "the archive claims more members than its directory can hold";
    else
        return true;
    return false;
}

/* The 64-bit values of an entry stand in an extra field, in this order, only those that do not fit.
 */
static bool read_zip64_extra(const unsigned char *extra, size_t size, ih_zip_member *member)
{
    uint64_t *values[] = {&member->size, &member->compressed_size, &member->header_offset};

    while (size >= 4) {
        uint32_t id = le16(extra), length = le16(extra + 2);

        extra += 4;
        size -= 4;
        if (length > size)
            return false;
        if (id == ZIP64_EXTRA) {
            for (size_t i = 0; i < 3; i++) {
                if (*values[i] != 0xffffffff)
                    continue;
                if (length < 8)
                    return false;
                *values[i] = le64(extra);
                extra += 8;
                length -= 8;
            }
            return true;
        }
        extra += length;
        size -= length;
    }
    return false;
}

/* False for names that could point outside the archive's own folder, or are no text. */
static bool is_safe(const char *name, size_t length)
{
    bool drive = length >= 2 && name[1] == ':' &&
                 ((name[0] >= 'A' && name[0] <= 'Z') || (name[0] >= 'a' && name[0] <= 'z'));

    if (length == 0 || strlen(name) != length || name[0] == '/' || drive)
        return false;
    for (const char *part = name;; part++) {
        size_t n = strcspn(part, "/");

        if (n == 2 && part[0] == '.' && part[1] == '.')
            return false;
        part += n;
        if (*part == '\0')
            return true;
    }
}

/* Copy of the name in memory of its own, NULL when memory is short. */
static char *copy_name(const unsigned char *bytes, size_t length)
{
    char *name = ih_alloc(length + 1, 1);

    if (!name)
        return NULL;
    for (size_t i = 0; i < length; i++)
        name[i] = bytes[i] == '\\' ? '/' : (char)bytes[i];
    name[length] = '\0';
    return name;
}

/* Fills a member from its entry; false when it must not be shown. */
static bool read_entry(const unsigned char *entry, uint64_t directory_offset, ih_zip_member *member)
{
    uint32_t name_length = le16(entry + 28), extra_length = le16(entry + 30);
    bool bare;

    member->encrypted = (le16(entry + 8) & ENCRYPTION_FLAGS) != 0;
    member->method = le16(entry + 10);
    member->crc32 = le32(entry + 16);
    member->compressed_size = le32(entry + 20);
    member->size = le32(entry + 24);
    member->header_offset = le32(entry + 42);
    if ((member->size == 0xffffffff || member->compressed_size == 0xffffffff ||
         member->header_offset == 0xffffffff) &&
        !read_zip64_extra(entry + CENTRAL_SIZE + name_length, extra_length, member))
        return false;
    bare = member->method == IH_ZIP_STORED && !member->encrypted;
    return name_length > 0 && name_length <= IH_ZIP_MAX_NAME &&
           within(member->header_offset, LOCAL_SIZE, directory_offset) &&
           within(member->header_offset + LOCAL_SIZE, member->compressed_size, directory_offset) &&
           (!bare || member->size == member->compressed_size);
}

/* By name, members of one name in the order of the archive. */
static int compare_members(const void *a, const void *b)
{
    const ih_zip_member *const *x = a, *const *y = b;
    int order = strcmp((*x)->name, (*y)->name);

    return order != 0 ? order : (*x > *y) - (*x < *y);
}

/* Leaves out every second member of one name; false when memory is short. */
static bool drop_duplicates(ih_zip_directory *directory)
{
    ih_zip_member **sorted;
    size_t kept = 0;

    if (directory->count < 2)
        return true;
    sorted = ih_alloc(directory->count, sizeof *sorted);
    if (!sorted)
        return false;
    for (size_t i = 0; i < directory->count; i++)
        sorted[i] = &directory->members[i];
    qsort(sorted, directory->count, sizeof *sorted, compare_members);
    for (size_t i = directory->count - 1; i > 0; i--) {
        if (strcmp(sorted[i]->name, sorted[i - 1]->name) == 0) {
            free(sorted[i]->name);
            sorted[i]->name = NULL;
            directory->skipped++;
        }
    }
    free(sorted);
    for (size_t i = 0; i < directory->count; i++)
        if (directory->members[i].name)
            directory->members[kept++] = directory->members[i];
    directory->count = kept;
    return true;
}

static bool read_members(struct window *window, const struct extent *extent,
                         ih_zip_directory *directory, const char **why)
{
    uint64_t offset = extent->offset, end = extent->offset + extent->size;

    for (uint64_t i = 0; i < extent->count; i++) {
        const unsigned char *entry = bytes_at(window, offset, CENTRAL_SIZE);
        ih_zip_member member;
        uint64_t used;

        *why = "the directory of the archive is damaged";
        if (!entry || le32(entry) != CENTRAL_SIGNATURE)
            return false;
        used = CENTRAL_SIZE + (uint64_t)le16(entry + 28) + le16(entry + 30);
        if (!within(offset, used + le16(entry + 32), end) ||
            !(entry = bytes_at(window, offset, used)))
            return false;
        offset += used + le16(entry + 32);
        if (!read_entry(entry, extent->offset, &member)) {
            directory->skipped++;
            continue;
        }
        *why = "not enough memory for the directory of the archive";
        member.name = copy_name(entry + CENTRAL_SIZE, le16(entry + 28));
        if (!member.name)
            return false;
        if (is_safe(member.name, le16(entry + 28))) {
            directory->members[directory->count++] = member;
        } else {
            free(member.name);
            directory->skipped++;
        }
    }
    if (offset != end) {
        *why = "the archive has more members than it claims";
        return false;
    }
    *why = "not enough memory for the directory of the archive";
    return drop_duplicates(directory);
}

ih_zip_directory *ih_zip_directory_read(ih_zip_read_at read_at, void *source, uint64_t archive_size,
                                        const char **why)
{
    struct window window = {.read_at = read_at, .source = source, .end = archive_size};
    struct extent extent;
    ih_zip_directory *directory = NULL;
    const char *reason = "not enough memory for the directory of the archive";
    bool done = false;

    window.bytes = malloc(WINDOW_SIZE);
    if (!window.bytes || !find_extent(&window, &extent, &reason))
        goto done;
    reason = "not enough memory for the directory of the archive";
    directory = calloc(1, sizeof *directory);
    if (!directory)
        goto done;
    directory->archive_size = archive_size;
    directory->members = calloc((size_t)extent.count + 1, sizeof *directory->members);
    done = directory->members && read_members(&window, &extent, directory, &reason);

done:
    free(window.bytes);
    if (done)
        return directory;
    ih_zip_directory_free(directory);
    if (why)
        *why = reason;
    return NULL;
}

void ih_zip_directory_free(ih_zip_directory *directory)
{
    if (!directory)
        return;
    for (size_t i = 0; i < directory->count; i++)
        free(directory->members[i].name);
    free(directory->members);
    free(directory);
}

const ih_zip_member *ih_zip_find(const ih_zip_directory *directory, const char *name)
{
    if (directory && name)
        for (size_t i = 0; i < directory->count; i++)
            if (strcmp(directory->members[i].name, name) == 0)
                return &directory->members[i];
    return NULL;
}

bool ih_zip_data_offset(const ih_zip_directory *directory, const ih_zip_member *member,
                        ih_zip_read_at read_at, void *source, uint64_t *offset)
{
    unsigned char local[LOCAL_SIZE];
    uint64_t data;

    if (!directory || !member ||
        !within(member->header_offset, LOCAL_SIZE, directory->archive_size) ||
        !read_at(source, member->header_offset, local, LOCAL_SIZE) ||
        le32(local) != LOCAL_SIGNATURE || le16(local + 8) != member->method)
        return false;
    data = member->header_offset + LOCAL_SIZE + le16(local + 26) + le16(local + 28);
    if (!within(data, member->compressed_size, directory->archive_size))
        return false;
    *offset = data;
    return true;
}
