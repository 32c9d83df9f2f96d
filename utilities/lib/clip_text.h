/* SPDX-License-Identifier: MIT
 *
 * The parameter text of a product that was brought to another grid.
 */
#ifndef IH_CLIP_TEXT_H
#define IH_CLIP_TEXT_H

#include <stddef.h>

#include "utilities/lib/clip_pixels.h"
#include "utilities/lib/clip_plan.h"

/* The text as it stands, but for what the grid changes: the place of the reference point in the map
 * projection and the size of the pixels. With another reference its place takes that of the
 * producer's, and what is known of the producer's in the radar's geometry goes. CPLFree. */
char *ih_clip_text_on_grid(const char *text, size_t size, const ih_clip_view *view,
                           const ih_clip_reference *reference);

#endif
