/* SPDX-License-Identifier: MIT */
#include "utilities/lib/merge_options.h"

#include <cpl_string.h>

#define DEFAULT_MEMORY_BYTES (512.0 * 1024 * 1024)

const char *const ih_merge_mode_names[] = {"constants", "cycles", "median", NULL};
static const char *const blend_names[] = {"weighted", "mean", "first", NULL};

#define IH_ROWS_OF ih_merge_options
#include "utilities/lib/option_rows.h"

#define OFFSETS   "Offsets"
#define SELECTION "Grid and products"
#define OUTPUT    "Output"
#define MACHINE   "Resources"

static const ih_option options_table[] = {
    CHOICE(
        "mode", mode, ih_merge_mode_names, OFFSETS,
        "constants (default): a real constant of each product and whole cycles of each component; "
        "cycles: whole cycles alone; median: a real offset of each component."),
    INTEGER("min_overlap", "N", min_overlap, 1, 1000000000, OFFSETS,
            "Common pixels that two components need to be compared; default 50."),
    NUMBER("min_coherence", "VALUE", min_coherence, 0, 1, OFFSETS,
           "Coherence that a common pixel needs in both products; default 0.3."),
    CHOICE("blend", blend, blend_names, OFFSETS,
           "Value of common pixels: mean weighted by coherence (default), plain mean, or the first "
           "product's."),
    FLAG(
        "drop_unjoined", drop_unjoined, OFFSETS,
        "Make components no data that nothing joins to the largest part; default they stay as they "
        "are."),

    TEXT("t_srs", "SRS", t_srs, SELECTION,
         "Coordinate system of the grid; default that of most products."),
    FLAG("allow_incomplete", allow_incomplete, SELECTION,
         "Merge also pairs of which fewer products are there than of others."),

    FLAG("water_mask", water_mask, OUTPUT, "Make phases and components no data on water."),
    TEXT("layers", "LAYER,...", layers, OUTPUT,
         "Layers to write, such as unw_phase,corr,dem; default all that every product of a pair "
         "has."),
    FLAG("zip", zip, OUTPUT, "Zips instead of folders."),
    LISTED("co", "NAME=VALUE", creation_options, OUTPUT,
           "Creation option of the GeoTIFF driver; may be repeated. Default: as in the products."),
    FLAG("overwrite", overwrite, OUTPUT, "Make everything anew, and replace what is there."),
    FLAG("dry_run", dry_run, OUTPUT, "Tell grid and pairs, and write nothing."),
    FLAG("json", json, OUTPUT, "Print the report instead of the summary."),

    MEMORY("wm", working_memory_bytes, MACHINE, "Memory to use, e.g. 1GB or 20%; default 512MB."),
    INTEGER("threads", "N", threads, 1, 1024, MACHINE,
            "Number of threads; default GDAL_NUM_THREADS, else all CPUs."),
    END_OF_OPTIONS};

const ih_program ih_merge_program = {
    .name = "gdal_ih_merge",
    .summary = "bursts or frames of the same pair as one HyP3 InSAR product",
    .arguments = "INPUT... OUT",
    .description =
        "Joins HyP3 InSAR products of neighbouring bursts or frames of the same pair of dates into "
        "one product. Constants and whole cycles between their unwrapped phases are found where "
        "they overlap, for all of them together, and what does not close is told.\n\n"
        "INPUT is a product (zip, folder or URL), a folder of products, a pattern such as "
        "'S1*.zip', or a text file of paths (@list.txt). Products of several pairs are merged pair "
        "by pair, on one grid. OUT is a folder of merged products, or, for one pair, a file that "
        "ends with .zip or a folder named as a product.\n\n"
        "Exit status: 0 done, 1 failed, 2 done but some inputs could not be used.",
    .examples = "gdal_ih_merge bursts/ merged\n"
                "gdal_ih_merge S1_136231_IW2*.zip S1_136232_IW2*.zip pair.zip -water_mask\n"
                "gdal_ih_merge frames/ merged -json -dry_run\n",
    .options = options_table,
    .min_arguments = 2,
    .max_arguments = -1};

void ih_merge_options_free(ih_merge_options *o)
{
    CSLDestroy(o->creation_options);
    o->creation_options = NULL;
}

void ih_merge_options_resolve(ih_merge_options *o)
{
    if (o->threads <= 0)
        o->threads = ih_cli_default_threads();
    if (!(o->working_memory_bytes > 0))
        o->working_memory_bytes = DEFAULT_MEMORY_BYTES;
}

cJSON *ih_merge_options_content(const ih_merge_options *o)
{
    cJSON *object = cJSON_CreateObject(), *list;

    if (!object)
        return NULL;
    cJSON_AddStringToObject(object, "mode", ih_merge_mode_names[o->mode]);
    cJSON_AddNumberToObject(object, "min_overlap", (double)o->min_overlap);
    cJSON_AddNumberToObject(object, "min_coherence", o->min_coherence);
    cJSON_AddStringToObject(object, "blend", blend_names[o->blend]);
    cJSON_AddBoolToObject(object, "drop_unjoined", o->drop_unjoined);
    cJSON_AddBoolToObject(object, "water_mask", o->water_mask);
    cJSON_AddStringToObject(object, "layers", o->layers ? o->layers : "");
    cJSON_AddBoolToObject(object, "zip", o->zip);
    list = cJSON_AddArrayToObject(object, "creation_options");
    for (char **option = o->creation_options; option && *option; option++)
        cJSON_AddItemToArray(list, cJSON_CreateString(*option));
    return object;
}
