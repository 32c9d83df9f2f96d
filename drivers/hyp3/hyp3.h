/* SPDX-License-Identifier: MIT
 *
 * The C side of the HYP3 driver: everything that is decided, behind a few functions that the C++
 * shim (gdal_hyp3.cpp) calls. Two kinds of dataset: a product (one band per layer of one pair) and
 * a stack (one layer, one band per pair, on the common grid). Both are described by ih_hyp3_dataset
 * and ih_hyp3_band.
 *
 * Errors are raised with CPLError; a NULL without an error means "not ours" (GDAL then tries other
 * drivers). One dataset belongs to one thread at a time; the member cache behind it is shared and
 * locked.
 */
#ifndef IH_HYP3_H
#define IH_HYP3_H

#include <stdbool.h>
#include <stddef.h>

#include <gdal.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ih_open_request {
    const char *name;          /* as given to GDALOpen */
    const unsigned char *head; /* first bytes of the file, may be NULL */
    int head_size;
    bool is_directory;
    bool update;
    char **options; /* open options, NAME=VALUE list */
};

typedef struct ih_hyp3_dataset ih_hyp3_dataset;

/* What a band looks like; strings live as long as the dataset. */
typedef struct {
    const char *description; /* layer suffix, or YYYYMMDD_YYYYMMDD in a stack */
    const char *unit;
    GDALDataType type;
    int block_x, block_y;
    bool has_nodata;
    double nodata;
    char **metadata;   /* NAME=VALUE list of the default domain */
    char **categories; /* NULL-terminated, or NULL */
    int overview_count;
} ih_hyp3_band;

/* A window to read, in pixels of the band (or of its overview), and where it goes. */
typedef struct {
    int x, y, width, height;
    void *buffer;
    int buffer_width, buffer_height;
    GDALDataType buffer_type;
    GSpacing pixel_space, line_space;
    GDALRasterIOExtraArg *extra;
} ih_hyp3_window;

#define IH_HYP3_NO_OVERVIEW (-1)

/* 1: certainly ours, 0: certainly not. No I/O: the name and the first bytes decide. */
int ih_hyp3_identify(const struct ih_open_request *request);

/* Takes HYP3:"path":layer apart, without I/O: *path as it stands between the quotes, *layer NULL
 * when none is named; both are freed with CPLFree, also after false (no such name). */
bool ih_hyp3_split_name(const char *name, char **path, char **layer);

/* XML list of the open options. */
const char *ih_hyp3_open_option_list(void);

ih_hyp3_dataset *ih_hyp3_open(const struct ih_open_request *request);
void ih_hyp3_close(ih_hyp3_dataset *dataset); /* NULL is fine */

int ih_hyp3_width(const ih_hyp3_dataset *dataset);
int ih_hyp3_height(const ih_hyp3_dataset *dataset);
int ih_hyp3_band_count(const ih_hyp3_dataset *dataset);
const ih_hyp3_band *ih_hyp3_band_at(const ih_hyp3_dataset *dataset, int band); /* from 0 */
void ih_hyp3_overview_size(const ih_hyp3_dataset *dataset, int band, int overview, int *width,
                           int *height);
bool ih_hyp3_geotransform(const ih_hyp3_dataset *dataset, double gt[6]);
OGRSpatialReferenceH ih_hyp3_srs(const ih_hyp3_dataset *dataset); /* borrowed, may be NULL */

/* Metadata of a domain ("" default, "HYP3", "SUBDATASETS", "IMAGE_STRUCTURE") as a list, NULL when
 * there is none; domains() is NULL-terminated. */
const char *const *ih_hyp3_domains(const ih_hyp3_dataset *dataset);
char **ih_hyp3_metadata(const ih_hyp3_dataset *dataset, const char *domain);

/* File beside which PAM keeps statistics and overviews (never inside an archive); NULL when there
 * is no place for them. */
const char *ih_hyp3_physical_file(const ih_hyp3_dataset *dataset);

/* Name under which PAM keeps what belongs to this selection of bands, so that the statistics of
 * band 1 of a subdataset are not taken for those of band 1 of the product; NULL for a whole
 * product. */
const char *ih_hyp3_pam_subset(const ih_hyp3_dataset *dataset);

/* The files behind the dataset, NULL-terminated. */
char **ih_hyp3_files(const ih_hyp3_dataset *dataset);

/* Pixels: the band's dataset opened for reading, from the shared member cache where that pays,
 * together with where this dataset's first pixel lies in it (0,0 for a product; the common grid's
 * offset for a stack). The handle is borrowed and valid until the next call for a stack (a bounded
 * number stays open), or until close for a product. NULL: failed, error raised. */
GDALRasterBandH ih_hyp3_pixels(ih_hyp3_dataset *dataset, int band, int *column, int *row);

/* One block of a band or of one of its overviews, in the band's type. Overviews belong to products
 * only. */
CPLErr ih_hyp3_read_block(ih_hyp3_dataset *dataset, int band, int overview, int block_column,
                          int block_row, void *buffer);

/* True when windows are best read by ih_hyp3_read_window; false when block by block is right,
 * because the file declares a no-data value that this band does not have and would use it in
 * resampling. */
bool ih_hyp3_reads_windows(const ih_hyp3_dataset *dataset, int band);
CPLErr ih_hyp3_read_window(ih_hyp3_dataset *dataset, int band, int overview,
                           const ih_hyp3_window *window);

/* Makes ready what the driver needs of GDAL; called when it is registered. */
void ih_hyp3_load(void);

/* Gives back what the driver keeps for the whole process; called when the driver is unloaded. */
void ih_hyp3_unload(void);

#ifdef __cplusplus
}
#endif
#endif
