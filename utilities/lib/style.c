/* SPDX-License-Identifier: MIT */
#include "utilities/lib/style.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_minixml.h>
#include <cpl_string.h>
#include <cpl_vsi.h>

#include "utilities/lib/report.h"

enum { LONGEST_PATH = 4096 };

/* A linear map of the style's values. */
typedef struct {
    double from_minimum, from_maximum, to_minimum, to_maximum;
} stretch;

static bool exists(const char *path)
{
    VSIStatBufL info;

    return VSIStatExL(path, &info, VSI_STAT_EXISTS_FLAG) == 0;
}

char *ih_data_folder(void)
{
    const char *chosen = CPLGetConfigOption("IH_DATA", NULL);
    char program[LONGEST_PATH], folder[LONGEST_PATH + 64];

    if (chosen)
        return CPLStrdup(chosen);
    if (CPLGetExecPath(program, sizeof program)) {
        snprintf(folder, sizeof folder, "%s/../share/insarhub-gdal", CPLGetPath(program));
        if (exists(folder))
            return CPLStrdup(folder);
    }
    return exists(IH_DATA_DIR) ? CPLStrdup(IH_DATA_DIR) : NULL;
}

static double stretched(const stretch *s, double value)
{
    double share = (value - s->from_minimum) / (s->from_maximum - s->from_minimum);

    return s->to_minimum + share * (s->to_maximum - s->to_minimum);
}

/* Attributes that hold a value of the raster. */
static bool holds_value(const char *attribute)
{
    static const char *const names[] = {
        "classificationMin", "classificationMax", "minimumValue", "maximumValue", "value", "label"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(attribute, names[i]) == 0)
            return true;
    return false;
}

static void stretch_attributes(CPLXMLNode *element, const stretch *s)
{
    for (CPLXMLNode *a = element->psChild; a; a = a->psNext) {
        char text[32];
        double value;

        if (a->eType != CXT_Attribute || !a->psChild || !holds_value(a->pszValue))
            continue;
        value = stretched(s, CPLAtof(a->psChild->pszValue));
        if (fabs(value) < 1e-9 * (s->to_maximum - s->to_minimum))
            value = 0.0;
        CPLsnprintf(text, sizeof text, strcmp(a->pszValue, "label") == 0 ? "%.4g" : "%.9g", value);
        CPLFree(a->psChild->pszValue);
        a->psChild->pszValue = CPLStrdup(text);
    }
}

static void stretch_ramp(CPLXMLNode *renderer, CPLXMLNode *shader, const stretch *s)
{
    stretch_attributes(renderer, s);
    stretch_attributes(shader, s);
    for (CPLXMLNode *child = shader->psChild; child; child = child->psNext)
        if (child->eType == CXT_Element && strcmp(child->pszValue, "item") == 0)
            stretch_attributes(child, s);
}

static ih_status stretch_style(CPLXMLNode *tree, const char *path, const ih_style *style,
                               ih_error *err)
{
    CPLXMLNode *root = CPLGetXMLNode(tree, "=qgis");
    CPLXMLNode *renderer = root ? CPLSearchXMLNode(root, "rasterrenderer") : NULL;
    CPLXMLNode *shader = renderer ? CPLSearchXMLNode(renderer, "colorrampshader") : NULL;
    stretch s = {0, 0, style->minimum, style->maximum};

    if (renderer && style->band > 0)
        CPLSetXMLValue(renderer, "#band", CPLSPrintf("%d", style->band));
    /* Classes have colours of their own and no range. */
    if (renderer && strcmp(CPLGetXMLValue(renderer, "type", ""), "paletted") == 0)
        return IH_OK;
    if (!shader)
        return ih_fail(err, IH_E_DATA, "%s: the style has no colour ramp", path);
    s.from_minimum = CPLAtof(CPLGetXMLValue(renderer, "classificationMin", "0"));
    s.from_maximum = CPLAtof(CPLGetXMLValue(renderer, "classificationMax", "0"));
    if (!(s.from_minimum < s.from_maximum))
        return ih_fail(err, IH_E_DATA, "%s: the style has no range", path);
    if (style->minimum < style->maximum && isfinite(style->minimum) && isfinite(style->maximum))
        stretch_ramp(renderer, shader, &s);
    return IH_OK;
}

ih_status ih_style_write(const char *raster_path, const ih_style *style, int overwrite,
                         ih_error *err)
{
    ih_status status = IH_OK;
    char *folder = ih_data_folder(), *text = NULL;
    char *target = CPLStrdup(CPLResetExtension(raster_path, "qml"));
    char *source = CPLStrdup(CPLSPrintf("%s/styles/%s.qml", folder ? folder : "", style->name));
    CPLXMLNode *tree = NULL;

    if (!overwrite && exists(target))
        goto done;
    if (!folder || !exists(source)) {
        status =
            ih_fail(err, IH_E_IO, "%s: the style '%s' is not installed (IH_DATA names the folder)",
                    target, style->name);
        goto done;
    }
    CPLPushErrorHandler(CPLQuietErrorHandler);
    tree = CPLParseXMLFile(source);
    CPLPopErrorHandler();
    if (!tree) {
        status = ih_fail(err, IH_E_DATA, "%s: %s", source, CPLGetLastErrorMsg());
        goto done;
    }
    status = stretch_style(tree, source, style, err);
    if (status != IH_OK)
        goto done;
    text = CPLSerializeXMLTree(tree);
    status = ih_report_write_text(target, text, err);

done:
    CPLFree(text);
    CPLDestroyXMLNode(tree);
    CPLFree(source);
    CPLFree(target);
    CPLFree(folder);
    return status;
}
