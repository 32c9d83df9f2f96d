// SPDX-License-Identifier: MIT
// The HYP3 driver as GDAL sees it: classes that forward to the C side (hyp3.h) and decide nothing.
#include "drivers/hyp3/hyp3.h"
#include "drivers/hyp3/ih_gdal_compat.h"

#include <memory>

namespace
{

ih_open_request request_from(GDALOpenInfo *info)
{
    ih_open_request request = {};
    request.name = info->pszFilename;
    request.head = info->pabyHeader;
    request.head_size = info->nHeaderBytes;
    request.is_directory = info->bIsDirectory != FALSE;
    request.update = info->eAccess == GA_Update;
    request.options = info->papszOpenOptions;
    return request;
}

class Hyp3Dataset final : public GDALPamDataset
{
  public:
    explicit Hyp3Dataset(ih_hyp3_dataset *content);
    ~Hyp3Dataset() override;

    const OGRSpatialReference *GetSpatialRef() const override
    {
        return OGRSpatialReference::FromHandle(ih_hyp3_srs(content_));
    }
    CPLErr GetGeoTransform(ih_geotransform gt) IH_GEOTRANSFORM_CONST override
    {
        return ih_hyp3_geotransform(content_, ih_geotransform_values(gt)) ? CE_None : CE_Failure;
    }
    char **GetFileList() override;
    ih_hyp3_dataset *content() const
    {
        return content_;
    }
    void AttachFilesBeside(const char *name);

    static int Identify(GDALOpenInfo *info);
    static GDALDataset *Open(GDALOpenInfo *info);

  private:
    ih_hyp3_dataset *content_;
    CPL_DISALLOW_COPY_ASSIGN(Hyp3Dataset)
};

// A band, or one of the overviews that its file brings along.
class Hyp3Band final : public GDALPamRasterBand
{
  public:
    Hyp3Band(Hyp3Dataset *dataset, int index, int overview);
    ~Hyp3Band() override;

    double GetNoDataValue(int *success) override
    {
        if (success)
            *success = shown_->has_nodata;
        return shown_->has_nodata ? shown_->nodata : GDALPamRasterBand::GetNoDataValue(nullptr);
    }
    const char *GetUnitType() override
    {
        return shown_->unit;
    }
    GDALColorInterp GetColorInterpretation() override
    {
        return GCI_GrayIndex;
    }
    char **GetCategoryNames() override
    {
        return shown_->categories;
    }
    int GetOverviewCount() override;
    GDALRasterBand *GetOverview(int overview) override;

  protected:
    CPLErr IReadBlock(int column, int row, void *buffer) override
    {
        return ih_hyp3_read_block(content_, index_, overview_, column, row, buffer);
    }
    CPLErr IRasterIO(GDALRWFlag flag, int x, int y, int width, int height, void *buffer,
                     int buffer_width, int buffer_height, GDALDataType type, GSpacing pixel_space,
                     GSpacing line_space, GDALRasterIOExtraArg *extra) override;

  private:
    ih_hyp3_dataset *content_;
    const ih_hyp3_band *shown_;
    int index_, overview_;
    std::unique_ptr<std::unique_ptr<Hyp3Band>[]> overviews_;
    CPL_DISALLOW_COPY_ASSIGN(Hyp3Band)
};

Hyp3Band::Hyp3Band(Hyp3Dataset *dataset, int index, int overview)
    : content_(dataset->content()), shown_(ih_hyp3_band_at(content_, index)), index_(index),
      overview_(overview)
{
    eDataType = shown_->type;
    eAccess = GA_ReadOnly;
    nBlockXSize = shown_->block_x;
    nBlockYSize = shown_->block_y;
    ih_hyp3_overview_size(content_, index, overview, &nRasterXSize, &nRasterYSize);
    // The PAM versions would mark the band as changed.
    GDALMajorObject::SetDescription(shown_->description);
    GDALMajorObject::SetMetadata(shown_->metadata);
    if (overview != IH_HYP3_NO_OVERVIEW)
        return;
    poDS = dataset;
    nBand = index + 1;
    overviews_.reset(new std::unique_ptr<Hyp3Band>[static_cast<size_t>(shown_->overview_count)]);
    for (int i = 0; i < shown_->overview_count; i++)
        overviews_[static_cast<size_t>(i)].reset(new Hyp3Band(dataset, index, i));
}

Hyp3Band::~Hyp3Band()
{
    GDALPamRasterBand::FlushCache(true);
}

// Overviews that were built beside the product come before those inside it.
int Hyp3Band::GetOverviewCount()
{
    const int beside = GDALPamRasterBand::GetOverviewCount();
    return beside > 0 || !overviews_ ? beside : shown_->overview_count;
}

GDALRasterBand *Hyp3Band::GetOverview(int overview)
{
    if (GDALPamRasterBand::GetOverviewCount() > 0 || !overviews_)
        return GDALPamRasterBand::GetOverview(overview);
    if (overview < 0 || overview >= shown_->overview_count)
        return nullptr;
    return overviews_[static_cast<size_t>(overview)].get();
}

CPLErr Hyp3Band::IRasterIO(GDALRWFlag flag, int x, int y, int width, int height, void *buffer,
                           int buffer_width, int buffer_height, GDALDataType type,
                           GSpacing pixel_space, GSpacing line_space, GDALRasterIOExtraArg *extra)
{
    const bool smaller = buffer_width < width || buffer_height < height;
    if (flag == GF_Write || !ih_hyp3_reads_windows(content_, index_) ||
        (smaller && GDALPamRasterBand::GetOverviewCount() > 0))
        return GDALPamRasterBand::IRasterIO(flag, x, y, width, height, buffer, buffer_width,
                                            buffer_height, type, pixel_space, line_space, extra);
    const ih_hyp3_window window = {
        x,    y,           width,      height, buffer, buffer_width, buffer_height,
        type, pixel_space, line_space, extra};
    return ih_hyp3_read_window(content_, index_, overview_, &window);
}

Hyp3Dataset::Hyp3Dataset(ih_hyp3_dataset *content) : content_(content)
{
    nRasterXSize = ih_hyp3_width(content);
    nRasterYSize = ih_hyp3_height(content);
    for (int i = 0; i < ih_hyp3_band_count(content); i++)
        SetBand(i + 1, new Hyp3Band(this, i, IH_HYP3_NO_OVERVIEW));
    for (const char *const *domain = ih_hyp3_domains(content); *domain; domain++)
        GDALMajorObject::SetMetadata(ih_hyp3_metadata(content, *domain), *domain);
}

Hyp3Dataset::~Hyp3Dataset()
{
    FlushCache(true);
    // Bands and overviews may still ask the C side while they go.
    for (int i = 0; i < nBands; i++)
        delete papoBands[i];
    nBands = 0;
    ih_hyp3_close(content_);
}

char **Hyp3Dataset::GetFileList()
{
    char **files = CSLDuplicate(ih_hyp3_files(content_));
    char **beside = GDALPamDataset::GetFileList();
    for (char **file = beside; file && *file; file++) {
        VSIStatBufL status;
        if (CSLFindString(files, *file) < 0 && VSIStatL(*file, &status) == 0 &&
            !VSI_ISDIR(status.st_mode))
            files = CSLAddString(files, *file);
    }
    CSLDestroy(beside);
    return files;
}

// Statistics and overviews, where they may be kept.
void Hyp3Dataset::AttachFilesBeside(const char *name)
{
    const char *physical = ih_hyp3_physical_file(content_);
    const char *subset = ih_hyp3_pam_subset(content_);
    SetDescription(name);
    if (!physical) {
        nPamFlags |= GPF_NOSAVE;
        return;
    }
    SetPhysicalFilename(physical);
    if (subset)
        SetSubdatasetName(subset);
    TryLoadXML();
    oOvManager.Initialize(this, subset ? ":::VIRTUAL:::" : physical);
}

int Hyp3Dataset::Identify(GDALOpenInfo *info)
{
    const ih_open_request request = request_from(info);
    return ih_hyp3_identify(&request);
}

GDALDataset *Hyp3Dataset::Open(GDALOpenInfo *info)
{
    const ih_open_request request = request_from(info);
    ih_hyp3_dataset *content = ih_hyp3_open(&request);
    if (!content)
        return nullptr;
    Hyp3Dataset *dataset = new Hyp3Dataset(content);
    dataset->AttachFilesBeside(info->pszFilename);
    return dataset;
}

// GDAL's defaults would delete or move the files of GetFileList: all products of a stack.
CPLErr refuse_delete(const char *name)
{
    CPLError(CE_Failure, CPLE_NotSupported, "The HYP3 driver does not delete products: %s", name);
    return CE_Failure;
}

CPLErr refuse_rename(const char *, const char *name)
{
    CPLError(CE_Failure, CPLE_NotSupported, "The HYP3 driver does not rename products: %s", name);
    return CE_Failure;
}

} // namespace

extern "C" CPL_DLL void GDALRegister_HYP3(void);

extern "C" CPL_DLL void GDALRegister_HYP3(void)
{
    if (!GDAL_CHECK_VERSION("HYP3 driver") || GDALGetDriverByName("HYP3"))
        return;

    GDALDriver *driver = new GDALDriver();
    driver->SetDescription("HYP3");
    driver->SetMetadataItem(GDAL_DCAP_RASTER, "YES");
    driver->SetMetadataItem(GDAL_DCAP_VIRTUALIO, "YES");
    driver->SetMetadataItem(GDAL_DMD_LONGNAME, "ASF HyP3 InSAR products and stacks");
    driver->SetMetadataItem(GDAL_DMD_SUBDATASETS, "YES");
    driver->SetMetadataItem(GDAL_DMD_CONNECTION_PREFIX, "HYP3:");
    driver->SetMetadataItem(GDAL_DMD_EXTENSIONS, "zip");
    driver->SetMetadataItem(GDAL_DMD_HELPTOPIC, "docs/driver-hyp3.md");
    driver->SetMetadataItem(GDAL_DMD_OPENOPTIONLIST, ih_hyp3_open_option_list());
    driver->pfnIdentify = Hyp3Dataset::Identify;
    driver->pfnOpen = Hyp3Dataset::Open;
    driver->pfnDelete = refuse_delete;
    driver->pfnRename = refuse_rename;
    driver->pfnUnloadDriver = [](GDALDriver *) { ih_hyp3_unload(); };
    ih_set_subdataset_info(driver);
    ih_hyp3_load();
    GetGDALDriverManager()->RegisterDriver(driver);
}
