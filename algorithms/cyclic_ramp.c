/* SPDX-License-Identifier: MIT */
#include "algorithms/cyclic_ramp.h"

#include <math.h>

enum { PIECES = 2048 }; /* of an ellipse, for its length */

typedef struct {
    double l, a, b; /* lightness 0 to 1, green to red, blue to yellow */
} oklab;

/* centre + cosine * cos(t) + sine * sin(t) for t from 0 to 2 pi */
typedef struct {
    oklab centre, cosine, sine;
} ellipse;

/* A circle of hues whose lightness leans toward hue 120 degrees (yellow-green), where sRGB reaches
 * far up, and away from 300 (violet), where it reaches far down. The cycle begins at hue 0. */
#define HUE_CHROMA 0.13
#define HUE_LEAN   0.1
#define COS_120    (-0.5)
#define SIN_120    0.86602540378443865

/* The flanks of the light centre: hue 230 (blue) and its opposite. */
#define FLANK_CHROMA 0.13
#define COS_230      (-0.64278760968653933)
#define SIN_230      (-0.76604444311897804)

/* The largest that fit into sRGB, by search over centre, lean and chroma. */
static const ellipse ellipses[] = {
    [IH_CYCLIC_RAMP_HUE] = {{0.76, 0, 0},
                            {HUE_LEAN * COS_120, HUE_CHROMA, 0},
                            {HUE_LEAN * SIN_120, 0, HUE_CHROMA}},
    [IH_CYCLIC_RAMP_EVEN] = {{0.75, 0, 0}, {0, 0.127, 0}, {0, 0, 0.127}},
    [IH_CYCLIC_RAMP_BLUE_RED] = {{0.54, 0.04, -0.02},
                                 {-0.34, 0, 0},
                                 {0, FLANK_CHROMA *COS_230, FLANK_CHROMA *SIN_230}},
};

static oklab at(const ellipse *e, double t)
{
    double c = cos(t), s = sin(t);

    return (oklab){e->centre.l + e->cosine.l * c + e->sine.l * s,
                   e->centre.a + e->cosine.a * c + e->sine.a * s,
                   e->centre.b + e->cosine.b * c + e->sine.b * s};
}

static double distance(oklab x, oklab y)
{
    return sqrt((x.l - y.l) * (x.l - y.l) + (x.a - y.a) * (x.a - y.a) + (x.b - y.b) * (x.b - y.b));
}

static uint8_t to_byte(double linear)
{
    double clipped = fmin(fmax(linear, 0.0), 1.0);
    double encoded = clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * pow(clipped, 1 / 2.4) - 0.055;

    return (uint8_t)(255 * encoded + 0.5);
}

/* The inverse transformation of Ottosson's definition, then the transfer function of IEC 61966-2-1.
 */
static void to_srgb(oklab colour, uint8_t *rgb)
{
    double l = colour.l + 0.3963377774 * colour.a + 0.2158037573 * colour.b;
    double m = colour.l - 0.1055613458 * colour.a - 0.0638541728 * colour.b;
    double s = colour.l - 0.0894841775 * colour.a - 1.2914855480 * colour.b;

    l = l * l * l;
    m = m * m * m;
    s = s * s * s;
    rgb[0] = to_byte(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s);
    rgb[1] = to_byte(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s);
    rgb[2] = to_byte(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s);
}

/* Colours at equal distances along an ellipse, found on a polygon of many short sides. */
static void walk(const ellipse *e, size_t n, double offset, uint8_t *colours)
{
    double length = 0, walked = 0;
    size_t piece = 0;

    for (size_t i = 0; i < PIECES; i++)
        length += distance(at(e, 2 * M_PI * (double)i / PIECES),
                           at(e, 2 * M_PI * (double)(i + 1) / PIECES));
    for (size_t i = 0; i < n; i++) {
        double wanted = length * ((double)i + offset) / (double)n;

        for (;;) {
            double from = 2 * M_PI * (double)piece / PIECES;
            double to = 2 * M_PI * (double)(piece + 1) / PIECES;
            double side = distance(at(e, from), at(e, to));

            if (walked + side >= wanted || piece + 1 == PIECES) {
                to_srgb(at(e, from + (to - from) * (wanted - walked) / side), colours + 3 * i);
                break;
            }
            walked += side;
            piece++;
        }
    }
}

static void walk_notebook(size_t n, double offset, uint8_t *colours)
{
    static const double corners[5][3] = {
        {0, 0, 255}, {255, 0, 0}, {255, 255, 0}, {0, 255, 0}, {0, 0, 255}};

    for (size_t i = 0; i < n; i++) {
        double position = 4 * ((double)i + offset) / (double)n;
        size_t corner = position < 3 ? (size_t)position : 3;
        double share = position - (double)corner;

        for (size_t k = 0; k < 3; k++)
            colours[3 * i + k] =
                (uint8_t)(corners[corner][k] * (1 - share) + corners[corner + 1][k] * share + 0.5);
    }
}

void ih_cyclic_ramp_colours(ih_cyclic_ramp ramp, size_t n, double offset, uint8_t *colours)
{
    if (ramp == IH_CYCLIC_RAMP_NOTEBOOK)
        walk_notebook(n, offset, colours);
    else
        walk(&ellipses[ramp], n, offset, colours);
}
