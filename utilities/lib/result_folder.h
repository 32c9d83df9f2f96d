/* SPDX-License-Identifier: MIT
 *
 * A folder of results that appears all at once: files are made in a hidden folder inside it and
 * moved to their names at the end. What is left behind by a process that was killed is hidden, and
 * removed by the next run on the same machine.
 */
#ifndef IH_RESULT_FOLDER_H
#define IH_RESULT_FOLDER_H

#include <stdbool.h>

#include "algorithms/status.h"

typedef struct ih_result_folder ih_result_folder;

/* names: NULL-terminated, every file that a run may produce, the one that tells of completion last.
 * Creates the folder when it is missing. IH_E_ARGUMENT when one of the files exists and overwrite
 * is false. */
IH_MUST_CHECK ih_status ih_result_folder_open(const char *path, const char *const *names,
                                              bool overwrite, ih_result_folder **out,
                                              ih_error *err);

/* The same check alone, before anything is made. */
IH_MUST_CHECK ih_status ih_result_folder_check(const char *path, const char *const *names,
                                               bool overwrite, ih_error *err);

/* Where to make a file, valid until the folder is committed or aborted; the caller frees it. NULL
 * when memory is short. */
char *ih_result_folder_path(const ih_result_folder *folder, const char *name);

/* Removes results of an earlier run, moves the new ones to their names in the order of names (then
 * whatever else was made) and frees. */
IH_MUST_CHECK ih_status ih_result_folder_commit(ih_result_folder *folder, ih_error *err);

/* Removes what was made, and the folder if it was created for it, and frees; NULL is fine. */
void ih_result_folder_abort(ih_result_folder *folder);

#endif
