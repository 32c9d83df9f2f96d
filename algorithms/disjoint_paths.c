/* SPDX-License-Identifier: MIT */
#include "algorithms/disjoint_paths.h"

#include <string.h>

#include "algorithms/alloc.h"

#define UNREACHED UINT32_MAX
#define START     (UINT32_MAX - 1)

ih_status ih_incidence_new(const ih_network *network, ih_incidence *out, ih_error *err)
{
    size_t n_dates = network->n_dates;

    out->begin = ih_calloc(n_dates + 2, sizeof *out->begin);
    out->pair =
        network->n_pairs <= SIZE_MAX / 2 ? ih_alloc(2 * network->n_pairs, sizeof *out->pair) : NULL;
    if (!out->begin || !out->pair) {
        ih_incidence_free(out);
        return ih_fail(err, IH_E_MEMORY, "a list of %zu pairs", network->n_pairs);
    }
    /* counted two places ahead, so that filling leaves the beginnings */
    for (size_t k = 0; k < network->n_pairs; k++) {
        out->begin[network->reference_index[k] + 2]++;
        out->begin[network->secondary_index[k] + 2]++;
    }
    for (size_t d = 2; d <= n_dates; d++)
        out->begin[d] += out->begin[d - 1];
    for (size_t k = 0; k < network->n_pairs; k++) {
        out->pair[out->begin[network->reference_index[k] + 1]++] = (uint32_t)k;
        out->pair[out->begin[network->secondary_index[k] + 1]++] = (uint32_t)k;
    }
    return IH_OK;
}

void ih_incidence_free(ih_incidence *incidence)
{
    free(incidence->begin);
    free(incidence->pair);
    *incidence = (ih_incidence){0};
}

ih_status ih_path_scratch_new(const ih_network *network, ih_path_scratch *out, ih_error *err)
{
    out->flow = ih_alloc(network->n_pairs, sizeof *out->flow);
    out->queue = ih_alloc(network->n_dates, sizeof *out->queue);
    out->from = ih_alloc(network->n_dates, sizeof *out->from);
    if (out->flow && out->queue && out->from)
        return IH_OK;
    ih_path_scratch_free(out);
    return ih_fail(err, IH_E_MEMORY, "scratch memory for ways through %zu pairs", network->n_pairs);
}

void ih_path_scratch_free(ih_path_scratch *scratch)
{
    free(scratch->flow);
    free(scratch->queue);
    free(scratch->from);
    *scratch = (ih_path_scratch){0};
}

/* Breadth first from start to goal over usable pairs, taken against their flow or without any. */
static int find_way(const ih_network *network, const ih_incidence *incidence,
                    ih_path_scratch *scratch, const uint8_t *usable, size_t stride, uint32_t start,
                    uint32_t goal)
{
    size_t head = 0, tail = 0;

    for (size_t d = 0; d < network->n_dates; d++)
        scratch->from[d] = UNREACHED;
    scratch->from[start] = START;
    scratch->queue[tail++] = start;
    while (head < tail) {
        uint32_t date = scratch->queue[head++];

        for (size_t e = incidence->begin[date]; e < incidence->begin[date + 1]; e++) {
            uint32_t k = incidence->pair[e];
            int forward = network->reference_index[k] == date;
            uint32_t next = forward ? network->secondary_index[k] : network->reference_index[k];

            if (!usable[k * stride] || scratch->flow[k] == (forward ? 1 : -1) ||
                scratch->from[next] != UNREACHED)
                continue;
            scratch->from[next] = k;
            if (next == goal)
                return 1;
            scratch->queue[tail++] = next;
        }
    }
    return 0;
}

size_t ih_disjoint_paths(const ih_network *network, const ih_incidence *incidence,
                         ih_path_scratch *scratch, const uint8_t *usable, size_t stride,
                         size_t pair, size_t most)
{
    uint32_t start = network->reference_index[pair], goal = network->secondary_index[pair];
    size_t n = 0;

    memset(scratch->flow, 0, network->n_pairs);
    /* both directions of the pair itself are closed by a flow that no search may follow */
    while (n < most) {
        scratch->flow[pair] = 1;
        if (!find_way(network, incidence, scratch, usable, stride, start, goal))
            break;
        for (uint32_t date = goal; date != start;) {
            uint32_t k = scratch->from[date];
            int forward = network->secondary_index[k] == date;

            scratch->flow[k] = (int8_t)(scratch->flow[k] + (forward ? 1 : -1));
            date = forward ? network->reference_index[k] : network->secondary_index[k];
        }
        n++;
    }
    return n;
}
