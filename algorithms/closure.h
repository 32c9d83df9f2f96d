/* SPDX-License-Identifier: MIT
 *
 * Closure of unwrapped phase around triplets of dates t1 < t2 < t3, C = phi12 + phi23 - phi13. Its
 * whole cycles, floor((C + pi) / 2 pi), are unwrapping errors: the integer ambiguity (Yunjun et al.
 * 2019 eq. 8-9). The rest, in [-pi, pi), is noise and the bias of multilooking.
 * docs/algorithms/closure.md.
 *
 * Sums are of whole numbers (the rest in 2^-16 rad): whatever the blocks, their order and the
 * number of counters, the bytes are the same.
 */
#ifndef IH_CLOSURE_H
#define IH_CLOSURE_H

#include <stddef.h>
#include <stdint.h>

#include "algorithms/network.h"
#include "algorithms/phase_block.h"
#include "algorithms/status.h"

typedef struct {
    uint32_t pair_12, pair_23, pair_13;
} ih_triplet;

/* Immutable after creation. */
typedef struct {
    size_t n_triplets, n_pairs;
    ih_triplet *triplets; /* in order of their dates; NULL when there is none */
} ih_triplet_list;

/* All triplets whose three pairs are kept; keep is [pair], NULL = all. A network without one is no
 * error. IH_E_UNSUPPORTED above 2^24 triplets. */
IH_MUST_CHECK ih_status ih_triplet_list_new(const ih_network *network, const uint8_t *keep,
                                            ih_triplet_list **out, ih_error *err);
void ih_triplet_list_free(ih_triplet_list *list);

/* Sums over pixels and the scratch memory of one thread. */
typedef struct {
    const ih_triplet_list *list; /* must outlive the counter */
    enum ih_missing_phase missing;
    /* [triplet] */
    uint64_t *checked;   /* pixels with all three phases */
    uint64_t *ambiguous; /* of these, pixels with whole cycles */
    int64_t *cycles;     /* sum of the whole cycles */
    int64_t *rest;       /* sum of the rest, 2^-16 rad */
    float *scratch;      /* private */
} ih_closure_counter;

IH_MUST_CHECK ih_status ih_closure_counter_new(const ih_triplet_list *list,
                                               enum ih_missing_phase missing,
                                               ih_closure_counter **out, ih_error *err);
void ih_closure_counter_free(ih_closure_counter *counter);

/* Adds a block to the sums and writes, for its pixels, how many triplets are ambiguous and how many
 * have all three phases; both are [pixel], may be NULL, and are 0 where the mask is. With
 * IH_MISSING_IS_ZERO a phase of exactly 0 is not referenced and every triplet counts as checked.
 * Phase rows of all n_pairs of the network are needed, kept or not. IH_E_ARGUMENT when the stride
 * is too small. */
IH_MUST_CHECK ih_status ih_closure_count(ih_closure_counter *counter, const ih_phase_block *block,
                                         uint32_t *ambiguous, uint32_t *checked, ih_error *err);

/* Adds the sums of another counter of the same list. */
void ih_closure_merge(ih_closure_counter *into, const ih_closure_counter *from);

typedef struct {
    double ambiguous_share; /* ambiguous / checked, 0..1 */
    double mean_rad;        /* closure with its whole cycles */
    double mean_rest_rad;   /* without: bias; a scene-wide error in a pair does not show */
} ih_triplet_closure;

/* NaN where nothing was checked. */
ih_triplet_closure ih_closure_of_triplet(const ih_closure_counter *counter, size_t triplet);

typedef struct {
    uint32_t pair;
    uint32_t n_triplets;         /* that were checked somewhere; 0: its errors cannot be found */
    uint64_t checked, ambiguous; /* summed over its triplets */
    double ambiguous_share;      /* ambiguous / checked; NaN when nothing was checked */
    double least_share;          /* smallest ambiguous share of its triplets: the part that no
                                    good neighbour refutes; NaN likewise */
    double charged_share;        /* the part of it that no pair ranked before accounts for */
} ih_pair_closure;

/* All n_pairs pairs of the network, the most suspicious first: an unwrapping error spoils every
 * triplet of its pair, while a good pair beside a bad one has other triplets that close, unless it
 * has too few. So pairs are charged one after the other. First comes the pair of greatest
 * least_share times number of triplets, all that its errors would explain; its least_share is taken
 * off all its triplets, and the next is found among what is left. A share of few pixels weighs
 * less: what counts is the lower end of its 95 % interval (Wilson 1927). After 100 pairs, or when
 * nothing is left, the others follow by least_share, number of triplets, ambiguous_share and
 * number; pairs that cannot be checked come last. IH_E_MEMORY. */
IH_MUST_CHECK ih_status ih_closure_rank_pairs(const ih_closure_counter *counter,
                                              ih_pair_closure *ranked, ih_error *err);

/* What the map of ambiguous triplets is made of; [pixel]. */
typedef struct {
    size_t n_pixels, n_triplets;
    const uint32_t *ambiguous, *checked; /* of ih_closure_count */
    const uint8_t *land;                 /* 0 = water, NULL = all land */
    const float *average_coherence;      /* used by IH_MISSING_IS_ZERO only; NULL = unknown */
    enum ih_missing_phase missing;
} ih_closure_map_input;

/* Number of ambiguous triplets as float32. NaN on water and where no triplet was checked; with
 * IH_MISSING_IS_ZERO on water, where the average coherence is 0 or NaN, and where all triplets are
 * ambiguous. */
void ih_closure_map(const ih_closure_map_input *in, float *map);

#endif
