/* SPDX-License-Identifier: MIT
 *
 * Bridging and closure of regions over the work cube (algorithms/bridging.h, closure_correction.h).
 * Regions come from the components that the unwrapper left with the products; a pair without any
 * gets the pixels of sufficient coherence instead.
 */
#ifndef IH_UNWRAPPING_REGIONS_H
#define IH_UNWRAPPING_REGIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "algorithms/status.h"

/* Coherence from which on a pixel belongs to a region where the product has no components. */
#define IH_REGION_COHERENCE 0.3f

enum ih_component_source { IH_COMPONENTS_OF_COHERENCE = 0, IH_COMPONENTS_OF_UNWRAPPER };

typedef struct {
    /* [pair]; NULL unless a method of regions was used */
    uint8_t *source;             /* enum ih_component_source */
    uint32_t *regions, *shifted; /* of bridging: that were considered, and moved */
    size_t n_unread;             /* pairs whose components could not be read: coherence */
    size_t n_unrooted;           /* pairs whose reference point lies in no region: not bridged */
    size_t n_beyond;             /* pairs left alone for more than 127 cycles */
    size_t n_common;             /* regions common to all pairs, beside that of the reference */
    bool reference_common;       /* the reference point lies in one */
} ih_unwrapping_regions;

struct ih_sbas_state;

/* Memory for what is told of every pair. */
IH_MUST_CHECK ih_status ih_unwrapping_regions_new(size_t n_pairs, ih_unwrapping_regions *out,
                                                  ih_error *err);

/* Corrects phases and cycles of the state, whose cycles need no content yet, and fills
 * state->unwrapping.of_regions. */
IH_MUST_CHECK ih_status ih_unwrapping_regions_correct(struct ih_sbas_state *state, bool bridging,
                                                      bool closure, ih_error *err);
void ih_unwrapping_regions_free(ih_unwrapping_regions *regions);

/* Bytes per pixel of one thread, and of all together. */
double ih_unwrapping_regions_plane_bytes(void);

#endif
