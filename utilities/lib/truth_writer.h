/* SPDX-License-Identifier: MIT
 *
 * The folder "truth" beside simulated products: what the ground and every error source did, on the
 * scene grid.
 */
#ifndef IH_TRUTH_WRITER_H
#define IH_TRUTH_WRITER_H

#include "algorithms/progress.h"
#include "algorithms/status.h"
#include "utilities/lib/scene.h"

/* Name of the folder and of the report inside it, which marks a folder as a simulation. */
#define IH_TRUTH_FOLDER "truth"
#define IH_TRUTH_REPORT "truth.json"

/* truth.json: options, dates, pairs, planted errors. folder is that of the truth. */
IH_MUST_CHECK ih_status ih_truth_write_report(const ih_scene *scene, const char *folder,
                                              ih_error *err);

/* The rasters: velocity, displacement, troposphere, dem_error, height, water, forest, coherence
 * terms, unwrapping errors. */
IH_MUST_CHECK ih_status ih_truth_write_rasters(const ih_scene *scene, const char *folder,
                                               ih_progress progress, void *progress_data,
                                               ih_error *err);

/* Slope of the line fitted by least squares to a displacement at the scene's dates is sum_i w_i
 * d_i: sets weights[date]. */
void ih_truth_velocity_weights(const ih_scene *scene, double *weights);

#endif
