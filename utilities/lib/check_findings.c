/* SPDX-License-Identifier: MIT */
#include "utilities/lib/check_findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_string.h>

enum { LONGEST_MESSAGE = 2048 };

static const struct {
    const char *name;
    bool is_error;
    const char *meaning;
} codes[IH_CHECK_CODES] = {
    [IH_CHECK_DAMAGED_ARCHIVE] = {"damaged_archive", true,
                                  "a zip that is cut off or whose directory cannot be read"},
    [IH_CHECK_DAMAGED_TEXT] = {"damaged_text", true, "a parameter text that cannot be read"},
    [IH_CHECK_DAMAGED_LAYER] = {"damaged_layer", true, "a layer whose header cannot be read"},
    [IH_CHECK_DAMAGED_MEMBER] = {"damaged_member", true,
                                 "bytes that do not fit their checksum, or pixels that cannot be "
                                 "decoded (-deep)"},
    [IH_CHECK_UNUSABLE] = {"unusable", true, "an input that cannot be used for another reason"},
    [IH_CHECK_MISSING_NEEDED_LAYER] = {"missing_needed_layer", true,
                                       "no unwrapped phase or no coherence"},
    [IH_CHECK_MISSING_LAYER] = {"missing_layer", false,
                                "a layer that corrections or MintPy want, or that most products "
                                "of the family have"},
    [IH_CHECK_MISSING_TEXT] = {"missing_text", false, "no parameter text"},
    [IH_CHECK_LAYER_GRID] = {"layer_grid", false, "a layer on another grid than the phase"},
    [IH_CHECK_FOREIGN_FILES] = {"foreign_files", false,
                                "layers of another product in the same place"},
    [IH_CHECK_UNUSABLE_MEMBERS] = {"unusable_members", false,
                                   "members of an archive with unsafe names or places"},
    [IH_CHECK_DUPLICATE_PRODUCT] = {"duplicate_product", false, "copies of one product"},
    [IH_CHECK_DUPLICATE_PAIR] = {"duplicate_pair", false, "several products of one pair of dates"},
    [IH_CHECK_MIXED_FAMILIES] = {"mixed_families", true,
                                 "GAMMA, burst and multi-burst products side by side"},
    [IH_CHECK_MIXED_POLARISATIONS] = {"mixed_polarisations", true, "VV, HH, ... side by side"},
    [IH_CHECK_MIXED_SPACINGS] = {"mixed_spacings", true, "pixel sizes side by side"},
    [IH_CHECK_MIXED_DIRECTIONS] = {"mixed_directions", true, "ascending and descending passes"},
    [IH_CHECK_MIXED_TRACKS] = {"mixed_tracks", true, "relative orbits side by side"},
    [IH_CHECK_MIXED_BURSTS] = {"mixed_bursts", true, "bursts side by side"},
    [IH_CHECK_MIXED_SCENES] = {"mixed_scenes", true, "places that hardly overlap"},
    [IH_CHECK_MIXED_LOOKS] = {"mixed_looks", false, "numbers of looks side by side"},
    [IH_CHECK_MIXED_FILTERS] = {"mixed_filters", false, "phase filters or their strengths"},
    [IH_CHECK_MIXED_VERSIONS] = {"mixed_versions", false,
                                 "versions of the processing, or forms of its text"},
    [IH_CHECK_MIXED_WATER_MASKS] = {"mixed_water_masks", false,
                                    "phases with and without water mask applied"},
    [IH_CHECK_MIXED_DEMS] = {"mixed_dems", false, "elevation models side by side"},
    [IH_CHECK_MIXED_UNWRAPPERS] = {"mixed_unwrappers", false, "methods of unwrapping"},
    [IH_CHECK_UNKNOWN_WAVELENGTH] = {"unknown_wavelength", true,
                                     "the metadata tell no wavelength, or several"},
    [IH_CHECK_NO_COMMON_GRID] = {"no_common_grid", true, "grids that cannot be brought together"},
    [IH_CHECK_NO_COMMON_AREA] = {"no_common_area", true, "no ground that all products cover"},
    [IH_CHECK_LIMITS_COMMON_AREA] = {"limits_common_area", false,
                                     "a product that alone shrinks the common area (-max_shrink)"},
    [IH_CHECK_MIXED_ZONES] = {"mixed_zones", false, "coordinate systems side by side"},
    [IH_CHECK_OFF_LATTICE] = {"off_lattice", false,
                              "pixel corners that do not fall on those of most products"},
    [IH_CHECK_EMPTY] = {"empty", true, "a product without phase"},
    [IH_CHECK_FEW_VALID] = {"few_valid", false, "little of the footprint has a phase (-deep)"},
    [IH_CHECK_DECORRELATED] = {"decorrelated", false, "a low mean coherence (-deep)"},
    [IH_CHECK_DISCONNECTED] = {"disconnected", false, "groups of dates that no pair joins"},
    [IH_CHECK_BRIDGE] = {"bridge", false, "a pair whose loss would part the dates"},
    [IH_CHECK_WEAK_DATE] = {"weak_date", false, "a date that hangs on a single pair"},
    [IH_CHECK_GAP] = {"gap", false, "a long time without acquisition (-max_gap)"},
    [IH_CHECK_MINTPY_SIDECAR] = {"mintpy_sidecar", false,
                                 "a file beside a raster that keeps MintPy from loading it"},
    [IH_CHECK_MINTPY_GRID] = {"mintpy_grid", false, "coordinates that MintPy cannot convert"},
    [IH_CHECK_DISK_SPACE] = {"disk_space", true, "-scratch has less room than a run needs"},
    [IH_CHECK_MEMORY] = {"memory", false, "a run holds more memory than -wm"},
};

const char *ih_check_code_name(enum ih_check_code code)
{
    return codes[code].name;
}

const char *ih_check_code_meaning(enum ih_check_code code)
{
    return codes[code].meaning;
}

bool ih_check_code_is_error(enum ih_check_code code)
{
    return codes[code].is_error;
}

enum ih_check_code ih_check_code_of(const char *name)
{
    int code = 0;

    while (code < IH_CHECK_CODES && strcmp(codes[code].name, name) != 0)
        code++;
    return (enum ih_check_code)code;
}

void ih_findings_add(ih_findings *f, enum ih_check_code code, char **products, const char *format,
                     ...)
{
    char message[LONGEST_MESSAGE];
    va_list arguments;

    if (CSLFindStringCaseSensitive(f->ignored, codes[code].name) >= 0) {
        f->n_ignored++;
        CSLDestroy(products);
        return;
    }
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    f->items = CPLRealloc(f->items, (f->count + 1) * sizeof *f->items);
    f->items[f->count++] =
        (ih_finding){.code = code, .products = products, .message = CPLStrdup(message)};
}

static bool is_behind(const ih_finding *a, const ih_finding *b)
{
    if (codes[a->code].is_error != codes[b->code].is_error)
        return codes[b->code].is_error;
    return a->code > b->code;
}

void ih_findings_sort(ih_findings *f)
{
    /* By insertion: there are few, and the order of equals has to stay. */
    for (size_t i = 1; i < f->count; i++) {
        ih_finding item = f->items[i];
        size_t k = i;

        for (; k > 0 && is_behind(&f->items[k - 1], &item); k--)
            f->items[k] = f->items[k - 1];
        f->items[k] = item;
    }
}

size_t ih_findings_count_errors(const ih_findings *f)
{
    size_t n = 0;

    for (size_t i = 0; i < f->count; i++)
        n += codes[f->items[i].code].is_error;
    return n;
}

char *ih_findings_of_product(const ih_findings *f, const char *product)
{
    char **names = NULL, *joined;
    size_t size = 1;

    for (size_t i = 0; i < f->count; i++) {
        const char *name = codes[f->items[i].code].name;

        if (CSLFindStringCaseSensitive(f->items[i].products, product) >= 0 &&
            CSLFindStringCaseSensitive(names, name) < 0) {
            names = CSLAddString(names, name);
            size += strlen(name) + 1;
        }
    }
    joined = CPLCalloc(size, 1);
    for (int i = 0; names && names[i]; i++) {
        strcat(joined, i ? "," : "");
        strcat(joined, names[i]);
    }
    CSLDestroy(names);
    return joined;
}

void ih_findings_free(ih_findings *f)
{
    for (size_t i = 0; i < f->count; i++) {
        CSLDestroy(f->items[i].products);
        CPLFree(f->items[i].message);
    }
    CPLFree(f->items);
    *f = (ih_findings){0};
}
