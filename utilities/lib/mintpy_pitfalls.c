/* SPDX-License-Identifier: MIT */
#include "utilities/lib/mintpy_pitfalls.h"

#include <string.h>
#include <unistd.h>

#include <cpl_conv.h>
#include <cpl_string.h>

/* Largest easting that MintPy's conversion of UTM coordinates takes, metres. */
#define LARGEST_EASTING 999999.0

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *const added_endings[] = {".xml", ".aux.xml", ".vrt", ".hdr", ".par"};
static const char *const other_endings[] = {".hdr", ".par"};

static char **add_existing(char **list, const char *path, const char *ending)
{
    char *beside = CPLStrdup(CPLSPrintf("%s%s", path, ending));

    if (access(beside, F_OK) == 0)
        list = CSLAddString(list, beside);
    CPLFree(beside);
    return list;
}

char **ih_mintpy_sidecars(const char *path)
{
    char *base = CPLStrdup(path), *dot = strrchr(base, '.');
    char **list = NULL;

    if (dot && !strchr(dot, '/'))
        *dot = '\0';
    for (size_t i = 0; i < COUNT(added_endings); i++)
        list = add_existing(list, path, added_endings[i]);
    for (size_t i = 0; i < COUNT(other_endings); i++)
        list = add_existing(list, base, other_endings[i]);
    CPLFree(base);
    return list;
}

const char *ih_mintpy_grid_fault(OGRSpatialReferenceH srs, const ih_grid *grid)
{
    const char *name = srs ? OSRGetName(srs) : NULL;
    const char *code = srs ? OSRGetAuthorityCode(srs, NULL) : NULL;

    if (!name || !strstr(name, "UTM zone") || !code)
        return "the grid is in no UTM zone with an EPSG code; many versions of MintPy refuse HyP3 "
               "products in another coordinate system";
    if (grid->x0 < 0 || grid->x0 + (double)grid->nx * grid->dx > LARGEST_EASTING)
        return "the grid reaches beyond the eastings that MintPy can convert (0 to 999999 m)";
    return NULL;
}
