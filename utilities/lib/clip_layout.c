/* SPDX-License-Identifier: MIT */
#include "utilities/lib/clip_layout.h"

#include <string.h>

#include <cpl_conv.h>
#include <cpl_string.h>

#include "drivers/hyp3/layers.h"

/* What MintPy loads, under which key, in the order of its template. */
static const struct {
    const char *layer, *key;
} mintpy_layers[] = {{"unw_phase", "unwFile"},       {"corr", "corFile"},
                     {"conncomp", "connCompFile"},   {"dem", "demFile"},
                     {"lv_theta", "incAngleFile"},   {"lv_phi", "azAngleFile"},
                     {"water_mask", "waterMaskFile"}};

#define N_MINTPY (sizeof mintpy_layers / sizeof *mintpy_layers)

bool ih_clip_layout_takes(const ih_clip_options *options, size_t layer)
{
    const ih_layer *row = ih_layer_at(layer);

    if (!ih_clip_is_for_mintpy(options) || options->layout == IH_CLIP_NOTEBOOK)
        return !row->radar_geometry;
    for (size_t i = 0; i < N_MINTPY; i++)
        if (strcmp(mintpy_layers[i].layer, row->suffix) == 0)
            return true;
    return false;
}

char *ih_clip_layout_path(const ih_clip_options *options, const char *product, const char *suffix,
                          const char *extension)
{
    const char *infix = ih_clip_is_for_mintpy(options) && *suffix ? "_clip" : "";
    const char *folder = product;

    if (options->layout == IH_CLIP_INSARHUB || options->layout == IH_CLIP_MINTPY)
        folder = "clip";
    return CPLStrdup(CPLSPrintf("%s/%s%s%s.%s", folder, product, suffix, infix, extension));
}

const char *ih_clip_layout_template_name(const ih_clip_options *options)
{
    switch (options->layout) {
    case IH_CLIP_INSARHUB:
        return ".mintpy.cfg";
    case IH_CLIP_NOTEBOOK:
    case IH_CLIP_MINTPY:
        return "mintpy.cfg";
    default:
        return NULL;
    }
}

char *ih_clip_layout_template(const ih_clip_options *options, const bool *has)
{
    const char *folder = options->layout == IH_CLIP_NOTEBOOK ? "*" : "clip";
    char **lines = NULL, *text, *end;
    size_t size = 1;

    lines = CSLAddString(lines, "# Template for MintPy's smallbaselineApp.py, to be run in this "
                                "folder. Paths are relative to it.");
    lines = CSLAddString(lines, "mintpy.load.processor = hyp3");
    for (size_t i = 0; i < N_MINTPY; i++) {
        const char *layer = mintpy_layers[i].layer;

        if (has[ih_layer_find(layer)])
            lines = CSLAddString(lines, CPLSPrintf("mintpy.load.%s = %s/*_%s_clip.tif",
                                                   mintpy_layers[i].key, folder, layer));
    }
    /* What needs an account at a weather service, or a screen, is for the user to switch on. */
    lines = CSLAddString(lines, "mintpy.troposphericDelay.method = no");
    lines = CSLAddString(lines, "mintpy.plot = no");
    for (char **line = lines; *line; line++)
        size += strlen(*line) + 1;
    text = end = CPLMalloc(size);
    for (char **line = lines; *line; line++) {
        end = stpcpy(end, *line);
        *end++ = '\n';
    }
    *end = '\0';
    CSLDestroy(lines);
    return text;
}
