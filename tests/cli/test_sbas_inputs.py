# SPDX-License-Identifier: MIT
"""What gdal_ih_sbas makes of its inputs: what may be one stack, what is a duplicate, and what it says of files, lists,
tables and boxes that are wrong."""
import json
import math
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal, osr

from conftest import run

gdal.UseExceptions()

DATES = ["2019-01-01", "2019-01-13", "2019-01-25", "2019-02-06"]
HEADER = "reference_date,secondary_date,perpendicular_baseline_m,unw,corr"


def sbas(*words, code=0, **more):
    done = run("gdal_ih_sbas", "-q", *words, check=False, **more)
    assert done.returncode == code, f"{words} -> {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def report(folder):
    return json.loads((Path(folder) / "run.json").read_text())


def simulate(folder, *words):
    run("gdal_ih_simulate", "-q", "-ts", 60, 50, "-dates", 4, *words, folder)
    return sorted(folder.glob("S1*.zip"))


@pytest.fixture(scope="module")
def gamma(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inputs") / "gamma"
    simulate(folder)
    return folder


def link_all(folder, *sources):
    """The products of several folders side by side, under names of their own."""
    folder.mkdir()
    for n, source in enumerate(sources):
        for product in sorted(Path(source).glob("S1*.zip")):
            at = folder / product.name
            if at.exists():
                at = folder / f"{product.stem}_{n}.zip"
            shutil.copy(product, at)
    return folder


def test_a_folder_of_clips_is_the_stack_of_its_products(gamma, tmp_path):
    run("gdal_ih_clip", "-q", gamma, tmp_path / "clipped", "-layout", "insarhub")
    run("gdal_ih_sbas", "-q", gamma, tmp_path / "whole")
    run("gdal_ih_sbas", "-q", tmp_path / "clipped" / "clip", tmp_path / "clips")
    whole, clips = (gdal.Open(str(tmp_path / name / "velocity.tif")) for name in ("whole", "clips"))
    assert whole.GetGeoTransform() == clips.GetGeoTransform()
    assert np.array_equal(whole.ReadAsArray(), clips.ReadAsArray(), equal_nan=True)


# -------- one stack, one scene -----------------------------------------------------------------------------------------

@pytest.mark.parametrize("words, expected", [
    (["-direction", "descending"], ["ascending", "descending"]),
    (["-family", "burst"], ["GAMMA", "ISCE2"]),
    (["-lonlat", "14.2", "43.9"], ["lie apart"]),
    (["-lonlat", "-110", "36"], ["lie apart"]),
])
def test_products_that_are_no_one_stack_are_refused_by_groups(gamma, tmp_path, words, expected):
    simulate(tmp_path / "other", *words)
    done = sbas(gamma, tmp_path / "other", tmp_path / "out", code=1)
    errors = [line for line in done.stderr.splitlines() if "ERROR" in line.upper()]
    assert len(errors) == 1 and not (tmp_path / "out").exists()
    for word in expected:
        assert word in errors[0]
    # Both groups with their counts, an example of each, and what to do.
    assert errors[0].count("6 products") == 2 and errors[0].count("such as") >= 2 and "give one group" in errors[0]


def test_polarisations_are_not_mixed(gamma, tmp_path):
    """The other half of the stack says HH in its names."""
    for product in sorted(gamma.glob("S1*.zip"))[:3]:
        shutil.unpack_archive(product, tmp_path / "hh")
    for folder in sorted((tmp_path / "hh").iterdir()):
        renamed = folder.rename(folder.parent / folder.name.replace("_VVP", "_HHP"))
        for member in renamed.iterdir():
            member.rename(renamed / member.name.replace("_VVP", "_HHP"))
    done = sbas(gamma, tmp_path / "hh", tmp_path / "out", code=1)
    assert "polarisations" in done.stderr and "6 products VV" in done.stderr and "3 products HH" in done.stderr


def test_pixel_spacings_are_not_mixed(gamma, tmp_path):
    simulate(tmp_path / "fine", "-spacing", 40)
    done = sbas(gamma, tmp_path / "fine", tmp_path / "out", code=1)
    assert "pixel spacings" in done.stderr and "80 m" in done.stderr and "40 m" in done.stderr


def test_mixed_bursts_are_named(tmp_path):
    products = simulate(tmp_path / "a", "-family", "burst")
    burst = "_".join(products[0].name.split("_")[:3])
    number, swath = burst.split("_")[1:]
    other = f"S1_{int(number) + 1:06d}_{swath}"
    simulate(tmp_path / "b", "-family", "burst", "-lonlat", 14.21, 40.9)
    (tmp_path / "c").mkdir()
    for product in sorted((tmp_path / "b").glob("S1*.zip")):
        shutil.unpack_archive(product, tmp_path / "c")
    for folder in sorted((tmp_path / "c").iterdir()):
        renamed = folder.rename(folder.parent / folder.name.replace(burst, other))
        for member in renamed.iterdir():
            member.rename(renamed / member.name.replace(burst, other))
    done = sbas(tmp_path / "a", tmp_path / "c", tmp_path / "out", code=1)
    assert burst in done.stderr and other in done.stderr and done.stderr.count("6 products") == 2
    sbas(tmp_path / "c", tmp_path / "single")


def test_relative_orbits_are_not_mixed(tmp_path):
    lines = [HEADER]
    for k, (a, b) in enumerate(zip(DATES, DATES[1:])):
        raster(tmp_path / f"u{k}.tif", np.full((20, 30), 0.5 + k),
               {"WAVELENGTH_M": "0.0555", "RELATIVE_ORBIT": "64" if k < 2 else "137"})
        raster(tmp_path / f"c{k}.tif", np.full((20, 30), 0.9))
        lines.append(f"{a},{b},,u{k}.tif,c{k}.tif")
    (tmp_path / "pairs.csv").write_text("\n".join(lines))
    done = sbas(tmp_path / "pairs.csv", tmp_path / "out", code=1)
    assert "relative orbit 64" in done.stderr and "relative orbit 137" in done.stderr


def test_shifted_extents_of_one_track_are_one_stack(tmp_path):
    simulate(tmp_path / "in", "-shift", 15)
    sbas(tmp_path / "in", tmp_path / "out")
    assert len(report(tmp_path / "out")["inputs"]) == 6


def test_a_copy_does_not_change_which_duplicate_is_kept(gamma, tmp_path):
    kept = []
    for n, touched in enumerate([0, 1]):
        folder = link_all(tmp_path / f"in{n}", gamma)
        first = sorted(folder.glob("S1*.zip"))[0]
        shutil.unpack_archive(first, tmp_path / f"x{n}")
        inner = next((tmp_path / f"x{n}").iterdir())
        stem = inner.name[:-4]
        for new in ("0000", "FFFF"):
            copy = folder / (stem + new)
            shutil.copytree(inner, copy)
            for member in copy.iterdir():
                member.rename(copy / member.name.replace(inner.name, stem + new))
        os.utime([first, folder / (stem + "0000")][touched], (2**31, 2**31))
        sbas(folder, tmp_path / f"out{n}")
        whole = report(tmp_path / f"out{n}")
        assert [s["kind"] for s in whole["skipped"]] == ["duplicate", "duplicate"]
        kept += [Path(i["path"]).name for i in whole["inputs"] if stem in i["path"]]
    assert kept == [stem + "FFFF"] * 2


def test_the_same_file_given_twice_is_taken_once_without_a_word(gamma, tmp_path):
    (tmp_path / "link").symlink_to(gamma)
    done = sbas(gamma, gamma / "S1*.zip", tmp_path / "link", tmp_path / "out")
    assert "duplicate" not in done.stderr and report(tmp_path / "out")["skipped"] == []


# -------- tables of pairs ----------------------------------------------------------------------------------------------

def raster(path, values, metadata=None, kind=gdal.GDT_Float32, origin=(500000, 4000000)):
    rows, columns = values.shape
    ds = gdal.GetDriverByName("GTiff").Create(str(path), columns, rows, 1, kind)
    ds.SetGeoTransform([origin[0], 80, 0, origin[1], 0, -80])
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(32633)
    ds.SetSpatialRef(srs)
    ds.SetMetadata(metadata or {})
    ds.GetRasterBand(1).WriteArray(values)
    ds = None


class Table:
    """A pairs.csv of three pairs in a row whose rasters a test can spoil."""

    def __init__(self, folder):
        self.folder, self.csv = folder, folder / "pairs.csv"
        self.phase = [np.full((20, 30), 0.5 + k, np.float32) for k in range(3)]
        self.coherence = [np.full((20, 30), 0.9, np.float32) for _ in range(3)]
        self.lines = [f"{a},{b},10,u{k}.tif,c{k}.tif" for k, (a, b) in enumerate(zip(DATES, DATES[1:]))]
        for k in range(3):
            self.phase[k] += np.arange(30, dtype=np.float32) * 0.01

    def write(self, header=HEADER):
        for k in range(3):
            raster(self.folder / f"u{k}.tif", self.phase[k], {"WAVELENGTH_M": "0.0555"},
                   gdal.GDT_CFloat32 if np.iscomplexobj(self.phase[k]) else gdal.GDT_Float32)
            raster(self.folder / f"c{k}.tif", self.coherence[k])
        self.csv.write_text("\n".join([header] + self.lines) + "\n")
        return self.csv


@pytest.fixture
def table(tmp_path):
    return Table(tmp_path)


def test_the_table_itself_is_fine(table, tmp_path):
    sbas(table.write(), tmp_path / "out")


@pytest.mark.parametrize("factor", [100, -1])
def test_coherence_in_other_units_is_an_error_with_its_range(table, tmp_path, factor):
    table.coherence = [c * factor for c in table.coherence]
    done = sbas(table.write(), tmp_path / "out", code=1)
    assert "c0.tif" in done.stderr and "outside 0 to 1" in done.stderr and f"{0.9 * factor:g}" in done.stderr


def test_a_little_coherence_outside_is_counted(table, tmp_path):
    table.coherence[1][3, 4] = 1.5
    done = sbas(table.write(), tmp_path / "out")
    assert "c1.tif" in done.stderr and "1 of 600" in done.stderr


def test_rounding_of_coherence_is_no_fault(table, tmp_path):
    table.coherence[1][:] = 1.0000002
    assert "outside" not in sbas(table.write(), tmp_path / "out").stderr


def test_a_complex_raster_is_an_error(table, tmp_path):
    table.phase[1] = table.phase[1].astype(np.complex64)
    done = sbas(table.write(), tmp_path / "out", code=1)
    assert "line 3" in done.stderr and "complex" in done.stderr


def test_absurd_phases_are_no_data_and_counted(table, tmp_path):
    table.phase[1][5, 6] = 1e9
    table.phase[1][5, 7] = -3e6
    done = sbas(table.write(), tmp_path / "out")
    assert "u1.tif" in done.stderr and "2 phases" in done.stderr
    ds = gdal.Open(str(tmp_path / "out" / "valid_pairs.tif"))
    valid = ds.GetRasterBand(1).ReadAsArray()
    assert valid[5, 6] == valid[5, 7] == 2 and valid[5, 8] == 3


@pytest.mark.parametrize("line, why", [
    ("2019-01-13,2019-01-25,inf,u1.tif,c1.tif", "perpendicular_baseline_m"),
    ("2019-01-13,2019-01-25,-2e5,u1.tif,c1.tif", "perpendicular_baseline_m"),
    ("1969-12-31,2019-01-25,,u1.tif,c1.tif", "reference_date"),
    ("2019-01-13,2201-01-01,,u1.tif,c1.tif", "secondary_date"),
    ("2019-01-13,2019-01-25,,u1.tif,./u1.tif", "same file"),
])
def test_a_wrong_line_is_named(table, tmp_path, line, why):
    table.lines[1] = line
    done = sbas(table.write(), tmp_path / "out", code=1)
    assert "line 3" in done.stderr and why in done.stderr


def test_two_columns_of_one_name_are_an_error(table, tmp_path):
    table.lines = [line + ",c0.tif" for line in table.lines]
    done = sbas(table.write(HEADER + ",corr"), tmp_path / "out", code=1)
    assert "two columns 'corr'" in done.stderr


def test_a_missing_column_shows_those_there_are(table, tmp_path):
    done = sbas(table.write(HEADER.replace("corr", "coherence")), tmp_path / "out", code=1)
    assert "no column 'corr'" in done.stderr and "perpendicular_baseline_m, unw, coherence" in done.stderr


@pytest.mark.parametrize("bytes_, why", [
    ((HEADER + "\n").encode("utf-16"), "UTF-16"),
    (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "no text"),
    (HEADER.encode(), "no line with a pair"),
])
def test_a_file_that_is_no_table_of_pairs_is_named_for_what_it_is(tmp_path, bytes_, why):
    (tmp_path / "pairs.csv").write_bytes(bytes_)
    done = sbas(tmp_path / "pairs.csv", tmp_path / "out", code=1)
    assert why in done.stderr


# -------- boxes --------------------------------------------------------------------------------------------------------

def size(folder):
    ds = gdal.Open(str(folder / "velocity.tif"))
    return ds.RasterXSize, ds.RasterYSize, ds.GetGeoTransform()


@pytest.mark.parametrize("words", [
    ["-te", 0, 0, 1e6, 1e7], ["-te", -1e30, -1e30, 1e30, 1e30], ["-te", 499000, 3990000, 510000, 4001000],
    ["-te", -180, -90, 180, 90, "-te_srs", "EPSG:4326"], ["-te", 0, 0, 60, 80, "-te_srs", "EPSG:4326"]])
def test_a_box_that_contains_the_data_is_clipped_to_them(table, tmp_path, words):
    done = sbas(table.write(), tmp_path / "out", *words)
    assert size(tmp_path / "out") == (30, 20, (500000, 80, 0, 4000000, 0, -80))
    assert "clipped" in done.stderr


def test_what_is_told_of_the_values_and_the_box_is_told_once(table, tmp_path):
    """A pair without any phase is dropped after the first reading, and the others are read again."""
    table.phase[0][:] = 0
    table.phase[1][5, 6] = 1e9
    table.coherence[2][3, 3] = 1.5
    done = sbas(table.write(), tmp_path / "out", "-te", 0, 0, 1e6, 1e7, code=2)
    assert report(tmp_path / "out")["execution"]["readings"] == 2
    for words in ("clipped to what they cover", "phases of 1e6 rad", "coherences are outside"):
        assert done.stderr.count(words) == 1
        assert sum(words in text for text in report(tmp_path / "out")["warnings"]) == 1


def test_a_box_half_outside_is_clipped(table, tmp_path):
    done = sbas(table.write(), tmp_path / "out", "-te", 501600, 3000000, 900000, 3999200)
    assert size(tmp_path / "out") == (10, 10, (501600, 80, 0, 3999200, 0, -80))
    assert "clipped" in done.stderr


def test_a_box_inside_is_not_called_clipped(table, tmp_path):
    done = sbas(table.write(), tmp_path / "out", "-te", 500000, 3998400, 502400, 4000000)
    assert "clipped" not in done.stderr and size(tmp_path / "out")[:2] == (30, 20)


def test_a_box_in_degrees_without_srs_gets_a_hint(table, tmp_path):
    done = sbas(table.write(), tmp_path / "out", "-te", 14, 36, 16, 37, code=1)
    assert "-te_srs EPSG:4326" in done.stderr and "outside" in done.stderr


# -------- reference point ----------------------------------------------------------------------------------------------

def test_swapped_degrees_of_the_reference_get_a_hint(table, tmp_path):
    done = sbas(table.write(), tmp_path / "out", "-ref_lonlat", 36.14, 15.01, code=1)
    assert "longitude 15" in done.stderr and "latitude 36" in done.stderr and "swapped" in done.stderr


def test_a_reference_far_away_gets_no_such_hint(table, tmp_path):
    done = sbas(table.write(), tmp_path / "out", "-ref_lonlat", 50, 60, code=1)
    assert "longitude 15" in done.stderr and "swapped" not in done.stderr


@pytest.mark.parametrize("mode", ["drop", "error"])
def test_a_reference_without_data_in_any_pair_asks_for_another_point(table, tmp_path, mode):
    for phase in table.phase:
        phase[5, 6] = 0
    done = sbas(table.write(), tmp_path / "out", "-ref_pixel", 6, 5, "-ref_invalid", mode, code=1)
    assert "any of the 3 pairs" in done.stderr and "-ref_invalid drop" not in done.stderr


# -------- files, folders and lists -------------------------------------------------------------------------------------

@pytest.mark.parametrize("content, why", [(b"", "is empty"), (b"<html>login</html>" * 40, "no complete zip archive"),
                                          (None, "no complete zip archive")])
def test_a_download_that_failed_is_named_for_what_it_is(gamma, tmp_path, content, why):
    folder = link_all(tmp_path / "in", gamma)
    broken = sorted(folder.glob("*.zip"))[0]
    broken.write_bytes(broken.read_bytes()[:5000] if content is None else content)
    done = sbas(folder, tmp_path / "out", code=2)
    line = next(line for line in done.stderr.splitlines() if why in line)
    assert line.count(broken.name) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="everything is readable to the superuser")
def test_a_folder_that_may_not_be_read_says_so(tmp_path):
    (tmp_path / "in").mkdir(mode=0)
    done = sbas(tmp_path / "in", tmp_path / "out", code=1)
    assert "Permission denied" in done.stderr


def test_lists_may_name_lists(gamma, tmp_path):
    (tmp_path / "inner.lst").write_text(f"{gamma}\n")
    (tmp_path / "outer.lst").write_text("@inner.lst\n")
    sbas(f"@{tmp_path / 'outer.lst'}", tmp_path / "out")


@pytest.mark.parametrize("word", ["@a.txt", "a.txt", "@b.txt"])
def test_a_list_that_includes_itself_is_one_error(gamma, tmp_path, word):
    (tmp_path / "a.txt").write_text(f"@b.txt\n@b.txt\n{gamma}\n")
    (tmp_path / "b.txt").write_text("a.txt\na.txt\n")
    done = sbas(word, tmp_path / "out", code=1, cwd=tmp_path)
    assert done.stderr.count("includes itself") == 1 and "too deep" not in done.stderr


@pytest.mark.parametrize("word, why", [("@", "name of a list"), ("@missing", "no such list"), ("", "empty word")])
def test_a_word_without_a_name_is_one_error(tmp_path, word, why):
    done = sbas(word, tmp_path / "out", code=1, cwd=tmp_path)
    assert why in done.stderr and done.stderr.upper().count("ERROR") == 1
