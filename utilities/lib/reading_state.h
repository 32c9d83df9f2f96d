/* SPDX-License-Identifier: MIT
 *
 * What the stages before the inversion have found out, into a work folder and back
 * (utilities/lib/resume.h): averages and counts, verdicts on pairs, closures, corrections of
 * unwrapping errors, warnings, and checksums of the cubes, which are files there.
 */
#ifndef IH_READING_STATE_H
#define IH_READING_STATE_H

#include <cjson/cJSON.h>
#include <stddef.h>

#include "algorithms/status.h"
#include "utilities/lib/work_folder.h"

/* The state as it was when only the catalogue had been read. */
typedef struct {
    size_t n_skipped;
    int n_warnings;
} ih_reading_start;

struct ih_sbas_state;

/* Arrays go into the folder, the rest into index. */
IH_MUST_CHECK ih_status ih_reading_state_put(const struct ih_sbas_state *state,
                                             const ih_reading_start *start,
                                             const ih_work_folder *folder, cJSON *index,
                                             ih_error *err);

/* The reverse, into a state of which only the catalogue has been read. IH_E_DATA when something is
 * damaged or does not fit; the state is then half set. */
IH_MUST_CHECK ih_status ih_reading_state_take(struct ih_sbas_state *state,
                                              const ih_reading_start *start,
                                              const ih_work_folder *folder, const cJSON *index,
                                              ih_error *err);

#endif
