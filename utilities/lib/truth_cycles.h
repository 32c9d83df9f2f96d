/* SPDX-License-Identifier: MIT
 *
 * Which of the whole cycles that a simulation planted a correction of unwrapping errors has found.
 */
#ifndef IH_TRUTH_CYCLES_H
#define IH_TRUTH_CYCLES_H

#include "utilities/lib/truth_match.h"

/* Counts of values, a value being a pixel of a pair with a phase. What is planted at the reference
 * counts against everything else. */
typedef struct {
    double planted, repaired; /* repaired: the right cycles were subtracted */
    double good, harmed;      /* good: nothing is planted; harmed: of them, changed */
} ih_truth_cycles;

/* Compares unwrapping_cycles.tif of the result; without one all counts are 0. */
IH_MUST_CHECK ih_status ih_truth_compare_cycles(ih_truth_comparison *c, ih_truth_cycles *out,
                                                ih_error *err);

#endif
