/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>

#include "utilities/lib/clip_layout.h"
#include "utilities/lib/clip_run.h"
#include "utilities/lib/clip_selection.h"
#include "utilities/lib/mintpy_pitfalls.h"
#include "utilities/lib/report.h"

static void look_at(ih_clip_state *s, const char *path)
{
    if (s->request->options.clean_sidecars && unlink(path) == 0) {
        ih_clip_plan_note(s->plan, CPLSPrintf("removed the side-car %s", path));
        return;
    }
    s->n_sidecars++;
    ih_clip_plan_note(
        s->plan,
        CPLSPrintf("%s keeps MintPy from loading the clip beside it (-clean_sidecars removes it)",
                   path));
}

void ih_clip_sidecars(ih_clip_state *s)
{
    if (!ih_clip_is_for_mintpy(&s->request->options))
        return;
    for (size_t i = 0; i < s->n; i++) {
        const cJSON *file;

        cJSON_ArrayForEach(file, cJSON_GetObjectItem(s->entries[i], "files"))
        {
            const char *relative = cJSON_GetStringValue(cJSON_GetObjectItem(file, "path"));
            char *path, **sidecars;

            if (!EQUAL(CPLGetExtension(relative), "tif"))
                continue;
            path = CPLStrdup(CPLFormFilename(s->request->out_dir, relative, NULL));
            sidecars = ih_mintpy_sidecars(path);
            for (char **beside = sidecars; beside && *beside; beside++)
                look_at(s, *beside);
            CSLDestroy(sidecars);
            CPLFree(path);
        }
    }
}

static const char *kind_text(enum ih_skip_kind kind)
{
    if (kind == IH_SKIP_IGNORED)
        return "ignored";
    return kind == IH_SKIP_DUPLICATE ? "duplicate" : "unusable";
}

static void add_reference(const ih_clip_state *s, cJSON *facts)
{
    const ih_clip_reference *r = &s->plan->reference;
    cJSON *object;

    if (!r->given)
        return;
    object = cJSON_AddObjectToObject(facts, "reference");
    cJSON_AddNumberToObject(object, "column", (double)r->column);
    cJSON_AddNumberToObject(object, "row", (double)r->row);
    cJSON_AddNumberToObject(object, "x", r->x);
    cJSON_AddNumberToObject(object, "y", r->y);
    ih_report_number(object, "longitude", r->longitude);
    ih_report_number(object, "latitude", r->latitude);
    cJSON_AddNumberToObject(object, "window", (double)(2 * r->reach + 1));
    ih_report_number(object, "mean_coherence", r->mean_coherence);
}

static void print_reference(FILE *out, const ih_clip_state *s)
{
    const ih_clip_reference *r = &s->plan->reference;

    if (!r->given)
        return;
    fprintf(out, "Reference: column %zu, row %zu", r->column, r->row);
    if (isfinite(r->longitude))
        fprintf(out, ", longitude %.6f, latitude %.6f", r->longitude, r->latitude);
    if (isfinite(r->mean_coherence))
        fprintf(out, ", mean coherence %.3f", r->mean_coherence);
    fputs("\n", out);
}

ih_status ih_clip_facts(ih_clip_state *s, cJSON **out, ih_error *err)
{
    const ih_catalogue *c = s->plan->catalogue;
    cJSON *facts = cJSON_CreateObject(), *list, *execution;
    ih_status status;

    *out = facts;
    if (!facts)
        return ih_fail(err, IH_E_MEMORY, "report");
    list = cJSON_AddArrayToObject(facts, "left_out");
    for (size_t i = 0; i < c->n_skipped; i++) {
        cJSON *item = cJSON_CreateObject();

        cJSON_AddStringToObject(item, "input", c->skipped[i].what);
        cJSON_AddStringToObject(item, "reason", c->skipped[i].why);
        cJSON_AddStringToObject(item, "kind", kind_text(c->skipped[i].kind));
        cJSON_AddItemToArray(list, item);
    }
    if (s->request->options.dry_run || c->count == s->n)
        ih_clip_plan_limits(s->plan, facts);
    add_reference(s, facts);
    status = ih_clip_network(c, facts, &s->n_network_parts, err);
    list = cJSON_AddArrayToObject(facts, "notes");
    for (char **note = s->plan->notes; note && *note; note++)
        cJSON_AddItemToArray(list, cJSON_CreateString(*note));
    execution = cJSON_AddObjectToObject(facts, "execution");
    cJSON_AddNumberToObject(execution, "threads", s->threads);
    cJSON_AddNumberToObject(execution, "made", (double)s->n_made);
    cJSON_AddNumberToObject(execution, "kept", (double)s->n_kept);
    if (s->request->command_line)
        cJSON_AddStringToObject(execution, "command_line", s->request->command_line);
    return status;
}

static void print_grid(FILE *out, const ih_clip_state *s)
{
    const ih_common_grid *common = s->plan->common;
    const ih_grid *g = &common->grid;
    const char *code = common->srs ? OSRGetAuthorityCode(common->srs, NULL) : NULL;
    const char *name = common->srs ? OSRGetName(common->srs) : "no coordinate system";

    fprintf(out, "Grid: %zu x %zu pixels of %.10g x %.10g, %s%s%s\n", g->nx, g->ny, g->dx, -g->dy,
            name ? name : "unnamed", code ? ", EPSG:" : "", code ? code : "");
    fprintf(out, "  x %.10g to %.10g, y %.10g to %.10g\n", g->x0, g->x0 + (double)g->nx * g->dx,
            g->y0 + (double)g->ny * g->dy, g->y0);
}

static void print_limits(FILE *out, const cJSON *facts)
{
    const cJSON *side, *name;

    cJSON_ArrayForEach(side, cJSON_GetObjectItem(facts, "limits"))
    {
        const char *between = "";

        fprintf(out, "  limited in the %s by ", side->string);
        cJSON_ArrayForEach(name, side)
        {
            fprintf(out, "%s%s", between, cJSON_GetStringValue(name));
            between = ", ";
        }
        fputs("\n", out);
    }
}

static void print_residues(FILE *out, const ih_clip_state *s)
{
    size_t off = 0, other = 0;
    double largest = 0;

    for (size_t i = 0; i < s->n; i++) {
        if (s->plan->common->on_lattice[i])
            continue;
        off++;
        if (isnan(s->plan->common->residue[i]))
            other++;
        else
            largest = fmax(largest, s->plan->common->residue[i]);
    }
    if (!off) {
        fputs("  all products lie on its lattice: pixels are copied\n", out);
        return;
    }
    fprintf(out, "  %zu of %zu products do not lie on its lattice and are resampled (%s)", off,
            s->n, ih_clip_resampling_names[s->request->options.resampling]);
    if (other)
        fprintf(out, "; %zu of another coordinate system or pixel size", other);
    if (largest > 0)
        fprintf(out, "; up to %.3f pixels off", largest);
    fputs("\n", out);
}

char *ih_clip_summary(const ih_clip_state *s, const cJSON *facts)
{
    const ih_catalogue *c = s->plan->catalogue;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    print_grid(out, s);
    print_limits(out, facts);
    print_residues(out, s);
    print_reference(out, s);
    if (s->request->options.dry_run)
        fprintf(out, "Products: %zu\n", c->count);
    else
        fprintf(out, "Products: %zu made, %zu kept from before; %zu old files removed\n", s->n_made,
                s->n_kept, s->n_removed);
    if (s->n_network_parts > 1)
        fprintf(out, "Network: in %zu parts that no pair joins\n", s->n_network_parts);
    for (size_t i = 0; i < c->n_skipped; i++)
        fprintf(out, "Left out: %s: %s\n", c->skipped[i].what, c->skipped[i].why);
    for (char **note = s->plan->notes; note && *note; note++)
        fprintf(out, "Note: %s\n", *note);
    if (!s->request->options.dry_run)
        fprintf(out, "Written: %s, layout %s\n", s->request->out_dir,
                ih_clip_layout_names[s->request->options.layout]);
    fclose(out);
    return text;
}
