/* SPDX-License-Identifier: MIT
 *
 * Solves every block of a work cube: phases of pairs to the displacement of every date, its
 * velocity, and the quality of the solution. Blocks are solved in parallel, one workspace per
 * thread; what is summed over blocks is summed in their order, so the result does not depend on the
 * number of threads.
 *
 * With a file for solved blocks, a block that was complete when a run was interrupted is taken from
 * it: everything that list_planes in solution.c names, the sums per pair, and the series in the
 * cube.
 */
#ifndef IH_SOLUTION_H
#define IH_SOLUTION_H

#include <stdbool.h>
#include <stdint.h>

#include "algorithms/network.h"
#include "algorithms/progress.h"
#include "algorithms/sbas.h"
#include "algorithms/time_model.h"
#include "utilities/lib/work_cube.h"

typedef struct {
    const ih_network *network;
    ih_sbas_options options;
    const ih_time_model *model;       /* of displacement in metres */
    bool series_only;                 /* the model is not fitted: ih_solution_keep_fit will tell */
    const float *reference_phase_rad; /* [pair] */
    size_t reference_pixel;
    bool zero_phase_is_no_data; /* elsewhere a phase equal to the reference's is none */
    ih_work_cube *coherence;    /* coherence in the place of phases, for weights of the coherence
                                   itself; destroyed. NULL = weights of its class, in the cube */
    const uint8_t *mask;        /* [pixel] 0 = leave out; may be NULL */
    double wavelength_m;
    int threads;
    const char *blocks_path; /* file to keep solved blocks in (a cube with a named file has their
                                series); NULL = they are not kept */
    bool take_blocks;        /* those that the file has need not be solved again */
} ih_solution_request;

typedef struct {
    /* [pixel], NaN or 0 without solution */
    size_t n_parameters;
    float **estimate, **deviation;        /* [parameter] planes; none (NULL) of the intercept */
    float *velocity, *velocity_deviation; /* m/year, two of these planes */
    float *temporal_coherence;
    uint16_t *valid_pairs;
    uint16_t *n_components; /* connected parts of the pixel's own network */
    float **covariance;     /* [coefficient i][coefficient j <= i] planes, when the options have
                               functions and the model is to be fitted later; else NULL */
    size_t n_covariances;
    /* [pair] */
    double *residual_rms_rad; /* NaN when no solved pixel has the pair */
    uint64_t *residual_count;
    size_t n_taken_blocks; /* that had been solved before */
} ih_solution;

/* The cube's phases are replaced by displacements, metres, positive toward the satellite, [date];
 * with options.date_variance their standard deviations, metres, follow. options.functions, if any,
 * are the coefficients of the model. */
IH_MUST_CHECK ih_status ih_solution_compute(const ih_solution_request *request, ih_work_cube *cube,
                                            size_t n_pixels, ih_progress progress,
                                            void *progress_data, ih_solution **out, ih_error *err);

/* Copies what a fit of consecutive pixels found, [parameter][stride], into the planes.
 * Thread-safe on different pixels. */
void ih_solution_keep_fit(ih_solution *solution, size_t first_pixel, size_t n_pixels,
                          const float *estimate, const float *deviation, size_t stride);

/* Copies covariance planes of consecutive pixels to [coefficient i][coefficient j <= i][stride];
 * NULL when there are none, else returns covariance. */
const float *ih_solution_read_covariance(const ih_solution *solution, size_t first_pixel,
                                         size_t n_pixels, float *covariance, size_t stride);

/* Bytes per pixel of the planes of a model. */
double ih_solution_plane_bytes(size_t n_parameters);

void ih_solution_free(ih_solution *solution);

#endif
