/* SPDX-License-Identifier: MIT */
#include "utilities/lib/check_product.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <cpl_vsi.h>

#include "algorithms/alloc.h"
#include "algorithms/checksum.h"
#include "algorithms/crc32.h"
#include "drivers/hyp3/hyp3_metadata.h"
#include "utilities/lib/cli.h"
#include "utilities/lib/mintpy_pitfalls.h"
#include "utilities/lib/product_files.h"

/* Longest README that is searched for the version. */
#define LONGEST_README ((size_t)1 << 20)

/* What a TIFF holds beside its pixels: tags, and where each row lies. */
#define TIFF_BYTES         1000.0
#define TIFF_BYTES_PER_ROW 8.0

/* Piece of a file that is read at once. */
enum { PIECE_BYTES = 1 << 20, STRIP_ROWS = 64 };

/* The text of a small file, to be freed with VSIFree; NULL when it cannot be read. It is read
 * beyond its end, because only there are the checksums of archives compared. */
static char *read_small(const char *path, bool *damaged)
{
    VSILFILE *file;
    char *bytes = VSI_MALLOC_VERBOSE(LONGEST_README + 1);

    *damaged = true;
    CPLPushErrorHandler(CPLQuietErrorHandler);
    CPLErrorReset();
    file = bytes ? VSIFOpenL(path, "rb") : NULL;
    if (file) {
        bytes[VSIFReadL(bytes, 1, LONGEST_README, file)] = '\0';
        *damaged = CPLGetLastErrorType() >= CE_Failure;
        VSIFCloseL(file);
    }
    CPLErrorReset();
    CPLPopErrorHandler();
    if (!file) {
        VSIFree(bytes);
        return NULL;
    }
    return bytes;
}

/* "hyp3_gamma 8.1.0" from "... using the hyp3_gamma plugin version 8.1.0 running ...", where any
 * space may be a line end. */
static char *version_in(const char *readme)
{
    const char *words = strstr(readme, " plugin version");
    const char *name = words, *number;
    size_t n_name = 0, n_number = 0;

    if (!words)
        return CPLStrdup("");
    while (name > readme && !isspace((unsigned char)name[-1])) {
        name--;
        n_name++;
    }
    number = words + strlen(" plugin version");
    number += strspn(number, " \t\r\n");
    n_number = strcspn(number, " \t\r\n,;");
    /* The end of a sentence is no part of it. */
    while (n_number > 0 && number[n_number - 1] == '.')
        n_number--;
    return CPLStrdup(CPLSPrintf("%.*s %.*s", (int)fmin((double)n_name, 60), name,
                                (int)fmin((double)n_number, 40), number));
}

static char *find_version(const ih_source *source)
{
    static const char *const endings[] = {".README.md.txt", "_README.md.txt"};
    char *version = NULL;

    for (size_t i = 0; source->text_path && !version && i < 2; i++) {
        char *path = CPLStrdup(CPLSPrintf("%.*s%s", (int)(strlen(source->text_path) - 4),
                                          source->text_path, endings[i]));
        bool damaged;
        char *readme = read_small(path, &damaged);

        if (readme)
            version = version_in(readme);
        VSIFree(readme);
        CPLFree(path);
    }
    return version ? version : CPLStrdup("");
}

static char *find_filter(const ih_product_text *text)
{
    const char *filter = ih_product_text_get(text, "INSAR phase filter");
    double strength;

    if (!filter)
        return CPLStrdup("");
    if (ih_product_text_number(text, "Phase filter parameter", &strength))
        return CPLStrdup(CPLSPrintf("%.40s %g", filter, strength));
    return CPLStrdup(CPLSPrintf("%.40s", filter));
}

static char *text_form(const ih_product_text *text)
{
    size_t n = text ? ih_product_text_count(text) : 0;
    uint64_t sum = 0;

    for (size_t i = 0; i < n; i++) {
        const char *key = ih_product_text_key(text, i);

        sum = ih_checksum(sum, key, strlen(key));
    }
    return n ? CPLStrdup(CPLSPrintf("a parameter text of %d keys (%04x)", (int)n,
                                    (unsigned)(sum & 0xFFFF)))
             : CPLStrdup("");
}

static char *item_of(char **metadata, const char *key)
{
    const char *value = CSLFetchNameValue(metadata, key);

    return CPLStrdup(CPLSPrintf("%.80s", value ? value : ""));
}

static void read_traits(const ih_source *source, ih_check_product *out)
{
    char **metadata = ih_metadata_of_product(source, NULL);
    const char *dem = ih_product_text_get(source->text, "DEM source");
    const char *mask = CSLFetchNameValue(metadata, "WATER_MASK");

    out->family = item_of(metadata, "PRODUCT_TYPE");
    out->traits[IH_FILE_LOOKS] = item_of(metadata, "LOOKS");
    out->traits[IH_FILE_FILTER] = find_filter(source->text);
    out->traits[IH_FILE_VERSION] = find_version(source);
    out->traits[IH_FILE_WATER_MASK] =
        CPLStrdup(!mask                ? ""
                  : EQUAL(mask, "YES") ? "with water mask applied"
                                       : "without water mask applied");
    out->traits[IH_FILE_DEM] = CPLStrdup(CPLSPrintf("%.80s", dem ? dem : ""));
    out->traits[IH_FILE_UNWRAPPER] = item_of(metadata, "UNWRAPPER");
    out->traits[IH_FILE_TEXT_FORM] = text_form(source->text);
    CSLDestroy(metadata);
}

static double stored_bytes(const ih_source_file *file)
{
    VSIStatBufL stat;

    if (file->member)
        return fmin((double)file->member->compressed_size, (double)file->member->size);
    return VSIStatL(file->path, &stat) == 0 ? (double)stat.st_size : NAN;
}

static void read_layers(ih_source *source, ih_check_product *out)
{
    ih_layer_header phase = {0}, header = {0};
    int unw = ih_layer_find("unw_phase"), at = ih_source_find(source, unw);
    char why[IH_WHY_ROOM];

    if (at >= 0 && ih_source_header(source, &source->files[at], &phase, why))
        out->phase_bytes_per_pixel = fmax(0, stored_bytes(&source->files[at]) - TIFF_BYTES -
                                                 TIFF_BYTES_PER_ROW * (double)phase.height) /
                                     ((double)phase.width * (double)phase.height);
    for (size_t i = 0; i < source->count; i++) {
        const ih_source_file *file = &source->files[i];
        uint32_t bit = 1u << file->layer;

        out->present |= bit;
        if (!ih_source_header(source, file, &header, why)) {
            out->damaged |= bit;
            continue;
        }
        if (phase.width > 0 && !ih_layer_at((size_t)file->layer)->radar_geometry &&
            !ih_layer_header_same_grid(&phase, &header))
            out->off_grid |= bit;
        ih_layer_header_clear(&header);
    }
    ih_layer_header_clear(&phase);
}

static bool was_touched_by_mintpy(const char *path)
{
    VSIStatBufL stat;

    return VSIStatL(CPLSPrintf("%s.rsc", path), &stat) == 0;
}

/* Of clips, and of what MintPy has been given already. Whole products hold such files by right. */
static void find_sidecars(const ih_source *source, ih_check_product *out)
{
    for (size_t i = 0; !source->is_zip && i < source->count; i++) {
        const ih_source_file *file = &source->files[i];
        const char *suffix = ih_layer_at((size_t)file->layer)->suffix;
        const char *at = strstr(CPLGetFilename(file->path), suffix);
        char **found;

        if (at && EQUAL(at + strlen(suffix), ".tif") && !was_touched_by_mintpy(file->path))
            continue;
        found = ih_mintpy_sidecars(file->path);
        out->sidecars = CSLInsertStrings(out->sidecars, -1, found);
        CSLDestroy(found);
    }
}

static void read_text_state(const ih_source *source, ih_check_product *out)
{
    out->has_text = source->text_path != NULL;
    if (source->text_path)
        VSIFree(read_small(source->text_path, &out->text_damaged));
    /* What a damaged text says is nobody's trait. */
    for (int i = 0; out->text_damaged && i < IH_FILE_TRAITS; i++)
        out->traits[i][0] = '\0';
}

static double size_of(const ih_source *source)
{
    double bytes = 0;
    VSIStatBufL stat;

    if (source->is_zip)
        return (double)source->directory->archive_size;
    for (size_t i = 0; i < source->count; i++)
        if (VSIStatL(source->files[i].path, &stat) == 0)
            bytes += (double)stat.st_size;
    return bytes;
}

ih_status ih_check_product_read(const char *path, ih_check_product *out, ih_error *err)
{
    ih_source *source = NULL;
    ih_error why = {0};
    ih_status status = ih_product_files_open(path, &source, &why);

    *out = (ih_check_product){.path = CPLStrdup(path), .phase_bytes_per_pixel = NAN};
    for (int i = 0; status != IH_OK && i < IH_FILE_TRAITS; i++)
        out->traits[i] = CPLStrdup("");
    if (status != IH_OK) {
        out->name = CPLStrdup(CPLGetFilename(path));
        out->is_damaged = status == IH_E_DATA;
        out->family = CPLStrdup("");
        return status == IH_E_DATA || status == IH_E_UNSUPPORTED
                   ? IH_OK
                   : ih_fail(err, status, "%s", why.text);
    }
    CPLPushErrorHandler(CPLQuietErrorHandler);
    out->is_product = true;
    out->is_archive = source->is_zip;
    out->name = CPLStrdup(source->name);
    /* A text names one of several on purpose. */
    out->n_foreign_files = EQUAL(CPLGetExtension(path), "txt") ? 0 : source->others;
    out->n_unusable_members = source->directory ? source->directory->skipped : 0;
    out->input_bytes = size_of(source);
    read_traits(source, out);
    read_text_state(source, out);
    read_layers(source, out);
    find_sidecars(source, out);
    CPLErrorReset();
    CPLPopErrorHandler();
    ih_source_free(source);
    return IH_OK;
}

/* Whether the bytes of a member are those that its checksum was made of. */
static bool member_is_sound(const ih_source *source, const ih_zip_member *member,
                            const ih_crc32_table *table, void *piece)
{
    char *path = ih_source_member_path(source, member->name);
    VSILFILE *file = VSIFOpenL(path, "rb");
    uint32_t crc = 0;
    uint64_t total = 0;

    CPLFree(path);
    for (size_t n = PIECE_BYTES; file && n == PIECE_BYTES && !ih_cli_interrupted(); total += n) {
        n = VSIFReadL(piece, 1, PIECE_BYTES, file);
        crc = ih_crc32(table, crc, piece, n);
    }
    if (file)
        VSIFCloseL(file);
    return file && total == member->size && crc == member->crc32;
}

static void verify_archive(const ih_source *source, void *piece, ih_check_product *out)
{
    ih_crc32_table table;

    ih_crc32_fill(&table);
    for (size_t i = 0; i < source->directory->count && !ih_cli_interrupted(); i++) {
        const ih_zip_member *member = &source->directory->members[i];

        if (member->name[strlen(member->name) - 1] != '/' &&
            !member_is_sound(source, member, &table, piece))
            out->damaged_files = CSLAddString(out->damaged_files, CPLGetFilename(member->name));
    }
}

static bool layer_is_sound(const ih_source_file *file)
{
    GDALDatasetH dataset = ih_source_open_file(file, file->path);
    GDALRasterBandH band = dataset ? GDALGetRasterBand(dataset, 1) : NULL;
    int columns = band ? GDALGetRasterBandXSize(band) : 0, rows = 0;
    float *values = ih_alloc((size_t)columns * STRIP_ROWS, sizeof *values);
    bool sound = values != NULL;

    rows = band ? GDALGetRasterBandYSize(band) : 0;
    for (int row = 0; sound && row < rows && !ih_cli_interrupted(); row += STRIP_ROWS) {
        int n = rows - row < STRIP_ROWS ? rows - row : STRIP_ROWS;

        sound = GDALRasterIO(band, GF_Read, 0, row, columns, n, values, columns, n, GDT_Float32, 0,
                             0) == CE_None;
    }
    free(values);
    if (dataset)
        GDALClose(dataset);
    return sound;
}

ih_status ih_check_product_verify(ih_check_product *product, ih_error *err)
{
    ih_source *source = NULL;
    void *piece = NULL;
    ih_status status = ih_product_files_open(product->path, &source, err);

    if (status == IH_OK && !(piece = ih_alloc(PIECE_BYTES, 1)))
        status = ih_fail(err, IH_E_MEMORY, "%s", product->path);
    CPLPushErrorHandler(CPLQuietErrorHandler);
    if (status == IH_OK && source->is_zip)
        verify_archive(source, piece, product);
    for (size_t i = 0; status == IH_OK && !source->is_zip && i < source->count; i++)
        if (!(product->damaged >> source->files[i].layer & 1u) &&
            !layer_is_sound(&source->files[i]))
            product->damaged_files =
                CSLAddString(product->damaged_files, CPLGetFilename(source->files[i].path));
    CPLErrorReset();
    CPLPopErrorHandler();
    free(piece);
    ih_source_free(source);
    return status;
}

void ih_check_product_free(ih_check_product *product)
{
    CPLFree(product->path);
    CPLFree(product->name);
    CPLFree(product->family);
    for (int i = 0; i < IH_FILE_TRAITS; i++)
        CPLFree(product->traits[i]);
    CSLDestroy(product->sidecars);
    CSLDestroy(product->damaged_files);
    *product = (ih_check_product){0};
}
