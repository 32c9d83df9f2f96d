/* SPDX-License-Identifier: MIT
 *
 * Name, parameter text and read-me of a simulated HyP3 product, in the words and the order of the
 * service.
 */
#ifndef IH_PRODUCT_METADATA_H
#define IH_PRODUCT_METADATA_H

#include <stddef.h>

#include "utilities/lib/scene.h"

/* Where GAMMA took the unwrapped phase to be zero. */
typedef struct {
    double phase_rad;   /* subtracted from the unwrapped phase */
    size_t column, row; /* in the product */
    double x, y, longitude, latitude;
} ih_product_reference;

void ih_product_metadata_name(const ih_scene *scene, const ih_scene_pair *pair, char *name,
                              size_t size);

/* Text of <name>.txt, made with CPL's allocator: CPLFree. reference is for GAMMA only. NULL when
 * memory is short. */
char *ih_product_metadata_text(const ih_scene *scene, const ih_scene_pair *pair,
                               const ih_product_reference *reference);

/* Text of the read-me, CPLFree, and its file name after the product's name. */
char *ih_product_metadata_readme(const ih_scene *scene, const ih_scene_pair *pair);
const char *ih_product_metadata_readme_suffix(const ih_scene *scene);

#endif
