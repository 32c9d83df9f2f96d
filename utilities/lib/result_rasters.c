/* SPDX-License-Identifier: MIT */
#include "utilities/lib/result_rasters.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include <cpl_conv.h>
#include <cpl_string.h>

#include "utilities/lib/pairs_csv.h"
#include "utilities/lib/sbas_state.h"

/* Items that say what a raster refers to. */
static char **common_metadata(const ih_sbas_state *s)
{
    const ih_reference *r = s->reference;
    char first[16], last[16], reference[16], **list = NULL;

    ih_iso_date(s->network->date_days[0], first);
    ih_iso_date(s->network->date_days[s->network->n_dates - 1], last);
    ih_iso_date(s->network->date_days[s->corrections.reference_date], reference);
    list = CSLSetNameValue(list, "SOFTWARE", "InSARHub for GDAL " IH_VERSION);
    list = CSLSetNameValue(list, "REFERENCE_DATE", reference);
    list = CSLSetNameValue(list, "START_DATE", first);
    list = CSLSetNameValue(list, "END_DATE", last);
    list = CSLSetNameValue(list, "WAVELENGTH_M", CPLSPrintf("%.10g", s->facts.wavelength_m));
    list = CSLSetNameValue(list, "REFERENCE_POINT_COLUMN", CPLSPrintf("%d", (int)r->column));
    list = CSLSetNameValue(list, "REFERENCE_POINT_ROW", CPLSPrintf("%d", (int)r->row));
    list = CSLSetNameValue(list, "REFERENCE_POINT_X", CPLSPrintf("%.12g", r->x));
    list = CSLSetNameValue(list, "REFERENCE_POINT_Y", CPLSPrintf("%.12g", r->y));
    if (r->kind != IH_REFERENCE_POINT)
        list =
            CSLSetNameValue(list, "REFERENCE_AREA_PIXELS", CPLSPrintf("%.0f", (double)r->n_pixels));
    if (s->facts.orbit_direction)
        list = CSLSetNameValue(list, "ORBIT_DIRECTION", s->facts.orbit_direction);
    if (!isnan(s->facts.heading_deg))
        list = CSLSetNameValue(list, "HEADING_DEG", CPLSPrintf("%.10g", s->facts.heading_deg));
    if (!isnan(s->facts.relative_orbit))
        list = CSLSetNameValue(list, "RELATIVE_ORBIT", CPLSPrintf("%g", s->facts.relative_orbit));
    return list;
}

ih_status ih_sbas_open_raster(const ih_sbas_state *s, const ih_sbas_raster *kind,
                              ih_raster_out **out, ih_error *err)
{
    char *path = ih_result_folder_path(s->folder, kind->name);
    char **metadata = common_metadata(s);
    const ih_raster_spec spec = {.grid = &s->common->grid,
                                 .srs = s->common->srs,
                                 .type = kind->type,
                                 .n_bands = kind->n_bands,
                                 .bands = kind->bands,
                                 .has_no_data = kind->has_no_data,
                                 .no_data = kind->type == GDT_Int16 ? INT16_MIN : 0,
                                 .metadata = metadata,
                                 .creation_options = s->options.creation_options,
                                 .memory_bytes = ih_sbas_raster_memory(s, kind->per_date)};
    ih_status status = path ? ih_raster_out_new(path, &spec, out, err)
                            : ih_fail(err, IH_E_MEMORY, "%s", kind->name);

    CSLDestroy(metadata);
    free(path);
    return status;
}

ih_status ih_sbas_write_raster(const ih_sbas_state *s, const ih_sbas_raster *kind,
                               const void *const *planes, ih_error *err)
{
    ih_raster_out *out = NULL;
    ih_status status = ih_sbas_open_raster(s, kind, &out, err);

    for (int band = 0; band < kind->n_bands && status == IH_OK; band++)
        status = ih_raster_out_write(out, band, 0, s->common->grid.ny, planes[band], err);
    if (status == IH_OK)
        return ih_raster_out_commit(out, err);
    ih_raster_out_abort(out);
    return status;
}

ih_status ih_sbas_write_planes(const ih_sbas_state *s, const char *name, int n_bands,
                               const ih_raster_band *bands, const float *const *planes,
                               ih_error *err)
{
    const ih_sbas_raster kind = {name, GDT_Float32, n_bands, bands, 0, false};

    return ih_sbas_write_raster(s, &kind, (const void *const *)planes, err);
}

void ih_sbas_free_bands(ih_raster_band *bands, size_t n)
{
    for (size_t i = 0; bands && i < n; i++) {
        CPLFree((void *)(uintptr_t)bands[i].description);
        CSLDestroy(bands[i].metadata);
    }
    free(bands);
}
