/* SPDX-License-Identifier: MIT */
#include "algorithms/row_regions.h"

#include <string.h>

#include "algorithms/alloc.h"
#include "algorithms/disjoint_sets.h"

/* A part is what the pass down has seen to hang together at a glance: each gets the next number. */
struct ih_row_regions {
    size_t nx, n_parts, room;
    uint32_t *above;  /* [column] number of the part, from 1 */
    uint32_t *parent; /* [part] first its set, after the first pass its label */
    uint64_t *area;   /* [part], after the first pass [label - 1] */
};

ih_status ih_row_regions_new(size_t nx, ih_row_regions **out, ih_error *err)
{
    ih_row_regions *r = ih_calloc(1, sizeof *r);

    *out = r;
    if (r) {
        r->nx = nx;
        r->above = ih_calloc(nx, sizeof *r->above);
    }
    if (r && r->above)
        return IH_OK;
    ih_row_regions_free(r);
    *out = NULL;
    return ih_fail(err, IH_E_MEMORY, "regions of rows of %zu pixels", nx);
}

void ih_row_regions_free(ih_row_regions *r)
{
    if (!r)
        return;
    free(r->above);
    free(r->parent);
    free(r->area);
    free(r);
}

/* Makes room for a part per pixel of a row. */
static ih_status grow(ih_row_regions *r, ih_error *err)
{
    size_t room = r->room;
    uint32_t *parent;
    uint64_t *area;

    if (r->n_parts + r->nx <= room)
        return IH_OK;
    room = 2 * room + r->nx + 1024;
    if (room >= UINT32_MAX)
        return ih_fail(err, IH_E_MEMORY, "more than 4 billion regions");
    parent = realloc(r->parent, room * sizeof *parent);
    if (parent)
        r->parent = parent;
    area = realloc(r->area, room * sizeof *area);
    if (area)
        r->area = area;
    if (!parent || !area)
        return ih_fail(err, IH_E_MEMORY, "%zu regions", room);
    r->room = room;
    return IH_OK;
}

ih_status ih_row_regions_add(ih_row_regions *r, const uint8_t *inside, ih_error *err)
{
    ih_status status = grow(r, err);
    uint32_t west = 0;

    for (size_t x = 0; x < r->nx && status == IH_OK; x++) {
        uint32_t north = r->above[x];

        if (!inside[x]) {
            west = 0;
        } else if (west || north) {
            if (west && north)
                ih_sets_join(r->parent, west - 1, north - 1);
            west = west ? west : north;
            r->area[west - 1]++;
        } else {
            r->parent[r->n_parts] = (uint32_t)r->n_parts;
            r->area[r->n_parts] = 1;
            west = (uint32_t)++r->n_parts;
        }
        r->above[x] = west;
    }
    return status;
}

uint32_t ih_row_regions_finish(ih_row_regions *r, size_t least_area)
{
    uint32_t n = 0;

    for (size_t k = 0; k < r->n_parts; k++) {
        uint32_t root = ih_sets_find(r->parent, (uint32_t)k);

        if (root != k) {
            r->area[root] += r->area[k];
            r->parent[k] = root;
        }
    }
    /* A root has the smallest number of its set, so its label is known when the others ask. */
    for (size_t k = 0; k < r->n_parts; k++) {
        if (r->parent[k] != k) {
            r->parent[k] = r->parent[r->parent[k]];
        } else if (r->area[k] < least_area) {
            r->parent[k] = 0;
        } else {
            r->area[n] = r->area[k];
            r->parent[k] = ++n;
        }
    }
    return n;
}

uint64_t ih_row_regions_area(const ih_row_regions *r, uint32_t label)
{
    return r->area[label - 1];
}

ih_status ih_row_cursor_begin(const ih_row_regions *r, ih_row_cursor *cursor, ih_error *err)
{
    if (!cursor->above)
        cursor->above = ih_alloc(r->nx, sizeof *cursor->above);
    if (!cursor->above)
        return ih_fail(err, IH_E_MEMORY, "regions of rows of %zu pixels", r->nx);
    memset(cursor->above, 0, r->nx * sizeof *cursor->above);
    cursor->next = 0;
    return IH_OK;
}

void ih_row_cursor_free(ih_row_cursor *cursor)
{
    free(cursor->above);
    *cursor = (ih_row_cursor){0};
}

void ih_row_regions_next(const ih_row_regions *r, ih_row_cursor *cursor, const uint8_t *inside,
                         uint32_t *label)
{
    uint32_t west = 0;

    for (size_t x = 0; x < r->nx; x++) {
        uint32_t north = cursor->above[x];

        if (!inside[x])
            west = 0;
        else if (!west)
            west = north ? north : ++cursor->next;
        cursor->above[x] = west;
        label[x] = west ? r->parent[west - 1] : 0;
    }
}
