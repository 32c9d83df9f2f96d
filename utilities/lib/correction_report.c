/* SPDX-License-Identifier: MIT
 *
 * What the corrections of a series leave behind: dem_error.tif, residual_rms_dates.csv and their
 * figures in run.json.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "utilities/lib/correction_stage.h"
#include "utilities/lib/pairs_csv.h"
#include "utilities/lib/report.h"
#include "utilities/lib/result_rasters.h"
#include "utilities/lib/sbas_state.h"

static cJSON *date_object(const ih_sbas_state *s, size_t date)
{
    cJSON *object = cJSON_CreateObject();
    char text[16];

    ih_iso_date(s->network->date_days[date], text);
    cJSON_AddStringToObject(object, "date", text);
    return object;
}

static void report_model(const ih_sbas_state *s, cJSON *json)
{
    cJSON *model = cJSON_AddObjectToObject(json, "time_model");
    cJSON *parameters = cJSON_AddArrayToObject(model, "parameters");
    cJSON *excluded = cJSON_AddArrayToObject(model, "excluded_dates");
    const ih_corrections *c = &s->corrections;
    size_t used = 0;

    for (size_t k = 0; k < ih_time_model_parameters(s->model); k++)
        cJSON_AddItemToArray(parameters, cJSON_CreateString(ih_time_model_name(s->model, k)));
    for (size_t i = 0; i < s->network->n_dates; i++) {
        char text[16];

        ih_iso_date(s->network->date_days[i], text);
        if (!c->modelled[i])
            cJSON_AddItemToArray(excluded, cJSON_CreateString(text));
        used += c->modelled[i];
    }
    ih_report_number(model, "dates_used", (double)used);
}

static void report_heights(const ih_sbas_state *s, cJSON *object)
{
    cJSON *dates = cJSON_AddArrayToObject(object, "height_correlation");
    const ih_height_correlation *fit = s->corrections.height_fit;

    for (size_t i = 0; fit && i < s->network->n_dates; i++) {
        cJSON *date = date_object(s, i);

        ih_report_number(date, "correlation", fit[i].correlation);
        ih_report_number(date, "metres_per_km", fit[i].coefficient[1]);
        cJSON_AddBoolToObject(date, "applied", fit[i].applied);
        cJSON_AddItemToArray(dates, date);
    }
}

static void report_ramps(const ih_sbas_state *s, cJSON *object)
{
    cJSON *dates = cJSON_AddArrayToObject(object, "ramps");
    const ih_ramp *ramp = s->corrections.ramp;

    for (size_t i = 0; ramp && i < s->network->n_dates; i++) {
        cJSON *date = date_object(s, i);

        cJSON_AddItemToObject(date, "coefficients",
                              cJSON_CreateDoubleArray(ramp[i].coefficient, IH_RAMP_COLUMNS));
        cJSON_AddBoolToObject(date, "determined", ramp[i].determined);
        ih_report_number(date, "pixels", (double)ramp[i].count);
        cJSON_AddItemToArray(dates, date);
    }
}

static void report_dem_error(const ih_sbas_state *s, cJSON *object)
{
    const ih_corrections *c = &s->corrections;
    cJSON *figures;

    if (!c->plan) {
        cJSON_AddNullToObject(object, "dem_error");
        return;
    }
    figures = cJSON_AddObjectToObject(object, "dem_error");
    ih_report_number(figures, "baseline_time_correlation",
                     ih_topographic_residual_correlation(c->plan));
    ih_report_number(figures, "condition_number", ih_topographic_residual_condition(c->plan));
    ih_report_number(figures, "unexplained_share", ih_topographic_residual_unexplained(c->plan));
    ih_report_number(figures, "unit_deviation", ih_topographic_residual_unit_deviation(c->plan));
    ih_report_number(figures, "earth_radius_m", c->earth_radius_m);
    ih_report_number(figures, "sensor_height_m", c->sensor_height_m);
}

void ih_corrections_report(const ih_sbas_state *s, cJSON *json)
{
    const ih_corrections *c = &s->corrections;
    cJSON *object = cJSON_AddObjectToObject(json, "corrections"), *residuals;
    char text[16];

    report_model(s, json);
    ih_iso_date(s->network->date_days[c->reference_date], text);
    cJSON_AddStringToObject(object, "reference_date", text);
    report_heights(s, object);
    report_ramps(s, object);
    report_dem_error(s, object);
    ih_report_number(object, "outlier_threshold_m", c->threshold_m);
    residuals = cJSON_AddArrayToObject(object, "residual_rms_m");
    for (size_t i = 0; c->rms_m && i < s->network->n_dates; i++)
        cJSON_AddItemToArray(residuals, isnan(c->rms_m[i]) ? cJSON_CreateNull()
                                                           : cJSON_CreateNumber(c->rms_m[i]));
}

static void put_residuals(const ih_sbas_state *s, FILE *text)
{
    const ih_corrections *c = &s->corrections;

    fputs("date,residual_rms_mm,outlier,reference\n", text);
    for (size_t i = 0; i < s->network->n_dates; i++) {
        char date[16];

        ih_iso_date(s->network->date_days[i], date);
        fprintf(text, "%s,", date);
        if (!isnan(c->rms_m[i]))
            fprintf(text, "%.6g", c->rms_m[i] * 1e3);
        fprintf(text, ",%d,%d\n", c->outlier[i], i == c->reference_date);
    }
}

static ih_status write_residuals(const ih_sbas_state *s, ih_error *err)
{
    char *path = ih_result_folder_path(s->folder, "residual_rms_dates.csv"), *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    ih_status status;

    if (stream) {
        put_residuals(s, stream);
        fclose(stream);
    }
    status = path && text ? ih_report_write_text(path, text, err)
                          : ih_fail(err, IH_E_MEMORY, "residual_rms_dates.csv");
    free(text);
    free(path);
    return status;
}

ih_status ih_corrections_write(const ih_sbas_state *s, ih_error *err)
{
    const ih_raster_band band = {"error of the elevation model", "m", NULL};
    const float *plane = s->corrections.dem_error_m;
    ih_status status = IH_OK;

    if (plane)
        status = ih_sbas_write_planes(s, "dem_error.tif", 1, &band, &plane, err);
    if (status == IH_OK && s->corrections.rms_m)
        status = write_residuals(s, err);
    return status;
}
