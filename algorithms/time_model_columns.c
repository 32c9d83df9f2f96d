/* SPDX-License-Identifier: MIT */
#include "algorithms/time_model_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAYS_PER_YEAR   365.25
#define SECONDS_PER_DAY 86400.0
#define MAX_DEGREE      16
#define DATE_TEXT       40

static int64_t days_before_year(int64_t year)
{
    int64_t y = year - 1;

    /* floor divisions: years before 1 are legal arguments */
    return 365 * y + (y >= 0 ? y / 4 : (y - 3) / 4) - (y >= 0 ? y / 100 : (y - 99) / 100) +
           (y >= 0 ? y / 400 : (y - 399) / 400) - 719162;
}

static int64_t year_of(int32_t days_since_1970)
{
    /* the estimate is right to within one year */
    int64_t year = 1970 + (int64_t)floor(days_since_1970 / 365.2425);

    while (days_before_year(year) > days_since_1970)
        year--;
    while (days_before_year(year + 1) <= days_since_1970)
        year++;
    return year;
}

double ih_decimal_year(int32_t days_since_1970, double seconds_of_day)
{
    int64_t year = year_of(days_since_1970);

    return (double)year + (double)(days_since_1970 - days_before_year(year)) / DAYS_PER_YEAR +
           seconds_of_day / (DAYS_PER_YEAR * SECONDS_PER_DAY);
}

/* YYYYMMDD, and THHMM unless it is midnight. */
static void print_date(ih_time_model_moment moment, char text[DATE_TEXT])
{
    int64_t year = year_of(moment.days_since_1970);
    int leap = days_before_year(year + 1) - days_before_year(year) == 366;
    const int length[] = {31, 28 + leap, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int day = (int)(moment.days_since_1970 - days_before_year(year)), month = 0;
    int minutes = (int)(moment.seconds_of_day / 60.0), n;

    while (day >= length[month])
        day -= length[month++];
    n = snprintf(text, DATE_TEXT, "%04lld%02d%02d", (long long)year, month + 1, day + 1);
    if (moment.seconds_of_day > 0.0 && n > 0 && n < DATE_TEXT)
        snprintf(text + n, (size_t)(DATE_TEXT - n), "T%02d%02d", minutes / 60, minutes % 60);
}

/* Shortest decimal that reads back as the same number, with a point: 2.0, 0.25. */
static void print_number(double value, char text[DATE_TEXT])
{
    int precision = 1;

    do
        snprintf(text, DATE_TEXT, "%.*g", precision++, value);
    while (precision <= 17 && strtod(text, NULL) != value);
    if (!strpbrk(text, ".e"))
        strcat(text, ".0");
}

static ih_status check_moment(const ih_time_model_moment *moment, ih_error *err)
{
    if (!(moment->seconds_of_day >= 0.0 && moment->seconds_of_day < SECONDS_PER_DAY))
        return ih_fail(err, IH_E_ARGUMENT, "a time of day of %g seconds in the time model",
                       moment->seconds_of_day);
    return IH_OK;
}

static ih_status check_decays(const ih_time_model_decay *decays, size_t n, ih_error *err)
{
    ih_status st = IH_OK;

    for (size_t i = 0; st == IH_OK && i < n; i++) {
        st = check_moment(&decays[i].onset, err);
        if (st == IH_OK && decays[i].tau_days <= 0)
            st = ih_fail(err, IH_E_ARGUMENT, "a time constant of %d days in the time model",
                         (int)decays[i].tau_days);
    }
    return st;
}

/* Adds to *n what does not overflow; false when it is too much. */
static bool count(size_t *n, size_t more)
{
    if (more > IH_TIME_MODEL_MAX_PARAMETERS)
        return false;
    *n += more;
    return *n <= IH_TIME_MODEL_MAX_PARAMETERS;
}

ih_status ih_time_model_count_columns(const ih_time_model_options *o, size_t *n_columns,
                                      ih_error *err)
{
    ih_status st = IH_OK;
    size_t n = 0;

    if (o->polynomial < 0 || o->polynomial > MAX_DEGREE)
        return ih_fail(err, IH_E_ARGUMENT, "a polynomial of degree %d: 0 to %d are possible",
                       o->polynomial, MAX_DEGREE);
    if (!count(&n, (size_t)o->polynomial + 1) || !count(&n, o->n_periods) ||
        !count(&n, o->n_periods) || !count(&n, o->n_steps) || !count(&n, o->n_polylines) ||
        !count(&n, o->n_exponentials) || !count(&n, o->n_logarithms))
        return ih_fail(err, IH_E_ARGUMENT, "a time model of more than %d parameters",
                       IH_TIME_MODEL_MAX_PARAMETERS);
    for (size_t i = 0; i < o->n_periods; i++)
        if (!(isfinite(o->periods_years[i]) && o->periods_years[i] > 0.0))
            return ih_fail(err, IH_E_ARGUMENT, "a period of %g years in the time model",
                           o->periods_years[i]);
    for (size_t i = 0; st == IH_OK && i < o->n_steps; i++)
        st = check_moment(&o->steps[i], err);
    for (size_t i = 0; st == IH_OK && i < o->n_polylines; i++)
        st = check_moment(&o->polylines[i], err);
    if (st == IH_OK)
        st = check_decays(o->exponentials, o->n_exponentials, err);
    if (st == IH_OK)
        st = check_decays(o->logarithms, o->n_logarithms, err);
    *n_columns = n;
    return st;
}

static ih_time_column *set_powers(int degree, ih_time_column *c)
{
    static const char *const names[] = {"intercept", "velocity", "acceleration"};
    static const char *const units[] = {"m", "m/year"};

    for (int k = 0; k <= degree; k++, c++) {
        *c = (ih_time_column){.kind = IH_COLUMN_POWER, .power = k};
        if (k < 3)
            snprintf(c->name, sizeof c->name, "%s", names[k]);
        else
            snprintf(c->name, sizeof c->name, "poly%d", k);
        if (k < 2)
            snprintf(c->unit, sizeof c->unit, "%s", units[k]);
        else
            snprintf(c->unit, sizeof c->unit, "m/year^%d", k);
    }
    return c;
}

static ih_time_column *set_period(double period_years, ih_time_column *c)
{
    char number[DATE_TEXT], stem[IH_TIME_MODEL_TEXT - 10];

    print_number(period_years, number);
    if (period_years == 1.0)
        snprintf(stem, sizeof stem, "annual");
    else if (period_years == 0.5)
        snprintf(stem, sizeof stem, "semiAnnual");
    else
        snprintf(stem, sizeof stem, "period%.36sY", number);
    c[0] = (ih_time_column){.kind = IH_COLUMN_COSINE, .period_years = period_years, .unit = "m"};
    c[1] = (ih_time_column){.kind = IH_COLUMN_SINE, .period_years = period_years, .unit = "rad"};
    snprintf(c[0].name, sizeof c[0].name, "%sAmplitude", stem);
    snprintf(c[1].name, sizeof c[1].name, "%sPhase", stem);
    return c + 2;
}

static ih_status set_onset(ih_time_column *c, const char *prefix, ih_time_model_moment onset,
                           const double *first_year, double last_year, ih_error *err)
{
    char date[DATE_TEXT];

    c->onset_year = ih_decimal_year(onset.days_since_1970, onset.seconds_of_day);
    print_date(onset, date);
    snprintf(c->name, sizeof c->name, "%s%.*s", prefix, DATE_TEXT - 1, date);
    if (first_year && !(c->onset_year > *first_year && c->onset_year < last_year))
        return ih_fail(err, IH_E_ARGUMENT,
                       "%s does not lie between the first and the last date of the time model",
                       c->name);
    if (!(c->onset_year < last_year))
        return ih_fail(err, IH_E_ARGUMENT, "%s does not begin before the last date of the model",
                       c->name);
    return IH_OK;
}

static ih_status set_decay(ih_time_column *c, const char *prefix, const ih_time_model_decay *decay,
                           double last_year, ih_error *err)
{
    ih_status st = set_onset(c, prefix, decay->onset, NULL, last_year, err);
    size_t n = strlen(c->name);

    c->tau_years = decay->tau_days / DAYS_PER_YEAR;
    snprintf(c->unit, sizeof c->unit, "m");
    snprintf(c->name + n, sizeof c->name - n, "Tau%dD", (int)decay->tau_days);
    return st;
}

ih_status ih_time_model_set_columns(const ih_time_model_options *o, double first_year,
                                    double last_year, ih_time_column *columns, ih_error *err)
{
    ih_time_column *c = set_powers(o->polynomial, columns);
    ih_status st = IH_OK;

    for (size_t i = 0; i < o->n_periods; i++)
        c = set_period(o->periods_years[i], c);
    for (size_t i = 0; st == IH_OK && i < o->n_steps; i++, c++) {
        *c = (ih_time_column){.kind = IH_COLUMN_STEP, .unit = "m"};
        st = set_onset(c, "step", o->steps[i], &first_year, last_year, err);
    }
    for (size_t i = 0; st == IH_OK && i < o->n_polylines; i++, c++) {
        *c = (ih_time_column){.kind = IH_COLUMN_POLYLINE, .unit = "m/year"};
        st = set_onset(c, "velocityPost", o->polylines[i], &first_year, last_year, err);
    }
    for (size_t i = 0; st == IH_OK && i < o->n_exponentials; i++, c++) {
        *c = (ih_time_column){.kind = IH_COLUMN_EXPONENTIAL};
        st = set_decay(c, "exp", &o->exponentials[i], last_year, err);
    }
    for (size_t i = 0; st == IH_OK && i < o->n_logarithms; i++, c++) {
        *c = (ih_time_column){.kind = IH_COLUMN_LOGARITHM};
        st = set_decay(c, "log", &o->logarithms[i], last_year, err);
    }
    return st;
}

double ih_time_column_value(const ih_time_column *c, double year, double first_year)
{
    double t = year - first_year, since = year - c->onset_year, value = 1.0;

    switch (c->kind) {
    case IH_COLUMN_POWER:
        for (int k = 1; k <= c->power; k++)
            value *= t / k;
        return value;
    case IH_COLUMN_COSINE:
        return cos(2.0 * M_PI * t / c->period_years);
    case IH_COLUMN_SINE:
        return sin(2.0 * M_PI * t / c->period_years);
    case IH_COLUMN_STEP:
        return since > 0.0;
    case IH_COLUMN_POLYLINE:
        return fmax(since, 0.0);
    case IH_COLUMN_EXPONENTIAL:
        return since > 0.0 ? -expm1(-since / c->tau_years) : 0.0;
    case IH_COLUMN_LOGARITHM:
        return since > 0.0 ? log1p(since / c->tau_years) : 0.0;
    }
    return 0.0;
}
