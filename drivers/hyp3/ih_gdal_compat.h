/* SPDX-License-Identifier: MIT
 *
 * Every difference between GDAL versions that the driver has to know. C++ only.
 */
#ifndef IH_GDAL_COMPAT_H
#define IH_GDAL_COMPAT_H

#include <gdal_pam.h>

#include "drivers/hyp3/hyp3.h"

#include <cstring>
#include <string>

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

// From 3.8 on GDAL asks drivers for the parts of a subdataset name, so that applications can move
// files.
#if GDAL_VERSION_NUM >= GDAL_COMPUTE_VERSION(3, 8, 0)
#include <gdalsubdatasetinfo.h>

struct ih_subdataset_info final : public GDALSubdatasetInfo {
    using GDALSubdatasetInfo::GDALSubdatasetInfo;

    static GDALSubdatasetInfo *Get(const char *name)
    {
        char *path = nullptr, *layer = nullptr;
        const bool named = ih_hyp3_split_name(name, &path, &layer) && layer;
        CPLFree(path);
        CPLFree(layer);
        return named ? new ih_subdataset_info(name) : nullptr;
    }

  private:
    void parseFileName() override
    {
        const size_t prefix = std::strlen("HYP3:");
        char *path = nullptr, *layer = nullptr;
        if (ih_hyp3_split_name(m_fileName.c_str(), &path, &layer) && layer) {
            m_driverPrefixComponent = m_fileName.substr(0, prefix - 1);
            m_subdatasetComponent = layer;
            m_pathComponent = m_fileName.substr(prefix, m_fileName.size() - prefix -
                                                            m_subdatasetComponent.size() - 1);
        }
        CPLFree(path);
        CPLFree(layer);
    }
};

inline void ih_set_subdataset_info(GDALDriver *driver)
{
    driver->pfnGetSubdatasetInfoFunc = ih_subdataset_info::Get;
}
#else
inline void ih_set_subdataset_info(GDALDriver *)
{
}
#endif

#endif
