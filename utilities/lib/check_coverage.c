/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_string.h>

#include "algorithms/alloc.h"
#include "utilities/lib/check_state.h"
#include "utilities/lib/footprint_file.h"
#include "utilities/lib/mintpy_pitfalls.h"
#include "utilities/lib/report.h"

#define DEGREE (3.14159265358979323846 / 180)

enum { SIDES = 4, NAMES_SHOWN = 5 };

static double pixels_of(const ih_grid *g)
{
    return (double)g->nx * (double)g->ny;
}

static double square_kilometres(const ih_common_grid *common, const ih_grid *g)
{
    double unit = ih_common_grid_metres_per_unit(common);
    double area = pixels_of(g) * fabs(g->dx * g->dy) * unit * unit / 1e6;

    if (common->srs && OSRIsGeographic(common->srs))
        area *= cos(DEGREE * (g->y0 + (double)g->ny * g->dy / 2));
    return area;
}

static void report_area(cJSON *parent, const char *key, const ih_common_grid *common,
                        const ih_grid *g)
{
    cJSON *area = cJSON_AddObjectToObject(parent, key);
    const double box[4] = {g->x0, g->y0 + (double)g->ny * g->dy, g->x0 + (double)g->nx * g->dx,
                           g->y0};

    cJSON_AddNumberToObject(area, "width", (double)g->nx);
    cJSON_AddNumberToObject(area, "height", (double)g->ny);
    cJSON_AddNumberToObject(area, "square_kilometres", square_kilometres(common, g));
    cJSON_AddItemToObject(area, "bounds", cJSON_CreateDoubleArray(box, 4));
}

/* Who ends the common area on each side, unless all do. */
static void report_limits(const ih_check_state *s, cJSON *coverage)
{
    static const char *const sides[SIDES] = {"west", "south", "east", "north"};
    cJSON *limits = cJSON_AddObjectToObject(coverage, "limits");
    size_t count = s->catalogue->count;

    for (int side = 0; side < SIDES; side++) {
        cJSON *names = cJSON_CreateArray();

        for (size_t i = 0; i < count; i++)
            if (ih_grid_common_sides(&s->common->footprints[i], &s->shared) >> side & 1u)
                cJSON_AddItemToArray(names, cJSON_CreateString(s->catalogue->items[i].name));
        if ((size_t)cJSON_GetArraySize(names) < count)
            cJSON_AddItemToObject(limits, sides[side], names);
        else
            cJSON_Delete(names);
    }
}

/* The area that all share, and what each alone costs. */
static ih_status find_shared(ih_check_state *s, double *all, ih_error *err)
{
    const ih_catalogue *c = s->catalogue;
    double *without = ih_alloc(c->count, sizeof *without);
    ih_status status = without
                           ? ih_grid_shared_area(s->common->footprints, c->count, all, without, err)
                           : ih_fail(err, IH_E_MEMORY, "common area");

    for (size_t i = 0; i < c->count && status == IH_OK; i++)
        s->shrinks[i] = without[i] > 0 ? 1 - *all / without[i] : 0;
    s->shared = (ih_grid){0};
    if (status == IH_OK && *all > 0) {
        s->shared = s->common->footprints[0];
        for (size_t i = 1; i < c->count && status == IH_OK; i++)
            status = ih_grid_intersection(&s->shared, &s->common->footprints[i], &s->shared, err);
    }
    free(without);
    return status;
}

static void find_limiting(ih_check_state *s, double all)
{
    const ih_catalogue *c = s->catalogue;
    const ih_area_request area = {0};
    ih_common_grid *none = NULL;
    ih_error why = {0};
    char **rescuers = NULL;

    for (size_t i = 0; i < c->count && all > 0; i++)
        if (s->shrinks[i] > s->options->max_shrink)
            ih_findings_add(&s->findings, IH_CHECK_LIMITS_COMMON_AREA,
                            CSLAddString(NULL, c->items[i].name),
                            "It alone shrinks the common area by %.0f %%; leave it out "
                            "(gdal_ih_clip -drop_outliers), or use -extent union.",
                            100 * s->shrinks[i]);
    if (all > 0)
        return;
    for (size_t i = 0; i < c->count; i++)
        if (s->shrinks[i] > 0)
            rescuers = CSLAddString(rescuers, c->items[i].name);
    if (ih_common_grid_new(c, &area, &none, &why) == IH_OK)
        ih_common_grid_free(none);
    ih_findings_add(&s->findings, IH_CHECK_NO_COMMON_AREA, rescuers, "%s.",
                    *why.text ? why.text : "The products have no area in common");
}

static void check_lattice(ih_check_state *s)
{
    const ih_catalogue *c = s->catalogue;
    char **other_zone = NULL, **off = NULL;
    double largest = 0;

    for (size_t i = 0; i < c->count; i++) {
        const ih_interferogram *item = &c->items[i];

        if (s->common->on_lattice[i])
            continue;
        if (!ih_same_srs(item->srs, s->common->srs)) {
            other_zone = CSLAddString(other_zone, item->name);
        } else if (!isnan(s->common->residue[i])) {
            off = CSLAddString(off, item->name);
            largest = fmax(largest, s->common->residue[i]);
        }
    }
    if (other_zone)
        ih_findings_add(&s->findings, IH_CHECK_MIXED_ZONES, other_zone,
                        "The coordinate system is not that of most (%s) in %d of %zu products, "
                        "which will be resampled; gdal_ih_clip does it with interpolation.",
                        s->common->srs ? OSRGetName(s->common->srs) : "none", CSLCount(other_zone),
                        c->count);
    if (off)
        ih_findings_add(&s->findings, IH_CHECK_OFF_LATTICE, off,
                        "The pixels lie up to %.3f pixels off those of most in %d of %zu products, "
                        "which will be resampled; gdal_ih_clip does it with interpolation.",
                        largest, CSLCount(off), c->count);
}

static void report_grid(ih_check_state *s)
{
    const ih_grid *g = &s->common->grid;
    cJSON *grid = cJSON_AddObjectToObject(s->report, "grid");
    const char *code = s->common->srs ? OSRGetAuthorityCode(s->common->srs, NULL) : NULL;

    cJSON_AddStringToObject(grid, "name", s->common->srs ? OSRGetName(s->common->srs) : "");
    if (code)
        cJSON_AddNumberToObject(grid, "epsg", atoi(code));
    cJSON_AddNumberToObject(grid, "pixel_size", g->dx);
    cJSON_AddNumberToObject(grid, "coordinate_systems", (double)s->common->n_systems);
    cJSON_AddNumberToObject(grid, "pixel_sizes", (double)s->common->n_spacings);
    cJSON_AddNumberToObject(grid, "off_lattice", (double)s->common->n_resampled);
}

static void check_mintpy_grid(ih_check_state *s)
{
    const char *fault;

    if (s->catalogue->items[0].is_hyp3 && s->shared.nx > 0 &&
        (fault = ih_mintpy_grid_fault(s->common->srs, &s->shared)) != NULL)
        ih_findings_add(&s->findings, IH_CHECK_MINTPY_GRID, NULL,
                        "For MintPy: %s; choose another with gdal_ih_clip -t_srs.", fault);
}

ih_status ih_check_coverage(ih_check_state *s, ih_error *err)
{
    const ih_area_request area = {.union_of_all = true};
    ih_error why = {0};
    double all = 0;
    cJSON *coverage;
    ih_status status;

    if (s->catalogue->count == 0)
        return IH_OK;
    status = ih_common_grid_new(s->catalogue, &area, &s->common, &why);
    if (status == IH_E_DATA || status == IH_E_ARGUMENT) {
        ih_findings_add(&s->findings, IH_CHECK_NO_COMMON_GRID, NULL, "%s.", why.text);
        return IH_OK;
    }
    if (status != IH_OK)
        return ih_fail(err, status, "%s", why.text);
    status = find_shared(s, &all, err);
    if (status != IH_OK)
        return status;
    find_limiting(s, all);
    check_lattice(s);
    report_grid(s);
    check_mintpy_grid(s);
    coverage = cJSON_AddObjectToObject(s->report, "coverage");
    report_area(coverage, "union", s->common, &s->common->grid);
    if (all > 0) {
        report_area(coverage, "common_area", s->common, &s->shared);
        cJSON_AddNumberToObject(coverage, "common_share_of_union",
                                all / pixels_of(&s->common->grid));
        report_limits(s, coverage);
    }
    return IH_OK;
}

static ih_status add_areas(const ih_check_state *s, ih_footprint_file *file, ih_error *err)
{
    const ih_footprint areas[] = {{.role = "union",
                                   .name = "union",
                                   .grid = &s->common->grid,
                                   .srs = s->common->srs,
                                   .shrinks_common_area = NAN,
                                   .residue_pixels = NAN},
                                  {.role = "common area",
                                   .name = "common area",
                                   .grid = &s->shared,
                                   .srs = s->common->srs,
                                   .shrinks_common_area = NAN,
                                   .residue_pixels = NAN}};
    ih_status status = ih_footprint_file_add(file, &areas[0], err);

    return status == IH_OK && s->shared.nx > 0 ? ih_footprint_file_add(file, &areas[1], err)
                                               : status;
}

ih_status ih_check_footprints(const ih_check_state *s, ih_error *err)
{
    const ih_catalogue *c = s->catalogue;
    ih_footprint_file *file = NULL;
    ih_status status = IH_OK;

    if (!s->options->footprints)
        return IH_OK;
    status = ih_footprint_file_new(s->options->footprints, s->options->overwrite, &file, err);
    for (size_t i = 0; i < c->count && status == IH_OK; i++) {
        const ih_interferogram *item = &c->items[i];
        char *codes = ih_findings_of_product(&s->findings, item->name);
        const ih_footprint footprint = {.role = "product",
                                        .name = item->name,
                                        .item = item,
                                        .grid = &item->grid,
                                        .srs = item->srs,
                                        .shrinks_common_area = s->common ? s->shrinks[i] : NAN,
                                        .residue_pixels = s->common ? s->common->residue[i] : NAN,
                                        .findings = codes};

        status = ih_footprint_file_add(file, &footprint, err);
        CPLFree(codes);
    }
    if (status == IH_OK && s->common)
        status = add_areas(s, file, err);
    if (status == IH_OK)
        return ih_footprint_file_commit(file, err);
    ih_footprint_file_abort(file);
    return status;
}
