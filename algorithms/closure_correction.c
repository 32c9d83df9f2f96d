/* SPDX-License-Identifier: MIT */
#include "algorithms/closure_correction.h"

#include <math.h>
#include <string.h>

#include "algorithms/alloc.h"

#define MOST_SWEEPS 20000
#define SETTLED     1e-7

size_t ih_region_samples(const ih_regions *regions, uint32_t label, size_t n, uint32_t *pixel)
{
    size_t area = regions->area[label - 1], seen = 0, count = 0, wanted = n < area ? n : area;

    for (size_t p = 0; p < regions->nx * regions->ny && count < wanted; p++) {
        if (regions->label[p] != label)
            continue;
        /* the middle of each of `wanted` equal runs */
        if (seen == (2 * count + 1) * area / (2 * wanted))
            pixel[count++] = (uint32_t)p;
        seen++;
    }
    return count;
}

uint32_t ih_region_of_samples(const ih_regions *regions, size_t n_samples, const uint32_t *pixel)
{
    uint32_t label = n_samples > 0 ? regions->label[pixel[0]] : 0;

    for (size_t i = 1; i < n_samples; i++)
        if (regions->label[pixel[i]] != label)
            return 0;
    return label;
}

/* Triplets of each pair, with the sign it has in them. */
struct membership {
    size_t *begin;     /* [pair + 1] */
    uint32_t *triplet; /* [3 * triplet] */
    int8_t *sign;
};

static void free_membership(struct membership *m)
{
    free(m->begin);
    free(m->triplet);
    free(m->sign);
}

static ih_status make_membership(const ih_triplet_list *list, struct membership *m, ih_error *err)
{
    m->begin = ih_calloc(list->n_pairs + 2, sizeof *m->begin);
    m->triplet = ih_alloc(3 * list->n_triplets, sizeof *m->triplet);
    m->sign = ih_alloc(3 * list->n_triplets, sizeof *m->sign);
    if (!m->begin || !m->triplet || !m->sign)
        return ih_fail(err, IH_E_MEMORY, "%zu triplets", list->n_triplets);
    for (size_t t = 0; t < list->n_triplets; t++) {
        m->begin[list->triplets[t].pair_12 + 2]++;
        m->begin[list->triplets[t].pair_23 + 2]++;
        m->begin[list->triplets[t].pair_13 + 2]++;
    }
    for (size_t k = 1; k <= list->n_pairs; k++)
        m->begin[k + 1] += m->begin[k];
    /* filling turns the beginning of a pair into its end, which is the next one's beginning */
    for (size_t t = 0; t < list->n_triplets; t++) {
        const uint32_t pairs[3] = {list->triplets[t].pair_12, list->triplets[t].pair_23,
                                   list->triplets[t].pair_13};

        for (int i = 0; i < 3; i++) {
            size_t at = m->begin[pairs[i] + 1]++;

            m->triplet[at] = (uint32_t)t;
            m->sign[at] = i < 2 ? 1 : -1;
        }
    }
    return IH_OK;
}

/* One pair to its best value while the others stay; rest is closure - C e. Returns the change. */
static double update_pair(const struct membership *m, size_t pair, double penalty, double *e,
                          double *rest)
{
    size_t begin = m->begin[pair], end = m->begin[pair + 1];
    double count = (double)(end - begin), slope, value, change;

    if (begin == end)
        return 0.0;
    slope = count * e[pair];
    for (size_t i = begin; i < end; i++)
        slope += m->sign[i] * rest[m->triplet[i]];
    value = copysign(fmax(fabs(slope) - 0.5 * penalty, 0.0), slope) / count;
    change = value - e[pair];
    if (change == 0.0)
        return 0.0;
    e[pair] = value;
    for (size_t i = begin; i < end; i++)
        rest[m->triplet[i]] -= m->sign[i] * change;
    return fabs(change);
}

static ih_status descend(const ih_triplet_list *list, const struct membership *m, double penalty,
                         double *e, double *rest, ih_error *err)
{
    memset(e, 0, list->n_pairs * sizeof *e);
    for (int sweep = 0; sweep < MOST_SWEEPS; sweep++) {
        double most = 0.0;

        for (size_t k = 0; k < list->n_pairs; k++)
            most = fmax(most, update_pair(m, k, penalty, e, rest));
        if (most <= SETTLED)
            return IH_OK;
    }
    return ih_fail(err, IH_E_NUMERIC, "the lasso of %zu triplets does not settle",
                   list->n_triplets);
}

ih_status ih_closure_lasso(const ih_triplet_list *list, const double *closure, double penalty,
                           double *e, ih_error *err)
{
    struct membership m = {0};
    double *rest = NULL;
    ih_status st;

    memset(e, 0, list->n_pairs * sizeof *e);
    if (list->n_triplets == 0)
        return IH_OK;
    rest = ih_alloc(list->n_triplets, sizeof *rest);
    st = rest ? make_membership(list, &m, err)
              : ih_fail(err, IH_E_MEMORY, "%zu triplets", list->n_triplets);
    if (st == IH_OK) {
        memcpy(rest, closure, list->n_triplets * sizeof *rest);
        st = descend(list, &m, penalty, e, rest, err);
    }
    free_membership(&m);
    free(rest);
    return st;
}

struct finder {
    struct membership membership;
    double *rest, *e;          /* [triplet], [pair] */
    int16_t *whole, *previous; /* [triplet] whole cycles of this sample and of the last solved */
    int16_t *found;            /* [pair][n_samples] */
    size_t n_used;
};

static void free_finder(struct finder *f)
{
    free_membership(&f->membership);
    free(f->rest);
    free(f->e);
    free(f->whole);
    free(f->previous);
    free(f->found);
}

static ih_status make_finder(const ih_triplet_list *list, size_t n_samples, struct finder *f,
                             ih_error *err)
{
    f->rest = ih_alloc(list->n_triplets, sizeof *f->rest);
    f->e = ih_calloc(list->n_pairs, sizeof *f->e);
    f->whole = ih_calloc(list->n_triplets, sizeof *f->whole);
    f->previous = ih_calloc(list->n_triplets, sizeof *f->previous);
    f->found = n_samples <= SIZE_MAX / list->n_pairs
                   ? ih_alloc(list->n_pairs * n_samples, sizeof *f->found)
                   : NULL;
    if (!f->rest || !f->e || !f->whole || !f->previous || !f->found)
        return ih_fail(err, IH_E_MEMORY, "%zu samples of %zu pairs", n_samples, list->n_pairs);
    return make_membership(list, &f->membership, err);
}

/* Whole cycles of a closure, 0 for one within half a cycle. */
static int16_t whole_cycles(double closure_rad)
{
    double cycles = floor((closure_rad + M_PI) / (2.0 * M_PI));

    return (int16_t)fmin(fmax(cycles, INT16_MIN), INT16_MAX);
}

/* Neighbouring samples mostly have the same closures, so the last answer is used again. */
static ih_status solve_sample(const ih_triplet_list *list, struct finder *f, const float *phase_rad,
                              size_t stride, ih_error *err)
{
    size_t bytes = list->n_triplets * sizeof *f->whole;

    for (size_t t = 0; t < list->n_triplets; t++) {
        const ih_triplet *triplet = &list->triplets[t];

        f->whole[t] = whole_cycles((double)phase_rad[triplet->pair_12 * stride] +
                                   (double)phase_rad[triplet->pair_23 * stride] -
                                   (double)phase_rad[triplet->pair_13 * stride]);
    }
    if (memcmp(f->whole, f->previous, bytes) == 0)
        return IH_OK;
    memcpy(f->previous, f->whole, bytes);
    for (size_t t = 0; t < list->n_triplets; t++)
        f->rest[t] = f->whole[t];
    return descend(list, &f->membership, IH_CLOSURE_CORRECTION_PENALTY, f->e, f->rest, err);
}

static int ascending(const void *a, const void *b)
{
    int16_t x = *(const int16_t *)a, y = *(const int16_t *)b;

    return (x > y) - (x < y);
}

ih_status ih_closure_correction_find(const ih_triplet_list *list, size_t n_samples,
                                     const float *phase_rad, size_t stride, int16_t *cycles,
                                     size_t *n_used, ih_error *err)
{
    struct finder f = {0};
    ih_status st;

    *n_used = 0;
    memset(cycles, 0, list->n_pairs * sizeof *cycles);
    if (list->n_triplets == 0 || n_samples == 0)
        return IH_OK;
    st = make_finder(list, n_samples, &f, err);
    for (size_t i = 0; i < n_samples && st == IH_OK; i++) {
        int complete = 1;

        for (size_t k = 0; k < list->n_pairs; k++)
            complete &= isfinite(phase_rad[k * stride + i]) != 0;
        if (!complete)
            continue;
        st = solve_sample(list, &f, phase_rad + i, stride, err);
        for (size_t k = 0; k < list->n_pairs; k++)
            f.found[k * n_samples + f.n_used] = (int16_t)lrint(f.e[k]);
        f.n_used++;
    }
    for (size_t k = 0; k < list->n_pairs && st == IH_OK && f.n_used > 0; k++) {
        qsort(f.found + k * n_samples, f.n_used, sizeof *f.found, ascending);
        cycles[k] = f.found[k * n_samples + (f.n_used - 1) / 2];
    }
    *n_used = f.n_used;
    free_finder(&f);
    return st;
}
