/* SPDX-License-Identifier: MIT */
#include "utilities/lib/wrap_options.h"

#include <cpl_conv.h>
#include <cpl_string.h>

static const char *const series_names[] = {"cumulative", "interval", NULL};
static const char *const quantity_names[] = {"radians", "fringes", "metres", NULL};
static const char *const direction_names[] = {"away", "toward", NULL};
static const char *const form_names[] = {"float", "byte", "rgb", "rgba", NULL};
static const char *const format_names[] = {"COG", "PNG", "KMZ", NULL};
static const char *const ramp_names[] = {"hue", "even", "blue_red", "notebook", NULL};
static const char *const resampling_names[] = {"bilinear", "near", NULL};

#define IH_ROWS_OF ih_wrap_options
#include "utilities/lib/option_rows.h"

#define INPUT   "Input"
#define WRAP    "Wrapping"
#define OUTPUT  "Output"
#define GRID    "Grid"
#define MACHINE "Resources"

static const ih_option options_table[] = {
    LISTED(
        "b", "BAND", bands, INPUT,
        "Take this band: its number, description or date; may be repeated. Default: the unwrapped "
        "phase of a product, else all bands of the first band's unit but standard deviations."),
    TEXT("unit", "UNIT", unit, INPUT,
         "Unit of the values: m, cm, mm, the same per year (mm/year), or rad; default from the "
         "raster."),
    NUMBERS("wavelength", "METRES", 1, wavelength_m, 1e-3, 10, INPUT,
            "Radar wavelength; default from the raster."),
    NUMBERS("years", "N", 1, years, -1000, 1000, INPUT,
            "Turn a velocity into the displacement of N years; default 1."),
    NUMBERS_GIVEN("srcnodata", "VALUE", 1, no_data, 0, 0, INPUT,
                  "Value that means no data, besides NaN; default what the raster declares."),
    TEXT("mask", "FILE", mask, INPUT,
         "Leave out the pixels where band 1 of this raster, of the same size, is 0 or no data; "
         "gdal_ih_sbas writes mask.tif."),

    TEXT("cycle", "LENGTH", cycle, WRAP,
         "Motion that makes one fringe: a number with m (default), cm, mm or rad, such as 5cm; "
         "default half a wavelength, which is 2 pi rad."),
    CHOICE(
        "as", quantity, quantity_names, WRAP,
        "Values of -form float: angle of the cycle from -pi to pi (default), fractions of a fringe "
        "from -0.5 to 0.5, or metres."),
    CHOICE_GIVEN(
        "positive", direction, direction_names, WRAP,
        "Motion that counts as positive; default away from the satellite, as interferometric phase "
        "does, but toward it with -as metres."),
    CHOICE("series", series, series_names, WRAP,
           "Bands of dates as they are (default), or each less the one before."),
    TEXT("reference_date", "DATE", reference_date, WRAP,
         "Subtract the band of this date (YYYYMMDD or YYYY-MM-DD) from all."),

    CHOICE_GIVEN("of", format, format_names, OUTPUT,
                 "Format; default from the name: .tif is COG, .png, .kmz."),
    CHOICE_GIVEN(
        "form", form, form_names, OUTPUT,
        "Numbers in one file (default of COG), classes 1 to 255 with a cyclic colour table and "
        "0 for "
        "no data (default of the others), colours, or colours and transparency."),
    CHOICE("ramp", ramp, ramp_names, OUTPUT,
           "Colours: all hues in uniform steps (default), the same at one lightness, dark over "
           "blue to "
           "light over red to dark, or blue-red-yellow-green as in ASF's notebooks."),
    FLAG("legend", legend, OUTPUT,
         "Write a legend beside the output, NAME_legend.png; a KMZ has one inside."),
    LISTED("co", "NAME=VALUE", creation_options, OUTPUT,
           "Creation option of GDAL's COG driver; may be repeated."),
    FLAG("overwrite", overwrite, OUTPUT, "Replace existing files."),
    FLAG("json", json, OUTPUT, "Print a report as JSON, and no progress."),

    NUMBERS_GIVEN("outsize", "COLUMNS ROWS", 2, size, 0, 1e9, GRID,
                  "Average wrapped phase to this size; 0 keeps the proportions."),
    NUMBERS_GIVEN(
        "tr", "XRES YRES", 2, resolution, 1e-12, 1e12, GRID,
        "Average wrapped phase to this pixel size, in units of the raster's coordinate system."),
    NUMBERS(
        "min_resultant", "VALUE", 1, least_resultant, 0, 1, GRID,
        "With -outsize or -tr: no value where the mean of exp(i phase) is shorter; 1 is perfect "
        "agreement, default 0."),
    CHOICE(
        "r", resampling, resampling_names, GRID,
        "How a KMZ is brought to longitude and latitude: cosine and sine between pixels (default), "
        "or the nearest pixel."),

    INTEGER("threads", "N", threads, 1, 1024, MACHINE,
            "Number of threads; default GDAL_NUM_THREADS, else all CPUs."),
    END_OF_OPTIONS,
};

const ih_program ih_wrap_program = {
    .name = "gdal_ih_wrap",
    .summary = "Turn displacement, velocity or unwrapped phase into fringes.",
    .arguments = "INPUT OUTPUT",
    .description =
        "Wraps line-of-sight displacement (metres, positive toward the satellite), velocity or "
        "unwrapped phase (radians, positive away) into fringes: a fringe is half a wavelength of "
        "motion, 2.77 cm for Sentinel-1, or what -cycle says.\n"
        "\n"
        "OUTPUT is a cloud-optimised GeoTIFF of numbers or colours, a PNG with world file, or a "
        "KMZ for "
        "Google Earth, by its extension. Numbers of several dates become bands of one file; "
        "otherwise "
        "there is a file per band, the band's date in its name: fringes.png becomes "
        "fringes_20200116.png and so on.\n"
        "\n"
        "With -outsize or -tr the raster is made smaller as a multilooked interferogram is, by the "
        "mean "
        "of exp(i phase).",
    .examples =
        "gdal_ih_wrap result/displacement.tif fringes.tif\n"
        "gdal_ih_wrap -b 2020-06-24 result/displacement.tif fringes.kmz\n"
        "gdal_ih_wrap -series interval -mask result/mask.tif result/displacement.tif steps.png\n"
        "gdal_ih_wrap -years 2 -cycle 5cm -form rgba result/velocity.tif velocity_fringes.tif\n"
        "gdal_ih_wrap S1AA_20200104T170605_20200116T170605_VVP012_INT80_G_ueF_1334.zip phase.png",
    .options = options_table,
    .min_arguments = 2,
    .max_arguments = 2,
};

static ih_status find_format(ih_wrap_options *o, const char *output, ih_error *err)
{
    static const struct {
        const char *extension;
        ih_wrap_format format;
    } known[] = {
        {"tif", IH_WRAP_COG}, {"tiff", IH_WRAP_COG}, {"png", IH_WRAP_PNG}, {"kmz", IH_WRAP_KMZ}};
    for (size_t i = 0; !o->format_given && i < sizeof known / sizeof *known; i++)
        if (EQUAL(CPLGetExtension(output), known[i].extension)) {
            o->format = (int)known[i].format;
            return IH_OK;
        }
    if (o->format_given)
        return IH_OK;
    return ih_fail(
        err, IH_E_ARGUMENT,
        "%s: the name does not tell the format (.tif, .png or .kmz), and there is no -of", output);
}

static ih_status check_form(ih_wrap_options *o, ih_error *err)
{
    if (!o->form_given)
        o->form = o->format == IH_WRAP_COG ? IH_WRAP_FLOAT : IH_WRAP_BYTE;
    if (o->format == IH_WRAP_PNG && o->form == IH_WRAP_FLOAT)
        return ih_fail(err, IH_E_ARGUMENT, "a PNG holds colours: -form byte, rgb or rgba");
    if (o->format == IH_WRAP_KMZ && o->form != IH_WRAP_BYTE)
        return ih_fail(err, IH_E_ARGUMENT,
                       "a KMZ has pictures with a colour table; -form %s is not for it",
                       form_names[o->form]);
    if (o->quantity != IH_WRAP_RADIANS && o->form != IH_WRAP_FLOAT)
        return ih_fail(err, IH_E_ARGUMENT, "-as %s is for -form float; colours have no unit",
                       quantity_names[o->quantity]);
    if (o->creation_options && o->format != IH_WRAP_COG)
        return ih_fail(err, IH_E_ARGUMENT, "-co is for GeoTIFFs");
    return IH_OK;
}

ih_status ih_wrap_options_resolve(ih_wrap_options *o, const char *output, ih_error *err)
{
    ih_status status = find_format(o, output, err);

    if (status == IH_OK)
        status = check_form(o, err);
    if (status != IH_OK)
        return status;
    if (o->size_given && o->resolution_given)
        return ih_fail(err, IH_E_ARGUMENT, "-outsize and -tr exclude each other");
    if (o->least_resultant > 0 && !o->size_given && !o->resolution_given)
        return ih_fail(err, IH_E_ARGUMENT, "-min_resultant needs -outsize or -tr");
    if (o->resampling == IH_WRAP_NEAR && o->format != IH_WRAP_KMZ)
        return ih_fail(err, IH_E_ARGUMENT,
                       "-r is for KMZ, which is warped; others keep their grid");
    if (o->series == IH_WRAP_INTERVAL && o->reference_date)
        return ih_fail(err, IH_E_ARGUMENT,
                       "-series interval and -reference_date exclude each other");
    if (!o->direction_given)
        o->direction = o->quantity == IH_WRAP_METRES ? IH_WRAP_TOWARD : IH_WRAP_AWAY;
    if (o->threads <= 0)
        o->threads = ih_cli_default_threads();
    return IH_OK;
}

void ih_wrap_options_free(ih_wrap_options *options)
{
    CSLDestroy(options->bands);
    CSLDestroy(options->creation_options);
    options->bands = options->creation_options = NULL;
}
