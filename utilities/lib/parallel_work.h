/* SPDX-License-Identifier: MIT
 *
 * A number of like pieces of work, such as the blocks of a cube or the rasters of pairs, done by
 * several threads, each with its own memory, with progress, and ended early by a failure or by the
 * user.
 */
#ifndef IH_PARALLEL_WORK_H
#define IH_PARALLEL_WORK_H

#include <stdbool.h>
#include <stddef.h>

#include "algorithms/progress.h"
#include "algorithms/status.h"

typedef struct {
    size_t n_items;
    int threads;
    void *shared;       /* handed to all functions */
    size_t local_bytes; /* of one thread's memory, zeroed at first */
    /* Takes what a thread needs; may be NULL. */
    ih_status (*begin)(void *shared, void *local, ih_error *err);
    ih_status (*work)(void *shared, void *local, size_t item, ih_error *err);
    /* Releases it, also after a failure of begin; done tells whether nothing failed in this thread,
     * so that its sums count. One thread at a time, in any order. May be NULL. */
    void (*end)(void *shared, void *local, bool done);
    ih_progress progress; /* told from..to; may be NULL */
    void *progress_data;
    const char *what; /* for progress and errors: "solving" */
    double from, to;
} ih_parallel_work;

/* Items are taken in any order. IH_E_CANCELLED when progress says so, else the first failure that
 * was noticed. */
IH_MUST_CHECK ih_status ih_parallel_work_run(const ih_parallel_work *work, ih_error *err);

#endif
