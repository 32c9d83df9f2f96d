/* SPDX-License-Identifier: MIT */
#include "utilities/lib/reference.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "algorithms/alloc.h"
#include "utilities/lib/reference_place.h"

/* A reference of fewer complete pixels than this share would be more than three times as noisy as
 * one of all, which is worse than a reference that varies a little from pair to pair. */
#define LEAST_COMPLETE_SHARE 0.1

enum { OUTSIDE = 0, USED, LEFT_OUT };

static ih_status from_options(const ih_sbas_run_options *o, const ih_common_grid *common,
                              ih_reference *r, ih_error *err)
{
    const ih_reference_place place = {.pixel_given = o->ref_pixel_given,
                                      .lonlat_given = o->ref_lonlat_given,
                                      .pixel = {o->ref_pixel[0], o->ref_pixel[1]},
                                      .lonlat = {o->ref_lonlat[0], o->ref_lonlat[1]},
                                      .xy = {o->ref_xy[0], o->ref_xy[1]}};

    return ih_reference_place_find(&place, common, &r->column, &r->row, err);
}

static ih_status automatic(const ih_reference_request *q, ih_reference *r, ih_error *err)
{
    const ih_sbas_run_options *o = q->options;
    const ih_ingest_result *in = q->ingest;
    size_t nx = q->common->grid.nx, ny = q->common->grid.ny;
    ih_reference_point point;
    ih_status status;

    r->automatic = true;
    status = ih_reference_point_choose(nx, ny, in->average_coherence, in->valid_pairs, q->n_pairs,
                                       q->land, (float)o->ref_min_coherence, &point, err);
    /* The default threshold is a wish; one that the user gave is a condition. */
    if (status == IH_E_DATA && !o->ref_min_coherence_given) {
        r->relaxed = true;
        status = ih_reference_point_choose(nx, ny, in->average_coherence, in->valid_pairs,
                                           q->n_pairs, q->land, 0.0f, &point, err);
    }
    if (status == IH_OK) {
        r->column = point.column;
        r->row = point.row;
    }
    return status;
}

static ih_status take_point(const ih_reference_request *q, ih_reference *r, ih_error *err)
{
    const ih_sbas_run_options *o = q->options;
    bool given = o->ref_lonlat_given || o->ref_xy_given || o->ref_pixel_given;
    ih_status status = given ? from_options(o, q->common, r, err) : automatic(q, r, err);

    if (status != IH_OK)
        return status;
    r->pixels = ih_alloc(1, sizeof *r->pixels);
    if (!r->pixels)
        return ih_fail(err, IH_E_MEMORY, "reference point");
    r->pixels[0] = r->row * q->common->grid.nx + r->column;
    r->n_pixels = 1;
    r->average_coherence = q->ingest->average_coherence[r->pixels[0]];
    return IH_OK;
}

/* Marks what of the area can be used; returns the number of such pixels, and of those among them
 * that have a phase in every pair. */
static size_t find_candidates(const ih_reference_request *q, ih_reference *r, size_t *n_complete)
{
    const ih_sbas_run_options *o = q->options;
    float least = o->ref_min_coherence_given ? (float)o->ref_min_coherence : 0.0f;
    size_t n = q->common->grid.nx * q->common->grid.ny, usable = 0;

    *n_complete = 0;
    for (size_t p = 0; p < n; p++) {
        if (r->plane[p] == OUTSIDE)
            continue;
        r->plane[p] = LEFT_OUT;
        if (q->land && !q->land[p]) {
            r->area.water++;
        } else if (q->ingest->valid_pairs[p] == 0) {
            r->area.no_data++;
        } else if (least > 0 && !(q->ingest->average_coherence[p] >= least)) {
            r->area.incoherent++;
        } else {
            r->plane[p] = USED;
            *n_complete += q->ingest->valid_pairs[p] == q->n_pairs;
            usable++;
        }
    }
    return usable;
}

static ih_status no_candidate(const ih_reference_request *q, const ih_reference *r, ih_error *err)
{
    return ih_fail(err, IH_E_DATA,
                   "none of the %zu pixels of the reference area can be used: %zu are water, %zu "
                   "have no phase in any of the %zu pairs, %zu are below -ref_min_coherence",
                   r->area.pixels, r->area.water, r->area.no_data, q->n_pairs, r->area.incoherent);
}

/* The pixel of the reference nearest the middle of its pixels, ties to the first. */
static void find_middle(const ih_reference_request *q, ih_reference *r)
{
    size_t nx = q->common->grid.nx;
    double column = 0, row = 0, nearest = INFINITY, coherence = 0, known = 0;

    for (size_t i = 0; i < r->n_pixels; i++) {
        float c = q->ingest->average_coherence[r->pixels[i]];

        column += (double)(r->pixels[i] % nx);
        row += (double)(r->pixels[i] / nx);
        coherence += isnan(c) ? 0.0 : (double)c;
        known += !isnan(c);
    }
    column /= (double)r->n_pixels;
    row /= (double)r->n_pixels;
    r->average_coherence = known > 0 ? (float)(coherence / known) : NAN;
    for (size_t i = 0; i < r->n_pixels; i++) {
        double dx = (double)(r->pixels[i] % nx) - column, dy = (double)(r->pixels[i] / nx) - row;

        if (dx * dx + dy * dy >= nearest)
            continue;
        nearest = dx * dx + dy * dy;
        r->column = r->pixels[i] % nx;
        r->row = r->pixels[i] / nx;
    }
}

static ih_status take_pixels(const ih_reference_request *q, ih_reference *r, ih_error *err)
{
    size_t n = q->common->grid.nx * q->common->grid.ny, n_complete;
    size_t usable = find_candidates(q, r, &n_complete);
    bool complete = n_complete > 0 && (double)n_complete >= LEAST_COMPLETE_SHARE * (double)usable;

    if (usable == 0)
        return no_candidate(q, r, err);
    r->n_pixels = complete ? n_complete : usable;
    r->area.gaps = usable - r->n_pixels;
    r->pixels = ih_alloc(r->n_pixels, sizeof *r->pixels);
    if (!r->pixels)
        return ih_fail(err, IH_E_MEMORY, "reference area of %zu pixels", r->n_pixels);
    for (size_t p = 0, k = 0; p < n; p++) {
        if (r->plane[p] != USED)
            continue;
        if (complete && q->ingest->valid_pairs[p] != q->n_pairs)
            r->plane[p] = LEFT_OUT;
        else
            r->pixels[k++] = p;
    }
    find_middle(q, r);
    return IH_OK;
}

static ih_status take_area(const ih_reference_request *q, ih_reference *r, ih_error *err)
{
    const ih_sbas_run_options *o = q->options;
    ih_area_choice choice = {.option = o->ref_area ? "ref_area" : "ref_box",
                             .datasource = o->ref_area};
    ih_area_mask mask;
    ih_status status;

    memcpy(choice.box, o->ref_box, sizeof choice.box);
    r->kind = o->ref_area ? IH_REFERENCE_POLYGONS : IH_REFERENCE_BOX;
    status = ih_area_mask_new(&choice, q->common, &mask, err);
    if (status != IH_OK)
        return status;
    r->plane = mask.inside;
    r->area = (ih_reference_area){.pixels = mask.n_pixels,
                                  .polygons = mask.n_polygons,
                                  .ignored = mask.n_ignored,
                                  .srs_assumed = mask.srs_assumed};
    return take_pixels(q, r, err);
}

/* Phases of the reference's pixels in one pair. */
static ih_status read_phases(const ih_reference_request *q, const ih_reference *r, size_t pair,
                             float *phase_rad, ih_error *err)
{
    ih_status status = IH_OK;

    for (size_t i = 0, run; i < r->n_pixels && status == IH_OK; i += run) {
        run = 1;
        while (i + run < r->n_pixels && r->pixels[i + run] == r->pixels[i] + run)
            run++;
        status = ih_work_cube_fetch(q->cube, pair, r->pixels[i], run, phase_rad + i, NULL, err);
    }
    return status;
}

static ih_status nowhere(const ih_reference_request *q, const ih_reference *r, ih_error *err)
{
    if (r->kind != IH_REFERENCE_POINT)
        return ih_fail(err, IH_E_DATA,
                       "the reference area has no phase in any of the %zu pairs; choose another",
                       q->n_pairs);
    return ih_fail(err, IH_E_DATA,
                   "the reference point (column %zu, row %zu) has no phase in any of the "
                   "%zu pairs; choose another point",
                   r->column, r->row, q->n_pairs);
}

ih_status ih_reference_measure(const ih_reference_request *q, ih_reference *r, ih_error *err)
{
    ih_status status = IH_OK;

#pragma omp parallel num_threads((int)q->options->threads)
    {
        float *phase_rad = ih_alloc(r->n_pixels, sizeof *phase_rad);
        ih_error why = {0};
        ih_status mine = phase_rad ? IH_OK : ih_fail(&why, IH_E_MEMORY, "phases of the reference");

#pragma omp for schedule(static)
        for (size_t pair = 0; pair < q->n_pairs; pair++) {
            ih_reference_phase mean;

            if (mine == IH_OK)
                mine = read_phases(q, r, pair, phase_rad, &why);
            if (mine != IH_OK)
                continue;
            mean = ih_reference_average_phase((enum ih_reference_average)q->options->ref_average,
                                              r->n_pixels, phase_rad);
            r->phase_rad[pair] = (float)mean.phase_rad;
            r->n_valid[pair] = (uint32_t)mean.n_valid;
            r->n_unwrapped[pair] = (uint32_t)mean.n_unwrapped;
        }
#pragma omp critical(reference_failure)
        if (mine != IH_OK && status == IH_OK)
            status = ih_fail(err, mine, "%s", why.text);
        free(phase_rad);
    }
    r->n_invalid = 0;
    for (size_t pair = 0; pair < q->n_pairs && status == IH_OK; pair++)
        if (isnan(r->phase_rad[pair]))
            r->invalid[r->n_invalid++] = pair;
    /* Nothing would be left to leave out. */
    if (status == IH_OK && q->n_pairs > 0 && r->n_invalid == q->n_pairs)
        status = nowhere(q, r, err);
    return status;
}

ih_status ih_reference_find(const ih_reference_request *q, ih_reference **out, ih_error *err)
{
    ih_reference *r = ih_calloc(1, sizeof *r);
    ih_status status = IH_OK;

    if (r) {
        r->phase_rad = ih_calloc(q->n_pairs, sizeof *r->phase_rad);
        r->n_valid = ih_calloc(q->n_pairs, sizeof *r->n_valid);
        r->n_unwrapped = ih_calloc(q->n_pairs, sizeof *r->n_unwrapped);
        r->invalid = ih_calloc(q->n_pairs, sizeof *r->invalid);
    }
    if (!r || !r->phase_rad || !r->n_valid || !r->n_unwrapped || !r->invalid)
        status = ih_fail(err, IH_E_MEMORY, "reference");
    else if (q->options->ref_area || q->options->ref_box_given)
        status = take_area(q, r, err);
    else
        status = take_point(q, r, err);
    if (status == IH_OK) {
        ih_grid_centre(&q->common->grid, r->column, r->row, &r->x, &r->y);
        if (!ih_common_grid_to_lonlat(q->common, r->x, r->y, &r->longitude, &r->latitude))
            r->longitude = r->latitude = NAN;
        status = ih_reference_measure(q, r, err);
    }
    if (status != IH_OK) {
        ih_reference_free(r);
        r = NULL;
    }
    *out = r;
    return status;
}

ih_reference_summary ih_reference_summarise(const ih_reference *r, size_t n_pairs)
{
    ih_reference_summary s = {.least_pixels = r->n_pixels};

    for (size_t pair = 0; pair < n_pairs; pair++) {
        double share =
            r->n_valid[pair] ? (double)r->n_unwrapped[pair] / (double)r->n_valid[pair] : 0.0;

        s.incomplete_pairs += r->n_valid[pair] < r->n_pixels;
        if (r->n_valid[pair] < s.least_pixels)
            s.least_pixels = r->n_valid[pair];
        s.unwrapped_pairs += r->n_unwrapped[pair] > 0;
        s.greatest_unwrapped_share = fmax(s.greatest_unwrapped_share, share);
    }
    return s;
}

void ih_reference_free(ih_reference *reference)
{
    if (!reference)
        return;
    free(reference->phase_rad);
    free(reference->n_valid);
    free(reference->n_unwrapped);
    free(reference->invalid);
    free(reference->pixels);
    free(reference->plane);
    free(reference);
}
