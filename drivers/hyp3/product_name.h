/* SPDX-License-Identifier: MIT
 *
 * Grammar of HyP3 InSAR product names and layer file names (hyp3-products 1). Pure text: libc only,
 * no I/O, thread-safe. Hostile input is expected: any bytes, any length.
 */
#ifndef IH_PRODUCT_NAME_H
#define IH_PRODUCT_NAME_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum ih_product_kind {
    IH_PRODUCT_NONE = 0,
    IH_PRODUCT_GAMMA,       /* full scene, INSAR_GAMMA */
    IH_PRODUCT_BURST,       /* single burst, INSAR_ISCE_BURST */
    IH_PRODUCT_MULTI_BURST, /* INSAR_ISCE_MULTI_BURST, plugin 4 and later */
    IH_PRODUCT_MERGED,      /* local burst merge, double underscore */
    IH_PRODUCT_CORNER,      /* multi-burst and full SLC of ISCE2 plugin 2.1 to 3.x */
    IH_PRODUCT_GRANULES,    /* <reference granule>x<secondary granule>, before 2023 */
    IH_PRODUCT_GAMMA_V1     /* GAMMA before 2.2, dashes */
};

/* Longest name that is looked at; longer ones are not product names. */
#define IH_PRODUCT_NAME_MAX 255

typedef struct {
    enum ih_product_kind kind;
    char name[IH_PRODUCT_NAME_MAX + 1]; /* the part of the input that fits the grammar */
    char reference_date[9];             /* YYYYMMDD */
    char secondary_date[9];
    char reference_time[7]; /* HHMMSS of GAMMA and granule names, else empty */
    char secondary_time[7];
    char platforms[3];    /* "AB" of GAMMA and SLC granule names, one letter of corner
                             names, else empty */
    char polarization[3]; /* VV, HH, VH, HV */
    char swaths[4];       /* "2", "23", "123": subswaths used; empty when unknown */
    int relative_orbit;   /* 0 when the name does not tell */
    int pixel_spacing_m;  /* 0 when the name does not tell */
    int water_masked;     /* 1 yes, 0 no, -1 the name does not tell */
    char id[5];           /* four hexadecimal digits, empty when there is none */
} ih_product_name;

/* Reads a product name at the start of text (folder or file name without directories; an extension
 * and an appended " (1)", "_clip" and the like are tolerated; a further letter or digit is not).
 * False when nothing fits, and *out is then empty. Dates are checked against the calendar. */
bool ih_product_name_parse(const char *text, ih_product_name *out);

/* True when text is the name of a HyP3 product that is not InSAR, with *what (may be NULL) naming
 * it: "RTC", "ARIA GUNW", "autoRIFT", "OPERA", "water or flood map", ... (hyp3-products 6). */
bool ih_product_name_is_other(const char *text, const char **what);

/* Relative orbit 1..175 of an absolute orbit and a platform letter A..D; 0 when unknown (1.6). */
int ih_relative_orbit(char platform, long absolute_orbit);

/* Relative orbit of an ESA burst number (1.6); 0 when out of range. */
int ih_relative_orbit_of_burst(long burst_number);

/* Days from 1970-01-01 of YYYYMMDD; false when it is no date of the calendar. */
bool ih_date_to_days(const char *yyyymmdd, long *days);

#ifdef __cplusplus
}
#endif
#endif
