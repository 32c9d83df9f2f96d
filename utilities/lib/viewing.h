/* SPDX-License-Identifier: MIT
 *
 * geometry.tif: ellipsoidal height and the direction to the satellite, from the dem, lv_theta and
 * lv_phi layers of the first product that has them all (those on the common lattice first).
 */
#ifndef IH_VIEWING_H
#define IH_VIEWING_H

#include <stdbool.h>

#include "utilities/lib/catalogue.h"
#include "utilities/lib/common_grid.h"

typedef struct {
    bool written;
    size_t source;             /* interferogram the layers came from */
    bool keep_incidence;       /* set by the caller: incidence_deg is wanted */
    float *incidence_deg;      /* [row][column] NaN = unknown; NULL unless wanted and written */
    float *height_m;           /* [row][column] NaN = unknown; NULL when not written */
    double mean_incidence_deg; /* NaN when not written */
    double mean_azimuth_deg;   /* of the direction ground to satellite, anticlockwise from north */
} ih_viewing;

/* Writes path when a product has the layers, else does nothing. Incidence from the vertical,
 * degrees; azimuth of the direction from ground to satellite, degrees anticlockwise from north,
 * -180..180. A look vector of 0 is no data. */
IH_MUST_CHECK ih_status ih_viewing_write(const ih_catalogue *catalogue,
                                         const ih_common_grid *common, const char *path,
                                         char **creation_options, ih_viewing *out, ih_error *err);
void ih_viewing_free(ih_viewing *viewing);

#endif
