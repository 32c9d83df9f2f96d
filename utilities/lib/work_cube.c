/* SPDX-License-Identifier: MIT */
#include "utilities/lib/work_cube.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "algorithms/alloc.h"
#include "algorithms/sbas.h"

/* Padding of a slot in memory: one cache line. */
#define PHASE_PADDING   (64 / sizeof(float))
#define QUALITY_PADDING ((size_t)64)

struct ih_work_cube {
    size_t n_pixels, n_pairs, n_dates, n_slots;
    size_t block_pixels, n_blocks;
    size_t phase_stride, quality_stride; /* elements, of a block in memory */
    size_t block_bytes;                  /* of a block where the cube lies */
    size_t quality_offset;      /* of a block's quality from its start, where the cube lies */
    size_t stored_phase_stride; /* elements, where the cube lies; a file needs no padding */
    size_t series_offset;       /* of the series from the start of a named file; 0 = in place of
                                   the phases */
    size_t series_block_bytes;  /* there */
    unsigned char *memory;      /* NULL when in a file */
    size_t memory_bytes;
    uint32_t *row; /* [pair] its slot in the file, after a selection; NULL = its number */
    int file;      /* -1 when in memory */
};

/* Lays a block out: phases first, then qualities. False when the cube's size overflows. */
static bool lay_out(ih_work_cube *cube, bool in_file)
{
    size_t phase_stride = in_file ? cube->block_pixels : cube->phase_stride;
    size_t quality_stride = in_file ? cube->block_pixels : cube->quality_stride;
    size_t bytes;

    cube->stored_phase_stride = phase_stride;
    if (__builtin_mul_overflow(cube->n_slots * sizeof(float), phase_stride, &cube->quality_offset))
        return false;
    if (__builtin_mul_overflow(cube->n_pairs, quality_stride, &bytes) ||
        __builtin_add_overflow(bytes, cube->quality_offset, &cube->block_bytes))
        return false;
    return !__builtin_mul_overflow(cube->block_bytes, cube->n_blocks, &cube->memory_bytes) &&
           cube->memory_bytes <= SIZE_MAX / 4;
}

/* Adds room for the series behind the blocks. */
static bool lay_out_series(ih_work_cube *cube)
{
    size_t bytes;

    cube->series_offset = cube->memory_bytes;
    cube->series_block_bytes =
        cube->n_slots ? cube->n_dates * cube->block_pixels * sizeof(float) : 0;
    return !__builtin_mul_overflow(cube->series_block_bytes, cube->n_blocks, &bytes) &&
           !__builtin_add_overflow(bytes, cube->memory_bytes, &cube->memory_bytes) &&
           cube->memory_bytes <= SIZE_MAX / 4;
}

static bool take_memory(ih_work_cube *cube)
{
    void *memory = mmap(NULL, cube->memory_bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (memory == MAP_FAILED)
        return false;
    /* A pixel's pairs lie tens of kilobytes apart: with small pages each would need its own
     * translation. */
    madvise(memory, cube->memory_bytes, MADV_HUGEPAGE);
    cube->memory = memory;
    return true;
}

/* A file without a name in the folder. */
static int open_nameless(const char *folder)
{
    int file = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    char path[4096];

    if (file >= 0)
        return file;
    if ((size_t)snprintf(path, sizeof path, "%s/.ih_work_cube_XXXXXX", folder) >= sizeof path)
        return -1;
    file = mkostemp(path, O_CLOEXEC);
    if (file >= 0)
        unlink(path);
    return file;
}

/* "12.3 GB" or, of less than 0.1 GB, "4.5 MB". */
static const char *size_text(double bytes, char text[32])
{
    bool small = bytes < 1e8;

    snprintf(text, 32, "%.1f %s", bytes / (small ? 1e6 : 1e9), small ? "MB" : "GB");
    return text;
}

/* Reserving more than there is fills the disk for everybody before it fails. */
static ih_status check_room(const ih_work_cube *cube, const char *folder, ih_error *err)
{
    struct statvfs about;
    char needed[32], there[32];
    double room;

    if (fstatvfs(cube->file, &about) != 0)
        return IH_OK;
    room = (double)about.f_bavail * (double)about.f_frsize;
    if ((double)cube->memory_bytes <= room)
        return IH_OK;
    return ih_fail(err, IH_E_IO,
                   "the work cube needs %s in %s, where %s are free: more memory (-wm), another "
                   "folder (-scratch) or a smaller area is needed",
                   size_text((double)cube->memory_bytes, needed), folder, size_text(room, there));
}

/* folder is that of the open file. */
static ih_status reserve(ih_work_cube *cube, const char *folder, ih_error *err)
{
    ih_status status = check_room(cube, folder, err);
    char size[32];

    if (status != IH_OK)
        return status;
    /* Asking for the room now turns a full disk into an early, clear failure; where the file system
     * cannot promise room, the writes will tell. */
    if (fallocate(cube->file, 0, 0, (off_t)cube->memory_bytes) != 0) {
        if (errno == ENOSPC || errno == EFBIG || errno == EDQUOT)
            return ih_fail(err, IH_E_IO, "the work cube needs %s in %s: %s",
                           size_text((double)cube->memory_bytes, size), folder, strerror(errno));
        if (ftruncate(cube->file, (off_t)cube->memory_bytes) != 0)
            return ih_fail(err, IH_E_IO, "scratch file in %s: %s", folder, strerror(errno));
    }
    return IH_OK;
}

static ih_status take_nameless_file(ih_work_cube *cube, const char *folder, ih_error *err)
{
    cube->file = open_nameless(folder);
    if (cube->file < 0)
        return ih_fail(err, IH_E_IO, "no scratch file can be made in %s: %s", folder,
                       strerror(errno));
    return reserve(cube, folder, err);
}

static ih_status take_named_file(ih_work_cube *cube, const ih_work_cube_spec *spec, ih_error *err)
{
    struct stat about;
    ih_status status;

    cube->file =
        open(spec->path, O_RDWR | O_CLOEXEC | (spec->existing ? 0 : O_CREAT | O_TRUNC), 0600);
    if (cube->file < 0)
        return ih_fail(err, spec->existing && errno == ENOENT ? IH_E_DATA : IH_E_IO,
                       "%s cannot be opened: %s", spec->path, strerror(errno));
    if (!spec->existing) {
        status = reserve(cube, spec->scratch, err);
        if (status != IH_OK)
            unlink(spec->path);
        return status;
    }
    if (fstat(cube->file, &about) != 0 || about.st_size != (off_t)cube->memory_bytes)
        return ih_fail(err, IH_E_DATA, "%s has not the size of the work cube", spec->path);
    return IH_OK;
}

ih_status ih_work_cube_read_block_pixels(const char *text, size_t *block_pixels, ih_error *err)
{
    char *end;
    unsigned long value;

    *block_pixels = 0;
    if (!text)
        return IH_OK;
    errno = 0;
    value = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno == ERANGE ||
        value > IH_WORK_CUBE_MOST_BLOCK_PIXELS || value % IH_LANES)
        return ih_fail(err, IH_E_ARGUMENT,
                       "IH_BLOCK_PIXELS=%s: a multiple of %d of at most %d is needed, or 0 for %d",
                       text, (int)IH_LANES, IH_WORK_CUBE_MOST_BLOCK_PIXELS,
                       IH_WORK_CUBE_BLOCK_PIXELS);
    *block_pixels = value;
    return IH_OK;
}

/* Everything but the place; laid out as in memory. */
static ih_status measure(const ih_work_cube_spec *spec, ih_work_cube *cube, ih_error *err)
{
    cube->file = -1;
    cube->n_pixels = spec->n_pixels;
    cube->n_pairs = spec->n_pairs;
    cube->n_dates = spec->n_dates;
    if (!spec->bytes_only)
        cube->n_slots = spec->path || spec->n_pairs > spec->n_dates ? spec->n_pairs : spec->n_dates;
    cube->block_pixels = spec->block_pixels ? spec->block_pixels : IH_WORK_CUBE_BLOCK_PIXELS;
    if (spec->n_pixels == 0 || spec->n_pairs == 0 || cube->block_pixels % IH_LANES ||
        cube->block_pixels > IH_WORK_CUBE_MOST_BLOCK_PIXELS)
        return ih_fail(err, IH_E_ARGUMENT, "work cube of %zu pixels, %zu pairs, blocks of %zu",
                       spec->n_pixels, spec->n_pairs, cube->block_pixels);
    cube->n_blocks = (spec->n_pixels + cube->block_pixels - 1) / cube->block_pixels;
    cube->phase_stride = cube->block_pixels + PHASE_PADDING;
    cube->quality_stride = cube->block_pixels + QUALITY_PADDING;
    return lay_out(cube, false)
               ? IH_OK
               : ih_fail(err, IH_E_MEMORY, "the work cube is too large to address");
}

ih_status ih_work_cube_size(const ih_work_cube_spec *spec, double *bytes, ih_error *err)
{
    ih_work_cube cube = {0};
    ih_status status = measure(spec, &cube, err);

    if (status == IH_OK && spec->path && !(lay_out(&cube, true) && lay_out_series(&cube)))
        status = ih_fail(err, IH_E_MEMORY, "the work cube is too large to address");
    *bytes = (double)cube.memory_bytes;
    return status;
}

ih_status ih_work_cube_new(const ih_work_cube_spec *spec, ih_work_cube **out, ih_error *err)
{
    ih_work_cube *cube = ih_calloc(1, sizeof *cube);
    ih_status status;
    char size[32];

    *out = NULL;
    if (!cube)
        return ih_fail(err, IH_E_MEMORY, "not enough memory for a work cube");
    status = measure(spec, cube, err);
    if (status != IH_OK)
        goto done;
    if (spec->path) {
        status = lay_out(cube, true) && lay_out_series(cube)
                     ? take_named_file(cube, spec, err)
                     : ih_fail(err, IH_E_MEMORY, "the work cube is too large to address");
        goto done;
    }
    if ((double)cube->memory_bytes > spec->memory_bytes || !take_memory(cube)) {
        if (!lay_out(cube, true))
            status = ih_fail(err, IH_E_MEMORY, "the work cube is too large to address");
        else if (!spec->scratch)
            status = ih_fail(err, IH_E_MEMORY, "the work cube needs %s and has no folder",
                             size_text((double)cube->memory_bytes, size));
        else
            status = take_nameless_file(cube, spec->scratch, err);
    }

done:
    if (status != IH_OK) {
        ih_work_cube_free(cube);
        cube = NULL;
    }
    *out = cube;
    return status;
}

void ih_work_cube_free(ih_work_cube *cube)
{
    if (!cube)
        return;
    if (cube->memory)
        munmap(cube->memory, cube->memory_bytes);
    if (cube->file >= 0)
        close(cube->file);
    free(cube->row);
    free(cube);
}

size_t ih_work_cube_blocks(const ih_work_cube *cube)
{
    return cube->n_blocks;
}

size_t ih_work_cube_block_pixels(const ih_work_cube *cube)
{
    return cube->block_pixels;
}

bool ih_work_cube_in_file(const ih_work_cube *cube)
{
    return cube->memory == NULL;
}

double ih_work_cube_bytes(const ih_work_cube *cube)
{
    return (double)cube->memory_bytes;
}

/* Both parts of a block in a caller's buffer start on a cache line. */
static size_t buffer_quality_offset(const ih_work_cube *cube)
{
    return cube->n_slots ? cube->n_pairs * cube->phase_stride * sizeof(float) : 0;
}

size_t ih_work_cube_buffer_bytes(const ih_work_cube *cube)
{
    return cube->memory ? 0 : buffer_quality_offset(cube) + cube->n_pairs * cube->quality_stride;
}

/* Position of a slot's phases and of a pair's qualities where the cube lies. */
static size_t phase_at(const ih_work_cube *cube, size_t block, size_t slot)
{
    return block * cube->block_bytes + slot * cube->stored_phase_stride * sizeof(float);
}

static size_t quality_at(const ih_work_cube *cube, size_t block, size_t pair)
{
    size_t stride = cube->memory ? cube->quality_stride : cube->block_pixels;

    return block * cube->block_bytes + cube->quality_offset + pair * stride;
}

static size_t series_at(const ih_work_cube *cube, size_t block, size_t date)
{
    return cube->series_offset ? cube->series_offset + block * cube->series_block_bytes +
                                     date * cube->block_pixels * sizeof(float)
                               : phase_at(cube, block, date);
}

static size_t slot_of(const ih_work_cube *cube, size_t pair)
{
    return cube->row ? cube->row[pair] : pair;
}

static ih_status put(ih_work_cube *cube, size_t at, const void *bytes, size_t size, ih_error *err)
{
    const unsigned char *from = bytes;

    if (cube->memory) {
        memcpy(cube->memory + at, bytes, size);
        return IH_OK;
    }
    while (size > 0) {
        ssize_t n = pwrite(cube->file, from, size, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return ih_fail(err, IH_E_IO, "writing the scratch file: %s",
                           n < 0 ? strerror(errno) : "nothing was written");
        from += n;
        at += (size_t)n;
        size -= (size_t)n;
    }
    return IH_OK;
}

static ih_status get(ih_work_cube *cube, size_t at, void *bytes, size_t size, ih_error *err)
{
    unsigned char *to = bytes;

    if (cube->memory) {
        memcpy(bytes, cube->memory + at, size);
        return IH_OK;
    }
    while (size > 0) {
        ssize_t n = pread(cube->file, to, size, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return ih_fail(err, IH_E_IO, "reading the scratch file: %s",
                           n < 0 ? strerror(errno) : "unexpected end");
        to += n;
        at += (size_t)n;
        size -= (size_t)n;
    }
    return IH_OK;
}

/* Consecutive pixels of one slot, in the cube and outside of it; a part that is NULL stays. */
typedef struct {
    size_t slot, first_pixel, n_pixels;
    float *phase;
    uint8_t *quality;
    bool into_cube;
    bool of_series; /* slot is a date */
} pixel_run;

static ih_status move_bytes(ih_work_cube *cube, size_t at, void *bytes, size_t size, bool into_cube,
                            ih_error *err)
{
    return into_cube ? put(cube, at, bytes, size, err) : get(cube, at, bytes, size, err);
}

static ih_status move_run(ih_work_cube *cube, pixel_run run, ih_error *err)
{
    ih_status status = IH_OK;

    while (run.n_pixels > 0 && status == IH_OK) {
        size_t block = run.first_pixel / cube->block_pixels;
        size_t offset = run.first_pixel % cube->block_pixels, left = cube->block_pixels - offset;
        size_t n = left < run.n_pixels ? left : run.n_pixels;

        if (run.phase) {
            size_t start =
                run.of_series ? series_at(cube, block, run.slot) : phase_at(cube, block, run.slot);

            status = move_bytes(cube, start + offset * sizeof(float), run.phase, n * sizeof(float),
                                run.into_cube, err);
            run.phase += n;
        }
        if (status == IH_OK && run.quality) {
            status = move_bytes(cube, quality_at(cube, block, run.slot) + offset, run.quality, n,
                                run.into_cube, err);
            run.quality += n;
        }
        run.first_pixel += n;
        run.n_pixels -= n;
    }
    return status;
}

/* A run of a pair, checked. */
static ih_status move_pair(ih_work_cube *cube, size_t pair, pixel_run run, ih_error *err)
{
    if (pair >= cube->n_pairs || run.first_pixel > cube->n_pixels ||
        run.n_pixels > cube->n_pixels - run.first_pixel || (run.phase && cube->n_slots == 0))
        return ih_fail(err, IH_E_ARGUMENT, "pair %zu, pixel %zu + %zu is outside the work cube",
                       pair, run.first_pixel, run.n_pixels);
    run.slot = slot_of(cube, pair);
    return move_run(cube, run, err);
}

ih_status ih_work_cube_store(ih_work_cube *cube, size_t pair, size_t first_pixel, size_t n_pixels,
                             const float *phase, const uint8_t *quality, ih_error *err)
{
    const pixel_run run = {.first_pixel = first_pixel,
                           .n_pixels = n_pixels,
                           .phase = (float *)(uintptr_t)phase,
                           .quality = (uint8_t *)(uintptr_t)quality,
                           .into_cube = true};

    return move_pair(cube, pair, run, err);
}

ih_status ih_work_cube_fetch(ih_work_cube *cube, size_t pair, size_t first_pixel, size_t n_pixels,
                             float *phase, uint8_t *quality, ih_error *err)
{
    const pixel_run run = {
        .first_pixel = first_pixel, .n_pixels = n_pixels, .phase = phase, .quality = quality};

    return move_pair(cube, pair, run, err);
}

static size_t pixels_of_block(const ih_work_cube *cube, size_t block)
{
    size_t left = cube->n_pixels - block * cube->block_pixels;

    return left < cube->block_pixels ? left : cube->block_pixels;
}

void ih_work_cube_pixels_of_block(const ih_work_cube *cube, size_t block, size_t *first,
                                  size_t *n_pixels)
{
    *first = block * cube->block_pixels;
    *n_pixels = pixels_of_block(cube, block);
}

ih_status ih_work_cube_load(ih_work_cube *cube, size_t block, void *buffer, ih_work_block *out,
                            ih_error *err)
{
    ih_status status = IH_OK;

    out->phase_stride = cube->phase_stride;
    out->quality_stride = cube->quality_stride;
    out->first_pixel = block * cube->block_pixels;
    out->n_pixels = pixels_of_block(cube, block);
    if (cube->memory) {
        out->phase =
            cube->n_slots ? (float *)(void *)(cube->memory + phase_at(cube, block, 0)) : NULL;
        out->quality = cube->memory + quality_at(cube, block, 0);
        return IH_OK;
    }
    out->phase = cube->n_slots ? buffer : NULL;
    out->quality = (uint8_t *)buffer + buffer_quality_offset(cube);
    for (size_t pair = 0; out->phase && pair < cube->n_pairs && status == IH_OK; pair++)
        status = get(cube, phase_at(cube, block, slot_of(cube, pair)),
                     out->phase + pair * cube->phase_stride, out->n_pixels * sizeof(float), err);
    for (size_t pair = 0; pair < cube->n_pairs && status == IH_OK; pair++)
        status = get(cube, quality_at(cube, block, slot_of(cube, pair)),
                     out->quality + pair * cube->quality_stride, out->n_pixels, err);
    return status;
}

ih_status ih_work_cube_store_block(ih_work_cube *cube, const ih_work_block *block, ih_error *err)
{
    size_t number = block->first_pixel / cube->block_pixels;
    ih_status status = IH_OK;

    if (cube->memory) /* the block points into it */
        return IH_OK;
    for (size_t pair = 0; block->phase && pair < cube->n_pairs && status == IH_OK; pair++)
        status =
            put(cube, phase_at(cube, number, slot_of(cube, pair)),
                block->phase + pair * block->phase_stride, block->n_pixels * sizeof(float), err);
    for (size_t pair = 0; block->quality && pair < cube->n_pairs && status == IH_OK; pair++)
        status = put(cube, quality_at(cube, number, slot_of(cube, pair)),
                     block->quality + pair * block->quality_stride, block->n_pixels, err);
    return status;
}

/* Rows only ever move toward the front, so none is overwritten before it has moved. */
static void move_rows(ih_work_cube *cube, size_t n_pairs, const uint32_t *row)
{
    for (size_t block = 0; block < cube->n_blocks; block++)
        for (size_t pair = 0; pair < n_pairs; pair++) {
            if (row[pair] == pair)
                continue;
            if (cube->n_slots)
                memcpy(cube->memory + phase_at(cube, block, pair),
                       cube->memory + phase_at(cube, block, row[pair]),
                       cube->phase_stride * sizeof(float));
            memcpy(cube->memory + quality_at(cube, block, pair),
                   cube->memory + quality_at(cube, block, row[pair]), cube->quality_stride);
        }
}

ih_status ih_work_cube_select(ih_work_cube *cube, size_t n_pairs, const uint32_t *row,
                              size_t n_dates, ih_error *err)
{
    uint32_t *slots;

    for (size_t pair = 0; pair < n_pairs; pair++)
        if (row[pair] >= cube->n_pairs || (pair > 0 && row[pair] <= row[pair - 1]))
            return ih_fail(err, IH_E_ARGUMENT, "selection of pair %u from a work cube of %zu",
                           row[pair], cube->n_pairs);
    if (n_pairs == 0 || n_dates > cube->n_dates)
        return ih_fail(err, IH_E_ARGUMENT, "selection of %zu pairs, %zu dates", n_pairs, n_dates);
    if (cube->memory) {
        move_rows(cube, n_pairs, row);
    } else {
        slots = ih_alloc(n_pairs, sizeof *slots);
        if (!slots)
            return ih_fail(err, IH_E_MEMORY, "selection of %zu pairs", n_pairs);
        for (size_t pair = 0; pair < n_pairs; pair++)
            slots[pair] = (uint32_t)slot_of(cube, row[pair]);
        free(cube->row);
        cube->row = slots;
    }
    cube->n_pairs = n_pairs;
    cube->n_dates = n_dates;
    return IH_OK;
}

ih_status ih_work_cube_phase_at(ih_work_cube *cube, size_t pair, size_t pixel, float *phase,
                                ih_error *err)
{
    size_t block = pixel / cube->block_pixels, offset = pixel % cube->block_pixels;

    return get(cube, phase_at(cube, block, slot_of(cube, pair)) + offset * sizeof(float), phase,
               sizeof *phase, err);
}

ih_status ih_work_cube_store_series(ih_work_cube *cube, size_t block, const float *series,
                                    size_t stride, ih_error *err)
{
    size_t n = pixels_of_block(cube, block);
    ih_status status = IH_OK;

    for (size_t date = 0; date < cube->n_dates && status == IH_OK; date++)
        status =
            put(cube, series_at(cube, block, date), series + date * stride, n * sizeof(float), err);
    return status;
}

ih_status ih_work_cube_load_series(ih_work_cube *cube, size_t block, float *series, size_t stride,
                                   ih_error *err)
{
    size_t n = pixels_of_block(cube, block);
    ih_status status = IH_OK;

    for (size_t date = 0; date < cube->n_dates && status == IH_OK; date++)
        status =
            get(cube, series_at(cube, block, date), series + date * stride, n * sizeof(float), err);
    return status;
}

ih_status ih_work_cube_read_series(ih_work_cube *cube, size_t date, size_t first_pixel,
                                   size_t n_pixels, float *series, ih_error *err)
{
    const pixel_run run = {.slot = date,
                           .first_pixel = first_pixel,
                           .n_pixels = n_pixels,
                           .phase = series,
                           .of_series = true};

    return move_run(cube, run, err);
}

ih_status ih_work_cube_write_series(ih_work_cube *cube, size_t date, size_t first_pixel,
                                    size_t n_pixels, const float *series, ih_error *err)
{
    const pixel_run run = {.slot = date,
                           .first_pixel = first_pixel,
                           .n_pixels = n_pixels,
                           .phase = (float *)(uintptr_t)series,
                           .into_cube = true,
                           .of_series = true};

    return move_run(cube, run, err);
}
