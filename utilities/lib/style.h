/* SPDX-License-Identifier: MIT
 *
 * Styles for rasters: QGIS takes NAME.qml beside NAME.tif as the layer's default style. The styles are files of the installation
 * (share/insarhub-gdal/styles): velocity, displacement, coherence, wrapped_phase, diverging, amplitude, count, height,
 * cycles, and the classes mask and reference_area.
 */
#ifndef IH_STYLE_H
#define IH_STYLE_H

#include "algorithms/status.h"

/* The folder that holds styles/: the configuration option or environment variable IH_DATA, else ../share/insarhub-gdal as seen
 * from the running program, else the folder fixed at build time. NULL when none exists; else the caller frees it with CPLFree. */
char *ih_data_folder(void);

typedef struct {
    const char *name;
    double minimum, maximum; /* in the raster's unit; the style's own range when minimum < maximum does not hold */
    int band;                /* that is shown; 0 = the style's own, the first */
} ih_style;

/* Writes a style beside a raster, its values stretched to minimum..maximum; classes have no range. An existing style is kept, since the
 * user may have edited it, unless overwrite. IH_E_IO when the styles are not installed or the file cannot be written: worth a warning,
 * not the end of a run. */
IH_MUST_CHECK ih_status ih_style_write(const char *raster_path, const ih_style *style, int overwrite, ih_error *err);

#endif
