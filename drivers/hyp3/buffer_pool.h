/* SPDX-License-Identifier: MIT
 *
 * Large buffers that are used again instead of being given back: the first touch of fresh memory
 * costs a tenth of inflating a layer into it. Bounded, thread-safe, for the whole process.
 */
#ifndef IH_BUFFER_POOL_H
#define IH_BUFFER_POOL_H

#include <stddef.h>
#include <stdint.h>

/* At least size bytes, *room of them; NULL when memory is short. */
void *ih_buffer_take(size_t size, size_t *room);

/* Gives back what was taken; NULL is fine. It is freed at once while nothing may be kept. */
void ih_buffer_give(void *buffer, size_t room);

/* From now on up to so many bytes are kept for later; 0, as it is at first, frees them all. */
void ih_buffer_pool_limit(uint64_t bytes);

#endif
