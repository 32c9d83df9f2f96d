/* SPDX-License-Identifier: MIT
 *
 * What the parts of gdal_ih_check share while one stack is looked at. Each part adds findings, and
 * its facts to the report.
 */
#ifndef IH_CHECK_STATE_H
#define IH_CHECK_STATE_H

#include <stdint.h>

#include <cjson/cJSON.h>

#include "algorithms/network.h"
#include "utilities/lib/catalogue.h"
#include "utilities/lib/check.h"
#include "utilities/lib/check_findings.h"
#include "utilities/lib/check_product.h"
#include "utilities/lib/common_grid.h"
#include "utilities/lib/run_forecast.h"

typedef struct {
    const ih_check_request *request;
    const ih_check_options *options;
    ih_catalogue *catalogue;    /* with all copies and mixtures */
    ih_check_product *products; /* [n_products] of the inputs that may be products */
    size_t n_products;
    size_t *product_of;     /* [interferogram] SIZE_MAX for rasters of a table */
    size_t *pair_of;        /* [interferogram] number of its pair in the network */
    ih_network *network;    /* NULL without interferograms */
    ih_common_grid *common; /* grid: the union; NULL when there is none */
    ih_grid shared;         /* what all cover; nx = 0: nothing */
    double *shrinks;        /* [interferogram] share of the common area that it alone costs */
    double *valid_share, *mean_coherence; /* [interferogram] NaN until read by -deep */
    char **unreadable;                    /* [interferogram] why -deep could not read it */
    ih_run_forecast forecast;
    bool has_forecast;
    size_t n_removed_sidecars;
    ih_findings findings;
    cJSON *report;
} ih_check_state;

/* Damage, missing layers, side-cars: what is wrong with single products. */
IH_MUST_CHECK ih_status ih_check_products(ih_check_state *state, ih_error *err);
/* Duplicates and mixtures. */
IH_MUST_CHECK ih_status ih_check_mixtures(ih_check_state *state, ih_error *err);
/* Common area, zones, lattices. */
IH_MUST_CHECK ih_status ih_check_coverage(ih_check_state *state, ih_error *err);
/* The network of dates. */
IH_MUST_CHECK ih_status ih_check_dates(ih_check_state *state, ih_error *err);
/* Phases and coherences, with -deep. */
IH_MUST_CHECK ih_status ih_check_pixels(ih_check_state *state, ih_error *err);
/* Disk, memory and time of a run. */
IH_MUST_CHECK ih_status ih_check_forecast(ih_check_state *state, ih_error *err);

/* The file of -footprints. */
IH_MUST_CHECK ih_status ih_check_footprints(const ih_check_state *state, ih_error *err);
/* Adds what is known of every product, and the findings, to the report. */
void ih_check_report_products(ih_check_state *state);
void ih_check_report_findings(ih_check_state *state);
/* For people; NULL when memory is short. */
char *ih_check_summary(const ih_check_state *state);

#endif
