/* SPDX-License-Identifier: MIT */
#include "utilities/lib/clip_water.h"

#include <stdlib.h>
#include <string.h>

#include "algorithms/alloc.h"
#include "drivers/hyp3/layers.h"

static bool is_masked(size_t layer)
{
    static const char *const masked[] = {"unw_phase", "los_disp", "vert_disp", "conncomp"};

    for (size_t i = 0; i < sizeof masked / sizeof *masked; i++)
        if (strcmp(ih_layer_at(layer)->suffix, masked[i]) == 0)
            return true;
    return false;
}

ih_status ih_clip_water_open(const ih_clip_plan *plan, const ih_clip_view *view, size_t layer,
                             ih_clip_water *out, ih_error *err)
{
    const size_t mask = (size_t)ih_layer_find("water_mask");

    *out = (ih_clip_water){.plan = plan,
                           .masks = plan->request->options.water_mask == IH_CLIP_WATER_APPLY &&
                                    is_masked(layer),
                           .replaces = plan->land && layer == mask};
    if (!out->masks || plan->land)
        return IH_OK;
    if (!ih_clip_source_has(view->source, mask))
        return ih_fail(err, IH_E_DATA, "it has no water_mask to apply");
    out->strip = ih_alloc(plan->common->grid.nx, IH_CLIP_STRIP_ROWS);
    if (!out->strip)
        return ih_fail(err, IH_E_MEMORY, "water mask");
    return ih_clip_pixels_new(view, mask, &out->own, err);
}

void ih_clip_water_close(ih_clip_water *water)
{
    ih_clip_pixels_free(water->own);
    free(water->strip);
    *water = (ih_clip_water){0};
}

ih_status ih_clip_water_rows(ih_clip_water *water, size_t row, size_t n_rows, const uint8_t **land,
                             ih_error *err)
{
    size_t nx = water->plan->common->grid.nx, n = nx * n_rows;
    float *values;
    ih_status status;

    *land = NULL;
    if (!water->masks && !water->replaces)
        return IH_OK;
    if (!water->own) {
        *land = water->plan->land + row * nx;
        return IH_OK;
    }
    values = ih_alloc(n, sizeof *values);
    status = values ? ih_clip_pixels_floats(water->own, row, n_rows, values, err)
                    : ih_fail(err, IH_E_MEMORY, "water mask");
    for (size_t i = 0; status == IH_OK && i < n; i++)
        water->strip[i] = values[i] == 1.0f;
    free(values);
    *land = water->strip;
    return status;
}
