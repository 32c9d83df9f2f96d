/* SPDX-License-Identifier: MIT */
#include "utilities/lib/network_figure.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "algorithms/alloc.h"
#include "utilities/lib/network_drawing.h"
#include "utilities/lib/pairs_csv.h"
#include "utilities/lib/report.h"

/* Plot of the network, in pixels. */
#define WIDTH  1000.0
#define HEIGHT 560.0
#define LEFT   78.0
#define TOP    64.0
#define RIGHT  842.0
#define BOTTOM 496.0
/* Space between the plot and its legend. */
#define LEGEND_GAP 26.0

/* What can be drawn at most on a time axis. */
#define MOST_TICKS 16

static double x_of_day(const ih_drawing *d, double day)
{
    return d->left + (day - d->first_day) / (d->last_day - d->first_day) * (d->right - d->left);
}

static double x_of(const ih_drawing *d, size_t date)
{
    return x_of_day(d, ih_drawing_days(d->figure, date));
}

/* Bottom of the part with an axis. */
static double floor_of(const ih_drawing *d)
{
    return d->some_unknown ? d->bottom - IH_ROW_HEIGHT : d->bottom;
}

static double y_of_baseline(const ih_drawing *d, double baseline_m)
{
    return floor_of(d) - (baseline_m - d->low_m) / (d->high_m - d->low_m) * (floor_of(d) - d->top);
}

static double y_of(const ih_drawing *d, size_t date)
{
    double b = ih_drawing_baseline_m(d->figure, date);

    return isfinite(b) ? y_of_baseline(d, b - d->mean_m) : d->row_y;
}

/* Proleptic Gregorian calendar, any year (Hinnant). */
static int64_t day_of(int64_t year, int64_t month)
{
    int64_t y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
    int64_t day = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + day - 719468;
}

/* Months from year 0 to the last that begins on or before the day. */
static int64_t month_of(double day)
{
    int64_t month = (int64_t)floor(12 * (1970 + day / 365.2425)) + 2;

    while ((double)day_of((month >= 0 ? month : month - 11) / 12, (month % 12 + 12) % 12 + 1) > day)
        month--;
    return month;
}

/* Months between labels: few enough to be read. */
static int64_t tick_months(double days)
{
    static const int64_t steps[] = {1, 2, 3, 6, 12, 24, 60, 120};
    double months = days / 30.44;

    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (months / (double)steps[i] <= 12)
            return steps[i];
    return (int64_t)ceil(months / 1440) * 120;
}

typedef struct {
    double day;
    char label[48];
} tick;

static size_t time_ticks(const ih_drawing *d, tick ticks[MOST_TICKS])
{
    int64_t step = tick_months(d->last_day - d->first_day), month = month_of(d->first_day);
    size_t n = 0;

    month -= (month % step + step) % step;
    for (; n < MOST_TICKS; month += step) {
        int64_t year = (month >= 0 ? month : month - 11) / 12, of_year = month - 12 * year;
        double day = (double)day_of(year, of_year + 1);

        if (day < d->first_day)
            continue;
        if (day > d->last_day)
            break;
        ticks[n].day = day;
        if (step % 12 == 0)
            snprintf(ticks[n].label, sizeof ticks[n].label, "%lld", (long long)year);
        else
            snprintf(ticks[n].label, sizeof ticks[n].label, "%lld-%02lld", (long long)year,
                     (long long)of_year + 1);
        n++;
    }
    return n;
}

static void put_grid_line(const ih_drawing *d, double x1, double y1, double x2, double y2)
{
    ih_drawing_put(
        d, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"" IH_GRID "\"/>\n", x1,
        y1, x2, y2);
}

static void put_time_axis(const ih_drawing *d)
{
    tick ticks[MOST_TICKS];
    size_t n = time_ticks(d, ticks);

    for (size_t i = 0; i < n; i++) {
        double x = x_of_day(d, ticks[i].day);

        put_grid_line(d, x, d->top, x, d->bottom + 5);
        ih_drawing_put(d, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>\n", x,
                       d->bottom + 20, ticks[i].label);
    }
    ih_drawing_put(
        d, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" font-size=\"14\">Date</text>\n",
        (d->left + d->right) / 2, d->bottom + 44);
}

/* 1, 2 or 5 times a power of ten, for about six steps. */
static double nice_step(double range)
{
    double power = pow(10, floor(log10(range / 6))), steps = range / 6 / power;

    return power * (steps <= 1 ? 1 : steps <= 2 ? 2 : steps <= 5 ? 5 : 10);
}

static void put_baseline_axis(const ih_drawing *d)
{
    double step = nice_step(d->high_m - d->low_m);

    for (double i = ceil(d->low_m / step); i * step <= d->high_m; i++) {
        double y = y_of_baseline(d, i * step);

        put_grid_line(d, d->left - 5, y, d->right, y);
        ih_drawing_put(d, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%.*f</text>\n",
                       d->left - 9, y + 4.5, step < 1 ? 1 : 0, i * step + 0.0);
    }
    if (d->some_unknown) {
        ih_drawing_put(
            d, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"" IH_GREY "\"/>\n",
            d->left, floor_of(d), d->right, floor_of(d));
        ih_drawing_put(d,
                       "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\" fill=\"" IH_FAINT
                       "\">unknown</text>\n",
                       d->left - 9, d->row_y + 4.5);
    }
    ih_drawing_put_axis_title(d, "Perpendicular baseline less mean (m)");
}

static void put_arc(const ih_drawing *d, size_t pair)
{
    const ih_network *network = d->figure->network;
    double x1 = x_of(d, network->reference_index[pair]);
    double x2 = x_of(d, network->secondary_index[pair]);
    bool up = ih_drawing_is_kept(d->figure, pair);
    double room = up ? d->row_y - d->top - 14 : d->bottom - d->row_y - 14;

    ih_drawing_put(d, "<path d=\"M%.1f %.1fA%.1f %.1f 0 0 %d %.1f %.1f\"", x1, d->row_y,
                   (x2 - x1) / 2, room * ih_drawing_length_days(d->figure, pair) / d->longest_days,
                   up, x2, d->row_y);
}

static void put_straight(const ih_drawing *d, size_t pair)
{
    size_t i = d->figure->network->reference_index[pair];
    size_t j = d->figure->network->secondary_index[pair];

    ih_drawing_put(d, "<path d=\"M%.1f %.1fL%.1f %.1f\"", x_of(d, i), y_of(d, i), x_of(d, j),
                   y_of(d, j));
}

static void put_pair(const ih_drawing *d, size_t pair)
{
    if (d->some_known)
        put_straight(d, pair);
    else
        put_arc(d, pair);
    if (ih_drawing_is_kept(d->figure, pair)) {
        fputs(" stroke=\"", d->out);
        ih_drawing_put_colour(d, ih_drawing_coherence(d->figure, pair));
        fputc('"', d->out);
    }
    fputc('>', d->out);
    ih_drawing_put_pair_title(d, pair);
    fputs("</path>\n", d->out);
}

struct ordered {
    double coherence;
    size_t pair;
};

static int strongest_first(const void *a, const void *b)
{
    const struct ordered *x = a, *y = b;

    if (x->coherence != y->coherence)
        return x->coherence > y->coherence ? -1 : 1;
    return (x->pair > y->pair) - (x->pair < y->pair);
}

/* Dropped pairs below the kept ones; of these the weakest on top, where they can be noticed. */
static bool put_pairs(const ih_drawing *d)
{
    size_t m = d->figure->network->n_pairs, n = 0;
    struct ordered *kept = ih_alloc(m, sizeof *kept);

    if (!kept)
        return false;
    fputs("<g fill=\"none\" stroke=\"" IH_GREY
          "\" stroke-width=\"1.1\" stroke-dasharray=\"4 3\">\n",
          d->out);
    for (size_t k = 0; k < m; k++) {
        double c = ih_drawing_coherence(d->figure, k);

        if (ih_drawing_is_kept(d->figure, k))
            kept[n++] = (struct ordered){.coherence = isfinite(c) ? c : 2, .pair = k};
        else
            put_pair(d, k);
    }
    ih_drawing_put(d, "</g>\n<g fill=\"none\" stroke-width=\"%.1f\">\n", m > 400 ? 1.1 : 1.8);
    qsort(kept, n, sizeof *kept, strongest_first);
    for (size_t i = 0; i < n; i++)
        put_pair(d, kept[i].pair);
    fputs("</g>\n", d->out);
    free(kept);
    return true;
}

static void put_dates(const ih_drawing *d)
{
    const ih_network *network = d->figure->network;
    double radius = network->n_dates > 150 ? 2.6 : 4.2;

    ih_drawing_put(d, "<g stroke=\"" IH_INK "\" stroke-width=\"1.2\">\n");
    for (size_t i = 0; i < network->n_dates; i++) {
        double b = ih_drawing_baseline_m(d->figure, i);
        bool lonely = d->pairs_of_date[i] == 0;
        char date[16];

        ih_iso_date(network->date_days[i], date);
        ih_drawing_put(d, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"%s\"%s><title>%s",
                       x_of(d, i), y_of(d, i), radius, lonely ? "#ffffff" : IH_INK,
                       lonely ? " stroke=\"" IH_FAINT "\"" : "", date);
        if (isfinite(b))
            ih_drawing_put(d, ": %.0f m", b - d->mean_m);
        ih_drawing_put(d, ", %u %s</title></circle>\n", d->pairs_of_date[i],
                       d->pairs_of_date[i] == 1 ? "pair" : "pairs");
    }
    fputs("</g>\n", d->out);
}

/* The signs that occur. */
static void put_signs(const ih_drawing *d, double x, double y)
{
    ih_drawing_put(
        d, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4.2\"/><text x=\"%.1f\" y=\"%.1f\">date</text>\n",
        x + 8, y, x + 22, y + 4.5);
    if (d->some_lonely) {
        y += 24;
        ih_drawing_put(
            d,
            "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4.2\" fill=\"#ffffff\" stroke=\"" IH_FAINT
            "\" stroke-width=\"1.2\"/><text x=\"%.1f\" y=\"%.1f\">without pair</text>\n",
            x + 8, y, x + 22, y + 4.5);
    }
    if (d->some_dropped) {
        y += 24;
        ih_drawing_put(d,
                       "<path d=\"M%.1f %.1fh18\" stroke=\"" IH_GREY
                       "\" stroke-width=\"1.1\" stroke-dasharray=\"4 3\"/><text x=\"%.1f\" "
                       "y=\"%.1f\">dropped</text>\n",
                       x - 1, y, x + 22, y + 4.5);
    }
    if (d->some_colourless) {
        y += 24;
        ih_drawing_put(d,
                       "<path d=\"M%.1f %.1fh18\" stroke=\"" IH_FAINT
                       "\" stroke-width=\"1.8\"/><text x=\"%.1f\" y=\"%.1f\">not known</text>\n",
                       x - 1, y, x + 22, y + 4.5);
    }
}

/* The row of dates under arcs: in the middle only as far down as dropped pairs need room. */
static void lay_out_arcs(ih_drawing *d)
{
    d->row_y = d->some_dropped ? d->top + 0.68 * (d->bottom - d->top) : d->bottom - 24;
}

static bool draw_network(ih_drawing *d)
{
    bool ok;

    if (!d->some_known)
        lay_out_arcs(d);
    ih_drawing_open(d, WIDTH, HEIGHT, "Network of interferometric pairs");
    ih_drawing_put_subtitle(d);
    put_time_axis(d);
    if (d->some_known)
        put_baseline_axis(d);
    else
        ih_drawing_put_axis_title(d, "Height of arcs: temporal baseline (baselines unknown)");
    ih_drawing_put_frame(d);
    ok = put_pairs(d);
    put_dates(d);
    ih_drawing_put_colour_bar(d, d->right + LEGEND_GAP, d->top + 22, 200);
    put_signs(d, d->right + LEGEND_GAP, d->top + 260);
    fputs("</svg>\n", d->out);
    return ok;
}

/* One cell; row and column are dates. */
static void put_cell(const ih_drawing *d, size_t pair, size_t row, size_t column)
{
    double size = (d->right - d->left) / (double)d->figure->network->n_dates;

    ih_drawing_put(d, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"",
                   d->left + (double)column * size, d->top + (double)row * size, size, size);
    ih_drawing_put_colour(d, ih_drawing_coherence(d->figure, pair));
    fputs("\">", d->out);
    ih_drawing_put_pair_title(d, pair);
    fputs("</rect>\n", d->out);
}

/* Some dates along both axes. */
static void put_matrix_axes(const ih_drawing *d)
{
    size_t n = d->figure->network->n_dates, step = (n + 11) / 12;
    double size = (d->right - d->left) / (double)n;

    for (size_t i = 0; i < n; i += step) {
        double at = ((double)i + 0.5) * size;
        char date[16];

        ih_iso_date(d->figure->network->date_days[i], date);
        ih_drawing_put(
            d, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\" font-size=\"12\">%s</text>\n",
            d->left - 8, d->top + at + 4, date);
        ih_drawing_put(d,
                       "<text transform=\"translate(%.1f %.1f) rotate(-45)\" text-anchor=\"end\" "
                       "font-size=\"12\">%s</text>\n",
                       d->left + at + 4, d->bottom + 14, date);
    }
    ih_drawing_put_axis_title(d, "Reference (above), secondary (below)");
}

static bool draw_matrix(ih_drawing *d)
{
    const ih_network *network = d->figure->network;

    ih_drawing_open(d, 800, 700, "Coherence of the pairs");
    ih_drawing_put_subtitle(d);
    put_matrix_axes(d);
    ih_drawing_put_frame(d);
    ih_drawing_put(d, "<path d=\"M%.1f %.1fL%.1f %.1f\" stroke=\"" IH_GREY "\"/>\n", d->left,
                   d->top, d->right, d->bottom);
    for (size_t k = 0; k < network->n_pairs; k++) {
        size_t i = network->reference_index[k], j = network->secondary_index[k];

        put_cell(d, k, j, i);
        if (ih_drawing_is_kept(d->figure, k))
            put_cell(d, k, i, j);
    }
    ih_drawing_put(
        d, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\" fill=\"" IH_FAINT "\">kept</text>\n",
        d->right - 12, d->top + 24);
    ih_drawing_put(d, "<text x=\"%.1f\" y=\"%.1f\" fill=\"" IH_FAINT "\">all</text>\n",
                   d->left + 12, d->bottom - 14);
    ih_drawing_put_colour_bar(d, d->right + LEGEND_GAP, d->top + 22, 200);
    fputs("</svg>\n", d->out);
    return true;
}

char *ih_network_figure_svg(const ih_network_figure *figure)
{
    ih_drawing d = {.left = LEFT, .top = TOP, .right = RIGHT, .bottom = BOTTOM};

    return ih_drawing_render(figure, &d, draw_network);
}

char *ih_coherence_matrix_svg(const ih_network_figure *figure)
{
    ih_drawing d = {
        .left = 120, .top = TOP, .right = 650, .bottom = TOP + 530, .dropped_coloured = true};

    return ih_drawing_render(figure, &d, draw_matrix);
}

static ih_status write_svg(char *svg, const char *path, ih_error *err)
{
    ih_status status = svg ? ih_report_write_text(path, svg, err)
                           : ih_fail(err, IH_E_MEMORY, "%s: no memory for the figure", path);

    free(svg);
    return status;
}

ih_status ih_network_figure_write(const ih_network_figure *figure, const char *path, ih_error *err)
{
    return write_svg(ih_network_figure_svg(figure), path, err);
}

ih_status ih_coherence_matrix_write(const ih_network_figure *figure, const char *path,
                                    ih_error *err)
{
    return write_svg(ih_coherence_matrix_svg(figure), path, err);
}
