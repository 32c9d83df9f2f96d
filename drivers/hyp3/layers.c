/* SPDX-License-Identifier: MIT */
#include "drivers/hyp3/layers.h"

#include <string.h>
#include <strings.h>

/* SNAPHU numbers at most twenty components, from 1. */
static const char *const component_names[] = {"no component", "component 1",
                                              "component 2",  "component 3",
                                              "component 4",  "component 5",
                                              "component 6",  "component 7",
                                              "component 8",  "component 9",
                                              "component 10", "component 11",
                                              "component 12", "component 13",
                                              "component 14", "component 15",
                                              "component 16", "component 17",
                                              "component 18", "component 19",
                                              "component 20", NULL};

static const char *const water_names[] = {"water", "land", NULL};

/* Up is toward the satellite, hence the sign of vert_disp. */
static const ih_layer layers[] = {
    {"unw_phase", "unwrapped phase", "rad", IH_SIGN_POSITIVE_AWAY, false, true, true, NULL},
    {"wrapped_phase", "wrapped phase", "rad", IH_SIGN_POSITIVE_AWAY, false, true, true, NULL},
    {"corr", "coherence", "", IH_SIGN_NONE, false, true, true, NULL},
    {"conncomp", "connected components", "", IH_SIGN_NONE, false, false, true, component_names},
    {"amp", "amplitude", "", IH_SIGN_NONE, false, false, true, NULL},
    {"los_disp", "line-of-sight displacement", "m", IH_SIGN_POSITIVE_TOWARD, false, false, true,
     NULL},
    {"vert_disp", "vertical displacement", "m", IH_SIGN_POSITIVE_TOWARD, false, false, true, NULL},
    {"dem", "ellipsoidal height", "m", IH_SIGN_NONE, false, false, true, NULL},
    {"lv_theta", "look vector elevation", "rad", IH_SIGN_NONE, false, false, true, NULL},
    {"lv_phi", "look vector azimuth", "rad", IH_SIGN_NONE, false, false, true, NULL},
    {"inc_map", "local incidence angle", "rad", IH_SIGN_NONE, false, false, true, NULL},
    {"inc_map_ell", "incidence angle at the ellipsoid", "rad", IH_SIGN_NONE, false, false, true,
     NULL},
    {"water_mask", "water mask", "", IH_SIGN_NONE, false, false, false, water_names},
    {"wrapped_phase_rdr", "complex interferogram in radar geometry", "", IH_SIGN_POSITIVE_AWAY,
     true, true, true, NULL},
    {"lat_rdr", "latitude in radar geometry", "deg", IH_SIGN_NONE, true, false, true, NULL},
    {"lon_rdr", "longitude in radar geometry", "deg", IH_SIGN_NONE, true, false, true, NULL},
    {"los_rdr", "line of sight in radar geometry", "deg", IH_SIGN_NONE, true, false, true, NULL},
};

static const char *const extensions[] = {".tif", ".tiff"};

/* What clip recipes write between the layer and the extension. */
static const char *const infixes[] = {"_clip", "_clipped", "_crop", "_geo"};

#define COUNT(array) (sizeof(array) / sizeof *(array))

size_t ih_layer_count(void)
{
    return COUNT(layers);
}

const ih_layer *ih_layer_at(size_t index)
{
    return index < COUNT(layers) ? &layers[index] : NULL;
}

int ih_layer_find(const char *suffix)
{
    if (!suffix)
        return -1;
    for (size_t i = 0; i < COUNT(layers); i++)
        if (strcasecmp(layers[i].suffix, suffix) == 0)
            return (int)i;
    return -1;
}

static bool ends_with(const char *text, size_t length, const char *end)
{
    size_t n = strlen(end);

    return length > n && strncasecmp(text + length - n, end, n) == 0;
}

/* Length of text without the first of the endings that it has; the same length when it has none. */
static size_t without_ending(const char *text, size_t length, const char *const *endings, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (ends_with(text, length, endings[i]))
            return length - strlen(endings[i]);
    return length;
}

int ih_layer_of_file(const char *file_name, size_t *stem_length)
{
    size_t length, before, best = 0;
    int found = -1;

    if (!file_name)
        return -1;
    length = strlen(file_name);
    before = length;
    length = without_ending(file_name, length, extensions, COUNT(extensions));
    if (length == before)
        return -1;
    do {
        before = length;
        length = without_ending(file_name, length, infixes, COUNT(infixes));
    } while (length < before);

    for (size_t i = 0; i < COUNT(layers); i++) {
        size_t n = strlen(layers[i].suffix);

        /* One character of product name and the underscore at least. */
        if (n > best && length > n + 1 && file_name[length - n - 1] == '_' &&
            ends_with(file_name, length, layers[i].suffix)) {
            best = n;
            found = (int)i;
        }
    }
    if (found >= 0 && stem_length)
        *stem_length = length - best - 1;
    return found;
}
