/* SPDX-License-Identifier: MIT */
#include "utilities/lib/stage_cost.h"

#include <math.h>
#include <stdio.h>
#include <sys/resource.h>

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec * 1e-6;
}

/* Linux tells it; elsewhere the bytes stay unknown. */
static void count_bytes(ih_stage_cost *cost)
{
    FILE *file = fopen("/proc/self/io", "re");
    double read, written;

    cost->bytes_read = cost->bytes_written = NAN;
    if (!file)
        return;
    if (fscanf(file, "rchar: %lf wchar: %lf", &read, &written) == 2) {
        cost->bytes_read = read;
        cost->bytes_written = written;
    }
    fclose(file);
}

ih_stage_cost ih_stage_cost_now(void)
{
    ih_stage_cost now;
    struct rusage usage;

    count_bytes(&now);
    getrusage(RUSAGE_SELF, &usage);
    now.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    return now;
}

void ih_stage_cost_add(ih_stage_cost *sum, ih_stage_cost *mark)
{
    ih_stage_cost now = ih_stage_cost_now();

    sum->cpu_seconds += now.cpu_seconds - mark->cpu_seconds;
    sum->bytes_read += now.bytes_read - mark->bytes_read;
    sum->bytes_written += now.bytes_written - mark->bytes_written;
    *mark = now;
}

double ih_peak_memory_bytes(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss * 1024.0;
}
