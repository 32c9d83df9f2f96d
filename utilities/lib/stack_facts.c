/* SPDX-License-Identifier: MIT */
#include "utilities/lib/stack_facts.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>

#include "algorithms/alloc.h"
#include "algorithms/phase_statistics.h"

/* Producers write the same wavelength with differing constants, 1e-7 apart. */
#define WAVELENGTH_TOLERANCE 1e-5

/* Times of day of one track drift by seconds; more means different tracks. */
#define TIME_TOLERANCE_S 600.0

/* Two products show one scene when they share this of the smaller. */
#define LEAST_OVERLAP 0.5

/* Points along each edge of a footprint that is carried to degrees. */
enum { EDGE_POINTS = 21, GROUPS_SHOWN = 4, LONGEST_PATH = 90 };

static const char *const mixed_traits[IH_TRAITS] = {
    [IH_TRAIT_PROCESSOR] =
        "products of different processors, whose coherences are different estimates",
    [IH_TRAIT_POLARISATION] = "polarisations, which see different scatterers",
    [IH_TRAIT_SPACING] = "pixel spacings, and with them numbers of looks",
    [IH_TRAIT_DIRECTION] = "ascending and descending passes",
    [IH_TRAIT_ORBIT] = "relative orbits",
    [IH_TRAIT_BURSTS] = "bursts",
    [IH_TRAIT_PLACE] = "scenes that lie apart"};

typedef struct {
    double box[4]; /* xmin ymin xmax ymax: map units, or degrees when coordinate systems differ */
    size_t place;  /* index of the first item of the same scene */
} footprint;

static double number_at(const ih_interferogram *item, size_t offset)
{
    return *(const double *)(const void *)((const char *)item + offset);
}

/* The first interferogram that knows the number; count when none does. */
static size_t first_known(const ih_catalogue *c, size_t offset)
{
    size_t i = 0;

    while (i < c->count && isnan(number_at(&c->items[i], offset)))
        i++;
    return i;
}

/* The first that differs from the first known by more than tolerance; count when none does. */
static size_t first_other(const ih_catalogue *c, size_t offset, double tolerance)
{
    size_t first = first_known(c, offset), i = first;

    while (i < c->count && !(fabs(number_at(&c->items[i], offset) -
                                  number_at(&c->items[first], offset)) > tolerance))
        i++;
    return i;
}

static double known(const ih_catalogue *c, size_t offset)
{
    size_t i = first_known(c, offset);

    return i < c->count ? number_at(&c->items[i], offset) : NAN;
}

static void warn(ih_stack_facts *facts, const char *text)
{
    facts->warnings = CSLAddString(facts->warnings, text);
}

static ih_status find_wavelength(const ih_catalogue *c, double given, ih_stack_facts *out,
                                 ih_error *err)
{
    size_t at = offsetof(ih_interferogram, wavelength_m);
    size_t other;

    out->wavelength_m = given;
    if (!isnan(given))
        return IH_OK;
    out->wavelength_m = known(c, at);
    if (!(out->wavelength_m > 0))
        return ih_fail(
            err, IH_E_DATA,
            "the wavelength is unknown: neither WAVELENGTH_M nor WAVELENGTH_METRES is in "
            "the metadata of the phases; give -wavelength METRES (Sentinel-1: "
            "0.0554657595)");
    other = first_other(c, at, WAVELENGTH_TOLERANCE * out->wavelength_m);
    if (other < c->count)
        return ih_fail(err, IH_E_DATA,
                       "the interferograms have different wavelengths: %.10g m, but %.10g m in %s",
                       out->wavelength_m, c->items[other].wavelength_m, c->items[other].name);
    return IH_OK;
}

static void find_looks(const ih_catalogue *c, double given, ih_stack_facts *out)
{
    double range = known(c, offsetof(ih_interferogram, range_looks));
    double azimuth = known(c, offsetof(ih_interferogram, azimuth_looks));

    if (!isnan(given)) {
        out->looks = given;
    } else if (range >= 1 && azimuth >= 1) {
        out->looks = ih_independent_looks(range, azimuth);
        if (first_other(c, offsetof(ih_interferogram, range_looks), 0.5) < c->count ||
            first_other(c, offsetof(ih_interferogram, azimuth_looks), 0.5) < c->count)
            warn(out,
                 CPLSPrintf("the interferograms have different numbers of looks; %g independent "
                            "looks, of the first, are used for all",
                            out->looks));
    } else {
        out->looks = 1;
        warn(out,
             "the number of looks is unknown: weights are those of 1 independent look (-looks)");
    }
}

/* One track by now: ih_stack_facts_check_one_scene. */
static void find_track(const ih_catalogue *c, ih_stack_facts *out)
{
    const ih_interferogram *first = NULL;

    for (size_t i = 0; i < c->count && !first; i++)
        if (c->items[i].ascending_known)
            first = &c->items[i];
    if (first)
        out->orbit_direction = first->ascending ? "ASCENDING" : "DESCENDING";
    out->relative_orbit = known(c, offsetof(ih_interferogram, relative_orbit));
    out->heading_deg = known(c, offsetof(ih_interferogram, heading_deg));
}

static void find_time(const ih_catalogue *c, double given, ih_stack_facts *out)
{
    size_t at = offsetof(ih_interferogram, utc_seconds);
    size_t other = first_other(c, at, TIME_TOLERANCE_S);

    out->utc_seconds = isnan(given) ? known(c, at) : given;
    if (isnan(out->utc_seconds)) {
        out->utc_seconds = 0;
        warn(out, "the time of day of the acquisitions is unknown: midnight is used (-time_utc)");
    } else if (isnan(given) && other < c->count) {
        warn(out, CPLSPrintf("the acquisitions differ in their time of day (%s); that of the first "
                             "is used for all",
                             c->items[other].name));
    }
}

ih_status ih_stack_facts_find(const ih_catalogue *catalogue, const ih_sbas_run_options *options,
                              double seconds_of_day, ih_stack_facts *out, ih_error *err)
{
    ih_status status;

    *out = (ih_stack_facts){.incidence_deg = options->incidence_deg};
    status = find_wavelength(catalogue, options->wavelength_m, out, err);
    if (status != IH_OK) {
        ih_stack_facts_free(out);
        return status;
    }
    find_track(catalogue, out);
    find_looks(catalogue, options->looks, out);
    find_time(catalogue, seconds_of_day, out);
    if (isnan(out->incidence_deg))
        out->incidence_deg = known(catalogue, offsetof(ih_interferogram, incidence_deg));
    return IH_OK;
}

void ih_stack_facts_free(ih_stack_facts *facts)
{
    CSLDestroy(facts->warnings);
    facts->warnings = NULL;
}

static OGRSpatialReferenceH degrees_srs(void)
{
    OGRSpatialReferenceH srs = OSRNewSpatialReference(NULL);

    if (srs && OSRImportFromEPSG(srs, 4326) == OGRERR_NONE)
        OSRSetAxisMappingStrategy(srs, OAMS_TRADITIONAL_GIS_ORDER);
    return srs;
}

static bool one_srs(const ih_catalogue *c)
{
    for (size_t i = 1; i < c->count; i++)
        if (c->items[i].srs && c->items[0].srs && c->items[i].srs != c->items[0].srs &&
            !OSRIsSame(c->items[i].srs, c->items[0].srs))
            return false;
    return true;
}

static void find_box(const ih_interferogram *item, OGRSpatialReferenceH degrees, double box[4])
{
    const ih_grid *g = &item->grid;
    OGRCoordinateTransformationH t;

    box[0] = g->x0;
    box[1] = g->y0 + (double)g->ny * g->dy;
    box[2] = g->x0 + (double)g->nx * g->dx;
    box[3] = g->y0;
    if (!degrees || !item->srs)
        return;
    CPLPushErrorHandler(CPLQuietErrorHandler);
    t = OCTNewCoordinateTransformation(item->srs, degrees);
    if (!t || !OCTTransformBounds(t, box[0], box[1], box[2], box[3], &box[0], &box[1], &box[2],
                                  &box[3], EDGE_POINTS))
        box[0] = NAN;
    if (t)
        OCTDestroyCoordinateTransformation(t);
    CPLPopErrorHandler();
    /* A footprint across the antimeridian comes back with its east side west of its west side. */
    if (box[2] < box[0])
        box[2] += 360;
}

static double overlap_1d(double a0, double a1, double b0, double b1)
{
    return fmax(0, fmin(a1, b1) - fmax(a0, b0));
}

/* What is unknown is taken to fit. */
static bool same_place(const double a[4], const double b[4], bool degrees)
{
    double width, height, smaller;

    if (isnan(a[0]) || isnan(b[0]))
        return true;
    width = overlap_1d(a[0], a[2], b[0], b[2]);
    if (degrees)
        for (int turn = -360; turn <= 360; turn += 720)
            width = fmax(width, overlap_1d(a[0], a[2], b[0] + turn, b[2] + turn));
    height = overlap_1d(a[1], a[3], b[1], b[3]);
    smaller = fmin((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]));
    return width * height >= LEAST_OVERLAP * smaller;
}

static size_t root_of(footprint *all, size_t i)
{
    while (all[i].place != i)
        i = all[i].place = all[all[i].place].place;
    return i;
}

/* Places that lead from one to the next by overlap are one; the first item stands for it. */
static void find_places(const ih_catalogue *c, footprint *all)
{
    OGRSpatialReferenceH degrees = one_srs(c) ? NULL : degrees_srs();

    for (size_t i = 0; i < c->count; i++) {
        find_box(&c->items[i], degrees, all[i].box);
        all[i].place = i;
        for (size_t k = 0; k < i; k++) {
            size_t a = root_of(all, i), b = root_of(all, k);

            if (a != b && same_place(all[i].box, all[k].box, degrees != NULL))
                all[a > b ? a : b].place = a > b ? b : a;
        }
    }
    for (size_t i = 0; i < c->count; i++)
        all[i].place = root_of(all, i);
    OSRDestroySpatialReference(degrees);
}

static void describe(const ih_interferogram *item, const footprint *at, enum ih_trait trait,
                     char text[80])
{
    text[0] = '\0';
    if (trait == IH_TRAIT_PROCESSOR)
        snprintf(text, 80, "%s", item->processor);
    else if (trait == IH_TRAIT_POLARISATION)
        snprintf(text, 80, "%s", item->polarisation);
    else if (trait == IH_TRAIT_SPACING && item->is_hyp3)
        snprintf(text, 80, "%.2g m", fabs(item->grid.dx));
    else if (trait == IH_TRAIT_DIRECTION && item->ascending_known)
        snprintf(text, 80, "%s", item->ascending ? "ascending" : "descending");
    else if (trait == IH_TRAIT_ORBIT && !isnan(item->relative_orbit))
        snprintf(text, 80, "relative orbit %.0f", item->relative_orbit);
    else if (trait == IH_TRAIT_BURSTS)
        snprintf(text, 80, "%s", item->bursts);
    else if (trait == IH_TRAIT_PLACE)
        snprintf(text, 80, "around %.6g %.6g", (at->box[0] + at->box[2]) / 2,
                 (at->box[1] + at->box[3]) / 2);
}

/* Whether two items that know the trait differ in it. */
static bool is_mixed(const ih_catalogue *c, const footprint *all, enum ih_trait trait)
{
    char first[80] = "", text[80];

    for (size_t i = 0; i < c->count; i++) {
        if (trait == IH_TRAIT_PLACE && all[i].place != 0)
            return true;
        describe(&c->items[i], &all[all[i].place], trait, text);
        if (!*first)
            snprintf(first, sizeof first, "%s", text);
        if (*text && strcmp(first, text) != 0)
            return true;
    }
    return false;
}

static void append(char *text, size_t room, const char *more)
{
    size_t n = strlen(text);

    if (n < room)
        snprintf(text + n, room - n, "%s", more);
}

/* Every item's mixed traits in words; items of equal words are a group. */
static char **name_groups(const ih_catalogue *c, const footprint *all, const bool mixed[IH_TRAITS])
{
    char **keys = NULL;

    for (size_t i = 0; i < c->count; i++) {
        char key[IH_TRAITS * 82] = "", text[80];

        for (int t = 0; t < IH_TRAITS; t++) {
            if (!mixed[t])
                continue;
            describe(&c->items[i], &all[all[i].place], (enum ih_trait)t, text);
            append(key, sizeof key, *key && *text ? ", " : "");
            append(key, sizeof key, text);
        }
        keys = CSLAddString(keys, *key ? key : "unknown");
    }
    return keys;
}

static ih_status refuse_mixture(const ih_catalogue *c, const footprint *all,
                                const bool mixed[IH_TRAITS], ih_error *err)
{
    char **keys = name_groups(c, all, mixed);
    char what[260] = "", groups[680] = "";
    size_t n_groups = 0, cut;
    const char *path;

    for (int t = 0; t < IH_TRAITS; t++) {
        if (!mixed[t])
            continue;
        append(what, sizeof what, *what ? "; " : "");
        append(what, sizeof what, mixed_traits[t]);
    }
    for (size_t i = 0; i < c->count; i++) {
        size_t n = 0;

        if (CSLFindStringCaseSensitive(keys, keys[i]) != (int)i)
            continue;
        for (size_t k = i; k < c->count; k++)
            n += strcmp(keys[i], keys[k]) == 0;
        if (n_groups++ >= GROUPS_SHOWN)
            continue;
        path = c->items[i].path;
        cut = strlen(path) > LONGEST_PATH ? strlen(path) - LONGEST_PATH : 0;
        append(groups, sizeof groups,
               CPLSPrintf("%s%d product%s %s such as %s%s", n_groups > 1 ? "; " : "", (int)n,
                          n == 1 ? "" : "s", keys[i], cut ? "..." : "", path + cut));
    }
    CSLDestroy(keys);
    return ih_fail(err, IH_E_DATA,
                   "the stack mixes %s: %s%s; give one group, for example by a pattern", what,
                   groups, n_groups > GROUPS_SHOWN ? "; ..." : "");
}

/* Two products of one pair, in a chain of overlaps, yet of different ground. */
static ih_status check_pairs_overlap(const ih_catalogue *c, const footprint *all, bool degrees,
                                     ih_error *err)
{
    for (size_t i = 1; i < c->count; i++) {
        const ih_interferogram *a = &c->items[i - 1], *b = &c->items[i];

        if (a->reference_days == b->reference_days && a->secondary_days == b->secondary_days &&
            !same_place(all[i - 1].box, all[i].box, degrees))
            return ih_fail(err, IH_E_DATA,
                           "the stack mixes scenes: %s and %s are of the same dates, but overlap "
                           "by less than half; give the products of one scene",
                           a->path, b->path);
    }
    return IH_OK;
}

ih_status ih_stack_facts_check_one_scene(const ih_catalogue *c, bool any_form, ih_error *err)
{
    footprint *all = ih_calloc(c->count, sizeof *all);
    bool mixed[IH_TRAITS], any = false;
    ih_status status;

    if (!all)
        return ih_fail(err, IH_E_MEMORY, "footprints");
    find_places(c, all);
    for (int t = 0; t < IH_TRAITS; t++) {
        mixed[t] = !(any_form && (t == IH_TRAIT_PROCESSOR || t == IH_TRAIT_SPACING)) &&
                   is_mixed(c, all, (enum ih_trait)t);
        any = any || mixed[t];
    }
    status =
        any ? refuse_mixture(c, all, mixed, err) : check_pairs_overlap(c, all, !one_srs(c), err);
    free(all);
    return status;
}

ih_status ih_stack_facts_words(const ih_catalogue *c, enum ih_trait trait, char ***words,
                               ih_error *err)
{
    footprint *all = ih_calloc(c->count, sizeof *all);

    *words = NULL;
    if (!all)
        return ih_fail(err, IH_E_MEMORY, "footprints");
    if (trait == IH_TRAIT_PLACE)
        find_places(c, all);
    for (size_t i = 0; i < c->count; i++) {
        char text[80];

        describe(&c->items[i], &all[all[i].place], trait, text);
        *words = CSLAddString(*words, text);
    }
    free(all);
    return IH_OK;
}
