/* SPDX-License-Identifier: MIT
 *
 * Cyclic colour ramps, computed. The perceptually uniform ones are plane ellipses in Oklab (B. Ottosson 2020, "A perceptual
 * color space for image processing"), walked at constant speed, so that equal steps of phase look equally far apart all the way
 * round, as P. Kovesi asks of cyclic maps ("Good colour maps: how to design them", 2015). All colours are inside sRGB.
 * Thread-safe: no state.
 */
#ifndef IH_CYCLIC_RAMP_H
#define IH_CYCLIC_RAMP_H

#include <stddef.h>
#include <stdint.h>

typedef enum {
    IH_CYCLIC_RAMP_HUE,      /* all hues, lightest at yellow-green, darkest at violet */
    IH_CYCLIC_RAMP_EVEN,     /* all hues at one lightness, for draping over shaded relief */
    IH_CYCLIC_RAMP_BLUE_RED, /* light at phase 0, dark at half a cycle, blue before and red after 0; readable without hue */
    IH_CYCLIC_RAMP_NOTEBOOK  /* blue, red, yellow, green and back, straight lines in sRGB; as in ASF's notebooks, not uniform */
} ih_cyclic_ramp;

enum { IH_CYCLIC_RAMP_COUNT = IH_CYCLIC_RAMP_NOTEBOOK + 1 };

/* n colours along the cycle from phase -pi to pi: colour i is at (i + offset) / n of the cycle, offset 0 to 1. colours is
 * [n][3], red, green, blue. */
void ih_cyclic_ramp_colours(ih_cyclic_ramp ramp, size_t n, double offset, uint8_t *colours);

#endif
