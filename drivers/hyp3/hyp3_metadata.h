/* SPDX-License-Identifier: MIT
 *
 * The facts of a product under names that do not depend on its processor, from its name, its
 * parameter text and its grid. Lists are NAME=VALUE, freed with CSLDestroy. A fact that is not
 * known has no item.
 */
#ifndef IH_HYP3_METADATA_H
#define IH_HYP3_METADATA_H

#include "drivers/hyp3/hyp3_source.h"

/* Wavelength of Sentinel-1: speed of light over 5.405 GHz. */
#define IH_WAVELENGTH_M "0.055465764662349676"

/* header: of a geocoded layer, NULL when there is none. */
char **ih_metadata_of_product(const ih_source *source, const ih_layer_header *header);

/* Every key of the text as it stands there. */
char **ih_metadata_of_text(const ih_source *source);

/* Reference and secondary date as YYYYMMDD, from the name or else from the granules; false when
 * unknown. */
bool ih_metadata_dates(const ih_source *source, char reference[9], char secondary[9]);

/* REFERENCE_DATE, SECONDARY_DATE, TEMPORAL_BASELINE_DAYS and PERPENDICULAR_BASELINE_M, added to a
 * list. */
char **ih_metadata_add_pair(char **list, const ih_source *source);

/* SIGN of a layer, added to a list. */
char **ih_metadata_add_sign(char **list, const ih_layer *layer);

#endif
