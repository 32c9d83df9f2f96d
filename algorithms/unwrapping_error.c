/* SPDX-License-Identifier: MIT */
#include "algorithms/unwrapping_error.h"

#include <stdbool.h>
#include <string.h>

#include "algorithms/alloc.h"
#include "algorithms/unwrapping_error_plan.h"

/* Reweighting: the smallest residual that is told from 0, in cycles, halves from round to round, so
 * that the pairs at fault are singled out slowly. */
#define FIRST_LEAST 0.25f
#define LAST_LEAST  0.01f

/* Share of an error's own misclosure in a least-squares fit from which on it is looked for, and the
 * smallest misclosure that is told from noise, in cycles. */
#define TRIGGER_SHARE 0.5f
#define TRIGGER_LEAST 0.06f

/* Mean residual of the surroundings, in cycles: below the first there is no error near; up to the
 * second from a whole number, that number is believed, unless the pixel itself is further than the
 * third from it. */
#define LEAST_EVIDENCE 0.3f
#define CLEAR_EVIDENCE 0.25f
#define CLEAR_REFUSAL  0.75f
#define CLEAR_OWN      0.35f

/* Other ways between the dates of a pair that a correction needs: with one the fault may as well be
 * on it. */
#define LEAST_WAYS 2

/* Sums of squares closer than this are equal: rounding, in cycles squared. */
#define EQUAL_MISFIT 1e-4f

/* What the surroundings propose has to lessen the sum of squares by this much, as an error in a
 * loop of six pairs or fewer does, and to this share. */
#define CLEAR_GAIN  0.15f
#define CLEAR_SHARE 0.7f

/* An error of one cycle in pair k alone leaves a misclosure of 1 - leverage in it: sixteen pairs at
 * a time, each in a lane of its own. */
static ih_status set_triggers(ih_unwrapping_plan *plan, ih_error *err)
{
    size_t n_pairs = plan->network->n_pairs;
    ih_unwrapping_workspace *ws = NULL;
    ih_status st = ih_unwrapping_workspace_new(plan, &ws, err);

    if (st != IH_OK)
        return st;
    for (size_t begin = 0; begin < n_pairs; begin += IH_LANES) {
        memset(ws->observed, 0, n_pairs * IH_LANES * sizeof *ws->observed);
        for (size_t l = 0; l < IH_LANES && begin + l < n_pairs; l++)
            ws->observed[(begin + l) * IH_LANES + l] = 1.0f;
        ih_unwrapping_set_equal_weights(plan, ws);
        ih_unwrapping_fit(plan, ws);
        for (size_t l = 0; l < IH_LANES && begin + l < n_pairs; l++) {
            float seen = TRIGGER_SHARE * ws->residual[(begin + l) * IH_LANES + l];

            plan->trigger[begin + l] = fmaxf(seen, TRIGGER_LEAST);
        }
    }
    ih_unwrapping_workspace_free(ws);
    return IH_OK;
}

ih_status ih_unwrapping_plan_new(const ih_network *network, ih_unwrapping_plan **out, ih_error *err)
{
    const ih_sbas_options options = {.weight = IH_WEIGHT_NONE, .looks = 1.0};
    ih_unwrapping_plan *plan = ih_calloc(1, sizeof *plan);
    ih_status st;

    *out = NULL;
    if (!plan)
        return ih_fail(err, IH_E_MEMORY, "a correction of %zu pairs", network->n_pairs);
    plan->network = network;
    st = ih_sbas_plan_new(network, &options, &plan->solver, err);
    if (st == IH_OK)
        st = ih_incidence_new(network, &plan->incidence, err);
    if (st == IH_OK) {
        plan->trigger = ih_alloc(network->n_pairs, sizeof *plan->trigger);
        st = plan->trigger
                 ? set_triggers(plan, err)
                 : ih_fail(err, IH_E_MEMORY, "a correction of %zu pairs", network->n_pairs);
    }
    if (st != IH_OK) {
        ih_unwrapping_plan_free(plan);
        return st;
    }
    *out = plan;
    return IH_OK;
}

void ih_unwrapping_plan_free(ih_unwrapping_plan *plan)
{
    if (!plan)
        return;
    ih_sbas_plan_free(plan->solver);
    ih_incidence_free(&plan->incidence);
    free(plan->trigger);
    free(plan);
}

ih_status ih_unwrapping_redundancy(const ih_network *network, uint8_t *redundancy, ih_error *err)
{
    ih_incidence incidence = {0};
    ih_path_scratch scratch = {0};
    uint8_t all = 1;
    ih_status st = ih_incidence_new(network, &incidence, err);

    if (st == IH_OK)
        st = ih_path_scratch_new(network, &scratch, err);
    for (size_t k = 0; k < network->n_pairs && st == IH_OK; k++)
        redundancy[k] =
            (uint8_t)ih_disjoint_paths(network, &incidence, &scratch, &all, 0, k, UINT8_MAX);
    ih_path_scratch_free(&scratch);
    ih_incidence_free(&incidence);
    return st;
}

ih_status ih_unwrapping_workspace_new(const ih_unwrapping_plan *plan, ih_unwrapping_workspace **out,
                                      ih_error *err)
{
    size_t n = plan->network->n_pairs * IH_LANES;
    ih_unwrapping_workspace *ws = ih_calloc(1, sizeof *ws);
    ih_status st;

    *out = NULL;
    if (!ws)
        return ih_fail(err, IH_E_MEMORY, "scratch memory of a correction");
    st = ih_sbas_workspace_new(plan->solver, &ws->solver, err);
    if (st == IH_OK)
        st = ih_path_scratch_new(plan->network, &ws->paths, err);
    if (st == IH_OK) {
        ws->observed = ih_alloc_aligned(n, sizeof *ws->observed);
        ws->residual = ih_alloc_aligned(n, sizeof *ws->residual);
        ws->evidence = ih_alloc_aligned(n, sizeof *ws->evidence);
        ws->weight = ih_alloc_aligned(n, sizeof *ws->weight);
        ws->cycles = ih_alloc_aligned(n, sizeof *ws->cycles);
        ws->clean = ih_alloc_aligned(n, sizeof *ws->clean);
        if (!ws->observed || !ws->residual || !ws->evidence || !ws->weight || !ws->cycles ||
            !ws->clean)
            st = ih_fail(err, IH_E_MEMORY, "scratch memory of a correction, %zu bytes",
                         ih_unwrapping_workspace_bytes(plan));
    }
    if (st != IH_OK) {
        ih_unwrapping_workspace_free(ws);
        return st;
    }
    *out = ws;
    return IH_OK;
}

void ih_unwrapping_workspace_free(ih_unwrapping_workspace *ws)
{
    if (!ws)
        return;
    ih_sbas_workspace_free(ws->solver);
    ih_path_scratch_free(&ws->paths);
    free(ws->observed);
    free(ws->residual);
    free(ws->evidence);
    free(ws->weight);
    free(ws->cycles);
    free(ws->clean);
    free(ws);
}

size_t ih_unwrapping_workspace_bytes(const ih_unwrapping_plan *plan)
{
    const ih_unwrapping_workspace *ws = NULL;
    size_t n_pairs = plan->network->n_pairs, n_dates = plan->network->n_dates;
    size_t per_pair = sizeof *ws->observed + sizeof *ws->residual + sizeof *ws->evidence +
                      sizeof *ws->weight + sizeof *ws->cycles + sizeof *ws->clean;

    return sizeof *ws + ih_sbas_workspace_bytes(plan->solver) + n_pairs * IH_LANES * per_pair +
           n_pairs * sizeof *ws->paths.flow +
           n_dates * (sizeof *ws->paths.queue + sizeof *ws->paths.from);
}

static ih_status check_block(const ih_unwrapping_block *block, ih_error *err)
{
    size_t padded;

    if (!block->phase_rad || !block->misclosure)
        return ih_fail(err, IH_E_ARGUMENT, "a correction without phase or misclosure");
    if (block->n_pixels > SIZE_MAX / 2)
        return ih_fail(err, IH_E_ARGUMENT, "%zu pixels in one block", block->n_pixels);
    padded = (block->n_pixels + IH_LANES - 1) / IH_LANES * IH_LANES;
    if (block->pair_stride < padded || block->misclosure_stride < padded)
        return ih_fail(err, IH_E_ARGUMENT, "rows of a block of %zu pixels must be %zu wide",
                       block->n_pixels, padded);
    return IH_OK;
}

static size_t group_size(const ih_unwrapping_block *block, size_t begin)
{
    size_t rest = block->n_pixels - begin;

    return rest < IH_LANES ? rest : IH_LANES;
}

static int8_t to_misclosure(float cycles)
{
    float units = rintf(cycles * IH_MISCLOSURE_PER_CYCLE);

    return (int8_t)fminf(fmaxf(units, -127.0f), 127.0f);
}

static void write_misclosure(const ih_unwrapping_plan *plan, const ih_unwrapping_workspace *ws,
                             const ih_unwrapping_block *block, size_t begin)
{
    size_t n = group_size(block, begin);

    for (size_t k = 0; k < plan->network->n_pairs; k++) {
        int8_t *row = block->misclosure + k * block->misclosure_stride + begin;

        for (size_t l = 0; l < n; l++) {
            int used = !isnan(ws->observed[k * IH_LANES + l]) &&
                       (!block->mask || block->mask[begin + l] != 0);

            row[l] = used ? to_misclosure(ws->residual[k * IH_LANES + l]) : IH_MISCLOSURE_NONE;
        }
    }
}

ih_status ih_unwrapping_residual(const ih_unwrapping_plan *plan, ih_unwrapping_workspace *ws,
                                 const ih_unwrapping_block *block, ih_error *err)
{
    ih_status st = check_block(block, err);

    if (st != IH_OK)
        return st;
    for (size_t begin = 0; begin < block->n_pixels; begin += IH_LANES) {
        ih_unwrapping_read_phase(plan, ws, block, begin);
        ih_unwrapping_set_equal_weights(plan, ws);
        ih_unwrapping_fit(plan, ws);
        write_misclosure(plan, ws, block, begin);
    }
    return IH_OK;
}

/* 1 when some misclosure of the group's n pixels may come from an error. */
static int suspicious(const ih_unwrapping_plan *plan, const ih_unwrapping_block *block,
                      size_t begin, size_t n)
{
    for (size_t k = 0; k < plan->network->n_pairs; k++) {
        const int8_t *row = block->misclosure + k * block->misclosure_stride + begin;
        int limit = (int)(plan->trigger[k] * IH_MISCLOSURE_PER_CYCLE), found = 0;

        for (size_t l = 0; l < n; l++)
            found |= row[l] != IH_MISCLOSURE_NONE && (row[l] > limit || row[l] < -limit);
        if (found)
            return 1;
    }
    return 0;
}

/* Least sum of absolute residuals of the surroundings. */
static void find_evidence(const ih_unwrapping_plan *plan, ih_unwrapping_workspace *ws)
{
    ih_unwrapping_set_equal_weights(plan, ws);
    ih_unwrapping_fit(plan, ws);
    for (float least = FIRST_LEAST; least >= LAST_LEAST; least *= 0.5f) {
        ih_unwrapping_set_inverse_weights(plan, ws, least);
        ih_unwrapping_fit(plan, ws);
    }
    memcpy(ws->evidence, ws->residual, plan->network->n_pairs * IH_LANES * sizeof *ws->evidence);
}

/* Residuals of the pixels themselves against a fit of the pairs beyond suspicion. */
static void fit_unsuspected(const ih_unwrapping_plan *plan, ih_unwrapping_workspace *ws,
                            const ih_unwrapping_block *block, size_t begin)
{
    ih_unwrapping_read_phase(plan, ws, block, begin);
    ih_unwrapping_set_equal_weights(plan, ws);
    for (size_t i = 0; i < plan->network->n_pairs * IH_LANES; i++)
        if (fabsf(ws->evidence[i]) >= LEAST_EVIDENCE)
            ws->weight[i] = 0.0f;
    ih_unwrapping_fit(plan, ws);
}

/* Inside of an area with an error its mean tells the cycles with less noise than the pixel; at its
 * outline, where the mean is of both sides, the pixel decides. */
static int8_t choose_cycles(float evidence, float own)
{
    float cycles = rintf(evidence);

    if (fabsf(evidence) < LEAST_EVIDENCE)
        return 0;
    if (fabsf(evidence - cycles) > CLEAR_EVIDENCE || fabsf(own - cycles) > CLEAR_REFUSAL) {
        cycles = rintf(own);
        if (fabsf(own - cycles) > CLEAR_OWN)
            return 0;
    }
    return (int8_t)fminf(fmaxf(cycles, -IH_MOST_CYCLES), IH_MOST_CYCLES);
}

static void find_cycles(const ih_unwrapping_plan *plan, ih_unwrapping_workspace *ws,
                        const ih_unwrapping_block *block, size_t begin)
{
    ih_unwrapping_read_misclosure(plan, ws, block, begin);
    find_evidence(plan, ws);
    fit_unsuspected(plan, ws, block, begin);
    for (size_t i = 0; i < plan->network->n_pairs * IH_LANES; i++)
        ws->cycles[i] = choose_cycles(ws->evidence[i], ws->residual[i]);
}

/* Drops cycles of one lane that the rest of its network does not ask for beyond doubt, and all
 * where no cycles were found or the lane is not wanted. Returns whether any are left. */
static int keep_certain(const ih_unwrapping_plan *plan, ih_unwrapping_workspace *ws, size_t lane)
{
    const ih_network *network = plan->network;
    int any = 0;

    for (size_t k = 0; k < network->n_pairs; k++)
        any |= ws->cycles[k * IH_LANES + lane] != 0;
    if (!any)
        return 0;
    for (size_t k = 0; k < network->n_pairs; k++)
        ws->clean[k * IH_LANES + lane] = ws->weight[k * IH_LANES + lane] > 0.0f;
    any = 0;
    for (size_t k = 0; k < network->n_pairs; k++) {
        int8_t *cycles = &ws->cycles[k * IH_LANES + lane];

        if (*cycles == 0)
            continue;
        if (ih_disjoint_paths(network, &plan->incidence, &ws->paths, ws->clean + lane, IH_LANES, k,
                              LEAST_WAYS) < LEAST_WAYS)
            *cycles = 0;
        else
            any = 1;
    }
    return any;
}

static void drop(const ih_unwrapping_plan *plan, ih_unwrapping_workspace *ws, size_t lane)
{
    for (size_t k = 0; k < plan->network->n_pairs; k++)
        ws->cycles[k * IH_LANES + lane] = 0;
}

/* Whether a correction lessens the sum of squares enough. */
static bool mended(float before, float after, bool proposed)
{
    if (proposed)
        return after < before - CLEAR_GAIN && after < CLEAR_SHARE * before;
    return after < before - EQUAL_MISFIT;
}

/* Drops the cycles of pixels whose own misclosures they do not lessen enough. */
static void keep_improvements(const ih_unwrapping_plan *plan, ih_unwrapping_workspace *ws,
                              const ih_unwrapping_block *block, size_t begin, bool proposed)
{
    float before[IH_LANES], after[IH_LANES];

    ih_unwrapping_read_phase(plan, ws, block, begin);
    ih_unwrapping_set_equal_weights(plan, ws);
    ih_unwrapping_fit(plan, ws);
    ih_unwrapping_misfit(plan, ws, before);
    ih_unwrapping_subtract(plan, ws);
    ih_unwrapping_fit(plan, ws);
    ih_unwrapping_misfit(plan, ws, after);
    for (size_t l = 0; l < IH_LANES; l++)
        if (!mended(before[l], after[l], proposed))
            drop(plan, ws, l);
}

static void count_corrected(const ih_unwrapping_counts *counts, size_t pair, int cycles)
{
    if (!counts)
        return;
    if (counts->corrected)
        counts->corrected[pair]++;
    if (counts->cycles_up && cycles < 0)
        counts->cycles_up[pair] += (uint64_t)-cycles;
    if (counts->cycles_down && cycles > 0)
        counts->cycles_down[pair] += (uint64_t)cycles;
}

/* open: 1 for each of n lanes where something was seen and not corrected. */
static void find_open(const ih_unwrapping_plan *plan, const ih_unwrapping_workspace *ws, size_t n,
                      uint8_t open[IH_LANES], const ih_unwrapping_counts *counts)
{
    for (size_t k = 0; k < plan->network->n_pairs; k++)
        for (size_t l = 0; l < n; l++) {
            size_t i = k * IH_LANES + l;

            if (fabsf(ws->evidence[i]) < LEAST_EVIDENCE || ws->cycles[i] != 0)
                continue;
            open[l] = 1;
            if (counts && counts->inconclusive)
                counts->inconclusive[k]++;
        }
}

static void subtract_cycles(const ih_unwrapping_block *block, size_t pair, size_t pixel, int cycles,
                            const ih_unwrapping_counts *counts)
{
    float *phase = block->phase_rad + pair * block->pair_stride + pixel;

    *phase = (float)((double)*phase - 2.0 * M_PI * cycles);
    count_corrected(counts, pair, cycles);
}

static void apply(const ih_unwrapping_plan *plan, const ih_unwrapping_workspace *ws,
                  const ih_unwrapping_block *block, size_t begin, const uint8_t open[IH_LANES],
                  const ih_unwrapping_counts *counts)
{
    size_t n = group_size(block, begin);

    for (size_t k = 0; k < plan->network->n_pairs; k++) {
        int8_t *row = block->misclosure + k * block->misclosure_stride + begin;

        for (size_t l = 0; l < n; l++) {
            int8_t cycles = ws->cycles[k * IH_LANES + l];

            if (row[l] == IH_MISCLOSURE_NONE)
                continue;
            row[l] = open[l] && cycles == 0 ? IH_OPEN : cycles;
            if (cycles != 0)
                subtract_cycles(block, k, begin + l, cycles, counts);
        }
    }
}

static void correct_group(const ih_unwrapping_plan *plan, ih_unwrapping_workspace *ws,
                          const ih_unwrapping_block *block, size_t begin,
                          const ih_unwrapping_counts *counts)
{
    size_t n = group_size(block, begin);
    uint8_t open[IH_LANES] = {0};
    int any = 0;

    memset(ws->cycles, 0, plan->network->n_pairs * IH_LANES);
    if (suspicious(plan, block, begin, n)) {
        find_cycles(plan, ws, block, begin);
        for (size_t l = n; l < IH_LANES; l++)
            drop(plan, ws, l);
        for (size_t l = 0; l < n; l++)
            any |= keep_certain(plan, ws, l);
        if (any)
            keep_improvements(plan, ws, block, begin, false);
        find_open(plan, ws, n, open, counts);
    }
    apply(plan, ws, block, begin, open, counts);
}

ih_status ih_unwrapping_correct(const ih_unwrapping_plan *plan, ih_unwrapping_workspace *ws,
                                const ih_unwrapping_block *block,
                                const ih_unwrapping_counts *counts, ih_error *err)
{
    ih_status st = check_block(block, err);

    if (st != IH_OK)
        return st;
    for (size_t begin = 0; begin < block->n_pixels; begin += IH_LANES)
        correct_group(plan, ws, block, begin, counts);
    return IH_OK;
}

/* Takes the proposals of a group out of the codes into cycles; returns whether there are any. */
static int take_proposals(const ih_unwrapping_plan *plan, ih_unwrapping_workspace *ws,
                          const ih_unwrapping_block *block, size_t begin)
{
    size_t n = group_size(block, begin);
    int any = 0;

    memset(ws->cycles, 0, plan->network->n_pairs * IH_LANES);
    for (size_t k = 0; k < plan->network->n_pairs; k++) {
        int8_t *row = block->misclosure + k * block->misclosure_stride + begin;

        for (size_t l = 0; l < n; l++) {
            if (row[l] > IH_MOST_CYCLES) {
                ws->cycles[k * IH_LANES + l] =
                    (int8_t)(row[l] == IH_OPEN ? 0 : row[l] - IH_PROPOSED);
                any |= ws->cycles[k * IH_LANES + l] != 0;
                row[l] = 0;
            } else if (row[l] == IH_MISCLOSURE_NONE) {
                row[l] = 0;
            }
        }
    }
    return any;
}

static void adopt_group(const ih_unwrapping_plan *plan, ih_unwrapping_workspace *ws,
                        const ih_unwrapping_block *block, size_t begin,
                        const ih_unwrapping_counts *counts)
{
    size_t n = group_size(block, begin);

    if (!take_proposals(plan, ws, block, begin))
        return;
    keep_improvements(plan, ws, block, begin, true);
    for (size_t k = 0; k < plan->network->n_pairs; k++)
        for (size_t l = 0; l < n; l++) {
            int8_t cycles = ws->cycles[k * IH_LANES + l];

            if (cycles == 0)
                continue;
            block->misclosure[k * block->misclosure_stride + begin + l] = cycles;
            subtract_cycles(block, k, begin + l, cycles, counts);
            if (counts && counts->adopted)
                counts->adopted[k]++;
        }
}

ih_status ih_unwrapping_adopt(const ih_unwrapping_plan *plan, ih_unwrapping_workspace *ws,
                              const ih_unwrapping_block *block, const ih_unwrapping_counts *counts,
                              ih_error *err)
{
    ih_status st = check_block(block, err);

    if (st != IH_OK)
        return st;
    for (size_t begin = 0; begin < block->n_pixels; begin += IH_LANES)
        adopt_group(plan, ws, block, begin, counts);
    return IH_OK;
}
