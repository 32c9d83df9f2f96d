/* SPDX-License-Identifier: MIT */
#include "utilities/lib/pairs_csv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <cpl_conv.h>
#include <cpl_string.h>

#include "algorithms/alloc.h"
#include "drivers/hyp3/product_name.h"

/* 2201-01-01; radar interferometry began in the 1970s. */
#define LATEST_DAY 84371

/* Beyond any critical baseline. */
#define LONGEST_BASELINE_M 1e5

enum column { REFERENCE, SECONDARY, BASELINE, UNW, CORR, CONNCOMP, N_COLUMNS };

static const struct {
    const char *name;
    int needed;
} columns[N_COLUMNS] = {[REFERENCE] = {"reference_date", 1},
                        [SECONDARY] = {"secondary_date", 1},
                        [BASELINE] = {"perpendicular_baseline_m", 0},
                        [UNW] = {"unw", 1},
                        [CORR] = {"corr", 1},
                        [CONNCOMP] = {"conncomp", 0}};

int ih_days_of_iso_date(const char *text, int32_t *days)
{
    char compact[9];
    size_t n = 0, i = 0;
    long value;

    for (; text[i] && n < 8; i++) {
        if (text[i] == '-' && (i == 4 || i == 7))
            continue;
        compact[n++] = text[i];
    }
    compact[n] = '\0';
    if (n != 8 || (text[i] != '\0' && text[i] != 'T' && text[i] != ' '))
        return 0;
    if (!ih_date_to_days(compact, &value))
        return 0;
    *days = (int32_t)value;
    return 1;
}

void ih_iso_date(int32_t days, char text[16])
{
    time_t seconds = (time_t)days * 86400;
    struct tm date;

    gmtime_r(&seconds, &date);
    strftime(text, 16, "%Y-%m-%d", &date);
}

static char **split(const char *line)
{
    return CSLTokenizeString2(line, ",",
                              CSLT_HONOURSTRINGS | CSLT_ALLOWEMPTYTOKENS | CSLT_STRIPLEADSPACES |
                                  CSLT_STRIPENDSPACES);
}

static ih_status read_header(const char *line, int index[N_COLUMNS], ih_error *err)
{
    char **words = split(line);
    char shown[300] = "";
    ih_status status = IH_OK;

    for (int i = 0; words && words[i]; i++) {
        size_t n = strlen(shown);

        snprintf(shown + n, sizeof shown - n, "%s%s", i ? ", " : "", words[i]);
    }
    for (int c = 0; c < N_COLUMNS; c++) {
        index[c] = -1;
        for (int i = 0; words && words[i]; i++) {
            if (strcasecmp(words[i], columns[c].name) != 0)
                continue;
            if (index[c] >= 0 && status == IH_OK)
                status =
                    ih_fail(err, IH_E_DATA, "the header has two columns '%s'", columns[c].name);
            index[c] = i;
        }
        if (index[c] < 0 && columns[c].needed && status == IH_OK)
            status = ih_fail(err, IH_E_DATA, "the header has no column '%s'; its columns are: %s",
                             columns[c].name, shown);
    }
    CSLDestroy(words);
    return status;
}

static char *resolve(const char *folder, const char *path)
{
    if (*path == '\0')
        return NULL;
    if (!folder || !*folder || !CPLIsFilenameRelative(path))
        return strdup(path);
    return strdup(CPLFormFilename(folder, path, NULL));
}

static void free_pair(ih_csv_pair *pair)
{
    free(pair->unw);
    free(pair->corr);
    free(pair->conncomp);
}

static int same_file(const char *a, const char *b)
{
    char *first, *second;
    int same = strcmp(a, b) == 0;

    if (same)
        return 1;
    first = realpath(a, NULL);
    second = realpath(b, NULL);
    same = first && second && strcmp(first, second) == 0;
    free(first);
    free(second);
    return same;
}

/* One line into *pair; returns a static sentence when something is wrong with it. */
static const char *read_pair(char **words, const int index[N_COLUMNS], const char *folder,
                             ih_csv_pair *pair)
{
    const char *cell[N_COLUMNS];
    int n = CSLCount(words);

    for (int c = 0; c < N_COLUMNS; c++)
        cell[c] = index[c] >= 0 && index[c] < n ? words[index[c]] : "";
    if (!ih_days_of_iso_date(cell[REFERENCE], &pair->reference_days))
        return "reference_date is not a date such as 2018-01-06";
    if (!ih_days_of_iso_date(cell[SECONDARY], &pair->secondary_days))
        return "secondary_date is not a date such as 2018-01-06";
    if (pair->reference_days < 0 || pair->reference_days >= LATEST_DAY)
        return "reference_date is not between 1970 and 2200";
    if (pair->secondary_days < 0 || pair->secondary_days >= LATEST_DAY)
        return "secondary_date is not between 1970 and 2200";
    if (pair->reference_days >= pair->secondary_days)
        return "reference_date is not before secondary_date";
    pair->perpendicular_baseline_m = NAN;
    if (*cell[BASELINE]) {
        char *end;

        pair->perpendicular_baseline_m = CPLStrtod(cell[BASELINE], &end);
        if (*end)
            return "perpendicular_baseline_m is not a number";
        if (!isnan(pair->perpendicular_baseline_m) &&
            !(fabs(pair->perpendicular_baseline_m) <= LONGEST_BASELINE_M))
            return "perpendicular_baseline_m is beyond 100 km";
    }
    pair->unw = resolve(folder, cell[UNW]);
    pair->corr = resolve(folder, cell[CORR]);
    pair->conncomp = resolve(folder, cell[CONNCOMP]);
    if (!pair->unw)
        return "unw is empty";
    if (!pair->corr)
        return "corr is empty";
    if (same_file(pair->unw, pair->corr))
        return "unw and corr are the same file";
    return NULL;
}

static ih_status read_lines(char **lines, const char *folder, ih_pairs_csv *csv, ih_error *err)
{
    int index[N_COLUMNS];
    ih_status status;
    int first = 0;

    while (lines[first] && (lines[first][0] == '\0' || lines[first][0] == '#'))
        first++;
    if (!lines[first])
        return ih_fail(err, IH_E_DATA, "the file is empty");
    status = read_header(lines[first], index, err);
    for (int i = first + 1; status == IH_OK && lines[i]; i++) {
        ih_csv_pair *pair = &csv->pairs[csv->n_pairs];
        const char *fault;
        char **words;

        if (lines[i][strspn(lines[i], " \t,")] == '\0' || lines[i][0] == '#')
            continue;
        words = split(lines[i]);
        memset(pair, 0, sizeof *pair);
        pair->line = (size_t)i + 1;
        fault = read_pair(words, index, folder, pair);
        CSLDestroy(words);
        if (fault) {
            csv->faults = CSLAddString(csv->faults, CPLSPrintf("line %d: %s", i + 1, fault));
            free_pair(pair);
        } else {
            csv->n_pairs++;
        }
    }
    if (status == IH_OK && csv->n_pairs == 0 && !csv->faults)
        status = ih_fail(err, IH_E_DATA, "there is no line with a pair below the header");
    return status;
}

/* Lines with their ends removed; empty lines keep their place, so that line numbers hold. */
static char **split_lines(const char *text)
{
    char **lines = NULL;
    const char *at = text;

    while (*at) {
        size_t length = strcspn(at, "\n"), used = length;
        char *line;

        while (used > 0 && (at[used - 1] == '\r' || at[used - 1] == ' '))
            used--;
        line = strndup(at, used);
        lines = CSLAddString(lines, line ? line : "");
        free(line);
        at += length + (at[length] == '\n');
    }
    return lines;
}

ih_status ih_pairs_csv_check_text(const char *text, size_t size, ih_error *err)
{
    if (size >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0))
        return ih_fail(err, IH_E_DATA, "it is UTF-16 text; save it as UTF-8");
    if (memchr(text, '\0', size))
        return ih_fail(err, IH_E_DATA, "it is no text but binary data");
    return IH_OK;
}

ih_status ih_pairs_csv_parse(const char *text, const char *folder, ih_pairs_csv **out,
                             ih_error *err)
{
    ih_pairs_csv *csv = ih_calloc(1, sizeof *csv);
    char **lines = NULL;
    ih_status status;

    if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3;
    if (csv) {
        lines = split_lines(text);
        csv->pairs = ih_calloc((size_t)CSLCount(lines) + 1, sizeof *csv->pairs);
    }
    if (!csv || !csv->pairs) {
        status = ih_fail(err, IH_E_MEMORY, "list of pairs");
    } else if (!lines) {
        status = ih_fail(err, IH_E_DATA, "the file is empty");
    } else {
        status = read_lines(lines, folder, csv, err);
    }
    CSLDestroy(lines);
    if (status != IH_OK) {
        ih_pairs_csv_free(csv);
        csv = NULL;
    }
    *out = csv;
    return status;
}

void ih_pairs_csv_free(ih_pairs_csv *csv)
{
    if (!csv)
        return;
    for (size_t i = 0; csv->pairs && i < csv->n_pairs; i++)
        free_pair(&csv->pairs[i]);
    free(csv->pairs);
    CSLDestroy(csv->faults);
    free(csv);
}
