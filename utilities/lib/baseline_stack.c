/* SPDX-License-Identifier: MIT */
#include "utilities/lib/baseline_stack.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <ogr_api.h>

#include "algorithms/alloc.h"
#include "algorithms/perpendicular_baseline.h"
#include "utilities/lib/search_area.h"
#include "utilities/net/json.h"

/* Farther apart no two passes are; what says so is wrong. */
#define LARGEST_BASELINE_M 100000.0

/* "x,y,z,time" */
static bool read_vector(const cJSON *extras, const char *key, double vector[3], ih_time *when)
{
    const char *text = ih_json_text(extras, key);
    char *end = NULL;

    if (!text)
        return false;
    for (int i = 0; i < 3; i++) {
        vector[i] = CPLStrtod(text, &end);
        if (end == text || *end != ',' || !isfinite(vector[i]))
            return false;
        text = end + 1;
    }
    return ih_time_parse(text, when);
}

static bool read_arc(const ih_granule *granule, bool needs_velocity, ih_orbit_arc *out)
{
    const cJSON *extras = granule->extras;
    ih_time node, pre, post, ignored;

    memset(out, 0, sizeof *out);
    if (!ih_time_parse(ih_json_text(extras, "ASC_NODE_TIME"), &node) ||
        !read_vector(extras, "SV_POSITION_PRE", out->pre_position_m, &pre) ||
        !read_vector(extras, "SV_POSITION_POST", out->post_position_m, &post))
        return false;
    if (needs_velocity &&
        (!read_vector(extras, "SV_VELOCITY_PRE", out->pre_velocity_m_s, &ignored) ||
         !read_vector(extras, "SV_VELOCITY_POST", out->post_velocity_m_s, &ignored)))
        return false;
    out->pre_s = ih_time_difference(&pre, &node);
    out->post_s = ih_time_difference(&post, &node);
    return true;
}

static void set_baselines(ih_stack_scene *scenes, size_t n, const ih_granule *reference)
{
    ih_orbit_arc of_reference, arc;
    double latitude = NAN, longitude = NAN;
    bool known = read_arc(reference, true, &of_reference) &&
                 ih_json_number(reference->properties, "centerLat", &latitude) &&
                 ih_json_number(reference->properties, "centerLon", &longitude);

    for (size_t i = 0; i < n; i++) {
        ih_stack_scene *s = &scenes[i];

        s->temporal_days = ih_time_day(&s->granule->start) - ih_time_day(&reference->start);
        s->perpendicular_m = NAN;
        if (s->granule == reference)
            s->perpendicular_m = 0.0;
        else if (known && read_arc(s->granule, false, &arc))
            s->perpendicular_m =
                ih_perpendicular_baseline_m(&of_reference, latitude, longitude, &arc);
        if (fabs(s->perpendicular_m) > LARGEST_BASELINE_M)
            s->perpendicular_m = NAN;
    }
}

static OGRGeometryH footprint(const ih_granule *granule)
{
    OGRGeometryH all, cut;

    if (!granule->ring)
        return NULL;
    all = OGR_G_CreateGeometry(wkbMultiPolygon);
    OGR_G_AddGeometryDirectly(all, ih_polygon_of_ring(granule->ring, granule->n_corners));
    cut = ih_cut_at_180(all);
    OGR_G_DestroyGeometry(all);
    return cut;
}

static void set_overlaps(ih_stack_scene *scenes, size_t n, const ih_granule *reference)
{
    OGRGeometryH whole;
    double area;

    CPLPushErrorHandler(CPLQuietErrorHandler);
    whole = footprint(reference);
    area = whole ? OGR_G_Area(whole) : 0.0;
    for (size_t i = 0; i < n; i++) {
        OGRGeometryH its = area > 0 ? footprint(scenes[i].granule) : NULL;
        OGRGeometryH common = its ? OGR_G_Intersection(whole, its) : NULL;

        scenes[i].overlap = common ? fmin(OGR_G_Area(common) / area, 1.0) : 1.0;
        OGR_G_DestroyGeometry(common);
        OGR_G_DestroyGeometry(its);
    }
    OGR_G_DestroyGeometry(whole);
    CPLPopErrorHandler();
}

static int earliest_first(const void *a, const void *b)
{
    const ih_stack_scene *x = a, *y = b;
    double later = ih_time_difference(&x->granule->start, &y->granule->start);

    if (x->temporal_days != y->temporal_days)
        return x->temporal_days < y->temporal_days ? -1 : 1;
    return later > 0 ? 1 : later < 0 ? -1 : strcmp(x->granule->id, y->granule->id);
}

/* Which of two scenes of a date stays. */
static bool is_better(const ih_stack_scene *a, const ih_stack_scene *b, const ih_granule *reference)
{
    if (a->granule == reference || b->granule == reference)
        return a->granule == reference;
    return a->overlap > b->overlap;
}

static void drop_same_dates(ih_baseline_stack *stack, const ih_granule *reference)
{
    size_t kept = 0;

    for (size_t i = 0; i < stack->n; i++) {
        ih_stack_scene *last = kept ? &stack->scenes[kept - 1] : NULL;

        if (!last || last->temporal_days != stack->scenes[i].temporal_days) {
            stack->scenes[kept++] = stack->scenes[i];
            continue;
        }
        if (is_better(&stack->scenes[i], last, reference))
            *last = stack->scenes[i];
        stack->same_dates++;
    }
    stack->n = kept;
}

static void drop_unwanted(ih_baseline_stack *stack, const ih_granule *reference,
                          const ih_stack_choice *choice)
{
    size_t kept = 0;

    for (size_t i = 0; i < stack->n; i++) {
        const ih_stack_scene *s = &stack->scenes[i];

        if (s->granule == reference) {
            stack->scenes[kept++] = *s;
        } else if (choice->same_frame && s->granule->frame != reference->frame) {
            stack->other_frames++;
        } else if (s->overlap < choice->least_overlap) {
            stack->little_overlap++;
        } else {
            stack->scenes[kept++] = *s;
        }
    }
    stack->n = kept;
}

ih_status ih_baseline_stack_make(const ih_granules *list, size_t reference,
                                 const ih_stack_choice *choice, ih_baseline_stack *out,
                                 ih_error *err)
{
    const ih_granule *first = &list->items[reference];

    memset(out, 0, sizeof *out);
    out->scenes = ih_calloc(list->n, sizeof *out->scenes);
    if (!out->scenes)
        return ih_fail(err, IH_E_MEMORY, "no memory for %zu scenes", list->n);
    out->n = list->n;
    for (size_t i = 0; i < list->n; i++)
        out->scenes[i].granule = &list->items[i];
    set_baselines(out->scenes, out->n, first);
    set_overlaps(out->scenes, out->n, first);
    drop_unwanted(out, first, choice);
    qsort(out->scenes, out->n, sizeof *out->scenes, earliest_first);
    if (!choice->every_scene)
        drop_same_dates(out, first);
    for (size_t i = 0; i < out->n; i++)
        out->without_baseline += isnan(out->scenes[i].perpendicular_m) ? 1 : 0;
    return IH_OK;
}

void ih_baseline_stack_free(ih_baseline_stack *stack)
{
    if (!stack)
        return;
    free(stack->scenes);
    memset(stack, 0, sizeof *stack);
}
