/* SPDX-License-Identifier: MIT
 *
 * gdal_ih_sbas: displacement time series and velocity from a stack of interferograms.
 */
#ifdef __linux__
#include <malloc.h>
#endif

#include <cpl_conv.h>

#include "utilities/lib/cli.h"
#include "utilities/lib/raster_out.h"
#include "utilities/lib/replay.h"
#include "utilities/lib/sbas.h"
#include "utilities/lib/work_cube.h"

/* Layers of many products are read one after the other into pieces of memory of like sizes. Given
 * back and asked for anew, every page of them would be cleared each time by the system, which took
 * a tenth of the time of reading. */
enum { KEPT_PIECE_BYTES = 256 << 20, KEPT_FREE_BYTES = 512 << 20 };

static void keep_freed_memory(void)
{
#ifdef M_MMAP_THRESHOLD
    mallopt(M_MMAP_THRESHOLD, KEPT_PIECE_BYTES);
    mallopt(M_TRIM_THRESHOLD, KEPT_FREE_BYTES);
#endif
}

/* What would otherwise show only after the reading, or for every raster anew. */
static ih_status check(const ih_sbas_run_options *options, ih_error *err)
{
    size_t block_pixels;
    ih_status status = ih_work_cube_read_block_pixels(CPLGetConfigOption("IH_BLOCK_PIXELS", NULL),
                                                      &block_pixels, err);

    if (status == IH_OK)
        status = ih_raster_out_check_options(options->creation_options, err);
    return status;
}

/* The inputs of the request, from the command line or the run that it repeats. */
static ih_status take_inputs(const ih_cli *cli, ih_sbas_request *request, ih_replay *replay,
                             ih_error *err)
{
    const char *config = request->options.config;
    bool named = cli->arguments[0] != NULL;
    ih_status status;

    request->inputs = cli->arguments;
    request->given_options = cli->given;
    if (!config && !named)
        return ih_fail(err, IH_E_ARGUMENT,
                       "INPUT and OUT_DIR are needed (or -config RUN.json and OUT_DIR); see "
                       "gdal_ih_sbas --help");
    if (!config)
        return IH_OK;
    status = ih_replay_read(config, cli->given, !named, &request->options, replay, err);
    request->given_options = replay->given;
    if (!named)
        request->inputs = replay->inputs;
    return status;
}

int main(int argc, char **argv)
{
    ih_sbas_request request = {.options = IH_SBAS_RUN_DEFAULTS};
    ih_sbas_outcome outcome = {0};
    ih_cli_progress progress = {0};
    ih_replay replay = {0};
    ih_error err = {0};
    ih_cli cli;
    ih_status status;
    char *out_dir;
    int leave;

    keep_freed_memory();
    leave = ih_cli_begin(&ih_sbas_program, argc, argv, &request.options, &cli);
    if (leave >= 0)
        return leave;
    out_dir = ih_cli_take_last(&cli);
    progress.quiet = cli.quiet || request.options.json;
    request.out_dir = out_dir;
    request.command_line = cli.command_line;
    request.progress = ih_cli_show_progress;
    request.progress_data = &progress;

    status = take_inputs(&cli, &request, &replay, &err);
    if (status == IH_OK)
        status = check(&request.options, &err);
    if (status == IH_OK)
        status = ih_sbas_run(&request, &outcome, &err);
    leave = ih_cli_finish(&cli, &progress, status, &err,
                          &(ih_cli_outcome){.json = outcome.json,
                                            .summary = outcome.summary,
                                            .as_json = request.options.json,
                                            .partly = outcome.n_unusable > 0});
    ih_sbas_outcome_free(&outcome);
    CPLFree(out_dir);
    ih_sbas_options_free(&request.options);
    ih_replay_free(&replay);
    ih_cli_end(&cli);
    return leave;
}
