/* SPDX-License-Identifier: MIT
 *
 * Options of gdal_ih_sbas: one struct, filled with IH_SBAS_RUN_DEFAULTS and then by the command
 * line through the table ih_sbas_program, from which the help, the manual and completion are made.
 */
#ifndef IH_SBAS_OPTIONS_H
#define IH_SBAS_OPTIONS_H

#include <cjson/cJSON.h>
#include <math.h>
#include <stdbool.h>

#include "utilities/lib/cli.h"
#include "utilities/lib/compat.h"

enum ih_extent { IH_EXTENT_INTERSECTION = 0, IH_EXTENT_UNION };
enum ih_min_norm { IH_MIN_NORM_VELOCITY = 0, IH_MIN_NORM_DISPLACEMENT };
enum ih_reference_invalid { IH_REFERENCE_INVALID_ERROR = 0, IH_REFERENCE_INVALID_DROP };

typedef struct {
    int weight;                    /* enum ih_weight */
    int norm;                      /* enum ih_norm */
    int min_norm;                  /* enum ih_min_norm */
    bool nsbas;                    /* the time model joins the parts of a pixel's network */
    long min_redundancy;           /* fewest valid pairs at each date but the first */
    double min_temporal_coherence; /* 0..1, threshold of mask.tif */
    double min_pixel_coherence;    /* of an observation, 0..1; NaN: none is masked */
    bool mask_unconnected;         /* observations outside their product's components */
    bool displacement_deviation;

    double max_temporal_baseline_days;   /* NaN: no limit, as for the next */
    double max_perpendicular_baseline_m; /* of the magnitude */
    long max_connections;                /* 0: no limit */
    const char *start_date, *end_date;   /* NULL: none */
    char **include_pairs, **exclude_pairs, **exclude_dates, **exclude_indices; /* CPL lists */
    double min_coherence, min_area_ratio; /* of a pair, 0..1; NaN: no selection */
    const char *coherence_area;           /* vector data source; NULL: the whole grid */
    double coherence_box[4];              /* xmin ymin xmax ymax in the common grid's coordinates */
    bool coherence_box_given;
    bool keep_spanning_tree, no_spanning_tree;

    int unwrap_error;       /* enum ih_unwrap_error (unwrapping_stage.h) */
    double region_min_area; /* pixels, of the methods of regions, as the next three */
    long bridge_radius;     /* half width of a window, pixels */
    int bridge_ramp;        /* enum ih_deramp, up to quadratic */
    long closure_samples;   /* pixels of a region */

    int troposphere, deramp; /* enum ih_troposphere, enum ih_deramp (series_options.h) */
    long troposphere_polynomial, troposphere_looks;
    double troposphere_min_correlation;
    bool dem_error, dem_error_velocity;
    long dem_error_polynomial;
    char **dem_error_exclude_dates; /* CPL list */
    double slant_range_m;           /* NaN computes it from the orbit's height */
    double outlier_cutoff;          /* NaN: no date is judged an outlier */
    int residual_ramp;              /* enum ih_deramp, taken off before dates are judged */
    const char *reference_date;     /* a date, "auto" or "first"; NULL = first */
    const char *model_start_date, *model_end_date; /* NULL: none */
    char **model_exclude_dates;                    /* CPL list */
    long polynomial;                               /* degree of the time model */
    char **periodic, **steps, **polylines, **exponentials, **logarithms; /* CPL lists */
    int uncertainty;                                                     /* enum ih_uncertainty */
    long bootstrap_count, seed;

    double looks;         /* independent looks; NaN takes them from the inputs */
    double wavelength_m;  /* NaN takes it from the inputs */
    double incidence_deg; /* NaN takes it from the inputs; recorded only */
    const char *time_utc; /* HH:MM[:SS] or seconds of day; NULL takes it from the inputs */

    int extent;   /* enum ih_extent */
    double te[4]; /* xmin ymin xmax ymax in te_srs */
    bool te_given;
    const char *te_srs; /* NULL = the common grid's */

    double ref_lonlat[2], ref_xy[2], ref_pixel[2];
    bool ref_lonlat_given, ref_xy_given, ref_pixel_given;
    const char *ref_area; /* vector data source; NULL = none */
    double ref_box[4];    /* xmin ymin xmax ymax in the common grid's coordinates */
    bool ref_box_given;
    int ref_average; /* enum ih_reference_average */
    double ref_min_coherence;
    bool ref_min_coherence_given;
    int ref_invalid; /* enum ih_reference_invalid */

    double working_memory_bytes; /* 0 = a quarter of the machine's memory */
    long threads;                /* 0 = GDAL_NUM_THREADS, else all CPUs */
    const char *scratch;         /* folder; NULL = the output folder */
    bool no_resume;

    char **creation_options; /* -co, CPL list */
    int compat;              /* enum ih_compat_mode */
    const char *config;      /* run.json to replay; NULL = none */
    bool no_overview;
    bool overwrite;
    bool json;
} ih_sbas_run_options;

#define IH_SBAS_RUN_DEFAULTS                                                                       \
    {                                                                                              \
        .min_redundancy = 1, .min_temporal_coherence = 0.7, .min_pixel_coherence = NAN,            \
        .looks = NAN, .wavelength_m = NAN, .incidence_deg = NAN, .ref_min_coherence = 0.85,        \
        .max_temporal_baseline_days = NAN, .max_perpendicular_baseline_m = NAN,                    \
        .min_coherence = NAN, .min_area_ratio = NAN, .dem_error_polynomial = 2,                    \
        .residual_ramp = 2 /* quadratic */, .troposphere_polynomial = 1, .troposphere_looks = 8,   \
        .region_min_area = 2500, .bridge_radius = 50, .closure_samples = 100,                      \
        .slant_range_m = NAN, .outlier_cutoff = NAN, .polynomial = 1, .bootstrap_count = 400       \
    }

extern const ih_program ih_sbas_program;

/* Whether an option, by its name, changes no result: resources and the like. */
bool ih_sbas_option_is_of_machine(const char *name);

/* Frees the lists that the command line made. */
void ih_sbas_options_free(ih_sbas_run_options *options);

/* Fills in what depends on the machine (threads, memory) and checks what the table cannot: options
 * that exclude each other, the time of day. *seconds_of_day is NaN without -time_utc. */
IH_MUST_CHECK ih_status ih_sbas_options_resolve(ih_sbas_run_options *options,
                                                double *seconds_of_day, ih_error *err);

/* Seconds of the day of "HH:MM", "HH:MM:SS[.s]" or a plain number; NaN when it is none or not
 * within a day. */
double ih_seconds_of_day(const char *text);

/* Adds every option's effective value to a JSON object, under the names of the command line. */
void ih_sbas_options_report(const ih_sbas_run_options *options, cJSON *object);

#endif
