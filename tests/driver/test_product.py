# SPDX-License-Identifier: MIT
"""A product as a dataset: bands, pixels, grid and metadata of every family and name generation."""
import numpy as np
import pytest
from osgeo import gdal

import make_product
from hyp3_helpers import band_of, keep, layers_of, messages, open_quietly

ORDER = ["unw_phase", "wrapped_phase", "corr", "conncomp", "amp", "los_disp", "vert_disp", "dem", "lv_theta",
         "lv_phi", "inc_map", "inc_map_ell", "water_mask"]
UNITS = {"unw_phase": "rad", "wrapped_phase": "rad", "lv_theta": "rad", "lv_phi": "rad", "inc_map": "rad",
         "inc_map_ell": "rad", "los_disp": "m", "vert_disp": "m", "dem": "m"}
SIGNS = {"unw_phase": "positive_away", "wrapped_phase": "positive_away", "los_disp": "positive_toward",
         "vert_disp": "positive_toward"}
MAKERS = {"gamma": make_product.make_gamma, "burst": make_product.make_burst,
          "multi": make_product.make_multi_burst}


@pytest.mark.parametrize("family", MAKERS)
@pytest.mark.parametrize("packing", [{}, {"zipped": False}, {"stored": True}])
def test_bands_are_the_layers_as_written(tmp_path, family, packing):
    product = MAKERS[family](tmp_path, **packing)
    dataset = gdal.Open(str(product.path))
    assert dataset.GetDriver().ShortName == "HYP3"
    assert layers_of(dataset) == [layer for layer in ORDER if layer in product.arrays]
    assert dataset.GetGeoTransform() == product.geotransform
    assert dataset.GetSpatialRef().GetAuthorityCode(None) == "32611"
    assert dataset.GetMetadata("IMAGE_STRUCTURE") == {"INTERLEAVE": "BAND"}
    for layer in layers_of(dataset):
        band = band_of(dataset, layer)
        assert np.array_equal(band.ReadAsArray(), product.arrays[layer]), layer
        assert band.GetUnitType() == UNITS.get(layer, "")
        assert band.GetMetadata() == ({"SIGN": SIGNS[layer]} if layer in SIGNS else {})
        assert band.GetColorInterpretation() == gdal.GCI_GrayIndex
        assert band.GetNoDataValue() == product.nodata[layer]
        assert band.GetMaskFlags() == gdal.GMF_NODATA


def test_gamma_metadata_is_complete(tmp_path):
    product = make_product.make_gamma(tmp_path, platforms="AB")
    dataset = gdal.Open(str(product.path))
    items = dataset.GetMetadata()
    assert items == {
        "AREA_OR_POINT": "Point",
        "PRODUCT_TYPE": "INSAR_GAMMA",
        "PRODUCT_NAME": "S1AB_20200604T022312_20200616T022313_VVP012_INT80_G_weF_4D09",
        "REFERENCE_DATE": "2020-06-04",
        "SECONDARY_DATE": "2020-06-16",
        "TEMPORAL_BASELINE_DAYS": "12",
        "PERPENDICULAR_BASELINE_M": product.text["Baseline"],
        "RELATIVE_ORBIT": "64",
        "ORBIT_DIRECTION": "ASCENDING",
        "HEADING_DEG": "-12.2505111",
        "RANGE_LOOKS": "20",
        "AZIMUTH_LOOKS": "4",
        "LOOKS": "20x4",
        "PIXEL_SPACING": "80",
        "WATER_MASK": "YES",
        "WAVELENGTH_M": "0.055465764662349676",
        "REFERENCE_GRANULE": product.text["Reference Granule"],
        "SECONDARY_GRANULE": product.text["Secondary Granule"],
        "REFERENCE_TIME_UTC": "2020-06-04T02:23:12Z",
        "UTC_TIME_SECONDS": product.text["UTC time"],
        "PROCESSOR": "GAMMA",
        "UNWRAPPER": "mcf",
        "EARTH_RADIUS_M": "6362008.3766",
        "SPACECRAFT_HEIGHT_M": "705239.4029000001",
        "SLANT_RANGE_NEAR_M": "803591.1723",
        "REFERENCE_POINT_X": "393679.7018",
        "REFERENCE_POINT_Y": "3961535.9184",
        "PLATFORMS": "S1A,S1B",
        "POLARIZATION": "VV",
        "SWATHS": "123",
    }
    assert dataset.GetMetadata("HYP3") == product.text


def test_burst_metadata_is_complete(tmp_path):
    product = make_product.make_burst(tmp_path, masked=False)
    dataset = gdal.Open(str(product.path))
    items = dataset.GetMetadata()
    assert items == {
        "AREA_OR_POINT": "Area",
        "PRODUCT_TYPE": "INSAR_ISCE_BURST",
        "PRODUCT_NAME": "S1_136231_IW2_20200604_20200616_VV_INT80_4D09",
        "REFERENCE_DATE": "2020-06-04",
        "SECONDARY_DATE": "2020-06-16",
        "TEMPORAL_BASELINE_DAYS": "12",
        "PERPENDICULAR_BASELINE_M": product.text["Baseline"],
        "RELATIVE_ORBIT": "64",
        "ORBIT_DIRECTION": "ASCENDING",
        "HEADING_DEG": "-12.275514873119",
        "RANGE_LOOKS": "20",
        "AZIMUTH_LOOKS": "4",
        "LOOKS": "20x4",
        "PIXEL_SPACING": "80",
        "WATER_MASK": "NO",
        "WAVELENGTH_M": "0.055465764662349676",
        "REFERENCE_GRANULE": product.text["Reference Granule"],
        "SECONDARY_GRANULE": product.text["Secondary Granule"],
        "REFERENCE_TIME_UTC": "2020-06-04T02:23:12Z",
        "UTC_TIME_SECONDS": product.text["UTC time"],
        "PROCESSOR": "ISCE2",
        "UNWRAPPER": "snaphu_mcf",
        "EARTH_RADIUS_M": "6337286.638938101",
        "SPACECRAFT_HEIGHT_M": "693000.0",
        "SLANT_RANGE_NEAR_M": "849199.1730339259",
        "POLARIZATION": "VV",
        "SWATHS": "2",
    }


# name, reference, secondary, days, relative orbit, spacing, mask
NAMES = [
    ("S1AB_20171111T150004_20171117T145926_VVP006_INT80_G_ueF_4D09", "2017-11-11", "2017-11-17", 6, None, 80,
     "NO"),
    ("S1AC_20251001T204513_20251007T204359_HHR006_INT40_G_ueF_1DBE", "2025-10-01", "2025-10-07", 6, None, 40,
     "NO"),
    ("S1BC_20210807T053645_20250729T053630_VVP1452_INT80_G_weF_9C74", "2021-08-07", "2025-07-29", 1452, None,
     80, "YES"),
    ("S1_136231_IW2_20200604_20200616_VV_INT80_663F", "2020-06-04", "2020-06-16", 12, 64, 80, None),
    ("S1_056072_IW2_20220814_20220907_VV_INT80_E09B", "2022-08-14", "2022-09-07", 24, 27, 80, None),
    ("S1_044_000000s1n00-093117s2n01-093118s3n01_IW_20250718_20250730_VV_INT80_B4FA", "2025-07-18",
     "2025-07-30", 12, 44, 80, None),
    ("S1_027_000000s1n00-136229s2n05-136229s3n04_IW_20200604_20200616_HH_INT40_CD34", "2020-06-04",
     "2020-06-16", 12, 27, 40, None),
    ("S1_064__20200604_20200616_VV_INT80_ABCD", "2020-06-04", "2020-06-16", 12, 64, 80, None),
    ("S1A_064_E053_1_N27_3_E054_1_N27_8_20200604_20200616_VV_INT80_7EB5", "2020-06-04", "2020-06-16", 12, 64,
     80, None),
]


@pytest.mark.parametrize("name,reference,secondary,days,orbit,spacing,mask", NAMES,
                         ids=[row[0][:20] for row in NAMES])
def test_every_name_generation_opens_without_its_text(tmp_path, name, reference, secondary, days, orbit,
                                                      spacing, mask):
    raster = make_product.geotiff(np.ones((6, 8), np.float32), (400000, spacing, 0, 4000000, 0, -spacing),
                                  32611, 0)
    path = make_product.write_package(tmp_path, name, {f"{name}_unw_phase.tif": raster})
    items = gdal.Open(str(path)).GetMetadata()
    assert items["PRODUCT_NAME"] == name
    assert items["REFERENCE_DATE"] == reference
    assert items["SECONDARY_DATE"] == secondary
    assert items["TEMPORAL_BASELINE_DAYS"] == str(days)
    assert items.get("RELATIVE_ORBIT") == (str(orbit) if orbit else None)
    assert items["PIXEL_SPACING"] == str(spacing)
    assert items["LOOKS"] == f"{spacing // 4}x{spacing // 20}"
    assert items.get("WATER_MASK") == mask
    assert "PERPENDICULAR_BASELINE_M" not in items


def test_the_relative_orbit_of_a_gamma_product_comes_from_its_text(tmp_path):
    name = "S1AC_20251001T204513_20251007T204359_HHR006_INT40_G_ueF_1DBE"
    raster = make_product.geotiff(np.ones((6, 8), np.float32), (400000, 40, 0, 4000000, 0, -40), 32611, 0)
    text = (b"Reference Granule: S1A_IW_SLC__1SDH_20251001T204513_20251001T204540_061237_07A332_A16A\n"
            b"Reference Orbit Number: 61237\n")
    path = make_product.write_package(tmp_path, name, {f"{name}_corr.tif": raster, f"{name}.txt": text})
    assert gdal.Open(str(path)).GetMetadataItem("RELATIVE_ORBIT") == "90"


def test_text_with_crlf_reads_like_text_with_lf(tmp_path):
    lf = make_product.make_gamma(tmp_path / "lf")
    crlf = make_product.make_gamma(tmp_path / "crlf", crlf=True)
    assert gdal.Open(str(lf.path)).GetMetadata("HYP3") == gdal.Open(str(crlf.path)).GetMetadata("HYP3")


def test_old_gamma_keys_are_understood(tmp_path):
    product = make_product.make_gamma(tmp_path, keys={
        "UTC time": None, "UTCtime": "51600.5", "Heading": "193.29", "Reference Pass Direction": None,
        "X coordinate of the reference point in the map projection": None,
        "X of the reference point in MAP": "393000.5"})
    items = gdal.Open(str(product.path)).GetMetadata()
    assert items["UTC_TIME_SECONDS"] == "51600.5"
    assert float(items["HEADING_DEG"]) == pytest.approx(-166.71, abs=1e-9)
    assert items["ORBIT_DIRECTION"] == "DESCENDING"
    assert items["REFERENCE_POINT_X"] == "393000.5"


@pytest.mark.parametrize("mask", ["True", None])
def test_the_wrong_utc_time_of_early_bursts_is_replaced_by_the_granules(tmp_path, mask):
    product = make_product.make_burst(tmp_path, keys={"Water mask": mask, "UTC time": "8543.1"})
    items = gdal.Open(str(product.path)).GetMetadata()
    assert items["UTC_TIME_SECONDS"] == str(2 * 3600 + 23 * 60 + 12)
    assert items.get("WATER_MASK") == ("YES" if mask else None)


def test_the_reference_time_of_a_multi_burst_is_that_of_the_earliest_granule(tmp_path):
    product = make_product.make_multi_burst(tmp_path, keys={
        "Reference Granule": "S1_136232_IW3_20200604T022315_VV_7C85-BURST, "
                             "S1_136231_IW2_20200604T022312_VV_7C85-BURST"})
    assert gdal.Open(str(product.path)).GetMetadataItem("REFERENCE_TIME_UTC") == "2020-06-04T02:23:12Z"


def test_a_product_with_nothing_but_unwrapped_phase_opens(tmp_path):
    product = make_product.make_gamma(tmp_path, layers=("unw_phase",), text=b"", extras=False)
    dataset = gdal.Open(str(product.path))
    assert layers_of(dataset) == ["unw_phase"]
    assert dataset.GetMetadata("HYP3") in (None, {})
    assert np.array_equal(dataset.ReadAsArray(), product.arrays["unw_phase"])


def test_water_stays_when_an_old_mask_calls_it_no_data(tmp_path):
    water = np.ones((30, 40), np.uint8)
    water[:, :30] = 0
    product = make_product.make_gamma(tmp_path, arrays={"water_mask": water}, nodata={"water_mask": 0})
    band = band_of(gdal.Open(str(product.path)), "water_mask")
    assert band.GetNoDataValue() is None
    assert band.GetCategoryNames() == ["water", "land"]
    # Three quarters are water: the mean, 0.25, is 0 as a byte; with water skipped as no-data it would be 1.
    small = band.ReadAsArray(buf_xsize=1, buf_ysize=1, resample_alg=gdal.GRIORA_Average)
    assert small[0, 0] == 0


def test_a_file_without_no_data_tag_has_none(tmp_path):
    product = make_product.make_gamma(tmp_path, nodata={"dem": None})
    band = band_of(gdal.Open(str(product.path)), "dem")
    assert band.GetNoDataValue() is None
    assert band.GetMaskFlags() == gdal.GMF_ALL_VALID


def test_a_layer_on_another_grid_is_a_subdataset_with_a_warning(tmp_path):
    product = make_product.make_gamma(tmp_path, mask_extra_columns=1)
    dataset, said = open_quietly(product.path)
    assert "water_mask" not in layers_of(dataset)
    assert any("subdatasets: water_mask" in text for text in said)
    mask = gdal.Open(f'HYP3:"{product.path}":water_mask')
    assert mask.RasterXSize == 41
    assert np.array_equal(mask.ReadAsArray(), product.arrays["water_mask"])
    alone = gdal.OpenEx(str(product.path), open_options=["LAYERS=water_mask"])
    assert (alone.RasterXSize, alone.RasterCount) == (41, 1)


def test_radar_layers_are_subdatasets_only(tmp_path):
    product = make_product.make_burst(tmp_path, radar=True)
    dataset = gdal.Open(str(product.path))
    assert not any(layer.endswith("_rdr") for layer in layers_of(dataset))
    names = [name for name, _ in dataset.GetSubDatasets()]
    assert names == [f'HYP3:"{product.path}":{layer}'
                     for layer in layers_of(dataset) + list(make_product.RADAR_LAYERS)]
    for layer in make_product.RADAR_LAYERS:
        radar = gdal.Open(f'HYP3:"{product.path}":{layer}')
        assert np.array_equal(radar.ReadAsArray(), product.arrays[layer]), layer
    assert layers_of(gdal.Open(f'HYP3:"{product.path}":los_rdr')) == ["los_rdr_1", "los_rdr_2"]


def test_clipped_layers_are_found_and_the_plain_one_preferred(tmp_path):
    product = make_product.make_gamma(tmp_path, zipped=False, infix="_clip", layers=("unw_phase", "corr"))
    assert layers_of(gdal.Open(str(product.path))) == ["unw_phase", "corr"]
    plain = make_product.geotiff(np.full((30, 40), 7, np.float32), product.geotransform, 32611, 0)
    (product.path / f"{product.name}_corr.tif").write_bytes(plain)
    assert (band_of(gdal.Open(str(product.path)), "corr").ReadAsArray() == 7).all()


class TestOptions:
    def test_layers_chooses_bands_in_driver_order(self, tmp_path):
        product = make_product.make_gamma(tmp_path)
        dataset = gdal.OpenEx(str(product.path), open_options=["LAYERS=dem, CORR,unw_phase"])
        assert layers_of(dataset) == ["unw_phase", "corr", "dem"]
        assert np.array_equal(dataset.GetRasterBand(2).ReadAsArray(), product.arrays["corr"])

    @pytest.mark.parametrize("layers,words", [("conncomp", "no layer 'conncomp'"), ("unw", "no layer 'unw'"),
                                              ("unw_phase,%s%n", "no layer")])
    def test_a_layer_that_is_not_there_is_an_error_that_lists_what_is(self, tmp_path, layers, words):
        product = make_product.make_gamma(tmp_path)
        dataset, said = open_quietly(product.path, options=[f"LAYERS={layers}"])
        assert dataset is None
        assert words in said[-1] and "unw_phase, wrapped_phase, corr" in said[-1]

    def test_a_radar_layer_cannot_be_a_band(self, tmp_path):
        product = make_product.make_burst(tmp_path, radar=True)
        dataset, said = open_quietly(product.path, options=["LAYERS=lat_rdr"])
        assert dataset is None and "radar geometry" in said[-1]

    def test_streaming_gives_the_same_pixels(self, tmp_path):
        product = make_product.make_burst(tmp_path)
        dataset = gdal.OpenEx(str(product.path), open_options=["CACHE=NO"])
        assert np.array_equal(band_of(dataset, "corr").ReadAsArray(), product.arrays["corr"])

    def test_an_unknown_option_is_warned_of(self, tmp_path):
        product = make_product.make_burst(tmp_path)
        _, said = open_quietly(product.path, options=["LAYRES=corr"])
        assert any("LAYRES" in text for text in said)


def test_driver_metadata():
    items = gdal.GetDriverByName("HYP3").GetMetadata()
    assert items["DCAP_RASTER"] == items["DCAP_VIRTUALIO"] == items["DMD_SUBDATASETS"] == "YES"
    assert items["DMD_CONNECTION_PREFIX"] == "HYP3:"
    assert items["DMD_EXTENSIONS"] == "zip"
    assert "DCAP_CREATE" not in items and "DCAP_CREATECOPY" not in items
    for option in ("LAYERS", "CACHE", "MAX_OPEN"):
        assert f"name='{option}'" in items["DMD_OPENOPTIONLIST"]


def test_resampled_and_shifted_windows_equal_the_same_file_unzipped(tmp_path):
    product = make_product.make_gamma(tmp_path, size=(90, 70))
    folder = make_product.make_gamma(tmp_path / "f", size=(90, 70), zipped=False)
    ours = band_of(gdal.Open(str(product.path)), "unw_phase")
    plain = keep(gdal.Open(str(folder.path / f"{folder.name}_unw_phase.tif")))
    for window in ((0, 0, 90, 70, 30, 23), (5, 7, 31, 40, 31, 40), (89, 69, 1, 1, 1, 1), (3, 2, 60, 60, 17, 19)):
        x, y, nx, ny, bx, by = window
        for method in (gdal.GRIORA_NearestNeighbour, gdal.GRIORA_Bilinear, gdal.GRIORA_Average):
            assert np.array_equal(ours.ReadAsArray(x, y, nx, ny, bx, by, resample_alg=method),
                                  plain.ReadAsArray(x, y, nx, ny, bx, by, resample_alg=method))
    assert ours.Checksum() == plain.Checksum()
    block = ours.ReadBlock(0, 0)
    assert bytes(block) == bytes(plain.ReadBlock(0, 0))


def test_overviews_of_a_layer_are_offered_and_read(tmp_path):
    product = make_product.make_gamma(tmp_path, zipped=False, layers=("unw_phase", "corr"), size=(64, 64))
    layer = product.path / f"{product.name}_corr.tif"
    update = gdal.Open(str(layer), gdal.GA_Update)
    update.BuildOverviews("NEAREST", [2, 4])
    del update
    packed = make_product.write_package(tmp_path / "zip", product.name,
                                        {f.name: f.read_bytes() for f in product.path.iterdir()})
    plain = keep(gdal.Open(str(layer)))
    for path in (product.path, packed):
        dataset = gdal.Open(str(path))
        corr = band_of(dataset, "corr")
        assert corr.GetOverviewCount() == 2
        assert band_of(dataset, "unw_phase").GetOverviewCount() == 0
        for i in range(2):
            assert np.array_equal(corr.GetOverview(i).ReadAsArray(), plain.GetOverview(i).ReadAsArray())


def test_statistics_skip_no_data(tmp_path):
    product = make_product.make_burst(tmp_path)
    values = product.arrays["unw_phase"]
    valid = values[values != 0].astype(float)
    band = band_of(gdal.Open(str(product.path)), "unw_phase")
    low, high, mean, deviation = band.ComputeStatistics(False)
    assert (low, high) == (valid.min(), valid.max())
    # Sums of some thousand float32 values in double.
    assert mean == pytest.approx(valid.mean(), abs=1e-9)
    assert deviation == pytest.approx(valid.std(), abs=1e-9)


def test_a_damaged_layer_header_leaves_the_other_layers(tmp_path):
    product = make_product.make_burst(tmp_path, zipped=False)
    (product.path / f"{product.name}_corr.tif").write_bytes(b"II*\0garbage")
    dataset, said = open_quietly(product.path)
    assert "corr" not in layers_of(dataset) and "unw_phase" in layers_of(dataset)
    assert any("layer corr is left out" in text for text in said)
    for file in product.path.glob("*.tif"):
        file.write_bytes(b"II*\0garbage")
    dataset, said = open_quietly(product.path)
    assert dataset is None and "no layer can be read" in said[-1]


def test_messages_of_a_good_product_are_none(tmp_path):
    product = make_product.make_burst(tmp_path, radar=True)
    with messages() as seen:
        gdal.Open(str(product.path)).ReadAsArray()
    assert seen == []
