/* SPDX-License-Identifier: MIT
 *
 * Options of gdal_ih_clip: one struct, filled with IH_CLIP_DEFAULTS and then by the command line
 * through the table ih_clip_program.
 */
#ifndef IH_CLIP_OPTIONS_H
#define IH_CLIP_OPTIONS_H

#include <cjson/cJSON.h>
#include <math.h>
#include <stdbool.h>

#include <gdal.h>
#include <gdalwarper.h>

#include "utilities/lib/cli.h"

enum ih_clip_layout {
    IH_CLIP_PRODUCT = 0,
    IH_CLIP_INSARHUB,
    IH_CLIP_NOTEBOOK,
    IH_CLIP_MINTPY,
    IH_CLIP_VRT,
    IH_CLIP_CUBE
};
enum ih_clip_cube_format { IH_CLIP_COG = 0, IH_CLIP_NETCDF };
enum ih_clip_water { IH_CLIP_WATER_KEEP = 0, IH_CLIP_WATER_APPLY };

typedef struct {
    const char *t_srs;
    double tr[2];
    bool tr_given, tap, allow_mixed;
    int extent; /* enum ih_extent */
    double te[4];
    bool te_given;
    const char *te_srs;
    const char *aoi, *aoi_srs;
    const char *cutline, *cutline_layer, *cutline_where;
    bool crop_to_cutline;
    double drop_outliers; /* NaN: none */
    bool frozen_grid;
    int resampling; /* index of ih_clip_resampling_names */

    const char *start_date, *end_date;
    char **include_pairs, **exclude_pairs, **exclude_dates; /* CPL lists */
    bool keep_duplicates;
    double min_valid, min_coherence; /* 0..1; NaN: not asked */

    int layout;      /* enum ih_clip_layout */
    int cube_format; /* enum ih_clip_cube_format */
    bool cube_format_given;
    const char *layers; /* names with commas; NULL = all that the layout takes */
    int water_mask;     /* enum ih_clip_water */
    bool combine_water_masks;
    double ref_lonlat[2], ref_xy[2], ref_pixel[2];
    bool ref_lonlat_given, ref_xy_given, ref_pixel_given, ref_best;
    long ref_window; /* pixels on a side; 0 = 1 */
    bool zip;
    bool clean_sidecars;
    char **creation_options; /* -co, CPL list */
    bool overwrite, dry_run, json;

    double working_memory_bytes; /* 0 = 512 MB */
    long threads;                /* 0 = GDAL_NUM_THREADS, else all CPUs */
} ih_clip_options;

#define IH_CLIP_DEFAULTS                                                                           \
    {                                                                                              \
        .drop_outliers = NAN, .min_valid = NAN, .min_coherence = NAN, .resampling = 1              \
    }

extern const ih_program ih_clip_program;
extern const char *const ih_clip_layout_names[];
extern const char *const ih_clip_resampling_names[];

/* GDAL's method of an index of the names, and back. */
GDALResampleAlg ih_clip_resampling(int index);
const char *ih_clip_resampling_name(GDALResampleAlg method);

void ih_clip_options_free(ih_clip_options *options);

/* Fills in what depends on the machine and checks options against each other. */
IH_MUST_CHECK ih_status ih_clip_options_resolve(ih_clip_options *options, ih_error *err);

/* Whether phases are to be made 0 at a place. */
bool ih_clip_has_reference(const ih_clip_options *options);

/* Whether MintPy is to load what the layout writes. */
bool ih_clip_is_for_mintpy(const ih_clip_options *options);

/* The options that decide what is in the files, for the manifest. NULL when memory is short. */
cJSON *ih_clip_options_content(const ih_clip_options *options);

#endif
