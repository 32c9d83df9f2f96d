# SPDX-License-Identifier: MIT
"""rasterio opens a product zip by its plain path, as any other raster, and what gdal_ih_wrap makes of it."""
import numpy as np
import pytest

rasterio = pytest.importorskip("rasterio")

from conftest import run  # noqa: E402
from make_product import make_burst, make_gamma  # noqa: E402
from rasterio.windows import Window  # noqa: E402


@pytest.fixture
def gamma(tmp_path):
    zip_path = tmp_path / "S1AB_20171111T150004_20171117T145926_VVP006_INT80_G_ueF_4D09.zip"
    return zip_path, make_gamma(zip_path)


def test_bands_are_named_and_hold_the_pixels(gamma):
    zip_path, written = gamma
    with rasterio.open(zip_path) as product:
        assert product.driver == "HYP3"
        assert product.descriptions[0] == "unw_phase"
        assert product.units[0] == "rad"
        assert product.nodata == 0
        assert product.crs.is_projected and product.res == (80, 80)
        assert product.tags()["PRODUCT_TYPE"]
        for index, layer in zip(product.indexes, product.descriptions):
            np.testing.assert_array_equal(product.read(index), written[layer])


def test_windows_masks_and_statistics_agree_with_the_array(gamma):
    zip_path, written = gamma
    window = Window(3, 2, 11, 7)
    with rasterio.open(zip_path) as product:
        part = product.read(1, window=window, masked=True)
    expected = written["unw_phase"][2:9, 3:14]
    np.testing.assert_array_equal(part.filled(0), expected)
    np.testing.assert_array_equal(part.mask, expected == 0)


def test_a_burst_product_and_a_subdataset_open(tmp_path):
    zip_path = tmp_path / "S1_136231_IW2_20200604_20200616_VV_INT80_663F.zip"
    written = make_burst(zip_path)
    with rasterio.open(f'HYP3:"{zip_path}":corr') as layer:
        assert layer.count == 1
        np.testing.assert_array_equal(layer.read(1), written["corr"])


def test_fringes_open_with_place_values_and_colours(gamma, tmp_path):
    zip_path, written = gamma
    phase = written["unw_phase"].astype(float)
    with rasterio.open(zip_path) as product:
        place = product.crs, product.transform, product.shape
    for name, words in (("radians.tif", []), ("byte.tif", ["-form", "byte"]), ("rgba.tif", ["-form", "rgba"]),
                        ("picture.png", [])):
        run("gdal_ih_wrap", "-q", *words, zip_path, tmp_path / name)
        with rasterio.open(tmp_path / name) as fringes:
            assert (fringes.crs, fringes.transform, fringes.shape) == place, name
    with rasterio.open(tmp_path / "radians.tif") as fringes:
        values = fringes.read(1, masked=True)
        assert fringes.units == ("rad",) and fringes.descriptions[0]
    valid = ~values.mask
    assert (valid == (phase != 0)).mean() > 0.999
    # float32 of an angle below pi
    assert np.abs(np.angle(np.exp(1j * (values - phase))))[valid].max() < 1e-6
    with rasterio.open(tmp_path / "byte.tif") as fringes, rasterio.open(tmp_path / "rgba.tif") as colours:
        table = np.array([fringes.colormap(1)[i] for i in range(256)])
        np.testing.assert_array_equal(np.moveaxis(colours.read(), 0, 2), table[fringes.read(1)])
        assert fringes.nodata == 0
