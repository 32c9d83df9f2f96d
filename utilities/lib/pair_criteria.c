/* SPDX-License-Identifier: MIT */
#include "utilities/lib/pair_criteria.h"

#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>

#include "algorithms/alloc.h"
#include "utilities/lib/pairs_csv.h"
#include "utilities/lib/report.h"

/* Lists in files beyond this size are a mistake. */
enum { MOST_LIST_BYTES = 16 << 20 };

static char **add_items(char **items, const char *word)
{
    char **parts = CSLTokenizeString2(word, ",", CSLT_STRIPLEADSPACES | CSLT_STRIPENDSPACES);

    for (char **part = parts; part && *part; part++)
        if (**part)
            items = CSLAddString(items, *part);
    CSLDestroy(parts);
    return items;
}

static ih_status add_file(const char *option, const char *path, char ***items, ih_error *err)
{
    GByte *bytes;
    char **lines;

    if (!ih_report_read(path, MOST_LIST_BYTES, &bytes, NULL))
        return ih_fail(err, IH_E_ARGUMENT, "-%s @%s: the file cannot be read", option, path);
    lines = CSLTokenizeString2((const char *)bytes, "\r\n", 0);
    for (char **line = lines; line && *line; line++) {
        char *comment = strchr(*line, '#');
        char **columns;

        if (comment)
            *comment = '\0';
        columns = CSLTokenizeString2(*line, " \t", 0);
        if (columns && columns[0])
            *items = add_items(*items, columns[0]);
        CSLDestroy(columns);
    }
    CSLDestroy(lines);
    VSIFree(bytes);
    return IH_OK;
}

/* All items of an option that may be repeated; the caller destroys the list. */
static ih_status expand(const char *option, char **words, char ***items, ih_error *err)
{
    ih_status status = IH_OK;

    *items = NULL;
    for (; words && *words && status == IH_OK; words++) {
        if (**words == '@')
            status = add_file(option, *words + 1, items, err);
        else
            *items = add_items(*items, *words);
    }
    if (status != IH_OK) {
        CSLDestroy(*items);
        *items = NULL;
    }
    return status;
}

static ih_status read_date(const char *option, const char *text, int32_t *days, ih_error *err)
{
    if (ih_days_of_iso_date(text, days))
        return IH_OK;
    return ih_fail(err, IH_E_ARGUMENT, "-%s: '%s' is not a date (YYYYMMDD or YYYY-MM-DD)", option,
                   text);
}

static ih_status read_pair(const char *option, const char *text, void *out, ih_error *err)
{
    ih_pair_days *pair = out;
    const char *second = strchr(text, '_');
    char first[16] = "";

    if (second && (size_t)(second - text) < sizeof first)
        memcpy(first, text, (size_t)(second - text));
    if (!*first || !ih_days_of_iso_date(first, &pair->reference_days) ||
        !ih_days_of_iso_date(second + 1, &pair->secondary_days) ||
        pair->reference_days >= pair->secondary_days)
        return ih_fail(err, IH_E_ARGUMENT,
                       "-%s: '%s' is not a pair (YYYYMMDD_YYYYMMDD, the earlier date first)",
                       option, text);
    return IH_OK;
}

static ih_status read_day(const char *option, const char *text, void *out, ih_error *err)
{
    return read_date(option, text, out, err);
}

/* "4" or "4:7", both ends included. */
static ih_status read_range(const char *option, const char *text, void *out, ih_error *err)
{
    ih_index_range *range = out;
    const char *colon = strchr(text, ':'), *last = colon ? colon + 1 : text;
    size_t digits = strspn(text, "0123456789"), more = strspn(last, "0123456789");

    if (digits == 0 || digits > 9 || more == 0 || more > 9 || last[more] != '\0' ||
        (colon && text + digits != colon))
        return ih_fail(err, IH_E_ARGUMENT, "-%s: '%s' is not an index such as 4 or 4:7", option,
                       text);
    range->first = (size_t)strtoul(text, NULL, 10);
    range->last = (size_t)strtoul(last, NULL, 10);
    if (range->first > range->last)
        return ih_fail(err, IH_E_ARGUMENT, "-%s: '%s' ends before it starts", option, text);
    return IH_OK;
}

typedef ih_status (*item_reader)(const char *option, const char *text, void *out, ih_error *err);

/* An option and the kind of its items. */
typedef struct {
    const char *option;
    item_reader read;
    size_t size; /* of an item */
} list_kind;

/* The items of an option as an array; NULL and 0 when it was not given. */
static ih_status read_list(const list_kind *kind, char **words, void **out, size_t *count,
                           ih_error *err)
{
    char **items, *array;
    ih_status status = expand(kind->option, words, &items, err);
    size_t n = (size_t)CSLCount(items);

    if (status != IH_OK || !words)
        return status;
    if (n == 0)
        return ih_fail(err, IH_E_ARGUMENT, "-%s: the list is empty", kind->option);
    array = ih_calloc(n, kind->size);
    if (!array)
        status = ih_fail(err, IH_E_MEMORY, "-%s: list of %zu", kind->option, n);
    for (size_t i = 0; i < n && status == IH_OK; i++)
        status = kind->read(kind->option, items[i], array + i * kind->size, err);
    CSLDestroy(items);
    *out = array;
    *count = n;
    return status;
}

static ih_status read_lists(const ih_sbas_run_options *o, ih_pair_criteria *c, ih_error *err)
{
    const list_kind listed = {"include_pair", read_pair, sizeof(ih_pair_days)};
    const list_kind pairs = {"exclude_pair", read_pair, sizeof(ih_pair_days)};
    const list_kind days = {"exclude_date", read_day, sizeof(int32_t)};
    const list_kind ranges = {"exclude_index", read_range, sizeof(ih_index_range)};
    ih_selection_criteria *to = &c->criteria;
    void *array = NULL;
    ih_status status = read_list(&listed, o->include_pairs, &array, &to->n_listed_pairs, err);

    to->listed_pairs = c->listed_pairs = array;
    array = NULL;
    if (status == IH_OK)
        status = read_list(&pairs, o->exclude_pairs, &array, &to->n_excluded_pairs, err);
    to->excluded_pairs = c->excluded_pairs = array;
    array = NULL;
    if (status == IH_OK)
        status = read_list(&days, o->exclude_dates, &array, &to->n_excluded_days, err);
    to->excluded_days = c->excluded_days = array;
    array = NULL;
    if (status == IH_OK)
        status = read_list(&ranges, o->exclude_indices, &array, &to->n_excluded_indices, err);
    to->excluded_indices = c->excluded_indices = array;
    return status;
}

ih_status ih_pair_criteria_read(const ih_sbas_run_options *o, ih_pair_criteria *out, ih_error *err)
{
    const ih_selection_criteria defaults = IH_SELECTION_DEFAULTS;
    ih_status status = IH_OK;

    *out = (ih_pair_criteria){.criteria = defaults};
    out->criteria.max_temporal_baseline_days = o->max_temporal_baseline_days;
    out->criteria.max_perpendicular_baseline_m = o->max_perpendicular_baseline_m;
    out->criteria.max_connections = (size_t)o->max_connections;
    out->criteria.min_coherence = o->min_coherence;
    out->criteria.min_area_ratio = o->min_area_ratio;
    out->criteria.keep_minimum_spanning_tree = !o->no_spanning_tree;
    out->criteria.four_decimals = ih_compat_of(o->compat)->four_decimals;
    if (o->keep_spanning_tree && o->no_spanning_tree)
        return ih_fail(err, IH_E_ARGUMENT,
                       "-keep_spanning_tree and -no_spanning_tree exclude each other");
    if (o->start_date)
        status = read_date("start_date", o->start_date, &out->criteria.start_days, err);
    if (status == IH_OK && o->end_date)
        status = read_date("end_date", o->end_date, &out->criteria.end_days, err);
    if (status == IH_OK)
        status = read_lists(o, out, err);
    if (status != IH_OK)
        ih_pair_criteria_free(out);
    return status;
}

void ih_pair_criteria_free(ih_pair_criteria *criteria)
{
    free(criteria->listed_pairs);
    free(criteria->excluded_pairs);
    free(criteria->excluded_indices);
    free(criteria->excluded_days);
    *criteria = (ih_pair_criteria){0};
}
