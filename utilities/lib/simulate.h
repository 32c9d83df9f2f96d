/* SPDX-License-Identifier: MIT
 *
 * What gdal_ih_simulate does: a stack of HyP3 products with known truth, in a folder.
 */
#ifndef IH_SIMULATE_H
#define IH_SIMULATE_H

#include "algorithms/progress.h"
#include "algorithms/status.h"
#include "utilities/lib/simulate_options.h"

/* Writes the products of options (as resolved by ih_simulate_options_resolve) and the truth into
 * folder. A folder that is not empty is refused, unless overwrite is set and it holds a simulation,
 * which is then removed. OpenMP threads share the pairs; the bytes do not depend on their number.
 */
IH_MUST_CHECK ih_status ih_simulate(const ih_simulate_options *options, const char *folder,
                                    ih_progress progress, void *progress_data, ih_error *err);

#endif
