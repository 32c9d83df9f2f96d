/* SPDX-License-Identifier: MIT
 *
 * Inside of the small-baseline inversion: what the files sbas*.c share.
 * Arrays named "lanes" hold IH_LANES values, one per pixel of a group, beside each other.
 *
 * The normal matrix of a group is kept as its envelope (skyline): for date d the entries from
 * column first[d], its earliest partner in any pair, to d - 1, then the diagonal apart. Cholesky
 * factors fill nothing outside the envelope.
 */
#ifndef IH_SBAS_PLAN_H
#define IH_SBAS_PLAN_H

#include <math.h>

#include "algorithms/sbas.h"

/* A phase of 2^24 rad or more cannot resolve a cycle in float32: no data, like NaN and infinity. */
#define IH_MAX_PHASE 16777216.0f

/* Added to a diagonal entry it is the whole of it: the unknown becomes 0 and vanishes from all
 * other rows. */
#define IH_GROUND 0x1p100

/* A quality is any byte, so the table has 256 entries. */
#define IH_WEIGHT_ENTRIES 256

struct ih_sbas_plan {
    const ih_network *network;
    ih_sbas_options options;
    double weights[IH_WEIGHT_ENTRIES];  /* [quality] */
    float roots[IH_WEIGHT_ENTRIES];     /* [quality] their roots */
    float variances[IH_WEIGHT_ENTRIES]; /* [quality] of the phase, rad^2 */
    float spreads[IH_WEIGHT_ENTRIES];   /* [quality] weight^2 times variance */
    uint32_t *first;                    /* [date] column of the row's first envelope entry */
    size_t *row;                        /* [date + 1] where the row starts in the envelope */
    size_t *entry;                      /* [pair] its place in the envelope */
    size_t *fill;                       /* [n_fill] envelope entries that belong to no pair */
    size_t n_fill;
    size_t max_parts; /* most connected parts a pixel with solution can have */

    /* copies of the options' arrays, or NULL; the options' pointers are not followed */
    double *join_terms;  /* [date][term] */
    double *least_pivot; /* [term] below it a term is not determined */
    double *functions;   /* [function][date] */
    /* For the variances of dates, where they are elements of the inverse normal matrix because
     * weights are inverse variances; else NULL. */
    uint32_t *below;    /* rows whose envelope reaches a column, column after column */
    size_t *below_from; /* [date + 1] where a column's begin */
};

struct ih_sbas_workspace {
    float *phase;            /* [pair] lanes: referenced phase, NaN where unused */
    double *squares;         /* [pair] lanes: squared residual, 0 where unused */
    double *envelope;        /* [entry] lanes */
    double *diagonal;        /* [date] lanes: then the inverse pivots */
    double *solution;        /* [date] lanes: right-hand side, then the phases of the dates */
    int32_t *later;          /* [date] lanes: valid pairs that begin at the date */
    int32_t *earlier;        /* [date] lanes: valid pairs that end at it */
    double *cosines, *sines; /* lanes: sums over the pairs */
    uint32_t *parts; /* [lane][date] number of the date's connected part, where there are several */
    double *part_offset; /* [part] */
    double *part_matrix; /* [part][part] */
    /* with terms of a motion: */
    double *part_terms;  /* [part][term] means over a part's dates */
    double *part_count;  /* [part] dates */
    double *join_matrix; /* [term][term] normal equations, then their factor */
    double *join_vector; /* [term] */
    /* NULL unless the options need them: */
    float *pair_value;        /* [pair] lanes: entry of a table by quality, 0 where unused */
    float *weight;            /* [pair] lanes: of a round of IH_NORM_L1 */
    double *adjoint;          /* [function, or just one for dates][date] lanes */
    double *products;         /* [function i][function j <= i] lanes */
    double *inverse;          /* [entry] lanes: elements of the inverse normal matrix */
    double *inverse_diagonal; /* [date] lanes */
    /* of the group in work, per lane */
    int32_t n_valid[IH_LANES], weakest_date[IH_LANES], chained[IH_LANES];
    size_t n_parts[IH_LANES]; /* 0: no solution */
};

/* What a kernel needs of the input, at the group's first pixel. */
struct ih_sbas_group {
    const float *phase;
    const uint8_t *quality; /* or NULL */
    const float *weight;    /* or NULL */
};

/* Reads a group: fills phase, envelope, diagonal, solution (as right-hand side), later and earlier;
 * then n_valid, weakest_date (fewest valid pairs at any date but the first) and chained (1: every
 * date has a valid pair to an earlier one, or every date one to a later: so the pixel's network is
 * connected). */
void ih_sbas_assemble(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws,
                      const ih_sbas_input *in, const struct ih_sbas_group *group);
void ih_sbas_count(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws);

/* The same equations from phases and weights in lanes; a phase of weight 0 may be NaN. ridge is
 * added to every diagonal entry. Counts nothing. */
void ih_sbas_assemble_lanes(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws,
                            const float *phase, const float *weight, double ridge);

/* Factors and solves in place. */
void ih_sbas_solve(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws);

/* Another right-hand side x, [date] lanes, with the factor of ih_sbas_solve, in place. */
void ih_sbas_substitute(const struct ih_sbas_plan *plan, const struct ih_sbas_workspace *ws,
                        double *x);

/* pair_value: the root of every weight, or the weight squared times the phase variance. */
void ih_sbas_look_up_roots(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws,
                           const ih_sbas_input *in, const struct ih_sbas_group *group);
void ih_sbas_look_up_spreads(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws,
                             const ih_sbas_input *in, const struct ih_sbas_group *group);

/* From a solution by least squares to one of least absolute residuals, for a group whose lanes have
 * been decided on; envelope and diagonal are then those of the last round. */
void ih_sbas_solve_absolute(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws,
                            const ih_sbas_input *in, const struct ih_sbas_group *group);

/* Grounds one date of each part of every lane; a lane without solution gets NaN. */
void ih_sbas_ground(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws);

/* Covariances of the group of pixels that begins at `begin`, after ih_sbas_solve by least
 * squares. */
void ih_sbas_write_covariance(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws,
                              const ih_sbas_input *in, const struct ih_sbas_group *group,
                              const ih_sbas_output *out, size_t begin);

/* Squared residuals, and the sums of their cosines and sines over all pairs. An unused pair counts
 * as residual 0, and so does every pair of a lane whose solution is NaN. */
void ih_sbas_residuals(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws);

/* Adds the squared residuals of the lanes, in order, to sums[pair]; and the valid pairs of solved
 * lanes to counts[pair]. An unused pair adds +0, which changes nothing. */
void ih_sbas_add_squares(const struct ih_sbas_plan *plan, const struct ih_sbas_workspace *ws,
                         double *sums);
void ih_sbas_add_counts(const struct ih_sbas_plan *plan, const struct ih_sbas_workspace *ws,
                        uint64_t *counts);

/* Writes the phases of the dates. */
void ih_sbas_store(const struct ih_sbas_plan *plan, const struct ih_sbas_workspace *ws,
                   float *phase, size_t stride);

/* Connected parts of one lane's network into ws->parts; returns their number. */
size_t ih_sbas_find_parts(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws,
                          size_t lane);

/* Shifts the parts of one lane against each other as the options say; each comes with its first
 * date at 0. */
void ih_sbas_join_parts(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws, size_t lane);

/* A linear function of the joined phases of one lane, [date] lanes, becomes the same function of
 * the phases before joining by terms of a motion. */
void ih_sbas_join_adjoint(const struct ih_sbas_plan *plan, struct ih_sbas_workspace *ws,
                          size_t lane, double *function);

#endif
