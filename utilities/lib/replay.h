/* SPDX-License-Identifier: MIT
 *
 * An earlier run of gdal_ih_sbas again, from its run.json: the options that it was given and the
 * inputs that it looked at. What the command line says now has precedence.
 */
#ifndef IH_REPLAY_H
#define IH_REPLAY_H

#include <stdbool.h>

#include "utilities/lib/sbas_options.h"

typedef struct {
    char **given;  /* CPL list: names of the options of then and now */
    char **inputs; /* CPL list: empty unless wanted */
    char **words;  /* CPL list that options point into */
} ih_replay;

/* Sets the options that run.json, at path, has and the list given has not, in *options. Warns by
 * CPLError when the version, an input (wanted with with_inputs) or a file that an option names is
 * not what it was. IH_E_ARGUMENT when the file is no report of the program, or an input is missing.
 */
IH_MUST_CHECK ih_status ih_replay_read(const char *path, char **given, bool with_inputs,
                                       ih_sbas_run_options *options, ih_replay *out, ih_error *err);
void ih_replay_free(ih_replay *replay);

#endif
