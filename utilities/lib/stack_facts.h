/* SPDX-License-Identifier: MIT
 *
 * What is true of a whole stack: wavelength, looks, time of day, track; from the command line, else
 * from the metadata of its interferograms, which have to agree.
 */
#ifndef IH_STACK_FACTS_H
#define IH_STACK_FACTS_H

#include "utilities/lib/catalogue.h"
#include "utilities/lib/sbas_options.h"

typedef struct {
    double wavelength_m;
    double looks;                                      /* independent looks */
    double utc_seconds;                                /* of the day; 0 when unknown */
    double incidence_deg, heading_deg, relative_orbit; /* NaN when unknown */
    const char *orbit_direction;                       /* "ASCENDING", "DESCENDING" or NULL */
    char **warnings;                                   /* CPL list: what had to be assumed */
} ih_stack_facts;

/* seconds_of_day is the user's, NaN for none. IH_E_DATA when the wavelength is unknown or the
 * interferograms contradict each other. */
IH_MUST_CHECK ih_status ih_stack_facts_find(const ih_catalogue *catalogue,
                                            const ih_sbas_run_options *options,
                                            double seconds_of_day, ih_stack_facts *out,
                                            ih_error *err);
/* Whether all interferograms can show one scene in one geometry: the same processor and pixel size
 * (unless any form will do), direction, relative orbit and bursts, as far as known, and footprints
 * that lead from one to the next by at least half of the smaller; two of one pair overlap so
 * themselves. Items are sorted by pair. IH_E_DATA names the groups, their sizes and an example of
 * each. */
IH_MUST_CHECK ih_status ih_stack_facts_check_one_scene(const ih_catalogue *catalogue, bool any_form,
                                                       ih_error *err);
void ih_stack_facts_free(ih_stack_facts *facts);

/* What the members of a stack have to have in common. */
enum ih_trait {
    IH_TRAIT_PROCESSOR,
    IH_TRAIT_POLARISATION,
    IH_TRAIT_SPACING,
    IH_TRAIT_DIRECTION,
    IH_TRAIT_ORBIT,
    IH_TRAIT_BURSTS,
    IH_TRAIT_PLACE, /* scenes that lie apart */
    IH_TRAITS
};

/* A trait of every interferogram in words, "" where it is unknown: a CPL list in the order of the
 * catalogue. Those of equal words belong together. */
IH_MUST_CHECK ih_status ih_stack_facts_words(const ih_catalogue *catalogue, enum ih_trait trait,
                                             char ***words, ih_error *err);

#endif
