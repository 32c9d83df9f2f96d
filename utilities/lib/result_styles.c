/* SPDX-License-Identifier: MIT */
#include "utilities/lib/result_styles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_vsi.h>
#include <gdal.h>

#include "algorithms/alloc.h"
#include "algorithms/order_statistic.h"
#include "utilities/lib/sbas_state.h"
#include "utilities/lib/style.h"

/* A range is found on at most so many columns and rows; GDAL reads them from an overview. */
enum { MOST_COLUMNS = 512 };

/* Share of the values that a range holds: single noisy pixels shall not make the rest pale. */
#define HELD_SHARE 0.98

enum range {
    AS_IT_IS,  /* the style's own */
    BOTH_WAYS, /* around 0 */
    FROM_ZERO,
    BETWEEN /* from the lowest to the highest */
};

static const struct {
    const char *raster, *style;
    enum range range;
} styles[] = {{"velocity.tif", "velocity", BOTH_WAYS},
              {"stacking_velocity.tif", "velocity", BOTH_WAYS},
              {"displacement.tif", "displacement", BOTH_WAYS},
              {"temporal_coherence.tif", "coherence", AS_IT_IS},
              {"average_coherence.tif", "coherence", AS_IT_IS},
              {"valid_pairs.tif", "amplitude", FROM_ZERO},
              {"closure.tif", "count", FROM_ZERO},
              {"unwrapping_cycles.tif", "cycles", AS_IT_IS},
              {"mask.tif", "mask", AS_IT_IS},
              {"reference_area.tif", "reference_area", AS_IT_IS},
              {"dem_error.tif", "diverging", BOTH_WAYS},
              {"acceleration.tif", "diverging", BOTH_WAYS},
              {"annual_amplitude.tif", "amplitude", FROM_ZERO},
              {"semi_annual_amplitude.tif", "amplitude", FROM_ZERO},
              {"periodic_amplitudes.tif", "amplitude", FROM_ZERO},
              {"steps.tif", "diverging", BOTH_WAYS},
              {"velocity_changes.tif", "diverging", BOTH_WAYS},
              {"decays.tif", "diverging", BOTH_WAYS},
              {"geometry.tif", "height", BETWEEN}};

/* The valid values of a band, thinned out; NULL with *n = 0 when there are none. */
static float *read_values(const char *path, int number, size_t *n)
{
    GDALDatasetH ds = GDALOpen(path, GA_ReadOnly);
    GDALRasterBandH band = ds ? GDALGetRasterBand(ds, number) : NULL;
    int nx = band ? GDALGetRasterXSize(ds) : 0, ny = band ? GDALGetRasterYSize(ds) : 0, has = 0;
    int columns = nx < MOST_COLUMNS ? nx : MOST_COLUMNS;
    int rows = ny < MOST_COLUMNS ? ny : MOST_COLUMNS;
    double no_data = band ? GDALGetRasterNoDataValue(band, &has) : 0;
    float *values = band ? ih_alloc((size_t)columns * (size_t)rows, sizeof *values) : NULL;

    *n = 0;
    if (values && GDALRasterIO(band, GF_Read, 0, 0, nx, ny, values, columns, rows, GDT_Float32, 0,
                               0) == CE_None)
        for (size_t i = 0; i < (size_t)columns * (size_t)rows; i++)
            if (isfinite(values[i]) && !(has && (double)values[i] == no_data))
                values[(*n)++] = values[i];
    if (ds)
        GDALClose(ds);
    if (*n == 0) {
        free(values);
        values = NULL;
    }
    return values;
}

static double held(float *values, size_t n, double share)
{
    return (double)ih_order_statistic(values, n, (size_t)(share * (double)(n - 1)));
}

/* Range of what the band holds; 0 to 0, which leaves the style as it is, when it holds nothing. */
static void find_range(const char *path, enum range range, ih_style *style)
{
    size_t n;
    float *values = read_values(path, style->band, &n);

    for (size_t i = 0; i < n && range == BOTH_WAYS; i++)
        values[i] = fabsf(values[i]);
    if (n > 0) {
        style->minimum = range == BETWEEN ? held(values, n, 1.0 - HELD_SHARE) : 0.0;
        style->maximum = held(values, n, HELD_SHARE);
        /* Nearly all are 0, as counts of what is rare. */
        if (range != BETWEEN && style->maximum == 0.0)
            style->maximum = held(values, n, 1.0);
    }
    if (range == BOTH_WAYS)
        style->minimum = -style->maximum;
    free(values);
}

/* Band of the last date, where most has happened; of the first when the last is the one that all
 * others refer to. */
static int shown_date(const ih_sbas_state *s)
{
    size_t n = s->network->n_dates;

    return s->corrections.reference_date == n - 1 ? 1 : (int)n;
}

/* Band of the pair with most corrected pixels: in most pairs nothing is to be seen. */
static int shown_pair(const ih_sbas_state *s)
{
    const uint64_t *corrected = s->unwrapping.counts.corrected;
    size_t most = 0;

    for (size_t i = 1; corrected && i < s->network->n_pairs; i++)
        most = corrected[i] > corrected[most] ? i : most;
    return (int)most + 1;
}

void ih_result_styles_write(const ih_sbas_state *s)
{
    for (size_t i = 0; i < sizeof styles / sizeof *styles; i++) {
        char *path = ih_result_folder_path(s->folder, styles[i].raster);
        ih_style style = {.name = styles[i].style, .band = 1};
        ih_error why = {0};
        ih_status status = path ? IH_OK : ih_fail(&why, IH_E_MEMORY, "names of styles");
        VSIStatBufL info;

        if (path && VSIStatExL(path, &info, VSI_STAT_EXISTS_FLAG) == 0) {
            if (strcmp(styles[i].style, "displacement") == 0)
                style.band = shown_date(s);
            else if (strcmp(styles[i].style, "cycles") == 0)
                style.band = shown_pair(s);
            if (styles[i].range != AS_IT_IS)
                find_range(path, styles[i].range, &style);
            status = ih_style_write(path, &style, 1, &why);
        }
        free(path);
        if (status != IH_OK) {
            CPLError(CE_Warning, CPLE_AppDefined, "no QGIS styles beside the rasters: %s",
                     why.text);
            return;
        }
    }
}
