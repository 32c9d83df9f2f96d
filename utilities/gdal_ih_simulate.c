/* SPDX-License-Identifier: MIT
 *
 * gdal_ih_simulate: a stack of HyP3 products with known truth, and a comparison of results with it.
 */
#include <stdio.h>

#include "utilities/lib/cli.h"
#include "utilities/lib/simulate.h"
#include "utilities/lib/simulate_compare.h"
#include "utilities/lib/simulate_options.h"

static ih_status compare(const ih_simulate_options *options, const char *simulation, ih_error *err)
{
    ih_simulate_comparison comparison;
    ih_status st = ih_simulate_compare(options->compare, simulation, &comparison, err);

    if (st != IH_OK)
        return st;
    if (!options->json) {
        ih_simulate_comparison_print(&comparison);
        ih_simulate_comparison_free(&comparison);
        return IH_OK;
    }
    cJSON *json = ih_simulate_comparison_json(&comparison);
    char *text = json ? cJSON_Print(json) : NULL;
    if (text) {
        ih_cli_print(text);
        ih_cli_print("\n");
    } else
        st = ih_fail(err, IH_E_MEMORY, "not enough memory for the report");
    cJSON_free(text);
    cJSON_Delete(json);
    ih_simulate_comparison_free(&comparison);
    return st;
}

int main(int argc, char **argv)
{
    ih_simulate_options options = ih_simulate_defaults;
    ih_cli cli;
    ih_error err = {.status = IH_OK};
    int left = ih_cli_begin(&ih_simulate_program, argc, argv, &options, &cli);

    if (left >= 0)
        return left;
    if (cli.n_arguments == 0) {
        fprintf(stderr, "FAILURE: too few arguments: %s is needed\n",
                options.compare
                    ? "SIMULATION_DIR, the folder of the simulation that RESULT_DIR was "
                      "made from,"
                    : "OUT_DIR");
        ih_cli_end(&cli);
        return IH_EXIT_FAILED;
    }

    ih_cli_progress progress = {.quiet = cli.quiet};
    ih_status st = ih_simulate_options_resolve(&options, &err);
    if (st == IH_OK && options.compare)
        st = compare(&options, cli.arguments[0], &err);
    else if (st == IH_OK)
        st = ih_simulate(&options, cli.arguments[0], ih_cli_show_progress, &progress, &err);
    left = ih_cli_finish(&cli, &progress, st, &err, &(ih_cli_outcome){0});
    ih_cli_end(&cli);
    return left;
}
