/* SPDX-License-Identifier: MIT
 *
 * A hidden folder in which a run keeps what is complete, so that it can be continued after it was
 * interrupted: arrays, each with its checksum, and JSON texts that tell what they are. One process
 * at a time: the folder is locked, and the lock of a process that died is gone with it.
 *
 * Nothing is forced to the disk. The system keeps what a process wrote however the process ends;
 * after a power failure the checksums tell what has not arrived.
 */
#ifndef IH_WORK_FOLDER_H
#define IH_WORK_FOLDER_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#include "algorithms/status.h"

typedef struct ih_work_folder ih_work_folder;

/* Makes or finds the work folder of the result out_dir, which exists, in scratch or, if that is
 * NULL, in out_dir, and locks it. IH_E_IO when another process has it or it cannot be made. */
IH_MUST_CHECK ih_status ih_work_folder_open(const char *scratch, const char *out_dir,
                                            ih_work_folder **out, ih_error *err);

/* Whether there is a work folder of out_dir that has the file; nothing is made or locked. */
bool ih_work_folder_has(const char *scratch, const char *out_dir, const char *file);

const char *ih_work_folder_name(const ih_work_folder *folder);
/* Path of a file in it; the caller frees it. NULL when memory is short. */
char *ih_work_folder_path(const ih_work_folder *folder, const char *file);
bool ih_work_folder_exists(const ih_work_folder *folder, const char *file);
/* Whether it holds anything. */
bool ih_work_folder_is_empty(const ih_work_folder *folder);
/* Bytes on the disk of all files. */
double ih_work_folder_bytes(const ih_work_folder *folder);

void ih_work_folder_delete(const ih_work_folder *folder, const char *file);
/* Deletes all files. */
void ih_work_folder_clear(const ih_work_folder *folder);

/* Unlocks and frees, and leaves the folder as it is or removes it; NULL is fine. */
void ih_work_folder_leave(ih_work_folder *folder);
void ih_work_folder_remove(ih_work_folder *folder);

/* Writes an array and notes its size and checksum in the object "files" of index. */
IH_MUST_CHECK ih_status ih_work_folder_save(const ih_work_folder *folder, const char *file,
                                            const void *bytes, size_t size, cJSON *index,
                                            ih_error *err);
/* The reverse; IH_E_DATA unless size and checksum are those of the index. */
IH_MUST_CHECK ih_status ih_work_folder_load(const ih_work_folder *folder, const char *file,
                                            void *bytes, size_t size, const cJSON *index,
                                            ih_error *err);

/* JSON with a checksum of its own, written beside its name and renamed. */
IH_MUST_CHECK ih_status ih_work_folder_save_json(const ih_work_folder *folder, const char *file,
                                                 const cJSON *json, ih_error *err);
/* NULL when it is missing or damaged. */
cJSON *ih_work_folder_load_json(const ih_work_folder *folder, const char *file);

#endif
