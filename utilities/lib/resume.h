/* SPDX-License-Identifier: MIT
 *
 * Continuing an interrupted run of gdal_ih_sbas (docs/architecture.md, "Interrupted runs"). What is
 * kept in the work folder (utilities/lib/work_folder.h):
 *
 *   cube         phases and qualities, and behind them the series of solved blocks
 *   coherence    when weights are made from it
 *   cycles       what was subtracted from the phases, when unwrapping errors were corrected
 *   state.json   what the reading found, with checksums; there only while the phases are as it says
 *   blocks       a record per solved block
 *   solve.json   what the records were solved with; there only while records and series agree
 *   finishing    results are being moved to their names
 *
 * A stage that changes phases comes before ih_resume_keep_reading; one that changes the series
 * calls ih_resume_series_change.
 */
#ifndef IH_RESUME_H
#define IH_RESUME_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "algorithms/status.h"
#include "utilities/lib/solution.h"

typedef struct ih_resume ih_resume;
struct ih_sbas_request;
struct ih_sbas_state;

/* Whether a run into the same folder was interrupted while results were moved to their names, so
 * that what lies there is its own. */
bool ih_resume_was_finishing(const struct ih_sbas_state *state);

/* After the catalogue, when the output folder exists: locks the work folder, finds out whether it
 * is of the same run, and tells. What cannot be used is deleted. */
IH_MUST_CHECK ih_status ih_resume_begin(struct ih_sbas_state *state, ih_error *err);

/* Names of the files of the cubes that a continued run needs: phases, coherence when weights are
 * made from it, cycles that were corrected. NULL when nothing is kept; valid as long as the state.
 */
const char *ih_resume_cube_path(const struct ih_sbas_state *state);
const char *ih_resume_coherence_path(const struct ih_sbas_state *state);
const char *ih_resume_cycles_path(const struct ih_sbas_state *state);

/* No room for the cube's file: nothing will be kept. */
void ih_resume_give_up(struct ih_sbas_state *state, const char *why);

/* Whether an earlier run has read what this one needs. */
bool ih_resume_has_reading(const struct ih_sbas_state *state);
/* Everything that reading and overview would have set. IH_E_DATA when the work folder is damaged;
 * it then has been cleared and the state is half set. */
IH_MUST_CHECK ih_status ih_resume_take_reading(struct ih_sbas_state *state, ih_error *err);
IH_MUST_CHECK ih_status ih_resume_keep_reading(struct ih_sbas_state *state, ih_error *err);

/* Fills in where the solution keeps its blocks and whether those that are there can be used. */
IH_MUST_CHECK ih_status ih_resume_blocks(struct ih_sbas_state *state, ih_solution_request *request,
                                         ih_error *err);
void ih_resume_series_change(struct ih_sbas_state *state);

IH_MUST_CHECK ih_status ih_resume_finish(struct ih_sbas_state *state, ih_error *err);

/* Leaves the work folder when the same command can continue, says so, or else removes it. */
void ih_resume_end(struct ih_sbas_state *state, ih_status status);

/* Adds "resumable" and "continued" to an object. */
void ih_resume_report(const struct ih_sbas_state *state, cJSON *object);

#endif
