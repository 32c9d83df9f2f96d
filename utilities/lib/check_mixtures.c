/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_string.h>

#include "algorithms/alloc.h"
#include "utilities/lib/check_state.h"
#include "utilities/lib/sbas_options.h"
#include "utilities/lib/stack_facts.h"

enum { GROUPS_SHOWN = 4, LONGEST_GROUPS = 600 };

/* Things with a word each; those without ("" or NULL) belong nowhere. */
typedef struct {
    const char **words, **names;
    size_t n;
} worded;

typedef struct {
    enum ih_check_code code;
    const char *what, *advice;
} mixture;

static size_t count_word(const worded *w, const char *word)
{
    size_t n = 0;

    for (size_t i = 0; i < w->n; i++)
        n += w->words[i] && strcmp(w->words[i], word) == 0;
    return n;
}

/* The word of most; of several the first. NULL when no word is known. */
static const char *word_of_most(const worded *w)
{
    const char *best = NULL;
    size_t most = 0;

    for (size_t i = 0; i < w->n; i++) {
        size_t n = w->words[i] && *w->words[i] ? count_word(w, w->words[i]) : 0;

        if (n > most) {
            most = n;
            best = w->words[i];
        }
    }
    return best;
}

/* "5 of 20x4; 2 of 10x2": each group once, in the order met. */
static void describe_groups(const worded *w, char text[LONGEST_GROUPS])
{
    size_t n_groups = 0;

    text[0] = '\0';
    for (size_t i = 0; i < w->n; i++) {
        bool met = !w->words[i] || !*w->words[i];
        size_t used = strlen(text);

        for (size_t k = 0; k < i && !met; k++)
            met = w->words[k] && strcmp(w->words[k], w->words[i]) == 0;
        if (met || n_groups++ >= GROUPS_SHOWN)
            continue;
        snprintf(text + used, LONGEST_GROUPS - used, "%s%zu: %.120s", used ? "; " : "",
                 count_word(w, w->words[i]), w->words[i]);
    }
    if (n_groups > GROUPS_SHOWN)
        strcat(text, "; ...");
}

/* A finding when the words are not all one; it names those that are not like most. */
static void compare_words(ih_check_state *s, const worded *w, const mixture *m)
{
    const char *most = word_of_most(w);
    char groups[LONGEST_GROUPS];
    char **others = NULL;

    for (size_t i = 0; i < w->n && most; i++)
        if (w->words[i] && *w->words[i] && strcmp(w->words[i], most) != 0)
            others = CSLAddString(others, w->names[i]);
    if (!others)
        return;
    describe_groups(w, groups);
    ih_findings_add(&s->findings, m->code, others, "The products differ in %s (%s); %s.", m->what,
                    groups, m->advice);
}

static ih_status check_catalogue_traits(ih_check_state *s, worded *w, ih_error *err)
{
    static const struct {
        enum ih_trait trait;
        mixture mixture;
    } traits[] = {
        {IH_TRAIT_POLARISATION,
         {IH_CHECK_MIXED_POLARISATIONS, "polarisation",
          "they see different scatterers: keep those of one"}},
        {IH_TRAIT_SPACING,
         {IH_CHECK_MIXED_SPACINGS, "pixel size",
          "keep one, or bring them together with gdal_ih_clip -tr"}},
        {IH_TRAIT_DIRECTION,
         {IH_CHECK_MIXED_DIRECTIONS, "flight direction",
          "make a stack of each and combine the results"}},
        {IH_TRAIT_ORBIT, {IH_CHECK_MIXED_TRACKS, "relative orbit", "make a stack of each track"}},
        {IH_TRAIT_BURSTS, {IH_CHECK_MIXED_BURSTS, "bursts", "make a stack of each set of bursts"}},
        {IH_TRAIT_PLACE,
         {IH_CHECK_MIXED_SCENES, "place and hardly overlap", "make a stack of each scene"}}};
    const ih_catalogue *c = s->catalogue;
    ih_status status = IH_OK;

    w->n = c->count;
    for (size_t i = 0; i < c->count; i++)
        w->names[i] = c->items[i].name;
    for (size_t t = 0; t < sizeof traits / sizeof *traits && status == IH_OK; t++) {
        char **words;

        status = ih_stack_facts_words(c, traits[t].trait, &words, err);
        for (size_t i = 0; i < c->count && status == IH_OK; i++)
            w->words[i] = words[i];
        if (status == IH_OK)
            compare_words(s, w, &traits[t].mixture);
        CSLDestroy(words);
    }
    return status;
}

static void check_families(ih_check_state *s, worded *w)
{
    static const mixture families = {IH_CHECK_MIXED_FAMILIES, "family",
                                     "their coherences are different estimates: keep those of one"};

    w->n = s->n_products;
    for (size_t i = 0; i < s->n_products; i++) {
        w->words[i] = s->products[i].family;
        w->names[i] = s->products[i].name;
    }
    compare_words(s, w, &families);
}

/* Within a family: between families nearly everything differs. */
static void check_file_traits(ih_check_state *s, const char *family, worded *w)
{
    static const mixture mixtures[IH_FILE_TRAITS] = {
        [IH_FILE_LOOKS] = {IH_CHECK_MIXED_LOOKS, "number of looks",
                           "their coherences have different biases: keep those of one"},
        [IH_FILE_FILTER] = {IH_CHECK_MIXED_FILTERS, "phase filter",
                            "noise and coherence differ: process them alike, or expect uneven "
                            "weights"},
        [IH_FILE_VERSION] = {IH_CHECK_MIXED_VERSIONS, "version of the processing",
                             "see what has changed between them, or process them anew"},
        [IH_FILE_WATER_MASK] = {IH_CHECK_MIXED_WATER_MASKS, "whether the water mask was applied",
                                "unwrapping across water differs: process them alike"},
        [IH_FILE_DEM] = {IH_CHECK_MIXED_DEMS, "elevation model",
                         "errors of height differ: process them alike"},
        [IH_FILE_UNWRAPPER] = {IH_CHECK_MIXED_UNWRAPPERS, "method of unwrapping",
                               "process them alike"},
        [IH_FILE_TEXT_FORM] = {IH_CHECK_MIXED_VERSIONS, "form of the parameter text",
                               "they come from different versions of the processing: see what has "
                               "changed between them, or process them anew"}};
    bool versions_known = false;

    for (int t = 0; t < IH_FILE_TRAITS; t++) {
        w->n = 0;
        for (size_t i = 0; i < s->n_products; i++) {
            const ih_check_product *p = &s->products[i];

            if (!p->is_product || strcmp(p->family, family) != 0)
                continue;
            w->words[w->n] = p->traits[t];
            w->names[w->n++] = p->name;
        }
        if (t == IH_FILE_VERSION)
            versions_known = word_of_most(w) != NULL;
        /* The version itself says more. */
        if (t == IH_FILE_TEXT_FORM && versions_known)
            continue;
        compare_words(s, w, &mixtures[t]);
    }
}

static void check_each_family(ih_check_state *s, worded *w)
{
    for (size_t i = 0; i < s->n_products; i++) {
        bool met = !s->products[i].is_product;

        for (size_t k = 0; k < i && !met; k++)
            met = s->products[k].is_product &&
                  strcmp(s->products[k].family, s->products[i].family) == 0;
        if (!met)
            check_file_traits(s, s->products[i].family, w);
    }
}

static void check_duplicates(ih_check_state *s)
{
    const ih_catalogue *c = s->catalogue;

    /* In a catalogue those of one pair follow each other, the one that is taken first. */
    for (size_t i = 0, end; i < c->count; i = end) {
        char **copies = NULL, **others = NULL;

        for (end = i + 1; end < c->count && s->pair_of[end] == s->pair_of[i]; end++) {
            if (strcmp(c->items[end].name, c->items[end - 1].name) == 0)
                copies = CSLAddString(copies, c->items[end].name);
            else
                others = CSLAddString(others, c->items[end].name);
        }
        if (copies)
            ih_findings_add(&s->findings, IH_CHECK_DUPLICATE_PRODUCT, copies,
                            "Beside %s lie copies of a product of its pair (%d); remove them.",
                            c->items[i].path, CSLCount(copies));
        if (others)
            ih_findings_add(&s->findings, IH_CHECK_DUPLICATE_PAIR, others,
                            "Other products are of the pair of %s (%d), which is taken because its "
                            "name is last; keep one.",
                            c->items[i].name, CSLCount(others));
    }
}

static void check_wavelength(ih_check_state *s)
{
    const ih_sbas_run_options options = IH_SBAS_RUN_DEFAULTS;
    ih_stack_facts facts = {0};
    ih_error why = {0};

    if (ih_stack_facts_find(s->catalogue, &options, NAN, &facts, &why) == IH_E_DATA)
        ih_findings_add(&s->findings, IH_CHECK_UNKNOWN_WAVELENGTH, NULL, "%s.", why.text);
    ih_stack_facts_free(&facts);
}

/* The rule of a run, for what the traits do not show: products of one pair of different ground. */
static void check_one_scene(ih_check_state *s)
{
    ih_error why = {0};

    for (int code = IH_CHECK_MIXED_FAMILIES; code <= IH_CHECK_MIXED_SCENES; code++) {
        if (CSLFindStringCaseSensitive(s->findings.ignored,
                                       ih_check_code_name((enum ih_check_code)code)) >= 0)
            return;
        for (size_t i = 0; i < s->findings.count; i++)
            if (s->findings.items[i].code == (enum ih_check_code)code)
                return;
    }
    if (ih_stack_facts_check_one_scene(s->catalogue, false, &why) == IH_E_DATA)
        ih_findings_add(&s->findings, IH_CHECK_MIXED_SCENES, NULL, "%s.", why.text);
}

ih_status ih_check_mixtures(ih_check_state *s, ih_error *err)
{
    size_t n = s->catalogue->count > s->n_products ? s->catalogue->count : s->n_products;
    worded w = {.words = ih_calloc(n + 1, sizeof *w.words),
                .names = ih_calloc(n + 1, sizeof *w.names)};
    ih_status status = w.words && w.names ? IH_OK : ih_fail(err, IH_E_MEMORY, "list of products");

    if (status == IH_OK) {
        check_families(s, &w);
        check_each_family(s, &w);
        if (s->catalogue->count)
            status = check_catalogue_traits(s, &w, err);
    }
    if (status == IH_OK && s->catalogue->count) {
        check_duplicates(s);
        check_wavelength(s);
        check_one_scene(s);
    }
    free(w.words);
    free(w.names);
    return status;
}
