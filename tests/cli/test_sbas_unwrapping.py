# SPDX-License-Identifier: MIT
"""gdal_ih_sbas -unwrap_error: whole cycles that a simulation planted, looked for by the program.

The oracle is the simulation: it tells which cycles are wrong, and without them it makes the same stack again (every
error source draws from random numbers of its own), so a corrected stack can be held against one that was never wrong.
"""
import csv
import json

import numpy as np
import pytest
from osgeo import gdal

from conftest import run
from test_sbas import Stack, contents, read, report, sbas, write_raster

gdal.UseExceptions()

GOAL_REPAIRED, GOAL_HARMED = 0.8, 0.001
SCENE = ["-ts", 240, 180, "-dates", 16]
NO_DATA = -32768


def simulate(folder, *words):
    run("gdal_ih_simulate", "-q", *SCENE, *words, folder)
    return folder


@pytest.fixture(scope="module")
def wrong(tmp_path_factory):
    """A stack of the usual troubles with wrong cycles in a third of the pairs."""
    return simulate(tmp_path_factory.mktemp("wrong") / "products", "-unwrap_errors", 0.3)


@pytest.fixture(scope="module")
def corrected(wrong, tmp_path_factory):
    out = tmp_path_factory.mktemp("corrected") / "out"
    done = run("gdal_ih_sbas", "-unwrap_error", "l1", wrong, out)
    (out.parent / "summary").write_text(done.stdout)
    return out


@pytest.fixture(scope="module")
def plain(wrong, tmp_path_factory):
    out = tmp_path_factory.mktemp("plain") / "out"
    sbas(wrong, out)
    return out


def planted_cycles(folder, out):
    """Cycles that are wrong relative to the reference of the result, (pair, row, column) of the result."""
    result = gdal.Open(str(out / "unwrapping_cycles.tif"))
    products = [result.GetRasterBand(k + 1).GetMetadataItem("PRODUCT") for k in range(result.RasterCount)]
    truth = gdal.Open(str(folder / "truth" / "unwrapping_errors.tif"))
    a, b = truth.GetGeoTransform(), result.GetGeoTransform()
    window = (round((b[0] - a[0]) / a[1]), round((b[3] - a[3]) / a[5]), result.RasterXSize, result.RasterYSize)
    cycles = np.zeros((len(products), result.RasterYSize, result.RasterXSize))
    for k in range(truth.RasterCount):
        band = truth.GetRasterBand(k + 1)
        cycles[products.index(band.GetDescription())] = np.rint(band.ReadAsArray(*window))
    reference = report(out)["reference"]
    return cycles - cycles[:, reference["row"], reference["column"]][:, None, None]


def table(out, name):
    with open(out / name) as lines:
        return list(csv.DictReader(lines))


def column(rows, name):
    return np.array([int(row[name]) for row in rows])


def shares(folder, out):
    """Share of wrong values that were repaired, and of right ones that were changed, on land."""
    found, planted = read(out, "unwrapping_cycles.tif"), planted_cycles(folder, out)
    known = (found != NO_DATA) & (read(out, "average_coherence.tif") > 0.2)
    bad, good = known & (planted != 0), known & (planted == 0)
    assert bad.sum() > 1000, "the test needs errors"
    return (found == planted)[bad].mean(), (found != 0)[good].mean()


# -------- what it is worth ---------------------------------------------------------------------------------------------

def test_most_planted_cycles_are_repaired_and_hardly_any_value_is_harmed(wrong, corrected):
    repaired, harmed = shares(wrong, corrected)
    assert repaired >= GOAL_REPAIRED and harmed <= GOAL_HARMED


def test_a_repaired_stack_gives_the_series_of_one_that_was_never_wrong(wrong, corrected, tmp_path):
    right = simulate(tmp_path / "right", "-no_unwrap_errors")
    where = report(corrected)["reference"]
    sbas(right, tmp_path / "out", "-ref_xy", where["x"], where["y"])
    found, planted = read(corrected, "unwrapping_cycles.tif"), planted_cycles(wrong, corrected)
    # all pairs of the pixel as they should be, and at least one was wrong
    mended = ((found == planted) | (found == NO_DATA)).all(axis=0) & ((found != NO_DATA) & (planted != 0)).any(axis=0)
    assert mended.sum() > 1000
    expected, got = (read(folder, "displacement.tif")[:, mended] for folder in (tmp_path / "out", corrected))
    assert (np.isnan(expected) == np.isnan(got)).all()
    assert np.nanmax(abs(expected - got)) < 1e-6   # float32 phases of some tens of radians


def test_the_velocity_gets_nearer_to_the_truth(wrong, plain, corrected):
    mask = (read(plain, "mask.tif") == 1) | (read(corrected, "mask.tif") == 1)
    truth, result = gdal.Open(str(wrong / "truth" / "velocity.tif")), gdal.Open(str(plain / "velocity.tif"))
    a, b = truth.GetGeoTransform(), result.GetGeoTransform()
    window = (round((b[0] - a[0]) / a[1]), round((b[3] - a[3]) / a[5]), result.RasterXSize, result.RasterYSize)
    expected = truth.ReadAsArray(*window)
    where = report(plain)["reference"]
    expected = expected - expected[where["row"], where["column"]]
    rms = {}
    for out in plain, corrected:
        difference = read(out, "velocity.tif")[0] - expected
        rms[out] = np.sqrt(np.nanmean(difference[mask] ** 2))
    assert rms[corrected] < 0.9 * rms[plain]
    assert (read(corrected, "mask.tif") == 1).sum() > (read(plain, "mask.tif") == 1).sum()


# -------- what it says -------------------------------------------------------------------------------------------------

def test_the_raster_has_a_band_for_each_pair_and_no_data_where_a_pair_has_none(wrong, corrected):
    raster = gdal.Open(str(corrected / "unwrapping_cycles.tif"))
    pairs = table(corrected, "unwrapping.csv")
    assert raster.RasterCount == len(pairs) and raster.GetMetadataItem("LAYOUT", "IMAGE_STRUCTURE") == "COG"
    for k, pair in enumerate(pairs):
        band = raster.GetRasterBand(k + 1)
        assert band.DataType == gdal.GDT_Int16 and band.GetNoDataValue() == NO_DATA
        assert band.GetDescription() == f"{pair['reference_date']}_{pair['secondary_date']}".replace("-", "")
        assert band.GetUnitType() == "cycles"
        assert (band.GetMetadataItem("REFERENCE_DATE"), band.GetMetadataItem("SECONDARY_DATE")) == \
            (pair["reference_date"], pair["secondary_date"])
    found = raster.ReadAsArray()
    name = raster.GetRasterBand(4).GetMetadataItem("PRODUCT")
    phase = gdal.Open(str(next(wrong.glob(f"{name}*.zip"))))
    a, b = raster.GetGeoTransform(), phase.GetGeoTransform()
    window = (round((a[0] - b[0]) / a[1]), round((a[3] - b[3]) / a[5]), raster.RasterXSize, raster.RasterYSize)
    bands = [phase.GetRasterBand(k + 1).GetDescription() for k in range(phase.RasterCount)]
    unwrapped = phase.GetRasterBand(bands.index("unw_phase") + 1).ReadAsArray(*window)
    # the producer's reference is 0 and yet a phase
    assert ((found[3] == NO_DATA) != (unwrapped == 0)).sum() <= 1


def test_the_tables_count_what_the_raster_shows(corrected):
    found = read(corrected, "unwrapping_cycles.tif").astype(int)
    rows = table(corrected, "unwrapping.csv")
    changed = np.where(found == NO_DATA, 0, found)
    assert (column(rows, "pixels") == (found != NO_DATA).sum(axis=(1, 2))).all()
    assert (column(rows, "corrected_pixels") == (changed != 0).sum(axis=(1, 2))).all()
    assert (column(rows, "cycles_subtracted") - column(rows, "cycles_added") == changed.sum(axis=(1, 2))).all()
    assert (column(rows, "adopted_pixels") <= column(rows, "corrected_pixels")).all()
    told = report(corrected)["unwrapping"]
    assert told["corrected_pairs"] == (changed != 0).any(axis=(1, 2)).sum()
    assert told["corrected_values"] == (changed != 0).sum() and told["values"] == (found != NO_DATA).sum()
    assert told["inconclusive_values"] == column(rows, "inconclusive_pixels").sum()
    assert "Unwrapping: " in (corrected.parent / "summary").read_text()


def test_closures_are_told_of_before_and_after(plain, corrected):
    before, after = table(plain, "closures.csv"), table(corrected, "closures.csv")
    assert (column(after, "ambiguous_pixels_uncorrected") == column(before, "ambiguous_pixels")).all()
    assert all(row["ambiguous_pixels_uncorrected"] == "" for row in before)
    assert column(after, "ambiguous_pixels").sum() < 0.5 * column(before, "ambiguous_pixels").sum()
    told = report(corrected)["unwrapping"]
    assert told["ambiguous_share_uncorrected"] == pytest.approx(report(plain)["closure"]["ambiguous_share"])
    assert told["ambiguous_share"] == pytest.approx(report(corrected)["closure"]["ambiguous_share"])


def test_without_the_option_nothing_is_corrected_and_nothing_written(plain):
    assert report(plain)["unwrapping"] is None
    assert not list(plain.glob("unwrapping*"))


def test_without_overview_only_the_closures_are_missing(wrong, corrected, tmp_path):
    sbas(wrong, tmp_path / "out", "-unwrap_error", "l1", "-no_overview")
    assert report(tmp_path / "out")["unwrapping"]["ambiguous_share_uncorrected"] is None
    for name in "velocity.tif", "unwrapping_cycles.tif", "unwrapping.csv":
        assert (tmp_path / "out" / name).read_bytes() == (corrected / name).read_bytes()


# -------- how it runs --------------------------------------------------------------------------------------------------

def test_threads_memory_and_blocks_change_no_byte_of_a_correction(wrong, corrected, tmp_path):
    runs = {"one": (["-threads", 1], {}), "two": (["-threads", 2, "-wm", "1B"], {}), "seven": (["-threads", 7], {}),
            "blocks": (["-threads", 2, "-wm", "1B"], {"IH_BLOCK_PIXELS": "512"})}
    first = contents(corrected)
    for name, (words, env) in runs.items():
        sbas(wrong, tmp_path / name, "-unwrap_error", "l1", *words, env=env)
        assert contents(tmp_path / name) == first, name
    assert report(tmp_path / "two")["execution"]["work_cube_in_file"] is True
    assert report(corrected)["execution"]["work_cube_in_file"] is False


@pytest.mark.parametrize("value", ["L2", "", "bridging,l1", "1"])
def test_methods_that_do_not_exist_are_refused(wrong, tmp_path, value):
    done = sbas(wrong, tmp_path / "out", "-unwrap_error", value, code=1)
    assert "-unwrap_error" in done.stderr and not (tmp_path / "out").exists()


def test_pairs_that_nothing_checks_are_left_alone_and_told(tmp_path):
    stack = Stack(tmp_path / "in", connections=1)
    sbas(stack.csv, tmp_path / "plain", "-ref_pixel", 7, 5)
    done = sbas(stack.csv, tmp_path / "out", "-ref_pixel", 7, 5, "-unwrap_error", "l1")
    assert "6 of 6 pairs have fewer than two other ways" in done.stderr
    assert report(tmp_path / "out")["unwrapping"]["pairs_of_low_redundancy"] == 6
    assert report(tmp_path / "out")["unwrapping"]["corrected_values"] == 0
    assert (tmp_path / "out" / "velocity.tif").read_bytes() == (tmp_path / "plain" / "velocity.tif").read_bytes()
    assert set(column(table(tmp_path / "out", "unwrapping.csv"), "redundancy")) == {0}


def test_ends_of_a_sparse_network_are_counted(tmp_path):
    # Each date with the next two: the first and the last date have two pairs, so one other way for each.
    stack = Stack(tmp_path / "in", connections=2)
    sbas(stack.csv, tmp_path / "out", "-ref_pixel", 7, 5, "-unwrap_error", "l1")
    redundancy = {(r["reference_date"], r["secondary_date"]): int(r["redundancy"])
                  for r in table(tmp_path / "out", "unwrapping.csv")}
    first, last = str(stack.dates[0]), str(stack.dates[-1])
    assert {pair for pair, ways in redundancy.items() if ways < 2} == \
        {pair for pair in redundancy if first in pair or last in pair}
    assert report(tmp_path / "out")["unwrapping"]["pairs_of_low_redundancy"] == 4


def test_an_error_is_what_differs_from_the_reference(tmp_path):
    """Two cycles on the greater part of a pair are found there when the reference lies outside, else on the rest."""
    stack = Stack(tmp_path / "in", holes=0, noise=0.1)
    k, phase = 5, stack.phase[5].copy()
    phase[9:] += 4 * np.pi
    name = f"{stack.pairs[k][0]:%Y%m%d}_{stack.pairs[k][1]:%Y%m%d}"
    write_raster(stack.folder / f"{name}_unw.tif", phase, stack.metadata)
    for out, row, expected in (tmp_path / "outside", 4, (0, 2)), (tmp_path / "inside", 17, (-2, 0)):
        sbas(stack.csv, out, "-ref_pixel", 20, row, "-unwrap_error", "l1")
        found = read(out, "unwrapping_cycles.tif")
        # the one pixel that the stack has without connection to its surroundings is not meant
        found[:, 5, 7] = np.where(np.arange(len(found)) == k, expected[0], 0)
        assert (found[k][:9] == expected[0]).all() and (found[k][9:] == expected[1]).all()
        assert (np.delete(found, k, axis=0) == 0).all()
