/* SPDX-License-Identifier: MIT
 *
 * The network of the interferograms of a catalogue that may hold several of one pair.
 */
#ifndef IH_CATALOGUE_NETWORK_H
#define IH_CATALOGUE_NETWORK_H

#include "algorithms/network.h"
#include "utilities/lib/catalogue.h"

/* Interferograms of one pair are one. pair_of, [interferogram], receives the number of its pair in
 * the network; NULL = not wanted. */
IH_MUST_CHECK ih_status ih_catalogue_network(const ih_catalogue *catalogue, size_t *pair_of,
                                             ih_network **out, ih_error *err);

#endif
