/* SPDX-License-Identifier: MIT
 *
 * Any bytes as a product zip: identify, open with the HYP3 driver alone, read all metadata, some
 * pixels of some bands and the subdatasets, as GDAL's own fuzz programs do.
 */
#include <stdint.h>
#include <stdlib.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <gdal.h>

#define MAX_BANDS       10
#define MAX_WINDOW      1024
#define MAX_SUBDATASETS 8
/* Blocks that claim more, all bands together, are not read: GDAL's TIFF driver would fill them. */
#define MAX_BLOCK_BYTES ((size_t)16 << 20)

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern void GDALRegister_HYP3(void);

static const char *const only_hyp3[] = {"HYP3", NULL};
static const char path[] = "/vsimem/x.zip";

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    CPLSetConfigOption("GDAL_DRIVER_PATH", "disable");
    CPLSetConfigOption("GDAL_PAM_ENABLED", "NO");
    CPLSetConfigOption("IH_CACHE_MB", "32");
    CPLSetConfigOption("GDAL_CACHEMAX", "32"); /* MB, so that a leak shows */
    CPLSetErrorHandler(CPLQuietErrorHandler);
    GDALAllRegister();
    GDALRegister_HYP3();
    return 0;
}

static void read_metadata(GDALMajorObjectH object)
{
    char **domains = GDALGetMetadataDomainList(object);

    for (int i = 0; domains && domains[i]; i++)
        (void)CSLCount((CSLConstList)GDALGetMetadata(object, domains[i]));
    CSLDestroy(domains);
    (void)GDALGetDescription(object);
}

static void read_band(GDALRasterBandH band, int bands)
{
    int width = GDALGetRasterBandXSize(band), height = GDALGetRasterBandYSize(band), bx, by, has;
    GDALDataType type = GDALGetRasterDataType(band);
    size_t pixel = (size_t)GDALGetDataTypeSizeBytes(type);
    void *buffer;

    read_metadata(band);
    (void)GDALGetRasterNoDataValue(band, &has);
    (void)GDALGetRasterUnitType(band);
    (void)GDALGetRasterCategoryNames(band);
    (void)GDALGetRasterColorInterpretation(band);
    (void)GDALGetRasterColorTable(band);
    (void)GDALGetMaskFlags(band);
    (void)GDALGetOverviewCount(band);
    GDALGetBlockSize(band, &bx, &by);
    if (bx < 1 || by < 1 || (size_t)bx > MAX_BLOCK_BYTES / pixel / (size_t)bands / (size_t)by)
        return;
    width = width < MAX_WINDOW ? width : MAX_WINDOW;
    height = height < MAX_WINDOW ? height : MAX_WINDOW;
    buffer = malloc((size_t)width * (size_t)height * pixel);
    if (!buffer)
        return;
    if (GDALRasterIO(band, GF_Read, 0, 0, width, height, buffer, width, height, type, 0, 0) ==
            CE_None &&
        width > 1 && height > 1)
        /* A resampled read takes another way. */
        (void)!GDALRasterIO(band, GF_Read, 0, 0, width, height, buffer, width / 2, height / 2, type,
                            0, 0);
    free(buffer);
}

static void read_dataset(GDALDatasetH dataset)
{
    double geotransform[6];
    int bands = GDALGetRasterCount(dataset);
    char **files = GDALGetFileList(dataset);

    CSLDestroy(files);
    read_metadata(dataset);
    (void)!GDALGetGeoTransform(dataset, geotransform);
    (void)GDALGetSpatialRef(dataset);
    for (int i = 1; i <= bands && i <= MAX_BANDS; i++)
        read_band(GDALGetRasterBand(dataset, i), bands);
}

static void read_subdatasets(GDALDatasetH dataset)
{
    char **list = CSLDuplicate((CSLConstList)GDALGetMetadata(dataset, "SUBDATASETS"));
    int read = 0;

    for (int i = 0; list && list[i] && read < MAX_SUBDATASETS; i++) {
        char *key = NULL;
        const char *name = CPLParseNameValue(list[i], &key);

        if (key && name && strstr(key, "_NAME")) {
            GDALDatasetH part = GDALOpenEx(name, GDAL_OF_RASTER, only_hyp3, NULL, NULL);

            read++;
            if (part) {
                read_dataset(part);
                GDALClose(part);
            }
        }
        CPLFree(key);
    }
    CSLDestroy(list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    VSILFILE *file = VSIFileFromMemBuffer(path, (GByte *)(uintptr_t)data, size, FALSE);
    GDALDatasetH dataset;

    if (!file)
        return 0;
    VSIFCloseL(file);
    (void)GDALIdentifyDriverEx(path, GDAL_OF_RASTER, only_hyp3, NULL);
    dataset = GDALOpenEx(path, GDAL_OF_RASTER, only_hyp3, NULL, NULL);
    if (dataset) {
        read_dataset(dataset);
        read_subdatasets(dataset);
        GDALClose(dataset);
    }
    VSIUnlink(path);
    /* GDAL remembers the directories of archives by path and time; the next input has the same
     * path. */
    VSICurlClearCache();
    return 0;
}
