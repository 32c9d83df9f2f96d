/* SPDX-License-Identifier: MIT
 *
 * Everything a run of gdal_ih_sbas has found out so far, handed from stage to stage
 * (utilities/lib/sbas.c) and read by what writes the results.
 */
#ifndef IH_SBAS_STATE_H
#define IH_SBAS_STATE_H

#include <stdio.h>

#include "algorithms/network.h"
#include "algorithms/time_model.h"
#include "utilities/lib/area_mask.h"
#include "utilities/lib/catalogue.h"
#include "utilities/lib/common_grid.h"
#include "utilities/lib/compat.h"
#include "utilities/lib/correction_stage.h"
#include "utilities/lib/ingest.h"
#include "utilities/lib/inversion_setup.h"
#include "utilities/lib/land_mask.h"
#include "utilities/lib/network_stage.h"
#include "utilities/lib/overview_stage.h"
#include "utilities/lib/raster_out.h"
#include "utilities/lib/reference.h"
#include "utilities/lib/result_folder.h"
#include "utilities/lib/resume.h"
#include "utilities/lib/sbas.h"
#include "utilities/lib/series_options.h"
#include "utilities/lib/solution.h"
#include "utilities/lib/stack_facts.h"
#include "utilities/lib/stage_cost.h"
#include "utilities/lib/unwrapping_stage.h"
#include "utilities/lib/viewing.h"
#include "utilities/lib/work_cube.h"

enum ih_sbas_stage {
    IH_STAGE_CATALOGUE = 0,
    IH_STAGE_READ,
    IH_STAGE_UNWRAPPING,
    IH_STAGE_OVERVIEW,
    IH_STAGE_SOLVE,
    IH_STAGE_WRITE,
    IH_STAGES
};

typedef struct {
    double minimum, median,
        maximum; /* of the velocity over the mask, m/year; NaN when it is empty */
    size_t observed, solved, reliable; /* observed: land with a phase in some pair */
    size_t gaps;      /* solved pixels whose own network falls into more parts than the stack's */
    double masked;    /* observations left out for their coherence or component */
    size_t unchecked; /* solved pixels without the redundancy that the stack has */
} ih_sbas_statistics;

typedef struct ih_sbas_state {
    const ih_sbas_request *request;
    ih_sbas_run_options options; /* with the effective values filled in */
    const ih_compat *compat;     /* of the options */
    ih_catalogue *catalogue;     /* the kept pairs; the dropped ones are set aside */
    ih_pair_selection selection;
    ih_stack_facts facts;
    ih_common_grid *common;
    ih_land_mask land;
    ih_area_mask coherence_area; /* inside is NULL for the whole grid */
    size_t coherence_pixels;     /* of land within it */
    ih_network *network;
    double *years;            /* [date] decimal years */
    double *date_baselines_m; /* [date] */
    ih_work_cube *cube;
    ih_work_cube *coherence; /* from reading to a selection by coherence, or to solving with
                                continuous weights; else NULL */
    ih_ingest_result *ingest;
    ih_reference *reference;
    ih_unwrapping unwrapping;
    ih_overview overview;
    ih_series_choice series;
    ih_time_model *model;
    ih_solution *solution;
    uint8_t *mask; /* [pixel] 1 = reliable */
    ih_corrections corrections;
    ih_viewing viewing;
    bool viewing_known; /* geometry.tif was written, or there is none */
    ih_result_folder *folder;
    ih_resume *resume; /* NULL before the work folder is opened */
    ih_sbas_statistics statistics;
    bool limits_members; /* IH_CACHE_MB is ours to set */
    size_t n_passes;     /* times the stack was read: 1 unless something had to be dropped */
    double seconds[IH_STAGES];
    ih_stage_cost costs[IH_STAGES], cost_mark;
} ih_sbas_state;

static inline size_t ih_sbas_pixels(const ih_sbas_state *state)
{
    return state->common->grid.nx * state->common->grid.ny;
}

/* What the reference is found in, or measured again. */
static inline ih_reference_request ih_sbas_reference_request(const ih_sbas_state *state)
{
    return (ih_reference_request){.options = &state->options,
                                  .common = state->common,
                                  .n_pairs = state->network->n_pairs,
                                  .ingest = state->ingest,
                                  .land = state->land.land,
                                  .cube = state->cube};
}

/* Reliable pixels among the observed ones, 0..1. */
static inline double ih_sbas_reliable_share(const ih_sbas_state *state)
{
    const ih_sbas_statistics *t = &state->statistics;

    return t->observed ? (double)t->reliable / (double)t->observed : 0.0;
}

/* Whether weights come from the coherence itself: it is then kept until the stack is solved. */
bool ih_sbas_weighs_continuously(const ih_sbas_state *state);

/* Kept pairs that came without connected components. */
size_t ih_sbas_without_components(const ih_sbas_state *state);

/* What is left of -wm for cubes. */
double ih_sbas_cube_memory(const ih_sbas_state *state);

/* Bytes that a raster may take while it is written: of those with a band per date, of which one is written at a time, what -wm
 * leaves beside planes and cube; of the others the share of the cache of members, which is idle then. */
double ih_sbas_raster_memory(const ih_sbas_state *state, bool per_date);

/* The common grid of the catalogue's pairs and their network (utilities/lib/sbas.c). */
IH_MUST_CHECK ih_status ih_sbas_find_grid(ih_sbas_state *state, ih_error *err);

/* The reference, once all is read; drops the pairs in which it has no phase, *n_dropped of them, if
 * that is wanted. */
IH_MUST_CHECK ih_status ih_sbas_find_reference(ih_sbas_state *state, size_t *n_dropped,
                                               ih_error *err);

/* The work cube of this grid and network. */
IH_MUST_CHECK ih_status ih_sbas_cube_spec(const ih_sbas_state *state, ih_work_cube_spec *spec,
                                          ih_error *err);

/* Names of all results, NULL-terminated, run.json last (utilities/lib/sbas_rasters.c). */
extern const char *const ih_sbas_result_names[];

/* The rasters, styles and the quicklook. */
IH_MUST_CHECK ih_status ih_sbas_write_rasters(ih_sbas_state *state, ih_error *err);

/* geometry.tif and viewing; done by ih_sbas_write_rasters unless it was done before. */
IH_MUST_CHECK ih_status ih_sbas_write_geometry(ih_sbas_state *state, ih_error *err);

/* network.csv, dates.csv, residual_rms.csv (utilities/lib/sbas_tables.c). */
/* One text table of the result folder, as put_table prints it. */
IH_MUST_CHECK ih_status ih_sbas_write_table(const ih_sbas_state *state, const char *name,
                                            void (*put_table)(const ih_sbas_state *, FILE *),
                                            ih_error *err);
IH_MUST_CHECK ih_status ih_sbas_write_tables(const ih_sbas_state *state, ih_error *err);

/* run.json as a text, and the summary for people (utilities/lib/sbas_report.c); the caller frees.
 * NULL when memory is short. */
char *ih_sbas_run_json(const ih_sbas_state *state);
char *ih_sbas_summary(const ih_sbas_state *state);

#endif
