# SPDX-License-Identifier: MIT
"""Crops of a real GAMMA product, packed as the service packs them."""
import math
import zipfile

import numpy as np
import pytest
from osgeo import gdal

from hyp3_helpers import layers_of

NAME = "S1AA_20190704T135158_20190716T135159_VVP012_INT80_G_ueF_A1B2"
# inc_map_ell and water_mask of the sample are copies of inc_map.
LAYERS = ["unw_phase", "wrapped_phase", "corr", "amp", "los_disp", "vert_disp", "dem", "lv_theta", "lv_phi", "inc_map",
          "inc_map_ell", "water_mask"]
WAVELENGTH_M = 0.0554657595


@pytest.fixture
def product(sample_data, tmp_path):
    files = sorted((sample_data / "hyp3-gamma" / "insar").glob("insar_*"))
    if not files:
        pytest.skip("the GAMMA sample is not here")
    path = tmp_path / f"{NAME}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir(NAME) if hasattr(archive, "mkdir") else archive.writestr(f"{NAME}/", b"")
        for file in files:
            archive.write(file, f"{NAME}/{file.name.replace('insar', NAME, 1)}")
    return path, sample_data / "hyp3-gamma" / "insar"


def test_all_layers_read_as_gdal_reads_the_files(product):
    path, folder = product
    dataset = gdal.Open(str(path))
    assert layers_of(dataset) == LAYERS
    assert (dataset.RasterXSize, dataset.RasterYSize) == (10, 10)
    for i, layer in enumerate(LAYERS):
        plain = gdal.Open(str(folder / f"insar_{layer}.tif"))
        band = dataset.GetRasterBand(i + 1)
        assert np.array_equal(band.ReadAsArray(), plain.ReadAsArray()), layer
        assert dataset.GetGeoTransform() == plain.GetGeoTransform()
        if layer != "water_mask":
            assert band.GetNoDataValue() == plain.GetRasterBand(1).GetNoDataValue()


def test_facts_of_the_name_and_the_grid(product):
    items = gdal.Open(str(product[0])).GetMetadata()
    assert items["REFERENCE_DATE"] == "2019-07-04" and items["SECONDARY_DATE"] == "2019-07-16"
    assert items["TEMPORAL_BASELINE_DAYS"] == "12"
    assert items["AREA_OR_POINT"] == "Point"
    assert items["PIXEL_SPACING"] == "80" and items["LOOKS"] == "20x4"
    assert items["WATER_MASK"] == "NO" and items["PROCESSOR"] == "GAMMA"
    assert gdal.Open(str(product[0])).GetSpatialRef().GetAuthorityCode(None) == "32611"


def test_displacement_is_the_phase_turned_into_metres_toward_the_satellite(product):
    dataset = gdal.OpenEx(str(product[0]), open_options=["LAYERS=unw_phase,wrapped_phase,los_disp"])
    unwrapped, wrapped, displacement = dataset.ReadAsArray().astype(float)
    valid = unwrapped != 0
    assert valid.sum() == 98
    expected = -WAVELENGTH_M / (4 * math.pi) * unwrapped[valid]
    # Both are stored as float32.
    assert np.allclose(displacement[valid], expected, rtol=3e-7, atol=0)
    assert np.allclose((unwrapped - wrapped)[valid], 6 * math.pi, atol=1e-5)
