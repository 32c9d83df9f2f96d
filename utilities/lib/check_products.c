/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cpl_conv.h>
#include <cpl_string.h>

#include "drivers/hyp3/layers.h"
#include "utilities/lib/check_state.h"

/* A phase that is stored in less is next to empty: half a percent of its pixels, poorly packed,
 * would need more. */
#define LEAST_PHASE_BYTES_PER_PIXEL 0.02

/* Names of the products with any of some bits of a member, and of the layers of these bits. */
static char **products_with(const ih_check_state *s, size_t offset, uint32_t bits)
{
    char **names = NULL;

    for (size_t i = 0; i < s->n_products; i++) {
        const ih_check_product *p = &s->products[i];
        uint32_t set = *(const uint32_t *)(const void *)((const char *)p + offset);

        if (p->is_product && (set & bits))
            names = CSLAddString(names, p->name);
    }
    return names;
}

static void check_layers(ih_check_state *s)
{
    for (size_t layer = 0; layer < ih_layer_count(); layer++) {
        const char *suffix = ih_layer_at(layer)->suffix;
        char **names = products_with(s, offsetof(ih_check_product, damaged), 1u << layer);

        if (names)
            ih_findings_add(
                &s->findings, IH_CHECK_DAMAGED_LAYER, names,
                "The layer %s cannot be read in %d of %zu products; download them again.", suffix,
                CSLCount(names), s->n_products);
        names = products_with(s, offsetof(ih_check_product, off_grid), 1u << layer);
        if (names)
            ih_findings_add(
                &s->findings, IH_CHECK_LAYER_GRID, names,
                "The layer %s lies on another grid than the phase in %d of %zu products and will "
                "be missing there; clip products as a whole, with gdal_ih_clip.",
                suffix, CSLCount(names), s->n_products);
    }
}

/* How many products of a family there are, and how many have a layer. */
static void count_layer(const ih_check_state *s, const char *family, size_t layer, size_t *n,
                        size_t *n_with)
{
    *n = *n_with = 0;
    for (size_t i = 0; i < s->n_products; i++) {
        if (!s->products[i].is_product || strcmp(s->products[i].family, family) != 0)
            continue;
        ++*n;
        *n_with += s->products[i].present >> layer & 1u;
    }
}

static bool is_one_of(const char *name, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(name, *list) == 0)
            return true;
    return false;
}

/* Products that lack a layer that they ought to have, all or by what most of their family have. */
static char **lacking(const ih_check_state *s, size_t layer, bool all)
{
    char **names = NULL;

    for (size_t i = 0; i < s->n_products; i++) {
        const ih_check_product *p = &s->products[i];
        size_t n, n_with;

        if (!p->is_product || (p->present >> layer & 1u))
            continue;
        count_layer(s, p->family, layer, &n, &n_with);
        if (all || 2 * n_with > n)
            names = CSLAddString(names, p->name);
    }
    return names;
}

static void check_missing(ih_check_state *s)
{
    static const char *const needed[] = {"unw_phase", "corr", NULL};
    static const char *const wanted[] = {"dem", "lv_theta", "lv_phi", NULL};

    for (size_t layer = 0; layer < ih_layer_count(); layer++) {
        const char *suffix = ih_layer_at(layer)->suffix;
        bool is_needed = is_one_of(suffix, needed), is_wanted = is_one_of(suffix, wanted);
        char **names = lacking(s, layer, is_needed || is_wanted);

        if (names && is_needed)
            ih_findings_add(&s->findings, IH_CHECK_MISSING_NEEDED_LAYER, names,
                            "The layer %s is missing in %d of %zu products, which cannot be used; "
                            "download or order them again.",
                            suffix, CSLCount(names), s->n_products);
        else if (names && is_wanted)
            ih_findings_add(
                &s->findings, IH_CHECK_MISSING_LAYER, names,
                "The layer %s is missing in %d of %zu products; corrections by height, vertical "
                "motion and MintPy want it: order them with elevation model and look vectors.",
                suffix, CSLCount(names), s->n_products);
        else if (names)
            ih_findings_add(&s->findings, IH_CHECK_MISSING_LAYER, names,
                            "The layer %s is missing in %d of %zu products, unlike most of their "
                            "family; order them with the options of the others.",
                            suffix, CSLCount(names), s->n_products);
    }
}

static void check_files(ih_check_state *s)
{
    for (size_t i = 0; i < s->n_products; i++) {
        const ih_check_product *p = &s->products[i];
        char **name = CSLAddString(NULL, p->name);

        if (!p->is_product)
            ; /* told with its reason by the catalogue */
        else if (!p->has_text)
            ih_findings_add(&s->findings, IH_CHECK_MISSING_TEXT, CSLDuplicate(name),
                            "It has no parameter text, so baseline, looks, angles and filters are "
                            "unknown; download it again.");
        else if (p->text_damaged)
            ih_findings_add(&s->findings, IH_CHECK_DAMAGED_TEXT, CSLDuplicate(name),
                            "Its parameter text is damaged; download it again.");
        if (p->n_foreign_files)
            ih_findings_add(&s->findings, IH_CHECK_FOREIGN_FILES, CSLDuplicate(name),
                            "%s also holds layers of other products (%zu), which are not seen; "
                            "give every product a place of its own.",
                            p->path, p->n_foreign_files);
        if (p->n_unusable_members)
            ih_findings_add(&s->findings, IH_CHECK_UNUSABLE_MEMBERS, CSLDuplicate(name),
                            "Members of the archive with unsafe names or places (%zu) are left "
                            "out; do not unpack it, and download it again.",
                            p->n_unusable_members);
        if (p->damaged_files)
            ih_findings_add(&s->findings, IH_CHECK_DAMAGED_MEMBER, CSLDuplicate(name),
                            "Some files do not fit their checksum or cannot be decoded (%d, such "
                            "as %s); download it again.",
                            CSLCount(p->damaged_files), p->damaged_files[0]);
        if (!s->options->deep && (p->present & 1u << ih_layer_find("unw_phase")) &&
            p->phase_bytes_per_pixel < LEAST_PHASE_BYTES_PER_PIXEL)
            ih_findings_add(&s->findings, IH_CHECK_EMPTY, CSLDuplicate(name),
                            "Its phase is stored in %.4f bytes per pixel, so there can be next to "
                            "none; look at it, or take it out.",
                            p->phase_bytes_per_pixel);
        CSLDestroy(name);
    }
}

static void check_sidecars(ih_check_state *s)
{
    char **products = NULL;
    size_t n = 0;
    const char *first = NULL;

    for (size_t i = 0; i < s->n_products; i++) {
        bool any = false;

        for (char **path = s->products[i].sidecars; path && *path; path++) {
            if (s->options->clean_sidecars && unlink(*path) == 0) {
                s->n_removed_sidecars++;
                continue;
            }
            first = first ? first : *path;
            any = true;
            n++;
        }
        if (any)
            products = CSLAddString(products, s->products[i].name);
    }
    if (n)
        ih_findings_add(&s->findings, IH_CHECK_MINTPY_SIDECAR, products,
                        "Files such as %s (%zu in all) keep MintPy from loading the rasters beside "
                        "them; -clean_sidecars removes them.",
                        first, n);
}

static const ih_check_product *product_at(const ih_check_state *s, const char *path)
{
    for (size_t i = 0; i < s->n_products; i++)
        if (strcmp(s->products[i].path, path) == 0)
            return &s->products[i];
    return NULL;
}

static bool is_explained(const ih_check_product *p)
{
    uint32_t needed = 1u << ih_layer_find("unw_phase") | 1u << ih_layer_find("corr");

    return p && p->is_product &&
           ((p->present & needed) != needed || (p->damaged & needed) || p->text_damaged);
}

/* What the catalogue could not use. */
static void check_skipped(ih_check_state *s)
{
    for (size_t i = 0; i < s->catalogue->n_skipped; i++) {
        const ih_skipped *skipped = &s->catalogue->skipped[i];
        const ih_check_product *p = product_at(s, skipped->what);
        bool is_zip = strstr(CPLGetFilename(skipped->what), ".zip") != NULL;
        char **name;

        if (skipped->kind != IH_SKIP_UNUSABLE || is_explained(p))
            continue;
        name = CSLAddString(NULL, p ? p->name : CPLGetFilename(skipped->what));
        if (p && p->is_damaged && is_zip)
            ih_findings_add(&s->findings, IH_CHECK_DAMAGED_ARCHIVE, name,
                            "%s: %s; download it again.", skipped->what, skipped->why);
        else
            ih_findings_add(&s->findings, IH_CHECK_UNUSABLE, name,
                            "%s: %s; repair it or take it out.", skipped->what, skipped->why);
    }
}

ih_status ih_check_products(ih_check_state *s, ih_error *err)
{
    (void)err;
    check_layers(s);
    check_missing(s);
    check_files(s);
    check_sidecars(s);
    check_skipped(s);
    return IH_OK;
}
