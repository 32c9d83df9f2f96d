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
 *
 * Beyond the phases it gives their covariance from the noise of the pairs, for linear functions of
 * them (such as the terms of a time model) and for single dates.
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

enum ih_norm {
    IH_NORM_L2 = 0, /* the sum of w e^2 is least (e residual, w weight) */
    IH_NORM_L1      /* the sum of sqrt(w) |e| is least, by iteratively reweighted least squares with
                       a fixed number of rounds: few large errors do not spread */
};

typedef struct {
    enum ih_weight weight;  /* IH_WEIGHT_VARIANCE */
    double looks;           /* independent looks, >= 1 */
    enum ih_norm norm;      /* IH_NORM_L2 */
    bool min_norm_velocity; /* true: the parts of a disconnected network are joined by minimum-norm
                               velocity; false: each part without the first date gets zero
                               mean */
    size_t min_redundancy;  /* 1: fewest valid pairs at each date but the first */

    /* Terms of a motion, each a function of the date: if there are any, they join the parts in the
     * place of a minimum norm (NSBAS, Lopez-Quiroz et al. 2009, Doin et al. 2011, with the weight
     * of the motion tending to 0). [date][n_join_terms]; without a constant, which is implied. A
     * term that the dates of a pixel's parts do not determine beside the ones before it is left
     * out there. */
    const double *join_terms;
    size_t n_join_terms;

    /* Linear functions of the dates' phases whose covariance is wanted, [n_functions][date]. Not
     * with IH_NORM_L1. */
    const double *functions;
    size_t n_functions;
    bool date_variance; /* that of the dates relative to reference_date is wanted; not with
                           IH_NORM_L1 */
    size_t reference_date;
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
    const float *weight;    /* [pair][weight_stride] weights, in the place of those of quality; may
                               be NULL */
    size_t pair_stride, quality_stride, weight_stride;
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

    /* From the variance that IH_WEIGHT_VARIANCE is the inverse of, whatever the weight: the input
     * needs qualities. NaN without solution, and where parts are joined by a minimum norm, which is
     * no measurement. Padding is written as in phase_rad. */
    float *function_covariance; /* [function i][function j <= i][date_stride] rad^2 times the
                                   functions' units */
    float *date_variance_rad2;  /* [date][date_stride] */
} ih_sbas_output;

typedef struct ih_sbas_plan ih_sbas_plan;

/* What all pixels share. Immutable afterwards, so one plan serves all threads; network must outlive
 * it, the arrays of options need not. IH_E_ARGUMENT when options contradict each other or a number
 * is not finite. */
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
 * when a stride is too small, a phase array is missing, or a covariance is asked for that the plan
 * was not made for or that lacks qualities. A pixel is without solution when it is
 * masked, has no valid pair, or a date other than the first has fewer valid pairs than
 * min_redundancy. */
IH_MUST_CHECK ih_status ih_sbas_invert(const ih_sbas_plan *plan, ih_sbas_workspace *workspace,
                                       const ih_sbas_input *in, const ih_sbas_output *out,
                                       ih_error *err);

#endif
