/* SPDX-License-Identifier: MIT
 *
 * Weighted small-baseline inversion: unwrapped phases of pairs to the phase of every date
 * (Berardino et al. 2002; docs/algorithms/inversion.md). Unknowns are the date phases; the normal
 * matrix A'WA is a banded, weighted graph Laplacian with one grounded date per connected part,
 * factored by Cholesky in double. Pixels are processed in groups of IH_LANES (structure of arrays),
 * so the compiler's vectors run across pixels.
 *
 * Layout of a block of pixels: [pair][pair_stride] and [date][date_stride]; pixel p of pair k is at
 * k * pair_stride + p. Strides are in elements, at least n_pixels rounded up to IH_LANES (the
 * padding is read and written, never used). Equations are multiplied by the root, taken in float32,
 * of the weight of ih_weight_table. The result of a pixel depends on that pixel alone: any blocking
 * and any number of threads gives the same bytes.
 */
#ifndef IH_SBAS_H
#define IH_SBAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "algorithms/network.h"
#include "algorithms/phase_statistics.h"
#include "algorithms/status.h"

#define IH_LANES 16

typedef struct {
    enum ih_weight weight;  /* IH_WEIGHT_VARIANCE */
    double looks;           /* independent looks, >= 1 */
    bool min_norm_velocity; /* true: the parts of a disconnected network are joined by minimum-norm
                               velocity; false: each part without the first date gets zero
                               mean */
    size_t min_redundancy;  /* 1: fewest valid pairs at each date but the first */
} ih_sbas_options;
#define IH_SBAS_DEFAULTS                                                                           \
    {                                                                                              \
        .weight = IH_WEIGHT_VARIANCE, .looks = 1.0, .min_norm_velocity = true, .min_redundancy = 1 \
    }

typedef struct {
    size_t n_pixels;
    const float *phase_rad; /* [pair][pair_stride], positive away; no data: NaN, infinity, or 2^24
                               rad and more after referencing, which cannot resolve a cycle */
    const uint8_t *quality; /* [pair][quality_stride] quality level, above the last counts as the
                               last; NULL = all weights 1 */
    size_t pair_stride, quality_stride;
    const float *reference_phase_rad; /* [pair], subtracted; NaN makes the pair unused everywhere;
                                         NULL = zeros */
    const uint8_t *mask;              /* [pixel] 0 = skip; NULL = none skipped */
} ih_sbas_input;

/* All but phase_rad may be NULL. The sums over pixels are running sums: fed block after block they
 * get the same bytes as from one big block; accumulators to be added up later need a fixed order of
 * their own. */
typedef struct {
    float *phase_rad; /* [date][date_stride], date 0 is 0; NaN where the pixel has no solution */
    size_t date_stride;
    float *temporal_coherence; /* [pixel] 0..1 (Pepe and Lanari 2006); NaN without solution */
    uint16_t *valid_pairs;     /* [pixel] pairs used; 0 without solution */
    uint8_t *n_components;     /* [pixel] connected parts of the pixel's own network, at most 255; 0
                                  without */
    double *residual_sum_squares; /* [pair] rad^2, added to over solved pixels in pixel order */
    uint64_t *residual_count;     /* [pair] added to */
} ih_sbas_output;

typedef struct ih_sbas_plan ih_sbas_plan;

/* What all pixels share. Immutable afterwards, so one plan serves all threads; network must outlive
 * it. */
IH_MUST_CHECK ih_status ih_sbas_plan_new(const ih_network *network, const ih_sbas_options *options,
                                         ih_sbas_plan **out, ih_error *err);
void ih_sbas_plan_free(ih_sbas_plan *plan);

/* Scratch memory of one thread. */
typedef struct ih_sbas_workspace ih_sbas_workspace;
IH_MUST_CHECK ih_status ih_sbas_workspace_new(const ih_sbas_plan *plan, ih_sbas_workspace **out,
                                              ih_error *err);
void ih_sbas_workspace_free(ih_sbas_workspace *workspace);
size_t ih_sbas_workspace_bytes(const ih_sbas_plan *plan);

/* Solves a block. One workspace per thread; its contents do not influence results. IH_E_ARGUMENT
 * when a stride is too small or a phase array is missing. A pixel is without solution when it is
 * masked, has no valid pair, or a date other than the first has fewer valid pairs than
 * min_redundancy. */
IH_MUST_CHECK ih_status ih_sbas_invert(const ih_sbas_plan *plan, ih_sbas_workspace *workspace,
                                       const ih_sbas_input *in, const ih_sbas_output *out,
                                       ih_error *err);

#endif
