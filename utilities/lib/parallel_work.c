/* SPDX-License-Identifier: MIT */
#include "utilities/lib/parallel_work.h"

#include <omp.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "algorithms/alloc.h"

/* Progress is told when it has grown by this much. */
#define STEP 0.004

typedef struct {
    const ih_parallel_work *work;
    atomic_size_t items_done;
    atomic_int failed, cancelled;
    double shown;
} run;

static void tell(run *r, double share)
{
    const ih_parallel_work *w = r->work;

    r->shown = share;
    if (w->progress && !w->progress(w->from + share * (w->to - w->from), w->what, w->progress_data))
        atomic_store(&r->cancelled, 1);
}

static void count(run *r)
{
    size_t done = atomic_fetch_add(&r->items_done, 1) + 1;
    double share = (double)done / (double)r->work->n_items;

    if (omp_get_thread_num() == 0 && share >= r->shown + STEP)
        tell(r, share);
}

static bool stopped(run *r)
{
    return atomic_load(&r->failed) || atomic_load(&r->cancelled);
}

ih_status ih_parallel_work_run(const ih_parallel_work *w, ih_error *err)
{
    run r = {.work = w};
    ih_status status = IH_OK;

#pragma omp parallel num_threads(w->threads)
    {
        void *local = ih_calloc(w->local_bytes ? w->local_bytes : 1, 1);
        ih_error why = {0};
        ih_status mine = local ? IH_OK : ih_fail(&why, IH_E_MEMORY, "%s", w->what);

        if (mine == IH_OK && w->begin)
            mine = w->begin(w->shared, local, &why);
#pragma omp for schedule(dynamic, 1)
        for (size_t item = 0; item < w->n_items; item++) {
            if (stopped(&r))
                continue;
            if (mine == IH_OK)
                mine = w->work(w->shared, local, item, &why);
            if (mine != IH_OK)
                atomic_store(&r.failed, 1);
            else
                count(&r);
        }
#pragma omp critical(parallel_work_end)
        {
            if (mine != IH_OK && status == IH_OK)
                status = ih_fail(err, mine, "%s", why.text);
            if (local && w->end)
                w->end(w->shared, local, mine == IH_OK);
        }
        free(local);
    }
    if (status == IH_OK && !stopped(&r))
        tell(&r, 1.0);
    if (status == IH_OK && atomic_load(&r.cancelled))
        status = ih_fail(err, IH_E_CANCELLED, "%s was interrupted", w->what);
    return status;
}
