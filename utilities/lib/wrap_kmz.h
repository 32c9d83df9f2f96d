/* SPDX-License-Identifier: MIT
 *
 * Fringes for Google Earth: a KMZ with one picture, or for large rasters a pyramid of pictures that are loaded as one comes
 * nearer (KML 2.2 regions), in longitude and latitude, with legend.
 *
 * What is warped and what is averaged for the upper levels are cosine and sine, never the phase or its colours.
 */
#ifndef IH_WRAP_KMZ_H
#define IH_WRAP_KMZ_H

#include <stddef.h>
#include <stdint.h>

#include <gdal.h>

#include "algorithms/progress.h"
#include "utilities/lib/canvas.h"
#include "utilities/lib/wrap_options.h"

/* Cosine and sine are held as whole numbers of this size; 3e-5 rad are not seen in 255 colours. */
enum { IH_PHASOR_ONE = 32767, IH_PHASOR_NONE = -32768 };

typedef struct {
    GDALDatasetH phasors; /* Int16, band 1 cosine, band 2 sine times IH_PHASOR_ONE; IH_PHASOR_NONE is no data */
    const char *path;
    const char *name, *description; /* shown by Google Earth; plain text */
    const ih_canvas *legend;
    const uint8_t *colours; /* [IH_TURN_CLASSES][3] */
    ih_wrap_resampling resampling;
    ih_progress progress; /* may be NULL; called from 0 to 1 */
    void *progress_data;
    const char *stage;
} ih_wrap_kmz;

typedef struct {
    size_t nx, ny; /* pixels in longitude and latitude */
    double west, south, east, north; /* degrees; east is above 180 across the antimeridian */
    int n_levels;
    size_t n_pictures;
} ih_wrap_kmz_report;

/* IH_E_ARGUMENT without a coordinate system, IH_E_DATA when no pixel has data. */
IH_MUST_CHECK ih_status ih_wrap_kmz_write(const ih_wrap_kmz *kmz, ih_wrap_kmz_report *report,
                                          ih_error *err);

/* A colour table of the classes; 0, no data, is transparent. The caller destroys it; NULL when memory is short. */
GDALColorTableH ih_wrap_colour_table(const uint8_t *colours);

#endif
