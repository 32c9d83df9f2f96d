/* SPDX-License-Identifier: MIT */
#include "utilities/lib/clip_plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>

#include "algorithms/alloc.h"
#include "drivers/hyp3/layers.h"
#include "utilities/lib/area_of_interest.h"
#include "utilities/lib/clip_layout.h"
#include "utilities/lib/clip_selection.h"
#include "utilities/lib/mintpy_pitfalls.h"
#include "utilities/lib/report.h"
#include "utilities/lib/sbas_options.h"

enum { NAMES_SHOWN = 5 };

void ih_clip_plan_note(ih_clip_plan *plan, const char *text)
{
    plan->notes = CSLAddString(plan->notes, text);
    CPLError(CE_Warning, CPLE_AppDefined, "%s", text);
}

static ih_area_words words_of(const ih_clip_options *o)
{
    bool aoi = o->aoi != NULL;

    return (ih_area_words){.option = aoi ? "-aoi" : "-cutline",
                           .text = aoi ? o->aoi : o->cutline,
                           .srs = o->aoi_srs,
                           .layer = o->cutline_layer,
                           .where = o->cutline_where};
}

static ih_status read_box(const ih_clip_options *o, OGRSpatialReferenceH srs, double box[4],
                          ih_error *err)
{
    const ih_area_words words = words_of(o);
    OGRGeometryH area;
    ih_status status = ih_area_of_interest_read(&words, srs, &area, err);

    if (status == IH_OK)
        ih_area_of_interest_box(area, box);
    OGR_G_DestroyGeometry(area);
    return status;
}

/* Between zones that as many products have, the place of the area decides. */
static ih_status find_centre(const ih_clip_options *o, ih_lattice_request *lattice, ih_error *err)
{
    OGRSpatialReferenceH degrees = ih_srs_of_text("EPSG:4326");
    double box[4];
    ih_status status = read_box(o, degrees, box, err);

    OSRDestroySpatialReference(degrees);
    lattice->has_centre = status == IH_OK;
    if (status == IH_OK) {
        lattice->centre_lon_lat[0] = (box[0] + box[2]) / 2;
        lattice->centre_lon_lat[1] = (box[1] + box[3]) / 2;
    }
    return status;
}

static bool has_area(const ih_clip_options *o)
{
    return o->aoi || o->crop_to_cutline;
}

static ih_status area_request(const ih_clip_options *o, ih_area_request *out, ih_error *err)
{
    *out = (ih_area_request){
        .union_of_all = o->extent == IH_EXTENT_UNION,
        .has_box = o->te_given,
        .box = {o->te[0], o->te[1], o->te[2], o->te[3]},
        .box_srs = o->te_srs,
        .lattice = {.srs = o->t_srs, .spacing = {o->tr[0], o->tr[1]}, .aligned = o->tap}};
    return has_area(o) ? find_centre(o, &out->lattice, err) : IH_OK;
}

/* The grid of what is in the catalogue now. With an area of interest it is made twice: its
 * coordinate system must be known before the area can be drawn in it. */
static ih_status make_grid(ih_clip_plan *plan, const ih_area_request *request, ih_error *err)
{
    const ih_clip_options *o = &plan->request->options;
    ih_area_request boxed = *request;
    ih_status status;

    ih_common_grid_free(plan->common);
    plan->common = NULL;
    if (!has_area(o))
        return ih_common_grid_new(plan->catalogue, request, &plan->common, err);
    boxed.union_of_all = true;
    status = ih_common_grid_new(plan->catalogue, &boxed, &plan->common, err);
    if (status != IH_OK)
        return status;
    boxed.has_box = true;
    boxed.box_option = o->aoi ? "-aoi" : "-cutline";
    status = read_box(o, plan->common->srs, boxed.box, err);
    ih_common_grid_free(plan->common);
    plan->common = NULL;
    return status == IH_OK ? ih_common_grid_new(plan->catalogue, &boxed, &plan->common, err)
                           : status;
}

static ih_status check_spacings(const ih_clip_plan *plan, ih_error *err)
{
    const ih_catalogue *c = plan->catalogue;
    const ih_clip_options *o = &plan->request->options;
    size_t other = 0;

    if (plan->common->n_spacings < 2 || o->tr_given || o->allow_mixed)
        return IH_OK;
    while (other + 1 < c->count &&
           fabs(c->items[other].grid.dx - c->items[0].grid.dx) < 1e-6 * c->items[0].grid.dx)
        other++;
    return ih_fail(err, IH_E_ARGUMENT,
                   "the products have different pixel sizes: %g in %s, %g in %s; choose one with "
                   "-tr, or bring all to that of most with -allow_mixed",
                   c->items[0].grid.dx, c->items[0].name, c->items[other].grid.dx,
                   c->items[other].name);
}

/* Leaves out the product without which the common area grows most, when it grows by enough. */
static ih_status drop_worst(ih_clip_plan *plan, bool *dropped, ih_error *err)
{
    size_t count = plan->catalogue->count, worst = 0;
    double whole, *without = ih_alloc(count, sizeof *without);
    ih_status status =
        without ? ih_grid_shared_area(plan->common->footprints, count, &whole, without, err)
                : ih_fail(err, IH_E_MEMORY, "common area");

    for (size_t i = 1; i < count && status == IH_OK; i++)
        if (without[i] > without[worst])
            worst = i;
    *dropped = status == IH_OK && without[worst] > 0 &&
               1 - whole / without[worst] > plan->request->options.drop_outliers;
    if (*dropped)
        status = ih_catalogue_leave_out(
            plan->catalogue, worst, IH_SKIP_IGNORED,
            CPLSPrintf("it alone shrinks the common area by %.0f %% (-drop_outliers)",
                       100 * (1 - whole / without[worst])),
            err);
    free(without);
    return status;
}

static ih_status drop_outliers(ih_clip_plan *plan, const ih_area_request *request, ih_error *err)
{
    ih_area_request all = *request;
    bool dropped = true;
    ih_status status = IH_OK;

    all.union_of_all = true;
    while (status == IH_OK && dropped && plan->catalogue->count > 2) {
        status = make_grid(plan, &all, err);
        if (status == IH_OK)
            status = drop_worst(plan, &dropped, err);
    }
    return status;
}

/* Those that do not reach the area asked for; *dropped tells whether there were any. */
static ih_status leave_out_distant(ih_clip_plan *plan, bool *dropped, ih_error *err)
{
    ih_status status = IH_OK;
    ih_grid both;

    *dropped = false;
    for (size_t i = plan->catalogue->count; i-- > 0 && status == IH_OK;)
        if (ih_grid_intersection(&plan->common->grid, &plan->common->footprints[i], &both, NULL) !=
            IH_OK) {
            status = ih_catalogue_leave_out(plan->catalogue, i, IH_SKIP_IGNORED,
                                            "it does not reach the area", err);
            *dropped = true;
        }
    if (status == IH_OK && plan->catalogue->count == 0)
        status = ih_fail(err, IH_E_DATA, "no product reaches the area");
    return status;
}

static ih_status choose_grid(ih_clip_plan *plan, ih_error *err)
{
    const ih_clip_options *o = &plan->request->options;
    ih_area_request request;
    bool dropped = false;
    ih_status status = area_request(o, &request, err);

    if (status == IH_OK && !isnan(o->drop_outliers))
        status = drop_outliers(plan, &request, err);
    if (status == IH_OK)
        status = make_grid(plan, &request, err);
    if (status == IH_OK)
        status = check_spacings(plan, err);
    if (status == IH_OK)
        status = leave_out_distant(plan, &dropped, err);
    return status == IH_OK && dropped ? make_grid(plan, &request, err) : status;
}

static ih_status take_grid(ih_clip_plan *plan, const cJSON *frozen, ih_error *err)
{
    const cJSON *gt = cJSON_GetObjectItem(frozen, "geotransform");
    const char *wkt = cJSON_GetStringValue(cJSON_GetObjectItem(frozen, "srs"));
    double width = cJSON_GetNumberValue(cJSON_GetObjectItem(frozen, "width"));
    double height = cJSON_GetNumberValue(cJSON_GetObjectItem(frozen, "height"));
    double values[6] = {0};
    ih_grid grid;
    bool dropped = false;
    ih_status status = IH_OK;

    for (int i = 0; i < 6 && cJSON_GetArraySize(gt) == 6; i++)
        values[i] = cJSON_GetNumberValue(cJSON_GetArrayItem(gt, i));
    if (!(width >= 1 && height >= 1) ||
        ih_grid_from_geotransform(values, (size_t)width, (size_t)height, &grid, NULL) != IH_OK)
        return ih_fail(err, IH_E_DATA,
                       "-frozen_grid: OUT_DIR holds no clip whose grid could be kept");
    for (int pass = 0; pass < 2 && status == IH_OK && (pass == 0 || dropped); pass++) {
        ih_common_grid_free(plan->common);
        plan->common = NULL;
        status = ih_common_grid_fixed(plan->catalogue, &grid, wkt, &plan->common, err);
        if (status == IH_OK && pass == 0)
            status = leave_out_distant(plan, &dropped, err);
    }
    return status;
}

static ih_status draw_cutline(ih_clip_plan *plan, ih_error *err)
{
    const ih_clip_options *o = &plan->request->options;
    const ih_grid *grid = &plan->common->grid;
    ih_area_words words = words_of(o);
    OGRGeometryH area;
    ih_status status;

    plan->n_inside = grid->nx * grid->ny;
    if (!o->cutline)
        return IH_OK;
    words.option = "-cutline";
    words.text = o->cutline;
    status = ih_area_of_interest_read(&words, plan->common->srs, &area, err);
    if (status == IH_OK && !(plan->inside = ih_alloc(grid->nx, grid->ny)))
        status = ih_fail(err, IH_E_MEMORY, "mask of the cutline");
    if (status == IH_OK)
        status = ih_area_of_interest_draw(area, grid, plan->inside, &plan->n_inside, err);
    if (status == IH_OK && plan->n_inside == 0)
        status = ih_fail(err, IH_E_ARGUMENT, "-cutline holds no centre of a pixel of the grid");
    OGR_G_DestroyGeometry(area);
    return status;
}

bool ih_clip_plan_has_layer(const ih_clip_plan *plan, size_t layer)
{
    for (size_t i = 0; i < plan->n_layers; i++)
        if (plan->layers[i] == layer)
            return true;
    return false;
}

static void add_layer(ih_clip_plan *plan, size_t layer)
{
    if (!ih_clip_plan_has_layer(plan, layer))
        plan->layers[plan->n_layers++] = layer;
}

/* MintPy wants components of all pairs or of none. */
static bool all_have_components(const ih_catalogue *c)
{
    for (size_t i = 0; i < c->count; i++)
        if (!c->items[i].layers[IH_STACK_CONNCOMP].path)
            return false;
    return true;
}

static ih_status choose_layers(ih_clip_plan *plan, ih_error *err)
{
    const ih_clip_options *o = &plan->request->options;
    size_t conncomp = (size_t)ih_layer_find("conncomp");
    char **named = o->layers ? CSLTokenizeString2(o->layers, ", ", 0) : NULL;
    ih_status status = IH_OK;

    plan->layers = ih_calloc(ih_layer_count(), sizeof *plan->layers);
    if (!plan->layers) {
        CSLDestroy(named);
        return ih_fail(err, IH_E_MEMORY, "layers");
    }
    plan->named_layers = named != NULL;
    if (!named) {
        add_layer(plan, (size_t)ih_layer_find("unw_phase"));
        add_layer(plan, (size_t)ih_layer_find("corr"));
    }
    for (size_t i = 0; !named && i < ih_layer_count(); i++)
        if (ih_clip_layout_takes(o, i))
            add_layer(plan, i);
    for (char **name = named; name && *name && status == IH_OK; name++) {
        int layer = ih_layer_find(*name);

        if (layer < 0 || ih_layer_at((size_t)layer)->radar_geometry)
            status = ih_fail(err, IH_E_ARGUMENT, "-layers %s: there is no such layer on a map grid",
                             *name);
        else
            add_layer(plan, (size_t)layer);
    }
    CSLDestroy(named);
    if (status == IH_OK && plan->n_layers == 0)
        return ih_fail(err, IH_E_ARGUMENT, "-layers names no layer");
    for (size_t i = 0; i < plan->n_layers; i++)
        if (plan->layers[i] == conncomp && !plan->named_layers && ih_clip_is_for_mintpy(o) &&
            !all_have_components(plan->catalogue)) {
            memmove(plan->layers + i, plan->layers + i + 1,
                    (plan->n_layers - i - 1) * sizeof *plan->layers);
            plan->n_layers--;
        }
    return status;
}

ih_status ih_clip_plan_new(const ih_clip_request *request, const cJSON *frozen, ih_clip_plan **out,
                           ih_error *err)
{
    const ih_clip_options *o = &request->options;
    const ih_catalogue_rules rules = {.any_form = true, .keep_duplicates = o->keep_duplicates};
    ih_clip_plan *plan = ih_calloc(1, sizeof *plan);
    const char *fault;
    ih_status status;

    *out = NULL;
    if (!plan)
        return ih_fail(err, IH_E_MEMORY, "plan");
    plan->request = request;
    status = ih_catalogue_read_by(request->inputs, (int)o->threads, &rules, &plan->catalogue, err);
    if (status == IH_OK)
        status = ih_clip_select(o, plan->catalogue, err);
    if (status == IH_OK)
        status = frozen ? take_grid(plan, frozen, err) : choose_grid(plan, err);
    if (status == IH_OK)
        status = choose_layers(plan, err);
    if (status == IH_OK)
        status = draw_cutline(plan, err);
    if (status != IH_OK) {
        ih_clip_plan_free(plan);
        return status;
    }
    if (plan->common->box_clipped)
        ih_clip_plan_note(plan,
                          "the area reaches beyond the products; it is cut to what they cover");
    fault = ih_clip_is_for_mintpy(o) ? ih_mintpy_grid_fault(plan->common->srs, &plan->common->grid)
                                     : NULL;
    if (fault)
        ih_clip_plan_note(plan, fault);
    *out = plan;
    return IH_OK;
}

void ih_clip_plan_free(ih_clip_plan *plan)
{
    if (!plan)
        return;
    ih_catalogue_free(plan->catalogue);
    ih_common_grid_free(plan->common);
    free(plan->inside);
    free(plan->land);
    free(plan->layers);
    CSLDestroy(plan->notes);
    free(plan);
}

/* FNV-1a: tells cutlines apart, nothing more. */
static unsigned long long fingerprint(const uint8_t *bytes, size_t n)
{
    unsigned long long hash = 14695981039346656037ull;

    for (size_t i = 0; i < n; i++)
        hash = (hash ^ bytes[i]) * 1099511628211ull;
    return hash;
}

void ih_clip_plan_content(const ih_clip_plan *plan, cJSON *object)
{
    const ih_grid *g = &plan->common->grid;
    cJSON *grid = cJSON_AddObjectToObject(object, "grid"), *list;
    double gt[6];
    char *wkt = NULL;

    ih_grid_to_geotransform(g, gt);
    if (plan->common->srs && OSRExportToWkt(plan->common->srs, &wkt) == OGRERR_NONE)
        cJSON_AddStringToObject(grid, "srs", wkt);
    CPLFree(wkt);
    cJSON_AddItemToObject(grid, "geotransform", cJSON_CreateDoubleArray(gt, 6));
    cJSON_AddNumberToObject(grid, "width", (double)g->nx);
    cJSON_AddNumberToObject(grid, "height", (double)g->ny);
    cJSON_AddItemToObject(object, "options", ih_clip_options_content(&plan->request->options));
    list = cJSON_AddArrayToObject(object, "layers");
    for (size_t i = 0; i < plan->n_layers; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(ih_layer_at(plan->layers[i])->suffix));
    if (plan->inside)
        cJSON_AddStringToObject(object, "cutline_fingerprint",
                                CPLSPrintf("%016llx", fingerprint(plan->inside, g->nx * g->ny)));
    if (plan->land)
        cJSON_AddStringToObject(object, "land_fingerprint",
                                CPLSPrintf("%016llx", fingerprint(plan->land, g->nx * g->ny)));
    if (plan->reference.given) {
        const ih_clip_reference *r = &plan->reference;
        cJSON *reference = cJSON_AddObjectToObject(object, "reference");

        cJSON_AddNumberToObject(reference, "column", (double)r->column);
        cJSON_AddNumberToObject(reference, "row", (double)r->row);
        cJSON_AddNumberToObject(reference, "window", (double)(2 * r->reach + 1));
    }
}

void ih_clip_plan_limits(const ih_clip_plan *plan, cJSON *object)
{
    static const char *const sides[] = {"west", "south", "east", "north"};
    const ih_clip_options *o = &plan->request->options;
    const ih_common_grid *common = plan->common;
    cJSON *limits = cJSON_AddObjectToObject(object, "limits");
    size_t count = plan->catalogue->count;

    if (o->te_given || has_area(o) || o->frozen_grid || o->extent == IH_EXTENT_UNION)
        return;
    for (int side = 0; side < 4; side++) {
        size_t n = 0;

        for (size_t i = 0; i < count; i++)
            n += ih_grid_common_sides(&common->footprints[i], &common->grid) >> side & 1u;
        /* A side that all share is nobody's fault. */
        if (n == count)
            continue;
        cJSON *names = cJSON_AddArrayToObject(limits, sides[side]);
        for (size_t i = 0; i < count && cJSON_GetArraySize(names) < NAMES_SHOWN; i++)
            if (ih_grid_common_sides(&common->footprints[i], &common->grid) >> side & 1u)
                cJSON_AddItemToArray(names, cJSON_CreateString(plan->catalogue->items[i].name));
    }
}
