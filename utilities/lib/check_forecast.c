/* SPDX-License-Identifier: MIT */
#include <math.h>

#include <cpl_conv.h>
#include <cpl_vsi.h>

#include "utilities/lib/check_state.h"

#define GIGABYTE 1e9

static ih_run_size size_of_run(const ih_check_state *s)
{
    const ih_catalogue *c = s->catalogue;
    ih_run_size size = {.n_pixels = s->shared.nx * s->shared.ny,
                        .n_pairs = s->network->n_pairs,
                        .n_dates = s->network->n_dates,
                        .threads = (int)s->options->threads};

    for (size_t i = 0; i < c->count; i++) {
        double pixels = (double)c->items[i].grid.nx * (double)c->items[i].grid.ny;

        size.largest_product_pixels = fmax(size.largest_product_pixels, pixels);
        if (i == 0 || s->pair_of[i] != s->pair_of[i - 1])
            size.product_pixels += pixels;
    }
    return size;
}

static void report(const ih_check_state *s, double free_bytes)
{
    const ih_run_forecast *f = &s->forecast;
    cJSON *run = cJSON_AddObjectToObject(s->report, "run");

    cJSON_AddNumberToObject(run, "pixels", (double)s->shared.nx * (double)s->shared.ny);
    cJSON_AddNumberToObject(run, "work_cube_bytes", f->cube_file_bytes);
    cJSON_AddNumberToObject(run, "work_cube_memory_bytes", f->cube_memory_bytes);
    cJSON_AddNumberToObject(run, "result_bytes", f->result_bytes);
    cJSON_AddNumberToObject(run, "temporary_bytes", f->temporary_bytes);
    cJSON_AddNumberToObject(run, "disk_bytes", f->disk_bytes);
    if (free_bytes >= 0)
        cJSON_AddNumberToObject(run, "free_bytes", free_bytes);
    cJSON_AddNumberToObject(run, "memory_bytes", f->memory_bytes);
    cJSON_AddNumberToObject(run, "working_memory_bytes", s->options->working_memory_bytes);
    cJSON_AddNumberToObject(run, "threads", (double)s->options->threads);
    cJSON_AddNumberToObject(run, "seconds", f->total_seconds);
}

ih_status ih_check_forecast(ih_check_state *s, ih_error *err)
{
    ih_run_size size;
    double free_bytes = -1;
    ih_status status;

    if (!s->common || s->shared.nx == 0)
        return IH_OK;
    size = size_of_run(s);
    status = ih_run_forecast_make(&size, &s->forecast, err);
    if (status != IH_OK)
        return status;
    s->has_forecast = true;
    if (s->options->scratch) {
        free_bytes = (double)VSIGetDiskFreeSpace(s->options->scratch);
        if (free_bytes < 0)
            return ih_fail(err, IH_E_ARGUMENT, "-scratch %s: there is no such folder",
                           s->options->scratch);
        if (free_bytes < s->forecast.disk_bytes)
            ih_findings_add(&s->findings, IH_CHECK_DISK_SPACE, NULL,
                            "A run needs %.2f GB of disk and %s has %.2f GB; free some, choose "
                            "another folder, or a smaller area.",
                            s->forecast.disk_bytes / GIGABYTE, s->options->scratch,
                            free_bytes / GIGABYTE);
    }
    if (s->forecast.memory_bytes > s->options->working_memory_bytes)
        ih_findings_add(&s->findings, IH_CHECK_MEMORY, NULL,
                        "A run holds about %.2f GB, more than the %.2f GB of -wm; give it more, "
                        "fewer threads, or a smaller area.",
                        s->forecast.memory_bytes / GIGABYTE,
                        s->options->working_memory_bytes / GIGABYTE);
    report(s, free_bytes);
    return IH_OK;
}
