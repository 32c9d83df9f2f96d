/* SPDX-License-Identifier: MIT */
#include "utilities/lib/quicklook.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "algorithms/alloc.h"
#include "utilities/lib/canvas.h"

enum {
    LARGEST_MAP = 1400,
    SMALLEST_MAP = 500,
    SMALLEST_SHEET = 560,
    MARGIN = 28,
    PANEL_WIDTH = 190,
    PANEL_HEIGHT = 468,
    BAR_WIDTH = 26,
    BAR_HEIGHT = 250,
    FOOTER = 62,
    TEXT = 2,
    LINE = 24 /* distance of lines of text */
};

/* The colours show this part of the reliable values; the rest is drawn in the end colours. */
#define SHOWN_FRACTION 0.98
/* Below this range the unit is mm/yr, above cm/yr. */
#define LARGEST_MM_PER_YEAR 0.1
/* Slopes differ between plains and mountains: this share of the slopes uses the full shading. */
#define SHADED_FRACTION 0.9
/* Share of reliable pixels in a neighbourhood of nine that counts as a reliable place. */
#define MOSTLY 0.6

/* From away (red) over still to toward (blue): lightness, in Oklab, runs evenly and alike on both
 * sides. */
static const ih_colour ramp[] = {
    {94, 11, 34},    {115, 20, 39},   {136, 29, 44},   {158, 38, 49},   {181, 47, 53},
    {193, 67, 62},   {204, 85, 72},   {216, 102, 82},  {227, 119, 92},  {233, 139, 111},
    {238, 158, 129}, {242, 176, 147}, {246, 195, 166}, {247, 208, 185}, {248, 221, 204},
    {248, 233, 224}, {248, 246, 243}, {231, 238, 241}, {215, 230, 239}, {198, 222, 236},
    {181, 214, 234}, {159, 201, 228}, {137, 189, 221}, {115, 176, 215}, {91, 163, 208},
    {77, 148, 199},  {63, 134, 190},  {49, 119, 180},  {35, 105, 171},  {29, 89, 152},
    {23, 74, 134},   {17, 59, 116},   {12, 44, 99},
};

static const ih_colour white = {255, 255, 255};
static const ih_colour ink = {34, 38, 44};
static const ih_colour soft_ink = {104, 110, 118};
static const ih_colour no_data_colour = {222, 222, 219};

/* Map pixels of the picture: averages of factor x factor raster pixels, or one raster pixel
 * repeated. */
typedef struct {
    size_t width, height;
    size_t shrink, enlarge;
    float *velocity; /* m/yr, NaN where no data */
    float *height_m; /* NULL when not given */
    uint8_t *reliable;
    float *shade; /* -1 dark .. 1 light; NULL without heights */
    double limit; /* m/yr at the ends of the ramp */
} picture;

typedef struct {
    const ih_quicklook *map;
    picture *p;
    ih_canvas canvas;
    int map_x, map_y, map_width, map_height, panel_x;
} sheet;

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;

    return (x > y) - (x < y);
}

/* The value below which a share of the n magnitudes lies; sorts them; 0 for none. */
static double quantile(float *values, size_t n, double share)
{
    if (n == 0)
        return 0.0;
    qsort(values, n, sizeof *values, compare_floats);
    return (double)values[(size_t)(share * (double)(n - 1))];
}

/* The smallest of 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten that is not below value. */
static double round_up(double value)
{
    static const double steps[] = {1, 1.5, 2, 3, 4, 5, 6, 8, 10};
    double power = pow(10.0, floor(log10(value)));

    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (steps[i] * power >= value * (1 - 1e-9))
            return steps[i] * power;
    return 10 * power;
}

/* The largest of 1, 2, 5 times a power of ten that is not above value. */
static double round_down(double value)
{
    double power = pow(10.0, floor(log10(value)));
    double lead = value / power;

    return (lead >= 5 ? 5 : lead >= 2 ? 2 : 1) * power;
}

static void add_to_mean(double *sum, size_t *count, float value)
{
    if (isfinite(value)) {
        *sum += (double)value;
        ++*count;
    }
}

/* Mean of a block; of velocities the reliable ones count, unless there are none. */
static void average_block(const ih_quicklook *map, picture *p, size_t x, size_t y)
{
    size_t nx = map->grid->nx, ny = map->grid->ny, target = y * p->width + x;
    double sums[3] = {0, 0, 0}; /* reliable velocity, other velocity, height */
    size_t counts[3] = {0, 0, 0};

    for (size_t row = y * p->shrink; row < ny && row < (y + 1) * p->shrink; row++)
        for (size_t column = x * p->shrink; column < nx && column < (x + 1) * p->shrink; column++) {
            size_t i = row * nx + column;
            int kind = map->mask && !map->mask[i];

            add_to_mean(&sums[kind], &counts[kind], map->velocity_m_per_year[i]);
            if (map->height_m)
                add_to_mean(&sums[2], &counts[2], map->height_m[i]);
        }
    p->reliable[target] = counts[0] > 0;
    p->velocity[target] = counts[0]   ? (float)(sums[0] / (double)counts[0])
                          : counts[1] ? (float)(sums[1] / (double)counts[1])
                                      : NAN;
    if (p->height_m)
        p->height_m[target] = counts[2] ? (float)(sums[2] / (double)counts[2]) : NAN;
}

/* Share of the reliable among the map pixels around and at a pixel. */
static double reliable_share(const picture *p, const uint8_t *reliable, size_t x, size_t y)
{
    size_t all = 0, good = 0;

    for (size_t row = y > 0 ? y - 1 : y; row <= y + 1 && row < p->height; row++)
        for (size_t column = x > 0 ? x - 1 : x; column <= x + 1 && column < p->width; column++) {
            all++;
            good += reliable[row * p->width + column];
        }
    return (double)good / (double)all;
}

/* By chance some pixels of pure noise pass for reliable; drawn in full colour they would catch the
 * eye more than any signal. A reliable pixel mostly among others or none is therefore drawn pale
 * as well. */
static ih_status fade_lonely_pixels(picture *p, ih_error *err)
{
    size_t n = p->width * p->height;
    uint8_t *before = ih_alloc(n, 1);

    if (!before)
        return ih_fail(err, IH_E_MEMORY, "a quicklook of %zu x %zu pixels", p->width, p->height);
    memcpy(before, p->reliable, n);
    for (size_t y = 0; y < p->height; y++)
        for (size_t x = 0; x < p->width; x++)
            p->reliable[y * p->width + x] =
                before[y * p->width + x] && reliable_share(p, before, x, y) > MOSTLY;
    free(before);
    return IH_OK;
}

static double height_at(const picture *p, size_t x, size_t y, size_t fallback)
{
    float value = p->height_m[y * p->width + x];

    return (double)(isfinite(value) ? value : p->height_m[fallback]);
}

/* Slope seen from a light in the northwest (Horn's gradient reduced to central differences), not
 * yet scaled. */
static void find_shade(const ih_quicklook *map, picture *p)
{
    double metres = fabs(map->grid->dx) * map->metres_per_map_unit * (double)p->shrink;
    double strong;
    float *magnitudes = ih_alloc(p->width * p->height, sizeof *magnitudes);
    size_t n = 0;

    for (size_t y = 0; y < p->height; y++)
        for (size_t x = 0; x < p->width; x++) {
            size_t i = y * p->width + x;
            size_t left = x > 0 ? x - 1 : x, right = x + 1 < p->width ? x + 1 : x;
            size_t up = y > 0 ? y - 1 : y, down = y + 1 < p->height ? y + 1 : y;
            double east = height_at(p, right, y, i) - height_at(p, left, y, i);
            double south = height_at(p, x, down, i) - height_at(p, x, up, i);
            double toward_light = (east + south) / (2 * metres) * M_SQRT1_2;

            p->shade[i] = isfinite(toward_light) ? (float)toward_light : 0.0f;
            if (magnitudes && isfinite(toward_light))
                magnitudes[n++] = fabsf(p->shade[i]);
        }
    strong = quantile(magnitudes, n, SHADED_FRACTION);
    if (!(strong > 1e-4))
        strong = 1e-4;
    for (size_t i = 0; i < p->width * p->height; i++)
        p->shade[i] = (float)tanh(0.9 * (double)p->shade[i] / strong);
    free(magnitudes);
}

static void find_limit(picture *p)
{
    float *magnitudes = ih_alloc(p->width * p->height, sizeof *magnitudes);
    size_t n = 0;
    double shown;

    for (int pass = 0; magnitudes && n == 0 && pass < 2; pass++)
        for (size_t i = 0; i < p->width * p->height; i++)
            if (isfinite(p->velocity[i]) && (pass == 1 || p->reliable[i]))
                magnitudes[n++] = fabsf(p->velocity[i]);
    shown = quantile(magnitudes, n, SHOWN_FRACTION);
    free(magnitudes);
    p->limit = round_up(shown > 1e-4 ? shown : 1e-3);
}

static void picture_free(picture *p)
{
    free(p->velocity);
    free(p->height_m);
    free(p->reliable);
    free(p->shade);
}

static ih_status picture_new(const ih_quicklook *map, picture *p, ih_error *err)
{
    size_t longest = map->grid->nx > map->grid->ny ? map->grid->nx : map->grid->ny;
    size_t n;

    memset(p, 0, sizeof *p);
    p->shrink = (longest + LARGEST_MAP - 1) / LARGEST_MAP;
    p->enlarge = longest < SMALLEST_MAP ? (SMALLEST_MAP + longest - 1) / longest : 1;
    p->width = (map->grid->nx + p->shrink - 1) / p->shrink;
    p->height = (map->grid->ny + p->shrink - 1) / p->shrink;
    n = p->width * p->height;
    p->velocity = ih_alloc(n, sizeof *p->velocity);
    p->reliable = ih_alloc(n, sizeof *p->reliable);
    if (map->height_m) {
        p->height_m = ih_alloc(n, sizeof *p->height_m);
        p->shade = ih_alloc(n, sizeof *p->shade);
    }
    if (!p->velocity || !p->reliable || (map->height_m && (!p->height_m || !p->shade))) {
        picture_free(p);
        return ih_fail(err, IH_E_MEMORY, "a quicklook of %zu x %zu pixels", p->width, p->height);
    }
    return IH_OK;
}

static ih_status picture_make(const ih_quicklook *map, picture *p, ih_error *err)
{
    ih_status status = picture_new(map, p, err);

    if (status != IH_OK)
        return status;
    for (size_t y = 0; y < p->height; y++)
        for (size_t x = 0; x < p->width; x++)
            average_block(map, p, x, y);
    if (map->mask && (status = fade_lonely_pixels(p, err)) != IH_OK) {
        picture_free(p);
        return status;
    }
    if (p->shade)
        find_shade(map, p);
    find_limit(p);
    return IH_OK;
}

static uint8_t blend_channel(double a, double b, double share)
{
    double value = a + (b - a) * share;

    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value + 0.5);
}

static ih_colour blend(ih_colour a, ih_colour b, double share)
{
    return (ih_colour){blend_channel(a.red, b.red, share), blend_channel(a.green, b.green, share),
                       blend_channel(a.blue, b.blue, share)};
}

/* position -1 (away) to 1 (toward) */
static ih_colour ramp_colour(double position)
{
    const int last = (int)(sizeof ramp / sizeof *ramp) - 1;
    double t = (fmin(fmax(position, -1.0), 1.0) + 1.0) / 2.0 * last;
    int i = (int)t < last ? (int)t : last - 1;

    return blend(ramp[i], ramp[i + 1], t - i);
}

static ih_colour faded(ih_colour colour)
{
    return blend(colour, no_data_colour, 0.78);
}

static ih_colour shaded(ih_colour colour, double shade)
{
    static const ih_colour shadow = {20, 24, 40};

    return shade < 0 ? blend(colour, shadow, -0.34 * shade) : blend(colour, white, 0.32 * shade);
}

static void draw_map(sheet *s)
{
    const picture *p = s->p;
    int side = (int)p->enlarge;

    for (size_t y = 0; y < p->height; y++)
        for (size_t x = 0; x < p->width; x++) {
            size_t i = y * p->width + x;
            ih_colour colour = no_data_colour;

            if (isfinite(p->velocity[i])) {
                colour = ramp_colour((double)p->velocity[i] / p->limit);
                if (!p->reliable[i])
                    colour = faded(colour);
            }
            if (p->shade)
                colour = shaded(colour, (double)p->shade[i] * (p->reliable[i] ? 1.0 : 0.6));
            ih_canvas_fill(&s->canvas, s->map_x + (int)x * side, s->map_y + (int)y * side, side,
                           side, colour);
        }
}

static void draw_frame(ih_canvas *canvas, int x, int y, int width, int height, ih_colour colour)
{
    ih_canvas_fill(canvas, x - 1, y - 1, width + 2, 1, colour);
    ih_canvas_fill(canvas, x - 1, y + height, width + 2, 1, colour);
    ih_canvas_fill(canvas, x - 1, y - 1, 1, height + 2, colour);
    ih_canvas_fill(canvas, x + width, y - 1, 1, height + 2, colour);
}

/* Text cut with "..." to what fits. */
static void draw_fitting(ih_canvas *canvas, int x, int y, const char *text, int scale,
                         ih_colour colour)
{
    char buffer[256];
    size_t length;

    snprintf(buffer, sizeof buffer, "%s", text);
    length = strlen(buffer);
    while (length > 4 && x + ih_canvas_text_width(buffer, scale) > canvas->width - MARGIN) {
        length--;
        memcpy(buffer + length - 3, "...", 4);
    }
    ih_canvas_text(canvas, x, y, buffer, scale, colour);
}

static void draw_reference(ih_canvas *canvas, int x, int y)
{
    ih_canvas_fill(canvas, x - 7, y - 7, 15, 15, white);
    ih_canvas_fill(canvas, x - 5, y - 5, 11, 11, ink);
    ih_canvas_fill(canvas, x - 1, y - 1, 3, 3, white);
}

/* Up to four decimals, none superfluous, a plus sign for positive numbers. */
static void tick_label(double value, char *text, size_t size)
{
    snprintf(text, size, "%+.4g", value);
    if (value == 0.0)
        snprintf(text, size, "0");
}

static int draw_colour_bar(sheet *s, int x, int y)
{
    bool millimetres = s->p->limit < LARGEST_MM_PER_YEAR;
    double unit = millimetres ? 1000.0 : 100.0;
    char text[32];

    ih_canvas_text(&s->canvas, x, y, "LOS velocity", TEXT, ink);
    ih_canvas_text(&s->canvas, x, y + LINE - 2, millimetres ? "mm/yr" : "cm/yr", TEXT, soft_ink);
    y += 2 * LINE + 8;
    ih_canvas_text(&s->canvas, x, y, "toward satellite", TEXT, ramp[28]);
    y += LINE + 6;
    for (int row = 0; row < BAR_HEIGHT; row++)
        ih_canvas_fill(&s->canvas, x, y + row, BAR_WIDTH, 1,
                       ramp_colour(1.0 - 2.0 * row / (BAR_HEIGHT - 1)));
    draw_frame(&s->canvas, x, y, BAR_WIDTH, BAR_HEIGHT, soft_ink);
    for (int tick = 0; tick <= 4; tick++) {
        int at = y + tick * (BAR_HEIGHT - 1) / 4;

        tick_label((1.0 - tick / 2.0) * s->p->limit * unit, text, sizeof text);
        ih_canvas_fill(&s->canvas, x + BAR_WIDTH + 1, at, 6, 1, soft_ink);
        ih_canvas_text(&s->canvas, x + BAR_WIDTH + 14, at - 6, text, TEXT, ink);
    }
    y += BAR_HEIGHT + 16;
    ih_canvas_text(&s->canvas, x, y, "away from it", TEXT, ramp[4]);
    return y + LINE;
}

static void draw_legend(sheet *s, int x, int y)
{
    const struct {
        bool shown;
        const char *text;
        ih_colour colours[2];
    } rows[] = {
        {s->map->mask != NULL, "less reliable", {faded(ramp[4]), faded(ramp[28])}},
        {true, "no data", {no_data_colour, no_data_colour}},
    };

    y += 12;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!rows[i].shown)
            continue;
        ih_canvas_fill(&s->canvas, x, y, 13, 14, rows[i].colours[0]);
        ih_canvas_fill(&s->canvas, x + 13, y, 13, 14, rows[i].colours[1]);
        draw_frame(&s->canvas, x, y, 26, 14, soft_ink);
        ih_canvas_text(&s->canvas, x + BAR_WIDTH + 14, y, rows[i].text, TEXT, ink);
        y += LINE;
    }
    if (s->map->reference_area)
        draw_frame(&s->canvas, x, y, 26, 14, ink);
    else
        draw_reference(&s->canvas, x + 12, y + 7);
    ih_canvas_text(&s->canvas, x + BAR_WIDTH + 14, y, "reference", TEXT, ink);
}

/* Returns where the label ends. */
static int draw_scale_bar(sheet *s)
{
    double metres_per_pixel = fabs(s->map->grid->dx) * s->map->metres_per_map_unit *
                              (double)s->p->shrink / (double)s->p->enlarge;
    double length_m = round_down(metres_per_pixel * 0.4 * s->map_width);
    int length = (int)(length_m / metres_per_pixel + 0.5);
    int x = s->map_x, y = s->map_y + s->map_height + 18;
    char text[32];

    if (!(metres_per_pixel > 0) || !isfinite(metres_per_pixel) || length < 8)
        return x;
    ih_canvas_fill(&s->canvas, x, y, length, 7, ink);
    ih_canvas_fill(&s->canvas, x + length / 2, y + 1, length - length / 2 - 1, 5, white);
    snprintf(text, sizeof text, length_m >= 1000 ? "%g km" : "%g m",
             length_m >= 1000 ? length_m / 1000 : length_m);
    x += length + 10;
    return x + ih_canvas_text(&s->canvas, x, y - 4, text, TEXT, ink);
}

/* Two halves of a needle, as on paper maps; right of leftmost. */
static void draw_north_arrow(sheet *s, int leftmost)
{
    enum { HALF_WIDTH = 8, HEIGHT = 30, NOTCH = 7 };
    int right = s->map_x + s->map_width - HALF_WIDTH - 2;
    int x = right > leftmost + 48 ? right : leftmost + 48;
    int y = s->map_y + s->map_height + 12;

    for (int row = 0; row < HEIGHT; row++) {
        int half = row * HALF_WIDTH / (HEIGHT - 1);
        int inner = row < HEIGHT - NOTCH ? 0 : (row - (HEIGHT - NOTCH) + 1) * HALF_WIDTH / NOTCH;

        for (int d = inner; d <= half; d++) {
            ih_canvas_pixel(&s->canvas, x - d, y + row, ink);
            ih_canvas_pixel(&s->canvas, x + d, y + row, d == half || d == inner ? ink : white);
        }
    }
    ih_canvas_text(&s->canvas, x - HALF_WIDTH - 18, y + 8, "N", TEXT, ink);
}

static ih_status sheet_new(sheet *s, ih_error *err)
{
    int height, width, header = MARGIN;

    s->map_width = (int)(s->p->width * s->p->enlarge);
    s->map_height = (int)(s->p->height * s->p->enlarge);
    if (s->map->title)
        header += 38;
    if (s->map->subtitle)
        header += LINE + 4;
    s->map_x = MARGIN;
    s->map_y = header;
    s->panel_x = MARGIN + s->map_width + MARGIN;
    width = s->panel_x + PANEL_WIDTH + MARGIN;
    width = width < SMALLEST_SHEET ? SMALLEST_SHEET : width;
    height = header + (s->map_height + FOOTER > PANEL_HEIGHT + LINE ? s->map_height + FOOTER
                                                                    : PANEL_HEIGHT + LINE);
    return ih_canvas_new(width, height, white, &s->canvas, err);
}

/* Whether any pixel that cell x, y of the map shows belongs to the reference area. */
static bool in_reference_area(const sheet *s, size_t x, size_t y)
{
    const ih_grid *grid = s->map->grid;
    size_t shrink = s->p->shrink;

    for (size_t row = y * shrink; row < grid->ny && row < (y + 1) * shrink; row++)
        for (size_t column = x * shrink; column < grid->nx && column < (x + 1) * shrink; column++)
            if (s->map->reference_area[row * grid->nx + column])
                return true;
    return false;
}

/* A line, white without and dark within, along the edges of the cells at the area's border. */
static void draw_reference_area(sheet *s)
{
    static const int step[4][2] = {{0, -1}, {0, 1}, {-1, 0}, {1, 0}};
    int side = (int)s->p->enlarge, width = (int)s->p->width, height = (int)s->p->height;

    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            int left = s->map_x + x * side, top = s->map_y + y * side;

            if (!in_reference_area(s, (size_t)x, (size_t)y))
                continue;
            for (int k = 0; k < 4; k++) {
                int dx = step[k][0], dy = step[k][1], nx = x + dx, ny = y + dy;
                int at_x = dx > 0 ? left + side - 2 : left, at_y = dy > 0 ? top + side - 2 : top;

                if (nx >= 0 && ny >= 0 && nx < width && ny < height &&
                    in_reference_area(s, (size_t)nx, (size_t)ny))
                    continue;
                ih_canvas_fill(&s->canvas, at_x + 2 * dx, at_y + 2 * dy, dx ? 2 : side,
                               dy ? 2 : side, white);
                ih_canvas_fill(&s->canvas, at_x, at_y, dx ? 2 : side, dy ? 2 : side, ink);
            }
        }
}

static void draw_reference_mark(sheet *s)
{
    size_t column = s->map->reference_column / s->p->shrink * s->p->enlarge;
    size_t row = s->map->reference_row / s->p->shrink * s->p->enlarge;

    draw_reference(&s->canvas, s->map_x + (int)(column + s->p->enlarge / 2),
                   s->map_y + (int)(row + s->p->enlarge / 2));
}

static void draw_sheet(sheet *s)
{
    const ih_grid *grid = s->map->grid;
    int y = MARGIN;

    if (s->map->title) {
        int scale = ih_canvas_text_width(s->map->title, 3) > s->canvas.width - 2 * MARGIN ? 2 : 3;

        draw_fitting(&s->canvas, MARGIN, y, s->map->title, scale, ink);
        y += 38;
    }
    if (s->map->subtitle)
        draw_fitting(&s->canvas, MARGIN, y - 2, s->map->subtitle, TEXT, soft_ink);
    draw_map(s);
    draw_frame(&s->canvas, s->map_x, s->map_y, s->map_width, s->map_height, ink);
    if (s->map->reference_area)
        draw_reference_area(s);
    else if (s->map->reference_column < grid->nx && s->map->reference_row < grid->ny)
        draw_reference_mark(s);
    draw_legend(s, s->panel_x, draw_colour_bar(s, s->panel_x, s->map_y));
    draw_north_arrow(s, draw_scale_bar(s));
}

ih_status ih_quicklook_write(const char *path, const ih_quicklook *map, ih_error *err)
{
    picture p;
    sheet s = {.map = map, .p = &p};
    ih_status status;

    status = picture_make(map, &p, err);
    if (status != IH_OK)
        return status;
    status = sheet_new(&s, err);
    if (status == IH_OK) {
        draw_sheet(&s);
        status = ih_canvas_save_png(&s.canvas, path, err);
    }
    ih_canvas_free(&s.canvas);
    picture_free(&p);
    return status;
}
