/* SPDX-License-Identifier: MIT */
#include "algorithms/sbas.h"

#include <stddef.h>
#include <string.h>

#include "algorithms/alloc.h"
#include "algorithms/sbas_plan.h"
#include "algorithms/solve.h"

/* valid_pairs is 16 bits wide. */
#define MAX_PAIRS 65535

#define MAX_FUNCTIONS 64

/* A term of the motion whose part that the terms before it do not explain is smaller, as a share of
 * its squares, is not determined. */
#define DETERMINED 1e-10

static ih_status set_weights(ih_sbas_plan *plan, ih_error *err)
{
    float weights[IH_QUALITY_LEVELS];
    float inverse[IH_QUALITY_LEVELS]; /* of the variances */
    ih_status st = ih_weight_table(plan->options.weight, plan->options.looks, weights, err);

    if (st == IH_OK)
        st = ih_weight_table(IH_WEIGHT_VARIANCE, plan->options.looks, inverse, err);
    if (st != IH_OK)
        return st;
    for (size_t q = 0; q < IH_WEIGHT_ENTRIES; q++) {
        size_t level = q < IH_QUALITY_LEVELS ? q : IH_QUALITY_LEVELS - 1;
        /* equations are multiplied by the root of the weight in float32, as the established
         * implementations do */
        double root = (double)sqrtf(weights[level]);

        plan->weights[q] = root * root;
        plan->roots[q] = (float)root;
        plan->variances[q] = 1.0f / inverse[level];
        plan->spreads[q] = (float)(plan->weights[q] * plan->weights[q] / (double)inverse[level]);
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

/* For each column of the envelope the rows below its diagonal that reach it. */
static ih_status list_columns(ih_sbas_plan *plan, ih_error *err)
{
    size_t n_dates = plan->network->n_dates, size = plan->row[n_dates], n = 0;

    plan->below = ih_alloc(size, sizeof *plan->below);
    plan->below_from = ih_alloc(n_dates + 1, sizeof *plan->below_from);
    if (!plan->below || !plan->below_from)
        return ih_fail(err, IH_E_MEMORY, "an inversion with %zu matrix entries", size);
    for (size_t c = 0; c < n_dates; c++) {
        plan->below_from[c] = n;
        for (size_t d = c + 1; d < n_dates; d++)
            if (plan->first[d] <= c)
                plan->below[n++] = (uint32_t)d;
    }
    plan->below_from[n_dates] = n;
    return IH_OK;
}

/* Where every date but the first has a pair, parts have two dates or more, but for a lone first
 * date. */
static size_t most_parts(const ih_sbas_plan *plan)
{
    size_t n_dates = plan->network->n_dates;

    return plan->options.min_redundancy > 0 ? n_dates / 2 + 1 : n_dates;
}

static ih_status copy_finite(const double *from, size_t rows, size_t columns, double **to,
                             ih_error *err)
{
    size_t n = columns && rows > SIZE_MAX / columns ? 0 : rows * columns;

    *to = ih_alloc(n, sizeof **to);
    if (!*to)
        return ih_fail(err, IH_E_MEMORY, "%zu functions of %zu dates", rows, columns);
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(from[i]))
            return ih_fail(err, IH_E_ARGUMENT, "a function of the dates is not finite");
        (*to)[i] = from[i];
    }
    return IH_OK;
}

/* Terms of the motion that joins parts, and for each how little of it may be left. */
static ih_status copy_terms(ih_sbas_plan *plan, ih_error *err)
{
    size_t n = plan->options.n_join_terms, n_dates = plan->network->n_dates;
    ih_status st = copy_finite(plan->options.join_terms, n_dates, n, &plan->join_terms, err);

    if (st != IH_OK)
        return st;
    plan->least_pivot = ih_calloc(n, sizeof *plan->least_pivot);
    if (!plan->least_pivot)
        return ih_fail(err, IH_E_MEMORY, "%zu terms of a motion", n);
    for (size_t j = 0; j < n; j++) {
        double mean = 0.0;

        for (size_t d = 0; d < n_dates; d++)
            mean += plan->join_terms[d * n + j] / (double)n_dates;
        for (size_t d = 0; d < n_dates; d++)
            plan->least_pivot[j] += DETERMINED * pow(plan->join_terms[d * n + j] - mean, 2.0);
    }
    return IH_OK;
}

static ih_status copy_options(ih_sbas_plan *plan, ih_error *err)
{
    const ih_sbas_options *o = &plan->options;
    bool covariance = o->n_functions > 0 || o->date_variance;
    ih_status st = IH_OK;

    if (o->norm != IH_NORM_L2 && o->norm != IH_NORM_L1)
        return ih_fail(err, IH_E_ARGUMENT, "norm %d", (int)o->norm);
    if (o->norm == IH_NORM_L1 && covariance)
        return ih_fail(err, IH_E_ARGUMENT, "a covariance of least absolute residuals is not known");
    if (o->n_functions > MAX_FUNCTIONS || o->n_join_terms > MAX_FUNCTIONS)
        return ih_fail(err, IH_E_ARGUMENT, "%zu functions and %zu terms: at most %d are possible",
                       o->n_functions, o->n_join_terms, MAX_FUNCTIONS);
    if (o->date_variance && o->reference_date >= plan->network->n_dates)
        return ih_fail(err, IH_E_ARGUMENT, "date %zu of %zu", o->reference_date,
                       plan->network->n_dates);
    if (o->n_functions > 0)
        st = copy_finite(o->functions, o->n_functions, plan->network->n_dates, &plan->functions,
                         err);
    if (st == IH_OK && o->n_join_terms > 0)
        st = copy_terms(plan, err);
    return st;
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
    if (st == IH_OK)
        st = copy_options(plan, err);
    if (st != IH_OK)
        goto done;
    find_envelope(plan);
    st = place_pairs(plan, err);
    if (st == IH_OK && options->date_variance && options->weight == IH_WEIGHT_VARIANCE)
        st = list_columns(plan, err);

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
    free(plan->join_terms);
    free(plan->least_pivot);
    free(plan->functions);
    free(plan->below);
    free(plan->below_from);
    free(plan);
}

/* An array of the workspace: the place of its pointer, and its size. */
struct array {
    size_t place, count, size;
};

#define ARRAY(member, n)                                                                           \
    {                                                                                              \
        offsetof(ih_sbas_workspace, member), (n), sizeof *((ih_sbas_workspace *)NULL)->member      \
    }
enum { ARRAYS = 22 };

/* All arrays of a plan's workspaces; an empty one is not needed. */
static void list_arrays(const ih_sbas_plan *plan, struct array list[ARRAYS])
{
    const ih_sbas_options *o = &plan->options;
    size_t n_dates = plan->network->n_dates, dates = n_dates * IH_LANES;
    size_t pairs = plan->network->n_pairs * IH_LANES;
    size_t parts = plan->max_parts, terms = o->n_join_terms;
    size_t functions = o->n_functions ? o->n_functions : o->date_variance;
    bool absolute = o->norm == IH_NORM_L1;
    const struct array all[ARRAYS] = {
        ARRAY(phase, pairs),
        ARRAY(squares, pairs),
        ARRAY(envelope, plan->row[n_dates] * IH_LANES),
        ARRAY(diagonal, dates),
        ARRAY(solution, dates),
        ARRAY(later, dates),
        ARRAY(earlier, dates),
        ARRAY(cosines, IH_LANES),
        ARRAY(sines, IH_LANES),
        ARRAY(parts, dates),
        ARRAY(part_offset, parts),
        ARRAY(part_matrix, parts * parts),
        ARRAY(part_terms, parts * terms),
        ARRAY(part_count, terms ? parts : 0),
        ARRAY(join_matrix, terms * terms),
        ARRAY(join_vector, terms),
        ARRAY(pair_value, absolute || functions ? pairs : 0),
        ARRAY(weight, absolute ? pairs : 0),
        ARRAY(adjoint, functions * dates),
        ARRAY(products, functions * (functions + 1) / 2 * IH_LANES),
        ARRAY(inverse, plan->below ? plan->row[n_dates] * IH_LANES : 0),
        ARRAY(inverse_diagonal, plan->below ? dates : 0),
    };

    memcpy(list, all, sizeof all);
}

ih_status ih_sbas_workspace_new(const ih_sbas_plan *plan, ih_sbas_workspace **out, ih_error *err)
{
    ih_sbas_workspace *ws = ih_calloc(1, sizeof *ws);
    struct array list[ARRAYS];

    *out = NULL;
    if (!ws)
        return ih_fail(err, IH_E_MEMORY, "scratch memory of an inversion");
    list_arrays(plan, list);
    for (size_t i = 0; i < ARRAYS; i++) {
        void *memory = ih_alloc_aligned(list[i].count, list[i].size);

        if (list[i].count > 0 && !memory) {
            ih_sbas_workspace_free(ws);
            return ih_fail(err, IH_E_MEMORY, "scratch memory of an inversion, %zu bytes",
                           ih_sbas_workspace_bytes(plan));
        }
        memcpy((char *)ws + list[i].place, &memory, sizeof memory);
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
    free(ws->part_terms);
    free(ws->part_count);
    free(ws->join_matrix);
    free(ws->join_vector);
    free(ws->pair_value);
    free(ws->weight);
    free(ws->adjoint);
    free(ws->products);
    free(ws->inverse);
    free(ws->inverse_diagonal);
    free(ws);
}

size_t ih_sbas_workspace_bytes(const ih_sbas_plan *plan)
{
    struct array list[ARRAYS];
    size_t bytes = sizeof(ih_sbas_workspace);

    list_arrays(plan, list);
    for (size_t i = 0; i < ARRAYS; i++)
        bytes += list[i].count * list[i].size;
    return bytes;
}

/* Fixes date d of one lane at 0. */
static void ground(ih_sbas_workspace *ws, size_t d, size_t lane)
{
    ws->diagonal[d * IH_LANES + lane] += IH_GROUND;
}

/* Decides for one lane whether it has a solution, and of how many parts. */
static void decide_lane(const ih_sbas_plan *plan, ih_sbas_workspace *ws, size_t lane, bool wanted)
{
    if (!wanted || ws->n_valid[lane] == 0 ||
        (size_t)ws->weakest_date[lane] < plan->options.min_redundancy)
        ws->n_parts[lane] = 0;
    else
        ws->n_parts[lane] = ws->chained[lane] ? 1 : ih_sbas_find_parts(plan, ws, lane);
}

void ih_sbas_ground(const ih_sbas_plan *plan, ih_sbas_workspace *ws)
{
    size_t n_dates = plan->network->n_dates;

    for (size_t l = 0; l < IH_LANES; l++) {
        const uint32_t *parts = ws->parts + l * n_dates;
        size_t next = 0;

        if (ws->n_parts[l] == 1)
            ground(ws, 0, l);
        /* numbers ascend in the order of the parts' first dates */
        for (size_t d = 0; d < n_dates && next < ws->n_parts[l] && ws->n_parts[l] > 1; d++)
            if (parts[d] == next) {
                ground(ws, d, l);
                next++;
            }
        for (size_t d = 0; d < n_dates && ws->n_parts[l] == 0; d++)
            ws->solution[d * IH_LANES + l] = (double)NAN;
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
                                  .quality = in->quality ? in->quality + begin : NULL,
                                  .weight = in->weight ? in->weight + begin : NULL};
    size_t n = in->n_pixels - begin < IH_LANES ? in->n_pixels - begin : IH_LANES;

    ih_sbas_assemble(plan, ws, in, &group);
    ih_sbas_count(plan, ws);
    for (size_t l = 0; l < IH_LANES; l++)
        decide_lane(plan, ws, l, l < n && (!in->mask || in->mask[begin + l] != 0));
    ih_sbas_ground(plan, ws);
    ih_sbas_solve(plan, ws);
    if (plan->options.norm == IH_NORM_L1)
        ih_sbas_solve_absolute(plan, ws, in, &group);
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
    if (out->function_covariance || out->date_variance_rad2)
        ih_sbas_write_covariance(plan, ws, in, &group, out, begin);
}

ih_status ih_sbas_invert(const ih_sbas_plan *plan, ih_sbas_workspace *workspace,
                         const ih_sbas_input *in, const ih_sbas_output *out, ih_error *err)
{
    size_t padded;

    if (!in->phase_rad || !out->phase_rad)
        return ih_fail(err, IH_E_ARGUMENT, "an inversion without phase");
    if ((out->function_covariance && plan->options.n_functions == 0) ||
        (out->date_variance_rad2 && !plan->options.date_variance) ||
        ((out->function_covariance || out->date_variance_rad2) && !in->quality))
        return ih_fail(err, IH_E_ARGUMENT, "an inversion without what a covariance needs");
    if (in->n_pixels > SIZE_MAX / 2)
        return ih_fail(err, IH_E_ARGUMENT, "%zu pixels in one block", in->n_pixels);
    padded = (in->n_pixels + IH_LANES - 1) / IH_LANES * IH_LANES;
    if (in->pair_stride < padded || out->date_stride < padded ||
        (in->quality && in->quality_stride < padded) || (in->weight && in->weight_stride < padded))
        return ih_fail(err, IH_E_ARGUMENT, "rows of a block of %zu pixels must be %zu wide",
                       in->n_pixels, padded);

    for (size_t begin = 0; begin < in->n_pixels; begin += IH_LANES)
        invert_group(plan, workspace, in, out, begin);
    return IH_OK;
}
