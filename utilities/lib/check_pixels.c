/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <gdal.h>

#include "algorithms/alloc.h"
#include "utilities/lib/check_state.h"
#include "utilities/lib/parallel_work.h"

enum { STRIP_ROWS = 256 };

/* Share of the progress that the bytes take; the pixels take the rest. */
#define BYTES_SHARE 0.5

static ih_status verify_one(void *shared, void *local, size_t i, ih_error *err)
{
    ih_check_state *s = shared;

    (void)local;
    return s->products[i].is_product ? ih_check_product_verify(&s->products[i], err) : IH_OK;
}

/* One band that is read by strips. */
typedef struct {
    GDALDatasetH dataset;
    GDALRasterBandH band;
    double no_data;
    int has_no_data;
} open_band;

static bool open_layer(const ih_layer_source *source, open_band *out)
{
    *out = (open_band){.dataset = GDALOpen(source->path, GA_ReadOnly)};
    out->band = out->dataset ? GDALGetRasterBand(out->dataset, source->band) : NULL;
    if (out->band)
        out->no_data = GDALGetRasterNoDataValue(out->band, &out->has_no_data);
    return out->band != NULL;
}

static void close_layer(open_band *b)
{
    if (b->dataset)
        GDALClose(b->dataset);
}

static bool is_value(const open_band *b, float value)
{
    return isfinite(value) && value != 0.0f && !(b->has_no_data && value == (float)b->no_data);
}

typedef struct {
    double n_footprint, n_valid, coherence;
} pixel_sums;

static bool add_strips(const open_band *phase, const open_band *corr, float *values, size_t strip,
                       pixel_sums *sums)
{
    int columns = GDALGetRasterBandXSize(phase->band), rows = GDALGetRasterBandYSize(phase->band);

    for (int row = 0; row < rows; row += STRIP_ROWS) {
        int n = rows - row < STRIP_ROWS ? rows - row : STRIP_ROWS;

        if (ih_cli_interrupted() ||
            GDALRasterIO(phase->band, GF_Read, 0, row, columns, n, values, columns, n, GDT_Float32,
                         0, 0) != CE_None ||
            GDALRasterIO(corr->band, GF_Read, 0, row, columns, n, values + strip, columns, n,
                         GDT_Float32, 0, 0) != CE_None)
            return false;
        for (size_t i = 0; i < (size_t)n * (size_t)columns; i++) {
            float coherence = values[strip + i];

            if (!is_value(corr, coherence))
                continue;
            sums->n_footprint++;
            sums->coherence += coherence;
            sums->n_valid += is_value(phase, values[i]);
        }
    }
    return true;
}

static ih_status read_one(void *shared, void *local, size_t i, ih_error *err)
{
    ih_check_state *s = shared;
    const ih_interferogram *item = &s->catalogue->items[i];
    size_t strip = item->grid.nx * STRIP_ROWS;
    float *values = ih_alloc(strip, 2 * sizeof *values);
    open_band phase = {0}, corr = {0};
    pixel_sums sums = {0};

    (void)local;
    if (!values)
        return ih_fail(err, IH_E_MEMORY, "%s", item->name);
    CPLPushErrorHandler(CPLQuietErrorHandler);
    if (!open_layer(&item->layers[IH_STACK_UNW], &phase) ||
        !open_layer(&item->layers[IH_STACK_CORR], &corr) ||
        !add_strips(&phase, &corr, values, strip, &sums)) {
        const char *why = CPLGetLastErrorMsg();

        s->unreadable[i] = CPLStrdup(*why ? why : "its pixels cannot be read");
    } else {
        s->valid_share[i] = sums.n_footprint > 0 ? sums.n_valid / sums.n_footprint : 0;
        s->mean_coherence[i] = sums.n_footprint > 0 ? sums.coherence / sums.n_footprint : 0;
    }
    close_layer(&phase);
    close_layer(&corr);
    CPLPopErrorHandler();
    CPLErrorReset();
    free(values);
    return IH_OK;
}

static bool is_known_damaged(const ih_check_state *s, size_t i)
{
    return s->product_of[i] != SIZE_MAX && s->products[s->product_of[i]].damaged_files;
}

static void judge(ih_check_state *s, size_t i)
{
    const ih_check_options *o = s->options;
    char **name = CSLAddString(NULL, s->catalogue->items[i].name);

    if (s->unreadable[i]) {
        if (!is_known_damaged(s, i))
            ih_findings_add(&s->findings, IH_CHECK_DAMAGED_MEMBER, CSLDuplicate(name),
                            "Its pixels cannot be read (%s); download it again.", s->unreadable[i]);
    } else if (s->valid_share[i] <= 0) {
        ih_findings_add(&s->findings, IH_CHECK_EMPTY, CSLDuplicate(name),
                        "No pixel has a phase; take it out.");
    } else {
        if (s->valid_share[i] < o->min_valid)
            ih_findings_add(&s->findings, IH_CHECK_FEW_VALID, CSLDuplicate(name),
                            "Only %.1f %% of its footprint have a phase (-min_valid); look at it, "
                            "or take it out.",
                            100 * s->valid_share[i]);
        if (s->mean_coherence[i] < o->min_coherence)
            ih_findings_add(&s->findings, IH_CHECK_DECORRELATED, CSLDuplicate(name),
                            "Its mean coherence is %.3f (-min_coherence); expect unwrapping "
                            "errors, or take it out.",
                            s->mean_coherence[i]);
    }
    CSLDestroy(name);
}

ih_status ih_check_pixels(ih_check_state *s, ih_error *err)
{
    const ih_check_request *r = s->request;
    ih_parallel_work work = {.n_items = s->n_products,
                             .threads = (int)s->options->threads,
                             .shared = s,
                             .work = verify_one,
                             .progress = r->progress,
                             .progress_data = r->progress_data,
                             .what = "Reading",
                             .to = BYTES_SHARE};
    ih_status status = IH_OK;

    if (!s->options->deep)
        return IH_OK;
    if (s->n_products)
        status = ih_parallel_work_run(&work, err);
    work.n_items = s->catalogue->count;
    work.work = read_one;
    work.from = BYTES_SHARE;
    work.to = 1;
    if (status == IH_OK && work.n_items)
        status = ih_parallel_work_run(&work, err);
    if (status == IH_OK && ih_cli_interrupted())
        status = ih_fail(err, IH_E_CANCELLED, "interrupted");
    for (size_t i = 0; i < s->catalogue->count && status == IH_OK; i++)
        judge(s, i);
    return status;
}
