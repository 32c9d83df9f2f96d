/* SPDX-License-Identifier: MIT */
#include "drivers/hyp3/hyp3_location.h"

#include <ctype.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <cpl_vsi.h>

#include "drivers/hyp3/layers.h"
#include "drivers/hyp3/product_name.h"
#include "drivers/hyp3/hyp3_report.h"

#define PREFIX           "HYP3:"
#define PREFIX_LENGTH    5
#define VSIZIP           "/vsizip/"
#define VSIZIP_LENGTH    8
#define ZIP_LOCAL_HEADER 30

static bool has_prefix(const char *name)
{
    return STARTS_WITH_CI(name, PREFIX);
}

static bool is_web_address(const char *name)
{
    return STARTS_WITH_CI(name, "http://") || STARTS_WITH_CI(name, "https://");
}

static char *copy_bytes(const char *text, size_t length)
{
    char *copy = CPLMalloc(length + 1);

    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *ih_location_base_name(const char *path)
{
    const char *base = path;
    size_t length = strlen(path);

    /* A query string can hold slashes, and belongs to addresses only: '?' is legal in file names.
     */
    if (is_web_address(path) || strstr(path, "/vsicurl/")) {
        const char *query = strpbrk(path, "?#");
        if (query)
            length = (size_t)(query - path);
    }
    while (length > 1 && (path[length - 1] == '/' || path[length - 1] == '}'))
        length--;
    for (size_t i = 0; i < length; i++) {
        if (path[i] == '/' || path[i] == '\\')
            base = path + i + 1;
    }
    return copy_bytes(base, (size_t)(path + length - base));
}

static bool base_is_product(const char *path, bool needs_zip_extension)
{
    ih_product_name product;
    char *base = ih_location_base_name(path);
    bool fits = ih_product_name_parse(base, &product);

    /* A KMZ of a product has its name and is a zip as well. */
    if (fits && needs_zip_extension)
        fits = strcasestr(base, ".zip") != NULL;
    CPLFree(base);
    return fits;
}

/* "/vsizip/{archive}/inside" and "/vsizip/archive.zip/inside". */
static bool split_vsizip(const char *path, char **archive, char **inside)
{
    const char *rest, *end = NULL;

    if (!STARTS_WITH_CI(path, VSIZIP))
        return false;
    rest = path + VSIZIP_LENGTH;
    /* As GDAL does: "/vsizip/vsicurl/..." means "/vsizip//vsicurl/...". */
    if (STARTS_WITH_CI(rest, "vsi"))
        rest--;
    if (*rest == '{') {
        int depth = 0;
        for (const char *c = rest; *c && !end; c++) {
            depth += *c == '{';
            depth -= *c == '}';
            if (depth == 0)
                end = c;
        }
        if (!end)
            return false;
        *archive = copy_bytes(rest + 1, (size_t)(end - rest - 1));
        end++;
    } else {
        for (const char *c = rest; (c = strcasestr(c, ".zip")) != NULL; c += 4) {
            if (c[4] == '\0' || c[4] == '/')
                end = c + 4;
            else if (c[4] == '?') {
                end = rest + strlen(rest);
                break;
            }
        }
        if (!end)
            return false;
        *archive = copy_bytes(rest, (size_t)(end - rest));
    }
    while (*end == '/')
        end++;
    *inside = CPLStrdup(end);
    for (size_t n = strlen(*inside); n > 0 && (*inside)[n - 1] == '/'; n--)
        (*inside)[n - 1] = '\0';
    return true;
}

/* Name of the first entry of the archive whose local header GDAL has already read; empty when there
 * is none. */
static void first_entry(const struct ih_open_request *request, char *name, size_t room)
{
    const unsigned char *head = request->head;
    size_t length;

    name[0] = '\0';
    if (!head || request->head_size <= ZIP_LOCAL_HEADER || memcmp(head, "PK\3\4", 4) != 0)
        return;
    length = (size_t)head[26] | (size_t)head[27] << 8;
    if (length > (size_t)request->head_size - ZIP_LOCAL_HEADER)
        length = (size_t)request->head_size - ZIP_LOCAL_HEADER;
    if (length >= room)
        length = room - 1;
    memcpy(name, head + ZIP_LOCAL_HEADER, length);
    name[length] = '\0';
}

static bool is_zip_file(const struct ih_open_request *request)
{
    return request->head && request->head_size > 4 && memcmp(request->head, "PK\3\4", 4) == 0;
}

/* Archives of HyP3 begin with the folder of the product; somebody else's may begin with a layer. */
static bool entry_is_product(char *entry)
{
    ih_product_name product;
    char *slash = strpbrk(entry, "/\\");

    if (!slash && ih_layer_of_file(entry, NULL) < 0)
        return false;
    if (slash)
        *slash = '\0';
    return ih_product_name_parse(entry, &product);
}

static bool zip_is_ours(const struct ih_open_request *request)
{
    char entry[IH_PRODUCT_NAME_MAX + 1];
    char *base;
    bool ours;

    if (base_is_product(request->name, true))
        return true;
    first_entry(request, entry, sizeof entry);
    if (entry_is_product(entry))
        return true;

    /* No other driver opens a zip of rasters, so say what it is instead of "not recognized". */
    base = ih_location_base_name(request->name);
    ours = strcasestr(base, ".zip") && ih_product_name_is_other(base, NULL);
    CPLFree(base);
    return ours;
}

/* "NAME.txt" and nothing else: not the README, not somebody's notes. */
static bool is_product_text(const char *path)
{
    ih_product_name product;
    char *base = ih_location_base_name(path);
    bool fits = false;

    if (ih_product_name_parse(base, &product)) {
        size_t length = strlen(product.name);
        fits = strncmp(base, product.name, length) == 0 && EQUAL(base + length, ".txt");
    }
    CPLFree(base);
    return fits;
}

static bool looks_like_text(const struct ih_open_request *request)
{
    return request->head && request->head_size > 0 &&
           !memchr(request->head, '\0', (size_t)request->head_size);
}

/* Archives spelled as folders. GDAL sees the plain spelling as a directory and the braces as
 * nothing. */
static int identify_vsizip(const struct ih_open_request *request)
{
    char *archive = NULL, *inside = NULL;
    int ours = 0;

    if (split_vsizip(request->name, &archive, &inside)) {
        if (inside[0] == '\0')
            ours = base_is_product(archive, false);
        else if (request->is_directory)
            ours = base_is_product(inside, false);
        else
            ours = is_product_text(inside) && looks_like_text(request);
    }
    CPLFree(archive);
    CPLFree(inside);
    return ours;
}

int ih_location_identify(const struct ih_open_request *request)
{
    if (has_prefix(request->name))
        return 1;
    if (STARTS_WITH_CI(request->name, VSIZIP))
        return identify_vsizip(request);
    if (request->is_directory)
        return base_is_product(request->name, false);
    if (is_zip_file(request))
        return zip_is_ours(request);
    if (is_web_address(request->name))
        return base_is_product(request->name, true);
    return is_product_text(request->name) && looks_like_text(request);
}

static bool is_layer_word(const char *text)
{
    if (!*text)
        return false;
    for (; *text; text++) {
        if (!isalnum((unsigned char)*text) && *text != '_')
            return false;
    }
    return true;
}

/* Splits what follows HYP3: into path and layer. The last quote closes the path, so that a path may
 * hold quotes; without quotes a last part that is a word is the layer. */
static bool split_prefixed(const char *rest, char **path, char **layer)
{
    const char *colon;

    if (*rest == '"') {
        const char *close = strrchr(rest, '"');
        if (close == rest || (close[1] && close[1] != ':'))
            return false;
        *path = copy_bytes(rest + 1, (size_t)(close - rest - 1));
        if (close[1] == ':') {
            if (!is_layer_word(close + 2))
                return false;
            *layer = CPLStrdup(close + 2);
        }
    } else {
        colon = strrchr(rest, ':');
        if (colon && is_layer_word(colon + 1)) {
            *path = copy_bytes(rest, (size_t)(colon - rest));
            *layer = CPLStrdup(colon + 1);
        } else {
            *path = CPLStrdup(rest);
        }
    }
    return **path != '\0';
}

bool ih_hyp3_split_name(const char *name, char **path, char **layer)
{
    *path = *layer = NULL;
    return has_prefix(name) && split_prefixed(name + PREFIX_LENGTH, path, layer);
}

static void use_text_file(ih_location *location, const char *path)
{
    char *base = ih_location_base_name(path);

    base[strlen(base) - 4] = '\0';
    location->stem = base;
    location->path = CPLStrdup(CPLGetPath(path));
    if (location->path[0] == '\0') {
        CPLFree(location->path);
        location->path = CPLStrdup(".");
    }
}

/* Fills path, inside and stem from a name whose nature is known. */
static void use_path(ih_location *location, const char *path, bool is_directory)
{
    char *archive = NULL, *inside = NULL;

    if (split_vsizip(path, &archive, &inside)) {
        location->is_zip = true;
        location->path = archive;
        location->inside = inside;
        if (is_product_text(inside)) {
            location->stem = ih_location_base_name(inside);
            location->stem[strlen(location->stem) - 4] = '\0';
            location->inside = CPLStrdup(CPLGetPath(inside));
            CPLFree(inside);
        }
        return;
    }
    CPLFree(archive);
    CPLFree(inside);
    if (is_directory) {
        size_t length = strlen(path);
        while (length > 1 && path[length - 1] == '/')
            length--;
        location->path = copy_bytes(path, length);
    } else if (is_product_text(path)) {
        use_text_file(location, path);
    } else {
        location->is_zip = true;
        location->path =
            is_web_address(path) ? CPLStrdup(CPLSPrintf("/vsicurl/%s", path)) : CPLStrdup(path);
    }
    location->inside = CPLStrdup("");
}

bool ih_location_parse(const struct ih_open_request *request, ih_location *location)
{
    char *path = NULL;
    bool fits = false, is_directory = request->is_directory;

    memset(location, 0, sizeof *location);
    location->prefixed = has_prefix(request->name);
    if (!location->prefixed) {
        use_path(location, request->name, is_directory);
        return true;
    }

    if (!split_prefixed(request->name + PREFIX_LENGTH, &path, &location->layer)) {
        ih_hyp3_report(CE_Failure, CPLE_OpenFailed,
                       "'%.200s' is not of the form HYP3:\"path\" or HYP3:\"path\":layer.",
                       request->name);
        goto done;
    }
    /* QGIS 3.22 turns HYP3:"x.zip":layer into HYP3:"x.zip/":layer */
    for (size_t n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
        path[n - 1] = '\0';
    if (!is_web_address(path)) {
        VSIStatBufL status;
        if (VSIStatExL(path, &status, VSI_STAT_EXISTS_FLAG | VSI_STAT_NATURE_FLAG) == 0)
            is_directory = VSI_ISDIR(status.st_mode);
        else if (!STARTS_WITH_CI(path, VSIZIP)) {
            ih_hyp3_report(CE_Failure, CPLE_OpenFailed, "%.500s: no such file or folder.", path);
            goto done;
        }
    }
    use_path(location, path, is_directory);
    fits = true;
done:
    CPLFree(path);
    return fits;
}

void ih_location_free(ih_location *location)
{
    CPLFree(location->path);
    CPLFree(location->inside);
    CPLFree(location->stem);
    CPLFree(location->layer);
    memset(location, 0, sizeof *location);
}
