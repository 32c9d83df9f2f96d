/* SPDX-License-Identifier: MIT
 *
 * The work cube: phase (float32) and quality (one byte) of every pair at every pixel, between
 * reading and solving, and afterwards, in the same place, the displacement of every date.
 *
 * Layout [block][slot][pixel]: a block is a run of pixels in raster order, a slot a pair (or, once
 * the block is solved, a date). The solver works on many pixels at a time, so pixels are innermost
 * and nothing is ever transposed: a pair's rows are copied into segments as they come from the
 * file. Slots are a little longer than a block, because strides of a power of two would put all
 * pairs of a pixel into the same set of the processor's cache.
 *
 * The cube lies in memory when it fits the budget, else in a file that has no name (it vanishes
 * with the process, however that ends). Or it lies in a named file that outlives the process: there
 * the series has a place of its own, so that phases remain and a block can be solved again. Files
 * are read and written by position, so that a full disk is an error and not a signal. Different
 * segments may be written from different threads at once; blocks likewise.
 *
 * A cube of bytes has no phases: what a stage notes for every pixel of every pair.
 */
#ifndef IH_WORK_CUBE_H
#define IH_WORK_CUBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "algorithms/status.h"

/* Pixels in a block: large enough that a segment is a good write (32 kB), small enough that a block
 * of some hundred pairs stays within the processor's outer caches. A multiple of IH_LANES. */
#define IH_WORK_CUBE_BLOCK_PIXELS 8192
/* More in a block would only need more memory. */
#define IH_WORK_CUBE_MOST_BLOCK_PIXELS 1048576

typedef struct ih_work_cube ih_work_cube;

typedef struct {
    size_t n_pixels; /* in the raster */
    size_t n_pairs;
    size_t n_dates;      /* slots to keep for the series; may exceed n_pairs */
    size_t block_pixels; /* 0 = IH_WORK_CUBE_BLOCK_PIXELS; a multiple of IH_LANES */
    double memory_bytes; /* budget: a larger cube goes to a file */
    const char *scratch; /* folder of that file */
    bool bytes_only;     /* qualities alone; n_dates is not used */
    const char *path;    /* name of a file to lie in, whatever the budget; NULL = as above */
    bool existing;       /* the file of an earlier cube of the same numbers, as it is */
} ih_work_cube_spec;

/* Pixels and bytes of one block as the solver sees it. */
typedef struct {
    float *phase;     /* [slot][phase_stride]; NULL in a cube of bytes */
    uint8_t *quality; /* [pair][quality_stride] */
    size_t phase_stride, quality_stride;
    size_t first_pixel, n_pixels;
} ih_work_block;

/* Bytes that a cube takes in memory, or in a file with a name when spec has a path, without making
 * one. IH_E_MEMORY when it is too large to address. */
IH_MUST_CHECK ih_status ih_work_cube_size(const ih_work_cube_spec *spec, double *bytes,
                                          ih_error *err);

/* IH_E_MEMORY when it does not fit and no scratch file can hold it, IH_E_IO when the folder refuses
 * or has no room, IH_E_DATA when an existing file is not of the size that it should have. */
IH_MUST_CHECK ih_status ih_work_cube_new(const ih_work_cube_spec *spec, ih_work_cube **out,
                                         ih_error *err);
void ih_work_cube_free(ih_work_cube *cube);

/* Length of blocks from a text, the configuration option IH_BLOCK_PIXELS; 0, or no text at all,
 * means the usual one. IH_E_ARGUMENT when it is no number of pixels that a block can have. */
IH_MUST_CHECK ih_status ih_work_cube_read_block_pixels(const char *text, size_t *block_pixels,
                                                       ih_error *err);

size_t ih_work_cube_blocks(const ih_work_cube *cube);
size_t ih_work_cube_block_pixels(const ih_work_cube *cube);
void ih_work_cube_pixels_of_block(const ih_work_cube *cube, size_t block, size_t *first,
                                  size_t *n_pixels);
bool ih_work_cube_in_file(const ih_work_cube *cube);
double ih_work_cube_bytes(const ih_work_cube *cube);

/* Bytes of a buffer that ih_work_cube_load needs per thread; 0 when the cube is in memory. */
size_t ih_work_cube_buffer_bytes(const ih_work_cube *cube);

/* Stores consecutive pixels of one pair, any length and start within the raster. phase or quality
 * may be NULL: it is then left as it was. */
IH_MUST_CHECK ih_status ih_work_cube_store(ih_work_cube *cube, size_t pair, size_t first_pixel,
                                           size_t n_pixels, const float *phase,
                                           const uint8_t *quality, ih_error *err);

/* The reverse; phase or quality may be NULL, phase must be in a cube of bytes. Thread-safe. */
IH_MUST_CHECK ih_status ih_work_cube_fetch(ih_work_cube *cube, size_t pair, size_t first_pixel,
                                           size_t n_pixels, float *phase, uint8_t *quality,
                                           ih_error *err);

/* A block with all its pairs. In memory it points into the cube; from a file it is read into buffer
 * (ih_work_cube_buffer_bytes, aligned to 64). */
IH_MUST_CHECK ih_status ih_work_cube_load(ih_work_cube *cube, size_t block, void *buffer,
                                          ih_work_block *out, ih_error *err);

/* Stores a block that was loaded and changed. A part whose pointer was set to NULL since, because
 * it has not changed, is left as it was. */
IH_MUST_CHECK ih_status ih_work_cube_store_block(ih_work_cube *cube, const ih_work_block *block,
                                                 ih_error *err);

/* Keeps the pairs row[0] < row[1] < ... alone, as pairs 0, 1, ...; n_dates, at most that of before,
 * are the dates of the series to come. Not while other threads use the cube. */
IH_MUST_CHECK ih_status ih_work_cube_select(ih_work_cube *cube, size_t n_pairs, const uint32_t *row,
                                            size_t n_dates, ih_error *err);

/* Phase of one pixel in one pair; unless the cube has a named file, before its block was
 * overwritten by its series. */
IH_MUST_CHECK ih_status ih_work_cube_phase_at(ih_work_cube *cube, size_t pair, size_t pixel,
                                              float *phase, ih_error *err);

/* Keeps a block's series, [date][stride], unless the cube has a named file in place of its phases.
 */
IH_MUST_CHECK ih_status ih_work_cube_store_series(ih_work_cube *cube, size_t block,
                                                  const float *series, size_t stride,
                                                  ih_error *err);

/* The reverse. */
IH_MUST_CHECK ih_status ih_work_cube_load_series(ih_work_cube *cube, size_t block, float *series,
                                                 size_t stride, ih_error *err);

/* Series of consecutive pixels of one date, after every block they touch was replaced. */
IH_MUST_CHECK ih_status ih_work_cube_read_series(ih_work_cube *cube, size_t date,
                                                 size_t first_pixel, size_t n_pixels, float *series,
                                                 ih_error *err);

/* The reverse. Thread-safe on different pixels. */
IH_MUST_CHECK ih_status ih_work_cube_write_series(ih_work_cube *cube, size_t date,
                                                  size_t first_pixel, size_t n_pixels,
                                                  const float *series, ih_error *err);

#endif
