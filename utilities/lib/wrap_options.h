/* SPDX-License-Identifier: MIT
 *
 * Options of gdal_ih_wrap, shared by its command line and by callers of ih_wrap_run.
 */
#ifndef IH_WRAP_OPTIONS_H
#define IH_WRAP_OPTIONS_H

#include <math.h>
#include <stdbool.h>

#include "utilities/lib/cli.h"

typedef enum { IH_WRAP_CUMULATIVE, IH_WRAP_INTERVAL } ih_wrap_series;
typedef enum { IH_WRAP_RADIANS, IH_WRAP_FRINGES, IH_WRAP_METRES } ih_wrap_quantity;
typedef enum { IH_WRAP_AWAY, IH_WRAP_TOWARD } ih_wrap_direction;
typedef enum { IH_WRAP_FLOAT, IH_WRAP_BYTE, IH_WRAP_RGB, IH_WRAP_RGBA } ih_wrap_form;
typedef enum { IH_WRAP_COG, IH_WRAP_PNG, IH_WRAP_KMZ } ih_wrap_format;
typedef enum { IH_WRAP_BILINEAR, IH_WRAP_NEAR } ih_wrap_resampling;

typedef struct {
    char **bands;     /* words of -b, NULL takes them by what they are */
    const char *unit; /* of the input; NULL takes it from the raster */
    double wavelength_m; /* NaN takes it from the raster */
    double years;
    double no_data; /* NaN takes it from the raster */
    bool no_data_given;
    const char *mask;
    const char *cycle; /* "0.05", "3cm", "6.28rad"; NULL is half a wavelength */
    int quantity, direction;
    bool direction_given;
    int series;
    const char *reference_date;
    int format, form, ramp;
    bool format_given, form_given;
    bool legend;
    double size[2], resolution[2];
    bool size_given, resolution_given;
    double least_resultant;
    int resampling;
    char **creation_options;
    long threads; /* 0: GDAL_NUM_THREADS, else all */
    bool overwrite, json;
} ih_wrap_options;

#define IH_WRAP_DEFAULTS {.wavelength_m = NAN, .years = 1, .no_data = NAN}

extern const ih_program ih_wrap_program;

/* What contradicts itself, whatever the input: IH_E_ARGUMENT. Fills in format (from the name of the output), form and direction
 * where they were not given, and threads. */
IH_MUST_CHECK ih_status ih_wrap_options_resolve(ih_wrap_options *options, const char *output,
                                                ih_error *err);
void ih_wrap_options_free(ih_wrap_options *options);

#endif
