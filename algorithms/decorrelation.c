/* SPDX-License-Identifier: MIT */
#include "algorithms/decorrelation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "algorithms/alloc.h"
#include "algorithms/random_field.h"

/* What a patch looks like: what is left at once, in the long run, and how fast it goes. */
#define PATCH_INITIAL    0.55
#define PATCH_LONG_TERM  0.03
#define PATCH_DECAY_DAYS 7.0

ih_status ih_decorrelation_new(size_t n_pixels, ih_decorrelation *out, ih_error *err)
{
    *out = (ih_decorrelation){
        .initial = ih_alloc(n_pixels, sizeof(float)),
        .long_term = ih_alloc(n_pixels, sizeof(float)),
        .decay_days = ih_alloc(n_pixels, sizeof(float)),
    };
    if (!out->initial || !out->long_term || !out->decay_days) {
        ih_decorrelation_free(out);
        return ih_fail(err, IH_E_MEMORY, "not enough memory for coherence maps of %zu pixels",
                       n_pixels);
    }
    return IH_OK;
}

void ih_decorrelation_free(ih_decorrelation *maps)
{
    if (!maps)
        return;
    free(maps->initial);
    free(maps->long_term);
    free(maps->decay_days);
    *maps = (ih_decorrelation){0};
}

/* 0..1 on a logistic curve through median at x = 0. */
static double between(double median, double x)
{
    double m = fmax(1e-6, fmin(1.0 - 1e-6, median));

    return 1.0 / (1.0 + (1.0 - m) / m * exp(-x));
}

/* Value that a share of the values of a field exceeds, for a normal field: bisection on erfc. */
static double exceeded_by(double share)
{
    double low = -6.0, high = 6.0;

    for (int i = 0; i < 60; i++) {
        double x = 0.5 * (low + high);
        if (0.5 * erfc(x / sqrt(2.0)) > share)
            low = x;
        else
            high = x;
    }
    return low;
}

static ih_status plant_patches(const ih_decorrelation_spec *spec, const float *field,
                               const ih_decorrelation *out, uint8_t *patches, ih_error *err)
{
    size_t n = spec->nx * spec->ny;
    double threshold = exceeded_by(spec->patch_share);

    for (size_t i = 0; i < n; i++) {
        if (i % spec->nx == 0 && spec->progress &&
            !spec->progress((double)i / (double)n, "Land cover", spec->progress_data))
            return ih_fail(err, IH_E_CANCELLED, "interrupted");
        /* Soft edges: a tenth of a standard deviation to either side. */
        double inside = fmax(0.0, fmin(1.0, 0.5 + (field[i] - threshold) / 0.2));
        double outside = 1.0 - inside;
        out->initial[i] = (float)(outside * out->initial[i] + inside * PATCH_INITIAL);
        out->long_term[i] = (float)(outside * out->long_term[i] + inside * PATCH_LONG_TERM);
        out->decay_days[i] = (float)(outside * out->decay_days[i] + inside * PATCH_DECAY_DAYS);
        if (patches)
            patches[i] = inside > 0.5;
    }
    return IH_OK;
}

ih_status ih_decorrelation_make(const ih_decorrelation_spec *spec, ih_random *cover,
                                ih_random *patch, const ih_decorrelation *out, uint8_t *patches,
                                ih_error *err)
{
    ih_status st = IH_OK;
    size_t n = spec->nx * spec->ny;
    double shorter = (double)(spec->nx < spec->ny ? spec->nx : spec->ny);
    ih_random_field_spec field_spec = {.nx = spec->nx,
                                       .ny = spec->ny,
                                       .exponent = -2.6,
                                       .longest_px = 0.4 * shorter,
                                       .shortest_px = 1.5,
                                       .progress = spec->progress,
                                       .progress_data = spec->progress_data};
    float *field = ih_alloc(n, sizeof *field);

    if (!field)
        return ih_fail(err, IH_E_MEMORY, "not enough memory for land cover of %zu x %zu pixels",
                       spec->nx, spec->ny);

    st = ih_random_field_make(&field_spec, cover, field, err);
    if (st != IH_OK)
        goto done;
    for (size_t i = 0; i < n; i++) {
        if (i % spec->nx == 0 && spec->progress &&
            !spec->progress((double)i / (double)n, "Land cover", spec->progress_data)) {
            st = ih_fail(err, IH_E_CANCELLED, "interrupted");
            goto done;
        }
        out->initial[i] = (float)between(spec->initial, 0.6 * field[i]);
        out->long_term[i] = (float)between(spec->long_term, 0.9 * field[i]);
        out->decay_days[i] = (float)(spec->decay_days * exp(0.5 * field[i]));
    }

    if (patches)
        memset(patches, 0, n);
    if (spec->patch_share > 0.0) {
        field_spec.exponent = -3.6;
        field_spec.longest_px = 0.25 * shorter;
        st = ih_random_field_make(&field_spec, patch, field, err);
        if (st == IH_OK)
            st = plant_patches(spec, field, out, patches, err);
    }

done:
    free(field);
    return st;
}

double ih_decorrelation_baseline(double perpendicular_baseline_m, double critical_baseline_m)
{
    return fmax(0.0, 1.0 - fabs(perpendicular_baseline_m) / critical_baseline_m);
}

float ih_decorrelation_coherence(const ih_decorrelation *maps, size_t i, double days,
                                 double baseline_factor)
{
    double floor = maps->long_term[i];
    double left = floor + (1.0 - floor) * exp(-fabs(days) / maps->decay_days[i]);

    return (float)(maps->initial[i] * left * baseline_factor);
}
