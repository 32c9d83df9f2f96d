/* SPDX-License-Identifier: MIT */
#include "utilities/lib/network_figure.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_string.h>

#include "algorithms/alloc.h"
#include "algorithms/network_selection.h"
#include "utilities/lib/canvas.h"
#include "utilities/lib/pairs_csv.h"
#include "utilities/lib/report.h"

/* Plot of the network, in pixels. */
#define WIDTH  1000.0
#define HEIGHT 560.0
#define LEFT   78.0
#define TOP    64.0
#define RIGHT  842.0
#define BOTTOM 496.0
/* Row of the dates of unknown baseline. */
#define ROW 40.0
/* Space between the plot and its legend. */
#define LEGEND_GAP 26.0

#define INK   "#222222"
#define FAINT "#767676"
#define GRID  "#e4e4e4"
#define GREY  "#a8a8a8"

/* Colours of the ramp. */
#define N_STOPS 10

/* What can be drawn at most on a time axis. */
#define MOST_TICKS 16

typedef struct {
    FILE *out;
    const ih_network_figure *figure;
    double left, top, right, bottom;      /* of the plot, pixels */
    double first_day, last_day;           /* at left and right */
    double low_m, high_m, mean_m;         /* baseline less mean at bottom and top; the mean */
    double low_coherence, high_coherence; /* ends of the colours */
    bool some_known, some_unknown;        /* baselines */
    bool some_dropped, some_colourless;   /* pairs */
    bool some_lonely;                     /* dates that lost all pairs */
    bool dropped_coloured;                /* else only kept pairs decide the ends of the colours */
    uint32_t *pairs_of_date;              /* [date] kept */
    double row_y;                         /* of the dates of unknown baseline */
    double longest_days;                  /* of the pairs */
} drawing;

/* Numbers with a decimal point in every locale. */
static void put(const drawing *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(const drawing *d, const char *format, ...)
{
    char text[512];
    va_list values;

    va_start(values, format);
    CPLvsnprintf(text, sizeof text, format, values);
    va_end(values);
    fputs(text, d->out);
}

/* Text that may hold anything: what XML cannot is replaced. */
static void put_escaped(const drawing *d, const char *text)
{
    bool utf8 = CPLIsUTF8(text, -1);

    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c == '<')
            fputs("&lt;", d->out);
        else if (*c == '>')
            fputs("&gt;", d->out);
        else if (*c == '&')
            fputs("&amp;", d->out);
        else if ((*c < 32 && *c != '\t' && *c != '\n') || *c == 127 || (*c > 127 && !utf8))
            fputc('?', d->out);
        else
            fputc(*c, d->out);
    }
}

static bool is_kept(const ih_network_figure *f, size_t pair)
{
    return !f->verdict || ih_pair_is_kept(f->verdict[pair]);
}

static double coherence_of(const ih_network_figure *f, size_t pair)
{
    return f->mean_coherence ? f->mean_coherence[pair] : (double)NAN;
}

/* Unknown also when no orbit can be that far away. */
static double sane_baseline(double baseline_m)
{
    return fabs(baseline_m) < 1e6 ? baseline_m : (double)NAN;
}

static double baseline_of(const ih_network_figure *f, size_t date)
{
    return f->date_baseline_m ? sane_baseline(f->date_baseline_m[date]) : (double)NAN;
}

static double days_of(const ih_network_figure *f, size_t date)
{
    return (double)f->network->date_days[date];
}

static double length_of(const ih_network_figure *f, size_t pair)
{
    return days_of(f, f->network->secondary_index[pair]) -
           days_of(f, f->network->reference_index[pair]);
}

/* Viridis (van der Walt and Smith), even steps in perception, from its end to its beginning and
 * without the palest tenth: on white, strong pairs are dark and the weakest can still be seen. */
static ih_colour colour_of(const drawing *d, double coherence)
{
    static const ih_colour stops[N_STOPS] = {
        {189, 223, 38}, {122, 209, 81}, {68, 191, 112}, {34, 168, 132}, {33, 145, 140},
        {42, 120, 142}, {53, 95, 141},  {65, 68, 135},  {72, 36, 117},  {68, 1, 84}};
    const int last = N_STOPS - 1;
    double t = (coherence - d->low_coherence) / (d->high_coherence - d->low_coherence);
    double position = fmin(fmax(t, 0), 1) * last, part;
    int i = (int)position < last ? (int)position : last - 1;
    ih_colour a = stops[i], b = stops[i + 1];

    part = position - i;
    return (ih_colour){(uint8_t)lround(a.red + part * (b.red - a.red)),
                       (uint8_t)lround(a.green + part * (b.green - a.green)),
                       (uint8_t)lround(a.blue + part * (b.blue - a.blue))};
}

static void put_colour(const drawing *d, double coherence)
{
    ih_colour c = colour_of(d, coherence);

    if (isnan(coherence))
        fputs(FAINT, d->out);
    else
        fprintf(d->out, "#%02x%02x%02x", c.red, c.green, c.blue);
}

/* Ends at multiples of 0.1 around the coherences that are shown, at least 0.2 apart. */
static void choose_colours(drawing *d)
{
    const ih_network_figure *f = d->figure;
    double low = INFINITY, high = -INFINITY;

    for (size_t k = 0; k < f->network->n_pairs; k++) {
        double c = coherence_of(f, k);

        if (isfinite(c) && (d->dropped_coloured || is_kept(f, k))) {
            low = fmin(low, c);
            high = fmax(high, c);
        }
    }
    if (low > high)
        low = high = 0.5;
    low = floor(10 * fmin(fmax(low, 0), 1) + 1e-6);
    high = ceil(10 * fmin(fmax(high, 0), 1) - 1e-6);
    if (high - low < 2)
        high = low + 2;
    if (high > 10) {
        high = 10;
        low = 8;
    }
    d->low_coherence = low / 10;
    d->high_coherence = high / 10;
}

static void survey_baselines(drawing *d)
{
    const ih_network_figure *f = d->figure;
    double sum = 0, low = INFINITY, high = -INFINITY, margin;
    size_t count = 0, n = f->network->n_dates;

    for (size_t i = 0; i < n; i++) {
        double b = baseline_of(f, i);

        if (!isfinite(b))
            continue;
        sum += b;
        count++;
        low = fmin(low, b);
        high = fmax(high, b);
    }
    d->some_known = count > 0;
    d->some_unknown = count < n;
    d->mean_m = count ? sum / (double)count : 0;
    margin = fmax(0.07 * (high - low), 1);
    d->low_m = low - d->mean_m - margin;
    d->high_m = high - d->mean_m + margin;
    d->row_y = d->bottom - ROW / 2;
}

static void survey_pairs(drawing *d)
{
    const ih_network_figure *f = d->figure;
    const ih_network *network = f->network;

    for (size_t k = 0; k < network->n_pairs; k++) {
        d->longest_days = fmax(d->longest_days, length_of(f, k));
        if (!is_kept(f, k)) {
            d->some_dropped = true;
            continue;
        }
        d->some_colourless = d->some_colourless || !isfinite(coherence_of(f, k));
        d->pairs_of_date[network->reference_index[k]]++;
        d->pairs_of_date[network->secondary_index[k]]++;
    }
    for (size_t i = 0; i < network->n_dates; i++)
        d->some_lonely = d->some_lonely || d->pairs_of_date[i] == 0;
}

static bool begin(drawing *d, const ih_network_figure *figure)
{
    double first = days_of(figure, 0), last = days_of(figure, figure->network->n_dates - 1);

    d->figure = figure;
    d->first_day = first - 0.02 * (last - first);
    d->last_day = last + 0.02 * (last - first);
    d->pairs_of_date = ih_calloc(figure->network->n_dates, sizeof *d->pairs_of_date);
    if (!d->pairs_of_date)
        return false;
    choose_colours(d);
    survey_baselines(d);
    survey_pairs(d);
    return true;
}

static double x_of_day(const drawing *d, double day)
{
    return d->left + (day - d->first_day) / (d->last_day - d->first_day) * (d->right - d->left);
}

static double x_of(const drawing *d, size_t date)
{
    return x_of_day(d, days_of(d->figure, date));
}

/* Bottom of the part with an axis. */
static double floor_of(const drawing *d)
{
    return d->some_unknown ? d->bottom - ROW : d->bottom;
}

static double y_of_baseline(const drawing *d, double baseline_m)
{
    return floor_of(d) - (baseline_m - d->low_m) / (d->high_m - d->low_m) * (floor_of(d) - d->top);
}

static double y_of(const drawing *d, size_t date)
{
    double b = baseline_of(d->figure, date);

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

static size_t time_ticks(const drawing *d, tick ticks[MOST_TICKS])
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

static void open_svg(const drawing *d, double width, double height, const char *plain_title)
{
    const char *title = d->figure->title ? d->figure->title : plain_title;

    put(d,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
        "viewBox=\"0 0 %.0f %.0f\" font-family=\"sans-serif\" font-size=\"13\" fill=\"" INK
        "\">\n<title>",
        width, height, width, height);
    put_escaped(d, title);
    put(d, "</title>\n<rect width=\"%.0f\" height=\"%.0f\" fill=\"#ffffff\"/>\n", width, height);
    put(d, "<text x=\"%.1f\" y=\"28\" font-size=\"18\" font-weight=\"bold\">", d->left);
    put_escaped(d, title);
    fputs("</text>\n", d->out);
}

/* What the figure shows, in numbers. */
static void put_subtitle(const drawing *d)
{
    const ih_network *network = d->figure->network;
    const ih_network_structure *s = d->figure->structure;
    size_t pairs = 0, dates = 0;
    char first[16], last[16];

    for (size_t k = 0; k < network->n_pairs; k++)
        pairs += is_kept(d->figure, k);
    for (size_t i = 0; i < network->n_dates; i++)
        dates += d->pairs_of_date[i] > 0;
    ih_iso_date(network->date_days[0], first);
    ih_iso_date(network->date_days[network->n_dates - 1], last);
    put(d,
        "<text x=\"%.1f\" y=\"48\" fill=\"" FAINT "\">%zu of %zu pairs, %zu of %zu dates, %s to %s",
        d->left, pairs, network->n_pairs, dates, network->n_dates, first, last);
    if (s && s->n_components > 1)
        put(d, ", %zu parts", s->n_components);
    if (s && s->n_bridges > 0)
        put(d, ", %zu %s in no loop", s->n_bridges, s->n_bridges == 1 ? "pair" : "pairs");
    fputs("</text>\n", d->out);
}

static void put_grid_line(const drawing *d, double x1, double y1, double x2, double y2)
{
    put(d, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"" GRID "\"/>\n", x1, y1,
        x2, y2);
}

static void put_axis_title(const drawing *d, const char *text)
{
    put(d,
        "<text transform=\"translate(22 %.1f) rotate(-90)\" text-anchor=\"middle\" "
        "font-size=\"14\">",
        (d->top + d->bottom) / 2);
    fputs(text, d->out);
    fputs("</text>\n", d->out);
}

static void put_frame(const drawing *d)
{
    put(d,
        "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"none\" stroke=\"" GREY
        "\"/>\n",
        d->left, d->top, d->right - d->left, d->bottom - d->top);
}

static void put_time_axis(const drawing *d)
{
    tick ticks[MOST_TICKS];
    size_t n = time_ticks(d, ticks);

    for (size_t i = 0; i < n; i++) {
        double x = x_of_day(d, ticks[i].day);

        put_grid_line(d, x, d->top, x, d->bottom + 5);
        put(d, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>\n", x, d->bottom + 20,
            ticks[i].label);
    }
    put(d, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" font-size=\"14\">Date</text>\n",
        (d->left + d->right) / 2, d->bottom + 44);
}

/* 1, 2 or 5 times a power of ten, for about six steps. */
static double nice_step(double range)
{
    double power = pow(10, floor(log10(range / 6))), steps = range / 6 / power;

    return power * (steps <= 1 ? 1 : steps <= 2 ? 2 : steps <= 5 ? 5 : 10);
}

static void put_baseline_axis(const drawing *d)
{
    double step = nice_step(d->high_m - d->low_m);

    for (double i = ceil(d->low_m / step); i * step <= d->high_m; i++) {
        double y = y_of_baseline(d, i * step);

        put_grid_line(d, d->left - 5, y, d->right, y);
        put(d, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%.*f</text>\n", d->left - 9,
            y + 4.5, step < 1 ? 1 : 0, i * step + 0.0);
    }
    if (d->some_unknown) {
        put(d, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"" GREY "\"/>\n",
            d->left, floor_of(d), d->right, floor_of(d));
        put(d,
            "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\" fill=\"" FAINT "\">unknown</text>\n",
            d->left - 9, d->row_y + 4.5);
    }
    put_axis_title(d, "Perpendicular baseline less mean (m)");
}

/* What hovering over a pair tells. */
static void put_pair_title(const drawing *d, size_t pair)
{
    const ih_network_figure *f = d->figure;
    double baseline = sane_baseline(f->network->perpendicular_baseline_m[pair]);
    char reference[16], secondary[16];

    ih_iso_date(f->network->date_days[f->network->reference_index[pair]], reference);
    ih_iso_date(f->network->date_days[f->network->secondary_index[pair]], secondary);
    put(d, "<title>%s to %s: %.0f days", reference, secondary, length_of(f, pair));
    if (isfinite(baseline))
        put(d, ", %.0f m", baseline);
    if (isfinite(coherence_of(f, pair)))
        put(d, ", coherence %.2f", coherence_of(f, pair));
    if (f->verdict)
        put(d, ", %s", ih_pair_verdict_text(f->verdict[pair]));
    if (f->structure && f->structure->bridge[pair])
        fputs(", in no loop", d->out);
    fputs("</title>", d->out);
}

static void put_arc(const drawing *d, size_t pair)
{
    const ih_network *network = d->figure->network;
    double x1 = x_of(d, network->reference_index[pair]);
    double x2 = x_of(d, network->secondary_index[pair]);
    bool up = is_kept(d->figure, pair);
    double room = up ? d->row_y - d->top - 14 : d->bottom - d->row_y - 14;

    put(d, "<path d=\"M%.1f %.1fA%.1f %.1f 0 0 %d %.1f %.1f\"", x1, d->row_y, (x2 - x1) / 2,
        room * length_of(d->figure, pair) / d->longest_days, up, x2, d->row_y);
}

static void put_straight(const drawing *d, size_t pair)
{
    size_t i = d->figure->network->reference_index[pair];
    size_t j = d->figure->network->secondary_index[pair];

    put(d, "<path d=\"M%.1f %.1fL%.1f %.1f\"", x_of(d, i), y_of(d, i), x_of(d, j), y_of(d, j));
}

static void put_pair(const drawing *d, size_t pair)
{
    if (d->some_known)
        put_straight(d, pair);
    else
        put_arc(d, pair);
    if (is_kept(d->figure, pair)) {
        fputs(" stroke=\"", d->out);
        put_colour(d, coherence_of(d->figure, pair));
        fputc('"', d->out);
    }
    fputc('>', d->out);
    put_pair_title(d, pair);
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
static bool put_pairs(const drawing *d)
{
    size_t m = d->figure->network->n_pairs, n = 0;
    struct ordered *kept = ih_alloc(m, sizeof *kept);

    if (!kept)
        return false;
    fputs("<g fill=\"none\" stroke=\"" GREY "\" stroke-width=\"1.1\" stroke-dasharray=\"4 3\">\n",
          d->out);
    for (size_t k = 0; k < m; k++) {
        double c = coherence_of(d->figure, k);

        if (is_kept(d->figure, k))
            kept[n++] = (struct ordered){.coherence = isfinite(c) ? c : 2, .pair = k};
        else
            put_pair(d, k);
    }
    put(d, "</g>\n<g fill=\"none\" stroke-width=\"%.1f\">\n", m > 400 ? 1.1 : 1.8);
    qsort(kept, n, sizeof *kept, strongest_first);
    for (size_t i = 0; i < n; i++)
        put_pair(d, kept[i].pair);
    fputs("</g>\n", d->out);
    free(kept);
    return true;
}

static void put_dates(const drawing *d)
{
    const ih_network *network = d->figure->network;
    double radius = network->n_dates > 150 ? 2.6 : 4.2;

    put(d, "<g stroke=\"" INK "\" stroke-width=\"1.2\">\n");
    for (size_t i = 0; i < network->n_dates; i++) {
        double b = baseline_of(d->figure, i);
        bool lonely = d->pairs_of_date[i] == 0;
        char date[16];

        ih_iso_date(network->date_days[i], date);
        put(d, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"%s\"%s><title>%s", x_of(d, i),
            y_of(d, i), radius, lonely ? "#ffffff" : INK, lonely ? " stroke=\"" FAINT "\"" : "",
            date);
        if (isfinite(b))
            put(d, ": %.0f m", b - d->mean_m);
        put(d, ", %u %s</title></circle>\n", d->pairs_of_date[i],
            d->pairs_of_date[i] == 1 ? "pair" : "pairs");
    }
    fputs("</g>\n", d->out);
}

static void put_colour_bar(const drawing *d, double x, double y, double height)
{
    int steps = (int)lround(10 * (d->high_coherence - d->low_coherence));
    double threshold = d->figure->min_coherence;

    put(d, "<text x=\"%.1f\" y=\"%.1f\">Mean coherence</text>\n", x, y - 10);
    fputs("<linearGradient id=\"coherence\" x1=\"0\" y1=\"1\" x2=\"0\" y2=\"0\">", d->out);
    for (int i = 0; i < N_STOPS; i++) {
        double t = i / (N_STOPS - 1.0);

        put(d, "<stop offset=\"%.4f\" stop-color=\"", t);
        put_colour(d, d->low_coherence + t * (d->high_coherence - d->low_coherence));
        fputs("\"/>", d->out);
    }
    put(d,
        "</linearGradient>\n<rect x=\"%.1f\" y=\"%.1f\" width=\"16\" height=\"%.1f\" "
        "fill=\"url(#coherence)\"/>\n",
        x, y, height);
    for (int i = 0; i <= steps; i++)
        if (steps <= 5 || i % 2 == 0 || i == steps)
            put(d, "<text x=\"%.1f\" y=\"%.1f\">%.1f</text>\n", x + 22,
                y + height * (1 - (double)i / steps) + 4.5, d->low_coherence + i / 10.0);
    if (threshold >= d->low_coherence && threshold <= d->high_coherence) {
        double at =
            y + height * (d->high_coherence - threshold) / (d->high_coherence - d->low_coherence);

        put(d,
            "<path d=\"M%.1f %.1fh24\" stroke=\"" INK "\" stroke-width=\"2\"><title>threshold "
            "%.2f</title></path>\n",
            x - 4, at, threshold);
        put(d, "<text x=\"%.1f\" y=\"%.1f\" fill=\"" FAINT "\">threshold</text>\n", x + 50,
            at + 4.5);
    }
}

/* The signs that occur. */
static void put_signs(const drawing *d, double x, double y)
{
    put(d, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4.2\"/><text x=\"%.1f\" y=\"%.1f\">date</text>\n",
        x + 8, y, x + 22, y + 4.5);
    if (d->some_lonely) {
        y += 24;
        put(d,
            "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4.2\" fill=\"#ffffff\" stroke=\"" FAINT
            "\" stroke-width=\"1.2\"/><text x=\"%.1f\" y=\"%.1f\">without pair</text>\n",
            x + 8, y, x + 22, y + 4.5);
    }
    if (d->some_dropped) {
        y += 24;
        put(d,
            "<path d=\"M%.1f %.1fh18\" stroke=\"" GREY
            "\" stroke-width=\"1.1\" stroke-dasharray=\"4 3\"/><text x=\"%.1f\" "
            "y=\"%.1f\">dropped</text>\n",
            x - 1, y, x + 22, y + 4.5);
    }
    if (d->some_colourless) {
        y += 24;
        put(d,
            "<path d=\"M%.1f %.1fh18\" stroke=\"" FAINT
            "\" stroke-width=\"1.8\"/><text x=\"%.1f\" y=\"%.1f\">not known</text>\n",
            x - 1, y, x + 22, y + 4.5);
    }
}

/* The row of dates under arcs: in the middle only as far down as dropped pairs need room. */
static void lay_out_arcs(drawing *d)
{
    d->row_y = d->some_dropped ? d->top + 0.68 * (d->bottom - d->top) : d->bottom - 24;
}

static bool draw_network(drawing *d)
{
    bool ok;

    if (!d->some_known)
        lay_out_arcs(d);
    open_svg(d, WIDTH, HEIGHT, "Network of interferometric pairs");
    put_subtitle(d);
    put_time_axis(d);
    if (d->some_known)
        put_baseline_axis(d);
    else
        put_axis_title(d, "Height of arcs: temporal baseline (baselines unknown)");
    put_frame(d);
    ok = put_pairs(d);
    put_dates(d);
    put_colour_bar(d, d->right + LEGEND_GAP, d->top + 22, 200);
    put_signs(d, d->right + LEGEND_GAP, d->top + 260);
    fputs("</svg>\n", d->out);
    return ok;
}

/* One cell; row and column are dates. */
static void put_cell(const drawing *d, size_t pair, size_t row, size_t column)
{
    double size = (d->right - d->left) / (double)d->figure->network->n_dates;

    put(d, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"",
        d->left + (double)column * size, d->top + (double)row * size, size, size);
    put_colour(d, coherence_of(d->figure, pair));
    fputs("\">", d->out);
    put_pair_title(d, pair);
    fputs("</rect>\n", d->out);
}

/* Some dates along both axes. */
static void put_matrix_axes(const drawing *d)
{
    size_t n = d->figure->network->n_dates, step = (n + 11) / 12;
    double size = (d->right - d->left) / (double)n;

    for (size_t i = 0; i < n; i += step) {
        double at = ((double)i + 0.5) * size;
        char date[16];

        ih_iso_date(d->figure->network->date_days[i], date);
        put(d, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\" font-size=\"12\">%s</text>\n",
            d->left - 8, d->top + at + 4, date);
        put(d,
            "<text transform=\"translate(%.1f %.1f) rotate(-45)\" text-anchor=\"end\" "
            "font-size=\"12\">%s</text>\n",
            d->left + at + 4, d->bottom + 14, date);
    }
    put_axis_title(d, "Reference (above), secondary (below)");
}

static bool draw_matrix(drawing *d)
{
    const ih_network *network = d->figure->network;

    open_svg(d, 800, 700, "Coherence of the pairs");
    put_subtitle(d);
    put_matrix_axes(d);
    put_frame(d);
    put(d, "<path d=\"M%.1f %.1fL%.1f %.1f\" stroke=\"" GREY "\"/>\n", d->left, d->top, d->right,
        d->bottom);
    for (size_t k = 0; k < network->n_pairs; k++) {
        size_t i = network->reference_index[k], j = network->secondary_index[k];

        put_cell(d, k, j, i);
        if (is_kept(d->figure, k))
            put_cell(d, k, i, j);
    }
    put(d, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\" fill=\"" FAINT "\">kept</text>\n",
        d->right - 12, d->top + 24);
    put(d, "<text x=\"%.1f\" y=\"%.1f\" fill=\"" FAINT "\">all</text>\n", d->left + 12,
        d->bottom - 14);
    put_colour_bar(d, d->right + LEGEND_GAP, d->top + 22, 200);
    fputs("</svg>\n", d->out);
    return true;
}

static char *render(const ih_network_figure *figure, drawing *d, bool (*draw)(drawing *))
{
    char *text = NULL;
    size_t size = 0;
    bool ok;

    d->out = open_memstream(&text, &size);
    if (!d->out)
        return NULL;
    ok = begin(d, figure) && draw(d);
    ok = !ferror(d->out) && ok;
    ok = fclose(d->out) == 0 && ok;
    free(d->pairs_of_date);
    if (!ok) {
        free(text);
        text = NULL;
    }
    return text;
}

char *ih_network_figure_svg(const ih_network_figure *figure)
{
    drawing d = {.left = LEFT, .top = TOP, .right = RIGHT, .bottom = BOTTOM};

    return render(figure, &d, draw_network);
}

char *ih_coherence_matrix_svg(const ih_network_figure *figure)
{
    drawing d = {
        .left = 120, .top = TOP, .right = 650, .bottom = TOP + 530, .dropped_coloured = true};

    return render(figure, &d, draw_matrix);
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
