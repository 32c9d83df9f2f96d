/* SPDX-License-Identifier: MIT */
#include "utilities/lib/stack_facts.h"

#include <math.h>
#include <stddef.h>

#include <cpl_conv.h>
#include <cpl_string.h>

#include "algorithms/phase_statistics.h"

/* Producers write the same wavelength with differing constants, 1e-7 apart. */
#define WAVELENGTH_TOLERANCE 1e-5

/* Times of day of one track drift by seconds; more means different tracks. */
#define TIME_TOLERANCE_S 600.0

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

static ih_status find_track(const ih_catalogue *c, ih_stack_facts *out, ih_error *err)
{
    const ih_interferogram *first = NULL;
    size_t other = first_other(c, offsetof(ih_interferogram, relative_orbit), 0.5);

    for (size_t i = 0; i < c->count; i++) {
        const ih_interferogram *item = &c->items[i];

        if (!item->ascending_known)
            continue;
        if (!first)
            first = item;
        if (item->ascending != first->ascending)
            return ih_fail(err, IH_E_DATA,
                           "the stack mixes ascending and descending passes (%s and %s)",
                           first->name, item->name);
    }
    if (first)
        out->orbit_direction = first->ascending ? "ASCENDING" : "DESCENDING";
    out->relative_orbit = known(c, offsetof(ih_interferogram, relative_orbit));
    if (other < c->count)
        warn(out,
             CPLSPrintf("the stack mixes relative orbits (%g, and %g in %s)", out->relative_orbit,
                        c->items[other].relative_orbit, c->items[other].name));
    out->heading_deg = known(c, offsetof(ih_interferogram, heading_deg));
    return IH_OK;
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
    if (status == IH_OK)
        status = find_track(catalogue, out, err);
    if (status != IH_OK) {
        ih_stack_facts_free(out);
        return status;
    }
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
