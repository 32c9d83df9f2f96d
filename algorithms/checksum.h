/* SPDX-License-Identifier: MIT
 *
 * A 64-bit checksum that tells damaged bytes from sound ones, at the speed of memory: XXH64 of
 * Collet (2014), as described at https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md.
 * Not for anything that an adversary may choose. Pure, thread-safe.
 */
#ifndef IH_CHECKSUM_H
#define IH_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* seed joins parts: the checksum of the part before, or 0. On machines of either byte order the
 * numbers differ: it is meant for files that do not travel. */
uint64_t ih_checksum(uint64_t seed, const void *bytes, size_t size);

#endif
