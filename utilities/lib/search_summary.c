/* SPDX-License-Identifier: MIT */
#include "utilities/lib/search_summary.h"

#include <stdlib.h>
#include <string.h>

#include "algorithms/alloc.h"
#include "utilities/net/json.h"

typedef struct {
    const ih_granule **items; /* by stack, then by start */
    size_t n;
} sorted;

typedef struct {
    size_t first, n;
} stack;

static int compare_stacks(const ih_granule *a, const ih_granule *b)
{
    if (a->path != b->path)
        return a->path < b->path ? -1 : 1;
    if (a->frame != b->frame)
        return a->frame < b->frame ? -1 : 1;
    return strcmp(a->burst, b->burst);
}

static int by_stack_and_start(const void *a, const void *b)
{
    const ih_granule *x = *(const ih_granule *const *)a, *y = *(const ih_granule *const *)b;
    int stacks = compare_stacks(x, y);
    double later = ih_time_difference(&x->start, &y->start);

    if (stacks)
        return stacks;
    return later > 0 ? 1 : later < 0 ? -1 : strcmp(x->id, y->id);
}

static ih_status sort(const ih_granules *scenes, sorted *out, ih_error *err)
{
    out->n = scenes->n;
    out->items = ih_alloc(scenes->n + 1, sizeof *out->items);
    if (!out->items)
        return ih_fail(err, IH_E_MEMORY, "no memory for %zu scenes", scenes->n);
    for (size_t i = 0; i < scenes->n; i++)
        out->items[i] = &scenes->items[i];
    if (out->n > 1)
        qsort(out->items, out->n, sizeof *out->items, by_stack_and_start);
    return IH_OK;
}

/* The stack that begins at an index. */
static stack stack_at(const sorted *s, size_t first)
{
    stack k = {first, 1};

    while (first + k.n < s->n && compare_stacks(s->items[first], s->items[first + k.n]) == 0)
        k.n++;
    return k;
}

/* Of a stack's first scene: ASCENDING, DESCENDING, or "" for anything else. */
static const char *direction_of(const sorted *s, const stack *k)
{
    const char *direction = s->items[k->first]->direction;

    if (strcmp(direction, "ASCENDING") == 0 || strcmp(direction, "DESCENDING") == 0)
        return direction;
    return "";
}

static void add_date(ih_text *out, const ih_granule *g)
{
    const char *start = ih_json_text(g->properties, "startTime");

    ih_text_print(out, "%.10s", start ? start : "");
}

static void add_stack(const sorted *s, const stack *k, bool list, ih_text *out)
{
    const ih_granule *g = s->items[k->first];

    ih_text_print(out, "relativeOrbit %ld ", g->path);
    if (g->is_burst)
        ih_text_print(out, "burst %s", g->burst);
    else
        ih_text_print(out, "frame %ld", g->frame);
    ih_text_print(out, " | Count: %zu | ", k->n);
    add_date(out, g);
    ih_text_print(out, " --> ");
    add_date(out, s->items[k->first + k->n - 1]);
    ih_text_add(out, "\n", 1);
    for (size_t i = k->first; list && i < k->first + k->n; i++) {
        ih_text_print(out, "    %s (", s->items[i]->name);
        add_date(out, s->items[i]);
        ih_text_print(out, ")\n");
    }
}

static void add_direction(const sorted *s, const char *direction, bool list, ih_text *out)
{
    size_t n = 0;

    for (size_t i = 0; i < s->n;) {
        stack k = stack_at(s, i);

        n += strcmp(direction_of(s, &k), direction) == 0;
        i += k.n;
    }
    if (n == 0)
        return;
    if (*direction)
        ih_text_print(out, "=== %s ORBITS (%zu Stacks) ===\n", direction, n);
    else
        ih_text_print(out, "=== UNKNOWN DIRECTION (%zu Stacks) ===\n", n);
    for (size_t i = 0; i < s->n;) {
        stack k = stack_at(s, i);

        if (strcmp(direction_of(s, &k), direction) == 0)
            add_stack(s, &k, list, out);
        i += k.n;
    }
}

ih_status ih_search_summary_text(const ih_granules *scenes, bool list, ih_text *out, ih_error *err)
{
    static const char *const directions[] = {"ASCENDING", "DESCENDING", ""};
    sorted s;
    ih_status status = sort(scenes, &s, err);

    if (status != IH_OK)
        return status;
    for (size_t i = 0; i < sizeof directions / sizeof *directions; i++)
        add_direction(&s, directions[i], list, out);
    free(s.items);
    return ih_text_good(out) ? IH_OK : ih_fail(err, IH_E_MEMORY, "no memory for a summary");
}

/* Adds a text to an array that does not have it. */
static void add_once(cJSON *array, const char *text)
{
    const cJSON *item;

    if (!text)
        return;
    cJSON_ArrayForEach(item, array) if (strcmp(item->valuestring, text) == 0) return;
    cJSON_AddItemToArray(array, cJSON_CreateString(text));
}

static void add_day(cJSON *object, const char *key, const ih_granule *g)
{
    ih_text date = {0};

    add_date(&date, g);
    cJSON_AddStringToObject(object, key, date.data ? date.data : "");
    ih_text_free(&date);
}

static void add_stack_json(const sorted *s, const stack *k, bool list, cJSON *array)
{
    const ih_granule *g = s->items[k->first];
    cJSON *object = cJSON_CreateObject();
    cJSON *platforms, *polarizations, *names;
    int64_t gap = 0;
    double n_dates = 1;

    cJSON_AddItemToArray(array, object);
    cJSON_AddNumberToObject(object, "path", (double)g->path);
    if (g->is_burst)
        cJSON_AddStringToObject(object, "burst", g->burst);
    else
        cJSON_AddNumberToObject(object, "frame", (double)g->frame);
    cJSON_AddStringToObject(object, "direction", g->direction);
    cJSON_AddNumberToObject(object, "count", (double)k->n);
    for (size_t i = k->first + 1; i < k->first + k->n; i++) {
        int64_t days = ih_time_day(&s->items[i]->start) - ih_time_day(&s->items[i - 1]->start);

        n_dates += days > 0;
        gap = days > gap ? days : gap;
    }
    cJSON_AddNumberToObject(object, "dates", n_dates);
    add_day(object, "first", g);
    add_day(object, "last", s->items[k->first + k->n - 1]);
    cJSON_AddNumberToObject(object, "longest_gap_days", (double)gap);
    platforms = cJSON_AddArrayToObject(object, "platforms");
    polarizations = cJSON_AddArrayToObject(object, "polarizations");
    names = list ? cJSON_AddArrayToObject(object, "scenes") : NULL;
    for (size_t i = k->first; i < k->first + k->n; i++) {
        add_once(platforms, ih_json_text(s->items[i]->properties, "platform"));
        add_once(polarizations, ih_json_text(s->items[i]->properties, "polarization"));
        if (list)
            cJSON_AddItemToArray(names, cJSON_CreateString(s->items[i]->name));
    }
}

ih_status ih_search_summary_json(const ih_granules *scenes, bool list, cJSON **out, ih_error *err)
{
    sorted s;
    ih_status status = sort(scenes, &s, err);

    *out = NULL;
    if (status != IH_OK)
        return status;
    *out = cJSON_CreateArray();
    for (size_t i = 0; i < s.n;) {
        stack k = stack_at(&s, i);

        add_stack_json(&s, &k, list, *out);
        i += k.n;
    }
    free(s.items);
    return *out ? IH_OK : ih_fail(err, IH_E_MEMORY, "no memory for a summary");
}
