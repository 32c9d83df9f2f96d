/* SPDX-License-Identifier: MIT */
#include "utilities/lib/check_options.h"

#include <cpl_conv.h>
#include <cpl_string.h>

#include "utilities/lib/check_findings.h"

/* What gdal_ih_sbas takes of the machine's memory unless told otherwise. */
#define DEFAULT_MEMORY_SHARE 0.25

#define IH_ROWS_OF ih_check_options
#include "utilities/lib/option_rows.h"

#define WHAT    "What is looked at"
#define LIMITS  "Limits"
#define OUTPUT  "Output"
#define MACHINE "Resources of the run to come"

static const ih_option options_table[] = {
    FLAG("deep", deep, WHAT,
         "Read every byte: checksums of all members, phase and coherence of every product."),
    LISTED("ignore", "CODE,...", ignored, WHAT,
           "Findings to leave out, by their codes; they are counted."),
    FLAG("list_codes", list_codes, WHAT,
         "Print the codes and what they mean, and do nothing else."),
    FLAG("clean_sidecars", clean_sidecars, WHAT,
         "Remove the files that keep MintPy from loading the rasters beside them."),

    NUMBER("max_shrink", "VALUE", max_shrink, 0, 1, LIMITS,
           "A product may alone shrink the common area by this share; default 0.1."),
    NUMBER("max_gap", "DAYS", max_gap_days, 1, 100000, LIMITS,
           "Longest time between two dates; default three times the median interval, at least 60."),
    NUMBER("min_valid", "VALUE", min_valid, 0, 1, LIMITS,
           "Least share of a footprint that has a phase, with -deep; default 0.1."),
    NUMBER("min_coherence", "VALUE", min_coherence, 0, 1, LIMITS,
           "Least mean coherence of a product, with -deep; default 0.2."),

    TEXT("footprints", "FILE", footprints, OUTPUT,
         "Write the extents of the products and what they share as polygons; GeoJSON, or the "
         "format of the extension."),
    FLAG("overwrite", overwrite, OUTPUT, "Replace the file of -footprints."),
    FLAG("json", json, OUTPUT, "Print everything as JSON instead of the report."),

    TEXT("scratch", "DIR", scratch, MACHINE,
         "Folder that gdal_ih_sbas will write to: its free space is compared with the need."),
    MEMORY("wm", working_memory_bytes, MACHINE,
           "Memory that gdal_ih_sbas may use, e.g. 2GB; default a quarter of the machine's."),
    INTEGER("threads", "N", threads, 1, 1024, MACHINE,
            "Number of threads, of this program and of the run; default GDAL_NUM_THREADS, else all "
            "CPUs."),
    END_OF_OPTIONS};

const ih_program ih_check_program = {
    .name = "gdal_ih_check",
    .summary = "Is this stack of InSAR products fit to be inverted, and what is wrong with it?",
    .arguments = "INPUT...",
    .description =
        "Looks at a stack before anyone waits for it: coverage, grids, missing and damaged layers, "
        "duplicates, mixtures, the network of dates, files that disturb MintPy, and the disk, "
        "memory and time that gdal_ih_sbas will need. Every finding has a stable code, the "
        "products concerned and what to do. No pixel is read without -deep.\n\n"
        "INPUT is a product (zip, folder or URL), a folder of products, a pattern such as "
        "'S1*.zip', a text file of paths (@list.txt), or a pairs.csv.\n\n"
        "Exit status: 0 nothing found, 1 the check itself failed, 2 something found.",
    .examples = "gdal_ih_check products/\n"
                "gdal_ih_check -deep products/ -json > check.json\n"
                "gdal_ih_check products/ -footprints footprints.geojson -ignore gap,weak_date\n",
    .options = options_table,
    .min_arguments = 0,
    .max_arguments = -1};

ih_status ih_check_options_resolve(ih_check_options *o, ih_error *err)
{
    char **codes = NULL;
    ih_status status = IH_OK;

    for (char **word = o->ignored; word && *word; word++) {
        char **parts = CSLTokenizeString2(*word, ", ", 0);

        codes = CSLInsertStrings(codes, -1, parts);
        CSLDestroy(parts);
    }
    for (char **code = codes; code && *code && status == IH_OK; code++)
        if (ih_check_code_of(*code) == IH_CHECK_CODES)
            status = ih_fail(err, IH_E_ARGUMENT,
                             "-ignore %s: there is no such code (-list_codes shows them)", *code);
    CSLDestroy(o->ignored);
    o->ignored = codes;
    if (o->threads <= 0)
        o->threads = ih_cli_default_threads();
    if (!(o->working_memory_bytes > 0))
        o->working_memory_bytes = DEFAULT_MEMORY_SHARE * (double)CPLGetUsablePhysicalRAM();
    return status;
}

void ih_check_options_free(ih_check_options *o)
{
    CSLDestroy(o->ignored);
    o->ignored = NULL;
}
