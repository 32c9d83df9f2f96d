/* SPDX-License-Identifier: MIT
 *
 * The files of a product as the HYP3 driver sees them, for programs that need more of a product
 * than its bands.
 */
#ifndef IH_PRODUCT_FILES_H
#define IH_PRODUCT_FILES_H

#include "algorithms/status.h"
#include "drivers/hyp3/hyp3_source.h"

/* path as the catalogue has it; its own name does not matter. Whole paths, because virtual rasters
 * of the files are read from anywhere. IH_E_DATA when it cannot be listed, IH_E_UNSUPPORTED when it
 * can and is no product. The caller releases *out with ih_source_free. */
IH_MUST_CHECK ih_status ih_product_files_open(const char *path, ih_source **out, ih_error *err);

#endif
