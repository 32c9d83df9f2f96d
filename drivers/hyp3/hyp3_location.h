/* SPDX-License-Identifier: MIT
 *
 * What a dataset name says: which archive or folder, which part of it, which layer. Pure text but
 * for one status call when a name with the HYP3: prefix is resolved. Hostile input is expected.
 */
#ifndef IH_HYP3_LOCATION_H
#define IH_HYP3_LOCATION_H

#include <stdbool.h>

#include "drivers/hyp3/hyp3.h"

typedef struct {
    bool prefixed; /* HYP3: the user is sure, so every failure is told */
    bool is_zip;
    char *path;   /* archive or folder as GDAL's file functions open it */
    char *inside; /* folder in the archive, "" for all of it */
    char *stem;   /* product name asked for (by its text file), or NULL */
    char *layer;  /* layer asked for, or NULL */
} ih_location;

/* 1 or 0 without I/O. */
int ih_location_identify(const struct ih_open_request *request);

/* Fills *location; false with an error raised when the name makes no sense. Free in any case. */
bool ih_location_parse(const struct ih_open_request *request, ih_location *location);
void ih_location_free(ih_location *location);

/* Last component of a path or address, without its query string; the caller frees it with CPLFree.
 */
char *ih_location_base_name(const char *path);

#endif
