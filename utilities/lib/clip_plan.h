/* SPDX-License-Identifier: MIT
 *
 * What gdal_ih_clip is going to do, decided before a pixel is read: which products, which layers,
 * which grid.
 */
#ifndef IH_CLIP_PLAN_H
#define IH_CLIP_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "utilities/lib/catalogue.h"
#include "utilities/lib/clip.h"
#include "utilities/lib/common_grid.h"

/* Where phases are made 0. */
typedef struct {
    bool given;
    size_t column, row;               /* of the common grid */
    size_t reach;                     /* pixels to each side that are averaged */
    double x, y, longitude, latitude; /* of the pixel's centre; degrees NaN when not known */
    double mean_coherence;            /* when it was chosen; else NaN */
} ih_clip_reference;

typedef struct {
    const ih_clip_request *request;
    ih_catalogue *catalogue; /* what is left of the inputs, and what was left out and why */
    ih_common_grid *common;
    uint8_t *inside; /* [row][column] of the cutline; NULL = everywhere */
    size_t n_inside; /* pixels of it, or of the grid */
    uint8_t *land;   /* [row][column] 0 where a product says water; NULL: each has its own mask */
    ih_clip_reference reference;
    size_t *layers; /* [n_layers] rows of the driver's table, phase and coherence first */
    size_t n_layers;
    bool named_layers; /* by the user: then every product has to have all of them */
    char **notes;      /* CPL list: what people should know */
} ih_clip_plan;

/* frozen is the "grid" of an earlier manifest for -frozen_grid, else NULL. */
IH_MUST_CHECK ih_status ih_clip_plan_new(const ih_clip_request *request, const cJSON *frozen,
                                         ih_clip_plan **out, ih_error *err);
void ih_clip_plan_free(ih_clip_plan *plan);

/* Whether a row of the driver's table of layers is among those to be written. */
bool ih_clip_plan_has_layer(const ih_clip_plan *plan, size_t layer);

void ih_clip_plan_note(ih_clip_plan *plan, const char *text);

/* Adds "grid", and what decides the content of the files, to an object. */
void ih_clip_plan_content(const ih_clip_plan *plan, cJSON *object);

/* Adds "limits": the products whose edges are those of the common area, by side. */
void ih_clip_plan_limits(const ih_clip_plan *plan, cJSON *object);

#endif
