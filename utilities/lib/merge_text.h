/* SPDX-License-Identifier: MIT
 *
 * Name and parameter text of a merged product, in the words of the service.
 */
#ifndef IH_MERGE_TEXT_H
#define IH_MERGE_TEXT_H

#include "utilities/lib/clip_source.h"
#include "utilities/lib/merge_plan.h"

/* Of burst products that of a multi-burst product of all their bursts (of a local merge,
 * S1_ORBIT__DATES, when they are not known or named is false); of GAMMA frames that of the earliest
 * with another identifier. The identifier is a checksum of the names. */
void ih_merge_name(const ih_merge_plan *plan, ih_merge_pair *pair, bool named);

/* Of the parts' texts, in ascending order of names: that of the earliest, with granules of all, the
 * slant ranges that all span, and without the keys that hold for one part only. CPLFree; NULL when
 * no part has a text. */
char *ih_merge_text(const ih_merge_plan *plan, const ih_merge_pair *pair,
                    ih_clip_source *const *sources);

#endif
