/* SPDX-License-Identifier: MIT */
#include "utilities/lib/merge_report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_string.h>

#include "drivers/hyp3/layers.h"
#include "utilities/lib/merge_manifest.h"
#include "utilities/lib/report.h"

/* Share of pixels half a cycle off beyond which an unwrapping error inside a component is told. */
#define TOLD_OFF_SHARE 0.05

static void add_parts(const ih_merge_offsets *o, cJSON *entry)
{
    cJSON *list = cJSON_AddArrayToObject(entry, "parts");

    for (size_t i = 0; i < o->n_parts; i++) {
        const ih_merge_part *part = &o->parts[i];
        cJSON *item = cJSON_CreateObject();

        cJSON_AddItemToArray(list, item);
        cJSON_AddStringToObject(item, "name", part->item->name);
        cJSON_AddNumberToObject(item, "constant_rad", o->solution.constant_rad[i]);
        cJSON_AddNumberToObject(item, "wrapped_constant_rad", o->wrapped_constant_rad[i]);
        cJSON_AddNumberToObject(item, "components", part->n_nodes);
        cJSON_AddBoolToObject(item, "labelled", part->has_labels);
        cJSON_AddBoolToObject(item, "on_lattice",
                              o->plan->common->on_lattice[part->item - o->plan->catalogue->items]);
    }
}

/* "part" and "label" of a node, with a prefix. */
static void add_node(const ih_merge_offsets *o, uint32_t node, const char *prefix, cJSON *item)
{
    const ih_merge_part *part = &o->parts[o->part_of_node[node]];

    cJSON_AddStringToObject(item, CPLSPrintf("%spart", prefix), part->item->name);
    cJSON_AddNumberToObject(item, CPLSPrintf("%slabel", prefix),
                            ih_merge_part_node_label(part, node));
}

static void add_components(const ih_merge_offsets *o, cJSON *entry)
{
    cJSON *list = cJSON_AddArrayToObject(entry, "components");
    size_t unjoined = 0;

    for (uint32_t node = 0; node < o->n_nodes; node++) {
        uint32_t group = o->solution.group[node];
        cJSON *item = cJSON_CreateObject();

        cJSON_AddItemToArray(list, item);
        add_node(o, node, "", item);
        cJSON_AddNumberToObject(item, "pixels", o->node_size[node]);
        cJSON_AddNumberToObject(item, "cycles", o->solution.cycles[node]);
        cJSON_AddNumberToObject(item, "offset_rad", o->solution.offset_rad[node]);
        cJSON_AddNumberToObject(item, "merged_label", o->label_of_group[group]);
        cJSON_AddBoolToObject(item, "joined", o->joined[group]);
        unjoined += !o->joined[group];
    }
    cJSON_AddNumberToObject(entry, "merged_components", (double)o->solution.n_groups);
    cJSON_AddNumberToObject(entry, "unjoined_components", (double)unjoined);
}

static void add_links(const ih_merge_offsets *o, cJSON *entry)
{
    cJSON *list = cJSON_AddArrayToObject(entry, "links");

    for (size_t k = 0; k < o->n_links; k++) {
        const ih_overlap_statistics *found = &o->links[k].found;
        double offset = found->difference_rad - o->solution.residual_rad[k];
        double square = found->mean_square_rad2 - 2 * offset * found->mean_rad + offset * offset;
        cJSON *item = cJSON_CreateObject();

        cJSON_AddItemToArray(list, item);
        add_node(o, o->links[k].link.a, "first_", item);
        add_node(o, o->links[k].link.b, "second_", item);
        cJSON_AddNumberToObject(item, "pixels", (double)found->count);
        cJSON_AddNumberToObject(item, "median_rad", found->median_rad);
        cJSON_AddNumberToObject(item, "remainder_rad", found->remainder_rad);
        cJSON_AddNumberToObject(
            item, "cycles",
            round((found->difference_rad - found->remainder_rad) / 6.28318530717958647692));
        cJSON_AddNumberToObject(item, "spread_rad", found->spread_rad);
        cJSON_AddItemToObject(item, "trend_rad", cJSON_CreateDoubleArray(found->trend_rad, 2));
        cJSON_AddNumberToObject(item, "residual_rad", o->solution.residual_rad[k]);
        cJSON_AddNumberToObject(item, "rms_before_rad", sqrt(found->mean_square_rad2));
        cJSON_AddNumberToObject(item, "rms_after_rad", sqrt(fmax(0, square)));
        cJSON_AddNumberToObject(item, "off_share", found->off_share);
    }
}

static void add_loops(const ih_merge_offsets *o, cJSON *entry)
{
    const ih_mosaic_solution *s = &o->solution;
    cJSON *list = cJSON_AddArrayToObject(entry, "loops");

    for (size_t k = 0; k < s->n_loops; k++) {
        cJSON *item = cJSON_CreateObject(), *nodes;

        cJSON_AddItemToArray(list, item);
        cJSON_AddNumberToObject(item, "cycles", s->loops[k].cycles);
        nodes = cJSON_AddArrayToObject(item, "components");
        for (size_t i = 0; i < s->loops[k].count; i++) {
            cJSON *node = cJSON_CreateObject();

            cJSON_AddItemToArray(nodes, node);
            add_node(o, s->loop_nodes[s->loops[k].begin + i], "", node);
        }
    }
    cJSON_AddItemToObject(entry, "loop_misclosures_rad",
                          cJSON_CreateDoubleArray(s->misclosure_rad, (int)s->n_product_loops));
}

void ih_merge_report_pair(const ih_merge_offsets *o, const ih_merge_written *written, cJSON *entry)
{
    double before, after;
    cJSON *list = cJSON_AddArrayToObject(entry, "layers");
    char **suffix = written->left_out;

    for (size_t i = 0; i < written->n_layers; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(ih_layer_at(written->layers[i])->suffix));
    list = cJSON_AddArrayToObject(entry, "layers_left_out");
    for (; suffix && *suffix; suffix++)
        cJSON_AddItemToArray(list, cJSON_CreateString(*suffix));
    cJSON_AddNumberToObject(entry, "valid_pixels", (double)written->n_valid);
    cJSON_AddNumberToObject(entry, "pixels_apart", (double)written->n_apart);
    add_parts(o, entry);
    add_components(o, entry);
    add_links(o, entry);
    add_loops(o, entry);
    ih_merge_overlap_rms(o, &before, &after);
    list = cJSON_AddObjectToObject(entry, "overlap_rms_rad");
    ih_report_number(list, "before", before);
    ih_report_number(list, "after", after);
}

static const char *kind_text(enum ih_skip_kind kind)
{
    if (kind == IH_SKIP_IGNORED)
        return "ignored";
    return kind == IH_SKIP_DUPLICATE ? "duplicate" : "unusable";
}

static void add_name(cJSON *list, const char *name, const char *file)
{
    cJSON *item = cJSON_CreateObject();

    cJSON_AddItemToArray(list, item);
    cJSON_AddStringToObject(item, "name", name);
    cJSON_AddStringToObject(item, "file", file);
}

static bool is_planned(const ih_merge_plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->n_pairs; i++)
        if (strcmp(plan->pairs[i].name, name) == 0)
            return true;
    return false;
}

/* Names of products that are not made or not removed yet. */
static void add_outstanding(const ih_merge_record *r, cJSON *list)
{
    const cJSON *entry;

    for (size_t i = 0; i < r->plan->n_pairs; i++) {
        char *target = ih_merge_target(r->plan, &r->plan->pairs[i]);

        if (!r->entries[i])
            add_name(list, r->plan->pairs[i].name, CPLGetFilename(target));
        CPLFree(target);
    }
    cJSON_ArrayForEach(entry, cJSON_GetObjectItem(r->old, "products"))
    {
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(entry, "name"));
        const char *file = cJSON_GetStringValue(cJSON_GetObjectItem(entry, "file"));

        if (name && file && !is_planned(r->plan, name))
            add_name(list, name, file);
    }
}

cJSON *ih_merge_report(const ih_merge_record *r)
{
    const ih_catalogue *c = r->plan->catalogue;
    cJSON *report = ih_report_new("gdal_ih_merge"), *list, *execution;

    if (!report)
        return NULL;
    cJSON_AddBoolToObject(report, "complete", r->complete);
    cJSON_AddItemToObject(report, "content", cJSON_Duplicate(r->content, true));
    list = cJSON_AddArrayToObject(report, "products");
    for (size_t i = 0; i < r->plan->n_pairs; i++)
        if (r->entries[i])
            cJSON_AddItemToArray(list, cJSON_Duplicate(r->entries[i], true));
    if (!r->complete)
        add_outstanding(r, list);
    list = cJSON_AddArrayToObject(report, "left_out");
    for (size_t i = 0; i < c->n_skipped; i++) {
        cJSON *item = cJSON_CreateObject();

        cJSON_AddItemToArray(list, item);
        cJSON_AddStringToObject(item, "input", c->skipped[i].what);
        cJSON_AddStringToObject(item, "reason", c->skipped[i].why);
        cJSON_AddStringToObject(item, "kind", kind_text(c->skipped[i].kind));
    }
    list = cJSON_AddArrayToObject(report, "notes");
    for (char **note = r->plan->notes; note && *note; note++)
        cJSON_AddItemToArray(list, cJSON_CreateString(*note));
    execution = cJSON_AddObjectToObject(report, "execution");
    cJSON_AddNumberToObject(execution, "threads", r->threads);
    cJSON_AddNumberToObject(execution, "made", (double)r->n_made);
    cJSON_AddNumberToObject(execution, "kept", (double)r->n_kept);
    cJSON_AddNumberToObject(execution, "removed", (double)r->n_removed);
    if (r->plan->request->command_line)
        cJSON_AddStringToObject(execution, "command_line", r->plan->request->command_line);
    return report;
}

static double number(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItem(object, key);

    return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

static void print_loops(FILE *out, const cJSON *entry)
{
    const cJSON *loop, *node;

    cJSON_ArrayForEach(loop, cJSON_GetObjectItem(entry, "loops"))
    {
        const char *between = "";

        fprintf(out, "  Loop that does not close, %+g cycles: ", number(loop, "cycles"));
        cJSON_ArrayForEach(node, cJSON_GetObjectItem(loop, "components"))
        {
            fprintf(out, "%s%s component %g", between,
                    cJSON_GetStringValue(cJSON_GetObjectItem(node, "part")), number(node, "label"));
            between = " - ";
        }
        fputs("\n", out);
    }
}

static void print_pair(FILE *out, const cJSON *entry)
{
    const cJSON *rms = cJSON_GetObjectItem(entry, "overlap_rms_rad"), *link;
    double parts = cJSON_GetArraySize(cJSON_GetObjectItem(entry, "sources"));
    size_t n_off = 0;

    fprintf(out, "%s: %g products", cJSON_GetStringValue(cJSON_GetObjectItem(entry, "file")),
            parts);
    if (rms)
        fprintf(out,
                ", %g components of which %g are joined to nothing; RMS in overlaps %.3g before, "
                "%.3g rad after",
                number(entry, "merged_components"), number(entry, "unjoined_components"),
                number(rms, "before"), number(rms, "after"));
    fputs("\n", out);
    if (number(entry, "pixels_apart") > 0)
        fprintf(out, "  %g common pixels differ by half a cycle or more after all\n",
                number(entry, "pixels_apart"));
    print_loops(out, entry);
    cJSON_ArrayForEach(link, cJSON_GetObjectItem(entry, "links")) n_off +=
        number(link, "off_share") > TOLD_OFF_SHARE;
    if (n_off)
        fprintf(out,
                "  %zu overlaps of components hold more than one whole cycle: unwrapping errors "
                "inside them\n",
                n_off);
}

char *ih_merge_summary(const ih_merge_record *r)
{
    const ih_catalogue *c = r->plan->catalogue;
    const ih_grid *g = &r->plan->common->grid;
    const char *name = r->plan->common->srs ? OSRGetName(r->plan->common->srs) : NULL;
    bool dry = r->plan->request->options.dry_run;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    fprintf(out, "Grid: %zu x %zu pixels of %.10g x %.10g, %s\n", g->nx, g->ny, g->dx, -g->dy,
            name ? name : "no coordinate system");
    for (size_t i = 0; i < r->plan->n_pairs; i++)
        if (r->entries[i])
            print_pair(out, r->entries[i]);
    for (size_t i = 0; i < c->n_skipped; i++)
        fprintf(out, "Left out: %s: %s\n", c->skipped[i].what, c->skipped[i].why);
    for (char **note = r->plan->notes; note && *note; note++)
        fprintf(out, "Note: %s\n", *note);
    if (dry)
        fprintf(out, "Pairs: %zu; nothing was written\n", r->plan->n_pairs);
    else
        fprintf(out, "Merged: %zu made, %zu kept from before; %zu old products removed; in %s\n",
                r->n_made, r->n_kept, r->n_removed, r->plan->folder);
    fclose(out);
    return text;
}
