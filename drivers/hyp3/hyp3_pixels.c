/* SPDX-License-Identifier: MIT
 *
 * Pixels on demand: the rasters behind the bands are opened when first read, from a copy in memory
 * where the archive would have to be inflated, and a bounded number of them stays open.
 */
#include <string.h>

#include <cpl_conv.h>
#include <cpl_error.h>

#include "drivers/hyp3/hyp3_dataset.h"
#include "drivers/hyp3/hyp3_report.h"

/* A TIFF may carry overviews, masks and space of rewritten blocks; more than this many times its
 * raw pixels is no honest layer. */
#define MAX_BYTES_PER_RAW_BYTE 4
#define MAX_EXTRA_BYTES        ((uint64_t)16 << 20)

void ih_dataset_make_slots(ih_hyp3_dataset *dataset, size_t count)
{
    dataset->slots = CPLCalloc(count ? count : 1, sizeof *dataset->slots);
    dataset->slot_count = count ? count : 1;
}

#define LISTING_OPTION "GDAL_DISABLE_READDIR_ON_OPEN"

bool ih_dataset_begin_remote(const char *path)
{
    if (!strstr(path, "/vsicurl") || CPLGetConfigOption(LISTING_OPTION, NULL))
        return false;
    CPLSetThreadLocalConfigOption(LISTING_OPTION, "EMPTY_DIR");
    return true;
}

void ih_dataset_end_remote(bool begun)
{
    if (begun)
        CPLSetThreadLocalConfigOption(LISTING_OPTION, NULL);
}

static void close_slot(const ih_hyp3_dataset *dataset, ih_pixel_slot *slot)
{
    if (slot->dataset)
        GDALClose(slot->dataset);
    if (dataset->cache_use == IH_CACHE_ONCE)
        ih_member_discard(slot->copy);
    else
        ih_member_release(slot->copy);
    memset(slot, 0, sizeof *slot);
}

void ih_dataset_close_slots(ih_hyp3_dataset *dataset)
{
    for (size_t i = 0; i < dataset->slot_count; i++)
        close_slot(dataset, &dataset->slots[i]);
    CPLFree(dataset->slots);
    dataset->slots = NULL;
    dataset->slot_count = 0;
}

/* Refuses a member that would inflate to far more than its own header can need. */
static bool size_is_plausible(const ih_dataset_band *band)
{
    const ih_zip_member *member = band->file->member;
    uint64_t pixels = (uint64_t)band->width * (uint64_t)band->height;
    uint64_t bytes = (uint64_t)GDALGetDataTypeSizeBytes(band->shown.type) *
                     (uint64_t)(band->band_of_file > 1 ? band->band_of_file : 2);

    if (pixels > UINT64_MAX / (bytes * MAX_BYTES_PER_RAW_BYTE) / 2)
        return true;
    if (member->size <= pixels * bytes * MAX_BYTES_PER_RAW_BYTE + MAX_EXTRA_BYTES)
        return true;
    ih_hyp3_report(
        CE_Failure, CPLE_AppDefined,
        "%.300s: %.150s is far larger than its raster of %d x %d pixels can need, it is not read.",
        band->source->path, member->name, band->width, band->height);
    return false;
}

static bool open_slot(const ih_hyp3_dataset *dataset, const ih_dataset_band *band,
                      ih_pixel_slot *slot)
{
    const char *path = band->file->path;

    if (band->file->member) {
        enum ih_member_result result = IH_MEMBER_STREAM;
        if (!size_is_plausible(band))
            return false;
        if (dataset->cache_use != IH_CACHE_NO)
            result = ih_member_acquire(band->source->path, band->source->directory,
                                       band->file->member, &slot->copy);
        if (result == IH_MEMBER_DAMAGED)
            return false;
        if (result == IH_MEMBER_READY)
            path = ih_member_path(slot->copy);
    }
    slot->dataset = ih_source_open_file(band->file, path);
    if (!slot->dataset || GDALGetRasterCount(slot->dataset) < band->band_of_file ||
        GDALGetRasterXSize(slot->dataset) != band->width ||
        GDALGetRasterYSize(slot->dataset) != band->height) {
        if (slot->dataset)
            ih_hyp3_report(CE_Failure, CPLE_AppDefined, "%.500s has changed since it was opened.",
                           band->file->path);
        close_slot(dataset, slot);
        return false;
    }
    slot->source = band->source;
    slot->file = band->file;
    return true;
}

/* The slot that holds the file already, else a free one, else the least recently used. */
static ih_pixel_slot *slot_for(ih_hyp3_dataset *dataset, const ih_source_file *file)
{
    ih_pixel_slot *best = &dataset->slots[0];

    for (size_t i = 0; i < dataset->slot_count; i++) {
        ih_pixel_slot *slot = &dataset->slots[i];
        if (slot->file == file)
            return slot;
        if (best->file && (!slot->file || slot->last_use < best->last_use))
            best = slot;
    }
    return best;
}

GDALRasterBandH ih_hyp3_pixels(ih_hyp3_dataset *dataset, int index, int *column, int *row)
{
    const ih_dataset_band *band = &dataset->bands[index];
    ih_pixel_slot *slot = slot_for(dataset, band->file);
    GDALRasterBandH pixels;

    if (slot->file != band->file) {
        close_slot(dataset, slot);
        bool begun = band->source->is_zip && ih_dataset_begin_remote(band->source->path);
        bool opened = open_slot(dataset, band, slot);
        ih_dataset_end_remote(begun);
        if (!opened)
            return NULL;
    }
    slot->last_use = ++dataset->slot_clock;
    *column = band->column;
    *row = band->row;
    pixels = GDALGetRasterBand(slot->dataset, band->band_of_file);
    if (pixels && GDALGetRasterDataType(pixels) != band->shown.type) {
        ih_hyp3_report(CE_Failure, CPLE_AppDefined, "%.500s has changed since it was opened.",
                       band->file->path);
        return NULL;
    }
    return pixels;
}

/* The band, or one of its overviews. */
static GDALRasterBandH pixels_at(ih_hyp3_dataset *dataset, int index, int overview, int *column,
                                 int *row)
{
    GDALRasterBandH pixels = ih_hyp3_pixels(dataset, index, column, row);

    if (!pixels || overview == IH_HYP3_NO_OVERVIEW)
        return pixels;
    *column = *row = 0;
    pixels = GDALGetOverview(pixels, overview);
    if (!pixels)
        ih_hyp3_report(CE_Failure, CPLE_AppDefined, "%.500s: overview %d has vanished.",
                       dataset->bands[index].file->path, overview);
    return pixels;
}

void ih_hyp3_overview_size(const ih_hyp3_dataset *dataset, int index, int overview, int *width,
                           int *height)
{
    const ih_dataset_band *band = &dataset->bands[index];

    if (overview == IH_HYP3_NO_OVERVIEW) {
        *width = dataset->width;
        *height = dataset->height;
    } else {
        *width = band->overview_width[overview];
        *height = band->overview_height[overview];
    }
}

CPLErr ih_hyp3_read_block(ih_hyp3_dataset *dataset, int index, int overview, int block_column,
                          int block_row, void *buffer)
{
    const ih_hyp3_band *shown = &dataset->bands[index].shown;
    int column, row, width, height, own_x, own_y;
    int bytes = GDALGetDataTypeSizeBytes(shown->type);
    GDALRasterBandH pixels = pixels_at(dataset, index, overview, &column, &row);

    if (!pixels)
        return CE_Failure;
    GDALGetBlockSize(pixels, &own_x, &own_y);
    if (column == 0 && row == 0 && own_x == shown->block_x && own_y == shown->block_y &&
        GDALGetRasterBandXSize(pixels) >= dataset->width && dataset->source_count == 1)
        return GDALReadBlock(pixels, block_column, block_row, buffer);

    /* A block of the common grid is a window of the file; at the right and lower edge a part of
     * one. */
    ih_hyp3_overview_size(dataset, index, overview, &width, &height);
    int x = block_column * shown->block_x, y = block_row * shown->block_y;
    int nx = width - x < shown->block_x ? width - x : shown->block_x;
    int ny = height - y < shown->block_y ? height - y : shown->block_y;
    if (nx < shown->block_x || ny < shown->block_y)
        memset(buffer, 0, (size_t)shown->block_x * (size_t)shown->block_y * (size_t)bytes);
    return GDALRasterIOEx(pixels, GF_Read, x + column, y + row, nx, ny, buffer, nx, ny, shown->type,
                          bytes, (GSpacing)bytes * shown->block_x, NULL);
}

bool ih_hyp3_reads_windows(const ih_hyp3_dataset *dataset, int index)
{
    return dataset->bands[index].reads_windows;
}

CPLErr ih_hyp3_read_window(ih_hyp3_dataset *dataset, int index, int overview,
                           const ih_hyp3_window *window)
{
    int column, row;
    GDALRasterBandH pixels = pixels_at(dataset, index, overview, &column, &row);
    GDALRasterIOExtraArg extra;

    if (!pixels)
        return CE_Failure;
    INIT_RASTERIO_EXTRA_ARG(extra);
    if (window->extra) {
        extra = *window->extra;
        if (extra.bFloatingPointWindowValidity) {
            extra.dfXOff += column;
            extra.dfYOff += row;
        }
    }
    return GDALRasterIOEx(pixels, GF_Read, window->x + column, window->y + row, window->width,
                          window->height, window->buffer, window->buffer_width,
                          window->buffer_height, window->buffer_type, window->pixel_space,
                          window->line_space, &extra);
}
