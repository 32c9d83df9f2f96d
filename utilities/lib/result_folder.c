/* SPDX-License-Identifier: MIT */
#include "utilities/lib/result_folder.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cpl_conv.h>

#include "algorithms/alloc.h"

#define PREFIX ".ih_making_"

struct ih_result_folder {
    char *path, *making;
    const char *const *names;
    bool created;
};

static char *join(const char *folder, const char *name)
{
    char *path = NULL;

    return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

static bool exists(const char *folder, const char *name)
{
    char *path = join(folder, name);
    bool yes = path && access(path, F_OK) == 0;

    free(path);
    return yes;
}

/* Removes the files of a folder without subfolders, and the folder. */
static void remove_folder(const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry;

    while (folder && (entry = readdir(folder))) {
        char *file = entry->d_name[0] == '.' && (!entry->d_name[1] || entry->d_name[1] == '.')
                         ? NULL
                         : join(path, entry->d_name);

        if (file)
            unlink(file);
        free(file);
    }
    if (folder)
        closedir(folder);
    rmdir(path);
}

static void host(char text[65])
{
    if (gethostname(text, 64) != 0)
        text[0] = '\0';
    text[64] = '\0';
    for (char *c = text; *c; c++)
        if (*c == '/' || *c == '_')
            *c = '-';
}

/* Folders whose process is no more. Only those of this machine can be judged. */
static void remove_abandoned(const char *path)
{
    char prefix[128], name[65];
    DIR *folder = opendir(path);
    struct dirent *entry;

    host(name);
    snprintf(prefix, sizeof prefix, PREFIX "%s_", name);
    while (folder && (entry = readdir(folder))) {
        long pid;
        char *making;

        if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
            continue;
        pid = strtol(entry->d_name + strlen(prefix), NULL, 10);
        if (pid <= 0 || kill((pid_t)pid, 0) == 0 || errno != ESRCH)
            continue;
        making = join(path, entry->d_name);
        if (making)
            remove_folder(making);
        free(making);
    }
    if (folder)
        closedir(folder);
}

ih_status ih_result_folder_check(const char *path, const char *const *names, bool overwrite,
                                 ih_error *err)
{
    struct stat info;

    if (stat(path, &info) != 0) {
        if (errno == ENOENT)
            return IH_OK;
        return ih_fail(err, IH_E_IO, "%s: %s", path, strerror(errno));
    }
    if (!S_ISDIR(info.st_mode))
        return ih_fail(err, IH_E_ARGUMENT, "%s is a file; the last argument is the output folder",
                       path);
    if (access(path, W_OK | X_OK) != 0)
        return ih_fail(err, IH_E_IO, "%s: %s", path, strerror(errno));
    for (; !overwrite && *names; names++)
        if (exists(path, *names))
            return ih_fail(err, IH_E_ARGUMENT,
                           "%s already holds results (%s); -overwrite replaces them", path, *names);
    return IH_OK;
}

ih_status ih_result_folder_open(const char *path, const char *const *names, bool overwrite,
                                ih_result_folder **out, ih_error *err)
{
    ih_result_folder *folder = NULL;
    ih_status status = ih_result_folder_check(path, names, overwrite, err);
    char name[65];

    *out = NULL;
    if (status != IH_OK)
        return status;
    folder = ih_calloc(1, sizeof *folder);
    if (!folder || !(folder->path = strdup(path))) {
        free(folder);
        return ih_fail(err, IH_E_MEMORY, "output folder");
    }
    folder->names = names;
    folder->created = mkdir(path, 0777) == 0;
    if (!folder->created && errno != EEXIST)
        status = ih_fail(err, IH_E_IO, "%s cannot be made: %s", path, strerror(errno));
    if (status == IH_OK) {
        host(name);
        remove_abandoned(path);
        if (asprintf(&folder->making, "%s/" PREFIX "%s_%ld", path, name, (long)getpid()) < 0)
            folder->making = NULL;
        if (!folder->making || mkdir(folder->making, 0777) != 0)
            status =
                ih_fail(err, IH_E_IO, "nothing can be written in %s: %s", path, strerror(errno));
    }
    if (status != IH_OK) {
        ih_result_folder_abort(folder);
        folder = NULL;
    }
    *out = folder;
    return status;
}

char *ih_result_folder_path(const ih_result_folder *folder, const char *name)
{
    return join(folder->making, name);
}

static ih_status move(const ih_result_folder *folder, const char *name, ih_error *err)
{
    char *from = join(folder->making, name), *to = join(folder->path, name);
    ih_status status = IH_OK;

    if (!from || !to)
        status = ih_fail(err, IH_E_MEMORY, "output folder");
    else if (rename(from, to) != 0)
        status = ih_fail(err, IH_E_IO, "%s cannot be moved into place: %s", to, strerror(errno));
    free(from);
    free(to);
    return status;
}

static bool is_named(const ih_result_folder *folder, const char *name)
{
    for (const char *const *n = folder->names; *n; n++)
        if (strcmp(*n, name) == 0)
            return true;
    return false;
}

/* Files beside the named ones, such as styles. */
static ih_status move_others(const ih_result_folder *folder, ih_error *err)
{
    DIR *making = opendir(folder->making);
    struct dirent *entry;
    ih_status status = IH_OK;

    while (making && status == IH_OK && (entry = readdir(making)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            !is_named(folder, entry->d_name))
            status = move(folder, entry->d_name, err);
    if (making)
        closedir(making);
    return status;
}

static const char *last_name(const ih_result_folder *folder)
{
    const char *const *n = folder->names;

    while (n[0] && n[1])
        n++;
    return *n;
}

/* The name that tells of completion goes first and comes back last, so that a folder that has it is
 * whole. */
ih_status ih_result_folder_commit(ih_result_folder *folder, ih_error *err)
{
    const char *mark = last_name(folder);
    char *old = mark ? join(folder->path, mark) : NULL;
    ih_status status;

    if (old)
        unlink(old);
    free(old);
    status = move_others(folder, err);
    for (const char *const *n = folder->names; *n && status == IH_OK; n++) {
        if (exists(folder->making, *n)) {
            status = move(folder, *n, err);
        } else {
            old = join(folder->path, *n);
            if (old) {
                unlink(old);
                unlink(CPLResetExtension(old, "qml"));
            }
            free(old);
        }
    }
    if (status == IH_OK)
        folder->created = false;
    ih_result_folder_abort(folder);
    return status;
}

void ih_result_folder_abort(ih_result_folder *folder)
{
    if (!folder)
        return;
    if (folder->making)
        remove_folder(folder->making);
    if (folder->created)
        rmdir(folder->path);
    free(folder->making);
    free(folder->path);
    free(folder);
}
