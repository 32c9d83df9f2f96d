/* SPDX-License-Identifier: MIT
 *
 * Order statistics by Hoare's selection, in linear time. Values are reordered. Thread-safe.
 */
#ifndef IH_ORDER_STATISTIC_H
#define IH_ORDER_STATISTIC_H

#include <stddef.h>

/* The k-th smallest of n > k values, none of them NaN; values[i] >= it for all i > k afterwards. */
float ih_order_statistic(float *values, size_t n, size_t k);

/* Median of n > 0 values, none of them NaN; of an even number the mean of the middle two. */
double ih_median(float *values, size_t n);

#endif
