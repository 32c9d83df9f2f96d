# SPDX-License-Identifier: MIT
"""Opening reads the start of each layer, whatever the layer's file looks like, and confuses none with another."""
import struct
import threading
import zipfile

import numpy as np
import pytest
from osgeo import gdal, osr

import make_product
from hyp3_helpers import layers_of
from range_server import serving

NAME = "S1_136231_IW2_20200604_20200616_VV_INT80_4D09"
GRID = (392720.0, 80.0, 0.0, 3962400.0, 0.0, -80.0)
SIZE = (640, 520)                        # 1.3 MB a layer, so that the end of one is far from its start


def pixels(seed=1):
    return np.random.default_rng(seed).random(SIZE[::-1], np.float32) + 0.5


def tiff(epsg=32611, **options):
    return make_product.geotiff(pixels(), GRID, epsg, 0, **options)


def directory_at_end(content):
    """The same file with its directory behind the pixels, as programs write it that do not know sizes before."""
    first, = struct.unpack_from("<I", content, 4)
    entries, = struct.unpack_from("<H", content, first)
    directory = content[first:first + 2 + 12 * entries + 4]
    content += b"\0" * (len(content) % 2)
    return content[:4] + struct.pack("<I", len(content)) + content[8:] + directory


def with_overviews():
    path = "/vsimem/overviews.tif"
    gdal.FileFromMemBuffer(path, tiff(creation=["TILED=YES"]))
    gdal.Open(path, gdal.GA_Update).BuildOverviews("NEAREST", [2, 4])
    handle = gdal.VSIFOpenL(path, "rb")
    content = bytes(gdal.VSIFReadL(1, gdal.VSIStatL(path).size, handle))
    gdal.VSIFCloseL(handle)
    gdal.Unlink(path)
    return content


FORMS = {
    "strips": lambda: tiff(),
    "point": lambda: tiff(point=True),
    "one strip": lambda: tiff(creation=["BLOCKYSIZE=520"]),
    "tiles": lambda: tiff(creation=["TILED=YES", "COMPRESS=LZW"]),
    "big endian": lambda: tiff(creation=["ENDIANNESS=BIG"]),
    "BigTIFF": lambda: tiff(creation=["BIGTIFF=YES"]),
    "directory at the end": lambda: directory_at_end(tiff()),
    "overviews": with_overviews,
    "long tags": lambda: tiff(items={"HISTORY": "".join(map(chr, np.random.default_rng(2).integers(65, 90, 200000)))}),
    "no coordinate system": lambda: tiff(epsg=None),
}


def facts(dataset, band):
    band_ = dataset.GetRasterBand(band)
    srs = dataset.GetSpatialRef()
    return (dataset.RasterXSize, dataset.RasterYSize, dataset.GetGeoTransform(), srs.ExportToWkt() if srs else None,
            srs.GetDataAxisToSRSAxisMapping() if srs else None, band_.DataType, band_.GetBlockSize(),
            band_.GetNoDataValue(), band_.GetOverviewCount())


@pytest.mark.parametrize("packed", ["deflated", "stored", "folder"])
@pytest.mark.parametrize("form", FORMS)
def test_a_layer_of_any_form_is_what_the_tiff_driver_says(tmp_path, form, packed):
    content = FORMS[form]()
    path = make_product.write_package(tmp_path, NAME, {f"{NAME}_corr.tif": content}, zipped=packed != "folder",
                                      stored=packed == "stored")
    alone = tmp_path / "alone.tif"
    alone.write_bytes(content)
    expected = gdal.Open(str(alone))
    for _ in range(2):                   # the second time from what is remembered of the first
        dataset = gdal.Open(str(path))
        assert dataset.GetDriver().ShortName == "HYP3"
        assert facts(dataset, 1) == facts(expected, 1)
        assert np.array_equal(dataset.ReadAsArray(), expected.ReadAsArray())
        assert np.array_equal(dataset.ReadAsArray(), pixels())


@pytest.mark.parametrize("first, second", [(32611, 32612), (32612, 32611)])
def test_layers_of_one_lattice_in_two_zones_are_not_mixed_up(tmp_path, first, second):
    path = make_product.write_package(tmp_path, NAME, {
        f"{NAME}_unw_phase.tif": tiff(first), f"{NAME}_wrapped_phase.tif": tiff(first), f"{NAME}_corr.tif": tiff(second)})
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    dataset = gdal.Open(str(path))
    part = gdal.Open(f'HYP3:"{path}":corr')
    gdal.PopErrorHandler()
    assert layers_of(dataset) == ["unw_phase", "wrapped_phase"]
    assert dataset.GetSpatialRef().GetAuthorityCode(None) == str(first)
    assert part.GetSpatialRef().GetAuthorityCode(None) == str(second)


def test_what_gdal_was_told_of_a_layer_in_a_folder_counts(tmp_path):
    folder = make_product.write_package(tmp_path, NAME, {f"{NAME}_unw_phase.tif": tiff(32611), f"{NAME}_corr.tif": tiff(32611)},
                                        zipped=False)
    assert layers_of(gdal.Open(str(folder))) == ["unw_phase", "corr"]
    # Beside the file, as the dataset is opened for reading only.
    other = gdal.Open(str(folder / f"{NAME}_corr.tif"))
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(32612)
    other.SetSpatialRef(srs)
    other = None
    assert (folder / f"{NAME}_corr.tif.aux.xml").exists()
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    dataset = gdal.Open(str(folder))
    gdal.PopErrorHandler()
    assert layers_of(dataset) == ["unw_phase"]
    assert dataset.GetSpatialRef().GetAuthorityCode(None) == "32611"
    assert gdal.Open(f'HYP3:"{folder}":corr').GetSpatialRef().GetAuthorityCode(None) == "32612"


def zones():
    return [*range(32601, 32661), *range(32701, 32721)]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A product in each of more coordinate systems than the driver remembers."""
    folder = tmp_path_factory.mktemp("world")
    return {epsg: make_product.make_burst(folder / f"S1_136231_IW2_20200604_20200616_VV_INT80_{epsg - 32000:04d}.zip",
                                          nx=8, ny=6, tile=16, epsg=epsg, extras=False, layers=("unw_phase", "corr")).path
            for epsg in zones()}


def test_products_of_many_zones_opened_by_threads_keep_their_own(world):
    wrong = []

    def look(order):
        for epsg in order:
            dataset = gdal.Open(str(world[epsg]))
            if dataset.RasterCount != 2 or dataset.GetSpatialRef().GetAuthorityCode(None) != str(epsg):
                wrong.append(epsg)

    orders = [np.random.default_rng(seed).permutation(zones()) for seed in range(4)]
    threads = [threading.Thread(target=look, args=(list(map(int, order)),)) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("extra, comment", [(0, 0), (40, 100), (5000, 15000), (65000, 65535)])
def test_long_extra_fields_and_comments_are_stepped_over(tmp_path, extra, comment):
    path = tmp_path / f"{NAME}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for layer, seed in (("unw_phase", 1), ("corr", 2)):
            entry = zipfile.ZipInfo(f"{NAME}/{NAME}_{layer}.tif", (2021, 6, 8, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            if extra:
                entry.extra = struct.pack("<HH", 0xcafe, extra - 4) + bytes(extra - 4)
            archive.writestr(entry, make_product.geotiff(pixels(seed), GRID, 32611, 0))
        archive.writestr(f"{NAME}/{NAME}.txt", "Baseline: 12.5\n")
        archive.comment = b"c" * comment
    dataset = gdal.Open(str(path))
    assert layers_of(dataset) == ["unw_phase", "corr"]
    assert dataset.GetMetadataItem("Baseline", "HYP3") == "12.5"
    assert np.array_equal(dataset.GetRasterBand(2).ReadAsArray(), pixels(2))


def test_a_header_costs_one_short_request_of_the_web_server(tmp_path):
    layers = ("unw_phase", "wrapped_phase", "corr", "amp", "dem", "lv_theta", "lv_phi")
    product = make_product.make_gamma(tmp_path, size=SIZE, layers=layers, arrays={name: pixels() for name in layers})
    gdal.VSICurlClearCache()
    with serving(tmp_path) as server:
        dataset = gdal.Open(f"/vsicurl/{server.address}/{product.path.name}")
        assert layers_of(dataset) == list(layers)
        # GDAL fetches whole chunks of 16 kB: the first bytes, the directory, and one or two for each layer and the text.
        assert len(server.sent) <= 2 + len(layers) + 1, server.sent
        assert server.bytes_sent() <= (3 + 2 * (len(layers) + 1)) * 16384
