/* SPDX-License-Identifier: MIT
 *
 * Unwrapped phases of a run of pixels in all pairs of a network, as closure and stacking take them.
 */
#ifndef IH_PHASE_BLOCK_H
#define IH_PHASE_BLOCK_H

#include <stddef.h>
#include <stdint.h>

/* No phase is that large: float32 could not resolve a cycle. */
#define IH_PHASE_LIMIT_RAD 16777216.0f

typedef struct {
    size_t n_pixels;
    const float *phase_rad;           /* [pair][pair_stride], positive away; NaN = no data, as are
                                         infinity and IH_PHASE_LIMIT_RAD and more */
    size_t pair_stride;               /* in elements, at least n_pixels */
    const float *reference_phase_rad; /* [pair], subtracted; NaN = no phase there; NULL = zeros */
    const uint8_t *mask;              /* [pixel] 0 = skip; NULL = none skipped */
} ih_phase_block;

/* What is done about a pair without phase at a pixel or at the reference. */
enum ih_missing_phase {
    IH_MISSING_LEFT_OUT = 0, /* it is left out */
    IH_MISSING_IS_ZERO       /* it counts as a phase of 0 before referencing, as in MintPy, whose
                                files mark no data by 0 */
};

#endif
