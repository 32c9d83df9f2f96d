/* SPDX-License-Identifier: MIT */
#include "utilities/lib/merge_eligibility.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_string.h>

#include "algorithms/alloc.h"
#include "algorithms/disjoint_sets.h"
#include "utilities/lib/lattice_choice.h"
#include "utilities/lib/pairs_csv.h"

enum { TEXT_ROOM = 64, VALUES_SHOWN = 4, MOST_BURSTS = 99 };

static void describe_dates(const ih_interferogram *item, char *text)
{
    char reference[16], secondary[16];

    ih_iso_date(item->reference_days, reference);
    ih_iso_date(item->secondary_days, secondary);
    snprintf(text, TEXT_ROOM, "%s to %s", reference, secondary);
}

static void describe_polarisation(const ih_interferogram *item, char *text)
{
    snprintf(text, TEXT_ROOM, "%s", item->polarisation);
}

static void describe_orbit(const ih_interferogram *item, char *text)
{
    if (!isnan(item->relative_orbit))
        snprintf(text, TEXT_ROOM, "%.0f", item->relative_orbit);
}

static void describe_direction(const ih_interferogram *item, char *text)
{
    if (item->ascending_known)
        snprintf(text, TEXT_ROOM, "%s", item->ascending ? "ascending" : "descending");
}

static void describe_looks(const ih_interferogram *item, char *text)
{
    if (!isnan(item->range_looks) && !isnan(item->azimuth_looks))
        snprintf(text, TEXT_ROOM, "%.0fx%.0f", item->range_looks, item->azimuth_looks);
}

static void describe_processor(const ih_interferogram *item, char *text)
{
    snprintf(text, TEXT_ROOM, "%s", item->processor);
}

static void describe_spacing(const ih_interferogram *item, char *text)
{
    snprintf(text, TEXT_ROOM, "%.6g x %.6g", item->grid.dx, -item->grid.dy);
}

typedef struct {
    const char *thing;
    void (*describe)(const ih_interferogram *item, char *text); /* "" when unknown */
} condition;

static ih_status refuse(const ih_catalogue *c, const condition *what, char **texts, ih_error *err)
{
    char found[800] = "";
    size_t n_shown = 0;

    for (size_t i = 0; i < c->count; i++) {
        size_t n = 0, at = strlen(found);

        if (!*texts[i] || CSLFindStringCaseSensitive(texts, texts[i]) != (int)i)
            continue;
        for (size_t k = i; k < c->count; k++)
            n += strcmp(texts[i], texts[k]) == 0;
        if (n_shown++ >= VALUES_SHOWN)
            continue;
        snprintf(found + at, sizeof found - at, "%s%s (%zu product%s, such as %s)",
                 n_shown > 1 ? ", " : "", texts[i], n, n == 1 ? "" : "s", c->items[i].name);
    }
    return ih_fail(err, IH_E_DATA, "all products must have the same %s; found %s%s", what->thing,
                   found, n_shown > VALUES_SHOWN ? ", ..." : "");
}

static ih_status check(const ih_catalogue *c, const condition *what, ih_error *err)
{
    char **texts = NULL;
    const char *known = "";
    bool differ = false;
    ih_status status = IH_OK;

    for (size_t i = 0; i < c->count; i++) {
        char text[TEXT_ROOM] = "";

        what->describe(&c->items[i], text);
        texts = CSLAddString(texts, text);
    }
    for (size_t i = 0; i < c->count; i++) {
        differ = differ || (*known && *texts[i] && strcmp(known, texts[i]) != 0);
        known = *texts[i] ? texts[i] : known;
    }
    if (differ)
        status = refuse(c, what, texts, err);
    CSLDestroy(texts);
    return status;
}

ih_status ih_merge_check_dates(const ih_catalogue *c, ih_error *err)
{
    static const condition dates = {"reference and secondary date", describe_dates};

    return check(c, &dates, err);
}

ih_status ih_merge_check_form(const ih_catalogue *c, ih_error *err)
{
    static const condition conditions[] = {
        {"polarisation", describe_polarisation}, {"relative orbit", describe_orbit},
        {"orbit direction", describe_direction}, {"looks (range x azimuth)", describe_looks},
        {"processor", describe_processor},       {"pixel size", describe_spacing}};
    ih_status status = IH_OK;

    for (size_t i = 0; i < sizeof conditions / sizeof *conditions && status == IH_OK; i++)
        status = check(c, &conditions[i], err);
    return status;
}

typedef struct {
    long *numbers;
    size_t n;
} burst_list;

/* Adds the bursts that a name tells, "S1_136231_IW2" or "S1_064_136231s1n02-...". */
static bool add_bursts(const ih_interferogram *item, size_t room, burst_list lists[IH_MERGE_SWATHS])
{
    long first[IH_MERGE_SWATHS] = {0};
    int n[IH_MERGE_SWATHS] = {0}, orbit, swath;

    if (sscanf(item->bursts, "S1_%6ld_IW%1d", &first[0], &swath) == 2 && swath >= 1 &&
        swath <= IH_MERGE_SWATHS) {
        if (swath > 1) {
            first[swath - 1] = first[0];
            first[0] = 0;
        }
        n[swath - 1] = 1;
    } else if (sscanf(item->bursts, "S1_%3d_%6lds1n%2d-%6lds2n%2d-%6lds3n%2d", &orbit, &first[0],
                      &n[0], &first[1], &n[1], &first[2], &n[2]) != 7) {
        return false;
    }
    for (int s = 0; s < IH_MERGE_SWATHS; s++)
        for (int k = 0; k < n[s] && lists[s].n < room; k++)
            lists[s].numbers[lists[s].n++] = first[s] + k;
    return true;
}

static int ascending(const void *a, const void *b)
{
    long p = *(const long *)a, q = *(const long *)b;

    return (p > q) - (p < q);
}

static ih_status check_swaths(const burst_list lists[IH_MERGE_SWATHS], ih_error *err)
{
    for (int s = 0; s < IH_MERGE_SWATHS; s++)
        for (size_t k = 1; k < lists[s].n; k++)
            if (lists[s].numbers[k] > lists[s].numbers[k - 1] + 1)
                return ih_fail(err, IH_E_DATA,
                               "products of subswath IW%d are not contiguous: between bursts %06ld "
                               "and %06ld some are missing",
                               s + 1, lists[s].numbers[k - 1], lists[s].numbers[k]);
    for (int s = 0; s < IH_MERGE_SWATHS; s++)
        for (int t = s + 1; t < IH_MERGE_SWATHS; t++) {
            long least = 2;

            for (size_t i = 0; i < lists[s].n; i++)
                for (size_t k = 0; k < lists[t].n; k++)
                    least = labs(lists[s].numbers[i] - lists[t].numbers[k]) < least
                                ? labs(lists[s].numbers[i] - lists[t].numbers[k])
                                : least;
            if (lists[s].n && lists[t].n && least > 1)
                return ih_fail(err, IH_E_DATA,
                               "products of subswaths IW%d and IW%d do not overlap: bursts from "
                               "%06ld, and from %06ld",
                               s + 1, t + 1, lists[s].numbers[0], lists[t].numbers[0]);
        }
    return IH_OK;
}

/* Sorted lists of the bursts of all items; *known is false when a name does not tell. numbers of
 * the first list holds all. */
static ih_status list_bursts(const ih_catalogue *c, size_t first, size_t count,
                             burst_list lists[IH_MERGE_SWATHS], bool *known, ih_error *err)
{
    size_t room = count * MOST_BURSTS;
    long *numbers = ih_alloc(room, IH_MERGE_SWATHS * sizeof *numbers);

    *known = numbers != NULL;
    if (!numbers)
        return ih_fail(err, IH_E_MEMORY, "list of bursts");
    for (size_t s = 0; s < IH_MERGE_SWATHS; s++)
        lists[s] = (burst_list){numbers + s * room, 0};
    for (size_t i = 0; i < count && *known; i++)
        *known = add_bursts(&c->items[first + i], room, lists);
    for (int s = 0; s < IH_MERGE_SWATHS; s++)
        qsort(lists[s].numbers, lists[s].n, sizeof(long), ascending);
    return IH_OK;
}

void ih_merge_find_bursts(const ih_catalogue *c, size_t first, size_t count, ih_merge_bursts *out)
{
    burst_list lists[IH_MERGE_SWATHS] = {0};
    ih_error ignored;

    *out = (ih_merge_bursts){0};
    if (list_bursts(c, first, count, lists, &out->known, &ignored) != IH_OK)
        return;
    out->known = out->known && check_swaths(lists, &ignored) == IH_OK;
    for (int s = 0; s < IH_MERGE_SWATHS && out->known; s++) {
        if (!lists[s].n)
            continue;
        out->first[s] = lists[s].numbers[0];
        out->count[s] = (size_t)(lists[s].numbers[lists[s].n - 1] - out->first[s]) + 1;
        out->known = out->count[s] <= MOST_BURSTS;
    }
    free(lists[0].numbers);
}

static bool grids_overlap(const ih_interferogram *a, const ih_interferogram *b)
{
    double box[4] = {b->grid.x0, b->grid.y0 + (double)b->grid.ny * b->grid.dy,
                     b->grid.x0 + (double)b->grid.nx * b->grid.dx, b->grid.y0};

    /* What PROJ cannot tell is left to the pixels. */
    if (a->srs && b->srs && !ih_same_srs(a->srs, b->srs) && !ih_transform_box(b->srs, a->srs, box))
        return true;
    return box[0] < a->grid.x0 + (double)a->grid.nx * a->grid.dx && a->grid.x0 < box[2] &&
           box[1] < a->grid.y0 && a->grid.y0 + (double)a->grid.ny * a->grid.dy < box[3];
}

static ih_status check_grids(const ih_catalogue *c, size_t first, size_t count, ih_error *err)
{
    uint32_t *set = ih_alloc(count, sizeof *set);
    ih_status status = IH_OK;

    if (!set)
        return ih_fail(err, IH_E_MEMORY, "list of products");
    ih_sets_clear(set, count);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            if (grids_overlap(&c->items[first + i], &c->items[first + k]))
                ih_sets_join(set, (uint32_t)i, (uint32_t)k);
    for (size_t i = 1; i < count && status == IH_OK; i++)
        if (ih_sets_find(set, (uint32_t)i) != 0)
            status = ih_fail(err, IH_E_DATA,
                             "the products are not contiguous: nothing leads from %s to %s",
                             c->items[first].name, c->items[first + i].name);
    free(set);
    return status;
}

ih_status ih_merge_check_contiguous(const ih_catalogue *c, size_t first, size_t count,
                                    ih_error *err)
{
    burst_list lists[IH_MERGE_SWATHS] = {0};
    bool known;
    ih_status status = list_bursts(c, first, count, lists, &known, err);

    if (status == IH_OK && known)
        status = check_swaths(lists, err);
    free(lists[0].numbers);
    return status == IH_OK ? check_grids(c, first, count, err) : status;
}
