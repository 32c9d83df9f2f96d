# SPDX-License-Identifier: MIT
"""gdal_ih_sbas -unwrap_error: whole cycles that a simulation planted, looked for by the program.

The oracle is the simulation: it tells which cycles are wrong, and without them it makes the same stack again (every
error source draws from random numbers of its own), so a corrected stack can be held against one that was never wrong.
"""
import csv
import json
import re
import signal

import numpy as np
import pytest
from osgeo import gdal

from conftest import SOURCE, run
from test_sbas import Stack, contents, read, report, sbas, start_and_signal, write_raster

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
    done = run("gdal_ih_sbas", "-unwrap_error", "l1", "-no_resume", wrong, out)
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


def test_the_comparison_with_the_truth_counts_the_same(wrong, corrected):
    found, planted = read(corrected, "unwrapping_cycles.tif"), planted_cycles(wrong, corrected)
    bad, good = (found != NO_DATA) & (planted != 0), (found != NO_DATA) & (planted == 0)
    told = json.loads(run("gdal_ih_simulate", "-compare", corrected, "-json", wrong).stdout)
    assert told["planted_unwrapping_errors"] == bad.sum()
    assert told["repaired_share"] == pytest.approx((found == planted)[bad].mean(), abs=1e-9)
    assert told["harmed_share"] == pytest.approx((found != 0)[good].mean(), abs=1e-9)
    assert told["repaired_share"] >= GOAL_REPAIRED and told["harmed_share"] <= GOAL_HARMED


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


@pytest.mark.parametrize("method", ["l1", "bridging"])
def test_an_interrupted_correction_leaves_nothing(wrong, tmp_path, method):
    code, text = start_and_signal([wrong, tmp_path / "out", "-unwrap_error", method, "-no_resume", "-wm", "1MB"],
                                  b"correcting", signal.SIGINT)
    assert code == 1 and "interrupted" in text and not (tmp_path / "out").exists()


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


# -------- whole regions ------------------------------------------------------------------------------------------------

WEST, GAP, EAST = slice(0, 55), slice(55, 62), slice(62, 120)
WRONG = {2: 1, 7: -2}   # pair: cycles of everything east of the gap
METHODS = ["bridging", "phase_closure", "bridging+phase_closure"]


def rewrite(folder, layer, change):
    path = next(folder.glob(f"*_{layer}.tif"))
    raster = gdal.Open(str(path), gdal.GA_Update)
    raster.GetRasterBand(1).WriteArray(change(raster.ReadAsArray()))
    raster = None


def add(values, columns, phase):
    values[:, columns] += phase
    return values


def make_islands(folder, family, wrong=WRONG):
    """Ground without noise on both sides of a gap without phase or coherence; returns the products by date."""
    run("gdal_ih_simulate", "-q", "-family", family, "-no_errors", "-no_decorrelation", "-no_water", "-same_extent",
        "-no_margins", "-format", "folder", "-dates", 5, "-ts", 120, 90, folder)
    products = sorted(p for p in folder.iterdir() if p.name.startswith("S1"))
    # by dates, as the program numbers them
    truth = json.loads((folder / "truth" / "truth.json").read_text())["pairs"]
    order = {p["product"]: (p["reference_date"], p["secondary_date"]) for p in truth}
    products.sort(key=lambda p: order[p.name])
    for k, product in enumerate(products):
        def phase(values):
            add(values, EAST, 2 * np.pi * wrong.get(k, 0))
            values[:, GAP] = 0
            return values

        def coherence(values):
            values[:, GAP] = 0.05
            return values

        def component(values):
            values[:, WEST], values[:, GAP], values[:, EAST] = 1, 0, 2
            return values
        rewrite(product, "unw_phase", phase)
        rewrite(product, "corr", coherence)
        if family == "burst":
            rewrite(product, "conncomp", component)
    return products


@pytest.fixture(scope="module")
def islands(tmp_path_factory):
    made = {}

    def get(family):
        if family not in made:
            folder = tmp_path_factory.mktemp("islands") / family
            make_islands(folder, family)
            made[family] = folder
        return made[family]
    return get


REFERENCE = ["-ref_pixel", 20, 40]


def assert_cycles(plane, east):
    """0 west of the gap. A phase that happens to be 0 is no data."""
    known = plane != NO_DATA
    assert known.sum() >= plane.shape[0] * (plane.shape[1] - (GAP.stop - GAP.start)) - 3
    assert (plane[:, WEST][known[:, WEST]] == 0).all()
    assert (plane[:, EAST][known[:, EAST]] == east).all()


@pytest.mark.parametrize("family", ["gamma", "burst"])
@pytest.mark.parametrize("method", [*METHODS, "l1"])
def test_wrong_regions_are_repaired(islands, tmp_path, family, method):
    sbas(islands(family), tmp_path / "out", *REFERENCE, "-unwrap_error", method)
    found = read(tmp_path / "out", "unwrapping_cycles.tif")
    assert (found[:, :, GAP] == NO_DATA).all()
    for k, plane in enumerate(found):
        assert_cycles(plane, WRONG.get(k, 0))
    told = report(tmp_path / "out")["unwrapping"]
    assert told["corrected_pairs"] == len(WRONG) and told["ambiguous_share"] == 0
    if method == "l1":
        assert told["regions"] is None
        return
    by = ("pairs_by_components", "pairs_by_coherence")
    assert [told["regions"][b] for b in by] == ([9, 0] if family == "burst" else [0, 9])
    rows = table(tmp_path / "out", "unwrapping.csv")
    assert {r["components"] for r in rows} == {"unwrapper" if family == "burst" else "coherence"}
    assert {r["inconclusive_pixels"] for r in rows} == {""}
    if method == "phase_closure":
        assert {r["bridged_regions"] for r in rows} == {""} and told["regions"]["common_regions"] == 1
    else:
        assert [int(r["bridged_regions"]) for r in rows] == [int(k in WRONG) for k in range(len(rows))]
        assert {int(r["regions"]) for r in rows} == {2}


def test_the_style_shows_the_pair_with_most_corrections(islands, tmp_path):
    products = islands("burst")
    sbas(products, tmp_path / "out", *REFERENCE, "-unwrap_error", "bridging", env={"IH_DATA": str(SOURCE / "data")})
    corrected = [int(row["corrected_pixels"]) for row in table(tmp_path / "out", "unwrapping.csv")]
    most = corrected.index(max(corrected))
    assert most in WRONG
    style = (tmp_path / "out" / "unwrapping_cycles.qml").read_text()
    assert re.search(r'<rasterrenderer [^>]*band="(\d+)"', style).group(1) == str(most + 1)
    assert 'colorRampType="DISCRETE"' in style


def test_threads_and_memory_change_no_byte_of_regions(islands, tmp_path):
    runs = {"one": ["-threads", 1], "file": ["-threads", 2, "-wm", "1B"], "seven": ["-threads", 7]}
    for name, words in runs.items():
        sbas(islands("burst"), tmp_path / name, *REFERENCE, "-unwrap_error", "bridging+phase_closure", *words)
        assert contents(tmp_path / name) == contents(tmp_path / "one"), name
    assert report(tmp_path / "file")["execution"]["work_cube_in_file"] is True


def test_components_from_a_table_are_used(islands, tmp_path):
    source = islands("burst")
    lines = ["reference_date,secondary_date,unw,corr,conncomp"]
    for pair in json.loads((source / "truth" / "truth.json").read_text())["pairs"]:
        layers = [source / pair["product"] / f"{pair['product']}_{layer}.tif"
                  for layer in ("unw_phase", "corr", "conncomp")]
        lines.append(",".join(map(str, [pair["reference_date"], pair["secondary_date"], *layers])))
    (tmp_path / "pairs.csv").write_text("\n".join(lines) + "\n")
    sbas(tmp_path / "pairs.csv", tmp_path / "out", *REFERENCE, "-wavelength", 0.0554657595, "-unwrap_error", "bridging")
    sbas(source, tmp_path / "products", *REFERENCE, "-unwrap_error", "bridging")
    assert report(tmp_path / "out")["unwrapping"]["regions"]["pairs_by_components"] == 9
    assert (read(tmp_path / "out", "unwrapping_cycles.tif") == read(tmp_path / "products", "unwrapping_cycles.tif")).all()


def test_pairs_without_components_use_coherence_and_those_without_reference_stay(tmp_path):
    products = make_islands(tmp_path / "in", "burst")
    next(products[3].glob("*_conncomp.tif")).unlink()

    def no_west(values):
        values[:, WEST] = 0
        return values
    rewrite(products[2], "conncomp", no_west)
    done = sbas(tmp_path / "in", tmp_path / "out", *REFERENCE, "-unwrap_error", "bridging")
    found = read(tmp_path / "out", "unwrapping_cycles.tif")
    changed = [k for k, plane in enumerate(found) if ((plane != 0) & (plane != NO_DATA)).any()]
    assert changed == [7]
    told = report(tmp_path / "out")["unwrapping"]["regions"]
    assert (told["pairs_by_components"], told["pairs_by_coherence"], told["pairs_without_reference"]) == (8, 1, 1)
    assert "the reference point lies in no region of 1 pairs" in done.stderr
    assert "phase_closure" not in done.stderr
    done = sbas(tmp_path / "in", tmp_path / "closure", *REFERENCE, "-unwrap_error", "phase_closure")
    assert "lies in no region common to all pairs" in done.stderr
    assert report(tmp_path / "closure")["unwrapping"]["corrected_values"] == 0


def slope(values, rad_per_column, bend=0):
    x = np.arange(values.shape[1])
    values[:] = np.where(values == 0, 0, 1 + rad_per_column * x + bend * x**2)
    return values


@pytest.mark.parametrize("ramp, bend", [("linear", 0), ("quadratic", 1e-3)])
def test_a_ramp_across_a_gap_is_no_error_once_it_is_taken_off(tmp_path, ramp, bend):
    """More than half a cycle across the gap, all of it a ramp that the reference's region shows as well."""
    products = make_islands(tmp_path / "in", "burst")
    rewrite(products[4], "unw_phase", lambda values: slope(values, 0.4, bend))
    for words, expected in ([], 1), (["-bridge_ramp", ramp], 0):
        out = tmp_path / f"out{expected}"
        sbas(tmp_path / "in", out, *REFERENCE, "-unwrap_error", "bridging", *words)
        found = read(out, "unwrapping_cycles.tif")
        assert_cycles(found[4], expected)
        assert_cycles(found[7], WRONG[7])
    assert report(out)["options"]["bridge_ramp"] == ramp


def test_narrow_windows_compare_what_is_near_the_gap(tmp_path):
    """Ends of the bridge are 12 columns apart, middles of windows of half width 4 are 13.5: half a cycle lies between."""
    products = make_islands(tmp_path / "in", "burst")
    rewrite(products[4], "unw_phase", lambda values: slope(values, np.pi / 12.75))
    for words, expected in ([], 1), (["-bridge_radius", 1], 0):
        sbas(tmp_path / "in", tmp_path / f"out{expected}", *REFERENCE, "-unwrap_error", "bridging", *words)
        assert_cycles(read(tmp_path / f"out{expected}", "unwrapping_cycles.tif")[4], expected)


def test_small_regions_move_when_they_are_asked_to(tmp_path):
    """24 pixels in a corner: less than 0.3 % of the area, which is 32."""
    products = make_islands(tmp_path / "in", "burst")

    def corner(values):
        values[:8, 114:] = 0
        values[:6, 116:] = 3
        return values

    def wrong(values):
        values[:6, 116:] += 2 * np.pi
        return values
    rewrite(products[4], "conncomp", corner)
    rewrite(products[4], "unw_phase", wrong)
    for words, expected in ([], 0), (["-region_min_area", 10], 1):
        out = tmp_path / f"out{expected}"
        sbas(tmp_path / "in", out, *REFERENCE, "-unwrap_error", "bridging", *words)
        found = read(out, "unwrapping_cycles.tif")[4]
        assert (found[:6, 116:] == expected).all() and set(np.unique(found[:, :114])) <= {0, NO_DATA}
        assert int(table(out, "unwrapping.csv")[4]["regions"]) == 2 + expected


def test_the_samples_of_a_region_decide_about_its_closure(tmp_path):
    """An error of the region's margin, where its middle in raster order lies: a single sample takes it for all of the
    region, the median of a hundred does not."""
    products = make_islands(tmp_path / "in", "burst", wrong={})
    rewrite(products[4], "unw_phase", lambda values: add(values, slice(EAST.start, 76), 2 * np.pi))
    for samples in 1, 100:
        out = tmp_path / f"out{samples}"
        sbas(tmp_path / "in", out, *REFERENCE, "-unwrap_error", "phase_closure", "-closure_samples", samples)
        assert_cycles(read(out, "unwrapping_cycles.tif")[4], 0 if samples == 100 else 1)


def test_more_cycles_than_can_be_kept_are_left_alone(tmp_path):
    products = make_islands(tmp_path / "in", "gamma")

    rewrite(products[4], "unw_phase", lambda values: add(values, EAST, 2 * np.pi * 128))
    done = sbas(tmp_path / "in", tmp_path / "out", *REFERENCE, "-unwrap_error", "bridging")
    found = read(tmp_path / "out", "unwrapping_cycles.tif")
    assert_cycles(found[4], 0)
    assert_cycles(found[7], WRONG[7])
    assert "1 pairs would need more than 127 cycles" in done.stderr


def test_a_correction_that_makes_closures_worse_is_told(tmp_path):
    """East of the gap the ground moves by more than half a cycle between two dates: bridging takes that for an error in
    the pairs that see all of it, and leaves alone the one that does not show it near the gap."""
    products = make_islands(tmp_path / "in", "gamma", wrong={})
    for k in range(3):   # the pairs of the first date
        shown = slice(EAST.start + (12 if k == 1 else 0), EAST.stop)
        rewrite(products[k], "unw_phase", lambda values: add(values, shown, 2 * np.pi * 0.7))
    done = sbas(tmp_path / "in", tmp_path / "out", *REFERENCE, "-unwrap_error", "bridging")
    told = report(tmp_path / "out")["unwrapping"]
    assert told["ambiguous_share"] > told["ambiguous_share_uncorrected"]
    assert "fewer triplets close than before" in done.stderr
    done = sbas(tmp_path / "in", tmp_path / "l1", *REFERENCE, "-unwrap_error", "l1")
    assert "fewer triplets close" not in done.stderr
