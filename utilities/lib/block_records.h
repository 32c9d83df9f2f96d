/* SPDX-License-Identifier: MIT
 *
 * A file of records of one size, one for every block of a work cube. A record carries a checksum,
 * so it is complete or not there, however the process that wrote it ended. Different records may
 * be read and written by different threads at once.
 */
#ifndef IH_BLOCK_RECORDS_H
#define IH_BLOCK_RECORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "algorithms/status.h"

typedef struct ih_block_records ih_block_records;

/* existing keeps the records of a file of the same numbers; a file of another size, like any when
 * existing is false, begins anew. IH_E_IO when the disk is full. */
IH_MUST_CHECK ih_status ih_block_records_open(const char *path, size_t n_records, size_t size,
                                              bool existing, ih_block_records **out, ih_error *err);
void ih_block_records_close(ih_block_records *records);

/* True when the record is complete. */
bool ih_block_records_read(ih_block_records *records, size_t record, void *bytes);
IH_MUST_CHECK ih_status ih_block_records_write(ih_block_records *records, size_t record,
                                               const void *bytes, ih_error *err);

#endif
