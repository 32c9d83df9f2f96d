# SPDX-License-Identifier: MIT
"""gdal_ih_simulate -compare on results made by hand, whose errors are therefore known: dates, heights, unwrapping errors.
"""
import json

import numpy as np
import pytest
from osgeo import gdal

from conftest import run
from test_simulate import simulate, truth_of, truth_raster, write_result

gdal.UseExceptions()

NO_DATA = -32768
ROW, COLUMN = 30, 40


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scene") / "stack"
    simulate(folder, "-ts", 96, 72, "-dates", 6, "-connections", 2, "-unwrap_errors", 0.6)
    return folder


def write(folder, name, planes, kind, about=None, no_data=None):
    like = gdal.Open(str(folder / "velocity.tif"))
    raster = gdal.GetDriverByName("GTiff").Create(str(folder / name), like.RasterXSize, like.RasterYSize, len(planes), kind)
    raster.SetGeoTransform(like.GetGeoTransform())
    raster.SetSpatialRef(like.GetSpatialRef())
    for k, plane in enumerate(planes):
        band = raster.GetRasterBand(k + 1)
        band.WriteArray(plane)
        if about:
            band.SetMetadata(about[k])
        if no_data is not None:
            band.SetNoDataValue(no_data)
    raster = None


def make_result(scene, folder, displacement_error=0.0):
    """The truth as a result, relative to one pixel; displacement_error is (date, row, column)."""
    truth = gdal.Open(str(scene / "truth" / "velocity.tif"))
    gt, velocity = truth.GetGeoTransform(), truth.ReadAsArray().astype("f8")
    series = truth_raster(scene, "displacement") + displacement_error
    write_result(folder, gt, truth.GetSpatialRef(), velocity - velocity[ROW, COLUMN], np.full(velocity.shape, 0.001),
                 list(series - series[:, ROW, COLUMN][:, None, None]), [d["date"] for d in truth_of(scene)["dates"]],
                 np.ones(velocity.shape, "u1"), (gt[0] + (COLUMN + 0.5) * gt[1], gt[3] + (ROW + 0.5) * gt[5]))
    return velocity.shape


def compare(result, scene):
    return json.loads(run("gdal_ih_simulate", "-compare", result, "-json", scene).stdout)


def planted(scene):
    """(pair, row, column), in the order of truth.json, and what a result says of its bands."""
    pairs = truth_of(scene)["pairs"]
    shape = truth_raster(scene, "velocity").shape[-2:]
    cycles = np.zeros((len(pairs), *shape), int)
    raster = gdal.Open(str(scene / "truth" / "unwrapping_errors.tif"))
    names = [p["product"] for p in pairs]
    for k in range(raster.RasterCount):
        band = raster.GetRasterBand(k + 1)
        cycles[names.index(band.GetDescription())] = np.rint(band.ReadAsArray())
    about = [{"REFERENCE_DATE": p["reference_date"], "SECONDARY_DATE": p["secondary_date"]} for p in pairs]
    assert (cycles != 0).any(axis=(1, 2)).sum() >= 2
    return cycles, about


def test_each_date_has_its_own_figures(scene, tmp_path):
    shape = (6, *truth_raster(scene, "velocity").shape[-2:])
    error = np.random.default_rng(2).normal(0.001, 0.003, shape) * np.arange(6)[:, None, None]
    error[:, ROW, COLUMN] = 0
    make_result(scene, tmp_path / "out", error)
    report = compare(tmp_path / "out", scene)
    listed = report["displacement_of_dates"]
    assert [d["date"] for d in listed] == [d["date"] for d in truth_of(scene)["dates"]][1:]
    for k, date in enumerate(listed):
        assert date["rms_mm"] == pytest.approx(1e3 * np.sqrt((error[k + 1] ** 2).mean()), rel=1e-4)
        assert date["bias_mm"] == pytest.approx(1e3 * error[k + 1].mean(), abs=1e-4)
    assert report["displacement_rms_mm"] == pytest.approx(1e3 * np.sqrt((error[1:] ** 2).mean()), rel=1e-4)
    assert listed[-1]["date"] in run("gdal_ih_simulate", "-compare", tmp_path / "out", scene).stdout


def test_heights_have_bias_and_error_relative_to_the_reference(scene, tmp_path):
    make_result(scene, tmp_path / "out")
    height = truth_raster(scene, "dem_error")
    error = np.random.default_rng(3).normal(2, 3, height.shape)
    error[ROW, COLUMN] = 0
    write(tmp_path / "out", "dem_error.tif", [height - height[ROW, COLUMN] + error], gdal.GDT_Float32)
    report = compare(tmp_path / "out", scene)
    assert report["dem_error_rms_m"] == pytest.approx(np.sqrt((error**2).mean()), rel=1e-4)
    assert report["dem_error_bias_m"] == pytest.approx(error.mean(), rel=1e-4)


def test_what_is_not_there_is_null(scene, tmp_path):
    make_result(scene, tmp_path / "out")
    report = compare(tmp_path / "out", scene)
    for key in "dem_error_rms_m", "dem_error_bias_m", "planted_unwrapping_errors", "repaired_share", "harmed_share":
        assert report[key] is None
    assert "repaired" not in run("gdal_ih_simulate", "-compare", tmp_path / "out", scene).stdout


def test_repaired_and_harmed_are_counted_relative_to_the_reference(scene, tmp_path):
    make_result(scene, tmp_path / "out")
    cycles, about = planted(scene)
    k = int((cycles != 0).sum(axis=(1, 2)).argmax())
    row, column = np.argwhere(cycles[k] != 0)[0]
    # the reference inside an error of one pair: there, all else is wrong
    truth = gdal.Open(str(scene / "truth" / "velocity.tif"))
    gt = truth.GetGeoTransform()
    (tmp_path / "out" / "run.json").write_text(json.dumps(
        {"reference": {"x": gt[0] + (column + 0.5) * gt[1], "y": gt[3] + (row + 0.5) * gt[5]}}))
    wrong = cycles - cycles[:, row, column][:, None, None]
    random = np.random.default_rng(4)
    found = np.where(random.random(wrong.shape) < 0.7, wrong, 0)
    found += random.random(wrong.shape) < 0.05
    found[:, row, column] = 0
    gaps = random.random(wrong.shape) < 0.1
    gaps[:, row, column] = False
    write(tmp_path / "out", "unwrapping_cycles.tif", list(np.where(gaps, NO_DATA, found)), gdal.GDT_Int16, about, NO_DATA)
    report = compare(tmp_path / "out", scene)
    bad, good = ~gaps & (wrong != 0), ~gaps & (wrong == 0)
    assert report["planted_unwrapping_errors"] == bad.sum()
    assert report["repaired_share"] == pytest.approx((found == wrong)[bad].mean(), abs=1e-9)
    assert report["harmed_share"] == pytest.approx((found != 0)[good].mean(), abs=1e-9)
    told = run("gdal_ih_simulate", "-compare", tmp_path / "out", scene).stdout
    assert f"Of them repaired:                {100 * report['repaired_share']:.2f} %" in told


def test_an_area_is_off_by_what_most_of_it_is(scene, tmp_path):
    make_result(scene, tmp_path / "out")
    cycles, about = planted(scene)
    k = int((cycles != 0).sum(axis=(1, 2)).argmax())
    inside = np.argwhere(cycles[k] != 0)
    area = np.zeros(cycles.shape[1:], "u1")
    area[tuple(inside[: len(inside) // 2].T)] = 1
    area[:2, :2] = 1   # a few good pixels beside
    write(tmp_path / "out", "reference_area.tif", [area], gdal.GDT_Byte)
    middle = np.array([np.sort(plane[area == 1])[(int(area.sum()) - 1) // 2] for plane in cycles])
    wrong = cycles - middle[:, None, None]
    assert middle[k] != 0
    write(tmp_path / "out", "unwrapping_cycles.tif", list(wrong), gdal.GDT_Int16, about, NO_DATA)
    report = compare(tmp_path / "out", scene)
    assert report["planted_unwrapping_errors"] == (wrong != 0).sum()
    assert report["repaired_share"] == 1 and report["harmed_share"] == 0


def test_without_planted_errors_harm_alone_is_told(tmp_path):
    simulate(tmp_path / "in", "-ts", 96, 72, "-dates", 3, "-no_unwrap_errors")
    shape = make_result(tmp_path / "in", tmp_path / "out")
    found = np.zeros((3, *shape), int)
    found[1, :10] = 1
    about = [{"REFERENCE_DATE": p["reference_date"], "SECONDARY_DATE": p["secondary_date"]}
             for p in truth_of(tmp_path / "in")["pairs"]]
    write(tmp_path / "out", "unwrapping_cycles.tif", list(found), gdal.GDT_Int16, about, NO_DATA)
    report = compare(tmp_path / "out", tmp_path / "in")
    assert report["planted_unwrapping_errors"] == 0 and report["repaired_share"] is None
    assert report["harmed_share"] == pytest.approx(10 * shape[1] / found.size)


def test_a_pair_of_another_stack_is_refused(scene, tmp_path):
    shape = make_result(scene, tmp_path / "out")
    write(tmp_path / "out", "unwrapping_cycles.tif", [np.zeros(shape)], gdal.GDT_Int16,
          [{"REFERENCE_DATE": "1999-01-01", "SECONDARY_DATE": "1999-02-01"}], NO_DATA)
    failed = run("gdal_ih_simulate", "-compare", tmp_path / "out", scene, check=False)
    assert failed.returncode == 1 and "none of the simulation" in failed.stderr
