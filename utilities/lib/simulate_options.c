/* SPDX-License-Identifier: MIT */
#include "utilities/lib/simulate_options.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Beyond, product names and orbits mean nothing. */
enum { FIRST_YEAR = 1970, LAST_YEAR = 2100 };

static const int spacings_m[] = {20, 40, 80};

/* Ground deformation of a sinking city beside mountains and a coast; errors as Sentinel-1 has them.
 */
const ih_simulate_options ih_simulate_defaults = {
    .dates = 30,
    .interval_days = 12,
    .connections = 3,
    .seed = 1,
    .start = "2020-01-04",
    .size = {400, 300},
    .spacing = 2,
    .lonlat = {14.2, 40.9},
    .shift = 8,
    .relief_m = 1200,
    .sea_level_m = 45,
    .bowl_mm = 60,
    .fault_mm = 20,
    .seasonal_mm = 6,
    .step_mm = 20,
    .turbulence_mm = 6,
    .stratified_mm_per_km = 8,
    .dem_error_m = 6,
    .baseline_m = 70,
    .unwrap_errors = 0.1,
    .coherence = 0.88,
    .long_term = 0.35,
    .decay_days = 60,
    .patches = 0.12,
    .deflate_level = 1,
};

#define IH_ROWS_OF ih_simulate_options
#include "utilities/lib/option_rows.h"

#define STACK       "Stack"
#define GRID        "Grid"
#define GROUND      "Ground"
#define DEFORMATION "Deformation"
#define ERRORS      "Errors"
#define OUTPUT      "Output"

static const char *const families[] = {"gamma", "burst", NULL};
static const char *const formats[] = {"zip", "folder", NULL};
static const char *const directions[] = {"ascending", "descending", NULL};
static const char *const spacings[] = {"20", "40", "80", NULL};

/* clang-format off */
static const ih_option options[] = {
    CHOICE("family", family, families, STACK, "Full-scene GAMMA products or single-burst ISCE2 products (default gamma)."),
    CHOICE("direction", direction, directions, STACK, "Flight direction (default ascending)."),
    INTEGER("dates", "N", dates, 2, 2000, STACK, "Number of acquisitions (default 30)."),
    INTEGER("interval", "DAYS", interval_days, 1, 366, STACK, "Days from one acquisition to the next (default 12)."),
    TEXT("start", "YYYY-MM-DD", start, STACK, "First acquisition (default 2020-01-04)."),
    INTEGER("connections", "N", connections, 1, 1999, STACK, "Pairs of each date with the N following dates, as far as there are any (default 3)."),
    INTEGER("seed", "N", seed, 0, 2147483647, STACK, "Seed of all random numbers; the same seed gives the same bytes (default 1)."),

    NUMBERS("ts", "COLUMNS ROWS", 2, size, 16, 30000, GRID, "Size of a product in pixels (default 400 300)."),
    CHOICE("spacing", spacing, spacings, GRID, "Pixel spacing in metres, which also sets the looks: 20 (5x1 looks, burst only), 40 (10x2) or 80 (20x4) (default 80)."),
    NUMBERS("lonlat", "LON LAT", 2, lonlat, -180, 180, GRID, "Centre of the scene in degrees (default 14.2 40.9)."),
    INTEGER("zone", "N", zone, 0, 60, GRID, "UTM zone; 0 takes that of the longitude (default 0)."),
    INTEGER("shift", "PIXELS", shift, 0, 1000, GRID, "Largest shift of the extent of a product from the others (default 8)."),
    FLAG("same_extent", same_extent, GRID, "Give all products the same extent."),
    FLAG("no_margins", no_margins, GRID, "Fill the whole extent: no rotated footprint with no-data around it."),

    NUMBER("relief", "METRES", relief_m, 0, 9000, GROUND, "Height of the highest mountain above the lowest land (default 1200)."),
    NUMBER("sea_level", "METRES", sea_level_m, -200, 9000, GROUND, "Ellipsoidal height of sea and lake (default 45)."),
    FLAG("no_water", no_water, GROUND, "Land everywhere: neither sea nor lake."),
    FLAG("apply_water_mask", apply_water_mask, GROUND, "Order the products with the water mask applied: unw_phase is 0 on water."),

    NUMBER("bowl", "MM", bowl_mm, -1e5, 1e5, DEFORMATION, "Sinking at the centre of the subsidence bowl, mm/year, vertical (default 60)."),
    NUMBER("fault", "MM", fault_mm, -1e5, 1e5, DEFORMATION, "Slip rate of a locked strike-slip fault, mm/year, horizontal (default 20)."),
    NUMBER("seasonal", "MM", seasonal_mm, -1e5, 1e5, DEFORMATION, "Amplitude of the seasonal motion of the basin, mm, vertical (default 6)."),
    NUMBER("step", "MM", step_mm, -1e5, 1e5, DEFORMATION, "Largest offset of an earthquake, mm, vertical (default 20)."),
    TEXT("step_date", "YYYY-MM-DD", step_date, DEFORMATION, "Day before which the earthquake happens at midnight (default at 60 % of the series)."),
    FLAG("no_bowl", no_bowl, DEFORMATION, "No subsidence bowl."),
    FLAG("no_fault", no_fault, DEFORMATION, "No fault."),
    FLAG("no_seasonal", no_seasonal, DEFORMATION, "No seasonal motion."),
    FLAG("no_step", no_step, DEFORMATION, "No earthquake."),

    NUMBER("turbulence", "MM", turbulence_mm, 0, 1e4, ERRORS, "Turbulent troposphere of a date: typical root mean square of the delay, mm (default 6)."),
    NUMBER("stratified", "MM", stratified_mm_per_km, 0, 1e4, ERRORS, "Height-dependent troposphere of a date: standard deviation of its slope, mm per km of height (default 8)."),
    NUMBER("dem_error", "METRES", dem_error_m, 0, 1e4, ERRORS, "Root mean square of the errors of the DEM, metres (default 6)."),
    NUMBER("baseline", "METRES", baseline_m, 0, 5000, ERRORS, "Standard deviation of the perpendicular positions of the dates, metres (default 70)."),
    NUMBER("unwrap_errors", "SHARE", unwrap_errors, 0, 1, ERRORS, "Share of pairs with patches wrong by whole cycles (default 0.1)."),
    NUMBER("coherence", "C", coherence, 0, 1, ERRORS, "Median coherence of a pair without delay (default 0.88)."),
    NUMBER("long_term", "C", long_term, 0, 1, ERRORS, "Median share of coherence that never decays (default 0.35)."),
    NUMBER("decay", "DAYS", decay_days, 0.1, 1e5, ERRORS, "Median time in which the other share decays to 1/e, days (default 60)."),
    NUMBER("patches", "SHARE", patches, 0, 1, ERRORS, "Share of the area that loses coherence within days, as forests do (default 0.12)."),
    FLAG("no_turbulence", no_turbulence, ERRORS, "No turbulent troposphere."),
    FLAG("no_stratified", no_stratified, ERRORS, "No height-dependent troposphere."),
    FLAG("no_dem_error", no_dem_error, ERRORS, "No errors of the DEM."),
    FLAG("no_unwrap_errors", no_unwrap_errors, ERRORS, "No unwrapping errors."),
    FLAG("no_noise", no_noise, ERRORS, "No phase noise; corr is the true coherence."),
    FLAG("no_decorrelation", no_decorrelation, ERRORS, "Coherence without patches, decay or influence of the baseline."),
    FLAG("no_errors", no_errors, ERRORS, "All of -no_turbulence -no_stratified -no_dem_error -no_unwrap_errors -no_noise."),

    CHOICE("format", format, formats, OUTPUT, "Zips as the service delivers them, or folders (default zip)."),
    INTEGER("deflate", "LEVEL", deflate_level, 0, 9, OUTPUT, "Compression of the zips, 0 (stored) to 9 (default 1)."),
    FLAG("overwrite", overwrite, OUTPUT, "Replace an earlier simulation in OUT_DIR."),
    TEXT("compare", "RESULT_DIR", compare, OUTPUT, "Simulate nothing: compare a result folder of gdal_ih_sbas with the truth of the simulation in the folder named last."),
    FLAG("json", json, OUTPUT, "With -compare: print the figures as JSON."),
    END_OF_OPTIONS,
};
/* clang-format on */

const ih_program ih_simulate_program = {
    .name = "gdal_ih_simulate",
    .summary = "Make a stack of HyP3 InSAR products whose ground motion and errors are known.",
    .arguments = "OUT_DIR",
    .description = "Writes products that look like those of the HyP3 service, layer by layer and "
                   "byte layout by byte layout, "
                   "over a made-up landscape, and beside them, in OUT_DIR/truth, what every error "
                   "source and the ground "
                   "really did. For demonstrations, for planning (how many dates make a velocity "
                   "of 2 mm/year visible?), "
                   "for teaching and for tests.\n"
                   "\n"
                   "Each error source and each kind of ground motion draws from its own random "
                   "stream, so switching one off "
                   "leaves the others as they were.\n"
                   "\n"
                   "With -compare RESULT_DIR, the argument is the folder of an earlier simulation, "
                   "and the velocity and "
                   "displacement that gdal_ih_sbas made of it are compared with the truth.",
    .examples = "gdal_ih_simulate demo\n"
                "gdal_ih_simulate -dates 60 -interval 6 -ts 800 600 -seed 7 long_series\n"
                "gdal_ih_simulate -family burst -spacing 20 -format folder bursts\n"
                "gdal_ih_simulate -no_errors -no_step -no_seasonal ideal\n"
                "gdal_ih_simulate -compare demo_result demo",
    .options = options,
    /* What is missing depends on -compare: the program tells. */
    .min_arguments = 0,
    .max_arguments = 1,
};

int ih_simulate_spacing_m(const ih_simulate_options *o)
{
    return spacings_m[o->spacing];
}

/* Days from civil and back after H. Hinnant's chrono algorithms. */
static int32_t days_of_date(int year, int month, int day)
{
    year -= month <= 2;
    int era = (year >= 0 ? year : year - 399) / 400;
    int year_of_era = year - era * 400;
    int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

static void date_of_days(int32_t days, int *year, int *month, int *day)
{
    days += 719468;
    int era = (days >= 0 ? days : days - 146096) / 146097;
    int day_of_era = days - era * 146097;
    int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int shifted_month = (5 * day_of_year + 2) / 153;

    *day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    *month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    *year = year_of_era + era * 400 + (*month <= 2);
}

bool ih_simulate_parse_date(const char *text, int32_t *days)
{
    int year, month, day, used = 0, y, m, d;

    if ((sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &used) != 3 || text[used] != '\0') &&
        (sscanf(text, "%4d%2d%2d%n", &year, &month, &day, &used) != 3 || text[used] != '\0' ||
         used != 8))
        return false;
    if (year < 1 || month < 1 || month > 12 || day < 1)
        return false;
    *days = days_of_date(year, month, day);
    date_of_days(*days, &y, &m, &d);
    return y == year && m == month && d == day;
}

void ih_simulate_format_date(int32_t days, bool dashes, char text[16])
{
    int year, month, day;

    date_of_days(days, &year, &month, &day);
    snprintf(text, 16, dashes ? "%04u-%02u-%02u" : "%04u%02u%02u", (unsigned)year % 10000u,
             (unsigned)month % 100u, (unsigned)day % 100u);
}

static void apply_switches(ih_simulate_options *o)
{
    const struct {
        bool off;
        double *amount;
    } sources[] = {
        {o->no_bowl, &o->bowl_mm},
        {o->no_fault, &o->fault_mm},
        {o->no_seasonal, &o->seasonal_mm},
        {o->no_step, &o->step_mm},
        {o->no_turbulence || o->no_errors, &o->turbulence_mm},
        {o->no_stratified || o->no_errors, &o->stratified_mm_per_km},
        {o->no_dem_error || o->no_errors, &o->dem_error_m},
        {o->no_unwrap_errors || o->no_errors, &o->unwrap_errors},
        {o->no_decorrelation, &o->patches},
    };

    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++)
        if (sources[i].off)
            *sources[i].amount = 0.0;
    o->no_noise = o->no_noise || o->no_errors;
}

static int zone_of(double longitude_deg)
{
    return (int)floor(longitude_deg / 6.0 + 30.0) % 60 + 1;
}

static long zones_apart(const ih_simulate_options *o)
{
    long apart = labs(o->zone - zone_of(o->lonlat[0]));

    return apart > 30 ? 60 - apart : apart;
}

ih_status ih_simulate_options_resolve(ih_simulate_options *o, ih_error *err)
{
    int32_t days, first_day, last_day;

    apply_switches(o);
    if (o->json && !o->compare)
        return ih_fail(err, IH_E_ARGUMENT, "-json is for -compare RESULT_DIR SIMULATION_DIR");
    if (o->size[0] != (double)(long)o->size[0] || o->size[1] != (double)(long)o->size[1])
        return ih_fail(err, IH_E_ARGUMENT, "-ts %g %g: whole numbers of pixels are needed",
                       o->size[0], o->size[1]);
    if (o->family == IH_SIMULATE_GAMMA && ih_simulate_spacing_m(o) == 20)
        return ih_fail(err, IH_E_ARGUMENT,
                       "-spacing 20: GAMMA products have 40 or 80 m; 20 m needs -family burst");
    if (!(o->lonlat[1] > -80.0 && o->lonlat[1] < 84.0))
        return ih_fail(err, IH_E_ARGUMENT, "-lonlat: latitude %g is outside of UTM (-80 to 84)",
                       o->lonlat[1]);
    if (o->zone && zones_apart(o) > 1)
        return ih_fail(err, IH_E_ARGUMENT,
                       "-zone %ld: longitude %g lies in zone %d; that or a neighbour is needed",
                       o->zone, o->lonlat[0], zone_of(o->lonlat[0]));
    if (o->connections >= o->dates)
        o->connections = o->dates - 1;
    if (!ih_simulate_parse_date(o->start, &days))
        return ih_fail(err, IH_E_ARGUMENT, "-start %s: a date as YYYY-MM-DD is needed", o->start);
    first_day = days_of_date(FIRST_YEAR, 1, 1);
    last_day = days_of_date(LAST_YEAR, 12, 31);
    if (days < first_day || days + (o->dates - 1) * o->interval_days > last_day)
        return ih_fail(err, IH_E_ARGUMENT,
                       "-start %s, %ld dates, %ld days apart: the series must lie within the years "
                       "%d to %d",
                       o->start, o->dates, o->interval_days, FIRST_YEAR, LAST_YEAR);
    if (o->step_date && !ih_simulate_parse_date(o->step_date, &days))
        return ih_fail(err, IH_E_ARGUMENT, "-step_date %s: a date as YYYY-MM-DD is needed",
                       o->step_date);
    return IH_OK;
}
