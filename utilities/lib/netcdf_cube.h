/* SPDX-License-Identifier: MIT
 *
 * A layer of many interferograms as a netCDF file after the CF conventions: one variable of the
 * dimensions pair, y and x with a grid mapping, and the dates, the perpendicular baseline and the
 * product of each pair beside it. Written by GDAL's netCDF driver in the netCDF-4 format. One
 * writer per thread.
 */
#ifndef IH_NETCDF_CUBE_H
#define IH_NETCDF_CUBE_H

#include <stddef.h>
#include <stdint.h>

#include <gdal.h>
#include <ogr_srs_api.h>

#include "algorithms/grid.h"
#include "algorithms/status.h"

typedef struct {
    const char *product;
    int32_t reference_days, secondary_days; /* since 1970-01-01 */
    double perpendicular_baseline_m;        /* NaN: not known */
} ih_netcdf_pair;

typedef struct {
    const ih_grid *grid;
    OGRSpatialReferenceH srs;            /* may be NULL: then there is no grid mapping */
    const char *name, *long_name, *unit; /* unit "" for none */
    const char *sign;                    /* of motion, an attribute; NULL for none */
    GDALDataType type;                   /* GDT_Float32 or GDT_Byte */
    double no_data;
    const ih_netcdf_pair *pairs; /* [n_pairs] */
    size_t n_pairs;
    char **creation_options; /* COMPRESS, ZLEVEL, BLOCKSIZE, CHECKSUM; NULL = DEFLATE 1 in blocks of
                                256 x 256 */
} ih_netcdf_spec;

typedef struct ih_netcdf_cube ih_netcdf_cube;

/* Whether the GDAL at hand can write netCDF, and knows the options: IH_E_UNSUPPORTED or
 * IH_E_ARGUMENT with the reason. */
IH_MUST_CHECK ih_status ih_netcdf_cube_check(char **creation_options, ih_error *err);

IH_MUST_CHECK ih_status ih_netcdf_cube_new(const char *path, const ih_netcdf_spec *spec,
                                           ih_netcdf_cube **out, ih_error *err);

/* Rows [row, row + n_rows) of a pair, [row][column] of the spec's type. */
IH_MUST_CHECK ih_status ih_netcdf_cube_write(ih_netcdf_cube *cube, size_t pair, size_t row,
                                             size_t n_rows, const void *values, ih_error *err);

/* Closes the file and frees, also on failure, which leaves no file. */
IH_MUST_CHECK ih_status ih_netcdf_cube_commit(ih_netcdf_cube *cube, ih_error *err);

/* Removes the file and frees; NULL is fine. */
void ih_netcdf_cube_abort(ih_netcdf_cube *cube);

#endif
