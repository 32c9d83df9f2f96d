/* SPDX-License-Identifier: MIT */
#include "utilities/lib/product_files.h"

#include <stdlib.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>

ih_status ih_product_files_open(const char *path, ih_source **out, ih_error *err)
{
    char *whole = realpath(path, NULL);
    /* With the prefix the driver looks at the thing itself. */
    char *name = CPLStrdup(
        STARTS_WITH_CI(path, "HYP3:") ? path : CPLSPrintf("HYP3:\"%s\"", whole ? whole : path));
    const struct ih_open_request request = {.name = name};
    ih_location location = {0};
    char why[IH_WHY_ROOM] = "";
    enum ih_source_result result = IH_SOURCE_BROKEN;
    ih_status status = IH_OK;

    *out = NULL;
    CPLPushErrorHandler(CPLQuietErrorHandler);
    if (ih_location_parse(&request, &location))
        result = ih_source_open(&location, out, why);
    if (result == IH_SOURCE_NONE)
        status =
            ih_fail(err, IH_E_UNSUPPORTED, "%s: it holds no layer of a HyP3 InSAR product", path);
    else if (result == IH_SOURCE_BROKEN)
        status =
            ih_fail(err, IH_E_DATA, "%s: it cannot be opened%s%s", path, *why ? ": " : "", why);
    else
        ih_source_rest(*out); /* plans hold many of them */
    CPLPopErrorHandler();
    ih_location_free(&location);
    CPLFree(name);
    free(whole);
    return status;
}
