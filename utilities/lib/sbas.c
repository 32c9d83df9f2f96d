/* SPDX-License-Identifier: MIT */
#include "utilities/lib/sbas.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <gdal.h>

#include "algorithms/alloc.h"
#include "algorithms/order_statistic.h"
#include "drivers/hyp3/member_cache.h"
#include "utilities/lib/memory_shares.h"
#include "utilities/lib/report.h"
#include "utilities/lib/sbas_state.h"

/* Pairs are counted in 16 bits per pixel. */
enum { MOST_PAIRS = 65535 };

static void warn(ih_sbas_state *s, const char *text)
{
    s->facts.warnings = CSLAddString(s->facts.warnings, text);
}

/* Stages add up when one is repeated. */
static void add_seconds(ih_sbas_state *s, enum ih_sbas_stage stage, double since)
{
    s->seconds[stage] += omp_get_wtime() - since;
    ih_stage_cost_add(&s->costs[stage], &s->cost_mark);
}

static ih_status catalogue_stage(ih_sbas_state *s, double seconds_of_day, ih_error *err)
{
    double since = omp_get_wtime();
    ih_status status =
        ih_catalogue_read(s->request->inputs, (int)s->options.threads, &s->catalogue, err);

    if (status == IH_OK && s->catalogue->count > MOST_PAIRS)
        status = ih_fail(err, IH_E_UNSUPPORTED, "%zu pairs: at most %d are supported",
                         s->catalogue->count, MOST_PAIRS);
    if (status == IH_OK)
        status = ih_select_before_reading(s, err);
    if (status == IH_OK)
        status = ih_stack_facts_find(s->catalogue, &s->options, seconds_of_day, &s->facts, err);
    if (status == IH_OK) {
        s->options.wavelength_m = s->facts.wavelength_m;
        s->options.looks = s->facts.looks;
        s->options.incidence_deg = s->facts.incidence_deg;
    }
    add_seconds(s, IH_STAGE_CATALOGUE, since);
    return status;
}

/* Caches of the process as they were before a run. */
typedef struct {
    bool members_set, blocks_set;
    GIntBig blocks;
} cache_limits;

/* Keeps the caches within -wm, unless the user has set them. */
static cache_limits limit_caches(ih_sbas_state *s)
{
    double share = IH_CACHE_SHARE * s->options.working_memory_bytes;
    cache_limits before = {.blocks = GDALGetCacheMax64()};

    if (!CPLGetConfigOption("IH_CACHE_MB", NULL)) {
        double bytes = fmin(fmax(share, IH_LEAST_MEMBER_BYTES), IH_MOST_MEMBER_BYTES);

        CPLSetConfigOption("IH_CACHE_MB", CPLSPrintf("%.0f", bytes / 1048576.0));
        before.members_set = s->limits_members = true;
    }
    if (!CPLGetConfigOption("GDAL_CACHEMAX", NULL)) {
        double bytes = fmin(fmax(share, IH_LEAST_BLOCK_BYTES), (double)before.blocks);

        GDALSetCacheMax64((GIntBig)bytes);
        before.blocks_set = true;
    }
    return before;
}

static void restore_caches(const cache_limits *before)
{
    if (before->members_set)
        CPLSetConfigOption("IH_CACHE_MB", NULL);
    if (before->blocks_set)
        GDALSetCacheMax64(before->blocks);
}

bool ih_sbas_weighs_continuously(const ih_sbas_state *s)
{
    return s->compat->continuous_weights &&
           (s->options.weight == IH_WEIGHT_COHERENCE || s->options.weight == IH_WEIGHT_FISHER);
}

double ih_sbas_cube_memory(const ih_sbas_state *s)
{
    double planes = IH_PLANE_BYTES + ih_corrections_plane_bytes(s) + ih_unwrapping_plane_bytes(s);

    /* The two caches have their shares. */
    return (1.0 - 2.0 * IH_CACHE_SHARE) * s->options.working_memory_bytes -
           planes * (double)ih_sbas_pixels(s);
}

double ih_sbas_raster_memory(const ih_sbas_state *s, bool per_date)
{
    double cube = ih_work_cube_in_file(s->cube) ? 0.0 : ih_work_cube_bytes(s->cube);

    return per_date ? ih_sbas_cube_memory(s) - cube
                    : IH_CACHE_SHARE * s->options.working_memory_bytes;
}

/* Phase and coherence that every thread holds inflated while it reads a pair. Without room for a
 * copy the driver reads it as a stream, which takes twice as long, so they may have what -wm leaves
 * beside planes and cube. */
static void make_room_for_members(const ih_sbas_state *s, double memory)
{
    double share = IH_CACHE_SHARE * s->options.working_memory_bytes, largest = 0, bytes;

    if (!s->limits_members)
        return;
    memory += share;
    if (!ih_work_cube_in_file(s->cube))
        memory -= ih_work_cube_bytes(s->cube);
    for (size_t i = 0; i < s->catalogue->count; i++) {
        const ih_grid *grid = &s->catalogue->items[i].grid;

        largest = fmax(largest, (double)grid->nx * (double)grid->ny * sizeof(float));
    }
    bytes = fmin(2.0 * (double)s->options.threads * largest * IH_MEMBER_SLACK, memory);
    bytes = fmax(fmax(bytes, fmin(share, IH_MOST_MEMBER_BYTES)), IH_LEAST_MEMBER_BYTES);
    CPLSetConfigOption("IH_CACHE_MB", CPLSPrintf("%.0f", ceil(bytes / 1048576.0)));
}

ih_status ih_sbas_cube_spec(const ih_sbas_state *s, ih_work_cube_spec *spec, ih_error *err)
{
    *spec = (ih_work_cube_spec){.n_pixels = ih_sbas_pixels(s),
                                .n_pairs = s->network->n_pairs,
                                .n_dates = ih_inversion_series_slots(s),
                                .memory_bytes = ih_sbas_cube_memory(s),
                                .path = ih_resume_cube_path(s),
                                .scratch =
                                    s->options.scratch ? s->options.scratch : s->request->out_dir};
    return ih_work_cube_read_block_pixels(CPLGetConfigOption("IH_BLOCK_PIXELS", NULL),
                                          &spec->block_pixels, err);
}

/* Coherence is kept beside the phase, in equal shares of memory, until pairs have been selected by
 * it: averages of the kept pairs then need no second reading. */
static ih_status new_cubes(ih_sbas_state *s, ih_error *err)
{
    bool both = ih_selects_by_coherence(&s->selection) || ih_sbas_weighs_continuously(s);
    ih_work_cube_spec spec;
    ih_error why = {0};
    ih_status status = ih_sbas_cube_spec(s, &spec, err);

    if (status != IH_OK)
        return status;
    spec.memory_bytes /= both ? 2 : 1;
    status = ih_work_cube_new(&spec, &s->cube, &why);
    if (status == IH_E_IO && spec.path) {
        ih_resume_give_up(s, why.text);
        spec.path = NULL;
        status = ih_work_cube_new(&spec, &s->cube, &why);
    }
    if (status != IH_OK)
        return ih_fail(err, status, "%s", why.text);
    spec.path = spec.path && ih_sbas_weighs_continuously(s) ? ih_resume_coherence_path(s) : NULL;
    spec.n_dates = 1;
    if (both)
        status = ih_work_cube_new(&spec, &s->coherence, err);
    if (status == IH_OK)
        make_room_for_members(s, spec.memory_bytes);
    return status;
}

/* Undoes a reading, so that it can start again with fewer pairs. */
static void forget_reading(ih_sbas_state *s)
{
    ih_reference_free(s->reference);
    ih_ingest_result_free(s->ingest, s->network ? s->network->n_pairs : 0);
    ih_land_mask_free(&s->land);
    ih_area_mask_free(&s->coherence_area);
    ih_work_cube_free(s->cube);
    ih_work_cube_free(s->coherence);
    ih_network_free(s->network);
    ih_common_grid_free(s->common);
    free(s->years);
    free(s->date_baselines_m);
    s->reference = NULL;
    s->ingest = NULL;
    s->cube = s->coherence = NULL;
    s->network = NULL;
    s->common = NULL;
    s->years = s->date_baselines_m = NULL;
}

size_t ih_sbas_without_components(const ih_sbas_state *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->catalogue->count; i++)
        n += s->catalogue->items[i].layers[IH_STACK_CONNCOMP].path == NULL;
    return n;
}

static ih_ingest_request ingest_request(const ih_sbas_state *s)
{
    return (ih_ingest_request){.catalogue = s->catalogue,
                               .common = s->common,
                               .land = s->land.land,
                               .coherence_area = s->coherence_area.inside,
                               .cube = s->cube,
                               .coherence = s->coherence,
                               .min_coherence = s->options.min_pixel_coherence,
                               .mask_unconnected = s->options.mask_unconnected,
                               .keep_areas = !isnan(s->options.min_area_ratio),
                               .zero_is_no_data = s->compat->zero_phase_is_no_data,
                               .threads = (int)s->options.threads,
                               .progress = s->request->progress,
                               .progress_data = s->request->progress_data};
}

ih_status ih_sbas_find_grid(ih_sbas_state *s, ih_error *err)
{
    const ih_area_request area = {
        .union_of_all = s->options.extent == IH_EXTENT_UNION,
        .has_box = s->options.te_given,
        .box = {s->options.te[0], s->options.te[1], s->options.te[2], s->options.te[3]},
        .box_srs = s->options.te_srs};
    ih_status status = ih_common_grid_new(s->catalogue, &area, &s->common, err);

    return status == IH_OK ? ih_network_of_catalogue(s, err) : status;
}

static ih_status check_components(const ih_sbas_state *s, ih_error *err)
{
    if (!s->options.mask_unconnected || ih_sbas_without_components(s) < s->catalogue->count)
        return IH_OK;
    return ih_fail(err, IH_E_DATA,
                   "-mask_unconnected: no interferogram has connected components; GAMMA products "
                   "come without (-min_pixel_coherence masks by coherence)");
}

static ih_status read_once(ih_sbas_state *s, ih_error *err)
{
    ih_status status = check_components(s, err);

    if (status == IH_OK)
        status = ih_sbas_find_grid(s, err);
    if (status == IH_OK)
        status = new_cubes(s, err);
    if (status == IH_OK)
        status = ih_land_mask_read(s->catalogue, s->common, &s->land, err);
    if (status == IH_OK)
        status = ih_coherence_area_find(s, err);
    if (status == IH_OK) {
        const ih_ingest_request request = ingest_request(s);

        status = ih_ingest(&request, &s->ingest, err);
    }
    s->n_passes++;
    return status;
}

/* Takes out the pairs that could not be read or show nothing here; *n_dropped tells how many. */
static ih_status drop_unusable(ih_sbas_state *s, size_t *n_dropped, ih_error *err)
{
    ih_status status = IH_OK;

    *n_dropped = 0;
    for (size_t i = s->network->n_pairs; i-- > 0 && status == IH_OK;) {
        const char *why = s->ingest->failure[i];

        if (!why && s->ingest->valid_pixels[i] == 0)
            why = "it has no phase within the area";
        if (!why)
            continue;
        status = ih_catalogue_drop(s->catalogue, i, why, err);
        ++*n_dropped;
    }
    return status;
}

static ih_status invalid_reference(const ih_sbas_state *s, ih_error *err)
{
    const ih_reference *r = s->reference;
    char names[600] = "";

    for (size_t i = 0; i < r->n_invalid; i++) {
        const char *name = s->catalogue->items[r->invalid[i]].name;

        if (strlen(names) + strlen(name) + 8 > sizeof names) {
            strcat(names, ", ...");
            break;
        }
        strcat(names, i ? ", " : "");
        strcat(names, name);
    }
    if (r->kind != IH_REFERENCE_POINT)
        return ih_fail(err, IH_E_DATA,
                       "no pixel of the reference area has a phase in %zu of %zu pairs: %s (choose "
                       "a larger area, or -ref_invalid drop leaves these pairs out)",
                       r->n_invalid, s->network->n_pairs, names);
    return ih_fail(err, IH_E_DATA,
                   "the reference point (column %zu, row %zu) has no phase in %zu of %zu pairs: %s "
                   "(choose another point, or -ref_invalid drop leaves these pairs out)",
                   r->column, r->row, r->n_invalid, s->network->n_pairs, names);
}

static ih_status select_pairs(ih_sbas_state *s, ih_error *err)
{
    const ih_ingest_request request = ingest_request(s);
    ih_status status = ih_select_after_reading(s, &request, err);

    if (!ih_sbas_weighs_continuously(s)) {
        ih_work_cube_free(s->coherence);
        s->coherence = NULL;
    }
    return status;
}

ih_status ih_sbas_find_reference(ih_sbas_state *s, size_t *n_dropped, ih_error *err)
{
    const ih_reference_request request = ih_sbas_reference_request(s);
    ih_status status = ih_reference_find(&request, &s->reference, err);
    const ih_reference *r = s->reference;

    *n_dropped = 0;
    if (status != IH_OK || r->n_invalid == 0)
        return status;
    if (s->options.ref_invalid == IH_REFERENCE_INVALID_ERROR || r->n_invalid == s->network->n_pairs)
        return invalid_reference(s, err);
    for (size_t i = r->n_invalid; i-- > 0 && status == IH_OK;)
        status = ih_catalogue_drop(s->catalogue, r->invalid[i],
                                   r->kind == IH_REFERENCE_POINT
                                       ? "it has no phase at the reference point"
                                       : "it has no phase in the reference area",
                                   err);
    *n_dropped = r->n_invalid;
    return status;
}

/* Reads the stack, and again without what turned out to be unusable: a pair that goes changes the
 * network, the grid and every average. */
static ih_status read_stage(ih_sbas_state *s, ih_error *err)
{
    double since = omp_get_wtime();
    ih_status status = IH_OK;
    size_t n_dropped = 0;

    do {
        if (n_dropped) {
            forget_reading(s);
            status = ih_select_before_reading(s, err);
        }
        if (status != IH_OK)
            return status;
        if (s->catalogue->count == 0)
            return ih_fail(err, IH_E_DATA,
                           "no interferogram is left; the last was dropped because %s",
                           s->catalogue->skipped[s->catalogue->n_skipped - 1].why);
        status = read_once(s, err);
        if (status == IH_OK)
            status = drop_unusable(s, &n_dropped, err);
        if (status == IH_OK && n_dropped == 0) {
            status = select_pairs(s, err);
            if (status == IH_OK)
                status = ih_sbas_find_reference(s, &n_dropped, err);
        }
    } while (status == IH_OK && n_dropped > 0);
    /* Inflated copies of zip members are not needed any more. */
    ih_member_cache_clear();
    add_seconds(s, IH_STAGE_READ, since);
    return status;
}

static ih_status unwrapping_stage(ih_sbas_state *s, ih_error *err)
{
    double since = omp_get_wtime();
    ih_status status = ih_unwrapping_correct_stack(s, err);

    add_seconds(s, IH_STAGE_UNWRAPPING, since);
    return status;
}

static ih_status overview_stage(ih_sbas_state *s, ih_error *err)
{
    double since = omp_get_wtime();
    ih_status status = ih_whole_network_gather(s, err);

    if (status == IH_OK)
        status = ih_overview_make(s, err);
    add_seconds(s, IH_STAGE_OVERVIEW, since);
    return status;
}

/* Everything up to the inversion, from an interrupted run if there is one. */
static ih_status look_stages(ih_sbas_state *s, ih_error *err)
{
    ih_error why = {0};
    ih_status status;

    if (ih_resume_has_reading(s)) {
        double since = omp_get_wtime();

        status = ih_resume_take_reading(s, &why);
        add_seconds(s, IH_STAGE_READ, since);
        if (status != IH_E_DATA)
            return status == IH_OK ? IH_OK : ih_fail(err, status, "%s", why.text);
        CPLError(CE_Warning, CPLE_AppDefined,
                 "an interrupted run cannot be continued: %s; starting from the beginning",
                 why.text);
        forget_reading(s);
        ih_unwrapping_free(&s->unwrapping);
        ih_overview_free(&s->overview);
        status = ih_select_before_reading(s, err);
        if (status != IH_OK)
            return status;
    }
    status = read_stage(s, err);
    if (status == IH_OK)
        status = unwrapping_stage(s, err);
    if (status == IH_OK)
        status = overview_stage(s, err);
    return status == IH_OK ? ih_resume_keep_reading(s, err) : status;
}

/* Pairs beyond those that just join the dates: what a fit can be checked against. */
static size_t redundancy(size_t n_pairs, size_t n_dates, size_t n_components)
{
    return n_pairs + n_components > n_dates ? n_pairs + n_components - n_dates : 0;
}

/* What a vector file of the user holds besides what was asked for. */
static void warn_about_file(ih_sbas_state *s, const char *option, size_t n_ignored, bool assumed)
{
    if (n_ignored)
        warn(s, CPLSPrintf("%d features of -%s are no polygons and were ignored", (int)n_ignored,
                           option));
    if (assumed)
        warn(s, CPLSPrintf("-%s or the interferograms have no coordinate system; the coordinates "
                           "were taken for the same",
                           option));
}

/* Share of the pixels of a reference area that may be a cycle away before it is worth a word. */
#define MOST_CYCLES_AWAY 0.2

static void warn_about_reference_area(ih_sbas_state *s)
{
    const ih_reference *r = s->reference;
    const ih_reference_summary t = ih_reference_summarise(r, s->network->n_pairs);

    warn_about_file(s, "ref_area", r->area.ignored, r->area.srs_assumed);
    if (t.incomplete_pairs)
        warn(s,
             CPLSPrintf("hardly a pixel of the reference area has a phase in all pairs, so every "
                        "pair refers to those it has: in %d of %d pairs fewer than %.0f, at "
                        "least %.0f",
                        (int)t.incomplete_pairs, (int)s->network->n_pairs, (double)r->n_pixels,
                        (double)t.least_pixels));
    if (t.greatest_unwrapped_share > MOST_CYCLES_AWAY)
        warn(s, CPLSPrintf("up to %.0f %% of the reference area's pixels are half a cycle or more "
                           "away from its median: the area is too wide, or badly unwrapped",
                           100.0 * t.greatest_unwrapped_share));
}

static void warn_about_stack(ih_sbas_state *s)
{
    const ih_reference *r = s->reference;

    for (size_t i = 0; i < s->catalogue->n_skipped; i++) {
        static const char *const kinds[] = {"ignored", "duplicate left out", "left out"};
        const ih_skipped *skipped = &s->catalogue->skipped[i];

        CPLError(CE_Warning, CPLE_AppDefined, "%s: %s: %s", kinds[skipped->kind], skipped->what,
                 skipped->why);
    }
    if (s->common->box_clipped)
        warn(s, "-te reaches beyond the interferograms; it is clipped to what they cover");
    for (char **text = s->ingest->remarks; text && *text; text++)
        warn(s, *text);
    if (s->common->n_resampled)
        warn(s, CPLSPrintf("%d of %d interferograms lie on another grid and were resampled by the "
                           "nearest neighbour",
                           (int)s->common->n_resampled, (int)s->catalogue->count));
    if (s->network->n_components > 1)
        warn(s,
             CPLSPrintf("the network falls into %d parts; between them displacement is not "
                        "measured but assumed (%s)",
                        (int)s->network->n_components, s->options.nsbas ? "-nsbas" : "-min_norm"));
    if (redundancy(s->network->n_pairs, s->network->n_dates, s->network->n_components) == 0)
        warn(s, "the network has no redundancy: every pair is needed to join the dates, so nothing "
                "can be checked and temporal coherence is 1 everywhere; add pairs");
    if (r->relaxed)
        warn(s,
             CPLSPrintf("no pixel with data in all pairs reaches an average coherence of %g: the "
                        "best, %.3f, is the reference point",
                        s->options.ref_min_coherence, (double)r->average_coherence));
    warn_about_file(s, "coherence_area", s->coherence_area.n_ignored,
                    s->coherence_area.srs_assumed);
    warn_about_reference_area(s);
    if (s->options.mask_unconnected && ih_sbas_without_components(s))
        CPLError(CE_Warning, CPLE_AppDefined,
                 "%zu of %zu pairs have no connected components: -mask_unconnected masks nothing "
                 "of them",
                 ih_sbas_without_components(s), s->catalogue->count);
    for (char **text = s->facts.warnings; text && *text; text++)
        CPLError(CE_Warning, CPLE_AppDefined, "%s", *text);
}

/* Not called reliable, although solved, are pixels whose own network falls into more parts than the
 * stack's, because the displacement between the parts is assumed (with -nsbas the user has asked
 * for the assumption), and pixels without the redundancy that the stack has, because their temporal
 * coherence is 1 whatever they measure. */
static ih_status mask_reliable(ih_sbas_state *s, ih_error *err)
{
    const ih_solution *solution = s->solution;
    const ih_network *network = s->network;
    bool redundant = redundancy(network->n_pairs, network->n_dates, network->n_components) > 0;
    size_t n = ih_sbas_pixels(s);

    for (size_t i = 0; i < network->n_pairs; i++)
        s->statistics.masked += (double)s->ingest->masked_pixels[i];
    s->mask = ih_calloc(n, 1);
    if (!s->mask)
        return ih_fail(err, IH_E_MEMORY, "mask");
    for (size_t i = 0; i < n; i++) {
        size_t pairs = solution->valid_pairs[i], parts = solution->n_components[i];
        int solved = pairs > 0;
        int gap = solved && parts > network->n_components;
        int assumed = gap && !s->options.nsbas;
        int unchecked =
            solved && !assumed && redundant && redundancy(pairs, network->n_dates, parts) == 0;
        float coherence = solution->temporal_coherence[i];

        s->mask[i] = solved && coherence >= (float)s->options.min_temporal_coherence &&
                     (s->compat->mask_by_coherence_alone || (!assumed && !unchecked));
        s->statistics.observed +=
            s->ingest->valid_pairs[i] > 0 && (!s->land.land || s->land.land[i]);
        s->statistics.solved += (size_t)solved;
        s->statistics.gaps += (size_t)gap;
        s->statistics.unchecked += (size_t)unchecked;
        s->statistics.reliable += s->mask[i];
    }
    if (s->statistics.solved == 0)
        return ih_fail(err, IH_E_DATA,
                       "no pixel has a solution: none has phases that join the %zu dates with at "
                       "least %ld pairs at each (-min_redundancy), on land",
                       network->n_dates, s->options.min_redundancy);
    return IH_OK;
}

/* Pixels to solve: land, and with zero_coherence_is_no_data some coherence. *mask is to be freed;
 * NULL = all. */
static ih_status find_solvable(const ih_sbas_state *s, uint8_t **mask, ih_error *err)
{
    size_t n = ih_sbas_pixels(s);

    *mask = NULL;
    if (!s->land.land && !s->compat->zero_coherence_is_no_data)
        return IH_OK;
    *mask = ih_alloc(n, 1);
    if (!*mask)
        return ih_fail(err, IH_E_MEMORY, "mask");
    for (size_t i = 0; i < n; i++)
        (*mask)[i] =
            (!s->land.land || s->land.land[i]) &&
            (!s->compat->zero_coherence_is_no_data || s->ingest->average_coherence[i] != 0.0f);
    return IH_OK;
}

static ih_status solve_stage(ih_sbas_state *s, ih_error *err)
{
    double since = omp_get_wtime();
    size_t n = ih_sbas_pixels(s);
    uint8_t *solvable = NULL;
    ih_solution_request request = {.network = s->network,
                                   .reference_phase_rad = s->reference->phase_rad,
                                   .reference_pixel = s->reference->row * s->common->grid.nx +
                                                      s->reference->column,
                                   .zero_phase_is_no_data = s->compat->zero_phase_is_no_data,
                                   .coherence = s->coherence,
                                   .wavelength_m = s->facts.wavelength_m,
                                   .threads = (int)s->options.threads};
    ih_inversion_setup setup = {0};
    ih_status status = ih_corrections_prepare(s, err);

    if (status == IH_OK)
        status = ih_inversion_set_up(s, &setup, err);
    if (status != IH_OK)
        return status;
    request.options = setup.options;
    request.model = s->model;
    request.series_only = s->series.corrects;
    status = find_solvable(s, &solvable, err);
    request.mask = solvable;
    if (status == IH_OK)
        status = ih_resume_blocks(s, &request, err);
    if (status == IH_OK)
        status = ih_solution_compute(&request, s->cube, n, s->request->progress,
                                     s->request->progress_data, &s->solution, err);
    free(solvable);
    ih_inversion_setup_free(&setup);
    ih_work_cube_free(s->coherence);
    s->coherence = NULL;
    if (status != IH_OK)
        return status;
    status = mask_reliable(s, err);
    if (s->series.corrects)
        ih_resume_series_change(s);
    if (status == IH_OK)
        status = ih_corrections_run(s, err);
    add_seconds(s, IH_STAGE_SOLVE, since);
    return status;
}

static ih_status velocity_statistics(ih_sbas_state *s, ih_error *err)
{
    size_t n = ih_sbas_pixels(s), count = 0;
    float *values = ih_alloc(n, sizeof *values);

    if (!values)
        return ih_fail(err, IH_E_MEMORY, "statistics of the velocity");
    s->statistics.minimum = s->statistics.median = s->statistics.maximum = NAN;
    for (size_t i = 0; i < n; i++) {
        float v = s->solution->velocity[i];

        if (!s->mask[i] || isnan(v))
            continue;
        s->statistics.minimum = count ? fmin(s->statistics.minimum, (double)v) : (double)v;
        s->statistics.maximum = count ? fmax(s->statistics.maximum, (double)v) : (double)v;
        values[count++] = v;
    }
    if (count)
        s->statistics.median = (double)ih_order_statistic(values, count, (count - 1) / 2);
    free(values);
    return IH_OK;
}

static ih_status write_stage(ih_sbas_state *s, ih_sbas_outcome *out, ih_error *err)
{
    double since = omp_get_wtime();
    char *path;
    ih_status status = velocity_statistics(s, err);

    if (status == IH_OK)
        status = ih_sbas_write_rasters(s, err);
    if (status == IH_OK)
        status = ih_sbas_write_tables(s, err);
    if (status == IH_OK)
        status = ih_overview_write_tables(s, err);
    if (status == IH_OK)
        status = ih_network_figures_write(s, err);
    if (status != IH_OK)
        return status;
    add_seconds(s, IH_STAGE_WRITE, since);
    path = ih_result_folder_path(s->folder, "run.json");
    out->json = ih_sbas_run_json(s);
    out->summary = ih_sbas_summary(s);
    if (path && out->json && out->summary)
        status = ih_report_write_text(path, out->json, err);
    else
        status = ih_fail(err, IH_E_MEMORY, "report");
    free(path);
    return status;
}

static void free_state(ih_sbas_state *s)
{
    forget_reading(s);
    ih_unwrapping_free(&s->unwrapping);
    ih_overview_free(&s->overview);
    ih_pair_selection_free(&s->selection);
    ih_catalogue_free(s->catalogue);
    ih_stack_facts_free(&s->facts);
    ih_series_choice_free(&s->series);
    ih_corrections_free(&s->corrections);
    ih_time_model_free(s->model);
    ih_solution_free(s->solution);
    ih_viewing_free(&s->viewing);
    ih_result_folder_abort(s->folder);
    free(s->mask);
}

static ih_status run_stages(ih_sbas_state *s, double seconds_of_day, ih_sbas_outcome *out,
                            ih_error *err)
{
    const char *out_dir = s->request->out_dir;
    bool overwrite = s->options.overwrite || ih_resume_was_finishing(s);
    ih_result_folder *folder;
    ih_status status = ih_result_folder_check(out_dir, ih_sbas_result_names, overwrite, err);

    if (status == IH_OK)
        status = catalogue_stage(s, seconds_of_day, err);
    if (status == IH_OK)
        status = ih_result_folder_open(out_dir, ih_sbas_result_names, overwrite, &s->folder, err);
    if (status == IH_OK)
        status = ih_resume_begin(s, err);
    if (status == IH_OK)
        status = look_stages(s, err);
    if (status == IH_OK) {
        warn_about_stack(s);
        status = solve_stage(s, err);
    }
    if (status == IH_OK)
        status = write_stage(s, out, err);
    if (status == IH_OK)
        status = ih_resume_finish(s, err);
    if (status != IH_OK)
        return status;
    out->n_unusable = ih_catalogue_count_skipped(s->catalogue, IH_SKIP_UNUSABLE);
    folder = s->folder;
    s->folder = NULL;
    return ih_result_folder_commit(folder, err);
}

ih_status ih_sbas_run(const ih_sbas_request *request, ih_sbas_outcome *out, ih_error *err)
{
    ih_sbas_state s = {.request = request,
                       .options = request->options,
                       .compat = ih_compat_of(request->options.compat),
                       .cost_mark = ih_stage_cost_now()};
    double seconds_of_day;
    ih_status status;

    *out = (ih_sbas_outcome){0};
    status = ih_sbas_options_resolve(&s.options, &seconds_of_day, err);
    if (status == IH_OK)
        status = ih_pair_criteria_read(&s.options, &s.selection.criteria, err);
    if (status == IH_OK)
        status = ih_series_choice_read(&s.options, &s.series, err);
    if (status == IH_OK) {
        cache_limits before = limit_caches(&s);

        status = run_stages(&s, seconds_of_day, out, err);
        restore_caches(&before);
    }
    ih_resume_end(&s, status);
    free_state(&s);
    if (status != IH_OK)
        ih_sbas_outcome_free(out);
    return status;
}

void ih_sbas_outcome_free(ih_sbas_outcome *outcome)
{
    free(outcome->summary);
    free(outcome->json);
    *outcome = (ih_sbas_outcome){0};
}
