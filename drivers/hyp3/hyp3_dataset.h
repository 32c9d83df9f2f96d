/* SPDX-License-Identifier: MIT
 *
 * What an open dataset consists of; shared by the files that fill it (hyp3_product.c, hyp3_stack.c)
 * and those that serve it (hyp3_open.c, hyp3_pixels.c). A product has one source and shows many of
 * its files; a stack has many sources and shows one file of each.
 */
#ifndef IH_HYP3_DATASET_H
#define IH_HYP3_DATASET_H

#include "drivers/hyp3/hyp3_source.h"
#include "drivers/hyp3/member_cache.h"

/* An opened raster of a source. */
typedef struct {
    const ih_source *source; /* NULL: the slot is free */
    const ih_source_file *file;
    GDALDatasetH dataset;
    ih_member_copy *copy; /* NULL when read in place */
    unsigned long last_use;
} ih_pixel_slot;

typedef struct {
    ih_hyp3_band shown;
    const ih_source *source;
    const ih_source_file *file;
    int band_of_file;  /* from 1 */
    int width, height; /* of the file */
    int column, row;   /* of the dataset's first pixel in the file */
    bool reads_windows;
    char *description;
    int overview_width[IH_HEADER_OVERVIEWS], overview_height[IH_HEADER_OVERVIEWS];
} ih_dataset_band;

enum ih_domain {
    IH_DOMAIN_DEFAULT,
    IH_DOMAIN_HYP3,
    IH_DOMAIN_SUBDATASETS,
    IH_DOMAIN_STRUCTURE,
    IH_DOMAIN_COUNT
};

/* Whether layers of an archive are inflated to memory, and how long copies stay. */
enum ih_cache_use { IH_CACHE_NO, IH_CACHE_YES, IH_CACHE_ONCE };

struct ih_hyp3_dataset {
    int width, height;
    bool has_geotransform;
    double geotransform[6];
    OGRSpatialReferenceH srs;
    ih_dataset_band *bands;
    int band_count;
    char **metadata[IH_DOMAIN_COUNT];
    char *physical_file;
    char *pam_subset;
    char **files;
    ih_source **sources; /* owned */
    size_t source_count;
    enum ih_cache_use cache_use;
    ih_pixel_slot *slots;
    size_t slot_count;
    unsigned long slot_clock;
};

/* Fills the band's appearance from a layer and its header; the place in the grid is the caller's.
 */
void ih_dataset_band_fill(ih_dataset_band *band, const ih_source *source,
                          const ih_source_file *file, const ih_layer_header *header,
                          int band_of_file);

/* Takes grid and projection from a header. */
void ih_dataset_take_grid(ih_hyp3_dataset *dataset, const ih_layer_header *header);

/* Between these GDAL does not list the folder of a file on a web server before opening it: it would
 * fetch the parent address, which costs requests and can be anything. begin tells whether end has
 * something to undo. */
bool ih_dataset_begin_remote(const char *path);
void ih_dataset_end_remote(bool begun);

/* Makes room for that many rasters open at once. */
void ih_dataset_make_slots(ih_hyp3_dataset *dataset, size_t count);
void ih_dataset_close_slots(ih_hyp3_dataset *dataset);

/* Where PAM may write beside an archive or a folder; NULL when nowhere: inside an archive, to an
 * address with a query string. The caller frees it with CPLFree. */
char *ih_dataset_physical_file(const char *path);

/* Appends SUBDATASET_n_NAME and _DESC. */
void ih_dataset_add_subdataset(ih_hyp3_dataset *dataset, const char *path, const char *layer,
                               const char *description);

/* Fill an empty dataset; false when it cannot be done. An error is raised then, except that a
 * product without known layer and without the prefix stays silent. */
bool ih_product_fill(ih_hyp3_dataset *dataset, const ih_location *location, char **options);
bool ih_stack_fill(ih_hyp3_dataset *dataset, const ih_location *location, char **options);

#endif
