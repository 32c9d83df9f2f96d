/* SPDX-License-Identifier: MIT
 *
 * Progress and cancelling. The same shape as GDAL's function, so GDALTermProgress can be passed,
 * but declared without GDAL. done runs from 0 to 1; a return of 0 means stop, and the callee returns
 * IH_E_CANCELLED after releasing everything. Called from one thread, at most some hundred times.
 */
#ifndef IH_PROGRESS_H
#define IH_PROGRESS_H

typedef int (*ih_progress)(double done, const char *what, void *data);

#endif
