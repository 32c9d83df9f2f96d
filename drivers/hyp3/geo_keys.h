/* SPDX-License-Identifier: MIT
 *
 * The GeoTIFF keys of a file as they stand there. They alone say which coordinate system a GeoTIFF
 * has, so files with the same bytes have the same one, and need not ask a database each. libc only,
 * thread-safe. Hostile input is expected.
 */
#ifndef IH_GEO_KEYS_H
#define IH_GEO_KEYS_H

#include <stddef.h>

#include "drivers/hyp3/zip_directory.h"

/* Those of real products take 160 bytes. */
#define IH_GEO_KEYS_ROOM 4096

/* Copies the three tags of the first directory (GeoTIFF 1.1, 7.1), each after its number, type and
 * count, and gives the number of bytes; 0 when there are none, too many, or the file is not a
 * little-endian classic TIFF. */
size_t ih_geo_keys_read(ih_zip_read_at read_at, void *source, unsigned char keys[IH_GEO_KEYS_ROOM]);

#endif
