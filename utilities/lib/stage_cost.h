/* SPDX-License-Identifier: MIT
 *
 * What a stage of a program costs: processor time and bytes moved by the whole process.
 */
#ifndef IH_STAGE_COST_H
#define IH_STAGE_COST_H

typedef struct {
    double cpu_seconds;   /* of all threads, user and system */
    double bytes_read;    /* by read calls, whether from the disk or from the system's cache */
    double bytes_written; /* by write calls; NaN, like bytes_read, where the system does not tell */
} ih_stage_cost;

/* Since the process began. */
ih_stage_cost ih_stage_cost_now(void);

/* Adds what has been spent since *mark to *sum, and moves the mark to now. */
void ih_stage_cost_add(ih_stage_cost *sum, ih_stage_cost *mark);

/* Most memory the process has held at any time, without the system's cache of files. */
double ih_peak_memory_bytes(void);

#endif
