/* SPDX-License-Identifier: MIT */
#include "algorithms/order_statistic.h"

float ih_order_statistic(float *values, size_t n, size_t k)
{
    size_t low = 0, high = n - 1;

    while (low < high) {
        float pivot = values[low + (high - low) / 2];
        size_t i = low, j = high;

        for (;;) {
            while (values[i] < pivot)
                i++;
            while (values[j] > pivot)
                j--;
            if (i >= j)
                break;
            float swap = values[i];

            values[i++] = values[j];
            values[j--] = swap;
        }
        if (k <= j)
            high = j;
        else
            low = j + 1;
    }
    return values[k];
}

double ih_median(float *values, size_t n)
{
    size_t k = (n - 1) / 2;
    double lower = (double)ih_order_statistic(values, n, k), upper = lower;

    if (n % 2 == 0) {
        upper = (double)values[k + 1];
        for (size_t i = k + 2; i < n; i++)
            if ((double)values[i] < upper)
                upper = (double)values[i];
    }
    return 0.5 * (lower + upper);
}
