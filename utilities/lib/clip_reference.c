/* SPDX-License-Identifier: MIT */
#include "utilities/lib/clip_reference.h"

#include <math.h>
#include <stdlib.h>

#include "algorithms/alloc.h"
#include "utilities/lib/reference_place.h"

void ih_clip_reference_set(ih_clip_plan *plan, size_t column, size_t row)
{
    const ih_clip_options *o = &plan->request->options;
    ih_clip_reference *r = &plan->reference;

    *r = (ih_clip_reference){.given = true,
                             .column = column,
                             .row = row,
                             .reach = (size_t)o->ref_window / 2,
                             .longitude = NAN,
                             .latitude = NAN,
                             .mean_coherence = NAN};
    ih_grid_centre(&plan->common->grid, column, row, &r->x, &r->y);
    if (!ih_common_grid_to_lonlat(plan->common, r->x, r->y, &r->longitude, &r->latitude))
        r->longitude = r->latitude = NAN;
}

ih_status ih_clip_reference_find(ih_clip_plan *plan, ih_error *err)
{
    const ih_clip_options *o = &plan->request->options;
    const ih_reference_place place = {.pixel_given = o->ref_pixel_given,
                                      .lonlat_given = o->ref_lonlat_given,
                                      .pixel = {o->ref_pixel[0], o->ref_pixel[1]},
                                      .lonlat = {o->ref_lonlat[0], o->ref_lonlat[1]},
                                      .xy = {o->ref_xy[0], o->ref_xy[1]}};
    size_t column, row;
    ih_status status;

    if (!ih_clip_has_reference(o) || o->ref_best)
        return IH_OK;
    status = ih_reference_place_find(&place, plan->common, &column, &row, err);
    if (status == IH_OK)
        ih_clip_reference_set(plan, column, row);
    return status;
}

/* Values of one pixel after another that have data. */
typedef struct {
    const ih_clip_reference *reference;
    double sum;
    size_t n;
    bool has_centre;
} window_sum;

static void add_rows(const ih_clip_pixels *pixels, const ih_grid *grid, size_t first, size_t count,
                     const float *values, window_sum *w)
{
    const ih_clip_reference *r = w->reference;
    size_t left = r->column > r->reach ? r->column - r->reach : 0;
    size_t right = r->column + r->reach < grid->nx ? r->column + r->reach : grid->nx - 1;

    for (size_t row = first; row < first + count; row++) {
        if (row + r->reach < r->row || row > r->row + r->reach)
            continue;
        for (size_t column = left; column <= right; column++) {
            float value = values[(row - first) * grid->nx + column];

            if (!ih_clip_pixels_is_data(pixels, value, column, row))
                continue;
            w->sum += (double)value;
            w->n++;
            w->has_centre = w->has_centre || (row == r->row && column == r->column);
        }
    }
}

ih_status ih_clip_reference_mean(const ih_clip_plan *plan, const ih_clip_view *view,
                                 ih_clip_pixels *pixels, double *mean, ih_error *err)
{
    const ih_grid *grid = &view->common->grid;
    const ih_clip_reference *r = &plan->reference;
    size_t first = r->row > r->reach ? r->row - r->reach : 0;
    size_t last = r->row + r->reach < grid->ny ? r->row + r->reach : grid->ny - 1;
    window_sum w = {.reference = r};
    float *values;
    ih_status status = IH_OK;

    *mean = 0;
    if (!r->given || !ih_clip_pixels_form(pixels)->is_phase)
        return IH_OK;
    values = ih_alloc(grid->nx * IH_CLIP_STRIP_ROWS, sizeof *values);
    if (!values)
        return ih_fail(err, IH_E_MEMORY, "rows around the reference");
    for (size_t row = first - first % IH_CLIP_STRIP_ROWS; row <= last && status == IH_OK;
         row += IH_CLIP_STRIP_ROWS) {
        size_t n = grid->ny - row < IH_CLIP_STRIP_ROWS ? grid->ny - row : IH_CLIP_STRIP_ROWS;

        status = ih_clip_pixels_floats(pixels, row, n, values, err);
        if (status == IH_OK)
            add_rows(pixels, grid, row, n, values, &w);
    }
    free(values);
    if (status == IH_OK && !w.has_centre)
        return ih_fail(err, IH_E_DATA, "it has no phase at the reference");
    if (status == IH_OK)
        *mean = w.sum / (double)w.n;
    return status;
}

bool ih_clip_zero_is_data(const ih_clip_plan *plan, const ih_clip_view *view,
                          const ih_clip_form *form, size_t *column, size_t *row)
{
    if (!form->is_phase)
        return false;
    if (plan->reference.given) {
        *column = plan->reference.column;
        *row = plan->reference.row;
        return true;
    }
    return form->on_lattice && ih_clip_reference_pixel(view, column, row);
}
