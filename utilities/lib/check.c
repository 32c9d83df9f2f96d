/* SPDX-License-Identifier: MIT */
#include "utilities/lib/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_string.h>

#include "algorithms/alloc.h"
#include "utilities/lib/catalogue_network.h"
#include "utilities/lib/check_state.h"
#include "utilities/lib/parallel_work.h"
#include "utilities/lib/report.h"

static ih_status read_product(void *shared, void *local, size_t i, ih_error *err)
{
    ih_check_state *s = shared;

    (void)local;
    return ih_check_product_read(s->catalogue->sources[i].path, &s->products[i], err);
}

static bool is_table(const char *path)
{
    return EQUAL(CPLGetExtension(path), "csv");
}

/* What is known of the files of every input; tables of rasters are none. */
static ih_status read_products(ih_check_state *s, ih_error *err)
{
    ih_catalogue *c = s->catalogue;
    size_t n = 0;
    ih_parallel_work work = {
        .threads = (int)s->options->threads, .shared = s, .work = read_product};
    ih_status status = IH_OK;

    for (size_t i = 0; i < c->n_sources; i++) {
        ih_source source = c->sources[i];

        if (is_table(source.path))
            continue;
        c->sources[i] = c->sources[n];
        c->sources[n++] = source;
    }
    s->products = ih_calloc(n + 1, sizeof *s->products);
    if (!s->products)
        return ih_fail(err, IH_E_MEMORY, "list of products");
    work.n_items = s->n_products = n;
    if (n)
        status = ih_parallel_work_run(&work, err);
    return status;
}

static ih_status allocate(ih_check_state *s, ih_error *err)
{
    size_t n = s->catalogue->count + 1;

    s->product_of = ih_calloc(n, sizeof *s->product_of);
    s->pair_of = ih_calloc(n, sizeof *s->pair_of);
    s->shrinks = ih_calloc(n, sizeof *s->shrinks);
    s->valid_share = ih_calloc(n, sizeof *s->valid_share);
    s->mean_coherence = ih_calloc(n, sizeof *s->mean_coherence);
    s->unreadable = ih_calloc(n, sizeof *s->unreadable);
    if (!s->product_of || !s->pair_of || !s->shrinks || !s->valid_share || !s->mean_coherence ||
        !s->unreadable)
        return ih_fail(err, IH_E_MEMORY, "list of products");
    for (size_t i = 0; i < s->catalogue->count; i++) {
        s->valid_share[i] = s->mean_coherence[i] = NAN;
        s->product_of[i] = SIZE_MAX;
        for (size_t k = 0; k < s->n_products && s->product_of[i] == SIZE_MAX; k++)
            if (strcmp(s->catalogue->items[i].path, s->products[k].path) == 0)
                s->product_of[i] = k;
    }
    return IH_OK;
}

static ih_status read_stack(ih_check_state *s, ih_error *err)
{
    const ih_catalogue_rules rules = {.look_only = true};
    ih_status status = ih_catalogue_read_by(s->request->inputs, (int)s->options->threads, &rules,
                                            &s->catalogue, err);

    if (status == IH_OK)
        status = read_products(s, err);
    if (status == IH_OK)
        status = allocate(s, err);
    if (status == IH_OK && s->catalogue->count)
        status = ih_catalogue_network(s->catalogue, s->pair_of, &s->network, err);
    return status;
}

static ih_status look(ih_check_state *s, ih_error *err)
{
    ih_status status = ih_check_pixels(s, err);

    if (status == IH_OK)
        status = ih_check_products(s, err);
    if (status == IH_OK)
        status = ih_check_mixtures(s, err);
    if (status == IH_OK)
        status = ih_check_coverage(s, err);
    if (status == IH_OK)
        status = ih_check_dates(s, err);
    if (status == IH_OK)
        status = ih_check_forecast(s, err);
    return status;
}

static void free_state(ih_check_state *s)
{
    for (size_t i = 0; s->products && i < s->n_products; i++)
        ih_check_product_free(&s->products[i]);
    for (size_t i = 0; s->unreadable && i < s->catalogue->count; i++)
        CPLFree(s->unreadable[i]);
    free(s->products);
    free(s->product_of);
    free(s->pair_of);
    free(s->shrinks);
    free(s->valid_share);
    free(s->mean_coherence);
    free(s->unreadable);
    ih_network_free(s->network);
    ih_common_grid_free(s->common);
    ih_catalogue_free(s->catalogue);
    ih_findings_free(&s->findings);
    cJSON_Delete(s->report);
}

/* With a last line end; NULL when memory is short. */
static char *json_of(const cJSON *report)
{
    char *text = cJSON_Print(report), *ended = text ? realloc(text, strlen(text) + 2) : NULL;

    if (ended)
        strcat(ended, "\n");
    else
        free(text);
    return ended;
}

ih_status ih_check_run(const ih_check_request *given, ih_check_outcome *out, ih_error *err)
{
    ih_check_request request = *given;
    ih_check_state s = {.request = &request, .options = &request.options};
    ih_status status;

    *out = (ih_check_outcome){0};
    request.options.ignored = CSLDuplicate(given->options.ignored);
    status = ih_check_options_resolve(&request.options, err);
    s.findings.ignored = request.options.ignored;
    if (status == IH_OK && !(s.report = ih_report_new("gdal_ih_check")))
        status = ih_fail(err, IH_E_MEMORY, "report");
    if (status == IH_OK)
        status = read_stack(&s, err);
    if (status == IH_OK)
        status = look(&s, err);
    if (status == IH_OK) {
        ih_findings_sort(&s.findings);
        status = ih_check_footprints(&s, err);
    }
    if (status == IH_OK) {
        ih_check_report_findings(&s);
        ih_check_report_products(&s);
        out->json = json_of(s.report);
        out->summary = ih_check_summary(&s);
        out->n_findings = s.findings.count;
        if (!out->json || !out->summary)
            status = ih_fail(err, IH_E_MEMORY, "report");
    }
    free_state(&s);
    ih_check_options_free(&request.options);
    if (status != IH_OK)
        ih_check_outcome_free(out);
    return status;
}

void ih_check_outcome_free(ih_check_outcome *outcome)
{
    free(outcome->summary);
    free(outcome->json);
    *outcome = (ih_check_outcome){0};
}
