/* SPDX-License-Identifier: MIT
 *
 * Writes a zip archive the way HyP3 does: one folder entry first, then its files, deflated; zip64 where needed. Time stamps are
 * fixed, so the same content gives the same bytes. Written beside the final name and renamed on commit.
 */
#ifndef IH_ZIP_WRITER_H
#define IH_ZIP_WRITER_H

#include <stddef.h>

#include "algorithms/status.h"

typedef struct ih_zip_writer ih_zip_writer;

IH_MUST_CHECK ih_status ih_zip_writer_new(const char *path, ih_zip_writer **out, ih_error *err);
/* name ends with '/' for a folder (size 0). level 0 stores, 1..9 deflates. */
IH_MUST_CHECK ih_status ih_zip_writer_add(ih_zip_writer *writer, const char *name, const void *bytes,
                                          size_t size, int level, ih_error *err);
IH_MUST_CHECK ih_status ih_zip_writer_commit(ih_zip_writer *writer, ih_error *err); /* frees, also on failure */
void ih_zip_writer_abort(ih_zip_writer *writer);                                      /* NULL is fine */

#endif
