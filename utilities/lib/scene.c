/* SPDX-License-Identifier: MIT */
#include "utilities/lib/scene.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gdal.h>

#include "algorithms/alloc.h"
#include "algorithms/phase_statistics.h"
#include "algorithms/random_field.h"
#include "algorithms/terrain.h"
#include "utilities/lib/product_metadata.h"

static const double pi = 3.14159265358979323846;

/* Sentinel-1, interferometric wide swath. */
#define CRITICAL_BASELINE_M 5000.0
#define HEADING_DEG         13.5
#define INCIDENCE_DEG       39.0
#define EARTH_RADIUS_M      6368000.0
#define SENSOR_HEIGHT_M     702000.0
/* Texts of bursts always say this. */
#define BURST_EARTH_RADIUS_M  6337286.638938101
#define BURST_SENSOR_HEIGHT_M 693000.0
#define REPEAT_DAYS           12
#define ORBITS_PER_REPEAT     175
/* That of the burst in the names; and the day of Sentinel-1A's first orbits. */
#define RELATIVE_ORBIT 64
#define FIRST_DAY      16163
/* Sentinel-1B fell silent on this day: 2021-12-23. */
#define LAST_DAY_OF_B 18984
/* The constant of the unwrapping is up to this many cycles. */
#define MOST_CYCLES 3

/* Scenes take seconds to minutes, and dates are made by several threads at a time: what is asked is
 * the signal itself. */
static int go_on(double done, const char *what, void *data)
{
    (void)done;
    (void)what;
    (void)data;
    return !ih_cli_interrupted();
}

static ih_status interrupted(ih_error *err)
{
    return ih_fail(err, IH_E_CANCELLED, "interrupted");
}

ih_random ih_scene_stream(const ih_scene *scene, enum ih_scene_purpose purpose, size_t index)
{
    return ih_random_stream((uint64_t)scene->options.seed, purpose, index);
}

void ih_scene_free(ih_scene *scene)
{
    if (!scene)
        return;
    if (scene->srs)
        OSRDestroySpatialReference(scene->srs);
    free(scene->height_m);
    free(scene->elevation_rad);
    free(scene->azimuth_rad);
    free(scene->baseline_sensitivity);
    free(scene->dem_error_m);
    free(scene->land);
    free(scene->forest);
    ih_decorrelation_free(&scene->decorrelation);
    ih_deformation_free(&scene->deformation);
    free(scene->dates);
    free(scene->pairs);
    free(scene);
}

/* Map coordinates of the scene's centre in its UTM zone. */
static ih_status project_centre(ih_scene *scene, double *x, double *y, ih_error *err)
{
    ih_status st = IH_OK;
    const ih_simulate_options *o = &scene->options;
    OGRSpatialReferenceH geographic = OSRNewSpatialReference(NULL);
    OGRCoordinateTransformationH transform = NULL;
    double lon = o->lonlat[0], lat = o->lonlat[1];
    int zone = o->zone ? (int)o->zone : (int)(floor(lon / 6.0 + 30.0)) % 60 + 1;

    scene->epsg = (lat < 0.0 ? 32700 : 32600) + zone;
    scene->srs = OSRNewSpatialReference(NULL);
    if (!geographic || !scene->srs || OSRImportFromEPSG(geographic, 4326) != OGRERR_NONE ||
        OSRImportFromEPSG(scene->srs, scene->epsg) != OGRERR_NONE) {
        st = ih_fail(err, IH_E_NUMERIC, "no coordinate system EPSG:%d", scene->epsg);
        goto done;
    }
    OSRSetAxisMappingStrategy(geographic, OAMS_TRADITIONAL_GIS_ORDER);
    OSRSetAxisMappingStrategy(scene->srs, OAMS_TRADITIONAL_GIS_ORDER);
    transform = OCTNewCoordinateTransformation(geographic, scene->srs);
    *x = lon;
    *y = lat;
    if (!transform || !OCTTransform(transform, 1, x, y, NULL) || !isfinite(*x) || !isfinite(*y))
        st = ih_fail(err, IH_E_ARGUMENT, "longitude %g, latitude %g lie outside of UTM zone %d",
                     lon, lat, zone);

done:
    if (transform)
        OCTDestroyCoordinateTransformation(transform);
    if (geographic)
        OSRDestroySpatialReference(geographic);
    return st;
}

static ih_status lay_grid(ih_scene *scene, ih_error *err)
{
    ih_status st;
    const ih_simulate_options *o = &scene->options;
    const bool gamma = o->family == IH_SIMULATE_GAMMA;
    double spacing = ih_simulate_spacing_m(o), x, y;
    size_t margin = (size_t)o->shift;

    st = project_centre(scene, &x, &y, err);
    if (st != IH_OK)
        return st;
    scene->grid.nx = (size_t)o->size[0] + 2 * margin;
    scene->grid.ny = (size_t)o->size[1] + 2 * margin;
    scene->grid.dx = spacing;
    scene->grid.dy = -spacing;

    /* GAMMA has pixel centres, ISCE2 pixel edges on multiples of the spacing. */
    double snap = gamma ? 0.5 : 0.0;
    double column = round(x / spacing - 0.5 * (double)scene->grid.nx);
    double row = round(y / spacing + 0.5 * (double)scene->grid.ny);
    scene->grid.x0 = (column - snap) * spacing;
    scene->grid.y0 = (row + snap) * spacing;

    if (scene->grid.nx > SIZE_MAX / 64 / scene->grid.ny)
        return ih_fail(err, IH_E_MEMORY, "scene of %zu x %zu pixels", scene->grid.nx,
                       scene->grid.ny);
    scene->n_pixels = scene->grid.nx * scene->grid.ny;

    double sign = o->direction == IH_SIMULATE_ASCENDING ? -HEADING_DEG : HEADING_DEG - 180.0;
    scene->view =
        (ih_viewing_geometry){.heading_rad = sign * pi / 180.0,
                              .incidence_centre_rad = INCIDENCE_DEG * pi / 180.0,
                              .earth_radius_m = gamma ? EARTH_RADIUS_M : BURST_EARTH_RADIUS_M,
                              .sensor_height_m = gamma ? SENSOR_HEIGHT_M : BURST_SENSOR_HEIGHT_M,
                              .latitude_rad = o->lonlat[1] * pi / 180.0};
    scene->azimuth_looks = (int)spacing / 20;
    scene->range_looks = 5 * scene->azimuth_looks;
    scene->looks = ih_independent_looks(scene->range_looks, scene->azimuth_looks);
    return IH_OK;
}

static ih_status allocate(ih_scene *scene, ih_error *err)
{
    size_t n = scene->n_pixels;
    ih_status st;

    scene->height_m = ih_alloc(n, sizeof(float));
    scene->elevation_rad = ih_alloc(n, sizeof(float));
    scene->azimuth_rad = ih_alloc(n, sizeof(float));
    scene->baseline_sensitivity = ih_alloc(n, sizeof(float));
    scene->dem_error_m = ih_alloc(n, sizeof(float));
    scene->land = ih_alloc(n, 1);
    scene->forest = ih_alloc(n, 1);
    if (!scene->height_m || !scene->elevation_rad || !scene->azimuth_rad ||
        !scene->baseline_sensitivity || !scene->dem_error_m || !scene->land || !scene->forest)
        return ih_fail(err, IH_E_MEMORY, "not enough memory for a scene of %zu pixels", n);
    st = ih_decorrelation_new(n, &scene->decorrelation, err);
    if (st == IH_OK)
        st = ih_deformation_new(n, &scene->deformation, err);
    return st;
}

static ih_status plan_dates(ih_scene *scene, ih_error *err)
{
    const ih_simulate_options *o = &scene->options;
    int32_t first = 0;
    bool two_platforms;

    scene->n_dates = (size_t)o->dates;
    scene->dates = ih_calloc(scene->n_dates, sizeof *scene->dates);
    if (!scene->dates || !ih_simulate_parse_date(o->start, &first))
        return ih_fail(err, IH_E_MEMORY, "not enough memory for %zu dates", scene->n_dates);

    two_platforms = o->interval_days % REPEAT_DAYS == REPEAT_DAYS / 2 &&
                    first + (o->dates - 1) * o->interval_days <= LAST_DAY_OF_B;
    for (size_t i = 0; i < scene->n_dates; i++) {
        ih_scene_date *d = &scene->dates[i];
        long after = (long)i * o->interval_days;
        ih_random orbit = ih_scene_stream(scene, IH_SCENE_BASELINE, i);
        ih_random turbulence = ih_scene_stream(scene, IH_SCENE_TURBULENCE, 2 * i);
        ih_random stratified = ih_scene_stream(scene, IH_SCENE_STRATIFIED, i);
        ih_random acquisition = ih_scene_stream(scene, IH_SCENE_ACQUISITION, i);

        d->days = first + (int32_t)after;
        d->years = (double)after / 365.25;
        /* Rounded as the metadata text shows it, so that baselines of pairs add up. */
        d->baseline_m = i == 0 ? 0.0 : round(o->baseline_m * ih_random_normal(&orbit) * 1e4) / 1e4;
        d->turbulence_m = 1e-3 * o->turbulence_mm * exp(0.35 * ih_random_normal(&turbulence));
        d->stratified = 1e-6 * o->stratified_mm_per_km * ih_random_normal(&stratified);
        d->platform = two_platforms && i % 2 ? 'B' : 'A';
        /* Relative orbit: (n - 73) mod 175 + 1 for A, (n - 27) mod 175 + 1 for B. */
        long repeat = (long)floor((double)(d->days - FIRST_DAY) / REPEAT_DAYS);
        d->absolute_orbit = repeat * ORBITS_PER_REPEAT + RELATIVE_ORBIT - 1 +
                            (d->platform == 'A' ? 73 : 27 - 12 * ORBITS_PER_REPEAT);
        if (d->absolute_orbit < 1)
            d->absolute_orbit = d->absolute_orbit % ORBITS_PER_REPEAT + ORBITS_PER_REPEAT;
        d->datatake = (unsigned)(ih_random_bits(&acquisition) & 0xfffff);
        d->scene_id = (unsigned)(ih_random_bits(&acquisition) & 0xffff);
        double start = o->direction == IH_SIMULATE_ASCENDING ? 61564.0 : 18786.0;
        d->seconds = start + round(2e6 * ih_random_uniform(&acquisition)) * 1e-6;
    }
    return IH_OK;
}

static void plan_patches(const ih_scene *scene, size_t index, ih_scene_pair *pair)
{
    ih_random r = ih_scene_stream(scene, IH_SCENE_UNWRAP_ERRORS, index);
    double shorter = (double)(pair->nx < pair->ny ? pair->nx : pair->ny);

    pair->n_patches = 0;
    if (ih_random_uniform(&r) >= scene->options.unwrap_errors)
        return;
    pair->n_patches = ih_random_uniform(&r) < 0.3 ? 2 : 1;
    for (size_t i = 0; i < pair->n_patches; i++) {
        ih_scene_patch *p = &pair->patches[i];
        p->column = (double)scene->grid.nx * (0.2 + 0.6 * ih_random_uniform(&r));
        p->row = (double)scene->grid.ny * (0.25 + 0.5 * ih_random_uniform(&r));
        p->radius = shorter * (0.06 + 0.08 * ih_random_uniform(&r));
        p->wave_phase[0] = 2.0 * pi * ih_random_uniform(&r);
        p->wave_phase[1] = 2.0 * pi * ih_random_uniform(&r);
        p->cycles = (ih_random_uniform(&r) < 0.5 ? 1 : -1) * (ih_random_uniform(&r) < 0.15 ? 2 : 1);
    }
}

/* Extents differ by whole pixels at every side but always contain the middle of the scene. */
static void plan_extent(const ih_scene *scene, size_t index, ih_scene_pair *pair)
{
    const ih_simulate_options *o = &scene->options;
    ih_random r = ih_scene_stream(scene, IH_SCENE_EXTENT, index);
    size_t margin = (size_t)o->shift, choices = 2 * margin + 1;

    pair->column = pair->row = margin;
    pair->nx = (size_t)o->size[0];
    pair->ny = (size_t)o->size[1];
    if (o->same_extent || margin == 0)
        return;
    pair->column = ih_random_bits(&r) % choices;
    pair->row = ih_random_bits(&r) % choices;
    /* A little wider or higher, as real ones are, as far as the scene reaches. */
    size_t room_x = scene->grid.nx - pair->column - pair->nx;
    size_t room_y = scene->grid.ny - pair->row - pair->ny;
    pair->nx += ih_random_bits(&r) % (room_x < 2 ? room_x + 1 : 3);
    pair->ny += ih_random_bits(&r) % (room_y < 2 ? room_y + 1 : 3);
}

static ih_status plan_pairs(ih_scene *scene, ih_error *err)
{
    size_t connections = (size_t)scene->options.connections, k = 0;

    scene->n_pairs = scene->n_dates * connections - connections * (connections + 1) / 2;
    scene->pairs = ih_calloc(scene->n_pairs, sizeof *scene->pairs);
    if (!scene->pairs)
        return ih_fail(err, IH_E_MEMORY, "not enough memory for %zu pairs", scene->n_pairs);

    for (size_t i = 0; i < scene->n_dates; i++)
        for (size_t j = i + 1; j <= i + connections && j < scene->n_dates; j++) {
            /* Indexed by dates, not by position: more connections leave the old pairs unchanged. */
            size_t index = i * 100000 + j;
            ih_scene_pair *p = &scene->pairs[k++];
            ih_random cycles = ih_scene_stream(scene, IH_SCENE_CYCLES, index);
            ih_random id = ih_scene_stream(scene, IH_SCENE_PRODUCT_ID, index);
            p->reference = i;
            p->secondary = j;
            p->baseline_m = scene->dates[j].baseline_m - scene->dates[i].baseline_m;
            p->whole_cycles = (int)(ih_random_bits(&cycles) % (2 * MOST_CYCLES + 1)) - MOST_CYCLES;
            snprintf(p->id, sizeof p->id, "%04X", (unsigned)(ih_random_bits(&id) & 0xffff));
            plan_extent(scene, index, p);
            plan_patches(scene, index, p);
            ih_product_metadata_name(scene, p, p->name, sizeof p->name);
        }
    return IH_OK;
}

static ih_status make_ground(ih_scene *scene, ih_error *err)
{
    ih_status st;
    const ih_simulate_options *o = &scene->options;
    ih_random terrain_stream = ih_scene_stream(scene, IH_SCENE_TERRAIN, 0);
    ih_random cover = ih_scene_stream(scene, IH_SCENE_LAND_COVER, 0);
    ih_random forest = ih_scene_stream(scene, IH_SCENE_FOREST, 0);
    ih_random dem = ih_scene_stream(scene, IH_SCENE_DEM_ERROR, 0);
    size_t nx = scene->grid.nx, ny = scene->grid.ny;
    const ih_terrain_spec terrain = {nx, ny, o->sea_level_m, o->relief_m, go_on, NULL};
    const ih_decorrelation_spec decorrelation = {.nx = nx,
                                                 .ny = ny,
                                                 .initial = o->coherence,
                                                 .long_term = o->long_term,
                                                 .decay_days = o->decay_days,
                                                 .patch_share = o->patches,
                                                 .progress = go_on};
    const ih_random_field_spec error = {.nx = nx,
                                        .ny = ny,
                                        .exponent = -2.5,
                                        .longest_px = 60.0,
                                        .shortest_px = 2.0,
                                        .progress = go_on};

    st = ih_terrain_make(&terrain, &terrain_stream, scene->height_m, scene->land, err);
    if (st == IH_OK)
        st = ih_decorrelation_make(&decorrelation, &cover, &forest, &scene->decorrelation,
                                   scene->forest, err);
    if (st == IH_OK)
        st = ih_random_field_make(&error, &dem, scene->dem_error_m, err);
    if (st != IH_OK)
        return st;

    for (size_t i = 0; i < scene->n_pixels; i++)
        scene->dem_error_m[i] =
            scene->land[i] ? (float)(o->dem_error_m * scene->dem_error_m[i]) : 0.0f;
    if (o->no_water)
        memset(scene->land, 1, scene->n_pixels);
    return IH_OK;
}

static ih_status make_views(ih_scene *scene, ih_error *err)
{
    const ih_grid *g = &scene->grid;
    const ih_simulate_options *o = &scene->options;
    double shorter = (o->size[0] < o->size[1] ? o->size[0] : o->size[1]) * g->dx;
    double span = scene->dates[scene->n_dates - 1].years;
    int32_t day;

    scene->motion = (ih_deformation_spec){
        .bowl_m_per_year = 1e-3 * o->bowl_mm,
        .fault_m_per_year = 1e-3 * o->fault_mm,
        .seasonal_m = 1e-3 * o->seasonal_mm,
        .seasonal_peak_years = 0.2,
        .step_m = 1e-3 * o->step_mm,
        .step_years = 0.6 * span,
        .size_m = shorter,
    };
    /* Midnight before that day's acquisition. */
    if (o->step_date && ih_simulate_parse_date(o->step_date, &day))
        scene->motion.step_years = (day - scene->dates[0].days - 0.5) / 365.25;

    for (size_t row = 0; row < g->ny; row++) {
        if (ih_cli_interrupted())
            return interrupted(err);
        for (size_t column = 0; column < g->nx; column++) {
            size_t i = row * g->nx + column;
            double east = ((double)column + 0.5 - 0.5 * (double)g->nx) * g->dx;
            double north = ((double)row + 0.5 - 0.5 * (double)g->ny) * g->dy;
            ih_line_of_sight sight = ih_viewing_geometry_at(&scene->view, east, north);
            scene->elevation_rad[i] = (float)sight.elevation_rad;
            scene->azimuth_rad[i] = (float)sight.azimuth_rad;
            scene->baseline_sensitivity[i] =
                (float)(1.0 / (sight.range_m * sin(sight.incidence_rad)));
            ih_deformation_set(&scene->motion, &sight, east, north, i, &scene->deformation);
        }
    }
    return IH_OK;
}

ih_status ih_scene_new(const ih_simulate_options *options, ih_scene **out, ih_error *err)
{
    ih_status st;
    ih_scene *scene = ih_calloc(1, sizeof *scene);

    *out = NULL;
    if (!scene)
        return ih_fail(err, IH_E_MEMORY, "not enough memory for a scene");
    scene->options = *options;
    st = lay_grid(scene, err);
    if (st == IH_OK)
        st = allocate(scene, err);
    if (st == IH_OK)
        st = plan_dates(scene, err);
    if (st == IH_OK)
        st = plan_pairs(scene, err);
    if (st == IH_OK)
        st = make_ground(scene, err);
    if (st == IH_OK)
        st = make_views(scene, err);
    if (st != IH_OK) {
        ih_scene_free(scene);
        return st;
    }
    *out = scene;
    return IH_OK;
}

void ih_scene_displacement(const ih_scene *scene, size_t date, float *displacement_m)
{
    double years = scene->dates[date].years;

    for (size_t i = 0; i < scene->n_pixels; i++)
        displacement_m[i] =
            (float)ih_deformation_displacement(&scene->motion, &scene->deformation, i, years);
}

ih_status ih_scene_troposphere(const ih_scene *scene, size_t date, float *delay_m, ih_error *err)
{
    const ih_scene_date *d = &scene->dates[date];
    const ih_random_field_spec field = {.nx = scene->grid.nx,
                                        .ny = scene->grid.ny,
                                        .exponent = IH_TURBULENCE_EXPONENT,
                                        .progress = go_on};

    if (d->turbulence_m > 0.0) {
        ih_random stream = ih_scene_stream(scene, IH_SCENE_TURBULENCE, 2 * date + 1);
        ih_status st = ih_random_field_make(&field, &stream, delay_m, err);
        if (st != IH_OK)
            return st;
    } else {
        memset(delay_m, 0, scene->n_pixels * sizeof *delay_m);
    }
    for (size_t i = 0; i < scene->n_pixels; i++) {
        double above = scene->height_m[i] - scene->options.sea_level_m;
        delay_m[i] = (float)(d->turbulence_m * delay_m[i] + d->stratified * above);
    }
    return IH_OK;
}

ih_status ih_scene_date_phase(const ih_scene *scene, size_t date, float *phase_rad, ih_error *err)
{
    const ih_scene_date *d = &scene->dates[date];
    const double phase_per_metre = 4.0 * pi / IH_SCENE_WAVELENGTH_M;
    ih_status st = ih_scene_troposphere(scene, date, phase_rad, err);

    if (st != IH_OK)
        return st;
    for (size_t i = 0; i < scene->n_pixels; i++) {
        if (i % scene->grid.nx == 0 && ih_cli_interrupted())
            return interrupted(err);
        double motion =
            ih_deformation_displacement(&scene->motion, &scene->deformation, i, d->years);
        double apparent = d->baseline_m * scene->baseline_sensitivity[i] * scene->dem_error_m[i];
        phase_rad[i] = (float)(phase_per_metre * (phase_rad[i] - motion - apparent));
    }
    return IH_OK;
}

void ih_scene_coherence(const ih_scene *scene, const ih_scene_pair *pair, float *coherence)
{
    bool constant = scene->options.no_decorrelation;
    double days = scene->dates[pair->secondary].days - scene->dates[pair->reference].days;
    double baseline = ih_decorrelation_baseline(pair->baseline_m, CRITICAL_BASELINE_M);

    for (size_t i = 0; i < scene->n_pixels; i++) {
        float c = constant ? scene->decorrelation.initial[i]
                           : ih_decorrelation_coherence(&scene->decorrelation, i, days, baseline);
        coherence[i] = scene->land[i] ? c : 0.0f;
    }
}

ih_grid ih_scene_product_grid(const ih_scene *scene, const ih_scene_pair *pair)
{
    ih_grid g = scene->grid;

    g.x0 += (double)pair->column * g.dx;
    g.y0 += (double)pair->row * g.dy;
    g.nx = pair->nx;
    g.ny = pair->ny;
    return g;
}

/* A rectangle along the flight direction whose bounding box is the product's extent. */
void ih_scene_footprint(const ih_scene *scene, const ih_scene_pair *pair, uint8_t *valid)
{
    const ih_grid *g = &scene->grid;
    double width = (double)pair->nx * g->dx, height = (double)pair->ny * g->dx;
    double s = fabs(sin(scene->view.heading_rad)), c = fabs(cos(scene->view.heading_rad));
    double half_across = fmax(0.3 * width, 0.5 * (width * c - height * s) / (c * c - s * s));
    double half_along = fmax(0.3 * height, 0.5 * (height * c - width * s) / (c * c - s * s));

    memset(valid, 0, scene->n_pixels);
    for (size_t row = pair->row; row < pair->row + pair->ny; row++)
        for (size_t column = pair->column; column < pair->column + pair->nx; column++) {
            double east = ((double)(column - pair->column) + 0.5) * g->dx - 0.5 * width;
            double north = 0.5 * height - ((double)(row - pair->row) + 0.5) * g->dx;
            double along, across;
            ih_viewing_geometry_track(&scene->view, east, north, &along, &across);
            valid[row * g->nx + column] =
                scene->options.no_margins ||
                (fabs(along) <= half_along && fabs(across) <= half_across);
        }
}

int ih_scene_planted_cycles(const ih_scene_pair *pair, size_t column, size_t row)
{
    int cycles = 0;

    for (size_t i = 0; i < pair->n_patches; i++) {
        const ih_scene_patch *p = &pair->patches[i];
        double x = (double)column - p->column, y = (double)row - p->row;
        double direction = atan2(y, x);
        double outline = p->radius * (1.0 + 0.2 * cos(3.0 * direction + p->wave_phase[0]) +
                                      0.12 * cos(5.0 * direction + p->wave_phase[1]));
        if (x * x + y * y < outline * outline)
            cycles += p->cycles;
    }
    return cycles;
}
