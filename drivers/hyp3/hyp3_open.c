/* SPDX-License-Identifier: MIT
 *
 * The driver's front door: which names are ours, products and stacks behind one handle, and what is
 * asked of it.
 */
#include <string.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <ogr_srs_api.h>

#include "drivers/hyp3/coordinate_systems.h"
#include "drivers/hyp3/header_cache.h"
#include "drivers/hyp3/hyp3_dataset.h"
#include "drivers/hyp3/hyp3_report.h"
#include "drivers/hyp3/member_head.h"

static const char *const domain_names[IH_DOMAIN_COUNT + 1] = {
    [IH_DOMAIN_DEFAULT] = "",
    [IH_DOMAIN_HYP3] = "HYP3",
    [IH_DOMAIN_SUBDATASETS] = "SUBDATASETS",
    [IH_DOMAIN_STRUCTURE] = "IMAGE_STRUCTURE",
    [IH_DOMAIN_COUNT] = NULL,
};

int ih_hyp3_identify(const struct ih_open_request *request)
{
    return ih_location_identify(request);
}

const char *ih_hyp3_open_option_list(void)
{
    return "<OpenOptionList>"
           "<Option name='LAYERS' type='string' description='Layers to show as bands, separated by "
           "commas, such as unw_phase,corr. Their order is the driver&apos;s. Default: all layers "
           "on the grid of the first. Of a stack, one layer is opened, several are listed'/>"
           "<Option name='CACHE' type='string' description='Whether layers of an archive are "
           "inflated to memory when first read (IH_CACHE_MB limits the memory): YES, NO, or ONCE "
           "to forget them when the dataset is closed' default='YES'/>"
           "<Option name='MAX_OPEN' type='int' min='1' max='1000' description='Stacks: how many "
           "products stay open at once' default='8'/>"
           "</OpenOptionList>";
}

/* A folder that is named with the prefix is a product when it holds one, and a stack otherwise. */
static bool is_stack(const ih_location *location)
{
    char *base;
    char **names = NULL;
    ih_product_name product;
    bool stack;

    if (!location->prefixed || location->is_zip || location->stem)
        return false;
    base = ih_location_base_name(location->path);
    stack = !ih_product_name_parse(base, &product);
    CPLFree(base);
    if (stack)
        names = VSIReadDir(location->path);
    for (int i = 0; stack && names && names[i]; i++) {
        int layer = ih_layer_of_file(names[i], NULL);
        stack = layer < 0 || !ih_layer_at((size_t)layer)->identifies;
    }
    CSLDestroy(names);
    return stack;
}

static enum ih_cache_use cache_use_of(const char *word)
{
    if (EQUAL(word, "ONCE"))
        return IH_CACHE_ONCE;
    return CPLTestBool(word) ? IH_CACHE_YES : IH_CACHE_NO;
}

ih_hyp3_dataset *ih_hyp3_open(const struct ih_open_request *request)
{
    ih_hyp3_dataset *dataset = NULL;
    ih_location location;
    bool filled = false;

    if (!ih_hyp3_identify(request))
        return NULL;
    if (request->update) {
        ih_hyp3_report(CE_Failure, CPLE_NotSupported,
                       "The HYP3 driver never changes a product: open it read-only.");
        return NULL;
    }
    if (ih_location_parse(request, &location)) {
        dataset = CPLCalloc(1, sizeof *dataset);
        if (location.layer && CSLFetchNameValue(request->options, "LAYERS"))
            ih_hyp3_report(CE_Warning, CPLE_AppDefined,
                           "LAYERS has no effect: the name has a layer already (%.80s).",
                           location.layer);
        dataset->cache_use = cache_use_of(CSLFetchNameValueDef(request->options, "CACHE", "YES"));
        bool begun = location.is_zip && ih_dataset_begin_remote(location.path);
        filled = is_stack(&location) ? ih_stack_fill(dataset, &location, request->options)
                                     : ih_product_fill(dataset, &location, request->options);
        ih_dataset_end_remote(begun);
    }
    ih_location_free(&location);
    if (!filled) {
        ih_hyp3_close(dataset);
        return NULL;
    }
    dataset->metadata[IH_DOMAIN_STRUCTURE] =
        CSLSetNameValue(dataset->metadata[IH_DOMAIN_STRUCTURE], "INTERLEAVE", "BAND");
    return dataset;
}

void ih_hyp3_close(ih_hyp3_dataset *dataset)
{
    if (!dataset)
        return;
    ih_dataset_close_slots(dataset);
    for (int i = 0; i < dataset->band_count; i++) {
        CSLDestroy(dataset->bands[i].shown.metadata);
        CSLDestroy(dataset->bands[i].shown.categories);
        CPLFree(dataset->bands[i].description);
    }
    CPLFree(dataset->bands);
    for (size_t i = 0; i < dataset->source_count; i++)
        ih_source_free(dataset->sources[i]);
    CPLFree(dataset->sources);
    for (int i = 0; i < IH_DOMAIN_COUNT; i++)
        CSLDestroy(dataset->metadata[i]);
    if (dataset->srs)
        OSRDestroySpatialReference(dataset->srs);
    CPLFree(dataset->physical_file);
    CPLFree(dataset->pam_subset);
    CSLDestroy(dataset->files);
    CPLFree(dataset);
}

int ih_hyp3_width(const ih_hyp3_dataset *dataset)
{
    return dataset->width;
}

int ih_hyp3_height(const ih_hyp3_dataset *dataset)
{
    return dataset->height;
}

int ih_hyp3_band_count(const ih_hyp3_dataset *dataset)
{
    return dataset->band_count;
}

const ih_hyp3_band *ih_hyp3_band_at(const ih_hyp3_dataset *dataset, int band)
{
    return &dataset->bands[band].shown;
}

bool ih_hyp3_geotransform(const ih_hyp3_dataset *dataset, double gt[6])
{
    if (dataset->has_geotransform)
        memcpy(gt, dataset->geotransform, sizeof dataset->geotransform);
    return dataset->has_geotransform;
}

OGRSpatialReferenceH ih_hyp3_srs(const ih_hyp3_dataset *dataset)
{
    return dataset->srs;
}

const char *const *ih_hyp3_domains(const ih_hyp3_dataset *dataset)
{
    (void)dataset;
    return domain_names;
}

char **ih_hyp3_metadata(const ih_hyp3_dataset *dataset, const char *domain)
{
    for (int i = 0; i < IH_DOMAIN_COUNT; i++) {
        if (EQUAL(domain, domain_names[i]))
            return dataset->metadata[i];
    }
    return NULL;
}

const char *ih_hyp3_physical_file(const ih_hyp3_dataset *dataset)
{
    return dataset->physical_file;
}

const char *ih_hyp3_pam_subset(const ih_hyp3_dataset *dataset)
{
    return dataset->pam_subset;
}

char **ih_hyp3_files(const ih_hyp3_dataset *dataset)
{
    return dataset->files;
}

void ih_hyp3_load(void)
{
    ih_member_head_register();
}

void ih_hyp3_unload(void)
{
    ih_member_cache_clear();
    ih_header_cache_clear();
    ih_coordinate_systems_clear();
}
