/* SPDX-License-Identifier: MIT
 *
 * The files of one product as gdal_ih_check sees them: what is there, what is damaged, how it was
 * processed. Directories, headers and texts are read; pixels and other bytes only by
 * ih_check_product_verify.
 */
#ifndef IH_CHECK_PRODUCT_H
#define IH_CHECK_PRODUCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "algorithms/status.h"

/* How a product was made, in words; those of equal words belong together. */
enum ih_file_trait {
    IH_FILE_LOOKS,
    IH_FILE_FILTER,
    IH_FILE_VERSION,
    IH_FILE_WATER_MASK,
    IH_FILE_DEM,
    IH_FILE_UNWRAPPER,
    IH_FILE_TEXT_FORM, /* the keys of the text, which change from version to version */
    IH_FILE_TRAITS
};

/* Bits are rows of the driver's table of layers. */
typedef struct {
    char *path;
    char *name;      /* of the product; of what is none, that of its file */
    bool is_product; /* its files could be listed */
    bool is_archive;
    bool is_damaged; /* they could not: an archive that broke off */
    char *family;    /* "INSAR_GAMMA", ...; "" when unknown */
    uint32_t present, damaged, off_grid;
    bool has_text, text_damaged;
    size_t n_foreign_files;       /* layers of other products in the same place */
    size_t n_unusable_members;    /* with unsafe names or places */
    double phase_bytes_per_pixel; /* as stored; NaN when unknown */
    double input_bytes;           /* of all its files */
    char *traits[IH_FILE_TRAITS]; /* "" when unknown */
    char **sidecars;              /* paths that disturb MintPy, CPL list */
    char **damaged_files;         /* found by ih_check_product_verify, CPL list */
} ih_check_product;

/* A path that is no product is no failure. Thread-safe. */
IH_MUST_CHECK ih_status ih_check_product_read(const char *path, ih_check_product *out,
                                              ih_error *err);

/* Reads every byte of an archive against the checksums, and every layer of a folder. */
IH_MUST_CHECK ih_status ih_check_product_verify(ih_check_product *product, ih_error *err);

void ih_check_product_free(ih_check_product *product);

#endif
