/* SPDX-License-Identifier: MIT
 *
 * Every difference between GDAL versions that the driver has to know. C++ only.
 */
#ifndef IH_GDAL_COMPAT_H
#define IH_GDAL_COMPAT_H

#include <gdal_pam.h>

#if GDAL_VERSION_NUM >= GDAL_COMPUTE_VERSION(3, 12, 0)
using ih_geotransform = GDALGeoTransform &;
#define IH_GEOTRANSFORM_CONST const
inline double *ih_geotransform_values(GDALGeoTransform &gt)
{
    return gt.data();
}
#else
using ih_geotransform = double *;
#define IH_GEOTRANSFORM_CONST
inline double *ih_geotransform_values(double *gt)
{
    return gt;
}
#endif

#endif
