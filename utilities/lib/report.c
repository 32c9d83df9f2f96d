/* SPDX-License-Identifier: MIT */
#include "utilities/lib/report.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <gdal.h>

cJSON *ih_report_new(const char *program)
{
    cJSON *json = cJSON_CreateObject();

    if (json && cJSON_AddStringToObject(json, "software", "InSARHub for GDAL") &&
        cJSON_AddStringToObject(json, "version", IH_VERSION) &&
        cJSON_AddStringToObject(json, "gdal_version", GDALVersionInfo("RELEASE_NAME")) &&
        cJSON_AddStringToObject(json, "program", program))
        return json;
    cJSON_Delete(json);
    return NULL;
}

void ih_report_number(cJSON *object, const char *key, double value)
{
    if (isfinite(value))
        cJSON_AddNumberToObject(object, key, value);
    else
        cJSON_AddNullToObject(object, key);
}

void ih_report_time_text(int64_t seconds, char text[32])
{
    time_t when = (time_t)seconds;
    struct tm utc;

    gmtime_r(&when, &utc);
    strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

bool ih_report_read(const char *path, size_t most_bytes, unsigned char **bytes, size_t *size)
{
    vsi_l_offset length = 0;
    bool read;

    *bytes = NULL;
    CPLPushErrorHandler(CPLQuietErrorHandler);
    read = VSIIngestFile(NULL, path, bytes, &length, (GIntBig)most_bytes) != 0;
    CPLPopErrorHandler();
    if (size)
        *size = (size_t)length;
    return read;
}

ih_status ih_report_write_json(const char *path, const cJSON *json, ih_error *err)
{
    char *text = cJSON_Print(json);
    ih_status status;
    size_t length;
    char *line;

    if (!text)
        return ih_fail(err, IH_E_MEMORY, "%s: no memory for the report's text", path);
    /* cJSON ends without a line feed, which text tools expect. */
    length = strlen(text);
    line = realloc(text, length + 2);
    if (!line) {
        free(text);
        return ih_fail(err, IH_E_MEMORY, "%s: no memory for the report's text", path);
    }
    memcpy(line + length, "\n", 2);
    status = ih_write_file_atomically(path, line, length + 1, err);
    free(line);
    return status;
}

ih_status ih_report_write_text(const char *path, const char *text, ih_error *err)
{
    return ih_write_file_atomically(path, text, strlen(text), err);
}

ih_status ih_write_file_atomically(const char *path, const void *bytes, size_t size, ih_error *err)
{
    ih_status status = IH_OK;
    VSILFILE *file = NULL;
    char *temporary = CPLStrdup(CPLSPrintf("%s.%ld.tmp", path, (long)getpid()));

    errno = 0;
    file = VSIFOpenL(temporary, "wb");
    if (!file) {
        status = ih_fail(err, IH_E_IO, "%s: cannot be created%s%s", path, errno ? ": " : "",
                         errno ? strerror(errno) : "");
        goto done;
    }
    /* A full disk may show only when the file is closed. */
    if (size > 0 && VSIFWriteL(bytes, 1, size, file) != size)
        status = ih_fail(err, IH_E_IO, "%s: cannot be written (disk full?)", path);
    if (VSIFCloseL(file) != 0 && status == IH_OK)
        status = ih_fail(err, IH_E_IO, "%s: cannot be written (disk full?)", path);
    if (status == IH_OK && VSIRename(temporary, path) != 0)
        status = ih_fail(err, IH_E_IO, "%s: cannot be renamed from %s", path, temporary);
    if (status != IH_OK)
        VSIUnlink(temporary);

done:
    CPLFree(temporary);
    return status;
}
