/* SPDX-License-Identifier: MIT
 *
 * What gdal_ih_check can find wrong with a stack: a stable code for programs, how grave it is, the
 * products concerned and a sentence for people that says what to do.
 */
#ifndef IH_CHECK_FINDINGS_H
#define IH_CHECK_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

enum ih_check_code {
    IH_CHECK_DAMAGED_ARCHIVE = 0,
    IH_CHECK_DAMAGED_TEXT,
    IH_CHECK_DAMAGED_LAYER,
    IH_CHECK_DAMAGED_MEMBER,
    IH_CHECK_UNUSABLE,
    IH_CHECK_MISSING_NEEDED_LAYER,
    IH_CHECK_MISSING_LAYER,
    IH_CHECK_MISSING_TEXT,
    IH_CHECK_LAYER_GRID,
    IH_CHECK_FOREIGN_FILES,
    IH_CHECK_UNUSABLE_MEMBERS,
    IH_CHECK_DUPLICATE_PRODUCT,
    IH_CHECK_DUPLICATE_PAIR,
    IH_CHECK_MIXED_FAMILIES,
    IH_CHECK_MIXED_POLARISATIONS,
    IH_CHECK_MIXED_SPACINGS,
    IH_CHECK_MIXED_DIRECTIONS,
    IH_CHECK_MIXED_TRACKS,
    IH_CHECK_MIXED_BURSTS,
    IH_CHECK_MIXED_SCENES,
    IH_CHECK_MIXED_LOOKS,
    IH_CHECK_MIXED_FILTERS,
    IH_CHECK_MIXED_VERSIONS,
    IH_CHECK_MIXED_WATER_MASKS,
    IH_CHECK_MIXED_DEMS,
    IH_CHECK_MIXED_UNWRAPPERS,
    IH_CHECK_UNKNOWN_WAVELENGTH,
    IH_CHECK_NO_COMMON_GRID,
    IH_CHECK_NO_COMMON_AREA,
    IH_CHECK_LIMITS_COMMON_AREA,
    IH_CHECK_MIXED_ZONES,
    IH_CHECK_OFF_LATTICE,
    IH_CHECK_EMPTY,
    IH_CHECK_FEW_VALID,
    IH_CHECK_DECORRELATED,
    IH_CHECK_DISCONNECTED,
    IH_CHECK_BRIDGE,
    IH_CHECK_WEAK_DATE,
    IH_CHECK_GAP,
    IH_CHECK_MINTPY_SIDECAR,
    IH_CHECK_MINTPY_GRID,
    IH_CHECK_DISK_SPACE,
    IH_CHECK_MEMORY,
    IH_CHECK_CODES
};

/* Name of a code, "off_lattice", and what it means in a line; is_error: the products concerned, or
 * all, cannot be used as they are. */
const char *ih_check_code_name(enum ih_check_code code);
const char *ih_check_code_meaning(enum ih_check_code code);
bool ih_check_code_is_error(enum ih_check_code code);
/* IH_CHECK_CODES when there is no such code. */
enum ih_check_code ih_check_code_of(const char *name);

typedef struct {
    enum ih_check_code code;
    char **products; /* names, CPL list; NULL = the stack as a whole */
    char *message;
} ih_finding;

typedef struct {
    ih_finding *items; /* once sorted: errors first, in the order of the codes */
    size_t count;
    char **ignored; /* CPL list of codes that are counted but not kept; not owned */
    size_t n_ignored;
} ih_findings;

/* Takes over products. */
void ih_findings_add(ih_findings *findings, enum ih_check_code code, char **products,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Errors first, then by code; findings of one code keep their order. */
void ih_findings_sort(ih_findings *findings);
size_t ih_findings_count_errors(const ih_findings *findings);
/* Codes of the findings that name a product, joined by commas; "" when none does. CPLFree. */
char *ih_findings_of_product(const ih_findings *findings, const char *product);
void ih_findings_free(ih_findings *findings);

#endif
