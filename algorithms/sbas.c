/* SPDX-License-Identifier: MIT */
#include "algorithms/sbas.h"

#include <string.h>

#include "algorithms/alloc.h"
#include "algorithms/sbas_plan.h"
#include "algorithms/solve.h"

/* valid_pairs is 16 bits wide. */
#define MAX_PAIRS 65535

static ih_status set_weights(ih_sbas_plan *plan, ih_error *err)
{
    float weights[IH_QUALITY_LEVELS];
    ih_status st = ih_weight_table(plan->options.weight, plan->options.looks, weights, err);

    if (st != IH_OK)
        return st;
    for (size_t q = 0; q < IH_WEIGHT_ENTRIES; q++) {
        size_t level = q < IH_QUALITY_LEVELS ? q : IH_QUALITY_LEVELS - 1;
        /* equations are multiplied by the root of the weight in float32, as the established
         * implementations do */
        double root = (double)sqrtf(weights[level]);

        plan->weights[q] = root * root;
    }
    return IH_OK;
}

/* first[d]: the earliest partner of date d. */
static void find_envelope(ih_sbas_plan *plan)
{
    const ih_network *network = plan->network;

    for (size_t d = 0; d < network->n_dates; d++)
        plan->first[d] = (uint32_t)d;
    for (size_t k = 0; k < network->n_pairs; k++) {
        uint32_t i = network->reference_index[k], j = network->secondary_index[k];

        if (i < plan->first[j])
            plan->first[j] = i;
    }
    plan->row[0] = 0;
    for (size_t d = 0; d < network->n_dates; d++)
        plan->row[d + 1] = plan->row[d] + (d - plan->first[d]);
}

static ih_status place_pairs(ih_sbas_plan *plan, ih_error *err)
{
    const ih_network *network = plan->network;
    size_t size = plan->row[network->n_dates];
    uint8_t *taken = ih_calloc(size, sizeof *taken);

    plan->fill = ih_alloc(size, sizeof *plan->fill);
    if (!taken || !plan->fill) {
        free(taken);
        return ih_fail(err, IH_E_MEMORY, "an inversion with %zu matrix entries", size);
    }
    for (size_t k = 0; k < network->n_pairs; k++) {
        size_t i = network->reference_index[k], j = network->secondary_index[k];

        plan->entry[k] = plan->row[j] + (i - plan->first[j]);
        taken[plan->entry[k]] = 1;
    }
    for (size_t e = 0; e < size; e++)
        if (!taken[e])
            plan->fill[plan->n_fill++] = e;
    free(taken);
    return IH_OK;
}

/* Where every date but the first has a pair, parts have two dates or more, but for a lone first
 * date. */
static size_t most_parts(const ih_sbas_plan *plan)
{
    size_t n_dates = plan->network->n_dates;

    return plan->options.min_redundancy > 0 ? n_dates / 2 + 1 : n_dates;
}

ih_status ih_sbas_plan_new(const ih_network *network, const ih_sbas_options *options,
                           ih_sbas_plan **out, ih_error *err)
{
    ih_sbas_plan *plan = NULL;
    ih_status st = IH_OK;

    *out = NULL;
    if (network->n_pairs > MAX_PAIRS)
        return ih_fail(err, IH_E_UNSUPPORTED, "%zu pairs: an inversion takes at most %d",
                       network->n_pairs, MAX_PAIRS);
    plan = ih_calloc(1, sizeof *plan);
    if (!plan)
        return ih_fail(err, IH_E_MEMORY, "an inversion of %zu pairs", network->n_pairs);

    ih_solve_single_threaded();
    plan->network = network;
    plan->options = *options;
    plan->max_parts = most_parts(plan);
    plan->first = ih_alloc(network->n_dates, sizeof *plan->first);
    plan->row = ih_alloc(network->n_dates + 1, sizeof *plan->row);
    plan->entry = ih_alloc(network->n_pairs, sizeof *plan->entry);
    if (!plan->first || !plan->row || !plan->entry) {
        st = ih_fail(err, IH_E_MEMORY, "an inversion of %zu pairs", network->n_pairs);
        goto done;
    }
    st = set_weights(plan, err);
    if (st != IH_OK)
        goto done;
    find_envelope(plan);
    st = place_pairs(plan, err);

done:
    if (st != IH_OK) {
        ih_sbas_plan_free(plan);
        plan = NULL;
    }
    *out = plan;
    return st;
}

void ih_sbas_plan_free(ih_sbas_plan *plan)
{
    if (!plan)
        return;
    free(plan->first);
    free(plan->row);
    free(plan->entry);
    free(plan->fill);
    free(plan);
}

ih_status ih_sbas_workspace_new(const ih_sbas_plan *plan, ih_sbas_workspace **out, ih_error *err)
{
    size_t n_dates = plan->network->n_dates, n_pairs = plan->network->n_pairs;
    size_t parts = plan->max_parts;
    ih_sbas_workspace *ws = ih_calloc(1, sizeof *ws);

    *out = NULL;
    if (!ws)
        return ih_fail(err, IH_E_MEMORY, "scratch memory of an inversion");
    ws->phase = ih_alloc_aligned(n_pairs * IH_LANES, sizeof *ws->phase);
    ws->squares = ih_alloc_aligned(n_pairs * IH_LANES, sizeof *ws->squares);
    ws->envelope = ih_alloc_aligned(plan->row[n_dates] * IH_LANES, sizeof *ws->envelope);
    ws->diagonal = ih_alloc_aligned(n_dates * IH_LANES, sizeof *ws->diagonal);
    ws->solution = ih_alloc_aligned(n_dates * IH_LANES, sizeof *ws->solution);
    ws->later = ih_alloc_aligned(n_dates * IH_LANES, sizeof *ws->later);
    ws->earlier = ih_alloc_aligned(n_dates * IH_LANES, sizeof *ws->earlier);
    ws->cosines = ih_alloc_aligned(IH_LANES, sizeof *ws->cosines);
    ws->sines = ih_alloc_aligned(IH_LANES, sizeof *ws->sines);
    ws->parts = ih_alloc(n_dates * IH_LANES, sizeof *ws->parts);
    ws->part_offset = ih_alloc(parts, sizeof *ws->part_offset);
    ws->part_matrix = ih_alloc(parts * parts, sizeof *ws->part_matrix);
    if (!ws->phase || !ws->squares || !ws->envelope || !ws->diagonal || !ws->solution ||
        !ws->later || !ws->earlier || !ws->cosines || !ws->sines || !ws->parts ||
        !ws->part_offset || !ws->part_matrix) {
        ih_sbas_workspace_free(ws);
        return ih_fail(err, IH_E_MEMORY, "scratch memory of an inversion, %zu bytes",
                       ih_sbas_workspace_bytes(plan));
    }
    *out = ws;
    return IH_OK;
}

void ih_sbas_workspace_free(ih_sbas_workspace *ws)
{
    if (!ws)
        return;
    free(ws->phase);
    free(ws->squares);
    free(ws->envelope);
    free(ws->diagonal);
    free(ws->solution);
    free(ws->later);
    free(ws->earlier);
    free(ws->cosines);
    free(ws->sines);
    free(ws->parts);
    free(ws->part_offset);
    free(ws->part_matrix);
    free(ws);
}

size_t ih_sbas_workspace_bytes(const ih_sbas_plan *plan)
{
    const ih_sbas_workspace *ws = NULL;
    size_t n_dates = plan->network->n_dates, n_pairs = plan->network->n_pairs;
    size_t per_pair = sizeof *ws->phase + sizeof *ws->squares;
    size_t per_date = sizeof *ws->diagonal + sizeof *ws->solution + sizeof *ws->later +
                      sizeof *ws->earlier + sizeof *ws->parts;
    size_t lanes = n_pairs * per_pair + n_dates * per_date +
                   plan->row[n_dates] * sizeof *ws->envelope + sizeof *ws->cosines +
                   sizeof *ws->sines;

    return sizeof *ws + lanes * IH_LANES + plan->max_parts * sizeof *ws->part_offset +
           plan->max_parts * plan->max_parts * sizeof *ws->part_matrix;
}

/* Fixes date d of one lane at 0. */
static void ground(ih_sbas_workspace *ws, size_t d, size_t lane)
{
    ws->diagonal[d * IH_LANES + lane] += IH_GROUND;
}

/* Decides for one lane whether it has a solution and grounds one date of each part; a lane without
 * solution gets all of its dates grounded, so that the vectors run on harmless numbers. */
static void ground_lane(const ih_sbas_plan *plan, ih_sbas_workspace *ws, size_t lane, bool wanted)
{
    size_t n_dates = plan->network->n_dates;
    const uint32_t *parts = ws->parts + lane * n_dates;
    size_t next = 0;

    ws->n_parts[lane] = 0;
    if (!wanted || ws->n_valid[lane] == 0 ||
        (size_t)ws->weakest_date[lane] < plan->options.min_redundancy) {
        for (size_t d = 0; d < n_dates; d++)
            ws->solution[d * IH_LANES + lane] = (double)NAN;
        return;
    }
    ws->n_parts[lane] = ws->chained[lane] ? 1 : ih_sbas_find_parts(plan, ws, lane);
    if (ws->n_parts[lane] == 1) {
        ground(ws, 0, lane);
        return;
    }
    /* numbers ascend in the order of the parts' first dates */
    for (size_t d = 0; d < n_dates; d++)
        if (parts[d] == next) {
            ground(ws, d, lane);
            next++;
        }
}

/* Unused pairs were counted as residual 0: their cosines, 1 each, are taken off. */
static float temporal_coherence(const ih_sbas_plan *plan, const ih_sbas_workspace *ws, size_t lane)
{
    double valid = ws->n_valid[lane], unused = (double)plan->network->n_pairs - valid;
    double c = ws->cosines[lane] - unused, s = ws->sines[lane];

    return (float)fmin(1.0, sqrt(c * c + s * s) / valid);
}

static void write_pixels(const ih_sbas_plan *plan, const ih_sbas_workspace *ws,
                         const ih_sbas_output *out, size_t begin, size_t n)
{
    for (size_t l = 0; l < n; l++) {
        size_t parts = ws->n_parts[l];

        if (out->temporal_coherence)
            out->temporal_coherence[begin + l] = parts ? temporal_coherence(plan, ws, l) : NAN;
        if (out->valid_pairs)
            out->valid_pairs[begin + l] = parts ? (uint16_t)ws->n_valid[l] : 0;
        if (out->n_components)
            out->n_components[begin + l] = (uint8_t)(parts < UINT8_MAX ? parts : UINT8_MAX);
    }
}

/* One group of at most IH_LANES pixels from pixel `begin`. */
static void invert_group(const ih_sbas_plan *plan, ih_sbas_workspace *ws, const ih_sbas_input *in,
                         const ih_sbas_output *out, size_t begin)
{
    struct ih_sbas_group group = {.phase = in->phase_rad + begin,
                                  .quality = in->quality ? in->quality + begin : NULL};
    size_t n = in->n_pixels - begin < IH_LANES ? in->n_pixels - begin : IH_LANES;

    ih_sbas_assemble(plan, ws, in, &group);
    ih_sbas_count(plan, ws);
    for (size_t l = 0; l < IH_LANES; l++)
        ground_lane(plan, ws, l, l < n && (!in->mask || in->mask[begin + l] != 0));
    ih_sbas_solve(plan, ws);
    if (out->temporal_coherence || out->residual_sum_squares)
        ih_sbas_residuals(plan, ws);
    if (out->residual_sum_squares)
        ih_sbas_add_squares(plan, ws, out->residual_sum_squares);
    if (out->residual_count)
        ih_sbas_add_counts(plan, ws, out->residual_count);
    for (size_t l = 0; l < n; l++)
        if (ws->n_parts[l] > 1)
            ih_sbas_join_parts(plan, ws, l);
    /* exactly 0, not the 1e-30 that grounding leaves */
    for (size_t l = 0; l < IH_LANES; l++)
        ws->solution[l] = ws->n_parts[l] > 0 ? 0.0 : (double)NAN;
    ih_sbas_store(plan, ws, out->phase_rad + begin, out->date_stride);
    write_pixels(plan, ws, out, begin, n);
}

ih_status ih_sbas_invert(const ih_sbas_plan *plan, ih_sbas_workspace *workspace,
                         const ih_sbas_input *in, const ih_sbas_output *out, ih_error *err)
{
    size_t padded;

    if (!in->phase_rad || !out->phase_rad)
        return ih_fail(err, IH_E_ARGUMENT, "an inversion without phase");
    if (in->n_pixels > SIZE_MAX / 2)
        return ih_fail(err, IH_E_ARGUMENT, "%zu pixels in one block", in->n_pixels);
    padded = (in->n_pixels + IH_LANES - 1) / IH_LANES * IH_LANES;
    if (in->pair_stride < padded || out->date_stride < padded ||
        (in->quality && in->quality_stride < padded))
        return ih_fail(err, IH_E_ARGUMENT, "rows of a block of %zu pixels must be %zu wide",
                       in->n_pixels, padded);

    for (size_t begin = 0; begin < in->n_pixels; begin += IH_LANES)
        invert_group(plan, workspace, in, out, begin);
    return IH_OK;
}
