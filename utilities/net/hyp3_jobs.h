/* SPDX-License-Identifier: MIT
 *
 * Lists of HyP3 jobs, and what jobs cost.
 */
#ifndef IH_NET_HYP3_JOBS_H
#define IH_NET_HYP3_JOBS_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#include "algorithms/progress.h"
#include "algorithms/status.h"
#include "utilities/net/hyp3.h"

/* What GET /jobs can be limited to; NULL for no limit. Times as the service wants them: whole
 * seconds with Z. */
typedef struct {
    const char *name, *status_code, *job_type, *user_id, *start, *end;
} ih_hyp3_filter;

/* All pages, newest first: *out is an array of the records as they came, unknown members included,
 * deleted by the caller. An empty page is not the end. Of the address of the next page only the
 * query is used, on the configured base: its host may be another. A page that comes again is
 * IH_E_DATA. show may be NULL; it is only asked whether to stop. */
IH_MUST_CHECK ih_status ih_hyp3_list_jobs(const ih_hyp3 *hyp3, const ih_hyp3_filter *filter,
                                          ih_progress show, void *show_data, cJSON **out,
                                          ih_error *err);

typedef struct {
    size_t n, succeeded, failed, running, pending, other;
    double credits; /* of all whose record tells it */
} ih_hyp3_tally;
ih_hyp3_tally ih_hyp3_count_jobs(const cJSON *jobs);

/* Price of a job by the answer of GET /costs; parameters is its job_parameters (NULL for none), in
 * which what is not given has the service's default. False when the table does not tell. */
bool ih_hyp3_price(const cJSON *costs, const char *job_type, const cJSON *parameters,
                   double *credits);

#endif
