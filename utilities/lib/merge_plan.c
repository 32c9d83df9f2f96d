/* SPDX-License-Identifier: MIT */
#include "utilities/lib/merge_plan.h"

#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>

#include "algorithms/alloc.h"
#include "utilities/lib/merge_eligibility.h"
#include "utilities/lib/merge_text.h"

enum { ID_LENGTH = 4 };

void ih_merge_plan_note(ih_merge_plan *plan, const char *text)
{
    plan->notes = CSLAddString(plan->notes, text);
    CPLError(CE_Warning, CPLE_AppDefined, "%s", text);
}

const ih_interferogram *ih_merge_pair_item(const ih_merge_plan *plan, const ih_merge_pair *pair,
                                           size_t part)
{
    return &plan->catalogue->items[pair->first + pair->count - 1 - part];
}

static bool same_pair(const ih_interferogram *a, const ih_interferogram *b)
{
    return a->reference_days == b->reference_days && a->secondary_days == b->secondary_days;
}

/* Two products of the same ground: all of their names is the same but the identifier. */
static bool is_reprocessing(const ih_interferogram *a, const ih_interferogram *b)
{
    size_t n = strlen(a->name);

    return same_pair(a, b) && n > ID_LENGTH && n == strlen(b->name) &&
           strncmp(a->name, b->name, n - ID_LENGTH) == 0;
}

static ih_status leave_out_what_is_no_part(ih_merge_plan *plan, ih_error *err)
{
    ih_catalogue *c = plan->catalogue;
    ih_status status = IH_OK;

    for (size_t i = c->count; i-- > 0 && status == IH_OK;)
        if (!c->items[i].is_hyp3)
            status = ih_catalogue_drop(c, i, "it is no HyP3 product", err);
    for (size_t i = c->count; i-- > 1 && status == IH_OK;)
        if (is_reprocessing(&c->items[i - 1], &c->items[i]))
            status = ih_catalogue_leave_out(c, i, IH_SKIP_DUPLICATE,
                                            CPLSPrintf("the same ground and pair as %s, whose name "
                                                       "is later",
                                                       c->items[i - 1].path),
                                            err);
    return status;
}

/* Items from i on that are of the pair of i. */
static size_t pair_length(const ih_catalogue *c, size_t i)
{
    size_t n = 1;

    while (i + n < c->count && same_pair(&c->items[i], &c->items[i + n]))
        n++;
    return n;
}

static size_t largest_pair(const ih_catalogue *c, size_t *n_pairs)
{
    size_t most = 0;

    *n_pairs = 0;
    for (size_t i = 0; i < c->count; i += pair_length(c, i)) {
        most = pair_length(c, i) > most ? pair_length(c, i) : most;
        (*n_pairs)++;
    }
    return most;
}

/* Takes all products of a pair out with one reason. */
static ih_status leave_out_pair(ih_catalogue *c, size_t first, size_t count, const char *why,
                                ih_error *err)
{
    char *text = CPLStrdup(why);
    ih_status status = IH_OK;

    for (size_t k = count; k-- > 0 && status == IH_OK;)
        status = ih_catalogue_drop(c, first + k, text, err);
    CPLFree(text);
    return status;
}

/* Pairs that cannot be merged. A single pair's fault is that of the run. */
static ih_status leave_out_pairs(ih_merge_plan *plan, ih_error *err)
{
    ih_catalogue *c = plan->catalogue;
    size_t n_pairs, most = largest_pair(c, &n_pairs);
    ih_status status = IH_OK;

    if (most < 2 || plan->one_product)
        status = ih_merge_check_dates(c, err);
    if (status == IH_OK && most < 2)
        status = ih_fail(err, IH_E_DATA, "%s: one product alone has nothing to be merged with",
                         c->items[0].path);
    for (size_t i = 0; i < c->count && status == IH_OK;) {
        size_t n = pair_length(c, i);
        bool keep = true;
        ih_error why;

        if (n < 2) {
            status = leave_out_pair(c, i, n, "no other product has its dates", err);
            keep = false;
        } else if (n < most && !plan->request->options.allow_incomplete) {
            status = leave_out_pair(c, i, n,
                                    CPLSPrintf("of its pair there are %zu products, of others %zu "
                                               "(-allow_incomplete)",
                                               n, most),
                                    err);
            keep = false;
        } else if (ih_merge_check_contiguous(c, i, n, &why) != IH_OK) {
            status = n_pairs == 1 ? ih_fail(err, why.status, "%s", why.text)
                                  : leave_out_pair(c, i, n, why.text, err);
            keep = false;
        }
        i += keep ? n : 0;
    }
    if (status == IH_OK && c->count == 0) {
        for (size_t i = 0; i < c->n_skipped; i++)
            CPLError(CE_Failure, CPLE_AppDefined, "%s: %s", c->skipped[i].what, c->skipped[i].why);
        status = ih_fail(err, IH_E_DATA, "no pair can be merged");
    }
    return status;
}

static ih_status list_pairs(ih_merge_plan *plan, ih_error *err)
{
    const ih_catalogue *c = plan->catalogue;
    size_t n_pairs, most = largest_pair(c, &n_pairs);
    bool complete = true;

    plan->pairs = ih_calloc(n_pairs, sizeof *plan->pairs);
    if (!plan->pairs)
        return ih_fail(err, IH_E_MEMORY, "list of pairs");
    for (size_t i = 0; i < c->count; i += plan->pairs[plan->n_pairs - 1].count) {
        plan->pairs[plan->n_pairs++] = (ih_merge_pair){.first = i, .count = pair_length(c, i)};
        complete = complete && pair_length(c, i) == most;
    }
    /* Names of different bursts would keep the merged products from being one stack. */
    for (size_t i = 0; i < n_pairs; i++)
        ih_merge_name(plan, &plan->pairs[i], complete);
    for (size_t i = 1; i < n_pairs; i++)
        if (strcmp(plan->pairs[i - 1].name, plan->pairs[i].name) == 0)
            return ih_fail(err, IH_E_DATA, "two merged products would both be called %s",
                           plan->pairs[i].name);
    return IH_OK;
}

/* One product where its name says so, else a folder of products. */
static void decide_output(ih_merge_plan *plan)
{
    const ih_merge_options *o = &plan->request->options;
    char *out = CPLStrdup(plan->request->out), *stem;
    ih_product_name name;

    while (strlen(out) > 1 && out[strlen(out) - 1] == '/')
        out[strlen(out) - 1] = '\0';
    plan->zip = o->zip || EQUAL(CPLGetExtension(out), "zip");
    plan->one_product =
        EQUAL(CPLGetExtension(out), "zip") || ih_product_name_parse(CPLGetFilename(out), &name);
    if (plan->one_product) {
        stem = CPLStrdup(EQUAL(CPLGetExtension(out), "zip") ? CPLResetExtension(out, "") : out);
        if (*stem && stem[strlen(stem) - 1] == '.')
            stem[strlen(stem) - 1] = '\0';
        plan->folder = CPLStrdup(CPLGetDirname(out));
        plan->file_name = plan->zip && !EQUAL(CPLGetExtension(out), "zip")
                              ? CPLStrdup(CPLSPrintf("%s.zip", CPLGetFilename(out)))
                              : CPLStrdup(CPLGetFilename(out));
        plan->report = CPLStrdup(CPLSPrintf("%s_merge.json", stem));
        CPLFree(stem);
    } else {
        plan->folder = CPLStrdup(out);
        plan->report = CPLStrdup(CPLFormFilename(out, "merge.json", NULL));
    }
    CPLFree(out);
}

/* A name that the user gave is that of the product inside as well. */
static ih_status take_given_name(ih_merge_plan *plan, ih_error *err)
{
    ih_product_name given, own;

    if (!plan->one_product || !ih_product_name_parse(plan->file_name, &given))
        return IH_OK;
    if (ih_product_name_parse(plan->pairs[0].name, &own) &&
        (strcmp(given.reference_date, own.reference_date) != 0 ||
         strcmp(given.secondary_date, own.secondary_date) != 0))
        return ih_fail(err, IH_E_ARGUMENT, "%s: the products are of another pair, %s_%s",
                       plan->file_name, own.reference_date, own.secondary_date);
    CPLStrlcpy(plan->pairs[0].name, given.name, sizeof plan->pairs[0].name);
    return IH_OK;
}

static ih_status make_grid(ih_merge_plan *plan, ih_error *err)
{
    const ih_area_request area = {.union_of_all = true,
                                  .lattice = {.srs = plan->request->options.t_srs}};
    ih_status status = ih_common_grid_new(plan->catalogue, &area, &plan->common, err);

    if (status == IH_OK && plan->common->n_resampled)
        ih_merge_plan_note(plan, CPLSPrintf("%zu of %zu products do not lie on the common grid and "
                                            "are resampled by the nearest neighbour",
                                            plan->common->n_resampled, plan->catalogue->count));
    return status;
}

ih_status ih_merge_plan_new(const ih_merge_request *request, ih_merge_plan **out, ih_error *err)
{
    const ih_catalogue_rules rules = {.any_form = true, .keep_duplicates = true, .any_scene = true};
    ih_merge_plan *plan = ih_calloc(1, sizeof *plan);
    ih_status status;

    *out = NULL;
    if (!plan)
        return ih_fail(err, IH_E_MEMORY, "plan");
    plan->request = request;
    decide_output(plan);
    status = ih_catalogue_read_by(request->inputs, (int)request->options.threads, &rules,
                                  &plan->catalogue, err);
    if (status == IH_OK)
        status = leave_out_what_is_no_part(plan, err);
    if (status == IH_OK && plan->catalogue->count == 0)
        status = ih_fail(err, IH_E_DATA, "no product to merge");
    if (status == IH_OK)
        status = ih_merge_check_form(plan->catalogue, err);
    if (status == IH_OK)
        status = leave_out_pairs(plan, err);
    if (status == IH_OK)
        status = make_grid(plan, err);
    if (status == IH_OK)
        status = list_pairs(plan, err);
    if (status == IH_OK)
        status = take_given_name(plan, err);
    if (status != IH_OK) {
        ih_merge_plan_free(plan);
        return status;
    }
    *out = plan;
    return IH_OK;
}

void ih_merge_plan_free(ih_merge_plan *plan)
{
    if (!plan)
        return;
    ih_common_grid_free(plan->common);
    ih_catalogue_free(plan->catalogue);
    free(plan->pairs);
    CPLFree(plan->folder);
    CPLFree(plan->file_name);
    CPLFree(plan->report);
    CSLDestroy(plan->notes);
    free(plan);
}
