/* SPDX-License-Identifier: MIT
 *
 * The scenes that pair with a reference, and their baselines to it.
 */
#ifndef IH_BASELINE_STACK_H
#define IH_BASELINE_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "algorithms/status.h"
#include "utilities/net/granule.h"

/* One scene; the granule is the list's. */
typedef struct {
    const ih_granule *granule;
    int64_t temporal_days; /* difference of the UTC dates; negative is earlier than the reference */
    double perpendicular_m; /* NaN when the record has no state vectors, or they make no sense */
    double overlap; /* share of the reference's footprint, 0..1; 1 when a footprint is missing */
} ih_stack_scene;

typedef struct {
    bool same_frame; /* only the reference's frame */
    double least_overlap;
    bool every_scene; /* also several of one date */
} ih_stack_choice;

typedef struct {
    ih_stack_scene *scenes; /* by temporal baseline, then by start */
    size_t n;
    size_t other_frames, little_overlap, same_dates; /* left out */
    size_t without_baseline;
} ih_baseline_stack;

/* The reference (one of the list, by its index) is always part of the stack, with baselines 0. Of
 * several scenes of one date the one that covers most of the reference stays. */
IH_MUST_CHECK ih_status ih_baseline_stack_make(const ih_granules *list, size_t reference,
                                               const ih_stack_choice *choice,
                                               ih_baseline_stack *out, ih_error *err);
void ih_baseline_stack_free(ih_baseline_stack *stack);

#endif
