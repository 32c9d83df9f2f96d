/* SPDX-License-Identifier: MIT */
#include "utilities/lib/network_figure.h"

#include <locale.h>
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
#include <cpl_vsi.h>

#include "algorithms/network_selection.h"

/* 2020-01-01 is day 18262. Date 3 loses both its pairs. */
enum { N = 4, M = 5 };
static const int32_t reference_days[M] = {18262, 18262, 18262, 18274, 18286};
static const int32_t secondary_days[M] = {18274, 18286, 18298, 18286, 18298};
static const double baselines[M] = {30, -50, 10, -80, NAN}, dates_m[N] = {0, 30, -50, 12};
static const double coherence[M] = {.75, .41, .3, NAN, .2};
static const uint8_t verdict[M] = {IH_PAIR_KEPT, IH_PAIR_KEPT_BY_TREE, IH_PAIR_COHERENCE,
                                   IH_PAIR_KEPT, IH_PAIR_TEMPORAL_BASELINE};
static ih_network *network;

static int make_network(void **state)
{
    (void)state;
    return ih_network_new(M, reference_days, secondary_days, baselines, &network, NULL) == IH_OK
               ? 0
               : -1;
}

static int drop_network(void **state)
{
    (void)state;
    ih_network_free(network);
    return 0;
}

static ih_network_figure whole_figure(void)
{
    return (ih_network_figure){.network = network,
                               .verdict = verdict,
                               .mean_coherence = coherence,
                               .date_baseline_m = dates_m,
                               .min_coherence = .5};
}

/* Elements of a name that carry a title beginning with text ("" = any title). */
static size_t count_titled(const CPLXMLNode *node, const char *name, const char *text,
                           const CPLXMLNode **found)
{
    size_t n = 0;

    for (; node; node = node->psNext) {
        if (node->eType != CXT_Element)
            continue;
        if (strcmp(node->pszValue, name) == 0) {
            const char *title = CPLGetXMLValue(node, "title", NULL);

            if (title && strncmp(title, text, strlen(text)) == 0) {
                n++;
                *found = node;
            }
        }
        n += count_titled(node->psChild, name, text, found);
    }
    return n;
}

static const CPLXMLNode *only_titled(const CPLXMLNode *root, const char *name, const char *text)
{
    const CPLXMLNode *found = NULL;

    assert_int_equal(count_titled(root, name, text, &found), 1);
    return found;
}

static double number(const CPLXMLNode *node, const char *attribute)
{
    return CPLAtof(CPLGetXMLValue(node, attribute, "nan"));
}

/* Every text is XML and has no number that is none. */
static CPLXMLNode *parse(const char *svg)
{
    CPLXMLNode *root = CPLParseXMLString(svg);

    assert_non_null(root);
    assert_non_null(strstr(svg, "</svg>\n"));
    assert_null(strstr(svg, "nan"));
    assert_null(strstr(svg, "inf"));
    return root;
}

static void dates_lie_at_their_time_and_baseline(void **state)
{
    ih_network_figure f = whole_figure();
    char *svg = ih_network_figure_svg(&f);
    CPLXMLNode *root = parse(svg);
    const CPLXMLNode *date[N], *any;
    static const char *const names[N] = {"2020-01-01: 2 m, 2 pairs", "2020-01-13: 32 m, 2 pairs",
                                         "2020-01-25: -48 m, 2 pairs", "2020-02-06: 14 m, 0 pairs"};

    (void)state;
    for (size_t i = 0; i < N; i++)
        date[i] = only_titled(root, "circle", names[i]); /* the mean, -2 m, is taken off */
    assert_int_equal(count_titled(root, "circle", "", &any), N);
    for (size_t i = 1; i + 1 < N; i++)
        assert_true(fabs(number(date[i + 1], "cx") - 2 * number(date[i], "cx") +
                         number(date[i - 1], "cx")) < .21);
    assert_true(number(date[1], "cx") > number(date[0], "cx") + 100);
    /* up is positive, in proportion: 30 m against 80 m */
    assert_true(number(date[1], "cy") < number(date[0], "cy"));
    assert_true(fabs((number(date[0], "cy") - number(date[1], "cy")) / 30 -
                     (number(date[2], "cy") - number(date[1], "cy")) / 80) < .01);
    assert_string_equal(CPLGetXMLValue(date[3], "fill", ""), "#ffffff");
    assert_string_not_equal(CPLGetXMLValue(date[0], "fill", ""), "#ffffff");
    CPLDestroyXMLNode(root);
    free(svg);
}

static void pairs_tell_what_they_are(void **state)
{
    ih_network_figure f = whole_figure();
    char *svg = ih_network_figure_svg(&f);
    CPLXMLNode *root = parse(svg);
    const CPLXMLNode *strong, *tree, *dropped, *unknown;

    (void)state;
    strong =
        only_titled(root, "path", "2020-01-01 to 2020-01-13: 12 days, 30 m, coherence 0.75, kept");
    tree = only_titled(root, "path",
                       "2020-01-01 to 2020-01-25: 24 days, -50 m, coherence 0.41, kept for the "
                       "minimum spanning tree");
    dropped = only_titled(root, "path",
                          "2020-01-01 to 2020-02-06: 36 days, 10 m, coherence 0.30, mean coherence "
                          "too low");
    unknown = only_titled(root, "path", "2020-01-13 to 2020-01-25: 12 days, -80 m, kept");
    only_titled(root, "path",
                "2020-01-25 to 2020-02-06: 12 days, coherence 0.20, temporal baseline");
    /* colours run from 0.4 to 0.8: 0.75 is 7/8 of the way, between stops 7 and 8 of 9 */
    assert_string_equal(CPLGetXMLValue(strong, "stroke", ""), "#472877");
    /* 0.41: 0.225 of the way from (189,223,38) to (122,209,81) */
    assert_string_equal(CPLGetXMLValue(tree, "stroke", ""), "#aedc30");
    assert_null(CPLGetXMLValue(dropped, "stroke", NULL)); /* the dashed grey of its group */
    assert_string_equal(CPLGetXMLValue(unknown, "stroke", ""), "#767676");
    assert_non_null(strstr(svg, "stroke-dasharray"));
    assert_non_null(strstr(svg, "3 of 5 pairs, 3 of 4 dates, 2020-01-01 to 2020-02-06"));
    only_titled(root, "path", "threshold 0.50");
    CPLDestroyXMLNode(root);
    free(svg);
}

static void lines_end_at_their_dates(void **state)
{
    ih_network_figure f = whole_figure();
    char *svg = ih_network_figure_svg(&f);
    CPLXMLNode *root = parse(svg);
    const CPLXMLNode *pair = only_titled(root, "path", "2020-01-13 to 2020-01-25");
    const CPLXMLNode *a = only_titled(root, "circle", "2020-01-13");
    const CPLXMLNode *b = only_titled(root, "circle", "2020-01-25");
    char line[100];

    (void)state;
    snprintf(line, sizeof line, "M%s %sL%s %s", CPLGetXMLValue(a, "cx", ""),
             CPLGetXMLValue(a, "cy", ""), CPLGetXMLValue(b, "cx", ""), CPLGetXMLValue(b, "cy", ""));
    assert_string_equal(CPLGetXMLValue(pair, "d", ""), line);
    CPLDestroyXMLNode(root);
    free(svg);
}

static void parts_and_bridges_are_told(void **state)
{
    static const uint8_t keep[M] = {1, 0, 0, 0, 1};
    ih_network_figure f = whole_figure();
    ih_network_structure *structure;
    CPLXMLNode *root;
    char *svg;

    (void)state;
    assert_int_equal(ih_network_structure_new(network, keep, NULL, &structure, NULL), IH_OK);
    f.structure = structure;
    svg = ih_network_figure_svg(&f);
    root = parse(svg);
    assert_non_null(strstr(svg, ", 2 parts, 2 pairs in no loop<"));
    only_titled(root, "path",
                "2020-01-01 to 2020-01-13: 12 days, 30 m, coherence 0.75, kept, in no loop");
    CPLDestroyXMLNode(root);
    free(svg);
    ih_network_structure_free(structure);
}

static void dates_of_unknown_baseline_have_a_row_of_their_own(void **state)
{
    static const double some[N] = {0, NAN, -50, INFINITY};
    ih_network_figure f = whole_figure();
    CPLXMLNode *root;
    char *svg;
    double lowest, unknown;

    (void)state;
    f.date_baseline_m = some;
    svg = ih_network_figure_svg(&f);
    root = parse(svg);
    lowest = number(only_titled(root, "circle", "2020-01-25"), "cy");
    unknown = number(only_titled(root, "circle", "2020-01-13, 2 pairs"), "cy");
    assert_true(unknown > lowest + 10);
    assert_true(unknown == number(only_titled(root, "circle", "2020-02-06"), "cy"));
    assert_non_null(strstr(svg, ">unknown<"));
    CPLDestroyXMLNode(root);
    free(svg);
}

static void without_any_baseline_pairs_are_arcs(void **state)
{
    ih_network_figure f = whole_figure();
    CPLXMLNode *root;
    char *svg;
    const CPLXMLNode *shorter, *longer;
    double x, y, rx, ry[2];

    (void)state;
    f.date_baseline_m = NULL;
    svg = ih_network_figure_svg(&f);
    root = parse(svg);
    shorter = only_titled(root, "path", "2020-01-01 to 2020-01-13");
    longer = only_titled(root, "path", "2020-01-01 to 2020-01-25");
    assert_int_equal(
        sscanf(CPLGetXMLValue(shorter, "d", ""), "M%lf %lfA%lf %lf 0 0 1", &x, &y, &rx, &ry[0]), 4);
    assert_int_equal(
        sscanf(CPLGetXMLValue(longer, "d", ""), "M%lf %lfA%lf %lf 0 0 1", &x, &y, &rx, &ry[1]), 4);
    assert_true(fabs(ry[1] - 2 * ry[0]) < .2);
    /* dropped pairs hang below */
    assert_non_null(strstr(
        CPLGetXMLValue(only_titled(root, "path", "2020-01-01 to 2020-02-06"), "d", ""), " 0 0 0 "));
    CPLDestroyXMLNode(root);
    free(svg);
}

static void the_matrix_has_kept_pairs_above_and_all_below(void **state)
{
    ih_network_figure f = whole_figure();
    char *svg = ih_coherence_matrix_svg(&f);
    CPLXMLNode *root = parse(svg);
    const CPLXMLNode *cell = NULL;

    (void)state;
    assert_int_equal(count_titled(root, "rect", "", &cell), M + 3);
    assert_int_equal(count_titled(root, "rect", "2020-01-01 to 2020-01-13", &cell), 2);
    /* the later one drawn is above the diagonal: its column is beyond its row */
    assert_true(number(cell, "x") - 120 > number(cell, "y") - 64);
    cell = only_titled(root, "rect", "2020-01-01 to 2020-02-06");
    assert_true(number(cell, "x") - 120 < number(cell, "y") - 64);
    /* 0.2 is the lower end of the colours here */
    cell = only_titled(root, "rect", "2020-01-25 to 2020-02-06");
    assert_string_equal(CPLGetXMLValue(cell, "fill", ""), "#bddf26");
    CPLDestroyXMLNode(root);
    free(svg);
}

static void hostile_titles_stay_text(void **state)
{
    static const char *const titles[] = {"<script>&\"'\x01\x7f", "broken \xff\xc3 bytes",
                                         "Z\xc3\xbcrich", ""};
    ih_network_figure f = whole_figure();

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        CPLXMLNode *root;
        char *svg;

        f.title = titles[i];
        svg = ih_network_figure_svg(&f);
        root = parse(svg);
        assert_null(strstr(svg, "<script>"));
        for (const char *c = svg; *c; c++)
            assert_true((unsigned char)*c >= 32 || *c == '\n');
        if (i == 2)
            assert_non_null(strstr(svg, "<title>Z\xc3\xbcrich</title>"));
        if (i == 1)
            assert_non_null(strstr(svg, "<title>broken ?? bytes</title>"));
        CPLDestroyXMLNode(root);
        free(svg);
    }
}

static void the_locale_does_not_matter(void **state)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"};
    ih_network_figure f = whole_figure();
    char *plain = ih_network_figure_svg(&f), *other;
    int set = 0;

    (void)state;
    for (size_t i = 0; i < 4 && !set; i++)
        set = setlocale(LC_ALL, names[i]) != NULL;
    other = ih_network_figure_svg(&f);
    setlocale(LC_ALL, "C");
    assert_string_equal(plain, other);
    free(plain);
    free(other);
    if (!set)
        skip();
}

/* Ends of the calendar, one pair, all alike, numbers beyond sense. */
static void odd_networks_are_drawn_too(void **state)
{
    static const int32_t first[][2] = {{INT32_MIN, 0}, {0, 0}, {-800000, 1}, {18262, 18262}};
    static const int32_t last[][2] = {{INT32_MAX, 1}, {1, 2}, {2932896, 2}, {18262 + 3000, 99999}};
    static const double odd[][3] = {
        {0, 0, 0}, {1e300, -1e300, 1e-300}, {-INFINITY, NAN, 1}, {1, 1, 1}, {-5, 7, .95}};

    (void)state;
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 5; j++) {
            ih_network *n;
            ih_network_figure f = {
                .mean_coherence = odd[j], .date_baseline_m = odd[j], .min_coherence = odd[j][1]};
            char *svg;

            assert_int_equal(ih_network_new(1, first[i], last[i], odd[j], &n, NULL), IH_OK);
            f.network = n;
            svg = ih_network_figure_svg(&f);
            CPLDestroyXMLNode(parse(svg));
            assert_true(strlen(svg) < 20000);
            free(svg);
            svg = ih_coherence_matrix_svg(&f);
            CPLDestroyXMLNode(parse(svg));
            free(svg);
            ih_network_free(n);
        }
}

static void time_axes_have_a_readable_number_of_labels(void **state)
{
    (void)state;
    for (int32_t span = 40; span < 40000; span = span * 5 / 4) {
        static const int32_t first[] = {17000};
        const int32_t last[] = {17000 + span};
        ih_network_figure f = {.min_coherence = NAN};
        ih_network *n;
        CPLXMLNode *root;
        size_t labels = 0;
        char *svg;

        assert_int_equal(ih_network_new(1, first, last, NULL, &n, NULL), IH_OK);
        f.network = n;
        svg = ih_network_figure_svg(&f);
        root = parse(svg);
        for (const CPLXMLNode *c = CPLGetXMLNode(root, "=svg")->psChild; c; c = c->psNext) {
            const char *text = c->eType == CXT_Element ? CPLGetXMLValue(c, "", "") : "";

            labels += strcmp(CPLGetXMLValue(c, "y", ""), "516.0") == 0 && text[0] >= '1' &&
                      text[0] <= '2';
        }
        assert_true(labels >= 1 && labels <= 14);
        CPLDestroyXMLNode(root);
        free(svg);
        ih_network_free(n);
    }
}

static void figures_are_written_whole_or_not_at_all(void **state)
{
    ih_network_figure f = whole_figure();
    char *svg = ih_network_figure_svg(&f);
    GByte *bytes = NULL;
    ih_error err;

    (void)state;
    assert_int_equal(ih_network_figure_write(&f, "/vsimem/ih_network.svg", &err), IH_OK);
    assert_int_equal(ih_coherence_matrix_write(&f, "/vsimem/ih_matrix.svg", &err), IH_OK);
    assert_true(VSIIngestFile(NULL, "/vsimem/ih_network.svg", &bytes, NULL, -1));
    assert_string_equal((char *)bytes, svg);
    assert_int_equal(ih_network_figure_write(&f, "/no/such/folder/x.svg", &err), IH_E_IO);
    VSIFree(bytes);
    VSIUnlink("/vsimem/ih_network.svg");
    VSIUnlink("/vsimem/ih_matrix.svg");
    free(svg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_lie_at_their_time_and_baseline),
        cmocka_unit_test(pairs_tell_what_they_are),
        cmocka_unit_test(lines_end_at_their_dates),
        cmocka_unit_test(parts_and_bridges_are_told),
        cmocka_unit_test(dates_of_unknown_baseline_have_a_row_of_their_own),
        cmocka_unit_test(without_any_baseline_pairs_are_arcs),
        cmocka_unit_test(the_matrix_has_kept_pairs_above_and_all_below),
        cmocka_unit_test(hostile_titles_stay_text),
        cmocka_unit_test(the_locale_does_not_matter),
        cmocka_unit_test(odd_networks_are_drawn_too),
        cmocka_unit_test(time_axes_have_a_readable_number_of_labels),
        cmocka_unit_test(figures_are_written_whole_or_not_at_all),
    };

    return cmocka_run_group_tests(tests, make_network, drop_network);
}
