/* SPDX-License-Identifier: MIT */
#include "utilities/lib/inversion_setup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "algorithms/alloc.h"
#include "utilities/lib/sbas_state.h"

/* The columns of the time model but its constant. */
static ih_status set_join_terms(const ih_sbas_state *s, ih_inversion_setup *out, ih_error *err)
{
    size_t n = ih_time_model_parameters(s->model), n_dates = s->network->n_dates;
    double *design = ih_alloc(n_dates * n, sizeof *design);

    out->join_terms = ih_alloc(n_dates * (n - 1), sizeof *out->join_terms);
    if (!design || !out->join_terms) {
        free(design);
        return ih_fail(err, IH_E_MEMORY, "the terms of %zu dates", n_dates);
    }
    ih_time_model_design(s->model, design);
    for (size_t d = 0; d < n_dates; d++)
        memcpy(out->join_terms + d * (n - 1), design + d * n + 1,
               (n - 1) * sizeof *out->join_terms);
    free(design);
    out->options.join_terms = out->join_terms;
    out->options.n_join_terms = n - 1;
    return IH_OK;
}

/* What taking off the error of the elevation model does to a displacement of 1 m at each date:
 * corrected[date][date of the displacement]. It does not depend on the pixel. */
static ih_status correct_unit_displacements(const ih_sbas_state *s, float *corrected, ih_error *err)
{
    size_t n = s->network->n_dates;
    float *range = ih_alloc(n, sizeof *range), *incidence = ih_alloc(n, sizeof *incidence);
    const ih_topographic_residual_input in = {.n_pixels = n,
                                              .stride = n,
                                              .displacement_m = corrected,
                                              .slant_range_m = range,
                                              .incidence_deg = incidence};
    const ih_topographic_residual_output out = {.corrected_m = corrected};
    ih_status status = range && incidence ? IH_OK : ih_fail(err, IH_E_MEMORY, "%zu dates", n);

    for (size_t d = 0; d < n && status == IH_OK; d++) {
        range[d] = 1e6f;
        incidence[d] = 45.0f;
    }
    if (status == IH_OK)
        status = ih_topographic_residual_correct(s->corrections.plan, &in, &out, NULL, err);
    free(range);
    free(incidence);
    return status;
}

static ih_status set_functions(const ih_sbas_state *s, ih_inversion_setup *out, ih_error *err)
{
    size_t n = ih_time_model_parameters(s->model), n_dates = s->network->n_dates;
    double metres_per_rad = s->facts.wavelength_m / (4.0 * M_PI);
    double *inverse = ih_alloc(n * n_dates, sizeof *inverse);
    float *corrected = ih_calloc(n_dates * n_dates, sizeof *corrected);
    ih_status status = IH_OK;

    out->functions = ih_calloc(n * n_dates, sizeof *out->functions);
    if (!inverse || !corrected || !out->functions) {
        status = ih_fail(err, IH_E_MEMORY, "the covariance of %zu dates", n_dates);
        goto done;
    }
    ih_time_model_inverse(s->model, inverse);
    for (size_t d = 0; d < n_dates; d++)
        corrected[d * n_dates + d] = 1.0f;
    if (s->corrections.plan)
        status = correct_unit_displacements(s, corrected, err);
    for (size_t k = 0; k < n; k++)
        for (size_t d = 0; d < n_dates; d++)
            for (size_t e = 0; e < n_dates; e++)
                out->functions[k * n_dates + e] +=
                    metres_per_rad * inverse[k * n_dates + d] * (double)corrected[d * n_dates + e];
    out->options.functions = out->functions;
    out->options.n_functions = n;

done:
    free(inverse);
    free(corrected);
    return status;
}

ih_status ih_inversion_set_up(const ih_sbas_state *s, ih_inversion_setup *out, ih_error *err)
{
    const ih_sbas_run_options *o = &s->options;
    ih_status status = IH_OK;

    *out =
        (ih_inversion_setup){.options = {.weight = (enum ih_weight)o->weight,
                                         .looks = s->facts.looks,
                                         .norm = (enum ih_norm)o->norm,
                                         .min_norm_velocity = o->min_norm == IH_MIN_NORM_VELOCITY,
                                         .min_redundancy = (size_t)o->min_redundancy,
                                         .date_variance = o->displacement_deviation,
                                         .reference_date = s->corrections.reference_date}};
    if (o->nsbas)
        status = set_join_terms(s, out, err);
    if (status == IH_OK && o->uncertainty == IH_UNCERTAINTY_COVARIANCE)
        status = set_functions(s, out, err);
    if (status != IH_OK)
        ih_inversion_setup_free(out);
    return status;
}

void ih_inversion_setup_free(ih_inversion_setup *setup)
{
    free(setup->join_terms);
    free(setup->functions);
    *setup = (ih_inversion_setup){0};
}

size_t ih_inversion_series_slots(const ih_sbas_state *s)
{
    return s->network->n_dates * (s->options.displacement_deviation ? 2 : 1);
}

double ih_inversion_plane_bytes(const ih_sbas_state *s, size_t n_parameters)
{
    double n = (double)n_parameters;

    return s->options.uncertainty == IH_UNCERTAINTY_COVARIANCE && s->series.corrects
               ? sizeof(float) * n * (n + 1) / 2
               : 0.0;
}
