/* SPDX-License-Identifier: MIT */
#include "utilities/lib/truth_cycles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cpl_conv.h>
#include <cpl_vsi.h>

#include "utilities/lib/truth_writer.h"

/* Cycles beyond are not planted. */
enum { MOST_CYCLES = 127 };

static cJSON *read_report(const char *folder)
{
    char *path = CPLStrdup(CPLFormFilename(folder, IH_TRUTH_REPORT, NULL));
    GByte *bytes = NULL;
    vsi_l_offset size = 0;
    cJSON *json = NULL;

    if (VSIIngestFile(NULL, path, &bytes, &size, 64 << 20))
        json = cJSON_Parse((const char *)bytes);
    VSIFree(bytes);
    CPLFree(path);
    return json;
}

static bool says(const cJSON *object, const char *key, const char *value)
{
    const cJSON *item = cJSON_GetObjectItem(object, key);

    return value && cJSON_IsString(item) && strcmp(item->valuestring, value) == 0;
}

/* Name of the product of the pair that a band is of; NULL when there is none. */
static const char *product_of(const cJSON *report, GDALRasterBandH band)
{
    const char *reference = GDALGetMetadataItem(band, "REFERENCE_DATE", NULL);
    const char *secondary = GDALGetMetadataItem(band, "SECONDARY_DATE", NULL);
    const cJSON *pair;

    cJSON_ArrayForEach(pair, cJSON_GetObjectItem(report, "pairs"))
    {
        const cJSON *product = cJSON_GetObjectItem(pair, "product");

        if (says(pair, "reference_date", reference) && says(pair, "secondary_date", secondary) &&
            cJSON_IsString(product))
            return product->valuestring;
    }
    return NULL;
}

/* Band of the truth of that name; 0 = nothing is planted. */
static int band_of(GDALDatasetH truth, const char *product)
{
    for (int band = 1; band <= GDALGetRasterCount(truth); band++)
        if (strcmp(GDALGetDescription(GDALGetRasterBand(truth, band)), product) == 0)
            return band;
    return 0;
}

typedef struct {
    int result, truth; /* truth: 0 = nothing is planted */
    double no_data;
} bands_of_pair;

static ih_status read_rows(const ih_truth_comparison *c, const ih_truth_matched *m,
                           const bands_of_pair *b, size_t row, size_t n_rows, ih_error *err)
{
    const size_t result[4] = {m->result_column, m->result_row + row, m->nx, n_rows};
    const size_t truth[4] = {m->truth_column, m->truth_row + row, m->nx, n_rows};
    ih_status st = ih_truth_read(m->result, b->result, result, GDT_Float32, c->result_rows, err);

    if (st == IH_OK && b->truth > 0)
        st = ih_truth_read(m->truth, b->truth, truth, GDT_Float32, c->truth_rows, err);
    if (st == IH_OK && c->area)
        st = ih_truth_read(c->area, 1, result, GDT_Byte, c->mask_rows, err);
    return st;
}

static int to_cycles(float value)
{
    return isfinite(value) ? (int)lrintf(fminf(fmaxf(value, -MOST_CYCLES), MOST_CYCLES)) : 0;
}

/* The middle one of the cycles that are planted in the reference area: by it a robust average is
 * off. */
static ih_status cycles_of_area(const ih_truth_comparison *c, const ih_truth_matched *m,
                                const bands_of_pair *b, int *cycles, ih_error *err)
{
    double count[2 * MOST_CYCLES + 1] = {0}, n = 0, below = 0;
    size_t step = ih_truth_rows_per_block(m);

    for (size_t row = 0; row < m->ny; row += step) {
        size_t n_rows = row + step > m->ny ? m->ny - row : step;
        ih_status st = read_rows(c, m, b, row, n_rows, err);

        if (st != IH_OK)
            return st;
        for (size_t i = 0; i < n_rows * m->nx; i++) {
            if (c->mask_rows[i] != 1 || (double)c->result_rows[i] == b->no_data)
                continue;
            count[to_cycles(c->truth_rows[i]) + MOST_CYCLES]++;
            n++;
        }
    }
    for (*cycles = -MOST_CYCLES; *cycles < MOST_CYCLES; ++*cycles) {
        below += count[*cycles + MOST_CYCLES];
        if (2.0 * below >= n)
            break;
    }
    if (n == 0)
        *cycles = 0;
    return IH_OK;
}

static ih_status cycles_of_reference(const ih_truth_comparison *c, const ih_truth_matched *m,
                                     const bands_of_pair *b, int *cycles, ih_error *err)
{
    const int bands[2] = {b->result, b->truth};
    double offset = 0;
    ih_status st;

    *cycles = 0;
    if (b->truth == 0)
        return IH_OK;
    if (c->area)
        return cycles_of_area(c, m, b, cycles, err);
    /* Nothing is subtracted at the reference itself, so its offset is what is planted there. */
    st = ih_truth_reference_offset(c, m, bands, &offset, err);
    *cycles = (int)lrint(-offset);
    return st;
}

static ih_status compare_pair(const ih_truth_comparison *c, const ih_truth_matched *m,
                              const bands_of_pair *b, ih_truth_cycles *out, ih_error *err)
{
    size_t step = ih_truth_rows_per_block(m);
    int reference;
    ih_status st = cycles_of_reference(c, m, b, &reference, err);

    for (size_t row = 0; row < m->ny && st == IH_OK; row += step) {
        size_t n_rows = row + step > m->ny ? m->ny - row : step;

        st = read_rows(c, m, b, row, n_rows, err);
        for (size_t i = 0; i < n_rows * m->nx && st == IH_OK; i++) {
            int planted = (b->truth > 0 ? to_cycles(c->truth_rows[i]) : 0) - reference;
            int found = (int)lrintf(c->result_rows[i]);

            if ((double)c->result_rows[i] == b->no_data)
                continue;
            out->planted += planted != 0;
            out->repaired += planted != 0 && found == planted;
            out->good += planted == 0;
            out->harmed += planted == 0 && found != 0;
        }
    }
    return st;
}

static ih_status compare_bands(ih_truth_comparison *c, const ih_truth_matched *m, bool any_planted,
                               ih_truth_cycles *out, ih_error *err)
{
    cJSON *report = read_report(c->truth_folder);
    ih_status st = report ? ih_truth_new_rows(c, m, err)
                          : ih_fail(err, IH_E_DATA, "%s has no " IH_TRUTH_REPORT, c->truth_folder);

    for (int band = 1; band <= GDALGetRasterCount(m->result) && st == IH_OK; band++) {
        GDALRasterBandH result = GDALGetRasterBand(m->result, band);
        const char *product = product_of(report, result);

        if (product) {
            const bands_of_pair b = {.result = band,
                                     .truth = any_planted ? band_of(m->truth, product) : 0,
                                     .no_data = GDALGetRasterNoDataValue(result, NULL)};

            st = compare_pair(c, m, &b, out, err);
        } else {
            st = ih_fail(err, IH_E_DATA, "the pair %s of %s is none of the simulation",
                         GDALGetDescription(result), GDALGetDescription(m->result));
        }
    }
    cJSON_Delete(report);
    return st;
}

ih_status ih_truth_compare_cycles(ih_truth_comparison *c, ih_truth_cycles *out, ih_error *err)
{
    GDALDatasetH planted = ih_truth_open(c->truth_folder, "unwrapping_errors");
    /* Without planted errors there is no raster of them; any other has the same grid. */
    const char *truth = planted ? "unwrapping_errors" : "velocity";
    ih_truth_matched m;
    ih_status st = ih_truth_match(c, "unwrapping_cycles", truth, &m, err);

    *out = (ih_truth_cycles){0};
    if (st == IH_OK && m.result)
        st = compare_bands(c, &m, planted != NULL, out, err);
    ih_truth_unmatch(&m);
    ih_truth_close(planted);
    return st;
}
