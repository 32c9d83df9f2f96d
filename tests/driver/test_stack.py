# SPDX-License-Identifier: MIT
"""A folder of products as one dataset per layer."""
import os
import shutil

import numpy as np
import pytest
from osgeo import gdal

import make_product
from hyp3_helpers import keep, layers_of, messages, open_quietly

DATES = ["20200604", "20200616", "20200628", "20200710"]
OFFSETS = ((0, 0), (3, 2), (-1, 4))


def common_window(products):
    """x0, x1 and y0 (top), y1 of the intersection, by brute force on coordinates."""
    boxes = []
    for product in products:
        x, d, _, y, _, _ = product.geotransform
        ny, nx = product["unw_phase"].shape
        boxes.append((x, x + nx * d, y, y - ny * d))
    return (max(b[0] for b in boxes), min(b[1] for b in boxes), min(b[2] for b in boxes), max(b[3] for b in boxes))


def cut(product, window, layer):
    x, d, _, y, _, _ = product.geotransform
    left, right, top, bottom = window
    c0, c1, r0, r1 = (round(v / d) for v in (left - x, right - x, y - top, y - bottom))
    return product[layer][r0:r1, c0:c1]


@pytest.mark.parametrize("maker", [make_product.make_burst, make_product.make_gamma])
@pytest.mark.parametrize("max_open", [1, 2, 8])
def test_bands_are_pairs_in_date_order_on_the_common_grid(tmp_path, maker, max_open):
    products = make_product.make_stack(tmp_path, DATES, offsets=OFFSETS, maker=maker)
    with messages() as seen:
        dataset = gdal.OpenEx(f'HYP3:"{tmp_path}":unw_phase', open_options=[f"MAX_OPEN={max_open}"])
    assert seen == []
    window = common_window(products)
    assert dataset.GetGeoTransform() == (window[0], 80, 0, window[2], 0, -80)
    assert (dataset.RasterXSize * 80, dataset.RasterYSize * 80) == (window[1] - window[0], window[2] - window[3])
    assert dataset.GetSpatialRef().GetAuthorityCode(None) == "32611"
    pairs = [(a, b) for i, a in enumerate(DATES) for b in DATES[i + 1:i + 3]]
    assert layers_of(dataset) == [f"{a}_{b}" for a, b in sorted(pairs)]
    order = sorted(products, key=lambda p: (p.text["Reference Granule"].split("_2")[1],
                                            p.text["Secondary Granule"].split("_2")[1]))
    for i, product in enumerate(order):
        band = dataset.GetRasterBand(i + 1)
        assert np.array_equal(band.ReadAsArray(), cut(product, window, "unw_phase"))
        first, second = band.GetDescription().split("_")
        assert band.GetMetadata() == {
            "REFERENCE_DATE": f"{first[:4]}-{first[4:6]}-{first[6:]}",
            "SECONDARY_DATE": f"{second[:4]}-{second[4:6]}-{second[6:]}",
            "TEMPORAL_BASELINE_DAYS": str(12 * (DATES.index(second) - DATES.index(first))),
            "PERPENDICULAR_BASELINE_M": product.text["Baseline"],
            "PRODUCT": product.name,
            "SIGN": "positive_away",
        }
        assert band.GetUnitType() == "rad" and band.GetNoDataValue() == 0
    cube = dataset.ReadAsArray(2, 1, 20, 15)
    for i, product in enumerate(order):
        assert np.array_equal(cube[i], cut(product, window, "unw_phase")[1:16, 2:22])
        nx, ny = dataset.GetRasterBand(i + 1).GetBlockSize()
        block = np.frombuffer(bytes(dataset.GetRasterBand(i + 1).ReadBlock(0, 0)), np.float32).reshape(ny, nx)
        assert np.array_equal(block[:dataset.RasterYSize, :dataset.RasterXSize], cut(product, window, "unw_phase"))


def test_common_metadata_is_what_all_products_agree_on(tmp_path):
    make_product.make_stack(tmp_path, DATES)
    items = gdal.Open(f"HYP3:{tmp_path}:corr").GetMetadata()
    assert items["LAYER"] == "corr" and items["PAIRS"] == "5"
    assert items["PROCESSOR"] == "ISCE2" and items["RELATIVE_ORBIT"] == "64"
    assert not {"REFERENCE_DATE", "SECONDARY_DATE", "PRODUCT_NAME", "PERPENDICULAR_BASELINE_M"} & set(items)


def test_a_folder_lists_its_layers(tmp_path):
    make_product.make_stack(tmp_path, DATES)
    make_product.make_burst(tmp_path, reference="20200710", secondary="20200722", layers=("unw_phase",), radar=True)
    dataset = gdal.Open(f"HYP3:{tmp_path}")
    assert dataset.RasterCount == 0
    listed = dict(dataset.GetSubDatasets())
    assert listed[f'HYP3:"{tmp_path}":unw_phase'] == "unwrapped phase of 6 products"
    assert listed[f'HYP3:"{tmp_path}":corr'] == "coherence of 5 products"
    assert not any("_rdr" in name for name in listed)
    for name in listed:
        assert gdal.Open(name).RasterCount in (5, 6)


def test_layers_may_be_chosen_of_a_folder(tmp_path):
    make_product.make_stack(tmp_path, DATES[:3], layers=("unw_phase", "corr", "dem"))
    one = gdal.OpenEx(f'HYP3:"{tmp_path}"', open_options=["LAYERS=corr"])
    named = gdal.Open(f'HYP3:"{tmp_path}":corr')
    assert layers_of(one) == layers_of(named) and one.RasterCount == 3
    assert np.array_equal(one.ReadAsArray(), named.ReadAsArray())
    several = gdal.OpenEx(f'HYP3:"{tmp_path}"', open_options=["LAYERS=dem, CORR"])
    assert [name for name, _ in several.GetSubDatasets()] == [f'HYP3:"{tmp_path}":{layer}' for layer in ("corr", "dem")]
    for layers in ("corx", "corr,corx"):
        dataset, said = open_quietly(f'HYP3:"{tmp_path}"', options=[f"LAYERS={layers}"])
        assert dataset is None and "no such layer" in said[-1]
    dataset, said = open_quietly(f'HYP3:"{tmp_path}":corr', options=["LAYERS=dem"])
    assert dataset is not None and "LAYERS has no effect" in said[-1]


def test_archives_and_folders_mix(tmp_path):
    make_product.make_burst(tmp_path, reference="20200604", secondary="20200616", zipped=False)
    make_product.make_burst(tmp_path, reference="20200616", secondary="20200628", zip_name="renamed")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes.zip").write_bytes((tmp_path / "renamed.zip").read_bytes()[:0] + b"PK\5\6" + b"\0" * 18)
    with messages() as seen:
        dataset = gdal.Open(f"HYP3:{tmp_path}:unw_phase")
    assert layers_of(dataset) == ["20200604_20200616", "20200616_20200628"]
    assert seen == []


def test_what_does_not_fit_is_left_out_with_one_warning_that_names_it(tmp_path):
    good = make_product.make_stack(tmp_path, DATES)
    others = {
        "zone": make_product.make_burst(tmp_path, reference="20200722", secondary="20200803", epsg=32612),
        "lattice": make_product.make_gamma(tmp_path, reference="20200722", secondary="20200815"),
        "place": make_product.make_burst(tmp_path, burst=136240, reference="20200722", secondary="20200803"),
        "far": make_product.make_burst(tmp_path, reference="20200803", secondary="20200815", offset=(500, 0)),
        "layer": make_product.make_burst(tmp_path, reference="20200803", secondary="20200827", layers=("corr",)),
    }
    broken = make_product.make_burst(tmp_path, reference="20200815", secondary="20200827")
    broken.path.write_bytes(broken.path.read_bytes()[:3000])
    dataset, said = open_quietly(f"HYP3:{tmp_path}:unw_phase")
    assert dataset.RasterCount == len(good)
    assert len(said) == 1, said
    assert "6 products are left out" in said[0]
    for product in [*others.values(), broken]:
        assert product.name in said[0]
    assert "1 cannot be read" in said[0] and "2 on another grid" in said[0] and "1 of another burst" in said[0]


def test_of_two_products_of_a_pair_the_last_name_is_kept(tmp_path):
    keeps = {}
    for product_id in ("0B0B", "FFEE", "7A7A"):
        keeps[product_id] = make_product.make_burst(
            tmp_path, product_id=product_id,
            arrays={"corr": np.full((30, 40), int(product_id[:1], 16) / 20 + 0.05, np.float32)})
    dataset, said = open_quietly(f"HYP3:{tmp_path}:corr")
    assert dataset.RasterCount == 1
    assert dataset.GetRasterBand(1).GetMetadataItem("PRODUCT").endswith("FFEE")
    assert np.array_equal(dataset.ReadAsArray(), keeps["FFEE"]["corr"])
    assert len(said) == 1 and "2 of a pair that is there already" in said[0]


def test_an_extracted_folder_is_preferred_to_its_archive(tmp_path):
    product = make_product.make_burst(tmp_path)
    folder = make_product.make_burst(tmp_path, zipped=False)
    dataset, said = open_quietly(f"HYP3:{tmp_path}:corr")
    assert dataset.GetFileList() == [str(folder.path / f"{product.name}_corr.tif")]
    assert len(said) == 1 and "1 of a pair" in said[0]


def test_an_empty_folder_and_an_impossible_layer_are_errors(tmp_path):
    (tmp_path / "empty").mkdir()
    assert "holds no HyP3 InSAR product" in open_quietly(f"HYP3:{tmp_path}/empty")[1][-1]
    make_product.make_burst(tmp_path, radar=True)
    assert "no map grid" in open_quietly(f'HYP3:"{tmp_path}":lat_rdr')[1][-1]
    assert "no such layer" in open_quietly(f'HYP3:"{tmp_path}":nothing')[1][-1]
    assert "no stack of layer amp" in open_quietly(f'HYP3:"{tmp_path}":amp')[1][-1]


def test_a_bounded_number_of_files_is_open(tmp_path):
    """Counted by the operating system; folders, since archives are closed after the copy to memory."""
    dates = [f"2020{month:02d}{day:02d}" for month in range(1, 8) for day in (3, 15, 27)]
    make_product.make_stack(tmp_path, dates, zipped=False, layers=("unw_phase",))
    dataset = gdal.OpenEx(f"HYP3:{tmp_path}:unw_phase", open_options=["MAX_OPEN=3"])

    def open_files():
        links = [f"/proc/self/fd/{name}" for name in os.listdir("/proc/self/fd")]
        return sum(str(tmp_path) in os.readlink(link) for link in links if os.path.islink(link))

    assert open_files() == 0
    for i in range(dataset.RasterCount):
        dataset.GetRasterBand(i + 1).Checksum()
        assert 1 <= open_files() <= 3
    assert dataset.RasterCount == 39
    dataset = None
    assert open_files() == 0


def test_a_damaged_member_fails_its_band_only(tmp_path):
    products = make_product.make_stack(tmp_path, DATES, size=(200, 150))
    content = bytearray(products[1].path.read_bytes())
    start = content.index(f"{products[1].name}_unw_phase.tif".encode())
    content[start + 30000] ^= 0xff
    products[1].path.write_bytes(content)
    dataset = gdal.Open(f"HYP3:{tmp_path}:unw_phase")
    for i in range(5):
        band = dataset.GetRasterBand(i + 1)
        if band.GetMetadataItem("PRODUCT") == products[1].name:
            with pytest.raises(RuntimeError, match="damaged"):
                band.ReadAsArray(0, 0, 5, 5)
        else:
            assert band.ReadAsArray().any()


def test_statistics_are_not_reused_when_a_product_is_added(tmp_path):
    folder = tmp_path / "stack"
    make_product.make_stack(folder, DATES[1:])
    name = f"HYP3:{folder}:unw_phase"
    dataset = gdal.Open(name)
    written = dataset.GetRasterBand(1).ComputeStatistics(False)
    dataset = None
    assert keep(gdal.Open(name)).GetStatistics(False, False) == pytest.approx(written)
    make_product.make_burst(folder, reference=DATES[0], secondary=DATES[1])
    dataset = gdal.Open(name)
    assert dataset.GetRasterBand(1).GetDescription() == f"{DATES[0]}_{DATES[1]}"
    assert dataset.GetRasterBand(1).GetMetadataItem("STATISTICS_MEAN") is None


def test_order_does_not_depend_on_how_the_folder_lists(tmp_path):
    products = make_product.make_stack(tmp_path / "a", DATES)
    (tmp_path / "b").mkdir()
    for product in reversed(products):
        shutil.copy(product.path, tmp_path / "b")
    a, b = (gdal.Open(f"HYP3:{tmp_path / n}:corr") for n in "ab")
    assert layers_of(a) == layers_of(b)
    assert np.array_equal(a.ReadAsArray(), b.ReadAsArray())
