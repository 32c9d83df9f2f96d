/* SPDX-License-Identifier: MIT
 *
 * Allocation of arrays with the multiplication checked. Both return NULL when the size overflows,
 * is zero, or memory is short; free() releases.
 */
#ifndef IH_ALLOC_H
#define IH_ALLOC_H

#include <stdint.h>
#include <stdlib.h>

static inline void *ih_alloc(size_t count, size_t size)
{
    if (count == 0 || size == 0 || count > SIZE_MAX / size)
        return NULL;
    return malloc(count * size);
}

static inline void *ih_calloc(size_t count, size_t size)
{
    if (count == 0 || size == 0 || count > SIZE_MAX / size)
        return NULL;
    return calloc(count, size);
}

/* For SIMD loops: aligned to 64 bytes, contents undefined. */
static inline void *ih_alloc_aligned(size_t count, size_t size)
{
    if (count == 0 || size == 0 || count > (SIZE_MAX - 63) / size)
        return NULL;
    return aligned_alloc(64, (count * size + 63) / 64 * 64);
}

#endif
