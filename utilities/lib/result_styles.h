/* SPDX-License-Identifier: MIT
 *
 * Styles for QGIS beside every raster of a result folder, their ranges taken from what the rasters
 * hold.
 */
#ifndef IH_RESULT_STYLES_H
#define IH_RESULT_STYLES_H

struct ih_sbas_state;

/* After all rasters were written. Without the installed styles the results are whole all the same:
 * that is a warning. */
void ih_result_styles_write(const struct ih_sbas_state *state);

#endif
