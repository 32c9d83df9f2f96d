/* SPDX-License-Identifier: MIT
 *
 * Reports and small text files: JSON through cJSON (lower_snake keys, numbers as numbers, ISO dates, "software"), always written
 * beside the final name and renamed.
 */
#ifndef IH_REPORT_H
#define IH_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>
#include <stdint.h>

#include "algorithms/status.h"

/* An object that starts with "software": "InSARHub for GDAL", "version", "gdal_version", "program". NULL when memory is short. */
cJSON *ih_report_new(const char *program);

/* Number with NaN and infinities as null. */
void ih_report_number(cJSON *object, const char *key, double value);

/* Seconds since 1970 as "2020-01-31T12:00:00Z". */
void ih_report_time_text(int64_t seconds, char text[32]);

/* A whole file of at most most_bytes, with a 0 behind it; VSIFree. False when it cannot be read, without a word of GDAL's, so that
 * the caller tells once. size may be NULL. */
IH_MUST_CHECK bool ih_report_read(const char *path, size_t most_bytes, unsigned char **bytes, size_t *size);

IH_MUST_CHECK ih_status ih_report_write_json(const char *path, const cJSON *json, ih_error *err);
IH_MUST_CHECK ih_status ih_report_write_text(const char *path, const char *text, ih_error *err);

/* Writes size bytes beside path and renames (any vsi path that supports renaming). */
IH_MUST_CHECK ih_status ih_write_file_atomically(const char *path, const void *bytes, size_t size,
                                                 ih_error *err);

#endif
