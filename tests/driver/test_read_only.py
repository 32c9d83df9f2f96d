# SPDX-License-Identifier: MIT
"""Nothing that is done to a product changes it; what GDAL keeps is kept beside it."""
import os
import subprocess
import tempfile

import numpy as np
import pytest
from osgeo import gdal

import make_product
from conftest import run
from hyp3_helpers import band_of, digest, keep, layers_of, open_quietly

BURST_LAYERS = "unw_phase,corr,dem"


@pytest.fixture
def product(tmp_path):
    product = make_product.make_burst(tmp_path)
    before = digest(product.path), os.stat(product.path).st_mtime_ns
    yield product
    assert (digest(product.path), os.stat(product.path).st_mtime_ns) == before, "the product was written to"


def beside(product):
    return sorted(file.name[len(product.path.name):] for file in product.path.parent.iterdir())


USES = [
    ["gdalinfo", "{}"],
    ["gdalinfo", "-stats", "-hist", "-checksum", "{}"],
    ["gdaladdo", "-ro", "-oo", f"LAYERS={BURST_LAYERS}", "{}", "2"],
    ["gdaladdo", "-oo", f"LAYERS={BURST_LAYERS}", "{}", "2"],
    ["gdaladdo", "-clean", "{}"],
    ["gdal_edit.py", "-mo", "A=B", "{}"],
    ["gdal_edit.py", "-a_nodata", "5", "{}"],
    ["gdalmanage", "delete", "{}"],
    ["gdalmanage", "rename", "{}", "elsewhere.zip"],
    ["gdal_translate", "-q", "{}", "/vsimem/out.tif"],
    ["gdalwarp", "-q", "-overwrite", "-t_srs", "EPSG:4326", "{}", "/vsimem/out.tif"],
]


@pytest.mark.parametrize("spelling", ["{}", "/vsizip/{}", 'HYP3:"{}"', 'HYP3:"{}":unw_phase'])
@pytest.mark.parametrize("use", USES, ids=" ".join)
def test_the_archive_is_never_written(product, use, spelling):
    name = spelling.format(product.path)
    if ":unw_phase" in name:
        use = [word for word in use if word not in ("-oo", f"LAYERS={BURST_LAYERS}")]
    done = run(*[word.replace("{}", name) for word in use], check=False)
    assert done.returncode >= 0, done
    assert product.path.exists()
    # No stray file but GDAL's own; it numbers the overviews of a selection.
    assert set(beside(product)) <= {"", ".aux.xml", ".ovr", "_0.ovr"}


@pytest.mark.parametrize("spelling", ["{}", "/vsizip/{}", 'HYP3:"{}"', 'HYP3:"{}":unw_phase'])
def test_update_is_refused_with_a_sentence(product, spelling):
    with pytest.raises(RuntimeError, match="open it read-only"):
        gdal.Open(spelling.format(product.path), gdal.GA_Update)
    assert gdal.GetLastErrorNo() == gdal.CPLE_NotSupported


def test_pixels_cannot_be_written(product):
    dataset = gdal.Open(str(product.path))
    with pytest.raises(RuntimeError):
        dataset.GetRasterBand(1).WriteArray(np.zeros((30, 40), np.float32))


@pytest.mark.parametrize("first,second", [("{}", "/vsizip/{}"), ("/vsizip/{}", "{}"), ("{}", 'HYP3:"{}"')])
def test_statistics_are_kept_beside_the_archive_for_every_spelling(product, first, second):
    dataset = gdal.Open(first.format(product.path))
    written = band_of(dataset, "corr").ComputeStatistics(False)
    dataset = None
    assert beside(product) == ["", ".aux.xml"]
    dataset = gdal.Open(second.format(product.path))
    assert band_of(dataset, "corr").GetStatistics(False, False) == pytest.approx(written)
    assert any(file.endswith(".zip.aux.xml") for file in dataset.GetFileList())


def test_statistics_of_a_selection_are_not_taken_for_those_of_the_product(product):
    """PAM knows bands by number only, and band 1 is another layer in each of these."""
    names = [(str(product.path), []), (str(product.path), ["LAYERS=corr,dem"]),
             (f'HYP3:"{product.path}":dem', []), (f'HYP3:"{product.path}":lv_theta', [])]
    for name, options in names:
        dataset = gdal.OpenEx(name, open_options=options)
        dataset.GetRasterBand(1).ComputeStatistics(False)
        dataset = None
    for name, options in names:
        dataset = gdal.OpenEx(name, open_options=options)
        layer = layers_of(dataset)[0]
        minimum = dataset.GetRasterBand(1).GetStatistics(False, False)[0]
        values = product[layer]
        assert minimum == pytest.approx(float(values[values != 0].min())), layer


def test_overviews_of_a_selection_stay_with_it(product):
    run("gdaladdo", "-ro", f'HYP3:"{product.path}":corr', "2")
    dataset = gdal.Open(f'HYP3:"{product.path}":corr')
    assert dataset.GetRasterBand(1).GetOverviewCount() == 1
    assert np.array_equal(dataset.GetRasterBand(1).GetOverview(0).ReadAsArray(), product["corr"][::2, ::2])
    for name in (str(product.path), f'HYP3:"{product.path}":dem'):
        assert keep(gdal.Open(name)).GetOverviewCount() == 0


def test_overviews_of_a_product_lie_beside_it_and_are_used(tmp_path):
    product = make_product.make_burst(tmp_path, layers=("unw_phase", "corr"))
    before = digest(product.path)
    run("gdaladdo", "-ro", product.path, "2")
    assert beside(product) == ["", ".ovr"]
    for name in (product.path, f"/vsizip/{product.path}"):
        dataset = gdal.Open(str(name))
        assert dataset.GetRasterBand(2).GetOverviewCount() == 1
        assert np.array_equal(dataset.GetRasterBand(2).GetOverview(0).ReadAsArray(), product["corr"][::2, ::2])
    assert digest(product.path) == before


def test_a_folder_product_keeps_statistics_beside_the_folder(tmp_path):
    product = make_product.make_burst(tmp_path, zipped=False)
    inside = sorted(product.path.iterdir())
    dataset = gdal.Open(str(product.path))
    dataset.GetRasterBand(1).ComputeStatistics(False)
    dataset = None
    assert sorted(product.path.iterdir()) == inside
    assert (tmp_path / f"{product.name}.aux.xml").exists()


def test_without_pam_everything_is_still_there(product):
    code = ("from osgeo import gdal; gdal.UseExceptions(); import sys; d = gdal.Open(sys.argv[1]); b = d.GetRasterBand(1);"
            "b.ComputeStatistics(False); print(b.GetNoDataValue(), b.GetUnitType(), b.GetDescription(), d.RasterCount,"
            "b.GetMetadataItem('SIGN'), d.GetMetadataItem('PROCESSOR'), d.GetSpatialRef().GetAuthorityCode(None))")
    done = run("/usr/bin/python3", "-c", code, product.path, env={"GDAL_PAM_ENABLED": "NO"})
    assert done.stdout.split() == ["0.0", "rad", "unw_phase", "8", "positive_away", "ISCE2", "32611"]
    assert beside(product) == [""]


def test_a_folder_that_cannot_be_written_does_no_harm():
    with tempfile.TemporaryDirectory() as name:
        product = make_product.make_burst(name)
        os.chmod(name, 0o555)
        # Root may write everywhere, so it becomes somebody else.
        user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
        if subprocess.run([*user, "test", "-r", product.path, "-a", "!", "-w", name], check=False).returncode != 0:
            pytest.skip("no user without write access can be made here")
        done = run(*user, "gdalinfo", "-stats", product.path, check=False, cwd="/")
        os.chmod(name, 0o755)
        assert done.returncode == 0, done.stderr
        assert "STATISTICS_MEAN" in done.stdout
        assert beside(product) == [""]


def test_the_driver_refuses_to_delete_and_rename(product):
    driver = gdal.GetDriverByName("HYP3")
    for name in (str(product.path), f"HYP3:{product.path.parent}:corr"):
        with pytest.raises(RuntimeError, match="does not delete"):
            driver.Delete(name)
        with pytest.raises(RuntimeError, match="does not rename"):
            driver.Rename(str(product.path.parent / "other.zip"), name)
    dataset, _ = open_quietly(product.path)
    assert dataset
