/* SPDX-License-Identifier: MIT
 *
 * The criteria that select interferometric pairs, from the words of a command line. Lists are
 * separated by commas; "@file" stands for the first column of each line of a text file, where '#'
 * starts a comment. Dates are YYYYMMDD or YYYY-MM-DD, pairs two of them joined by '_'.
 */
#ifndef IH_PAIR_CRITERIA_H
#define IH_PAIR_CRITERIA_H

#include "algorithms/network_selection.h"
#include "utilities/lib/sbas_options.h"

/* The lists of the criteria belong to it. */
typedef struct {
    ih_selection_criteria criteria;
    ih_pair_days *listed_pairs, *excluded_pairs;
    ih_index_range *excluded_indices;
    int32_t *excluded_days;
} ih_pair_criteria;

/* IH_E_ARGUMENT naming the option and the word that cannot be understood. Empty on failure. */
IH_MUST_CHECK ih_status ih_pair_criteria_read(const ih_sbas_run_options *options,
                                              ih_pair_criteria *out, ih_error *err);
void ih_pair_criteria_free(ih_pair_criteria *criteria);

#endif
