# SPDX-License-Identifier: MIT
"""Products behind HTTP: only what is needed is fetched."""
import zipfile

import numpy as np
import pytest
from osgeo import gdal

import make_product
from hyp3_helpers import layers_of, open_quietly
from range_server import serving

LAYERS = ("unw_phase", "wrapped_phase", "corr", "amp", "dem", "lv_theta", "lv_phi")
SIZE = (1200, 900)


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """About 27 MB of noise, which does not compress."""
    rng = np.random.default_rng(3)
    arrays = {layer: rng.random(SIZE[::-1], np.float32) + 0.1 for layer in LAYERS}
    return make_product.make_gamma(tmp_path_factory.mktemp("remote"), size=SIZE, layers=LAYERS, arrays=arrays)


@pytest.fixture
def server(large):
    gdal.VSICurlClearCache()
    with serving(large.path.parent) as server:
        yield server


def test_opening_reads_less_than_a_megabyte(large, server):
    dataset = gdal.Open(f"/vsicurl/{server.address}/{large.path.name}")
    assert layers_of(dataset) == list(LAYERS)
    assert dataset.GetMetadataItem("PROCESSOR") == "GAMMA"
    gdal.Info(dataset)
    assert 0 < server.bytes_sent() < 1_000_000
    assert large.path.stat().st_size > 20_000_000


def test_a_layer_costs_its_compressed_size_once(large, server):
    dataset = gdal.Open(f"/vsicurl/{server.address}/{large.path.name}")
    before = server.bytes_sent()
    assert np.array_equal(dataset.GetRasterBand(3).ReadAsArray(), large["corr"])
    fetched = server.bytes_sent() - before
    with zipfile.ZipFile(large.path) as archive:
        packed = archive.getinfo(f"{large.name}/{large.name}_corr.tif").compress_size
    # Whole chunks of /vsicurl/ at both ends.
    assert packed <= fetched + 65536 * 4 and fetched < packed + 400_000
    for _ in range(20):
        again = gdal.Open(f"/vsicurl/{server.address}/{large.path.name}")
        again.GetRasterBand(3).ReadAsArray(500, 800, 100, 50)
    assert server.bytes_sent() - before < packed + 800_000


@pytest.mark.parametrize("spelling", [
    "/vsicurl/{}/{}?token=a/b.tif", "HYP3:/vsicurl/{}/{}", 'HYP3:"/vsicurl/{}/{}?x=1":corr', "/vsizip//vsicurl/{}/{}",
    "/vsizip/vsicurl/{}/{}", "/vsizip/{{/vsicurl/{}/{}?x=1}}", "{}/{}", "{}/{}?token=a/b.c", 'HYP3:"{}/{}?x=1":corr'])
def test_addresses_of_every_kind(large, server, spelling):
    name = spelling.format(server.address, large.path.name)
    dataset, said = open_quietly(name)
    assert dataset, said
    assert dataset.GetDriver().ShortName == "HYP3"
    index = layers_of(dataset).index("corr") + 1
    assert np.array_equal(dataset.GetRasterBand(index).ReadAsArray(0, 0, 9, 9), large["corr"][:9, :9])
    assert server.bytes_sent() < large.path.stat().st_size / 2, server.sent
    # Statistics cannot be kept there, and asking for them is no failure.
    dataset.GetRasterBand(index).ComputeStatistics(False)


def test_an_address_that_does_not_answer_is_a_message(server):
    dataset, said = open_quietly(f"HYP3:{server.address}/S1_136231_IW2_20200604_20200616_VV_INT80_AAAA.zip")
    assert dataset is None and "cannot be opened" in said[-1]
