/* SPDX-License-Identifier: MIT */
#include "utilities/lib/canvas.h"

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
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <gdal.h>

#include "utilities/lib/quicklook.h"

static const ih_colour white = {255, 255, 255}, black = {0, 0, 0}, red = {200, 10, 20};
static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    GDALAllRegister();
    snprintf(folder, sizeof folder, "/tmp/ih_canvas_XXXXXX");
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

static const uint8_t *at(const ih_canvas *canvas, int x, int y)
{
    return canvas->rgb + 3 * (y * canvas->width + x);
}

static int count_dark(const ih_canvas *canvas)
{
    int n = 0;

    for (int i = 0; i < canvas->width * canvas->height; i++)
        n += canvas->rgb[3 * i] < 128;
    return n;
}

static ih_canvas blank(int width, int height)
{
    ih_canvas canvas;

    assert_int_equal(ih_canvas_new(width, height, white, &canvas, NULL), IH_OK);
    return canvas;
}

static void drawing_outside_is_clipped(void **state)
{
    ih_canvas canvas = blank(10, 8);

    (void)state;
    ih_canvas_fill(&canvas, -5, -5, 7, 6, black);
    assert_int_equal(count_dark(&canvas), 2);
    ih_canvas_fill(&canvas, 8, 6, 1000000, 1000000, black);
    assert_int_equal(count_dark(&canvas), 2 + 4);
    ih_canvas_line(&canvas, -20, 3, 30, 3, black);
    assert_int_equal(count_dark(&canvas), 6 + 10);
    ih_canvas_text(&canvas, -100, -100, "outside", 2, black);
    ih_canvas_text(&canvas, 9, 7, "outside", 3, white);
    ih_canvas_pixel(&canvas, 10, 0, black);
    ih_canvas_free(&canvas);
    ih_canvas_free(NULL);
}

static void a_line_joins_its_ends(void **state)
{
    ih_canvas canvas = blank(20, 20);

    (void)state;
    ih_canvas_line(&canvas, 2, 3, 17, 9, black);
    assert_int_equal(at(&canvas, 2, 3)[0], 0);
    assert_int_equal(at(&canvas, 17, 9)[0], 0);
    assert_int_equal(count_dark(&canvas), 16);
    ih_canvas_free(&canvas);
}

/* The figure 1 of the font has ten dark pixels: a stem of seven, the flag, and two of the foot. */
static void text_is_drawn_at_its_size(void **state)
{
    ih_canvas one = blank(20, 20), three = blank(40, 40);

    (void)state;
    assert_int_equal(ih_canvas_text(&one, 3, 4, "1", 1, black), 5);
    assert_int_equal(count_dark(&one), 10);
    assert_int_equal(at(&one, 3 + 2, 4)[0], 0);
    assert_int_equal(at(&one, 3 + 1, 4 + 6)[0], 0);
    assert_int_equal(ih_canvas_text(&three, 0, 0, "l", 3, black), 3);
    /* A stem of 3 x 21 pixels whose corners are rounded. */
    assert_int_equal(count_dark(&three), 3 * 21 - 4);
    ih_canvas_free(&one);
    ih_canvas_free(&three);
}

static void width_is_what_drawing_returns(void **state)
{
    static const char all[] = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`"
                              "abcdefghijklmnopqrstuvwxyz{|}~";
    ih_canvas canvas = blank(1000, 30);

    (void)state;
    assert_int_equal(strlen(all), 95);
    assert_int_equal(ih_canvas_text(&canvas, 0, 0, all, 1, black), ih_canvas_text_width(all, 1));
    assert_int_equal(ih_canvas_text_width(all, 2), 2 * ih_canvas_text_width(all, 1));
    assert_int_equal(ih_canvas_text_width("", 2), 0);
    assert_int_equal(ih_canvas_text_width("111", 1), ih_canvas_text_width("888", 1));
    assert_int_equal(ih_canvas_text_width("\xC3\xA4", 1), ih_canvas_text_width("?", 1));
    ih_canvas_free(&canvas);
}

static void every_printable_character_has_its_own_shape(void **state)
{
    ih_canvas a = blank(8, 12), b = blank(8, 12);

    (void)state;
    for (char c = '!'; c < '~'; c++)
        for (char d = (char)(c + 1); d <= '~'; d++) {
            char one[2] = {c, 0}, other[2] = {d, 0};

            ih_canvas_fill(&a, 0, 0, 8, 12, white);
            ih_canvas_fill(&b, 0, 0, 8, 12, white);
            ih_canvas_text(&a, 1, 1, one, 1, black);
            ih_canvas_text(&b, 1, 1, other, 1, black);
            if (memcmp(a.rgb, b.rgb, 8 * 12 * 3) == 0)
                fail_msg("%c looks like %c", c, d);
        }
    ih_canvas_free(&a);
    ih_canvas_free(&b);
}

static int count_files(void)
{
    char **names = VSIReadDir(folder);
    int n = 0;

    for (char **name = names; name && *name; name++)
        n += (*name)[0] != '.';
    CSLDestroy(names);
    return n;
}

static void a_png_holds_the_pixels_and_nothing_lies_beside(void **state)
{
    ih_canvas canvas = blank(31, 17);
    uint8_t back[3] = {0, 0, 0};
    GDALDatasetH png;

    (void)state;
    ih_canvas_fill(&canvas, 4, 5, 3, 3, red);
    assert_int_equal(ih_canvas_save_png(&canvas, in_folder("p.png"), NULL), IH_OK);
    assert_int_equal(count_files(), 1);
    png = GDALOpen(in_folder("p.png"), GA_ReadOnly);
    assert_int_equal(GDALGetRasterXSize(png), 31);
    assert_int_equal(
        GDALDatasetRasterIO(png, GF_Read, 6, 7, 1, 1, back, 1, 1, GDT_Byte, 3, NULL, 0, 0, 0), 0);
    assert_memory_equal(back, &red, 3);
    GDALClose(png);
    VSIUnlink(in_folder("p.png"));
    ih_canvas_free(&canvas);
}

static void saving_into_a_missing_folder_fails(void **state)
{
    ih_canvas canvas = blank(3, 3);

    (void)state;
    CPLPushErrorHandler(CPLQuietErrorHandler);
    assert_int_equal(ih_canvas_save_png(&canvas, in_folder("none/p.png"), NULL), IH_E_IO);
    CPLPopErrorHandler();
    ih_canvas_free(&canvas);
    assert_int_equal(ih_canvas_new(0, 3, white, &canvas, NULL), IH_E_ARGUMENT);
    assert_int_equal(ih_canvas_new(3, 1000000, white, &canvas, NULL), IH_E_ARGUMENT);
}

/* Left third away (red), middle third no data, right third toward (blue); the upper half is not
 * reliable. */
static ih_status write_map(const char *path, const ih_grid *grid)
{
    float *velocity = malloc(sizeof *velocity * grid->nx * grid->ny);
    uint8_t *mask = malloc(grid->nx * grid->ny);
    ih_quicklook map = {.grid = grid,
                        .metres_per_map_unit = 1,
                        .velocity_m_per_year = velocity,
                        .mask = mask,
                        .reference_column = SIZE_MAX,
                        .title = "Test",
                        .subtitle = "of the colours"};
    ih_status status;

    for (size_t i = 0; i < grid->nx * grid->ny; i++) {
        size_t third = i % grid->nx * 3 / grid->nx;

        velocity[i] = third == 0 ? -0.04f : third == 1 ? NAN : 0.04f;
        mask[i] = i / grid->nx >= grid->ny / 2;
    }
    status = ih_quicklook_write(path, &map, NULL);
    free(velocity);
    free(mask);
    return status;
}

static void pixel_of(GDALDatasetH png, int x, int y, int rgb[3])
{
    assert_int_equal(
        GDALDatasetRasterIO(png, GF_Read, x, y, 1, 1, rgb, 1, 1, GDT_Int32, 3, NULL, 0, 0, 0), 0);
}

static void toward_is_blue_away_is_red_and_unreliable_is_pale(void **state)
{
    static const ih_grid grid = {0, 0, 80, -80, 600, 600};
    enum { LEFT = 28, TOP = 94 }; /* the map's corner under a title and a subtitle */
    int away[3], toward[3], pale[3], none[3];
    GDALDatasetH png;

    (void)state;
    assert_int_equal(write_map(in_folder("q.png"), &grid), IH_OK);
    png = GDALOpen(in_folder("q.png"), GA_ReadOnly);
    assert_true(GDALGetRasterXSize(png) > 600 && GDALGetRasterYSize(png) > 600);
    pixel_of(png, LEFT + 100, TOP + 500, away);
    pixel_of(png, LEFT + 500, TOP + 500, toward);
    pixel_of(png, LEFT + 500, TOP + 100, pale);
    pixel_of(png, LEFT + 300, TOP + 500, none);
    assert_true(away[0] > 3 * away[2] / 2 && away[0] > 2 * away[1]);
    assert_true(toward[2] > 3 * toward[0]);
    assert_true(pale[0] > toward[0] + 100 && pale[2] > pale[0]);
    assert_true(abs(none[0] - none[2]) < 6 && none[0] > 200);
    GDALClose(png);
    VSIUnlink(in_folder("q.png"));
}

static void a_lonely_reliable_pixel_is_pale(void **state)
{
    static const ih_grid grid = {0, 0, 80, -80, 600, 500};
    enum { LEFT = 28, TOP = 28 }; /* without title */
    size_t n = grid.nx * grid.ny;
    float *velocity = malloc(sizeof *velocity * n);
    uint8_t *mask = calloc(n, 1);
    ih_quicklook map = {.grid = &grid,
                        .metres_per_map_unit = 1,
                        .velocity_m_per_year = velocity,
                        .mask = mask,
                        .reference_column = SIZE_MAX};
    int alone[3], among[3];
    GDALDatasetH png;

    (void)state;
    for (size_t i = 0; i < n; i++)
        velocity[i] = 0.04f;
    mask[100 * grid.nx + 100] = 1;
    for (size_t row = 300; row < 310; row++)
        memset(mask + row * grid.nx + 300, 1, 10);
    assert_int_equal(ih_quicklook_write(in_folder("l.png"), &map, NULL), IH_OK);
    png = GDALOpen(in_folder("l.png"), GA_ReadOnly);
    pixel_of(png, LEFT + 100, TOP + 100, alone);
    pixel_of(png, LEFT + 305, TOP + 305, among);
    assert_true(alone[0] > among[0] + 100);
    GDALClose(png);
    VSIUnlink(in_folder("l.png"));
    free(velocity);
    free(mask);
}

static void a_quicklook_is_the_same_every_time(void **state)
{
    static const ih_grid grid = {0, 0, 80, -80, 90, 50};
    GByte *a = NULL, *b = NULL;
    vsi_l_offset a_size = 0, b_size = 0;

    (void)state;
    assert_int_equal(write_map(in_folder("a.png"), &grid), IH_OK);
    assert_int_equal(write_map(in_folder("b.png"), &grid), IH_OK);
    assert_true(VSIIngestFile(NULL, in_folder("a.png"), &a, &a_size, -1));
    assert_true(VSIIngestFile(NULL, in_folder("b.png"), &b, &b_size, -1));
    assert_true(a_size == b_size);
    assert_memory_equal(a, b, a_size);
    VSIFree(a);
    VSIFree(b);
    VSIUnlink(in_folder("a.png"));
    VSIUnlink(in_folder("b.png"));
}

static void odd_maps_are_drawn_too(void **state)
{
    static const ih_grid grids[] = {
        {0, 0, 80, -80, 1, 1}, {0, 0, 1e-3, -1e-3, 2900, 3}, {0, 0, 80, -80, 2, 1500}};
    float nothing = NAN;
    ih_quicklook empty = {.grid = &grids[0],
                          .metres_per_map_unit = 1,
                          .velocity_m_per_year = &nothing,
                          .height_m = &nothing};

    (void)state;
    for (size_t i = 0; i < sizeof grids / sizeof *grids; i++)
        assert_int_equal(write_map(in_folder("o.png"), &grids[i]), IH_OK);
    assert_int_equal(ih_quicklook_write(in_folder("o.png"), &empty, NULL), IH_OK);
    VSIUnlink(in_folder("o.png"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drawing_outside_is_clipped),
        cmocka_unit_test(a_line_joins_its_ends),
        cmocka_unit_test(text_is_drawn_at_its_size),
        cmocka_unit_test(width_is_what_drawing_returns),
        cmocka_unit_test(every_printable_character_has_its_own_shape),
        cmocka_unit_test(a_png_holds_the_pixels_and_nothing_lies_beside),
        cmocka_unit_test(saving_into_a_missing_folder_fails),
        cmocka_unit_test(toward_is_blue_away_is_red_and_unreliable_is_pale),
        cmocka_unit_test(a_lonely_reliable_pixel_is_pale),
        cmocka_unit_test(a_quicklook_is_the_same_every_time),
        cmocka_unit_test(odd_maps_are_drawn_too),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
