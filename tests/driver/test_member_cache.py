# SPDX-License-Identifier: MIT
"""Inflated copies of layers: checked, shared, bounded."""
import os
import threading
import zipfile

import numpy as np
import pytest
from osgeo import gdal

import make_product
from conftest import run
from hyp3_helpers import open_quietly

SIZE = (700, 600)                        # 1.6 MiB a layer


@pytest.fixture
def product(tmp_path):
    rng = np.random.default_rng(7)
    arrays = {layer: rng.random(SIZE[::-1], np.float32) + 0.1 for layer in ("unw_phase", "corr", "dem")}
    return make_product.make_gamma(tmp_path, size=SIZE, layers=tuple(arrays), arrays=arrays)


@pytest.fixture(autouse=True)
def empty_cache(tmp_path_factory):
    """Copies outlive their datasets, so each test begins with none: a budget of nothing drops them."""
    other = make_product.make_burst(tmp_path_factory.mktemp("other"), layers=("corr",))
    gdal.SetConfigOption("IH_CACHE_MB", "0")
    gdal.Open(str(other.path)).ReadAsArray()
    gdal.SetConfigOption("IH_CACHE_MB", None)
    assert copies() == []


@pytest.fixture
def budget():
    def set_megabytes(megabytes):
        gdal.SetConfigOption("IH_CACHE_MB", str(megabytes))
    yield set_megabytes
    gdal.SetConfigOption("IH_CACHE_MB", None)


def copies(contains=""):
    """Names of the driver's files in memory."""
    names = [name for name in gdal.ReadDir("/vsimem/") or [] if name.startswith("hyp3_") and contains in name]
    return sorted(name.split("_", 3)[3] for name in names)


def corrupt(product, layer, offset):
    """Flips a byte of the compressed data of a layer."""
    with zipfile.ZipFile(product.path) as archive:
        entry = archive.getinfo(f"{product.name}/{product.name}_{layer}.tif")
    content = bytearray(product.path.read_bytes())
    at = entry.header_offset + 30 + len(entry.filename) + offset % entry.compress_size
    content[at] ^= 0x10
    product.path.write_bytes(content)


def test_metadata_and_headers_inflate_nothing(product):
    before = copies(product.name)
    dataset = gdal.Open(str(product.path))
    gdal.Info(dataset, format="json")
    for i in range(3):
        band = dataset.GetRasterBand(i + 1)
        band.GetBlockSize(), band.GetNoDataValue(), band.GetOverviewCount(), band.GetMaskFlags()
    gdal.Open(f'HYP3:"{product.path}":corr')
    assert copies(product.name) == before == []


def test_one_layer_read_is_one_copy_shared_by_all_handles(product):
    handles = [gdal.Open(str(product.path)) for _ in range(4)]
    for handle in handles:
        handle.GetRasterBand(2).ReadAsArray(10, 10, 5, 5)
    assert copies(product.name) == [f"{product.name}_corr.tif"]


@pytest.mark.parametrize("offset", [3, 5000, 200000, 900000])
def test_a_flipped_byte_is_found_before_the_first_pixel(product, offset):
    corrupt(product, "corr", offset)
    dataset = gdal.Open(str(product.path)) if offset > 400000 else open_quietly(product.path)[0]
    bands = {dataset.GetRasterBand(i + 1).GetDescription(): i + 1 for i in range(dataset.RasterCount)}
    if "corr" in bands:
        with pytest.raises(RuntimeError, match="checksum or size is wrong"):
            # The first row lies before the damage.
            dataset.GetRasterBand(bands["corr"]).ReadAsArray(0, 0, 1, 1)
    assert np.array_equal(dataset.GetRasterBand(bands["unw_phase"]).ReadAsArray(), product["unw_phase"])
    assert copies(product.name) == [f"{product.name}_unw_phase.tif"]


def test_the_budget_bounds_what_is_kept(product, budget):
    budget(4)                            # two layers of 1.6 MiB
    dataset = None
    for layer in ("unw_phase", "corr", "dem", "corr", "unw_phase", "dem"):
        dataset = gdal.Open(f'HYP3:"{product.path}":{layer}')
        assert np.array_equal(dataset.ReadAsArray(), product[layer])
        dataset = None
        assert len(copies()) <= 2
    # Least recently used goes first: unw_phase and dem were last.
    assert copies(product.name) == [f"{product.name}_dem.tif", f"{product.name}_unw_phase.tif"]


@pytest.mark.parametrize("megabytes", ["0", "1", "-5", "nonsense", "4"])
def test_too_small_a_budget_streams_and_is_right(product, budget, megabytes):
    budget(megabytes)
    dataset = gdal.Open(str(product.path))
    for i, layer in enumerate(("unw_phase", "corr", "dem")):
        assert np.array_equal(dataset.GetRasterBand(i + 1).ReadAsArray(), product[layer])
    assert len(copies(product.name)) <= (2 if megabytes == "4" else 0)


def open_once(product, layer):
    return gdal.OpenEx(f'HYP3:"{product.path}":{layer}', open_options=["CACHE=ONCE"])


def test_what_is_read_once_leaves_no_copy(product):
    for layer in ("unw_phase", "corr", "unw_phase", "dem"):
        dataset = open_once(product, layer)
        assert np.array_equal(dataset.ReadAsArray(), product[layer])
        assert copies(product.name) == [f"{product.name}_{layer}.tif"]
        dataset = None
        assert copies(product.name) == []


def test_a_copy_that_others_have_stays_until_they_are_done(product):
    kept = gdal.Open(f'HYP3:"{product.path}":corr')
    once = open_once(product, "corr")
    assert np.array_equal(once.ReadAsArray(), kept.ReadAsArray())
    once = None
    assert copies(product.name) == [f"{product.name}_corr.tif"]
    assert np.array_equal(kept.GetRasterBand(1).ReadAsArray(5, 5, 600, 500), product["corr"][5:505, 5:605])


@pytest.mark.parametrize("megabytes", [None, "0", "2", "4"])
def test_threads_that_read_once_get_the_right_pixels_from_memory_used_again(product, budget, megabytes):
    if megabytes:
        budget(megabytes)
    wrong = []

    def read(seed):
        for layer in np.random.default_rng(seed).choice(["unw_phase", "corr", "dem"], 15):
            if not np.array_equal(open_once(product, layer).ReadAsArray(), product[layer]):
                wrong.append(layer)

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert copies(product.name) == []


def test_a_damaged_layer_among_good_ones_read_once_is_told_apart(product):
    assert np.array_equal(open_once(product, "corr").ReadAsArray(), product["corr"])
    corrupt(product, "corr", 900000)
    with pytest.raises(RuntimeError, match="checksum or size is wrong"):
        open_once(product, "corr").ReadAsArray()
    assert np.array_equal(open_once(product, "dem").ReadAsArray(), product["dem"])


def test_a_replaced_archive_is_not_served_from_the_old_copy(product, tmp_path):
    dataset = gdal.Open(str(product.path))
    old = dataset.GetRasterBand(2).ReadAsArray()
    dataset = None
    arrays = {layer: array + 1 for layer, array in product.items()}
    again = make_product.make_gamma(tmp_path, size=SIZE, layers=tuple(arrays), arrays=arrays)
    assert again.path == product.path
    new = gdal.Open(str(product.path)).ReadAsArray()[1]
    assert np.array_equal(new, arrays["corr"]) and not np.array_equal(new, old)


def test_an_archive_that_changes_while_it_is_open_is_an_error(product):
    dataset = gdal.Open(str(product.path))
    product.path.write_bytes(product.path.read_bytes()[:-100])
    with pytest.raises(RuntimeError, match="changed or vanished"):
        dataset.GetRasterBand(1).ReadAsArray(0, 0, 1, 1)


def test_threads_with_a_handle_each_read_the_same(product):
    wrong = []

    def read(seed):
        rng = np.random.default_rng(seed)
        for _ in range(25):
            dataset = gdal.Open(str(product.path))
            band = int(rng.integers(0, 3))
            x, y = int(rng.integers(0, SIZE[0] - 64)), int(rng.integers(0, SIZE[1] - 64))
            pixels = dataset.GetRasterBand(band + 1).ReadAsArray(x, y, 64, 64)
            layer = ("unw_phase", "corr", "dem")[band]
            if not np.array_equal(pixels, product[layer][y:y + 64, x:x + 64]):
                wrong.append((seed, layer, x, y))
            dataset = None

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(6)]
    gdal.SetConfigOption("IH_CACHE_MB", "4")     # so that copies come and go under the readers
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        gdal.SetConfigOption("IH_CACHE_MB", None)
    assert wrong == []


def bomb(path, claimed, name="S1_136231_IW2_20200604_20200616_VV_INT80_4D09"):
    """A product whose corr is a small raster followed by `claimed` zero bytes."""
    good = make_product.geotiff(np.ones((30, 40), np.float32), (400000, 80, 0, 4000000, 0, -80), 32611, 0)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}/{name}_unw_phase.tif", good)
        with archive.open(f"{name}/{name}_corr.tif", "w") as member:
            member.write(good)
            for _ in range(claimed >> 20):
                member.write(bytes(1 << 20))


def test_a_member_that_inflates_to_more_than_its_header_needs_is_refused(tmp_path):
    bomb(tmp_path / "bomb.zip", 64 << 20)
    dataset = gdal.Open(str(tmp_path / "bomb.zip"))
    with pytest.raises(RuntimeError, match="far larger than its raster"):
        dataset.GetRasterBand(2).ReadAsArray()
    assert dataset.GetRasterBand(1).ReadAsArray().all()
    assert copies("corr") == []


def test_memory_is_given_back_when_the_process_ends(product):
    """The driver's unloading frees its copies: nothing of the cache is lost for a leak checker to find."""
    code = ("from osgeo import gdal; import sys; d = gdal.Open(sys.argv[1]); d.ReadAsArray(); d = None;"
            "gdal.GDALDestroyDriverManager(); print(gdal.ReadDir('/vsimem/'))")
    done = run("/usr/bin/python3", "-c", code, product.path, env={k: v for k, v in os.environ.items()})
    assert "hyp3_" not in done.stdout or "[]" in done.stdout
