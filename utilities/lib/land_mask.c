/* SPDX-License-Identifier: MIT */
#include "utilities/lib/land_mask.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "algorithms/alloc.h"
#include "utilities/lib/stack_reader.h"

enum { ROWS = 128 };

size_t ih_first_with_layers(const ih_catalogue *catalogue, const ih_common_grid *common,
                            const enum ih_stack_layer *layers, size_t n_layers)
{
    size_t found = catalogue->count;

    for (size_t i = 0; i < catalogue->count; i++) {
        size_t k = 0;

        while (k < n_layers && catalogue->items[i].layers[layers[k]].path)
            k++;
        if (k < n_layers)
            continue;
        if (common->on_lattice[i])
            return i;
        if (found == catalogue->count)
            found = i;
    }
    return found;
}

ih_status ih_land_mask_read(const ih_catalogue *catalogue, const ih_common_grid *common,
                            ih_land_mask *out, ih_error *err)
{
    static const enum ih_stack_layer wanted[] = {IH_STACK_WATER_MASK};
    size_t nx = common->grid.nx, ny = common->grid.ny;
    ih_stack_reader *reader = NULL;
    float *values = NULL;
    ih_status status;

    *out = (ih_land_mask){.source = ih_first_with_layers(catalogue, common, wanted, 1)};
    if (out->source == catalogue->count)
        return IH_OK;
    status = ih_stack_reader_new(catalogue, out->source, IH_STACK_WATER_MASK, common, &reader, err);
    if (status != IH_OK)
        return status;
    out->land = ih_alloc(nx, ny);
    values = ih_alloc(nx * ROWS, sizeof *values);
    out->source_name = strdup(catalogue->items[out->source].name);
    if (!out->land || !out->source_name || !values)
        status = ih_fail(err, IH_E_MEMORY, "land mask");
    for (size_t row = 0; row < ny && status == IH_OK; row += ROWS) {
        size_t n = ny - row < ROWS ? ny - row : ROWS;

        status = ih_stack_reader_rows(reader, row, n, values, err);
        for (size_t i = 0; i < n * nx && status == IH_OK; i++) {
            out->land[row * nx + i] = values[i] != 0.0f;
            out->water_pixels += values[i] == 0.0f;
        }
    }
    free(values);
    ih_stack_reader_free(reader);
    if (status != IH_OK)
        ih_land_mask_free(out);
    return status;
}

void ih_land_mask_free(ih_land_mask *mask)
{
    free(mask->land);
    free(mask->source_name);
    mask->land = NULL;
    mask->source_name = NULL;
}
