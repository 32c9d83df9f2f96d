/* SPDX-License-Identifier: MIT
 *
 * gdal_ih_merge: bursts or frames of the same pair as one product.
 */
#include <cpl_conv.h>

#include "utilities/lib/cli.h"
#include "utilities/lib/merge.h"

int main(int argc, char **argv)
{
    ih_merge_request request = {.options = IH_MERGE_DEFAULTS};
    ih_merge_outcome outcome = {0};
    ih_cli_progress progress = {0};
    ih_error err = {0};
    ih_cli cli;
    ih_status status;
    int leave = ih_cli_begin(&ih_merge_program, argc, argv, &request.options, &cli);

    if (leave < 0) {
        char **last = &cli.arguments[cli.n_arguments - 1];
        char *out = *last;

        *last = NULL;
        progress.quiet = cli.quiet || request.options.json;
        request.inputs = cli.arguments;
        request.out = out;
        request.command_line = cli.command_line;
        request.progress = ih_cli_show_progress;
        request.progress_data = &progress;

        status = ih_merge_run(&request, &outcome, &err);
        if (status != IH_OK) {
            leave = ih_cli_fail(&progress, status, &err);
        } else {
            if (request.options.json)
                ih_cli_print(outcome.json);
            else if (!cli.quiet)
                ih_cli_print(outcome.summary);
            leave = ih_cli_finish_output(outcome.n_unusable ? IH_EXIT_PARTLY : IH_EXIT_DONE);
        }
        ih_merge_outcome_free(&outcome);
        CPLFree(out);
        ih_merge_options_free(&request.options);
        ih_cli_end(&cli);
    }
    return leave;
}
