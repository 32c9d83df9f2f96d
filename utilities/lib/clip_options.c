/* SPDX-License-Identifier: MIT */
#include "utilities/lib/clip_options.h"

#include <cpl_string.h>

#include "utilities/lib/netcdf_cube.h"
#include "utilities/lib/raster_out.h"
#include "utilities/lib/report.h"

#define DEFAULT_MEMORY_BYTES (512.0 * 1024 * 1024)

const char *const ih_clip_layout_names[] = {"product", "insarhub", "notebook", "mintpy",
                                            "vrt",     "cube",     NULL};
const char *const ih_clip_resampling_names[] = {"near",    "bilinear", "cubic", "cubicspline",
                                                "lanczos", "average",  NULL};
static const char *const extent_names[] = {"intersection", "union", NULL};
static const char *const cube_formats[] = {"COG", "netCDF", NULL};
static const char *const water_names[] = {"keep", "apply", NULL};

#define IH_ROWS_OF ih_clip_options
#include "utilities/lib/option_rows.h"

#define GRID      "Grid"
#define AREA      "Area"
#define SELECTION "Selection of products"
#define OUTPUT    "Output"
#define REFERENCE "Reference"
#define MACHINE   "Resources"

static const ih_option options_table[] = {
    TEXT("t_srs", "SRS", t_srs, GRID,
         "Coordinate system of the grid; default that of most products."),
    NUMBERS_GIVEN("tr", "XRES YRES", 2, tr, 0, 0, GRID,
                  "Pixel size in map units; default that of most products."),
    FLAG("tap", tap, GRID,
         "Pixel edges on multiples of the pixel size; default the lattice of most products."),
    FLAG("allow_mixed", allow_mixed, GRID,
         "Bring products of another pixel size to that of most without -tr."),
    CHOICE("r", resampling, ih_clip_resampling_names, GRID,
           "Resampling of what is not on the lattice, default bilinear; masks and components are "
           "always near."),
    FLAG("frozen_grid", frozen_grid, GRID,
         "Keep the grid of the clip that OUT_DIR holds, whatever the inputs are now."),

    CHOICE("extent", extent, extent_names, AREA,
           "What all products cover (default) or what any covers."),
    NUMBERS_GIVEN("te", "XMIN YMIN XMAX YMAX", 4, te, 0, 0, AREA,
                  "A box, snapped outward to whole pixels."),
    TEXT("te_srs", "SRS", te_srs, AREA, "Coordinate system of -te; default that of the grid."),
    TEXT("aoi", "AREA", aoi, AREA,
         "Area of interest whose surrounding box is clipped: XMIN,YMIN,XMAX,YMAX in degrees, WKT, "
         "GeoJSON, or any vector file."),
    TEXT("aoi_srs", "SRS", aoi_srs, AREA,
         "Coordinate system of -aoi; default degrees (WGS 84), of a file its own."),
    TEXT("cutline", "AREA", cutline, AREA,
         "Polygons, as for -aoi: pixels whose centre is outside become no data."),
    TEXT("cl", "LAYER", cutline_layer, AREA, "Layer of the file of -cutline or -aoi."),
    TEXT("cwhere", "EXPRESSION", cutline_where, AREA,
         "Features of -cutline or -aoi to use, by their attributes."),
    FLAG("crop_to_cutline", crop_to_cutline, AREA, "Clip to the box around -cutline."),
    NUMBER("drop_outliers", "VALUE", drop_outliers, 0, 1, AREA,
           "Leave out products, one by one, that alone shrink the common area by more than this "
           "share."),

    TEXT("start_date", "DATE", start_date, SELECTION,
         "Leave out pairs with an earlier date (YYYYMMDD or YYYY-MM-DD)."),
    TEXT("end_date", "DATE", end_date, SELECTION, "Leave out pairs with a later date."),
    LISTED("include_pair", "PAIR,...", include_pairs, SELECTION,
           "Take only these pairs, YYYYMMDD_YYYYMMDD, or those in the first column of @FILE."),
    LISTED("exclude_pair", "PAIR,...", exclude_pairs, SELECTION,
           "Leave out these pairs; a list or @FILE."),
    LISTED("exclude_date", "DATE,...", exclude_dates, SELECTION,
           "Leave out all pairs of these dates; a list or @FILE."),
    FLAG("keep_duplicates", keep_duplicates, SELECTION,
         "Keep all products of a pair; default the one whose name is last."),
    NUMBER("min_valid", "VALUE", min_valid, 0, 1, SELECTION,
           "Drop products of which a smaller share of the area has a phase; those without any are "
           "always dropped."),
    NUMBER("min_coherence", "VALUE", min_coherence, 0, 1, SELECTION,
           "Drop products whose mean coherence over the area is lower."),

    CHOICE("layout", layout, ih_clip_layout_names, OUTPUT,
           "product (default): one folder or zip per product; insarhub, notebook, mintpy: folders "
           "for MintPy; vrt: virtual rasters; cube: one raster per layer."),
    CHOICE_GIVEN(
        "of", cube_format, cube_formats, OUTPUT,
        "Format of -layout cube: cloud-optimised GeoTIFF (default), or netCDF after the CF "
        "conventions."),
    TEXT("layers", "LAYER,...", layers, OUTPUT,
         "Layers to write, such as unw_phase,corr,dem; default all that the layout takes."),
    CHOICE("water_mask", water_mask, water_names, OUTPUT,
           "keep (default) leaves phases as they are, apply makes them no data on water."),
    FLAG("combine_water_masks", combine_water_masks, OUTPUT,
         "Land only where the masks of all products say so: in the masks written, and for "
         "-water_mask apply."),
    FLAG("zip", zip, OUTPUT, "Zips instead of folders, with -layout product."),
    LISTED("co", "NAME=VALUE", creation_options, OUTPUT,
           "Creation option of the GeoTIFF driver; with -layout cube of the COG driver, or of "
           "netCDF variables (COMPRESS, ZLEVEL, BLOCKSIZE, CHECKSUM); may be repeated. Default: as "
           "in the product."),
    FLAG("clean_sidecars", clean_sidecars, OUTPUT,
         "Remove files beside the clips that keep MintPy from loading them."),
    FLAG("overwrite", overwrite, OUTPUT,
         "Make everything anew, and use a folder that is not empty."),
    FLAG("dry_run", dry_run, OUTPUT, "Tell grid and products, and write nothing."),
    FLAG("json", json, OUTPUT, "Print the content of clip.json instead of the summary."),

    NUMBERS_GIVEN("ref_lonlat", "LON LAT", 2, ref_lonlat, 0, 0, REFERENCE,
                  "Subtract from phases and displacements what they are at this place in degrees "
                  "(WGS 84)."),
    NUMBERS_GIVEN("ref_xy", "X Y", 2, ref_xy, 0, 0, REFERENCE,
                  "The same by map coordinates of the grid."),
    NUMBERS_GIVEN("ref_pixel", "COLUMN ROW", 2, ref_pixel, 0, 0, REFERENCE,
                  "The same by column and row of the grid, from 0."),
    FLAG("ref_best", ref_best, REFERENCE,
         "The same at the pixel of greatest mean coherence among those with a phase in all "
         "products."),
    INTEGER("ref_window", "N", ref_window, 1, 1001, REFERENCE,
            "Pixels on a side of the window around the place whose mean is subtracted, an odd "
            "number; default 1."),

    MEMORY("wm", working_memory_bytes, MACHINE, "Memory to use, e.g. 1GB or 20%; default 512MB."),
    INTEGER("threads", "N", threads, 1, 1024, MACHINE,
            "Number of threads; default GDAL_NUM_THREADS, else all CPUs."),
    END_OF_OPTIONS};

const ih_program ih_clip_program = {
    .name = "gdal_ih_clip",
    .summary = "HyP3 InSAR products on one grid, cut to an area of interest",
    .arguments = "INPUT... OUT_DIR",
    .description =
        "Brings HyP3 InSAR products to one grid and one area, without unpacking them, in the form "
        "that the next program wants.\n\n"
        "INPUT is a product (zip, folder or URL), a folder of products, a pattern such as "
        "'S1*.zip', or a text file of paths (@list.txt). The grid is that of most products. What "
        "lies on it is copied pixel by pixel; the rest is resampled, without letting no data "
        "in.\n\n"
        "Run again, only what has changed is made anew: OUT_DIR/clip.json tells what is there.\n\n"
        "Exit status: 0 done, 1 failed, 2 done but some inputs could not be used.",
    .examples = "gdal_ih_clip products/ clipped -aoi -117.8,35.4,-117.2,36.0\n"
                "gdal_ih_clip products/ mintpy -layout mintpy -aoi valley.geojson\n"
                "gdal_ih_clip 'products/S1*.zip' cube -layout cube -layers unw_phase,corr\n",
    .options = options_table,
    .min_arguments = 2,
    .max_arguments = -1};

static const GDALResampleAlg methods[] = {GRA_NearestNeighbour, GRA_Bilinear, GRA_Cubic,
                                          GRA_CubicSpline,      GRA_Lanczos,  GRA_Average};

GDALResampleAlg ih_clip_resampling(int index)
{
    return methods[index];
}

const char *ih_clip_resampling_name(GDALResampleAlg method)
{
    size_t i = 0;

    while (ih_clip_resampling_names[i] && methods[i] != method)
        i++;
    return ih_clip_resampling_names[i];
}

static ih_status check_area(const ih_clip_options *o, ih_error *err)
{
    if (o->te_srs && !o->te_given)
        return ih_fail(err, IH_E_ARGUMENT, "-te_srs needs -te");
    if (o->aoi_srs && !o->aoi && !o->cutline)
        return ih_fail(err, IH_E_ARGUMENT, "-aoi_srs needs -aoi or -cutline");
    if ((o->cutline_layer || o->cutline_where) && !o->cutline && !o->aoi)
        return ih_fail(err, IH_E_ARGUMENT, "-cl and -cwhere need -cutline or -aoi");
    if (o->crop_to_cutline && !o->cutline)
        return ih_fail(err, IH_E_ARGUMENT, "-crop_to_cutline needs -cutline");
    if (o->te_given + (o->aoi != NULL) + o->crop_to_cutline > 1)
        return ih_fail(err, IH_E_ARGUMENT, "-te, -aoi and -crop_to_cutline exclude each other");
    if (o->frozen_grid && (o->te_given || o->aoi || o->crop_to_cutline || o->t_srs || o->tr_given ||
                           o->tap || !isnan(o->drop_outliers)))
        return ih_fail(err, IH_E_ARGUMENT,
                       "-frozen_grid takes grid and area from OUT_DIR; no option can change them");
    return IH_OK;
}

ih_status ih_clip_options_resolve(ih_clip_options *o, ih_error *err)
{
    ih_status status = check_area(o, err);

    if (status != IH_OK)
        return status;
    if (o->tr_given && !(o->tr[0] > 0 && o->tr[1] > 0))
        return ih_fail(err, IH_E_ARGUMENT, "-tr %g %g: pixel sizes are greater than 0", o->tr[0],
                       o->tr[1]);
    if (o->zip && o->layout != IH_CLIP_PRODUCT)
        return ih_fail(err, IH_E_ARGUMENT, "-zip is for -layout product");
    if (o->layout == IH_CLIP_VRT &&
        (o->cutline || o->water_mask == IH_CLIP_WATER_APPLY || o->combine_water_masks ||
         ih_clip_has_reference(o) || o->creation_options))
        return ih_fail(err, IH_E_ARGUMENT,
                       "-layout vrt copies no pixels: -cutline, -water_mask apply, "
                       "-combine_water_masks, a reference and -co do not go with it");
    if (o->ref_lonlat_given + o->ref_xy_given + o->ref_pixel_given + o->ref_best > 1)
        return ih_fail(err, IH_E_ARGUMENT,
                       "-ref_lonlat, -ref_xy, -ref_pixel and -ref_best exclude each other");
    if (o->ref_window && !ih_clip_has_reference(o))
        return ih_fail(err, IH_E_ARGUMENT,
                       "-ref_window needs -ref_lonlat, -ref_xy, -ref_pixel or -ref_best");
    if (o->ref_window && o->ref_window % 2 == 0)
        return ih_fail(err, IH_E_ARGUMENT, "-ref_window %ld: an odd number is needed",
                       o->ref_window);
    if (o->cube_format_given && o->layout != IH_CLIP_CUBE)
        return ih_fail(err, IH_E_ARGUMENT, "-of is for -layout cube");
    if (o->layout == IH_CLIP_CUBE)
        status = o->cube_format == IH_CLIP_NETCDF
                     ? ih_netcdf_cube_check(o->creation_options, err)
                     : ih_raster_out_check_options(o->creation_options, err);
    if (status != IH_OK)
        return status;
    if (o->threads <= 0)
        o->threads = ih_cli_default_threads();
    if (!(o->working_memory_bytes > 0))
        o->working_memory_bytes = DEFAULT_MEMORY_BYTES;
    return IH_OK;
}

void ih_clip_options_free(ih_clip_options *o)
{
    CSLDestroy(o->creation_options);
    CSLDestroy(o->include_pairs);
    CSLDestroy(o->exclude_pairs);
    CSLDestroy(o->exclude_dates);
    o->creation_options = o->include_pairs = o->exclude_pairs = o->exclude_dates = NULL;
}

bool ih_clip_has_reference(const ih_clip_options *o)
{
    return o->ref_lonlat_given || o->ref_xy_given || o->ref_pixel_given || o->ref_best;
}

bool ih_clip_is_for_mintpy(const ih_clip_options *o)
{
    return o->layout == IH_CLIP_INSARHUB || o->layout == IH_CLIP_NOTEBOOK ||
           o->layout == IH_CLIP_MINTPY;
}

static void add_text(cJSON *object, const char *key, const char *text)
{
    if (text)
        cJSON_AddStringToObject(object, key, text);
    else
        cJSON_AddNullToObject(object, key);
}

cJSON *ih_clip_options_content(const ih_clip_options *o)
{
    cJSON *object = cJSON_CreateObject(), *list;

    if (!object)
        return NULL;
    cJSON_AddStringToObject(object, "layout", ih_clip_layout_names[o->layout]);
    cJSON_AddBoolToObject(object, "zip", o->zip);
    if (o->layout == IH_CLIP_CUBE)
        cJSON_AddStringToObject(object, "format", cube_formats[o->cube_format]);
    add_text(object, "layers", o->layers);
    cJSON_AddStringToObject(object, "resampling", ih_clip_resampling_names[o->resampling]);
    cJSON_AddStringToObject(object, "water_mask", water_names[o->water_mask]);
    cJSON_AddBoolToObject(object, "combine_water_masks", o->combine_water_masks);
    add_text(object, "cutline", o->cutline);
    add_text(object, "cutline_layer", o->cutline_layer);
    add_text(object, "cutline_where", o->cutline_where);
    add_text(object, "cutline_srs", o->cutline ? o->aoi_srs : NULL);
    ih_report_number(object, "min_valid", o->min_valid);
    ih_report_number(object, "min_coherence", o->min_coherence);
    list = cJSON_AddArrayToObject(object, "creation_options");
    for (char **option = o->creation_options; list && option && *option; option++)
        cJSON_AddItemToArray(list, cJSON_CreateString(*option));
    return object;
}
