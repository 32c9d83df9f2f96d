# SPDX-License-Identifier: MIT
"""Reference areas of gdal_ih_sbas, against points in polygons tested one by one, averages by numpy and the least-squares
oracle of test_sbas.
"""
import json
import math

import numpy as np
import pytest
from osgeo import gdal, ogr, osr

from conftest import run
from test_sbas import (WAVELENGTH_M, Stack, check_against_oracle, contents, read, report, sbas, write_raster)

NX, NY, X0, Y0, SPACING = 37, 23, 500000, 4000000, 80
BOX = (X0 + 3 * SPACING, Y0 - 15 * SPACING, X0 + 12 * SPACING, Y0 - 4 * SPACING)
IN_BOX = np.zeros((NY, NX), bool)
IN_BOX[4:15, 3:12] = True


def transformation(source, target):
    systems = []
    for code in (source, target):
        srs = osr.SpatialReference()
        srs.ImportFromEPSG(code)
        srs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
        systems.append(srs)
    return osr.CoordinateTransformation(*systems), systems[1]


def rectangle(column, row, last_column, last_row):
    """A ring around pixels, a third of a pixel wider, so that no centre lies on it."""
    x, y = X0 + (column - 0.3) * SPACING, Y0 - (row - 0.3) * SPACING
    last_x, last_y = X0 + (last_column + 1.3) * SPACING, Y0 - (last_row + 1.3) * SPACING
    return [(x, y), (last_x, y), (last_x, last_y), (x, last_y), (x, y)]


def polygon(*rings):
    shape = ogr.Geometry(ogr.wkbPolygon)
    for points in rings:
        ring = ogr.Geometry(ogr.wkbLinearRing)
        for x, y in points:
            ring.AddPoint_2D(x, y)
        shape.AddGeometry(ring)
    return shape


def write_layers(path, layers, driver="GPKG", epsg=4326):
    """layers: name -> geometries in EPSG:32614, written in another system (epsg=None: as they are, without one)."""
    source = ogr.GetDriverByName(driver).CreateDataSource(str(path))
    to, srs = transformation(32614, epsg or 32614)
    for name, shapes in layers.items():
        layer = source.CreateLayer(name, srs if epsg else None)
        for shape in shapes:
            feature = ogr.Feature(layer.GetLayerDefn())
            moved = shape.Clone()
            if epsg:
                moved.Transform(to)
            feature.SetGeometry(moved)
            layer.CreateFeature(feature)
    del source
    return path


def inside(*shapes):
    """Pixels whose centre lies in any of the polygons."""
    out = np.zeros((NY, NX), bool)
    for row in range(NY):
        for column in range(NX):
            centre = ogr.Geometry(ogr.wkbPoint)
            centre.AddPoint_2D(X0 + (column + 0.5) * SPACING, Y0 - (row + 0.5) * SPACING)
            out[row, column] = any(shape.Contains(centre) for shape in shapes)
    return out


def robust(values):
    middle = np.median(values)
    return np.mean(values - 2 * math.pi * np.round((values - middle) / (2 * math.pi)))


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    """One hole in a hundred pixels, so that most of an area has data in all 15 pairs."""
    return Stack(tmp_path_factory.mktemp("area") / "in", holes=0.01)


@pytest.fixture(scope="module")
def gappy(tmp_path_factory):
    """Every second pair lacks a phase at a pixel: 1 pixel of some 32000 has data in all pairs."""
    return Stack(tmp_path_factory.mktemp("gappy") / "in", holes=0.5, seed=3)


def phases(stack):
    return np.where(stack.phase == 0, np.nan, stack.phase)


# -------- which pixels -------------------------------------------------------------------------------------------------

def test_polygons_of_another_coordinate_system_become_the_pixels_whose_centres_they_hold(stack, tmp_path):
    holed = polygon(rectangle(3, 3, 15, 15), rectangle(6, 6, 9, 10))
    overlapping = ogr.Geometry(ogr.wkbMultiPolygon)
    for part in (rectangle(20, 2, 26, 8), rectangle(24, 5, 30, 12)):
        overlapping.AddGeometry(polygon(part))
    slanted = polygon([(X0 + 100, Y0 - 1500), (X0 + 900, Y0 - 1330), (X0 + 411, Y0 - 1799), (X0 + 100, Y0 - 1500)])
    area = write_layers(tmp_path / "area.gpkg", {"stable": [holed, overlapping, slanted]})
    sbas(stack.csv, tmp_path / "out", "-ref_area", area)
    expected = inside(holed, polygon(rectangle(20, 2, 26, 8)), polygon(rectangle(24, 5, 30, 12)), slanted)
    plane = read(tmp_path / "out", "reference_area.tif")
    assert ((plane > 0) == expected).all()
    complete = (stack.phase != 0).all(axis=0)
    assert ((plane == 1) == (expected & complete)).all() and (plane == 2).any()
    told = report(tmp_path / "out")["reference"]
    assert told["kind"] == "polygons" and told["area"]["polygons"] == 4
    assert told["area"]["pixels"] == expected.sum() and told["area"]["used_pixels"] == (plane == 1).sum()
    assert told["area"]["pixels_with_gaps_left_out"] == (plane == 2).sum()
    average = stack.coherence.mean(axis=0)[plane == 1].mean()
    assert told["average_coherence"] == pytest.approx(average, abs=1e-6)
    assert plane[told["row"], told["column"]] == 1


def test_a_box_holds_the_pixels_whose_centres_lie_in_it(stack, tmp_path):
    sbas(stack.csv, tmp_path / "out", "-ref_box", *BOX)
    assert ((read(tmp_path / "out", "reference_area.tif") > 0) == IN_BOX).all()
    assert report(tmp_path / "out")["reference"]["kind"] == "box"


def test_pixels_below_a_coherence_are_left_out_on_request(stack, tmp_path):
    sbas(stack.csv, tmp_path / "out", "-ref_box", *BOX, "-ref_min_coherence", 0.55)
    coherent = stack.coherence.mean(axis=0) >= 0.55
    expected = IN_BOX & coherent & (stack.phase != 0).all(axis=0)
    assert ((read(tmp_path / "out", "reference_area.tif") == 1) == expected).all()
    told = report(tmp_path / "out")["reference"]["area"]
    assert told["pixels_below_coherence"] == (IN_BOX & ~coherent).sum()
    done = sbas(stack.csv, tmp_path / "none", "-ref_box", *BOX, "-ref_min_coherence", 1, code=1)
    assert "-ref_min_coherence" in done.stderr


# -------- their phase --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("how, average", [("robust", robust), ("mean", np.mean), ("median", np.median)])
def test_the_solution_is_relative_to_the_average_of_the_area(stack, tmp_path, how, average):
    sbas(stack.csv, tmp_path / "out", "-ref_box", *BOX, "-ref_average", how)
    phase = phases(stack)
    used = IN_BOX & np.isfinite(phase).all(axis=0)
    reference = np.array([average(p[used]) for p in phase])
    check_against_oracle(tmp_path / "out", stack.pairs, stack.dates, phase, stack.coherence, 45000, WAVELENGTH_M,
                         reference_phase=reference)


def test_the_mean_displacement_of_the_area_is_0(stack, tmp_path):
    # Without weights the solution is linear and the same for all complete pixels, so its mean is that of the phases.
    sbas(stack.csv, tmp_path / "out", "-ref_box", *BOX, "-weight", "none", "-ref_average", "mean")
    used = read(tmp_path / "out", "reference_area.tif") == 1
    means = read(tmp_path / "out", "displacement.tif")[:, used].mean(axis=1, dtype=float)
    assert abs(means).max() < 1e-8 < abs(read(tmp_path / "out", "displacement.tif")[1:, used]).max()


def test_a_ramp_taken_off_leaves_the_area_where_it_is(stack, tmp_path):
    sbas(stack.csv, tmp_path / "before", "-ref_box", *BOX)
    sbas(stack.csv, tmp_path / "after", "-ref_box", *BOX, "-deramp", "quadratic")
    used = read(tmp_path / "before", "reference_area.tif") == 1
    before, after = (read(tmp_path / name, "displacement.tif")[:, used] for name in ("before", "after"))
    assert abs(after - before).max() > 1e-4
    # float32 values of some centimetres
    assert abs((after - before).mean(axis=1, dtype=float)).max() < 1e-8


@pytest.fixture(scope="module")
def cycles(stack, tmp_path_factory):
    """The same stack with a cycle too many in a third of the box, in two of its pairs."""
    other = Stack(tmp_path_factory.mktemp("cycles") / "in", holes=0.01)
    for k in (2, 9):
        a, b = other.pairs[k]
        phase = other.phase[k].copy()
        part = (phase != 0) & IN_BOX & (np.arange(NX) < 6)
        phase[part] += 2 * math.pi
        write_raster(other.folder / f"{a:%Y%m%d}_{b:%Y%m%d}_unw.tif", phase, other.metadata)
    return other


@pytest.mark.parametrize("how", ["robust", "mean"])
def test_wrong_cycles_within_the_area_move_the_mean_but_not_the_robust_average(stack, cycles, tmp_path, how):
    for name, source in (("right", stack), ("wrong", cycles)):
        sbas(source.csv, tmp_path / name, "-ref_box", *BOX, "-ref_average", how)
    elsewhere = (slice(None), slice(16, None), slice(14, None))
    moved = np.nanmax(abs(read(tmp_path / "right", "displacement.tif")[elsewhere] -
                          read(tmp_path / "wrong", "displacement.tif")[elsewhere]))
    if how == "robust":
        assert moved < 1e-7            # rounding of the phases to float32
    else:
        assert moved > 1e-3            # a third of a cycle of 28 mm, shared out among the dates
    share = report(tmp_path / "wrong")["reference"]["area"]["greatest_share_a_cycle_away"]
    used = IN_BOX & (stack.phase != 0).all(axis=0)
    assert share == pytest.approx((used & (np.arange(NX) < 6)).sum() / used.sum())
    assert any("reference area" in text for text in report(tmp_path / "wrong")["warnings"])
    assert report(tmp_path / "right")["reference"]["area"]["greatest_share_a_cycle_away"] == 0


def test_without_pixels_that_have_all_phases_every_pair_refers_to_those_it_has(gappy, tmp_path):
    done = sbas(gappy.csv, tmp_path / "out", "-ref_box", *BOX)
    phase = phases(gappy)
    usable = IN_BOX & np.isfinite(phase).any(axis=0)
    valid = np.isfinite(phase[:, usable])
    told = report(tmp_path / "out")["reference"]["area"]
    assert told["used_pixels"] == usable.sum() and told["pixels_with_gaps_left_out"] == 0
    fewer = {(p["reference_date"], p["secondary_date"]): p["pixels"] for p in told["pairs_with_fewer_pixels"]}
    assert fewer == {(str(a), str(b)): n for (a, b), n in zip(gappy.pairs, valid.sum(axis=1)) if n < usable.sum()}
    assert "every pair refers to those it has" in done.stderr
    reference = np.array([robust(p[usable & np.isfinite(p)]) for p in phase])
    check_against_oracle(tmp_path / "out", gappy.pairs, gappy.dates, phase, gappy.coherence, 45000, WAVELENGTH_M,
                         reference_phase=reference)


def test_a_pair_without_any_phase_in_the_area_is_refused_or_left_out(stack, tmp_path):
    other = Stack(tmp_path / "in", holes=0.01)
    a, b = other.pairs[4]
    phase = other.phase[4] * ~IN_BOX
    write_raster(other.folder / f"{a:%Y%m%d}_{b:%Y%m%d}_unw.tif", phase, other.metadata)
    done = sbas(other.csv, tmp_path / "out", "-ref_box", *BOX, code=1)
    assert f"{a:%Y%m%d}_{b:%Y%m%d}" in done.stderr and "1 of 15" in done.stderr
    done = sbas(other.csv, tmp_path / "out", "-ref_box", *BOX, "-ref_invalid", "drop", code=2)
    whole = report(tmp_path / "out")
    assert whole["network"]["pairs"] == 14 and "reference area" in whole["skipped"][0]["reason"]
    assert whole["reference"]["area"]["pairs_with_fewer_pixels"] == []


def test_the_machine_changes_no_byte(gappy, tmp_path):
    words = [gappy.csv, "-ref_box", *BOX]
    for name, more, env in (("a", ["-threads", 1], {}), ("b", ["-threads", 3, "-wm", "1B"], {"IH_BLOCK_PIXELS": "32"})):
        sbas(words[0], tmp_path / name, *words[1:], *more, env=env)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


# -------- words --------------------------------------------------------------------------------------------------------

def test_one_of_several_layers_has_to_be_named(stack, tmp_path):
    area = write_layers(tmp_path / "two.gpkg", {"town": [polygon(rectangle(3, 3, 9, 9))],
                                                "rock": [polygon(rectangle(20, 10, 25, 15))]})
    done = sbas(stack.csv, tmp_path / "out", "-ref_area", area, code=1)
    assert "town" in done.stderr and "rock" in done.stderr
    sbas(stack.csv, tmp_path / "out", "-ref_area", f"{area},rock")
    plane = read(tmp_path / "out", "reference_area.tif")
    assert plane[10:16, 20:26].all() and (plane > 0).sum() == 36
    assert "no such layer" in sbas(stack.csv, tmp_path / "x", "-ref_area", f"{area},sand", code=1).stderr


def test_what_is_no_polygon_is_counted_or_refused(stack, tmp_path):
    line = ogr.CreateGeometryFromWkt(f"LINESTRING ({X0} {Y0}, {X0 + 100} {Y0})")
    mixed = write_layers(tmp_path / "mixed.geojson", {"m": [line, polygon(rectangle(3, 3, 9, 9))]}, "GeoJSON")
    done = sbas(stack.csv, tmp_path / "out", "-ref_area", mixed)
    assert "1 features of -ref_area are no polygons" in done.stderr
    lines = write_layers(tmp_path / "lines.geojson", {"l": [line]}, "GeoJSON")
    assert "no polygon" in sbas(stack.csv, tmp_path / "x", "-ref_area", lines, code=1).stderr


def test_a_file_without_coordinate_system_is_taken_to_be_in_the_grids(stack, tmp_path):
    area = write_layers(tmp_path / "bare.shp", {"bare": [polygon(rectangle(3, 3, 9, 9))]}, "ESRI Shapefile", None)
    done = sbas(stack.csv, tmp_path / "out", "-ref_area", area)
    assert "no coordinate system" in done.stderr
    assert (read(tmp_path / "out", "reference_area.tif") > 0).sum() == 49


@pytest.mark.parametrize("words, why", [
    (["-ref_box", *BOX, "-ref_pixel", 1, 1], "exclude each other"),
    (["-ref_box", BOX[2], BOX[1], BOX[0], BOX[3]], "not a box"),
    (["-ref_box", 0, 0, 10, 10], "no centre of a pixel"),
    (["-ref_area", "missing.gpkg"], "not a vector file"),
    (["-ref_area", "pairs.csv"], "polygon"),
    (["-ref_average", "median"], "needs -ref_area"),
    (["-ref_pixel", 1.5, 1.5], "whole numbers")])
def test_useless_words_are_refused_with_the_reason(stack, tmp_path, words, why):
    done = sbas(stack.csv, tmp_path / "out", *words, code=1, cwd=stack.folder)
    assert why in done.stderr and not (tmp_path / "out").exists() or not any((tmp_path / "out").iterdir())


def test_the_comparison_with_truth_knows_of_areas(tmp_path):
    """Without any error, motion relative to an area is the true motion less its mean there."""
    run("gdal_ih_simulate", "-q", "-dates", 5, "-ts", 60, 50, "-no_errors", tmp_path / "sim")
    run("gdal_ih_sbas", "-q", tmp_path / "sim", tmp_path / "point")
    grid = report(tmp_path / "point")["grid"]["geotransform"]
    box = [grid[0] + 20 * grid[1], grid[3] + 30 * grid[5], grid[0] + 30 * grid[1], grid[3] + 20 * grid[5]]
    run("gdal_ih_sbas", "-q", tmp_path / "sim", tmp_path / "area", "-ref_box", *box, "-ref_average", "mean")
    compared = json.loads(run("gdal_ih_simulate", "-json", "-compare", tmp_path / "area", tmp_path / "sim").stdout)
    assert compared["velocity_rms_mm_per_year"] < 0.01
