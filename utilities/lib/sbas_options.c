/* SPDX-License-Identifier: MIT */
#include "utilities/lib/sbas_options.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>

#include "algorithms/height_correlation.h"
#include "algorithms/sbas.h"
#include "utilities/lib/report.h"
#include "utilities/lib/series_options.h"

static const char *const unwrap_error_names[] = {
    "none", "l1", "bridging", "phase_closure", "bridging+phase_closure", NULL};
static const char *const bridge_ramp_names[] = {"none", "linear", "quadratic", NULL};
static const char *const weight_names[] = {"variance", "coherence", "fisher", "none", NULL};
static const char *const norm_names[] = {"l2", "l1", NULL};
static const char *const min_norm_names[] = {"velocity", "displacement", NULL};
static const char *const troposphere_names[] = {"none", "height_correlation", NULL};
static const char *const deramp_names[] = {
    "none",           "linear",          "quadratic",         "linear_range",
    "linear_azimuth", "quadratic_range", "quadratic_azimuth", NULL};
static const char *const uncertainty_names[] = {"residual", "bootstrap", "covariance", NULL};
static const char *const extent_names[] = {"intersection", "union", NULL};
static const char *const compat_names[] = {"none", "mintpy", NULL};
static const char *const invalid_names[] = {"error", "drop", NULL};
static const char *const average_names[] = {"robust", "mean", "median", NULL};

#define IH_ROWS_OF ih_sbas_run_options
#include "utilities/lib/option_rows.h"

#define SELECTION   "Selection of pairs"
#define UNWRAPPING  "Unwrapping errors"
#define INVERSION   "Inversion"
#define CORRECTIONS "Corrections of the series"
#define MODEL       "Time model"
#define INPUTS      "Facts about the inputs"
#define GRID        "Grid"
#define REFERENCE   "Reference"
#define MACHINE     "Resources"
#define OUTPUT      "Output"
#define AGREEMENT   "Agreement"

static const ih_option options_table[] = {
    NUMBER("max_temporal_baseline", "DAYS", max_temporal_baseline_days, 0, 1e6, SELECTION,
           "Drop pairs that span more days."),
    NUMBER("max_perpendicular_baseline", "METRES", max_perpendicular_baseline_m, 0, 1e6, SELECTION,
           "Drop pairs of a longer perpendicular baseline, whatever its sign."),
    INTEGER("max_connections", "N", max_connections, 1, 65535, SELECTION,
            "Keep pairs of a date with the N dates that follow it in the stack."),
    TEXT("start_date", "DATE", start_date, SELECTION,
         "Drop pairs with an earlier date (YYYYMMDD or YYYY-MM-DD)."),
    TEXT("end_date", "DATE", end_date, SELECTION, "Drop pairs with a later date."),
    LISTED("include_pair", "PAIR,...", include_pairs, SELECTION,
           "Keep only these pairs, YYYYMMDD_YYYYMMDD, or those in the first column of @FILE."),
    LISTED("exclude_pair", "PAIR,...", exclude_pairs, SELECTION,
           "Drop these pairs; a list or @FILE."),
    LISTED("exclude_date", "DATE,...", exclude_dates, SELECTION,
           "Drop all pairs of these dates; a list or @FILE."),
    LISTED("exclude_index", "N|N:M,...", exclude_indices, SELECTION,
           "Drop the pairs of these numbers, from 0 in the order of network.csv, ends included."),
    NUMBER("min_coherence", "VALUE", min_coherence, 0, 1, SELECTION,
           "Drop pairs whose mean coherence on land is lower."),
    NUMBER("min_area_ratio", "VALUE", min_area_ratio, 0, 1, SELECTION,
           "Drop pairs of which a smaller share of the land is more coherent than water."),
    TEXT(
        "coherence_area", "FILE[,LAYER]", coherence_area, SELECTION,
        "Area over which the coherence of a pair is averaged and compared with water: the polygons "
        "of a vector file; default the whole area of the results."),
    NUMBERS_GIVEN("coherence_box", "XMIN YMIN XMAX YMAX", 4, coherence_box, 0, 0, SELECTION,
                  "The same as a box in map coordinates."),
    FLAG("keep_spanning_tree", keep_spanning_tree, SELECTION,
         "Keep pairs of too low coherence where they alone join dates (default)."),
    FLAG("no_spanning_tree", no_spanning_tree, SELECTION,
         "Drop all pairs of too low coherence, even if dates are lost."),

    CHOICE(
        "unwrap_error", unwrap_error, unwrap_error_names, UNWRAPPING,
        "Correct whole cycles that unwrapping put on areas of single pairs: l1, by the least "
        "absolute misclosure (recommended); bridging, phase_closure or both, by regions; default "
        "none."),
    NUMBER("region_min_area", "PIXELS", region_min_area, 0, 1e9, UNWRAPPING,
           "Methods of regions: leave smaller ones alone, but none of more than 0.3 % of the area; "
           "default 2500."),
    INTEGER("bridge_radius", "PIXELS", bridge_radius, 1, 1000000, UNWRAPPING,
            "bridging: half width of the windows at the ends of a bridge, whose medians are "
            "compared; at most 5 % of the shorter side; default 50."),
    CHOICE("bridge_ramp", bridge_ramp, bridge_ramp_names, UNWRAPPING,
           "bridging: take a plane or a surface of second degree, fitted to the reference's "
           "region, off the phases that are compared; default none."),
    INTEGER("closure_samples", "N", closure_samples, 1, 1000000, UNWRAPPING,
            "phase_closure: pixels of a region whose triplets decide; default 100."),

    CHOICE("weight", weight, weight_names, INVERSION,
           "Weight of each observation, from its coherence: 1/phase variance (default), the "
           "coherence, Fisher information, or none."),
    CHOICE("norm", norm, norm_names, INVERSION,
           "Sum that the inversion makes least: of squared residuals (l2, default), or of absolute "
           "ones (l1), over which few large errors have less power."),
    CHOICE("min_norm", min_norm, min_norm_names, INVERSION,
           "Where a network falls into parts, join them by least velocity (default) or give each "
           "later part zero mean displacement."),
    FLAG("nsbas", nsbas, INVERSION,
         "Where a pixel's network falls into parts, join them by the time model instead (NSBAS)."),
    INTEGER("min_redundancy", "N", min_redundancy, 1, 65535, INVERSION,
            "A pixel needs this many valid pairs at every date but the first; default 1."),
    NUMBER("min_temporal_coherence", "VALUE", min_temporal_coherence, 0, 1, INVERSION,
           "Temporal coherence from which mask.tif calls a pixel reliable; default 0.7."),

    NUMBER("min_pixel_coherence", "VALUE", min_pixel_coherence, 0, 1, INVERSION,
           "Mask every observation, a pixel of a pair, of a lower coherence; default none."),
    FLAG("mask_unconnected", mask_unconnected, INVERSION,
         "Mask every observation that unwrapping left outside of the connected components of its "
         "product (component 0)."),
    FLAG("displacement_deviation", displacement_deviation, INVERSION,
         "Write displacement_deviation.tif: the standard deviation of every date's displacement "
         "from the noise of the pairs."),

    CHOICE("troposphere", troposphere, troposphere_names, CORRECTIONS,
           "Take off the delay that grows with height, date by date; default none."),
    INTEGER("troposphere_polynomial", "N", troposphere_polynomial, 1,
            IH_HEIGHT_CORRELATION_MAX_DEGREE, CORRECTIONS,
            "height_correlation: degree of the polynomial in height; default 1."),
    INTEGER("troposphere_looks", "N", troposphere_looks, 1, 10000, CORRECTIONS,
            "height_correlation: the fit is to means of N x N pixels; default 8."),
    NUMBER("troposphere_min_correlation", "VALUE", troposphere_min_correlation, 0, 1, CORRECTIONS,
           "height_correlation: leave dates as they are that are correlated less with height; "
           "default 0."),
    CHOICE("deramp", deramp, deramp_names, CORRECTIONS,
           "Take a plane or a surface of second degree off every date; default none."),
    FLAG("dem_error", dem_error, CORRECTIONS,
         "Estimate the error of the elevation model from the baselines and take it off."),
    INTEGER("dem_error_polynomial", "N", dem_error_polynomial, 0, 16, CORRECTIONS,
            "Degree of the motion that -dem_error assumes, besides the steps of -step; default 2."),
    LISTED("dem_error_exclude_date", "DATE,...", dem_error_exclude_dates, CORRECTIONS,
           "Estimate the error of the elevation model without these dates, which are corrected "
           "nevertheless."),
    FLAG("dem_error_velocity", dem_error_velocity, CORRECTIONS,
         "Estimate it from the velocities between consecutive dates instead of displacements."),
    NUMBER(
        "outlier_cutoff", "VALUE", outlier_cutoff, 0, 1e6, CORRECTIONS,
        "Leave dates out of the time model whose residual is above this times the median/0.6745; "
        "3 is customary, default none."),
    CHOICE("residual_ramp", residual_ramp, deramp_names, CORRECTIONS,
           "Surface that is taken off the residual of a date before it is judged; default "
           "quadratic."),
    TEXT("reference_date", "DATE|auto|first", reference_date, CORRECTIONS,
         "Date that displacement counts from: first (default), auto for the one of least residual, "
         "or a date."),

    INTEGER("polynomial", "N", polynomial, 1, 16, MODEL,
            "Degree of the polynomial: 1 (default) a velocity, 2 an acceleration as well, ..."),
    TEXT("model_start_date", "DATE", model_start_date, MODEL,
         "Leave earlier dates out of the time model; displacement keeps them."),
    TEXT("model_end_date", "DATE", model_end_date, MODEL,
         "Leave later dates out of the time model."),
    LISTED("model_exclude_date", "DATE,...", model_exclude_dates, MODEL,
           "Leave these dates out of the time model."),
    LISTED("periodic", "YEARS,...", periodic, MODEL,
           "Add a periodic motion: 1 for a year, 0.5 for half a year."),
    LISTED("step", "DATE,...", steps, MODEL,
           "Add an offset at a date, or at a moment such as 2019-07-06T03:19 (UTC)."),
    LISTED("polyline", "DATE,...", polylines, MODEL, "Let the velocity change at a date."),
    LISTED("exponential", "DATE,TAU_DAYS", exponentials, MODEL,
           "Add a motion that begins at a date and decays with a time constant."),
    LISTED("logarithmic", "DATE,TAU_DAYS", logarithms, MODEL,
           "Add a motion that grows with the logarithm of time since a date."),
    CHOICE("uncertainty", uncertainty, uncertainty_names, MODEL,
           "Standard deviations from the residuals of the fit (default), from fits on resampled "
           "dates, or from the noise of the pairs, carried through the inversion (covariance)."),
    INTEGER("bootstrap_count", "N", bootstrap_count, 2, 100000, MODEL,
            "Number of resamples of -uncertainty bootstrap; default 400."),
    INTEGER("seed", "N", seed, 0, 2147483647, MODEL, "Seed of the resamples; default 0."),

    NUMBER("wavelength", "METRES", wavelength_m, 1e-3, 10, INPUTS,
           "Radar wavelength; default from the inputs."),
    NUMBER("looks", "N", looks, 1, 1e6, INPUTS,
           "Independent looks of an interferogram; default from the inputs' range and azimuth "
           "looks, else 1."),
    NUMBER("incidence", "DEGREES", incidence_deg, 0, 90, INPUTS,
           "Incidence angle where the inputs have no look vectors, for run.json and -dem_error."),
    NUMBER("slant_range", "METRES", slant_range_m, 1e3, 1e8, INPUTS,
           "Distance to the satellite, for -dem_error; default from the height of the orbit."),
    TEXT("time_utc", "HH:MM:SS", time_utc, INPUTS,
         "Time of day of the acquisitions (or seconds of day); default from the inputs, else "
         "midnight."),

    CHOICE("extent", extent, extent_names, GRID,
           "Area of the results: what all products cover (default) or what any covers."),
    NUMBERS_GIVEN("te", "XMIN YMIN XMAX YMAX", 4, te, 0, 0, GRID,
                  "Area of the results as a box, snapped outward to whole pixels."),
    TEXT("te_srs", "SRS", te_srs, GRID, "Coordinate system of -te; default that of the grid."),

    NUMBERS_GIVEN("ref_lonlat", "LON LAT", 2, ref_lonlat, 0, 0, REFERENCE,
                  "Reference point in degrees (WGS 84)."),
    NUMBERS_GIVEN("ref_xy", "X Y", 2, ref_xy, 0, 0, REFERENCE,
                  "Reference point in map coordinates."),
    NUMBERS_GIVEN("ref_pixel", "COLUMN ROW", 2, ref_pixel, 0, 0, REFERENCE,
                  "Reference point as column and row of the result grid, from 0."),
    TEXT("ref_area", "FILE[,LAYER]", ref_area, REFERENCE,
         "Reference area: the polygons of a vector file, in any coordinate system."),
    NUMBERS_GIVEN("ref_box", "XMIN YMIN XMAX YMAX", 4, ref_box, 0, 0, REFERENCE,
                  "Reference area as a box in map coordinates."),
    CHOICE("ref_average", ref_average, average_names, REFERENCE,
           "Phase of a reference area in a pair: mean after whole cycles were taken off (robust, "
           "default), plain mean, or median."),
    NUMBERS_GIVEN(
        "ref_min_coherence", "VALUE", 1, ref_min_coherence, 0, 1, REFERENCE,
        "Average coherence an automatic reference point must have; default 0.85, or the best there "
        "is "
        "when no pixel reaches it. Of a reference area, leaves out pixels below it; default none."),
    CHOICE("ref_invalid", ref_invalid, invalid_names, REFERENCE,
           "When the chosen point or area has no data in some pairs: stop (default) or drop those "
           "pairs."),

    MEMORY("wm", working_memory_bytes, MACHINE,
           "Memory for the work cube and buffers, e.g. 4GB or 20%; default a quarter of the "
           "machine's. "
           "With -no_resume, a larger cube goes to a file."),
    INTEGER("threads", "N", threads, 1, 1024, MACHINE,
            "Number of threads; default GDAL_NUM_THREADS, else all CPUs."),
    TEXT("scratch", "FOLDER", scratch, MACHINE,
         "Folder for the work folder; default the output folder."),
    FLAG("no_resume", no_resume, MACHINE,
         "Begin anew, and keep nothing to continue from after an interruption: the work cube stays "
         "in memory when it fits -wm."),

    CHOICE("compat", compat, compat_names, AGREEMENT,
           "Make the choices of another program wherever numbers depend on them, to compare "
           "results: none (default) or mintpy."),

    TEXT("config", "RUN.json", config, OUTPUT,
         "Repeat the run that this run.json tells of: its options, and its inputs unless INPUT is "
         "given. Options of the command line have precedence."),
    FLAG("no_overview", no_overview, OUTPUT,
         "Leave out the first look at the pairs: closure of triplets, stacking velocity."),
    FLAG("overwrite", overwrite, OUTPUT, "Replace the results that OUT_DIR already holds."),
    LISTED("co", "NAME=VALUE", creation_options, OUTPUT,
           "Creation option of the COG driver for every raster; may be repeated."),
    FLAG("json", json, OUTPUT, "Print the content of run.json instead of the summary."),
    END_OF_OPTIONS};

const ih_program ih_sbas_program = {
    .name = "gdal_ih_sbas",
    .summary = "Displacement time series and velocity from a stack of interferograms",
    .arguments = "[INPUT...] OUT_DIR",
    .description =
        "Inverts unwrapped interferograms for the displacement at every date (small-baseline "
        "subset method), with weights from the coherence, and fits a velocity.\n\n"
        "INPUT is a HyP3 product (zip, folder or URL), a folder of products, a pattern such as "
        "'S1*.zip', a text file of paths (@list.txt), or a pairs.csv with the columns "
        "reference_date,secondary_date,perpendicular_baseline_m,unw,corr for stacks made by other "
        "software. Products on different grids are brought to the most frequent one.\n\n"
        "Displacement is in metres along the line of sight, positive toward the satellite, "
        "relative "
        "to the first date and to the reference point. Pixels without solution are NaN.\n\n"
        "Exit status: 0 done, 1 failed, 2 done but some inputs could not be used.",
    .examples = "gdal_ih_sbas products/ result\n"
                "gdal_ih_sbas 'products/S1*.zip' result -ref_lonlat -117.55 35.72\n"
                "gdal_ih_sbas pairs.csv result -te -99.2 19.3 -99.0 19.5 -te_srs EPSG:4326\n",
    .options = options_table,
    .min_arguments = 1,
    .max_arguments = -1};

double ih_seconds_of_day(const char *text)
{
    double part[3] = {0, 0, 0}, seconds;
    const char *at = text;
    int n = 0;

    for (; n < 3; n++) {
        char *end;

        part[n] = CPLStrtod(at, &end);
        if (end == at || !(part[n] >= 0))
            return NAN;
        at = end;
        if (*at != ':')
            break;
        at++;
    }
    if (n == 3 || (*at != '\0' && strcasecmp(at, "Z") != 0))
        return NAN;
    if (n == 0)
        seconds = part[0];
    else if (part[0] < 24 && part[1] < 60 && part[2] < 61)
        seconds = part[0] * 3600.0 + part[1] * 60.0 + part[2];
    else
        return NAN;
    return seconds < 86400.0 ? seconds : NAN;
}

/* Covariances are propagated while solving. */
static ih_status check_inversion(const ih_sbas_run_options *o, ih_error *err)
{
    bool covariance = o->uncertainty == IH_UNCERTAINTY_COVARIANCE;

    if (o->nsbas && o->min_norm != IH_MIN_NORM_VELOCITY)
        return ih_fail(err, IH_E_ARGUMENT, "-nsbas and -min_norm displacement exclude each other");
    if (o->norm == IH_NORM_L1 && (covariance || o->displacement_deviation))
        return ih_fail(err, IH_E_ARGUMENT,
                       "-norm l1 has no covariance: it excludes -uncertainty covariance and "
                       "-displacement_deviation");
    if (covariance && !isnan(o->outlier_cutoff))
        return ih_fail(err, IH_E_ARGUMENT,
                       "-uncertainty covariance and -outlier_cutoff exclude each other: dates are "
                       "judged after the covariance is known (leave them out by -exclude_date)");
    if (o->displacement_deviation && o->reference_date &&
        strcasecmp(o->reference_date, "auto") == 0)
        return ih_fail(err, IH_E_ARGUMENT,
                       "-displacement_deviation and -reference_date auto exclude each other: the "
                       "date is chosen after the deviations are known");
    return IH_OK;
}

ih_status ih_sbas_options_resolve(ih_sbas_run_options *options, double *seconds_of_day,
                                  ih_error *err)
{
    ih_status status;

    *seconds_of_day = NAN;
    if (options->ref_lonlat_given + options->ref_xy_given + options->ref_pixel_given +
            options->ref_box_given + (options->ref_area != NULL) >
        1)
        return ih_fail(
            err, IH_E_ARGUMENT,
            "-ref_lonlat, -ref_xy, -ref_pixel, -ref_area and -ref_box exclude each other");
    if (options->ref_average && !options->ref_area && !options->ref_box_given)
        return ih_fail(err, IH_E_ARGUMENT, "-ref_average needs -ref_area or -ref_box");
    if (options->ref_pixel_given && (options->ref_pixel[0] != floor(options->ref_pixel[0]) ||
                                     options->ref_pixel[1] != floor(options->ref_pixel[1])))
        return ih_fail(err, IH_E_ARGUMENT, "-ref_pixel %.10g %.10g: whole numbers are needed",
                       options->ref_pixel[0], options->ref_pixel[1]);
    if (options->coherence_area && options->coherence_box_given)
        return ih_fail(err, IH_E_ARGUMENT, "-coherence_area and -coherence_box exclude each other");
    status = check_inversion(options, err);
    if (status != IH_OK)
        return status;
    if (options->te_srs && !options->te_given)
        return ih_fail(err, IH_E_ARGUMENT, "-te_srs needs -te");
    if (options->time_utc) {
        *seconds_of_day = ih_seconds_of_day(options->time_utc);
        if (isnan(*seconds_of_day))
            return ih_fail(err, IH_E_ARGUMENT, "-time_utc %s is not a time of day (HH:MM:SS)",
                           options->time_utc);
    }
    if (options->threads <= 0)
        options->threads = ih_cli_default_threads();
    if (!(options->working_memory_bytes > 0))
        options->working_memory_bytes = (double)CPLGetUsablePhysicalRAM() / 4;
    if (!(options->working_memory_bytes > 0))
        options->working_memory_bytes = 1024.0 * 1024.0 * 1024.0;
    return IH_OK;
}

bool ih_sbas_option_is_of_machine(const char *name)
{
    static const char *const names[] = {"wm",        "threads", "scratch", "no_resume",
                                        "overwrite", "config",  "json"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

void ih_sbas_options_free(ih_sbas_run_options *options)
{
    CSLDestroy(options->creation_options);
    CSLDestroy(options->include_pairs);
    CSLDestroy(options->exclude_pairs);
    CSLDestroy(options->exclude_dates);
    CSLDestroy(options->exclude_indices);
    CSLDestroy(options->dem_error_exclude_dates);
    CSLDestroy(options->model_exclude_dates);
    CSLDestroy(options->periodic);
    CSLDestroy(options->steps);
    CSLDestroy(options->polylines);
    CSLDestroy(options->exponentials);
    CSLDestroy(options->logarithms);
    options->periodic = options->steps = options->polylines = NULL;
    options->exponentials = options->logarithms = NULL;
    options->dem_error_exclude_dates = options->model_exclude_dates = NULL;
    options->creation_options = options->include_pairs = options->exclude_pairs = NULL;
    options->exclude_dates = options->exclude_indices = NULL;
}

static void report_numbers(cJSON *object, const char *name, const double *values, int n, bool given)
{
    if (given)
        cJSON_AddItemToObject(object, name, cJSON_CreateDoubleArray(values, n));
    else
        cJSON_AddNullToObject(object, name);
}

static void report_text(cJSON *object, const char *name, const char *text)
{
    if (text)
        cJSON_AddStringToObject(object, name, text);
    else
        cJSON_AddNullToObject(object, name);
}

static void report_list(cJSON *object, const char *name, char **items)
{
    cJSON *list = cJSON_AddArrayToObject(object, name);

    for (; list && items && *items; items++)
        cJSON_AddItemToArray(list, cJSON_CreateString(*items));
}

static void report_selection(const ih_sbas_run_options *o, cJSON *object)
{
    ih_report_number(object, "max_temporal_baseline", o->max_temporal_baseline_days);
    ih_report_number(object, "max_perpendicular_baseline", o->max_perpendicular_baseline_m);
    ih_report_number(object, "max_connections",
                     o->max_connections ? (double)o->max_connections : NAN);
    report_text(object, "start_date", o->start_date);
    report_text(object, "end_date", o->end_date);
    report_list(object, "include_pair", o->include_pairs);
    report_list(object, "exclude_pair", o->exclude_pairs);
    report_list(object, "exclude_date", o->exclude_dates);
    report_list(object, "exclude_index", o->exclude_indices);
    ih_report_number(object, "min_coherence", o->min_coherence);
    ih_report_number(object, "min_area_ratio", o->min_area_ratio);
    report_text(object, "coherence_area", o->coherence_area);
    report_numbers(object, "coherence_box", o->coherence_box, 4, o->coherence_box_given);
    cJSON_AddBoolToObject(object, "keep_spanning_tree", !o->no_spanning_tree);
}

static void report_series(const ih_sbas_run_options *o, cJSON *object)
{
    cJSON_AddStringToObject(object, "troposphere", troposphere_names[o->troposphere]);
    ih_report_number(object, "troposphere_polynomial", (double)o->troposphere_polynomial);
    ih_report_number(object, "troposphere_looks", (double)o->troposphere_looks);
    ih_report_number(object, "troposphere_min_correlation", o->troposphere_min_correlation);
    cJSON_AddStringToObject(object, "deramp", deramp_names[o->deramp]);
    cJSON_AddBoolToObject(object, "dem_error", o->dem_error);
    report_list(object, "dem_error_exclude_date", o->dem_error_exclude_dates);
    cJSON_AddBoolToObject(object, "dem_error_velocity", o->dem_error_velocity);
    ih_report_number(object, "dem_error_polynomial", (double)o->dem_error_polynomial);
    ih_report_number(object, "slant_range", o->slant_range_m);
    ih_report_number(object, "outlier_cutoff", o->outlier_cutoff);
    cJSON_AddStringToObject(object, "residual_ramp", deramp_names[o->residual_ramp]);
    cJSON_AddStringToObject(object, "reference_date",
                            o->reference_date ? o->reference_date : "first");
    ih_report_number(object, "polynomial", (double)o->polynomial);
    report_text(object, "model_start_date", o->model_start_date);
    report_text(object, "model_end_date", o->model_end_date);
    report_list(object, "model_exclude_date", o->model_exclude_dates);
    report_list(object, "periodic", o->periodic);
    report_list(object, "step", o->steps);
    report_list(object, "polyline", o->polylines);
    report_list(object, "exponential", o->exponentials);
    report_list(object, "logarithmic", o->logarithms);
    cJSON_AddStringToObject(object, "uncertainty", uncertainty_names[o->uncertainty]);
    ih_report_number(object, "bootstrap_count", (double)o->bootstrap_count);
    ih_report_number(object, "seed", (double)o->seed);
}

void ih_sbas_options_report(const ih_sbas_run_options *o, cJSON *object)
{
    report_selection(o, object);
    cJSON_AddStringToObject(object, "unwrap_error", unwrap_error_names[o->unwrap_error]);
    ih_report_number(object, "region_min_area", o->region_min_area);
    ih_report_number(object, "bridge_radius", (double)o->bridge_radius);
    cJSON_AddStringToObject(object, "bridge_ramp", bridge_ramp_names[o->bridge_ramp]);
    ih_report_number(object, "closure_samples", (double)o->closure_samples);
    cJSON_AddStringToObject(object, "weight", weight_names[o->weight]);
    cJSON_AddStringToObject(object, "norm", norm_names[o->norm]);
    cJSON_AddBoolToObject(object, "nsbas", o->nsbas);
    ih_report_number(object, "min_pixel_coherence", o->min_pixel_coherence);
    cJSON_AddBoolToObject(object, "mask_unconnected", o->mask_unconnected);
    cJSON_AddBoolToObject(object, "displacement_deviation", o->displacement_deviation);
    cJSON_AddStringToObject(object, "min_norm", min_norm_names[o->min_norm]);
    ih_report_number(object, "min_redundancy", (double)o->min_redundancy);
    ih_report_number(object, "min_temporal_coherence", o->min_temporal_coherence);
    report_series(o, object);
    ih_report_number(object, "wavelength", o->wavelength_m);
    ih_report_number(object, "looks", o->looks);
    ih_report_number(object, "incidence", o->incidence_deg);
    report_text(object, "time_utc", o->time_utc);
    cJSON_AddStringToObject(object, "extent", extent_names[o->extent]);
    report_numbers(object, "te", o->te, 4, o->te_given);
    report_text(object, "te_srs", o->te_srs);
    report_numbers(object, "ref_lonlat", o->ref_lonlat, 2, o->ref_lonlat_given);
    report_numbers(object, "ref_xy", o->ref_xy, 2, o->ref_xy_given);
    report_numbers(object, "ref_pixel", o->ref_pixel, 2, o->ref_pixel_given);
    report_text(object, "ref_area", o->ref_area);
    report_numbers(object, "ref_box", o->ref_box, 4, o->ref_box_given);
    cJSON_AddStringToObject(object, "ref_average", average_names[o->ref_average]);
    ih_report_number(object, "ref_min_coherence", o->ref_min_coherence);
    cJSON_AddStringToObject(object, "ref_invalid", invalid_names[o->ref_invalid]);
    ih_report_number(object, "wm", o->working_memory_bytes);
    ih_report_number(object, "threads", (double)o->threads);
    report_text(object, "scratch", o->scratch);
    cJSON_AddStringToObject(object, "compat", compat_names[o->compat]);
    cJSON_AddBoolToObject(object, "no_resume", o->no_resume);
    cJSON_AddBoolToObject(object, "no_overview", o->no_overview);
    cJSON_AddBoolToObject(object, "overwrite", o->overwrite);
    report_list(object, "co", o->creation_options);
}
