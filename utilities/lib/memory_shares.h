/* SPDX-License-Identifier: MIT
 *
 * How gdal_ih_sbas divides the memory of -wm.
 */
#ifndef IH_MEMORY_SHARES_H
#define IH_MEMORY_SHARES_H

/* Bytes per pixel of what is kept for the whole raster at once, whatever the number of pairs:
 * averages, counts, velocity, masks, heights. */
#define IH_PLANE_BYTES 48.0

/* Share of -wm that each of the two caches beside the cube may take (inflated members, GDAL's
 * blocks), and what they need to be of use at all. */
#define IH_CACHE_SHARE        0.125
#define IH_LEAST_MEMBER_BYTES (32.0 * 1048576.0)
#define IH_LEAST_BLOCK_BYTES  (64.0 * 1048576.0)
#define IH_MOST_MEMBER_BYTES  (512.0 * 1048576.0)

/* A layer inside an archive beside its pixels: header, offsets of rows, padding of tiles. */
#define IH_MEMBER_SLACK 1.05

#endif
