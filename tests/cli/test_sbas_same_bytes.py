# SPDX-License-Identifier: MIT
"""What must not change a result of gdal_ih_sbas with everything switched on: threads, memory, blocks, caches. And that
products are read once, whatever the memory."""
import zipfile

import pytest

from conftest import run
from test_sbas import contents, report, sbas

EVERYTHING = ["-min_coherence", "0.3", "-unwrap_error", "l1", "-troposphere", "height_correlation", "-deramp", "quadratic",
              "-dem_error", "-outlier_cutoff", "3", "-reference_date", "auto", "-periodic", "1"]


@pytest.fixture(scope="module")
def products(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulated") / "products"
    run("gdal_ih_simulate", "-q", "-dates", 10, "-ts", 240, 180, folder)
    return folder


@pytest.fixture(scope="module")
def one_thread(products, tmp_path_factory):
    out = tmp_path_factory.mktemp("one") / "out"
    sbas(products, out, *EVERYTHING, "-threads", 1, "-wm", "1GB", "-no_resume")
    assert report(out)["execution"]["work_cube_in_file"] is False
    return contents(out)


@pytest.mark.parametrize("words, in_file", [
    (["-threads", 2, "-wm", "1GB", "-no_resume"], False),
    (["-threads", 7, "-wm", "1GB"], True),
    (["-threads", 1, "-wm", "8MB", "-no_resume"], True),
    (["-threads", 2, "-wm", "1B"], True),
    (["-threads", 7, "-wm", "1MB", "--config", "IH_BLOCK_PIXELS", "1600"], True),
    (["-threads", 2, "-wm", "1GB", "-no_resume", "--config", "IH_CACHE_MB", "0", "--config", "GDAL_CACHEMAX", "1"], False),
], ids=["two", "seven", "file_without_name", "least", "blocks", "no_caches"])
def test_everything_on_gives_the_same_bytes(products, one_thread, tmp_path, words, in_file):
    sbas(products, tmp_path / "out", *EVERYTHING, *words)
    assert report(tmp_path / "out")["execution"]["work_cube_in_file"] is in_file
    result = contents(tmp_path / "out")
    assert set(result) == set(one_thread)
    assert [name for name in result if result[name] != one_thread[name]] == []


def packed_bytes(products, suffixes):
    """Bytes in the archives of the members with these ends."""
    total = 0
    for path in products.glob("*.zip"):
        with zipfile.ZipFile(path) as archive:
            total += sum(info.compress_size for info in archive.infolist() if info.filename.endswith(suffixes))
    return total


@pytest.fixture(scope="module")
def large_products(tmp_path_factory):
    folder = tmp_path_factory.mktemp("large") / "products"
    run("gdal_ih_simulate", "-q", "-dates", 4, "-connections", 1, "-ts", 640, 500, folder)
    return folder


@pytest.mark.parametrize("wm", ["1GB", "1MB"])
def test_phase_and_coherence_are_read_from_the_archives_once(large_products, tmp_path, wm):
    sbas(large_products, tmp_path / "out", "-wm", wm, "-threads", 2)
    execution = report(tmp_path / "out")["execution"]
    archives = list(large_products.glob("*.zip"))
    layers = packed_bytes(large_products, ("_unw_phase.tif", "_corr.tif"))
    assert execution["readings"] == 1
    assert execution["input_bytes"] == sum(path.stat().st_size for path in archives)
    # GDAL looks for the directory of an archive in small steps, up to 300 kB whenever a layer is opened; a layer read
    # twice would be some 0.7 MB
    assert layers <= execution["bytes_read"]["read"] <= layers + len(archives) * 2 * 350e3
