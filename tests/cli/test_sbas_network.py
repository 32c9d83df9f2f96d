# SPDX-License-Identifier: MIT
"""Selection of pairs by gdal_ih_sbas, and what it tells of the network, against verdicts and numbers worked out by hand.

A stack of six dates, twelve days apart, with the nine pairs of one and two connections. Positions of the orbit are chosen
so that baselines are easy: 0, 10, 60, 20, 200, 30 m.
"""
import csv
import json
import math
import re
import xml.etree.ElementTree as ElementTree
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal

from conftest import run
from make_product import make_gamma, make_stack
from test_sbas import (WAVELENGTH_M, check_against_oracle, contents, read, report, sbas, write_raster)

DATES = [date(2020, 1, 1) + timedelta(days=12 * i) for i in range(6)]
POSITION = [0, 10, 60, 20, 200, 30]
INDEX = [(i, j) for i in range(6) for j in (i + 1, i + 2) if j < 6]
PAIRS = [(DATES[i], DATES[j]) for i, j in INDEX]
# In the order of the pairs: 01 02 12 13 23 24 34 35 45.
COHERENCE = [0.9, 0.5, 0.8, 0.3, 0.7, 0.6, 0.4, 0.2, 0.65]
NX, NY = 20, 15


def name_of(pair):
    return f"{pair[0]:%Y%m%d}_{pair[1]:%Y%m%d}"


class Small:
    """Pixel (3, 2) has data everywhere and coherence near 1, so it is the reference."""

    def __init__(self, folder, errors=None, holes=0.05):
        random = np.random.default_rng(11)
        self.folder = Path(folder)
        self.folder.mkdir(parents=True)
        lines = ["reference_date,secondary_date,perpendicular_baseline_m,unw,corr"]
        metadata = {"WAVELENGTH_METRES": repr(WAVELENGTH_M), "FIRST_TIME": "12:30:00", "RANGE_LOOKS": "20",
                    "AZIMUTH_LOOKS": "4"}
        motion = np.concatenate([[np.zeros((NY, NX))], random.normal(0, 2, (5, NY, NX))])
        self.phase, self.coherence = [], []
        for k, ((i, j), pair) in enumerate(zip(INDEX, PAIRS)):
            phase = motion[j] - motion[i] + random.normal(0, 0.1, (NY, NX)) + 1
            phase += 2 * math.pi * (errors or {}).get((i, j), 0) * (np.arange(NX) >= NX // 2)
            phase[random.random((NY, NX)) < holes] = 0
            phase[2, 3] = 0.5
            coherence = np.clip(COHERENCE[k] + random.uniform(-0.1, 0.1, (NY, NX)), 0.01, 1)
            coherence[:, 0] = 0
            coherence[2, 3] = 0.99
            self.phase.append(phase.astype(np.float32).astype(float))
            self.coherence.append(coherence.astype(np.float32).astype(float))
            write_raster(self.folder / f"{name_of(pair)}_unw.tif", phase, metadata)
            write_raster(self.folder / f"{name_of(pair)}_corr.tif", coherence)
            lines.append(f"{pair[0]},{pair[1]},{POSITION[j] - POSITION[i]},{name_of(pair)}_unw.tif,"
                         f"{name_of(pair)}_corr.tif")
        self.phase, self.coherence = np.array(self.phase), np.array(self.coherence)
        self.csv = self.folder / "pairs.csv"
        self.csv.write_text("\n".join(lines) + "\n")
        self.mean = [c[c > 0].mean() for c in self.coherence]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return Small(tmp_path_factory.mktemp("small") / "in")


def table(out, name):
    with open(Path(out) / name, newline="") as file:
        return list(csv.DictReader(file))


def day(i):
    return f"{DATES[i]:%Y%m%d}"


def dropped(out):
    """Pairs of dates by number, and why."""
    rows = table(out, "network.csv")
    assert [(r["reference_date"], r["secondary_date"]) for r in rows] == [(str(a), str(b)) for a, b in PAIRS]
    told = {(p["reference_date"], p["secondary_date"]): p["reason"] for p in report(out)["network"]["dropped"]}
    reasons = {}
    for row, pair, index in zip(rows, PAIRS, INDEX):
        if row["verdict"].startswith("kept"):
            continue
        assert told.pop((str(pair[0]), str(pair[1]))) == row["verdict"]
        reasons[index] = row["verdict"]
    assert not told
    return reasons


def check_solution(small, out):
    """Everything is what the kept pairs alone give."""
    gone = dropped(out)
    keep = [k for k, index in enumerate(INDEX) if index not in gone]
    pairs = [PAIRS[k] for k in keep]
    dates = sorted({d for p in pairs for d in p})
    phase = np.where(small.phase == 0, np.nan, small.phase)[keep]
    check_against_oracle(out, pairs, dates, phase, small.coherence[keep], 45000, WAVELENGTH_M)
    average = read(out, "average_coherence.tif")
    assert abs(average - small.coherence[keep].mean(axis=0)).max() < 1e-6
    assert [i["name"] for i in report(out)["inputs"]] == [f"{name_of(p)}_unw.tif" for p in pairs]
    assert len(table(out, "residual_rms.csv")) == len(keep)


TEMPORAL, PERPENDICULAR, CONNECTION = ("temporal baseline too long", "perpendicular baseline too long",
                                       "beyond the number of connections")
CRITERIA = {
    "temporal": (["-max_temporal_baseline", 12], {(i, i + 2): TEMPORAL for i in range(4)}),
    "perpendicular": (["-max_perpendicular_baseline", 60],
                      {(2, 4): PERPENDICULAR, (3, 4): PERPENDICULAR, (4, 5): PERPENDICULAR}),
    "connections": (["-max_connections", 1], {(i, i + 2): CONNECTION for i in range(4)}),
    "start": (["-start_date", day(2)], {p: "before the start date" for p in [(0, 1), (0, 2), (1, 2), (1, 3)]}),
    "end": (["-end_date", "2020-02-06"], {p: "after the end date" for p in [(2, 4), (3, 4), (3, 5), (4, 5)]}),
    "date": (["-exclude_date", day(4)], {p: "date excluded" for p in [(2, 4), (3, 4), (4, 5)]}),
    "dates": (["-exclude_date", f"{day(0)},{DATES[5]}"],
              {p: "date excluded" for p in [(0, 1), (0, 2), (3, 5), (4, 5)]}),
    "pair": (["-exclude_pair", f"{day(1)}_{day(3)}", "-exclude_pair", f"{DATES[3]}_{DATES[5]}"],
             {p: "pair excluded" for p in [(1, 3), (3, 5)]}),
    "index": (["-exclude_index", "1,6:7"], {p: "index excluded" for p in [(0, 2), (3, 4), (3, 5)]}),
    "include": (["-include_pair", ",".join(name_of(PAIRS[k]) for k in (0, 2, 4, 6, 8))],
                {(i, i + 2): "not in the list of pairs" for i in range(4)}),
}


@pytest.mark.parametrize("words, expected", CRITERIA.values(), ids=CRITERIA)
def test_pairs_are_dropped_by_what_is_known_before_reading(small, tmp_path, words, expected):
    sbas(small.csv, tmp_path / "out", *words)
    assert dropped(tmp_path / "out") == expected
    check_solution(small, tmp_path / "out")
    for row, index in zip(table(tmp_path / "out", "network.csv"), INDEX):
        assert (row["mean_coherence"] == "") == (index in expected), "a dropped pair is not read"


def test_dropped_pairs_need_not_be_readable(small, tmp_path):
    other = Small(tmp_path / "in")
    path = other.folder / f"{name_of(PAIRS[3])}_corr.tif"
    path.write_bytes(path.read_bytes()[:-200])
    sbas(other.csv, tmp_path / "damaged", code=2)
    sbas(other.csv, tmp_path / "out", "-exclude_pair", name_of(PAIRS[3]))
    check_solution(other, tmp_path / "out")


def test_a_pair_that_cannot_be_read_does_not_shift_the_selection(small, tmp_path):
    """Its criteria are applied again to what remains, as a stack without the pair would have them."""
    other = Small(tmp_path / "in")
    path = other.folder / f"{name_of(PAIRS[0])}_corr.tif"
    path.write_bytes(path.read_bytes()[:-200])
    sbas(other.csv, tmp_path / "out", "-exclude_index", "2", code=2)
    lines = other.csv.read_text().splitlines()
    other.csv.write_text("\n".join([lines[0]] + lines[2:]))
    sbas(other.csv, tmp_path / "without", "-exclude_index", "2")
    assert (tmp_path / "out" / "network.csv").read_bytes() == (tmp_path / "without" / "network.csv").read_bytes()
    assert read(tmp_path / "out", "velocity.tif").tobytes() == read(tmp_path / "without", "velocity.tif").tobytes()


def test_lists_may_lie_in_a_file(small, tmp_path):
    (tmp_path / "pairs.txt").write_text(f"# bad\n{name_of(PAIRS[3])} 0.3 24\n\n{name_of(PAIRS[7])} 0.2 24  # worse\n")
    (tmp_path / "dates.txt").write_text(f"{DATES[0]}\r\n")
    sbas(small.csv, tmp_path / "out", "-exclude_pair", f"@{tmp_path}/pairs.txt", "-exclude_date",
         f"@{tmp_path}/dates.txt")
    assert dropped(tmp_path / "out") == {(0, 1): "date excluded", (0, 2): "date excluded", (1, 3): "pair excluded",
                                         (3, 5): "pair excluded"}
    check_solution(small, tmp_path / "out")


LOW = "mean coherence too low"
# At 0.62 the pairs 02 13 24 34 35 are too weak. The best tree of the stack: 01 12 23 45, and of 24 and 34, which join
# the fifth date, 24.
WEAK = [(0, 2), (1, 3), (3, 4), (3, 5)]


def test_pairs_are_dropped_by_their_coherence_but_for_the_spanning_tree(small, tmp_path):
    sbas(small.csv, tmp_path / "out", "-min_coherence", 0.62)
    assert dropped(tmp_path / "out") == {p: LOW for p in WEAK}
    rows = {i: r for i, r in zip(INDEX, table(tmp_path / "out", "network.csv"))}
    assert rows[2, 4]["verdict"] == "kept for the minimum spanning tree"
    for row, mean in zip(rows.values(), small.mean):
        assert float(row["mean_coherence"]) == pytest.approx(mean, abs=1e-6)
    check_solution(small, tmp_path / "out")
    assert report(tmp_path / "out")["execution"]["readings"] == 1


def test_without_the_tree_dates_may_fall_apart(small, tmp_path):
    done = sbas(small.csv, tmp_path / "out", "-min_coherence", 0.62, "-no_spanning_tree")
    assert dropped(tmp_path / "out") == {p: LOW for p in WEAK + [(2, 4)]}
    assert "2 parts" in done.stderr and report(tmp_path / "out")["network"]["components"] == 2
    check_solution(small, tmp_path / "out")


def test_dates_without_pairs_vanish_and_are_told(small, tmp_path):
    sbas(small.csv, tmp_path / "out", "-min_coherence", 0.67, "-no_spanning_tree")
    network = report(tmp_path / "out")["network"]
    assert network["dates_without_pair"] == [str(DATES[4]), str(DATES[5])]
    assert [d["date"] for d in report(tmp_path / "out")["dates"]] == [str(d) for d in DATES[:4]]
    check_solution(small, tmp_path / "out")


def test_a_criterion_of_coherence_that_drops_nothing_changes_no_result(small, tmp_path):
    sbas(small.csv, tmp_path / "plain")
    sbas(small.csv, tmp_path / "out", "-min_coherence", 0.01)
    plain, out = contents(tmp_path / "plain"), contents(tmp_path / "out")
    for name in plain:
        if name.endswith((".tif", ".csv")):
            assert plain[name] == out[name], name


# Rows of low coherence of each pair of make_lake.
LOW_ROWS = {("2020-06-04", "2020-06-16"): 0, ("2020-06-04", "2020-06-28"): 20, ("2020-06-16", "2020-06-28"): 3,
            ("2020-06-16", "2020-07-10"): 15, ("2020-06-28", "2020-07-10"): 6, ("2020-06-04", "2020-07-10"): 9}


def make_lake(folder):
    """Water, the left 10 of 40 columns, has a coherence of 0.2; land 0.5 but for the first rows of 0.1."""
    mask = np.ones((30, 40), np.uint8)
    mask[:, :10] = 0
    for (a, b), rows in LOW_ROWS.items():
        corr = np.full((30, 40), 0.5, np.float32)
        corr[:, :10] = 0.2
        corr[:rows, 10:] = 0.1
        unw = np.linspace(1, 2, 1200, dtype=np.float32).reshape(30, 40)
        a, b = a.replace("-", ""), b.replace("-", "")
        make_gamma(folder, reference=f"{a}T022312", secondary=f"{b}T022312", masked=False,
                   arrays={"corr": corr, "unw_phase": unw, "water_mask": mask})
    return folder


def test_the_coherent_area_is_measured_against_water(tmp_path):
    sbas(make_lake(tmp_path / "in"), tmp_path / "out", "-min_area_ratio", 0.75, "-ref_pixel", 35, 25)
    rows = table(tmp_path / "out", "network.csv")
    assert len(rows) == len(LOW_ROWS)
    for row in rows:
        n = LOW_ROWS[row["reference_date"], row["secondary_date"]]
        assert float(row["area_ratio"]) == pytest.approx(1 - n / 30, abs=1e-6)
        # Mean coherence is that of land: 0.5 less what lies at 0.1.
        assert float(row["mean_coherence"]) == pytest.approx(0.5 - 0.4 * n / 30, abs=1e-6)
        assert row["verdict"] == ("kept" if 1 - n / 30 >= 0.75 else "coherent area too small")
    assert report(tmp_path / "out")["network"]["water_coherence"] == pytest.approx(0.2, abs=1e-6)


def test_coherent_areas_are_counted_to_the_pixel(tmp_path):
    """Of estimated coherence, a value for every pixel, against every raster counted by itself."""
    run("gdal_ih_simulate", "-q", "-dates", 5, "-ts", 90, 70, "-same_extent", "-format", "folder", tmp_path / "in")
    words = ["-min_area_ratio", 0.2, "-keep_spanning_tree"]
    for name, more in ("in_memory", ["-threads", 1]), ("in_file", ["-threads", 3, "-wm", "1B"]):
        sbas(tmp_path / "in", tmp_path / name, *words, *more)
    products = sorted(path for path in (tmp_path / "in").iterdir() if path.name.startswith("S1"))
    rasters = [[gdal.Open(str(path / f"{path.name}_{layer}.tif")).ReadAsArray() for layer in ("corr", "water_mask")]
               for path in products]
    land = rasters[0][1] == 1
    water = np.mean([corr[~land & (corr > 0)].mean(dtype=float) for corr, _ in rasters])
    for name in "in_memory", "in_file":
        rows = {(row["reference_date"], row["secondary_date"]): row for row in table(tmp_path / name, "network.csv")}
        # sums are of multiples of 2^-24
        assert report(tmp_path / name)["network"]["water_coherence"] == pytest.approx(water, abs=1e-7)
        for path, (corr, _) in zip(products, rasters):
            a, b = (f"{d[:4]}-{d[4:6]}-{d[6:]}" for d in re.findall(r"_(\d{8})T", path.name))
            counted = land & (corr > 0)
            # six digits are written: less than a pixel of some thousand
            assert float(rows[a, b]["area_ratio"]) == pytest.approx((corr[counted] > water).mean(), abs=1e-6)


def test_pairs_are_judged_by_an_area_of_interest(tmp_path):
    """Rows 12 to 27 of all columns, water included: of n rows of low coherence n - 12 are among its 16."""
    folder = make_lake(tmp_path / "in")
    sbas(folder, tmp_path / "plain", "-ref_pixel", 35, 25)
    x, dx, _, y, _, dy = report(tmp_path / "plain")["grid"]["geotransform"]
    box = [x, y + 28 * dy, x + 40 * dx, y + 12 * dy]
    corners = [(box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3]), (box[0], box[1])]
    crs = {"type": "name", "properties": {"name": report(tmp_path / "plain")["crs"]}}
    (tmp_path / "area.geojson").write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": [{
        "type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [corners]}}]}))
    for name, words in {"box": ["-coherence_box", *box], "area": ["-coherence_area", tmp_path / "area.geojson"]}.items():
        out = tmp_path / name
        done = run("gdal_ih_sbas", folder, out, "-min_area_ratio", 0.9, "-min_coherence", 0.4, "-ref_pixel", 35, 25,
                   "-no_spanning_tree", *words)
        for row in table(out, "network.csv"):
            low = max(0, LOW_ROWS[row["reference_date"], row["secondary_date"]] - 12) / 16
            assert float(row["mean_coherence"]) == pytest.approx(0.5 - 0.4 * low, abs=1e-6)
            assert float(row["area_ratio"]) == pytest.approx(1 - low, abs=1e-6)
            assert row["verdict"] == ("mean coherence too low" if 0.5 - 0.4 * low < 0.4 else
                                      "coherent area too small" if low > 0.1 else "kept")
        network = report(out)["network"]
        assert network["water_coherence"] == pytest.approx(0.2, abs=1e-6)
        assert network["coherence_area"] == {"polygons": int(name == "area"), "pixels": 640, "land_pixels": 480}
        assert f"480 pixels of land in the {name}" in done.stdout
    assert report(tmp_path / "plain")["network"]["coherence_area"] is None
    water = [x, y + 28 * dy, x + 9 * dx, y]
    assert "water" in sbas(folder, tmp_path / "x", "-coherence_box", *water, code=1).stderr


def test_the_coherent_area_without_water_is_an_error(small, tmp_path):
    done = sbas(small.csv, tmp_path / "out", "-min_area_ratio", 0.5, code=1)
    assert "water" in done.stderr


def test_the_reference_is_chosen_among_the_kept_pairs(tmp_path):
    """A pixel without data in a dropped pair alone is complete, and the best."""
    stack = Small(tmp_path / "in", holes=0)
    for k, pair in enumerate(PAIRS):
        stack.coherence[k, 9, 9] = 1.0
        write_raster(stack.folder / f"{name_of(pair)}_corr.tif", stack.coherence[k])
    stack.phase[7, 9, 9] = 0
    write_raster(stack.folder / f"{name_of(PAIRS[7])}_unw.tif", stack.phase[7],
                 {"WAVELENGTH_METRES": repr(WAVELENGTH_M), "FIRST_TIME": "12:30:00", "RANGE_LOOKS": "20",
                  "AZIMUTH_LOOKS": "4"})
    sbas(stack.csv, tmp_path / "all")
    sbas(stack.csv, tmp_path / "before", "-exclude_index", 7)
    sbas(stack.csv, tmp_path / "after", "-min_coherence", 0.25)
    places = [tuple(report(tmp_path / n)["reference"][k] for k in ("column", "row")) for n in ("all", "before", "after")]
    assert places == [(3, 2), (9, 9), (9, 9)]
    for name in ("velocity.tif", "displacement.tif", "valid_pairs.tif", "average_coherence.tif"):
        assert np.array_equal(read(tmp_path / "before", name), read(tmp_path / "after", name), equal_nan=True)


def test_dates_are_listed_with_their_pairs(small, tmp_path):
    sbas(small.csv, tmp_path / "out", "-exclude_date", day(4), "-exclude_index", "3")
    rows = table(tmp_path / "out", "dates.csv")
    assert [r["date"] for r in rows] == [str(d) for d in DATES]
    # Left: 01 02 12 23 35.
    assert [int(r["pairs"]) for r in rows] == [2, 2, 3, 2, 0, 1]
    assert [r["component"] for r in rows] == ["1", "1", "1", "1", "", "1"]
    weakest = [small.mean[k] if k is not None else math.nan for k in (1, 2, 1, 7, None, 7)]
    got = [float(r["weakest_coherence"] or "nan") for r in rows]
    assert np.allclose(got, weakest, atol=1e-6, equal_nan=True)
    got = [float(r["perpendicular_baseline_m"] or "nan") for r in rows]
    assert np.allclose(got, [0, 10, 60, 20, math.nan, 30], atol=1e-4, equal_nan=True)
    network = report(tmp_path / "out")["network"]
    assert network["weakest_date"] == {"date": str(DATES[5]), "pairs": 1}
    assert [(b["reference_date"], b["secondary_date"]) for b in network["bridges"]] == \
        [(str(DATES[i]), str(DATES[j])) for i, j in [(2, 3), (3, 5)]]
    bridge = {i: r["bridge"] for i, r in zip(INDEX, table(tmp_path / "out", "network.csv"))}
    assert [i for i, b in bridge.items() if b == "1"] == [(2, 3), (3, 5)]


def test_the_summary_tells_what_was_dropped_and_where_the_network_is_weak(small, tmp_path):
    done = run("gdal_ih_sbas", small.csv, tmp_path / "out", "-exclude_date", day(4), "-exclude_index", "3")
    assert "5 of 9 pairs kept; 1 index excluded, 3 date excluded; 1 dates lost all their pairs" in done.stdout
    assert f"{DATES[5]} with 1 pair; 2 pairs in no loop" in done.stdout


def test_figures_show_dropped_pairs_too(small, tmp_path):
    sbas(small.csv, tmp_path / "out", "-min_coherence", 0.62)
    for name in ("network.svg", "coherence_matrix.svg"):
        text = ElementTree.tostring(ElementTree.parse(tmp_path / "out" / name).getroot(), encoding="unicode",
                                    method="text")
        assert str(DATES[0])[:4] in text
    titles = (tmp_path / "out" / "network.svg").read_text()
    assert titles.count(LOW) >= len(WEAK)


@pytest.mark.parametrize("words, told", [
    (["-exclude_date", "20200230"], "'20200230' is not a date"),
    (["-start_date", "yesterday"], "-start_date: 'yesterday' is not a date"),
    (["-exclude_pair", "20200113"], "is not a pair"),
    (["-exclude_pair", "20200113_20200101"], "the earlier date first"),
    (["-exclude_index", "1:x"], "'1:x' is not an index"),
    (["-exclude_index", "-1"], "'-1' is not an index"),
    (["-exclude_index", "3:1"], "ends before it starts"),
    (["-exclude_index", "9"], "9"),
    (["-exclude_pair", "@no_such_file"], "cannot be read"),
    (["-exclude_pair", ","], "the list is empty"),
    (["-max_temporal_baseline", "5"], "temporal baseline"),
    (["-max_connections", "0"], "max_connections"),
    (["-start_date", "20200125", "-end_date", "20200206"], "too few"),
    (["-keep_spanning_tree", "-no_spanning_tree"], "exclude each other"),
    (["-min_coherence", "0.95", "-no_spanning_tree"], "coherence"),
])
def test_impossible_criteria_are_refused(small, tmp_path, words, told):
    done = sbas(small.csv, tmp_path / "out", *words, code=1)
    assert told in done.stderr
    assert not (tmp_path / "out").exists()


def test_words_that_name_nothing_are_told(small, tmp_path):
    done = sbas(small.csv, tmp_path / "out", "-exclude_date", "20190101", "-exclude_pair", "20190101_20190102")
    assert "1 entries of -exclude_date" in done.stderr and "1 entries of -exclude_pair" in done.stderr
    assert dropped(tmp_path / "out") == {}


def test_a_pair_of_unknown_baseline_is_kept_and_counted(tmp_path):
    stack = Small(tmp_path / "in")
    lines = stack.csv.read_text().splitlines()
    lines[6] = ",".join(lines[6].split(",")[:2] + [""] + lines[6].split(",")[3:])      # pair 24, 140 m
    stack.csv.write_text("\n".join(lines))
    done = sbas(stack.csv, tmp_path / "out", "-max_perpendicular_baseline", 60)
    assert (2, 4) not in dropped(tmp_path / "out")
    assert "1 pairs of unknown perpendicular baseline" in done.stderr


# -------- overview -----------------------------------------------------------------------------------------------------

def triplets_of(pairs):
    return [(a, b, c) for a, b in pairs for bb, c in pairs if bb == b and (a, c) in pairs]


def closures(stack, index):
    """Referenced closure of every triplet of the pairs, NaN where a phase is missing."""
    phase = np.where(stack.phase == 0, np.nan, stack.phase)
    phase = dict(zip(INDEX, phase - phase[:, 2, 3][:, None, None]))
    return {t: phase[t[0], t[1]] + phase[t[1], t[2]] - phase[t[0], t[2]] for t in triplets_of(index)}


@pytest.mark.parametrize("words, kept", [([], INDEX), (["-exclude_index", 3], [p for p in INDEX if p != (1, 3)]),
                                         (["-min_coherence", 0.62], [p for p in INDEX if p not in WEAK])])
def test_triplets_that_do_not_close_are_counted(tmp_path, words, kept):
    stack = Small(tmp_path / "in", errors={(2, 3): 1, (3, 5): -2})
    sbas(stack.csv, tmp_path / "out", *words, "-ref_pixel", 3, 2)
    closure = closures(stack, kept)
    values = np.array(list(closure.values())) if closure else np.zeros((0, NY, NX))
    cycles = np.floor((values + math.pi) / (2 * math.pi))
    checked, ambiguous = np.isfinite(cycles), np.nan_to_num(cycles) != 0
    expected = np.where(checked.any(axis=0), ambiguous.sum(axis=0), np.nan)
    assert np.array_equal(read(tmp_path / "out", "closure.tif"), expected, equal_nan=True)
    rows = table(tmp_path / "out", "closures.csv")
    assert [(r["date_1"], r["date_2"], r["date_3"]) for r in rows] == \
        [tuple(str(DATES[i]) for i in t) for t in closure]
    for k, row in enumerate(rows):
        assert int(row["pixels"]) == checked[k].sum() and int(row["ambiguous_pixels"]) == ambiguous[k].sum()
        assert float(row["ambiguous_share"]) == pytest.approx(ambiguous[k].sum() / checked[k].sum(), abs=1e-6)
        # Rests are summed in units of 2^-16 rad.
        assert float(row["mean_closure_rad"]) == pytest.approx(np.nanmean(values[k]), abs=1e-5)
        rest = values[k] - 2 * math.pi * cycles[k]
        assert float(row["mean_rest_rad"]) == pytest.approx(np.nanmean(rest), abs=1e-5)
    told = report(tmp_path / "out")["closure"]
    assert told["triplets"] == len(closure)
    if closure:
        assert told["ambiguous_share"] == pytest.approx(ambiguous.sum() / checked.sum(), abs=1e-9)
    else:
        assert told["ambiguous_share"] is None


def test_the_pair_with_an_unwrapping_error_is_named_first(tmp_path):
    stack = Small(tmp_path / "in", errors={(2, 3): 1}, holes=0)
    done = run("gdal_ih_sbas", stack.csv, tmp_path / "out", "-ref_pixel", 3, 2)
    first = table(tmp_path / "out", "closure_ranking.csv")[0]
    assert (first["reference_date"], first["secondary_date"]) == (str(DATES[2]), str(DATES[3]))
    # Ten of twenty columns in both of its triplets.
    assert first["triplets"] == "2" and float(first["least_ambiguous_share"]) == 0.5
    suspicious = report(tmp_path / "out")["closure"]["suspicious_pairs"]
    assert suspicious[0] == {"reference_date": str(DATES[2]), "secondary_date": str(DATES[3]), "triplets": 2,
                             "least_ambiguous_share": 0.5}
    assert len(table(tmp_path / "out", "closure_ranking.csv")) == 9
    assert f"4 triplets; least share of pixels that do not close: {DATES[2]}/{DATES[3]} 50.0 %" in done.stdout


@pytest.mark.parametrize("words", [[], ["-min_coherence", 0.62]])
def test_the_stacking_velocity_is_a_line_through_the_phases_of_the_kept_pairs(small, tmp_path, words):
    """Least squares of phase against time, through the origin: sum(t phase) / sum(t t)."""
    sbas(small.csv, tmp_path / "out", "-ref_pixel", 3, 2, *words)
    keep = [k for k, p in enumerate(INDEX) if p not in (WEAK if words else [])]
    phase = np.where(small.phase == 0, np.nan, small.phase)[keep]
    phase -= phase[:, 2, 3][:, None, None]
    years = np.array([(PAIRS[k][1] - PAIRS[k][0]).days / 365.25 for k in keep])[:, None, None]
    seen = np.isfinite(phase)
    with np.errstate(invalid="ignore"):
        expected = -WAVELENGTH_M / (4 * math.pi) * np.nansum(years * phase, axis=0) / (seen * years**2).sum(axis=0)
    got = read(tmp_path / "out", "stacking_velocity.tif").astype(float)
    assert np.allclose(got, expected, rtol=1e-6, atol=1e-9, equal_nan=True)


def test_the_overview_can_be_left_out(small, tmp_path):
    sbas(small.csv, tmp_path / "with")
    sbas(small.csv, tmp_path / "without", "-no_overview")
    more = {"closure.tif", "closure.qml", "closures.csv", "closure_ranking.csv", "stacking_velocity.tif",
            "stacking_velocity.qml"}
    a, b = contents(tmp_path / "with"), contents(tmp_path / "without")
    assert set(a) - set(b) == more and set(b) <= set(a)
    assert a["velocity.tif"] == b["velocity.tif"]
    assert report(tmp_path / "without")["closure"] is None


def test_the_overview_knows_no_water(tmp_path):
    mask = np.ones((30, 40), np.uint8)
    mask[:, :6] = 0
    make_stack(tmp_path / "in", ["20200604", "20200616", "20200628"], maker=make_gamma, arrays={"water_mask": mask},
               masked=False)
    sbas(tmp_path / "in", tmp_path / "out")
    for name in ("closure.tif", "stacking_velocity.tif"):
        values = read(tmp_path / "out", name)
        assert np.isnan(values[:, :6]).all() and np.isfinite(values[:, 6:]).any()


# -------- the same bytes, however computed -----------------------------------------------------------------------------

def test_threads_memory_and_blocks_change_no_byte_of_a_selection(small, tmp_path):
    runs = {"one": (["-threads", 1], {}), "two": (["-threads", 2], {}), "file": (["-threads", 2, "-wm", "1B"], {}),
            "blocks": (["-threads", 3], {"IH_BLOCK_PIXELS": "64"}),
            "file_blocks": (["-threads", 2, "-wm", "1B"], {"IH_BLOCK_PIXELS": "48"})}
    for name, (words, env) in runs.items():
        sbas(small.csv, tmp_path / name, "-min_coherence", 0.62, "-exclude_index", 1, *words, env=env)
    assert report(tmp_path / "file")["execution"]["work_cube_in_file"] is True
    first = contents(tmp_path / "one")
    for name in list(runs)[1:]:
        assert contents(tmp_path / name) == first, name


def test_a_reference_without_data_costs_pairs_and_the_selection_is_made_again(small, tmp_path):
    """What was dropped for its coherence comes back into the choice when the stack is read once more."""
    stack = Small(tmp_path / "in", holes=0)
    stack.phase[2, 4, 4] = 0                       # pair 12: dropping it makes 02 part of the tree
    write_raster(stack.folder / f"{name_of(PAIRS[2])}_unw.tif", stack.phase[2],
                 {"WAVELENGTH_METRES": repr(WAVELENGTH_M), "FIRST_TIME": "12:30:00", "RANGE_LOOKS": "20",
                  "AZIMUTH_LOOKS": "4"})
    sbas(stack.csv, tmp_path / "out", "-min_coherence", 0.62, "-ref_pixel", 4, 4, "-ref_invalid", "drop", code=2)
    verdicts = {(r["reference_date"], r["secondary_date"]): r["verdict"] for r in table(tmp_path / "out", "network.csv")}
    assert len(verdicts) == 8
    assert verdicts[str(DATES[0]), str(DATES[2])] == "kept for the minimum spanning tree"
