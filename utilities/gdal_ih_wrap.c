/* SPDX-License-Identifier: MIT
 *
 * gdal_ih_wrap: fringes from displacement, velocity or unwrapped phase.
 */
#include "utilities/lib/cli.h"
#include "utilities/lib/wrap.h"

int main(int argc, char **argv)
{
    ih_wrap_request request = {.options = IH_WRAP_DEFAULTS};
    ih_wrap_outcome outcome = {0};
    ih_cli_progress progress = {0};
    ih_error err = {0};
    ih_cli cli;
    ih_status status;
    int leave;

    ih_cli_return_freed_memory();
    leave = ih_cli_begin(&ih_wrap_program, argc, argv, &request.options, &cli);
    if (leave >= 0)
        return leave;
    progress.quiet = cli.quiet || request.options.json;
    request.input = cli.arguments[0];
    request.output = cli.arguments[1];
    request.command_line = cli.command_line;
    request.progress = ih_cli_show_progress;
    request.progress_data = &progress;

    status = ih_wrap_run(&request, &outcome, &err);
    leave = ih_cli_finish(&cli, &progress, status, &err,
                          &(ih_cli_outcome){.json = outcome.json,
                                            .summary = outcome.summary,
                                            .as_json = request.options.json});
    ih_wrap_outcome_free(&outcome);
    ih_wrap_options_free(&request.options);
    ih_cli_end(&cli);
    return leave;
}
