/* SPDX-License-Identifier: MIT
 *
 * gdal_ih_clip: products on one grid, cut to an area of interest, for the next program.
 */
#include <cpl_conv.h>

#include "utilities/lib/cli.h"
#include "utilities/lib/clip.h"

int main(int argc, char **argv)
{
    ih_clip_request request = {.options = IH_CLIP_DEFAULTS};
    ih_clip_outcome outcome = {0};
    ih_cli_progress progress = {0};
    ih_error err = {0};
    ih_cli cli;
    ih_status status;
    char *out_dir;
    int leave;

    ih_cli_return_freed_memory();
    leave = ih_cli_begin(&ih_clip_program, argc, argv, &request.options, &cli);

    if (leave >= 0)
        return leave;
    out_dir = ih_cli_take_last(&cli);
    progress.quiet = cli.quiet || request.options.json;
    request.inputs = cli.arguments;
    request.out_dir = out_dir;
    request.command_line = cli.command_line;
    request.progress = ih_cli_show_progress;
    request.progress_data = &progress;

    status = ih_clip_run(&request, &outcome, &err);
    leave = ih_cli_finish(&cli, &progress, status, &err,
                          &(ih_cli_outcome){.json = outcome.json,
                                            .summary = outcome.summary,
                                            .as_json = request.options.json,
                                            .partly = outcome.n_unusable > 0});
    ih_clip_outcome_free(&outcome);
    CPLFree(out_dir);
    ih_clip_options_free(&request.options);
    ih_cli_end(&cli);
    return leave;
}
