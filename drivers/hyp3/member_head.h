/* SPDX-License-Identifier: MIT
 *
 * The start of an archived member as a file that GDAL can open, for reading the header of a TIFF:
 * only as much is read and inflated as GDAL asks for. /vsizip/ would search the end of the archive
 * and parse its directory again for each member. A head belongs to the thread that made it, which
 * alone can open its path, one head after the other.
 */
#ifndef IH_MEMBER_HEAD_H
#define IH_MEMBER_HEAD_H

#include <stdbool.h>
#include <stdint.h>

#include <cpl_vsi.h>

#include "drivers/hyp3/zip_directory.h"

typedef struct ih_member_head ih_member_head;

/* Makes the paths known to GDAL; called when the driver is registered, before there are threads. */
void ih_member_head_register(void);

/* The three are borrowed. NULL when the member cannot be read this way: encrypted, packed with
 * another method. */
ih_member_head *ih_member_head_open(VSILFILE *archive, const ih_zip_directory *directory,
                                    const ih_zip_member *member);
void ih_member_head_close(ih_member_head *head); /* NULL is fine */

const char *ih_member_head_path(const ih_member_head *head);

/* False once more was asked for than the start of the member, or than could be read: what was made
 * of it since is not to be trusted. */
bool ih_member_head_sufficed(const ih_member_head *head);

/* ih_zip_read_at for an ih_member_head: inflated bytes. */
bool ih_member_head_read_at(void *head, uint64_t offset, void *buffer, size_t size);

#endif
