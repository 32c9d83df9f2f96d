/* SPDX-License-Identifier: MIT */
#include "utilities/lib/block_records.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "algorithms/alloc.h"
#include "algorithms/checksum.h"

struct ih_block_records {
    size_t size; /* of a record without its checksum */
    int file;
};

/* Never that of a hole, and another one in another place. */
static uint64_t sum_of(size_t record, const void *bytes, size_t size)
{
    uint64_t sum = ih_checksum((uint64_t)record + 1, bytes, size);

    return sum ? sum : 1;
}

static bool is_of_size(int file, off_t bytes)
{
    struct stat about;

    return fstat(file, &about) == 0 && about.st_size == bytes;
}

ih_status ih_block_records_open(const char *path, size_t n_records, size_t size, bool existing,
                                ih_block_records **out, ih_error *err)
{
    ih_block_records *records = ih_calloc(1, sizeof *records);
    off_t bytes;
    bool fits = !__builtin_mul_overflow(n_records, size + sizeof(uint64_t), &bytes);

    *out = NULL;
    if (!records || !fits) {
        free(records);
        return ih_fail(err, IH_E_MEMORY, "records of %zu blocks", n_records);
    }
    records->size = size;
    records->file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (records->file >= 0 && existing && is_of_size(records->file, bytes)) {
        *out = records;
        return IH_OK;
    }
    /* Where room cannot be promised, the writes will tell. */
    if (records->file < 0 || ftruncate(records->file, 0) != 0 ||
        (fallocate(records->file, 0, 0, bytes) != 0 &&
         (errno == ENOSPC || errno == EDQUOT || ftruncate(records->file, bytes) != 0))) {
        ih_status status = ih_fail(err, IH_E_IO, "%s: %s", path, strerror(errno));

        ih_block_records_close(records);
        return status;
    }
    *out = records;
    return IH_OK;
}

void ih_block_records_close(ih_block_records *records)
{
    if (!records)
        return;
    if (records->file >= 0)
        close(records->file);
    free(records);
}

static off_t place(const ih_block_records *records, size_t record)
{
    return (off_t)(record * (records->size + sizeof(uint64_t)));
}

bool ih_block_records_read(ih_block_records *records, size_t record, void *bytes)
{
    uint64_t sum = 0;
    off_t at = place(records, record);

    return pread(records->file, &sum, sizeof sum, at) == sizeof sum && sum != 0 &&
           pread(records->file, bytes, records->size, at + (off_t)sizeof sum) ==
               (ssize_t)records->size &&
           sum == sum_of(record, bytes, records->size);
}

static bool write_all(int file, const void *bytes, size_t size, off_t at)
{
    const unsigned char *from = bytes;

    while (size > 0) {
        ssize_t n = pwrite(file, from, size, at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        from += n;
        at += n;
        size -= (size_t)n;
    }
    return true;
}

ih_status ih_block_records_write(ih_block_records *records, size_t record, const void *bytes,
                                 ih_error *err)
{
    uint64_t sum = sum_of(record, bytes, records->size);
    off_t at = place(records, record);

    errno = 0;
    if (write_all(records->file, bytes, records->size, at + (off_t)sizeof sum) &&
        write_all(records->file, &sum, sizeof sum, at))
        return IH_OK;
    return ih_fail(err, IH_E_IO, "writing the work folder: %s",
                   errno ? strerror(errno) : "nothing was written");
}
