/* SPDX-License-Identifier: MIT */
#include "utilities/lib/clip_view.h"

static OGRSpatialReferenceH copy(OGRSpatialReferenceH srs)
{
    OGRSpatialReferenceH own = NULL;

#pragma omp critical(ih_shared_srs)
    if (srs)
        own = OSRClone(srs);
    return own;
}

OGRSpatialReferenceH ih_clip_own_srs(const ih_clip_plan *plan)
{
    return copy(plan->common->srs);
}

void ih_clip_own_view_open(const ih_clip_plan *plan, size_t product, ih_clip_own_view *out)
{
    out->item = plan->catalogue->items[product];
    out->common = *plan->common;
    out->item.srs = copy(out->item.srs);
    out->common.srs = copy(out->common.srs);
    out->view = (ih_clip_view){.item = &out->item,
                               .common = &out->common,
                               .resampling = ih_clip_resampling(plan->request->options.resampling)};
}

void ih_clip_own_view_close(ih_clip_own_view *own)
{
    OSRDestroySpatialReference(own->item.srs);
    OSRDestroySpatialReference(own->common.srs);
}
