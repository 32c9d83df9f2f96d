/* SPDX-License-Identifier: MIT
 *
 * What the numbers of a run depend on, as JSON, so that a later run can tell whether it is the same
 * and, if not, what has changed.
 */
#ifndef IH_RUN_FINGERPRINT_H
#define IH_RUN_FINGERPRINT_H

#include <cjson/cJSON.h>

#include "utilities/lib/sbas_options.h"

struct ih_sbas_state;

/* Of everything before the inversion: inputs with their sizes and times, contents of files that
 * options name, options but those that are not used until later, program. To be called when the
 * catalogue is as it was read. NULL when memory is short, as all here. */
cJSON *ih_fingerprint_of_reading(const struct ih_sbas_state *state);

/* Of the solved blocks, beyond that of the reading. */
cJSON *ih_fingerprint_of_solving(const struct ih_sbas_state *state);

/* Checksums of the files that options name: lists, outlines. */
cJSON *ih_fingerprint_of_option_files(const ih_sbas_run_options *options);

/* What differs, in words for people; "" when nothing does. The caller frees it. */
char *ih_fingerprint_difference(const cJSON *before, const cJSON *now);

#endif
