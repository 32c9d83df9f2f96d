/* SPDX-License-Identifier: MIT */
#include "algorithms/closure.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "algorithms/alloc.h"
#include "algorithms/simd.h"

/* Pixels handled at a time: phases of a hundred pairs stay in the second cache. Sums of one chunk
 * fit in 32 bits: three phases below the limit are fewer than 2^23 cycles. */
#define CHUNK 256

#define MAX_TRIPLETS ((size_t)1 << 24)

/* Pairs charged one after the other: more than anybody looks at, and each costs a pass over the
 * triplets. */
enum { MOST_CHARGED = 100 };

#define TWO_PI         6.28318530717958648f
#define CYCLES_PER_RAD 0.15915494309189534f
#define REST_UNITS     65536.0f

/* Adding and subtracting it rounds a float32 below 2^22 to a whole number. */
#define ROUNDER 12582912.0f

static bool kept(const uint8_t *keep, size_t pair)
{
    return !keep || keep[pair];
}

/* first[d] to first[d + 1] are the pairs whose reference date is d: pairs are in that order. */
static size_t *pairs_by_date(const ih_network *network)
{
    size_t *first = ih_calloc(network->n_dates + 1, sizeof *first);

    if (!first)
        return NULL;
    for (size_t k = 0; k < network->n_pairs; k++)
        first[network->reference_index[k] + 1]++;
    for (size_t d = 0; d < network->n_dates; d++)
        first[d + 1] += first[d];
    return first;
}

/* Triplets of pair_12, into out unless that is NULL; returns how many. Pairs from t1 and from t2
 * are both in order of their later date, so one walk finds what they share. */
static size_t triplets_of_pair(const ih_network *network, const uint8_t *keep, const size_t *first,
                               size_t pair_12, ih_triplet *out)
{
    const uint32_t *later = network->secondary_index;
    size_t k13 = pair_12 + 1, k13_end = first[network->reference_index[pair_12] + 1];
    size_t k23 = first[later[pair_12]], k23_end = first[later[pair_12] + 1];
    size_t n = 0;

    while (k13 < k13_end && k23 < k23_end) {
        if (later[k13] == later[k23]) {
            if (kept(keep, k13) && kept(keep, k23)) {
                if (out)
                    out[n] = (ih_triplet){.pair_12 = (uint32_t)pair_12,
                                          .pair_23 = (uint32_t)k23,
                                          .pair_13 = (uint32_t)k13};
                n++;
            }
            k13++;
            k23++;
        } else if (later[k13] < later[k23]) {
            k13++;
        } else {
            k23++;
        }
    }
    return n;
}

ih_status ih_triplet_list_new(const ih_network *network, const uint8_t *keep, ih_triplet_list **out,
                              ih_error *err)
{
    ih_triplet_list *list = ih_calloc(1, sizeof *list);
    size_t *first = pairs_by_date(network), n = 0;
    ih_status st = IH_OK;

    *out = NULL;
    if (!list || !first) {
        st = ih_fail(err, IH_E_MEMORY, "triplets of %zu pairs", network->n_pairs);
        goto done;
    }
    for (size_t k = 0; k < network->n_pairs && n <= MAX_TRIPLETS; k++)
        n += kept(keep, k) ? triplets_of_pair(network, keep, first, k, NULL) : 0;
    if (n > MAX_TRIPLETS) {
        st = ih_fail(err, IH_E_UNSUPPORTED, "%zu pairs form more than %zu triplets",
                     network->n_pairs, MAX_TRIPLETS);
        goto done;
    }
    list->n_pairs = network->n_pairs;
    list->triplets = n ? ih_alloc(n, sizeof *list->triplets) : NULL;
    if (n && !list->triplets) {
        st = ih_fail(err, IH_E_MEMORY, "%zu triplets", n);
        goto done;
    }
    for (size_t k = 0; n && k < network->n_pairs; k++)
        if (kept(keep, k))
            list->n_triplets +=
                triplets_of_pair(network, keep, first, k, list->triplets + list->n_triplets);

done:
    free(first);
    if (st == IH_OK)
        *out = list;
    else
        ih_triplet_list_free(list);
    return st;
}

void ih_triplet_list_free(ih_triplet_list *list)
{
    if (!list)
        return;
    free(list->triplets);
    free(list);
}

ih_status ih_closure_counter_new(const ih_triplet_list *list, enum ih_missing_phase missing,
                                 ih_closure_counter **out, ih_error *err)
{
    ih_closure_counter *c = ih_calloc(1, sizeof *c);
    size_t n = list->n_triplets ? list->n_triplets : 1;

    *out = NULL;
    if (c) {
        c->list = list;
        c->missing = missing;
        c->checked = ih_calloc(n, sizeof *c->checked);
        c->ambiguous = ih_calloc(n, sizeof *c->ambiguous);
        c->cycles = ih_calloc(n, sizeof *c->cycles);
        c->rest = ih_calloc(n, sizeof *c->rest);
        c->scratch = ih_alloc_aligned(list->n_pairs, CHUNK * sizeof *c->scratch);
    }
    if (!c || !c->checked || !c->ambiguous || !c->cycles || !c->rest || !c->scratch) {
        ih_closure_counter_free(c);
        return ih_fail(err, IH_E_MEMORY, "closure of %zu triplets", list->n_triplets);
    }
    *out = c;
    return IH_OK;
}

void ih_closure_counter_free(ih_closure_counter *counter)
{
    if (!counter)
        return;
    free(counter->checked);
    free(counter->ambiguous);
    free(counter->cycles);
    free(counter->rest);
    free(counter->scratch);
    free(counter);
}

/* Referenced phases of n <= CHUNK pixels of one pair. */
static inline __attribute__((always_inline)) void reference_phases(const float *restrict source,
                                                                   float reference,
                                                                   enum ih_missing_phase missing,
                                                                   size_t n, float *restrict phase)
{
    if (missing == IH_MISSING_IS_ZERO) {
        float known = fabsf(reference) < IH_PHASE_LIMIT_RAD ? reference : 0.0f;

        IH_LANE_LOOP
        for (size_t p = 0; p < n; p++) {
            float value = source[p] - known;

            value = source[p] != 0.0f ? value : 0.0f;
            phase[p] = fabsf(value) < IH_PHASE_LIMIT_RAD ? value : 0.0f;
        }
        return;
    }
    IH_LANE_LOOP
    for (size_t p = 0; p < n; p++) {
        float value = source[p] - reference;

        phase[p] = fabsf(value) < IH_PHASE_LIMIT_RAD ? value : NAN;
    }
}

/* Referenced phases of all pairs, NaN where the mask is 0 and beyond the n pixels. */
static inline __attribute__((always_inline)) void
gather(const ih_closure_counter *c, const ih_phase_block *block, size_t begin, size_t n)
{
    for (size_t k = 0; k < c->list->n_pairs; k++) {
        float *phase = c->scratch + k * CHUNK;
        float reference = block->reference_phase_rad ? block->reference_phase_rad[k] : 0.0f;

        reference_phases(block->phase_rad + k * block->pair_stride + begin, reference, c->missing,
                         n, phase);
        if (block->mask)
            for (size_t p = 0; p < n; p++)
                phase[p] = block->mask[begin + p] ? phase[p] : NAN;
        for (size_t p = n; p < CHUNK; p++)
            phase[p] = NAN;
    }
}

static inline __attribute__((always_inline)) void close_triplet(ih_closure_counter *c, size_t t,
                                                                uint32_t *restrict ambiguous,
                                                                uint32_t *restrict checked)
{
    const ih_triplet *triplet = &c->list->triplets[t];
    const float *restrict a = c->scratch + (size_t)triplet->pair_12 * CHUNK;
    const float *restrict b = c->scratch + (size_t)triplet->pair_23 * CHUNK;
    const float *restrict d = c->scratch + (size_t)triplet->pair_13 * CHUNK;
    float closure[CHUNK] __attribute__((aligned(64)));
    int32_t n_checked = 0, n_ambiguous = 0, sum_cycles = 0, sum_rest = 0;

    /* Two loops: in one the compiler branches on what is missing, and then there are no vectors. */
    IH_LANE_LOOP
    for (size_t p = 0; p < CHUNK; p++) {
        float sum = a[p] + b[p] - d[p];
        int32_t valid = sum == sum;

        closure[p] = sum == sum ? sum : 0.0f;
        checked[p] += (uint32_t)valid;
        n_checked += valid;
    }
    IH_LANE_LOOP
    for (size_t p = 0; p < CHUNK; p++) {
        float turns = closure[p] * CYCLES_PER_RAD + 0.5f;
        int32_t cut = (int32_t)turns, cycles = cut - ((float)cut > turns); /* floor */
        float scaled = (closure[p] - (float)cycles * TWO_PI) * REST_UNITS;

        ambiguous[p] += cycles != 0;
        n_ambiguous += cycles != 0;
        sum_cycles += cycles;
        sum_rest += (int32_t)((scaled + ROUNDER) - ROUNDER);
    }
    c->checked[t] += (uint64_t)n_checked;
    c->ambiguous[t] += (uint64_t)n_ambiguous;
    c->cycles[t] += sum_cycles;
    c->rest[t] += sum_rest;
}

static IH_SIMD void count_chunk(ih_closure_counter *c, const ih_phase_block *block, size_t begin,
                                size_t n, uint32_t *ambiguous, uint32_t *checked)
{
    gather(c, block, begin, n);
    for (size_t t = 0; t < c->list->n_triplets; t++)
        close_triplet(c, t, ambiguous, checked);
}

static bool all_masked(const uint8_t *mask, size_t n)
{
    for (size_t p = 0; mask && p < n; p++)
        if (mask[p])
            return false;
    return mask != NULL;
}

ih_status ih_closure_count(ih_closure_counter *counter, const ih_phase_block *block,
                           uint32_t *ambiguous, uint32_t *checked, ih_error *err)
{
    if (block->pair_stride < block->n_pixels)
        return ih_fail(err, IH_E_ARGUMENT, "rows of %zu phases for %zu pixels", block->pair_stride,
                       block->n_pixels);
    for (size_t begin = 0; begin < block->n_pixels; begin += CHUNK) {
        size_t n = block->n_pixels - begin < CHUNK ? block->n_pixels - begin : CHUNK;
        uint32_t counts[2][CHUNK] __attribute__((aligned(64))) = {{0}};

        if (counter->list->n_triplets && !all_masked(block->mask ? block->mask + begin : NULL, n))
            count_chunk(counter, block, begin, n, counts[0], counts[1]);
        if (ambiguous)
            memcpy(ambiguous + begin, counts[0], n * sizeof *ambiguous);
        if (checked)
            memcpy(checked + begin, counts[1], n * sizeof *checked);
    }
    return IH_OK;
}

void ih_closure_merge(ih_closure_counter *into, const ih_closure_counter *from)
{
    for (size_t t = 0; t < into->list->n_triplets; t++) {
        into->checked[t] += from->checked[t];
        into->ambiguous[t] += from->ambiguous[t];
        into->cycles[t] += from->cycles[t];
        into->rest[t] += from->rest[t];
    }
}

ih_triplet_closure ih_closure_of_triplet(const ih_closure_counter *counter, size_t triplet)
{
    double n = (double)counter->checked[triplet], rest;

    if (counter->checked[triplet] == 0)
        return (ih_triplet_closure){(double)NAN, (double)NAN, (double)NAN};
    rest = (double)counter->rest[triplet] / (double)REST_UNITS / n;
    return (ih_triplet_closure){.ambiguous_share = (double)counter->ambiguous[triplet] / n,
                                .mean_rad = 2 * M_PI * (double)counter->cycles[triplet] / n + rest,
                                .mean_rest_rad = rest};
}

static void blame(ih_pair_closure *pair, const ih_closure_counter *counter, size_t triplet)
{
    double share = ih_closure_of_triplet(counter, triplet).ambiguous_share;

    if (isnan(share))
        return;
    if (pair->n_triplets == 0 || share < pair->least_share)
        pair->least_share = share;
    pair->n_triplets++;
    pair->checked += counter->checked[triplet];
    pair->ambiguous += counter->ambiguous[triplet];
}

static int most_suspicious_first(const void *a, const void *b)
{
    const ih_pair_closure *x = a, *y = b;

    if ((x->n_triplets == 0) != (y->n_triplets == 0))
        return x->n_triplets == 0 ? 1 : -1;
    if (x->n_triplets != 0) {
        if (x->least_share != y->least_share)
            return x->least_share > y->least_share ? -1 : 1;
        if (x->n_triplets != y->n_triplets)
            return x->n_triplets > y->n_triplets ? -1 : 1;
        if (x->ambiguous_share != y->ambiguous_share)
            return x->ambiguous_share > y->ambiguous_share ? -1 : 1;
    }
    return (x->pair > y->pair) - (x->pair < y->pair);
}

/* Lower end of Wilson's interval for a share of k in n, at twice the standard deviation. */
static double least_likely_share(double k, double n)
{
    const double z2 = 4.0;
    double p = k / n, spread = sqrt(z2 * (p * (1.0 - p) / n + z2 / (4.0 * n * n)));

    return k > 0 ? fmax(0.0, (p + z2 / (2.0 * n) - spread) / (1.0 + z2 / n)) : 0.0;
}

/* What is left of a pair's triplets, [pair]; -1 for pairs in no triplet. */
static void find_remaining(const ih_closure_counter *counter, const double *left, double *least)
{
    const ih_triplet_list *list = counter->list;

    for (size_t k = 0; k < list->n_pairs; k++)
        least[k] = -1;
    for (size_t t = 0; t < list->n_triplets; t++) {
        const ih_triplet *of = &list->triplets[t];
        const uint32_t members[] = {of->pair_12, of->pair_23, of->pair_13};

        for (int m = 0; m < 3 && counter->checked[t]; m++)
            if (least[members[m]] < 0 || left[t] < least[members[m]])
                least[members[m]] = left[t];
    }
}

/* Charges the pair that explains most; false when nothing is left to explain. */
static bool charge_next(const ih_closure_counter *counter, ih_pair_closure *ranked, size_t rank,
                        double *left, double *least)
{
    const ih_triplet_list *list = counter->list;
    size_t best = list->n_pairs;
    double most = 0;
    ih_pair_closure chosen;

    find_remaining(counter, left, least);
    for (size_t k = rank; k < list->n_pairs; k++) {
        double explained = least[ranked[k].pair] * ranked[k].n_triplets;

        if (explained > most) {
            most = explained;
            best = k;
        }
    }
    if (best == list->n_pairs)
        return false;
    chosen = ranked[best];
    chosen.charged_share = least[chosen.pair];
    /* The others keep their order. */
    memmove(&ranked[rank + 1], &ranked[rank], (best - rank) * sizeof *ranked);
    ranked[rank] = chosen;
    for (size_t t = 0; t < list->n_triplets; t++) {
        const ih_triplet *of = &list->triplets[t];

        if (of->pair_12 == chosen.pair || of->pair_23 == chosen.pair || of->pair_13 == chosen.pair)
            left[t] -= chosen.charged_share;
    }
    return true;
}

ih_status ih_closure_rank_pairs(const ih_closure_counter *counter, ih_pair_closure *ranked,
                                ih_error *err)
{
    const ih_triplet_list *list = counter->list;
    double *left = ih_calloc(list->n_triplets + 1, sizeof *left);
    double *least = ih_calloc(list->n_pairs + 1, sizeof *least);
    ih_status status = IH_OK;

    if (!left || !least) {
        status = ih_fail(err, IH_E_MEMORY, "ranking of %zu pairs", list->n_pairs);
        goto done;
    }
    for (size_t k = 0; k < list->n_pairs; k++)
        ranked[k] = (ih_pair_closure){
            .pair = (uint32_t)k, .ambiguous_share = (double)NAN, .least_share = (double)NAN};
    for (size_t t = 0; t < list->n_triplets; t++) {
        blame(&ranked[list->triplets[t].pair_12], counter, t);
        blame(&ranked[list->triplets[t].pair_23], counter, t);
        blame(&ranked[list->triplets[t].pair_13], counter, t);
        if (counter->checked[t])
            left[t] =
                least_likely_share((double)counter->ambiguous[t], (double)counter->checked[t]);
    }
    for (size_t k = 0; k < list->n_pairs; k++)
        if (ranked[k].checked)
            ranked[k].ambiguous_share = (double)ranked[k].ambiguous / (double)ranked[k].checked;
    qsort(ranked, list->n_pairs, sizeof *ranked, most_suspicious_first);
    for (size_t rank = 0; rank < MOST_CHARGED && rank < list->n_pairs; rank++)
        if (!charge_next(counter, ranked, rank, left, least))
            break;

done:
    free(left);
    free(least);
    return status;
}

void ih_closure_map(const ih_closure_map_input *in, float *map)
{
    for (size_t p = 0; p < in->n_pixels; p++) {
        bool known = !in->land || in->land[p];

        if (in->missing == IH_MISSING_IS_ZERO)
            known = known && in->ambiguous[p] != in->n_triplets &&
                    (!in->average_coherence || in->average_coherence[p] > 0.0f);
        else
            known = known && in->checked[p] > 0;
        map[p] = known ? (float)in->ambiguous[p] : NAN;
    }
}
