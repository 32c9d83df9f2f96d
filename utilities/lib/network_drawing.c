/* SPDX-License-Identifier: MIT */
#include "utilities/lib/network_drawing.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cpl_string.h>

#include "algorithms/alloc.h"
#include "algorithms/network_selection.h"
#include "utilities/lib/canvas.h"
#include "utilities/lib/pairs_csv.h"

/* Colours of the ramp. */
#define N_STOPS 10

void ih_drawing_put(const ih_drawing *d, const char *format, ...)
{
    char text[512];
    va_list values;

    va_start(values, format);
    CPLvsnprintf(text, sizeof text, format, values);
    va_end(values);
    fputs(text, d->out);
}

/* Text that may hold anything: what XML cannot is replaced. */
static void put_escaped(const ih_drawing *d, const char *text)
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

bool ih_drawing_is_kept(const ih_network_figure *f, size_t pair)
{
    return !f->verdict || ih_pair_is_kept(f->verdict[pair]);
}

double ih_drawing_coherence(const ih_network_figure *f, size_t pair)
{
    return f->mean_coherence ? f->mean_coherence[pair] : (double)NAN;
}

/* Unknown also when no orbit can be that far away. */
static double sane_baseline(double baseline_m)
{
    return fabs(baseline_m) < 1e6 ? baseline_m : (double)NAN;
}

double ih_drawing_baseline_m(const ih_network_figure *f, size_t date)
{
    return f->date_baseline_m ? sane_baseline(f->date_baseline_m[date]) : (double)NAN;
}

double ih_drawing_days(const ih_network_figure *f, size_t date)
{
    return (double)f->network->date_days[date];
}

double ih_drawing_length_days(const ih_network_figure *f, size_t pair)
{
    return ih_drawing_days(f, f->network->secondary_index[pair]) -
           ih_drawing_days(f, f->network->reference_index[pair]);
}

/* Viridis (van der Walt and Smith), even steps in perception, from its end to its beginning and
 * without the palest tenth: on white, strong pairs are dark and the weakest can still be seen. */
static ih_colour colour_of(const ih_drawing *d, double coherence)
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

void ih_drawing_put_colour(const ih_drawing *d, double coherence)
{
    ih_colour c = colour_of(d, coherence);

    if (isnan(coherence))
        fputs(IH_FAINT, d->out);
    else
        fprintf(d->out, "#%02x%02x%02x", c.red, c.green, c.blue);
}

/* Ends at multiples of 0.1 around the coherences that are shown, at least 0.2 apart. */
static void choose_colours(ih_drawing *d)
{
    const ih_network_figure *f = d->figure;
    double low = INFINITY, high = -INFINITY;

    for (size_t k = 0; k < f->network->n_pairs; k++) {
        double c = ih_drawing_coherence(f, k);

        if (isfinite(c) && (d->dropped_coloured || ih_drawing_is_kept(f, k))) {
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

static void survey_baselines(ih_drawing *d)
{
    const ih_network_figure *f = d->figure;
    double sum = 0, low = INFINITY, high = -INFINITY, margin;
    size_t count = 0, n = f->network->n_dates;

    for (size_t i = 0; i < n; i++) {
        double b = ih_drawing_baseline_m(f, i);

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
    d->row_y = d->bottom - IH_ROW_HEIGHT / 2;
}

static void survey_pairs(ih_drawing *d)
{
    const ih_network_figure *f = d->figure;
    const ih_network *network = f->network;

    for (size_t k = 0; k < network->n_pairs; k++) {
        d->longest_days = fmax(d->longest_days, ih_drawing_length_days(f, k));
        if (!ih_drawing_is_kept(f, k)) {
            d->some_dropped = true;
            continue;
        }
        d->some_colourless = d->some_colourless || !isfinite(ih_drawing_coherence(f, k));
        d->pairs_of_date[network->reference_index[k]]++;
        d->pairs_of_date[network->secondary_index[k]]++;
    }
    for (size_t i = 0; i < network->n_dates; i++)
        d->some_lonely = d->some_lonely || d->pairs_of_date[i] == 0;
}

static bool begin(ih_drawing *d, const ih_network_figure *figure)
{
    double first = ih_drawing_days(figure, 0),
           last = ih_drawing_days(figure, figure->network->n_dates - 1);

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

void ih_drawing_open(const ih_drawing *d, double width, double height, const char *plain_title)
{
    const char *title = d->figure->title ? d->figure->title : plain_title;

    ih_drawing_put(
        d,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
        "viewBox=\"0 0 %.0f %.0f\" font-family=\"sans-serif\" font-size=\"13\" fill=\"" IH_INK
        "\">\n<title>",
        width, height, width, height);
    put_escaped(d, title);
    ih_drawing_put(d, "</title>\n<rect width=\"%.0f\" height=\"%.0f\" fill=\"#ffffff\"/>\n", width,
                   height);
    ih_drawing_put(d, "<text x=\"%.1f\" y=\"28\" font-size=\"18\" font-weight=\"bold\">", d->left);
    put_escaped(d, title);
    fputs("</text>\n", d->out);
}

/* What the figure shows, in numbers. */
void ih_drawing_put_subtitle(const ih_drawing *d)
{
    const ih_network *network = d->figure->network;
    const ih_network_structure *s = d->figure->structure;
    size_t pairs = 0, dates = 0;
    char first[16], last[16];

    for (size_t k = 0; k < network->n_pairs; k++)
        pairs += ih_drawing_is_kept(d->figure, k);
    for (size_t i = 0; i < network->n_dates; i++)
        dates += d->pairs_of_date[i] > 0;
    ih_iso_date(network->date_days[0], first);
    ih_iso_date(network->date_days[network->n_dates - 1], last);
    ih_drawing_put(d,
                   "<text x=\"%.1f\" y=\"48\" fill=\"" IH_FAINT
                   "\">%zu of %zu pairs, %zu of %zu dates, %s to %s",
                   d->left, pairs, network->n_pairs, dates, network->n_dates, first, last);
    if (s && s->n_components > 1)
        ih_drawing_put(d, ", %zu parts", s->n_components);
    if (s && s->n_bridges > 0)
        ih_drawing_put(d, ", %zu %s in no loop", s->n_bridges,
                       s->n_bridges == 1 ? "pair" : "pairs");
    fputs("</text>\n", d->out);
}

void ih_drawing_put_axis_title(const ih_drawing *d, const char *text)
{
    ih_drawing_put(d,
                   "<text transform=\"translate(22 %.1f) rotate(-90)\" text-anchor=\"middle\" "
                   "font-size=\"14\">",
                   (d->top + d->bottom) / 2);
    fputs(text, d->out);
    fputs("</text>\n", d->out);
}

void ih_drawing_put_frame(const ih_drawing *d)
{
    ih_drawing_put(
        d,
        "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"none\" stroke=\"" IH_GREY
        "\"/>\n",
        d->left, d->top, d->right - d->left, d->bottom - d->top);
}

/* What hovering over a pair tells. */
void ih_drawing_put_pair_title(const ih_drawing *d, size_t pair)
{
    const ih_network_figure *f = d->figure;
    double baseline = sane_baseline(f->network->perpendicular_baseline_m[pair]);
    char reference[16], secondary[16];

    ih_iso_date(f->network->date_days[f->network->reference_index[pair]], reference);
    ih_iso_date(f->network->date_days[f->network->secondary_index[pair]], secondary);
    ih_drawing_put(d, "<title>%s to %s: %.0f days", reference, secondary,
                   ih_drawing_length_days(f, pair));
    if (isfinite(baseline))
        ih_drawing_put(d, ", %.0f m", baseline);
    if (isfinite(ih_drawing_coherence(f, pair)))
        ih_drawing_put(d, ", coherence %.2f", ih_drawing_coherence(f, pair));
    if (f->verdict)
        ih_drawing_put(d, ", %s", ih_pair_verdict_text(f->verdict[pair]));
    if (f->structure && f->structure->bridge[pair])
        fputs(", in no loop", d->out);
    fputs("</title>", d->out);
}

void ih_drawing_put_colour_bar(const ih_drawing *d, double x, double y, double height)
{
    int steps = (int)lround(10 * (d->high_coherence - d->low_coherence));
    double threshold = d->figure->min_coherence;

    ih_drawing_put(d, "<text x=\"%.1f\" y=\"%.1f\">Mean coherence</text>\n", x, y - 10);
    fputs("<linearGradient id=\"coherence\" x1=\"0\" y1=\"1\" x2=\"0\" y2=\"0\">", d->out);
    for (int i = 0; i < N_STOPS; i++) {
        double t = i / (N_STOPS - 1.0);

        ih_drawing_put(d, "<stop offset=\"%.4f\" stop-color=\"", t);
        ih_drawing_put_colour(d, d->low_coherence + t * (d->high_coherence - d->low_coherence));
        fputs("\"/>", d->out);
    }
    ih_drawing_put(d,
                   "</linearGradient>\n<rect x=\"%.1f\" y=\"%.1f\" width=\"16\" height=\"%.1f\" "
                   "fill=\"url(#coherence)\"/>\n",
                   x, y, height);
    for (int i = 0; i <= steps; i++)
        if (steps <= 5 || i % 2 == 0 || i == steps)
            ih_drawing_put(d, "<text x=\"%.1f\" y=\"%.1f\">%.1f</text>\n", x + 22,
                           y + height * (1 - (double)i / steps) + 4.5, d->low_coherence + i / 10.0);
    if (threshold >= d->low_coherence && threshold <= d->high_coherence) {
        double at =
            y + height * (d->high_coherence - threshold) / (d->high_coherence - d->low_coherence);

        ih_drawing_put(d,
                       "<path d=\"M%.1f %.1fh24\" stroke=\"" IH_INK
                       "\" stroke-width=\"2\"><title>threshold "
                       "%.2f</title></path>\n",
                       x - 4, at, threshold);
        ih_drawing_put(d, "<text x=\"%.1f\" y=\"%.1f\" fill=\"" IH_FAINT "\">threshold</text>\n",
                       x + 50, at + 4.5);
    }
}

char *ih_drawing_render(const ih_network_figure *figure, ih_drawing *d, bool (*draw)(ih_drawing *))
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
