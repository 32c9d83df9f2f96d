/* SPDX-License-Identifier: MIT
 *
 * The report of a run as the memory of the next: which merged products are there, of which sources,
 * and whether they can stay.
 */
#ifndef IH_MERGE_MANIFEST_H
#define IH_MERGE_MANIFEST_H

#include <cjson/cJSON.h>

#include "utilities/lib/merge_plan.h"

/* What the files depend on besides their sources: options, grid, version. NULL when memory is
 * short. */
cJSON *ih_merge_content(const ih_merge_plan *plan);

/* Entry of a merged product with "name", "file", dates and "sources" by name and checksum or time;
 * IH_E_IO when a source cannot be opened any more. */
IH_MUST_CHECK ih_status ih_merge_entry_new(const ih_merge_plan *plan, const ih_merge_pair *pair,
                                           cJSON **out, ih_error *err);

/* Where a merged product goes; CPLFree. */
char *ih_merge_target(const ih_merge_plan *plan, const ih_merge_pair *pair);

/* The report of the run before; NULL when there is none. */
cJSON *ih_merge_read_report(const ih_merge_plan *plan);

/* Entry of the same name of an earlier report, NULL when it has none. */
const cJSON *ih_merge_find_entry(const cJSON *report, const char *name);

/* Whether it is of the same sources and content, and its product there. */
bool ih_merge_is_current(const ih_merge_plan *plan, const cJSON *report, const cJSON *old,
                         const cJSON *entry, const cJSON *content);

/* Removes products of an earlier report that are in the folder but not in the plan; returns their
 * number. */
size_t ih_merge_remove_stale(const ih_merge_plan *plan, const cJSON *report);

#endif
