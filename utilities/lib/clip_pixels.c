/* SPDX-License-Identifier: MIT */
#include "utilities/lib/clip_pixels.h"

#include <math.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_error.h>

#include "algorithms/alloc.h"
#include "algorithms/grid_convergence.h"
#include "drivers/hyp3/layers.h"
#include "utilities/lib/grid_reader.h"

enum { NODE_STEP = 64, MARGIN_PIXELS = 8 };

enum kind { CONTINUOUS, PHASE, ANGLE, CLASS };

struct ih_clip_pixels {
    ih_clip_view view;
    size_t layer;
    enum kind kind;
    ih_clip_form form;
    ih_clip_band band, footprint; /* footprint: of zeros when there is none */
    double step[2];               /* source pixels per pixel */
    int64_t column, row;          /* of the common grid's first pixel, on the lattice */
    bool zero_is_data;            /* at the producer's reference point: */
    size_t zero_column, zero_row;
    GDALDatasetH nearest; /* warped, off the lattice */
};

static enum kind kind_of(size_t layer)
{
    static const struct {
        const char *suffix;
        enum kind kind;
    } kinds[] = {{"unw_phase", PHASE},     {"los_disp", PHASE}, {"vert_disp", PHASE},
                 {"wrapped_phase", ANGLE}, {"lv_phi", ANGLE},   {"conncomp", CLASS},
                 {"water_mask", CLASS}};
    const char *suffix = ih_layer_at(layer)->suffix;

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].suffix, suffix) == 0)
            return kinds[i].kind;
    return CONTINUOUS;
}

bool ih_clip_layer_is_angle(size_t layer)
{
    return kind_of(layer) == ANGLE;
}

bool ih_clip_layer_is_class(size_t layer)
{
    return kind_of(layer) == CLASS;
}

bool ih_clip_reference_pixel(const ih_clip_view *view, size_t *column, size_t *row)
{
    return view->item->has_reference_point && ih_same_srs(view->item->srs, view->common->srs) &&
           ih_grid_locate(&view->common->grid, view->item->reference_x, view->item->reference_y,
                          column, row);
}

static ih_status cannot_read(const ih_clip_pixels *p, ih_error *err)
{
    const char *text = CPLGetLastErrorMsg();

    return ih_fail(err, IH_E_DATA, "its %s cannot be read%s%s", ih_layer_at(p->layer)->suffix,
                   *text ? ": " : "", text);
}

/* The layer that tells best where the product has data. */
static void open_footprint(ih_clip_pixels *p)
{
    static const char *const best[] = {"lv_theta", "amp", "corr"};
    int64_t column, row;

    for (size_t i = 0; i < sizeof best / sizeof *best && !p->footprint.dataset; i++) {
        size_t layer = (size_t)ih_layer_find(best[i]);
        ih_error ignored;

        if (layer == p->layer || !ih_clip_source_has(p->view.source, layer) ||
            ih_clip_band_open(p->view.source, layer, &p->footprint, &ignored) != IH_OK)
            continue;
        if (!ih_grid_offset(&p->band.grid, &p->footprint.grid, &column, &row, NULL) || column ||
            row || p->band.grid.nx != p->footprint.grid.nx ||
            p->band.grid.ny != p->footprint.grid.ny)
            ih_clip_band_close(&p->footprint);
    }
}

static ih_status prepare_warp(ih_clip_pixels *p, ih_error *err)
{
    const ih_common_grid *common = p->view.common;

    if (!p->band.srs != !common->srs)
        return ih_fail(err, IH_E_DATA, "its %s has no coordinate system",
                       ih_layer_at(p->layer)->suffix);
    if (p->kind == CLASS || p->view.resampling == GRA_NearestNeighbour) {
        const ih_grid_warp warp = {.source = p->band.dataset,
                                   .first_band = 1,
                                   .n_bands = 1,
                                   .from = p->band.srs,
                                   .to = common->srs,
                                   .grid = &common->grid,
                                   .resampling = GRA_NearestNeighbour};

        p->nearest = ih_grid_warp_new(&warp);
        return p->nearest ? IH_OK : cannot_read(p, err);
    }
    ih_grid_steps(&p->band.grid, p->band.srs, &common->grid, common->srs, p->step);
    if (p->kind != PHASE)
        open_footprint(p);
    return IH_OK;
}

ih_status ih_clip_pixels_new(const ih_clip_view *view, size_t layer, ih_clip_pixels **out,
                             ih_error *err)
{
    ih_clip_pixels *p = ih_calloc(1, sizeof *p);
    ih_status status;

    *out = NULL;
    if (!p)
        return ih_fail(err, IH_E_MEMORY, "layer of %s", view->item->name);
    p->view = *view;
    p->layer = layer;
    p->kind = kind_of(layer);
    status = ih_clip_band_open(view->source, layer, &p->band, err);
    if (status == IH_OK) {
        p->form = (ih_clip_form){.type = p->band.type,
                                 .fill = p->band.has_no_data ? p->band.no_data : 0.0,
                                 .has_no_data = p->band.has_no_data,
                                 .point = p->band.point,
                                 .tiled = p->band.tiled,
                                 .lzw = p->band.lzw,
                                 .is_phase = p->kind == PHASE};
        p->form.on_lattice =
            ih_same_srs(p->band.srs, view->common->srs) &&
            ih_grid_offset(&p->band.grid, &view->common->grid, &p->column, &p->row, NULL);
        p->zero_is_data = p->kind == PHASE && p->form.on_lattice &&
                          ih_clip_reference_pixel(view, &p->zero_column, &p->zero_row);
        if (!p->form.on_lattice)
            status = prepare_warp(p, err);
    }
    if (status != IH_OK) {
        ih_clip_pixels_free(p);
        return status;
    }
    *out = p;
    return IH_OK;
}

void ih_clip_pixels_free(ih_clip_pixels *pixels)
{
    if (!pixels)
        return;
    if (pixels->nearest)
        GDALClose(pixels->nearest);
    ih_clip_band_close(&pixels->footprint);
    ih_clip_band_close(&pixels->band);
    free(pixels);
}

const ih_clip_form *ih_clip_pixels_form(const ih_clip_pixels *pixels)
{
    return &pixels->form;
}

/* The part of the source that a strip of the common grid needs; nx is 0 when there is none. */
static ih_grid source_part(const ih_clip_pixels *p, const ih_grid *strip)
{
    const ih_grid *g = &p->band.grid;
    double margin = MARGIN_PIXELS * fmax(1.0, fmax(p->step[0], p->step[1]));
    double box[4] = {strip->x0, strip->y0 + (double)strip->ny * strip->dy,
                     strip->x0 + (double)strip->nx * strip->dx, strip->y0};
    double first[2], last[2];
    ih_grid part = *g;

    part.nx = 0;
    if (!ih_transform_box(p->view.common->srs, p->band.srs, box))
        return part;
    first[0] = fmax(0, floor((box[0] - g->x0) / g->dx - margin));
    last[0] = fmin((double)g->nx, ceil((box[2] - g->x0) / g->dx + margin));
    first[1] = fmax(0, floor((box[3] - g->y0) / g->dy - margin));
    last[1] = fmin((double)g->ny, ceil((box[1] - g->y0) / g->dy + margin));
    if (!(last[0] > first[0] && last[1] > first[1]))
        return part;
    part.x0 += first[0] * g->dx;
    part.y0 += first[1] * g->dy;
    part.nx = (size_t)(last[0] - first[0]);
    part.ny = (size_t)(last[1] - first[1]);
    return part;
}

static bool read_part(const ih_clip_band *band, const ih_grid *part, float *values)
{
    ih_grid_window window = {
        .nx = part->nx, .ny = part->ny, .type = GDT_Float32, .fill = (double)NAN};

    return ih_grid_offset(&band->grid, part, &window.column, &window.row, NULL) &&
           ih_grid_read_window(band->band, &window, values);
}

/* NaN where the source has no data; footprint may be NULL. */
static void mark_missing(const ih_clip_pixels *p, const ih_grid *part, float *values,
                         const float *footprint)
{
    const ih_interferogram *item = p->view.item;
    float no_data = (float)p->form.fill;
    size_t n = part->nx * part->ny, column, row;
    bool zero_is_data = p->kind == PHASE && item->has_reference_point &&
                        ih_grid_locate(part, item->reference_x, item->reference_y, &column, &row);

    for (size_t i = 0; i < n; i++) {
        bool missing = values[i] == no_data || values[i] == 0.0f;

        if (missing && !(footprint && footprint[i] != 0.0f))
            values[i] = NAN;
    }
    if (zero_is_data && isnan(values[row * part->nx + column]))
        values[row * part->nx + column] = 0.0f;
}

/* Values, or cosines and sines of angles, as a dataset. */
static GDALDatasetH make_part(const ih_clip_pixels *p, const ih_grid *part, float *values,
                              float *other)
{
    int bands = p->kind == ANGLE ? 2 : 1, nx = (int)part->nx, ny = (int)part->ny;
    GDALDatasetH ds = GDALCreate(GDALGetDriverByName("MEM"), "", nx, ny, bands, GDT_Float32, NULL);
    double gt[6];
    bool ok = ds != NULL;

    ih_grid_to_geotransform(part, gt);
    ok = ok && GDALSetGeoTransform(ds, gt) == CE_None;
    for (size_t i = 0; p->kind == ANGLE && i < part->nx * part->ny; i++) {
        other[i] = sinf(values[i]);
        values[i] = cosf(values[i]);
    }
    for (int band = 1; ok && band <= bands; band++)
        ok = GDALRasterIO(GDALGetRasterBand(ds, band), GF_Write, 0, 0, nx, ny,
                          band == 1 ? values : other, nx, ny, GDT_Float32, 0, 0) == CE_None;
    if (ok)
        return ds;
    if (ds)
        GDALClose(ds);
    return NULL;
}

static bool warp_part(const ih_clip_pixels *p, GDALDatasetH part, const ih_grid *strip,
                      float *values, float *other)
{
    int nx = (int)strip->nx, ny = (int)strip->ny;
    const ih_grid_warp warp = {.source = part,
                               .first_band = 1,
                               .n_bands = p->kind == ANGLE ? 2 : 1,
                               .from = p->band.srs,
                               .to = p->view.common->srs,
                               .grid = strip,
                               .resampling = p->view.resampling,
                               .step = {p->step[0], p->step[1]},
                               .nan_is_no_data = true};
    GDALDatasetH warped = ih_grid_warp_new(&warp);
    bool ok = warped && GDALRasterIO(GDALGetRasterBand(warped, 1), GF_Read, 0, 0, nx, ny, values,
                                     nx, ny, GDT_Float32, 0, 0) == CE_None;

    if (p->kind == ANGLE) {
        ok = ok && GDALRasterIO(GDALGetRasterBand(warped, 2), GF_Read, 0, 0, nx, ny, other, nx, ny,
                                GDT_Float32, 0, 0) == CE_None;
        for (size_t i = 0; ok && i < strip->nx * strip->ny; i++)
            values[i] = atan2f(other[i], values[i]);
    }
    if (warped)
        GDALClose(warped);
    return ok;
}

typedef struct {
    OGRSpatialReferenceH srs;
    size_t n;
    const double *x, *y;
} place_list;

/* Bearings of the east of a coordinate system, a step of its map long, at places of another. */
static bool find_bearings(const place_list *places, OGRSpatialReferenceH system, double step,
                          double *bearing)
{
    size_t n = places->n;
    OGRSpatialReferenceH degrees = ih_srs_of_text("EPSG:4326");
    OGRCoordinateTransformationH to_system = NULL, to_degrees = NULL;
    double *at = ih_alloc(n, 4 * sizeof *at);
    bool ok = at && degrees;

    if (ok && !ih_same_srs(places->srs, system))
        ok = (to_system = OCTNewCoordinateTransformation(places->srs, system)) != NULL;
    ok = ok && (to_degrees = OCTNewCoordinateTransformation(system, degrees)) != NULL;
    if (ok) {
        memcpy(at, places->x, n * sizeof *at);
        memcpy(at + n, places->y, n * sizeof *at);
        ok = !to_system || OCTTransform(to_system, (int)n, at, at + n, NULL);
    }
    for (size_t i = 0; ok && i < n; i++) {
        /* Half a step to either side, because the bearing of a line is that of its middle. */
        at[i] -= step / 2;
        at[2 * n + i] = at[i] + step;
        at[3 * n + i] = at[n + i];
    }
    ok = ok && OCTTransform(to_degrees, (int)n, at, at + n, NULL) &&
         OCTTransform(to_degrees, (int)n, at + 2 * n, at + 3 * n, NULL);
    for (size_t i = 0; ok && i < n; i++)
        bearing[i] = ih_bearing_from_east_rad(at[i], at[n + i], at[2 * n + i], at[3 * n + i]);
    if (to_system)
        OCTDestroyCoordinateTransformation(to_system);
    if (to_degrees)
        OCTDestroyCoordinateTransformation(to_degrees);
    OSRDestroySpatialReference(degrees);
    free(at);
    return ok;
}

/* Angles counted from the east of the source's map, counted from the east of the common one. */
static bool turn_row(const ih_clip_pixels *p, size_t row, float *angles)
{
    const ih_grid *grid = &p->view.common->grid;
    OGRSpatialReferenceH to = p->view.common->srs, from = p->band.srs;
    size_t n = grid->nx / NODE_STEP + 2;
    double *x = ih_alloc(n, 4 * sizeof *x), *y = x + n, *old = y + n, *new = old + n;
    const place_list places = {to, n, x, y};
    bool ok = x != NULL;

    for (size_t k = 0; ok && k < n; k++)
        ih_grid_centre(grid, k * NODE_STEP, row, &x[k], &y[k]);
    ok = ok && find_bearings(&places, from, p->band.grid.dx, old) &&
         find_bearings(&places, to, grid->dx, new);
    for (size_t i = 0; ok && i < grid->nx; i++) {
        size_t k = i / NODE_STEP;
        double share = (double)(i % NODE_STEP) / NODE_STEP;

        angles[i] =
            (float)ih_angle_of_map_rad((double)angles[i], old[k] + share * (old[k + 1] - old[k]),
                                       new[k] + share *(new[k + 1] - new[k]));
    }
    free(x);
    return ok;
}

static bool is_turned(const ih_clip_pixels *p)
{
    return strcmp(ih_layer_at(p->layer)->suffix, "lv_phi") == 0 && p->band.srs &&
           !ih_same_srs(p->band.srs, p->view.common->srs);
}

static bool resample(const ih_clip_pixels *p, const ih_grid *strip, float *values)
{
    size_t n = strip->nx * strip->ny, part_n;
    ih_grid part = source_part(p, strip);
    float *source, *other, *result = NULL;
    GDALDatasetH ds = NULL;
    bool ok;

    for (size_t i = 0; i < n; i++)
        values[i] = NAN;
    if (part.nx == 0)
        return true;
    part_n = part.nx * part.ny;
    source = ih_alloc(part_n, sizeof *source);
    other = ih_alloc(part_n, sizeof *other);
    result = p->kind == ANGLE ? ih_alloc(n, sizeof *result) : NULL;
    ok = source && other && (result || p->kind != ANGLE) && read_part(&p->band, &part, source) &&
         (!p->footprint.dataset || read_part(&p->footprint, &part, other));
    if (ok) {
        mark_missing(p, &part, source, p->footprint.dataset ? other : NULL);
        ds = make_part(p, &part, source, other);
        ok = ds && warp_part(p, ds, strip, values, result);
    }
    if (ds)
        GDALClose(ds);
    free(source);
    free(other);
    free(result);
    return ok;
}

static bool read_nearest(const ih_clip_pixels *p, size_t row, size_t n_rows, float *values)
{
    int nx = (int)p->view.common->grid.nx;

    return GDALRasterIO(GDALGetRasterBand(p->nearest, 1), GF_Read, 0, (int)row, nx, (int)n_rows,
                        values, nx, (int)n_rows, GDT_Float32, 0, 0) == CE_None;
}

static bool read_off_lattice(const ih_clip_pixels *p, size_t row, size_t n_rows, void *values)
{
    const ih_grid *grid = &p->view.common->grid;
    ih_grid strip = *grid;
    size_t n = grid->nx * n_rows;
    float *found = ih_alloc(n, sizeof *found);
    bool ok = found != NULL;

    strip.y0 += (double)row * grid->dy;
    strip.ny = n_rows;
    if (ok)
        ok = p->nearest ? read_nearest(p, row, n_rows, found) : resample(p, &strip, found);
    for (size_t i = 0; ok && i < n; i++)
        if (p->nearest && p->kind != CLASS && (found[i] == 0.0f || found[i] == (float)p->form.fill))
            found[i] = NAN;
    for (size_t r = 0; ok && is_turned(p) && r < n_rows; r++)
        ok = turn_row(p, row + r, found + r * grid->nx);
    for (size_t i = 0; ok && i < n; i++)
        if (isnan(found[i]))
            found[i] = (float)p->form.fill;
    if (ok)
        GDALCopyWords64(found, GDT_Float32, 4, values, p->form.type,
                        GDALGetDataTypeSizeBytes(p->form.type), (GPtrDiff_t)n);
    free(found);
    return ok;
}

ih_status ih_clip_pixels_rows(ih_clip_pixels *p, size_t row, size_t n_rows, void *values,
                              ih_error *err)
{
    const ih_grid_window window = {.column = p->column,
                                   .row = p->row + (int64_t)row,
                                   .nx = p->view.common->grid.nx,
                                   .ny = n_rows,
                                   .type = p->form.type,
                                   .fill = p->form.fill};
    bool ok;

    CPLErrorReset();
    CPLPushErrorHandler(CPLQuietErrorHandler);
    ok = p->form.on_lattice ? ih_grid_read_window(p->band.band, &window, values)
                            : read_off_lattice(p, row, n_rows, values);
    CPLPopErrorHandler();
    return ok ? IH_OK : cannot_read(p, err);
}

ih_status ih_clip_pixels_floats(ih_clip_pixels *p, size_t row, size_t n_rows, float *values,
                                ih_error *err)
{
    size_t n = p->view.common->grid.nx * n_rows, bytes;
    ih_status status;
    void *own;

    if (p->form.type == GDT_Float32)
        return ih_clip_pixels_rows(p, row, n_rows, values, err);
    bytes = (size_t)GDALGetDataTypeSizeBytes(p->form.type);
    own = ih_alloc(n, bytes);
    if (!own)
        return ih_fail(err, IH_E_MEMORY, "rows of %s", p->view.item->name);
    status = ih_clip_pixels_rows(p, row, n_rows, own, err);
    if (status == IH_OK)
        GDALCopyWords64(own, p->form.type, (int)bytes, values, GDT_Float32, (int)sizeof *values,
                        (GPtrDiff_t)n);
    free(own);
    return status;
}

bool ih_clip_pixels_is_data(const ih_clip_pixels *p, float value, size_t column, size_t row)
{
    if (!isfinite(value))
        return false;
    if (value == 0.0f)
        return p->zero_is_data && column == p->zero_column && row == p->zero_row;
    return !p->form.has_no_data || value != (float)p->form.fill;
}
