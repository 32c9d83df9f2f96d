/* SPDX-License-Identifier: MIT
 *
 * gdal_ih_sbas: displacement time series and velocity from a stack of interferograms.
 */
#include <stdio.h>

#include <cpl_conv.h>

#include "utilities/lib/cli.h"
#include "utilities/lib/sbas.h"

int main(int argc, char **argv)
{
    ih_sbas_request request = {.options = IH_SBAS_RUN_DEFAULTS};
    ih_sbas_outcome outcome = {0};
    ih_cli_progress progress = {0};
    ih_error err = {0};
    ih_cli cli;
    ih_status status;
    int leave = ih_cli_begin(&ih_sbas_program, argc, argv, &request.options, &cli);

    if (leave < 0) {
        char **last = &cli.arguments[cli.n_arguments - 1];
        char *out_dir = *last;

        *last = NULL;
        progress.quiet = cli.quiet || request.options.json;
        request.inputs = cli.arguments;
        request.out_dir = out_dir;
        request.command_line = cli.command_line;
        request.progress = ih_cli_show_progress;
        request.progress_data = &progress;

        status = ih_sbas_run(&request, &outcome, &err);
        if (status != IH_OK) {
            ih_cli_report(status, &err);
            leave = IH_EXIT_FAILED;
        } else {
            if (request.options.json)
                fputs(outcome.json, stdout);
            else if (!cli.quiet)
                fputs(outcome.summary, stdout);
            leave = outcome.n_unusable ? IH_EXIT_PARTLY : IH_EXIT_DONE;
        }
        ih_sbas_outcome_free(&outcome);
        CPLFree(out_dir);
        ih_sbas_options_free(&request.options);
        ih_cli_end(&cli);
    }
    return leave;
}
