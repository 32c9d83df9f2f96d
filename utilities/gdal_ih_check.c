/* SPDX-License-Identifier: MIT
 *
 * gdal_ih_check: whether a stack of products is fit to be inverted, and what is wrong with it.
 */
#include <cpl_conv.h>

#include "utilities/lib/check.h"
#include "utilities/lib/cli.h"

static int check(ih_check_request *request, const ih_cli *cli)
{
    ih_check_outcome outcome = {0};
    ih_cli_progress progress = {.quiet =
                                    cli->quiet || request->options.json || !request->options.deep};
    ih_error err = {0};
    ih_status status;
    int leave;

    request->inputs = cli->arguments;
    request->progress = ih_cli_show_progress;
    request->progress_data = &progress;
    status = cli->n_arguments
                 ? ih_check_run(request, &outcome, &err)
                 : ih_fail(&err, IH_E_ARGUMENT, "no INPUT was given (--help tells more)");
    if (status != IH_OK) {
        leave = ih_cli_fail(&progress, status, &err);
    } else {
        if (request->options.json)
            ih_cli_print(outcome.json);
        else if (!cli->quiet)
            ih_cli_print(outcome.summary);
        leave = ih_cli_finish_output(outcome.n_findings ? IH_EXIT_PARTLY : IH_EXIT_DONE);
    }
    ih_check_outcome_free(&outcome);
    return leave;
}

int main(int argc, char **argv)
{
    ih_check_request request = {.options = IH_CHECK_DEFAULTS};
    ih_cli cli;
    int leave = ih_cli_begin(&ih_check_program, argc, argv, &request.options, &cli);

    if (leave >= 0)
        return leave;
    if (request.options.list_codes) {
        char *text = ih_check_list_codes();

        ih_cli_print(text);
        CPLFree(text);
        leave = ih_cli_finish_output(IH_EXIT_DONE);
    } else {
        leave = check(&request, &cli);
    }
    ih_check_options_free(&request.options);
    ih_cli_end(&cli);
    return leave;
}
