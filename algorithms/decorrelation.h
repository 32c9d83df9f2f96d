/* SPDX-License-Identifier: MIT
 *
 * Coherence as a product of what the ground, time and the perpendicular baseline leave of it
 * (Zebker and Villasenor 1992; exponential decay to a long-term floor: Parizzi et al. 2009). Arrays
 * are [row][column]. Thread-safe: no state.
 */
#ifndef IH_DECORRELATION_H
#define IH_DECORRELATION_H

#include <stddef.h>
#include <stdint.h>

#include "algorithms/progress.h"
#include "algorithms/random.h"
#include "algorithms/status.h"

typedef struct {
    float *initial;    /* coherence of a pair without delay, 0..1 */
    float *long_term;  /* share of it that never decays, 0..1 */
    float *decay_days; /* time in which the rest falls to 1/e */
} ih_decorrelation;

typedef struct {
    size_t nx, ny;
    double initial, long_term, decay_days; /* medians over the scene */
    double patch_share;   /* share of the area without lasting coherence (forest), 0 = none */
    ih_progress progress; /* asked now and then whether to go on (IH_E_CANCELLED); may be NULL */
    void *progress_data;
} ih_decorrelation_spec;

IH_MUST_CHECK ih_status ih_decorrelation_new(size_t n_pixels, ih_decorrelation *out, ih_error *err);
void ih_decorrelation_free(ih_decorrelation *maps);

/* Land cover varies smoothly over the scene; patches (may be NULL) gets 1 inside a decorrelated
 * patch. The patches are drawn from a stream of their own, so that without them the rest is the
 * same. */
IH_MUST_CHECK ih_status ih_decorrelation_make(const ih_decorrelation_spec *spec, ih_random *cover,
                                              ih_random *patch, const ih_decorrelation *out,
                                              uint8_t *patches, ih_error *err);

/* What a baseline leaves: 1 at 0, none from the critical baseline on. */
double ih_decorrelation_baseline(double perpendicular_baseline_m, double critical_baseline_m);

/* Coherence of pixel i after some days, times the factor of the baseline. */
float ih_decorrelation_coherence(const ih_decorrelation *maps, size_t i, double days,
                                 double baseline_factor);

#endif
