/* SPDX-License-Identifier: MIT
 *
 * What gdal_ih_merge tells people and machines.
 */
#ifndef IH_MERGE_REPORT_H
#define IH_MERGE_REPORT_H

#include <cjson/cJSON.h>

#include "utilities/lib/merge_layers.h"
#include "utilities/lib/merge_plan.h"

/* Adds to the entry of a merged product: "parts" with their constants, "components" with their
 * cycles, "links" between them with what the overlaps say, "loops" that do not close,
 * "overlap_rms_rad" and what was written. */
void ih_merge_report_pair(const ih_merge_offsets *offsets, const ih_merge_written *written,
                          cJSON *entry);

/* What a run did. */
typedef struct {
    const ih_merge_plan *plan;
    cJSON *const *entries; /* [pair]; NULL for those that failed or are not made yet */
    const cJSON *content;
    const cJSON *old; /* report of the run before, or NULL */
    size_t n_made, n_kept, n_removed;
    int threads;
    bool complete;
} ih_merge_record;

/* The whole report; NULL when memory is short. Of a run that goes on it also names, without more,
 * what is going to be made or removed: the next run may replace it, but not take it for its own. */
cJSON *ih_merge_report(const ih_merge_record *record);

/* Lines for people; malloc. */
char *ih_merge_summary(const ih_merge_record *record);

#endif
