/* SPDX-License-Identifier: MIT */
#include "utilities/lib/style.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <cpl_conv.h>
#include <cpl_minixml.h>
#include <cpl_string.h>
#include <cpl_vsi.h>

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/ih_style_XXXXXX");
    CPLSetConfigOption("IH_DATA", IH_TEST_DATA_DIR);
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return VSIRmdirRecursive(folder);
}

static const char *in_folder(const char *name)
{
    return CPLSPrintf("%s/%s", folder, name);
}

/* First and last value of the ramp. */
static void read_range(const char *path, double range[2], int *n_items)
{
    CPLXMLNode *tree = CPLParseXMLFile(path);
    CPLXMLNode *shader =
        tree ? CPLSearchXMLNode(CPLGetXMLNode(tree, "=qgis"), "colorrampshader") : NULL;

    assert_non_null(shader);
    *n_items = 0;
    for (CPLXMLNode *child = shader->psChild; child; child = child->psNext)
        if (child->eType == CXT_Element && strcmp(child->pszValue, "item") == 0) {
            range[*n_items > 0] = CPLAtof(CPLGetXMLValue(child, "value", "nan"));
            ++*n_items;
        }
    CPLDestroyXMLNode(tree);
}

static ih_status write_style(const char *path, const char *name, double minimum, double maximum,
                             int overwrite)
{
    const ih_style style = {.name = name, .minimum = minimum, .maximum = maximum};

    return ih_style_write(path, &style, overwrite, NULL);
}

static void each_style_is_there_with_its_own_range(void **state)
{
    static const struct {
        const char *name;
        double minimum, maximum;
    } styles[] = {{"velocity", -0.05, 0.05}, {"displacement", -0.1, 0.1},
                  {"coherence", 0, 1},       {"wrapped_phase", -M_PI, M_PI},
                  {"diverging", -1, 1},      {"amplitude", 0, 0.02},
                  {"count", 0, 10},          {"height", 0, 1000}};

    (void)state;
    for (size_t i = 0; i < sizeof styles / sizeof *styles; i++) {
        double range[2];
        int n;

        assert_int_equal(write_style(in_folder("a.tif"), styles[i].name, 0, 0, 1), IH_OK);
        read_range(in_folder("a.qml"), range, &n);
        assert_true(n >= 5);
        assert_true(fabs(range[0] - styles[i].minimum) < 1e-8);
        assert_true(fabs(range[1] - styles[i].maximum) < 1e-8);
    }
    VSIUnlink(in_folder("a.qml"));
}

static void values_are_stretched_to_the_range(void **state)
{
    double range[2];
    int n;
    GByte *text = NULL;

    (void)state;
    assert_int_equal(write_style(in_folder("v.tif"), "velocity", -0.3, 0.1, 0), IH_OK);
    read_range(in_folder("v.qml"), range, &n);
    assert_true(range[0] == -0.3 && range[1] == 0.1);
    assert_true(VSIIngestFile(NULL, in_folder("v.qml"), &text, NULL, -1));
    assert_non_null(strstr((char *)text, "<!DOCTYPE qgis"));
    assert_non_null(strstr((char *)text, "classificationMin=\"-0.3\""));
    assert_non_null(strstr((char *)text, "maximumValue=\"0.1\""));
    /* The middle of the ramp. */
    assert_non_null(strstr((char *)text, "<item value=\"-0.1\" label=\"-0.1\" color=\"#f8f6f3\""));
    VSIFree(text);
    VSIUnlink(in_folder("v.qml"));
}

static void a_style_the_user_may_have_edited_is_kept(void **state)
{
    double range[2];
    int n;

    (void)state;
    assert_int_equal(write_style(in_folder("v.tif"), "coherence", 0, 0.5, 0), IH_OK);
    assert_int_equal(write_style(in_folder("v.tif"), "velocity", -1, 1, 0), IH_OK);
    read_range(in_folder("v.qml"), range, &n);
    assert_true(range[1] == 0.5);
    assert_int_equal(write_style(in_folder("v.tif"), "velocity", -1, 1, 1), IH_OK);
    read_range(in_folder("v.qml"), range, &n);
    assert_true(range[1] == 1.0);
    VSIUnlink(in_folder("v.qml"));
}

static void missing_styles_are_told(void **state)
{
    const ih_style rainbow = {.name = "rainbow"}, velocity = {.name = "velocity"};
    ih_error err = {IH_OK, ""};

    (void)state;
    assert_int_equal(ih_style_write(in_folder("v.tif"), &rainbow, 0, &err), IH_E_IO);
    assert_non_null(strstr(err.text, "'rainbow'"));
    CPLSetConfigOption("IH_DATA", "/nowhere");
    assert_int_equal(ih_style_write(in_folder("v.tif"), &velocity, 0, &err), IH_E_IO);
    CPLSetConfigOption("IH_DATA", IH_TEST_DATA_DIR);
}

static void classes_are_copied_and_the_band_is_chosen(void **state)
{
    const ih_style classes = {.name = "mask", .minimum = 5, .maximum = 6};
    const ih_style third = {.name = "displacement", .minimum = -1, .maximum = 1, .band = 3};
    CPLXMLNode *tree;

    (void)state;
    assert_int_equal(ih_style_write(in_folder("m.tif"), &classes, 1, NULL), IH_OK);
    tree = CPLParseXMLFile(in_folder("m.qml"));
    assert_string_equal(
        CPLGetXMLValue(CPLSearchXMLNode(CPLGetXMLNode(tree, "=qgis"), "paletteEntry"), "value", ""),
        "0");
    CPLDestroyXMLNode(tree);
    assert_int_equal(ih_style_write(in_folder("d.tif"), &third, 1, NULL), IH_OK);
    tree = CPLParseXMLFile(in_folder("d.qml"));
    assert_string_equal(
        CPLGetXMLValue(CPLSearchXMLNode(CPLGetXMLNode(tree, "=qgis"), "rasterrenderer"), "band",
                       ""),
        "3");
    CPLDestroyXMLNode(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_style_is_there_with_its_own_range),
        cmocka_unit_test(values_are_stretched_to_the_range),
        cmocka_unit_test(a_style_the_user_may_have_edited_is_kept),
        cmocka_unit_test(missing_styles_are_told),
        cmocka_unit_test(classes_are_copied_and_the_band_is_chosen),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
