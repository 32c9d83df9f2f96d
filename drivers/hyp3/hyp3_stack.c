/* SPDX-License-Identifier: MIT */
#include "drivers/hyp3/hyp3_dataset.h"
bool ih_stack_fill(ih_hyp3_dataset *dataset, const ih_location *location, char **options)
{
    (void)dataset;
    (void)location;
    (void)options;
    return false;
}
