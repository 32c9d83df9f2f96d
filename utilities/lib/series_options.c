/* SPDX-License-Identifier: MIT */
#include "utilities/lib/series_options.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cpl_conv.h>
#include <cpl_string.h>

#include "algorithms/alloc.h"
#include "utilities/lib/pairs_csv.h"

/* Days of the longest time constant: a thousand years. */
#define MOST_TAU_DAYS 365250

static bool read_number(const char *text, double *value)
{
    char *end;

    *value = CPLStrtod(text, &end);
    return end != text && *end == '\0';
}

static ih_status read_moment(const char *option, const char *text, void *out, ih_error *err)
{
    ih_time_model_moment *moment = out;
    const char *time = strchr(text, 'T');

    *moment = (ih_time_model_moment){0};
    if (!ih_days_of_iso_date(text, &moment->days_since_1970))
        return ih_fail(err, IH_E_ARGUMENT, "-%s: '%s' is not a date (YYYYMMDD or YYYY-MM-DD)",
                       option, text);
    if (time) {
        moment->seconds_of_day = strchr(time, ':') ? ih_seconds_of_day(time + 1) : NAN;
        if (isnan(moment->seconds_of_day))
            return ih_fail(err, IH_E_ARGUMENT, "-%s: '%s' is not a moment (YYYY-MM-DDTHH:MM)",
                           option, text);
    }
    return IH_OK;
}

static ih_status read_day(const char *option, const char *text, void *out, ih_error *err)
{
    return ih_days_of_iso_date(text, out)
               ? IH_OK
               : ih_fail(err, IH_E_ARGUMENT, "-%s: '%s' is not a date (YYYYMMDD or YYYY-MM-DD)",
                         option, text);
}

static ih_status read_period(const char *option, const char *text, void *out, ih_error *err)
{
    double *years = out;

    return read_number(text, years) && *years > 0
               ? IH_OK
               : ih_fail(err, IH_E_ARGUMENT, "-%s: '%s' is not a period in years", option, text);
}

/* DATE,TAU_DAYS */
static ih_status read_decay(const char *option, const char *text, void *out, ih_error *err)
{
    ih_time_model_decay *decay = out;
    char **parts = CSLTokenizeString2(text, ",", CSLT_STRIPLEADSPACES);
    double tau = NAN;
    ih_status status;

    if (CSLCount(parts) != 2 || !read_number(parts[1], &tau) || !(tau >= 1) ||
        tau > MOST_TAU_DAYS || tau > floor(tau))
        status = ih_fail(err, IH_E_ARGUMENT,
                         "-%s: '%s' is not DATE,TAU_DAYS (a date and a whole number of days)",
                         option, text);
    else
        status = read_moment(option, parts[0], &decay->onset, err);
    if (status == IH_OK)
        decay->tau_days = (int32_t)tau;
    CSLDestroy(parts);
    return status;
}

/* Numbers or dates of an option that may be repeated or hold a list. */
static char **split(char **words)
{
    char **items = NULL;

    for (; words && *words; words++) {
        char **parts = CSLTokenizeString2(*words, ",", CSLT_STRIPLEADSPACES | CSLT_STRIPENDSPACES);

        for (char **part = parts; part && *part; part++)
            items = CSLAddString(items, *part);
        CSLDestroy(parts);
    }
    return items;
}

/* What an option that may be repeated holds. */
typedef struct {
    const char *option;
    char **words;
    bool is_whole; /* every word is one item, else a list of them */
    size_t item_bytes;
    ih_status (*read)(const char *option, const char *text, void *out, ih_error *err);
} item_list;

/* The items, malloc, and their number; NULL without any, or when *status tells a failure, also one
 * of before. */
static void *read_items(const item_list *list, size_t *count, ih_status *status, ih_error *err)
{
    char **items = list->is_whole ? CSLDuplicate(list->words) : split(list->words);
    size_t n = (size_t)CSLCount(items);
    char *out = n && *status == IH_OK ? ih_calloc(n, list->item_bytes) : NULL;

    if (n && *status == IH_OK && !out)
        *status = ih_fail(err, IH_E_MEMORY, "-%s", list->option);
    for (size_t i = 0; i < n && *status == IH_OK; i++)
        *status = list->read(list->option, items[i], out + i * list->item_bytes, err);
    CSLDestroy(items);
    if (*status != IH_OK) {
        free(out);
        out = NULL;
    }
    *count = out ? n : 0;
    return out;
}

static ih_status read_terms(const ih_sbas_run_options *o, ih_series_choice *out, ih_error *err)
{
    const item_list periods = {"periodic", o->periodic, false, sizeof(double), read_period};
    const item_list steps = {"step", o->steps, false, sizeof(ih_time_model_moment), read_moment};
    const item_list polylines = {"polyline", o->polylines, false, sizeof(ih_time_model_moment),
                                 read_moment};
    const item_list exponentials = {"exponential", o->exponentials, true,
                                    sizeof(ih_time_model_decay), read_decay};
    const item_list logarithms = {"logarithmic", o->logarithms, true, sizeof(ih_time_model_decay),
                                  read_decay};
    ih_status status = IH_OK;

    out->periods_years = read_items(&periods, &out->n_periods, &status, err);
    out->steps = read_items(&steps, &out->n_steps, &status, err);
    out->polylines = read_items(&polylines, &out->n_polylines, &status, err);
    out->exponentials = read_items(&exponentials, &out->n_exponentials, &status, err);
    out->logarithms = read_items(&logarithms, &out->n_logarithms, &status, err);
    return status;
}

/* The dates that the time model and the estimate of heights do without. */
static ih_status read_dates_left_out(const ih_sbas_run_options *o, ih_series_choice *out,
                                     ih_error *err)
{
    const item_list model = {"model_exclude_date", o->model_exclude_dates, false, sizeof(int32_t),
                             read_day};
    const item_list heights = {"dem_error_exclude_date", o->dem_error_exclude_dates, false,
                               sizeof(int32_t), read_day};
    ih_status status = IH_OK;

    out->model_excluded = read_items(&model, &out->n_model_excluded, &status, err);
    out->dem_excluded = read_items(&heights, &out->n_dem_excluded, &status, err);
    out->model_first = INT32_MIN;
    out->model_last = INT32_MAX;
    if (status == IH_OK && o->model_start_date)
        status = read_day("model_start_date", o->model_start_date, &out->model_first, err);
    if (status == IH_OK && o->model_end_date)
        status = read_day("model_end_date", o->model_end_date, &out->model_last, err);
    return status;
}

static ih_status read_reference(const char *text, ih_series_choice *out, ih_error *err)
{
    out->reference_automatic = text && strcasecmp(text, "auto") == 0;
    out->reference_given = text && !out->reference_automatic && strcasecmp(text, "first") != 0;
    if (out->reference_given && !ih_days_of_iso_date(text, &out->reference_days))
        return ih_fail(err, IH_E_ARGUMENT, "-reference_date: '%s' is not a date, auto or first",
                       text);
    return IH_OK;
}

ih_status ih_series_choice_read(const ih_sbas_run_options *o, ih_series_choice *out, ih_error *err)
{
    ih_status status;

    *out = (ih_series_choice){0};
    status = read_terms(o, out, err);
    if (status == IH_OK)
        status = read_reference(o->reference_date, out, err);
    if (status == IH_OK)
        status = read_dates_left_out(o, out, err);
    out->corrects = o->dem_error || o->deramp != IH_DERAMP_NONE ||
                    o->troposphere != IH_TROPOSPHERE_NONE || !isnan(o->outlier_cutoff) ||
                    out->reference_given || out->reference_automatic;
    if (status != IH_OK)
        ih_series_choice_free(out);
    return status;
}

void ih_series_choice_free(ih_series_choice *choice)
{
    free(choice->periods_years);
    free(choice->steps);
    free(choice->polylines);
    free(choice->exponentials);
    free(choice->logarithms);
    free(choice->model_excluded);
    free(choice->dem_excluded);
    *choice = (ih_series_choice){0};
}

struct exclusion {
    const char *option;
    size_t n;
    const int32_t *days;
};

/* Takes the dates named out of used. */
static ih_status leave_out(const struct exclusion *x, size_t n_dates, const int32_t *date_days,
                           uint8_t *used, ih_error *err)
{
    for (size_t i = 0; i < x->n; i++) {
        size_t date = 0;
        char text[16];

        while (date < n_dates && date_days[date] != x->days[i])
            date++;
        if (date == n_dates) {
            ih_iso_date(x->days[i], text);
            return ih_fail(err, IH_E_ARGUMENT, "-%s %s is no date of the stack", x->option, text);
        }
        used[date] = 0;
    }
    return IH_OK;
}

ih_status ih_series_dates_of_model(const ih_series_choice *c, size_t n_dates,
                                   const int32_t *date_days, uint8_t *used, ih_error *err)
{
    const struct exclusion named = {"model_exclude_date", c->n_model_excluded, c->model_excluded};

    for (size_t i = 0; i < n_dates; i++)
        used[i] = date_days[i] >= c->model_first && date_days[i] <= c->model_last;
    return leave_out(&named, n_dates, date_days, used, err);
}

ih_status ih_series_dates_of_heights(const ih_series_choice *c, size_t n_dates,
                                     const int32_t *date_days, uint8_t *used, ih_error *err)
{
    const struct exclusion named = {"dem_error_exclude_date", c->n_dem_excluded, c->dem_excluded};

    for (size_t i = 0; i < n_dates; i++)
        used[i] = 1;
    return leave_out(&named, n_dates, date_days, used, err);
}

static enum ih_time_model_deviation deviation_kind(const ih_sbas_run_options *o)
{
    switch (o->uncertainty) {
    case IH_UNCERTAINTY_BOOTSTRAP:
        return IH_DEVIATION_BOOTSTRAP;
    case IH_UNCERTAINTY_COVARIANCE:
        return IH_DEVIATION_COVARIANCE;
    default:
        return IH_DEVIATION_RESIDUAL;
    }
}

ih_time_model_options ih_series_time_model(const ih_sbas_run_options *o, const ih_series_choice *c,
                                           const uint8_t *used)
{
    return (ih_time_model_options){.polynomial = (int)o->polynomial,
                                   .used = used,
                                   .periods_years = c->periods_years,
                                   .steps = c->steps,
                                   .polylines = c->polylines,
                                   .exponentials = c->exponentials,
                                   .logarithms = c->logarithms,
                                   .n_periods = c->n_periods,
                                   .n_steps = c->n_steps,
                                   .n_polylines = c->n_polylines,
                                   .n_exponentials = c->n_exponentials,
                                   .n_logarithms = c->n_logarithms,
                                   .deviation = deviation_kind(o),
                                   .independent_terms = ih_compat_of(o->compat)->independent_terms,
                                   .bootstrap_count = (size_t)o->bootstrap_count,
                                   .bootstrap_seed = (uint64_t)o->seed};
}
