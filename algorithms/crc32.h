/* SPDX-License-Identifier: MIT
 *
 * CRC-32 of ISO 3309, as zip archives and gzip use it. Pure, thread-safe: the table belongs to the
 * caller and is only read once it is filled.
 */
#ifndef IH_CRC32_H
#define IH_CRC32_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint32_t effect[8][256]; /* [k][b] of byte b seen k bytes earlier */
} ih_crc32_table;

void ih_crc32_fill(ih_crc32_table *table);

/* before: the CRC of the bytes that precede these, 0 for none. */
uint32_t ih_crc32(const ih_crc32_table *table, uint32_t before, const void *bytes, size_t size);

#endif
