/* SPDX-License-Identifier: MIT */
#include "utilities/lib/work_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "algorithms/alloc.h"
#include "algorithms/checksum.h"
#include "utilities/lib/report.h"

#define NAME      ".gdal_ih_sbas_work"
#define LOCK_FILE "lock"

/* Times to begin again when the folder vanishes while it is being locked. */
enum { ATTEMPTS = 100 };

/* Bytes of a JSON text that is believed in. */
enum { LARGEST_JSON = 1 << 28 };

struct ih_work_folder {
    char *path;
    int lock;
};

static char *join(const char *folder, const char *name)
{
    char *path = NULL;

    return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

/* In a folder for many results the name tells which. NULL when out_dir does not exist. */
static char *path_of(const char *scratch, const char *out_dir)
{
    char *whole, *path = NULL;

    if (!scratch)
        return join(out_dir, NAME);
    whole = realpath(out_dir, NULL);
    if (whole && asprintf(&path, "%s/" NAME "_%016" PRIx64, scratch,
                          ih_checksum(0, whole, strlen(whole))) < 0)
        path = NULL;
    free(whole);
    return path;
}

bool ih_work_folder_has(const char *scratch, const char *out_dir, const char *file)
{
    char *folder = path_of(scratch, out_dir), *path = folder ? join(folder, file) : NULL;
    bool yes = path && access(path, F_OK) == 0;

    free(folder);
    free(path);
    return yes;
}

/* IH_E_CANCELLED asks for another attempt: who had the folder has removed it. */
static ih_status lock_once(ih_work_folder *folder, ih_error *err)
{
    char *path = join(folder->path, LOCK_FILE);
    struct stat named, open_one;
    ih_status status = IH_OK;

    if (!path)
        return ih_fail(err, IH_E_MEMORY, "work folder");
    if (mkdir(folder->path, 0777) != 0 && errno != EEXIST) {
        status = ih_fail(err, IH_E_IO, "the work folder %s cannot be made: %s", folder->path,
                         strerror(errno));
        goto done;
    }
    folder->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (folder->lock < 0) {
        status = errno == ENOENT
                     ? IH_E_CANCELLED
                     : ih_fail(err, IH_E_IO, "%s cannot be made: %s", path, strerror(errno));
        goto done;
    }
    /* A file system that knows no locks is no reason to refuse. */
    if (flock(folder->lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        status = ih_fail(err, IH_E_IO,
                         "another process is working on the same result (it has locked %s)",
                         folder->path);
    else if (fstat(folder->lock, &open_one) != 0 || stat(path, &named) != 0 ||
             named.st_ino != open_one.st_ino || named.st_dev != open_one.st_dev)
        status = IH_E_CANCELLED;
    if (status != IH_OK) {
        close(folder->lock);
        folder->lock = -1;
    }

done:
    free(path);
    return status;
}

ih_status ih_work_folder_open(const char *scratch, const char *out_dir, ih_work_folder **out,
                              ih_error *err)
{
    ih_work_folder *folder = ih_calloc(1, sizeof *folder);
    ih_status status = IH_E_CANCELLED;

    *out = NULL;
    if (!folder || !(folder->path = path_of(scratch, out_dir))) {
        free(folder);
        return ih_fail(err, IH_E_MEMORY, "work folder");
    }
    folder->lock = -1;
    for (int i = 0; i < ATTEMPTS && status == IH_E_CANCELLED; i++)
        status = lock_once(folder, err);
    if (status == IH_E_CANCELLED)
        status = ih_fail(err, IH_E_IO, "the work folder %s cannot be locked", folder->path);
    if (status != IH_OK) {
        ih_work_folder_leave(folder);
        folder = NULL;
    }
    *out = folder;
    return status;
}

const char *ih_work_folder_name(const ih_work_folder *folder)
{
    return folder->path;
}

char *ih_work_folder_path(const ih_work_folder *folder, const char *file)
{
    return join(folder->path, file);
}

bool ih_work_folder_exists(const ih_work_folder *folder, const char *file)
{
    char *path = join(folder->path, file);
    bool yes = path && access(path, F_OK) == 0;

    free(path);
    return yes;
}

/* Calls visit for every file but the lock. */
static void for_all(const ih_work_folder *folder, void (*visit)(const char *path, void *data),
                    void *data)
{
    DIR *open_one = opendir(folder->path);
    struct dirent *entry;

    while (open_one && (entry = readdir(open_one))) {
        char *path;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            strcmp(entry->d_name, LOCK_FILE) == 0)
            continue;
        path = join(folder->path, entry->d_name);
        if (path)
            visit(path, data);
        free(path);
    }
    if (open_one)
        closedir(open_one);
}

static void count_one(const char *path, void *data)
{
    (void)path;
    ++*(size_t *)data;
}

static void add_bytes(const char *path, void *data)
{
    struct stat about;

    if (stat(path, &about) == 0)
        *(double *)data += 512.0 * (double)about.st_blocks;
}

static void delete_one(const char *path, void *data)
{
    (void)data;
    unlink(path);
}

bool ih_work_folder_is_empty(const ih_work_folder *folder)
{
    size_t n = 0;

    for_all(folder, count_one, &n);
    return n == 0;
}

double ih_work_folder_bytes(const ih_work_folder *folder)
{
    double bytes = 0;

    for_all(folder, add_bytes, &bytes);
    return bytes;
}

void ih_work_folder_delete(const ih_work_folder *folder, const char *file)
{
    char *path = join(folder->path, file);

    if (path)
        unlink(path);
    free(path);
}

void ih_work_folder_clear(const ih_work_folder *folder)
{
    for_all(folder, delete_one, NULL);
}

void ih_work_folder_leave(ih_work_folder *folder)
{
    if (!folder)
        return;
    if (folder->lock >= 0)
        close(folder->lock);
    free(folder->path);
    free(folder);
}

void ih_work_folder_remove(ih_work_folder *folder)
{
    if (!folder)
        return;
    ih_work_folder_clear(folder);
    ih_work_folder_delete(folder, LOCK_FILE);
    rmdir(folder->path);
    ih_work_folder_leave(folder);
}

static void sum_text(uint64_t sum, char text[17])
{
    snprintf(text, 17, "%016" PRIx64, sum);
}

ih_status ih_work_folder_save(const ih_work_folder *folder, const char *file, const void *bytes,
                              size_t size, cJSON *index, ih_error *err)
{
    cJSON *files = cJSON_GetObjectItemCaseSensitive(index, "files");
    char *path = join(folder->path, file), sum[17];
    cJSON *entry;
    ih_status status;

    if (!files)
        files = cJSON_AddObjectToObject(index, "files");
    entry = cJSON_AddObjectToObject(files, file);
    sum_text(ih_checksum(0, bytes, size), sum);
    if (path && cJSON_AddNumberToObject(entry, "bytes", (double)size) &&
        cJSON_AddStringToObject(entry, "checksum", sum))
        status = ih_write_file_atomically(path, bytes, size, err);
    else
        status = ih_fail(err, IH_E_MEMORY, "work folder");
    free(path);
    return status;
}

/* All bytes of a file that has exactly so many. */
static bool read_exactly(const char *path, void *bytes, size_t size)
{
    FILE *file = fopen(path, "rbe");
    bool ok = file && fread(bytes, 1, size, file) == size && fgetc(file) == EOF;

    if (file)
        fclose(file);
    return ok;
}

ih_status ih_work_folder_load(const ih_work_folder *folder, const char *file, void *bytes,
                              size_t size, const cJSON *index, ih_error *err)
{
    const cJSON *files = cJSON_GetObjectItemCaseSensitive(index, "files");
    const cJSON *entry = cJSON_GetObjectItemCaseSensitive(files, file);
    const cJSON *stored = cJSON_GetObjectItemCaseSensitive(entry, "checksum");
    char *path = join(folder->path, file), sum[17] = "";
    bool ok = path && cJSON_IsString(stored) && read_exactly(path, bytes, size);

    if (ok)
        sum_text(ih_checksum(0, bytes, size), sum);
    ok = ok && strcmp(stored->valuestring, sum) == 0;
    free(path);
    return ok ? IH_OK : ih_fail(err, IH_E_DATA, "%s/%s is damaged", folder->path, file);
}

ih_status ih_work_folder_save_json(const ih_work_folder *folder, const char *file,
                                   const cJSON *json, ih_error *err)
{
    char *path = join(folder->path, file), *text = cJSON_Print(json), *whole = NULL, sum[17];
    ih_status status;

    if (text)
        sum_text(ih_checksum(0, text, strlen(text)), sum);
    if (path && text && asprintf(&whole, "%s\n%s", sum, text) >= 0)
        status = ih_report_write_text(path, whole, err);
    else
        status = ih_fail(err, IH_E_MEMORY, "work folder");
    free(whole);
    cJSON_free(text);
    free(path);
    return status;
}

/* All of a file, with a 0 behind it; the caller frees. */
static char *read_all(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rbe");
    struct stat about;
    char *bytes = NULL;

    if (file && fstat(fileno(file), &about) == 0 && about.st_size < LARGEST_JSON) {
        *size = (size_t)about.st_size;
        bytes = ih_calloc(*size + 1, 1);
        if (bytes && fread(bytes, 1, *size, file) != *size) {
            free(bytes);
            bytes = NULL;
        }
    }
    if (file)
        fclose(file);
    return bytes;
}

cJSON *ih_work_folder_load_json(const ih_work_folder *folder, const char *file)
{
    char *path = join(folder->path, file), *bytes, sum[17];
    size_t size = 0;
    cJSON *json = NULL;

    bytes = path ? read_all(path, &size) : NULL;
    if (bytes && size > 17) {
        sum_text(ih_checksum(0, bytes + 17, size - 17), sum);
        if (memcmp(sum, bytes, 16) == 0 && bytes[16] == '\n')
            json = cJSON_Parse(bytes + 17);
    }
    free(bytes);
    free(path);
    return json;
}
