/* SPDX-License-Identifier: MIT */
#include "utilities/lib/catalogue_network.h"

#include <stdlib.h>

#include "algorithms/alloc.h"

ih_status ih_catalogue_network(const ih_catalogue *c, size_t *pair_of, ih_network **out,
                               ih_error *err)
{
    int32_t *days = ih_alloc(c->count, 2 * sizeof *days), *secondary = days + c->count;
    size_t n = 0;
    ih_status status;

    if (!days)
        return ih_fail(err, IH_E_MEMORY, "network of %zu pairs", c->count);
    for (size_t i = 0; i < c->count; i++) {
        const ih_interferogram *item = &c->items[i];

        if (n == 0 || days[n - 1] != item->reference_days ||
            secondary[n - 1] != item->secondary_days) {
            days[n] = item->reference_days;
            secondary[n++] = item->secondary_days;
        }
        if (pair_of)
            pair_of[i] = n - 1;
    }
    status = ih_network_new(n, days, secondary, NULL, out, err);
    free(days);
    return status;
}
