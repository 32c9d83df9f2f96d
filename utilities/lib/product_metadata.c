/* SPDX-License-Identifier: MIT */
#include "utilities/lib/product_metadata.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_string.h>

static const double degrees = 180.0 / 3.14159265358979323846;

/* A burst of relative orbit 64. */
#define BURST         "136231_IW2"
#define SLICE_SECONDS 27.0

/* YYYYMMDDTHHMMSS of a date, some seconds after its start. */
static void date_time(const ih_scene_date *date, double after, char text[24])
{
    char day[16];
    unsigned seconds = (unsigned)(date->seconds + after) % 86400u;

    ih_simulate_format_date(date->days, false, day);
    snprintf(text, 24, "%.8sT%02u%02u%02u", day, seconds / 3600u % 24u, seconds / 60u % 60u,
             seconds % 60u);
}

void ih_product_metadata_name(const ih_scene *scene, const ih_scene_pair *pair, char *name,
                              size_t size)
{
    const ih_scene_date *r = &scene->dates[pair->reference], *s = &scene->dates[pair->secondary];
    int spacing = ih_simulate_spacing_m(&scene->options);
    char first[24], second[24];

    date_time(r, 0.0, first);
    date_time(s, 0.0, second);
    if (scene->options.family == IH_SIMULATE_GAMMA)
        snprintf(name, size, "S1%c%c_%s_%s_VVP%03d_INT%d_G_%ceF_%s", r->platform, s->platform,
                 first, second, s->days - r->days, spacing,
                 scene->options.apply_water_mask ? 'w' : 'u', pair->id);
    else
        snprintf(name, size, "S1_" BURST "_%.8s_%.8s_VV_INT%d_%s", first, second, spacing,
                 pair->id);
}

static void granule(const ih_scene *scene, size_t date, char *text, size_t size)
{
    const ih_scene_date *d = &scene->dates[date];
    char start[24], stop[24];

    date_time(d, 0.0, start);
    date_time(d, SLICE_SECONDS, stop);
    if (scene->options.family == IH_SIMULATE_GAMMA)
        snprintf(text, size, "S1%c_IW_SLC__1SDV_%s_%s_%06ld_%06X_%04X", d->platform, start, stop,
                 d->absolute_orbit, d->datatake, d->scene_id);
    else
        snprintf(text, size, "S1_" BURST "_%s_VV_%04X-BURST", start, d->scene_id);
}

/* Adds a line to a CPL string list. */
static void line(char ***lines, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void line(char ***lines, const char *format, ...)
{
    char text[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    *lines = CSLAddString(*lines, text);
}

/* What both families say, in the same order. */
static void common_lines(const ih_scene *scene, const ih_scene_pair *pair, char ***lines)
{
    const ih_scene_date *r = &scene->dates[pair->reference], *s = &scene->dates[pair->secondary];
    const bool gamma = scene->options.family == IH_SIMULATE_GAMMA;
    const char *pass =
        scene->options.direction == IH_SIMULATE_ASCENDING ? "ASCENDING" : "DESCENDING";
    double half_width = 0.5 * (double)scene->grid.nx * scene->grid.dx;
    double heading = scene->view.heading_rad;
    char reference[128], secondary[128];

    granule(scene, pair->reference, reference, sizeof reference);
    granule(scene, pair->secondary, secondary, sizeof secondary);
    line(lines, "Reference Granule: %s", reference);
    line(lines, "Secondary Granule: %s", secondary);
    line(lines, "Reference Pass Direction: %s", pass);
    line(lines, "Reference Orbit Number: %ld", r->absolute_orbit);
    line(lines, "Secondary Pass Direction: %s", pass);
    line(lines, "Secondary Orbit Number: %ld", s->absolute_orbit);
    line(lines, gamma ? "Baseline: %.4f" : "Baseline: %.14g", pair->baseline_m);
    line(lines, "UTC time: %.6f", r->seconds);
    line(lines, gamma ? "Heading: %.7f" : "Heading: %.12f", heading * degrees);
    line(lines, gamma ? "Spacecraft height: %.4f" : "Spacecraft height: %.1f",
         scene->view.sensor_height_m);
    line(lines, gamma ? "Earth radius at nadir: %.4f" : "Earth radius at nadir: %.9f",
         scene->view.earth_radius_m);

    /* Across the track through the scene's centre. */
    static const char *const places[] = {"near", "center", "far"};
    for (int i = 0; i < 3; i++) {
        double across = (i - 1) * half_width;
        ih_line_of_sight sight =
            ih_viewing_geometry_at(&scene->view, across * cos(heading), -across * sin(heading));
        line(lines, gamma ? "Slant range %s: %.4f" : "Slant range %s: %.10f", places[i],
             sight.range_m);
    }
    line(lines, "Range looks: %d", scene->range_looks);
    line(lines, "Azimuth looks: %d", scene->azimuth_looks);
}

static void gamma_lines(const ih_scene *scene, const ih_product_reference *reference, char ***lines)
{
    int spacing = ih_simulate_spacing_m(&scene->options);

    line(lines, "INSAR phase filter: adf");
    line(lines, "Phase filter parameter: 0.6");
    line(lines, "Resolution of output (m): %d", spacing);
    line(lines, "Range bandpass filter: no");
    line(lines, "Azimuth bandpass filter: no");
    line(lines, "DEM source: GLO-30");
    line(lines, "DEM resolution (m): %d", 2 * spacing);
    line(lines, "Unwrapping type: mcf");
    line(lines, "Phase at reference point: %.5f", reference->phase_rad);
    line(lines, "Azimuth line of the reference point in SAR space: %zu", reference->row);
    line(lines, "Range pixel of the reference point in SAR space: %zu", reference->column);
    line(lines, "Y coordinate of the reference point in the map projection: %.4f", reference->y);
    line(lines, "X coordinate of the reference point in the map projection: %.4f", reference->x);
    line(lines, "Latitude of the reference point (WGS84): %.8f", reference->latitude);
    line(lines, "Longitude of the reference point (WGS84): %.7f", reference->longitude);
    line(lines, "Unwrapping threshold: none");
    line(lines, "Speckle filter: no");
}

static void burst_lines(const ih_scene *scene, const ih_scene_pair *pair, char ***lines)
{
    const ih_scene_date *r = &scene->dates[pair->reference];
    const int azimuth_looks = scene->azimuth_looks, range_looks = scene->range_looks;
    const int lines_full = 1505, samples_full = 25380;
    const double line_seconds = 0.0020555563, sample_m = 2.3295621;
    int n_lines = lines_full / azimuth_looks, n_samples = samples_full / range_looks;
    double stop = r->seconds + (n_lines * azimuth_looks - 1) * line_seconds;
    char day[16];

    line(lines, "INSAR phase filter: yes");
    line(lines, "Phase filter parameter: 0.5");
    line(lines, "Range bandpass filter: no");
    line(lines, "Azimuth bandpass filter: no");
    line(lines, "DEM source: GLO_30");
    line(lines, "DEM resolution (m): 30");
    line(lines, "Unwrapping type: snaphu_mcf");
    line(lines, "Speckle filter: yes");
    line(lines, "Water mask: %s", scene->options.apply_water_mask ? "yes" : "no");
    line(lines, "Radar n lines: %d", n_lines);
    line(lines, "Radar n samples: %d", n_samples);
    line(lines, "Radar first valid line: %d", (28 + azimuth_looks - 1) / azimuth_looks);
    line(lines, "Radar n valid lines: %d", 1452 / azimuth_looks);
    line(lines, "Radar first valid sample: %d", (460 + range_looks - 1) / range_looks);
    line(lines, "Radar n valid samples: %d", 24360 / range_looks);
    line(lines, "Multilook azimuth time interval: %.16g", azimuth_looks * line_seconds);
    line(lines, "Multilook range pixel size: %.16g", range_looks * sample_m);
    ih_simulate_format_date(r->days, true, day);
    line(lines, "Radar sensing stop: %sT%02d:%02d:%09.6f", day, (int)stop / 3600,
         (int)stop / 60 % 60, fmod(stop, 60.0));
}

/* One line after another, the list is freed. */
static char *joined(char **lines)
{
    size_t size = 1;
    char *text, *end;

    for (int i = 0; lines && lines[i]; i++)
        size += strlen(lines[i]) + 1;
    text = VSIMalloc(size);
    if (text) {
        end = text;
        for (int i = 0; lines && lines[i]; i++) {
            end = stpcpy(end, lines[i]);
            *end++ = '\n';
        }
        *end = '\0';
    }
    CSLDestroy(lines);
    return text;
}

char *ih_product_metadata_text(const ih_scene *scene, const ih_scene_pair *pair,
                               const ih_product_reference *reference)
{
    char **lines = NULL;

    common_lines(scene, pair, &lines);
    if (scene->options.family == IH_SIMULATE_GAMMA)
        gamma_lines(scene, reference, &lines);
    else
        burst_lines(scene, pair, &lines);
    return joined(lines);
}

const char *ih_product_metadata_readme_suffix(const ih_scene *scene)
{
    return scene->options.family == IH_SIMULATE_GAMMA ? ".README.md.txt" : "_README.md.txt";
}

char *ih_product_metadata_readme(const ih_scene *scene, const ih_scene_pair *pair)
{
    char **lines = NULL;

    line(&lines, "# %s", pair->name);
    line(&lines, "%s", "");
    line(&lines,
         "This is a simulated product: no satellite has seen what it shows. It was written by");
    line(&lines,
         "gdal_ih_simulate of InSARHub for GDAL (seed %ld) in the form of the products of the",
         scene->options.seed);
    line(&lines,
         "HyP3 service, with an invented landscape, invented ground motion and known errors.");
    line(&lines, "%s", "");
    line(&lines,
         "Rasters are named as in real products. Phases are in radians, positive away from the");
    line(&lines, "satellite; look vectors point from the ground to the sensor; 0 is no data.");
    return joined(lines);
}
