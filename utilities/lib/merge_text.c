/* SPDX-License-Identifier: MIT */
#include "utilities/lib/merge_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cpl_conv.h>
#include <cpl_string.h>

#include "algorithms/alloc.h"
#include "algorithms/checksum.h"
#include "drivers/hyp3/product_text.h"
#include "utilities/lib/merge_eligibility.h"
#include "utilities/lib/pairs_csv.h"

static unsigned identifier(const ih_merge_plan *plan, const ih_merge_pair *pair)
{
    uint64_t sum = 0;

    for (size_t k = 0; k < pair->count; k++) {
        const char *name = ih_merge_pair_item(plan, pair, k)->name;

        sum = ih_checksum(sum, name, strlen(name));
    }
    return (unsigned)(sum & 0xffffu);
}

/* The name of the earliest frame, with another identifier, and the letter that tells of the water
 * mask. */
static bool name_of_frames(const ih_merge_plan *plan, ih_merge_pair *pair, unsigned id)
{
    ih_product_name first = {0}, name;
    bool masked = true;
    char *letter;

    for (size_t k = 0; k < pair->count; k++) {
        if (!ih_product_name_parse(ih_merge_pair_item(plan, pair, k)->name, &name) ||
            name.kind != IH_PRODUCT_GAMMA)
            return false;
        masked = masked && name.water_masked == 1;
        if (k == 0 || strcmp(name.reference_time, first.reference_time) < 0)
            first = name;
    }
    snprintf(pair->name, sizeof pair->name, "%.*s%04X", (int)strlen(first.name) - 4, first.name,
             id);
    letter = strstr(pair->name, "_G_") + 3;
    *letter = masked || plan->request->options.water_mask ? 'w' : 'u';
    return true;
}

/* YYYYMMDD. */
static void compact_date(int32_t days, char text[16])
{
    char iso[16];

    ih_iso_date(days, iso);
    snprintf(text, 16, "%.4s%.2s%.2s", iso, iso + 5, iso + 8);
}

void ih_merge_name(const ih_merge_plan *plan, ih_merge_pair *pair, bool named)
{
    const ih_interferogram *item = &plan->catalogue->items[pair->first];
    int spacing = (int)lround(item->grid.dx);
    int orbit = isnan(item->relative_orbit) ? 0 : (int)item->relative_orbit;
    const char *polarisation = *item->polarisation ? item->polarisation : "VV";
    unsigned id = identifier(plan, pair);
    char bursts[64] = "", reference[16], secondary[16];
    ih_merge_bursts all;

    if (name_of_frames(plan, pair, id))
        return;
    compact_date(item->reference_days, reference);
    compact_date(item->secondary_days, secondary);
    ih_merge_find_bursts(plan->catalogue, pair->first, pair->count, &all);
    if (named && all.known)
        snprintf(bursts, sizeof bursts, "%06lds1n%02zu-%06lds2n%02zu-%06lds3n%02zu_IW",
                 all.first[0], all.count[0], all.first[1], all.count[1], all.first[2],
                 all.count[2]);
    snprintf(pair->name, sizeof pair->name, "S1_%03d_%s_%s_%s_%s_INT%02d_%04X", orbit, bursts,
             reference, secondary, polarisation, spacing, id);
}

/* Keys whose values hold for one part alone, by their beginnings. */
static const char *const dropped[] = {"Radar ",
                                      "Multilook ",
                                      "Phase at reference point",
                                      "Azimuth line of the reference point",
                                      "Range pixel of the reference point",
                                      "Y coordinate of the reference point",
                                      "X coordinate of the reference point",
                                      "Y of the reference point",
                                      "X of the reference point",
                                      "Latitude of the reference point",
                                      "Longitude of the reference point"};

typedef struct {
    ih_product_text **texts; /* [n], none NULL */
    size_t n, earliest;
    double near, far;
    const ih_merge_plan *plan;
} text_set;

static bool is_dropped(const char *key)
{
    for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++)
        if (strncasecmp(key, dropped[i], strlen(dropped[i])) == 0)
            return true;
    return false;
}

/* The distinct granules of all parts. */
static char *join_granules(const text_set *set, const char *key)
{
    char **all = NULL, *joined = CPLStrdup("");

    for (size_t i = 0; i < set->n; i++) {
        const char *value = ih_product_text_get(set->texts[i], key);
        char **words = value ? CSLTokenizeString2(value, ", ", 0) : NULL;

        for (char **word = words; word && *word; word++)
            if (CSLFindStringCaseSensitive(all, *word) < 0)
                all = CSLAddString(all, *word);
        CSLDestroy(words);
    }
    for (char **word = all; word && *word; word++) {
        size_t length = strlen(joined);
        char *grown = CPLMalloc(length + strlen(*word) + 3);

        sprintf(grown, "%s%s%s", joined, length ? ", " : "", *word);
        CPLFree(joined);
        joined = grown;
    }
    CSLDestroy(all);
    return joined;
}

static bool all_masked(const text_set *set)
{
    for (size_t i = 0; i < set->n; i++)
        if (ih_product_text_flag(set->texts[i], "Water mask") != 1)
            return false;
    return true;
}

/* Value of a key of the merged text, CPLFree. */
static char *merged_value(const text_set *set, const char *key, const char *value)
{
    if (EQUAL(key, "Reference Granule") || EQUAL(key, "Secondary Granule"))
        return join_granules(set, key);
    if (EQUAL(key, "Slant range near") && isfinite(set->near))
        return CPLStrdup(CPLSPrintf("%.10g", set->near));
    if (EQUAL(key, "Slant range far") && isfinite(set->far))
        return CPLStrdup(CPLSPrintf("%.10g", set->far));
    if (EQUAL(key, "Slant range center") && isfinite(set->near) && isfinite(set->far))
        return CPLStrdup(CPLSPrintf("%.10g", 0.5 * (set->near + set->far)));
    if (EQUAL(key, "Water mask"))
        return CPLStrdup(set->plan->request->options.water_mask || all_masked(set) ? "yes" : "no");
    return CPLStrdup(value);
}

static void find_extremes(text_set *set)
{
    double earliest = INFINITY;

    set->near = INFINITY;
    set->far = -INFINITY;
    for (size_t i = 0; i < set->n; i++) {
        double value;

        if (ih_product_text_number(set->texts[i], "Slant range near", &value))
            set->near = fmin(set->near, value);
        if (ih_product_text_number(set->texts[i], "Slant range far", &value))
            set->far = fmax(set->far, value);
        if ((ih_product_text_number(set->texts[i], "UTC time", &value) ||
             ih_product_text_number(set->texts[i], "UTCtime", &value)) &&
            value < earliest) {
            earliest = value;
            set->earliest = i;
        }
    }
}

static char *compose(const text_set *set, const ih_merge_pair *pair)
{
    const ih_product_text *text = set->texts[set->earliest];
    char **lines = NULL, *joined, *to;
    size_t size = 1;

    for (size_t i = 0; i < ih_product_text_count(text); i++) {
        const char *key = ih_product_text_key(text, i);
        char *value;

        if (is_dropped(key))
            continue;
        value = merged_value(set, key, ih_product_text_value(text, i));
        lines = CSLAddString(lines, key);
        lines = CSLAddString(lines, value);
        size += strlen(key) + strlen(value) + 3;
        CPLFree(value);
    }
    for (size_t k = 0; k < pair->count; k++) {
        const char *name = ih_merge_pair_item(set->plan, pair, k)->name;
        char key[48];

        snprintf(key, sizeof key, "Merged product %zu", k + 1);
        lines = CSLAddString(CSLAddString(lines, key), name);
        size += strlen(key) + strlen(name) + 3;
    }
    joined = to = CPLMalloc(size);
    for (int i = 0; lines && lines[i]; i += 2)
        to += sprintf(to, "%s: %s\n", lines[i], lines[i + 1]);
    *to = '\0';
    CSLDestroy(lines);
    return joined;
}

char *ih_merge_text(const ih_merge_plan *plan, const ih_merge_pair *pair,
                    ih_clip_source *const *sources)
{
    text_set set = {.plan = plan, .texts = ih_calloc(pair->count, sizeof *set.texts)};
    char *result = NULL;

    for (size_t i = 0; i < pair->count && set.texts; i++) {
        size_t size;
        char *bytes = ih_clip_source_text(sources[i], &size);

        if (bytes && (set.texts[set.n] = ih_product_text_parse(bytes, size, NULL)))
            set.n++;
        CPLFree(bytes);
    }
    if (set.n) {
        find_extremes(&set);
        result = compose(&set, pair);
    }
    for (size_t i = 0; i < set.n; i++)
        ih_product_text_free(set.texts[i]);
    free(set.texts);
    return result;
}
