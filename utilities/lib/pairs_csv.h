/* SPDX-License-Identifier: MIT
 *
 * pairs.csv: a stack of interferograms made by any software, one pair a line. The header names the
 * columns, in any order: reference_date, secondary_date, unw, corr, and optionally
 * perpendicular_baseline_m and conncomp; other columns are ignored. Dates are ISO (2018-01-06) or
 * compact (20180106); an empty baseline is unknown; paths are relative to the file. Lines that are
 * empty or start with '#' are skipped.
 */
#ifndef IH_PAIRS_CSV_H
#define IH_PAIRS_CSV_H

#include <stddef.h>
#include <stdint.h>

#include "algorithms/status.h"

typedef struct {
    int32_t reference_days, secondary_days; /* since 1970-01-01 */
    double perpendicular_baseline_m;        /* NaN when unknown */
    char *unw, *corr;                       /* paths */
    char *conncomp;                         /* path or NULL */
    size_t line;
} ih_csv_pair;

typedef struct {
    ih_csv_pair *pairs;
    size_t n_pairs;
    char **faults; /* CPL list, one sentence with its line number for everything that is wrong */
} ih_pairs_csv;

/* Reads text (ends with 0; CR LF and a byte-order mark are fine); folder is put before relative
 * paths (NULL or "" for none). Returns IH_OK also when there are faults: the caller decides; fails
 * for memory and a header without the needed columns. Thread-safe. */
IH_MUST_CHECK ih_status ih_pairs_csv_parse(const char *text, const char *folder, ih_pairs_csv **out,
                                           ih_error *err);
/* Whether bytes can be a table at all: IH_E_DATA for UTF-16 and anything binary. */
IH_MUST_CHECK ih_status ih_pairs_csv_check_text(const char *text, size_t size, ih_error *err);
void ih_pairs_csv_free(ih_pairs_csv *csv);

/* Days since 1970-01-01 of 2018-01-06, 20180106 or 2018-01-06T..., 0 on failure to read, 1 when
 * read. */
int ih_days_of_iso_date(const char *text, int32_t *days);
/* Writes YYYY-MM-DD. */
void ih_iso_date(int32_t days, char text[16]);

#endif
